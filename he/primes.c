/* he/primes.c: draw, test, draw again.
 *
 * Candidate number i of a prime is bytes from ChaCha20 under the prime's own seed
 * with i as nonce, so what is found does not depend on which thread is faster.
 * Should the two not fit together, which is rare for their distance and common
 * for the gcd, q's candidates go on. GMP's test is Baillie-PSW and, beyond 24,
 * one round of Miller-Rabin each; its bases come from GMP's own generator, which
 * a candidate that is drawn here cannot have been made for. */
#include "he/primes.h"

#include <gmp.h>
#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "he/gmp_wipe.h"
#include "he/n2.h"
#include "he/numbers.h"

#define ROUNDS    48 /* 24 of them Miller-Rabin: an error below 2^-48 each */
#define MAX_BYTES (4 * SC_N2_MAX_LIMBS)
#define CLOSE     100 /* p - q has more than |p| - 100 bits */

typedef struct {
    uint8_t seed[crypto_stream_chacha20_ietf_KEYBYTES];
    uint64_t next; /* candidate */
} stream;

static void draw_candidate(mpz_t v, stream *s, size_t bits)
{
    uint8_t bytes[MAX_BYTES],
        nonce[crypto_stream_chacha20_ietf_NONCEBYTES] = {0};

    sc_store_le64(nonce, s->next++);
    crypto_stream_chacha20_ietf(bytes, bits / 8, nonce, s->seed);
    bytes[0] |= 0xc0;
    bytes[bits / 8 - 1] |= 3;
    sc_mpz_from_bytes(v, bytes, bits / 8);
    sc_wipe(bytes, sizeof bytes);
}

static int is_prime(const mpz_t v)
{
    return mpz_probab_prime_p(v, ROUNDS) > 0;
}

/* The next prime of the stream. */
static void draw_prime(mpz_t v, stream *s, size_t bits)
{
    do {
        draw_candidate(v, s, bits);
    } while (!is_prime(v));
}

/* Their distance and the gcd; the rest is by construction. */
static int do_fit(const mpz_t p, const mpz_t q, size_t bits)
{
    mpz_t a, b;
    int fit;

    mpz_init(a);
    mpz_init(b);
    mpz_sub(a, p, q);
    fit = mpz_sizeinbase(a, 2) > bits - CLOSE;
    mpz_sub_ui(a, p, 1);
    mpz_sub_ui(b, q, 1);
    mpz_gcd(a, a, b);
    fit = fit && mpz_cmp_ui(a, 2) == 0;
    mpz_clear(a);
    mpz_clear(b);
    return fit;
}

sc_err sc_primes_draw(sc_rng *rng, uint64_t *p, uint64_t *q, size_t bits)
{
    const size_t half = bits / 2;
    stream s[2];
    sc_err err = SC_E_BUG;
    mpz_t v[2];

    sc_gmp_wipe();
    mpz_init(v[0]);
    mpz_init(v[1]);
    memset(s, 0, sizeof s);
    memset(p, 0, half / 8);
    memset(q, 0, half / 8);
    SC_TRY(sc_rng_bytes(rng, s[0].seed, sizeof s[0].seed));
    SC_TRY(sc_rng_bytes(rng, s[1].seed, sizeof s[1].seed));
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 2; i++) {
        draw_prime(v[i], &s[i], half);
    }
    while (!do_fit(v[0], v[1], half)) {
        draw_prime(v[1], &s[1], half);
    }
    if (mpz_cmp(v[0], v[1]) < 0) {
        mpz_swap(v[0], v[1]);
    }
    sc_mpz_to_words(p, half / 64, v[0]);
    sc_mpz_to_words(q, half / 64, v[1]);
    err = SC_OK;
out:
    mpz_clear(v[0]);
    mpz_clear(v[1]);
    sc_wipe(s, sizeof s);
    return err;
}

static int is_formed(const mpz_t v, size_t bits)
{
    return mpz_sizeinbase(v, 2) == bits && mpz_tstbit(v, bits - 2) != 0 &&
           mpz_fdiv_ui(v, 4) == 3 && is_prime(v);
}

sc_err sc_primes_check_vartime(const uint64_t *p, const uint64_t *q,
                               size_t bits)
{
    const size_t half = bits / 2;
    int is_good;
    mpz_t a, b;

    sc_gmp_wipe();
    mpz_init(a);
    mpz_init(b);
    sc_mpz_from_words(a, p, half / 64);
    sc_mpz_from_words(b, q, half / 64);
    is_good = mpz_cmp(a, b) > 0 && is_formed(a, half) && is_formed(b, half) &&
              do_fit(a, b, half);
    mpz_clear(a);
    mpz_clear(b);
    return is_good ? SC_OK : SC_E_CHEAT;
}
