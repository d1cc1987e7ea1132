/* tests/unit/test_chain.c: a replica's public files, whenever the node or the
 * machine falls: what the write-ahead log holds is written again. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/chain.h"
#include "tests/folder.h"
#include "tests/unit/ledger_fixture.h"

#define N_PARTIES 4
#define QUORUM    3
#define BATCH     200

typedef struct {
    const char *dir;
    sc_roster r;
    sc_keys keys[SC_MAX_PARTIES];
    sc_chain *chain;
    uint64_t n; /* entries */
} world;

static void open_chain(world *w)
{
    sc_fault why = {0};

    CHECK_OK(sc_chain_open(&w->chain, w->dir, &w->r, 0, &why));
    CHECK_U64(sc_chain_head(w->chain).size, w->n);
}

static void start(world *w, void **state)
{
    memset(w, 0, sizeof *w);
    w->dir = *state;
    fixture_roster(&w->r, w->keys, N_PARTIES, QUORUM);
    open_chain(w);
}

static void append(world *w, size_t n)
{
    fixture_append(w->chain, &w->r, w->keys, w->n, n);
    w->n += n;
}

static int is_there(const world *w, const char *name)
{
    char *path = sc_path_join(w->dir, name);
    int is = access(path, F_OK) == 0;

    sc_free(path);
    return is;
}

static void read_file(const world *w, sc_buf *out, const char *name)
{
    char *path = sc_path_join(w->dir, name);

    sc_buf_reset(out);
    CHECK_OK(sc_file_read(out, path, 1 << 20, NULL));
    sc_free(path);
}

static void write_file(const world *w, sc_bytes data, const char *name)
{
    char *path = sc_path_join(w->dir, name);

    CHECK_OK(sc_file_replace(path, data, 0644, NULL));
    sc_free(path);
}

static const char *const files[] = {"chain/tile/0/000.p/5",
                                    "chain/tile/entries/000.p/5"};

static void test_files_follow_the_commit(void **state)
{
    world w;
    sc_buf entry = {0}, again = {0};

    start(&w, state);
    append(&w, 5);
    for (size_t i = 0; i < 2; i++) {
        CHECK(!is_there(&w, files[i]));
    }
    fixture_entry(&entry, &w.r, w.keys, 3);
    CHECK_OK(sc_chain_entry(w.chain, &again, 3, NULL)); /* all the same */
    CHECK_BYTES(again.p, entry.p, entry.len);
    CHECK(sc_chain_has_unwritten(w.chain));
    CHECK_OK(sc_chain_flush(w.chain, NULL));
    CHECK(!sc_chain_has_unwritten(w.chain));
    for (size_t i = 0; i < 2; i++) {
        CHECK(is_there(&w, files[i]));
    }
    append(&w, 2);
    CHECK(!is_there(&w, "chain/tile/0/000.p/7"));
    append(&w, 1); /* writes those of the batch before */
    CHECK(is_there(&w, "chain/tile/0/000.p/7"));
    CHECK(!is_there(&w, "chain/tile/0/000.p/8"));
    sc_buf_clear(&entry);
    sc_buf_clear(&again);
    sc_chain_free(&w.chain);
}

/* The node falls between commit and files. */
static void test_a_restart_writes_them(void **state)
{
    world w;

    start(&w, state);
    append(&w, 5);
    sc_chain_free(&w.chain);
    CHECK(!is_there(&w, files[0]));
    open_chain(&w);
    for (size_t i = 0; i < 2; i++) {
        CHECK(is_there(&w, files[i]));
    }
    sc_chain_free(&w.chain);
}

/* The machine falls before they are on the disk; and, in turn, a bit flips in a
 * file that was on it. */
static void test_torn_is_mended_damage_is_not(void **state)
{
    world w;
    sc_buf whole = {0}, now = {0};

    start(&w, state);
    append(&w, 3);
    CHECK_OK(sc_chain_flush(w.chain, NULL));
    append(&w, 2);
    CHECK_OK(sc_chain_flush(w.chain, NULL));
    for (size_t i = 0; i < 2; i++) {
        sc_fault why = {0};

        sc_chain_free(&w.chain);
        read_file(&w, &whole, files[i]);
        sc_folder_write(w.dir, files[i], "");
        open_chain(&w);
        read_file(&w, &now, files[i]);
        CHECK_U64(now.len, whole.len);
        CHECK_BYTES(now.p, whole.p, whole.len);

        sc_chain_free(&w.chain);
        memset(whole.p + whole.len / 2, 0, whole.len - whole.len / 2);
        write_file(&w, sc_buf_bytes(&whole), files[i]);
        open_chain(&w);
        read_file(&w, &whole, files[i]);
        CHECK_BYTES(whole.p, now.p, now.len);

        sc_chain_free(&w.chain);
        sc_folder_write(w.dir, files[i], "x");
        CHECK_ERR(SC_E_CORRUPT, sc_chain_open(&w.chain, w.dir, &w.r, 0, &why));
        CHECK(strstr(why.file, files[i]) != NULL);
        sc_folder_write(w.dir, files[i], "");
        open_chain(&w);
    }
    sc_chain_free(&w.chain);
    sc_folder_write(w.dir, "chain/checkpoint", "");
    open_chain(&w);
    CHECK(!is_there(&w, "chain/checkpoint"));
    sc_buf_clear(&whole);
    sc_buf_clear(&now);
    sc_chain_free(&w.chain);
}

/* A log that grew long is begun anew, and nothing that it held is lost. */
static void test_a_long_log_is_begun_anew(void **state)
{
    world w;
    sc_head head;

    start(&w, state);
    for (size_t i = 0; i < 40 && is_there(&w, "chain-private/wal.000001");
         i++) {
        append(&w, BATCH);
        CHECK_OK(sc_chain_flush(w.chain, NULL));
    }
    CHECK(!is_there(&w, "chain-private/wal.000001"));
    CHECK(is_there(&w, "chain-private/wal.000002"));
    append(&w, 3);
    head = sc_chain_head(w.chain);
    sc_chain_free(&w.chain);
    open_chain(&w);
    CHECK_BYTES(sc_chain_head(w.chain).root.b, head.root.b, SC_HASH_LEN);
    append(&w, 3);
    sc_chain_free(&w.chain);
}

int main(void)
{
#define IN_FOLDER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, sc_folder_setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_files_follow_the_commit),
        IN_FOLDER(test_a_restart_writes_them),
        IN_FOLDER(test_torn_is_mended_damage_is_not),
        IN_FOLDER(test_a_long_log_is_begun_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
