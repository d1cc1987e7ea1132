/* tests/unit/test_receipt.c: receipts of the model in receipt.kat; ranges;
 * everything that a signed receipt may not be. */
#include "tests/unit/receipt_fixture.h"

typedef struct {
    sc_roster roster;
    sc_keys keys[SC_MAX_PARTIES];
    sc_receipt r;
    json_t *disclosed;
    json_t *body;
} world;

/* The owners of the mask posted and left. */
static void make_posted_world(world *w, size_t n, uint64_t cells,
                              uint64_t vectors, int has_analyst,
                              unsigned posted)
{
    size_t n_all = n + (has_analyst ? 1 : 0);
    size_t members = n_all > 4 ? n_all : 4;

    memset(w, 0, sizeof *w);
    fixture_roster(&w->roster, w->keys, members, members);
    fixture_receipt(&w->r, &w->disclosed, &w->roster, n, cells, vectors,
                    has_analyst);
    fixture_post(&w->r, &w->roster, w->keys, posted);
    CHECK_OK(sc_receipt_make(&w->body, &w->r));
}

static void make_world(world *w, size_t n, uint64_t cells, uint64_t vectors,
                       int has_analyst)
{
    make_posted_world(w, n, cells, vectors, has_analyst, 0);
}

static void clear_world(world *w)
{
    json_decref(w->body);
    json_decref(w->disclosed);
}

static void check_text(const json_t *v, const char *want)
{
    sc_buf text = {0};

    CHECK_OK(sc_jcs_put(&text, v));
    CHECK_OK(sc_buf_terminate(&text));
    CHECK_STR((char *)text.p, want);
    sc_buf_clear(&text);
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "receipt.kat"); sc_kat_next(&t);) {
        world w;
        sc_entry e;
        sc_buf text = {0};
        sc_receipt back;
        int64_t created;
        sc_fault why = {0};
        size_t last;

        make_posted_world(&w, sc_kat_size(&t, "n"), sc_kat_u64(&t, "cells"),
                          sc_kat_u64(&t, "vectors"),
                          sc_kat_u64(&t, "analyst") == 1,
                          (unsigned)sc_kat_u64(&t, "posted"));
        last = w.r.n_parties - 1;
        check_text(w.body, sc_kat_str(&t, "body"));
        fixture_seal(w.body, &w.roster, w.keys, w.r.n_parties, FIXTURE_CREATED);
        check_text(w.body, sc_kat_str(&t, "secured"));
        CHECK_OK(sc_receipt_entry(&e, w.body, w.r.parties[last].did,
                                  &w.keys[last].identity));
        CHECK_OK(sc_entry_verify(&e, &w.roster, &why));
        CHECK_OK(sc_receipt_match(&e, w.body));
        CHECK_OK(sc_entry_make(&text, &e));
        CHECK_OK(sc_buf_terminate(&text));
        CHECK_STR((char *)text.p, sc_kat_str(&t, "entry"));
        CHECK_OK(sc_receipt_verify(&back, &created, w.body, &w.roster, &why));
        CHECK_I64(created, FIXTURE_CREATED);
        CHECK_U64(back.n_parties, w.r.n_parties);
        CHECK_U64(back.n_channels, w.r.n_channels);
        CHECK_BYTES(back.sid, w.r.sid, SC_HASH_LEN);
        CHECK_STR(back.protocol, "masked-sum/1");
        sc_buf_clear(&text);
        clear_world(&w);
    }
}

/* 16 parties, 240 channels, the longest of texts. */
static void test_largest(void **state)
{
    char text[SC_RECEIPT_MAX_TEXT + 2];
    world w;
    sc_receipt back;
    sc_buf jcs = {0};

    (void)state;
    memset(text, 'x', sizeof text);
    text[SC_RECEIPT_MAX_TEXT] = '\0';
    make_world(&w, 16, SC_MAX_CELLS, 1, 0);
    json_decref(w.body);
    w.r.collusion = text;
    w.r.vectors = SC_RECEIPT_MAX_VECTORS;
    while (json_array_size(w.disclosed) < SC_RECEIPT_MAX_WORDS / 2) {
        CHECK(json_array_append_new(w.disclosed, json_string(text)) == 0);
    }
    CHECK_OK(sc_receipt_make(&w.body, &w.r));
    fixture_seal(w.body, &w.roster, w.keys, 16, FIXTURE_CREATED);
    CHECK_OK(sc_receipt_verify(&back, NULL, w.body, &w.roster, NULL));
    CHECK_U64(back.n_channels, 240);
    CHECK_OK(sc_jcs_put(&jcs, w.body));
    CHECK(jcs.len <= SC_RECEIPT_MAX);
    json_decref(w.body);
    while (json_array_size(w.disclosed) < SC_RECEIPT_MAX_WORDS) {
        CHECK(json_array_append_new(w.disclosed, json_string(text)) == 0);
    }
    w.body = NULL;
    CHECK_ERR(SC_E_ARG, sc_receipt_make(&w.body, &w.r)); /* too long now */
    CHECK(w.body == NULL);
    sc_buf_clear(&jcs);
    clear_world(&w);
}

