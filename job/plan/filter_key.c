/* job/plan/filter_key.c: conditions on a function of one column.
 *
 * Such a function is constant between its breaks, so a condition on it selects
 * stretches of the column; cuts are needed only where it turns. NULL is as in
 * SQL: a CASE without ELSE may be NULL where the column is not, and the other
 * way round. */
#include "job/plan/filter_key.h"

#include "base/mem.h"
#include "job/plan/cut.h"
#include "job/plan/key.h"

static sc_err done(sc_pred **out, sc_pred *p)
{
    *out = p;
    return p == NULL ? SC_E_MEM : SC_OK;
}

int sc_filter_is_ranged(const sc_column *c)
{
    return c->type != SC_T_CATEGORY && c->type != SC_T_BOOLEAN;
}

/* The values of the pieces first .. last of k. */
static sc_err stretch(sc_planner *pl, sc_pred **out, const sc_key *k,
                      size_t first, size_t last, size_t at)
{
    const sc_column *c = sc_planner_column(pl, k->column);
    int64_t from = first == 0 ? c->min : k->breaks[first - 1];
    int64_t to = last == k->n_breaks ? c->max + 1 : k->breaks[last];
    sc_pred *low, *high;
    sc_err err = SC_E_BUG;

    if (sc_filter_is_ranged(c)) {
        SC_TRY(sc_cut_check(pl, k->column, from, at, 1));
        SC_TRY(sc_cut_check(pl, k->column, to, at, 0));
    }
    if (first == 0 && last == k->n_breaks) { /* always, but of a NULL */
        return done(out, sc_pred_not(sc_pred_less(c, k->column, c->min)));
    }
    low = first == 0 ? sc_pred_const(1)
                     : sc_pred_not(sc_pred_less(c, k->column, from));
    high =
        last == k->n_breaks ? sc_pred_const(1) : sc_pred_less(c, k->column, to);
    SC_TRY(done(out, sc_pred_both(SC_P_AND, low, high)));
    err = SC_OK;
out:
    return err;
}

/* Rows whose outcome is marked `wanted` (1: true, SC_P_NULL: NULL); of a NULL
 * of the column it is NULL. marks[n_labels] is of outcome NULL. */
static sc_err select_pieces(sc_planner *pl, sc_pred **out, const sc_key *k,
                            const int64_t *marks, int64_t wanted, size_t at)
{
    const sc_column *c = sc_planner_column(pl, k->column);
    sc_pred *all = NULL, *part = NULL;
    size_t last;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i <= k->n_breaks; i = last + 1) {
        for (last = i; last < k->n_breaks &&
                       marks[k->outcome[last + 1]] == marks[k->outcome[i]];
             last++) {
        }
        if (marks[k->outcome[i]] == wanted) {
            SC_TRY(stretch(pl, &part, k, i, last, at));
            all = all == NULL ? part : sc_pred_both(SC_P_OR, all, part);
            SC_REQUIRE(all != NULL, SC_E_MEM);
        }
    }
    if (all == NULL) { /* never */
        all = sc_pred_less(c, k->column, c->min);
    }
    SC_TRY(done(out, all));
    all = NULL;
    err = SC_OK;
out:
    sc_pred_free(&all);
    return err;
}

/* The same, two-valued: true of a NULL of the column if that is marked so. */
static sc_err select_rows(sc_planner *pl, sc_pred **out, const sc_key *k,
                          const int64_t *marks, int64_t wanted, size_t at)
{
    sc_pred *all = NULL, *is_null;
    sc_err err = SC_E_BUG;

    SC_TRY(select_pieces(pl, &all, k, marks, wanted, at));
    is_null = sc_pred_is_null(k->column);
    err = done(out, marks[k->outcome_null] == wanted
                        ? sc_pred_both(SC_P_OR, all, is_null)
                        : sc_pred_both(SC_P_AND, all, sc_pred_not(is_null)));
out:
    return err;
}

