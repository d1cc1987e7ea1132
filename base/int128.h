/* base/int128.h: 128-bit integers, and exact decimals as text.
 *
 * A decimal of scale s is the integer v * 10^s. */
#ifndef SC_BASE_INT128_H
#define SC_BASE_INT128_H

#include "base/bytes.h"

__extension__ typedef __int128 sc_i128;
__extension__ typedef unsigned __int128 sc_u128;

#define SC_I128_TEXT_LEN 42 /* sign, 39 digits, point, NUL */

/* "-12.50" for v = -1250, scale = 2; all scale digits are printed. scale <= 38. */
void sc_i128_print(char out[static SC_I128_TEXT_LEN], sc_i128 v,
                   unsigned scale);
/* Strict decimal text ("-12.5", "7", no exponent, no plus, no blanks) to an
 * integer of the given scale.
 *   Returns: SC_E_WIRE  not a decimal; more than scale digits behind the point
 *                       that are not zero; outside 128 bits */
SC_MUST_USE sc_err sc_i128_parse(sc_i128 *out, sc_bytes text, unsigned scale);
/* 10^s for s <= 38. */
sc_i128 sc_i128_pow10(unsigned s);
/* Smallest b with |v| < 2^b; 0 for v = 0. */
unsigned sc_i128_bits(sc_i128 v);
/* Checked arithmetic: nonzero if the result does not fit, as __builtin_*. */
static inline int sc_i128_add(sc_i128 *r, sc_i128 a, sc_i128 b)
{
    return __builtin_add_overflow(a, b, r);
}

static inline int sc_i128_mul(sc_i128 *r, sc_i128 a, sc_i128 b)
{
    return __builtin_mul_overflow(a, b, r);
}

#endif
