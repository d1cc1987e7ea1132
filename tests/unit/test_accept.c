/* tests/unit/test_accept.c: pinned digests, and a damaged list of them. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "job/conf/accept.h"
#include "ledger/entry.h"
#include "ledger/genesis.h"
#include "ledger/tile.h"
#include "tests/folder.h"
#include "tests/kat.h"

static void test_accept(void **state)
{
    const char *store = *state;
    uint8_t a[SC_HASH_LEN], b[SC_HASH_LEN];
    sc_fault why = {0};

    memset(a, 0xAA, sizeof a);
    memset(b, 0xBB, sizeof b);
    CHECK_ERR(SC_E_CONFIG, sc_accept_check(store, a, &why));
    CHECK(strstr(why.remedy, "run `sharechain consortium accept DIGEST`") !=
          NULL);
    CHECK(strstr(why.remedy, "aaaaaaaa") == NULL); /* not to be pasted */
    CHECK_ERR(SC_E_NOT_FOUND, sc_accept_find(store, a, &why));

    CHECK_ERR(SC_E_CHEAT, sc_accept_put(store, a, b, &why));
    CHECK(strstr(why.text, "bbbbbbbb") != NULL &&
          strstr(why.text, "aaaaaaaa") != NULL);
    CHECK_ERR(SC_E_CONFIG, sc_accept_check(store, a, NULL));

    CHECK_OK(sc_accept_put(store, a, a, &why));
    CHECK_OK(sc_accept_put(store, a, a, &why));
    CHECK_OK(sc_accept_check(store, a, &why));
    CHECK_ERR(SC_E_CONFIG, sc_accept_check(store, b, &why));
    CHECK(strstr(why.text, "digest bbbbbbbb") != NULL);

    /* A new file is in force; the old digest still anchors old receipts. */
    CHECK_OK(sc_accept_put(store, b, b, &why));
    CHECK_OK(sc_accept_check(store, b, &why));
    CHECK_ERR(SC_E_CONFIG, sc_accept_check(store, a, &why));
    CHECK_OK(sc_accept_find(store, a, &why));
    CHECK_OK(sc_accept_find(store, b, &why));
}

static void test_accept_damaged(void **state)
{
    const char *store = *state;
    uint8_t a[SC_HASH_LEN];
    char *path;
    sc_buf text = {0};
    sc_fault why = {0};

    memset(a, 0xAA, sizeof a);
    CHECK_OK(sc_accept_put(store, a, a, NULL));
    path = sc_path_join(store, "accepted");
    CHECK_OK(sc_file_read(&text, path, 1000, NULL));
    CHECK_U64(text.len, 65);
    for (size_t i = 0; i < text.len; i++) {
        text.p[i] ^= 0x80;
        CHECK_OK(sc_file_replace(path, sc_buf_bytes(&text), 0600, NULL));
        CHECK_ERR(SC_E_CORRUPT, sc_accept_check(store, a, &why));
        CHECK_STR(why.file, path);
        text.p[i] ^= 0x80;
    }
    for (size_t len = 1; len < text.len; len++) {
        CHECK_OK(sc_file_replace(path, (sc_bytes){text.p, len}, 0600, NULL));
        CHECK_ERR(SC_E_CORRUPT, sc_accept_check(store, a, NULL));
        CHECK_ERR(SC_E_CORRUPT, sc_accept_find(store, a, NULL));
        CHECK_ERR(SC_E_CORRUPT, sc_accept_put(store, a, a, NULL));
    }
    sc_buf_clear(&text);
    sc_free(path);
}

/* ---- a store whose log has begun ---------------------------------------- */

/* Entry 0 of the consortium's log, as a bundle of this name. */
static void put_genesis(const char *store, const uint8_t digest[SC_HASH_LEN],
                        const char *name)
{
    sc_entry e = {.type = SC_ENTRY_GENESIS, .n = 2};
    sc_buf entry = {0}, bundle = {0};
    char *folder = sc_path_join(store, "chain/tile/entries/000.p"), *path;

    memcpy(e.consortium, digest, SC_HASH_LEN);
    CHECK_OK(sc_entry_make(&entry, &e));
    CHECK_OK(sc_tile_entry_put(&bundle, sc_buf_bytes(&entry)));
    CHECK_OK(sc_dir_make(folder, 0700, NULL));
    path = sc_path_join(folder, name);
    CHECK_OK(sc_file_replace(path, sc_buf_bytes(&bundle), 0600, NULL));
    sc_free(path);
    sc_free(folder);
    sc_buf_clear(&entry);
    sc_buf_clear(&bundle);
}

static void test_other_log(void **state)
{
    const char *store = *state;
    uint8_t a[SC_HASH_LEN], b[SC_HASH_LEN], found[SC_HASH_LEN];
    sc_fault why = {0};

    memset(a, 0xAA, sizeof a);
    memset(b, 0xBB, sizeof b);
    CHECK_ERR(SC_E_NOT_FOUND, sc_genesis_find(found, store));
    CHECK_OK(sc_accept_put(store, a, a, NULL));
    put_genesis(store, a, "x");
    CHECK_ERR(SC_E_NOT_FOUND, sc_genesis_find(found, store));
    put_genesis(store, a, "2"); /* of one entry: not what its name says */
    CHECK_ERR(SC_E_NOT_FOUND, sc_genesis_find(found, store));
    put_genesis(store, a, "1");
    CHECK_OK(sc_genesis_find(found, store));
    CHECK_BYTES(found, a, sizeof a);
    CHECK_OK(sc_accept_put(store, a, a, NULL));
    CHECK_OK(sc_accept_check(store, a, NULL));

    CHECK_ERR(SC_E_CONFIG, sc_accept_put(store, b, b, &why));
    CHECK(strstr(why.text, "belongs to the consortium of digest aaaa") != NULL);
    CHECK(strstr(why.remedy, "a new store:") != NULL);
    CHECK_OK(sc_accept_check(store, a, NULL)); /* nothing was pinned */
    CHECK_ERR(SC_E_CONFIG, sc_accept_check(store, b, &why));
    CHECK(strstr(why.text, "belongs to the consortium of digest aaaa") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accept, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_accept_damaged, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_other_log, sc_folder_setup,
                                        sc_folder_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
