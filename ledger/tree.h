/* ledger/tree.h: the hashes of a log in memory, in the shape of its tiles.
 *
 * Level L holds the roots of the full subtrees of 256^L leaves; 33 bytes a leaf
 * in all. Reads any perfect subtree in at most 255 hashes. Public data.
 *
 * Adversary: whoever asks for a size, node or tile: what the tree does not have is
 * SC_E_ARG. What a leaf says is for whoever appends it to check. */
#ifndef SC_LEDGER_TREE_H
#define SC_LEDGER_TREE_H

#include "ledger/tile.h"

typedef struct {
    sc_node_hash *hash;
    uint64_t n, cap;
} sc_tree_level;

typedef struct {
    sc_tree_level level[SC_TILE_MAX_LEVEL + 1];
    sc_merkle_range range; /* of all leaves */
} sc_tree;                 /* {0} is empty */

void sc_tree_clear(sc_tree *t);
/* SC_E_MEM: the tree is as before. */
SC_MUST_USE sc_err sc_tree_append(sc_tree *t, const sc_node_hash *leaf);
/* Forget all leaves from size on. SC_E_ARG: size is beyond the tree. */
SC_MUST_USE sc_err sc_tree_rewind(sc_tree *t, uint64_t size);
/* Root of the first size leaves. SC_E_ARG: beyond the tree. */
SC_MUST_USE sc_err sc_tree_root(const sc_tree *t, sc_node_hash *root,
                                uint64_t size);
sc_merkle_reader sc_tree_reader(const sc_tree *t);
/* The bytes of a hash tile; valid until the next append. SC_E_ARG: the tree has
 * no such tile. */
SC_MUST_USE sc_err sc_tree_tile(const sc_tree *t, sc_bytes *out,
                                const sc_tile *tile);

#endif
