/* tests/unit/test_paillier.c: encryption, decryption and the homomorphic operations,
 * against an independent model (tests/oracle/paillier.py), GMP's plain arithmetic, and
 * their own laws. */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "he/encrypt.h"
#include "he/plaintext.h"
#include "he/private.h"
#include "he/words.h"
#include "tests/he_key.h"
#include "tests/random.h"

#define MAX  SC_HE_MAX_LIMBS
#define SEED 3112

static uint64_t state = SEED;

static uint64_t next(void)
{
    return sc_random_next(&state);
}

static void check_bytes(const sc_cipher *c, sc_bytes expected)
{
    sc_buf got = {0};

    CHECK_OK(sc_buf_put_u8(&got, 7)); /* it appends */
    CHECK_OK(sc_cipher_put(&got, c));
    CHECK_U64(got.len, expected.len + 1);
    CHECK_BYTES(got.p + 1, expected.p, expected.len);
    sc_buf_clear(&got);
}

static void check_plain(const sc_he_private *sk, const sc_cipher *c,
                        const uint64_t *m)
{
    const size_t L = sc_he_limbs(sc_he_private_public(sk));
    uint64_t *got = sc_alloc(sc_cipher_count(c) * L, 8);

    assert_non_null(got);
    CHECK_OK(sc_he_decrypt(sk, got, c));
    CHECK_BYTES(got, m, 8 * L * sc_cipher_count(c));
    sc_free(got);
}

/* ---- known answers ---------------------------------------------------------- */

static void check_noise_base(sc_kat *t, const sc_he_public *pk)
{
    const size_t L = sc_he_limbs(pk);
    uint64_t x[2 * MAX], *hs = sc_he_key_words(t, "hs", 2 * L);

    sc_n2_value(sc_he_n2(pk), x, sc_he_noise_base(pk), 1);
    CHECK_BYTES(x, hs, 16 * L);
    sc_free(hs);
}

static void check_operations(sc_kat *t, const sc_he_public *pk)
{
    const sc_bytes in = sc_kat_bytes(t, "c");
    const size_t n = sc_kat_size(t, "count"), len = sc_cipher_len(pk);
    uint8_t *turned = sc_alloc(in.len, 1); /* c, each the next */
    int64_t k[8];
    sc_cipher *a = NULL, *b = NULL, *c = NULL, *one = NULL;

    assert_non_null(turned);
    memcpy(turned, in.p + len, in.len - len);
    memcpy(turned + in.len - len, in.p, len);
    for (size_t i = 0; i < n; i++) {
        k[i] = sc_kat_i64_at(t, "k", i);
    }
    CHECK_OK(sc_cipher_get(&a, pk, in));
    CHECK_OK(sc_cipher_get(&b, pk, (sc_bytes){turned, in.len}));
    CHECK_OK(sc_cipher_new(&c, pk, n));
    CHECK_OK(sc_cipher_new(&one, pk, 1));
    check_bytes(a, in);
    CHECK_OK(sc_cipher_add(c, a, b));
    check_bytes(c, sc_kat_bytes(t, "add"));
    CHECK_OK(sc_cipher_sub(c, a, b));
    check_bytes(c, sc_kat_bytes(t, "sub"));
    CHECK_OK(sc_cipher_mul(c, a, k));
    check_bytes(c, sc_kat_bytes(t, "mul"));
    CHECK_OK(sc_cipher_sum(one, a));
    check_bytes(one, sc_kat_bytes(t, "sum"));
    sc_cipher_free(&a);
    sc_cipher_free(&b);
    sc_cipher_free(&c);
    sc_cipher_free(&one);
    sc_free(turned);
}

