/* he/opening.c: n-th roots mod p and mod q apart. */
#include "he/opening.h"

#include <string.h>

#include "base/mem.h"
#include "he/plaintext.h"
#include "he/power.h"
#include "he/private_parts.h"

#define GROUP SC_HE_GROUP

/* What a group of ciphertexts needs, on the heap. */
typedef struct {
    uint64_t c[GROUP * 2 * SC_HE_MAX_LIMBS];  /* as integers */
    uint64_t digits[GROUP * SC_HE_MAX_LIMBS]; /* in base p */
    uint64_t rp[GROUP * SC_HE_MAX_HALF], rq[GROUP * SC_HE_MAX_HALF];
} work;

/* out = c^(1/n) mod p. */
static sc_err half_root(const sc_he_half *of, work *w, uint64_t *out, size_t L,
                        size_t n)
{
    const size_t size = sc_n2_words(of->n2, GROUP);
    uint64_t *a = sc_alloc_aligned(size, 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(a != NULL, SC_E_MEM);
    sc_n2_enter(of->n2, a, w->c, 4 * L, n);
    SC_TRY(sc_n2_pow(of->n2, a, a, n, of->root, 64 * L));
    sc_n2_leave(of->n2, w->digits, a, n);
    for (size_t i = 0; i < n; i++) {
        memcpy(out + L * i, w->digits + 2 * L * i, 8 * L);
    }
    err = SC_OK;
out:
    if (a != NULL) {
        sc_wipe(a, 8 * size);
    }
    sc_free(a);
    return err;
}

static sc_err open_group(const sc_he_private *sk, uint64_t *r,
                         const uint64_t *c, size_t n)
{
    const size_t L = sk->L;
    work *w = sc_alloc(1, sizeof *w);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(w != NULL, SC_E_MEM);
    sc_n2_value(sc_he_n2(sk->pk), w->c, c, n);
    SC_TRY(half_root(&sk->of_p, w, w->rp, L, n));
    SC_TRY(half_root(&sk->of_q, w, w->rq, L, n));
    for (size_t i = 0; i < n; i++) {
        sc_he_garner(sk, r + 2 * L * i, w->rp + L * i, w->rq + L * i);
    }
    err = SC_OK;
out:
    if (w != NULL) {
        sc_wipe(w, sizeof *w);
    }
    sc_free(w);
    return err;
}

sc_err sc_open_noise(const sc_he_private *sk, uint64_t *r, const sc_cipher *c)
{
    const sc_n2 *n2 = sc_he_n2(sk->pk);
    const size_t L = sc_he_limbs(sk->pk), n = sc_cipher_count(c);
    const uint64_t *words = sc_cipher_words_const(c);
    sc_err err = SC_OK;

    if (!sc_he_same_modulus(sk->pk, sc_cipher_key(c))) {
        return SC_E_ARG;
    }
#pragma omp parallel for schedule(dynamic) if (n > GROUP)
    for (size_t i = 0; i < n; i += GROUP) {
        sc_err own = open_group(sk, r + L * i, words + sc_n2_words(n2, i),
                                n - i < GROUP ? n - i : GROUP);

        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
    if (err != SC_OK) {
        sc_wipe(r, 8 * L * n);
    }
    return err;
}

/* ---- by anybody --------------------------------------------------------------- */

sc_err sc_check_opening(const sc_he_public *pk, const sc_cipher *c,
                        const uint64_t *m, const uint64_t *r)
{
    const sc_n2 *n2 = sc_he_n2(pk);
    const size_t L = sc_he_limbs(pk), n = sc_cipher_count(c);
    uint64_t *made = NULL, *noise = NULL, *x = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(sc_he_same_modulus(pk, sc_cipher_key(c)), SC_E_ARG);
    SC_TRY(sc_plain_check(pk, m, n));
    SC_TRY(sc_plain_check(pk, r, n));
    made = sc_alloc_aligned(sc_n2_words(n2, n), 8);
    noise = sc_alloc_aligned(sc_n2_words(n2, n), 8);
    x = sc_alloc(4 * L * n, 8);
    SC_REQUIRE(made != NULL && noise != NULL && x != NULL, SC_E_MEM);
    sc_n2_enter(n2, noise, r, L, n);
    SC_TRY(sc_n2_pow(n2, noise, noise, n, sc_he_modulus(pk), sc_he_bits(pk)));
    sc_n2_one_plus(n2, made, m, n);
    sc_n2_mul(n2, made, made, noise, n);
    sc_n2_value(n2, x, made, n);
    sc_n2_value(n2, x + 2 * L * n, sc_cipher_words_const(c), n);
    err = memcmp(x, x + 2 * L * n, 16 * L * n) == 0 ? SC_OK : SC_E_CHEAT;
out:
    sc_free(made);
    sc_free(noise);
    sc_free(x);
    return err;
}
