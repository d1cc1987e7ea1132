/* job/plan/aggregate.h: an aggregate call to what is opened for it and the formula
 * over that. */
#ifndef SC_JOB_AGGREGATE_H
#define SC_JOB_AGGREGATE_H

#include "job/plan/planner.h"

/* a is a SC_A_CALL whose text sc_function_find knows.
 *   Out:     value     its formula; the caller's to free
 *            is_whole  PostgreSQL's type of it is an integer
 *   Returns: SC_E_CONFIG   not these arguments; why says which
 *            SC_E_REFUSED  a sum that docs/disclosure.md forbids */
SC_MUST_USE sc_err sc_aggregate_make(sc_planner *pl, sc_finish **value,
                                     int *is_whole, const sc_ast *a);

#endif
