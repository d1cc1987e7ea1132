/* he/threshold.c: Shamir's sharing of d over the integers mod n*m, whose size the
 * parties do not know: hence D, which makes Lagrange's coefficients whole. */
#include "he/threshold.h"

#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/numbers.h"
#include "he/power.h"

struct sc_threshold {
    sc_he_public *pk;
    size_t needed, parties;
    uint64_t factorial; /* D, below 2^45 */
    /* Elements of Z*_{n^2}, not ciphertexts. */
    sc_cipher *v, *vs, *gs;
};

uint64_t sc_threshold_factorial(size_t parties)
{
    uint64_t product = 1;

    for (size_t i = 2; i <= parties; i++) {
        product *= i;
    }
    return product;
}

int sc_threshold_are_counts(size_t needed, size_t parties)
{
    return parties >= 2 && parties <= SC_THRESHOLD_MAX && needed >= 1 &&
           needed <= parties;
}

/* Is v^2 = 1 mod a factor of n for one of them? Then any exponent is its logarithm. */
static sc_err check_bases(const sc_cipher *bases)
{
    const sc_he_public *pk = sc_cipher_key(bases);
    const size_t L = sc_he_limbs(pk), n = sc_cipher_count(bases);
    uint64_t *x = sc_alloc(n, 16 * L);
    sc_err err = SC_E_BUG;
    mpz_t modulus, v;

    mpz_inits(modulus, v, NULL);
    SC_REQUIRE(x != NULL, SC_E_MEM);
    sc_mpz_from_words(modulus, sc_he_modulus(pk), L);
    sc_n2_value(sc_he_n2(pk), x, sc_cipher_words_const(bases), n);
    for (size_t i = 0; i < n; i++) {
        sc_mpz_from_words(v, x + 2 * L * i, 2 * L);
        mpz_mul(v, v, v);
        mpz_sub_ui(v, v, 1);
        mpz_gcd(v, v, modulus);
        SC_REQUIRE(mpz_cmp_ui(v, 1) == 0, SC_E_WIRE);
    }
    err = SC_OK;
out:
    mpz_clears(modulus, v, NULL);
    sc_free(x);
    return err;
}

sc_err sc_threshold_new(sc_threshold **key, sc_bytes n, const char *id,
                        size_t needed, size_t parties, sc_bytes v, sc_bytes vs,
                        sc_bytes gs, unsigned flags)
{
    sc_threshold *made = NULL;
    sc_err err = SC_E_BUG;

    *key = NULL;
    SC_REQUIRE(sc_threshold_are_counts(needed, parties), SC_E_WIRE);
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->needed = needed;
    made->parties = parties;
    made->factorial = sc_threshold_factorial(parties);
    SC_TRY(sc_he_public_new(&made->pk, n, id, flags));
    SC_TRY(sc_cipher_get(&made->v, made->pk, v));
    SC_TRY(sc_cipher_get(&made->vs, made->pk, vs));
    SC_TRY(sc_cipher_get(&made->gs, made->pk, gs));
    SC_REQUIRE(sc_cipher_count(made->v) == 1 &&
                   sc_cipher_count(made->vs) == parties &&
                   sc_cipher_count(made->gs) == SC_RANGE_SLOTS,
               SC_E_WIRE);
    SC_TRY(check_bases(made->v));
    SC_TRY(check_bases(made->gs));
    *key = made;
    made = NULL;
    err = SC_OK;
out:
    sc_threshold_free(&made);
    return err;
}

void sc_threshold_free(sc_threshold **key)
{
    if (*key != NULL) {
        sc_cipher_free(&(*key)->v);
        sc_cipher_free(&(*key)->vs);
        sc_cipher_free(&(*key)->gs);
        sc_he_public_free(&(*key)->pk);
        sc_free(*key);
        *key = NULL;
    }
}

const sc_he_public *sc_threshold_public(const sc_threshold *key)
{
    return key->pk;
}

size_t sc_threshold_needed(const sc_threshold *key)
{
    return key->needed;
}

size_t sc_threshold_parties(const sc_threshold *key)
{
    return key->parties;
}

