/* tests/unit/test_chain.c: a replica's public files and its journal of heads,
 * whenever the node or the machine falls: what the write-ahead log holds is
 * written again. fdatasync and write below stand before the C library's: they
 * count, and fail for the file that they are told. */
#define _DEFAULT_SOURCE /* syscall */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/chain.h"
#include "tests/folder.h"
#include "tests/unit/full_disk.h"
#include "tests/unit/ledger_fixture.h"

#define N_PARTIES 4
#define QUORUM    3
#define BATCH     200

/* ---- a disk that can fail ---------------------------------------------- */

static const char *unsyncable = NULL; /* as unwritable */
static unsigned n_syncs = 0;

int fdatasync(int fd)
{
    n_syncs++;
    errno = EIO;
    return is_at(fd, unsyncable) ? -1 : 0;
}

/* ---- a replica --------------------------------------------------------- */

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

/* Restarted as the party of this number. */
static void reopen_as(world *w, size_t me)
{
    sc_fault why = {0};

    sc_chain_free(&w->chain);
    CHECK_OK(sc_chain_open(&w->chain, w->dir, &w->r, me, &why));
    CHECK_U64(sc_chain_head(w->chain).size, w->n);
}

/* The log's note at a size, to be cosigned. */
static void make_note(world *w, sc_buf *note, uint64_t size)
{
    sc_node_hash root;

    sc_buf_reset(note);
    CHECK_OK(sc_chain_root(w->chain, &root, size));
    fixture_note(note, &w->r, w->keys, size, root.b, 0);
}

static sc_err cosign(world *w, uint64_t size, sc_fault *why)
{
    sc_buf note = {0}, line = {0};
    sc_err err;

    make_note(w, &note, size);
    err = sc_chain_cosign(w->chain, &line, sc_buf_bytes(&note),
                          &w->keys[0].cosigner, 1000, why);
    sc_buf_clear(&note);
    sc_buf_clear(&line);
    return err;
}

static sc_err sign(world *w, uint64_t size)
{
    sc_buf note = {0};
    sc_err err = sc_chain_sign(w->chain, &note, size, &w->keys[0].log, NULL);

    sc_buf_clear(&note);
    return err;
}

