/* he/plaintext.h: signed integers as plaintexts.
 *
 * A plaintext m in [0, n) stands for m if m < n/2, else for m - n: signed
 * integers x with |x| < n/2. Arrays of plaintexts hold sc_he_limbs(pk) words
 * each, least first. A sum that leaves the range comes out as another number,
 * and nobody sees that: who adds bounds what is added.
 *
 * Adversary: as in he/n2.h; the values are secret, and time depends on their
 * number alone. What is told is whether all were in range. */
#ifndef SC_HE_PLAINTEXT_H
#define SC_HE_PLAINTEXT_H

#include "he/public.h"

/* Any 64-bit integer fits. */
void sc_plain_from_i64(const sc_he_public *pk, uint64_t *m, const int64_t *x,
                       size_t n);
/*   Returns: SC_E_ARG  one of m is not in [0, n) or no 64-bit integer; x all
 *                      zero */
SC_MUST_USE sc_err sc_plain_to_i64(const sc_he_public *pk, int64_t *x,
                                   const uint64_t *m, size_t n);
/* Absolute values of sc_he_limbs(pk) words each, and signs: 1 negative, else 0.
 *   Returns: SC_E_ARG  an absolute value is above n/2; m all zero */
SC_MUST_USE sc_err sc_plain_from_wide(const sc_he_public *pk, uint64_t *m,
                                      const uint64_t *size,
                                      const uint8_t *is_negative, size_t n);
/*   Returns: SC_E_ARG  one of m is not in [0, n); outputs all zero */
SC_MUST_USE sc_err sc_plain_to_wide(const sc_he_public *pk, uint64_t *size,
                                    uint8_t *is_negative, const uint64_t *m,
                                    size_t n);
/* SC_E_ARG unless all of m are in [0, n). */
SC_MUST_USE sc_err sc_plain_check(const sc_he_public *pk, const uint64_t *m,
                                  size_t n);

#endif
