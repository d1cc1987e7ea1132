/* tests/unit/test_audit.c: a log's files, whole and with every kind of damage. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/audit.h"
#include "ledger/chain.h"
#include "ledger/tile.h"
#include "tests/folder.h"
#include "tests/unit/ledger_fixture.h"

#define N_PARTIES 4
#define THREE     7u /* a quorum of cosigners, and not one more */

typedef struct {
    const char *dir;
    sc_roster r;
    sc_keys keys[SC_MAX_PARTIES];
    sc_chain *chain;
    uint64_t n; /* entries */
} world;

static void append(world *w, size_t n)
{
    fixture_append(w->chain, &w->r, w->keys, w->n, n);
    CHECK_OK(sc_chain_flush(w->chain, NULL));
    w->n += n;
}

static void publish(world *w, unsigned cosigners)
{
    sc_head head = sc_chain_head(w->chain);
    sc_buf note = {0};

    fixture_note(&note, &w->r, w->keys, head.size, head.root.b, cosigners);
    CHECK_OK(sc_buf_terminate(&note));
    sc_folder_write(w->dir, "chain/checkpoint", (const char *)note.p);
    sc_buf_clear(&note);
}

/* A log of size 2 + 3, published at 2 before. */
static void start(world *w, void **state)
{
    sc_fault why = {0};

    memset(w, 0, sizeof *w);
    w->dir = *state;
    fixture_roster(&w->r, w->keys, N_PARTIES, 3);
    CHECK_OK(sc_chain_open(&w->chain, w->dir, &w->r, 0, &why));
    append(w, 2);
    publish(w, THREE);
    append(w, 3);
    publish(w, THREE);
}

static void stop(world *w)
{
    sc_chain_free(&w->chain);
}

static sc_err audit(const world *w, sc_fault *why)
{
    sc_audit *a = NULL;
    sc_err err;

    *why = (sc_fault){0};
    err = sc_audit_new(&a, w->dir, &w->r, why);
    CHECK((err == SC_OK) == (a != NULL));
    CHECK_U64(why->code, err);
    sc_audit_free(&a);
    return err;
}

/* A fault of the stored bytes, with the file named; the text tells which. */
static void expect(const world *w, sc_err code, const char *file,
                   const char *text)
{
    sc_fault why;

    CHECK_ERR(code, audit(w, &why));
    CHECK(strstr(why.file, file) != NULL);
    CHECK(strstr(why.text, text) != NULL);
}

static void path_of(char out[static 512], const world *w, const char *name)
{
    CHECK(snprintf(out, 512, "%s/%s", w->dir, name) < 512);
}

static void read_all(sc_buf *out, const world *w, const char *name)
{
    char path[512];

    path_of(path, w, name);
    CHECK_OK(sc_file_read(out, path, (size_t)1 << 24, NULL));
}

static void write_all(const world *w, const char *name, sc_bytes data)
{
    char path[512];

    path_of(path, w, name);
    CHECK_OK(sc_file_replace(path, data, 0600, NULL));
}

/* ---- what holds --------------------------------------------------------- */

