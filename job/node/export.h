/* job/node/export.h: a job's receipt as the one file that an officer checks. */
#ifndef SC_JOB_EXPORT_H
#define SC_JOB_EXPORT_H

#include "job/run/dossier.h"

/* Append the bundle of a job whose receipt is in the published log, below the
 * first checkpoint in which this party found it, so that it is witnessed as early
 * as may be.
 *   Out:     is_first     0: that checkpoint was not kept, or does not fit the log;
 *                         the newest stands in for it
 *   In:      with_result  also job, opened shares and answer
 *   Returns: SC_E_NOT_FOUND  no such job, no receipt of it in the log, or no
 *                            result here; why says which */
SC_MUST_USE sc_err sc_export_bundle(sc_buf *out, int *is_first,
                                    const sc_house *h,
                                    const uint8_t id[static 16],
                                    int with_result, sc_fault *why);

#endif
