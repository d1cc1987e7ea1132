/* net/mesh_in.c: who knocks, and what arrives.
 *
 * A frame passes, in this order: a key of a party (admission), a connection
 * that the gate holds, one part, a right envelope, a known message in its lane,
 * and, but for HELLO and BYE, a right HELLO on the same connection. The first
 * two failing says nothing about a party; what fails after them is that party's
 * fault, and ends its sessions. Frames go on to a session or to the owner
 * unread: their heads are for whoever expects them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "net/mesh_inner.h"
#include "net/session_inner.h"

#define FRAMES_AT_ONCE    64
#define REFUSALS_APART_MS 1000

/* ---- connections -------------------------------------------------------- */

void sc_mesh_admit(sc_mesh *m, uint64_t now_ms)
{
    sc_zmq_visitor who;

    while (sc_zmq_gatekeeper_answer(&who, m->zap,
                                    (const uint8_t(*)[SC_ZMQ_KEY_LEN])m->keys,
                                    m->n_parties, m->me) == SC_OK) {
        if (who.is_admitted) {
            continue;
        }
        m->totals.refused_keys++;
        if (m->refused_logged == 0 ||
            now_ms - m->refused_log_ms >= SC_MESH_QUIET_MS) {
            sc_log_line(m->log, SC_LOG_WARN, "net",
                        "refused %" PRIu64
                        " connections with the key of no party, the last "
                        "from %s",
                        m->totals.refused_keys - m->refused_logged,
                        who.address);
            m->refused_log_ms = now_ms;
            m->refused_logged = m->totals.refused_keys;
        }
    }
}

void sc_mesh_watch_server(sc_mesh *m, uint64_t now_ms)
{
    sc_zmq_event e;
    sc_gate_entry old;

    while (sc_zmq_monitor_next(&e, m->server_monitor) == SC_OK) {
        if (e.what == ZMQ_EVENT_ACCEPTED) {
            sc_gate_accept(&m->gate, (int)e.value, now_ms);
        } else if (e.what == ZMQ_EVENT_DISCONNECTED &&
                   sc_gate_close(&m->gate, &old, (int)e.value) &&
                   old.party != SC_GATE_STRANGER) {
            sc_link *l = &m->links[old.party];

            if (l->is_linked) {
                l->trouble = "its connection to this node ended";
            }
            sc_link_update(m, l);
        }
    }
}

/* ---- blame -------------------------------------------------------------- */

void sc_mesh_blame(sc_mesh *m, size_t party, const char *text, uint64_t now_ms)
{
    sc_link *l = &m->links[party];

    m->totals.malformed++;
    if (l->scolded_ms == 0 || now_ms - l->scolded_ms >= SC_MESH_QUIET_MS) {
        l->scolded_ms = now_ms;
        sc_log_line(m->log, SC_LOG_WARN, "net", "%s %s", l->name, text);
    }
    for (size_t i = 0; i < m->n_sessions; i++) {
        if (sc_session_has(m->sessions[i], party)) {
            sc_session_end(m->sessions[i], SC_E_WIRE, party, text);
        }
    }
}

/* ---- the mesh's own messages -------------------------------------------- */

/* Why a HELLO is not right: words in l->refusal, "" if it is. */
static sc_bye judge(const sc_mesh *m, sc_link *l, const sc_msg_hello *hello)
{
    int64_t ahead = (int64_t)hello->time - sc_clock_wall();

    l->refusal[0] = '\0';
    if (hello->protocol != SC_MSG_PROTOCOL) {
        (void)snprintf(l->refusal, sizeof l->refusal,
                       "it speaks protocol %" PRIu64 ", this node %d",
                       hello->protocol, SC_MSG_PROTOCOL);
        return SC_BYE_PROTOCOL;
    }
    if (memcmp(hello->consortium, m->consortium, sizeof m->consortium) != 0) {
        char its[65], ours[65];

        sc_hex32(its, hello->consortium);
        sc_hex32(ours, m->consortium);
        (void)snprintf(l->refusal, sizeof l->refusal,
                       "its consortium file has digest %.16s..., this node's "
                       "%.16s...",
                       its, ours);
        return SC_BYE_CONSORTIUM;
    }
    if (ahead > SC_MESH_CLOCK_S || ahead < -SC_MESH_CLOCK_S) {
        (void)snprintf(l->refusal, sizeof l->refusal,
                       "its clock is %" PRId64 " s %s this node's",
                       ahead < 0 ? -ahead : ahead,
                       ahead < 0 ? "behind" : "ahead of");
        return SC_BYE_CLOCK;
    }
    return SC_BYE_LEAVING;
}

