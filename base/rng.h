/* base/rng.h: where random bytes come from.
 *
 * In the product: the operating system (libsodium). In tests: a recorded tape,
 * so that each role can be replayed; a dry tape makes every draw fail. */
#ifndef SC_BASE_RNG_H
#define SC_BASE_RNG_H

#include "base/bytes.h"

typedef struct {
    sc_bytes tape; /* used if is_replay */
    size_t used;
    int is_replay;
} sc_rng;

sc_rng sc_rng_system(void);
/* Borrowed tape; SC_E_RNG when it runs out. */
sc_rng sc_rng_replay(sc_bytes tape);
/* Returns: SC_E_RNG  out is all zero. */
SC_MUST_USE sc_err sc_rng_bytes(sc_rng *rng, void *out, size_t len);

#endif