static void check_block(sc_kat *t, size_t window)
{
    sc_he_private *sk = sc_he_key_open(t);
    const sc_he_public *pk = sc_he_private_public(sk);
    const size_t n = sc_kat_size(t, "count"), L = sc_he_limbs(pk);
    uint64_t *m = sc_he_key_words(t, "m", L);
    sc_rng alpha = sc_rng_replay(sc_kat_bytes(t, "alpha"));
    sc_encryptor *e = NULL;
    sc_cipher *c = NULL;

    CHECK_STR(sc_he_id(pk), sc_kat_str(t, "id"));
    check_noise_base(t, pk);
    CHECK_OK(sc_encryptor_new(&e, pk, window));
    CHECK_OK(sc_cipher_new(&c, pk, n));
    CHECK_OK(sc_encrypt(e, &alpha, c, m));
    check_bytes(c, sc_kat_bytes(t, "c"));
    check_plain(sk, c, m);
    sc_cipher_free(&c);
    if (sc_kat_has(t, "r")) {
        sc_rng r = sc_rng_replay(sc_kat_bytes(t, "r"));

        CHECK_OK(sc_cipher_new(&c, pk, 1));
        CHECK_OK(sc_encrypt_plainly(&r, c, m + L * (n - 1)));
        check_bytes(c, sc_kat_bytes(t, "c_plainly"));
    }
    check_operations(t, pk);
    sc_cipher_free(&c);
    sc_encryptor_free(&e);
    sc_he_private_free(&sk);
    sc_free(m);
}

static void test_known_answers(void **unused)
{
    size_t window = 3;
    sc_kat t;

    (void)unused;
    for (sc_kat_open(&t, "paillier.kat"); sc_kat_next(&t);) {
        check_block(&t, window++);
    }
}

/* ---- laws ------------------------------------------------------------------- */

/* Random sums, differences, products of signed numbers, by threads too. */
static void test_laws(void **unused)
{
    enum { N = 133 };
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    sc_rng rng = sc_rng_system();
    const size_t L = sc_he_limbs(pk);
    uint64_t *m = sc_alloc(N * L, 8);
    int64_t x[N], y[N], k[N], sum = 0, got[N];
    sc_encryptor *e = NULL;
    sc_cipher *a = NULL, *b = NULL, *c = NULL, *one = NULL;

    (void)unused;
    printf("seed %d\n", SEED);
    assert_non_null(m);
    CHECK_OK(sc_encryptor_new(&e, pk, 4));
    CHECK_OK(sc_cipher_new(&a, pk, N));
    CHECK_OK(sc_cipher_new(&b, pk, N));
    CHECK_OK(sc_cipher_new(&c, pk, N));
    CHECK_OK(sc_cipher_new(&one, pk, 1));
    for (size_t i = 0; i < N; i++) {
        x[i] = (int64_t)next() >> 33;
        y[i] = (int64_t)next() >> 33;
        k[i] = (int64_t)next() >> (33 + i % 30);
        sum += x[i];
    }
    sc_plain_from_i64(pk, m, x, N);
    CHECK_OK(sc_encrypt(e, &rng, a, m));
    check_plain(sk, a, m);
    sc_plain_from_i64(pk, m, y, N);
    CHECK_OK(sc_encrypt_plainly(&rng, b, m)); /* both kinds of noise */
    check_plain(sk, b, m);
    for (unsigned what = 0; what < 5; what++) {
        CHECK_OK(what == 0   ? sc_cipher_add(c, a, b)
                 : what == 1 ? sc_cipher_sub(c, a, b)
                 : what == 2 ? sc_cipher_mul(c, a, k)
                 : what == 3 ? sc_cipher_scale(c, b, &(uint64_t){5}, 3)
                             : sc_rerandomise(&rng, c));
        CHECK_OK(sc_he_decrypt(sk, m, c));
        CHECK_OK(sc_plain_to_i64(pk, got, m, N));
        for (size_t i = 0; i < N; i++) {
            CHECK_I64(got[i], what == 0   ? x[i] + y[i]
                              : what == 1 ? x[i] - y[i]
                              : what == 2 ? x[i] * k[i]
                                          : 5 * y[i]);
        }
    }
    CHECK_OK(sc_cipher_sub(a, a, a)); /* in place */
    CHECK_OK(sc_he_decrypt(sk, m, a));
    CHECK_ZERO(m, 8 * L * N);
    sc_plain_from_i64(pk, m, x, N);
    CHECK_OK(sc_encrypt(e, &rng, a, m));
    CHECK_OK(sc_cipher_sum(one, a));
    CHECK_OK(sc_he_decrypt(sk, m, one));
    CHECK_OK(sc_plain_to_i64(pk, got, m, 1));
    CHECK_I64(got[0], sum);
    sc_cipher_free(&a);
    CHECK_OK(sc_cipher_new(&a, pk, 0));
    CHECK_OK(sc_cipher_sum(one, a)); /* of none */
    CHECK_OK(sc_he_decrypt(sk, m, one));
    CHECK_ZERO(m, 8 * L);
    sc_cipher_free(&a);
    sc_cipher_free(&b);
    sc_cipher_free(&c);
    sc_cipher_free(&one);
    sc_encryptor_free(&e);
    sc_he_private_free(&sk);
    sc_free(m);
}

