/* tests/unit/test_table.c: one table in each format. */
#include <stdio.h>

#include <jansson.h>

#include "tests/kat.h"

#include "cli/table.h"

static void check(const char *json, sc_table_format format,
                  const char *expected)
{
    json_t *v = json_loads(json, 0, NULL);
    sc_buf out = {0};

    CHECK(v != NULL);
    CHECK_OK(sc_table_put(&out, v, format));
    CHECK_OK(sc_buf_terminate(&out));
    CHECK_STR((const char *)out.p, expected);
    sc_buf_clear(&out);
    json_decref(v);
}

#define BIRDS                                                                  \
    "{\"columns\":[\"species\",\"n\",\"mean\"],\"rows\":["                     \
    "[\"Ad\xc3\xa9lie\",\"152\",\"3700.66\"],"                                 \
    "[\"Gentoo, \\\"big\\\"\",\"124\",null],"                                  \
    "[null,\"7\",{\"suppressed\":true}],"                                      \
    "[\"\",\"-1\",\"1e+22\"]],\"suppressed\":1}"

static void test_text(void **state)
{
    (void)state;
    check(BIRDS, SC_TABLE_TEXT,
          " species       |   n |       mean\n"
          "---------------+-----+------------\n"
          " Ad\xc3\xa9lie        | 152 |    3700.66\n"
          " Gentoo, \"big\" | 124 |       NULL\n"
          " NULL          |   7 | suppressed\n"
          "               |  -1 |      1e+22\n"
          "(4 rows, 1 with suppressed values)\n");
    check("{\"columns\":[\"a\"],\"rows\":[[\"x\"]]}", SC_TABLE_TEXT,
          " a\n---\n x\n(1 row)\n");
    check("{\"columns\":[\"a\",\"b\"],\"rows\":[]}", SC_TABLE_TEXT,
          " a | b\n---+---\n(0 rows)\n");
}

static void test_csv(void **state)
{
    (void)state;
    check(BIRDS, SC_TABLE_CSV,
          "species,n,mean\n"
          "Ad\xc3\xa9lie,152,3700.66\n"
          "\"Gentoo, \"\"big\"\"\",124,\n"
          ",7,suppressed\n"
          "\"\",-1,1e+22\n");
    check("{\"columns\":[\"a\"],\"rows\":[[\"x\\ny\"],[\"p\\r\"]]}",
          SC_TABLE_CSV, "a\n\"x\ny\"\n\"p\r\"\n");
}

static void test_json(void **state)
{
    (void)state;
    check(BIRDS, SC_TABLE_JSON,
          "{\"columns\":[\"species\",\"n\",\"mean\"],\"rows\":["
          "[\"Ad\xc3\xa9lie\",152,3700.66],"
          "[\"Gentoo, \\\"big\\\"\",124,null],"
          "[null,7,{\"suppressed\":true}],"
          "[\"\",-1,1e+22]],\"suppressed\":1}\n");
    /* A number too wide for any machine keeps its digits. */
    check("{\"columns\":[\"a\"],\"rows\":[[\"123456789012345678901234567890."
          "5\"]]}",
          SC_TABLE_JSON,
          "{\"columns\":[\"a\"],\"rows\":[[123456789012345678901234567890.5]],"
          "\"suppressed\":0}\n");
}

static void test_markdown(void **state)
{
    (void)state;
    check(BIRDS, SC_TABLE_MARKDOWN,
          "| species | n | mean |\n"
          "|---|---:|---:|\n"
          "| Ad\xc3\xa9lie | 152 | 3700.66 |\n"
          "| Gentoo, \"big\" | 124 | NULL |\n"
          "| NULL | 7 | suppressed |\n"
          "|  | -1 | 1e+22 |\n");
    check("{\"columns\":[\"a|b\"],\"rows\":[[\"x\\\\|\"]]}", SC_TABLE_MARKDOWN,
          "| a\\|b |\n|---|\n| x\\\\\\| |\n");
}

