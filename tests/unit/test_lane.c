/* tests/unit/test_lane.c: numbered lanes without a network: windows, credit,
 * repetition after a new connection, and every way to break the rules. */
#include "net/lane.h"

#include <string.h>

#include "base/mem.h"
#include "tests/kat.h"

#define N_LARGEST (SC_CHAN_WINDOW / SC_FRAME_MAX_BULK)

static uint8_t bytes[SC_FRAME_MAX_BULK + 2];

/* The k-th frame of a run; tag makes it another one. */
static sc_frame frame(uint64_t k, uint8_t tag, size_t bulk_len)
{
    bytes[0] = (uint8_t)k;
    bytes[1] = tag;
    return (sc_frame){.type = 7,
                      .op = (uint32_t)k,
                      .head = {bytes, 2},
                      .bulk = {bytes + 2, bulk_len}};
}

static sc_parcel *parcel(uint64_t number, size_t bulk_len)
{
    sc_frame f = frame(number, 0, bulk_len);
    sc_envelope e = {.number = number, .is_numbered = 1};
    sc_parcel *p = sc_parcel_new(NULL, &e, &f);

    CHECK(p != NULL);
    return p;
}

static sc_err arrive_frame(sc_lane *l, const sc_frame *f, uint64_t number)
{
    sc_envelope e = {.number = number, .is_numbered = 1};
    size_t len = sc_frame_wire_len(f);
    sc_frame in;
    zmq_msg_t msg;
    sc_err err;

    CHECK(zmq_msg_init_size(&msg, len) == 0);
    sc_frame_put(zmq_msg_data(&msg), &e, f);
    CHECK_OK(sc_frame_get(&e, &in, (sc_bytes){zmq_msg_data(&msg), len}));
    err = sc_lane_arrive(l, &msg, &in, number);
    zmq_msg_close(&msg);
    return err;
}

static sc_err arrive(sc_lane *l, uint64_t number, uint8_t tag, size_t bulk_len)
{
    sc_frame f = frame(number, tag, bulk_len);

    return arrive_frame(l, &f, number);
}

/* Take one as a channel does, and know its digest for the next time. */
static void take(sc_lane *l, uint8_t last_digest[32], uint64_t number)
{
    sc_frame f;

    sc_lane_take(l, &f, last_digest);
    CHECK_U64(f.op, number);
    CHECK_OK(sc_frame_digest(last_digest, &f));
}

static void test_out(void **state)
{
    sc_lane l;

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    for (uint64_t k = 0; k < N_LARGEST; k++) {
        CHECK(sc_lane_has_room(&l, SC_FRAME_MAX_BULK));
        sc_lane_add(&l, parcel(k, SC_FRAME_MAX_BULK));
    }
    CHECK(!sc_lane_has_room(&l, SC_FRAME_SMALL + 1)); /* no credit */
    CHECK(sc_lane_has_room(&l, SC_FRAME_SMALL));
    for (uint64_t k = N_LARGEST; k < SC_CHAN_FRAMES; k++) {
        CHECK(sc_lane_has_room(&l, 0));
        sc_lane_add(&l, parcel(k, 0));
    }
    CHECK(!sc_lane_has_room(&l, 0));
    CHECK(sc_lane_is_free(&l, SC_FRAME_SMALL));
    CHECK(!sc_lane_is_free(&l, SC_FRAME_SMALL + 1));
    CHECK_OK(sc_lane_credit(&l, 1, SC_CHAN_WINDOW + 5000));
    CHECK(sc_lane_has_room(&l, 5000));
    CHECK(!sc_lane_has_room(&l, 5001));
    CHECK_OK(sc_lane_credit(&l, 0, 0)); /* an old one says nothing new */
    CHECK(sc_lane_has_room(&l, 5000));
    CHECK_ERR(SC_E_STATE, sc_lane_credit(&l, l.n_out + 1, 0));
    CHECK_OK(sc_lane_credit(&l, l.n_out, 0));
    CHECK_U64(l.kept_len, 0);
    CHECK_U64(l.kept_credit, 0);
    CHECK(l.kept == NULL && l.cursor == NULL);
    sc_lane_clear(&l);
    CHECK_ZERO(&l, sizeof l);
}

static void expect_next(sc_lane *l, uint64_t number)
{
    sc_parcel *p = sc_lane_next(l);

    CHECK(p != NULL);
    CHECK_U64(p->number, number);
    sc_parcel_drop(p);
}

