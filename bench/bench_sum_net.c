/* bench/bench_sum_net.c: the masked sum over the network.
 *
 * n nodes in this process, each with its own mesh, thread and libzmq context,
 * linked over loopback: CURVE, admission, sequence, credit and transcripts on,
 * as in the product. Party 0 is the result party. Each party masks its vector
 * chunk by chunk and sends it as SHARE; party 0 adds. GB/s counts the n - 1
 * shares that cross the network.
 *
 * A vector that is done before a thread is awake says little: short ones are
 * summed several times in a row (AT_ONCE), and so are those of "bare". Before
 * each such run all is left to become quiet, lest one pay for what the other has
 * left behind, as its last credits.
 *
 * "bare" (bench/bare.h) moves the same bytes in the same pieces between as many
 * ends, in turn with it; "reached" is the first rate over the second, by the
 * clock and by the processors' time. "masks_alone" is what the masks of all n
 * parties cost without any network; "without_masks" is what is reached when that
 * is taken off. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/bare.h"
#include "bench/bench.h"
#include "mpc/sum.h"
#include "net/session.h"
#include "net/zmq.h"

#define MAX_N     8
#define MAX_SIZE  ((size_t)10000000) /* elements */
#define CHUNK_LEN SC_FRAME_MAX_BULK
#define SLICE_LEN 65536 /* what is masked or added while it is in the cache */
#define WAIT_MS   60000
#define AT_ONCE   100000 /* elements that are summed before the clock stops */
#define QUIET_MS  3

typedef struct sum_net sum_net;

typedef struct {
    sum_net *bench;
    size_t me;
    sc_mesh *mesh;
    sc_session *session;
    sc_seeds *seeds;
    uint8_t *chunk; /* CHUNK_LEN */
    sc_buf room;
    pthread_t thread;
} party;

struct sum_net {
    sc_bench net, alone, masks;
    bare *links;
    party parties[MAX_N];
    size_t n;
    pthread_barrier_t start;
    /* of the run that starts */
    int is_over;
    unsigned bits;
    size_t size; /* elements */
    uint32_t op; /* of the plan: each run has its own streams */
    const uint8_t *x;
    uint8_t *sum;
};

static void must(sc_err err)
{
    SC_ASSERT(err == SC_OK);
}

static uint64_t deadline(void)
{
    return sc_clock_ms() + WAIT_MS;
}

/* ---- the protocol ------------------------------------------------------ */

/* Chunk of x from byte `at`, masked, into p->chunk. */
static void mask_chunk(party *p, size_t at, size_t len)
{
    const sum_net *b = p->bench;
    size_t word = b->bits / 8, n;

    for (size_t i = 0; i < len; i += n) {
        void *y = p->chunk + i;

        n = len - i < SLICE_LEN ? len - i : SLICE_LEN;
        memcpy(y, b->x + at + i, n);
        must(word == 8
                 ? sc_sum64_mask(p->seeds, y, n / word, b->op, (at + i) / word)
                 : sc_sum_mask(p->seeds, y, n / word, b->op, (at + i) / word));
    }
}

/* Add a chunk as it lies in a frame, where words are not aligned. */
static void add_chunk(const sum_net *b, size_t at, sc_bytes values)
{
    sc_u128 slice[SLICE_LEN / sizeof(sc_u128)];
    size_t n;

    for (size_t i = 0; i < values.len; i += n) {
        void *sum = b->sum + at + i;

        n = values.len - i < SLICE_LEN ? values.len - i : SLICE_LEN;
        memcpy(slice, values.p + i, n);
        if (b->bits == 64) {
            sc_ring64_add(sum, (const uint64_t *)(void *)slice, n / 8);
        } else {
            sc_ring128_add(sum, slice, n / 16);
        }
    }
}

static void send_chunk(party *p, size_t at, size_t len, int is_last)
{
    sc_msg_share m = {.chunk = at / CHUNK_LEN,
                      .n = len / SC_MSG_SHARE_WORD,
                      .last = is_last != 0,
                      .values = {p->chunk, len}};
    sc_fault why = {0};
    sc_frame f;

    m.r32.is_set = at == 0;
    must(sc_msg_share_put(&f, &p->room, &m));
    f.op = p->bench->op;
    must(sc_session_send(p->session, 0, &f, deadline(), &why));
}

static void take_chunk(party *p, size_t from, size_t at, size_t len)
{
    sc_fault why = {0};
    sc_msg_share m;
    sc_frame f;

    must(sc_session_expect(p->session, from, &f, SC_MSG_SHARE, p->bench->op,
                           deadline(), &why));
    must(sc_msg_share_get(&m, &f));
    SC_ASSERT(m.values.len == len);
    add_chunk(p->bench, at, m.values);
}

/* One sum, at one party. */
static void play(party *p)
{
    const sum_net *b = p->bench;
    size_t len = b->size * b->bits / 8, n;

    for (size_t at = 0; at < len; at += n) {
        n = len - at < CHUNK_LEN ? len - at : CHUNK_LEN;
        mask_chunk(p, at, n);
        if (p->me != 0) {
            send_chunk(p, at, n, at + n == len);
            continue;
        }
        memcpy(b->sum + at, p->chunk, n);
        for (size_t i = 1; i < b->n; i++) {
            take_chunk(p, i, at, n);
        }
    }
}

