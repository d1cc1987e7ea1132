/* tests/unit/test_engine_files.c: the formats: CSV as people and enemies write
 * it, JSON, Parquet, several files at once. */
#include "tests/unit/engine_fixture.h"

#include "data/duckdb_api.h"

static char *colours[] = {"red", "dark blue"};
static sc_column columns[3];

static sc_table table3(void)
{
    columns[0] = category("colour", colours, 2);
    columns[1] = col("n", SC_T_INTEGER, -1000, 1000);
    columns[2] = decimal("price", 2, 0, 100000);
    return table_of("t", columns, 3);
}

/* Rows, and the sums of n, of price and of n where the colour is dark blue. */
static sc_err totals(place *p, const sc_asset *a, sc_i128 got[static 4])
{
    int64_t value = 1;
    sc_pred blue = {.kind = SC_P_IN, .values = &value, .n_values = 1};
    sc_local_sum sums[] = {{NULL, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 2, 1, SC_NO_COLUMN, 10},
                           {NULL, 4, 2, SC_NO_COLUMN, 20},
                           {&blue, 2, 1, SC_NO_COLUMN, 10}};
    sc_fragment f = {p->source.table, NULL, NULL, 0, sums, 4};

    return place_run(p, a, &f, got);
}

static void check_place(place *p, int64_t n_rows, int64_t n, int64_t price,
                        int64_t blue)
{
    sc_i128 got[4];
    sc_asset a;

    place_open(p);
    a = place_asset(p);
    CHECK_U64(a.report.n_violations, 0);
    CHECK_OK(totals(p, &a, got));
    if (got[0] != n_rows || got[1] != n || got[2] != price || got[3] != blue) {
        print_error("got %lld %lld %lld %lld\n", (long long)got[0],
                    (long long)got[1], (long long)got[2], (long long)got[3]);
        fail();
    }
    place_close(p);
}

/* The file as text: as it should be, rows (1, 1.50), (-2, 20.25), (3, NULL), of
 * which the last two are dark blue. */
static void check_good(const char *dir, const char *name, const char *text)
{
    sc_table t = table3();
    place p;

    place_init(&p, dir, name, text, &t);
    check_place(&p, 3, 2, 2175, 1);
}

/* Not readable, and the owner is told with these words. */
static void check_bad(const char *dir, const char *name, const char *text,
                      const char *words)
{
    sc_table t = table3();
    sc_asset a;
    place p;

    place_init(&p, dir, name, text, &t);
    place_open(&p);
    memset(&p.why, 0, sizeof p.why);
    CHECK_ERR(SC_E_CORRUPT, sc_engine_asset(p.engine, 0, &a,
                                            sc_clock_ms() + WAIT_MS, &p.why));
    if (strstr(p.why.text, words) == NULL) {
        print_error("%s\n", p.why.text);
        fail();
    }
    place_close(&p);
}

/* ---- CSV as people write it ------------------------------------------------ */

static void test_csv(void **state)
{
    check_good(
        *state, "a.csv",
        "n,colour,price\n1,red,1.50\n-2,dark blue,20.25\n3,dark blue,\n");
    check_good(*state, "a.csv", /* no end of line, other order, other columns */
               "x,PRICE,y,Colour,N\n,1.50,,red,1\n\"q\"\"q\",20.25,,dark "
               "blue,-2\n,NA,z,dark blue,3");
    check_good(*state, "a.csv", /* Windows, byte order mark, quotes all over */
               "\xef\xbb\xbf\"colour\",\"n\",\"price\"\r\n\"red\",\"1\",\"1.5\""
               "\r\n\"dark blue\",\"-2\",\"20.25\"\r\n\"dark blue\",\"3\",\"\""
               "\r\n");
    check_good(*state, "a.csv", /* half of Europe */
               "colour;n;price\nred;1;1.50\ndark blue;-2;20.25\ndark "
               "blue;3;NA\n");
    check_good(*state, "a.tsv",
               "colour\tn\tprice\nred\t1\t1.50\ndark blue\t-2\t20.25\ndark "
               "blue\t3\t\n");
    check_good(*state, "A.TXT",
               "colour|n|price\nred|1|1.50\ndark blue|-2|20.25\ndark "
               "blue|3|\n");
    check_good(*state, "a.csv", /* row names of R; a name twice, not needed */
               "\"\",\"colour\",\"n\",\"price\",\"z\",\"z\"\n\"1\",red,1,1.50,,"
               "\n\"2\",dark blue,-2,20.25,,\n\"3\",dark blue,3,,1,2\n");
    check_good(*state, "a.csv", /* delimiters and line ends inside quotes */
               "note,colour,n,price\n\"a,b;c\n d\",red,1,1.50\n\"\n\",dark "
               "blue,-2,20.25\n\"\"\"\",dark blue,3,\n");
}

