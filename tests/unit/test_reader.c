/* tests/unit/test_reader.c: each text and each type of the engine, value by
 * value: what it becomes, or what is wrong with it. Expectations are written by
 * hand from the rules in data/reader.h. */
#include "data/reader.h"
#include "tests/unit/engine_fixture.h"

typedef struct {
    const char *text; /* CSV: the field. SELECT: the expression */
    sc_cell_state state;
    int64_t value; /* SC_CELL_FINE */
} value_case;

#define FINE(text, v)                                                          \
    {                                                                          \
        text, SC_CELL_FINE, v                                                  \
    }
#define NIL(text)                                                              \
    {                                                                          \
        text, SC_CELL_NULL, 0                                                  \
    }
#define BAD(text)                                                              \
    {                                                                          \
        text, SC_CELL_UNREADABLE, 0                                            \
    }
#define FAR(text)                                                              \
    {                                                                          \
        text, SC_CELL_RANGE, 0                                                 \
    }
#define LONG(text)                                                             \
    {                                                                          \
        text, SC_CELL_DIGITS, 0                                                \
    }
#define OTHER(text)                                                            \
    {                                                                          \
        text, SC_CELL_CATEGORY, 0                                              \
    }
#define N_OF(a) (sizeof(a) / sizeof *(a))

/* Sum and count of x for each id, in one query. */
static void by_id(place *p, const sc_asset *a, sc_i128 *got, size_t n)
{
    const sc_table *t = p->source.table;
    int64_t *breaks = sc_alloc(n, sizeof *breaks);
    uint32_t *outcome = sc_alloc(n, sizeof *outcome);
    sc_key key = {.column = 0,
                  .breaks = breaks,
                  .n_breaks = n - 1,
                  .outcome = outcome,
                  .n_labels = n};
    sc_local_sum sums[] = {{NULL, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 2, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 2, 1, SC_NO_COLUMN, 63}};
    sc_fragment f = {t, NULL, &key, 1, sums, 3};
    sc_err err;

    CHECK(breaks != NULL && outcome != NULL);
    for (size_t i = 0; i < n; i++) {
        breaks[i] = (int64_t)i + 1;
        outcome[i] = (uint32_t)i;
    }
    err = place_run(p, a, &f, got);
    if (err != SC_OK) {
        print_error("%s\n", p->why.text);
    }
    CHECK_OK(err);
    sc_free(breaks);
    sc_free(outcome);
}

static void put_csv(sc_buf *out, const value_case *c, size_t n, int only_fine)
{
    CHECK_OK(sc_buf_put_str(out, "id,x\n"));
    for (size_t i = 0; i < n; i++) {
        if (!only_fine || c[i].state <= SC_CELL_NULL) {
            CHECK_OK(sc_buf_printf(out, "%zu,%s\n", i, c[i].text));
        }
    }
    CHECK_OK(sc_buf_terminate(out));
}

static void put_select(sc_buf *out, const value_case *c, size_t n,
                       int only_fine)
{
    const char *glue = "";

    for (size_t i = 0; i < n; i++) {
        if (!only_fine || c[i].state <= SC_CELL_NULL) {
            CHECK_OK(sc_buf_printf(out, "%sSELECT %zu AS id, %s AS x", glue, i,
                                   c[i].text));
            glue = " UNION ALL ";
        }
    }
    CHECK_OK(sc_buf_put_str(out, " ; \n"));
    CHECK_OK(sc_buf_terminate(out));
}

static void check_report(const sc_asset *a, const value_case *c, size_t n,
                         int only_fine)
{
    uint64_t expected[SC_N_CELL_STATES] = {0};

    for (size_t i = 0; i < n; i++) {
        expected[c[i].state] += !only_fine || c[i].state <= SC_CELL_NULL;
    }
    CHECK_U64(a->report.n_nulls[1], expected[SC_CELL_NULL]);
    CHECK_U64(a->report.n_unreadable[1], expected[SC_CELL_UNREADABLE]);
    CHECK_U64(a->report.n_range[1], expected[SC_CELL_RANGE]);
    CHECK_U64(a->report.n_digits[1], expected[SC_CELL_DIGITS]);
    CHECK_U64(a->report.n_category[1], expected[SC_CELL_CATEGORY]);
    CHECK_U64(a->report.n_violations,
              expected[SC_CELL_UNREADABLE] + expected[SC_CELL_RANGE] +
                  expected[SC_CELL_DIGITS] + expected[SC_CELL_CATEGORY]);
}

