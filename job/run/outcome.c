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

sc_err sc_opened_shares_put(sc_buf *out, const sc_opened_share *shares,
                            size_t n_shares)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < n_shares; i++) {
        uint8_t len[8];

        sc_store_le64(len, shares[i].is_there ? shares[i].vector.len : 0);
        SC_TRY(sc_buf_put(out, len, sizeof len));
        if (shares[i].is_there) {
            SC_TRY(sc_buf_put(out, shares[i].r32, sizeof shares[i].r32));
            SC_TRY(sc_buf_put_bytes(out, sc_buf_bytes(&shares[i].vector)));
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_opened_shares_get(sc_opened_share *shares, size_t n_shares,
                            sc_bytes in)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < n_shares; i++) {
        uint64_t len;

        SC_REQUIRE(in.len >= 8, SC_E_CORRUPT);
        len = sc_load_le64(in.p);
        in = (sc_bytes){in.p + 8, in.len - 8};
        if (len == 0) {
            continue;
        }
        SC_REQUIRE(in.len >= 32 && in.len - 32 >= len, SC_E_CORRUPT);
        memcpy(shares[i].r32, in.p, 32);
        SC_TRY(sc_buf_put(&shares[i].vector, in.p + 32, (size_t)len));
        shares[i].is_there = 1;
        in = (sc_bytes){in.p + 32 + len, in.len - 32 - (size_t)len};
    }
    SC_REQUIRE(in.len == 0, SC_E_CORRUPT);
    err = SC_OK;
out:
    return err;
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
    sc_hash_tagged(digest, "received/1", parts, n_parts);
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
