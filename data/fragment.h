/* data/fragment.h: the local part of a plan, as each owner's engine runs it.
 *
 * Only integers (data/schema.h), comparisons with literals, and sums of
 * monomials of degree at most two: nothing that can fail on data inside its
 * declared bounds, and one meaning on every engine. Three-valued logic as in
 * SQL: a row passes where its predicate is true, not NULL.
 *
 * Adversary: the asker, whose query it was lowered from. The SQL made of it holds
 * integers and the schema's names, no text of the asker's; a column that the table
 * has not, or a predicate far deeper than a plan's, is SC_E_ARG. */
#ifndef SC_DATA_FRAGMENT_H
#define SC_DATA_FRAGMENT_H

#include <jansson.h>

#include "data/schema.h"

typedef enum {
    SC_P_CONST, /* value: 0, 1; or SC_P_NULL */
    SC_P_LESS,  /* column < value */
    SC_P_IN,    /* column in values[] (n_values >= 1) */
    SC_P_IS_NULL,
    SC_P_NOT, /* args[0] */
    SC_P_AND, /* args[0..n_args-1], n_args >= 1 */
    SC_P_OR
} sc_pred_kind;

typedef struct sc_pred sc_pred;
struct sc_pred {
    sc_pred_kind kind;
    size_t column;
    int64_t value;
    int64_t *values; /* ascending, distinct */
    size_t n_values;
    sc_pred **args;
    size_t n_args;
};

#define SC_P_NULL INT64_MIN /* value of a SC_P_CONST that is NULL */

void sc_pred_free(sc_pred **p);
/* Prefix arrays of strings and integers, the form in the plan's bytes:
 * ["and",["<","age",18],["in","region",0,2],["null?","sex"]], ["const",1],
 * ["const","null"]. Integers outside +-(2^53 - 1) are decimal text. SC_E_ARG:
 * a column that t has not. */
SC_MUST_USE sc_err sc_pred_json(json_t **out, const sc_pred *p,
                                const sc_table *t);

/* A key: a function of one column, constant between its breaks. Value v of the
 * column falls into piece i where breaks[i-1] <= v < breaks[i]; piece i is the
 * key value outcome[i], an index into labels, or n_labels for NULL. A bare
 * category has a break at every index. */
typedef struct {
    size_t column;
    int64_t *breaks; /* ascending; n_breaks may be 0 */
    size_t n_breaks;
    uint32_t *outcome;     /* n_breaks + 1 */
    uint32_t outcome_null; /* of a NULL; n_labels for NULL */
    char **labels;         /* what is printed */
    size_t n_labels;
    int has_null; /* can the key be NULL? then it has n_labels + 1 values */
} sc_key;

static inline size_t sc_key_values(const sc_key *k)
{
    return k->n_labels + (k->has_null ? 1 : 0);
}

/* The key of value v of its column: log n_breaks comparisons. */
uint32_t sc_key_find_vartime(const sc_key *k, int64_t v);

#define SC_NO_COLUMN SIZE_MAX

/* SUM(a * b) over the rows of a cell that pass `filter` (NULL: all) and have
 * every column of `need` non-NULL. a, b may be SC_NO_COLUMN (factor 1), so
 * that both absent is COUNT. b absent if a is. */
typedef struct {
    const sc_pred *filter; /* borrowed */
    uint64_t need;         /* bit c: column c must not be NULL */
    size_t a, b;
    unsigned bits; /* |a * b| < 2^bits for every row in bounds */
} sc_local_sum;

typedef struct {
    const sc_table *table;
    const sc_pred *where; /* NULL: all rows */
    const sc_key *keys;
    size_t n_keys; /* 0..SC_MAX_KEYS */
    const sc_local_sum *sums;
    size_t n_sums;
} sc_fragment;

/* Product of the keys' sizes; cell = ((k0 * |K1|) + k1) * |K2| + k2. 1 without
 * keys. */
size_t sc_fragment_cells(const sc_fragment *f);

/* The single SELECT that a DuckDB runs for f over a view named like the table.
 * Its column c is a BIGINT in encoded form; column c.sum is NULL where c is, and
 * the integer behind SUM of it is SUM(c). SC_SQL_PIECE(i, v) is
 * sc_key_find_vartime of key i, or its outcome_null. What comes is one row a
 * non-empty cell, the keys' values first (integers; a NULL is outcome_null),
 * then the sums. A cell may come in several rows, which are to be added. */
#define SC_SQL_PIECE "sc_piece"
#define SC_SQL_SUM   ".sum"
SC_MUST_USE sc_err sc_fragment_sql(sc_buf *sql, const sc_fragment *f);

#endif
