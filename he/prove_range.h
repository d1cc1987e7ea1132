/* he/prove_range.h: these ciphertexts hold values that do not run out of their slots
 * (he/range.h), for keys in shares (he/threshold.h).
 *
 * The dealer's g_k are bases of commitments to integers (Fujisaki and Okamoto, 1997;
 * Damgard and Fujisaki, 2002), as in Canetti et al., ePrint 2021/060, section 2.3 and
 * figure 14. With V = value_bits and u = hs^2, of c = (1 + n)^m * hs^alpha, m = sum
 * of 2^(width*k) * x_k:
 *     S = prod of g_k^x_k * u^mu              mu of |n|/2 bits
 *     A = (1 + n)^(sum of 2^(width*k) * a_k) * hs^beta
 *     T = prod of g_k^a_k * u^nu              a_k of V + 160 bits, beta of |n|/2 +
 *                                             255, nu of |n|/2 + 254
 *     e = the challenge (he/challenge.h) of the key, all g_j, V, width, slots, all c,
 *         all S, all A and all T
 *     z_k = a_k + e*x_k,  b = beta + e*alpha,  d = nu + e*mu,  whole numbers;
 *     all anew unless every z_k is in [2^(V+128), 2^(V+160))
 * and it holds that (1 + n)^(sum of 2^(width*k) * z_k) * hs^b = A * c^e and prod of
 * g_k^z_k * u^d = T * S^e, and that the z_k are in that range.
 *
 * Claim: c holds sum of 2^(width*k) * x_k for whole numbers |x_k| < 2^(V+160). Not
 * that x_k is below 2^V, nor that it is not negative: 160 bits of slack.
 *
 * Sound: answers to e and e' give, with D for differences, 0 < |De| < 2^128,
 *     prod of g_k^Dz_k * u^Dd = S^De
 *     (1 + n)^(sum of 2^(width*k) * Dz_k) * hs^Db = c^De.
 * If De divides all Dz_k, then with x_k = Dz_k/De, below 2^(V+160) in size, c holds
 * the sum, De being prime to n. Else let r be a prime of which De has more factors
 * than some Dz_k. A dealt n, and the order of u, have no factor as small.
 *   r odd: g_k = u^lambda_k, and what is public tells lambda_k mod u's order alone:
 *     128 bits more are hidden. So De has more factors r than the sum L of all
 *     lambda_k*Dz_k and Dd, too, but for a chance of 1/r. Divide both exponents in
 *     u^L = S^De by what they share (a root of 1 that appears is +-1, or tells
 *     n's factors): it makes an r-th root of u. Now u = x^(4n) for h's x, a hash,
 *     and 4n is prime to r: it makes one of x. That is the strong RSA problem.
 *   r = 2: roots of u like x^(2n) are known, so this is another argument. Divide the
 *     exponents of the g_k, of x and of S by the twos that all share: +-(prod of
 *     g_k^i_k * x^j) is the square of a power of S, some i_k or j odd. Who drew the
 *     g_k as squares of his own, and x as +- a square, or as none, so that j is
 *     even, has a root of it himself, and the two give n's factors with a
 *     chance of 1/2.
 * Zero knowledge: e*x_k < 2^(V+128), so each z_k in its range comes of one a_k,
 * whatever x_k is: z_k is uniform there, and out of range with a chance of 2^-32, so
 * neither it nor a new start tells anything. b and d hide alpha and mu up to
 * 2^-127 and 2^-126 a ciphertext. S hides the x_k as c hides m: u^mu cannot be told
 * from any power of u (short exponents), and the g_k are such, by the dealer's word.
 *
 * Adversary: a prover who puts more into a slot, moves a proof, or copies; one who
 * sees proofs and measures the prover. Not the dealer, nor t holders of shares
 * together, whose shares give n's factors. Proof: e, then of each ciphertext S
 * (2*|n| bits), all z_k (V + 160 bits, rounded up to words of 64), b and d (|n|/2 + 256
 * each), big-endian. */
#ifndef SC_HE_PROVE_RANGE_H
#define SC_HE_PROVE_RANGE_H

#include "he/range.h"

/* Append the proof for c, which is sc_encrypt_with of sc_range_pack of x, and alphas.
 *   In:      x  slots values for each ciphertext
 *   Returns: SC_E_ARG  c is of another key, or one of x not in [0, 2^value_bits)
 *            SC_E_RNG  also if it began anew SC_RANGE_TRIES times: the source is
 *                      none
 *            SC_E_MEM; out as it was
 *   Secret:  x, alphas; how often it begins anew is no secret
 *   Cost:    that of encrypting c seven times, with 13 slots of 64-bit values */
SC_MUST_USE sc_err sc_prove_range(const sc_range *r, sc_rng *rng,
                                  sc_bytes context, const sc_cipher *c,
                                  const sc_u128 *x, const uint64_t *alphas,
                                  sc_buf *out);
#define SC_RANGE_TRIES 64
/*   Returns: SC_E_WIRE   the proof has another length, or numbers out of range
 *            SC_E_CHEAT  it proves nothing of these c in this context
 *            SC_E_ARG    c is of another key
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_check_range(const sc_range *r, sc_bytes context,
                                  const sc_cipher *c, sc_bytes proof);
size_t sc_prove_range_len(const sc_range *r, size_t n);

#endif
