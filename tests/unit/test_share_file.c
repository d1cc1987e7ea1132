/* tests/unit/test_share_file.c: he/share_file.h, he/proof_file.h: one key in shares,
 * one file; one share or proof likewise, and nothing else is read. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "he/proof_file.h"
#include "he/share_file.h"
#include "tests/folder.h"
#include "tests/he_key.h"

#define FLAGS ((unsigned)SC_HE_TEST_SIZE)

enum { L = 16 };

/* The first key of threshold.kat under another id, and its first share. */
typedef struct {
    sc_threshold *key;
    sc_share share;
    char hex[65]; /* of the key's digest */
} world;

static void open_world(world *w)
{
    uint8_t digest[SC_HASH_LEN];
    uint64_t *s;
    sc_kat t;

    sc_kat_open(&t, "threshold.kat");
    CHECK(sc_kat_next(&t));
    CHECK_OK(sc_threshold_new(&w->key, sc_kat_bytes(&t, "n"), "our/key:1",
                              sc_kat_size(&t, "needed"),
                              sc_kat_size(&t, "parties"), sc_kat_bytes(&t, "v"),
                              sc_kat_bytes(&t, "vs"), sc_kat_bytes(&t, "gs"),
                              FLAGS));
    s = sc_he_key_words(&t, "shares", 2 * (size_t)L);
    memset(&w->share, 0, sizeof w->share);
    w->share.index = 1;
    memcpy(w->share.s, s, (size_t)16 * L);
    sc_free(s);
    while (sc_kat_next(&t)) {
    }
    CHECK_OK(sc_threshold_digest(digest, w->key));
    sc_hex32(w->hex, digest);
}

/* The forms of the header, from the vectors' own digits. */
static void test_forms(void **unused)
{
    sc_threshold *again = NULL;
    sc_buf out = {0}, want = {0};
    sc_share share;
    const char *vs, *gs;
    size_t parties;
    world w;
    sc_kat t;

    (void)unused;
    open_world(&w);
    sc_kat_open(&t, "threshold.kat");
    CHECK(sc_kat_next(&t));
    parties = sc_kat_size(&t, "parties");
    vs = sc_kat_str(&t, "vs");
    gs = sc_kat_str(&t, "gs");
    CHECK_OK(sc_buf_printf(&want,
                           "sharechain-paillier-threshold/1\nid our/key:1\n"
                           "needed %zu\nparties %zu\nn %s\nv %s\n",
                           sc_kat_size(&t, "needed"), parties,
                           sc_kat_str(&t, "n"), sc_kat_str(&t, "v")));
    for (size_t i = 0; i < parties; i++) {
        CHECK_OK(sc_buf_printf(&want, "v_i %.512s\n", vs + 512 * i));
    }
    for (size_t i = 0; i < SC_RANGE_SLOTS; i++) {
        CHECK_OK(sc_buf_printf(&want, "g %.512s\n", gs + 512 * i));
    }
    CHECK_OK(sc_threshold_put(&out, w.key));
    CHECK_U64(out.len, want.len);
    CHECK_BYTES(out.p, want.p, want.len);
    CHECK(sc_threshold_is_file(sc_buf_bytes(&out)));
    CHECK_OK(sc_threshold_get(&again, sc_buf_bytes(&out), FLAGS));
    CHECK_U64(sc_threshold_parties(again), parties);
    sc_threshold_free(&again);
    CHECK_ERR(SC_E_WIRE, sc_threshold_get(&again, sc_buf_bytes(&out), 0));
    sc_buf_reset(&out);
    sc_buf_reset(&want);
    CHECK_OK(sc_buf_printf(&want,
                           "sharechain-paillier-share/1\nid our/key:1\nkey %s\n"
                           "party 1\ns %.512s\n",
                           w.hex, sc_kat_str(&t, "shares")));
    CHECK_OK(sc_share_put(&out, w.key, &w.share));
    CHECK_U64(out.len, want.len);
    CHECK_BYTES(out.p, want.p, want.len);
    CHECK(!sc_threshold_is_file(sc_buf_bytes(&out)));
    CHECK_OK(sc_share_get(&share, w.key, sc_buf_bytes(&out)));
    CHECK_BYTES(&share, &w.share, sizeof share);
    while (sc_kat_next(&t)) {
    }
    sc_buf_clear(&out);
    sc_buf_clear(&want);
    sc_threshold_free(&w.key);
}