static void test_rewind(void **state)
{
    sc_lane l;
    sc_parcel *p;

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    CHECK(sc_lane_next(&l) == NULL);
    for (uint64_t k = 0; k < 5; k++) {
        sc_lane_add(&l, parcel(k, 10));
    }
    expect_next(&l, 0);
    expect_next(&l, 1);
    expect_next(&l, 2);
    p = sc_lane_next(&l);
    CHECK_U64(p->number, 3);
    sc_lane_put_back(&l, p);
    CHECK_OK(sc_lane_credit(&l, 1, 0));
    CHECK_U64(sc_lane_rewind(&l), 2); /* 1 and 2 go again */
    expect_next(&l, 1);
    CHECK_OK(sc_lane_credit(&l, 4, 0)); /* 2 and 3 came through after all */
    expect_next(&l, 4);
    CHECK(sc_lane_next(&l) == NULL);
    sc_lane_add(&l, parcel(5, 10));
    expect_next(&l, 5);
    CHECK_U64(sc_lane_rewind(&l), 2);
    expect_next(&l, 4);
    sc_lane_clear(&l);
}

/* The memory of a chunk that was taken serves the next one. */
static void test_spares(void **state)
{
    sc_lane l;
    sc_parcel *p, *q;
    sc_frame f = frame(1, 0, SC_FRAME_SMALL + 1);
    const sc_envelope e = {.number = 1, .is_numbered = 1};

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    CHECK(sc_lane_spare(&l) == NULL);
    p = parcel(0, SC_FRAME_MAX_BULK);
    sc_lane_add(&l, p);
    CHECK_OK(sc_lane_credit(&l, 1, 0));
    q = sc_parcel_new(sc_lane_spare(&l), &e, &f);
    CHECK(q == p && sc_lane_spare(&l) == NULL);
    CHECK_U64(q->len, sc_frame_wire_len(&f));
    CHECK_U64(q->number, 1);
    CHECK_BYTES(q->bytes + SC_ENVELOPE_LEN, bytes, 2 + SC_FRAME_SMALL + 1);
    sc_lane_add(&l, q);
    sc_parcel_hold(q); /* as if it were still being sent */
    CHECK_OK(sc_lane_credit(&l, 2, 0));
    CHECK(sc_lane_spare(&l) == NULL);
    sc_parcel_drop(q);
    sc_lane_add(&l, parcel(2, SC_FRAME_SMALL + 1));
    CHECK_OK(sc_lane_credit(&l, 3, 0));
    f = frame(3, 0, SC_FRAME_MAX_BULK); /* too large for it */
    q = sc_parcel_new(sc_lane_spare(&l), &e, &f);
    CHECK(q != NULL && q->cap >= SC_FRAME_MAX_BULK);
    sc_parcel_drop(q);
    sc_lane_clear(&l);
}

/* A parcel that libzmq still holds outlives its lane. */
static void test_holders(void **state)
{
    sc_lane l;
    sc_parcel *p;

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    sc_lane_add(&l, parcel(0, 100));
    p = sc_lane_next(&l);
    sc_lane_clear(&l);
    CHECK_U64(p->bytes[0], SC_FRAME_VERSION);
    sc_parcel_drop(p);
    sc_parcel_drop(NULL);
}

static void test_in_order(void **state)
{
    sc_lane l;
    uint8_t digest[32] = {0};

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    CHECK_U64(sc_lane_credit_due(&l), SC_CREDIT_NONE);
    for (uint64_t k = 0; k < 40; k++) {
        CHECK_OK(arrive(&l, k, 0, 100));
    }
    for (uint64_t k = 0; k < 40; k++) {
        take(&l, digest, k);
        /* With each sixteenth at once, with others soon. */
        CHECK_U64(sc_lane_credit_due(&l),
                  k + 1 - l.told_taken >= 16 ? SC_CREDIT_NOW : SC_CREDIT_SOON);
        if (sc_lane_credit_due(&l) == SC_CREDIT_NOW) {
            l.told_taken = l.n_taken;
        }
    }
    l.told_taken = l.n_taken;
    CHECK_U64(sc_lane_credit_due(&l), SC_CREDIT_NONE);
    CHECK_OK(arrive(&l, 40, 0, SC_FRAME_MAX_BULK));
    CHECK_OK(arrive(&l, 41, 0, 0));
    take(&l, digest, 40); /* much at once */
    CHECK_U64(sc_lane_credit_due(&l), SC_CREDIT_NOW);
    CHECK_U64(l.credit_granted, SC_CHAN_WINDOW + SC_FRAME_MAX_BULK);
    sc_lane_clear(&l);
}

