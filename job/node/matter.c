/* job/node/matter.c: one look, by the state of the record. Hearing and answering are
 * in matter_hear.c. */
#include "job/node/matter.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/node/mend.h"
#include "job/run/disclose.h"
#include "job/run/notice.h"
#include "job/run/repeat.h"

/* An early void does no harm, for the log decides: this only spares one to a
 * session that is late by a moment. */
#define VOID_SLACK_S 5
#define GIVE_UP_S    3600 /* not sooner after a start: the clock may be wrong */
#define WARN_MS      ((uint64_t)60000) /* between two lines about one matter */
#define DAY_S        86400
#define DISTRUST_MS  ((uint64_t)600000) /* of who sent a false part */
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

static sc_err finish(sc_dossier *d, sc_fault *why)
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

static int is_outlived(const sc_matter *t)
{
    return sc_clock_left(t->until_ms) == 0;
}

/* Is look number n one that asks, or tells? */
static int is_due(unsigned n)
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
    if (is_due(t->n_sought)) {
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
    if (is_outlived(t)) {
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

/* ---- in the log: deliver ------------------------------------------------ */

static int is_result(const sc_dossier *d, size_t position)
{
    return sc_dossier_is(d, position, SC_ROLE_RESULT);
}

static int is_computing(const sc_dossier *d, size_t position)
{
    return sc_dossier_is(d, position, SC_ROLE_COMPUTING);
}

static int is_holder(const sc_dossier *d, size_t position)
{
    return sc_dossier_is(d, position, SC_ROLE_HOLDER);
}

/* Who keeps something until it is acknowledged. */
static int is_delivering(const sc_dossier *d, size_t position)
{
    return sc_dossier_is(d, position, SC_ROLE_COMPUTING | SC_ROLE_HOLDER);
}

/* What a run does once it has the answer (job/run/end.c). */
static sc_err state_delivery(const sc_house *h, const sc_dossier *d,
                             sc_matter *t, const sc_job *job,
                             const sc_plan *plan, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_opt_bytes inputs[SC_MAX_PARTIES] = {0};
    sc_notice n = {.type = SC_ENTRY_OUTCOME,
                   .sid = d->sid,
                   .job_id = sc_record_id(d->record),
                   .kind = "delivered"};

    SC_TRY(sc_notice_submit(h, &n, why));
    if (job->asker == h->me) {
        for (size_t i = 0; i < d->receipt.n_parties; i++) {
            inputs[i].is_set = is_computing(d, i);
            memcpy(inputs[i].b, d->receipt.parties[i].input, 32);
        }
        SC_TRY(sc_repeat_remember(h->conf->store, plan, inputs,
                                  d->receipt.n_parties, job->id, why));
    }
    t->is_stated = 1;
    err = SC_OK;
out:
    return err;
}

/* All shares are there, and in a tally all parts: finish as the run would have. */
static sc_err answer(const sc_house *h, sc_dossier *d, sc_matter *t,
                     sc_fault *why)
{
    const sc_sums *sums = &t->sums;
    sc_err err = SC_E_BUG;
    sc_buf json = {0}, opened = {0};

    SC_TRY(sc_outcome_answer(&json, sums->plan, sums->tally, t->shares,
                             d->receipt.n_parties));
    SC_TRY(sc_opened_shares_put(&opened, t->shares, sc_dossier_n_opened(d)));
    SC_TRY(sc_record_put_opened(d->record, sc_buf_bytes(&opened), why));
    SC_TRY(
        sc_record_put(d->record, SC_RECORD_ANSWER, sc_buf_bytes(&json), why));
    SC_TRY(state_delivery(h, d, t, sums->job, sums->plan, why));
    err = SC_OK;
out:
    sc_buf_clear(&json);
    sc_buf_clear(&opened);
    return sc_fault_from(why, err);
}

/* Who is asked again and says each time that it cannot? */
static sc_err name_unable(const sc_house *h, const sc_dossier *d,
                          const sc_matter *t, sc_fault *why)
{
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        size_t party = sc_dossier_party(d, h, i);

        if ((t->unable >> party & 1) != 0 && !t->shares[i].is_there) {
            sc_fault_set(why, SC_E_IO,
                         "%s says that it cannot deliver its share: its "
                         "operator's log tells why",
                         h->consortium->parties[party].name);
            sc_fault_party(why, h->consortium->parties[party].name);
            return SC_E_IO;
        }
    }
    return SC_OK;
}

/* Ask who has the next chunk of it; of a share or a part. */
static void ask_words(const sc_house *h, const sc_dossier *d, size_t position,
                      sc_ask_kind kind, const sc_opened_share *so_far)
{
    uint8_t chunk[32] = {0};

    sc_store_le64(chunk, so_far->vector.len / SC_FRAME_MAX_BULK);
    sc_matter_ask(h, sc_dossier_party(d, h, position), sc_record_id(d->record),
                  kind, chunk);
}

/* Chunk by chunk from each owner; how many are missing still. */
static sc_err gather_shares(const sc_house *h, sc_dossier *d, sc_matter *t,
                            size_t *n_missing, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    *n_missing = 0;
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        if (!is_computing(d, i) || t->shares[i].is_there) {
            continue;
        }
        if (i == d->me) {
            SC_TRY(sc_dossier_share(d, h, &t->shares[i], why));
            continue;
        }
        ++*n_missing;
        ask_words(h, d, i, SC_ASK_SHARE, &t->shares[i]);
    }
    err = SC_OK;
out:
    return err;
}

