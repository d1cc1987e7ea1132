/* tests/unit/test_receipt_post.c: receipts of a session at which two of five owners
 * were not there; everything that such a receipt may not be. */
#include "tests/unit/receipt_fixture.h"

#define N       5
#define POSTED  0xaU /* bob and the auditor, owners like the others here */
#define BOB     1
#define CAROL   2
#define AUDITOR 3

typedef struct {
    sc_roster roster; /* one member more than the receipt has parties */
    sc_keys keys[SC_MAX_PARTIES];
    sc_receipt r;
    json_t *disclosed;
    json_t *body;
} world;

static void make_world(world *w)
{
    memset(w, 0, sizeof *w);
    fixture_roster(&w->roster, w->keys, N + 1, N);
    fixture_receipt(&w->r, &w->disclosed, &w->roster, N, 2, 3, 0);
    fixture_post(&w->r, &w->roster, w->keys, POSTED);
    CHECK_OK(sc_receipt_make(&w->body, &w->r));
}

static void seal(const world *w, json_t *body)
{
    fixture_seal(body, &w->roster, w->keys, N, FIXTURE_CREATED);
}

static void clear_world(world *w)
{
    json_decref(w->body);
    json_decref(w->disclosed);
}

static json_t *member(json_t *object, const char *key)
{
    return json_object_get(object, key);
}

static json_t *party(json_t *body, size_t p)
{
    return json_array_get(json_object_get(body, "parties"), p);
}

