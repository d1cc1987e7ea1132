/* he/encrypt.c: 1 + m*n costs an addition, the noise is what takes the time.
 *
 * r is drawn in [1, n) and not tested for a common factor with n: to find one is
 * to factor n. */
#include "he/encrypt.h"

#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/fixed_base.h"
#include "he/plaintext.h"
#include "he/power.h"
#include "he/words.h"

#define CHUNK SC_CIPHER_CHUNK

struct sc_encryptor {
    const sc_he_public *pk;
    sc_fixed_base *noise; /* powers of hs */
};

sc_err sc_encryptor_new(sc_encryptor **e, const sc_he_public *pk, size_t window)
{
    sc_encryptor *made = NULL;
    sc_err err = SC_E_BUG;

    *e = NULL;
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->pk = pk;
    SC_TRY(sc_fixed_base_new(&made->noise, sc_he_n2(pk), sc_he_noise_base(pk),
                             sc_he_bits(pk) / 2,
                             window == 0 ? SC_ENCRYPT_WINDOW : window));
    *e = made;
    made = NULL;
    err = SC_OK;
out:
    sc_encryptor_free(&made);
    return err;
}

void sc_encryptor_free(sc_encryptor **e)
{
    if (*e != NULL) {
        sc_fixed_base_free(&(*e)->noise);
        sc_free(*e);
        *e = NULL;
    }
}

/* ---- with the table --------------------------------------------------------- */

/* n numbers of n_words words, uniform. */
static sc_err draw(sc_rng *rng, uint64_t *x, size_t n_words, size_t n)
{
    uint8_t bytes[8 * SC_HE_MAX_LIMBS];
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < n; i++) {
        SC_TRY(sc_rng_bytes(rng, bytes, 8 * n_words));
        sc_words_get(x + n_words * i, n_words, bytes);
    }
    err = SC_OK;
out:
    sc_wipe(bytes, sizeof bytes);
    return err;
}

/* Fill a chunk with 1 + m*n, if there is m, and multiply it by its noise. */
static sc_err add_noise(const sc_encryptor *e, uint64_t *words,
                        const uint64_t *m, const uint64_t *alphas, size_t n)
{
    if (m != NULL) {
        sc_n2_one_plus(sc_he_n2(e->pk), words, m, n);
    }
    return sc_fixed_base_mul(e->noise, words, alphas, n);
}

/* m may be NULL: c keeps what it holds. */
static sc_err encrypt_all(const sc_encryptor *e, sc_rng *rng, sc_cipher *c,
                          const uint64_t *m)
{
    const size_t L = sc_he_limbs(e->pk), n = sc_cipher_count(c);
    const sc_n2 *n2 = sc_he_n2(e->pk);
    uint64_t *alphas = sc_alloc(n * (L / 2), 8), *words = sc_cipher_words(c);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(alphas != NULL, SC_E_MEM);
    SC_TRY(draw(rng, alphas, L / 2, n));
    err = SC_OK;
#pragma omp parallel for schedule(dynamic) if (n > CHUNK)
    for (size_t i = 0; i < n; i += CHUNK) {
        sc_err own = add_noise(e, words + sc_n2_words(n2, i),
                               m == NULL ? NULL : m + L * i, alphas + L / 2 * i,
                               n - i < CHUNK ? n - i : CHUNK);

        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
out:
    if (alphas != NULL) {
        sc_wipe(alphas, 8 * n * (L / 2));
    }
    sc_free(alphas);
    return err;
}

/* Without noise a ciphertext shows what it holds: after a failure c is zero, of
 * which no use can be made. */
static void spoil(sc_cipher *c)
{
    sc_wipe(sc_cipher_words(c),
            8 * sc_n2_words(sc_he_n2(sc_cipher_key(c)), sc_cipher_count(c)));
}

sc_err sc_encrypt(const sc_encryptor *e, sc_rng *rng, sc_cipher *c,
                  const uint64_t *m)
{
    sc_err err;

    if (!sc_he_same_modulus(e->pk, sc_cipher_key(c)) ||
        sc_plain_check(e->pk, m, sc_cipher_count(c)) != SC_OK) {
        return SC_E_ARG;
    }
    err = encrypt_all(e, rng, c, m);
    if (err != SC_OK) {
        spoil(c);
    }
    return err;
}

sc_err sc_rerandomise(const sc_encryptor *e, sc_rng *rng, sc_cipher *c)
{
    if (!sc_he_same_modulus(e->pk, sc_cipher_key(c))) {
        return SC_E_ARG;
    }
    return encrypt_all(e, rng, c, NULL);
}

/* ---- the reference ---------------------------------------------------------- */

/* r uniform in [1, n). Which draws were refused says nothing of the last one. */
static sc_err draw_unit(sc_rng *rng, const sc_he_public *pk, uint64_t *r)
{
    const size_t L = sc_he_limbs(pk);
    sc_err err = SC_E_BUG;
    int is_good = 0;

    while (!is_good) {
        SC_TRY(draw(rng, r, L, 1));
        is_good = (int)sc_words_less(r, sc_he_modulus(pk), L) &
                  (sc_ct_is_zero(r, 8 * L) ^ 1);
        SC_CT_PUBLIC(&is_good, sizeof is_good); /* see above */
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_encrypt_plainly(sc_rng *rng, sc_cipher *c, const uint64_t *m)
{
    const sc_he_public *pk = sc_cipher_key(c);
    const sc_n2 *n2 = sc_he_n2(pk);
    const size_t L = sc_he_limbs(pk), n = sc_cipher_count(c);
    uint64_t *words = sc_cipher_words(c), *noise = NULL, *r = NULL;
    sc_err err = SC_E_BUG;

    if (sc_plain_check(pk, m, n) != SC_OK) {
        return SC_E_ARG;
    }
    r = sc_alloc(n, 8 * L);
    SC_REQUIRE(r != NULL, SC_E_MEM);
    noise = sc_alloc_aligned(sc_n2_words(n2, n), 8);
    SC_REQUIRE(noise != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        SC_TRY(draw_unit(rng, pk, r + L * i));
    }
    sc_n2_enter(n2, noise, r, L, n);
    SC_TRY(sc_n2_pow(n2, noise, noise, n, sc_he_modulus(pk), sc_he_bits(pk)));
    sc_n2_one_plus(n2, words, m, n);
    sc_n2_mul(n2, words, words, noise, n);
    err = SC_OK;
out:
    if (err != SC_OK) {
        spoil(c);
    }
    if (r != NULL) {
        sc_wipe(r, 8 * L * n);
    }
    if (noise != NULL) {
        sc_wipe(noise, 8 * sc_n2_words(n2, n));
    }
    sc_free(r);
    sc_free(noise);
    return err;
}
