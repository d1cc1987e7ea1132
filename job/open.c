/* job/open.c: once the receipt is in this party's own replica, and not before,
 * its share goes to the result parties; they check, add and finish.
 *
 *   computing party                          result party
 *   ------------------------------------------------------------------
 *   SHARE  chunk, (size, root) released under; salt in chunk 0  -->
 *                                            root against the own replica;
 *                                            share against the commitment in
 *                                            the receipt; sum; answer stored
 *   <-- RECEIVED  digest of what the answer was made from
 *   share erased
 *
 * Nobody can open a share that the receipt does not speak of. A result party
 * may keep the answer and go silent: there is no fairness, and the outcome
 * entry names it. */
#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "job/outcome.h"
#include "job/run_state.h"
#include "ledger/receipt.h"

/* ---- sending my share -------------------------------------------------- */

static sc_err send_share(sc_run *r, size_t to, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    sc_head head = sc_chain_published(r->house->chain);
    size_t n = sc_plan_vector_len(r->plan);
    sc_frame f;

    for (size_t at = 0; at < n; at += SC_MSG_MAX_SHARES) {
        size_t left = n - at;
        sc_msg_share m = {.chunk = at / SC_MSG_MAX_SHARES,
                          .n = left < SC_MSG_MAX_SHARES ? left
                                                        : SC_MSG_MAX_SHARES,
                          .last = left <= SC_MSG_MAX_SHARES,
                          .size = head.size};

        memcpy(m.root, head.root.b, sizeof m.root);
        if (at == 0) {
            m.salt.is_set = 1;
            memcpy(m.salt.b, r->salt, sizeof r->salt);
        }
        m.values = (sc_bytes){r->share_bytes.p + at * SC_MSG_SHARE_WORD,
                              (size_t)m.n * SC_MSG_SHARE_WORD};
        SC_TRY(sc_msg_share_put(&f, &room, &m));
        SC_TRY(sc_run_send(r, to, &f, why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}

static sc_err send_shares(sc_run *r, sc_fault *why)
{
    sc_err err = SC_OK;

    for (size_t i = 0; i < r->n_parties && err == SC_OK && r->is_owner; i++) {
        if (i != r->my_position &&
            (r->plan->results >> r->parties[i] & 1) != 0) {
            err = send_share(r, i, why);
        }
    }
    return err;
}

/* ---- taking shares ----------------------------------------------------- */

/* The root a share was released under must be one of my own replica's, and the
 * entry below it. */
static sc_err check_release(sc_run *r, size_t from, const sc_msg_share *m,
                            sc_fault *why)
{
    sc_node_hash root;

    if (m->size <= r->index ||
        sc_chain_root(r->house->chain, &root, m->size) != SC_OK ||
        memcmp(root.b, m->root, sizeof m->root) != 0) {
        return sc_run_blame(r, from, why, SC_E_CHEAT,
                            "its share was released under a checkpoint that "
                            "this party's replica does not confirm");
    }
    return SC_OK;
}

static sc_err take_chunk(sc_run *r, size_t from, sc_buf *vector,
                         uint8_t salt[32], int *is_last, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n = sc_plan_vector_len(r->plan);
    size_t at = vector->len / SC_MSG_SHARE_WORD;
    size_t want = n - at < SC_MSG_MAX_SHARES ? n - at : SC_MSG_MAX_SHARES;
    sc_msg_share m;
    sc_frame f;

    SC_TRY(sc_run_expect(r, from, &f, SC_MSG_SHARE, why));
    err = sc_msg_share_get(&m, &f);
    SC_REQUIRE(err == SC_OK && m.chunk == at / SC_MSG_MAX_SHARES &&
                   m.n == want && (m.last != 0) == (at + want == n),
               sc_run_blame(r, from, why, SC_E_WIRE, "its SHARE is malformed"));
    if (at == 0) {
        memcpy(salt, m.salt.b, 32);
    }
    SC_TRY(check_release(r, from, &m, why));
    SC_TRY(sc_buf_put_bytes(vector, m.values));
    *is_last = m.last != 0;
    err = SC_OK;
out:
    return err;
}

static sc_err take_share(sc_run *r, size_t from, sc_opened_share *out,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    int is_last = 0;

    while (!is_last) {
        SC_TRY(take_chunk(r, from, &out->vector, out->salt, &is_last, why));
    }
    SC_TRY(sc_opened_share_verify(
        out, r->terms.sid, r->house->consortium->parties[r->parties[from]].did,
        r->outputs[from].b));
    err = SC_OK;
out:
    if (err == SC_E_CHEAT) {
        sc_run_blame(r, from, why, err,
                     "its share does not match its commitment in the receipt");
    }
    return err;
}

static sc_err take_shares(sc_run *r, sc_opened_share *shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < r->n_parties; i++) {
        if ((r->plan->owners >> r->parties[i] & 1) == 0) {
            continue;
        }
        shares[i].is_there = 1;
        if (i == r->my_position) {
            SC_TRY(sc_buf_put_bytes(&shares[i].vector,
                                    sc_buf_bytes(&r->share_bytes)));
            memcpy(shares[i].salt, r->salt, sizeof r->salt);
        } else {
            SC_TRY(take_share(r, i, &shares[i], why));
        }
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
        if (i != r->my_position &&
            (r->plan->owners >> r->parties[i] & 1) != 0) {
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
        if (i == r->my_position ||
            (r->plan->results >> r->parties[i] & 1) == 0) {
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

static sc_err finish(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_opened_share *shares = sc_alloc(SC_MAX_PARTIES, sizeof *shares);
    uint8_t digest[32];
    sc_buf opened = {0};

    SC_REQUIRE(shares != NULL, SC_E_MEM);
    SC_TRY(take_shares(r, shares, why));
    SC_TRY(
        sc_outcome_answer(&r->answer, digest, r->plan, shares, r->n_parties));
    SC_TRY(sc_opened_shares_put(&opened, shares, r->n_parties));
    SC_TRY(sc_record_put_opened(r->record, sc_buf_bytes(&opened), why));
    SC_TRY(sc_record_put(r->record, SC_RECORD_ANSWER, sc_buf_bytes(&r->answer),
                         why));
    sc_run_enter(r, SC_PHASE_DELIVER);
    SC_TRY(send_received(r, digest, why));
    err = SC_OK;
out:
    if (shares != NULL) {
        sc_opened_shares_clear(shares, SC_MAX_PARTIES);
    }
    sc_buf_clear(&opened);
    sc_free(shares);
    return sc_fault_from(why, err);
}

sc_err sc_run_open(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    sc_run_enter(r, SC_PHASE_OPEN);
    SC_TRY(send_shares(r, why));
    if (r->is_result) {
        SC_TRY(finish(r, why));
    }
    sc_run_enter(r, SC_PHASE_DELIVER);
    if (r->is_owner) {
        SC_TRY(wait_received(r, why));
    }
    SC_TRY(sc_record_erase_share(r->record, why));
    SC_TRY(sc_record_put(r->record, SC_RECORD_DONE, (sc_bytes){0}, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
