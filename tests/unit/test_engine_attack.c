/* tests/unit/test_engine_attack.c: what a hostile file, SELECT or plan tries,
 * and what it gets: an error for the owner, and an engine that still works. */
#include "tests/unit/engine_fixture.h"

#include "data/duckdb_api.h"

static sc_column one_column[1];
static const sc_local_sum count_and_sum[] = {{NULL, 0, SC_NO_COLUMN,
                                              SC_NO_COLUMN, 0},
                                             {NULL, 1, 0, SC_NO_COLUMN, 10}};

static sc_table numbers(void)
{
    one_column[0] = col("n", SC_T_INTEGER, -1000, 1000);
    return table_of("t", one_column, 1);
}

static int has_bytes(const char *path, const char *text)
{
    sc_buf now = {0};
    int same;

    CHECK_OK(sc_file_read(&now, path, 1 << 20, NULL));
    same = sc_bytes_equal_vartime(sc_buf_bytes(&now), sc_bytes_of(text));
    sc_buf_clear(&now);
    return same;
}

/* ---- the owner's SELECT ---------------------------------------------------- */

/* %s is the listed file, %S another one beside it. */
static void fill(sc_buf *out, const char *pattern, const char *listed,
                 const char *other)
{
    sc_buf_reset(out);
    for (const char *p = pattern; *p != '\0'; p++) {
        if (p[0] == '%' && (p[1] == 's' || p[1] == 'S')) {
            CHECK_OK(sc_buf_put_str(out, p[1] == 's' ? listed : other));
            p++;
        } else {
            CHECK_OK(sc_buf_put_u8(out, (uint8_t)*p));
        }
    }
    CHECK_OK(sc_buf_terminate(out));
}

static const char *const hostile[] = {
    /* other files, in every way there is */
    "SELECT 1 AS n FROM '%S'",
    "SELECT 1 AS n FROM read_csv('%S')",
    "SELECT 1 AS n FROM read_csv(['%s', '%S'])",
    "SELECT 1 AS n FROM read_text('%S')",
    "SELECT 1 AS n FROM read_blob('%S')",
    "SELECT 1 AS n FROM read_parquet('%S')",
    "SELECT 1 AS n FROM read_json('%S')",
    "SELECT 1 AS n FROM sniff_csv('%S')",
    "SELECT 1 AS n FROM parquet_metadata('%S')",
    "SELECT 1 AS n FROM glob('/etc/*')",
    "SELECT 1 AS n FROM read_text('/etc/passwd')",
    "SELECT 1 AS n FROM read_text('/proc/self/environ')",
    "SELECT 1 AS n FROM read_text('%s/../other.csv')",
    "SELECT 1 AS n FROM read_csv('/tmp/**/*.csv')",
    "SELECT 1 AS n FROM 'http://127.0.0.1:1/x.csv'",
    "SELECT 1 AS n FROM 's3://bucket/x.parquet'",
    "SELECT 1 AS n FROM query('SELECT * FROM ''%S''')",
    "SELECT 1 AS n FROM query_table('%S')",
    "SELECT 1 AS n WHERE 1 = (SELECT count(*) FROM '%S')",
    /* statements that are none */
    "COPY (SELECT 1) TO '%s' (USE_TMP_FILE false)",
    "COPY (SELECT 1) TO '%S'",
    "COPY (SELECT 1 AS n) TO '/tmp/sc_attack.csv'",
    "ATTACH '%S' AS o",
    "ATTACH '%s' AS o (READ_ONLY)",
    "EXPORT DATABASE '/tmp/sc_attack'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '%S'",
    "SET threads = 1",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET allowed_paths",
    "PRAGMA enable_profiling",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "CREATE TABLE n AS SELECT 1 AS n",
    "CREATE VIEW t AS SELECT 1 AS n",
    "CREATE MACRO abs(x) AS x",
    "INSERT INTO t VALUES (1)",
    "EXPLAIN SELECT 1 AS n",
    "CHECKPOINT",
    "USE memory",
    "BEGIN",
    "",
    ";",
    "-- nothing",
    /* two at once; out of the brackets */
    "SELECT 1 AS n; SELECT 2 AS n",
    "SELECT 1 AS n; COPY (SELECT 1) TO '%s'",
    "SELECT 1 AS n) AS x; COPY (SELECT 1) TO '%s' (USE_TMP_FILE false); --",
    "SELECT 1 AS n) AS x; COPY (SELECT 1) TO '%s'; SELECT 1 FROM (SELECT 2",
    "SELECT 1 AS n) UNION ALL (SELECT 2",
    "VALUES (1), (2)) AS v(n",
    /* signals by error */
    "SELECT error('leak') AS n FROM '%s'",
    "SELECT CAST('x' AS BIGINT) AS n FROM '%s'",
    "SELECT CAST(9223372036854775807 AS BIGINT) + n AS n FROM '%s'",
    /* nothing that fits the schema */
    "SELECT 1 AS m FROM '%s'",
    "SELECT [1] AS n",
    "SELECT {'a': 1} AS n",
    "SELECT INTERVAL 1 DAY AS n",
    "SELECT '\\x41'::BLOB AS n",
};

