/* tests/unit/test_plan.c: golden plans, and the laws of a plan: bounds,
 * thresholds, digests, uses, words, cost.
 *
 * tests/data/plans/NAME.json is {"sql":text,"plan":object without job, leaks
 * and party lists}; each was read against its SQL by eye. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "tests/kat.h"
#include "tests/unit/plan_fixture.h"

static sc_plan *make(const fixture *f, const char *sql)
{
    sc_plan *p = NULL;
    sc_fault why;

    if (fixture_plan(&p, f, sql, &why) != SC_OK) {
        fail_msg("%s\n%u:%u %s", sql, why.line, why.column, why.text);
    }
    return p;
}

/* ---- golden plans ---------------------------------------------------- */

static json_t *load(const char *path)
{
    sc_buf text = {0};
    sc_fault why;
    json_t *o;

    CHECK_OK(sc_file_read(&text, path, 1 << 20, &why));
    o = json_loadb((const char *)text.p, text.len, JSON_REJECT_DUPLICATES,
                   NULL);
    if (o == NULL) {
        fail_msg("%s is not JSON", path);
    }
    sc_buf_clear(&text);
    return o;
}

static void check_golden(const fixture *f, const char *path)
{
    static const char *const left_out[] = {"job", "leaks", "owners", "results"};
    json_t *golden = load(path), *plan = NULL;
    sc_plan *p = make(f, json_string_value(json_object_get(golden, "sql")));
    sc_fault why;

    CHECK_OK(
        sc_json_parse_canonical(&plan, sc_buf_bytes(&p->text), 1 << 22, &why));
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
        assert_non_null(json_object_get(plan, left_out[i]));
        (void)json_object_del(plan, left_out[i]);
    }
    if (!json_equal(plan, json_object_get(golden, "plan"))) {
        char *text = json_dumps(plan, JSON_INDENT(1) | JSON_SORT_KEYS);

        fail_msg("%s: the plan is now\n%s", path, text);
    }
    json_decref(golden);
    json_decref(plan);
    sc_plan_free(&p);
}

static void test_golden(void **state)
{
    static const char dir[] = "tests/data/plans";
    char **names;
    size_t n_names;
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    CHECK_OK(sc_dir_list(&names, &n_names, dir, &why));
    assert_true(n_names >= 15);
    for (size_t i = 0; i < n_names; i++) {
        char *path = sc_path_join(dir, names[i]);

        assert_non_null(path);
        check_golden(&f, path);
        sc_free(path);
    }
    sc_free(names);
}

/* ---- bounds ---------------------------------------------------------- */

/* Word by word: the largest |max_rows| that fits, and one more that does not. */
static void test_overflow(void **state)
{
    sc_plan *p = NULL;
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    f.people[SCORE].min = -1;
    f.people[SCORE].max = 1;
    /* 2^59 * 2^59 * rows * 3 owners < 2^126: rows <= 85 */
    f.people[HUGE].min = -(INT64_C(1) << 59);
    f.people[HUGE].max = INT64_C(1) << 59;
    f.tables[0].max_rows = 85;
    p = make(&f, "SELECT SUM(huge * huge) FROM people");
    assert_int_equal(126, p->opened[p->n_opened - 1].bits);
    assert_int_equal(119, p->sums[p->n_sums - 1].bits);
    sc_plan_free(&p);
    f.tables[0].max_rows = 86;
    CHECK_ERR(SC_E_REFUSED,
              fixture_plan(&p, &f, "SELECT SUM(huge * huge) FROM people",
                           &why));
    /* a constant in a product counts: |x y + 2^59 y| is twice as much */
    f.tables[0].max_rows = 43;
    CHECK_ERR(
        SC_E_REFUSED,
        fixture_plan(&p, &f,
                     "SELECT SUM((huge + 576460752303423488) * huge) FROM "
                     "people",
                     &why));
    f.tables[0].max_rows = 42;
    p = make(&f, "SELECT SUM((huge + 576460752303423488) * huge) FROM people");
    sc_plan_free(&p);
    /* so does the scale of a decimal beside it: 2^59 * 100 */
    f.tables[0].max_rows = UINT64_C(1) << 40;
    p = make(&f, "SELECT SUM(huge + income) FROM people");
    assert_int_equal(2, p->opened[1 + 1].scale);
    assert_true(p->opened[2].bits == 59 + 7 + 40 + 2);
    sc_plan_free(&p);
}

