/* job/plan/output_expr.h: one expression over opened values; a part of
 * job/plan/output.h. */
#ifndef SC_JOB_OUTPUT_EXPR_H
#define SC_JOB_OUTPUT_EXPR_H

#include "job/plan/planner.h"

typedef enum {
    SC_O_WHOLE, /* an integer to PostgreSQL */
    SC_O_NUMBER,
    SC_O_BOOL,
    SC_O_TEXT,
    SC_O_KEY, /* a GROUP BY key */
    SC_O_NULL /* of any type */
} sc_output_type;

typedef struct {
    sc_finish *f;
    sc_output_type type;
    size_t key; /* SC_O_KEY */
} sc_output_expr;

/* Returns as sc_output_make; out->f is the caller's to free. */
SC_MUST_USE sc_err sc_output_take(sc_planner *pl, sc_output_expr *out,
                                  const sc_ast *a);
/* As a condition: SC_E_CONFIG if it is none. Keeps out->f for the caller. */
SC_MUST_USE sc_err sc_output_to_bool(sc_planner *pl, sc_output_expr *out,
                                     size_t at);
/* A comparison, BETWEEN or IN. */
SC_MUST_USE sc_err sc_output_compare(sc_planner *pl, sc_output_expr *out,
                                     const sc_ast *a);
/* Set out to f of that type; SC_E_MEM if f is NULL. */
SC_MUST_USE sc_err sc_output_set(sc_output_expr *out, sc_finish *f,
                                 sc_output_type type);
/* As a number, or SC_E_CONFIG. */
SC_MUST_USE sc_err sc_output_to_number(sc_planner *pl,
                                       const sc_output_expr *out, size_t at);
/* May a formula of f's size stand n times? Else SC_E_CONFIG. */
SC_MUST_USE sc_err sc_output_check_size(sc_planner *pl, const sc_finish *f,
                                        size_t n, size_t at);

#endif
