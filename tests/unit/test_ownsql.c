/* tests/unit/test_ownsql.c: which files a SELECT reads, and which are refused.
 */
#include <string.h>

#include "base/mem.h"
#include "job/conf/ownsql.h"
#include "tests/kat.h"

static sc_err resolve(sc_buf *out, sc_ownsql_files *files, const char *sql,
                      const char *const *declared, size_t n, sc_fault *why)
{
    sc_buf_reset(out);
    return sc_ownsql_resolve(out, files, sql, "/d", declared, n, why);
}

/* One declared name, or NULL; `expected` NULL: refused. */
static void check(const char *sql, const char *declared, const char *expected)
{
    sc_buf out = {0};
    sc_ownsql_files files = {0};
    sc_fault why = {0};
    sc_err err = resolve(&out, &files, sql, declared == NULL ? NULL : &declared,
                         declared == NULL ? 0 : 1, &why);

    if ((err == SC_OK) != (expected != NULL)) {
        fail_msg("%s: %s", sql, why.text);
    }
    if (err == SC_OK) {
        CHECK_STR((const char *)out.p, expected);
        CHECK(files.n_names > 0);
    } else {
        CHECK_U64(err, SC_E_CONFIG);
        CHECK(why.text[0] != '\0');
    }
    sc_ownsql_files_clear(&files);
    sc_buf_clear(&out);
}

static void test_found(void **state)
{
    (void)state;
    check("SELECT a FROM 'x.csv'", NULL, "SELECT a FROM '/d/x.csv'");
    check("select a from\n 'x.parquet' t where b = 'y.cs'", NULL,
          "select a from\n '/d/x.parquet' t where b = 'y.cs'");
    check("SELECT * FROM 'a.csv' JOIN 'sub/b.JSON' USING (k)", NULL,
          "SELECT * FROM '/d/a.csv' JOIN '/d/sub/b.JSON' USING (k)");
    check("SELECT * FROM (SELECT 1 x FROM '/abs/a.csv')", NULL,
          "SELECT * FROM (SELECT 1 x FROM '/abs/a.csv')");
    check("SELECT 1 FROM 'o''b.csv'", NULL, "SELECT 1 FROM '/d/o''b.csv'");
    check("SELECT 'FROM', \"from\", /* FROM y */ 1 -- FROM z\nFROM 'x.csv'",
          NULL,
          "SELECT 'FROM', \"from\", /* FROM y */ 1 -- FROM z\nFROM "
          "'/d/x.csv'");
}

static void test_not_found(void **state)
{
    (void)state;
    check("SELECT 1", NULL, NULL);
    check("SELECT 1 FROM x", NULL, NULL);
    check("SELECT 1 FROM \"x.csv\"", NULL, NULL);
    check("SELECT 1 FROM read_csv('x.csv')", NULL, NULL);
    check("SELECT 1 FROM 'x.csv', 'y.csv'", NULL, NULL);
    check("SELECT 1 FROM 'x.csv' WHERE k = 'y.csv'", NULL, NULL);
    check("SELECT 1 FROM '*.csv'", NULL, NULL);
    check("SELECT 1 FROM 'https://a.example/x.csv'", NULL, NULL);
    check("SELECT 1 FROM 'x.txt'", NULL, NULL);
    check("SELECT 1 FROM 'x.csv' JOIN y", NULL, NULL);
    check("SELECT extract(year FROM d) FROM 'x.csv'", NULL, NULL);
    check("SELECT 1 FROM '.csv'", NULL, NULL);
}

static void test_not_sql(void **state)
{
    (void)state;
    check("SELECT 1 FROM 'x.csv", NULL, NULL);
    check("SELECT \"1 FROM 'x.csv'", NULL, NULL);
    check("SELECT 1 FROM 'x.csv' /* end", NULL, NULL);
    check("SELECT 1 /* /* */ FROM 'x.csv'", NULL, NULL);
    check("SELECT $$ FROM $$ FROM 'x.csv'", NULL, NULL);
    check("SELECT e'\\'' FROM 'x.csv'", NULL, NULL);
    check("", NULL, NULL);
}

