/* tests/unit/test_call_send.c: to whom a node sends which post, piece by piece, and how
 * often it says a thing; and all of it, from a call to the job that answers it. */
#include "tests/unit/talk_fixture.h"

#define AGAIN_MS 3000

/* Posts of two pieces, the second of them short; of no key. */
static void make_large(talk *t)
{
    static char sql[] = "SELECT COUNT(*) FROM people GROUP BY debt";

    sc_encryptor_free(&t->w.key.e);
    sc_threshold_free(&t->w.key.key);
    t->w.f.c.sumkey.bits = 3072;
    t->w.job.sql = sql;
    posts_plan(&t->w);
    CHECK(sc_post_file_len(t->w.plan) > SC_FRAME_MAX_BULK);
    CHECK(sc_post_file_len(t->w.plan) < 2 * SC_FRAME_MAX_BULK);
}

/* An owner's post, stored at a node that holds the call. */
static void store(talk *t, size_t at, size_t party, sc_buf *file)
{
    posts_file(&t->w, file, party, t->now_s, 1);
    posts_store(&t->w, at, party, t->now_s, 1);
    t->calls[at]->have |= BIT(party);
}

/* As if the node had spoken to everybody so long ago. What must not be said again is
 * said at once after this, or after it was said: a machine may be slow. */
static void spoke(talk *t, size_t at, uint64_t ago_ms)
{
    for (size_t p = 0; p < N_PARTIES; p++) {
        sc_call_peer *peer = &t->calls[at]->peers[p];

        peer->said_ms = sc_clock_ms() - ago_ms;
        peer->sent_ms = peer->sent_ms == 0 ? 0 : peer->said_ms;
    }
}

static void silent_to_all(talk *t, size_t from)
{
    for (size_t at = 0; at < N_PARTIES; at++) {
        if (at != from) {
            talk_silent(t, at, from);
        }
    }
}

/* ---- POSTED ------------------------------------------------------------------- */

/* The asker hands both posts on, the next when the first is safe. */
static void test_hand_on(void **state)
{
    talk t;
    sc_buf a = {0}, c = {0};

    talk_start(&t, *state);
    talk_call(&t);
    store(&t, BOB, ALICE, &a);
    store(&t, BOB, CAROL, &c);
    talk_posted(&t, BOB, DAVE, ALICE, 100, 0);
    talk_piece(&t, DAVE, BOB, ALICE, 100, sc_buf_bytes(&a));
    talk_posted(&t, BOB, DAVE, ALICE, a.len - 1, 0);
    talk_silent(&t, DAVE, BOB); /* not the next, and too soon */
    t.calls[BOB]->peers[DAVE].sent_ms = 1;
    talk_posted(&t, BOB, DAVE, ALICE, a.len - 1, 0);
    talk_piece(&t, DAVE, BOB, ALICE, a.len - 1, sc_buf_bytes(&a));
    CHECK_U64(t.calls[BOB]->peers[DAVE].there, 0);
    talk_posted(&t, BOB, DAVE, ALICE, 0, 1);
    talk_piece(&t, DAVE, BOB, CAROL, 0, sc_buf_bytes(&c));
    CHECK_U64(t.calls[BOB]->peers[DAVE].there, BIT(ALICE));
    CHECK(!sc_call_is_due(t.calls[BOB], &t.w.house[BOB]));
    talk_posted(&t, BOB, DAVE, CAROL, 0, 1);
    CHECK_U64(t.calls[BOB]->peers[DAVE].there, POSTING);
    CHECK(sc_call_is_due(t.calls[BOB], &t.w.house[BOB]));
    talk_silent(&t, DAVE, BOB);
    sc_buf_clear(&a);
    sc_buf_clear(&c);
    talk_stop(&t);
}

static void test_hand_on_to_nobody(void **state)
{
    talk t;
    sc_buf a = {0};

    talk_start(&t, *state);
    talk_call(&t);
    store(&t, BOB, ALICE, &a);
    for (size_t from = 0; from < N_PARTIES; from++) {
        if (from != DAVE && from != BOB) { /* who do not add up */
            talk_posted(&t, BOB, from, ALICE, 0, 0);
            talk_posted(&t, BOB, from, ALICE, 0, 1);
            CHECK_U64(t.calls[BOB]->peers[from].there, 0);
        }
    }
    talk_posted(&t, BOB, DAVE, ALICE, a.len, 0); /* behind its end */
    talk_posted(&t, BOB, DAVE, ALICE, SC_MSG_MAX_INT, 0);
    talk_posted(&t, BOB, DAVE, CAROL, 0, 0); /* which is not here */
    talk_posted(&t, BOB, DAVE, CAROL, 0, 1);
    talk_posted(&t, BOB, DAVE, DAVE, 0, 0);
    talk_posted(&t, BOB, DAVE, N_PARTIES, 0, 0);
    talk_posted(&t, BOB, DAVE, 15, 0, 1);
    CHECK_U64(t.calls[BOB]->peers[DAVE].there, 0);
    silent_to_all(&t, BOB);
    sc_buf_clear(&a);
    talk_stop(&t);
}

