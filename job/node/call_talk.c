/* job/node/call_talk.c: CALL, POST and POSTED. A piece is sent when the one before has
 * been taken; the first is sent again where nothing was heard for a while. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/node/call.h"
#include "job/node/matter.h"
#include "job/run/call.h"
#include "job/run/policy.h"
#include "job/run/post_file.h"
#include "job/run/run.h"
#include "job/run/statement.h"
#include "job/run/tally.h"

#define AGAIN_MS   ((uint64_t)3000)   /* between two first pieces, two calls */
#define BAD_MS     ((uint64_t)600000) /* nothing is taken of who sent no post, */
#define UNTAKEN_MS ((uint64_t)30000)  /* or one that cannot be taken now */
#define RESEND_MS  ((uint64_t)1000)   /* before the same piece is sent again */

/* ---- saying --------------------------------------------------------------------- */

static void say_call(sc_call *c, const sc_house *h, size_t party)
{
    sc_msg_call m = {.job = sc_buf_bytes(&c->text)};
    sc_buf room = {0};
    sc_frame f;

    memcpy(m.plan, c->plan->digest, 32);
    sc_matter_say(h, party, c->digest, sc_msg_call_put(&f, &room, &m), &f);
    sc_buf_clear(&room);
}

/* The piece of an owner's post that begins at an offset. What a peer wants is the next;
 * another one it gets once a second, whatever it asks for. is_first: of itself. */
static void say_piece(sc_call *c, const sc_house *h, size_t party, size_t owner,
                      uint64_t at, int is_first)
{
    sc_call_peer *peer = &c->peers[party];
    sc_msg_post m = {.party = owner, .at = at};
    const size_t whole = sc_post_file_len(c->plan);
    sc_buf piece = {0}, room = {0};
    sc_fault why = {0};
    uint64_t now = sc_clock_ms();
    int is_recent = peer->sent_ms != 0 && now - peer->sent_ms < RESEND_MS;
    int is_same = peer->sent_owner == owner && peer->sent_at == at;
    int is_next =
        peer->sent_owner == owner && at == peer->sent_at + SC_FRAME_MAX_BULK;
    sc_frame f;

    if (at >= whole || (is_recent && !is_next && (is_same || !is_first))) {
        return;
    }
    peer->said_ms = peer->sent_ms = now;
    peer->sent_owner = owner;
    peer->sent_at = at;
    if (sc_post_file_read_at(h, &piece, c->digest, owner, at, SC_FRAME_MAX_BULK,
                             &why) != SC_OK) {
        sc_log_line(h->log, SC_LOG_WARN, "call", "a post cannot be sent: %s",
                    why.text);
    } else {
        m.last = at + piece.len == whole;
        m.piece = sc_buf_bytes(&piece);
        sc_matter_say(h, party, c->digest, sc_msg_post_put(&f, &room, &m), &f);
    }
    sc_buf_clear(&piece);
    sc_buf_clear(&room);
}

static void say_posted(const sc_call *c, const sc_house *h, size_t party,
                       size_t owner)
{
    sc_msg_posted m = {.party = owner,
                       .at = c->peers[owner].coming.len,
                       .stored = c->have >> owner & 1};
    sc_buf room = {0};
    sc_frame f;

    sc_matter_say(h, party, c->digest, sc_msg_posted_put(&f, &room, &m), &f);
    sc_buf_clear(&room);
}

/* The first post that is here and not there; SIZE_MAX: none. */
static size_t next_post(const sc_call *c, size_t party)
{
    uint32_t next = c->have & ~c->peers[party].there;

    return next == 0 ? SIZE_MAX : (size_t)__builtin_ctz(next);
}

void sc_call_say(sc_call *c, const sc_house *h)
{
    uint64_t now = sc_clock_ms();

    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        int is_missing = (sc_call_missing(c) >> p & 1) != 0;
        size_t owner = sc_call_is_added(c, h, p) ? next_post(c, p) : SIZE_MAX;

        if (p == h->me || (!is_missing && owner == SIZE_MAX) ||
            now - c->peers[p].said_ms < AGAIN_MS ||
            !sc_mesh_is_linked(h->mesh, p)) {
            continue;
        }
        c->peers[p].said_ms = now;
        say_call(c, h, p);
        if (owner != SIZE_MAX) {
            say_piece(c, h, p, owner, 0, 1);
        }
    }
}

void sc_call_say_end(const sc_call *c, const sc_house *h)
{
    sc_msg_cancel m = {SC_CANCEL_BY_ASKER};
    sc_buf room = {0};
    sc_frame f;

    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        if (p != h->me && (c->plan->job_parties >> p & 1) != 0) {
            sc_matter_say(h, p, c->digest, sc_msg_cancel_put(&f, &room, &m),
                          &f);
        }
    }
    sc_buf_clear(&room);
}

