/* tests/unit/test_encode.c: owners' sums combined, and few rows hidden. */
#include <string.h>

#include "base/mem.h"
#include "job/plan/plan.h"
#include "mpc/sum.h"
#include "tests/kat.h"

enum { N_CELLS = 3, N_SUMS = 3, N_VALUES = 5, STRIDE = 7 };

/* Local sums: rows, rows with x, sum of x. Opened: both counts, then 10 * sum,
 * 3 * count - sum of the rows with x, and sum - count of all rows. */
static size_t terms[N_VALUES][2] = {{0}, {1}, {2}, {1, 2}, {0, 2}};
static sc_i128 coefs[N_VALUES][2] = {{1}, {1}, {10}, {3, -1}, {-1, 1}};

static sc_support supports[2];
static sc_opened opened[N_VALUES];

static sc_plan make_plan(uint64_t threshold_all, uint64_t threshold_x)
{
    static const size_t support[N_VALUES] = {0, 1, 1, 1, 0};
    static const size_t n_terms[N_VALUES] = {1, 1, 1, 2, 2};

    supports[0] = (sc_support){.count = 0, .threshold = threshold_all};
    supports[1] = (sc_support){.count = 1, .threshold = threshold_x};
    for (size_t i = 0; i < N_VALUES; i++) {
        opened[i] = (sc_opened){.support = support[i],
                                .n_terms = n_terms[i],
                                .terms = terms[i],
                                .coefs = coefs[i]};
    }
    return (sc_plan){.supports = supports,
                     .n_supports = 2,
                     .opened = opened,
                     .n_opened = N_VALUES,
                     .n_cells = N_CELLS,
                     .n_sums = N_SUMS};
}

/* What the cell would be without pads. */
static void plain(sc_u128 out[STRIDE], const sc_i128 *s)
{
    const sc_i128 v[STRIDE] = {0,          0,         s[0],
                               s[1],       10 * s[2], 3 * s[1] - s[2],
                               s[2] - s[0]};

    memcpy(out, v, sizeof v);
}

static void test_enough_rows(void **unused)
{
    const sc_i128 sums[N_CELLS * N_SUMS] = {
        10, 10, 1234, 0, 0, 0, 1000, 10, -((sc_i128)1 << 100),
    };
    sc_plan p = make_plan(10, 10);
    sc_u128 v[N_CELLS * STRIDE], expected[STRIDE];
    sc_rng rng = sc_rng_system();

    (void)unused;
    CHECK_U64(sc_plan_vector_len(&p), N_CELLS * STRIDE);
    memset(v, 0xee, sizeof v);
    CHECK_OK(sc_plan_encode(&p, v, sums, &rng));
    for (size_t c = 0; c < N_CELLS; c++) {
        plain(expected, sums + c * N_SUMS);
        CHECK_BYTES(v + c * STRIDE, expected, sizeof expected);
    }
}

/* Each place of the cell is padded with its own words of the tape where 1 ..
 * threshold - 1 rows support it, and is plain where not. */
static void test_thresholds(void **unused)
{
    static const uint64_t thresholds[] = {0, 1, 2, 5};
    static const size_t support[STRIDE] = {0, 1, 0, 1, 1, 1, 0};
    sc_u128 tape[N_CELLS * STRIDE], v[N_CELLS * STRIDE], expected[STRIDE];

    (void)unused;
    for (size_t i = 0; i < N_CELLS * STRIDE; i++) {
        tape[i] = ((sc_u128)(i + 1) << 90) + i;
    }
    for (size_t t = 0; t < 16; t++) {
        const uint64_t threshold[2] = {thresholds[t / 4], thresholds[t % 4]};
        sc_plan p = make_plan(threshold[0], threshold[1]);

        for (int rows = 0; rows <= 6; rows++) {
            const sc_i128 sums[N_CELLS * N_SUMS] = {rows, rows, 77, 6, rows,
                                                    -5,   rows, 0,  0};
            sc_rng rng =
                sc_rng_replay((sc_bytes){(const uint8_t *)tape, sizeof tape});

            CHECK_OK(sc_plan_encode(&p, v, sums, &rng));
            for (size_t i = 0; i < N_CELLS * STRIDE; i++) {
                const sc_i128 *s = sums + i / STRIDE * N_SUMS;
                const size_t at = i % STRIDE;
                const sc_i128 n = s[support[at]];
                const int is_few =
                    n >= 1 && n < (sc_i128)threshold[support[at]];

                plain(expected, s);
                CHECK(v[i] == expected[at] + (is_few ? tape[i] : 0));
            }
        }
    }
}

