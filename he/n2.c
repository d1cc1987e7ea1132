/* he/n2.c: the product of two-digit numbers, by GMP's mpn functions or, where the
 * machine can, eight at a time (n2_lanes.h).
 *
 * Let A = A0 + A1*N and B = B0 + B1*N, digits in [0, N), N < R = 2^(64*L), L the
 * words of N (the lanes have an R and bounds of their own). The product in
 * internal form is C = A*B/R mod N^2. As N^2 = 0,
 *     A*B = A0*B0 + (A0*B1 + A1*B0) * N.
 * Montgomery's reduction of the first product finds m in [0, R) with
 *     A0*B0 + m*N = c0*R,                                              (1)
 * so that A0*B0 = c0*R - m*N, and the quotient m goes into the second digit:
 *     A*B   = c0*R + (A0*B1 + A1*B0 - m) * N
 *     A*B/R = c0   + ((A0*B1 + A1*B0 - m) / R mod N) * N.              (2)
 * Only the class mod N of what stands before N counts, so the second digit is
 * one more reduction mod N. Five products of L words, none of 2*L.
 *
 * Bounds. A0 may be any number below R (sc_n2_enter needs that), B0, A1 and B1
 * are below N.
 *   c0: by (1), c0 <= ((R-1)*(N-1) + (R-1)*N) / R < 2N. One subtraction of N
 *       brings it into [0, N); it is worth 1 in the second digit, e in {0, 1}.
 *   T = A0*B1 + A1*B0 + e*R <= (R-1)*(N-1) + (N-1)^2 + R
 *       = R*N + N^2 - 3N + 2 <= R*N + N*(R-1) - 3N + 2 < 2*N*R.
 *       One subtraction of N*R, which is 0 mod N, brings it into [0, N*R).
 *   D = T - m > -R. Reduction finds k in [0, R) with D + k*N = c1*R:
 *       c1*R > -R, and c1 is whole, so c1 >= 0;
 *       c1*R <= N*R - 1 + (R-1)*N < 2*N*R, so c1 <= 2N - 1.
 *       One subtraction of N brings it into [0, N).
 * e*R stands in T for the e that (2)'s second digit gains, as e*R/R = e. So C's
 * digits are those of its least residue, and the form is unique. In words, T is
 * T1*R + T0; the low half of D is T0 - m with a borrow d in {0, 1}, and
 *     c1 = (T1 + what the reduction carries into it) - d
 * is not negative, while T1 - d may be: so d comes off last.
 *
 * Squaring: A0^2 and 2*A0*A1. A number x goes in as the sum of its pieces of L
 * words, sum x_j * R^j: (x_j, 0) times R^(j+2) is x_j * R^j in internal form. It
 * comes out by a product with (1, 0).
 *
 * mpn_cnd_sub_n is one of GMP's functions for secrets; those stand on
 * mpn_addmul_1, mpn_add_n and mpn_sub_n, which are loops over all words too. No
 * mpz_ and no mpn_mul_n, which look at their operands. */
#include "he/n2.h"

#include <assert.h>
#include <gmp.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/n2_lanes.h"
#include "he/product.h"
#include "he/words.h"

#define MAX      SC_N2_MAX_LIMBS
#define N_PIECES 4 /* of what sc_n2_enter takes: c < n^2 for p^2 < n has 4 */

static_assert(sizeof(mp_limb_t) == sizeof(uint64_t) && GMP_NAIL_BITS == 0,
              "GMP's words are ours");

struct sc_n2 {
    size_t L;
    uint64_t neg_inv; /* -1/N mod 2^64 */
    uint64_t N[MAX];
    uint64_t power[N_PIECES][2 * MAX]; /* [j] R^(j+2) mod N^2: A0, A1 */
    uint64_t one[2 * MAX];             /* R mod N^2: 1 in internal form */
    sc_n2_lanes *lanes;                /* NULL: one at a time */
    uint64_t *lots;                    /* of lanes: LOT_... */
};

/* Constants of the lanes, the same in all eight. */
enum {
    LOT_UNIT,  /* (1, 0) */
    LOT_ONE,   /* R mod N^2 */
    LOT_POWER, /* [j] R^2 * 2^(64*L*j) mod N^2 */
    N_LOTS = LOT_POWER + N_PIECES
};

