/* mpc/ctsum.c: the box of the header.
 *
 * A slot is written and read as words of the plaintext at public places, so that
 * neither time nor addresses depend on what it holds. */
#include "mpc/ctsum.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "he/prove_part.h"
#include "he/prove_plain.h"
#include "he/sigma.h"

#define WORD  ((size_t)16) /* bytes to which entries and parts are filled up */
#define SPARE SC_CTSUM_SPARE

struct sc_ctsum {
    sc_ctsum_shape shape;
    const sc_threshold *key;
    const sc_encryptor *e;
};

/* ---- shape ---------------------------------------------------------------- */

static size_t ceil_log2(size_t n)
{
    size_t bits = 0;

    while (((size_t)1 << bits) < n) {
        bits++;
    }
    return bits;
}

static size_t whole_words(size_t len)
{
    return (len + WORD - 1) / WORD * WORD;
}

size_t sc_ctsum_width(const sc_ctsum_shape *s)
{
    return s->ring_bits + SPARE + ceil_log2(s->n_parties);
}

size_t sc_ctsum_slots(const sc_ctsum_shape *s)
{
    return (s->key_bits - 1) / sc_ctsum_width(s);
}

size_t sc_ctsum_ciphers(const sc_ctsum_shape *s)
{
    const size_t slots = sc_ctsum_slots(s);

    return (s->n_values + slots - 1) / slots;
}

/* Bytes of n ciphertexts, and of the proofs that he/prove_plain.h and
 * he/prove_part.h have. */
static size_t ciphers_len(const sc_ctsum_shape *s)
{
    return sc_ctsum_ciphers(s) * (s->key_bits / 4);
}

static size_t entry_proof_len(const sc_ctsum_shape *s)
{
    const size_t m = s->key_bits / 8;
    const size_t answer = (s->key_bits / 2 + SC_NOISE_MORE_BITS) / 8;

    return SC_CHALLENGE_LEN + sc_ctsum_ciphers(s) * (m + answer);
}

static size_t part_proof_len(const sc_ctsum_shape *s)
{
    return SC_CHALLENGE_LEN + (2 * s->key_bits + 64 + 256) / 8;
}

size_t sc_ctsum_entry_len(const sc_ctsum_shape *s)
{
    return whole_words(ciphers_len(s) + entry_proof_len(s));
}

size_t sc_ctsum_part_len(const sc_ctsum_shape *s)
{
    return whole_words(ciphers_len(s) + part_proof_len(s));
}

sc_err sc_ctsum_new(sc_ctsum **s, const sc_threshold *key,
                    const sc_encryptor *e, const sc_ctsum_shape *shape)
{
    const sc_he_public *pk = sc_threshold_public(key);

    *s = NULL;
    if ((shape->ring_bits != 64 && shape->ring_bits != 128) ||
        shape->n_values < 1 || shape->n_values > SC_CTSUM_MAX ||
        shape->n_parties < 2 || shape->n_parties > SC_MAX_PARTIES ||
        shape->key_bits != sc_he_bits(pk) ||
        !sc_he_same_modulus(pk, sc_encryptor_key(e))) {
        return SC_E_ARG;
    }
    SC_ASSERT(entry_proof_len(shape) ==
                  sc_prove_plain_len(pk, sc_ctsum_ciphers(shape)) &&
              part_proof_len(shape) == sc_prove_part_len(key));
    *s = sc_alloc(1, sizeof **s);
    if (*s == NULL) {
        return SC_E_MEM;
    }
    **s = (sc_ctsum){.shape = *shape, .key = key, .e = e};
    return SC_OK;
}

void sc_ctsum_free(sc_ctsum **s)
{
    sc_free(*s);
    *s = NULL;
}

/* ---- slots ------------------------------------------------------------------ */

/* OR the words of v into m, from bit `at` on; there is room. */
static void put_bits(uint64_t *m, size_t at, const uint64_t v[static 3])
{
    const size_t word = at / 64, shift = at % 64;

    for (size_t i = 0; i < 3; i++) {
        m[word + i] |= v[i] << shift;
        if (shift > 0) {
            m[word + i + 1] |= v[i] >> (64 - shift);
        }
    }
}

