/* job/plan/literal.c: exact constants. A number keeps all its digits until a column
 * says what its unit is. */
#include "job/plan/literal.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"

#define DAY_US ((sc_i128)86400000000)

/* ---- folding -------------------------------------------------------- */

static sc_err too_long(sc_planner *pl, size_t at)
{
    return sc_planner_refuse(pl, SC_E_CONFIG, at, "",
                             "the constant has too many digits");
}

static sc_err cast_text(sc_planner *pl, sc_literal *l, const sc_ast *cast)
{
    const char *type = cast->text;
    sc_bytes text = sc_bytes_of(l->text);
    int64_t v = 0;
    sc_err err = SC_OK;

    if (strcmp(type, "date") == 0) {
        err = sc_date_parse(&v, text);
        l->kind = SC_L_DATE;
    } else if (strcmp(type, "timestamp") == 0) {
        err = sc_timestamp_parse(&v, text);
        if (err != SC_OK && sc_date_parse(&v, text) == SC_OK) {
            v *= (int64_t)DAY_US;
            err = SC_OK;
        }
        l->kind = SC_L_TIMESTAMP;
    } else if (strcmp(type, "text") == 0 || strcmp(type, "varchar") == 0) {
        return SC_OK;
    } else if (strcmp(type, "interval") == 0) {
        return sc_planner_refuse(pl, SC_E_CONFIG, cast->at,
                                 "write the date itself, or a date plus or "
                                 "minus days: DATE '2024-01-31' - 30",
                                 "intervals are not supported");
    } else {
        return sc_planner_refuse(pl, SC_E_CONFIG, cast->at,
                                 "write the number without quotes; DATE and "
                                 "TIMESTAMP take a text",
                                 "a text is not cast to %s here", type);
    }
    l->value = v;
    if (err != SC_OK) {
        return sc_planner_refuse(pl, SC_E_CONFIG, cast->args[0]->at,
                                 "YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS",
                                 "'%s' is not a %s", l->text, type);
    }
    return SC_OK;
}

static sc_err cast_literal(sc_planner *pl, sc_literal *l, const sc_ast *cast)
{
    const char *type = cast->text;
    int to_whole = strcmp(type, "int4") == 0 || strcmp(type, "int8") == 0 ||
                   strcmp(type, "int2") == 0;

    if (l->kind == SC_L_TEXT) {
        return cast_text(pl, l, cast);
    }
    if (l->kind == SC_L_NULL ||
        (l->kind == SC_L_BOOL && strcmp(type, "bool") == 0)) {
        return SC_OK;
    }
    if (l->kind == SC_L_NUMBER &&
        ((to_whole && l->scale == 0) || strcmp(type, "float8") == 0 ||
         (strcmp(type, "numeric") == 0 &&
          (cast->scale < 0 || l->scale <= (unsigned)cast->scale)))) {
        return SC_OK;
    }
    return sc_planner_refuse(pl, SC_E_CONFIG, cast->at,
                             "write the value as you mean it",
                             "this constant is not cast to %s here", type);
}

#define MAX_DAYS 10000000 /* a constant may add; beyond all dates there are */

/* Bring a and b to one scale; nonzero if a number gets too long. */
static int align(sc_literal *a, sc_literal *b)
{
    for (; a->scale < b->scale; a->scale++) {
        if (sc_i128_mul(&a->value, a->value, 10)) {
            return 1;
        }
    }
    for (; b->scale < a->scale; b->scale++) {
        if (sc_i128_mul(&b->value, b->value, 10)) {
            return 1;
        }
    }
    return 0;
}

