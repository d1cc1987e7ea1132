/* job/run/open_parts.c: see the header. */
#include "job/run/open_parts.h"

#include <string.h>

#include "base/mem.h"

typedef struct {
    sc_run *run;
    sc_opened_share *shares; /* entries, and from n_parties on parts */
    size_t position;         /* of the part that is taken */
    size_t liar;
} parts_task;

static int holds(const sc_run *r, size_t position)
{
    return (r->plan->holders >> r->parties[position] & 1) != 0;
}

/* ---- the sum ---------------------------------------------------------------- */

static sc_err add_entries(void *ctx, sc_fault *why)
{
    parts_task *t = ctx;
    sc_err err = sc_run_open_tally(t->run, why);

    if (err == SC_OK) {
        err = sc_tally_add_all(t->run->tally, &t->liar, t->shares);
    }
    return sc_fault_from(why, err);
}

static sc_err add_up(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    parts_task t = {.run = r, .shares = shares, .liar = SIZE_MAX};
    sc_err err = SC_E_BUG, found = SC_E_BUG;

    SC_TRY(sc_run_work(r, &found, add_entries, NULL, &t, why));
    if (found != SC_OK && t.liar != SIZE_MAX &&
        (found == SC_E_WIRE || found == SC_E_CHEAT)) {
        found = sc_run_blame(r, t.liar, why, SC_E_CHEAT,
                             "the proof of its ciphertexts does not hold");
    }
    err = found;
out:
    return sc_fault_from(why, err);
}

/* ---- my part ---------------------------------------------------------------- */

static sc_err make_part(void *ctx, sc_fault *why)
{
    parts_task *t = ctx;
    sc_rng rng = sc_rng_system();

    return sc_fault_from(
        why, sc_tally_part(t->run->tally, t->position, &rng,
                           &t->shares[t->position + t->run->n_parties].vector));
}

/* Stored before it leaves, for who asks for it after a restart. */
static sc_err make_own(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    parts_task t = {.run = r, .shares = shares, .position = r->my_position};
    sc_opened_share *mine = &shares[r->n_parties + r->my_position];
    sc_err err = SC_E_BUG, found = SC_E_BUG;
    sc_rng rng = sc_rng_system();

    SC_TRY(sc_run_work(r, &found, make_part, NULL, &t, why));
    SC_TRY(found);
    SC_TRY(sc_record_seal_part(r->record, r->house->keys->state,
                               sc_buf_bytes(&mine->vector), &rng, why));
    mine->is_there = 1;
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* ---- everybody's ------------------------------------------------------------- */

/* A holder of whom no part comes: the others' may do. */
static sc_err lose(sc_run *r, sc_opened_share *shares, size_t i, sc_err err,
                   sc_fault *why)
{
    char text[512];

    if (sc_run_is_leaving(r) || err == SC_E_MEM) {
        return err;
    }
    sc_fault_print(text, sizeof text, why);
    sc_log_line(r->house->log, SC_LOG_WARN, "job",
                "a part of the sum is missing: %s", text);
    r->lost |= (uint32_t)1 << i;
    sc_buf_reset(&shares[r->n_parties + i].vector);
    return SC_OK;
}

static sc_err swap_chunk(sc_run *r, sc_opened_share *shares, size_t chunk,
                         const sc_released *mine, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; r->is_holder && i < r->n_parties; i++) {
        if (i != r->my_position && (r->plan->results >> r->parties[i] & 1)) {
            SC_TRY(sc_run_send_words(r, i, chunk, mine, why));
        }
    }
    for (size_t i = 0; r->is_result && i < r->n_parties; i++) {
        if (i == r->my_position || !holds(r, i) || (r->lost >> i & 1) != 0) {
            continue;
        }
        err = sc_run_take_words(r, i, chunk, SC_MSG_PART,
                                &shares[r->n_parties + i], why);
        SC_TRY(err == SC_OK ? err : lose(r, shares, i, err, why));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err swap_parts(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    const size_t n = sc_plan_part_words(r->plan);
    sc_err err = SC_E_BUG;
    const sc_released mine = {
        .type = SC_MSG_PART,
        .words = sc_buf_bytes(&shares[r->n_parties + r->my_position].vector),
        .under = sc_chain_published(r->house->chain)};

    for (size_t chunk = 0; chunk * SC_MSG_MAX_SHARES < n; chunk++) {
        SC_TRY(swap_chunk(r, shares, chunk, &mine, why));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- enough of them ----------------------------------------------------------- */

static sc_err take_part(void *ctx, sc_fault *why)
{
    parts_task *t = ctx;
    const sc_opened_share *part = &t->shares[t->run->n_parties + t->position];

    return sc_fault_from(why, sc_tally_take_part(t->run->tally, t->position,
                                                 sc_buf_bytes(&part->vector)));
}

/* Only parts that were checked are kept: as many as are needed. */
static sc_err check_part(sc_run *r, sc_opened_share *shares, size_t i,
                         sc_fault *why)
{
    parts_task t = {.run = r, .shares = shares, .position = i};
    sc_opened_share *part = &shares[r->n_parties + i];
    sc_err err = SC_E_BUG, found = SC_E_BUG;

    if (sc_tally_is_complete(r->tally) || part->vector.len == 0) {
        part->is_there = 0;
        return SC_OK;
    }
    SC_TRY(sc_run_work(r, &found, take_part, NULL, &t, why));
    if (found == SC_E_WIRE || found == SC_E_CHEAT) {
        sc_run_blame(r, i, why, SC_E_CHEAT,
                     "its part is not of this sum, or not made with its share");
        return lose(r, shares, i, found, why);
    }
    SC_TRY(found);
    part->is_there = 1;
    err = SC_OK;
out:
    return err;
}

/* *why has the words of the last holder that was lost, if any was. */
static sc_err check_parts(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < r->n_parties; i++) {
        if (holds(r, i)) {
            SC_TRY(check_part(r, shares, i, why));
        }
    }
    if (!sc_tally_is_complete(r->tally)) {
        if (why->code == SC_OK) {
            sc_fault_set(why, SC_E_IO, "there are too few parts of the sum");
        }
        sc_fault_remedy(why, "the answer comes when enough holders of the key "
                             "are back: `sharechain result ID`");
        err = why->code;
        goto out;
    }
    *why = (sc_fault){0};
    err = SC_OK;
out:
    return err;
}

sc_err sc_run_open_parts(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (r->plan->protocol != SC_PLAN_CIPHERTEXT_SUM) {
        return SC_OK;
    }
    SC_TRY(add_up(r, shares, why));
    if (r->is_holder) {
        SC_TRY(make_own(r, shares, why));
    }
    SC_TRY(swap_parts(r, shares, why));
    if (r->is_result) {
        SC_TRY(check_parts(r, shares, why));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
