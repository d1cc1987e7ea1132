/* tests/ct/ct_ct.c: comparing and choosing, with all that enters secret. */
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "tests/kat.h"

static void ct_compare(void **state)
{
    (void)state;
    for (size_t at = 0; at < 33; at++) { /* at = 32: no difference */
        uint8_t a[32], b[32];
        int is_equal, is_zero;

        memset(a, 7, sizeof a);
        memset(b, 7, sizeof b);
        if (at < 32) {
            b[at] = 8;
        }
        SC_CT_SECRET(a, sizeof a);
        SC_CT_SECRET(b, sizeof b);
        is_equal = sc_ct_eq(a, b, sizeof a);
        is_zero = sc_ct_is_zero(a, sizeof a);
        SC_CT_PUBLIC(&is_equal, sizeof is_equal); /* checked here alone */
        SC_CT_PUBLIC(&is_zero, sizeof is_zero);
        CHECK_I64(is_equal, at == 32);
        CHECK_I64(is_zero, 0);
    }
}

static void ct_select(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2; i++) {
        uint64_t bit = i, a = 5, b = 9, chosen;

        SC_CT_SECRET(&bit, sizeof bit);
        SC_CT_SECRET(&a, sizeof a);
        SC_CT_SECRET(&b, sizeof b);
        chosen = sc_ct_select(bit, a, b);
        SC_CT_PUBLIC(&chosen, sizeof chosen); /* checked here alone */
        CHECK_U64(chosen, i == 1 ? 5 : 9);
    }
}

static void ct_wipe(void **state)
{
    uint8_t key[32] = {1, 2, 3};

    (void)state;
    SC_CT_SECRET(key, sizeof key);
    sc_wipe(key, sizeof key);
    CHECK_ZERO(key, sizeof key); /* defined again: all was written */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ct_compare),
        cmocka_unit_test(ct_select),
        cmocka_unit_test(ct_wipe),
    };

    return cmocka_run_group_tests_name("ct_ct", tests, NULL, NULL);
}
