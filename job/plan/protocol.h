/* job/plan/protocol.h: which protocol adds the owners' vectors up, and who else takes
 * part for its sake.
 *
 *   masked sum       what a plan takes by itself (mpc/sum.h)
 *   ciphertext sum   by a hint (job/sql/hint.h), or because an owner posts and leaves;
 *                    under the consortium's key in shares (mpc/ctsum.h): its holders
 *                    take part */
#ifndef SC_JOB_PROTOCOL_H
#define SC_JOB_PROTOCOL_H

#include "job/plan/planner.h"

/* Set protocol and holders; the owners are set.
 *   Returns: SC_E_CONFIG   the consortium has no key for a ciphertext sum
 *            SC_E_REFUSED  fewer than three owners would contribute */
SC_MUST_USE sc_err sc_protocol_choose(sc_planner *pl);
/* Set ring and shape; the bounds are proved.
 *   Returns: SC_E_REFUSED  more values than a ciphertext sum takes */
SC_MUST_USE sc_err sc_protocol_shape(sc_planner *pl);

#endif
