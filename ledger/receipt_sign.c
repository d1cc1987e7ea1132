/* ledger/receipt_sign.c: signatures on receipts, and what the log holds of them. */
#include <string.h>

#include "base/json.h"
#include "ledger/post.h"
#include "ledger/receipt.h"

/* Is it a party that was there, and so signs and submits? */
static int is_present(const sc_receipt *r, const char *did)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (strcmp(r->parties[i].did, did) == 0) {
            return !r->parties[i].is_posted;
        }
    }
    return 0;
}

sc_err sc_receipt_sign(uint8_t sig[static SC_SIG_LEN], const json_t *body,
                       const char *did, int64_t created,
                       const sc_sign_key *identity)
{
    char vm[SC_DID_VM_LEN + 1];
    sc_receipt r;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_receipt_take(&r, body));
    SC_REQUIRE(is_present(&r, did), SC_E_ARG);
    SC_TRY(sc_did_vm(vm, did));
    SC_TRY(sc_proof_sign(sig, body, vm, created, identity));
    err = SC_OK;
out:
    return err;
}

sc_err sc_receipt_check(const json_t *body, const char *did, int64_t created,
                        const uint8_t pk[static SC_KEY_LEN],
                        const uint8_t sig[static SC_SIG_LEN])
{
    char vm[SC_DID_VM_LEN + 1];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_did_vm(vm, did));
    SC_TRY(sc_proof_check(body, vm, created, pk, sig));
    err = SC_OK;
out:
    return err;
}

sc_err sc_receipt_seal(json_t *body, int64_t created,
                       const uint8_t (*sigs)[SC_SIG_LEN], size_t n_sigs)
{
    sc_proof_signer signers[SC_MAX_PARTIES] = {0};
    size_t n_signers = 0;
    sc_receipt r;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_receipt_take(&r, body));
    SC_REQUIRE(n_sigs == r.n_parties, SC_E_ARG);
    for (size_t i = 0; i < n_sigs; i++) {
        if (!r.parties[i].is_posted) {
            signers[n_signers].did = r.parties[i].did;
            memcpy(signers[n_signers++].sig, sigs[i], SC_SIG_LEN);
        }
    }
    SC_TRY(sc_proofset_put(body, created, signers, n_signers));
    err = SC_OK;
out:
    return err;
}

/* ---- verifying --------------------------------------------------------- */

/* A receipt under a roster, of which all its parties are members. */
typedef struct {
    const json_t *secured;
    const sc_roster *roster;
    sc_receipt r;
    size_t who[SC_MAX_PARTIES]; /* its parties, by number in the roster */
} checked;

static const char *name_of(const checked *c, size_t party)
{
    return c->roster->parties[c->who[party]].name;
}

static const uint8_t *key_of(const checked *c, size_t party)
{
    return c->roster->parties[c->who[party]].identity;
}

static int is_offline(const checked *c, size_t party)
{
    return c->roster->parties[c->who[party]].is_offline != 0;
}

static sc_err find_members(checked *c, sc_fault *why)
{
    for (size_t i = 0; i < c->r.n_parties; i++) {
        c->who[i] = sc_roster_find_did(c->roster, c->r.parties[i].did);
        if (c->who[i] == SC_ROSTER_NONE) {
            return sc_fault_set(why, SC_E_CHEAT,
                                "the receipt names %s, who is no member",
                                c->r.parties[i].did);
        }
    }
    return SC_OK;
}

