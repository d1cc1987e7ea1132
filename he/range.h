/* he/range.h: plaintexts of values that can be proved to be small (he/prove_range.h),
 * so that no addend runs out of its slot.
 *
 * A plaintext is cut into slots of `width` bits, the lowest first: m = sum over k of
 * 2^(width*k) * x_k, 0 <= x_k < 2^value_bits. What a proof shows is less: |x_k| <
 * 2^(value_bits + SC_RANGE_SLACK). So width is to have room for that, its sign, and
 * the sum of `addends` of them: value_bits + 161 + ceil(log2 addends). Then every
 * slot of a sum holds its own addends' total, whatever provers did.
 *
 * Adversary: one who measures: time depends on counts alone, values are secret. And a
 * contributor who proves what he sent and lies within the slack: he moves a total as
 * far, either way, and touches no other slot. A total that no values in range can
 * make is seen, and says not whose lie it is; one that they can make is not. */
#ifndef SC_HE_RANGE_H
#define SC_HE_RANGE_H

#include "base/int128.h"
#include "he/encrypt.h"
#include "he/threshold.h"

#define SC_RANGE_MAX_VALUE_BITS 128
#define SC_RANGE_SLACK          160 /* a challenge, and 32 bits to hide e*x */

typedef struct sc_range sc_range; /* one key, value_bits, width and slots */

/* Tables of the g_k's powers (he/threshold.h): 17 MiB at 3072 bits for 13 slots of
 * 64-bit values, at most 28, made in a quarter of a second.
 *   In:      key, e      borrowed for the range's life; e is of key's public key
 *            value_bits  1 .. SC_RANGE_MAX_VALUE_BITS
 *            width       at least value_bits + SC_RANGE_SLACK + 1
 *            slots       1 .. SC_RANGE_SLOTS; slots * width at most |n| - 1
 *   Returns: SC_E_ARG  one of these is not so
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_range_new(sc_range **r, const sc_threshold *key,
                                const sc_encryptor *e, size_t value_bits,
                                size_t width, size_t slots);
void sc_range_free(sc_range **r);

/* Fill n plaintexts of sc_he_limbs words each.
 *   In:      x  slots values for each, in [0, 2^value_bits)
 *   Returns: SC_E_ARG  one of x is out of range; m all zero
 *   Secret:  x, m; what is told is whether all were in range */
SC_MUST_USE sc_err sc_range_pack(const sc_range *r, uint64_t *m,
                                 const sc_u128 *x, size_t n);
/* The totals, slots for each of n plaintexts, of each of which `addends` that were
 * proved were added up.
 *   Returns: SC_E_ARG    width has no room for so many, or their totals may have
 *                        more than 128 bits
 *            SC_E_CHEAT  a total is below 0 or above what they can make it, so one
 *                        of them lied; totals all zero
 *   Secret:  m, totals; what is told is whether all were possible */
SC_MUST_USE sc_err sc_range_unpack(const sc_range *r, sc_u128 *totals,
                                   const uint64_t *m, uint64_t addends,
                                   size_t n);

/* ---- for the room's other files ------------------------------------------ */

const sc_threshold *sc_range_key(const sc_range *r);
const sc_encryptor *sc_range_encryptor(const sc_range *r);
const sc_he_public *sc_range_public(const sc_range *r);
size_t sc_range_value_bits(const sc_range *r);
size_t sc_range_width(const sc_range *r);
size_t sc_range_slots(const sc_range *r);

/* Numbers of value_bits + SC_RANGE_SLACK bits: masks and answers. */
#define SC_RANGE_MAX_WORDS                                                     \
    ((SC_RANGE_MAX_VALUE_BITS + SC_RANGE_SLACK + 63) / 64)
size_t sc_range_bits(const sc_range *r);
size_t sc_range_words(const sc_range *r);
/* SC_E_ARG unless all of x are in range, as in sc_range_pack. */
SC_MUST_USE sc_err sc_range_check_values(const sc_range *r, const sc_u128 *x,
                                         size_t n);

/* Numbers z of n ciphertexts, n of the first slot, then n of the second and so on,
 * of (bits + 63) / 64 words each; bits is at most sc_range_bits.
 *
 * m[i] = sum over k of 2^(width*k) * z_k[i]; below n, for slots do not overlap. */
void sc_range_place(const sc_range *r, uint64_t *m, const uint64_t *z,
                    size_t bits, size_t n);
/* a[i] = a[i] * prod over k of g_k^z_k[i]; out among threads.
 *   Returns: SC_E_MEM */
SC_MUST_USE sc_err sc_range_mul(const sc_range *r, uint64_t *a,
                                const uint64_t *z, size_t bits, size_t n);
/* The values as such numbers, of value_bits bits; NULL if out of memory. Secret. */
uint64_t *sc_range_by_slots(const sc_range *r, const sc_u128 *x,
                            size_t n) SC_MUST_USE;

/* u = hs^2. n exponents x of it, of `bits` bits, as exponents of hs in `twice`, of
 * (bits + 64) / 64 words each; and a[i] = a[i] * u^x[i], bits at most what the
 * encryptor's table reaches less 1.
 *   Returns: SC_E_MEM */
void sc_range_double(uint64_t *twice, const uint64_t *x, size_t bits, size_t n);
SC_MUST_USE sc_err sc_range_mul_u(const sc_range *r, uint64_t *a,
                                  uint64_t *twice, const uint64_t *x,
                                  size_t bits, size_t n);

#endif
