/* job/run.c: the life of a run; the phases are in agree.c, load.c, settle.c and
 * open.c. */
#include "job/run.h"

#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/notice.h"
#include "job/policy.h"
#include "job/repeat.h"
#include "job/run_state.h"

#define CLOCK_SLACK_S 120 /* between the asker's clock and mine */

const char *sc_phase_name(sc_phase p)
{
#define X(name, text) text,
    static const char *const names[] = {SC_PHASES(X)};
#undef X

    return p < SC_N_PHASES ? names[p] : "unknown phase";
}

/* ---- small tools for the phases ---------------------------------------- */

static void tell(sc_run *r)
{
    uint64_t out = 0, in = 0;

    if (r->progress != NULL) {
        if (r->session != NULL) {
            sc_session_bytes(r->session, &out, &in);
        }
        r->progress(r->progress_ctx, r->phase, out + in);
    }
}

/* Tests stop a node here: SC_STOP_AT=PHASE:kill or PHASE:freeze. */
static void stop_for_test(sc_phase phase)
{
    const char *at = getenv("SC_STOP_AT");
    const char *name = sc_phase_name(phase);
    size_t len = strlen(name);

    if (at != NULL && strncmp(at, name, len) == 0 && at[len] == ':') {
        kill(getpid(), strcmp(at + len + 1, "freeze") == 0 ? SIGSTOP : SIGKILL);
    }
}

void sc_run_enter(sc_run *r, sc_phase phase)
{
    stop_for_test(phase);
    r->phase = phase;
    sc_log_line(r->house->log, SC_LOG_DEBUG, "job", "%s after %.1f ms",
                sc_phase_name(phase),
                (double)(sc_clock_ns() - r->started_ns) / 1e6);
    if (r->session != NULL) {
        sc_session_phase(r->session, sc_phase_name(phase));
    }
    tell(r);
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

sc_err sc_run_blame(sc_run *r, size_t position, sc_fault *why, sc_err code,
                    const char *format, ...)
{
    va_list args;
    char text[400];

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sc_fault_set(why, code, "%s", text);
    sc_fault_party(why,
                   r->house->consortium->parties[r->parties[position]].name);
    sc_fault_phase(why, sc_phase_name(r->phase));
    return code;
}

static uint64_t step_deadline(const sc_run *r)
{
    uint64_t at = sc_clock_ms() + r->house->consortium->rules.deadline_ms;

    return at < r->until_ms ? at : r->until_ms;
}

sc_err sc_run_send(sc_run *r, size_t position, sc_frame *f, sc_fault *why)
{
    f->op = 0;
    return sc_session_send(r->session, r->parties[position], f,
                           step_deadline(r), why);
}

sc_err sc_run_send_all(sc_run *r, sc_frame *f, sc_fault *why)
{
    sc_err err = SC_OK;

    for (size_t i = 0; i < r->n_parties && err == SC_OK; i++) {
        if (i != r->my_position) {
            err = sc_run_send(r, i, f, why);
        }
    }
    return err;
}

/* Has the party said within a step's deadline that it works? */
static int shows_progress(sc_run *r, size_t party)
{
    uint64_t heard;

    pthread_mutex_lock(&r->lock);
    heard = r->heard_ms[party];
    pthread_mutex_unlock(&r->lock);
    return heard != 0 &&
           sc_clock_ms() - heard < r->house->consortium->rules.deadline_ms;
}

sc_err sc_run_expect(sc_run *r, size_t position, sc_frame *f, uint16_t type,
                     sc_fault *why)
{
    size_t party = r->parties[position];
    sc_err err;

    do {
        *why = (sc_fault){0};
        err = sc_session_expect(r->session, party, f, type, 0, step_deadline(r),
                                why);
    } while (err == SC_E_TIMEOUT && sc_clock_left(r->until_ms) > 0 &&
             shows_progress(r, party));
    if (err == SC_E_TIMEOUT) {
        err = sc_run_blame(
            r, position, why, err, "no %s within %llu ms", sc_msg_name(type),
            (unsigned long long)r->house->consortium->rules.deadline_ms);
    }
    return err;
}

/* A node message of this job to every other party; who is not linked will find
 * out by its own deadlines. */
static void say_all(sc_run *r, const sc_frame *f)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (i != r->my_position && sc_mesh_send(r->house->mesh, r->parties[i],
                                                r->job->id, f) != SC_OK) {
            sc_log_line(r->house->log, SC_LOG_DEBUG, "job",
                        "%s does not hear %s",
                        sc_mesh_name(r->house->mesh, r->parties[i]),
                        sc_msg_name(f->type));
        }
    }
}

