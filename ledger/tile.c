/* ledger/tile.c: arithmetic between tree nodes and tile files. */
#include "ledger/tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/line.h"

#define HEIGHT    8
#define MAX_INDEX ((uint64_t)1 << 55) /* of a tile, with 2^63 leaves */
#define ENTRIES   "tile/entries/"
#define HASHES    "tile/"

/* ---- paths ------------------------------------------------------------- */

static int is_tile(const sc_tile *t)
{
    return t->level <= (t->is_entries ? 0 : SC_TILE_MAX_LEVEL) &&
           t->index <= MAX_INDEX && t->width >= 1 && t->width <= SC_TILE_WIDTH;
}

/* "x001/x234/067" for 1234067; at most 6 groups. */
static void print_index(char out[static 32], uint64_t index)
{
    unsigned group[6], n = 0;
    int len = 0;

    do {
        group[n++] = (unsigned)(index % 1000);
        index /= 1000;
    } while (index > 0);
    while (n-- > 0) {
        len += snprintf(out + len, 32 - (size_t)len, n > 0 ? "x%03u/" : "%03u",
                        group[n]);
    }
}

sc_err sc_tile_path(char out[static SC_TILE_PATH_MAX], const sc_tile *tile)
{
    char index[32], level[8], partial[8] = "";

    if (!is_tile(tile)) {
        return SC_E_ARG;
    }
    print_index(index, tile->index);
    snprintf(level, sizeof level, "%u/", tile->level & 7);
    if (tile->width < SC_TILE_WIDTH) {
        snprintf(partial, sizeof partial, ".p/%u", tile->width & 255);
    }
    snprintf(out, SC_TILE_PATH_MAX, "%s%s%s%s",
             tile->is_entries ? ENTRIES : HASHES, tile->is_entries ? "" : level,
             index, partial);
    return SC_OK;
}

/* Cut a decimal number off the front of text; 0 if there is none. */
static uint64_t cut_number(sc_bytes *text, size_t max_digits)
{
    uint64_t v = 0;

    for (size_t i = 0; i < max_digits && text->len > 0 && text->p[0] >= '0' &&
                       text->p[0] <= '9';
         i++) {
        v = 10 * v + (uint64_t)(text->p[0] - '0');
        text->p++;
        text->len--;
    }
    return v;
}

/* Reads loosely whatever resembles a path: the caller prints the tile again and
 * compares, and so accepts one text for one tile. */
static void read_path(sc_tile *t, sc_bytes path)
{
    memset(t, 0, sizeof *t);
    if (sc_line_skip(&path, ENTRIES) == SC_OK) {
        t->is_entries = 1;
    } else if (sc_line_skip(&path, HASHES) == SC_OK) {
        t->level = (unsigned)cut_number(&path, 1);
        if (sc_line_skip(&path, "/") != SC_OK) {
            return;
        }
    }
    for (size_t groups = 0; groups < 6; groups++) {
        int is_more = sc_line_skip(&path, "x") == SC_OK;

        t->index = 1000 * t->index + cut_number(&path, 3);
        if (!is_more || sc_line_skip(&path, "/") != SC_OK) {
            break;
        }
    }
    t->width = SC_TILE_WIDTH;
    if (sc_line_skip(&path, ".p/") == SC_OK) {
        t->width = (unsigned)cut_number(&path, 3);
    }
}

sc_err sc_tile_path_take(sc_tile *tile, sc_bytes path)
{
    char again[SC_TILE_PATH_MAX];
    sc_tile t;

    read_path(&t, path);
    if (sc_tile_path(again, &t) != SC_OK ||
        !sc_bytes_equal_vartime(path, sc_bytes_of(again))) {
        return SC_E_WIRE;
    }
    *tile = t;
    return SC_OK;
}

/* ---- sizes and places -------------------------------------------------- */

uint64_t sc_tile_n_full(unsigned level, uint64_t size)
{
    return level >= SC_TILE_MAX_LEVEL ? 0 : size >> (HEIGHT * (level + 1));
}

unsigned sc_tile_partial(unsigned level, uint64_t size)
{
    return level > SC_TILE_MAX_LEVEL
               ? 0
               : (unsigned)(size >> (HEIGHT * level)) & (SC_TILE_WIDTH - 1);
}

sc_err sc_tile_at(sc_tile *tile, unsigned level, uint64_t index, uint64_t size)
{
    uint64_t n_full = sc_tile_n_full(level, size);
    unsigned partial = sc_tile_partial(level, size);

    if (level > SC_TILE_MAX_LEVEL || index > n_full ||
        (index == n_full && partial == 0)) {
        return SC_E_ARG;
    }
    *tile = (sc_tile){.level = level,
                      .index = index,
                      .width = index < n_full ? SC_TILE_WIDTH : partial};
    return SC_OK;
}

sc_err sc_tile_locate(sc_tile_node *node, unsigned level, uint64_t index,
                      uint64_t size)
{
    unsigned in_tile = level % HEIGHT;

    if (level > 63 || index >= size >> level) {
        return SC_E_ARG;
    }
    node->first = (unsigned)(index << in_tile) & (SC_TILE_WIDTH - 1);
    node->count = 1U << in_tile;
    return sc_tile_at(&node->tile, level / HEIGHT, index >> (HEIGHT - in_tile),
                      size);
}

sc_err sc_tile_hash(sc_node_hash *out, const sc_tile_node *node, sc_bytes tile)
{
    sc_merkle_range range = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(tile.len == (size_t)node->tile.width * SC_HASH_LEN, SC_E_WIRE);
    SC_ASSERT(node->first + node->count <= node->tile.width);
    for (unsigned j = 0; j < node->count; j++) {
        sc_node_hash h;

        memcpy(h.b, tile.p + (size_t)(node->first + j) * SC_HASH_LEN,
               SC_HASH_LEN);
        SC_TRY(sc_merkle_append(&range, &h));
    }
    sc_merkle_root(out, &range);
    err = SC_OK;
out:
    return err;
}

/* ---- entry bundles ----------------------------------------------------- */

sc_err sc_tile_entry_put(sc_buf *bundle, sc_bytes entry)
{
    uint8_t len[2] = {(uint8_t)(entry.len >> 8), (uint8_t)entry.len};
    size_t start = bundle->len;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(entry.len <= SC_TILE_ENTRY_MAX, SC_E_ARG);
    SC_TRY(sc_buf_put(bundle, len, sizeof len));
    SC_TRY(sc_buf_put_bytes(bundle, entry));
    err = SC_OK;
out:
    if (err != SC_OK) {
        bundle->len = start;
    }
    return err;
}

sc_err sc_tile_entry_next(sc_bytes *entry, sc_bytes *rest)
{
    size_t len;

    if (rest->len < 2) {
        return SC_E_WIRE;
    }
    len = (size_t)rest->p[0] << 8 | rest->p[1];
    if (rest->len - 2 < len) {
        return SC_E_WIRE;
    }
    *entry = (sc_bytes){rest->p + 2, len};
    rest->p += 2 + len;
    rest->len -= 2 + len;
    return SC_OK;
}

sc_err sc_tile_entries_get(sc_bytes *entries, size_t n, sc_bytes bundle)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(n <= SC_TILE_WIDTH, SC_E_WIRE);
    for (size_t i = 0; i < n; i++) {
        SC_TRY(sc_tile_entry_next(&entries[i], &bundle));
    }
    SC_REQUIRE(bundle.len == 0, SC_E_WIRE);
    err = SC_OK;
out:
    return err;
}