/* The same of parts, from the other holders; how many are there. */
static size_t gather_parts(const sc_house *h, const sc_dossier *d,
                           const sc_matter *t)
{
    const sc_opened_share *parts = t->shares + d->receipt.n_parties;
    size_t n = 0;

    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        n += parts[i].is_there != 0;
        if (is_holder(d, i) && !parts[i].is_there && i != d->me) {
            ask_words(h, d, i, SC_ASK_PART, &parts[i]);
        }
    }
    return n;
}

/* A holder whose own part cannot be made goes on with the others'. */
static sc_err own_part(const sc_house *h, sc_dossier *d, sc_matter *t,
                       sc_fault *why)
{
    sc_err err = SC_OK;

    if (is_holder(d, d->me)) {
        err = sc_sums_own_part(&t->sums, h, d, t->shares, &t->liars, why);
    }
    if (err != SC_OK && err != SC_E_CHEAT && is_result(d, d->me)) {
        sc_matter_warn(t, h, "has no part of this party", why);
        *why = (sc_fault){0};
        err = SC_OK;
    }
    return err;
}

static sc_err take_parts(const sc_house *h, const sc_dossier *d, sc_matter *t,
                         sc_fault *why)
{
    const uint32_t before = t->distrusted;
    sc_err err = sc_sums_take_parts(&t->sums, h, d, t->shares, &t->liars,
                                    &t->distrusted, why);

    if (t->distrusted != before) {
        t->distrust_ms = sc_clock_ms() + DISTRUST_MS;
    }
    return err;
}

static sc_err open_sum(const sc_house *h, sc_dossier *d, sc_matter *t,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (sc_clock_left(t->distrust_ms) == 0) {
        t->distrusted = 0;
    }
    SC_TRY(own_part(h, d, t, why));
    if (!is_result(d, d->me) || gather_parts(h, d, t) < t->sums.plan->needed) {
        return SC_OK;
    }
    SC_TRY(take_parts(h, d, t, why));
    if (sc_tally_is_complete(t->sums.tally)) {
        SC_TRY(answer(h, d, t, why));
    }
    err = SC_OK;
out:
    return err;
}

/* Gather what is missing, and finish.
 *   Returns: SC_E_CHEAT  what is there is no answer, and never will be */
