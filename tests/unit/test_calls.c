/* tests/unit/test_calls.c: the calls of a node: what it keeps, of whom, for how long, and
 * what its thread makes of what peers say. */
#include <unistd.h>

#include "tests/unit/calls_fixture.h"

/* ---- my own ------------------------------------------------------------------------- */

static void start(posts *w, void **state)
{
    int64_t now = sc_clock_wall();

    posts_init(w, *state, now, now + DAY);
}

/* Is a file of this call stored at a party? */
static int has_file(posts *w, size_t at, uint8_t n, size_t asker,
                    const char *name)
{
    uint8_t digest[32];
    char *dir, *path;
    int is;

    digest_of(w, digest, n, asker);
    dir = sc_post_file_dir(&w->house[at], digest);
    path = sc_path_join(dir, name);
    is = access(path, F_OK) == 0;
    sc_free(path);
    sc_free(dir);
    return is;
}

static void test_ask(void **state)
{
    talk t;
    posts *w = &t.w;
    sc_calls *cs;
    json_t *o = NULL;
    sc_fault why;
    char id[36];
    uint8_t digest[32];

    alone(&t, state, BOB);
    cs = new_calls(w, BOB);
    CHECK_U64(count(cs), 0);
    CHECK_ERR(SC_E_NOT_FOUND, sc_calls_find(cs, &o, ""));
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    CHECK_OK(ask(cs, w, 0x11, BOB, &why));
    UNTIL(count(cs) == 1);
    CHECK_OK(sc_calls_find(cs, &o, "")); /* the only one */
    json_decref(o);
    CHECK_OK(ask(cs, w, 0x12, BOB, &why));
    CHECK_ERR(SC_E_STATE, ask(cs, w, 0x11, BOB, &why)); /* once */
    CHECK_ERR(SC_E_STATE, ask(cs, w, 0x12, BOB, &why));
    CHECK(has_file(w, BOB, 0x11, BOB, "call"));
    CHECK_ERR(SC_E_REFUSED, ask(cs, w, 0x13, DAVE, &why));
    posts_fault(&why, SC_E_REFUSED, "another asker than its sender");
    CHECK(!has_file(w, BOB, 0x13, DAVE, "call"));
    UNTIL(count(cs) == 2);
    CHECK(says(cs, w, 0x11, "state", "open"));
    CHECK(has_file(w, BOB, 0x11, BOB, "mine"));
    CHECK_ERR(SC_E_NOT_FOUND, sc_calls_find(cs, &o, "")); /* of two */
    assert_null(o);
    digest_of(w, digest, 0x12, BOB);
    sc_hex16(id, digest);
    CHECK_OK(sc_calls_find(cs, &o, id));
    json_decref(o);
    strcat(id, "0"); /* more digits than there are */
    CHECK_ERR(SC_E_NOT_FOUND, sc_calls_find(cs, &o, id));
    assert_null(o);
    sc_calls_free(&cs);
    assert_null(cs);
    sc_calls_free(&cs);
    alone_stop(&t);
}

static void test_most(void **state)
{
    talk t;
    posts *w = &t.w;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, BOB);
    cs = new_calls(w, BOB); /* before its thread has seen any */
    for (uint8_t n = 0; n < SC_CALLS_OF_PEER; n++) {
        CHECK_OK(ask(cs, w, n, BOB, &why));
    }
    CHECK_ERR(SC_E_REFUSED, ask(cs, w, 0x77, BOB, &why));
    posts_fault(&why, SC_E_REFUSED, "16 calls of this party are open already");
    CHECK(why.remedy[0] != '\0');
    CHECK(!has_file(w, BOB, 0x77, BOB, "call"));
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    UNTIL(count(cs) == SC_CALLS_OF_PEER);
    CHECK_ERR(SC_E_REFUSED, ask(cs, w, 0x77, BOB, &why)); /* nor after */
    CHECK_ERR(SC_E_STATE, ask(cs, w, 3, BOB, &why));
    CHECK(has_file(w, BOB, 3, BOB, "call"));
    CHECK_U64(n_folders(w, BOB), SC_CALLS_OF_PEER);
    sc_calls_free(&cs);
    alone_stop(&t);
}