/* What one product needs; wiped once behind all of a call. */
typedef struct {
    uint64_t s[2 * MAX], t[2 * MAX], m[MAX], c0[MAX];
    uint64_t carry[MAX], less[MAX];
    uint64_t itch[SC_WORDS_ITCH(MAX)];
} work;

/* ---- mod N --------------------------------------------------------------- */

/* x += bit; the carry. */
static uint64_t add_bit(uint64_t *x, size_t L, uint64_t bit)
{
    for (size_t i = 0; i < L; i++) {
        x[i] += bit;
        bit = x[i] < bit;
    }
    return bit;
}

static uint64_t sub_bit(uint64_t *x, size_t L, uint64_t bit)
{
    for (size_t i = 0; i < L; i++) {
        uint64_t was = x[i];

        x[i] = was - bit;
        bit = was < bit;
    }
    return bit;
}

/* x + top*R less N if that is not negative; *top is what is left above x, 0 or
 * 1. Returns 1 if N was taken off. */
static uint64_t take_off(const sc_n2 *n2, work *w, uint64_t *x, uint64_t *top)
{
    const mp_size_t L = (mp_size_t)n2->L;
    uint64_t is_less = mpn_sub_n(w->less, x, n2->N, L);
    uint64_t enough = *top | (is_less ^ 1);

    *top -= enough & is_less; /* the borrow */
    mpn_cnd_sub_n(enough, x, x, n2->N, L);
    return enough;
}

/* t = t0 + t1*R: the quotient goes to m, and t0 + m*N = 0 mod R; what is to be
 * added to t1 is written over t0. */
static void quotient(const sc_n2 *n2, uint64_t *m, uint64_t *t)
{
    const mp_size_t L = (mp_size_t)n2->L;

    for (size_t i = 0; i < n2->L; i++) {
        m[i] = t[i] * n2->neg_inv;
        t[i] = mpn_addmul_1(t + i, n2->N, L, m[i]);
    }
}

/* out = a*b, with L words each. */
static void mul(const sc_n2 *n2, work *w, uint64_t *out, const uint64_t *a,
                const uint64_t *b)
{
    sc_words_mul(out, a, b, n2->L, w->itch);
}

/* c = (a*b)/R mod N, in [0, N), for t = a*b < N*R; *top 1 if N came off. */
static uint64_t reduce(const sc_n2 *n2, work *w, uint64_t *c, uint64_t *t)
{
    const size_t L = n2->L;
    uint64_t top;

    quotient(n2, w->m, t);
    top = mpn_add_n(c, t + L, t, (mp_size_t)L);
    return take_off(n2, w, c, &top);
}

/* ---- mod N^2 ------------------------------------------------------------- */

/* The product from s = A0*B0 and t + top*R^2 = A0*B1 + A1*B0: the essay. */
static void join(const sc_n2 *n2, work *w, uint64_t *C, uint64_t top)
{
    const mp_size_t L = (mp_size_t)n2->L;
    uint64_t *t = w->t, *c1 = C + L, e, d;

    e = reduce(n2, w, C, w->s); /* c0; its quotient is in w->m */
    top += add_bit(t + L, n2->L, e);
    (void)take_off(n2, w, t + L, &top); /* T < N*R */
    d = mpn_sub_n(t, t, w->m, L);       /* D */
    quotient(n2, w->m, t);
    top = mpn_add_n(c1, t + L, t, L);
    top -= sub_bit(c1, n2->L, d);
    (void)take_off(n2, w, c1, &top);
}

static void mul_one(const sc_n2 *n2, work *w, uint64_t *C, const uint64_t *A,
                    const uint64_t *B)
{
    const size_t L = n2->L;
    uint64_t top;

    mul(n2, w, w->t, A, B + L);
    mul(n2, w, w->s, A + L, B);
    top = mpn_add_n(w->t, w->t, w->s, 2 * (mp_size_t)L);
    mul(n2, w, w->s, A, B);
    join(n2, w, C, top);
}

static void sqr_one(const sc_n2 *n2, work *w, uint64_t *C, const uint64_t *A)
{
    const size_t L = n2->L;
    uint64_t top;

    mul(n2, w, w->t, A, A + L);
    top = mpn_add_n(w->t, w->t, w->t, 2 * (mp_size_t)L);
    sc_words_sqr(w->s, A, L, w->itch);
    join(n2, w, C, top);
}

