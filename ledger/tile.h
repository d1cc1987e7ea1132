/* ledger/tile.h: where tree hashes and entries lie in static files.
 *
 * tlog-tiles: a tile holds up to 256 hashes of tree level 8*L; the hash number
 * k of a tile of level L+1 is the root of the full tile k of level L. Partial
 * tiles carry their width in the path and are not hashed upward. An entry
 * bundle holds up to 256 entries, each behind its length as u16 big-endian.
 *
 * Adversary: whoever asks for a path or serves a file.
 * Source: c2sp.org/tlog-tiles; docs/formats.md 4.2. */
#ifndef SC_LEDGER_TILE_H
#define SC_LEDGER_TILE_H

#include "ledger/merkle.h"

#define SC_TILE_WIDTH          256
#define SC_TILE_MAX_LEN        (SC_TILE_WIDTH * SC_HASH_LEN)
#define SC_TILE_MAX_LEVEL      7 /* enough for 2^63 leaves */
#define SC_TILE_PATH_MAX       64
#define SC_TILE_ENTRY_MAX      65535
#define SC_TILE_BUNDLE_MAX_LEN ((size_t)SC_TILE_WIDTH * (2 + SC_TILE_ENTRY_MAX))

typedef struct {
    int is_entries; /* an entry bundle; level is then 0 */
    unsigned level; /* 0 .. SC_TILE_MAX_LEVEL */
    uint64_t index;
    unsigned width; /* 1 .. 256; 256 is a full tile */
} sc_tile;

/* "tile/0/x001/x234/067.p/5", "tile/entries/000"; NUL-terminated. SC_E_ARG:
 * a field out of range. */
SC_MUST_USE sc_err sc_tile_path(char out[static SC_TILE_PATH_MAX],
                                const sc_tile *tile);
/* The tile of exactly such a path; SC_E_WIRE. */
SC_MUST_USE sc_err sc_tile_path_take(sc_tile *tile, sc_bytes path);

/* Number of full tiles of a level in a tree of this size, and the width (0 ..
 * 255) of the partial one behind them. */
uint64_t sc_tile_n_full(unsigned level, uint64_t size);
unsigned sc_tile_partial(unsigned level, uint64_t size);
/* The tile of this level and index as a tree of this size has it.
 * SC_E_ARG: it has none. */
SC_MUST_USE sc_err sc_tile_at(sc_tile *tile, unsigned level, uint64_t index,
                              uint64_t size);

/* A tree node inside its tile: the root of count hashes from first. */
typedef struct {
    sc_tile tile; /* as a tree of the given size has it */
    unsigned first;
    unsigned count; /* a power of two, 1 .. 128 */
} sc_tile_node;

/* Where the perfect subtree (level, index) is found. SC_E_ARG: not wholly within
 * size. */
SC_MUST_USE sc_err sc_tile_locate(sc_tile_node *node, unsigned level,
                                  uint64_t index, uint64_t size);
/* Its hash out of the tile's bytes. SC_E_WIRE: len is not width * 32. */
SC_MUST_USE sc_err sc_tile_hash(sc_node_hash *out, const sc_tile_node *node,
                                sc_bytes tile);

/* Append one entry to a bundle. SC_E_ARG: longer than SC_TILE_ENTRY_MAX. */
SC_MUST_USE sc_err sc_tile_entry_put(sc_buf *bundle, sc_bytes entry);
/* Exactly n <= 256 entries, borrowed from the bundle; SC_E_WIRE. */
SC_MUST_USE sc_err sc_tile_entries_get(sc_bytes *entries, size_t n,
                                       sc_bytes bundle);
/* Cut the first entry off the rest of a bundle. SC_E_WIRE: there is none whole.
 */
SC_MUST_USE sc_err sc_tile_entry_next(sc_bytes *entry, sc_bytes *rest);

#endif
