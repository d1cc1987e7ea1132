/* job/plan/relate.c: see the header. */
#include "job/plan/relate.h"

#define MAX_POINTS 256

typedef struct {
    int64_t at[MAX_POINTS];
    size_t n;
    int is_full; /* there are more: nothing is proven */
} points;

static void add_point(points *p, const sc_column *c, int64_t v)
{
    if (v < c->min || v > c->max) {
        return;
    }
    if (p->n == MAX_POINTS) {
        p->is_full = 1;
    } else {
        p->at[p->n++] = v;
    }
}

/* Values of one column at which p may change, and one on either side. */
static void add_points(points *out, const sc_pred *p, const sc_column *c,
                       size_t column)
{
    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < p->n_args; i++) {
        add_points(out, p->args[i], c, column);
    }
    if (p->column != column) {
        return;
    }
    if (p->kind == SC_P_LESS) {
        add_point(out, c, p->value);
        add_point(out, c, p->value - 1);
    }
    for (size_t i = 0; p->kind == SC_P_IN && i < p->n_values; i++) {
        add_point(out, c, p->values[i]);
        add_point(out, c, p->values[i] - 1);
        add_point(out, c, p->values[i] + 1);
    }
}

/* All columns that p speaks of. */
static uint64_t columns_of(const sc_pred *p)
{
    uint64_t mask = 0;

    if (p->kind == SC_P_LESS || p->kind == SC_P_IN || p->kind == SC_P_IS_NULL) {
        mask = (uint64_t)1 << p->column;
    }
    for (size_t i = 0; i < p->n_args; i++) {
        mask |= columns_of(p->args[i]);
    }
    return mask;
}

/* ---- simplify ------------------------------------------------------- */

typedef enum { NEEDED, ALWAYS, NOT_NULL } worth;

static worth worth_of(const sc_pred *p, const sc_table *t, points *at)
{
    uint64_t mask = columns_of(p);
    size_t column;
    const sc_column *c;

    if (mask == 0 || (mask & (mask - 1)) != 0) {
        return NEEDED; /* of no column, or of several */
    }
    column = (size_t)__builtin_ctzll(mask);
    c = &t->columns[column];
    *at = (points){.n = 0};
    add_point(at, c, c->min);
    add_points(at, p, c, column);
    for (size_t i = 0; i < at->n; i++) {
        if (sc_pred_eval(p, at->at[i], 0) != SC_TRUTH_TRUE) {
            return NEEDED;
        }
    }
    if (at->is_full) {
        return NEEDED;
    }
    return c->is_required || sc_pred_eval(p, 0, 1) == SC_TRUTH_TRUE ? ALWAYS
                                                                    : NOT_NULL;
}

/* 1 if p can go. */
static int is_spare(const sc_pred *p, uint64_t *need, const sc_table *t,
                    points *at)
{
    worth w = worth_of(p, t, at);

    if (w == NOT_NULL) {
        *need |= columns_of(p);
    }
    return w != NEEDED;
}

void sc_relate_simplify(sc_pred **filter, uint64_t *need, const sc_table *t)
{
    sc_pred *p = *filter;
    points at;
    size_t n = 0;

    if (p == NULL) {
        return;
    }
    if (p->kind != SC_P_AND) {
        if (is_spare(p, need, t, &at)) {
            sc_pred_free(filter);
        }
        return;
    }
    for (size_t i = 0; i < p->n_args; i++) {
        if (is_spare(p->args[i], need, t, &at)) {
            sc_pred_free(&p->args[i]);
        } else {
            p->args[n++] = p->args[i];
        }
    }
    p->n_args = n;
    if (n == 0) {
        sc_pred_free(filter);
    } else if (n == 1) {
        *filter = p->args[0];
        p->n_args = 0;
        sc_pred_free(&p);
    }
}

/* ---- disjoint ------------------------------------------------------- */

/* May a row with this value of the column pass p, whatever its others are? */
static int may_pass(const sc_pred *p, size_t column, int64_t v, int is_null)
{
    if (p == NULL) {
        return 1;
    }
    if (columns_of(p) == (uint64_t)1 << column) {
        return sc_pred_eval(p, v, is_null) == SC_TRUTH_TRUE;
    }
    for (size_t i = 0; p->kind == SC_P_AND && i < p->n_args; i++) {
        if (!may_pass(p->args[i], column, v, is_null)) {
            return 0;
        }
    }
    return 1;
}

/* Is there a value of this column with which a row may pass both? */
static int may_meet(const sc_pred *a, const sc_pred *b, size_t column,
                    const sc_column *c, int can_be_null)
{
    points at = {.n = 0};

    if (can_be_null && may_pass(a, column, 0, 1) && may_pass(b, column, 0, 1)) {
        return 1;
    }
    add_point(&at, c, c->min);
    add_points(&at, a, c, column);
    add_points(&at, b, c, column);
    for (size_t i = 0; i < at.n; i++) {
        if (may_pass(a, column, at.at[i], 0) &&
            may_pass(b, column, at.at[i], 0)) {
            return 1;
        }
    }
    return at.is_full;
}

static size_t size_of(const sc_pred *p)
{
    size_t n = p == NULL ? 0 : 1 + p->n_values;

    for (size_t i = 0; p != NULL && i < p->n_args; i++) {
        n += size_of(p->args[i]);
    }
    return n;
}

int sc_relate_is_disjoint(size_t *work, const sc_pred *a, uint64_t need_a,
                          const sc_pred *b, uint64_t need_b, const sc_table *t)
{
    uint64_t both = ((a == NULL ? 0 : columns_of(a)) | need_a) &
                    ((b == NULL ? 0 : columns_of(b)) | need_b);
    size_t size = size_of(a) + size_of(b);
    size_t n_points = 3 * size + 1;

    *work = 1;
    for (size_t column = 0; column < t->n_columns; column++) {
        uint64_t bit = (uint64_t)1 << column;
        const sc_column *c = &t->columns[column];

        if ((both & bit) == 0) {
            continue;
        }
        *work += size * (n_points < MAX_POINTS ? n_points : MAX_POINTS);
        if (!may_meet(a, b, column, c,
                      !c->is_required && ((need_a | need_b) & bit) == 0)) {
            return 1;
        }
    }
    return 0;
}
