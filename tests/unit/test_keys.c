/* tests/unit/test_keys.c: vectors in keys.kat. */
#include "base/mem.h"
#include "tests/unit/ledger_fixture.h"

static void check_ed25519(sc_kat *t)
{
    sc_bytes message = sc_kat_bytes(t, "message");
    uint8_t sig[SC_SIG_LEN], copy[SC_SIG_LEN];
    sc_sign_key key;

    sc_sign_key_init(&key, sc_kat_bytes(t, "seed").p);
    CHECK_BYTES(key.pk, sc_kat_bytes(t, "pk").p, SC_KEY_LEN);
    CHECK_OK(sc_key_check_ed25519(key.pk));
    sc_sign(sig, &key, message);
    CHECK_BYTES(sig, sc_kat_bytes(t, "sig").p, SC_SIG_LEN);
    CHECK_OK(sc_sign_verify(key.pk, message, sig));
    for (size_t bit = 0; bit < 8 * sizeof sig; bit++) {
        memcpy(copy, sig, sizeof sig);
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        CHECK_ERR(SC_E_CHEAT, sc_sign_verify(key.pk, message, copy));
    }
    for (size_t bit = 0; bit < 8 * SC_KEY_LEN; bit++) {
        uint8_t pk[SC_KEY_LEN];

        memcpy(pk, key.pk, sizeof pk);
        pk[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        CHECK_ERR(SC_E_CHEAT, sc_sign_verify(pk, message, sig));
    }
}

static void check_tagged(sc_kat *t)
{
    size_t n = sc_kat_size(t, "n");
    const sc_bytes parts[2] = {sc_kat_bytes(t, "part0"),
                               sc_kat_bytes(t, "part1")};
    const char *tag = sc_kat_str(t, "tag");
    uint8_t sig[SC_SIG_LEN];
    sc_sign_key key;

    sc_sign_key_init(&key, sc_kat_bytes(t, "seed").p);
    CHECK_OK(sc_sign_tagged(sig, &key, tag, parts, n));
    CHECK_BYTES(sig, sc_kat_bytes(t, "sig").p, SC_SIG_LEN);
    CHECK_OK(sc_sign_verify_tagged(key.pk, tag, parts, n, sig));
    CHECK_ERR(SC_E_CHEAT,
              sc_sign_verify_tagged(key.pk, "consent/2", parts, n, sig));
    if (n > 0) {
        CHECK_ERR(SC_E_CHEAT,
                  sc_sign_verify_tagged(key.pk, tag, parts, n - 1, sig));
    }
}

static const uint8_t *secret_of(const sc_keys *k, sc_key_kind kind)
{
    const uint8_t *const secrets[SC_KEY_N_KINDS] = {k->identity.seed,
                                                    k->log.seed,
                                                    k->cosigner.seed,
                                                    k->transport, k->state};

    return secrets[kind];
}

static void check_line(sc_kat *t)
{
    sc_key_kind kind = (sc_key_kind)sc_kat_u64(t, "which");
    sc_bytes line = sc_kat_bytes(t, "line");
    sc_keys keys = {0}, none = {0};
    sc_buf out = {0};

    CHECK_OK(sc_keys_get(&keys, kind, line));
    CHECK_BYTES(secret_of(&keys, kind), sc_kat_bytes(t, "seed").p, SC_KEY_LEN);
    CHECK_OK(sc_keys_put(&out, &keys, kind));
    CHECK_U64(out.len, line.len);
    CHECK_BYTES(out.p, line.p, line.len);
    for (size_t len = 0; len < line.len; len++) {
        CHECK_ERR(SC_E_WIRE, sc_keys_get(&none, kind, (sc_bytes){line.p, len}));
    }
    CHECK_OK(sc_buf_put_str(&out, "\n"));
    CHECK_ERR(SC_E_WIRE, sc_keys_get(&none, kind, sc_buf_bytes(&out)));
    CHECK_ERR(SC_E_WIRE,
              sc_keys_get(&none, (sc_key_kind)((kind + 1) % SC_KEY_N_KINDS),
                          line));
    CHECK_ZERO(&none, sizeof none);
    sc_buf_clear(&out);
}

static void check_x25519(sc_kat *t)
{
    sc_buf line = {0};
    sc_keys keys;

    CHECK_OK(sc_buf_put_str(&line, "sharechain-key/1 transport "));
    CHECK_OK(sc_base64url_put(&line, sc_kat_bytes(t, "seed")));
    CHECK_OK(sc_buf_put_str(&line, "\n"));
    CHECK_OK(sc_keys_get(&keys, SC_KEY_TRANSPORT, sc_buf_bytes(&line)));
    CHECK_BYTES(keys.transport_pk, sc_kat_bytes(t, "pk").p, SC_KEY_LEN);
    CHECK_OK(sc_key_check_x25519(keys.transport_pk));
    sc_buf_clear(&line);
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "keys.kat"); sc_kat_next(&t);) {
        const char *kind = sc_kat_str(&t, "kind");

        if (strcmp(kind, "ed25519") == 0) {
            check_ed25519(&t);
        } else if (strcmp(kind, "tagged") == 0) {
            check_tagged(&t);
        } else if (strcmp(kind, "line") == 0) {
            check_line(&t);
        } else if (strcmp(kind, "x25519") == 0) {
            check_x25519(&t);
        } else if (strcmp(kind, "bad-ed25519") == 0) {
            CHECK_ERR(SC_E_WIRE,
                      sc_key_check_ed25519(sc_kat_bytes(&t, "pk").p));
        } else {
            CHECK_STR(kind, "bad-x25519");
            CHECK_ERR(SC_E_WIRE, sc_key_check_x25519(sc_kat_bytes(&t, "pk").p));
        }
    }
}

