/* job/run/work.h: long work on a thread of its own, while the run shows that it lives.
 *
 * The others hear at a steady beat that this party is at work, and what ends the job
 * meanwhile ends the wait. */
#ifndef SC_JOB_WORK_H
#define SC_JOB_WORK_H

#include "job/run/run_state.h"

#define SC_WORK_SLICE_MS ((uint64_t)50)

/* What is done; its words are its own. */
typedef sc_err sc_work(void *ctx, sc_fault *why);

/* Do it, wait until it is done.
 *   In:      stop      called, again and again, once the job has ended; NULL if
 *                      the work cannot be cut short
 *   Out:     found     what work returned; why has its words
 *   Returns: SC_OK     the work is done, well or not
 *            any other the end of the job, which came first; why has its words */
SC_MUST_USE sc_err sc_run_work(sc_run *r, sc_err *found, sc_work *work,
                               void (*stop)(void *ctx), void *ctx,
                               sc_fault *why);

#endif
