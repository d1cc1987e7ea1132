/* he/n2_lanes.c: products by blocks of ten digits.
 *
 * A column is the sum of all products that weigh 2^(52*j). Columns are words of 64
 * bits and take 6*D halves of products of 52 bits each, 480 * 2^52 < 2^61, before
 * a carry is needed: there is one pass of carries a reduction.
 *
 * A block of ten digits of one factor is held in registers, and the other factor
 * passes by: ten columns are open at a time, and each step closes one. What a
 * product costs are its 2 * 5*D^2 multiply-and-adds (a square: 7*D^2; by one
 * digit: 8*D^2), of which the processor begins two a cycle.
 *
 * Bounds, for factors below 8N and R > 2^8 * N (n2_one.c has the names):
 *   c0 = (A0*B0 + m*N) / R < 64*N^2/R + N < 2N
 *   O  = N * 2^(52*D - 64*(L-1)), a multiple of N in [R, 2^64 * R)
 *   c1 = (A0*B1 + A1*B0 + (O - m) + k*N) / R < 128*N^2/R + 2^64 + N < 2N
 * as N >= 2^(64*(L-1)) and L >= 4; a square has 2*A0*A1 there. O is there so
 * that O - m is positive; in columns it is so digit by digit, 2^52 having been
 * lent from each to the next lower. A number of L words as A0 with A1 = 0 is below
 * R/2^8 and does as well. */
#include "he/n2_lanes.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "he/lanes.h"
#include "he/words.h"

#define BLOCK 10
#define MASK  SC_DIGIT_MASK

/* Rows of eight words, one a lane; aligned, for no row to lie in two lines of the
 * cache. */
typedef struct {
    alignas(64) uint64_t s[8 * (2 * SC_N2_LANES_MAX_DIGITS + 2)];
    uint64_t
        t[8 * (2 * SC_N2_LANES_MAX_DIGITS + 2)]; /* columns of the digits */
    uint64_t m[8 * SC_N2_LANES_MAX_DIGITS];      /* the first quotient */
    uint64_t k[8 * BLOCK];                       /* a block of the second */
} work;

/* Registers only if no index is computed. */
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9)

int sc_n2_lanes_are_here(void)
{
#if defined(SC_LANES_EMULATED) && !defined(SC_CT_CHECK)
    return 0; /* one at a time is faster */
#else
    const char *cpu = getenv("SC_CPU");

    if (cpu != NULL && strcmp(cpu, "portable") == 0) {
        return 0;
    }
#if defined(SC_CT_CHECK)
    return 1; /* emulated, and looked at */
#else
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512ifma");
#endif
#endif
}

/* ---- products ------------------------------------------------------------ */

/* Row j of a factor, which is D rows or, with step 1, D words for all lanes. */
LANES_INLINE lanes row_of(const uint64_t *b, size_t step, size_t j)
{
    return step == 1 ? lanes_all(b[j]) : lanes_load(b + 8 * j);
}

/* t[from .. n + 9] += a[0 .. 9] * b, for the columns' shares of b[from - 1] (its
 * high halves) to b[n - 1]; from and n are multiples of ten.
 *
 * Ten columns are open, in registers: at step j columns j to j + 9 take low
 * halves of b[j] and high halves of b[j - 1]. Then column j is closed and
 * column j + 10 opened under its name: the names go round. */
