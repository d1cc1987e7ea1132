/* tests/he_key.h: Paillier keys of tests/vectors/paillier.kat and threshold.kat. */
#ifndef SC_TESTS_HE_KEY_H
#define SC_TESTS_HE_KEY_H

#include "he/private.h"
#include "he/threshold.h"
#include "tests/kat.h"

/* Numbers of n_words words each, from a value of the block; sc_free. */
uint64_t *sc_he_key_words(sc_kat *t, const char *name, size_t n_words);
/* The block's key. */
sc_he_private *sc_he_key_open(sc_kat *t);
/* The file's first key, of 1024 bits. */
sc_he_private *sc_he_key(void);
/* The last key of threshold.kat, under its own id "shared" or another; share may be
 * NULL, or gets the share that decrypts alone. */
sc_threshold *sc_he_key_dealt(const char *id, sc_share *share);

#endif