static void check_values(place *p, const sc_asset *a, const value_case *c,
                         size_t n)
{
    sc_i128 *got = sc_alloc(3 * n, sizeof *got);

    CHECK(got != NULL);
    by_id(p, a, got, n);
    for (size_t i = 0; i < n; i++) {
        const sc_i128 *g = got + 3 * i;

        if (g[0] != (c[i].state <= SC_CELL_NULL) ||
            g[1] != (c[i].state == SC_CELL_FINE) || g[2] != c[i].value) {
            print_error("case %zu, %s: rows %lld, set %lld, value %lld\n", i,
                        c[i].text, (long long)g[0], (long long)g[1],
                        (long long)g[2]);
            fail();
        }
    }
    sc_free(got);
}

/* All cases with the rule `skip`; then the good ones alone, for which the engine
 * takes another path (the typed read of a CSV). */
static void run_cases(const char *dir, sc_column x, int is_select,
                      const value_case *c, size_t n)
{
    for (int only_fine = 0; only_fine < 2; only_fine++) {
        sc_column columns[] = {col("id", SC_T_INTEGER, 0, (int64_t)n - 1), x};
        sc_table t = table_of("t", columns, 2);
        sc_buf text = {0};
        sc_asset a;
        place p;

        if (is_select) {
            put_select(&text, c, n, only_fine);
        } else {
            put_csv(&text, c, n, only_fine);
        }
        place_init(&p, dir, "x.csv", (const char *)text.p, &t);
        p.source.bad_values = SC_BAD_SKIP;
        p.source.sql = is_select ? (const char *)text.p : NULL;
        place_open(&p);
        a = place_asset(&p);
        check_report(&a, c, n, only_fine);
        if (only_fine) {
            CHECK_U64(a.report.n_violations, 0);
        }
        check_values(&p, &a, c, n);
        place_close(&p);
        sc_buf_clear(&text);
    }
}

/* ---- texts --------------------------------------------------------------- */

static void test_integer_texts(void **state)
{
    static const value_case c[] = {
        FINE("12", 12),
        FINE("-7", -7),
        FINE("+7", 7),
        FINE("\" 12\"", 12),
        FINE("12 ", 12),
        FINE("00012", 12),
        FINE("-0", 0),
        FINE("1e3", 1000),
        FINE("1E+03", 1000),
        FINE("1.5e1", 15),
        FINE("12.0", 12),
        FINE("12.", 12),
        FINE("1.00000000000000000000000", 1),
        FINE("-1000", -1000),
        FINE("1000", 1000),
        FINE("\"12\"", 12),
        NIL(""),
        NIL("NA"),
        NIL("\"\""),
        LONG("1.5"),
        LONG("-0.0000000000000000001"),
        LONG("12.50"),
        LONG("1e-1"),
        LONG("1.25e1"),
        FAR("1001"),
        FAR("-1001"),
        FAR("1e4"),
        FAR("9223372036854775807"),
        FAR("9223372036854775808"),
        FAR("-1e300"),
        FAR("1e400"),
        BAD("1_000"),
        BAD("0x1F"),
        BAD("12abc"),
        BAD("\"1,000\""),
        BAD("1 000"),
        BAD("--1"),
        BAD("nan"),
        BAD("inf"),
        BAD("-Infinity"),
        BAD("null"),
        BAD("true"),
        BAD("\xd9\xa3"),
        BAD("1e"),
        BAD("."),
        BAD("\"1\n2\""),
        BAD("'12'"),
        BAD("\" \""),
        BAD("2026-01-31"),
    };

    run_cases(*state, col("x", SC_T_INTEGER, -1000, 1000), 0, c, N_OF(c));
}

