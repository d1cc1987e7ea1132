/* ledger/proofset.c: options are rebuilt from what is agreed, hashed, signed; a
 * proof object is those options and the signature. */
#include "ledger/proofset.h"

#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/json.h"

#define TYPE    "DataIntegrityProof"
#define SUITE   "eddsa-jcs-2022"
#define PURPOSE "assertionMethod"
#define CONTEXT "@context"

/* The proof without its value. */
static sc_err make_options(json_t **options, const json_t *context,
                           const char *vm, int64_t created)
{
    char date[21];
    json_t *o;
    sc_err err = SC_E_BUG;

    sc_utc_print(date, created);
    o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", TYPE, "cryptosuite",
                  SUITE, "created", date, "verificationMethod", vm,
                  "proofPurpose", PURPOSE);
    SC_REQUIRE(o != NULL, SC_E_MEM);
    if (context != NULL) {
        SC_REQUIRE(json_object_set_new(o, CONTEXT, json_deep_copy(context)) ==
                       0,
                   SC_E_MEM);
    }
    *options = o;
    o = NULL;
    err = SC_OK;
out:
    json_decref(o);
    return err;
}

/* The document without its proof and, unless context is NULL, with that. */
static sc_err strip(json_t **bare, const json_t *doc, json_t *context)
{
    json_t *b = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(json_is_object(doc), SC_E_ARG);
    b = json_deep_copy(doc);
    SC_REQUIRE(b != NULL, SC_E_MEM);
    json_object_del(b, "proof");
    if (context != NULL) {
        SC_REQUIRE(json_object_set(b, CONTEXT, context) == 0, SC_E_MEM);
    }
    *bare = b;
    b = NULL;
    err = SC_OK;
out:
    json_decref(b);
    return err;
}

/* What is signed: the options' hash, then the document's. */
static sc_err hash_data(uint8_t out[static 2 * SC_HASH_LEN], const json_t *doc,
                        json_t *context, const char *vm, int64_t created)
{
    json_t *options = NULL, *bare = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(make_options(&options, context, vm, created));
    SC_TRY(strip(&bare, doc, context));
    SC_TRY(sc_jcs_digest(out, options));
    SC_TRY(sc_jcs_digest(out + SC_HASH_LEN, bare));
    err = SC_OK;
out:
    json_decref(options);
    json_decref(bare);
    return err;
}

sc_err sc_proof_sign(uint8_t sig[static SC_SIG_LEN], const json_t *doc,
                     const char *vm, int64_t created, const sc_sign_key *key)
{
    uint8_t data[2 * SC_HASH_LEN];
    sc_err err = SC_E_BUG;

    SC_TRY(hash_data(data, doc, json_object_get(doc, CONTEXT), vm, created));
    sc_sign(sig, key, (sc_bytes){data, sizeof data});
    err = SC_OK;
out:
    return err;
}

sc_err sc_proof_check(const json_t *doc, const char *vm, int64_t created,
                      const uint8_t pk[static SC_KEY_LEN],
                      const uint8_t sig[static SC_SIG_LEN])
{
    uint8_t data[2 * SC_HASH_LEN];
    sc_err err = SC_E_BUG;

    SC_TRY(hash_data(data, doc, json_object_get(doc, CONTEXT), vm, created));
    SC_TRY(sc_sign_verify(pk, (sc_bytes){data, sizeof data}, sig));
    err = SC_OK;
out:
    return err;
}

sc_err sc_proof_make(json_t **proof, const json_t *doc, const char *vm,
                     int64_t created, const uint8_t sig[static SC_SIG_LEN])
{
    json_t *p = NULL;
    sc_buf value = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(make_options(&p, json_object_get(doc, CONTEXT), vm, created));
    SC_TRY(sc_multibase_put(&value, (sc_bytes){sig, SC_SIG_LEN}));
    SC_REQUIRE(json_object_set_new(p, "proofValue",
                                   json_stringn((const char *)value.p,
                                                value.len)) == 0,
               SC_E_MEM);
    *proof = p;
    p = NULL;
    err = SC_OK;
out:
    json_decref(p);
    sc_buf_clear(&value);
    return err;
}

/* The document's context begins with all of the proof's. */
static int context_fits(const json_t *doc, const json_t *proof)
{
    if (!json_is_array(doc) || !json_is_array(proof)) {
        return doc != NULL && json_equal(doc, proof);
    }
    if (json_array_size(proof) > json_array_size(doc)) {
        return 0;
    }
    for (size_t i = 0; i < json_array_size(proof); i++) {
        if (!json_equal(json_array_get(doc, i), json_array_get(proof, i))) {
            return 0;
        }
    }
    return 1;
}

static sc_err require_text(const json_t *object, const char *key,
                           const char *want)
{
    const char *got;
    sc_err err = sc_json_str(&got, object, key);

    return err == SC_OK && strcmp(got, want) != 0 ? SC_E_WIRE : err;
}

