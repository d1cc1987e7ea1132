/* data/reader.c: whole rows, one level of SELECT a step: raw values x, typed
 * values d, encoded values v, and where something may be wrong with them their
 * states s. The engine folds the levels into one pass. */
#include "data/reader.h"

#include <stdio.h>

#include "data/sql.h"

typedef sc_err (*expression)(sc_buf *sql, const sc_reader_cell *c);

sc_err sc_reader_create_enum(sc_buf *sql, const sc_table *t, size_t i)
{
    const sc_column *c = &t->columns[i];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, "CREATE TYPE "));
    SC_TRY(sc_reader_enum(sql, t, i));
    SC_TRY(sc_buf_put_str(sql, " AS ENUM ("));
    for (size_t j = 0; j < c->n_categories; j++) {
        SC_TRY(sc_buf_put_str(sql, j > 0 ? ", " : ""));
        SC_TRY(sc_sql_text(sql, c->categories[j]));
    }
    SC_TRY(sc_buf_put_u8(sql, ')'));
    err = SC_OK;
out:
    return err;
}

/* ---- levels ---------------------------------------------------------- */

static sc_reader_cell cell(const sc_table *t, const sc_raw *raw, size_t i)
{
    return (sc_reader_cell){t, i, &t->columns[i], &raw->columns[i]};
}

/* A text, NULL where it says so and the reader of the file has not seen to it.
 * The cast is for an ENUM of the owner's making. */
static sc_err put_nullable(sc_buf *sql, const sc_source *s, const char *name)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, "CASE WHEN CAST("));
    SC_TRY(sc_sql_name(sql, name));
    SC_TRY(sc_buf_put_str(sql, " AS VARCHAR) IN ("));
    for (size_t i = 0; i < s->n_nulls; i++) {
        SC_TRY(sc_buf_put_str(sql, i > 0 ? ", " : ""));
        SC_TRY(sc_sql_text(sql, s->nulls[i]));
    }
    SC_TRY(sc_buf_put_str(sql, s->n_nulls == 0 ? "''" : ""));
    SC_TRY(sc_buf_put_str(sql, ") THEN NULL ELSE CAST("));
    SC_TRY(sc_sql_name(sql, name));
    SC_TRY(sc_buf_put_str(sql, " AS VARCHAR) END"));
    err = SC_OK;
out:
    return err;
}

/* "name AS x3" */
static sc_err put_raw_column(sc_buf *sql, const sc_source *s, const sc_raw *raw,
                             size_t i)
{
    const sc_raw_column *c = &raw->columns[i];
    sc_err err = SC_E_BUG;

    SC_TRY(c->kind == SC_RAW_TEXT && !raw->has_nulls
               ? put_nullable(sql, s, c->name)
               : sc_sql_name(sql, c->name));
    SC_TRY(sc_buf_printf(sql, " AS x%zu", i));
    err = SC_OK;
out:
    return err;
}

static sc_err put_raw(sc_buf *sql, const sc_source *s, const sc_raw *raw)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, "SELECT "));
    for (size_t i = 0; i < s->table->n_columns; i++) {
        SC_TRY(sc_buf_put_str(sql, i > 0 ? ", " : ""));
        SC_TRY(put_raw_column(sql, s, raw, i));
    }
    SC_TRY(sc_buf_put_str(sql, " FROM "));
    SC_TRY(sc_buf_put_bytes(sql, sc_buf_bytes(&raw->from)));
    err = SC_OK;
out:
    return err;
}

/* SELECT of what is passed on of each column, and a new value `letter`. */
static sc_err put_level(sc_buf *sql, const sc_table *t, const sc_raw *raw,
                        const char *passed, char letter, expression put)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, "SELECT "));
    for (size_t i = 0; i < t->n_columns; i++) {
        sc_reader_cell c = cell(t, raw, i);

        SC_TRY(sc_buf_put_str(sql, i > 0 ? ", " : ""));
        for (const char *p = passed; *p != '\0'; p++) {
            SC_TRY(sc_buf_printf(sql, "%c%zu, ", *p, i));
        }
        SC_TRY(put(sql, &c));
        SC_TRY(sc_buf_printf(sql, " AS %c%zu", letter, i));
    }
    SC_TRY(sc_buf_put_str(sql, " FROM ("));
    err = SC_OK;
