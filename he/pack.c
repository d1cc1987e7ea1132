/* he/pack.c: bits into words and out again; where they go is public. */
#include "he/pack.h"

#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/words.h"

/* Bits of x. */
static size_t length_of(uint64_t x)
{
    size_t bits = 0;

    for (; x != 0; x >>= 1) {
        bits++;
    }
    return bits;
}

static uint64_t largest(const sc_packing *p)
{
    return ((uint64_t)1 << p->value_bits) - 1;
}

sc_err sc_packing_init(sc_packing *p, const sc_he_public *pk, size_t value_bits,
                       int is_signed, uint64_t addends, size_t spare_bits)
{
    const size_t growth = addends == 0 ? 0 : length_of(addends - 1);

    memset(p, 0, sizeof *p);
    if (value_bits == 0 || value_bits > SC_PACK_MAX_SUM_BITS || addends == 0 ||
        growth > SC_PACK_MAX_SUM_BITS - value_bits ||
        spare_bits > SC_PACK_MAX_SPARE) {
        return SC_E_ARG;
    }
    p->limbs = sc_he_limbs(pk);
    p->value_bits = value_bits;
    p->is_signed = is_signed != 0;
    p->addends = addends;
    p->width = value_bits + growth + spare_bits;
    p->slots = (sc_he_bits(pk) - 1) / p->width;
    return SC_OK;
}

size_t sc_packing_plaintexts(const sc_packing *p, size_t n)
{
    return n / p->slots + (n % p->slots != 0);
}

/* What a value may be, and what goes in for it. */
static uint64_t offset_of(const sc_packing *p)
{
    return p->is_signed ? (uint64_t)1 << (p->value_bits - 1) : 0;
}

/* The caller is told whether all was in range: this bit and no more. */
static int is_told(uint64_t is_bad)
{
    SC_CT_PUBLIC(&is_bad, sizeof is_bad);
    return is_bad != 0;
}

/* ---- in -------------------------------------------------------------------- */

sc_err sc_pack(const sc_packing *p, uint64_t *m, const int64_t *x, size_t n)
{
    const size_t size = 8 * p->limbs * sc_packing_plaintexts(p, n);
    const uint64_t max = largest(p);
    uint64_t is_bad = 0;

    memset(m, 0, size);
    for (size_t i = 0; i < n; i++) {
        const uint64_t v =
            (uint64_t)x[i] + offset_of(p); /* wraps to above max */

        is_bad |= v & ~max;
        sc_words_or_bits(m + p->limbs * (i / p->slots), p->limbs,
                         p->width * (i % p->slots), v & max);
    }
    if (is_told(is_bad)) {
        sc_wipe(m, size);
        return SC_E_ARG;
    }
    return SC_OK;
}

/* ---- out -------------------------------------------------------------------- */

/* Sums 0 .. n - 1 of one plaintext; not 0 if it cannot be. */
static uint64_t unpack_one(const sc_packing *p, int64_t *sums,
                           const uint64_t *m, uint64_t addends, size_t n)
{
    const size_t sum_bits = p->value_bits + length_of(p->addends - 1);
    const uint64_t max = largest(p) * addends;
    uint64_t is_bad =
        sc_words_some_bits(m, p->limbs, p->width * n, 64 * p->limbs);

    for (size_t j = 0; j < n; j++) {
        const size_t at = p->width * j;
        const uint64_t v = sc_words_long_bits(m, p->limbs, at, sum_bits);

        is_bad |= sc_words_some_bits(m, p->limbs, at + sum_bits, at + p->width);
        is_bad |= (max - v) >> 63; /* both below 2^62 */
        sums[j] = (int64_t)(v - offset_of(p) * addends);
    }
    return is_bad;
}

sc_err sc_unpack(const sc_packing *p, int64_t *sums, const uint64_t *m,
                 uint64_t addends, size_t n)
{
    uint64_t is_bad = 0;

    if (addends > p->addends) {
        return SC_E_ARG;
    }
    for (size_t i = 0; i < n; i += p->slots) {
        const size_t rest = n - i < p->slots ? n - i : p->slots;

        is_bad |= unpack_one(p, sums + i, m + p->limbs * (i / p->slots),
                             addends, rest);
    }
    if (is_told(is_bad)) {
        sc_wipe(sums, 8 * n);
        return SC_E_CHEAT;
    }
    return SC_OK;
}
