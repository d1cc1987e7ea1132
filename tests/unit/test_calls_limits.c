/* tests/unit/test_calls_limits.c: what one peer can make a node keep. */
#include "tests/unit/calls_fixture.h"

/* A peer's calls are kept up to a number; another peer's are not in their way. */
static void test_flood(void **state)
{
    talk t;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, DAVE);
    t.w.f.parties[CAROL].is_offline = 0;
    cs = new_calls(&t.w, DAVE);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    for (uint8_t n = 0; n < 3 * SC_CALLS_OF_PEER; n++) {
        hear_call(cs, &t.w, BOB, n, BOB);
    }
    hear_call(cs, &t.w, CAROL, 0xf0, CAROL);
    UNTIL(is_there(cs, &t.w, 0xf0, CAROL));
    CHECK_U64(n_of(cs, "asker", "bob"), SC_CALLS_OF_PEER);
    CHECK_U64(n_folders(&t.w, DAVE), SC_CALLS_OF_PEER + 1);
    sc_calls_free(&cs);
    alone_stop(&t);
}

/* Calls that are asked here, while the thread takes the first of them. */
static void test_own(void **state)
{
    talk t;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, BOB);
    cs = new_calls(&t.w, BOB);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    for (uint8_t n = 0; n < 3 * SC_CALLS_OF_PEER; n++) {
        sc_err err = ask(cs, &t.w, n, BOB, &why);

        CHECK_ERR(n < SC_CALLS_OF_PEER ? SC_OK : SC_E_REFUSED, err);
    }
    UNTIL(n_of(cs, "asker", "bob") == SC_CALLS_OF_PEER);
    CHECK_U64(n_folders(&t.w, BOB), SC_CALLS_OF_PEER);
    sc_calls_free(&cs);
    alone_stop(&t);
}

/* Calls that want nothing of this node count as well, and after a restart. */
static void test_kept(void **state)
{
    talk t;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, DAVE);
    t.w.f.parties[CAROL].is_offline = 0;
    for (unsigned n = 0; n < SC_CALLS_KEPT_OF_PEER - 1; n++) {
        uint8_t digest[32];
        sc_buf text = {0};
        char *dir, *path;

        text_of(&t.w, &text, (uint8_t)n, BOB);
        digest_of(&t.w, digest, (uint8_t)n, BOB);
        dir = sc_post_file_dir(&t.w.house[DAVE], digest);
        path = sc_path_join(dir, "call");
        CHECK_OK(sc_dir_make(dir, 0700, NULL));
        CHECK_OK(sc_file_replace_later(path, sc_buf_bytes(&text), 0600, NULL));
        sc_buf_clear(&text);
        sc_free(path);
        sc_free(dir);
    }
    cs = new_calls(&t.w, DAVE);
    CHECK_U64(count(cs), SC_CALLS_KEPT_OF_PEER - 1);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    hear_call(cs, &t.w, BOB, 0xff, BOB);
    UNTIL(is_there(cs, &t.w, 0xff, BOB));
    t.w.job.id[1] ^= 1;
    hear_call(cs, &t.w, BOB, 0, BOB);
    hear_call(cs, &t.w, CAROL, 0, CAROL);
    UNTIL(is_there(cs, &t.w, 0, CAROL));
    CHECK(!is_there(cs, &t.w, 0, BOB));
    CHECK_U64(n_of(cs, "asker", "bob"), SC_CALLS_KEPT_OF_PEER);
    sc_calls_free(&cs);
    alone_stop(&t);
}

/* So many come within an hour, whatever became of them. */
static void test_hourly(void **state)
{
    talk t;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, DAVE);
    t.w.f.parties[CAROL].is_offline = 0;
    t.w.f.c.rules.peer_proposals = 3;
    cs = new_calls(&t.w, DAVE);
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    for (uint8_t n = 0; n < 6; n++) {
        sc_msg_cancel m = {SC_CANCEL_BY_ASKER};
        uint8_t digest[32];
        sc_buf room = {0};
        sc_frame f;

        hear_call(cs, &t.w, BOB, n, BOB);
        if (n < 3) { /* what is said of a call that is not here is dropped */
            UNTIL(is_there(cs, &t.w, n, BOB));
        }
        digest_of(&t.w, digest, n, BOB);
        CHECK_OK(sc_msg_cancel_put(&f, &room, &m));
        sc_calls_take(cs, BOB, digest, &f); /* so that it does not wait */
        sc_buf_clear(&room);
    }
    hear_call(cs, &t.w, CAROL, 0xf0, CAROL);
    UNTIL(is_there(cs, &t.w, 0xf0, CAROL));
    CHECK_U64(n_of(cs, "asker", "bob"), 3);
    UNTIL(n_of(cs, "state", "refused") == 3);
    sc_calls_free(&cs);
    cs = new_calls(&t.w, DAVE); /* what came before the start is not counted */
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    hear_call(cs, &t.w, BOB, 5, BOB);
    UNTIL(is_there(cs, &t.w, 5, BOB));
    sc_calls_free(&cs);
    alone_stop(&t);
}

