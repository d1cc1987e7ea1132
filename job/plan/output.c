/* job/plan/output.c: the columns of the answer, which groups it has and in what
 * order. */
#include "job/plan/output.h"

#include <string.h>

#include "base/mem.h"
#include "job/plan/bind.h"
#include "job/plan/output_expr.h"

static int is_numeric(const sc_planner *pl, const sc_output_expr *x)
{
    return x->type == SC_O_WHOLE || x->type == SC_O_NUMBER ||
           (x->type == SC_O_KEY && pl->key_kinds[x->key] == SC_LABEL_NUMBER);
}

static sc_err make_outputs(sc_planner *pl)
{
    const sc_select *s = pl->select;
    sc_plan *p = pl->plan;
    sc_output_expr x = {0};
    sc_err err = SC_E_BUG;

    p->outputs = sc_alloc(s->n_outputs, sizeof *p->outputs);
    SC_REQUIRE(p->outputs != NULL, SC_E_MEM);
    for (; p->n_outputs < s->n_outputs; p->n_outputs++) {
        const sc_ast_output *from = &s->outputs[p->n_outputs];
        sc_output *o = &p->outputs[p->n_outputs];

        SC_TRY(sc_output_take(pl, &x, from->expr));
        o->name = sc_strdup(from->alias != NULL ? from->alias
                                                : sc_ast_heading(from->expr));
        SC_REQUIRE(o->name != NULL, SC_E_MEM);
        o->value = x.f;
        o->key = x.type == SC_O_KEY ? (int)x.key : -1;
        o->is_numeric = is_numeric(pl, &x);
        x.f = NULL;
    }
    err = SC_OK;
out:
    sc_finish_free(&x.f);
    return err;
}

static sc_err make_having(sc_planner *pl)
{
    const sc_ast *a = pl->select->having;
    sc_output_expr x = {0};
    sc_err err = SC_E_BUG;

    if (a == NULL) {
        return SC_OK;
    }
    SC_TRY(sc_output_take(pl, &x, a));
    SC_TRY(sc_output_to_bool(pl, &x, a->at));
    pl->plan->having = x.f;
    x.f = NULL;
    err = SC_OK;
out:
    sc_finish_free(&x.f);
    return err;
}

static sc_err make_one_order(sc_planner *pl, sc_order *o,
                             const sc_ast_order *from)
{
    const sc_ast *a = sc_bind_expr(pl->select, &from->by);
    sc_output_expr x = {0};
    sc_err err = SC_E_BUG;

    if (from->by.output == SC_A_NO_OUTPUT &&
        (a->kind == SC_A_TEXT || a->kind == SC_A_BOOL ||
         a->kind == SC_A_NULL)) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "name a column of the answer or its number",
                                 "this constant orders nothing");
    }
    SC_TRY(sc_output_take(pl, &x, a));
    o->by = x.f;
    o->key = x.type == SC_O_KEY && pl->key_kinds[x.key] != SC_LABEL_TEXT
                 ? (int)x.key
                 : -1;
    o->is_descending = from->is_descending;
    /* PostgreSQL takes NULL for the largest value. */
    o->nulls_first = from->nulls == SC_NULLS_FIRST ||
                     (from->nulls == SC_NULLS_DEFAULT && from->is_descending);
    err = SC_OK;
out:
    return err;
}

static sc_err make_order(sc_planner *pl)
{
    const sc_select *s = pl->select;
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    p->order = sc_alloc(s->n_order, sizeof *p->order);
    SC_REQUIRE(p->order != NULL, SC_E_MEM);
    for (; p->n_order < s->n_order; p->n_order++) {
        SC_TRY(
            make_one_order(pl, &p->order[p->n_order], &s->order[p->n_order]));
    }
    err = SC_OK;
out:
    return err;
}

/* Without GROUP BY and aggregates it would be one line a row. */
static sc_err check_aggregates(sc_planner *pl)
{
    sc_plan *p = pl->plan;

    if (p->n_functions > 0) {
        return SC_OK;
    }
    if (pl->select->n_groups == 0) {
        return sc_planner_refuse(pl, SC_E_CONFIG,
                                 pl->select->outputs[0].expr->at,
                                 "ask for aggregates: COUNT(*), AVG(column)",
                                 "this asks for rows, which stay with their "
                                 "owners");
    }
    p->functions = sc_alloc(1, sizeof *p->functions);
    if (p->functions == NULL ||
        (p->functions[0] = sc_strdup("count")) == NULL) {
        return SC_E_MEM;
    }
    p->n_functions = 1;
    return SC_OK;
}

sc_err sc_output_make(sc_planner *pl)
{
    sc_err err = SC_E_BUG;

    SC_TRY(make_outputs(pl));
    SC_TRY(make_having(pl));
    SC_TRY(make_order(pl));
    SC_TRY(check_aggregates(pl));
    pl->plan->limit = pl->select->limit;
    pl->plan->offset = pl->select->offset;
    err = SC_OK;
out:
    return err;
}
