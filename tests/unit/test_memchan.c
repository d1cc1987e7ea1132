/* tests/unit/test_memchan.c: channels in memory between threads: order, bytes,
 * transcripts, windows, deadlines and ends. */
#include "net/memchan.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/kat.h"

#define SOON   (sc_clock_ms() + 20)
#define MINUTE (sc_clock_ms() + 60000)

static const uint8_t sid[32] = {7}, key[32] = {9};
static uint8_t bytes[SC_FRAME_MAX_BULK + 1];

/* The i-th frame of a long run; every 16th is a chunk. */
static sc_frame frame(size_t i)
{
    return (sc_frame){.type = (uint16_t)(i * 7),
                      .op = (uint32_t)i,
                      .head = {bytes + i % 251, i % 100},
                      .bulk = {bytes + i % 13, i % 16 == 5
                                                   ? SC_FRAME_MAX_BULK - 13
                                                   : i % 3000}};
}

#define N_FRAMES 400

typedef struct {
    sc_chan *c;
    uint64_t me, peer;
    sc_transcript_head in, out;
    sc_err err;
} role;

static sc_err run(role *r)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < N_FRAMES; i++) {
        sc_frame f = frame(i + 1000 * r->me), got;
        sc_frame want = frame(i + 1000 * r->peer);

        if (i == 1) {
            SC_TRY(sc_chan_key(r->c, sid, r->me, r->peer, key));
        }
        SC_TRY(sc_chan_send(r->c, &f, MINUTE));
        SC_TRY(sc_chan_expect(r->c, &got, want.type, want.op, MINUTE));
        SC_REQUIRE(sc_bytes_equal_vartime(got.head, want.head) &&
                       sc_bytes_equal_vartime(got.bulk, want.bulk),
                   SC_E_BUG);
    }
    SC_TRY(sc_chan_head(r->c, SC_CHAN_IN, &r->in));
    SC_TRY(sc_chan_head(r->c, SC_CHAN_OUT, &r->out));
    err = SC_OK;
out:
    return err;
}

static void *thread(void *arg)
{
    role *r = arg;

    r->err = run(r);
    return NULL;
}

static void test_two_threads(void **state)
{
    role r[2] = {{.me = 0, .peer = 1}, {.me = 1, .peer = 0}};
    pthread_t id[2];
    uint64_t total = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * i % 253);
    }
    CHECK_OK(sc_memchan_new(&r[0].c, &r[1].c, 1));
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_create(&id[i], NULL, thread, &r[i]) == 0);
    }
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_join(id[i], NULL) == 0);
        CHECK_OK(r[i].err);
    }
    for (size_t i = 0; i < N_FRAMES; i++) {
        sc_frame f = frame(i);

        total += sc_frame_len(&f);
    }
    CHECK_BYTES(&r[0].out, &r[1].in, sizeof r[0].out);
    CHECK_BYTES(&r[1].out, &r[0].in, sizeof r[0].out);
    CHECK(memcmp(r[0].out.hash, r[0].in.hash, 32) != 0);
    CHECK_U64(r[0].out.count, N_FRAMES);
    CHECK_U64(r[0].out.bytes, total);
    sc_chan_free(&r[0].c);
    sc_chan_free(&r[1].c);
}

static void test_windows(void **state)
{
    sc_chan *a, *b;
    sc_frame small = {.type = 1}, chunk = {.bulk = {bytes, SC_FRAME_SMALL + 1}};
    sc_frame most = {.bulk = {bytes, SC_FRAME_MAX_BULK}}, f;
    size_t n = 0;

    (void)state;
    CHECK_OK(sc_memchan_new(&a, &b, 0));
    for (; n < SC_CHAN_WINDOW / SC_FRAME_MAX_BULK; n++) {
        CHECK_OK(sc_chan_send(a, &most, 0));
    }
    CHECK_ERR(SC_E_TIMEOUT, sc_chan_send(a, &chunk, SOON));
    for (; n < SC_CHAN_FRAMES; n++) {
        CHECK_OK(sc_chan_send(a, &small, 0));
    }
    CHECK_ERR(SC_E_TIMEOUT, sc_chan_send(a, &small, SOON));
    CHECK_OK(sc_chan_take(b, &f, 0));
    CHECK_OK(sc_chan_send(a, &chunk, 0));
    CHECK_ERR(SC_E_TIMEOUT, sc_chan_send(a, &small, 0));
    CHECK_ERR(SC_E_TIMEOUT, sc_chan_take(a, &f, 0));
    sc_chan_free(&a);
    sc_chan_free(&b);
}

