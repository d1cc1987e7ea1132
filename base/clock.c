/* base/clock.c: clock_gettime, in our units. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

#include "base/err.h"

#define NS_PER_S  1000000000u
#define NS_PER_MS 1000000u
#define MS_PER_S  1000u

uint64_t sc_clock_ns(void)
{
    struct timespec t;

    SC_ASSERT(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t sc_clock_ms(void)
{
    return sc_clock_ns() / NS_PER_MS;
}

int64_t sc_clock_wall(void)
{
    struct timespec t;

    SC_ASSERT(clock_gettime(CLOCK_REALTIME, &t) == 0);
    return t.tv_sec;
}

uint64_t sc_clock_left(uint64_t deadline_ms)
{
    uint64_t now_ms = sc_clock_ms();

    if (deadline_ms == SC_NO_DEADLINE) {
        return SC_NO_DEADLINE;
    }
    return deadline_ms > now_ms ? deadline_ms - now_ms : 0;
}

void sc_clock_sleep_ms(uint64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / MS_PER_S),
                         .tv_nsec = (long)(ms % MS_PER_S * NS_PER_MS)};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR) {
        /* t now holds what is left */
    }
}
