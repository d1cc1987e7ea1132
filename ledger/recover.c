/* ledger/recover.c: opening a replica, trusting nothing that is stored.
 *
 *   0. partial tiles, partial bundles and a checkpoint without a byte, or with
 *      zeros at the end, are removed: so a machine that fell leaves what was not
 *      synced; the log has the entries, the cosigners the head
 *   1. entry bundles, from index 0 on: each entry passes the rules and enters
 *      the tree
 *   2. batches of the write-ahead log: the root after each must be the tree's;
 *      entries that no bundle holds yet are added
 *   3. every head ever signed must be a root of this tree; that of the newest
 *      batch counts as signed
 *   4. every tile and bundle that lies there, older and narrower ones too, must
 *      hold the bytes that the tree gives; what a crash left out is written
 *   5. the published checkpoint must hold
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/line.h"
#include "ledger/replica.h"
#include "ledger/tilelist.h"

typedef struct {
    sc_head old, now;
    sc_buf bytes; /* the entries, one after the other */
    sc_bytes *entries;
    size_t n_entries;
    char file[256];
    uint64_t offset;
} batch;

typedef struct {
    sc_chain *c;
    batch *batches;
    size_t n_batches, cap;
} recovery;

static void recovery_clear(recovery *r)
{
    for (size_t i = 0; i < r->n_batches; i++) {
        sc_buf_clear(&r->batches[i].bytes);
        sc_free(r->batches[i].entries);
    }
    sc_free(r->batches);
}

static sc_err reserve_batch(recovery *r)
{
    size_t cap = r->cap == 0 ? 64 : 2 * r->cap;
    batch *more;

    if (r->n_batches < r->cap) {
        return SC_OK;
    }
    more = sc_alloc(cap, sizeof *more);
    if (more == NULL) {
        return SC_E_MEM;
    }
    if (r->n_batches > 0) {
        memcpy(more, r->batches, r->n_batches * sizeof *more);
    }
    sc_free(r->batches);
    r->batches = more;
    r->cap = cap;
    return SC_OK;
}

