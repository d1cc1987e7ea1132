/* tests/unit/test_product.c: he/product.h and he/words.h against GMP. */
#include <gmp.h>
#include <string.h>

#include "he/product.h"
#include "he/words.h"
#include "tests/kat.h"
#include "tests/random.h"

#define MAX     64
#define N_KINDS 7

static uint64_t state = 64;

static uint64_t next(void)
{
    return sc_random_next(&state);
}

/* 0; all ones; 1; the top bit; low half alone; equal halves; random. */
static void fill(uint64_t *x, size_t n, unsigned kind)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = kind == 1                 ? UINT64_MAX
               : kind == 4 && i < n / 2  ? UINT64_MAX
               : kind == 5 && i >= n / 2 ? x[i - n / 2]
               : kind >= 5               ? next()
                                         : 0;
    }
    x[0] |= kind == 2;
    x[n - 1] |= kind == 3 ? 1ULL << 63 : 0;
}

static void check(const uint64_t *a, const uint64_t *b, size_t n)
{
    static uint64_t got[2 * MAX], expected[2 * MAX], itch[SC_WORDS_ITCH(MAX)];

    memset(got, 0x55, sizeof got);
    sc_words_mul(got, a, b, n, itch);
    mpn_mul(expected, a, (mp_size_t)n, b, (mp_size_t)n);
    CHECK_BYTES(got, expected, 16 * n);
    CHECK(2 * n == 2 * MAX || got[2 * n] == 0x5555555555555555);
    sc_words_sqr(got, a, n, itch);
    mpn_sqr(expected, a, (mp_size_t)n);
    CHECK_BYTES(got, expected, 16 * n);
}

static void test_products(void **unused)
{
    uint64_t a[MAX], b[MAX];

    (void)unused;
    for (size_t n = 1; n <= MAX; n++) {
        for (unsigned kind = 0; kind < N_KINDS * N_KINDS; kind++) {
            fill(a, n, kind / N_KINDS);
            fill(b, n, kind % N_KINDS);
            check(a, b, n);
        }
        for (unsigned i = 0; i < 20; i++) {
            fill(a, n, 6);
            fill(b, n, 6);
            check(a, b, n);
        }
    }
}

static void test_words(void **unused)
{
    const uint8_t bytes[16] = {1, 2,  3,  4,  5,  6,  7,  8,
                               9, 10, 11, 12, 13, 14, 15, 16};
    uint64_t x[2], y[2];
    uint8_t again[16];

    (void)unused;
    sc_words_get(x, 2, bytes);
    CHECK_U64(x[0], 0x090a0b0c0d0e0f10);
    CHECK_U64(x[1], 0x0102030405060708);
    sc_words_put(again, x, 2);
    CHECK_BYTES(again, bytes, 16);
    for (size_t at = 0; at < 128; at++) {
        for (size_t count = 1; count < 32; count++) {
            uint32_t expected = 0;

            for (size_t i = 0; i < count && at + i < 128; i++) {
                expected |= (uint32_t)(x[(at + i) / 64] >> (at + i) % 64 & 1)
                            << i;
            }
            CHECK_U64(sc_words_bits(x, 2, at, count), expected);
        }
    }
    CHECK_U64(sc_words_less(x, x, 2), 0);
    memcpy(y, x, sizeof y);
    y[0]++;
    CHECK_U64(sc_words_less(x, y, 2), 1);
    CHECK_U64(sc_words_less(y, x, 2), 0);
    y[1]--;
    CHECK_U64(sc_words_less(x, y, 2), 0);
    CHECK_U64(sc_words_less(y, x, 2), 1);
    memset(x, 0xff, sizeof x);
    memset(y, 0, sizeof y);
    CHECK_U64(sc_words_less(y, x, 2), 1);
    CHECK_U64(sc_words_less(x, y, 2), 0);
    CHECK_U64(sc_mask_equal(5, 5), UINT64_MAX);
    CHECK_U64(sc_mask_equal(5, 1ULL << 63), 0);
    CHECK_U64(sc_mask_equal(0, UINT64_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
