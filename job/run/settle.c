/* job/run/settle.c: from a masked share to a receipt that all have signed.
 *
 *   each party                               every other party
 *   ------------------------------------------------------------------
 *   C = commitment to y = x + z (share.c)
 *   COMMIT  C, heads of my channels, signature over both  -->
 *   both heads of each channel agree, or the pair is named
 *   build the receipt from my own state; store it, as y is already
 *   SIGN  its digest, my signature           -->
 *   the same digest and a valid signature from everybody
 *   store the receipt, submit its entry (what the log makes of it: prove.c)
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/run/call.h"
#include "job/run/run_state.h"
#include "ledger/receipt.h"

/* ---- who is there -------------------------------------------------------- */

static int is_channel(const sc_run *r, size_t from, size_t to)
{
    return from != to && ((r->posted >> from | r->posted >> to) & 1) == 0;
}

/* ---- COMMIT ------------------------------------------------------------ */

/* Out and in of each channel, in the job's order. */
static sc_err pack_heads(sc_run *r)
{
    sc_err err = SC_E_BUG;
    sc_buf *heads = &r->heads[r->my_position];

    for (size_t i = 0; i < r->n_parties; i++) {
        sc_chan *chan;
        sc_transcript_head head;

        if (!sc_run_is_peer(r, i)) {
            continue;
        }
        chan = sc_session_chan(r->session, r->parties[i]);
        SC_TRY(sc_chan_head(chan, SC_CHAN_OUT, &head));
        SC_TRY(sc_msg_commit_head_put(heads, &head));
        SC_TRY(sc_chan_head(chan, SC_CHAN_IN, &head));
        SC_TRY(sc_msg_commit_head_put(heads, &head));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err send_commit(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = r->house;
    sc_buf room = {0};
    sc_msg_commit m = {.output = r->outputs[r->my_position]};
    sc_frame f;

    SC_TRY(pack_heads(r));
    m.heads = sc_buf_bytes(&r->heads[r->my_position]);
    SC_TRY(sc_statement_heads(m.signature, &h->keys->identity, h->consortium,
                              r->terms.sid, h->me, &m.output, m.heads));
    SC_TRY(sc_msg_commit_put(&f, &room, &m));
    SC_TRY(sc_run_send_all(r, &f, why));
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}

/* Are the numbers such that the receipt can hold them? */
static int heads_fit(sc_bytes heads)
{
    size_t n = heads.len / SC_MSG_HEAD_LEN;
    sc_transcript_head head;

    for (size_t i = 0; i < n; i++) {
        if (sc_msg_commit_head(&head, heads, i) != SC_OK ||
            head.count > SC_JSON_MAX_INT || head.bytes > SC_JSON_MAX_INT) {
            return 0;
        }
    }
    return heads.len % SC_MSG_HEAD_LEN == 0;
}

static sc_err take_commit(sc_run *r, size_t i, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t party = r->parties[i];
    int owns = (r->plan->owners >> party & 1) != 0;
    sc_msg_commit m;
    sc_frame f;

    SC_TRY(sc_run_expect(r, i, &f, SC_MSG_COMMIT, why));
    err = sc_msg_commit_get(&m, &f);
    SC_REQUIRE(err == SC_OK && (m.output.is_set != 0) == owns &&
                   m.heads.len == 2 * (sc_run_present(r, r->n_parties) - 1) *
                                      SC_MSG_HEAD_LEN &&
                   heads_fit(m.heads),
               sc_run_blame(r, i, why, SC_E_WIRE, "its COMMIT is malformed"));
    SC_REQUIRE(sc_statement_heads_verify(m.signature, r->house->consortium,
                                         r->terms.sid, party, &m.output,
                                         m.heads) == SC_OK,
               sc_run_blame(r, i, why, SC_E_CHEAT,
                            "the signature of its COMMIT does not hold"));
    r->outputs[i] = m.output;
    sc_buf_reset(&r->heads[i]);
    SC_TRY(sc_buf_put_bytes(&r->heads[i], m.heads));
    err = SC_OK;
out:
    return err;
}

/* What position `teller` says of its channel with `other`. */
static sc_err told_head(const sc_run *r, sc_transcript_head *head,
                        size_t teller, size_t other, sc_direction d)
{
    size_t slot = sc_run_present(r, other) - (teller < other);

    return sc_msg_commit_head(head, sc_buf_bytes(&r->heads[teller]),
                              2 * slot + (d == SC_CHAN_IN));
}

/* Both ends of each channel must have seen the same. */
static sc_err compare_heads(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_party *parties = r->house->consortium->parties;

    for (size_t i = 0; i < r->n_parties; i++) {
        for (size_t j = 0; j < r->n_parties; j++) {
            sc_transcript_head sent, seen;

            if (!is_channel(r, i, j)) {
                continue;
            }
            SC_TRY(told_head(r, &sent, i, j, SC_CHAN_OUT));
            SC_TRY(told_head(r, &seen, j, i, SC_CHAN_IN));
            SC_REQUIRE(memcmp(sent.hash, seen.hash, 32) == 0 &&
                           sent.count == seen.count && sent.bytes == seen.bytes,
                       sc_run_suspect(r, i == r->my_position ? j : i, why,
                                      SC_E_CHEAT,
                                      "%s and %s do not agree on what passed "
                                      "between them; one of the two lies",
                                      parties[r->parties[i]].name,
                                      parties[r->parties[j]].name));
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_run_commit(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    sc_run_enter(r, SC_PHASE_COMMIT);
    sc_seeds_free(&r->seeds);
    SC_TRY(send_commit(r, why));
    for (size_t i = 0; i < r->n_parties; i++) {
        if (sc_run_is_peer(r, i)) {
            SC_TRY(take_commit(r, i, why));
        }
    }
    SC_TRY(compare_heads(r, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* ---- the receipt ------------------------------------------------------- */

/* The salt that hides job and receipt from who only sees the log: known to the
 * parties, who all know the nonces. */
static void receipt_salt(const sc_run *r, uint8_t salt[32])
{
    sc_bytes parts[1 + SC_MAX_PARTIES];

    parts[0] = (sc_bytes){r->terms.sid, 32};
    for (size_t i = 0; i < r->n_parties; i++) {
        parts[1 + i] = (sc_bytes){r->nonces[i], 32};
    }
    sc_hash_tagged(salt, "receipt/salt/1", parts, 1 + r->n_parties);
}

static sc_err salted_job(const sc_run *r, uint8_t digest[32],
                         const uint8_t salt[32])
{
    sc_err err = SC_E_BUG;
    sc_buf b = {0};

    SC_TRY(sc_buf_put(&b, salt, 32));
    SC_TRY(sc_buf_put_bytes(&b, sc_buf_bytes(&r->job_text)));
    sc_sha256(digest, sc_buf_bytes(&b));
    err = SC_OK;
out:
    sc_buf_clear(&b);
    return err;
}

static void fill_parties(const sc_run *r, sc_receipt *receipt)
{
    receipt->n_parties = r->n_parties;
    for (size_t i = 0; i < r->n_parties; i++) {
        sc_receipt_party *p = &receipt->parties[i];
        size_t party = r->parties[i];

        p->did = r->house->consortium->parties[party].did;
        p->roles = sc_plan_roles(r->plan, party, r->job->asker);
        if ((p->roles & SC_ROLE_COMPUTING) != 0) {
            memcpy(p->input, r->inputs[i].b, 32);
            memcpy(p->output, r->outputs[i].b, 32);
        }
    }
}

/* What owners who are not there signed instead of this. */
static void fill_posts(const sc_run *r, sc_receipt *receipt)
{
    if (r->job->n_posts == 0) {
        return;
    }
    receipt->has_call = 1;
    memcpy(receipt->call, r->call, 32);
    memcpy(receipt->call_plan, r->plan->query_digest, 32);
    for (size_t k = 0; k < r->job->n_posts; k++) {
        const sc_job_post *post = &r->job->posts[k];
        sc_receipt_party *p =
            &receipt->parties[sc_run_position(r, post->party)];

        p->is_posted = 1;
        p->posted = post->time;
        memcpy(p->post, post->proof, sizeof p->post);
    }
}

static sc_err fill_channels(const sc_run *r, sc_receipt *receipt)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < r->n_parties; i++) {
        for (size_t j = 0; j < r->n_parties; j++) {
            sc_receipt_channel *c = &receipt->channels[receipt->n_channels];
            sc_transcript_head head;

            if (is_channel(r, i, j)) {
                SC_TRY(told_head(r, &head, i, j, SC_CHAN_OUT));
                *c = (sc_receipt_channel){.from = i,
                                          .to = j,
                                          .messages = head.count,
                                          .bytes = head.bytes};
                memcpy(c->hash, head.hash, 32);
                receipt->n_channels++;
            }
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err list_disclosed(const sc_plan *p, json_t **out)
{
    sc_err err = SC_E_BUG;
    json_t *list = json_array();

    for (size_t i = 0; i < p->n_reveals; i++) {
        SC_REQUIRE(json_array_append_new(list, json_string(p->reveals[i])) == 0,
                   SC_E_MEM);
    }
    for (size_t i = 0; i < p->n_leaks; i++) {
        SC_REQUIRE(json_array_append_new(list, json_string(p->leaks[i])) == 0,
                   SC_E_MEM);
    }
    *out = list;
    list = NULL;
    err = SC_OK;
out:
    json_decref(list);
    return err;
}

static sc_err build_receipt(sc_run *r, json_t **body)
{
    sc_err err = SC_E_BUG;
    const sc_consortium *c = r->house->consortium;
    sc_receipt *receipt = sc_alloc(1, sizeof *receipt);
    char collusion[SC_PLAN_COLLUSION_LEN];
    json_t *disclosed = NULL;

    SC_REQUIRE(receipt != NULL, SC_E_MEM);
    memcpy(receipt->sid, r->terms.sid, 32);
    memcpy(receipt->consortium, c->digest, 32);
    memcpy(receipt->job_id, r->job->id, 16);
    receipt_salt(r, receipt->salt);
    SC_TRY(salted_job(r, receipt->job_digest, receipt->salt));
    memcpy(receipt->plan_digest, r->plan->digest, 32);
    sc_plan_collusion_words(collusion, r->plan);
    receipt->protocol = sc_plan_protocol_name(r->plan);
    receipt->model = SC_PLAN_MODEL;
    receipt->collusion = collusion;
    receipt->ring = r->plan->ring;
    fill_parties(r, receipt);
    fill_posts(r, receipt);
    SC_TRY(fill_channels(r, receipt));
    receipt->cells = r->plan->n_cells;
    receipt->vectors = r->plan->n_supports + r->plan->n_opened;
    receipt->words = r->plan->protocol == SC_PLAN_CIPHERTEXT_SUM
                         ? sc_plan_share_words(r->plan)
                         : 0;
    SC_TRY(list_disclosed(r->plan, &disclosed));
    receipt->disclosed = disclosed;
    receipt->min_group = c->rules.min_group;
    receipt->sw_name = "sharechain";
    receipt->sw_version = SC_VERSION;
    receipt->started = r->job->time;
    receipt->not_after = r->job->not_after;
    SC_TRY(sc_receipt_make(body, receipt));
    err = SC_OK;
out:
    json_decref(disclosed);
    sc_free(receipt);
    return err;
}

/* ---- SIGN -------------------------------------------------------------- */

/* With the share, which is stored since it was made, all that delivery needs
 * after a crash; before my signature leaves. */
static sc_err store_signed(sc_run *r, const json_t *body, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    SC_TRY(sc_jcs_put(&text, body));
    SC_TRY(sc_record_put(r->record, SC_RECORD_BODY, sc_buf_bytes(&text), why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

static sc_err take_sign(sc_run *r, size_t i, const json_t *body,
                        const uint8_t digest[32], uint8_t sig[SC_SIG_LEN],
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_party *party = &r->house->consortium->parties[r->parties[i]];
    sc_msg_sign m;
    sc_frame f;

    SC_TRY(sc_run_expect(r, i, &f, SC_MSG_SIGN, why));
    err = sc_msg_sign_get(&m, &f);
    SC_REQUIRE(err == SC_OK,
               sc_run_blame(r, i, why, err, "its SIGN is malformed"));
    SC_REQUIRE(memcmp(m.receipt, digest, 32) == 0,
               sc_run_blame(r, i, why, SC_E_CHEAT,
                            "it built another receipt from this session"));
    SC_REQUIRE(sc_receipt_check(body, party->did, r->job->time, party->identity,
                                m.proof) == SC_OK,
               sc_run_blame(r, i, why, SC_E_CHEAT,
                            "its signature under the receipt does not hold"));
    memcpy(sig, m.proof, SC_SIG_LEN);
    err = SC_OK;
out:
    return err;
}

static sc_err send_sign(sc_run *r, const uint8_t digest[32],
                        const uint8_t sig[SC_SIG_LEN], sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    sc_msg_sign m;
    sc_frame f;

    memcpy(m.receipt, digest, 32);
    memcpy(m.proof, sig, SC_SIG_LEN);
    SC_TRY(sc_msg_sign_put(&f, &room, &m));
    SC_TRY(sc_run_send_all(r, &f, why));
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}

/* The secured receipt and its entry are stored, then the entry submitted. */
static sc_err seal_receipt(sc_run *r, json_t *body,
                           const uint8_t (*sigs)[SC_SIG_LEN], sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = r->house;
    sc_buf entry = {0};
    sc_entry_type fate;
    uint64_t index;
    sc_entry e;

    SC_TRY(sc_receipt_seal(body, r->job->time, sigs, r->n_parties));
    SC_TRY(sc_jcs_put(&r->receipt, body));
    SC_TRY(sc_receipt_entry(&e, body, h->consortium->parties[h->me].did,
                            &h->keys->identity));
    SC_TRY(sc_entry_make(&entry, &e));
    SC_TRY(sc_record_put(r->record, SC_RECORD_RECEIPT,
                         sc_buf_bytes(&r->receipt), why));
    if (sc_chain_fate(h->chain, &fate, &index, e.s) != SC_OK) {
        SC_TRY(sc_keeper_submit(h->keeper, sc_buf_bytes(&entry), why));
    } /* else another party was faster */
    err = SC_OK;
out:
    sc_buf_clear(&entry);
    return sc_fault_from(why, err);
}

/* Everybody has committed, so this is no repeat: it counts. */
static sc_err spend(sc_run *r, sc_fault *why)
{
    const sc_house *h = r->house;
    sc_refusal kind;

    return sc_policy_spend(&kind, h->history, h->conf, r->job, r->plan,
                           sc_clock_wall() / SC_DAY_S, why);
}

sc_err sc_run_sign(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t sigs[SC_MAX_PARTIES][SC_SIG_LEN], digest[32];
    const sc_house *h = r->house;
    json_t *body = NULL;
    size_t me = r->my_position;

    sc_run_enter(r, SC_PHASE_SIGN);
    SC_TRY(build_receipt(r, &body));
    SC_TRY(sc_receipt_id(digest, body));
    SC_TRY(sc_receipt_sign(sigs[me], body, h->consortium->parties[h->me].did,
                           r->job->time, &h->keys->identity));
    if (r->job->n_posts > 0) {
        SC_TRY(sc_call_claim(h, r->call, r->terms.sid, r->job->id,
                             r->job->call.not_after, why));
    }
    SC_TRY(spend(r, why));
    SC_TRY(store_signed(r, body, why));
    pthread_mutex_lock(&r->lock);
    r->is_signed = 1;
    pthread_mutex_unlock(&r->lock);
    SC_TRY(send_sign(r, digest, sigs[me], why));
    for (size_t i = 0; i < r->n_parties; i++) {
        if (sc_run_is_peer(r, i)) {
            SC_TRY(take_sign(r, i, body, digest, sigs[i], why));
        }
    }
    SC_TRY(seal_receipt(r, body, (const uint8_t(*)[SC_SIG_LEN])sigs, why));
    err = SC_OK;
out:
    json_decref(body);
    return sc_fault_from(why, err);
}
