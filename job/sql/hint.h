/* job/sql/hint.h: which protocol the text asks for.
 *
 *     SELECT ... FROM t                     a masked sum
 *     SELECT [ciphertext_sum] ... FROM t    a sum of ciphertexts
 *     SELECT [ciphertext_sum(bits)] ...     the same, ranges proved bit by bit
 *
 * where [ and ] are the beginning of a comment with a plus sign behind it, and its end.
 *
 * A hint stands behind SELECT, where a comment cannot be part of anything else.
 * PostgreSQL's grammar drops comments, so the text itself is looked at; a hint
 * anywhere else is refused, and not passed over. A part of job/sql/parse.h. */
#ifndef SC_JOB_HINT_H
#define SC_JOB_HINT_H

#include "job/sql/parse_expr.h"

/* Fill s->hint and s->hint_at.
 *   Returns: SC_E_CONFIG  an unknown hint, or one in another place */
SC_MUST_USE sc_err sc_hint_take(sc_parser *p, sc_select *s);

#endif