static void test_errors(void **state)
{
    sc_chan *a, *b;
    sc_frame f = {.type = 3, .op = 4, .head = {bytes, 10}}, got;
    sc_transcript_head head;

    (void)state;
    CHECK_OK(sc_memchan_new(&a, &b, 1));
    CHECK_ERR(SC_E_STATE, sc_chan_head(a, SC_CHAN_OUT, &head));
    f.bulk = (sc_bytes){bytes, SC_FRAME_MAX_BULK + 1};
    CHECK_ERR(SC_E_ARG, sc_chan_send(a, &f, 0));
    f.bulk.len = 0;
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(sc_chan_send(a, &f, 0));
    }
    CHECK_ERR(SC_E_STATE, sc_chan_expect(b, &got, 3, 5, 0));
    CHECK_ZERO(&got, sizeof got);
    CHECK_ERR(SC_E_STATE, sc_chan_expect(b, &got, 2, 4, 0));
    CHECK_OK(sc_chan_send(a, &f, 0));
    sc_chan_free(&a); /* what it sent can still be taken */
    CHECK_OK(sc_chan_expect(b, &got, 3, 4, 0));
    CHECK_BYTES(got.head.p, bytes, 10);
    CHECK_ERR(SC_E_IO, sc_chan_take(b, &got, MINUTE));
    CHECK_ERR(SC_E_IO, sc_chan_send(b, &f, MINUTE));
    sc_chan_free(&b);
    sc_chan_free(&b);
}

static void test_early_frames(void **state)
{
    sc_chan *a, *b;
    sc_frame f = {.type = 1};

    (void)state;
    CHECK_OK(sc_memchan_new(&a, &b, 1));
    for (size_t i = 0; i < SC_TRANSCRIPT_MAX_EARLY; i++) {
        CHECK_OK(sc_chan_send(a, &f, 0));
    }
    CHECK_ERR(SC_E_STATE, sc_chan_send(a, &f, 0));
    sc_chan_free(&a);
    sc_chan_free(&b);
}

/* A taker asleep learns at once that the other end is gone. */
static void *take_late(void *arg)
{
    role *r = arg;
    sc_frame f;

    r->err = sc_chan_take(r->c, &f, SC_NO_DEADLINE);
    return NULL;
}

static void test_end_wakes(void **state)
{
    sc_chan *a;
    role r = {0};
    pthread_t id;

    (void)state;
    CHECK_OK(sc_memchan_new(&a, &r.c, 1));
    CHECK(pthread_create(&id, NULL, take_late, &r) == 0);
    sc_clock_sleep_ms(10);
    sc_chan_free(&a);
    CHECK(pthread_join(id, NULL) == 0);
    CHECK_ERR(SC_E_IO, r.err);
    sc_chan_free(&r.c);
}

static sc_err one_exchange(void *arg)
{
    sc_err err = SC_E_BUG;
    sc_chan *a = NULL, *b = NULL;
    sc_frame f = {.head = {bytes, 5}, .bulk = {bytes, 9000}}, got;

    (void)arg;
    SC_TRY(sc_memchan_new(&a, &b, 1));
    SC_TRY(sc_chan_send(a, &f, 0));
    SC_TRY(sc_chan_take(b, &got, 0));
    err = SC_OK;
out:
    sc_chan_free(&a);
    sc_chan_free(&b);
    return err;
}

static void test_no_memory(void **state)
{
    (void)state;
    CHECK_ALLOC(one_exchange, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_threads), cmocka_unit_test(test_windows),
        cmocka_unit_test(test_errors),      cmocka_unit_test(test_early_frames),
        cmocka_unit_test(test_end_wakes),   cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
