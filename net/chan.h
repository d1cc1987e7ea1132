/* net/chan.h: one ordered, authenticated channel to one peer in one session.
 *
 * All that a protocol sees of the world. Three makers: sc_session_chan (a
 * link between nodes), sc_memchan_new (two ends in one process, for tests) and
 * sc_replay_new (a recording plays the other end). A channel is used by one
 * thread at a time; different channels by different threads.
 *
 * Sending blocks while the peer has taken too little, so two parties who both
 * send much must take in turn: send chunk c to everybody, take chunk c from
 * everybody. SC_CHAN_FRAMES frames, whose chunks (bulk over SC_FRAME_SMALL) have
 * SC_CHAN_WINDOW bytes of bulk together, are always free to go ahead of what the
 * peer takes.
 *
 * Every frame, both ways, goes into a transcript (net/transcript.h).
 *
 * Adversary: the peer at the other end. What is taken is its own, in order, whole
 * and within a frame's bounds, and a wait ends at its deadline; what the frame
 * says is for the caller to check. */
#ifndef SC_NET_CHAN_H
#define SC_NET_CHAN_H

#include "net/transcript.h"

#define SC_CHAN_FRAMES 64
#define SC_CHAN_WINDOW (2 * SC_FRAME_MAX_BULK) /* bytes: two of the largest */

/* What a frame with so much bulk takes of the window. */
static inline size_t sc_chan_credit(size_t bulk_len)
{
    return bulk_len > SC_FRAME_SMALL ? bulk_len : 0;
}

typedef enum { SC_CHAN_IN, SC_CHAN_OUT } sc_direction;

typedef struct sc_chan sc_chan;

/* What a maker supplies; callers use the functions below. */
typedef struct {
    /* f is borrowed for the call: what is kept is copied. */
    sc_err (*send)(sc_chan *c, const sc_frame *f, uint64_t deadline_ms);
    /* f is borrowed until the next take or free. */
    sc_err (*take)(sc_chan *c, sc_frame *f, uint64_t deadline_ms);
    void (*free)(sc_chan *c);
} sc_chan_ops;

struct sc_chan {
    const sc_chan_ops *ops;
    sc_transcript in;
    sc_transcript out;
    uint8_t last_digest[32]; /* of the frame taken last */
    int is_unhashed; /* no transcripts: benches of the bare protocol only */
    sc_buf *record;  /* if set, each frame is appended (net/replay.h) */
};

/* Send one frame. Deadlines are on the clock of sc_clock_ms.
 *   Returns: SC_E_ARG        head or bulk beyond their limits
 *            SC_E_TIMEOUT    the peer took too little until then
 *            SC_E_IO         the peer closed its end
 *            SC_E_CANCELLED  the session was cancelled
 *            SC_E_STATE      too many frames before the transcript's key */
SC_MUST_USE sc_err sc_chan_send(sc_chan *c, const sc_frame *f,
                                uint64_t deadline_ms);
/* Take the next frame, borrowed until the next take.
 *   Returns: SC_E_TIMEOUT    none until then
 *            SC_E_IO, SC_E_CANCELLED, SC_E_STATE  as above
 *            SC_E_WIRE, SC_E_STATE  the peer broke the rules of the link */
SC_MUST_USE sc_err sc_chan_take(sc_chan *c, sc_frame *f, uint64_t deadline_ms);
/* Take a frame that must be of this type and operator, else SC_E_STATE. */
SC_MUST_USE sc_err sc_chan_expect(sc_chan *c, sc_frame *f, uint16_t type,
                                  uint32_t op, uint64_t deadline_ms);
/* Key both transcripts of the channel between me and peer (numbers in the
 * job's order). One key serves both directions: h_0 tells them apart. */
SC_MUST_USE sc_err sc_chan_key(sc_chan *c, const uint8_t sid[static 32],
                               uint64_t me, uint64_t peer,
                               const uint8_t key[static 32]);
/* The head so far. SC_E_STATE without a key. */
SC_MUST_USE sc_err sc_chan_head(const sc_chan *c, sc_direction d,
                                sc_transcript_head *out);
/* Accepts NULL and a pointer to NULL. A session's channels belong to the
 * session and are not freed here. */
void sc_chan_free(sc_chan **c);

#endif
