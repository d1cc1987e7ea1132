/* job/plan/bind.c: PostgreSQL's rules for names, over one table. */
#include "job/plan/bind.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/near.h"

sc_err sc_planner_refuse(sc_planner *pl, sc_err code, size_t at,
                         const char *remedy, const char *format, ...)
{
    char text[sizeof pl->why->text];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sc_sql_fault(pl->why, code, pl->sql, at, "%s", text);
    sc_fault_remedy(pl->why, "%s", remedy);
    return code;
}

sc_err sc_planner_work(sc_planner *pl, size_t n, size_t at)
{
    if (n > SC_PLANNER_MAX_WORK - pl->work) {
        return sc_planner_refuse(pl, SC_E_CONFIG, at,
                                 "fewer groups and shorter lists",
                                 "the query compares too many groups with too "
                                 "many constants");
    }
    pl->work += n;
    return SC_OK;
}

/* Append name to a list of names, "..." once it is full. */
static void list_name(char *list, size_t len, const char *name)
{
    size_t at = strlen(list);

    if (at + strlen(name) + 8 < len) {
        (void)snprintf(list + at, len - at, "%s%s", at == 0 ? "" : ", ", name);
    } else if (at + 5 < len && list[at - 1] != '.') {
        (void)snprintf(list + at, len - at, ", ...");
    }
}

static void did_you_mean(char *remedy, size_t len, const sc_near *near)
{
    remedy[0] = '\0';
    if (near->nearest != NULL) {
        (void)snprintf(remedy, len, "did you mean %s?", near->nearest);
    }
}

static sc_err no_table(sc_planner *pl)
{
    char names[200] = "", remedy[100];
    const sc_consortium *c = pl->consortium;
    sc_near near = sc_near_to(pl->select->table);

    for (size_t i = 0; i < c->n_tables; i++) {
        list_name(names, sizeof names, c->tables[i].name);
        sc_near_try(&near, c->tables[i].name);
    }
    did_you_mean(remedy, sizeof remedy, &near);
    return sc_planner_refuse(pl, SC_E_CONFIG, pl->select->table_at, remedy,
                             "there is no table \"%s\"; the consortium has: %s",
                             pl->select->table, names);
}

/* The declared text that a name without quotes, folded to lower case, may have
 * meant; NULL: none. */
static const char *meant_value(const sc_table *t, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        for (size_t j = 0; j < t->columns[i].n_categories; j++) {
            if (strcasecmp(t->columns[i].categories[j], name) == 0) {
                return t->columns[i].categories[j];
            }
        }
    }
    return NULL;
}

static sc_err no_column(sc_planner *pl, const sc_ast *a)
{
    char names[300] = "", remedy[300];
    const char *value = meant_value(pl->table, a->text);
    sc_near near = sc_near_to(a->text);

    for (size_t i = 0; i < pl->table->n_columns; i++) {
        list_name(names, sizeof names, pl->table->columns[i].name);
        sc_near_try(&near, pl->table->columns[i].name);
    }
    did_you_mean(remedy, sizeof remedy, &near);
    if (value != NULL || pl->sql[a->at] == '"') {
        (void)snprintf(remedy, sizeof remedy,
                       value != NULL
                           ? "a text stands in single quotes: '%.200s'"
                           : "a text stands in single quotes",
                       value);
    }
    return sc_planner_refuse(pl, SC_E_CONFIG, a->at, remedy,
                             "there is no column \"%s\"; %s has: %s", a->text,
                             pl->table->name, names);
}

static sc_err bind_column(sc_planner *pl, sc_ast *a)
{
    const sc_select *s = pl->select;
    const char *visible = s->table_alias != NULL ? s->table_alias : s->table;

    if (a->qualifier != NULL && strcmp(a->qualifier, visible) != 0) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                 "there is no \"%s\" in FROM, only \"%s\"",
                                 a->qualifier, visible);
    }
    a->column = sc_table_column(pl->table, a->text);
    return a->column == SIZE_MAX ? no_column(pl, a) : SC_OK;
}

