/* job/plan/output_expr.c: arithmetic on aggregates, typed as PostgreSQL types it.
 *
 * An integer divided by an integer is refused: PostgreSQL would cut the
 * quotient, and an exact one is what most people mean. */
#include "job/plan/output_expr.h"

#include <string.h>

#include "base/mem.h"
#include "job/plan/aggregate.h"
#include "job/plan/fin.h"
#include "job/plan/key.h"

#define MAX_NODES 20000 /* of one formula, once parts of it are repeated */

sc_err sc_output_set(sc_output_expr *out, sc_finish *f, sc_output_type type)
{
    *out = (sc_output_expr){.f = f, .type = type};
    return f == NULL ? SC_E_MEM : SC_OK;
}

sc_err sc_output_check_size(sc_planner *pl, const sc_finish *f, size_t n,
                            size_t at)
{
    if (sc_fin_size(f) > MAX_NODES / n) {
        return sc_planner_refuse(pl, SC_E_CONFIG, at, "ask in parts",
                                 "the expression is too long");
    }
    return SC_OK;
}

sc_err sc_output_to_number(sc_planner *pl, const sc_output_expr *out, size_t at)
{
    if (out->type == SC_O_WHOLE || out->type == SC_O_NUMBER ||
        out->type == SC_O_NULL) {
        return SC_OK;
    }
    return sc_planner_refuse(pl, SC_E_CONFIG, at,
                             out->type == SC_O_KEY
                                 ? "print the group as it is"
                                 : "arithmetic is for aggregates and numbers",
                             out->type == SC_O_KEY
                                 ? "there is no arithmetic on groups"
                                 : "this is not a number");
}

static sc_finish *constant_truth(int is_true)
{
    return sc_fin_two(SC_F_EQ, sc_fin_number(is_true, 0), sc_fin_number(1, 0));
}

sc_err sc_output_to_bool(sc_planner *pl, sc_output_expr *out, size_t at)
{
    if (out->type == SC_O_KEY && pl->key_kinds[out->key] == SC_LABEL_BOOL) {
        return sc_output_set(out,
                             sc_fin_two(SC_F_EQ, out->f, sc_fin_text("true")),
                             SC_O_BOOL);
    }
    if (out->type != SC_O_BOOL && out->type != SC_O_NULL) {
        return sc_planner_refuse(pl, SC_E_CONFIG, at,
                                 "for example HAVING COUNT(*) >= 100",
                                 "this is not a condition");
    }
    out->type = SC_O_BOOL;
    return SC_OK;
}

/* ---- arithmetic ----------------------------------------------------- */

static sc_err operation(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    static const struct {
        sc_ast_kind from;
        sc_finish_kind to;
    } kinds[] = {{SC_A_ADD, SC_F_ADD},
                 {SC_A_SUB, SC_F_SUB},
                 {SC_A_MUL, SC_F_MUL},
                 {SC_A_DIV, SC_F_DIV}};
    sc_output_expr x = {0}, y = {0};
    sc_finish_kind kind = SC_F_ADD;
    int is_whole;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_output_take(pl, &x, a->args[0]));
    SC_TRY(sc_output_take(pl, &y, a->args[1]));
    SC_TRY(sc_output_to_number(pl, &x, a->args[0]->at));
    SC_TRY(sc_output_to_number(pl, &y, a->args[1]->at));
    is_whole = x.type == SC_O_WHOLE && y.type == SC_O_WHOLE;
    if (is_whole && a->kind == SC_A_DIV) {
        SC_TRY(sc_planner_refuse(
            pl, SC_E_CONFIG, a->at, "write 1.0 * a / b, or use AVG",
            "PostgreSQL would cut the quotient of two integers"));
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        kind = kinds[i].from == a->kind ? kinds[i].to : kind;
    }
    err = sc_output_set(out, sc_fin_two(kind, x.f, y.f),
                        is_whole ? SC_O_WHOLE : SC_O_NUMBER);
    x.f = y.f = NULL;
out:
    sc_finish_free(&x.f);
    sc_finish_free(&y.f);
    return err;
}