/* Keep a copy: the log is read before the bundles are. */
static sc_err keep_batch(void *ctx, const sc_head *old, const sc_head *now,
                         const sc_bytes *entries, size_t n_entries,
                         const char *file, uint64_t offset, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    recovery *r = ctx;
    batch *b;
    size_t at = 0;

    SC_TRY(reserve_batch(r));
    b = &r->batches[r->n_batches++];
    *b = (batch){.old = *old, .now = *now, .offset = offset};
    snprintf(b->file, sizeof b->file, "%s", file);
    for (size_t i = 0; i < n_entries; i++) {
        SC_TRY(sc_buf_put_bytes(&b->bytes, entries[i]));
    }
    b->entries = sc_alloc(n_entries, sizeof *b->entries);
    SC_REQUIRE(b->entries != NULL, SC_E_MEM);
    b->n_entries = n_entries;
    for (size_t i = 0; i < n_entries; i++) {
        b->entries[i] = (sc_bytes){b->bytes.p + at, entries[i].len};
        at += entries[i].len;
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static sc_err corrupt(sc_fault *why, const char *file, const char *text)
{
    sc_err err = sc_fault_set(why, SC_E_CORRUPT, "%s", text);

    sc_fault_at(why, file, 0, 0);
    sc_fault_remedy(why, "restore the folder from a backup of this party, or "
                         "join anew with fresh keys");
    return err;
}

/* The same of a public file, and where in it. */
static sc_err corrupt_at(const sc_chain *c, sc_fault *why, const char *path,
                         size_t offset, const char *text)
{
    char whole[640];
    sc_fault at = {0};

    (void)snprintf(whole, sizeof whole, "%s, at offset %zu", text, offset);
    (void)sc_tilelist_fault(&at, SC_E_CORRUPT, sc_store_public_dir(c->store),
                            path, whole);
    return corrupt(why, at.file, at.text);
}

/* An admitted entry was once checked: now it must pass again. */
static sc_err readmit(sc_chain *c, sc_bytes entry, char text[static 600])
{
    sc_fault inner = {0};
    sc_err err = sc_replica_admit(c, entry, &inner);

    if (err != SC_OK && err != SC_E_MEM) {
        (void)snprintf(text, 600, "entry %llu does not hold: %s",
                       (unsigned long long)c->tree.range.size, inner.text);
        err = SC_E_CORRUPT;
    }
    return err;
}

/* ---- files below tile/ ------------------------------------------------- */

/* Before the first entry there are none. */
static sc_err list_files(sc_tilelist *files, sc_chain *c, sc_fault *why)
{
    char **names = NULL;
    size_t n_names = 0;
    sc_err err = sc_store_list(c->store, &names, &n_names, "tile", why);

    sc_free(names);
    if (err == SC_E_NOT_FOUND) { /* before the first, or a crash at it */
        *why = (sc_fault){0};
        return SC_OK;
    }
    return err == SC_OK
               ? sc_tilelist_read(files, sc_store_public_dir(c->store), why)
               : err;
}

/* ---- 0. what a fall left ------------------------------------------------ */

static sc_err drop_torn(sc_chain *c, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_tilelist files = {0};
    char path[SC_TILE_PATH_MAX];

    sc_store_drop_torn(c->store, "checkpoint");
    SC_TRY(list_files(&files, c, why));
    for (size_t i = 0; i < files.n; i++) {
        if (files.tile[i].width < SC_TILE_WIDTH) {
            SC_TRY(sc_tile_path(path, &files.tile[i]));
            sc_store_drop_torn(c->store, path);
        }
    }
    err = SC_OK;
out:
    sc_tilelist_clear(&files);
    return err;
}

/* ---- 1. bundles -------------------------------------------------------- */

/* Greatest width of a partial bundle number `number`; 0: none. */
static sc_err widest_partial(sc_chain *c, unsigned *width, uint64_t number,
                             sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char path[SC_TILE_PATH_MAX];
    sc_tile tile = {1, 0, number, 1};
    char **names = NULL;
    size_t n_names = 0;

    *width = 0;
    SC_TRY(sc_tile_path(path, &tile));
    *strrchr(path, '/') = '\0';
    err = sc_store_list(c->store, &names, &n_names, path, why);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        return SC_OK;
    }
    SC_REQUIRE(err == SC_OK, err);
    for (size_t i = 0; i < n_names; i++) {
        uint64_t w;

        if (sc_line_u63(&w, sc_bytes_of(names[i])) == SC_OK &&
            w < SC_TILE_WIDTH && w > *width) {
            *width = (unsigned)w;
        }
    }
    err = SC_OK;
out:
    sc_free(names);
    return err;
}

/* What is done with each entry of a bundle, in order; text says what is wrong
 * with it (SC_E_CORRUPT). */
typedef sc_err (*entry_check)(sc_chain *c, uint64_t index, sc_bytes entry,
                              char text[static 600], sc_fault *why);

/* Read the bundle `tile`; the first entry that fails is named with its place.
 * SC_E_NOT_FOUND. */
static sc_err read_bundle(sc_chain *c, const sc_tile *tile, entry_check check,
                          sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char path[SC_TILE_PATH_MAX], text[600] = "the entry bundle is malformed";
    sc_buf file = {0};
    sc_bytes rest, entry;
    size_t at = 0;

    SC_TRY(sc_tile_path(path, tile));
    SC_TRY(sc_store_get(c->store, path, &file, SC_TILE_BUNDLE_MAX_LEN, why));
    rest = sc_buf_bytes(&file);
    for (unsigned i = 0; i < tile->width; i++) {
        at = file.len - rest.len;
        err = sc_tile_entry_next(&entry, &rest);
        if (err == SC_OK) {
            err = check(c, tile->index * SC_TILE_WIDTH + i, entry, text, why);
        }
        SC_REQUIRE(err != SC_E_CORRUPT && err != SC_E_WIRE,
                   corrupt_at(c, why, path, at, text));
        SC_TRY(err);
    }
    SC_REQUIRE(rest.len == 0,
               corrupt_at(c, why, path, file.len - rest.len, text));
    err = SC_OK;
out:
    sc_buf_clear(&file);
    return err;
}

static sc_err load_entry(sc_chain *c, uint64_t index, sc_bytes entry,
                         char text[static 600], sc_fault *why)
{
    sc_err err = readmit(c, entry, text);

    (void)index;
    return err == SC_OK ? sc_replica_push_entry(c, entry, why) : err;
}

static sc_err load_bundles(sc_chain *c, sc_fault *why)
{
    sc_err err;
    sc_tile tile = {1, 0, 0, SC_TILE_WIDTH};

    do {
        err = read_bundle(c, &tile, load_entry, why);
        tile.index++;
    } while (err == SC_OK);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        tile.index--;
        err = widest_partial(c, &tile.width, tile.index, why);
        if (err == SC_OK && tile.width > 0) {
            err = read_bundle(c, &tile, load_entry, why);
        }
    }
    return err;
}

