/* job/run/prepare.c: what each party settles alone before it consents.
 *
 *   0. the job is recorded, so that a refusal is found later too
 *   1. the plan, from the job alone; the proposer's must be the same
 *   2. times, policy
 *   3. the session is opened, so that what others send meanwhile is kept
 *   4. the asset as it is now: this may take long, and the others are told
 *   5. the asker proposes
 *
 * A refusal depends on job, consortium and policy, never on rows; but for
 * `data`, which tells whether the whole file keeps the schema. */
#include <string.h>

#include "base/clock.h"
#include "job/run/call.h"
#include "job/run/run_state.h"

#define CLOCK_SLACK_S SC_CALL_CLOCK_SLACK_S

static void list_parties(sc_run *r)
{
    const sc_house *h = r->house;

    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        if ((r->plan->job_parties >> p & 1) != 0) {
            if (p == h->me) {
                r->my_position = r->n_parties;
            }
            r->posted |= (r->plan->posting >> p & 1) << r->n_parties;
            r->parties[r->n_parties++] = p;
        }
    }
    r->is_owner = (r->plan->owners >> h->me & 1) != 0;
    r->is_result = (r->plan->results >> h->me & 1) != 0;
    r->is_holder = (r->plan->holders >> h->me & 1) != 0;
}

/* What the asker's own node could plan, this one must plan alike. */
static sc_err make_plan(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = r->house;

    err = sc_plan_make(&r->plan, r->job, h->consortium, why);
    if (err != SC_OK && err != SC_E_MEM && !r->is_asker) {
        why->code = err = SC_E_REFUSED;
    }
    SC_TRY(err);
    SC_REQUIRE((r->plan->job_parties >> h->me & 1) != 0,
               sc_fault_set(why, SC_E_REFUSED, "not a party of this job"));
    if (!r->is_asker && memcmp(r->proposed, r->plan->digest, 32) != 0) {
        err = sc_fault_set(why, SC_E_REFUSED,
                           "the proposer computed another plan from the same "
                           "job");
        sc_fault_remedy(why, "run the same version at every party");
        goto out;
    }
    list_parties(r);
    SC_TRY(sc_job_call_digest(r->call, r->job, h->consortium));
    if (r->plan->protocol == SC_PLAN_CIPHERTEXT_SUM && h->sumkey == NULL) {
        err = sc_fault_set(why, SC_E_REFUSED,
                           "this node has not the key for sums of ciphertexts");
        sc_fault_remedy(why,
                        "name its file in node.yaml: ciphertext_sum: {key: "
                        "K.pub}");
        goto out;
    }
    if (r->is_owner) {
        r->source = sc_nodeconf_source(h->conf, r->plan->table);
        SC_REQUIRE(r->source != SIZE_MAX && h->engine != NULL,
                   sc_fault_set(why, SC_E_REFUSED,
                                "no data configured for table %s",
                                r->plan->table->name));
    }
    err = SC_OK;
out:
    return err;
}

/* Where owners post and leave, their posts are in the job, and here if this party adds
 * up. */
static sc_err check_call(sc_run *r, sc_fault *why)
{
    const sc_house *h = r->house;
    sc_err err = SC_E_BUG;

    if ((sc_plan_present(r->plan) >> h->me & 1) == 0) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "this party posts and leaves: it is in no session");
    }
    if (sc_plan_is_call(r->plan, r->job)) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the job is a call: owners have to post first");
    }
    if (r->job->n_posts == 0) {
        return SC_OK;
    }
    SC_TRY(sc_call_check_times(h->consortium, r->job->call.time,
                               r->job->call.not_after, sc_clock_wall(), why));
    SC_TRY(sc_call_check_posts(r->job, r->plan, h->consortium, r->call, why));
    SC_TRY(sc_call_check_open(h, r->call, why));
    if ((sc_plan_adders(r->plan) >> h->me & 1) != 0) {
        SC_TRY(sc_call_check_files(r->job, h, r->call, why));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err check_times(const sc_run *r, sc_fault *why)
{
    const sc_consortium_rules *rules = &r->house->consortium->rules;
    int64_t now = sc_clock_wall(), off = r->job->time - now;
    int64_t most = (int64_t)(rules->job_ms / 1000) + 1;

    if (off > CLOCK_SLACK_S || off < -CLOCK_SLACK_S) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the job's time differs by %lld s from this "
                            "node's clock; at most %d s are allowed",
                            (long long)off, CLOCK_SLACK_S);
    }
    if (r->job->not_after <= now) {
        return sc_fault_set(why, SC_E_REFUSED, "the job's time is over");
    }
    if (r->job->not_after <= r->job->time ||
        r->job->not_after - r->job->time > most) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the job may not last that long here");
    }
    return SC_OK;
}

