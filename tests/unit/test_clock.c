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

static void check_offset(const char *text, int64_t offset)
{
    int64_t before = (int64_t)time(NULL), got, after;

    CHECK(setenv("SC_CLOCK_OFFSET", text, 1) == 0);
    got = sc_clock_wall();
    after = (int64_t)time(NULL);
    /* time() may lag clock_gettime() by a tick. */
    CHECK(got >= before + offset && got <= after + offset + 1);
    CHECK(unsetenv("SC_CLOCK_OFFSET") == 0);
}

static void test_wall_and_its_offset(void **state)
{
    (void)state;
    CHECK(unsetenv("SC_CLOCK_OFFSET") == 0);
    CHECK(sc_clock_wall() >= (int64_t)time(NULL));
    check_offset("0", 0);
    check_offset("3600", 3600);
    check_offset("-3600", -3600);
    check_offset("", 0);
    check_offset("one hour", 0);
    check_offset("12x", 0);
    check_offset("9223372036854775807", 0);  /* the sum would wrap */
    check_offset("99999999999999999999", 0); /* no number of 64 bits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_monotonic),
        cmocka_unit_test(test_sleep_is_never_short),
        cmocka_unit_test(test_left),
        cmocka_unit_test(test_wall_and_its_offset),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
