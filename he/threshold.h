/* he/threshold.h: a private key in shares: any t of n parties decrypt, t - 1 learn
 * nothing (Fouque, Poupard and Stern, 2000; Damgard and Jurik, 2001, section 4.1).
 *
 *     deal      n = p*q, safe primes, m = p'*q'; d = 0 mod m, d = 1 mod n; f a random
 *               polynomial mod n*m of degree t - 1 with f(0) = d; s_i = f(i);
 *               v a random square mod n^2, v_i = v^(D*s_i), D = (number of parties)!
 *     ranges    g_j = hs^(2*lambda_j) mod n^2, j = 1 .. SC_RANGE_SLOTS, lambda_j uniform
 *               of |n| + 128 bits: bases for he/prove_range.h
 *     part      c_i = c^(2*D*s_i) mod n^2, with a proof (he/prove_part.h)
 *     combine   prod over i in S of c_i^(2*l_i) = c^(4*D^2*d) = 1 + 4*D^2*x*n,
 *               l_i = D * prod over j in S, j != i, of j/(j - i): whole numbers
 *
 * A dealer makes all of it, hands each party its share, and erases. Adversary: t -
 * 1 holders of shares, chosen beforehand, who work together and see all
 * ciphertexts and parts; holders who send wrong parts (each is named by its
 * proof). The dealer is trusted: to erase, and for n, v, the v_i and the g_j. Who has
 * n's factors or the lambda_j makes false proofs of ranges; a g_j that is no power of
 * hs shows what they hide. A key without a dealer is not offered. */
#ifndef SC_HE_THRESHOLD_H
#define SC_HE_THRESHOLD_H

#include "base/rng.h"
#include "he/cipher.h"

#define SC_THRESHOLD_MAX 16 /* parties */
#define SC_RANGE_SLOTS   16 /* the g_j */

typedef struct sc_threshold sc_threshold;

/* A party's share. Secret. */
typedef struct {
    size_t index; /* 1 .. n */
    uint64_t s[2 * SC_HE_MAX_LIMBS];
} sc_share;

/* Deal a fresh key.
 *   In:      needed   t, 1 .. parties
 *            parties  2 .. SC_THRESHOLD_MAX
 *            shares   room for one each, in the order of their indices
 *   Returns: SC_E_ARG   bits, needed, parties
 *            SC_E_WIRE  id (he/public.h)
 *            SC_E_RNG, SC_E_MEM; shares all zero
 *   Cost:    that of safe primes (he/safe_primes.h); not constant in time */
SC_MUST_USE sc_err sc_threshold_deal(sc_threshold **key, sc_share *shares,
                                     sc_rng *rng, size_t bits, const char *id,
                                     size_t needed, size_t parties,
                                     unsigned flags);
/* The key of n, v, all v_i and all g_j, 2*|n| bits each.
 *   In:      v, vs, gs  elements as bytes, as sc_cipher_put has them; vs of all
 *                       parties. Whoever could change them could make any part, or
 *                       any range, right: they must come from the dealer
 *   Returns: SC_E_WIRE  needed or parties, n or id, v, vs or gs are none; v or a
 *                       g_j is +-1 mod a factor of n
 *            SC_E_CHEAT, SC_E_MEM as sc_he_public_new */
SC_MUST_USE sc_err sc_threshold_new(sc_threshold **key, sc_bytes n,
                                    const char *id, size_t needed,
                                    size_t parties, sc_bytes v, sc_bytes vs,
                                    sc_bytes gs, unsigned flags);
void sc_threshold_free(sc_threshold **key);

/* What encrypts; it lives as long as the key. */
const sc_he_public *sc_threshold_public(const sc_threshold *key);
size_t sc_threshold_needed(const sc_threshold *key);
size_t sc_threshold_parties(const sc_threshold *key);
/* v, and the v_i of all parties in order. */
const sc_cipher *sc_threshold_base(const sc_threshold *key);
const sc_cipher *sc_threshold_keys(const sc_threshold *key);
/* g_1 .. g_K, K = SC_RANGE_SLOTS. */
const sc_cipher *sc_threshold_ranges(const sc_threshold *key);

/* Fill parts, of as many elements as c, with this party's c_i.
 *   Returns: SC_E_ARG  parts or c are of another n or length; no such index
 *            SC_E_MEM
 *   Secret:  share
 *   Cost:    a power mod n^2 with an exponent of twice n's length each */
SC_MUST_USE sc_err sc_threshold_part(const sc_threshold *key,
                                     const sc_share *share, const sc_cipher *c,
                                     sc_cipher *parts);
/* Is it the share of the party that it says: v^(D*s) = v_i?
 *   Returns: SC_E_ARG    no such index
 *            SC_E_CHEAT  it is not: no part made with it would be one
 *            SC_E_MEM
 *   Secret:  share */
SC_MUST_USE sc_err sc_threshold_check_share(const sc_threshold *key,
                                            const sc_share *share);
/* Plaintexts from `needed` parties' parts, each of them proved before.
 *   In:      indices  of the parties, 1 .. n, each once
 *            m        sc_he_limbs words for each ciphertext
 *   Returns: SC_E_ARG    indices, or parts of another n or of different lengths
 *            SC_E_CHEAT  the parts do not fit together: one was not proved
 *            SC_E_MEM; m all zero
 *   Secret:  nothing: who has the parts has the plaintexts */
SC_MUST_USE sc_err sc_threshold_combine(const sc_threshold *key,
                                        const size_t *indices,
                                        const sc_cipher *const *parts,
                                        uint64_t *m);

/* ---- for the room's other files ------------------------------------------ */

int sc_threshold_are_counts(size_t needed, size_t parties);
uint64_t sc_threshold_factorial(size_t parties); /* D, below 2^45 */
/* D*s, of sc_threshold_words words. Secret. */
#define SC_THRESHOLD_MAX_WORDS (2 * SC_HE_MAX_LIMBS + 1)
size_t sc_threshold_words(const sc_threshold *key);
void sc_threshold_exponent(const sc_threshold *key, uint64_t *x,
                           const sc_share *share);

#endif
