/* tests/unit/test_node_call.c: one call at one node: what is none, what of it survives a
 * restart. */
#include <unistd.h>

#include "base/encode.h"
#include "tests/unit/call_fixture.h"

static int exists(const posts *w, size_t at, const char *name)
{
    char *dir = sc_post_file_dir(&w->house[at], w->digest);
    char *path = sc_path_join(dir, name);
    int is_there = access(path, F_OK) == 0;

    sc_free(path);
    sc_free(dir);
    return is_there;
}

static void write_file(const posts *w, size_t at, const char *name,
                       const char *text)
{
    char *dir = posts_dir(w, at);

    sc_folder_write(dir, name, text);
    sc_free(dir);
}

/* ---- a call that comes -------------------------------------------------------- */

static void test_new(void **state)
{
    posts w;

    start(&w, state);
    for (size_t at = 0; at < N_PARTIES; at++) {
        sc_call *c = make(&w, at);

        CHECK_BYTES(c->digest, w.digest, 32);
        CHECK_BYTES(c->plan->digest, w.plan->digest, 32);
        CHECK_U64(c->state, SC_CALL_OPEN);
        CHECK_U64(c->have, 0);
        CHECK_U64(sc_call_missing(c), POSTING);
        CHECK(sc_call_is_mine(c, &w.house[at]) == (at == BOB));
        CHECK(sc_call_is_owed(c, &w.house[at]) == (at == ALICE || at == CAROL));
        c->have = BIT(CAROL);
        CHECK_U64(sc_call_missing(c), BIT(ALICE));
        CHECK(exists(&w, at, "call"));
        CHECK(exists(&w, at, "mine") == (at == BOB));
        sc_call_free(&c);
        assert_null(c);
        sc_call_free(&c);
    }
    posts_clear(&w);
}

/* None of these is made; and what is made is not stored by that alone. */
static void no_call_of(const posts *w, size_t at, size_t sender, sc_err code,
                       const char *words)
{
    sc_call *c = NULL;
    sc_fault why = {0};

    CHECK_ERR(code, sc_call_new(&c, &w->house[at], sender,
                                sc_buf_bytes(&w->text), &why));
    posts_fault(&why, code, words);
    assert_null(c);
    CHECK(!exists(w, at, "call"));
}

static void no_call(const posts *w, size_t at, sc_err code, const char *words)
{
    no_call_of(w, at, BOB, code, words);
}

/* A call is its asker's, whoever sends it. */
static void test_senders(void **state)
{
    posts w;
    sc_call *c = NULL;
    sc_fault why = {0};

    start(&w, state);
    for (size_t at = 0; at < N_PARTIES; at++) {
        for (size_t from = 0; from < N_PARTIES; from++) {
            if (from != BOB) {
                no_call_of(&w, at, from, SC_E_REFUSED,
                           "another asker than its sender");
            }
        }
        CHECK_OK(
            sc_call_new(&c, &w.house[at], BOB, sc_buf_bytes(&w.text), &why));
        CHECK(!exists(&w, at, "call"));
        sc_call_free(&c);
    }
    posts_clear(&w);
}

/* What would fail in the end is told its asker at once. */
static void test_not_feasible(void **state)
{
    enum { LONG = 64000, QUOTES = 8500 }; /* a quote is two bytes in JSON */
    posts w;
    sc_call *c = NULL;
    sc_fault why = {0};
    char *sql = sc_alloc(LONG + 1, 1);

    start(&w, state);
    w.house[BOB].sumkey = w.house[ALICE].sumkey = NULL;
    no_call(&w, BOB, SC_E_CONFIG, "this node has not the key for sums");
    CHECK_OK(
        sc_call_new(&c, &w.house[ALICE], BOB, sc_buf_bytes(&w.text), &why));
    sc_call_free(&c); /* who finds out when it posts */
    w.house[BOB].sumkey = &w.key;
    assert_non_null(sql);
    (void)snprintf(sql, LONG, "%s /*", POSTS_SQL);
    memset(sql + strlen(sql), 'x', LONG - strlen(sql));
    memset(sql + 100, '"', QUOTES * 2);
    memcpy(sql + LONG - 2, "*/", 2);
    w.job.sql = sql;
    posts_plan(&w);
    no_call(&w, BOB, SC_E_CONFIG, "too long for a job that holds 2 posts");
    sc_free(sql);
    posts_clear(&w);
}