static void *play_runs(void *arg)
{
    party *p = arg;

    for (;;) {
        pthread_barrier_wait(&p->bench->start);
        if (p->bench->is_over) {
            return NULL;
        }
        play(p);
    }
}

/* ---- nodes ------------------------------------------------------------- */

static void wait_linked(const sum_net *b, size_t i, size_t j)
{
    sc_mesh_link l = {0};
    uint64_t until = deadline();

    while (!l.is_linked && sc_clock_left(until) > 0) {
        must(sc_mesh_status(b->parties[i].mesh, &l, j));
        sc_clock_sleep_ms(1);
    }
    SC_ASSERT(l.is_linked);
}

/* Ports are the system's choice; a party's address must be known before the
 * meshes that connect to it are made, so each is bound once to learn it. */
static void find_addresses(char (*addresses)[SC_ZMQ_ADDRESS_MAX + 1], size_t n)
{
    void *context = zmq_ctx_new(), *sockets[MAX_N];

    for (size_t i = 0; i < n; i++) {
        size_t len = SC_ZMQ_ADDRESS_MAX + 1;

        sockets[i] = zmq_socket(context, ZMQ_ROUTER);
        SC_ASSERT(zmq_bind(sockets[i], "tcp://127.0.0.1:*") == 0);
        SC_ASSERT(zmq_getsockopt(sockets[i], ZMQ_LAST_ENDPOINT, addresses[i],
                                 &len) == 0);
    }
    for (size_t i = 0; i < n; i++) {
        zmq_close(sockets[i]);
    }
    zmq_ctx_term(context);
}

static void open_meshes(sum_net *b)
{
    static const char *const names[MAX_N] = {"a", "b", "c", "d",
                                             "e", "f", "g", "h"};
    char addresses[MAX_N][SC_ZMQ_ADDRESS_MAX + 1];
    uint8_t secrets[MAX_N][32];
    sc_mesh_party list[MAX_N];
    sc_rng rng = sc_rng_system();

    find_addresses(addresses, b->n);
    for (size_t i = 0; i < b->n; i++) {
        list[i].name = names[i];
        list[i].address = addresses[i];
        must(sc_rng_bytes(&rng, secrets[i], sizeof secrets[i]));
        must(sc_zmq_public_key(list[i].key, secrets[i]));
    }
    for (size_t i = 0; i < b->n; i++) {
        sc_mesh_config c = {.parties = list,
                            .n_parties = b->n,
                            .me = i,
                            .listen = addresses[i]};
        sc_fault why = {0};

        memcpy(c.secret_key, secrets[i], sizeof c.secret_key);
        must(sc_mesh_new(&b->parties[i].mesh, &c, &why));
    }
    for (size_t i = 0; i < b->n; i++) {
        for (size_t j = 0; j < b->n; j++) {
            if (i != j) {
                wait_linked(b, i, j);
            }
        }
    }
}

/* Seeds from fixed keys, and a session whose transcripts are keyed by them. */
static void open_session(sum_net *b, party *p, const uint8_t (*sks)[32],
                         const uint8_t (*pks)[32])
{
    const uint8_t sid[32] = {1}, job[16] = {1};
    size_t peers[MAX_N], n = 0;
    uint8_t key[32];
    sc_fault why = {0};

    must(sc_seeds_new(&p->seeds, p->me, sks[p->me], pks, b->n, sid));
    for (size_t i = 0; i < b->n; i++) {
        if (i != p->me) {
            peers[n++] = i;
        }
    }
    must(sc_session_open(&p->session, p->mesh, job, peers, n, 0, &why));
    for (size_t i = 0; i < n; i++) {
        must(sc_seeds_pair_key(p->seeds, key, peers[i], "chan/1"));
        must(sc_chan_key(sc_session_chan(p->session, peers[i]), sid, p->me,
                         peers[i], key));
    }
}

static void open_parties(sum_net *b)
{
    uint8_t sks[MAX_N][32], pks[MAX_N][32], tape[32];

    for (size_t i = 0; i < b->n; i++) {
        memset(tape, (int)i + 1, sizeof tape);
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});

        must(sc_seeds_keypair(&rng, sks[i], pks[i]));
    }
    open_meshes(b);
    SC_ASSERT(pthread_barrier_init(&b->start, NULL, (unsigned)b->n) == 0);
    for (size_t i = 0; i < b->n; i++) {
        party *p = &b->parties[i];

        p->bench = b;
        p->me = i;
        p->chunk = sc_alloc(CHUNK_LEN, 1);
        SC_ASSERT(p->chunk != NULL);
        open_session(b, p, (const uint8_t(*)[32])sks,
                     (const uint8_t(*)[32])pks);
        SC_ASSERT(i == 0 ||
                  pthread_create(&p->thread, NULL, play_runs, p) == 0);
    }
}

