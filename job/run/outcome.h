/* job/run/outcome.h: from opened shares to the stored answer.
 *
 * Adversary: a computing party that opens another share than it committed to:
 * sc_opened_share_verify, before anything is added. One that committed to a false
 * share is not noticed (mpc/sum.h). */
#ifndef SC_JOB_OUTCOME_H
#define SC_JOB_OUTCOME_H

#include "job/plan/plan.h"

/* What one computing party opened to a result party. */
typedef struct {
    int is_there;
    sc_buf vector;   /* 16 bytes an element, little-endian */
    uint8_t r32[32]; /* randomness of its commitment */
} sc_opened_share;

/* SC_E_CHEAT unless the share is the one committed to in the receipt. */
SC_MUST_USE sc_err sc_opened_share_verify(const sc_opened_share *s,
                                          const uint8_t sid[static 32],
                                          const char *did,
                                          const uint8_t commitment[static 32]);

void sc_opened_shares_clear(sc_opened_share *shares, size_t n_shares);

/* Shares of the parties by position; of a sum of ciphertexts the parts of the key's
 * holders behind them, by position too. */
#define SC_OUTCOME_MAX (2 * SC_MAX_PARTIES)
static inline size_t sc_outcome_count(const sc_plan *plan, size_t n_parties)
{
    return plan->protocol == SC_PLAN_CIPHERTEXT_SUM ? 2 * n_parties : n_parties;
}

/* Of the vectors in order: what RECEIVED carries. */
#define SC_OUTCOME_DIGEST_TAG "received/1"
void sc_outcome_digest(uint8_t digest[static 32], const sc_opened_share *shares,
                       size_t n_shares);
struct sc_tally;
/* Finish the answer (job/plan/plan.h), appended as JCS: from the shares that are
 * there, added up, or from a tally that has its parts.
 *   In:      tally     of a sum of ciphertexts, else NULL
 *   Returns: SC_E_ARG  a vector of another length than the plan's
 *            SC_E_CHEAT, SC_E_STATE as sc_tally_open */
SC_MUST_USE sc_err sc_outcome_answer(sc_buf *json, const sc_plan *plan,
                                     const struct sc_tally *tally,
                                     const sc_opened_share *shares,
                                     size_t n_shares);

#endif