/* The party whose method a proof names, or SIZE_MAX. */
static size_t find_signer(const checked *c, const json_t *proof)
{
    const char *method;
    char vm[SC_DID_VM_LEN + 1];

    for (size_t i = 0; i < c->r.n_parties; i++) {
        if (sc_json_str(&method, proof, "verificationMethod") == SC_OK &&
            sc_did_vm(vm, c->r.parties[i].did) == SC_OK &&
            strcmp(vm, method) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Who signs is not who was there. */
static sc_err blame_signers(const checked *c, sc_err err,
                            const size_t *n_proofs, sc_fault *why)
{
    for (size_t i = 0; i < c->r.n_parties; i++) {
        if (c->r.parties[i].is_posted && n_proofs[i] > 0) {
            return sc_fault_set(why, err,
                                "the receipt is signed by %s, who posted and "
                                "was not there",
                                name_of(c, i));
        }
        if (!c->r.parties[i].is_posted && n_proofs[i] == 0) {
            return sc_fault_set(why, err, "the receipt is not signed by %s",
                                name_of(c, i));
        }
    }
    return sc_fault_set(why, err,
                        "the receipt is not signed by exactly its parties");
}

/* The set does not hold: was the text changed, so that no signature does, or one
 * signature, or who signs? */
static sc_err blame_proofs(const checked *c, sc_err err, sc_fault *why)
{
    const json_t *proofs = json_object_get(c->secured, "proof");
    size_t n_proofs[SC_MAX_PARTIES] = {0};
    size_t n_hold = 0, n_right = 0, bad = SIZE_MAX;

    for (size_t i = 0; i < json_array_size(proofs); i++) {
        const json_t *proof = json_array_get(proofs, i);
        size_t who = find_signer(c, proof);

        if (who != SIZE_MAX) {
            int holds =
                sc_proof_verify(c->secured, proof, key_of(c, who)) == SC_OK;

            n_right += n_proofs[who]++ == 0 && !c->r.parties[who].is_posted;
            n_hold += (size_t)holds;
            bad = holds ? bad : who;
        }
    }
    if (n_right != sc_receipt_n_present(&c->r) ||
        n_right != json_array_size(proofs) || bad == SIZE_MAX) {
        return blame_signers(c, err, n_proofs, why);
    }
    if (n_hold == 0) {
        return sc_fault_set(why, err,
                            "its text was changed after its parties signed "
                            "it");
    }
    return sc_fault_set(why, err, "the signature of %s under it was changed",
                        name_of(c, bad));
}

/* By each party that was there, and by no other, at one second of its time. */
static sc_err check_proofs(const checked *c, int64_t *created, sc_fault *why)
{
    sc_proof_signer signers[SC_MAX_PARTIES] = {0};
    size_t n_signers = 0;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < c->r.n_parties; i++) {
        if (!c->r.parties[i].is_posted) {
            signers[n_signers].did = c->r.parties[i].did;
            memcpy(signers[n_signers++].pk, key_of(c, i), SC_KEY_LEN);
        }
    }
    err = sc_proofset_verify(created, c->secured, signers, n_signers);
    if (err == SC_E_WIRE || err == SC_E_CHEAT) {
        return blame_proofs(c, err, why);
    }
    SC_TRY(err);
    if (*created < c->r.started || *created > c->r.not_after) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the receipt was signed outside its time");
    }
    err = SC_OK;
out:
    return err;
}

/* What the receipt says that this party posted. */
static sc_post post_of(const sc_receipt *r, size_t party)
{
    const sc_receipt_party *p = &r->parties[party];
    sc_post post = {.did = p->did, .time = p->posted};

    memcpy(post.call, r->call, SC_HASH_LEN);
    memcpy(post.plan, r->call_plan, SC_HASH_LEN);
    memcpy(post.consortium, r->consortium, SC_HASH_LEN);
    memcpy(post.input, p->input, SC_HASH_LEN);
    memcpy(post.output, p->output, SC_HASH_LEN);
    return post;
}

/* Who posts and leaves is in no session, and nobody else may be missing in one. */
static sc_err check_posts(const checked *c, sc_fault *why)
{
    for (size_t i = 0; i < c->r.n_parties; i++) {
        const sc_receipt_party *p = &c->r.parties[i];
        sc_post post = post_of(&c->r, i);

        if (p->is_posted != is_offline(c, i)) {
            return sc_fault_set(why, SC_E_CHEAT,
                                p->is_posted
                                    ? "%s posted, and is no party that posts "
                                      "and leaves"
                                    : "%s posts and leaves, and did not post",
                                name_of(c, i));
        }
        if (p->is_posted &&
            sc_post_check(&post, key_of(c, i), p->post) != SC_OK) {
            return sc_fault_set(why, SC_E_CHEAT,
                                "%s did not post what the receipt says that it "
                                "posted",
                                name_of(c, i));
        }
    }
    return SC_OK;
}

sc_err sc_receipt_verify(sc_receipt *r, int64_t *created, const json_t *secured,
                         const sc_roster *roster, sc_fault *why)
{
    checked c = {.secured = secured, .roster = roster};
    int64_t at;
    sc_err err = sc_receipt_take(&c.r, secured);

    if (err == SC_E_WIRE) {
        return sc_fault_set(why, err, "the receipt's body is malformed");
    }
    SC_TRY(err);
    if (memcmp(c.r.consortium, roster->digest, SC_HASH_LEN) != 0) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the receipt is of another consortium");
    }
    SC_TRY(find_members(&c, why));
    SC_TRY(check_proofs(&c, &at, why));
    SC_TRY(check_posts(&c, why));
    if (r != NULL) {
        *r = c.r;
    }
    if (created != NULL) {
        *created = at;
    }
    err = SC_OK;
out:
    return err == SC_OK ? SC_OK : sc_fault_from(why, err);
}