/* Three owners, one with few rows: the total of that cell is noise, its flag
 * says so, and the other cells are exact. */
static void test_one_small_owner(void **unused)
{
    const sc_i128 sums[3][N_CELLS * N_SUMS] = {
        {20, 20, 5, 20, 20, 5, 0, 0, 0},
        {20, 20, 6, 3, 3, 6, 20, 2, 6},
        {0, 0, 0, 20, 20, 7, 20, 20, 7},
    };
    sc_plan p = make_plan(10, 10);
    sc_u128 v[3][N_CELLS * STRIDE], total[N_CELLS * STRIDE];
    const uint8_t *y[3] = {(uint8_t *)v[0], (uint8_t *)v[1], (uint8_t *)v[2]};
    sc_rng rng = sc_rng_system();

    (void)unused;
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(sc_plan_encode(&p, v[i], sums[i], &rng));
    }
    sc_sum_open(total, y, 3, N_CELLS * STRIDE);
    CHECK(total[0] == 0 && total[1] == 0);
    CHECK(total[2] == 40 && total[3] == 40 && total[4] == 110);
    CHECK(total[STRIDE] != 0 && total[STRIDE + 1] != 0);
    CHECK(total[STRIDE + 2] != 43 && total[STRIDE + 4] != 180);
    CHECK(total[2 * STRIDE] == 0 && total[2 * STRIDE + 1] != 0);
    CHECK(total[2 * STRIDE + 2] == 40 && total[2 * STRIDE + 3] != 22);
    CHECK(total[2 * STRIDE + 6] == (sc_u128)13 - 40); /* of all rows */
}

/* All rows, and three filters over them; each row is in none, one or more.
 * Local sums: the four counts, then of pairs (1,2) (1,3) (2,3), then of rows in
 * any filter. All less a filter needs no sum of its own: that is the filter's. */
enum { D_SUPPORTS = 4, D_SUMS = 8, D_K = 5 };

static void count_rows(sc_i128 sums[D_SUMS], const unsigned n_of[8])
{
    memset(sums, 0, D_SUMS * sizeof *sums);
    for (unsigned in = 0; in < 8; in++) {
        unsigned a = in & 1, b = in >> 1 & 1, c = in >> 2 & 1;
        const unsigned counts[D_SUMS] = {1,     a,     b,     c,
                                         a & b, a & c, b & c, a | b | c};

        for (size_t i = 0; i < D_SUMS; i++) {
            sums[i] += (sc_i128)(counts[i] * n_of[in]);
        }
    }
}

static int is_few(sc_i128 n)
{
    return n >= 1 && n < D_K;
}

/* Whatever the sizes of the eight parts are: of what is shown, no two differ by
 * few rows, and all less the parts are not few. What nothing asks to hide is
 * shown. */
