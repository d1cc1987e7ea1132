/* job/node/sums.h: what job/node/matter.c needs of a plan, and of a sum of ciphertexts
 * its parts: made, checked, once more after a restart.
 *
 * All of it is kept between two looks: a tally takes a proof for every ciphertext of
 * every owner. Adversary: an owner whose entry's proof is false: that is the end of the
 * job, for entries cannot change any more; holders whose parts are none. Each is
 * named. */
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
/* Make job and plan, unless they are there. */
SC_MUST_USE sc_err sc_sums_open(sc_sums *s, const sc_house *h,
                                const sc_dossier *d, sc_fault *why);
/* Put this holder's part behind the shares, which are all there: its record's, or made
 * now and recorded.
 *   Returns: SC_E_STATE  this node has not the key any more
 *            SC_E_CHEAT  an entry's proof is false: *liars has its owner's bit */
SC_MUST_USE sc_err sc_sums_own_part(sc_sums *s, const sc_house *h,
                                    sc_dossier *d, sc_opened_share *shares,
                                    uint32_t *liars, sc_fault *why);
/* Check the parts that are there until the tally is complete; what is no part is
 * dropped, its holder's bit set in *liars, its position's in *distrusted. Returns as
 * above. */
SC_MUST_USE sc_err sc_sums_take_parts(sc_sums *s, const sc_house *h,
                                      const sc_dossier *d,
                                      sc_opened_share *shares, uint32_t *liars,
                                      uint32_t *distrusted, sc_fault *why);

#endif
