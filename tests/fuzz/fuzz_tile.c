/* tests/fuzz/fuzz_tile.c: tile paths, entry bundles and node places: what is read
 * is written again to the byte, and lies within bounds. */
#include <string.h>

#include "ledger/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_path(sc_bytes in)
{
    char path[SC_TILE_PATH_MAX];
    sc_tile tile;

    if (sc_tile_path_take(&tile, in) == SC_OK) {
        SC_ASSERT(sc_tile_path(path, &tile) == SC_OK);
        SC_ASSERT(sc_bytes_equal_vartime(in, sc_bytes_of(path)));
    }
}

static void fuzz_bundle(size_t n, sc_bytes in)
{
    sc_bytes entries[SC_TILE_WIDTH];
    sc_buf made = {0};

    if (sc_tile_entries_get(entries, n, in) == SC_OK) {
        for (size_t i = 0; i < n; i++) {
            SC_ASSERT(sc_tile_entry_put(&made, entries[i]) == SC_OK);
        }
        SC_ASSERT(sc_bytes_equal_vartime(in, sc_buf_bytes(&made)));
    }
    sc_buf_clear(&made);
}

static void fuzz_place(const uint8_t b[17])
{
    uint64_t index = sc_load_le64(b), size = sc_load_le64(b + 8);
    sc_tile_node at;

    if (sc_tile_locate(&at, b[16], index, size) == SC_OK) {
        SC_ASSERT(at.tile.level <= SC_TILE_MAX_LEVEL && at.tile.width >= 1 &&
                  at.tile.width <= SC_TILE_WIDTH &&
                  at.first + at.count <= at.tile.width);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t place[17] = {0};

    fuzz_path((sc_bytes){data, size});
    if (size > 0) {
        fuzz_bundle((size_t)data[0] + 1, (sc_bytes){data + 1, size - 1});
        memcpy(place, data, size < sizeof place ? size : sizeof place);
        fuzz_place(place);
    }
    return 0;
}
