/* job/node/call_run.c: once all posts are here and at all who add up, a job runs that
 * holds them. One that ends without a receipt is tried again, with a fresh id and the
 * same posts: what is opened is the same sum. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/node/call.h"
#include "job/run/post_file.h"
#include "job/run/record.h"

#define AGAIN_MS ((uint64_t)1000) /* after the first that failed; then */
#define AGAIN_MAX_MS                                                           \
    ((uint64_t)3600000)              /* twice as long each time, up to this */
#define REFUSED_MS ((uint64_t)15000) /* at least, after a refusal */

/* ---- the job --------------------------------------------------------------------- */

sc_err sc_call_make_job(const sc_call *c, const sc_house *h, sc_buf *text,
                        uint8_t id[static 16], sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_rng rng = sc_rng_system();
    sc_job job = *c->job; /* sql is borrowed */

    memcpy(job.call.id, job.id, sizeof job.id);
    job.call.time = job.time;
    job.call.not_after = job.not_after;
    SC_TRY(sc_rng_bytes(&rng, job.id, sizeof job.id));
    job.time = sc_clock_wall();
    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        if ((c->plan->posting >> p & 1) != 0) {
            sc_job_post *post = &job.posts[job.n_posts++];

            SC_TRY(sc_post_file_get(post, NULL, h, c->digest, p, why));
            SC_REQUIRE(post->time <= job.time,
                       sc_fault_set(why, SC_E_STATE,
                                    "the post of %s is of a time that this "
                                    "clock has not reached",
                                    h->consortium->parties[p].name));
        }
    }
    job.not_after = job.time + (int64_t)(h->consortium->rules.job_ms / 1000);
    SC_TRY(sc_job_put(text, &job, h->consortium));
    memcpy(id, job.id, sizeof job.id);
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* ---- when --------------------------------------------------------------------------- */

/* Who is to be in the session is there. */
static int is_present(const sc_call *c, const sc_house *h)
{
    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        if (p != h->me && (sc_plan_present(c->plan) >> p & 1) != 0 &&
            !sc_mesh_is_linked(h->mesh, p)) {
            return 0;
        }
    }
    return 1;
}

static int is_everywhere(const sc_call *c, const sc_house *h)
{
    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        if (p != h->me && sc_call_is_added(c, h, p) &&
            (c->plan->posting & ~c->peers[p].there) != 0) {
            return 0;
        }
    }
    return sc_call_missing(c) == 0;
}

/* A job whose run is over, here or before a restart: how far did it come? What cannot be
 * read is not known to have ended. */
static void look_at_run(sc_call *c, const sc_house *h)
{
    sc_record *record = NULL;
    sc_err err = sc_record_open(&record, h->conf->store, c->run, NULL);

    if (err == SC_E_NOT_FOUND) { /* it never began */
        c->has_run = 0;
    }
    if (err == SC_OK) {
        sc_record_kind state = sc_record_state(record);

        if (state == SC_RECORD_ANSWER || state == SC_RECORD_DONE) {
            sc_call_end(c, h, SC_CALL_DONE, "", "");
        } else if (state > SC_RECORD_DONE) { /* it ended without a receipt */
            c->has_run = 0;
        }
    }
    sc_record_free(&record);
}

int sc_call_is_due(sc_call *c, const sc_house *h)
{
    if (c->has_run && !c->is_running) {
        look_at_run(c, h);
    }
    return c->state == SC_CALL_OPEN && !c->has_run && is_everywhere(c, h) &&
           sc_clock_ms() >= c->run_ms && is_present(c, h);
}

void sc_call_take_end(sc_call *c, const sc_house *h,
                      const uint8_t run[static 16], sc_err err, int is_open,
                      const sc_fault *why)
{
    uint64_t wait = AGAIN_MS << (c->n_runs < 16 ? c->n_runs : 16);

    wait = wait > AGAIN_MAX_MS ? AGAIN_MAX_MS : wait;
    wait = err == SC_E_REFUSED && wait < REFUSED_MS ? REFUSED_MS : wait;
    c->is_running = 0;
    memcpy(c->run, run, sizeof c->run);
    c->has_run = err == SC_OK || is_open;
    if (err == SC_OK) {
        sc_call_end(c, h, SC_CALL_DONE, "", "");
        return;
    }
    c->n_runs++;
    for (size_t p = 0; err == SC_E_REFUSED && p < SC_MAX_PARTIES; p++) {
        c->peers[p].there = 0; /* one may have lost a post: it is asked again */
    }
    c->run_ms = sc_clock_ms() + wait;
    sc_call_trouble(c, why->party, why->text);
}