/* C = A + B mod N^2; digits in [0, N). */
static void add_one(const sc_n2 *n2, work *w, uint64_t *C, const uint64_t *A,
                    const uint64_t *B)
{
    const mp_size_t L = (mp_size_t)n2->L;
    uint64_t top = mpn_add_n(C, A, B, L);
    uint64_t e = take_off(n2, w, C, &top);

    top = mpn_add_n(C + L, A + L, B + L, L);
    top += add_bit(C + L, (size_t)L, e); /* at most 2N - 1 */
    (void)take_off(n2, w, C + L, &top);
}

/* ---- the modulus --------------------------------------------------------- */

/* -1/N mod 2^64, by Newton: x = N is right to 3 bits, each step doubles them. */
static uint64_t neg_inverse(uint64_t N)
{
    uint64_t x = N;

    for (size_t bits = 3; bits < 64; bits *= 2) {
        x *= 2 - N * x;
    }
    return 0 - x;
}

/* R^(j+2) by doubling 1: no division, for N may be secret. */
static void fill_powers(sc_n2 *n2, work *w)
{
    uint64_t x[2 * MAX] = {1};

    for (size_t i = 0; i < 128 * n2->L; i++) {
        if (i == 64 * n2->L) {
            memcpy(n2->one, x, sizeof x);
        }
        add_one(n2, w, x, x, x);
    }
    memcpy(n2->power[0], x, sizeof x);
    for (size_t j = 1; j < N_PIECES; j++) {
        mul_one(n2, w, n2->power[j], n2->power[j - 1], n2->power[0]);
    }
    sc_wipe(x, sizeof x);
}

static uint64_t *lot_of(const sc_n2 *n2, size_t which)
{
    return n2->lots + which * sc_n2_lanes_lot(n2->lanes);
}

/* All lanes of lot `which` become the element of digits x, L words each. */
static void fill_lot(const sc_n2 *n2, size_t which, const uint64_t *x)
{
    const size_t L = n2->L, D = n2->lanes->D;
    uint64_t *lot = lot_of(n2, which);

    for (size_t i = 0; i < SC_N2_LANES; i++) {
        sc_n2_lanes_split(n2->lanes, lot + i, SC_N2_LANES, x, L);
        sc_n2_lanes_split(n2->lanes, lot + SC_N2_LANES * D + i, SC_N2_LANES,
                          x + L, L);
    }
}

/* By doubling 1, as fill_powers does. */
static sc_err open_lanes(sc_n2 *n2, work *w)
{
    uint64_t x[2 * MAX] = {1};
    size_t bits = 0, next;
    sc_err err = SC_E_BUG;

    n2->lanes = sc_alloc(1, sizeof *n2->lanes);
    SC_REQUIRE(n2->lanes != NULL, SC_E_MEM);
    sc_n2_lanes_init(n2->lanes, n2->N, n2->L);
    n2->lots = sc_alloc(N_LOTS * sc_n2_lanes_lot(n2->lanes), 8);
    SC_REQUIRE(n2->lots != NULL, SC_E_MEM);
    fill_lot(n2, LOT_UNIT, x);
    for (size_t which = LOT_ONE; which < N_LOTS; which++) {
        next = SC_N2_LANES_DIGIT_BITS * n2->lanes->D;
        if (which >= LOT_POWER) {
            next = 2 * next + 64 * n2->L * (which - LOT_POWER);
        }
        for (; bits < next; bits++) {
            add_one(n2, w, x, x, x);
        }
        fill_lot(n2, which, x);
    }
    err = SC_OK;
out:
    sc_wipe(x, sizeof x);
    return err;
}

sc_err sc_n2_new(sc_n2 **n2, const uint64_t *N, size_t n_limbs)
{
    sc_err err = SC_E_BUG;
    uint64_t is_bad;
    sc_n2 *made = NULL;
    work w;

    *n2 = NULL;
    if (n_limbs == 0 || n_limbs > MAX) {
        return SC_E_ARG;
    }
    is_bad = (N[0] & 1) ^ 1;
    is_bad |= sc_mask_equal(N[n_limbs - 1], 0);
    is_bad |= sc_mask_equal(N[n_limbs - 1], 1) & sc_mask_equal(n_limbs, 1);
    SC_CT_PUBLIC(&is_bad, sizeof is_bad); /* no modulus of ours is any of it */
    if (is_bad != 0) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->L = n_limbs;
    memcpy(made->N, N, 8 * n_limbs);
    made->neg_inv = neg_inverse(N[0]);
    fill_powers(made, &w);
    if (n_limbs >= SC_N2_LANES_MIN_LIMBS && sc_n2_lanes_are_here()) {
        SC_TRY(open_lanes(made, &w));
    }
    *n2 = made;
    made = NULL;
    err = SC_OK;
out:
    sc_wipe(&w, sizeof w);
    sc_n2_free(&made);
    return err;
}

