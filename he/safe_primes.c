/* he/safe_primes.c: a sieve over both p' and 2p' + 1, then tests.
 *
 * From a random start, numbers p' = 3 mod 4 in steps of 4 are struck out where a
 * small prime divides p' or 2p' + 1. What is left is tested by one power each, to
 * base 2, before the long tests. A window without a find is followed by another
 * random start; a prime's starts come from ChaCha20 under its seed with their number
 * as nonce, so that what is found does not depend on which thread is faster. */
#include "he/safe_primes.h"

#include <gmp.h>
#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "he/gmp_wipe.h"
#include "he/n2.h"
#include "he/numbers.h"
#include "he/primes.h"

#define WINDOW    ((size_t)1 << 15) /* numbers of a sieve */
#define SMALL     ((uint32_t)1 << 18)
#define STEP      4
#define ROUNDS    48 /* as he/primes.c */
#define MAX_BYTES (4 * SC_N2_MAX_LIMBS)

typedef struct {
    uint8_t seed[crypto_stream_chacha20_ietf_KEYBYTES];
    uint64_t next;        /* start */
    const uint8_t *small; /* [v] 1: v is no prime */
    uint8_t *struck;      /* [i] 1: start + STEP*i will not do */
} search;

/* Odd numbers below SMALL that are no primes. */
static void fill_small(uint8_t *composite)
{
    for (uint32_t d = 3; d * d < SMALL; d += 2) {
        for (uint32_t v = d * d; v < SMALL && !composite[d]; v += 2 * d) {
            composite[v] = 1;
        }
    }
}

/* start, of bits - 1 bits, the two highest set, 3 mod 4. */
static void draw_start(mpz_t start, search *s, size_t bits)
{
    uint8_t bytes[MAX_BYTES],
        nonce[crypto_stream_chacha20_ietf_NONCEBYTES] = {0};

    sc_store_le64(nonce, s->next++);
    crypto_stream_chacha20_ietf(bytes, bits / 8, nonce, s->seed);
    bytes[0] |= 0xc0;
    bytes[bits / 8 - 1] |= 6; /* a bit is shifted out */
    sc_mpz_from_bytes(start, bytes, bits / 8);
    mpz_fdiv_q_2exp(start, start, 1);
    sc_wipe(bytes, sizeof bytes);
}

/* Strike out all i with start + STEP*i = residue mod d. */
static void strike(search *s, uint32_t start, uint32_t residue, uint32_t d,
                   uint32_t step_inverse)
{
    const uint64_t distance = (uint64_t)residue + d - start;

    for (uint64_t i = distance % d * step_inverse % d; i < WINDOW; i += d) {
        s->struck[i] = 1;
    }
}

static void sieve(search *s, const mpz_t start)
{
    memset(s->struck, 0, WINDOW);
    for (uint32_t d = 3; d < SMALL; d += 2) {
        if (!s->small[d]) {
            /* 1/4 mod d: (d + 1)/4, or (3d + 1)/4. */
            const uint32_t quarter = d % 4 == 3 ? (d + 1) / 4 : (3 * d + 1) / 4;
            const uint32_t at = (uint32_t)mpz_fdiv_ui(start, d);

            strike(s, at, 0, d, quarter);           /* p' = 0 */
            strike(s, at, (d - 1) / 2, d, quarter); /* 2p' = -1 */
        }
    }
}

static int passes_base_2(const mpz_t v)
{
    mpz_t x, less;
    int passes;

    mpz_init_set_ui(x, 2);
    mpz_init(less);
    mpz_sub_ui(less, v, 1);
    mpz_powm(x, x, less, v);
    passes = mpz_cmp_ui(x, 1) == 0;
    mpz_clear(x);
    mpz_clear(less);
    return passes;
}

/* p = 2p' + 1 for v = p'. */
static int is_safe(mpz_t p, const mpz_t v)
{
    mpz_mul_2exp(p, v, 1);
    mpz_add_ui(p, p, 1);
    return passes_base_2(v) && passes_base_2(p) &&
           mpz_probab_prime_p(v, ROUNDS) > 0 &&
           mpz_probab_prime_p(p, ROUNDS) > 0;
}

/* The next safe prime of the search, of `bits` bits. */
static void draw_prime(mpz_t p, search *s, size_t bits)
{
    int is_found = 0;
    mpz_t start, v;

    mpz_init(start);
    mpz_init(v);
    while (!is_found) {
        draw_start(start, s, bits);
        sieve(s, start);
        for (size_t i = 0; i < WINDOW && !is_found; i++) {
            if (!s->struck[i]) {
                mpz_add_ui(v, start, STEP * i);
                is_found = is_safe(p, v) && mpz_sizeinbase(p, 2) == bits;
            }
        }
    }
    mpz_clear(start);
    mpz_clear(v);
}

sc_err sc_safe_primes_draw(sc_rng *rng, uint64_t *p, uint64_t *q, size_t bits)
{
    uint8_t *small = sc_alloc(SMALL, 1);
    sc_err err = SC_E_BUG;
    search s[2] = {{.small = small}, {.small = small}};
    mpz_t v[2];

    sc_gmp_wipe();
    mpz_init(v[0]);
    mpz_init(v[1]);
    for (size_t i = 0; i < 2; i++) {
        s[i].struck = sc_alloc(WINDOW, 1);
    }
    SC_REQUIRE(small != NULL && s[0].struck != NULL && s[1].struck != NULL,
               SC_E_MEM);
    fill_small(small);
    SC_TRY(sc_rng_bytes(rng, s[0].seed, sizeof s[0].seed));
    SC_TRY(sc_rng_bytes(rng, s[1].seed, sizeof s[1].seed));
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 2; i++) {
        draw_prime(v[i], &s[i], bits / 2);
    }
    do {
        const int is_swapped = mpz_cmp(v[0], v[1]) < 0;

        sc_mpz_to_words(p, bits / 128, v[is_swapped]);
        sc_mpz_to_words(q, bits / 128, v[!is_swapped]);
        err = sc_primes_check_vartime(p, q, bits);
        if (err != SC_OK) { /* too close together */
            draw_prime(v[1], &s[1], bits / 2);
        }
    } while (err != SC_OK);
out:
    for (size_t i = 0; i < 2; i++) {
        if (s[i].struck != NULL) {
            sc_wipe(s[i].struck, WINDOW);
        }
        sc_free(s[i].struck);
    }
    sc_wipe(s, sizeof s);
    mpz_clear(v[0]);
    mpz_clear(v[1]);
    sc_free(small);
    return err;
}
