/* job/plan/poly.c: arithmetic of polynomials, and the shapes that may be opened. */
#include "job/plan/poly.h"

#include <string.h>

#include "job/plan/literal.h"

/* ---- refusals ------------------------------------------------------- */

static sc_err too_big(sc_planner *pl, size_t at)
{
    return sc_planner_refuse(pl, SC_E_REFUSED, at, "use smaller constants",
                             "the constants are out of reach of exact sums");
}

static sc_err refuse_kind(sc_planner *pl, const sc_ast *a)
{
    switch (a->kind) {
    case SC_A_CASE:
    case SC_A_COALESCE:
    case SC_A_NULLIF:
        return sc_planner_refuse(
            pl, SC_E_CONFIG, a->at,
            "use FILTER (WHERE ...) behind the aggregate; NULLs are left out "
            "by themselves",
            "CASE, COALESCE and NULLIF are not allowed inside an aggregate");
    case SC_A_CALL:
        if (sc_function_find(a->text) != NULL) {
            return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                     "aggregates do not nest");
        }
        return sc_planner_refuse(
            pl, SC_E_CONFIG, a->at,
            "columns, sums and products of them; parts of the rows with FILTER "
            "(WHERE ...)",
            "the function %s is not supported inside an aggregate", a->text);
    case SC_A_DIV:
        return sc_planner_refuse(
            pl, SC_E_CONFIG, a->at,
            "divide the aggregate instead: SUM(x) / 2.0",
            "division of rows is not exact and not supported");
    case SC_A_NULL:
    case SC_A_TEXT:
    case SC_A_BOOL:
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                 "this is not a number");
    default:
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "count with COUNT(*) FILTER (WHERE ...)",
                                 "conditions are not allowed inside an "
                                 "aggregate");
    }
}

/* ---- arithmetic ----------------------------------------------------- */

/* Bring p to a larger scale; nonzero on overflow. */
static int rescale(sc_poly *p, unsigned scale)
{
    sc_i128 ten = sc_i128_pow10(scale - p->scale);
    int failed = sc_i128_mul(&p->constant, p->constant, ten);

    for (size_t i = 0; i < p->n_terms; i++) {
        failed |= sc_i128_mul(&p->terms[i].factor, p->terms[i].factor, ten);
    }
    p->scale = scale;
    return failed;
}

/* Add one monomial, in the order of (a, b); nonzero if there is no room. */
static int add_term(sc_poly *p, sc_monomial m)
{
    size_t i = 0;

    while (i < p->n_terms && (p->terms[i].a < m.a ||
                              (p->terms[i].a == m.a && p->terms[i].b < m.b))) {
        i++;
    }
    if (i < p->n_terms && p->terms[i].a == m.a && p->terms[i].b == m.b) {
        return sc_i128_add(&p->terms[i].factor, p->terms[i].factor, m.factor);
    }
    if (p->n_terms == SC_POLY_MAX) {
        return 1;
    }
    memmove(&p->terms[i + 1], &p->terms[i],
            (p->n_terms - i) * sizeof *p->terms);
    p->terms[i] = m;
    p->n_terms++;
    return 0;
}

static int add(sc_poly *x, sc_poly *y)
{
    int failed =
        x->scale < y->scale ? rescale(x, y->scale) : rescale(y, x->scale);

    failed |= sc_i128_add(&x->constant, x->constant, y->constant);
    for (size_t i = 0; i < y->n_terms; i++) {
        failed |= add_term(x, y->terms[i]);
    }
    x->columns |= y->columns;
    x->is_whole &= y->is_whole;
    return failed;
}

static int negate(sc_poly *p)
{
    int failed = sc_i128_mul(&p->constant, p->constant, -1);

    for (size_t i = 0; i < p->n_terms; i++) {
        failed |= sc_i128_mul(&p->terms[i].factor, p->terms[i].factor, -1);
    }
    return failed;
}

/* out += x's term i times y's term j; i = n_terms is the constant. */
static int add_product(sc_poly *out, const sc_poly *x, size_t i,
                       const sc_poly *y, size_t j)
{
    const sc_monomial one = {SC_NO_COLUMN, SC_NO_COLUMN, 0};
    sc_monomial m = i < x->n_terms ? x->terms[i] : one;
    sc_monomial n = j < y->n_terms ? y->terms[j] : one;
    sc_monomial p = one;

    m.factor = i < x->n_terms ? m.factor : x->constant;
    n.factor = j < y->n_terms ? n.factor : y->constant;
    if (sc_i128_mul(&p.factor, m.factor, n.factor)) {
        return 1;
    }
    if (m.a == SC_NO_COLUMN && n.a == SC_NO_COLUMN) {
        return sc_i128_add(&out->constant, out->constant, p.factor);
    }
    /* SC_NO_COLUMN is the largest, so it comes last by itself. */
    p.a = m.a < n.a ? m.a : n.a;
    p.b = m.a < n.a ? n.a : m.a;
    if (m.a == SC_NO_COLUMN || n.a == SC_NO_COLUMN) {
        p.b = m.a == SC_NO_COLUMN ? n.b : m.b;
    }
    return p.factor == 0 ? 0 : add_term(out, p);
}

