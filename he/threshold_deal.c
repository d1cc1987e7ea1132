/* he/threshold_deal.c: the dealer's work: n, d and its polynomial, the exponents
 * of the g_j, and what is made of them. All is secret but what is handed out. */
#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/draw.h"
#include "he/gmp_wipe.h"
#include "he/numbers.h"
#include "he/power.h"
#include "he/safe_primes.h"
#include "he/threshold.h"
#include "he/words.h"

#define MAX_PARTIES SC_THRESHOLD_MAX
#define MAX_LEN     (8 * SC_HE_MAX_LIMBS)
#define RANGES      ((size_t)SC_RANGE_SLOTS)

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
        mpz_mul_ui(d->x, d->x, sc_threshold_factorial(parties));
        mpz_powm_sec(d->x, d->v, d->x, d->nn);
        sc_mpz_to_bytes(vs + len * (i - 1), len, d->x);
    }
}

/* g_j for every lambda_j, behind one another in gs. */
static sc_err raise_ranges(const sc_he_public *pk, uint8_t *gs,
                           const uint64_t *lambdas, size_t lambda_bits)
{
    const sc_n2 *n2 = sc_he_n2(pk);
    const size_t n_words = 2 * sc_he_limbs(pk);
    uint64_t *a = sc_alloc_aligned(sc_n2_words(n2, RANGES), 8);
    uint64_t *x = sc_alloc(RANGES * n_words, 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(a != NULL && x != NULL, SC_E_MEM);
    for (size_t j = 0; j < RANGES; j++) {
        sc_n2_copy(n2, a, j, sc_he_noise_base(pk), 0);
    }
    sc_n2_sqr(n2, a, a, RANGES);
    SC_TRY(sc_n2_pow_each(n2, a, a, lambdas, RANGES, lambda_bits));
    sc_n2_value(n2, x, a, RANGES);
    for (size_t j = 0; j < RANGES; j++) {
        sc_words_put(gs + 8 * n_words * j, x + n_words * j, n_words);
    }
    err = SC_OK;
out:
    sc_free(a);
    sc_free(x);
    return err;
}

/* All g_j; what they are powers by is wiped. */
static sc_err deal_ranges(uint8_t *gs, sc_rng *rng, sc_bytes n, const char *id,
                          unsigned flags)
{
    const size_t lambda_bits = 8 * n.len + 128;
    const size_t size = RANGES * ((lambda_bits + 63) / 64) * 8;
    uint64_t *lambdas = sc_alloc(size, 1);
    sc_he_public *pk = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(lambdas != NULL, SC_E_MEM);
    SC_TRY(sc_he_public_new(&pk, n, id, flags)); /* hs comes of n and id */
    SC_TRY(sc_draw_bits(rng, lambdas, lambda_bits, RANGES));
    SC_TRY(raise_ranges(pk, gs, lambdas, lambda_bits));
    err = SC_OK;
out:
    if (lambdas != NULL) {
        sc_wipe(lambdas, size);
    }
    sc_free(lambdas);
    sc_he_public_free(&pk);
    return err;
}

/* What the key is made of, as bytes of one array: n, v, all v_i, all g_j. */
typedef struct {
    uint8_t *all;
    sc_bytes n, v, vs, gs;
} published;

static sc_err open_published(published *p, size_t len, size_t parties)
{
    p->all = sc_alloc(3 + 2 * parties + 2 * RANGES, len);
    if (p->all == NULL) {
        return SC_E_MEM;
    }
    p->n = (sc_bytes){p->all, len};
    p->v = (sc_bytes){p->n.p + len, 2 * len};
    p->vs = (sc_bytes){p->v.p + p->v.len, 2 * len * parties};
    p->gs = (sc_bytes){p->vs.p + p->vs.len, 2 * len * RANGES};
    return SC_OK;
}

sc_err sc_threshold_deal(sc_threshold **key, sc_share *shares, sc_rng *rng,
                         size_t bits, const char *id, size_t needed,
                         size_t parties, unsigned flags)
{
    const size_t len = bits / 8;
    published p = {0};
    sc_err err = SC_E_BUG;
    dealer d;

    *key = NULL;
    if (!sc_he_is_size(bits, flags) ||
        !sc_threshold_are_counts(needed, parties)) {
        return SC_E_ARG;
    }
    memset(shares, 0, parties * sizeof *shares);
    sc_gmp_wipe();
    open_dealer(&d);
    SC_TRY(open_published(&p, len, parties));
    SC_TRY(draw_secrets(&d, rng, bits, needed));
    sc_mpz_to_bytes(p.all, len, d.n);
    sc_mpz_to_bytes(p.all + len, 2 * len, d.v);
    deal_shares(&d, shares, p.all + 3 * len, 2 * len, needed, parties);
    SC_TRY(deal_ranges(p.all + (3 + 2 * parties) * len, rng, p.n, id, flags));
    SC_TRY(sc_threshold_new(key, p.n, id, needed, parties, p.v, p.vs, p.gs,
                            flags));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_wipe(shares, parties * sizeof *shares);
    }
    close_dealer(&d);
    sc_free(p.all);
    return err;
}
