/* tests/unit/test_rules.c: every order of entries of one session against the
 * rules in words; replay, rewinding, idempotency. */
#include "base/mem.h"
#include "ledger/rules.h"
#include "tests/unit/ledger_fixture.h"

typedef struct {
    sc_roster r;
    sc_keys keys[SC_MAX_PARTIES];
    sc_rules *rules;
} world;

static void genesis(sc_buf *out, const world *w)
{
    sc_entry e = {.type = SC_ENTRY_GENESIS, .n = w->r.n_parties};

    memcpy(e.consortium, w->r.digest, SC_HASH_LEN);
    for (size_t p = 0; p < e.n; p++) {
        CHECK_OK(
            sc_entry_sign_genesis(e.g[p], e.consortium, &w->keys[p].identity));
    }
    CHECK_OK(sc_entry_make(out, &e));
}

/* An entry of session number sid; `salt` makes the i of a receipt or intent. */
static void make(sc_buf *out, const world *w, sc_entry_type type, uint64_t sid,
                 size_t party, uint64_t salt)
{
    uint8_t h[SC_HASH_LEN] = {0};
    sc_entry e = {.type = type};

    sc_store_le64(h, sid);
    if (sc_entry_has_session(type)) {
        sc_entry_session(e.s, h);
    }
    strcpy(e.did, w->r.parties[party].did);
    if (!sc_entry_is_statement(type)) {
        e.n = 3;
        sc_store_le64(e.i, salt);
        e.i[31] = (uint8_t)type;
    } else if (type == SC_ENTRY_REFUSAL) {
        sc_entry_refusal_id(e.i, e.did, w->r.parties[0].did, h, (int64_t)salt,
                            (const uint8_t[32]){1});
    } else {
        sc_entry_statement_id(e.i, type, e.did, e.s);
    }
    CHECK_OK(sc_entry_sign(&e, &w->keys[party].identity));
    CHECK_OK(sc_entry_make(out, &e));
}

static sc_err put(world *w, sc_entry_type type, uint64_t sid, size_t party,
                  uint64_t salt)
{
    uint64_t size = sc_rules_size(w->rules);
    sc_fault why = {0};
    sc_buf text = {0};
    sc_err err;

    make(&text, w, type, sid, party, salt);
    err = sc_rules_append(w->rules, NULL, sc_buf_bytes(&text), &why);
    CHECK_U64(sc_rules_size(w->rules), size + (err == SC_OK ? 1 : 0));
    if (err != SC_OK) {
        char prefix[40];

        snprintf(prefix, sizeof prefix,
                 "entry %llu: ", (unsigned long long)size);
        CHECK(strncmp(why.text, prefix, strlen(prefix)) == 0);
        CHECK(strlen(why.text) > strlen(prefix) && why.code == err);
    }
    sc_buf_clear(&text);
    return err;
}

static void start(world *w)
{
    sc_buf text = {0};

    fixture_roster(&w->r, w->keys, 4, 3);
    CHECK_OK(sc_rules_new(&w->rules, &w->r));
    genesis(&text, w);
    CHECK_OK(sc_rules_append(w->rules, NULL, sc_buf_bytes(&text), NULL));
    sc_buf_clear(&text);
}

/* ---- genesis ------------------------------------------------------------ */

static void test_genesis(void **state)
{
    world w;
    sc_buf text = {0}, receipt = {0};
    sc_entry e;
    sc_fault why = {0};

    (void)state;
    fixture_roster(&w.r, w.keys, 4, 3);
    CHECK_OK(sc_rules_new(&w.rules, &w.r));
    make(&receipt, &w, SC_ENTRY_RECEIPT, 1, 0, 1);
    CHECK_ERR(SC_E_STATE,
              sc_rules_append(w.rules, NULL, sc_buf_bytes(&receipt), &why));
    genesis(&text, &w);
    CHECK_OK(sc_rules_append(w.rules, &e, sc_buf_bytes(&text), &why));
    CHECK_U64(e.type, SC_ENTRY_GENESIS);
    CHECK_ERR(SC_E_STATE,
              sc_rules_append(w.rules, &e, sc_buf_bytes(&text), &why));
    CHECK_OK(sc_rules_append(w.rules, &e, sc_buf_bytes(&receipt), &why));
    CHECK_U64(e.type, SC_ENTRY_RECEIPT);
    sc_rules_free(&w.rules);
    CHECK(w.rules == NULL);
    sc_rules_free(&w.rules);

    w.r.digest[0] ^= 1; /* another consortium's log */
    CHECK_OK(sc_rules_new(&w.rules, &w.r));
    CHECK_ERR(SC_E_CHEAT,
              sc_rules_append(w.rules, &e, sc_buf_bytes(&text), &why));
    CHECK_U64(sc_rules_size(w.rules), 0);
    sc_rules_free(&w.rules);
    sc_buf_clear(&text);
    sc_buf_clear(&receipt);
}

/* ---- all orders of a session's entries ----------------------------------- */

