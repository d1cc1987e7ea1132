/* tests/unit/test_sum.c: the masked sum is the plain sum, and nothing less
 * than all shares is. */
#include <string.h>

#include "mpc/sum.h"
#include "tests/kat.h"

enum { MAX_LEN = 2100 };

static sc_u128 x[SC_MAX_PARTIES][MAX_LEN]; /* masked in place */
static sc_u128 plain[MAX_LEN], out[MAX_LEN];

/* Party i's element e: signs and sizes of all kinds. */
static sc_u128 value(size_t i, size_t e)
{
    sc_u128 v = ((sc_u128)(e * 0x9e3779b97f4a7c15) << (e % 64)) + i;

    return (e + i) % 3 == 0 ? -v : v;
}

/* Fill, mask and add up n vectors of len elements. */
static void run(size_t n, size_t len)
{
    uint8_t sk[SC_MAX_PARTIES][32], pk[SC_MAX_PARTIES][32];
    const uint8_t sid[32] = {(uint8_t)n, (uint8_t)len};
    const sc_u128 *y[SC_MAX_PARTIES];
    sc_seeds *s = NULL;

    memset(plain, 0, sizeof plain);
    memset(out, 0xee, sizeof out);
    for (size_t i = 0; i < n; i++) {
        uint8_t tape[32] = {(uint8_t)(i + 1), 2, 3};
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});

        CHECK_OK(sc_seeds_keypair(&rng, sk[i], pk[i]));
    }
    for (size_t i = 0; i < n; i++) {
        y[n - 1 - i] = x[i]; /* in any order */
        for (size_t e = 0; e < len; e++) {
            x[i][e] = value(i, e);
            plain[e] += x[i][e];
        }
        CHECK_OK(sc_seeds_new(&s, i, sk[i], pk, n, sid));
        CHECK_OK(sc_sum_mask(s, x[i], len, 1));
        sc_seeds_free(&s);
    }
    sc_sum_open(out, y, n, len);
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
        }
    }
}

static void test_open_known_answer(void **unused)
{
    const sc_u128 a[2] = {1, (sc_u128)1 << 127}, b[2] = {~(sc_u128)0, 5};
    const sc_u128 c[2] = {7, (sc_u128)1 << 127};
    const sc_u128 *y[] = {a, b, c};
    sc_u128 got[2];

    (void)unused;
    sc_sum_open(got, y, 3, 2);
    CHECK(got[0] == 7 && got[1] == 5);
    sc_sum_open(got, y, 1, 2);
    CHECK_BYTES(got, a, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_is_the_plain_sum),
        cmocka_unit_test(test_a_missing_share),
        cmocka_unit_test(test_open_known_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
