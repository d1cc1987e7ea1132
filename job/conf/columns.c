/* job/conf/columns.c: what each type may and must say. */
#include "job/conf/columns.h"

#include <string.h>

#include "base/mem.h"
#include "job/conf/tables.h"

#define MICROS   1000000
#define EVERY    "every"
#define MAX_STEP SC_TABLES_MAX_VALUE

/* What may stand in a column, as found. */
typedef struct {
    const sc_yaml_node *type, *scale, *min, *max, *values, *cuts;
    int is_required;
} parts;

static int is_date_like(sc_type t)
{
    return t == SC_T_DATE || t == SC_T_TIMESTAMP;
}

static int is_ordered(sc_type t)
{
    return t == SC_T_INTEGER || t == SC_T_DECIMAL || is_date_like(t);
}

static int parse_type(sc_type *out, const sc_conf *c, const sc_yaml_node *node)
{
    const char *text = sc_conf_text(c, node, "type");
    char quoted[SC_CONF_QUOTE_LEN];

    for (int t = SC_T_INTEGER; text != NULL && t <= SC_T_TIMESTAMP; t++) {
        if (strcmp(text, sc_type_name((sc_type)t)) == 0) {
            *out = (sc_type)t;
            return 1;
        }
    }
    if (text != NULL) {
        sc_yaml_fault(c->faults, c->file, node,
                      "known types: integer, decimal, category, boolean, "
                      "date, timestamp",
                      "unknown type '%s'", sc_conf_quote(quoted, text));
    }
    return 0;
}

/* The value of a bound or a cut in encoded units. */
static int parse_value(int64_t *out, const sc_conf *c, const sc_column *col,
                       const sc_yaml_node *node, const char *what)
{
    static const char *const forms[] = {
        "a whole number such as -40",
        "a number such as 12.50, with no more digits than the scale",
        "",
        "",
        "a date such as 2026-01-31",
        "a time such as 2026-01-31 10:00:00",
    };
    int64_t v = 0;

    if (node->kind != SC_YAML_SCALAR ||
        sc_column_parse(&v, col,
                        (sc_bytes){(const uint8_t *)node->text,
                                   node->text_len}) != SC_OK) {
        sc_yaml_fault(c->faults, c->file, node, "", "%s must be %s", what,
                      forms[col->type]);
        return 0;
    }
    if (v < -SC_TABLES_MAX_VALUE || v > SC_TABLES_MAX_VALUE) {
        sc_yaml_fault(c->faults, c->file, node,
                      "narrow the bounds or lower the scale",
                      "%s is beyond 10^18 (with its scale)", what);
        return 0;
    }
    *out = v;
    return 1;
}

/* ---- which parts a type takes ---------------------------------------- */

static void check_part(const sc_conf *c, const sc_yaml_node *at,
                       const sc_yaml_node *part, const char *key, sc_type type,
                       int is_allowed, int is_needed)
{
    if (part != NULL && !is_allowed) {
        sc_yaml_fault(c->faults, c->file, part, "leave it out",
                      "a column of type %s has no '%s'", sc_type_name(type),
                      key);
    }
    if (part == NULL && is_needed) {
        sc_yaml_fault(c->faults, c->file, at, "add it",
                      "a column of type %s needs '%s'", sc_type_name(type),
                      key);
    }
}

static void check_parts(const sc_conf *c, const sc_yaml_node *at,
                        const parts *p, sc_type type)
{
    int is_decimal = type == SC_T_DECIMAL, is_category = type == SC_T_CATEGORY;
    int is_bounded = is_ordered(type);

    check_part(c, at, p->scale, "scale", type, is_decimal, is_decimal);
    check_part(c, at, p->min, "min", type, is_bounded, is_bounded);
    check_part(c, at, p->max, "max", type, is_bounded, is_bounded);
    check_part(c, at, p->values, "values", type, is_category, is_category);
    check_part(c, at, p->cuts, "cuts", type, is_bounded, 0);
}

/* ---- categories ------------------------------------------------------- */

static int is_known_value(const sc_column *col, const char *text)
{
    for (size_t i = 0; i < col->n_categories; i++) {
        if (strcmp(col->categories[i], text) == 0) {
            return 1;
        }
    }
    return 0;
}

