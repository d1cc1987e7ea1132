/* job/node/matter_deliver.c: a job whose receipt is in the log: shares, and parts of a
 * sum of ciphertexts, are gathered and served until result parties have the answer. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/node/matter_inner.h"
#include "job/run/disclose.h"
#include "job/run/notice.h"
#include "job/run/opened_file.h"
#include "job/run/post_file.h"
#include "job/run/repeat.h"

#define DISTRUST_MS ((uint64_t)600000) /* of who sent a false part */

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
    sc_buf json = {0};

    SC_TRY(sc_outcome_answer(&json, sums->plan, sums->tally, t->shares,
                             d->receipt.n_parties));
    SC_TRY(
        sc_opened_file_put(d->record, t->shares, sc_dossier_n_opened(d), why));
    SC_TRY(
        sc_record_put(d->record, SC_RECORD_ANSWER, sc_buf_bytes(&json), why));
    SC_TRY(state_delivery(h, d, t, sums->job, sums->plan, why));
    err = SC_OK;
out:
    sc_buf_clear(&json);
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

/* What an owner posted lies here since before the session. */
static sc_err gather_post(const sc_house *h, const sc_dossier *d, size_t i,
                          sc_opened_share *share, sc_fault *why)
{
    const sc_receipt_party *p = &d->receipt.parties[i];
    sc_err err = sc_post_file_get(NULL, share, h, d->receipt.call,
                                  sc_dossier_party(d, h, i), why);

    if (err == SC_OK && sc_opened_share_verify(share, d->receipt.call, p->did,
                                               p->output) != SC_OK) {
        sc_opened_shares_clear(share, 1);
        err = sc_fault_set(
            why, SC_E_CORRUPT,
            "the stored post of %s is not the one of the receipt",
            h->consortium->parties[sc_dossier_party(d, h, i)].name);
    }
    return err;
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
        if (d->receipt.parties[i].is_posted) {
            SC_TRY(gather_post(h, d, i, &t->shares[i], why));
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

    if (auditors != 0 && sc_matter_is_due(t->n_told++) &&
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

    if (d->receipt.parties[i].is_posted) {
        return 0; /* it did its part; what is missing was lost here */
    }
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
    uint32_t known = t->liars != 0 ? t->liars : t->unable;
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
    SC_TRY(sc_matter_finish(d, why));
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

sc_err sc_matter_deliver(const sc_house *h, sc_dossier *d, sc_matter *t,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    int has_answer = sc_record_state(d->record) == SC_RECORD_ANSWER;
    int is_told = is_disclosed(h, d, t), is_done;
    int was_done = sc_record_is_delivered(d->record);

    if (sc_matter_is_outlived(t)) {
        return give_up(h, d, t, why);
    }
    if (is_result(d, d->me) && !has_answer) {
        return gather_or_end(h, d, t, why);
    }
    is_done = !is_delivering(d, d->me) || was_done || is_acknowledged(h, d, t);
    if (!is_done && !t->is_hopeless && sc_sums_owes_part(d)) {
        return gather_or_end(h, d, t, why);
    }
    if (has_answer) {
        SC_TRY(state_answered(h, d, t, why));
    }
    if (is_done) {
        for (size_t i = 0; has_answer && !was_done && i < d->receipt.n_parties;
             i++) {
            if (is_delivering(d, i) && !d->receipt.parties[i].is_posted) {
                sc_matter_say_received(h, d, sc_dossier_party(d, h, i));
            }
        }
        if (!is_told) {
            SC_TRY(sc_record_put_delivered(d->record, why));
        }
        SC_TRY(sc_record_erase_share(d->record, why));
        if (is_told) {
            SC_TRY(sc_matter_finish(d, why));
        }
    }
    err = SC_OK;
out:
    return err;
}