static void test_ranges(void **state)
{
    char text[SC_RECEIPT_MAX_TEXT + 2];
    world w;
    sc_receipt good;
    json_t *made = NULL, *words = json_pack("[s, i]", "a", 1);
    json_t *empty = json_pack("[s]", "");

    (void)state;
    make_world(&w, 3, 1, 1, 0);
    good = w.r;
    memset(text, 'x', sizeof text);
    text[SC_RECEIPT_MAX_TEXT + 1] = '\0';
#define REFUSES(change)                                                        \
    do {                                                                       \
        w.r = good;                                                            \
        change;                                                                \
        CHECK_ERR(SC_E_ARG, sc_receipt_make(&made, &w.r));                     \
        CHECK(made == NULL);                                                   \
    } while (0)
    REFUSES(w.r.protocol = "");
    REFUSES(w.r.model = NULL);
    REFUSES(w.r.collusion = text);
    REFUSES(w.r.sw_name = "");
    REFUSES(w.r.sw_version = "");
    REFUSES(w.r.ring = 32);
    REFUSES(w.r.words = SC_RECEIPT_MAX_SHARE + 1);
    REFUSES(w.r.n_parties = 0);
    REFUSES(w.r.n_parties = 17);
    REFUSES(w.r.parties[1].did = w.r.parties[0].did);
    REFUSES(w.r.parties[1].did = "did:key:z");
    REFUSES(w.r.parties[1].did = NULL);
    REFUSES(w.r.parties[1].roles = 0);
    REFUSES(w.r.parties[1].roles = 32);
    REFUSES(w.r.parties[0].roles = SC_ROLE_INPUT); /* nobody receives */
    REFUSES(w.r.n_channels = SC_RECEIPT_MAX_CHANNELS + 1);
    REFUSES(w.r.n_channels--); /* each ordered pair */
    REFUSES(w.r.channels[0].from = 3);
    REFUSES(w.r.channels[0].to = 3);
    REFUSES(w.r.channels[0].to = w.r.channels[0].from);
    REFUSES(w.r.channels[0] = w.r.channels[1]);
    REFUSES(w.r.channels[0].bytes = (uint64_t)SC_JSON_MAX_INT + 1);
    REFUSES(w.r.channels[0].messages = UINT64_MAX);
    REFUSES(w.r.cells = 0);
    REFUSES(w.r.cells = SC_MAX_CELLS + 1);
    REFUSES(w.r.vectors = 0);
    REFUSES(w.r.vectors = SC_RECEIPT_MAX_VECTORS + 1);
    REFUSES(w.r.disclosed = NULL);
    REFUSES(w.r.disclosed = words);
    REFUSES(w.r.disclosed = empty);
    REFUSES(w.r.min_group = 0);
    REFUSES(w.r.min_group = UINT64_MAX);
    REFUSES(w.r.started = -1);
    REFUSES(w.r.not_after = w.r.started - 1);
    REFUSES(w.r.not_after = SC_JSON_MAX_INT + 1);
    json_decref(words);
    json_decref(empty);
    clear_world(&w);
}

/* ---- reading ------------------------------------------------------------ */

static sc_err parse_and_verify(const world *w, sc_bytes text)
{
    json_t *v = NULL;
    sc_fault why = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_parse_canonical(&v, text, SC_RECEIPT_MAX, NULL));
    SC_TRY(sc_receipt_verify(NULL, NULL, v, &w->roster, &why));
    err = SC_OK;
out:
    CHECK(v == NULL || err == SC_OK || (why.code == err && why.text[0] != 0));
    json_decref(v);
    return err;
}