static void test_zero_column(void **state)
{
    sc_plan *p;
    fixture f;

    (void)state;
    fixture_init(&f);
    f.people[SCORE].min = f.people[SCORE].max = 0;
    p = make(&f, "SELECT SUM(score), SUM(score * score) FROM people");
    assert_int_equal(0, p->opened[p->n_opened - 1].bits);
    sc_plan_free(&p);
}

/* ---- thresholds ------------------------------------------------------ */

static void test_thresholds(void **state)
{
    sc_plan *p;
    fixture f;

    (void)state;
    fixture_init(&f);
    /* six values on the cell of CORR, one on that of COUNT(*) */
    p = make(&f, "SELECT COUNT(*), CORR(age, debt) FROM people");
    assert_int_equal(2, p->n_supports);
    assert_int_equal(1, p->supports[0].n_opened);
    assert_int_equal(10, p->supports[0].threshold);
    assert_int_equal(6, p->supports[1].n_opened);
    assert_int_equal(12, p->supports[1].threshold);
    sc_plan_free(&p);
    f.c.rules.min_group = 25;
    p = make(&f, "SELECT COUNT(*), CORR(age, debt) FROM people");
    assert_int_equal(25, p->supports[1].threshold);
    sc_plan_free(&p);
    f.c.rules.min_group = 1;
    p = make(&f, "SELECT COUNT(*), CORR(age, debt) FROM people");
    assert_int_equal(1, p->supports[0].threshold);
    assert_int_equal(1, p->supports[1].threshold);
    sc_plan_free(&p);
}

/* ---- digests --------------------------------------------------------- */

static void plan_digests(uint8_t plan[32], uint8_t query[32], const fixture *f,
                         const char *sql, int64_t time, uint8_t id)
{
    char copy[400];
    sc_job job = {.asker = 1, .results = 2, .time = time, .not_after = 9};
    sc_plan *p = NULL;
    uint8_t again[32];
    sc_fault why;

    strcpy(copy, sql);
    job.id[0] = id;
    job.sql = copy;
    CHECK_OK(sc_plan_make(&p, &job, &f->c, &why));
    memcpy(plan, p->digest, 32);
    memcpy(query, p->query_digest, 32);
    sc_sha256(again, sc_buf_bytes(&p->text));
    CHECK_BYTES(p->digest, again, 32);
    sc_plan_free(&p);
}

static void test_digests(void **state)
{
    static const char sql[] = "SELECT AVG(age) FROM people WHERE age < 30";
    static const char spaced[] =
        "select  avg( people.age )\n from people where NOT (30 <= age) -- x";
    static const char other[] = "SELECT AVG(age) FROM people WHERE age < 45";
    uint8_t plan[5][32], query[5][32];
    fixture f;

    (void)state;
    fixture_init(&f);
    plan_digests(plan[0], query[0], &f, sql, 5, 1);
    plan_digests(plan[1], query[1], &f, sql, 5, 1);
    plan_digests(plan[2], query[2], &f, sql, 6, 2);
    plan_digests(plan[3], query[3], &f, spaced, 5, 1);
    plan_digests(plan[4], query[4], &f, other, 5, 1);
    CHECK_BYTES(plan[0], plan[1], 32);
    assert_memory_not_equal(plan[0], plan[2], 32); /* another job */
    assert_memory_not_equal(plan[0], plan[3], 32); /* another text */
    CHECK_BYTES(query[0], query[2], 32);
    CHECK_BYTES(query[0], query[3], 32);
    assert_memory_not_equal(query[0], query[4], 32);
}

