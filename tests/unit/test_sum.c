/* tests/unit/test_sum.c: the masked sum is the plain sum, and nothing less
 * than all shares is; shares are what the model of tests/oracle/seeds.py says. */
#include <string.h>

#include "mpc/sum.h"
#include "tests/kat.h"

enum { MAX_LEN = 2100 };

static sc_u128 x[SC_MAX_PARTIES][MAX_LEN]; /* masked in place */
static sc_u128 plain[MAX_LEN], out[MAX_LEN];
static uint64_t x64[SC_MAX_PARTIES][MAX_LEN], out64[MAX_LEN];

/* Party i's element e: signs and sizes of all kinds. */
static sc_u128 value(size_t i, size_t e)
{
    sc_u128 v = ((sc_u128)(e * 0x9e3779b97f4a7c15) << (e % 64)) + i;

    return (e + i) % 3 == 0 ? -v : v;
}

/* Fill, mask and add up n vectors of len elements, over both rings; the short
 * one masks in two chunks. */
static void run(size_t n, size_t len)
{
    uint8_t sk[SC_MAX_PARTIES][32], pk[SC_MAX_PARTIES][32];
    const uint8_t sid[32] = {(uint8_t)n, (uint8_t)len};
    const uint8_t *y[SC_MAX_PARTIES];
    const uint64_t *y64[SC_MAX_PARTIES];
    sc_seeds *s = NULL;

    memset(plain, 0, sizeof plain);
    memset(out, 0xee, sizeof out);
    memset(out64, 0xee, sizeof out64);
    for (size_t i = 0; i < n; i++) {
        uint8_t tape[32] = {(uint8_t)(i + 1), 2, 3};
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});

        CHECK_OK(sc_seeds_keypair(&rng, sk[i], pk[i]));
    }
    for (size_t i = 0; i < n; i++) {
        y[n - 1 - i] = (uint8_t *)x[i]; /* in any order */
        y64[n - 1 - i] = x64[i];
        for (size_t e = 0; e < len; e++) {
            x[i][e] = value(i, e);
            plain[e] += x[i][e];
            x64[i][e] = (uint64_t)x[i][e];
        }
        CHECK_OK(sc_seeds_new(&s, i, sk[i], pk, n, sid));
        CHECK_OK(sc_sum_mask(s, x[i], len, 1, 0));
        CHECK_OK(sc_sum64_mask(s, x64[i], len / 3, 1, 0));
        CHECK_OK(sc_sum64_mask(s, x64[i] + len / 3, len - len / 3, 1, len / 3));
        sc_seeds_free(&s);
    }
    sc_sum_open(out, y, n, len);
    sc_sum64_open(out64, y64, n, len);
}

static void test_sum_is_the_plain_sum(void **unused)
{
    static const size_t lens[] = {0, 1, 1023, 1024, 1025, MAX_LEN - 1};

    (void)unused;
    for (size_t n = 2; n <= SC_MAX_PARTIES; n++) {
        for (size_t k = 0; k < sizeof lens / sizeof *lens; k++) {
            run(n, lens[k]);
            CHECK_BYTES(out, plain, lens[k] * sizeof *out);
            CHECK(out[lens[k]] >> 120 == 0xee); /* nothing behind it */
            for (size_t e = 0; e < lens[k]; e++) {
                CHECK_U64(out64[e], (uint64_t)plain[e]);
            }
            CHECK(out64[lens[k]] >> 56 == 0xee);
        }
    }
}

/* Without any one share the rest is noise: no element is near the truth. */
static void test_a_missing_share(void **unused)
{
    const size_t n = 4, len = 500;

    (void)unused;
    run(n, len);
    for (size_t gone = 0; gone < n; gone++) {
        for (size_t e = 0; e < len; e++) {
            CHECK((out[e] - x[gone][e]) != plain[e] - value(gone, e));
            CHECK(x[gone][e] != value(gone, e));
            CHECK(out64[e] - x64[gone][e] !=
                  (uint64_t)(plain[e] - value(gone, e)));
            CHECK(x64[gone][e] != (uint64_t)value(gone, e));
        }
    }
}

static void test_open_known_answer(void **unused)
{
    const sc_u128 a[2] = {1, (sc_u128)1 << 127}, b[2] = {~(sc_u128)0, 5};
    const sc_u128 c[2] = {7, (sc_u128)1 << 127};
    const uint8_t *y[] = {(const uint8_t *)a, (const uint8_t *)b,
                          (const uint8_t *)c};
    sc_u128 got[2];

    (void)unused;
    sc_sum_open(got, y, 3, 2);
    CHECK(got[0] == 7 && got[1] == 5);
    sc_sum_open(got, y, 1, 2);
    CHECK_BYTES(got, a, sizeof a);
}

static void test_open64_known_answer(void **unused)
{
    const uint64_t a[2] = {1, (uint64_t)1 << 63}, b[2] = {UINT64_MAX, 5};
    const uint64_t c[2] = {7, (uint64_t)1 << 63};
    const uint64_t *y[] = {a, b, c};
    uint64_t got[2];

    (void)unused;
    sc_sum64_open(got, y, 3, 2);
    CHECK(got[0] == 7 && got[1] == 5);
    sc_sum64_open(got, y, 1, 2);
    CHECK_BYTES(got, a, sizeof a);
}

/* A party's share minus its input is the model's zero share. */
static void check_shares(sc_kat *t)
{
    size_t n = sc_kat_size(t, "n"), count = sc_kat_size(t, "count");
    uint64_t op = sc_kat_u64(t, "operator"), first = sc_kat_u64(t, "first");
    const uint8_t(*sks)[32] = (const void *)sc_kat_bytes(t, "sks").p;
    const uint8_t(*pks)[32] = (const void *)sc_kat_bytes(t, "pks").p;
    const uint8_t *sid = sc_kat_bytes(t, "sid").p;
    sc_seeds *s = NULL;

    for (size_t i = 0; i < n; i++) {
        for (size_t e = 0; e < count; e++) {
            x[i][e] = value(i, e);
            x64[i][e] = (uint64_t)value(i, e);
        }
        CHECK_OK(sc_seeds_new(&s, i, sks[i], pks, n, sid));
        CHECK_OK(sc_sum_mask(s, x[i], count, op, first));
        CHECK_OK(sc_sum64_mask(s, x64[i], count, op, first));
        for (size_t e = 0; e < count; e++) {
            x[i][e] -= value(i, e);
            x64[i][e] -= (uint64_t)value(i, e);
        }
        CHECK_BYTES(x[i], sc_kat_bytes(t, "z128").p + 16 * count * i,
                    16 * count);
        CHECK_BYTES(x64[i], sc_kat_bytes(t, "z64").p + 8 * count * i,
                    8 * count);
        sc_seeds_free(&s);
    }
}

static void test_shares_known_answers(void **unused)
{
    sc_kat t;

    (void)unused;
    for (sc_kat_open(&t, "seeds.kat"); sc_kat_next(&t);) {
        check_shares(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_is_the_plain_sum),
        cmocka_unit_test(test_a_missing_share),
        cmocka_unit_test(test_open_known_answer),
        cmocka_unit_test(test_open64_known_answer),
        cmocka_unit_test(test_shares_known_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
