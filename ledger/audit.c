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
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "ledger/rules.h"
#include "ledger/tree.h"

#define MAX_FILES ((size_t)1 << 24)

struct sc_audit {
    char *folder; /* DIR/chain */
    sc_roster roster;
    sc_rules *rules;
    sc_tree tree;
    sc_tile *files;
    size_t n_files, cap;
    sc_audit_report report;
};

/* path may be a stranger's: a name that is not printable is not printed. */
static sc_err fault_at(sc_fault *why, sc_err code, const char *folder,
                       const char *path, const char *text)
{
    sc_fault at = {0};
    char shown[2 * SC_TILE_PATH_MAX];

    (void)snprintf(shown, sizeof shown, "%s", path);
    for (char *p = shown; *p != '\0'; p++) {
        if (*p < '!' || *p > '~') {
            *p = '?';
        }
    }
    (void)snprintf(at.file, sizeof at.file, "%s/%s", folder, shown);
    (void)sc_fault_set(why, code, "%s", text);
    sc_fault_at(why, at.file, 0, 0);
    return code;
}

static sc_err corrupt(const sc_audit *a, const char *path, const char *text,
                      sc_fault *why)
{
    return fault_at(why, SC_E_CORRUPT, a->folder, path, text);
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
        (void)fault_at(why, err, a->folder, "checkpoint",
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
        (void)fault_at(why, err, a->folder, "checkpoint",
                       "a signature of the log or of a cosigner does not hold");
    }
    SC_REQUIRE(err == SC_OK, err);
    if (head->n_cosigners < a->roster.quorum) {
        (void)snprintf(text, sizeof text, "%zu cosigned; the quorum is %zu",
                       head->n_cosigners, a->roster.quorum);
        err = fault_at(why, SC_E_CHEAT, a->folder, "checkpoint", text);
        goto out;
    }
    err = SC_OK;
out:
    sc_buf_clear(&note);
    return err;
}

/* ---- 2. names ---------------------------------------------------------- */

static sc_err note_file(sc_audit *a, const sc_tile *tile)
{
    if (a->n_files == a->cap) {
        size_t cap = a->cap == 0 ? 256 : 2 * a->cap;
        sc_tile *more = cap <= MAX_FILES ? sc_alloc(cap, sizeof *more) : NULL;

        if (more == NULL) {
            return SC_E_MEM;
        }
        if (a->n_files > 0) {
            memcpy(more, a->files, a->n_files * sizeof *more);
        }
        sc_free(a->files);
        a->files = more;
        a->cap = cap;
    }
    a->files[a->n_files++] = *tile;
    return SC_OK;
}

/* Bundles, then hash tiles; by level, index, width. */
static int by_place(const void *x, const void *y)
{
    const sc_tile *a = x, *b = y;

    if (!a->is_entries != !b->is_entries) {
        return a->is_entries ? -1 : 1;
    }
    if (a->level != b->level) {
        return a->level < b->level ? -1 : 1;
    }
    if (a->index != b->index) {
        return a->index < b->index ? -1 : 1;
    }
    return (a->width > b->width) - (a->width < b->width);
}

static sc_err list_files(sc_audit *a, const char *path, sc_fault *why);

/* One name of a folder. Recursion ends with the longest path that a tile can
 * have; links, which could branch without end, are not followed. */
static sc_err list_name(sc_audit *a, const char *path, const char *name,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char below[2 * SC_TILE_PATH_MAX];
    int len = snprintf(below, sizeof below, "%s/%s", path, name);
    char *whole = sc_path_join(a->folder, below);
    struct stat is;
    sc_tile tile;

    SC_REQUIRE(whole != NULL, SC_E_MEM);
    if (len >= 0 && len < SC_TILE_PATH_MAX && lstat(whole, &is) == 0) {
        if (S_ISDIR(is.st_mode)) {
            err = list_files(a, below, why);
            goto out;
        }
        if (S_ISREG(is.st_mode) &&
            sc_tile_path_take(&tile, sc_bytes_of(below)) == SC_OK) {
            err = note_file(a, &tile);
            goto out;
        }
    }
    err = corrupt(a, below, "this is no tile of a log", why);
out:
    sc_free(whole);
    return sc_fault_from(why, err);
}

static sc_err list_files(sc_audit *a, const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char **names = NULL;
    size_t n_names = 0;
    char *full = sc_path_join(a->folder, path);

    SC_REQUIRE(full != NULL, SC_E_MEM);
    SC_TRY(sc_dir_list(&names, &n_names, full, why));
    for (size_t i = 0; i < n_names; i++) {
        SC_TRY(list_name(a, path, names[i], why));
    }
    err = SC_OK;
out:
    sc_free(names);
    sc_free(full);
    return sc_fault_from(why, err);
}

static sc_err list_all(sc_audit *a, sc_fault *why)
{
    sc_err err = list_files(a, "tile", why);

    if (err == SC_E_NOT_FOUND) {
        err = corrupt(a, "tile", "the folder of the tiles is missing", why);
    }
    if (a->n_files > 0) {
        qsort(a->files, a->n_files, sizeof *a->files, by_place);
    }
    return err;
}

/* ---- 3. entries -------------------------------------------------------- */

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
        err = fault_at(why, SC_E_CHEAT, a->folder, path, text);
    }
    SC_REQUIRE(err == SC_OK, err);
    sc_merkle_leaf(&leaf, bytes);
    SC_TRY(sc_tree_append(&a->tree, &leaf));
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

    for (size_t i = 0; i < a->n_files; i++) {
        const sc_tile *t = &a->files[i];

        if (!t->is_entries || t->index != number ||
            (i + 1 < a->n_files && t[1].is_entries && t[1].index == number)) {
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
        return corrupt(a, "checkpoint",
                       "the entries do not give the root that was cosigned: "
                       "an entry was changed, dropped or moved",
                       why);
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

    for (size_t i = 0; i < a->n_files; i++) {
        const sc_tile *t = &a->files[i];

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
    if (a->n_files > 0 &&
        (bsearch(tile, a->files, a->n_files, sizeof *tile, by_place) != NULL ||
         bsearch(&full, a->files, a->n_files, sizeof full, by_place) != NULL)) {
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

sc_err sc_audit_new(sc_audit **out, const char *dir, const sc_roster *roster,
                    sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_audit *a = sc_alloc(1, sizeof *a);

    *out = NULL;
    SC_REQUIRE(a != NULL, SC_E_MEM);
    a->roster = *roster;
    a->folder = sc_path_join(dir, "chain");
    SC_REQUIRE(a->folder != NULL, SC_E_MEM);
    SC_TRY(sc_rules_new(&a->rules, roster));
    SC_TRY(take_checkpoint(a, why));
    SC_TRY(list_all(a, why));
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
        sc_free((*a)->files);
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

sc_err sc_audit_find(const sc_audit *a, uint64_t *index, const sc_entry *e)
{
    sc_err err = SC_E_BUG;
    sc_buf bytes = {0};
    sc_node_hash leaf;
    uint64_t at = 0;

    SC_TRY(sc_entry_make(&bytes, e));
    SC_TRY(sc_rules_find(a->rules, &at, e->i));
    sc_merkle_leaf(&leaf, sc_buf_bytes(&bytes));
    SC_REQUIRE(at < a->report.published.at.size &&
                   memcmp(&leaf, &a->tree.level[0].hash[at], sizeof leaf) == 0,
               SC_E_NOT_FOUND);
    *index = at;
    err = SC_OK;
out:
    sc_buf_clear(&bytes);
    return err;
}
