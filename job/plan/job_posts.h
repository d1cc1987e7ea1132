/* job/plan/job_posts.h: the members of a job's canonical bytes that owners who post and
 * leave have part in: "call" and "posts" (job/plan/plan.h). Signatures are looked at
 * where the plan is known (job/run/call.h).
 *
 * Adversary: whoever proposes a job. */
#ifndef SC_JOB_JOB_POSTS_H
#define SC_JOB_JOB_POSTS_H

#include <jansson.h>

#include "job/plan/plan.h"

/* Set both members of o, none without posts. SC_E_ARG: posts out of order, SC_E_MEM. */
SC_MUST_USE sc_err sc_job_posts_put(json_t *o, const sc_job *j,
                                    const sc_consortium *c);
/* Fill j->call and j->posts: both members or none, posts in the consortium's order,
 * each party once. SC_E_WIRE. */
SC_MUST_USE sc_err sc_job_posts_take(sc_job *j, const json_t *o,
                                     const sc_consortium *c);

#endif