static void test_holds(void **state)
{
    world w;
    sc_audit *a = NULL;
    const sc_audit_report *r;
    sc_buf text = {0};
    char *folder;
    sc_entry e, found;
    uint64_t index = 99;

    start(&w, state);
    CHECK_OK(sc_audit_new(&a, w.dir, &w.r, NULL));
    r = sc_audit_result(a);
    CHECK_U64(r->n_entries, 5);
    CHECK_U64(r->n_of_type[SC_ENTRY_GENESIS], 1);
    CHECK_U64(r->n_of_type[SC_ENTRY_RECEIPT], 4);
    CHECK_U64(r->published.at.size, 5);
    CHECK_U64(r->published.n_cosigners, 3);
    CHECK_U64(r->published.time[1], 1001);
    CHECK_U64(r->published.time[3], 0);
    CHECK_U64(r->n_files, 4); /* tile/0 and entries, widths 2 and 5 */
    CHECK_U64(r->n_beyond, 0);

    fixture_entry(&text, &w.r, w.keys, 3);
    CHECK_OK(sc_entry_take(&e, sc_buf_bytes(&text)));
    CHECK_OK(sc_audit_find(a, &found, &index, e.i));
    CHECK_U64(index, 3);
    memset(e.g, 0, sizeof e.g);
    CHECK_BYTES(&found, &e, sizeof e);
    e.i[9] ^= 1;
    CHECK_ERR(SC_E_NOT_FOUND, sc_audit_find(a, &found, &index, e.i));
    sc_audit_free(&a);
    sc_audit_free(&a);
    folder = sc_path_join(w.dir, "chain"); /* a copy may be this alone */
    CHECK_OK(sc_audit_new(&a, folder, &w.r, NULL));
    CHECK_U64(sc_audit_result(a)->n_files, 4);
    sc_audit_free(&a);
    sc_free(folder);
    sc_buf_clear(&text);
    stop(&w);
}

static void test_extends(void **state)
{
    world w;
    sc_audit *a = NULL;
    sc_fault why = {0};
    sc_head head = {0};

    start(&w, state);
    CHECK_OK(sc_audit_new(&a, w.dir, &w.r, NULL));
    for (head.size = 0; head.size <= 5; head.size++) {
        CHECK_OK(sc_chain_root(w.chain, &head.root, head.size));
        CHECK_OK(sc_audit_extends(a, &head, &why));
        head.root.b[31] ^= 1;
        CHECK_ERR(SC_E_CHEAT, sc_audit_extends(a, &head, &why));
        CHECK(strstr(why.text, "two histories") != NULL);
    }
    head.root.b[31] ^= 1;
    head.size = 6; /* more than there is */
    CHECK_ERR(SC_E_CHEAT, sc_audit_extends(a, &head, &why));
    CHECK(strstr(why.text, "cut short") != NULL);
    sc_audit_free(&a);
    stop(&w);
}

/* Several full tiles, and entries that are not published yet. */
static void test_tiles(void **state)
{
    world w;
    sc_audit *a = NULL;
    sc_head head;

    start(&w, state);
    append(&w, 251);
    append(&w, 256);
    append(&w, 88); /* 600 */
    publish(&w, THREE);
    append(&w, 7);
    CHECK_OK(sc_audit_new(&a, w.dir, &w.r, NULL));
    CHECK_U64(sc_audit_result(a)->n_entries, 607);
    CHECK_U64(sc_audit_result(a)->published.at.size, 600);
    head = sc_chain_head(w.chain);
    CHECK_ERR(SC_E_CHEAT, sc_audit_extends(a, &head, NULL));
    sc_audit_free(&a);
    stop(&w);
}

/* ---- damage ------------------------------------------------------------- */

static const char *const files[] = {"chain/checkpoint", "chain/tile/0/000.p/2",
                                    "chain/tile/0/000.p/5",
                                    "chain/tile/entries/000.p/2",
                                    "chain/tile/entries/000.p/5"};

static void test_each_byte(void **state)
{
    world w;

    start(&w, state);
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        sc_buf data = {0};
        sc_fault why;

        read_all(&data, &w, files[f]);
        for (size_t i = 0; i < data.len; i++) {
            sc_err err;

            data.p[i] ^= (uint8_t)(1u << (i % 8));
            write_all(&w, files[f], sc_buf_bytes(&data));
            data.p[i] ^= (uint8_t)(1u << (i % 8));
            err = audit(&w, &why);
            CHECK(err == SC_E_CORRUPT || err == SC_E_CHEAT);
            CHECK_U64(sc_err_exit_status(err), 4);
            CHECK(strstr(why.file, "chain/") != NULL);
        }
        for (size_t len = 0; len < data.len; len++) { /* every cut */
            sc_err err;

            write_all(&w, files[f], (sc_bytes){data.p, len});
            err = audit(&w, &why);
            CHECK(err == SC_E_CORRUPT || err == SC_E_CHEAT);
        }
        CHECK_OK(sc_buf_put_u8(&data, 0));
        write_all(&w, files[f], sc_buf_bytes(&data));
        CHECK(audit(&w, &why) != SC_OK);
        write_all(&w, files[f], (sc_bytes){data.p, data.len - 1});
        CHECK_OK(audit(&w, &why));
        sc_buf_clear(&data);
    }
    stop(&w);
}

