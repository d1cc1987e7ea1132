/* job/node/expire.h: ciphertexts are kept for keep_days.
 *
 * A result party keeps what a sum of ciphertexts was made of, so that its receipt can
 * be exported with the result. It is every owner's figures under a key that lives on:
 * whoever gets enough of its shares later reads them. So it is erased once the job was
 * done keep_days ago; answer and receipt stay. Adversary: who finds old disks. */
#ifndef SC_JOB_EXPIRE_H
#define SC_JOB_EXPIRE_H

#include "job/run/house.h"

/* Erase what is due, of all jobs; what cannot be erased is logged, and tried again
 * the next time. */
void sc_expire_entries(const sc_house *h);

#endif
