/* tests/unit/test_n2.c: he/n2.h, he/power.h and he/fixed_base.h against GMP's
 * plain arithmetic mod N^2. */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "he/fixed_base.h"
#include "he/power.h"
#include "tests/kat.h"
#include "tests/random.h"

#define MAX     SC_N2_MAX_LIMBS
#define SEED    20261130
#define N_EDGES 9
#define LOT     1280 /* words: room for eight elements, however they are held */
#define ROOM(n) (LOT * (((n) + 7) / 8))

static uint64_t state = SEED;

static uint64_t next(void)
{
    return sc_random_next(&state);
}

typedef struct {
    sc_n2 *n2;
    size_t L;
    mpz_t N, NN;
} world;

/* Moduli of all shapes: ordinary, just below R, just above R/2, small on top. */
static void open_world(world *w, size_t L, unsigned shape)
{
    uint64_t N[MAX];

    for (size_t i = 0; i < L; i++) {
        N[i] = shape == 0 ? next() : shape == 1 ? UINT64_MAX : 0;
    }
    N[0] |= 1;
    if (shape == 2) {
        N[L - 1] |= 1ULL << 63;
    } else if (shape == 3) {
        N[0] = 3;
        N[L - 1] |= 1;
    }
    w->L = L;
    CHECK_OK(sc_n2_new(&w->n2, N, L));
    CHECK_U64(sc_n2_limbs(w->n2), L);
    CHECK_BYTES(sc_n2_modulus(w->n2), N, 8 * L);
    mpz_init(w->N);
    mpz_init(w->NN);
    mpz_import(w->N, L, -1, 8, 0, 0, N);
    mpz_mul(w->NN, w->N, w->N);
}

static void close_world(world *w)
{
    sc_n2_free(&w->n2);
    CHECK(w->n2 == NULL);
    mpz_clear(w->N);
    mpz_clear(w->NN);
}

static void to_words(uint64_t *out, size_t len, const mpz_t v)
{
    memset(out, 0, 8 * len);
    CHECK(mpz_size(v) <= len);
    mpz_export(out, NULL, -1, 8, 0, 0, v);
}

/* 0, 1, N-1, N, N+1, N^2-N, N^2-1, R mod N^2, N*(N-1)+1, then random ones. */
static void number(const world *w, mpz_t v, size_t i)
{
    uint64_t words[2 * MAX];

    switch (i) {
    case 0:
    case 1:
        mpz_set_ui(v, i);
        break;
    case 2:
    case 3:
    case 4:
        mpz_add_ui(v, w->N, i - 2);
        mpz_sub_ui(v, v, 1);
        break;
    case 5:
        mpz_sub(v, w->NN, w->N);
        break;
    case 6:
        mpz_sub_ui(v, w->NN, 1);
        break;
    case 7:
        mpz_set_ui(v, 0);
        mpz_setbit(v, 64 * w->L);
        break;
    case 8:
        mpz_sub(v, w->NN, w->N);
        mpz_add_ui(v, v, 1);
        break;
    default:
        for (size_t j = 0; j < 2 * w->L; j++) {
            words[j] = next();
        }
        mpz_import(v, 2 * w->L, -1, 8, 0, 0, words);
    }
    mpz_mod(v, v, w->NN);
}

static void enter(const world *w, uint64_t *a, const mpz_t v)
{
    uint64_t x[2 * MAX];

    to_words(x, 2 * w->L, v);
    sc_n2_enter(w->n2, a, x, 2 * w->L, 1);
}

static void check_words(const world *w, const uint64_t *x, const mpz_t v)
{
    uint64_t expected[2 * MAX];

    to_words(expected, 2 * w->L, v);
    CHECK_BYTES(x, expected, 16 * w->L);
}

static void check_value(const world *w, const uint64_t *a, const mpz_t v)
{
    uint64_t x[2 * MAX];

    sc_n2_value(w->n2, x, a, 1);
    check_words(w, x, v);
}

