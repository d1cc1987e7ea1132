/* he/opening.c: n-th roots mod p and mod q apart. */
#include "he/opening.h"

#include <string.h>

#include "base/mem.h"
#include "he/plaintext.h"
#include "he/power.h"
#include "he/private_parts.h"

/* out = c^(1/n) mod p. */
static sc_err half_root(const sc_he_half *of, sc_he_work *w, uint64_t *out,
                        size_t L, size_t n)
{
    sc_err err = sc_he_half_power(of, w, of->root, L, n);

    for (size_t i = 0; i < n && err == SC_OK; i++) {
        memcpy(out + L * i, w->digits + 2 * L * i, 8 * L);
    }
    return err;
}

sc_err sc_open_noise(const sc_he_private *sk, uint64_t *r, const sc_cipher *c)
{
    return sc_he_by_halves(sk, r, c, half_root);
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
