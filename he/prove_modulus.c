/* he/prove_modulus.c: roots by the primes; powers without them. */
#include "he/prove_modulus.h"

#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/challenge.h"
#include "he/gmp_wipe.h"
#include "he/numbers.h"

#define ROUNDS   SC_MODULUS_ROUNDS
#define KIND     "sharechain/he/modulus/1"
#define BITS_LEN (ROUNDS / 8)
#define MAX_LEN  (8 * SC_HE_MAX_LIMBS)

size_t sc_prove_modulus_len(const sc_he_public *pk)
{
    return (2 * ROUNDS + 1) * (sc_he_bits(pk) / 8) + 2 * BITS_LEN;
}

static int bit_of(const uint8_t *bits, size_t i)
{
    return bits[i / 8] >> (7 - i % 8) & 1;
}

/* y_i: blocks of a hash, 128 bits more than n has, mod n. */
static sc_err hash_to_residue(mpz_t y, const mpz_t n, const sc_he_public *pk,
                              sc_bytes context, sc_bytes w, size_t i)
{
    const size_t len = sc_he_bits(pk) / 8 + 16;
    uint8_t bytes[MAX_LEN + 16], number[16];
    sc_challenge hash = {0};
    sc_err err = SC_E_BUG;

    SC_ASSERT(len % SC_CHALLENGE_LEN == 0);
    for (size_t at = 0; at < len; at += SC_CHALLENGE_LEN) {
        SC_TRY(sc_challenge_new(&hash, KIND, context));
        sc_challenge_put_key(&hash, pk);
        sc_challenge_put(&hash, w);
        sc_store_le64(number, i);
        sc_store_le64(number + 8, at / SC_CHALLENGE_LEN);
        sc_challenge_put(&hash, (sc_bytes){number, sizeof number});
        sc_challenge_draw(&hash, bytes + at);
        sc_challenge_free(&hash);
    }
    sc_mpz_from_bytes(y, bytes, len);
    mpz_mod(y, y, n);
    err = SC_OK;
out:
    sc_challenge_free(&hash);
    return err;
}

/* +-w^b * y for the round's bits. */
static void shifted(mpz_t v, const mpz_t y, const mpz_t w, const mpz_t n, int a,
                    int b)
{
    mpz_set(v, y);
    if (b) {
        mpz_mul(v, v, w);
    }
    if (a) {
        mpz_neg(v, v);
    }
    mpz_mod(v, v, n);
}

/* ---- the prover ------------------------------------------------------------- */

typedef struct {
    mpz_t n, p, q, root_n, root_p, root_q, p_inverse; /* exponents of roots */
} roots;

/* x^((p+1)/4) is the root of a square x mod p that is a square itself; twice that is
 * the exponent's square mod p - 1. */
static void fourth(mpz_t exponent, const mpz_t p)
{
    mpz_t less;

    mpz_init(less);
    mpz_sub_ui(less, p, 1);
    mpz_add_ui(exponent, p, 1);
    mpz_fdiv_q_2exp(exponent, exponent, 2);
    mpz_mul(exponent, exponent, exponent);
    mpz_mod(exponent, exponent, less);
    mpz_clear(less);
}

static void open_roots(roots *r, const sc_he_private *sk)
{
    const size_t L = sc_he_limbs(sc_he_private_public(sk)) / 2;
    mpz_t phi;

    mpz_inits(r->n, r->p, r->q, r->root_n, r->root_p, r->root_q, r->p_inverse,
              phi, NULL);
    sc_mpz_from_words(r->n, sc_he_modulus(sc_he_private_public(sk)), 2 * L);
    sc_mpz_from_words(r->p, sc_he_private_p(sk), L);
    sc_mpz_from_words(r->q, sc_he_private_q(sk), L);
    mpz_sub(phi, r->n, r->p);
    mpz_sub(phi, phi, r->q);
    mpz_add_ui(phi, phi, 1);
    mpz_invert(r->root_n, r->n, phi);
    fourth(r->root_p, r->p);
    fourth(r->root_q, r->q);
    mpz_invert(r->p_inverse, r->p, r->q);
    mpz_clear(phi);
}

static void close_roots(roots *r)
{
    mpz_clears(r->n, r->p, r->q, r->root_n, r->root_p, r->root_q, r->p_inverse,
               NULL);
}

/* A fourth root of a square v mod n. */
static void root_of(mpz_t x, const mpz_t v, const roots *r)
{
    mpz_t u, t;

    mpz_inits(u, t, NULL);
    mpz_mod(u, v, r->p);
    mpz_powm_sec(u, u, r->root_p, r->p);
    mpz_mod(t, v, r->q);
    mpz_powm_sec(t, t, r->root_q, r->q);
    mpz_sub(t, t, u); /* u + p * ((t - u) / p mod q) */
    mpz_mul(t, t, r->p_inverse);
    mpz_mod(t, t, r->q);
    mpz_mul(t, t, r->p);
    mpz_add(x, u, t);
    mpz_clears(u, t, NULL);
}

/* The one of four multiples of y that is a square mod both primes. */
static void answer(uint8_t *a, uint8_t *b, uint8_t *out, size_t len,
                   const mpz_t y, const mpz_t w, const roots *r, size_t i)
{
    mpz_t v;

    mpz_init(v);
    for (int k = 0; k < 4; k++) {
        shifted(v, y, w, r->n, k & 1, k >> 1);
        if (mpz_jacobi(v, r->p) == 1 && mpz_jacobi(v, r->q) == 1) {
            a[i / 8] |= (uint8_t)((k & 1) << (7 - i % 8));
            b[i / 8] |= (uint8_t)((k >> 1) << (7 - i % 8));
            break;
        }
    }
    root_of(v, v, r);
    sc_mpz_to_bytes(out, len, v);
    mpz_powm_sec(v, y, r->root_n, r->n);
    sc_mpz_to_bytes(out + len, len, v);
    mpz_clear(v);
}

