/* net/session.c: lanes with a lock, and the words for what goes wrong.
 *
 * The session's own thread blocks on one condition: a frame arrived, credit
 * arrived, or the session ended. The mesh's turns move frames in and out, and never
 * wait; where it waits for bulk, the session takes them itself. A session ends once,
 * and the first end stays. */
#include "net/session.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "net/session_inner.h"
#include "net/wait.h"

static_assert(SC_SESSION_BUDGET / 2 / (SC_MAX_PARTIES - 1) >= SC_CHAN_WINDOW,
              "the default budget must do for the largest consortium");

typedef struct {
    sc_chan chan; /* first: an end is a channel */
    sc_session *session;
    size_t party;
    sc_lane lane;
    int is_awaited; /* a thread waits, nothing has changed in the lane since */
} end;

struct sc_session {
    sc_mesh *mesh;
    uint8_t job[SC_FRAME_JOB_LEN];
    sc_wait wait; /* guards all below; the lanes too */
    end ends[SC_MAX_PARTIES];
    size_t n_ends;
    size_t out_budget;
    size_t reserved; /* of it, by parcels being made */
    char phase[32];
    sc_fault ended;  /* code SC_OK while it lives */
    size_t ended_by; /* party named, or SC_MSG_NOBODY */
    sc_fault last;   /* error of a channel */
    size_t last_by;
};

static end *find(sc_session *s, size_t party)
{
    for (size_t i = 0; i < s->n_ends; i++) {
        if (s->ends[i].party == party) {
            return &s->ends[i];
        }
    }
    return NULL;
}

/* ---- ends and faults ---------------------------------------------------- */

/* Locked. */
static void fill(const sc_session *s, sc_fault *f, sc_err code, size_t party,
                 const char *text)
{
    sc_fault_set(f, code, "%s", text);
    sc_fault_party(f, sc_mesh_name(s->mesh, party));
    sc_fault_phase(f, s->phase);
}

void sc_session_end(sc_session *s, sc_err code, size_t party, const char *text)
{
    char job[33], words[768];
    int is_first;

    SC_ASSERT(code != SC_OK);
    sc_wait_lock(&s->wait);
    is_first = s->ended.code == SC_OK;
    if (is_first) {
        fill(s, &s->ended, code, party, text);
        s->ended_by = party;
        sc_fault_print(words, sizeof words, &s->ended);
        sc_wait_wake(&s->wait);
    }
    sc_wait_unlock(&s->wait);
    if (is_first) {
        sc_mesh_wake(s->mesh); /* it may be in a turn */
        sc_hex16(job, s->job);
        sc_log_line(sc_mesh_log(s->mesh), SC_LOG_INFO, "net",
                    "session %.8s ends: %s", job, words);
    }
}

/* Why a call on the channel to party failed; a session that ended has said so
 * already. */
static void note_failure(sc_session *s, size_t party, sc_err code)
{
    sc_mesh_link link = {0};
    char text[256];

    switch (code) {
    case SC_E_TIMEOUT:
        if (sc_mesh_status(s->mesh, &link, party) == SC_OK && !link.is_linked) {
            (void)snprintf(text, sizeof text, "silent beyond the deadline: %s",
                           link.reason);
        } else {
            (void)snprintf(text, sizeof text,
                           "linked, but silent beyond the deadline");
        }
        break;
    case SC_E_IO:
        (void)snprintf(text, sizeof text, "closed its end of the session");
        break;
    default:
        (void)snprintf(text, sizeof text, "%s", sc_err_text(code));
        break;
    }
    sc_wait_lock(&s->wait);
    fill(s, &s->last, code, party, text);
    s->last_by = party;
    sc_wait_unlock(&s->wait);
}

sc_err sc_session_why(sc_session *s, sc_fault *why)
{
    const sc_fault *f;
    sc_err code;

    sc_wait_lock(&s->wait);
    f = s->ended.code != SC_OK ? &s->ended : &s->last;
    code = f->code;
    if (why != NULL && code != SC_OK) {
        *why = *f;
    }
    sc_wait_unlock(&s->wait);
    return code;
}

