/* tests/unit/test_aesctr.c: each path that the machine has against
 * tests/vectors/aesctr.kat, which is the model's, and against the others. */
#include <stdlib.h>
#include <string.h>

#include "base/aesctr.h"
#include "base/aesvaes.h"
#include "base/hash.h"
#include "base/mem.h"
#include "tests/kat.h"

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

static uint64_t next(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
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
        const uint64_t words[2] = {next(&seed), next(&seed)};
        size_t len = next(&seed) % (round % 2 == 0 ? 600 : MAX_LEN);
        uint64_t op = next(&seed), first = next(&seed) % SC_AES_MAX_BLOCKS;
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
        cmocka_unit_test(test_path_that_is_not_here),
        cmocka_unit_test(test_streams_differ),
        cmocka_unit_test(test_ends_of_the_counter),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_environment),
    };

    return cmocka_run_group_tests_name("aesctr", tests, NULL, NULL);
}
