/* tests/mesh_world.h: nodes of one consortium in one process, each with its own
 * context and thread; a raw peer that has a key and no manners; and a wire that
 * can be cut. For the tests of net/mesh.h and net/session.h. */
#ifndef SC_TESTS_MESH_WORLD_H
#define SC_TESTS_MESH_WORLD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/gate.h"
#include "net/session.h"
#include "net/zmq.h"
#include "tests/kat.h"

#define WORLD_MAX 4
#define IN_MS(ms) (sc_clock_ms() + (ms))
#define IN_TIME   IN_MS(10000) /* for what must succeed, on a busy machine too */

typedef struct {
    size_t n;
    char addresses[WORLD_MAX][64]; /* where each listens */
    char seen[WORLD_MAX][64];      /* where others are told to find it */
    uint8_t secrets[WORLD_MAX][32];
    sc_mesh_party parties[WORLD_MAX];
    sc_log logs[WORLD_MAX];
    sc_mesh *mesh[WORLD_MAX]; /* NULL: not running */
    uint64_t silent_ms;       /* of nodes that start from now on */
} world;

/* The ports to draw from: SC_PORTS ("low-high", nobody else's while the test runs),
 * else what the system hands out: 0 to 0. */
static inline void port_range(unsigned *low, unsigned *high)
{
    const char *range = getenv("SC_PORTS");

    *low = *high = 0;
    if (range != NULL) {
        CHECK(sscanf(range, "%u-%u", low, high) == 2);
        CHECK(0 < *low && *low < *high && *high <= 65536);
    }
}

/* 1 if fd is now bound to a port of loopback out of this range; tells which. */
static inline int bind_drawn(int fd, uint16_t *port, unsigned low,
                             unsigned high)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t size = sizeof a;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (high > low) {
        a.sin_port = htons((uint16_t)(low + randombytes_uniform(high - low)));
    }
    if (bind(fd, (struct sockaddr *)&a, size) != 0) {
        return 0;
    }
    CHECK(getsockname(fd, (struct sockaddr *)&a, &size) == 0);
    *port = ntohs(a.sin_port);
    return 1;
}

/* A socket bound to a port that nobody has, nor had in this process: what is
 * closed here could be drawn again before its owner listens. */
static inline int bind_fresh(uint16_t *port)
{
    static uint8_t is_drawn[65536];
    unsigned low, high;

    port_range(&low, &high);
    for (size_t i = 0; i < 10000; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        CHECK(fd >= 0);
        if (bind_drawn(fd, port, low, high) && !is_drawn[*port]) {
            is_drawn[*port] = 1;
            return fd;
        }
        close(fd);
    }
    fail_msg("no port is free");
    return -1;
}

static inline uint16_t free_port(void)
{
    uint16_t port = 0;

    close(bind_fresh(&port));
    return port;
}

static inline void local_address(char out[64], uint16_t port)
{
    (void)snprintf(out, 64, "tcp://127.0.0.1:%u", (unsigned)port);
}

static inline void world_init(world *w, size_t n)
{
    static const char *const names[] = {"alice", "bob", "carol", "dave"};

    memset(w, 0, sizeof *w);
    w->n = n;
    w->silent_ms = 10000;
    for (size_t i = 0; i < n; i++) {
        local_address(w->addresses[i], free_port());
        memcpy(w->seen[i], w->addresses[i], sizeof w->seen[i]);
        randombytes_buf(w->secrets[i], 32);
        w->parties[i].name = names[i];
        w->parties[i].address = w->seen[i];
        CHECK(crypto_scalarmult_base(w->parties[i].key, w->secrets[i]) == 0);
        w->logs[i] = sc_log_make(names[i]);
    }
}

static inline sc_mesh_config world_config(const world *w, size_t i)
{
    sc_mesh_config c = {.parties = w->parties,
                        .n_parties = w->n,
                        .me = i,
                        .listen = w->addresses[i],
                        .log = &w->logs[i],
                        .ping_ms = 200,
                        .silent_ms = w->silent_ms,
                        .retry_least_ms = 50,
                        .retry_most_ms = 400};

    memcpy(c.secret_key, w->secrets[i], 32);
    memset(c.consortium, 0x5c, sizeof c.consortium);
    return c;
}

static inline void world_start(world *w, size_t i)
{
    sc_mesh_config c = world_config(w, i);
    sc_fault why = {0};

    if (sc_mesh_new(&w->mesh[i], &c, &why) != SC_OK) {
        fail_msg("%s", why.text);
    }
}

static inline void world_start_all(world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        world_start(w, i);
    }
}

static inline void world_stop(world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        sc_mesh_free(&w->mesh[i]);
    }
}

