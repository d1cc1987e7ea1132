/* job/run/end.c: how a run ends before its time, and what it leaves.
 *
 * A refusal is signed and goes to the others, who learn its kind alone. An
 * ABORT names whom this party holds responsible; who hears it names the same to
 * its own user, but states in the log only what it saw itself: a timeout of its
 * own, a signature that does not hold. */
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "job/run/notice.h"
#include "job/run/repeat.h"
#include "job/run/run_state.h"

static void submit(sc_run *r, const sc_notice *n)
{
    sc_fault why = {0};

    if (sc_notice_submit(r->house, n, &why) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_ERROR, "job",
                    "the %s statement is not in the outbox: %s",
                    sc_entry_type_name(n->type), why.text);
    }
}

/* party: who is named; "" if nobody. A share without a signature goes. */
static void record_end(sc_run *r, sc_record_kind kind, const char *party,
                       const sc_fault *why)
{
    sc_buf text = {0};
    sc_fault inner = {0};
    json_t *end = json_object();

    if (r->record != NULL &&
        (end == NULL ||
         json_object_set_new(end, "party", json_string(party)) != 0 ||
         json_object_set_new(end, "phase", json_string(why->phase)) != 0 ||
         json_object_set_new(end, "text", json_string(why->text)) != 0 ||
         sc_jcs_put(&text, end) != SC_OK ||
         sc_record_erase_share(r->record, &inner) != SC_OK ||
         sc_record_put(r->record, kind, sc_buf_bytes(&text), &inner) !=
             SC_OK)) {
        sc_log_line(r->house->log, SC_LOG_WARN, "job",
                    "the end of the job is not recorded: %s", inner.text);
    }
    json_decref(end);
    sc_buf_clear(&text);
}

/* To all parties of the job; to the asker alone while they are not known. */
static void say(sc_run *r, const sc_frame *f)
{
    const uint8_t *tag = r->is_posting ? r->call : r->job->id;

    if (r->n_parties > 0 && !r->is_posting) {
        sc_run_say_all(r, f);
    } else if (!r->is_asker &&
               sc_mesh_send(r->house->mesh, r->job->asker, tag, f) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_DEBUG, "job",
                    "the asker is not linked");
    }
}

static void say_refuse(sc_run *r, sc_refusal kind)
{
    sc_msg_refuse m = {.reason = kind};
    sc_buf room = {0};
    sc_frame f;

    if (sc_statement_refuse(m.signature, &r->house->keys->identity,
                            r->job_digest, m.reason) == SC_OK &&
        sc_msg_refuse_put(&f, &room, &m) == SC_OK) {
        say(r, &f);
    }
    sc_buf_clear(&room);
}

void sc_run_refuse(sc_run *r, sc_refusal kind, const sc_fault *why)
{
    const sc_consortium *c = r->house->consortium;
    const char *asker = c->parties[r->job->asker].did;
    sc_notice n = {.type = SC_ENTRY_REFUSAL,
                   .job_id = r->job->id,
                   .asker = asker,
                   .kind = sc_refusal_name(kind)};

    record_end(r, SC_RECORD_REFUSED, c->parties[r->house->me].name, why);
    if (r->is_asker) {
        return; /* nobody was asked */
    }
    say_refuse(r, kind);
    if (kind != SC_REFUSAL_LIMITS && r->plan != NULL) {
        n.query = r->plan->query_digest;
        submit(r, &n);
    }
}

static void say_abort(sc_run *r, const sc_fault *why, size_t named)
{
    sc_msg_abort m = {.reason = (uint64_t)why->code,
                      .phase = r->phase,
                      .blamed = named == SIZE_MAX ? SC_MSG_NOBODY : named};
    sc_buf room = {0};
    sc_frame f;

    if (sc_msg_abort_put(&f, &room, &m) == SC_OK) {
        say(r, &f);
    }
    sc_buf_clear(&room);
}

static void say_cancel(sc_run *r, sc_cancel_reason reason)
{
    sc_msg_cancel m = {reason};
    sc_buf room = {0};
    sc_frame f;

    if (sc_msg_cancel_put(&f, &room, &m) == SC_OK) {
        say(r, &f);
    }
    sc_buf_clear(&room);
}

/* Did the party see itself what it names another for? */
static int is_proved(const sc_run *r, const sc_fault *why)
{
    return !r->is_unproved && why->code != SC_E_CANCELLED &&
           why->code != SC_E_REFUSED && why->code != SC_E_IO;
}

void sc_run_abort(sc_run *r, const sc_fault *why)
{
    const sc_consortium *c = r->house->consortium;
    size_t named = sc_consortium_party(c, why->party);
    sc_notice n = {.type = SC_ENTRY_ABORT,
                   .sid = r->terms.sid,
                   .job_id = r->job->id,
                   .phase = sc_phase_name(r->phase),
                   .reason = sc_err_text(why->code)};
    int is_cancelled, is_leaving = sc_run_is_leaving(r);
    int is_refused = why->code == SC_E_REFUSED && sc_run_is_told(r);

    pthread_mutex_lock(&r->lock);
    is_cancelled = r->is_cancelled;
    pthread_mutex_unlock(&r->lock);
    if (r->is_asker && !r->is_signed && is_leaving) {
        say_cancel(r, SC_CANCEL_BY_ASKER);
    } else if (is_leaving || !sc_run_is_told(r) ||
               (r->is_asker && !r->has_sid)) {
        /* before consent, who is busy or cannot plan it told the asker alone */
        say_abort(r, why, named == r->house->me ? SIZE_MAX : named);
    } /* else who told this party told the others, in better words */
    if (r->is_signed) {
        return; /* the log decides */
    }
    if (r->has_sid && !is_cancelled && !is_refused) {
        n.blamed =
            named == SIZE_MAX || named == r->house->me || !is_proved(r, why)
                ? NULL
                : c->parties[named].did;
        submit(r, &n);
    }
    record_end(r,
               why->code == SC_E_REFUSED          ? SC_RECORD_REFUSED
               : sc_run_is_repeated(r, why->code) ? SC_RECORD_REPEATED
                                                  : SC_RECORD_ABORTED,
               why->party, why);
}

void sc_run_repeat(sc_run *r)
{
    sc_fault none = {0};
    char before[33];

    say_cancel(r, SC_CANCEL_REPEAT);
    sc_hex16(before, r->answer_id);
    sc_fault_set(&none, SC_E_CANCELLED,
                 "asked before: the stored answer of job %s serves", before);
    record_end(r, SC_RECORD_REPEATED, "", &none);
}

void sc_run_delivered(sc_run *r)
{
    sc_notice n = {.type = SC_ENTRY_OUTCOME,
                   .sid = r->terms.sid,
                   .job_id = r->job->id,
                   .kind = "delivered"};

    submit(r, &n);
}

void sc_run_remember(sc_run *r)
{
    sc_fault why = {0};

    if (r->is_asker &&
        sc_repeat_remember(r->house->conf->store, r->plan, r->inputs,
                           r->n_parties, r->job->id, &why) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_WARN, "job", "%s", why.text);
    }
}