static void check_select(place *p, const char *sql)
{
    sc_asset a;

    p->source.sql = sql;
    place_open(p); /* it is looked at only with the data */
    memset(&p->why, 0, sizeof p->why);
    if (sc_engine_asset(p->engine, 0, &a, sc_clock_ms() + WAIT_MS, &p->why) !=
        SC_E_CORRUPT) {
        print_error("not refused: %s\n", sql);
        fail();
    }
    CHECK(p->why.text[0] != '\0');
    CHECK_ZERO(&a, sizeof a);
    place_close(p);
}

static void test_hostile_selects(void **state)
{
    sc_table t = numbers();
    char other[600];
    sc_buf sql = {0};
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    (void)snprintf(other, sizeof other, "%s/other.csv", (char *)*state);
    sc_folder_write(*state, "other.csv", "n\n7\n");
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        fill(&sql, hostile[i], p.path, other);
        if (sql.len > 0) { /* "" is "no SELECT" */
            check_select(&p, (const char *)sql.p);
        }
    }
    CHECK(has_bytes(p.path, "n\n1\n2\n"));
    CHECK(has_bytes(other, "n\n7\n"));
    CHECK(access("/tmp/sc_attack.csv", F_OK) != 0);
    CHECK(access("/tmp/sc_attack", F_OK) != 0);
    sc_buf_clear(&sql);
}

static void test_honest_selects(void **state)
{
    static const char *const honest[] = {
        "SELECT n FROM '%s'",
        "  SELECT n FROM '%s' ; \n",
        "SELECT n FROM '%s' -- a remark",
        "WITH x AS (SELECT n FROM '%s') SELECT n FROM x",
        "FROM '%s'",
        "SELECT n FROM read_csv('%s', header = true)",
    };
    sc_table t = numbers();
    sc_fragment f = {&t, NULL, NULL, 0, count_and_sum, 2};
    sc_buf sql = {0};
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    for (size_t i = 0; i < sizeof honest / sizeof *honest; i++) {
        sc_i128 got[2];
        sc_asset a;

        fill(&sql, honest[i], p.path, "");
        p.source.sql = (const char *)sql.p;
        place_open(&p);
        a = place_asset(&p);
        CHECK_OK(place_run(&p, &a, &f, got));
        CHECK(got[0] == 2 && got[1] == 3);
        place_close(&p);
    }
    sc_buf_clear(&sql);
}

/* Memory that does not end: the request fails, the next one works. */
static void test_memory(void **state)
{
    static const char *const greedy[] = {
        "SELECT length(string_agg(repeat(CAST(i AS VARCHAR), 1000), '')) AS n "
        "FROM range(1000000000) t(i)",
        "SELECT len(list(i)) AS n FROM range(100000000000) t(i)",
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        "SELECT length(repeat('x', 2000000000) || repeat('y', 2000000000)) AS "
        "n",
#endif /* only the limit on address space stops a text of that length */
        "SELECT count(*) AS n FROM (SELECT DISTINCT hash(i) FROM "
        "range(10000000000) t(i))",
    };
    sc_table t = numbers();
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    for (size_t i = 0; i < sizeof greedy / sizeof *greedy; i++) {
        check_select(&p, greedy[i]);
    }
}

/* ---- names and values with every quote in them ----------------------------- */

static void test_quotes(void **state)
{
    static char *values[] = {"'); DROP TABLE x; --", "\"a\"", "\\", "''"};
    sc_column columns[] = {category("n", values, 4),
                           col("m", SC_T_INTEGER, 0, 9)};
    sc_table t = table_of("t\"); --", columns, 2);
    int64_t in[] = {0, 3};
    sc_pred p_in = {.kind = SC_P_IN, .column = 0, .values = in, .n_values = 2};
    sc_local_sum sums[] = {{&p_in, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 2, 1, SC_NO_COLUMN, 4}};
    sc_fragment f = {&t, NULL, NULL, 0, sums, 2};
    static const char *const nulls[] = {"'", "\\\\", "--", "it's"};
    sc_i128 got[2];
    sc_asset a;
    place p;

    (void)strcpy(columns[1].name, "\"'; --");
    place_init(&p, *state, "it's; --.csv",
               "\"\"\"'; --\",n\n1,'); DROP TABLE x; --\n2,\"\"\"a\"\"\"\n"
               "3,\\\n4,''\n5,it's\n--,\\\n",
               &t);
    p.source.nulls = nulls;
    p.source.n_nulls = 4;
    place_open(&p);
    a = place_asset(&p);
    CHECK_U64(a.report.n_violations, 0);
    CHECK_U64(a.report.n_nulls[0], 1);
    CHECK_U64(a.report.n_nulls[1], 1);
    CHECK_OK(place_run(&p, &a, &f, got));
    CHECK(got[0] == 2 && got[1] == 15);
    place_close(&p);
}

