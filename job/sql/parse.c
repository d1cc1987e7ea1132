/* job/sql/parse.c: the statement around the expressions.
 *
 * Every clause of PostgreSQL's SelectStmt is named here: taken, or refused at
 * its place. */
#include "job/sql/parse.h"

#include <pg_query.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "job/sql/hint.h"
#include "job/sql/parse_expr.h"

/* PostgreSQL's printer needs about 100 bytes a level, and 64 KiB of text hold
 * 32,000 of them. */
#define PARSER_STACK ((size_t)16 << 20)

/* A level of ours is at most five of its JSON. */
#define MAX_JSON_DEPTH (5 * SC_MAX_SQL_DEPTH + 32)

/* ---- PostgreSQL's parser -------------------------------------------- */

typedef struct {
    const char *sql;
    PgQueryParseResult result;
} task;

static void *run_parser(void *arg)
{
    task *t = arg;

    t->result = pg_query_parse(t->sql);
    return NULL;
}

static sc_err run(task *t)
{
    pthread_attr_t attr;
    pthread_t thread;
    int failed;

    if (pthread_attr_init(&attr) != 0) {
        return SC_E_MEM;
    }
    failed = pthread_attr_setstacksize(&attr, PARSER_STACK) != 0 ||
             pthread_create(&thread, &attr, run_parser, t) != 0;
    (void)pthread_attr_destroy(&attr);
    if (failed || pthread_join(thread, NULL) != 0) {
        return SC_E_MEM;
    }
    return SC_OK;
}

/* Byte of character number n, from 1. */
static size_t byte_of(const char *sql, int n)
{
    size_t at = 0;

    for (int i = 1; i < n && sql[at] != '\0'; i++) {
        for (at++; ((unsigned char)sql[at] & 0xC0u) == 0x80u; at++) {
        }
    }
    return at;
}

static sc_err grammar_fault(sc_parser *p, const PgQueryError *e)
{
    size_t at = e->cursorpos > 0 ? byte_of(p->sql, e->cursorpos) : SIZE_MAX;

    if (strncmp(e->message, "memory exhausted", 16) == 0 ||
        strncmp(e->message, "stack depth", 11) == 0) {
        return sc_parse_refuse(p, at, "the expression nests too deep",
                               SC_PARSE_TOO_DEEP);
    }
    return sc_sql_fault(p->why, SC_E_CONFIG, p->sql, at, "%s", e->message);
}

/* Deepest nesting of brackets; the text is well-formed JSON. */
static size_t json_depth(const char *text)
{
    size_t depth = 0, most = 0;
    int in_string = 0;

    for (; *text != '\0'; text++) {
        if (in_string) {
            in_string = *text != '"';
            text += *text == '\\' && text[1] != '\0';
        } else if (*text == '"') {
            in_string = 1;
        } else if (*text == '{' || *text == '[') {
            depth++;
            most = depth > most ? depth : most;
        } else if (*text == '}' || *text == ']') {
            depth--;
        }
    }
    return most;
}

static sc_err load_tree(sc_parser *p, json_t **tree)
{
    sc_err err = SC_E_BUG;
    task t = {.sql = p->sql};
    int has_result = 0;

    SC_TRY(run(&t));
    has_result = 1;
    if (t.result.error != NULL) {
        err = grammar_fault(p, t.result.error);
        goto out;
    }
    if (json_depth(t.result.parse_tree) > MAX_JSON_DEPTH) {
        SC_TRY(sc_parse_refuse(p, SIZE_MAX, "the expression nests too deep",
                               SC_PARSE_TOO_DEEP));
    }
    *tree = json_loads(t.result.parse_tree, 0, NULL);
    SC_REQUIRE(*tree != NULL, SC_E_MEM);
    err = SC_OK;
out:
    if (has_result) {
        pg_query_free_parse_result(t.result);
    }
    return err;
}

/* ---- clauses -------------------------------------------------------- */

static sc_err refuse_clauses(sc_parser *p, const json_t *m)
{
    static const struct {
        const char *member, *words, *remedy;
    } no[] = {
        {"withClause", "WITH is not supported", "one SELECT over one table"},
        {"valuesLists", "VALUES is not supported",
         "SELECT ... FROM a table of the consortium"},
        {"distinctClause", "SELECT DISTINCT is not supported", "use GROUP BY"},
        {"intoClause", "SELECT INTO is not supported", "leave INTO out"},
        {"groupDistinct", "GROUP BY DISTINCT is not supported",
         "leave DISTINCT out"},
        {"windowClause", "window functions are not supported", "use GROUP BY"},
        {"lockingClause", "FOR UPDATE is not supported", "leave it out"},
    };
    const char *op = json_string_value(json_object_get(m, "op"));
    const char *limit = json_string_value(json_object_get(m, "limitOption"));

    if (op != NULL && strcmp(op, "SETOP_NONE") != 0) {
        return sc_parse_refuse(p, sc_parse_place(json_object_get(m, "rarg")),
                               "UNION, INTERSECT and EXCEPT are not supported",
                               "one SELECT over one table");
    }
    if (limit != NULL && strcmp(limit, "LIMIT_OPTION_WITH_TIES") == 0) {
        return sc_parse_refuse(p,
                               sc_parse_place(json_object_get(m, "limitCount")),
                               "WITH TIES is not supported", "use LIMIT");
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        const json_t *part = json_object_get(m, no[i].member);

        if (part != NULL) {
            size_t at = sc_parse_place(part);

            return sc_parse_refuse(p, at == SIZE_MAX ? sc_parse_place(m) : at,
                                   no[i].words, no[i].remedy);
        }
    }
    return SC_OK;
}