size_t sc_session_blamed(sc_session *s)
{
    size_t party;

    sc_wait_lock(&s->wait);
    party = s->ended.code != SC_OK ? s->ended_by : s->last_by;
    sc_wait_unlock(&s->wait);
    return party;
}

void sc_session_phase(sc_session *s, const char *phase)
{
    sc_wait_lock(&s->wait);
    (void)snprintf(s->phase, sizeof s->phase, "%s", phase);
    sc_wait_unlock(&s->wait);
}

/* ---- the channel's calls ------------------------------------------------ */

/* Locked. What a channel promises is always free; more only within the budget. */
static int may_send(const sc_session *s, const sc_lane *l, const sc_frame *f)
{
    size_t kept = s->reserved + sc_frame_wire_len(f);

    if (!sc_lane_has_room(l, f->bulk.len)) {
        return 0;
    }
    for (size_t i = 0; i < s->n_ends; i++) {
        kept += s->ends[i].lane.kept_len;
    }
    return sc_lane_is_free(l, f->bulk.len) || kept <= s->out_budget;
}

/* Has anything changed for who waits? */
static int has_changed(void *ctx)
{
    const end *e = ctx;
    int has;

    sc_wait_lock(&e->session->wait);
    has = !e->is_awaited || e->session->ended.code != SC_OK;
    sc_wait_unlock(&e->session->wait);
    return has;
}

/* Locked. Wait until something changes in the lane or the session ends (1), or
 * until the deadline (0); may wake for nothing. */
static int sleep_for(end *e, int is_bulk, uint64_t deadline_ms)
{
    sc_session *s = e->session;
    int is_woken;

    e->is_awaited = 1;
    if (is_bulk && !sc_mesh_is_served(s->mesh)) {
        sc_wait_unlock(&s->wait);
        sc_mesh_serve(s->mesh, has_changed, e, deadline_ms);
        sc_wait_lock(&s->wait);
        is_woken = sc_clock_left(deadline_ms) > 0;
    } else {
        is_woken = sc_wait_sleep(&s->wait, deadline_ms);
    }
    e->is_awaited = 0;
    return is_woken;
}

/* Locked; unlocks. Something has changed in the lane. Whoever waits for it is
 * woken last, else it would meet the lock. */
static void unlock_and_wake(end *e)
{
    int is_awaited = e->is_awaited;

    e->is_awaited = 0;
    sc_wait_unlock(&e->session->wait);
    if (is_awaited) {
        sc_wait_wake(&e->session->wait);
    }
}

/* Locked. Until there is room. */
static sc_err wait_to_send(end *e, const sc_frame *f, uint64_t deadline_ms)
{
    const int is_bulk = f->bulk.len > 0;
    const sc_session *s = e->session;
    const sc_lane *l = &e->lane;

    for (int is_late = 0;; is_late = !sleep_for(e, is_bulk, deadline_ms)) {
        if (s->ended.code != SC_OK) {
            return s->ended.code;
        }
        if (l->peer_closed) {
            return SC_E_IO;
        }
        if (may_send(s, l, f)) {
            return SC_OK;
        }
        if (is_late) {
            return SC_E_TIMEOUT;
        }
    }
}

static sc_err end_send(sc_chan *c, const sc_frame *f, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;
    end *e = (end *)c;
    sc_session *s = e->session;
    size_t len = sc_frame_wire_len(f);
    sc_envelope envelope = {.is_numbered = 1};
    sc_parcel *p = NULL;

    memcpy(envelope.job, s->job, sizeof envelope.job);
    sc_wait_lock(&s->wait);
    err = wait_to_send(e, f, deadline_ms);
    envelope.number = e->lane.n_out; /* only this thread adds to the lane */
    if (err == SC_OK) {
        s->reserved += len;
        p = f->bulk.len > SC_FRAME_SMALL ? sc_lane_spare(&e->lane) : NULL;
    }
    sc_wait_unlock(&s->wait);
    SC_TRY(err);
    p = sc_parcel_new(p, &envelope, f);
    sc_wait_lock(&s->wait);
    s->reserved -= len;
    if (p != NULL) {
        sc_lane_add(&e->lane, p);
    }
    sc_wait_unlock(&s->wait);
    SC_REQUIRE(p != NULL, SC_E_MEM);
    sc_mesh_flush(s->mesh, e->party);
    err = SC_OK;
out:
    if (err != SC_OK) {
        note_failure(s, e->party, err);
    }
    return err;
}

