/* he/threshold.c: Shamir's sharing of d over the integers mod n*m, whose size the
 * parties do not know: hence D, which makes Lagrange's coefficients whole. */
#include "he/threshold.h"

#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/gmp_wipe.h"
#include "he/numbers.h"
#include "he/power.h"
#include "he/safe_primes.h"
#include "he/words.h"

#define MAX_PARTIES SC_THRESHOLD_MAX
#define MAX_LEN     (8 * SC_HE_MAX_LIMBS)

struct sc_threshold {
    sc_he_public *pk;
    size_t needed, parties;
    uint64_t factorial; /* D, below 2^45 */
    sc_cipher *v, *vs;  /* elements of Z*_{n^2}, not ciphertexts */
};

static uint64_t factorial_of(size_t n)
{
    uint64_t product = 1;

    for (size_t i = 2; i <= n; i++) {
        product *= i;
    }
    return product;
}

static int are_counts(size_t needed, size_t parties)
{
    return parties >= 2 && parties <= MAX_PARTIES && needed >= 1 &&
           needed <= parties;
}

/* Is v^2 = 1 mod a factor of n? Then any exponent is its logarithm. */
static int is_degenerate(const sc_cipher *base)
{
    const sc_he_public *pk = sc_cipher_key(base);
    const size_t L = sc_he_limbs(pk);
    uint64_t x[2 * SC_HE_MAX_LIMBS];
    mpz_t modulus, v;
    int is;

    mpz_inits(modulus, v, NULL);
    sc_mpz_from_words(modulus, sc_he_modulus(pk), L);
    sc_n2_value(sc_he_n2(pk), x, sc_cipher_words_const(base), 1);
    sc_mpz_from_words(v, x, 2 * L);
    mpz_mul(v, v, v);
    mpz_sub_ui(v, v, 1);
    mpz_gcd(v, v, modulus);
    is = mpz_cmp_ui(v, 1) != 0;
    mpz_clears(modulus, v, NULL);
    return is;
}

sc_err sc_threshold_new(sc_threshold **key, sc_bytes n, const char *id,
                        size_t needed, size_t parties, sc_bytes v, sc_bytes vs,
                        unsigned flags)
{
    sc_threshold *made = NULL;
    sc_err err = SC_E_BUG;

    *key = NULL;
    SC_REQUIRE(are_counts(needed, parties), SC_E_WIRE);
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->needed = needed;
    made->parties = parties;
    made->factorial = factorial_of(parties);
    SC_TRY(sc_he_public_new(&made->pk, n, id, flags));
    SC_TRY(sc_cipher_get(&made->v, made->pk, v));
    SC_TRY(sc_cipher_get(&made->vs, made->pk, vs));
    SC_REQUIRE(sc_cipher_count(made->v) == 1 &&
                   sc_cipher_count(made->vs) == parties,
               SC_E_WIRE);
    SC_REQUIRE(!is_degenerate(made->v), SC_E_WIRE);
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

/* ---- the dealer -------------------------------------------------------------- */

typedef struct {
    mpz_t n, nn, m, nm;   /* n, n^2, p'*q', n*m */
    mpz_t a[MAX_PARTIES]; /* the polynomial, a[0] = d */
    mpz_t v, x, y;
} dealer;

static void open_dealer(dealer *d)
{
    mpz_inits(d->n, d->nn, d->m, d->nm, d->v, d->x, d->y, NULL);
    for (size_t i = 0; i < MAX_PARTIES; i++) {
        mpz_init(d->a[i]);
    }
}

static void close_dealer(dealer *d)
{
    mpz_clears(d->n, d->nn, d->m, d->nm, d->v, d->x, d->y, NULL);
    for (size_t i = 0; i < MAX_PARTIES; i++) {
        mpz_clear(d->a[i]);
    }
}

/* Uniform below `below`, up to 2^-128. */
static sc_err draw_below(mpz_t v, const mpz_t below, sc_rng *rng)
{
    uint8_t bytes[2 * MAX_LEN + 16];
    const size_t len = (mpz_sizeinbase(below, 2) + 7) / 8 + 16;
    sc_err err = SC_E_BUG;

    SC_ASSERT(len <= sizeof bytes);
    SC_TRY(sc_rng_bytes(rng, bytes, len));
    sc_mpz_from_bytes(v, bytes, len);
    mpz_mod(v, v, below);
    err = SC_OK;
out:
    sc_wipe(bytes, sizeof bytes);
    return err;
}

/* n, m and d from the primes; the rest of the polynomial and v drawn. */
static sc_err draw_secrets(dealer *d, sc_rng *rng, size_t bits, size_t needed)
{
    uint64_t p[SC_HE_MAX_LIMBS / 2], q[SC_HE_MAX_LIMBS / 2];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_safe_primes_draw(rng, p, q, bits));
    sc_mpz_from_words(d->x, p, bits / 128);
    sc_mpz_from_words(d->y, q, bits / 128);
    mpz_mul(d->n, d->x, d->y);
    mpz_mul(d->nn, d->n, d->n);
    mpz_fdiv_q_2exp(d->x, d->x, 1);
    mpz_fdiv_q_2exp(d->y, d->y, 1);
    mpz_mul(d->m, d->x, d->y);
    mpz_mul(d->nm, d->n, d->m);
    SC_ASSERT(mpz_invert(d->x, d->m, d->n) != 0);
    mpz_mul(d->a[0], d->m, d->x); /* 0 mod m, 1 mod n */
    for (size_t i = 1; i < needed; i++) {
        SC_TRY(draw_below(d->a[i], d->nm, rng));
    }
    SC_TRY(draw_below(d->v, d->nn, rng));
    mpz_mul(d->v, d->v, d->v);
    mpz_mod(d->v, d->v, d->nn);
    err = SC_OK;
out:
    sc_wipe(p, sizeof p);
    sc_wipe(q, sizeof q);
    return err;
}