/* A fragment whose sum cannot fit is an error for the owner, no more. (No
 * planner makes one: its bounds rule it out.) */
static void test_overflow(void **state)
{
    sc_column wide[] = {col("n", SC_T_INTEGER, INT64_MIN, INT64_MAX)};
    sc_table t = table_of("t", wide, 1);
    sc_local_sum cheat = {NULL, 1, 0, 0, 1}, honest = {NULL, 1, 0, 0, 126};
    sc_fragment f = {&t, NULL, NULL, 0, &cheat, 1};
    const sc_i128 big = (sc_i128)INT64_MAX * INT64_MAX;
    sc_i128 got;
    sc_asset a;
    place p;

    place_init(&p, *state, "n.csv", "n\n9223372036854775807\n", &t);
    place_open(&p);
    a = place_asset(&p);
    CHECK_ERR(SC_E_CORRUPT, place_run(&p, &a, &f, &got));
    CHECK(got == 0);
    f.sums = &honest;
    CHECK_OK(place_run(&p, &a, &f, &got));
    CHECK(got == big);
    place_close(&p);
}

/* ---- crafted Parquet -------------------------------------------------------- */

/* Some Parquet, written by an instance of this process that has no lock. */
static void write_parquet(const char *path)
{
    sc_duckdb_api api;
    duckdb_handle database = NULL, connection = NULL, statement = NULL;
    duckdb_result result = {0};
    char sql[900];
    sc_fault why = {0};

    CHECK_OK(sc_duckdb_load(&api, getenv("SC_DUCKDB"), &why));
    CHECK(api.open_ext(NULL, &database, NULL, NULL) == 0);
    CHECK(api.connect(database, &connection) == 0);
    (void)snprintf(sql, sizeof sql,
                   "COPY (SELECT CAST(i %% 1000 AS INTEGER) AS n, 'text ' || i "
                   "AS s FROM range(5000) t(i)) TO '%s' (FORMAT parquet)",
                   path);
    CHECK(api.prepare(connection, sql, &statement) == 0);
    CHECK(api.execute_prepared(statement, &result) == 0);
    api.destroy_result(&result);
    api.destroy_prepare(&statement);
    api.disconnect(&connection);
    api.close(&database);
}

static void check_parquet(place *p, const char *dir, const sc_buf *bytes,
                          size_t len, int expect_ok)
{
    char temporary[700];
    sc_asset a;
    sc_err err;

    (void)snprintf(temporary, sizeof temporary, "%s/new", dir);
    CHECK_OK(sc_file_replace(temporary, (sc_bytes){bytes->p, len}, 0600, NULL));
    CHECK(rename(temporary, p->path) == 0);
    err = sc_engine_asset(p->engine, 0, &a, sc_clock_ms() + WAIT_MS, &p->why);
    CHECK(err == SC_OK || err == SC_E_CORRUPT);
    if (expect_ok) {
        CHECK_OK(err);
        CHECK_U64(a.report.n_rows, 5000);
        CHECK_U64(a.report.n_violations, 0);
    }
}

static void test_crafted_parquet(void **state)
{
    sc_table t = numbers();
    sc_buf bytes = {0};
    uint64_t random_state = 20261121;
    place p;

    place_init(&p, *state, "n.parquet", "", &t);
    write_parquet(p.path);
    CHECK_OK(sc_file_read(&bytes, p.path, 1 << 20, NULL));
    place_open(&p);
    check_parquet(&p, *state, &bytes, bytes.len, 1);
    for (size_t i = 0; i < 24; i++) { /* cut */
        check_parquet(&p, *state, &bytes, bytes.len * i / 24, 0);
    }
    for (size_t i = 0; i < 120;
         i++) { /* bend; mostly the metadata at the end */
        size_t at;
        uint8_t old;

        random_state = random_state * 6364136223846793005 + 1442695040888963407;
        at = (size_t)(random_state >> 33) % (i % 4 == 0 ? bytes.len : 600);
        at = i % 4 == 0 ? at : bytes.len - 1 - at;
        old = bytes.p[at];
        bytes.p[at] ^= (uint8_t)(1 + (random_state >> 24) % 255);
        check_parquet(&p, *state, &bytes, bytes.len, 0);
        bytes.p[at] = old;
    }
    check_parquet(&p, *state, &bytes, bytes.len, 1); /* still alive */
    place_close(&p);
    sc_buf_clear(&bytes);
}

int main(int argc, char **argv)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_hostile_selects), TEST(test_honest_selects),
        TEST(test_memory),          TEST(test_quotes),
        TEST(test_overflow),        TEST(test_crafted_parquet),
    };

    be_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
