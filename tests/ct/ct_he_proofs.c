/* tests/ct/ct_he_proofs.c: no branch or address of a prover depends on a plaintext, a
 * bit, a ciphertext's noise, what it draws, the primes, or a share. */
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/opening.h"
#include "he/prove_bits.h"
#include "he/prove_part.h"
#include "he/prove_plain.h"
#include "he/prove_range.h"
#include "mpc/ctsum.h"
#include "tests/he_key.h"

enum { N = 2, BITS = 1024, L = BITS / 64, HALF = L / 2 };

static void test_provers(void **unused)
{
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    const sc_bytes context = sc_bytes_of("ct");
    uint64_t m[N * L] = {0}, alphas[N * HALF], r[N * L];
    uint8_t bits[N] = {1, 0}, tape[4096];
    sc_encryptor *e = NULL;
    sc_cipher *c = NULL;
    sc_buf out = {0};
    sc_rng rng;

    (void)unused;
    for (size_t i = 0; i < sizeof tape; i++) {
        tape[i] = (uint8_t)(i * 37 % 251 & 0x7f);
    }
    m[0] = 1;
    memcpy(alphas, tape, sizeof alphas);
    SC_CT_SECRET(tape, sizeof tape);
    SC_CT_SECRET(bits, sizeof bits);
    SC_CT_SECRET(m, sizeof m);
    SC_CT_SECRET(alphas, sizeof alphas);
    CHECK_OK(sc_encryptor_new(&e, pk, 3));
    CHECK_OK(sc_cipher_new(&c, pk, N));
    CHECK_OK(sc_encrypt_with(e, c, m, alphas));
    SC_CT_PUBLIC(sc_cipher_words(c), 8 * sc_n2_words(sc_he_n2(pk), N));

    rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    CHECK_OK(sc_prove_plain(e, &rng, context, c, m, alphas, &out));
    rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    CHECK_OK(sc_prove_bits(e, &rng, context, c, bits, alphas, &out));
    CHECK_OK(sc_open_noise(sk, r, c));

    sc_buf_clear(&out);
    sc_cipher_free(&c);
    sc_encryptor_free(&e);
    sc_he_private_free(&sk);
}

static void test_share(void **unused)
{
    sc_threshold *key = NULL;
    sc_cipher *c = NULL, *parts = NULL;
    uint8_t tape[1024];
    sc_share share = {.index = 5};
    uint64_t *s;
    sc_buf out = {0};
    sc_rng rng;
    sc_kat t;

    (void)unused;
    sc_kat_open(&t, "threshold.kat");
    CHECK(sc_kat_next(&t));
    CHECK_OK(sc_threshold_new(&key, sc_kat_bytes(&t, "n"), "shared", 3, 5,
                              sc_kat_bytes(&t, "v"), sc_kat_bytes(&t, "vs"),
                              sc_kat_bytes(&t, "gs"), SC_HE_TEST_SIZE));
    s = sc_he_key_words(&t, "shares", 2 * L);
    memcpy(share.s, s + 2 * L * 4, 16 * L);
    sc_free(s);
    CHECK_OK(
        sc_cipher_get(&c, sc_threshold_public(key), sc_kat_bytes(&t, "c")));
    CHECK_OK(
        sc_cipher_new(&parts, sc_threshold_public(key), sc_cipher_count(c)));
    memset(tape, 0x35, sizeof tape);
    SC_CT_SECRET(tape, sizeof tape);
    SC_CT_SECRET(share.s, sizeof share.s);
    rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    CHECK_OK(sc_threshold_part(key, &share, c, parts));
    SC_CT_PUBLIC(sc_cipher_words(parts),
                 8 * sc_n2_words(sc_he_n2(sc_threshold_public(key)),
                                 sc_cipher_count(c)));
    CHECK_OK(
        sc_prove_part(key, &share, &rng, sc_bytes_of("ct"), c, parts, &out));
    sc_buf_clear(&out);
    sc_cipher_free(&c);
    sc_cipher_free(&parts);
    sc_threshold_free(&key);
    while (sc_kat_next(&t)) {
    }
}

