/* job/plan/words.h: a plan in words: what is opened to whom, what leaks. */
#ifndef SC_JOB_WORDS_H
#define SC_JOB_WORDS_H

#include "job/plan/planner.h"

/* Fill pl->plan's opened[].words, reveals and leaks; all else is there. */
SC_MUST_USE sc_err sc_words_make(sc_planner *pl, const sc_job *job);

/* Appended to out: "alice, bob and carol"; "species", "age cut at 18, 30";
 * "per species and age in 3 parts" or "in all"; " with x where y = 1" of a support. */
SC_MUST_USE sc_err sc_words_parties(sc_buf *out, const sc_consortium *c,
                                    uint32_t mask);
SC_MUST_USE sc_err sc_words_key(sc_buf *out, const sc_plan *p, size_t key);
SC_MUST_USE sc_err sc_words_groups(sc_buf *out, const sc_plan *p);
SC_MUST_USE sc_err sc_words_support(sc_buf *out, const sc_plan *p,
                                    size_t support);
/* "sum of a * b + 2 * a" of an opened value. */
SC_MUST_USE sc_err sc_words_sum(sc_buf *out, const sc_plan *p,
                                const sc_opened *o);

#endif
