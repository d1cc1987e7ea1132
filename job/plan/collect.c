/* job/plan/collect.c: what the owners sum, found again when it is asked for again.
 *
 * Bounds: a row's contribution is at most the largest product of the columns'
 * bounds; an owner has at most max_rows rows; totals over all owners must stay
 * below 2^126, so that neither an owner's sum nor the ring of 2^128 wraps. */
#include "job/plan/collect.h"

#include <string.h>

#include "base/mem.h"
#include "job/plan/pred.h"

#define MAX_BITS 126

sc_err sc_collect_start(sc_planner *pl)
{
    sc_plan *p = pl->plan;
    sc_pred *none = NULL;
    size_t support;

    p->supports = sc_alloc(SC_MAX_SUMS, sizeof *p->supports);
    p->sums = sc_alloc(SC_MAX_SUMS, sizeof *p->sums);
    p->opened = sc_alloc(2 * SC_MAX_SUMS, sizeof *p->opened);
    p->filters = sc_alloc(SC_MAX_SUMS, sizeof *p->filters);
    if (p->supports == NULL || p->sums == NULL || p->opened == NULL ||
        p->filters == NULL) {
        return SC_E_MEM;
    }
    return sc_collect_support(pl, &support, &none, 0, SIZE_MAX);
}

static sc_err too_many(sc_planner *pl, size_t at)
{
    return sc_planner_refuse(pl, SC_E_REFUSED, at, "ask in two queries",
                             "the query needs more than %d different sums",
                             SC_MAX_SUMS);
}

/* ---- local sums ----------------------------------------------------- */

static sc_i128 most(const sc_planner *pl, size_t column)
{
    const sc_column *c;
    sc_i128 low, high;

    if (column == SC_NO_COLUMN) {
        return 1;
    }
    c = sc_planner_column(pl, column);
    low = c->min < 0 ? -(sc_i128)c->min : c->min;
    high = c->max < 0 ? -(sc_i128)c->max : c->max;
    return low > high ? low : high;
}

static sc_err find_sum(sc_planner *pl, size_t *out, const sc_support *s,
                       size_t a, size_t b, size_t at)
{
    sc_plan *p = pl->plan;

    for (size_t i = 0; i < p->n_sums; i++) {
        const sc_local_sum *l = &p->sums[i];

        if (l->filter == s->filter && l->need == s->need && l->a == a &&
            l->b == b) {
            *out = i;
            return SC_OK;
        }
    }
    if (p->n_sums == SC_MAX_SUMS) {
        return too_many(pl, at);
    }
    /* Bounds fit 60 bits each (job/conf/tables.h), their product 120. */
    p->sums[p->n_sums] = (sc_local_sum){
        .filter = s->filter,
        .need = s->need,
        .a = a,
        .b = b,
        .bits = sc_i128_bits(most(pl, a) * most(pl, b)),
    };
    *out = p->n_sums++;
    return SC_OK;
}

/* ---- supports ------------------------------------------------------- */

/* Columns of the mask that may be NULL. */
static uint64_t nullable(const sc_planner *pl, uint64_t mask)
{
    for (size_t c = 0; c < pl->table->n_columns; c++) {
        if (pl->table->columns[c].is_required) {
            mask &= ~((uint64_t)1 << c);
        }
    }
    return mask;
}

/* The plan's own filter like *filter; takes it if there is none. */
static const sc_pred *keep_filter(sc_plan *p, sc_pred **filter)
{
    if (*filter == NULL ||
        ((*filter)->kind == SC_P_CONST && (*filter)->value == 1)) {
        return NULL;
    }
    for (size_t i = 0; i < p->n_filters; i++) {
        if (sc_pred_equal(p->filters[i], *filter)) {
            return p->filters[i];
        }
    }
    p->filters[p->n_filters] = *filter;
    *filter = NULL;
    return p->filters[p->n_filters++];
}

sc_err sc_collect_support(sc_planner *pl, size_t *support, sc_pred **filter,
                          uint64_t need, size_t at)
{
    sc_plan *p = pl->plan;
    sc_support s = {.need = nullable(pl, need)};
    sc_err err = SC_E_BUG;

    if (p->n_supports == SC_MAX_SUMS) {
        return too_many(pl, at);
    }
    s.filter = keep_filter(p, filter);
    for (size_t i = 0; i < p->n_supports; i++) {
        if (p->supports[i].filter == s.filter &&
            p->supports[i].need == s.need) {
            *support = i;
            return SC_OK;
        }
    }
    SC_TRY(find_sum(pl, &s.count, &s, SC_NO_COLUMN, SC_NO_COLUMN, at));
    p->supports[p->n_supports] = s;
    *support = p->n_supports++;
    err = SC_OK;
out:
    return err;
}

/* ---- opened values -------------------------------------------------- */

static sc_err opened_new(sc_opened *o, size_t support, size_t n_terms)
{
    *o = (sc_opened){.support = support};
    o->terms = sc_alloc(n_terms, sizeof *o->terms);
    o->coefs = sc_alloc(n_terms, sizeof *o->coefs);
    o->n_terms = n_terms; /* sc_plan_free copes with NULLs */
    return o->terms == NULL || o->coefs == NULL ? SC_E_MEM : SC_OK;
}

static int same_opened(const sc_opened *a, const sc_opened *b)
{
    return a->support == b->support && a->n_terms == b->n_terms &&
           a->scale == b->scale &&
           memcmp(a->terms, b->terms, a->n_terms * sizeof *a->terms) == 0 &&
           memcmp(a->coefs, b->coefs, a->n_terms * sizeof *a->coefs) == 0;
}

