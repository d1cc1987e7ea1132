/* tests/unit/test_prove_range.c: he/prove_range.h against an independent model
 * (tests/oracle/he_ranges.py), and what is no proof. */
#include <string.h>

#include "base/mem.h"
#include "he/prove_range.h"
#include "he/share_file.h"
#include "he/words.h"
#include "tests/he_key.h"

enum { BITS = 1024, L = BITS / 64, HALF = L / 2, LEN = BITS / 4, MAX_N = 3 };

/* A key, ciphertexts of values of a shape, and all that is needed to prove it. */
typedef struct {
    sc_threshold *key;
    const sc_he_public *pk;
    sc_encryptor *e;
    sc_range *r;
    sc_rng rng;
    size_t n;
    sc_cipher *c;
    sc_u128 x[MAX_N * SC_RANGE_SLOTS];
    uint64_t m[MAX_N * L], alphas[MAX_N * HALF];
    sc_bytes context;
} world;

static sc_u128 top(size_t bits)
{
    return ~(sc_u128)0 >> (128 - bits);
}

static void encrypt(world *w)
{
    CHECK_OK(sc_range_pack(w->r, w->m, w->x, w->n));
    CHECK_OK(sc_noise_draw(w->pk, &w->rng, w->alphas, w->n));
    CHECK_OK(sc_encrypt_with(w->e, w->c, w->m, w->alphas));
}

static void open_world(world *w, size_t value_bits, size_t slots, size_t n)
{
    memset(w, 0, sizeof *w);
    w->key = sc_he_key_dealt("shared", NULL);
    w->pk = sc_threshold_public(w->key);
    w->rng = sc_rng_system();
    w->context = sc_bytes_of("sum 5, party 2");
    w->n = n;
    CHECK_OK(sc_encryptor_new(&w->e, w->pk, 3));
    CHECK_OK(
        sc_range_new(&w->r, w->key, w->e, value_bits, value_bits + 165, slots));
    CHECK_OK(sc_cipher_new(&w->c, w->pk, n));
    for (size_t i = 0; i < n * slots; i++) {
        w->x[i] = i % 3 == 0   ? top(value_bits)
                  : i % 3 == 1 ? 0
                               : top(value_bits) / (i + 1);
    }
    encrypt(w);
}

static void close_world(world *w)
{
    sc_cipher_free(&w->c);
    sc_range_free(&w->r);
    sc_encryptor_free(&w->e);
    sc_threshold_free(&w->key);
}

static sc_err prove(world *w, sc_buf *out)
{
    return sc_prove_range(w->r, &w->rng, w->context, w->c, w->x, w->alphas,
                          out);
}

static sc_err check(const world *w, const sc_buf *proof)
{
    return sc_check_range(w->r, w->context, w->c, sc_buf_bytes(proof));
}

/* ---- known answers ------------------------------------------------------------ */

