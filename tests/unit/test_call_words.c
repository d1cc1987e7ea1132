/* tests/unit/test_call_words.c: what people are told of a call at one node, and whether
 * it still wants something. */
#include <jansson.h>

#include "base/encode.h"
#include "tests/unit/call_fixture.h"

static void shows(const sc_call *c, const posts *w, size_t at,
                  const char *posted, const char *missing)
{
    static const char *const keys[] = {"posted", "missing"};
    const char *want[] = {posted, missing};
    json_t *o = sc_call_json(c, &w->house[at]), *name;
    char got[200];
    size_t i;

    assert_non_null(o);
    for (size_t k = 0; k < 2; k++) {
        got[0] = '\0';
        json_array_foreach(json_object_get(o, keys[k]), i, name)
        {
            strcat(got, i == 0 ? "" : " ");
            strcat(got, json_string_value(name));
        }
        CHECK_STR(got, want[k]);
    }
    CHECK(json_is_true(json_object_get(o, "mine")) == (at == BOB));
    json_decref(o);
}

static void test_who(void **state)
{
    posts w;
    sc_call *c;

    start(&w, state);
    c = make(&w, BOB);
    shows(c, &w, BOB, "", "alice carol");
    c->have = BIT(CAROL);
    shows(c, &w, BOB, "carol", "alice");
    c->have = POSTING;
    shows(c, &w, BOB, "alice carol", "");
    sc_call_free(&c);
    c = make(&w, DAVE);
    c->have = BIT(ALICE);
    shows(c, &w, DAVE, "alice", "carol");
    sc_call_free(&c);
    c = make(&w, ALICE); /* an owner knows of itself alone */
    shows(c, &w, ALICE, "", "alice");
    c->have = POSTING;
    shows(c, &w, ALICE, "", "alice");
    c->is_delivered = 1;
    shows(c, &w, ALICE, "alice", "");
    sc_call_free(&c);
    posts_clear(&w);
}

static int is_owed(const sc_call *c, const posts *w, size_t at)
{
    json_t *o = sc_call_json(c, &w->house[at]);
    int is = json_is_true(json_object_get(o, "owed"));

    json_decref(o);
    return is;
}

/* A visit may end when nothing is owed: an owner owes once it is called, or has a post
 * that the asker has not. */
static void test_owed(void **state)
{
    posts w;
    sc_call *c;

    start(&w, state);
    c = make(&w, BOB);
    c->is_called = 1;
    CHECK(!is_owed(c, &w, BOB));
    sc_call_free(&c);
    c = make(&w, DAVE);
    c->is_called = 1;
    CHECK(!is_owed(c, &w, DAVE));
    sc_call_free(&c);
    c = make(&w, ALICE);
    CHECK(!is_owed(c, &w, ALICE));
    c->have = BIT(CAROL);
    CHECK(!is_owed(c, &w, ALICE));
    c->have = BIT(ALICE);
    CHECK(is_owed(c, &w, ALICE));
    c->is_delivered = 1;
    CHECK(!is_owed(c, &w, ALICE));
    c->have = 0;
    c->is_called = 1;
    c->is_delivered = 0;
    CHECK(is_owed(c, &w, ALICE));
    c->is_refused = 1;
    CHECK(is_owed(c, &w, ALICE));
    shows(c, &w, ALICE, "", "alice");
    sc_call_end(c, &w.house[ALICE], SC_CALL_REFUSED, "", "");
    shows(c, &w, ALICE, "", ""); /* nobody waits for it */
    sc_call_free(&c);
    posts_clear(&w);
}

