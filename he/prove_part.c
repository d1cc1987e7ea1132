/* he/prove_part.c: the box of the header. v goes first among the bases: all are raised
 * to the same exponent at once. */
#include "he/prove_part.h"

#include <gmp.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/draw.h"
#include "he/power.h"
#include "he/words.h"

#define KIND       "sharechain/he/part/1"
#define E_WORDS    SC_CHALLENGE_WORDS
#define MORE_WORDS 4 /* of z above x */
#define MAX_WORDS  (SC_THRESHOLD_MAX_WORDS + MORE_WORDS)

static size_t answer_words(const sc_threshold *key)
{
    return sc_threshold_words(key) + MORE_WORDS;
}

size_t sc_prove_part_len(const sc_threshold *key)
{
    return SC_CHALLENGE_LEN + 8 * answer_words(key);
}

/* Elements behind one another. */
typedef struct {
    size_t n;
    uint64_t *bases;  /* v, all c^4 */
    uint64_t *powers; /* v_i, all d^2: these to the x */
    uint64_t *first;  /* A, all B: these to the r */
} statement;

/* out = the `which`-th of heads, then all of tails to the power 2^n_squares. */
static sc_err join(const sc_n2 *n2, uint64_t *out, const sc_cipher *heads,
                   size_t which, const sc_cipher *tails, size_t n_squares)
{
    const size_t n = sc_cipher_count(tails), size = sc_n2_words(n2, n);
    uint64_t *squares = sc_alloc_aligned(size, 8);

    if (squares == NULL) {
        return SC_E_MEM;
    }
    memcpy(squares, sc_cipher_words_const(tails), 8 * size);
    for (size_t i = 0; i < n_squares; i++) {
        sc_n2_sqr(n2, squares, squares, n);
    }
    sc_n2_copy(n2, out, 0, sc_cipher_words_const(heads), which);
    for (size_t i = 0; i < n; i++) {
        sc_n2_copy(n2, out, i + 1, squares, i);
    }
    sc_free(squares);
    return SC_OK;
}

static sc_err open_statement(statement *s, const sc_threshold *key,
                             size_t index, const sc_cipher *c,
                             const sc_cipher *parts)
{
    const sc_he_public *pk = sc_threshold_public(key);
    const sc_n2 *n2 = sc_he_n2(pk);
    size_t size;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(index >= 1 && index <= sc_threshold_parties(key) &&
                   sc_cipher_count(parts) == sc_cipher_count(c) &&
                   sc_he_same_modulus(pk, sc_cipher_key(c)) &&
                   sc_he_same_modulus(pk, sc_cipher_key(parts)),
               SC_E_ARG);
    s->n = sc_cipher_count(c) + 1;
    size = sc_n2_words(n2, s->n);
    s->bases = sc_alloc_aligned(size, 8);
    s->powers = sc_alloc_aligned(size, 8);
    s->first = sc_alloc_aligned(size, 8);
    SC_REQUIRE(s->bases != NULL && s->powers != NULL && s->first != NULL,
               SC_E_MEM);
    SC_TRY(join(n2, s->bases, sc_threshold_base(key), 0, c, 2));
    SC_TRY(join(n2, s->powers, sc_threshold_keys(key), index - 1, parts, 1));
    err = SC_OK;
out:
    return err;
}

static void close_statement(statement *s)
{
    sc_free(s->bases);
    sc_free(s->powers);
    sc_free(s->first);
}

static sc_err challenge(uint8_t e[static SC_CHALLENGE_LEN],
                        const sc_threshold *key, size_t index, sc_bytes context,
                        const sc_cipher *c, const sc_cipher *parts,
                        const statement *s)
{
    const sc_he_public *pk = sc_threshold_public(key);
    const size_t n = sc_cipher_count(c);
    sc_challenge hash = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_challenge_new(&hash, KIND, context));
    sc_challenge_put_key(&hash, pk);
    sc_challenge_put_number(&hash, index);
    SC_TRY(sc_challenge_put_elements(
        &hash, pk, sc_cipher_words_const(sc_threshold_base(key)), 1));
    SC_TRY(
        sc_challenge_put_elements(&hash, pk,
                                  sc_cipher_words_const(sc_threshold_keys(key)),
                                  sc_threshold_parties(key)));
    SC_TRY(sc_challenge_put_elements(&hash, pk, sc_cipher_words_const(c), n));
    SC_TRY(
        sc_challenge_put_elements(&hash, pk, sc_cipher_words_const(parts), n));
    SC_TRY(sc_challenge_put_elements(&hash, pk, s->first, s->n));
    sc_challenge_draw(&hash, e);
    err = SC_OK;
