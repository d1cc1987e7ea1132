/* net/mesh_call.c: what other threads ask of a mesh: events, sessions, node
 * messages, status. Each takes the lock for a moment, and wakes the thread if
 * there is something to send. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/mesh_inner.h"
#include "net/session_inner.h"

/* ---- events ------------------------------------------------------------- */

typedef struct {
    sc_mesh_event event; /* first: what the owner sees */
    zmq_msg_t msg;
    int has_msg;
    size_t len;
    sc_link *link;
} inner_event;

void sc_mesh_event_drop(void *event)
{
    inner_event *in = event;

    if (in->has_msg) {
        zmq_msg_close(&in->msg);
        atomic_fetch_sub(&in->link->n_events, 1);
        atomic_fetch_sub(&in->link->events_len, in->len);
    }
    sc_free(in);
}

void sc_mesh_event_free(sc_mesh_event **e)
{
    if (*e != NULL) {
        sc_mesh_event_drop(*e);
        *e = NULL;
    }
}

/* Room for a message of len bytes from the party. */
static int has_room(const sc_link *l, size_t len)
{
    return atomic_load(&l->n_events) < SC_MESH_MAX_WAITING &&
           atomic_load(&l->events_len) + len <= SC_MESH_MAX_WAITING_LEN;
}

void sc_mesh_tell(sc_mesh *m, sc_mesh_event_kind kind, size_t party,
                  const sc_envelope *e, zmq_msg_t *msg)
{
    sc_link *l = &m->links[party];
    size_t len = msg != NULL ? zmq_msg_size(msg) : 0;
    inner_event *in = NULL;
    sc_envelope again;

    if (msg == NULL || has_room(l, len)) {
        in = sc_alloc(1, sizeof *in);
    }
    if (in == NULL) {
        m->totals.dropped++;
        return;
    }
    in->event.kind = kind;
    in->event.party = party;
    in->link = l;
    if (msg != NULL) {
        SC_ASSERT(zmq_msg_init(&in->msg) == 0 &&
                  zmq_msg_move(&in->msg, msg) == 0);
        SC_ASSERT(sc_frame_get(&again, &in->event.frame,
                               (sc_bytes){zmq_msg_data(&in->msg), len}) ==
                  SC_OK);
        memcpy(in->event.job, e->job, sizeof in->event.job);
        in->has_msg = 1;
        in->len = len;
        atomic_fetch_add(&l->n_events, 1);
        atomic_fetch_add(&l->events_len, len);
    }
    if (sc_queue_put(m->events, in, 0) != SC_OK) {
        m->totals.dropped++;
        sc_mesh_event_drop(in);
    }
}

sc_err sc_mesh_next(sc_mesh *m, sc_mesh_event **e, uint64_t deadline_ms)
{
    void *item = NULL;
    sc_err err = sc_queue_take(m->events, &item, deadline_ms);

    *e = err == SC_OK ? &((inner_event *)item)->event : NULL;
    return err;
}

void sc_mesh_stop(sc_mesh *m)
{
    sc_queue_close(m->events);
}

/* ---- sessions ----------------------------------------------------------- */

sc_session *sc_mesh_find(sc_mesh *m, const uint8_t job[static 16])
{
    for (size_t i = 0; i < m->n_sessions; i++) {
        if (memcmp(sc_session_job(m->sessions[i]), job, SC_FRAME_JOB_LEN) ==
            0) {
            return m->sessions[i];
        }
    }
    return NULL;
}

