/* job/plan/collect.c: what the owners sum, found again when it is asked for again.
 *
 * Bounds: a row's contribution is at most the largest product of the columns'
 * bounds; an owner has at most max_rows rows; totals over all owners must stay
 * below 2^126, so that neither an owner's sum nor the ring of 2^128 wraps. */
#include "job/plan/collect.h"

#include <string.h>

#include "base/mem.h"
#include "job/plan/pred.h"
#include "job/plan/relate.h"

#define MAX_BITS 126
/* Of the supports, and of what two or more of them have in common. */
#define MAX_FILTERS ((size_t)8 * SC_MAX_SUMS)

sc_err sc_collect_start(sc_planner *pl)
{
    sc_plan *p = pl->plan;
    sc_pred *none = NULL;
    size_t support;

    p->supports = sc_alloc(SC_MAX_SUMS, sizeof *p->supports);
    p->sums = sc_alloc(SC_MAX_SUMS, sizeof *p->sums);
    p->opened = sc_alloc(2 * SC_MAX_SUMS, sizeof *p->opened);
    p->filters = sc_alloc(MAX_FILTERS, sizeof *p->filters);
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
    sc_support s = {0};
    sc_err err = SC_E_BUG;

    if (p->n_supports == SC_MAX_SUMS) {
        return too_many(pl, at);
    }
    sc_relate_simplify(filter, &need, pl->table);
    s.need = nullable(pl, need);
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
    sc_plan *p = pl->plan;
    uint64_t k = p->min_group = pl->consortium->rules.min_group;

    for (size_t i = 0; i < p->n_supports; i++) {
        unsigned n = count_terms(p, i);
        uint64_t twice = 2 * (uint64_t)n;

        p->supports[i].n_opened = n;
        p->supports[i].threshold = k <= 1 ? 1 : k > twice ? k : twice;
    }
}

/* ---- differences ---------------------------------------------------- */

static int is_summed(const sc_plan *p, const sc_support *s, size_t a, size_t b)
{
    for (size_t i = 0; i < p->n_sums; i++) {
        const sc_local_sum *l = &p->sums[i];

        if (l->a == a && l->b == b && l->filter == s->filter &&
            l->need == s->need) {
            return 1;
        }
    }
    return 0;
}

/* Is one monomial summed on both? Their counts alone tell how many rows lack a
 * value, which the leak list says. */
static int share_sum(const sc_plan *p, const sc_support *x, const sc_support *y)
{
    for (size_t i = 0; i < p->n_sums; i++) {
        const sc_local_sum *l = &p->sums[i];

        if (l->a != SC_NO_COLUMN && l->filter == x->filter &&
            l->need == x->need && is_summed(p, y, l->a, l->b)) {
            return 1;
        }
    }
    return 0;
}

/* The plan's filter for the rows of both; NULL with SC_OK: all rows. */
static sc_err join_filters(sc_planner *pl, const sc_pred **out,
                           const sc_pred *x, const sc_pred *y)
{
    sc_plan *p = pl->plan;
    sc_pred *both;

    if (x == NULL || y == NULL || x == y) {
        *out = x == NULL ? y : x;
        return SC_OK;
    }
    if (p->n_filters == MAX_FILTERS) {
        return too_many(pl, SIZE_MAX);
    }
    both = sc_pred_both(SC_P_AND, sc_pred_clone(x), sc_pred_clone(y));
    if (both == NULL) {
        return SC_E_MEM;
    }
    *out = keep_filter(p, &both);
    sc_pred_free(&both); /* one like it was there */
    return SC_OK;
}

static sc_err add_overlap(sc_planner *pl, size_t i, size_t j)
{
    sc_plan *p = pl->plan;
    const sc_support *x = &p->supports[i], *y = &p->supports[j];
    sc_support both = {.need = x->need | y->need};
    sc_overlap *v = &p->overlaps[p->n_overlaps];
    size_t work = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_planner_work(pl, 2 * p->n_sums, SIZE_MAX));
    if (x->filter == y->filter && !share_sum(p, x, y)) {
        return SC_OK;
    }
    if (sc_relate_is_disjoint(&work, x->filter, x->need, y->filter, y->need,
                              pl->table)) {
        return sc_planner_work(pl, work, SIZE_MAX);
    }
    SC_TRY(sc_planner_work(pl, work, SIZE_MAX));
    if (p->n_overlaps == SC_MAX_SUMS) {
        return too_many(pl, SIZE_MAX);
    }
    SC_TRY(join_filters(pl, &both.filter, x->filter, y->filter));
    *v = (sc_overlap){.i = i, .j = j};
    SC_TRY(
        find_sum(pl, &v->joint, &both, SC_NO_COLUMN, SC_NO_COLUMN, SIZE_MAX));
    p->n_overlaps++;
    err = SC_OK;
out:
    return err;
}