/* The last piece is as long as there is something left, and no longer. */
static void test_last_piece(void **state)
{
    const size_t most = SC_FRAME_MAX_BULK;
    talk t;
    sc_buf a = {0};

    talk_start(&t, *state);
    make_large(&t);
    talk_call(&t);
    store(&t, BOB, ALICE, &a);
    for (size_t left = most - 1; left <= most + 1; left++) {
        t.calls[BOB]->peers[DAVE].sent_ms = 1; /* long ago */
        talk_posted(&t, BOB, DAVE, ALICE, a.len - left, 0);
        talk_piece(&t, DAVE, BOB, ALICE, a.len - left, sc_buf_bytes(&a));
    }
    sc_buf_clear(&a);
    talk_stop(&t);
}

/* An owner gives its post to the asker alone, and remembers that it has it. */
static void test_owner(void **state)
{
    talk t;
    sc_buf a = {0};
    sc_call *again = NULL;
    sc_fault why = {0};
    char *dir;

    talk_start(&t, *state);
    talk_call(&t);
    talk_posted(&t, ALICE, BOB, ALICE, 0, 0); /* there is none yet */
    talk_posted(&t, ALICE, BOB, ALICE, 0, 1);
    CHECK(!t.calls[ALICE]->is_delivered);
    store(&t, ALICE, ALICE, &a);
    talk_posted(&t, ALICE, DAVE, ALICE, 0, 0);
    talk_posted(&t, ALICE, CAROL, ALICE, 0, 1);
    talk_posted(&t, ALICE, BOB, CAROL, 0, 0);
    talk_posted(&t, ALICE, BOB, CAROL, 0, 1);
    talk_posted(&t, ALICE, BOB, ALICE, a.len, 0);
    posts_store(&t.w, ALICE, CAROL, t.now_s, 1); /* whoever put it there */
    t.calls[ALICE]->have |= BIT(CAROL);
    talk_posted(&t, ALICE, BOB, CAROL, 0, 0);
    talk_posted(&t, ALICE, BOB, CAROL, 0, 1);
    CHECK(!t.calls[ALICE]->is_delivered);
    silent_to_all(&t, ALICE);
    talk_posted(&t, ALICE, BOB, ALICE, 7, 0);
    talk_piece(&t, BOB, ALICE, ALICE, 7, sc_buf_bytes(&a));
    talk_posted(&t, ALICE, BOB, ALICE, 0, 1);
    CHECK(t.calls[ALICE]->is_delivered);
    silent_to_all(&t, ALICE);
    dir = posts_dir(&t.w, ALICE);
    CHECK_OK(sc_call_load(&again, &t.w.house[ALICE], dir, &why));
    CHECK(again->is_delivered);
    CHECK_U64(again->have, POSTING);
    sc_call_free(&again);
    sc_free(dir);
    sc_buf_clear(&a);
    talk_stop(&t);
}

/* A post that cannot be read is not sent, and nobody falls over it. */
static void test_unreadable(void **state)
{
    talk t;

    talk_start(&t, *state);
    talk_call(&t);
    t.calls[BOB]->have = BIT(ALICE);
    t.calls[ALICE]->have = BIT(ALICE);
    talk_posted(&t, BOB, DAVE, ALICE, 0, 0);
    talk_silent(&t, DAVE, BOB);
    sc_call_say_post(t.calls[ALICE], &t.w.house[ALICE]);
    talk_silent(&t, BOB, ALICE);
    talk_stop(&t);
}