/* ---- 2. batches -------------------------------------------------------- */

static sc_err replay_batch(sc_chain *c, const batch *b, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_node_hash root;
    char text[128], entry[600];

    snprintf(text, sizeof text,
             "the batch at offset %llu does not fit the log's entries",
             (unsigned long long)b->offset);
    SC_REQUIRE(b->old.size <= c->tree.range.size, corrupt(why, b->file, text));
    for (size_t i = 0; i < b->n_entries; i++) {
        if (b->old.size + i >= c->tree.range.size) {
            err = readmit(c, b->entries[i], entry);
            SC_REQUIRE(err != SC_E_CORRUPT, corrupt(why, b->file, entry));
            SC_TRY(err);
            SC_TRY(sc_replica_push_entry(c, b->entries[i], why));
        }
    }
    SC_TRY(sc_tree_root(&c->tree, &root, b->now.size));
    SC_REQUIRE(memcmp(&root, &b->now.root, sizeof root) == 0,
               corrupt(why, b->file, text));
    err = SC_OK;
out:
    return err;
}

/* ---- 3. heads ---------------------------------------------------------- */

typedef struct {
    sc_chain *c;
    const char *file;
} heads_reader;

static sc_err check_head(void *ctx, uint64_t offset, sc_bytes record,
                         sc_fault *why)
{
    const heads_reader *r = ctx;
    sc_node_hash root;
    uint64_t size;
    char text[160];

    snprintf(text, sizeof text,
             "the head at offset %llu, which this replica once had, is not in "
             "its log: entries were lost or changed",
             (unsigned long long)offset);
    if (record.len != SC_HEAD_RECORD_LEN) {
        return corrupt(why, r->file, text);
    }
    size = sc_load_le64(record.p + 1);
    if (sc_tree_root(&r->c->tree, &root, size) != SC_OK ||
        memcmp(root.b, record.p + 9, SC_HASH_LEN) != 0) {
        return corrupt(why, r->file, text);
    }
    if (record.p[0] != SC_HEAD_LOG && record.p[0] != SC_HEAD_COSIGNED) {
        return corrupt(why, r->file, text);
    }
    r->c->journaled[record.p[0]] = (sc_head){size, root};
    if (record.p[0] == SC_HEAD_COSIGNED && size > r->c->cosigned_size) {
        r->c->cosigned_size = size;
    }
    return SC_OK;
}

static sc_err open_heads(sc_chain *c, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *path = sc_store_private_path(c->store, "heads.journal");
    heads_reader r = {c, path};

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_journal_open(&c->heads, path, check_head, &r, why));
    err = SC_OK;
out:
    sc_free(path);
    return err;
}

/* What the journal lacks of the newest batch, a fall took. */
static sc_err restore_heads(sc_chain *c, const recovery *r, sc_fault *why)
{
    const sc_head *newest;
    sc_err err = SC_E_BUG;

    if (r->n_batches == 0) {
        return SC_OK;
    }
    newest = &r->batches[r->n_batches - 1].now;
    if (newest->size > c->cosigned_size) {
        c->cosigned_size = newest->size;
    }
    SC_TRY(sc_replica_note_head(c, newest, why));
    SC_TRY(sc_replica_sync_heads(c, why)); /* and with it what the log shows */
    err = SC_OK;
out:
    return err;
}

/* ---- 4. files ---------------------------------------------------------- */

static size_t first_difference(sc_bytes a, sc_bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len, i = 0;

    while (i < n && a.p[i] == b.p[i]) {
        i++;
    }
    return i;
}

static sc_err check_tile(const sc_chain *c, const sc_tile *tile, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char path[SC_TILE_PATH_MAX];
    sc_buf file = {0};
    sc_bytes want;

    SC_TRY(sc_tile_path(path, tile));
    SC_REQUIRE(sc_tree_tile(&c->tree, &want, tile) == SC_OK,
               corrupt_at(c, why, path, 0,
                          "it has the hashes of entries that are not here"));
    SC_TRY(sc_store_get(c->store, path, &file, SC_TILE_MAX_LEN + 1, why));
    SC_REQUIRE(sc_bytes_equal_vartime(sc_buf_bytes(&file), want),
               corrupt_at(c, why, path,
                          first_difference(sc_buf_bytes(&file), want),
                          "the tile's hashes are not those of the entries"));
    err = SC_OK;
out:
    sc_buf_clear(&file);
    return err;
}

