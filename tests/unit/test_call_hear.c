/* tests/unit/test_call_hear.c: what ends a call, and pieces of posts that are let go
 * (job/node/call_talk.c). */
#include "tests/unit/talk_fixture.h"

/* Alice's post, as a file; made an hour ago. */
static void hers(const talk *t, sc_buf *out, uint8_t draw)
{
    posts_file(&t->w, out, ALICE, t->now_s - 3600, draw);
}

static sc_bytes part(const sc_buf *b, size_t from, size_t to)
{
    return (sc_bytes){b->p + from, to - from};
}

/* ---- REFUSE ------------------------------------------------------------------------------ */

/* Signed by `by` because its rules do not permit it. */
static void forbid(talk *t, size_t at, size_t from, size_t by,
                   const uint8_t digest[32])
{
    talk_refuse(t, at, from, by, digest, SC_REFUSAL_POLICY);
}

static void test_refuse(void **state)
{
    talk t;
    uint8_t other[32] = {1};
    const sc_call *c;

    talk_start(&t, *state);
    talk_call(&t);
    c = t.calls[BOB];
    forbid(&t, BOB, CAROL, ALICE, t.w.digest); /* signed by another */
    forbid(&t, BOB, CAROL, CAROL, other);      /* of another job */
    forbid(&t, ALICE, BOB, BOB, t.w.digest);   /* not to whom it is owed */
    forbid(&t, DAVE, ALICE, ALICE, t.w.digest);
    for (size_t p = 0; p < N_PARTIES; p++) {
        CHECK_U64(t.calls[p]->state, SC_CALL_OPEN);
        CHECK_STR(t.calls[p]->trouble, "");
    }
    t.calls[BOB]->plan->job_parties &= ~BIT(DAVE);
    forbid(&t, BOB, DAVE, DAVE, t.w.digest); /* who has no part */
    CHECK_U64(c->state, SC_CALL_OPEN);
    forbid(&t, BOB, CAROL, CAROL, t.w.digest);
    CHECK_U64(c->state, SC_CALL_REFUSED);
    CHECK_STR(c->party, "carol");
    CHECK(strncmp(c->trouble, "refused: ", 9) == 0);
    forbid(&t, BOB, ALICE, ALICE, t.w.digest); /* it has ended */
    CHECK_STR(c->party, "carol");
    sc_call_end(t.calls[BOB], &t.w.house[BOB], SC_CALL_DONE, "", "");
    forbid(&t, BOB, ALICE, ALICE, t.w.digest);
    CHECK_U64(c->state, SC_CALL_DONE);
    talk_stop(&t);
}

/* Only a rule ends a call; all who have to do with it are told. */
static void test_reasons(void **state)
{
    static const size_t told[] = {ALICE, CAROL, DAVE};
    talk t;
    const sc_call *c;

    talk_start(&t, *state);
    talk_call(&t);
    c = t.calls[BOB];
    for (unsigned reason = 1; reason < 12; reason++) {
        if (reason != SC_REFUSAL_POLICY && reason != SC_REFUSAL_EXPIRED) {
            t.calls[BOB]->party[0] = '\0';
            talk_refuse(&t, BOB, CAROL, CAROL, t.w.digest, (sc_refusal)reason);
            CHECK_U64(c->state, SC_CALL_OPEN);
            CHECK(c->party[0] == '\0' || strcmp(c->party, "carol") == 0);
        }
    }
    talk_refuse(&t, BOB, CAROL, CAROL, t.w.digest, SC_REFUSAL_LIMITS);
    CHECK_STR(c->party, "carol");
    CHECK(strncmp(c->trouble, "refused: ", 9) == 0);
    for (size_t i = 0; i < 3; i++) {
        talk_silent(&t, told[i], BOB);
    }
    talk_refuse(&t, BOB, CAROL, CAROL, t.w.digest, SC_REFUSAL_EXPIRED);
    CHECK_U64(c->state, SC_CALL_REFUSED);
    for (size_t i = 0; i < 3; i++) {
        sc_mesh_event *e = talk_heard(&t, told[i], BOB, SC_MSG_CANCEL);

        sc_call_hear(t.calls[told[i]], &t.w.house[told[i]], BOB, &e->frame,
                     t.room);
        sc_mesh_event_free(&e);
        CHECK_U64(t.calls[told[i]]->state, SC_CALL_REFUSED);
        CHECK_STR(t.calls[told[i]]->trouble,
                  "the asker says that it gave it up");
        talk_silent(&t, told[i], BOB);
    }
    talk_stop(&t);
}

