/* job/run/repeat.h: a job repeated on the same asset versions has its answer.
 * Whether they are the same only every owner's fresh commitment can tell; the
 * key without inputs names the last answer on whatever versions, for a user
 * whose repeat finds an owner away.
 *
 * STORE/answers/<key> holds the id of the job that answered, or nothing if the
 * machine fell just then; the key is a hash
 * of the query (the plan without its job), the result parties and every owner's
 * input commitment, which is the same for the same version of an asset. */
#ifndef SC_JOB_REPEAT_H
#define SC_JOB_REPEAT_H

#include "job/plan/plan.h"
#include "net/messages.h"

/* inputs: n_inputs commitments, by position in the job; none: any data. */
void sc_repeat_key(uint8_t key[static 32], const sc_plan *plan,
                   const sc_opt_bytes *inputs, size_t n_inputs);
/* The job that answered. SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_repeat_find(uint8_t id[static 16], const char *store,
                                  const uint8_t key[static 32], sc_fault *why);
SC_MUST_USE sc_err sc_repeat_put(const char *store,
                                 const uint8_t key[static 32],
                                 const uint8_t id[static 16], sc_fault *why);
/* Put the job under the key with its inputs and under the one without. */
SC_MUST_USE sc_err sc_repeat_remember(const char *store, const sc_plan *plan,
                                      const sc_opt_bytes *inputs,
                                      size_t n_inputs,
                                      const uint8_t id[static 16],
                                      sc_fault *why);

#endif
