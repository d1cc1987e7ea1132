/* base/encode.c: text forms of bytes. Base64 is libsodium's, whose decoder is
 * strict within ASCII; the others are small enough to be read here. */
#include "base/encode.h"

#include <sodium.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"

#define BASE58_MAX_LEN      128
#define BASE58_ZERO         '1'
#define BASE58_MAX_TEXT_LEN 176 /* 128 * log 256 / log 58 = 174.8 */

/* ---- hexadecimal; no branch and no table, for it may carry keys ------- */

/* '0'..'9', 'a'..'f' for 0..15. */
static uint8_t hex_digit(unsigned v)
{
    unsigned is_letter = (9 - v) >> 31;

    return (uint8_t)('0' + v + is_letter * ('a' - '0' - 10));
}

/* 1 if low <= c <= high, for bytes. */
static unsigned in_range(unsigned c, unsigned low, unsigned high)
{
    return 1 ^ (((c - low) | (high - c)) >> 31);
}

/* The digit's value; *bad becomes 1 if there is none, else stays. */
static unsigned hex_value(unsigned *bad, unsigned c)
{
    unsigned is_number = in_range(c, '0', '9');
    unsigned is_letter = in_range(c, 'a', 'f');

    *bad |= 1 ^ (is_number | is_letter);
    return is_number * (c - '0') + is_letter * (c - 'a' + 10);
}

static void hex_write(uint8_t *out, const uint8_t *in, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex_digit(in[i] >> 4);
        out[2 * i + 1] = hex_digit(in[i] & 15);
    }
}

