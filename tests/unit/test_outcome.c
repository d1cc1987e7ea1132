/* tests/unit/test_outcome.c: from opened shares to the answer; a share that is
 * not the one committed to. */
#include <string.h>

#include "base/hash.h"
#include "job/run/outcome.h"
#include "ledger/receipt.h"
#include "mpc/ring.h"
#include "tests/kat.h"
#include "tests/unit/plan_fixture.h"

static const uint8_t sid[32] = {5};
static const char did[] = "did:key:z6Mkalice";

static void fill(sc_opened_share *s, const char *vector, uint8_t salt)
{
    memset(s, 0, sizeof *s);
    s->is_there = 1;
    CHECK_OK(sc_buf_put_str(&s->vector, vector));
    memset(s->r32, salt, sizeof s->r32);
}

static void test_verify(void **state)
{
    sc_opened_share s;
    uint8_t commitment[32], other[32] = {6};

    (void)state;
    fill(&s, "sixteen bytes ..", 1);
    sc_receipt_share_commit(commitment, sid, did, sc_buf_bytes(&s.vector),
                            s.r32);
    CHECK_OK(sc_opened_share_verify(&s, sid, did, commitment));
    CHECK_ERR(SC_E_CHEAT, sc_opened_share_verify(&s, other, did, commitment));
    CHECK_ERR(SC_E_CHEAT,
              sc_opened_share_verify(&s, sid, "did:key:z6Mkbob", commitment));
    for (size_t i = 0; i < 32; i++) {
        commitment[i] ^= 1;
        CHECK_ERR(SC_E_CHEAT, sc_opened_share_verify(&s, sid, did, commitment));
        commitment[i] ^= 1;
        s.r32[i] ^= 0x80;
        CHECK_ERR(SC_E_CHEAT, sc_opened_share_verify(&s, sid, did, commitment));
        s.r32[i] ^= 0x80;
    }
    for (size_t i = 0; i < s.vector.len; i++) {
        s.vector.p[i] ^= 1;
        CHECK_ERR(SC_E_CHEAT, sc_opened_share_verify(&s, sid, did, commitment));
        s.vector.p[i] ^= 1;
    }
    s.vector.len--;
    CHECK_ERR(SC_E_CHEAT, sc_opened_share_verify(&s, sid, did, commitment));
    sc_opened_shares_clear(&s, 1);
}

/* ---- the answer ---------------------------------------------------------- */

/* Three shares of a vector: two as they come, the third what is missing. */
static void split(sc_opened_share *shares, const sc_u128 *vector, size_t n)
{
    for (size_t p = 0; p < 3; p++) {
        memset(&shares[p], 0, sizeof shares[p]);
        shares[p].is_there = 1;
        CHECK_OK(sc_buf_reserve(&shares[p].vector, 16 * n));
        shares[p].vector.len = 16 * n;
    }
    for (size_t i = 0; i < n; i++) {
        sc_u128 a = ((sc_u128)UINT64_MAX << 60) + i, b = (sc_u128)0 - 77 * i;
        sc_u128 c = vector[i] - a - b;

        sc_ring128_put(shares[0].vector.p + 16 * i, &a, 1);
        sc_ring128_put(shares[1].vector.p + 16 * i, &b, 1);
        sc_ring128_put(shares[2].vector.p + 16 * i, &c, 1);
    }
}

static void test_answer(void **state)
{
    fixture f;
    sc_plan *p = NULL;
    sc_fault why = {0};
    sc_opened_share shares[4];
    sc_u128 vector[2] = {0, 42}; /* flag, count */
    sc_buf json = {0};
    uint8_t digest[32], want[32];
    sc_bytes parts[3];

    (void)state;
    fixture_init(&f);
    CHECK_OK(fixture_plan(&p, &f, "SELECT COUNT(*) AS n FROM people", &why));
    CHECK_U64(sc_plan_vector_len(p), 2);
    split(shares, vector, 2);
    memset(&shares[3], 0, sizeof shares[3]); /* dave computes nothing */
    CHECK_OK(sc_outcome_answer(&json, p, NULL, shares, 4));
    sc_outcome_digest(digest, shares, 4);
    CHECK_OK(sc_buf_terminate(&json));
    CHECK(strstr((char *)json.p, "\"rows\":[[\"42\"]]") != NULL ||
          strstr((char *)json.p, "\"rows\":[[42]]") != NULL);
    for (size_t i = 0; i < 3; i++) {
        parts[i] = sc_buf_bytes(&shares[i].vector);
    }
    sc_hash_tagged(want, "received/1", parts, 3);
    CHECK_BYTES(digest, want, 32);
    shares[1].vector.len = 16; /* of another plan */
    CHECK_ERR(SC_E_ARG, sc_outcome_answer(&json, p, NULL, shares, 4));
    sc_opened_shares_clear(shares, 4);
    sc_buf_clear(&json);
    sc_plan_free(&p);
}

/* An owner's noise on the flag: the cell is suppressed, whatever it adds up to. */
static void test_suppressed(void **state)
{
    fixture f;
    sc_plan *p = NULL;
    sc_fault why = {0};
    sc_opened_share shares[3];
    sc_u128 vector[2] = {1, 42};
    sc_buf json = {0};

    (void)state;
    fixture_init(&f);
    CHECK_OK(fixture_plan(&p, &f, "SELECT COUNT(*) AS n FROM people", &why));
    split(shares, vector, 2);
    CHECK_OK(sc_outcome_answer(&json, p, NULL, shares, 3));
    CHECK_OK(sc_buf_terminate(&json));
    CHECK(strstr((char *)json.p, "\"suppressed\":true") != NULL);
    CHECK(strstr((char *)json.p, "42") == NULL);
    sc_opened_shares_clear(shares, 3);
    sc_buf_clear(&json);
    sc_plan_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify),

        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_suppressed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
