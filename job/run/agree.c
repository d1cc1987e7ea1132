/* job/run/agree.c: nonces, the session id, consents and session keys.
 *
 *   each party                               every other party
 *   ------------------------------------------------------------------
 *   NONCE  nonce, X25519 key         -->
 *   sid = H(version, plan, parties, all nonces)
 *   CONSENT  signature over sid, job, plan, consortium, result parties, input,
 *            not_after; signature over my session key, for you  -->
 *   both ends key the transcripts of their channel and fold in these messages
 *
 * Whoever computed another plan, another sid or another consortium is named
 * here, before any share exists. */
#include <string.h>

#include "base/mem.h"
#include "job/run/run_state.h"
#include "job/run/salt.h"

#define POLICY_EPOCH 0 /* the only one: policies are files, not entries */

/* ---- my input ---------------------------------------------------------- */

sc_err sc_run_commit_input(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t salt[32];
    sc_bytes parts[2] = {{salt, sizeof salt},
                         {r->asset.digest, sizeof r->asset.digest}};
    sc_opt_bytes *mine = &r->inputs[r->my_position];

    if (!r->is_owner) {
        return SC_OK;
    }
    SC_TRY(sc_salt_get(salt, r->house->conf->store, r->asset.digest, why));
    mine->is_set = 1;
    sc_hash_tagged(mine->b, "receipt/input/1", parts, 2);
    err = SC_OK;
out:
    sc_wipe(salt, sizeof salt);
    return err;
}

/* ---- posts ------------------------------------------------------------- */

/* What was posted stands in the job, and was checked there (prepare.c). A commitment
 * is as fresh as a nonce, and enters the sid like one. */
static void take_posts(sc_run *r)
{
    for (size_t k = 0; k < r->job->n_posts; k++) {
        const sc_job_post *p = &r->job->posts[k];
        size_t i = sc_run_position(r, p->party);

        r->inputs[i].is_set = r->outputs[i].is_set = 1;
        memcpy(r->inputs[i].b, p->input, 32);
        memcpy(r->outputs[i].b, p->output, 32);
        memcpy(r->nonces[i], p->output, 32);
    }
}

/* ---- NONCE ------------------------------------------------------------- */

static sc_err exchange_nonces(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_rng rng = sc_rng_system();
    sc_buf room = {0};
    sc_msg_nonce m;
    sc_frame f;
    size_t me = r->my_position;

    SC_TRY(sc_rng_bytes(&rng, r->nonces[me], 32));
    SC_TRY(sc_seeds_keypair(&rng, r->secret_key, r->session_keys[me]));
    memcpy(m.nonce, r->nonces[me], 32);
    memcpy(m.key, r->session_keys[me], 32);
    take_posts(r);
    SC_TRY(sc_msg_nonce_put(&f, &room, &m));
    SC_TRY(sc_run_send_all(r, &f, why));
    /* Job and plan, while nonces are on their way: consent needs them safe. */
    SC_TRY(sc_record_sync(r->record, why));
    for (size_t i = 0; i < r->n_parties; i++) {
        if (!sc_run_is_peer(r, i)) {
            continue;
        }
        SC_TRY(sc_run_expect(r, i, &f, SC_MSG_NONCE, why));
        err = sc_msg_nonce_get(&m, &f);
        SC_REQUIRE(err == SC_OK && sc_key_check_x25519(m.key) == SC_OK,
                   sc_run_blame(r, i, why, SC_E_WIRE,
                                "its NONCE is malformed"));
        memcpy(r->nonces[i], m.nonce, 32);
        memcpy(r->session_keys[i], m.key, 32);
    }
    SC_TRY(sc_terms_sid(r->terms.sid, r->plan->digest, r->house->consortium,
                        r->plan->job_parties, (const uint8_t(*)[32])r->nonces));
    pthread_mutex_lock(&r->lock);
    r->has_sid = 1;
    pthread_mutex_unlock(&r->lock);
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}

/* ---- CONSENT ----------------------------------------------------------- */

static void fill_terms(sc_run *r)
{
    memcpy(r->terms.job, r->job_digest, 32);
    memcpy(r->terms.plan, r->plan->digest, 32);
    memcpy(r->terms.consortium, r->house->consortium->digest, 32);
    r->terms.results = r->plan->results;
    r->terms.not_after = r->job->not_after;
}

