/* tests/unit/test_aesctr.c: each path that the machine has against
 * tests/vectors/aesctr.kat, which is the model's, and against the others. */
#include <stdlib.h>
#include <string.h>

#include "base/aesctr.h"
#include "base/aesvaes.h"
#include "base/hash.h"
#include "base/int128.h"
#include "base/mem.h"
#include "tests/kat.h"
#include "tests/random.h"

#define N_PATHS 4

static const sc_aes_path paths[N_PATHS] = {SC_AES_AUTO, SC_AES_LIBCRYPTO,
                                           SC_AES_PORTABLE, SC_AES_VAES};

static size_t n_here(void) /* of paths, from the first on */
{
    return sc_aesvaes_is_here() ? N_PATHS : N_PATHS - 1;
}

static void check_vector(sc_kat *t, sc_aes_path path)
{
    size_t len = sc_kat_size(t, "len");
    uint8_t *out = sc_alloc(len + 1, 1), digest[SC_HASH_LEN];
    sc_aesctr *s = NULL;

    CHECK_OK(sc_aesctr_new(&s, sc_kat_bytes(t, "key").p, path));
    CHECK_OK(sc_aesctr_stream(s, out, len, sc_kat_u64(t, "operator"),
                              sc_kat_u64(t, "first")));
    if (sc_kat_has(t, "out")) {
        CHECK_U64(sc_kat_bytes(t, "out").len, len);
        CHECK_BYTES(out, sc_kat_bytes(t, "out").p, len);
    } else {
        sc_sha256(digest, (sc_bytes){out, len});
        CHECK_BYTES(digest, sc_kat_bytes(t, "digest").p, SC_HASH_LEN);
    }
    CHECK(out[len] == 0);
    sc_aesctr_free(&s);
    sc_free(out);
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "aesctr.kat"); sc_kat_next(&t);) {
        for (size_t i = 0; i < n_here(); i++) {
            check_vector(&t, paths[i]);
        }
    }
}

/* Any length at any block is a window of the one long stream, on any path. */
static void test_windows(void **state)
{
    enum { LEN = 3 * 8192 + 64 };
    static uint8_t whole[LEN], part[LEN + 16];
    const uint8_t key[SC_AES_KEY_LEN] = {1, 2, 3};
    sc_aesctr *s = NULL;

    (void)state;
    CHECK_OK(sc_aesctr_new(&s, key, SC_AES_LIBCRYPTO));
    CHECK_OK(sc_aesctr_stream(s, whole, LEN, 5, 0));
    sc_aesctr_free(&s);
    for (size_t i = 0; i < n_here(); i++) {
        CHECK_OK(sc_aesctr_new(&s, key, paths[i]));
        for (size_t len = 0; len < LEN; len += len < 1100 ? 1 : 4091) {
            size_t first = len * 7 % ((LEN - len) / 16 + 1);
            uint8_t *out = part + len % 16; /* at any alignment */

            memset(part, 0, sizeof part);
            CHECK_OK(sc_aesctr_stream(s, out, len, 5, first));
            CHECK_BYTES(out, whole + 16 * first, len);
            CHECK_ZERO(part, len % 16);
            CHECK_ZERO(out + len, 16 - len % 16);
        }
        sc_aesctr_free(&s);
    }
}

/* Key, operator, block and length by chance: the same bytes from each path. */
static void test_paths_agree(void **state)
{
    enum { MAX_LEN = 20000 };
    static uint8_t want[MAX_LEN], got[MAX_LEN];
    sc_aesctr *s = NULL;
    uint64_t seed = 11;

    (void)state;
    for (size_t round = 0; round < 200; round++) {
        const uint64_t words[2] = {sc_random_next(&seed),
                                   sc_random_next(&seed)};
        size_t len = sc_random_next(&seed) % (round % 2 == 0 ? 600 : MAX_LEN);
        uint64_t op = sc_random_next(&seed),
                 first = sc_random_next(&seed) % SC_AES_MAX_BLOCKS;
        uint8_t key[SC_AES_KEY_LEN];

        memcpy(key, words, sizeof key);
        if (round % 4 == 0 || first > SC_AES_MAX_BLOCKS - MAX_LEN) {
            first = SC_AES_MAX_BLOCKS - (len + 15) / 16; /* up to the last */
        }
        CHECK_OK(sc_aesctr_new(&s, key, SC_AES_PORTABLE));
        CHECK_OK(sc_aesctr_stream(s, want, len, op, first));
        sc_aesctr_free(&s);
        for (size_t i = 0; i < n_here(); i++) {
            CHECK_OK(sc_aesctr_new(&s, key, paths[i]));
            CHECK_OK(sc_aesctr_stream(s, got, len, op, first));
            CHECK_BYTES(got, want, len);
            sc_aesctr_free(&s);
        }
    }
}