LANES_BLOCK void add_block(uint64_t *t, const uint64_t *a, const uint64_t *b,
                           size_t step, size_t from, size_t n)
{
    lanes now, before = from == 0 ? lanes_all(0) : row_of(b, step, from - 1);

#define TAKE(i)    const lanes a##i = lanes_load(a + 8 * (i));
#define OPEN(i)    lanes w##i = lanes_load(t + 8 * (from + (i)));
#define CLOSE(i)   lanes_store(t + 8 * (n + (i)), lanes_high(w##i, a##i, before));
#define LOW(i, w)  w = lanes_low(w, a##i, now);
#define HIGH(i, w) w = lanes_high(w, a##i, before);
#define ALL(DO, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9)                        \
    DO(0, w0)                                                                  \
    DO(1, w1)                                                                  \
    DO(2, w2)                                                                  \
    DO(3, w3) DO(4, w4) DO(5, w5) DO(6, w6) DO(7, w7) DO(8, w8) DO(9, w9)
#define STEP(i, w, ...)                                                        \
    now = row_of(b, step, j + (i));                                            \
    ALL(LOW, w, __VA_ARGS__)                                                   \
    ALL(HIGH, w, __VA_ARGS__)                                                  \
    lanes_store(t + 8 * (j + (i)), w);                                         \
    w = lanes_load(t + 8 * (j + (i) + BLOCK));                                 \
    before = now;
    EACH(TAKE)
    EACH(OPEN)
    for (size_t j = from; j < n; j += BLOCK) {
        STEP(0, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9)
        STEP(1, w1, w2, w3, w4, w5, w6, w7, w8, w9, w0)
        STEP(2, w2, w3, w4, w5, w6, w7, w8, w9, w0, w1)
        STEP(3, w3, w4, w5, w6, w7, w8, w9, w0, w1, w2)
        STEP(4, w4, w5, w6, w7, w8, w9, w0, w1, w2, w3)
        STEP(5, w5, w6, w7, w8, w9, w0, w1, w2, w3, w4)
        STEP(6, w6, w7, w8, w9, w0, w1, w2, w3, w4, w5)
        STEP(7, w7, w8, w9, w0, w1, w2, w3, w4, w5, w6)
        STEP(8, w8, w9, w0, w1, w2, w3, w4, w5, w6, w7)
        STEP(9, w9, w0, w1, w2, w3, w4, w5, w6, w7, w8)
    }
    EACH(CLOSE)
}

/* t += a*b, D digits each. */
LANES_BLOCK void add_product(uint64_t *t, const uint64_t *a, const uint64_t *b,
                             size_t D)
{
    for (size_t i = 0; i < D; i += BLOCK) {
        add_block(t + 8 * i, a + 8 * i, b, 8, 0, D);
    }
}

/* t[0 .. 19] += the products of different digits of a[0 .. 9], each pair once. */
LANES_BLOCK void add_pairs(uint64_t *t, const uint64_t *a)
{
    lanes x[BLOCK], w[2 * BLOCK];

#pragma GCC unroll 10
    for (size_t i = 0; i < BLOCK; i++) {
        x[i] = lanes_load(a + 8 * i);
    }
#pragma GCC unroll 20
    for (size_t j = 1; j < 2 * BLOCK - 1; j++) {
        w[j] = lanes_load(t + 8 * j);
    }
#pragma GCC unroll 10
    for (size_t gap = 1; gap < BLOCK; gap++) { /* neighbours' columns differ */
#pragma GCC unroll 10
        for (size_t i = 0; i < BLOCK - gap; i++) {
            w[2 * i + gap] = lanes_low(w[2 * i + gap], x[i], x[i + gap]);
            w[2 * i + gap + 1] =
                lanes_high(w[2 * i + gap + 1], x[i], x[i + gap]);
        }
    }
#pragma GCC unroll 20
    for (size_t j = 1; j < 2 * BLOCK - 1; j++) {
        lanes_store(t + 8 * j, w[j]);
    }
}

LANES_BLOCK void twice(uint64_t *t, size_t D)
{
    for (size_t j = 0; j < 2 * D; j++) {
        const lanes x = lanes_load(t + 8 * j);

        lanes_store(t + 8 * j, lanes_add(x, x));
    }
}

/* t = a*a, for t = 0: pairs of digits once, doubled, then squares of digits. */
LANES_BLOCK void add_square(uint64_t *t, const uint64_t *a, size_t D)
{
    for (size_t i = 0; i < D; i += BLOCK) {
        add_pairs(t + 16 * i, a + 8 * i);
        if (i + BLOCK < D) {
            add_block(t + 16 * i + 8 * BLOCK, a + 8 * i, a + 8 * (i + BLOCK), 8,
                      0, D - i - BLOCK);
        }
    }
    for (size_t j = 0; j < D; j++) {
        const lanes x = lanes_load(a + 8 * j);
        const lanes even = lanes_load(t + 16 * j);
        const lanes odd = lanes_load(t + 16 * j + 8);

        lanes_store(t + 16 * j, lanes_low(lanes_add(even, even), x, x));
        lanes_store(t + 16 * j + 8, lanes_high(lanes_add(odd, odd), x, x));
    }
}

/* ---- reduction ----------------------------------------------------------- */

/* Ten digits of the quotient, m, from the ten lowest columns; what those, with
 * what the quotient adds to them, carry goes into the eleventh.
 *
 * A digit makes the low 52 bits of its column 0: these and what it adds to them are 0,
 * or 2^52 together. So the column's carry, the high half of digit times N[0] apart, is
 * known before the digit is; and behind the digit the next column waits for one product,
 * not two. */
