/* tests/unit/test_aesvaes.c: FIPS 197, a block at a time. Long streams against
 * the other paths are test_aesctr.c. */
#include <string.h>

#include "base/aesvaes.h"
#include "base/mem.h"
#include "tests/kat.h"

/* A block of the standard is the counter block of some operator. */
static void test_known_answers(void **state)
{
    sc_aesvaes a;
    sc_kat t;

    (void)state;
    if (!sc_aesvaes_is_here()) {
        skip();
    }
    for (sc_kat_open(&t, "aesbits.kat"); sc_kat_next(&t);) {
        sc_bytes key = sc_kat_bytes(&t, "key"), in = sc_kat_bytes(&t, "in");
        sc_bytes out = sc_kat_bytes(&t, "out");
        uint8_t got[17] = {0};

        CHECK(key.len == 16 && in.len == 16 && out.len == 16);
        sc_aesvaes_init(&a, key.p);
        CHECK_BYTES(a.round_keys[0], key.p, 16);
        sc_aesvaes_stream(&a, got, 16, sc_load_le64(in.p + 8),
                          sc_load_le64(in.p));
        CHECK_BYTES(got, out.p, 16);
        CHECK(got[16] == 0);
    }
    sc_wipe(&a, sizeof a);
}

/* The block at any place in the stream, in a wide step and in the rest. */
static void test_places(void **state)
{
    enum { N_BLOCKS = 103 };
    const uint8_t key[16] = {5};
    uint8_t whole[16 * N_BLOCKS], one[16];
    sc_aesvaes a;

    (void)state;
    if (!sc_aesvaes_is_here()) {
        skip();
    }
    sc_aesvaes_init(&a, key);
    sc_aesvaes_stream(&a, whole, sizeof whole, 3, 1000);
    for (size_t i = 0; i < N_BLOCKS; i++) {
        sc_aesvaes_stream(&a, one, 16, 3, 1000 + i);
        CHECK_BYTES(whole + 16 * i, one, 16);
    }
    sc_wipe(&a, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests_name("aesvaes", tests, NULL, NULL);
}
