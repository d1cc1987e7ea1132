/* job/plan/key_date.c: parts of a date or time as functions of it.
 *
 * A part is constant over stretches: months of the calendar, or days, weeks,
 * hours and minutes of one length. EXTRACT and date_part give its number (those
 * of all years together), date_trunc the start. A date stays a date under
 * date_trunc, as in DuckDB or with ::date in PostgreSQL. Weeks are ISO 8601's:
 * they begin on Monday, week 1 has the year's first Thursday. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "job/plan/key_build.h"
#include "job/plan/literal.h"

#define DAY_US    ((int64_t)86400000000)
#define HOUR_US   ((int64_t)3600000000)
#define MINUTE_US ((int64_t)60000000)
#define MONDAY    (-3) /* 1969-12-29 */
#define MAX_SMALL 400  /* numbers below may come again, larger ones ascend */

typedef enum {
    DECADE,
    YEAR,
    QUARTER,
    MONTH,
    WEEK,
    DAY,
    HOUR,
    MINUTE,
    ISOYEAR, /* from here on no date_trunc */
    DOW,
    ISODOW,
    DOY
} part;

/* A stretch is `months` of the calendar, or (0) `us` long. */
static const struct {
    const char *name;
    int months;
    int64_t us;
} parts[] = {
    [DECADE] = {"decade", 120, 0},          [YEAR] = {"year", 12, 0},
    [QUARTER] = {"quarter", 3, 0},          [MONTH] = {"month", 1, 0},
    [WEEK] = {"week", 0, 7 * DAY_US},       [DAY] = {"day", 0, DAY_US},
    [HOUR] = {"hour", 0, HOUR_US},          [MINUTE] = {"minute", 0, MINUTE_US},
    [ISOYEAR] = {"isoyear", 0, 7 * DAY_US}, [DOW] = {"dow", 0, DAY_US},
    [ISODOW] = {"isodow", 0, DAY_US},       [DOY] = {"doy", 0, DAY_US},
};
#define N_PARTS (sizeof parts / sizeof *parts)

static int find_part(part *out, const sc_ast *a, int is_trunc)
{
    for (size_t i = 0; i < N_PARTS; i++) {
        if (a->args[0]->kind == SC_A_TEXT &&
            strcmp(a->args[0]->text, parts[i].name) == 0) {
            *out = (part)i;
            return !is_trunc || i < ISOYEAR;
        }
    }
    return 0;
}

/* ---- stretches ------------------------------------------------------ */

static int64_t floor_div(int64_t v, int64_t d)
{
    return v / d - (v % d < 0);
}

/* Where the stretch begins that holds the time v (microseconds). */
static int64_t start_of(part p, int64_t v)
{
    int64_t anchor = p == WEEK || p == ISOYEAR ? MONDAY * DAY_US : 0;
    int year, month, day;

    if (parts[p].months == 0) {
        return floor_div(v - anchor, parts[p].us) * parts[p].us + anchor;
    }
    sc_date_civil(&year, &month, &day, floor_div(v, DAY_US));
    month = (month - 1) / parts[p].months * parts[p].months;
    if (p == DECADE) {
        year -= year % 10;
    }
    if (year < 1) { /* dates begin with year 1; its decade with year 0 */
        return sc_date_days(1, 1, 1) * DAY_US;
    }
    return sc_date_days(year, month % 12 + 1, 1) * DAY_US;
}

static int64_t next_start(part p, int64_t start)
{
    int year, month, day;

    if (parts[p].months == 0) {
        return start + parts[p].us;
    }
    sc_date_civil(&year, &month, &day, start / DAY_US - (start % DAY_US < 0));
    month += parts[p].months - 1;
    year += month / 12;
    if (p == DECADE) {
        year -= year % 10;
    }
    return sc_date_days(year, month % 12 + 1, 1) * DAY_US;
}