/* The rules in words: what may follow what came before in one session. */
static int may_follow(const sc_entry_type *past, size_t n, sc_entry_type next)
{
    int has_receipt = 0, has_void = 0, has_intent = 0, has_same = 0;

    for (size_t i = 0; i < n; i++) {
        has_receipt |= past[i] == SC_ENTRY_RECEIPT;
        has_void |= past[i] == SC_ENTRY_VOID;
        has_intent |= past[i] == SC_ENTRY_INTENT;
        has_same |= past[i] == next;
    }
    switch (next) {
    case SC_ENTRY_RECEIPT:
    case SC_ENTRY_VOID:
        return !has_receipt && !has_void;
    case SC_ENTRY_INTENT:
        return !has_receipt && !has_void && !has_intent;
    case SC_ENTRY_ABORT:
        return !has_receipt && !has_same; /* one by one party */
    case SC_ENTRY_OUTCOME:
        return has_receipt && !has_same;
    default:
        return !has_same;
    }
}

static void walk(world *w, sc_entry_type *past, size_t n, uint64_t salt)
{
    uint64_t size = sc_rules_size(w->rules);

    if (n == 4) {
        return;
    }
    for (unsigned type = SC_ENTRY_RECEIPT; type < SC_ENTRY_N_TYPES; type++) {
        int ok = may_follow(past, n, (sc_entry_type)type);

        /* A fresh i, so that only the session's past speaks; a refusal and a
         * statement have but one i for one party. */
        CHECK_ERR(ok ? SC_OK : SC_E_STATE,
                  put(w, (sc_entry_type)type, 5, 2,
                      type == SC_ENTRY_REFUSAL ? 0 : salt + 10 * n));
        if (ok) {
            past[n] = (sc_entry_type)type;
            walk(w, past, n + 1, salt);
            CHECK_OK(sc_rules_rewind(w->rules, size));
            CHECK_U64(sc_rules_size(w->rules), size);
        }
    }
}

static void test_orders(void **state)
{
    sc_entry_type past[4];
    world w;

    (void)state;
    start(&w);
    CHECK_OK(put(&w, SC_ENTRY_RECEIPT, 4, 0, 1000)); /* other sessions */
    CHECK_OK(put(&w, SC_ENTRY_VOID, 6, 0, 0));
    walk(&w, past, 0, 1);
    sc_rules_free(&w.rules);
}

/* ---- single rules -------------------------------------------------------- */

static void test_rules(void **state)
{
    uint8_t sid[SC_HASH_LEN] = {1}, s[SC_HASH_LEN], i[SC_HASH_LEN];
    sc_entry_type type = SC_ENTRY_N_TYPES;
    uint64_t index = 99;
    world w;

    (void)state;
    start(&w);
    sc_entry_session(s, sid);
    CHECK_ERR(SC_E_NOT_FOUND, sc_rules_fate(w.rules, &type, &index, s));
    CHECK_OK(put(&w, SC_ENTRY_INTENT, 1, 0, 1)); /* index 1 */
    CHECK_ERR(SC_E_NOT_FOUND, sc_rules_fate(w.rules, &type, &index, s));
    CHECK_OK(put(&w, SC_ENTRY_ABORT, 1, 2, 0));
    CHECK_OK(put(&w, SC_ENTRY_ABORT, 1, 3, 0)); /* each for itself */
    CHECK_ERR(SC_E_STATE, put(&w, SC_ENTRY_ABORT, 1, 3, 0));
    CHECK_OK(put(&w, SC_ENTRY_RECEIPT, 1, 0, 2)); /* index 4 */
    CHECK_OK(sc_rules_fate(w.rules, &type, &index, s));
    CHECK(type == SC_ENTRY_RECEIPT && index == 4);
    CHECK_ERR(SC_E_STATE, put(&w, SC_ENTRY_VOID, 1, 1, 0));
    CHECK_ERR(SC_E_STATE, put(&w, SC_ENTRY_RECEIPT, 1, 0, 3));
    CHECK_ERR(SC_E_STATE, put(&w, SC_ENTRY_RECEIPT, 2, 0, 2)); /* i seen */
    CHECK_OK(put(&w, SC_ENTRY_RECEIPT, 2, 0, 3)); /* a second run of a job */
    CHECK_OK(put(&w, SC_ENTRY_OUTCOME, 1, 0, 0)); /* index 6 */
    CHECK_OK(put(&w, SC_ENTRY_OUTCOME, 1, 1, 0));
    CHECK_OK(put(&w, SC_ENTRY_REFUSAL, 1, 1, 20000));
    CHECK_ERR(SC_E_STATE, put(&w, SC_ENTRY_REFUSAL, 1, 1, 20000));
    CHECK_OK(put(&w, SC_ENTRY_REFUSAL, 1, 1, 20001)); /* the next day */
    sc_entry_statement_id(i, SC_ENTRY_OUTCOME, w.r.parties[0].did, s);
    CHECK_OK(sc_rules_find(w.rules, &index, i));
    CHECK_U64(index, 6);
    i[0] ^= 1;
    CHECK_ERR(SC_E_NOT_FOUND, sc_rules_find(w.rules, &index, i));
    CHECK_U64(sc_rules_size(w.rules), 10);
    sc_rules_free(&w.rules);
}