/* It began anew: what it knew of our sessions is gone. */
static void note_boot(sc_mesh *m, sc_link *l, const uint8_t boot[static 16])
{
    if (l->has_boot && memcmp(l->boot, boot, sizeof l->boot) != 0) {
        for (size_t i = 0; i < m->n_sessions; i++) {
            if (sc_session_has(m->sessions[i], l->party)) {
                sc_session_forgotten(m->sessions[i], l->party);
            }
        }
    }
    l->has_boot = 1;
    memcpy(l->boot, boot, sizeof l->boot);
}

/* Say why a party is refused, once a reason; l->refusal has the words. */
static void refuse(sc_mesh *m, sc_link *l, sc_bye reason, uint64_t now_ms)
{
    if (l->refused_ms == 0 || (reason != l->refused_for &&
                               now_ms - l->refused_ms >= REFUSALS_APART_MS)) {
        l->refused_for = reason;
        l->refused_ms = now_ms;
        sc_log_line(m->log, SC_LOG_WARN, "net", "%s is refused: %s", l->name,
                    l->refusal);
        sc_link_say_bye(m, l, reason);
    }
}

/* A HELLO of another protocol may have other fields, but for the first. */
static sc_err get_hello(sc_msg_hello *hello, const sc_frame *f)
{
    uint64_t protocol;

    if (sc_msg_hello_get(hello, f) == SC_OK) {
        return SC_OK;
    }
    if (sc_msg_hello_protocol(&protocol, f) != SC_OK ||
        protocol == SC_MSG_PROTOCOL) {
        return SC_E_WIRE;
    }
    hello->protocol = protocol;
    return SC_OK;
}

static sc_err take_hello(sc_mesh *m, sc_link *l, sc_gate_entry *from,
                         const sc_frame *f, uint64_t now_ms)
{
    sc_err err = SC_E_BUG;
    sc_msg_hello hello;
    sc_bye reason;

    SC_TRY(get_hello(&hello, f));
    reason = judge(m, l, &hello);
    from->said_hello = l->refusal[0] == '\0';
    if (from->said_hello) {
        note_boot(m, l, hello.boot);
        if (l->state == SC_LINK_DOWN) {
            l->retry_ms = now_ms; /* it is there: no back-off to wait for */
        }
    } else {
        refuse(m, l, reason, now_ms);
    }
    sc_link_update(m, l);
    err = SC_OK;
out:
    return err;
}

static sc_err take_bye(sc_mesh *m, sc_link *l, sc_gate_entry *from,
                       const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    sc_msg_bye bye;
    const char *text;

    SC_TRY(sc_msg_bye_get(&bye, f));
    text = bye.reason == SC_BYE_PROTOCOL     ? "it refuses this node's protocol"
           : bye.reason == SC_BYE_CONSORTIUM ? "it has another consortium file"
           : bye.reason == SC_BYE_CLOCK ? "it finds this node's clock wrong"
                                        : "it has left";
    from->said_hello = 0;
    l->trouble = text;
    sc_link_update(m, l);
    err = SC_OK;
out:
    return err;
}

