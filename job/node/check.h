/* job/node/check.h: what a start checks of a store, beside its chain.
 *
 * A file that was damaged while the node slept would else be found when it is
 * needed: a sealed share when a result party waits for it, a salt when a consent
 * is due. So all of them are opened before a port is: the node refuses to start,
 * and names the file.
 *
 *     keys/party.yaml           this party's block as the consortium file has it
 *     assets/<digest>.salt      their own SHA-256 (job/run/salt.h)
 *     jobs/<id>/share.sealed    opens under the state key
 *     jobs/<id>/shares.opened   the commitments of the job's receipt
 *     answers/<key>             a job that is here and has an answer
 *
 * Journals have checks of their own. A file that is missing is no fault here. */
#ifndef SC_JOB_CHECK_H
#define SC_JOB_CHECK_H

#include "job/run/house.h"

/* Needs conf, consortium, keys and me of the house.
 *   Returns: SC_E_CORRUPT  why names the file */
SC_MUST_USE sc_err sc_check_store(const sc_house *h, sc_fault *why);

#endif