sc_err sc_hex_put(sc_buf *out, sc_bytes in)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(in.len <= SIZE_MAX / 2, SC_E_MEM);
    SC_TRY(sc_buf_reserve(out, 2 * in.len));
    if (in.len > 0) {
        hex_write(out->p + out->len, in.p, in.len);
        out->len += 2 * in.len;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_hex_get(uint8_t *out, size_t len, sc_bytes text)
{
    unsigned bad = 0;

    if (text.len % 2 != 0 || text.len / 2 != len) {
        return SC_E_WIRE;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned high = hex_value(&bad, text.p[2 * i]);
        unsigned low = hex_value(&bad, text.p[2 * i + 1]);

        out[i] = (uint8_t)(high << 4 | low);
    }
    SC_CT_PUBLIC(&bad, sizeof bad); /* the caller tells of a malformed text */
    if (bad != 0) {
        sc_wipe(out, len);
        return SC_E_WIRE;
    }
    return SC_OK;
}

void sc_hex16(char out[static 33], const uint8_t in[static 16])
{
    hex_write((uint8_t *)out, in, 16);
    out[32] = '\0';
}

void sc_hex32(char out[static 65], const uint8_t in[static 32])
{
    hex_write((uint8_t *)out, in, 32);
    out[64] = '\0';
}

/* ---- base64 ------------------------------------------------------------ */

static sc_err base64_put(sc_buf *out, sc_bytes in, int variant)
{
    sc_err err = SC_E_BUG;
    size_t size;

    SC_REQUIRE(in.len <= SIZE_MAX / 4, SC_E_MEM); /* libsodium would abort */
    size = sodium_base64_encoded_len(in.len, variant); /* with its NUL */
    SC_TRY(sc_buf_reserve(out, size));
    sodium_bin2base64((char *)out->p + out->len, size, in.p, in.len, variant);
    out->len += size - 1;
    err = SC_OK;
out:
    return err;
}

static sc_err base64_get(sc_buf *out, sc_bytes text, size_t max, int variant)
{
    const size_t bound = text.len / 4 * 3 + 3; /* on the bytes in text */
    sc_err err = SC_E_BUG;
    size_t len = 0;

    if (text.len == 0) {
        return SC_OK;
    }
    SC_REQUIRE(text.len / 4 <= max / 3 + 1, SC_E_WIRE); /* before memory */
    for (size_t i = 0; i < text.len; i++) { /* libsodium 1.0.18 takes some */
        SC_REQUIRE(text.p[i] < 0x80, SC_E_WIRE);
    }
    SC_TRY(sc_buf_reserve(out, bound));
    SC_REQUIRE(sodium_base642bin(out->p + out->len, bound, (const char *)text.p,
                                 text.len, NULL, &len, NULL, variant) == 0,
               SC_E_WIRE);
    SC_REQUIRE(len <= max, SC_E_WIRE);
    out->len += len;
    err = SC_OK;
out:
    return err;
}

sc_err sc_base64_put(sc_buf *out, sc_bytes in)
{
    return base64_put(out, in, sodium_base64_VARIANT_ORIGINAL);
}

sc_err sc_base64_get(sc_buf *out, sc_bytes text, size_t max)
{
    return base64_get(out, text, max, sodium_base64_VARIANT_ORIGINAL);
}

sc_err sc_base64url_put(sc_buf *out, sc_bytes in)
{
    return base64_put(out, in, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

sc_err sc_base64url_get(sc_buf *out, sc_bytes text, size_t max)
{
    return base64_get(out, text, max, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* ---- base58: a number in another base, its leading zeros kept ---------- */

static const char base58_alphabet[] =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* The place of c in an alphabet, -1 if it is not there. */
static int place_of(const char *alphabet, size_t size, uint8_t c)
{
    const char *found = memchr(alphabet, c, size);

    return found == NULL ? -1 : (int)(found - alphabet);
}

/* number = number * base + add, in digits of base radix, least first. */
static void radix_push(uint8_t *number, size_t *len, unsigned radix,
                       unsigned base, unsigned add)
{
    unsigned carry = add;

    for (size_t i = 0; i < *len; i++) {
        carry += number[i] * base;
        number[i] = (uint8_t)(carry % radix);
        carry /= radix;
    }
    while (carry > 0) {
        number[(*len)++] = (uint8_t)(carry % radix);
        carry /= radix;
    }
}

sc_err sc_base58_put(sc_buf *out, sc_bytes in)
{
    uint8_t number[BASE58_MAX_TEXT_LEN];
    sc_err err = SC_E_BUG;
    size_t n_zeros = 0, len = 0;

    SC_REQUIRE(in.len <= BASE58_MAX_LEN, SC_E_ARG);
    while (n_zeros < in.len && in.p[n_zeros] == 0) {
        n_zeros++;
    }
    for (size_t i = n_zeros; i < in.len; i++) {
        radix_push(number, &len, 58, 256, in.p[i]);
    }
    SC_TRY(sc_buf_reserve(out, n_zeros + len));
    for (size_t i = 0; i < n_zeros; i++) {
        out->p[out->len++] = BASE58_ZERO;
    }
    while (len > 0) {
        out->p[out->len++] = (uint8_t)base58_alphabet[number[--len]];
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_base58_get(sc_buf *out, sc_bytes text, size_t max)
{
    uint8_t number[BASE58_MAX_TEXT_LEN]; /* bytes are fewer than characters */
    sc_err err = SC_E_BUG;
    size_t n_zeros = 0, len = 0;

    SC_REQUIRE(text.len <= BASE58_MAX_TEXT_LEN, SC_E_WIRE);
    while (n_zeros < text.len && text.p[n_zeros] == BASE58_ZERO) {
        n_zeros++;
    }
    for (size_t i = n_zeros; i < text.len; i++) {
        int digit = place_of(base58_alphabet, 58, text.p[i]);

        SC_REQUIRE(digit >= 0, SC_E_WIRE);
        radix_push(number, &len, 256, 58, (unsigned)digit);
    }
    SC_REQUIRE(n_zeros + len <= BASE58_MAX_LEN, SC_E_WIRE);
    SC_REQUIRE(n_zeros + len <= max, SC_E_WIRE);
    SC_TRY(sc_buf_reserve(out, n_zeros + len));
    for (size_t i = 0; i < n_zeros; i++) {
        out->p[out->len++] = 0;
    }
    while (len > 0) {
        out->p[out->len++] = number[--len];
    }
    err = SC_OK;
out:
    return err;
}

/* ---- Z85: four bytes, big-endian, as five digits of base 85 ------------ */

static const char z85_alphabet[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    ".-:+=^!/*?&<>()[]{}@%$#";

sc_err sc_z85_put(sc_buf *out, sc_bytes in)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(in.len % 4 == 0, SC_E_ARG);
    SC_REQUIRE(in.len <= SIZE_MAX / 2, SC_E_MEM);
    SC_TRY(sc_buf_reserve(out, in.len / 4 * 5));
    for (size_t i = 0; i < in.len; i += 4) {
        uint32_t v = (uint32_t)in.p[i] << 24 | (uint32_t)in.p[i + 1] << 16 |
                     (uint32_t)in.p[i + 2] << 8 | in.p[i + 3];

        for (size_t j = 5; j-- > 0;) {
            out->p[out->len + j] = (uint8_t)z85_alphabet[v % 85];
            v /= 85;
        }
        out->len += 5;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_z85_get(uint8_t *out, size_t len, sc_bytes text)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(len % 4 == 0, SC_E_ARG);
    SC_REQUIRE(text.len % 5 == 0 && text.len / 5 == len / 4, SC_E_WIRE);
    for (size_t i = 0; i < len / 4; i++) {
        uint64_t v = 0;

        for (size_t j = 0; j < 5; j++) {
            int digit = place_of(z85_alphabet, 85, text.p[5 * i + j]);

            SC_REQUIRE(digit >= 0, SC_E_WIRE);
            v = 85 * v + (uint64_t)digit;
        }
        SC_REQUIRE(v <= UINT32_MAX, SC_E_WIRE);
        for (size_t j = 4; j-- > 0; v >>= 8) {
            out[4 * i + j] = (uint8_t)v;
        }
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_wipe(out, len);
    }
    return err;
}
