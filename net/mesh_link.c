/* net/mesh_link.c: the connection to one party, and all that is sent.
 *
 * A DEALER is tried, is up, or is down until its back-off is over; it is never
 * reconnected but made again. The first thing on a new connection is HELLO;
 * then, once the party's own HELLO is there and right, credits, node messages
 * and the sessions' parcels, each session in turn. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/mesh_inner.h"
#include "net/session_inner.h"

/* A connection attempt that neither succeeds nor fails is given up. */
#define TRY_MS 6000

/* ---- sending ------------------------------------------------------------ */

static void release(void *bytes, void *parcel)
{
    SC_ZMQ_RELEASED(bytes);
    sc_parcel_drop(parcel);
}

/* 1: the caller's hold on the parcel is gone; 0: there is no room, or the connection
 * is gone, and its end will be told. */
static int send_parcel(sc_mesh *m, sc_link *l, sc_parcel *p)
{
    size_t len = p->len;

    sc_parcel_hold(p);
    if (sc_zmq_send(l->client, p->bytes, len, release, p) != SC_OK) {
        return 0;
    }
    sc_parcel_drop(p);
    m->totals.frames_out++;
    m->totals.bytes_out += len;
    return 1;
}

int sc_link_say(sc_mesh *m, sc_link *l, const uint8_t *job, const sc_frame *f)
{
    sc_envelope e = {0};
    sc_parcel *p;

    if (l->state != SC_LINK_UP) {
        return 0;
    }
    if (job != NULL) {
        memcpy(e.job, job, sizeof e.job);
    }
    p = sc_parcel_new(NULL, &e, f);
    if (p == NULL || send_parcel(m, l, p)) {
        return p != NULL;
    }
    sc_parcel_drop(p);
    return 0;
}

static void say_hello(sc_mesh *m, sc_link *l, uint64_t now_ms)
{
    sc_buf room = {0};
    sc_frame f;
    int64_t now = sc_clock_wall();
    sc_msg_hello hello = {.protocol = SC_MSG_PROTOCOL,
                          .time = now > 0 ? (uint64_t)now : 0};

    memcpy(hello.consortium, m->consortium, sizeof hello.consortium);
    memcpy(hello.boot, m->boot, sizeof hello.boot);
    if (sc_msg_hello_put(&f, &room, &hello) == SC_OK) {
        (void)sc_link_say(m, l, NULL, &f);
    }
    sc_buf_clear(&room);
    l->hello_ms = now_ms;
}

static void say_ping(sc_mesh *m, sc_link *l, uint64_t now_ms)
{
    sc_buf room = {0};
    sc_frame f;
    sc_msg_ping ping = {.time = sc_clock_ns()};

    if (sc_msg_ping_put(&f, &room, &ping) == SC_OK) {
        (void)sc_link_say(m, l, NULL, &f);
    }
    sc_buf_clear(&room);
    l->ping_ms = now_ms;
    l->ping_ns = ping.time;
}

void sc_link_say_bye(sc_mesh *m, sc_link *l, sc_bye reason)
{
    sc_buf room = {0};
    sc_frame f;
    sc_msg_bye bye = {.reason = reason};

    if (sc_msg_bye_put(&f, &room, &bye) == SC_OK) {
        (void)sc_link_say(m, l, NULL, &f);
    }
    sc_buf_clear(&room);
}

/* The oldest node message, or NULL. */
static sc_parcel *next_message(sc_link *l)
{
    void *p = NULL;

    if (sc_queue_take(l->out, &p, 0) == SC_OK) {
        sc_parcel *parcel = p;

        atomic_fetch_sub(&l->out_len, parcel->len);
        return parcel;
    }
    return NULL;
}

/* The next parcel of any session with this party, each session in turn. */
static sc_parcel *next_of_sessions(sc_session **from, sc_mesh *m, sc_link *l)
{
    for (size_t i = 0; i < m->n_sessions; i++) {
        sc_session *s = m->sessions[(m->turn + i) % m->n_sessions];

        if (sc_session_has(s, l->party)) {
            sc_parcel *p = sc_session_next(s, l->party);

            if (p != NULL) {
                m->turn = (m->turn + i + 1) % m->n_sessions;
                *from = s;
                return p;
            }
        }
    }
    return NULL;
}