/* What JSON does not call a number stays a text, and to the left. */
static void test_numeric(void **state)
{
    (void)state;
    check("{\"columns\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"],\"rows\":"
          "[[\"007\",\"+1\",\".5\",\"1.\",\"1e\",\"-\",\"0x1\"]]}",
          SC_TABLE_JSON,
          "{\"columns\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"],\"rows\":"
          "[[\"007\",\"+1\",\".5\",\"1.\",\"1e\",\"-\",\"0x1\"]],"
          "\"suppressed\":0}\n");
    check("{\"columns\":[\"year\",\"n\"],\"rows\":[[\"2024\",\"1\"]],"
          "\"numeric\":[false,true]}",
          SC_TABLE_JSON,
          "{\"columns\":[\"year\",\"n\"],\"rows\":[[\"2024\",1]],"
          "\"suppressed\":0}\n");
    check(
        "{\"columns\":[\"a\",\"b\"],\"rows\":[[true,-12],[false,3]]}",
        SC_TABLE_TEXT,
        " a     |   b\n-------+-----\n true  | -12\n false |   3\n(2 rows)\n");
    check("{\"columns\":[\"a\"],\"rows\":[[null],[\"0\"]]}", SC_TABLE_TEXT,
          "    a\n------\n NULL\n    0\n(2 rows)\n");
}

static void test_control(void **state)
{
    (void)state;
    check("{\"columns\":[\"\\u001b[2J\"],\"rows\":[[\"a\\u009bb\\u007f\\n\"]]}",
          SC_TABLE_TEXT, " ?[2J\n-------\n a?b??\n(1 row)\n");
}

static void test_bad_shape(void **state)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"columns\":[],\"rows\":[]}",
        "{\"columns\":[1],\"rows\":[]}",
        "{\"columns\":[\"a\"]}",
        "{\"columns\":[\"a\"],\"rows\":{}}",
        "{\"columns\":[\"a\"],\"rows\":[[]]}",
        "{\"columns\":[\"a\"],\"rows\":[[1,2]]}",
        "{\"columns\":[\"a\"],\"rows\":[\"x\"]}",
        "{\"columns\":[\"a\"],\"rows\":[[{}]]}",
        "{\"columns\":[\"a\"],\"rows\":[[1.5]]}",
        "{\"columns\":[\"a\"],\"rows\":[[[1]]]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *v = json_loads(bad[i], 0, NULL);
        sc_buf out = {0};

        CHECK(v != NULL);
        CHECK_OK(sc_buf_put_str(&out, "x"));
        for (int f = SC_TABLE_TEXT; f <= SC_TABLE_MARKDOWN; f++) {
            CHECK_ERR(SC_E_WIRE, sc_table_put(&out, v, (sc_table_format)f));
            CHECK_U64(out.len, 1);
        }
        sc_buf_clear(&out);
        json_decref(v);
    }
}

static void test_formats(void **state)
{
    sc_table_format f = SC_TABLE_JSON;
    sc_fault why = {0};

    (void)state;
    CHECK_OK(sc_table_format_take(&f, "table", &why));
    CHECK_U64(f, SC_TABLE_TEXT);
    CHECK_OK(sc_table_format_take(&f, "markdown", &why));
    CHECK_U64(f, SC_TABLE_MARKDOWN);
    CHECK_ERR(SC_E_CONFIG, sc_table_format_take(&f, "xml", &why));
    CHECK_STR(why.text, "there is no format 'xml'");
}

static sc_err put_all(void *arg)
{
    sc_buf out = {0};
    sc_err err = SC_E_BUG;

    for (int f = SC_TABLE_TEXT; f <= SC_TABLE_MARKDOWN; f++) {
        SC_TRY(sc_table_put(&out, arg, (sc_table_format)f));
    }
    err = SC_OK;
out:
    sc_buf_clear(&out);
    return err;
}

static void test_memory(void **state)
{
    json_t *v = json_loads(BIRDS, 0, NULL);

    (void)state;
    CHECK_ALLOC(put_all, v);
    json_decref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),      cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json),      cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_numeric),   cmocka_unit_test(test_control),
        cmocka_unit_test(test_bad_shape), cmocka_unit_test(test_formats),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
