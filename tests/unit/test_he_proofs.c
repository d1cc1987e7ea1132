/* tests/unit/test_he_proofs.c: the proofs of he/ against an independent model
 * (tests/oracle/he_proofs.py), and what is no proof. */
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "he/opening.h"
#include "he/prove_bits.h"
#include "he/prove_modulus.h"
#include "he/prove_plain.h"
#include "he/words.h"
#include "tests/he_key.h"

enum { BITS = 1024, L = BITS / 64, HALF = L / 2, N = 4 };

/* A key, ciphertexts that hold 0 or 1, and all that is needed to prove it. */
typedef struct {
    sc_he_private *sk;
    const sc_he_public *pk;
    sc_encryptor *e;
    sc_rng rng;
    sc_cipher *c;
    uint64_t m[N * L], alphas[N * HALF];
    uint8_t bits[N];
    sc_bytes context;
} world;

static void open_world(world *w)
{
    memset(w, 0, sizeof *w);
    w->sk = sc_he_key();
    w->pk = sc_he_private_public(w->sk);
    w->rng = sc_rng_system();
    w->context = sc_bytes_of("job 7, party 2");
    CHECK_OK(sc_encryptor_new(&w->e, w->pk, 3));
    CHECK_OK(sc_cipher_new(&w->c, w->pk, N));
    CHECK_OK(sc_noise_draw(w->pk, &w->rng, w->alphas, N));
    for (size_t i = 0; i < N; i++) {
        w->bits[i] = (uint8_t)(i % 3 == 1);
        w->m[L * i] = w->bits[i];
    }
    CHECK_OK(sc_encrypt_with(w->e, w->c, w->m, w->alphas));
}

static void close_world(world *w)
{
    sc_cipher_free(&w->c);
    sc_encryptor_free(&w->e);
    sc_he_private_free(&w->sk);
}

/* The two proofs about ciphertexts, as one kind of thing. */
typedef sc_err prove_call(world *w, sc_buf *out);
typedef sc_err check_call(const sc_encryptor *e, sc_bytes context,
                          const sc_cipher *c, sc_bytes proof);

static sc_err prove_plain(world *w, sc_buf *out)
{
    return sc_prove_plain(w->e, &w->rng, w->context, w->c, w->m, w->alphas,
                          out);
}

static sc_err prove_bits(world *w, sc_buf *out)
{
    return sc_prove_bits(w->e, &w->rng, w->context, w->c, w->bits, w->alphas,
                         out);
}

static const struct {
    prove_call *prove;
    check_call *check;
} kinds[] = {{prove_plain, sc_check_plain}, {prove_bits, sc_check_bits}};

#define EACH_KIND for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)

/* ---- known answers ------------------------------------------------------------ */

static sc_cipher *cipher_of(const sc_he_public *pk, sc_kat *t, const char *name)
{
    sc_cipher *c = NULL;

    CHECK_OK(sc_cipher_get(&c, pk, sc_kat_bytes(t, name)));
    return c;
}

static void check_known(const sc_buf *out, sc_bytes expected)
{
    CHECK_U64(out->len, expected.len);
    CHECK_BYTES(out->p, expected.p, expected.len);
}

