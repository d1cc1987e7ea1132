/* job/plan/key.c: piecewise constant functions of one column.
 *
 * A key is built by walking the column's domain upwards and saying the outcome
 * of each stretch; neighbours with the same outcome melt together, so that only
 * breaks which part something need a cut. Labels of numbers, dates and booleans
 * are in ascending order, those of text in the order of the domain. */
#include "job/plan/key.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "job/plan/cut.h"
#include "job/plan/filter.h"
#include "job/plan/key_build.h"
#include "job/plan/literal.h"

void sc_key_clear(sc_key *k)
{
    for (size_t i = 0; i < k->n_labels; i++) {
        sc_free(k->labels[i]);
    }
    sc_free(k->labels);
    sc_free(k->breaks);
    sc_free(k->outcome);
    *k = (sc_key){0};
}

static sc_err not_a_key(sc_planner *pl, const sc_ast *a)
{
    return sc_planner_refuse(
        pl, SC_E_CONFIG, a->at,
        "a column, a condition or CASE over one column, width_bucket(column, "
        "low, high, count), EXTRACT or date_trunc of a date",
        "GROUP BY does not take this expression");
}

static sc_err no_such_type(sc_planner *pl, size_t at, const sc_column *c,
                           const char *wanted)
{
    return sc_planner_refuse(pl, SC_E_CONFIG, at, "",
                             "%s is of type %s; this takes %s", c->name,
                             sc_type_name(c->type), wanted);
}

/* ---- a bare column -------------------------------------------------- */

static sc_err bare_needs_cuts(sc_planner *pl, const sc_ast *a)
{
    const sc_column *c = sc_planner_column(pl, a->column);
    int is_date = c->type == SC_T_DATE || c->type == SC_T_TIMESTAMP;
    char cuts[200];

    if ((sc_i128)c->max - c->min >= SC_MAX_CELLS) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at,
                                 is_date ? "group by date_trunc or EXTRACT"
                                         : "group by width_bucket or CASE",
                                 "%s has more than %d values", c->name,
                                 SC_MAX_CELLS);
    }
    for (int64_t v = c->min + 1; v <= c->max; v++) {
        if (!sc_cuts_allow(c, v)) {
            sc_cuts_print(cuts, sizeof cuts, c);
            return sc_planner_refuse(
                pl, SC_E_REFUSED, a->at,
                is_date ? "group by date_trunc, EXTRACT or CASE at its cuts"
                        : "group by width_bucket or CASE at its cuts",
                "each value of %s as a group needs a cut at each; its cuts "
                "are: %s",
                c->name, cuts);
        }
    }
    return SC_OK;
}

static sc_err bare(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    const sc_column *c = sc_planner_column(pl, a->column);
    char text[1100];
    uint32_t label;
    sc_err err = SC_E_BUG;

    b->kind = c->type == SC_T_CATEGORY  ? SC_LABEL_TEXT
              : c->type == SC_T_BOOLEAN ? SC_LABEL_BOOL
              : c->type == SC_T_INTEGER || c->type == SC_T_DECIMAL
                  ? SC_LABEL_NUMBER
                  : SC_LABEL_DATE;
    if (b->kind == SC_LABEL_NUMBER || b->kind == SC_LABEL_DATE) {
        SC_TRY(bare_needs_cuts(pl, a));
    }
    for (int64_t v = c->min; v <= c->max; v++) {
        if (b->kind == SC_LABEL_BOOL) {
            (void)snprintf(text, sizeof text, "%s", v == 0 ? "false" : "true");
        } else {
            sc_column_print(text, sizeof text, c, v);
        }
        SC_TRY(sc_key_build_label(b, &label, text));
        SC_TRY(sc_key_build_piece(b, v, label));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- width_bucket --------------------------------------------------- */

static sc_err bucket_args(sc_planner *pl, sc_literal l[static 3],
                          const sc_ast *a)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < 3; i++) {
        SC_TRY(sc_literal_take(pl, &l[i], a->args[i + 1]));
        if (l[i].kind != SC_L_NUMBER) {
            return sc_planner_refuse(pl, SC_E_CONFIG, a->args[i + 1]->at,
                                     "width_bucket(column, low, high, count)",
                                     "this must be a number");
        }
    }
    if (l[2].scale != 0 || l[2].value < 1 || l[2].value > SC_MAX_CELLS) {
        return sc_planner_refuse(pl, SC_E_CONFIG, l[2].at, "",
                                 "the number of buckets is from 1 to %d",
                                 SC_MAX_CELLS);
    }
    err = SC_OK;
out:
    return err;
}

/* Lower end of bucket i + 1, i = 0 .. n: low + i * (high - low) / n, rounded up
 * to the next encoded value. */
