/* job/run/outcome.c: see the header. */
#include "job/run/outcome.h"

#include <string.h>

#include "base/ct.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/run/tally.h"
#include "ledger/receipt.h"
#include "mpc/sum.h"

sc_err sc_opened_share_verify(const sc_opened_share *s,
                              const uint8_t sid[static 32], const char *did,
                              const uint8_t commitment[static 32])
{
    uint8_t found[32];

    sc_receipt_share_commit(found, sid, did, sc_buf_bytes(&s->vector), s->r32);
    return sc_ct_eq(found, commitment, 32) ? SC_OK : SC_E_CHEAT;
}

void sc_opened_shares_clear(sc_opened_share *shares, size_t n_shares)
{
    for (size_t i = 0; i < n_shares; i++) {
        sc_buf_clear(&shares[i].vector);
        shares[i] = (sc_opened_share){0};
    }
}

void sc_outcome_digest(uint8_t digest[static 32], const sc_opened_share *shares,
                       size_t n_shares)
{
    sc_bytes parts[SC_OUTCOME_MAX];
    size_t n_parts = 0;

    for (size_t i = 0; i < n_shares; i++) {
        if (shares[i].is_there) {
            parts[n_parts++] = sc_buf_bytes(&shares[i].vector);
        }
    }
    sc_hash_tagged(digest, SC_OUTCOME_DIGEST_TAG, parts, n_parts);
}

static sc_err add_up(sc_u128 *sum, size_t n, const sc_opened_share *shares,
                     size_t n_shares)
{
    const uint8_t *y[SC_MAX_PARTIES];
    size_t n_y = 0;

    if (n_shares > SC_MAX_PARTIES) {
        return SC_E_ARG;
    }
    for (size_t i = 0; i < n_shares; i++) {
        if (shares[i].is_there && shares[i].vector.len != n * sizeof *sum) {
            return SC_E_ARG;
        }
        if (shares[i].is_there) {
            y[n_y++] = shares[i].vector.p;
        }
    }
    sc_sum_open(sum, y, n_y, n);
    return SC_OK;
}

sc_err sc_outcome_answer(sc_buf *json, const sc_plan *plan,
                         const sc_tally *tally, const sc_opened_share *shares,
                         size_t n_shares)
{
    sc_err err = SC_E_BUG;
    size_t n = sc_plan_vector_len(plan);
    sc_u128 *sum = sc_alloc(n, sizeof *sum);
    sc_answer *answer = NULL;
    json_t *value = NULL;

    SC_REQUIRE(sum != NULL, SC_E_MEM);
    SC_REQUIRE((tally != NULL) == (plan->protocol == SC_PLAN_CIPHERTEXT_SUM),
               SC_E_ARG);
    SC_TRY(tally != NULL ? sc_tally_open(tally, sum)
                         : add_up(sum, n, shares, n_shares));
    SC_TRY(sc_answer_make(&answer, plan, sum));
    SC_TRY(sc_answer_json(&value, answer));
    SC_TRY(sc_jcs_put(json, value));
    err = SC_OK;
out:
    json_decref(value);
    sc_answer_free(&answer);
    sc_free(sum);
    return err;
}
