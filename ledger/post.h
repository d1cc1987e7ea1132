/* ledger/post.h: what an owner signs that posts its input and leaves.
 *
 * A call is a job as it was first proposed, in canonical bytes; its digest is
 * SHA-256 of them. An owner that will not be there when the session runs posts
 * for the call beforehand: it leaves its ciphertexts and signs what it left, and
 * for which call, plan and consortium. No session exists yet, so the call's
 * digest stands where a session id would. The receipt of the session carries the
 * post in place of the owner's signature (ledger/receipt.h).
 *
 * Adversary: whoever carries a post to another call, party or input. */
#ifndef SC_LEDGER_POST_H
#define SC_LEDGER_POST_H

#include "base/hash.h"
#include "ledger/did.h"

/* did is borrowed. */
typedef struct {
    uint8_t call[SC_HASH_LEN]; /* SHA-256 of the call's canonical bytes */
    uint8_t plan[SC_HASH_LEN]; /* digest of the plan without the job's id and
                                * times */
    uint8_t consortium[SC_HASH_LEN];
    const char *did;             /* the owner's */
    uint8_t input[SC_HASH_LEN];  /* commitment to its input */
    uint8_t output[SC_HASH_LEN]; /* commitment to its entry, under the call's
                                  * digest in place of a session id */
    int64_t time; /* when it was made: POSIX seconds, 0 .. 2^53 - 1 */
} sc_post;

/* SC_E_ARG: no DID, or time out of range. */
SC_MUST_USE sc_err sc_post_sign(uint8_t sig[static SC_SIG_LEN],
                                const sc_post *p, const sc_sign_key *identity);
/* SC_E_CHEAT: it does not hold, or is a post that sign refuses. */
SC_MUST_USE sc_err sc_post_check(const sc_post *p,
                                 const uint8_t pk[static SC_KEY_LEN],
                                 const uint8_t sig[static SC_SIG_LEN]);

#endif
