/* job/plan/cut.c: cuts near a point, for words that tell what to write instead. */
#include "job/plan/cut.h"

#include <stdio.h>

#include "base/date.h"

#define DAY_US ((int64_t)86400000000)

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* First of the month (or year) that holds p, moved by n of them; encoded. */
static int64_t first_of(const sc_column *c, int64_t p, int n)
{
    int64_t unit = c->type == SC_T_TIMESTAMP ? DAY_US : 1;
    int year, month, day;

    sc_date_civil(&year, &month, &day, floor_div(p, unit));
    if (c->cuts.kind == SC_CUTS_YEAR) {
        return sc_date_days(year + n, 1, 1) * unit;
    }
    month += n - 1;
    year += (int)floor_div(month, 12);
    month -= 12 * (int)floor_div(month, 12);
    return sc_date_days(year, month + 1, 1) * unit;
}

static void offer(sc_cut_near *out, const sc_column *c, int64_t p, int64_t cut)
{
    if (cut <= c->min || cut > c->max) {
        return;
    }
    if (cut <= p && (!out->has_below || cut > out->below)) {
        out->below = cut;
        out->has_below = 1;
    }
    if (cut > p && (!out->has_above || cut < out->above)) {
        out->above = cut;
        out->has_above = 1;
    }
}

void sc_cut_find_near(sc_cut_near *out, const sc_column *c, int64_t p)
{
    const sc_cuts *cuts = &c->cuts;
    sc_i128 k;

    *out = (sc_cut_near){0};
    switch (cuts->kind) {
    case SC_CUTS_LIST:
        for (size_t i = 0; i < cuts->n_points; i++) {
            offer(out, c, p, cuts->points[i]);
        }
        break;
    case SC_CUTS_EVERY:
        k = ((sc_i128)p - cuts->origin) / cuts->step;
        for (sc_i128 i = k - 1; i <= k + 1; i++) {
            sc_i128 cut = cuts->origin + i * cuts->step;

            if (cut > c->min && cut <= c->max) {
                offer(out, c, p, (int64_t)cut);
            }
        }
        break;
    case SC_CUTS_MONTH:
    case SC_CUTS_YEAR:
        offer(out, c, p, first_of(c, p, 0));
        offer(out, c, p, first_of(c, p, 1));
        break;
    default:
        break;
    }
}

static sc_err refuse(sc_planner *pl, const sc_column *c, int64_t p, size_t at,
                     int is_upper, const char *asked)
{
    char cuts[200], value[2][64], remedy[320] = "";
    const char *sign = is_upper ? ">=" : "<";
    sc_cut_near near;

    if (c->cuts.kind == SC_CUTS_NONE) {
        return sc_planner_refuse(pl, SC_E_REFUSED, at,
                                 "only IS NULL and aggregates of it",
                                 "%s has no cuts in the consortium file, so it "
                                 "can be neither compared nor grouped",
                                 c->name);
    }
    sc_cuts_print(cuts, sizeof cuts, c);
    sc_cut_find_near(&near, c, p);
    if (near.has_below) {
        sc_column_print(value[0], sizeof value[0], c, near.below);
    }
    if (near.has_above) {
        sc_column_print(value[1], sizeof value[1], c, near.above);
    }
    if (near.has_below && near.has_above) {
        (void)snprintf(remedy, sizeof remedy,
                       "nearest allowed: %s %s %s, or %s %s %s", c->name, sign,
                       value[0], c->name, sign, value[1]);
    } else if (near.has_below || near.has_above) {
        (void)snprintf(remedy, sizeof remedy, "nearest allowed: %s %s %s",
                       c->name, sign, value[near.has_below ? 0 : 1]);
    }
    return sc_planner_refuse(pl, SC_E_REFUSED, at, remedy,
                             "this needs a cut of %s %s; its cuts are: %s",
                             c->name, asked, cuts);
}

static int is_allowed(const sc_column *c, int64_t p)
{
    return p <= c->min || p > c->max || sc_cuts_allow(c, p);
}

sc_err sc_cut_check(sc_planner *pl, size_t column, int64_t p, size_t at,
                    int is_upper)
{
    const sc_column *c = sc_planner_column(pl, column);
    char low[64], high[64], asked[160];

    if (is_allowed(c, p)) {
        return SC_OK;
    }
    sc_column_print(low, sizeof low, c, p - 1);
    sc_column_print(high, sizeof high, c, p);
    (void)snprintf(asked, sizeof asked, "between %s and %s", low, high);
    return refuse(pl, c, p, at, is_upper, asked);
}

sc_err sc_cut_check_value(sc_planner *pl, size_t column, int64_t v, size_t at)
{
    const sc_column *c = sc_planner_column(pl, column);
    char value[64], asked[160];

    if (v < c->min || v > c->max ||
        (is_allowed(c, v) && is_allowed(c, v + 1))) {
        return SC_OK;
    }
    sc_column_print(value, sizeof value, c, v);
    (void)snprintf(asked, sizeof asked, "on both sides of %s", value);
    return refuse(pl, c, v, at, 1, asked);
}