/* Tell the party what its sessions with us have taken, of those where that is
 * due at least so. Returns 0 if the link has no room for it now. */
static int flush_credits(sc_mesh *m, sc_link *l, sc_credit_due least)
{
    sc_buf room = {0};
    sc_frame f;
    sc_msg_credit credit;
    int is_done = 1;

    for (size_t i = 0; i < m->n_sessions && is_done; i++) {
        sc_session *s = m->sessions[i];

        if (sc_session_has(s, l->party) &&
            sc_session_credit_due(s, l->party, &credit) >= least) {
            is_done = sc_msg_credit_put(&f, &room, &credit) == SC_OK &&
                      sc_link_say(m, l, sc_session_job(s), &f);
            if (is_done) {
                sc_session_told_credit(s, l->party, &credit);
            }
        }
    }
    sc_buf_clear(&room);
    return is_done;
}

/* Returns 1 if something waits for room. */
static int flush_all(sc_mesh *m, sc_link *l)
{
    if (!l->is_linked) {
        return 0;
    }
    if (!flush_credits(m, l, l->is_owing ? SC_CREDIT_SOON : SC_CREDIT_NOW)) {
        return 1;
    }
    for (;;) {
        sc_session *from = NULL;
        sc_parcel *p = l->blocked;

        l->blocked = NULL;
        p = p != NULL ? p : next_message(l);
        p = p != NULL ? p : next_of_sessions(&from, m, l);
        if (p == NULL) {
            return 0;
        }
        if (!send_parcel(m, l, p)) {
            if (from == NULL) {
                l->blocked = p;
            } else {
                sc_session_put_back(from, l->party, p);
            }
            return 1;
        }
    }
}

void sc_link_flush(sc_mesh *m, sc_link *l)
{
    l->is_blocked = flush_all(m, l);
    if (!l->is_blocked) {
        l->is_owing = 0;
    }
}

/* ---- linked or not ------------------------------------------------------ */

void sc_link_empty(sc_link *l)
{
    sc_parcel *p;

    sc_parcel_drop(l->blocked);
    l->blocked = NULL;
    while ((p = next_message(l)) != NULL) {
        sc_parcel_drop(p);
    }
    for (size_t i = 0; i < l->n_stash; i++) {
        zmq_msg_close(&l->stash[i].msg);
    }
    l->n_stash = l->stash_len = 0;
}

/* The longer a link has been failing soon, the longer it stays lost: a party
 * cannot fill the log, nor the owner's queue, by coming and going. */
static void damp(sc_link *l, uint64_t now_ms)
{
    uint64_t lasted_ms = now_ms - l->changed_ms;
    uint64_t longer_ms = l->damp_ms == 0 ? SC_MESH_DAMP_MS : 2 * l->damp_ms;

    l->damp_ms = lasted_ms >= SC_MESH_STEADY_MS  ? 0
                 : longer_ms < SC_MESH_DAMP_MOST ? longer_ms
                                                 : SC_MESH_DAMP_MOST;
}

static void log_lost(const sc_mesh *m, const sc_link *l)
{
    int is_refused = l->refusal[0] != '\0';

    sc_log_line(m->log,
                l->is_offline && !is_refused ? SC_LOG_INFO : SC_LOG_WARN, "net",
                "link to %s lost: %s", l->name,
                is_refused ? l->refusal : l->trouble);
}

void sc_link_update(sc_mesh *m, sc_link *l)
{
    int is_linked = l->state == SC_LINK_UP && sc_gate_has(&m->gate, l->party);
    uint64_t now_ms = sc_clock_ms();

    if (is_linked == l->is_linked ||
        (is_linked && now_ms - l->changed_ms < l->damp_ms)) {
        return;
    }
    if (is_linked) {
        l->refusal[0] = '\0';
        l->trouble = "";
        l->is_owing = 1; /* what was told before may be lost */
        sc_log_line(m->log, SC_LOG_INFO, "net", "linked to %s", l->name);
        sc_mesh_tell(m, SC_MESH_LINKED, l->party, NULL, NULL);
    } else {
        sc_link_empty(l);
        l->rtt_ns = 0;
        l->n_rtts = 0;
        damp(l, now_ms);
        log_lost(m, l);
        sc_mesh_tell(m, SC_MESH_LOST, l->party, NULL, NULL);
    }
    l->is_linked = is_linked;
    l->changed_ms = now_ms;
}