/* Entry 4 is another one, as good in itself: the tile that still has the hash of
 * the true one tells which it is. */
static void test_other_entry(void **state)
{
    static const char name[] = "chain/tile/entries/000.p/5";
    world w;
    sc_buf bundle = {0}, text = {0};

    start(&w, state);
    for (uint64_t n = 0; n < 5; n++) {
        sc_buf_reset(&text);
        fixture_entry(&text, &w.r, w.keys, n < 4 ? n : 9);
        CHECK_OK(sc_tile_entry_put(&bundle, sc_buf_bytes(&text)));
    }
    write_all(&w, name, sc_buf_bytes(&bundle));
    expect(&w, SC_E_CORRUPT, name, "entry 4 is not the one that was cosigned");
    sc_buf_clear(&bundle);
    sc_buf_clear(&text);
    stop(&w);
}

static void test_missing(void **state)
{
    world w;

    start(&w, state);
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        sc_buf data = {0};
        sc_fault why;
        char path[512];
        sc_err err;

        read_all(&data, &w, files[f]);
        path_of(path, &w, files[f]);
        CHECK(unlink(path) == 0);
        err = audit(&w, &why);
        if (f == 0) {
            CHECK_ERR(SC_E_NOT_FOUND, err);
        } else if (f % 2 == 1) {
            CHECK_OK(err); /* the wider one stands for it */
        } else {
            CHECK_ERR(SC_E_CORRUPT, err);
            CHECK(strstr(why.text, "missing") != NULL);
        }
        write_all(&w, files[f], sc_buf_bytes(&data));
        sc_buf_clear(&data);
    }
    stop(&w);
}

static void test_missing_full_bundle(void **state)
{
    world w;
    char path[512];

    start(&w, state);
    append(&w, 251);
    append(&w, 44);
    publish(&w, THREE);
    path_of(path, &w, "chain/tile/entries/000");
    CHECK(unlink(path) == 0);
    expect(&w, SC_E_CORRUPT, "chain/checkpoint", "entries are missing");
    stop(&w);
}

static void test_strange_files(void **state)
{
    world w;
    char path[512];
    static const char *const strange[] = {"chain/tile/0/000.p/256",
                                          "chain/tile/0/1", "chain/tile/1",
                                          "chain/tile/0/000.p/05",
                                          "chain/tile/note"};

    start(&w, state);
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        sc_folder_write(w.dir, strange[i], "x");
        expect(&w, SC_E_CORRUPT, strange[i], "no tile");
        path_of(path, &w, strange[i]);
        CHECK(unlink(path) == 0);
    }
    path_of(path, &w, "chain/tile/loop");
    CHECK(symlink(".", path) == 0);
    expect(&w, SC_E_CORRUPT, "chain/tile/loop", "no tile");
    CHECK(unlink(path) == 0);
    sc_folder_write(w.dir, "chain/tile/entries/000.p/9", "x");
    expect(&w, SC_E_CORRUPT, "entries/000.p/9", "malformed");
    stop(&w);
}

