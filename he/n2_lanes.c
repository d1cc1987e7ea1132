/* he/n2_lanes.c: products by blocks of ten digits.
 *
 * A column is the sum of all products that weigh 2^(52*j). Columns are words of 64
 * bits and take 6*D halves of products of 52 bits each, 480 * 2^52 < 2^61, before
 * a carry is needed: there is one pass of carries a reduction.
 *
 * A block of ten digits of one factor is held in registers, and the other factor
 * passes by: eleven columns are open at a time, and each step closes one.
 *
 * Bounds, for factors below 8N and R > 2^8 * N (n2.c has the names):
 *   c0 = (A0*B0 + m*N) / R < 64*N^2/R + N < 2N
 *   O  = N * 2^(52*D - 64*(L-1)), a multiple of N in [R, 2^64 * R)
 *   c1 = (A0*B1 + A1*B0 + (O - m) + k*N) / R < 128*N^2/R + 2^64 + N < 2N
 * as N >= 2^(64*(L-1)) and L >= 4. O is there so that O - m is positive; in
 * columns it is so digit by digit, 2^52 having been lent from each to the next
 * lower. A number of L words as A0 with A1 = 0 is below R/2^8 and does as well. */
#include "he/n2_lanes.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "he/lanes.h"
#include "he/words.h"

#define BLOCK 10
#define ROWS  (2 * SC_N2_LANES_MAX_DIGITS + 2)
#define MASK  SC_DIGIT_MASK