static void test_bits(void **state)
{
    world w;
    sc_buf text = {0};

    (void)state;
    make_world(&w, 2, 1, 1, 1);
    fixture_seal(w.body, &w.roster, w.keys, 3, FIXTURE_CREATED);
    CHECK_OK(sc_jcs_put(&text, w.body));
    CHECK_OK(parse_and_verify(&w, sc_buf_bytes(&text)));
    for (size_t bit = 0; bit < 8 * text.len; bit++) {
        sc_err err;

        text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        err = parse_and_verify(&w, sc_buf_bytes(&text));
        CHECK(err == SC_E_WIRE || err == SC_E_CHEAT);
        text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    sc_buf_clear(&text);
    clear_world(&w);
}

static json_t *member(json_t *object, const char *key)
{
    return json_object_get(object, key);
}

static json_t *element(json_t *object, const char *key, size_t i)
{
    return json_array_get(json_object_get(object, key), i);
}

static void swap_first(json_t *list)
{
    CHECK(json_array_append(list, json_array_get(list, 0)) == 0);
    CHECK(json_array_remove(list, 0) == 0);
}

/* All parties sign a body that is not as it must be. */
static void test_forms(void **state)
{
    world w;
    sc_receipt r;
    json_t *bad;

    (void)state;
    make_world(&w, 3, 1, 1, 0);
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
    for (void *at = json_object_iter(w.body); at != NULL;
         at = json_object_iter_next(w.body, at)) {
        MALFORMED(json_object_del(bad, json_object_iter_key(at)));
        MALFORMED(SET(bad, json_object_iter_key(at), json_null()));
    }
    MALFORMED(SET(bad, "prev", json_string("x")));
    MALFORMED(SET(bad, "v", json_integer(2)));
    MALFORMED(SET(bad, "status", json_string("ok")));
    MALFORMED(SET(bad, "type", json_string("Receipt")));
    MALFORMED(SET(member(bad, "job"), "text", json_string("SELECT")));
    MALFORMED(SET(member(bad, "plan"), "ring", json_integer(96)));
    MALFORMED(SET(member(bad, "time"), "finished", json_integer(1)));
    MALFORMED(SET(member(bad, "output"), "digest", json_string("00")));
    MALFORMED(json_array_append_new(member(member(bad, "output"), "recipients"),
                                    json_string(w.r.parties[1].did)));
    MALFORMED(json_array_clear(member(bad, "parties")));
    MALFORMED(
        json_array_append(member(bad, "parties"), element(bad, "parties", 0)));
    MALFORMED(json_array_append_new(member(element(bad, "parties", 0), "roles"),
                                    json_string("auditor")));
    MALFORMED((swap_first(member(element(bad, "parties", 0), "roles")), 0));
    MALFORMED(json_object_del(element(bad, "parties", 0), "outputCommitment"));
    MALFORMED(SET(element(bad, "parties", 0), "vm", json_string("did:x#y")));
    MALFORMED(SET(element(bad, "parties", 0), "did",
                  json_string(w.roster.parties[3].did)));
    MALFORMED((swap_first(member(bad, "channels")), 0));
    MALFORMED(json_array_remove(member(bad, "channels"), 0)); /* root differs */
    MALFORMED(json_array_append(member(bad, "channels"),
                                element(bad, "channels", 0)));
    MALFORMED(SET(element(bad, "channels", 1), "bytes", json_integer(-1)));
    MALFORMED(SET(element(bad, "channels", 1), "bytes", json_integer(5)));
    MALFORMED(SET(element(bad, "channels", 1), "to", json_string("nobody")));
    MALFORMED(SET(member(bad, "rules"), "minGroup", json_integer(0)));
    MALFORMED(SET(member(bad, "sw"), "name", json_string("")));
    MALFORMED(SET(bad, "notAfter", json_integer(0)));
    MALFORMED(json_array_append_new(member(bad, "disclosed"), json_true()));
    CHECK_ERR(SC_E_WIRE, sc_receipt_take(&r, NULL));
    clear_world(&w);
}

static void test_verify(void **state)
{
    world w;
    sc_fault why = {0};
    json_t *bad;
    sc_entry e;
    uint8_t sigs[3][SC_SIG_LEN] = {{0}};

    (void)state;
    make_world(&w, 3, 1, 1, 0);
    CHECK_ERR(SC_E_WIRE,
              sc_receipt_entry(&e, w.body, w.r.parties[0].did,
                               &w.keys[0].identity)); /* not secured */
    CHECK_ERR(SC_E_WIRE,
              sc_receipt_verify(NULL, NULL, w.body, &w.roster, &why));
    CHECK_ERR(SC_E_ARG, sc_receipt_seal(w.body, 1,
                                        (const uint8_t(*)[SC_SIG_LEN])sigs, 2));
    CHECK_OK(sc_receipt_seal(w.body, FIXTURE_CREATED,
                             (const uint8_t(*)[SC_SIG_LEN])sigs, 3));
    CHECK_ERR(SC_E_CHEAT,
              sc_receipt_verify(NULL, NULL, w.body, &w.roster, &why));

    static const struct {
        int64_t created;
        sc_err want;
    } times[] = {{FIXTURE_STARTED - 1, SC_E_CHEAT},
                 {FIXTURE_STARTED, SC_OK},
                 {FIXTURE_NOT_AFTER, SC_OK},
                 {FIXTURE_NOT_AFTER + 1, SC_E_CHEAT}};

    for (size_t i = 0; i < 4; i++) {
        bad = json_deep_copy(w.body);
        json_object_del(bad, "proof");
        fixture_seal(bad, &w.roster, w.keys, 3, times[i].created);
        CHECK_ERR(times[i].want,
                  sc_receipt_verify(NULL, NULL, bad, &w.roster, &why));
        json_decref(bad);
    }
    fixture_seal(w.body, &w.roster, w.keys, 3, FIXTURE_CREATED);
    CHECK_OK(sc_receipt_verify(NULL, NULL, w.body, &w.roster, NULL));
    w.roster.digest[0] ^= 1; /* of another consortium */
    CHECK_ERR(SC_E_CHEAT,
              sc_receipt_verify(NULL, NULL, w.body, &w.roster, &why));
    w.roster.digest[0] ^= 1;
    w.roster.parties[2] = w.roster.parties[3]; /* carol is no member */
    CHECK_ERR(SC_E_CHEAT,
              sc_receipt_verify(NULL, NULL, w.body, &w.roster, &why));
    clear_world(&w);
}

/* An entry is the receipt's by its i, s, n and submitter; which of two twins it
 * names is d alone. */
static void test_match(void **state)
{
    world w;
    sc_entry e, twin, bad;
    json_t *body;

    (void)state;
    make_world(&w, 3, 1, 1, 0);
    body = json_deep_copy(w.body);
    fixture_seal(w.body, &w.roster, w.keys, 3, FIXTURE_CREATED);
    CHECK_ERR(SC_E_ARG,
              sc_receipt_entry(&e, w.body, w.roster.parties[3].did,
                               &w.keys[3].identity)); /* none of its parties */
    for (size_t p = 0; p < 3; p++) {
        CHECK_OK(sc_receipt_entry(&e, w.body, w.r.parties[p].did,
                                  &w.keys[p].identity));
        CHECK_STR(e.did, w.roster.parties[p].did);
        CHECK_OK(sc_entry_verify(&e, &w.roster, NULL));
        CHECK_OK(sc_receipt_match(&e, w.body));
        CHECK_OK(sc_receipt_match(&e, body)); /* before the signatures */
    }
    json_object_del(w.body, "proof");
    fixture_seal(w.body, &w.roster, w.keys, 3, FIXTURE_CREATED + 1);
    CHECK_OK(sc_receipt_entry(&twin, w.body, w.r.parties[0].did,
                              &w.keys[0].identity));
    CHECK_BYTES(twin.i, e.i, SC_HASH_LEN);
    CHECK(memcmp(twin.d, e.d, SC_HASH_LEN) != 0);
    CHECK_OK(sc_receipt_match(&e, w.body));
    CHECK_OK(sc_receipt_match(&twin, body));

    bad = e;
    bad.i[31] ^= 1;
    CHECK_ERR(SC_E_CHEAT, sc_receipt_match(&bad, body));
    bad = e;
    bad.s[0] ^= 1;
    CHECK_ERR(SC_E_CHEAT, sc_receipt_match(&bad, body));
    bad = e;
    bad.n = 2;
    CHECK_ERR(SC_E_CHEAT, sc_receipt_match(&bad, body));
    bad = e;
    strcpy(bad.did, w.roster.parties[3].did);
    CHECK_ERR(SC_E_CHEAT, sc_receipt_match(&bad, body));
    bad = e;
    bad.type = SC_ENTRY_INTENT;
    CHECK_ERR(SC_E_CHEAT, sc_receipt_match(&bad, body));
    json_object_del(body, "sid");
    CHECK_ERR(SC_E_WIRE, sc_receipt_match(&e, body));
    json_decref(body);
    clear_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_largest),
        cmocka_unit_test(test_ranges),        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_forms),         cmocka_unit_test(test_verify),
        cmocka_unit_test(test_match),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