static sc_err add_category(sc_column *col, const sc_conf *c,
                           const sc_yaml_node *node)
{
    const char *text = sc_conf_text(c, node, "a value");
    char quoted[SC_CONF_QUOTE_LEN];

    if (text == NULL) {
        return SC_OK;
    }
    if (node->text_len > SC_TABLES_MAX_CATEGORY) {
        sc_yaml_fault(c->faults, c->file, node, "",
                      "a value is longer than %d bytes",
                      SC_TABLES_MAX_CATEGORY);
        return SC_OK;
    }
    if (is_known_value(col, text)) {
        sc_yaml_fault(c->faults, c->file, node, "keep one of the two",
                      "the value '%s' stands twice",
                      sc_conf_quote(quoted, text));
        return SC_OK;
    }
    col->categories[col->n_categories] = sc_strdup(text);
    if (col->categories[col->n_categories] == NULL) {
        return SC_E_MEM;
    }
    col->n_categories++;
    return SC_OK;
}

static sc_err parse_categories(sc_column *col, const sc_conf *c,
                               const sc_yaml_node *node)
{
    sc_err err = SC_E_BUG;

    if (node->kind != SC_YAML_LIST || node->n_items == 0 ||
        node->n_items > SC_MAX_CATEGORIES) {
        sc_yaml_fault(c->faults, c->file, node, "write them as [north, south]",
                      "'values' must be a list of 1 to %d texts",
                      SC_MAX_CATEGORIES);
        return SC_OK;
    }
    col->categories = sc_alloc(node->n_items, sizeof *col->categories);
    SC_REQUIRE(col->categories != NULL, SC_E_MEM);
    for (size_t i = 0; i < node->n_items; i++) {
        SC_TRY(add_category(col, c, node->items[i]));
    }
    col->max = (int64_t)col->n_categories - 1;
    err = SC_OK;
out:
    return err;
}

/* ---- cuts ------------------------------------------------------------- */

static sc_err parse_points(sc_column *col, const sc_conf *c,
                           const sc_yaml_node *list)
{
    sc_cuts *cuts = &col->cuts;

    if (list->n_items == 0 || list->n_items > SC_TABLES_MAX_CUTS) {
        sc_yaml_fault(c->faults, c->file, list, "leave out 'cuts' for none",
                      "a list of cuts has 1 to %d points", SC_TABLES_MAX_CUTS);
        return SC_OK;
    }
    cuts->points = sc_alloc(list->n_items, sizeof *cuts->points);
    if (cuts->points == NULL) {
        return SC_E_MEM;
    }
    cuts->kind = SC_CUTS_LIST;
    for (size_t i = 0; i < list->n_items; i++) {
        const sc_yaml_node *node = list->items[i];
        int64_t p = 0;

        if (!parse_value(&p, c, col, node, "a cut")) {
            continue;
        }
        if (p < col->min || p > col->max) {
            sc_yaml_fault(c->faults, c->file, node, "",
                          "a cut lies outside min..max");
        } else if (cuts->n_points > 0 &&
                   p <= cuts->points[cuts->n_points - 1]) {
            sc_yaml_fault(c->faults, c->file, node, "sort them",
                          "cuts must rise, each above the one before");
        } else {
            cuts->points[cuts->n_points++] = p;
        }
    }
    return SC_OK;
}

/* A step: in the column's own units for numbers, days for dates, seconds for
 * timestamps. */
static void parse_step(sc_column *col, const sc_conf *c,
                       const sc_yaml_node *node)
{
    int64_t step = 0;

    if (is_date_like(col->type)) {
        int64_t unit = col->type == SC_T_DATE ? 1 : MICROS;

        if (!sc_yaml_int(&step, c->faults, c->file, node, 1, MAX_STEP / unit)) {
            return;
        }
        step *= unit;
    } else if (!parse_value(&step, c, col, node, "'every'")) {
        return;
    }
    if (step <= 0) {
        sc_yaml_fault(c->faults, c->file, node, "", "'every' must be above 0");
        return;
    }
    col->cuts.kind = SC_CUTS_EVERY;
    col->cuts.step = step;
}

static void parse_every(sc_column *col, const sc_conf *c,
                        const sc_yaml_node *map)
{
    const sc_yaml_node *every = NULL, *from = NULL;
    const sc_yaml_field fields[] = {
        {EVERY, SC_YAML_F_NODE, 1, &every, 0, 0},
        {"from", SC_YAML_F_NODE, 0, &from, 0, 0},
    };

    sc_yaml_read(c->faults, c->file, map, fields,
                 sizeof fields / sizeof *fields);
    if (every != NULL) {
        parse_step(col, c, every);
    }
    if (from != NULL) {
        (void)parse_value(&col->cuts.origin, c, col, from, "'from'");
    }
}

