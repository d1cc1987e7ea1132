/* job/plan/filter.c: conditions to predicates.
 *
 * A comparison has a subject (a column, or a function of one that job/plan/key.c
 * knows) and a constant. Over numbers and dates all six become `column < cut`,
 * because x <= c is x < c + 1 unit; over categories and booleans they are IN.
 * NULL is as in SQL: x = NULL is NULL, x IN (1, NULL) is true or NULL. */
#include "job/plan/filter.h"

#include "base/mem.h"
#include "job/plan/cut.h"
#include "job/plan/filter_key.h"
#include "job/plan/key.h"
#include "job/plan/literal.h"

static sc_err done(sc_pred **out, sc_pred *p)
{
    *out = p;
    return p == NULL ? SC_E_MEM : SC_OK;
}

/* ---- what may not be compared --------------------------------------- */

static sc_err refuse_subject(sc_planner *pl, const sc_ast *a)
{
    switch (a->kind) {
    case SC_A_CALL:
        if (sc_function_find(a->text) != NULL) {
            return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                     "conditions on aggregates go to HAVING",
                                     "aggregates are not allowed here");
        }
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "compare a column with a constant",
                                 "the function %s is not supported here",
                                 a->text);
    case SC_A_ADD:
    case SC_A_SUB:
    case SC_A_MUL:
    case SC_A_DIV:
    case SC_A_NEG:
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "bring the arithmetic to the other side",
                                 "arithmetic on rows is not compared");
    case SC_A_CAST:
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "compare the bare column",
                                 "a cast is not compared");
    default:
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "compare a column with a constant",
                                 "this is not compared with a constant");
    }
}

/* ---- a column and a constant ---------------------------------------- */

static sc_err equal(sc_planner *pl, sc_pred **out, size_t column,
                    const sc_literal *l)
{
    const sc_column *c = sc_planner_column(pl, column);
    sc_place place;
    int64_t v;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_literal_place(pl, &place, l, c));
    v = place.floor;
    if (!place.is_exact) {
        SC_TRY(done(out, sc_pred_less(c, column, c->min)));
        return SC_OK;
    }
    if (sc_filter_is_ranged(c)) {
        SC_TRY(sc_cut_check_value(pl, column, v, l->at));
    }
    SC_TRY(done(out, sc_pred_in(c, column, &v, 1)));
    err = SC_OK;
out:
    return err;
}

/* column < or <= or > or >= constant. */
static sc_err range(sc_planner *pl, sc_pred **out, sc_ast_kind op,
                    size_t column, const sc_literal *l, size_t at)
{
    const sc_column *c = sc_planner_column(pl, column);
    int is_upper = op == SC_A_GT || op == SC_A_GE;
    sc_place place;
    int64_t cut;
    sc_pred *p;
    sc_err err = SC_E_BUG;

    if (!sc_filter_is_ranged(c)) {
        return sc_planner_refuse(pl, SC_E_CONFIG, at, "use =, <> or IN",
                                 "values of %s have no order", c->name);
    }
    SC_TRY(sc_literal_place(pl, &place, l, c));
    /* x < 2.5 and x <= 2.5 are x < 3; x <= 2 is too. */
    cut = place.floor + (!place.is_exact || op == SC_A_LE || op == SC_A_GT);
    SC_TRY(sc_cut_check(pl, column, cut, at, is_upper));
    p = sc_pred_less(c, column, cut);
    SC_TRY(done(out, is_upper ? sc_pred_not(p) : p));
    err = SC_OK;
out:
    return err;
}