void sc_n2_free(sc_n2 **n2)
{
    if (*n2 != NULL) {
        if ((*n2)->lots != NULL) {
            sc_wipe((*n2)->lots, 8 * N_LOTS * sc_n2_lanes_lot((*n2)->lanes));
        }
        if ((*n2)->lanes != NULL) {
            sc_wipe((*n2)->lanes, sizeof *(*n2)->lanes);
        }
        sc_free((*n2)->lots);
        sc_free((*n2)->lanes);
        sc_wipe(*n2, sizeof **n2);
        sc_free(*n2);
        *n2 = NULL;
    }
}

size_t sc_n2_limbs(const sc_n2 *n2)
{
    return n2->L;
}

const uint64_t *sc_n2_modulus(const sc_n2 *n2)
{
    return n2->N;
}

size_t sc_n2_words(const sc_n2 *n2, size_t n)
{
    return n2->lanes == NULL ? 2 * n2->L * n
                             : (n + SC_N2_LANES - 1) / SC_N2_LANES *
                                   sc_n2_lanes_lot(n2->lanes);
}

/* ---- a lot of lanes -------------------------------------------------------
 *
 * Functions on n elements go lot by lot; of the last one only the lanes that are
 * asked for are written. */

#define MAX_LOT ((size_t)16 * SC_N2_LANES_MAX_DIGITS)

static size_t lanes_of(size_t n, size_t first)
{
    return n - first < SC_N2_LANES ? n - first : SC_N2_LANES;
}

static void put_lanes(const sc_n2 *n2, uint64_t *out, const uint64_t *made,
                      size_t n)
{
    for (size_t row = 0; row < 2 * n2->lanes->D; row++) {
        memcpy(out + SC_N2_LANES * row, made + SC_N2_LANES * row, 8 * n);
    }
}

/* The lot of (x_i, 0) for n numbers of x_limbs words, of each the words from
 * `at` on, L at most. */
static void piece_lot(const sc_n2 *n2, uint64_t *lot, const uint64_t *x,
                      size_t x_limbs, size_t at, size_t n)
{
    const size_t len = x_limbs - at < n2->L ? x_limbs - at : n2->L;

    memset(lot, 0, 8 * sc_n2_lanes_lot(n2->lanes));
    for (size_t i = 0; i < n; i++) {
        sc_n2_lanes_split(n2->lanes, lot + i, SC_N2_LANES, x + x_limbs * i + at,
                          len);
    }
}

static void enter_lot(const sc_n2 *n2, uint64_t *out, const uint64_t *x,
                      size_t x_limbs, size_t n)
{
    uint64_t part[MAX_LOT], sum[MAX_LOT];

    memset(sum, 0, sizeof sum);
    for (size_t j = 0; j * n2->L < x_limbs; j++) {
        piece_lot(n2, part, x, x_limbs, j * n2->L, n);
        sc_n2_lanes_mul(n2->lanes, part, part, lot_of(n2, LOT_POWER + j), 1);
        sc_n2_lanes_add(n2->lanes, sum, sum, part);
    }
    put_lanes(n2, out, sum, n);
    sc_wipe(part, sizeof part);
    sc_wipe(sum, sizeof sum);
}

/* The least residue of what a product with (1, 0) gives: c0 <= N, c1 <= N + 1. */
static void settle(const sc_n2 *n2, work *w, uint64_t *digits,
                   const uint64_t *lot, size_t lane)
{
    const size_t L = n2->L, D = n2->lanes->D;
    uint64_t x[MAX + 1], top, e;

    sc_n2_lanes_join(n2->lanes, x, L + 1, lot + lane, SC_N2_LANES);
    memcpy(digits, x, 8 * L);
    top = x[L];
    e = take_off(n2, w, digits, &top);
    sc_n2_lanes_join(n2->lanes, x, L + 1, lot + SC_N2_LANES * D + lane,
                     SC_N2_LANES);
    memcpy(digits + L, x, 8 * L);
    top = x[L] + add_bit(digits + L, L, e);
    (void)take_off(n2, w, digits + L, &top);
    sc_wipe(x, sizeof x);
}

