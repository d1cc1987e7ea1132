/* job/sql/parse_expr.c: one function for each kind of PostgreSQL's nodes.
 *
 * A node arrives as {"Kind":{members}}; members that are zero, false or empty
 * are left out by the printer. */
#include "job/sql/parse_expr.h"

#include <string.h>

#include "base/mem.h"

typedef struct {
    sc_parser *p;
    unsigned depth;
    size_t at; /* of the node around */
} walk;

static sc_err expr(walk w, sc_ast **out, const json_t *node);

static sc_err constant(walk w, sc_ast **out, const json_t *m)
{
    return sc_parse_constant(w.p, out, m, w.at);
}

sc_err sc_parse_refuse(sc_parser *p, size_t at, const char *words,
                       const char *remedy)
{
    sc_sql_fault(p->why, SC_E_CONFIG, p->sql, at, "%s", words);
    sc_fault_remedy(p->why, "%s", remedy);
    return SC_E_CONFIG;
}

const char *sc_parse_string(const json_t *node)
{
    return json_string_value(
        json_object_get(json_object_get(node, "String"), "sval"));
}

size_t sc_parse_place(const json_t *node)
{
    size_t i, found;
    const char *key;
    json_t *part;

    if (json_is_object(node)) {
        part = json_object_get(node, "location");
        if (json_is_integer(part) && json_integer_value(part) >= 0) {
            return (size_t)json_integer_value(part);
        }
        /* jansson's macro wants a node that is not const, and changes none. */
        json_object_foreach((json_t *)(uintptr_t)node, key, part)
        {
            if ((found = sc_parse_place(part)) != SIZE_MAX) {
                return found;
            }
        }
    }
    json_array_foreach(node, i, part)
    {
        if ((found = sc_parse_place(part)) != SIZE_MAX) {
            return found;
        }
    }
    return SIZE_MAX;
}

static sc_err set_text(char **to, const char *text)
{
    *to = sc_strdup(text);
    return *to == NULL ? SC_E_MEM : SC_OK;
}

