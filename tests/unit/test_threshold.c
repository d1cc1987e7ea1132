/* tests/unit/test_threshold.c: keys in shares against an independent model
 * (tests/oracle/threshold.py): any t decrypt, fewer do not, a wrong part is named. */
#include <string.h>

#include "base/mem.h"
#include "he/prove_part.h"
#include "tests/he_key.h"

enum { BITS = 1024, L = BITS / 64, N = 4, LEN = BITS / 4 };

/* A block of the vectors. */
typedef struct {
    sc_kat t;
    sc_threshold *key;
    const sc_he_public *pk;
    size_t needed, parties, who[SC_THRESHOLD_MAX];
    sc_bytes context;
    sc_share shares[SC_THRESHOLD_MAX];
    sc_cipher *c, *parts[SC_THRESHOLD_MAX]; /* of who */
    uint64_t *m;
} world;

/* The next block, or 0. */
static int next_world(world *w)
{
    uint64_t *s;

    if (!sc_kat_next(&w->t)) {
        return 0;
    }
    w->needed = sc_kat_size(&w->t, "needed");
    w->parties = sc_kat_size(&w->t, "parties");
    w->context = sc_kat_bytes(&w->t, "context");
    CHECK_OK(sc_threshold_new(&w->key, sc_kat_bytes(&w->t, "n"),
                              sc_kat_str(&w->t, "id"), w->needed, w->parties,
                              sc_kat_bytes(&w->t, "v"),
                              sc_kat_bytes(&w->t, "vs"),
                              sc_kat_bytes(&w->t, "gs"), SC_HE_TEST_SIZE));
    w->pk = sc_threshold_public(w->key);
    CHECK_U64(sc_threshold_needed(w->key), w->needed);
    CHECK_U64(sc_threshold_parties(w->key), w->parties);
    s = sc_he_key_words(&w->t, "shares", 2 * L);
    for (size_t i = 0; i < w->parties; i++) {
        memset(&w->shares[i], 0, sizeof w->shares[i]);
        w->shares[i].index = i + 1;
        memcpy(w->shares[i].s, s + 2 * L * i, 16 * L);
    }
    sc_free(s);
    CHECK_OK(sc_cipher_get(&w->c, w->pk, sc_kat_bytes(&w->t, "c")));
    for (size_t i = 0; i < w->needed; i++) {
        w->who[i] = (size_t)sc_kat_u64_at(&w->t, "who", i);
        CHECK_OK(sc_cipher_get(
            &w->parts[i], w->pk,
            (sc_bytes){sc_kat_bytes(&w->t, "parts").p + N * LEN * i, N * LEN}));
    }
    w->m = sc_he_key_words(&w->t, "m", L);
    return 1;
}

static void close_world(world *w)
{
    for (size_t i = 0; i < w->needed; i++) {
        sc_cipher_free(&w->parts[i]);
    }
    sc_cipher_free(&w->c);
    sc_threshold_free(&w->key);
    sc_free(w->m);
}

/* The first block alone. */
static void open_first(world *w)
{
    sc_kat_open(&w->t, "threshold.kat");
    CHECK(next_world(w));
}

static void close_first(world *w)
{
    close_world(w);
    while (sc_kat_next(&w->t)) {
    }
}

static void check_same(const sc_cipher *c, sc_bytes expected)
{
    sc_buf bytes = {0};

    CHECK_OK(sc_cipher_put(&bytes, c));
    CHECK_U64(bytes.len, expected.len);
    CHECK_BYTES(bytes.p, expected.p, expected.len);
    sc_buf_clear(&bytes);
}

static sc_err combine(const world *w, uint64_t *m)
{
    const sc_cipher *parts[SC_THRESHOLD_MAX];

    for (size_t i = 0; i < w->needed; i++) {
        parts[i] = w->parts[i];
    }
    return sc_threshold_combine(w->key, w->who, parts, m);
}

