/* tests/unit/test_tick.c: rows cannot signal by time. Whatever the engine took,
 * its answer leaves on one of few ticks (job/run/load.c). */
#include "job/run/run_state.h"
#include "tests/kat.h"

#define MS      ((uint64_t)1000000)
#define HOUR    (3600 * 1000 * MS)
#define N_TICKS 31 /* 20 ms * 1.5^30 is beyond an hour */

/* 20, 30, 45, 67.5, ... ms, as the leak list says. */
static void test_ticks(void **state)
{
    static const uint64_t ticks[] = {20 * MS,  30 * MS,   45 * MS,
                                     67500000, 101250000, 151875000};

    (void)state;
    CHECK_U64(sc_run_tick_ns(0), ticks[0]);
    for (size_t j = 0; j < sizeof ticks / sizeof *ticks; j++) {
        CHECK_U64(sc_run_tick_ns(ticks[j]), ticks[j]);
        CHECK_U64(sc_run_tick_ns(ticks[j] - 1), ticks[j]);
        if (j > 0) {
            CHECK_U64(sc_run_tick_ns(ticks[j - 1] + 1), ticks[j]);
        }
    }
}

/* All durations up to an hour, a step of 0.1 ms or less at the short ones: no
 * more different answers than ticks, each a tick, none early, none late. */
static void test_few_values(void **state)
{
    uint64_t last = 0;
    size_t n_values = 0;

    (void)state;
    for (uint64_t took = 1; took < HOUR; took += MS / 10 + took / 100000) {
        uint64_t tick = sc_run_tick_ns(took);

        CHECK(tick >= took && tick >= last);
        CHECK(tick <= took + took / 2 || tick == SC_RUN_FIRST_TICK_NS);
        CHECK_U64(sc_run_tick_ns(tick), tick);
        n_values += tick != last;
        last = tick;
    }
    CHECK(n_values <= N_TICKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_few_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
