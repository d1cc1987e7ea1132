/* tests/unit/test_did.c: vectors in did.kat. */
#include "tests/unit/ledger_fixture.h"

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "did.kat"); sc_kat_next(&t);) {
        char did[SC_DID_LEN + 1], vm[SC_DID_VM_LEN + 1];
        uint8_t pk[SC_KEY_LEN];

        CHECK_OK(sc_did_make(did, sc_kat_bytes(&t, "pk").p));
        CHECK_STR(did, sc_kat_str(&t, "did"));
        CHECK_OK(sc_did_vm(vm, did));
        CHECK_STR(vm, sc_kat_str(&t, "vm"));
        CHECK_OK(sc_did_take(pk, sc_kat_text(&t, "did")));
        CHECK_BYTES(pk, sc_kat_bytes(&t, "pk").p, SC_KEY_LEN);
    }
}

/* A changed DID is malformed, or names another (admissible) key. */
static void test_mutations(void **state)
{
    char did[SC_DID_LEN + 2] = "did:key:"
                               "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swb"
                               "TQ2";
    uint8_t pk[SC_KEY_LEN], other[SC_KEY_LEN];
    size_t n_other = 0;

    (void)state;
    CHECK_OK(sc_did_take(pk, sc_bytes_of(did)));
    for (size_t bit = 0; bit < 8 * SC_DID_LEN; bit++) {
        did[bit / 8] = (char)(did[bit / 8] ^ (1 << (bit % 8)));
        if (sc_did_take(other, (sc_bytes){(uint8_t *)did, SC_DID_LEN}) ==
            SC_OK) {
            char again[SC_DID_LEN + 1];

            CHECK(memcmp(pk, other, sizeof pk) != 0);
            CHECK_OK(sc_did_make(again, other));
            CHECK_STR(again, did);
            n_other++;
        }
        did[bit / 8] = (char)(did[bit / 8] ^ (1 << (bit % 8)));
    }
    CHECK(n_other < 8 * SC_DID_LEN / 4); /* most are not in the group */
    for (size_t len = 0; len < SC_DID_LEN; len++) {
        CHECK_ERR(SC_E_WIRE,
                  sc_did_take(other, (sc_bytes){(uint8_t *)did, len}));
    }
    strcat(did, "1");
    CHECK_ERR(SC_E_WIRE, sc_did_take(other, sc_bytes_of(did)));
    CHECK_ERR(SC_E_ARG, sc_did_vm((char[SC_DID_VM_LEN + 1]){0}, did));
}

static void test_rejects(void **state)
{
    static const uint8_t x25519[34] = {0xec, 0x01, 9};
    static const uint8_t small[34] = {0xed, 0x01, 1}; /* the identity */
    const uint8_t *const multi[2] = {x25519, small};
    uint8_t pk[SC_KEY_LEN] = {7}, same[SC_KEY_LEN] = {7};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        sc_buf did = {0};

        CHECK_OK(sc_buf_put_str(&did, "did:key:"));
        CHECK_OK(sc_multibase_put(&did, (sc_bytes){multi[i], 34}));
        CHECK_ERR(SC_E_WIRE, sc_did_take(pk, sc_buf_bytes(&did)));
        sc_buf_clear(&did);
    }
    CHECK_ERR(SC_E_WIRE,
              sc_did_take(pk, sc_bytes_of("did:web:northern-health.example:"
                                          "parties:alice:xxxxxxxxxxxxxxxx")));
    /* base64url multibase, as a newer draft allows */
    CHECK_ERR(SC_E_WIRE,
              sc_did_take(pk, sc_bytes_of("did:key:u7QGwHY2Tv1Y9d9Pj0o8aQyJ0kX"
                                          "0m3hX3r2p0zq5sQ1n2DwAA")));
    CHECK_BYTES(pk, same, sizeof pk);
}

static void test_multibase(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 128; len++) {
        uint8_t in[128] = {0}, out[128];
        sc_buf text = {0};

        for (size_t i = len / 3; i < len; i++) {
            in[i] = (uint8_t)(i * 11 + len);
        }
        CHECK_OK(sc_multibase_put(&text, (sc_bytes){in, len}));
        CHECK(text.p[0] == 'z');
        CHECK_OK(sc_multibase_get(out, len, sc_buf_bytes(&text)));
        CHECK_BYTES(out, in, len);
        if (len > 0) {
            CHECK_ERR(SC_E_WIRE,
                      sc_multibase_get(out, len - 1, sc_buf_bytes(&text)));
        }
        if (len < 128) {
            CHECK_ERR(SC_E_WIRE,
                      sc_multibase_get(out, len + 1, sc_buf_bytes(&text)));
        }
        text.p[0] = 'u';
        CHECK_ERR(SC_E_WIRE, sc_multibase_get(out, len, sc_buf_bytes(&text)));
        sc_buf_clear(&text);
    }
    CHECK_ERR(SC_E_WIRE, sc_multibase_get(NULL, 0, (sc_bytes){0}));
}

static sc_err body(void *arg)
{
    char did[SC_DID_LEN + 1];
    uint8_t pk[SC_KEY_LEN];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_did_make(did, arg));
    SC_TRY(sc_did_take(pk, sc_bytes_of(did)));
    err = SC_OK;
out:
    return err;
}

static void test_memory(void **state)
{
    sc_keys keys;

    (void)state;
    fixture_keys(&keys, 0);
    CHECK_ALLOC(body, keys.identity.pk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_rejects),       cmocka_unit_test(test_multibase),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