sc_err sc_proof_verify(const json_t *doc, const json_t *proof,
                       const uint8_t pk[static SC_KEY_LEN])
{
    static const char *const keys[] = {"type",         "cryptosuite",
                                       "created",      "verificationMethod",
                                       "proofPurpose", "proofValue",
                                       CONTEXT,        NULL};
    json_t *context = json_object_get(proof, CONTEXT);
    uint8_t sig[SC_SIG_LEN], data[2 * SC_HASH_LEN];
    const char *vm, *date, *value;
    int64_t created;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(json_is_object(doc) && json_is_object(proof), SC_E_WIRE);
    SC_TRY(sc_json_only(proof, keys));
    SC_TRY(require_text(proof, "type", TYPE));
    SC_TRY(require_text(proof, "cryptosuite", SUITE));
    SC_TRY(require_text(proof, "proofPurpose", PURPOSE));
    SC_TRY(sc_json_str(&vm, proof, "verificationMethod"));
    SC_TRY(sc_json_str(&date, proof, "created"));
    SC_TRY(sc_utc_parse(&created, sc_bytes_of(date)));
    SC_TRY(sc_json_str(&value, proof, "proofValue"));
    SC_TRY(sc_multibase_get(sig, sizeof sig, sc_bytes_of(value)));
    SC_REQUIRE(context == NULL ||
                   context_fits(json_object_get(doc, CONTEXT), context),
               SC_E_WIRE);
    SC_TRY(hash_data(data, doc, context, vm, created));
    SC_TRY(sc_sign_verify(pk, (sc_bytes){data, sizeof data}, sig));
    err = SC_OK;
out:
    return err;
}

/* ---- sets -------------------------------------------------------------- */

/* order[k] is the index of the k-th signer by verification method, which is the
 * order of DIDs, for all have the same length. */
static sc_err sort(size_t order[static SC_MAX_PARTIES],
                   const sc_proof_signer *signers, size_t n_signers)
{
    if (n_signers == 0 || n_signers > SC_MAX_PARTIES) {
        return SC_E_ARG;
    }
    for (size_t i = 0; i < n_signers; i++) {
        size_t k = i;

        if (strlen(signers[i].did) != SC_DID_LEN) {
            return SC_E_ARG;
        }
        for (; k > 0; k--) {
            int cmp = strcmp(signers[order[k - 1]].did, signers[i].did);

            if (cmp == 0) {
                return SC_E_ARG;
            }
            if (cmp < 0) {
                break;
            }
            order[k] = order[k - 1];
        }
        order[k] = i;
    }
    return SC_OK;
}

sc_err sc_proofset_put(json_t *doc, int64_t created,
                       const sc_proof_signer *signers, size_t n_signers)
{
    size_t order[SC_MAX_PARTIES];
    json_t *set = json_array(), *proof;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(set != NULL, SC_E_MEM);
    SC_TRY(sort(order, signers, n_signers));
    for (size_t k = 0; k < n_signers; k++) {
        const sc_proof_signer *s = &signers[order[k]];
        char vm[SC_DID_VM_LEN + 1];

        SC_TRY(sc_did_vm(vm, s->did));
        SC_TRY(sc_proof_make(&proof, doc, vm, created, s->sig));
        SC_REQUIRE(json_array_append_new(set, proof) == 0, SC_E_MEM);
    }
    SC_REQUIRE(json_object_set(doc, "proof", set) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(set);
    return err;
}

sc_err sc_proofset_verify(int64_t *created, const json_t *doc,
                          const sc_proof_signer *signers, size_t n_signers)
{
    size_t order[SC_MAX_PARTIES];
    json_t *set;
    const char *date = NULL;
    int64_t at;
    sc_err err = SC_E_BUG;

    SC_TRY(sort(order, signers, n_signers));
    SC_TRY(sc_json_array(&set, doc, "proof"));
    SC_REQUIRE(json_array_size(set) == n_signers, SC_E_CHEAT);
    for (size_t k = 0; k < n_signers; k++) {
        const sc_proof_signer *s = &signers[order[k]];
        const json_t *proof = json_array_get(set, k);
        const char *got, *this_date;
        char vm[SC_DID_VM_LEN + 1];

        SC_TRY(sc_did_vm(vm, s->did));
        SC_TRY(sc_json_str(&got, proof, "verificationMethod"));
        SC_TRY(sc_json_str(&this_date, proof, "created"));
        SC_REQUIRE(strcmp(got, vm) == 0, SC_E_CHEAT);
        SC_REQUIRE(date == NULL || strcmp(this_date, date) == 0, SC_E_CHEAT);
        SC_TRY(sc_proof_verify(doc, proof, s->pk));
        date = this_date;
    }
    SC_TRY(sc_utc_parse(&at, sc_bytes_of(date)));
    *created = at;
    err = SC_OK;
out:
    return err;
}