static void check_known(const world *w, sc_kat *t)
{
    const sc_bytes x_bytes = sc_kat_bytes(t, "x"),
                   tape = sc_kat_bytes(t, "tape");
    const sc_bytes expected = sc_kat_bytes(t, "proof");
    const sc_bytes context = sc_kat_bytes(t, "context");
    uint64_t *m = sc_he_key_words(t, "m", L), own[MAX_N * L];
    uint64_t *alphas = sc_he_key_words(t, "alpha", HALF);
    sc_rng rng = sc_rng_replay(tape);
    sc_u128 x[MAX_N * SC_RANGE_SLOTS];
    sc_cipher *c = NULL;
    sc_buf out = {0};
    size_t n;

    for (size_t i = 0; i < x_bytes.len / 16; i++) {
        uint64_t v[2];

        sc_words_get(v, 2, x_bytes.p + 16 * i);
        x[i] = (sc_u128)v[1] << 64 | v[0];
    }
    CHECK_OK(sc_cipher_get(&c, w->pk, sc_kat_bytes(t, "c")));
    n = sc_cipher_count(c);
    CHECK_OK(sc_range_pack(w->r, own, x, n));
    CHECK_BYTES(own, m, 8 * L * n);
    CHECK_OK(sc_prove_range(w->r, &rng, context, c, x, alphas, &out));
    CHECK_U64(out.len, expected.len);
    CHECK_BYTES(out.p, expected.p, out.len);
    CHECK_U64(out.len, sc_prove_range_len(w->r, n));
    CHECK_U64(rng.used, tape.len);
    CHECK_OK(sc_check_range(w->r, context, c, sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    sc_cipher_free(&c);
    sc_free(m);
    sc_free(alphas);
}

/* In the last block the first two tries end out of range. */
static void test_known_answers(void **unused)
{
    size_t n_tries = 0;
    world w;
    sc_kat t;

    (void)unused;
    open_world(&w, 64, 1, 1);
    for (sc_kat_open(&t, "he_ranges.kat"); sc_kat_next(&t);) {
        sc_range_free(&w.r);
        CHECK_OK(sc_range_new(&w.r, w.key, w.e, sc_kat_size(&t, "value_bits"),
                              sc_kat_size(&t, "width"),
                              sc_kat_size(&t, "slots")));
        check_known(&w, &t);
        n_tries += sc_kat_size(&t, "tries");
    }
    CHECK_U64(n_tries, 1 + 1 + 1 + 3);
    close_world(&w);
}

/* ---- whatever is in range ------------------------------------------------------ */

static void test_edges(void **unused)
{
    static const struct {
        size_t value_bits, slots, n;
    } cases[] = {{1, 1, 1},  {1, 6, 2},   {32, 5, 2},  {64, 4, 3},
                 {96, 3, 1}, {128, 1, 2}, {128, 3, 1}, {64, 4, 0}};
    sc_buf out = {0};
    world w;

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(&w, cases[i].value_bits, cases[i].slots, cases[i].n);
        CHECK_OK(sc_buf_put_u8(&out, 7)); /* what is there stays */
        CHECK_OK(prove(&w, &out));
        CHECK_U64(out.len, 1 + sc_prove_range_len(w.r, w.n));
        CHECK(out.p[0] == 7);
        CHECK_OK(sc_check_range(w.r, w.context, w.c,
                                (sc_bytes){out.p + 1, out.len - 1}));
        if (cases[i].value_bits < 128 && w.n > 0) {
            w.x[w.n * cases[i].slots - 1] = top(cases[i].value_bits) + 1;
            CHECK_ERR(SC_E_ARG, prove(&w, &out));
            CHECK_U64(out.len, 1 + sc_prove_range_len(w.r, w.n));
        }
        sc_buf_clear(&out);
        close_world(&w);
    }
}

/* All masks are 0: every try ends out of range, and there is an end to them. */
static void test_bad_source(void **unused)
{
    const size_t answer = BITS / 16 + SC_NOISE_MORE_BITS / 8;
    const size_t len = SC_RANGE_TRIES * (8 * HALF + 2 * answer + 32);
    uint8_t *tape = sc_alloc(len, 1);
    sc_buf out = {0};
    world w;

    (void)unused;
    assert_non_null(tape);
    open_world(&w, 64, 1, 1);
    w.rng = sc_rng_replay((sc_bytes){tape, len});
    CHECK_ERR(SC_E_RNG, prove(&w, &out));
    CHECK_U64(w.rng.used, len);
    CHECK_U64(out.len, 0);
    w.rng = sc_rng_replay((sc_bytes){tape, 20});
    CHECK_ERR(SC_E_RNG, prove(&w, &out));
    CHECK_U64(out.len, 0);
    sc_buf_clear(&out);
    sc_free(tape);
    close_world(&w);
}

/* ---- what is no proof ---------------------------------------------------------- */

static void expect_none(const world *w, const sc_buf *proof)
{
    const sc_err got = check(w, proof);

    CHECK(got == SC_E_CHEAT || got == SC_E_WIRE);
}

/* Of every field, a bit at each end: none is left out of the equations. */
static void test_fields(void **unused)
{
    const size_t answer = BITS / 16 + SC_NOISE_MORE_BITS / 8;
    const size_t widths[] = {LEN, 32, 32, answer, answer};
    size_t at = 16;
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w, 64, 2, 2);
    CHECK_OK(prove(&w, &out));
    for (size_t f = 0; f < 2 * 5; at += widths[f++ % 5]) {
        for (size_t end = 0; end < 2; end++) {
            uint8_t *byte = out.p + at + (end ? widths[f % 5] - 1 : 0);

            *byte ^= 1;
            expect_none(&w, &out);
            *byte ^= 1;
        }
    }
    CHECK_U64(at, out.len);
    for (size_t i = 0; i < 16; i += 5) {
        out.p[i] ^= 0x80;
        CHECK_ERR(SC_E_CHEAT, check(&w, &out));
        out.p[i] ^= 0x80;
    }
    CHECK_OK(check(&w, &out));
    out.len--;
    CHECK_ERR(SC_E_WIRE, check(&w, &out));
    out.len++;
    CHECK_OK(sc_buf_put_u8(&out, 0));
    CHECK_ERR(SC_E_WIRE, check(&w, &out));
    sc_buf_clear(&out);
    close_world(&w);
}

/* Numbers that are none, by the lines of the header. */
static void test_out_of_range(void **unused)
{
    const size_t z = 16 + LEN, d = z + 32 + BITS / 16 + SC_NOISE_MORE_BITS / 8;
    uint8_t was[LEN];
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w, 64, 1, 1);
    CHECK_OK(prove(&w, &out));
    memcpy(was, out.p + z, 32);
    memset(out.p + z, 0, 4 + 4); /* z below 2^192 */
    CHECK_ERR(SC_E_WIRE, check(&w, &out));
    memcpy(out.p + z, was, 32);
    out.p[z + 3] = 1; /* 2^224 */
    CHECK_ERR(SC_E_WIRE, check(&w, &out));
    out.p[z + 3] = 0;
    out.p[z] = 0x80; /* the topmost bit of its words */
    CHECK_ERR(SC_E_WIRE, check(&w, &out));
    out.p[z] = 0;
    out.p[d] |= 0x80;
    CHECK_ERR(SC_E_WIRE, check(&w, &out));
    out.p[d] &= 0x7f;
    CHECK_OK(check(&w, &out));
    memset(out.p + 16, 0, LEN); /* S has no inverse */
    CHECK_ERR(SC_E_WIRE, check(&w, &out));
    memset(out.p + 16, 0xff, LEN); /* S above n^2 */
    CHECK_ERR(SC_E_WIRE, check(&w, &out));
    sc_buf_clear(&out);
    close_world(&w);
}

