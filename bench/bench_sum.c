/* bench/bench_sum.c: the masked sum in one process, on one core.
 *
 * "sum" is a whole job: each of n parties copies its vector piece by piece into
 * a frame (the hand-over), masks it there, and the result party adds it up.
 * GB/s counts the bytes of all n shares. "floor" is the same rate if nothing
 * cost anything but the n - 1 key streams a byte and one copy of it, at the
 * speeds measured in this run. "sum_chan" hands the frames over by channels in
 * memory, which copy them, with transcripts off and on: SHA-256 of each byte
 * where it is sent and where it is taken. */
#include <stdio.h>
#include <string.h>

#include "base/aesctr.h"
#include "base/clock.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "mpc/sum.h"
#include "net/memchan.h"

#define FRAME_LEN ((size_t)65536)
#define MAX_SIZE  10000000 /* elements */
#define MAX_N     8
#define TARGET    2.0 /* GB/s without transcripts */

typedef struct {
    sc_bench b;
    double stream_rate, copy_rate; /* GB/s */
    uint8_t *x, *sum;              /* MAX_SIZE elements of 16 bytes */
    uint8_t *frame;                /* FRAME_LEN */
    sc_seeds *seeds[MAX_N];
    sc_chan *out[MAX_N], *in[MAX_N]; /* party i's end, the result party's */
} bench_sum;

static void must(sc_err err)
{
    SC_ASSERT(err == SC_OK);
}

/* n parties with fixed keys. */
static void open_seeds(bench_sum *s, size_t n)
{
    uint8_t sk[MAX_N][32], pk[MAX_N][32], sid[32] = {1}, tape[32];

    for (size_t i = 0; i < n; i++) {
        memset(tape, (int)i + 1, sizeof tape);
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});

        must(sc_seeds_keypair(&rng, sk[i], pk[i]));
    }
    for (size_t i = 0; i < n; i++) {
        must(sc_seeds_new(&s->seeds[i], i, sk[i], pk, n, sid));
    }
}

static void close_seeds(bench_sum *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sc_seeds_free(&s->seeds[i]);
    }
}

/* What is in s->frame goes through party i's channel, if it has one. */
static void hand_over(bench_sum *s, size_t i, size_t len)
{
    sc_frame f = {.op = 1, .bulk = {s->frame, len}};

    if (s->out[i] != NULL) {
        must(sc_chan_send(s->out[i], &f, SC_NO_DEADLINE));
        must(sc_chan_take(s->in[i], &f, SC_NO_DEADLINE));
        memcpy(s->frame, f.bulk.p, len); /* there it is aligned */
    }
}

static void sum64(bench_sum *s, size_t n, size_t size)
{
    enum { PER_FRAME = FRAME_LEN / 8 };
    const uint64_t *x = (const uint64_t *)(void *)s->x;
    uint64_t *sum = (uint64_t *)(void *)s->sum;
    uint64_t *y = (uint64_t *)(void *)s->frame;

    for (size_t at = 0; at < size; at += PER_FRAME) {
        size_t len = size - at < PER_FRAME ? size - at : PER_FRAME;

        memset(sum + at, 0, len * sizeof *sum);
        for (size_t i = 0; i < n; i++) {
            sc_ring64_put(s->frame, x + at, len);
            must(sc_sum64_mask(s->seeds[i], y, len, 1, at));
            hand_over(s, i, len * sizeof *y);
            sc_ring64_add(sum + at, y, len);
        }
    }
}

static void sum128(bench_sum *s, size_t n, size_t size)
{
    enum { PER_FRAME = FRAME_LEN / 16 };
    const sc_u128 *x = (const sc_u128 *)(void *)s->x;
    sc_u128 *sum = (sc_u128 *)(void *)s->sum;
    sc_u128 *y = (sc_u128 *)(void *)s->frame;

    for (size_t at = 0; at < size; at += PER_FRAME) {
        size_t len = size - at < PER_FRAME ? size - at : PER_FRAME;

        memset(sum + at, 0, len * sizeof *sum);
        for (size_t i = 0; i < n; i++) {
            sc_ring128_put(s->frame, x + at, len);
            must(sc_sum_mask(s->seeds[i], y, len, 1, at));
            hand_over(s, i, len * sizeof *y);
            sc_ring128_add(sum + at, y, len);
        }
    }
}

/* The rate of this one core. */
static double report(bench_sum *s, uint64_t n_bytes)
{
    sc_bench_report(&s->b, n_bytes);
    return sc_bench_per_core(&s->b, n_bytes);
}