/* Values of the widths that fill their words, and of those that do not; the first
 * try ends out of range, and that it does is no secret. */
static void test_range(void **unused)
{
    static const size_t value_bits[] = {32, 77, 128};
    sc_threshold *key = sc_he_key_dealt("shared", NULL);
    const sc_he_public *pk = sc_threshold_public(key);
    uint64_t m[N * L], alphas[N * HALF];
    sc_u128 x[N * 2], totals[N * 2];
    sc_encryptor *e = NULL;
    sc_cipher *c = NULL;
    uint8_t tape[4096];
    sc_buf out = {0};

    (void)unused;
    memset(tape, 0, sizeof tape);
    memset(tape + 1024, 0x35, sizeof tape - 1024);
    memset(alphas, 0x7a, sizeof alphas);
    SC_CT_SECRET(tape, sizeof tape);
    SC_CT_SECRET(alphas, sizeof alphas);
    CHECK_OK(sc_encryptor_new(&e, pk, 3));
    CHECK_OK(sc_cipher_new(&c, pk, N));
    for (size_t i = 0; i < sizeof value_bits / sizeof *value_bits; i++) {
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
        sc_range *r = NULL;

        memset(x, 0, sizeof x);
        x[1] = 12345678;
        SC_CT_SECRET(x, sizeof x);
        CHECK_OK(sc_range_new(&r, key, e, value_bits[i], 300, 2));
        CHECK_OK(sc_range_pack(r, m, x, N));
        CHECK_OK(sc_encrypt_with(e, c, m, alphas));
        SC_CT_PUBLIC(sc_cipher_words(c), 8 * sc_n2_words(sc_he_n2(pk), N));
        CHECK_OK(
            sc_prove_range(r, &rng, sc_bytes_of("ct"), c, x, alphas, &out));
        CHECK(rng.used > 1024); /* more than one try */
        CHECK_OK(sc_range_unpack(r, totals, m, 1, N));
        sc_buf_reset(&out);
        sc_range_free(&r);
    }
    sc_buf_clear(&out);
    sc_cipher_free(&c);
    sc_encryptor_free(&e);
    sc_threshold_free(&key);
}

/* Entries of a sum of ciphertexts, in each way of ranges. */
static void test_entry(void **unused)
{
    static const sc_ctsum_shape shapes[] = {
        {BITS, 64, 4, 3, SC_CTSUM_BY_DEALER},
        {BITS, 64, 4, 3, SC_CTSUM_ASSERTED},
        {BITS, 128, 4, 3, SC_CTSUM_ASSERTED},
        {BITS, 64, 1, 3, SC_CTSUM_BY_BITS},
        {BITS, 128, 1, 3, SC_CTSUM_BY_BITS}};
    sc_threshold *key = sc_he_key_dealt("shared", NULL);
    sc_u128 y[4] = {0, 1, (sc_u128)1 << 63, ~(sc_u128)0};
    sc_encryptor *e = NULL;
    static uint8_t tape[65536]; /* 168 bits take most of it */
    sc_buf out = {0};

    (void)unused;
    memset(tape, 0x35, sizeof tape);
    SC_CT_SECRET(tape, sizeof tape);
    SC_CT_SECRET(y, sizeof y);
    CHECK_OK(sc_encryptor_new(&e, sc_threshold_public(key), 3));
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
        sc_ctsum *s = NULL;

        CHECK_OK(sc_ctsum_new(&s, key, e, &shapes[i]));
        CHECK_OK(sc_ctsum_entry(s, &rng, sc_bytes_of("ct"), y, &out));
        sc_buf_reset(&out);
        sc_ctsum_free(&s);
    }
    sc_buf_clear(&out);
    sc_encryptor_free(&e);
    sc_threshold_free(&key);
}

/* One element at a time: the lanes are looked at by ct_paillier.c. */
int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_provers),
                                       cmocka_unit_test(test_share),
                                       cmocka_unit_test(test_range),
                                       cmocka_unit_test(test_entry)};

    setenv("SC_CPU", "portable", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
