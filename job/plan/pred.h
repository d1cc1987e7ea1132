/* job/plan/pred.h: building, comparing and evaluating predicates (data/fragment.h).
 *
 * The builders take what they are given, also when they fail, and return NULL
 * if memory ran out or an argument is NULL; so a tree is built in one
 * expression and checked once. They simplify: no NOT of NOT, no constant under
 * AND or OR that decides nothing. */
#ifndef SC_JOB_PRED_H
#define SC_JOB_PRED_H

#include "data/fragment.h"

sc_pred *sc_pred_const(int64_t value) SC_MUST_USE; /* 0, 1 or SC_P_NULL */
/* column < v. At or below the least value: never; above the greatest: always;
 * NULL of a NULL in both cases. */
sc_pred *sc_pred_less(const sc_column *c, size_t column, int64_t v) SC_MUST_USE;
/* column is one of values, in any order, repeats allowed; copied. None: never.
 */
sc_pred *sc_pred_in(const sc_column *c, size_t column, const int64_t *values,
                    size_t n_values) SC_MUST_USE;
sc_pred *sc_pred_is_null(size_t column) SC_MUST_USE;
sc_pred *sc_pred_not(sc_pred *p) SC_MUST_USE;
/* kind: SC_P_AND or SC_P_OR. */
sc_pred *sc_pred_both(sc_pred_kind kind, sc_pred *a, sc_pred *b) SC_MUST_USE;

sc_pred *sc_pred_clone(const sc_pred *p) SC_MUST_USE;
int sc_pred_equal(const sc_pred *a, const sc_pred *b);
size_t sc_pred_depth(const sc_pred *p);

typedef enum { SC_TRUTH_FALSE, SC_TRUTH_TRUE, SC_TRUTH_NULL } sc_truth;

/* Of a row whose column has value v (or is NULL); p speaks of that column
 * alone. */
sc_truth sc_pred_eval(const sc_pred *p, int64_t v, int is_null);

/* "region in (north, south) and age < 30" appended to out. */
SC_MUST_USE sc_err sc_pred_words(sc_buf *out, const sc_pred *p,
                                 const sc_table *t);

#endif