/* y = y +- f, an element at a time. */
static void sum_plainly(uint8_t *y, const uint8_t *f, size_t len,
                        sc_aes_sum how)
{
    const size_t width = how == SC_AES_ADD64 || how == SC_AES_SUB64 ? 8 : 16;
    const int is_sub = how == SC_AES_SUB64 || how == SC_AES_SUB128;

    for (size_t i = 0; i < len; i += width) {
        sc_u128 a = 0, b = 0;

        memcpy(&a, y + i, width);
        memcpy(&b, f + i, width);
        a = is_sub ? a - b : a + b;
        memcpy(y + i, &a, width);
    }
}

/* y in the shapes where words carry and borrow, or just do not: by chance, 0,
 * all ones, f, -f and the complement of f. */
static void shape(uint8_t *y, const uint8_t *f, size_t len, uint64_t *seed)
{
    for (size_t i = 0; i < len; i += 16) {
        uint64_t chance[2] = {sc_random_next(seed), sc_random_next(seed)};
        sc_u128 a, b;

        memcpy(&a, chance, 16);
        memcpy(&b, f + i, 16);
        switch (sc_random_next(seed) % 6) {
        case 0:
            break;
        case 1:
            a = 0;
            break;
        case 2:
            a = ~(sc_u128)0;
            break;
        case 3:
            a = b;
            break;
        case 4:
            a = -b;
            break;
        default:
            a = ~b;
            break;
        }
        memcpy(y + i, &a, 16);
    }
}

/* What is summed is the stream; how much at once is the path's to say. */
static void check_sum(sc_aesctr *s, size_t len, sc_aes_sum how, uint64_t *seed)
{
    enum { MAX_LEN = 9 * SC_AESVAES_STEP };
    static uint8_t f[MAX_LEN], want[MAX_LEN], got[MAX_LEN + 16];
    uint64_t op = sc_random_next(seed),
             first = sc_random_next(seed) % SC_AES_MAX_BLOCKS / 2;
    uint8_t *y = got + sc_random_next(seed) % 16; /* at any alignment */
    size_t done;

    CHECK_OK(sc_aesctr_stream(s, f, len, op, first));
    shape(want, f, len, seed);
    memset(got, 0, sizeof got);
    memcpy(y, want, len);
    done = sc_aesctr_sum(s, y, len, how, op, first);
    CHECK(done == 0 || done == len - len % SC_AESVAES_STEP);
    sum_plainly(want, f, done, how);
    CHECK_BYTES(y, want, len);
    CHECK_ZERO(got, (size_t)(y - got));
    CHECK_ZERO(y + len, sizeof got - len - (size_t)(y - got));
}

static void test_sums(void **state)
{
    static const size_t lens[] = {0, 16, 496, 512, 528, 1024, 4096, 4592};
    const uint8_t key[SC_AES_KEY_LEN] = {6};
    sc_aesctr *s = NULL;
    uint64_t seed = 12;

    (void)state;
    for (size_t i = 0; i < n_here(); i++) {
        CHECK_OK(sc_aesctr_new(&s, key, paths[i]));
        for (size_t k = 0; k < 16 * sizeof lens / sizeof *lens; k++) {
            size_t len = lens[k / 16];

            check_sum(s, len, SC_AES_ADD64, &seed);
            check_sum(s, len, SC_AES_SUB64, &seed);
            check_sum(s, len, SC_AES_ADD128, &seed);
            check_sum(s, len, SC_AES_SUB128, &seed);
        }
        sc_aesctr_free(&s);
    }
}

/* Nothing is summed beyond the last block, nor on the paths that cannot. */
static void test_sums_that_are_not(void **state)
{
    enum { N = SC_AESVAES_STEP / 16 };
    const uint64_t end = SC_AES_MAX_BLOCKS;
    const uint8_t key[SC_AES_KEY_LEN] = {0};
    uint8_t y[2 * SC_AESVAES_STEP] = {0};
    sc_aesctr *s = NULL;

    (void)state;
    for (size_t i = 0; i < n_here(); i++) {
        size_t step = paths[i] == SC_AES_VAES ? SC_AESVAES_STEP : 0;

        CHECK_OK(sc_aesctr_new(&s, key, paths[i]));
        CHECK(sc_aesctr_sum(s, y, sizeof y, SC_AES_ADD64, 0, end - N) == 0);
        CHECK(sc_aesctr_sum(s, y, 512, SC_AES_SUB128, 0, end - N + 1) == 0);
        CHECK(sc_aesctr_sum(s, y, 512, SC_AES_ADD64, 0, UINT64_MAX) == 0);
        CHECK_ZERO(y, sizeof y);
        if (paths[i] != SC_AES_AUTO) {
            CHECK(sc_aesctr_sum(s, y, 512, SC_AES_ADD64, 0, end - N) == step);
            CHECK(sc_aesctr_sum(s, y, 512, SC_AES_SUB64, 0, end - N) == step);
            CHECK_ZERO(y, sizeof y);
        }
        sc_aesctr_free(&s);
    }
}