static void bench_floor(bench_sum *s)
{
    enum { REPEAT = 16 }; /* reading clocks takes time too */
    uint8_t key[SC_AES_KEY_LEN] = {7};
    sc_aesctr *aes = NULL;

    must(sc_aesctr_new(&aes, key, SC_AES_AUTO));
    SC_BENCH(&s->b, "aes_ctr len=%zu", FRAME_LEN)
    {
        for (uint64_t i = 0; i < REPEAT; i++) {
            must(sc_aesctr_stream(aes, s->frame, FRAME_LEN, i, 0));
            sc_bench_keep(s->frame);
        }
    }
    s->stream_rate = report(s, REPEAT * FRAME_LEN);
    sc_aesctr_free(&aes);
    SC_BENCH(&s->b, "memcpy len=%zu", FRAME_LEN)
    {
        for (size_t i = 0; i < REPEAT; i++) {
            memcpy(s->frame, s->x + i, FRAME_LEN);
            sc_bench_keep(s->frame);
        }
    }
    s->copy_rate = report(s, REPEAT * FRAME_LEN);
}

static void run_sum(bench_sum *s, unsigned bits, size_t n, size_t size)
{
    if (bits == 64) {
        sum64(s, n, size);
    } else {
        sum128(s, n, size);
    }
    sc_bench_keep(s->sum);
}

static void open_channels(bench_sum *s, size_t n, int is_hashed)
{
    const uint8_t sid[32] = {1};
    uint8_t key[32] = {0};

    for (size_t i = 0; i < n; i++) {
        must(sc_memchan_new(&s->out[i], &s->in[i], is_hashed));
        must(sc_chan_key(s->out[i], sid, i, n, key));
        must(sc_chan_key(s->in[i], sid, n, i, key));
    }
}

static void close_channels(bench_sum *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sc_chan_free(&s->out[i]);
        sc_chan_free(&s->in[i]);
    }
}

static void bench_channels(bench_sum *s, unsigned bits, size_t n, size_t size,
                           int is_hashed)
{
    open_channels(s, n, is_hashed);
    SC_BENCH(&s->b, "sum_chan transcripts=%s bits=%u n=%zu size=%zu",
             is_hashed ? "on" : "off", bits, n, size)
    {
        run_sum(s, bits, n, size);
    }
    (void)report(s, (uint64_t)n * size * bits / 8);
    close_channels(s, n);
}

static void bench_case(bench_sum *s, unsigned bits, size_t n, size_t size)
{
    double floor_rate =
        1 / ((double)(n - 1) / s->stream_rate + 1 / s->copy_rate);
    double rate = 0;

    SC_BENCH(&s->b, "sum bits=%u n=%zu size=%zu", bits, n, size)
    {
        run_sum(s, bits, n, size);
    }
    /* The masks cancel: what is left is n times x. */
    SC_ASSERT(s->sum[0] == (uint8_t)(n * s->x[0]));
    rate = report(s, (uint64_t)n * size * bits / 8);
    printf("sum_of_floor bits=%u n=%zu size=%zu per_core=%.2f floor=%.2f "
           "reached=%.0f%% target_per_core=%.1f\n",
           bits, n, size, rate, floor_rate, 100 * rate / floor_rate, TARGET);
    for (int is_hashed = 0; is_hashed <= 1; is_hashed++) {
        bench_channels(s, bits, n, size, is_hashed);
    }
}

int main(void)
{
    static const size_t n_parties[] = {3, 8};
    static bench_sum s;
    size_t most = sc_bench_is_quick() ? 100000 : MAX_SIZE;

    sc_bench_init(&s.b, "masked sum in process, one core, fixed keys");
    s.x = sc_alloc(most, 16);
    s.sum = sc_alloc(most, 16);
    s.frame = sc_alloc(FRAME_LEN, 1);
    SC_ASSERT(s.x != NULL && s.sum != NULL && s.frame != NULL);
    for (size_t i = 0; i < most * 16; i++) {
        s.x[i] = (uint8_t)(i * 167 + 13);
    }
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        for (size_t k = 0; k < 2; k++) {
            bench_floor(&s); /* anew: a busy machine changes its pace */
            open_seeds(&s, n_parties[k]);
            for (size_t size = 1000; size <= most; size *= 10) {
                bench_case(&s, bits, n_parties[k], size);
            }
            close_seeds(&s, n_parties[k]);
        }
    }
    sc_free(s.frame);
    sc_free(s.sum);
    sc_free(s.x);
    return 0;
}