LANES_BLOCK void quotient(const sc_n2_lanes *k, uint64_t *m, uint64_t *t)
{
    const lanes zero = lanes_all(0), neg_inv = lanes_all(k->neg_inv);
    const lanes mask = lanes_all(MASK);
    lanes s[BLOCK + 1];

#pragma GCC unroll 11
    for (size_t x = 0; x <= BLOCK; x++) {
        s[x] = lanes_load(t + 8 * x);
    }
#pragma GCC unroll 10
    for (size_t x = 0; x < BLOCK; x++) {
        const lanes q = lanes_low(zero, s[x], neg_inv);

        lanes_store(m + 8 * x, q);
        s[x + 1] = lanes_add(s[x + 1], lanes_carry(lanes_add(s[x], mask)));
        if (x + 1 < BLOCK) {
            const lanes high = lanes_high(zero, q, lanes_all(k->N[0]));

            s[x + 1] = lanes_low(s[x + 1], q, lanes_all(k->N[1]));
            s[x + 1] = lanes_add(s[x + 1], high);
        }
#pragma GCC unroll 10
        for (size_t y = 2; y < BLOCK - x; y++) {
            s[x + y] = lanes_low(s[x + y], q, lanes_all(k->N[y]));
            s[x + y] = lanes_high(s[x + y], q, lanes_all(k->N[y - 1]));
        }
    }
    lanes_store(t + 8 * BLOCK, s[BLOCK]);
}

/* t[10 .. D + 9] += m[0 .. 9] * N, the columns below being done with. */
LANES_BLOCK void add_multiple(const sc_n2_lanes *k, uint64_t *t,
                              const uint64_t *m)
{
    lanes q[BLOCK], w[BLOCK];

#pragma GCC unroll 10
    for (size_t i = 0; i < BLOCK; i++) {
        q[i] = lanes_load(m + 8 * i);
        w[i] = lanes_load(t + 8 * (BLOCK + i));
    }
#pragma GCC unroll 10
    for (size_t j = 1; j < BLOCK; j++) {
#pragma GCC unroll 10
        for (size_t i = BLOCK - j; i < BLOCK; i++) {
            w[i + j - BLOCK] =
                lanes_low(w[i + j - BLOCK], q[i], lanes_all(k->N[j]));
            w[i + j - BLOCK] =
                lanes_high(w[i + j - BLOCK], q[i], lanes_all(k->N[j - 1]));
        }
    }
#pragma GCC unroll 10
    for (size_t i = 0; i < BLOCK; i++) {
        lanes_store(t + 8 * (BLOCK + i), w[i]);
    }
    add_block(t, m, k->N, 1, BLOCK, k->D);
}

/* t += O - m in ten rows, from row i on; with the last two digits of O. */
LANES_BLOCK void take_rows(const sc_n2_lanes *k, work *w, size_t i)
{
    uint64_t *t = w->t + 8 * i, *top = w->t + 8 * k->D;
    const uint64_t *m = w->m + 8 * i;

    for (size_t j = 0; j < BLOCK; j++) {
        const lanes more =
            lanes_sub(lanes_all(k->offset[i + j]), lanes_load(m + 8 * j));

        lanes_store(t + 8 * j, lanes_add(lanes_load(t + 8 * j), more));
    }
    if (i == 0) {
        for (size_t j = 0; j < 2; j++) {
            lanes_store(top + 8 * j, lanes_add(lanes_load(top + 8 * j),
                                               lanes_all(k->offset[k->D + j])));
        }
    }
}

/* The digits of D columns. */
LANES_BLOCK void carry(uint64_t *out, const uint64_t *t, size_t D)
{
    const lanes mask = lanes_all(MASK);
    lanes up = lanes_all(0);

    for (size_t j = 0; j < D; j++) {
        lanes x = lanes_add(lanes_load(t + 8 * j), up);

        lanes_store(out + 8 * j, lanes_and(x, mask));
        up = lanes_carry(x);
    }
}

/* c from the columns of both digits; of the second O - m is still to be added. A
 * quotient's digits are found one after the other, which leaves most of the machine idle:
 * so the two reductions take turns, a block of the one's quotient before a multiple of the
 * other. */
