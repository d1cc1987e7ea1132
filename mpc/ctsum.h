/* mpc/ctsum.h: the sum of vectors over Z_2^r, added up as ciphertexts under a
 * key in shares (docs/protocols/ciphertext-sum.md).
 *
 *   contributor i, vector y_i        holder h                       result party
 *   ---------------------------------------------------------------------------
 *   1. v = y_i + 2^r * u, u uniform of 40 bits; a slot of w bits for each
 *      c_i = Enc(slots); proof that i knows what c_i holds
 *              -- c_i, proof -->     2. all entries checked
 *                                       C = c_1 * ... * c_n
 *                                    3. C^(2*D*s_h), its proof
 *                                            -- part, proof -->
 *                                                       4. C as in step 2;
 *                                                          any t parts, checked;
 *                                                          slots mod 2^r
 *
 * n slots add up without reaching the next one: w = r + 40 + ceil(log2 n). The
 * total mod 2^r is the sum; what stands above is u_1 + ... + u_n and a carry below
 * n, which one honest u hides up to n * 2^-40 a slot.
 *
 * Ranges are asserted; or proved by the parameters of the key's dealer
 * (he/prove_range.h): then w has 161 bits more, and no contributor, whatever it runs,
 * reaches another slot than its own; or proved bit by bit (mpc/ctsum_bits.h): the
 * same, exactly, and w has no bit more, but each bit is a ciphertext. That holds also
 * of one who has n's factors, if they are two different large primes, which nobody
 * proves of a dealt key. Where ranges are asserted one who lies may spoil its
 * neighbours' slots, as its own. It reads none in any case.
 *
 * Whoever holds entries and parts checks all of it again, and needs no key: the adder
 * is trusted with nothing. Adversary: t - 1 holders, whatever they run, pooled with
 * any contributors but two; t holders can read every entry, if all of them run another
 * program. Contributors and holders who send wrong bytes are named by their proofs.
 * The key's dealer is trusted (he/threshold.h). */
#ifndef SC_MPC_CTSUM_H
#define SC_MPC_CTSUM_H

#include "base/int128.h"
#include "he/encrypt.h"
#include "he/threshold.h"

#define SC_CTSUM_SPARE         40                /* bits of u */
#define SC_CTSUM_MAX           ((size_t)1 << 20) /* values of a vector */
#define SC_CTSUM_MAX_BY_DEALER ((size_t)1 << 13) /* the same, ranges proved */
#define SC_CTSUM_MAX_BY_BITS   ((size_t)1000)    /* likewise */

typedef enum {
    SC_CTSUM_ASSERTED,
    SC_CTSUM_BY_DEALER, /* proved by the dealer's parameters; r is 64 */
    SC_CTSUM_BY_BITS    /* proved by ciphertexts of bits */
} sc_ctsum_ranges;

/* What lengths depend on; all of it is public. */
typedef struct {
    size_t key_bits;    /* of n */
    unsigned ring_bits; /* r: 64 or 128 */
    size_t n_values;    /* 1 .. SC_CTSUM_MAX, or SC_CTSUM_MAX_BY_... */
    size_t n_parties;   /* contributors, 2 .. SC_MAX_PARTIES */
    sc_ctsum_ranges ranges;
} sc_ctsum_shape;

size_t sc_ctsum_width(const sc_ctsum_shape *s); /* w */
size_t sc_ctsum_slots(const sc_ctsum_shape *s); /* of a ciphertext */
size_t sc_ctsum_ciphers(const sc_ctsum_shape *s);
/* Bytes, whole words of 16: zeros fill up what is behind the proof. */
size_t sc_ctsum_entry_len(const sc_ctsum_shape *s);
size_t sc_ctsum_part_len(const sc_ctsum_shape *s);

typedef struct sc_ctsum sc_ctsum;

/*   In:      key, e    borrowed; e is of the key
 *   Returns: SC_E_ARG  the shape is none, or of another length of n
 *            SC_E_MEM
 *   Cost:    of proved ranges some 0.2 s for tables */
SC_MUST_USE sc_err sc_ctsum_new(sc_ctsum **s, const sc_threshold *key,
                                const sc_encryptor *e,
                                const sc_ctsum_shape *shape);
void sc_ctsum_free(sc_ctsum **s);

/* Step 1. Append the entry of y, n_values elements of which the low r bits count.
 *   In:      context  of the session and this contributor, of no other
 *   Returns: SC_E_RNG, SC_E_MEM; out as it was
 *   Secret:  y */
SC_MUST_USE sc_err sc_ctsum_entry(const sc_ctsum *s, sc_rng *rng,
                                  sc_bytes context, const sc_u128 *y,
                                  sc_buf *out);
/* Step 2, a contributor at a time: what it sent, its proof checked.
 *   Returns: SC_E_WIRE   lengths, or what is no ciphertext
 *            SC_E_CHEAT  the proof does not hold for this context
 *            SC_E_MEM; *c is NULL */
SC_MUST_USE sc_err sc_ctsum_take_entry(const sc_ctsum *s, sc_bytes context,
                                       sc_bytes entry, sc_cipher **c);
/* Step 3. Append this holder's part of the sum.
 *   Returns: SC_E_ARG  sum or share is of another key
 *            SC_E_RNG, SC_E_MEM; out as it was
 *   Secret:  share */
SC_MUST_USE sc_err sc_ctsum_part(const sc_ctsum *s, const sc_share *share,
                                 sc_rng *rng, sc_bytes context,
                                 const sc_cipher *sum, sc_buf *out);
/* Step 4: a part of holder `index`, its proof checked.
 *   Returns: as sc_ctsum_take_entry */
SC_MUST_USE sc_err sc_ctsum_take_part(const sc_ctsum *s, size_t index,
                                      sc_bytes context, const sc_cipher *sum,
                                      sc_bytes bytes, sc_cipher **part);
/* The n_values sums from as many parts as the key needs, signed by their bit r - 1.
 *   In:      indices    of the holders, each once
 *   Returns: SC_E_ARG, SC_E_CHEAT, SC_E_MEM as sc_threshold_combine; SC_E_CHEAT also
 *            if ranges were proved and a total is none: a contributor lied within its
 *            slot, by what slack there is, or forged a proof. sums all zero */
SC_MUST_USE sc_err sc_ctsum_open(const sc_ctsum *s, const size_t *indices,
                                 const sc_cipher *const *parts, sc_u128 *sums);

#endif