static void test_no_call(void **state)
{
    posts w;
    sc_job j;

    start(&w, state);
    w.text.len--;
    no_call(&w, BOB, SC_E_WIRE, "");
    w.text.len = 0;
    no_call(&w, BOB, SC_E_WIRE, "");
    j = posts_job(&w, now_s, now_s, now_s);
    memcpy(j.id, w.job.id, sizeof j.id); /* of the folder that is looked at */
    CHECK_OK(sc_job_put(&w.text, &j, &w.f.c));
    no_call(&w, BOB, SC_E_REFUSED, "it is no call");
    w.f.parties[ALICE].is_offline = w.f.parties[CAROL].is_offline = 0;
    posts_plan(&w);
    no_call(&w, BOB, SC_E_REFUSED, "it is no call");
    w.f.parties[ALICE].is_offline = 1;
    w.f.c.sumkey.n_holders = 1; /* so that dave has no part */
    posts_plan(&w);
    no_call(&w, DAVE, SC_E_REFUSED, "neither posts nor adds up");
    posts_clear(&w);
}

static void test_no_time(void **state)
{
    posts w;

    start(&w, state);
    w.job.not_after = now_s - 1;
    w.job.time = now_s - DAY;
    posts_plan(&w);
    no_call(&w, DAVE, SC_E_REFUSED, "the call is over");
    w.job.time = now_s + 1000;
    w.job.not_after = now_s + DAY;
    posts_plan(&w);
    no_call(&w, ALICE, SC_E_REFUSED, "the call begins in");
    w.job.time = now_s;
    w.job.not_after = now_s + 40 * DAY + 1;
    posts_plan(&w);
    no_call(&w, BOB, SC_E_REFUSED, "a call may last 40 days here");
    posts_clear(&w);
}

/* ---- a restart ------------------------------------------------------------------ */

static void test_load(void **state)
{
    posts w;
    sc_call *c;
    sc_fault why = {0};

    start(&w, state);
    c = make(&w, BOB);
    posts_store(&w, BOB, CAROL, now_s, 1);
    sc_call_free(&c);
    c = load(&w, BOB);
    CHECK_U64(c->state, SC_CALL_OPEN);
    CHECK_U64(c->have, BIT(CAROL));
    CHECK_BYTES(c->digest, w.digest, 32);
    CHECK_U64(c->text.len, w.text.len);
    CHECK(!c->has_run && !c->is_delivered && !c->is_running);
    memset(c->run, 0x77, sizeof c->run);
    CHECK_OK(sc_call_note_run(c, &w.house[BOB], &why));
    sc_call_free(&c);
    c = load(&w, BOB);
    CHECK(c->has_run && !c->is_running);
    CHECK_U64(c->run[0], 0x77);
    CHECK_U64(c->run[15], 0x77);
    sc_call_free(&c);
    c = make(&w, ALICE);
    CHECK(!c->is_delivered);
    sc_call_note_delivered(c, &w.house[ALICE]);
    CHECK(c->is_delivered);
    sc_call_free(&c);
    c = load(&w, ALICE);
    CHECK(c->is_delivered && !c->has_run);
    sc_call_free(&c);
    posts_clear(&w);
}

static void test_ends(void **state)
{
    static const sc_call_state ends[] = {SC_CALL_DONE, SC_CALL_REFUSED,
                                         SC_CALL_OVER};
    posts w;
    sc_call *c;

    start(&w, state);
    for (size_t i = 0; i < 2 * sizeof ends / sizeof *ends; i++) {
        c = make(&w, BOB);
        c->has_run = (int)i % 2;
        memset(c->run, 0x66, sizeof c->run);
        sc_call_end(c, &w.house[BOB], ends[i / 2], "dave", "so it \"is\"\n");
        CHECK_U64(c->state, ends[i / 2]);
        sc_call_free(&c);
        c = load(&w, BOB);
        CHECK_U64(c->state, ends[i / 2]);
        CHECK_STR(c->party, "dave");
        CHECK_STR(c->trouble, "so it \"is\"\n");
        CHECK(c->has_run == (int)i % 2);
        CHECK(!c->has_run || c->run[15] == 0x66);
        sc_call_free(&c);
    }
    posts_clear(&w);
}

/* Words as long as they come are cut, not lost. */
static void test_long_words(void **state)
{
    char words[3000], party[200];
    posts w;
    sc_call *c;

    start(&w, state);
    memset(words, '"', sizeof words - 1); /* two bytes each in JSON */
    words[sizeof words - 1] = '\0';
    memset(party, 'p', sizeof party - 1);
    party[sizeof party - 1] = '\0';
    c = make(&w, BOB);
    sc_call_end(c, &w.house[BOB], SC_CALL_OVER, party, words);
    sc_call_free(&c);
    c = load(&w, BOB);
    CHECK_U64(c->state, SC_CALL_OVER);
    CHECK_U64(strlen(c->trouble), sizeof c->trouble - 1);
    CHECK_U64(strlen(c->party), sizeof c->party - 1);
    sc_call_free(&c);
    posts_clear(&w);
}

static void cannot_load(const posts *w, sc_err code, const char *words)
{
    char *dir = posts_dir(w, BOB);
    sc_call *c = NULL;
    sc_fault why = {0};

    CHECK_ERR(code, sc_call_load(&c, &w->house[BOB], dir, &why));
    posts_fault(&why, code, words);
    assert_null(c);
    sc_free(dir);
}

