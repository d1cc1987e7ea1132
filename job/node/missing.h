/* job/node/missing.h: what the log says that this party signed, and is not here.
 *
 * The log is the memory that cannot be lost: at a start its entries that this
 * party submitted are held against its own records. A receipt/1 needs a job of
 * that session in STORE/jobs, an abort, void, outcome or refusal its body in
 * STORE/chain-private/bodies. A receipt that another party brought does not tell
 * whose it is, so a job lost with it goes unnoticed here. */
#ifndef SC_JOB_MISSING_H
#define SC_JOB_MISSING_H

#include "job/run/house.h"

/* Warn of each entry without a record. Needs conf, consortium, chain, me and log
 * of the house. SC_E_MEM, SC_E_IO, SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_missing_warn(const sc_house *h, sc_fault *why);

#endif
