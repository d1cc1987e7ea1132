/* bench/bench_paillier.c: Paillier on one thread, beside GMP's plain arithmetic.
 *
 * Ours: batches, constant in time for secrets, tables read whole. "gmp" is what
 * one would write with mpz_ functions, variable in time: for encryption a table
 * of the same noise base with windows of 10 bits, an entry picked by its digit,
 * and mpz_mul with mpz_mod; else mpz_powm, with remainders for decryption. Times
 * are of one operation, taken in turn: ours, gmp. "of_gmp" is ours by theirs. */
#include <gmp.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "bench/bench.h"
#include "he/encrypt.h"
#include "he/pack.h"
#include "he/plaintext.h"
#include "he/private.h"

#define BATCH    4096 /* of ours */
#define FEW      32   /* of GMP's, and of what takes long */
#define GMP_W    10
#define MAX      SC_HE_MAX_LIMBS
#define CONSTANT 0x9e3779b97f4a7c15

typedef struct {
    sc_bench ours, gmp;
    sc_he_private *sk;
    const sc_he_public *pk;
    sc_encryptor *e;
    sc_rng rng;
    sc_cipher *a, *b, *c, *few;
    size_t batch;
    uint64_t m[BATCH * MAX];
    int64_t k[BATCH];
    gmp_randstate_t state;
    mpz_t n, nn, p, q, pp, qq, p1, q1, hp, hq, q_inverse; /* the key */
    mpz_t x, y, z, cipher, other;
    void (*peer)(void *); /* one operation of GMP's */
    size_t n_windows;
    mpz_t *table; /* [j << GMP_W | d] hs^(d * 2^(GMP_W*j)) */
} bench_he;

static void must(sc_err err)
{
    SC_ASSERT(err == SC_OK);
}

/* ---- GMP ------------------------------------------------------------------ */

/* Into a number that is initialised. */
static void import(mpz_t v, const uint64_t *x, size_t n_words)
{
    mpz_import(v, n_words, -1, 8, 0, 0, x);
}

/* prime^2, prime - 1 and -1/other mod prime. */
static void open_prime(mpz_t square, mpz_t less, mpz_t h, const mpz_t prime,
                       const mpz_t other)
{
    mpz_mul(square, prime, prime);
    mpz_sub_ui(less, prime, 1);
    mpz_neg(h, other);
    mpz_invert(h, h, prime);
}

static void open_table(bench_he *s)
{
    uint64_t hs[2 * MAX];
    const size_t bits = sc_he_bits(s->pk);
    mpz_t power;

    mpz_init(power);
    sc_n2_value(sc_he_n2(s->pk), hs, sc_he_noise_base(s->pk), 1);
    import(power, hs, 2 * sc_he_limbs(s->pk));
    s->n_windows = (bits / 2 + GMP_W - 1) / GMP_W;
    s->table = sc_alloc(s->n_windows << GMP_W, sizeof *s->table);
    SC_ASSERT(s->table != NULL);
    for (size_t j = 0; j < s->n_windows; j++) {
        mpz_t *entry = s->table + (j << GMP_W);

        mpz_init_set_ui(entry[0], 1);
        for (size_t d = 1; d < (size_t)1 << GMP_W; d++) {
            mpz_init(entry[d]);
            mpz_mul(entry[d], entry[d - 1], power);
            mpz_mod(entry[d], entry[d], s->nn);
        }
        mpz_mul(power, power, entry[(1 << GMP_W) - 1]);
        mpz_mod(power, power, s->nn);
    }
    mpz_clear(power);
}

