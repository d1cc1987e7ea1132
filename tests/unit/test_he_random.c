/* tests/unit/test_he_random.c: 10^5 random operations on ciphertexts, each against GMP
 * done naively on the numbers, and what they hold against sums and multiples of the
 * plaintexts. */
#include <gmp.h>
#include <stdio.h>
#include <string.h>

#include "he/encrypt.h"
#include "he/private.h"
#include "tests/he_key.h"
#include "tests/random.h"

enum { BITS = 1024, L = BITS / 64, N = 67, ROUNDS = 1500, SEED = 20261130 };

static uint64_t state = SEED;

static uint64_t next(void)
{
    return sc_random_next(&state);
}

/* Two vectors of ciphertexts, the same as numbers, and what they hold. */
typedef struct {
    sc_he_private *sk;
    const sc_he_public *pk;
    sc_encryptor *e;
    sc_rng rng;
    sc_cipher *c[2];
    mpz_t n, nn, value[2][N], plain[2][N], v;
} world;

static void import(mpz_t v, const uint64_t *x, size_t n_words)
{
    mpz_import(v, n_words, -1, 8, 0, 0, x);
}

/* The numbers that vector k is now. */
static void read_values(world *w, size_t k, mpz_t *out)
{
    uint64_t x[N * 2 * L];

    sc_n2_value(sc_he_n2(w->pk), x, sc_cipher_words_const(w->c[k]), N);
    for (size_t i = 0; i < N; i++) {
        import(out[i], x + 2 * L * i, 2 * L);
    }
}

static void check_values(world *w, size_t k)
{
    uint64_t x[N * 2 * L];

    sc_n2_value(sc_he_n2(w->pk), x, sc_cipher_words_const(w->c[k]), N);
    for (size_t i = 0; i < N; i++) {
        import(w->v, x + 2 * L * i, 2 * L);
        CHECK(mpz_cmp(w->v, w->value[k][i]) == 0);
    }
}

static void check_plain(world *w, size_t k)
{
    uint64_t m[N * L];

    CHECK_OK(sc_he_decrypt(w->sk, m, w->c[k]));
    for (size_t i = 0; i < N; i++) {
        import(w->v, m + L * i, L);
        CHECK(mpz_cmp(w->v, w->plain[k][i]) == 0);
    }
}

/* Fresh ciphertexts, of edges and of random numbers; their values are noise. */
static void encrypt(world *w, size_t k)
{
    uint64_t m[N * L];

    for (size_t i = 0; i < N; i++) {
        const size_t kind = next() % 8;

        for (size_t j = 0; j < L; j++) {
            m[L * i + j] = kind < 2 ? 0 : next();
        }
        m[L * i] = kind == 1 ? 1 : m[L * i];
        import(w->plain[k][i], m + L * i, L);
        mpz_mod(w->plain[k][i], w->plain[k][i], w->n);
        if (kind == 2) {
            mpz_sub_ui(w->plain[k][i], w->n, 1);
        }
        memset(m + L * i, 0, 8 * L);
        mpz_export(m + L * i, NULL, -1, 8, 0, 0, w->plain[k][i]);
    }
    CHECK_OK(sc_encrypt(w->e, &w->rng, w->c[k], m));
    read_values(w, k, w->value[k]);
}

static void add_or_sub(world *w, size_t k, int is_sub)
{
    if (is_sub) {
        CHECK_OK(sc_cipher_sub(w->c[k], w->c[k], w->c[1 - k]));
    } else {
        CHECK_OK(sc_cipher_add(w->c[k], w->c[k], w->c[1 - k]));
    }
    for (size_t i = 0; i < N; i++) {
        mpz_set(w->v, w->value[1 - k][i]);
        if (is_sub) {
            mpz_invert(w->v, w->v, w->nn);
            mpz_sub(w->plain[k][i], w->plain[k][i], w->plain[1 - k][i]);
        } else {
            mpz_add(w->plain[k][i], w->plain[k][i], w->plain[1 - k][i]);
        }
        mpz_mul(w->value[k][i], w->value[k][i], w->v);
        mpz_mod(w->value[k][i], w->value[k][i], w->nn);
        mpz_mod(w->plain[k][i], w->plain[k][i], w->n);
    }
}

static void multiply(world *w, size_t k)
{
    static const int64_t edges[] = {0, 1, -1, INT64_MAX, INT64_MIN, 2};
    int64_t by[N];

    for (size_t i = 0; i < N; i++) {
        const uint64_t kind = next() % 12;

        by[i] = kind < 6 ? edges[kind] : (int64_t)next() >> next() % 64;
    }
    CHECK_OK(sc_cipher_mul(w->c[k], w->c[k], by));
    for (size_t i = 0; i < N; i++) {
        mpz_set_si(w->v, by[i]);
        mpz_powm(w->value[k][i], w->value[k][i], w->v, w->nn);
        mpz_mul(w->plain[k][i], w->plain[k][i], w->v);
        mpz_mod(w->plain[k][i], w->plain[k][i], w->n);
    }
}

static void scale(world *w, size_t k)
{
    const uint64_t by[2] = {next(), next() >> 60};

    CHECK_OK(sc_cipher_scale(w->c[k], w->c[k], by, 68));
    import(w->v, by, 2);
    for (size_t i = 0; i < N; i++) {
        mpz_powm(w->value[k][i], w->value[k][i], w->v, w->nn);
        mpz_mul(w->plain[k][i], w->plain[k][i], w->v);
        mpz_mod(w->plain[k][i], w->plain[k][i], w->n);
    }
}

static void one_round(world *w)
{
    const size_t k = next() % 2;

    switch (next() % 16) {
    case 0:
        encrypt(w, k);
        break;
    case 1:
        CHECK_OK(sc_rerandomise(&w->rng, w->c[k]));
        read_values(w, k, w->value[k]);
        break;
    case 2:
        check_plain(w, k);
        break;
    case 3:
        scale(w, k);
        break;
    case 4:
        multiply(w, k);
        break;
    case 5:
    case 6:
        add_or_sub(w, k, 1);
        break;
    default:
        add_or_sub(w, k, 0);
    }
    check_values(w, k);
}

static void test_random_operations(void **unused)
{
    world w = {.rng = sc_rng_system()};

    (void)unused;
    printf("seed %d\n", SEED);
    w.sk = sc_he_key();
    w.pk = sc_he_private_public(w.sk);
    mpz_inits(w.n, w.nn, w.v, NULL);
    import(w.n, sc_he_modulus(w.pk), L);
    mpz_mul(w.nn, w.n, w.n);
    CHECK_OK(sc_encryptor_new(&w.e, w.pk, 4));
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < N; i++) {
            mpz_inits(w.value[k][i], w.plain[k][i], NULL);
        }
        CHECK_OK(sc_cipher_new(&w.c[k], w.pk, N));
        encrypt(&w, k);
    }
    for (size_t i = 0; i < ROUNDS; i++) { /* 100,500 operations */
        one_round(&w);
    }
    for (size_t k = 0; k < 2; k++) {
        check_plain(&w, k);
        for (size_t i = 0; i < N; i++) {
            mpz_clears(w.value[k][i], w.plain[k][i], NULL);
        }
        sc_cipher_free(&w.c[k]);
    }
    mpz_clears(w.n, w.nn, w.v, NULL);
    sc_encryptor_free(&w.e);
    sc_he_private_free(&w.sk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
