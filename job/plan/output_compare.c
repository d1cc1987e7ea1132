/* job/plan/output_compare.c: comparisons in HAVING and in the SELECT list.
 *
 * Numbers compare with numbers. A group compares with constants: which of its
 * labels hold is known now, so the formula is `the label is one of these`. */
#include "base/mem.h"
#include "job/plan/fin.h"
#include "job/plan/key.h"
#include "job/plan/output_expr.h"

#define MAX_LABELS 1024 /* spelt out in one formula */

/* ---- a group and a constant ----------------------------------------- */

/* The key's label is one of those marked; NULL of a NULL. */
static sc_finish *one_of(const sc_key *k, size_t key, const uint8_t *marks)
{
    sc_finish *all = NULL;

    for (size_t i = 0; i < k->n_labels; i++) {
        sc_finish *part;

        if (!marks[i]) {
            continue;
        }
        part = sc_fin_two(SC_F_EQ, sc_fin_key(key), sc_fin_text(k->labels[i]));
        if (part == NULL || sc_fin_join(&all, SC_F_OR, &part) != SC_OK) {
            sc_finish_free(&all);
            return NULL;
        }
    }
    return all != NULL ? all
                       : sc_fin_two(SC_F_NE, sc_fin_key(key), sc_fin_key(key));
}

static sc_err compare_key(sc_planner *pl, sc_output_expr *out, size_t key,
                          sc_ast_kind op, const sc_ast *constant, size_t at)
{
    const sc_key *k = &pl->plan->keys[key];
    sc_label_kind kind = pl->key_kinds[key];
    uint8_t *marks;
    size_t n = 0;
    int sign;
    sc_err err = SC_E_BUG;

    if (constant->kind == SC_A_NULL) {
        return sc_output_set(out, sc_fin_null(), SC_O_BOOL);
    }
    if (kind == SC_LABEL_TEXT && op != SC_A_EQ && op != SC_A_NE) {
        return sc_planner_refuse(pl, SC_E_CONFIG, at, "use =, <> or IN",
                                 "texts are not ordered here");
    }
    marks = sc_alloc(k->n_labels, 1);
    SC_REQUIRE(marks != NULL, SC_E_MEM);
    for (size_t i = 0; i < k->n_labels; i++) {
        SC_TRY(sc_key_compare(pl, &sign, k, kind, i, constant));
        marks[i] = (uint8_t)sc_ast_holds(op, sign);
        n += marks[i];
    }
    if (n > MAX_LABELS) {
        SC_TRY(sc_planner_refuse(pl, SC_E_CONFIG, at, "put it into WHERE",
                                 "more than %d groups hold", MAX_LABELS));
    }
    SC_TRY(sc_output_set(out, one_of(k, key, marks), SC_O_BOOL));
    err = SC_OK;
out:
    sc_free(marks);
    return err;
}

/* ---- numbers -------------------------------------------------------- */

static sc_finish *compare_numbers(sc_ast_kind op, sc_finish *x, sc_finish *y)
{
    switch (op) {
    case SC_A_LT:
        return sc_fin_two(SC_F_LT, x, y);
    case SC_A_LE:
        return sc_fin_two(SC_F_LE, x, y);
    case SC_A_GT:
        return sc_fin_two(SC_F_LT, y, x);
    case SC_A_GE:
        return sc_fin_two(SC_F_LE, y, x);
    case SC_A_EQ:
        return sc_fin_two(SC_F_EQ, x, y);
    default:
        return sc_fin_two(SC_F_NE, x, y);
    }
}

/* x (already taken from `left`; borrowed) op right. */
static sc_err compare(sc_planner *pl, sc_output_expr *out,
                      const sc_output_expr *x, sc_ast_kind op,
                      const sc_ast *left, const sc_ast *right, size_t at)
{
    sc_output_expr y = {0};
    sc_err err = SC_E_BUG;

    if (x->type == SC_O_KEY) {
        return compare_key(pl, out, x->key, op, right, at);
    }
    SC_TRY(sc_output_take(pl, &y, right));
    if (y.type == SC_O_KEY) {
        err = compare_key(pl, out, y.key, sc_ast_flip(op), left, at);
        goto out;
    }
    SC_TRY(sc_output_to_number(pl, x, left->at));
    SC_TRY(sc_output_to_number(pl, &y, right->at));
    err = sc_output_set(out, compare_numbers(op, sc_fin_copy(x->f), y.f),
                        SC_O_BOOL);
    y.f = NULL;
out:
    sc_finish_free(&y.f);
    return err;
}

/* args[0] op each of args[1..], joined by kind; the last op for all others. */
static sc_err each(sc_planner *pl, sc_output_expr *out, const sc_ast *a,
                   sc_finish_kind kind, sc_ast_kind first, sc_ast_kind rest)
{
    sc_output_expr x = {0}, y = {0};
    sc_finish *all = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_output_take(pl, &x, a->args[0]));
    SC_TRY(sc_output_check_size(pl, x.f, a->n_args, a->at));
    for (size_t i = 1; i < a->n_args; i++) {
        SC_TRY(compare(pl, &y, &x, i == 1 ? first : rest, a->args[0],
                       a->args[i], a->at));
        SC_TRY(sc_fin_join(&all, kind, &y.f));
    }
    err = sc_output_set(out, all, SC_O_BOOL);
    all = NULL;
out:
    sc_finish_free(&all);
    sc_finish_free(&x.f);
    return err;
}

sc_err sc_output_compare(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    switch (a->kind) {
    case SC_A_LT:
    case SC_A_LE:
    case SC_A_GT:
    case SC_A_GE:
    case SC_A_EQ:
    case SC_A_NE:
        return each(pl, out, a, SC_F_AND, a->kind, a->kind);
    case SC_A_BETWEEN:
        return each(pl, out, a, SC_F_AND, SC_A_GE, SC_A_LE);
    case SC_A_IN:
        return each(pl, out, a, SC_F_OR, SC_A_EQ, SC_A_EQ);
    default:
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "use =, <> and IS NULL",
                                 "IS DISTINCT FROM is not supported here");
    }
}
