/* tests/unit/test_schema.c: values as text and back, and cuts. */
#include <string.h>

#include "base/mem.h"
#include "data/schema.h"
#include "tests/kat.h"

static char *regions[] = {"north", "south", "a, b"};

static sc_column make(sc_type type, int64_t min, int64_t max)
{
    sc_column c = {.name = "c", .type = type, .min = min, .max = max};

    if (type == SC_T_CATEGORY) {
        c.categories = regions;
        c.n_categories = 3;
    }
    c.scale = type == SC_T_DECIMAL ? 2 : 0;
    return c;
}

static void check_text(const sc_column *c, int64_t v, const char *text)
{
    char out[64];
    int64_t back = 0;

    sc_column_print(out, sizeof out, c, v);
    CHECK_STR(out, text);
    CHECK_OK(sc_column_parse(&back, c, sc_bytes_of(text)));
    CHECK_I64(back, v);
}

static void test_text_and_back(void **state)
{
    sc_column i = make(SC_T_INTEGER, 0, 1), d = make(SC_T_DECIMAL, 0, 1),
              g = make(SC_T_CATEGORY, 0, 2), b = make(SC_T_BOOLEAN, 0, 1),
              y = make(SC_T_DATE, 0, 1), t = make(SC_T_TIMESTAMP, 0, 1);

    (void)state;
    check_text(&i, 0, "0");
    check_text(&i, INT64_MAX, "9223372036854775807");
    check_text(&i, INT64_MIN, "-9223372036854775808");
    check_text(&d, 1250, "12.50");
    check_text(&d, -5, "-0.05");
    check_text(&g, 1, "south");
    check_text(&g, 2, "a, b");
    check_text(&b, 1, "true");
    check_text(&b, 0, "false");
    check_text(&y, 20484, "2026-01-31");
    check_text(&y, -1, "1969-12-31");
    check_text(&t, 1769853600123456, "2026-01-31 10:00:00.123456");
    check_text(&t, -1, "1969-12-31 23:59:59.999999");
}

static void test_parse_other_forms(void **state)
{
    sc_column d = make(SC_T_DECIMAL, 0, 1), t = make(SC_T_TIMESTAMP, 0, 1);
    int64_t v = 0;

    (void)state;
    CHECK_OK(sc_column_parse(&v, &d, sc_bytes_of("7")));
    CHECK_I64(v, 700);
    CHECK_OK(sc_column_parse(&v, &d, sc_bytes_of("7.100")));
    CHECK_I64(v, 710);
    CHECK_OK(sc_column_parse(&v, &t, sc_bytes_of("2026-01-31")));
    CHECK_I64(v, 1769817600000000);
    CHECK_OK(sc_column_parse(&v, &t, sc_bytes_of("2026-01-31T10:00:00")));
    CHECK_I64(v, 1769853600000000);
}

