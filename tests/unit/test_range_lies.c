/* tests/unit/test_range_lies.c: what a prover can make he/prove_range.h believe, who has
 * the box in whole numbers of either sign, for one ciphertext of two slots, and nobody
 * who looks at them. What c holds and what S does may differ. */
#include <gmp.h>

#include "base/mem.h"
#include "he/challenge.h"
#include "he/numbers.h"
#include "he/prove_range.h"
#include "tests/he_key.h"

enum { BITS = 1024, L = BITS / 64, LEN = BITS / 4 };
enum { V = 64, WIDTH = V + 165, SLOTS = 2 };

/* Who checks. */
typedef struct {
    sc_threshold *key;
    const sc_he_public *pk;
    sc_encryptor *e;
    sc_range *r;
    sc_bytes context;
} world;

static void open_world(world *w)
{
    w->key = sc_he_key_dealt("shared", NULL);
    w->pk = sc_threshold_public(w->key);
    w->context = sc_bytes_of("sum 5, party 2");
    CHECK_OK(sc_encryptor_new(&w->e, w->pk, 3));
    CHECK_OK(sc_range_new(&w->r, w->key, w->e, V, WIDTH, SLOTS));
}

static void close_world(world *w)
{
    sc_range_free(&w->r);
    sc_encryptor_free(&w->e);
    sc_threshold_free(&w->key);
}

typedef struct {
    gmp_randstate_t state;
    mpz_t n, nn, hs, u, g[SLOTS];
    mpz_t c, S, A, T, alpha, beta, mu, nu, a[SLOTS], e, v;
} liar;

static void element(mpz_t out, const world *w, const uint64_t *a, size_t which)
{
    const sc_n2 *n2 = sc_he_n2(w->pk);
    uint64_t *one = sc_alloc_aligned(sc_n2_words(n2, 1), 8), x[2 * L];

    assert_non_null(one);
    sc_n2_copy(n2, one, 0, a, which);
    sc_n2_value(n2, x, one, 1);
    sc_mpz_from_words(out, x, 2 * (size_t)L);
    sc_free(one);
}

static void open_liar(liar *l, const world *w)
{
    gmp_randinit_default(l->state);
    mpz_inits(l->n, l->nn, l->hs, l->u, l->g[0], l->g[1], l->c, l->S, l->A,
              l->T, l->alpha, l->beta, l->mu, l->nu, l->a[0], l->a[1], l->e,
              l->v, NULL);
    sc_mpz_from_words(l->n, sc_he_modulus(w->pk), L);
    mpz_mul(l->nn, l->n, l->n);
    element(l->hs, w, sc_he_noise_base(w->pk), 0);
    mpz_powm_ui(l->u, l->hs, 2, l->nn);
    for (size_t k = 0; k < SLOTS; k++) {
        element(l->g[k], w, sc_cipher_words_const(sc_threshold_ranges(w->key)),
                k);
        mpz_urandomb(l->a[k], l->state, V + SC_RANGE_SLACK);
    }
    mpz_urandomb(l->alpha, l->state, BITS / 2);
    mpz_urandomb(l->mu, l->state, BITS / 2);
    mpz_urandomb(l->beta, l->state, BITS / 2 + 255);
    mpz_urandomb(l->nu, l->state, BITS / 2 + 254);
}

static void close_liar(liar *l)
{
    gmp_randclear(l->state);
    mpz_clears(l->n, l->nn, l->hs, l->u, l->g[0], l->g[1], l->c, l->S, l->A,
               l->T, l->alpha, l->beta, l->mu, l->nu, l->a[0], l->a[1], l->e,
               l->v, NULL);
}

/* out = (1 + n)^(sum of 2^(WIDTH*k) * x_k) * hs^y. */
static void hide(liar *l, mpz_t out, mpz_t *x, const mpz_t y)
{
    mpz_mul_2exp(out, x[1], WIDTH);
    mpz_add(out, out, x[0]);
    mpz_mul(out, out, l->n);
    mpz_add_ui(out, out, 1);
    mpz_powm(l->v, l->hs, y, l->nn);
    mpz_mul(out, out, l->v);
    mpz_mod(out, out, l->nn);
}

/* out = prod of g_k^x_k * u^y. */
static void commit(liar *l, mpz_t out, mpz_t *x, const mpz_t y)
{
    mpz_powm(out, l->u, y, l->nn);
    for (size_t k = 0; k < SLOTS; k++) {
        mpz_powm(l->v, l->g[k], x[k], l->nn); /* of either sign */
        mpz_mul(out, out, l->v);
        mpz_mod(out, out, l->nn);
    }
}

static void put_number(sc_buf *out, size_t len, const mpz_t v)
{
    uint8_t bytes[LEN];

    sc_mpz_to_bytes(bytes, len, v);
    CHECK_OK(sc_buf_put(out, bytes, len));
}

