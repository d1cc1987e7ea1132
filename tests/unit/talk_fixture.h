/* tests/unit/talk_fixture.h: the call of posts_fixture.h at four nodes on loopback, and
 * what one hears of the other. */
#ifndef SC_TESTS_TALK_FIXTURE_H
#define SC_TESTS_TALK_FIXTURE_H

#include "job/node/call.h"
#include "job/run/policy.h"
#include "job/run/run.h"
#include "job/run/statement.h"
#include "tests/mesh_world.h"
#include "tests/unit/posts_fixture.h"

typedef struct {
    world net;
    posts w;
    int64_t now_s;
    sc_call *calls[N_PARTIES];
    size_t room; /* for pieces, at who hears */
} talk;

/* t must stay where it is. */
static inline void talk_start(talk *t, const char *dir)
{
    memset(t, 0, sizeof *t);
    world_init(&t->net, N_PARTIES);
    for (size_t p = 0; p < N_PARTIES; p++) {
        t->net.logs[p].least = SC_LOG_ERROR;
    }
    world_start_all(&t->net);
    t->room = SC_CALL_MAX_COMING;
    t->now_s = sc_clock_wall();
    posts_init(&t->w, dir, t->now_s - DAY, t->now_s + DAY);
    posts_key(&t->w);
    for (size_t p = 0; p < N_PARTIES; p++) {
        t->w.house[p].mesh = t->net.mesh[p];
    }
    world_linked(&t->net);
}

/* Everybody has the call. */
static inline void talk_call(talk *t)
{
    sc_fault why = {0};

    for (size_t p = 0; p < N_PARTIES; p++) {
        if (sc_call_new(&t->calls[p], &t->w.house[p], BOB,
                        sc_buf_bytes(&t->w.text), &why) != SC_OK) {
            fail_msg("%s", why.text);
        }
        CHECK_OK(sc_call_store(t->calls[p], &t->w.house[p], &why));
    }
}

static inline void talk_stop(talk *t)
{
    for (size_t p = 0; p < N_PARTIES; p++) {
        sc_call_free(&t->calls[p]);
    }
    world_stop(&t->net);
    posts_clear(&t->w);
}

/* The next message that reaches a node; sc_mesh_event_free it. */
static inline sc_mesh_event *talk_next(talk *t, size_t at)
{
    sc_mesh_event *e = NULL;

    for (;;) {
        CHECK_OK(sc_mesh_next(t->net.mesh[at], &e, IN_TIME));
        if (e->kind == SC_MESH_MESSAGE) {
            CHECK_BYTES(e->job, t->w.digest, 16);
            return e;
        }
        CHECK_U64(e->kind, SC_MESH_LINKED);
        sc_mesh_event_free(&e);
    }
}

/* It must be of this type and from this node. */
static inline sc_mesh_event *talk_heard(talk *t, size_t at, size_t from,
                                        uint16_t type)
{
    sc_mesh_event *e = talk_next(t, at);

    CHECK_U64(e->frame.type, type);
    CHECK_U64(e->party, from);
    return e;
}

/* `from` has said no more to `at` than was heard: messages come in order. */
static inline void talk_silent(talk *t, size_t at, size_t from)
{
    const sc_msg_progress m = {0};
    sc_mesh_event *e;
    sc_buf room = {0};
    sc_frame f;

    CHECK_OK(sc_msg_progress_put(&f, &room, &m));
    CHECK_OK(sc_mesh_send(t->net.mesh[from], at, t->w.digest, &f));
    e = talk_heard(t, at, from, SC_MSG_PROGRESS);
    sc_mesh_event_free(&e);
    sc_buf_clear(&room);
}

/* ---- what a node hears ------------------------------------------------------ */

