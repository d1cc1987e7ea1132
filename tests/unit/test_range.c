/* tests/unit/test_range.c: he/range.h: values in slots, and the totals of sums of proved
 * ciphertexts, among them one of a prover who lies within the slack. */
#include <string.h>

#include "base/mem.h"
#include "he/prove_range.h"
#include "tests/he_key.h"

enum { BITS = 1024, L = BITS / 64, HALF = L / 2 };
enum { V = 64, WIDTH = V + 165, SLOTS = 4, N = 2, PROVERS = 3 };

typedef struct {
    sc_threshold *key;
    const sc_he_public *pk;
    sc_share share; /* decrypts alone */
    sc_encryptor *e;
    sc_range *r;
    sc_rng rng;
} world;

static void open_world(world *w)
{
    memset(w, 0, sizeof *w);
    w->key = sc_he_key_dealt("shared", &w->share);
    w->pk = sc_threshold_public(w->key);
    w->rng = sc_rng_system();
    CHECK_OK(sc_encryptor_new(&w->e, w->pk, 3));
    CHECK_OK(sc_range_new(&w->r, w->key, w->e, V, WIDTH, SLOTS));
}

static void close_world(world *w)
{
    sc_range_free(&w->r);
    sc_encryptor_free(&w->e);
    sc_threshold_free(&w->key);
}

/* ---- shapes ------------------------------------------------------------------- */

static void test_shapes(void **unused)
{
    static const struct {
        size_t value_bits, width, slots;
        sc_err expected;
    } cases[] = {
        {1, 162, 6, SC_OK},         {128, 289, 3, SC_OK},
        {1, 1023, 1, SC_OK},        {0, 200, 1, SC_E_ARG},
        {129, 400, 1, SC_E_ARG},    {64, 224, 1, SC_E_ARG},
        {64, 229, 0, SC_E_ARG},     {64, 229, 5, SC_E_ARG},
        {1, 1024, 1, SC_E_ARG},     {1, 162, SC_RANGE_SLOTS + 1, SC_E_ARG},
        {1, SIZE_MAX, 2, SC_E_ARG},
    };
    sc_he_private *sk = sc_he_key();
    sc_encryptor *e = NULL;
    sc_range *r = NULL;
    world w;

    (void)unused;
    open_world(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_ERR(cases[i].expected,
                  sc_range_new(&r, w.key, w.e, cases[i].value_bits,
                               cases[i].width, cases[i].slots));
        CHECK((r == NULL) == (cases[i].expected != SC_OK));
        sc_range_free(&r);
    }
    CHECK_OK(sc_encryptor_new(&e, sc_he_private_public(sk), 3));
    CHECK_ERR(SC_E_ARG, sc_range_new(&r, w.key, e, V, WIDTH, SLOTS));
    sc_encryptor_free(&e);
    sc_he_private_free(&sk);
    sc_threshold *other =
        sc_he_key_dealt("another", NULL); /* hs is of the id */
    CHECK_ERR(SC_E_ARG, sc_range_new(&r, other, w.e, V, WIDTH, SLOTS));
    sc_threshold_free(&other);
    close_world(&w);
}

/* ---- values and totals ------------------------------------------------------------ */

static void test_pack(void **unused)
{
    const sc_u128 max = UINT64_MAX;
    sc_u128 x[N * SLOTS] = {1, max, 0, 5, max, 0, 0, max}, totals[N * SLOTS];
    uint64_t m[N * L];
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_range_pack(w.r, m, x, N));
    CHECK_OK(sc_range_unpack(w.r, totals, m, 1, N));
    CHECK_BYTES(totals, x, sizeof x);
    CHECK_ERR(SC_E_CHEAT, sc_range_unpack(w.r, totals, m, 0, N));
    CHECK_ZERO(totals, sizeof totals);
    for (size_t at = 0; at < 64 * L; at++) { /* a bit that may not be */
        m[at / 64] ^= (uint64_t)1 << at % 64;
        if (at >= WIDTH * SLOTS || at % WIDTH >= V) {
            CHECK_ERR(SC_E_CHEAT, sc_range_unpack(w.r, totals, m, 1, N));
            CHECK_ZERO(totals, sizeof totals);
        }
        m[at / 64] ^= (uint64_t)1 << at % 64;
    }
    x[N * SLOTS - 1] = max + 1;
    CHECK_ERR(SC_E_ARG, sc_range_pack(w.r, m, x, N));
    CHECK_ZERO(m, sizeof m);
    close_world(&w);
}

/* WIDTH has room for 2^4 addends; a total of 128 bits for 2^64 of V bits. */
static void test_addends(void **unused)
{
    sc_u128 x[SLOTS] = {0}, totals[SLOTS];
    uint64_t m[L] = {0};
    sc_range *wide = NULL;
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_range_unpack(w.r, totals, m, 16, 1));
    CHECK_ERR(SC_E_ARG, sc_range_unpack(w.r, totals, m, 17, 1));
    CHECK_OK(sc_range_new(&wide, w.key, w.e, 120, 400, 2));
    CHECK_OK(sc_range_unpack(wide, totals, m, 256, 1));
    CHECK_ERR(SC_E_ARG, sc_range_unpack(wide, totals, m, 257, 1));
    sc_range_free(&wide);
    CHECK_OK(sc_range_new(&wide, w.key, w.e, 128, 400, 2));
    memset(x, 0xff, sizeof x);
    CHECK_OK(sc_range_pack(wide, m, x, 1));
    CHECK_OK(sc_range_unpack(wide, totals, m, 1, 1));
    CHECK_BYTES(totals, x, 2 * sizeof *x);
    CHECK_ERR(SC_E_ARG, sc_range_unpack(wide, totals, m, 2, 1));
    sc_range_free(&wide);
    close_world(&w);
}

