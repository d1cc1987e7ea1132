/* job/node/audited.c: see the header. */
#include "job/node/audited.h"

#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/node/matter.h"
#include "job/run/call.h"
#include "job/run/disclose.h"

/* What a BODY of kind SC_ASK_JOB holds, taken apart and checked. */
typedef struct {
    sc_buf job_text, text; /* of job and secured receipt */
    json_t *body;
    sc_job *job;
    sc_receipt receipt; /* borrows from body */
    uint64_t index;     /* of the entry */
} disclosed;

static void disclosed_clear(disclosed *d)
{
    sc_buf_clear(&d->job_text);
    sc_buf_clear(&d->text);
    json_decref(d->body);
    sc_job_free(&d->job);
}

static int has_party(const sc_house *h, const sc_receipt *r, size_t party)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (strcmp(r->parties[i].did, h->consortium->parties[party].did) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The receipt's digest of the job is salted. */
static sc_err check_job(const disclosed *d)
{
    sc_err err = SC_E_BUG;
    sc_buf b = {0};
    uint8_t digest[32];

    SC_TRY(sc_buf_put(&b, d->receipt.salt, sizeof d->receipt.salt));
    SC_TRY(sc_buf_put_bytes(&b, sc_buf_bytes(&d->job_text)));
    sc_sha256(digest, sc_buf_bytes(&b));
    SC_REQUIRE(memcmp(digest, d->receipt.job_digest, sizeof digest) == 0 &&
                   memcmp(d->job->id, d->receipt.job_id, 16) == 0,
               SC_E_CHEAT);
    err = SC_OK;
out:
    sc_buf_clear(&b);
    return err;
}

/* The session's entry in the published log. SC_E_NOT_FOUND: not yet. */
static sc_err find_entry(const sc_house *h, disclosed *d, sc_entry *e)
{
    sc_err err = SC_E_BUG;
    sc_entry_type type;
    sc_buf text = {0};
    uint8_t s[32];

    sc_entry_session(s, d->receipt.sid);
    SC_TRY(sc_chain_fate(h->chain, &type, &d->index, s));
    SC_REQUIRE(type == SC_ENTRY_RECEIPT, SC_E_CHEAT);
    SC_TRY(sc_chain_entry(h->chain, &text, d->index, NULL));
    SC_TRY(sc_entry_take(e, sc_buf_bytes(&text)));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err take(const sc_house *h, disclosed *d, size_t party,
                   const uint8_t *id, sc_bytes payload, sc_fault *why)
{
    uint8_t call[32];
    sc_err err = SC_E_BUG;
    sc_entry e;

    SC_TRY(sc_disclose_take(&d->job_text, &d->text, payload));
    SC_TRY(sc_json_parse_canonical(&d->body, sc_buf_bytes(&d->text),
                                   SC_RECEIPT_MAX, why));
    SC_TRY(sc_receipt_take(&d->receipt, d->body));
    SC_TRY(
        sc_job_take(&d->job, h->consortium, sc_buf_bytes(&d->job_text), why));
    SC_TRY(check_job(d));
    SC_TRY(sc_job_call_digest(call, d->job, h->consortium));
    SC_REQUIRE(!d->receipt.has_call ||
                   memcmp(call, d->receipt.call, sizeof call) == 0,
               SC_E_CHEAT);
    SC_REQUIRE(memcmp(d->job->id, id, 16) == 0 &&
                   has_party(h, &d->receipt, party) &&
                   ((d->job->auditors >> h->me & 1) != 0 ||
                    has_party(h, &d->receipt, h->me)),
               SC_E_REFUSED);
    SC_TRY(find_entry(h, d, &e));
    SC_TRY(sc_dossier_check_copy(h, &e, d->body, sc_buf_bytes(&d->text)));
    err = SC_OK;
out:
    return err;
}

/* Of a call that this party posted for there is one receipt, or who opened runs another
 * program. */
static void check_call(const sc_house *h, const disclosed *d)
{
    sc_fault why = {0};

    sc_err err = sc_call_claim(h, d->receipt.call, d->receipt.sid, d->job->id,
                               d->job->call.not_after, &why);

    if (err == SC_E_REFUSED) {
        sc_log_line(h->log, SC_LOG_ERROR, "job",
                    "entry %llu of the log is another receipt of a call: %s",
                    (unsigned long long)d->index, why.text);
    } else if (err != SC_OK) {
        sc_log_line(h->log, SC_LOG_WARN, "job",
                    "that a call was answered is not noted: %s", why.text);
    }
}

/* `done` first: a record that a crash cut short is nobody's open job, and is
 * filled when it is told again. */
static sc_err store(const sc_house *h, const disclosed *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_record *r = NULL;
    sc_bytes there;

    err = sc_record_resume(&r, h->conf->store, d->job->id, why);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        err = sc_record_new(&r, h->conf->store, d->job->id, why);
    }
    SC_REQUIRE(err == SC_OK, err);
    if (sc_record_get(r, &there, SC_RECORD_PROVED) == SC_OK &&
        sc_record_get(r, &there, SC_RECORD_RECEIPT) == SC_OK) {
        goto done;
    }
    SC_REQUIRE(sc_record_state(r) == SC_RECORD_N_KINDS ||
                   sc_record_state(r) == SC_RECORD_DONE,
               SC_E_STATE); /* a job of mine, with an end of its own */
    SC_TRY(sc_record_put_later(r, SC_RECORD_DONE, (sc_bytes){0}, why));
    SC_TRY(
        sc_record_put_later(r, SC_RECORD_JOB, sc_buf_bytes(&d->job_text), why));
    SC_TRY(sc_dossier_put_proved(r, h, d->index, why));
    SC_TRY(sc_record_put(r, SC_RECORD_RECEIPT, sc_buf_bytes(&d->text), why));
    sc_log_line(h->log, SC_LOG_INFO, "job",
                "the receipt of a job of %s is stored: entry %llu",
                h->consortium->parties[d->job->asker].name,
                (unsigned long long)d->index);
done:
    if (d->receipt.has_call) {
        check_call(h, d);
    }
    err = SC_OK;
out:
    sc_record_free(&r);
    return err;
}

void sc_audited_hear(const sc_house *h, size_t party,
                     const uint8_t job[static 16], const sc_frame *f)
{
    disclosed *d = sc_alloc(1, sizeof *d);
    sc_msg_received received;
    sc_msg_body b;
    sc_buf room = {0};
    sc_fault why = {0};
    sc_frame out;
    sc_err err = SC_E_MEM;

    if (d == NULL || sc_msg_body_get(&b, f) != SC_OK || b.kind != SC_ASK_JOB) {
        sc_free(d);
        return;
    }
    err = take(h, d, party, job, b.body, &why);
    if (err == SC_OK) {
        err = store(h, d, &why);
    }
    if (err == SC_OK) {
        sc_sha256(received.digest, sc_buf_bytes(&d->text));
        sc_matter_say(h, party, job,
                      sc_msg_received_put(&out, &room, &received), &out);
    } else {
        sc_fault_from(&why, err);
        sc_log_line(h->log, SC_LOG_DEBUG, "job",
                    "not taking a receipt of %s: %s",
                    sc_mesh_name(h->mesh, party), why.text);
    }
    disclosed_clear(d);
    sc_free(d);
    sc_buf_clear(&room);
}

void sc_audited_ask(const sc_house *h, const uint8_t job[static 16])
{
    static const uint8_t none[32];

    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        sc_matter_ask(h, p, job, SC_ASK_JOB, none);
    }
}
