/* tests/unit/test_threshold_deal.c: what a dealer makes is a key in shares, and bases
 * that are the powers he drew. */
#include <gmp.h>
#include <string.h>

#include "he/encrypt.h"
#include "he/numbers.h"
#include "he/prove_part.h"
#include "he/safe_primes.h"
#include "tests/he_key.h"

enum { BITS = 1024, L = BITS / 64 };

static void test_deal(void **unused)
{
    static const uint64_t plain[L] = {34771476};
    sc_share shares[SC_THRESHOLD_MAX];
    sc_cipher *c = NULL, *parts[3] = {0};
    const size_t who[3] = {16, 1, 9};
    sc_rng rng = sc_rng_system();
    sc_threshold *key = NULL;
    uint64_t m[L];
    sc_buf out = {0};

    (void)unused;
    CHECK_OK(sc_threshold_deal(&key, shares, &rng, BITS, "k", 3, 16,
                               SC_HE_TEST_SIZE));
    CHECK_OK(sc_cipher_new(&c, sc_threshold_public(key), 1));
    CHECK_OK(sc_encrypt_plainly(&rng, c, plain));
    for (size_t i = 0; i < 3; i++) {
        const sc_share *share = &shares[who[i] - 1];

        CHECK_U64(share->index, who[i]);
        CHECK_OK(sc_cipher_new(&parts[i], sc_threshold_public(key), 1));
        CHECK_OK(sc_threshold_part(key, share, c, parts[i]));
        CHECK_OK(sc_prove_part(key, share, &rng, sc_bytes_of("x"), c, parts[i],
                               &out));
        CHECK_OK(sc_check_part(key, who[i], sc_bytes_of("x"), c, parts[i],
                               sc_buf_bytes(&out)));
        sc_buf_reset(&out);
    }
    CHECK_OK(
        sc_threshold_combine(key, who, (const sc_cipher *const *)parts, m));
    CHECK_BYTES(m, plain, sizeof m);
    for (size_t i = 0; i < 3; i++) {
        sc_cipher_free(&parts[i]);
    }
    sc_buf_clear(&out);
    sc_cipher_free(&c);
    sc_threshold_free(&key);
}

/* g_j = hs^(2*lambda_j), the lambda_j being what the dealer draws last. */
static void test_deal_ranges(void **unused)
{
    enum { LAMBDA = BITS / 8 + 16, TAPE = 8192 };
    sc_share shares[2];
    uint64_t hs[2 * L], gs[2 * L * SC_RANGE_SLOTS];
    uint8_t tape[TAPE];
    sc_rng rng = sc_rng_system();
    sc_threshold *key = NULL;
    mpz_t n, base, g, x;

    (void)unused;
    CHECK_OK(sc_rng_bytes(&rng, tape, sizeof tape));
    rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    CHECK_OK(sc_threshold_deal(&key, shares, &rng, BITS, "k", 2, 2,
                               SC_HE_TEST_SIZE));
    const sc_he_public *pk = sc_threshold_public(key);
    const sc_n2 *n2 = sc_he_n2(pk);

    sc_n2_value(n2, hs, sc_he_noise_base(pk), 1);
    sc_n2_value(n2, gs, sc_cipher_words_const(sc_threshold_ranges(key)),
                SC_RANGE_SLOTS);
    mpz_inits(n, base, g, x, NULL);
    sc_mpz_from_words(n, sc_he_modulus(pk), L);
    mpz_mul(n, n, n);
    sc_mpz_from_words(base, hs, 2 * (size_t)L);
    mpz_mul(base, base, base);
    for (size_t j = 0; j < SC_RANGE_SLOTS; j++) {
        const size_t from_end = LAMBDA * (SC_RANGE_SLOTS - j);

        sc_mpz_from_bytes(x, tape + rng.used - from_end, LAMBDA);
        CHECK(mpz_sizeinbase(x, 2) > BITS);
        mpz_powm(x, base, x, n);
        sc_mpz_from_words(g, gs + 2 * L * j, 2 * (size_t)L);
        CHECK(mpz_cmp(x, g) == 0);
    }
    mpz_clears(n, base, g, x, NULL);
    sc_threshold_free(&key);
}

static void test_deal_refused(void **unused)
{
    static const struct {
        size_t bits, needed, parties;
        const char *id;
        sc_err expected;
    } cases[] = {
        {1000, 2, 3, "k", SC_E_ARG},  {BITS, 0, 3, "k", SC_E_ARG},
        {BITS, 4, 3, "k", SC_E_ARG},  {BITS, 1, 1, "k", SC_E_ARG},
        {BITS, 2, 17, "k", SC_E_ARG}, {BITS, 2, 3, "", SC_E_WIRE},
    };
    sc_share shares[SC_THRESHOLD_MAX + 1];
    sc_rng rng = sc_rng_system();
    sc_threshold *key = NULL;

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_ERR(cases[i].expected,
                  sc_threshold_deal(&key, shares, &rng, cases[i].bits,
                                    cases[i].id, cases[i].needed,
                                    cases[i].parties, SC_HE_TEST_SIZE));
        CHECK(key == NULL);
    }
    rng = sc_rng_replay((sc_bytes){NULL, 0});
    CHECK_ERR(SC_E_RNG, sc_threshold_deal(&key, shares, &rng, BITS, "k", 2, 3,
                                          SC_HE_TEST_SIZE));
    CHECK_ZERO(shares, 3 * sizeof *shares);
}

static void test_safe_primes(void **unused)
{
    uint8_t tape[64];
    uint64_t p[2][L / 2], q[2][L / 2];
    mpz_t v;

    (void)unused;
    memset(tape, 7, 32);
    memset(tape + 32, 9, 32);
    for (size_t i = 0; i < 2; i++) {
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});

        CHECK_OK(sc_safe_primes_draw(&rng, p[i], q[i], BITS));
    }
    CHECK_BYTES(p[0], p[1], sizeof *p);
    CHECK_BYTES(q[0], q[1], sizeof *q);
    mpz_init(v);
    for (size_t i = 0; i < 2; i++) {
        mpz_import(v, L / 2, -1, 8, 0, 0, i == 0 ? p[0] : q[0]);
        CHECK_U64(mpz_sizeinbase(v, 2), BITS / 2);
        CHECK(mpz_probab_prime_p(v, 25) > 0);
        mpz_fdiv_q_2exp(v, v, 1);
        CHECK(mpz_probab_prime_p(v, 25) > 0);
    }
    mpz_clear(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deal),
        cmocka_unit_test(test_deal_ranges),
        cmocka_unit_test(test_deal_refused),
        cmocka_unit_test(test_safe_primes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
