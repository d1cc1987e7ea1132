/* job/run/run.c: the life of a run, and what reaches it from outside. The phases
 * are in prepare.c, agree.c, again.c, load.c, settle.c, prove.c and open.c; talk.c
 * waits, end.c ends. */
#include "job/run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "job/run/run_state.h"

const char *sc_phase_name(sc_phase p)
{
#define X(name, text) text,
    static const char *const names[] = {SC_PHASES(X)};
#undef X

    return p < SC_N_PHASES ? names[p] : "unknown phase";
}

/* ---- phases -------------------------------------------------------------- */

/* Of all my links in this job, both ways. */
static uint64_t planned_bytes(const sc_run *r)
{
    size_t me = r->house->me;
    uint64_t n = 0;

    for (size_t p = 0; r->plan != NULL && p < SC_MAX_PARTIES; p++) {
        if (p != me && (r->plan->job_parties >> p & 1) != 0) {
            n += sc_plan_link_bytes(r->plan, me, p) +
                 sc_plan_link_bytes(r->plan, p, me);
        }
    }
    return n;
}

void sc_run_tell(sc_run *r)
{
    uint64_t out = 0, in = 0;

    if (r->progress != NULL) {
        if (r->session != NULL) {
            sc_session_bytes(r->session, &out, &in);
        }
        r->progress(r->progress_ctx, r->phase, out + in, planned_bytes(r));
    }
}

void sc_run_enter(sc_run *r, sc_phase phase)
{
    r->phase = phase;
    sc_log_line(r->house->log, SC_LOG_DEBUG, "job", "%s after %.1f ms",
                sc_phase_name(phase),
                (double)(sc_clock_ns() - r->started_ns) / 1e6);
    if (r->session != NULL) {
        sc_session_phase(r->session, sc_phase_name(phase));
    }
    sc_run_tell(r);
}

size_t sc_run_position(const sc_run *r, size_t party)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (r->parties[i] == party) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t sc_run_present(const sc_run *r, size_t before)
{
    size_t n = 0;

    for (size_t i = 0; i < before; i++) {
        n += (r->posted >> i & 1) == 0;
    }
    return n;
}

/* ---- messages from outside --------------------------------------------- */

/* End the session, or remember the end for when it opens. The party is who
 * told; once this party has signed, only an end that is final counts: the log
 * decides then, and the mender finishes. */
static void end_from_outside(sc_run *r, size_t party, int is_final, sc_err code,
                             size_t named, const char *text)
{
    pthread_mutex_lock(&r->lock);
    if (r->is_over || (r->is_signed && !is_final)) {
        /* too late */
    } else if (r->session == NULL) {
        sc_run_told *t = &r->told[party];

        t->code = code;
        t->named = named;
        (void)snprintf(t->text, sizeof t->text, "%s", text);
    } else if (sc_run_position(r, party) != SIZE_MAX) {
        r->is_told = 1;
        sc_session_end(r->session, code, named, text);
    }
    pthread_mutex_unlock(&r->lock);
}

static void take_refuse(sc_run *r, size_t party, const sc_msg_refuse *m)
{
    char text[160];

    if (sc_statement_refuse_verify(m->signature, r->house->consortium, party,
                                   r->job_digest, m->reason) == SC_OK) {
        (void)snprintf(text, sizeof text, "refused: %s",
                       sc_refusal_name((sc_refusal)m->reason));
        pthread_mutex_lock(&r->lock);
        r->refusals[party] = (sc_refusal)m->reason;
        pthread_mutex_unlock(&r->lock);
        end_from_outside(r, party, 0, SC_E_REFUSED, party, text);
    }
}

/* Before consents have made a session, a party that is busy, or cannot plan the
 * job, tells the asker alone, and the asker tells the others. Once all have
 * consented a refusal is its party's own, signed word (take_refuse). */
