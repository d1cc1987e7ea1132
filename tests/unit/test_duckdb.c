/* tests/unit/test_duckdb.c: DuckDB's own lock and our check of statements, each
 * without the sandbox below it. */
#include "data/duckdb.h"
#include "tests/unit/engine_fixture.h"

static sc_duckdb_api api;
static char listed[600], other[600];
static const char *files[] = {listed};
static sc_column columns[1];
static sc_table table;
static sc_source source;
static sc_engine_setup setup_of_one;
static sc_duck *duck;

static sc_err select_text(const char *sql, char *out, size_t len)
{
    sc_duck_rows rows = {0};
    sc_fault why = {0};
    sc_err err = sc_duck_select(duck, &rows, sql, &why);

    if (err == SC_OK && sc_duck_next(&rows)) {
        sc_engine_get_words(out, len, sc_duck_text(&rows, 0));
    }
    sc_duck_rows_clear(&rows);
    return err;
}

static void check_setting(const char *name, const char *expected)
{
    char sql[200], value[700] = "none";

    (void)snprintf(sql, sizeof sql,
                   "SELECT CAST(current_setting('%s') AS VARCHAR)", name);
    CHECK_OK(select_text(sql, value, sizeof value));
    CHECK_STR(value, expected);
}

static void test_settings(void **state)
{
    char paths[700];

    (void)state;
    (void)snprintf(paths, sizeof paths, "[%s]", listed);
    check_setting("allowed_paths", paths);
    check_setting("allowed_directories", "[]");
    check_setting("enable_external_access", "false");
    check_setting("lock_configuration", "true");
    check_setting("autoinstall_known_extensions", "false");
    check_setting("autoload_known_extensions", "false");
    check_setting("allow_community_extensions", "false");
    check_setting("allow_unsigned_extensions", "false");
    check_setting("allow_persistent_secrets", "false");
    check_setting("enable_external_file_cache", "false");
    check_setting("temp_directory", "");
    check_setting("TimeZone", "UTC");
    check_setting("threads", ENGINE_THREADS == 1 ? "1" : "2");
    check_setting("memory_limit", "244.1 MiB"); /* 256 MB */
}

static void test_only_selects(void **state)
{
    static const char *const others[] = {
        "COPY (SELECT 1 AS n) TO '%s' (USE_TMP_FILE false)",
        "COPY (SELECT 1 AS n) TO '%s' (FORMAT csv)",
        "SET threads = 1",
        "ATTACH '%s' AS a",
        "PRAGMA enable_profiling",
        "CREATE TABLE x (a INTEGER)",
        "DROP VIEW IF EXISTS x",
        "EXPLAIN SELECT 1",
        "CHECKPOINT",
        "CALL pragma_version()",
        "SELECT 1; SELECT 2",
        "",
    };
    sc_buf bytes = {0};
    char sql[1000], out[100];

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        sc_err err;

        (void)snprintf(sql, sizeof sql, "%s", others[i]);
        if (strstr(others[i], "%s") != NULL) {
            const char *at = strstr(others[i], "%s");

            (void)snprintf(sql, sizeof sql, "%.*s%s%s", (int)(at - others[i]),
                           others[i], listed, at + 2);
        }
        err = select_text(sql, out, sizeof out);
        CHECK(err == SC_E_CONFIG || err == SC_E_CORRUPT);
        CHECK(sc_duck_is_select(duck, sql, NULL) != SC_OK);
    }
    CHECK_OK(sc_file_read(&bytes, listed, 100, NULL));
    CHECK(sc_bytes_equal_vartime(sc_buf_bytes(&bytes), sc_bytes_of("n\n1\n")));
    sc_buf_clear(&bytes);
    CHECK_OK(sc_duck_is_select(duck, "SELECT 1", NULL));
    CHECK(sc_duck_create(duck, "SELECT 1", NULL) != SC_OK);
    CHECK(sc_duck_create(duck, "SET threads = 1", NULL) != SC_OK);
    CHECK_OK(sc_duck_create(duck, "CREATE VIEW x AS SELECT 1", NULL));
}

static void test_only_the_files(void **state)
{
    static const char *const readers[] = {"read_csv",  "read_text",
                                          "read_blob", "read_parquet",
                                          "glob",      "sniff_csv"};
    char sql[1000], out[100] = "";

    (void)state;
    (void)snprintf(sql, sizeof sql, "SELECT content FROM read_text('%s')",
                   listed);
    CHECK_OK(select_text(sql, out, sizeof out));
    CHECK_STR(out, "n 1 ");
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        (void)snprintf(sql, sizeof sql, "SELECT * FROM %s('%s')", readers[i],
                       other);
        CHECK_ERR(SC_E_CORRUPT, select_text(sql, out, sizeof out));
        (void)snprintf(sql, sizeof sql, "SELECT * FROM %s('%s*')", readers[i],
                       listed);
        CHECK_ERR(SC_E_CORRUPT, select_text(sql, out, sizeof out));
    }
}

