/* tests/unit/test_report.c: the owner is told which value is bad, and where. */
#include "data/duckdb_api.h"
#include "data/report.h"
#include "tests/unit/engine_fixture.h"

static char *roles[] = {"nurse", "clerk"};
static sc_column columns[3];

static sc_table wages(void)
{
    columns[0] = category("role", roles, 2);
    columns[1] = col("age", SC_T_INTEGER, 16, 80);
    columns[2] = decimal("wage", 2, 0, 2000000);
    return table_of("wages", columns, 3);
}

/* ---- words ------------------------------------------------------------- */

static void check_head(sc_bad_values rule, int is_usable, sc_asset_report r,
                       const char *expected)
{
    sc_table t = wages();
    sc_source s = {.table = &t, .bad_values = rule};
    sc_asset a = {.report = r, .is_usable = is_usable};
    char out[300];

    sc_report_print(out, sizeof out, &s, &a);
    CHECK_STR(out, expected);
}

static void test_head(void **state)
{
    sc_asset_report good = {.n_rows = 90};
    sc_asset_report bad = {.n_rows = 1, .n_violations = 1};

    (void)state;
    check_head(SC_BAD_REJECT, 1, good, "90 rows, 0 values outside the schema");
    check_head(SC_BAD_REJECT, 0, bad,
               "1 row, 1 value outside the schema: not used (bad_values: "
               "reject)");
    check_head(SC_BAD_SKIP, 1, bad,
               "1 row, 1 value outside the schema: their rows are left out "
               "(bad_values: skip)");
    check_head(SC_BAD_CLAMP, 1, bad,
               "1 row, 1 value outside the schema: each counts as the bound "
               "(bad_values: clamp)");
    good.n_rows = 1000001;
    check_head(SC_BAD_SKIP, 0, good,
               "1000001 rows, more than max_rows 1000000: not used; 0 values "
               "outside the schema");
}

static void check_column(sc_bad_place bad, sc_asset_report r,
                         const char *expected)
{
    static const char *const files[] = {"/data/w1.csv", "/data/w2.parquet"};
    sc_table t = wages();
    sc_source s = {.table = &t, .files = files, .n_files = 2};
    sc_asset a = {.report = r};
    char out[400], first[400];

    a.report.first[2] = bad;
    sc_report_print_column(out, sizeof out, &s, &a, 2);
    CHECK_STR(out, expected);
    sc_report_print_first(first, sizeof first, &s, &a);
    CHECK_STR(first, expected);
    sc_report_print_column(out, sizeof out, &s, &a, 1);
    CHECK_STR(out, "");
}

/* What stands there may be anything: it comes out printable, and short. */
static void test_column(void **state)
{
    sc_asset_report r = {.n_rows = 90, .n_unreadable = {0, 0, 1}};
    sc_bad_place p = {.row = 4,
                      .line = 5,
                      .state = SC_CELL_UNREADABLE,
                      .value = "abc",
                      .n_value = 3};

    (void)state;
    check_column(p, r,
                 "w1.csv: data row 4 (line 5): wage 'abc' is unreadable; 1 "
                 "such value in 90 rows");
    memcpy(p.value, "\x1b[2J'\\\n\xc3\xbc", 9);
    p.n_value = 9;
    p.line = 0;
    p.file = 1;
    r.n_unreadable[2] = 2;
    check_column(
        p, r,
        "w2.parquet: row 4: wage '\\x1b[2J\\x27\\x5c\\x0a\\xc3\\xbc' is "
        "unreadable; 2 such values in 90 rows");
    memset(p.value, 'x', sizeof p.value);
    p.n_value = sizeof p.value;
    p.file = 77; /* of a child that lies */
    r.n_range[2] = 1;
    check_column(p, r,
                 "row 4: wage 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'... is "
                 "unreadable; 2 unreadable, 1 out of range in 90 rows");
    p.row = 0;
    check_column(p, r, "wage: 2 unreadable, 1 out of range in 90 rows");
}

/* ---- places in files --------------------------------------------------- */

/* The first bad value of each column, role, age and wage. */
static void check_places(place *p, const char *role, const char *age,
                         const char *wage)
{
    const char *const expected[] = {role, age, wage};
    sc_asset a;

    place_open(p);
    a = place_asset(p);
    for (size_t i = 0; i < 3; i++) {
        char out[400];

        sc_report_print_column(out, sizeof out, &p->source, &a, i);
        CHECK_STR(out, expected[i]);
    }
    place_close(p);
}

static void check_csv(const char *dir, const char *text, const char *role,
                      const char *age, const char *wage)
{
    sc_table t = wages();
    place p;

    columns[1].is_required = 1;
    place_init(&p, dir, "wages.csv", text, &t);
    check_places(&p, role, age, wage);
}

static void test_csv(void **state)
{
    check_csv(*state, "role,age,wage\nnurse,20,1.50\n", "", "", "");
    check_csv(*state,
              "role,age,wage\nnurse,20,1\nclerk,,2\nnurze,20,20000.01\n"
              "cook,,-1\nclerk,20,3.141\n",
              "wages.csv: data row 3 (line 4): role 'nurze' is no declared "
              "category; 2 such values in 5 rows",
              "wages.csv: data row 2 (line 3): age is missing; 2 such values "
              "in 5 rows",
              "wages.csv: data row 3 (line 4): wage '20000.01' is outside "
              "0.00..20000.00; 2 out of range, 1 with too many digits in 5 "
              "rows");
    check_csv(*state, /* records of several lines, blank lines, quotes */
              "role,note,age,wage\nnurse,\"a\n\n\"\"b\",20,1\n"
              "nurse,\"\"\"\n\",20,1\nnurse,a,20,1\n\n\nclerk,,20.5,x",
              "",
              "wages.csv: data row 4 (line 10): age '20.5' has digits behind "
              "the point; 1 such value in 4 rows",
              "wages.csv: data row 4 (line 10): wage 'x' is unreadable; 1 such "
              "value in 4 rows");
    check_csv(*state, /* Windows */
              "role;note;age;wage\r\nnurse;\"a\r\nb;\";20;1\r\n\r\n"
              "clerk;;20;-1\r\n",
              "", "",
              "wages.csv: data row 2 (line 5): wage '-1' is outside "
              "0.00..20000.00; 1 such value in 2 rows");
}