/* Locked. Until a frame waits. Where the last one had bulk, the next one may. */
static sc_err wait_to_take(end *e, uint64_t deadline_ms)
{
    const sc_session *s = e->session;
    const sc_lane *l = &e->lane;
    const int is_bulk = l->held != NULL && l->held->frame.bulk.len > 0;

    for (int is_late = 0;; is_late = !sleep_for(e, is_bulk, deadline_ms)) {
        if (s->ended.code != SC_OK) {
            return s->ended.code;
        }
        if (l->waiting != NULL) {
            return SC_OK;
        }
        if (l->peer_closed) {
            return SC_E_IO;
        }
        if (is_late) {
            return SC_E_TIMEOUT;
        }
    }
}

static sc_err end_take(sc_chan *c, sc_frame *f, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;
    end *e = (end *)c;
    sc_session *s = e->session;
    sc_credit_due due = SC_CREDIT_NONE;

    sc_wait_lock(&s->wait);
    err = wait_to_take(e, deadline_ms);
    if (err == SC_OK) {
        sc_lane_take(&e->lane, f, c->last_digest);
        due = sc_lane_credit_due(&e->lane);
    }
    sc_wait_unlock(&s->wait);
    SC_TRY(err);
    if (due == SC_CREDIT_NOW) {
        sc_mesh_flush(s->mesh, e->party);
    } else if (due == SC_CREDIT_SOON) {
        sc_mesh_owe_credit(s->mesh);
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        note_failure(s, e->party, err);
    }
    return err;
}

/* A session's channels go with the session. */
static void end_free(sc_chan *c)
{
    (void)c;
}

/* ---- life --------------------------------------------------------------- */

/* Each peer's share of half the budget. */
static size_t window_each(size_t budget, size_t n_parties)
{
    size_t len = budget / 2 / n_parties;

    return len < SC_SESSION_WINDOW ? len : SC_SESSION_WINDOW;
}

static void add_end(sc_session *s, size_t party, size_t window)
{
    static const sc_chan_ops ops = {end_send, end_take, end_free};
    end *e = &s->ends[s->n_ends++];

    e->chan.ops = &ops;
    e->session = s;
    e->party = party;
    sc_lane_init(&e->lane, window);
}

static void wipe_ends(sc_session *s)
{
    for (size_t i = 0; i < s->n_ends; i++) {
        sc_lane_clear(&s->ends[i].lane);
        sc_transcript_clear(&s->ends[i].chan.in);
        sc_transcript_clear(&s->ends[i].chan.out);
    }
}

sc_err sc_session_open(sc_session **s, sc_mesh *mesh,
                       const uint8_t job[static 16], const size_t *parties,
                       size_t n_parties, size_t budget, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_session *made = NULL;
    size_t window;
    int has_wait = 0;

    *s = NULL;
    budget = budget == 0 ? SC_SESSION_BUDGET : budget;
    SC_REQUIRE(n_parties > 0 && n_parties < SC_MAX_PARTIES, SC_E_ARG);
    window = window_each(budget, n_parties);
    SC_REQUIRE(window >= SC_CHAN_WINDOW, SC_E_ARG);
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->mesh = mesh;
    made->out_budget = budget / 2;
    made->ended_by = made->last_by = SC_MSG_NOBODY;
    memcpy(made->job, job, sizeof made->job);
    for (size_t i = 0; i < n_parties; i++) {
        SC_REQUIRE(sc_mesh_name(mesh, parties[i])[0] != '\0' &&
                       parties[i] != sc_mesh_me(mesh) &&
                       find(made, parties[i]) == NULL,
                   SC_E_ARG);
        add_end(made, parties[i], window);
    }
    SC_TRY(sc_wait_init(&made->wait));
    has_wait = 1;
    SC_TRY(sc_mesh_add_session(mesh, made));
    sc_mesh_wake(mesh);
    *s = made;
    made = NULL;
    err = SC_OK;
out:
    if (made != NULL) {
        wipe_ends(made);
        if (has_wait) {
            sc_wait_clear(&made->wait);
        }
        sc_free(made);
    }
    return sc_fault_from(why, err);
}