/* ---- what owners' rules read ----------------------------------------- */

static void test_uses(void **state)
{
    sc_plan *p;
    fixture f;

    (void)state;
    fixture_init(&f);
    p = make(
        &f, "SELECT region, STDDEV_SAMP(age), VAR_SAMP(debt) FILTER (WHERE "
            "member), COUNT(born) FROM people WHERE score < 5 AND EXTRACT(year "
            "FROM born) = 1999 GROUP BY region, CASE WHEN age < 18 THEN 'a' "
            "END HAVING SUM(income) > 5");
    assert_int_equal(SC_USE_GROUP, p->uses[REGION]);
    assert_int_equal(0, p->uses[KIND]);
    assert_int_equal(SC_USE_FILTER, p->uses[MEMBER]);
    assert_int_equal(SC_USE_GROUP | SC_USE_AGGREGATE, p->uses[AGE]);
    assert_int_equal(SC_USE_FILTER, p->uses[SCORE]);
    assert_int_equal(SC_USE_AGGREGATE, p->uses[INCOME]);
    assert_int_equal(SC_USE_AGGREGATE, p->uses[DEBT]);
    assert_int_equal(SC_USE_FILTER | SC_USE_AGGREGATE, p->uses[BORN]);
    assert_int_equal(0, p->uses[HUGE]);
    assert_int_equal(4, p->n_functions);
    CHECK_STR(p->functions[0], "count");
    CHECK_STR(p->functions[1], "stddev");
    CHECK_STR(p->functions[2], "sum");
    CHECK_STR(p->functions[3], "variance");
    sc_plan_free(&p);
    p = make(&f, "SELECT region FROM people GROUP BY 1");
    assert_int_equal(1, p->n_functions);
    CHECK_STR(p->functions[0], "count");
    sc_plan_free(&p);
    CHECK_STR(sc_function_find("var_samp")->canonical, "variance");
    CHECK_STR(sc_function_find("corr")->canonical, "corr");
    assert_null(sc_function_find("COUNT"));
    assert_null(sc_function_find("max"));
}

/* ---- parties --------------------------------------------------------- */

static void test_parties(void **state)
{
    char sql[] = "SELECT SUM(n) FROM pair";
    sc_job job = {.asker = 3, .results = 1u << 2 | 1u << 3, .sql = sql};
    sc_plan *p = NULL;
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    f.c.rules.two_party_exact = 1;
    CHECK_OK(sc_plan_make(&p, &job, &f.c, &why));
    assert_int_equal(3, p->owners);
    assert_int_equal(12, p->results);
    assert_int_equal(15, p->job_parties);
    sc_plan_free(&p);
    job.results = 0;
    CHECK_ERR(SC_E_ARG, sc_plan_make(&p, &job, &f.c, &why));
    job.results = 1u << 4; /* there is no fifth party */
    CHECK_ERR(SC_E_ARG, sc_plan_make(&p, &job, &f.c, &why));
}

/* ---- words ----------------------------------------------------------- */

static int says(char *const *lines, size_t n, const char *words)
{
    for (size_t i = 0; i < n; i++) {
        if (strstr(lines[i], words) != NULL) {
            return 1;
        }
    }
    return 0;
}

