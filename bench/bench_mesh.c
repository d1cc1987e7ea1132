/* bench/bench_mesh.c: one direction of one link between two nodes on this
 * machine, against the bare link it stands on.
 *
 * "bare" is a DEALER and a ROUTER with CURVE, two threads, and SHA-256 over each
 * byte at both ends, its queues as short as ours; nothing is kept, numbered or
 * granted. "session" is a whole channel of ours. Both move the same chunks in
 * the same run, in turn; `work` compares the processor time of all threads,
 * which a busy machine disturbs less than it does the clock. "hash" and "memory"
 * tell what a byte costs before it meets a network. */
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "net/memchan.h"
#include "net/session.h"
#include "net/zmq.h"

#define CHUNK    SC_FRAME_MAX_BULK
#define N_CHUNKS 128
#define ROUNDS   3
#define FOR_EVER SC_NO_DEADLINE

typedef struct {
    sc_bench b;
    uint8_t *chunk;
    pthread_t taker;
    sem_t is_done; /* the taker has N_CHUNKS more */
    sc_chan *out, *in;
    void *client, *server;
    uint64_t cpu_ns, n_frames; /* at its start, and since */
} bench_mesh;

static void must(sc_err err)
{
    SC_ASSERT(err == SC_OK);
}

static uint64_t cpu_now(void)
{
    struct timespec t;

    SC_ASSERT(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Processor time a byte, since began. */
static double work(const bench_mesh *m, uint64_t began)
{
    return (double)(cpu_now() - began) / ((double)m->n_frames * CHUNK);
}

/* ---- a channel, of whatever maker ---------------------------------------- */

static void *take_frames(void *arg)
{
    bench_mesh *m = arg;
    sc_frame f;

    for (size_t n = 1; sc_chan_take(m->in, &f, FOR_EVER) == SC_OK; n++) {
        if (n % N_CHUNKS == 0) {
            SC_ASSERT(sem_post(&m->is_done) == 0);
        }
    }
    return NULL;
}

static void send_frames(bench_mesh *m)
{
    sc_frame f = {.type = SC_MSG_SHARE, .bulk = {m->chunk, CHUNK}};

    for (size_t i = 0; i < N_CHUNKS; i++) {
        must(sc_chan_send(m->out, &f, FOR_EVER));
    }
    m->n_frames += N_CHUNKS;
    while (sem_wait(&m->is_done) != 0) {
    }
}

static double run_channel(bench_mesh *m, const char *name)
{
    SC_BENCH(&m->b, "mesh_%s chunk=%zu n=%d", name, CHUNK, N_CHUNKS)
    {
        send_frames(m);
    }
    return sc_bench_report(&m->b, N_CHUNKS * CHUNK);
}

static void start(bench_mesh *m, void *(*taker)(void *))
{
    SC_ASSERT(sem_init(&m->is_done, 0, 0) == 0);
    SC_ASSERT(pthread_create(&m->taker, NULL, taker, m) == 0);
}

static void join(bench_mesh *m)
{
    SC_ASSERT(pthread_join(m->taker, NULL) == 0);
    SC_ASSERT(sem_destroy(&m->is_done) == 0);
}

static void in_memory(bench_mesh *m, int is_hashed)
{
    const uint8_t key[32] = {1};

    must(sc_memchan_new(&m->out, &m->in, is_hashed));
    must(sc_chan_key(m->out, key, 0, 1, key));
    must(sc_chan_key(m->in, key, 1, 0, key));
    start(m, take_frames);
    (void)run_channel(m, is_hashed ? "memory_hashed" : "memory");
    sc_chan_free(&m->out);
    join(m);
    sc_chan_free(&m->in);
}

/* ---- two nodes ------------------------------------------------------------- */

typedef struct {
    uint8_t secret[2][32];
    sc_mesh_party parties[2];
    char address[2][64];
    sc_mesh *mesh[2];
    sc_session *session[2];
} nodes;

static void open_nodes(nodes *n)
{
    memset(n, 0, sizeof *n);
    for (size_t i = 0; i < 2; i++) {
        randombytes_buf(n->secret[i], 32);
        must(sc_zmq_public_key(n->parties[i].key, n->secret[i]));
        (void)snprintf(n->address[i], sizeof n->address[i],
                       "tcp://127.0.0.1:%d", 27181 + (int)i);
        n->parties[i].address = n->address[i];
        n->parties[i].name = i == 0 ? "alice" : "bob";
    }
    for (size_t i = 0; i < 2; i++) {
        sc_mesh_config c = {.parties = n->parties,
                            .n_parties = 2,
                            .me = i,
                            .listen = n->address[i]};
        const uint8_t job[16] = {1};
        const size_t peer = 1 - i;

        memcpy(c.secret_key, n->secret[i], 32);
        must(sc_mesh_new(&n->mesh[i], &c, NULL));
        must(sc_session_open(&n->session[i], n->mesh[i], job, &peer, 1, 0,
                             NULL));
    }
}

static void close_nodes(nodes *n)
{
    for (size_t i = 0; i < 2; i++) {
        sc_session_free(&n->session[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        sc_mesh_free(&n->mesh[i]);
    }
}

static double over_session(bench_mesh *m, double *cpu)
{
    nodes n;
    const uint8_t key[32] = {1};
    double rate;

    open_nodes(&n);
    m->out = sc_session_chan(n.session[0], 1);
    m->in = sc_session_chan(n.session[1], 0);
    must(sc_chan_key(m->out, key, 0, 1, key));
    must(sc_chan_key(m->in, key, 1, 0, key));
    start(m, take_frames);
    m->n_frames = 0;
    m->cpu_ns = cpu_now();
    rate = run_channel(m, "session");
    *cpu = work(m, m->cpu_ns);
    sc_session_end(n.session[1], SC_E_CANCELLED, SC_MSG_NOBODY, "done");
    join(m);
    close_nodes(&n);
    return rate;
}

/* There and back, a frame of 100 bytes. */
static void round_trips(bench_mesh *m)
{
    nodes n;
    const uint8_t key[32] = {1};
    sc_frame f = {.type = SC_MSG_SHARE, .bulk = {m->chunk, 100}}, got;
    sc_chan *c[2];

    open_nodes(&n);
    for (size_t i = 0; i < 2; i++) {
        c[i] = sc_session_chan(n.session[i], 1 - i);
        must(sc_chan_key(c[i], key, i, 1 - i, key));
    }
    SC_BENCH(&m->b, "mesh_round_trip bytes=100")
    {
        must(sc_chan_send(c[0], &f, FOR_EVER));
        must(sc_chan_take(c[1], &got, FOR_EVER));
        must(sc_chan_send(c[1], &f, FOR_EVER));
        must(sc_chan_take(c[0], &got, FOR_EVER));
    }
    (void)sc_bench_report(&m->b, 0);
    close_nodes(&n);
}

/* ---- the bare link ----------------------------------------------------------- */

static void set(void *socket, int option, const void *value, size_t len)
{
    SC_ASSERT(zmq_setsockopt(socket, option, value, len) == 0);
}

static void *take_bare(void *arg)
{
    bench_mesh *m = arg;
    uint8_t digest[32];

    for (size_t n = 0;;) {
        zmq_msg_t msg;
        size_t len;

        SC_ASSERT(zmq_msg_init(&msg) == 0);
        while (zmq_msg_recv(&msg, m->server, 0) < 0) {
        }
        len = zmq_msg_size(&msg);
        if (len == CHUNK) {
            sc_sha256(digest, (sc_bytes){zmq_msg_data(&msg), len});
            n++;
        }
        zmq_msg_close(&msg);
        if (len == 1) {
            return NULL;
        }
        if (len == CHUNK && n % N_CHUNKS == 0) {
            SC_ASSERT(sem_post(&m->is_done) == 0);
        }
    }
}

static void keep(void *bytes, void *hint)
{
    SC_ZMQ_RELEASED(bytes);
    (void)hint;
}

static void send_bare(bench_mesh *m)
{
    uint8_t digest[32];

    for (size_t i = 0; i < N_CHUNKS; i++) {
        zmq_msg_t msg;

        sc_sha256(digest, (sc_bytes){m->chunk, CHUNK});
        SC_ASSERT(zmq_msg_init_data(&msg, m->chunk, CHUNK, keep, NULL) == 0);
        SC_ZMQ_HANDED_OVER(m->chunk);
        while (zmq_msg_send(&msg, m->client, 0) < 0) {
        }
    }
    m->n_frames += N_CHUNKS;
    while (sem_wait(&m->is_done) != 0) {
    }
}

static double over_bare_link(bench_mesh *m, double *cpu)
{
    void *context[2] = {zmq_ctx_new(), zmq_ctx_new()};
    uint8_t secret[2][32], public[2][32];
    const int one = 1, linger = 0, send_hwm = SC_ZMQ_SEND_HWM,
              take_hwm = SC_ZMQ_TAKE_HWM;
    const char *address = "tcp://127.0.0.1:27183";
    double rate;

    for (size_t i = 0; i < 2; i++) {
        randombytes_buf(secret[i], 32);
        must(sc_zmq_public_key(public[i], secret[i]));
    }
    m->server = zmq_socket(context[0], ZMQ_ROUTER);
    set(m->server, ZMQ_CURVE_SERVER, &one, sizeof one);
    set(m->server, ZMQ_CURVE_SECRETKEY, secret[0], 32);
    set(m->server, ZMQ_LINGER, &linger, sizeof linger);
    set(m->server, ZMQ_RCVHWM, &take_hwm, sizeof take_hwm);
    SC_ASSERT(zmq_bind(m->server, address) == 0);
    m->client = zmq_socket(context[1], ZMQ_DEALER);
    set(m->client, ZMQ_CURVE_SERVERKEY, public[0], 32);
    set(m->client, ZMQ_CURVE_PUBLICKEY, public[1], 32);
    set(m->client, ZMQ_CURVE_SECRETKEY, secret[1], 32);
    set(m->client, ZMQ_SNDHWM, &send_hwm, sizeof send_hwm);
    SC_ASSERT(zmq_connect(m->client, address) == 0);
    start(m, take_bare);
    m->n_frames = 0;
    m->cpu_ns = cpu_now();
    SC_BENCH(&m->b, "mesh_bare chunk=%zu n=%d", CHUNK, N_CHUNKS)
    {
        send_bare(m);
    }
    *cpu = work(m, m->cpu_ns);
    rate = sc_bench_report(&m->b, N_CHUNKS * CHUNK);
    SC_ASSERT(zmq_send(m->client, "", 1, 0) == 1);
    join(m);
    sc_zmq_close(&m->client, 0);
    sc_zmq_close(&m->server, 0);
    sc_zmq_context_free(&context[1]);
    sc_zmq_context_free(&context[0]);
    return rate;
}

int main(void)
{
    static bench_mesh m;
    uint8_t digest[32];

    sc_bench_init(&m.b, "mesh: one link, both ends on this machine");
    m.chunk = sc_alloc(CHUNK, 1);
    SC_ASSERT(m.chunk != NULL);
    memset(m.chunk, 0x5a, CHUNK);
    SC_BENCH(&m.b, "mesh_hash chunk=%zu", CHUNK)
    {
        sc_sha256(digest, (sc_bytes){m.chunk, CHUNK});
        sc_bench_keep(digest);
    }
    (void)sc_bench_report(&m.b, CHUNK);
    in_memory(&m, 0);
    in_memory(&m, 1);
    for (size_t i = 0; i < ROUNDS; i++) {
        double bare_work, our_work;
        double bare = over_bare_link(&m, &bare_work);
        double ours = over_session(&m, &our_work);

        printf("mesh_session_to_bare round=%zu rate=%.3f bare_ns_per_byte=%.3f "
               "session_ns_per_byte=%.3f work=%.3f\n",
               i, ours / bare, bare_work, our_work, bare_work / our_work);
    }
    round_trips(&m);
    sc_free(m.chunk);
    return 0;
}
