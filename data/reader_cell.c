/* data/reader_cell.c: one value, from what the data holds to an integer.
 *
 * For column i, x<i> is the raw value, d<i> the same in the narrowest type that
 * holds all declared values, or NULL if it does not fit, and v<i> the encoded
 * integer. The state says what is wrong. It is asked once per file version; the
 * plain comparisons that settle nearly every value come first. */
#include <stdio.h>

#include "data/reader.h"
#include "data/sql.h"

#define NUMBER "' *[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,3})? *'"
#define TIMESTAMP                                                              \
    "'[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]" \
    "(\\.[0-9]+)?Z?)?'"

/* Below this a real times its scale is off by less than 2^-12, so that its
 * rounding is beyond doubt unless it is that near to a half. */
#define SURE_BELOW "1099511627776"
#define SURE_APART "0.001"

int sc_reader_takes(sc_type type, sc_raw_kind kind)
{
    switch (type) {
    case SC_T_INTEGER:
    case SC_T_DECIMAL:
        return kind <= SC_RAW_FLOAT;
    case SC_T_CATEGORY:
        return kind == SC_RAW_TEXT || kind == SC_RAW_INTEGER ||
               kind == SC_RAW_BOOLEAN || kind == SC_RAW_CODED;
    case SC_T_BOOLEAN:
        return kind == SC_RAW_TEXT || kind == SC_RAW_INTEGER ||
               kind == SC_RAW_BOOLEAN;
    case SC_T_DATE:
        return kind == SC_RAW_TEXT || kind == SC_RAW_DATE ||
               kind == SC_RAW_TIMESTAMP || kind == SC_RAW_NANOS;
    case SC_T_TIMESTAMP:
        return kind == SC_RAW_TEXT ||
               (kind >= SC_RAW_DATE && kind <= SC_RAW_ZONED);
    default:
        return 0;
    }
}

/* ---- types ----------------------------------------------------------- */

static unsigned scale_of(const sc_column *c)
{
    return c->type == SC_T_DECIMAL ? c->scale : 0;
}

/* Digits of the largest declared magnitude, the scale included; 1 to 19. */
static unsigned width_of(const sc_column *c)
{
    sc_i128 low = c->min < 0 ? -(sc_i128)c->min : c->min;
    sc_i128 high = c->max < 0 ? -(sc_i128)c->max : c->max;
    sc_i128 most = low > high ? low : high;
    unsigned width = 1;

    while (sc_i128_pow10(width) <= most) {
        width++;
    }
    return width > scale_of(c) ? width : scale_of(c);
}

static sc_err put_decimal(sc_buf *sql, const sc_column *c)
{
    return sc_buf_printf(sql, "DECIMAL(%u,%u)", width_of(c), scale_of(c));
}

sc_err sc_reader_enum(sc_buf *sql, const sc_table *t, size_t i)
{
    char name[SC_NAME_MAX + 24];

    (void)snprintf(name, sizeof name, "%s.%zu", t->name, i);
    return sc_sql_name(sql, name);
}

sc_err sc_reader_type(sc_buf *sql, const sc_table *t, size_t i)
{
    const sc_column *c = &t->columns[i];

    switch (c->type) {
    case SC_T_INTEGER:
        return sc_buf_put_str(sql, "BIGINT");
    case SC_T_DECIMAL:
        return put_decimal(sql, c);
    case SC_T_CATEGORY:
        return sc_reader_enum(sql, t, i);
    case SC_T_BOOLEAN:
        return sc_buf_put_str(sql, "BOOLEAN");
    case SC_T_DATE:
        return sc_buf_put_str(sql, "DATE");
    case SC_T_TIMESTAMP:
        return sc_buf_put_str(sql, "TIMESTAMP");
    default:
        return SC_E_ARG;
    }
}

/* ---- d: the typed value ---------------------------------------------- */