static sc_err outputs(sc_parser *p, sc_select *s, const json_t *m)
{
    const json_t *list = json_object_get(m, "targetList");
    size_t n = json_array_size(list);
    sc_err err = SC_E_BUG;

    if (n == 0) {
        return sc_parse_refuse(p, SIZE_MAX, "the SELECT asks for nothing",
                               "for example SELECT COUNT(*) FROM a table");
    }
    s->outputs = sc_alloc(n, sizeof *s->outputs);
    SC_REQUIRE(s->outputs != NULL, SC_E_MEM);
    for (s->n_outputs = 0; s->n_outputs < n; s->n_outputs++) {
        const json_t *r =
            json_object_get(json_array_get(list, s->n_outputs), "ResTarget");
        const char *alias = json_string_value(json_object_get(r, "name"));
        sc_ast_output *o = &s->outputs[s->n_outputs];

        if (alias != NULL) {
            o->alias = sc_strdup(alias);
            SC_REQUIRE(o->alias != NULL, SC_E_MEM);
        }
        err = sc_parse_expr(p, &o->expr, json_object_get(r, "val"),
                            sc_parse_place(r));
        if (err != SC_OK) {
            s->n_outputs++; /* its alias belongs to s */
            goto out;
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err from(sc_parser *p, sc_select *s, const json_t *m)
{
    const json_t *list = json_object_get(m, "fromClause");
    const json_t *t = json_object_get(json_array_get(list, 0), "RangeVar");
    const json_t *alias = json_object_get(t, "alias");
    const char *name = json_string_value(json_object_get(t, "relname"));
    const char *as = json_string_value(json_object_get(alias, "aliasname"));
    size_t at = sc_parse_place(list);

    if (json_array_size(list) == 0) {
        return sc_parse_refuse(p, SIZE_MAX, "the SELECT has no FROM",
                               "name one table of the consortium");
    }
    if (json_array_size(list) > 1 || name == NULL) {
        return sc_parse_refuse(
            p,
            json_array_size(list) > 1 ? sc_parse_place(json_array_get(list, 1))
                                      : at,
            "joins, sub-queries and functions in FROM are not supported",
            "name one table of the consortium");
    }
    if (json_object_get(t, "schemaname") != NULL ||
        !json_is_true(json_object_get(t, "inh")) ||
        json_object_get(alias, "colnames") != NULL) {
        return sc_parse_refuse(p, at, "FROM takes a bare table here",
                               "FROM table, or FROM table AS name");
    }
    s->table_at = at;
    s->table = sc_strdup(name);
    if (as != NULL) {
        s->table_alias = sc_strdup(as);
    }
    return s->table == NULL || (as != NULL && s->table_alias == NULL) ? SC_E_MEM
                                                                      : SC_OK;
}

static sc_err groups(sc_parser *p, sc_select *s, const json_t *m)
{
    const json_t *list = json_object_get(m, "groupClause");
    size_t n = json_array_size(list);
    sc_err err = SC_E_BUG;

    s->groups = sc_alloc(n, sizeof *s->groups);
    SC_REQUIRE(s->groups != NULL, SC_E_MEM);
    for (s->n_groups = 0; s->n_groups < n; s->n_groups++) {
        const json_t *node = json_array_get(list, s->n_groups);

        s->groups[s->n_groups].output = SC_A_NO_OUTPUT;
        SC_TRY(sc_parse_expr(p, &s->groups[s->n_groups].expr, node,
                             sc_parse_place(node)));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err order(sc_parser *p, sc_select *s, const json_t *m)
{
    const json_t *list = json_object_get(m, "sortClause");
    size_t n = json_array_size(list);
    sc_err err = SC_E_BUG;

    s->order = sc_alloc(n, sizeof *s->order);
    SC_REQUIRE(s->order != NULL, SC_E_MEM);
    for (s->n_order = 0; s->n_order < n; s->n_order++) {
        const json_t *by =
            json_object_get(json_array_get(list, s->n_order), "SortBy");
        const json_t *node = json_object_get(by, "node");
        const char *way = json_string_value(json_object_get(by, "sortby_dir"));
        const char *nulls =
            json_string_value(json_object_get(by, "sortby_nulls"));
        sc_ast_order *o = &s->order[s->n_order];

        SC_REQUIRE(way != NULL && nulls != NULL, SC_E_BUG);
        if (strcmp(way, "SORTBY_USING") == 0) {
            SC_TRY(sc_parse_refuse(p, sc_parse_place(by),
                                   "ORDER BY ... USING is not supported",
                                   "use ASC or DESC"));
        }
        o->is_descending = strcmp(way, "SORTBY_DESC") == 0;
        o->nulls = strcmp(nulls, "SORTBY_NULLS_FIRST") == 0  ? SC_NULLS_FIRST
                   : strcmp(nulls, "SORTBY_NULLS_LAST") == 0 ? SC_NULLS_LAST
                                                             : SC_NULLS_DEFAULT;
        o->by.output = SC_A_NO_OUTPUT;
        SC_TRY(sc_parse_expr(p, &o->by.expr, node, sc_parse_place(node)));
    }
    err = SC_OK;
out:
    return err;
}

/* LIMIT or OFFSET: a whole number, or NULL for none. */
static sc_err count(sc_parser *p, int64_t *out, int64_t none, const json_t *m,
                    const char *member)
{
    const json_t *node = json_object_get(m, member);
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    *out = none;
    if (node == NULL) {
        return SC_OK;
    }
    SC_TRY(sc_parse_expr(p, &a, node, sc_parse_place(node)));
    if (a->kind == SC_A_NUMBER && a->scale == 0 && a->value >= 0 &&
        a->value <= INT64_MAX) {
        *out = (int64_t)a->value;
    } else if (a->kind != SC_A_NULL) {
        SC_TRY(sc_parse_refuse(p, a->at, "LIMIT and OFFSET take a whole number",
                               "for example LIMIT 10"));
    }
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}

static sc_err select_of(sc_parser *p, sc_select *s, const json_t *m)
{
    const json_t *where = json_object_get(m, "whereClause");
    const json_t *having = json_object_get(m, "havingClause");
    sc_err err = SC_E_BUG;

    SC_TRY(refuse_clauses(p, m));
    SC_TRY(outputs(p, s, m));
    SC_TRY(from(p, s, m));
    if (where != NULL) {
        SC_TRY(sc_parse_expr(p, &s->where, where, sc_parse_place(where)));
    }
    SC_TRY(groups(p, s, m));
    if (having != NULL) {
        SC_TRY(sc_parse_expr(p, &s->having, having, sc_parse_place(having)));
    }
    SC_TRY(order(p, s, m));
    SC_TRY(count(p, &s->limit, -1, m, "limitCount"));
    SC_TRY(count(p, &s->offset, 0, m, "limitOffset"));
    err = SC_OK;
out:
    return err;
}

/* ---- the statement -------------------------------------------------- */

static sc_err statement(sc_parser *p, sc_select *s, const json_t *tree)
{
    const json_t *list = json_object_get(tree, "stmts");
    const json_t *second = json_array_get(list, 1);
    const json_t *m = json_object_get(json_array_get(list, 0), "stmt");
    const json_t *explain = json_object_get(m, "ExplainStmt");

    if (second != NULL) {
        return sc_parse_refuse(p, sc_parse_place(second),
                               "there is a second statement",
                               "one statement a query");
    }
    if (explain != NULL) {
        if (json_object_get(explain, "options") != NULL) {
            return sc_parse_refuse(
                p, sc_parse_place(json_object_get(explain, "options")),
                "EXPLAIN takes no options", "EXPLAIN SELECT ...");
        }
        s->is_explain = 1;
        m = json_object_get(explain, "query");
    }
    m = json_object_get(m, "SelectStmt");
    if (m == NULL) {
        return sc_parse_refuse(p, SIZE_MAX, "this is not a SELECT",
                               "SELECT aggregates FROM a table of the "
                               "consortium, with WHERE, GROUP BY, HAVING, "
                               "ORDER BY, LIMIT");
    }
    return select_of(p, s, m);
}

sc_err sc_parse(sc_select **s, const char *sql, sc_fault *why)
{
    sc_parser p = {.sql = sql, .why = why};
    size_t len = strnlen(sql, SC_MAX_SQL_LEN + 1);
    sc_err err = SC_E_BUG;
    json_t *tree = NULL, *text = NULL;
    sc_select *made = NULL;

    if (len > SC_MAX_SQL_LEN) {
        return sc_parse_refuse(&p, SIZE_MAX, "the text is longer than 64 KiB",
                               "ask for less at once");
    }
    text = json_stringn(sql, len); /* checks UTF-8 */
    if (text == NULL) {
        return sc_parse_refuse(&p, SIZE_MAX, "the text is not UTF-8",
                               "save it as UTF-8");
    }
    SC_TRY(load_tree(&p, &tree));
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    SC_TRY(sc_hint_take(&p, made));
    SC_TRY(statement(&p, made, tree));
    *s = made;
    made = NULL;
    err = SC_OK;
out:
    json_decref(tree);
    json_decref(text);
    sc_select_free(&made);
    return err == SC_OK ? SC_OK : sc_fault_from(why, err);
}