static void test_known_answers(void **unused)
{
    uint64_t *m, *alphas, *r, noise[L], sum[L] = {2};
    uint8_t digest[SC_HASH_LEN], bits[N];
    sc_cipher *c, *one;
    sc_bytes context;
    sc_buf out = {0};
    sc_rng tape;
    sc_kat t;
    world w;

    (void)unused;
    open_world(&w);
    sc_kat_open(&t, "he_proofs.kat");
    CHECK(sc_kat_next(&t));
    context = sc_kat_bytes(&t, "context");
    m = sc_he_key_words(&t, "m", L);
    alphas = sc_he_key_words(&t, "alpha", HALF);

    c = cipher_of(w.pk, &t, "c");
    tape = sc_rng_replay(sc_kat_bytes(&t, "tape_plain"));
    CHECK_OK(sc_prove_plain(w.e, &tape, context, c, m, alphas, &out));
    check_known(&out, sc_kat_bytes(&t, "proof_plain"));
    CHECK_U64(out.len, sc_prove_plain_len(w.pk, N));
    CHECK_OK(sc_check_plain(w.e, context, c, sc_buf_bytes(&out)));
    sc_cipher_free(&c);
    sc_buf_clear(&out);

    c = cipher_of(w.pk, &t, "c_bits");
    for (size_t i = 0; i < N; i++) {
        bits[i] = (uint8_t)sc_kat_u64_at(&t, "bits", i);
    }
    tape = sc_rng_replay(sc_kat_bytes(&t, "tape_bits"));
    CHECK_OK(sc_prove_bits(w.e, &tape, context, c, bits, alphas, &out));
    check_known(&out, sc_kat_bytes(&t, "proof_bits"));
    CHECK_U64(out.len, sc_prove_bits_len(w.pk, N));
    CHECK_OK(sc_check_bits(w.e, context, c, sc_buf_bytes(&out)));
    sc_buf_clear(&out);

    tape = sc_rng_replay(sc_kat_bytes(&t, "tape_modulus"));
    CHECK_OK(sc_prove_modulus(w.sk, &tape, context, &out));
    sc_sha256(digest, sc_buf_bytes(&out));
    CHECK_BYTES(digest, sc_kat_bytes(&t, "sha256_modulus").p, sizeof digest);
    CHECK_OK(sc_check_modulus(w.pk, context, sc_buf_bytes(&out)));
    sc_buf_clear(&out);

    one = cipher_of(w.pk, &t, "sum");
    r = sc_he_key_words(&t, "r", L);
    CHECK_OK(sc_open_noise(w.sk, noise, one));
    CHECK_BYTES(noise, r, sizeof noise);
    CHECK_OK(sc_check_opening(w.pk, one, sum, noise));
    while (sc_kat_next(&t)) {
    }
    sc_cipher_free(&c);
    sc_cipher_free(&one);
    sc_free(m);
    sc_free(alphas);
    sc_free(r);
    close_world(&w);
}

/* ---- proofs about ciphertexts -------------------------------------------------- */

/* Of every field, a bit at each end: none is left out of the equations. */
static void check_fields(const world *w, check_call *check, sc_buf *proof)
{
    const size_t answer = BITS / 16 + SC_NOISE_MORE_BITS / 8;
    const size_t widths[2][3] = {{BITS / 8, answer, 0}, {16, answer, answer}};
    const size_t *width = widths[check == sc_check_bits];
    size_t at = 16;

    for (size_t i = 0; i < N; i++) {
        for (size_t f = 0; f < 3 && width[f] > 0; at += width[f++]) {
            for (size_t end = 0; end < 2; end++) {
                uint8_t *byte = proof->p + at + (end ? width[f] - 1 : 0);
                sc_err got;

                *byte ^= 1;
                got = check(w->e, w->context, w->c, sc_buf_bytes(proof));
                CHECK(got == SC_E_CHEAT || got == SC_E_WIRE);
                *byte ^= 1;
            }
        }
    }
    CHECK_U64(at, proof->len);
}

static void test_fields(void **unused)
{
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w);
    EACH_KIND
    {
        check_call *check = kinds[k].check;

        CHECK_OK(kinds[k].prove(&w, &out));
        CHECK_OK(check(w.e, w.context, w.c, sc_buf_bytes(&out)));
        check_fields(&w, check, &out);
        for (size_t i = 0; i < 16; i++) {
            out.p[i] ^= 0x80;
            CHECK_ERR(SC_E_CHEAT,
                      check(w.e, w.context, w.c, sc_buf_bytes(&out)));
            out.p[i] ^= 0x80;
        }
        CHECK_ERR(SC_E_WIRE,
                  check(w.e, w.context, w.c, (sc_bytes){out.p, out.len - 1}));
        CHECK_ERR(SC_E_WIRE, check(w.e, w.context, w.c, (sc_bytes){NULL, 0}));
        CHECK_OK(sc_buf_put_u8(&out, 0));
        CHECK_ERR(SC_E_WIRE, check(w.e, w.context, w.c, sc_buf_bytes(&out)));
        sc_buf_clear(&out);
    }
    close_world(&w);
}