static sc_err open_session(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_session *s = NULL;
    size_t peers[SC_MAX_PARTIES], n = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        if (sc_run_is_peer(r, i)) {
            peers[n++] = r->parties[i];
        }
    }
    SC_TRY(sc_session_open(&s, r->house->mesh, r->job->id, peers, n, 0, why));
    sc_session_phase(s, sc_phase_name(r->phase));
    pthread_mutex_lock(&r->lock);
    r->session = s;
    for (size_t i = 0; i < r->n_parties; i++) { /* who was faster than I */
        const sc_run_told *t = &r->told[r->parties[i]];

        if (t->code != SC_OK) {
            r->is_told = 1;
            sc_session_end(s, t->code, t->named, t->text);
        }
    }
    pthread_mutex_unlock(&r->lock);
    err = SC_OK;
out:
    return err;
}

static sc_err open_record(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_record_new(&r->record, r->house->conf->store, r->job->id, why));
    SC_TRY(sc_record_put_later(r->record, SC_RECORD_JOB,
                               sc_buf_bytes(&r->job_text), why));
    err = SC_OK;
out:
    return err;
}

/* The asker's proposal reaches every other party, or the run ends here. */
static sc_err propose(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    sc_msg_propose m = {.job = sc_buf_bytes(&r->job_text)};
    sc_frame f;

    memcpy(m.plan, r->plan->digest, 32);
    SC_TRY(sc_msg_propose_put(&f, &room, &m));
    for (size_t i = 0; i < r->n_parties; i++) {
        if (!sc_run_is_peer(r, i)) {
            continue;
        }
        err = sc_mesh_send(r->house->mesh, r->parties[i], r->job->id, &f);
        if (err != SC_OK) {
            sc_mesh_link link = {.reason = ""};

            (void)!sc_mesh_status(r->house->mesh, &link, r->parties[i]);
            sc_run_blame(r, i, why, err, "not linked: %s", link.reason);
            sc_fault_remedy(why, "see `sharechain status` at both parties");
            goto out;
        }
    }
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return err;
}

sc_err sc_run_prepare(sc_run *r, sc_refusal *kind, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = r->house;
    int64_t today = sc_clock_wall() / SC_DAY_S;

    *kind = SC_REFUSAL_PLAN;
    SC_TRY(open_record(r, why));
    SC_TRY(make_plan(r, why));
    SC_TRY(check_times(r, why));
    SC_TRY(check_call(r, why));
    SC_TRY(sc_policy_check(kind, h->conf, r->job, r->plan, today, why));
    SC_TRY(sc_record_put_later(r->record, SC_RECORD_PLAN,
                               sc_buf_bytes(&r->plan->text), why));
    SC_TRY(open_session(r, why));
    *kind = SC_REFUSAL_DATA;
    SC_TRY(sc_run_check_asset(r, why));
    if (r->is_asker) {
        SC_TRY(propose(r, why));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

sc_err sc_run_prepare_post(sc_run *r, sc_refusal *kind, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = r->house;
    int64_t now = sc_clock_wall();

    *kind = SC_REFUSAL_PLAN;
    SC_TRY(make_plan(r, why));
    SC_REQUIRE(sc_plan_is_call(r->plan, r->job) &&
                   (r->plan->posting >> h->me & 1) != 0,
               sc_fault_set(why, SC_E_REFUSED,
                            "the call asks for no post of this party"));
    SC_TRY(sc_call_check_times(h->consortium, r->job->time, r->job->not_after,
                               now, why));
    SC_TRY(
        sc_policy_check(kind, h->conf, r->job, r->plan, now / SC_DAY_S, why));
    SC_TRY(sc_policy_has_left(kind, h->history, h->conf, r->job, r->plan,
                              now / SC_DAY_S, why));
    *kind = SC_REFUSAL_DATA;
    SC_TRY(sc_run_check_asset(r, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