void sc_session_free(sc_session **s)
{
    size_t parties[SC_MAX_PARTIES];
    sc_session *old = *s;

    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < old->n_ends; i++) {
        parties[i] = old->ends[i].party;
    }
    sc_mesh_drop_session(old->mesh, old, parties, old->n_ends);
    wipe_ends(old);
    sc_wait_clear(&old->wait);
    sc_free(old);
    *s = NULL;
}

sc_chan *sc_session_chan(sc_session *s, size_t party)
{
    end *e = find(s, party);

    return e != NULL ? &e->chan : NULL;
}

void sc_session_bytes(sc_session *s, uint64_t *out, uint64_t *in)
{
    *out = *in = 0;
    for (size_t i = 0; i < s->n_ends; i++) {
        *out += s->ends[i].chan.out.head.bytes;
        *in += s->ends[i].chan.in.head.bytes;
    }
}

void sc_session_link_bytes(sc_session *s, size_t party, uint64_t *out,
                           uint64_t *in)
{
    const end *e = find(s, party);

    *out = e == NULL ? 0 : e->chan.out.head.bytes;
    *in = e == NULL ? 0 : e->chan.in.head.bytes;
}

/* ---- calls with a fault ------------------------------------------------- */

/* err of a call on the channel to party, in words. */
static sc_err told(sc_session *s, size_t party, sc_err err, sc_fault *why)
{
    if (err != SC_OK && sc_session_why(s, why) != err) {
        sc_fault_set(why, err, "%s", sc_err_text(err));
        sc_fault_party(why, sc_mesh_name(s->mesh, party));
        sc_wait_lock(&s->wait);
        sc_fault_phase(why, s->phase);
        sc_wait_unlock(&s->wait);
    }
    return err;
}

sc_err sc_session_send(sc_session *s, size_t party, const sc_frame *f,
                       uint64_t deadline_ms, sc_fault *why)
{
    sc_chan *c = sc_session_chan(s, party);

    if (c == NULL) {
        return sc_fault_set(why, SC_E_ARG, "no such party in the session");
    }
    return told(s, party, sc_chan_send(c, f, deadline_ms), why);
}

sc_err sc_session_expect(sc_session *s, size_t party, sc_frame *f,
                         uint16_t type, uint32_t op, uint64_t deadline_ms,
                         sc_fault *why)
{
    sc_chan *c = sc_session_chan(s, party);
    sc_err err;

    if (c == NULL) {
        return sc_fault_set(why, SC_E_ARG, "no such party in the session");
    }
    err = sc_chan_take(c, f, deadline_ms);
    if (err == SC_OK && (f->type != type || f->op != op)) {
        sc_fault last = {0};
        char text[128];

        (void)snprintf(text, sizeof text, "sent %s where %s was due",
                       sc_msg_name(f->type), sc_msg_name(type));
        memset(f, 0, sizeof *f);
        sc_wait_lock(&s->wait);
        fill(s, &last, SC_E_STATE, party, text);
        s->last = last;
        s->last_by = party;
        sc_wait_unlock(&s->wait);
        err = SC_E_STATE;
    }
    return told(s, party, err, why);
}

/* Locked. SC_E_TIMEOUT while the party has not taken all. */
static sc_err is_taken(const sc_session *s, const sc_lane *l)
{
    if (s->ended.code != SC_OK) {
        return s->ended.code;
    }
    if (l->n_out_taken == l->n_out) {
        return SC_OK;
    }
    return l->peer_closed ? SC_E_IO : SC_E_TIMEOUT;
}

