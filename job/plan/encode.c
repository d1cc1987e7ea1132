/* job/plan/encode.c: an owner's sums become the vector that it masks.
 *
 * Pads are drawn for every cell and chosen without a branch, so that neither
 * time nor the random source shows which cells are small. */
#include <string.h>

#include "base/mem.h"
#include "job/plan/plan.h"

/* All ones if 1 <= count < threshold, else 0: the top bits of -count and of
 * count - threshold. Compilers make a branch of a 128-bit comparison. */
static sc_u128 few_mask(sc_i128 count, uint64_t threshold)
{
    const sc_u128 n = (sc_u128)count; /* |count| < 2^126 */

    return 0 - (((0 - n) & (n - threshold)) >> 127);
}

/* In Z_2^128, where the plan's bounds leave no wrap. */
static sc_u128 combine(const sc_opened *o, const sc_i128 *sums)
{
    sc_u128 total = 0;

    for (size_t i = 0; i < o->n_terms; i++) {
        total += (sc_u128)o->coefs[i] * (sc_u128)sums[o->terms[i]];
    }
    return total;
}

/* One cell: n_supports flags, then n_opened values. */
static void encode_cell(const sc_plan *p, sc_u128 *flags, const sc_i128 *sums,
                        const sc_u128 *pads)
{
    sc_u128 *values = flags + p->n_supports;

    for (size_t s = 0; s < p->n_supports; s++) {
        const sc_support *support = &p->supports[s];

        flags[s] = 0;
        if (support->threshold > 1) {
            flags[s] =
                pads[s] & few_mask(sums[support->count], support->threshold);
        }
    }
    for (size_t i = 0; i < p->n_opened; i++) {
        const sc_support *support = &p->supports[p->opened[i].support];

        values[i] = combine(&p->opened[i], sums);
        if (support->threshold > 1) {
            values[i] += pads[p->n_supports + i] &
                         few_mask(sums[support->count], support->threshold);
        }
    }
}

sc_err sc_plan_encode(const sc_plan *p, sc_u128 *vector,
                      const sc_i128 *local_sums, sc_rng *rng)
{
    const size_t n = p->n_supports + p->n_opened, len = n * sizeof *vector;
    sc_u128 *pads = NULL;
    sc_err err = SC_E_BUG;

    pads = sc_alloc(n, sizeof *pads);
    SC_REQUIRE(pads != NULL, SC_E_MEM);
    for (size_t cell = 0; cell < p->n_cells; cell++) {
        SC_TRY(sc_rng_bytes(rng, pads, len));
        encode_cell(p, vector + cell * n, local_sums + cell * p->n_sums, pads);
    }
    err = SC_OK;
out:
    if (pads != NULL) {
        sc_wipe(pads, len);
    }
    sc_free(pads);
    if (err != SC_OK) {
        sc_wipe(vector, p->n_cells * len);
    }
    return err;
}
