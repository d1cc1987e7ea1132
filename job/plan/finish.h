/* job/plan/finish.h: exact arithmetic over the opened sums.
 *
 * What a result party computes in the clear once the sums are open: rationals
 * (GMP) all the way, a square root to 256 bits beyond the point, one rounding
 * to double at the very end. NULL as in SQL; division by zero is NULL where
 * the statistic says so (VAR_SAMP of one row), and NULL for the `/` of a user
 * too. Everything here is public to the result party. */
#ifndef SC_JOB_FINISH_H
#define SC_JOB_FINISH_H

#include <gmp.h>
#include <jansson.h>

#include "base/int128.h"

typedef enum {
    SC_F_NUMBER, /* literal: value * 10^-scale */
    SC_F_TEXT,   /* literal label, compared with keys only */
    SC_F_NULL,
    SC_F_OPENED, /* opened value number `index` of the cell, * 10^-scale */
    SC_F_KEY,    /* label of key `index` */
    SC_F_NEG,
    SC_F_ADD, /* arithmetic and comparisons take two arguments */
    SC_F_SUB,
    SC_F_MUL,
    SC_F_DIV,  /* NULL if the divisor is 0 */
    SC_F_SQRT, /* NULL if negative */
    SC_F_ABS,
    SC_F_ROUND, /* args[0] to index <= 38 digits, half away from zero */
    SC_F_LT,
    SC_F_LE,
    SC_F_EQ,
    SC_F_NE,
    SC_F_AND, /* three-valued; one argument or more */
    SC_F_OR,
    SC_F_NOT,
    SC_F_IS_NULL,
    SC_F_COALESCE
} sc_finish_kind;

#define SC_VALUE_MAX_SCALE  38  /* digits behind the point that print exactly */
#define SC_FINISH_MAX_SCALE 128 /* of a node */

typedef struct sc_finish sc_finish;
struct sc_finish {
    sc_finish_kind kind;
    size_t index;
    unsigned scale;
    sc_i128 value;
    char *text;
    sc_finish **args;
    size_t n_args;
};

/* How a value came out. */
typedef enum { SC_V_NULL, SC_V_NUMBER, SC_V_TEXT, SC_V_BOOL } sc_value_kind;

typedef struct {
    sc_value_kind kind;
    mpq_t q;          /* SC_V_NUMBER, SC_V_BOOL (0 or 1); always initialised */
    int is_rounded;   /* a square root was taken: q is 2^-256 off at the most */
    const char *text; /* SC_V_TEXT; borrowed from the plan */
} sc_value;

void sc_value_init(sc_value *v);
void sc_value_clear(sc_value *v);

/* Evaluate over one cell: opened[i] are signed integers, key_labels[k] the
 * printed key values (NULL for a NULL key). SC_E_MEM, SC_E_BUG (types that the
 * planner should have refused). */
SC_MUST_USE sc_err sc_finish_eval(sc_value *out, const sc_finish *f,
                                  const sc_i128 *opened,
                                  const char *const *key_labels);
void sc_finish_free(sc_finish **f);
/* Prefix arrays of strings and integers, for the plan's bytes. */
SC_MUST_USE sc_err sc_finish_json(json_t **out, const sc_finish *f);

/* Text of a value. A number that is an integer or a decimal of at most
 * SC_VALUE_MAX_SCALE digits behind the point prints exactly, without spare
 * zeros; any other, and any root that is not rational, as its nearest double
 * in the fewest digits of 15, 16, 17 that read back as the same. Booleans are
 * "true" and "false"; NULL adds nothing. */
SC_MUST_USE sc_err sc_value_print(sc_buf *out, const sc_value *v);
/* The nearest double, ties to even. */
double sc_value_double(const sc_value *v);
/* Order for ORDER BY: -1, 0, 1; both not NULL, same kind. Text by bytes. */
int sc_value_compare(const sc_value *a, const sc_value *b);

#endif
