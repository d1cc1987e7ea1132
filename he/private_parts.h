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

/* m = mq + q * ((mp - mq) / q mod p); mp < p, mq < q. */
void sc_he_garner(const sc_he_private *sk, uint64_t *m, const uint64_t *mp,
                  const uint64_t *mq);

#endif
