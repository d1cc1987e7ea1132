/* he/n2.h: arithmetic mod N^2 with two digits in base N.
 *
 * An element a of Z/N^2 is held as the digits of A = a*R mod N^2,
 * A = A0 + A1*N, R a power of two above N. That is its internal form: what adds
 * up or multiplies many elements converts once, at each end. Two equal elements
 * may differ in form; out of it they are equal words.
 *
 * Elements come in arrays of sc_n2_words(n2, n) words, and every function takes
 * n of them at once; a part of an array may be passed on if it begins at a
 * multiple of SC_N2_LANES elements, at sc_n2_words(n2, first). What lies in the
 * words is no caller's business. Arrays that go in and come out may be the same
 * array, but may not overlap otherwise.
 *
 * N serves as the public n, and as each secret prime. Adversary: one who
 * measures time or shares the machine's caches. Time and addresses depend on L
 * and the counts alone, except where a name ends with _vartime. */
#ifndef SC_HE_N2_H
#define SC_HE_N2_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SC_N2_MAX_LIMBS   64 /* words of N: 4096 bits */
#define SC_N2_LANES       8
#define SC_N2_MAX_ENTRIES 256 /* of a table to choose from */

typedef struct sc_n2 sc_n2; /* the modulus, made ready; never changes */

/*   In:      N  n_limbs words, least first; odd, at least 3, top word not 0
 *   Returns: SC_E_ARG  N or n_limbs out of range
 *            SC_E_MEM
 *   Secret:  N, but for those three claims */
SC_MUST_USE sc_err sc_n2_new(sc_n2 **n2, const uint64_t *N, size_t n_limbs);
void sc_n2_free(sc_n2 **n2); /* wipes */

size_t sc_n2_limbs(const sc_n2 *n2);            /* L */
const uint64_t *sc_n2_modulus(const sc_n2 *n2); /* N, L words */
/* The length of an array of n elements, in words. */
size_t sc_n2_words(const sc_n2 *n2, size_t n);

/* ---- into the internal form and out of it -------------------------------- */

/* Integers of x_limbs words each, at most 4*L words; reduced mod N^2. */
void sc_n2_enter(const sc_n2 *n2, uint64_t *out, const uint64_t *x,
                 size_t x_limbs, size_t n);
/* The elements' own digits in base N: a0, then a1, L words each. */
void sc_n2_leave(const sc_n2 *n2, uint64_t *digits, const uint64_t *a,
                 size_t n);
/* The elements as integers in [0, N^2), 2*L words each. */
void sc_n2_value(const sc_n2 *n2, uint64_t *x, const uint64_t *a, size_t n);
/* 1 + m*N for each of n numbers m of L words. */
void sc_n2_one_plus(const sc_n2 *n2, uint64_t *out, const uint64_t *m,
                    size_t n);

/* ---- operations ---------------------------------------------------------- */

void sc_n2_mul(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
               const uint64_t *b, size_t n);
void sc_n2_sqr(const sc_n2 *n2, uint64_t *c, const uint64_t *a, size_t n);
/* out[i] = table[which[i]][i], the table being n_entries arrays of n elements,
 * one behind the other. All of it is read. n <= SC_N2_LANES. */
void sc_n2_select(const sc_n2 *n2, uint64_t *out, const uint64_t *table,
                  size_t n_entries, const uint32_t *which, size_t n);
/* A table that many elements choose from: n_entries single elements. */
size_t sc_n2_shared_words(const sc_n2 *n2, size_t n_entries);
/* Its entry number `at` is the one element a. */
void sc_n2_share(const sc_n2 *n2, uint64_t *table, size_t at,
                 const uint64_t *a);
/* out[i] = table[which[i]]. All of the table is read. */
void sc_n2_select_shared(const sc_n2 *n2, uint64_t *out, const uint64_t *table,
                         size_t n_entries, const uint32_t *which, size_t n);

/* ---- numbers mod N alone: L words each, plain, in [0, N) ------------------ */

/* c = a*b/R mod N; one of a and b may be any number of L words. */
void sc_n2_digit_mul(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, size_t n);
/* c = a*R mod N, for any number of L words. */
void sc_n2_digit_enter(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                       size_t n);
/* c = a - b mod N; a and b in [0, N). */
void sc_n2_digit_sub(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, size_t n);

#endif
