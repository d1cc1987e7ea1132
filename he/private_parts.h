/* he/private_parts.h: what a private key is made of, for this room's files alone.
 *
 * Secret: all of it but pk and L. */
#ifndef SC_HE_PRIVATE_PARTS_H
#define SC_HE_PRIVATE_PARTS_H

#include "he/private.h"

#define SC_HE_MAX_HALF (SC_HE_MAX_LIMBS / 2)
#define SC_HE_GROUP    ((size_t)32) /* ciphertexts at a time */

/* One of the primes. */
typedef struct {
    sc_n2 *n2;                     /* Z/p^2 */
    uint64_t less[SC_HE_MAX_HALF]; /* p - 1 */
    uint64_t h[SC_HE_MAX_HALF];    /* -1/q * R mod p */
    uint64_t root[SC_HE_MAX_HALF]; /* 1/n mod p - 1 */
} sc_he_half;

struct sc_he_private {
    sc_he_public *pk;
    size_t L; /* words of a prime */
    uint64_t p[SC_HE_MAX_HALF], q[SC_HE_MAX_HALF];
    sc_he_half of_p, of_q;
    uint64_t q_inverse[SC_HE_MAX_HALF]; /* 1/q * R mod p */
};

/* What a group of ciphertexts needs, on the heap. */
typedef struct {
    uint64_t c[SC_HE_GROUP * 2 * SC_HE_MAX_LIMBS];  /* as integers */
    uint64_t digits[SC_HE_GROUP * SC_HE_MAX_LIMBS]; /* of powers, in base p */
    uint64_t of_p[SC_HE_GROUP * SC_HE_MAX_HALF];
    uint64_t of_q[SC_HE_GROUP * SC_HE_MAX_HALF];
} sc_he_work;

/* Of n ciphertexts w->c a number mod p each, L words. */
typedef sc_err sc_he_half_call(const sc_he_half *of, sc_he_work *w,
                               uint64_t *out, size_t L, size_t n);
/* w->digits of c^exponent mod p^2, both of L words. */
SC_MUST_USE sc_err sc_he_half_power(const sc_he_half *of, sc_he_work *w,
                                    const uint64_t *exponent, size_t L,
                                    size_t n);
/* Of each of c the number mod n that is what call finds mod p and mod q; by
 * groups, among threads.
 *   Returns: SC_E_ARG  c is of another n; out untouched
 *            SC_E_MEM  out all zero */
SC_MUST_USE sc_err sc_he_by_halves(const sc_he_private *sk, uint64_t *out,
                                   const sc_cipher *c, sc_he_half_call *call);

#endif