static sc_err check_entry(sc_chain *c, uint64_t index, sc_bytes entry,
                          char text[static 600], sc_fault *why)
{
    sc_node_hash leaf;

    (void)why;
    sc_merkle_leaf(&leaf, entry);
    if (index < c->tree.level[0].n &&
        memcmp(&leaf, &c->tree.level[0].hash[index], sizeof leaf) == 0) {
        return SC_OK;
    }
    (void)snprintf(text, 600, "entry %llu is not the one that is in the log",
                   (unsigned long long)index);
    return SC_E_CORRUPT;
}

static sc_err check_files(sc_chain *c, sc_fault *why)
{
    sc_tilelist files = {0};
    sc_err err = list_files(&files, c, why);

    for (size_t i = 0; i < files.n && err == SC_OK; i++) {
        err = files.tile[i].is_entries
                  ? read_bundle(c, &files.tile[i], check_entry, why)
                  : check_tile(c, &files.tile[i], why);
    }
    sc_tilelist_clear(&files);
    return err;
}

/* ---- 5. checkpoint ----------------------------------------------------- */

static sc_err load_checkpoint(sc_chain *c, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf note = {0};
    sc_fault inner = {0};

    err = sc_store_get(c->store, "checkpoint", &note, SC_NOTE_MAX, why);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        err = SC_OK;
        goto out;
    }
    SC_REQUIRE(err == SC_OK, err);
    err = sc_replica_take_checkpoint(c, sc_buf_bytes(&note), &inner);
    if (err != SC_OK && err != SC_E_MEM) {
        err = corrupt(why, "chain/checkpoint",
                      inner.text[0] != '\0' ? inner.text
                                            : "the checkpoint does not hold");
    }
out:
    sc_buf_clear(&note);
    return err;
}

/* ---- opening ----------------------------------------------------------- */

static sc_err recover(sc_chain *c, const recovery *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_head head;

    SC_TRY(drop_torn(c, why));
    SC_TRY(load_bundles(c, why));
    for (size_t i = 0; i < r->n_batches; i++) {
        SC_TRY(replay_batch(c, &r->batches[i], why));
    }
    SC_TRY(open_heads(c, why));
    SC_TRY(restore_heads(c, r, why));
    SC_TRY(check_files(c, why));
    SC_TRY(sc_replica_write_tiles(c, 0, why));
    SC_TRY(load_checkpoint(c, why));
    c->filed = c->published;
    head.size = c->tree.range.size;
    sc_merkle_root(&head.root, &c->tree.range);
    sc_store_set_head(c->store, &head);
    err = SC_OK;
out:
    return err;
}

sc_err sc_chain_open(sc_chain **out, const char *dir, const sc_roster *roster,
                     size_t me, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_fault inner = {0};
    recovery r = {0};
    sc_chain *c = sc_alloc(1, sizeof *c);

    SC_REQUIRE(c != NULL, SC_E_MEM);
    pthread_mutex_init(&c->files_lock, NULL);
    pthread_mutex_init(&c->lock, NULL);
    c->roster = *roster;
    c->me = me;
    r.c = c;
    SC_TRY(sc_rules_new(&c->rules, roster));
    SC_TRY(sc_store_open(&c->store, dir, keep_batch, &r, &inner));
    SC_TRY(recover(c, &r, &inner));
    c->is_open = 1;
    *out = c;
    c = NULL;
    err = SC_OK;
out:
    recovery_clear(&r);
    sc_chain_free(&c);
    if (why != NULL) {
        *why = inner;
    }
    return sc_fault_from(why, err);
}

void sc_chain_free(sc_chain **c)
{
    if (*c != NULL) {
        sc_journal_free(&(*c)->heads);
        sc_store_free(&(*c)->store);
        sc_rules_free(&(*c)->rules);
        sc_tree_clear(&(*c)->tree);
        sc_buf_clear(&(*c)->tail);
        sc_buf_clear(&(*c)->checkpoint);
        sc_replica_files_clear(&(*c)->unwritten);
        pthread_mutex_destroy(&(*c)->lock);
        pthread_mutex_destroy(&(*c)->files_lock);
        sc_free(*c);
        *c = NULL;
    }
}