/* Every cut and every changed byte, but those that are another key's. */
static void test_mutations(void **unused)
{
    sc_threshold *key = NULL;
    sc_buf out = {0};
    sc_share share;
    sc_err err;
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_threshold_put(&out, w.key));
    for (size_t i = 0; i < out.len; i += i < 90 ? 1 : 13) {
        CHECK_ERR(SC_E_WIRE,
                  sc_threshold_get(&key, (sc_bytes){out.p, i}, FLAGS));
        out.p[i] ^= 0x80;
        CHECK_ERR(SC_E_WIRE, sc_threshold_get(&key, sc_buf_bytes(&out), FLAGS));
        out.p[i] ^= 0x80;
    }
    CHECK_OK(sc_buf_put_str(&out, "\n"));
    CHECK_ERR(SC_E_WIRE, sc_threshold_get(&key, sc_buf_bytes(&out), FLAGS));
    sc_buf_reset(&out);
    CHECK_OK(sc_share_put(&out, w.key, &w.share));
    for (size_t i = 0; i < out.len; i++) {
        CHECK_ERR(SC_E_WIRE, sc_share_get(&share, w.key, (sc_bytes){out.p, i}));
        out.p[i] ^= 0x40; /* a letter of the digest may make another digest */
        err = sc_share_get(&share, w.key, sc_buf_bytes(&out));
        CHECK(err == SC_E_WIRE || err == SC_E_ARG);
        CHECK_ZERO(&share, sizeof share);
        out.p[i] ^= 0x40;
    }
    w.share.index = sc_threshold_parties(w.key) + 1;
    sc_buf_reset(&out);
    CHECK_OK(sc_share_put(&out, w.key, &w.share));
    CHECK_ERR(SC_E_WIRE, sc_share_get(&share, w.key, sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    sc_threshold_free(&w.key);
}

/* Counts that are none: by the lines, not by the key that they would make. */
static void test_counts(void **unused)
{
    static const char *const bad[] = {"needed 0\nparties 5\n",
                                      "needed 6\nparties 5\n",
                                      "needed 1\nparties 1\n",
                                      "needed 3\nparties 17\n",
                                      "needed 3\nparties 99999999999\n",
                                      "parties 5\nneeded 3\n"};
    sc_threshold *key = NULL;
    sc_buf out = {0}, text = {0};
    const char *rest;
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_threshold_put(&text, w.key));
    CHECK_OK(sc_buf_terminate(&text));
    rest = strstr((const char *)text.p, "\nn ");
    assert_non_null(rest);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_OK(
            sc_buf_printf(&out,
                          "sharechain-paillier-threshold/1\nid our/key:1\n%s%s",
                          bad[i], rest + 1));
        CHECK_ERR(SC_E_WIRE, sc_threshold_get(&key, sc_buf_bytes(&out), FLAGS));
        sc_buf_reset(&out);
    }
    sc_buf_clear(&text);
    sc_buf_clear(&out);
    sc_threshold_free(&w.key);
}