/* ---- a restart ------------------------------------------------------------------------ */

static void put(const posts *w, const char *folder, const char *name,
                const char *text)
{
    char *dir = sc_path_join(w->stores[BOB], folder);

    CHECK_OK(sc_dir_make(dir, 0700, NULL));
    sc_folder_write(dir, name, text);
    sc_free(dir);
}

static int is_kept(const posts *w, const char *folder)
{
    char *dir = sc_path_join(w->stores[BOB], folder);
    int is = access(dir, F_OK) == 0;

    sc_free(dir);
    return is;
}

static void test_restart(void **state)
{
    posts w;
    sc_calls *cs;
    sc_fault why;

    start(&w, state);
    cs = new_calls(&w, BOB);
    CHECK_OK(ask(cs, &w, 0x21, BOB, &why));
    CHECK_OK(ask(cs, &w, 0x22, BOB, &why));
    sc_calls_free(&cs);
    put(&w, "calls/00", "alice.post", "it fell before the call was stored");
    cs = new_calls(&w, BOB);
    CHECK_U64(count(cs), 2);
    CHECK(says(cs, &w, 0x21, "asker", "bob"));
    CHECK(says(cs, &w, 0x22, "asker", "bob"));
    CHECK(!is_kept(&w, "calls/00"));
    sc_calls_free(&cs);
    w.f.c.digest[0] ^= 1; /* another consortium's are none of this node's */
    cs = new_calls(&w, BOB);
    CHECK_U64(count(cs), 0);
    sc_calls_free(&cs);
    w.f.c.digest[0] ^= 1;
    CHECK_U64(n_folders(&w, BOB), 2);
    put(&w, "calls/00", "call", "{}");
    why = (sc_fault){0};
    CHECK_ERR(SC_E_CORRUPT, sc_calls_new(&cs, &w.house[BOB], &why));
    posts_fault(&why, SC_E_CORRUPT, "calls/00/call is damaged");
    assert_null(cs);
    posts_clear(&w);
}

/* What a session remembered of a call that was not kept stays as long as it matters. */
static void test_memories(void **state)
{
#define SID "0101010101010101010101010101010101010101010101010101010101010101"
#define JOB "02020202020202020202020202020202"
    posts w;
    sc_calls *cs;
    char text[200];

    start(&w, state);
    (void)snprintf(text, sizeof text,
                   "{\"job\":\"" JOB "\",\"not_after\":%lld,\"sid\":\"" SID
                   "\"}",
                   (long long)(w.job.time - 29 * DAY));
    put(&w, "calls/01", "job", text);
    (void)snprintf(text, sizeof text,
                   "{\"job\":\"" JOB "\",\"not_after\":%lld,\"sid\":\"" SID
                   "\"}",
                   (long long)(w.job.time - 31 * DAY));
    put(&w, "calls/02", "job", text);
    put(&w, "calls/03", "job", "damaged");
    cs = new_calls(&w, BOB);
    CHECK_U64(count(cs), 0);
    CHECK(is_kept(&w, "calls/01"));
    CHECK(!is_kept(&w, "calls/02"));
    CHECK(is_kept(&w, "calls/03"));
    sc_calls_free(&cs);
    posts_clear(&w);
#undef SID
#undef JOB
}

/* ---- time ------------------------------------------------------------------------------- */

/* A call of bob's that lasted a day, and was over so many days ago, at a node since. */
static void put_old(posts *w, size_t at, uint8_t n, int64_t days)
{
    sc_buf text = {0};
    char *dir, *path;

    w->job.id[0] = n;
    w->job.not_after = sc_clock_wall() - days * DAY;
    w->job.time = w->job.not_after - DAY;
    posts_plan(w);
    dir = posts_dir(w, at);
    path = sc_path_join(dir, "call");
    CHECK_OK(sc_file_replace(path, sc_buf_bytes(&w->text), 0600, NULL));
    if (at == BOB) {
        sc_folder_write(dir, "mine", "");
    }
    sc_buf_clear(&text);
    sc_free(path);
    sc_free(dir);
}