static sc_err fold(sc_planner *pl, sc_literal *out, const sc_ast *a)
{
    sc_literal x = {0}, y = {0};
    sc_err err = SC_E_BUG;
    int failed;

    SC_TRY(sc_literal_take(pl, &x, a->args[0]));
    SC_TRY(sc_literal_take(pl, &y, a->args[1]));
    if (y.kind == SC_L_DATE && a->kind == SC_A_ADD) { /* 1 + DATE */
        sc_literal swap = x;

        x = y;
        y = swap;
    }
    if (x.kind == SC_L_DATE && y.kind == SC_L_NUMBER && y.scale == 0 &&
        a->kind != SC_A_MUL) { /* days */
        if (y.value < -MAX_DAYS || y.value > MAX_DAYS) {
            return too_long(pl, a->at);
        }
        *out = x;
        out->value += a->kind == SC_A_SUB ? -y.value : y.value;
        return SC_OK;
    }
    if (x.kind != SC_L_NUMBER || y.kind != SC_L_NUMBER) {
        return SC_OK; /* SC_L_NONE */
    }
    if (a->kind == SC_A_MUL) {
        failed = sc_i128_mul(&out->value, x.value, y.value);
        out->scale = x.scale + y.scale;
    } else {
        failed = align(&x, &y);
        y.value = a->kind == SC_A_SUB ? -y.value : y.value;
        failed = failed || sc_i128_add(&out->value, x.value, y.value);
        out->scale = x.scale;
    }
    if (failed || out->scale > SC_A_MAX_SCALE) {
        return too_long(pl, a->at);
    }
    out->kind = SC_L_NUMBER;
    err = SC_OK;
out:
    return err;
}

sc_err sc_literal_take(sc_planner *pl, sc_literal *out, const sc_ast *a)
{
    sc_err err = SC_E_BUG;

    *out = (sc_literal){.kind = SC_L_NONE, .at = a->at};
    switch (a->kind) {
    case SC_A_NULL:
        out->kind = SC_L_NULL;
        break;
    case SC_A_BOOL:
        out->kind = SC_L_BOOL;
        out->value = a->value;
        break;
    case SC_A_NUMBER:
        out->kind = SC_L_NUMBER;
        out->value = a->value;
        out->scale = (unsigned)a->scale;
        break;
    case SC_A_TEXT:
        out->kind = SC_L_TEXT;
        out->text = a->text;
        break;
    case SC_A_CAST:
        SC_TRY(sc_literal_take(pl, out, a->args[0]));
        out->at = a->at;
        if (out->kind != SC_L_NONE) {
            SC_TRY(cast_literal(pl, out, a));
        }
        break;
    case SC_A_NEG:
        SC_TRY(sc_literal_take(pl, out, a->args[0]));
        out->value = -out->value;
        out->kind = out->kind == SC_L_NUMBER ? SC_L_NUMBER : SC_L_NONE;
        break;
    case SC_A_ADD:
    case SC_A_SUB:
    case SC_A_MUL:
        SC_TRY(fold(pl, out, a));
        break;
    default:
        break;
    }
    err = SC_OK;
out:
    return err;
}

/* ---- on a column's axis --------------------------------------------- */

/* floor(num / den), den > 0. */
static sc_place divide(sc_i128 num, sc_i128 den, const sc_column *c)
{
    sc_i128 q = num / den, r = num % den;
    sc_place out = {.is_exact = r == 0};

    q -= r < 0;
    if (q > (sc_i128)c->max + 1) {
        q = (sc_i128)c->max + 1;
    } else if (q < (sc_i128)c->min - 1) {
        q = (sc_i128)c->min - 1;
    }
    out.floor = (int64_t)q;
    return out;
}

static void place_number(sc_place *out, const sc_literal *l, const sc_column *c)
{
    unsigned scale = c->type == SC_T_DECIMAL ? c->scale : 0;
    sc_i128 v = l->value;

    if (l->scale >= scale) {
        *out = divide(v, sc_i128_pow10(l->scale - scale), c);
        return;
    }
    for (unsigned i = l->scale; i < scale; i++) {
        if (sc_i128_mul(&v, v, 10)) {
            v = (sc_i128)(l->value < 0 ? INT64_MIN : INT64_MAX) * 2;
            break; /* beyond every bound */
        }
    }
    *out = divide(v, 1, c);
}

