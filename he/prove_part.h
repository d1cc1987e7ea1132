/* he/prove_part.h: a partial decryption is made with the party's share.
 *
 * For base v, key v_i = v^x and ciphertexts c_j with parts d_j = c_j^(2x), x = D*s_i
 * (he/threshold.h): the logarithm of d_j^2 to the base c_j^4, for every j, is that of
 * v_i to the base v (Shoup, 2000, section 4, over Z_{n^2} as Fouque, Poupard and Stern
 * have it; all c_j share one challenge):
 *     r of |x| + 255 bits, x having 2*|n| + 64,  A = v^r,  B_j = (c_j^4)^r
 *     e = the challenge (he/challenge.h) of the key, i, v, all v_i, c and d, A, all B
 *     z = r + e*x
 * and it holds that v^z = A * v_i^e and (c_j^4)^z = B_j * (d_j^2)^e.
 *
 * It binds d_j up to its sign, which combining takes away: two right parts of a
 * party need not be the same bytes. Sound where the squares mod n^2 have no order
 * below 2^128: for a dealt n of safe primes. Zero knowledge: r hides e*x up to
 * 2^-127.
 *
 * Adversary: a holder who would turn a total by a wrong part; one who moves a proof;
 * one who sees parts and measures their maker. Proof: e, then z, big-endian. */
#ifndef SC_HE_PROVE_PART_H
#define SC_HE_PROVE_PART_H

#include "he/challenge.h"
#include "he/threshold.h"

/* Append the proof for parts, which are sc_threshold_part of share and c.
 *   Returns: SC_E_ARG  as sc_threshold_part
 *            SC_E_RNG, SC_E_MEM; out as it was
 *   Secret:  share
 *   Cost:    that of the parts again */
SC_MUST_USE sc_err sc_prove_part(const sc_threshold *key, const sc_share *share,
                                 sc_rng *rng, sc_bytes context,
                                 const sc_cipher *c, const sc_cipher *parts,
                                 sc_buf *out);
/* Are parts those of party `index`?
 *   Returns: SC_E_WIRE   the proof has another length
 *            SC_E_CHEAT  it proves nothing of these in this context
 *            SC_E_ARG    c or parts are of another n or length; no such index
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_check_part(const sc_threshold *key, size_t index,
                                 sc_bytes context, const sc_cipher *c,
                                 const sc_cipher *parts, sc_bytes proof);
size_t sc_prove_part_len(const sc_threshold *key);

#endif