const sc_cipher *sc_threshold_base(const sc_threshold *key)
{
    return key->v;
}

const sc_cipher *sc_threshold_keys(const sc_threshold *key)
{
    return key->vs;
}

const sc_cipher *sc_threshold_ranges(const sc_threshold *key)
{
    return key->gs;
}

/* ---- parts ------------------------------------------------------------------- */

size_t sc_threshold_words(const sc_threshold *key)
{
    return 2 * sc_he_limbs(key->pk) + 1;
}

void sc_threshold_exponent(const sc_threshold *key, uint64_t *x,
                           const sc_share *share)
{
    const mp_size_t n = 2 * (mp_size_t)sc_he_limbs(key->pk);

    x[n] = mpn_mul_1(x, share->s, n, key->factorial);
}

sc_err sc_threshold_part(const sc_threshold *key, const sc_share *share,
                         const sc_cipher *c, sc_cipher *parts)
{
    const sc_n2 *n2 = sc_he_n2(key->pk);
    const size_t n = sc_cipher_count(c), words = sc_threshold_words(key);
    uint64_t x[SC_THRESHOLD_MAX_WORDS];
    sc_err err;

    if (!sc_he_same_modulus(key->pk, sc_cipher_key(c)) ||
        !sc_he_same_modulus(key->pk, sc_cipher_key(parts)) ||
        sc_cipher_count(parts) != n || share->index < 1 ||
        share->index > key->parties) {
        return SC_E_ARG;
    }
    sc_threshold_exponent(key, x, share);
    (void)mpn_lshift(x, x, (mp_size_t)words, 1); /* D < 2^45: there is room */
    err = sc_n2_pow(n2, sc_cipher_words(parts), sc_cipher_words_const(c), n, x,
                    64 * words);
    sc_wipe(x, sizeof x);
    return err;
}

sc_err sc_threshold_check_share(const sc_threshold *key, const sc_share *share)
{
    const size_t words = sc_threshold_words(key), len = sc_cipher_len(key->pk);
    uint64_t x[SC_THRESHOLD_MAX_WORDS];
    sc_buf bytes = {0}; /* v^x, then all v_i */
    sc_cipher *power = NULL;
    sc_err err = SC_E_BUG;

    if (share->index < 1 || share->index > key->parties) {
        return SC_E_ARG;
    }
    sc_threshold_exponent(key, x, share);
    SC_TRY(sc_cipher_new(&power, key->pk, 1));
    SC_TRY(sc_n2_pow(sc_he_n2(key->pk), sc_cipher_words(power),
                     sc_cipher_words_const(key->v), 1, x, 64 * words));
    SC_TRY(sc_cipher_put(&bytes, power));
    SC_TRY(sc_cipher_put(&bytes, key->vs));
    err = memcmp(bytes.p, bytes.p + len * share->index, len) == 0 ? SC_OK
                                                                  : SC_E_CHEAT;
out:
    sc_wipe(x, sizeof x);
    sc_cipher_free(&power);
    sc_buf_clear(&bytes);
    return err;
}

/* ---- together ----------------------------------------------------------------- */

/* l = D * prod of j/(j - i) over the other indices. */
static void coefficient(mpz_t l, const sc_threshold *key, const size_t *indices,
                        size_t i)
{
    mpz_t down;

    mpz_init_set_ui(down, 1);
    mpz_set_ui(l, key->factorial);
    for (size_t j = 0; j < key->needed; j++) {
        if (j != i) {
            mpz_mul_ui(l, l, indices[j]);
            mpz_mul_si(down, down, (long)indices[j] - (long)indices[i]);
        }
    }
    SC_ASSERT(mpz_divisible_p(l, down) != 0);
    mpz_divexact(l, l, down);
    mpz_clear(down);
}

static sc_err check_parts(const sc_threshold *key, const size_t *indices,
                          const sc_cipher *const *parts)
{
    uint32_t seen = 0;

    for (size_t i = 0; i < key->needed; i++) {
        const size_t at = indices[i];

        if (at < 1 || at > key->parties || (seen >> at & 1) != 0 ||
            !sc_he_same_modulus(key->pk, sc_cipher_key(parts[i])) ||
            sc_cipher_count(parts[i]) != sc_cipher_count(parts[0])) {
            return SC_E_ARG;
        }
        seen |= (uint32_t)1 << at;
    }
    return SC_OK;
}

