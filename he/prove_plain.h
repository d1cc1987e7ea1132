/* he/prove_plain.h: who made these ciphertexts knows what they hold.
 *
 * For a ciphertext c = (1 + n)^m * hs^alpha mod n^2 (Damgard and Jurik, 2001, with
 * the noise of Damgard, Jurik and Nielsen):
 *     B = (1 + n)^x * hs^beta       x uniform mod n, beta of |n|/2 + 255 bits
 *     e = the challenge (he/challenge.h) of the key, all c and all B
 *     w = x + e*m mod n,  b = beta + e*alpha
 * and it holds that (1 + n)^w * hs^b = B * c^e. Many ciphertexts share one e.
 *
 * Sound: from answers to e and e', (1 + n)^(w-w') * hs^(b-b') = c^(e-e'). With
 * u*(e-e') = 1 + k*n this gives m = u*(w-w') and the noise h^(u*(b-b')) * c^(-k) to
 * the power n: a plaintext is known if e - e', below 2^128, is prime to n, so for n
 * without such factors. What its owner's proof shows of that and what not is in
 * docs/protocols/paillier.md; a dealt n is such a one. Zero knowledge: beta hides
 * e*alpha up to 2^-127 a ciphertext.
 *
 * Adversary: a prover who copied c from another, or made it by arithmetic; one who
 * moves a proof; one who sees proofs and measures the prover. Proof: e, then w
 * (|n| bits) and b (|n|/2 + 256) of each, big-endian. */
#ifndef SC_HE_PROVE_PLAIN_H
#define SC_HE_PROVE_PLAIN_H

#include "he/encrypt.h"

/* Append the proof for c, which is sc_encrypt_with of m and alphas.
 *   Returns: SC_E_ARG  c is of another key, or one of m not in [0, n)
 *            SC_E_RNG, SC_E_MEM; out as it was
 *   Secret:  m, alphas
 *   Cost:    that of encrypting c again, with exponents a sixth longer */
SC_MUST_USE sc_err sc_prove_plain(const sc_encryptor *e, sc_rng *rng,
                                  sc_bytes context, const sc_cipher *c,
                                  const uint64_t *m, const uint64_t *alphas,
                                  sc_buf *out);
/*   Returns: SC_E_WIRE   the proof has another length, or numbers out of range
 *            SC_E_CHEAT  it proves nothing of these c in this context
 *            SC_E_ARG    c is of another key
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_check_plain(const sc_encryptor *e, sc_bytes context,
                                  const sc_cipher *c, sc_bytes proof);
size_t sc_prove_plain_len(const sc_he_public *pk, size_t n);

#endif
