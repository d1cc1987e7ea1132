/* tests/unit/test_key_file.c: he/key_file.h: one key, one file, and nothing else
 * is read. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "he/key_file.h"
#include "he/words.h"
#include "tests/folder.h"
#include "tests/he_key.h"

#define FLAGS ((unsigned)SC_HE_TEST_SIZE)

/* The vectors' key under another id. */
static sc_he_private *test_key(void)
{
    sc_he_private *key = sc_he_key(), *sk = NULL;

    CHECK_OK(sc_he_private_new(&sk, sc_he_private_p(key), sc_he_private_q(key),
                               1024, "our/key:1", FLAGS));
    sc_he_private_free(&key);
    return sk;
}

static void check_same(const sc_he_private *a, const sc_he_private *b)
{
    CHECK(sc_he_same_modulus(sc_he_private_public(a), sc_he_private_public(b)));
    CHECK_BYTES(sc_he_private_p(a), sc_he_private_p(b), 64);
    CHECK_STR(sc_he_id(sc_he_private_public(a)),
              sc_he_id(sc_he_private_public(b)));
}

/* The form of the header, from the vectors' own digits. */
static void test_forms(void **unused)
{
    sc_he_private *sk = test_key(), *again = NULL;
    sc_he_public *pk = NULL;
    sc_buf out = {0};
    char text[1024];
    sc_kat t;

    (void)unused;
    sc_kat_open(&t, "paillier.kat");
    CHECK(sc_kat_next(&t));
    CHECK_OK(sc_he_public_put(&out, sc_he_private_public(sk)));
    snprintf(text, sizeof text,
             "sharechain-paillier-public/1\nid our/key:1\nn %s\n",
             sc_kat_str(&t, "n"));
    CHECK_U64(out.len, strlen(text));
    CHECK_BYTES(out.p, text, out.len);
    CHECK_OK(sc_he_public_get(&pk, sc_buf_bytes(&out), FLAGS));
    CHECK(sc_he_same_modulus(pk, sc_he_private_public(sk)));
    CHECK_BYTES(sc_he_noise_base(pk),
                sc_he_noise_base(sc_he_private_public(sk)), 256);
    sc_he_public_free(&pk);
    CHECK_ERR(SC_E_WIRE, sc_he_public_get(&pk, sc_buf_bytes(&out), 0));
    CHECK_ERR(SC_E_WIRE, sc_he_private_get(&again, sc_buf_bytes(&out), FLAGS));
    sc_buf_reset(&out);
    CHECK_OK(sc_he_private_put(&out, sk));
    snprintf(text, sizeof text,
             "sharechain-paillier-private/1\nid our/key:1\np %s\nq %s\n",
             sc_kat_str(&t, "p"), sc_kat_str(&t, "q"));
    CHECK_U64(out.len, strlen(text));
    CHECK_BYTES(out.p, text, out.len);
    CHECK_OK(sc_he_private_get(&again, sc_buf_bytes(&out), FLAGS));
    check_same(sk, again);
    sc_he_private_free(&again);
    CHECK_ERR(SC_E_WIRE, sc_he_private_get(&again, sc_buf_bytes(&out), 0));
    CHECK_ERR(SC_E_WIRE, sc_he_public_get(&pk, sc_buf_bytes(&out), FLAGS));
    while (sc_kat_next(&t)) {
    }
    sc_buf_clear(&out);
    sc_he_private_free(&sk);
}

/* Every cut, every byte put in, and each byte changed: refused, but for another
 * letter of the id. */