/* all *= part^(2*l), l of either sign. */
static sc_err multiply_in(const sc_n2 *n2, uint64_t *all, uint64_t *power,
                          const sc_cipher *part, const mpz_t l)
{
    const size_t n = sc_cipher_count(part);
    uint64_t e[2] = {0};
    sc_err err = SC_E_BUG;

    SC_ASSERT(mpz_sizeinbase(l, 2) <= 64 * 2 - 1);
    mpz_export(e, NULL, -1, 8, 0, 0, l); /* its absolute value */
    (void)mpn_lshift(e, e, 2, 1);
    SC_TRY(sc_n2_pow(n2, power, sc_cipher_words_const(part), n, e, 128));
    if (mpz_sgn(l) < 0) {
        SC_TRY(sc_n2_invert_vartime(n2, power, power, n));
    }
    sc_n2_mul(n2, all, all, power, n);
    err = SC_OK;
out:
    return err;
}

/* m = y / (4*D^2) mod n from elements 1 + y*n. SC_E_CHEAT if one is not. */
static sc_err read_out(const sc_threshold *key, uint64_t *m,
                       const uint64_t *all, size_t n)
{
    const size_t L = sc_he_limbs(key->pk);
    uint64_t *digits = sc_alloc(n * 2 * L, 8);
    sc_err err = SC_E_BUG;
    mpz_t modulus, inverse, y;

    mpz_inits(modulus, inverse, y, NULL);
    SC_REQUIRE(digits != NULL, SC_E_MEM);
    sc_mpz_from_words(modulus, sc_he_modulus(key->pk), L);
    mpz_set_ui(inverse, key->factorial);
    mpz_mul(inverse, inverse, inverse);
    mpz_mul_2exp(inverse, inverse, 2);
    SC_REQUIRE(mpz_invert(inverse, inverse, modulus) != 0, SC_E_CHEAT);
    sc_n2_leave(sc_he_n2(key->pk), digits, all, n);
    for (size_t i = 0; i < n; i++) {
        const uint64_t *own = digits + 2 * L * i;

        sc_mpz_from_words(y, own, L);
        SC_REQUIRE(mpz_cmp_ui(y, 1) == 0, SC_E_CHEAT);
        sc_mpz_from_words(y, own + L, L);
        mpz_mul(y, y, inverse);
        mpz_mod(y, y, modulus);
        sc_mpz_to_words(m + L * i, L, y);
    }
    err = SC_OK;
out:
    mpz_clears(modulus, inverse, y, NULL);
    sc_free(digits);
    return err;
}

sc_err sc_threshold_combine(const sc_threshold *key, const size_t *indices,
                            const sc_cipher *const *parts, uint64_t *m)
{
    const sc_n2 *n2 = sc_he_n2(key->pk);
    const size_t n = sc_cipher_count(parts[0]);
    uint64_t *power = NULL;
    sc_cipher *all = NULL;
    sc_err err = SC_E_BUG;
    mpz_t l;

    mpz_init(l);
    SC_TRY(check_parts(key, indices, parts));
    SC_TRY(sc_cipher_new(&all, key->pk, n)); /* ones */
    power = sc_alloc_aligned(sc_n2_words(n2, n), 8);
    SC_REQUIRE(power != NULL, SC_E_MEM);
    for (size_t i = 0; i < key->needed; i++) {
        coefficient(l, key, indices, i);
        SC_TRY(multiply_in(n2, sc_cipher_words(all), power, parts[i], l));
    }
    SC_TRY(read_out(key, m, sc_cipher_words(all), n));
    err = SC_OK;
out:
    if (err != SC_OK) {
        memset(m, 0, 8 * sc_he_limbs(key->pk) * n);
    }
    mpz_clear(l);
    sc_free(power);
    sc_cipher_free(&all);
    return err;
}