static void check_digits(const world *w, const uint64_t *a, const mpz_t v)
{
    uint64_t x[2 * MAX], expected[2 * MAX];
    mpz_t q, r;

    mpz_init(q);
    mpz_init(r);
    mpz_tdiv_qr(q, r, v, w->N);
    to_words(expected, w->L, r);
    to_words(expected + w->L, w->L, q);
    sc_n2_leave(w->n2, x, a, 1);
    CHECK_BYTES(x, expected, 16 * w->L);
    mpz_clear(q);
    mpz_clear(r);
}

static void check_pair(const world *w, size_t i, size_t j)
{
    uint64_t a[LOT], b[LOT], c[LOT];
    mpz_t x, y, z;

    mpz_init(x);
    mpz_init(y);
    mpz_init(z);
    number(w, x, i);
    number(w, y, j);
    enter(w, a, x);
    enter(w, b, y);
    check_value(w, a, x);
    check_digits(w, b, y);
    mpz_mul(z, x, y);
    mpz_mod(z, z, w->NN);
    sc_n2_mul(w->n2, c, a, b, 1);
    check_value(w, c, z);
    sc_n2_sqr(w->n2, c, a, 1);
    mpz_mul(z, x, x);
    mpz_mod(z, z, w->NN);
    check_value(w, c, z);
    sc_n2_sqr_mul(w->n2, c, a, 2, b, 1);
    mpz_mul(z, z, z);
    mpz_mul(z, z, y);
    mpz_mod(z, z, w->NN);
    check_value(w, c, z);
    sc_n2_mul(w->n2, b, a, a, 1);
    mpz_mul(z, x, x);
    mpz_mod(z, z, w->NN);
    check_value(w, b, z);
    mpz_clear(x);
    mpz_clear(y);
    mpz_clear(z);
}

/* Every pair of edges, and random ones; L 1..64 and the four shapes. */
static void test_products(void **unused)
{
    static const size_t sizes[] = {1, 2, 3, 7, 8, 16, 24, 32, 48, 64};
    world w;

    (void)unused;
    printf("seed %d\n", SEED);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (unsigned shape = 0; shape < 4; shape++) {
            if (sizes[s] == 1 && shape == 3) {
                continue;
            }
            open_world(&w, sizes[s], shape);
            for (size_t i = 0; i < N_EDGES + 2; i++) {
                for (size_t j = 0; j < N_EDGES + 2; j++) {
                    check_pair(&w, i, j);
                }
            }
            close_world(&w);
        }
    }
}

/* N = 3, 5, ... 15: all pairs of elements. */
static void test_small(void **unused)
{
    (void)unused;
    for (uint64_t N = 3; N < 16; N += 2) {
        sc_n2 *n2 = NULL;

        CHECK_OK(sc_n2_new(&n2, &N, 1));
        for (uint64_t x = 0; x < N * N; x++) {
            for (uint64_t y = 0; y < N * N; y++) {
                uint64_t a[2], b[2], z[2], v[2] = {x, 0};

                sc_n2_enter(n2, a, v, 2, 1);
                v[0] = y;
                sc_n2_enter(n2, b, v, 2, 1);
                sc_n2_mul(n2, a, a, b, 1);
                sc_n2_value(n2, z, a, 1);
                CHECK_U64(z[0], x * y % (N * N));
                CHECK_U64(z[1], 0);
            }
        }
        sc_n2_free(&n2);
    }
}