void sc_run_say_progress(sc_run *r)
{
    sc_msg_progress m = {.phase = r->phase};
    sc_buf room = {0};
    sc_frame f;

    if (sc_msg_progress_put(&f, &room, &m) == SC_OK) {
        say_all(r, &f);
    }
    sc_buf_clear(&room);
    tell(r);
}

/* ---- messages from outside --------------------------------------------- */

/* End the session, or remember the end for when it opens. */
static void end_from_outside(sc_run *r, sc_err code, size_t party,
                             const char *text)
{
    pthread_mutex_lock(&r->lock);
    if (!r->is_over && !r->is_signed) {
        if (r->session != NULL) {
            sc_session_end(r->session, code, party, text);
        } else if (r->end.code == SC_OK) {
            sc_fault_set(&r->end, code, "%s", text);
            r->end_party = party;
        }
    }
    pthread_mutex_unlock(&r->lock);
}

static void take_refuse(sc_run *r, size_t party, const sc_msg_refuse *m)
{
    char text[160];

    if (sc_statement_refuse_verify(m->signature, r->house->consortium, party,
                                   r->job_digest, m->reason) == SC_OK) {
        snprintf(text, sizeof text, "refused: %s",
                 sc_refusal_name((sc_refusal)m->reason));
        end_from_outside(r, SC_E_REFUSED, party, text);
    }
}

static void take_abort(sc_run *r, size_t party, const sc_msg_abort *m)
{
    const sc_consortium *c = r->house->consortium;
    char text[256];

    snprintf(text, sizeof text, "ended the session in phase %s%s%s: %s",
             sc_phase_name((sc_phase)m->phase),
             m->blamed < c->n_parties ? ", naming " : "",
             m->blamed < c->n_parties ? c->parties[m->blamed].name : "",
             m->reason < SC_N_ERRORS ? sc_err_text((sc_err)m->reason)
                                     : "unknown reason");
    end_from_outside(r, SC_E_CANCELLED, party, text);
}

void sc_run_message(sc_run *r, size_t party, const sc_frame *f)
{
    sc_msg_refuse refuse;
    sc_msg_abort abort;
    sc_msg_cancel cancel;
    sc_msg_progress progress;

    if (sc_run_position(r, party) == SIZE_MAX) {
        return; /* not of this job */
    }
    if (f->type == SC_MSG_REFUSE && sc_msg_refuse_get(&refuse, f) == SC_OK) {
        take_refuse(r, party, &refuse);
    } else if (f->type == SC_MSG_ABORT &&
               sc_msg_abort_get(&abort, f) == SC_OK) {
        take_abort(r, party, &abort);
    } else if (f->type == SC_MSG_CANCEL && party == r->job->asker &&
               sc_msg_cancel_get(&cancel, f) == SC_OK) {
        pthread_mutex_lock(&r->lock);
        r->is_cancelled = 1;
        pthread_mutex_unlock(&r->lock);
        end_from_outside(r, SC_E_CANCELLED, party,
                         cancel.reason == SC_CANCEL_REPEAT
                             ? "asked before: the stored answer serves"
                             : "cancelled by the asker");
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
    end_from_outside(r, SC_E_CANCELLED, r->house->me, reason);
}

/* ---- life -------------------------------------------------------------- */

static sc_err check_times(const sc_run *r, sc_fault *why)
{
    int64_t now = sc_clock_wall(), off = r->job->time - now;

    if (off > CLOCK_SLACK_S || off < -CLOCK_SLACK_S) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the job's time differs by %lld s from this "
                            "node's clock; at most %d s are allowed",
                            (long long)off, CLOCK_SLACK_S);
    }
    if (r->job->not_after <= r->job->time ||
        r->job->not_after - r->job->time >
            (int64_t)(r->house->consortium->rules.job_ms / 1000) + 1) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the job may not last that long here");
    }
    return SC_OK;
}

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
    if (r->share != NULL) {
        sc_wipe(r->share, sc_plan_vector_len(r->plan) * sizeof *r->share);
        sc_free(r->share);
    }
    for (size_t i = 0; i < SC_MAX_PARTIES; i++) {
        sc_buf_clear(&r->heads[i]);
    }
    sc_buf_clear(&r->share_bytes);
    sc_buf_clear(&r->receipt);
    sc_buf_clear(&r->entry);
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