/* Far more lines than one buffer or thread of the reader takes. */
static void test_long_csv(void **state)
{
    enum { N = 200000 };
    sc_table t = table3();
    sc_buf text = {0};
    place p;

    CHECK_OK(sc_buf_put_str(&text, "n,price,colour,filler\n"));
    for (size_t i = 0; i < N; i++) {
        CHECK_OK(
            sc_buf_put_str(&text, i % 2 == 0
                                      ? "2,0.50,red,\"some, \"\"text\"\"\"\n"
                                      : "-1,1,dark blue,\n"));
    }
    CHECK_OK(sc_buf_terminate(&text));
    place_init(&p, *state, "a.csv", (const char *)text.p, &t);
    check_place(&p, N, N / 2, N / 2 * 150, -N / 2);
    sc_buf_clear(&text);
}

/* ---- CSV as enemies write it ------------------------------------------------ */

static void test_broken_csv(void **state)
{
    static const char head[] = "colour,n,price\n";
    sc_buf text = {0};

    check_bad(*state, "a.csv", "", "a.csv: it is empty");
    check_bad(*state, "a.csv", "\n\n", "first line is blank");
    check_bad(*state, "a.csv", "colour,n\nred,1\n",
              "no column \"price\" of table t in the first line, which is: "
              "colour,n");
    check_bad(*state, "a.csv", "colour,n,price,n\nred,1,1,1\n",
              "more than one column \"n\"");
    check_bad(*state, "a.csv", "red,1,1.50\n", "no column \"colour\"");
    check_bad(*state, "a.csv", "colour,n,price\nred,1,1.50\nred,1\n",
              "a.csv: line 3 cannot be read: it has another number of fields "
              "than the first line (DuckDB: \"Invalid Input Error: CSV Error "
              "on Line: 3: Expected Number of Columns: 3 Found: 2\")");
    check_bad(*state, "a.csv", "colour,n,price\nred,1,1.50\nred,1,1,1\n",
              "Line: 3");
    check_bad(*state, "a.csv", "colour,n,price\nred,1,\"1.50\nred,1,1\n",
              "unterminated");
    check_bad(*state, "a.csv", "colour,n,price\nred,1,\"1\"50\n", "Line: 2");
    check_bad(*state, "a.csv",
              "colour,n,price\nr\xff\xfe"
              "d,1,1\n",
              "unicode");
    check_bad(*state, "a.bin", "colour,n,price\nred,1,1\n", "not .csv");
    check_bad(*state, "a.csv.gz", "colour,n,price\nred,1,1\n", "");
    CHECK_OK(sc_buf_put_str(&text, head)); /* a line without an end */
    for (size_t i = 0; i < 3000000; i++) {
        CHECK_OK(sc_buf_put_u8(&text, 'x'));
    }
    CHECK_OK(sc_buf_terminate(&text));
    check_bad(*state, "a.csv", (const char *)text.p, "Maximum line size");
    sc_buf_reset(&text); /* columns without an end */
    for (size_t i = 0; i < 5000; i++) {
        CHECK_OK(sc_buf_put_str(&text, "x,"));
    }
    CHECK_OK(sc_buf_put_str(&text, "colour,n,price\n"));
    CHECK_OK(sc_buf_terminate(&text));
    check_bad(*state, "a.csv", (const char *)text.p, "more than 4096 columns");
    sc_buf_clear(&text);
}

