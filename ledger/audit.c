/* ledger/audit.c: see the header.
 *
 *   1. the published checkpoint: signatures and quorum
 *   2. the names of all bundles and tiles (before the entries are read, so that
 *      what a living node adds meanwhile is not missed among them)
 *   3. entries, from index 0 on, into rules and tree; the checkpoint's root
 *   4. each named file against the tree, and each that must be there
 */
#include "ledger/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/rules.h"
#include "ledger/tilelist.h"
#include "ledger/tree.h"

/* What an entry says; its i is in the rules. */
typedef struct {
    uint8_t d[SC_HASH_LEN], s[SC_HASH_LEN];
    uint8_t type, n, party;
} told;

struct sc_audit {
    char *folder; /* DIR/chain, or DIR */
    sc_roster roster;
    sc_rules *rules;
    sc_tree tree;
    sc_tilelist files;
    told *told; /* of each entry */
    uint64_t told_cap;
    sc_audit_report report;
};

static sc_err corrupt(const sc_audit *a, const char *path, const char *text,
                      sc_fault *why)
{
    return sc_tilelist_fault(why, SC_E_CORRUPT, a->folder, path, text);
}

static sc_err read_file(const sc_audit *a, sc_buf *out, const char *path,
                        size_t max_len, sc_fault *why)
{
    sc_err err;
    char *full = sc_path_join(a->folder, path);

    if (full == NULL) {
        return sc_fault_from(why, SC_E_MEM);
    }
    err = sc_file_read(out, full, max_len, why);
    sc_free(full);
    if (err == SC_E_ARG) {
        err = corrupt(a, path, "the file is longer than it may be", why);
    }
    return err;
}

/* ---- 1. checkpoint ----------------------------------------------------- */

static sc_err take_checkpoint(sc_audit *a, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_roster_head *head = &a->report.published;
    sc_buf note = {0};
    char text[128];

    err = read_file(a, &note, "checkpoint", SC_NOTE_MAX, why);
    if (err == SC_E_NOT_FOUND) {
        (void)sc_tilelist_fault(why, err, a->folder, "checkpoint",
                                "there is no checkpoint");
        sc_fault_remedy(why, "name the folder that has chain/ in it; a log "
                             "that never published proves nothing");
    }
    SC_REQUIRE(err == SC_OK, err);
    err = sc_roster_take_head(head, &a->roster, sc_buf_bytes(&note), 0);
    if (err == SC_E_WIRE) {
        err = corrupt(a, "checkpoint",
                      "this is no checkpoint of the consortium's log", why);
    } else if (err == SC_E_CHEAT) {
        (void)sc_tilelist_fault(
            why, err, a->folder, "checkpoint",
            "a signature of the log or of a cosigner does not hold");
    }
    SC_REQUIRE(err == SC_OK, err);
    if (head->n_cosigners < a->roster.quorum) {
        (void)snprintf(text, sizeof text, "%zu cosigned; the quorum is %zu",
                       head->n_cosigners, a->roster.quorum);
        err = sc_tilelist_fault(why, SC_E_CHEAT, a->folder, "checkpoint", text);
        goto out;
    }
    err = SC_OK;
out:
    sc_buf_clear(&note);
    return err;
}

/* ---- 3. entries -------------------------------------------------------- */

/* The entry has passed the rules: who signed it is a member. */
static sc_err keep_entry(sc_audit *a, const sc_entry *e)
{
    size_t who = sc_roster_find_did(&a->roster, e->did);
    uint64_t n = a->report.n_entries;
    told *t;

    if (n == a->told_cap) {
        uint64_t cap = n == 0 ? 256 : 2 * n;
        told *more = sc_alloc((size_t)cap, sizeof *more);

        if (more == NULL) {
            return SC_E_MEM;
        }
        if (n > 0) {
            memcpy(more, a->told, (size_t)n * sizeof *more);
        }
        sc_free(a->told);
        a->told = more;
        a->told_cap = cap;
    }
    t = &a->told[n];
    memcpy(t->d, e->d, SC_HASH_LEN);
    memcpy(t->s, e->s, SC_HASH_LEN);
    t->type = (uint8_t)e->type;
    t->n = (uint8_t)e->n;
    t->party = who == SC_ROSTER_NONE ? 0 : (uint8_t)who; /* genesis: none */
    return SC_OK;
}

