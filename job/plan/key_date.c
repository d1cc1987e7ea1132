/* job/plan/key_date.c: year, quarter and month as functions of a date.
 *
 * EXTRACT and date_part give the number (months of all years together),
 * date_trunc the first day. A date stays a date under date_trunc, as in DuckDB
 * or with ::date in PostgreSQL. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "job/plan/key_build.h"
#include "job/plan/literal.h"

#define DAY_US ((int64_t)86400000000)

static const struct {
    const char *name;
    int months;
} units[] = {{"year", 12}, {"quarter", 3}, {"month", 1}};

/* Months of the unit named by a's first argument; 0 if there is none such. */
static int unit_of(const sc_ast *a)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (a->args[0]->kind == SC_A_TEXT &&
            strcmp(a->args[0]->text, units[i].name) == 0) {
            return units[i].months;
        }
    }
    return 0;
}

static int64_t days_of(const sc_column *c, int64_t v)
{
    if (c->type == SC_T_DATE) {
        return v;
    }
    return v / DAY_US - (v % DAY_US < 0);
}

/* One stretch of a unit: year, and month number 0, months, 2 * months ... */
typedef struct {
    int year, month;
    int64_t start; /* encoded */
} stretch;

static int64_t encode(const sc_column *c, int year, int month)
{
    return sc_date_days(year, month + 1, 1) *
           (c->type == SC_T_TIMESTAMP ? DAY_US : 1);
}

static stretch first_stretch(const sc_column *c, int months)
{
    stretch s;
    int day;

    sc_date_civil(&s.year, &s.month, &day, days_of(c, c->min));
    s.month = (s.month - 1) / months * months;
    s.start = c->min;
    return s;
}

static void next_stretch(stretch *s, const sc_column *c, int months)
{
    s->month += months;
    if (s->month >= 12) {
        s->month = 0;
        s->year++;
    }
    s->start = encode(c, s->year, s->month);
}

static void print_label(char out[static 32], const sc_column *c,
                        const stretch *s, int months, int is_trunc)
{
    if (is_trunc && c->type == SC_T_DATE) {
        sc_date_print(out, sc_date_days(s->year, s->month + 1, 1));
    } else if (is_trunc) {
        sc_timestamp_print(out, encode(c, s->year, s->month));
    } else {
        (void)snprintf(out, 32, "%d",
                       months == 12 ? s->year : s->month / months + 1);
    }
}

sc_err sc_key_build_date(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    const sc_column *c = sc_planner_column(pl, b->key.column);
    int is_trunc = strcmp(a->text, "date_trunc") == 0, months = unit_of(a);
    char text[32];
    uint32_t label;
    stretch s;
    sc_err err = SC_E_BUG;

    if (months == 0) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->args[0]->at,
                                 "'year', 'quarter' or 'month'",
                                 "this part of a date is not supported");
    }
    if (c->type != SC_T_DATE && c->type != SC_T_TIMESTAMP) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->args[1]->at, "",
                                 "%s is of type %s; this takes a date", c->name,
                                 sc_type_name(c->type));
    }
    b->kind = is_trunc ? SC_LABEL_DATE : SC_LABEL_NUMBER;
    for (s = first_stretch(c, months); s.start <= c->max;
         next_stretch(&s, c, months)) {
        if (b->n_pieces >= SC_MAX_CELLS) {
            return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                     "a longer unit, or CASE",
                                     "%s spans more than %d of them", c->name,
                                     SC_MAX_CELLS);
        }
        print_label(text, c, &s, months, is_trunc);
        if (is_trunc || months == 12) {
            SC_TRY(sc_key_build_label(b, &label, text));
        } else {
            SC_TRY(sc_key_build_label_once(b, &label, text));
        }
        SC_TRY(sc_key_build_piece(b, s.start, label));
    }
    err = SC_OK;
out:
    return err;
}