typedef struct {
    lanes s[ROWS], t[ROWS];          /* columns of the two digits */
    lanes m[SC_N2_LANES_MAX_DIGITS]; /* the quotient */
    lanes N[SC_N2_LANES_MAX_DIGITS]; /* of the modulus, in all lanes */
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

/* t[0 .. n+9] += a[0 .. 9] * b[0 .. n-1]. */
LANES_INLINE void add_block(lanes *t, const lanes *a, const lanes *b, size_t n)
{
    lanes w[BLOCK + 1];

#define TAKE(i)  const lanes a##i = a[i];
#define OPEN(i)  w[i] = t[i];
#define LOW(i)   w[i] = lanes_low(w[i], a##i, by);
#define HIGH(i)  w[i + 1] = lanes_high(w[i + 1], a##i, by);
#define SHIFT(i) w[i] = w[i + 1];
#define CLOSE(i) t[n + i] = w[i];
    EACH(TAKE)
    EACH(OPEN)
    for (size_t j = 0; j < n; j++) {
        const lanes by = b[j];

        w[BLOCK] = t[j + BLOCK];
        EACH(LOW)
        EACH(HIGH)
        t[j] = w[0];
        EACH(SHIFT)
    }
    EACH(CLOSE)
}

/* t += a*b, D digits each. */
LANES_INLINE void add_product(lanes *t, const lanes *a, const lanes *b,
                              size_t D)
{
    for (size_t i = 0; i < D; i += BLOCK) {
        add_block(t + i, a + i, b, D);
    }
}

/* t = a*a: pairs of digits once, doubled, then squares of digits. */
LANES_INLINE void square(lanes *t, const lanes *a, size_t D)
{
    for (size_t i = 0; i < D; i += BLOCK) {
        for (size_t x = i; x < i + BLOCK; x++) {
            for (size_t y = x + 1; y < i + BLOCK; y++) {
                t[x + y] = lanes_low(t[x + y], a[x], a[y]);
                t[x + y + 1] = lanes_high(t[x + y + 1], a[x], a[y]);
            }
        }
        if (i + BLOCK < D) {
            add_block(t + 2 * i + BLOCK, a + i, a + i + BLOCK, D - i - BLOCK);
        }
    }
    for (size_t j = 0; j < 2 * D; j++) {
        t[j] = lanes_add(t[j], t[j]);
    }
    for (size_t j = 0; j < D; j++) {
        t[2 * j] = lanes_low(t[2 * j], a[j], a[j]);
        t[2 * j + 1] = lanes_high(t[2 * j + 1], a[j], a[j]);
    }
}

/* ---- reduction ----------------------------------------------------------- */

/* Ten digits of the quotient from the ten lowest columns; returns what those
 * columns, with what the quotient adds to them, carry into the eleventh. */
LANES_INLINE lanes quotient(const work *w, lanes *m, const lanes *t,
                            lanes neg_inv)
{
    const lanes zero = lanes_all(0);
    lanes s[BLOCK + 1];

#define COPY(i) s[i] = t[i];
    EACH(COPY)
    s[BLOCK] = zero;
#pragma GCC unroll 10
    for (size_t x = 0; x < BLOCK; x++) {
        m[x] = lanes_low(zero, s[x], neg_inv);
#pragma GCC unroll 10
        for (size_t y = 0; y < BLOCK - x; y++) {
            s[x + y] = lanes_low(s[x + y], m[x], w->N[y]);
            if (x + y + 1 < BLOCK) {
                s[x + y + 1] = lanes_high(s[x + y + 1], m[x], w->N[y]);
            }
        }
        s[x + 1] = lanes_add(s[x + 1], lanes_carry(s[x]));
    }
    return s[BLOCK];
}

/* out = t/R mod N for 2*D columns t (two more are read and must be there), with
 * carries done; the quotient goes to w->m. */
LANES_INLINE void reduce(work *w, uint64_t *out, lanes *t, size_t D,
                         lanes neg_inv)
{
    const lanes mask = lanes_all(MASK);
    lanes carry = lanes_all(0);

    for (size_t i = 0; i < D; i += BLOCK) {
        lanes up = quotient(w, w->m + i, t + i, neg_inv);

        add_block(t + i, w->m + i, w->N, D);
        t[i + BLOCK] = lanes_add(t[i + BLOCK], up);
    }
    for (size_t j = 0; j < D; j++) {
        lanes x = lanes_add(t[D + j], carry);

        lanes_store(out + 8 * j, lanes_and(x, mask));
        carry = lanes_carry(x);
    }
}

/* The second digit's columns, with O - m. */
LANES_INLINE void add_offset(const sc_n2_lanes *k, lanes *t, const lanes *m)
{
    for (size_t j = 0; j < k->D; j++) {
        t[j] = lanes_add(t[j], lanes_sub(lanes_all(k->offset[j]), m[j]));
    }
    t[k->D] = lanes_add(t[k->D], lanes_all(k->offset[k->D]));
    t[k->D + 1] = lanes_add(t[k->D + 1], lanes_all(k->offset[k->D + 1]));
}

LANES_INLINE void begin(const sc_n2_lanes *k, work *w)
{
    for (size_t j = 0; j < k->D; j++) {
        w->N[j] = lanes_all(k->N[j]);
    }
}

LANES_INLINE void clear(lanes *t, size_t D)
{
    for (size_t j = 0; j < 2 * D + 2; j++) {
        t[j] = lanes_all(0);
    }
}

LANES_INLINE void load(lanes *x, const uint64_t *a, size_t D)
{
    for (size_t j = 0; j < D; j++) {
        x[j] = lanes_load(a + 8 * j);
    }
}

typedef struct {
    lanes a0[SC_N2_LANES_MAX_DIGITS], a1[SC_N2_LANES_MAX_DIGITS];
    lanes b0[SC_N2_LANES_MAX_DIGITS], b1[SC_N2_LANES_MAX_DIGITS];
} factors;

/* Wipe what D digits used: the rest, for larger numbers, takes longer than a
 * product of small ones. */
static void end(work *w, factors *f, size_t D)
{
    const size_t row = sizeof(lanes);

    sc_wipe(w->s, (2 * D + 2) * row);
    sc_wipe(w->t, (2 * D + 2) * row);
    sc_wipe(w->m, D * row);
    sc_wipe(w->N, D * row);
    sc_wipe(f->a0, D * row);
    sc_wipe(f->a1, D * row);
    sc_wipe(f->b0, D * row);
    sc_wipe(f->b1, D * row);
}

ON_LANES void sc_n2_lanes_mul(const sc_n2_lanes *k, uint64_t *c,
                              const uint64_t *a, const uint64_t *b,
                              size_t n_lots)
{
    const size_t D = k->D, lot = sc_n2_lanes_lot(k);
    const lanes neg_inv = lanes_all(k->neg_inv);
    factors f;
    work w;

    begin(k, &w);
    for (size_t i = 0; i < n_lots; i++, a += lot, b += lot, c += lot) {
        load(f.a0, a, D);
        load(f.a1, a + 8 * D, D);
        load(f.b0, b, D);
        load(f.b1, b + 8 * D, D);
        clear(w.s, D);
        clear(w.t, D);
        add_product(w.s, f.a0, f.b0, D);
        add_product(w.t, f.a0, f.b1, D);
        add_product(w.t, f.a1, f.b0, D);
        reduce(&w, c, w.s, D, neg_inv);
        add_offset(k, w.t, w.m);
        reduce(&w, c + 8 * D, w.t, D, neg_inv);
    }
    end(&w, &f, D);
}

ON_LANES void sc_n2_lanes_sqr(const sc_n2_lanes *k, uint64_t *c,
                              const uint64_t *a, size_t n_lots)
{
    const size_t D = k->D, lot = sc_n2_lanes_lot(k);
    const lanes neg_inv = lanes_all(k->neg_inv);
    factors f;
    work w;

    begin(k, &w);
    for (size_t i = 0; i < n_lots; i++, a += lot, c += lot) {
        load(f.a0, a, D);
        load(f.a1, a + 8 * D, D);
        clear(w.s, D);
        clear(w.t, D);
        square(w.s, f.a0, D);
        add_product(w.t, f.a0, f.a1, D);
        for (size_t j = 0; j < 2 * D; j++) {
            w.t[j] = lanes_add(w.t[j], w.t[j]);
        }
        reduce(&w, c, w.s, D, neg_inv);
        add_offset(k, w.t, w.m);
        reduce(&w, c + 8 * D, w.t, D, neg_inv);
    }
    end(&w, &f, D);
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

/* ---- tables -------------------------------------------------------------- */

#define MAX_ENTRIES 256

/* For each entry, the lanes that want it. */
static void wanted(uint8_t *masks, size_t n_entries, const uint32_t *which)
{
    for (size_t e = 0; e < n_entries; e++) {
        masks[e] = 0;
        for (size_t i = 0; i < SC_LANES; i++) {
            masks[e] |= (uint8_t)(sc_mask_equal(e, which[i]) & (1ULL << i));
        }
    }
}

ON_LANES void sc_n2_lanes_select(const sc_n2_lanes *k, uint64_t *out,
                                 const uint64_t *table, size_t n_entries,
                                 const uint32_t *which)
{
    const size_t lot = sc_n2_lanes_lot(k);
    uint8_t masks[MAX_ENTRIES];

    wanted(masks, n_entries, which);
    for (size_t j = 0; j < 2 * k->D; j++) {
        lanes x = lanes_all(0);

        for (size_t e = 0; e < n_entries; e++) {
            x = lanes_choose(x, masks[e], lanes_load(table + lot * e + 8 * j));
        }
        lanes_store(out + 8 * j, x);
    }
    sc_wipe(masks, sizeof masks);
}

ON_LANES void sc_n2_lanes_select_shared(const sc_n2_lanes *k, uint64_t *out,
                                        const uint64_t *table, size_t n_entries,
                                        const uint32_t *which)
{
    const size_t size = 2 * k->D;
    uint8_t masks[MAX_ENTRIES];

    wanted(masks, n_entries, which);
    for (size_t j = 0; j < size; j += BLOCK) {
        lanes x[BLOCK];

#define NONE(i) x[i] = lanes_all(0);
#define PICK(i) x[i] = lanes_choose(x[i], mask, lanes_all(entry[i]));
#define KEEP(i) lanes_store(out + 8 * (j + i), x[i]);
        EACH(NONE)
        for (size_t e = 0; e < n_entries; e++) {
            const uint64_t *entry = table + size * e + j;
            const uint8_t mask = masks[e];

            EACH(PICK)
        }
        EACH(KEEP)
    }
    sc_wipe(masks, sizeof masks);
}
