/* tests/unit/test_progress.c: the words of a line, and silence. */
#include "tests/kat.h"

#include "cli/progress.h"

static void check(uint64_t done, uint64_t total, uint64_t ms,
                  const char *expected)
{
    char out[160];

    sc_progress_words(out, sizeof out, "load", done, total, 0, ms);
    CHECK_STR(out, expected);
}

static void test_words(void **state)
{
    (void)state;
    check(0, 0, 9000, "load    ");
    check(999, 0, 0, "load     999 B");
    check(1000, 0, 499, "load     1.0 kB");
    check(1000000, 0, 1000, "load     1.0 MB  1.0 MB/s");
    check(1000000, 4000000, 2000,
          "load     1.0 MB of 4.0 MB  500 kB/s  6 s "
          "left");
    check(4000000, 4000000, 2000, "load     4.0 MB of 4.0 MB  2.0 MB/s");
    check(1, 1000, 1000, "load     1 B of 1.0 kB  1 B/s  16 min 39 s left");
    check(1, 10000, 1000, "load     1 B of 10.0 kB  1 B/s  2 h 46 min left");
    check(1, 10000, 9000, "load     1 B of 10.0 kB");
    check(0, 10000, 9000, "load     0 B of 10.0 kB");
    check(99949, 0, 0, "load     99.9 kB");
    check(99950, 0, 0, "load     100 kB");
    check(UINT64_MAX, UINT64_MAX, 0, "load     18446744 TB of 18446744 TB");
}

static void test_cut(void **state)
{
    char out[8];

    (void)state;
    sc_progress_words(out, sizeof out, "a very long phase name indeed", 1, 2, 0,
                      1);
    CHECK_STR(out, "a very ");
}

/* What earlier phases moved counts as done, not for this one's rate. */
static void test_rate_of_the_phase(void **state)
{
    char out[160];

    (void)state;
    sc_progress_words(out, sizeof out, "open", 3000000, 4000000, 2000000, 2000);
    CHECK_STR(out, "open     3.0 MB of 4.0 MB  500 kB/s  2 s left");
}

static void test_silent(void **state)
{
    FILE *f = tmpfile();
    sc_progress p;

    (void)state;
    CHECK(f != NULL);
    sc_progress_init(&p, f);
    sc_progress_show(&p, "load", 1, 2);
    sc_progress_show(&p, "sign", 1, 2);
    sc_progress_end(&p);
    CHECK(ftell(f) == 0);
    (void)fclose(f);
}

/* As on a terminal: a line a phase, written over, ended once. */
static void test_lines(void **state)
{
    FILE *f = tmpfile();
    sc_progress p;
    char got[200] = "";

    (void)state;
    CHECK(f != NULL);
    sc_progress_init(&p, f);
    p.is_on = 1;
    sc_progress_show(&p, "load", 1, 0);
    sc_progress_show(&p, "load", 2, 0); /* too soon */
    sc_progress_show(&p, "sign", 0, 0);
    sc_progress_end(&p);
    sc_progress_end(&p);
    rewind(f);
    CHECK(fread(got, 1, sizeof got - 1, f) > 0);
    CHECK_STR(got, "\rload     1 B\x1b[K\n\rsign    \x1b[K\n");
    (void)fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_rate_of_the_phase),
        cmocka_unit_test(test_silent),
        cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
