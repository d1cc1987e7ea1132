/* data/fragment.c: lowering to the one SELECT that DuckDB runs.
 *
 * Nothing here can fail on a row: columns are BIGINTs inside their declared
 * bounds, comparisons are with literals, and a product is taken in the width
 * that its proven bound needs.
 *
 * Its cost is the reader's, if little is done to each row. So what is summed or
 * counted as it stands is taken from a column that needs no scaling (.sum). A
 * key of few values is a byte, for which DuckDB has a table in place of a hash.
 * Where each value is its own piece, the key is a subtraction; else it is
 * searched among the breaks by a function of ours (data/duckdb_piece.c), for a
 * tree of CASEs visits each of its nodes with every 2,048 rows. */
#include "data/fragment.h"

#include <inttypes.h>
#include <stdio.h>

#include "data/sql.h"

#define MAX_DEPTH 1024 /* of a predicate; the planner's limit is far below */
#define MAX_SMALL 256  /* values of a key that are bytes */

size_t sc_fragment_cells(const sc_fragment *f)
{
    size_t n = 1;

    for (size_t i = 0; i < f->n_keys; i++) {
        n *= sc_key_values(&f->keys[i]);
    }
    return n;
}

/* ---- predicates ---------------------------------------------------- */

static sc_err put_column(sc_buf *sql, const sc_table *t, size_t column)
{
    return column < t->n_columns ? sc_sql_name(sql, t->columns[column].name)
                                 : SC_E_ARG;
}

/* The same where only its sum, or whether it is NULL, matters. */
static sc_err put_plain(sc_buf *sql, const sc_table *t, size_t column)
{
    char name[SC_NAME_MAX + sizeof SC_SQL_SUM];

    if (column >= t->n_columns) {
        return SC_E_ARG;
    }
    (void)snprintf(name, sizeof name, "%s" SC_SQL_SUM, t->columns[column].name);
    return sc_sql_name(sql, name);
}

static sc_err put_pred(sc_buf *sql, const sc_table *t, const sc_pred *p,
                       unsigned depth);

