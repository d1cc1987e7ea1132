/* he/fixed_base.h: powers of one base, by a table and without a squaring.
 *
 * For exponents of exp_bits bits and windows of w bits the table holds
 * base^(d * 2^(w*j)) for each window j and each digit d: a power is one product a
 * window. Its size is 2^w * exp_bits/w elements, and it is public.
 * Adversary: as in he/n2.h; all entries of a window are read, whatever its
 * digit. */
#ifndef SC_HE_FIXED_BASE_H
#define SC_HE_FIXED_BASE_H

#include "he/n2.h"

#define SC_FIXED_BASE_MAX_WINDOW 8

typedef struct sc_fixed_base sc_fixed_base;

/*   In:      n2      borrowed for the table's life
 *            base    one element
 *            window  1 .. SC_FIXED_BASE_MAX_WINDOW
 *   Returns: SC_E_ARG  window out of range, exp_bits 0 or above 2048 windows;
 *                      base has no inverse
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_fixed_base_new(sc_fixed_base **table, const sc_n2 *n2,
                                     const uint64_t *base, size_t exp_bits,
                                     size_t window);
void sc_fixed_base_free(sc_fixed_base **table);

/* a[i] = a[i] * base^exponents[i].
 *   In:      exponents  (bits + 63) / 64 words each, below 2^bits
 *            bits       at most the table's
 *   Returns: SC_E_MEM   a as it was
 *   Secret:  a, exponents; time depends on n, bits and the window alone */
SC_MUST_USE sc_err sc_fixed_base_mul(const sc_fixed_base *table, uint64_t *a,
                                     const uint64_t *exponents, size_t bits,
                                     size_t n);

#endif
