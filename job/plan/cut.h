/* job/plan/cut.h: is a column compared only where the consortium lets it be cut? */
#ifndef SC_JOB_CUT_H
#define SC_JOB_CUT_H

#include "job/plan/planner.h"

/* The nearest declared cuts below and above p, strictly inside the bounds (a
 * cut at min or beyond max parts nothing). has_* say whether there is one. */
typedef struct {
    int64_t below, above;
    int has_below, has_above;
} sc_cut_near;

void sc_cut_find_near(sc_cut_near *out, const sc_column *c, int64_t p);

/* May `column` be cut at p? `at`: where the text asks for it; is_upper: the
 * text asks for the values from p on (>=), else for those below (<).
 *   Returns: SC_E_REFUSED  why names the nearest spelling that is allowed */
SC_MUST_USE sc_err sc_cut_check(sc_planner *pl, size_t column, int64_t p,
                                size_t at, int is_upper);
/* May it be compared with the one value v? It must have cuts at v and v + 1. */
SC_MUST_USE sc_err sc_cut_check_value(sc_planner *pl, size_t column, int64_t v,
                                      size_t at);

#endif