static sc_err typed_number(sc_buf *sql, const sc_reader_cell *c)
{
    char one[SC_I128_TEXT_LEN];
    sc_err err = SC_E_BUG;

    switch (c->raw->kind) {
    case SC_RAW_DOUBLE: /* v looks at x again where this is near to a half */
        sc_i128_print(one, sc_i128_pow10(scale_of(c->column)), 0);
        return sc_buf_printf(sql, "x%zu * CAST(%s AS DOUBLE)", c->i, one);
    case SC_RAW_FLOAT:
        SC_TRY(sc_buf_printf(sql, "TRY_CAST(CAST(x%zu AS VARCHAR) AS ", c->i));
        SC_TRY(put_decimal(sql, c->column));
        return sc_buf_put_u8(sql, ')');
    default:
        SC_TRY(sc_buf_printf(sql, "TRY_CAST(x%zu AS ", c->i));
        SC_TRY(sc_reader_type(sql, c->table, c->i));
        return sc_buf_put_u8(sql, ')');
    }
out:
    return err;
}

static sc_err typed_category(sc_buf *sql, const sc_reader_cell *c)
{
    sc_err err = SC_E_BUG;

    if (c->raw->kind == SC_RAW_CODED) {
        return sc_buf_printf(sql, "x%zu", c->i);
    }
    SC_TRY(sc_buf_printf(sql, "TRY_CAST(CAST(x%zu AS VARCHAR) AS ", c->i));
    SC_TRY(sc_reader_enum(sql, c->table, c->i));
    SC_TRY(sc_buf_put_u8(sql, ')'));
    err = SC_OK;
out:
    return err;
}

sc_err sc_reader_typed(sc_buf *sql, const sc_reader_cell *c)
{
    switch (c->column->type) {
    case SC_T_INTEGER:
    case SC_T_DECIMAL:
        return typed_number(sql, c);
    case SC_T_CATEGORY:
        return typed_category(sql, c);
    case SC_T_BOOLEAN:
        if (c->raw->kind == SC_RAW_INTEGER) {
            return sc_buf_printf(sql,
                                 "CASE x%zu WHEN 0 THEN FALSE WHEN 1 THEN TRUE "
                                 "END",
                                 c->i);
        }
        return sc_buf_printf(sql, "TRY_CAST(x%zu AS BOOLEAN)", c->i);
    case SC_T_DATE:
        return sc_buf_printf(sql, "TRY_CAST(x%zu AS DATE)", c->i);
    case SC_T_TIMESTAMP:
        if (c->raw->kind == SC_RAW_ZONED) {
            return sc_buf_printf(sql, "x%zu", c->i);
        }
        return sc_buf_printf(sql, "TRY_CAST(x%zu AS TIMESTAMP)", c->i);
    default:
        return SC_E_ARG;
    }
}

/* ---- v: the encoded value -------------------------------------------- */

/* A DECIMAL expression times 10^scale as BIGINT; 19 digits may not fit. */
static sc_err scaled(sc_buf *sql, const sc_column *c, const char *decimal)
{
    char one[SC_I128_TEXT_LEN];
    unsigned s = scale_of(c);

    sc_i128_print(one, sc_i128_pow10(s), 0);
    return sc_buf_printf(sql,
                         "%sCAST(%s * CAST(%s AS DECIMAL(%u,0)) AS BIGINT)",
                         width_of(c) > 18 ? "TRY_" : "", decimal, one, s + 1);
}

static sc_err encoded_double(sc_buf *sql, const sc_reader_cell *c)
{
    char exact[96];
    int n = snprintf(exact, sizeof exact,
                     "TRY_CAST(CAST(x%zu AS VARCHAR) AS DECIMAL(%u,%u))", c->i,
                     width_of(c->column), scale_of(c->column));
    sc_err err = SC_E_BUG;

    SC_REQUIRE(n > 0 && (size_t)n < sizeof exact, SC_E_BUG);
    SC_TRY(sc_buf_printf(sql,
                         "CASE WHEN abs(d%zu) < " SURE_BELOW " AND "
                         "abs(abs(d%zu) - floor(abs(d%zu)) - 0.5) > " SURE_APART
                         " THEN CAST(round(d%zu) AS BIGINT) ELSE ",
                         c->i, c->i, c->i, c->i));
    SC_TRY(scaled(sql, c->column, exact));
    SC_TRY(sc_buf_put_str(sql, " END"));
    err = SC_OK;
out:
    return err;
}