static sc_err bucket_start(sc_planner *pl, int64_t *out, const sc_literal *l,
                           const sc_column *c, int64_t i)
{
    unsigned scale = c->type == SC_T_DECIMAL ? c->scale : 0;
    unsigned top = l[0].scale > l[1].scale ? l[0].scale : l[1].scale;
    sc_i128 n = l[2].value, low = l[0].value, high = l[1].value, unit, v, width;
    int bad = top > 18 || low > INT64_MAX || low < INT64_MIN ||
              high > INT64_MAX || high < INT64_MIN;

    if (!bad) {
        /* All at one scale `top`, then num / den in units of the column. */
        low *= sc_i128_pow10(top - l[0].scale);
        high *= sc_i128_pow10(top - l[1].scale);
        bad = sc_i128_mul(&v, low, n) ||
              sc_i128_mul(&width, high - low, (sc_i128)i) ||
              sc_i128_add(&v, v, width) ||
              sc_i128_mul(&v, v, sc_i128_pow10(scale));
    }
    if (bad) {
        return sc_planner_refuse(pl, SC_E_CONFIG, l[0].at, "",
                                 "the bounds have too many digits");
    }
    unit = n * sc_i128_pow10(top);
    if (low >= high || unit <= 0) {
        return sc_planner_refuse(pl, SC_E_CONFIG, l[0].at, "",
                                 "low must be less than high");
    }
    v = v / unit + (v % unit > 0); /* up */
    *out = v > (sc_i128)c->max ? c->max + 1 : v < c->min ? c->min : (int64_t)v;
    return SC_OK;
}

static sc_err width_bucket(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    const sc_column *c = sc_planner_column(pl, b->key.column);
    int64_t start = c->min, next = c->min;
    char text[24];
    sc_literal l[3];
    uint32_t label;
    sc_err err = SC_E_BUG;

    b->kind = SC_LABEL_NUMBER;
    if (c->type != SC_T_INTEGER && c->type != SC_T_DECIMAL) {
        return no_such_type(pl, a->at, c, "a number");
    }
    SC_TRY(bucket_args(pl, l, a));
    for (int64_t i = 0; i <= (int64_t)l[2].value + 1; i++, start = next) {
        next = c->max + 1;
        if (i <= (int64_t)l[2].value) {
            SC_TRY(bucket_start(pl, &next, l, c, i));
        }
        if (next == start) {
            continue; /* no value falls into this bucket */
        }
        (void)snprintf(text, sizeof text, "%lld", (long long)i);
        SC_TRY(sc_key_build_label(b, &label, text));
        SC_TRY(sc_key_build_piece(b, start, label));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- conditions and CASE -------------------------------------------- */

static sc_err condition(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    static const char *const labels[] = {"false", "true"};
    uint32_t index[2];
    sc_key_rules rules;
    sc_pred *p = NULL;
    sc_err err = SC_E_BUG;

    b->kind = SC_LABEL_BOOL;
    SC_TRY(sc_filter_make(pl, &p, a));
    SC_TRY(sc_key_build_label(b, &index[0], labels[0]));
    SC_TRY(sc_key_build_label(b, &index[1], labels[1]));
    rules =
        (sc_key_rules){(const sc_pred *const *)&p, 1, &index[1], index[0], 1};
    SC_TRY(sc_key_build_preds(pl, b, &rules, a->at));
    err = SC_OK;
out:
    sc_pred_free(&p);
    return err;
}

/* The label of a THEN, or SC_KEY_NULL. */
static sc_err result_label(sc_planner *pl, sc_key_build *b, uint32_t *label,
                           const sc_ast *a)
{
    sc_literal l;
    sc_label_kind kind = SC_LABEL_TEXT;
    char text[SC_I128_TEXT_LEN];
    const char *words = text;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_literal_take(pl, &l, a));
    *label = SC_KEY_NULL;
    if (l.kind == SC_L_NULL) {
        return SC_OK;
    }
    if (l.kind == SC_L_TEXT) {
        words = l.text;
    } else if (l.kind == SC_L_NUMBER && l.scale <= 18 &&
               sc_i128_bits(l.value) < 60) {
        kind = SC_LABEL_NUMBER;
        sc_i128_print(text, l.value, l.scale);
    } else if (l.kind == SC_L_BOOL) {
        kind = SC_LABEL_BOOL;
        words = l.value != 0 ? "true" : "false";
    } else {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                 "THEN and ELSE take a text, a number of at "
                                 "most 17 digits, true, false or NULL here");
    }
    if (b->has_kind && b->kind != kind) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                 "the results of CASE are of different types");
    }
    b->kind = kind;
    b->has_kind = 1;
    SC_TRY(sc_key_build_label_once(b, label, words));
    err = SC_OK;
out:
    return err;
}

static sc_err case_of(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    size_t n = a->n_args / 2;
    sc_pred **preds = sc_alloc(n, sizeof *preds);
    uint32_t *labels = sc_alloc(n, sizeof *labels), otherwise = SC_KEY_NULL;
    sc_key_rules rules;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(preds != NULL && labels != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        SC_TRY(sc_filter_make(pl, &preds[i], a->args[2 * i]));
        SC_TRY(result_label(pl, b, &labels[i], a->args[2 * i + 1]));
    }
    SC_TRY(result_label(pl, b, &otherwise, a->args[2 * n]));
    if (!b->has_kind) {
        SC_TRY(sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                 "this CASE is always NULL"));
    }
    rules =
        (sc_key_rules){(const sc_pred *const *)preds, n, labels, otherwise, 0};
    SC_TRY(sc_key_build_preds(pl, b, &rules, a->at));
    err = SC_OK;
