/* he/numbers.h: between GMP's numbers and ours: words, least first, and bytes,
 * big-endian of a fixed length.
 *
 * Time depends on the numbers' sizes, as GMP has it: for public numbers, and for what
 * happens once a key. */
#ifndef SC_HE_NUMBERS_H
#define SC_HE_NUMBERS_H

#include <gmp.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

static inline void sc_mpz_from_words(mpz_t v, const uint64_t *x, size_t n_words)
{
    mpz_import(v, n_words, -1, 8, 0, 0, x);
}

static inline void sc_mpz_from_bytes(mpz_t v, const uint8_t *in, size_t len)
{
    mpz_import(v, len, 1, 1, 1, 0, in);
}

/* v >= 0, and it fits. */
static inline void sc_mpz_to_words(uint64_t *x, size_t n_words, const mpz_t v)
{
    SC_ASSERT(mpz_size(v) <= n_words);
    memset(x, 0, 8 * n_words);
    mpz_export(x, NULL, -1, 8, 0, 0, v);
}

static inline void sc_mpz_to_bytes(uint8_t *out, size_t len, const mpz_t v)
{
    const size_t size = (mpz_sizeinbase(v, 2) + 7) / 8;

    SC_ASSERT(size <= len);
    memset(out, 0, len);
    mpz_export(out + len - size, NULL, 1, 1, 1, 0, v);
}

#endif
