/* job/plan/filter.h: WHERE, FILTER and the conditions of CASE to predicates. */
#ifndef SC_JOB_FILTER_H
#define SC_JOB_FILTER_H

#include "job/plan/planner.h"
#include "job/plan/pred.h"

/* Lower a condition over one table's columns. Every comparison is of one column
 * (or of a function of one that is constant between cuts) with a constant, at
 * a cut of that column. Columns are noted as used for pl->use.
 *   Returns: SC_E_CONFIG   another expression, a wrong type
 *            SC_E_REFUSED  no cut there */
SC_MUST_USE sc_err sc_filter_make(sc_planner *pl, sc_pred **out,
                                  const sc_ast *a);

#endif
