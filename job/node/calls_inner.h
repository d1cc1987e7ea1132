/* job/node/calls_inner.h: what the files calls*.c share. Calls are the
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

/* A post whose proofs are looked at (calls_check.c). */
typedef struct {
    sc_call *call; /* NULL: none */
    size_t owner;
    pthread_t thread;
    int is_done; /* under the lock, as err and why until then */
    sc_err err;
    sc_fault why;
} sc_calls_check;

/* How many unknown calls came of a peer since an hour began. */
typedef struct {
    uint64_t since_ms;
    uint64_t n;
} sc_calls_tries;

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
    sc_calls_check check;
    sc_calls_tries tries[SC_MAX_PARTIES];

    pthread_mutex_t lock;             /* of what follows */
    json_t *list;                     /* sc_call_json of each */
    sc_buf known;                     /* ids of each, 16 bytes */
    size_t n_letters[SC_MAX_PARTIES]; /* of each party, in the queue */
    sc_call *asked[SC_CALLS_OF_PEER]; /* here, that the thread has not seen */
    size_t n_asked, n_mine;           /* n_mine: waiting ones among `calls` */
    sc_calls_ended ended;
    sc_run *posting; /* or NULL */
    int is_stopping;
};

/* The call with this id, or NULL. */
sc_call *sc_calls_get(sc_calls *cs, const uint8_t *id);

/* Takes *call. */
SC_MUST_USE sc_err sc_calls_add(sc_calls *cs, sc_call **call);

/* ---- calls_store.c ------------------------------------------------------------- */

/* All that lie in the store. SC_E_CORRUPT: why names the file. */
SC_MUST_USE sc_err sc_calls_load(sc_calls *cs, sc_fault *why);
/* Remove what is stored of a call. */
void sc_calls_remove(const sc_calls *cs, const sc_call *call);

/* ---- calls_post.c -------------------------------------------------------------- */

/* Make this owner's post, unless it was tried just now; plan: digest of the asker's. */
void sc_calls_post(sc_calls *cs, sc_call *call, const uint8_t *plan);

/* ---- calls_check.c ------------------------------------------------------------- */

/* Take what was found of a post, look at the next. */
void sc_calls_check_posts(sc_calls *cs);
/* Wait for the one that is being looked at. */
void sc_calls_check_end(sc_calls *cs);

/* ---- calls_job.c --------------------------------------------------------------- */

/* Begin the job of a call that is due, if none is at work. */
void sc_calls_begin(sc_calls *cs, sc_call *call);
/* Take the end of the one that was. */
void sc_calls_take_ended(sc_calls *cs);

#endif