static void close_parties(sum_net *b)
{
    b->is_over = 1;
    pthread_barrier_wait(&b->start);
    for (size_t i = 1; i < b->n; i++) {
        pthread_join(b->parties[i].thread, NULL);
    }
    for (size_t i = 0; i < b->n; i++) {
        party *p = &b->parties[i];

        sc_session_free(&p->session);
        sc_seeds_free(&p->seeds);
        sc_buf_clear(&p->room);
        sc_free(p->chunk);
    }
    for (size_t i = 0; i < b->n; i++) {
        sc_mesh_free(&b->parties[i].mesh);
    }
    pthread_barrier_destroy(&b->start);
    memset(b->parties, 0, sizeof b->parties);
    b->is_over = 0;
}

/* ---- cases ------------------------------------------------------------- */

/* Sums in a row. */
static size_t n_sums(const sum_net *b)
{
    return b->size < AT_ONCE ? AT_ONCE / b->size : 1;
}

static void run_net(void *ctx)
{
    sum_net *b = ctx;

    for (size_t i = 0; i < n_sums(b); i++) {
        b->op++;
        pthread_barrier_wait(&b->start);
        play(&b->parties[0]);
    }
}

static void run_bare(void *ctx)
{
    sum_net *b = ctx;

    for (size_t i = 0; i < n_sums(b); i++) {
        bare_run(b->links, (sc_bytes){b->x, b->size * b->bits / 8}, CHUNK_LEN);
    }
}

static void run_masks(void *ctx)
{
    sum_net *b = ctx;
    size_t len = b->size * b->bits / 8;

    for (size_t k = 0; k < n_sums(b) * b->n; k++) {
        b->op += k % b->n == 0;
        for (size_t at = 0; at < len; at += CHUNK_LEN) {
            mask_chunk(&b->parties[k % b->n], at,
                       len - at < CHUNK_LEN ? len - at : CHUNK_LEN);
        }
    }
}

static void report(sum_net *b)
{
    uint64_t n_bytes = (uint64_t)(b->n - 1) * b->size * b->bits / 8 * n_sums(b);
    double rate = sc_bench_report(&b->net, n_bytes);
    double alone = sc_bench_report(&b->alone, n_bytes);
    double core = sc_bench_per_core(&b->net, n_bytes);
    double core_alone = sc_bench_per_core(&b->alone, n_bytes);

    sc_bench_report(&b->masks, n_bytes);
    printf("sum_of_bare bits=%u n=%zu size=%zu reached=%.0f%% target=90%% "
           "reached_per_core=%.0f%% without_masks=%.0f%%\n",
           b->bits, b->n, b->size, 100 * rate / alone, 100 * core / core_alone,
           100 / (core_alone *
                  (1 / core - 1 / sc_bench_per_core(&b->masks, n_bytes))));
}

static void bench_case(sum_net *b, unsigned bits, size_t size)
{
    b->bits = bits;
    b->size = size;
    sc_bench_begin(&b->net, "sum_net bits=%u n=%zu size=%zu", bits, b->n, size);
    sc_bench_begin(&b->alone, "bare_curve bits=%u n=%zu size=%zu", bits, b->n,
                   size);
    sc_bench_begin(&b->masks, "masks_alone bits=%u n=%zu size=%zu", bits, b->n,
                   size);
    while (sc_bench_wants_more(&b->net) || sc_bench_wants_more(&b->alone)) {
        sc_clock_sleep_ms(QUIET_MS);
        sc_bench_timed(&b->net, run_net, b);
        sc_clock_sleep_ms(QUIET_MS);
        sc_bench_timed(&b->alone, run_bare, b);
        sc_bench_timed(&b->masks, run_masks, b);
    }
    /* The masks cancel: what is left is n times x. */
    SC_ASSERT(b->sum[0] == (uint8_t)(b->n * b->x[0]));
    report(b);
}

int main(void)
{
    static const size_t n_parties[] = {3, 8};
    static sum_net b;
    size_t most = sc_bench_is_quick() ? 100000 : MAX_SIZE;
    uint8_t *x = sc_alloc(most, 16);

    sc_bench_init(&b.net, "masked sum over loopback, CURVE and transcripts on, "
                          "fixed session keys");
    b.alone.case_ns = b.masks.case_ns = b.net.case_ns;
    b.sum = sc_alloc(most, 16);
    SC_ASSERT(x != NULL && b.sum != NULL);
    for (size_t i = 0; i < most * 16; i++) {
        x[i] = (uint8_t)(i * 167 + 13);
    }
    b.x = x;
    for (size_t k = 0; k < sizeof n_parties / sizeof *n_parties; k++) {
        b.n = n_parties[k];
        b.links = bare_new(b.n - 1);
        open_parties(&b);
        for (unsigned bits = 64; bits <= 128; bits += 64) {
            for (size_t size = 1000; size <= most; size *= 10) {
                bench_case(&b, bits, size);
            }
        }
        close_parties(&b);
        bare_free(b.links);
    }
    sc_free(b.sum);
    sc_free(x);
    return 0;
}