/* Ciphertexts whatever their making: decryption by remainders is decryption by
 * lambda = (p-1)(q-1): m = L(c^lambda mod n^2) / lambda mod n. */
static void test_remainders_equal_plain(void **unused)
{
    enum { N = 40 };
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    const size_t L = sc_he_limbs(pk), len = sc_cipher_len(pk);
    uint8_t *bytes = sc_alloc(N * len, 1);
    uint64_t *m = sc_alloc(N * L, 8), expected[MAX];
    sc_cipher *c = NULL;
    mpz_t n, nn, lambda, p, v, u;

    (void)unused;
    assert_true(bytes != NULL && m != NULL);
    mpz_inits(n, nn, lambda, p, v, u, NULL);
    mpz_import(n, L, -1, 8, 0, 0, sc_he_modulus(pk));
    mpz_mul(nn, n, n);
    mpz_import(p, L / 2, -1, 8, 0, 0, sc_he_private_p(sk));
    mpz_sub_ui(lambda, p, 1);
    mpz_import(p, L / 2, -1, 8, 0, 0, sc_he_private_q(sk));
    mpz_sub_ui(p, p, 1);
    mpz_mul(lambda, lambda, p);
    for (size_t i = 0; i < N * len; i++) {
        bytes[i] = (uint8_t)next();
    }
    for (size_t i = 0; i < N; i++) {
        bytes[len * i] = 0; /* below n^2 */
    }
    memset(bytes, 0, len); /* 1, n^2 - 1, n - 1, n + 1 */
    bytes[len - 1] = 1;
    mpz_sub_ui(v, nn, 1);
    mpz_export(bytes + len, NULL, 1, 1, 1, 0, v);
    memset(bytes + 2 * len, 0, 2 * len);
    mpz_sub_ui(v, n, 1);
    mpz_export(bytes + 3 * len - 8 * L, NULL, 1, 1, 1, 0, v);
    mpz_add_ui(v, n, 1);
    mpz_export(bytes + 4 * len - 8 * L, NULL, 1, 1, 1, 0, v);
    CHECK_OK(sc_cipher_get(&c, pk, (sc_bytes){bytes, N * len}));
    CHECK_OK(sc_he_decrypt(sk, m, c));
    mpz_invert(p, lambda, n);
    for (size_t i = 0; i < N; i++) {
        mpz_import(v, len, 1, 1, 1, 0, bytes + len * i);
        mpz_powm(v, v, lambda, nn);
        mpz_tdiv_qr(v, u, v, n);
        CHECK(mpz_cmp_ui(u, 1) == 0);
        mpz_mul(v, v, p);
        mpz_mod(v, v, n);
        memset(expected, 0, sizeof expected);
        mpz_export(expected, NULL, -1, 8, 0, 0, v);
        CHECK_BYTES(m + L * i, expected, 8 * L);
    }
    mpz_clears(n, nn, lambda, p, v, u, NULL);
    sc_cipher_free(&c);
    sc_he_private_free(&sk);
    sc_free(bytes);
    sc_free(m);
}

