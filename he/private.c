/* he/private.c: decryption by the Chinese remainder theorem.
 *
 * c = (1 + m*n) * r^n mod n^2. Mod p^2 the noise has an order that divides p - 1,
 * and (1 + m*n)^(p-1) = 1 + m*(p-1)*n mod p^2, so
 *     c^(p-1) = 1 + y*p mod p^2,   y = m*(p-1)*q = -m*q mod p
 *     m = y * hp mod p,            hp = -1/q mod p,
 * and in two digits in base p the power is (1, y). Likewise for q. Then, by
 * Garner, with p > q:
 *     u = (mp - mq) / q mod p,     m = mq + q*u < n.
 * hp and 1/q are kept times R, as sc_n2_digit_mul wants one of its factors.
 *
 * p and q are marked as secrets behind their checks, which are not constant in
 * time, and all that is made of them here is (base/ct.h). */
#include "he/private.h"

#include <gmp.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/numbers.h"
#include "he/power.h"
#include "he/primes.h"
#include "he/private_parts.h"
#include "he/words.h"

#define MAX_HALF SC_HE_MAX_HALF
#define GROUP    SC_HE_GROUP

/* ---- making ready ---------------------------------------------------------- */

/* out = 1/a mod p; a in [1, p), p prime. */
static void invert(uint64_t *out, const uint64_t *a, const uint64_t *p,
                   size_t L)
{
    const mp_size_t n = (mp_size_t)L;
    uint64_t x[MAX_HALF], itch[8 * MAX_HALF];

    SC_ASSERT(mpn_sec_invert_itch(n) <= (mp_size_t)(sizeof itch / 8));
    memcpy(x, a, 8 * L);
    (void)mpn_sec_invert(out, x, p, n, 128 * L, itch);
    sc_wipe(x, sizeof x);
    sc_wipe(itch, sizeof itch);
}

/* of->h = -1/a * R mod p; positive (may be NULL) = 1/a * R. */
static sc_err open_half(sc_he_half *of, const uint64_t *p, const uint64_t *a,
                        size_t L, uint64_t *positive)
{
    uint64_t x[MAX_HALF], zero[MAX_HALF] = {0};
    sc_err err = sc_n2_new(&of->n2, p, L);

    if (err != SC_OK) {
        return err;
    }
    memcpy(of->less, p, 8 * L);
    of->less[0] ^= 1;
    invert(x, a, p, L);
    sc_n2_digit_enter(of->n2, x, x, 1);
    sc_n2_digit_sub(of->n2, of->h, zero, x, 1);
    if (positive != NULL) {
        memcpy(positive, x, 8 * L);
    }
    sc_wipe(x, sizeof x);
    return SC_OK;
}

static sc_err open_halves(sc_he_private *sk)
{
    const mp_size_t L = (mp_size_t)sk->L;
    uint64_t rest[MAX_HALF];
    sc_err err = SC_E_BUG;

    mpn_sub_n(rest, sk->p, sk->q, L); /* p mod q, for q < p < 2q */
    SC_TRY(open_half(&sk->of_p, sk->p, sk->q, sk->L, sk->q_inverse));
    SC_TRY(open_half(&sk->of_q, sk->q, rest, sk->L, NULL));
    err = SC_OK;
out:
    sc_wipe(rest, sizeof rest);
    return err;
}

/* root = 1/n mod p - 1, for n prime to it. Takes its time by p. */
static void open_root_vartime(sc_he_half *of, const uint64_t *p,
                              const sc_he_public *pk, size_t L)
{
    mpz_t v, n;

    mpz_init(v);
    mpz_init(n);
    sc_mpz_from_words(v, p, L);
    mpz_sub_ui(v, v, 1);
    sc_mpz_from_words(n, sc_he_modulus(pk), 2 * L);
    SC_ASSERT(mpz_invert(v, n, v) != 0); /* q does not divide p - 1 < 2q */
    sc_mpz_to_words(of->root, L, v);
    mpz_clear(v);
    mpz_clear(n);
}

/* n = p*q as bytes. */
static void multiply(uint8_t *n, const uint64_t *p, const uint64_t *q, size_t L)
{
    uint64_t product[SC_HE_MAX_LIMBS], itch[SC_HE_MAX_LIMBS];

    SC_ASSERT(mpn_sec_mul_itch((mp_size_t)L, (mp_size_t)L) <=
              (mp_size_t)(sizeof itch / 8));
    mpn_sec_mul(product, p, (mp_size_t)L, q, (mp_size_t)L, itch);
    sc_words_put(n, product, 2 * L);
    sc_wipe(itch, sizeof itch);
}

sc_err sc_he_private_new(sc_he_private **sk, const uint64_t *p,
                         const uint64_t *q, size_t bits, const char *id,
                         unsigned flags)
{
    uint8_t n[8 * SC_HE_MAX_LIMBS];
    sc_he_private *made = NULL;
    sc_err err = SC_E_BUG;

    *sk = NULL;
    if (!sc_he_is_size(bits, flags)) {
        return SC_E_ARG;
    }
    SC_TRY(sc_primes_check_vartime(p, q, bits));
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->L = bits / 128;
    multiply(n, p, q, made->L);
    SC_TRY(sc_he_public_new(&made->pk, (sc_bytes){n, bits / 8}, id, flags));
    memcpy(made->p, p, 8 * made->L);
    memcpy(made->q, q, 8 * made->L);
    open_root_vartime(&made->of_p, made->p, made->pk, made->L);
    open_root_vartime(&made->of_q, made->q, made->pk, made->L);
    SC_CT_SECRET(made->p, 8 * made->L);
    SC_CT_SECRET(made->q, 8 * made->L);
    SC_TRY(open_halves(made));
    *sk = made;
    made = NULL;
    err = SC_OK;
out:
    sc_he_private_free(&made);
    return err;
}