static int multiply(sc_poly *out, const sc_poly *x, const sc_poly *y)
{
    int failed = x->scale + y->scale > SC_A_MAX_SCALE;

    *out = (sc_poly){.scale = x->scale + y->scale,
                     .columns = x->columns | y->columns,
                     .is_whole = x->is_whole && y->is_whole};
    for (size_t i = 0; i <= x->n_terms; i++) {
        for (size_t j = 0; j <= y->n_terms; j++) {
            failed |= add_product(out, x, i, y, j);
        }
    }
    return failed;
}

/* Longer than what a bound of 126 bits could ever let through? */
static int is_long(const sc_poly *p)
{
    int is = sc_i128_bits(p->constant) > 125;

    for (size_t i = 0; i < p->n_terms; i++) {
        is |= sc_i128_bits(p->terms[i].factor) > 125;
    }
    return is;
}

static int degree(const sc_poly *p)
{
    int most = 0;

    for (size_t i = 0; i < p->n_terms; i++) {
        int d = p->terms[i].b == SC_NO_COLUMN ? 1 : 2;

        most = d > most ? d : most;
    }
    return most;
}

/* ---- from the tree -------------------------------------------------- */

static void set_column(sc_planner *pl, sc_poly *out, size_t column)
{
    const sc_column *c = sc_planner_column(pl, column);

    sc_planner_use(pl, column);
    out->columns = (uint64_t)1 << column;
    out->terms[0] = (sc_monomial){column, SC_NO_COLUMN, 1};
    out->n_terms = 1;
    out->scale = c->type == SC_T_DECIMAL ? c->scale : 0;
    out->is_whole = c->type != SC_T_DECIMAL;
}

static sc_err take_column(sc_planner *pl, sc_poly *out, const sc_ast *a)
{
    const sc_column *c = sc_planner_column(pl, a->column);

    if (c->type == SC_T_BOOLEAN) {
        return sc_planner_refuse(
            pl, SC_E_CONFIG, a->at,
            "COUNT(*) FILTER (WHERE column), or column::int",
            "%s is a boolean; this aggregate takes numbers", c->name);
    }
    if (c->type != SC_T_INTEGER && c->type != SC_T_DECIMAL) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "COUNT takes any type",
                                 "%s is of type %s; this aggregate takes "
                                 "numbers",
                                 c->name, sc_type_name(c->type));
    }
    set_column(pl, out, a->column);
    return SC_OK;
}

static sc_err take_cast(sc_planner *pl, sc_poly *out, const sc_ast *a)
{
    const sc_ast *arg = a->args[0];
    int to_whole = strcmp(a->text, "int4") == 0 || strcmp(a->text, "int8") == 0;
    int to_real =
        strcmp(a->text, "numeric") == 0 || strcmp(a->text, "float8") == 0;
    sc_err err = SC_E_BUG;

    if (arg->kind == SC_A_COLUMN && to_whole &&
        sc_planner_column(pl, arg->column)->type == SC_T_BOOLEAN) {
        set_column(pl, out, arg->column);
        return SC_OK;
    }
    SC_TRY(sc_poly_take(pl, out, arg));
    if ((to_whole && out->scale == 0 && out->is_whole) ||
        (to_real && (a->scale < 0 || out->scale <= (unsigned)a->scale))) {
        out->is_whole = to_whole;
        return SC_OK;
    }
    err = sc_planner_refuse(pl, SC_E_CONFIG, a->at, "cast the aggregate",
                            "this cast could change values of rows");
out:
    return err;
}