static int is_passed_on(sc_run *r, size_t party, const sc_msg_abort *m)
{
    int has_sid;

    pthread_mutex_lock(&r->lock);
    has_sid = r->has_sid;
    pthread_mutex_unlock(&r->lock);
    return !has_sid && party == r->job->asker && m->reason == SC_E_REFUSED &&
           sc_run_position(r, (size_t)m->blamed) != SIZE_MAX;
}

/* It names a third party: so does the fault, and says on whose word. */
static void take_abort(sc_run *r, size_t party, const sc_msg_abort *m)
{
    const sc_consortium *c = r->house->consortium;
    int is_third = m->blamed < c->n_parties && m->blamed != party &&
                   m->blamed != r->house->me;
    const char *reason = m->reason < SC_N_ERRORS
                             ? sc_err_text((sc_err)m->reason)
                             : "unknown reason";
    char text[256];

    (void)snprintf(text, sizeof text, "%s%sended the session in phase %s: %s",
                   is_third ? c->parties[party].name : "",
                   is_third ? " names it and " : "",
                   sc_phase_name((sc_phase)m->phase), reason);
    end_from_outside(r, party, 1,
                     is_third && is_passed_on(r, party, m) ? SC_E_REFUSED
                                                           : SC_E_CANCELLED,
                     is_third ? (size_t)m->blamed : party, text);
}

static void take_cancel(sc_run *r, size_t party, const sc_msg_cancel *m)
{
    pthread_mutex_lock(&r->lock);
    r->is_cancelled |= !r->is_signed;
    r->is_repeated |= !r->is_signed && m->reason == SC_CANCEL_REPEAT;
    pthread_mutex_unlock(&r->lock);
    end_from_outside(r, party, 0, SC_E_CANCELLED, party,
                     m->reason == SC_CANCEL_REPEAT
                         ? "asked before: the stored answer serves"
                         : "cancelled by the asker");
}

/* Bytes are what their digest says, whoever brings them. */
static void take_body(sc_run *r, const sc_msg_body *m)
{
    uint8_t digest[32];

    sc_sha256(digest, m->body);
    pthread_mutex_lock(&r->lock);
    if (r->is_wanting && r->copy.len == 0 &&
        memcmp(digest, r->wanted, sizeof digest) == 0 &&
        sc_buf_put_bytes(&r->copy, m->body) != SC_OK) {
        sc_buf_clear(&r->copy); /* it is asked for again */
    }
    pthread_mutex_unlock(&r->lock);
}

void sc_run_message(sc_run *r, size_t party, const sc_frame *f)
{
    sc_msg_refuse refuse;
    sc_msg_abort abort;
    sc_msg_cancel cancel;
    sc_msg_progress progress;
    sc_msg_body body;

    if (f->type == SC_MSG_REFUSE && sc_msg_refuse_get(&refuse, f) == SC_OK) {
        take_refuse(r, party, &refuse);
    } else if (f->type == SC_MSG_ABORT &&
               sc_msg_abort_get(&abort, f) == SC_OK) {
        take_abort(r, party, &abort);
    } else if (f->type == SC_MSG_CANCEL && party == r->job->asker &&
               sc_msg_cancel_get(&cancel, f) == SC_OK) {
        take_cancel(r, party, &cancel);
    } else if (f->type == SC_MSG_BODY && sc_msg_body_get(&body, f) == SC_OK) {
        take_body(r, &body);
    } else if (f->type == SC_MSG_PROGRESS &&
               sc_msg_progress_get(&progress, f) == SC_OK) {
        pthread_mutex_lock(&r->lock);
        r->heard_ms[party] = sc_clock_ms();
        pthread_mutex_unlock(&r->lock);
    }
}

void sc_run_cancel(sc_run *r, const char *reason)
{
    pthread_mutex_lock(&r->lock);
    r->is_leaving = 1;
    pthread_mutex_unlock(&r->lock);
    end_from_outside(r, r->house->me, 1, SC_E_CANCELLED, r->house->me, reason);
}

/* ---- life -------------------------------------------------------------- */

