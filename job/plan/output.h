/* job/plan/output.h: what is printed: the SELECT list, HAVING and ORDER BY as
 * formulas over opened values and keys. */
#ifndef SC_JOB_OUTPUT_H
#define SC_JOB_OUTPUT_H

#include "job/plan/planner.h"

/* Fill the plan's outputs, having, order, limit and offset; the keys must be
 * there. Opens what the formulas need (job/plan/collect.h).
 *   Returns: SC_E_CONFIG   not supported, or a type that does not fit
 *            SC_E_REFUSED  as sc_aggregate_make */
SC_MUST_USE sc_err sc_output_make(sc_planner *pl);

#endif