/* The different filters of a plan, and which two no row passes both. */
typedef struct {
    const sc_pred *filters[SC_MAX_SUMS];
    size_t n;
    uint8_t is_apart[SC_MAX_SUMS][SC_MAX_SUMS];
} split;

static sc_err make_split(sc_planner *pl, split *s)
{
    const sc_plan *p = pl->plan;
    size_t work = 0;
    sc_err err = SC_E_BUG;

    for (size_t k = 0; k < p->n_supports; k++) {
        const sc_pred *f = p->supports[k].filter;
        size_t i = 0;

        while (i < s->n && s->filters[i] != f) {
            i++;
        }
        if (f == NULL || i < s->n) {
            continue;
        }
        for (i = 0; i < s->n; i++) {
            s->is_apart[i][s->n] = s->is_apart[s->n][i] =
                (uint8_t)sc_relate_is_disjoint(&work, f, 0, s->filters[i], 0,
                                               pl->table);
            SC_TRY(sc_planner_work(pl, work, SIZE_MAX));
        }
        s->filters[s->n++] = f;
    }
    err = SC_OK;
out:
    return err;
}

static sc_err add_margin(sc_planner *pl, size_t s, const sc_pred *const *parts,
                         size_t n)
{
    sc_plan *p = pl->plan;
    sc_margin *m = &p->margins[p->n_margins];
    sc_err err = SC_E_BUG;

    if (p->n_margins == SC_MAX_SUMS) {
        return too_many(pl, SIZE_MAX);
    }
    *m = (sc_margin){.support = s, .parts = sc_alloc(n, sizeof *m->parts)};
    SC_REQUIRE(m->parts != NULL, SC_E_MEM);
    p->n_margins++;
    for (; m->n_parts < n; m->n_parts++) {
        sc_support part = {.filter = parts[m->n_parts],
                           .need = p->supports[s].need};

        SC_TRY(find_sum(pl, &m->parts[m->n_parts], &part, SC_NO_COLUMN,
                        SC_NO_COLUMN, SIZE_MAX));
    }
    err = SC_OK;
out:
    return err;
}

/* Does a margin have all of these parts already? More of them do no harm: one
 * that is shown is large enough not to hide what is left. */
static int is_covered(const sc_plan *p, const sc_pred *const *parts, size_t n)
{
    for (size_t i = 0; i < p->n_margins; i++) {
        const sc_margin *m = &p->margins[i];
        size_t n_found = 0;

        for (size_t k = 0; k < n * m->n_parts; k++) {
            n_found += p->sums[m->parts[k / n]].filter == parts[k % n];
        }
        if (n_found == n) {
            return 1;
        }
    }
    return 0;
}

/* With two filters that are apart, all that are apart from them and each other. */
static sc_err add_parts(sc_planner *pl, const split *s, size_t first,
                        size_t second)
{
    sc_plan *p = pl->plan;
    size_t chosen[SC_MAX_SUMS] = {first, second}, n = 2;
    const sc_pred *parts[SC_MAX_SUMS] = {s->filters[first], s->filters[second]};
    sc_err err = SC_E_BUG;

    for (size_t f = 0; f < s->n; f++) {
        size_t i = 0;

        while (i < n && s->is_apart[f][chosen[i]]) {
            i++;
        }
        if (i == n) { /* no filter is apart from itself */
            parts[n] = s->filters[f];
            chosen[n++] = f;
        }
    }
    SC_TRY(sc_planner_work(pl, n * (s->n + n * p->n_margins) / 16, SIZE_MAX));
    if (is_covered(p, parts, n)) {
        return SC_OK;
    }
    for (size_t k = 0; k < p->n_supports; k++) {
        if (p->supports[k].filter == NULL) {
            SC_TRY(add_margin(pl, k, parts, n));
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err find_margins(sc_planner *pl)
{
    split *s = sc_alloc(1, sizeof *s);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(s != NULL, SC_E_MEM);
    SC_TRY(make_split(pl, s));
    for (size_t second = 1; second < s->n; second++) {
        for (size_t first = 0; first < second; first++) {
            if (s->is_apart[first][second]) {
                SC_TRY(add_parts(pl, s, first, second));
            }
        }
    }
    err = SC_OK;
out:
    sc_free(s);
    return err;
}

static sc_err find_differences(sc_planner *pl)
{
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    if (p->min_group <= 1) {
        return SC_OK;
    }
    p->overlaps = sc_alloc(SC_MAX_SUMS, sizeof *p->overlaps);
    p->margins = sc_alloc(SC_MAX_SUMS, sizeof *p->margins);
    SC_REQUIRE(p->overlaps != NULL && p->margins != NULL, SC_E_MEM);
    for (size_t j = p->n_supports; j-- > 1;) {
        for (size_t i = j; i-- > 0;) {
            SC_TRY(add_overlap(pl, i, j));
        }
    }
    SC_TRY(find_margins(pl));
    err = SC_OK;
out:
    return err;
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
    SC_TRY(find_differences(pl));
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
