/* net/wait.c: thin over pthreads. */
#include "net/wait.h"

#include <time.h>

#include "base/clock.h"

sc_err sc_wait_init(sc_wait *w)
{
    pthread_condattr_t attr;
    int is_made = 0;

    if (pthread_mutex_init(&w->mutex, NULL) != 0) {
        return SC_E_MEM;
    }
    if (pthread_condattr_init(&attr) == 0) {
        is_made = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
                  pthread_cond_init(&w->changed, &attr) == 0;
        pthread_condattr_destroy(&attr);
    }
    if (!is_made) {
        pthread_mutex_destroy(&w->mutex);
        return SC_E_MEM;
    }
    return SC_OK;
}

void sc_wait_clear(sc_wait *w)
{
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->mutex);
}

void sc_wait_lock(sc_wait *w)
{
    SC_ASSERT(pthread_mutex_lock(&w->mutex) == 0);
}

void sc_wait_unlock(sc_wait *w)
{
    SC_ASSERT(pthread_mutex_unlock(&w->mutex) == 0);
}

void sc_wait_wake(sc_wait *w)
{
    SC_ASSERT(pthread_cond_broadcast(&w->changed) == 0);
}

int sc_wait_sleep(sc_wait *w, uint64_t deadline_ms)
{
    struct timespec t = {.tv_sec = (time_t)(deadline_ms / 1000),
                         .tv_nsec = (long)(deadline_ms % 1000 * 1000000)};

    if (deadline_ms == SC_NO_DEADLINE) {
        return pthread_cond_wait(&w->changed, &w->mutex) == 0;
    }
    return pthread_cond_timedwait(&w->changed, &w->mutex, &t) == 0;
}
