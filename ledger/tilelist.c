/* ledger/tilelist.c: see the header. */
#include "ledger/tilelist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"

#define MAX_FILES ((size_t)1 << 24)

sc_err sc_tilelist_fault(sc_fault *why, sc_err code, const char *folder,
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

static sc_err note_file(sc_tilelist *l, const sc_tile *tile)
{
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 256 : 2 * l->cap;
        sc_tile *more = cap <= MAX_FILES ? sc_alloc(cap, sizeof *more) : NULL;

        if (more == NULL) {
            return SC_E_MEM;
        }
        if (l->n > 0) {
            memcpy(more, l->tile, l->n * sizeof *more);
        }
        sc_free(l->tile);
        l->tile = more;
        l->cap = cap;
    }
    l->tile[l->n++] = *tile;
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

static sc_err list_files(sc_tilelist *l, const char *folder, const char *path,
                         sc_fault *why);

/* One name of a folder. Recursion ends with the longest path that a tile can
 * have; links, which could branch without end, are not followed. */
static sc_err list_name(sc_tilelist *l, const char *folder, const char *path,
                        const char *name, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char below[2 * SC_TILE_PATH_MAX];
    int len = snprintf(below, sizeof below, "%s/%s", path, name);
    char *whole = sc_path_join(folder, below);
    struct stat is;
    sc_tile tile;

    SC_REQUIRE(whole != NULL, SC_E_MEM);
    if (len >= 0 && len < SC_TILE_PATH_MAX && lstat(whole, &is) == 0) {
        if (S_ISDIR(is.st_mode)) {
            err = list_files(l, folder, below, why);
            goto out;
        }
        if (S_ISREG(is.st_mode) &&
            sc_tile_path_take(&tile, sc_bytes_of(below)) == SC_OK) {
            err = note_file(l, &tile);
            goto out;
        }
    }
    err = sc_tilelist_fault(why, SC_E_CORRUPT, folder, below,
                            "this is no tile of a log");
out:
    sc_free(whole);
    return sc_fault_from(why, err);
}

static sc_err list_files(sc_tilelist *l, const char *folder, const char *path,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char **names = NULL;
    size_t n_names = 0;
    char *full = sc_path_join(folder, path);

    SC_REQUIRE(full != NULL, SC_E_MEM);
    SC_TRY(sc_dir_list(&names, &n_names, full, why));
    for (size_t i = 0; i < n_names; i++) {
        SC_TRY(list_name(l, folder, path, names[i], why));
    }
    err = SC_OK;
out:
    sc_free(names);
    sc_free(full);
    return sc_fault_from(why, err);
}

sc_err sc_tilelist_read(sc_tilelist *l, const char *folder, sc_fault *why)
{
    sc_err err = list_files(l, folder, "tile", why);

    if (err == SC_E_NOT_FOUND) {
        err = sc_tilelist_fault(why, SC_E_CORRUPT, folder, "tile",
                                "the folder of the tiles is missing");
    }
    if (l->n > 0) {
        qsort(l->tile, l->n, sizeof *l->tile, by_place);
    }
    return err;
}

int sc_tilelist_has(const sc_tilelist *l, const sc_tile *tile)
{
    return l->n > 0 &&
           bsearch(tile, l->tile, l->n, sizeof *tile, by_place) != NULL;
}

void sc_tilelist_clear(sc_tilelist *l)
{
    sc_free(l->tile);
    *l = (sc_tilelist){0};
}
