/* he/words.h: numbers as arrays of 64-bit words, least first.
 *
 * Bytes outside are big-endian of a fixed length, as ISO/IEC 18033-6 has them
 * (I2OSP). Nothing here looks at a number's value: time depends on lengths. */
#ifndef SC_HE_WORDS_H
#define SC_HE_WORDS_H

#include "base/bytes.h"

/* Bits at .. at + count - 1 of x; what lies above its words is 0. count < 32. */
static inline uint32_t sc_words_bits(const uint64_t *x, size_t n_words,
                                     size_t at, size_t count)
{
    uint64_t v = x[at / 64] >> (at % 64);

    if (at % 64 + count > 64 && at / 64 + 1 < n_words) {
        v |= x[at / 64 + 1] << (64 - at % 64);
    }
    return (uint32_t)(v & ((1ULL << count) - 1));
}

/* Likewise for count <= 63; at may lie above the words. */
static inline uint64_t sc_words_long_bits(const uint64_t *x, size_t n_words,
                                          size_t at, size_t count)
{
    uint64_t v = 0;

    if (at / 64 < n_words) {
        v = x[at / 64] >> at % 64;
    }
    if (at % 64 != 0 && at / 64 + 1 < n_words) {
        v |= x[at / 64 + 1] << (64 - at % 64);
    }
    return v & (((uint64_t)1 << count) - 1);
}

/* Not 0 if one of x's bits from .. to - 1 is set. */
static inline uint64_t sc_words_some_bits(const uint64_t *x, size_t n_words,
                                          size_t from, size_t to)
{
    uint64_t some = 0;

    while (from < to) {
        const size_t count = to - from < 63 ? to - from : 63;

        some |= sc_words_long_bits(x, n_words, from, count);
        from += count;
    }
    return some;
}

/* x |= v << at, for v that ends within x. */
static inline void sc_words_or_bits(uint64_t *x, size_t n_words, size_t at,
                                    uint64_t v)
{
    x[at / 64] |= v << at % 64;
    if (at % 64 != 0 && at / 64 + 1 < n_words) {
        x[at / 64 + 1] |= v >> (64 - at % 64);
    }
}

/* n_words words from 8 * n_words bytes, and back. */
static inline void sc_words_get(uint64_t *x, size_t n_words, const uint8_t *in)
{
    for (size_t i = 0; i < n_words; i++) {
        x[n_words - 1 - i] = sc_load_be64(in + 8 * i);
    }
}

static inline void sc_words_put(uint8_t *out, const uint64_t *x, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++) {
        sc_store_be64(out + 8 * i, x[n_words - 1 - i]);
    }
}

/* 1 if a < b. */
static inline uint64_t sc_words_less(const uint64_t *a, const uint64_t *b,
                                     size_t n_words)
{
    uint64_t borrow = 0;

    for (size_t i = 0; i < n_words; i++) {
        uint64_t d = a[i] - b[i];

        borrow = (uint64_t)(a[i] < b[i]) | (uint64_t)(d < borrow);
    }
    return borrow;
}

/* All ones if a = b, else 0. The compiler must not see that: clang makes a branch
 * of what is done under a mask that it knows to be one or the other. */
static inline uint64_t sc_mask_equal(uint64_t a, uint64_t b)
{
    uint64_t d = a ^ b, mask = ((d | (0 - d)) >> 63) - 1;

    __asm__("" : "+r"(mask));
    return mask;
}

#endif