static void challenge(liar *l, const world *w, sc_buf *out)
{
    const sc_cipher *gs = sc_threshold_ranges(w->key);
    const mpz_t *const parts[] = {&l->c, &l->S, &l->A, &l->T};
    sc_challenge hash = {0};
    uint8_t e[SC_CHALLENGE_LEN];
    sc_buf bytes = {0};

    CHECK_OK(sc_challenge_new(&hash, "sharechain/he/range/1", w->context));
    sc_challenge_put_key(&hash, w->pk);
    CHECK_OK(sc_challenge_put_elements(&hash, w->pk, sc_cipher_words_const(gs),
                                       sc_cipher_count(gs)));
    sc_challenge_put_number(&hash, V);
    sc_challenge_put_number(&hash, WIDTH);
    sc_challenge_put_number(&hash, SLOTS);
    for (size_t i = 0; i < 4; i++) {
        put_number(&bytes, LEN, *parts[i]);
        sc_challenge_put(&hash, sc_buf_bytes(&bytes));
        sc_buf_reset(&bytes);
    }
    sc_challenge_draw(&hash, e);
    sc_challenge_free(&hash);
    sc_buf_clear(&bytes);
    sc_mpz_from_bytes(l->e, e, sizeof e);
    CHECK_OK(sc_buf_put(out, e, sizeof e));
}

/* c of x, S and the z of y; a z that is out of range loses what is above it. */
static void lie(liar *l, const world *w, mpz_t *x, mpz_t *y, sc_buf *out)
{
    hide(l, l->c, x, l->alpha);
    commit(l, l->S, y, l->mu);
    hide(l, l->A, l->a, l->beta);
    commit(l, l->T, l->a, l->nu);
    challenge(l, w, out);
    put_number(out, LEN, l->S);
    for (size_t k = 0; k < SLOTS; k++) {
        mpz_mul(l->v, l->e, y[k]);
        mpz_add(l->v, l->v, l->a[k]);
        mpz_fdiv_r_2exp(l->v, l->v, V + SC_RANGE_SLACK);
        put_number(out, 32, l->v);
    }
    mpz_addmul(l->beta, l->e, l->alpha);
    put_number(out, BITS / 16 + 32, l->beta);
    mpz_addmul(l->nu, l->e, l->mu);
    put_number(out, BITS / 16 + 32, l->nu);
}

/* x_0 in c, and in S: sign * 2^bits, or 0. x_1 is 5. */
static sc_err try_lie(const world *w, int c_sign, size_t c_bits, int s_sign,
                      size_t s_bits)
{
    mpz_t x[SLOTS], y[SLOTS];
    sc_cipher *c = NULL;
    sc_buf proof = {0}, bytes = {0};
    sc_err got;
    liar l;

    mpz_inits(x[0], x[1], y[0], y[1], NULL);
    mpz_set_si(x[0], c_sign);
    mpz_mul_2exp(x[0], x[0], c_bits);
    mpz_set_si(y[0], s_sign);
    mpz_mul_2exp(y[0], y[0], s_bits);
    mpz_set_ui(x[1], 5);
    mpz_set_ui(y[1], 5);
    open_liar(&l, w);
    lie(&l, w, x, y, &proof);
    put_number(&bytes, LEN, l.c);
    CHECK_OK(sc_cipher_get(&c, w->pk, sc_buf_bytes(&bytes)));
    got = sc_check_range(w->r, w->context, c, sc_buf_bytes(&proof));
    close_liar(&l);
    mpz_clears(x[0], x[1], y[0], y[1], NULL);
    sc_cipher_free(&c);
    sc_buf_clear(&proof);
    sc_buf_clear(&bytes);
    return got;
}

static void test_lies(void **unused)
{
    const size_t far = V + SC_RANGE_SLACK + 1;
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(try_lie(&w, 1, 0, 1, 0));
    /* Slack: not in range, but in its slot. */
    CHECK_OK(try_lie(&w, -1, 0, -1, 0));
    CHECK_OK(try_lie(&w, 1, V + 1, 1, V + 1));
    /* Into other slots, and what S says is not what c holds. */
    CHECK_ERR(SC_E_CHEAT, try_lie(&w, 1, far, 1, far));
    CHECK_ERR(SC_E_CHEAT, try_lie(&w, -1, far, -1, far));
    CHECK_ERR(SC_E_CHEAT, try_lie(&w, 1, WIDTH, 1, WIDTH));
    CHECK_ERR(SC_E_CHEAT, try_lie(&w, 1, WIDTH, 0, 0));
    CHECK_ERR(SC_E_CHEAT, try_lie(&w, 1, far, 0, 0));
    CHECK_ERR(SC_E_CHEAT, try_lie(&w, 0, 0, 1, 0));
    CHECK_ERR(SC_E_CHEAT, try_lie(&w, -1, 0, 1, 0));
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lies)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
