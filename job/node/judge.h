/* job/node/judge.h: what a bundle's verifier must know of consortium files and SQL.
 *
 * The ledger checks signatures, proofs and commitments; that the consortium
 * file says what its roster says, and that an answer follows from the opened
 * words, is judged here. */
#ifndef SC_JOB_JUDGE_H
#define SC_JOB_JUDGE_H

#include "ledger/bundle.h"

/* No state: the same judge serves every bundle. */
sc_bundle_judge sc_judge(void);

#endif
