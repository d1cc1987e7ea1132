/* mpc/ctsum_bits.c: see the header. */
#include "mpc/ctsum_bits.h"

#include "base/mem.h"
#include "he/from_bits.h"
#include "he/prove_bits.h"
#include "mpc/ctsum_shape.h"

/* The context of ciphertext number i. */
static sc_err context_of(sc_buf *out, sc_bytes context, size_t i)
{
    uint8_t number[8];
    sc_err err = SC_E_BUG;

    sc_store_be64(number, i);
    sc_buf_reset(out);
    SC_TRY(sc_buf_put(out, context.p, context.len));
    SC_TRY(sc_buf_put(out, number, sizeof number));
    err = SC_OK;
out:
    return err;
}

/* ---- made --------------------------------------------------------------------- */

/* Of the bits of one ciphertext's values; secret. */
typedef struct {
    uint64_t (*slots)[3];
    uint8_t *bits;
    uint64_t *m, *alphas;
    size_t n_values, n_bits, m_len, alphas_len;
} bit_secrets;

static sc_err open_bits(bit_secrets *t, const sc_he_public *pk, size_t n_values,
                        size_t value_bits)
{
    t->n_values = n_values;
    t->n_bits = n_values * value_bits;
    t->m_len = 8 * t->n_bits * sc_he_limbs(pk);
    t->alphas_len = 8 * t->n_bits * sc_noise_words(pk);
    t->slots = sc_alloc(n_values, sizeof *t->slots);
    t->bits = sc_alloc(t->n_bits, 1);
    t->m = sc_alloc(t->m_len, 1);
    t->alphas = sc_alloc(t->alphas_len, 1);
    return t->slots == NULL || t->bits == NULL || t->m == NULL ||
                   t->alphas == NULL
               ? SC_E_MEM
               : SC_OK;
}

static void close_bits(bit_secrets *t)
{
    sc_wipe_free(t->slots, t->n_values * sizeof *t->slots);
    sc_wipe_free(t->bits, t->n_bits);
    sc_wipe_free(t->m, t->m_len);
    sc_wipe_free(t->alphas, t->alphas_len);
}

static sc_err fill(bit_secrets *t, const sc_ctsum_shape *s, const sc_u128 *y,
                   sc_rng *rng, size_t n_limbs)
{
    uint64_t u = 0;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < t->n_values; i++) {
        SC_TRY(sc_rng_bytes(rng, &u, sizeof u));
        sc_ctsum_slot(t->slots[i], y[i], u, s->ring_bits);
    }
    sc_bits_of(t->bits, (const uint64_t(*)[3])t->slots, sc_ctsum_value_bits(s),
               t->n_values);
    for (size_t i = 0; i < t->n_bits; i++) {
        t->m[i * n_limbs] = t->bits[i]; /* the other words are 0 */
    }
    err = SC_OK;
out:
    sc_wipe(&u, sizeof u);
    return err;
}

/* Bits of n_values values, and their proof. */
static sc_err put(const sc_encryptor *e, const sc_ctsum_shape *s, sc_rng *rng,
                  sc_bytes context, const sc_u128 *y, size_t n_values,
                  sc_buf *out)
{
    const sc_he_public *pk = sc_encryptor_key(e);
    sc_cipher *c = NULL;
    bit_secrets t = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(open_bits(&t, pk, n_values, sc_ctsum_value_bits(s)));
    SC_TRY(fill(&t, s, y, rng, sc_he_limbs(pk)));
    SC_TRY(sc_cipher_new(&c, pk, t.n_bits));
    SC_TRY(sc_noise_draw(pk, rng, t.alphas, t.n_bits));
    SC_TRY(sc_encrypt_with(e, c, t.m, t.alphas));
    SC_TRY(sc_cipher_put(out, c));
    SC_TRY(sc_prove_bits(e, rng, context, c, t.bits, t.alphas, out));
    err = SC_OK;
out:
    sc_cipher_free(&c);
    close_bits(&t);
    return err;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

sc_err sc_ctsum_bits_entry(const sc_encryptor *e, const sc_ctsum_shape *s,
                           sc_rng *rng, sc_bytes context, const sc_u128 *y,
                           sc_buf *out)
{
    const size_t slots = sc_ctsum_slots(s);
    sc_buf own = {0};
    sc_err err = SC_E_BUG;

    for (size_t at = 0; at < s->n_values; at += slots) {
        SC_TRY(context_of(&own, context, at / slots));
        SC_TRY(put(e, s, rng, sc_buf_bytes(&own), y + at,
                   least(slots, s->n_values - at), out));
    }
    err = SC_OK;
out:
    sc_buf_clear(&own);
    return err;
}

/* ---- taken -------------------------------------------------------------------- */

/* Ciphertext number i, of n_values values' bits in front of their proof. */
static sc_err take(sc_cipher *c, size_t i, const sc_encryptor *e,
                   const sc_ctsum_shape *s, sc_bytes context, sc_bytes in,
                   size_t n_values)
{
    const size_t proof = sc_ctsum_bits_proof_len(s, n_values);
    const size_t len = in.len - proof;
    sc_cipher *bits = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_cipher_get(&bits, sc_encryptor_key(e), (sc_bytes){in.p, len}));
    SC_TRY(sc_check_bits(e, context, bits, (sc_bytes){in.p + len, proof}));
    SC_TRY(sc_cipher_from_bits(c, i, bits, sc_ctsum_value_bits(s),
                               sc_ctsum_width(s)));
    err = SC_OK;
out:
    sc_cipher_free(&bits);
    return err;
}

sc_err sc_ctsum_bits_take(const sc_encryptor *e, const sc_ctsum_shape *s,
                          sc_bytes context, sc_bytes entry, sc_cipher **c)
{
    const size_t slots = sc_ctsum_slots(s);
    sc_buf own = {0};
    sc_err err = SC_E_BUG;

    *c = NULL;
    SC_REQUIRE(sc_ctsum_is_padded(entry, sc_ctsum_bare_len(s)), SC_E_WIRE);
    SC_TRY(sc_cipher_new(c, sc_encryptor_key(e), sc_ctsum_ciphers(s)));
    for (size_t at = 0; at < s->n_values; at += slots) {
        const size_t n_values = least(slots, s->n_values - at);
        const size_t len = sc_ctsum_bits_len(s, n_values);

        SC_TRY(context_of(&own, context, at / slots));
        SC_TRY(take(*c, at / slots, e, s, sc_buf_bytes(&own),
                    (sc_bytes){entry.p, len}, n_values));
        entry.p += len;
    }
    err = SC_OK;
out:
    sc_buf_clear(&own);
    if (err != SC_OK) {
        sc_cipher_free(c);
    }
    return err;
}