/* ---- sums ------------------------------------------------------------------------ */

/* sum = sum + what a prover with the values x sends, if its proof is one. */
static void add_proved(world *w, sc_cipher *sum, const sc_u128 *x)
{
    const sc_bytes context = sc_bytes_of("sum 5");
    uint64_t m[N * L], alphas[N * HALF];
    sc_cipher *c = NULL;
    sc_buf proof = {0};

    CHECK_OK(sc_cipher_new(&c, w->pk, N));
    CHECK_OK(sc_range_pack(w->r, m, x, N));
    CHECK_OK(sc_noise_draw(w->pk, &w->rng, alphas, N));
    CHECK_OK(sc_encrypt_with(w->e, c, m, alphas));
    CHECK_OK(sc_prove_range(w->r, &w->rng, context, c, x, alphas, &proof));
    CHECK_OK(sc_check_range(w->r, context, c, sc_buf_bytes(&proof)));
    CHECK_OK(sc_cipher_add(sum, sum, c));
    sc_buf_clear(&proof);
    sc_cipher_free(&c);
}

static void decrypt(const world *w, uint64_t *m, const sc_cipher *c)
{
    sc_cipher *part = NULL;

    CHECK_OK(sc_cipher_new(&part, w->pk, sc_cipher_count(c)));
    CHECK_OK(sc_threshold_part(w->key, &w->share, c, part));
    CHECK_OK(sc_threshold_combine(w->key, &w->share.index,
                                  (const sc_cipher *const[]){part}, m));
    sc_cipher_free(&part);
}

/* c[0] = c[0] + 2^(WIDTH*slot) * x, as one does who lies within the slack. */
static void add_lie(const world *w, sc_cipher *c, size_t slot, int64_t x)
{
    uint64_t m[N * L] = {0};
    const int64_t times[N] = {x, 1};
    sc_cipher *lie = NULL;
    sc_rng rng = sc_rng_system();

    m[WIDTH * slot / 64] = (uint64_t)1 << WIDTH * slot % 64;
    CHECK_OK(sc_cipher_new(&lie, w->pk, N));
    CHECK_OK(sc_encrypt_plainly(&rng, lie, m));
    CHECK_OK(sc_cipher_mul(lie, lie, times));
    CHECK_OK(sc_cipher_add(c, c, lie));
    sc_cipher_free(&lie);
}

static void test_sums(void **unused)
{
    sc_u128 x[N * SLOTS], sums[N * SLOTS] = {0}, totals[N * SLOTS];
    uint64_t m[N * L];
    sc_cipher *all = NULL;
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_cipher_new(&all, w.pk, N));
    for (size_t p = 0; p < PROVERS; p++) {
        for (size_t i = 0; i < N * SLOTS; i++) {
            x[i] = i == 0 ? UINT64_MAX : i == 2 ? 0 : 1000 * p + i;
            sums[i] += x[i];
        }
        add_proved(&w, all, x);
    }
    decrypt(&w, m, all);
    CHECK_OK(sc_range_unpack(w.r, totals, m, PROVERS, N));
    CHECK_BYTES(totals, sums, sizeof sums);
    CHECK_ERR(SC_E_CHEAT, sc_range_unpack(w.r, totals, m, PROVERS - 1, N));

    add_lie(&w, all, 1, -2); /* a total of values in range could be this */
    sums[1] -= 2;
    decrypt(&w, m, all);
    CHECK_OK(sc_range_unpack(w.r, totals, m, PROVERS, N));
    CHECK_BYTES(totals, sums, sizeof sums);
    add_lie(&w, all, 2, -1); /* slot 2 is empty */
    decrypt(&w, m, all);
    CHECK_ERR(SC_E_CHEAT, sc_range_unpack(w.r, totals, m, PROVERS, N));
    CHECK_ZERO(totals, sizeof totals);
    add_lie(&w, all, 2, 1);
    add_lie(&w, all, SLOTS - 1, INT64_MIN); /* the plaintext is below 0 */
    decrypt(&w, m, all);
    CHECK_ERR(SC_E_CHEAT, sc_range_unpack(w.r, totals, m, PROVERS, N));
    sc_cipher_free(&all);
    close_world(&w);
}

/* More than a thread takes at once. */
static void test_many(void **unused)
{
    enum { MANY = 2 * (int)SC_CIPHER_CHUNK + 3 };
    static sc_u128 x[MANY * SLOTS];
    static uint64_t m[MANY * L], alphas[MANY * HALF];
    const sc_bytes context = sc_bytes_of("many");
    sc_cipher *c = NULL;
    sc_buf proof = {0};
    world w;

    (void)unused;
    open_world(&w);
    for (size_t i = 0; i < MANY * SLOTS; i++) {
        x[i] = i * i;
    }
    CHECK_OK(sc_range_pack(w.r, m, x, MANY));
    CHECK_OK(sc_noise_draw(w.pk, &w.rng, alphas, MANY));
    CHECK_OK(sc_cipher_new(&c, w.pk, MANY));
    CHECK_OK(sc_encrypt_with(w.e, c, m, alphas));
    CHECK_OK(sc_prove_range(w.r, &w.rng, context, c, x, alphas, &proof));
    CHECK_OK(sc_check_range(w.r, context, c, sc_buf_bytes(&proof)));
    proof.p[proof.len - 1] ^= 1;
    CHECK_ERR(SC_E_CHEAT,
              sc_check_range(w.r, context, c, sc_buf_bytes(&proof)));
    sc_buf_clear(&proof);
    sc_cipher_free(&c);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),  cmocka_unit_test(test_pack),
        cmocka_unit_test(test_addends), cmocka_unit_test(test_sums),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
