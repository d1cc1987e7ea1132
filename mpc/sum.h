/* mpc/sum.h: masked sum, one round (protocols.md 3.4).
 *
 *   party i, vector x_i                      result party
 *   ------------------------------------------------------------
 *   1. y_i = x_i + z_i        (z: zero shares, mpc/seeds.h)
 *   2. c_i = commitment to y_i, into the receipt
 *                     -- SHARE y_i, r_i -->  (after inclusion)
 *   3.                                       each y_i against c_i;
 *                                            sum = y_1 + ... + y_n
 *
 * The result party learns the sum and what it implies with its own input;
 * others learn nothing. Perfect given ideal streams; semi-honest, up to n - 2
 * colluding. A party may add any offset unseen. */
#ifndef SC_MPC_SUM_H
#define SC_MPC_SUM_H

#include "mpc/seeds.h"

/* Turn x into y in place (Z_2^128). A result party without input passes zeros
 * and takes part like the rest, or is left out of the seeds altogether. */
SC_MUST_USE sc_err sc_sum_mask(sc_seeds *s, sc_u128 *x, size_t n_x,
                               uint64_t operator_id);
/* out = SHA-256("receipt/share/1" || sid || party || vector || r32), each part
 * behind its length; vector as 16*n_y bytes little-endian. */
SC_MUST_USE sc_err sc_sum_commit(uint8_t out[static 32],
                                 const uint8_t sid[static 32],
                                 const char *party, const sc_u128 *y,
                                 size_t n_y, const uint8_t r[static 32]);
/* SC_E_CHEAT unless the commitment opens to y. */
SC_MUST_USE sc_err sc_sum_verify(const uint8_t commitment[static 32],
                                 const uint8_t sid[static 32],
                                 const char *party, const sc_u128 *y,
                                 size_t n_y, const uint8_t r[static 32]);

#endif
