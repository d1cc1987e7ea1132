/* job/run/salt.h: the random half of an asset's commitment.
 *
 *     STORE/assets/<digest of the version>.salt    32 bytes, and their SHA-256
 *
 * Made once for each version of an asset and kept, so that the same data has the
 * same commitment in every job, and none without the salt. */
#ifndef SC_JOB_SALT_H
#define SC_JOB_SALT_H

#include "base/bytes.h"
#include "base/fault.h"

/* The salt of an asset's version; made if there is none.
 *   Returns: SC_E_CORRUPT  its file is damaged; why names it
 *   Secret:  salt */
SC_MUST_USE sc_err sc_salt_get(uint8_t salt[static 32], const char *store,
                               const uint8_t asset[static 32], sc_fault *why);
/* Are all that lie in the store whole? SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_salt_check(const char *store, sc_fault *why);

#endif
