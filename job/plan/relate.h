/* job/plan/relate.h: what can be proven of conditions without looking at rows.
 *
 * Columns are taken one at a time: a condition on one column is constant
 * between the values it names, so a look at these and their neighbours decides.
 * What mixes columns, or names too many values, is not proven. */
#ifndef SC_JOB_RELATE_H
#define SC_JOB_RELATE_H

#include "job/plan/pred.h"

/* Bring a filter to a plainer one that the same rows pass: parts that every row
 * passes go, parts that say no more than "column is not NULL" go to *need (bit
 * c: column c). *filter is NULL if nothing is left of it. */
void sc_relate_simplify(sc_pred **filter, uint64_t *need, const sc_table *t);

/* Is it proven that no row passes both a (NULL: all rows) with need_a not NULL,
 * and b with need_b? *work is set to the steps it took, at most. */
int sc_relate_is_disjoint(size_t *work, const sc_pred *a, uint64_t need_a,
                          const sc_pred *b, uint64_t need_b, const sc_table *t);

#endif