/* 1 once the link of i to j is as wanted; waits for it. */
static inline int link_becomes(const world *w, size_t i, size_t j,
                               int is_linked)
{
    sc_mesh_link l;
    uint64_t deadline = IN_TIME;

    for (;;) {
        CHECK_OK(sc_mesh_status(w->mesh[i], &l, j));
        if (!l.is_linked == !is_linked) {
            return 1;
        }
        if (sc_clock_left(deadline) == 0) {
            return 0;
        }
        sc_clock_sleep_ms(5);
    }
}

/* 1 once the word of i on j contains text; waits for it. */
static inline int reason_becomes(const world *w, size_t i, size_t j,
                                 const char *text)
{
    sc_mesh_link l;
    uint64_t deadline = IN_TIME;

    for (;;) {
        CHECK_OK(sc_mesh_status(w->mesh[i], &l, j));
        if (strstr(l.reason, text) != NULL) {
            return 1;
        }
        if (sc_clock_left(deadline) == 0) {
            print_message("%s says: %s\n", w->parties[i].name, l.reason);
            return 0;
        }
        sc_clock_sleep_ms(2);
    }
}

static inline void world_linked(const world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        for (size_t j = 0; j < w->n; j++) {
            CHECK(i == j || link_becomes(w, i, j, 1));
        }
    }
}

/* The next event must be of this kind and from this party; it is freed unless
 * asked for. */
static inline void expect_event(const world *w, size_t i,
                                sc_mesh_event_kind kind, size_t party,
                                sc_mesh_event **out)
{
    sc_mesh_event *e = NULL;

    CHECK_OK(sc_mesh_next(w->mesh[i], &e, IN_TIME));
    CHECK_U64(e->kind, kind);
    CHECK_U64(e->party, party);
    if (out != NULL) {
        *out = e;
    } else {
        sc_mesh_event_free(&e);
    }
}

/* Open sessions of one job at all nodes that run, with all others. */
static inline void open_all(const world *w, sc_session *s[], uint8_t job)
{
    for (size_t i = 0; i < w->n; i++) {
        uint8_t id[16] = {job};
        size_t peers[WORLD_MAX], n = 0;

        s[i] = NULL;
        for (size_t j = 0; j < w->n; j++) {
            if (j != i) {
                peers[n++] = j;
            }
        }
        if (w->mesh[i] != NULL) {
            CHECK_OK(sc_session_open(&s[i], w->mesh[i], id, peers, n, 0, NULL));
            sc_session_phase(s[i], "test");
        }
    }
}

static inline void free_all(const world *w, sc_session *s[])
{
    for (size_t i = 0; i < w->n; i++) {
        sc_session_free(&s[i]);
    }
}

/* ---- a raw peer --------------------------------------------------------- */

/* A DEALER with some key, towards one node; in a context of its own. */
typedef struct {
    void *context, *socket, *monitor;
} raw;

static inline void raw_open(raw *r, const world *w, const uint8_t secret[32],
                            size_t to)
{
    sc_zmq_keys keys;
    sc_fault why = {0};

    memcpy(keys.secret_key, secret, 32);
    CHECK_OK(sc_zmq_public_key(keys.public_key, secret));
    CHECK_OK(sc_zmq_context_new(&r->context, &why));
    CHECK_OK(sc_zmq_client_new(&r->socket, &r->monitor, r->context, &keys,
                               w->parties[to].key, w->addresses[to], 1, &why));
}

static inline void raw_close(raw *r)
{
    sc_zmq_unwatch(&r->monitor, r->socket);
    sc_zmq_close(&r->socket, 0);
    sc_zmq_context_free(&r->context);
}

/* The next event that says how the connection went; 0: none in time. */
static inline uint16_t raw_event(raw *r, uint64_t deadline)
{
    sc_zmq_event e;

    while (sc_clock_left(deadline) > 0) {
        if (sc_zmq_monitor_next(&e, r->monitor) != SC_OK) {
            sc_clock_sleep_ms(2);
        } else if (e.what != ZMQ_EVENT_CONNECTED &&
                   e.what != ZMQ_EVENT_CONNECT_DELAYED) {
            return e.what;
        }
    }
    return 0;
}

static inline void raw_bytes(raw *r, const void *p, size_t len, int flags)
{
    int timeout = 5000;

    CHECK(zmq_setsockopt(r->socket, ZMQ_SNDTIMEO, &timeout, sizeof timeout) ==
          0);
    CHECK(zmq_send(r->socket, p, len, flags) == (int)len);
}

static inline void raw_send(raw *r, const sc_envelope *e, const sc_frame *f)
{
    static uint8_t wire[SC_FRAME_MAX_WIRE];

    sc_frame_put(wire, e, f);
    raw_bytes(r, wire, sc_frame_wire_len(f), 0);
}