/* Who still wants something of it. */
static void test_waiting(void **state)
{
    posts w;
    sc_call *c;

    start(&w, state);
    c = make(&w, BOB);
    CHECK(sc_call_is_waiting(c, &w.house[BOB]));
    c->have = POSTING;
    CHECK(sc_call_is_waiting(c, &w.house[BOB]));
    sc_call_end(c, &w.house[BOB], SC_CALL_DONE, "", "");
    CHECK(!sc_call_is_waiting(c, &w.house[BOB]));
    sc_call_free(&c);
    c = make(&w, ALICE);
    CHECK(!sc_call_is_waiting(c, &w.house[ALICE]));
    c->is_called = 1;
    c->have = BIT(ALICE);
    CHECK(sc_call_is_waiting(c, &w.house[ALICE]));
    c->is_delivered = 1;
    CHECK(!sc_call_is_waiting(c, &w.house[ALICE]));
    sc_call_free(&c);
    c = make(&w, DAVE);
    c->is_called = 1;
    c->have = BIT(CAROL);
    CHECK(sc_call_is_waiting(c, &w.house[DAVE]));
    c->have = POSTING;
    CHECK(!sc_call_is_waiting(c, &w.house[DAVE]));
    sc_call_free(&c);
    posts_clear(&w);
}

/* Words that are too long are cut between characters: half of one is no JSON. */
static void test_cut_words(void **state)
{
    static const char *const shift[] = {"", "x", "xx"};
    static const char *const letters[] = {"\xc3\xa9", "\xe2\x82\xac",
                                          "\xf0\x9f\x8c\xbf"};
    posts w;
    sc_call *c, *again;
    json_t *o;

    start(&w, state);
    c = make(&w, BOB);
    for (size_t i = 0; i < 9; i++) {
        char words[2500];
        sc_fault why = {0};

        strcpy(words, shift[i / 3]);
        for (size_t k = 0; k < 600; k++) {
            strcat(words, letters[i % 3]);
        }
        c->state = SC_CALL_OPEN;
        sc_call_trouble(c, words, words);
        o = sc_call_json(c, &w.house[BOB]);
        CHECK(o != NULL);
        CHECK(strlen(c->trouble) > sizeof c->trouble - 5);
        CHECK(strlen(c->party) > sizeof c->party - 5);
        json_decref(o);
        sc_fault_set(&why, SC_E_IO, "%s", words);
        sc_call_take_end(c, &w.house[BOB], w.job.id, SC_E_IO, 0, &why);
        o = sc_call_json(c, &w.house[BOB]);
        CHECK(o != NULL);
        json_decref(o);
        sc_call_end(c, &w.house[BOB], SC_CALL_OVER, words, words);
        again = load(&w, BOB);
        CHECK_STR(again->trouble, c->trouble);
        sc_call_free(&again);
    }
    sc_call_free(&c);
    posts_clear(&w);
}

static void has_text(const json_t *o, const char *key, const char *want)
{
    const char *got = json_string_value(json_object_get(o, key));

    CHECK((got == NULL) == (want == NULL));
    if (want != NULL) {
        CHECK_STR(got, want);
    }
}

static void test_json(void **state)
{
    posts w;
    sc_call *c;
    json_t *o;
    char id[33];

    start(&w, state);
    c = make(&w, BOB);
    c->is_refused = 1;
    o = sc_call_json(c, &w.house[BOB]);
    sc_hex16(id, w.digest);
    has_text(o, "id", id);
    has_text(o, "asker", "bob");
    has_text(o, "sql", POSTS_SQL);
    has_text(o, "state", "open");
    has_text(o, "job", NULL);
    CHECK_I64(json_integer_value(json_object_get(o, "not_after")),
              now_s + 10 * DAY);
    CHECK(json_is_true(json_object_get(o, "refused")));
    json_decref(o);
    c->has_run = 1;
    memset(c->run, 0x66, sizeof c->run);
    sc_call_end(c, &w.house[BOB], SC_CALL_REFUSED, "dave", "for once");
    o = sc_call_json(c, &w.house[BOB]);
    has_text(o, "state", "refused");
    has_text(o, "job", "66666666666666666666666666666666");
    has_text(o, "party", "dave");
    has_text(o, "trouble", "for once");
    json_decref(o);
    sc_call_free(&c);
    posts_clear(&w);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who),       TEST(test_owed), TEST(test_waiting),
        TEST(test_cut_words), TEST(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
