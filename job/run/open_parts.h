/* job/run/open_parts.h: from the entries of a sum of ciphertexts to what opens it; a
 * part of job/run/open.c.
 *
 *   holder of the key                        result party
 *   ------------------------------------------------------------------
 *   every entry's proof; all added up        likewise
 *   part of the sum, its proof; stored
 *   PART  chunk, (size, root) released under  -->
 *                                            parts checked until there are
 *                                            enough
 *
 * A holder makes one part a job: of the sum of all entries that the receipt commits
 * to, once the receipt is in its own replica. Adversary: an owner whose entry's proof
 * does not hold is named, and nothing is opened; a holder whose part does not hold, or
 * who is silent, is named in this party's own log, and the others' parts do as long as
 * there are enough. */
#ifndef SC_JOB_OPEN_PARTS_H
#define SC_JOB_OPEN_PARTS_H

#include "job/run/work.h"

/* What leaves this party once the receipt is in the log. */
typedef struct {
    sc_msg_type type; /* SC_MSG_SHARE or SC_MSG_PART */
    sc_bytes words;   /* whole words of SC_MSG_SHARE_WORD bytes */
    sc_head under;    /* the checkpoint that they are released under */
} sc_released;

/* Send, or take and append, one chunk of words: a share or a part. */
SC_MUST_USE sc_err sc_run_send_words(sc_run *r, size_t to, size_t chunk,
                                     const sc_released *what, sc_fault *why);
SC_MUST_USE sc_err sc_run_take_words(sc_run *r, size_t from, size_t chunk,
                                     sc_msg_type type, sc_opened_share *out,
                                     sc_fault *why);

/* Nothing unless the plan is a sum of ciphertexts. Else shares, by position as
 * committed to, are added up in r->tally; at a result party its parts are gathered,
 * and stand in shares from r->n_parties on. */
SC_MUST_USE sc_err sc_run_open_parts(sc_run *r, sc_opened_share *shares,
                                     sc_fault *why);

#endif
