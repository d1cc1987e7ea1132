/* job/node/export.h: a job's receipt as the one file that an officer checks
 * (ledger/bundle.h): its line whole, and what follows it, of a sum of ciphertexts up to
 * 2 GiB, from the disk in pieces. */
#ifndef SC_JOB_EXPORT_H
#define SC_JOB_EXPORT_H

#include "job/run/dossier.h"

typedef struct {
    int is_first; /* 0: the first checkpoint in which this party found the receipt was
                   * not kept, or does not fit the log; the newest stands in for it */
    uint64_t rest; /* bytes that follow the line */
} sc_export;

/* Append the line of a job whose receipt is in the published log, below the first
 * checkpoint in which this party found it, so that it is witnessed as early as may be.
 * What follows it was checked against the receipt too.
 *   In:      with_result  also job, opened shares and answer
 *   Returns: SC_E_NOT_FOUND  no such job, no receipt of it in the log, or no
 *                            result here; why says which
 *            SC_E_CORRUPT    what was opened is damaged */
SC_MUST_USE sc_err sc_export_bundle(sc_buf *out, sc_export *what,
                                    const sc_house *h,
                                    const uint8_t id[static 16],
                                    int with_result, sc_fault *why);
/* Append at most max_len bytes of what follows the line, from `at` on; none behind its
 * end. It is not checked again: who checks the file finds what changed meanwhile.
 *   Returns: SC_E_NOT_FOUND  as above, or nothing follows the line */
SC_MUST_USE sc_err sc_export_rest(sc_buf *out, const sc_house *h,
                                  const uint8_t id[static 16], uint64_t at,
                                  size_t max_len, sc_fault *why);

#endif
