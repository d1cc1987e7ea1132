/* job/node/audited.h: jobs of others that this party may see.
 *
 * A named auditor is told a job's text and its receipt; a party whose record of
 * a job is gone may ask the others for them. Both are stored as a record that is
 * done, so that `receipt list`, `show`, `export` and `audit` work on it; there is
 * no answer in it.
 *
 * Taken only if everything holds: the receipt is signed by all its parties, the
 * entry in this party's own published replica names this very copy, the job is
 * the one that the receipt was made of, this party is its auditor or its party,
 * and so is the sender one of its parties. Adversary: the sender. */
#ifndef SC_JOB_AUDITED_H
#define SC_JOB_AUDITED_H

#include "job/run/house.h"

/* A BODY of a job that is not open here. What is stored, now or before, is
 * acknowledged by RECEIVED; all else is passed over, and will be said again. */
void sc_audited_hear(const sc_house *h, size_t party,
                     const uint8_t job[static 16], const sc_frame *f);
/* Ask every party for a job of which there is no record here. */
void sc_audited_ask(const sc_house *h, const uint8_t job[static 16]);

#endif
