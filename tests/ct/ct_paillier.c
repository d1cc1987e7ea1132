/* tests/ct/ct_paillier.c: no branch or address depends on a plaintext, on a
 * ciphertext's noise or on the primes. The key is of the model's smallest size,
 * for valgrind is slow; all sizes run the same code: eight lanes and one at a time. */
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/cipher_values.h"
#include "he/encrypt.h"
#include "he/pack.h"
#include "he/plaintext.h"
#include "he/private.h"
#include "tests/he_key.h"

enum { N = 3, BITS = 1024, L = BITS / 64 };

/* Ciphertexts may be seen by all. */
static void publish(sc_cipher *c)
{
    SC_CT_PUBLIC(sc_cipher_words(c), 8 * sc_n2_words(sc_he_n2(sc_cipher_key(c)),
                                                     sc_cipher_count(c)));
}

static void check_decrypt(const sc_he_private *sk, const sc_cipher *c,
                          const int64_t *expected)
{
    const sc_he_public *pk = sc_he_private_public(sk);
    uint64_t m[N * L];
    uint8_t is_negative[N];
    int64_t got[N];

    CHECK_OK(sc_he_decrypt(sk, m, c));
    CHECK_OK(sc_plain_to_i64(pk, got, m, N));
    SC_CT_PUBLIC(got, sizeof got); /* the test's own */
    CHECK_BYTES(got, expected, sizeof got);
    CHECK_OK(sc_plain_to_wide(pk, m, is_negative, m, N));
    CHECK_OK(sc_plain_from_wide(pk, m, m, is_negative, N));
}

static void test_round(void **unused)
{
    const int64_t plain[N] = {5, -7, INT64_MIN};
    int64_t x[N];
    uint8_t tape[N * BITS / 8];
    uint64_t m[N * L];
    sc_he_private *sk = NULL;
    const sc_he_public *pk;
    sc_encryptor *e = NULL;
    sc_cipher *c = NULL;
    sc_rng rng;

    (void)unused;
    sk =
        sc_he_key(); /* marks its own copies of the primes, behind the checks */
    pk = sc_he_private_public(sk);
    for (size_t i = 0; i < sizeof tape; i++) {
        tape[i] = (uint8_t)(i * 37 % 251 & 0x7f);
    }
    memcpy(x, plain, sizeof x);
    SC_CT_SECRET(tape, sizeof tape);
    SC_CT_SECRET(x, sizeof x);
    CHECK_OK(sc_encryptor_new(&e, pk, 2));
    CHECK_OK(sc_cipher_new(&c, pk, N));
    sc_plain_from_i64(pk, m, x, N);

    rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    CHECK_OK(sc_encrypt(e, &rng, c, m));
    publish(c);
    check_decrypt(sk, c, plain);
    rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    CHECK_OK(sc_rerandomise(&rng, c)); /* what it holds, unit tests look at */
    publish(c);
    rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    CHECK_OK(sc_encrypt_plainly(&rng, c, m));
    publish(c);

    sc_cipher_free(&c);
    sc_encryptor_free(&e);
    sc_he_private_free(&sk);
}

static void test_packed(void **unused)
{
    const int64_t plain[N] = {5, -7, INT32_MIN};
    sc_he_private *sk = sc_he_key();
    int64_t x[N], sums[N];
    uint64_t m[L];
    sc_packing p;

    (void)unused;
    CHECK_OK(sc_packing_init(&p, sc_he_private_public(sk), 32, 1, 9, 40));
    memcpy(x, plain, sizeof x);
    SC_CT_SECRET(x, sizeof x);
    CHECK_OK(sc_pack(&p, m, x, N));
    CHECK_OK(sc_unpack(&p, sums, m, 1, N));
    SC_CT_PUBLIC(sums, sizeof sums); /* the test's own */
    CHECK_BYTES(sums, plain, sizeof sums);
    sc_he_private_free(&sk);
}

/* Numbers of a file, in slots and without. */
static void test_values(void **unused)
{
    const sc_i128 plain[N] = {-5, 7, 0};
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    sc_i128 x[N], got[N];
    uint64_t m[N * L];
    sc_cipher_head head;

    (void)unused;
    sc_cipher_head_init(&head, pk, N);
    for (int i = 0; i < 2; i++) {
        head.has_slots = head.is_signed = i;
        head.value_bits = 8;
        head.slot_addends = 3;
        memcpy(x, plain, sizeof x);
        SC_CT_SECRET(x, sizeof x);
        CHECK_OK(sc_cipher_values_put(&head, pk, m, x));
        CHECK_OK(sc_cipher_values_get(&head, pk, got, m));
        SC_CT_PUBLIC(got, sizeof got); /* the test's own */
        CHECK_BYTES(got, plain, sizeof got);
    }
    sc_he_private_free(&sk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round),
                                       cmocka_unit_test(test_packed),
                                       cmocka_unit_test(test_values)};
    const int failed = cmocka_run_group_tests_name("lanes", tests, NULL, NULL);

    setenv("SC_CPU", "portable", 1);
    return failed + cmocka_run_group_tests_name("portable", tests, NULL, NULL);
}
