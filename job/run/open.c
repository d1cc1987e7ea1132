/* job/run/open.c: once the receipt is in this party's own replica, and not before,
 * its share goes to who adds up; they check, add and finish.
 *
 *   computing party                          result party
 *   ------------------------------------------------------------------
 *   SHARE  chunk, (size, root) released under; r32 in chunk 0  -->
 *                                            root against the own replica;
 *                                            share against the commitment in
 *                                            the receipt; sum; answer stored
 *   <-- RECEIVED  digest of what the answer was made from
 *   share erased
 *
 * Of a sum of ciphertexts the shares go to the key's holders too, who make their
 * parts of the sum (open_parts.c) before result parties have an answer.
 *
 * Nobody can open a share that the receipt does not speak of. A result party
 * may keep the answer and go silent: there is no fairness, and the outcome
 * entry names it. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/run/disclose.h"
#include "job/run/open_parts.h"
#include "job/run/opened_file.h"
#include "job/run/post_file.h"
#include "ledger/receipt.h"

#define RELEASE_SLICE_MS 50

/* ---- sending words ------------------------------------------------------ */

sc_err sc_run_send_words(sc_run *r, size_t to, size_t chunk,
                         const sc_released *what, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    size_t at = chunk * SC_MSG_MAX_SHARES;
    size_t left = what->words.len / SC_MSG_SHARE_WORD - at;
    sc_msg_share m = {.chunk = chunk,
                      .n = left < SC_MSG_MAX_SHARES ? left : SC_MSG_MAX_SHARES,
                      .last = left <= SC_MSG_MAX_SHARES,
                      .size = what->under.size};
    sc_frame f;

    memcpy(m.root, what->under.root.b, sizeof m.root);
    if (what->type == SC_MSG_SHARE && chunk == 0) {
        m.r32.is_set = 1;
        memcpy(m.r32.b, r->r32, sizeof r->r32);
    }
    m.values = (sc_bytes){what->words.p + at * SC_MSG_SHARE_WORD,
                          (size_t)m.n * SC_MSG_SHARE_WORD};
    SC_TRY(what->type == SC_MSG_SHARE ? sc_msg_share_put(&f, &room, &m)
                                      : sc_msg_part_put(&f, &room, &m));
    SC_TRY(sc_run_send(r, to, &f, why));
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}

/* ---- taking shares ----------------------------------------------------- */

/* The root a share was released under must be one of my own replica's, and the
 * entry below it. My replica may be a little behind the sender's. */
static sc_err check_release(sc_run *r, size_t from, const sc_msg_share *m,
                            sc_fault *why)
{
    uint64_t until = sc_clock_ms() + r->house->consortium->rules.deadline_ms;
    sc_node_hash root;
    sc_err err;

    do {
        uint64_t slice = sc_clock_ms() + RELEASE_SLICE_MS;

        err = sc_keeper_wait_size(r->house->keeper, m->size,
                                  slice < until ? slice : until);
        sc_run_say_progress(r);
    } while (err == SC_E_TIMEOUT && sc_clock_left(until) > 0 &&
             !sc_run_is_leaving(r));
    if (err != SC_OK) {
        return sc_run_suspect(r, from, why, SC_E_TIMEOUT,
                              "its share was released under a checkpoint of "
                              "size %llu, which did not reach this party",
                              (unsigned long long)m->size);
    }
    if (m->size <= r->index ||
        sc_chain_root(r->house->chain, &root, m->size) != SC_OK ||
        memcmp(root.b, m->root, sizeof m->root) != 0) {
        return sc_run_blame(r, from, why, SC_E_CHEAT,
                            "its share was released under a checkpoint that "
                            "this party's replica does not confirm");
    }
    return SC_OK;
}

