/* he/plaintext.c: n - x for negative x, and back, by masks. */
#include "he/plaintext.h"

#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/words.h"

/* m = n - m if bit is 1; m <= n. */
static void negate_if(const sc_he_public *pk, uint64_t *m, uint64_t bit)
{
    const uint64_t *N = sc_he_modulus(pk);
    uint64_t borrow = 0;

    for (size_t i = 0; i < sc_he_limbs(pk); i++) {
        uint64_t d = N[i] - m[i], r = d - borrow;

        borrow = (uint64_t)(N[i] < m[i]) | (uint64_t)(d < borrow);
        m[i] = sc_ct_select(bit, r, m[i]);
    }
}

/* 1 if m is above n/2, which is not whole: if n - m < m. */
static uint64_t is_upper(const sc_he_public *pk, const uint64_t *m)
{
    uint64_t rest[SC_HE_MAX_LIMBS], upper;
    const size_t L = sc_he_limbs(pk);

    memcpy(rest, m, 8 * L);
    negate_if(pk, rest, 1);
    upper = sc_words_less(rest, m, L);
    sc_wipe(rest, sizeof rest);
    return upper;
}

/* 1 if m is not 0. */
static uint64_t is_some(const uint64_t *m, size_t L)
{
    uint64_t all = 0;

    for (size_t i = 0; i < L; i++) {
        all |= m[i];
    }
    return 1 ^ (sc_mask_equal(all, 0) & 1);
}

/* The caller is told whether all were in range: this bit and no more. */
static sc_err told(uint64_t is_bad)
{
    SC_CT_PUBLIC(&is_bad, sizeof is_bad);
    return is_bad == 0 ? SC_OK : SC_E_ARG;
}

sc_err sc_plain_check(const sc_he_public *pk, const uint64_t *m, size_t n)
{
    const size_t L = sc_he_limbs(pk);
    uint64_t is_bad = 0;

    for (size_t i = 0; i < n; i++) {
        is_bad |= 1 ^ sc_words_less(m + L * i, sc_he_modulus(pk), L);
    }
    return told(is_bad);
}

void sc_plain_from_i64(const sc_he_public *pk, uint64_t *m, const int64_t *x,
                       size_t n)
{
    const size_t L = sc_he_limbs(pk);

    for (size_t i = 0; i < n; i++) {
        const uint64_t v = (uint64_t)x[i], is_negative = v >> 63;

        memset(m + L * i, 0, 8 * L);
        m[L * i] = (v ^ (0 - is_negative)) + is_negative;
        negate_if(pk, m + L * i, is_negative);
    }
}

sc_err sc_plain_to_i64(const sc_he_public *pk, int64_t *x, const uint64_t *m,
                       size_t n)
{
    const size_t L = sc_he_limbs(pk);
    uint64_t size[SC_HE_MAX_LIMBS], is_bad = 0;
    sc_err err;

    for (size_t i = 0; i < n; i++) {
        uint64_t is_negative = is_upper(pk, m + L * i);
        uint64_t v;

        is_bad |= 1 ^ sc_words_less(m + L * i, sc_he_modulus(pk), L);
        memcpy(size, m + L * i, 8 * L);
        negate_if(pk, size, is_negative);
        is_bad |= is_some(size + 1, L - 1);
        is_bad |= (size[0] - is_negative) >> 63; /* at most 2^63 - 1, or 2^63 */
        v = (size[0] ^ (0 - is_negative)) + is_negative;
        memcpy(&x[i], &v, sizeof v);
    }
    sc_wipe(size, sizeof size);
    err = told(is_bad);
    if (err != SC_OK) {
        sc_wipe(x, n * sizeof *x);
    }
    return err;
}

sc_err sc_plain_from_wide(const sc_he_public *pk, uint64_t *m,
                          const uint64_t *size, const uint8_t *is_negative,
                          size_t n)
{
    const size_t L = sc_he_limbs(pk);
    uint64_t is_bad = 0;
    sc_err err;

    for (size_t i = 0; i < n; i++) {
        uint64_t *to = m + L * i;
        uint64_t sign;

        memmove(to, size + L * i, 8 * L);
        is_bad |= is_upper(pk, to) | (is_negative[i] >> 1);
        is_bad |= 1 ^ sc_words_less(to, sc_he_modulus(pk), L);
        sign = is_negative[i] & is_some(to, L); /* -0 is 0, not n */
        negate_if(pk, to, sign);
    }
    err = told(is_bad);
    if (err != SC_OK) {
        sc_wipe(m, 8 * L * n);
    }
    return err;
}

sc_err sc_plain_to_wide(const sc_he_public *pk, uint64_t *size,
                        uint8_t *is_negative, const uint64_t *m, size_t n)
{
    const size_t L = sc_he_limbs(pk);
    sc_err err = sc_plain_check(pk, m, n);

    if (err != SC_OK) {
        sc_wipe(size, 8 * L * n);
        sc_wipe(is_negative, n);
        return err;
    }
    for (size_t i = 0; i < n; i++) {
        memmove(size + L * i, m + L * i, 8 * L);
        is_negative[i] = (uint8_t)is_upper(pk, size + L * i);
        negate_if(pk, size + L * i, is_negative[i]);
    }
    return SC_OK;
}