sc_err sc_collect_core(sc_planner *pl, size_t *opened, size_t support,
                       const sc_core *core, size_t at)
{
    sc_plan *p = pl->plan;
    sc_opened *o = &p->opened[p->n_opened]; /* n_opened <= n_sums - supports */
    sc_err err = SC_E_BUG;

    if (p->n_opened == SC_MAX_SUMS) {
        return too_many(pl, at);
    }
    p->n_opened++;
    SC_TRY(opened_new(o, support, core->n_terms));
    o->scale = core->core_scale;
    for (size_t i = 0; i < core->n_terms; i++) {
        const sc_monomial *m = &core->terms[i];

        SC_TRY(
            find_sum(pl, &o->terms[i], &p->supports[support], m->a, m->b, at));
        o->coefs[i] = m->factor;
    }
    for (size_t i = 0; i + 1 < p->n_opened; i++) {
        if (same_opened(&p->opened[i], o)) {
            sc_free(o->terms);
            sc_free(o->coefs);
            *o = (sc_opened){0};
            p->n_opened--;
            *opened = SC_COLLECT_SUMS + i;
            return SC_OK;
        }
    }
    pl->opened_at[p->n_opened - 1] = at;
    *opened = SC_COLLECT_SUMS + p->n_opened - 1;
    err = SC_OK;
out:
    return err;
}

/* ---- the end -------------------------------------------------------- */

static void renumber(sc_finish *f, size_t n_supports)
{
    if (f == NULL) {
        return;
    }
    if (f->kind == SC_F_OPENED && f->index >= SC_COLLECT_SUMS) {
        f->index = f->index - SC_COLLECT_SUMS + n_supports;
    }
    for (size_t i = 0; i < f->n_args; i++) {
        renumber(f->args[i], n_supports);
    }
}

/* The counts go in front of the sums. */
static sc_err put_counts(sc_plan *p)
{
    sc_err err = SC_E_BUG;

    memmove(p->opened + p->n_supports, p->opened,
            p->n_opened * sizeof *p->opened);
    memset(p->opened, 0, p->n_supports * sizeof *p->opened);
    p->n_opened += p->n_supports;
    for (size_t i = 0; i < p->n_supports; i++) {
        SC_TRY(opened_new(&p->opened[i], i, 1));
        p->opened[i].terms[0] = p->supports[i].count;
        p->opened[i].coefs[0] = 1;
    }
    err = SC_OK;
out:
    return err;
}

/* Bits of the total over all rows of all owners; nonzero if too many. */
static int total_bits(const sc_planner *pl, unsigned *bits, const sc_opened *o)
{
    const sc_plan *p = pl->plan;
    sc_i128 row = 0, part, total;
    int failed = 0;

    for (size_t i = 0; i < o->n_terms; i++) {
        const sc_local_sum *l = &p->sums[o->terms[i]];
        sc_i128 coef = o->coefs[i] < 0 ? -o->coefs[i] : o->coefs[i];

        failed |= sc_i128_mul(&part, coef, most(pl, l->a) * most(pl, l->b));
        failed |= sc_i128_add(&row, row, part);
    }
    failed |= sc_i128_mul(&total, row, (sc_i128)pl->table->max_rows);
    failed |= sc_i128_mul(&total, total, __builtin_popcount(p->owners));
    *bits = failed ? 0 : sc_i128_bits(total);
    return failed || *bits > MAX_BITS;
}

static sc_err prove_bounds(sc_planner *pl)
{
    sc_plan *p = pl->plan;

    for (size_t i = 0; i < p->n_opened; i++) {
        if (total_bits(pl, &p->opened[i].bits, &p->opened[i])) {
            size_t at =
                i < p->n_supports ? SIZE_MAX : pl->opened_at[i - p->n_supports];

            return sc_planner_refuse(
                pl, SC_E_REFUSED, at,
                "it takes narrower bounds or a smaller max_rows in the "
                "consortium file",
                "by the declared bounds this sum could reach 2^126, beyond "
                "exact sums");
        }
    }
    return SC_OK;
}

/* Different local sums in what is opened on a support: whatever factors it is
 * opened with, it tells no more than these. */
static unsigned count_terms(const sc_plan *p, size_t support)
{
    uint8_t seen[SC_MAX_SUMS] = {0};
    unsigned n = 0;

    for (size_t i = 0; i < p->n_opened; i++) {
        const sc_opened *o = &p->opened[i];

        for (size_t t = 0; o->support == support && t < o->n_terms; t++) {
            n += !seen[o->terms[t]];
            seen[o->terms[t]] = 1;
        }
    }
    return n;
}

static void set_thresholds(sc_planner *pl)
{
    uint64_t k = pl->consortium->rules.min_group;
    sc_plan *p = pl->plan;

    for (size_t i = 0; i < p->n_supports; i++) {
        unsigned n = count_terms(p, i);
        uint64_t twice = 2 * (uint64_t)n;

        p->supports[i].n_opened = n;
        p->supports[i].threshold = k <= 1 ? 1 : k > twice ? k : twice;
    }
}

sc_err sc_collect_end(sc_planner *pl)
{
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < p->n_outputs; i++) {
        renumber(p->outputs[i].value, p->n_supports);
    }
    for (size_t i = 0; i < p->n_order; i++) {
        renumber(p->order[i].by, p->n_supports);
    }
    renumber(p->having, p->n_supports);
    SC_TRY(put_counts(p));
    SC_TRY(prove_bounds(pl));
    set_thresholds(pl);
    if (sc_plan_vector_len(p) > SC_MAX_VECTOR) {
        return sc_planner_refuse(
            pl, SC_E_REFUSED, SIZE_MAX, "fewer groups or fewer aggregates",
            "the answer would have %zu values, more than %zu",
            sc_plan_vector_len(p), SC_MAX_VECTOR);
    }
    err = SC_OK;
out:
    return err;
}