static void test_parse_refuses(void **state)
{
    const struct {
        sc_type type;
        const char *text;
    } bad[] = {
        {SC_T_INTEGER, ""},
        {SC_T_INTEGER, "1.5"},
        {SC_T_INTEGER, "+1"},
        {SC_T_INTEGER, " 1"},
        {SC_T_INTEGER, "1e3"},
        {SC_T_INTEGER, "9223372036854775808"},
        {SC_T_INTEGER, "-9223372036854775809"},
        {SC_T_DECIMAL, "1.005"},
        {SC_T_DECIMAL, "92233720368547758.08"},
        {SC_T_CATEGORY, "North"},
        {SC_T_CATEGORY, "nort"},
        {SC_T_CATEGORY, ""},
        {SC_T_CATEGORY, "0"},
        {SC_T_BOOLEAN, "1"},
        {SC_T_BOOLEAN, "TRUE"},
        {SC_T_BOOLEAN, "tru"},
        {SC_T_DATE, "2026-02-30"},
        {SC_T_DATE, "2026-01-31 10:00:00"},
        {SC_T_TIMESTAMP, "2026-01-31 25:00:00"},
        {SC_T_TIMESTAMP, "10:00:00"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sc_column c = make(bad[i].type, 0, 1);
        int64_t v = 7;

        CHECK_ERR(SC_E_WIRE, sc_column_parse(&v, &c, sc_bytes_of(bad[i].text)));
        CHECK_I64(v, 7);
    }
}

static void test_print_is_cut(void **state)
{
    sc_column c = make(SC_T_INTEGER, 0, 1), g = make(SC_T_CATEGORY, 0, 2);
    char out[4] = "xyz";

    (void)state;
    sc_column_print(out, sizeof out, &c, 123456);
    CHECK_STR(out, "123");
    sc_column_print(out, 0, &c, 9); /* touches nothing */
    CHECK_STR(out, "123");
    sc_column_print(out, sizeof out, &g, 3); /* no such category */
    CHECK_STR(out, "?");
    sc_column_print(out, sizeof out, &g, -1);
    CHECK_STR(out, "?");
}

/* ---- cuts ---------------------------------------------------------- */

static void test_cuts_of_numbers(void **state)
{
    int64_t points[] = {18, 30, 45};
    sc_column c = make(SC_T_INTEGER, 0, 120);

    (void)state;
    CHECK(sc_cuts_allow(&c, 0) && sc_cuts_allow(&c, 121));
    CHECK(!sc_cuts_allow(&c, 120) && !sc_cuts_allow(&c, 1));
    CHECK(!sc_cuts_allow(&c, 122) && !sc_cuts_allow(&c, -1));
    c.cuts = (sc_cuts){.kind = SC_CUTS_LIST, .points = points, .n_points = 3};
    for (int64_t p = -2; p < 130; p++) {
        int expected = p == 0 || p == 121 || p == 18 || p == 30 || p == 45;

        CHECK(sc_cuts_allow(&c, p) == expected);
    }
    c.cuts = (sc_cuts){.kind = SC_CUTS_EVERY, .step = 5, .origin = 3};
    for (int64_t p = 0; p < 122; p++) {
        CHECK(sc_cuts_allow(&c, p) ==
              (p == 0 || p == 121 || (p + 5 - 3) % 5 == 0));
    }
    c.cuts = (sc_cuts){.kind = SC_CUTS_ANY};
    CHECK(sc_cuts_allow(&c, 77));
}

static void test_cuts_at_the_ends_of_integers(void **state)
{
    sc_column c = make(SC_T_INTEGER, INT64_MIN, INT64_MAX);

    (void)state;
    CHECK(sc_cuts_allow(&c, INT64_MIN));
    CHECK(!sc_cuts_allow(&c, INT64_MAX)); /* max + 1 does not exist */
    CHECK(!sc_cuts_allow(&c, 0));
    c.cuts = (sc_cuts){.kind = SC_CUTS_EVERY, .step = 2, .origin = INT64_MAX};
    CHECK(sc_cuts_allow(&c, INT64_MIN + 1)); /* odd, as the origin */
    CHECK(!sc_cuts_allow(&c, 0));
    c = make(SC_T_CATEGORY, 0, 2);
    CHECK(sc_cuts_allow(&c, 1) && sc_cuts_allow(&c, 3));
    CHECK(!sc_cuts_allow(&c, 4) && !sc_cuts_allow(&c, -1));
}

static void check_moment(sc_column *c, const char *text, int is_month,
                         int is_year)
{
    int64_t v = 0;

    CHECK_OK(sc_column_parse(&v, c, sc_bytes_of(text)));
    c->cuts.kind = SC_CUTS_MONTH;
    CHECK(sc_cuts_allow(c, v) == is_month);
    c->cuts.kind = SC_CUTS_YEAR;
    CHECK(sc_cuts_allow(c, v) == is_year);
}

static void test_cuts_of_dates(void **state)
{
    sc_column y = make(SC_T_DATE, -100000, 100000);
    sc_column t = make(SC_T_TIMESTAMP, -3000000000000000, 3000000000000000);

    (void)state;
    check_moment(&y, "2026-01-01", 1, 1);
    check_moment(&y, "2026-02-01", 1, 0);
    check_moment(&y, "1960-03-01", 1, 0);
    check_moment(&y, "2026-01-02", 0, 0);
    check_moment(&t, "2026-01-01 00:00:00", 1, 1);
    check_moment(&t, "2026-02-01 00:00:00", 1, 0);
    check_moment(&t, "2026-02-01 00:00:00.000001", 0, 0);
    check_moment(&t, "1960-03-01 00:00:00", 1, 0);
    check_moment(&t, "1960-02-29 23:59:59", 0, 0);
}

static void check_words(const sc_column *c, const char *words)
{
    char out[128];

    sc_cuts_print(out, sizeof out, c);
    CHECK_STR(out, words);
}

static void test_cuts_in_words(void **state)
{
    int64_t points[] = {1800, 3050};
    sc_column c = make(SC_T_DECIMAL, 0, 10000);
    char out[10];

    (void)state;
    check_words(&c, "none");
    c.cuts = (sc_cuts){.kind = SC_CUTS_LIST, .points = points, .n_points = 2};
    check_words(&c, "18.00, 30.50");
    sc_cuts_print(out, sizeof out, &c);
    CHECK_STR(out, "18.00, 30"); /* cut to fit */
    c.cuts = (sc_cuts){.kind = SC_CUTS_EVERY, .step = 500};
    check_words(&c, "every 5.00");
    c.cuts.origin = 50;
    check_words(&c, "every 5.00 from 0.50");
    c.cuts.kind = SC_CUTS_ANY;
    check_words(&c, "any");
    c.type = SC_T_DATE;
    c.cuts.kind = SC_CUTS_MONTH;
    check_words(&c, "first of each month");
    c.cuts.kind = SC_CUTS_YEAR;
    check_words(&c, "first of each year");
    c.cuts = (sc_cuts){.kind = SC_CUTS_EVERY, .step = 7, .origin = 4};
    check_words(&c, "every 7 days from 1970-01-05");
}

static void test_tables(void **state)
{
    sc_table t = {.name = "t", .n_columns = 2};

    (void)state;
    t.columns = sc_alloc(2, sizeof *t.columns);
    CHECK(t.columns != NULL);
    t.columns[0] = make(SC_T_INTEGER, 0, 1);
    (void)strcpy(t.columns[1].name, "region");
    t.columns[1].type = SC_T_CATEGORY;
    t.columns[1].categories = sc_alloc(1, sizeof(char *));
    CHECK(t.columns[1].categories != NULL);
    t.columns[1].categories[0] = sc_strdup("x");
    t.columns[1].n_categories = 1;
    t.columns[0].cuts.points = sc_alloc(3, sizeof(int64_t));
    CHECK_U64(sc_table_column(&t, "region"), 1);
    CHECK_U64(sc_table_column(&t, "c"), 0);
    CHECK_U64(sc_table_column(&t, "Region"), SIZE_MAX);
    CHECK_U64(sc_table_column(&t, ""), SIZE_MAX);
    sc_table_clear(&t); /* leaks are the sanitizer's to find */
    CHECK(t.columns == NULL && t.n_columns == 0);
    sc_table_clear(&t);
    CHECK_STR(sc_type_name(SC_T_TIMESTAMP), "timestamp");
    CHECK_STR(sc_type_name(SC_T_INTEGER), "integer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_back),
        cmocka_unit_test(test_parse_other_forms),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_print_is_cut),
        cmocka_unit_test(test_cuts_of_numbers),
        cmocka_unit_test(test_cuts_at_the_ends_of_integers),
        cmocka_unit_test(test_cuts_of_dates),
        cmocka_unit_test(test_cuts_in_words),
        cmocka_unit_test(test_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
