/* mpc/sum.c: the two ends of the box in sum.h.
 *
 * Both run in pieces that stay in the first-level cache, so that a vector is
 * read from memory once, however many parties there are. */
#include "mpc/sum.h"

#include <string.h>

#define PIECE 1024 /* elements: 16 KiB */

/* ---- 1. a computing party masks ------------------------------------- */
sc_err sc_sum_mask(sc_seeds *s, sc_u128 *x, size_t n_x, uint64_t operator_id)
{
    return sc_seeds_mask128(s, x, n_x, operator_id, 0);
}

/* ---- 3. a result party adds ----------------------------------------- */
void sc_sum_open(sc_u128 *out, const sc_u128 *const *y, size_t n_parties,
                 size_t n_y)
{
    for (size_t done = 0; done < n_y; done += PIECE) {
        size_t n = n_y - done < PIECE ? n_y - done : PIECE;

        memset(out + done, 0, n * sizeof *out);
        for (size_t i = 0; i < n_parties; i++) {
            sc_ring128_add(out + done, y[i] + done, n);
        }
    }
}
