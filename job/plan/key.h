/* job/plan/key.h: GROUP BY expressions as functions that are constant between
 * breaks (sc_key of data/fragment.h).
 *
 * A bare column; a condition or CASE over one column; width_bucket; year,
 * quarter and month of a date. */
#ifndef SC_JOB_KEY_H
#define SC_JOB_KEY_H

#include "job/plan/planner.h"

/* The function that `a` is. With check_cuts every break must be a cut of its
 * column. Notes the column as used for pl->use. Release with sc_key_clear.
 *   Returns: SC_E_CONFIG   no such function; more than SC_MAX_CELLS pieces
 *            SC_E_REFUSED  a break that is no cut */
SC_MUST_USE sc_err sc_key_make(sc_planner *pl, sc_key *out, sc_label_kind *kind,
                               const sc_ast *a, int check_cuts);
void sc_key_clear(sc_key *k);
/* Does a look like a function that sc_key_make knows, other than a column? */
int sc_key_is_function(const sc_ast *a);

/* Label number `i` against a constant: `sign` is -1, 0, 1.
 *   Returns: SC_E_CONFIG  their types differ */
SC_MUST_USE sc_err sc_key_compare(sc_planner *pl, int *sign, const sc_key *k,
                                  sc_label_kind kind, size_t i,
                                  const sc_ast *constant);

#endif