static void check_party(world *w, size_t i)
{
    const size_t len = sc_prove_part_len(w->key);
    const sc_share *share = &w->shares[w->who[i] - 1];
    const sc_bytes parts = sc_kat_bytes(&w->t, "parts");
    const sc_bytes proofs = sc_kat_bytes(&w->t, "proofs");
    const sc_bytes tapes = sc_kat_bytes(&w->t, "tapes");
    const size_t tape_len = tapes.len / w->needed;
    sc_rng tape = sc_rng_replay((sc_bytes){tapes.p + tape_len * i, tape_len});
    sc_cipher *made = NULL;
    sc_buf out = {0};

    CHECK_OK(sc_cipher_new(&made, w->pk, N));
    CHECK_OK(sc_threshold_part(w->key, share, w->c, made));
    check_same(made, (sc_bytes){parts.p + N * LEN * i, N * LEN});
    CHECK_OK(sc_prove_part(w->key, share, &tape, w->context, w->c, made, &out));
    CHECK_U64(out.len, len);
    CHECK_U64(proofs.len, len * w->needed);
    CHECK_BYTES(out.p, proofs.p + len * i, len);
    CHECK_OK(sc_check_part(w->key, share->index, w->context, w->c, made,
                           sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    sc_cipher_free(&made);
}

static void test_known_answers(void **unused)
{
    uint64_t m[N * L];
    size_t n_blocks = 0;
    world w;

    (void)unused;
    for (sc_kat_open(&w.t, "threshold.kat"); next_world(&w); n_blocks++) {
        for (size_t i = 0; i < w.needed; i++) {
            check_party(&w, i);
        }
        CHECK_OK(combine(&w, m));
        CHECK_BYTES(m, w.m, sizeof m);
        close_world(&w);
    }
    CHECK_U64(n_blocks, 3);
}

/* Every t of n open, in any order. */
static void test_all_subsets(void **unused)
{
    sc_cipher *all[5] = {0};
    const sc_cipher *parts[3];
    uint64_t m[N * L];
    size_t who[3];
    world w;

    (void)unused;
    open_first(&w);
    for (size_t i = 0; i < 5; i++) {
        CHECK_OK(sc_cipher_new(&all[i], w.pk, N));
        CHECK_OK(sc_threshold_part(w.key, &w.shares[i], w.c, all[i]));
    }
    for (size_t k = 0; k < 125; k++) {
        who[0] = 1 + k % 5;
        who[1] = 1 + k / 5 % 5;
        who[2] = 1 + k / 25;
        for (size_t i = 0; i < 3; i++) {
            parts[i] = all[who[i] - 1];
        }
        if (who[0] == who[1] || who[1] == who[2] || who[0] == who[2]) {
            CHECK_ERR(SC_E_ARG, sc_threshold_combine(w.key, who, parts, m));
            CHECK_ZERO(m, sizeof m);
        } else {
            CHECK_OK(sc_threshold_combine(w.key, who, parts, m));
            CHECK_BYTES(m, w.m, sizeof m);
        }
    }
    for (size_t i = 0; i < 5; i++) {
        sc_cipher_free(&all[i]);
    }
    close_first(&w);
}

/* Parts of others, or of fewer, fit nothing. */
static void test_wrong_parts(void **unused)
{
    uint64_t m[N * L];
    sc_cipher *two;
    world w;

    (void)unused;
    open_first(&w);
    two = w.parts[0];
    w.parts[0] = w.parts[1]; /* t - 1 of them, one twice */
    CHECK_ERR(SC_E_CHEAT, combine(&w, m));
    CHECK_ZERO(m, sizeof m);
    w.parts[0] = two;
    w.who[0] = 2; /* another's index */
    CHECK_ERR(SC_E_CHEAT, combine(&w, m));
    w.who[0] = 0;
    CHECK_ERR(SC_E_ARG, combine(&w, m));
    w.who[0] = 6;
    CHECK_ERR(SC_E_ARG, combine(&w, m));
    w.who[0] = 5;
    CHECK_OK(combine(&w, m));
    close_first(&w);
}

static void expect_cheat(const world *w, size_t index, const sc_cipher *parts,
                         const sc_buf *proof)
{
    CHECK_ERR(SC_E_CHEAT, sc_check_part(w->key, index, w->context, w->c, parts,
                                        sc_buf_bytes(proof)));
}

/* A part that is none is found out, whatever its maker says with it. */
static void test_wrong_proofs(void **unused)
{
    sc_rng rng = sc_rng_system();
    sc_cipher *other = NULL, *few = NULL;
    sc_buf out = {0}, lie = {0};
    world w;

    (void)unused;
    open_first(&w); /* parties 5, 1, 4 */
    CHECK_OK(sc_prove_part(w.key, &w.shares[4], &rng, w.context, w.c,
                           w.parts[0], &out));
    CHECK_OK(sc_check_part(w.key, 5, w.context, w.c, w.parts[0],
                           sc_buf_bytes(&out)));
    for (size_t at = 0; at < out.len; at += 9) {
        out.p[at] ^= 4;
        expect_cheat(&w, 5, w.parts[0], &out);
        out.p[at] ^= 4;
    }
    expect_cheat(&w, 4, w.parts[0], &out);
    expect_cheat(&w, 5, w.parts[1], &out);
    CHECK_ERR(SC_E_CHEAT, sc_check_part(w.key, 5, sc_bytes_of("opening 4"), w.c,
                                        w.parts[0], sc_buf_bytes(&out)));
    CHECK_ERR(SC_E_CHEAT, sc_check_part(w.key, 5, w.context, w.parts[1],
                                        w.parts[0], sc_buf_bytes(&out)));
    CHECK_ERR(SC_E_WIRE, sc_check_part(w.key, 5, w.context, w.c, w.parts[0],
                                       (sc_bytes){out.p, out.len - 1}));
    CHECK_ERR(SC_E_ARG, sc_check_part(w.key, 6, w.context, w.c, w.parts[0],
                                      sc_buf_bytes(&out)));
    CHECK_ERR(SC_E_ARG, sc_check_part(w.key, 0, w.context, w.c, w.parts[0],
                                      sc_buf_bytes(&out)));
    CHECK_OK(sc_cipher_new(&few, w.pk, N - 1));
    CHECK_ERR(SC_E_ARG,
              sc_check_part(w.key, 5, w.context, w.c, few, sc_buf_bytes(&out)));
    CHECK_ERR(SC_E_ARG, sc_threshold_part(w.key, &w.shares[0], w.c, few));

    /* Party 5 shifts what it sends for one ciphertext of four, and proves on. */
    CHECK_OK(sc_cipher_new(&other, w.pk, N));
    CHECK_OK(sc_cipher_add(other, w.parts[0], w.parts[1]));
    CHECK_OK(
        sc_prove_part(w.key, &w.shares[4], &rng, w.context, w.c, other, &lie));
    expect_cheat(&w, 5, other, &lie);
    sc_buf_clear(&out);
    sc_buf_clear(&lie);
    sc_cipher_free(&other);
    sc_cipher_free(&few);
    close_first(&w);
}

/* ---- keys ----------------------------------------------------------------------- */

static void test_key_refused(void **unused)
{
    uint8_t one[LEN] = {0}, gs_of_one[SC_RANGE_SLOTS * LEN];
    sc_threshold *key = NULL;
    sc_bytes n, v, vs, gs;
    world w;

    (void)unused;
    open_first(&w);
    n = sc_kat_bytes(&w.t, "n");
    v = sc_kat_bytes(&w.t, "v");
    vs = sc_kat_bytes(&w.t, "vs");
    gs = sc_kat_bytes(&w.t, "gs");
    one[LEN - 1] = 1; /* every exponent is a logarithm */
    memcpy(gs_of_one, gs.p, sizeof gs_of_one);
    memcpy(gs_of_one + sizeof gs_of_one - LEN, one, LEN);

    const struct {
        size_t needed, parties;
        sc_bytes v, vs, gs;
        unsigned flags;
    } cases[] = {
        {3, 4, v, vs, gs, SC_HE_TEST_SIZE},
        {6, 5, v, vs, gs, SC_HE_TEST_SIZE},
        {3, 5, vs, vs, gs, SC_HE_TEST_SIZE},
        {3, 5, {v.p, v.len - 1}, vs, gs, SC_HE_TEST_SIZE},
        {3, 5, v, vs, gs, 0},
        {3, 5, v, vs, vs, SC_HE_TEST_SIZE},
        {3, 5, v, vs, {gs.p, gs.len - 1}, SC_HE_TEST_SIZE},
        {3, 5, {one, LEN}, vs, gs, SC_HE_TEST_SIZE},
        {3, 5, v, vs, {gs_of_one, sizeof gs_of_one}, SC_HE_TEST_SIZE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_ERR(SC_E_WIRE,
                  sc_threshold_new(&key, n, "k", cases[i].needed,
                                   cases[i].parties, cases[i].v, cases[i].vs,
                                   cases[i].gs, cases[i].flags));
        CHECK(key == NULL);
    }
    close_first(&w);
}

/* ---- memory -------------------------------------------------------------------- */

static sc_err use_memory(void *ctx)
{
    world *w = ctx;
    sc_rng rng = sc_rng_system();
    uint64_t m[N * L];
    sc_cipher *made = NULL;
    sc_threshold *key = NULL;
    sc_buf out = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_threshold_new(&key, sc_kat_bytes(&w->t, "n"), "k", 3, 5,
                            sc_kat_bytes(&w->t, "v"), sc_kat_bytes(&w->t, "vs"),
                            sc_kat_bytes(&w->t, "gs"), SC_HE_TEST_SIZE));
    SC_TRY(sc_cipher_new(&made, w->pk, N));
    SC_TRY(sc_threshold_part(w->key, &w->shares[0], w->c, made));
    SC_TRY(sc_prove_part(w->key, &w->shares[0], &rng, w->context, w->c, made,
                         &out));
    SC_TRY(
        sc_check_part(w->key, 1, w->context, w->c, made, sc_buf_bytes(&out)));
    SC_TRY(combine(w, m));
    err = SC_OK;
out:
    sc_buf_clear(&out);
    sc_cipher_free(&made);
    sc_threshold_free(&key);
    return err;
}

static void test_memory(void **unused)
{
    world w;

    (void)unused;
    open_first(&w);
    CHECK_ALLOC(use_memory, &w);
    close_first(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_all_subsets),
        cmocka_unit_test(test_wrong_parts),
        cmocka_unit_test(test_wrong_proofs),
        cmocka_unit_test(test_key_refused),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