sc_err sc_run_new(sc_run **out, const sc_run_config *config, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = config->house;
    sc_run *r = sc_alloc(1, sizeof *r);

    SC_REQUIRE(r != NULL, SC_E_MEM);
    pthread_mutex_init(&r->lock, NULL);
    r->house = h;
    r->progress = config->progress;
    r->progress_ctx = config->progress_ctx;
    r->started_ns = sc_clock_ns();
    r->until_ms = sc_clock_ms() + h->consortium->rules.job_ms;
    SC_TRY(sc_buf_put_bytes(&r->job_text, config->job));
    SC_TRY(sc_job_take(&r->job, h->consortium, config->job, why));
    sc_sha256(r->job_digest, config->job);
    r->is_asker = config->plan_digest == NULL;
    if (!r->is_asker) {
        memcpy(r->proposed, config->plan_digest, 32);
    }
    SC_REQUIRE(r->is_asker == (r->job->asker == h->me), SC_E_REFUSED);
    *out = r;
    r = NULL;
    err = SC_OK;
out:
    sc_run_free(&r);
    return sc_fault_from(why, err);
}

void sc_run_free(sc_run **out)
{
    sc_run *r = *out;

    if (r == NULL) {
        return;
    }
    sc_session_free(&r->session);
    sc_record_free(&r->record);
    sc_seeds_free(&r->seeds);
    sc_tally_free(&r->tally);
    for (size_t i = 0; i < SC_MAX_PARTIES; i++) {
        sc_buf_clear(&r->heads[i]);
    }
    sc_buf_clear(&r->share_bytes);
    sc_buf_clear(&r->receipt);
    sc_buf_clear(&r->copy);
    sc_buf_clear(&r->answer);
    sc_buf_clear(&r->job_text);
    sc_plan_free(&r->plan);
    sc_job_free(&r->job);
    pthread_mutex_destroy(&r->lock);
    sc_wipe(r, sizeof *r);
    sc_free(r);
    *out = NULL;
}

const uint8_t *sc_run_id(const sc_run *r)
{
    return r->job->id;
}

size_t sc_run_asker(const sc_run *r)
{
    return r->job->asker;
}

const uint8_t *sc_run_answer_id(const sc_run *r)
{
    return r->is_stored ? r->answer_id : r->job->id;
}

int sc_run_is_stored(const sc_run *r)
{
    return r->is_stored;
}

uint64_t sc_run_index(const sc_run *r)
{
    return r->index;
}

int sc_run_is_open(const sc_run *r)
{
    return r->record != NULL && sc_record_state(r->record) < SC_RECORD_DONE;
}

sc_err sc_run_answer(const sc_run *r, sc_buf *json)
{
    return r->answer.len == 0
               ? SC_E_NOT_FOUND
               : sc_buf_put_bytes(json, sc_buf_bytes(&r->answer));
}

/* ---- the whole --------------------------------------------------------- */

