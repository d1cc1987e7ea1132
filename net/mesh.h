/* net/mesh.h: the links of one node to all parties of its consortium.
 *
 * One thread of the mesh's own owns every socket: one ROUTER that only
 * receives, one DEALER a peer that only sends, CURVE always, and the ZAP
 * handler that admits exactly the parties' transport keys. Whoever sends uses
 * the DEALER on its own thread, under the mesh's lock, as long as there is
 * room. Who sent a frame is what the link's key says. On each new connection
 * both say HELLO; protocol version, consortium digest and clocks must agree, or
 * the peer is refused, with one line in the log, until a HELLO of its own is
 * right.
 *
 * A party is named by its index in the consortium, here and everywhere above.
 *
 * Three ways through it: sessions (net/session.h), whose frames are numbered,
 * kept until acknowledged and sent again when a link heals; node messages
 * (sc_mesh_send, sc_mesh_next), best effort; and its own HELLO, PING, CREDIT.
 *
 * Adversary: anybody on the network before admission, and admitted peers that
 * send anything at any rate. Memory: net/gate.h bounds what connections pin,
 * SC_MESH_MAX_WAITING* what waits for the node, a session's budget what waits
 * in it; a peer that goes beyond loses its link, its message, or the session.
 * All functions are thread-safe except sc_mesh_free. */
#ifndef SC_NET_MESH_H
#define SC_NET_MESH_H

#include "base/fault.h"
#include "base/limits.h"
#include "base/log.h"
#include "net/messages.h"

#define SC_MESH_CLOCK_S      120 /* clocks may differ by so much */
#define SC_MESH_MAX_SESSIONS 64  /* open at once */
/* Of one peer: node messages waiting for sc_mesh_next, or for the link. */
#define SC_MESH_MAX_WAITING     128
#define SC_MESH_MAX_WAITING_LEN ((size_t)8 << 20)

typedef struct sc_mesh sc_mesh;

typedef struct {
    const char *name;
    uint8_t key[32];     /* CURVE public key */
    const char *address; /* "tcp://host:port" */
    int is_offline;      /* it posts and leaves: no warning when it has left */
} sc_mesh_party;

/* Times in ms; 0 takes the default behind. */
typedef struct {
    const sc_mesh_party *parties; /* all of them, in the consortium's order */
    size_t n_parties;             /* 2 .. SC_MAX_PARTIES */
    size_t me;
    uint8_t secret_key[32];  /* CURVE secret key of parties[me] */
    uint8_t consortium[32];  /* digest */
    const char *listen;      /* "tcp://0.0.0.0:7400" */
    uint64_t ping_ms;        /* 2000 */
    uint64_t silent_ms;      /* 10000: no frame for so long is a lost link */
    uint64_t retry_least_ms; /* 200: back-off before a link is made again */
    uint64_t retry_most_ms;  /* 5000 */
    const sc_log *log;       /* outlives the mesh; NULL: silent */
} sc_mesh_config;

/* Bind, start the thread, begin to connect; waits for no peer.
 *   Returns: SC_E_CONFIG  a key, an address or the count is wrong, or the
 *                         secret key is not that of parties[me]
 *            SC_E_IO      cannot listen there, or this libzmq cannot enforce
 *                         the admission of keys
 *            SC_E_MEM, SC_E_RNG
 *   Secret:  secret_key */
SC_MUST_USE sc_err sc_mesh_new(sc_mesh **m, const sc_mesh_config *config,
                               sc_fault *why);
/* Say BYE, close every link, join the thread. All sessions must be freed and
 * all events of it too. */
void sc_mesh_free(sc_mesh **m);
/* The address bound ("tcp://127.0.0.1:41234"), as long as the mesh lives. */
const char *sc_mesh_address(const sc_mesh *m);
size_t sc_mesh_me(const sc_mesh *m);
/* Name of a party; "" if there is none of that index. */
const char *sc_mesh_name(const sc_mesh *m, size_t party);
/* Entries of the newest checkpoint held: told to peers in PONG. */
void sc_mesh_set_chain(sc_mesh *m, uint64_t size);

/* ---- what a link is like now -------------------------------------------- */

typedef struct {
    int is_linked;       /* both directions up, HELLO accepted */
    uint64_t rtt_ns;     /* median of the last round trips; 0 if none yet */
    uint64_t quiet_ms;   /* since its last frame; UINT64_MAX if never */
    int is_refused;      /* not linked, for its HELLO is not right */
    char reason[160];    /* why not linked: a sentence; "" if linked */
    uint64_t chain_size; /* of its newest checkpoint, by its last PONG */
} sc_mesh_link;

/* SC_E_ARG: no such party, or me. */
SC_MUST_USE sc_err sc_mesh_status(sc_mesh *m, sc_mesh_link *out, size_t party);
/* Is it a party, not me, and linked? */
int sc_mesh_is_linked(sc_mesh *m, size_t party);

/* Totals since the start, for status and tests. */
typedef struct {
    uint64_t bytes_in, bytes_out; /* envelopes and frames */
    uint64_t frames_in, frames_out;
    uint64_t resent;    /* frames sent again on a healed link */
    uint64_t dropped;   /* frames thrown away: no session, no room, no HELLO */
    uint64_t malformed; /* from admitted peers */
    uint64_t refused_keys; /* handshakes with a key of no party */
    uint64_t cut; /* connections cut: strangers, surplus, too much unread */
} sc_mesh_totals;
void sc_mesh_count(sc_mesh *m, sc_mesh_totals *out);

/* ---- node messages ------------------------------------------------------ */

typedef enum {
    SC_MESH_MESSAGE, /* lane NODE or BOTH, never a malformed envelope */
    SC_MESH_LINKED,  /* the link is up; say again what must be known */
    SC_MESH_LOST
} sc_mesh_event_kind;

typedef struct {
    sc_mesh_event_kind kind;
    size_t party;    /* who, by the link's key */
    uint8_t job[16]; /* of a message; zero if it belongs to no job */
    sc_frame frame;  /* of a message; borrowed from the event */
} sc_mesh_event;

/* Queue one message to a peer; bytes are copied. It is sent in order with other
 * node messages to that peer, or lost with the link (then an SC_MESH_LOST
 * follows), or dropped by a peer that is far behind: what must arrive is said
 * again on SC_MESH_LINKED, and when no answer comes.
 *   In:      job  NULL: belongs to no job
 *   Returns: SC_E_ARG      bad party, lane or size
 *            SC_E_IO       not linked now
 *            SC_E_TIMEOUT  the queue to it is full */
SC_MUST_USE sc_err sc_mesh_send(sc_mesh *m, size_t party, const uint8_t *job,
                                const sc_frame *f);
/* The next event, owned by the caller. SC_E_TIMEOUT; SC_E_CANCELLED after
 * sc_mesh_stop. */
SC_MUST_USE sc_err sc_mesh_next(sc_mesh *m, sc_mesh_event **e,
                                uint64_t deadline_ms);
void sc_mesh_event_free(sc_mesh_event **e);
/* Wake whoever waits in sc_mesh_next, for good. */
void sc_mesh_stop(sc_mesh *m);

#endif