static void test_decimal_texts(void **state)
{
    static const value_case c[] = {
        FINE("12.50", 1250),
        FINE("12.5", 1250),
        FINE("12", 1200),
        FINE(".5", 50),
        FINE("-.05", -5),
        FINE("-0.01", -1),
        FINE("12.500000", 1250),
        FINE("1.25e1", 1250),
        FINE("125e-1", 1250),
        FINE("9999.99", 999999),
        FINE("-9999.99", -999999),
        NIL("NA"),
        LONG("0.005"),
        LONG("12.501"),
        LONG("-0.001"),
        LONG("1e-3"),
        LONG("1.2345e1"),
        LONG("9999.994"),
        FAR("10000"),
        FAR("9999.999"),
        FAR("1e9"),
        FAR("99999999999999999999999999999999999999999"),
        BAD("\"12,50\""),
        BAD("1.2.3"),
        BAD("$5"),
        BAD("1_0.5"),
        BAD("nan"),
    };

    run_cases(*state, decimal("x", 2, -999999, 999999), 0, c, N_OF(c));
}

static void test_wide_texts(void **state)
{
    static const value_case c[] = {
        FINE("9223372036854775807", INT64_MAX),
        FINE("-9223372036854775808", INT64_MIN),
        FINE("0", 0),
        FAR("9223372036854775808"),
        FAR("-9223372036854775809"),
        LONG("9223372036854775806.5"),
    };
    static const value_case d[] = {
        FINE("9.223372036854775807", INT64_MAX),
        FINE("-9.223372036854775808", INT64_MIN),
        FINE("0.000000000000000001", 1),
        FAR("9.223372036854775808"),
        FAR("10"),
        LONG("1.0000000000000000001"),
    };

    run_cases(*state, col("x", SC_T_INTEGER, INT64_MIN, INT64_MAX), 0, c,
              N_OF(c));
    run_cases(*state, decimal("x", 18, INT64_MIN, INT64_MAX), 0, d, N_OF(d));
}

static void test_category_texts(void **state)
{
    static char *values[] = {"north", "South East", "a,\"b\"",
                             "it's",  "1",          "NA2"};
    static const value_case c[] = {
        FINE("north", 0),
        FINE("South East", 1),
        FINE("\"a,\"\"b\"\"\"", 2),
        FINE("it's", 3),
        FINE("1", 4),
        FINE("NA2", 5),
        NIL(""),
        NIL("NA"),
        OTHER("North"),
        OTHER(" north"),
        OTHER("north "),
        OTHER("2"),
        OTHER("1.0"),
        OTHER("nor"),
    };

    run_cases(*state, category("x", values, 6), 0, c, N_OF(c));
}

static void test_boolean_texts(void **state)
{
    static const value_case c[] = {
        FINE("true", 1), FINE("TRUE", 1), FINE("t", 1),     FINE("yes", 1),
        FINE("Y", 1),    FINE("1", 1),    FINE("false", 0), FINE("F", 0),
        FINE("no", 0),   FINE("n", 0),    FINE("0", 0),     NIL(""),
        BAD("2"),        BAD("on"),       BAD("tru"),       BAD("01"),
    };

    run_cases(*state, col("x", SC_T_BOOLEAN, 0, 1), 0, c, N_OF(c));
}

static void test_date_texts(void **state)
{
    static const value_case c[] = {
        FINE("1970-01-01", 0),
        FINE("2026-01-31", 20484),
        FINE("1969-12-31", -1),
        FINE("0001-01-01", -719162),
        FINE("9999-12-31", 2932896),
        FINE("2024-02-29", 19782),
        NIL("NA"),
        BAD("2023-02-29"),
        BAD("2026-1-5"),
        BAD("2026/01/31"),
        BAD("31.01.2026"),
        BAD("20260131"),
        BAD("2026-01-31 10:00:00"),
        BAD("0000-01-01"),
        BAD("-001-01-01"),
        BAD("infinity"),
        BAD("epoch"),
        BAD("2026-01-31 (BC)"),
        BAD("10000-01-01"),
        BAD("20484"),
    };
    static const value_case far[] = {
        FINE("2000-01-01", 10957),
        FAR("1999-12-31"),
        FAR("2100-01-01"),
    };

    run_cases(*state, col("x", SC_T_DATE, -719162, 2932896), 0, c, N_OF(c));
    run_cases(*state, col("x", SC_T_DATE, 10957, 20000), 0, far, N_OF(far));
}

