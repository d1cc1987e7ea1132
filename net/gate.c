/* net/gate.c: a small table in order of age; every rule is a walk over it. */
#include "net/gate.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

/* Whom fd is connected to; zero if it is not a connection. */
static struct sockaddr_storage peer_of(int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;

    memset(&peer, 0, sizeof peer);
    if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0) {
        memset(&peer, 0, sizeof peer);
    }
    return peer;
}

static void cut(sc_gate *g, sc_gate_entry *e)
{
    struct sockaddr_storage now = peer_of(e->fd);

    if (!e->is_cut && now.ss_family != AF_UNSPEC &&
        memcmp(&now, &e->peer, sizeof now) == 0) {
        (void)shutdown(e->fd, SHUT_RDWR);
        g->n_cut++;
    }
    e->is_cut = 1;
}

static sc_gate_entry *find(sc_gate *g, int fd)
{
    for (size_t i = 0; i < g->n_entries; i++) {
        if (g->entries[i].fd == fd) {
            return &g->entries[i];
        }
    }
    return NULL;
}

/* Cut the oldest connections of a party (or strangers) beyond `most`. */
static void cut_beyond(sc_gate *g, size_t party, size_t most)
{
    size_t n = 0;

    for (size_t i = g->n_entries; i-- > 0;) { /* the youngest first */
        sc_gate_entry *e = &g->entries[i];

        if (e->party == party && !e->is_cut && ++n > most) {
            cut(g, e);
        }
    }
}

void sc_gate_accept(sc_gate *g, int fd, uint64_t now_ms)
{
    sc_gate_entry e = {.fd = fd,
                       .party = SC_GATE_STRANGER,
                       .since_ms = now_ms,
                       .peer = peer_of(fd)};
    sc_gate_entry old;

    (void)sc_gate_close(g, &old, fd); /* a descriptor used anew */
    if (g->n_entries == SC_GATE_MAX) {
        cut(g, &e);
        return;
    }
    g->entries[g->n_entries++] = e;
    cut_beyond(g, SC_GATE_STRANGER, SC_GATE_MAX_STRANGERS);
}

int sc_gate_close(sc_gate *g, sc_gate_entry *old, int fd)
{
    sc_gate_entry *e = find(g, fd);
    size_t at;

    if (e == NULL) {
        return 0;
    }
    *old = *e;
    at = (size_t)(e - g->entries);
    g->n_entries--;
    memmove(e, e + 1, (g->n_entries - at) * sizeof *e);
    return 1;
}

sc_gate_entry *sc_gate_hear(sc_gate *g, int fd, size_t party, size_t wire_len)
{
    sc_gate_entry *e = find(g, fd);

    if (e == NULL || e->is_cut) {
        return NULL;
    }
    e->delivered += wire_len;
    if (e->party == SC_GATE_STRANGER) {
        e->party = party;
        cut_beyond(g, party, SC_GATE_MAX_OF_PARTY);
    }
    return e->party == party && !e->is_cut ? e : NULL;
}

/* Bytes that libzmq has read from the connection but not delivered. */
static uint64_t unread(const sc_gate_entry *e)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    int in_kernel = 0;
    uint64_t read;

    memset(&info, 0, sizeof info);
    if (getsockopt(e->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ioctl(e->fd, FIONREAD, &in_kernel) != 0 || in_kernel < 0) {
        return 0;
    }
    read = info.tcpi_bytes_received;
    if (read <= (uint64_t)in_kernel + e->delivered) {
        return 0;
    }
    return read - (uint64_t)in_kernel - e->delivered;
}

static int is_stranger(const sc_gate_entry *e)
{
    return e->party == SC_GATE_STRANGER;
}

size_t sc_gate_sweep(sc_gate *g, uint64_t now_ms)
{
    size_t guilty = SC_GATE_STRANGER;

    for (size_t i = 0; i < g->n_entries; i++) {
        sc_gate_entry *e = &g->entries[i];

        if (e->is_cut) {
            continue;
        }
        if (is_stranger(e) && now_ms - e->since_ms > SC_GATE_STRANGER_MS) {
            cut(g, e);
        } else if (unread(e) > (is_stranger(e) ? SC_GATE_STRANGER_UNREAD
                                               : SC_GATE_MAX_UNREAD)) {
            cut(g, e);
            guilty = e->party;
        }
    }
    return guilty;
}

void sc_gate_cut_party(sc_gate *g, size_t party)
{
    cut_beyond(g, party, 0);
}

int sc_gate_has(const sc_gate *g, size_t party)
{
    for (size_t i = 0; i < g->n_entries; i++) {
        const sc_gate_entry *e = &g->entries[i];

        if (e->party == party && e->said_hello && !e->is_cut) {
            return 1;
        }
    }
    return 0;
}
