/* he/n2_one.h: one element mod N^2 at a time, in words of 64 bits.
 *
 * What stands behind he/n2.h on every machine, by GMP's functions for secrets. An
 * element is its two digits, L words each, both in [0, N): the form is unique.
 * Adversary: as in n2.h; time and addresses depend on L alone. */
#ifndef SC_HE_N2_ONE_H
#define SC_HE_N2_ONE_H

#include "he/n2.h"
#include "he/product.h"

#define SC_N2_PIECES 4 /* of L words, of what is entered: c < n^2 for p^2 < n */

typedef struct {
    size_t L;
    uint64_t neg_inv; /* -1/N mod 2^64 */
    uint64_t N[SC_N2_MAX_LIMBS];
    uint64_t power[SC_N2_PIECES][2 * SC_N2_MAX_LIMBS]; /* [j] R^(j+2) mod N^2 */
    uint64_t one[2 * SC_N2_MAX_LIMBS]; /* R mod N^2: 1 in internal form */
} sc_n2_one;

/* What one operation needs; the caller wipes it behind all of a call. */
typedef struct {
    uint64_t s[2 * SC_N2_MAX_LIMBS], t[2 * SC_N2_MAX_LIMBS];
    uint64_t m[SC_N2_MAX_LIMBS], less[SC_N2_MAX_LIMBS];
    uint64_t itch[SC_WORDS_ITCH(SC_N2_MAX_LIMBS)];
} sc_n2_work;

/* N has L words, is odd, at least 3, top word not 0. */
void sc_n2_one_init(sc_n2_one *k, const uint64_t *N, size_t L);

/* C may be A or B. */
void sc_n2_one_mul(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                   const uint64_t *A, const uint64_t *B);
void sc_n2_one_sqr(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                   const uint64_t *A);
/* By (x, 0), of which x is given; any number of L words. */
void sc_n2_one_mul_digit(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                         const uint64_t *A, const uint64_t *x);
void sc_n2_one_add(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                   const uint64_t *A, const uint64_t *B);
void sc_n2_one_enter(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                     const uint64_t *x, size_t x_limbs);

/* ---- one digit ------------------------------------------------------------ */

/* c = a*b/R mod N, in [0, N); one of a and b may be any number of L words. */
void sc_n2_one_digit_mul(const sc_n2_one *k, sc_n2_work *w, uint64_t *c,
                         const uint64_t *a, const uint64_t *b);
/* c = w->s/R mod N, in [0, N), for a number of 2*L words below N*R there. */
void sc_n2_one_digit_reduce(const sc_n2_one *k, sc_n2_work *w, uint64_t *c);
/* x + *top*R less N if that is not negative; *top is what is left above x, 0 or
 * 1. Returns 1 if N was taken off. */
uint64_t sc_n2_one_take_off(const sc_n2_one *k, sc_n2_work *w, uint64_t *x,
                            uint64_t *top);
/* x += bit; the carry. */
uint64_t sc_n2_add_bit(uint64_t *x, size_t L, uint64_t bit);

#endif