/* w of Jacobi symbol -1. */
static sc_err draw_w(mpz_t w, const mpz_t n, sc_rng *rng, size_t len)
{
    uint8_t bytes[MAX_LEN];
    sc_err err = SC_E_BUG;

    do {
        SC_TRY(sc_rng_bytes(rng, bytes, len));
        sc_mpz_from_bytes(w, bytes, len);
        mpz_mod(w, w, n);
    } while (mpz_jacobi(w, n) != -1);
    err = SC_OK;
out:
    return err;
}

sc_err sc_prove_modulus(const sc_he_private *sk, sc_rng *rng, sc_bytes context,
                        sc_buf *out)
{
    const sc_he_public *pk = sc_he_private_public(sk);
    const size_t len = sc_he_bits(pk) / 8, size = sc_prove_modulus_len(pk);
    uint8_t *proof = sc_alloc(size, 1), *a, *b, *numbers;
    sc_err err = SC_E_BUG;
    mpz_t w, y[ROUNDS];
    roots r;

    sc_gmp_wipe();
    open_roots(&r, sk);
    mpz_init(w);
    for (size_t i = 0; i < ROUNDS; i++) {
        mpz_init(y[i]);
    }
    SC_REQUIRE(proof != NULL, SC_E_MEM);
    a = proof + len;
    b = a + BITS_LEN;
    numbers = b + BITS_LEN;
    SC_TRY(draw_w(w, r.n, rng, len));
    sc_mpz_to_bytes(proof, len, w);
    for (size_t i = 0; i < ROUNDS; i++) {
        SC_TRY(
            hash_to_residue(y[i], r.n, pk, context, (sc_bytes){proof, len}, i));
    }
#pragma omp parallel for schedule(dynamic, 8) /* a byte of bits each */
    for (size_t i = 0; i < ROUNDS; i++) {
        answer(a, b, numbers + 2 * len * i, len, y[i], w, &r, i);
    }
    SC_TRY(sc_buf_put(out, proof, size));
    err = SC_OK;
out:
    for (size_t i = 0; i < ROUNDS; i++) {
        mpz_clear(y[i]);
    }
    mpz_clear(w);
    close_roots(&r);
    sc_free(proof);
    return err;
}

/* ---- the verifier ------------------------------------------------------------ */

/* SC_E_WIRE: x or z is not in [1, n). */
static sc_err check_round(const mpz_t n, const mpz_t w, const mpz_t y, int a,
                          int b, const uint8_t *numbers, size_t len)
{
    mpz_t x, z, v;
    sc_err err = SC_E_BUG;

    mpz_inits(x, z, v, NULL);
    sc_mpz_from_bytes(x, numbers, len);
    sc_mpz_from_bytes(z, numbers + len, len);
    SC_REQUIRE(mpz_sgn(x) > 0 && mpz_cmp(x, n) < 0, SC_E_WIRE);
    SC_REQUIRE(mpz_sgn(z) > 0 && mpz_cmp(z, n) < 0, SC_E_WIRE);
    mpz_powm_ui(x, x, 4, n);
    shifted(v, y, w, n, a, b);
    SC_REQUIRE(mpz_cmp(x, v) == 0, SC_E_CHEAT);
    mpz_powm(z, z, n, n);
    SC_REQUIRE(mpz_cmp(z, y) == 0, SC_E_CHEAT);
    err = SC_OK;
out:
    mpz_clears(x, z, v, NULL);
    return err;
}

static sc_err check_rounds(const mpz_t n, const mpz_t w, const sc_he_public *pk,
                           sc_bytes context, const uint8_t *proof)
{
    const size_t len = sc_he_bits(pk) / 8;
    const uint8_t *a = proof + len, *b = a + BITS_LEN, *numbers = b + BITS_LEN;
    sc_err err = SC_OK;

#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < ROUNDS; i++) {
        sc_err own;
        mpz_t y;

        mpz_init(y);
        own = hash_to_residue(y, n, pk, context, (sc_bytes){proof, len}, i);
        if (own == SC_OK) {
            own = check_round(n, w, y, bit_of(a, i), bit_of(b, i),
                              numbers + 2 * len * i, len);
        }
        mpz_clear(y);
        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
    return err;
}

sc_err sc_check_modulus(const sc_he_public *pk, sc_bytes context,
                        sc_bytes proof)
{
    const size_t len = sc_he_bits(pk) / 8;
    sc_err err = SC_E_BUG;
    mpz_t n, w;

    if (proof.len != sc_prove_modulus_len(pk)) {
        return SC_E_WIRE;
    }
    mpz_inits(n, w, NULL);
    sc_mpz_from_words(n, sc_he_modulus(pk), sc_he_limbs(pk));
    sc_mpz_from_bytes(w, proof.p, len);
    SC_REQUIRE(mpz_cmp(w, n) < 0, SC_E_WIRE);
    SC_REQUIRE(mpz_jacobi(w, n) == -1, SC_E_CHEAT);
    SC_TRY(check_rounds(n, w, pk, context, proof.p));
    err = SC_OK;
out:
    mpz_clears(n, w, NULL);
    return err;
}
