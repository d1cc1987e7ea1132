/* tests/unit/test_entry.c: vectors in entry.kat; forms, signatures, mutations. */
#include "ledger/entry.h"
#include "tests/unit/ledger_fixture.h"

typedef struct {
    sc_roster r;
    sc_keys keys[SC_MAX_PARTIES];
} world;

static void digest_of(uint8_t out[SC_HASH_LEN], const char *name)
{
    sc_sha256(out, sc_bytes_of(name));
}

/* The same entry as the model's, built by our calls. */
static void build(sc_entry *e, const world *w, sc_entry_type type, size_t n,
                  size_t party)
{
    uint8_t h[SC_HASH_LEN], tag[32];

    memset(e, 0, sizeof *e);
    e->type = type;
    if (type == SC_ENTRY_GENESIS) {
        memcpy(e->consortium, w->r.digest, SC_HASH_LEN);
        e->n = n;
        for (size_t p = 0; p < n; p++) {
            CHECK_OK(sc_entry_sign_genesis(e->g[p], e->consortium,
                                           &w->keys[p].identity));
        }
        return;
    }
    digest_of(e->d, "d");
    digest_of(h, "sid");
    if (sc_entry_has_session(type)) {
        sc_entry_session(e->s, h);
    }
    strcpy(e->did, w->r.parties[party].did);
    digest_of(h, "job");
    digest_of(tag, "tag");
    if (!sc_entry_is_statement(type)) {
        e->n = n;
        digest_of(e->i, "i");
    } else if (type == SC_ENTRY_REFUSAL) {
        sc_entry_refusal_id(e->i, e->did, w->r.parties[0].did, h, 20000, tag);
    } else {
        sc_entry_statement_id(e->i, type, e->did, e->s);
    }
    CHECK_OK(sc_entry_sign(e, &w->keys[party].identity));
}

static void test_known_answers(void **state)
{
    world w;
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "entry.kat"); sc_kat_next(&t);) {
        sc_entry_type type = (sc_entry_type)sc_kat_u64(&t, "type");
        size_t n = sc_kat_size(&t, "n");
        sc_entry e, back;
        sc_buf text = {0};
        sc_fault why = {0};

        fixture_roster(&w.r, w.keys, n == 16 ? 16 : 4, n == 16 ? 9 : 3);
        build(&e, &w, type, n,
              sc_kat_has(&t, "party") ? sc_kat_size(&t, "party") : 0);
        CHECK_OK(sc_entry_make(&text, &e));
        CHECK_U64(text.len, sc_kat_text(&t, "text").len);
        CHECK_BYTES(text.p, sc_kat_str(&t, "text"), text.len);
        CHECK(text.len <=
              (type == SC_ENTRY_GENESIS ? SC_ENTRY_GENESIS_MAX : SC_ENTRY_MAX));
        CHECK_OK(sc_entry_take(&back, sc_buf_bytes(&text)));
        CHECK_BYTES(&back, &e, sizeof e);
        CHECK_OK(sc_entry_verify(&back, &w.r, &why));
        sc_buf_clear(&text);
    }
}

/* A flipped bit is malformed or fails to verify. */
static void test_mutations(void **state)
{
    world w;

    (void)state;
    fixture_roster(&w.r, w.keys, 4, 3);
    for (unsigned type = 0; type < SC_ENTRY_N_TYPES; type++) {
        sc_entry e, got;
        sc_buf text = {0};

        build(&e, &w, (sc_entry_type)type, 4, 1);
        CHECK_OK(sc_entry_make(&text, &e));
        for (size_t bit = 0; bit < 8 * text.len; bit++) {
            sc_err err;

            text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            err = sc_entry_take(&got, sc_buf_bytes(&text));
            if (err == SC_OK) {
                CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&got, &w.r, NULL));
            } else {
                CHECK_ERR(SC_E_WIRE, err);
            }
            text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
        for (size_t len = 0; len < text.len; len++) {
            CHECK_ERR(SC_E_WIRE, sc_entry_take(&got, (sc_bytes){text.p, len}));
        }
        CHECK_OK(sc_buf_put_str(&text, "\n"));
        CHECK_ERR(SC_E_WIRE, sc_entry_take(&got, sc_buf_bytes(&text)));
        sc_buf_clear(&text);
    }
}

