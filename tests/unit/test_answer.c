/* tests/unit/test_answer.c: from opened vectors to tables. Answers are compared
 * in their JSON form; each test begins with the same small plan and changes
 * it:
 *     SELECT sex, COUNT(*), AVG(x) FROM t GROUP BY sex
 * over the cells f, m, NULL; supports: all rows; rows with x. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "job/plan/plan.h"
#include "tests/kat.h"

enum { STRIDE = 5 }; /* 2 flags; rows, rows with x, sum of x in tenths */

typedef struct {
    sc_plan plan;
    sc_support supports[2];
    sc_opened opened[3];
    sc_output outputs[8];
    sc_order order[4];
    sc_finish *made[64];
    size_t n_made;
} fixture;

static char *sexes[] = {(char *)(uintptr_t) "f", (char *)(uintptr_t) "m"};

static sc_finish *leaf(fixture *t, sc_finish_kind kind, size_t index)
{
    sc_finish *f = sc_alloc(1, sizeof *f);

    assert_non_null(f);
    f->kind = kind;
    f->index = index;
    t->made[t->n_made++] = f;
    return f;
}

static sc_finish *number(fixture *t, sc_i128 value)
{
    sc_finish *f = leaf(t, SC_F_NUMBER, 0);

    f->value = value;
    return f;
}

static sc_finish *two(fixture *t, sc_finish_kind kind, sc_finish *a,
                      sc_finish *b)
{
    sc_finish *f = leaf(t, kind, 0);

    f->args = sc_alloc(2, sizeof *f->args);
    assert_non_null(f->args);
    f->args[0] = a;
    f->args[1] = b;
    f->n_args = b == NULL ? 1 : 2;
    return f;
}

static sc_finish *average(fixture *t)
{
    sc_finish *sum = leaf(t, SC_F_OPENED, 2);

    sum->scale = 1;
    return two(t, SC_F_DIV, sum, leaf(t, SC_F_OPENED, 1));
}

static void add_output(fixture *t, const char *name, sc_finish *value, int key)
{
    t->outputs[t->plan.n_outputs++] =
        (sc_output){.name = (char *)(uintptr_t)name,
                    .value = value,
                    .key = key,
                    .is_numeric = key < 0};
}

static void add_order(fixture *t, sc_finish *by, int key, int is_descending,
                      int nulls_first)
{
    t->order[t->plan.n_order++] = (sc_order){.by = by,
                                             .key = key,
                                             .is_descending = is_descending,
                                             .nulls_first = nulls_first};
}

static void init(fixture *t)
{
    *t = (fixture){.plan = {.n_supports = 2,
                            .n_opened = 3,
                            .n_cells = 3,
                            .n_keys = 1,
                            .limit = -1}};
    t->plan.supports = t->supports;
    t->plan.opened = t->opened;
    t->plan.outputs = t->outputs;
    t->plan.order = t->order;
    t->plan.keys[0] = (sc_key){.labels = sexes, .n_labels = 2, .has_null = 1};
    t->opened[1].support = t->opened[2].support = 1;
    add_output(t, "sex", leaf(t, SC_F_KEY, 0), 0);
    add_output(t, "count", leaf(t, SC_F_OPENED, 0), -1);
    add_output(t, "avg", average(t), -1);
}

static void clear(fixture *t)
{
    for (size_t i = 0; i < t->n_made; i++) { /* each knows its own alone */
        sc_free(t->made[i]->args);
        sc_free(t->made[i]);
    }
}

/* "name|name rows suppressed" in JSON's compact form. */
static void check(const fixture *t, const sc_u128 *vector, const char *expected)
{
    sc_answer *a = NULL;
    json_t *json = NULL;
    char *text;

    CHECK_OK(sc_answer_make(&a, &t->plan, vector));
    CHECK_U64(a->n_outputs, t->plan.n_outputs);
    CHECK_OK(sc_answer_json(&json, a));
    CHECK_U64(a->n_suppressed,
              json_integer_value(json_object_get(json, "suppressed")));
    CHECK_U64(a->n_rows, json_array_size(json_object_get(json, "rows")));
    text = json_dumps(json_object_get(json, "rows"), JSON_COMPACT);
    CHECK_STR(text, expected);
    free(text);
    json_decref(json);
    sc_answer_free(&a);
    CHECK(a == NULL);
}

