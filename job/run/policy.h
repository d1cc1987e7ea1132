/* job/run/policy.h: does this owner allow this job? Default: no.
 *
 * The answer is a function of job, consortium, node.yaml, the day and the count
 * of earlier jobs; never of rows. Peers learn its kind, the owner the rule that
 * is missing.
 *
 * Whose eyes count: the asker and every result party. For each of them that is
 * not this party itself, one and the same entry of `allow:` must permit all
 * that the plan does with this owner's table. A job that only this party asks
 * and reads needs no rule of its own: the other owners' rules decide.
 *
 * Adversary: an asker who words a query so that a use hides from the rules. The
 * plan's own list of uses is what is checked, and every party computes that
 * alone (job/plan/plan.h). */
#ifndef SC_JOB_POLICY_H
#define SC_JOB_POLICY_H

#include "job/conf/nodeconf.h"
#include "job/plan/plan.h"
#include "job/run/history.h"

/* What a refusal tells its peers; the numbers are on the wire. 3 means nothing. */
#define SC_REFUSALS(X)                                                         \
    X(POLICY, 1, "policy")   /* no rule permits it */                          \
    X(EXPIRED, 2, "expired") /* a rule did, and has ended */                   \
    X(LIMITS, 4, "limits")   /* queries_per_day, sizes, rates */               \
    X(PLAN, 5, "plan") /* the job cannot be planned, or otherwise here */      \
    X(DATA, 6, "data") /* the data rule is not met, or there is no data */

#define X(name, number, text) SC_REFUSAL_##name = (number),
typedef enum { SC_REFUSALS(X) } sc_refusal;
#undef X

/* "policy", ...; "unknown" for any other number. */
const char *sc_refusal_name(sc_refusal kind);

/* Check uses, functions, dates, and min_group against the plan: for the asker and
 * each who gets the result one entry that permits all of it.
 *
 *   In:      today  days since 1970-01-01, UTC
 *   Out:     kind   set if refused
 *   Returns: SC_E_REFUSED  why is for this owner alone: the missing rule */
SC_MUST_USE sc_err sc_policy_check(sc_refusal *kind, const sc_nodeconf *n,
                                   const sc_job *job, const sc_plan *plan,
                                   int64_t today, sc_fault *why);

#define SC_DAY_S 86400

/* May this asker use this table once more today (queries_per_day)? Counts
 * nothing. Jobs of this party's own are not limited, nor at a party that owns no
 * rows.
 *   Returns: SC_E_REFUSED  kind is SC_REFUSAL_LIMITS */
SC_MUST_USE sc_err sc_policy_has_left(sc_refusal *kind, sc_history *history,
                                      const sc_nodeconf *n, const sc_job *job,
                                      const sc_plan *plan, int64_t today,
                                      sc_fault *why);
/* The same, and count it, durably; the asker counts its own too. Call once for
 * each job, before anything of it can be opened; a repeat that the asker answers
 * from its store never comes so far.
 *   Returns: SC_E_REFUSED  kind is SC_REFUSAL_LIMITS
 *            SC_E_IO       cannot be written: do not go on */
SC_MUST_USE sc_err sc_policy_spend(sc_refusal *kind, sc_history *history,
                                   const sc_nodeconf *n, const sc_job *job,
                                   const sc_plan *plan, int64_t today,
                                   sc_fault *why);

/* At the asker: what to do about a refusal of that kind by another party. */
void sc_policy_explain(char *out, size_t len, sc_refusal kind, size_t refuser,
                       sc_history *history, const sc_nodeconf *n,
                       const sc_plan *plan, int64_t today);

#endif
