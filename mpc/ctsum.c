/* mpc/ctsum.c: the box of the header.
 *
 * A slot is written and read as words of the plaintext at public places, so that
 * neither time nor addresses depend on what it holds. */
#include "mpc/ctsum.h"

#include <string.h>

#include "base/mem.h"
#include "he/prove_bits.h"
#include "he/prove_part.h"
#include "he/prove_plain.h"
#include "he/prove_range.h"
#include "mpc/ctsum_bits.h"
#include "mpc/ctsum_shape.h"

#define SPARE SC_CTSUM_SPARE

struct sc_ctsum {
    sc_ctsum_shape shape;
    const sc_threshold *key;
    const sc_encryptor *e;
    sc_range *range; /* of the dealer's parameters, where they prove ranges */
};

/* The shape's lengths are those of the proofs. */
static void check_lengths(const sc_ctsum *s, const sc_he_public *pk)
{
    const sc_ctsum_shape *shape = &s->shape;
    const size_t n = sc_ctsum_ciphers(shape);

    SC_ASSERT(sc_ctsum_entry_proof_len(shape) ==
              (s->range != NULL ? sc_prove_range_len(s->range, n)
                                : sc_prove_plain_len(pk, n)));
    SC_ASSERT(sc_ctsum_bits_proof_len(shape, 1) ==
              sc_prove_bits_len(pk, sc_ctsum_value_bits(shape)));
    SC_ASSERT(sc_ctsum_part_proof_len(shape) == sc_prove_part_len(s->key));
}

sc_err sc_ctsum_new(sc_ctsum **s, const sc_threshold *key,
                    const sc_encryptor *e, const sc_ctsum_shape *shape)
{
    const sc_he_public *pk = sc_threshold_public(key);
    sc_ctsum *made = NULL;
    sc_err err = SC_E_BUG;

    *s = NULL;
    if (shape->key_bits != sc_he_bits(pk) ||
        !sc_he_same_modulus(pk, sc_encryptor_key(e)) ||
        !sc_ctsum_is_shape(shape)) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    *made = (sc_ctsum){.shape = *shape, .key = key, .e = e};
    if (shape->ranges == SC_CTSUM_BY_DEALER) {
        SC_TRY(sc_range_new(&made->range, key, e, sc_ctsum_value_bits(shape),
                            sc_ctsum_width(shape), sc_ctsum_slots(shape)));
    }
    check_lengths(made, pk);
    *s = made;
    made = NULL;
    err = SC_OK;
out:
    sc_ctsum_free(&made);
    return err;
}

void sc_ctsum_free(sc_ctsum **s)
{
    if (*s != NULL) {
        sc_range_free(&(*s)->range);
        sc_free(*s);
        *s = NULL;
    }
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
            sc_ctsum_slot(v, y[at + k], u, shape->ring_bits);
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

/* What an entry is made of; secret. */
typedef struct {
    uint64_t *m, *alphas;
    sc_u128 *x; /* slots of all plaintexts, where ranges are proved */
    size_t m_len, alphas_len, x_len;
} secrets;

static sc_err open_secrets(secrets *t, const sc_ctsum *s)
{
    const sc_he_public *pk = sc_threshold_public(s->key);
    const size_t n = sc_ctsum_ciphers(&s->shape);

    t->m_len = 8 * n * sc_he_limbs(pk);
    t->alphas_len = 8 * n * sc_noise_words(pk);
    t->x_len =
        s->range == NULL ? 0 : n * sc_ctsum_slots(&s->shape) * sizeof *t->x;
    t->m = sc_alloc(t->m_len, 1);
    t->alphas = sc_alloc(t->alphas_len, 1);
    t->x = t->x_len == 0 ? NULL : sc_alloc(t->x_len, 1);
    return t->m == NULL || t->alphas == NULL || (t->x == NULL && t->x_len > 0)
               ? SC_E_MEM
               : SC_OK;
}

static void close_secrets(secrets *t)
{
    sc_wipe_free(t->m, t->m_len);
    sc_wipe_free(t->alphas, t->alphas_len);
    sc_wipe_free(t->x, t->x_len);
}

/* Plaintexts of y; of values to be proved, those too. */
static sc_err fill(const sc_ctsum *s, secrets *t, const sc_u128 *y, sc_rng *rng)
{
    uint64_t u = 0, v[3] = {0};
    sc_err err = SC_E_BUG;

    if (s->range == NULL) {
        return fill_plaintexts(s, t->m, y, rng);
    }
    SC_REQUIRE(t->x != NULL, SC_E_BUG);
    for (size_t i = 0; i < s->shape.n_values; i++) {
        SC_TRY(sc_rng_bytes(rng, &u, sizeof u));
        sc_ctsum_slot(v, y[i], u, s->shape.ring_bits);
        t->x[i] = (sc_u128)v[1] << 64 | v[0]; /* r is 64: v[2] is 0 */
    }
    SC_TRY(sc_range_pack(s->range, t->m, t->x, sc_ctsum_ciphers(&s->shape)));
    err = SC_OK;
out:
    sc_wipe(&u, sizeof u);
    sc_wipe(v, sizeof v);
    return err;
}

/* Ciphertexts of what was filled in, and their proof. */
static sc_err seal(const sc_ctsum *s, sc_rng *rng, sc_bytes context,
                   const secrets *t, sc_buf *out)
{
    const sc_he_public *pk = sc_threshold_public(s->key);
    const size_t n = sc_ctsum_ciphers(&s->shape);
    sc_cipher *c = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_cipher_new(&c, pk, n));
    SC_TRY(sc_noise_draw(pk, rng, t->alphas, n));
    SC_TRY(sc_encrypt_with(s->e, c, t->m, t->alphas));
    SC_TRY(sc_cipher_put(out, c));
    SC_TRY(s->range != NULL
               ? sc_prove_range(s->range, rng, context, c, t->x, t->alphas, out)
               : sc_prove_plain(s->e, rng, context, c, t->m, t->alphas, out));
    err = SC_OK;
out:
    sc_cipher_free(&c);
    return err;
}