/* r bits of m from bit `at` on, as a signed number. */
static sc_u128 get_signed(const uint64_t *m, size_t at, unsigned ring_bits)
{
    const size_t word = at / 64, shift = at % 64;
    uint64_t v[2];

    for (size_t i = 0; i < 2; i++) {
        v[i] = m[word + i] >> shift;
        v[i] |= shift > 0 ? m[word + i + 1] << (64 - shift) : 0;
    }
    if (ring_bits == 64) {
        v[1] = 0 - (v[0] >> 63);
    }
    return (sc_u128)v[1] << 64 | v[0];
}

/* y + 2^r * u, u of 40 bits. */
static void slot_of(uint64_t v[static 3], sc_u128 y, uint64_t u,
                    unsigned ring_bits)
{
    u &= ((uint64_t)1 << SPARE) - 1;
    v[0] = (uint64_t)y;
    v[1] = ring_bits == 64 ? u : (uint64_t)(y >> 64);
    v[2] = ring_bits == 64 ? 0 : u;
}

/* A plaintext's words, and some behind it so that no slot is cut. */
#define ROOM (SC_HE_MAX_LIMBS + 4)

static sc_err fill_plaintexts(const sc_ctsum *s, uint64_t *m, const sc_u128 *y,
                              sc_rng *rng)
{
    const sc_ctsum_shape *shape = &s->shape;
    const size_t L = shape->key_bits / 64, slots = sc_ctsum_slots(shape);
    const size_t width = sc_ctsum_width(shape);
    uint64_t one[ROOM], u = 0, v[3];
    sc_err err = SC_E_BUG;

    for (size_t at = 0; at < shape->n_values; at += slots, m += L) {
        memset(one, 0, sizeof one);
        for (size_t k = 0; k < slots && at + k < shape->n_values; k++) {
            SC_TRY(sc_rng_bytes(rng, &u, sizeof u));
            slot_of(v, y[at + k], u, shape->ring_bits);
            put_bits(one, k * width, v);
        }
        memcpy(m, one, 8 * L);
    }
    err = SC_OK;
out:
    sc_wipe(one, sizeof one);
    sc_wipe(&u, sizeof u);
    sc_wipe(v, sizeof v);
    return err;
}

/* ---- 1. an entry ------------------------------------------------------------ */

static sc_err pad(sc_buf *out, size_t start)
{
    static const uint8_t zeros[WORD];
    const size_t len = out->len - start;

    return sc_buf_put(out, zeros, whole_words(len) - len);
}

/* Ciphertexts of m and their proof. */
static sc_err seal(const sc_ctsum *s, sc_rng *rng, sc_bytes context,
                   const uint64_t *m, uint64_t *alphas, sc_buf *out)
{
    const size_t n = sc_ctsum_ciphers(&s->shape), start = out->len;
    const sc_he_public *pk = sc_threshold_public(s->key);
    sc_cipher *c = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_cipher_new(&c, pk, n));
    SC_TRY(sc_noise_draw(pk, rng, alphas, n));
    SC_TRY(sc_encrypt_with(s->e, c, m, alphas));
    SC_TRY(sc_cipher_put(out, c));
    SC_TRY(sc_prove_plain(s->e, rng, context, c, m, alphas, out));
    SC_TRY(pad(out, start));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    sc_cipher_free(&c);
    return err;
}

sc_err sc_ctsum_entry(const sc_ctsum *s, sc_rng *rng, sc_bytes context,
                      const sc_u128 *y, sc_buf *out)
{
    const sc_he_public *pk = sc_threshold_public(s->key);
    const size_t n = sc_ctsum_ciphers(&s->shape);
    const size_t m_len = 8 * n * sc_he_limbs(pk);
    const size_t alphas_len = 8 * n * sc_noise_words(pk);
    uint64_t *m = sc_alloc(m_len, 1), *alphas = sc_alloc(alphas_len, 1);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(m != NULL && alphas != NULL, SC_E_MEM);
    SC_TRY(fill_plaintexts(s, m, y, rng));
    SC_TRY(seal(s, rng, context, m, alphas, out));
    err = SC_OK;
out:
    if (m != NULL) {
        sc_wipe(m, m_len);
    }
    if (alphas != NULL) {
        sc_wipe(alphas, alphas_len);
    }
    sc_free(m);
    sc_free(alphas);
    return err;
}