static sc_err put_in(sc_buf *sql, const sc_table *t, const sc_pred *p)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(p->n_values > 0, SC_E_ARG);
    SC_TRY(put_column(sql, t, p->column));
    SC_TRY(sc_buf_put_str(sql, " IN ("));
    for (size_t i = 0; i < p->n_values; i++) {
        SC_TRY(sc_buf_put_str(sql, i > 0 ? ", " : ""));
        SC_TRY(sc_sql_integer(sql, p->values[i]));
    }
    SC_TRY(sc_buf_put_u8(sql, ')'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_list(sc_buf *sql, const sc_table *t, const sc_pred *p,
                       unsigned depth)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(p->n_args > 0, SC_E_ARG);
    for (size_t i = 0; i < p->n_args; i++) {
        if (i > 0) {
            SC_TRY(sc_buf_put_str(sql, p->kind == SC_P_AND ? " AND " : " OR "));
        }
        SC_TRY(put_pred(sql, t, p->args[i], depth + 1));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err put_body(sc_buf *sql, const sc_table *t, const sc_pred *p,
                       unsigned depth)
{
    sc_err err = SC_E_BUG;

    switch (p->kind) {
    case SC_P_CONST:
        return sc_buf_put_str(sql, p->value == SC_P_NULL
                                       ? "CAST(NULL AS BOOLEAN)"
                                   : p->value != 0 ? "TRUE"
                                                   : "FALSE");
    case SC_P_LESS:
        SC_TRY(put_column(sql, t, p->column));
        SC_TRY(sc_buf_put_str(sql, " < "));
        return sc_sql_integer(sql, p->value);
    case SC_P_IN:
        return put_in(sql, t, p);
    case SC_P_IS_NULL:
        SC_TRY(put_plain(sql, t, p->column));
        return sc_buf_put_str(sql, " IS NULL");
    case SC_P_NOT:
        SC_REQUIRE(p->n_args == 1, SC_E_ARG);
        SC_TRY(sc_buf_put_str(sql, "NOT "));
        return put_pred(sql, t, p->args[0], depth + 1);
    case SC_P_AND:
    case SC_P_OR:
        return put_list(sql, t, p, depth);
    default:
        return SC_E_ARG;
    }
out:
    return err;
}

static sc_err put_pred(sc_buf *sql, const sc_table *t, const sc_pred *p,
                       unsigned depth)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(p != NULL && depth < MAX_DEPTH, SC_E_ARG);
    SC_TRY(sc_buf_put_u8(sql, '('));
    SC_TRY(put_body(sql, t, p, depth));
    SC_TRY(sc_buf_put_u8(sql, ')'));
    err = SC_OK;
out:
    return err;
}

/* ---- keys ---------------------------------------------------------- */

static sc_err check_key(const sc_key *k, const sc_table *t)
{
    size_t n_values = sc_key_values(k);

    if (k->column >= t->n_columns || n_values == 0 || n_values > SC_MAX_CELLS ||
        k->n_breaks >= SC_MAX_CELLS || k->outcome_null >= n_values) {
        return SC_E_ARG;
    }
    for (size_t i = 0; i <= k->n_breaks; i++) {
        if (k->outcome[i] >= n_values ||
            (i + 1 < k->n_breaks && k->breaks[i] >= k->breaks[i + 1])) {
            return SC_E_ARG;
        }
    }
    return SC_OK;
}

/* Is each value of the column its own piece, and outcomes count up with it?
 * Then the key is v - (min - outcome[0]). */
static int is_shift(const sc_key *k, const sc_column *c)
{
    if ((sc_u128)((sc_i128)c->max - c->min) != k->n_breaks ||
        k->n_breaks == 0 || k->breaks[0] != c->min + 1) {
        return 0;
    }
    for (size_t i = 0; i < k->n_breaks; i++) {
        if ((i > 0 && k->breaks[i] != k->breaks[i - 1] + 1) ||
            k->outcome[i + 1] != k->outcome[i] + 1) {
            return 0;
        }
    }
    return 1;
}

uint32_t sc_key_find_vartime(const sc_key *k, int64_t v)
{
    size_t low = 0, n = k->n_breaks;

    while (n > 0) { /* breaks[low - 1] <= v < breaks[low + n] */
        size_t half = n / 2;

        if (k->breaks[low + half] <= v) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return k->outcome[low];
}

static sc_err put_key(sc_buf *sql, const sc_table *t, const sc_key *k,
                      size_t number)
{
    int is_small = sc_key_values(k) <= MAX_SMALL;
    sc_err err = SC_E_BUG;
    const sc_column *c;

    SC_TRY(check_key(k, t));
    c = &t->columns[k->column];
    SC_TRY(sc_buf_put_str(sql, is_small ? "CAST(" : ""));
    if (is_shift(k, c)) {
        SC_TRY(sc_sql_name(sql, c->name));
        SC_TRY(sc_buf_put_str(sql, " - ("));
        SC_TRY(sc_sql_integer(sql, c->min));
        SC_TRY(sc_buf_printf(sql, ") + %" PRIu32, k->outcome[0]));
    } else {
        SC_TRY(sc_buf_printf(sql, SC_SQL_PIECE "(%zu, ", number));
        SC_TRY(sc_sql_name(sql, c->name));
        SC_TRY(sc_buf_put_u8(sql, ')'));
    }
    SC_TRY(sc_buf_put_str(sql, is_small ? " AS UTINYINT)" : ""));
    err = SC_OK;
out:
    return err;
}

/* ---- sums ---------------------------------------------------------- */

static sc_err put_product(sc_buf *sql, const sc_table *t, const sc_local_sum *s)
{
    const char *open = s->bits < 63 ? "" : "CAST(";
    const char *close = s->bits < 63 ? "" : " AS HUGEINT)";
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, open));
    SC_TRY(put_column(sql, t, s->a));
    SC_TRY(sc_buf_printf(sql, "%s * %s", close, open));
    SC_TRY(put_column(sql, t, s->b));
    SC_TRY(sc_buf_put_str(sql, close));
    err = SC_OK;
out:
    return err;
}

/* SUM and COUNT skip the NULLs of their own argument; only other columns need
 * a test. *skipped: the columns that the argument tests by itself. */
static sc_err put_aggregate(sc_buf *sql, uint64_t *skipped, const sc_table *t,
                            const sc_local_sum *s)
{
    sc_err err = SC_E_BUG;

    *skipped = 0;
    if (s->a == SC_NO_COLUMN && s->b != SC_NO_COLUMN) {
        return SC_E_ARG;
    }
    if (s->a == SC_NO_COLUMN) {
        size_t one = 0;

        if (s->need == 0 || (s->need & (s->need - 1)) != 0) {
            return sc_buf_put_str(sql, "COUNT(*)");
        }
        while ((s->need >> one) != 1) {
            one++;
        }
        *skipped = s->need;
        SC_TRY(sc_buf_put_str(sql, "COUNT("));
        SC_TRY(put_plain(sql, t, one));
        return sc_buf_put_u8(sql, ')');
    }
    SC_REQUIRE(s->a < t->n_columns &&
                   (s->b == SC_NO_COLUMN || s->b < t->n_columns),
               SC_E_ARG);
    *skipped = (uint64_t)1 << s->a;
    SC_TRY(sc_buf_put_str(sql, "SUM("));
    if (s->b == SC_NO_COLUMN) {
        SC_TRY(put_plain(sql, t, s->a));
    } else {
        *skipped |= (uint64_t)1 << s->b;
        SC_TRY(put_product(sql, t, s));
    }
    SC_TRY(sc_buf_put_u8(sql, ')'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_sum(sc_buf *sql, const sc_table *t, const sc_local_sum *s)
{
    const char *glue = " FILTER (WHERE ";
    uint64_t skipped = 0, rest;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(t->n_columns >= 64 || s->need >> t->n_columns == 0, SC_E_ARG);
    SC_TRY(put_aggregate(sql, &skipped, t, s));
    rest = s->need & ~skipped;
    if (s->filter != NULL) {
        SC_TRY(sc_buf_put_str(sql, glue));
        SC_TRY(put_pred(sql, t, s->filter, 0));
        glue = " AND ";
    }
    for (size_t c = 0; c < t->n_columns; c++) {
        if ((rest >> c & 1) == 0) {
            continue;
        }
        SC_TRY(sc_buf_put_str(sql, glue));
        SC_TRY(put_plain(sql, t, c));
        SC_TRY(sc_buf_put_str(sql, " IS NOT NULL"));
        glue = " AND ";
    }
    if (glue[1] == 'A') {
        SC_TRY(sc_buf_put_u8(sql, ')'));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- the SELECT ---------------------------------------------------- */

static sc_err put_select(sc_buf *sql, const sc_fragment *f)
{
    const sc_table *t = f->table;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, "SELECT "));
    for (size_t i = 0; i < f->n_keys; i++) {
        SC_TRY(put_key(sql, t, &f->keys[i], i));
        SC_TRY(sc_buf_put_str(sql, ", "));
    }
    for (size_t i = 0; i < f->n_sums; i++) {
        SC_TRY(sc_buf_put_str(sql, i > 0 ? ", " : ""));
        SC_TRY(put_sum(sql, t, &f->sums[i]));
    }
    SC_TRY(sc_buf_put_str(sql, " FROM "));
    SC_TRY(sc_sql_name(sql, t->name));
    if (f->where != NULL) {
        SC_TRY(sc_buf_put_str(sql, " WHERE "));
        SC_TRY(put_pred(sql, t, f->where, 0));
    }
    for (size_t i = 0; i < f->n_keys; i++) {
        SC_TRY(sc_buf_printf(sql, "%s%zu", i > 0 ? ", " : " GROUP BY ", i + 1));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_fragment_sql(sc_buf *sql, const sc_fragment *f)
{
    size_t old = sql->len;
    sc_err err;

    if (f->n_keys > SC_MAX_KEYS || f->n_sums == 0 || f->table == NULL ||
        f->table->n_columns > SC_MAX_COLUMNS) {
        return SC_E_ARG;
    }
    err = put_select(sql, f);
    if (err != SC_OK) {
        sql->len = old;
    }
    return err;
}
