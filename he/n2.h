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
#define SC_N2_MAX_LOGS    2048

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
/* c[i] = a[i]^(2^times) * b[i], as a power goes on by a window; c is
 * not b, unless times is 0. */
void sc_n2_sqr_mul(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                   size_t times, const uint64_t *b, size_t n);
/* out[i] = table[which[i]][i], the table being n_entries arrays of n elements,
 * one behind the other. All of it is read. */
void sc_n2_select(const sc_n2 *n2, uint64_t *out, const uint64_t *table,
                  size_t n_entries, const uint32_t *which, size_t n);

/* Element number `at` of an array becomes number `which` of another. */
void sc_n2_copy(const sc_n2 *n2, uint64_t *array, size_t at,
                const uint64_t *from, size_t which);

/* ---- a table that many elements choose from -------------------------------
 *
 * With R the internal form's, every unit g has one residue t = g*R mod N and one
 * logarithm s in [0, N) such that
 *     g*R = t * (1 + N)^s mod N^2.
 * A table holds both. A product by g is one by the single digit t, and the
 * logarithms of many products are added up and go in at the end, at once: four
 * products of digits in place of five. A table is public. */

size_t sc_n2_table_words(const sc_n2 *n2, size_t n_entries);
/* Entry number `at` of n <= SC_N2_LANES tables, one behind the other, is a[i]; its
 * inverse is inverses[i]. */
void sc_n2_table_put(const sc_n2 *n2, uint64_t *tables, size_t n_entries,
                     size_t at, const uint64_t *a, const uint64_t *inverses,
                     size_t n);
/* a[i] *= what has the residue of entry which[i] and the logarithm 0, and
 * logs[i] += its logarithm. All of the table is read. Sums of logarithms begin
 * as zeros and take SC_N2_MAX_LOGS of them. */
void sc_n2_table_mul(const sc_n2 *n2, uint64_t *a, uint64_t *logs,
                     const uint64_t *table, size_t n_entries,
                     const uint32_t *which, size_t n);
size_t sc_n2_log_words(const sc_n2 *n2,
                       size_t n); /* of n sums; as sc_n2_words */
/* a[i] *= (1 + N)^logs[i]. */
void sc_n2_add_logs(const sc_n2 *n2, uint64_t *a, const uint64_t *logs,
                    size_t n);

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
