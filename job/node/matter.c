/* job/node/matter.c: one look, by the state of the record. What follows once the
 * receipt is in the log is in matter_deliver.c, hearing and answering in
 * matter_hear.c. */
#include "job/node/matter.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/node/matter_inner.h"
#include "job/run/notice.h"

/* An early void does no harm, for the log decides: this only spares one to a
 * session that is late by a moment. */
#define VOID_SLACK_S 5
#define GIVE_UP_S    3600 /* not sooner after a start: the clock may be wrong */
#define WARN_MS      ((uint64_t)60000) /* between two lines about one matter */
#define DAY_S        86400
#define ASK_OFTEN    16 /* looks that ask or tell; then one of as many */

void sc_matter_clear(sc_matter *t)
{
    if (t->shares != NULL) {
        sc_opened_shares_clear(t->shares, SC_OUTCOME_MAX);
    }
    sc_free(t->shares);
    sc_sums_clear(&t->sums);
    *t = (sc_matter){0};
}

/* ---- speaking ----------------------------------------------------------- */

void sc_matter_say(const sc_house *h, size_t party, const uint8_t *job,
                   sc_err made, const sc_frame *f)
{
    if (made == SC_OK && party != h->me &&
        sc_mesh_send(h->mesh, party, job, f) != SC_OK) {
        sc_log_line(h->log, SC_LOG_DEBUG, "mend", "%s is not linked",
                    sc_mesh_name(h->mesh, party));
    }
}

void sc_matter_ask(const sc_house *h, size_t party, const uint8_t *job,
                   uint64_t kind, const uint8_t digest[static 32])
{
    sc_msg_ask q = {.kind = kind};
    sc_buf room = {0};
    sc_frame f;

    memcpy(q.digest, digest, 32);
    sc_matter_say(h, party, job, sc_msg_ask_put(&f, &room, &q), &f);
    sc_buf_clear(&room);
}

void sc_matter_warn(sc_matter *t, const sc_house *h, const char *what,
                    const sc_fault *why)
{
    char id[33];

    if (t->warned_ms == 0 || sc_clock_ms() - t->warned_ms >= WARN_MS) {
        t->warned_ms = sc_clock_ms();
        sc_hex16(id, t->id);
        sc_log_line(h->log, SC_LOG_WARN, "mend", "job %s %s: %s", id, what,
                    why->text);
    }
}

/* ---- ends --------------------------------------------------------------- */

static sc_err end(sc_dossier *d, sc_record_kind kind, const char *text,
                  sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf json = {0};
    json_t *value =
        json_pack("{s:s,s:s,s:s}", "party", "", "phase", "", "text", text);

    SC_REQUIRE(value != NULL, SC_E_MEM);
    SC_TRY(sc_jcs_put(&json, value));
    SC_TRY(sc_record_erase_share(d->record, why));
    SC_TRY(sc_record_put(d->record, kind, sc_buf_bytes(&json), why));
    err = SC_OK;
out:
    json_decref(value);
    sc_buf_clear(&json);
    return sc_fault_from(why, err);
}

sc_err sc_matter_finish(sc_dossier *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_record_erase_share(d->record, why));
    SC_TRY(sc_record_put(d->record, SC_RECORD_DONE, (sc_bytes){0}, why));
    err = SC_OK;
out:
    return err;
}

static sc_err abort_consented(const sc_house *h, sc_dossier *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_notice n = {.type = SC_ENTRY_ABORT,
                   .sid = d->sid,
                   .job_id = sc_record_id(d->record),
                   .phase = "restart",
                   .reason = "the node stopped before it signed"};

    SC_TRY(sc_record_erase_share(d->record, why)); /* whatever the log does */
    SC_TRY(sc_notice_submit(h, &n, why));
    SC_TRY(end(d, SC_RECORD_ABORTED, n.reason, why));
    err = SC_OK;
out:
    return err;
}

/* ---- signed: the log decides -------------------------------------------- */

