/* mpc/sum.h: masked sum, one round (docs/protocols/masked-sum.md).
 *
 *   party i, vector x_i                      result party
 *   ------------------------------------------------------------
 *   1. y_i = x_i + z_i        (z: zero shares, mpc/seeds.h)
 *   2. commitment to y_i goes into the receipt
 *                     -- SHARE y_i, r_i -->  (after inclusion)
 *   3.                                       sum = y_1 + ... + y_n
 *
 * The result party learns the sum and what it implies with its own input;
 * others learn nothing. Perfect given ideal streams; semi-honest, up to n - 2
 * colluding. A party may add any offset unseen. The commitments are the
 * ledger's; who calls this checks them before step 3. */
#ifndef SC_MPC_SUM_H
#define SC_MPC_SUM_H

#include "mpc/seeds.h"

/* Z_2^64 halves the bytes where totals fit; no plan uses it today. It is here for
 * protocols to come, whose shares are of that ring, and for the bench. */

/* Step 1, in place: x becomes y, over Z_2^64 and over Z_2^128. Elements first ..
 * first + n_x - 1 of the operator's vector, which may so be masked in chunks.
 *   Secret:  x before; y alone is uniform */
SC_MUST_USE sc_err sc_sum64_mask(sc_seeds *s, uint64_t *x, size_t n_x,
                                 uint64_t operator_id, uint64_t first);
SC_MUST_USE sc_err sc_sum_mask(sc_seeds *s, sc_u128 *x, size_t n_x,
                               uint64_t operator_id, uint64_t first);
/* Step 3: out = sum of n_parties vectors of n_y elements; over Z_2^128 as they
 * were sent, 16 bytes an element. */
void sc_sum64_open(uint64_t *out, const uint64_t *const *y, size_t n_parties,
                   size_t n_y);
void sc_sum_open(sc_u128 *out, const uint8_t *const *y, size_t n_parties,
                 size_t n_y);

#endif