static sc_err gather(const sc_house *h, sc_dossier *d, sc_matter *t,
                     sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n_missing = 0;

    if (t->shares == NULL) {
        t->shares = sc_alloc(SC_OUTCOME_MAX, sizeof *t->shares);
        SC_REQUIRE(t->shares != NULL, SC_E_MEM);
    }
    SC_TRY(sc_sums_open(&t->sums, h, d, why));
    SC_TRY(gather_shares(h, d, t, &n_missing, why));
    if (n_missing > 0) {
        return name_unable(h, d, t, why);
    }
    SC_TRY(t->sums.plan->protocol == SC_PLAN_CIPHERTEXT_SUM
               ? open_sum(h, d, t, why)
               : answer(h, d, t, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* Who delivers waits for all result parties, and asks them. */
static int is_acknowledged(const sc_house *h, const sc_dossier *d,
                           const sc_matter *t)
{
    static const uint8_t none[32];
    int all = 1;

    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        size_t party = sc_dossier_party(d, h, i);

        if (i != d->me && is_result(d, i) && (t->received >> party & 1) == 0) {
            sc_matter_ask(h, party, sc_record_id(d->record), SC_ASK_RECEIVED,
                          none);
            all = 0;
        }
    }
    return all;
}

/* Every named auditor has acknowledged job and receipt; who has not is told
 * again. */
static int is_disclosed(const sc_house *h, const sc_dossier *d, sc_matter *t)
{
    uint32_t auditors = sc_dossier_auditors(d, h) & ~t->received;
    sc_bytes job, receipt;

    if (auditors != 0 && is_due(t->n_told++) &&
        sc_record_get(d->record, &job, SC_RECORD_JOB) == SC_OK &&
        sc_record_get(d->record, &receipt, SC_RECORD_RECEIPT) == SC_OK) {
        sc_disclose_say(h, sc_record_id(d->record), auditors, job, receipt);
    }
    return auditors == 0;
}

/* A run that ended just after it had the answer may not have said so. */
static sc_err state_answered(const sc_house *h, const sc_dossier *d,
                             sc_matter *t, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_job *job = NULL;
    sc_plan *plan = NULL;

    if (t->is_stated) {
        return SC_OK;
    }
    SC_TRY(sc_dossier_plan(d, h, &job, &plan, why));
    SC_TRY(state_delivery(h, d, t, job, plan, why));
    err = SC_OK;
out:
    sc_plan_free(&plan);
    sc_job_free(&job);
    return err;
}

/* Is it this party's share, or else its part, that never came? */
static int is_missing(const sc_dossier *d, const sc_matter *t, size_t i)
{
    const sc_opened_share *parts =
        t->shares == NULL ? NULL : t->shares + d->receipt.n_parties;

    if (is_computing(d, i) && (t->shares == NULL || !t->shares[i].is_there)) {
        return 1;
    }
    return is_holder(d, i) && (parts == NULL || !parts[i].is_there);
}

/* Nobody delivers, or nobody takes, what is older than keep_days. */
static sc_err give_up(const sc_house *h, sc_dossier *d, const sc_matter *t,
                      sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint32_t known = t->liars | t->unable;
    sc_notice n = {.type = SC_ENTRY_OUTCOME,
                   .sid = d->sid,
                   .job_id = sc_record_id(d->record),
                   .kind = t->liars != 0 ? "share refused" : "undelivered"};

    if (is_result(d, d->me) && sc_record_state(d->record) != SC_RECORD_ANSWER) {
        for (size_t i = d->receipt.n_parties; i-- > 0;) {
            size_t party = sc_dossier_party(d, h, i);

            if (i != d->me && (known == 0 ? is_missing(d, t, i)
                                          : (known >> party & 1) != 0)) {
                n.blamed = h->consortium->parties[party].did;
            }
        }
        SC_TRY(sc_notice_submit(h, &n, why));
    }
    SC_TRY(finish(d, why));
    err = SC_OK;
out:
    return err;
}

/* Where what was gathered is no answer and never will be, a result party says so and
 * ends; a holder makes no part, and keeps its share for result parties who have not
 * seen that yet. */
static sc_err gather_or_end(const sc_house *h, sc_dossier *d, sc_matter *t,
                            sc_fault *why)
{
    sc_err err = gather(h, d, t, why);

    if (err == SC_E_CHEAT) {
        sc_matter_warn(t, h, "is given up", why);
        *why = (sc_fault){0};
        t->is_hopeless = 1;
        err = is_result(d, d->me) ? give_up(h, d, t, why) : SC_OK;
    }
    return err;
}

static sc_err deliver(const sc_house *h, sc_dossier *d, sc_matter *t,
                      sc_fault *why)
{
    sc_err err = SC_E_BUG;
    int has_answer = sc_record_state(d->record) == SC_RECORD_ANSWER;
    int is_told = is_disclosed(h, d, t), is_done;

    if (is_outlived(t)) {
        return give_up(h, d, t, why);
    }
    if (is_result(d, d->me) && !has_answer) {
        return gather_or_end(h, d, t, why);
    }
    is_done = !is_delivering(d, d->me) || is_acknowledged(h, d, t);
    if (!is_done && !t->is_hopeless && sc_sums_owes_part(d)) {
        return gather_or_end(h, d, t, why);
    }
    if (has_answer) {
        SC_TRY(state_answered(h, d, t, why));
    }
    if (is_done) {
        for (size_t i = 0; has_answer && i < d->receipt.n_parties; i++) {
            if (is_delivering(d, i)) {
                sc_matter_say_received(h, d, sc_dossier_party(d, h, i));
            }
        }
        SC_TRY(sc_record_erase_share(d->record, why));
        if (is_told) {
            SC_TRY(finish(d, why));
        }
    }
    err = SC_OK;
out:
    return err;
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
        return deliver(h, d, t, why);
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