/* An entry of whole ciphertexts. */
static sc_err whole_entry(const sc_ctsum *s, sc_rng *rng, sc_bytes context,
                          const sc_u128 *y, sc_buf *out)
{
    secrets t = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(open_secrets(&t, s));
    SC_TRY(fill(s, &t, y, rng));
    SC_TRY(seal(s, rng, context, &t, out));
    err = SC_OK;
out:
    close_secrets(&t);
    return err;
}

sc_err sc_ctsum_entry(const sc_ctsum *s, sc_rng *rng, sc_bytes context,
                      const sc_u128 *y, sc_buf *out)
{
    const size_t start = out->len;
    sc_err err = SC_E_BUG;

    SC_TRY(s->shape.ranges == SC_CTSUM_BY_BITS
               ? sc_ctsum_bits_entry(s->e, &s->shape, rng, context, y, out)
               : whole_entry(s, rng, context, y, out));
    SC_TRY(sc_ctsum_pad(out, start));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    return err;
}

/* ---- 2. to 4. ---------------------------------------------------------------- */

/* Ciphertexts, and in *proof what follows them; zeros behind it. */
static sc_err take(const sc_ctsum *s, sc_cipher **c, sc_bytes *proof,
                   size_t proof_len, sc_bytes in)
{
    const size_t len = sc_ctsum_ciphers_len(&s->shape);

    *c = NULL;
    if (!sc_ctsum_is_padded(in, len + proof_len)) {
        return SC_E_WIRE;
    }
    *proof = (sc_bytes){in.p + len, proof_len};
    return sc_cipher_get(c, sc_threshold_public(s->key), (sc_bytes){in.p, len});
}

static sc_err take_whole(const sc_ctsum *s, sc_bytes context, sc_bytes entry,
                         sc_cipher **c)
{
    sc_bytes proof;
    sc_err err = take(s, c, &proof, sc_ctsum_entry_proof_len(&s->shape), entry);

    SC_TRY(err);
    SC_TRY(s->range != NULL ? sc_check_range(s->range, context, *c, proof)
                            : sc_check_plain(s->e, context, *c, proof));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_cipher_free(c);
    }
    return err;
}

sc_err sc_ctsum_take_entry(const sc_ctsum *s, sc_bytes context, sc_bytes entry,
                           sc_cipher **c)
{
    return s->shape.ranges == SC_CTSUM_BY_BITS
               ? sc_ctsum_bits_take(s->e, &s->shape, context, entry, c)
               : take_whole(s, context, entry, c);
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
    SC_TRY(sc_ctsum_pad(out, start));
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
    sc_err err =
        take(s, part, &proof, sc_ctsum_part_proof_len(&s->shape), bytes);

    SC_TRY(err);
    SC_TRY(sc_check_part(s->key, index, context, sum, *part, proof));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_cipher_free(part);
    }
    return err;
}