/* The same piece is sent once a second at the most, however often it is asked for. */
static void test_no_hot_loop(void **state)
{
    talk t;
    sc_buf a = {0};

    talk_start(&t, *state);
    talk_call(&t);
    store(&t, BOB, ALICE, &a);
    for (size_t i = 0; i < 20; i++) {
        talk_posted(&t, BOB, DAVE, ALICE, 0, 0);
    }
    talk_piece(&t, DAVE, BOB, ALICE, 0, sc_buf_bytes(&a));
    silent_to_all(&t, BOB);
    t.calls[BOB]->peers[DAVE].sent_ms -= 1000; /* it was lost */
    talk_posted(&t, BOB, DAVE, ALICE, 0, 0);
    talk_piece(&t, DAVE, BOB, ALICE, 0, sc_buf_bytes(&a));
    sc_buf_clear(&a);
    talk_stop(&t);
}

/* A post that the asker cannot take is sent, and not sent again at once. */
static void test_not_taken(void **state)
{
    talk t;
    sc_mesh_event *e;

    talk_start(&t, *state);
    talk_call(&t);
    posts_store(&t.w, ALICE, ALICE, t.now_s + 1000, 1); /* her clock is ahead */
    t.calls[ALICE]->have = BIT(ALICE);
    for (size_t i = 0; i < 3; i++) {
        sc_call_say_post(t.calls[ALICE], &t.w.house[ALICE]);
        t.calls[ALICE]->peers[BOB].said_ms = 0; /* she is called again */
    }
    e = talk_heard(&t, BOB, ALICE, SC_MSG_POST);
    sc_call_hear(t.calls[BOB], &t.w.house[BOB], ALICE, &e->frame, t.room);
    sc_mesh_event_free(&e);
    talk_check(&t, BOB, ALICE);
    CHECK_U64(t.calls[BOB]->have, 0);
    talk_silent(&t, BOB, ALICE);
    talk_silent(&t, ALICE, BOB);
    talk_stop(&t);
}

/* ---- who begins ---------------------------------------------------------------- */

static void heard_call(talk *t, size_t at)
{
    sc_mesh_event *e = talk_heard(t, at, BOB, SC_MSG_CALL);
    sc_msg_call m;

    CHECK_OK(sc_msg_call_get(&m, &e->frame));
    CHECK_BYTES(m.plan, t->w.plan->digest, 32);
    CHECK(sc_bytes_equal_vartime(m.job, sc_buf_bytes(&t->w.text)));
    sc_mesh_event_free(&e);
}

static void test_say(void **state)
{
    talk t;
    sc_buf a = {0};

    talk_start(&t, *state);
    talk_call(&t);
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    sc_call_say(t.calls[BOB], &t.w.house[BOB]); /* at once: not again */
    heard_call(&t, ALICE);
    heard_call(&t, CAROL);
    spoke(&t, BOB, 0);
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    silent_to_all(&t, BOB);
    /* alice's post is here: carol is called again, dave is given it */
    store(&t, BOB, ALICE, &a);
    spoke(&t, BOB, AGAIN_MS);
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    heard_call(&t, CAROL);
    heard_call(&t, DAVE);
    talk_piece(&t, DAVE, BOB, ALICE, 0, sc_buf_bytes(&a));
    silent_to_all(&t, BOB);
    /* and has it: nothing is left to say to it */
    t.calls[BOB]->peers[DAVE].there = BIT(ALICE);
    spoke(&t, BOB, AGAIN_MS);
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    heard_call(&t, CAROL);
    silent_to_all(&t, BOB);
    sc_buf_clear(&a);
    talk_stop(&t);
}

/* While pieces go, the first is not sent between them. */
static void test_say_under_way(void **state)
{
    talk t;
    sc_buf a = {0};

    talk_start(&t, *state);
    talk_call(&t);
    store(&t, BOB, ALICE, &a);
    t.calls[BOB]->plan->posting = BIT(ALICE);
    talk_posted(&t, BOB, DAVE, ALICE, 100, 0);
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    talk_piece(&t, DAVE, BOB, ALICE, 100, sc_buf_bytes(&a));
    silent_to_all(&t, BOB);
    spoke(&t, BOB, AGAIN_MS);
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    heard_call(&t, DAVE);
    talk_piece(&t, DAVE, BOB, ALICE, 0, sc_buf_bytes(&a));
    sc_buf_clear(&a);
    talk_stop(&t);
}

