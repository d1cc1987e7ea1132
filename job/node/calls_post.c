/* job/node/calls_post.c: this owner's own post, by a run without a session. */
#include "base/clock.h"
#include "base/mem.h"
#include "job/node/calls_inner.h"

#define POST_MS ((uint64_t)60000) /* between two tries */

/* The run that may be cancelled from outside; SC_E_CANCELLED: the node leaves. */
static sc_err set_posting(sc_calls *cs, sc_run *run)
{
    sc_err err;

    pthread_mutex_lock(&cs->lock);
    err = run != NULL && cs->is_stopping ? SC_E_CANCELLED : SC_OK;
    cs->posting = err == SC_OK ? run : NULL;
    pthread_mutex_unlock(&cs->lock);
    return err;
}

static sc_err make_post(sc_calls *cs, sc_call *call, const uint8_t *plan,
                        sc_fault *why)
{
    sc_run_config config = {.house = cs->house,
                            .job = sc_buf_bytes(&call->text),
                            .plan_digest = plan};
    sc_run *run = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_run_new(&run, &config, why));
    SC_TRY(set_posting(cs, run));
    err = sc_run_post(run, why);
    (void)!set_posting(cs, NULL);
out:
    sc_run_free(&run);
    return sc_fault_from(why, err);
}

/* What went wrong may be mended, a limit or a clock too: it is tried again while the asker
 * calls. */
void sc_calls_post(sc_calls *cs, sc_call *call, const uint8_t *plan)
{
    const sc_house *h = cs->house;
    sc_fault why = {0};
    char text[1024];
    sc_err err;

    if (sc_clock_ms() < call->post_ms) {
        return;
    }
    err = make_post(cs, call, plan, &why);
    call->is_refused = err == SC_E_REFUSED;
    if (err == SC_OK) {
        call->have |= (uint32_t)1 << h->me;
        sc_call_trouble(call, "", "");
        return;
    }
    call->post_ms = sc_clock_ms() + POST_MS;
    sc_fault_print(text, sizeof text, &why);
    sc_call_trouble(call, "", text);
    sc_log_line(h->log, SC_LOG_WARN, "call", "no post could be made: %s", text);
}