/* -x, ABS, SQRT, ROUND to `digits`. */
static sc_err of_number(sc_planner *pl, sc_output_expr *out,
                        sc_finish_kind kind, const sc_ast *arg, size_t digits)
{
    sc_output_expr x = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_output_take(pl, &x, arg));
    SC_TRY(sc_output_to_number(pl, &x, arg->at));
    if (x.type != SC_O_WHOLE || kind == SC_F_SQRT || kind == SC_F_ROUND) {
        x.type = SC_O_NUMBER;
    }
    err = sc_output_set(out, sc_fin_one(kind, x.f), x.type);
    x.f = NULL;
    if (err == SC_OK) {
        out->f->index = digits;
    }
out:
    sc_finish_free(&x.f);
    return err;
}

/* NULLIF(x, c) = x * ((x - c) / (x - c)), whose quotient is 1 or NULL. */
static sc_err null_if(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    const sc_ast *c = a->args[1];
    sc_output_expr x = {0};
    sc_finish *top, *bottom;
    sc_err err = SC_E_BUG;

    if (c->kind != SC_A_NUMBER) {
        return sc_planner_refuse(pl, SC_E_CONFIG, c->at, "NULLIF(x, 0)",
                                 "NULLIF takes a number here");
    }
    SC_TRY(sc_output_take(pl, &x, a->args[0]));
    SC_TRY(sc_output_to_number(pl, &x, a->args[0]->at));
    SC_TRY(sc_output_check_size(pl, x.f, 3, a->at));
    top = sc_fin_two(SC_F_SUB, sc_fin_copy(x.f),
                     sc_fin_number(c->value, (unsigned)c->scale));
    bottom = sc_fin_two(SC_F_SUB, sc_fin_copy(x.f),
                        sc_fin_number(c->value, (unsigned)c->scale));
    err = sc_output_set(out,
                        sc_fin_two(SC_F_MUL, x.f,
                                   sc_fin_two(SC_F_DIV, top, bottom)),
                        x.type);
    x.f = NULL;
out:
    sc_finish_free(&x.f);
    return err;
}

/* ---- logic ---------------------------------------------------------- */

/* AND, OR: one after the other. */
static sc_err logic(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    sc_finish_kind kind = a->kind == SC_A_AND ? SC_F_AND : SC_F_OR;
    sc_output_expr x = {0};
    sc_finish *all = NULL;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < a->n_args; i++) {
        SC_TRY(sc_output_take(pl, &x, a->args[i]));
        SC_TRY(sc_output_to_bool(pl, &x, a->args[i]->at));
        SC_TRY(sc_fin_join(&all, kind, &x.f));
    }
    err = sc_output_set(out, all, SC_O_BOOL);
    all = NULL;
out:
    sc_finish_free(&all);
    sc_finish_free(&x.f);
    return err;
}

/* NOT, IS NULL, IS TRUE, IS FALSE. */
static sc_err test(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    sc_output_expr x = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_output_take(pl, &x, a->args[0]));
    if (a->kind == SC_A_IS_NULL) {
        err = sc_output_set(out, sc_fin_one(SC_F_IS_NULL, x.f), SC_O_BOOL);
        x.f = NULL;
        goto out;
    }
    SC_TRY(sc_output_to_bool(pl, &x, a->args[0]->at));
    if (a->kind != SC_A_IS_TRUE) {
        x.f = sc_fin_one(SC_F_NOT, x.f);
    }
    if (a->kind != SC_A_NOT) { /* a NULL is neither */
        x.f = sc_fin_two(SC_F_COALESCE, x.f, constant_truth(0));
    }
    err = sc_output_set(out, x.f, SC_O_BOOL);
    x.f = NULL;
out:
    sc_finish_free(&x.f);
    return err;
}

/* Texts and keys of text together, or numbers together. */
static int join_types(sc_output_type *type, const sc_planner *pl,
                      const sc_output_expr *x)
{
    sc_output_type mine = x->type;

    if (mine == SC_O_KEY) {
        if (pl->key_kinds[x->key] != SC_LABEL_TEXT) {
            return 0;
        }
        mine = SC_O_TEXT;
    }
    if (mine == SC_O_NULL || mine == *type) {
        return 1;
    }
    if (*type == SC_O_NULL) {
        *type = mine;
        return 1;
    }
    if (*type > SC_O_NUMBER || mine > SC_O_NUMBER) {
        return 0;
    }
    *type = SC_O_NUMBER;
    return 1;
}

