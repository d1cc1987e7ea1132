/* tests/unit/test_calls_owner.c: owners who are called, from one node's thread of calls
 * to the other's. */
#include "ledger/keeper.h"
#include "tests/unit/calls_fixture.h"

static void no_voice(void *ctx, size_t party, const sc_frame *f)
{
    (void)ctx;
    (void)party;
    (void)f;
}

/* Alice, with a log to state refusals in, and bob, who calls. */
typedef struct {
    talk t;
    sc_roster roster;
    sc_keys keys[N_PARTIES];
    sc_chain *chain;
    sc_keeper *keeper;
    sc_calls *hers, *his;
} two;

static void two_start(two *s, void **state, int has_post)
{
    sc_keeper_config config = {.roster = &s->roster,
                               .me = ALICE,
                               .voice = {no_voice, NULL}};
    sc_fault why;

    memset(s, 0, sizeof *s);
    talk_start(&s->t, *state);
    fixture_roster(&s->roster, s->keys, N_PARTIES, 3);
    config.dir = s->t.w.stores[ALICE];
    config.keys = &s->keys[ALICE];
    CHECK_OK(sc_chain_open(&s->chain, config.dir, &s->roster, ALICE, NULL));
    config.chain = s->chain;
    CHECK_OK(sc_keeper_new(&s->keeper, &config, NULL));
    s->t.w.house[ALICE].chain = s->chain;
    s->t.w.house[ALICE].keeper = s->keeper;
    if (has_post) { /* it was made, and the node stopped */
        talk_call(&s->t);
        posts_store(&s->t.w, ALICE, ALICE, s->t.now_s, 1);
    }
    s->t.w.house[ALICE].sumkey = NULL; /* she can make no post */
    s->hers = new_calls(&s->t.w, ALICE);
    s->his = new_calls(&s->t.w, BOB);
    CHECK(ask(s->his, &s->t.w, 0xca, BOB, &why) ==
          (has_post ? SC_E_STATE : SC_OK));
    CHECK_OK(sc_calls_start(s->hers, NULL, &why));
    CHECK_OK(sc_calls_start(s->his, NULL, &why));
}

static void two_stop(two *s)
{
    sc_calls_free(&s->hers);
    sc_calls_free(&s->his);
    sc_keeper_free(&s->keeper);
    sc_chain_free(&s->chain);
    talk_stop(&s->t);
}

/* Hand what reaches a node to its calls, up to a message of this type: some are said
 * again, on a slow machine. */
static void take(two *s, size_t at, uint16_t type)
{
    int is_it = 0;

    while (!is_it) {
        sc_mesh_event *e = talk_next(&s->t, at);

        is_it = e->frame.type == type;
        sc_calls_take(at == ALICE ? s->hers : s->his, e->party, e->job,
                      &e->frame);
        sc_mesh_event_free(&e);
    }
}

static int has_flag(sc_calls *cs, const posts *w, uint8_t n, const char *key)
{
    json_t *o = find(cs, w, n, BOB);
    int is = json_is_true(json_object_get(o, key));

    json_decref(o);
    return is;
}

/* An owner that can make no post says so, here and there, and states it. */
static void test_owner_refuses(void **state)
{
    two s;

    two_start(&s, state, 0);
    take(&s, ALICE, SC_MSG_CALL);
    UNTIL(has_flag(s.hers, &s.t.w, 0xca, "refused"));
    CHECK(has_flag(s.hers, &s.t.w, 0xca, "owed"));
    CHECK(says(s.hers, &s.t.w, 0xca, "state", "open")); /* it may change */
    CHECK(says(s.hers, &s.t.w, 0xca, "trouble", "this node has not the key"));
    CHECK_U64(sc_keeper_owed(s.keeper), 1);
    /* not tried again at once: the next call is looked at, and this one is not */
    hear_call(s.hers, &s.t.w, BOB, 0xca, BOB);
    hear_call(s.hers, &s.t.w, BOB, 0xcc, BOB);
    UNTIL(has_flag(s.hers, &s.t.w, 0xcc, "refused"));
    CHECK(says(s.hers, &s.t.w, 0xcc, "trouble", "another plan"));
    CHECK(says(s.hers, &s.t.w, 0xca, "trouble", "this node has not the key"));
    take(&s, BOB, SC_MSG_REFUSE);
    UNTIL(says(s.his, &s.t.w, 0xca, "party", "alice"));
    CHECK(says(s.his, &s.t.w, 0xca, "state", "open"));
    CHECK(says(s.his, &s.t.w, 0xca, "trouble", "refused: "));
    two_stop(&s);
}

static size_t n_posted(const two *s, sc_calls *cs)
{
    json_t *o = find(cs, &s->t.w, 0xca, BOB);
    size_t n = json_array_size(json_object_get(o, "posted"));

    json_decref(o);
    return n;
}

/* One that has made its post gives it, once, to who calls for it. */
static void test_owner_posts(void **state)
{
    two s;

    two_start(&s, state, 1);
    CHECK_U64(n_posted(&s, s.his), 0);
    CHECK_U64(n_posted(&s, s.hers), 0); /* not before bob has it */
    take(&s, ALICE, SC_MSG_CALL);
    take(&s, BOB, SC_MSG_POST);
    UNTIL(n_posted(&s, s.his) == 1);
    take(&s, ALICE, SC_MSG_POSTED);
    UNTIL(n_posted(&s, s.hers) == 1);
    CHECK(!has_flag(s.hers, &s.t.w, 0xca, "refused"));
    CHECK_U64(sc_keeper_owed(s.keeper), 0); /* it made none anew */
    two_stop(&s);
}

/* Not to who has no business to call for it. */
static void test_owner_silent(void **state)
{
    two s;

    two_start(&s, state, 1);
    hear_call(s.hers, &s.t.w, DAVE, 0xca, BOB);
    hear_call(s.hers, &s.t.w, CAROL, 0xca, CAROL);
    sc_calls_stop(s.hers);
    talk_silent(&s.t, BOB, ALICE);
    talk_silent(&s.t, DAVE, ALICE);
    two_stop(&s);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_owner_refuses),
        TEST(test_owner_posts),
        TEST(test_owner_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