static void test_mutations(void **unused)
{
    sc_he_private *sk = test_key();
    sc_he_public *pk = NULL;
    uint8_t text[2048];
    sc_buf out = {0};
    size_t id_at;

    (void)unused;
    CHECK_OK(sc_he_public_put(&out, sc_he_private_public(sk)));
    id_at = strlen("sharechain-paillier-public/1\nid ");
    for (size_t i = 0; i < out.len; i++) {
        const int is_id = i >= id_at && i < id_at + 9;

        CHECK_ERR(SC_E_WIRE,
                  sc_he_public_get(&pk, (sc_bytes){out.p, i}, FLAGS));
        memcpy(text, out.p, i);
        text[i] = '\n';
        memcpy(text + i + 1, out.p + i, out.len - i);
        CHECK_ERR(SC_E_WIRE,
                  sc_he_public_get(&pk, (sc_bytes){text, out.len + 1}, FLAGS));
        memcpy(text, out.p, out.len);
        text[i] ^= 0x80;
        CHECK_ERR(SC_E_WIRE,
                  sc_he_public_get(&pk, (sc_bytes){text, out.len}, FLAGS));
        text[i] = out.p[i] == '\n' ? ' ' : '\0';
        CHECK_ERR(SC_E_WIRE,
                  sc_he_public_get(&pk, (sc_bytes){text, out.len}, FLAGS));
        if (is_id) {
            text[i] = out.p[i] ^ 1;
            CHECK_OK(sc_he_public_get(&pk, (sc_bytes){text, out.len}, FLAGS));
            sc_he_public_free(&pk);
        }
    }
    memcpy(text, out.p, out.len);
    text[out.len] = '\n';
    CHECK_ERR(SC_E_WIRE,
              sc_he_public_get(&pk, (sc_bytes){text, out.len + 1}, FLAGS));
    for (size_t i = 0; i < out.len; i++) { /* upper case is another encoding */
        if (text[i] >= 'a' && text[i] <= 'f' && i > id_at + 12) {
            text[i] = (uint8_t)(text[i] - 'a' + 'A');
            CHECK_ERR(SC_E_WIRE,
                      sc_he_public_get(&pk, (sc_bytes){text, out.len}, FLAGS));
            break;
        }
    }
    sc_buf_clear(&out);
    sc_he_private_free(&sk);
}

static void test_private_mutations(void **unused)
{
    sc_he_private *sk = test_key(), *got = NULL;
    sc_buf out = {0};
    uint8_t text[2048];
    sc_err err;

    (void)unused;
    CHECK_OK(sc_he_private_put(&out, sk));
    for (size_t i = 0; i < out.len; i++) {
        CHECK_ERR(SC_E_WIRE,
                  sc_he_private_get(&got, (sc_bytes){out.p, i}, FLAGS));
        memcpy(text, out.p, out.len);
        text[i] = text[i] == '0' ? '4' : text[i] == '7' ? '3' : '0';
        err = sc_he_private_get(&got, (sc_bytes){text, out.len}, FLAGS);
        CHECK(err == SC_E_WIRE || err == SC_E_CHEAT ||
              (err == SC_OK && i >= 33 && i < 43)); /* another id */
        sc_he_private_free(&got);
    }
    sc_buf_clear(&out);
    sc_he_private_free(&sk);
}

static void test_sealed(void **unused)
{
    const sc_bytes pass = sc_bytes_of("correct horse");
    static const uint8_t long_pass[SC_HE_PASS_MAX + 1] = {1};
    sc_he_private *sk = test_key(), *got = NULL;
    uint8_t tape[40] = {9, 8, 7};
    sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});
    sc_buf out = {0};

    (void)unused;
    CHECK_OK(sc_he_private_seal(&out, &rng, sk, pass));
    CHECK_BYTES(out.p, "sharechain-paillier-sealed/1\n\x09\x08\x07", 32);
    CHECK_OK(sc_he_private_unseal(&got, sc_buf_bytes(&out), pass, FLAGS));
    check_same(sk, got);
    sc_he_private_free(&got);
    CHECK_ERR(SC_E_REFUSED,
              sc_he_private_unseal(&got, sc_buf_bytes(&out),
                                   sc_bytes_of("correct horsf"), FLAGS));
    out.p[out.len - 1] ^= 1;
    CHECK_ERR(SC_E_REFUSED,
              sc_he_private_unseal(&got, sc_buf_bytes(&out), pass, FLAGS));
    for (size_t i = 0; i < 29 + 16 + 24 + 17; i++) { /* too short */
        CHECK_ERR(SC_E_WIRE, sc_he_private_unseal(&got, (sc_bytes){out.p, i},
                                                  pass, FLAGS));
    }
    out.p[5] ^= 1;
    CHECK_ERR(SC_E_WIRE,
              sc_he_private_unseal(&got, sc_buf_bytes(&out), pass, FLAGS));
    CHECK(got == NULL);
    sc_buf_reset(&out);
    CHECK_ERR(SC_E_RNG, sc_he_private_seal(&out, &rng, sk, pass));
    rng = sc_rng_system();
    CHECK_ERR(SC_E_ARG,
              sc_he_private_seal(&out, &rng, sk, (sc_bytes){NULL, 0}));
    CHECK_ERR(SC_E_ARG,
              sc_he_private_seal(&out, &rng, sk,
                                 (sc_bytes){long_pass, sizeof long_pass}));
    CHECK_U64(out.len, 0);
    sc_buf_clear(&out);
    sc_he_private_free(&sk);
}

