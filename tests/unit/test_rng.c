/* tests/unit/test_rng.c: the tape to its last byte; the system's source. */
#include <string.h>

#include "base/rng.h"
#include "tests/kat.h"

static void test_replay_is_the_tape(void **state)
{
    uint8_t tape[100], out[100];

    (void)state;
    for (size_t i = 0; i < sizeof tape; i++) {
        tape[i] = (uint8_t)(i + 1);
    }
    for (size_t step = 1; step <= sizeof tape; step++) {
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
        size_t used = 0;

        for (; used + step <= sizeof tape; used += step) {
            CHECK_OK(sc_rng_bytes(&rng, out, step));
            CHECK_BYTES(out, tape + used, step);
        }
        memset(out, 0xff, sizeof out);
        CHECK_ERR(SC_E_RNG, sc_rng_bytes(&rng, out, sizeof tape - used + 1));
        CHECK_ZERO(out, sizeof tape - used + 1);
        CHECK_OK(sc_rng_bytes(&rng, out, sizeof tape - used)); /* the rest */
        CHECK_BYTES(out, tape + used, sizeof tape - used);
    }
}

static void test_dry_tape(void **state)
{
    sc_rng dry = sc_rng_replay((sc_bytes){NULL, 0});
    uint8_t out[4] = {1, 2, 3, 4};

    (void)state;
    CHECK_OK(sc_rng_bytes(&dry, out, 0));
    CHECK_ERR(SC_E_RNG, sc_rng_bytes(&dry, out, 4));
    CHECK_ZERO(out, 4);
    CHECK_ERR(SC_E_RNG, sc_rng_bytes(&dry, out, 1));
}

/* Not a test of randomness: that two draws of the system's source differ, and
 * that it fills all of what it is given and no more. */
static void test_system(void **state)
{
    sc_rng rng = sc_rng_system();
    uint8_t a[32] = {0}, b[32] = {0}, seen[32] = {0};

    (void)state;
    CHECK_OK(sc_rng_bytes(&rng, a, sizeof a));
    CHECK_OK(sc_rng_bytes(&rng, b, sizeof b));
    CHECK(memcmp(a, b, sizeof a) != 0);
    for (int draw = 0; draw < 40; draw++) {
        memset(a, 0, sizeof a);
        CHECK_OK(sc_rng_bytes(&rng, a, 31));
        for (size_t i = 0; i < sizeof a; i++) {
            seen[i] |= a[i];
        }
    }
    CHECK(seen[31] == 0);
    for (size_t i = 0; i < 31; i++) {
        CHECK(seen[i] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay_is_the_tape),
        cmocka_unit_test(test_dry_tape),
        cmocka_unit_test(test_system),
    };

    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
