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

/* Rows of a margin in none of the parts that are shown. */
static sc_i128 rest_of(const sc_plan *p, const sc_margin *m,
                       const sc_u128 *hide, const sc_i128 *sums)
{
    sc_u128 rest = (sc_u128)sums[p->supports[m->support].count];

    for (size_t i = 0; i < m->n_parts; i++) {
        sc_u128 is_shown = 0;

        for (size_t s = 0; s < p->n_supports; s++) {
            if (p->supports[s].filter == p->sums[m->parts[i]].filter) {
                is_shown |= ~hide[s];
            }
        }
        rest -= (sc_u128)sums[m->parts[i]] & is_shown;
    }
    return (sc_i128)rest;
}

/* For each support: all ones where this owner hides the cell, because the
 * support has too few rows here, or because it and a later one that is shown
 * differ by too few, or what is in none of the shown parts is too few. */
static void decide(const sc_plan *p, sc_u128 *hide, const sc_i128 *sums)
{
    for (size_t s = 0; s < p->n_supports; s++) {
        const sc_support *x = &p->supports[s];

        hide[s] = x->threshold > 1 ? few_mask(sums[x->count], x->threshold) : 0;
    }
    for (size_t v = 0; v < p->n_overlaps; v++) {
        const sc_overlap *o = &p->overlaps[v];
        const sc_support *x = &p->supports[o->i], *y = &p->supports[o->j];

        hide[o->i] |= ~hide[o->j] &
                      (few_mask(sums[x->count] - sums[o->joint], p->min_group) |
                       few_mask(sums[y->count] - sums[o->joint], p->min_group));
    }
    for (size_t m = 0; m < p->n_margins; m++) {
        hide[p->margins[m].support] |=
            few_mask(rest_of(p, &p->margins[m], hide, sums), p->min_group);
    }
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
                        const sc_u128 *pads, sc_u128 *hide)
{
    sc_u128 *values = flags + p->n_supports;

    decide(p, hide, sums);
    for (size_t s = 0; s < p->n_supports; s++) {
        flags[s] = pads[s] & hide[s];
    }
    for (size_t i = 0; i < p->n_opened; i++) {
        values[i] = combine(&p->opened[i], sums) +
                    (pads[p->n_supports + i] & hide[p->opened[i].support]);
    }
}

sc_err sc_plan_encode(const sc_plan *p, sc_u128 *vector,
                      const sc_i128 *local_sums, sc_rng *rng)
{
    const size_t n = p->n_supports + p->n_opened, len = n * sizeof *vector;
    /* the pads of a cell, then its masks */
    sc_u128 *pads = sc_alloc(n + p->n_supports, sizeof *pads);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(pads != NULL, SC_E_MEM);
    for (size_t cell = 0; cell < p->n_cells; cell++) {
        SC_TRY(sc_rng_bytes(rng, pads, len));
        encode_cell(p, vector + cell * n, local_sums + cell * p->n_sums, pads,
                    pads + n);
    }
    err = SC_OK;
out:
    if (pads != NULL) {
        sc_wipe(pads, (n + p->n_supports) * sizeof *pads);
    }
    sc_free(pads);
    if (err != SC_OK) {
        sc_wipe(vector, p->n_cells * len);
    }
    return err;
}