/* "any", "month", "year", or "every 5" and "every: 5" in one word. */
static void parse_cuts_word(sc_column *col, const sc_conf *c,
                            const sc_yaml_node *node)
{
    const char *text = node->text;
    sc_yaml_node step = *node;

    if (strcmp(text, "any") == 0) {
        col->cuts.kind = SC_CUTS_ANY;
    } else if (strcmp(text, "month") == 0 && is_date_like(col->type)) {
        col->cuts.kind = SC_CUTS_MONTH;
    } else if (strcmp(text, "year") == 0 && is_date_like(col->type)) {
        col->cuts.kind = SC_CUTS_YEAR;
    } else if (strncmp(text, EVERY, sizeof EVERY - 1) == 0 &&
               strspn(text + sizeof EVERY - 1, ": ") > 0) {
        step.text += sizeof EVERY - 1;
        step.text += strspn(step.text, ": ");
        step.text_len = strlen(step.text);
        step.is_plain = 1;
        parse_step(col, c, &step);
    } else {
        sc_yaml_fault(c->faults, c->file, node,
                      is_date_like(col->type)
                          ? "write a list of dates, month, year, {every: 7} "
                            "or any"
                          : "write a list such as [18, 30, 45], {every: 5} "
                            "or any",
                      "'cuts' is not understood");
    }
}

static sc_err parse_cuts(sc_column *col, const sc_conf *c,
                         const sc_yaml_node *node)
{
    switch (node->kind) {
    case SC_YAML_LIST:
        return parse_points(col, c, node);
    case SC_YAML_MAP:
        parse_every(col, c, node);
        return SC_OK;
    case SC_YAML_SCALAR:
        parse_cuts_word(col, c, node);
        return SC_OK;
    }
    return SC_E_BUG;
}

/* ---- bounds ----------------------------------------------------------- */

/* 1 if the column has bounds that further checks may use. */
static int parse_bounds(sc_column *col, const sc_conf *c, const parts *p)
{
    int has_both = p->min != NULL && p->max != NULL;

    if (p->min != NULL && !parse_value(&col->min, c, col, p->min, "'min'")) {
        has_both = 0;
    }
    if (p->max != NULL && !parse_value(&col->max, c, col, p->max, "'max'")) {
        has_both = 0;
    }
    if (has_both && col->min > col->max) {
        sc_yaml_fault(c->faults, c->file, p->min, "", "'min' is above 'max'");
        has_both = 0;
    }
    return has_both;
}

static sc_err parse_by_type(sc_column *col, const sc_conf *c, const parts *p)
{
    if (col->type == SC_T_CATEGORY) {
        return p->values == NULL ? SC_OK : parse_categories(col, c, p->values);
    }
    if (col->type == SC_T_BOOLEAN) {
        col->max = 1;
        return SC_OK;
    }
    if (col->type == SC_T_DECIMAL) {
        int64_t scale = 0;

        if (p->scale == NULL ||
            !sc_yaml_int(&scale, c->faults, c->file, p->scale, 1, 18)) {
            return SC_OK; /* without it no value can be read */
        }
        col->scale = (unsigned)scale;
    }
    if (!parse_bounds(col, c, p) || p->cuts == NULL) {
        return SC_OK;
    }
    return parse_cuts(col, c, p->cuts);
}

sc_err sc_columns_parse(sc_column *col, const sc_conf *c,
                        const sc_yaml_entry *entry)
{
    parts p = {0};
    const sc_yaml_field fields[] = {
        {"type", SC_YAML_F_NODE, 1, &p.type, 0, 0},
        {"scale", SC_YAML_F_NODE, 0, &p.scale, 0, 0},
        {"min", SC_YAML_F_NODE, 0, &p.min, 0, 0},
        {"max", SC_YAML_F_NODE, 0, &p.max, 0, 0},
        {"values", SC_YAML_F_NODE, 0, &p.values, 0, 0},
        {"cuts", SC_YAML_F_NODE, 0, &p.cuts, 0, 0},
        {"required", SC_YAML_F_BOOL, 0, &p.is_required, 0, 0},
    };
    char quoted[SC_CONF_QUOTE_LEN];

    if (sc_conf_is_identifier(entry->key)) {
        memcpy(col->name, entry->key, strlen(entry->key));
    } else {
        sc_faults_add(c->faults, c->file, entry->line, entry->column,
                      SC_COLUMNS_NAME_REMEDY, "'%s' cannot name a column",
                      sc_conf_quote(quoted, entry->key));
    }
    sc_yaml_read(c->faults, c->file, entry->value, fields,
                 sizeof fields / sizeof *fields);
    col->is_required = p.is_required;
    if (p.type == NULL || !parse_type(&col->type, c, p.type)) {
        return SC_OK;
    }
    check_parts(c, entry->value, &p, col->type);
    return parse_by_type(col, c, &p);
}
