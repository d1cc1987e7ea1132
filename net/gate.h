/* net/gate.h: which connections a node's server holds, and which it cuts.
 *
 * libzmq bounds what one message may weigh, but neither how many connections
 * there are nor how many parts a message that never ends may have (a part is
 * not counted by the high-water mark until the last one is there). So each
 * accepted connection has an entry here, by its descriptor: a stranger until a
 * frame from a proven key arrives, then its party's. Cut are
 *   - the oldest stranger, when there are more than SC_GATE_MAX_STRANGERS,
 *   - strangers older than SC_GATE_STRANGER_MS,
 *   - the oldest connection of a party that has more than SC_GATE_MAX_OF_PARTY,
 *   - a connection of whose bytes more than SC_GATE_MAX_UNREAD (a stranger's:
 *     SC_GATE_STRANGER_UNREAD) have been read from the network and not been
 *     delivered as a whole message.
 * An unadmitted stranger pins about one message, so all together
 * SC_GATE_MAX_STRANGERS of them. An admitted party pins these bounds, and what
 * arrives between two sweeps.
 *
 * Cutting is shutdown(2) on libzmq's descriptor, which makes libzmq drop the
 * connection and all it holds of an unfinished message. The peer's address is
 * compared first, so that a descriptor used anew meanwhile is left alone.
 *
 * Adversary: anybody who reaches the port, and admitted parties. Strangers in
 * numbers can cut a party's connection before its first frame, never one of a
 * proven key; a party can crowd out its own connections alone. */
#ifndef SC_NET_GATE_H
#define SC_NET_GATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define SC_GATE_MAX_STRANGERS   32
#define SC_GATE_STRANGER_MS     5000
#define SC_GATE_MAX_OF_PARTY    2
#define SC_GATE_MAX_UNREAD      ((uint64_t)16 << 20)
#define SC_GATE_STRANGER_UNREAD ((uint64_t)2 << 20)
#define SC_GATE_MAX             256 /* entries; a connection beyond is cut */
#define SC_GATE_STRANGER        SIZE_MAX

typedef struct {
    int fd;
    size_t party; /* SC_GATE_STRANGER until proven */
    uint64_t since_ms;
    uint64_t delivered; /* bytes of whole messages, as on the wire */
    int is_cut;         /* waits for libzmq to drop it */
    int said_hello;     /* for its owner: a right HELLO came over it */
    struct sockaddr_storage peer;
} sc_gate_entry;

typedef struct {
    sc_gate_entry entries[SC_GATE_MAX]; /* oldest first */
    size_t n_entries;
    uint64_t n_cut; /* since the start */
} sc_gate;

/* A connection was accepted. */
void sc_gate_accept(sc_gate *g, int fd, uint64_t now_ms);
/* A connection is gone: its entry, for the last time, in *old.
 * Returns 0 if there was none. */
int sc_gate_close(sc_gate *g, sc_gate_entry *old, int fd);
/* A message of wire_len bytes came over fd, whose key is party's. NULL if the
 * connection is unknown or cut: drop the message. */
sc_gate_entry *sc_gate_hear(sc_gate *g, int fd, size_t party, size_t wire_len);
/* Cut what is due by time or by bytes unread; call often. Returns the party of
 * a connection that was cut for its unread bytes, else SC_GATE_STRANGER. */
size_t sc_gate_sweep(sc_gate *g, uint64_t now_ms);
/* Cut every connection of a party. */
void sc_gate_cut_party(sc_gate *g, size_t party);
/* 1 if a connection of the party that said HELLO is open. */
int sc_gate_has(const sc_gate *g, size_t party);

#endif
