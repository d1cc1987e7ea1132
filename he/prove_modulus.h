/* he/prove_modulus.h: n is a product of two Blum primes, and prime to phi(n).
 *
 * The proof of a "Paillier-Blum modulus" (Canetti, Gennaro, Goldfeder, Makriyannis and
 * Peled, ePrint 2021/060, figure 16), made non-interactive. w is a number of Jacobi
 * symbol -1, y_1 .. y_128 are hashes of the key, w and the context, and for each
 *     z_i = y_i^(1/n mod phi(n)) mod n
 *     x_i = a fourth root of (-1)^a_i * w^b_i * y_i mod n, for one choice of bits
 * so that z_i^n = y_i and x_i^4 = (-1)^a_i * w^b_i * y_i. That every y has an n-th
 * root says that n is square-free and prime to phi(n); that one of four multiples
 * has a fourth root, that it has two prime factors, both 3 mod 4. A number that is not
 * such an n passes with probability 2^-128. How large the factors are it does not
 * say: that none is below 2^16 is looked at where a key is read (he/public.h), and
 * who needs more must trust the key's maker or deal it (docs/protocols/paillier.md).
 *
 * Adversary: a key's owner who would read, or forge, by a modulus that is none. The
 * prover's arithmetic is not constant in time: it runs once a key, where it was made.
 * Proof: w, then the bits a and b (16 bytes each, the first in the highest bit), then
 * x_i and z_i of each, big-endian of n's length. */
#ifndef SC_HE_PROVE_MODULUS_H
#define SC_HE_PROVE_MODULUS_H

#include "he/private.h"

#define SC_MODULUS_ROUNDS 128

/*   Returns: SC_E_RNG, SC_E_MEM; out as it was */
SC_MUST_USE sc_err sc_prove_modulus(const sc_he_private *sk, sc_rng *rng,
                                    sc_bytes context, sc_buf *out);
/*   Returns: SC_E_WIRE   the proof has another length, or numbers out of range
 *            SC_E_CHEAT  it proves nothing of this key in this context
 *            SC_E_MEM
 *   Cost:    128 powers mod n with n as exponent, shared out among threads */
SC_MUST_USE sc_err sc_check_modulus(const sc_he_public *pk, sc_bytes context,
                                    sc_bytes proof);
size_t sc_prove_modulus_len(const sc_he_public *pk);

#endif
