/* bench/bench_range.c: proofs of ranges (he/prove_range.h) on one thread: processor
 * time a ciphertext, in batches, and what the tables of the g_k take; and the same of
 * proofs bit by bit (he/prove_bits.h), a bit. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/bench.h"
#include "he/from_bits.h"
#include "he/prove_bits.h"
#include "he/prove_range.h"

enum { BATCH = 128, VALUE_BITS = 64, WIDTH = VALUE_BITS + 161 + 4, SLOTS = 13 };

typedef struct {
    sc_bench b;
    sc_threshold *key;
    const sc_he_public *pk;
    sc_encryptor *e;
    sc_range *r;
    sc_rng rng;
    size_t slots;
    sc_cipher *c;
    sc_u128 x[BATCH * SC_RANGE_SLOTS];
    uint64_t m[BATCH * SC_HE_MAX_LIMBS], alphas[BATCH * SC_HE_MAX_LIMBS / 2];
    uint8_t bits[BATCH];
    sc_cipher *joined;
    sc_buf proof;
} bench_range;

static void must(sc_err err)
{
    SC_ASSERT(err == SC_OK);
}

static void make_table(void *ctx)
{
    bench_range *s = ctx;

    sc_range_free(&s->r);
    must(sc_range_new(&s->r, s->key, s->e, VALUE_BITS, WIDTH, s->slots));
}

static void encrypt(void *ctx)
{
    bench_range *s = ctx;

    must(sc_encrypt_with(s->e, s->c, s->m, s->alphas));
}

static void prove(void *ctx)
{
    bench_range *s = ctx;

    sc_buf_reset(&s->proof);
    must(sc_prove_range(s->r, &s->rng, sc_bytes_of("bench"), s->c, s->x,
                        s->alphas, &s->proof));
}

static void check(void *ctx)
{
    bench_range *s = ctx;

    must(sc_check_range(s->r, sc_bytes_of("bench"), s->c,
                        sc_buf_bytes(&s->proof)));
}

static void prove_bits(void *ctx)
{
    bench_range *s = ctx;

    sc_buf_reset(&s->proof);
    must(sc_prove_bits(s->e, &s->rng, sc_bytes_of("bench"), s->c, s->bits,
                       s->alphas, &s->proof));
}

static void check_bits(void *ctx)
{
    bench_range *s = ctx;

    must(sc_check_bits(s->e, sc_bytes_of("bench"), s->c,
                       sc_buf_bytes(&s->proof)));
}

static void join_bits(void *ctx)
{
    bench_range *s = ctx;

    must(sc_cipher_from_bits(s->joined, 0, s->c, VALUE_BITS, VALUE_BITS));
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* By the processor's time, for other programs may be running. */
static void measure(bench_range *s, const char *what, void (*work)(void *),
                    double count)
{
    double us[3];

    sc_bench_begin(&s->b, "%s", what);
    while (sc_bench_wants_more(&s->b)) {
        sc_bench_timed(&s->b, work, s);
    }
    qsort(s->b.cpu_ns, s->b.n_runs, sizeof s->b.cpu_ns[0], compare_u64);
    for (size_t i = 0; i < 3; i++) {
        const size_t at = s->b.n_runs * (i == 0 ? 5 : i == 1 ? 1 : 9) / 10;

        us[i] = (double)s->b.cpu_ns[at] / 1000 / count;
    }
    printf("%s bits=%zu slots=%zu value_bits=%d width=%d median_us=%.0f "
           "p10=%.0f p90=%.0f runs=%zu\n",
           what, sc_he_bits(s->pk), s->slots, VALUE_BITS, WIDTH, us[0], us[1],
           us[2], s->b.n_runs);
    fflush(stdout);
}

static void open_all(bench_range *s, size_t bits)
{
    sc_share shares[2];

    s->rng = sc_rng_system();
    must(sc_threshold_deal(&s->key, shares, &s->rng, bits, "bench", 2, 2, 0));
    s->pk = sc_threshold_public(s->key);
    s->slots = (bits - 1) / WIDTH < SLOTS ? (bits - 1) / WIDTH : SLOTS;
    must(sc_encryptor_new(&s->e, s->pk, 0));
    make_table(s);
    for (size_t i = 0; i < BATCH * s->slots; i++) {
        s->x[i] = i * 0x9e3779b97f4a7c15 >> 1;
    }
    must(sc_range_pack(s->r, s->m, s->x, BATCH));
    must(sc_noise_draw(s->pk, &s->rng, s->alphas, BATCH));
    must(sc_cipher_new(&s->c, s->pk, BATCH));
    encrypt(s);
    prove(s);
}

static void open_bits(bench_range *s)
{
    const size_t L = sc_he_limbs(s->pk);

    memset(s->m, 0, sizeof s->m);
    for (size_t i = 0; i < BATCH; i++) {
        s->bits[i] = i % 3 == 0;
        s->m[L * i] = s->bits[i];
    }
    encrypt(s);
    prove_bits(s);
    must(sc_cipher_new(&s->joined, s->pk, 1));
}

static void close_all(bench_range *s)
{
    sc_cipher_free(&s->joined);
    sc_buf_clear(&s->proof);
    sc_cipher_free(&s->c);
    sc_range_free(&s->r);
    sc_encryptor_free(&s->e);
    sc_threshold_free(&s->key);
}

int main(void)
{
    static bench_range s;

    omp_set_num_threads(1);
    sc_bench_init(&s.b, "proofs of ranges, one thread, processor time, a "
                        "random key");
    open_all(&s, sc_bench_is_quick() ? 2048 : 3072);
    measure(&s, "range_table", make_table, 1);
    measure(&s, "encrypt", encrypt, BATCH);
    measure(&s, "prove_range", prove, BATCH);
    measure(&s, "check_range", check, BATCH);
    printf("# a proof of %d ciphertexts: %zu bytes, %zu each and %d\n", BATCH,
           s.proof.len, (s.proof.len - 16) / BATCH, 16);
    open_bits(&s);
    measure(&s, "prove_bit", prove_bits, BATCH);
    measure(&s, "check_bit", check_bits, BATCH);
    measure(&s, "join_bit", join_bits, BATCH);
    close_all(&s);
    return 0;
}