static void test_timestamp_texts(void **state)
{
    static const value_case c[] = {
        FINE("1970-01-01 00:00:00", 0),
        FINE("2026-01-31 10:00:00", 1769853600000000),
        FINE("2026-01-31T10:00:00", 1769853600000000),
        FINE("2026-01-31T10:00:00Z", 1769853600000000),
        FINE("2026-01-31 10:00:00.123456", 1769853600123456),
        FINE("2026-01-31 10:00:00.5", 1769853600500000),
        FINE("2026-01-31 10:00:00.100000000", 1769853600100000),
        FINE("1969-12-31 23:59:59.999999", -1),
        FINE("2026-01-31", 1769817600000000),
        NIL(""),
        LONG("2026-01-31 10:00:00.1234567"),
        LONG("2026-01-31 10:00:00.1234567Z"),
        BAD("2026-01-31 10:00"),
        BAD("2026-01-31 24:00:00"),
        BAD("2026-01-31 10:00:00+02"),
        BAD("2026-01-31 10:00:60"),
        BAD("infinity"),
        BAD("0000-01-01 00:00:00"),
        BAD("2026-02-30 10:00:00"),
        BAD("10:00:00"),
        BAD("1769853600"),
    };
    static const value_case far[] = {
        FINE("1970-01-01 00:00:00", 0),
        FAR("1970-01-01 00:00:00.000001"),
        FAR("1969-12-31 23:59:59"),
    };

    run_cases(*state,
              col("x", SC_T_TIMESTAMP, -62135596800000000, 253402300799999999),
              0, c, N_OF(c));
    run_cases(*state, col("x", SC_T_TIMESTAMP, 0, 0), 0, far, N_OF(far));
}

/* ---- the engine's own types, through an owner's SELECT ------------------- */

static void test_reals(void **state)
{
    static const value_case c[] = {
        FINE("CAST(1.45 AS DOUBLE)", 145),
        FINE("CAST(1.005 AS DOUBLE)", 101), /* its text, half away from 0 */
        FINE("CAST(-1.005 AS DOUBLE)", -101),
        FINE("CAST(1.115 AS DOUBLE)", 112),
        FINE("CAST(0.285 AS DOUBLE)", 29),
        FINE("CAST(1.0049999 AS DOUBLE)", 100),
        FINE("CAST(0.125 AS DOUBLE)", 13),
        FINE("CAST(-0.125 AS DOUBLE)", -13),
        FINE("CAST(0.001 AS DOUBLE)", 0),
        FINE("CAST(1e-300 AS DOUBLE)", 0),
        FINE("CAST(90000000000000.03 AS DOUBLE)", 9000000000000003),
        FINE("CAST(-0.0 AS DOUBLE)", 0),
        NIL("CAST(NULL AS DOUBLE)"),
        BAD("CAST('nan' AS DOUBLE)"),
        BAD("CAST('inf' AS DOUBLE)"),
        BAD("CAST('-inf' AS DOUBLE)"),
        FAR("CAST(1e15 AS DOUBLE)"),
        FAR("CAST(-1e300 AS DOUBLE)"),
    };
    static const value_case f[] = {
        FINE("CAST(0.1 AS FLOAT)", 10),
        FINE("CAST(1.005 AS FLOAT)", 101),
        FINE("CAST(16777216 AS FLOAT)", 1677721600),
        BAD("CAST('nan' AS FLOAT)"),
        FAR("CAST(1e38 AS FLOAT)"),
    };
    static const value_case n[] = {
        FINE("CAST(2.5 AS DOUBLE)", 3),
        FINE("CAST(-2.5 AS DOUBLE)", -3),
        FINE("CAST(0.49999999999999994 AS DOUBLE)", 0),
        FINE("CAST(1e3 AS DOUBLE)", 1000),
        FAR("CAST(1000.5 AS DOUBLE)"),
    };

    run_cases(*state, decimal("x", 2, -9999999999999999, 9999999999999999), 1,
              c, N_OF(c));
    run_cases(*state, decimal("x", 2, -9999999999, 9999999999), 1, f, N_OF(f));
    run_cases(*state, col("x", SC_T_INTEGER, -1000, 1000), 1, n, N_OF(n));
}

