/* job/plan/cost.h: bytes that a plan will move, before any moved. */
#ifndef SC_JOB_COST_H
#define SC_JOB_COST_H

#include "job/plan/plan.h"

/* Fill the plan's bytes and rounds. */
SC_MUST_USE sc_err sc_cost_make(sc_plan *p);

#endif