static sc_err coalesce(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    sc_output_type type = SC_O_NULL;
    sc_output_expr x = {0};
    sc_finish *all = NULL;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < a->n_args; i++) {
        SC_TRY(sc_output_take(pl, &x, a->args[i]));
        if (!join_types(&type, pl, &x)) {
            SC_TRY(sc_planner_refuse(pl, SC_E_CONFIG, a->args[i]->at, "",
                                     "the types in COALESCE differ"));
        }
        SC_TRY(sc_fin_join(&all, SC_F_COALESCE, &x.f));
    }
    err = sc_output_set(out, all, type);
    all = NULL;
out:
    sc_finish_free(&all);
    sc_finish_free(&x.f);
    return err;
}

/* ---- casts and functions -------------------------------------------- */

/* A cast of a group that leaves its text as it is. */
static int keeps_key(const sc_planner *pl, const sc_output_expr *x,
                     const sc_ast *cast)
{
    static const struct {
        const char *type;
        sc_label_kind kind;
    } same[] = {{"text", SC_LABEL_TEXT},      {"varchar", SC_LABEL_TEXT},
                {"numeric", SC_LABEL_NUMBER}, {"float8", SC_LABEL_NUMBER},
                {"bool", SC_LABEL_BOOL},      {"date", SC_LABEL_DATE},
                {"int8", SC_LABEL_NUMBER},    {"int4", SC_LABEL_NUMBER}};
    const sc_key *k = &pl->plan->keys[x->key];

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (strcmp(cast->text, same[i].type) != 0 || cast->scale >= 0 ||
            pl->key_kinds[x->key] != same[i].kind) {
            continue;
        }
        for (size_t j = 0; j < k->n_labels; j++) {
            int is_long = strlen(k->labels[j]) > 10; /* a time of day */
            int is_broken = strchr(k->labels[j], '.') != NULL;

            if ((same[i].kind == SC_LABEL_DATE && is_long) ||
                (cast->text[0] == 'i' && is_broken)) {
                return 0;
            }
        }
        return 1;
    }
    return 0;
}

static sc_err cast(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    int to_whole = strcmp(a->text, "int8") == 0 ||
                   strcmp(a->text, "int4") == 0 || strcmp(a->text, "int2") == 0;
    int to_number =
        strcmp(a->text, "float8") == 0 || strcmp(a->text, "numeric") == 0;
    sc_output_expr x = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_output_take(pl, &x, a->args[0]));
    if (x.type == SC_O_KEY && keeps_key(pl, &x, a)) {
        *out = x;
        return SC_OK;
    }
    if (x.type == SC_O_KEY) {
        SC_TRY(sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "group by the cast, and print that",
                                 "this cast would change the group"));
    }
    if (!to_whole && !to_number) {
        SC_TRY(sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "numeric, numeric(p, s), double precision or "
                                 "bigint",
                                 "a cast to %s is not supported here",
                                 a->text));
    }
    SC_TRY(sc_output_to_number(pl, &x, a->at));
    if ((to_whole && x.type != SC_O_WHOLE) || a->scale >= 0) {
        x.f = sc_fin_one(SC_F_ROUND, x.f);
        SC_REQUIRE(x.f != NULL, SC_E_MEM);
        x.f->index = to_whole ? 0 : (size_t)a->scale;
    }
    err = sc_output_set(out, x.f, to_whole ? SC_O_WHOLE : SC_O_NUMBER);
    x.f = NULL;
out:
    sc_finish_free(&x.f);
    return err;
}

static sc_err round_to(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    const sc_ast *digits = a->n_args == 2 ? a->args[1] : NULL;

    if (digits != NULL &&
        (digits->kind != SC_A_NUMBER || digits->scale != 0 ||
         digits->value < 0 || digits->value > SC_VALUE_MAX_SCALE)) {
        return sc_planner_refuse(pl, SC_E_CONFIG, digits->at,
                                 "for example ROUND(AVG(x), 2)",
                                 "ROUND takes a number of digits from 0 to %d",
                                 SC_VALUE_MAX_SCALE);
    }
    return of_number(pl, out, SC_F_ROUND, a->args[0],
                     digits == NULL ? 0 : (size_t)digits->value);
}