#define H   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define G   H H "" /* 86 characters: 64 bytes */
#define DID "did:key:z6MkgRTXUi53Jg3hzTX4Yz2G1V1DPwYvRa1LuNnTmPpWwYhu"
#define RECEIPT(d, n, more)                                                    \
    "{\"d\":\"" d "\",\"g\":\"" G "\",\"i\":\"" H "\",\"n\":" n                \
    ",\"p\":\"" DID "\",\"s\":\"" H "\",\"t\":\"receipt/1\"" more "}"

static void test_forms(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "1",
        "{\"t\":\"receipt/1\"}",
        "{\"t\":1}",
        "{\"t\":\"key/1\"}",
        RECEIPT(H, "0", ""),
        RECEIPT(H, "17", ""),
        RECEIPT(H, "-1", ""),
        RECEIPT(H, "3.0", ""),
        RECEIPT(H, "\"3\"", ""),
        RECEIPT(H, "3", ",\"z\":1"),
        RECEIPT(H "A", "3", ""),
        RECEIPT("AAAA", "3", ""),
        RECEIPT(H, "3", " "),
        "{\"d\":\"" H "\",\"i\":\"" H "\",\"n\":3,\"s\":\"" H
        "\",\"t\":\"receipt/1\"}", /* nobody submits it */
        "{\"d\":\"" H "\",\"g\":\"" G "\",\"i\":\"" H "\",\"n\":3,\"p\":\"\","
        "\"s\":\"" H "\",\"t\":\"receipt/1\"}",
        "{\"c\":\"" H "\",\"g\":[],\"t\":\"genesis/1\"}",
        "{\"c\":\"" H "\",\"g\":{},\"t\":\"genesis/1\"}",
        "{\"c\":\"" H "\",\"g\":[\"AAAA\"],\"t\":\"genesis/1\"}",
    };
    sc_entry e = {.n = 5}, same = e;
    sc_buf b = {0};

    (void)state;
    CHECK_OK(sc_entry_take(&e, sc_bytes_of(RECEIPT(H, "3", ""))));
    CHECK_U64(e.n, 3);
    e = same;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(SC_E_WIRE, sc_entry_take(&e, sc_bytes_of(bad[i])));
    }
    CHECK_OK(sc_buf_put_str(&b, "{\"c\":\"" H "\",\"g\":["));
    for (size_t i = 0; i <= SC_MAX_PARTIES; i++) { /* one too many */
        CHECK_OK(sc_buf_put_str(&b, i == 0 ? "\"" : ",\""));
        CHECK_OK(sc_base64url_put(&b, (sc_bytes){(uint8_t[SC_SIG_LEN]){0},
                                                 SC_SIG_LEN}));
        CHECK_OK(sc_buf_put_str(&b, "\""));
    }
    CHECK_OK(sc_buf_put_str(&b, "],\"t\":\"genesis/1\"}"));
    CHECK_ERR(SC_E_WIRE, sc_entry_take(&e, sc_buf_bytes(&b)));
    sc_buf_reset(&b);
    while (b.len < SC_ENTRY_GENESIS_MAX) { /* long, but JSON */
        CHECK_OK(sc_buf_put_str(&b, "[]"));
    }
    CHECK_ERR(SC_E_WIRE, sc_entry_take(&e, sc_buf_bytes(&b)));
    CHECK_BYTES(&e, &same, sizeof e);
    sc_buf_clear(&b);
}

static void test_arguments(void **state)
{
    sc_entry e = {.type = SC_ENTRY_RECEIPT};
    sc_sign_key key;
    sc_buf b = {0};

    (void)state;
    sc_sign_key_init(&key, (const uint8_t[SC_KEY_LEN]){1});
    memcpy(e.did, DID, sizeof DID);
    CHECK_ERR(SC_E_ARG, sc_entry_make(&b, &e)); /* n = 0 */
    CHECK_ERR(SC_E_ARG, sc_entry_sign(&e, &key));
    e.n = SC_MAX_PARTIES + 1;
    CHECK_ERR(SC_E_ARG, sc_entry_make(&b, &e));
    CHECK_ERR(SC_E_ARG, sc_entry_sign(&e, &key));
    e.n = 3;
    e.did[0] = '\0'; /* nobody submits it */
    CHECK_ERR(SC_E_ARG, sc_entry_make(&b, &e));
    CHECK_ERR(SC_E_ARG, sc_entry_sign(&e, &key));
    e.type = SC_ENTRY_GENESIS; /* signed by all, elsewhere */
    CHECK_ERR(SC_E_ARG, sc_entry_sign(&e, &key));
    e = (sc_entry){.type = SC_ENTRY_VOID, .did = "did:key:z6Mk\"}"};
    CHECK_ERR(SC_E_ARG, sc_entry_make(&b, &e));
    CHECK_ERR(SC_E_ARG, sc_entry_sign(&e, &key));
    memset(e.did, '"', SC_DID_LEN);
    memcpy(e.did, "did:key:z", 9);
    CHECK_ERR(SC_E_ARG, sc_entry_make(&b, &e)); /* would break the JSON */
    e.type = SC_ENTRY_N_TYPES;
    CHECK_ERR(SC_E_ARG, sc_entry_make(&b, &e));
    CHECK_ERR(SC_E_ARG, sc_entry_sign(&e, &key));
    CHECK_U64(b.len, 0);
}