static void test_odd_values(void **state)
{
    sc_table t = table3();
    sc_buf text = {0};
    sc_asset a;
    place p;

    /* a field of a megabyte, one with a NUL, escapes of a terminal: values that
     * are none, but no more than that */
    CHECK_OK(sc_buf_put_str(&text, "colour,n,price\n"));
    for (size_t i = 0; i < 1000000; i++) {
        CHECK_OK(sc_buf_put_u8(&text, 'x'));
    }
    CHECK_OK(sc_buf_put_str(&text, ",1,1\nr"));
    CHECK_OK(sc_buf_put_u8(&text, 0));
    CHECK_OK(sc_buf_put_str(&text, "ed,\x1b[2J,1e999\nred,1,1\n"));
    place_init(&p, *state, "a.csv", NULL, &t);
    CHECK_OK(sc_file_replace(p.path, sc_buf_bytes(&text), 0600, NULL));
    place_open(&p);
    a = place_asset(&p);
    CHECK_U64(a.report.n_rows, 3);
    CHECK_U64(a.report.n_category[0], 2);
    CHECK_U64(a.report.n_unreadable[1], 1);
    CHECK_U64(a.report.n_range[2], 1);
    CHECK(!a.is_usable);
    place_close(&p);
    sc_buf_clear(&text);
}

/* ---- JSON ------------------------------------------------------------------- */

static void test_json(void **state)
{
    sc_table t = table3();
    sc_asset a;
    place p;

    check_good(*state, "a.json",
               "[{\"colour\": \"red\", \"n\": 1, \"price\": 1.50},\n"
               " {\"n\": -2, \"colour\": \"dark blue\", \"price\": \"20.25\"},"
               " {\"n\": 3, \"colour\": \"dark blue\", \"x\": [1, {}]}]\n");
    check_good(*state, "a.jsonl",
               "{\"colour\": \"red\", \"n\": 1, \"price\": 1.5}\n"
               "{\"n\": -2, \"colour\": \"dark blue\", \"price\": 20.25}\n"
               "{\"n\": 3, \"colour\": \"dark blue\", \"price\": null}\n");
    check_good(
        *state, "a.ndjson",
        "{\"colour\": \"red\", \"n\": 1, \"price\": \"1.5\"}\n"
        "{\"n\": \"-2\", \"colour\": \"dark blue\", \"price\": 2.025e1}\n"
        "{\"n\": 3, \"colour\": \"dark blue\", \"price\": \"NA\"}\n");
    place_init(&p, *state, "a.json",
               "[{\"colour\": 7, \"n\": true, \"price\": {\"a\": 1}},"
               " {\"colour\": \"Red\", \"n\": 1.5, \"price\": -1}]",
               &t);
    place_open(&p);
    a = place_asset(&p);
    CHECK_U64(a.report.n_category[0], 2);
    CHECK_U64(a.report.n_unreadable[1], 1);
    CHECK_U64(a.report.n_digits[1], 1);
    CHECK_U64(a.report.n_unreadable[2], 1);
    CHECK_U64(a.report.n_range[2], 1);
    place_close(&p);
    check_bad(*state, "a.json", "[{\"colour\": \"red\", ", "");
    check_bad(*state, "a.json", "{\"colour\": \"red\", \"n\": 1]}", "");
    check_bad(*state, "a.json", "not json at all", "");
}

/* ---- Parquet and several files ----------------------------------------------- */

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

static void test_parquet(void **state)
{
    static const char *const selects[] = {
        "SELECT * FROM (VALUES ('red', 1, 1.50), ('dark blue', -2, 20.25), "
        "('dark blue', 3, NULL)) v(colour, n, price)",
        "SELECT CAST(colour AS ENUM('dark blue', 'red')) AS colour, CAST(n AS "
        "TINYINT) AS N, CAST(price AS DOUBLE) AS Price, 1 AS other FROM "
        "(VALUES "
        "('red', 1, 1.50), ('dark blue', -2, 20.25), ('dark blue', 3, NULL)) "
        "v(colour, n, price)",
        "SELECT colour, CAST(n AS VARCHAR) AS n, CAST(price AS VARCHAR) AS "
        "price "
        "FROM (VALUES ('red', 1, '1.5'), ('dark blue', -2, '20.25'), ('dark "
        "blue', 3, 'NA')) v(colour, n, price)",
    };
    sc_table t = table3();
    place p;

    for (size_t i = 0; i < sizeof selects / sizeof *selects; i++) {
        place_init(&p, *state, "a.parquet", NULL, &t);
        write_parquet(p.path, selects[i]);
        check_place(&p, 3, 2, 2175, 1);
    }
    write_parquet(p.path,
                  "SELECT 'red' AS colour, DATE '2026-01-01' AS n, 1 AS "
                  "price");
    check_bad(*state, "a.parquet", NULL, "cannot be integer");
    write_parquet(p.path, "SELECT 'red' AS colour, 1 AS n");
    check_bad(*state, "a.parquet", NULL,
              "no column \"price\" of table t; it has: colour, n");
    check_bad(*state, "b.parquet", "PAR1 and nothing else PAR1",
              "it cannot be read: it is not a Parquet file (DuckDB: \"");
    check_bad(*state, "b.parquet", "", "it is not a Parquet file");
}