/* ---- the connection's life ---------------------------------------------- */

void sc_link_close(sc_mesh *m, sc_link *l, const char *trouble, uint64_t now_ms)
{
    sc_zmq_unwatch(&l->monitor, l->client);
    sc_zmq_close(&l->client, 0);
    l->state = SC_LINK_DOWN;
    l->trouble = trouble;
    l->retry_ms = now_ms + l->backoff_ms;
    l->backoff_ms = 2 * l->backoff_ms < m->retry_most_ms ? 2 * l->backoff_ms
                                                         : m->retry_most_ms;
    sc_link_update(m, l);
}

static void begin(sc_mesh *m, sc_link *l, uint64_t now_ms)
{
    sc_fault why = {0};

    l->since_ms = now_ms;
    if (sc_zmq_client_new(&l->client, &l->monitor, m->context, &m->own,
                          m->keys[l->party], l->address, ++m->n_monitors,
                          &why) != SC_OK) {
        sc_link_close(m, l, "this node cannot make a socket for it", now_ms);
        return;
    }
    l->is_monitor_due = 1;
    l->state = SC_LINK_TRYING;
}

/* Connected, and both keys proven. */
static void up(sc_mesh *m, sc_link *l, uint64_t now_ms)
{
    l->state = SC_LINK_UP;
    l->since_ms = now_ms;
    l->backoff_ms = m->retry_least_ms;
    l->trouble = "it has not said HELLO yet";
    l->ping_ns = 0;
    l->ping_ms = now_ms;
    for (size_t i = 0; i < m->n_sessions; i++) {
        if (sc_session_has(m->sessions[i], l->party)) {
            m->totals.resent += sc_session_relink(m->sessions[i], l->party);
        }
    }
    say_hello(m, l, now_ms);
    sc_link_update(m, l);
}

void sc_link_watch(sc_mesh *m, sc_link *l, uint64_t now_ms)
{
    sc_zmq_event e;

    while (l->monitor != NULL && sc_zmq_monitor_next(&e, l->monitor) == SC_OK) {
        switch (e.what) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            up(m, l, now_ms);
            break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        case ZMQ_EVENT_CLOSED:
            sc_link_close(m, l, sc_zmq_event_text(&e), now_ms);
            break;
        case ZMQ_EVENT_DISCONNECTED:
            sc_link_close(m, l, "the connection to it ended", now_ms);
            break;
        default:
            break;
        }
    }
}

void sc_link_tick(sc_mesh *m, sc_link *l, uint64_t now_ms)
{
    if (l->state == SC_LINK_DOWN) {
        if (now_ms >= l->retry_ms) {
            begin(m, l, now_ms);
        }
        return;
    }
    if (l->state == SC_LINK_TRYING) {
        if (now_ms - l->since_ms > TRY_MS) {
            sc_link_close(m, l, "nobody answers at its address", now_ms);
        }
        return;
    }
    if (l->is_linked && now_ms - l->heard_ms > m->silent_ms &&
        now_ms - l->since_ms > m->silent_ms) {
        /* Whatever it is, it begins with HELLO again. */
        sc_gate_cut_party(&m->gate, l->party);
        sc_link_close(m, l, "it has fallen silent", now_ms);
        return;
    }
    sc_link_update(m, l); /* its time to stay lost may be over */
    if (!l->is_linked && now_ms - l->hello_ms >= SC_MESH_HELLO_MS) {
        say_hello(m, l, now_ms);
    }
    if (l->is_linked && now_ms - l->ping_ms >= m->ping_ms) {
        say_ping(m, l, now_ms);
    }
}