/* ---- 2. to 4. ---------------------------------------------------------------- */

static int are_zero(sc_bytes b)
{
    uint8_t any = 0;

    for (size_t i = 0; i < b.len; i++) {
        any |= b.p[i];
    }
    return any == 0;
}

/* Ciphertexts, and in *proof what follows them; zeros behind it. */
static sc_err take(const sc_ctsum *s, sc_cipher **c, sc_bytes *proof,
                   size_t proof_len, sc_bytes in)
{
    const size_t len = ciphers_len(&s->shape);

    *c = NULL;
    if (in.len != whole_words(len + proof_len) ||
        !are_zero(
            (sc_bytes){in.p + len + proof_len, in.len - len - proof_len})) {
        return SC_E_WIRE;
    }
    *proof = (sc_bytes){in.p + len, proof_len};
    return sc_cipher_get(c, sc_threshold_public(s->key), (sc_bytes){in.p, len});
}

sc_err sc_ctsum_take_entry(const sc_ctsum *s, sc_bytes context, sc_bytes entry,
                           sc_cipher **c)
{
    sc_bytes proof;
    sc_err err = take(s, c, &proof, entry_proof_len(&s->shape), entry);

    SC_TRY(err);
    SC_TRY(sc_check_plain(s->e, context, *c, proof));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_cipher_free(c);
    }
    return err;
}

sc_err sc_ctsum_part(const sc_ctsum *s, const sc_share *share, sc_rng *rng,
                     sc_bytes context, const sc_cipher *sum, sc_buf *out)
{
    const size_t start = out->len;
    sc_cipher *part = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_cipher_new(&part, sc_threshold_public(s->key),
                         sc_ctsum_ciphers(&s->shape)));
    SC_TRY(sc_threshold_part(s->key, share, sum, part));
    SC_TRY(sc_cipher_put(out, part));
    SC_TRY(sc_prove_part(s->key, share, rng, context, sum, part, out));
    SC_TRY(pad(out, start));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    sc_cipher_free(&part);
    return err;
}

sc_err sc_ctsum_take_part(const sc_ctsum *s, size_t index, sc_bytes context,
                          const sc_cipher *sum, sc_bytes bytes,
                          sc_cipher **part)
{
    sc_bytes proof;
    sc_err err = take(s, part, &proof, part_proof_len(&s->shape), bytes);

    SC_TRY(err);
    SC_TRY(sc_check_part(s->key, index, context, sum, *part, proof));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_cipher_free(part);
    }
    return err;
}

sc_err sc_ctsum_open(const sc_ctsum *s, const size_t *indices,
                     const sc_cipher *const *parts, sc_u128 *sums)
{
    const sc_ctsum_shape *shape = &s->shape;
    const size_t L = shape->key_bits / 64, slots = sc_ctsum_slots(shape);
    const size_t width = sc_ctsum_width(shape);
    uint64_t *m = sc_alloc(sc_ctsum_ciphers(shape) * L, 8), one[ROOM];
    sc_err err = SC_E_BUG;

    memset(sums, 0, shape->n_values * sizeof *sums);
    SC_REQUIRE(m != NULL, SC_E_MEM);
    SC_TRY(sc_threshold_combine(s->key, indices, parts, m));
    for (size_t i = 0; i < shape->n_values; i++) {
        memset(one, 0, sizeof one);
        memcpy(one, m + i / slots * L, 8 * L);
        sums[i] = get_signed(one, i % slots * width, shape->ring_bits);
    }
    err = SC_OK;
out:
    sc_free(m);
    return err;
}