static void test_say_post(void **state)
{
    talk t;
    sc_buf a = {0};

    talk_start(&t, *state);
    talk_call(&t);
    store(&t, ALICE, ALICE, &a);
    sc_call_say_post(t.calls[ALICE], &t.w.house[ALICE]);
    sc_call_say_post(t.calls[ALICE], &t.w.house[ALICE]);
    talk_piece(&t, BOB, ALICE, ALICE, 0, sc_buf_bytes(&a));
    silent_to_all(&t, ALICE);
    spoke(&t, ALICE, AGAIN_MS);
    sc_call_say_post(t.calls[ALICE], &t.w.house[ALICE]);
    talk_piece(&t, BOB, ALICE, ALICE, 0, sc_buf_bytes(&a));
    silent_to_all(&t, ALICE);
    sc_buf_clear(&a);
    talk_stop(&t);
}

/* Who has left is not spoken to, and is when it is back. */
static void test_left(void **state)
{
    talk t;

    talk_start(&t, *state);
    talk_call(&t);
    sc_mesh_free(&t.net.mesh[ALICE]);
    CHECK(link_becomes(&t.net, BOB, ALICE, 0));
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    CHECK_U64(t.calls[BOB]->peers[ALICE].said_ms, 0);
    CHECK(t.calls[BOB]->peers[CAROL].said_ms != 0);
    world_start(&t.net, ALICE);
    t.w.house[ALICE].mesh = t.net.mesh[ALICE];
    CHECK(link_becomes(&t.net, BOB, ALICE, 1));
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    heard_call(&t, ALICE);
    talk_stop(&t);
}

/* ---- all of it ------------------------------------------------------------------- */

/* Let a node take one message, as job/node/calls.c does. */
static void take(talk *t, size_t at)
{
    sc_mesh_event *e = talk_next(t, at);
    sc_call *c = t->calls[at];

    if (e->frame.type != SC_MSG_CALL) {
        sc_call_hear(c, &t->w.house[at], e->party, &e->frame, t->room);
        talk_check(t, at, e->party);
    } else if (sc_call_is_owed(c, &t->w.house[at])) {
        sc_call_say_post(c, &t->w.house[at]);
    }
    sc_mesh_event_free(&e);
}

/* The job that begins holds the posts whose files both who add up have. */
static void check_job(talk *t)
{
    sc_job *j = NULL;
    sc_buf text = {0};
    sc_fault why = {0};
    uint8_t id[16];

    CHECK_OK(
        sc_call_make_job(t->calls[BOB], &t->w.house[BOB], &text, id, &why));
    CHECK_OK(sc_job_take(&j, &t->w.f.c, sc_buf_bytes(&text), &why));
    CHECK_OK(sc_call_check_files(j, &t->w.house[DAVE], t->w.digest, &why));
    CHECK_OK(sc_call_check_files(j, &t->w.house[BOB], t->w.digest, &why));
    sc_job_free(&j);
    sc_buf_clear(&text);
}

static void test_all(void **state)
{
    enum { PIECES = 1 };
    talk t;
    sc_buf files[2] = {{0}, {0}};
    const size_t owners[] = {ALICE, CAROL};

    talk_start(&t, *state);
    talk_call(&t);
    for (size_t i = 0; i < 2; i++) {
        store(&t, owners[i], owners[i], &files[i]);
    }
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    for (size_t i = 0; i < 2; i++) {
        take(&t, owners[i]); /* CALL */
        for (size_t k = 0; k < PIECES; k++) {
            CHECK(!t.calls[owners[i]]->is_delivered);
            take(&t, BOB);       /* POST */
            take(&t, owners[i]); /* POSTED */
        }
        CHECK(t.calls[owners[i]]->is_delivered);
    }
    CHECK_U64(sc_call_missing(t.calls[BOB]), 0);
    spoke(&t, BOB, AGAIN_MS);
    sc_call_say(t.calls[BOB], &t.w.house[BOB]);
    take(&t, DAVE); /* CALL */
    for (size_t k = 0; k < 2 * PIECES; k++) {
        CHECK(!sc_call_is_due(t.calls[BOB], &t.w.house[BOB]));
        take(&t, DAVE); /* POST */
        take(&t, BOB);  /* POSTED */
    }
    CHECK(sc_call_is_due(t.calls[BOB], &t.w.house[BOB]));
    silent_to_all(&t, BOB);
    check_job(&t);
    sc_buf_clear(&files[0]);
    sc_buf_clear(&files[1]);
    talk_stop(&t);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hand_on),       TEST(test_hand_on_to_nobody),
        TEST(test_last_piece),    TEST(test_owner),
        TEST(test_unreadable),    TEST(test_say),
        TEST(test_say_under_way), TEST(test_say_post),
        TEST(test_no_hot_loop),   TEST(test_not_taken),
        TEST(test_left),          TEST(test_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
