/* base/queue.c: a ring of pointers under one mutex.
 *
 * The eventfd's counter is 1 while there is something to take or to learn (an
 * item, or that the queue is closed), else 0; it changes under the mutex, so
 * that who polls never sleeps past an item. */
#include "base/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

struct sc_queue {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty, not_full;
    void **items; /* ring of capacity */
    size_t capacity;
    size_t first;
    _Atomic size_t len; /* written under the mutex */
    void (*free_item)(void *);
    int fd;
    int is_closed;
};

static int init_locks(sc_queue *q)
{
    pthread_condattr_t attr;
    int n_made = 0;

    if (pthread_condattr_init(&attr) != 0) {
        return 0;
    }
    if (pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
        pthread_mutex_init(&q->mutex, NULL) == 0) {
        n_made = 1 + (pthread_cond_init(&q->not_empty, &attr) == 0);
        if (n_made == 2) {
            n_made += pthread_cond_init(&q->not_full, &attr) == 0;
        }
    }
    pthread_condattr_destroy(&attr);
    if (n_made == 2) {
        pthread_cond_destroy(&q->not_empty);
    }
    if (n_made == 1 || n_made == 2) {
        pthread_mutex_destroy(&q->mutex);
    }
    return n_made == 3;
}

sc_err sc_queue_new(sc_queue **q, size_t capacity, void (*free_item)(void *))
{
    sc_err err = SC_E_BUG;
    sc_queue *made = NULL;

    *q = NULL;
    if (capacity == 0) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->fd = -1;
    made->capacity = capacity;
    made->free_item = free_item;
    made->items = sc_alloc(capacity, sizeof *made->items);
    SC_REQUIRE(made->items != NULL, SC_E_MEM);
    made->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    SC_REQUIRE(made->fd >= 0, SC_E_IO);
    SC_REQUIRE(init_locks(made), SC_E_MEM); /* last: nothing to undo after */
    *q = made;
    made = NULL;
    err = SC_OK;
out:
    if (made != NULL) {
        if (made->fd >= 0) {
            close(made->fd);
        }
        sc_free(made->items);
        sc_free(made);
    }
    return err;
}

void sc_queue_free(sc_queue **q)
{
    sc_queue *old = *q;

    if (old == NULL) {
        return;
    }
    for (size_t i = 0; old->free_item != NULL && i < old->len; i++) {
        old->free_item(old->items[(old->first + i) % old->capacity]);
    }
    pthread_cond_destroy(&old->not_full);
    pthread_cond_destroy(&old->not_empty);
    pthread_mutex_destroy(&old->mutex);
    close(old->fd);
    sc_free(old->items);
    sc_free(old);
    *q = NULL;
}

static void lock(sc_queue *q)
{
    SC_ASSERT(pthread_mutex_lock(&q->mutex) == 0);
}

static void unlock(sc_queue *q)
{
    SC_ASSERT(pthread_mutex_unlock(&q->mutex) == 0);
}

/* Make the eventfd readable or not; it is the other now. */
static void signal_fd(sc_queue *q, int is_readable)
{
    uint64_t one = 1;
    ssize_t n = is_readable ? write(q->fd, &one, sizeof one)
                            : read(q->fd, &one, sizeof one);

    SC_ASSERT(n == (ssize_t)sizeof one);
}

/* Wait for a signal on c, or until the deadline: then 0. May wake early. */
static int wait_until(sc_queue *q, pthread_cond_t *c, uint64_t deadline_ms)
{
    struct timespec t = {.tv_sec = (time_t)(deadline_ms / 1000),
                         .tv_nsec = (long)(deadline_ms % 1000 * 1000000)};

    if (deadline_ms == 0) {
        return 0;
    }
    if (deadline_ms == SC_NO_DEADLINE) {
        return pthread_cond_wait(c, &q->mutex) == 0;
    }
    return pthread_cond_timedwait(c, &q->mutex, &t) == 0;
}

sc_err sc_queue_put(sc_queue *q, void *item, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;

    lock(q);
    while (!q->is_closed && q->len == q->capacity) {
        /* The last look counts: a place may have come free meanwhile. */
        if (!wait_until(q, &q->not_full, deadline_ms)) {
            SC_REQUIRE(q->is_closed || q->len < q->capacity, SC_E_TIMEOUT);
        }
    }
    SC_REQUIRE(!q->is_closed, SC_E_CANCELLED);
    q->items[(q->first + q->len) % q->capacity] = item;
    q->len++;
    if (q->len == 1) {
        signal_fd(q, 1);
    }
    pthread_cond_signal(&q->not_empty);
    err = SC_OK;
out:
    unlock(q);
    return err;
}

sc_err sc_queue_take(sc_queue *q, void **item, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;

    lock(q);
    while (!q->is_closed && q->len == 0) {
        if (!wait_until(q, &q->not_empty, deadline_ms)) {
            SC_REQUIRE(q->is_closed || q->len > 0, SC_E_TIMEOUT);
        }
    }
    SC_REQUIRE(q->len > 0, SC_E_CANCELLED);
    *item = q->items[q->first];
    q->first = (q->first + 1) % q->capacity;
    q->len--;
    if (q->len == 0 && !q->is_closed) {
        signal_fd(q, 0);
    }
    pthread_cond_signal(&q->not_full);
    err = SC_OK;
out:
    unlock(q);
    return err;
}

void sc_queue_close(sc_queue *q)
{
    lock(q);
    if (!q->is_closed) {
        q->is_closed = 1;
        if (q->len == 0) {
            signal_fd(q, 1); /* and it stays so: who polls learns the end */
        }
        pthread_cond_broadcast(&q->not_empty);
        pthread_cond_broadcast(&q->not_full);
    }
    unlock(q);
}

int sc_queue_fd(const sc_queue *q)
{
    return q->fd;
}

size_t sc_queue_len(const sc_queue *q)
{
    return q->len;
}