static void gmp_encrypt(void *ctx)
{
    bench_he *s = ctx;

    mpz_urandomb(s->x, s->state, sc_he_bits(s->pk) / 2);
    mpz_mul(s->z, s->y, s->n);
    mpz_add_ui(s->z, s->z, 1);
    for (size_t j = 0; j < s->n_windows; j++) {
        size_t d =
            mpz_getlimbn(s->x, (mp_size_t)(j * GMP_W / 64)) >> (j * GMP_W % 64);

        if (j * GMP_W % 64 + GMP_W > 64) {
            d |= mpz_getlimbn(s->x, (mp_size_t)(j * GMP_W / 64 + 1))
                 << (64 - j * GMP_W % 64);
        }
        d &= (1 << GMP_W) - 1;
        mpz_mul(s->z, s->z, s->table[j << GMP_W | d]);
        mpz_mod(s->z, s->z, s->nn);
    }
}

static void gmp_half(bench_he *s, mpz_t out, const mpz_t prime,
                     const mpz_t square, const mpz_t less, const mpz_t h)
{
    mpz_powm(out, s->cipher, less, square);
    mpz_sub_ui(out, out, 1);
    mpz_divexact(out, out, prime);
    mpz_mul(out, out, h);
    mpz_mod(out, out, prime);
}

static void gmp_decrypt(void *ctx)
{
    bench_he *s = ctx;

    gmp_half(s, s->x, s->p, s->pp, s->p1, s->hp);
    gmp_half(s, s->y, s->q, s->qq, s->q1, s->hq);
    mpz_sub(s->x, s->x, s->y);
    mpz_mul(s->x, s->x, s->q_inverse);
    mpz_mod(s->x, s->x, s->p);
    mpz_mul(s->x, s->x, s->q);
    mpz_add(s->x, s->x, s->y);
}

static void gmp_add(void *ctx)
{
    bench_he *s = ctx;

    mpz_mul(s->z, s->cipher, s->other);
    mpz_mod(s->z, s->z, s->nn);
}

static void gmp_mul64(void *ctx)
{
    bench_he *s = ctx;

    mpz_set_ui(s->x, CONSTANT >> 1);
    mpz_powm(s->z, s->cipher, s->x, s->nn);
}

static void gmp_batch(void *ctx)
{
    bench_he *s = ctx;

    for (size_t i = 0; i < FEW; i++) {
        s->peer(s);
    }
}

/* ---- ours ------------------------------------------------------------------ */

static void our_encrypt(void *ctx)
{
    bench_he *s = ctx;

    must(sc_encrypt(s->e, &s->rng, s->a, s->m));
}

static void our_decrypt(void *ctx)
{
    bench_he *s = ctx;

    must(sc_he_decrypt(s->sk, s->m, s->a));
}

static void our_add(void *ctx)
{
    bench_he *s = ctx;

    must(sc_cipher_add(s->c, s->a, s->b));
}

static void our_mul64(void *ctx)
{
    bench_he *s = ctx;

    must(sc_cipher_mul(s->c, s->a, s->k));
}

static void our_encrypt_plainly(void *ctx)
{
    bench_he *s = ctx;

    must(sc_encrypt_plainly(&s->rng, s->few, s->m));
}

static void gmp_encrypt_plainly(void *ctx)
{
    bench_he *s = ctx;

    mpz_urandomb(s->x, s->state, sc_he_bits(s->pk) - 1);
    mpz_powm(s->z, s->x, s->n, s->nn);
}

/* ---- the cases --------------------------------------------------------------- */

