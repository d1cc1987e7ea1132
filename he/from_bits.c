/* he/from_bits.c: by Horner's rule, from the highest bit of the last slot. */
#include "he/from_bits.h"

#include "base/mem.h"

void sc_bits_of(uint8_t *bits, const uint64_t (*x)[3], size_t value_bits,
                size_t n)
{
    SC_ASSERT(value_bits <= 192);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < value_bits; j++) {
            *bits++ = (uint8_t)(x[i][j / 64] >> (j % 64) & 1);
        }
    }
}

static int fits(const sc_cipher *c, size_t at, const sc_cipher *bits,
                size_t value_bits, size_t width)
{
    const size_t n = sc_cipher_count(bits);
    const size_t most = sc_he_bits(sc_cipher_key(c)) - 1;

    return sc_he_same_modulus(sc_cipher_key(c), sc_cipher_key(bits)) &&
           at < sc_cipher_count(c) && value_bits >= 1 && width >= value_bits &&
           n >= 1 && n % value_bits == 0 && n / value_bits <= most / width;
}

sc_err sc_cipher_from_bits(sc_cipher *c, size_t at, const sc_cipher *bits,
                           size_t value_bits, size_t width)
{
    const sc_n2 *n2 = sc_he_n2(sc_cipher_key(c));
    sc_cipher *all = NULL, *one = NULL; /* the product so far, and one bit */
    uint64_t *a, *b;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(fits(c, at, bits, value_bits, width), SC_E_ARG);
    SC_TRY(sc_cipher_new(&all, sc_cipher_key(c), 1));
    SC_TRY(sc_cipher_new(&one, sc_cipher_key(c), 1));
    a = sc_cipher_words(all);
    b = sc_cipher_words(one);
    for (size_t i = sc_cipher_count(bits); i-- > 0;) {
        const int is_top = (i + 1) % value_bits == 0;
        const size_t steps = is_top ? 1 + width - value_bits : 1;

        sc_n2_copy(n2, b, 0, sc_cipher_words_const(bits), i);
        sc_n2_sqr_mul(n2, a, a, steps, b, 1);
    }
    sc_n2_copy(n2, sc_cipher_words(c), at, a, 0);
    err = SC_OK;
out:
    sc_cipher_free(&all);
    sc_cipher_free(&one);
    return err;
}