static sc_err submit_receipt(const sc_house *h, const sc_dossier *d,
                             sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_entry e;
    sc_buf text = {0};

    SC_TRY(sc_receipt_entry(&e, d->body, h->consortium->parties[h->me].did,
                            &h->keys->identity));
    SC_TRY(sc_entry_make(&text, &e));
    SC_TRY(sc_keeper_submit(h->keeper, sc_buf_bytes(&text), why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

static sc_err submit_void(const sc_house *h, const sc_dossier *d, sc_fault *why)
{
    sc_notice n = {.type = SC_ENTRY_VOID,
                   .sid = d->sid,
                   .job_id = sc_record_id(d->record),
                   .reason = "not in the log in time"};

    return sc_notice_submit(h, &n, why);
}

/* Does an entry of another session bear this receipt's i? Then the receipt never
 * enters the log; only a party of the job could have known i. */
static int is_squatted(const sc_house *h, const sc_dossier *d, sc_matter *t)
{
    sc_fault why = {0};
    uint64_t index;
    uint8_t i[32];
    sc_entry e;

    if (sc_receipt_id(i, d->body) != SC_OK ||
        sc_chain_find(h->chain, &index, i) != SC_OK ||
        sc_dossier_match(&e, h, d->body, index, &why) != SC_E_CHEAT) {
        return 0;
    }
    sc_fault_set(&why, SC_E_CHEAT,
                 "entry %llu of another session bears its receipt's id; %s "
                 "submitted it",
                 (unsigned long long)index,
                 sc_mesh_name(h->mesh,
                              sc_consortium_party_did(h->consortium, e.did)));
    sc_matter_warn(t, h, "can only be voided", &why);
    return 1;
}

static sc_err undecided(const sc_house *h, const sc_dossier *d, sc_matter *t,
                        sc_fault *why)
{
    int is_sealed = sc_record_state(d->record) == SC_RECORD_RECEIPT;

    if (is_sealed && !is_squatted(h, d, t)) {
        return submit_receipt(h, d, why);
    }
    return sc_clock_left(t->void_ms) == 0 ? submit_void(h, d, why) : SC_OK;
}

/* The monotonic clock's time when the wall clock's will be this, as it stands
 * now: so many seconds from now at least, and at most, for it may be wrong. */
static uint64_t deadline_ms(int64_t wall, int64_t least_s, int64_t most_s)
{
    int64_t left = wall - sc_clock_wall();

    left = left < least_s ? least_s : left;
    left = left > most_s ? most_s : left;
    return sc_clock_ms() + (uint64_t)left * 1000;
}

/* A job lasts job_ms at most: its receipt's not_after is no further away, nor is
 * there a void to fear for a party that has signed just before. */
static void set_deadlines(sc_matter *t, const sc_house *h, const sc_dossier *d)
{
    int64_t keep_s = (int64_t)h->conf->keep_days * DAY_S;
    int64_t job_s =
        (int64_t)(h->consortium->rules.job_ms / 1000) + VOID_SLACK_S;

    if (d->body != NULL && t->until_ms == 0) {
        t->void_ms = deadline_ms(d->receipt.not_after + VOID_SLACK_S, 0, job_s);
        t->until_ms = deadline_ms(d->receipt.not_after + keep_s, GIVE_UP_S,
                                  keep_s + job_s);
    }
}

int sc_matter_is_outlived(const sc_matter *t)
{
    return sc_clock_left(t->until_ms) == 0;
}

int sc_matter_is_due(unsigned n)
{
    return n < ASK_OFTEN || n % ASK_OFTEN == 0;
}

/* The log's entry names a copy of the receipt that is not here: signatures that
 * did not reach this party, or a twin of its own copy, or nothing that exists.
 * Whoever has it answers; until then nothing is opened. */
static sc_err seek_copy(const sc_house *h, sc_dossier *d, sc_matter *t,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint64_t index;
    sc_entry e;

    SC_TRY(sc_dossier_entry(d, h, &e, &index));
    if (sc_matter_is_due(t->n_sought)) {
        for (size_t i = 0; i < d->receipt.n_parties; i++) {
            sc_matter_ask(h, sc_dossier_party(d, h, i), sc_record_id(d->record),
                          SC_ASK_RECEIPT, e.d);
        }
    }
    t->n_sought++;
    sc_fault_set(why, SC_E_STATE,
                 "entry %llu of the log, which %s submitted, names a copy of "
                 "its receipt that nobody has shown: nothing is opened",
                 (unsigned long long)index,
                 sc_mesh_name(h->mesh,
                              sc_consortium_party_did(h->consortium, e.did)));
    if (sc_matter_is_outlived(t)) {
        return end(d, SC_RECORD_ABORTED, why->text, why);
    }
    err = t->n_sought > 1 ? SC_E_STATE : SC_OK; /* a moment for the answer */
out:
    return err;
}

static sc_err end_voided(sc_dossier *d, uint64_t index, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t data[8];

    sc_store_le64(data, index);
    SC_TRY(sc_record_erase_share(d->record, why));
    SC_TRY(sc_record_put(d->record, SC_RECORD_VOIDED,
                         (sc_bytes){data, sizeof data}, why));
    err = SC_OK;
out:
    return err;
}

/* For ever: nobody honest opens this session. */
static sc_err end_contradicted(const sc_house *h, sc_dossier *d, uint64_t index,
                               sc_fault *why)
{
    char id[33];
    sc_fault whose = {0};
    sc_entry e;
    sc_err err = sc_dossier_match(&e, h, d->body, index, &whose);

    if (err != SC_E_CHEAT) {
        return sc_fault_from(why, err);
    }
    sc_hex16(id, sc_record_id(d->record));
    sc_log_line(h->log, SC_LOG_ERROR, "mend", "job %s: %s", id, whose.text);
    return end(d, SC_RECORD_ABORTED, whose.text, why);
}

static sc_err decide_signed(const sc_house *h, sc_dossier *d, sc_matter *t,
                            sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_entry_type type;
    uint64_t index;

    err = sc_dossier_fate(d, h, &type, &index);
    if (err == SC_E_NOT_FOUND) {
        return undecided(h, d, t, why);
    }
    SC_TRY(err);
    if (type == SC_ENTRY_VOID) {
        return end_voided(d, index, why);
    }
    err = sc_dossier_proved(d, h, &index);
    if (err == SC_E_CHEAT) {
        return end_contradicted(h, d, index, why);
    }
    if (err == SC_E_STATE) {
        return seek_copy(h, d, t, why);
    }
    SC_TRY(err);
    SC_TRY(sc_dossier_put_proved(d->record, h, index, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* ---- one look ----------------------------------------------------------- */

static sc_err act(const sc_house *h, sc_dossier *d, sc_matter *t, sc_fault *why)
{
    switch (sc_record_state(d->record)) {
    case SC_RECORD_JOB:
    case SC_RECORD_PLAN:
        return end(d, SC_RECORD_ABORTED, "the node stopped before it consented",
                   why);
    case SC_RECORD_CONSENT:
        return abort_consented(h, d, why);
    case SC_RECORD_BODY:
    case SC_RECORD_RECEIPT:
        return decide_signed(h, d, t, why);
    case SC_RECORD_PROVED:
    case SC_RECORD_ANSWER:
        return sc_matter_deliver(h, d, t, why);
    default:
        return SC_OK;
    }
}

int sc_matter_step(sc_matter *t, const sc_house *h)
{
    sc_dossier d;
    sc_fault why = {0};
    sc_record_kind state;
    sc_err err = sc_dossier_resume(&d, h, t->id, &why);

    if (err == SC_E_STATE) {
        return 0; /* its run is at work */
    }
    if (err != SC_OK) {
        sc_matter_warn(t, h, "has a record that cannot be read", &why);
        return err != SC_E_MEM && err != SC_E_IO;
    }
    set_deadlines(t, h, &d);
    do { /* one step may make the next one possible */
        state = sc_record_state(d.record);
        err = act(h, &d, t, &why);
    } while (err == SC_OK && sc_record_state(d.record) != state);
    if (err != SC_OK) {
        sc_matter_warn(t, h, "stays open", &why);
    }
    state = sc_record_state(d.record);
    sc_dossier_clear(&d);
    return state >= SC_RECORD_DONE;
}
