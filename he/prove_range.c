/* he/prove_range.c: the box of the header, for vectors. Powers of u are those of hs to
 * twice the exponent, of which the encryptor has a table. */
#include "he/prove_range.h"

#include <gmp.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/draw.h"
#include "he/sigma.h"
#include "he/words.h"

#define KIND      "sharechain/he/range/1"
#define E_WORDS   SC_CHALLENGE_WORDS
#define E_LEN     SC_CHALLENGE_LEN
#define SUM_WORDS (SC_RANGE_MAX_WORDS + 1)

/* Bytes of one ciphertext's part. */
static size_t step_of(const sc_range *r)
{
    const sc_he_public *pk = sc_range_public(r);

    return sc_cipher_len(pk) + 8 * sc_range_words(r) * sc_range_slots(r) +
           2 * sc_sigma_len(pk);
}

size_t sc_prove_range_len(const sc_range *r, size_t n)
{
    return E_LEN + n * step_of(r);
}

static sc_err put_elements(sc_challenge *hash, const sc_cipher *a)
{
    return sc_challenge_put_elements(hash, sc_cipher_key(a),
                                     sc_cipher_words_const(a),
                                     sc_cipher_count(a));
}

/* What both sides hold of n ciphertexts. Slot k's numbers z are n of them, behind
 * slot k - 1's. */
typedef struct {
    size_t n;
    sc_cipher *S, *A, *T; /* elements */
    uint64_t *z;          /* a_k, then z_k */
    uint64_t *b, *d;      /* beta and nu, then b and d */
    uint64_t *m;          /* the sums of 2^(width*k) * z_k */
    uint64_t *twice;      /* an exponent of u as one of hs */
    size_t z_size, answer_size, m_size;
} sides;

static sc_err open_sides(sides *s, const sc_range *r, size_t n)
{
    const sc_he_public *pk = sc_range_public(r);
    sc_err err = SC_E_BUG;

    s->n = n;
    s->z_size = 8 * sc_range_words(r) * sc_range_slots(r) * n;
    s->answer_size = 8 * sc_sigma_words(pk) * n;
    s->m_size = 8 * sc_he_limbs(pk) * n;
    SC_TRY(sc_cipher_new(&s->A, pk, n)); /* ones */
    SC_TRY(sc_cipher_new(&s->T, pk, n));
    s->z = sc_alloc(s->z_size, 1);
    s->b = sc_alloc(s->answer_size, 1);
    s->d = sc_alloc(s->answer_size, 1);
    s->m = sc_alloc(s->m_size, 1);
    s->twice = sc_alloc(s->answer_size, 1);
    SC_REQUIRE(s->z != NULL && s->b != NULL && s->d != NULL && s->m != NULL &&
                   s->twice != NULL,
               SC_E_MEM);
    err = SC_OK;
out:
    return err;
}

static void free_wiped(uint64_t *x, size_t size)
{
    if (x != NULL) {
        sc_wipe(x, size);
    }
    sc_free(x);
}

static void close_sides(sides *s)
{
    sc_cipher_free(&s->S);
    sc_cipher_free(&s->A);
    sc_cipher_free(&s->T);
    free_wiped(s->z, s->z_size);
    free_wiped(s->b, s->answer_size);
    free_wiped(s->d, s->answer_size);
    free_wiped(s->m, s->m_size);
    free_wiped(s->twice, s->answer_size);
}

static sc_err challenge(uint8_t e[static E_LEN], const sc_range *r,
                        sc_bytes context, const sc_cipher *c, const sides *s)
{
    sc_challenge hash = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_challenge_new(&hash, KIND, context));
    sc_challenge_put_key(&hash, sc_range_public(r));
    SC_TRY(put_elements(&hash, sc_threshold_ranges(sc_range_key(r))));
    sc_challenge_put_number(&hash, sc_range_value_bits(r));
    sc_challenge_put_number(&hash, sc_range_width(r));
    sc_challenge_put_number(&hash, sc_range_slots(r));
    SC_TRY(put_elements(&hash, c));
    SC_TRY(put_elements(&hash, s->S));
    SC_TRY(put_elements(&hash, s->A));
    SC_TRY(put_elements(&hash, s->T));
    sc_challenge_draw(&hash, e);
    err = SC_OK;