static void test_verify(void **state)
{
    world w;
    sc_entry e;
    sc_fault why = {0};

    (void)state;
    fixture_roster(&w.r, w.keys, 4, 3);
    build(&e, &w, SC_ENTRY_RECEIPT, 4, 0);
    CHECK_OK(sc_entry_verify(&e, &w.r, &why));
    e.n = 5; /* more than there are, signed */
    CHECK_OK(sc_entry_sign(&e, &w.keys[0].identity));
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_RECEIPT, 4, 0);
    strcpy(e.did, w.r.parties[2].did); /* carol did not submit it */
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_INTENT, 4, 0);
    CHECK_OK(sc_entry_sign(&e, &w.keys[1].identity)); /* bob, as alice */
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_GENESIS, 3, 0); /* one signature missing */
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_GENESIS, 4, 0);
    memcpy(e.g[2], e.g[1], SC_SIG_LEN); /* bob signs for carol */
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_VOID, 0, 1);
    strcpy(e.did, w.r.parties[2].did); /* carol did not say it */
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_VOID, 0, 1);
    e.i[0] ^= 1; /* a second i for one statement, signed */
    CHECK_OK(sc_entry_sign(&e, &w.keys[1].identity));
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_VOID, 0, 1);
    e.type = SC_ENTRY_ABORT; /* a void is no abort */
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_REFUSAL, 0, 3);
    w.r.n_parties = 3; /* the refuser is no member */
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    build(&e, &w, SC_ENTRY_RECEIPT, 3, 3); /* nor the submitter */
    CHECK_ERR(SC_E_CHEAT, sc_entry_verify(&e, &w.r, &why));
    CHECK(why.text[0] != '\0');
}

/* Who signs and who states; the i of a refusal hangs on each of its parts. */
static void test_kinds(void **state)
{
    const uint8_t job[SC_HASH_LEN] = {1}, tag[32] = {2}, other[32] = {3};
    uint8_t i[6][SC_HASH_LEN];

    (void)state;
    for (unsigned t = 0; t < SC_ENTRY_N_TYPES; t++) {
        int is_shared = t == SC_ENTRY_RECEIPT || t == SC_ENTRY_INTENT;

        CHECK(!sc_entry_has_signer((sc_entry_type)t) ==
              (t == SC_ENTRY_GENESIS));
        CHECK(!sc_entry_is_statement((sc_entry_type)t) ==
              (t == SC_ENTRY_GENESIS || is_shared));
    }
    sc_entry_refusal_id(i[0], "a", "b", job, 1, tag);
    sc_entry_refusal_id(i[1], "c", "b", job, 1, tag);
    sc_entry_refusal_id(i[2], "a", "c", job, 1, tag);
    sc_entry_refusal_id(i[3], "a", "b", other, 1, tag);
    sc_entry_refusal_id(i[4], "a", "b", job, 2, tag);
    sc_entry_refusal_id(i[5], "a", "b", job, 1, other);
    for (size_t a = 0; a < 6; a++) {
        for (size_t b = 0; b < a; b++) {
            CHECK(memcmp(i[a], i[b], SC_HASH_LEN) != 0);
        }
    }
}

static sc_err body(void *arg)
{
    const world *w = arg;
    sc_entry e = {.type = SC_ENTRY_VOID}, back;
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    strcpy(e.did, w->r.parties[0].did);
    sc_entry_statement_id(e.i, e.type, e.did, e.s);
    SC_TRY(sc_entry_sign(&e, &w->keys[0].identity));
    SC_TRY(sc_entry_make(&text, &e));
    SC_TRY(sc_entry_take(&back, sc_buf_bytes(&text)));
    SC_TRY(sc_entry_verify(&back, &w->r, NULL));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static void test_memory(void **state)
{
    world w;

    (void)state;
    fixture_roster(&w.r, w.keys, 4, 3);
    CHECK_ALLOC(body, &w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_forms),         cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_verify),        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