/* What the thread of calls does about a post that is whole. */
static inline void talk_check(talk *t, size_t at, size_t owner)
{
    sc_call *c = t->calls[at];
    sc_fault why = {0};

    if (owner < SC_MAX_PARTIES && c->peers[owner].is_whole) {
        sc_err err = sc_call_check_proofs(c, &t->w.house[at], owner, &why);

        sc_call_take_checked(c, &t->w.house[at], owner, err, &why);
    }
}

static inline void talk_post(talk *t, size_t at, size_t from, size_t party,
                             uint64_t offset, int is_last, sc_bytes piece)
{
    sc_msg_post m = {.party = party,
                     .at = offset,
                     .last = (uint64_t)is_last,
                     .piece = piece};
    sc_buf room = {0};
    sc_frame f;

    CHECK_OK(sc_msg_post_put(&f, &room, &m));
    sc_call_hear(t->calls[at], &t->w.house[at], from, &f, t->room);
    talk_check(t, at, party);
    sc_buf_clear(&room);
}

static inline void talk_posted(talk *t, size_t at, size_t from, size_t party,
                               uint64_t offset, int is_stored)
{
    sc_msg_posted m = {.party = party,
                       .at = offset,
                       .stored = (uint64_t)is_stored};
    sc_buf room = {0};
    sc_frame f;

    CHECK_OK(sc_msg_posted_put(&f, &room, &m));
    sc_call_hear(t->calls[at], &t->w.house[at], from, &f, t->room);
    sc_buf_clear(&room);
}

/* Signed by `by` for the job with this digest. */
static inline void talk_refuse(talk *t, size_t at, size_t from, size_t by,
                               const uint8_t digest[32], sc_refusal reason)
{
    sc_msg_refuse m = {.reason = reason};
    sc_buf room = {0};
    sc_frame f;

    CHECK_OK(sc_statement_refuse(m.signature, &t->w.keys[by].identity, digest,
                                 m.reason));
    CHECK_OK(sc_msg_refuse_put(&f, &room, &m));
    sc_call_hear(t->calls[at], &t->w.house[at], from, &f, t->room);
    sc_buf_clear(&room);
}

static inline void talk_cancel(talk *t, size_t at, size_t from)
{
    sc_msg_cancel m = {SC_CANCEL_BY_ASKER};
    sc_buf room = {0};
    sc_frame f;

    CHECK_OK(sc_msg_cancel_put(&f, &room, &m));
    sc_call_hear(t->calls[at], &t->w.house[at], from, &f, t->room);
    sc_buf_clear(&room);
}

/* ---- what it says ------------------------------------------------------------ */

/* `from` answered `at` with these values, and said nothing else. */
static inline void talk_answer(talk *t, size_t at, size_t from, size_t party,
                               uint64_t offset, int is_stored)
{
    sc_mesh_event *e = talk_heard(t, at, from, SC_MSG_POSTED);
    sc_msg_posted m;

    CHECK_OK(sc_msg_posted_get(&m, &e->frame));
    CHECK_U64(m.party, party);
    CHECK_U64(m.at, offset);
    CHECK_U64(m.stored, (uint64_t)is_stored);
    sc_mesh_event_free(&e);
    talk_silent(t, at, from);
}

/* `from` sent `at` this piece of this file. */
static inline void talk_piece(talk *t, size_t at, size_t from, size_t party,
                              uint64_t offset, sc_bytes file)
{
    sc_mesh_event *e = talk_heard(t, at, from, SC_MSG_POST);
    size_t left = file.len - (size_t)offset;
    size_t len = left < SC_FRAME_MAX_BULK ? left : SC_FRAME_MAX_BULK;
    sc_msg_post m;

    CHECK_OK(sc_msg_post_get(&m, &e->frame));
    CHECK_U64(m.party, party);
    CHECK_U64(m.at, offset);
    CHECK_U64(m.last, left <= SC_FRAME_MAX_BULK);
    CHECK_U64(m.piece.len, len);
    CHECK_BYTES(m.piece.p, file.p + offset, len);
    sc_mesh_event_free(&e);
}

#endif