static sc_err take_operation(sc_planner *pl, sc_poly *out, const sc_ast *a)
{
    sc_poly y = {0}, x;
    int failed;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_poly_take(pl, out, a->args[0]));
    SC_TRY(sc_poly_take(pl, &y, a->args[1]));
    if (a->kind == SC_A_MUL) {
        if (degree(out) + degree(&y) > 2) {
            return sc_planner_refuse(pl, SC_E_REFUSED, a->at,
                                     "at most a product of two columns",
                                     "the degree is more than two");
        }
        x = *out;
        failed = multiply(out, &x, &y);
    } else {
        failed = a->kind == SC_A_SUB && negate(&y);
        failed |= add(out, &y);
    }
    if (failed || is_long(out)) {
        return too_big(pl, a->at);
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_poly_take(sc_planner *pl, sc_poly *out, const sc_ast *a)
{
    sc_err err = SC_E_BUG;

    *out = (sc_poly){0};
    switch (a->kind) {
    case SC_A_NUMBER:
        out->constant = a->value;
        out->scale = (unsigned)a->scale;
        out->is_whole = !a->is_decimal;
        return is_long(out) ? too_big(pl, a->at) : SC_OK;
    case SC_A_COLUMN:
        return take_column(pl, out, a);
    case SC_A_CAST:
        return take_cast(pl, out, a);
    case SC_A_NEG:
        SC_TRY(sc_poly_take(pl, out, a->args[0]));
        return negate(out) ? too_big(pl, a->at) : SC_OK;
    case SC_A_ADD:
    case SC_A_SUB:
    case SC_A_MUL:
        return take_operation(pl, out, a);
    default:
        return refuse_kind(pl, a);
    }
out:
    return err;
}

/* ---- what may be opened --------------------------------------------- */

static unsigned column_scale(const sc_planner *pl, size_t c)
{
    const sc_column *col;

    if (c == SC_NO_COLUMN) {
        return 0;
    }
    col = sc_planner_column(pl, c);
    return col->type == SC_T_DECIMAL ? col->scale : 0;
}

static unsigned term_scale(const sc_planner *pl, const sc_monomial *m)
{
    return column_scale(pl, m->a) + column_scale(pl, m->b);
}

static sc_i128 size_of(sc_i128 v)
{
    return v < 0 ? -v : v;
}

static sc_i128 gcd(sc_i128 a, sc_i128 b)
{
    while (b != 0) {
        sc_i128 r = a % b;

        a = b;
        b = r;
    }
    return a;
}

/* Width of the range of one row's monomial, in encoded units; at least 1. */
static sc_i128 span(const sc_planner *pl, const sc_monomial *m)
{
    const sc_column *a = sc_planner_column(pl, m->a), *b;
    sc_i128 ends[4] = {a->min, a->max, a->min, a->max};
    sc_i128 low, high;

    if (m->b != SC_NO_COLUMN) {
        b = sc_planner_column(pl, m->b);
        for (size_t i = 0; i < 4; i++) { /* 60 bits each (job/conf/tables.h) */
            ends[i] *= i < 2 ? b->min : b->max;
        }
    }
    low = high = ends[0];
    for (size_t i = 1; i < 4; i++) {
        low = ends[i] < low ? ends[i] : low;
        high = ends[i] > high ? ends[i] : high;
    }
    return high > low ? high - low : 1;
}

/* Does a step of m stay within what one row's l may add? Then no sum of l fits
 * below m's digits. So does a step of the same value (a + b of any ranges). */
static int is_within(const sc_planner *pl, const sc_core *core,
                     const sc_monomial *m, const sc_monomial *l)
{
    sc_i128 step = size_of(m->factor), other = size_of(l->factor), reach;
    sc_i128 one = sc_i128_pow10(core->core_scale - term_scale(pl, m));
    sc_i128 other_one = sc_i128_pow10(core->core_scale - term_scale(pl, l));

    if (step % one == 0 && other % other_one == 0 &&
        step / one == other / other_one) {
        return 1;
    }
    return sc_i128_mul(&reach, other, span(pl, l)) || step <= reach;
}

/* No factor so large that one total could be read off in two parts. (Even then
 * it would tell no more than the sums of its terms, and as many are counted for
 * the thresholds: job/plan/collect.c.) */
static sc_err check_steps(sc_planner *pl, const sc_core *core, size_t at)
{
    for (size_t i = 0; i < core->n_terms; i++) {
        for (size_t j = 0; j < core->n_terms; j++) {
            if (i != j &&
                !is_within(pl, core, &core->terms[i], &core->terms[j])) {
                return sc_planner_refuse(
                    pl, SC_E_REFUSED, at,
                    "smaller constants; else one aggregate for each part",
                    "its factors would pack several sums into one");
            }
        }
    }
    return SC_OK;
}

sc_err sc_poly_core(sc_planner *pl, sc_core *out, const sc_poly *p, size_t at)
{
    sc_i128 common = 0;

    *out = (sc_core){.constant = p->constant, .constant_scale = p->scale};
    for (size_t i = 0; i < p->n_terms; i++) {
        if (p->terms[i].factor == 0) {
            continue; /* x - x */
        }
        out->terms[out->n_terms++] = p->terms[i];
        common = gcd(common, size_of(p->terms[i].factor));
    }
    if (common == 0) { /* no terms */
        return SC_OK;
    }
    common = out->terms[0].factor < 0 ? -common : common;
    for (size_t i = 0; i < out->n_terms; i++) {
        unsigned scale = term_scale(pl, &out->terms[i]);

        out->terms[i].factor /= common;
        out->core_scale = scale > out->core_scale ? scale : out->core_scale;
    }
    out->factor = common;
    out->factor_scale = p->scale - out->core_scale;
    return check_steps(pl, out, at);
}

sc_err sc_poly_core_product(sc_planner *pl, sc_core *out, const sc_core *a,
                            const sc_core *b, size_t at)
{
    sc_poly x = {.n_terms = a->n_terms}, y = {.n_terms = b->n_terms}, product;
    int failed;

    memcpy(x.terms, a->terms, sizeof x.terms);
    memcpy(y.terms, b->terms, sizeof y.terms);
    failed = multiply(&product, &x, &y);
    *out = (sc_core){.core_scale = a->core_scale + b->core_scale, .factor = 1};
    for (size_t i = 0; i < product.n_terms; i++) {
        if (product.terms[i].factor != 0) {
            out->terms[out->n_terms++] = product.terms[i];
        }
    }
    if (failed || is_long(&product)) {
        return too_big(pl, at);
    }
    return SC_OK;
}
