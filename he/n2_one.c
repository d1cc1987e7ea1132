/* he/n2_one.c: the product of two-digit numbers, by GMP's mpn functions.
 *
 * Let A = A0 + A1*N and B = B0 + B1*N, digits in [0, N), N < R = 2^(64*L), L the
 * words of N. The product in internal form is C = A*B/R mod N^2. As N^2 = 0,
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
#include "he/n2_one.h"

#include <assert.h>
#include <gmp.h>
#include <string.h>

#include "base/mem.h"

#define MAX SC_N2_MAX_LIMBS

static_assert(sizeof(mp_limb_t) == sizeof(uint64_t) && GMP_NAIL_BITS == 0,
              "GMP's words are ours");

/* ---- mod N --------------------------------------------------------------- */

/* x += bit; the carry. */
uint64_t sc_n2_add_bit(uint64_t *x, size_t L, uint64_t bit)
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
uint64_t sc_n2_one_take_off(const sc_n2_one *k, sc_n2_work *w, uint64_t *x,
                            uint64_t *top)
{
    const mp_size_t L = (mp_size_t)k->L;
    uint64_t is_less = mpn_sub_n(w->less, x, k->N, L);
    uint64_t enough = *top | (is_less ^ 1);

    *top -= enough & is_less; /* the borrow */
    mpn_cnd_sub_n(enough, x, x, k->N, L);
    return enough;
}

/* t = t0 + t1*R: the quotient goes to m, and t0 + m*N = 0 mod R; what is to be
 * added to t1 is written over t0. */
static void quotient(const sc_n2_one *k, uint64_t *m, uint64_t *t)
{
    const mp_size_t L = (mp_size_t)k->L;

    for (size_t i = 0; i < k->L; i++) {
        m[i] = t[i] * k->neg_inv;
        t[i] = mpn_addmul_1(t + i, k->N, L, m[i]);
    }
}

/* out = a*b, with L words each. */
static void mul(const sc_n2_one *k, sc_n2_work *w, uint64_t *out,
                const uint64_t *a, const uint64_t *b)
{
    sc_words_mul(out, a, b, k->L, w->itch);
}

/* c = (a*b)/R mod N, in [0, N), for t = a*b < N*R; *top 1 if N came off. */
static uint64_t reduce(const sc_n2_one *k, sc_n2_work *w, uint64_t *c,
                       uint64_t *t)
{
    const size_t L = k->L;
    uint64_t top;

    quotient(k, w->m, t);
    top = mpn_add_n(c, t + L, t, (mp_size_t)L);
    return sc_n2_one_take_off(k, w, c, &top);
}

/* ---- mod N^2 ------------------------------------------------------------- */

/* The product from s = A0*B0 and t + top*R^2 = A0*B1 + A1*B0: the essay. */
static void join(const sc_n2_one *k, sc_n2_work *w, uint64_t *C, uint64_t top)
{
    const mp_size_t L = (mp_size_t)k->L;
    uint64_t *t = w->t, *c1 = C + L, e, d;

    e = reduce(k, w, C, w->s); /* c0; its quotient is in w->m */
    top += sc_n2_add_bit(t + L, k->L, e);
    (void)sc_n2_one_take_off(k, w, t + L, &top); /* T < N*R */
    d = mpn_sub_n(t, t, w->m, L);                /* D */
    quotient(k, w->m, t);
    top = mpn_add_n(c1, t + L, t, L);
    top -= sub_bit(c1, k->L, d);
    (void)sc_n2_one_take_off(k, w, c1, &top);
}

void sc_n2_one_mul(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                   const uint64_t *A, const uint64_t *B)
{
    const size_t L = k->L;
    uint64_t top;

    mul(k, w, w->t, A, B + L);
    mul(k, w, w->s, A + L, B);
    top = mpn_add_n(w->t, w->t, w->s, 2 * (mp_size_t)L);
    mul(k, w, w->s, A, B);
    join(k, w, C, top);
}

void sc_n2_one_mul_digit(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                         const uint64_t *A, const uint64_t *x)
{
    mul(k, w, w->t, A + k->L, x);
    mul(k, w, w->s, A, x);
    join(k, w, C, 0);
}

void sc_n2_one_sqr(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                   const uint64_t *A)
{
    const size_t L = k->L;
    uint64_t top;

    mul(k, w, w->t, A, A + L);
    top = mpn_add_n(w->t, w->t, w->t, 2 * (mp_size_t)L);
    sc_words_sqr(w->s, A, L, w->itch);
    join(k, w, C, top);
}

/* C = A + B mod N^2; digits in [0, N). */
void sc_n2_one_add(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                   const uint64_t *A, const uint64_t *B)
{
    const mp_size_t L = (mp_size_t)k->L;
    uint64_t top = mpn_add_n(C, A, B, L);
    uint64_t e = sc_n2_one_take_off(k, w, C, &top);

    top = mpn_add_n(C + L, A + L, B + L, L);
    top += sc_n2_add_bit(C + L, (size_t)L, e); /* at most 2N - 1 */
    (void)sc_n2_one_take_off(k, w, C + L, &top);
}

/* ---- one digit ------------------------------------------------------------ */

void sc_n2_one_digit_mul(const sc_n2_one *k, sc_n2_work *w, uint64_t *c,
                         const uint64_t *a, const uint64_t *b)
{
    mul(k, w, w->s, a, b);
    (void)reduce(k, w, c, w->s);
}

void sc_n2_one_digit_reduce(const sc_n2_one *k, sc_n2_work *w, uint64_t *c)
{
    (void)reduce(k, w, c, w->s);
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
static void fill_powers(sc_n2_one *k, sc_n2_work *w)
{
    uint64_t x[2 * MAX] = {1};

    for (size_t i = 0; i < 128 * k->L; i++) {
        if (i == 64 * k->L) {
            memcpy(k->one, x, sizeof x);
        }
        sc_n2_one_add(k, w, x, x, x);
    }
    memcpy(k->power[0], x, sizeof x);
    for (size_t j = 1; j < SC_N2_PIECES; j++) {
        sc_n2_one_mul(k, w, k->power[j], k->power[j - 1], k->power[0]);
    }
    sc_wipe(x, sizeof x);
}

void sc_n2_one_init(sc_n2_one *k, const uint64_t *N, size_t L)
{
    sc_n2_work w;

    k->L = L;
    memcpy(k->N, N, 8 * L);
    k->neg_inv = neg_inverse(N[0]);
    fill_powers(k, &w);
    sc_wipe(&w, sizeof w);
}

/* ---- into the internal form ------------------------------------------------ */

void sc_n2_one_enter(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                     const uint64_t *x, size_t x_limbs)
{
    const size_t L = k->L;
    uint64_t piece[2 * MAX] = {0}, part[2 * MAX], sum[2 * MAX] = {0};

    for (size_t j = 0; j * L < x_limbs; j++) {
        size_t len = x_limbs - j * L < L ? x_limbs - j * L : L;

        memset(piece, 0, 8 * L);
        memcpy(piece, x + j * L, 8 * len);
        sc_n2_one_mul(k, w, part, piece, k->power[j]);
        sc_n2_one_add(k, w, sum, sum, part);
    }
    memcpy(C, sum, 16 * L);
    sc_wipe(piece, sizeof piece);
    sc_wipe(part, sizeof part);
    sc_wipe(sum, sizeof sum);
}