/* The same tape gives the same ciphertexts, whatever the number of threads. */
static void test_replay(void **unused)
{
    enum { N = 100 };
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    const size_t len = N * 64;
    uint64_t *m = sc_alloc(N * sc_he_limbs(pk), 8);
    uint8_t *tape = sc_alloc(len, 1);
    sc_encryptor *e = NULL;
    sc_cipher *c = NULL, *one = NULL;
    sc_rng rng;
    sc_buf a = {0}, b = {0};

    (void)unused;
    assert_true(m != NULL && tape != NULL);
    for (size_t i = 0; i < len; i++) {
        tape[i] = (uint8_t)next();
    }
    rng = sc_rng_replay((sc_bytes){tape, len});
    CHECK_OK(sc_encryptor_new(&e, pk, 0));
    CHECK_OK(sc_cipher_new(&c, pk, N));
    CHECK_OK(sc_encrypt(e, &rng, c, m));
    CHECK_OK(sc_cipher_put(&a, c));
    rng = sc_rng_replay((sc_bytes){tape, len});
    CHECK_OK(sc_cipher_new(&one, pk, 1));
    for (size_t i = 0; i < N; i++) {
        CHECK_OK(sc_encrypt(e, &rng, one, m));
        CHECK_OK(sc_cipher_put(&b, one));
    }
    CHECK_U64(a.len, b.len);
    CHECK_BYTES(a.p, b.p, a.len);
    CHECK_ERR(SC_E_RNG,
              sc_encrypt(e, &rng, one, m)); /* the tape is at its end */
    CHECK_ERR(SC_E_RNG, sc_rerandomise(&rng, one));
    CHECK_ERR(SC_E_RNG, sc_encrypt_plainly(&rng, one, m));
    sc_buf_clear(&a);
    sc_buf_clear(&b);
    sc_cipher_free(&c);
    sc_cipher_free(&one);
    sc_encryptor_free(&e);
    sc_he_private_free(&sk);
    sc_free(m);
    sc_free(tape);
}

/* ---- signed plaintexts ------------------------------------------------------ */

/* The Jacobi symbol of c mod n, a mark that anybody sees. */
static int symbol_of(const sc_he_public *pk, const sc_cipher *c)
{
    uint64_t x[2 * MAX];
    mpz_t v, n;
    int symbol;

    mpz_init(v);
    mpz_init(n);
    sc_n2_value(sc_he_n2(pk), x, sc_cipher_words_const(c), 1);
    mpz_import(v, 2 * sc_he_limbs(pk), -1, 8, 0, 0, x);
    mpz_import(n, sc_he_limbs(pk), -1, 8, 0, 0, sc_he_modulus(pk));
    symbol = mpz_jacobi(v, n);
    mpz_clear(v);
    mpz_clear(n);
    return symbol;
}

/* A mark goes with new noise, and comes and goes: not so with powers of hs. */
static void test_marks(void **unused)
{
    uint64_t m[MAX] = {7}, got[MAX];
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    sc_rng rng = sc_rng_system();
    int was, n_changed = 0;
    sc_cipher *c = NULL;

    (void)unused;
    CHECK_OK(sc_cipher_new(&c, pk, 1));
    CHECK_OK(sc_encrypt_plainly(&rng, c, m));
    for (size_t i = 0; i < 128; i++) { /* all alike: once in 2^128 */
        was = symbol_of(pk, c);
        CHECK_OK(sc_rerandomise(&rng, c));
        n_changed += symbol_of(pk, c) != was;
    }
    CHECK(n_changed > 0);
    CHECK_OK(sc_he_decrypt(sk, got, c));
    CHECK_BYTES(got, m, 8 * sc_he_limbs(pk));
    sc_cipher_free(&c);
    sc_he_private_free(&sk);
}