#define HIDDEN "{\"suppressed\":true}"

/* f: 80 rows, 10 with x, 12.5 in all; m: 83, 4 and -2; NULL: 11, none. */
static const sc_u128 full[3 * STRIDE] = {0, 0, 80, 10, 125,
                                         0, 0, 83, 4,  -(sc_u128)20,
                                         0, 0, 11, 0,  0};

static void test_plain(void **unused)
{
    sc_answer *a = NULL;
    fixture t;

    (void)unused;
    init(&t);
    check(&t, full,
          "[[\"f\",\"80\",\"1.25\"],[\"m\",\"83\",\"-0.5\"],"
          "[null,\"11\",null]]");
    CHECK_OK(sc_answer_make(&a, &t.plan, full));
    CHECK_STR(a->names[0], "sex");
    CHECK_STR(a->names[2], "avg");
    CHECK(!a->is_numeric[0] && a->is_numeric[1] && a->is_numeric[2]);
    CHECK_U64(a->n_rows, 3);
    CHECK(a->values[0].kind == SC_V_TEXT && a->values[8].kind == SC_V_NULL);
    CHECK(sc_value_double(&a->values[2]) == 1.25);
    CHECK_U64(a->n_suppressed, 0);
    sc_answer_free(&a);
    sc_answer_free(&a); /* accepts NULL */
    clear(&t);
}

static void test_groups_without_rows_are_left_out(void **unused)
{
    sc_u128 v[3 * STRIDE];
    fixture t;

    (void)unused;
    init(&t);
    memcpy(v, full, sizeof v);
    memset(v, 0, STRIDE * sizeof *v);
    check(&t, v, "[[\"m\",\"83\",\"-0.5\"],[null,\"11\",null]]");
    memset(v, 0, sizeof v);
    check(&t, v, "[]");
    clear(&t);
}

/* Without GROUP BY there is one row, whatever is in it. */
static void test_no_group_by(void **unused)
{
    const sc_u128 none[STRIDE] = {0};
    fixture t;

    (void)unused;
    init(&t);
    t.plan.n_keys = 0;
    t.plan.n_cells = 1;
    t.outputs[0].value = number(&t, 7);
    check(&t, none, "[[\"7\",\"0\",null]]");
    check(&t, full, "[[\"7\",\"80\",\"1.25\"]]");
    t.plan.having = two(&t, SC_F_LT, leaf(&t, SC_F_OPENED, 0), number(&t, 80));
    check(&t, none, "[[\"7\",\"0\",null]]");
    check(&t, full, "[]");
    clear(&t);
}

/* A flag hides what reads its support, and nothing else. */
static void test_suppression(void **unused)
{
    sc_u128 v[3 * STRIDE];
    sc_answer *a = NULL;
    fixture t;

    (void)unused;
    init(&t);
    memcpy(v, full, sizeof v);
    v[1] = 1;                         /* f: x */
    v[STRIDE] = (sc_u128)1 << 127;    /* m: rows */
    v[2 * STRIDE] = ~(sc_u128)0;      /* NULL: both */
    v[2 * STRIDE + 1] = (sc_u128)256; /* the low byte alone is 0 */
    v[2 * STRIDE + 2] = 0;            /* noise may look like no rows */
    check(&t, v,
          "[[\"f\",\"80\"," HIDDEN "],[\"m\"," HIDDEN ",\"-0.5\"],"
          "[null," HIDDEN "," HIDDEN "]]");
    CHECK_OK(sc_answer_make(&a, &t.plan, v));
    CHECK_U64(a->n_suppressed, 3);
    CHECK(a->suppressed[2] == 1 && a->suppressed[1] == 0);
    CHECK(a->values[2].kind == SC_V_NULL);
    sc_answer_free(&a);

    v[1] = 0; /* arithmetic with anything hidden is hidden, even if unused */
    t.outputs[2].value =
        two(&t, SC_F_COALESCE, number(&t, 1), leaf(&t, SC_F_OPENED, 0));
    check(&t, v,
          "[[\"f\",\"80\",\"1\"],[\"m\"," HIDDEN "," HIDDEN "],"
          "[null," HIDDEN "," HIDDEN "]]");
    clear(&t);
}