out:
    return err;
}

/* The value after clamping. */
static sc_err put_clamped(sc_buf *sql, const sc_reader_cell *c)
{
    sc_err err = SC_E_BUG;

    if (c->column->type == SC_T_CATEGORY || c->column->type == SC_T_BOOLEAN) {
        return sc_buf_printf(sql, "v%zu", c->i);
    }
    SC_TRY(sc_buf_printf(sql, "CASE WHEN s%zu <> %d THEN v%zu WHEN ", c->i,
                         SC_CELL_RANGE, c->i));
    SC_TRY(sc_reader_below(sql, c));
    SC_TRY(sc_buf_put_str(sql, " THEN "));
    SC_TRY(sc_sql_integer(sql, c->column->min));
    SC_TRY(sc_buf_put_str(sql, " ELSE "));
    SC_TRY(sc_sql_integer(sql, c->column->max));
    SC_TRY(sc_buf_put_str(sql, " END"));
    err = SC_OK;
out:
    return err;
}

typedef enum { TAKE_VALUES, TAKE_STATES, TAKE_BOTH, TAKE_CLAMPED } taken;

static sc_err put_part(sc_buf *sql, const sc_source *s, const sc_raw *raw,
                       taken what)
{
    const sc_table *t = s->table;
    sc_err err = SC_E_BUG;
    unsigned n_open = 2;

    if (what == TAKE_CLAMPED) {
        SC_TRY(put_level(sql, t, raw, "s", 'w', put_clamped));
        n_open++;
    }
    if (what != TAKE_VALUES) {
        SC_TRY(put_level(sql, t, raw, what == TAKE_STATES ? "" : "vx", 's',
                         sc_reader_state));
        n_open++;
    }
    SC_TRY(put_level(sql, t, raw, what == TAKE_VALUES ? "d" : "xd", 'v',
                     sc_reader_encoded));
    SC_TRY(put_level(sql, t, raw, "x", 'd', sc_reader_typed));
    SC_TRY(put_raw(sql, s, raw));
    while (n_open-- > 0) {
        SC_TRY(sc_buf_put_u8(sql, ')'));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err put_parts(sc_buf *sql, const sc_source *s, const sc_raw *raws,
                        size_t n_raws, taken what)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, " FROM ("));
    for (size_t i = 0; i < n_raws; i++) {
        SC_TRY(sc_buf_put_str(sql, i > 0 ? " UNION ALL " : ""));
        SC_TRY(put_part(sql, s, &raws[i], what));
    }
    SC_TRY(sc_buf_put_u8(sql, ')'));
    err = SC_OK;
out:
    return err;
}

/* ---- the queries ----------------------------------------------------- */

sc_err sc_reader_check(sc_buf *sql, const sc_source *s, const sc_raw *raws,
                       size_t n_raws)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, "SELECT COUNT(*)"));
    for (size_t i = 0; i < s->table->n_columns; i++) {
        for (int state = SC_CELL_NULL; state < SC_N_CELL_STATES; state++) {
            SC_TRY(sc_buf_printf(sql, ", COUNT(*) FILTER (WHERE s%zu = %d)", i,
                                 state));
        }
    }
    SC_TRY(put_parts(sql, s, raws, n_raws, TAKE_STATES));
    err = SC_OK;
out:
    return err;
}

/* Rows are numbered as they stand in the file: a streaming window makes the
 * engine read from its beginning, on one thread, and LIMIT ends it at the first
 * row that is found. The same levels as above, of one column. */
