/* job/node/judge.h: what a bundle's verifier must know of consortium files and SQL.
 *
 * The ledger checks signatures, proofs and commitments; that the consortium
 * file says what its roster says, and that an answer follows from the opened
 * words, is judged here. */
#ifndef SC_JOB_JUDGE_H
#define SC_JOB_JUDGE_H

#include "ledger/bundle.h"

/* Who wants to know how far it is, where there are ciphertexts to check: of `total`
 * bytes of them so many are done. */
typedef struct {
    void (*show)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
} sc_judge_watch;

/* The same judge serves every bundle. watch is borrowed, or NULL. */
sc_bundle_judge sc_judge(sc_judge_watch *watch);

#endif
