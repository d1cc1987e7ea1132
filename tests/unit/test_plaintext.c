/* tests/unit/test_plaintext.c: integers as plaintexts: signed ones, and many in one
 * (he/plaintext.h, he/pack.h), at their bounds and beyond. */
#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/encrypt.h"
#include "he/pack.h"
#include "he/plaintext.h"
#include "he/private.h"
#include "tests/he_key.h"

#define MAX SC_HE_MAX_LIMBS

static void test_signed(void **unused)
{
    static const int64_t x[] = {0, 1, -1, INT64_MAX, INT64_MIN, 12345, -99};
    enum { N = sizeof x / sizeof *x };
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    const size_t L = sc_he_limbs(pk);
    uint64_t m[N * MAX], size[N * MAX];
    uint8_t is_negative[N];
    int64_t got[N];

    (void)unused;
    sc_plain_from_i64(pk, m, x, N);
    CHECK_OK(sc_plain_to_i64(pk, got, m, N));
    CHECK_BYTES(got, x, sizeof x);
    CHECK_OK(sc_plain_to_wide(pk, size, is_negative, m, N));
    for (size_t i = 0; i < N; i++) {
        CHECK_U64(is_negative[i], x[i] < 0);
        CHECK_U64(size[L * i], x[i] < 0 ? 0 - (uint64_t)x[i] : (uint64_t)x[i]);
        CHECK_ZERO(size + L * i + 1, 8 * (L - 1));
    }
    memset(m, 0xff, sizeof m);
    CHECK_OK(sc_plain_from_wide(pk, m, size, is_negative, N));
    CHECK_OK(sc_plain_to_i64(pk, got, m, N));
    CHECK_BYTES(got, x, sizeof x);
    sc_he_private_free(&sk);
}

static void test_64_bits(void **unused)
{
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    uint64_t m[MAX], size[MAX] = {0};
    uint8_t is_negative[1];
    int64_t got[1];

    (void)unused;
    /* 2^63 and -2^63 - 1 are no 64-bit integers. */
    size[0] = 1ULL << 63;
    is_negative[0] = 0;
    CHECK_OK(sc_plain_from_wide(pk, m, size, is_negative, 1));
    CHECK_ERR(SC_E_ARG, sc_plain_to_i64(pk, got, m, 1));
    CHECK_ZERO(got, sizeof *got);
    size[0]++;
    is_negative[0] = 1;
    CHECK_OK(sc_plain_from_wide(pk, m, size, is_negative, 1));
    CHECK_ERR(SC_E_ARG, sc_plain_to_i64(pk, got, m, 1));
    sc_he_private_free(&sk);
}

static void test_half_of_n(void **unused)
{
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    const uint64_t *n = sc_he_modulus(pk);
    const size_t L = sc_he_limbs(pk);
    uint64_t m[MAX], size[MAX] = {0};
    uint8_t is_negative[1];

    (void)unused;
    /* (n-1)/2 is the largest, of both signs; one more is out. */
    for (size_t i = 0; i < L; i++) {
        size[i] = n[i] >> 1 | (i + 1 < L ? n[i + 1] << 63 : 0);
    }
    for (unsigned sign = 0; sign < 2; sign++) {
        uint64_t back[MAX];
        uint8_t was;

        is_negative[0] = (uint8_t)sign;
        CHECK_OK(sc_plain_from_wide(pk, m, size, is_negative, 1));
        CHECK_OK(sc_plain_check(pk, m, 1));
        CHECK_OK(sc_plain_to_wide(pk, back, &was, m, 1));
        CHECK_U64(was, sign);
        CHECK_BYTES(back, size, 8 * L);
    }
    size[0]++;
    CHECK_ERR(SC_E_ARG, sc_plain_from_wide(pk, m, size, is_negative, 1));
    CHECK_ZERO(m, 8 * L);
    size[0]--;
    is_negative[0] = 2;
    CHECK_ERR(SC_E_ARG, sc_plain_from_wide(pk, m, size, is_negative, 1));
    memset(size, 0, sizeof size); /* -0 is 0 */
    is_negative[0] = 1;
    CHECK_OK(sc_plain_from_wide(pk, m, size, is_negative, 1));
    CHECK_ZERO(m, 8 * L);
    sc_he_private_free(&sk);
}

