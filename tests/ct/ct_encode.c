/* tests/ct/ct_encode.c: hexadecimal of a secret key, there and back. */
#include <string.h>

#include "base/ct.h"
#include "base/encode.h"
#include "base/mem.h"
#include "tests/kat.h"

static void ct_hex(void **state)
{
    uint8_t key[256], back[256];
    sc_buf text = {0};

    (void)state;
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)i;
    }
    SC_CT_SECRET(key, sizeof key);
    CHECK_OK(sc_hex_put(&text, (sc_bytes){key, sizeof key}));
    CHECK_OK(sc_hex_get(back, sizeof back, sc_buf_bytes(&text)));
    sc_buf_clear(&text);
    SC_CT_PUBLIC(back, sizeof back); /* the test compares them */
    SC_CT_PUBLIC(key, sizeof key);
    CHECK_BYTES(back, key, sizeof key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ct_hex)};

    return cmocka_run_group_tests_name("ct_encode", tests, NULL, NULL);
}
