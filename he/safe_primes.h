/* he/safe_primes.h: p = 2p' + 1 with p' prime, for keys that are dealt in shares.
 *
 * Shares of a key live in the group of squares mod n^2; with safe primes its order,
 * n*p'*q', has no small factor, which the proofs of partial decryptions need (Shoup,
 * 2000; Fouque, Poupard and Stern, 2000).
 *
 * Adversary: one who later reads the dealer's memory: numbers are wiped. Nothing here
 * is constant in time: it runs once a key, on the dealer's machine. */
#ifndef SC_HE_SAFE_PRIMES_H
#define SC_HE_SAFE_PRIMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

/* Safe primes p > q of bits / 2 bits each, whose product has `bits` bits, fit for a
 * key (he/primes.h). What is found depends on rng alone: 32 bytes a prime.
 *   Returns: SC_E_RNG
 *   Cost:    at 3072 bits ten seconds or so on each of two processors */
SC_MUST_USE sc_err sc_safe_primes_draw(sc_rng *rng, uint64_t *p, uint64_t *q,
                                       size_t bits);

#endif
