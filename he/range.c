/* he/range.c: slots, and a table of powers for each of them. */
#include "he/range.h"

#include <gmp.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/fixed_base.h"
#include "he/words.h"

#define CHUNK  SC_CIPHER_CHUNK
#define WINDOW 5 /* measured: bench/bench_range.c */

struct sc_range {
    const sc_threshold *key;
    const sc_encryptor *e;
    size_t value_bits, width, slots;
    sc_fixed_base *powers[SC_RANGE_SLOTS]; /* of g_k */
};

static int is_shape(const sc_he_public *pk, size_t value_bits, size_t width,
                    size_t slots)
{
    return value_bits >= 1 && value_bits <= SC_RANGE_MAX_VALUE_BITS &&
           width >= value_bits + SC_RANGE_SLACK + 1 && slots >= 1 &&
           slots <= SC_RANGE_SLOTS && width <= (sc_he_bits(pk) - 1) / slots;
}

/* hs is of n and id. */
static int is_key(const sc_he_public *a, const sc_he_public *b)
{
    return sc_he_same_modulus(a, b) && strcmp(sc_he_id(a), sc_he_id(b)) == 0;
}

static sc_err fill(sc_range *r)
{
    const sc_n2 *n2 = sc_he_n2(sc_range_public(r));
    const uint64_t *gs = sc_cipher_words_const(sc_threshold_ranges(r->key));
    uint64_t *g = sc_alloc_aligned(sc_n2_words(n2, 1), 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(g != NULL, SC_E_MEM);
    for (size_t k = 0; k < r->slots; k++) {
        sc_n2_copy(n2, g, 0, gs, k);
        SC_TRY(
            sc_fixed_base_new(&r->powers[k], n2, g, sc_range_bits(r), WINDOW));
    }
    err = SC_OK;
out:
    sc_free(g);
    return err;
}

sc_err sc_range_new(sc_range **r, const sc_threshold *key,
                    const sc_encryptor *e, size_t value_bits, size_t width,
                    size_t slots)
{
    const sc_he_public *pk = sc_threshold_public(key);
    sc_range *made = NULL;
    sc_err err = SC_E_BUG;

    *r = NULL;
    if (!is_key(pk, sc_encryptor_key(e)) ||
        !is_shape(pk, value_bits, width, slots)) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->key = key;
    made->e = e;
    made->value_bits = value_bits;
    made->width = width;
    made->slots = slots;
    SC_TRY(fill(made));
    *r = made;
    made = NULL;
    err = SC_OK;
out:
    sc_range_free(&made);
    return err;
}

void sc_range_free(sc_range **r)
{
    if (*r != NULL) {
        for (size_t k = 0; k < SC_RANGE_SLOTS; k++) {
            sc_fixed_base_free(&(*r)->powers[k]);
        }
        sc_free(*r);
        *r = NULL;
    }
}

const sc_threshold *sc_range_key(const sc_range *r)
{
    return r->key;
}

const sc_encryptor *sc_range_encryptor(const sc_range *r)
{
    return r->e;
}

const sc_he_public *sc_range_public(const sc_range *r)
{
    return sc_threshold_public(r->key);
}

size_t sc_range_value_bits(const sc_range *r)
{
    return r->value_bits;
}

size_t sc_range_width(const sc_range *r)
{
    return r->width;
}

size_t sc_range_slots(const sc_range *r)
{
    return r->slots;
}

size_t sc_range_bits(const sc_range *r)
{
    return r->value_bits + SC_RANGE_SLACK;
}

size_t sc_range_words(const sc_range *r)
{
    return (sc_range_bits(r) + 63) / 64;
}

/* ---- values ------------------------------------------------------------------ */

/* The largest value. */
static sc_u128 largest(const sc_range *r)
{
    return ~(sc_u128)0 >> (SC_RANGE_MAX_VALUE_BITS - r->value_bits);
}

/* The caller is told whether all was in range: this bit and no more. */
static int is_told(sc_u128 is_bad)
{
    SC_CT_PUBLIC(&is_bad, sizeof is_bad);
    return is_bad != 0;
}

sc_err sc_range_check_values(const sc_range *r, const sc_u128 *x, size_t n)
{
    sc_u128 is_bad = 0;

    for (size_t i = 0; i < n * r->slots; i++) {
        is_bad |= x[i] & ~largest(r);
    }
    return is_told(is_bad) ? SC_E_ARG : SC_OK;
}

/* m |= z << at. A number's last word begins within its slot. */
static void put_number(uint64_t *m, size_t limbs, size_t at, const uint64_t *z,
                       size_t n_words)
{
    for (size_t j = 0; j < n_words; j++) {
        sc_words_or_bits(m, limbs, at + 64 * j, z[j]);
    }
}

sc_err sc_range_pack(const sc_range *r, uint64_t *m, const sc_u128 *x, size_t n)
{
    const size_t L = sc_he_limbs(sc_range_public(r));
    sc_err err = sc_range_check_values(r, x, n);

    memset(m, 0, 8 * L * n);
    for (size_t i = 0; err == SC_OK && i < n; i++) {
        for (size_t k = 0; k < r->slots; k++) {
            const sc_u128 value = x[r->slots * i + k];
            const uint64_t v[2] = {(uint64_t)value, (uint64_t)(value >> 64)};

            put_number(m + L * i, L, r->width * k, v, 2);
        }
    }
    return err;
}

/* ---- totals ------------------------------------------------------------------
 *
 * With t_k for the addends' sum in slot k, |t_k| < 2^(width - 1), the plaintext is
 * T = sum of 2^(width*k) * t_k mod n, and |T| < 2^(width*slots - 1) <= n/2. If the
 * plaintext's plain digits are totals that may be, below 2^(width - 1) too, and
 * nothing is above them, then it and T are two numbers of less than half n's size
 * that agree mod n, so one, and its digits of that size are unique: they are the
 * t_k. So no sign needs to be looked for: where a t_k is below 0, a plain digit is
 * none that may be. */

static int has_room(uint64_t addends, size_t bits)
{
    return bits >= 64 || addends <= (uint64_t)1 << bits;
}

/* Not 0 if a total cannot be. */
static sc_u128 unpack_one(const sc_range *r, sc_u128 *totals, const uint64_t *m,
                          sc_u128 max)
{
    const size_t L = sc_he_limbs(sc_range_public(r));
    sc_u128 is_bad = sc_words_some_bits(m, L, r->width * r->slots, 64 * L);

    for (size_t k = 0; k < r->slots; k++) {
        const size_t at = r->width * k;
        const sc_u128 total =
            sc_words_long_bits(m, L, at, 63) |
            (sc_u128)sc_words_long_bits(m, L, at + 63, 63) << 63 |
            (sc_u128)sc_words_long_bits(m, L, at + 126, 2) << 126;
        const uint64_t mine[2] = {(uint64_t)total, (uint64_t)(total >> 64)};
        const uint64_t most[2] = {(uint64_t)max, (uint64_t)(max >> 64)};

        is_bad |= sc_words_some_bits(m, L, at + 128, at + r->width);
        is_bad |= sc_words_less(most, mine, 2);
        totals[k] = total;
    }
    return is_bad;
}

sc_err sc_range_unpack(const sc_range *r, sc_u128 *totals, const uint64_t *m,
                       uint64_t addends, size_t n)
{
    const size_t L = sc_he_limbs(sc_range_public(r));
    sc_u128 is_bad = 0;

    if (!has_room(addends, SC_RANGE_MAX_VALUE_BITS - r->value_bits) ||
        !has_room(addends, r->width - sc_range_bits(r) - 1)) {
        return SC_E_ARG;
    }
    for (size_t i = 0; i < n; i++) {
        is_bad |= unpack_one(r, totals + r->slots * i, m + L * i,
                             largest(r) * addends);
    }
    if (is_told(is_bad)) {
        sc_wipe(totals, n * r->slots * sizeof *totals);
        return SC_E_CHEAT;
    }
    return SC_OK;
}

/* ---- masks and answers --------------------------------------------------------- */

void sc_range_place(const sc_range *r, uint64_t *m, const uint64_t *z,
                    size_t bits, size_t n)
{
    const size_t L = sc_he_limbs(sc_range_public(r));
    const size_t n_words = (bits + 63) / 64;

    memset(m, 0, 8 * L * n);
    for (size_t k = 0; k < r->slots; k++) {
        for (size_t i = 0; i < n; i++) {
            put_number(m + L * i, L, r->width * k, z + n_words * (n * k + i),
                       n_words);
        }
    }
}

uint64_t *sc_range_by_slots(const sc_range *r, const sc_u128 *x, size_t n)
{
    const size_t n_words = (r->value_bits + 63) / 64;
    uint64_t *z = sc_alloc(n * r->slots, 8 * n_words);

    for (size_t i = 0; z != NULL && i < n * r->slots; i++) {
        uint64_t *at = z + n_words * (n * (i % r->slots) + i / r->slots);

        at[0] = (uint64_t)x[i];
        if (n_words > 1) {
            at[1] = (uint64_t)(x[i] >> 64);
        }
    }
    return z;
}

static sc_err mul_chunk(const sc_range *r, uint64_t *a, const uint64_t *z,
                        size_t bits, size_t first, size_t count, size_t n)
{
    const size_t n_words = (bits + 63) / 64;
    sc_err err = SC_E_BUG;

    a += sc_n2_words(sc_he_n2(sc_range_public(r)), first);
    for (size_t k = 0; k < r->slots; k++) {
        SC_TRY(sc_fixed_base_mul(r->powers[k], a, z + n_words * (n * k + first),
                                 bits, count));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_range_mul(const sc_range *r, uint64_t *a, const uint64_t *z,
                    size_t bits, size_t n)
{
    sc_err err = SC_OK;

#pragma omp parallel for schedule(dynamic) if (n > CHUNK)
    for (size_t i = 0; i < n; i += CHUNK) {
        sc_err own =
            mul_chunk(r, a, z, bits, i, n - i < CHUNK ? n - i : CHUNK, n);

        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
    return err;
}

void sc_range_double(uint64_t *twice, const uint64_t *x, size_t bits, size_t n)
{
    const size_t from = (bits + 63) / 64, to = (bits + 64) / 64;

    for (size_t i = 0; i < n; i++) {
        uint64_t *own = twice + to * i;

        own[to - 1] = 0;
        memcpy(own, x + from * i, 8 * from);
        (void)mpn_lshift(own, own, (mp_size_t)to, 1);
    }
}

sc_err sc_range_mul_u(const sc_range *r, uint64_t *a, uint64_t *twice,
                      const uint64_t *x, size_t bits, size_t n)
{
    sc_range_double(twice, x, bits, n);
    return sc_noise_mul(r->e, a, twice, bits + 1, n);
}