sc_err sc_reader_encoded(sc_buf *sql, const sc_reader_cell *c)
{
    char d[24];

    (void)snprintf(d, sizeof d, "d%zu", c->i);
    switch (c->column->type) {
    case SC_T_INTEGER:
    case SC_T_DECIMAL:
        if (c->raw->kind == SC_RAW_DOUBLE) {
            return encoded_double(sql, c);
        }
        if (c->column->type == SC_T_INTEGER && c->raw->kind != SC_RAW_FLOAT) {
            return sc_buf_put_str(sql, d); /* is a BIGINT */
        }
        return scaled(sql, c->column, d);
    case SC_T_CATEGORY:
        return sc_buf_printf(sql, "CAST(enum_code(%s) AS BIGINT)", d);
    case SC_T_BOOLEAN:
        return sc_buf_printf(sql, "CAST(%s AS BIGINT)", d);
    case SC_T_DATE:
        return sc_buf_printf(sql, "CAST(%s - DATE '1970-01-01' AS BIGINT)", d);
    case SC_T_TIMESTAMP:
        return sc_buf_printf(sql, "epoch_us(%s)", d);
    default:
        return SC_E_ARG;
    }
}

/* ---- the state ------------------------------------------------------- */

/* Text of a number: is it one, and has it digits behind the scale? */
static sc_err state_number_text(sc_buf *sql, const sc_reader_cell *c)
{
    unsigned s = scale_of(c->column);
    size_t i = c->i;

    return sc_buf_printf(
        sql,
        "WHEN d%zu IS NULL THEN CASE WHEN regexp_full_match(x%zu, " NUMBER
        ") THEN %d ELSE %d END "
        "WHEN x%zu <> CAST(d%zu AS VARCHAR) AND "
        "NOT regexp_full_match(x%zu, " NUMBER ") THEN %d "
        "WHEN x%zu <> CAST(d%zu AS VARCHAR) AND "
        "CASE WHEN regexp_matches(x%zu, '[eE]') "
        "THEN CAST(d%zu AS DOUBLE) <> TRY_CAST(x%zu AS DOUBLE) "
        "ELSE regexp_matches(x%zu, '\\.[0-9]{%u}[0-9]*[1-9]') END THEN %d ",
        i, i, SC_CELL_RANGE, SC_CELL_UNREADABLE, i, i, i, SC_CELL_UNREADABLE, i,
        i, i, i, i, i, s, SC_CELL_DIGITS);
}

static sc_err state_number(sc_buf *sql, const sc_reader_cell *c)
{
    switch (c->raw->kind) {
    case SC_RAW_TEXT:
        return state_number_text(sql, c);
    case SC_RAW_DOUBLE:
    case SC_RAW_FLOAT:
        return sc_buf_printf(sql, "WHEN NOT isfinite(x%zu) THEN %d ", c->i,
                             SC_CELL_UNREADABLE);
    case SC_RAW_DECIMAL:
        if (c->raw->scale > scale_of(c->column)) {
            return sc_buf_printf(sql,
                                 "WHEN d%zu IS NOT NULL AND "
                                 "TRY_CAST(d%zu AS DECIMAL(38,%u)) "
                                 "IS DISTINCT FROM x%zu THEN %d ",
                                 c->i, c->i, c->raw->scale, c->i,
                                 SC_CELL_DIGITS);
        }
        return SC_OK;
    default:
        return SC_OK;
    }
}

