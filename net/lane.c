/* net/lane.c: lists and counters. The sender's window of frames bounds both
 * lists: a peer that keeps the rules has never more than SC_CHAN_FRAMES
 * frames that we have not taken. */
#include "net/lane.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

/* Tell at the latest after this part of what the peer may send ahead. */
#define TELL_AFTER 4
/* As many as a session lets be on their way: so the memory of a lane never grows
 * by what is spared. */
#define MAX_SPARES 8

/* ---- parcels ------------------------------------------------------------ */

sc_parcel *sc_parcel_new(sc_parcel *take_p, const sc_envelope *e,
                         const sc_frame *f)
{
    size_t len = sc_frame_wire_len(f);
    sc_parcel *p = take_p;

    if (p == NULL || p->cap < len) {
        sc_parcel_drop(take_p);
        p = sc_alloc(1, sizeof *p + len);
        if (p == NULL) {
            return NULL;
        }
        p->cap = len;
    }
    p->next = NULL;
    p->number = e->number;
    p->credit = sc_chan_credit(f->bulk.len);
    p->len = len;
    sc_frame_put(p->bytes, e, f);
    p->n_holders = 1;
    return p;
}

void sc_parcel_hold(sc_parcel *p)
{
    atomic_fetch_add(&p->n_holders, 1);
}

void sc_parcel_drop(sc_parcel *p)
{
    if (p != NULL && atomic_fetch_sub(&p->n_holders, 1) == 1) {
        sc_wipe(p->bytes, p->cap);
        sc_free(p);
    }
}

static void arrival_free(sc_arrival *a)
{
    if (a != NULL) {
        zmq_msg_close(&a->msg);
        sc_free(a);
    }
}

/* ---- life --------------------------------------------------------------- */

void sc_lane_init(sc_lane *l, uint64_t window)
{
    memset(l, 0, sizeof *l);
    l->credit_allowed = SC_CHAN_WINDOW;
    l->credit_granted = l->window = window;
    l->told_granted = SC_CHAN_WINDOW;
}

/* Drop a list of parcels. */
static void drop_all(sc_parcel *first)
{
    while (first != NULL) {
        sc_parcel *next = first->next;

        sc_parcel_drop(first);
        first = next;
    }
}

void sc_lane_clear(sc_lane *l)
{
    drop_all(l->kept);
    drop_all(l->spares);
    while (l->waiting != NULL) {
        sc_arrival *next = l->waiting->next;

        arrival_free(l->waiting);
        l->waiting = next;
    }
    arrival_free(l->held);
    memset(l, 0, sizeof *l);
}

/* ---- out ---------------------------------------------------------------- */

int sc_lane_has_room(const sc_lane *l, size_t bulk_len)
{
    size_t credit = sc_chan_credit(bulk_len);

    return l->n_out - l->n_out_taken < SC_CHAN_FRAMES &&
           (credit == 0 || l->credit_out + credit <= l->credit_allowed);
}

int sc_lane_is_free(const sc_lane *l, size_t bulk_len)
{
    size_t credit = sc_chan_credit(bulk_len);

    return credit == 0 || l->kept_credit + credit <= SC_CHAN_WINDOW;
}

void sc_lane_add(sc_lane *l, sc_parcel *take_p)
{
    SC_ASSERT(take_p->number == l->n_out);
    take_p->next = NULL;
    if (l->kept_last == NULL) {
        l->kept = take_p;
    } else {
        l->kept_last->next = take_p;
    }
    l->kept_last = take_p;
    if (l->cursor == NULL) {
        l->cursor = take_p;
    }
    l->n_out++;
    l->credit_out += take_p->credit;
    l->kept_len += take_p->len;
    l->kept_credit += take_p->credit;
}

sc_parcel *sc_lane_next(sc_lane *l)
{
    sc_parcel *p = l->cursor;

    if (p != NULL) {
        l->cursor = p->next;
        sc_parcel_hold(p);
    }
    return p;
}

void sc_lane_put_back(sc_lane *l, sc_parcel *take_p)
{
    l->cursor = take_p;
    sc_parcel_drop(take_p);
}

size_t sc_lane_rewind(sc_lane *l)
{
    size_t n = 0;

    for (const sc_parcel *p = l->kept; p != l->cursor; p = p->next) {
        n++;
    }
    l->cursor = l->kept;
    l->told_taken = 0; /* what the peer was told may be lost, too */
    l->told_granted = SC_CHAN_WINDOW;
    return n;
}

/* The peer has it: drop it, or keep its memory for the next of its kind. */
static void retire(sc_lane *l, sc_parcel *p)
{
    if (p->credit > 0 && l->n_spares < MAX_SPARES &&
        atomic_load(&p->n_holders) == 1) {
        p->next = l->spares;
        l->spares = p;
        l->n_spares++;
    } else {
        sc_parcel_drop(p);
    }
}

sc_parcel *sc_lane_spare(sc_lane *l)
{
    sc_parcel *p = l->spares;

    if (p != NULL) {
        l->spares = p->next;
        l->n_spares--;
    }
    return p;
}