static sc_err call(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    const char *name = a->text;
    int is_whole;
    sc_finish *f = NULL;
    sc_err err = SC_E_BUG;

    if (sc_function_find(name) != NULL) {
        SC_TRY(sc_aggregate_make(pl, &f, &is_whole, a));
        return sc_output_set(out, f, is_whole ? SC_O_WHOLE : SC_O_NUMBER);
    }
    if (a->filter != NULL) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                 "FILTER belongs to aggregates, and %s is none",
                                 name);
    }
    if (strcmp(name, "abs") == 0 && a->n_args == 1) {
        return of_number(pl, out, SC_F_ABS, a->args[0], 0);
    }
    if (strcmp(name, "sqrt") == 0 && a->n_args == 1) {
        return of_number(pl, out, SC_F_SQRT, a->args[0], 0);
    }
    if (strcmp(name, "round") == 0 && (a->n_args == 1 || a->n_args == 2)) {
        return round_to(pl, out, a);
    }
    if (sc_key_is_function(a)) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 "as it stands here, letter for letter",
                                 "%s must stand in GROUP BY", name);
    }
    err = sc_planner_refuse(
        pl, SC_E_CONFIG, a->at,
        "use COUNT, SUM, AVG, VAR_SAMP, VAR_POP, STDDEV_SAMP, STDDEV_POP, "
        "CORR, "
        "COVAR_SAMP, COVAR_POP, REGR_*; on them ROUND, ABS, SQRT, COALESCE, "
        "NULLIF; or an expression of GROUP BY",
        "the function %s is not supported here", name);
out:
    return err;
}

/* ---- which ---------------------------------------------------------- */

static size_t find_key(const sc_planner *pl, const sc_ast *a)
{
    for (size_t k = 0; k < pl->plan->n_keys; k++) {
        if (sc_ast_equal(pl->key_exprs[k], a)) {
            return k;
        }
    }
    return SIZE_MAX;
}

static sc_err ungrouped(sc_planner *pl, const sc_ast *a)
{
    return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                             "rows themselves stay with their owners",
                             "%s must stand in GROUP BY or in an aggregate",
                             a->text);
}

sc_err sc_output_take(sc_planner *pl, sc_output_expr *out, const sc_ast *a)
{
    size_t key = find_key(pl, a);
    sc_err err = SC_E_BUG;

    if (key != SIZE_MAX) {
        SC_TRY(sc_output_set(out, sc_fin_key(key), SC_O_KEY));
        out->key = key;
        return SC_OK;
    }
    switch (a->kind) {
    case SC_A_NULL:
        return sc_output_set(out, sc_fin_null(), SC_O_NULL);
    case SC_A_BOOL:
        return sc_output_set(out, constant_truth(a->value != 0), SC_O_BOOL);
    case SC_A_NUMBER:
        return sc_output_set(out, sc_fin_number(a->value, (unsigned)a->scale),
                             a->is_decimal ? SC_O_NUMBER : SC_O_WHOLE);
    case SC_A_TEXT:
        return sc_output_set(out, sc_fin_text(a->text), SC_O_TEXT);
    case SC_A_COLUMN:
        return ungrouped(pl, a);
    case SC_A_CAST:
        return cast(pl, out, a);
    case SC_A_NEG:
        return of_number(pl, out, SC_F_NEG, a->args[0], 0);
    case SC_A_ADD:
    case SC_A_SUB:
    case SC_A_MUL:
    case SC_A_DIV:
        return operation(pl, out, a);
    case SC_A_AND:
    case SC_A_OR:
        return logic(pl, out, a);
    case SC_A_NOT:
    case SC_A_IS_NULL:
    case SC_A_IS_TRUE:
    case SC_A_IS_FALSE:
        return test(pl, out, a);
    case SC_A_COALESCE:
        return coalesce(pl, out, a);
    case SC_A_NULLIF:
        return null_if(pl, out, a);
    case SC_A_CALL:
        return call(pl, out, a);
    case SC_A_CASE:
        return sc_planner_refuse(
            pl, SC_E_CONFIG, a->at,
            "CASE over one column may stand in GROUP BY; parts of the rows are "
            "chosen with FILTER (WHERE ...)",
            "CASE over aggregates is not supported");
    default:
        return sc_output_compare(pl, out, a);
    }
out:
    return err;
}