static void test_numbers_of_the_engine(void **state)
{
    static const value_case c[] = {
        FINE("CAST(5 AS HUGEINT)", 500),
        FINE("CAST(-9999 AS HUGEINT)", -999900),
        NIL("CAST(NULL AS HUGEINT)"),
        FAR("CAST(10000 AS HUGEINT)"),
        FAR("CAST('170141183460469231731687303715884105727' AS HUGEINT)"),
        FAR("-CAST('170141183460469231731687303715884105727' AS HUGEINT)"),
    };
    static const value_case d[] = {
        FINE("CAST('1.2000' AS DECIMAL(20,4))", 120),
        FINE("CAST('-1.25' AS DECIMAL(20,4))", -125),
        LONG("CAST('1.2345' AS DECIMAL(20,4))"),
        LONG("CAST('-0.0001' AS DECIMAL(20,4))"),
        FAR("CAST('10000' AS DECIMAL(20,4))"),
    };
    static const value_case i[] = {
        FINE("CAST('7.0' AS DECIMAL(38,20))", 7),
        LONG("CAST('7.5' AS DECIMAL(38,20))"),
        LONG("CAST('0.00000000000000000001' AS DECIMAL(38,20))"),
        FAR("CAST('1001' AS DECIMAL(38,20))"),
    };
    static const value_case u[] = {
        FINE("CAST(7 AS UBIGINT)", 7),
        FAR("CAST('18446744073709551615' AS UBIGINT)"),
    };

    run_cases(*state, decimal("x", 2, -999999, 999999), 1, c, N_OF(c));
    run_cases(*state, decimal("x", 2, -999999, 999999), 1, d, N_OF(d));
    run_cases(*state, col("x", SC_T_INTEGER, -1000, 1000), 1, i, N_OF(i));
    run_cases(*state, col("x", SC_T_INTEGER, -1000, 1000), 1, u, N_OF(u));
}

static void test_times_of_the_engine(void **state)
{
    static const value_case date[] = {
        FINE("DATE '2026-01-31'", 20484), NIL("CAST(NULL AS DATE)"),
        BAD("CAST('infinity' AS DATE)"),  BAD("CAST('-infinity' AS DATE)"),
        FAR("DATE '1899-01-01'"),
    };
    static const value_case midnight[] = {
        FINE("TIMESTAMP '2026-01-31 00:00:00'", 20484),
        LONG("TIMESTAMP '2026-01-31 00:00:00.000001'"),
        BAD("CAST('infinity' AS TIMESTAMP)"),
    };
    static const value_case moment[] = {
        FINE("TIMESTAMP '2026-01-31 10:00:00.000001'", 1769853600000001),
        BAD("CAST('infinity' AS TIMESTAMP)"),
        FAR("TIMESTAMP '1899-01-01 00:00:00'"),
    };
    static const value_case nanos[] = {
        FINE("CAST('2026-01-31 10:00:00.000001' AS TIMESTAMP_NS)",
             1769853600000001),
        LONG("CAST('2026-01-31 10:00:00.0000011' AS TIMESTAMP_NS)"),
    };
    static const value_case zoned[] = {
        FINE("CAST('2026-01-31 12:00:00+02' AS TIMESTAMPTZ)", 1769853600000000),
        FINE("CAST('2026-01-31 10:00:00' AS TIMESTAMPTZ)", 1769853600000000),
        BAD("CAST('infinity' AS TIMESTAMPTZ)"),
    };
    static const value_case day[] = {
        FINE("DATE '2026-01-31'", 1769817600000000),
        BAD("CAST('infinity' AS DATE)"),
    };
    sc_column d = col("x", SC_T_DATE, -20000, 30000);
    sc_column t = col("x", SC_T_TIMESTAMP, -2000000000000000, 2000000000000000);

    run_cases(*state, d, 1, date, N_OF(date));
    run_cases(*state, d, 1, midnight, N_OF(midnight));
    run_cases(*state, t, 1, moment, N_OF(moment));
    run_cases(*state, t, 1, nanos, N_OF(nanos));
    run_cases(*state, t, 1, zoned, N_OF(zoned));
    run_cases(*state, t, 1, day, N_OF(day));
}