/* The first piece of a post of an owner for bob's call n. */
static void hear_piece(sc_calls *cs, const posts *w, size_t from, uint8_t n,
                       size_t len)
{
    static const uint8_t bytes[200];
    sc_msg_post m = {.party = from, .piece = {bytes, len}};
    uint8_t digest[32];
    sc_buf room = {0};
    sc_frame f;

    digest_of(w, digest, n, BOB);
    CHECK_OK(sc_msg_post_put(&f, &room, &m));
    sc_calls_take(cs, from, digest, &f);
    sc_buf_clear(&room);
}

static size_t n_letters(sc_calls *cs)
{
    size_t n = 0;

    pthread_mutex_lock(&cs->lock);
    for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
        n += cs->n_letters[p];
    }
    pthread_mutex_unlock(&cs->lock);
    return n;
}

/* Pieces of one peer take so much memory, over all calls; and none of another's room. */
static void test_room(void **state)
{
    talk t;
    sc_calls *cs;
    sc_buf *large;
    sc_fault why;

    alone(&t, state, BOB);
    cs = new_calls(&t.w, BOB);
    for (uint8_t n = 0; n < 3; n++) {
        CHECK_OK(ask(cs, &t.w, n, BOB, &why));
    }
    sc_calls_free(&cs);
    cs = new_calls(&t.w, BOB);
    CHECK_U64(cs->n, 3);
    for (size_t i = 0; i < 3; i++) {
        uint8_t digest[32];

        digest_of(&t.w, digest, 0, BOB);
        if (memcmp(cs->calls[i]->digest, digest, 32) == 0) {
            large = &cs->calls[i]->peers[ALICE].coming;
            CHECK_OK(sc_buf_reserve(large, SC_CALL_MAX_COMING));
            memset(large->p, 0, SC_CALL_MAX_COMING);
            large->len = SC_CALL_MAX_COMING - 150;
            cs->calls[i]->peers[ALICE].came_ms = sc_clock_ms();
        }
    }
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    hear_piece(cs, &t.w, ALICE, 1, 151); /* too much */
    hear_piece(cs, &t.w, ALICE, 2, 100);
    hear_piece(cs, &t.w, ALICE, 1, 51); /* too much, with that */
    hear_piece(cs, &t.w, CAROL, 1, 151);
    UNTIL(n_letters(cs) == 0);
    sc_calls_stop(cs); /* it takes what is out of its queue */
    {
        uint8_t digest[32];
        const sc_call *c;

        digest_of(&t.w, digest, 1, BOB);
        c = sc_calls_get(cs, digest);
        CHECK_U64(c->peers[ALICE].coming.len, 0);
        CHECK_U64(c->peers[CAROL].coming.len, 151);
        digest_of(&t.w, digest, 2, BOB);
        c = sc_calls_get(cs, digest);
        CHECK_U64(c->peers[ALICE].coming.len, 100);
    }
    sc_calls_free(&cs);
    alone_stop(&t);
}

/* Pieces whose next does not come for a minute are let go. */
static void test_idle(void **state)
{
    talk t;
    sc_calls *cs;
    sc_fault why;

    alone(&t, state, BOB);
    cs = new_calls(&t.w, BOB);
    CHECK_OK(ask(cs, &t.w, 0, BOB, &why));
    sc_calls_free(&cs);
    cs = new_calls(&t.w, BOB);
    CHECK_OK(sc_buf_put_str(&cs->calls[0]->peers[ALICE].coming, "piece"));
    CHECK_OK(sc_buf_put_str(&cs->calls[0]->peers[CAROL].coming, "piece"));
    cs->calls[0]->peers[ALICE].came_ms = sc_clock_ms() - 60001;
    cs->calls[0]->peers[CAROL].came_ms = sc_clock_ms();
    CHECK_OK(sc_calls_start(cs, NULL, &why));
    CHECK_OK(ask(cs, &t.w, 1, BOB, &why));
    UNTIL(count(cs) == 2); /* it has looked at all of them */
    sc_clock_sleep_ms(300);
    sc_calls_stop(cs);
    for (size_t i = 0; i < 2; i++) {
        CHECK_U64(cs->calls[i]->peers[ALICE].coming.len, 0);
    }
    CHECK_U64(cs->calls[0]->peers[CAROL].coming.len +
                  cs->calls[1]->peers[CAROL].coming.len,
              5);
    sc_calls_free(&cs);
    alone_stop(&t);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_flood),  TEST(test_own),  TEST(test_kept),
        TEST(test_hourly), TEST(test_room), TEST(test_idle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
