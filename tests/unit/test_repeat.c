/* tests/unit/test_repeat.c: the same question about the same data, and nothing
 * else, finds the answer from before. */
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "job/run/repeat.h"
#include "tests/folder.h"
#include "tests/kat.h"

static const uint8_t job[16] = {0xAB, 0xCD, 1, 2, 3};

/* Query, result parties, which inputs there are, their bytes: all of it. */
static void test_key(void **state)
{
    sc_plan p = {.results = 2};
    sc_opt_bytes in[3] = {{.is_set = 1, .b = {1}},
                          {0},
                          {.is_set = 1, .b = {3}}};
    uint8_t key[32], other[32];

    (void)state;
    memset(p.query_digest, 7, 32);
    sc_repeat_key(key, &p, in, 3);
    sc_repeat_key(other, &p, in, 3);
    CHECK_BYTES(other, key, 32);
    in[1].b[5] = 9; /* not set: not looked at */
    sc_repeat_key(other, &p, in, 3);
    CHECK_BYTES(other, key, 32);
#define DIFFERS(change, back)                                                  \
    do {                                                                       \
        change;                                                                \
        sc_repeat_key(other, &p, in, 3);                                       \
        CHECK(memcmp(key, other, 32) != 0);                                    \
        back;                                                                  \
    } while (0)
    for (size_t i = 0; i < 32; i++) {
        DIFFERS(p.query_digest[i] ^= 1, p.query_digest[i] ^= 1);
        DIFFERS(in[0].b[i] ^= 1, in[0].b[i] ^= 1);
        DIFFERS(in[2].b[i] ^= 1, in[2].b[i] ^= 1);
    }
    DIFFERS(p.results = 3, p.results = 2);
    DIFFERS(in[1].is_set = 1, in[1].is_set = 0);
    DIFFERS(in[2].is_set = 0, in[2].is_set = 1);
    { /* the same commitments at other parties */
        sc_opt_bytes swapped[3] = {in[2], in[1], in[0]};

        sc_repeat_key(other, &p, swapped, 3);
        CHECK(memcmp(key, other, 32) != 0);
    }
#undef DIFFERS
}

static void test_store(void **state)
{
    uint8_t key[32] = {1}, other[32] = {2}, found[16];
    char name[64 + 9] = "answers/";
    sc_fault why = {0};

    CHECK_ERR(SC_E_NOT_FOUND, sc_repeat_find(found, *state, key, NULL));
    CHECK_OK(sc_repeat_put(*state, key, job, NULL));
    CHECK_OK(sc_repeat_find(found, *state, key, NULL));
    CHECK_BYTES(found, job, 16);
    CHECK_ERR(SC_E_NOT_FOUND, sc_repeat_find(found, *state, other, NULL));
    CHECK_OK(sc_repeat_put(*state, key, (const uint8_t[16]){9}, NULL));
    CHECK_OK(sc_repeat_find(found, *state, key, NULL));
    CHECK_U64(found[0], 9); /* the newest */
    sc_hex32(name + 8, key);
    sc_folder_write(*state, name, "0900000000000000000000000000000G");
    CHECK_ERR(SC_E_CORRUPT, sc_repeat_find(found, *state, key, &why));
    CHECK(strstr(why.text, name) != NULL);
    sc_folder_write(*state, name, "09");
    CHECK_ERR(SC_E_CORRUPT, sc_repeat_find(found, *state, key, NULL));
    sc_folder_write(*state, name, ""); /* the machine fell */
    CHECK_ERR(SC_E_NOT_FOUND, sc_repeat_find(found, *state, key, NULL));
}

/* Under the data that it was about, and as the last one about any. */
static void test_remember(void **state)
{
    static const uint8_t later[16] = {7};
    sc_plan p = {.results = 2};
    sc_opt_bytes in[2] = {{.is_set = 1, .b = {1}}, {.is_set = 1, .b = {2}}};
    uint8_t key[32], any[32], found[16];

    sc_repeat_key(any, &p, NULL, 0);
    sc_repeat_key(key, &p, in, 2);
    CHECK(memcmp(any, key, 32) != 0);
    CHECK_OK(sc_repeat_remember(*state, &p, in, 2, job, NULL));
    in[1].b[0] = 3; /* the data changed */
    CHECK_OK(sc_repeat_remember(*state, &p, in, 2, later, NULL));
    CHECK_OK(sc_repeat_find(found, *state, key, NULL));
    CHECK_BYTES(found, job, 16);
    CHECK_OK(sc_repeat_find(found, *state, any, NULL));
    CHECK_BYTES(found, later, 16);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_key), TEST(test_store),
                                       TEST(test_remember)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