static void test_leaks(void **state)
{
    sc_plan *p;
    fixture f;

    (void)state;
    fixture_init(&f);
    p = make(&f,
             "SELECT region, AVG(age) FROM people WHERE debt < 5.5 GROUP BY "
             "region HAVING COUNT(*) > 5");
    assert_int_equal(2, p->n_reveals);
    CHECK_STR(p->reveals[0], "to bob, per region, of the rows that pass WHERE: "
                             "their number "
                             "(noise where an owner has 1 to 9)");
    CHECK_STR(p->reveals[1],
              "to bob, per region, of the rows that pass WHERE with "
              "age: their number; sum of age (noise where an owner has 1 "
              "to 9)");
    assert_true(says(p->leaks, p->n_leaks, "all 5 possible groups (region)"));
    assert_true(says(p->leaks, p->n_leaks, "alice, bob and carol compute"));
    assert_true(says(p->leaks, p->n_leaks, "ticks of 20 ms * 1.5^j"));
    assert_true(says(p->leaks, p->n_leaks, "consented or refused"));
    assert_true(says(p->leaks, p->n_leaks, "that owner's own figure"));
    assert_true(says(p->leaks, p->n_leaks, "which cells are suppressed"));
    assert_true(says(p->leaks, p->n_leaks, "only shape what is printed"));
    assert_true(says(p->leaks, p->n_leaks, "debt has cuts: any"));
    sc_plan_free(&p);
    f.c.rules.min_group = 1;
    f.c.rules.two_party_exact = 1;
    p = make(&f, "SELECT SUM(n) FROM pair");
    CHECK_STR(p->reveals[1], "to bob, in all, of the rows with n: their "
                             "number; sum of n");
    assert_true(says(p->leaks, p->n_leaks, "nothing is suppressed"));
    assert_true(says(p->leaks, p->n_leaks, "two_party_exact"));
    assert_false(says(p->leaks, p->n_leaks, "possible groups"));
    assert_false(says(p->leaks, p->n_leaks, "only shape"));
    assert_false(says(p->leaks, p->n_leaks, "cuts: any"));
    sc_plan_free(&p);
}

static void test_explain(void **state)
{
    static const char *const parts[] = {"1. At each owner",
                                        "where      age >= 30",
                                        "group by   region: 5 groups with NULL",
                                        "2. Masked sum",
                                        "masked-sum/1",
                                        "semi-honest",
                                        "up to 1 of 3 owners",
                                        "3. Receipt",
                                        "4. Opened",
                                        "to bob, per region",
                                        "What else is learnt",
                                        "own figure",
                                        "Cost",
                                        "about 39 ms on links of 0.5 ms"};
    sc_plan *p;
    sc_buf text = {0};
    const char *at;
    fixture f;

    (void)state;
    fixture_init(&f);
    p = make(&f, "EXPLAIN SELECT AVG(income) FROM people WHERE age >= 30 GROUP "
                 "BY region");
    assert_true(p->is_explain);
    CHECK_OK(sc_plan_explain(&text, p, &f.c, 0.5));
    CHECK_OK(sc_buf_terminate(&text));
    at = (const char *)text.p;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        at = strstr(at, parts[i]);
        if (at == NULL) {
            fail_msg("no \"%s\" in\n%s", parts[i], (const char *)text.p);
        }
    }
    for (const char *line = (const char *)text.p; *line != '\0';) {
        size_t len = strcspn(line, "\n");

        assert_true(len < 80);
        line += len + (line[len] == '\n');
    }
    sc_buf_reset(&text);
    CHECK_OK(sc_plan_explain(&text, p, &f.c, -1));
    CHECK_OK(sc_buf_terminate(&text));
    assert_non_null(strstr((const char *)text.p, "unknown: no link"));
    sc_buf_clear(&text);
    sc_plan_free(&p);
}

/* ---- parts ----------------------------------------------------------- */

/* Three regions that are apart are found as parts of the whole, whatever other
 * filters overlap them. */
