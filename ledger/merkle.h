/* ledger/merkle.h: the hash tree of RFC 6962.
 *
 * leaf = SHA-256(0x00 || data), node = SHA-256(0x01 || left || right); a tree
 * of n leaves splits at the largest power of two below n. The subtree of level
 * L and index I covers the leaves I*2^L .. (I+1)*2^L - 1. All data is public.
 *
 * Adversary: whoever serves a proof. Lengths are derived from index and size
 * alone and must match exactly.
 * Source: RFC 6962 section 2; docs/formats.md 4.1. */
#ifndef SC_LEDGER_MERKLE_H
#define SC_LEDGER_MERKLE_H

#include "base/bytes.h"
#include "base/hash.h"

#define SC_MERKLE_MAX_SIZE ((uint64_t)INT64_MAX)
#define SC_MERKLE_MAX_PATH 64 /* hashes of any proof */

typedef struct {
    uint8_t b[SC_HASH_LEN];
} sc_node_hash;

void sc_merkle_leaf(sc_node_hash *out, sc_bytes data);
/* out may be left or right. */
void sc_merkle_node(sc_node_hash *out, const sc_node_hash *left,
                    const sc_node_hash *right);

/* ---- compact range: all that appending needs --------------------------- */

/* Roots of the perfect subtrees of [0, size), one per set bit, high to low. {0}
 * is the empty tree. */
typedef struct {
    uint64_t size;
    sc_node_hash hash[SC_MERKLE_MAX_PATH]; /* popcount(size) of them */
} sc_merkle_range;

/* SC_E_ARG: the tree is full; range untouched. */
SC_MUST_USE sc_err sc_merkle_append(sc_merkle_range *range,
                                    const sc_node_hash *leaf);
void sc_merkle_root(sc_node_hash *out, const sc_merkle_range *range);

/* ---- verifying --------------------------------------------------------- */

typedef struct {
    size_t n;
    sc_node_hash hash[SC_MERKLE_MAX_PATH];
} sc_merkle_path;

/* The leaf is at index in the tree of this size and root. SC_E_CHEAT. */
SC_MUST_USE sc_err sc_merkle_verify_inclusion(const sc_merkle_path *path,
                                              const sc_node_hash *leaf,
                                              uint64_t index, uint64_t size,
                                              const sc_node_hash *root);
/* The tree (size, root) begins with the tree (old_size, old_root). SC_E_CHEAT.
 * old_size = 0 takes an empty path and the empty root. */
SC_MUST_USE sc_err sc_merkle_verify_consistency(const sc_merkle_path *path,
                                                uint64_t old_size,
                                                const sc_node_hash *old_root,
                                                uint64_t size,
                                                const sc_node_hash *root);

/* ---- proving ----------------------------------------------------------- */

/* Where proofs read the tree: the hash of a perfect subtree that lies wholly
 * within the size asked for. Its errors are passed up. */
typedef struct {
    sc_err (*get)(void *ctx, sc_node_hash *out, unsigned level, uint64_t index);
    void *ctx;
} sc_merkle_reader;

/* A reader over leaf hashes in memory; ctx is such an array. A node of level L
 * costs 2^L hashes. */
typedef struct {
    const sc_node_hash *leaf;
    uint64_t n;
} sc_merkle_leaves;
sc_merkle_reader sc_merkle_leaves_reader(sc_merkle_leaves *leaves);

/* Returns: SC_E_ARG  index >= size, old_size > size, size too large */
SC_MUST_USE sc_err sc_merkle_prove_inclusion(sc_merkle_path *path,
                                             const sc_merkle_reader *tree,
                                             uint64_t index, uint64_t size);
SC_MUST_USE sc_err sc_merkle_prove_consistency(sc_merkle_path *path,
                                               const sc_merkle_reader *tree,
                                               uint64_t old_size,
                                               uint64_t size);
/* The compact range of the first size leaves; its root is the tree's. */
SC_MUST_USE sc_err sc_merkle_range_read(sc_merkle_range *range,
                                        const sc_merkle_reader *tree,
                                        uint64_t size);

#endif
