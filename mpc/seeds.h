/* mpc/seeds.h: pairwise seeds of one session, and streams and zero shares from
 * them (docs/protocols/masked-sum.md).
 *
 * Every pair of parties derives s_ij = HKDF-SHA256(X25519(sk_i, pk_j);
 * salt = sid; info = "sharechain/pair/1" || i || j), i < j, from ephemeral keys
 * that the consents signed. A stream is keyed per (pair, purpose); its counter
 * holds operator id and block index. A retry is a new session with new keys, so
 * no stream is ever used for two inputs.
 * Adversary: up to n - 2 colluding parties that follow the protocol. */
#ifndef SC_MPC_SEEDS_H
#define SC_MPC_SEEDS_H

#include "base/limits.h"
#include "base/rng.h"
#include "mpc/ring.h"

#define SC_X25519_LEN 32

typedef struct sc_seeds sc_seeds;

/* An ephemeral key pair. SC_E_RNG. Wipe sk after sc_seeds_new. */
SC_MUST_USE sc_err sc_seeds_keypair(sc_rng *rng, uint8_t sk[static 32],
                                    uint8_t pk[static 32]);
/*   In:      me      my number, 0 <= me < n_parties
 *            pks     n_parties public keys, in the job's order (pks[me] mine)
 *   Returns: SC_E_ARG    me or n_parties (2..SC_MAX_PARTIES) out of range
 *            SC_E_CHEAT  a peer's key gives the all-zero secret
 *   Secret:  sk, all that is derived; wiped by sc_seeds_free */
SC_MUST_USE sc_err sc_seeds_new(sc_seeds **s, size_t me,
                                const uint8_t sk[static 32],
                                const uint8_t (*pks)[32], size_t n_parties,
                                const uint8_t sid[static 32]);
void sc_seeds_free(sc_seeds **s);
/* No masks are shared with this peer from here on; all who mask leave out the
 * same ones. Its pair key stays. me and unknown peers: nothing happens. */
void sc_seeds_leave_out(sc_seeds *s, size_t peer);
/* A 32-byte key that both ends of the pair (me, peer) share, for `purpose`
 * ("chan/1", ...). Secret. */
SC_MUST_USE sc_err sc_seeds_pair_key(const sc_seeds *s, uint8_t out[static 32],
                                     size_t peer, const char *purpose);
/* y[i] += z_me[i], where z_1 + ... + z_n = 0 over those not left out, and any
 * n - 1 of the vectors that miss two honest parties look uniform. Elements first ..
 * first + n - 1 of the vector of operator_id; chunks at any offset agree with the
 * whole. (64: see mpc/sum.h.)
 *   Cost: n_parties - 1 AES-CTR streams of 8 or 16 bytes an element */
SC_MUST_USE sc_err sc_seeds_mask64(sc_seeds *s, uint64_t *y, size_t n,
                                   uint64_t operator_id, uint64_t first);
SC_MUST_USE sc_err sc_seeds_mask128(sc_seeds *s, sc_u128 *y, size_t n,
                                    uint64_t operator_id, uint64_t first);

#endif
