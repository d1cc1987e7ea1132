/* tests/unit/test_aesbits.c: FIPS 197, and that the four blocks stay apart.
 * Bit-exactness with libcrypto on long streams is test_aesctr.c. */
#include <string.h>

#include "base/aesbits.h"
#include "base/mem.h"
#include "tests/kat.h"

static void test_known_answers(void **state)
{
    sc_aesbits a;
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "aesbits.kat"); sc_kat_next(&t);) {
        sc_bytes key = sc_kat_bytes(&t, "key"), in = sc_kat_bytes(&t, "in");
        sc_bytes out = sc_kat_bytes(&t, "out");

        CHECK(key.len == 16 && in.len == 16 && out.len == 16);
        sc_aesbits_init(&a, key.p);
        for (size_t k = 0; k < SC_AESBITS_BLOCKS; k++) {
            uint8_t blocks[64], zero[16] = {0};

            memset(blocks, 0, sizeof blocks);
            sc_aesbits_encrypt(&a, blocks);
            memcpy(zero, blocks, 16); /* what a block of zeros becomes */
            memset(blocks, 0, sizeof blocks);
            memcpy(blocks + 16 * k, in.p, 16);
            sc_aesbits_encrypt(&a, blocks);
            for (size_t i = 0; i < SC_AESBITS_BLOCKS; i++) {
                CHECK_BYTES(blocks + 16 * i, i == k ? out.p : zero, 16);
            }
        }
    }
    sc_wipe(&a, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
    };

    return cmocka_run_group_tests_name("aesbits", tests, NULL, NULL);
}