static sc_err send_consents(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_house *h = r->house;
    const sc_sign_key *identity = &h->keys->identity;
    sc_buf room = {0};
    sc_msg_consent m = {.epoch = POLICY_EPOCH,
                        .not_after = (uint64_t)r->terms.not_after};
    sc_frame f;

    memcpy(m.sid, r->terms.sid, 32);
    memcpy(m.job, r->terms.job, 32);
    memcpy(m.plan, r->terms.plan, 32);
    m.input = r->inputs[r->my_position];
    SC_TRY(sc_statement_consent(m.signature, identity, h->consortium, &r->terms,
                                &m.input, m.epoch));
    for (size_t i = 0; i < r->n_parties; i++) {
        if (!sc_run_is_peer(r, i)) {
            continue;
        }
        SC_TRY(sc_statement_key(m.key_signature, identity, h->consortium, m.sid,
                                h->me, r->parties[i],
                                r->session_keys[r->my_position]));
        SC_TRY(sc_msg_consent_put(&f, &room, &m));
        SC_TRY(sc_run_send(r, i, &f, why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}

/* What differs, in words; the first that does. */
static const char *difference(const sc_run *r, const sc_msg_consent *m)
{
    if (memcmp(m->job, r->terms.job, 32) != 0) {
        return "it speaks of another job";
    }
    if (memcmp(m->plan, r->terms.plan, 32) != 0) {
        return "it computed another plan from the same job: do both nodes run "
               "the same version?";
    }
    if (memcmp(m->sid, r->terms.sid, 32) != 0) {
        return "it computed another session id: it, or another party that "
               "sent it another nonce, lies";
    }
    if (m->not_after != (uint64_t)r->terms.not_after) {
        return "it speaks of another deadline";
    }
    return NULL;
}

static sc_err take_consent(sc_run *r, size_t i, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_consortium *c = r->house->consortium;
    size_t party = r->parties[i];
    int owns = (r->plan->owners >> party & 1) != 0;
    const char *differs;
    sc_msg_consent m;
    sc_frame f;

    SC_TRY(sc_run_expect(r, i, &f, SC_MSG_CONSENT, why));
    err = sc_msg_consent_get(&m, &f);
    SC_REQUIRE(err == SC_OK,
               sc_run_blame(r, i, why, err, "its CONSENT is malformed"));
    differs = difference(r, &m);
    SC_REQUIRE(differs == NULL,
               sc_run_suspect(r, i, why, SC_E_CHEAT, "%s", differs));
    SC_REQUIRE((m.input.is_set != 0) == owns,
               sc_run_blame(r, i, why, SC_E_CHEAT,
                            owns ? "its consent names no input"
                                 : "it owns no data here but names an input"));
    SC_REQUIRE(sc_statement_consent_verify(m.signature, party, c, &r->terms,
                                           &m.input, m.epoch) == SC_OK &&
                   sc_statement_key_verify(m.key_signature, c, r->terms.sid,
                                           party, r->house->me,
                                           r->session_keys[i]) == SC_OK,
               sc_run_blame(r, i, why, SC_E_CHEAT,
                            "a signature of its consent does not hold"));
    r->inputs[i] = m.input;
    err = SC_OK;
out:
    return err;
}

/* ---- seeds, transcripts ------------------------------------------------ */

/* The one use of my secret key. Who has posted has none: it is in no session. */
static sc_err derive_seeds(sc_run *r, sc_fault *why)
{
    uint8_t keys[SC_MAX_PARTIES][32];
    size_t n = 0;
    sc_err err;

    for (size_t i = 0; i < r->n_parties; i++) {
        if ((r->posted >> i & 1) == 0) {
            memcpy(keys[n++], r->session_keys[i], 32);
        }
    }
    err = sc_seeds_new(&r->seeds, sc_run_present(r, r->my_position),
                       r->secret_key, (const uint8_t(*)[32])keys, n,
                       r->terms.sid);

    sc_wipe(r->secret_key, sizeof r->secret_key);
    SC_REQUIRE(err == SC_OK, sc_fault_set(why, err,
                                          "a session key of a peer is not "
                                          "usable"));
    err = SC_OK;
out:
    return err;
}

static sc_err key_channels(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t key[32];

    for (size_t i = 0; i < r->n_parties; i++) {
        if (sc_run_is_peer(r, i)) {
            SC_TRY(sc_seeds_pair_key(r->seeds, key, sc_run_present(r, i),
                                     "chan/1"));
            SC_TRY(sc_chan_key(sc_session_chan(r->session, r->parties[i]),
                               r->terms.sid, r->my_position, i, key));
        }
    }
    err = SC_OK;
out:
    sc_wipe(key, sizeof key);
    return sc_fault_from(why, err);
}

sc_err sc_run_agree(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    sc_run_enter(r, SC_PHASE_CONSENT);
    SC_TRY(sc_run_commit_input(r, why));
    SC_TRY(exchange_nonces(r, why));
    fill_terms(r);
    SC_TRY(sc_record_put(r->record, SC_RECORD_CONSENT,
                         (sc_bytes){r->terms.sid, 32}, why));
    SC_TRY(send_consents(r, why));
    for (size_t i = 0; i < r->n_parties; i++) {
        if (sc_run_is_peer(r, i)) {
            SC_TRY(take_consent(r, i, why));
        }
    }
    SC_TRY(derive_seeds(r, why));
    SC_TRY(key_channels(r, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
