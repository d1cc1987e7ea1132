/* job/node/calls_job.c: the jobs that calls become, at the desk like any other; one at a
 * time: several calls may become due by one visit, and others let an asker run few at
 * once. */
#include <string.h>

#include "base/mem.h"
#include "job/node/calls_inner.h"

typedef struct {
    sc_calls *calls;
    uint8_t call[16];
} asking;

/* On the run's thread. */
static void on_done(void *ctx, const sc_run *run, sc_err err,
                    const sc_fault *why)
{
    asking *a = ctx;
    sc_calls *cs = a->calls;

    pthread_mutex_lock(&cs->lock);
    cs->ended = (sc_calls_ended){.is_there = 1,
                                 .err = err,
                                 .is_open = sc_run_is_open(run),
                                 .why = *why};
    memcpy(cs->ended.call, a->call, sizeof a->call);
    memcpy(cs->ended.run, sc_run_answer_id(run), sizeof cs->ended.run);
    pthread_mutex_unlock(&cs->lock);
    sc_free(a);
}

static int is_at_work(const sc_calls *cs)
{
    for (size_t i = 0; i < cs->n; i++) {
        if (cs->calls[i]->is_running) {
            return 1;
        }
    }
    return 0;
}

/* What is not noted is not begun: after a restart nobody would know of it. */
static sc_err begin(sc_calls *cs, sc_call *call, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    asking *a = sc_alloc(1, sizeof *a);
    sc_desk_client client = {NULL, on_done, a};
    sc_buf text = {0};

    SC_REQUIRE(a != NULL, SC_E_MEM);
    *a = (asking){.calls = cs};
    memcpy(a->call, call->digest, sizeof a->call);
    SC_TRY(sc_call_make_job(call, cs->house, &text, call->run, why));
    SC_TRY(sc_call_note_run(call, cs->house, why));
    call->has_run = call->is_running = 1;
    SC_TRY(sc_desk_ask(cs->desk, sc_buf_bytes(&text), &client, why));
    a = NULL;
    err = SC_OK;
out:
    sc_buf_clear(&text);
    sc_free(a);
    return sc_fault_from(why, err);
}

void sc_calls_begin(sc_calls *cs, sc_call *call)
{
    sc_fault why = {0};
    sc_err err;

    if (is_at_work(cs)) {
        return;
    }
    err = begin(cs, call, &why);
    if (err != SC_OK) { /* a busy desk is nobody's refusal */
        sc_call_take_end(call, cs->house, call->run,
                         err == SC_E_REFUSED ? SC_E_STATE : err, 0, &why);
    }
}

void sc_calls_take_ended(sc_calls *cs)
{
    sc_calls_ended e;
    sc_call *call;

    pthread_mutex_lock(&cs->lock);
    e = cs->ended;
    cs->ended.is_there = 0;
    pthread_mutex_unlock(&cs->lock);
    call = e.is_there ? sc_calls_get(cs, e.call) : NULL;
    if (call != NULL) {
        sc_call_take_end(call, cs->house, e.run, e.err, e.is_open, &e.why);
    }
}