/* Sums mod 2^r of slots that hold them, whatever contributors said. */
static void read_slots(const sc_ctsum *s, sc_u128 *sums, const uint64_t *m)
{
    const sc_ctsum_shape *shape = &s->shape;
    const size_t L = shape->key_bits / 64, slots = sc_ctsum_slots(shape);
    uint64_t one[ROOM];

    for (size_t i = 0; i < shape->n_values; i++) {
        memset(one, 0, sizeof one);
        memcpy(one, m + i / slots * L, 8 * L);
        sums[i] = get_signed(one, i % slots * sc_ctsum_width(shape),
                             shape->ring_bits);
    }
}

/* 1 if bits at .. at + width - 1 of m, up to 192 of them, are above top, else 0. */
static uint64_t is_above(const uint64_t *m, size_t at, size_t width,
                         const uint64_t top[static 3])
{
    uint64_t borrow = 0;

    for (size_t i = 0; i < 3; i++) {
        const size_t from = at + 64 * i, left = width - 64 * i;
        const size_t word = from / 64, shift = from % 64;
        uint64_t v = 0;

        if (64 * i < width) {
            v = m[word] >> shift;
            v |= shift > 0 ? m[word + 1] << (64 - shift) : 0;
            v &= left < 64 ? ((uint64_t)1 << left) - 1 : UINT64_MAX;
        }
        borrow = (uint64_t)(((sc_u128)top[i] - v - borrow) >> 64) & 1;
    }
    return borrow;
}

/* What contributors who proved their bits can make: n * (2^(r + 40) - 1) in a slot, and
 * nothing behind the last. Else one forged a proof, which takes an n that was made for
 * it; all of it is looked at, and whether it is so is told. */
static sc_err check_totals(const sc_ctsum *s, const uint64_t *m)
{
    static const uint64_t none[3];
    const sc_ctsum_shape *shape = &s->shape;
    const size_t slots = sc_ctsum_slots(shape), width = sc_ctsum_width(shape);
    const size_t n = sc_ctsum_ciphers(shape), L = shape->key_bits / 64;
    uint64_t top[3] = {0}, one[ROOM] = {0}, above = 0;

    top[shape->ring_bits / 64] = shape->n_parties << SPARE;
    for (size_t i = 0, borrow = shape->n_parties; i < 3; i++) {
        const uint64_t was = top[i];

        top[i] -= borrow;
        borrow = top[i] > was;
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(one, m + L * i, 8 * L);
        for (size_t k = 0; k < slots; k++) {
            above |= is_above(one, k * width, width,
                              i * slots + k < shape->n_values ? top : none);
        }
        for (size_t at = slots * width; at < 64 * L; at += 64) {
            above |= is_above(one, at, 64, none);
        }
    }
    sc_wipe(one, sizeof one);
    return above == 0 ? SC_OK : SC_E_CHEAT;
}

/* The same of ranges proved with slack: a total that is none is seen. */
static sc_err unpack(const sc_ctsum *s, sc_u128 *sums, const uint64_t *m)
{
    const size_t n = sc_ctsum_ciphers(&s->shape);
    sc_u128 *totals = sc_alloc(n * sc_ctsum_slots(&s->shape), sizeof *totals);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(totals != NULL, SC_E_MEM);
    SC_TRY(sc_range_unpack(s->range, totals, m, s->shape.n_parties, n));
    for (size_t i = 0; i < s->shape.n_values; i++) {
        sums[i] = (sc_u128)(sc_i128)(int64_t)(uint64_t)totals[i];
    }
    err = SC_OK;
out:
    sc_free(totals);
    return err;
}

sc_err sc_ctsum_open(const sc_ctsum *s, const size_t *indices,
                     const sc_cipher *const *parts, sc_u128 *sums)
{
    const size_t L = s->shape.key_bits / 64;
    uint64_t *m = sc_alloc(sc_ctsum_ciphers(&s->shape) * L, 8);
    sc_err err = SC_E_BUG;

    memset(sums, 0, s->shape.n_values * sizeof *sums);
    SC_REQUIRE(m != NULL, SC_E_MEM);
    SC_TRY(sc_threshold_combine(s->key, indices, parts, m));
    if (s->range != NULL) {
        SC_TRY(unpack(s, sums, m));
    } else {
        SC_TRY(s->shape.ranges == SC_CTSUM_BY_BITS ? check_totals(s, m)
                                                   : SC_OK);
        read_slots(s, sums, m);
    }
    err = SC_OK;
out:
    sc_free(m);
    return err;
}