static sc_err bind_expr(sc_planner *pl, sc_ast *a)
{
    sc_err err = SC_E_BUG;

    if (a == NULL) {
        return SC_OK;
    }
    if (a->kind == SC_A_COLUMN) {
        SC_TRY(bind_column(pl, a));
    }
    for (size_t i = 0; i < a->n_args; i++) {
        SC_TRY(bind_expr(pl, a->args[i]));
    }
    SC_TRY(bind_expr(pl, a->filter));
    err = SC_OK;
out:
    return err;
}

static const char *heading(const sc_ast_output *o)
{
    return o->alias != NULL ? o->alias : sc_ast_heading(o->expr);
}

/* The output of that name; two different ones are ambiguous. */
static sc_err find_output(sc_planner *pl, size_t *out, const sc_ast *a)
{
    const sc_select *s = pl->select;

    *out = SC_A_NO_OUTPUT;
    for (size_t i = 0; i < s->n_outputs; i++) {
        if (strcmp(heading(&s->outputs[i]), a->text) != 0) {
            continue;
        }
        if (*out != SC_A_NO_OUTPUT &&
            !sc_ast_equal(s->outputs[*out].expr, s->outputs[i].expr)) {
            return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                     "give one of them another name with AS",
                                     "\"%s\" is more than one output column",
                                     a->text);
        }
        *out = *out == SC_A_NO_OUTPUT ? i : *out;
    }
    return SC_OK;
}

static sc_err bind_ref(sc_planner *pl, sc_ast_ref *ref, int is_group)
{
    const sc_select *s = pl->select;
    sc_ast *a = ref->expr;
    sc_err err = SC_E_BUG;

    if (a->kind == SC_A_NUMBER) {
        if (a->is_decimal || a->value < 1 || a->value > (sc_i128)s->n_outputs) {
            return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                     "a number here means an output column, "
                                     "and there are %zu",
                                     s->n_outputs);
        }
        ref->output = (size_t)a->value - 1;
        return SC_OK;
    }
    if (a->kind == SC_A_COLUMN && a->qualifier == NULL &&
        !(is_group && sc_table_column(pl->table, a->text) != SIZE_MAX)) {
        SC_TRY(find_output(pl, &ref->output, a));
        if (ref->output != SC_A_NO_OUTPUT) {
            return SC_OK;
        }
    }
    SC_TRY(bind_expr(pl, a));
    err = SC_OK;
out:
    return err;
}

const sc_ast *sc_bind_expr(const sc_select *s, const sc_ast_ref *ref)
{
    return ref->output == SC_A_NO_OUTPUT ? ref->expr
                                         : s->outputs[ref->output].expr;
}

static sc_err check_counts(sc_planner *pl)
{
    const sc_select *s = pl->select;

    if (s->n_outputs > SC_MAX_OUTPUTS || s->n_order > SC_MAX_OUTPUTS ||
        s->n_groups > SC_MAX_OUTPUTS) {
        return sc_planner_refuse(pl, SC_E_CONFIG, SIZE_MAX,
                                 "ask in several queries",
                                 "SELECT, GROUP BY and ORDER BY list at most "
                                 "%d expressions each",
                                 SC_MAX_OUTPUTS);
    }
    return SC_OK;
}

sc_err sc_bind(sc_planner *pl)
{
    sc_select *s = pl->select;
    sc_err err = SC_E_BUG;

    pl->table = sc_consortium_table(pl->consortium, s->table);
    if (pl->table == NULL) {
        return no_table(pl);
    }
    SC_TRY(check_counts(pl));
    for (size_t i = 0; i < s->n_outputs; i++) {
        SC_TRY(bind_expr(pl, s->outputs[i].expr));
    }
    SC_TRY(bind_expr(pl, s->where));
    SC_TRY(bind_expr(pl, s->having));
    for (size_t i = 0; i < s->n_groups; i++) {
        SC_TRY(bind_ref(pl, &s->groups[i], 1));
    }
    for (size_t i = 0; i < s->n_order; i++) {
        SC_TRY(bind_ref(pl, &s->order[i].by, 0));
    }
    err = SC_OK;
out:
    return err;
}