static sc_err compare_column(sc_planner *pl, sc_pred **out, sc_ast_kind op,
                             size_t column, const sc_literal *l, size_t at)
{
    sc_err err = SC_E_BUG;

    sc_planner_use(pl, column);
    if (l->kind == SC_L_NULL) {
        return done(out, sc_pred_const(SC_P_NULL));
    }
    if (op != SC_A_EQ && op != SC_A_NE) {
        return range(pl, out, op, column, l, at);
    }
    SC_TRY(equal(pl, out, column, l));
    if (op == SC_A_NE) {
        SC_TRY(done(out, sc_pred_not(*out)));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- comparisons ---------------------------------------------------- */

/* Which argument of a comparison is not a constant; SIZE_MAX: both or none. */
static sc_err find_subject(sc_planner *pl, size_t *of, sc_literal *constant,
                           const sc_ast *a)
{
    sc_literal l, r;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_literal_take(pl, &l, a->args[0]));
    SC_TRY(sc_literal_take(pl, &r, a->args[1]));
    if ((l.kind == SC_L_NONE) == (r.kind == SC_L_NONE)) {
        return sc_planner_refuse(
            pl, SC_E_CONFIG, a->at,
            "compare one column with a constant; for a column against another "
            "use CORR, REGR_SLOPE or SUM(a - b)",
            l.kind == SC_L_NONE ? "two columns are never compared"
                                : "two constants are compared");
    }
    *of = l.kind == SC_L_NONE ? 0 : 1;
    *constant = *of == 0 ? r : l;
    err = SC_OK;
out:
    return err;
}

/* < <= > >= = <> */
static sc_err compare(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    const sc_ast *subject;
    sc_literal constant = {0};
    size_t of = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(find_subject(pl, &of, &constant, a));
    subject = a->args[of];
    if (subject->kind == SC_A_COLUMN) {
        return compare_column(pl, out, of == 1 ? sc_ast_flip(a->kind) : a->kind,
                              subject->column, &constant, a->at);
    }
    err = sc_key_is_function(subject) ? sc_filter_key(pl, out, a, of)
                                      : refuse_subject(pl, subject);
out:
    return err;
}

static sc_err between(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    const sc_ast *subject = a->args[0];
    sc_pred *low = NULL, *high = NULL;
    sc_literal l, h;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_literal_take(pl, &l, a->args[1]));
    SC_TRY(sc_literal_take(pl, &h, a->args[2]));
    if (l.kind == SC_L_NONE || h.kind == SC_L_NONE) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "column BETWEEN low AND high",
                                 "BETWEEN takes constants here");
    }
    if (subject->kind != SC_A_COLUMN) {
        return sc_key_is_function(subject) ? sc_filter_key(pl, out, a, 0)
                                           : refuse_subject(pl, subject);
    }
    SC_TRY(compare_column(pl, &low, SC_A_GE, subject->column, &l, l.at));
    SC_TRY(compare_column(pl, &high, SC_A_LE, subject->column, &h, h.at));
    *out = sc_pred_both(SC_P_AND, low, high);
    low = high = NULL;
    err = *out == NULL ? SC_E_MEM : SC_OK;
out:
    sc_pred_free(&low);
    sc_pred_free(&high);
    return err;
}

/* Values of an IN list; those between two encoded values match no row. */
static sc_err in_values(sc_planner *pl, int64_t *values, size_t *n,
                        int *has_null, const sc_ast *a)
{
    const sc_column *c = sc_planner_column(pl, a->args[0]->column);
    sc_place place;
    sc_literal l;
    sc_err err = SC_E_BUG;

    for (size_t i = 1; i < a->n_args; i++) {
        SC_TRY(sc_literal_take(pl, &l, a->args[i]));
        if (l.kind == SC_L_NULL) {
            *has_null = 1;
            continue;
        }
        if (l.kind == SC_L_NONE) {
            return sc_planner_refuse(pl, SC_E_CONFIG, a->args[i]->at,
                                     "list constants",
                                     "IN takes constants here");
        }
        SC_TRY(sc_literal_place(pl, &place, &l, c));
        if (place.is_exact && sc_filter_is_ranged(c)) {
            SC_TRY(
                sc_cut_check_value(pl, a->args[0]->column, place.floor, l.at));
        }
        if (place.is_exact) {
            values[(*n)++] = place.floor;
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err in_column(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    size_t column = a->args[0]->column, n = 0;
    int64_t *values = sc_alloc(a->n_args, sizeof *values);
    int has_null = 0;
    sc_pred *p;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(values != NULL, SC_E_MEM);
    sc_planner_use(pl, column);
    SC_TRY(in_values(pl, values, &n, &has_null, a));
    p = sc_pred_in(sc_planner_column(pl, column), column, values, n);
    if (has_null) {
        p = sc_pred_both(SC_P_OR, p, sc_pred_const(SC_P_NULL));
    }
    SC_TRY(done(out, p));
    err = SC_OK;
out:
    sc_free(values);
    return err;
}

static sc_err in(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    const sc_ast *subject = a->args[0];

    if (subject->kind == SC_A_COLUMN) {
        return in_column(pl, out, a);
    }
    return sc_key_is_function(subject) ? sc_filter_key(pl, out, a, 0)
                                       : refuse_subject(pl, subject);
}

/* ---- tests ---------------------------------------------------------- */

static sc_err is_null(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    const sc_ast *of = a->args[0];

    if (of->kind != SC_A_COLUMN) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "test a bare column",
                                 "IS NULL of an expression is not supported");
    }
    sc_planner_use(pl, of->column);
    return done(out, sc_pred_is_null(of->column));
}

/* A boolean column is v; NULL of a NULL. */
static sc_err is_value(sc_planner *pl, sc_pred **out, const sc_ast *a,
                       int64_t v)
{
    const sc_column *c;

    if (a->kind != SC_A_COLUMN) {
        return refuse_subject(pl, a);
    }
    c = sc_planner_column(pl, a->column);
    if (c->type != SC_T_BOOLEAN) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "compare it with a constant",
                                 "%s is of type %s, not boolean", c->name,
                                 sc_type_name(c->type));
    }
    sc_planner_use(pl, a->column);
    return done(out, sc_pred_in(c, a->column, &v, 1));
}