static sc_err take_ping(sc_mesh *m, sc_link *l, const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    sc_frame answer;
    sc_msg_ping ping;
    sc_msg_pong pong;

    SC_TRY(sc_msg_ping_get(&ping, f));
    pong = (sc_msg_pong){.echo = ping.time, .size = m->chain_size};
    SC_TRY(sc_msg_pong_put(&answer, &room, &pong));
    (void)sc_link_say(m, l, NULL, &answer);
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return err;
}

/* One slow answer tells of a busy machine, not of the link: the median counts. */
static void note_rtt(sc_link *l, uint64_t rtt_ns)
{
    uint64_t sorted[SC_MESH_RTTS] = {0};
    size_t n = 0;

    l->rtts[l->n_rtts++ % SC_MESH_RTTS] = rtt_ns;
    for (size_t i = 0; i < l->n_rtts && i < SC_MESH_RTTS; i++) {
        size_t at = n++;

        for (; at > 0 && sorted[at - 1] > l->rtts[i]; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = l->rtts[i];
    }
    l->rtt_ns = sorted[(n - 1) / 2];
}

static sc_err take_pong(sc_link *l, const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    sc_msg_pong pong;

    SC_TRY(sc_msg_pong_get(&pong, f));
    if (l->ping_ns != 0 && pong.echo == l->ping_ns) {
        note_rtt(l, sc_clock_ns() - l->ping_ns);
        l->ping_ns = 0;
    }
    l->chain_size = pong.size;
    err = SC_OK;
out:
    return err;
}

static sc_err take_credit(sc_mesh *m, sc_link *l, const sc_envelope *e,
                          const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    sc_msg_credit credit;
    sc_session *s = sc_mesh_find(m, e->job);

    SC_TRY(sc_msg_credit_get(&credit, f));
    if (s != NULL && sc_session_has(s, l->party)) {
        sc_session_hear_credit(s, l->party, &credit);
    }
    err = SC_OK;
out:
    return err;
}

static sc_err take_own(sc_mesh *m, sc_link *l, sc_gate_entry *from,
                       const sc_envelope *e, const sc_frame *f, uint64_t now_ms)
{
    switch (f->type) {
    case SC_MSG_HELLO:
        return take_hello(m, l, from, f, now_ms);
    case SC_MSG_BYE:
        return take_bye(m, l, from, f);
    case SC_MSG_PING:
        return take_ping(m, l, f);
    case SC_MSG_PONG:
        return take_pong(l, f);
    default:
        return take_credit(m, l, e, f);
    }
}

/* ---- frames of sessions ------------------------------------------------- */

/* The session is not open (yet): keep the frame for a while. */
static void stash(sc_mesh *m, sc_link *l, const sc_envelope *e, zmq_msg_t *msg,
                  uint64_t now_ms)
{
    sc_stashed *to = &l->stash[l->n_stash];
    size_t len = zmq_msg_size(msg);

    if (l->n_stash == SC_MESH_STASH || l->stash_len + len > SC_MESH_STASH_LEN) {
        m->totals.dropped++;
        return;
    }
    SC_ASSERT(zmq_msg_init(&to->msg) == 0 && zmq_msg_move(&to->msg, msg) == 0);
    to->envelope = *e;
    to->since_ms = now_ms;
    l->n_stash++;
    l->stash_len += len;
}

void sc_stashed_move(sc_stashed *to, sc_stashed *from)
{
    if (to != from) {
        SC_ASSERT(zmq_msg_init(&to->msg) == 0 &&
                  zmq_msg_move(&to->msg, &from->msg) == 0);
        zmq_msg_close(&from->msg);
        to->envelope = from->envelope;
        to->since_ms = from->since_ms;
    }
}

void sc_mesh_expire(sc_mesh *m, sc_link *l, uint64_t now_ms)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n_stash; i++) {
        sc_stashed *s = &l->stash[i];

        if (now_ms - s->since_ms > SC_MESH_STASH_MS) {
            l->stash_len -= zmq_msg_size(&s->msg);
            zmq_msg_close(&s->msg);
            m->totals.dropped++;
        } else {
            sc_stashed_move(&l->stash[n++], s);
        }
    }
    l->n_stash = n;
}