/* Does the receipt not verify, and the reason say so in these words? */
static void refused(const world *w, const json_t *secured, const char *words)
{
    sc_receipt r = {0};
    int64_t created = 0;
    sc_fault why = {0};

    CHECK_ERR(SC_E_CHEAT,
              sc_receipt_verify(&r, &created, secured, &w->roster, &why));
    CHECK_ZERO(&r, sizeof r);
    CHECK_I64(created, 0);
    CHECK_I64(why.code, SC_E_CHEAT);
    if (strstr(why.text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
    }
}

/* ---- good ones ----------------------------------------------------------- */

static void test_round_trip(void **state)
{
    world w;
    sc_receipt r;
    int64_t created;
    json_t *again;

    (void)state;
    make_world(&w);
    seal(&w, w.body);
    CHECK_OK(sc_receipt_verify(&r, &created, w.body, &w.roster, NULL));
    CHECK_I64(created, FIXTURE_CREATED);
    CHECK_U64(json_array_size(member(w.body, "proof")), 3);
    CHECK_U64(sc_receipt_n_present(&r), 3);
    CHECK_U64(r.n_channels, 6);
    CHECK(r.has_call);
    CHECK_BYTES(r.call, w.r.call, SC_HASH_LEN);
    CHECK_BYTES(r.call_plan, w.r.call_plan, SC_HASH_LEN);
    for (size_t p = 0; p < N; p++) {
        int is_posted = (POSTED >> p & 1) != 0;

        CHECK(r.parties[p].is_posted == is_posted);
        CHECK_I64(r.parties[p].posted,
                  is_posted ? FIXTURE_POSTED + (int64_t)p : 0);
        CHECK_BYTES(r.parties[p].post, w.r.parties[p].post, SC_SIG_LEN);
        CHECK_BYTES(sc_receipt_share_sid(&r, p), is_posted ? r.call : r.sid,
                    SC_HASH_LEN);
    }
    CHECK_OK(sc_receipt_make(&again, &r));
    json_object_del(w.body, "proof");
    CHECK(json_equal(again, w.body));
    json_decref(again);
    clear_world(&w);
}

/* Where nobody posted, there is no call; a call without posts is none, nor are
 * posts of those who have channels. */
static void test_nobody(void **state)
{
    world w;
    sc_receipt r;
    json_t *disclosed, *body, *bad = NULL;

    (void)state;
    make_world(&w);
    fixture_receipt(&r, &disclosed, &w.roster, N, 2, 3, 0);
    CHECK_OK(sc_receipt_make(&body, &r));
    CHECK(member(body, "call") == NULL);
    for (size_t p = 0; p < N; p++) {
        CHECK(member(party(body, p), "post") == NULL);
    }
    r.has_call = 1;
    CHECK_ERR(SC_E_ARG, sc_receipt_make(&bad, &r));
    r.parties[BOB] = w.r.parties[BOB];
    CHECK_ERR(SC_E_ARG, sc_receipt_make(&bad, &r));
    CHECK(json_object_set(body, "call", member(w.body, "call")) == 0);
    CHECK_ERR(SC_E_WIRE, sc_receipt_take(&r, body));
    json_decref(body);
    json_decref(disclosed);
    clear_world(&w);
}

/* ---- what make and take refuse ------------------------------------------- */

static void test_ranges(void **state)
{
    world w;
    sc_receipt good;
    json_t *made = NULL;

    (void)state;
    make_world(&w);
    good = w.r;
#define REFUSES(change)                                                        \
    do {                                                                       \
        w.r = good;                                                            \
        change;                                                                \
        CHECK_ERR(SC_E_ARG, sc_receipt_make(&made, &w.r));                     \
        CHECK(made == NULL);                                                   \
    } while (0)
    REFUSES(w.r.has_call = 0);
    REFUSES(w.r.parties[BOB].posted = -1);
    REFUSES(w.r.parties[BOB].posted = FIXTURE_STARTED + 1);
    REFUSES(w.r.parties[BOB].roles |= SC_ROLE_RESULT);
    REFUSES(w.r.parties[BOB].roles |= SC_ROLE_ASKER);
    REFUSES(w.r.parties[BOB].roles |= SC_ROLE_HOLDER);
    REFUSES(w.r.parties[BOB].roles = SC_ROLE_INPUT);
    REFUSES(w.r.parties[BOB].roles = SC_ROLE_COMPUTING);
    REFUSES(w.r.channels[0].to = BOB);
    REFUSES(w.r.channels[0].from = AUDITOR);
    REFUSES(w.r.n_channels--);
    REFUSES(w.r.n_channels++);
    REFUSES(w.r.parties[BOB].is_posted = 0); /* it was there: no channel */
    REFUSES(w.r.parties[CAROL].is_posted = 1);
#undef REFUSES
    w.r = good;
    w.r.parties[BOB].posted = FIXTURE_STARTED;
    w.r.parties[AUDITOR].posted = 0;
    CHECK_OK(sc_receipt_make(&made, &w.r));
    json_decref(made);
    clear_world(&w);
}

/* Of three owners and the analyst: two were there, one, none. */
static void test_alone(void **state)
{
    static const struct {
        unsigned posted;
        sc_err want;
    } cases[] = {{0x6, SC_OK}, {0x7, SC_E_ARG}, {0xf, SC_E_ARG}};
    world w;

    (void)state;
    make_world(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *made = NULL, *disclosed;
        sc_receipt r;

        fixture_receipt(&r, &disclosed, &w.roster, 3, 1, 1, 1);
        fixture_post(&r, &w.roster, w.keys, cases[i].posted);
        CHECK_ERR(cases[i].want, sc_receipt_make(&made, &r));
        json_decref(made);
        json_decref(disclosed);
    }
    clear_world(&w);
}

static int move_post(json_t *body, size_t from, size_t to)
{
    json_t *post = member(party(body, from), "post");

    return json_object_set(party(body, to), "post", post) == 0
               ? json_object_del(party(body, from), "post")
               : -1;
}

static int exchange(json_t *a, json_t *b, const char *key)
{
    json_t *of_a = json_incref(json_object_get(a, key));

    return json_object_set(a, key, json_object_get(b, key)) == 0
               ? json_object_set_new(b, key, of_a)
               : -1;
}

static json_t *channel_to(const world *w, size_t p)
{
    return json_pack("{s:i, s:s, s:s, s:i, s:s}", "bytes", 1, "from",
                     w->r.parties[0].did, "hash",
                     "00000000000000000000000000000000000000000000000000000000"
                     "00000000",
                     "messages", 1, "to", w->r.parties[p].did);
}

static void test_forms(void **state)
{
    world w;
    sc_receipt r;
    json_t *bad;

    (void)state;
    make_world(&w);
    CHECK_OK(sc_receipt_take(&r, w.body));
#define MALFORMED(change)                                                      \
    do {                                                                       \
        bad = json_deep_copy(w.body);                                          \
        CHECK((change) == 0);                                                  \
        memset(&r, 0, sizeof r);                                               \
        CHECK_ERR(SC_E_WIRE, sc_receipt_take(&r, bad));                        \
        CHECK_ZERO(&r, sizeof r);                                              \
        json_decref(bad);                                                      \
    } while (0)
#define SET(object, key, v) json_object_set_new(object, key, v)
#define POST(p)             member(party(bad, p), "post")
    MALFORMED(json_object_del(bad, "call"));
    MALFORMED(SET(bad, "call", json_null()));
    MALFORMED(json_object_del(member(bad, "call"), "digest"));
    MALFORMED(json_object_del(member(bad, "call"), "plan"));
    MALFORMED(SET(member(bad, "call"), "plan", json_string("00")));
    MALFORMED(SET(member(bad, "call"), "id", json_string("00")));
    MALFORMED(json_object_del(party(bad, BOB), "post")); /* and no channels */
    MALFORMED(SET(party(bad, BOB), "post", json_null()));
    MALFORMED(json_object_set(party(bad, CAROL), "post", POST(BOB)));
    MALFORMED(move_post(bad, BOB, CAROL));
    MALFORMED(json_object_del(POST(BOB), "time"));
    MALFORMED(json_object_del(POST(BOB), "proof"));
    MALFORMED(SET(POST(BOB), "created", json_string("2026-11-02T12:00:05Z")));
    MALFORMED(SET(POST(BOB), "time", json_integer(-1)));
    MALFORMED(SET(POST(BOB), "time", json_integer(FIXTURE_STARTED + 1)));
    MALFORMED(SET(POST(BOB), "time", json_string("2026-11-02T12:00:05Z")));
    MALFORMED(SET(POST(BOB), "proof", json_string("")));
    MALFORMED(SET(POST(BOB), "proof", json_string("z1")));
    MALFORMED(SET(POST(BOB), "proof", json_integer(1)));
    MALFORMED(json_array_append_new(member(party(bad, BOB), "roles"),
                                    json_string("holder")));
    MALFORMED(json_array_remove(member(party(bad, BOB), "roles"), 1));
    MALFORMED(json_object_del(party(bad, BOB), "inputCommitment"));
    MALFORMED(json_object_del(party(bad, BOB), "outputCommitment"));
    MALFORMED(
        json_array_append_new(member(bad, "channels"), channel_to(&w, BOB)));
    MALFORMED(
        json_array_set_new(member(bad, "channels"), 0, channel_to(&w, BOB)));
    MALFORMED(json_array_remove(member(bad, "channels"), 0));
#undef MALFORMED
    clear_world(&w);
}

/* ---- what verify refuses -------------------------------------------------- */

/* Who was there signs what somebody who was not has not said. */
static void test_false_posts(void **state)
{
    static const char bob[] = "bob did not post what the receipt says";
    world w;
    sc_receipt good;
    json_t *bad;

    (void)state;
    make_world(&w);
    good = w.r;
#define FALSE_POST(change, words)                                              \
    do {                                                                       \
        w.r = good;                                                            \
        change;                                                                \
        CHECK_OK(sc_receipt_make(&bad, &w.r));                                 \
        seal(&w, bad);                                                         \
        refused(&w, bad, words);                                               \
        json_decref(bad);                                                      \
    } while (0)
    FALSE_POST(w.r.parties[BOB].posted++, bob);
    FALSE_POST(w.r.parties[BOB].posted = 0, bob);
    FALSE_POST(w.r.parties[BOB].post[0] ^= 1, bob);
    FALSE_POST(w.r.parties[BOB].post[63] ^= 1, bob);
    FALSE_POST(memset(w.r.parties[BOB].post, 0, SC_SIG_LEN), bob);
    FALSE_POST(w.r.parties[BOB].input[0] ^= 1, bob);
    FALSE_POST(w.r.parties[BOB].output[31] ^= 1, bob);
    FALSE_POST(w.r.call[0] ^= 1, bob);
    FALSE_POST(w.r.call_plan[31] ^= 1, bob);
    FALSE_POST(fixture_sign_post(&w.r, BOB, &w.keys[CAROL].identity), bob);
    FALSE_POST(fixture_sign_post(&w.r, BOB, &w.keys[BOB].log), bob);
    FALSE_POST(w.r.parties[AUDITOR].posted--, "auditor did not post");
    FALSE_POST(w.r.consortium[0] ^= 1;
               fixture_sign_post(&w.r, BOB, &w.keys[BOB].identity);
               memcpy(w.r.consortium, good.consortium, SC_HASH_LEN), bob);
    FALSE_POST(memcpy(w.r.parties[BOB].post, good.parties[AUDITOR].post,
                      SC_SIG_LEN),
               bob);
    /* all that one posted, as another's */
    FALSE_POST(w.r.parties[BOB] = good.parties[AUDITOR];
               w.r.parties[AUDITOR] = good.parties[BOB];
               w.r.parties[BOB].did = good.parties[BOB].did;
               w.r.parties[AUDITOR].did = good.parties[AUDITOR].did, bob);
#undef FALSE_POST
    clear_world(&w);
}

/* The body is changed behind the signatures. */
static void test_changed(void **state)
{
    static const char words[] = "its text was changed after";
    world w;
    json_t *bad;

    (void)state;
    make_world(&w);
    seal(&w, w.body);
#define CHANGED(change)                                                        \
    do {                                                                       \
        bad = json_deep_copy(w.body);                                          \
        CHECK((change) == 0);                                                  \
        refused(&w, bad, words);                                               \
        json_decref(bad);                                                      \
    } while (0)
    CHANGED(SET(POST(BOB), "time", json_integer(1)));
    CHANGED(exchange(POST(BOB), POST(AUDITOR), "proof"));
    CHANGED(exchange(party(bad, BOB), party(bad, AUDITOR), "post"));
    CHANGED(exchange(party(bad, BOB), party(bad, AUDITOR), "outputCommitment"));
    CHANGED(exchange(party(bad, BOB), party(bad, CAROL), "inputCommitment"));
    CHANGED(SET(member(bad, "call"), "digest",
                json_string(json_string_value(member(bad, "sid")))));
    CHANGED(SET(member(bad, "call"), "plan",
                json_string(json_string_value(member(bad, "sid")))));
#undef CHANGED
    clear_world(&w);
}

/* The proofs of the parties of a mask, in place of the right ones. */
static void prove_by(const world *w, json_t *body, unsigned mask)
{
    sc_proof_signer signers[N] = {{0}};
    size_t n = 0;

    for (size_t p = 0; p < N + 1; p++) {
        char vm[SC_DID_VM_LEN + 1];

        if ((mask >> p & 1) != 0) {
            signers[n].did = w->roster.parties[p].did;
            CHECK_OK(sc_did_vm(vm, signers[n].did));
            CHECK_OK(sc_proof_sign(signers[n++].sig, body, vm, FIXTURE_CREATED,
                                   &w->keys[p].identity));
        }
    }
    CHECK_OK(sc_proofset_put(body, FIXTURE_CREATED, signers, n));
}

/* Whose signatures are under it, for each set of its parties. */
static void test_signers(void **state)
{
    const unsigned present = ~POSTED & 0x1f;
    world w;

    (void)state;
    make_world(&w);
    for (unsigned mask = 1; mask < 1U << N; mask++) {
        prove_by(&w, w.body, mask);
        if (mask == present) {
            CHECK_OK(sc_receipt_verify(NULL, NULL, w.body, &w.roster, NULL));
        } else {
            refused(&w, w.body, "the receipt is ");
        }
    }
    prove_by(&w, w.body, present | 1U << BOB);
    refused(&w, w.body, "signed by bob, who posted and was not there");
    prove_by(&w, w.body, (present & ~(1U << CAROL)) | 1U << AUDITOR);
    refused(&w, w.body, "not signed by carol");
    prove_by(&w, w.body, present & ~1U);
    refused(&w, w.body, "not signed by alice");
    prove_by(&w, w.body, present | 1U << N); /* a member, no party */
    refused(&w, w.body, "not signed by exactly its parties");
    prove_by(&w, w.body, present);
    CHECK(json_array_append(member(w.body, "proof"),
                            json_array_get(member(w.body, "proof"), 0)) == 0);
    refused(&w, w.body, "not signed by exactly its parties");
    prove_by(&w, w.body, present);
    w.keys[CAROL].identity = w.keys[BOB].identity; /* signs as carol */
    prove_by(&w, w.body, present);
    refused(&w, w.body, "the signature of carol");
    clear_world(&w);
}

static void test_bits(void **state)
{
    world w;
    sc_buf text = {0};

    (void)state;
    make_world(&w);
    json_decref(w.body);
    json_decref(w.disclosed);
    fixture_receipt(&w.r, &w.disclosed, &w.roster, 2, 1, 1, 1);
    fixture_post(&w.r, &w.roster, w.keys, 1U << BOB);
    CHECK_OK(sc_receipt_make(&w.body, &w.r));
    fixture_seal(w.body, &w.roster, w.keys, 3, FIXTURE_CREATED);
    CHECK_OK(sc_jcs_put(&text, w.body));
    for (size_t bit = 0; bit <= 8 * text.len; bit++) {
        json_t *v = NULL;
        sc_err err;

        if (bit < 8 * text.len) {
            text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
        err = sc_json_parse_canonical(&v, sc_buf_bytes(&text), SC_RECEIPT_MAX,
                                      NULL);
        if (err == SC_OK) {
            err = sc_receipt_verify(NULL, NULL, v, &w.roster, NULL);
        }
        json_decref(v);
        if (bit == 8 * text.len) {
            CHECK_OK(err); /* all are as they were */
            break;
        }
        CHECK(err == SC_E_WIRE || err == SC_E_CHEAT);
        text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    sc_buf_clear(&text);
    clear_world(&w);
}

/* ---- who signs and submits ------------------------------------------------ */

static void test_sign(void **state)
{
    world w;
    uint8_t sig[SC_SIG_LEN] = {0}, sigs[N][SC_SIG_LEN] = {{0}};
    json_t *bare = json_object();

    (void)state;
    make_world(&w);
    for (size_t p = 0; p < N + 1; p++) {
        int signs = (~POSTED >> p & 1) != 0 && p < N;

        memset(sig, 0, sizeof sig);
        CHECK_ERR(signs ? SC_OK : SC_E_ARG,
                  sc_receipt_sign(sig, w.body, w.roster.parties[p].did,
                                  FIXTURE_CREATED, &w.keys[p].identity));
        if (!signs) {
            CHECK_ZERO(sig, sizeof sig);
        }
    }
    CHECK_ERR(SC_E_WIRE, sc_receipt_sign(sig, bare, w.roster.parties[0].did,
                                         FIXTURE_CREATED, &w.keys[0].identity));
    CHECK_ERR(SC_E_ARG, sc_receipt_seal(w.body, FIXTURE_CREATED,
                                        (const uint8_t(*)[SC_SIG_LEN])sigs, 3));
    json_decref(bare);
    clear_world(&w);
}

static void test_submit(void **state)
{
    world w;
    sc_entry e;

    (void)state;
    make_world(&w);
    seal(&w, w.body);
    for (size_t p = 0; p < N; p++) {
        sc_entry mine = {0};
        int is_posted = (POSTED >> p & 1) != 0;

        CHECK_ERR(is_posted ? SC_E_ARG : SC_OK,
                  sc_receipt_entry(&mine, w.body, w.roster.parties[p].did,
                                   &w.keys[p].identity));
        if (is_posted) {
            CHECK_ZERO(&mine, sizeof mine);
            mine = e; /* it makes one itself */
            strcpy(mine.did, w.roster.parties[p].did);
            CHECK_OK(sc_entry_sign(&mine, &w.keys[p].identity));
        }
        CHECK_OK(sc_entry_verify(&mine, &w.roster, NULL));
        CHECK_U64(mine.n, N);
        CHECK_ERR(is_posted ? SC_E_CHEAT : SC_OK,
                  sc_receipt_match(&mine, w.body));
        e = mine;
    }
    clear_world(&w);
}

static sc_err make_and_verify(void *arg)
{
    world *w = arg;
    sc_receipt r;
    json_t *body = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_receipt_make(&body, &w->r));
    SC_TRY(sc_receipt_take(&r, body));
    SC_TRY(sc_receipt_verify(NULL, NULL, w->body, &w->roster, NULL));
    err = SC_OK;
out:
    json_decref(body);
    return err;
}

static void test_memory(void **state)
{
    world w;

    (void)state;
    make_world(&w);
    seal(&w, w.body);
    CHECK_ALLOC(make_and_verify, &w);
    clear_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_ranges),     cmocka_unit_test(test_alone),
        cmocka_unit_test(test_forms),      cmocka_unit_test(test_false_posts),
        cmocka_unit_test(test_changed),    cmocka_unit_test(test_signers),
        cmocka_unit_test(test_bits),       cmocka_unit_test(test_sign),
        cmocka_unit_test(test_submit),     cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
