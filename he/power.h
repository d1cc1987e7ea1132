/* he/power.h: powers mod N^2 of many elements.
 *
 * Shared out among OpenMP's threads, unless the caller is one of several. Fixed
 * windows of the exponent: so many squarings, then one product by an entry
 * of a table of all small powers. Adversary: as in he/n2.h. */
#ifndef SC_HE_POWER_H
#define SC_HE_POWER_H

#include "he/n2.h"

/* out[i] = a[i]^exponent, one exponent for all.
 *   In:      exponent  at least (exp_bits + 63) / 64 words, below 2^exp_bits
 *            exp_bits  at least 1
 *   Returns: SC_E_MEM
 *   Secret:  a, exponent; time depends on exp_bits and n alone */
SC_MUST_USE sc_err sc_n2_pow(const sc_n2 *n2, uint64_t *out, const uint64_t *a,
                             size_t n, const uint64_t *exponent,
                             size_t exp_bits);
/* out[i] = a[i]^exponents[i], of (exp_bits + 63) / 64 words each.
 *   Secret:  a, exponents; time depends on exp_bits and n alone */
SC_MUST_USE sc_err sc_n2_pow_each(const sc_n2 *n2, uint64_t *out,
                                  const uint64_t *a, const uint64_t *exponents,
                                  size_t n, size_t exp_bits);
/* 1/a[i] for each, one division for all (Montgomery's trick).
 *   Returns: SC_E_ARG  some a[i] has no inverse; out all zero
 *            SC_E_MEM
 *   Secret:  nothing: a and N are public */
SC_MUST_USE sc_err sc_n2_invert_vartime(const sc_n2 *n2, uint64_t *out,
                                        const uint64_t *a, size_t n);

#endif
