/* job/plan/aggregate.c: statistics as exact formulas over sums.
 *
 *   n = rows, Sx = sum x, Sxy = sum xy, over the rows where all are not NULL
 *   SUM       Sx n / n                 (NULL if n is 0)
 *   AVG       Sx / n
 *   VAR_POP   (n Sxx - Sx Sx) / n^2    VAR_SAMP ... / n (n - 1)
 *   COVAR_*   (n Sxy - Sx Sy) / the same
 *   CORR      (n Sxy - Sx Sy) / sqrt((n Sxx - Sx Sx) (n Syy - Sy Sy))
 *   REGR_*(y, x)  slope = (n Sxy - Sx Sy) / (n Sxx - Sx Sx), and so on
 *
 * A division by 0 is NULL, which is what PostgreSQL says in each of these
 * cases. An argument c x + d needs no sums of its own: moments of x do. */
#include "job/plan/aggregate.h"

#include <string.h>

#include "base/mem.h"
#include "job/plan/collect.h"
#include "job/plan/filter.h"
#include "job/plan/fin.h"
#include "job/plan/poly.h"

/* ---- formulas ------------------------------------------------------- */

static sc_finish *add(sc_finish *a, sc_finish *b)
{
    return sc_fin_two(SC_F_ADD, a, b);
}

static sc_finish *sub(sc_finish *a, sc_finish *b)
{
    return sc_fin_two(SC_F_SUB, a, b);
}

static sc_finish *mul(sc_finish *a, sc_finish *b)
{
    return sc_fin_two(SC_F_MUL, a, b);
}

static sc_finish *divide(sc_finish *a, sc_finish *b)
{
    return sc_fin_two(SC_F_DIV, a, b);
}

/* One argument: factor * 10^-scale times a core, plus a constant. */
typedef struct {
    sc_core core;
    size_t opened; /* the sum of the core; unset if core.n_terms is 0 */
} term;

/* What one call works on. */
typedef struct {
    sc_planner *pl;
    size_t support, at;
    term y, x; /* of one argument: x alone */
    size_t xx, yy, xy;
} call;

static sc_finish *rows(const call *c)
{
    return sc_fin_opened(c->support, 0);
}

/* The sum of the argument itself. */
static sc_finish *total(const call *c, const term *t)
{
    const sc_core *k = &t->core;
    sc_finish *f = NULL, *shift;

    if (k->n_terms > 0) {
        f = sc_fin_opened(t->opened, k->core_scale);
        if (k->factor != 1 || k->factor_scale != 0) {
            f = mul(sc_fin_number(k->factor, k->factor_scale), f);
        }
        if (k->constant == 0) {
            return f;
        }
    }
    shift = mul(sc_fin_number(k->constant, k->constant_scale), rows(c));
    return k->n_terms > 0 ? add(f, shift) : shift;
}

/* n S_ab - S_a S_b of the cores (not of the arguments): n^2 times their
 * covariance. */
static sc_finish *spread(const call *c, const term *a, const term *b,
                         size_t product)
{
    unsigned sa = a->core.core_scale, sb = b->core.core_scale;

    return sub(mul(rows(c), sc_fin_opened(product, sa + sb)),
               mul(sc_fin_opened(a->opened, sa), sc_fin_opened(b->opened, sb)));
}

/* f times the factors of the arguments a and b. */
static sc_finish *scaled(sc_finish *f, const term *a, const term *b)
{
    const sc_core *k = &a->core, *l = &b->core;

    if (k->factor != 1 || k->factor_scale != 0) {
        f = mul(sc_fin_number(k->factor, k->factor_scale), f);
    }
    if (l->factor != 1 || l->factor_scale != 0) {
        f = mul(sc_fin_number(l->factor, l->factor_scale), f);
    }
    return f;
}

static sc_finish *n_squared(const call *c)
{
    return mul(rows(c), rows(c));
}

