/* job/plan/key_compare.c: labels of groups against constants, by value.
 *
 * HAVING and WHERE compare what PostgreSQL would: 10 is more than 9. */
#include <string.h>

#include "base/date.h"
#include "job/plan/key.h"
#include "job/plan/literal.h"

#define LABEL_SCALE 18
#define DAY_US      ((sc_i128)86400000000)

/* A date or timestamp as microseconds. */
static sc_err take_moment(sc_i128 *out, const char *text)
{
    int64_t v = 0;

    if (sc_date_parse(&v, sc_bytes_of(text)) == SC_OK) {
        *out = v * DAY_US;
        return SC_OK;
    }
    if (sc_timestamp_parse(&v, sc_bytes_of(text)) != SC_OK) {
        return SC_E_WIRE;
    }
    *out = v;
    return SC_OK;
}

/* The constant on the axis of such labels. */
static sc_err constant_value(sc_i128 *out, const sc_literal *l,
                             sc_label_kind kind)
{
    if (kind == SC_LABEL_NUMBER && l->kind == SC_L_NUMBER &&
        l->scale <= LABEL_SCALE) {
        return sc_i128_mul(out, l->value, sc_i128_pow10(LABEL_SCALE - l->scale))
                   ? SC_E_WIRE
                   : SC_OK;
    }
    if (kind == SC_LABEL_BOOL && l->kind == SC_L_BOOL) {
        *out = l->value;
        return SC_OK;
    }
    if (kind == SC_LABEL_DATE && l->kind == SC_L_TEXT) {
        return take_moment(out, l->text);
    }
    if (kind == SC_LABEL_DATE &&
        (l->kind == SC_L_DATE || l->kind == SC_L_TIMESTAMP)) {
        *out = l->value * (l->kind == SC_L_DATE ? DAY_US : 1);
        return SC_OK;
    }
    return SC_E_WIRE;
}

sc_err sc_key_compare(sc_planner *pl, int *sign, const sc_key *k,
                      sc_label_kind kind, size_t i, const sc_ast *constant)
{
    static const char *const wanted[] = {
        [SC_LABEL_TEXT] = "a text in single quotes",
        [SC_LABEL_NUMBER] = "a number of at most 18 digits behind the point",
        [SC_LABEL_DATE] = "'YYYY-MM-DD'",
        [SC_LABEL_BOOL] = "true or false"};
    const char *label = k->labels[i];
    sc_i128 mine = 0, other = 0;
    sc_literal l;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_planner_work(pl, 1, constant->at));
    SC_TRY(sc_literal_take(pl, &l, constant));
    if (kind == SC_LABEL_TEXT && l.kind == SC_L_TEXT) {
        int diff = strcmp(label, l.text);

        *sign = (diff > 0) - (diff < 0);
        return SC_OK;
    }
    if (kind == SC_LABEL_TEXT || constant_value(&other, &l, kind) != SC_OK) {
        return sc_planner_refuse(pl, SC_E_CONFIG, constant->at, wanted[kind],
                                 "this is not comparable with the group");
    }
    if (kind == SC_LABEL_NUMBER) {
        SC_TRY(sc_i128_parse(&mine, sc_bytes_of(label), LABEL_SCALE));
    } else if (kind == SC_LABEL_DATE) {
        SC_TRY(take_moment(&mine, label));
    } else {
        mine = label[0] == 't';
    }
    *sign = (mine > other) - (mine < other);
    err = SC_OK;
out:
    return err;
}
