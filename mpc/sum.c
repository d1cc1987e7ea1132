/* mpc/sum.c: the two ends of the box in sum.h.
 *
 * Both run in pieces that stay in the first-level cache, so that a vector is
 * read from memory once, however many parties there are. */
#include "mpc/sum.h"

#include <string.h>

#define PIECE_LEN 16384 /* bytes */

/* ---- 1. a computing party masks ------------------------------------- */
sc_err sc_sum64_mask(sc_seeds *s, uint64_t *x, size_t n_x, uint64_t operator_id,
                     uint64_t first)
{
    return sc_seeds_mask64(s, x, n_x, operator_id, first);
}

sc_err sc_sum_mask(sc_seeds *s, sc_u128 *x, size_t n_x, uint64_t operator_id,
                   uint64_t first)
{
    return sc_seeds_mask128(s, x, n_x, operator_id, first);
}

/* ---- 3. a result party adds ----------------------------------------- */
void sc_sum64_open(uint64_t *out, const uint64_t *const *y, size_t n_parties,
                   size_t n_y)
{
    enum { PIECE = PIECE_LEN / sizeof *out };

    for (size_t done = 0; done < n_y; done += PIECE) {
        size_t n = n_y - done < PIECE ? n_y - done : PIECE;

        memset(out + done, 0, n * sizeof *out);
        for (size_t i = 0; i < n_parties; i++) {
            sc_ring64_add(out + done, y[i] + done, n);
        }
    }
}

void sc_sum_open(sc_u128 *out, const uint8_t *const *y, size_t n_parties,
                 size_t n_y)
{
    enum { PIECE = PIECE_LEN / sizeof *out };
    sc_u128 one[PIECE];

    for (size_t done = 0; done < n_y; done += PIECE) {
        size_t n = n_y - done < PIECE ? n_y - done : PIECE;

        memset(out + done, 0, n * sizeof *out);
        for (size_t i = 0; i < n_parties; i++) {
            sc_ring128_get(one, y[i] + done * sizeof *one, n);
            sc_ring128_add(out + done, one, n);
        }
    }
}