/* Is the condition NULL just where the column is? */
static int is_plain(const sc_planner *pl, const sc_key *k, const int64_t *marks)
{
    for (size_t i = 0; i <= k->n_breaks; i++) {
        if (marks[k->outcome[i]] == SC_P_NULL) {
            return 0;
        }
    }
    return marks[k->outcome_null] == SC_P_NULL ||
           sc_planner_column(pl, k->column)->is_required;
}

/* label op constant: 0, 1 or SC_P_NULL. */
static sc_err mark_one(sc_planner *pl, int64_t *mark, const sc_key *k,
                       sc_label_kind kind, size_t i, sc_ast_kind op,
                       const sc_ast *constant)
{
    int sign;
    sc_err err = SC_E_BUG;

    *mark = SC_P_NULL;
    if (constant->kind == SC_A_NULL) {
        return SC_OK;
    }
    SC_TRY(sc_key_compare(pl, &sign, k, kind, i, constant));
    *mark = sc_ast_holds(op, sign);
    err = SC_OK;
out:
    return err;
}

/* Label i under the whole comparison a, whose subject stands at args[of]. */
static sc_err mark_label(sc_planner *pl, int64_t *mark, const sc_key *k,
                         sc_label_kind kind, size_t i, const sc_ast *a,
                         size_t of)
{
    int is_list = a->kind == SC_A_IN || a->kind == SC_A_BETWEEN;
    int64_t decides = a->kind == SC_A_IN, one;
    sc_ast_kind op = of == 1 ? sc_ast_flip(a->kind) : a->kind;
    sc_err err = SC_E_BUG;

    if (!is_list) {
        return mark_one(pl, mark, k, kind, i, op, a->args[1 - of]);
    }
    *mark = !decides;
    for (size_t j = 1; j < a->n_args; j++) {
        op = a->kind == SC_A_IN ? SC_A_EQ : j == 1 ? SC_A_GE : SC_A_LE;
        SC_TRY(mark_one(pl, &one, k, kind, i, op, a->args[j]));
        if (one == decides) {
            *mark = decides;
            break;
        }
        *mark = one == SC_P_NULL ? one : *mark;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_filter_key(sc_planner *pl, sc_pred **out, const sc_ast *a, size_t of)
{
    sc_key k = {0};
    sc_label_kind kind;
    int64_t *marks = NULL;
    sc_pred *is_true = NULL, *is_null = NULL;
    int is_order =
        a->kind != SC_A_EQ && a->kind != SC_A_NE && a->kind != SC_A_IN;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_key_make(pl, &k, &kind, a->args[of], 0));
    marks = sc_alloc(k.n_labels + 1, sizeof *marks);
    SC_REQUIRE(marks != NULL, SC_E_MEM);
    if (kind == SC_LABEL_TEXT && is_order) {
        SC_TRY(sc_planner_refuse(pl, SC_E_CONFIG, a->at, "use =, <> or IN",
                                 "texts are not ordered here"));
    }
    for (size_t i = 0; i < k.n_labels; i++) {
        SC_TRY(mark_label(pl, &marks[i], &k, kind, i, a, of));
    }
    marks[k.n_labels] = SC_P_NULL;
    if (is_plain(pl, &k, marks)) {
        SC_TRY(select_pieces(pl, out, &k, marks, 1, a->at));
        err = SC_OK;
        goto out;
    }
    SC_TRY(select_rows(pl, &is_true, &k, marks, 1, a->at));
    SC_TRY(select_rows(pl, &is_null, &k, marks, SC_P_NULL, a->at));
    is_null = sc_pred_both(SC_P_AND, is_null, sc_pred_const(SC_P_NULL));
    is_true = sc_pred_both(SC_P_OR, is_true, is_null);
    is_null = NULL;
    SC_TRY(done(out, is_true));
    is_true = NULL;
    err = SC_OK;
out:
    sc_pred_free(&is_true);
    sc_pred_free(&is_null);
    sc_key_clear(&k);
    sc_free(marks);
    return err;
}