sc_err sc_he_generate(sc_he_private **sk, sc_rng *rng, size_t bits,
                      const char *id, unsigned flags)
{
    uint64_t p[MAX_HALF], q[MAX_HALF];
    sc_err err = SC_E_BUG;

    *sk = NULL;
    if (!sc_he_is_size(bits, flags)) {
        return SC_E_ARG;
    }
    SC_TRY(sc_primes_draw(rng, p, q, bits));
    SC_TRY(sc_he_private_new(sk, p, q, bits, id, flags));
    err = SC_OK;
out:
    sc_wipe(p, sizeof p);
    sc_wipe(q, sizeof q);
    return err;
}

void sc_he_private_free(sc_he_private **sk)
{
    if (*sk == NULL) {
        return;
    }
    sc_he_public_free(&(*sk)->pk);
    sc_n2_free(&(*sk)->of_p.n2);
    sc_n2_free(&(*sk)->of_q.n2);
    sc_wipe(*sk, sizeof **sk);
    sc_free(*sk);
    *sk = NULL;
}

const sc_he_public *sc_he_private_public(const sc_he_private *sk)
{
    return sk->pk;
}

const uint64_t *sc_he_private_p(const sc_he_private *sk)
{
    return sk->p;
}

const uint64_t *sc_he_private_q(const sc_he_private *sk)
{
    return sk->q;
}

/* ---- powers mod each prime --------------------------------------------------- */

sc_err sc_he_half_power(const sc_he_half *of, sc_he_work *w,
                        const uint64_t *exponent, size_t L, size_t n)
{
    const size_t size = sc_n2_words(of->n2, GROUP);
    uint64_t *a = sc_alloc_aligned(size, 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(a != NULL, SC_E_MEM);
    sc_n2_enter(of->n2, a, w->c, 4 * L, n);
    SC_TRY(sc_n2_pow(of->n2, a, a, n, exponent, 64 * L));
    sc_n2_leave(of->n2, w->digits, a, n);
    err = SC_OK;
out:
    if (a != NULL) {
        sc_wipe(a, 8 * size);
    }
    sc_free(a);
    return err;
}

/* m = mq + q * ((mp - mq) / q mod p); mq < q < p. */
static void garner(const sc_he_private *sk, uint64_t *m, const uint64_t *mp,
                   const uint64_t *mq)
{
    const mp_size_t L = (mp_size_t)sk->L;
    uint64_t u[MAX_HALF], itch[SC_HE_MAX_LIMBS], tail[SC_HE_MAX_LIMBS] = {0};

    sc_n2_digit_sub(sk->of_p.n2, u, mp, mq, 1);
    sc_n2_digit_mul(sk->of_p.n2, u, u, sk->q_inverse, 1);
    mpn_sec_mul(m, u, L, sk->q, L, itch);
    memcpy(tail, mq, 8 * sk->L);
    (void)mpn_add_n(m, m, tail, 2 * L);
    sc_wipe(u, sizeof u);
    sc_wipe(itch, sizeof itch);
    sc_wipe(tail, sizeof tail);
}

static sc_err do_group(const sc_he_private *sk, uint64_t *out,
                       const uint64_t *c, size_t n, sc_he_half_call *call)
{
    sc_he_work *w = sc_alloc(1, sizeof *w);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(w != NULL, SC_E_MEM);
    sc_n2_value(sc_he_n2(sk->pk), w->c, c, n);
    SC_TRY(call(&sk->of_p, w, w->of_p, sk->L, n));
    SC_TRY(call(&sk->of_q, w, w->of_q, sk->L, n));
    for (size_t i = 0; i < n; i++) {
        garner(sk, out + 2 * sk->L * i, w->of_p + sk->L * i,
               w->of_q + sk->L * i);
    }
    err = SC_OK;
out:
    if (w != NULL) {
        sc_wipe(w, sizeof *w);
    }
    sc_free(w);
    return err;
}

sc_err sc_he_by_halves(const sc_he_private *sk, uint64_t *out,
                       const sc_cipher *c, sc_he_half_call *call)
{
    const sc_n2 *n2 = sc_he_n2(sk->pk);
    const size_t limbs = sc_he_limbs(sk->pk), n = sc_cipher_count(c);
    const uint64_t *words = sc_cipher_words_const(c);
    sc_err err = SC_OK;

    if (!sc_he_same_modulus(sk->pk, sc_cipher_key(c))) {
        return SC_E_ARG;
    }
#pragma omp parallel for schedule(dynamic) if (n > GROUP)
    for (size_t i = 0; i < n; i += GROUP) {
        sc_err own = do_group(sk, out + limbs * i, words + sc_n2_words(n2, i),
                              n - i < GROUP ? n - i : GROUP, call);

        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
    if (err != SC_OK) {
        sc_wipe(out, 8 * limbs * n);
    }
    return err;
}

/* ---- decryption ------------------------------------------------------------ */

/* out = m mod p. */
static sc_err half_decrypt(const sc_he_half *of, sc_he_work *w, uint64_t *out,
                           size_t L, size_t n)
{
    sc_err err = sc_he_half_power(of, w, of->less, L, n);

    for (size_t i = 0; i < n && err == SC_OK; i++) {
        sc_n2_digit_mul(of->n2, out + L * i, w->digits + 2 * L * i + L, of->h,
                        1);
    }
    return err;
}

sc_err sc_he_decrypt(const sc_he_private *sk, uint64_t *m, const sc_cipher *c)
{
    return sc_he_by_halves(sk, m, c, half_decrypt);
}
