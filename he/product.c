/* he/product.c: Karatsuba's three products of half the length, without looking.
 *
 * a = a0 + a1*B, b = b0 + b1*B, B = 2^(64*h):
 *     a*b = a0*b0 + (a0*b0 + a1*b1 - (a0 - a1)*(b0 - b1))*B + a1*b1*B^2.
 * The differences go in by absolute value and sign; the signs' product says
 * whether the third product is added or taken off, by mpn_cnd_ functions. The
 * middle term is a0*b1 + a1*b0, from 0 to 2*B^2 - 1: 2*h words and a bit more,
 * which wraps and comes back where a part of it is negative. Short and odd
 * lengths are mpn_sec_mul's, the schoolbook's way: from where on three halves
 * are faster is measured. GMP's own mpn_mul_n does the same and branches on the
 * signs. */
#include "he/product.h"

#include <assert.h>
#include <gmp.h>

#include "base/err.h"

#define MUL_FROM 24 /* words */
#define SQR_FROM 32

static_assert(sizeof(mp_limb_t) == sizeof(uint64_t) && GMP_NAIL_BITS == 0,
              "GMP's words are ours");

/* d = |x - y|; 1 if x < y. */
static uint64_t distance(uint64_t *d, const uint64_t *x, const uint64_t *y,
                         size_t h)
{
    const uint64_t sign = mpn_sub_n(d, x, y, (mp_size_t)h);
    uint64_t carry = sign;

    for (size_t i = 0; i < h; i++) { /* -d = ~d + 1 */
        d[i] = (d[i] ^ (0 - sign)) + carry;
        carry = d[i] < carry;
    }
    return sign;
}

/* out has a0*b0 and a1*b1 in its halves: add the middle term, of which third is
 * the part to take off, or to add if is_added. */
static void add_middle(uint64_t *out, const uint64_t *third, uint64_t is_added,
                       size_t h, uint64_t *middle)
{
    const mp_size_t n = 2 * (mp_size_t)h;
    uint64_t top = mpn_add_n(middle, out, out + n, n);

    top += mpn_cnd_add_n(is_added, middle, middle, third, n);
    top -= mpn_cnd_sub_n(is_added ^ 1, middle, middle, third, n);
    top += mpn_add_n(out + h, out + h, middle, n);
    for (size_t i = 3 * h; i < 4 * h; i++) {
        out[i] += top;
        top = out[i] < top;
    }
}

void sc_words_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                  size_t n_words, uint64_t *itch)
{
    const size_t h = n_words / 2;
    uint64_t *third = itch, *rest = itch + 2 * h, is_added;

    if (n_words < MUL_FROM || n_words % 2 != 0) {
        mpn_sec_mul(out, a, (mp_size_t)n_words, b, (mp_size_t)n_words, itch);
        return;
    }
    is_added = distance(out, a, a + h, h);
    is_added ^= distance(out + h, b, b + h, h);
    sc_words_mul(third, out, out + h, h, rest);
    sc_words_mul(out, a, b, h, rest);
    sc_words_mul(out + 2 * h, a + h, b + h, h, rest);
    add_middle(out, third, is_added, h, rest);
}

void sc_words_sqr(uint64_t *out, const uint64_t *a, size_t n_words,
                  uint64_t *itch)
{
    const size_t h = n_words / 2;
    uint64_t *third = itch, *rest = itch + 2 * h;

    if (n_words < SQR_FROM || n_words % 2 != 0) {
        mpn_sec_sqr(out, a, (mp_size_t)n_words, itch);
        return;
    }
    (void)distance(out, a, a + h, h);
    sc_words_sqr(third, out, h, rest);
    sc_words_sqr(out, a, h, rest);
    sc_words_sqr(out + 2 * h, a + h, h, rest);
    add_middle(out, third, 0, h, rest);
}