sc_err sc_reader_find(sc_buf *sql, const sc_source *s, const sc_raw *raw,
                      size_t i)
{
    sc_reader_cell c = cell(s->table, raw, i);
    int least = c.column->is_required ? SC_CELL_NULL : SC_CELL_UNREADABLE;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(sql,
                         "SELECT n, s, CAST(x%zu AS VARCHAR) FROM "
                         "(SELECT n, x%zu, ",
                         i, i));
    SC_TRY(sc_reader_state(sql, &c));
    SC_TRY(sc_buf_printf(sql, " AS s FROM (SELECT n, x%zu, d%zu, ", i, i));
    SC_TRY(sc_reader_encoded(sql, &c));
    SC_TRY(sc_buf_printf(sql, " AS v%zu FROM (SELECT n, x%zu, ", i, i));
    SC_TRY(sc_reader_typed(sql, &c));
    SC_TRY(sc_buf_printf(sql,
                         " AS d%zu FROM (SELECT row_number() OVER () AS n, ",
                         i));
    SC_TRY(put_raw_column(sql, s, raw, i));
    SC_TRY(sc_buf_put_str(sql, " FROM "));
    SC_TRY(sc_buf_put_bytes(sql, sc_buf_bytes(&raw->from)));
    SC_TRY(sc_buf_printf(sql, ")))) WHERE s >= %d LIMIT 1", least));
    err = SC_OK;
out:
    return err;
}

/* Rows without a violation. */
static sc_err put_good(sc_buf *sql, const sc_table *t)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, " WHERE "));
    for (size_t i = 0; i < t->n_columns; i++) {
        SC_TRY(sc_buf_printf(sql, "%ss%zu <= %d", i > 0 ? " AND " : "", i,
                             t->columns[i].is_required ? SC_CELL_FINE
                                                       : SC_CELL_NULL));
    }
    err = SC_OK;
out:
    return err;
}

/* Is d of column i a DECIMAL in every part, and its integer the encoded one? */
static int is_decimal(const sc_table *t, const sc_raw *raws, size_t n_raws,
                      size_t i)
{
    int yes = t->columns[i].type == SC_T_DECIMAL;

    for (size_t j = 0; j < n_raws; j++) {
        yes &= raws[j].columns[i].kind != SC_RAW_DOUBLE;
    }
    return yes;
}

/* "v3 AS name, d3 AS name.sum" */
static sc_err put_named(sc_buf *sql, const sc_table *t, size_t i, char encoded,
                        char summed)
{
    char name[SC_NAME_MAX + sizeof SC_SQL_SUM];
    sc_err err = SC_E_BUG;

    (void)snprintf(name, sizeof name, "%s" SC_SQL_SUM, t->columns[i].name);
    SC_TRY(sc_buf_printf(sql, "%s%c%zu AS ", i > 0 ? ", " : "", encoded, i));
    SC_TRY(sc_sql_name(sql, t->columns[i].name));
    SC_TRY(sc_buf_printf(sql, ", %c%zu AS ", summed, i));
    SC_TRY(sc_sql_name(sql, name));
    err = SC_OK;
out:
    return err;
}

sc_err sc_reader_rows(sc_buf *sql, const sc_source *s, const sc_raw *raws,
                      size_t n_raws, int is_clean)
{
    const sc_table *t = s->table;
    int is_clamp = !is_clean && s->bad_values == SC_BAD_CLAMP;
    taken what = is_clean ? TAKE_VALUES : is_clamp ? TAKE_CLAMPED : TAKE_BOTH;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, "SELECT "));
    for (size_t i = 0; i < t->n_columns; i++) {
        char encoded = is_clamp ? 'w' : 'v';

        SC_TRY(put_named(sql, t, i, encoded,
                         is_clean && is_decimal(t, raws, n_raws, i) ? 'd'
                                                                    : encoded));
    }
    SC_TRY(put_parts(sql, s, raws, n_raws, what));
    if (!is_clean && !is_clamp) {
        SC_TRY(put_good(sql, t));
    }
    err = SC_OK;
out:
    return err;
}
