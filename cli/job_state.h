/* cli/job_state.h: what a node's record tells of a job that has no answer here. */
#ifndef SC_CLI_JOB_STATE_H
#define SC_CLI_JOB_STATE_H

#include <jansson.h>

#include "base/fault.h"

/* In words: how far it is, who ended it and why, or to whom its answer went.
 *
 *   In:      ok   the node's answer to "result" (job/node/node.h), no "answer"
 *   Returns: SC_E_REFUSED or SC_E_NOT_FOUND, with why; SC_E_WIRE: another form */
SC_MUST_USE sc_err sc_job_state_words(sc_fault *why, const json_t *ok);
/* The names of a list, with commas, cut to len. */
void sc_job_state_names(char *out, size_t len, const json_t *names);

#endif