/* A crash between the hash tiles and the last bundle. */
static void test_beyond(void **state)
{
    world w;
    sc_audit *a = NULL;
    sc_buf tile = {0};

    start(&w, state);
    read_all(&tile, &w, "chain/tile/0/000.p/5");
    CHECK_OK(sc_buf_put(&tile, "0123456789abcdef0123456789abcdef", 32));
    write_all(&w, "chain/tile/0/000.p/6", sc_buf_bytes(&tile));
    CHECK_OK(sc_audit_new(&a, w.dir, &w.r, NULL));
    CHECK_U64(sc_audit_result(a)->n_beyond, 1);
    sc_audit_free(&a);
    sc_buf_clear(&tile);
    stop(&w);
}

/* ---- signatures and history --------------------------------------------- */

static void test_quorum(void **state)
{
    world w;

    start(&w, state);
    publish(&w, 3); /* two cosigners */
    expect(&w, SC_E_CHEAT, "chain/checkpoint", "the quorum is 3");
    publish(&w, 0);
    expect(&w, SC_E_CHEAT, "chain/checkpoint", "0 cosigned");
    publish(&w, 15);
    CHECK_OK(audit(&w, &(sc_fault){0}));
    w.r.parties[2].is_offline = 1; /* bits 0, 1 and 3 are left */
    CHECK_OK(audit(&w, &(sc_fault){0}));
    publish(&w, THREE);
    expect(&w, SC_E_CHEAT, "chain/checkpoint", "2 cosigned; the quorum is 3");
    stop(&w);
}

static void test_other_roster(void **state)
{
    world w;

    start(&w, state);
    w.r.digest[0] ^= 1; /* the same keys, another consortium file */
    expect(&w, SC_E_CHEAT, "entries/000.p/5", "entry 0 does not hold");
    w.r.digest[0] ^= 1;
    w.r.sequencer = 1;
    expect(&w, SC_E_CHEAT, "chain/checkpoint", "signature");
    w.r.sequencer = 0;
    strcpy(w.r.origin, "other.example/chain/1");
    expect(&w, SC_E_CORRUPT, "chain/checkpoint", "no checkpoint");
    stop(&w);
}

/* All keys in one hand: a changed entry under a new, well-signed checkpoint is
 * seen only against a head from before. */
static void test_rewritten(void **state)
{
    world w;
    sc_head seen;
    sc_audit *a = NULL;
    sc_fault why = {0};
    char path[512], moved[512];

    start(&w, state);
    seen = sc_chain_head(w.chain);
    stop(&w);
    for (size_t i = 0; i < 2; i++) {
        path_of(path, &w, i == 0 ? "chain" : "chain-private");
        path_of(moved, &w, i == 0 ? "old" : "old-private");
        CHECK(rename(path, moved) == 0);
    }
    w.n = 0;
    CHECK_OK(sc_chain_open(&w.chain, w.dir, &w.r, 0, &why));
    append(&w, 1);
    w.n = 7; /* other receipts */
    append(&w, 5);
    publish(&w, THREE);
    CHECK_OK(sc_audit_new(&a, w.dir, &w.r, &why));
    CHECK_ERR(SC_E_CHEAT, sc_audit_extends(a, &seen, &why));
    sc_audit_free(&a);
    stop(&w);
}

static sc_err audit_once(void *arg)
{
    sc_audit *a = NULL;
    world *w = arg;
    sc_err err = sc_audit_new(&a, w->dir, &w->r, NULL);

    sc_audit_free(&a);
    return err;
}

static void test_memory(void **state)
{
    world w;

    start(&w, state);
    CHECK_ALLOC(audit_once, &w);
    stop(&w);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_holds),
                                       TEST(test_extends),
                                       TEST(test_tiles),
                                       TEST(test_each_byte),
                                       TEST(test_other_entry),
                                       TEST(test_missing),
                                       TEST(test_missing_full_bundle),
                                       TEST(test_strange_files),
                                       TEST(test_beyond),
                                       TEST(test_quorum),
                                       TEST(test_other_roster),
                                       TEST(test_rewritten),
                                       TEST(test_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
