/* he/from_bits.h: ciphertexts of many values, made of ciphertexts of their bits.
 *
 * Of c_{k,j}, which holds bit j of the value in slot k, anybody makes
 *     c = prod of c_{k,j}^(2^(width*k + j)),
 * which holds the sum over k of 2^(width*k) * x_k. If each c_{k,j} is proved to hold
 * 0 or 1 (he/prove_bits.h), then 0 <= x_k < 2^value_bits, and nothing more is to be
 * proved: no slack, and no parameters whose secrets somebody must have forgotten. Of n
 * it takes what he/prove_bits.h does: no factors below 2^128.
 *
 * Adversary: one who sends ciphertexts; they are public, and so is all of this. */
#ifndef SC_HE_FROM_BITS_H
#define SC_HE_FROM_BITS_H

#include "he/cipher.h"

/* Bits as bytes of 0 and 1, value after value, the least of each first.
 *   Out:    bits  n * value_bits of them
 *   Secret: x, bits; value_bits is at most 192, in three words for each x */
void sc_bits_of(uint8_t *bits, const uint64_t (*x)[3], size_t value_bits,
                size_t n);

/* Element number `at` of c, out of all elements of bits, in the order of sc_bits_of.
 *   In:      width  of a slot, at least value_bits
 *   Returns: SC_E_ARG  c and bits are of different keys; bits are none, not those of
 *                      whole values, or of more slots than |n| - 1 bits have room for;
 *                      `at` is not in c
 *            SC_E_MEM; c as it was
 *   Cost:    width squarings a value, and value_bits products, one after the other */
SC_MUST_USE sc_err sc_cipher_from_bits(sc_cipher *c, size_t at,
                                       const sc_cipher *bits, size_t value_bits,
                                       size_t width);

#endif