static sc_err state_date(sc_buf *sql, const sc_reader_cell *c)
{
    const char *type = c->raw->kind == SC_RAW_NANOS ? "_NS" : "";
    sc_err err = SC_E_BUG;

    if (c->raw->kind == SC_RAW_TEXT) { /* year 0, infinity are longer */
        return sc_buf_printf(sql,
                             "WHEN d%zu IS NULL OR length(x%zu) <> 10 OR "
                             "x%zu <> CAST(d%zu AS VARCHAR) THEN %d ",
                             c->i, c->i, c->i, c->i, SC_CELL_UNREADABLE);
    }
    SC_TRY(sc_buf_printf(sql, "WHEN NOT isfinite(x%zu) THEN %d ", c->i,
                         SC_CELL_UNREADABLE));
    if (c->raw->kind != SC_RAW_DATE) {
        SC_TRY(sc_buf_printf(sql,
                             "WHEN TRY_CAST(d%zu AS TIMESTAMP%s) IS DISTINCT "
                             "FROM x%zu THEN %d ",
                             c->i, type, c->i, SC_CELL_DIGITS));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err state_timestamp(sc_buf *sql, const sc_reader_cell *c)
{
    size_t i = c->i;

    switch (c->raw->kind) {
    case SC_RAW_TEXT:
        return sc_buf_printf(
            sql,
            "WHEN v%zu IS NULL OR d%zu < TIMESTAMP '0001-01-01' THEN %d "
            "WHEN (length(x%zu) <> 19 OR x%zu <> CAST(d%zu AS VARCHAR)) AND "
            "NOT regexp_full_match(x%zu, " TIMESTAMP ") THEN %d "
            "WHEN length(x%zu) > 26 AND "
            "regexp_matches(x%zu, '\\.[0-9]{6}[0-9]*[1-9]') THEN %d ",
            i, i, SC_CELL_UNREADABLE, i, i, i, i, SC_CELL_UNREADABLE, i, i,
            SC_CELL_DIGITS);
    case SC_RAW_NANOS:
        return sc_buf_printf(sql,
                             "WHEN NOT isfinite(x%zu) OR v%zu IS NULL THEN %d "
                             "WHEN TRY_CAST(d%zu AS TIMESTAMP_NS) IS DISTINCT "
                             "FROM x%zu THEN %d ",
                             i, i, SC_CELL_UNREADABLE, i, i, SC_CELL_DIGITS);
    default:
        return sc_buf_printf(sql,
                             "WHEN NOT isfinite(x%zu) OR v%zu IS NULL THEN %d ",
                             i, i, SC_CELL_UNREADABLE);
    }
}

static sc_err state_kind(sc_buf *sql, const sc_reader_cell *c)
{
    switch (c->column->type) {
    case SC_T_INTEGER:
    case SC_T_DECIMAL:
        return state_number(sql, c);
    case SC_T_CATEGORY:
        return sc_buf_printf(sql, "WHEN d%zu IS NULL THEN %d ", c->i,
                             SC_CELL_CATEGORY);
    case SC_T_BOOLEAN:
        return sc_buf_printf(sql, "WHEN d%zu IS NULL THEN %d ", c->i,
                             SC_CELL_UNREADABLE);
    case SC_T_DATE:
        return state_date(sql, c);
    case SC_T_TIMESTAMP:
        return state_timestamp(sql, c);
    default:
        return SC_E_ARG;
    }
}

sc_err sc_reader_state(sc_buf *sql, const sc_reader_cell *c)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(sql, "CASE WHEN x%zu IS NULL THEN %d ", c->i,
                         SC_CELL_NULL));
    SC_TRY(state_kind(sql, c));
    SC_TRY(sc_buf_printf(sql, "WHEN v%zu IS NULL OR v%zu < ", c->i, c->i));
    SC_TRY(sc_sql_integer(sql, c->column->min));
    SC_TRY(sc_buf_printf(sql, " OR v%zu > ", c->i));
    SC_TRY(sc_sql_integer(sql, c->column->max));
    SC_TRY(sc_buf_printf(sql, " THEN %d ELSE %d END", SC_CELL_RANGE,
                         SC_CELL_FINE));
    err = SC_OK;
out:
    return err;
}

/* Out of range on which side? v knows, unless x was too large for it. */
sc_err sc_reader_below(sc_buf *sql, const sc_reader_cell *c)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(sql, "v%zu < ", c->i));
    SC_TRY(sc_sql_integer(sql, c->column->min));
    if (c->column->type == SC_T_INTEGER || c->column->type == SC_T_DECIMAL) {
        SC_TRY(sc_buf_printf(sql,
                             " OR (v%zu IS NULL AND "
                             "TRY_CAST(x%zu AS DOUBLE) < 0)",
                             c->i, c->i));
    }
    err = SC_OK;
out:
    return err;
}
