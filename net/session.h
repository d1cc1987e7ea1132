/* net/session.h: the channels of one job between this node and its peers.
 *
 * Each directed channel is numbered from 0. What was sent is kept until the
 * peer has taken it; when a link is lost and heals, it is sent again from the
 * same bytes. A frame that comes twice must be the same twice. A gap, another
 * byte, more than was granted: the session ends, and names the peer.
 *
 * Chunks (bulk over SC_FRAME_SMALL) need credit, in bytes of bulk: SC_CHAN_WINDOW
 * are free, more are granted as they are taken, up to SC_SESSION_WINDOW ahead if
 * the budget allows.
 *
 * One thread runs the session; any thread may cancel it.
 *
 * Adversary: a peer of the job, admitted and hostile. It may send what it likes,
 * repeat, withhold or claim to have taken: it ends the session in its own name,
 * and holds no more memory here than the budget and the small frames' window. */
#ifndef SC_NET_SESSION_H
#define SC_NET_SESSION_H

#include "net/chan.h"
#include "net/mesh.h"

#define SC_SESSION_WINDOW (8 * SC_FRAME_MAX_BULK)
#define SC_SESSION_BUDGET ((size_t)64 << 20)

typedef struct sc_session sc_session;

/* Open the channels to `parties` (indices in the consortium, without me). May
 * be called before or after the peers open theirs: what they sent a little too
 * early is waiting.
 *   In:      job     its id
 *            budget  bytes for frames kept and frames waiting; 0: the default
 *   Returns: SC_E_ARG    a party is unknown, me or named twice; a budget below
 *                        2 * SC_CHAN_WINDOW for each peer
 *            SC_E_STATE  this job has, or had a moment ago, a session here
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_session_open(sc_session **s, sc_mesh *mesh,
                                   const uint8_t job[static 16],
                                   const size_t *parties, size_t n_parties,
                                   size_t budget, sc_fault *why);
/* Close: peers are told that nothing more will be taken; what they did not
 * take is gone (see sc_session_flush). */
void sc_session_free(sc_session **s);

/* The channel to a party; NULL if it is not of this session. It belongs to the
 * session. For protocols, which keep the bare sc_err: on an error ask
 * sc_session_why. */
sc_chan *sc_session_chan(sc_session *s, size_t party);
/* What faults call the present step: "consent", "load", ... Copied. */
void sc_session_phase(sc_session *s, const char *phase);
/* Payload bytes of all channels since the session began. The session's thread
 * only. */
void sc_session_bytes(sc_session *s, uint64_t *out, uint64_t *in);
/* The same of the channel to one party; 0 if there is none. */
void sc_session_link_bytes(sc_session *s, size_t party, uint64_t *out,
                           uint64_t *in);

/* As the calls of sc_chan, with the party and the phase in why. */
SC_MUST_USE sc_err sc_session_send(sc_session *s, size_t party,
                                   const sc_frame *f, uint64_t deadline_ms,
                                   sc_fault *why);
SC_MUST_USE sc_err sc_session_expect(sc_session *s, size_t party, sc_frame *f,
                                     uint16_t type, uint32_t op,
                                     uint64_t deadline_ms, sc_fault *why);
/* Wait until every peer has taken all that was sent.
 *   Returns: SC_E_TIMEOUT, SC_E_IO (it closed first), SC_E_CANCELLED */
SC_MUST_USE sc_err sc_session_flush(sc_session *s, uint64_t deadline_ms,
                                    sc_fault *why);

/* End the session: every call waiting on it returns code at once, and all later
 * ones. The first end stays. Any thread. party: whom it names, or
 * SC_MSG_NOBODY. */
void sc_session_end(sc_session *s, sc_err code, size_t party, const char *text);
/* How it ended, or the last error of one of its channels: code, party, phase,
 * text. Returns that code; SC_OK if nothing is wrong. */
sc_err sc_session_why(sc_session *s, sc_fault *why);
/* Index of the party it names; SC_MSG_NOBODY if none. */
size_t sc_session_blamed(sc_session *s);

#endif