/* column IS TRUE, IS FALSE: never NULL. */
static sc_err is_truth(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    sc_err err = SC_E_BUG;

    SC_TRY(is_value(pl, out, a->args[0], a->kind == SC_A_IS_TRUE));
    SC_TRY(done(out, sc_pred_both(SC_P_AND, *out,
                                  sc_pred_not(
                                      sc_pred_is_null(a->args[0]->column)))));
    err = SC_OK;
out:
    return err;
}

/* x IS DISTINCT FROM c: x is NULL or x <> c. */
static sc_err distinct(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    const sc_ast *subject;
    sc_literal constant = {0};
    sc_pred *is_null, *differs = NULL;
    size_t of = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(find_subject(pl, &of, &constant, a));
    subject = a->args[of];
    if (subject->kind != SC_A_COLUMN) {
        return refuse_subject(pl, subject);
    }
    is_null = sc_pred_is_null(subject->column);
    if (constant.kind == SC_L_NULL) {
        sc_planner_use(pl, subject->column);
        return done(out, sc_pred_not(is_null));
    }
    err = compare_column(pl, &differs, SC_A_NE, subject->column, &constant,
                         a->at);
    if (err != SC_OK) {
        sc_pred_free(&is_null);
        return err;
    }
    err = done(out, sc_pred_both(SC_P_OR, is_null, differs));
out:
    return err;
}

static sc_err list(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    sc_pred_kind kind = a->kind == SC_A_AND ? SC_P_AND : SC_P_OR;
    sc_pred *all = sc_pred_const(kind == SC_P_AND), *part = NULL;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < a->n_args; i++) {
        SC_TRY(sc_filter_make(pl, &part, a->args[i]));
        SC_TRY(done(&all, sc_pred_both(kind, all, part)));
        part = NULL;
    }
    SC_TRY(done(out, all));
    all = NULL;
    err = SC_OK;
out:
    sc_pred_free(&all);
    return err;
}

sc_err sc_filter_make(sc_planner *pl, sc_pred **out, const sc_ast *a)
{
    sc_err err = SC_E_BUG;

    *out = NULL;
    switch (a->kind) {
    case SC_A_BOOL:
        return done(out, sc_pred_const((int64_t)a->value));
    case SC_A_NULL:
        return done(out, sc_pred_const(SC_P_NULL));
    case SC_A_COLUMN:
        return is_value(pl, out, a, 1);
    case SC_A_AND:
    case SC_A_OR:
        return list(pl, out, a);
    case SC_A_NOT:
        SC_TRY(sc_filter_make(pl, out, a->args[0]));
        SC_TRY(done(out, sc_pred_not(*out)));
        return SC_OK;
    case SC_A_LT:
    case SC_A_LE:
    case SC_A_GT:
    case SC_A_GE:
    case SC_A_EQ:
    case SC_A_NE:
        return compare(pl, out, a);
    case SC_A_BETWEEN:
        return between(pl, out, a);
    case SC_A_IN:
        return in(pl, out, a);
    case SC_A_IS_NULL:
        return is_null(pl, out, a);
    case SC_A_IS_TRUE:
    case SC_A_IS_FALSE:
        return is_truth(pl, out, a);
    case SC_A_DISTINCT:
        return distinct(pl, out, a);
    default:
        return refuse_subject(pl, a);
    }
out:
    return err;
}
