/* mpc/ctsum_bits.h: entries of a sum of ciphertexts whose ranges are proved bit by bit.
 * A part of mpc/ctsum.h.
 *
 * For each of the sum's ciphertexts in turn, those of its values' bits (he/from_bits.h)
 * and one proof that each holds 0 or 1 (he/prove_bits.h), for `context` and the number
 * of the ciphertext, as be64 behind it. The ciphertext itself is made of them by
 * whoever takes the entry: so its values are in their slots, whatever the contributor
 * ran, and if it were the key's dealer. Of the dealer it takes that n is of
 * two different large primes.
 *
 * Adversary: as in mpc/ctsum.h. */
#ifndef SC_MPC_CTSUM_BITS_H
#define SC_MPC_CTSUM_BITS_H

#include "mpc/ctsum.h"

/* As sc_ctsum_entry, without the zeros at the end.
 *   Cost: each bit is a ciphertext, encrypted and proved: three encryptions */
SC_MUST_USE sc_err sc_ctsum_bits_entry(const sc_encryptor *e,
                                       const sc_ctsum_shape *s, sc_rng *rng,
                                       sc_bytes context, const sc_u128 *y,
                                       sc_buf *out);
/* As sc_ctsum_take_entry, zeros at the end and all. */
SC_MUST_USE sc_err sc_ctsum_bits_take(const sc_encryptor *e,
                                      const sc_ctsum_shape *s, sc_bytes context,
                                      sc_bytes entry, sc_cipher **c);

#endif
