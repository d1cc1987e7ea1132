/* job/node/sums.h: what job/node/matter.c needs of a plan, and of a sum of ciphertexts
 * its parts: made, checked, once more after a restart.
 *
 * A tally is made when there is something to make or to check, not at every look: it
 * takes a proof for every ciphertext of every owner. Adversary: holders whose parts
 * are none; each is named, and asked again. */
#ifndef SC_JOB_SUMS_H
#define SC_JOB_SUMS_H

#include "job/run/dossier.h"
#include "job/run/tally.h"

typedef struct {
    sc_job *job;
    sc_plan *plan;
    sc_tally *tally; /* NULL until it is needed, and for a masked sum */
} sc_sums;

void sc_sums_clear(sc_sums *s);

/* Is this party a holder that has not made its part yet? */
int sc_sums_owes_part(const sc_dossier *d);
/* Put this holder's part behind the shares, which are all there: its record's, or made
 * now and recorded. SC_E_STATE: this node has not the key any more. */
SC_MUST_USE sc_err sc_sums_own_part(sc_sums *s, const sc_house *h,
                                    sc_dossier *d, sc_opened_share *shares,
                                    sc_fault *why);
/* Check the parts that are there until the tally is complete; what is no part is
 * dropped, and its holder's bit set in *liars. */
SC_MUST_USE sc_err sc_sums_take_parts(sc_sums *s, const sc_house *h,
                                      const sc_dossier *d,
                                      sc_opened_share *shares, uint32_t *liars,
                                      sc_fault *why);

#endif
