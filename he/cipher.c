/* he/cipher.c: products mod n^2.
 *
 * That many numbers are coprime to n is one gcd: of n and their product.
 * Subtraction and negative constants need inverses, for which the elements of a
 * chunk share one division. */
#include "he/cipher.h"

#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/numbers.h"
#include "he/power.h"
#include "he/words.h"

#define CHUNK SC_CIPHER_CHUNK
#define LANES ((size_t)SC_N2_LANES)

struct sc_cipher {
    const sc_he_public *pk;
    size_t n;
    uint64_t *words;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Work on elements first .. first + n - 1; first is a multiple of CHUNK. */
typedef sc_err chunk_fn(void *job, size_t first, size_t n);

/* Every chunk of n elements, by as many threads as there are. */
static sc_err each_chunk(chunk_fn *work, void *job, size_t n)
{
    sc_err err = SC_OK;

#pragma omp parallel for schedule(dynamic) if (n > CHUNK)
    for (size_t i = 0; i < n; i += CHUNK) {
        sc_err own = work(job, i, least(n - i, CHUNK));

        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
    return err;
}

sc_err sc_cipher_new(sc_cipher **c, const sc_he_public *pk, size_t n)
{
    static const uint64_t ones[SC_N2_LANES] = {1, 1, 1, 1, 1, 1, 1, 1};
    const sc_n2 *n2 = sc_he_n2(pk);
    sc_cipher *made = NULL;
    sc_err err = SC_E_BUG;

    *c = NULL;
    if (n > SC_CIPHER_MAX) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->pk = pk;
    made->n = n;
    made->words = sc_alloc_aligned(sc_n2_words(n2, n), 8);
    SC_REQUIRE(made->words != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i += LANES) {
        sc_n2_enter(n2, made->words + sc_n2_words(n2, i), ones, 1,
                    least(n - i, LANES));
    }
    *c = made;
    made = NULL;
    err = SC_OK;
out:
    sc_cipher_free(&made);
    return err;
}

void sc_cipher_free(sc_cipher **c)
{
    if (*c != NULL) {
        sc_free((*c)->words);
        sc_free(*c);
        *c = NULL;
    }
}

size_t sc_cipher_count(const sc_cipher *c)
{
    return c->n;
}

const sc_he_public *sc_cipher_key(const sc_cipher *c)
{
    return c->pk;
}

uint64_t *sc_cipher_words(sc_cipher *c)
{
    return c->words;
}

const uint64_t *sc_cipher_words_const(const sc_cipher *c)
{
    return c->words;
}

/* ---- bytes ---------------------------------------------------------------- */

size_t sc_cipher_len(const sc_he_public *pk)
{
    return 16 * sc_he_limbs(pk);
}

typedef struct {
    const sc_he_public *pk;
    const uint64_t *words; /* of put */
    uint64_t *made;        /* of get */
    uint8_t *out;
    const uint8_t *in;
} bytes_job;

static sc_err put_chunk(void *job, size_t first, size_t n)
{
    const bytes_job *j = job;
    const size_t size = 2 * sc_he_limbs(j->pk);
    const sc_n2 *n2 = sc_he_n2(j->pk);
    uint64_t x[SC_N2_LANES * 2 * SC_HE_MAX_LIMBS];

    for (size_t i = first; i < first + n; i += LANES) {
        const size_t lanes = least(first + n - i, LANES);

        sc_n2_value(n2, x, j->words + sc_n2_words(n2, i), lanes);
        for (size_t k = 0; k < lanes; k++) {
            sc_words_put(j->out + 8 * size * (i + k), x + size * k, size);
        }
    }
    return SC_OK;
}

sc_err sc_cipher_put(sc_buf *out, const sc_cipher *c)
{
    const size_t len = sc_cipher_len(c->pk) * c->n;
    bytes_job job = {.pk = c->pk, .words = c->words};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_reserve(out, len));
    if (len > 0) {
        job.out = out->p + out->len;
        SC_TRY(each_chunk(put_chunk, &job, c->n));
        out->len += len;
    }
    err = SC_OK;
out:
    return err;
}

/* 1 if the elements' product is a unit mod n: so are they all then. */
static sc_err check_units(const sc_he_public *pk, const uint64_t *a, size_t n)
{
    const sc_n2 *n2 = sc_he_n2(pk);
    const size_t L = sc_he_limbs(pk), lanes = least(n, LANES);
    uint64_t x[SC_N2_LANES * 2 * SC_HE_MAX_LIMBS];
    uint64_t *product = sc_alloc_aligned(sc_n2_words(n2, LANES), 8);
    sc_err err = SC_E_BUG;
    mpz_t v, N;

    mpz_init_set_ui(v, 1);
    mpz_init(N);
    SC_REQUIRE(product != NULL, SC_E_MEM);
    memcpy(product, a, 8 * sc_n2_words(n2, lanes));
    for (size_t i = LANES; i < n; i += LANES) {
        sc_n2_mul(n2, product, product, a + sc_n2_words(n2, i),
                  least(n - i, LANES));
    }
    sc_n2_leave(n2, x, product, lanes); /* the low digits are mod n */
    for (size_t k = 0; k < lanes; k++) {
        sc_mpz_from_words(N, x + 2 * L * k, L);
        mpz_mul(v, v, N);
    }
    sc_mpz_from_words(N, sc_he_modulus(pk), L);
    mpz_gcd(v, v, N);
    SC_REQUIRE(mpz_cmp_ui(v, 1) == 0, SC_E_WIRE);
    err = SC_OK;
out:
    mpz_clear(v);
    mpz_clear(N);
    sc_free(product);
    return err;
}

static sc_err get_chunk(void *job, size_t first, size_t n)
{
    const bytes_job *j = job;
    const size_t size = 2 * sc_he_limbs(j->pk);
    const sc_n2 *n2 = sc_he_n2(j->pk);
    uint64_t x[SC_N2_LANES * 2 * SC_HE_MAX_LIMBS];

    for (size_t i = first; i < first + n; i += LANES) {
        const size_t lanes = least(first + n - i, LANES);

        for (size_t k = 0; k < lanes; k++) {
            sc_words_get(x + size * k, size, j->in + 8 * size * (i + k));
            if (!sc_words_less(x + size * k, sc_he_square(j->pk), size)) {
                return SC_E_WIRE;
            }
        }
        sc_n2_enter(n2, j->made + sc_n2_words(n2, i), x, size, lanes);
    }
    return check_units(j->pk, j->made + sc_n2_words(n2, first), n);
}

sc_err sc_cipher_get(sc_cipher **c, const sc_he_public *pk, sc_bytes in)
{
    const size_t len = sc_cipher_len(pk);
    sc_cipher *made = NULL;
    bytes_job job = {.pk = pk, .in = in.p};
    sc_err err = SC_E_BUG;

    *c = NULL;
    if (in.len % len != 0 || in.len / len > SC_CIPHER_MAX) {
        return SC_E_WIRE;
    }
    SC_TRY(sc_cipher_new(&made, pk, in.len / len));
    job.made = made->words;
    SC_TRY(each_chunk(get_chunk, &job, made->n));
    *c = made;
    made = NULL;
    err = SC_OK;
out:
    sc_cipher_free(&made);
    return err;
}

/* ---- operations ----------------------------------------------------------- */

typedef struct {
    const sc_n2 *n2;
    uint64_t *out;
    const uint64_t *a, *b;
    const int64_t *each; /* constants of mul */
    const uint64_t *k;   /* the constant of scale */
    size_t bits;         /* of the constants */
} op_job;

static int do_match(const sc_cipher *a, const sc_cipher *b)
{
    return a->n == b->n && sc_he_same_modulus(a->pk, b->pk);
}

static sc_err add_chunk(void *job, size_t first, size_t n)
{
    const op_job *j = job;
    const size_t at = sc_n2_words(j->n2, first);

    sc_n2_mul(j->n2, j->out + at, j->a + at, j->b + at, n);
    return SC_OK;
}

sc_err sc_cipher_add(sc_cipher *out, const sc_cipher *a, const sc_cipher *b)
{
    op_job job = {
        sc_he_n2(out->pk), out->words, a->words, b->words, NULL, NULL, 0};

    if (!do_match(out, a) || !do_match(a, b)) {
        return SC_E_ARG;
    }
    return each_chunk(add_chunk, &job, out->n);
}

static sc_err sub_chunk(void *job, size_t first, size_t n)
{
    const op_job *j = job;
    const size_t at = sc_n2_words(j->n2, first);
    uint64_t *inverse = sc_alloc_aligned(sc_n2_words(j->n2, n), 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(inverse != NULL, SC_E_MEM);
    SC_TRY(sc_n2_invert_vartime(j->n2, inverse, j->b + at, n));
    sc_n2_mul(j->n2, j->out + at, j->a + at, inverse, n);
    err = SC_OK;
out:
    sc_free(inverse);
    return err;
}

sc_err sc_cipher_sub(sc_cipher *out, const sc_cipher *a, const sc_cipher *b)
{
    op_job job = {
        sc_he_n2(out->pk), out->words, a->words, b->words, NULL, NULL, 0};

    if (!do_match(out, a) || !do_match(a, b)) {
        return SC_E_ARG;
    }
    return each_chunk(sub_chunk, &job, out->n);
}

static uint64_t magnitude(int64_t k)
{
    return k < 0 ? 0 - (uint64_t)k : (uint64_t)k;
}

/* a[i]^|k[i]|, then the inverse of all of them, of which those with negative k
 * are taken. */
static sc_err mul_chunk(void *job, size_t first, size_t n)
{
    const op_job *j = job;
    const size_t at = sc_n2_words(j->n2, first);
    uint64_t sizes[SC_CIPHER_CHUNK];
    uint32_t is_negative[SC_CIPHER_CHUNK], any = 0;
    const size_t words = sc_n2_words(j->n2, CHUNK);
    uint64_t *both = sc_alloc_aligned(3 * words, 8); /* power, inverse, pairs */
    sc_err err = SC_E_BUG;

    SC_REQUIRE(both != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        sizes[i] = magnitude(j->each[first + i]);
        is_negative[i] = j->each[first + i] < 0;
        any |= is_negative[i];
    }
    SC_TRY(sc_n2_pow_each(j->n2, both, j->a + at, sizes, n, j->bits));
    if (any == 0) {
        memcpy(j->out + at, both, 8 * sc_n2_words(j->n2, n));
    } else {
        SC_TRY(sc_n2_invert_vartime(j->n2, both + words, both, n));
        for (size_t i = 0; i < n; i += LANES) {
            const size_t lanes = least(n - i, LANES);
            const size_t here = sc_n2_words(j->n2, i);
            const size_t size = sc_n2_words(j->n2, lanes);
            uint64_t *pair = both + 2 * words;

            memcpy(pair, both + here, 8 * size);
            memcpy(pair + size, both + words + here, 8 * size);
            sc_n2_select(j->n2, j->out + at + here, pair, 2, is_negative + i,
                         lanes);
        }
    }
    err = SC_OK;
out:
    sc_free(both);
    return err;
}

sc_err sc_cipher_mul(sc_cipher *out, const sc_cipher *a, const int64_t *k)
{
    op_job job = {sc_he_n2(out->pk), out->words, a->words, NULL, k, NULL, 1};
    uint64_t all = 1;

    if (!do_match(out, a)) {
        return SC_E_ARG;
    }
    for (size_t i = 0; i < a->n; i++) {
        all |= magnitude(k[i]);
    }
    job.bits = 64 - (size_t)__builtin_clzll(all);
    return each_chunk(mul_chunk, &job, out->n);
}

static sc_err scale_chunk(void *job, size_t first, size_t n)
{
    const op_job *j = job;
    const size_t at = sc_n2_words(j->n2, first);

    return sc_n2_pow(j->n2, j->out + at, j->a + at, n, j->k, j->bits);
}

sc_err sc_cipher_scale(sc_cipher *out, const sc_cipher *a, const uint64_t *k,
                       size_t k_bits)
{
    op_job job = {
        sc_he_n2(out->pk), out->words, a->words, NULL, NULL, k, k_bits};

    if (!do_match(out, a) || k_bits == 0) {
        return SC_E_ARG;
    }
    return each_chunk(scale_chunk, &job, out->n);
}

/* Eight running products, multiplied at the end. */
sc_err sc_cipher_sum(sc_cipher *out, const sc_cipher *a)
{
    const sc_n2 *n2 = sc_he_n2(out->pk);
    const size_t L = sc_he_limbs(out->pk), lanes = least(a->n, LANES);
    uint64_t x[SC_N2_LANES * 2 * SC_HE_MAX_LIMBS];
    sc_cipher *sum = NULL;
    sc_err err = SC_E_BUG;

    if (out->n != 1 || !sc_he_same_modulus(out->pk, a->pk)) {
        return SC_E_ARG;
    }
    SC_TRY(sc_cipher_new(&sum, out->pk, LANES));
    for (size_t i = 0; i < a->n; i += LANES) {
        sc_n2_mul(n2, sum->words, sum->words, a->words + sc_n2_words(n2, i),
                  least(a->n - i, LANES));
    }
    sc_n2_value(n2, x, sum->words, LANES);
    sc_n2_enter(n2, out->words, x, 2 * L, 1);
    for (size_t k = 1; k < lanes; k++) {
        sc_n2_enter(n2, sum->words, x + 2 * L * k, 2 * L, 1);
        sc_n2_mul(n2, out->words, out->words, sum->words, 1);
    }
    err = SC_OK;
out:
    sc_cipher_free(&sum);
    return err;
}
