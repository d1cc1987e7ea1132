/* tests/unit/test_he_keys.c: what is a public key, what a private one, and what is
 * refused; how keys are made. */
#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/private.h"
#include "he/words.h"
#include "tests/he_key.h"

#define MAX SC_HE_MAX_LIMBS

static void check_public(sc_err expected, const mpz_t n, size_t len)
{
    uint8_t bytes[8 * MAX] = {0};
    sc_he_public *pk = NULL;

    CHECK(mpz_sizeinbase(n, 2) <= 8 * len);
    mpz_export(bytes + len - (mpz_sizeinbase(n, 2) + 7) / 8, NULL, 1, 1, 1, 0,
               n);
    CHECK_ERR(expected, sc_he_public_new(&pk, (sc_bytes){bytes, len}, "k",
                                         SC_HE_TEST_SIZE));
    CHECK((pk != NULL) == (expected == SC_OK));
    sc_he_public_free(&pk);
}

static void test_public_refused(void **unused)
{
    static const char *const ids[] = {"", "a b", "\x80", "a\n"};
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    uint8_t bytes[128];
    char id[SC_HE_ID_MAX + 2];
    sc_he_public *made = NULL;
    mpz_t n, v;

    (void)unused;
    sc_words_put(bytes, sc_he_modulus(pk), 16);
    mpz_inits(n, v, NULL);
    mpz_import(n, 16, -1, 8, 0, 0, sc_he_modulus(pk));
    check_public(SC_OK, n, 128);
    mpz_add_ui(v, n, 1); /* even */
    check_public(SC_E_WIRE, v, 128);
    mpz_fdiv_q_2exp(v, n, 1); /* a bit short */
    mpz_setbit(v, 0);
    check_public(SC_E_WIRE, v, 128);
    mpz_ui_pow_ui(v, 2, 1023); /* a prime */
    mpz_nextprime(v, v);
    check_public(SC_E_CHEAT, v, 128);
    mpz_ui_pow_ui(v, 2, 512); /* the square of a prime */
    mpz_sub_ui(v, v, 569);
    mpz_mul(v, v, v);
    check_public(SC_E_CHEAT, v, 128);
    mpz_ui_pow_ui(v, 2, 1024); /* a factor 65521, the last below 2^16 */
    mpz_fdiv_q_ui(v, v, 65521);
    mpz_sub_ui(v, v, mpz_even_p(v) ? 1 : 0);
    mpz_mul_ui(v, v, 65521);
    check_public(SC_E_CHEAT, v, 128);
    CHECK_ERR(SC_E_WIRE,
              sc_he_public_new(&made, (sc_bytes){bytes, 128}, "k", 0));
    CHECK_ERR(SC_E_WIRE, sc_he_public_new(&made, (sc_bytes){bytes, 120}, "k",
                                          SC_HE_TEST_SIZE));
    CHECK_ERR(SC_E_WIRE, sc_he_public_new(&made, (sc_bytes){NULL, 0}, "k",
                                          SC_HE_TEST_SIZE));
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        CHECK_ERR(SC_E_WIRE, sc_he_public_new(&made, (sc_bytes){bytes, 128},
                                              ids[i], SC_HE_TEST_SIZE));
    }
    memset(id, 'a', sizeof id);
    id[SC_HE_ID_MAX + 1] = '\0';
    CHECK_ERR(SC_E_WIRE, sc_he_public_new(&made, (sc_bytes){bytes, 128}, id,
                                          SC_HE_TEST_SIZE));
    mpz_clears(n, v, NULL);
    sc_he_private_free(&sk);
}

static void check_primes(sc_err expected, const mpz_t p, const mpz_t q)
{
    uint64_t a[8] = {0}, b[8] = {0};
    sc_he_private *sk = NULL;

    mpz_export(a, NULL, -1, 8, 0, 0, p);
    mpz_export(b, NULL, -1, 8, 0, 0, q);
    CHECK_ERR(expected,
              sc_he_private_new(&sk, a, b, 1024, "k", SC_HE_TEST_SIZE));
    sc_he_private_free(&sk);
}

/* The next prime of a form above v: v = residue mod 12. */
static void next_prime(mpz_t v, unsigned long residue)
{
    do {
        mpz_nextprime(v, v);
    } while (mpz_fdiv_ui(v, 12) != residue);
}

