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

/* A chunk of a, or of 1 + m*n if there is m, times its noise. */
static sc_err mul_chunk(const sc_encryptor *e, uint64_t *a, const uint64_t *m,
                        const uint64_t *exponents, size_t bits, size_t first,
                        size_t n)
{
    const sc_n2 *n2 = sc_he_n2(e->pk);

    a += sc_n2_words(n2, first);
    if (m != NULL) {
        sc_n2_one_plus(n2, a, m + sc_he_limbs(e->pk) * first, n);
    }
    return sc_fixed_base_mul(e->noise, a, exponents + (bits + 63) / 64 * first,
                             bits, n);
}

static sc_err mul_all(const sc_encryptor *e, uint64_t *a, const uint64_t *m,
                      const uint64_t *exponents, size_t bits, size_t n)
{
    sc_err err = SC_OK;

#pragma omp parallel for schedule(dynamic) if (n > CHUNK)
    for (size_t i = 0; i < n; i += CHUNK) {
        sc_err own = mul_chunk(e, a, m, exponents, bits, i,
                               n - i < CHUNK ? n - i : CHUNK);

        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
    return err;
}

sc_err sc_noise_mul(const sc_encryptor *e, uint64_t *a,
                    const uint64_t *exponents, size_t bits, size_t n)
{
    return mul_all(e, a, NULL, exponents, bits, n);
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
    err = mul_all(e, sc_cipher_words(c), m, alphas, sc_he_bits(e->pk) / 2, n);
    if (err != SC_OK) {
        spoil(c);
    }
    return err;
}

sc_err sc_encrypt(const sc_encryptor *e, sc_rng *rng, sc_cipher *c,
                  const uint64_t *m)
{
    const size_t n = sc_cipher_count(c), size = 8 * sc_noise_words(e->pk) * n;
    uint64_t *alphas = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(sc_he_same_modulus(e->pk, sc_cipher_key(c)), SC_E_ARG);
    alphas = sc_alloc(size, 1);
    SC_REQUIRE(alphas != NULL, SC_E_MEM);
    SC_TRY(sc_noise_draw(e->pk, rng, alphas, n));
    SC_TRY(sc_encrypt_with(e, c, m, alphas));
    err = SC_OK;
out:
    if (err != SC_OK && err != SC_E_ARG) {
        spoil(c);
    }
    if (alphas != NULL) {
        sc_wipe(alphas, size);
    }
    sc_free(alphas);
    return err;
}

/* ---- all the noise there is ------------------------------------------------- */

/* noise[i] = r^n, r uniform. */
static sc_err draw_noise(sc_rng *rng, const sc_he_public *pk, uint64_t *noise,
                         size_t n)
{
    const size_t L = sc_he_limbs(pk);
    const sc_n2 *n2 = sc_he_n2(pk);
    uint64_t *r = sc_alloc(n, 8 * L);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(r != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        SC_TRY(sc_draw_residue(rng, pk, r + L * i));
    }
    sc_n2_enter(n2, noise, r, L, n);
    SC_TRY(sc_n2_pow(n2, noise, noise, n, sc_he_modulus(pk), sc_he_bits(pk)));
    err = SC_OK;
out:
    if (r != NULL) {
        sc_wipe(r, 8 * L * n);
    }
    sc_free(r);
    return err;
}

/* c = what it holds, or the ciphertexts of m without noise, times noise. */
static sc_err add_noise(sc_rng *rng, sc_cipher *c, const uint64_t *m)
{
    const sc_he_public *pk = sc_cipher_key(c);
    const size_t n = sc_cipher_count(c), size = sc_n2_words(sc_he_n2(pk), n);
    uint64_t *noise = sc_alloc_aligned(size, 8), *words = sc_cipher_words(c);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(noise != NULL, SC_E_MEM);
    SC_TRY(draw_noise(rng, pk, noise, n));
    if (m != NULL) {
        sc_n2_one_plus(sc_he_n2(pk), words, m, n);
    }
    sc_n2_mul(sc_he_n2(pk), words, words, noise, n);
    err = SC_OK;
out:
    if (noise != NULL) {
        sc_wipe(noise, 8 * size);
    }
    sc_free(noise);
    return err;
}

sc_err sc_rerandomise(sc_rng *rng, sc_cipher *c)
{
    return add_noise(rng, c, NULL);
}

sc_err sc_encrypt_plainly(sc_rng *rng, sc_cipher *c, const uint64_t *m)
{
    sc_err err;

    if (sc_plain_check(sc_cipher_key(c), m, sc_cipher_count(c)) != SC_OK) {
        return SC_E_ARG;
    }
    err = add_noise(rng, c, m);
    if (err != SC_OK) {
        spoil(c);
    }
    return err;
}
