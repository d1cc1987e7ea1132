/* tests/unit/test_plan_refuse.c: every refusal at its place, in its words
 * (tests/vectors/plan_refuse.kat), and hostile texts. */
#include <jansson.h>

#include "tests/kat.h"
#include "tests/unit/plan_fixture.h"

/* Copy text without the mark, ~ as a new line; the mark's line and column. */
static void take_marked(char *sql, size_t len, unsigned *line, unsigned *column,
                        const char *text)
{
    unsigned l = 1, c = 1;

    *line = *column = 0;
    for (; *text != '\0' && len > 1; text++) {
        if (*text == '@') {
            *line = l;
            *column = c;
            continue;
        }
        *sql = *text == '~' ? '\n' : *text;
        c += ((unsigned char)*text & 0xC0u) != 0x80u;
        if (*sql == '\n') {
            l++;
            c = 1;
        }
        sql++;
        len--;
    }
    *sql = '\0';
}

static void test_refusals(void **state)
{
    size_t n_bad = 0;
    fixture f;
    sc_kat t;

    (void)state;
    fixture_init(&f);
    for (sc_kat_open(&t, "plan_refuse.kat"); sc_kat_next(&t);) {
        int is_config = strcmp(sc_kat_str(&t, "error"), "config") == 0;
        const char *says = sc_kat_str(&t, "says");
        char sql[1000], words[1000];
        unsigned line, column;
        sc_plan *p = NULL;
        sc_fault why;
        sc_err err;

        take_marked(sql, sizeof sql, &line, &column, sc_kat_str(&t, "sql"));
        err = fixture_plan(&p, &f, sql, &why);
        (void)snprintf(words, sizeof words, "%s; %s", why.text, why.remedy);
        if (err != (is_config ? SC_E_CONFIG : SC_E_REFUSED) ||
            why.code != err || p != NULL || why.line != line ||
            why.column != column || strstr(words, says) == NULL) {
            print_error("%s\nwant %u:%u %s\ngot %u:%u %s (%s)\n", sql, line,
                        column, says, why.line, why.column, words,
                        sc_err_text(err));
            n_bad++;
        }
    }
    assert_int_equal(0, n_bad);
}

/* ---- hostile texts --------------------------------------------------- */

/* "SELECT head (part ... part) tail"; *why as it was refused. */
static void refuse_repeated(sc_fault *why, const char *head, const char *part,
                            size_t n, const char *tail)
{
    size_t room = strlen(head) + n * strlen(part) + strlen(tail) + 1;
    char *sql = sc_alloc(room, 1), *at = sql;
    sc_plan *p = NULL;
    fixture f;
    sc_err err;

    fixture_init(&f);
    assert_non_null(sql);
    at = stpcpy(at, head);
    for (size_t i = 0; i < n; i++) {
        at = stpcpy(at, part);
    }
    (void)stpcpy(at, tail);
    err = fixture_plan(&p, &f, sql, why);
    assert_true(err == SC_E_CONFIG || err == SC_E_REFUSED);
    assert_null(p);
    sc_free(sql);
}

static void test_too_deep(void **state)
{
    static const struct {
        const char *head, *part, *tail;
        size_t n;
    } deep[] = {
        {"SELECT ", "1+", "1 FROM people", 30000},
        {"SELECT COUNT(*) FROM people WHERE ", "NOT ", "member", 15000},
        {"SELECT COUNT(*) FROM people WHERE ", "NOT ", "member", 210},
        {"SELECT ", "(", "1", 60000},
        {"SELECT ", "- ", "age FROM people", 30000},
        {"SELECT SUM(", "1+", "age) FROM people", 200},
        {"SELECT COUNT(*)", "*1.5", " FROM people", 210},
        {"SELECT COUNT(*) FROM people WHERE member", "::bool", "", 10000},
        {"SELECT 1 FROM people ", "UNION SELECT 1 FROM people ", "", 2000},
        {"SELECT COUNT(*) FROM people ", "CROSS JOIN people ", "", 3000},
    };
    sc_fault why;

    (void)state;
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        refuse_repeated(&why, deep[i].head, deep[i].part, deep[i].n,
                        deep[i].tail);
        if (i != 8 && i != 9 && strstr(why.text, "too deep") == NULL) {
            fail_msg("%s%s...: %s", deep[i].head, deep[i].part, why.text);
        }
    }
}

static void test_too_long(void **state)
{
    sc_fault why;

    (void)state;
    refuse_repeated(&why, "SELECT 1", "+1", 60000, " FROM people");
    assert_non_null(strstr(why.text, "longer than 64 KiB"));
    refuse_repeated(&why, "SELECT 1", "(", 100000, " FROM people");
    assert_non_null(strstr(why.text, "longer than 64 KiB"));
    refuse_repeated(&why, "SELECT COUNT(*)", ", COUNT(*)", 256, " FROM people");
    assert_non_null(strstr(why.text, "at most 256"));
    refuse_repeated(&why, "SELECT region FROM people GROUP BY region",
                    ", region", 256, "");
    assert_non_null(strstr(why.text, "at most 256"));
}

