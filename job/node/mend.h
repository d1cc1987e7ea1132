/* job/node/mend.h: finishing what a crash, or a run that ended in doubt, left open.
 *
 *   state of the record   what happens
 *   -----------------------------------------------------------------------
 *   planned               nobody relied on it: aborted
 *   consented             abort/1, aborted
 *   signed                the log decides: the first of receipt/1 and void/1.
 *                         Nothing there after not_after: this party submits
 *                         void/1. If it is receipt/1, the copy that it names
 *                         is asked from the other parties, unless it is here;
 *                         none for keep_days: aborted, nothing is opened
 *   signed by all         the entry is submitted again (once is enough: the
 *                         log takes one), then as above
 *   in the log            a computing party serves its share to result parties
 *                         who ask; a result party asks for shares, finishes. Of
 *                         a sum of ciphertexts the holders of the key ask for
 *                         shares too, make their parts, and serve these
 *   answered              the owners are told, so that they erase
 *
 * In the log or answered, a job that names auditors is done when each of them
 * has acknowledged its text and receipt (job/run/disclose.h).
 *
 * Questions travel as node messages: ASK kind, answered by BODY, SHARE or
 * RECEIVED, or by ABORT if the share is lost; they are asked again until
 * answered, so none needs to arrive. A share is served only to a result party of the
 * receipt or a holder of its key, a part only to a result party, only when the entry is in this party's own replica below a
 * checkpoint that counts, and the copy that it names is here
 * (sc_dossier_proved).
 *
 * Adversary: peers that ask for what is not theirs, or answer wrongly. */
#ifndef SC_JOB_MEND_H
#define SC_JOB_MEND_H

#include "job/run/house.h"

typedef struct sc_mend sc_mend;

/* Start the thread; it begins with every unfinished record of the store. */
SC_MUST_USE sc_err sc_mend_new(sc_mend **m, const sc_house *house,
                               sc_fault *why);
void sc_mend_free(sc_mend **m);
/* A run of this job ends; look after it as soon as its record is let go. Any
 * thread. */
void sc_mend_adopt(sc_mend *m, const uint8_t id[static 16]);
/* Hand over ASK of any job; BODY, SHARE, RECEIVED or ABORT of one that does not
 * run. */
int sc_mend_takes(uint16_t type);
void sc_mend_take(sc_mend *m, size_t party, const uint8_t job[static 16],
                  const sc_frame *f);
/* Records that are not finished. */
size_t sc_mend_n_open(sc_mend *m);

#endif