sc_err sc_run_take_words(sc_run *r, size_t from, size_t chunk, sc_msg_type type,
                         sc_opened_share *out, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n = type == SC_MSG_PART ? sc_plan_part_words(r->plan)
                                   : sc_plan_share_words(r->plan);
    size_t at = chunk * SC_MSG_MAX_SHARES;
    size_t want = n - at < SC_MSG_MAX_SHARES ? n - at : SC_MSG_MAX_SHARES;
    sc_msg_share m;
    sc_frame f;

    SC_TRY(sc_run_expect(r, from, &f, type, why));
    err = type == SC_MSG_SHARE ? sc_msg_share_get(&m, &f)
                               : sc_msg_part_get(&m, &f);
    SC_REQUIRE(err == SC_OK && m.chunk == chunk && m.n == want &&
                   (m.last != 0) == (at + want == n),
               sc_run_blame(r, from, why, SC_E_WIRE, "its %s is malformed",
                            sc_msg_name(type)));
    if (chunk == 0) {
        SC_TRY(sc_buf_reserve(&out->vector, n * SC_MSG_SHARE_WORD));
        memcpy(out->r32, m.r32.b, sizeof out->r32); /* zero of a part */
    }
    SC_TRY(check_release(r, from, &m, why));
    SC_TRY(sc_buf_put_bytes(&out->vector, m.values));
    sc_run_say_progress(r);
    err = SC_OK;
out:
    return err;
}

static int computes(const sc_run *r, size_t position)
{
    return (r->plan->owners >> r->parties[position] & 1) != 0;
}

static int receives(const sc_run *r, size_t position)
{
    return (r->plan->results >> r->parties[position] & 1) != 0;
}

static int adds(const sc_run *r, size_t position)
{
    return (sc_plan_adders(r->plan) >> r->parties[position] & 1) != 0;
}

/* Who has a share or a part to keep until it is acknowledged. */
static int delivers(const sc_run *r, size_t position)
{
    return ((r->plan->owners | r->plan->holders) >> r->parties[position] & 1) !=
           0;
}

/* The asker's user may look at the log as soon as there is an answer. */
static void flush_chain(const sc_run *r)
{
    sc_fault late = {0};

    if (r->is_asker && sc_chain_flush(r->house->chain, &late) != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_ERROR, "ledger", "%s", late.text);
    }
}

/* One chunk to everybody, then one from everybody: two result parties who both
 * compute would else wait for each other's room. */
static sc_err swap_shares(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n = sc_plan_share_words(r->plan);
    const sc_released mine = {.type = SC_MSG_SHARE,
                              .words = sc_buf_bytes(&r->share_bytes),
                              .under = sc_chain_published(r->house->chain)};

    for (size_t chunk = 0; chunk * SC_MSG_MAX_SHARES < n; chunk++) {
        for (size_t i = 0; r->is_owner && i < r->n_parties; i++) {
            if (sc_run_is_peer(r, i) && adds(r, i)) {
                SC_TRY(sc_run_send_words(r, i, chunk, &mine, why));
            }
        }
        if (chunk == 0) {
            flush_chain(r); /* while shares are on their way */
        }
        for (size_t i = 0; adds(r, r->my_position) && i < r->n_parties; i++) {
            if (sc_run_is_peer(r, i) && computes(r, i)) {
                SC_TRY(sc_run_take_words(r, i, chunk, SC_MSG_SHARE, &shares[i],
                                         why));
            }
        }
    }
    err = SC_OK;
out:
    return err;
}

