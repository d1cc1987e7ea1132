/* base/near.h: which word of a list was meant by one that is not in it.
 *
 * A slip is a letter changed, dropped, added or swapped with the next; one is
 * forgiven, and one more for every four letters. */
#ifndef SC_BASE_NEAR_H
#define SC_BASE_NEAR_H

#include <stddef.h>

typedef struct {
    const char *text;    /* as it was written */
    const char *nearest; /* of the words tried; NULL: none is near */
    size_t least;        /* its slips */
} sc_near;

sc_near sc_near_to(const char *text); /* borrowed */
/* The first of the nearest stays. Words are borrowed too. */
void sc_near_try(sc_near *near, const char *word);

#endif