/* A frame for a session that is over: say so, so that nobody waits. */
static void say_closed(sc_mesh *m, sc_link *l, const sc_envelope *e)
{
    sc_buf room = {0};
    sc_frame f;
    const sc_msg_credit closed = {.closed = 1};

    if (sc_msg_credit_put(&f, &room, &closed) == SC_OK) {
        (void)sc_link_say(m, l, e->job, &f);
    }
    sc_buf_clear(&room);
    m->totals.dropped++;
}

static void take_numbered(sc_mesh *m, sc_link *l, const sc_envelope *e,
                          const sc_frame *f, zmq_msg_t *msg, uint64_t now_ms)
{
    sc_session *s = sc_mesh_find(m, e->job);

    if (s != NULL && sc_session_has(s, l->party)) {
        sc_session_arrive(s, l->party, msg, f, e->number);
        if (m->owing_ms == 0) {
            m->owing_ms = now_ms; /* it will be taken: save a wake then */
        }
    } else if (s != NULL) { /* another's session: not this party's to disturb */
        m->totals.dropped++;
    } else if (sc_mesh_was_closed(m, e->job)) {
        say_closed(m, l, e);
    } else {
        stash(m, l, e, msg, now_ms);
    }
}

/* ---- every frame -------------------------------------------------------- */

static void take_frame(sc_mesh *m, const sc_zmq_origin *from, zmq_msg_t *msg,
                       uint64_t now_ms)
{
    sc_envelope e;
    sc_frame f;
    sc_link *l = &m->links[from->party];
    sc_gate_entry *gate =
        sc_gate_hear(&m->gate, from->fd, from->party, from->wire_len);
    sc_msg_lane lane;
    sc_err err;

    if (gate == NULL) {
        m->totals.dropped++;
        return;
    }
    l->heard_ms = now_ms;
    err = from->n_parts == 1
              ? sc_frame_get(&e, &f,
                             (sc_bytes){zmq_msg_data(msg), zmq_msg_size(msg)})
              : SC_E_WIRE;
    lane = err == SC_OK ? sc_msg_lane_of(f.type) : SC_LANE_NONE;
    if (lane == SC_LANE_NONE || (lane == SC_LANE_SESSION && !e.is_numbered) ||
        (lane == SC_LANE_NODE && e.is_numbered) ||
        (lane == SC_LANE_LINK && e.is_numbered)) {
        sc_mesh_blame(m, from->party, "sent bytes that are no frame", now_ms);
        return;
    }
    if (!gate->said_hello && f.type != SC_MSG_HELLO && f.type != SC_MSG_BYE) {
        m->totals.dropped++;
    } else if (lane == SC_LANE_LINK) {
        if (take_own(m, l, gate, &e, &f, now_ms) == SC_E_WIRE) {
            sc_mesh_blame(m, from->party, "sent a malformed message", now_ms);
        }
    } else if (e.is_numbered) {
        take_numbered(m, l, &e, &f, msg, now_ms);
    } else {
        sc_mesh_tell(m, SC_MESH_MESSAGE, from->party, &e, msg);
    }
}

int sc_mesh_take_frames(sc_mesh *m, uint64_t now_ms)
{
    sc_zmq_origin from;
    zmq_msg_t msg;

    for (size_t i = 0; i < FRAMES_AT_ONCE; i++) {
        if (sc_zmq_receive(&msg, &from, m->server) != SC_OK) {
            return 0;
        }
        m->totals.frames_in++;
        m->totals.bytes_in += zmq_msg_size(&msg);
        if (from.has_sender && from.party < m->n_parties &&
            from.party != m->me) {
            take_frame(m, &from, &msg, now_ms);
        } else {
            m->totals.dropped++;
        }
        zmq_msg_close(&msg);
    }
    return 1;
}
