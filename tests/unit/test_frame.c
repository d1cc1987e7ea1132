/* tests/unit/test_frame.c: the envelope, byte by byte, and hostile ones. */
#include "net/frame.h"

#include <string.h>

#include "base/hash.h"
#include "tests/kat.h"

static const uint8_t job[16] = {1, 2,  3,  4,  5,  6,  7,  8,
                                9, 10, 11, 12, 13, 14, 15, 16};

/* Written by hand from the table in net/frame.h. */
static const uint8_t wire[] = {0x01, 0x01,             /* version, numbered */
                               0x34, 0x12,             /* type 0x1234 */
                               0x78, 0x56, 0x00, 0x00, /* op 0x5678 */
                               1,    2,    3,    4,    5,
                               6,    7,    8, /* job */
                               9,    10,   11,   12,   13,
                               14,   15,   16, /*     */
                               0xef, 0xcd, 0xab, 0x89, 0x67,
                               0x45, 0x23, 0x01,       /* number */
                               0x02, 0x00, 0x00, 0x00, /* head length */
                               0x03, 0x00, 0x00, 0x00, /* bulk length */
                               0xaa, 0xbb, 0xc0, 0xc1, 0xc2};

static sc_frame the_frame(void)
{
    return (sc_frame){.type = 0x1234,
                      .op = 0x5678,
                      .head = {wire + 40, 2},
                      .bulk = {wire + 42, 3}};
}

static void test_known_bytes(void **state)
{
    uint8_t out[sizeof wire];
    sc_frame f = the_frame(), g;
    sc_envelope e = {.number = 0x0123456789abcdef, .is_numbered = 1}, e2;

    (void)state;
    memcpy(e.job, job, sizeof job);
    CHECK_U64(sc_frame_wire_len(&f), sizeof wire);
    sc_frame_put(out, &e, &f);
    CHECK_BYTES(out, wire, sizeof wire);
    CHECK_OK(sc_frame_get(&e2, &g, (sc_bytes){wire, sizeof wire}));
    CHECK_U64(g.type, 0x1234);
    CHECK_U64(g.op, 0x5678);
    CHECK(g.head.p == wire + 40 && g.head.len == 2);
    CHECK(g.bulk.p == wire + 42 && g.bulk.len == 3);
    CHECK_BYTES(e2.job, job, sizeof job);
    CHECK_U64(e2.number, e.number);
    CHECK_U64(e2.is_numbered, 1);
}

static void test_digest(void **state)
{
    static const uint8_t payload[] = {0x34, 0x12, 0,    0,    0,    0,    0,
                                      0,    2,    0,    0,    0,    0,    0,
                                      0,    0,    0xaa, 0xbb, 0xc0, 0xc1, 0xc2};
    uint8_t got[32], want[32];
    sc_frame f = the_frame();

    (void)state;
    CHECK_U64(sc_frame_len(&f), sizeof payload);
    sc_sha256(want, (sc_bytes){payload, sizeof payload});
    CHECK_OK(sc_frame_digest(got, &f));
    CHECK_BYTES(got, want, sizeof want);
    f.head.len = 1; /* a byte moved from head to bulk is another payload */
    f.bulk.p--;
    f.bulk.len++;
    CHECK_U64(sc_frame_len(&f), sizeof payload);
    CHECK_OK(sc_frame_digest(got, &f));
    CHECK(memcmp(got, want, sizeof want) != 0);
}

static void test_cuts(void **state)
{
    uint8_t longer[sizeof wire + 1] = {0};
    sc_envelope e;
    sc_frame f;

    (void)state;
    for (size_t len = 0; len < sizeof wire; len++) {
        CHECK_ERR(SC_E_WIRE, sc_frame_get(&e, &f, (sc_bytes){wire, len}));
        CHECK(f.head.p == NULL && f.bulk.p == NULL);
    }
    memcpy(longer, wire, sizeof wire);
    CHECK_ERR(SC_E_WIRE,
              sc_frame_get(&e, &f, (sc_bytes){longer, sizeof longer}));
}

/* Every other value of every byte: refused, or another frame whose bytes are
 * these very ones. */
static void test_flips(void **state)
{
    uint8_t in[sizeof wire], out[sizeof wire];
    sc_envelope e;
    sc_frame f;

    (void)state;
    memcpy(in, wire, sizeof wire);
    for (size_t i = 0; i < sizeof wire; i++) {
        for (unsigned v = 0; v < 256; v++) {
            in[i] = (uint8_t)v;
            if (sc_frame_get(&e, &f, (sc_bytes){in, sizeof in}) == SC_OK) {
                CHECK(i != 0 || v == SC_FRAME_VERSION);
                CHECK(i < 32 || i >= 40 || v == wire[i]);
                sc_frame_put(out, &e, &f);
                CHECK_BYTES(out, in, sizeof in);
            }
        }
        in[i] = wire[i];
    }
    in[1] = 0; /* not numbered, but with a number */
    CHECK_ERR(SC_E_WIRE, sc_frame_get(&e, &f, (sc_bytes){in, sizeof in}));
    memset(in + 24, 0, 8);
    CHECK_OK(sc_frame_get(&e, &f, (sc_bytes){in, sizeof in}));
}

static void test_limits(void **state)
{
    static uint8_t big[SC_FRAME_MAX_WIRE + 1];
    sc_frame f = {.head = {big, SC_FRAME_MAX_HEAD},
                  .bulk = {big, SC_FRAME_MAX_BULK}};
    sc_frame g;
    const sc_envelope none = {0};
    sc_envelope e;
    static uint8_t out[SC_FRAME_MAX_WIRE + 1];

    (void)state;
    CHECK_OK(sc_frame_check(&f));
    sc_frame_put(out, &none, &f);
    CHECK_OK(sc_frame_get(&e, &g, (sc_bytes){out, SC_FRAME_MAX_WIRE}));
    f.bulk.len++;
    CHECK_ERR(SC_E_ARG, sc_frame_check(&f));
    sc_frame_put(out, &none, &f);
    CHECK_ERR(SC_E_WIRE,
              sc_frame_get(&e, &g, (sc_bytes){out, SC_FRAME_MAX_WIRE + 1}));
    f.bulk.len = 0;
    f.head.len++;
    CHECK_ERR(SC_E_ARG, sc_frame_check(&f));
    sc_frame_put(out, &none, &f);
    CHECK_ERR(SC_E_WIRE,
              sc_frame_get(&e, &g, (sc_bytes){out, sc_frame_wire_len(&f)}));
}

static sc_err digest(void *arg)
{
    uint8_t out[32];
    sc_frame f = the_frame();

    (void)arg;
    return sc_frame_digest(out, &f);
}

static void test_no_memory(void **state)
{
    (void)state;
    CHECK_ALLOC(digest, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_bytes), cmocka_unit_test(test_digest),
        cmocka_unit_test(test_cuts),        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