/* Numbers longer and shorter than N^2; 1 + m*N; single digits. */
static void test_conversions(void **unused)
{
    uint64_t x[4 * MAX], a[LOT], m[MAX], d[MAX], e[MAX];
    mpz_t v, u;
    world w;

    (void)unused;
    mpz_init(v);
    mpz_init(u);
    for (unsigned shape = 0; shape < 4; shape++) {
        open_world(&w, 6, shape);
        for (size_t len = 1; len <= 24; len++) {
            for (size_t i = 0; i < len; i++) {
                x[i] = len % 2 == 0 ? UINT64_MAX : next();
            }
            sc_n2_enter(w.n2, a, x, len, 1);
            mpz_import(v, len, -1, 8, 0, 0, x);
            mpz_mod(v, v, w.NN);
            check_value(&w, a, v);
        }
        for (size_t i = 0; i < 20; i++) {
            for (size_t j = 0; j < 6; j++) {
                m[j] = i == 0 ? 0 : i == 1 ? UINT64_MAX : next();
            }
            sc_n2_one_plus(w.n2, a, m, 1);
            mpz_import(v, 6, -1, 8, 0, 0, m);
            mpz_mul(u, v, w.N);
            mpz_add_ui(u, u, 1);
            mpz_mod(u, u, w.NN);
            check_value(&w, a, u);
            sc_n2_digit_enter(w.n2, d, m, 1);  /* m*R */
            sc_n2_digit_mul(w.n2, e, m, d, 1); /* m^2 */
            mpz_mul(u, v, v);
            mpz_mod(u, u, w.N);
            to_words(x, 6, u);
            CHECK_BYTES(e, x, 48);
            sc_n2_digit_sub(w.n2, e, d, e, 1);
            mpz_mul_2exp(v, v, 384);
            mpz_sub(v, v, u);
            mpz_mod(v, v, w.N);
            to_words(x, 6, v);
            CHECK_BYTES(e, x, 48);
        }
        close_world(&w);
    }
    mpz_clear(v);
    mpz_clear(u);
}

/* x: the value of base^exponent. */
static void check_power(const world *w, const uint64_t *x, const mpz_t base,
                        const uint64_t *exponent, size_t n_words)
{
    mpz_t e, v;

    mpz_init(e);
    mpz_init(v);
    mpz_import(e, n_words, -1, 8, 0, 0, exponent);
    mpz_powm(v, base, e, w->NN);
    check_words(w, x, v);
    mpz_clear(e);
    mpz_clear(v);
}

/* 19 elements (more than two lots of lanes), exponents of 1 .. 257 bits. */
static void test_powers(void **unused)
{
    static const size_t bits[] = {1, 2, 5, 7, 25, 63, 64, 65, 130, 257};
    enum { N = 19, L = 4 };
    uint64_t a[ROOM(N)], b[ROOM(N)], each[N], e[5];
    uint64_t x[2 * L * N];
    mpz_t v[N];
    world w;

    (void)unused;
    open_world(&w, L, 0);
    for (size_t i = 0; i < N; i++) {
        mpz_init(v[i]);
        number(&w, v[i], i);
        to_words(x + 2 * L * i, 2 * L, v[i]);
    }
    sc_n2_enter(w.n2, a, x, 2 * L, N);
    for (size_t k = 0; k < sizeof bits / sizeof *bits; k++) {
        const size_t n_words = (bits[k] + 63) / 64;
        const uint64_t top =
            bits[k] % 64 == 0 ? UINT64_MAX : (1ULL << bits[k] % 64) - 1;

        for (unsigned fill = 0; fill < 3; fill++) { /* 0, all ones, random */
            for (size_t i = 0; i < n_words; i++) {
                e[i] = fill == 0 ? 0 : fill == 1 ? UINT64_MAX : next();
            }
            e[n_words - 1] &= top;
            CHECK_OK(sc_n2_pow(w.n2, b, a, N, e, bits[k]));
            sc_n2_value(w.n2, x, b, N);
            for (size_t i = 0; i < N; i++) {
                check_power(&w, x + 2 * L * i, v[i], e, n_words);
            }
        }
        if (bits[k] <= 64) {
            for (size_t i = 0; i < N; i++) {
                each[i] = next() & top;
            }
            memcpy(b, a, sizeof b);
            CHECK_OK(sc_n2_pow_each(w.n2, b, b, each, N, bits[k]));
            sc_n2_value(w.n2, x, b, N);
            for (size_t i = 0; i < N; i++) {
                check_power(&w, x + 2 * L * i, v[i], &each[i], 1);
            }
        }
    }
    for (size_t i = 0; i < N; i++) {
        mpz_clear(v[i]);
    }
    close_world(&w);
}