/* ---- CANCEL --------------------------------------------------------------------------- */

static void test_cancel(void **state)
{
    talk t;

    talk_start(&t, *state);
    talk_call(&t);
    talk_cancel(&t, DAVE, ALICE); /* not the asker */
    talk_cancel(&t, DAVE, CAROL);
    talk_cancel(&t, BOB, DAVE);
    CHECK_U64(t.calls[DAVE]->state, SC_CALL_OPEN);
    CHECK_U64(t.calls[BOB]->state, SC_CALL_OPEN);
    t.calls[ALICE]->is_refused = 1; /* and why, stays said */
    sc_call_trouble(t.calls[ALICE], "", "her rules");
    talk_cancel(&t, ALICE, BOB);
    CHECK_U64(t.calls[ALICE]->state, SC_CALL_REFUSED);
    CHECK_STR(t.calls[ALICE]->party, "alice");
    CHECK_STR(t.calls[ALICE]->trouble, "her rules");
    sc_call_end(t.calls[CAROL], &t.w.house[CAROL], SC_CALL_DONE, "", "");
    talk_cancel(&t, CAROL, BOB); /* it was answered */
    CHECK_U64(t.calls[CAROL]->state, SC_CALL_DONE);
    talk_stop(&t);
}

/* ---- pieces that stay alone --------------------------------------------------------------- */

static void test_drop_pieces(void **state)
{
    talk t;
    sc_buf file = {0};
    sc_call_peer *peer;

    talk_start(&t, *state);
    talk_call(&t);
    peer = &t.calls[BOB]->peers[ALICE];
    hers(&t, &file, 1);
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    CHECK_U64(peer->coming.len, 100);
    sc_call_drop_pieces(t.calls[BOB], 60000);
    CHECK_U64(peer->coming.len, 100);
    peer->came_ms -= 60001;
    sc_call_drop_pieces(t.calls[BOB], 120000);
    CHECK_U64(peer->coming.len, 100);
    sc_call_drop_pieces(t.calls[BOB], 60000);
    CHECK_U64(peer->coming.len, 0);
    talk_answer(&t, ALICE, BOB, ALICE, 100, 0);
    talk_post(&t, BOB, ALICE, ALICE, 100, 1, part(&file, 100, file.len));
    talk_silent(&t, ALICE, BOB); /* from its beginning */
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    talk_answer(&t, ALICE, BOB, ALICE, 100, 0);
    sc_call_end(t.calls[BOB], &t.w.house[BOB], SC_CALL_OVER, "", "");
    CHECK_U64(peer->coming.len, 0);
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_silent(&t, ALICE, BOB);
    CHECK_U64(peer->coming.len, 0);
    sc_buf_clear(&file);
    talk_stop(&t);
}

/* No more is kept of a peer than there is room for. */
static void test_room(void **state)
{
    talk t;
    sc_buf file = {0};
    const sc_call_peer *peer;

    talk_start(&t, *state);
    talk_call(&t);
    peer = &t.calls[BOB]->peers[ALICE];
    hers(&t, &file, 1);
    t.room = 99;
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    talk_silent(&t, ALICE, BOB);
    CHECK_U64(peer->coming.len, 0);
    t.room = 100;
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    talk_answer(&t, ALICE, BOB, ALICE, 100, 0);
    t.room = 0; /* what came is let go: others may need the room */
    talk_post(&t, BOB, ALICE, ALICE, 100, 0, part(&file, 100, 101));
    talk_silent(&t, ALICE, BOB);
    CHECK_U64(peer->coming.len, 0);
    t.room = file.len;
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    sc_buf_clear(&file);
    talk_stop(&t);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refuse),      TEST(test_reasons), TEST(test_cancel),
        TEST(test_drop_pieces), TEST(test_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
