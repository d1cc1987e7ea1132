/* job/plan/pred.c: three-valued logic over the comparisons of one table. */
#include "job/plan/pred.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- building ------------------------------------------------------- */

static sc_pred *pred_new(sc_pred_kind kind, size_t column)
{
    sc_pred *p = sc_alloc(1, sizeof *p);

    if (p != NULL) {
        p->kind = kind;
        p->column = column;
    }
    return p;
}

sc_pred *sc_pred_const(int64_t value)
{
    sc_pred *p = pred_new(SC_P_CONST, 0);

    if (p != NULL) {
        p->value = value;
    }
    return p;
}

sc_pred *sc_pred_less(const sc_column *c, size_t column, int64_t v)
{
    sc_pred *p = pred_new(SC_P_LESS, column);

    if (p != NULL) {
        p->value = v <= c->min || v > c->max ? c->min : v;
    }
    return v > c->max ? sc_pred_not(p) : p;
}

static int by_value(const void *a, const void *b)
{
    int64_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

sc_pred *sc_pred_in(const sc_column *c, size_t column, const int64_t *values,
                    size_t n_values)
{
    sc_pred *p = pred_new(SC_P_IN, column);
    size_t n = 0;

    if (p == NULL) {
        return NULL;
    }
    p->values = sc_alloc(n_values, sizeof *p->values);
    if (p->values == NULL) {
        sc_pred_free(&p);
        return NULL;
    }
    for (size_t i = 0; i < n_values; i++) {
        if (values[i] >= c->min && values[i] <= c->max) {
            p->values[n++] = values[i];
        }
    }
    if (n == 0) {
        sc_pred_free(&p);
        return sc_pred_less(c, column, c->min);
    }
    qsort(p->values, n, sizeof *p->values, by_value);
    for (size_t i = 0; i < n; i++) {
        if (p->n_values == 0 || p->values[p->n_values - 1] != p->values[i]) {
            p->values[p->n_values++] = p->values[i];
        }
    }
    return p;
}

sc_pred *sc_pred_is_null(size_t column)
{
    return pred_new(SC_P_IS_NULL, column);
}

/* p with a new only argument; takes arg. */
static sc_pred *wrap(sc_pred_kind kind, sc_pred *arg)
{
    sc_pred *p = pred_new(kind, 0);

    if (p == NULL || (p->args = sc_alloc(1, sizeof *p->args)) == NULL) {
        sc_pred_free(&p);
        sc_pred_free(&arg);
        return NULL;
    }
    p->args[0] = arg;
    p->n_args = 1;
    return p;
}

sc_pred *sc_pred_not(sc_pred *p)
{
    sc_pred *inner;

    if (p == NULL) {
        return NULL;
    }
    if (p->kind == SC_P_CONST) {
        p->value = p->value == SC_P_NULL ? SC_P_NULL : !p->value;
        return p;
    }
    if (p->kind != SC_P_NOT) {
        return wrap(SC_P_NOT, p);
    }
    inner = p->args[0];
    p->n_args = 0;
    sc_pred_free(&p);
    return inner;
}

/* Move src's arguments (or src itself, if it is of another kind) to dst. */
static sc_err append(sc_pred *dst, sc_pred **src)
{
    size_t n = (*src)->kind == dst->kind ? (*src)->n_args : 1;
    sc_pred **from = (*src)->kind == dst->kind ? (*src)->args : src;
    sc_pred **grown = sc_alloc(dst->n_args + n, sizeof *grown);

    if (grown == NULL) {
        return SC_E_MEM;
    }
    if (dst->n_args > 0) {
        memcpy(grown, dst->args, dst->n_args * sizeof *grown);
    }
    memcpy(grown + dst->n_args, from, n * sizeof *grown);
    sc_free(dst->args);
    dst->args = grown;
    dst->n_args += n;
    if (from == src) {
        *src = NULL;
    } else {
        (*src)->n_args = 0;
        sc_pred_free(src);
    }
    return SC_OK;
}

sc_pred *sc_pred_both(sc_pred_kind kind, sc_pred *a, sc_pred *b)
{
    int64_t decides = kind == SC_P_OR;
    sc_pred *p = NULL;

    if (a == NULL || b == NULL) {
        goto out;
    }
    for (int i = 0; i < 2; i++) {
        sc_pred *x = i == 0 ? a : b, *y = i == 0 ? b : a;

        if (x->kind == SC_P_CONST && x->value != SC_P_NULL) {
            sc_pred **loser = x->value == decides ? &y : &x;

            sc_pred_free(loser);
            return loser == &y ? x : y;
        }
    }
    if (sc_pred_equal(a, b)) {
        sc_pred_free(&b);
        return a;
    }
    p = pred_new(kind, 0);
    if (p == NULL || append(p, &a) != SC_OK || append(p, &b) != SC_OK) {
        sc_pred_free(&p);
    }
out:
    sc_pred_free(&a);
    sc_pred_free(&b);
    return p;
}

sc_pred *sc_pred_clone(const sc_pred *p)
{
    sc_pred *q = p == NULL ? NULL : pred_new(p->kind, p->column);

    if (q == NULL) {
        return NULL;
    }
    q->value = p->value;
    q->values = sc_alloc(p->n_values + 1, sizeof *q->values);
    q->args = sc_alloc(p->n_args + 1, sizeof *q->args);
    if (q->values == NULL || q->args == NULL) {
        sc_pred_free(&q);
        return NULL;
    }
    if (p->n_values > 0) {
        memcpy(q->values, p->values, p->n_values * sizeof *q->values);
    }
    q->n_values = p->n_values;
    for (; q->n_args < p->n_args; q->n_args++) {
        q->args[q->n_args] = sc_pred_clone(p->args[q->n_args]);
        if (q->args[q->n_args] == NULL) {
            sc_pred_free(&q);
            return NULL;
        }
    }
    return q;
}

/* ---- comparing and evaluating --------------------------------------- */

int sc_pred_equal(const sc_pred *a, const sc_pred *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    if (a->kind != b->kind || a->column != b->column || a->value != b->value ||
        a->n_values != b->n_values || a->n_args != b->n_args) {
        return 0;
    }
    for (size_t i = 0; i < a->n_values; i++) {
        if (a->values[i] != b->values[i]) {
            return 0;
        }
    }
    for (size_t i = 0; i < a->n_args; i++) {
        if (!sc_pred_equal(a->args[i], b->args[i])) {
            return 0;
        }
    }
    return 1;
}

size_t sc_pred_depth(const sc_pred *p)
{
    size_t most = 0;

    for (size_t i = 0; i < p->n_args; i++) {
        size_t depth = sc_pred_depth(p->args[i]);

        most = depth > most ? depth : most;
    }
    return most + 1;
}

static sc_truth truth(int is_true)
{
    return is_true ? SC_TRUTH_TRUE : SC_TRUTH_FALSE;
}

static sc_truth eval_list(const sc_pred *p, int64_t v, int is_null)
{
    sc_truth decides = truth(p->kind == SC_P_OR);
    sc_truth out = truth(p->kind == SC_P_AND);

    for (size_t i = 0; i < p->n_args; i++) {
        sc_truth t = sc_pred_eval(p->args[i], v, is_null);

        if (t == decides) {
            return t;
        }
        out = t == SC_TRUTH_NULL ? t : out;
    }
    return out;
}

sc_truth sc_pred_eval(const sc_pred *p, int64_t v, int is_null)
{
    sc_truth t;

    switch (p->kind) {
    case SC_P_CONST:
        return p->value == SC_P_NULL ? SC_TRUTH_NULL : truth(p->value == 1);
    case SC_P_LESS:
        return is_null ? SC_TRUTH_NULL : truth(v < p->value);
    case SC_P_IN:
        return is_null ? SC_TRUTH_NULL
                       : truth(bsearch(&v, p->values, p->n_values, sizeof v,
                                       by_value) != NULL);
    case SC_P_IS_NULL:
        return truth(is_null);
    case SC_P_NOT:
        t = sc_pred_eval(p->args[0], v, is_null);
        return t == SC_TRUTH_NULL ? t : truth(t == SC_TRUTH_FALSE);
    default:
        return eval_list(p, v, is_null);
    }
}

/* ---- words ---------------------------------------------------------- */

#define WORDS_MAX_LIST 20 /* values of an IN that are spelt out */

static sc_err put_value(sc_buf *out, const sc_column *c, int64_t v)
{
    char text[1100];

    sc_column_print(text, sizeof text, c, v);
    return sc_buf_put_str(out, text);
}

static sc_err in_words(sc_buf *out, const sc_pred *p, const sc_column *c,
                       int is_not)
{
    int is_one = p->n_values == 1;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, "%s %s", c->name,
                         is_one ? (is_not ? "<> " : "= ")
                                : (is_not ? "not in (" : "in (")));
    for (size_t i = 0; i < p->n_values; i++) {
        if (i == WORDS_MAX_LIST) {
            SC_TRY(sc_buf_printf(out, ", and %zu more", p->n_values - i));
            break;
        }
        SC_TRY(sc_buf_put_str(out, i == 0 ? "" : ", "));
        SC_TRY(put_value(out, c, p->values[i]));
    }
    SC_TRY(sc_buf_put_str(out, is_one ? "" : ")"));
    err = SC_OK;