/* ---- what is refused --------------------------------------------------------- */

static void test_ciphertexts_refused(void **unused)
{
    enum { AT = 37, N = 40 };
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    const size_t len = sc_cipher_len(pk), L = sc_he_limbs(pk);
    uint8_t *bytes = sc_alloc(N * len, 1), *bad = bytes + AT * len;
    uint64_t p[MAX] = {0};
    sc_cipher *c = NULL;

    (void)unused;
    assert_non_null(bytes);
    for (size_t i = 0; i < N; i++) {
        bytes[len * (i + 1) - 1] = (uint8_t)(i + 1);
    }
    CHECK_OK(sc_cipher_get(&c, pk, (sc_bytes){bytes, N * len}));
    check_bytes(c, (sc_bytes){bytes, N * len});
    sc_cipher_free(&c);
    CHECK_ERR(SC_E_WIRE, sc_cipher_get(&c, pk, (sc_bytes){bytes, len - 1}));
    CHECK_ERR(SC_E_WIRE, sc_cipher_get(&c, pk, (sc_bytes){bytes, 2 * len + 1}));
    for (unsigned what = 0; what < 6; what++) {
        memset(bad, 0, len);
        if (what == 1) { /* n^2 */
            sc_words_put(bad, sc_he_square(pk), 2 * L);
        } else if (what == 2) {
            memset(bad, 0xff, len);
        } else if (what == 3) { /* n */
            sc_words_put(bad + len / 2, sc_he_modulus(pk), L);
        } else if (what == 4) { /* p, q: whoever has them needs no key */
            sc_words_put(bad + len - 4 * L, sc_he_private_p(sk), L / 2);
        } else if (what == 5) {
            memcpy(p, sc_he_private_q(sk), 4 * L);
            sc_words_put(bad + len / 2, p, L);
        }
        CHECK_ERR(SC_E_WIRE, sc_cipher_get(&c, pk, (sc_bytes){bytes, N * len}));
        CHECK(c == NULL);
        CHECK_ERR(SC_E_WIRE, sc_cipher_get(&c, pk, (sc_bytes){bad, len}));
    }
    CHECK_OK(sc_cipher_get(&c, pk, (sc_bytes){NULL, 0}));
    CHECK_U64(sc_cipher_count(c), 0);
    sc_cipher_free(&c);
    CHECK_ERR(SC_E_ARG, sc_cipher_new(&c, pk, SC_CIPHER_MAX + 1));
    sc_he_private_free(&sk);
    sc_free(bytes);
}