/* A HELLO of this world, right but for what the caller changed. */
static inline sc_msg_hello right_hello(void)
{
    sc_msg_hello h = {.protocol = SC_MSG_PROTOCOL,
                      .time = (uint64_t)sc_clock_wall()};

    memset(h.consortium, 0x5c, sizeof h.consortium);
    randombytes_buf(h.boot, sizeof h.boot);
    return h;
}

static inline void raw_hello(raw *r, const sc_msg_hello *h)
{
    const sc_envelope none = {0};
    sc_buf room = {0};
    sc_frame f;

    CHECK_OK(sc_msg_hello_put(&f, &room, h));
    raw_send(r, &none, &f);
    sc_buf_clear(&room);
}

/* A peer that has said a right HELLO. */
static inline void raw_enter(raw *r, const world *w, size_t as, size_t to)
{
    sc_msg_hello h = right_hello();

    raw_open(r, w, w->secrets[as], to);
    CHECK_U64(raw_event(r, IN_TIME), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    raw_hello(r, &h);
}

static inline sc_envelope in_job(uint8_t job, uint64_t number)
{
    return (sc_envelope){.job = {job}, .number = number, .is_numbered = 1};
}

/* ---- a wire that can be cut --------------------------------------------- */

#define WIRE_MAX 16

/* Passes bytes between its own port and a target's, while it is whole. */
typedef struct {
    uint16_t port, target;
    int listener;
    int ends[WIRE_MAX][2]; /* -1: free */
    _Atomic int is_whole;  /* 0: every connection is closed, none is accepted */
    _Atomic int is_stuck;  /* 1: connections stand, but nothing passes */
    _Atomic int is_over;
    pthread_t thread;
} wire;

static inline int wire_connect(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline void wire_drop(wire *w, size_t i)
{
    for (size_t k = 0; k < 2; k++) {
        if (w->ends[i][k] >= 0) {
            close(w->ends[i][k]);
        }
        w->ends[i][k] = -1;
    }
}

static inline void wire_accept(wire *w)
{
    int fd = accept(w->listener, NULL, NULL);
    int other = fd >= 0 && w->is_whole ? wire_connect(w->target) : -1;

    for (size_t i = 0; i < WIRE_MAX && other >= 0; i++) {
        if (w->ends[i][0] < 0) {
            w->ends[i][0] = fd;
            w->ends[i][1] = other;
            return;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    if (other >= 0) {
        close(other);
    }
}

/* Pass what waits from end k of connection i to the other. */
static inline void wire_pass(wire *w, size_t i, size_t k)
{
    static _Thread_local uint8_t b[65536];
    ssize_t n = recv(w->ends[i][k], b, sizeof b, MSG_DONTWAIT);

    for (ssize_t at = 0; at < n;) {
        ssize_t put =
            send(w->ends[i][1 - k], b + at, (size_t)(n - at), MSG_NOSIGNAL);

        if (put <= 0) {
            n = 0;
            break;
        }
        at += put;
    }
    if (n <= 0) {
        wire_drop(w, i);
    }
}

static inline void *wire_run(void *arg)
{
    wire *w = arg;

    while (!w->is_over) {
        struct pollfd p[1 + 2 * WIRE_MAX] = {
            {.fd = w->listener, .events = POLLIN}};

        for (size_t i = 0; i < WIRE_MAX; i++) {
            if (!w->is_whole) {
                wire_drop(w, i);
            }
            for (size_t k = 0; k < 2; k++) {
                p[1 + 2 * i + k].fd = w->is_stuck ? -1 : w->ends[i][k];
                p[1 + 2 * i + k].events = POLLIN;
            }
        }
        if (poll(p, 1 + 2 * WIRE_MAX, 5) <= 0) {
            continue;
        }
        if (p[0].revents != 0) {
            wire_accept(w);
        }
        for (size_t i = 0; i < 2 * (size_t)WIRE_MAX; i++) {
            if (p[1 + i].revents != 0 && w->ends[i / 2][i % 2] >= 0 &&
                w->ends[i / 2][i % 2] == p[1 + i].fd) {
                wire_pass(w, i / 2, i % 2);
            }
        }
    }
    return NULL;
}

static inline void wire_open(wire *w, const char *target)
{
    unsigned port;

    memset(w, 0, sizeof *w);
    memset(w->ends, 0xff, sizeof w->ends);
    CHECK(sscanf(target, "tcp://127.0.0.1:%u", &port) == 1);
    w->target = (uint16_t)port;
    w->listener = bind_fresh(&w->port);
    CHECK(listen(w->listener, 16) == 0);
    w->is_whole = 1;
    CHECK(pthread_create(&w->thread, NULL, wire_run, w) == 0);
}

static inline void wire_close(wire *w)
{
    w->is_over = 1;
    CHECK(pthread_join(w->thread, NULL) == 0);
    for (size_t i = 0; i < WIRE_MAX; i++) {
        wire_drop(w, i);
    }
    close(w->listener);
}

#endif
