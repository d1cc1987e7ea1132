/* job/conf/keyfile.h: a party's folder of five key files, 0600.
 *
 *     <folder>/identity.key  log.key  cosigner.key  transport.key  state.key
 *
 * One line each (ledger/keys.h). Made once by `sharechain init`, which never
 * writes over a key: a cosigner key that comes back without its state could sign
 * a fork.
 *
 * Adversary: other users of the machine; a backup that restored a key with
 * wide permissions. */
#ifndef SC_JOB_KEYFILE_H
#define SC_JOB_KEYFILE_H

#include "base/fault.h"
#include "ledger/keys.h"

/* Make five fresh keys and write them; folder is made (0700) if absent.
 *   Returns: SC_E_CONFIG  a key file is there already; nothing written
 *            SC_E_IO, SC_E_RNG
 *   Secret:  keys; all zero after a failure */
SC_MUST_USE sc_err sc_keyfile_make(sc_keys *keys, const char *folder,
                                   sc_rng *rng, sc_fault *why);
/* Read all five.
 *   Returns: SC_E_CONFIG   a file is missing, is not a key of its purpose, is
 *                          another user's, or group or others may touch it
 *   Secret:  keys; all zero after a failure */
SC_MUST_USE sc_err sc_keyfile_load(sc_keys *keys, const char *folder,
                                   sc_fault *why);

#endif
