/* net/wait.h: a mutex with a condition on the monotonic clock, for the few
 * places in net/ where a thread waits for a state and not for a queue. */
#ifndef SC_NET_WAIT_H
#define SC_NET_WAIT_H

#include <pthread.h>
#include <stdint.h>

#include "base/err.h"

typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
} sc_wait;

/* SC_E_MEM: nothing is left to clear. */
SC_MUST_USE sc_err sc_wait_init(sc_wait *w);
void sc_wait_clear(sc_wait *w);
void sc_wait_lock(sc_wait *w);
void sc_wait_unlock(sc_wait *w);
/* Wake all who wait. Locked, or once the change was made under the lock. */
void sc_wait_wake(sc_wait *w);
/* Locked: sleep until woken (1) or until deadline_ms of sc_clock_ms (0). May
 * wake for nothing: look again at the state, also after 0. */
int sc_wait_sleep(sc_wait *w, uint64_t deadline_ms);

#endif