static void check_files(const world *w, const char *open, const char *sealed)
{
    const sc_bytes pass = sc_bytes_of("p"), none = {NULL, 0};
    sc_rng rng = sc_rng_system();
    sc_share share;
    sc_fault why = {0};
    struct stat st;

    CHECK_ERR(SC_E_NOT_FOUND, sc_share_load(&share, w->key, open, none, &why));
    CHECK_ERR(SC_E_ARG,
              sc_share_save(w->key, &w->share, open, &rng, none, 0, &why));
    CHECK_ERR(SC_E_ARG, sc_share_save(w->key, &w->share, open, &rng, pass,
                                      SC_HE_OPEN_FILE, &why));
    CHECK_OK(sc_share_save(w->key, &w->share, open, &rng, none, SC_HE_OPEN_FILE,
                           NULL));
    CHECK(stat(open, &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK_OK(sc_share_load(&share, w->key, open, none, NULL));
    CHECK_BYTES(&share, &w->share, sizeof share);
    CHECK_ERR(SC_E_ARG, sc_share_load(&share, w->key, open, pass, &why));
    CHECK(chmod(open, 0640) == 0);
    CHECK_ERR(SC_E_CONFIG, sc_share_load(&share, w->key, open, none, &why));
    CHECK_OK(sc_share_save(w->key, &w->share, sealed, &rng, pass, 0, NULL));
    CHECK_OK(sc_share_load(&share, w->key, sealed, pass, NULL));
    CHECK_BYTES(&share, &w->share, sizeof share);
    CHECK_ERR(SC_E_ARG, sc_share_load(&share, w->key, sealed, none, &why));
    CHECK_ERR(SC_E_REFUSED,
              sc_share_load(&share, w->key, sealed, sc_bytes_of("q"), &why));
    CHECK_STR(why.file, sealed);
    CHECK_ZERO(&share, sizeof share);
}

static void test_files(void **dir)
{
    char *path = sc_path_join(*dir, "k"), *open = sc_path_join(*dir, "open");
    char *sealed = sc_path_join(*dir, "sealed");
    sc_threshold *key = NULL;
    sc_fault why = {0};
    sc_share share;
    world w;

    assert_true(path != NULL && open != NULL && sealed != NULL);
    open_world(&w);
    CHECK_ERR(SC_E_NOT_FOUND, sc_threshold_load(&key, path, FLAGS, &why));
    CHECK_OK(sc_threshold_save(w.key, path, NULL));
    CHECK_OK(sc_threshold_load(&key, path, FLAGS, NULL));
    sc_threshold_free(&key);
    check_files(&w, open, sealed);
    CHECK_ERR(SC_E_WIRE, sc_threshold_load(&key, sealed, FLAGS, &why));
    CHECK(chmod(path, 0600) == 0);
    CHECK_ERR(SC_E_WIRE,
              sc_share_load(&share, w.key, path, sc_bytes_of("p"), &why));
    sc_free(path);
    sc_free(open);
    sc_free(sealed);
    sc_threshold_free(&w.key);
}

/* ---- proofs ----------------------------------------------------------------- */

static void test_proof_forms(void **unused)
{
    static const char *const lines[SC_PROOF_N_KINDS] = {"", "ciphertexts",
                                                        "ciphertexts",
                                                        "ciphertexts", "party"};
    char key[65], of[65], text[512];
    sc_proof proof = {.id = "our/key:1", .key = {1}, .ciphertexts = {2}}, got;
    sc_buf out = {0};

    (void)unused;
    sc_hex32(key, proof.key);
    sc_hex32(of, proof.ciphertexts);
    proof.body = sc_bytes_of("BODY\n\n");
    for (int kind = 0; kind < SC_PROOF_N_KINDS; kind++) {
        const int has_of = lines[kind][0] != '\0';
        const int has_party = lines[kind][0] == 'p';

        proof.kind = (sc_proof_kind)kind;
        proof.party = has_party ? 16 : 0;
        CHECK_OK(sc_proof_put(&out, &proof));
        (void)snprintf(text, sizeof text,
                       "sharechain-paillier-proof/1\nproves %s\nid our/key:1\n"
                       "key %s\n%s%s%s%s\nBODY\n\n",
                       sc_proof_kind_name((sc_proof_kind)kind), key,
                       has_of ? "ciphertexts " : "", has_of ? of : "",
                       has_of ? "\n" : "", has_party ? "party 16\n" : "");
        CHECK_U64(out.len, strlen(text));
        CHECK_BYTES(out.p, text, out.len);
        CHECK_OK(sc_proof_get(&got, sc_buf_bytes(&out)));
        CHECK(got.kind == proof.kind && got.party == proof.party);
        CHECK_U64(got.body.len, 6);
        for (size_t i = 0; i < out.len - 6; i++) {
            CHECK_ERR(SC_E_WIRE, sc_proof_get(&got, (sc_bytes){out.p, i}));
            out.p[i] ^= 0x80;
            CHECK_ERR(SC_E_WIRE, sc_proof_get(&got, sc_buf_bytes(&out)));
            CHECK_ZERO(&got, sizeof got);
            out.p[i] ^= 0x80;
        }
        sc_buf_reset(&out);
    }
    sc_buf_clear(&out);
}

/* Lines of one kind in another, and parties that are none. */
static void test_proof_rejects(void **unused)
{
    static const char *const bad[] = {
        "proves nothing\nid k\nkey %s\n\n",
        "proves Modulus\nid k\nkey %s\n\n",
        "proves modulus\nid \nkey %s\n\n",
        "proves modulus\nid a\x1b[2J\nkey %s\n\n",
        "proves modulus\nid k\nkey %s\nparty 1\n\n",
        "proves modulus\nid k\nkey %s\nciphertexts %s\n\n",
        "proves bits\nid k\nkey %s\n\n",
        "proves part\nid k\nkey %s\nciphertexts %s\n\n",
        "proves part\nid k\nkey %s\nciphertexts %s\nparty 0\n\n",
        "proves part\nid k\nkey %s\nciphertexts %s\nparty 17\n\n",
        "proves part\nid k\nkey %s\nciphertexts %s\nparty 01\n\n",
    };
    const uint8_t digest[SC_HASH_LEN] = {7};
    char hex[65], text[512], format[256];
    sc_proof got;

    (void)unused;
    sc_hex32(hex, digest);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *first = strstr(bad[i], "%s");
        const char *second = strstr(first + 2, "%s");

        (void)snprintf(format, sizeof format, "%.*s", (int)(first - bad[i]),
                       bad[i]);
        (void)snprintf(text, sizeof text,
                       "sharechain-paillier-proof/1\n%s%s%.*s%s%s", format, hex,
                       second == NULL ? (int)strlen(first + 2)
                                      : (int)(second - first - 2),
                       first + 2, second == NULL ? "" : hex,
                       second == NULL ? "" : second + 2);
        CHECK_ERR(SC_E_WIRE, sc_proof_get(&got, sc_bytes_of(text)));
    }
    CHECK_STR(sc_proof_kind_name(SC_PROOF_N_KINDS), "");
}

/* The head is part of what a proof is bound to. */
static void test_proof_context(void **unused)
{
    sc_he_private *sk = sc_he_key();
    uint8_t a[SC_HASH_LEN], b[SC_HASH_LEN], want[SC_HASH_LEN];
    sc_cipher_head head;
    sc_bytes parts[2];
    sc_buf text = {0};

    (void)unused;
    sc_cipher_head_init(&head, sc_he_private_public(sk), 3);
    CHECK_OK(sc_proof_context(a, sc_bytes_of("x"), &head));
    CHECK_OK(sc_cipher_head_put(&text, &head));
    parts[0] = sc_bytes_of("x");
    parts[1] = sc_buf_bytes(&text);
    sc_hash_tagged(want, "sharechain/he/file/1", parts, 2);
    CHECK_BYTES(a, want, sizeof want);
    head.addends = 2;
    CHECK_OK(sc_proof_context(b, sc_bytes_of("x"), &head));
    CHECK(memcmp(a, b, sizeof a) != 0);
    sc_buf_clear(&text);
    sc_he_private_free(&sk);
}

static sc_err use_memory(void *arg)
{
    const world *w = arg;
    const uint8_t body[2] = {1, 2};
    sc_proof proof = {.id = "k", .body = {body, sizeof body}}, got;
    sc_threshold *key = NULL;
    sc_buf a = {0}, b = {0}, c = {0};
    sc_err err = SC_E_BUG;
    sc_share share;

    SC_TRY(sc_threshold_put(&a, w->key));
    SC_TRY(sc_threshold_get(&key, sc_buf_bytes(&a), FLAGS));
    SC_TRY(sc_share_put(&b, w->key, &w->share));
    SC_TRY(sc_share_get(&share, w->key, sc_buf_bytes(&b)));
    SC_TRY(sc_proof_put(&c, &proof));
    SC_TRY(sc_proof_get(&got, sc_buf_bytes(&c)));
    err = SC_OK;
out:
    sc_threshold_free(&key);
    sc_buf_clear(&a);
    sc_buf_clear(&b);
    sc_buf_clear(&c);
    return err;
}

static void test_memory(void **unused)
{
    world w;

    (void)unused;
    open_world(&w);
    CHECK_ALLOC(use_memory, &w);
    sc_threshold_free(&w.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_counts),
        cmocka_unit_test_setup_teardown(test_files, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test(test_proof_forms),
        cmocka_unit_test(test_proof_rejects),
        cmocka_unit_test(test_proof_context),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