static sc_finish *n_times_n_less_1(const call *c)
{
    return mul(rows(c), sub(rows(c), sc_fin_number(1, 0)));
}

static sc_finish *spread_xx(const call *c)
{
    return spread(c, &c->x, &c->x, c->xx);
}

static sc_finish *spread_yy(const call *c)
{
    return spread(c, &c->y, &c->y, c->yy);
}

static sc_finish *spread_xy(const call *c)
{
    return spread(c, &c->y, &c->x, c->xy);
}

static sc_finish *variance(const call *c, int is_sample)
{
    return divide(scaled(spread_xx(c), &c->x, &c->x),
                  is_sample ? n_times_n_less_1(c) : n_squared(c));
}

static sc_finish *covariance(const call *c, int is_sample)
{
    return divide(scaled(spread_xy(c), &c->y, &c->x),
                  is_sample ? n_times_n_less_1(c) : n_squared(c));
}

static sc_finish *correlation(const call *c)
{
    sc_finish *f =
        divide(spread_xy(c),
               sc_fin_one(SC_F_SQRT, mul(spread_xx(c), spread_yy(c))));

    /* c x + d with a negative c turns the sign, and no more. */
    return (c->x.core.factor < 0) != (c->y.core.factor < 0)
               ? sc_fin_one(SC_F_NEG, f)
               : f;
}

static sc_finish *slope(const call *c)
{
    return divide(scaled(spread_xy(c), &c->y, &c->x),
                  scaled(spread_xx(c), &c->x, &c->x));
}

static sc_finish *intercept(const call *c)
{
    return divide(sub(total(c, &c->y), mul(slope(c), total(c, &c->x))),
                  rows(c));
}

/* 1 where all y are alike, NULL where all x are: the second term is 1 or NULL.
 */
static sc_finish *r_squared(const call *c)
{
    return sc_fin_two(SC_F_COALESCE,
                      divide(mul(spread_xy(c), spread_xy(c)),
                             mul(spread_xx(c), spread_yy(c))),
                      divide(spread_xx(c), spread_xx(c)));
}

static sc_finish *formula(const call *c, sc_function_id f)
{
    switch (f) {
    case SC_FN_SUM:
        return divide(mul(total(c, &c->x), rows(c)), rows(c));
    case SC_FN_AVG:
    case SC_FN_REGR_AVGX:
        return divide(total(c, &c->x), rows(c));
    case SC_FN_REGR_AVGY:
        return divide(total(c, &c->y), rows(c));
    case SC_FN_VAR_SAMP:
    case SC_FN_VAR_POP:
        return variance(c, f == SC_FN_VAR_SAMP);
    case SC_FN_STDDEV_SAMP:
    case SC_FN_STDDEV_POP:
        return sc_fin_one(SC_F_SQRT, variance(c, f == SC_FN_STDDEV_SAMP));
    case SC_FN_COVAR_SAMP:
    case SC_FN_COVAR_POP:
        return covariance(c, f == SC_FN_COVAR_SAMP);
    case SC_FN_CORR:
        return correlation(c);
    case SC_FN_REGR_SLOPE:
        return slope(c);
    case SC_FN_REGR_INTERCEPT:
        return intercept(c);
    case SC_FN_REGR_R2:
        return r_squared(c);
    case SC_FN_REGR_SXX:
        return divide(scaled(spread_xx(c), &c->x, &c->x), rows(c));
    case SC_FN_REGR_SYY:
        return divide(scaled(spread_yy(c), &c->y, &c->y), rows(c));
    case SC_FN_REGR_SXY:
        return divide(scaled(spread_xy(c), &c->y, &c->x), rows(c));
    default:
        return rows(c); /* COUNT, REGR_COUNT */
    }
}

/* ---- what each opens ------------------------------------------------ */

#define NEEDS_X  1u
#define NEEDS_Y  2u
#define NEEDS_XX 4u
#define NEEDS_YY 8u
#define NEEDS_XY 16u