/* A random unit. */
static void unit(const world *w, mpz_t v)
{
    mpz_t common;

    mpz_init(common);
    do {
        number(w, v, 99);
        mpz_gcd(common, v, w->N);
    } while (mpz_cmp_ui(common, 1) != 0);
    mpz_clear(common);
}

static void test_fixed_base(void **unused)
{
    static const size_t bits[] = {1, 63, 64, 200};
    enum { N = 35, L = 4 };
    uint64_t base[LOT], a[ROOM(N)], y[2 * L * N], m[L * N], e[4 * N];
    sc_fixed_base *table = NULL;
    mpz_t v, x, p;
    world w;

    (void)unused;
    mpz_init(v);
    mpz_init(x);
    mpz_init(p);
    open_world(&w, L, 0);
    unit(&w, v);
    enter(&w, base, v);
    for (size_t k = 0; k < 4 * SC_FIXED_BASE_MAX_WINDOW; k++) {
        const size_t exp_bits = bits[k % 4], n_words = (exp_bits + 63) / 64;

        CHECK_OK(sc_fixed_base_new(&table, w.n2, base, exp_bits, 1 + k / 4));
        for (size_t i = 0; i < N * n_words; i++) {
            e[i] = i < n_words ? 0 : i < 2 * n_words ? UINT64_MAX : next();
            if (i % n_words == n_words - 1 && exp_bits % 64 != 0) {
                e[i] &= (1ULL << exp_bits % 64) - 1;
            }
        }
        for (size_t i = 0; i < N * L; i++) {
            m[i] = next();
        }
        sc_n2_one_plus(w.n2, a, m, N);
        CHECK_OK(sc_fixed_base_mul(table, a, e, exp_bits, N));
        sc_n2_value(w.n2, y, a, N);
        for (size_t i = 0; i < N; i++) {
            mpz_import(x, n_words, -1, 8, 0, 0, e + n_words * i);
            mpz_powm(p, v, x, w.NN);
            mpz_import(x, L, -1, 8, 0, 0, m + L * i);
            mpz_mul(x, x, w.N);
            mpz_add_ui(x, x, 1);
            mpz_mul(p, p, x);
            mpz_mod(p, p, w.NN);
            check_words(&w, y + 2 * L * i, p);
        }
        sc_fixed_base_free(&table);
    }
    close_world(&w);
    mpz_clear(v);
    mpz_clear(x);
    mpz_clear(p);
}

/* A table serves exponents that are shorter than what it was made for. */
static void test_shorter_exponents(void **unused)
{
    enum { N = 35, L = 4 };
    uint64_t base[LOT], a[ROOM(N)], y[2 * L * N], e[2 * N], ones[N];
    sc_fixed_base *table = NULL;
    mpz_t v, x, p;
    world w;

    (void)unused;
    mpz_init(v);
    mpz_init(x);
    mpz_init(p);
    open_world(&w, L, 0);
    unit(&w, v);
    enter(&w, base, v);
    CHECK_OK(sc_fixed_base_new(&table, w.n2, base, 200, 3));
    for (size_t i = 0; i < N; i++) {
        ones[i] = 1;
        e[2 * i] = next();
        e[2 * i + 1] = next() & 63;
    }
    sc_n2_enter(w.n2, a, ones, 1, N);
    CHECK_OK(sc_fixed_base_mul(table, a, e, 70, N));
    sc_n2_value(w.n2, y, a, N);
    for (size_t i = 0; i < N; i++) {
        mpz_import(x, 2, -1, 8, 0, 0, e + 2 * i);
        mpz_powm(p, v, x, w.NN);
        check_words(&w, y + 2 * L * i, p);
    }
    sc_fixed_base_free(&table);
    close_world(&w);
    mpz_clear(v);
    mpz_clear(x);
    mpz_clear(p);
}