/* Work that grows faster than the text is bounded: each of these ends. */
static void test_too_much_work(void **state)
{
    sc_fault why;

    (void)state;
    /* 2^n if a nested function were made twice */
    refuse_repeated(
        &why, "SELECT COUNT(*) FROM people WHERE ",
        "CASE WHEN CASE WHEN member THEN 1 ELSE 2 END BETWEEN 1 AND "
        "2 THEN 1 END BETWEEN 1 AND 2 AND ",
        500, "nothing");
    refuse_repeated(&why, "SELECT COUNT(*) FROM people WHERE ",
                    "width_bucket(debt, -1000, 1000, 20000) = 5 OR ", 1300,
                    "true");
    assert_non_null(strstr(why.text, "too many groups"));
    refuse_repeated(&why,
                    "SELECT COUNT(*) FROM people GROUP BY debt HAVING debt IN "
                    "(0",
                    ", 1", 10000, ")");
    assert_non_null(strstr(why.text, "too many groups"));
    refuse_repeated(&why, "SELECT ", "NULLIF(", 40, "COUNT(*), 1");
    refuse_repeated(&why,
                    "SELECT NULLIF(NULLIF(NULLIF(NULLIF(NULLIF(NULLIF(NULLIF("
                    "NULLIF(NULLIF(NULLIF(NULLIF(COUNT(*)",
                    ", 1)", 11, " FROM people");
    assert_non_null(strstr(why.text, "too long"));
    refuse_repeated(&why, "SELECT COUNT(*) FROM people HAVING AVG(age) IN (0",
                    ", 1", 10000, ")");
    assert_non_null(strstr(why.text, "too long"));
}

/* 300 filters are 300 sums. */
static void test_too_many_sums(void **state)
{
    char *sql = sc_alloc(65536, 1), *at = sql;
    sc_plan *p = NULL;
    sc_fault why;
    fixture f;

    (void)state;
    assert_non_null(sql);
    fixture_init(&f);
    at += sprintf(at, "SELECT 0");
    for (int i = 0; i < 300; i++) {
        at += sprintf(at, " + COUNT(*) FILTER (WHERE debt < %d)", i);
        at += i % 50 == 0 ? sprintf(at, ", 0") : 0;
    }
    (void)sprintf(at, " FROM people");
    CHECK_ERR(SC_E_REFUSED, fixture_plan(&p, &f, sql, &why));
    assert_non_null(strstr(why.text, "more than 256 different sums"));
    sc_free(sql);
}

static void test_not_text(void **state)
{
    static const char *const bad[] = {"SELECT '\xFF' FROM people",
                                      "SELECT '\xC3' FROM people",
                                      "SELECT '\xED\xA0\x80' FROM people",
                                      "\x80", "SELECT \xC0\x80 FROM people"};
    sc_plan *p = NULL;
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(SC_E_CONFIG, fixture_plan(&p, &f, bad[i], &why));
        assert_non_null(strstr(why.text, "UTF-8"));
    }
}

/* No control character of the text reaches a terminal. */
static void test_printable(void **state)
{
    sc_plan *p = NULL;
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    CHECK_ERR(SC_E_CONFIG,
              fixture_plan(&p, &f,
                           "SELECT \"a\x1B[31m\xC2\x9B\x7F\xC3\xA4\" FROM "
                           "people",
                           &why));
    assert_non_null(strstr(why.text, "\"a?[31m???\xC3\xA4\""));
}

/* Cut at every byte: never a crash, and a fault unless it is whole. */
static void test_truncated(void **state)
{
    static const char text[] =
        "SELECT region, AVG(2 * income + 1) FILTER (WHERE member), CORR(age, "
        "debt) FROM people WHERE age BETWEEN 18 AND 44 AND region IN ('north', "
        "NULL) GROUP BY region HAVING COUNT(*) > 5 ORDER BY 2 DESC LIMIT 3";
    char sql[sizeof text];
    fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t len = 0; len < sizeof text; len++) {
        sc_plan *p = NULL;
        sc_fault why;
        sc_err err;

        memcpy(sql, text, len);
        sql[len] = '\0';
        err = fixture_plan(&p, &f, sql, &why);
        assert_true((err == SC_OK) == (p != NULL));
        assert_true(err == SC_OK || why.text[0] != '\0');
        assert_true(err == SC_OK || err == SC_E_CONFIG || err == SC_E_REFUSED);
        sc_plan_free(&p);
    }
}

/* Each allocation of ours fails in turn; nothing leaks (asan). */
static void test_no_memory(void **state)
{
    static const char sql[] =
        "SELECT CASE WHEN age < 18 THEN 'a' ELSE 'b' END, region, AVG(2 * "
        "income + 1) FILTER (WHERE member OR EXTRACT(year FROM born) > 1999), "
        "ROUND(CORR(age, debt), 2), NULLIF(COUNT(*), 0), SUM(age * debt) FROM "
        "people WHERE age BETWEEN 18 AND 44 AND region IN ('north', NULL) "
        "GROUP BY 1, region HAVING COUNT(*) > 5 AND region = 'north' ORDER BY "
        "2 DESC LIMIT 3";
    sc_err err = SC_E_MEM;
    fixture f;

    (void)state;
    fixture_init(&f);
    for (uint64_t k = 1; err != SC_OK; k++) {
        sc_plan *p = NULL;
        sc_fault why;

        sc_alloc_fail_at(k + 1); /* the fixture's own is the first */
        err = fixture_plan(&p, &f, sql, &why);
        sc_alloc_fail_at(0);
        assert_true(err == SC_OK || err == SC_E_MEM);
        assert_true((err == SC_OK) == (p != NULL));
        sc_plan_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_too_deep),
        cmocka_unit_test(test_too_long),      cmocka_unit_test(test_not_text),
        cmocka_unit_test(test_too_much_work), cmocka_unit_test(test_printable),
        cmocka_unit_test(test_too_many_sums), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