static void test_having(void **unused)
{
    sc_u128 v[3 * STRIDE];
    fixture t;

    (void)unused;
    init(&t);
    t.plan.having = two(&t, SC_F_LT, number(&t, 0), average(&t));
    check(&t, full, "[[\"f\",\"80\",\"1.25\"]]"); /* NULL is not true */
    t.plan.having = two(&t, SC_F_IS_NULL, average(&t), NULL);
    check(&t, full, "[[null,\"11\",null]]");

    /* Unknown: the group stays, and shows no more than its key. */
    memcpy(v, full, sizeof v);
    v[STRIDE + 1] = 5;
    t.plan.having = two(&t, SC_F_LT, number(&t, 0), average(&t));
    check(&t, v, "[[\"f\",\"80\",\"1.25\"],[\"m\"," HIDDEN "," HIDDEN "]]");
    t.plan.having = two(&t, SC_F_LT, number(&t, 0), leaf(&t, SC_F_OPENED, 0));
    check(&t, v,
          "[[\"f\",\"80\",\"1.25\"],[\"m\",\"83\"," HIDDEN "],"
          "[null,\"11\",null]]");
    t.plan.having = number(&t, 1);
    CHECK_ERR(SC_E_BUG, sc_answer_make(&(sc_answer *){NULL}, &t.plan, full));
    clear(&t);
}

static void test_order(void **unused)
{
#define F "[\"f\",\"80\",\"1.25\"]"
#define M "[\"m\",\"83\",\"-0.5\"]"
#define N "[null,\"11\",null]"
    static const struct {
        int descending, nulls_first;
        const char *expected;
    } by_avg[] = {{0, 0, "[" M "," F "," N "]"},
                  {0, 1, "[" N "," M "," F "]"},
                  {1, 0, "[" F "," M "," N "]"},
                  {1, 1, "[" N "," F "," M "]"}},
      by_key[] = {{0, 0, "[" F "," M "," N "]"},
                  {0, 1, "[" N "," F "," M "]"},
                  {1, 0, "[" M "," F "," N "]"},
                  {1, 1, "[" N "," M "," F "]"}};
    fixture t;

    (void)unused;
    for (size_t i = 0; i < 4; i++) {
        init(&t);
        add_order(&t, average(&t), -1, by_avg[i].descending,
                  by_avg[i].nulls_first);
        check(&t, full, by_avg[i].expected);
        t.plan.n_order = 0;
        add_order(&t, t.outputs[0].value, 0, by_key[i].descending,
                  by_key[i].nulls_first);
        check(&t, full, by_key[i].expected);
        t.order[0].key = -1; /* by text: the same here */
        check(&t, full, by_key[i].expected);
        clear(&t);
    }
    init(&t); /* by the place of a label, not its text */
    t.plan.keys[0].labels = (char *[]){sexes[1], sexes[0]};
    add_order(&t, t.outputs[0].value, 0, 0, 0);
    check(&t, full, "[[\"m\",\"80\",\"1.25\"],[\"f\",\"83\",\"-0.5\"]," N "]");
    t.order[0].key = -1;
    check(&t, full, "[[\"f\",\"83\",\"-0.5\"],[\"m\",\"80\",\"1.25\"]," N "]");
    clear(&t);
}