static void test_forgeries(void **state)
{
    world w;
    sc_buf text = {0};
    sc_fault why = {0};

    (void)state;
    start(&w);
    make(&text, &w, SC_ENTRY_VOID, 1, 1, 0);
    for (size_t bit = 0; bit < 8 * text.len; bit += 5) {
        sc_err err;

        text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        err = sc_rules_append(w.rules, NULL, sc_buf_bytes(&text), &why);
        CHECK(err == SC_E_WIRE || err == SC_E_CHEAT);
        CHECK_U64(sc_rules_size(w.rules), 1);
        text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    CHECK_OK(sc_rules_append(w.rules, NULL, sc_buf_bytes(&text), &why));
    sc_rules_free(&w.rules);
    sc_buf_clear(&text);
}

/* ---- many entries, replayed and rewound ----------------------------------- */

#define N 600

static void test_replay(void **state)
{
    static sc_buf log[N];
    uint8_t i[SC_HASH_LEN], s[SC_HASH_LEN], sid[SC_HASH_LEN];
    sc_entry_type type;
    uint64_t index;
    world w;

    (void)state;
    start(&w);
    genesis(&log[0], &w);
    for (size_t k = 1; k < N; k++) {
        make(&log[k], &w, k % 3 == 0 ? SC_ENTRY_VOID : SC_ENTRY_RECEIPT, k, 1,
             k);
    }
    for (int round = 0; round < 2; round++) {
        for (size_t k = sc_rules_size(w.rules); k < N; k++) {
            CHECK_OK(
                sc_rules_append(w.rules, NULL, sc_buf_bytes(&log[k]), NULL));
        }
        for (size_t k = 1; k < N; k++) {
            memset(sid, 0, sizeof sid);
            sc_store_le64(sid, k);
            sc_entry_session(s, sid);
            CHECK_OK(sc_rules_fate(w.rules, &type, &index, s));
            CHECK_U64(index, k);
            CHECK_U64(type, k % 3 == 0 ? SC_ENTRY_VOID : SC_ENTRY_RECEIPT);
            CHECK_ERR(SC_E_STATE, sc_rules_append(w.rules, NULL,
                                                  sc_buf_bytes(&log[k]), NULL));
        }
        CHECK_ERR(SC_E_ARG, sc_rules_rewind(w.rules, N + 1));
        CHECK_OK(sc_rules_rewind(w.rules, N));
        CHECK_U64(sc_rules_size(w.rules), N);
        CHECK_OK(sc_rules_rewind(w.rules, 301));
        memset(i, 0, sizeof i);
        i[31] = SC_ENTRY_RECEIPT;
        for (size_t k = 1; k < N; k += k % 3 == 1 ? 1 : 2) {
            sc_store_le64(i, k);
            CHECK_ERR(k <= 300 ? SC_OK : SC_E_NOT_FOUND,
                      sc_rules_find(w.rules, &index, i));
        }
    }
    CHECK_OK(sc_rules_rewind(w.rules, 0));
    CHECK_OK(sc_rules_append(w.rules, NULL, sc_buf_bytes(&log[0]), NULL));
    sc_rules_free(&w.rules);
    for (size_t k = 0; k < N; k++) {
        sc_buf_clear(&log[k]);
    }
}

/* Failing allocations leave the state as it was: append the same again. */
static void test_memory(void **state)
{
    world w;
    sc_buf text = {0};
    uint64_t n_failed = 0;

    (void)state;
    start(&w);
    for (uint64_t k = 1; k < 200; k++) { /* across a growth of the tables */
        sc_err err = SC_E_MEM;

        make(&text, &w, SC_ENTRY_RECEIPT, k, 0, k);
        for (uint64_t at = 1; err != SC_OK; at++) {
            sc_alloc_fail_at(at);
            err = sc_rules_append(w.rules, NULL, sc_buf_bytes(&text), NULL);
            sc_alloc_fail_at(0);
            CHECK(err == SC_OK || err == SC_E_MEM);
            CHECK_U64(sc_rules_size(w.rules), err == SC_OK ? k + 1 : k);
            n_failed += err == SC_E_MEM ? 1 : 0;
        }
        sc_buf_reset(&text);
    }
    CHECK(n_failed > 200);
    for (uint64_t at = 1; at <= 2; at++) {
        sc_alloc_fail_at(at);
        CHECK_ERR(SC_E_MEM, sc_rules_rewind(w.rules, 5));
        sc_alloc_fail_at(0);
        CHECK_U64(sc_rules_size(w.rules), 200);
        CHECK_ERR(SC_E_STATE, put(&w, SC_ENTRY_RECEIPT, 150, 0, 150));
    }
    sc_rules_free(&w.rules);
    sc_alloc_fail_at(1);
    CHECK_ERR(SC_E_MEM, sc_rules_new(&w.rules, &w.r));
    sc_alloc_fail_at(0);
    CHECK(w.rules == NULL);
    sc_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_genesis), cmocka_unit_test(test_orders),
        cmocka_unit_test(test_rules),   cmocka_unit_test(test_forgeries),
        cmocka_unit_test(test_replay),  cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
