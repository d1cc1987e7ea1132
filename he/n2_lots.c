/* he/n2_lots.c: the functions of he/n2.h over the kernel of he/n2_lanes.h. */
#include "he/n2_lots.h"

#include <stdalign.h>
#include <string.h>

#include "base/mem.h"

#define MAX     SC_N2_MAX_LIMBS
#define LANES   SC_N2_LANES
#define MAX_LOT ((size_t)16 * SC_N2_LANES_MAX_DIGITS)
#define GROUP   ((size_t)SC_N2_PICK_LOTS)

/* Constants, the same in all lanes. */
enum {
    LOT_UNIT,  /* (1, 0) */
    LOT_ONE,   /* R mod N^2 */
    LOT_POWER, /* [j] R^2 * 2^(64*L*j) mod N^2 */
    N_LOTS = LOT_POWER + SC_N2_PIECES
};

/* ---- the modulus --------------------------------------------------------- */

static uint64_t *lot_of(const sc_n2_lots *lots, size_t which)
{
    return lots->constants + which * sc_n2_lanes_lot(&lots->lanes);
}

/* All lanes of lot `which` become the element of digits x, L words each. */
static void fill_lot(const sc_n2_lots *lots, size_t which, const uint64_t *x)
{
    const size_t L = lots->one->L, D = lots->lanes.D;
    uint64_t *lot = lot_of(lots, which);

    for (size_t i = 0; i < SC_N2_LANES; i++) {
        sc_n2_lanes_split(&lots->lanes, lot + i, SC_N2_LANES, x, L);
        sc_n2_lanes_split(&lots->lanes, lot + SC_N2_LANES * D + i, SC_N2_LANES,
                          x + L, L);
    }
}

/* By doubling 1: no division, for N may be secret. */
static void fill_constants(sc_n2_lots *lots)
{
    uint64_t x[2 * MAX] = {1};
    size_t bits = 0, next;
    sc_n2_work w;

    fill_lot(lots, LOT_UNIT, x);
    for (size_t which = LOT_ONE; which < N_LOTS; which++) {
        next = SC_N2_LANES_DIGIT_BITS * lots->lanes.D;
        if (which >= LOT_POWER) {
            next = 2 * next + 64 * lots->one->L * (which - LOT_POWER);
        }
        for (; bits < next; bits++) {
            sc_n2_one_add(lots->one, &w, x, x, x);
        }
        fill_lot(lots, which, x);
    }
    sc_wipe(x, sizeof x);
    sc_wipe(&w, sizeof w);
}

sc_err sc_n2_lots_new(sc_n2_lots **lots, const sc_n2_one *one)
{
    sc_n2_lots *made = sc_alloc_aligned(1, sizeof *made);
    sc_err err = SC_E_BUG;

    *lots = NULL;
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->one = one;
    sc_n2_lanes_init(&made->lanes, one->N, one->L);
    made->constants =
        sc_alloc_aligned(N_LOTS * sc_n2_lanes_lot(&made->lanes), 8);
    SC_REQUIRE(made->constants != NULL, SC_E_MEM);
    fill_constants(made);
    *lots = made;
    made = NULL;
    err = SC_OK;
out:
    sc_n2_lots_free(&made);
    return err;
}

void sc_n2_lots_free(sc_n2_lots **lots)
{
    if (*lots != NULL) {
        if ((*lots)->constants != NULL) {
            sc_wipe((*lots)->constants,
                    8 * N_LOTS * sc_n2_lanes_lot(&(*lots)->lanes));
        }
        sc_free((*lots)->constants);
        sc_wipe(*lots, sizeof **lots);
        sc_free(*lots);
        *lots = NULL;
    }
}

size_t sc_n2_lots_words(const sc_n2_lots *lots, size_t n)
{
    return (n + LANES - 1) / LANES * sc_n2_lanes_lot(&lots->lanes);
}

/* ---- a lot ------------------------------------------------------------------ */

static size_t lanes_of(size_t n, size_t first)
{
    return n - first < SC_N2_LANES ? n - first : SC_N2_LANES;
}