/* The number that EXTRACT gives for the stretch that begins at start. */
static int number_of(part p, int64_t start)
{
    int64_t days = floor_div(start, DAY_US);
    int64_t thursday = start_of(WEEK, start) / DAY_US + 3;
    int year, month, day, iso_year, m, d;

    sc_date_civil(&year, &month, &day, days);
    sc_date_civil(&iso_year, &m, &d, thursday);
    switch (p) {
    case DECADE:
        return year / 10;
    case YEAR:
        return year;
    case QUARTER:
        return (month - 1) / 3 + 1;
    case MONTH:
        return month;
    case WEEK:
        return (int)((thursday - sc_date_days(iso_year, 1, 1)) / 7) + 1;
    case DAY:
        return day;
    case HOUR:
        return (int)((start - days * DAY_US) / HOUR_US);
    case MINUTE:
        return (int)((start - days * DAY_US) / MINUTE_US % 60);
    case ISOYEAR:
        return iso_year;
    case DOW:
        return (int)((days - MONDAY + 1) - floor_div(days - MONDAY + 1, 7) * 7);
    case ISODOW:
        return (int)((days - MONDAY) - floor_div(days - MONDAY, 7) * 7) + 1;
    default:
        return (int)(days - sc_date_days(year, 1, 1)) + 1;
    }
}

/* ---- the key -------------------------------------------------------- */

/* What was labelled: of small numbers each, of larger ones the last. */
typedef struct {
    uint32_t small[MAX_SMALL]; /* label + 1; 0: none yet */
    int last;
    uint32_t last_label;
} labels;

static sc_err number_label(sc_key_build *b, labels *l, uint32_t *label, int n)
{
    char text[32];
    sc_err err = SC_E_BUG;

    if (n < MAX_SMALL && l->small[n] != 0) {
        *label = l->small[n] - 1;
        return SC_OK;
    }
    if (n >= MAX_SMALL && l->last == n) {
        *label = l->last_label;
        return SC_OK;
    }
    (void)snprintf(text, sizeof text, "%d", n);
    SC_TRY(sc_key_build_label(b, label, text));
    if (n < MAX_SMALL) {
        l->small[n] = *label + 1;
    }
    l->last = n;
    l->last_label = *label;
    err = SC_OK;
out:
    return err;
}

static sc_err start_label(sc_key_build *b, uint32_t *label, const sc_column *c,
                          int64_t start)
{
    char text[32];

    if (c->type == SC_T_DATE) {
        sc_date_print(text, start / DAY_US);
    } else {
        sc_timestamp_print(text, start);
    }
    return sc_key_build_label(b, label, text);
}

static sc_err refuse_part(sc_planner *pl, const sc_ast *a, int is_trunc)
{
    return sc_planner_refuse(
        pl, SC_E_CONFIG, a->args[0]->at,
        is_trunc ? "'decade', 'year', 'quarter', 'month', 'week', 'day', "
                   "'hour' or 'minute'"
                 : "decade, year, quarter, month, week, day, hour, minute, "
                   "isoyear, dow, isodow or doy",
        "this part of a date is not supported");
}

static sc_err check_column(sc_planner *pl, const sc_column *c, const sc_ast *a,
                           part p)
{
    if (c->type != SC_T_DATE && c->type != SC_T_TIMESTAMP) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->args[1]->at, "",
                                 "%s is of type %s; this takes a date", c->name,
                                 sc_type_name(c->type));
    }
    if (c->type == SC_T_DATE && (p == HOUR || p == MINUTE)) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->args[1]->at, "",
                                 "%s is a date, which has no %s", c->name,
                                 parts[p].name);
    }
    return SC_OK;
}

sc_err sc_key_build_date(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    const sc_column *c = sc_planner_column(pl, b->key.column);
    int is_trunc = strcmp(a->text, "date_trunc") == 0;
    int64_t unit = c->type == SC_T_DATE ? DAY_US : 1, start;
    labels known = {.last = -1};
    uint32_t label;
    part p;
    sc_err err = SC_E_BUG;

    if (!find_part(&p, a, is_trunc)) {
        return refuse_part(pl, a, is_trunc);
    }
    SC_TRY(check_column(pl, c, a, p));
    b->kind = is_trunc ? SC_LABEL_DATE : SC_LABEL_NUMBER;
    for (start = start_of(p, c->min * unit); start / unit <= c->max;
         start = next_start(p, start)) {
        int64_t from = start / unit < c->min ? c->min : start / unit;

        if (b->n_pieces >= SC_MAX_CELLS) {
            return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                     "a longer unit, or CASE",
                                     "%s spans more than %d of them", c->name,
                                     SC_MAX_CELLS);
        }
        SC_TRY(is_trunc ? start_label(b, &label, c, start)
                        : number_label(b, &known, &label, number_of(p, start)));
        SC_TRY(sc_key_build_piece(b, from, label));
    }
    err = SC_OK;
out:
    return err;
}
