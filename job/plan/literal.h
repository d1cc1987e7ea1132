/* job/plan/literal.h: constants of a query, and where they lie on a column's axis. */
#ifndef SC_JOB_LITERAL_H
#define SC_JOB_LITERAL_H

#include "job/plan/planner.h"

typedef enum {
    SC_L_NONE, /* not a constant */
    SC_L_NULL,
    SC_L_BOOL,
    SC_L_NUMBER, /* value * 10^-scale */
    SC_L_TEXT, /* of unknown type, as in PostgreSQL: a column's type decides */
    SC_L_DATE, /* value: days */
    SC_L_TIMESTAMP /* value: microseconds */
} sc_literal_kind;

typedef struct {
    sc_literal_kind kind;
    sc_i128 value;
    unsigned scale;
    const char *text; /* borrowed from the tree */
    size_t at;
} sc_literal;

/* Fold a constant expression: literals, casts, and + - * of numbers.
 *   Out:     kind SC_L_NONE if it has a column, a function or the like
 *   Returns: SC_E_CONFIG  DATE 'nonsense' and such */
SC_MUST_USE sc_err sc_literal_take(sc_planner *pl, sc_literal *out,
                                   const sc_ast *a);

/* A constant among a column's encoded values: at `floor`, or (is_exact is 0)
 * between floor and floor + 1. Far outside the bounds it is moved to just
 * outside. */
typedef struct {
    int64_t floor;
    int is_exact;
} sc_place;

/* Type l by column c, which may be of any type.
 *   Returns: SC_E_CONFIG  another type; no such category (why lists them) */
SC_MUST_USE sc_err sc_literal_place(sc_planner *pl, sc_place *out,
                                    const sc_literal *l, const sc_column *c);

#endif
