/* job/plan/filter_key.h: WHERE conditions on functions of a column; a part of
 * job/plan/filter.h. */
#ifndef SC_JOB_FILTER_KEY_H
#define SC_JOB_FILTER_KEY_H

#include "job/plan/planner.h"
#include "job/plan/pred.h"

/* A comparison, BETWEEN or IN whose subject, args[of], is a function that
 * sc_key_is_function knows. The function is made once, whatever the list, or
 * nested ones would cost 2^depth. Returns as sc_filter_make. */
SC_MUST_USE sc_err sc_filter_key(sc_planner *pl, sc_pred **out, const sc_ast *a,
                                 size_t of);
/* Is it a number or date, which is compared at cuts? */
int sc_filter_is_ranged(const sc_column *c);

#endif
