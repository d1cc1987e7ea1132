/* he/draw.h: random numbers as words.
 *
 * Secret: what is drawn. Bytes of rng are read big-endian. */
#ifndef SC_HE_DRAW_H
#define SC_HE_DRAW_H

#include "base/rng.h"
#include "he/public.h"

/* n numbers, uniform of `bits` bits, (bits + 63) / 64 words each; a number takes 8
 * bytes of rng a word.
 *   Returns: SC_E_RNG */
SC_MUST_USE sc_err sc_draw_bits(sc_rng *rng, uint64_t *x, size_t bits,
                                size_t n);
/* One number, uniform in [1, n) of the key, sc_he_limbs words: again while it is 0
 * or not below n. No factor of n is looked for: to find one is to factor n.
 *   Returns: SC_E_RNG */
SC_MUST_USE sc_err sc_draw_residue(sc_rng *rng, const sc_he_public *pk,
                                   uint64_t *r);

#endif
