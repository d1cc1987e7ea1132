/* he/cipher_values.c: two forms, and the way between them and 128 bits. */
#include "he/cipher_values.h"

#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/plaintext.h"

#define VALUE_MAX ((sc_i128)1 << SC_CIPHER_FILE_BITS)

/* 0 if x is in range; without a branch, for x is secret. */
static uint64_t out_of_range(const sc_cipher_head *head, sc_i128 x)
{
    sc_i128 end = VALUE_MAX, start = 1 - VALUE_MAX;

    if (head->has_slots) {
        end = (sc_i128)1 << (head->value_bits - (head->is_signed ? 1 : 0));
        start = head->is_signed ? -end : 0;
    }
    /* what wraps is far out, and then the other difference is negative */
    return (uint64_t)((((sc_u128)x - (sc_u128)start) |
                       ((sc_u128)(end - 1) - (sc_u128)x)) >>
                      127);
}

int sc_cipher_value_fits(const sc_cipher_head *head, sc_i128 x)
{
    uint64_t is_bad = out_of_range(head, x);

    SC_CT_PUBLIC(&is_bad, sizeof is_bad); /* that is what was asked */
    return is_bad == 0;
}

/* ---- in ----------------------------------------------------------------------- */

static sc_err put_slots(const sc_cipher_head *head, const sc_he_public *pk,
                        uint64_t *m, const sc_i128 *x)
{
    int64_t *narrow = sc_alloc(head->values, sizeof *narrow);
    sc_err err = SC_E_BUG;
    sc_packing p;

    SC_REQUIRE(narrow != NULL, SC_E_MEM);
    SC_TRY(sc_cipher_head_packing(&p, head, pk));
    for (size_t i = 0; i < head->values; i++) {
        narrow[i] = (int64_t)x[i];
    }
    err = sc_pack(&p, m, narrow, head->values);
out:
    if (narrow != NULL) {
        sc_wipe(narrow, head->values * sizeof *narrow);
    }
    sc_free(narrow);
    return err;
}

static sc_err put_wide(const sc_he_public *pk, uint64_t *m, const sc_i128 *x,
                       size_t n)
{
    const size_t L = sc_he_limbs(pk);
    uint8_t *is_negative = sc_alloc(n, 1);
    uint64_t *size = sc_alloc(L * n, 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(is_negative != NULL && size != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        const sc_u128 sign = (sc_u128)x[i] >> 127; /* without a branch */
        const sc_u128 v = ((sc_u128)x[i] ^ (0 - sign)) + sign;

        is_negative[i] = (uint8_t)sign;
        size[L * i] = (uint64_t)v;
        size[L * i + 1] = (uint64_t)(v >> 64);
    }
    err = sc_plain_from_wide(pk, m, size, is_negative, n);
out:
    if (is_negative != NULL) {
        sc_wipe(is_negative, n);
    }
    if (size != NULL) {
        sc_wipe(size, 8 * L * n);
    }
    sc_free(is_negative);
    sc_free(size);
    return err;
}

sc_err sc_cipher_values_put(const sc_cipher_head *head, const sc_he_public *pk,
                            uint64_t *m, const sc_i128 *x)
{
    uint64_t is_bad = 0;
    sc_err err = SC_E_BUG;
    size_t n;

    SC_TRY(sc_cipher_head_ciphers(&n, head, pk));
    memset(m, 0, 8 * sc_he_limbs(pk) * n);
    for (size_t i = 0; i < head->values; i++) {
        is_bad |= out_of_range(head, x[i]);
    }
    SC_CT_PUBLIC(&is_bad,
                 sizeof is_bad); /* the caller is told this and no more */
    SC_REQUIRE(is_bad == 0, SC_E_ARG);
    err = head->has_slots ? put_slots(head, pk, m, x)
                          : put_wide(pk, m, x, head->values);
out:
    return err;
}

/* ---- out ---------------------------------------------------------------------- */

static sc_err get_slots(const sc_cipher_head *head, const sc_he_public *pk,
                        sc_i128 *x, const uint64_t *m)
{
    int64_t *narrow = sc_alloc(head->values, sizeof *narrow);
    sc_err err = SC_E_BUG;
    sc_packing p;

    SC_REQUIRE(narrow != NULL, SC_E_MEM);
    SC_TRY(sc_cipher_head_packing(&p, head, pk));
    SC_TRY(sc_unpack(&p, narrow, m, head->addends, head->values));
    for (size_t i = 0; i < head->values; i++) {
        x[i] = narrow[i];
    }
    err = SC_OK;
out:
    if (narrow != NULL) {
        sc_wipe(narrow, head->values * sizeof *narrow);
    }
    sc_free(narrow);
    return err;
}

/* One total of two words and a sign; not 0 if its addends cannot make it. */
static uint64_t get_one(const sc_cipher_head *head, sc_i128 *x,
                        const uint64_t *size, size_t L, uint64_t is_negative)
{
    const sc_u128 max = ((sc_u128)head->addends << SC_CIPHER_FILE_BITS) - 1;
    const sc_u128 v = (sc_u128)size[1] << 64 | size[0], sign = is_negative;
    uint64_t is_bad = (uint64_t)((max - v) >> 127) | size[1] >> 63;

    for (size_t i = 2; i < L; i++) {
        is_bad |= size[i];
    }
    *x = (sc_i128)((v ^ (0 - sign)) + sign);
    return is_bad;
}

static sc_err get_wide(const sc_cipher_head *head, const sc_he_public *pk,
                       sc_i128 *x, const uint64_t *m)
{
    const size_t L = sc_he_limbs(pk), n = head->values;
    uint8_t *is_negative = sc_alloc(n, 1);
    uint64_t *size = sc_alloc(L * n, 8), is_bad = 0;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(is_negative != NULL && size != NULL, SC_E_MEM);
    SC_TRY(sc_plain_to_wide(pk, size, is_negative, m, n));
    for (size_t i = 0; i < n; i++) {
        is_bad |= get_one(head, &x[i], size + L * i, L, is_negative[i]);
    }
    SC_CT_PUBLIC(&is_bad,
                 sizeof is_bad); /* the caller is told this and no more */
    SC_REQUIRE(is_bad == 0, SC_E_CHEAT);
    err = SC_OK;
out:
    if (is_negative != NULL) {
        sc_wipe(is_negative, n);
    }
    if (size != NULL) {
        sc_wipe(size, 8 * L * n);
    }
    sc_free(is_negative);
    sc_free(size);
    return err;
}

sc_err sc_cipher_values_get(const sc_cipher_head *head, const sc_he_public *pk,
                            sc_i128 *x, const uint64_t *m)
{
    sc_err err = SC_E_BUG;
    size_t n;

    SC_TRY(sc_cipher_head_ciphers(&n, head, pk));
    err =
        head->has_slots ? get_slots(head, pk, x, m) : get_wide(head, pk, x, m);
    if (err != SC_OK) {
        sc_wipe(x, head->values * sizeof *x);
    }
out:
    return err;
}