static void test_declared(void **state)
{
    (void)state;
    check("SELECT 1 FROM 'x.csv'", "x.csv", "SELECT 1 FROM '/d/x.csv'");
    check("SELECT 1 FROM read_csv('x.txt', delim=';')", "x.txt",
          "SELECT 1 FROM read_csv('/d/x.txt', delim=';')");
    check("SELECT 1 FROM read_parquet(['x.pq', ('x.pq')]) WHERE a IN ('x.pq')",
          "x.pq",
          "SELECT 1 FROM read_parquet(['/d/x.pq', ('/d/x.pq')]) WHERE a IN "
          "('x.pq')");
    check("WITH t AS (SELECT extract(year FROM d) FROM 'x.csv') SELECT 1 FROM "
          "t",
          "x.csv",
          "WITH t AS (SELECT extract(year FROM d) FROM '/d/x.csv') SELECT 1 "
          "FROM t");
    check("SELECT 1 FROM 'y.csv'", "x.csv", NULL);
    check("SELECT 1 FROM 'x.csv' JOIN 'y.csv'", "x.csv", NULL);
    check("SELECT 1 FROM t WHERE a = 'x.csv'", "x.csv", NULL);
    check("SELECT 1 FROM './x.csv'", "x.csv", NULL);
}

static void test_names(void **state)
{
    static const char *const two[] = {"a.csv", "b.csv"};
    sc_buf out = {0};
    sc_ownsql_files files = {0};
    sc_fault why = {0};

    (void)state;
    CHECK_OK(resolve(&out, &files,
                     "SELECT 1 FROM 'b.csv' JOIN 'a.csv' JOIN 'b.csv'", two, 2,
                     &why));
    CHECK_U64(files.n_names, 2);
    CHECK_STR(files.names[0], "b.csv");
    CHECK_STR(files.names[1], "a.csv");
    sc_ownsql_files_clear(&files);
    CHECK_ERR(SC_E_CONFIG,
              resolve(&out, &files, "SELECT 1 FROM 'a.csv'", two, 2, &why));
    CHECK(strstr(why.text, "file number 2") != NULL);
    sc_ownsql_files_clear(&files);
    sc_buf_clear(&out);
}

static void test_too_many(void **state)
{
    sc_buf sql = {0}, out = {0};
    sc_ownsql_files files = {0};

    (void)state;
    CHECK_OK(sc_buf_put_str(&sql, "SELECT 1 FROM 'x.csv'"));
    for (int i = 0; i < SC_OWNSQL_MAX_FILES; i++) {
        CHECK_OK(sc_buf_printf(&sql, " JOIN '%d.csv'", i));
    }
    CHECK_OK(sc_buf_terminate(&sql));
    CHECK_ERR(SC_E_CONFIG,
              resolve(&out, &files, (const char *)sql.p, NULL, 0, NULL));
    sc_ownsql_files_clear(&files);
    sc_buf_clear(&sql);
    sc_buf_clear(&out);
}

static void test_is_select(void **state)
{
    (void)state;
    CHECK(sc_ownsql_is_select("  select 1"));
    CHECK(sc_ownsql_is_select("-- mine\nWITH t AS (SELECT 1) SELECT 1"));
    CHECK(sc_ownsql_is_select("FROM 'x.csv'"));
    CHECK(!sc_ownsql_is_select("select.csv"));
    CHECK(!sc_ownsql_is_select("selected rows.csv"));
    CHECK(!sc_ownsql_is_select("x.csv"));
    CHECK(!sc_ownsql_is_select(""));
}

static sc_err once(void *arg)
{
    sc_buf out = {0};
    sc_ownsql_files files = {0};
    sc_err err = resolve(&out, &files, arg, NULL, 0, NULL);

    sc_ownsql_files_clear(&files);
    sc_buf_clear(&out);
    return err;
}

static void test_memory(void **state)
{
    char sql[] = "SELECT 1 FROM 'x.csv' JOIN 'y.csv' JOIN 'x.csv'";

    (void)state;
    CHECK_ALLOC(once, sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),     cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_not_sql),   cmocka_unit_test(test_declared),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_is_select), cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