static sc_err no_category(sc_planner *pl, const sc_literal *l,
                          const sc_column *c)
{
    char names[300] = "";
    size_t at = 0;

    for (size_t i = 0; i < c->n_categories && at + 8 < sizeof names; i++) {
        int n = snprintf(names + at, sizeof names - at - 5, "%s'%s'",
                         i == 0 ? "" : ", ", c->categories[i]);

        if (n < 0 || (size_t)n >= sizeof names - at - 5) {
            (void)snprintf(names + at, sizeof names - at, ", ...");
            break;
        }
        at += (size_t)n;
    }
    return sc_planner_refuse(pl, SC_E_CONFIG, l->at, "",
                             "%s has no value '%s'; it has %s", c->name,
                             l->text, names);
}

static sc_err wrong_type(sc_planner *pl, const sc_literal *l,
                         const sc_column *c)
{
    static const char *const remedies[] = {
        [SC_T_INTEGER] = "write a whole number",
        [SC_T_DECIMAL] = "write a number",
        [SC_T_CATEGORY] = "write one of its values in single quotes",
        [SC_T_BOOLEAN] = "write true or false",
        [SC_T_DATE] = "write 'YYYY-MM-DD'",
        [SC_T_TIMESTAMP] = "write 'YYYY-MM-DD HH:MM:SS'"};

    return sc_planner_refuse(pl, SC_E_CONFIG, l->at, remedies[c->type],
                             "%s is of type %s; this constant is not", c->name,
                             sc_type_name(c->type));
}

static sc_err place_category(sc_planner *pl, sc_place *out, const sc_literal *l,
                             const sc_column *c)
{
    for (size_t i = 0; i < c->n_categories; i++) {
        if (strcmp(c->categories[i], l->text) == 0) {
            *out = (sc_place){(int64_t)i, 1};
            return SC_OK;
        }
    }
    return no_category(pl, l, c);
}

static sc_err place_text(sc_planner *pl, sc_place *out, const sc_literal *l,
                         const sc_column *c)
{
    sc_bytes text = sc_bytes_of(l->text);
    sc_i128 wide = 0;
    int64_t v = 0;

    if (c->type == SC_T_CATEGORY) {
        return place_category(pl, out, l, c);
    }
    if (c->type == SC_T_INTEGER || c->type == SC_T_DECIMAL) {
        if (sc_i128_parse(&wide, text,
                          c->type == SC_T_DECIMAL ? c->scale : 0) != SC_OK) {
            return wrong_type(pl, l, c);
        }
        *out = divide(wide, 1, c);
        return SC_OK;
    }
    if (c->type == SC_T_BOOLEAN &&
        (strcmp(l->text, "t") == 0 || strcmp(l->text, "f") == 0)) {
        *out = (sc_place){l->text[0] == 't', 1};
        return SC_OK;
    }
    if (c->type == SC_T_TIMESTAMP && sc_date_parse(&v, text) == SC_OK) {
        *out = divide(v * DAY_US, 1, c);
        return SC_OK;
    }
    if (sc_column_parse(&v, c, text) != SC_OK) {
        return wrong_type(pl, l, c);
    }
    *out = divide(v, 1, c);
    return SC_OK;
}

sc_err sc_literal_place(sc_planner *pl, sc_place *out, const sc_literal *l,
                        const sc_column *c)
{
    int is_number = c->type == SC_T_INTEGER || c->type == SC_T_DECIMAL;

    if (l->kind == SC_L_TEXT) {
        return place_text(pl, out, l, c);
    }
    if (l->kind == SC_L_NUMBER && is_number) {
        place_number(out, l, c);
        return SC_OK;
    }
    if (l->kind == SC_L_BOOL && c->type == SC_T_BOOLEAN) {
        *out = (sc_place){(int64_t)l->value, 1};
        return SC_OK;
    }
    if ((l->kind == SC_L_DATE && c->type == SC_T_DATE) ||
        (l->kind == SC_L_TIMESTAMP && c->type == SC_T_TIMESTAMP)) {
        *out = divide(l->value, 1, c);
        return SC_OK;
    }
    if (l->kind == SC_L_DATE && c->type == SC_T_TIMESTAMP) {
        *out = divide(l->value * DAY_US, 1, c); /* midnight */
        return SC_OK;
    }
    if (l->kind == SC_L_TIMESTAMP && c->type == SC_T_DATE) {
        *out = divide(l->value, DAY_US, c);
        return SC_OK;
    }
    return wrong_type(pl, l, c);
}