static void test_cells(void **state)
{
    sc_duck_rows rows = {0};
    sc_i128 v;

    (void)state;
    CHECK_OK(sc_duck_select(
        duck, &rows,
        "SELECT CAST(-7 AS INTEGER), CAST(NULL AS BIGINT), "
        "-CAST('170141183460469231731687303715884105727' AS HUGEINT), 'short', "
        "'a text of more than twelve bytes', NULL, 1.5, "
        "CAST(-1.5 AS DECIMAL(38, 3)), CAST(2.5 AS DECIMAL(18, 1)), 1.5e0",
        NULL));
    CHECK(sc_duck_next(&rows));
    CHECK_OK(sc_duck_integer(&rows, &v, 0));
    CHECK(v == -7);
    CHECK_OK(sc_duck_integer(&rows, &v, 1));
    CHECK(v == 0);
    CHECK_OK(sc_duck_integer(&rows, &v, 2));
    CHECK(v == -(((sc_i128)INT64_MAX << 64) + (sc_i128)UINT64_MAX));
    CHECK(sc_bytes_equal_vartime(sc_duck_text(&rows, 3), sc_bytes_of("short")));
    CHECK(sc_bytes_equal_vartime(sc_duck_text(&rows, 4),
                                 sc_bytes_of(
                                     "a text of more than twelve bytes")));
    CHECK_U64(sc_duck_text(&rows, 5).len, 0);
    CHECK_U64(sc_duck_text(&rows, 0).len, 0);
    CHECK_ERR(SC_E_CORRUPT, sc_duck_integer(&rows, &v, 3));
    CHECK_ERR(SC_E_CORRUPT, sc_duck_integer(&rows, &v, 6)); /* two bytes */
    CHECK_OK(sc_duck_integer(&rows, &v, 7));
    CHECK(v == -1500);
    CHECK_OK(sc_duck_integer(&rows, &v, 8));
    CHECK(v == 25);
    CHECK_ERR(SC_E_CORRUPT, sc_duck_integer(&rows, &v, 9));
    CHECK(!sc_duck_next(&rows));
    sc_duck_rows_clear(&rows);
    sc_duck_rows_clear(&rows);
}

static void test_many_rows(void **state)
{
    sc_duck_rows rows = {0};
    sc_i128 sum = 0, v;
    size_t n = 0;

    (void)state;
    CHECK_OK(
        sc_duck_select(duck, &rows, "SELECT i FROM range(10000) t(i)", NULL));
    for (; sc_duck_next(&rows); n++) {
        CHECK_OK(sc_duck_integer(&rows, &v, 0));
        sum += v;
    }
    CHECK_U64(n, 10000);
    CHECK(sum == 10000 * 9999 / 2);
    sc_duck_rows_clear(&rows);
}

static int start(void **state)
{
    sc_fault why = {0};

    if (sc_folder_setup(state) != 0) {
        return -1;
    }
    (void)snprintf(listed, sizeof listed, "%s/n.csv", (char *)*state);
    (void)snprintf(other, sizeof other, "%s/other.csv", (char *)*state);
    sc_folder_write(*state, "n.csv", "n\n1\n");
    sc_folder_write(*state, "other.csv", "n\n1\n");
    columns[0] = col("n", SC_T_INTEGER, 0, 9);
    table = table_of("t", columns, 1);
    source =
        (sc_source){.table = &table, .sql = "", .files = files, .n_files = 1};
    setup_of_one = (sc_engine_setup){.memory_mb = 256,
                                     .threads = ENGINE_THREADS,
                                     .sources = &source,
                                     .n_sources = 1};
    CHECK_OK(sc_duckdb_load(&api, getenv("SC_DUCKDB"), &why));
    CHECK_OK(sc_duck_open(&duck, &api, &setup_of_one, &why));
    CHECK_OK(sc_duck_lock(duck, &why));
    return 0;
}

static int stop(void **state)
{
    sc_duck_free(&duck);
    CHECK(duck == NULL);
    sc_duck_free(&duck);
    return sc_folder_remove(state);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(test_settings), TEST(test_only_selects), TEST(test_only_the_files),
        TEST(test_cells),    TEST(test_many_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
