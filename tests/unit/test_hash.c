/* tests/unit/test_hash.c: tests/vectors/hash.kat, and the laws between the
 * incremental hash, the one-shot one and the tagged form. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "tests/kat.h"

#define MAX_PARTS 4

static void check_sha256(sc_kat *t)
{
    sc_bytes data = sc_kat_bytes(t, "data"), want = sc_kat_bytes(t, "out");
    uint8_t got[SC_HASH_LEN];
    sc_hash *h = NULL;

    CHECK_U64(want.len, SC_HASH_LEN);
    sc_sha256(got, data);
    CHECK_BYTES(got, want.p, SC_HASH_LEN);
    CHECK_OK(sc_hash_new(&h));
    for (size_t cut = 0; cut <= data.len; cut++) {
        sc_hash_update(h, data.p, cut);
        sc_hash_update(h, data.p + cut, data.len - cut);
        sc_hash_final(h, got);
        CHECK_BYTES(got, want.p, SC_HASH_LEN);
        sc_hash_reset(h);
    }
    sc_hash_free(&h);
}

static void check_tagged(sc_kat *t)
{
    sc_bytes parts[MAX_PARTS], want = sc_kat_bytes(t, "out");
    size_t n_parts = sc_kat_size(t, "n_parts");
    uint8_t got[SC_HASH_LEN];
    sc_hash *h = NULL;

    CHECK(n_parts <= MAX_PARTS);
    for (size_t i = 0; i < n_parts; i++) {
        char name[32];

        snprintf(name, sizeof name, "part%zu", i);
        parts[i] = sc_kat_bytes(t, name);
    }
    sc_hash_tagged(got, sc_kat_str(t, "tag"), parts, n_parts);
    CHECK_BYTES(got, want.p, SC_HASH_LEN);

    /* The same bytes by hand, with what the header promises of _sized. */
    CHECK_OK(sc_hash_new(&h));
    sc_hash_update(h, sc_kat_str(t, "tag"), strlen(sc_kat_str(t, "tag")) + 1);
    for (size_t i = 0; i < n_parts; i++) {
        sc_hash_update_sized(h, parts[i]);
    }
    sc_hash_final(h, got);
    CHECK_BYTES(got, want.p, SC_HASH_LEN);
    sc_hash_free(&h);
}

static void check_hkdf(sc_kat *t)
{
    sc_bytes want = sc_kat_bytes(t, "out");
    uint8_t *got = sc_alloc(want.len + 1, 1);

    CHECK_OK(sc_hkdf(got, want.len, sc_kat_bytes(t, "key"),
                     sc_kat_bytes(t, "salt"), sc_kat_bytes(t, "info")));
    CHECK_BYTES(got, want.p, want.len);
    CHECK(got[want.len] == 0);
    sc_free(got);
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "hash.kat"); sc_kat_next(&t);) {
        const char *kind = sc_kat_str(&t, "kind");

        if (strcmp(kind, "sha256") == 0) {
            check_sha256(&t);
        } else if (strcmp(kind, "tagged") == 0) {
            check_tagged(&t);
        } else {
            CHECK_STR(kind, "hkdf");
            check_hkdf(&t);
        }
    }
}

/* FIPS 180-4: a million times "a". */
static void test_a_million(void **state)
{
    static const uint8_t want[SC_HASH_LEN] = {
        0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7,
        0xe2, 0x84, 0xd7, 0x3e, 0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97,
        0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0};
    uint8_t got[SC_HASH_LEN], piece[1000];
    sc_hash *h = NULL;

    (void)state;
    memset(piece, 'a', sizeof piece);
    CHECK_OK(sc_hash_new(&h));
    for (int i = 0; i < 1000; i++) {
        sc_hash_update(h, piece, sizeof piece);
    }
    sc_hash_final(h, got);
    CHECK_BYTES(got, want, SC_HASH_LEN);
    sc_hash_free(&h);
}

static void test_reset_at_any_time(void **state)
{
    uint8_t got[SC_HASH_LEN], want[SC_HASH_LEN];
    sc_hash *h = NULL;

    (void)state;
    sc_sha256(want, sc_bytes_of("abc"));
    CHECK_OK(sc_hash_new(&h));
    sc_hash_update(h, "noise", 5);
    sc_hash_reset(h); /* in the middle */
    sc_hash_reset(h); /* twice */
    sc_hash_update(h, "abc", 3);
    sc_hash_final(h, got);
    CHECK_BYTES(got, want, SC_HASH_LEN);
    sc_hash_free(&h);
    CHECK(h == NULL);
    sc_hash_free(&h);
}

static void test_parts_cannot_be_moved(void **state)
{
    const sc_bytes ab_c[2] = {sc_bytes_of("ab"), sc_bytes_of("c")};
    const sc_bytes a_bc[2] = {sc_bytes_of("a"), sc_bytes_of("bc")};
    const sc_bytes abc[2] = {sc_bytes_of("abc"), {NULL, 0}};
    uint8_t out[5][SC_HASH_LEN];

    (void)state;
    sc_hash_tagged(out[0], "t", ab_c, 2);
    sc_hash_tagged(out[1], "t", a_bc, 2);
    sc_hash_tagged(out[2], "t", abc, 2);
    sc_hash_tagged(out[3], "t", abc, 1);
    sc_hash_tagged(out[4], "u", ab_c, 2);
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) {
            CHECK(memcmp(out[i], out[j], SC_HASH_LEN) != 0);
        }
    }
}

static void test_hkdf_rejects(void **state)
{
    const sc_bytes none = {NULL, 0};
    static uint8_t out[255 * SC_HASH_LEN + 1];

    (void)state;
    CHECK_ERR(SC_E_ARG, sc_hkdf(out, 0, none, none, none));
    CHECK_ERR(SC_E_ARG, sc_hkdf(out, sizeof out, none, none, none));
    CHECK_ZERO(out, sizeof out);
    CHECK_OK(sc_hkdf(out, sizeof out - 1, none, none, none));
    CHECK(out[sizeof out - 1] == 0);
}

static sc_err make_and_free(void *arg)
{
    sc_hash *h = NULL;
    sc_err err = sc_hash_new(&h);

    (void)arg;
    CHECK((h == NULL) == (err != SC_OK));
    sc_hash_free(&h);
    return err;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    CHECK_ALLOC(make_and_free, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_a_million),
        cmocka_unit_test(test_reset_at_any_time),
        cmocka_unit_test(test_parts_cannot_be_moved),
        cmocka_unit_test(test_hkdf_rejects),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