out:
    return err;
}

static sc_err leaf_words(sc_buf *out, const sc_pred *p, const sc_table *t,
                         int is_not)
{
    const sc_column *c = &t->columns[p->column];
    sc_err err = SC_E_BUG;

    if (p->kind == SC_P_CONST) {
        return sc_buf_put_str(out, p->value == SC_P_NULL ? "null"
                                   : p->value == 1       ? "true"
                                                         : "false");
    }
    if (p->kind == SC_P_IN) {
        return in_words(out, p, c, is_not);
    }
    if (p->kind == SC_P_IS_NULL) {
        return sc_buf_printf(out, "%s is %snull", c->name,
                             is_not ? "not " : "");
    }
    SC_TRY(sc_buf_printf(out, "%s %s ", c->name, is_not ? ">=" : "<"));
    SC_TRY(put_value(out, c, p->value));
    err = SC_OK;
out:
    return err;
}

sc_err sc_pred_words(sc_buf *out, const sc_pred *p, const sc_table *t)
{
    const sc_pred *inner = p->kind == SC_P_NOT ? p->args[0] : p;
    int is_not = inner != p;
    sc_err err = SC_E_BUG;

    if (inner->kind != SC_P_AND && inner->kind != SC_P_OR) {
        return leaf_words(out, inner, t, is_not);
    }
    SC_TRY(sc_buf_put_str(out, is_not ? "not (" : ""));
    for (size_t i = 0; i < inner->n_args; i++) {
        const sc_pred *a = inner->args[i];
        int is_list = a->kind == SC_P_AND || a->kind == SC_P_OR;

        SC_TRY(sc_buf_put_str(out, i == 0                    ? ""
                                   : inner->kind == SC_P_AND ? " and "
                                                             : " or "));
        SC_TRY(sc_buf_put_str(out, is_list ? "(" : ""));
        SC_TRY(sc_pred_words(out, a, t));
        SC_TRY(sc_buf_put_str(out, is_list ? ")" : ""));
    }
    SC_TRY(sc_buf_put_str(out, is_not ? ")" : ""));
    err = SC_OK;
out:
    return err;
}