static sc_err take_entry(sc_audit *a, sc_bytes bytes, const char *path,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint64_t index = sc_rules_size(a->rules);
    sc_fault inner = {0};
    sc_entry e;
    sc_node_hash leaf;

    err = sc_rules_append(a->rules, &e, bytes, &inner);
    if (err != SC_OK && err != SC_E_MEM) {
        char text[sizeof inner.text + 64];

        (void)snprintf(text, sizeof text, "entry %" PRIu64 " does not hold: %s",
                       index,
                       inner.text[0] != '\0' ? inner.text : sc_err_text(err));
        err = sc_tilelist_fault(why, SC_E_CHEAT, a->folder, path, text);
    }
    SC_REQUIRE(err == SC_OK, err);
    sc_merkle_leaf(&leaf, bytes);
    SC_TRY(sc_tree_append(&a->tree, &leaf));
    SC_TRY(keep_entry(a, &e));
    a->report.n_of_type[e.type]++;
    a->report.n_entries++;
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* Bytes and entries of a bundle's file; entries borrow from file. */
static sc_err read_bundle(const sc_audit *a, sc_buf *file,
                          sc_bytes entries[SC_TILE_WIDTH],
                          char path[SC_TILE_PATH_MAX], const sc_tile *tile,
                          sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_tile_path(path, tile));
    sc_buf_reset(file);
    SC_TRY(read_file(a, file, path, SC_TILE_BUNDLE_MAX_LEN, why));
    if (sc_tile_entries_get(entries, tile->width, sc_buf_bytes(file)) !=
        SC_OK) {
        err = corrupt(a, path, "the entry bundle is malformed", why);
        goto out;
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* The widest bundle of each number, until one is partial or missing. */
static sc_err take_entries(sc_audit *a, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf file = {0};
    sc_bytes entries[SC_TILE_WIDTH] = {{0}};
    char path[SC_TILE_PATH_MAX];
    uint64_t number = 0;

    for (size_t i = 0; i < a->files.n; i++) {
        const sc_tile *t = &a->files.tile[i];

        if (!t->is_entries || t->index != number ||
            (i + 1 < a->files.n && t[1].is_entries && t[1].index == number)) {
            continue;
        }
        SC_TRY(read_bundle(a, &file, entries, path, t, why));
        for (unsigned k = 0; k < t->width; k++) {
            SC_TRY(take_entry(a, entries[k], path, why));
        }
        if (t->width < SC_TILE_WIDTH) {
            break;
        }
        number++;
    }
    err = SC_OK;
out:
    sc_buf_clear(&file);
    return err;
}

/* The bundle that gave us entry number `index`: the widest one. */
static const sc_tile *bundle_of(const sc_audit *a, uint64_t index)
{
    const sc_tile *found = NULL;

    for (size_t i = 0; i < a->files.n && a->files.tile[i].is_entries; i++) {
        if (a->files.tile[i].index == index / SC_TILE_WIDTH) {
            found = &a->files.tile[i];
        }
    }
    return found;
}

/* The entries are not those that were cosigned. If a tile still has the hashes
 * of those that were, it tells which entry it is. */
static sc_err blame_entry(const sc_audit *a, const sc_tile *tile, sc_buf *file,
                          sc_fault *why)
{
    char path[SC_TILE_PATH_MAX], text[96];
    uint64_t first = tile->index * SC_TILE_WIDTH;

    sc_buf_reset(file);
    if (tile->index > a->report.n_entries / SC_TILE_WIDTH ||
        sc_tile_path(path, tile) != SC_OK ||
        read_file(a, file, path, SC_TILE_MAX_LEN, NULL) != SC_OK) {
        return SC_OK;
    }
    for (size_t k = 0; k < file->len / SC_HASH_LEN; k++) {
        const sc_tile *bundle;

        if (first + k >= a->report.n_entries ||
            memcmp(file->p + k * SC_HASH_LEN, &a->tree.level[0].hash[first + k],
                   SC_HASH_LEN) == 0) {
            continue;
        }
        bundle = bundle_of(a, first + k);
        if (bundle == NULL || sc_tile_path(path, bundle) != SC_OK) {
            return SC_OK;
        }
        (void)snprintf(text, sizeof text,
                       "entry %" PRIu64 " is not the one that was cosigned",
                       first + k);
        return corrupt(a, path, text, why);
    }
    return SC_OK;
}

static sc_err other_root(const sc_audit *a, sc_fault *why)
{
    sc_buf file = {0};
    sc_err err = SC_OK;

    for (size_t i = 0; err == SC_OK && i < a->files.n; i++) {
        if (!a->files.tile[i].is_entries && a->files.tile[i].level == 0) {
            err = blame_entry(a, &a->files.tile[i], &file, why);
        }
    }
    sc_buf_clear(&file);
    return err != SC_OK
               ? err
               : corrupt(a, "checkpoint",
                         "the entries do not give the root that was cosigned: "
                         "an entry was changed, dropped or moved",
                         why);
}

static sc_err compare_root(const sc_audit *a, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_checkpoint *at = &a->report.published.at;
    sc_node_hash root;
    char text[160];

    if (at->size > a->report.n_entries) {
        (void)snprintf(text, sizeof text,
                       "the checkpoint covers %" PRIu64 " entries, and %" PRIu64
                       " are here: entries are missing",
                       at->size, a->report.n_entries);
        return corrupt(a, "checkpoint", text, why);
    }
    SC_TRY(sc_tree_root(&a->tree, &root, at->size));
    if (memcmp(root.b, at->root, sizeof at->root) != 0) {
        return other_root(a, why);
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* ---- 4. files ---------------------------------------------------------- */

static sc_err compare_bundle(sc_audit *a, const sc_tile *tile, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf file = {0};
    sc_bytes entries[SC_TILE_WIDTH] = {{0}};
    char path[SC_TILE_PATH_MAX];
    uint64_t first = tile->index * SC_TILE_WIDTH;

    SC_TRY(read_bundle(a, &file, entries, path, tile, why));
    if (tile->index > a->report.n_entries / SC_TILE_WIDTH ||
        first + tile->width > a->report.n_entries) {
        err = corrupt(a, path, "entries in front of this bundle are missing",
                      why);
        goto out;
    }
    for (unsigned i = 0; i < tile->width; i++) {
        sc_node_hash leaf;

        sc_merkle_leaf(&leaf, entries[i]);
        if (memcmp(&leaf, &a->tree.level[0].hash[first + i], sizeof leaf) !=
            0) {
            err = corrupt(a, path,
                          "the bundle holds other entries than the log", why);
            goto out;
        }
    }
    err = SC_OK;
out:
    sc_buf_clear(&file);
    return err;
}

static sc_err compare_tile(sc_audit *a, const sc_tile *tile, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf file = {0};
    sc_bytes wanted;
    char path[SC_TILE_PATH_MAX];

    SC_TRY(sc_tile_path(path, tile));
    if (sc_tree_tile(&a->tree, &wanted, tile) != SC_OK) {
        a->report.n_beyond++;
        return SC_OK;
    }
    SC_TRY(read_file(a, &file, path, SC_TILE_MAX_LEN, why));
    if (!sc_bytes_equal_vartime(sc_buf_bytes(&file), wanted)) {
        err = corrupt(a, path, "the tile's hashes are not those of the entries",
                      why);
        goto out;
    }
    a->report.n_files++;
    err = SC_OK;
out:
    sc_buf_clear(&file);
    return sc_fault_from(why, err);
}

static sc_err compare_files(sc_audit *a, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < a->files.n; i++) {
        const sc_tile *t = &a->files.tile[i];

        if (t->is_entries) {
            SC_TRY(compare_bundle(a, t, why));
            a->report.n_files++;
        } else {
            SC_TRY(compare_tile(a, t, why));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* A tile that the published size needs; a full one stands for a partial one. */
static sc_err require_tile(const sc_audit *a, const sc_tile *tile,
                           sc_fault *why)
{
    char path[SC_TILE_PATH_MAX];
    sc_tile full = *tile;

    full.width = SC_TILE_WIDTH;
    if (sc_tilelist_has(&a->files, tile) || sc_tilelist_has(&a->files, &full)) {
        return SC_OK;
    }
    return sc_tile_path(path, tile) == SC_OK
               ? corrupt(a, path, "the file is missing", why)
               : sc_fault_from(why, SC_E_BUG);
}

static sc_err require_level(const sc_audit *a, unsigned level, int is_entries,
                            sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint64_t size = a->report.published.at.size;
    sc_tile tile = {is_entries, level, 0, SC_TILE_WIDTH};

    while (tile.index < sc_tile_n_full(level, size)) {
        SC_TRY(require_tile(a, &tile, why));
        tile.index++;
    }
    tile.width = sc_tile_partial(level, size);
    if (tile.width > 0) {
        SC_TRY(require_tile(a, &tile, why));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err require_files(const sc_audit *a, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(require_level(a, 0, 1, why));
    for (unsigned level = 0; level <= SC_TILE_MAX_LEVEL; level++) {
        SC_TRY(require_level(a, level, 0, why));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- all of it --------------------------------------------------------- */

/* The store has the log's folder in it; a copy may be that folder alone. */
static sc_err find_folder(sc_audit *a, const char *dir)
{
    sc_err err = SC_E_BUG;
    char *inner = sc_path_join(dir, "checkpoint");

    a->folder = sc_path_join(dir, "chain");
    SC_REQUIRE(inner != NULL && a->folder != NULL, SC_E_MEM);
    if (access(a->folder, F_OK) != 0 && access(inner, F_OK) == 0) {
        sc_free(a->folder);
        a->folder = sc_strdup(dir);
        SC_REQUIRE(a->folder != NULL, SC_E_MEM);
    }
    err = SC_OK;
out:
    sc_free(inner);
    return err;
}

sc_err sc_audit_new(sc_audit **out, const char *dir, const sc_roster *roster,
                    sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_audit *a = sc_alloc(1, sizeof *a);

    *out = NULL;
    SC_REQUIRE(a != NULL, SC_E_MEM);
    a->roster = *roster;
    SC_TRY(find_folder(a, dir));
    SC_TRY(sc_rules_new(&a->rules, roster));
    SC_TRY(take_checkpoint(a, why));
    SC_TRY(sc_tilelist_read(&a->files, a->folder, why));
    SC_TRY(take_entries(a, why));
    SC_TRY(compare_root(a, why));
    SC_TRY(compare_files(a, why));
    SC_TRY(require_files(a, why));
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_audit_free(&a);
    return sc_fault_from(why, err);
}

void sc_audit_free(sc_audit **a)
{
    if (*a != NULL) {
        sc_rules_free(&(*a)->rules);
        sc_tree_clear(&(*a)->tree);
        sc_free((*a)->told);
        sc_tilelist_clear(&(*a)->files);
        sc_free((*a)->folder);
        sc_free(*a);
        *a = NULL;
    }
}

const sc_audit_report *sc_audit_result(const sc_audit *a)
{
    return &a->report;
}

sc_err sc_audit_extends(const sc_audit *a, const sc_head *head, sc_fault *why)
{
    sc_node_hash root;

    if (head->size > a->report.published.at.size) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the published log has %" PRIu64
                            " entries, fewer than the %" PRIu64
                            " seen before: it was cut short",
                            a->report.published.at.size, head->size);
    }
    if (sc_tree_root(&a->tree, &root, head->size) != SC_OK ||
        memcmp(&root, &head->root, sizeof root) != 0) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "at %" PRIu64 " entries this log has another root "
                            "than the one seen before: two histories",
                            head->size);
    }
    return SC_OK;
}

sc_err sc_audit_find(const sc_audit *a, sc_entry *e, uint64_t *index,
                     const uint8_t i[static SC_HASH_LEN])
{
    const told *t;
    uint64_t at;

    if (sc_rules_find(a->rules, &at, i) != SC_OK ||
        at >= a->report.published.at.size) {
        return SC_E_NOT_FOUND;
    }
    t = &a->told[at];
    *e = (sc_entry){.type = (sc_entry_type)t->type, .n = t->n};
    memcpy(e->d, t->d, SC_HASH_LEN);
    memcpy(e->i, i, SC_HASH_LEN);
    memcpy(e->s, t->s, SC_HASH_LEN);
    memcpy(e->did, a->roster.parties[t->party].did, sizeof e->did);
    *index = at;
    return SC_OK;
}