/* *kind is for SC_E_REFUSED. */
static sc_err compute(sc_run *r, sc_refusal *kind, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    *kind = SC_REFUSAL_LIMITS;
    SC_TRY(sc_run_agree(r, why));
    if (r->is_asker && sc_run_find_answer(r)) {
        sc_run_repeat(r);
        return SC_OK;
    }
    SC_TRY(sc_run_check_limits(r, why));
    SC_TRY(sc_run_load(r, why));
    SC_TRY(sc_run_commit(r, why));
    SC_TRY(sc_run_sign(r, why));
    SC_TRY(sc_run_log(r, why));
    SC_TRY(sc_run_open(r, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* What moved, beside what the plan said. */
static void log_bytes(const sc_run *r, const char *id)
{
    for (size_t p = 0; p < r->house->consortium->n_parties; p++) {
        uint64_t out, in;

        sc_session_link_bytes(r->session, p, &out, &in);
        if (out > 0 || in > 0) {
            const char *name = r->house->consortium->parties[p].name;

            sc_log_line(r->house->log, SC_LOG_DEBUG, "job",
                        "job %s: %llu bytes to %s, planned %llu; %llu from it, "
                        "planned %llu",
                        id, (unsigned long long)out, name,
                        (unsigned long long)sc_plan_link_bytes(r->plan,
                                                               r->house->me, p),
                        (unsigned long long)in,
                        (unsigned long long)sc_plan_link_bytes(r->plan, p,
                                                               r->house->me));
        }
    }
}

/* The asker's user reads what to do, and which answer there is already. */
static void advise(sc_run *r, sc_fault *why)
{
    const sc_house *h = r->house;
    size_t party = sc_consortium_party(h->consortium, why->party);
    sc_refusal kind = 0;
    char before[120] = "", after[sizeof why->remedy] = "";

    if (!r->is_asker || r->plan == NULL) {
        return;
    }
    if (why->code == SC_E_REFUSED && party < h->consortium->n_parties) {
        pthread_mutex_lock(&r->lock);
        kind = r->refusals[party];
        pthread_mutex_unlock(&r->lock);
    }
    if (kind != 0) {
        sc_policy_explain(after, sizeof after, kind, party, h->history, h->conf,
                          r->plan, sc_clock_wall() / SC_DAY_S);
    } else {
        (void)snprintf(after, sizeof after, "%s", why->remedy);
    }
    sc_run_name_answer(r, before, sizeof before);
    sc_fault_remedy(why, "%s%s%s", after,
                    after[0] != '\0' && before[0] != '\0' ? "; " : "", before);
}

/* Does this party not take part, by its own choice or for want of data? Once
 * all have committed, others may have signed: a refusal is too late for them. */
static int is_refusal(sc_run *r, sc_err err)
{
    int is_own =
        err == SC_E_REFUSED ||
        (r->is_asker && r->phase == SC_PHASE_PREPARE && err == SC_E_CONFIG);

    return is_own && r->phase < SC_PHASE_COMMIT && !sc_run_is_told(r);
}

static void log_end(sc_run *r, sc_err err, const sc_fault *why)
{
    char id[33], text[1024] = "done";
    sc_log_level level = err == SC_OK                 ? SC_LOG_DEBUG
                         : sc_run_is_repeated(r, err) ? SC_LOG_INFO
                                                      : SC_LOG_WARN;

    sc_hex16(id, r->job->id);
    if (err != SC_OK) {
        sc_fault_print(text, sizeof text, why);
    }
    if (r->session != NULL) {
        log_bytes(r, id);
    }
    sc_log_line(r->house->log, level, "job",
                "job %s of %s ends after %.1f ms: %s", id,
                r->house->consortium->parties[r->job->asker].name,
                (double)(sc_clock_ns() - r->started_ns) / 1e6, text);
}

sc_err sc_run_go(sc_run *r, sc_fault *why)
{
    sc_refusal kind = SC_REFUSAL_PLAN;
    sc_err err;

    *why = (sc_fault){0};
    sc_run_enter(r, SC_PHASE_PREPARE);
    err = sc_run_prepare(r, &kind, why);
    err = err == SC_OK ? compute(r, &kind, why) : err;
    if (is_refusal(r, err)) {
        sc_run_refuse(r, kind, why);
    } else if (err != SC_OK) {
        sc_run_abort(r, why);
    }
    pthread_mutex_lock(&r->lock);
    r->is_over = 1;
    pthread_mutex_unlock(&r->lock);
    if (err != SC_OK) {
        advise(r, why);
    }
    log_end(r, err, why);
    return err;
}

void sc_run_finish(sc_run *r)
{
    sc_fault late = {0};

    if (!r->is_stored && sc_run_close(r, &late) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_WARN, "job",
                    "the job's end is not recorded yet: %s", late.text);
    }
    late = (sc_fault){0};
    if (r->session != NULL &&
        sc_session_flush(r->session,
                         sc_clock_ms() +
                             r->house->consortium->rules.deadline_ms,
                         &late) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_DEBUG, "job", "%s", late.text);
    }
}