int sc_mesh_was_closed(const sc_mesh *m, const uint8_t job[static 16])
{
    size_t n = m->n_closed < SC_MESH_CLOSED ? m->n_closed : SC_MESH_CLOSED;

    for (size_t i = 0; i < n; i++) {
        if (memcmp(m->closed[i], job, SC_FRAME_JOB_LEN) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Give the session what came before it. */
static void unstash(sc_mesh *m, sc_session *s)
{
    for (size_t party = 0; party < m->n_parties; party++) {
        sc_link *l = &m->links[party];
        size_t n = 0;

        for (size_t i = 0; i < l->n_stash; i++) {
            sc_stashed *st = &l->stash[i];
            sc_envelope e;
            sc_frame f;

            if (!sc_session_has(s, party) ||
                memcmp(st->envelope.job, sc_session_job(s), sizeof e.job) !=
                    0) {
                sc_stashed_move(&l->stash[n++], st);
                continue;
            }
            l->stash_len -= zmq_msg_size(&st->msg);
            SC_ASSERT(sc_frame_get(&e, &f,
                                   (sc_bytes){zmq_msg_data(&st->msg),
                                              zmq_msg_size(&st->msg)}) ==
                      SC_OK);
            sc_session_arrive(s, party, &st->msg, &f, e.number);
            zmq_msg_close(&st->msg);
        }
        l->n_stash = n;
    }
}

sc_err sc_mesh_add_session(sc_mesh *m, sc_session *s)
{
    sc_err err = SC_E_BUG;

    sc_wait_lock(&m->lock);
    SC_REQUIRE(m->n_sessions < SC_MESH_MAX_SESSIONS &&
                   sc_mesh_find(m, sc_session_job(s)) == NULL &&
                   !sc_mesh_was_closed(m, sc_session_job(s)),
               SC_E_STATE);
    m->sessions[m->n_sessions++] = s;
    unstash(m, s);
    err = SC_OK;
out:
    sc_wait_unlock(&m->lock);
    return err;
}

/* Locked. Send on this thread what the link has room for. The mesh's thread does
 * the rest: it polls for room only where it knows that something waits. */
static void flush(sc_mesh *m, sc_link *l)
{
    int was_blocked = l->is_blocked;

    sc_link_flush(m, l);
    if (l->is_blocked && !was_blocked) {
        sc_mesh_wake(m);
    }
}

void sc_mesh_flush(sc_mesh *m, size_t party)
{
    sc_wait_lock(&m->lock);
    flush(m, &m->links[party]);
    sc_wait_unlock(&m->lock);
}

void sc_mesh_owe_credit(sc_mesh *m)
{
    if (m->owing_ms != 0) {
        return; /* as a rule: the frame that is taken came a moment ago */
    }
    sc_wait_lock(&m->lock);
    if (m->owing_ms == 0) {
        m->owing_ms = sc_clock_ms();
        sc_mesh_wake(m); /* to sleep less */
    }
    sc_wait_unlock(&m->lock);
}

/* Locked. Queue a parcel to a linked party; takes it. */
static sc_err queue_parcel(sc_link *l, sc_parcel *take_p)
{
    size_t len = take_p->len;
    sc_err err = SC_E_TIMEOUT;

    if (atomic_load(&l->out_len) + len <= SC_MESH_MAX_WAITING_LEN) {
        atomic_fetch_add(&l->out_len, len);
        err = sc_queue_put(l->out, take_p, 0);
        if (err != SC_OK) {
            atomic_fetch_sub(&l->out_len, len);
        }
    }
    if (err != SC_OK) {
        sc_parcel_drop(take_p);
    }
    return err;
}

void sc_mesh_drop_session(sc_mesh *m, sc_session *s, const size_t *parties,
                          size_t n_parties)
{
    sc_buf room = {0};
    sc_frame f;
    const sc_msg_credit closed = {.closed = 1};
    sc_envelope e = {0};
    int has_words = sc_msg_credit_put(&f, &room, &closed) == SC_OK;

    memcpy(e.job, sc_session_job(s), sizeof e.job);
    sc_wait_lock(&m->lock);
    for (size_t i = 0; i < m->n_sessions; i++) {
        if (m->sessions[i] == s) {
            m->sessions[i] = m->sessions[--m->n_sessions];
        }
    }
    memcpy(m->closed[m->n_closed++ % SC_MESH_CLOSED], e.job, sizeof e.job);
    for (size_t i = 0; i < n_parties && has_words; i++) {
        sc_link *l = &m->links[parties[i]];
        sc_parcel *p = l->is_linked ? sc_parcel_new(NULL, &e, &f) : NULL;

        if (p != NULL && queue_parcel(l, p) != SC_OK) {
            m->totals.dropped++;
        }
        flush(m, l);
    }
    sc_wait_unlock(&m->lock);
    sc_buf_clear(&room);
}

void sc_mesh_wake(sc_mesh *m)
{
    uint64_t one = 1;

    /* EAGAIN: the counter is full, so it is awake anyhow. */
    SC_ASSERT(write(m->wake_fd, &one, sizeof one) == (ssize_t)sizeof one ||
              errno == EAGAIN);
}

const sc_log *sc_mesh_log(const sc_mesh *m)
{
    return m->log;
}

/* ---- calls -------------------------------------------------------------- */

sc_err sc_mesh_send(sc_mesh *m, size_t party, const uint8_t *job,
                    const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    sc_envelope e = {0};
    sc_parcel *p = NULL;
    sc_msg_lane lane = sc_msg_lane_of(f->type);

    SC_REQUIRE(party < m->n_parties && party != m->me &&
                   (lane == SC_LANE_NODE || lane == SC_LANE_BOTH),
               SC_E_ARG);
    SC_TRY(sc_frame_check(f));
    if (job != NULL) {
        memcpy(e.job, job, sizeof e.job);
    }
    p = sc_parcel_new(NULL, &e, f);
    SC_REQUIRE(p != NULL, SC_E_MEM);
    sc_wait_lock(&m->lock);
    if (m->links[party].is_linked) {
        err = queue_parcel(&m->links[party], p);
        p = NULL;
        flush(m, &m->links[party]);
    } else {
        err = SC_E_IO;
    }
    sc_wait_unlock(&m->lock);
    SC_TRY(err);
    err = SC_OK;
out:
    sc_parcel_drop(p);
    return err;
}

sc_err sc_mesh_status(sc_mesh *m, sc_mesh_link *out, size_t party)
{
    const sc_link *l;
    uint64_t now_ms = sc_clock_ms();

    memset(out, 0, sizeof *out);
    if (party >= m->n_parties || party == m->me) {
        return SC_E_ARG;
    }
    sc_wait_lock(&m->lock);
    l = &m->links[party];
    out->is_linked = l->is_linked;
    out->rtt_ns = l->rtt_ns;
    out->quiet_ms = l->heard_ms == 0       ? UINT64_MAX
                    : now_ms > l->heard_ms ? now_ms - l->heard_ms
                                           : 0;
    if (!l->is_linked) {
        out->is_refused = l->refusal[0] != '\0';
        (void)snprintf(out->reason, sizeof out->reason, "%s",
                       out->is_refused ? l->refusal : l->trouble);
    }
    out->chain_size = l->chain_size;
    sc_wait_unlock(&m->lock);
    return SC_OK;
}

int sc_mesh_is_linked(sc_mesh *m, size_t party)
{
    sc_mesh_link link;

    return sc_mesh_status(m, &link, party) == SC_OK && link.is_linked;
}

void sc_mesh_count(sc_mesh *m, sc_mesh_totals *out)
{
    sc_wait_lock(&m->lock);
    *out = m->totals;
    out->cut = m->gate.n_cut;
    sc_wait_unlock(&m->lock);
}

void sc_mesh_set_chain(sc_mesh *m, uint64_t size)
{
    sc_wait_lock(&m->lock);
    m->chain_size = size;
    sc_wait_unlock(&m->lock);
}

const char *sc_mesh_address(const sc_mesh *m)
{
    return m->address;
}

size_t sc_mesh_me(const sc_mesh *m)
{
    return m->me;
}

const char *sc_mesh_name(const sc_mesh *m, size_t party)
{
    return party < m->n_parties ? m->links[party].name : "";
}