static void test_differences(void **unused)
{
    static const size_t joint[D_SUPPORTS][D_SUPPORTS] = {{0, 1, 2, 3},
                                                         {1, 1, 4, 5},
                                                         {2, 4, 2, 6},
                                                         {3, 5, 6, 3}};
    static size_t count_terms[D_SUPPORTS] = {0, 1, 2, 3}, parts[2] = {1, 2};
    static const sc_pred filters[3];
    static sc_i128 one = 1;
    sc_overlap overlaps[6];
    sc_margin margin = {0, parts, 2};
    sc_support s[D_SUPPORTS];
    sc_opened o[D_SUPPORTS];
    sc_local_sum local[D_SUMS] = {{.need = 0}};
    sc_plan p = {.supports = s,
                 .sums = local,
                 .n_supports = D_SUPPORTS,
                 .opened = o,
                 .n_opened = D_SUPPORTS,
                 .overlaps = overlaps,
                 .margins = &margin,
                 .n_margins = 1,
                 .min_group = D_K,
                 .n_cells = 1,
                 .n_sums = D_SUMS};
    sc_rng rng = sc_rng_system();
    size_t n_hidden = 0;

    (void)unused;
    for (size_t j = D_SUPPORTS; j-- > 0;) {
        local[j].filter = j == 0 ? NULL : &filters[j - 1];
        s[j] = (sc_support){.count = j,
                            .filter = local[j].filter,
                            .threshold = D_K};
        o[j] = (sc_opened){.support = j,
                           .n_terms = 1,
                           .terms = &count_terms[j],
                           .coefs = &one};
        for (size_t i = j; i-- > 0;) {
            overlaps[p.n_overlaps++] = (sc_overlap){i, j, joint[i][j]};
        }
    }
    for (unsigned seed = 0; seed < 6561; seed++) { /* 3^8: 0, 2 or 9 rows */
        unsigned n_of[8], left = seed;
        sc_u128 v[2 * D_SUPPORTS];
        sc_i128 sums[D_SUMS];
        int needs_none = 1;

        for (size_t i = 0; i < 8; i++, left /= 3) {
            n_of[i] = left % 3 == 0 ? 0 : left % 3 == 1 ? 2 : 9;
        }
        count_rows(sums, n_of);
        CHECK_OK(sc_plan_encode(&p, v, sums, &rng));
        for (size_t j = 0; j < D_SUPPORTS; j++) {
            n_hidden += v[j] != 0;
            needs_none &= !is_few(sums[j]);
            CHECK(v[j] != 0 || !is_few(sums[j]));
            CHECK(v[j] != 0 || v[D_SUPPORTS + j] == (sc_u128)sums[j]);
            for (size_t i = 0; i < j; i++) {
                int close = is_few(sums[i] - sums[joint[i][j]]) ||
                            is_few(sums[j] - sums[joint[i][j]]);

                needs_none &= !close;
                CHECK(v[i] != 0 || v[j] != 0 || !close);
            }
        }
        /* with any of the two parts that are shown */
        for (unsigned with = 0; with < 4; with++) {
            sc_i128 rest = sums[0] - ((with & 1) && v[1] == 0 ? sums[1] : 0) -
                           ((with & 2) && v[2] == 0 ? sums[2] : 0);

            CHECK(v[0] != 0 || !is_few(rest));
            needs_none &= !is_few(rest);
        }
        for (size_t j = 0; j < D_SUPPORTS && needs_none; j++) {
            CHECK(v[j] == 0);
        }
    }
    CHECK(n_hidden > 0);
}

static void test_no_randomness(void **unused)
{
    const sc_i128 sums[N_CELLS * N_SUMS] = {1, 1, 5, 20, 20, 5, 0, 0, 0};
    sc_u128 v[N_CELLS * STRIDE], tape[STRIDE] = {1, 2, 3};
    sc_rng rng = sc_rng_replay((sc_bytes){(const uint8_t *)tape, sizeof tape});
    sc_plan p = make_plan(10, 10);

    (void)unused;
    memset(v, 0xee, sizeof v);
    CHECK_ERR(SC_E_RNG, sc_plan_encode(&p, v, sums, &rng)); /* at cell 1 */
    CHECK_ZERO(v, sizeof v);
    memset(v, 0xee, sizeof v);
    sc_alloc_fail_at(1);
    CHECK_ERR(SC_E_MEM, sc_plan_encode(&p, v, sums, &rng));
    sc_alloc_fail_at(0);
    CHECK_ZERO(v, sizeof v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enough_rows),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_one_small_owner),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_no_randomness),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
