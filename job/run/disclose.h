/* job/run/disclose.h: what a job's parties hand to the auditors it names.
 *
 * A receipt's body is off the log, salted; so is the job's text. Once the entry
 * is proved each party sends both to each named auditor: BODY of kind
 * SC_ASK_JOB, digest d of the entry, payload the JCS of {"job":...,
 * "receipt":...}. The auditor checks and stores them (job/node/audited.h) and
 * answers RECEIVED d; until then it is told again. It gets no share and no
 * answer.
 *
 * Adversary: whoever sends such a BODY. */
#ifndef SC_JOB_DISCLOSE_H
#define SC_JOB_DISCLOSE_H

#include "job/run/house.h"
#include "ledger/receipt.h"

/* Say them to every party of a bit mask that is linked. */
void sc_disclose_say(const sc_house *h, const uint8_t job_id[static 16],
                     uint32_t parties, sc_bytes job, sc_bytes receipt);
/* Take a payload apart into the two texts, appended. SC_E_WIRE. */
SC_MUST_USE sc_err sc_disclose_take(sc_buf *job, sc_buf *receipt,
                                    sc_bytes payload);

#endif
