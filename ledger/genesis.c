/* ledger/genesis.c: any bundle number 0, full or partial, begins with entry 0. */
#include "ledger/genesis.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/entry.h"
#include "ledger/line.h"
#include "ledger/tile.h"

/* The bundle of this width, if it is there. */
static sc_err read_bundle(sc_buf *bundle, const char *chain, unsigned width)
{
    sc_tile tile = {1, 0, 0, width};
    char name[SC_TILE_PATH_MAX];
    char *path = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_tile_path(name, &tile));
    path = sc_path_join(chain, name);
    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_file_read(bundle, path, SC_TILE_BUNDLE_MAX_LEN, NULL));
    err = SC_OK;
out:
    sc_free(path);
    return err;
}

/* Some width that a partial bundle has; SC_E_NOT_FOUND. */
static sc_err find_width(unsigned *width, const char *chain)
{
    char *path = sc_path_join(chain, "tile/entries/000.p");
    char **names = NULL;
    size_t n_names = 0;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_dir_list(&names, &n_names, path, NULL));
    err = SC_E_NOT_FOUND;
    for (size_t i = 0; err != SC_OK && i < n_names; i++) {
        uint64_t w;

        if (sc_line_u63(&w, sc_bytes_of(names[i])) == SC_OK && w > 0 &&
            w < SC_TILE_WIDTH) {
            *width = (unsigned)w;
            err = SC_OK;
        }
    }
out:
    sc_free(names);
    sc_free(path);
    return err;
}

sc_err sc_genesis_find(uint8_t digest[static SC_HASH_LEN], const char *dir)
{
    char *chain = sc_path_join(dir, "chain");
    unsigned width = SC_TILE_WIDTH;
    sc_bytes entries[SC_TILE_WIDTH];
    sc_buf bundle = {0};
    sc_entry e;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(chain != NULL, SC_E_MEM);
    err = read_bundle(&bundle, chain, width);
    if (err == SC_E_NOT_FOUND) {
        SC_TRY(find_width(&width, chain));
        err = read_bundle(&bundle, chain, width);
    }
    SC_TRY(err);
    SC_TRY(sc_tile_entries_get(entries, width, sc_buf_bytes(&bundle)));
    SC_TRY(sc_entry_take(&e, entries[0]));
    SC_REQUIRE(e.type == SC_ENTRY_GENESIS, SC_E_NOT_FOUND);
    memcpy(digest, e.consortium, SC_HASH_LEN);
    err = SC_OK;
out:
    sc_buf_clear(&bundle);
    sc_free(chain);
    return err == SC_OK || err == SC_E_MEM ? err : SC_E_NOT_FOUND;
}