static unsigned needs(sc_function_id f)
{
    switch (f) {
    case SC_FN_COUNT:
    case SC_FN_REGR_COUNT:
        return 0;
    case SC_FN_SUM:
    case SC_FN_AVG:
    case SC_FN_REGR_AVGX:
        return NEEDS_X;
    case SC_FN_REGR_AVGY:
        return NEEDS_Y;
    case SC_FN_VAR_SAMP:
    case SC_FN_VAR_POP:
    case SC_FN_STDDEV_SAMP:
    case SC_FN_STDDEV_POP:
    case SC_FN_REGR_SXX:
        return NEEDS_X | NEEDS_XX;
    case SC_FN_REGR_SYY:
        return NEEDS_Y | NEEDS_YY;
    case SC_FN_COVAR_SAMP:
    case SC_FN_COVAR_POP:
    case SC_FN_REGR_SXY:
        return NEEDS_X | NEEDS_Y | NEEDS_XY;
    case SC_FN_REGR_SLOPE:
    case SC_FN_REGR_INTERCEPT:
        return NEEDS_X | NEEDS_Y | NEEDS_XX | NEEDS_XY;
    default:
        return NEEDS_X | NEEDS_Y | NEEDS_XX | NEEDS_YY | NEEDS_XY;
    }
}

static sc_err open_total(call *c, term *t)
{
    return t->core.n_terms == 0 ? SC_OK
                                : sc_collect_core(c->pl, &t->opened, c->support,
                                                  &t->core, c->at);
}

/* The sum of the product of two arguments' cores. */
static sc_err open_product(call *c, size_t *opened, const term *a,
                           const term *b)
{
    sc_core k;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_poly_core_product(c->pl, &k, &a->core, &b->core, c->at));
    SC_TRY(sc_collect_core(c->pl, opened, c->support, &k, c->at));
    err = SC_OK;
out:
    return err;
}

/* Moments of order two are sums of degree two: of what has degree one. */
static sc_err check_linear(call *c, const term *t)
{
    int is_linear = t->core.n_terms > 0;

    for (size_t i = 0; i < t->core.n_terms; i++) {
        is_linear &= t->core.terms[i].b == SC_NO_COLUMN;
    }
    if (is_linear) {
        return SC_OK;
    }
    return sc_planner_refuse(
        c->pl, SC_E_REFUSED, c->at,
        "SUM and AVG take products of two columns, the others columns, their "
        "sums and constants",
        t->core.n_terms == 0 ? "this aggregate takes a column"
                             : "this aggregate of a product of columns would "
                               "open sums of degree four");
}

