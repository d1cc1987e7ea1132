/* base/clock.h: time, and deadlines on the monotonic clock. */
#ifndef SC_BASE_CLOCK_H
#define SC_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds or nanoseconds of the monotonic clock. */
uint64_t sc_clock_ms(void);
uint64_t sc_clock_ns(void);
/* POSIX seconds of the wall clock. */
int64_t sc_clock_wall(void);
/* Milliseconds left until a deadline of sc_clock_ms; 0 if past. */
uint64_t sc_clock_left(uint64_t deadline_ms);
void sc_clock_sleep_ms(uint64_t ms);

#define SC_NO_DEADLINE UINT64_MAX

#endif