static void test_over(void **state)
{
    posts w;
    sc_calls *cs;
    sc_fault why;

    start(&w, state);
    put_old(&w, BOB, 0x31, 1);
    put_old(&w, BOB, 0x32, 30);
    put_old(&w, BOB, 0x33, 32);
    cs = new_calls(&w, BOB);
    CHECK_U64(n_of(cs, "state", "open"), 3);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    UNTIL(n_of(cs, "state", "over") == 3); /* kept: jobs may be open still */
    CHECK_U64(n_of(cs, "trouble", "no post came of alice, carol"), 3);
    sc_calls_free(&cs);
    cs = new_calls(&w, BOB);
    CHECK_U64(n_of(cs, "state", "over"), 3);
    cs->started_ms -= 3 * 3600000; /* it has run for a while */
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    UNTIL(count(cs) == 2);
    CHECK_U64(n_folders(&w, BOB), 2); /* the third was kept for long enough */
    sc_calls_free(&cs);
    cs = new_calls(&w, BOB);
    CHECK_U64(n_of(cs, "state", "over"), 2);
    sc_calls_free(&cs);
    posts_clear(&w);
}

/* Others' calls of which there is no post here are nothing once they are over. */
static void test_over_empty(void **state)
{
    posts w;
    sc_calls *cs;
    sc_fault why;

    start(&w, state);
    put_old(&w, DAVE, 0x31, 1);
    put_old(&w, DAVE, 0x32, 1);
    posts_store(&w, DAVE, ALICE, w.job.time, 1);
    cs = new_calls(&w, DAVE);
    CHECK_U64(n_of(cs, "state", "open"), 2);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    UNTIL(count(cs) == 1);
    CHECK_U64(n_of(cs, "state", "over"), 1);
    sc_calls_free(&cs);
    CHECK_U64(n_folders(&w, DAVE), 1);
    CHECK(posts_is_there(&w, DAVE, w.digest, ALICE));
    posts_clear(&w);
}

/* ---- what peers say ----------------------------------------------------------------------- */

static void test_hear(void **state)
{
    talk t;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, DAVE);
    t.w.f.parties[CAROL].is_offline = 0; /* so that she may ask */
    cs = new_calls(&t.w, DAVE);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    hear_call(cs, &t.w, ALICE, 0x41, BOB); /* not from who asks */
    hear_call(cs, &t.w, BOB, 0x45, DAVE);  /* as if this node had asked */
    hear_call(cs, &t.w, DAVE, 0x46, BOB);
    hear_tagged(cs, &t.w, BOB, 0x47, 0x48, BOB); /* as another call */
    t.w.job.not_after += 40 * DAY;
    hear_call(cs, &t.w, BOB, 0x42, BOB); /* for too long */
    t.w.job.not_after -= 40 * DAY;
    hear_call(cs, &t.w, BOB, 0x43, BOB);
    UNTIL(count(cs) == 1); /* one comes behind the other */
    CHECK(says(cs, &t.w, 0x43, "asker", "bob"));
    hear_call(cs, &t.w, BOB, 0x43, BOB); /* it is said again and again */
    hear_call(cs, &t.w, ALICE, 0x43, BOB);
    hear_tagged(cs, &t.w, CAROL, 0x43, 0x49, CAROL); /* in its place */
    hear_call(cs, &t.w, BOB, 0x44, BOB);
    UNTIL(count(cs) == 2);
    sc_calls_free(&cs);                  /* stops it too */
    CHECK_U64(n_folders(&t.w, DAVE), 2); /* of the others nothing is stored */
    cs = new_calls(&t.w, DAVE);
    CHECK(says(cs, &t.w, 0x43, "asker", "bob"));
    CHECK(says(cs, &t.w, 0x44, "asker", "bob"));
    CHECK_U64(n_of(cs, "asker", "dave"), 0);
    sc_calls_free(&cs);
    alone_stop(&t);
}