out:
    sc_challenge_free(&hash);
    return err;
}

/* ---- the prover ------------------------------------------------------------- */

static size_t nu_bits(const sc_he_public *pk)
{
    return sc_sigma_bits(pk) - 2;
}

static sc_err draw_sides(sides *s, uint64_t *mus, const sc_range *r,
                         sc_rng *rng)
{
    const sc_he_public *pk = sc_range_public(r);
    sc_err err = SC_E_BUG;

    SC_TRY(sc_noise_draw(pk, rng, mus, s->n)); /* as long as alpha */
    SC_TRY(sc_draw_bits(rng, s->z, sc_range_bits(r), sc_range_slots(r) * s->n));
    SC_TRY(sc_sigma_masks(pk, rng, s->b, s->n));
    SC_TRY(sc_draw_bits(rng, s->d, nu_bits(pk), s->n));
    err = SC_OK;
out:
    return err;
}

/* S of x and mu. */
static sc_err commit(sides *s, const sc_range *r, const sc_u128 *x,
                     const uint64_t *mus)
{
    const sc_he_public *pk = sc_range_public(r);
    const size_t bits = sc_range_value_bits(r);
    uint64_t *own = sc_range_by_slots(r, x, s->n);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(own != NULL, SC_E_MEM);
    SC_TRY(sc_cipher_new(&s->S, pk, s->n)); /* ones */
    SC_TRY(sc_range_mul(r, sc_cipher_words(s->S), own, bits, s->n));
    SC_TRY(sc_range_mul_u(r, sc_cipher_words(s->S), s->twice, mus,
                          sc_he_bits(pk) / 2, s->n));
    err = SC_OK;
out:
    free_wiped(own, s->n * sc_range_slots(r) * ((bits + 63) / 64) * 8);
    return err;
}

/* A and T of the masks. */
static sc_err make_first(sides *s, const sc_range *r)
{
    const sc_he_public *pk = sc_range_public(r);
    uint64_t *A = sc_cipher_words(s->A), *T = sc_cipher_words(s->T);
    sc_err err = SC_E_BUG;

    sc_range_place(r, s->m, s->z, sc_range_bits(r), s->n);
    sc_n2_one_plus(sc_he_n2(pk), A, s->m, s->n);
    SC_TRY(
        sc_noise_mul(sc_range_encryptor(r), A, s->b, sc_sigma_bits(pk), s->n));
    SC_TRY(sc_range_mul(r, T, s->z, sc_range_bits(r), s->n));
    SC_TRY(sc_range_mul_u(r, T, s->twice, s->d, nu_bits(pk), s->n));
    err = SC_OK;
out:
    return err;
}

/* z = z + e*x; not 0 if it is not in [2^(V+128), 2^(V+160)). */
static uint64_t answer_value(const sc_range *r, uint64_t *z,
                             const uint64_t e[static E_WORDS], sc_u128 x)
{
    const size_t words = sc_range_words(r);
    uint64_t sum[SUM_WORDS] = {0}, product[SUM_WORDS] = {0}, itch[64];
    uint64_t v[2] = {(uint64_t)x, (uint64_t)(x >> 64)}, above;

    SC_ASSERT(mpn_sec_mul_itch(2, E_WORDS) <= (mp_size_t)(sizeof itch / 8));
    memcpy(sum, z, 8 * words);
    mpn_sec_mul(product, v, 2, e, E_WORDS, itch);
    (void)mpn_add_n(sum, sum, product, SUM_WORDS);
    memcpy(z, sum, 8 * words);
    above = sc_words_long_bits(sum, SUM_WORDS,
                               sc_range_value_bits(r) + SC_CHALLENGE_BITS, 63);
    sc_wipe(sum, sizeof sum);
    sc_wipe(product, sizeof product);
    sc_wipe(itch, sizeof itch);
    sc_wipe(v, sizeof v);
    return sc_mask_equal(above, 0) |
           above >> (SC_RANGE_SLACK - SC_CHALLENGE_BITS);
}

