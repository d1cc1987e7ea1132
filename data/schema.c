/* data/schema.c: values as integers, and as words for people. */
#include "data/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"

#define DAY_US ((int64_t)86400 * 1000000)

const char *sc_type_name(sc_type t)
{
    static const char *const names[] = {"integer", "decimal", "category",
                                        "boolean", "date",    "timestamp"};

    return (size_t)t < sizeof names / sizeof *names ? names[t] : "?";
}

size_t sc_table_column(const sc_table *t, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (strcmp(t->columns[i].name, name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

void sc_table_clear(sc_table *t)
{
    for (size_t i = 0; t->columns != NULL && i < t->n_columns; i++) {
        sc_column *c = &t->columns[i];

        for (size_t j = 0; c->categories != NULL && j < c->n_categories; j++) {
            sc_free(c->categories[j]);
        }
        sc_free(c->categories);
        sc_free(c->cuts.points);
    }
    sc_free(t->columns);
    t->columns = NULL;
    t->n_columns = 0;
}

/* ---- cuts ---------------------------------------------------------- */

/* Does p stand at midnight of the first of a month (or of a year)? */
static int is_first(const sc_column *c, int64_t p, int of_year)
{
    int year, month, day;

    if (c->type == SC_T_TIMESTAMP) {
        if (p % DAY_US != 0) {
            return 0;
        }
        p /= DAY_US;
    }
    sc_date_civil(&year, &month, &day, p);
    return day == 1 && (!of_year || month == 1);
}

static int in_points(const sc_cuts *cuts, int64_t p)
{
    size_t low = 0, high = cuts->n_points;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (cuts->points[mid] < p) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < cuts->n_points && cuts->points[low] == p;
}

int sc_cuts_allow(const sc_column *c, int64_t p)
{
    int is_end = p == c->min || (p > c->min && p - 1 == c->max);
    int is_within = p >= c->min && (p == INT64_MIN || p - 1 <= c->max);

    if (is_end) {
        return 1;
    }
    if (c->type == SC_T_CATEGORY || c->type == SC_T_BOOLEAN) {
        return is_within;
    }
    switch (c->cuts.kind) {
    case SC_CUTS_LIST:
        return in_points(&c->cuts, p);
    case SC_CUTS_EVERY:
        return ((sc_i128)p - c->cuts.origin) % c->cuts.step == 0;
    case SC_CUTS_MONTH:
        return is_within && is_first(c, p, 0);
    case SC_CUTS_YEAR:
        return is_within && is_first(c, p, 1);
    case SC_CUTS_ANY:
        return 1;
    case SC_CUTS_NONE:
    default:
        return 0;
    }
}

static void print_list(char *out, size_t len, const sc_column *c)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < c->cuts.n_points; i++) {
        char value[SC_NAME_MAX + 1];
        int n;

        sc_column_print(value, sizeof value, c, c->cuts.points[i]);
        n = snprintf(out + used, len - used, "%s%s", i > 0 ? ", " : "", value);
        if (n < 0 || (size_t)n >= len - used) {
            return;
        }
        used += (size_t)n;
    }
}

/* A length in the column's own unit: numbers as such, dates in days, times in
 * microseconds. */
static void print_step(char *out, size_t len, const sc_column *c)
{
    char step[SC_I128_TEXT_LEN], origin[SC_NAME_MAX + 1];
    const char *unit = c->type == SC_T_DATE        ? " days"
                       : c->type == SC_T_TIMESTAMP ? " microseconds"
                                                   : "";

    sc_i128_print(step, c->cuts.step, c->type == SC_T_DECIMAL ? c->scale : 0);
    if (c->cuts.origin == 0) {
        (void)snprintf(out, len, "every %s%s", step, unit);
        return;
    }
    sc_column_print(origin, sizeof origin, c, c->cuts.origin);
    (void)snprintf(out, len, "every %s%s from %s", step, unit, origin);
}

void sc_cuts_print(char *out, size_t len, const sc_column *c)
{
    if (len == 0) {
        return;
    }
    switch (c->cuts.kind) {
    case SC_CUTS_LIST:
        print_list(out, len, c);
        break;
    case SC_CUTS_EVERY:
        print_step(out, len, c);
        break;
    case SC_CUTS_MONTH:
        (void)snprintf(out, len, "first of each month");
        break;
    case SC_CUTS_YEAR:
        (void)snprintf(out, len, "first of each year");
        break;
    case SC_CUTS_ANY:
        (void)snprintf(out, len, "any");
        break;
    case SC_CUTS_NONE:
    default:
        (void)snprintf(out, len, "none");
        break;
    }
}

/* ---- values -------------------------------------------------------- */

void sc_column_print(char *out, size_t len, const sc_column *c, int64_t v)
{
    char text[SC_I128_TEXT_LEN];
    const char *p = text;

    if (len == 0) {
        return;
    }
    switch (c->type) {
    case SC_T_CATEGORY:
        p = v >= 0 && (uint64_t)v < c->n_categories ? c->categories[v] : "?";
        break;
    case SC_T_BOOLEAN:
        p = v != 0 ? "true" : "false";
        break;
    case SC_T_DATE:
        sc_date_print(text, v);
        break;
    case SC_T_TIMESTAMP:
        sc_timestamp_print(text, v);
        break;
    case SC_T_INTEGER:
    case SC_T_DECIMAL:
    default:
        sc_i128_print(text, v, c->type == SC_T_DECIMAL ? c->scale : 0);
        break;
    }
    (void)snprintf(out, len, "%s", p);
}

static sc_err parse_number(int64_t *v, const sc_column *c, sc_bytes text)
{
    sc_i128 wide = 0;
    sc_err err =
        sc_i128_parse(&wide, text, c->type == SC_T_DECIMAL ? c->scale : 0);

    if (err != SC_OK) {
        return err;
    }
    if (wide < INT64_MIN || wide > INT64_MAX) {
        return SC_E_WIRE;
    }
    *v = (int64_t)wide;
    return SC_OK;
}

static sc_err parse_category(int64_t *v, const sc_column *c, sc_bytes text)
{
    for (size_t i = 0; i < c->n_categories; i++) {
        if (sc_bytes_equal_vartime(text, sc_bytes_of(c->categories[i]))) {
            *v = (int64_t)i;
            return SC_OK;
        }
    }
    return SC_E_WIRE;
}

static sc_err parse_timestamp(int64_t *v, sc_bytes text)
{
    int64_t days;

    if (sc_date_parse(&days, text) == SC_OK) { /* a day alone: its midnight */
        *v = days * DAY_US;
        return SC_OK;
    }
    return sc_timestamp_parse(v, text);
}

sc_err sc_column_parse(int64_t *v, const sc_column *c, sc_bytes text)
{
    switch (c->type) {
    case SC_T_INTEGER:
    case SC_T_DECIMAL:
        return parse_number(v, c, text);
    case SC_T_CATEGORY:
        return parse_category(v, c, text);
    case SC_T_BOOLEAN:
        if (sc_bytes_equal_vartime(text, sc_bytes_of("true")) ||
            sc_bytes_equal_vartime(text, sc_bytes_of("false"))) {
            *v = text.len == 4;
            return SC_OK;
        }
        return SC_E_WIRE;
    case SC_T_DATE:
        return sc_date_parse(v, text);
    case SC_T_TIMESTAMP:
        return parse_timestamp(v, text);
    default:
        return SC_E_ARG;
    }
}