static void test_no_plaintext(void **unused)
{
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    const uint64_t *n = sc_he_modulus(pk);
    const size_t L = sc_he_limbs(pk);
    uint64_t m[MAX], size[MAX];
    uint8_t is_negative[1];
    int64_t got[1];

    (void)unused;
    memcpy(m, n, 8 * L); /* n is no plaintext */
    CHECK_ERR(SC_E_ARG, sc_plain_check(pk, m, 1));
    CHECK_ERR(SC_E_ARG, sc_plain_to_i64(pk, got, m, 1));
    CHECK_ERR(SC_E_ARG, sc_plain_to_wide(pk, size, is_negative, m, 1));
    CHECK_ZERO(size, 8 * L);
    memset(m, 0xff, sizeof m);
    CHECK_ERR(SC_E_ARG, sc_plain_check(pk, m, 1));
    m[L - 1] = 0;
    CHECK_OK(sc_plain_check(pk, m, 1));
    sc_he_private_free(&sk);
}

/* ---- packed ------------------------------------------------------------------ */

/* sum over j of x[j] * 2^(width*j), in GMP. */
static void check_packed(const sc_packing *p, const uint64_t *m,
                         const int64_t *x, size_t n)
{
    mpz_t expected, got, v;

    mpz_inits(expected, got, v, NULL);
    for (size_t i = 0; i < sc_packing_plaintexts(p, n); i++) {
        mpz_set_ui(expected, 0);
        for (size_t j = 0; j < p->slots && p->slots * i + j < n; j++) {
            mpz_set_si(v, x[p->slots * i + j]);
            if (p->is_signed) {
                mpz_add_ui(v, v, 1UL << (p->value_bits - 1));
            }
            mpz_mul_2exp(v, v, p->width * j);
            mpz_add(expected, expected, v);
        }
        mpz_import(got, p->limbs, -1, 8, 0, 0, m + p->limbs * i);
        CHECK(mpz_cmp(expected, got) == 0);
    }
    mpz_clears(expected, got, v, NULL);
}

/* Values at their bounds, added up as often as there is room for. */
static void check_pack(const sc_he_public *pk, size_t bits, int is_signed,
                       uint64_t addends, size_t spare)
{
    enum { N = 300 };
    const int64_t least = is_signed ? -((int64_t)1 << (bits - 1)) : 0;
    const int64_t most = least + (int64_t)((1ULL << bits) - 1);
    uint64_t *m = sc_alloc(N, 8 * MAX);
    int64_t x[N], sums[N];
    sc_packing p;

    assert_non_null(m);
    CHECK_OK(sc_packing_init(&p, pk, bits, is_signed, addends, spare));
    CHECK(p.slots >= 1 && p.slots * p.width < sc_he_bits(pk));
    for (size_t n = 0; n <= N; n += n < 2 ? 1 : 149) {
        for (size_t i = 0; i < n; i++) {
            x[i] = i % 3 == 0   ? most
                   : i % 3 == 1 ? least
                                : least + (int64_t)(i & 1);
        }
        CHECK_OK(sc_pack(&p, m, x, n));
        check_packed(&p, m, x, n);
        CHECK_OK(sc_plain_check(pk, m, sc_packing_plaintexts(&p, n)));
        CHECK_OK(sc_unpack(&p, sums, m, 1, n));
        CHECK_BYTES(sums, x, 8 * n);
        for (size_t i = 0; i < sc_packing_plaintexts(&p, n); i++) {
            mpn_mul_1(m + p.limbs * i, m + p.limbs * i, (mp_size_t)p.limbs,
                      addends);
        }
        CHECK_OK(sc_unpack(&p, sums, m, addends, n));
        for (size_t i = 0; i < n; i++) {
            CHECK_I64(sums[i], x[i] * (int64_t)addends);
        }
    }
    x[0] = most + 1;
    CHECK_ERR(SC_E_ARG, sc_pack(&p, m, x, 1));
    CHECK_ZERO(m, 8 * p.limbs);
    x[0] = least - 1;
    CHECK_ERR(SC_E_ARG, sc_pack(&p, m, x, 1));
    sc_free(m);
}

static void test_packed(void **unused)
{
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);

    (void)unused;
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        check_pack(pk, 32, is_signed, 1 << 20, 0);
        check_pack(pk, 1, is_signed, 1, 0);
        check_pack(pk, 62, is_signed, 1, SC_PACK_MAX_SPARE);
        check_pack(pk, 60, is_signed, 3, 4); /* 66 bits */
        check_pack(pk, 13, is_signed, 1000, 40);
        check_pack(pk, 40, is_signed, 1 << 22, 2); /* 64 bits */
    }
    sc_he_private_free(&sk);
}