/* Suppressed last, either way; ties by the next expression, then by cell. */
static void test_order_of_the_suppressed(void **unused)
{
    sc_u128 v[3 * STRIDE];
    fixture t;

    (void)unused;
    init(&t);
    memcpy(v, full, sizeof v);
    v[1] = 9;
    for (int descending = 0; descending < 2; descending++) {
        t.plan.n_order = 0;
        add_order(&t, average(&t), -1, descending, 1);
        check(&t, v, "[" N "," M ",[\"f\",\"80\"," HIDDEN "]]");
    }
    v[1] = 0;
    t.plan.n_order = 0;
    add_order(&t, number(&t, 5), -1, 0, 0);
    check(&t, v, "[" F "," M "," N "]");
    add_order(&t, leaf(&t, SC_F_OPENED, 0), -1, 1, 0);
    check(&t, v, "[" M "," F "," N "]");
    v[1] = v[STRIDE + 1] = v[2 * STRIDE + 1] = 1; /* all hidden alike */
    t.plan.n_order = 0;
    add_order(&t, average(&t), -1, 0, 0);
    add_order(&t, leaf(&t, SC_F_OPENED, 0), -1, 0, 0);
    check(&t, v,
          "[[null,\"11\"," HIDDEN "],[\"f\",\"80\"," HIDDEN "],"
          "[\"m\",\"83\"," HIDDEN "]]");
    clear(&t);
}

static void test_limit(void **unused)
{
    static const struct {
        int64_t limit, offset;
        const char *expected;
    } cases[] = {{-1, 0, "[" F "," M "," N "]"},
                 {0, 0, "[]"},
                 {1, 0, "[" F "]"},
                 {2, 1, "[" M "," N "]"},
                 {-1, 2, "[" N "]"},
                 {5, 3, "[]"},
                 {INT64_MAX, INT64_MAX, "[]"},
                 {3, 0, "[" F "," M "," N "]"}};
    sc_u128 v[3 * STRIDE];
    sc_answer *a = NULL;
    fixture t;

    (void)unused;
    init(&t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        t.plan.limit = cases[i].limit;
        t.plan.offset = cases[i].offset;
        check(&t, full, cases[i].expected);
    }
    memcpy(v, full, sizeof v); /* a group cut off counts as suppressed, too */
    v[2 * STRIDE + 1] = 1;
    t.plan.limit = 1;
    t.plan.offset = 0;
    CHECK_OK(sc_answer_make(&a, &t.plan, v));
    CHECK_U64(a->n_rows, 1);
    CHECK_U64(a->n_suppressed, 1);
    sc_answer_free(&a);
    clear(&t);
}

/* cell = (k0 * |K1| + k1) * |K2| + k2, the middle key without a NULL. */
static void test_three_keys(void **unused)
{
    enum { CELLS = 2 * 2 * 3 };
    sc_u128 v[CELLS * STRIDE] = {0};
    fixture t;

    (void)unused;
    init(&t);
    t.plan.n_keys = 3;
    t.plan.n_cells = CELLS;
    t.plan.keys[2] = t.plan.keys[0];
    t.plan.keys[1] = (sc_key){.labels = sexes, .n_labels = 2};
    t.plan.keys[0] = (sc_key){.labels = sexes, .n_labels = 1, .has_null = 1};
    t.plan.n_outputs = 2;
    add_output(&t, "k1", leaf(&t, SC_F_KEY, 1), 1);
    add_output(&t, "k2", leaf(&t, SC_F_KEY, 2), 2);
    for (size_t cell = 0; cell < CELLS; cell++) {
        v[cell * STRIDE + 2] = cell % 5 == 0 ? 0 : cell;
    }
    check(&t, v,
          "[[\"f\",\"1\",\"f\",\"m\"],[\"f\",\"2\",\"f\",null],"
          "[\"f\",\"3\",\"m\",\"f\"],[\"f\",\"4\",\"m\",\"m\"],"
          "[null,\"6\",\"f\",\"f\"],[null,\"7\",\"f\",\"m\"],"
          "[null,\"8\",\"f\",null],[null,\"9\",\"m\",\"f\"],"
          "[null,\"11\",\"m\",null]]");
    clear(&t);
}