int sc_run_is_leaving(sc_run *r)
{
    int is_leaving;

    pthread_mutex_lock(&r->lock);
    is_leaving = r->is_leaving;
    pthread_mutex_unlock(&r->lock);
    return is_leaving;
}

sc_err sc_run_answer(const sc_run *r, sc_buf *json)
{
    return r->answer.len == 0
               ? SC_E_NOT_FOUND
               : sc_buf_put_bytes(json, sc_buf_bytes(&r->answer));
}

/* ---- prepare ----------------------------------------------------------- */

static void list_parties(sc_run *r)
{
    const sc_house *h = r->house;

    r->n_parties = 0;
    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        if ((r->plan->job_parties >> p & 1) != 0) {
            if (p == h->me) {
                r->my_position = r->n_parties;
            }
            r->parties[r->n_parties++] = p;
        }
    }
    r->is_owner = (r->plan->owners >> h->me & 1) != 0;
    r->is_result = (r->plan->results >> h->me & 1) != 0;
}

static sc_err make_plan(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = r->house;

    SC_TRY(sc_plan_make(&r->plan, r->job, h->consortium, why));
    list_parties(r);
    SC_REQUIRE((r->plan->job_parties >> h->me & 1) != 0,
               sc_fault_set(why, SC_E_REFUSED, "not a party of this job"));
    if (!r->is_asker && memcmp(r->proposed, r->plan->digest, 32) != 0) {
        err = sc_fault_set(why, SC_E_REFUSED,
                           "the proposer computed another plan from the same "
                           "job");
        sc_fault_remedy(why, "run the same version at every party");
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

static sc_err prepare(sc_run *r, sc_refusal *kind, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = r->house;

    *kind = SC_REFUSAL_PLAN;
    SC_TRY(make_plan(r, why));
    SC_TRY(check_times(r, why));
    SC_TRY(sc_policy_check(kind, h->conf, r->job, r->plan,
                           sc_clock_wall() / 86400, why));
    *kind = SC_REFUSAL_DATA;
    SC_TRY(sc_run_check_asset(r, why));
    SC_TRY(sc_policy_spend(kind, h->history, h->conf, r->job, r->plan,
                           sc_clock_wall() / 86400, why));
    SC_TRY(sc_record_new(&r->record, h->conf->store, r->job->id, why));
    SC_TRY(sc_record_put(r->record, SC_RECORD_JOB, sc_buf_bytes(&r->job_text),
                         why));
    SC_TRY(sc_record_put(r->record, SC_RECORD_PLAN,
                         sc_buf_bytes(&r->plan->text), why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
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
        if (i == r->my_position) {
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
    return sc_fault_from(why, err);
}

static sc_err open_session(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_session *s = NULL;
    size_t peers[SC_MAX_PARTIES], n = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        if (i != r->my_position) {
            peers[n++] = r->parties[i];
        }
    }
    SC_TRY(sc_session_open(&s, r->house->mesh, r->job->id, peers, n, 0, why));
    pthread_mutex_lock(&r->lock);
    r->session = s;
    if (r->end.code != SC_OK) { /* somebody was faster */
        sc_session_end(s, r->end.code, r->end_party, r->end.text);
    }
    pthread_mutex_unlock(&r->lock);
    err = SC_OK;
out:
    return err;
}

/* ---- a repeat ---------------------------------------------------------- */

/* The asker may have asked this before, of the same data. */
static sc_err answer_from_store(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const char *store = r->house->conf->store;
    uint8_t key[32], id[16], index[8];
    sc_record *before = NULL;
    sc_bytes answer, proved;

    sc_repeat_key(key, r->plan, r->inputs, r->n_parties);
    SC_TRY(sc_repeat_find(id, store, key, why));
    SC_TRY(sc_record_open(&before, store, id, why));
    SC_TRY(sc_record_get(before, &answer, SC_RECORD_ANSWER));
    SC_TRY(sc_record_get(before, &proved, SC_RECORD_PROVED));
    SC_REQUIRE(proved.len == sizeof index, SC_E_CORRUPT);
    r->index = sc_load_le64(proved.p);
    memcpy(r->answer_id, id, sizeof id);
    r->is_stored = 1;
    SC_TRY(sc_buf_put_bytes(&r->answer, answer));
    err = SC_OK;
out:
    sc_record_free(&before);
    return err;
}

static void say_cancel(sc_run *r, uint64_t reason)
{
    sc_msg_cancel m = {reason};
    sc_buf room = {0};
    sc_frame f;

    if (sc_msg_cancel_put(&f, &room, &m) == SC_OK) {
        say_all(r, &f);
    }
    sc_buf_clear(&room);
}

/* ---- ends -------------------------------------------------------------- */

static void submit(sc_run *r, const sc_notice *n)
{
    sc_fault why = {0};

    if (sc_notice_submit(r->house, n, &why) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_ERROR, "job",
                    "the %s statement is not in the outbox: %s",
                    sc_entry_type_name(n->type), why.text);
    }
}

static void record_end(sc_run *r, sc_record_kind kind, const sc_fault *why)
{
    sc_buf text = {0};
    sc_fault inner = {0};
    json_t *end = json_object();

    if (r->record == NULL || end == NULL ||
        json_object_set_new(end, "party", json_string(why->party)) != 0 ||
        json_object_set_new(end, "phase", json_string(why->phase)) != 0 ||
        json_object_set_new(end, "text", json_string(why->text)) != 0 ||
        sc_jcs_put(&text, end) != SC_OK ||
        sc_record_put(r->record, kind, sc_buf_bytes(&text), &inner) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_WARN, "job",
                    "the end of the job is not recorded: %s", inner.text);
    }
    json_decref(end);
    sc_buf_clear(&text);
}

/* This party does not take part; the others learn the kind only. */
static void refuse(sc_run *r, sc_refusal kind, const sc_fault *why)
{
    sc_msg_refuse m = {.reason = kind};
    sc_buf room = {0};
    sc_frame f;
    const sc_consortium *c = r->house->consortium;
    sc_notice n = {.type = SC_ENTRY_REFUSAL,
                   .job_id = r->job->id,
                   .asker = c->parties[r->job->asker].did,
                   .kind = sc_refusal_name(kind)};

    if (r->is_asker || r->plan == NULL) {
        return; /* nobody was asked; or nobody knows whom to tell */
    }
    sc_log_line(r->house->log, SC_LOG_INFO, "job", "refused %s: %s",
                c->parties[r->job->asker].name, why->text);
    if (sc_statement_refuse(m.signature, &r->house->keys->identity,
                            r->job_digest, m.reason) == SC_OK &&
        sc_msg_refuse_put(&f, &room, &m) == SC_OK) {
        say_all(r, &f);
    }
    sc_buf_clear(&room);
    if (kind != SC_REFUSAL_LIMITS) {
        n.query = r->plan->query_digest;
        submit(r, &n);
    }
    record_end(r, SC_RECORD_REFUSED, why);
}

/* The session is dead and nobody has my signature: tell, state, record. */
static void abort_run(sc_run *r, const sc_fault *why)
{
    const sc_consortium *c = r->house->consortium;
    size_t blamed = sc_consortium_party(c, why->party);
    sc_msg_abort m = {.reason = (uint64_t)why->code,
                      .phase = r->phase,
                      .blamed = blamed == SIZE_MAX ? SC_MSG_NOBODY : blamed};
    sc_buf room = {0};
    sc_frame f;
    sc_notice n = {.type = SC_ENTRY_ABORT,
                   .sid = r->terms.sid,
                   .job_id = r->job->id,
                   .phase = sc_phase_name(r->phase),
                   .reason = sc_err_text(why->code)};

    if (sc_msg_abort_put(&f, &room, &m) == SC_OK) {
        say_all(r, &f);
    }
    sc_buf_clear(&room);
    if (r->has_sid && !r->is_cancelled) {
        n.blamed = blamed == SIZE_MAX ? NULL : c->parties[blamed].did;
        submit(r, &n);
    }
    record_end(r, SC_RECORD_ABORTED, why);
}

/* ---- the whole --------------------------------------------------------- */

static sc_err compute(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(open_session(r, why));
    SC_TRY(sc_run_agree(r, why));
    if (r->is_asker && answer_from_store(r, why) == SC_OK) {
        say_cancel(r, SC_CANCEL_REPEAT);
        *why = (sc_fault){0};
        record_end(r, SC_RECORD_ABORTED, why);
        return SC_OK;
    }
    *why = (sc_fault){0};
    SC_TRY(sc_run_load(r, why));
    SC_TRY(sc_run_commit(r, why));
    SC_TRY(sc_run_sign(r, why));
    SC_TRY(sc_run_log(r, why));
    SC_TRY(sc_run_open(r, why));
    err = SC_OK;
out:
    return err;
}

/* A result party says in the log that it has what it was promised. */
static void state_outcome(sc_run *r)
{
    sc_notice n = {.type = SC_ENTRY_OUTCOME,
                   .sid = r->terms.sid,
                   .job_id = r->job->id,
                   .kind = "delivered"};
    sc_fault why = {0};
    uint8_t key[32];

    submit(r, &n);
    sc_repeat_key(key, r->plan, r->inputs, r->n_parties);
    if (r->is_asker &&
        sc_repeat_put(r->house->conf->store, key, r->job->id, &why) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_WARN, "job", "%s", why.text);
    }
}

sc_err sc_run_go(sc_run *r, sc_fault *why)
{
    sc_refusal kind = SC_REFUSAL_PLAN;
    sc_err err;

    *why = (sc_fault){0};
    sc_run_enter(r, SC_PHASE_PREPARE);
    err = prepare(r, &kind, why);
    if (err != SC_OK) {
        refuse(r, kind, why);
        goto out;
    }
    err = r->is_asker ? propose(r, why) : SC_OK;
    if (err == SC_OK) {
        err = compute(r, why);
    }
    sc_log_line(r->house->log, SC_LOG_DEBUG, "job", "over after %.1f ms",
                (double)(sc_clock_ns() - r->started_ns) / 1e6);
    if (err == SC_OK && r->is_result && !r->is_stored) {
        state_outcome(r);
    }
    if (err != SC_OK && !r->is_signed) {
        abort_run(r, why);
    }
out:
    pthread_mutex_lock(&r->lock);
    r->is_over = 1;
    pthread_mutex_unlock(&r->lock);
    if (err == SC_OK && r->session != NULL && !r->is_stored) {
        sc_fault late = {0};

        if (sc_session_flush(r->session, step_deadline(r), &late) != SC_OK) {
            sc_log_line(r->house->log, SC_LOG_DEBUG, "job", "%s", late.text);
        }
    }
    return sc_fault_from(why, err);
}