static sc_err args_of(walk w, sc_ast *a, size_t first, const json_t *list)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < json_array_size(list); i++) {
        SC_TRY(expr(w, &a->args[first + i], json_array_get(list, i)));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- names ---------------------------------------------------------- */

static sc_err column(walk w, sc_ast **out, const json_t *m)
{
    const json_t *fields = json_object_get(m, "fields");
    size_t n = json_array_size(fields);
    const char *name =
        n == 0 ? NULL : sc_parse_string(json_array_get(fields, n - 1));
    const char *table =
        n < 2 ? NULL : sc_parse_string(json_array_get(fields, 0));
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    if (name == NULL) {
        return sc_parse_refuse(
            w.p, w.at, "* would be rows, which stay hidden",
            "ask for aggregates: COUNT(*), AVG(column), ...");
    }
    if (n > 2) {
        return sc_parse_refuse(w.p, w.at, "a column has at most one qualifier",
                               "write column or table.column");
    }
    SC_TRY(sc_ast_new(&a, SC_A_COLUMN, w.at, 0));
    SC_TRY(set_text(&a->text, name));
    if (table != NULL) {
        SC_TRY(set_text(&a->qualifier, table));
    }
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

/* Last of a list of names whose only other one may be pg_catalog; else NULL. */
static const char *catalog_name(const json_t *names)
{
    size_t n = json_array_size(names);
    const char *first = sc_parse_string(json_array_get(names, 0));

    if (n == 0 || n > 2 || first == NULL ||
        (n == 2 && strcmp(first, "pg_catalog") != 0)) {
        return NULL;
    }
    return sc_parse_string(json_array_get(names, n - 1));
}

/* s of numeric(p, s), 0 of numeric(p), -1 of a type without; -2 if odd. */
static sc_err type_scale(walk w, int *scale, const json_t *mods)
{
    sc_ast *a = NULL;
    sc_err err = SC_E_BUG;

    *scale = (int)json_array_size(mods) - 1;
    if (*scale < 1) {
        return SC_OK;
    }
    SC_TRY(expr(w, &a, json_array_get(mods, 1)));
    *scale = *scale == 1 && a->kind == SC_A_NUMBER && a->scale == 0 &&
                     a->value >= 0 && a->value <= SC_A_MAX_SCALE
                 ? (int)a->value
                 : -2;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

static sc_err cast(walk w, sc_ast **out, const json_t *m)
{
    const json_t *type = json_object_get(m, "typeName");
    const json_t *place = json_object_get(m, "location");
    const char *name = catalog_name(json_object_get(type, "names"));
    int scale;
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    if (place == NULL || json_integer_value(place) < 0) {
        w.at = sc_parse_place(type); /* DATE '...' */
    }
    SC_TRY(type_scale(w, &scale, json_object_get(type, "typmods")));
    if (name == NULL || json_object_get(type, "arrayBounds") != NULL ||
        (scale != -1 && strcmp(name, "numeric") != 0) || scale < -1) {
        return sc_parse_refuse(w.p, w.at,
                               "a cast to this type is not supported",
                               "numeric, numeric(p, s), bigint, double "
                               "precision, date, timestamp");
    }
    SC_TRY(sc_ast_new(&a, SC_A_CAST, w.at, 1));
    SC_TRY(set_text(&a->text, name));
    a->scale = scale;
    SC_TRY(expr(w, &a->args[0], json_object_get(m, "arg")));
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

static sc_err check_call(walk w, const json_t *m)
{
    static const struct {
        const char *member, *words, *remedy;
    } no[] = {
        {"agg_within_group", "WITHIN GROUP is not supported",
         "percentiles need secure comparison, which this version has not"},
        {"agg_distinct", "DISTINCT inside an aggregate is not supported",
         "it would compare rows of different owners"},
        {"agg_order", "ORDER BY inside an aggregate is not supported",
         "the order of rows does not matter here: leave it out"},
        {"over", "window functions are not supported", "use GROUP BY"},
        {"func_variadic", "VARIADIC is not supported", "list the arguments"},
    };

    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        if (json_object_get(m, no[i].member) != NULL) {
            return sc_parse_refuse(w.p, w.at, no[i].words, no[i].remedy);
        }
    }
    return SC_OK;
}

static sc_err call(walk w, sc_ast **out, const json_t *m)
{
    const json_t *args = json_object_get(m, "args");
    const json_t *filter = json_object_get(m, "agg_filter");
    const char *name = catalog_name(json_object_get(m, "funcname"));
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    SC_TRY(check_call(w, m));
    if (name == NULL) {
        SC_TRY(sc_parse_refuse(w.p, w.at, "functions of a schema do not exist",
                               "write the bare name of the function"));
    }
    SC_TRY(sc_ast_new(&a, SC_A_CALL, w.at, json_array_size(args)));
    SC_TRY(set_text(&a->text, name));
    a->is_star = json_is_true(json_object_get(m, "agg_star"));
    SC_TRY(args_of(w, a, 0, args));
    if (filter != NULL) {
        SC_TRY(expr(w, &a->filter, filter));
    }
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

/* ---- operators ------------------------------------------------------ */

/* Put a NOT around *a. */
static sc_err negate(sc_ast **a)
{
    sc_err err = SC_E_BUG;
    sc_ast *outer = NULL;

    SC_TRY(sc_ast_new(&outer, SC_A_NOT, (*a)->at, 1));
    outer->args[0] = *a;
    *a = outer;
    err = SC_OK;
out:
    return err;
}

/* kind(left, each of right), where right may be a List. */
static sc_err listed(walk w, sc_ast **out, sc_ast_kind kind, const json_t *left,
                     const json_t *right, int is_not)
{
    const json_t *items =
        json_object_get(json_object_get(right, "List"), "items");
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    SC_TRY(sc_ast_new(&a, kind, w.at,
                      1 + (items == NULL ? 1 : json_array_size(items))));
    SC_TRY(expr(w, &a->args[0], left));
    if (items != NULL) {
        SC_TRY(args_of(w, a, 1, items));
    } else {
        SC_TRY(expr(w, &a->args[1], right));
    }
    if (is_not) {
        SC_TRY(negate(&a));
    }
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

static sc_err plain_operator(walk w, sc_ast **out, const char *name,
                             const json_t *left, const json_t *right)
{
    static const struct {
        const char *name;
        sc_ast_kind kind;
    } two[] = {{"+", SC_A_ADD}, {"-", SC_A_SUB}, {"*", SC_A_MUL},
               {"/", SC_A_DIV}, {"<", SC_A_LT},  {"<=", SC_A_LE},
               {">", SC_A_GT},  {">=", SC_A_GE}, {"=", SC_A_EQ},
               {"<>", SC_A_NE}};
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    if (name != NULL && left == NULL && strcmp(name, "+") == 0) {
        return expr(w, out, right);
    }
    if (name != NULL && left == NULL && strcmp(name, "-") == 0) {
        SC_TRY(sc_ast_new(&a, SC_A_NEG, w.at, 1));
        SC_TRY(expr(w, &a->args[0], right));
        *out = a;
        a = NULL;
        err = SC_OK;
        goto out;
    }
    for (size_t i = 0; name != NULL && i < sizeof two / sizeof *two; i++) {
        if (left != NULL && strcmp(name, two[i].name) == 0) {
            return listed(w, out, two[i].kind, left, right, 0);
        }
    }
    err = sc_parse_refuse(w.p, w.at, "this operator is not supported",
                          "+ - * / = <> < <= > >= IN BETWEEN IS NULL AND OR "
                          "NOT; for a square write x * x");
out:
    sc_ast_free(&a);
    return err;
}

static sc_err operation(walk w, sc_ast **out, const json_t *m)
{
    const char *kind = json_string_value(json_object_get(m, "kind"));
    const json_t *names = json_object_get(m, "name");
    const char *name = catalog_name(names);
    const json_t *left = json_object_get(m, "lexpr");
    const json_t *right = json_object_get(m, "rexpr");
    static const struct {
        const char *text;
        sc_ast_kind kind;
        int is_not;
    } kinds[] = {{"AEXPR_DISTINCT", SC_A_DISTINCT, 0},
                 {"AEXPR_NOT_DISTINCT", SC_A_DISTINCT, 1},
                 {"AEXPR_NULLIF", SC_A_NULLIF, 0},
                 {"AEXPR_BETWEEN", SC_A_BETWEEN, 0},
                 {"AEXPR_NOT_BETWEEN", SC_A_BETWEEN, 1}};

    if (kind == NULL) {
        return SC_E_BUG;
    }
    if (strcmp(kind, "AEXPR_OP") == 0) {
        return plain_operator(w, out, name, left, right);
    }
    if (strcmp(kind, "AEXPR_IN") == 0 && name != NULL) {
        return listed(w, out, SC_A_IN, left, right, strcmp(name, "=") != 0);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kind, kinds[i].text) == 0) {
            return listed(w, out, kinds[i].kind, left, right, kinds[i].is_not);
        }
    }
    return sc_parse_refuse(w.p, w.at,
                           "LIKE, SIMILAR TO, ANY, ALL and BETWEEN SYMMETRIC "
                           "are not supported",
                           "compare with =, IN, BETWEEN");
}

static sc_err boolean(walk w, sc_ast **out, const json_t *m)
{
    const char *op = json_string_value(json_object_get(m, "boolop"));
    const json_t *args = json_object_get(m, "args");
    sc_ast_kind kind = SC_A_NOT;
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    if (op != NULL && strcmp(op, "NOT_EXPR") != 0) {
        kind = strcmp(op, "AND_EXPR") == 0 ? SC_A_AND : SC_A_OR;
    }
    SC_TRY(sc_ast_new(&a, kind, w.at, json_array_size(args)));
    SC_TRY(args_of(w, a, 0, args));
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

/* IS [NOT] NULL, TRUE, FALSE, UNKNOWN. */
static sc_err test(walk w, sc_ast **out, const json_t *m)
{
    const char *null_test =
        json_string_value(json_object_get(m, "nulltesttype"));
    const char *bool_test =
        json_string_value(json_object_get(m, "booltesttype"));
    const char *name = null_test != NULL ? null_test : bool_test;
    int is_not = name != NULL && strncmp(name, "IS_NOT_", 7) == 0;
    sc_ast_kind kind = SC_A_IS_NULL;
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    SC_REQUIRE(name != NULL, SC_E_BUG);
    name += is_not ? 7 : 3;
    kind = strcmp(name, "TRUE") == 0    ? SC_A_IS_TRUE
           : strcmp(name, "FALSE") == 0 ? SC_A_IS_FALSE
                                        : SC_A_IS_NULL;
    SC_TRY(sc_ast_new(&a, kind, w.at, 1));
    SC_TRY(expr(w, &a->args[0], json_object_get(m, "arg")));
    if (is_not) {
        SC_TRY(negate(&a));
    }
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

/* ---- CASE, COALESCE ------------------------------------------------- */

/* WHEN: of a simple CASE, `operand = value`. */
static sc_err when(walk w, sc_ast *a, size_t i, const json_t *m,
                   const json_t *operand)
{
    const json_t *cond = json_object_get(m, "expr");
    sc_err err = SC_E_BUG;

    if (operand != NULL) {
        SC_TRY(listed(w, &a->args[i], SC_A_EQ, operand, cond, 0));
    } else {
        SC_TRY(expr(w, &a->args[i], cond));
    }
    SC_TRY(expr(w, &a->args[i + 1], json_object_get(m, "result")));
    err = SC_OK;
out:
    return err;
}

static sc_err case_of(walk w, sc_ast **out, const json_t *m)
{
    const json_t *whens = json_object_get(m, "args");
    const json_t *operand = json_object_get(m, "arg");
    const json_t *otherwise = json_object_get(m, "defresult");
    size_t n = json_array_size(whens);
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    /* It is read again for each WHEN; a long one would cost its square. */
    if (operand != NULL && json_object_get(operand, "ColumnRef") == NULL) {
        return sc_parse_refuse(w.p, w.at, "CASE takes a column or nothing here",
                               "write CASE WHEN condition THEN ...");
    }
    SC_TRY(sc_ast_new(&a, SC_A_CASE, w.at, 2 * n + 1));
    for (size_t i = 0; i < n; i++) {
        const json_t *part =
            json_object_get(json_array_get(whens, i), "CaseWhen");

        SC_TRY(when(w, a, 2 * i, part, operand));
    }
    if (otherwise != NULL) {
        SC_TRY(expr(w, &a->args[2 * n], otherwise));
    } else {
        SC_TRY(sc_ast_new(&a->args[2 * n], SC_A_NULL, w.at, 0));
    }
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

static sc_err coalesce(walk w, sc_ast **out, const json_t *m)
{
    const json_t *args = json_object_get(m, "args");
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    SC_TRY(sc_ast_new(&a, SC_A_COALESCE, w.at, json_array_size(args)));
    SC_TRY(args_of(w, a, 0, args));
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

/* ---- the table of kinds --------------------------------------------- */

static sc_err refuse_kind(walk w, const char *kind)
{
    static const struct {
        const char *kind, *words, *remedy;
    } no[] = {
        {"SubLink", "sub-queries are not supported",
         "one SELECT over one table"},
        {"ParamRef", "parameters like $1 are not supported",
         "write the value itself"},
        {"MinMaxExpr", "GREATEST and LEAST are not supported",
         "use FILTER (WHERE ...) or a bucket in GROUP BY"},
        {"A_ArrayExpr", "arrays are not supported", "use IN (...)"},
        {"RowExpr", "row values are not supported", "compare one column"},
        {"SQLValueFunction", "a job has no clock and no user of its own",
         "write the date or name itself"},
        {"CollateClause", "COLLATE is not supported", "leave it out"},
        {"GroupingSet", "ROLLUP, CUBE and GROUPING SETS are not supported",
         "one query for each grouping"},
        {"GroupingFunc", "GROUPING is not supported", "leave it out"},
        {"A_Indirection", "subscripts and fields are not supported",
         "name a column"},
        {"NamedArgExpr", "named arguments are not supported",
         "list the arguments in order"},
    };

    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        if (strcmp(kind, no[i].kind) == 0) {
            return sc_parse_refuse(w.p, w.at, no[i].words, no[i].remedy);
        }
    }
    return sc_parse_refuse(w.p, w.at, "this expression is not supported",
                           "aggregates of columns, and arithmetic on them");
}

static sc_err expr(walk w, sc_ast **out, const json_t *node)
{
    static const struct {
        const char *kind;
        sc_err (*take)(walk w, sc_ast **out, const json_t *m);
    } kinds[] = {{"ColumnRef", column}, {"A_Const", constant},
                 {"A_Expr", operation}, {"BoolExpr", boolean},
                 {"NullTest", test},    {"BooleanTest", test},
                 {"CaseExpr", case_of}, {"CoalesceExpr", coalesce},
                 {"FuncCall", call},    {"TypeCast", cast}};
    void *only = json_object_iter((json_t *)(uintptr_t)node);
    const json_t *m = json_object_iter_value(only);
    const char *kind = json_object_iter_key(only);
    const json_t *place;

    if (kind == NULL) {
        return sc_parse_refuse(w.p, w.at, "this expression is not supported",
                               "aggregates of columns, and arithmetic on them");
    }
    place = json_object_get(m, "location");
    if (json_integer_value(place) > 0) {
        w.at = (size_t)json_integer_value(place);
    } else if (w.at == SIZE_MAX || strcmp(kind, "A_Indirection") == 0) {
        w.at = sc_parse_place(m);
    }
    if (++w.depth > SC_MAX_SQL_DEPTH) {
        return sc_parse_refuse(w.p, w.at, "the expression nests too deep",
                               SC_PARSE_TOO_DEEP);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kind, kinds[i].kind) == 0) {
            return kinds[i].take(w, out, m);
        }
    }
    return refuse_kind(w, kind);
}

sc_err sc_parse_expr(sc_parser *p, sc_ast **out, const json_t *node, size_t at)
{
    walk w = {.p = p, .at = at};

    return expr(w, out, node);
}
