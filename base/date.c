/* base/date.c: the calendar as one formula.
 *
 * A year that begins in March puts the leap day last. Then day d (from 0) of
 * month m (from 0 = March) is day (153 m + 2) / 5 + d of its year, because five
 * months from March or August on have 153 days; and 400 years have 146097 days,
 * the length of one era of the Gregorian calendar.
 * Source: H. Hinnant, chrono-compatible low-level date algorithms. */
#include "base/date.h"

#include <stdio.h>
#include <string.h>

#define ERA_DAYS     146097
#define EPOCH_DAY    719468    /* 1970-01-01 counted from 0000-03-01 */
#define FIRST_DAY    (-719162) /* 0001-01-01 */
#define LAST_DAY     2932896   /* 9999-12-31 */
#define DAY_SECONDS  86400
#define MICROS       1000000
#define DATE_LEN     10
#define TIME_LEN     8
#define MAX_FRACTION 6 /* digits */

/* Division that rounds to minus infinity; b > 0. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* What floor_div leaves: 0 <= it < b. */
static int floor_rest(int64_t a, int64_t b)
{
    return (int)(a % b + (a % b < 0 ? b : 0));
}

int64_t sc_date_days(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t m = (int64_t)month + (month > 2 ? -3 : 9);
    int64_t day_of_year = (153 * m + 2) / 5 + day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * ERA_DAYS + day_of_era - EPOCH_DAY;
}

void sc_date_civil(int *year, int *month, int *day, int64_t days)
{
    int64_t era, day_of_era, year_of_era, day_of_year, m;

    if (days < FIRST_DAY || days > LAST_DAY) {
        *year = *month = *day =
            0; /* outside the range of the header: no date */
        return;
    }
    days += EPOCH_DAY;
    era = floor_div(days, ERA_DAYS);
    day_of_era = days - era * ERA_DAYS;
    /* Take the leap days away, then a year has 365 days. */
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                   day_of_era / 146096) /
                  365;
    day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    m = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

/* The number in the n digits at p; -1 if one is no digit. */
static int digits(const uint8_t *p, size_t n)
{
    int v = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return -1;
        }
        v = 10 * v + (p[i] - '0');
    }
    return v;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 ? days[1] + is_leap : days[month - 1];
}

sc_err sc_date_parse(int64_t *days, sc_bytes text)
{
    int year, month, day;

    if (text.len != DATE_LEN || text.p[4] != '-' || text.p[7] != '-') {
        return SC_E_WIRE;
    }
    year = digits(text.p, 4);
    month = digits(text.p + 5, 2);
    day = digits(text.p + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month)) {
        return SC_E_WIRE;
    }
    *days = sc_date_days(year, month, day);
    return SC_OK;
}

void sc_date_print(char out[static 11], int64_t days)
{
    int year, month, day;

    sc_date_civil(&year, &month, &day, days);
    out[0] = (char)('0' + year / 1000);
    out[1] = (char)('0' + year / 100 % 10);
    out[2] = (char)('0' + year / 10 % 10);
    out[3] = (char)('0' + year % 10);
    out[4] = '-';
    out[5] = (char)('0' + month / 10);
    out[6] = (char)('0' + month % 10);
    out[7] = '-';
    out[8] = (char)('0' + day / 10);
    out[9] = (char)('0' + day % 10);
    out[10] = '\0';
}

/* "HH:MM:SS" to seconds of the day; -1 if it is none. No leap second. */
static int time_of_day(const uint8_t *p)
{
    int hour = digits(p, 2), minute = digits(p + 3, 2), sec = digits(p + 6, 2);

    if (p[2] != ':' || p[5] != ':' || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || sec < 0 || sec > 59) {
        return -1;
    }
    return (hour * 60 + minute) * 60 + sec;
}

/* A date, one byte between, a time: seconds since 1970. */
static sc_err parse_seconds(int64_t *seconds, sc_bytes text)
{
    int64_t days;
    int time;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(text.len == DATE_LEN + 1 + TIME_LEN, SC_E_WIRE);
    SC_TRY(sc_date_parse(&days, (sc_bytes){text.p, DATE_LEN}));
    time = time_of_day(text.p + DATE_LEN + 1);
    SC_REQUIRE(time >= 0, SC_E_WIRE);
    *seconds = days * DAY_SECONDS + time;
    err = SC_OK;
out:
    return err;
}

sc_err sc_timestamp_parse(int64_t *micros, sc_bytes text)
{
    const size_t whole_len = DATE_LEN + 1 + TIME_LEN;
    sc_err err = SC_E_BUG;
    size_t n_fraction = 0;
    int64_t seconds;
    int fraction = 0;

    SC_REQUIRE(text.len >= whole_len, SC_E_WIRE);
    SC_REQUIRE(text.p[DATE_LEN] == ' ' || text.p[DATE_LEN] == 'T', SC_E_WIRE);
    SC_TRY(parse_seconds(&seconds, (sc_bytes){text.p, whole_len}));
    if (text.len > whole_len) {
        n_fraction = text.len - whole_len - 1;
        SC_REQUIRE(text.p[whole_len] == '.', SC_E_WIRE);
        SC_REQUIRE(n_fraction >= 1 && n_fraction <= MAX_FRACTION, SC_E_WIRE);
        fraction = digits(text.p + whole_len + 1, n_fraction);
        SC_REQUIRE(fraction >= 0, SC_E_WIRE);
    }
    for (; n_fraction < MAX_FRACTION; n_fraction++) {
        fraction *= 10;
    }
    *micros = seconds * MICROS + fraction;
    err = SC_OK;
out:
    return err;
}

/* "YYYY-MM-DD", separator, "HH:MM:SS", NUL: 20 bytes. */
static void print_seconds(char out[static 20], int64_t seconds, char separator)
{
    int64_t days = floor_div(seconds, DAY_SECONDS);
    int time = floor_rest(seconds, DAY_SECONDS);

    sc_date_print(out, days);
    out[10] = separator;
    out[11] = (char)('0' + time / 36000);
    out[12] = (char)('0' + time / 3600 % 10);
    out[13] = ':';
    out[14] = (char)('0' + time / 600 % 6);
    out[15] = (char)('0' + time / 60 % 10);
    out[16] = ':';
    out[17] = (char)('0' + time / 10 % 6);
    out[18] = (char)('0' + time % 10);
    out[19] = '\0';
}

void sc_timestamp_print(char out[static 27], int64_t micros)
{
    int64_t seconds = floor_div(micros, MICROS);
    int fraction = floor_rest(micros, MICROS);

    print_seconds(out, seconds, ' ');
    if (fraction != 0) {
        out[19] = '.';
        for (int i = 25; i >= 20; i--) {
            out[i] = (char)('0' + fraction % 10);
            fraction /= 10;
        }
        out[26] = '\0';
    }
}

void sc_utc_print(char out[static 21], int64_t seconds)
{
    print_seconds(out, seconds, 'T');
    out[19] = 'Z';
    out[20] = '\0';
}

sc_err sc_utc_parse(int64_t *seconds, sc_bytes text)
{
    const size_t len = DATE_LEN + 1 + TIME_LEN + 1;

    if (text.len != len || text.p[DATE_LEN] != 'T' || text.p[len - 1] != 'Z') {
        return SC_E_WIRE;
    }
    return parse_seconds(seconds, (sc_bytes){text.p, len - 1});
}