static void test_generate(void **state)
{
    uint8_t tape[SC_KEY_N_KINDS * SC_KEY_LEN];
    sc_rng rng;
    sc_keys keys;

    (void)state;
    for (size_t i = 0; i < sizeof tape; i++) {
        tape[i] = (uint8_t)(i * 7 + 1);
    }
    rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    CHECK_OK(sc_keys_generate(&keys, &rng));
    for (unsigned kind = 0; kind < SC_KEY_N_KINDS; kind++) {
        CHECK_BYTES(secret_of(&keys, (sc_key_kind)kind),
                    tape + kind * SC_KEY_LEN, SC_KEY_LEN);
    }
    CHECK_OK(sc_key_check_ed25519(keys.identity.pk));
    CHECK_OK(sc_key_check_ed25519(keys.log.pk));
    CHECK_OK(sc_key_check_ed25519(keys.cosigner.pk));
    CHECK_OK(sc_key_check_x25519(keys.transport_pk));
    for (size_t len = 0; len < sizeof tape; len += 31) {
        rng = sc_rng_replay((sc_bytes){tape, len});
        CHECK_ERR(SC_E_RNG, sc_keys_generate(&keys, &rng));
        CHECK_ZERO(&keys, sizeof keys);
    }
}

static void test_tags(void **state)
{
    const sc_bytes part = {(const uint8_t *)"x", 1};
    uint8_t sig[SC_SIG_LEN];
    char tag[66];
    sc_sign_key key;

    (void)state;
    memset(tag, 'a', sizeof tag);
    tag[64] = '\0';
    sc_sign_key_init(&key, (const uint8_t[SC_KEY_LEN]){1});
    CHECK_OK(sc_sign_tagged(sig, &key, tag, &part, 1));
    CHECK_OK(sc_sign_verify_tagged(key.pk, tag, &part, 1, sig));
    tag[64] = 'a';
    tag[65] = '\0';
    CHECK_ERR(SC_E_ARG, sc_sign_tagged(sig, &key, tag, &part, 1));
    CHECK_ERR(SC_E_ARG, sc_sign_verify_tagged(key.pk, tag, &part, 1, sig));
    CHECK_ERR(SC_E_ARG, sc_sign_tagged(sig, &key, "", &part, 1));
    CHECK_ERR(SC_E_ARG, sc_sign_tagged(sig, &key, "{", &part, 1));
}

static sc_err body(void *arg)
{
    const sc_keys *keys = arg;
    sc_keys back;
    sc_buf line = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_keys_put(&line, keys, SC_KEY_STATE));
    SC_TRY(sc_keys_get(&back, SC_KEY_STATE, sc_buf_bytes(&line)));
    err = SC_OK;
out:
    sc_buf_clear(&line);
    return err;
}

static void test_memory(void **state)
{
    sc_keys keys;

    (void)state;
    fixture_keys(&keys, 0);
    CHECK_ALLOC(body, &keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_generate),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