/* One more entry, by the call that may fail. */
static sc_err try_append(world *w, sc_fault *why)
{
    sc_buf text = {0};
    sc_bytes entry;
    sc_err err;

    fixture_entry(&text, &w->r, w->keys, w->n);
    entry = sc_buf_bytes(&text);
    err = sc_chain_append(w->chain, NULL, NULL, &entry, 1, why);
    sc_buf_clear(&text);
    return err;
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

/* Committed is enough to be held, published it must be to be found. */
static void test_held_before_it_is_published(void **state)
{
    world w;
    sc_buf text = {0};
    sc_entry e;
    uint64_t index;

    start(&w, state);
    append(&w, 3);
    for (uint64_t n = 1; n < 4; n++) {
        sc_buf_reset(&text);
        fixture_entry(&text, &w.r, w.keys, n);
        CHECK_OK(sc_entry_take(&e, sc_buf_bytes(&text)));
        CHECK_U64(sc_chain_holds(w.chain, e.i), n < 3);
        CHECK_ERR(SC_E_NOT_FOUND, sc_chain_find(w.chain, &index, e.i));
    }
    sc_buf_clear(&text);
    sc_chain_free(&w.chain);
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

/* ---- heads -------------------------------------------------------------- */

#define HEADS      "chain-private/heads.journal"
#define WAL        "chain-private/wal.000001"
#define RECORD_LEN (8 + (1 + 8 + SC_HASH_LEN) + SC_HASH_LEN) /* in HEADS */

/* What makes an entry last makes its head last too: signing waits for nothing. */
static void test_one_sync_an_append(void **state)
{
    world w;

    start(&w, state);
    append(&w, 3);
    for (size_t i = 0; i < 3; i++) {
        n_syncs = 0;
        append(&w, 1);
        CHECK_OK(sign(&w, w.n));
        CHECK_OK(cosign(&w, w.n, NULL));
        CHECK_U64(n_syncs, 1);
        if (i == 1) { /* all the same for a batch that finds no file to write */
            CHECK_OK(sc_chain_flush(w.chain, NULL));
        }
    }
    CHECK_OK(sign(&w, 2)); /* below one that was signed: safe already */
    CHECK_U64(n_syncs, 1);
    CHECK_OK(sc_chain_flush(w.chain, NULL)); /* files first */
    CHECK_U64(n_syncs, 1);
    for (size_t i = 0; i < 2; i++) { /* then the journal of heads, once */
        CHECK_OK(sc_chain_flush(w.chain, NULL));
        CHECK_U64(n_syncs, 2);
    }
    sc_chain_free(&w.chain);
}

/* The machine falls before the journal of heads is on the disk: the heads are
 * those of the write-ahead log, and nothing below is cosigned anew. */
static void test_lost_heads_are_in_the_log(void **state)
{
    world w;
    sc_buf whole = {0}, now = {0};

    start(&w, state);
    append(&w, 3);
    append(&w, 2);
    for (size_t me = 0; me < 2; me++) {
        reopen_as(&w, me);
        read_file(&w, &whole, HEADS);
        for (size_t len = 0; len <= whole.len; len += whole.len / 4) {
            sc_chain_free(&w.chain);
            write_file(&w, (sc_bytes){whole.p, len}, HEADS);
            CHECK_OK(sc_chain_open(&w.chain, w.dir, &w.r, me, NULL));
            CHECK_ERR(SC_E_STATE, cosign(&w, 3, NULL));
            CHECK_OK(cosign(&w, 5, NULL));
            read_file(&w, &now, HEADS); /* and there they are again */
            CHECK_BYTES(now.p + now.len - RECORD_LEN,
                        whole.p + whole.len - RECORD_LEN, RECORD_LEN);
        }
    }
    sc_chain_free(&w.chain);
    sc_buf_clear(&whole);
    sc_buf_clear(&now);
}

/* Entries that a signed head speaks of are gone from log and tiles: no fall does
 * that. */
static void test_lost_entries_are_missed(void **state)
{
    world w;
    sc_fault why = {0};

    start(&w, state);
    append(&w, 3);
    sc_chain_free(&w.chain);
    sc_folder_write(w.dir, WAL, "");
    CHECK_ERR(SC_E_CORRUPT, sc_chain_open(&w.chain, w.dir, &w.r, 0, &why));
    CHECK(strstr(why.file, HEADS) != NULL);
    CHECK(strstr(why.text, "which this replica once had") != NULL);
}

/* The replica stands still, and says so: nothing is signed, nothing taken. */
static void check_broken(world *w)
{
    CHECK(sc_chain_is_broken(w->chain));
    CHECK_ERR(SC_E_IO, sign(w, 3));
    CHECK_ERR(SC_E_IO, cosign(w, 3, NULL));
    CHECK_ERR(SC_E_IO, try_append(w, NULL));
}

/* A batch is committed and its head cannot be noted. */
static void test_heads_cannot_be_written(void **state)
{
    world w;
    sc_fault why = {0};

    start(&w, state);
    append(&w, 3);
    unwritable = HEADS;
    CHECK_ERR(SC_E_IO, try_append(&w, &why));
    CHECK(strstr(why.file, HEADS) != NULL);
    w.n++;
    check_broken(&w);
    unwritable = NULL; /* no help before it is opened anew */
    check_broken(&w);
    reopen_as(&w, 0);
    CHECK(!sc_chain_is_broken(w.chain));
    CHECK_OK(sign(&w, w.n));
    CHECK_OK(cosign(&w, w.n, NULL));
    append(&w, 1);
    sc_chain_free(&w.chain);
}

/* Entries whose files cannot be written, then their checkpoint: a checkpoint without
 * the tiles that it covers is not shown. */
static void test_no_checkpoint_without_its_tiles(void **state)
{
    world w;
    sc_buf note = {0};
    sc_node_hash root;
    sc_fault why = {0};

    start(&w, state);
    append(&w, 4);
    CHECK_OK(cosign(&w, 4, NULL));
    unwritable = "/chain/tile/";
    CHECK_ERR(SC_E_IO, sc_chain_flush(w.chain, &why));
    unwritable = NULL;
    CHECK_OK(sc_chain_root(w.chain, &root, 4));
    fixture_note(&note, &w.r, w.keys, 4, root.b, 7);
    CHECK_OK(sc_chain_publish(w.chain, sc_buf_bytes(&note), NULL));
    CHECK_ERR(SC_E_IO, sc_chain_flush(w.chain, &why));
    CHECK(strstr(why.text, "start the node again") != NULL);
    CHECK(!is_there(&w, "chain/checkpoint"));
    CHECK_U64(sc_chain_filed(w.chain).size, 0);
    reopen_as(&w, 0);
    CHECK_OK(sc_chain_publish(w.chain, sc_buf_bytes(&note), NULL));
    CHECK_OK(sc_chain_flush(w.chain, NULL));
    CHECK(is_there(&w, "chain/checkpoint") &&
          is_there(&w, "chain/tile/0/000.p/4"));
    CHECK_U64(sc_chain_filed(w.chain).size, 4);
    sc_buf_clear(&note);
    sc_chain_free(&w.chain);
}

/* One who posts and leaves need not have cosigned what counts in its replica, and
 * cannot have helped to make it count. */
static void test_offline_party(void **state)
{
    world w;
    sc_buf note = {0}, weak = {0}, early = {0};
    sc_head head;

    start(&w, state);
    append(&w, 4);
    head = sc_chain_head(w.chain);
    fixture_note(&note, &w.r, w.keys, 4, head.root.b, 7);
    CHECK_ERR(SC_E_STATE, sc_chain_publish(w.chain, sc_buf_bytes(&note), NULL));
    w.r.parties[3].is_offline = 1;
    reopen_as(&w, 3);
    append(&w, 2);
    head = sc_chain_head(w.chain);
    fixture_note(&weak, &w.r, w.keys, 6, head.root.b, 8 + 3);
    CHECK_ERR(SC_E_CHEAT, sc_chain_publish(w.chain, sc_buf_bytes(&weak), NULL));
    fixture_note(&early, &w.r, w.keys, 7, head.root.b, 7);
    CHECK_ERR(SC_E_STATE,
              sc_chain_publish(w.chain, sc_buf_bytes(&early), NULL));
    sc_buf_reset(&note);
    fixture_note(&note, &w.r, w.keys, 6, head.root.b, 7);
    CHECK_OK(sc_chain_publish(w.chain, sc_buf_bytes(&note), NULL));
    CHECK_OK(sc_chain_flush(w.chain, NULL));
    CHECK_U64(sc_chain_published(w.chain).size, 6);
    reopen_as(&w, 3);
    CHECK_U64(sc_chain_published(w.chain).size, 6);
    sc_buf_clear(&note);
    sc_buf_clear(&weak);
    sc_buf_clear(&early);
    sc_chain_free(&w.chain);
}

/* There was time to sync the journal of heads, and it cannot be done. */
static void test_heads_do_not_last(void **state)
{
    world w;

    start(&w, state);
    append(&w, 4);
    CHECK_OK(sc_chain_flush(w.chain, NULL));
    unsyncable = HEADS;
    CHECK_ERR(SC_E_IO, sc_chain_flush(w.chain, NULL));
    check_broken(&w);
    unsyncable = NULL;
    reopen_as(&w, 0);
    CHECK_OK(cosign(&w, w.n, NULL));
    sc_chain_free(&w.chain);
}

/* A head that is no batch's is to be signed, and its record does not last. */
static void test_heads_cannot_be_synced(void **state)
{
    world w;
    sc_fault why = {0};

    start(&w, state);
    append(&w, 4);
    CHECK(!sc_chain_is_broken(w.chain));
    unsyncable = HEADS;
    CHECK_ERR(SC_E_IO, cosign(&w, 3, &why));
    CHECK(strstr(why.file, HEADS) != NULL);
    check_broken(&w);
    unsyncable = NULL;
    reopen_as(&w, 0);
    CHECK_OK(cosign(&w, w.n, NULL));
    append(&w, 1);
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
        IN_FOLDER(test_held_before_it_is_published),
        IN_FOLDER(test_one_sync_an_append),
        IN_FOLDER(test_lost_heads_are_in_the_log),
        IN_FOLDER(test_lost_entries_are_missed),
        IN_FOLDER(test_no_checkpoint_without_its_tiles),
        IN_FOLDER(test_heads_cannot_be_written),
        IN_FOLDER(test_heads_cannot_be_synced),
        IN_FOLDER(test_heads_do_not_last),
        IN_FOLDER(test_offline_party),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
