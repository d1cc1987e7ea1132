/* tests/unit/test_ct.c: the answers; tests/ct holds the time. */
#include <string.h>

#include "base/ct.h"
#include "tests/kat.h"

#define MAX_LEN 40

static void test_eq_sees_each_bit(void **state)
{
    uint8_t a[MAX_LEN] = {0}, b[MAX_LEN] = {0};

    (void)state;
    for (size_t len = 0; len <= MAX_LEN; len++) {
        for (size_t i = 0; i < len; i++) {
            a[i] = b[i] = (uint8_t)(7 * i + 1);
        }
        CHECK_I64(sc_ct_eq(a, b, len), 1);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            b[bit / 8] ^= (uint8_t)(1u << bit % 8);
            CHECK_I64(sc_ct_eq(a, b, len), 0);
            b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void test_is_zero_sees_each_bit(void **state)
{
    uint8_t a[MAX_LEN] = {0};

    (void)state;
    for (size_t len = 0; len <= MAX_LEN; len++) {
        CHECK_I64(sc_ct_is_zero(a, len), 1);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            a[bit / 8] = (uint8_t)(1u << bit % 8);
            CHECK_I64(sc_ct_is_zero(a, len), 0);
            CHECK_I64(sc_ct_is_zero(a, bit / 8), 1); /* not past the end */
            a[bit / 8] = 0;
        }
    }
}

static void test_select(void **state)
{
    const uint64_t edges[] = {0, 1, 0x8000000000000000u, UINT64_MAX, 12345};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 5; j++) {
            CHECK_U64(sc_ct_select(1, edges[i], edges[j]), edges[i]);
            CHECK_U64(sc_ct_select(0, edges[i], edges[j]), edges[j]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eq_sees_each_bit),
        cmocka_unit_test(test_is_zero_sees_each_bit),
        cmocka_unit_test(test_select),
    };

    return cmocka_run_group_tests_name("ct", tests, NULL, NULL);
}
