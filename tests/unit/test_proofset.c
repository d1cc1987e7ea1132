/* tests/unit/test_proofset.c: W3C vectors in proofset.kat; sets; mutations. */
#include "ledger/proofset.h"

#include "base/date.h"
#include "base/json.h"
#include "tests/unit/ledger_fixture.h"

static json_t *parse(const char *text)
{
    json_t *v = NULL;

    CHECK_OK(sc_json_parse(&v, sc_bytes_of(text), 1 << 16, NULL));
    return v;
}

static void check_w3c(sc_kat *t)
{
    uint8_t secret[34], public[34], sig[SC_SIG_LEN];
    const char *vm = sc_kat_str(t, "vm");
    json_t *doc = parse(sc_kat_str(t, "doc")), *proof = NULL;
    sc_sign_key key;
    int64_t created;

    CHECK_OK(sc_multibase_get(secret, sizeof secret,
                              sc_kat_text(t, "secret_multikey")));
    CHECK_OK(sc_multibase_get(public, sizeof public,
                              sc_kat_text(t, "public_multikey")));
    CHECK(secret[0] == 0x80 && secret[1] == 0x26);
    sc_sign_key_init(&key, secret + 2);
    CHECK_BYTES(key.pk, public + 2, SC_KEY_LEN);
    CHECK_OK(sc_utc_parse(&created, sc_kat_text(t, "created")));
    CHECK_OK(sc_proof_sign(sig, doc, vm, created, &key));
    CHECK_BYTES(sig, sc_kat_bytes(t, "sig").p, SC_SIG_LEN);
    if (sc_kat_has(t, "hash_data")) {
        CHECK_OK(sc_sign_verify(key.pk, sc_kat_bytes(t, "hash_data"), sig));
    }
    CHECK_OK(sc_proof_check(doc, vm, created, key.pk, sig));
    CHECK_OK(sc_proof_make(&proof, doc, vm, created, sig));
    CHECK_STR(json_string_value(json_object_get(proof, "proofValue")),
              sc_kat_str(t, "proof_value"));
    CHECK_OK(sc_proof_verify(doc, proof, key.pk));
    CHECK(json_object_set(doc, "proof", proof) == 0); /* is not signed */
    CHECK_OK(sc_proof_verify(doc, proof, key.pk));

    /* A later context of the document is replaced by the proof's, an earlier one
     * or another order is refused. */
    json_t *context = json_object_get(doc, "@context");

    CHECK(json_array_append_new(context, json_string("urn:more")) == 0);
    CHECK_OK(sc_proof_verify(doc, proof, key.pk));
    CHECK(json_array_insert_new(context, 0, json_string("urn:first")) == 0);
    CHECK_ERR(SC_E_WIRE, sc_proof_verify(doc, proof, key.pk));
    json_object_del(doc, "@context");
    CHECK_ERR(SC_E_WIRE, sc_proof_verify(doc, proof, key.pk));
    json_decref(doc);
    json_decref(proof);
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "proofset.kat"); sc_kat_next(&t);) {
        check_w3c(&t);
    }
}

/* ---- one proof ---------------------------------------------------------- */

#define DOC "{\"a\":1,\"b\":[\"x\",{\"c\":\"y\"}]}"
#define VM  "did:key:z#z"

static void set(json_t *object, const char *key, const char *value)
{
    CHECK(json_object_set_new(object, key, json_string(value)) == 0);
}

static void test_members(void **state)
{
    static const struct {
        const char *key, *value; /* NULL: a number */
        sc_err want;
    } cases[] = {
        {"type", "Ed25519Signature2020", SC_E_WIRE},
        {"type", NULL, SC_E_WIRE},
        {"cryptosuite", "eddsa-rdfc-2022", SC_E_WIRE},
        {"cryptosuite", "", SC_E_WIRE},
        {"proofPurpose", "authentication", SC_E_WIRE},
        {"created", "2026-02-30T00:00:00Z", SC_E_WIRE},
        {"created", "2026-02-20", SC_E_WIRE},
        {"created", NULL, SC_E_WIRE},
        {"created", "2026-02-20T00:00:00Z", SC_E_CHEAT},
        {"verificationMethod", "did:key:z#y", SC_E_CHEAT},
        {"verificationMethod", NULL, SC_E_WIRE},
        {"proofValue", "z", SC_E_WIRE},
        {"proofValue", NULL, SC_E_WIRE},
        {"proofValue", "u2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJD",
         SC_E_WIRE},
        {"expires", "2027-02-20T00:00:00Z", SC_E_WIRE},
        {"@context", "urn:a", SC_E_WIRE},
    };
    json_t *doc = parse(DOC), *proof, *bad;
    uint8_t sig[SC_SIG_LEN];
    sc_keys keys;

    (void)state;
    fixture_keys(&keys, 0);
    CHECK_OK(sc_proof_sign(sig, doc, VM, 1000, &keys.identity));
    CHECK_OK(sc_proof_make(&proof, doc, VM, 1000, sig));
    CHECK_OK(sc_proof_verify(doc, proof, keys.identity.pk));
    CHECK_ERR(SC_E_CHEAT, sc_proof_verify(doc, proof, keys.log.pk));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bad = json_deep_copy(proof);
        if (cases[i].value == NULL) {
            CHECK(json_object_set_new(bad, cases[i].key, json_integer(1)) == 0);
        } else {
            set(bad, cases[i].key, cases[i].value);
        }
        CHECK_ERR(cases[i].want, sc_proof_verify(doc, bad, keys.identity.pk));
        json_decref(bad);
    }
    for (void *at = json_object_iter(proof); at != NULL;
         at = json_object_iter_next(proof, at)) { /* each is needed */
        bad = json_deep_copy(proof);
        json_object_del(bad, json_object_iter_key(at));
        CHECK_ERR(SC_E_WIRE, sc_proof_verify(doc, bad, keys.identity.pk));
        json_decref(bad);
    }
    CHECK_ERR(SC_E_WIRE, sc_proof_verify(doc, doc, keys.identity.pk));
    CHECK_ERR(SC_E_WIRE, sc_proof_verify(NULL, proof, keys.identity.pk));
    CHECK_ERR(SC_E_WIRE, sc_proof_verify(doc, NULL, keys.identity.pk));
    CHECK_ERR(SC_E_ARG, sc_proof_sign(sig, NULL, VM, 0, &keys.identity));
    CHECK_ERR(SC_E_CHEAT, sc_proof_check(doc, VM, 1001, keys.identity.pk, sig));
    set(doc, "a", "1");
    CHECK_ERR(SC_E_CHEAT, sc_proof_verify(doc, proof, keys.identity.pk));
    CHECK_ERR(SC_E_CHEAT, sc_proof_check(doc, VM, 1000, keys.identity.pk, sig));
    json_decref(doc);
    json_decref(proof);
}