static void put_lanes(const sc_n2_lots *lots, uint64_t *out,
                      const uint64_t *made, size_t n)
{
    for (size_t row = 0; row < 2 * lots->lanes.D; row++) {
        memcpy(out + SC_N2_LANES * row, made + SC_N2_LANES * row, 8 * n);
    }
}

/* The lot of (x_i, 0) for n numbers of x_limbs words, of each the words from
 * `at` on, L at most. */
static void piece_lot(const sc_n2_lots *lots, uint64_t *lot, const uint64_t *x,
                      size_t x_limbs, size_t at, size_t n)
{
    const size_t len =
        x_limbs - at < lots->one->L ? x_limbs - at : lots->one->L;

    memset(lot, 0, 8 * sc_n2_lanes_lot(&lots->lanes));
    for (size_t i = 0; i < n; i++) {
        sc_n2_lanes_split(&lots->lanes, lot + i, SC_N2_LANES,
                          x + x_limbs * i + at, len);
    }
}

static void enter_lot(const sc_n2_lots *lots, uint64_t *out, const uint64_t *x,
                      size_t x_limbs, size_t n)
{
    alignas(64) uint64_t part[MAX_LOT];
    alignas(64) uint64_t sum[MAX_LOT];

    memset(sum, 0, sizeof sum);
    for (size_t j = 0; j * lots->one->L < x_limbs; j++) {
        piece_lot(lots, part, x, x_limbs, j * lots->one->L, n);
        sc_n2_lanes_mul(&lots->lanes, part, part, lot_of(lots, LOT_POWER + j),
                        1);
        sc_n2_lanes_add(&lots->lanes, sum, sum, part);
    }
    put_lanes(lots, out, sum, n);
    sc_wipe(part, sizeof part);
    sc_wipe(sum, sizeof sum);
}

/* The least residue of what a product with (1, 0) gives: c0 <= N, and c1 <= N +
 * 2^64 + 1, which is below 2N. */
static void settle(const sc_n2_lots *lots, sc_n2_work *w, uint64_t *digits,
                   const uint64_t *lot, size_t lane)
{
    const size_t L = lots->one->L, D = lots->lanes.D;
    uint64_t x[MAX + 1], top, e;

    sc_n2_lanes_join(&lots->lanes, x, L + 1, lot + lane, SC_N2_LANES);
    memcpy(digits, x, 8 * L);
    top = x[L];
    e = sc_n2_one_take_off(lots->one, w, digits, &top);
    sc_n2_lanes_join(&lots->lanes, x, L + 1, lot + SC_N2_LANES * D + lane,
                     SC_N2_LANES);
    memcpy(digits + L, x, 8 * L);
    top = x[L] + sc_n2_add_bit(digits + L, L, e);
    (void)sc_n2_one_take_off(lots->one, w, digits + L, &top);
    sc_wipe(x, sizeof x);
}

static void leave_lot(const sc_n2_lots *lots, uint64_t *digits,
                      const uint64_t *a, size_t n)
{
    alignas(64) uint64_t made[MAX_LOT];
    sc_n2_work w;

    sc_n2_lanes_mul(&lots->lanes, made, a, lot_of(lots, LOT_UNIT), 1);
    for (size_t i = 0; i < n; i++) {
        settle(lots, &w, digits + 2 * lots->one->L * i, made, i);
    }
    sc_wipe(made, sizeof made);
    sc_wipe(&w, sizeof w);
}

/* (1 + m*N)*R = R + (m*R mod N)*N, and m*R mod N is the first digit of m. */
static void one_plus_lot(const sc_n2_lots *lots, uint64_t *out,
                         const uint64_t *m, size_t n)
{
    const size_t half = SC_N2_LANES * lots->lanes.D;
    alignas(64) uint64_t made[MAX_LOT];

    piece_lot(lots, made, m, lots->one->L, 0, n);
    sc_n2_lanes_mul(&lots->lanes, made, made, lot_of(lots, LOT_POWER), 1);
    memcpy(made + half, made, 8 * half);
    memset(made, 0, 8 * half);
    sc_n2_lanes_add(&lots->lanes, made, made, lot_of(lots, LOT_ONE));
    put_lanes(lots, out, made, n);
    sc_wipe(made, sizeof made);
}