/* The world's key with g_1 and g_2 in each other's place. */
static sc_threshold *turned_key(const world *w)
{
    uint8_t line[2 * LEN];
    sc_threshold *key = NULL;
    sc_buf text = {0};
    uint8_t *first;

    CHECK_OK(sc_threshold_put(&text, w->key));
    first = text.p + text.len - SC_RANGE_SLOTS * (2 + sizeof line + 1) + 2;
    memcpy(line, first, sizeof line);
    memcpy(first, first + sizeof line + 3, sizeof line);
    memcpy(first + sizeof line + 3, line, sizeof line);
    CHECK_OK(sc_threshold_get(&key, sc_buf_bytes(&text), SC_HE_TEST_SIZE));
    sc_buf_clear(&text);
    return key;
}

static void check_other_key(const world *w, sc_threshold *key,
                            const sc_buf *proof)
{
    sc_encryptor *e = NULL;
    sc_range *r = NULL;

    CHECK_OK(sc_encryptor_new(&e, sc_threshold_public(key), 3));
    CHECK_OK(sc_range_new(&r, key, e, 64, 229, 4));
    CHECK_ERR(SC_E_CHEAT,
              sc_check_range(r, w->context, w->c, sc_buf_bytes(proof)));
    sc_range_free(&r);
    sc_encryptor_free(&e);
    sc_threshold_free(&key);
}

static void check_other_shape(const world *w, size_t value_bits, size_t width,
                              size_t slots, const sc_buf *proof)
{
    sc_range *r = NULL;

    CHECK_OK(sc_range_new(&r, w->key, w->e, value_bits, width, slots));
    CHECK(sc_check_range(r, w->context, w->c, sc_buf_bytes(proof)) != SC_OK);
    sc_range_free(&r);
}

/* A proof is for its context, key, shape, ciphertexts and their order. */
static void test_moved(void **unused)
{
    sc_cipher *other = NULL, *turned = NULL;
    sc_buf out = {0}, bytes = {0};
    world w;

    (void)unused;
    open_world(&w, 64, 4, 2);
    CHECK_OK(prove(&w, &out));
    CHECK_OK(check(&w, &out));
    CHECK_ERR(SC_E_CHEAT, sc_check_range(w.r, sc_bytes_of("sum 6, party 2"),
                                         w.c, sc_buf_bytes(&out)));
    CHECK_OK(sc_cipher_put(&bytes, w.c));
    CHECK_OK(sc_cipher_get(&other, w.pk, sc_buf_bytes(&bytes)));
    CHECK_OK(sc_rerandomise(&w.rng, other)); /* the same plaintexts */
    CHECK_ERR(SC_E_CHEAT,
              sc_check_range(w.r, w.context, other, sc_buf_bytes(&out)));
    CHECK_OK(sc_cipher_new(&turned, w.pk, 2));
    for (size_t i = 0; i < 2; i++) {
        sc_n2_copy(sc_he_n2(w.pk), sc_cipher_words(turned), i,
                   sc_cipher_words_const(w.c), 1 - i);
    }
    CHECK_ERR(SC_E_CHEAT,
              sc_check_range(w.r, w.context, turned, sc_buf_bytes(&out)));
    check_other_key(&w, sc_he_key_dealt("another", NULL), &out);
    check_other_key(&w, turned_key(&w), &out);
    check_other_shape(&w, 63, 229, 4, &out);
    check_other_shape(&w, 65, 229, 4, &out);
    check_other_shape(&w, 64, 230, 4, &out);
    check_other_shape(&w, 64, 229, 3, &out);
    sc_buf_clear(&out);
    sc_buf_clear(&bytes);
    sc_cipher_free(&other);
    sc_cipher_free(&turned);
    close_world(&w);
}

/* ---- memory ------------------------------------------------------------------- */

static sc_err use_memory(void *ctx)
{
    world *w = ctx;
    sc_range *r = NULL;
    sc_buf out = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_range_new(&r, w->key, w->e, 1, 166, 2));
    SC_TRY(prove(w, &out));
    SC_TRY(check(w, &out));
    err = SC_OK;
out:
    sc_range_free(&r);
    if (err != SC_OK) {
        CHECK(out.len == 0 || out.len == sc_prove_range_len(w->r, w->n));
    }
    sc_buf_clear(&out);
    return err;
}

static void test_memory(void **unused)
{
    world w;

    (void)unused;
    open_world(&w, 1, 2, 1);
    CHECK_ALLOC(use_memory, &w);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_edges),
        cmocka_unit_test(test_bad_source),    cmocka_unit_test(test_fields),
        cmocka_unit_test(test_out_of_range),  cmocka_unit_test(test_moved),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