/* What is refused leaves nothing on the disk, however often it comes. */
static void test_refused(void **state)
{
    talk t;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, DAVE);
    cs = new_calls(&t.w, DAVE);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    for (unsigned n = 0; n < 100; n++) {
        hear_call(cs, &t.w, BOB, (uint8_t)n, DAVE);
        hear_tagged(cs, &t.w, BOB, 0xff, (uint8_t)n, BOB);
    }
    sc_calls_free(&cs);
    CHECK_U64(n_folders(&t.w, DAVE), 0);
    alone_stop(&t);
}

/* ---- the log ------------------------------------------------------------------------------- */

/* Who did not ask sees by the log that a call was answered, and by which job. */
static void test_answered(void **state)
{
    talk t;
    sc_calls *cs;
    sc_roster roster;
    sc_keys keys[N_PARTIES];
    sc_chain *chain = NULL;
    uint8_t digest[32], sid[32] = {1}, job[16];
    sc_fault why = {0};

    alone(&t, state, DAVE);
    fixture_roster(&roster, keys, N_PARTIES, 3);
    CHECK_OK(sc_chain_open(&chain, t.w.stores[DAVE], &roster, DAVE, NULL));
    t.w.house[DAVE].chain = chain;
    cs = new_calls(&t.w, DAVE);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    hear_call(cs, &t.w, BOB, 1, BOB);
    hear_call(cs, &t.w, BOB, 2, BOB);
    UNTIL(count(cs) == 2);
    memset(job, 0x3e, sizeof job);
    digest_of(&t.w, digest, 1, BOB);
    CHECK_OK(sc_call_claim(&t.w.house[DAVE], digest, sid, job,
                           t.w.job.not_after, &why));
    fixture_append(chain, &roster, keys, 0, 2); /* a receipt of that session */
    CHECK(says(cs, &t.w, 1, "state", "open"));
    posts_publish(chain, &roster, keys, DAVE);
    UNTIL(says(cs, &t.w, 1, "state", "done"));
    CHECK(says(cs, &t.w, 1, "job", "3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e"));
    CHECK(says(cs, &t.w, 2, "state", "open"));
    sc_calls_free(&cs);
    sc_chain_free(&chain);
    alone_stop(&t);
}

/* Of calls that nobody knows here, and messages that are none. */
static void test_strange(void **state)
{
    static const uint16_t types[] = {SC_MSG_CALL,   SC_MSG_POST,
                                     SC_MSG_POSTED, SC_MSG_REFUSE,
                                     SC_MSG_CANCEL, 0xffff};
    talk t;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, BOB);
    cs = new_calls(&t.w, BOB);
    CHECK_OK(ask(cs, &t.w, 0x51, BOB, &why));
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    UNTIL(count(cs) == 1);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        for (uint8_t tag = 0x51; tag < 0x53; tag++) {
            uint8_t id[32];
            sc_frame f = {.type = types[i], .head = sc_bytes_of("\x80")};

            digest_of(&t.w, id, tag, BOB);
            sc_calls_take(cs, ALICE, id, &f);
            f.head = (sc_bytes){0};
            sc_calls_take(cs, ALICE, id, &f);
        }
    }
    sc_calls_stop(cs); /* it has taken all of them */
    CHECK_U64(count(cs), 1);
    CHECK(says(cs, &t.w, 0x51, "state", "open"));
    CHECK(sc_calls_takes(SC_MSG_CALL) && sc_calls_takes(SC_MSG_POST) &&
          sc_calls_takes(SC_MSG_POSTED) && sc_calls_takes(SC_MSG_REFUSE) &&
          sc_calls_takes(SC_MSG_CANCEL));
    CHECK(!sc_calls_takes(SC_MSG_PROPOSE) && !sc_calls_takes(SC_MSG_ABORT));
    hear_call(cs, &t.w, ALICE, 0x54, ALICE); /* when it has stopped */
    sc_calls_free(&cs);
    alone_stop(&t);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ask),      TEST(test_most),    TEST(test_restart),
        TEST(test_memories), TEST(test_over),    TEST(test_over_empty),
        TEST(test_hear),     TEST(test_refused), TEST(test_answered),
        TEST(test_strange),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