void sc_n2_lots_mul(const sc_n2_lots *lots, uint64_t *c, const uint64_t *a,
                    const uint64_t *b, size_t n)
{
    sc_n2_lots_sqr_mul(lots, c, a, 0, b, n);
}

void sc_n2_lots_sqr(const sc_n2_lots *lots, uint64_t *c, const uint64_t *a,
                    size_t n)
{
    const size_t whole = n / SC_N2_LANES, rest = n % SC_N2_LANES;
    const size_t at = whole * sc_n2_lanes_lot(&lots->lanes);
    alignas(64) uint64_t last[MAX_LOT];

    if (rest > 0) {
        sc_n2_lanes_sqr(&lots->lanes, last, a + at, 1);
    }
    sc_n2_lanes_sqr(&lots->lanes, c, a, whole);
    if (rest > 0) {
        put_lanes(lots, c + at, last, rest);
        sc_wipe(last, sizeof last);
    }
}

void sc_n2_lots_sqr_mul(const sc_n2_lots *lots, uint64_t *c, const uint64_t *a,
                        size_t times, const uint64_t *b, size_t n)
{
    const size_t whole = n / SC_N2_LANES, rest = n % SC_N2_LANES;
    const size_t at = whole * sc_n2_lanes_lot(&lots->lanes);
    alignas(64) uint64_t last[MAX_LOT];

    if (rest > 0) {
        sc_n2_lanes_sqr_mul(&lots->lanes, last, a + at, times, b + at, 1);
    }
    sc_n2_lanes_sqr_mul(&lots->lanes, c, a, times, b, whole);
    if (rest > 0) {
        put_lanes(lots, c + at, last, rest);
        sc_wipe(last, sizeof last);
    }
}

void sc_n2_lots_enter(const sc_n2_lots *lots, uint64_t *out, const uint64_t *x,
                      size_t x_limbs, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        enter_lot(lots, out + sc_n2_lots_words(lots, i), x + x_limbs * i,
                  x_limbs, lanes_of(n, i));
    }
}

void sc_n2_lots_leave(const sc_n2_lots *lots, uint64_t *digits,
                      const uint64_t *a, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        leave_lot(lots, digits + 2 * lots->one->L * i,
                  a + sc_n2_lots_words(lots, i), lanes_of(n, i));
    }
}

void sc_n2_lots_one_plus(const sc_n2_lots *lots, uint64_t *out,
                         const uint64_t *m, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        one_plus_lot(lots, out + sc_n2_lots_words(lots, i),
                     m + lots->one->L * i, lanes_of(n, i));
    }
}

/* ---- a table for each element ---------------------------------------------- */

void sc_n2_lots_select(const sc_n2_lots *lots, uint64_t *out,
                       const uint64_t *table, size_t n_entries,
                       const uint32_t *which, size_t n)
{
    const size_t step = sc_n2_lots_words(lots, n);
    const size_t lot = sc_n2_lanes_lot(&lots->lanes);
    alignas(64) uint64_t made[MAX_LOT];
    uint32_t all[LANES];

    for (size_t i = 0; i < n; i += LANES) {
        const size_t count = lanes_of(n, i);

        memset(all, 0, sizeof all);
        memcpy(all, which + i, count * sizeof *all);
        sc_n2_lanes_select(&lots->lanes, count == LANES ? out : made, table,
                           step, n_entries, all);
        if (count < LANES) {
            put_lanes(lots, out, made, count);
            sc_wipe(made, 8 * lot);
        }
        table += lot;
        out += lot;
    }
    sc_wipe(all, sizeof all);
}

/* ---- a table for all --------------------------------------------------------
 *
 * 2*D rows of n_entries words, of each entry the digits of its residue and of
 * its logarithm times R^2. A sum of logarithms is a row of columns for each
 * digit, 64 bits wide, whose carries are not done. */

