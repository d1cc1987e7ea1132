/* he/product.h: products of numbers of a fixed length, for secrets.
 *
 * Time and addresses depend on n_words alone. */
#ifndef SC_HE_PRODUCT_H
#define SC_HE_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

/* Scratch for numbers of up to n words: 2*n here, and 2*n of GMP's. */
#define SC_WORDS_ITCH(n) (4 * (n) + 64)

/* out = a*b, 2 * n_words words; out is none of the others. Leaves parts of a and
 * b in itch. */
void sc_words_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                  size_t n_words, uint64_t *itch);
/* out = a*a. */
void sc_words_sqr(uint64_t *out, const uint64_t *a, size_t n_words,
                  uint64_t *itch);

#endif
