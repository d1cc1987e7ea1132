/* tests/ct/ct_aesctr.c: the portable key stream with a secret key. The fast
 * paths are the machine's own AES instructions, in libcrypto and in aesvaes.h,
 * whose wide ones valgrind does not know. */
#include <string.h>

#include "base/aesctr.h"
#include "base/ct.h"
#include "tests/kat.h"

static void ct_portable(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "aesctr.kat"); sc_kat_next(&t);) {
        uint8_t key[SC_AES_KEY_LEN], out[128];
        size_t len = sc_kat_size(&t, "len");
        sc_aesctr *s = NULL;

        if (!sc_kat_has(&t, "out")) {
            continue; /* long ones take no other path */
        }
        memcpy(key, sc_kat_bytes(&t, "key").p, sizeof key);
        SC_CT_SECRET(key, sizeof key);
        CHECK_OK(sc_aesctr_new(&s, key, SC_AES_PORTABLE));
        CHECK_OK(sc_aesctr_stream(s, out, len, sc_kat_u64(&t, "operator"),
                                  sc_kat_u64(&t, "first")));
        sc_aesctr_free(&s);
        SC_CT_PUBLIC(out, len); /* the test compares it; it goes nowhere */
        CHECK_BYTES(out, sc_kat_bytes(&t, "out").p, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ct_portable)};

    return cmocka_run_group_tests_name("ct_aesctr", tests, NULL, NULL);
}
