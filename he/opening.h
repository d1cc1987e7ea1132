/* he/opening.h: a ciphertext opened for all: its plaintext with its randomness.
 *
 * Every c in Z*_{n^2} is (1 + n)^m * r^n for one m in [0, n) and one r in Z*_n,
 * and who has the private key finds r = c^(1/n mod phi(n)) mod n (Paillier, 1999).
 * Whoever is given (m, r) makes c again, and needs no private key for it: correct
 * decryption, checked by anybody. That there is one m only holds for a
 * square-free n: who checks must have checked the proof of n before
 * (he/prove_modulus.h), or have the key from a dealer, for an owner who made n =
 * p^2*q opens as he likes. Of a sum, r is the product of all its addends' r, so of
 * theirs nothing is told but that product.
 *
 * Adversary: one who says that c holds what it does not; and for him who opens, one who
 * measures: no branch and no address depends on the key. */
#ifndef SC_HE_OPENING_H
#define SC_HE_OPENING_H

#include "he/private.h"

/* r of each of c, sc_he_limbs words.
 *   Returns: SC_E_ARG  c is of another n
 *            SC_E_MEM  r all zero
 *   Secret:  sk; r is meant to be shown */
SC_MUST_USE sc_err sc_open_noise(const sc_he_private *sk, uint64_t *r,
                                 const sc_cipher *c);
/* Does each of c hold that of m, by that r?
 *   Returns: SC_E_ARG    c is of another n, or one of m or r is not in [0, n)
 *            SC_E_CHEAT  at least one does not
 *            SC_E_MEM
 *   Cost:    a power mod n^2 with n as exponent each; everything is public */
SC_MUST_USE sc_err sc_check_opening(const sc_he_public *pk, const sc_cipher *c,
                                    const uint64_t *m, const uint64_t *r);

#endif
