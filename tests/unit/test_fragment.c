/* tests/unit/test_fragment.c: the SQL of a fragment, word for word, and what is
 * refused. What the words mean to DuckDB: test_engine_meaning.c. */
#include <stdio.h>
#include <string.h>

#include "base/jcs.h"
#include "base/mem.h"
#include "data/fragment.h"
#include "tests/kat.h"

static char *regions[] = {"north", "south", "west"};
static sc_column columns[] = {
    {.name = "n", .type = SC_T_INTEGER, .min = -5, .max = 100},
    {.name = "region",
     .type = SC_T_CATEGORY,
     .min = 0,
     .max = 2,
     .categories = regions,
     .n_categories = 3},
    {.name = "odd \"name\"", .type = SC_T_DECIMAL, .scale = 2, .max = 1000},
};
static const sc_table table = {.name = "t",
                               .columns = columns,
                               .n_columns = 3,
                               .max_rows = 100};

static const sc_local_sum count_all = {NULL, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0};

static void check_sql(const sc_fragment *f, const char *expected)
{
    sc_buf sql = {0};

    CHECK_OK(sc_fragment_sql(&sql, f));
    CHECK_OK(sc_buf_terminate(&sql));
    CHECK_STR((const char *)sql.p, expected);
    sc_buf_clear(&sql);
}

static void check_refused(const sc_fragment *f)
{
    sc_buf sql = {0};

    CHECK_OK(sc_buf_put_str(&sql, "before"));
    CHECK_ERR(SC_E_ARG, sc_fragment_sql(&sql, f));
    CHECK_U64(sql.len, 6); /* as it was */
    sc_buf_clear(&sql);
}

static void check_sum(sc_local_sum s, const char *expected)
{
    sc_fragment f = {&table, NULL, NULL, 0, &s, 1};
    char text[512];

    (void)snprintf(text, sizeof text, "SELECT %s FROM \"t\"", expected);
    check_sql(&f, text);
}

static void test_sums(void **state)
{
    sc_pred yes = {.kind = SC_P_CONST, .value = 1};
    const size_t none = SC_NO_COLUMN;

    (void)state;
    check_sum(count_all, "COUNT(*)");
    check_sum((sc_local_sum){NULL, 1, none, none, 0}, "COUNT(\"n.sum\")");
    check_sum((sc_local_sum){NULL, 3, none, none, 0},
              "COUNT(*) FILTER (WHERE \"n.sum\" IS NOT NULL AND "
              "\"region.sum\" IS NOT NULL)");
    check_sum((sc_local_sum){NULL, 1, 0, none, 7}, "SUM(\"n.sum\")");
    check_sum((sc_local_sum){NULL, 0, 0, none, 7}, "SUM(\"n.sum\")");
    check_sum((sc_local_sum){NULL, 5, 0, none, 7},
              "SUM(\"n.sum\") FILTER (WHERE \"odd \"\"name\"\".sum\" IS NOT "
              "NULL)");
    check_sum((sc_local_sum){NULL, 5, 0, 2, 62},
              "SUM(\"n\" * \"odd \"\"name\"\"\")");
    check_sum((sc_local_sum){NULL, 5, 0, 2, 63},
              "SUM(CAST(\"n\" AS HUGEINT) * CAST(\"odd \"\"name\"\"\" AS "
              "HUGEINT))");
    check_sum((sc_local_sum){&yes, 1, 0, 0, 14},
              "SUM(\"n\" * \"n\") FILTER (WHERE (TRUE))");
    check_sum((sc_local_sum){&yes, 3, 0, 0, 14},
              "SUM(\"n\" * \"n\") FILTER (WHERE (TRUE) AND \"region.sum\" IS "
              "NOT NULL)");
}

static void check_where(const sc_pred *p, const char *expected)
{
    sc_fragment f = {&table, p, NULL, 0, &count_all, 1};
    char text[512];

    (void)snprintf(text, sizeof text, "SELECT COUNT(*) FROM \"t\" WHERE %s",
                   expected);
    check_sql(&f, text);
}

