/* job/run/work.c: see the header. */
#include "job/run/work.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"

typedef struct {
    sc_work *work;
    void *ctx;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int is_done;
    sc_err err;
    sc_fault why;
} task;

static void *run_task(void *arg)
{
    task *t = arg;
    sc_err err = t->work(t->ctx, &t->why);

    pthread_mutex_lock(&t->lock);
    t->err = err;
    t->is_done = 1;
    pthread_cond_signal(&t->ended);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

/* A slice of waiting. Is it done? */
static int wait_slice(task *t)
{
    uint64_t ms = sc_clock_ms() + SC_WORK_SLICE_MS;
    struct timespec until = {.tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000) * 1000000};
    int is_done;

    pthread_mutex_lock(&t->lock);
    if (!t->is_done) {
        pthread_cond_timedwait(&t->ended, &t->lock, &until);
    }
    is_done = t->is_done;
    pthread_mutex_unlock(&t->lock);
    return is_done;
}

/* What ends the wait: before the receipt is signed, the end of the job or the death
 * of any party; then only that this node leaves. */
static sc_err look(sc_run *r, sc_fault *why)
{
    if (r->phase <= SC_PHASE_SIGN) {
        return sc_run_look_around(r, why);
    }
    return sc_run_is_leaving(r) ? sc_fault_from(why, SC_E_CANCELLED) : SC_OK;
}

static sc_err wait_done(sc_run *r, task *t, void (*stop)(void *ctx),
                        sc_fault *why)
{
    sc_err err = SC_OK;
    int is_done = 0;

    while (!is_done) {
        is_done = wait_slice(t);
        sc_run_say_progress(r);
        if (err == SC_OK) {
            err = look(r, why);
        }
        if (err != SC_OK && !is_done && stop != NULL) {
            stop(t->ctx); /* its thread may only now begin */
        }
    }
    return err;
}

static void init(task *t)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&t->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&t->ended, &attr);
    pthread_condattr_destroy(&attr);
}

sc_err sc_run_work(sc_run *r, sc_err *found, sc_work *work,
                   void (*stop)(void *ctx), void *ctx, sc_fault *why)
{
    task t = {.work = work, .ctx = ctx, .err = SC_E_BUG};
    sc_err ended = SC_OK;
    pthread_t thread;

    init(&t);
    if (pthread_create(&thread, NULL, run_task, &t) == 0) {
        ended = wait_done(r, &t, stop, why);
        pthread_join(thread, NULL);
    } else {
        t.err = SC_E_MEM;
    }
    pthread_cond_destroy(&t.ended);
    pthread_mutex_destroy(&t.lock);
    if (ended == SC_OK) {
        *found = t.err;
        if (t.err != SC_OK) {
            *why = t.why;
            sc_fault_from(why, t.err);
        }
    }
    return ended;
}