/* Each of n as w: not a number mod n. */
static void test_out_of_range(void **unused)
{
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(prove_plain(&w, &out));
    sc_words_put(out.p + 16, sc_he_modulus(w.pk), L);
    CHECK_ERR(SC_E_WIRE,
              sc_check_plain(w.e, w.context, w.c, sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    close_world(&w);
}

/* A proof is for its context, key, ciphertexts and their order, and no other. */
static void test_moved(void **unused)
{
    sc_cipher *other = NULL, *turned = NULL;
    sc_he_private *again = NULL;
    sc_encryptor *renamed = NULL;
    sc_buf out = {0}, bytes = {0};
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_he_private_new(&again, sc_he_private_p(w.sk),
                               sc_he_private_q(w.sk), BITS, "another",
                               SC_HE_TEST_SIZE));
    CHECK_OK(sc_encryptor_new(&renamed, sc_he_private_public(again), 3));
    CHECK_OK(sc_cipher_put(&bytes, w.c));
    CHECK_OK(sc_cipher_get(&other, w.pk, sc_buf_bytes(&bytes)));
    CHECK_OK(sc_rerandomise(&w.rng, other)); /* the same plaintexts */
    for (size_t i = 0; i < BITS / 4; i++) {  /* the first two change places */
        uint8_t was = bytes.p[i];

        bytes.p[i] = bytes.p[BITS / 4 + i];
        bytes.p[BITS / 4 + i] = was;
    }
    CHECK_OK(sc_cipher_get(&turned, w.pk, sc_buf_bytes(&bytes)));
    EACH_KIND
    {
        check_call *check = kinds[k].check;
        sc_bytes proof;

        CHECK_OK(kinds[k].prove(&w, &out));
        proof = sc_buf_bytes(&out);
        CHECK_OK(check(w.e, w.context, w.c, proof));
        CHECK_ERR(SC_E_CHEAT,
                  check(w.e, sc_bytes_of("job 8, party 2"), w.c, proof));
        CHECK_ERR(SC_E_CHEAT, check(w.e, w.context, other, proof));
        CHECK_ERR(SC_E_CHEAT, check(w.e, w.context, turned, proof));
        CHECK_ERR(SC_E_CHEAT, check(renamed, w.context, w.c, proof));
        sc_buf_clear(&out);
    }
    sc_buf_clear(&bytes);
    sc_cipher_free(&other);
    sc_cipher_free(&turned);
    sc_encryptor_free(&renamed);
    sc_he_private_free(&again);
    close_world(&w);
}

/* Ciphertexts made of another's: their maker has no m and alpha that fit. */
static void test_copied(void **unused)
{
    static const int64_t three[N] = {3, 3, 3, 3};
    sc_cipher *mine = NULL;
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_cipher_new(&mine, w.pk, N));
    CHECK_OK(sc_cipher_mul(mine, w.c, three));
    CHECK_OK(prove_plain(&w, &out)); /* the other's */
    CHECK_ERR(SC_E_CHEAT,
              sc_check_plain(w.e, w.context, mine, sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    for (size_t i = 0; i < N; i++) { /* as if alpha were the other's */
        w.m[L * i] *= 3;
    }
    CHECK_OK(sc_prove_plain(w.e, &w.rng, w.context, mine, w.m, w.alphas, &out));
    CHECK_ERR(SC_E_CHEAT,
              sc_check_plain(w.e, w.context, mine, sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    sc_cipher_free(&mine);
    close_world(&w);
}

/* Who weighs twice, or takes off: 2 and n - 1, said to be 0, said to be 1. */
static void test_no_bits(void **unused)
{
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w);
    for (size_t lie = 0; lie < 4; lie++) {
        memset(w.m, 0, sizeof w.m);
        memset(w.bits, 0, sizeof w.bits);
        if (lie < 2) {
            w.m[L] = 2;
        } else {
            memcpy(w.m + L, sc_he_modulus(w.pk), 8 * L);
            w.m[L]--;
        }
        w.bits[1] = lie % 2;
        CHECK_OK(sc_encrypt_with(w.e, w.c, w.m, w.alphas));
        CHECK_OK(prove_bits(&w, &out));
        CHECK_ERR(SC_E_CHEAT,
                  sc_check_bits(w.e, w.context, w.c, sc_buf_bytes(&out)));
        sc_buf_clear(&out);
    }
    w.bits[2] = 2;
    CHECK_ERR(SC_E_ARG, prove_bits(&w, &out));
    CHECK_U64(out.len, 0);
    close_world(&w);
}

static void test_empty(void **unused)
{
    sc_cipher *none = NULL;
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_cipher_new(&none, w.pk, 0));
    CHECK_OK(sc_prove_plain(w.e, &w.rng, w.context, none, w.m, w.alphas, &out));
    CHECK_U64(out.len, 16);
    CHECK_OK(sc_check_plain(w.e, w.context, none, sc_buf_bytes(&out)));
    CHECK_ERR(SC_E_CHEAT,
              sc_check_bits(w.e, w.context, none, sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    sc_cipher_free(&none);
    close_world(&w);
}

/* ---- keys and openings ---------------------------------------------------------- */

static void check_modulus_fails(const world *w, sc_buf *proof, size_t at)
{
    sc_err got;

    proof->p[at] ^= 1;
    got = sc_check_modulus(w->pk, w->context, sc_buf_bytes(proof));
    CHECK(got == SC_E_CHEAT || got == SC_E_WIRE);
    proof->p[at] ^= 1;
}

static void test_modulus(void **unused)
{
    const size_t len = BITS / 8;
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_prove_modulus(w.sk, &w.rng, w.context, &out));
    CHECK_OK(sc_check_modulus(w.pk, w.context, sc_buf_bytes(&out)));
    CHECK_U64(out.len, sc_prove_modulus_len(w.pk));
    CHECK_ERR(SC_E_CHEAT,
              sc_check_modulus(w.pk, sc_bytes_of("other"), sc_buf_bytes(&out)));
    CHECK_ERR(SC_E_WIRE, sc_check_modulus(w.pk, w.context,
                                          (sc_bytes){out.p, out.len - 1}));
    check_modulus_fails(&w, &out, 0); /* w */
    check_modulus_fails(&w, &out, len - 1);
    for (size_t i = 0; i < 32; i += 5) { /* a and b */
        check_modulus_fails(&w, &out, len + i);
    }
    for (size_t i = 0; i < 2 * SC_MODULUS_ROUNDS; i += 17) { /* x and z */
        check_modulus_fails(&w, &out, len + 32 + len * i);
        check_modulus_fails(&w, &out, len + 32 + len * i + len - 1);
    }
    memset(out.p + len + 32, 0, len); /* x = 0 */
    CHECK_ERR(SC_E_WIRE, sc_check_modulus(w.pk, w.context, sc_buf_bytes(&out)));
    memset(out.p, 0xff, len); /* w above n */
    CHECK_ERR(SC_E_WIRE, sc_check_modulus(w.pk, w.context, sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    close_world(&w);
}

static void test_opening(void **unused)
{
    uint64_t m[N * L], r[N * L];
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_cipher_add(w.c, w.c, w.c));
    CHECK_OK(sc_he_decrypt(w.sk, m, w.c));
    CHECK_OK(sc_open_noise(w.sk, r, w.c));
    CHECK_OK(sc_check_opening(w.pk, w.c, m, r));
    for (size_t i = 0; i < N; i++) {
        m[L * i]++;
        CHECK_ERR(SC_E_CHEAT, sc_check_opening(w.pk, w.c, m, r));
        m[L * i]--;
        r[L * i] ^= 2;
        CHECK_ERR(SC_E_CHEAT, sc_check_opening(w.pk, w.c, m, r));
        r[L * i] ^= 2;
    }
    memcpy(m, sc_he_modulus(w.pk), 8 * L);
    CHECK_ERR(SC_E_ARG, sc_check_opening(w.pk, w.c, m, r));
    memset(m, 0, 8 * L);
    memset(r, 0xff, 8 * L);
    CHECK_ERR(SC_E_ARG, sc_check_opening(w.pk, w.c, m, r));
    close_world(&w);
}

/* ---- memory ------------------------------------------------------------------- */

static sc_err use_memory(void *ctx)
{
    world *w = ctx;
    uint64_t r[N * L];
    sc_buf out = {0};
    sc_err err = SC_E_BUG;

    EACH_KIND
    {
        SC_TRY(kinds[k].prove(w, &out));
        SC_TRY(kinds[k].check(w->e, w->context, w->c, sc_buf_bytes(&out)));
        sc_buf_clear(&out);
    }
    SC_TRY(sc_open_noise(w->sk, r, w->c));
    SC_TRY(sc_check_opening(w->pk, w->c, w->m, r));
    err = SC_OK;
out:
    sc_buf_clear(&out);
    return err;
}

static void test_memory(void **unused)
{
    world w;

    (void)unused;
    open_world(&w);
    CHECK_ALLOC(use_memory, &w);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_fields),
        cmocka_unit_test(test_out_of_range),  cmocka_unit_test(test_moved),
        cmocka_unit_test(test_copied),        cmocka_unit_test(test_no_bits),
        cmocka_unit_test(test_empty),         cmocka_unit_test(test_modulus),
        cmocka_unit_test(test_opening),       cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