static void test_choices_of_the_engine(void **state)
{
    static char *values[] = {"1", "true", "red"};
    static const value_case i[] = {FINE("1", 0), OTHER("2")};
    static const value_case b[] = {FINE("TRUE", 1), OTHER("FALSE")};
    static const value_case e[] = {
        FINE("CAST('red' AS ENUM('red', 'blue'))", 2),
        OTHER("CAST('blue' AS ENUM('red', 'blue'))"),
    };
    static const value_case flag[] = {FINE("TRUE", 1), FINE("FALSE", 0),
                                      NIL("CAST(NULL AS BOOLEAN)")};
    static const value_case number[] = {FINE("1", 1), FINE("0", 0), BAD("2"),
                                        BAD("-1")};
    sc_column c = category("x", values, 3), bool = col("x", SC_T_BOOLEAN, 0, 1);

    run_cases(*state, c, 1, i, N_OF(i));
    run_cases(*state, c, 1, b, N_OF(b));
    run_cases(*state, c, 1, e, N_OF(e));
    run_cases(*state, bool, 1, flag, N_OF(flag));
    run_cases(*state, bool, 1, number, N_OF(number));
}

/* ---- clamp ---------------------------------------------------------------- */

static void test_clamp(void **state)
{
    static const char csv[] = "id,x\n0,5\n1,1001\n2,-1001\n3,1e30\n4,-1e30\n"
                              "5,NA\n6,99999999999999999999\n";
    static const int64_t expected[] = {5, 1000, -1000, 1000, -1000, 0, 1000};
    sc_column columns[] = {col("id", SC_T_INTEGER, 0, 6),
                           col("x", SC_T_INTEGER, -1000, 1000)};
    sc_table t = table_of("t", columns, 2);
    sc_i128 got[21];
    sc_asset a;
    place p;

    place_init(&p, *state, "x.csv", csv, &t);
    p.source.bad_values = SC_BAD_CLAMP;
    place_open(&p);
    a = place_asset(&p);
    CHECK_U64(a.report.n_range[1], 5);
    CHECK(a.is_usable);
    by_id(&p, &a, got, 7);
    for (size_t i = 0; i < 7; i++) {
        CHECK(got[3 * i] == 1);
        CHECK(got[3 * i + 1] == (i != 5));
        CHECK(got[3 * i + 2] == expected[i]);
    }
    place_close(&p);
    place_init(&p, *state, "x.csv", "id,x\n0,5\n1,1.5\n", &t);
    p.source.bad_values = SC_BAD_CLAMP;
    place_open(&p);
    a = place_asset(&p);
    CHECK(!a.is_usable); /* digits cannot be clamped */
    place_close(&p);
}

static void test_clamp_dates(void **state)
{
    sc_column columns[] = {col("id", SC_T_INTEGER, 0, 2),
                           col("x", SC_T_DATE, 0, 100)};
    sc_table t = table_of("t", columns, 2);
    sc_i128 got[9];
    sc_asset a;
    place p;

    place_init(&p, *state, "x.csv",
               "id,x\n0,1969-12-31\n1,1970-01-02\n2,2026-01-01\n", &t);
    p.source.bad_values = SC_BAD_CLAMP;
    place_open(&p);
    a = place_asset(&p);
    CHECK(a.is_usable);
    by_id(&p, &a, got, 3);
    CHECK(got[2] == 0 && got[5] == 1 && got[8] == 100);
    place_close(&p);
}

int main(int argc, char **argv)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_integer_texts),
        TEST(test_decimal_texts),
        TEST(test_wide_texts),
        TEST(test_category_texts),
        TEST(test_boolean_texts),
        TEST(test_date_texts),
        TEST(test_timestamp_texts),
        TEST(test_reals),
        TEST(test_numbers_of_the_engine),
        TEST(test_times_of_the_engine),
        TEST(test_choices_of_the_engine),
        TEST(test_clamp),
        TEST(test_clamp_dates),
    };

    be_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