static void test_repeated(void **state)
{
    sc_lane l;
    uint8_t digest[32] = {0};

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    for (uint64_t k = 0; k < 10; k++) {
        CHECK_OK(arrive(&l, k, 0, 50));
    }
    for (uint64_t k = 0; k < 5; k++) {
        take(&l, digest, k);
    }
    /* 0..3 are digests, 4 is held, 5..9 wait. */
    for (uint64_t k = 0; k < 10; k++) {
        CHECK_OK(arrive(&l, k, 0, 50));
        CHECK_ERR(SC_E_STATE, arrive(&l, k, 1, 50)); /* another head */
        CHECK_ERR(SC_E_STATE, arrive(&l, k, 0, 49));
        CHECK_ERR(SC_E_STATE, arrive(&l, k, 0, 51));
    }
    CHECK_U64(l.n_in, 10);
    for (uint64_t k = 5; k < 10; k++) {
        take(&l, digest, k);
    }
    CHECK(l.waiting == NULL);
    sc_lane_clear(&l);
}

static void test_other_type_or_operator(void **state)
{
    sc_lane l;
    sc_frame f = frame(0, 0, 5);

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    CHECK_OK(arrive_frame(&l, &f, 0));
    f.type++;
    CHECK_ERR(SC_E_STATE, arrive_frame(&l, &f, 0));
    f.type--;
    f.op++;
    CHECK_ERR(SC_E_STATE, arrive_frame(&l, &f, 0));
    f.op--;
    CHECK_OK(arrive_frame(&l, &f, 0));
    sc_lane_clear(&l);
}

static void test_gap(void **state)
{
    sc_lane l;

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    CHECK_ERR(SC_E_STATE, arrive(&l, 1, 0, 0));
    CHECK_OK(arrive(&l, 0, 0, 0));
    CHECK_ERR(SC_E_STATE, arrive(&l, 2, 0, 0));
    CHECK_ERR(SC_E_STATE, arrive(&l, UINT64_MAX, 0, 0));
    CHECK_OK(arrive(&l, 1, 0, 0));
    sc_lane_clear(&l);
}

/* What is older than any honest repetition is refused, also if it is right. */
static void test_too_old(void **state)
{
    sc_lane l;
    uint8_t digest[32] = {0};

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    for (uint64_t k = 0; k <= SC_LANE_HISTORY; k++) {
        CHECK_OK(arrive(&l, k, 0, 3));
        take(&l, digest, k);
    }
    CHECK_ERR(SC_E_STATE, arrive(&l, 0, 0, 3));
    for (uint64_t k = 1; k <= SC_LANE_HISTORY; k++) {
        CHECK_OK(arrive(&l, k, 0, 3));
    }
    sc_lane_clear(&l);
}

static void test_more_than_granted(void **state)
{
    sc_lane l;
    uint8_t digest[32] = {0};
    uint64_t k = 0;

    (void)state;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    CHECK_OK(arrive(&l, k++, 0, SC_FRAME_SMALL + 1));
    CHECK_OK(arrive(&l, k++, 0, SC_FRAME_MAX_BULK));
    CHECK_ERR(SC_E_STATE, arrive(&l, k, 0, SC_FRAME_MAX_BULK));
    CHECK_ERR(SC_E_STATE, arrive(&l, k, 0, SC_FRAME_MAX_BULK - SC_FRAME_SMALL));
    CHECK_OK(arrive(&l, k++, 0, SC_FRAME_MAX_BULK - SC_FRAME_SMALL - 1));
    CHECK_ERR(SC_E_STATE, arrive(&l, k, 0, SC_FRAME_SMALL + 1));
    take(&l, digest, 0);
    CHECK_ERR(SC_E_STATE, arrive(&l, k, 0, SC_FRAME_SMALL + 2));
    CHECK_OK(arrive(&l, k++, 0, SC_FRAME_SMALL + 1));
    for (; k < SC_CHAN_FRAMES + 1; k++) {
        CHECK_OK(arrive(&l, k, 0, 1));
    }
    CHECK_ERR(SC_E_STATE, arrive(&l, k, 0, 1));
    take(&l, digest, 1);
    CHECK_OK(arrive(&l, k, 0, 1));
    sc_lane_clear(&l);
}

static sc_err arrive_one(void *arg)
{
    sc_lane l;
    sc_err err;

    (void)arg;
    sc_lane_init(&l, SC_CHAN_WINDOW);
    err = arrive(&l, 0, 0, 9);
    sc_lane_clear(&l);
    return err;
}

static void test_no_memory(void **state)
{
    sc_frame f = frame(0, 0, 1);
    const sc_envelope e = {0};

    (void)state;
    CHECK_ALLOC(arrive_one, NULL);
    sc_alloc_fail_at(1);
    CHECK(sc_parcel_new(NULL, &e, &f) == NULL);
    sc_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out),
        cmocka_unit_test(test_rewind),
        cmocka_unit_test(test_spares),
        cmocka_unit_test(test_holders),
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_other_type_or_operator),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_too_old),
        cmocka_unit_test(test_more_than_granted),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
