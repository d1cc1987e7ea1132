/* ledger/tree.c: see the header. */
#include "ledger/tree.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

static_assert(sizeof(sc_node_hash) == SC_HASH_LEN, "tiles are hashes in a row");

void sc_tree_clear(sc_tree *t)
{
    for (size_t i = 0; i <= SC_TILE_MAX_LEVEL; i++) {
        sc_free(t->level[i].hash);
    }
    *t = (sc_tree){0};
}

static sc_err reserve(sc_tree_level *l)
{
    sc_node_hash *more;
    uint64_t cap;

    if (l->n < l->cap) {
        return SC_OK;
    }
    cap = l->cap == 0 ? SC_TILE_WIDTH : 2 * l->cap;
    more = sc_alloc((size_t)cap, sizeof *more);
    if (more == NULL) {
        return SC_E_MEM;
    }
    if (l->n > 0) {
        memcpy(more, l->hash, (size_t)l->n * sizeof *more);
    }
    sc_free(l->hash);
    l->hash = more;
    l->cap = cap;
    return SC_OK;
}

/* Root of n (a power of two, at most 256) hashes in a row. */
static void fold(sc_node_hash *out, const sc_node_hash *hash, unsigned n)
{
    sc_node_hash row[SC_TILE_WIDTH];

    memcpy(row, hash, n * sizeof *row);
    for (; n > 1; n /= 2) {
        for (unsigned i = 0; i < n / 2; i++) {
            sc_merkle_node(&row[i], &row[2 * i], &row[2 * i + 1]);
        }
    }
    *out = row[0];
}

sc_err sc_tree_append(sc_tree *t, const sc_node_hash *leaf)
{
    sc_err err = SC_E_BUG;
    sc_node_hash h = *leaf;

    for (unsigned i = 0; i <= SC_TILE_MAX_LEVEL; i++) {
        SC_TRY(reserve(&t->level[i])); /* nothing may fail half-way up */
        if ((t->level[i].n + 1) % SC_TILE_WIDTH != 0) {
            break;
        }
    }
    SC_TRY(sc_merkle_append(&t->range, leaf));
    for (unsigned i = 0; i <= SC_TILE_MAX_LEVEL; i++) {
        sc_tree_level *l = &t->level[i];

        l->hash[l->n++] = h;
        if (l->n % SC_TILE_WIDTH != 0) {
            break;
        }
        fold(&h, l->hash + l->n - SC_TILE_WIDTH, SC_TILE_WIDTH);
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_tree_rewind(sc_tree *t, uint64_t size)
{
    sc_err err = SC_E_BUG;
    sc_merkle_reader reader = sc_tree_reader(t);
    sc_merkle_range range = {0};
    uint64_t n = size;

    SC_REQUIRE(size <= t->range.size, SC_E_ARG);
    SC_TRY(sc_merkle_range_read(&range, &reader, size));
    t->range = range;
    for (unsigned i = 0; i <= SC_TILE_MAX_LEVEL; i++) {
        t->level[i].n = n;
        n /= SC_TILE_WIDTH;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_tree_root(const sc_tree *t, sc_node_hash *root, uint64_t size)
{
    sc_err err = SC_E_BUG;
    sc_merkle_reader reader = sc_tree_reader(t);
    sc_merkle_range range = {0};

    SC_REQUIRE(size <= t->range.size, SC_E_ARG);
    SC_TRY(sc_merkle_range_read(&range, &reader, size));
    sc_merkle_root(root, &range);
    err = SC_OK;
out:
    return err;
}

static sc_err read_node(void *ctx, sc_node_hash *out, unsigned level,
                        uint64_t index)
{
    const sc_tree *t = ctx;
    const sc_tree_level *l = &t->level[level / 8];
    unsigned width = 1u << (level % 8);

    if (level / 8 > SC_TILE_MAX_LEVEL || index >= l->n / width) {
        return SC_E_ARG;
    }
    fold(out, l->hash + index * width, width);
    return SC_OK;
}

sc_merkle_reader sc_tree_reader(const sc_tree *t)
{
    union {
        const void *from;
        void *to;
    } ctx = {.from = t}; /* the reader only reads */

    return (sc_merkle_reader){read_node, ctx.to};
}

sc_err sc_tree_tile(const sc_tree *t, sc_bytes *out, const sc_tile *tile)
{
    const sc_tree_level *l;
    uint64_t first;

    if (tile->is_entries || tile->level > SC_TILE_MAX_LEVEL) {
        return SC_E_ARG;
    }
    l = &t->level[tile->level];
    if (tile->index > l->n / SC_TILE_WIDTH) {
        return SC_E_ARG;
    }
    first = tile->index * SC_TILE_WIDTH;
    if (tile->width == 0 || tile->width > l->n - first) {
        return SC_E_ARG;
    }
    *out = (sc_bytes){l->hash[first].b, (size_t)tile->width * SC_HASH_LEN};
    return SC_OK;
}