static void test_fixed_base_refused(void **unused)
{
    uint64_t base[LOT];
    sc_fixed_base *table = NULL;
    mpz_t v;
    world w;

    (void)unused;
    mpz_init(v);
    open_world(&w, 4, 0);
    unit(&w, v);
    enter(&w, base, v);
    CHECK_ERR(SC_E_ARG, sc_fixed_base_new(&table, w.n2, base, 0, 1));
    CHECK_ERR(SC_E_ARG, sc_fixed_base_new(&table, w.n2, base, 1, 0));
    CHECK_ERR(SC_E_ARG, sc_fixed_base_new(&table, w.n2, base, 1,
                                          SC_FIXED_BASE_MAX_WINDOW + 1));
    CHECK_ERR(SC_E_ARG,
              sc_fixed_base_new(&table, w.n2, base, SC_N2_MAX_LOGS + 1, 1));
    enter(&w, base, w.N); /* no unit */
    CHECK_ERR(SC_E_ARG, sc_fixed_base_new(&table, w.n2, base, 1, 1));
    CHECK(table == NULL);
    close_world(&w);
    mpz_clear(v);
}

/* Elements of an array from integers, all at once. */
static void enter_all(const world *w, uint64_t *a, const mpz_t *v, size_t n)
{
    uint64_t x[2 * MAX * 16];

    CHECK(n <= 16);
    for (size_t i = 0; i < n; i++) {
        to_words(x + 2 * w->L * i, 2 * w->L, v[i]);
    }
    sc_n2_enter(w->n2, a, x, 2 * w->L, n);
}

static void test_inverses(void **unused)
{
    enum { N = 9, L = 5 };
    uint64_t a[ROOM(N)], b[ROOM(N)], c[ROOM(N)], x[2 * L * N];
    mpz_t v[N], u[N], one;
    world w;

    (void)unused;
    mpz_init_set_ui(one, 1);
    open_world(&w, L, 1);
    for (size_t i = 0; i < N; i++) {
        mpz_init(v[i]);
        mpz_init(u[i]);
        number(&w, v[i], i == 0 ? 1 : 6);
        mpz_set_ui(u[i], 1ULL << i);
    }
    enter_all(&w, a, (const mpz_t *)v, N);
    enter_all(&w, b, (const mpz_t *)u, N);
    sc_n2_mul(w.n2, a, a, b, N); /* +-2^i */
    memcpy(c, a, sizeof c);
    CHECK_OK(sc_n2_invert_vartime(w.n2, c, c, N));
    sc_n2_mul(w.n2, c, c, a, N);
    sc_n2_value(w.n2, x, c, N);
    for (size_t i = 0; i < N; i++) {
        check_words(&w, x + 2 * L * i, one);
    }
    CHECK_OK(sc_n2_invert_vartime(w.n2, c, a, 0));
    number(&w, v[4], 3); /* N */
    enter_all(&w, a, (const mpz_t *)v, N);
    CHECK_ERR(SC_E_ARG, sc_n2_invert_vartime(w.n2, c, a, N));
    CHECK_ZERO(c, 8 * sc_n2_words(w.n2, N));
    for (size_t i = 0; i < N; i++) {
        mpz_clear(v[i]);
        mpz_clear(u[i]);
    }
    mpz_clear(one);
    close_world(&w);
}