/* All answers; 1 if they may be shown. */
static int answer(sides *s, const sc_range *r, const uint64_t e[static E_WORDS],
                  const sc_u128 *x, const uint64_t *alphas, const uint64_t *mus)
{
    const sc_he_public *pk = sc_range_public(r);
    const size_t slots = sc_range_slots(r), half = sc_noise_words(pk);
    uint64_t is_bad = 0;

    for (size_t i = 0; i < s->n; i++) {
        uint64_t *b = s->b + sc_sigma_words(pk) * i;
        uint64_t *d = s->d + sc_sigma_words(pk) * i;

        for (size_t k = 0; k < slots; k++) {
            uint64_t *z = s->z + sc_range_words(r) * (s->n * k + i);

            is_bad |= answer_value(r, z, e, x[slots * i + k]);
        }
        sc_sigma_answer(pk, b, b, e, alphas + half * i);
        sc_sigma_answer(pk, d, d, e, mus + half * i);
    }
    /* As likely for one x as for another: see the header. */
    SC_CT_PUBLIC(&is_bad, sizeof is_bad);
    return is_bad == 0;
}

static sc_err put_words(sc_buf *out, const uint64_t *x, size_t n_words)
{
    uint8_t bytes[16 * SC_HE_MAX_LIMBS];

    SC_CT_PUBLIC(x, 8 * n_words); /* an answer: masked, and sent */
    sc_words_put(bytes, x, n_words);
    return sc_buf_put(out, bytes, 8 * n_words);
}

static sc_err put_proof(sc_buf *out, const sc_range *r,
                        const uint8_t e[static E_LEN], const sides *s)
{
    const sc_he_public *pk = sc_range_public(r);
    const size_t len = sc_cipher_len(pk), words = sc_sigma_words(pk);
    const size_t z_words = sc_range_words(r);
    sc_err err = SC_E_BUG;
    sc_buf S = {0};

    SC_TRY(sc_cipher_put(&S, s->S));
    SC_TRY(sc_buf_put(out, e, E_LEN));
    for (size_t i = 0; i < s->n; i++) {
        SC_TRY(sc_buf_put(out, S.p + len * i, len));
        for (size_t k = 0; k < sc_range_slots(r); k++) {
            SC_TRY(put_words(out, s->z + z_words * (s->n * k + i), z_words));
        }
        SC_TRY(put_words(out, s->b + words * i, words));
        SC_TRY(put_words(out, s->d + words * i, words));
    }
    err = SC_OK;
out:
    sc_buf_clear(&S);
    return err;
}

/* One try; *is_done tells if out has got the proof. */
static sc_err try_once(int *is_done, const sc_range *r, sc_rng *rng,
                       sc_bytes context, const sc_cipher *c, const sc_u128 *x,
                       const uint64_t *alphas, sc_buf *out)
{
    const sc_he_public *pk = sc_range_public(r);
    const size_t n = sc_cipher_count(c), size = sc_n2_words(sc_he_n2(pk), n);
    uint64_t *mus = sc_alloc(n, 8 * sc_noise_words(pk));
    uint64_t number[E_WORDS];
    uint8_t e[E_LEN];
    sides s = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(mus != NULL, SC_E_MEM);
    SC_TRY(open_sides(&s, r, n));
    SC_TRY(draw_sides(&s, mus, r, rng));
    SC_TRY(commit(&s, r, x, mus));
    SC_TRY(make_first(&s, r));
    SC_CT_PUBLIC(sc_cipher_words(s.S), 8 * size); /* hashed, then sent */
    SC_CT_PUBLIC(sc_cipher_words(s.A), 8 * size);
    SC_CT_PUBLIC(sc_cipher_words(s.T), 8 * size);
    SC_TRY(challenge(e, r, context, c, &s));
    sc_sigma_get(number, e);
    *is_done = answer(&s, r, number, x, alphas, mus);
    if (*is_done) {
        SC_TRY(put_proof(out, r, e, &s));
    }
    err = SC_OK;
out:
    free_wiped(mus, 8 * sc_noise_words(pk) * n);
    close_sides(&s);
    return err;
}

sc_err sc_prove_range(const sc_range *r, sc_rng *rng, sc_bytes context,
                      const sc_cipher *c, const sc_u128 *x,
                      const uint64_t *alphas, sc_buf *out)
{
    const size_t n = sc_cipher_count(c), was = out->len;
    sc_err err = SC_E_BUG;
    int is_done = 0;

    SC_REQUIRE(n <= SC_SIGMA_MAX &&
                   sc_he_same_modulus(sc_range_public(r), sc_cipher_key(c)),
               SC_E_ARG);
    SC_TRY(sc_range_check_values(r, x, n));
    for (size_t i = 0; !is_done && i < SC_RANGE_TRIES; i++) {
        SC_TRY(try_once(&is_done, r, rng, context, c, x, alphas, out));
    }
    SC_REQUIRE(is_done, SC_E_RNG);
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    return err;
}

