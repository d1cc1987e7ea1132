/* job/plan/ranges.h: in which of three ways a sum of ciphertexts knows that values stay
 * in their slots, and what a plan says of it.
 *
 *   by bits     where the text asks for it (job/sql/hint.h): exact, and true even of
 *               an owner who is the key's dealer, if the key's primes are large; up
 *               to SC_CTSUM_MAX_BY_BITS values
 *   by dealer   totals of up to 62 bits, up to SC_CTSUM_MAX_BY_DEALER values: the
 *               key's dealer is trusted
 *   asserted    else */
#ifndef SC_JOB_RANGES_H
#define SC_JOB_RANGES_H

#include "job/plan/planner.h"

typedef struct {
    const char *name;    /* in the plan's bytes */
    const char *explain; /* EXPLAIN's line */
    const char *leak;    /* what an owner can do that runs another program */
} sc_ranges_words;

const sc_ranges_words *sc_ranges_words_of(const sc_plan *p);

/* The way of a plan whose ring is known, and that asks for bits or does not. */
sc_ctsum_ranges sc_ranges_choose(const sc_plan *p, int asks_for_bits);

#endif