static void test_mismatches(void **unused)
{
    sc_he_private *sk = sc_he_key(), *other = NULL;
    const sc_he_public *pk = sc_he_private_public(sk), *pk2;
    uint8_t tape[64] = {5};
    sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    uint64_t m[2 * MAX] = {0}, k = 3;
    int64_t each[2] = {1, 2};
    sc_encryptor *e = NULL;
    sc_cipher *a = NULL, *b = NULL, *two = NULL;

    (void)unused;
    CHECK_OK(sc_he_generate(&other, &rng, 1024, "other", SC_HE_TEST_SIZE));
    pk2 = sc_he_private_public(other);
    rng = sc_rng_system();
    CHECK_OK(sc_cipher_new(&a, pk, 1));
    CHECK_OK(sc_cipher_new(&b, pk2, 1));
    CHECK_OK(sc_cipher_new(&two, pk, 2));
    CHECK_OK(sc_encryptor_new(&e, pk, 1));
    CHECK_ERR(SC_E_ARG, sc_cipher_add(a, a, b));
    CHECK_ERR(SC_E_ARG, sc_cipher_add(b, a, a));
    CHECK_ERR(SC_E_ARG, sc_cipher_add(a, two, a));
    CHECK_ERR(SC_E_ARG, sc_cipher_sub(a, a, b));
    CHECK_ERR(SC_E_ARG, sc_cipher_sub(two, a, two));
    CHECK_ERR(SC_E_ARG, sc_cipher_mul(a, b, each));
    CHECK_ERR(SC_E_ARG, sc_cipher_mul(a, two, each));
    CHECK_ERR(SC_E_ARG, sc_cipher_scale(a, b, &k, 2));
    CHECK_ERR(SC_E_ARG, sc_cipher_scale(a, a, &k, 0));
    CHECK_ERR(SC_E_ARG, sc_cipher_sum(two, a));
    CHECK_ERR(SC_E_ARG, sc_cipher_sum(b, a));
    CHECK_ERR(SC_E_ARG, sc_encrypt(e, &rng, b, m));
    CHECK_ERR(SC_E_ARG, sc_he_decrypt(other, m, a));
    memcpy(m + sc_he_limbs(pk), sc_he_modulus(pk), 8 * sc_he_limbs(pk));
    CHECK_ERR(SC_E_ARG, sc_encrypt(e, &rng, two, m)); /* m[1] = n */
    CHECK_ERR(SC_E_ARG, sc_encrypt_plainly(&rng, two, m));
    sc_encryptor_free(&e);
    CHECK_ERR(SC_E_ARG, sc_encryptor_new(&e, pk, 9));
    sc_cipher_free(&a);
    sc_cipher_free(&b);
    sc_cipher_free(&two);
    sc_he_private_free(&sk);
    sc_he_private_free(&other);
    sc_he_private_free(&other);
}

/* ---- memory ------------------------------------------------------------------ */

static sc_err use_memory(void *unused)
{
    static const int64_t k[2] = {3, -2};
    sc_he_private *sk = NULL;
    uint64_t p[8], q[8], m[2 * 16] = {1};
    sc_rng rng = sc_rng_system();
    sc_encryptor *e = NULL;
    sc_cipher *c = NULL, *one = NULL;
    sc_err err = SC_E_BUG;
    sc_buf out = {0};

    memcpy(p, unused, sizeof p);
    memcpy(q, (uint64_t *)unused + 8, sizeof q);
    SC_TRY(sc_he_private_new(&sk, p, q, 1024, "k", SC_HE_TEST_SIZE));
    SC_TRY(sc_encryptor_new(&e, sc_he_private_public(sk), 1));
    SC_TRY(sc_cipher_new(&c, sc_he_private_public(sk), 2));
    SC_TRY(sc_cipher_new(&one, sc_he_private_public(sk), 1));
    SC_TRY(sc_encrypt(e, &rng, c, m));
    SC_TRY(sc_rerandomise(&rng, c));
    SC_TRY(sc_cipher_mul(c, c, k));
    SC_TRY(sc_cipher_sub(c, c, c));
    SC_TRY(sc_cipher_sum(one, c));
    SC_TRY(sc_encrypt_plainly(&rng, c, m));
    SC_TRY(sc_cipher_put(&out, c));
    sc_cipher_free(&c);
    SC_TRY(sc_cipher_get(&c, sc_he_private_public(sk), sc_buf_bytes(&out)));
    SC_TRY(sc_he_decrypt(sk, m, c));
    err = SC_OK;
out:
    sc_buf_clear(&out);
    sc_cipher_free(&c);
    sc_cipher_free(&one);
    sc_encryptor_free(&e);
    sc_he_private_free(&sk);
    return err;
}

static void test_memory(void **unused)
{
    sc_he_private *sk = sc_he_key();
    uint64_t pq[16];

    (void)unused;
    memcpy(pq, sc_he_private_p(sk), 64);
    memcpy(pq + 8, sc_he_private_q(sk), 64);
    CHECK_ALLOC(use_memory, pq);
    sc_he_private_free(&sk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_laws),
        cmocka_unit_test(test_remainders_equal_plain),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_ciphertexts_refused),
        cmocka_unit_test(test_mismatches),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