/* A peer may send anything: every flag and value at every extreme. */
static void test_hostile_vectors(void **unused)
{
    static const sc_u128 extremes[] = {0, 1, ~(sc_u128)0, (sc_u128)1 << 127,
                                       ((sc_u128)1 << 127) - 1};
    const size_t n = sizeof extremes / sizeof *extremes;
    sc_u128 v[3 * STRIDE];
    fixture t;

    (void)unused;
    init(&t);
    add_output(&t, "bool",
               two(&t, SC_F_LT, average(&t), leaf(&t, SC_F_OPENED, 0)), -1);
    add_output(&t, "root", two(&t, SC_F_SQRT, average(&t), NULL), -1);
    add_order(&t, t.outputs[4].value, -1, 1, 0);
    for (size_t i = 0; i < 3125; i++) { /* 5^5 */
        sc_answer *a = NULL;
        json_t *json = NULL;
        size_t rest = i;

        for (size_t k = 0; k < 3 * STRIDE; k++) {
            v[k] = extremes[(k < STRIDE ? rest : rest + k) % n];
            rest = k % STRIDE == STRIDE - 1 ? i : rest / n;
        }
        CHECK_OK(sc_answer_make(&a, &t.plan, v));
        CHECK_OK(sc_answer_json(&json, a));
        for (size_t k = 0; k < a->n_rows * a->n_outputs; k++) {
            CHECK(!a->suppressed[k] || a->values[k].kind == SC_V_NULL);
        }
        json_decref(json);
        sc_answer_free(&a);
    }
    clear(&t);
}

static void test_json(void **unused)
{
    const sc_u128 v[STRIDE] = {0, 0, 3, 0, 0};
    sc_answer *a = NULL;
    json_t *json = NULL;
    char *text;
    fixture t;

    (void)unused;
    init(&t);
    t.plan.n_cells = 1;
    t.plan.keys[0] =
        (sc_key){.labels = (char *[]){(char *)(uintptr_t) ""}, .n_labels = 1};
    add_output(&t, "big",
               two(&t, SC_F_LT, number(&t, 2), leaf(&t, SC_F_OPENED, 0)), -1);
    CHECK_OK(sc_answer_make(&a, &t.plan, v));
    CHECK_OK(sc_answer_json(&json, a));
    text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    CHECK_STR(text, "{\"columns\":[\"sex\",\"count\",\"avg\",\"big\"],"
                    "\"rows\":[[\"\",\"3\",null,true]],\"suppressed\":0}");
    free(text);
    json_decref(json);
    sc_answer_free(&a);
    clear(&t);
}

static sc_err make_and_free(void *arg)
{
    fixture *t = arg;
    sc_answer *a = NULL;
    json_t *json = NULL;
    sc_err err = sc_answer_make(&a, &t->plan, full);

    CHECK((err == SC_OK) == (a != NULL));
    if (err == SC_OK) {
        err = sc_answer_json(&json, a);
        CHECK((err == SC_OK) == (json != NULL));
    }
    json_decref(json);
    sc_answer_free(&a);
    return err;
}

static void test_out_of_memory(void **unused)
{
    fixture t;

    (void)unused;
    init(&t);
    add_order(&t, average(&t), -1, 0, 0);
    CHECK_ALLOC(make_and_free, &t);
    clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_groups_without_rows_are_left_out),
        cmocka_unit_test(test_no_group_by),
        cmocka_unit_test(test_suppression),
        cmocka_unit_test(test_having),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_order_of_the_suppressed),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_three_keys),
        cmocka_unit_test(test_hostile_vectors),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
