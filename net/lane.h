/* net/lane.h: the two numbered directions of one channel, as data.
 *
 * Out: parcels, numbered from 0, kept until the peer has taken them; a cursor
 * says which one the present connection carries next, and goes back to the
 * oldest kept one when a connection is new. In: frames in their order, waiting
 * to be taken. No socket, no lock, no clock: net/session.c has those.
 *
 * Since a new connection begins at the oldest parcel not known to be taken, a
 * frame may come twice but never after a gap; and no repeated frame is older
 * than SC_LANE_HISTORY. Whatever else comes is the peer's fault.
 *
 * Adversary: the peer, with any number, bytes and CREDIT. What breaks a rule is
 * SC_E_STATE and changes nothing; what keeps them waits in bounded lists. */
#ifndef SC_NET_LANE_H
#define SC_NET_LANE_H

#include <stdatomic.h>
#include <zmq.h>

#include "net/chan.h"

#define SC_LANE_HISTORY SC_CHAN_FRAMES

/* Bytes on their way out; shared with libzmq while they are being sent. */
typedef struct sc_parcel {
    struct sc_parcel *next;
    _Atomic unsigned n_holders;
    uint64_t number;
    size_t credit; /* bytes that it takes of what is granted */
    size_t len;
    size_t cap;
    uint8_t bytes[]; /* envelope and frame */
} sc_parcel;

/* One holder: the caller. NULL: out of memory. f passed sc_frame_check. take_p
 * is a parcel of no other holder to be used again if it is large enough, else
 * freed; or NULL. */
sc_parcel *sc_parcel_new(sc_parcel *take_p, const sc_envelope *e,
                         const sc_frame *f) SC_MUST_USE;
void sc_parcel_hold(sc_parcel *p);
/* Wiped and freed with its last holder. Any thread. */
void sc_parcel_drop(sc_parcel *p);

/* A frame that arrived; msg owns the bytes. */
typedef struct sc_arrival {
    struct sc_arrival *next;
    zmq_msg_t msg;
    sc_frame frame; /* borrows from msg */
    uint64_t number;
} sc_arrival;

typedef struct {
    /* out */
    sc_parcel *kept, *kept_last; /* sent or to be sent, not taken */
    sc_parcel *cursor;           /* the next for the wire; NULL: none */
    uint64_t n_out;              /* frames ever added */
    uint64_t n_out_taken;        /* of them taken by the peer */
    uint64_t credit_out;         /* of all ever added */
    uint64_t credit_allowed;
    size_t kept_len, kept_credit; /* bytes */
    sc_parcel *spares; /* chunks taken, whose memory the next ones use */
    size_t n_spares;
    int peer_closed;
    /* in */
    sc_arrival *waiting, *waiting_last;
    sc_arrival *held; /* taken last, borrowed by the taker */
    uint64_t n_in;    /* frames ever arrived */
    uint64_t n_taken; /* of them taken here */
    uint64_t credit_in, credit_granted, window;
    uint8_t history[SC_LANE_HISTORY][32]; /* digests of frames taken */
    /* what the peer was told last */
    uint64_t told_taken, told_granted;
} sc_lane;

/* window: what the peer may send ahead, in bytes; at least SC_CHAN_WINDOW, which it
 * need not be told of. */
void sc_lane_init(sc_lane *l, uint64_t window);
void sc_lane_clear(sc_lane *l);

/* ---- out ---------------------------------------------------------------- */

/* 1 if a frame with so much bulk may be added now. */
int sc_lane_has_room(const sc_lane *l, size_t bulk_len);
/* 1 if it is then within what every channel promises, whatever else is kept. */
int sc_lane_is_free(const sc_lane *l, size_t bulk_len);
/* Takes the parcel; there is room, and its number is l->n_out. */
void sc_lane_add(sc_lane *l, sc_parcel *take_p);
/* A parcel to use again, or NULL. Asking the system for a new megabyte each
 * time, zeroed, costs as much as filling it. */
sc_parcel *sc_lane_spare(sc_lane *l);
/* The next parcel for the wire, held for the caller; NULL: none. */
sc_parcel *sc_lane_next(sc_lane *l);
/* What sc_lane_next gave just now is the next one again; takes the hold. */
void sc_lane_put_back(sc_lane *l, sc_parcel *take_p);
/* A new connection: start again at the oldest kept, and tell the peer again.
 * Returns how many will be sent a second time. */
size_t sc_lane_rewind(sc_lane *l);
/* The peer says what it took and allows.
 *   Returns: SC_E_STATE  it took what was never sent */
SC_MUST_USE sc_err sc_lane_credit(sc_lane *l, uint64_t taken, uint64_t granted);

/* ---- in ----------------------------------------------------------------- */

/* A frame with this number arrived in msg; on SC_OK msg is empty: it was kept,
 * or was a repetition, and dropped.
 *   Returns: SC_E_STATE  a gap, other bytes under an old number, or more than
 *                        was granted; SC_E_MEM */
SC_MUST_USE sc_err sc_lane_arrive(sc_lane *l, zmq_msg_t *msg, const sc_frame *f,
                                  uint64_t number);
/* Take the oldest waiting one, of which there is one; it is borrowed until the
 * next take. last_digest is that of the frame taken before, if any. */
void sc_lane_take(sc_lane *l, sc_frame *f,
                  const uint8_t last_digest[static 32]);
/* When the peer should be told what was taken and granted: now, lest it come to
 * wait, or soon, together with what is taken until then. */
typedef enum { SC_CREDIT_NONE, SC_CREDIT_SOON, SC_CREDIT_NOW } sc_credit_due;
sc_credit_due sc_lane_credit_due(const sc_lane *l);
/* The peer was told so. */
void sc_lane_told_credit(sc_lane *l, uint64_t taken, uint64_t granted);

#endif