out:
    for (size_t i = 0; preds != NULL && i < n; i++) {
        sc_pred_free(&preds[i]);
    }
    sc_free(preds);
    sc_free(labels);
    return err;
}

/* ---- which function ------------------------------------------------- */

static int is_call(const sc_ast *a, const char *name, size_t n_args)
{
    return a->kind == SC_A_CALL && a->n_args == n_args && a->filter == NULL &&
           strcmp(a->text, name) == 0;
}

static int is_date_call(const sc_ast *a)
{
    return is_call(a, "extract", 2) || is_call(a, "date_part", 2) ||
           is_call(a, "date_trunc", 2);
}

int sc_key_is_function(const sc_ast *a)
{
    while (a->kind == SC_A_CAST) {
        a = a->args[0];
    }
    return a->kind == SC_A_CASE || is_call(a, "width_bucket", 4) ||
           is_date_call(a);
}

/* A cast that only says what the labels already are. */
static sc_err check_cast(sc_planner *pl, const sc_key_build *b, const sc_ast *a)
{
    static const char *const of_number[] = {"int2", "int4", "int8", "float8",
                                            "numeric"};

    for (size_t i = 0; i < sizeof of_number / sizeof *of_number; i++) {
        if (b->kind == SC_LABEL_NUMBER && strcmp(a->text, of_number[i]) == 0 &&
            a->scale < 0) {
            return SC_OK;
        }
    }
    if ((b->kind == SC_LABEL_DATE && strcmp(a->text, "date") == 0) ||
        (b->kind == SC_LABEL_TEXT && strcmp(a->text, "text") == 0)) {
        return SC_OK;
    }
    return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "leave the cast out",
                             "a group is not cast to %s here", a->text);
}

static sc_err build(sc_planner *pl, sc_key_build *b, const sc_ast *a);

static sc_err build_call(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    size_t of = is_date_call(a) ? 1 : 0;
    const sc_ast *arg;

    if (!is_date_call(a) && !is_call(a, "width_bucket", 4)) {
        return not_a_key(pl, a);
    }
    arg = a->args[of];
    if (arg->kind != SC_A_COLUMN) {
        return sc_planner_refuse(pl, SC_E_CONFIG, arg->at, "",
                                 "%s takes a bare column here", a->text);
    }
    b->key.column = arg->column;
    sc_planner_use(pl, arg->column);
    return of == 1 ? sc_key_build_date(pl, b, a) : width_bucket(pl, b, a);
}

static sc_err build_cast(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    sc_err err = SC_E_BUG;

    if (!sc_key_is_function(a)) {
        return not_a_key(pl, a);
    }
    SC_TRY(build(pl, b, a->args[0]));
    SC_TRY(check_cast(pl, b, a));
    if (b->kind == SC_LABEL_DATE) {
        for (size_t i = 0; i < b->key.n_labels; i++) {
            b->key.labels[i][10] = '\0'; /* YYYY-MM-DD of a timestamp */
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err build(sc_planner *pl, sc_key_build *b, const sc_ast *a)
{
    switch (a->kind) {
    case SC_A_COLUMN:
        b->key.column = a->column;
        sc_planner_use(pl, a->column);
        return bare(pl, b, a);
    case SC_A_CASE:
        return case_of(pl, b, a);
    case SC_A_CALL:
        return build_call(pl, b, a);
    case SC_A_CAST:
        return build_cast(pl, b, a);
    case SC_A_LT:
    case SC_A_LE:
    case SC_A_GT:
    case SC_A_GE:
    case SC_A_EQ:
    case SC_A_NE:
    case SC_A_DISTINCT:
    case SC_A_AND:
    case SC_A_OR:
    case SC_A_NOT:
    case SC_A_IS_NULL:
    case SC_A_IS_TRUE:
    case SC_A_IS_FALSE:
    case SC_A_BETWEEN:
    case SC_A_IN:
        return condition(pl, b, a);
    default:
        return not_a_key(pl, a);
    }
}

sc_err sc_key_make(sc_planner *pl, sc_key *out, sc_label_kind *kind,
                   const sc_ast *a, int check_cuts)
{
    sc_key_build b = {.key.column = SC_NO_COLUMN};
    sc_err err = SC_E_BUG;

    b.key.outcome_null = SC_KEY_NULL;
    SC_TRY(build(pl, &b, a));
    SC_TRY(sc_key_build_end(pl, &b, a->at));
    for (size_t i = 0; check_cuts && i < b.key.n_breaks; i++) {
        const sc_column *c = sc_planner_column(pl, b.key.column);

        if (c->type != SC_T_CATEGORY && c->type != SC_T_BOOLEAN) {
            SC_TRY(sc_cut_check(pl, b.key.column, b.key.breaks[i], a->at, 1));
        }
    }
    *out = b.key;
    *kind = b.kind;
    b.key = (sc_key){0};
    err = SC_OK;
out:
    sc_free(b.pieces);
    sc_key_clear(&b.key);
    return err;
}
