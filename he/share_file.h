/* he/share_file.h: keys in shares (he/threshold.h) as bytes and as files.
 *
 * Public key, text, every line ended by a newline:
 *     sharechain-paillier-threshold/1
 *     id <id>
 *     needed <t>
 *     parties <number of parties>
 *     n <lower-case hexadecimal, all digits of n's length>
 *     v <all digits of n^2's length>
 *     v_i <likewise>                 a line for each party, in order
 *     g <likewise>                   SC_RANGE_SLOTS lines: g_1 and so on
 * Share, open:
 *     sharechain-paillier-share/1
 *     id <id>
 *     key <sc_threshold_digest>
 *     party <i>
 *     s <s_i, all digits of n^2's length>
 * Share, sealed: as a private key (he/key_file.h), behind the line
 * "sharechain-paillier-sealed-share/1". docs/formats.md, section 16.
 *
 * Adversary: as he/key_file.h has it. That a share is the one its dealer made, it
 * does not say: a part made with another is no part, and its proof shows that. */
#ifndef SC_HE_SHARE_FILE_H
#define SC_HE_SHARE_FILE_H

#include "base/fault.h"
#include "base/hash.h"
#include "he/key_file.h"
#include "he/threshold.h"

/* Bytes of any of them: v, v_i of all parties and all g_j in hexadecimal. */
#define SC_SHARE_FILE_MAX                                                      \
    (SC_HE_KEY_FILE_MAX + (SC_THRESHOLD_MAX + 1 + SC_RANGE_SLOTS) *            \
                              ((size_t)32 * SC_HE_MAX_LIMBS + 8))

/* ---- bytes ---------------------------------------------------------------- */

/* Of the public text: tagged("sharechain/he/threshold/1"; text).
 *   Returns: SC_E_MEM */
SC_MUST_USE sc_err sc_threshold_digest(uint8_t out[static SC_HASH_LEN],
                                       const sc_threshold *key);
/* 1 if it begins as such a public key does. */
int sc_threshold_is_file(sc_bytes in);
SC_MUST_USE sc_err sc_threshold_put(sc_buf *out, const sc_threshold *key);
/*   Returns: SC_E_WIRE   not as above
 *            SC_E_CHEAT  no modulus (he/public.h)
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_threshold_get(sc_threshold **key, sc_bytes in,
                                    unsigned flags);
SC_MUST_USE sc_err sc_share_put(sc_buf *out, const sc_threshold *key,
                                const sc_share *share);
/*   Returns: SC_E_WIRE  not as above
 *            SC_E_ARG   of another key
 *            SC_E_MEM; share all zero */
SC_MUST_USE sc_err sc_share_get(sc_share *share, const sc_threshold *key,
                                sc_bytes in);

/* ---- files ---------------------------------------------------------------- */

/* As sc_he_public_save and sc_he_public_load. */
SC_MUST_USE sc_err sc_threshold_save(const sc_threshold *key, const char *path,
                                     sc_fault *why);
SC_MUST_USE sc_err sc_threshold_load(sc_threshold **key, const char *path,
                                     unsigned flags, sc_fault *why);
/* As sc_he_private_save and sc_he_private_load. */
SC_MUST_USE sc_err sc_share_save(const sc_threshold *key, const sc_share *share,
                                 const char *path, sc_rng *rng,
                                 sc_bytes passphrase, unsigned flags,
                                 sc_fault *why);
SC_MUST_USE sc_err sc_share_load(sc_share *share, const sc_threshold *key,
                                 const char *path, sc_bytes passphrase,
                                 sc_fault *why);

#endif