static void test_predicates(void **state)
{
    int64_t values[] = {INT64_MIN, -1, 7};
    sc_pred unknown = {.kind = SC_P_CONST, .value = SC_P_NULL};
    sc_pred no = {.kind = SC_P_CONST};
    sc_pred less = {.kind = SC_P_LESS, .column = 2, .value = -3};
    sc_pred least = {.kind = SC_P_LESS, .value = INT64_MIN};
    sc_pred in = {.kind = SC_P_IN,
                  .column = 0,
                  .values = values,
                  .n_values = 3};
    sc_pred is_null = {.kind = SC_P_IS_NULL, .column = 1};
    sc_pred *one[] = {&is_null}, *two[] = {&less, &is_null};
    sc_pred negation = {.kind = SC_P_NOT, .args = one, .n_args = 1};
    sc_pred both = {.kind = SC_P_AND, .args = two, .n_args = 2};
    sc_pred *nested[] = {&both, &negation};
    sc_pred either = {.kind = SC_P_OR, .args = nested, .n_args = 2};

    (void)state;
    check_where(&unknown, "(CAST(NULL AS BOOLEAN))");
    check_where(&no, "(FALSE)");
    check_where(&less, "(\"odd \"\"name\"\"\" < -3)");
    check_where(&least, "(\"n\" < CAST('-9223372036854775808' AS BIGINT))");
    check_where(&in, "(\"n\" IN (CAST('-9223372036854775808' AS BIGINT), -1, "
                     "7))");
    check_where(&is_null, "(\"region.sum\" IS NULL)");
    check_where(&negation, "(NOT (\"region.sum\" IS NULL))");
    check_where(&either, "(((\"odd \"\"name\"\"\" < -3) AND (\"region.sum\" IS "
                         "NULL)) OR (NOT (\"region.sum\" IS NULL)))");
}

static void test_keys(void **state)
{
    int64_t each[] = {1, 2}, ages[] = {18, 30, 45};
    uint32_t count[] = {0, 1, 2}, same[] = {0, 1, 1, 2}, back[] = {2, 1, 0};
    sc_key region = {1, each, 2, count, 3, NULL, 3, 1};
    sc_key age = {0, ages, 3, same, 2, NULL, 3, 0};
    sc_key reversed = {1, each, 2, back, 3, NULL, 3, 1};
    sc_key both[] = {region, age};
    sc_fragment f = {&table, NULL, &region, 1, &count_all, 1};

    (void)state;
    check_sql(&f, "SELECT CAST(\"region\" - (0) + 0 AS UTINYINT), COUNT(*) "
                  "FROM \"t\" GROUP BY 1");
    f.keys = &reversed; /* pieces of one value, but not in order */
    check_sql(&f, "SELECT CAST(sc_piece(0, \"region\") AS UTINYINT), COUNT(*) "
                  "FROM \"t\" GROUP BY 1");
    f.keys = both;
    f.n_keys = 2;
    both[0].n_labels = 256; /* and NULL: no byte any more */
    check_sql(&f, "SELECT \"region\" - (0) + 0, CAST(sc_piece(1, \"n\") AS "
                  "UTINYINT), COUNT(*) FROM \"t\" GROUP BY 1, 2");
    both[0].n_labels = 3;
    CHECK_U64(sc_fragment_cells(&f), 12);
    CHECK_U64(sc_key_values(&region), 4);
    f.n_keys = 0;
    CHECK_U64(sc_fragment_cells(&f), 1);
}

/* Around each break, and at the ends of int64_t, by counting. */
static void check_found(const sc_key *k)
{
    for (size_t i = 0; i < k->n_breaks; i++) {
        int64_t v = k->breaks[i];

        CHECK_U64(sc_key_find_vartime(k, v), k->outcome[i + 1]);
        if (v > INT64_MIN) {
            CHECK_U64(sc_key_find_vartime(k, v - 1), k->outcome[i]);
        }
        if (i + 1 == k->n_breaks || k->breaks[i + 1] > v + 1) {
            CHECK_U64(sc_key_find_vartime(k, v < INT64_MAX ? v + 1 : v),
                      k->outcome[i + 1]);
        }
    }
    CHECK_U64(sc_key_find_vartime(k, INT64_MAX), k->outcome[k->n_breaks]);
}

static void test_pieces(void **state)
{
    enum { MOST = 6001 };
    static int64_t breaks[MOST];
    static uint32_t outcome[MOST + 1];
    sc_key k = {0, breaks, 0, outcome, 0, NULL, MOST + 1, 0};

    (void)state;
    for (size_t i = 0; i <= MOST; i++) {
        outcome[i] = (uint32_t)(MOST - i);
    }
    for (size_t n = 0; n <= MOST; n += n < 70 ? 1 : 5931) { /* wide and dense */
        k.n_breaks = n;
        for (size_t i = 0; i < n; i++) {
            breaks[i] = ((int64_t)i - MOST / 2) * (INT64_MAX / MOST * 2);
        }
        check_found(&k);
        for (size_t i = 0; i < n; i++) {
            breaks[i] = INT64_MAX - (int64_t)(n - 1 - i);
        }
        check_found(&k);
        CHECK_U64(sc_key_find_vartime(&k, INT64_MIN), outcome[0]);
    }
}