/* What was posted lies here since before the session. */
static sc_err read_posts(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < r->n_parties; i++) {
        if ((r->posted >> i & 1) != 0) {
            SC_TRY(sc_post_file_get(NULL, &shares[i], r->house, r->call,
                                    r->parties[i], why));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* My own share is with the others' from here on. */
static sc_err check_shares(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < r->n_parties; i++) {
        if (!computes(r, i)) {
            continue;
        }
        if (i == r->my_position) {
            shares[i].vector = r->share_bytes;
            r->share_bytes = (sc_buf){0};
            memcpy(shares[i].r32, r->r32, sizeof r->r32);
        } else if (sc_opened_share_verify(
                       &shares[i], sc_run_share_id(r, i),
                       r->house->consortium->parties[r->parties[i]].did,
                       r->outputs[i].b) != SC_OK) {
            err = sc_run_blame(r, i, why, SC_E_CHEAT,
                               "its share does not match its commitment in "
                               "the receipt");
            goto out;
        }
        shares[i].is_there = 1;
    }
    err = SC_OK;
out:
    return err;
}

/* ---- acknowledging ----------------------------------------------------- */

static sc_err send_received(sc_run *r, const uint8_t digest[32], sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    sc_msg_received m;
    sc_frame f;

    memcpy(m.digest, digest, 32);
    SC_TRY(sc_msg_received_put(&f, &room, &m));
    for (size_t i = 0; i < r->n_parties; i++) {
        if (sc_run_is_peer(r, i) && delivers(r, i)) {
            SC_TRY(sc_run_send(r, i, &f, why));
        }
    }
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}

static sc_err wait_received(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_msg_received m;
    sc_frame f;

    for (size_t i = 0; i < r->n_parties; i++) {
        if (i == r->my_position || !receives(r, i)) {
            continue;
        }
        if ((r->lost >> i & 1) != 0) { /* it may need what is here, later */
            r->is_owed = 1;
            continue;
        }
        SC_TRY(sc_run_expect(r, i, &f, SC_MSG_RECEIVED, why));
        err = sc_msg_received_get(&m, &f);
        SC_REQUIRE(err == SC_OK,
                   sc_run_blame(r, i, why, err, "its RECEIVED is malformed"));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- the phase --------------------------------------------------------- */

static sc_err finish(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t digest[32];
    const size_t n = sc_outcome_count(r->plan, r->n_parties);

    sc_outcome_digest(digest, shares, n);
    SC_TRY(
        sc_outcome_answer(&r->answer, r->plan, r->tally, shares, r->n_parties));
    SC_TRY(sc_opened_file_put(r->record, shares, n, why));
    SC_TRY(sc_record_put(r->record, SC_RECORD_ANSWER, sc_buf_bytes(&r->answer),
                         why));
    sc_run_enter(r, SC_PHASE_DELIVER);
    sc_run_remember(r);
    SC_TRY(send_received(r, digest, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* From everybody's shares to the answer, where this party adds up. */
static sc_err add_up(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(read_posts(r, shares, why));
    SC_TRY(check_shares(r, shares, why));
    SC_TRY(sc_run_open_parts(r, shares, why));
    if (r->is_result) {
        SC_TRY(finish(r, shares, why));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_run_open(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_opened_share *shares = sc_alloc(SC_OUTCOME_MAX, sizeof *shares);

    SC_REQUIRE(shares != NULL, SC_E_MEM);
    sc_run_enter(r, SC_PHASE_OPEN);
    SC_TRY(swap_shares(r, shares, why));
    if (adds(r, r->my_position)) {
        SC_TRY(add_up(r, shares, why));
    }
    if (!r->is_result) {
        sc_run_enter(r, SC_PHASE_DELIVER);
    }
    if (delivers(r, r->my_position)) {
        SC_TRY(wait_received(r, why));
    }
    err = SC_OK;
out:
    if (shares != NULL) {
        sc_opened_shares_clear(shares, SC_OUTCOME_MAX);
    }
    sc_free(shares);
    return sc_fault_from(why, err);
}

sc_err sc_run_close(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint32_t readers = sc_job_readers(r->job);

    if (r->is_result) {
        sc_run_delivered(r);
    }
    if (r->is_owed) {
        return SC_OK;
    }
    if (readers != 0) {
        SC_TRY(sc_record_put_delivered(r->record, why));
    }
    SC_TRY(sc_record_erase_share(r->record, why));
    if (readers == 0) {
        SC_TRY(
            sc_record_put_later(r->record, SC_RECORD_DONE, (sc_bytes){0}, why));
    } else {
        sc_disclose_say(r->house, r->job->id, readers,
                        sc_buf_bytes(&r->job_text), sc_buf_bytes(&r->receipt));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