/* d->x = f(i). */
static void evaluate(dealer *d, size_t i, size_t needed)
{
    mpz_set_ui(d->x, 0);
    for (size_t k = needed; k-- > 0;) {
        mpz_mul_ui(d->x, d->x, i);
        mpz_add(d->x, d->x, d->a[k]);
        mpz_mod(d->x, d->x, d->nm);
    }
}

/* Shares, and with them v_i behind one another in vs. */
static void deal_shares(dealer *d, sc_share *shares, uint8_t *vs, size_t len,
                        size_t needed, size_t parties)
{
    for (size_t i = 1; i <= parties; i++) {
        evaluate(d, i, needed);
        shares[i - 1].index = i;
        sc_mpz_to_words(shares[i - 1].s, 2 * SC_HE_MAX_LIMBS, d->x);
        mpz_mul_ui(d->x, d->x, factorial_of(parties));
        mpz_powm_sec(d->x, d->v, d->x, d->nn);
        sc_mpz_to_bytes(vs + len * (i - 1), len, d->x);
    }
}

sc_err sc_threshold_deal(sc_threshold **key, sc_share *shares, sc_rng *rng,
                         size_t bits, const char *id, size_t needed,
                         size_t parties, unsigned flags)
{
    const size_t len = bits / 8;
    uint8_t *bytes = NULL;
    sc_err err = SC_E_BUG;
    dealer d;

    *key = NULL;
    if (!sc_he_is_size(bits, flags) || !are_counts(needed, parties)) {
        return SC_E_ARG;
    }
    memset(shares, 0, parties * sizeof *shares);
    sc_gmp_wipe();
    open_dealer(&d);
    bytes = sc_alloc(3 + 2 * parties, len); /* n, v, vs */
    SC_REQUIRE(bytes != NULL, SC_E_MEM);
    SC_TRY(draw_secrets(&d, rng, bits, needed));
    sc_mpz_to_bytes(bytes, len, d.n);
    sc_mpz_to_bytes(bytes + len, 2 * len, d.v);
    deal_shares(&d, shares, bytes + 3 * len, 2 * len, needed, parties);
    SC_TRY(sc_threshold_new(key, (sc_bytes){bytes, len}, id, needed, parties,
                            (sc_bytes){bytes + len, 2 * len},
                            (sc_bytes){bytes + 3 * len, 2 * len * parties},
                            flags));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_wipe(shares, parties * sizeof *shares);
    }
    close_dealer(&d);
    sc_free(bytes);
    return err;
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
