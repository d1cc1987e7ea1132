/* tests/unit/test_ring.c: mpc/ring.h against sums done one at a time. */
#include <string.h>

#include "mpc/ring.h"
#include "tests/kat.h"
#include "tests/random.h"

#define MAX_N 70

static sc_u128 u128(uint64_t high, uint64_t low)
{
    return (sc_u128)high << 64 | low;
}

static void test_known_answers(void **unused)
{
    uint64_t a[] = {0, 1, UINT64_MAX, UINT64_MAX, 1ULL << 63};
    const uint64_t b[] = {0, 2, 1, UINT64_MAX, 1ULL << 63};
    const uint64_t a_plus_b[] = {0, 3, 0, UINT64_MAX - 1, 0};
    sc_u128 c[] = {0, UINT64_MAX, u128(UINT64_MAX, UINT64_MAX),
                   u128(1ULL << 63, 0), u128(3, 0)};
    const sc_u128 d[] = {0, 1, 1, u128(1ULL << 63, 0), 1};
    const sc_u128 c_plus_d[] = {0, u128(1, 0), 0, 0, u128(3, 1)};
    const sc_u128 c_minus_d[] = {0, UINT64_MAX - 1,
                                 u128(UINT64_MAX, UINT64_MAX - 1), 0,
                                 u128(2, UINT64_MAX)};
    sc_u128 e[5];

    (void)unused;
    sc_ring64_add(a, b, 5);
    CHECK_BYTES(a, a_plus_b, sizeof a);
    memcpy(e, c, sizeof e);
    sc_ring128_add(c, d, 5);
    CHECK_BYTES(c, c_plus_d, sizeof c);
    sc_ring128_sub(e, d, 5);
    CHECK_BYTES(e, c_minus_d, sizeof e);
}

/* All lengths: the loops may be cut into wide steps and a rest. */
static void test_lengths_and_laws(void **unused)
{
    uint64_t x[MAX_N], y[MAX_N], z[MAX_N], state = 1;
    sc_u128 X[MAX_N], Y[MAX_N], Z[MAX_N];

    (void)unused;
    for (size_t n = 0; n < MAX_N; n++) {
        for (size_t i = 0; i < MAX_N; i++) {
            x[i] = sc_random_next(&state);
            z[i] = y[i] = sc_random_next(&state);
            X[i] = u128(sc_random_next(&state), sc_random_next(&state));
            Z[i] = Y[i] = u128(sc_random_next(&state), sc_random_next(&state));
        }
        sc_ring64_add(z, x, n);
        sc_ring128_add(Z, X, n);
        for (size_t i = 0; i < MAX_N; i++) {
            CHECK(z[i] == y[i] + (i < n ? x[i] : 0));
            CHECK(Z[i] == Y[i] + (i < n ? X[i] : 0));
        }
        sc_ring64_sub(z, x, n);
        sc_ring128_sub(Z, X, n);
        CHECK_BYTES(z, y, sizeof z);
        CHECK_BYTES(Z, Y, sizeof Z);
        sc_ring64_sub(z, z, n);
        sc_ring128_sub(Z, Z, n);
        CHECK_ZERO(z, n * sizeof *z);
        CHECK_ZERO(Z, n * sizeof *Z);
    }
}

static void test_wire(void **unused)
{
    const uint64_t x[2] = {0x0807060504030201, 0xf0};
    const sc_u128 X[1] = {u128(0x100f0e0d0c0b0a09, 0x0807060504030201)};
    const uint8_t wire[17] = {1,  2,  3,  4,  5,  6,  7,  8,   9,
                              10, 11, 12, 13, 14, 15, 16, 0xf0};
    uint8_t out[17] = {0};
    uint64_t back[2];
    sc_u128 BACK[1];

    (void)unused;
    sc_ring64_put(out, x, 1);
    CHECK_BYTES(out, wire, 8);
    CHECK_ZERO(out + 8, 9);
    sc_ring64_put(out + 1, x, 2); /* any alignment */
    CHECK_BYTES(out + 1, wire, 8);
    CHECK_U64(out[9], 0xf0);
    sc_ring64_get(back, out + 1, 2);
    CHECK_BYTES(back, x, sizeof back);
    sc_ring128_put(out + 1, X, 1);
    CHECK_BYTES(out + 1, wire, 16);
    sc_ring128_get(BACK, out + 1, 1);
    CHECK(BACK[0] == X[0]);
    sc_ring64_put(NULL, NULL, 0);
    sc_ring128_get(NULL, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_lengths_and_laws),
        cmocka_unit_test(test_wire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