void sc_call_say_post(sc_call *c, const sc_house *h)
{
    if (sc_clock_ms() - c->peers[c->job->asker].said_ms >= AGAIN_MS) {
        say_piece(c, h, c->job->asker, h->me, 0, 1);
    }
}

/* ---- hearing --------------------------------------------------------------------- */

/* Is it that owner's post for this call? */
static sc_err check_post(const sc_call *c, const sc_house *h, size_t owner,
                         sc_bytes text, sc_fault *why)
{
    const sc_party *party = &h->consortium->parties[owner];
    sc_job_post post = {.party = owner};
    sc_opened_share share = {0};
    sc_post statement;
    int64_t now = sc_clock_wall();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(text.len == sc_post_file_len(c->plan),
               sc_fault_set(why, SC_E_WIRE, "it is not of the plan's length"));
    SC_TRY(sc_post_file_take(&post, &share, text));
    post.party = owner;
    SC_REQUIRE(post.time >= c->job->time - SC_CALL_POST_SLACK_S &&
                   post.time <= c->job->not_after &&
                   post.time <= now + SC_CALL_POST_SLACK_S,
               sc_fault_set(why, SC_E_STATE, "it is of another time"));
    sc_call_post(&statement, &post, c->plan, h->consortium, c->digest);
    SC_REQUIRE(sc_post_check(&statement, party->identity, post.proof) == SC_OK,
               sc_fault_set(why, SC_E_CHEAT, "its signature does not hold"));
    SC_REQUIRE(sc_opened_share_verify(&share, c->digest, party->did,
                                      post.output) == SC_OK,
               sc_fault_set(why, SC_E_CHEAT,
                            "its ciphertexts are not those signed for"));
    err = SC_OK;
out:
    sc_buf_clear(&share.vector);
    return sc_fault_from(why, err);
}

/* What was sent is a post, or none: store it, or say why not. */
static int take_checked(sc_call *c, const sc_house *h, size_t owner, sc_err err,
                        sc_fault *why)
{
    sc_call_peer *peer = &c->peers[owner];
    const char *name = h->consortium->parties[owner].name;
    char text[600];

    if (err == SC_OK) {
        err = sc_post_file_store(h, c->digest, owner,
                                 sc_buf_bytes(&peer->coming), why);
    }
    if (err == SC_OK) {
        c->have |= (uint32_t)1 << owner;
        sc_call_trouble(c, "", "");
        for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
            c->peers[p].said_ms = 0; /* handed on at the next look */
        }
        sc_log_line(h->log, SC_LOG_INFO, "call", "the post of %s is here",
                    name);
    } else {
        peer->bad_ms =
            sc_clock_ms() + (err == SC_E_CHEAT ? BAD_MS : UNTAKEN_MS);
        (void)snprintf(text, sizeof text, "its post is not taken: %.500s",
                       why->text);
        sc_call_trouble(c, name, text);
        sc_log_line(h->log, SC_LOG_WARN, "call",
                    "a post of %s is not taken: %s", name, why->text);
    }
    peer->is_whole = 0;
    sc_buf_clear(&peer->coming);
    return err == SC_OK;
}

/* All pieces are here. At the asker its proofs are looked at first, by another thread:
 * until then nothing is answered. */
static int take_whole(sc_call *c, const sc_house *h, size_t owner)
{
    sc_fault why = {0};
    sc_err err =
        check_post(c, h, owner, sc_buf_bytes(&c->peers[owner].coming), &why);

    if (err == SC_OK && sc_call_is_mine(c, h)) {
        c->peers[owner].is_whole = 1;
        return 0;
    }
    return take_checked(c, h, owner, err, &why);
}

void sc_call_take_checked(sc_call *c, const sc_house *h, size_t owner,
                          sc_err err, sc_fault *why)
{
    if (take_checked(c, h, owner, err, why)) {
        say_posted(c, h, owner, owner);
    }
}

/* Each owner sends its own to the asker, the asker everybody's. */
static int may_send(const sc_call *c, const sc_house *h, size_t from,
                    size_t owner)
{
    if (owner >= h->consortium->n_parties ||
        (c->plan->posting >> owner & 1) == 0) {
        return 0;
    }
    return sc_call_is_mine(c, h) ? from == owner
                                 : from == c->job->asker && owner != h->me &&
                                       sc_call_is_added(c, h, h->me);
}