static void check_lie(const sc_packing *p, uint64_t *m, size_t bit,
                      uint64_t addends, size_t n)
{
    int64_t sums[64];

    m[bit / 64] ^= 1ULL << bit % 64;
    CHECK_ERR(SC_E_CHEAT, sc_unpack(p, sums, m, addends, n));
    CHECK_ZERO(sums, 8 * n);
    m[bit / 64] ^= 1ULL << bit % 64;
    CHECK_OK(sc_unpack(p, sums, m, addends, n));
}

static void test_packed_lies(void **unused)
{
    static const int64_t x[] = {5, -128, 127};
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    int64_t sums[3];
    uint64_t m[MAX];
    sc_packing p;

    (void)unused;
    CHECK_ERR(SC_E_ARG, sc_packing_init(&p, pk, 0, 0, 1, 0));
    CHECK_ERR(SC_E_ARG, sc_packing_init(&p, pk, 63, 0, 1, 0));
    CHECK_ERR(SC_E_ARG, sc_packing_init(&p, pk, 62, 0, 2, 0));
    CHECK_ERR(SC_E_ARG, sc_packing_init(&p, pk, 8, 0, 0, 0));
    CHECK_ERR(SC_E_ARG, sc_packing_init(&p, pk, 8, 0, UINT64_MAX, 0));
    CHECK_ERR(SC_E_ARG,
              sc_packing_init(&p, pk, 8, 0, 1, SC_PACK_MAX_SPARE + 1));
    CHECK_OK(sc_packing_init(&p, pk, 8, 1, 5, 40));
    CHECK_U64(p.width, 8 + 3 + 40);
    CHECK_U64(p.slots, 1023 / 51);
    CHECK_OK(sc_pack(&p, m, x, 3));
    CHECK_ERR(SC_E_ARG, sc_unpack(&p, sums, m, 6, 3));
    CHECK_ERR(SC_E_CHEAT, sc_unpack(&p, sums, m, 0, 3));
    check_lie(&p, m, 8, 1, 3);            /* more than one value can be */
    check_lie(&p, m, 11, 5, 3);           /* a spare bit, the first */
    check_lie(&p, m, 50, 5, 3);           /* and the last */
    check_lie(&p, m, 51 * 3, 1, 3);       /* a slot that is none */
    check_lie(&p, m, 51 * p.slots, 1, 3); /* above all slots */
    check_lie(&p, m, 64 * p.limbs - 1, 1, 3);
    sc_he_private_free(&sk);
}

/* Through ciphertexts: seven parties, one of which counts three times. */
static void test_packed_sum(void **unused)
{
    enum { N = 45, PARTIES = 7, WEIGHT = 3 };
    sc_he_private *sk = sc_he_key();
    const sc_he_public *pk = sc_he_private_public(sk);
    int64_t x[N], sums[N], expected[N] = {0};
    uint64_t m[5 * MAX];
    sc_cipher *total = NULL, *c = NULL;
    sc_encryptor *e = NULL;
    sc_rng rng = sc_rng_system();
    const uint64_t weight = WEIGHT;
    sc_packing p;

    (void)unused;
    CHECK_OK(sc_packing_init(&p, pk, 32, 1, PARTIES - 1 + WEIGHT, 40));
    CHECK_U64(sc_packing_plaintexts(&p, N), 4);
    CHECK_OK(sc_encryptor_new(&e, pk, 2));
    CHECK_OK(sc_cipher_new(&total, pk, 4));
    CHECK_OK(sc_cipher_new(&c, pk, 4));
    for (size_t party = 0; party < PARTIES; party++) {
        for (size_t i = 0; i < N; i++) {
            x[i] = (int64_t)(i * 104729 % 65536) * 65536 - ((int64_t)1 << 31);
            expected[i] += party == 0 ? WEIGHT * x[i] : x[i];
        }
        CHECK_OK(sc_pack(&p, m, x, N));
        CHECK_OK(sc_encrypt(e, &rng, c, m));
        if (party == 0) {
            CHECK_OK(sc_cipher_scale(c, c, &weight, 2));
        }
        CHECK_OK(sc_cipher_add(total, total, c));
    }
    CHECK_OK(sc_he_decrypt(sk, m, total));
    CHECK_OK(sc_unpack(&p, sums, m, PARTIES - 1 + WEIGHT, N));
    CHECK_BYTES(sums, expected, sizeof sums);
    sc_cipher_free(&total);
    sc_cipher_free(&c);
    sc_encryptor_free(&e);
    sc_he_private_free(&sk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signed),     cmocka_unit_test(test_64_bits),
        cmocka_unit_test(test_half_of_n),  cmocka_unit_test(test_no_plaintext),
        cmocka_unit_test(test_packed),     cmocka_unit_test(test_packed_lies),
        cmocka_unit_test(test_packed_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
