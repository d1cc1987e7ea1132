/* he/prove_bits.c: the box of the header, for vectors. Both branches are computed the
 * same way; which one is simulated decides no branch and no address. */
#include "he/prove_bits.h"

#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/draw.h"
#include "he/sigma.h"
#include "he/words.h"

#define KIND    "sharechain/he/bits/1"
#define E_WORDS SC_CHALLENGE_WORDS
#define E_LEN   SC_CHALLENGE_LEN

size_t sc_prove_bits_len(const sc_he_public *pk, size_t n)
{
    return E_LEN + n * (E_LEN + 2 * sc_sigma_len(pk));
}

static sc_err challenge(uint8_t e[static E_LEN], const sc_he_public *pk,
                        sc_bytes context, const sc_cipher *c,
                        uint64_t *const B[2])
{
    const size_t n = sc_cipher_count(c);
    sc_challenge hash = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_challenge_new(&hash, KIND, context));
    sc_challenge_put_key(&hash, pk);
    SC_TRY(sc_challenge_put_elements(&hash, pk, sc_cipher_words_const(c), n));
    SC_TRY(sc_challenge_put_elements(&hash, pk, B[0], n));
    SC_TRY(sc_challenge_put_elements(&hash, pk, B[1], n));
    sc_challenge_draw(&hash, e);
    err = SC_OK;
out:
    sc_challenge_free(&hash);
    return err;
}

/* c = a - b mod 2^128. */
static void subtract(uint64_t c[static E_WORDS],
                     const uint64_t a[static E_WORDS],
                     const uint64_t b[static E_WORDS])
{
    const uint64_t low = a[0] - b[0];

    c[1] = a[1] - b[1] - (uint64_t)(a[0] < b[0]);
    c[0] = low;
}

/* What both sides hold of n ciphertexts, a half for each branch. */
typedef struct {
    uint64_t *e[2], *answers[2], *B[2];
    size_t e_size, answer_size;
} branches;

static sc_err open_branches(branches *s, const sc_he_public *pk, size_t n)
{
    s->e_size = 8 * E_WORDS * n;
    s->answer_size = 8 * sc_sigma_words(pk) * n;
    for (size_t i = 0; i < 2; i++) {
        s->e[i] = sc_alloc(s->e_size, 1);
        s->answers[i] = sc_alloc(s->answer_size, 1);
        s->B[i] = sc_alloc_aligned(sc_n2_words(sc_he_n2(pk), n), 8);
        if (s->e[i] == NULL || s->answers[i] == NULL || s->B[i] == NULL) {
            return SC_E_MEM;
        }
    }
    return SC_OK;
}

static void close_branches(branches *s)
{
    for (size_t i = 0; i < 2; i++) {
        if (s->e[i] != NULL) {
            sc_wipe(s->e[i], s->e_size);
        }
        if (s->answers[i] != NULL) {
            sc_wipe(s->answers[i], s->answer_size);
        }
        sc_free(s->e[i]);
        sc_free(s->answers[i]);
        sc_free(s->B[i]);
    }
}

/* ---- the prover ------------------------------------------------------------- */

/* m = e if this branch is the simulated one of a 0, n - e of a 1, else 0. */
static void shift_of(const sc_he_public *pk, uint64_t *m, const uint64_t *e,
                     uint64_t is_simulated, uint64_t bit)
{
    const size_t L = sc_he_limbs(pk);
    uint64_t wide[SC_HE_MAX_LIMBS] = {0}, zero[SC_HE_MAX_LIMBS] = {0};
    uint64_t minus[SC_HE_MAX_LIMBS];

    memcpy(wide, e, 8 * E_WORDS);
    sc_n2_digit_sub(sc_he_n2(pk), minus, zero, wide, 1);
    for (size_t i = 0; i < L; i++) {
        m[i] = sc_ct_select(bit, minus[i], wide[i]);
        m[i] = sc_ct_select(is_simulated, m[i], 0);
    }
    sc_wipe(wide, sizeof wide);
    sc_wipe(minus, sizeof minus);
}