LANES_BLOCK void reduce(const sc_n2_lanes *k, uint64_t *c, work *w)
{
    const size_t D = k->D;

    for (size_t i = 0; i < 8 * D; i += 8 * BLOCK) {
        take_rows(k, w, i / 8);
        quotient(k, w->k, w->t + i);
        add_multiple(k, w->s + i, w->m + i);
        if (i + 8 * BLOCK < 8 * D) {
            quotient(k, w->m + i + 8 * BLOCK, w->s + i + 8 * BLOCK);
        } else {
            carry(c, w->s + 8 * D, D);
        }
        add_multiple(k, w->t + i, w->k);
    }
    carry(c + 8 * D, w->t + 8 * D, D);
}

/* ---- a product ------------------------------------------------------------ */

LANES_BLOCK void clear(uint64_t *rows, size_t n)
{
    const lanes zero = lanes_opaque(lanes_all(0));

    for (size_t j = 0; j < n; j++) {
        lanes_store(rows + 8 * j, zero);
    }
}

/* Columns of both digits. */
LANES_BLOCK void begin(work *w, size_t D)
{
    clear(w->s, 2 * D);
    clear(w->t, 2 * D);
}

/* Wipe what D digits used: the rest, for larger numbers, takes longer than a product of
 * small ones. */
LANES_BLOCK void end(work *w, size_t D)
{
    begin(w, D);
    clear(w->m, D);
    clear(w->k, BLOCK);
    /* who knows whether it is read */
    __asm__ volatile("" : : "r"(w) : "memory");
}

LANES_BLOCK void mul(const sc_n2_lanes *k, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, work *w)
{
    const size_t half = 8 * k->D;

    begin(w, k->D);
    add_product(w->s, a, b, k->D);
    quotient(k, w->m, w->s);
    add_product(w->t, a, b + half, k->D);
    add_product(w->t, a + half, b, k->D);
    reduce(k, c, w);
}

LANES_BLOCK void sqr(const sc_n2_lanes *k, uint64_t *c, const uint64_t *a,
                     work *w)
{
    begin(w, k->D);
    add_square(w->s, a, k->D);
    quotient(k, w->m, w->s);
    add_product(w->t, a, a + 8 * k->D, k->D);
    twice(w->t, k->D);
    reduce(k, c, w);
}

ON_LANES void sc_n2_lanes_mul(const sc_n2_lanes *k, uint64_t *c,
                              const uint64_t *a, const uint64_t *b,
                              size_t n_lots)
{
    const size_t lot = sc_n2_lanes_lot(k);
    work w;

    for (size_t i = 0; i < n_lots; i++) {
        mul(k, c + lot * i, a + lot * i, b + lot * i, &w);
    }
    end(&w, k->D);
}

ON_LANES void sc_n2_lanes_mul_digit(const sc_n2_lanes *k, uint64_t *c,
                                    const uint64_t *a, const uint64_t *x,
                                    size_t n_lots)
{
    const size_t half = 8 * k->D;
    work w;

    for (size_t i = 0; i < n_lots; i++) {
        begin(&w, k->D);
        add_product(w.s, a, x, k->D);
        quotient(k, w.m, w.s);
        add_product(w.t, a + half, x, k->D);
        reduce(k, c, &w);
        a += 2 * half;
        x += half;
        c += 2 * half;
    }
    end(&w, k->D);
}

ON_LANES void sc_n2_lanes_sqr(const sc_n2_lanes *k, uint64_t *c,
                              const uint64_t *a, size_t n_lots)
{
    const size_t lot = sc_n2_lanes_lot(k);
    work w;

    for (size_t i = 0; i < n_lots; i++) {
        sqr(k, c + lot * i, a + lot * i, &w);
    }
    end(&w, k->D);
}

ON_LANES void sc_n2_lanes_sqr_mul(const sc_n2_lanes *k, uint64_t *c,
                                  const uint64_t *a, size_t times,
                                  const uint64_t *b, size_t n_lots)
{
    const size_t lot = sc_n2_lanes_lot(k);
    work w;

    for (size_t i = 0; i < n_lots; i++) {
        const uint64_t *from = a + lot * i;

        for (size_t j = 0; j < times; j++) { /* one lot stays at hand */
            sqr(k, c + lot * i, from, &w);
            from = c + lot * i;
        }
        mul(k, c + lot * i, from, b + lot * i, &w);
    }
    end(&w, k->D);
}