static void leave_lot(const sc_n2 *n2, uint64_t *digits, const uint64_t *a,
                      size_t n)
{
    uint64_t made[MAX_LOT];
    work w;

    sc_n2_lanes_mul(n2->lanes, made, a, lot_of(n2, LOT_UNIT), 1);
    for (size_t i = 0; i < n; i++) {
        settle(n2, &w, digits + 2 * n2->L * i, made, i);
    }
    sc_wipe(made, sizeof made);
    sc_wipe(&w, sizeof w);
}

/* (1 + m*N)*R = R + (m*R mod N)*N, and m*R mod N is the first digit of m. */
static void one_plus_lot(const sc_n2 *n2, uint64_t *out, const uint64_t *m,
                         size_t n)
{
    const size_t half = SC_N2_LANES * n2->lanes->D;
    uint64_t made[MAX_LOT];

    piece_lot(n2, made, m, n2->L, 0, n);
    sc_n2_lanes_mul(n2->lanes, made, made, lot_of(n2, LOT_POWER), 1);
    memcpy(made + half, made, 8 * half);
    memset(made, 0, 8 * half);
    sc_n2_lanes_add(n2->lanes, made, made, lot_of(n2, LOT_ONE));
    put_lanes(n2, out, made, n);
    sc_wipe(made, sizeof made);
}

static void mul_lots(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, size_t n)
{
    const size_t whole = n / SC_N2_LANES, rest = n % SC_N2_LANES;
    const size_t at = whole * sc_n2_lanes_lot(n2->lanes);
    uint64_t last[MAX_LOT];

    if (rest > 0) {
        sc_n2_lanes_mul(n2->lanes, last, a + at, b + at, 1);
    }
    sc_n2_lanes_mul(n2->lanes, c, a, b, whole);
    if (rest > 0) {
        put_lanes(n2, c + at, last, rest);
        sc_wipe(last, sizeof last);
    }
}

static void sqr_lots(const sc_n2 *n2, uint64_t *c, const uint64_t *a, size_t n)
{
    const size_t whole = n / SC_N2_LANES, rest = n % SC_N2_LANES;
    const size_t at = whole * sc_n2_lanes_lot(n2->lanes);
    uint64_t last[MAX_LOT];

    if (rest > 0) {
        sc_n2_lanes_sqr(n2->lanes, last, a + at, 1);
    }
    sc_n2_lanes_sqr(n2->lanes, c, a, whole);
    if (rest > 0) {
        put_lanes(n2, c + at, last, rest);
        sc_wipe(last, sizeof last);
    }
}

typedef void select_call(const sc_n2_lanes *k, uint64_t *out,
                         const uint64_t *table, size_t n_entries,
                         const uint32_t *which);

static void select_lot(const sc_n2 *n2, select_call *call, uint64_t *out,
                       const uint64_t *table, size_t n_entries,
                       const uint32_t *which, size_t n)
{
    uint32_t all[SC_N2_LANES] = {0};
    uint64_t made[MAX_LOT];

    memcpy(all, which, n * sizeof *all);
    call(n2->lanes, made, table, n_entries, all);
    put_lanes(n2, out, made, n);
    sc_wipe(made, sizeof made);
    sc_wipe(all, sizeof all);
}

/* ---- into the internal form and out of it -------------------------------- */

static void enter_one(const sc_n2 *n2, work *w, uint64_t *C, const uint64_t *x,
                      size_t x_limbs)
{
    const size_t L = n2->L;
    uint64_t piece[2 * MAX] = {0}, part[2 * MAX], sum[2 * MAX] = {0};

    for (size_t j = 0; j * L < x_limbs; j++) {
        size_t len = x_limbs - j * L < L ? x_limbs - j * L : L;

        memset(piece, 0, 8 * L);
        memcpy(piece, x + j * L, 8 * len);
        mul_one(n2, w, part, piece, n2->power[j]);
        add_one(n2, w, sum, sum, part);
    }
    memcpy(C, sum, 16 * L);
    sc_wipe(piece, sizeof piece);
    sc_wipe(part, sizeof part);
    sc_wipe(sum, sizeof sum);
}

