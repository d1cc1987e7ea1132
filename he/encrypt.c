/* he/encrypt.c: 1 + m*n costs an addition, the noise is what takes the time. */
#include "he/encrypt.h"

#include <string.h>

#include "base/mem.h"
#include "he/draw.h"
#include "he/fixed_base.h"
#include "he/plaintext.h"
#include "he/power.h"

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
                             sc_he_bits(pk) / 2 + SC_NOISE_MORE_BITS,
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

/* Without noise a ciphertext shows what it holds: after a failure c is zero, of
 * which no use can be made. */
static void spoil(sc_cipher *c)
{
    sc_wipe(sc_cipher_words(c),
            8 * sc_n2_words(sc_he_n2(sc_cipher_key(c)), sc_cipher_count(c)));
}

const sc_he_public *sc_encryptor_key(const sc_encryptor *e)
{
    return e->pk;
}

size_t sc_noise_words(const sc_he_public *pk)
{
    return sc_he_limbs(pk) / 2;
}

sc_err sc_noise_draw(const sc_he_public *pk, sc_rng *rng, uint64_t *alphas,
                     size_t n)
{
    return sc_draw_bits(rng, alphas, sc_he_bits(pk) / 2, n);
}

sc_err sc_noise_mul(const sc_encryptor *e, uint64_t *a,
                    const uint64_t *exponents, size_t bits, size_t n)
{
    const size_t n_words = (bits + 63) / 64;
    const sc_n2 *n2 = sc_he_n2(e->pk);
    sc_err err = SC_OK;

#pragma omp parallel for schedule(dynamic) if (n > CHUNK)
    for (size_t i = 0; i < n; i += CHUNK) {
        sc_err own = sc_fixed_base_mul(e->noise, a + sc_n2_words(n2, i),
                                       exponents + n_words * i, bits,
                                       n - i < CHUNK ? n - i : CHUNK);

        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
    return err;
}

sc_err sc_encrypt_with(const sc_encryptor *e, sc_cipher *c, const uint64_t *m,
                       const uint64_t *alphas)
{
    const size_t n = sc_cipher_count(c);
    sc_err err;

    if (!sc_he_same_modulus(e->pk, sc_cipher_key(c)) ||
        sc_plain_check(e->pk, m, n) != SC_OK) {
        return SC_E_ARG;
    }
    sc_n2_one_plus(sc_he_n2(e->pk), sc_cipher_words(c), m, n);
    err = sc_noise_mul(e, sc_cipher_words(c), alphas, sc_he_bits(e->pk) / 2, n);
    if (err != SC_OK) {
        spoil(c);
    }
    return err;
}

/* m may be NULL: c keeps what it holds. */
static sc_err encrypt_all(const sc_encryptor *e, sc_rng *rng, sc_cipher *c,
                          const uint64_t *m)
{
    const size_t n = sc_cipher_count(c), size = 8 * sc_noise_words(e->pk) * n;
    uint64_t *alphas = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(sc_he_same_modulus(e->pk, sc_cipher_key(c)), SC_E_ARG);
    SC_REQUIRE(m == NULL || sc_plain_check(e->pk, m, n) == SC_OK, SC_E_ARG);
    alphas = sc_alloc(size, 1);
    SC_REQUIRE(alphas != NULL, SC_E_MEM);
    SC_TRY(sc_noise_draw(e->pk, rng, alphas, n));
    if (m != NULL) {
        SC_TRY(sc_encrypt_with(e, c, m, alphas));
    } else {
        SC_TRY(sc_noise_mul(e, sc_cipher_words(c), alphas,
                            sc_he_bits(e->pk) / 2, n));
    }
    err = SC_OK;
out:
    if (alphas != NULL) {
        sc_wipe(alphas, size);
    }
    sc_free(alphas);
    return err;
}

sc_err sc_encrypt(const sc_encryptor *e, sc_rng *rng, sc_cipher *c,
                  const uint64_t *m)
{
    sc_err err = encrypt_all(e, rng, c, m);

    if (err != SC_OK && err != SC_E_ARG) {
        spoil(c);
    }
    return err;
}

sc_err sc_rerandomise(const sc_encryptor *e, sc_rng *rng, sc_cipher *c)
{
    return encrypt_all(e, rng, c, NULL);
}

/* ---- the reference ---------------------------------------------------------- */

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
        SC_TRY(sc_draw_residue(rng, pk, r + L * i));
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