static void test_primes_kept(void **unused)
{
    sc_he_private *sk = NULL;
    uint64_t *p, *q;
    sc_kat t;

    (void)unused;
    for (sc_kat_open(&t, "paillier.kat"); sc_kat_next(&t);) {
        const size_t bits = sc_kat_size(&t, "bits");

        p = sc_he_key_words(&t, "p", bits / 128);
        q = sc_he_key_words(&t, "q", bits / 128);
        sk = sc_he_key_open(&t);
        CHECK_BYTES(sc_he_private_p(sk), p, bits / 16);
        CHECK_BYTES(sc_he_private_q(sk), q, bits / 16);
        sc_free(p);
        sc_free(q);
        sc_he_private_free(&sk);
    }
}

static void test_private_refused(void **unused)
{
    sc_he_private *sk = sc_he_key();
    mpz_t p, q, v;

    (void)unused;
    mpz_inits(p, q, v, NULL);
    mpz_import(p, 8, -1, 8, 0, 0, sc_he_private_p(sk));
    mpz_import(q, 8, -1, 8, 0, 0, sc_he_private_q(sk));
    check_primes(SC_OK, p, q);
    check_primes(SC_E_CHEAT, q, p);
    check_primes(SC_E_CHEAT, p, p);
    mpz_add_ui(v, p, 4); /* no prime, it may be presumed */
    CHECK(mpz_probab_prime_p(v, 25) == 0);
    check_primes(SC_E_CHEAT, v, q);
    mpz_set(v, q); /* too close */
    next_prime(v, 11);
    check_primes(SC_E_CHEAT, v, q);
    mpz_set_ui(v, 0); /* 1 mod 4 */
    mpz_setbit(v, 511);
    mpz_setbit(v, 510);
    next_prime(v, 5);
    check_primes(SC_E_CHEAT, p, v);
    mpz_fdiv_q_2exp(v, q, 1); /* 511 bits */
    next_prime(v, 11);
    check_primes(SC_E_CHEAT, p, v);
    mpz_ui_pow_ui(v, 2, 511); /* p - 1 and q - 1 share 3: both 7 mod 12 */
    mpz_setbit(v, 510);
    mpz_set(q, v);
    mpz_setbit(v, 509);
    next_prime(v, 7);
    next_prime(q, 7);
    check_primes(SC_E_CHEAT, v, q);
    mpz_clears(p, q, v, NULL);
    sc_he_private_free(&sk);
}

static void test_generate(void **unused)
{
    static const size_t sizes[] = {1024, 2048};
    uint8_t tape[64];
    sc_he_private *sk = NULL, *again = NULL;
    sc_rng rng;

    (void)unused;
    for (size_t i = 0; i < sizeof tape; i++) {
        tape[i] = (uint8_t)(167 * i + 31);
    }
    for (size_t i = 0; i < 2; i++) {
        const sc_he_public *pk;

        rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
        CHECK_OK(sc_he_generate(&sk, &rng, sizes[i], "k", SC_HE_TEST_SIZE));
        pk = sc_he_private_public(sk);
        CHECK_U64(sc_he_bits(pk), sizes[i]);
        CHECK_U64(sc_he_modulus(pk)[sc_he_limbs(pk) - 1] >> 63, 1);
        rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
        CHECK_OK(sc_he_generate(&again, &rng, sizes[i], "k", SC_HE_TEST_SIZE));
        CHECK(sc_he_same_modulus(pk, sc_he_private_public(again)));
        sc_he_private_free(&again);
        CHECK_ERR(SC_E_RNG,
                  sc_he_generate(&again, &rng, sizes[i], "k", SC_HE_TEST_SIZE));
        CHECK(again == NULL);
        sc_he_private_free(&sk);
    }
    rng = sc_rng_system();
    CHECK_ERR(SC_E_ARG, sc_he_generate(&sk, &rng, 1024, "k", 0));
    CHECK_ERR(SC_E_ARG, sc_he_generate(&sk, &rng, 2000, "k", SC_HE_TEST_SIZE));
    CHECK_ERR(SC_E_WIRE, sc_he_generate(&sk, &rng, 1024, "", SC_HE_TEST_SIZE));
    CHECK(!sc_he_is_size(1024, 0) && sc_he_is_size(2048, 0) &&
          sc_he_is_size(SC_HE_DEFAULT_BITS, 0) && sc_he_is_size(4096, 0) &&
          !sc_he_is_size(512, SC_HE_TEST_SIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_refused),
        cmocka_unit_test(test_primes_kept),
        cmocka_unit_test(test_private_refused),
        cmocka_unit_test(test_generate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