/* Of an array only the elements that are asked for are written. */
static void test_the_rest_stays(void **unused)
{
    enum { N = 11, L = 6 };
    static const uint64_t ones[16] = {1, 1, 1, 1, 1, 1, 1, 1,
                                      1, 1, 1, 1, 1, 1, 1, 1};
    uint64_t a[ROOM(16)], b[ROOM(16)], c[ROOM(16)], x[2 * L * 16];
    mpz_t v[16], z;
    world w;

    (void)unused;
    mpz_init(z);
    open_world(&w, L, 0);
    for (size_t i = 0; i < 16; i++) {
        mpz_init(v[i]);
        number(&w, v[i], i);
    }
    for (size_t n = 0; n <= N; n++) {
        for (unsigned what = 0; what < 4; what++) {
            enter_all(&w, a, (const mpz_t *)v, 16);
            enter_all(&w, b, (const mpz_t *)v, 16);
            if (what == 0) {
                sc_n2_mul(w.n2, b, a, a, n);
            } else if (what == 1) {
                sc_n2_sqr(w.n2, b, a, n);
            } else { /* v * v, and v^2 * 1 */
                sc_n2_enter(w.n2, c, ones, 1, 16);
                sc_n2_sqr_mul(w.n2, b, b, what - 2, what == 2 ? a : c, n);
            }
            sc_n2_value(w.n2, x, b, 16);
            for (size_t i = 0; i < 16; i++) {
                mpz_mul(z, v[i], v[i]);
                mpz_mod(z, z, w.NN);
                check_words(&w, x + 2 * L * i, i < n ? z : v[i]);
            }
        }
    }
    for (size_t i = 0; i < 16; i++) {
        mpz_clear(v[i]);
    }
    mpz_clear(z);
    close_world(&w);
}

static void test_rejects(void **unused)
{
    uint64_t N[MAX + 1];
    sc_n2 *n2 = NULL;

    (void)unused;
    memset(N, 0xff, sizeof N);
    CHECK_ERR(SC_E_ARG, sc_n2_new(&n2, N, 0));
    CHECK_ERR(SC_E_ARG, sc_n2_new(&n2, N, MAX + 1));
    N[0] = 2;
    CHECK_ERR(SC_E_ARG, sc_n2_new(&n2, N, 4));
    N[0] = 1;
    CHECK_ERR(SC_E_ARG, sc_n2_new(&n2, N, 1));
    N[3] = 0;
    CHECK_ERR(SC_E_ARG, sc_n2_new(&n2, N, 4));
    CHECK(n2 == NULL);
    sc_n2_free(&n2);
}

static sc_err use_memory(void *unused)
{
    uint64_t N[] = {1000003, 7, 7, 7}, base[LOT], e = 5;
    sc_fixed_base *table = NULL;
    sc_n2 *n2 = NULL;
    sc_err err = SC_E_BUG;

    (void)unused;
    SC_TRY(sc_n2_new(&n2, N, 4));
    sc_n2_enter(n2, base, &e, 1, 1);
    SC_TRY(sc_fixed_base_new(&table, n2, base, 9, 2));
    SC_TRY(sc_fixed_base_mul(table, base, &e, 8, 1));
    SC_TRY(sc_n2_pow(n2, base, base, 1, &e, 3));
    SC_TRY(sc_n2_pow_each(n2, base, base, &e, 1, 3));
    SC_TRY(sc_n2_invert_vartime(n2, base, base, 1));
    err = SC_OK;
out:
    sc_fixed_base_free(&table);
    sc_n2_free(&n2);
    return err;
}

static void test_memory(void **unused)
{
    (void)unused;
    CHECK_ALLOC(use_memory, NULL);
}

/* With what the machine has, and without. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_powers),
        cmocka_unit_test(test_fixed_base),
        cmocka_unit_test(test_shorter_exponents),
        cmocka_unit_test(test_fixed_base_refused),
        cmocka_unit_test(test_inverses),
        cmocka_unit_test(test_the_rest_stays),
        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_memory),
    };
    int failed = cmocka_run_group_tests_name("fast", tests, NULL, NULL);

    setenv("SC_CPU", "portable", 1);
    return failed + cmocka_run_group_tests_name("portable", tests, NULL, NULL);
}