sc_err sc_session_flush(sc_session *s, uint64_t deadline_ms, sc_fault *why)
{
    sc_err err = SC_OK;

    for (size_t i = 0; i < s->n_ends && err == SC_OK; i++) {
        end *e = &s->ends[i];

        sc_wait_lock(&s->wait);
        for (int is_late = 0;; is_late = !sleep_for(e, 0, deadline_ms)) {
            err = is_taken(s, &e->lane);
            if (err != SC_E_TIMEOUT || is_late) {
                break;
            }
        }
        sc_wait_unlock(&s->wait);
        if (err != SC_OK) {
            note_failure(s, e->party, err);
            err = told(s, e->party, err, why);
        }
    }
    return err;
}

/* ---- from the mesh's turns ------------------------------------------------ */

const uint8_t *sc_session_job(const sc_session *s)
{
    return s->job;
}

int sc_session_has(const sc_session *s, size_t party)
{
    for (size_t i = 0; i < s->n_ends; i++) {
        if (s->ends[i].party == party) {
            return 1;
        }
    }
    return 0;
}

void sc_session_arrive(sc_session *s, size_t party, zmq_msg_t *msg,
                       const sc_frame *f, uint64_t number)
{
    sc_err err = SC_OK;
    end *e = find(s, party);

    sc_wait_lock(&s->wait);
    if (s->ended.code == SC_OK) {
        err = sc_lane_arrive(&e->lane, msg, f, number);
    }
    unlock_and_wake(e);
    if (err != SC_OK) {
        sc_session_end(s, err, err == SC_E_MEM ? SC_MSG_NOBODY : party,
                       err == SC_E_MEM
                           ? "no memory for a frame"
                           : "its frames leave a gap, change, or are more than "
                             "was granted");
    }
}

void sc_session_hear_credit(sc_session *s, size_t party, const sc_msg_credit *c)
{
    sc_err err;
    end *e = find(s, party);

    sc_wait_lock(&s->wait);
    err = sc_lane_credit(&e->lane, c->taken, c->granted);
    e->lane.peer_closed |= (int)c->closed;
    unlock_and_wake(e);
    if (err != SC_OK) {
        sc_session_end(s, err, party, "claims to have taken what was not sent");
    }
}

sc_credit_due sc_session_credit_due(sc_session *s, size_t party,
                                    sc_msg_credit *out)
{
    const sc_lane *l = &find(s, party)->lane;
    sc_credit_due due;

    sc_wait_lock(&s->wait);
    due = sc_lane_credit_due(l);
    if (due != SC_CREDIT_NONE) {
        *out =
            (sc_msg_credit){.taken = l->n_taken, .granted = l->credit_granted};
    }
    sc_wait_unlock(&s->wait);
    return due;
}

void sc_session_told_credit(sc_session *s, size_t party, const sc_msg_credit *c)
{
    sc_wait_lock(&s->wait);
    sc_lane_told_credit(&find(s, party)->lane, c->taken, c->granted);
    sc_wait_unlock(&s->wait);
}

sc_parcel *sc_session_next(sc_session *s, size_t party)
{
    sc_parcel *p;

    sc_wait_lock(&s->wait);
    p = s->ended.code == SC_OK ? sc_lane_next(&find(s, party)->lane) : NULL;
    sc_wait_unlock(&s->wait);
    return p;
}

void sc_session_put_back(sc_session *s, size_t party, sc_parcel *take_p)
{
    sc_wait_lock(&s->wait);
    sc_lane_put_back(&find(s, party)->lane, take_p);
    sc_wait_unlock(&s->wait);
}

size_t sc_session_relink(sc_session *s, size_t party)
{
    size_t n;

    sc_wait_lock(&s->wait);
    n = sc_lane_rewind(&find(s, party)->lane);
    sc_wait_unlock(&s->wait);
    return n;
}

void sc_session_forgotten(sc_session *s, size_t party)
{
    const sc_lane *l = &find(s, party)->lane;
    int is_touched;

    sc_wait_lock(&s->wait);
    is_touched = l->n_in > 0 || l->n_out_taken > 0;
    sc_wait_unlock(&s->wait);
    if (is_touched) {
        sc_session_end(s, SC_E_IO, party, "was restarted");
    }
}
