/* job/node/calls_inner.h: what calls.c, calls_post.c and calls_job.c share. Calls are the
 * thread's alone; others see a copy of what it last wrote down, hand in new ones, and say
 * that a job has ended. */
#ifndef SC_JOB_CALLS_INNER_H
#define SC_JOB_CALLS_INNER_H

#include <pthread.h>

#include "base/queue.h"
#include "job/node/call.h"
#include "job/node/calls.h"

/* How the job of a call ended. One call's job runs at a time. */
typedef struct {
    int is_there;
    uint8_t call[16], run[16];
    sc_err err;
    int is_open;
    sc_fault why;
} sc_calls_ended;

struct sc_calls {
    const sc_house *house;
    sc_desk *desk;
    sc_queue *queue;
    pthread_t thread;
    int is_running;
    uint64_t started_ms;
    uint64_t told_ms[SC_MAX_PARTIES]; /* about calls that were dropped */
    sc_call **calls;
    size_t n, cap;

    pthread_mutex_t lock;             /* of what follows */
    json_t *list;                     /* sc_call_json of each */
    sc_call *asked[SC_CALLS_OF_PEER]; /* here, that the thread has not seen */
    size_t n_asked, n_mine;           /* n_mine: waiting ones among `calls` */
    sc_calls_ended ended;
    sc_run *posting; /* or NULL */
    int is_stopping;
};

/* The call with this id, or NULL. */
sc_call *sc_calls_get(sc_calls *cs, const uint8_t *id);

/* ---- calls_post.c -------------------------------------------------------------- */

/* Make this owner's post, unless it was tried just now; plan: digest of the asker's. */
void sc_calls_post(sc_calls *cs, sc_call *call, const uint8_t *plan);

/* ---- calls_job.c --------------------------------------------------------------- */

/* Begin the job of a call that is due, if none is at work. */
void sc_calls_begin(sc_calls *cs, sc_call *call);
/* Take the end of the one that was. */
void sc_calls_take_ended(sc_calls *cs);

#endif