size_t sc_n2_lots_table_words(const sc_n2_lots *lots, size_t n_entries)
{
    return 2 * lots->lanes.D * sc_n2_lanes_row(n_entries);
}

size_t sc_n2_lots_log_words(const sc_n2_lots *lots, size_t n)
{
    return sc_n2_lots_words(lots, n) / 2;
}

/* With digits (a0, a1) of a*R and (b0, b1) of R/a: the logarithm is a1/a0 mod N,
 * and 1/a0 = b0/R^2. */
void sc_n2_lots_table_put(const sc_n2_lots *lots, uint64_t *tables,
                          size_t n_entries, size_t at, const uint64_t *a,
                          const uint64_t *inverses, size_t n)
{
    const size_t half = LANES * lots->lanes.D;
    const size_t row = sc_n2_lanes_row(n_entries);
    alignas(64) uint64_t log[MAX_LOT];

    SC_ASSERT(n <= LANES);
    memset(log, 0, 8 * half);
    memcpy(log + half, a + half, 8 * half);
    sc_n2_lanes_mul(&lots->lanes, log, log, inverses, 1); /* a1*b0/R */
    memset(log, 0, 8 * half);
    sc_n2_lanes_mul(&lots->lanes, log, log, lot_of(lots, LOT_POWER), 1);
    for (size_t i = 0; i < n; i++) {
        uint64_t *to = tables + sc_n2_lots_table_words(lots, n_entries) * i;

        for (size_t d = 0; d < lots->lanes.D; d++) {
            to[row * d + at] = a[LANES * d + i];
            to[row * (lots->lanes.D + d) + at] = log[half + LANES * d + i];
        }
    }
}

/* a *= x. */
static void mul_digit(const sc_n2_lots *lots, uint64_t *a, const uint64_t *x,
                      size_t n)
{
    const size_t whole = n / LANES, rest = n % LANES;
    const size_t lot = sc_n2_lanes_lot(&lots->lanes);
    alignas(64) uint64_t last[MAX_LOT];

    sc_n2_lanes_mul_digit(&lots->lanes, a, a, x, whole);
    if (rest > 0) {
        a += lot * whole;
        sc_n2_lanes_mul_digit(&lots->lanes, last, a, x + lot / 2 * whole, 1);
        put_lanes(lots, a, last, rest);
        sc_wipe(last, sizeof last);
    }
}

void sc_n2_lots_table_mul(const sc_n2_lots *lots, uint64_t *a, uint64_t *logs,
                          const uint64_t *table, size_t n_entries,
                          const uint32_t *which, size_t n)
{
    const size_t lot = sc_n2_lanes_lot(&lots->lanes);
    alignas(64) uint64_t residues[GROUP * MAX_LOT / 2];
    uint32_t all[GROUP * LANES];

    for (size_t i = 0; i < n; i += GROUP * LANES) {
        const size_t count = n - i < GROUP * LANES ? n - i : GROUP * LANES;
        const size_t n_lots = (count + LANES - 1) / LANES;

        memset(all, 0, sizeof all);
        memcpy(all, which + i, count * sizeof *all);
        sc_n2_lanes_pick(&lots->lanes, residues, logs, table, n_entries, all,
                         n_lots);
        mul_digit(lots, a, residues, count);
        a += lot * n_lots;
        logs += lot / 2 * n_lots;
    }
    sc_wipe(residues, 8 * GROUP * (lot / 2));
    sc_wipe(all, sizeof all);
}

void sc_n2_lots_add_logs(const sc_n2_lots *lots, uint64_t *a,
                         const uint64_t *logs, size_t n)
{
    const size_t half = LANES * lots->lanes.D;
    alignas(64) uint64_t power[MAX_LOT];

    for (size_t i = 0; i < n; i += LANES) {
        memset(power, 0, 8 * half);
        sc_n2_lanes_fold(&lots->lanes, power + half, logs);
        sc_n2_lanes_add(&lots->lanes, power, power, lot_of(lots, LOT_ONE));
        sc_n2_lots_mul(lots, a, a, power, lanes_of(n, i));
        a += 2 * half;
        logs += half;
    }
    sc_wipe(power, sizeof power);
}