static int compare_u64(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Microseconds of one of `count` operations; by the processor's time, for other
 * programs may be running. */
static double report(sc_bench *b, const char *what, size_t bits,
                     const char *whose, double count)
{
    double us[3];

    qsort(b->cpu_ns, b->n_runs, sizeof b->cpu_ns[0], compare_u64);
    for (size_t i = 0; i < 3; i++) {
        const size_t at = b->n_runs * (i == 0 ? 5 : i == 1 ? 1 : 9) / 10;

        us[i] = (double)b->cpu_ns[at] / 1000 / count;
    }
    printf("%s bits=%zu by=%s median_us=%.2f p10=%.2f p90=%.2f runs=%zu", what,
           bits, whose, us[0], us[1], us[2], b->n_runs);
    return us[0];
}

static void measure(bench_he *s, const char *what, size_t count,
                    void (*ours)(void *), void (*gmp)(void *))
{
    const size_t bits = sc_he_bits(s->pk);
    double us, peer;

    sc_bench_begin(&s->ours, "%s", what);
    sc_bench_begin(&s->gmp, "%s", what);
    s->peer = gmp;
    while (sc_bench_wants_more(&s->ours)) {
        sc_bench_timed(&s->ours, ours, s);
        sc_bench_timed(&s->gmp, gmp_batch, s);
    }
    us = report(&s->ours, what, bits, "ours", (double)count);
    printf("\n");
    peer = report(&s->gmp, what, bits, "gmp", FEW);
    printf(" of_gmp=%.2f\n", us / peer);
    fflush(stdout);
}

/* The fixed key's sizes and the peer's answers agree with ours. */
static void check(bench_he *s)
{
    const size_t L = sc_he_limbs(s->pk);
    uint64_t x[2 * MAX];

    sc_n2_value(sc_he_n2(s->pk), x, sc_cipher_words_const(s->a), 1);
    import(s->cipher, x, 2 * L);
    sc_n2_value(sc_he_n2(s->pk), x, sc_cipher_words_const(s->b), 1);
    import(s->other, x, 2 * L);
    must(sc_he_decrypt(s->sk, s->m, s->a));
    gmp_decrypt(s);
    import(s->z, s->m, L);
    SC_ASSERT(mpz_cmp(s->x, s->z) == 0);
}

static void open_all(bench_he *s, size_t bits)
{
    const size_t L = bits / 64;

    s->rng = sc_rng_system();
    must(sc_he_generate(&s->sk, &s->rng, bits, "bench", 0));
    s->pk = sc_he_private_public(s->sk);
    must(sc_encryptor_new(&s->e, s->pk, 0));
    must(sc_cipher_new(&s->a, s->pk, s->batch));
    must(sc_cipher_new(&s->b, s->pk, s->batch));
    must(sc_cipher_new(&s->c, s->pk, s->batch));
    must(sc_cipher_new(&s->few, s->pk, FEW));
    for (size_t i = 0; i < s->batch; i++) {
        s->k[i] = (int64_t)(CONSTANT >> 1) - (int64_t)i;
    }
    sc_plain_from_i64(s->pk, s->m, s->k, s->batch);
    must(sc_encrypt(s->e, &s->rng, s->a, s->m));
    must(sc_encrypt(s->e, &s->rng, s->b, s->m));
    gmp_randinit_default(s->state);
    mpz_inits(s->n, s->nn, s->p, s->q, s->pp, s->qq, s->p1, s->q1, s->hp, s->hq,
              s->q_inverse, s->x, s->y, s->z, s->cipher, s->other, NULL);
    import(s->n, sc_he_modulus(s->pk), L);
    import(s->p, sc_he_private_p(s->sk), L / 2);
    import(s->q, sc_he_private_q(s->sk), L / 2);
    import(s->y, s->m, L);
    mpz_mul(s->nn, s->n, s->n);
    mpz_invert(s->q_inverse, s->q, s->p);
    open_prime(s->pp, s->p1, s->hp, s->p, s->q);
    open_prime(s->qq, s->q1, s->hq, s->q, s->p);
    check(s);
    open_table(s);
}

static void close_all(bench_he *s)
{
    for (size_t i = 0; i < s->n_windows << GMP_W; i++) {
        mpz_clear(s->table[i]);
    }
    sc_free(s->table);
    mpz_clears(s->n, s->nn, s->p, s->q, s->pp, s->qq, s->p1, s->q1, s->hp,
               s->hq, s->q_inverse, s->x, s->y, s->z, s->cipher, s->other,
               NULL);
    gmp_randclear(s->state);
    sc_cipher_free(&s->a);
    sc_cipher_free(&s->b);
    sc_cipher_free(&s->c);
    sc_cipher_free(&s->few);
    sc_encryptor_free(&s->e);
    sc_he_private_free(&s->sk);
}

/* What a window costs and saves, for the choice of SC_ENCRYPT_WINDOW. */
static void bench_windows(bench_he *s)
{
    for (size_t w = 4; w <= 8; w++) {
        sc_encryptor_free(&s->e);
        must(sc_encryptor_new(&s->e, s->pk, w));
        sc_bench_begin(&s->ours, "encrypt");
        while (sc_bench_wants_more(&s->ours)) {
            sc_bench_timed(&s->ours, our_encrypt, s);
        }
        report(&s->ours, "encrypt", sc_he_bits(s->pk), "ours",
               (double)s->batch);
        printf(" window=%zu\n", w);
    }
}

/* A million values of 32 bits, with room to add up 2^20 of each, on all
 * processors: packed, encrypted, as bytes. */
static void bench_packed(bench_he *s)
{
    const size_t n = sc_bench_is_quick() ? 10000 : 1000000;
    const size_t len = sc_cipher_len(s->pk);
    int64_t *x = sc_alloc(n, sizeof *x);
    struct timespec from, to;
    sc_cipher *c = NULL;
    sc_packing p;
    uint64_t *m;
    sc_buf out = {0};
    double seconds;

    must(sc_packing_init(&p, s->pk, 32, 0, 1 << 20, 0));
    m = sc_alloc(sc_packing_plaintexts(&p, n) * p.limbs, 8);
    SC_ASSERT(x != NULL && m != NULL);
    for (size_t i = 0; i < n; i++) {
        x[i] = (int64_t)(i * CONSTANT >> 32);
    }
    omp_set_num_threads(omp_get_num_procs());
    clock_gettime(CLOCK_MONOTONIC, &from);
    must(sc_pack(&p, m, x, n));
    must(sc_cipher_new(&c, s->pk, sc_packing_plaintexts(&p, n)));
    must(sc_encrypt(s->e, &s->rng, c, m));
    must(sc_cipher_put(&out, c));
    clock_gettime(CLOCK_MONOTONIC, &to);
    omp_set_num_threads(1);
    seconds = (double)(to.tv_sec - from.tv_sec) +
              1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    printf("packed bits=%zu values=%zu slots=%zu ciphertexts=%zu threads=%d "
           "s=%.3f values_per_s=%.0f bytes_per_value=%.2f alone=%zu\n",
           sc_he_bits(s->pk), n, p.slots, sc_cipher_count(c),
           omp_get_num_procs(), seconds, (double)n / seconds,
           (double)out.len / (double)n, len);
    fflush(stdout);
    sc_buf_clear(&out);
    sc_cipher_free(&c);
    sc_free(x);
    sc_free(m);
}

int main(void)
{
    static const size_t sizes[] = {2048, 3072};
    static bench_he s;

    omp_set_num_threads(1);
    sc_bench_init(&s.ours, "Paillier, one thread, processor time, random keys");
    s.gmp.case_ns = s.ours.case_ns;
    s.batch = sc_bench_is_quick() ? 128 : BATCH;
    printf(
        "# GMP %s; batch %zu; ours constant in time, window %d; gmp variable, "
        "window %d\n",
        gmp_version, s.batch, SC_ENCRYPT_WINDOW, GMP_W);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        open_all(&s, sizes[i]);
        measure(&s, "encrypt", s.batch, our_encrypt, gmp_encrypt);
        measure(&s, "decrypt", s.batch, our_decrypt, gmp_decrypt);
        measure(&s, "add", s.batch, our_add, gmp_add);
        measure(&s, "mul64", s.batch, our_mul64, gmp_mul64);
        bench_packed(&s);
        if (!sc_bench_is_quick()) {
            measure(&s, "encrypt_plainly", FEW, our_encrypt_plainly,
                    gmp_encrypt_plainly);
            bench_windows(&s);
        }
        close_all(&s);
    }
    return 0;
}
