/* he/private.h: a private key, and decryption with it (ISO/IEC 18033-6).
 *
 * Decryption works mod p^2 and mod q^2 apart, in the two-digit form of he/n2.h:
 * c^(p-1) mod p^2 is 1 + y*p, and its digits are (1, y).
 *
 * Adversary: one who sends ciphertexts and measures time or shares the machine's
 * caches: no branch and no address of decryption depends on the key or on a
 * plaintext. Making and reading a key is not like that (he/primes.h). Who
 * decrypts whatever it is sent, and shows the answer, helps anybody: that is not
 * for arithmetic to prevent. */
#ifndef SC_HE_PRIVATE_H
#define SC_HE_PRIVATE_H

#include "base/rng.h"
#include "he/cipher.h"

typedef struct sc_he_private sc_he_private;

/* A fresh key of `bits` bits (sc_he_is_size).
 *   Returns: SC_E_ARG   bits
 *            SC_E_WIRE  id (he/public.h)
 *            SC_E_RNG, SC_E_MEM */
SC_MUST_USE sc_err sc_he_generate(sc_he_private **sk, sc_rng *rng, size_t bits,
                                  const char *id, unsigned flags);
/* The key of two primes of bits / 128 words each.
 *   Returns: SC_E_ARG    bits
 *            SC_E_WIRE   id
 *            SC_E_CHEAT  p and q are not as he/primes.h has them
 *            SC_E_MEM
 *   Secret:  p, q */
SC_MUST_USE sc_err sc_he_private_new(sc_he_private **sk, const uint64_t *p,
                                     const uint64_t *q, size_t bits,
                                     const char *id, unsigned flags);
void sc_he_private_free(sc_he_private **sk); /* wipes */

/* Its public half, which lives as long as the key. */
const sc_he_public *sc_he_private_public(const sc_he_private *sk);
/* p and q, sc_he_limbs / 2 words each: for its file. Secret. */
const uint64_t *sc_he_private_p(const sc_he_private *sk);
const uint64_t *sc_he_private_q(const sc_he_private *sk);

/* Plaintexts of all of c, sc_he_limbs words each; shared out among threads.
 *   Returns: SC_E_ARG  c is of another n; m untouched
 *            SC_E_MEM  m all zero
 *   Secret:  sk, m */
SC_MUST_USE sc_err sc_he_decrypt(const sc_he_private *sk, uint64_t *m,
                                 const sc_cipher *c);

#endif