static sc_err open_sums(call *c, unsigned what)
{
    sc_err err = SC_E_BUG;

    if (what & (NEEDS_XX | NEEDS_XY)) {
        SC_TRY(check_linear(c, &c->x));
    }
    if (what & (NEEDS_YY | NEEDS_XY)) {
        SC_TRY(check_linear(c, &c->y));
    }
    if (what & NEEDS_X) {
        SC_TRY(open_total(c, &c->x));
    }
    if (what & NEEDS_Y) {
        SC_TRY(open_total(c, &c->y));
    }
    if (what & NEEDS_XX) {
        SC_TRY(open_product(c, &c->xx, &c->x, &c->x));
    }
    if (what & NEEDS_YY) {
        SC_TRY(open_product(c, &c->yy, &c->y, &c->y));
    }
    if (what & NEEDS_XY) {
        SC_TRY(open_product(c, &c->xy, &c->y, &c->x));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- the call ------------------------------------------------------- */

/* COUNT(column) takes any type. */
static sc_err take_arg(sc_planner *pl, sc_poly *out, const sc_ast *a,
                       int is_count)
{
    if (is_count && a->kind == SC_A_COLUMN) {
        sc_planner_use(pl, a->column);
        *out = (sc_poly){.columns = (uint64_t)1 << a->column};
        return SC_OK;
    }
    return sc_poly_take(pl, out, a);
}

static sc_err take_args(call *c, uint64_t *need, int *is_whole, const sc_ast *a,
                        sc_function_id f)
{
    sc_poly p;
    sc_err err = SC_E_BUG;

    *is_whole = 1;
    for (size_t i = 0; i < a->n_args; i++) {
        term *t = i + 1 == a->n_args ? &c->x : &c->y;

        SC_TRY(take_arg(c->pl, &p, a->args[i], f == SC_FN_COUNT));
        SC_TRY(sc_poly_core(c->pl, &t->core, &p, a->args[i]->at));
        *need |= p.columns;
        *is_whole &= p.is_whole;
    }
    *is_whole = f == SC_FN_COUNT || f == SC_FN_REGR_COUNT ||
                (f == SC_FN_SUM && *is_whole);
    err = SC_OK;
out:
    return err;
}

static sc_err take_filter(sc_planner *pl, sc_pred **filter, const sc_ast *a)
{
    unsigned use = pl->use;
    sc_err err = SC_E_BUG;

    if (a == NULL) {
        return SC_OK;
    }
    pl->use = SC_USE_FILTER;
    SC_TRY(sc_filter_make(pl, filter, a));
    err = SC_OK;
out:
    pl->use = use;
    return err;
}

static sc_err check_form(sc_planner *pl, const sc_ast *a, const sc_function *fn)
{
    if (a->is_star && fn->id == SC_FN_COUNT) {
        return SC_OK;
    }
    if (a->n_args != fn->n_args) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                 fn->n_args == 1
                                     ? "%s takes one argument"
                                     : "%s takes two arguments, (y, x)",
                                 a->text);
    }
    return SC_OK;
}

/* Keep the canonical name once, in the order of the alphabet. */
static sc_err note_function(sc_plan *p, const char *name)
{
    size_t i = 0;
    char *copy;

    while (i < p->n_functions && strcmp(p->functions[i], name) < 0) {
        i++;
    }
    if (i < p->n_functions && strcmp(p->functions[i], name) == 0) {
        return SC_OK;
    }
    copy = sc_strdup(name);
    if (copy == NULL) {
        return SC_E_MEM;
    }
    memmove(p->functions + i + 1, p->functions + i,
            (p->n_functions - i) * sizeof *p->functions);
    p->functions[i] = copy;
    p->n_functions++;
    return SC_OK;
}

sc_err sc_aggregate_make(sc_planner *pl, sc_finish **value, int *is_whole,
                         const sc_ast *a)
{
    const sc_function *fn = sc_function_find(a->text);
    call *c = sc_alloc(1, sizeof *c);
    sc_pred *filter = NULL;
    unsigned use = pl->use;
    uint64_t need = 0;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(c != NULL, SC_E_MEM);
    *c = (call){.pl = pl, .at = a->at};
    pl->use = SC_USE_AGGREGATE;
    if (pl->plan->functions == NULL) {
        pl->plan->functions =
            sc_alloc(SC_N_FUNCTIONS, sizeof *pl->plan->functions);
        SC_REQUIRE(pl->plan->functions != NULL, SC_E_MEM);
    }
    SC_TRY(check_form(pl, a, fn));
    SC_TRY(take_args(c, &need, is_whole, a, fn->id));
    SC_TRY(take_filter(pl, &filter, a->filter));
    SC_TRY(sc_collect_support(pl, &c->support, &filter, need, a->at));
    SC_TRY(open_sums(c, needs(fn->id)));
    SC_TRY(note_function(pl->plan, fn->canonical));
    *value = formula(c, fn->id);
    SC_REQUIRE(*value != NULL, SC_E_MEM);
    err = SC_OK;
out:
    pl->use = use;
    sc_pred_free(&filter);
    sc_free(c);
    return err;
}