static void test_path_that_is_not_here(void **state)
{
    const uint8_t key[SC_AES_KEY_LEN] = {0};
    sc_aesctr *s = NULL;

    (void)state;
    CHECK_ERR(sc_aesvaes_is_here() ? SC_OK : SC_E_ARG,
              sc_aesctr_new(&s, key, SC_AES_VAES));
    CHECK((s != NULL) == sc_aesvaes_is_here());
    sc_aesctr_free(&s);
}

static void test_streams_differ(void **state)
{
    const uint8_t key[2][SC_AES_KEY_LEN] = {{1}, {2}};
    uint8_t out[5][16];
    sc_aesctr *s = NULL;

    (void)state;
    CHECK_OK(sc_aesctr_new(&s, key[0], SC_AES_AUTO));
    CHECK_OK(sc_aesctr_stream(s, out[0], 16, 0, 0));
    CHECK_OK(sc_aesctr_stream(s, out[1], 16, 1, 0));
    CHECK_OK(sc_aesctr_stream(s, out[2], 16, 0, 1));
    CHECK_OK(sc_aesctr_stream(s, out[3], 16, 1, 1));
    sc_aesctr_free(&s);
    CHECK_OK(sc_aesctr_new(&s, key[1], SC_AES_AUTO));
    CHECK_OK(sc_aesctr_stream(s, out[4], 16, 0, 0));
    sc_aesctr_free(&s);
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) {
            CHECK(memcmp(out[i], out[j], 16) != 0);
        }
    }
}

static void test_ends_of_the_counter(void **state)
{
    const uint8_t key[SC_AES_KEY_LEN] = {0};
    uint8_t out[33];
    sc_aesctr *s = NULL;

    (void)state;
    for (size_t i = 0; i < n_here(); i++) {
        CHECK_OK(sc_aesctr_new(&s, key, paths[i]));
        CHECK_OK(sc_aesctr_stream(s, out, 32, 0, SC_AES_MAX_BLOCKS - 2));
        CHECK_OK(sc_aesctr_stream(s, out, 16, 0, SC_AES_MAX_BLOCKS - 1));
        CHECK_OK(sc_aesctr_stream(s, out, 0, 0, SC_AES_MAX_BLOCKS));
        memset(out, 0, sizeof out);
        CHECK_ERR(SC_E_ARG,
                  sc_aesctr_stream(s, out, 33, 0, SC_AES_MAX_BLOCKS - 2));
        CHECK_ERR(SC_E_ARG,
                  sc_aesctr_stream(s, out, 17, 0, SC_AES_MAX_BLOCKS - 1));
        CHECK_ERR(SC_E_ARG, sc_aesctr_stream(s, out, 1, 0, SC_AES_MAX_BLOCKS));
        CHECK_ERR(SC_E_ARG, sc_aesctr_stream(s, out, 32, 0, UINT64_MAX));
        CHECK_ZERO(out, sizeof out);
        sc_aesctr_free(&s);
        CHECK(s == NULL);
        sc_aesctr_free(&s);
    }
}

static sc_err make_and_free(void *arg)
{
    const uint8_t key[SC_AES_KEY_LEN] = {0};
    sc_aesctr *s = NULL;
    sc_err err = sc_aesctr_new(&s, key, *(sc_aes_path *)arg);

    CHECK((s == NULL) == (err != SC_OK));
    sc_aesctr_free(&s);
    return err;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_here(); i++) {
        sc_aes_path path = paths[i];

        CHECK_ALLOC(make_and_free, &path);
    }
}

/* The product under SC_CPU=portable gives the same stream. */
static void test_environment(void **state)
{
    sc_kat t;

    (void)state;
    CHECK(setenv("SC_CPU", "portable", 1) == 0);
    for (sc_kat_open(&t, "aesctr.kat"); sc_kat_next(&t);) {
        check_vector(&t, SC_AES_AUTO);
    }
    CHECK(unsetenv("SC_CPU") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_paths_agree),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_sums_that_are_not),
        cmocka_unit_test(test_path_that_is_not_here),
        cmocka_unit_test(test_streams_differ),
        cmocka_unit_test(test_ends_of_the_counter),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_environment),
    };

    return cmocka_run_group_tests_name("aesctr", tests, NULL, NULL);
}