static void test_parts(void **state)
{
    fixture f;
    sc_plan *p;
    size_t n_found = 0;

    (void)state;
    fixture_init(&f);
    p = make(&f, "SELECT COUNT(*) FILTER (WHERE region IN ('west', 'south')), "
                 "COUNT(*) FILTER (WHERE region IN ('west', 'north')), "
                 "COUNT(*) FILTER (WHERE region = 'east'), "
                 "COUNT(*) FILTER (WHERE region = 'north'), "
                 "COUNT(*) FILTER (WHERE region = 'south') FROM people");
    for (size_t i = 0; i < p->n_margins; i++) {
        const sc_margin *m = &p->margins[i];
        unsigned regions = 0;

        assert_int_equal(0, m->support);
        for (size_t k = 0; k < m->n_parts; k++) {
            const sc_pred *filter = p->sums[m->parts[k]].filter;

            for (size_t v = 0; v < filter->n_values; v++) {
                unsigned bit = 1u << filter->values[v];

                assert_int_equal(0, regions & bit); /* in two parts */
                regions |= bit;
            }
        }
        n_found += regions == 7; /* north, south, east: not west */
    }
    assert_int_equal(1, n_found);
    sc_plan_free(&p);
}

/* ---- dates ----------------------------------------------------------- */

static void test_days_from_a_date(void **state)
{
    static const char *const same[][2] = {
        {"born < DATE '1990-01-11' - 10", "born < DATE '1990-01-01'"},
        {"born >= 1 + DATE '1989-12-31'", "born >= DATE '1990-01-01'"},
        {"seen < DATE '2021-03-31' + 1", "seen < TIMESTAMP '2021-04-01'"},
    };
    char sql[200];
    fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        sc_plan *p[2];

        for (size_t j = 0; j < 2; j++) {
            (void)snprintf(sql, sizeof sql,
                           "SELECT COUNT(*) FROM people WHERE %s", same[i][j]);
            p[j] = make(&f, sql);
        }
        CHECK_BYTES(p[0]->query_digest, p[1]->query_digest, 32);
        sc_plan_free(&p[0]);
        sc_plan_free(&p[1]);
    }
}

/* ---- cost ------------------------------------------------------------ */

static void test_cost(void **state)
{
    sc_plan *p;
    size_t payload;
    fixture f;

    (void)state;
    fixture_init(&f);
    p = make(&f, "SELECT AVG(income) FROM people GROUP BY debt");
    payload = 16 * sc_plan_vector_len(p);
    /* 20,002 cells of five values in two chunks: little beside the payload */
    assert_int_equal(16 * 20002 * 5, payload);
    assert_true(p->share_bytes > payload);
    assert_true(p->share_bytes < payload + 2 * 200);
    assert_true(p->owner_bytes > 600 && p->owner_bytes < 1200);
    assert_true(p->other_bytes < p->owner_bytes - 60);
    /* alice, bob, carol own rows, bob gets the result, dave is not here */
    assert_int_equal(p->owner_bytes, sc_plan_link_bytes(p, 0, 2));
    assert_int_equal(p->owner_bytes + p->share_bytes,
                     sc_plan_link_bytes(p, 0, 1));
    assert_int_equal(p->owner_bytes + p->received_bytes,
                     sc_plan_link_bytes(p, 1, 0));
    assert_int_equal(1, p->rounds);
    sc_plan_free(&p);
    f.tables[0].max_rows = 10;
    {
        sc_fault why;

        /* 20,002 cells * 2 regions ... of 65,536, with 100 values each */
        CHECK_ERR(
            SC_E_REFUSED,
            fixture_plan(
                &p, &f,
                "SELECT CORR(age, score), CORR(age, income), CORR(age, "
                "floor), CORR(score, income), CORR(score, floor), "
                "CORR(income, floor), CORR(debt, age), CORR(debt, score), "
                "CORR(debt, income), CORR(debt, floor), CORR(age, score) "
                "FILTER (WHERE member), CORR(age, income) FILTER (WHERE "
                "member), CORR(age, floor) FILTER (WHERE member), "
                "CORR(score, income) FILTER (WHERE member), CORR(score, "
                "floor) FILTER (WHERE member), COUNT(*) FROM people GROUP "
                "BY debt, member",
                &why));
        assert_non_null(strstr(why.text, "more than 4194304"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_days_from_a_date),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_zero_column),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_uses),
        cmocka_unit_test(test_parties),
        cmocka_unit_test(test_leaks),
        cmocka_unit_test(test_explain),
        cmocka_unit_test(test_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