void sc_n2_enter(const sc_n2 *n2, uint64_t *out, const uint64_t *x,
                 size_t x_limbs, size_t n)
{
    work w;

    SC_ASSERT(x_limbs <= N_PIECES * n2->L);
    for (size_t i = 0; n2->lanes != NULL && i < n; i += SC_N2_LANES) {
        enter_lot(n2, out + sc_n2_words(n2, i), x + x_limbs * i, x_limbs,
                  lanes_of(n, i));
    }
    for (size_t i = 0; n2->lanes == NULL && i < n; i++) {
        enter_one(n2, &w, out + 2 * n2->L * i, x + x_limbs * i, x_limbs);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_leave(const sc_n2 *n2, uint64_t *digits, const uint64_t *a, size_t n)
{
    const uint64_t one[2 * MAX] = {1};
    const size_t size = 2 * n2->L;
    work w;

    for (size_t i = 0; n2->lanes != NULL && i < n; i += SC_N2_LANES) {
        leave_lot(n2, digits + size * i, a + sc_n2_words(n2, i),
                  lanes_of(n, i));
    }
    for (size_t i = 0; n2->lanes == NULL && i < n; i++) {
        mul_one(n2, &w, digits + size * i, a + size * i, one);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_value(const sc_n2 *n2, uint64_t *x, const uint64_t *a, size_t n)
{
    const size_t L = n2->L;
    uint64_t digits[2 * MAX];
    work w;

    sc_n2_leave(n2, x, a, n);
    for (size_t i = 0; i < n; i++) {
        uint64_t *to = x + 2 * L * i;
        uint64_t carry;

        memcpy(digits, to, 16 * L);
        mul(n2, &w, to, digits + L, n2->N);
        carry = mpn_add_n(to, to, digits, (mp_size_t)L);
        (void)add_bit(to + L, L, carry); /* a0 + a1*N < N^2 */
    }
    sc_wipe(digits, sizeof digits);
    sc_wipe(&w, sizeof w);
}

void sc_n2_one_plus(const sc_n2 *n2, uint64_t *out, const uint64_t *m, size_t n)
{
    const size_t L = n2->L;
    uint64_t digit[MAX];
    work w;

    for (size_t i = 0; n2->lanes != NULL && i < n; i += SC_N2_LANES) {
        one_plus_lot(n2, out + sc_n2_words(n2, i), m + L * i, lanes_of(n, i));
    }
    for (size_t i = 0; n2->lanes == NULL && i < n; i++) { /* as one_plus_lot */
        uint64_t *C = out + 2 * L * i, top;

        sc_n2_digit_enter(n2, digit, m + L * i, 1);
        memcpy(C, n2->one, 16 * L);
        top = mpn_add_n(C + L, C + L, digit, (mp_size_t)L);
        (void)take_off(n2, &w, C + L, &top);
    }
    sc_wipe(digit, sizeof digit);
    sc_wipe(&w, sizeof w);
}

/* ---- operations ---------------------------------------------------------- */

void sc_n2_mul(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
               const uint64_t *b, size_t n)
{
    const size_t size = 2 * n2->L;
    work w;

    if (n2->lanes != NULL) {
        mul_lots(n2, c, a, b, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        mul_one(n2, &w, c + size * i, a + size * i, b + size * i);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_sqr(const sc_n2 *n2, uint64_t *c, const uint64_t *a, size_t n)
{
    const size_t size = 2 * n2->L;
    work w;

    if (n2->lanes != NULL) {
        sqr_lots(n2, c, a, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sqr_one(n2, &w, c + size * i, a + size * i);
    }
    sc_wipe(&w, sizeof w);
}

/* Two words at once, which every x86-64 and arm64 can. */
typedef uint64_t pair __attribute__((vector_size(16), aligned(8), may_alias));

#define COLUMNS 16 /* words of an element that are summed together: 8 pairs */

/* out = COLUMNS words of the entry whose mask is all ones. Written out, for the
 * sums are to stay in registers. */
static void scan_columns(uint64_t *out, const uint64_t *table, size_t step,
                         const pair *mask, size_t n_entries)
{
    pair a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0};
    pair *to = (pair *)out;

    for (size_t i = 0; i < n_entries; i++) {
        const pair *x = (const pair *)(table + step * i), m = mask[i];

        a |= x[0] & m;
        b |= x[1] & m;
        c |= x[2] & m;
        d |= x[3] & m;
        e |= x[4] & m;
        f |= x[5] & m;
        g |= x[6] & m;
        h |= x[7] & m;
    }
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
    to[4] = e;
    to[5] = f;
    to[6] = g;
    to[7] = h;
}

/* out = the which-th of n_entries elements that lie step words apart. */
static void scan(uint64_t *out, const uint64_t *table, size_t size, size_t step,
                 size_t n_entries, uint64_t which)
{
    pair mask[SC_N2_MAX_ENTRIES];
    size_t at = 0;

    for (size_t e = 0; e < n_entries; e++) {
        uint64_t m = sc_mask_equal(e, which);

        mask[e] = (pair){m, m};
    }
    for (; at + COLUMNS <= size; at += COLUMNS) {
        scan_columns(out + at, table + at, step, mask, n_entries);
    }
    for (; at < size; at++) {
        out[at] = 0;
        for (size_t e = 0; e < n_entries; e++) {
            out[at] |= table[step * e + at] & mask[e][0];
        }
    }
    sc_wipe(mask, sizeof *mask * n_entries);
}

void sc_n2_select(const sc_n2 *n2, uint64_t *out, const uint64_t *table,
                  size_t n_entries, const uint32_t *which, size_t n)
{
    const size_t size = 2 * n2->L;

    SC_ASSERT(n_entries <= SC_N2_MAX_ENTRIES && n <= SC_N2_LANES);
    if (n2->lanes != NULL) {
        select_lot(n2, sc_n2_lanes_select, out, table, n_entries, which, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        scan(out + size * i, table + size * i, size, size * n, n_entries,
             which[i]);
    }
}

size_t sc_n2_shared_words(const sc_n2 *n2, size_t n_entries)
{
    return (n2->lanes == NULL ? 2 * n2->L : 2 * n2->lanes->D) * n_entries;
}

void sc_n2_share(const sc_n2 *n2, uint64_t *table, size_t at, const uint64_t *a)
{
    const size_t size = sc_n2_shared_words(n2, 1);
    const size_t step = n2->lanes == NULL ? 1 : SC_N2_LANES;

    for (size_t j = 0; j < size; j++) {
        table[size * at + j] = a[step * j];
    }
}

void sc_n2_select_shared(const sc_n2 *n2, uint64_t *out, const uint64_t *table,
                         size_t n_entries, const uint32_t *which, size_t n)
{
    const size_t size = 2 * n2->L;

    SC_ASSERT(n_entries <= SC_N2_MAX_ENTRIES);
    for (size_t i = 0; n2->lanes != NULL && i < n; i += SC_N2_LANES) {
        select_lot(n2, sc_n2_lanes_select_shared, out + sc_n2_words(n2, i),
                   table, n_entries, which + i, lanes_of(n, i));
    }
    for (size_t i = 0; n2->lanes == NULL && i < n; i++) {
        scan(out + size * i, table, size, size, n_entries, which[i]);
    }
}

/* ---- numbers mod N alone ------------------------------------------------- */

void sc_n2_digit_mul(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, size_t n)
{
    const size_t L = n2->L;
    work w;

    for (size_t i = 0; i < n; i++) {
        mul(n2, &w, w.t, a + L * i, b + L * i);
        (void)reduce(n2, &w, c + L * i, w.t);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_digit_enter(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                       size_t n)
{
    for (size_t i = 0; i < n;
         i++) { /* R^2 mod N is the low digit of power[0] */
        sc_n2_digit_mul(n2, c + n2->L * i, a + n2->L * i, n2->power[0], 1);
    }
}

void sc_n2_digit_sub(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, size_t n)
{
    const mp_size_t L = (mp_size_t)n2->L;

    for (size_t i = 0; i < n; i++) {
        uint64_t *to = c + n2->L * i;
        uint64_t less = mpn_sub_n(to, a + n2->L * i, b + n2->L * i, L);

        mpn_cnd_add_n(less, to, to, n2->N, L);
    }
}