/* Of one column, a blank line is a row: of NULL. */
static void test_one_column(void **state)
{
    sc_column age = col("age", SC_T_INTEGER, 16, 80);
    sc_table t = table_of("t", &age, 1);
    char out[400];
    sc_asset a;
    place p;

    place_init(&p, *state, "ages.csv", "age\n20\n\n\n90\n", &t);
    place_open(&p);
    a = place_asset(&p);
    sc_report_print_column(out, sizeof out, &p.source, &a, 0);
    CHECK_STR(out, "ages.csv: data row 4 (line 5): age '90' is outside 16..80; "
                   "1 such value in 4 rows");
    place_close(&p);
}

/* Many buffers and threads of the reader: rows are counted in order. */
static void test_long_csv(void **state)
{
    enum { N = 400000 };
    sc_buf text = {0};

    CHECK_OK(sc_buf_put_str(&text, "filler,role,age,wage\n"));
    for (size_t i = 1; i <= N; i++) {
        CHECK_OK(sc_buf_printf(&text, "\"some, \"\"text\"\"\",nurse,%d,%s\n",
                               i == 17 ? 8 : 40,
                               i == 350000 || i > 399990 ? "1e9" : "1.50"));
    }
    CHECK_OK(sc_buf_terminate(&text));
    check_csv(*state, (const char *)text.p, "",
              "wages.csv: data row 17 (line 18): age '8' is outside 16..80; 1 "
              "such value in 400000 rows",
              "wages.csv: data row 350000 (line 350001): wage '1e9' is outside "
              "0.00..20000.00; 11 such values in 400000 rows");
    sc_buf_clear(&text);
}

static void test_several_files(void **state)
{
    sc_table t = wages();
    char other[600];
    const char *files[2];
    place p;

    sc_folder_write(*state, "b.csv", "wage;age;role\n1;40;nurse\n1;40;boss\n");
    (void)snprintf(other, sizeof other, "%s/b.csv", (char *)*state);
    place_init(&p, *state, "a.csv", "role,age,wage\nnurse,20,1\n", &t);
    files[0] = p.path;
    files[1] = other;
    p.source.files = files;
    p.source.n_files = 2;
    check_places(&p,
                 "b.csv: data row 2 (line 3): role 'boss' is no declared "
                 "category; 1 such value in 3 rows",
                 "", "");
}

static void test_select(void **state)
{
    sc_table t = wages();
    char sql[700];
    place p;

    place_init(&p, *state, "a.csv", "role,age,wage\nnurse,20,1\nclerk,7,1\n",
               &t);
    (void)snprintf(sql, sizeof sql,
                   "SELECT role, age, CAST(wage AS DECIMAL(9,3)) / 8 AS wage "
                   "FROM '%s'",
                   p.path);
    p.source.sql = sql;
    check_places(&p, "",
                 "row 2 of the SELECT: age '7' is outside 16..80; 1 such value "
                 "in 2 rows",
                 "");
}

static void test_json(void **state)
{
    sc_table t = wages();
    place p;

    place_init(&p, *state, "a.json",
               "[{\"role\": \"nurse\", \"age\": 40, \"wage\": 1},\n"
               "{\"role\": \"nurse\", \"age\": \"old\", \"wage\": 1.5}]",
               &t);
    check_places(&p, "",
                 "a.json: row 2: age 'old' is unreadable; 1 such value in 2 "
                 "rows",
                 "");
}

static void write_parquet(const char *path, const char *select)
{
    sc_duckdb_api api;
    duckdb_handle database = NULL, connection = NULL, statement = NULL;
    duckdb_result result = {0};
    char sql[1500];
    sc_fault why = {0};

    CHECK_OK(sc_duckdb_load(&api, getenv("SC_DUCKDB"), &why));
    CHECK(api.open_ext(NULL, &database, NULL, NULL) == 0);
    CHECK(api.connect(database, &connection) == 0);
    (void)snprintf(sql, sizeof sql, "COPY (%s) TO '%s' (FORMAT parquet)",
                   select, path);
    CHECK(api.prepare(connection, sql, &statement) == 0);
    CHECK(api.execute_prepared(statement, &result) == 0);
    api.destroy_result(&result);
    api.destroy_prepare(&statement);
    api.disconnect(&connection);
    api.close(&database);
}

/* Several row groups. */
static void test_parquet(void **state)
{
    sc_table t = wages();
    place p;

    place_init(&p, *state, "a.parquet", NULL, &t);
    write_parquet(p.path,
                  "SELECT 'nurse' AS role, CASE WHEN i > 299999 THEN 99 ELSE "
                  "40 END AS age, 1.5 AS wage FROM range(400000) r(i)");
    check_places(&p, "",
                 "a.parquet: row 300001: age '99' is outside 16..80; 100000 "
                 "such values in 400000 rows",
                 "");
}

int main(int argc, char **argv)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_column),
        TEST(test_csv),
        TEST(test_one_column),
        TEST(test_long_csv),
        TEST(test_several_files),
        TEST(test_select),
        TEST(test_json),
        TEST(test_parquet),
    };

    be_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
