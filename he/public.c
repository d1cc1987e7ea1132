/* he/public.c: checks of n, then h and hs from a hash.
 *
 * GMP's numbers may be used freely: all is public. A composite n fails the first
 * round of a primality test, so that test costs one power mod n. */
#include "he/public.h"

#include <gmp.h>
#include <string.h>

#include "base/ct.h"
#include "base/hash.h"
#include "base/mem.h"
#include "he/gmp_wipe.h"
#include "he/numbers.h"
#include "he/words.h"

#define SMALL_FACTOR_BOUND 65536
#define PRIME_ROUNDS       25
#define TAG                "sharechain/he/djn/1"
#define MAX_BLOCKS         (64 * SC_HE_MAX_LIMBS / 256 + 1)

struct sc_he_public {
    size_t bits, L;
    char id[SC_HE_ID_MAX + 1];
    sc_n2 *n2;
    uint64_t square[2 * SC_HE_MAX_LIMBS];
    uint64_t *hs; /* one element */
};

int sc_he_is_size(size_t bits, unsigned flags)
{
    return bits == 2048 || bits == 3072 || bits == 4096 ||
           (bits == 1024 && (flags & SC_HE_TEST_SIZE) != 0);
}

static int is_id(const char *id)
{
    size_t len = strlen(id);

    for (size_t i = 0; i < len; i++) {
        if (id[i] <= ' ' || id[i] > '~') {
            return 0;
        }
    }
    return len > 0 && len <= SC_HE_ID_MAX;
}

static int has_small_factor(const mpz_t n)
{
    for (unsigned long d = 3; d < SMALL_FACTOR_BOUND; d += 2) {
        if (mpz_divisible_ui_p(n, d) != 0) {
            return 1;
        }
    }
    return 0;
}

static int is_modulus(const mpz_t n)
{
    return !has_small_factor(n) && mpz_perfect_power_p(n) == 0 &&
           mpz_probab_prime_p(n, PRIME_ROUNDS) == 0;
}

/* x of the header, not yet reduced. */
static void hash_to_number(mpz_t x, sc_bytes n, const char *id)
{
    const size_t n_blocks = (8 * n.len + 128 + 255) / 256;
    uint8_t blocks[MAX_BLOCKS * SC_HASH_LEN], number[8];
    const sc_bytes parts[] = {n, sc_bytes_of(id), {number, sizeof number}};

    SC_ASSERT(n_blocks <= MAX_BLOCKS);
    for (size_t i = 0; i < n_blocks; i++) {
        sc_store_le64(number, i);
        sc_hash_tagged(blocks + SC_HASH_LEN * i, TAG, parts, 3);
    }
    sc_mpz_from_bytes(x, blocks, n_blocks * SC_HASH_LEN);
}

/* hs = (-x^2)^n mod n^2. SC_E_CHEAT if x is no unit. */
static sc_err derive_noise_base(sc_he_public *pk, const mpz_t n, sc_bytes bytes)
{
    uint64_t value[2 * SC_HE_MAX_LIMBS];
    sc_err err = SC_E_BUG;
    mpz_t x, square;

    mpz_init(x);
    mpz_init(square);
    hash_to_number(x, bytes, pk->id);
    mpz_mod(x, x, n);
    mpz_gcd(square, x, n);
    SC_REQUIRE(mpz_cmp_ui(square, 1) == 0, SC_E_CHEAT);
    mpz_mul(x, x, x);
    mpz_neg(x, x);
    mpz_mod(x, x, n); /* h */
    mpz_mul(square, n, n);
    sc_mpz_to_words(pk->square, 2 * pk->L, square);
    mpz_powm(x, x, n, square);
    sc_mpz_to_words(value, 2 * pk->L, x);
    sc_n2_enter(pk->n2, pk->hs, value, 2 * pk->L, 1);
    err = SC_OK;
out:
    mpz_clear(x);
    mpz_clear(square);
    return err;
}

sc_err sc_he_public_new(sc_he_public **pk, sc_bytes n, const char *id,
                        unsigned flags)
{
    uint64_t words[SC_HE_MAX_LIMBS];
    sc_he_public *made = NULL;
    sc_err err = SC_E_BUG;
    mpz_t v;

    *pk = NULL;
    if (n.len > 8 * SC_HE_MAX_LIMBS || !sc_he_is_size(8 * n.len, flags) ||
        !is_id(id) || (n.p[0] & 0x80) == 0 || (n.p[n.len - 1] & 1) == 0) {
        return SC_E_WIRE;
    }
    sc_gmp_wipe(); /* before any thread works with the key */
    mpz_init(v);
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->bits = 8 * n.len;
    made->L = n.len / 8;
    memcpy(made->id, id, strlen(id));
    sc_mpz_from_bytes(v, n.p, n.len);
    SC_REQUIRE(is_modulus(v), SC_E_CHEAT);
    sc_words_get(words, made->L, n.p);
    SC_TRY(sc_n2_new(&made->n2, words, made->L));
    made->hs = sc_alloc_aligned(sc_n2_words(made->n2, 1), 8);
    SC_REQUIRE(made->hs != NULL, SC_E_MEM);
    SC_TRY(derive_noise_base(made, v, n));
    *pk = made;
    made = NULL;
    err = SC_OK;
out:
    sc_he_public_free(&made);
    mpz_clear(v);
    return err;
}

void sc_he_public_free(sc_he_public **pk)
{
    if (*pk != NULL) {
        sc_n2_free(&(*pk)->n2);
        sc_free((*pk)->hs);
        sc_free(*pk);
        *pk = NULL;
    }
}

size_t sc_he_bits(const sc_he_public *pk)
{
    return pk->bits;
}

size_t sc_he_limbs(const sc_he_public *pk)
{
    return pk->L;
}

const char *sc_he_id(const sc_he_public *pk)
{
    return pk->id;
}

const uint64_t *sc_he_modulus(const sc_he_public *pk)
{
    return sc_n2_modulus(pk->n2);
}

int sc_he_same_modulus(const sc_he_public *a, const sc_he_public *b)
{
    return a->L == b->L &&
           sc_n2_words(a->n2, 1) == sc_n2_words(b->n2, 1) && /* one layout */
           sc_ct_eq(sc_he_modulus(a), sc_he_modulus(b), 8 * a->L);
}

const sc_n2 *sc_he_n2(const sc_he_public *pk)
{
    return pk->n2;
}

const uint64_t *sc_he_noise_base(const sc_he_public *pk)
{
    return pk->hs;
}

const uint64_t *sc_he_square(const sc_he_public *pk)
{
    return pk->square;
}