static void hear_post(sc_call *c, const sc_house *h, size_t from,
                      const sc_msg_post *m, size_t room)
{
    sc_call_peer *peer = &c->peers[m->party];
    int is_here = c->have >> m->party & 1;

    if (sc_clock_ms() < peer->bad_ms || peer->is_whole) {
        return; /* it would send the same again; it is being looked at */
    }
    if (!is_here && m->at == peer->coming.len) {
        if (m->piece.len > room ||
            peer->coming.len + m->piece.len > sc_post_file_len(c->plan) ||
            sc_buf_put_bytes(&peer->coming, m->piece) != SC_OK) {
            sc_buf_clear(&peer->coming);
            return;
        }
        peer->came_ms = sc_clock_ms();
        if (m->last != 0 && !take_whole(c, h, (size_t)m->party)) {
            return;
        }
    } else if (!is_here && m->at != 0) {
        return; /* it was here before */
    }
    say_posted(c, h, from, (size_t)m->party);
}

void sc_call_drop_pieces(sc_call *c, uint64_t idle_ms)
{
    uint64_t now = sc_clock_ms();

    for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
        if (c->peers[p].coming.len > 0 && !c->peers[p].is_whole &&
            now - c->peers[p].came_ms > idle_ms) {
            sc_buf_clear(&c->peers[p].coming);
        }
    }
}

static void hear_posted(sc_call *c, const sc_house *h, size_t from,
                        const sc_msg_posted *m)
{
    size_t next;

    if (m->party >= h->consortium->n_parties ||
        (c->have >> m->party & 1) == 0) {
        return;
    }
    if (m->stored == 0) {
        say_piece(c, h, from, (size_t)m->party, m->at, 0);
    } else if (sc_call_is_mine(c, h)) {
        c->peers[from].there |= (uint32_t)1 << m->party;
        next = next_post(c, from);
        if (next != SIZE_MAX) {
            say_piece(c, h, from, next, 0, 1);
        }
    } else if (!c->is_delivered) {
        sc_call_note_delivered(c, h);
    }
}

/* An owner that does not permit it ends the call; not once it has posted. A limit, data, a
 * clock may be otherwise tomorrow: it is called on. */
static void hear_refuse(sc_call *c, const sc_house *h, size_t from,
                        const sc_msg_refuse *m)
{
    const char *name = h->consortium->parties[from].name;
    char text[160];

    if ((sc_call_missing(c) >> from & 1) == 0 || c->has_run ||
        sc_statement_refuse_verify(m->signature, h->consortium, from, c->digest,
                                   m->reason) != SC_OK) {
        return;
    }
    (void)snprintf(text, sizeof text, "refused: %s",
                   sc_refusal_name((sc_refusal)m->reason));
    if (m->reason == SC_REFUSAL_POLICY || m->reason == SC_REFUSAL_EXPIRED) {
        sc_call_end(c, h, SC_CALL_REFUSED, name, text);
        sc_call_say_end(c, h);
    } else {
        sc_call_trouble(c, name, text);
    }
}

/* The asker says that it has given it up; who adds up takes its word from now on
 * (job/run/call.h). What I refused it for stays said. */
static void hear_cancel(sc_call *c, const sc_house *h)
{
    char text[sizeof c->trouble];

    (void)snprintf(text, sizeof text, "%s",
                   c->is_refused ? c->trouble
                                 : "the asker says that it gave it up");
    sc_call_end(c, h, SC_CALL_REFUSED,
                c->is_refused ? h->consortium->parties[h->me].name : "", text);
}

void sc_call_hear(sc_call *c, const sc_house *h, size_t party,
                  const sc_frame *f, size_t room)
{
    sc_msg_post post;
    sc_msg_posted posted;
    sc_msg_refuse refuse;
    sc_msg_cancel cancel;

    if (c->state != SC_CALL_OPEN) {
        return;
    }
    if (f->type == SC_MSG_POST && sc_msg_post_get(&post, f) == SC_OK &&
        may_send(c, h, party, (size_t)post.party)) {
        hear_post(c, h, party, &post, room);
    } else if (f->type == SC_MSG_POSTED &&
               sc_msg_posted_get(&posted, f) == SC_OK &&
               (sc_call_is_mine(c, h)
                    ? sc_call_is_added(c, h, party)
                    : party == c->job->asker && posted.party == h->me)) {
        hear_posted(c, h, party, &posted);
    } else if (f->type == SC_MSG_REFUSE && sc_call_is_mine(c, h) &&
               sc_msg_refuse_get(&refuse, f) == SC_OK) {
        hear_refuse(c, h, party, &refuse);
    } else if (f->type == SC_MSG_CANCEL && party == c->job->asker &&
               sc_msg_cancel_get(&cancel, f) == SC_OK) {
        hear_cancel(c, h);
    }
}