static void test_damaged(void **state)
{
    static const char *const calls[] = {"", "{", "{}", "null", "\xff"};
    static const char *const ends[] = {"",
                                       "{",
                                       "[]",
                                       "{}",
                                       "{\"state\":1}",
                                       "{\"state\":\"dome\"}",
                                       "{\"state\":\"open\"}"};
    posts w;
    sc_call *c;
    char *dir, *path;

    start(&w, state);
    cannot_load(&w, SC_E_NOT_FOUND, "");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        write_file(&w, BOB, "call", calls[i]);
        cannot_load(&w, SC_E_CORRUPT, "/call is damaged");
    }
    c = make(&w, BOB);
    sc_call_free(&c);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        write_file(&w, BOB, "end", ends[i]);
        cannot_load(&w, SC_E_CORRUPT, "/end is damaged");
    }
    write_file(&w, BOB, "end", "{\"state\":\"over\"}");
    write_file(&w, BOB, "run", "no id"); /* found out again by its posts */
    c = load(&w, BOB);
    CHECK(!c->has_run);
    CHECK_U64(c->state, SC_CALL_OVER);
    CHECK_STR(c->trouble, "");
    sc_call_free(&c);
    dir = posts_dir(&w, BOB);
    path = sc_path_join(dir, "mine");
    CHECK(unlink(path) == 0); /* a peer's, that names this party */
    cannot_load(&w, SC_E_CORRUPT, "was not asked here");
    write_file(&w, BOB, "mine", "");
    sc_free(path);
    sc_free(dir);
    w.f.c.digest[0] ^= 1;
    cannot_load(&w, SC_E_REFUSED, "another consortium");
    posts_clear(&w);
}

/* Whatever byte is flipped: another call, or none, and no crash. */
static void test_flipped(void **state)
{
    posts w;
    char *dir, *path;

    start(&w, state);
    dir = posts_dir(&w, BOB);
    path = sc_path_join(dir, "call");
    for (size_t i = 0; i < w.text.len; i++) {
        sc_call *c = NULL;
        sc_fault why = {0};

        w.text.p[i] ^= (uint8_t)(1u << i % 8);
        CHECK_OK(
            sc_file_replace_later(path, sc_buf_bytes(&w.text), 0600, NULL));
        if (sc_call_load(&c, &w.house[BOB], dir, &why) == SC_OK) {
            CHECK(memcmp(c->digest, w.digest, 32) != 0);
        } else {
            assert_null(c);
            CHECK(why.text[0] != '\0');
        }
        sc_call_free(&c);
        w.text.p[i] ^= (uint8_t)(1u << i % 8);
    }
    sc_free(path);
    sc_free(dir);
    posts_clear(&w);
}

static void test_remove(void **state)
{
    posts w;
    sc_call *c;
    char *dir, *calls;
    sc_fault why = {0};

    start(&w, state);
    c = make(&w, BOB);
    dir = posts_dir(&w, BOB);
    posts_store(&w, BOB, CAROL, now_s, 1);
    CHECK_OK(sc_call_note_run(c, &w.house[BOB], &why));
    sc_call_end(c, &w.house[BOB], SC_CALL_OVER, "", "");
    sc_call_remove(dir, NULL);
    CHECK(access(dir, F_OK) != 0);
    calls = sc_path_join(w.stores[BOB], "calls");
    CHECK(access(calls, F_OK) == 0);
    sc_call_remove(dir, NULL); /* there is none */
    sc_call_free(&c);
    sc_free(calls);
    sc_free(dir);
    posts_clear(&w);
}

/* ---- memory -------------------------------------------------------------------------- */

static sc_err new_load_remove(void *arg)
{
    const posts *w = arg;
    const sc_house *h = &w->house[BOB];
    char dir[512];
    char hex[33];
    sc_call *c = NULL, *again = NULL;
    sc_fault why = {0};
    sc_err err = SC_E_BUG;

    sc_hex16(hex, w->digest);
    (void)snprintf(dir, sizeof dir, "%s/calls/%s", w->stores[BOB], hex);
    SC_TRY(sc_call_new(&c, h, BOB, sc_buf_bytes(&w->text), &why));
    SC_TRY(sc_call_store(c, h, &why));
    SC_TRY(sc_call_load(&again, h, dir, &why));
    err = SC_OK;
out:
    sc_call_free(&c);
    sc_call_free(&again);
    return err;
}

static void test_memory(void **state)
{
    posts w;

    start(&w, state);
    CHECK_ALLOC(new_load_remove, &w);
    posts_clear(&w);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new),     TEST(test_no_call),      TEST(test_no_time),
        TEST(test_load),    TEST(test_ends),         TEST(test_long_words),
        TEST(test_damaged), TEST(test_flipped),      TEST(test_remove),
        TEST(test_senders), TEST(test_not_feasible), TEST(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
