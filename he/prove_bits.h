/* he/prove_bits.h: each of these ciphertexts holds 0 or 1.
 *
 * For c = (1 + n)^x * hs^alpha, x in {0, 1}: one of u_0 = c and u_1 = c/(1 + n) is
 * hs^alpha, an n-th residue (Cramer, Damgard and Schoenmakers' proof of one of two
 * statements, 1994, over Damgard and Jurik's of an n-th power, 2001). The other
 * branch, k = 1 - x, is simulated: with e_k drawn,
 *     B_i = u_i^(-e_i) * hs^(beta_i + e_i*alpha)      beta_i of |n|/2 + 255 bits
 *     e   = the challenge of the key, all c, all B_0 and all B_1;  e_0 + e_1 = e
 *     b_i = beta_i + e_i*alpha
 * where the simulated B_k = (1 + n)^(+-e_k) * hs^beta_k and the true B_x =
 * hs^beta_x. It holds that hs^b_i = B_i * u_i^e_i for both. Many ciphertexts share e,
 * and each has an e_0 of its own; e_1 = e - e_0 mod 2^128.
 *
 * Sound: answers to two challenges differ in one branch's e_i at least, and then
 * hs^(b-b') = u_i^(e_i-e_i') makes u_i an n-th residue, if e_i - e_i', below
 * 2^128, is prime to n: for n without such factors, as in he/prove_plain.h. Zero
 * knowledge up to 2^-127 a branch.
 *
 * Adversary: a contributor who would weigh more than others; one who moves a proof;
 * one who sees proofs and measures the prover. Proof: e, then e_0, b_0, b_1 of
 * each. */
#ifndef SC_HE_PROVE_BITS_H
#define SC_HE_PROVE_BITS_H

#include "he/encrypt.h"

/* Append the proof for c, which is sc_encrypt_with of bits and alphas.
 *   In:      bits  0 or 1, one for each ciphertext
 *   Returns: SC_E_ARG  c is of another key, or one of bits is neither
 *            SC_E_RNG, SC_E_MEM; out as it was
 *   Secret:  bits, alphas
 *   Cost:    that of encrypting c twice, with exponents a sixth longer */
SC_MUST_USE sc_err sc_prove_bits(const sc_encryptor *e, sc_rng *rng,
                                 sc_bytes context, const sc_cipher *c,
                                 const uint8_t *bits, const uint64_t *alphas,
                                 sc_buf *out);
/*   Returns: SC_E_WIRE   the proof has another length
 *            SC_E_CHEAT  it proves nothing of these c in this context
 *            SC_E_ARG    c is of another key
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_check_bits(const sc_encryptor *e, sc_bytes context,
                                 const sc_cipher *c, sc_bytes proof);
size_t sc_prove_bits_len(const sc_he_public *pk, size_t n);

#endif