sc_err sc_lane_credit(sc_lane *l, uint64_t taken, uint64_t granted)
{
    if (taken > l->n_out) {
        return SC_E_STATE;
    }
    while (l->n_out_taken < taken) { /* an old CREDIT says less: no matter */
        sc_parcel *p = l->kept;

        SC_ASSERT(p != NULL); /* n_out - n_out_taken of them are kept */
        l->kept = p->next;
        if (l->kept == NULL) {
            l->kept_last = NULL;
        }
        if (l->cursor == p) {
            l->cursor = p->next;
        }
        l->kept_len -= p->len;
        l->kept_credit -= p->credit;
        l->n_out_taken++;
        retire(l, p);
    }
    if (granted > l->credit_allowed) {
        l->credit_allowed = granted;
    }
    return SC_OK;
}

/* ---- in ----------------------------------------------------------------- */

static int same_frame(const sc_frame *a, const sc_frame *b)
{
    return a->type == b->type && a->op == b->op &&
           sc_bytes_equal_vartime(a->head, b->head) &&
           sc_bytes_equal_vartime(a->bulk, b->bulk);
}

/* An old number: SC_OK if the bytes are those it had. */
static sc_err check_repeated(const sc_lane *l, const sc_frame *f,
                             uint64_t number)
{
    sc_err err = SC_E_BUG;
    uint8_t digest[SC_HASH_LEN];

    if (number + SC_LANE_HISTORY < l->n_in) {
        return SC_E_STATE;
    }
    for (const sc_arrival *a = l->waiting; a != NULL; a = a->next) {
        if (a->number == number) {
            return same_frame(&a->frame, f) ? SC_OK : SC_E_STATE;
        }
    }
    if (l->held != NULL && l->held->number == number) {
        return same_frame(&l->held->frame, f) ? SC_OK : SC_E_STATE;
    }
    SC_TRY(sc_frame_digest(digest, f));
    SC_REQUIRE(memcmp(digest, l->history[number % SC_LANE_HISTORY],
                      sizeof digest) == 0,
               SC_E_STATE);
    err = SC_OK;
out:
    return err;
}

static sc_err keep(sc_lane *l, zmq_msg_t *msg)
{
    sc_arrival *a = sc_alloc(1, sizeof *a);
    sc_envelope e;

    if (a == NULL) {
        return SC_E_MEM;
    }
    SC_ASSERT(zmq_msg_init(&a->msg) == 0 && zmq_msg_move(&a->msg, msg) == 0);
    a->number = l->n_in++;
    /* A small message may have moved with its bytes: read it again there. */
    SC_ASSERT(sc_frame_get(&e, &a->frame,
                           (sc_bytes){zmq_msg_data(&a->msg),
                                      zmq_msg_size(&a->msg)}) == SC_OK);
    if (l->waiting_last == NULL) {
        l->waiting = a;
    } else {
        l->waiting_last->next = a;
    }
    l->waiting_last = a;
    l->credit_in += sc_chan_credit(a->frame.bulk.len);
    return SC_OK;
}

sc_err sc_lane_arrive(sc_lane *l, zmq_msg_t *msg, const sc_frame *f,
                      uint64_t number)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(number <= l->n_in, SC_E_STATE); /* else a gap */
    if (number < l->n_in) {
        SC_TRY(check_repeated(l, f, number));
        zmq_msg_close(msg);
        SC_ASSERT(zmq_msg_init(msg) == 0);
    } else {
        SC_REQUIRE(l->n_in - l->n_taken < SC_CHAN_FRAMES, SC_E_STATE);
        SC_REQUIRE(sc_chan_credit(f->bulk.len) <=
                       l->credit_granted - l->credit_in,
                   SC_E_STATE);
        SC_TRY(keep(l, msg));
    }
    err = SC_OK;
out:
    return err;
}

void sc_lane_take(sc_lane *l, sc_frame *f, const uint8_t last_digest[static 32])
{
    sc_arrival *a = l->waiting;

    if (l->held != NULL) {
        memcpy(l->history[l->held->number % SC_LANE_HISTORY], last_digest, 32);
        arrival_free(l->held);
    }
    l->waiting = a->next;
    if (l->waiting == NULL) {
        l->waiting_last = NULL;
    }
    l->held = a;
    l->n_taken++;
    l->credit_granted += sc_chan_credit(a->frame.bulk.len);
    *f = a->frame;
}

sc_credit_due sc_lane_credit_due(const sc_lane *l)
{
    uint64_t n = l->n_taken - l->told_taken;
    uint64_t credit = l->credit_granted - l->told_granted;

    if (n == 0 && credit == 0) {
        return SC_CREDIT_NONE;
    }
    return n >= SC_CHAN_FRAMES / TELL_AFTER || credit >= l->window / TELL_AFTER
               ? SC_CREDIT_NOW
               : SC_CREDIT_SOON;
}

void sc_lane_told_credit(sc_lane *l, uint64_t taken, uint64_t granted)
{
    l->told_taken = taken;
    l->told_granted = granted;
}
