/* job/node/matter_inner.h: what matter.c and matter_deliver.c share. */
#ifndef SC_JOB_MATTER_INNER_H
#define SC_JOB_MATTER_INNER_H

#include "job/node/matter.h"

/* One look at a job whose record says that its receipt is in the log, or that its
 * answer is here. */
SC_MUST_USE sc_err sc_matter_deliver(const sc_house *h, sc_dossier *d,
                                     sc_matter *t, sc_fault *why);

/* Erase the share, record the end. */
SC_MUST_USE sc_err sc_matter_finish(sc_dossier *d, sc_fault *why);
/* Is it older than anybody keeps it? */
int sc_matter_is_outlived(const sc_matter *t);
/* Is look number n one that asks, or tells? The first are, then one of as many. */
int sc_matter_is_due(unsigned n);

#endif
