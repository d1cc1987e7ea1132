/* tests/unit/test_key_date.c: each part of each day and minute of some years, by
 * the plan's pieces and by the C library's calendar. */
#define _DEFAULT_SOURCE /* timegm */
#include <stdio.h>
#include <time.h>

#include "tests/kat.h"
#include "tests/unit/plan_fixture.h"

static fixture f;

static sc_plan *plan_of(const char *format, const char *part)
{
    char sql[200];
    sc_plan *p = NULL;
    sc_fault why;

    (void)snprintf(sql, sizeof sql, format, part);
    if (fixture_plan(&p, &f, sql, &why) != SC_OK) {
        fail_msg("%s: %s", sql, why.text);
    }
    return p;
}

static const char *label_at(const sc_key *k, int64_t v)
{
    size_t piece = 0;

    while (piece < k->n_breaks && k->breaks[piece] <= v) {
        piece++;
    }
    return k->labels[k->outcome[piece]];
}

/* What EXTRACT gives, from struct tm and strftime. */
static void number_by_libc(char out[static 32], const char *part, time_t at)
{
    struct tm t;
    char text[8];
    int n;

    assert_non_null(gmtime_r(&at, &t));
    if (strcmp(part, "week") == 0 || strcmp(part, "isoyear") == 0) {
        (void)strftime(text, sizeof text, part[0] == 'w' ? "%V" : "%G", &t);
        (void)snprintf(out, 32, "%ld", strtol(text, NULL, 10));
        return;
    }
    n = strcmp(part, "decade") == 0    ? (t.tm_year + 1900) / 10
        : strcmp(part, "year") == 0    ? t.tm_year + 1900
        : strcmp(part, "quarter") == 0 ? t.tm_mon / 3 + 1
        : strcmp(part, "month") == 0   ? t.tm_mon + 1
        : strcmp(part, "day") == 0     ? t.tm_mday
        : strcmp(part, "hour") == 0    ? t.tm_hour
        : strcmp(part, "minute") == 0  ? t.tm_min
        : strcmp(part, "dow") == 0     ? t.tm_wday
        : strcmp(part, "isodow") == 0  ? (t.tm_wday + 6) % 7 + 1
                                       : t.tm_yday + 1;
    (void)snprintf(out, 32, "%d", n);
}

static void start_by_libc(char out[static 32], const char *part, time_t at,
                          int has_time)
{
    struct tm t;

    assert_non_null(gmtime_r(&at, &t));
    t.tm_sec = 0;
    t.tm_min = strcmp(part, "minute") == 0 ? t.tm_min : 0;
    if (strcmp(part, "minute") != 0 && strcmp(part, "hour") != 0) {
        t.tm_hour = 0;
    }
    if (strcmp(part, "week") == 0) {
        t.tm_mday -= (t.tm_wday + 6) % 7;
    } else if (t.tm_hour == 0 && strcmp(part, "day") != 0 &&
               strcmp(part, "hour") != 0 && strcmp(part, "minute") != 0) {
        t.tm_mday = 1;
        t.tm_mon -= strcmp(part, "month") == 0     ? 0
                    : strcmp(part, "quarter") == 0 ? t.tm_mon % 3
                                                   : t.tm_mon;
        t.tm_year -= strcmp(part, "decade") == 0 ? t.tm_year % 10 : 0;
    }
    at = timegm(&t);
    assert_non_null(gmtime_r(&at, &t));
    (void)strftime(out, 32, has_time ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d", &t);
}

static void test_dates(void **state)
{
    static const char *const numbers[] = {"decade", "year", "quarter",
                                          "month",  "week", "isoyear",
                                          "day",    "dow",  "isodow",
                                          "doy"};
    static const char *const starts[] = {"decade", "year", "quarter",
                                         "month",  "week", "day"};
    char want[32];

    (void)state;
    fixture_init(&f);
    f.people[BORN].cuts.kind = SC_CUTS_ANY;
    f.people[BORN].min = sc_date_days(1958, 11, 20); /* both sides of 1970 */
    f.people[BORN].max = sc_date_days(1981, 2, 10);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sc_plan *p = plan_of("SELECT COUNT(*) FROM people GROUP BY "
                             "EXTRACT(%s FROM born)",
                             numbers[i]);

        for (int64_t d = f.people[BORN].min; d <= f.people[BORN].max; d++) {
            number_by_libc(want, numbers[i], (time_t)(d * 86400));
            CHECK_STR(label_at(&p->keys[0], d), want);
        }
        sc_plan_free(&p);
    }
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        sc_plan *p = plan_of("SELECT COUNT(*) FROM people GROUP BY "
                             "date_trunc('%s', born)",
                             starts[i]);

        for (int64_t d = f.people[BORN].min; d <= f.people[BORN].max; d++) {
            start_by_libc(want, starts[i], (time_t)(d * 86400), 0);
            CHECK_STR(label_at(&p->keys[0], d), want);
        }
        sc_plan_free(&p);
    }
}

static void test_times(void **state)
{
    static const char *const parts[] = {"hour", "minute", "day", "week"};
    char want[32];

    (void)state;
    fixture_init(&f);
    f.people[SEEN].cuts.kind = SC_CUTS_ANY;
    f.people[SEEN].min = sc_date_days(1969, 12, 28) * DAY_US + 12345;
    f.people[SEEN].max = sc_date_days(1970, 1, 6) * DAY_US + 777;
    for (size_t i = 0; i < 2 * sizeof parts / sizeof *parts; i++) {
        const char *part = parts[i / 2];
        sc_plan *p = plan_of(i % 2 == 0 ? "SELECT COUNT(*) FROM people GROUP "
                                          "BY EXTRACT(%s FROM seen)"
                                        : "SELECT COUNT(*) FROM people GROUP "
                                          "BY date_trunc('%s', seen)",
                             part);

        for (int64_t v = f.people[SEEN].min; v <= f.people[SEEN].max;
             v += 59999999) { /* all but a minute */
            int64_t s = v / 1000000 - (v % 1000000 < 0);

            if (i % 2 == 0) {
                number_by_libc(want, part, (time_t)s);
            } else {
                start_by_libc(want, part, (time_t)s, 1);
            }
            CHECK_STR(label_at(&p->keys[0], v), want);
        }
        sc_plan_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
