/* ledger/receipt_sign.c: signatures on receipts, and what the log holds of them. */
#include <string.h>

#include "base/json.h"
#include "ledger/receipt.h"

sc_err sc_receipt_sign(uint8_t sig[static SC_SIG_LEN], const json_t *body,
                       const char *did, int64_t created,
                       const sc_sign_key *identity)
{
    char vm[SC_DID_VM_LEN + 1];
    sc_err err = SC_E_BUG;

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
    sc_receipt r;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_receipt_take(&r, body));
    SC_REQUIRE(n_sigs == r.n_parties, SC_E_ARG);
    for (size_t i = 0; i < n_sigs; i++) {
        signers[i].did = r.parties[i].did;
        memcpy(signers[i].sig, sigs[i], SC_SIG_LEN);
    }
    SC_TRY(sc_proofset_put(body, created, signers, n_sigs));
    err = SC_OK;
out:
    return err;
}

/* The members of the roster that the receipt names, with their keys. */
static sc_err find_signers(sc_proof_signer signers[static SC_MAX_PARTIES],
                           const sc_receipt *r, const sc_roster *roster,
                           sc_fault *why)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        size_t who = sc_roster_find_did(roster, r->parties[i].did);

        if (who == SC_ROSTER_NONE) {
            return sc_fault_set(why, SC_E_CHEAT,
                                "the receipt names %s, who is no member",
                                r->parties[i].did);
        }
        signers[i].did = r->parties[i].did;
        memcpy(signers[i].pk, roster->parties[who].identity, SC_KEY_LEN);
    }
    return SC_OK;
}

/* The signer whose method a proof names, or SIZE_MAX. */
static size_t find_signer(const json_t *proof, const sc_proof_signer *signers,
                          size_t n_signers)
{
    const char *method;
    char vm[SC_DID_VM_LEN + 1];

    for (size_t i = 0; i < n_signers; i++) {
        if (sc_json_str(&method, proof, "verificationMethod") == SC_OK &&
            sc_did_vm(vm, signers[i].did) == SC_OK && strcmp(vm, method) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The set does not hold: was the text changed, so that no signature does, or one
 * signature, or who signs? */
static sc_err blame_proofs(sc_err err, const json_t *secured,
                           const sc_proof_signer *signers, size_t n_signers,
                           const sc_roster *roster, sc_fault *why)
{
    const json_t *proofs = json_object_get(secured, "proof");
    size_t n_hold = 0, n_known = 0, bad = SIZE_MAX;

    for (size_t i = 0; i < json_array_size(proofs); i++) {
        const json_t *proof = json_array_get(proofs, i);
        size_t who = find_signer(proof, signers, n_signers);

        if (who != SIZE_MAX) {
            int holds =
                sc_proof_verify(secured, proof, signers[who].pk) == SC_OK;

            n_known++;
            n_hold += (size_t)holds;
            bad = holds ? bad : who;
        }
    }
    if (n_known != n_signers || n_known != json_array_size(proofs) ||
        bad == SIZE_MAX) {
        return sc_fault_set(why, err,
                            "the receipt is not signed by exactly its parties");
    }
    if (n_hold == 0) {
        return sc_fault_set(why, err,
                            "its text was changed after its parties signed "
                            "it");
    }
    return sc_fault_set(
        why, err, "the signature of %s under it was changed",
        roster->parties[sc_roster_find_did(roster, signers[bad].did)].name);
}

sc_err sc_receipt_verify(sc_receipt *r, int64_t *created, const json_t *secured,
                         const sc_roster *roster, sc_fault *why)
{
    sc_proof_signer signers[SC_MAX_PARTIES] = {0};
    sc_receipt got;
    int64_t at;
    sc_err err = sc_receipt_take(&got, secured);

    if (err == SC_E_WIRE) {
        return sc_fault_set(why, err, "the receipt's body is malformed");
    }
    SC_TRY(err);
    if (memcmp(got.consortium, roster->digest, SC_HASH_LEN) != 0) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the receipt is of another consortium");
    }
    SC_TRY(find_signers(signers, &got, roster, why));
    err = sc_proofset_verify(&at, secured, signers, got.n_parties);
    if (err == SC_E_WIRE || err == SC_E_CHEAT) {
        return blame_proofs(err, secured, signers, got.n_parties, roster, why);
    }
    SC_TRY(err);
    if (at < got.started || at > got.not_after) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the receipt was signed outside its time");
    }
    if (r != NULL) {
        *r = got;
    }
    if (created != NULL) {
        *created = at;
    }
    err = SC_OK;
out:
    return err == SC_OK ? SC_OK : sc_fault_from(why, err);
}

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

static int has_party(const sc_receipt *r, const char *did)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (strcmp(r->parties[i].did, did) == 0) {
            return 1;
        }
    }
    return 0;
}

sc_err sc_receipt_entry(sc_entry *e, const json_t *secured, const char *did,
                        const sc_sign_key *identity)
{
    sc_entry got = {.type = SC_ENTRY_RECEIPT};
    sc_receipt r;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_receipt_take(&r, secured));
    SC_REQUIRE(json_object_get(secured, "proof") != NULL, SC_E_WIRE);
    SC_REQUIRE(has_party(&r, did), SC_E_ARG);
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
                   memcmp(e->s, s, sizeof s) == 0 && has_party(&r, e->did),
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

void sc_receipt_share_commit(uint8_t out[static SC_HASH_LEN],
                             const uint8_t sid[static SC_HASH_LEN],
                             const char *did, sc_bytes share,
                             const uint8_t r32[static 32])
{
    const sc_bytes parts[] = {{sid, SC_HASH_LEN},
                              sc_bytes_of(did),
                              share,
                              {r32, 32}};

    sc_hash_tagged(out, "receipt/share/1", parts, sizeof parts / sizeof *parts);
}