/* ---- what the log holds ------------------------------------------------- */

sc_err sc_receipt_id(uint8_t i[static SC_HASH_LEN], const json_t *body)
{
    json_t *bare = json_deep_copy(body);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(bare != NULL, SC_E_MEM);
    json_object_del(bare, "proof");
    SC_TRY(sc_jcs_digest(i, bare));
    err = SC_OK;
out:
    json_decref(bare);
    return err;
}

sc_err sc_receipt_entry(sc_entry *e, const json_t *secured, const char *did,
                        const sc_sign_key *identity)
{
    sc_entry got = {.type = SC_ENTRY_RECEIPT};
    sc_receipt r;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_receipt_take(&r, secured));
    SC_REQUIRE(json_object_get(secured, "proof") != NULL, SC_E_WIRE);
    SC_REQUIRE(is_present(&r, did), SC_E_ARG);
    SC_TRY(sc_receipt_id(got.i, secured));
    SC_TRY(sc_jcs_digest(got.d, secured));
    sc_entry_session(got.s, r.sid);
    got.n = r.n_parties;
    memcpy(got.did, did, SC_DID_LEN + 1);
    SC_TRY(sc_entry_sign(&got, identity));
    *e = got;
    err = SC_OK;
out:
    return err;
}

sc_err sc_receipt_match(const sc_entry *e, const json_t *body)
{
    uint8_t i[SC_HASH_LEN], s[SC_HASH_LEN];
    sc_receipt r;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_receipt_take(&r, body));
    SC_TRY(sc_receipt_id(i, body));
    sc_entry_session(s, r.sid);
    SC_REQUIRE(e->type == SC_ENTRY_RECEIPT && e->n == r.n_parties &&
                   memcmp(e->i, i, sizeof i) == 0 &&
                   memcmp(e->s, s, sizeof s) == 0 && is_present(&r, e->did),
               SC_E_CHEAT);
    err = SC_OK;
out:
    return err;
}

sc_err sc_receipt_check_job(const sc_receipt *r, const json_t *job)
{
    uint8_t digest[SC_HASH_LEN];
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put(&text, r->salt, sizeof r->salt));
    SC_TRY(sc_jcs_put(&text, job));
    sc_sha256(digest, sc_buf_bytes(&text));
    SC_REQUIRE(memcmp(digest, r->job_digest, sizeof digest) == 0, SC_E_CHEAT);
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

#define SHARE_TAG "receipt/share/1"

void sc_receipt_share_commit(uint8_t out[static SC_HASH_LEN],
                             const uint8_t sid[static SC_HASH_LEN],
                             const char *did, sc_bytes share,
                             const uint8_t r32[static 32])
{
    const sc_bytes parts[] = {{sid, SC_HASH_LEN},
                              sc_bytes_of(did),
                              share,
                              {r32, 32}};

    sc_hash_tagged(out, SHARE_TAG, parts, sizeof parts / sizeof *parts);
}

void sc_receipt_share_begin(sc_hash *h, const uint8_t sid[static SC_HASH_LEN],
                            const char *did, uint64_t len)
{
    sc_hash_tag(h, SHARE_TAG);
    sc_hash_update_sized(h, (sc_bytes){sid, SC_HASH_LEN});
    sc_hash_update_sized(h, sc_bytes_of(did));
    sc_hash_update_len(h, len);
}

void sc_receipt_share_end(sc_hash *h, uint8_t out[static SC_HASH_LEN],
                          const uint8_t r32[static 32])
{
    sc_hash_update_sized(h, (sc_bytes){r32, 32});
    sc_hash_final(h, out);
}