static void test_refuses(void **state)
{
    int64_t breaks[] = {5, 5}, value = 1;
    uint32_t outcome[] = {0, 1, 2};
    sc_key key = {0, breaks, 2, outcome, 0, NULL, 3, 0};
    sc_pred p = {.kind = SC_P_IN, .values = &value}, *args[] = {&p};
    sc_local_sum s = count_all;
    sc_fragment f = {&table, NULL, &key, 1, &s, 1};

    (void)state;
    check_refused(&f); /* breaks not ascending */
    breaks[1] = 6;
    outcome[2] = 3;
    check_refused(&f); /* no such key value */
    outcome[2] = 2;
    key.outcome_null = 3;
    check_refused(&f);
    key.outcome_null = 0;
    key.column = 3;
    check_refused(&f);
    key.column = 0;
    f.n_keys = SC_MAX_KEYS + 1;
    check_refused(&f);
    f.n_keys = 0;
    f.n_sums = 0;
    check_refused(&f);
    f.n_sums = 1;
    s.a = 3;
    check_refused(&f);
    s.a = SC_NO_COLUMN;
    s.b = 0; /* b without a */
    check_refused(&f);
    s = count_all;
    s.need = 8; /* a column beyond the table */
    check_refused(&f);
    s = count_all;
    f.where = &p;
    check_refused(&f); /* IN of nothing */
    p = (sc_pred){.kind = SC_P_AND};
    check_refused(&f);
    p = (sc_pred){.kind = SC_P_NOT, .args = args, .n_args = 2};
    check_refused(&f);
    p = (sc_pred){.kind = SC_P_LESS, .column = 3};
    check_refused(&f);
    p = (sc_pred){.kind = (sc_pred_kind)99};
    check_refused(&f);
    p = (sc_pred){.kind = SC_P_NOT, .args = args, .n_args = 1}; /* a loop */
    check_refused(&f);
}

/* ---- the form in the plan's bytes -------------------------------------- */

static void check_json(const sc_pred *p, const char *expected)
{
    json_t *json = NULL;
    sc_buf text = {0};

    CHECK_OK(sc_pred_json(&json, p, &table));
    CHECK_OK(sc_jcs_put(&text, json));
    CHECK_OK(sc_buf_terminate(&text));
    CHECK_STR((const char *)text.p, expected);
    json_decref(json);
    sc_buf_clear(&text);
}

static void test_json(void **state)
{
    int64_t values[] = {-1, 9007199254740991};
    sc_pred null = {.kind = SC_P_CONST, .value = SC_P_NULL};
    sc_pred yes = {.kind = SC_P_CONST, .value = 1};
    sc_pred less = {.kind = SC_P_LESS, .column = 2, .value = INT64_MIN};
    sc_pred in = {.kind = SC_P_IN,
                  .column = 1,
                  .values = values,
                  .n_values = 2};
    sc_pred is_null = {.kind = SC_P_IS_NULL, .column = 0};
    sc_pred *args[] = {&less, &in, &is_null};
    sc_pred either = {.kind = SC_P_OR, .args = args, .n_args = 3};
    sc_pred *one[] = {&either};
    sc_pred negation = {.kind = SC_P_NOT, .args = one, .n_args = 1};
    sc_pred stranger = {.kind = SC_P_IS_NULL, .column = 3};
    json_t *json = NULL;

    (void)state;
    check_json(&null, "[\"const\",\"null\"]");
    check_json(&yes, "[\"const\",1]");
    check_json(&negation, "[\"not\",[\"or\",[\"<\",\"odd \\\"name\\\"\","
                          "\"-9223372036854775808\"],[\"in\",\"region\",-1,"
                          "9007199254740991],[\"null?\",\"n\"]]]");
    CHECK_ERR(SC_E_ARG, sc_pred_json(&json, &stranger, &table));
    CHECK(json == NULL);
}

static void test_release(void **state)
{
    sc_pred *p = sc_alloc(1, sizeof *p), *none = NULL;

    (void)state;
    CHECK(p != NULL);
    p->kind = SC_P_NOT;
    p->n_args = 1;
    p->args = sc_alloc(1, sizeof *p->args);
    CHECK(p->args != NULL);
    p->args[0] = sc_alloc(1, sizeof **p->args);
    CHECK(p->args[0] != NULL);
    p->args[0]->values = sc_alloc(2, sizeof(int64_t));
    sc_pred_free(&p);
    CHECK(p == NULL);
    sc_pred_free(&p);
    sc_pred_free(&none);
    sc_pred_free(NULL);
}

static sc_err lower(void *arg)
{
    sc_buf sql = {0};
    sc_err err = sc_fragment_sql(&sql, arg);

    sc_buf_clear(&sql);
    return err;
}

static void test_no_memory(void **state)
{
    int64_t each[] = {1, 2};
    uint32_t count[] = {0, 1, 2};
    sc_key region = {1, each, 2, count, 3, NULL, 3, 1};
    sc_fragment f = {&table, NULL, &region, 1, &count_all, 1};

    (void)state;
    CHECK_ALLOC(lower, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),    cmocka_unit_test(test_predicates),
        cmocka_unit_test(test_keys),    cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_refuses), cmocka_unit_test(test_json),
        cmocka_unit_test(test_release), cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