/* Masks, simulated challenges (in both branches, of which one stays) and B. */
static sc_err draw_first(branches *s, const sc_encryptor *enc, sc_rng *rng,
                         const uint8_t *bits, size_t n)
{
    const sc_he_public *pk = sc_encryptor_key(enc);
    const size_t L = sc_he_limbs(pk);
    uint64_t *m = sc_alloc(n * L, 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(m != NULL, SC_E_MEM);
    for (uint64_t i = 0; i < 2; i++) {
        SC_TRY(sc_draw_bits(rng, s->e[i], SC_CHALLENGE_BITS, n));
        SC_TRY(sc_sigma_masks(pk, rng, s->answers[i], n));
        for (size_t j = 0; j < n; j++) {
            shift_of(pk, m + L * j, s->e[i] + E_WORDS * j, i ^ bits[j],
                     bits[j]);
        }
        sc_n2_one_plus(sc_he_n2(pk), s->B[i], m, n);
        SC_TRY(sc_noise_mul(enc, s->B[i], s->answers[i], sc_sigma_bits(pk), n));
    }
    err = SC_OK;
out:
    if (m != NULL) {
        sc_wipe(m, 8 * L * n);
    }
    sc_free(m);
    return err;
}

/* The true branch's challenge is what is left of e. */
static void answer(branches *s, const sc_he_public *pk,
                   const uint64_t e[static E_WORDS], uint64_t bit,
                   const uint64_t *alpha, size_t j)
{
    const size_t words = sc_sigma_words(pk);
    uint64_t *own[2] = {s->e[0] + E_WORDS * j, s->e[1] + E_WORDS * j};

    for (uint64_t i = 0; i < 2; i++) {
        uint64_t rest[E_WORDS];

        subtract(rest, e, own[1 - i]);
        for (size_t k = 0; k < E_WORDS; k++) {
            own[i][k] = sc_ct_select(i ^ bit ^ 1, rest[k], own[i][k]);
        }
        sc_wipe(rest, sizeof rest);
    }
    for (size_t i = 0; i < 2; i++) {
        uint64_t *b = s->answers[i] + words * j;

        sc_sigma_answer(pk, b, b, own[i], alpha);
    }
}

/* Challenges and answers are public. */
static sc_err put(sc_buf *out, const sc_he_public *pk, const branches *s,
                  size_t j)
{
    const size_t words = sc_sigma_words(pk);
    uint8_t bytes[8 * SC_HE_MAX_LIMBS];
    sc_err err = SC_E_BUG;

    SC_CT_PUBLIC(s->e[0] + E_WORDS * j, 8 * E_WORDS);
    sc_sigma_put(bytes, s->e[0] + E_WORDS * j);
    SC_TRY(sc_buf_put(out, bytes, E_LEN));
    for (size_t i = 0; i < 2; i++) {
        SC_CT_PUBLIC(s->answers[i] + words * j, 8 * words);
        sc_words_put(bytes, s->answers[i] + words * j, words);
        SC_TRY(sc_buf_put(out, bytes, 8 * words));
    }
    err = SC_OK;
out:
    return err;
}

/* One of bits is neither 0 nor 1: that is told. */
static int are_bits(const uint8_t *bits, size_t n)
{
    unsigned other = 0;

    for (size_t i = 0; i < n; i++) {
        other |= bits[i] & 0xfeU;
    }
    SC_CT_PUBLIC(&other, sizeof other);
    return other == 0;
}

sc_err sc_prove_bits(const sc_encryptor *enc, sc_rng *rng, sc_bytes context,
                     const sc_cipher *c, const uint8_t *bits,
                     const uint64_t *alphas, sc_buf *out)
{
    const sc_he_public *pk = sc_encryptor_key(enc);
    const size_t n = sc_cipher_count(c), was = out->len;
    uint64_t e[E_WORDS];
    uint8_t bytes[E_LEN];
    branches s = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(n <= SC_SIGMA_MAX && sc_he_same_modulus(pk, sc_cipher_key(c)),
               SC_E_ARG);
    SC_REQUIRE(are_bits(bits, n), SC_E_ARG);
    SC_TRY(open_branches(&s, pk, n));
    SC_TRY(draw_first(&s, enc, rng, bits, n));
    for (size_t i = 0; i < 2; i++) {
        SC_CT_PUBLIC(s.B[i], 8 * sc_n2_words(sc_he_n2(pk), n));
    }
    SC_TRY(challenge(bytes, pk, context, c, s.B));
    sc_sigma_get(e, bytes);
    SC_TRY(sc_buf_put(out, bytes, E_LEN));
    for (size_t j = 0; j < n; j++) {
        answer(&s, pk, e, bits[j], alphas + sc_noise_words(pk) * j, j);
        SC_TRY(put(out, pk, &s, j));
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    close_branches(&s);
    return err;
}

/* ---- the verifier ------------------------------------------------------------ */

static void get(branches *s, const sc_he_public *pk, const uint8_t *proof,
                size_t n)
{
    const size_t words = sc_sigma_words(pk);
    const uint8_t *at = proof + E_LEN;
    uint64_t e[E_WORDS];

    sc_sigma_get(e, proof);
    for (size_t j = 0; j < n; j++) {
        uint64_t *e0 = s->e[0] + E_WORDS * j;

        sc_sigma_get(e0, at);
        subtract(s->e[1] + E_WORDS * j, e, e0);
        at += E_LEN;
        for (size_t i = 0; i < 2; i++) {
            sc_words_get(s->answers[i] + words * j, words, at);
            at += 8 * words;
        }
    }
}

/* u = c / (1 + n). */
static sc_err take_one(const sc_he_public *pk, uint64_t *u, const sc_cipher *c)
{
    const size_t n = sc_cipher_count(c), L = sc_he_limbs(pk);
    uint64_t *m = sc_alloc(n * L, 8);

    if (m == NULL) {
        return SC_E_MEM;
    }
    for (size_t j = 0; j < n; j++) { /* (1 + n)^(n - 1) */
        memcpy(m + L * j, sc_he_modulus(pk), 8 * L);
        m[L * j]--;
    }
    sc_n2_one_plus(sc_he_n2(pk), u, m, n);
    sc_n2_mul(sc_he_n2(pk), u, u, sc_cipher_words_const(c), n);
    sc_free(m);
    return SC_OK;
}

sc_err sc_check_bits(const sc_encryptor *enc, sc_bytes context,
                     const sc_cipher *c, sc_bytes proof)
{
    const sc_he_public *pk = sc_encryptor_key(enc);
    const size_t n = sc_cipher_count(c);
    const sc_n2 *n2 = sc_he_n2(pk);
    const uint64_t *u[2] = {sc_cipher_words_const(c), NULL};
    uint64_t *ones = NULL, *less = NULL;
    uint8_t again[E_LEN];
    sc_cipher *one = NULL; /* ciphertexts of 0 without noise */
    branches s = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(n <= SC_SIGMA_MAX && sc_he_same_modulus(pk, sc_cipher_key(c)),
               SC_E_ARG);
    SC_REQUIRE(proof.len == sc_prove_bits_len(pk, n), SC_E_WIRE);
    SC_TRY(open_branches(&s, pk, n));
    SC_TRY(sc_cipher_new(&one, pk, n));
    ones = sc_cipher_words(one);
    less = sc_alloc_aligned(sc_n2_words(n2, n), 8);
    SC_REQUIRE(less != NULL, SC_E_MEM);
    SC_TRY(take_one(pk, less, c));
    u[1] = less;
    get(&s, pk, proof.p, n);
    for (size_t i = 0; i < 2; i++) {
        SC_TRY(sc_sigma_first(enc, s.B[i], ones, s.answers[i], u[i], s.e[i],
                              E_WORDS, n));
    }
    SC_TRY(challenge(again, pk, context, c, s.B));
    err = memcmp(again, proof.p, sizeof again) == 0 ? SC_OK : SC_E_CHEAT;
out:
    sc_free(less);
    sc_cipher_free(&one);
    close_branches(&s);
    return err;
}
