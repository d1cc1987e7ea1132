/* he/pack.h: many small integers in one plaintext, for sums.
 *
 * A plaintext of n is cut into slots of `width` bits, the lowest first. A slot has
 * room for the sum of `addends` values of value_bits bits, and for spare_bits
 * more. A signed value x goes in as x + 2^(value_bits - 1), never negative, so that
 * no slot borrows from the next; who reads a sum takes the addends' offsets off.
 * Adding ciphertexts adds up slot by slot, a constant multiplies all of them: it
 * counts as so many addends.
 *
 * Adversary: one who measures: time depends on counts alone, values are secret. And
 * a contributor who lies: a value out of range runs into its neighbours' slots.
 * Reading sees a slot that is larger than its addends can make it, which a small
 * lie need not be; with 40 spare bits a slot, only one who writes into the spare
 * bits on purpose reaches the next slot. What they are worth without a proof of
 * ranges is in docs/protocols/paillier.md. */
#ifndef SC_HE_PACK_H
#define SC_HE_PACK_H

#include "he/public.h"

#define SC_PACK_MAX_SUM_BITS 62 /* value_bits and what the addends add */
#define SC_PACK_MAX_SPARE    64

typedef struct {
    size_t limbs;      /* words of a plaintext */
    size_t value_bits; /* 1 .. */
    uint64_t addends;  /* at least 1 */
    size_t width;      /* bits of a slot */
    size_t slots;      /* of a plaintext */
    int is_signed;
} sc_packing;

/*   Returns: SC_E_ARG  no bits, no addends, more than SC_PACK_MAX_SUM_BITS in all,
 *                      or above SC_PACK_MAX_SPARE */
SC_MUST_USE sc_err sc_packing_init(sc_packing *p, const sc_he_public *pk,
                                   size_t value_bits, int is_signed,
                                   uint64_t addends, size_t spare_bits);
/* Plaintexts that n values take. */
size_t sc_packing_plaintexts(const sc_packing *p, size_t n);
/* Fill sc_packing_plaintexts(p, n) plaintexts of p->limbs words each.
 *   In:      x  in [0, 2^value_bits), signed in [-2^(value_bits-1), 2^(value_bits-1))
 *   Returns: SC_E_ARG  one of x is out of range; m all zero
 *   Secret:  x, m; what is told is whether all were in range */
SC_MUST_USE sc_err sc_pack(const sc_packing *p, uint64_t *m, const int64_t *x,
                           size_t n);
/* The n sums of as many plaintexts, of each of which `addends` were added up.
 *   In:      addends   0 .. p->addends
 *   Returns: SC_E_ARG    addends
 *            SC_E_CHEAT  a slot holds more than they can make it, or one behind
 *                        the last is not zero; sums all zero
 *   Secret:  m, sums; what is told is whether all were possible */
SC_MUST_USE sc_err sc_unpack(const sc_packing *p, int64_t *sums,
                             const uint64_t *m, uint64_t addends, size_t n);

#endif