/* ---- the verifier ------------------------------------------------------------ */

/* Is z in [2^(V+128), 2^(V+160))? */
static int is_answer(const sc_range *r, const uint64_t *z)
{
    const size_t from = sc_range_value_bits(r) + SC_CHALLENGE_BITS;
    const size_t n_words = sc_range_words(r);

    return sc_words_some_bits(z, n_words, from, sc_range_bits(r)) != 0 &&
           sc_words_some_bits(z, n_words, sc_range_bits(r), 64 * n_words) == 0;
}

/* S, z, b and d of a proof of the right length. */
static sc_err get_proof(sides *s, const sc_range *r, const uint8_t *at)
{
    const sc_he_public *pk = sc_range_public(r);
    const size_t len = sc_cipher_len(pk), words = sc_sigma_words(pk);
    const size_t z_words = sc_range_words(r), slots = sc_range_slots(r);
    sc_err err = SC_E_BUG;
    sc_buf S = {0};

    for (size_t i = 0; i < s->n; i++, at += 8 * words) {
        SC_TRY(sc_buf_put(&S, at, len));
        at += len;
        for (size_t k = 0; k < slots; k++, at += 8 * z_words) {
            uint64_t *z = s->z + z_words * (s->n * k + i);

            sc_words_get(z, z_words, at);
            SC_REQUIRE(is_answer(r, z), SC_E_WIRE);
        }
        sc_words_get(s->b + words * i, words, at);
        at += 8 * words;
        sc_words_get(s->d + words * i, words, at);
        SC_REQUIRE(at[0] < 0x80, SC_E_WIRE); /* 2*d is in the table's reach */
    }
    SC_TRY(sc_cipher_get(&s->S, pk, sc_buf_bytes(&S)));
    err = SC_OK;
out:
    sc_buf_clear(&S);
    return err;
}

/* A and T again, of the answers. */
static sc_err make_again(sides *s, const sc_range *r, const sc_cipher *c,
                         const uint64_t e[static E_WORDS])
{
    const sc_he_public *pk = sc_range_public(r);
    const sc_encryptor *enc = sc_range_encryptor(r);
    uint64_t *A = sc_cipher_words(s->A), *T = sc_cipher_words(s->T);
    sc_err err = SC_E_BUG;

    sc_range_place(r, s->m, s->z, sc_range_bits(r), s->n);
    sc_n2_one_plus(sc_he_n2(pk), A, s->m, s->n);
    SC_TRY(
        sc_sigma_first(enc, A, A, s->b, sc_cipher_words_const(c), e, 0, s->n));
    SC_TRY(sc_range_mul(r, T, s->z, sc_range_bits(r), s->n));
    sc_range_double(s->twice, s->d, sc_sigma_bits(pk) - 1, s->n);
    SC_TRY(sc_sigma_first(enc, T, T, s->twice, sc_cipher_words_const(s->S), e,
                          0, s->n));
    err = SC_OK;
out:
    return err;
}

sc_err sc_check_range(const sc_range *r, sc_bytes context, const sc_cipher *c,
                      sc_bytes proof)
{
    const size_t n = sc_cipher_count(c);
    uint8_t again[E_LEN];
    uint64_t e[E_WORDS];
    sides s = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(n <= SC_SIGMA_MAX &&
                   sc_he_same_modulus(sc_range_public(r), sc_cipher_key(c)),
               SC_E_ARG);
    SC_REQUIRE(proof.len == sc_prove_range_len(r, n), SC_E_WIRE);
    SC_TRY(open_sides(&s, r, n));
    SC_TRY(get_proof(&s, r, proof.p + E_LEN));
    sc_sigma_get(e, proof.p);
    SC_TRY(make_again(&s, r, c, e));
    SC_TRY(challenge(again, r, context, c, &s));
    err = memcmp(again, proof.p, sizeof again) == 0 ? SC_OK : SC_E_CHEAT;
out:
    close_sides(&s);
    return err;
}
