/* base/queue.h: a bounded queue of pointers between threads.
 *
 * Mutex and condition variable, plus an eventfd that is readable while the
 * queue is not empty, so that a thread in zmq_poll can wait on it. */
#ifndef SC_BASE_QUEUE_H
#define SC_BASE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct sc_queue sc_queue;

/* free_item (may be NULL) is called for what is left at sc_queue_free. */
SC_MUST_USE sc_err sc_queue_new(sc_queue **q, size_t capacity,
                                void (*free_item)(void *));
void sc_queue_free(sc_queue **q);
/* Takes ownership on SC_OK. SC_E_TIMEOUT if full until deadline_ms (clock of
 * sc_clock_ms; 0: do not wait), SC_E_CANCELLED if closed. */
SC_MUST_USE sc_err sc_queue_put(sc_queue *q, void *item, uint64_t deadline_ms);
/* SC_E_TIMEOUT if empty until then, SC_E_CANCELLED if closed and empty. */
SC_MUST_USE sc_err sc_queue_take(sc_queue *q, void **item,
                                 uint64_t deadline_ms);
/* Wake everybody; puts fail from now on, takes drain what is left. */
void sc_queue_close(sc_queue *q);
int sc_queue_fd(const sc_queue *q);
size_t sc_queue_len(const sc_queue *q);

#endif
