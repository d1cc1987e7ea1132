/* tests/ct/ct_seeds.c: no branch or address depends on a key, a mask or an
 * input. */
#include <string.h>

#include "base/ct.h"
#include "mpc/sum.h"
#include "tests/kat.h"

static void test_masking(void **unused)
{
    uint8_t sk[3][32], pk[3][32], sid[32] = {1}, key[32];
    sc_u128 y[600] = {0};
    uint64_t z[600] = {0};
    sc_seeds *s = NULL;

    (void)unused;
    for (size_t i = 0; i < 3; i++) {
        uint8_t tape[32] = {(uint8_t)i};
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});

        SC_CT_SECRET(tape, sizeof tape);
        CHECK_OK(sc_seeds_keypair(&rng, sk[i], pk[i]));
        SC_CT_PUBLIC(pk[i], 32); /* a public key */
    }
    SC_CT_SECRET(y, sizeof y);
    SC_CT_SECRET(z, sizeof z);
    CHECK_OK(sc_seeds_new(&s, 1, sk[1], pk, 3, sid));
    CHECK_OK(sc_seeds_pair_key(s, key, 2, "chan/1"));
    CHECK_OK(sc_sum_mask(s, y, 600, 1, 0));
    CHECK_OK(sc_sum64_mask(s, z, 600, 1, 3));
    sc_seeds_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_masking)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
