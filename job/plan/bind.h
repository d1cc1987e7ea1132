/* job/plan/bind.h: names of a SELECT to table and columns of the consortium. */
#ifndef SC_JOB_BIND_H
#define SC_JOB_BIND_H

#include "job/plan/planner.h"

/* Find the table; number every column; resolve ordinals and aliases in GROUP BY
 * and ORDER BY as PostgreSQL does (GROUP BY prefers a column of the table,
 * ORDER BY a column of the answer).
 *   Out:     pl->table
 *   Returns: SC_E_CONFIG  no such table or column; why says which there are */
SC_MUST_USE sc_err sc_bind(sc_planner *pl);
/* What the reference stands for, itself or an output's expression. */
const sc_ast *sc_bind_expr(const sc_select *s, const sc_ast_ref *ref);

#endif