static void test_several_files(void **state)
{
    sc_table t = table3();
    char paths[3][600];
    const char *files[] = {paths[0], paths[1], paths[2]};
    char sql[2500];
    place p;

    (void)snprintf(paths[0], 600, "%s/a=1,b.csv", (char *)*state);
    (void)snprintf(paths[1], 600, "%s/b.json", (char *)*state);
    (void)snprintf(paths[2], 600, "%s/c.parquet", (char *)*state);
    place_init(&p, *state, "a=1,b.csv", "price,n,colour\n1.50,1,red\n", &t);
    sc_folder_write(*state, "b.json",
                    "{\"n\": -2, \"colour\": \"dark blue\", \"price\": 20.25}");
    write_parquet(paths[2], "SELECT 'dark blue' AS colour, 3 AS n, "
                            "CAST(NULL AS DOUBLE) AS price");
    p.source.files = files;
    p.source.n_files = 3;
    check_place(&p, 3, 2, 2175, 1);
    (void)snprintf(sql, sizeof sql,
                   "SELECT colour, n, price FROM '%s' UNION ALL BY NAME SELECT "
                   "colour, n, price FROM '%s' UNION ALL BY NAME SELECT * FROM "
                   "'%s'",
                   paths[0], paths[1], paths[2]);
    p.source.sql = sql;
    check_place(&p, 3, 2, 2175, 1);
}

/* Two tables at once, each with its own types and views. */
static void test_two_tables(void **state)
{
    static char *others[] = {"x", "y"};
    sc_column two[] = {category("colour", others, 2)};
    sc_table t = table3(), u = table_of("u", two, 1);
    sc_local_sum sums[] = {{NULL, 1, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 1, 0, SC_NO_COLUMN, 1}};
    sc_fragment f = {&u, NULL, NULL, 0, sums, 2};
    sc_source sources[2];
    sc_engine_config c = {.sources = sources,
                          .n_sources = 2,
                          .program = "/proc/self/exe",
                          .threads = 1,
                          .memory_mb = 256};
    sc_i128 got[4];
    sc_asset a, b;
    place p, q;

    place_init(&p, *state, "t.csv", "colour,n,price\nred,5,1\n", &t);
    place_init(&q, *state, "u.csv", "colour\ny\ny\nx\n\"\"\n", &u);
    sources[0] = p.source;
    sources[1] = q.source;
    CHECK_OK(sc_engine_new(&p.engine, &c, &p.why));
    CHECK_OK(sc_engine_asset(p.engine, 1, &b, SC_NO_DEADLINE, &p.why));
    CHECK_OK(sc_engine_asset(p.engine, 0, &a, SC_NO_DEADLINE, &p.why));
    CHECK_OK(totals(&p, &a, got));
    CHECK(got[0] == 1 && got[1] == 5 && got[2] == 100 && got[3] == 0);
    CHECK_OK(
        sc_engine_run(p.engine, 1, b.digest, &f, got, SC_NO_DEADLINE, &p.why));
    CHECK(got[0] == 3 && got[1] == 2);
    CHECK_ERR(SC_E_STATE, sc_engine_run(p.engine, 1, a.digest, &f, got,
                                        SC_NO_DEADLINE, &p.why));
    place_close(&p);
}

int main(int argc, char **argv)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_csv),           TEST(test_long_csv),   TEST(test_broken_csv),
        TEST(test_odd_values),    TEST(test_json),       TEST(test_parquet),
        TEST(test_several_files), TEST(test_two_tables),
    };

    be_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
