/* job/node/asked.h: what a user asks, as the job that is proposed. */
#ifndef SC_JOB_ASKED_H
#define SC_JOB_ASKED_H

#include <jansson.h>

#include "job/plan/plan.h"
#include "job/run/house.h"

/* A fresh job of this party's from a request's "sql", "to" and "auditor"
 * (job/node/node.h).
 *
 *   Out:     text  its canonical bytes, appended
 *   Returns: SC_E_CONFIG  a name or text that does not do; why says which */
SC_MUST_USE sc_err sc_asked_job(sc_job **job, sc_buf *text, const sc_house *h,
                                const json_t *request, sc_fault *why);

/* Make a call of it, that lasts for `days`; its text is made anew.
 * SC_E_CONFIG: longer than the consortium lets calls last. */
SC_MUST_USE sc_err sc_asked_call(sc_job *job, sc_buf *text, const sc_house *h,
                                 const json_t *request, sc_fault *why);

#endif
