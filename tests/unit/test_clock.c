/* tests/unit/test_clock.c: that time goes forward and deadlines are met, with
 * no claim about how fast this machine is. */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "tests/kat.h"

static void test_monotonic(void **state)
{
    uint64_t last = sc_clock_ns();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint64_t now = sc_clock_ns();

        CHECK(now >= last);
        last = now;
    }
    CHECK(sc_clock_ms() >= last / 1000000);
}

static void test_sleep_is_never_short(void **state)
{
    (void)state;
    for (uint64_t ms = 0; ms < 20; ms += 5) {
        uint64_t start = sc_clock_ns();

        sc_clock_sleep_ms(ms);
        CHECK(sc_clock_ns() - start >= ms * 1000000);
    }
}

static void test_left(void **state)
{
    uint64_t now = sc_clock_ms();

    (void)state;
    CHECK_U64(sc_clock_left(0), 0);
    CHECK_U64(sc_clock_left(now), 0);
    CHECK(sc_clock_left(now + 100000) > 0);
    CHECK(sc_clock_left(now + 100000) <= 100000);
    CHECK_U64(sc_clock_left(SC_NO_DEADLINE), SC_NO_DEADLINE);
}

/* No setting moves it: a node whose clock is wrong is tests/e2e/hooked.c's. */
static void test_wall(void **state)
{
    int64_t before, got;

    (void)state;
    CHECK(setenv("SC_CLOCK_OFFSET", "3600", 1) == 0);
    before = (int64_t)time(NULL);
    got = sc_clock_wall();
    /* time() may lag clock_gettime() by a tick. */
    CHECK(got >= before && got <= (int64_t)time(NULL) + 1);
    CHECK(unsetenv("SC_CLOCK_OFFSET") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_monotonic),
        cmocka_unit_test(test_sleep_is_never_short),
        cmocka_unit_test(test_left),
        cmocka_unit_test(test_wall),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