static void check_mode(const char *path, unsigned mode)
{
    struct stat st;

    CHECK(stat(path, &st) == 0);
    CHECK_U64(st.st_mode & 0777, mode);
}

static void test_files(void **dir)
{
    const sc_bytes pass = sc_bytes_of("p"), none = {NULL, 0};
    char *path = sc_path_join(*dir, "k"), *open = sc_path_join(*dir, "open");
    char *sealed = sc_path_join(*dir, "sealed");
    sc_he_private *sk = test_key(), *got = NULL;
    sc_rng rng = sc_rng_system();
    sc_he_public *pk = NULL;
    sc_fault why = {0};

    assert_true(path != NULL && open != NULL && sealed != NULL);
    CHECK_ERR(SC_E_NOT_FOUND, sc_he_public_load(&pk, path, FLAGS, &why));
    CHECK_OK(sc_he_public_save(sc_he_private_public(sk), path, NULL));
    CHECK_OK(sc_he_public_save(sc_he_private_public(sk), path, NULL));
    CHECK_OK(sc_he_public_load(&pk, path, FLAGS, NULL));
    CHECK(sc_he_same_modulus(pk, sc_he_private_public(sk)));
    sc_he_public_free(&pk);
    CHECK_ERR(SC_E_CORRUPT,
              sc_he_private_save(sk, path, &rng, none, SC_HE_OPEN_FILE, NULL));

    CHECK_ERR(SC_E_ARG, sc_he_private_save(sk, open, &rng, none, 0, &why));
    CHECK_ERR(SC_E_ARG,
              sc_he_private_save(sk, open, &rng, pass, SC_HE_OPEN_FILE, &why));
    CHECK_OK(sc_he_private_save(sk, open, &rng, none, SC_HE_OPEN_FILE, NULL));
    check_mode(open, 0600);
    CHECK_OK(sc_he_private_load(&got, open, none, FLAGS, NULL));
    check_same(sk, got);
    sc_he_private_free(&got);
    CHECK_ERR(SC_E_ARG, sc_he_private_load(&got, open, pass, FLAGS, &why));
    CHECK(chmod(open, 0640) == 0);
    CHECK_ERR(SC_E_CONFIG, sc_he_private_load(&got, open, none, FLAGS, &why));
    CHECK_STR(why.file, open);

    CHECK_OK(sc_he_private_save(sk, sealed, &rng, pass, 0, NULL));
    check_mode(sealed, 0600);
    CHECK_OK(sc_he_private_load(&got, sealed, pass, FLAGS, NULL));
    check_same(sk, got);
    sc_he_private_free(&got);
    CHECK_ERR(SC_E_ARG, sc_he_private_load(&got, sealed, none, FLAGS, &why));
    CHECK_ERR(SC_E_REFUSED,
              sc_he_private_load(&got, sealed, sc_bytes_of("q"), FLAGS, &why));
    CHECK_STR(why.file, sealed);
    sc_folder_write(*dir, "bad", "sharechain-paillier-private/2\n");
    sc_free(path);
    path = sc_path_join(*dir, "bad");
    assert_non_null(path);
    CHECK_ERR(SC_E_WIRE, sc_he_private_load(&got, path, pass, FLAGS, &why));
    CHECK_ERR(SC_E_WIRE, sc_he_public_load(&pk, path, FLAGS, &why));
    sc_free(path);
    sc_free(open);
    sc_free(sealed);
    sc_he_private_free(&sk);
}

static sc_err use_memory(void *key)
{
    sc_he_private *sk = NULL;
    sc_he_public *pk = NULL;
    sc_err err = SC_E_BUG;
    sc_buf a = {0}, b = {0};

    SC_TRY(sc_he_public_put(&a, sc_he_private_public(key)));
    SC_TRY(sc_he_public_get(&pk, sc_buf_bytes(&a), FLAGS));
    SC_TRY(sc_he_private_put(&b, key));
    SC_TRY(sc_he_private_get(&sk, sc_buf_bytes(&b), FLAGS));
    err = SC_OK;
out:
    sc_buf_clear(&a);
    sc_buf_clear(&b);
    sc_he_public_free(&pk);
    sc_he_private_free(&sk);
    return err;
}

static void test_memory(void **unused)
{
    sc_he_private *sk = test_key();

    (void)unused;
    CHECK_ALLOC(use_memory, sk);
    sc_he_private_free(&sk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_private_mutations),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test_setup_teardown(test_files, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
