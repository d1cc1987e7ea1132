/* he/gmp_wipe.h: GMP's memory is wiped before it is given back.
 *
 * GMP's numbers grow and shrink by realloc and leave old copies behind. From the
 * first call on, GMP's allocator is one that overwrites what it gives back, for
 * the whole process; memory that GMP had before may be mixed with it freely.
 * GMP's own scratch space on the stack is not reached by this.
 * Adversary: one who later reads the process's memory. */
#ifndef SC_HE_GMP_WIPE_H
#define SC_HE_GMP_WIPE_H

/* Before the first mpz_t that holds a secret; making any key does it. Any number of
 * times, the first while no other thread is within GMP, whose allocator is a global.
 * Out of memory within GMP ends the process, as GMP has it. */
void sc_gmp_wipe(void);

#endif
