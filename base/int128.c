/* base/int128.c: magnitudes are handled as sc_u128, where the smallest
 * integer, -2^127, needs no special case. */
#include "base/int128.h"

#include <string.h>

#define MAX_SCALE 38 /* 10^38 < 2^127 < 10^39 */

static sc_u128 magnitude(sc_i128 v)
{
    return v < 0 ? -(sc_u128)v : (sc_u128)v;
}

void sc_i128_print(char out[static SC_I128_TEXT_LEN], sc_i128 v, unsigned scale)
{
    char digits[SC_I128_TEXT_LEN]; /* least first */
    sc_u128 rest = magnitude(v);
    size_t n = 0, at = 0;

    SC_ASSERT(scale <= MAX_SCALE);
    while (rest > 0 || n <= scale) { /* at least one before the point */
        digits[n++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    if (v < 0) {
        out[at++] = '-';
    }
    while (n > 0) {
        if (n == scale) {
            out[at++] = '.';
        }
        out[at++] = digits[--n];
    }
    out[at] = '\0';
}

/* *v = 10 * *v + digit; nonzero if it wraps. */
static int push_digit(sc_u128 *v, unsigned digit)
{
    return __builtin_mul_overflow(*v, (sc_u128)10, v) ||
           __builtin_add_overflow(*v, (sc_u128)digit, v);
}

static int is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Digits of text from *at on; those behind the first max must be 0. *n_seen
 * counts the digits that went into v. */
static sc_err push_digits(sc_u128 *v, size_t *at, size_t *n_seen, sc_bytes text,
                          size_t max)
{
    size_t first = *at;

    for (*n_seen = 0; *at < text.len && is_digit(text.p[*at]); (*at)++) {
        unsigned digit = (unsigned)(text.p[*at] - '0');

        if (*n_seen < max) {
            if (push_digit(v, digit)) {
                return SC_E_WIRE;
            }
            (*n_seen)++;
        } else if (digit != 0) {
            return SC_E_WIRE;
        }
    }
    return *at > first ? SC_OK : SC_E_WIRE;
}

sc_err sc_i128_parse(sc_i128 *out, sc_bytes text, unsigned scale)
{
    const sc_u128 limit = (sc_u128)1 << 127; /* of the magnitude of -2^127 */
    sc_err err = SC_E_BUG;
    sc_u128 v = 0;
    size_t at = 0, n_whole, n_fraction = 0;
    int is_negative = text.len > 0 && text.p[0] == '-';

    SC_REQUIRE(scale <= MAX_SCALE, SC_E_ARG);
    at = is_negative ? 1 : 0;
    SC_TRY(push_digits(&v, &at, &n_whole, text, SIZE_MAX));
    if (at < text.len && text.p[at] == '.') {
        at++;
        SC_TRY(push_digits(&v, &at, &n_fraction, text, scale));
    }
    SC_REQUIRE(at == text.len, SC_E_WIRE);
    for (size_t i = n_fraction; i < scale; i++) {
        SC_REQUIRE(!push_digit(&v, 0), SC_E_WIRE);
    }
    SC_REQUIRE(v < limit || (is_negative && v == limit), SC_E_WIRE);
    *out = is_negative ? (sc_i128)-v : (sc_i128)v;
    err = SC_OK;
out:
    return err;
}

sc_i128 sc_i128_pow10(unsigned s)
{
    sc_i128 power = 1;

    SC_ASSERT(s <= MAX_SCALE);
    for (unsigned i = 0; i < s; i++) {
        power *= 10;
    }
    return power;
}

unsigned sc_i128_bits(sc_i128 v)
{
    unsigned n_bits = 0;

    for (sc_u128 rest = magnitude(v); rest > 0; rest >>= 1) {
        n_bits++;
    }
    return n_bits;
}
