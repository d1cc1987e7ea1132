/* job/run/post.c: an owner that posts and leaves answers a call.
 *
 *   plan, times, policy, limits, the asset as it is now          prepare.c
 *   the fragment in its engine; encrypt, prove; commit to it     load.c, share.c
 *   sign the post                                                ledger/post.h
 *   one file, for good                                           post_file.h
 *
 * No session is there, and nobody else: what a session makes sure of between parties
 * that are there, the call's digest does here. It is what the ciphertexts are proved and
 * committed to for, so they fit no other call; and one post of an owner is all that a
 * call will ever have.
 *
 * Consent is this post: the owner is not asked again before the sum of all is opened to
 * the call's result parties, in the call's time. It sees in its own copy of the log,
 * when it is back, under which receipt that was. */
#include "base/clock.h"
#include "job/run/call.h"
#include "job/run/post_file.h"
#include "job/run/run_state.h"

static sc_err sign(sc_run *r, sc_job_post *post, sc_fault *why)
{
    const sc_house *h = r->house;
    size_t me = r->my_position;
    sc_post statement;

    post->party = h->me;
    post->time = sc_clock_wall();
    memcpy(post->input, r->inputs[me].b, sizeof post->input);
    memcpy(post->output, r->outputs[me].b, sizeof post->output);
    sc_call_post(&statement, post, r->plan, h->consortium, r->call);
    return sc_fault_from(why, sc_post_sign(post->proof, &statement,
                                           &h->keys->identity));
}

/* The call counts as a question from here on. */
static sc_err store(sc_run *r, sc_refusal *kind, sc_fault *why)
{
    const sc_house *h = r->house;
    sc_opened_share mine = {.is_there = 1, .vector = r->share_bytes};
    sc_job_post post;
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    memcpy(mine.r32, r->r32, sizeof mine.r32);
    SC_TRY(sign(r, &post, why));
    SC_TRY(sc_post_file_put(&text, &post, &mine));
    SC_TRY(sc_policy_spend(kind, h->history, h->conf, r->job, r->plan,
                           sc_clock_wall() / SC_DAY_S, why));
    SC_TRY(sc_post_file_store(h, r->call, h->me, sc_buf_bytes(&text), why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

static sc_err make(sc_run *r, sc_refusal *kind, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_run_prepare_post(r, kind, why));
    SC_TRY(sc_run_commit_input(r, why));
    SC_TRY(sc_run_load(r, why));
    SC_TRY(store(r, kind, why));
    err = SC_OK;
out:
    return err;
}

sc_err sc_run_post(sc_run *r, sc_fault *why)
{
    sc_refusal kind = SC_REFUSAL_PLAN;
    sc_err err;

    *why = (sc_fault){0};
    r->is_posting = 1;
    sc_run_enter(r, SC_PHASE_PREPARE);
    err = make(r, &kind, why);
    if (err == SC_E_REFUSED) {
        sc_run_refuse(r, kind, why);
    }
    return err;
}
