/* he/lanes.h: eight words side by side, and the few operations on them that the
 * kernel of he/n2_lanes.c needs.
 *
 * On x86-64 they are AVX-512 instructions, IFMA's among them: of two numbers of
 * 52 bits, the low or the high half of the product is added to a word. With
 * SC_LANES_EMULATED they are loops over eight words, the same values bit for bit:
 * so the kernel is compiled for machines without AVX-512, which do not use it, and
 * for valgrind, which has none and checks it (tests/ct). */
#ifndef SC_HE_LANES_H
#define SC_HE_LANES_H

#include <stdint.h>

#include "he/words.h"

#define SC_LANES      8
#define SC_DIGIT_BITS 52
#define SC_DIGIT_MASK ((1ULL << SC_DIGIT_BITS) - 1)

#if !defined(__x86_64__) || defined(SC_CT_CHECK)
#define SC_LANES_EMULATED
#endif

/* What is written out for registers is inlined for speed alone; where a sanitizer
 * looks at each access, that takes compilers minutes. */
#if defined(__SANITIZE_ADDRESS__)
#define SC_LANES_LOOKED_AT
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SC_LANES_LOOKED_AT
#endif
#endif
#ifdef SC_LANES_LOOKED_AT
#define LANES_BLOCK ON_LANES static __attribute__((noinline))
#else
#define LANES_BLOCK LANES_INLINE
#endif

#ifndef SC_LANES_EMULATED

#include <immintrin.h>

#define ON_LANES __attribute__((target("avx512f,avx512ifma")))
#define LANES_INLINE                                                           \
    ON_LANES static inline __attribute__((always_inline, unused))

typedef __m512i lanes;

LANES_INLINE lanes lanes_load(const uint64_t *p)
{
    return _mm512_loadu_si512(p);
}

LANES_INLINE void lanes_store(uint64_t *p, lanes x)
{
    _mm512_storeu_si512(p, x);
}

/* The same word in all. */
LANES_INLINE lanes lanes_all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

/* x, of which the compiler does not see what it is: a loop that stores zeros
 * stays one, where memset takes longer to begin than these few lines of a cache. */
LANES_INLINE lanes lanes_opaque(lanes x)
{
    __asm__("" : "+v"(x));
    return x;
}

LANES_INLINE lanes lanes_add(lanes a, lanes b)
{
    return _mm512_add_epi64(a, b);
}

LANES_INLINE lanes lanes_sub(lanes a, lanes b)
{
    return _mm512_sub_epi64(a, b);
}

LANES_INLINE lanes lanes_and(lanes a, lanes b)
{
    return _mm512_and_si512(a, b);
}

/* x >> 52. */
LANES_INLINE lanes lanes_carry(lanes x)
{
    return _mm512_srli_epi64(x, SC_DIGIT_BITS);
}

/* acc + the low, the high 52 bits of a*b, for the low 52 bits of each. */
LANES_INLINE lanes lanes_low(lanes acc, lanes a, lanes b)
{
    return _mm512_madd52lo_epu64(acc, a, b);
}

LANES_INLINE lanes lanes_high(lanes acc, lanes a, lanes b)
{
    return _mm512_madd52hi_epu64(acc, a, b);
}

/* Lane i of x where bit i of mask is set, else of old. */
LANES_INLINE lanes lanes_choose(lanes old, uint8_t mask, lanes x)
{
    return _mm512_mask_mov_epi64(old, mask, x);
}

/* Bit i is set where lane i of x is y. */
LANES_INLINE uint8_t lanes_equal(lanes x, uint64_t y)
{
    return _mm512_cmpeq_epi64_mask(x, lanes_all(y));
}

LANES_INLINE lanes lanes_div16(lanes x)
{
    return _mm512_srli_epi64(x, 4);
}

/* Lane i of the result: word number which[i] mod 16 of p. */
LANES_INLINE lanes lanes_pick(const uint64_t *p, lanes which)
{
    return _mm512_permutex2var_epi64(lanes_load(p), which, lanes_load(p + 8));
}

#else

#define ON_LANES
#define LANES_INLINE static inline __attribute__((unused))

typedef struct {
    uint64_t w[SC_LANES];
} lanes;

#define LANES_EACH(expression)                                                 \
    lanes r;                                                                   \
    for (unsigned i = 0; i < SC_LANES; i++) {                                  \
        r.w[i] = (expression);                                                 \
    }                                                                          \
    return r

LANES_INLINE lanes lanes_load(const uint64_t *p)
{
    LANES_EACH(p[i]);
}

LANES_INLINE void lanes_store(uint64_t *p, lanes x)
{
    for (unsigned i = 0; i < SC_LANES; i++) {
        p[i] = x.w[i];
    }
}

LANES_INLINE lanes lanes_all(uint64_t x)
{
    LANES_EACH(x);
}

LANES_INLINE lanes lanes_opaque(lanes x)
{
    return x;
}

LANES_INLINE lanes lanes_add(lanes a, lanes b)
{
    LANES_EACH(a.w[i] + b.w[i]);
}

LANES_INLINE lanes lanes_sub(lanes a, lanes b)
{
    LANES_EACH(a.w[i] - b.w[i]);
}

LANES_INLINE lanes lanes_and(lanes a, lanes b)
{
    LANES_EACH(a.w[i] & b.w[i]);
}

LANES_INLINE lanes lanes_carry(lanes x)
{
    LANES_EACH(x.w[i] >> SC_DIGIT_BITS);
}

LANES_INLINE lanes lanes_low(lanes acc, lanes a, lanes b)
{
    LANES_EACH(acc.w[i] + (((unsigned __int128)(a.w[i] & SC_DIGIT_MASK) *
                            (b.w[i] & SC_DIGIT_MASK)) &
                           SC_DIGIT_MASK));
}

LANES_INLINE lanes lanes_high(lanes acc, lanes a, lanes b)
{
    LANES_EACH(acc.w[i] +
               (uint64_t)(((unsigned __int128)(a.w[i] & SC_DIGIT_MASK) *
                           (b.w[i] & SC_DIGIT_MASK)) >>
                          SC_DIGIT_BITS));
}

LANES_INLINE lanes lanes_choose(lanes old, uint8_t mask, lanes x)
{
    LANES_EACH((old.w[i] & ((uint64_t)(mask >> i & 1) - 1)) |
               (x.w[i] & (0 - (uint64_t)(mask >> i & 1))));
}

LANES_INLINE uint8_t lanes_equal(lanes x, uint64_t y)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < SC_LANES; i++) {
        mask |= sc_mask_equal(x.w[i], y) & (1ULL << i);
    }
    return (uint8_t)mask;
}

LANES_INLINE lanes lanes_div16(lanes x)
{
    LANES_EACH(x.w[i] >> 4);
}

LANES_INLINE lanes lanes_pick(const uint64_t *p, lanes which)
{
    lanes r = {{0}};

    for (uint64_t e = 0; e < 16; e++) {
        for (unsigned i = 0; i < SC_LANES; i++) {
            r.w[i] |= p[e] & sc_mask_equal(e, which.w[i] % 16);
        }
    }
    return r;
}

#endif

#endif