out:
    sc_challenge_free(&hash);
    return err;
}

/* ---- the prover ------------------------------------------------------------- */

/* r becomes z = r + e*x. */
static void answer(const sc_threshold *key, uint64_t *r, const uint8_t *bytes,
                   const sc_share *share)
{
    const mp_size_t n = (mp_size_t)sc_threshold_words(key);
    uint64_t x[SC_THRESHOLD_MAX_WORDS], e[E_WORDS];
    uint64_t product[MAX_WORDS] = {0}, itch[MAX_WORDS + 64];

    SC_ASSERT(mpn_sec_mul_itch(n, E_WORDS) <= (mp_size_t)(sizeof itch / 8));
    sc_threshold_exponent(key, x, share);
    sc_words_get(e, E_WORDS, bytes);
    mpn_sec_mul(product, x, n, e, E_WORDS, itch);
    (void)mpn_add_n(r, r, product, (mp_size_t)answer_words(key));
    sc_wipe(x, sizeof x);
    sc_wipe(product, sizeof product);
    sc_wipe(itch, sizeof itch);
}

sc_err sc_prove_part(const sc_threshold *key, const sc_share *share,
                     sc_rng *rng, sc_bytes context, const sc_cipher *c,
                     const sc_cipher *parts, sc_buf *out)
{
    const sc_he_public *pk = sc_threshold_public(key);
    const size_t words = answer_words(key), was = out->len;
    uint8_t e[SC_CHALLENGE_LEN], bytes[8 * MAX_WORDS];
    uint64_t r[MAX_WORDS];
    sc_err err = SC_E_BUG;
    statement s = {0};

    SC_TRY(open_statement(&s, key, share->index, c, parts));
    SC_TRY(sc_draw_bits(rng, r, 64 * words - 1, 1));
    SC_TRY(sc_n2_pow(sc_he_n2(pk), s.first, s.bases, s.n, r, 64 * words));
    SC_CT_PUBLIC(s.first, 8 * sc_n2_words(sc_he_n2(pk), s.n));
    SC_TRY(challenge(e, key, share->index, context, c, parts, &s));
    answer(key, r, e, share);
    SC_CT_PUBLIC(r, 8 * words); /* the answer */
    sc_words_put(bytes, r, words);
    SC_TRY(sc_buf_put(out, e, sizeof e));
    SC_TRY(sc_buf_put(out, bytes, 8 * words));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    sc_wipe(r, sizeof r);
    close_statement(&s);
    return err;
}

/* ---- the verifier ------------------------------------------------------------ */

sc_err sc_check_part(const sc_threshold *key, size_t index, sc_bytes context,
                     const sc_cipher *c, const sc_cipher *parts, sc_bytes proof)
{
    const sc_n2 *n2 = sc_he_n2(sc_threshold_public(key));
    const size_t words = answer_words(key);
    uint64_t e[E_WORDS], z[MAX_WORDS];
    uint8_t again[SC_CHALLENGE_LEN];
    sc_err err = SC_E_BUG;
    statement s = {0};

    SC_REQUIRE(proof.len == sc_prove_part_len(key), SC_E_WIRE);
    SC_TRY(open_statement(&s, key, index, c, parts));
    sc_words_get(e, E_WORDS, proof.p);
    sc_words_get(z, words, proof.p + SC_CHALLENGE_LEN);
    SC_TRY(sc_n2_pow(n2, s.first, s.bases, s.n, z, 64 * words));
    SC_TRY(sc_n2_pow(n2, s.bases, s.powers, s.n, e, SC_CHALLENGE_BITS));
    SC_TRY(sc_n2_invert_vartime(n2, s.bases, s.bases, s.n));
    sc_n2_mul(n2, s.first, s.first, s.bases, s.n);
    SC_TRY(challenge(again, key, index, context, c, parts, &s));
    err = memcmp(again, proof.p, sizeof again) == 0 ? SC_OK : SC_E_CHEAT;
out:
    close_statement(&s);
    return err;
}