ON_LANES void sc_n2_lanes_fold(const sc_n2_lanes *k, uint64_t *out,
                               const uint64_t *columns)
{
    const size_t half = 8 * k->D;
    work w;

    memcpy(w.s, columns, 8 * half);
    memset(w.s + half, 0, 8 * half);
    for (size_t i = 0; i < half; i += 8 * BLOCK) {
        quotient(k, w.k, w.s + i);
        add_multiple(k, w.s + i, w.k);
    }
    carry(out, w.s + half, k->D);
    sc_wipe(w.s, 16 * half);
    sc_wipe(w.k, sizeof w.k);
}

ON_LANES void sc_n2_lanes_add(const sc_n2_lanes *k, uint64_t *c,
                              const uint64_t *a, const uint64_t *b)
{
    const lanes mask = lanes_all(MASK);

    for (size_t half = 0; half < 2; half++) {
        lanes carry = lanes_all(0);

        for (size_t j = half * k->D; j < (half + 1) * k->D; j++) {
            lanes x = lanes_add(lanes_load(a + 8 * j), lanes_load(b + 8 * j));

            x = lanes_add(x, carry);
            lanes_store(c + 8 * j, lanes_and(x, mask));
            carry = lanes_carry(x);
        }
    }
}

/* ---- digits -------------------------------------------------------------- */

/* Bits at .. at + 51 of x. */
static uint64_t bits_at(const uint64_t *x, size_t n_words, size_t at)
{
    uint64_t v = 0;

    if (at / 64 < n_words) {
        v = x[at / 64] >> (at % 64);
    }
    if (at % 64 > 64 - SC_DIGIT_BITS && at / 64 + 1 < n_words) {
        v |= x[at / 64 + 1] << (64 - at % 64);
    }
    return v & MASK;
}

void sc_n2_lanes_split(const sc_n2_lanes *k, uint64_t *digits, size_t step,
                       const uint64_t *x, size_t n_words)
{
    for (size_t d = 0; d < k->D; d++) {
        digits[step * d] = bits_at(x, n_words, SC_DIGIT_BITS * d);
    }
}

void sc_n2_lanes_join(const sc_n2_lanes *k, uint64_t *x, size_t n_words,
                      const uint64_t *digits, size_t step)
{
    memset(x, 0, 8 * n_words);
    for (size_t d = 0; d < k->D; d++) {
        const size_t at = SC_DIGIT_BITS * d;
        uint64_t v = digits[step * d];

        if (at / 64 < n_words) {
            x[at / 64] |= v << (at % 64);
        }
        if (at % 64 > 64 - SC_DIGIT_BITS && at / 64 + 1 < n_words) {
            x[at / 64 + 1] |= v >> (64 - at % 64);
        }
    }
}

size_t sc_n2_lanes_lot(const sc_n2_lanes *k)
{
    return 16 * k->D;
}

/* -1/N mod 2^52, by Newton. */
static uint64_t neg_inverse(uint64_t N)
{
    uint64_t x = N;

    for (size_t bits = 3; bits < SC_DIGIT_BITS; bits *= 2) {
        x *= 2 - N * x;
    }
    return (0 - x) & MASK;
}

/* O, and of what it lends. */
static void init_offset(sc_n2_lanes *k, const uint64_t *N)
{
    const size_t shift = SC_DIGIT_BITS * k->D - 64 * (k->L - 1);
    uint64_t top;

    for (size_t j = 0; j < k->D; j++) {
        const size_t at = SC_DIGIT_BITS * j;

        k->offset[j] = at >= shift ? bits_at(N, k->L, at - shift)
                       : at + SC_DIGIT_BITS > shift
                           ? (N[0] << (shift - at)) & MASK
                           : 0;
        k->offset[j] += j == 0 ? MASK + 1 : MASK;
    }
    top = N[k->L - 1] - 1; /* O >> 52*D is N >> 64*(L-1) */
    k->offset[k->D] = top & MASK;
    k->offset[k->D + 1] = top >> SC_DIGIT_BITS;
}

void sc_n2_lanes_init(sc_n2_lanes *k, const uint64_t *N, size_t L)
{
    SC_ASSERT(L >= SC_N2_LANES_MIN_LIMBS);
    k->L = L;
    k->D = (64 * L + 8 + SC_DIGIT_BITS - 1) / SC_DIGIT_BITS;
    k->D = (k->D + BLOCK - 1) / BLOCK * BLOCK;
    SC_ASSERT(k->D <= SC_N2_LANES_MAX_DIGITS);
    k->neg_inv = neg_inverse(N[0]);
    sc_n2_lanes_split(k, k->N, 1, N, L);
    init_offset(k, N);
}