/* ---- sets --------------------------------------------------------------- */

typedef struct {
    sc_roster r;
    sc_keys keys[SC_MAX_PARTIES];
    sc_proof_signer signers[SC_MAX_PARTIES];
} world;

static void make_set(world *w, json_t *doc, size_t n)
{
    fixture_roster(&w->r, w->keys, n, n);
    for (size_t p = 0; p < n; p++) {
        char vm[SC_DID_VM_LEN + 1];

        w->signers[p].did = w->r.parties[p].did;
        memcpy(w->signers[p].pk, w->keys[p].identity.pk, SC_KEY_LEN);
        CHECK_OK(sc_did_vm(vm, w->signers[p].did));
        CHECK_OK(sc_proof_sign(w->signers[p].sig, doc, vm, 5000,
                               &w->keys[p].identity));
    }
    CHECK_OK(sc_proofset_put(doc, 5000, w->signers, n));
}

static void test_sets(void **state)
{
    (void)state;
    for (size_t n = 1; n <= SC_MAX_PARTIES; n += 5) {
        json_t *doc = parse(DOC), *proofs;
        int64_t created = 0;
        const char *last = "";
        world w;

        make_set(&w, doc, n);
        CHECK_OK(sc_proofset_verify(&created, doc, w.signers, n));
        CHECK_I64(created, 5000);
        proofs = json_object_get(doc, "proof");
        CHECK_U64(json_array_size(proofs), n);
        for (size_t k = 0; k < n; k++) {
            const char *vm =
                json_string_value(json_object_get(json_array_get(proofs, k),
                                                  "verificationMethod"));

            int order = strcmp(vm, last);

            CHECK(order > 0);
            last = vm;
        }
        json_decref(doc);
    }
}

static void test_bad_sets(void **state)
{
    json_t *doc = parse(DOC), *bad, *proofs;
    int64_t created = 7;
    world w;

    (void)state;
    make_set(&w, doc, 4);
    CHECK_OK(sc_proofset_verify(&created, doc, w.signers, 4));
    created = 7;
    CHECK_ERR(SC_E_CHEAT, sc_proofset_verify(&created, doc, w.signers, 3));
#define FAILS(want, change)                                                    \
    do {                                                                       \
        bad = json_deep_copy(doc);                                             \
        proofs = json_object_get(bad, "proof");                                \
        change;                                                                \
        CHECK_ERR(want, sc_proofset_verify(&created, bad, w.signers, 4));      \
        CHECK_I64(created, 7);                                                 \
        json_decref(bad);                                                      \
    } while (0)
    FAILS(SC_E_CHEAT, json_array_remove(proofs, 3));
    FAILS(SC_E_CHEAT, json_array_append(proofs, json_array_get(proofs, 0)));
    FAILS(SC_E_CHEAT, json_array_set(proofs, 0, json_array_get(proofs, 1)));
    FAILS(SC_E_CHEAT, /* another order */
          json_array_append(proofs, json_array_get(proofs, 0));
          json_array_remove(proofs, 0));
    FAILS(SC_E_WIRE, json_object_del(bad, "proof"));
    FAILS(SC_E_WIRE, json_object_set(bad, "proof", json_array_get(proofs, 0)));
    FAILS(SC_E_WIRE, json_array_set_new(proofs, 2, json_null()));
    FAILS(SC_E_CHEAT,
          set(json_array_get(proofs, 2), "created", "1970-01-01T01:23:21Z"));
    FAILS(SC_E_CHEAT, set(bad, "a", "another"));

    /* A signature of another second, honestly labelled: not the set's. */
    char vm[SC_DID_VM_LEN + 1];
    json_t *late;

    CHECK_OK(sc_did_vm(vm, w.signers[0].did));
    CHECK_OK(
        sc_proof_sign(w.signers[0].sig, doc, vm, 5001, &w.keys[0].identity));
    CHECK_OK(sc_proof_make(&late, doc, vm, 5001, w.signers[0].sig));
    for (size_t k = 0; k < 4; k++) {
        FAILS(SC_E_CHEAT, json_array_set(proofs, k, late));
    }
    json_decref(late);
    CHECK_ERR(SC_E_ARG, sc_proofset_put(doc, 0, w.signers, 0));
    CHECK_ERR(SC_E_ARG, sc_proofset_put(doc, 0, w.signers, 17));
    w.signers[2].did = w.signers[1].did;
    CHECK_ERR(SC_E_ARG, sc_proofset_put(doc, 0, w.signers, 4));
    w.signers[2].did = "did:key:short";
    CHECK_ERR(SC_E_ARG, sc_proofset_put(doc, 0, w.signers, 4));
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_bad_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
