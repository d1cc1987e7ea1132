/* he/prove_plain.c: the box of the header, for vectors. */
#include "he/prove_plain.h"

#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/draw.h"
#include "he/plaintext.h"
#include "he/sigma.h"
#include "he/words.h"

#define KIND "sharechain/he/plain/1"

size_t sc_prove_plain_len(const sc_he_public *pk, size_t n)
{
    return SC_CHALLENGE_LEN + n * (8 * sc_he_limbs(pk) + sc_sigma_len(pk));
}

static sc_err challenge(uint8_t e[static SC_CHALLENGE_LEN],
                        const sc_he_public *pk, sc_bytes context,
                        const sc_cipher *c, const uint64_t *B)
{
    const size_t n = sc_cipher_count(c);
    sc_challenge hash = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_challenge_new(&hash, KIND, context));
    sc_challenge_put_key(&hash, pk);
    SC_TRY(sc_challenge_put_elements(&hash, pk, sc_cipher_words_const(c), n));
    SC_TRY(sc_challenge_put_elements(&hash, pk, B, n));
    sc_challenge_draw(&hash, e);
    err = SC_OK;
out:
    sc_challenge_free(&hash);
    return err;
}

/* ---- the prover ------------------------------------------------------------- */

/* What is drawn, and in the end answered, of each ciphertext. */
typedef struct {
    uint64_t *x, *betas; /* then w, b */
    uint64_t *B;
    size_t x_size, beta_size;
} first;

static sc_err draw_first(first *f, const sc_encryptor *e, sc_rng *rng, size_t n)
{
    const sc_he_public *pk = sc_encryptor_key(e);
    const size_t L = sc_he_limbs(pk);
    sc_err err = SC_E_BUG;

    f->x_size = 8 * L * n;
    f->beta_size = 8 * sc_sigma_words(pk) * n;
    f->x = sc_alloc(f->x_size, 1);
    f->betas = sc_alloc(f->beta_size, 1);
    f->B = sc_alloc_aligned(sc_n2_words(sc_he_n2(pk), n), 8);
    SC_REQUIRE(f->x != NULL && f->betas != NULL && f->B != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        SC_TRY(sc_draw_residue(rng, pk, f->x + L * i));
    }
    SC_TRY(sc_sigma_masks(pk, rng, f->betas, n));
    sc_n2_one_plus(sc_he_n2(pk), f->B, f->x, n);
    SC_TRY(sc_noise_mul(e, f->B, f->betas, sc_sigma_bits(pk), n));
    err = SC_OK;
out:
    return err;
}

static void free_first(first *f)
{
    if (f->x != NULL) {
        sc_wipe(f->x, f->x_size);
    }
    if (f->betas != NULL) {
        sc_wipe(f->betas, f->beta_size);
    }
    sc_free(f->x);
    sc_free(f->betas);
    sc_free(f->B);
}

/* Answers are public. */
static sc_err put_answers(const sc_he_public *pk, sc_buf *out, const first *f,
                          size_t n)
{
    const size_t L = sc_he_limbs(pk), words = sc_sigma_words(pk);
    uint8_t bytes[16 * SC_HE_MAX_LIMBS];
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < n; i++) {
        SC_CT_PUBLIC(f->x + L * i, 8 * L);
        SC_CT_PUBLIC(f->betas + words * i, 8 * words);
        sc_words_put(bytes, f->x + L * i, L);
        SC_TRY(sc_buf_put(out, bytes, 8 * L));
        sc_words_put(bytes, f->betas + words * i, words);
        SC_TRY(sc_buf_put(out, bytes, 8 * words));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_prove_plain(const sc_encryptor *e, sc_rng *rng, sc_bytes context,
                      const sc_cipher *c, const uint64_t *m,
                      const uint64_t *alphas, sc_buf *out)
{
    const sc_he_public *pk = sc_encryptor_key(e);
    const size_t n = sc_cipher_count(c), L = sc_he_limbs(pk);
    uint8_t bytes[SC_CHALLENGE_LEN];
    uint64_t number[SC_CHALLENGE_WORDS];
    const size_t was = out->len;
    sc_err err = SC_E_BUG;
    first f = {0};

    SC_REQUIRE(n <= SC_SIGMA_MAX && sc_he_same_modulus(pk, sc_cipher_key(c)),
               SC_E_ARG);
    SC_TRY(sc_plain_check(pk, m, n));
    SC_TRY(draw_first(&f, e, rng, n));
    SC_CT_PUBLIC(f.B, 8 * sc_n2_words(sc_he_n2(pk), n));
    SC_TRY(challenge(bytes, pk, context, c, f.B));
    sc_sigma_get(number, bytes);
    for (size_t i = 0; i < n; i++) {
        uint64_t *beta = f.betas + sc_sigma_words(pk) * i;

        sc_sigma_answer_plain(pk, f.x + L * i, f.x + L * i, number, m + L * i);
        sc_sigma_answer(pk, beta, beta, number,
                        alphas + sc_noise_words(pk) * i);
    }
    SC_TRY(sc_buf_put(out, bytes, sizeof bytes));
    SC_TRY(put_answers(pk, out, &f, n));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    free_first(&f);
    return err;
}

/* ---- the verifier ------------------------------------------------------------ */

sc_err sc_check_plain(const sc_encryptor *e, sc_bytes context,
                      const sc_cipher *c, sc_bytes proof)
{
    const sc_he_public *pk = sc_encryptor_key(e);
    const size_t n = sc_cipher_count(c), L = sc_he_limbs(pk);
    const size_t words = sc_sigma_words(pk), step = 8 * (L + words);
    uint64_t number[SC_CHALLENGE_WORDS];
    uint64_t *w = NULL, *b = NULL, *B = NULL;
    uint8_t again[SC_CHALLENGE_LEN];
    sc_err err = SC_E_BUG;

    SC_REQUIRE(n <= SC_SIGMA_MAX && sc_he_same_modulus(pk, sc_cipher_key(c)),
               SC_E_ARG);
    SC_REQUIRE(proof.len == sc_prove_plain_len(pk, n), SC_E_WIRE);
    w = sc_alloc(n * L, 8);
    b = sc_alloc(n * words, 8);
    B = sc_alloc_aligned(sc_n2_words(sc_he_n2(pk), n), 8);
    SC_REQUIRE(w != NULL && b != NULL && B != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = proof.p + SC_CHALLENGE_LEN + step * i;

        sc_words_get(w + L * i, L, at);
        sc_words_get(b + words * i, words, at + 8 * L);
    }
    SC_REQUIRE(sc_plain_check(pk, w, n) == SC_OK, SC_E_WIRE);
    sc_sigma_get(number, proof.p);
    sc_n2_one_plus(sc_he_n2(pk), B, w, n);
    SC_TRY(sc_sigma_first(e, B, B, b, sc_cipher_words_const(c), number, 0, n));
    SC_TRY(challenge(again, pk, context, c, B));
    err = memcmp(again, proof.p, sizeof again) == 0 ? SC_OK : SC_E_CHEAT;
out:
    sc_free(w);
    sc_free(b);
    sc_free(B);
    return err;
}
