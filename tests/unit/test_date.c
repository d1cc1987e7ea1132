/* tests/unit/test_date.c: tests/vectors/date.kat, every day of the range
 * against a calendar kept by counting, and hostile texts. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "tests/kat.h"

#define FIRST_DAY (-719162)
#define LAST_DAY  2932896

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "date.kat"); sc_kat_next(&t);) {
        int64_t days = sc_kat_i64(&t, "days"), got = 0;
        int64_t micros = sc_kat_i64(&t, "micros");
        int64_t seconds = sc_kat_i64(&t, "seconds");
        char date[11], timestamp[27], utc[21];

        sc_date_print(date, days);
        CHECK_STR(date, sc_kat_str(&t, "date"));
        CHECK_OK(sc_date_parse(&got, sc_kat_text(&t, "date")));
        CHECK_I64(got, days);
        sc_timestamp_print(timestamp, micros);
        CHECK_STR(timestamp, sc_kat_str(&t, "timestamp"));
        CHECK_OK(sc_timestamp_parse(&got, sc_kat_text(&t, "timestamp")));
        CHECK_I64(got, micros);
        sc_utc_print(utc, seconds);
        CHECK_STR(utc, sc_kat_str(&t, "utc"));
        CHECK_OK(sc_utc_parse(&got, sc_kat_text(&t, "utc")));
        CHECK_I64(got, seconds);
    }
}

static int length_of(int year, int month)
{
    if (month == 2) {
        return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void test_every_day(void **state)
{
    int64_t days = FIRST_DAY;

    (void)state;
    for (int year = 1; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= length_of(year, month); day++, days++) {
                int y = 0, m = 0, d = 0;

                sc_date_civil(&y, &m, &d, days);
                if (y != year || m != month || d != day ||
                    sc_date_days(year, month, day) != days) {
                    fail_msg("%d-%d-%d is day %lld", year, month, day,
                             (long long)days);
                }
            }
        }
    }
    CHECK_I64(days, LAST_DAY + 1);
}

/* Every date of four, two and two digits: accepted if and only if it is. */
static void test_every_text(void **state)
{
    static const int years[] = {0, 1, 4, 100, 1900, 1999, 2000, 2024, 9999};

    (void)state;
    for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
        for (int month = 0; month < 100; month++) {
            for (int day = 0; day < 100; day++) {
                char text[32];
                int64_t days = 0;
                int is_date = years[i] > 0 && month >= 1 && month <= 12 &&
                              day >= 1 && day <= length_of(years[i], month);

                snprintf(text, sizeof text, "%04d-%02d-%02d", years[i], month,
                         day);
                CHECK_ERR(is_date ? SC_OK : SC_E_WIRE,
                          sc_date_parse(&days, sc_bytes_of(text)));
            }
        }
    }
}

static void test_outside_the_range(void **state)
{
    static const int64_t outside[] = {FIRST_DAY - 1, LAST_DAY + 1, INT64_MIN,
                                      INT64_MAX};
    char date[11], timestamp[27], utc[21];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        int y = 1, m = 1, d = 1;

        sc_date_civil(&y, &m, &d, outside[i]);
        CHECK(y == 0 && m == 0 && d == 0);
        sc_date_print(date, outside[i]);
        CHECK_STR(date, "0000-00-00");
        sc_utc_print(utc, i < 2 ? outside[i] * 86400 : outside[i]);
        CHECK_BYTES(utc, "0000-00-00T", 11);
        CHECK_U64(strlen(utc), 20);
    }
    sc_timestamp_print(timestamp, INT64_MIN);
    CHECK_BYTES(timestamp, "0000-00-00 ", 11);
    sc_timestamp_print(timestamp, INT64_MAX);
    CHECK_BYTES(timestamp, "0000-00-00 ", 11);
}

static void check_micros(const char *text, int64_t expected)
{
    int64_t micros = 0;

    CHECK_OK(sc_timestamp_parse(&micros, sc_bytes_of(text)));
    CHECK_I64(micros, expected);
}

static void test_timestamps(void **state)
{
    static const char *const bad[] = {"",
                                      "1970-01-01",
                                      "1970-01-01 00:00",
                                      "1970-01-01 00:00:00.",
                                      "1970-01-01 00:00:00.1234567",
                                      "1970-01-01 00:00:00.12345x",
                                      "1970-01-01 00:00:00,1",
                                      "1970-01-01 00:00:00Z",
                                      "1970-01-01 00:00:00+01",
                                      "1970-01-01t00:00:00",
                                      "1970-01-01  0:00:00",
                                      "1970-01-01 24:00:00",
                                      "1970-01-01 23:60:00",
                                      "1970-01-01 23:59:60",
                                      "1970-02-29 00:00:00",
                                      "1970-01-01 00-00:00",
                                      "1970-01-01 00:00-00",
                                      " 1970-01-01 00:00:00",
                                      "1970-01-01 00:00:00 ",
                                      "0000-01-01 00:00:00",
                                      "10000-01-01 00:00:00"};
    int64_t micros = 77;

    (void)state;
    check_micros("1970-01-01T00:00:00", 0);
    check_micros("1970-01-01 00:00:00.1", 100000);
    check_micros("1970-01-01 00:00:00.000001", 1);
    check_micros("1969-12-31 23:59:59.999999", -1);
    check_micros("1970-01-02 01:01:01.5", 90061500000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (sc_timestamp_parse(&micros, sc_bytes_of(bad[i])) != SC_E_WIRE) {
            fail_msg("`%s` is accepted", bad[i]);
        }
    }
    CHECK_I64(micros, 77);
}

/* Every second of a day prints and parses back. */
static void test_every_second(void **state)
{
    (void)state;
    for (int64_t s = -86400; s < 86400; s++) {
        char text[27];
        int64_t got = 0;

        sc_utc_print(text, s);
        CHECK_OK(sc_utc_parse(&got, sc_bytes_of(text)));
        CHECK_I64(got, s);
    }
}

/* Each byte of a text takes each value: refused, or it prints as itself. */
static void test_hostile_texts(void **state)
{
    const char *utc = "2024-02-29T10:00:00Z";
    uint8_t text[21];
    int64_t v = 0;

    (void)state;
    memcpy(text, utc, sizeof text);
    for (size_t i = 0; i < 20; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char again[21];

            text[i] = (uint8_t)byte;
            if (sc_utc_parse(&v, (sc_bytes){text, 20}) == SC_OK) {
                sc_utc_print(again, v);
                CHECK_BYTES(again, text, 20);
            }
            if (sc_date_parse(&v, (sc_bytes){text, 10}) == SC_OK) {
                sc_date_print(again, v);
                CHECK_BYTES(again, text, 10);
            }
        }
        text[i] = (uint8_t)utc[i];
        CHECK_ERR(SC_E_WIRE, sc_utc_parse(&v, (sc_bytes){text, i}));
        if (i != 10) {
            CHECK_ERR(SC_E_WIRE, sc_date_parse(&v, (sc_bytes){text, i}));
        }
    }
    CHECK_ERR(SC_E_WIRE, sc_utc_parse(&v, (sc_bytes){text, 21}));
    CHECK_ERR(SC_E_WIRE, sc_utc_parse(&v, sc_bytes_of("2024-02-29 10:00:00Z")));
    CHECK_ERR(SC_E_WIRE, sc_utc_parse(&v, sc_bytes_of("2024-02-29T10:00:00z")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_every_text),
        cmocka_unit_test(test_outside_the_range),
        cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_every_second),
        cmocka_unit_test(test_hostile_texts),
    };

    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
