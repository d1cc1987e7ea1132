/* job/plan/collect.h: the supports, local sums and opened values of a plan, each
 * once however often the query asks for it. */
#ifndef SC_JOB_COLLECT_H
#define SC_JOB_COLLECT_H

#include "job/plan/planner.h"
#include "job/plan/poly.h"

/* Until sc_collect_end, SC_F_OPENED names the count of support s by s and other
 * opened values from here on. */
#define SC_COLLECT_SUMS ((size_t)SC_MAX_SUMS)

/* Reserve the arrays, and make support 0: all rows of the cell. */
SC_MUST_USE sc_err sc_collect_start(sc_planner *pl);

/* Rows that pass *filter (NULL: all; taken) and have every column of `need`. A
 * column that is never NULL needs no mention.
 *   Returns: SC_E_REFUSED  more than SC_MAX_SUMS sums; `at` for its place */
SC_MUST_USE sc_err sc_collect_support(sc_planner *pl, size_t *support,
                                      sc_pred **filter, uint64_t need,
                                      size_t at);
/* The sum of core over the support's rows, as an index of SC_F_OPENED. */
SC_MUST_USE sc_err sc_collect_core(sc_planner *pl, size_t *opened,
                                   size_t support, const sc_core *core,
                                   size_t at);

/* Number the opened values for good, in pl->plan and its outputs, HAVING and
 * ORDER BY; prove the bounds; set the thresholds.
 *   Returns: SC_E_REFUSED  a total could reach 2^126, or the answer is more
 *                          than SC_MAX_VECTOR elements */
SC_MUST_USE sc_err sc_collect_end(sc_planner *pl);

#endif
