/* job/plan/cost.h: bytes that a plan will move, before any moved. */
#ifndef SC_JOB_COST_H
#define SC_JOB_COST_H

#include "job/plan/plan.h"

/* Fill protocol_bytes, agreement_bytes and rounds: payload bytes as a session's
 * transcripts count them, in one direction of one link between two parties of
 * the job. Envelopes, CURVE and TCP are not counted. */
SC_MUST_USE sc_err sc_cost_make(sc_plan *p);

#endif
