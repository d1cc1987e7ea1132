/* job/conf/accept.h: the consortium digests that this node's operator vouched for.
 *
 * `sharechain consortium accept DIGEST` appends a line of 64 hex digits to
 * <store>/accepted; the last line is in force, the ones before it anchor older
 * receipts. A node does not start on any other consortium file: no trust on
 * first use, anywhere.
 *
 * Adversary: whoever changed the consortium file after its digest was heard
 * over another channel. */
#ifndef SC_JOB_ACCEPT_H
#define SC_JOB_ACCEPT_H

#include "base/fault.h"
#include "base/hash.h"

/* Pin `digest`, as heard by the operator, for the file whose digest is `file`;
 * store is made if absent.
 *   Returns: SC_E_CHEAT    the two differ: this is not the file that was meant
 *            SC_E_CONFIG   the store has the log of another consortium
 *            SC_E_CORRUPT  <store>/accepted is damaged */
SC_MUST_USE sc_err sc_accept_put(const char *store,
                                 const uint8_t digest[static SC_HASH_LEN],
                                 const uint8_t file[static SC_HASH_LEN],
                                 sc_fault *why);
/* Is `file` the digest in force?
 *   Returns: SC_E_CONFIG   nothing accepted yet, another digest, or the store
 *                          has the log of another consortium
 *            SC_E_CORRUPT  as above */
SC_MUST_USE sc_err sc_accept_check(const char *store,
                                   const uint8_t file[static SC_HASH_LEN],
                                   sc_fault *why);
/* Was it accepted ever? SC_E_NOT_FOUND if not. */
SC_MUST_USE sc_err sc_accept_find(const char *store,
                                  const uint8_t digest[static SC_HASH_LEN],
                                  sc_fault *why);

#endif
