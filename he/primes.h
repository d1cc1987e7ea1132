/* he/primes.h: the two primes of a private key.
 *
 * p > q, both of half of n's length with their two top bits set, so that n has
 * its whole length; p = q = 3 mod 4 (Blum), gcd(p - 1, q - 1) = 2, and
 * p - q > 2^(|p| - 100), as FIPS 186-5 has it. Candidates are uniform among the
 * numbers of that form: no search upward from a random start.
 *
 * Adversary: one who guesses, or later reads memory. Not one who measures while
 * a key is made or read: primality and gcd are GMP's and take their time by
 * their operands. That happens on the owner's machine, once a key. */
#ifndef SC_HE_PRIMES_H
#define SC_HE_PRIMES_H

#include "base/rng.h"

/* Two primes of bits / 128 words each; draws 64 bytes of rng, from which ChaCha20
 * makes the candidates of p and of q, two threads at once. bits as for
 * sc_he_is_size.
 *   Returns: SC_E_RNG  p, q all zero
 *   Secret:  p, q */
SC_MUST_USE sc_err sc_primes_draw(sc_rng *rng, uint64_t *p, uint64_t *q,
                                  size_t bits);
/*   Returns: SC_E_CHEAT  p and q are not as above */
SC_MUST_USE sc_err sc_primes_check_vartime(const uint64_t *p, const uint64_t *q,
                                           size_t bits);

#endif
