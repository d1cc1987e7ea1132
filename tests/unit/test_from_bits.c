/* tests/unit/test_from_bits.c: values from their bits' ciphertexts against the values
 * themselves, and what is refused. */
#include <string.h>

#include "base/mem.h"
#include "he/encrypt.h"
#include "he/from_bits.h"
#include "tests/he_key.h"
#include "tests/random.h"

enum { BITS = 1024, L = BITS / 64, MOST = 7 * 140 };

typedef struct {
    sc_he_private *sk;
    const sc_he_public *pk;
    sc_encryptor *e;
    sc_rng rng;
} world;

static void open_world(world *w)
{
    w->sk = sc_he_key();
    w->pk = sc_he_private_public(w->sk);
    w->rng = sc_rng_system();
    CHECK_OK(sc_encryptor_new(&w->e, w->pk, 3));
}

static void close_world(world *w)
{
    sc_encryptor_free(&w->e);
    sc_he_private_free(&w->sk);
}

static sc_cipher *encrypt(world *w, const uint8_t *bits, size_t n)
{
    uint64_t *m = sc_alloc(n * L, 8);
    sc_cipher *c;

    for (size_t i = 0; i < n; i++) {
        m[L * i] = bits[i];
    }
    CHECK_OK(sc_cipher_new(&c, w->pk, n));
    CHECK_OK(sc_encrypt(w->e, &w->rng, c, m));
    sc_free(m);
    return c;
}

/* n slots: the plaintext, bit by bit, is what was put in, and zeros between. */
static void check(world *w, size_t n, size_t value_bits, size_t width,
                  uint64_t *r)
{
    uint64_t x[7][3] = {{0}}, m[3 * L];
    uint8_t bits[MOST];
    sc_cipher *c, *out;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < value_bits; j++) {
            x[i][j / 64] |= (i == 0 ? 1 : sc_random_next(r) & 1) << (j % 64);
        }
    }
    sc_bits_of(bits, (const uint64_t(*)[3])x, value_bits, n);
    c = encrypt(w, bits, n * value_bits);
    CHECK_OK(sc_cipher_new(&out, w->pk, 3));
    CHECK_OK(sc_cipher_from_bits(out, 1, c, value_bits, width));
    CHECK_OK(sc_he_decrypt(w->sk, m, out));
    for (size_t at = 0; at < BITS; at++) {
        const size_t i = at / width, j = at % width;
        const uint64_t want =
            i < n && j < value_bits ? x[i][j / 64] >> (j % 64) & 1 : 0;

        CHECK_U64(m[L + at / 64] >> (at % 64) & 1, want);
        CHECK_U64(m[at / 64] | m[2 * L + at / 64], 0); /* its neighbours */
    }
    sc_cipher_free(&out);
    sc_cipher_free(&c);
}

static void test_values(void **unused)
{
    uint64_t r = 1;
    world w;

    (void)unused;
    open_world(&w);
    check(&w, 1, 1, 1, &r);
    check(&w, 7, 1, 3, &r);
    check(&w, 7, 64, 64, &r);
    check(&w, 3, 104, 108, &r);
    check(&w, 7, 140, 146, &r);
    check(&w, 2, 192, 300, &r);
    close_world(&w);
}

static void test_refused(void **unused)
{
    const uint8_t bits[8] = {1};
    sc_cipher *c, *none, *out, *foreign;
    sc_he_private *other;
    world w;

    (void)unused;
    open_world(&w);
    c = encrypt(&w, bits, 8);
    CHECK_OK(sc_cipher_new(&out, w.pk, 1));
    CHECK_OK(sc_cipher_new(&none, w.pk, 0));
    CHECK_OK(sc_cipher_from_bits(out, 0, c, 4, 4));
    CHECK_ERR(SC_E_ARG, sc_cipher_from_bits(out, 1, c, 4, 4));
    CHECK_OK(sc_cipher_from_bits(out, 0, c, 4, (BITS - 1) / 2));
    CHECK_ERR(SC_E_ARG, sc_cipher_from_bits(out, 0, c, 4, (BITS - 1) / 2 + 1));
    CHECK_ERR(SC_E_ARG, sc_cipher_from_bits(out, 0, c, 4, 3));
    CHECK_ERR(SC_E_ARG, sc_cipher_from_bits(out, 0, c, 3, 4));
    CHECK_ERR(SC_E_ARG, sc_cipher_from_bits(out, 0, c, 0, 4));
    CHECK_ERR(SC_E_ARG, sc_cipher_from_bits(out, 0, none, 4, 4));
    CHECK_OK(sc_he_generate(&other, &w.rng, BITS, "other", SC_HE_TEST_SIZE));
    CHECK_OK(sc_cipher_new(&foreign, sc_he_private_public(other), 1));
    CHECK_ERR(SC_E_ARG, sc_cipher_from_bits(foreign, 0, c, 4, 4));
    sc_cipher_free(&foreign);
    sc_he_private_free(&other);
    sc_cipher_free(&none);
    sc_cipher_free(&out);
    sc_cipher_free(&c);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
