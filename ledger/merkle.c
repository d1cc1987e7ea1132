/* ledger/merkle.c: RFC 6962 trees.
 *
 * Proofs are built top-down, as the RFC defines them: a range of leaves splits
 * at the largest power of two below its length, one half goes on, the other's
 * root enters the path; the path is then reversed. They are verified bottom-up,
 * by the bits of index and size alone (docs/formats.md 4.1). Symbols in
 * verifying: i index, n size, m old size, P path. */
#include "ledger/merkle.h"

#include <sodium.h>
#include <string.h>

/* Number of bits up to the highest one set; 0 for 0. */
static unsigned bit_length(uint64_t v)
{
    return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

static unsigned popcount(uint64_t v)
{
    return (unsigned)__builtin_popcountll(v);
}

static int is_equal(const sc_node_hash *a, const sc_node_hash *b)
{
    return memcmp(a->b, b->b, SC_HASH_LEN) == 0;
}

void sc_merkle_leaf(sc_node_hash *out, sc_bytes data)
{
    crypto_hash_sha256_state h; /* streams without an allocation */

    crypto_hash_sha256_init(&h);
    crypto_hash_sha256_update(&h, (const uint8_t[]){0x00}, 1);
    if (data.len > 0) {
        crypto_hash_sha256_update(&h, data.p, data.len);
    }
    crypto_hash_sha256_final(&h, out->b);
}

void sc_merkle_node(sc_node_hash *out, const sc_node_hash *left,
                    const sc_node_hash *right)
{
    uint8_t b[1 + 2 * SC_HASH_LEN];

    b[0] = 0x01;
    memcpy(b + 1, left->b, SC_HASH_LEN);
    memcpy(b + 1 + SC_HASH_LEN, right->b, SC_HASH_LEN);
    sc_sha256(out->b, (sc_bytes){b, sizeof b});
}

/* ---- compact range ----------------------------------------------------- */

sc_err sc_merkle_append(sc_merkle_range *range, const sc_node_hash *leaf)
{
    sc_node_hash h = *leaf;
    size_t n = popcount(range->size);

    if (range->size >= SC_MERKLE_MAX_SIZE) {
        return SC_E_ARG;
    }
    for (uint64_t s = range->size; (s & 1) == 1; s >>= 1) {
        n--;
        sc_merkle_node(&h, &range->hash[n], &h);
    }
    range->hash[n] = h;
    range->size++;
    return SC_OK;
}

void sc_merkle_root(sc_node_hash *out, const sc_merkle_range *range)
{
    size_t n = popcount(range->size);

    if (n == 0) {
        sc_sha256(out->b, (sc_bytes){0});
        return;
    }
    *out = range->hash[n - 1];
    for (size_t j = n - 1; j-- > 0;) {
        sc_merkle_node(out, &range->hash[j], out);
    }
}

/* ---- verifying --------------------------------------------------------- */

sc_err sc_merkle_verify_inclusion(const sc_merkle_path *path,
                                  const sc_node_hash *leaf, uint64_t index,
                                  uint64_t size, const sc_node_hash *root)
{
    sc_node_hash h = *leaf;
    unsigned inner, border;

    if (index >= size || size > SC_MERKLE_MAX_SIZE) {
        return SC_E_CHEAT;
    }
    inner = bit_length(index ^ (size - 1)); /* below: i and n-1 part ways */
    border = popcount(index >> inner);
    if (path->n != (size_t)inner + border) {
        return SC_E_CHEAT;
    }
    for (unsigned j = 0; j < inner; j++) {
        if (((index >> j) & 1) == 1) {
            sc_merkle_node(&h, &path->hash[j], &h);
        } else {
            sc_merkle_node(&h, &h, &path->hash[j]);
        }
    }
    for (unsigned j = inner; j < path->n; j++) {
        sc_merkle_node(&h, &path->hash[j], &h);
    }
    return is_equal(&h, root) ? SC_OK : SC_E_CHEAT;
}

/* 0 < m < n. */
static sc_err verify_growth(const sc_merkle_path *path, uint64_t m,
                            const sc_node_hash *r1, uint64_t n,
                            const sc_node_hash *r2)
{
    unsigned s = (unsigned)__builtin_ctzll(m);
    unsigned inner0 = bit_length((m - 1) ^ (n - 1));
    unsigned inner = inner0 - s, border = popcount((m - 1) >> inner0);
    /* The old tree is one perfect subtree: its root need not be sent. */
    size_t first = (m & (m - 1)) == 0 ? 0 : 1;
    uint64_t mask = (m - 1) >> s;
    sc_node_hash a, b; /* roots of the old and the new tree so far */

    if (path->n != first + inner + border) {
        return SC_E_CHEAT;
    }
    a = b = first == 0 ? *r1 : path->hash[0];
    for (size_t j = 0; j < inner + border; j++) {
        const sc_node_hash *p = &path->hash[first + j];

        if (j >= inner || ((mask >> j) & 1) == 1) {
            sc_merkle_node(&a, p, &a);
            sc_merkle_node(&b, p, &b);
        } else {
            sc_merkle_node(&b, &b, p);
        }
    }
    return is_equal(&a, r1) && is_equal(&b, r2) ? SC_OK : SC_E_CHEAT;
}

sc_err sc_merkle_verify_consistency(const sc_merkle_path *path,
                                    uint64_t old_size,
                                    const sc_node_hash *old_root, uint64_t size,
                                    const sc_node_hash *root)
{
    sc_node_hash empty;
    sc_merkle_range none = {0};

    if (old_size > size || size > SC_MERKLE_MAX_SIZE ||
        path->n > SC_MERKLE_MAX_PATH) {
        return SC_E_CHEAT;
    }
    sc_merkle_root(&empty, &none);
    if (old_size == 0 && !is_equal(old_root, &empty)) {
        return SC_E_CHEAT;
    }
    if (old_size == size) {
        return path->n == 0 && is_equal(old_root, root) ? SC_OK : SC_E_CHEAT;
    }
    if (old_size == 0) {
        return path->n == 0 ? SC_OK : SC_E_CHEAT;
    }
    return verify_growth(path, old_size, old_root, size, root);
}

/* ---- proving ----------------------------------------------------------- */

static sc_err read_leaves(void *ctx, sc_node_hash *out, unsigned level,
                          uint64_t index)
{
    const sc_merkle_leaves *leaves = ctx;
    sc_merkle_range range = {0};
    uint64_t n = (uint64_t)1 << level;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(n <= leaves->n && index < leaves->n >> level, SC_E_ARG);
    for (uint64_t j = 0; j < n; j++) {
        SC_TRY(sc_merkle_append(&range, &leaves->leaf[(index << level) + j]));
    }
    sc_merkle_root(out, &range);
    err = SC_OK;
out:
    return err;
}

sc_merkle_reader sc_merkle_leaves_reader(sc_merkle_leaves *leaves)
{
    return (sc_merkle_reader){read_leaves, leaves};
}

/* The perfect subtrees of [lo, lo + n), where lo is a multiple of every power of
 * two that fits n, as a compact range of size n. */
static sc_err read_range(sc_merkle_range *range, const sc_merkle_reader *tree,
                         uint64_t lo, uint64_t n)
{
    size_t k = 0;
    sc_err err = SC_E_BUG;

    memset(range, 0, sizeof *range);
    for (unsigned level = bit_length(n); level-- > 0;) {
        if (((n >> level) & 1) == 1) {
            SC_TRY(tree->get(tree->ctx, &range->hash[k], level, lo >> level));
            lo += (uint64_t)1 << level;
            k++;
        }
    }
    range->size = n;
    err = SC_OK;
out:
    return err;
}

sc_err sc_merkle_range_read(sc_merkle_range *range,
                            const sc_merkle_reader *tree, uint64_t size)
{
    return size > SC_MERKLE_MAX_SIZE ? SC_E_ARG
                                     : read_range(range, tree, 0, size);
}

/* Append the root of [lo, hi) to the path. */
static sc_err push_root(sc_merkle_path *path, const sc_merkle_reader *tree,
                        uint64_t lo, uint64_t hi)
{
    sc_merkle_range range;
    sc_err err = SC_E_BUG;

    SC_ASSERT(path->n < SC_MERKLE_MAX_PATH);
    SC_TRY(read_range(&range, tree, lo, hi - lo));
    sc_merkle_root(&path->hash[path->n], &range);
    path->n++;
    err = SC_OK;
out:
    return err;
}

static void reverse(sc_merkle_path *path)
{
    for (size_t j = 0; j < path->n / 2; j++) {
        sc_node_hash h = path->hash[j];

        path->hash[j] = path->hash[path->n - 1 - j];
        path->hash[path->n - 1 - j] = h;
    }
}

/* Where [lo, hi) splits; hi - lo >= 2. */
static uint64_t middle(uint64_t lo, uint64_t hi)
{
    SC_ASSERT(hi - lo >= 2);
    return lo + ((uint64_t)1 << (bit_length(hi - lo - 1) - 1));
}

sc_err sc_merkle_prove_inclusion(sc_merkle_path *path,
                                 const sc_merkle_reader *tree, uint64_t index,
                                 uint64_t size)
{
    uint64_t lo = 0, hi = size;
    sc_err err = SC_E_BUG;

    path->n = 0;
    SC_REQUIRE(index < size && size <= SC_MERKLE_MAX_SIZE, SC_E_ARG);
    while (hi - lo > 1) {
        uint64_t k = middle(lo, hi);

        if (index < k) {
            SC_TRY(push_root(path, tree, k, hi));
            hi = k;
        } else {
            SC_TRY(push_root(path, tree, lo, k));
            lo = k;
        }
    }
    reverse(path);
    err = SC_OK;
out:
    path->n = err == SC_OK ? path->n : 0;
    return err;
}

sc_err sc_merkle_prove_consistency(sc_merkle_path *path,
                                   const sc_merkle_reader *tree,
                                   uint64_t old_size, uint64_t size)
{
    uint64_t lo = 0, hi = size;
    sc_err err = SC_E_BUG;

    path->n = 0;
    SC_REQUIRE(old_size <= size && size <= SC_MERKLE_MAX_SIZE, SC_E_ARG);
    while (old_size > 0 && hi != old_size) { /* [lo, hi) holds the old end */
        uint64_t k = middle(lo, hi);

        if (old_size <= k) {
            SC_TRY(push_root(path, tree, k, hi));
            hi = k;
        } else {
            SC_TRY(push_root(path, tree, lo, k));
            lo = k;
        }
    }
    if (old_size > 0 && lo > 0) {
        SC_TRY(push_root(path, tree, lo, hi));
    }
    reverse(path);
    err = SC_OK;
out:
    path->n = err == SC_OK ? path->n : 0;
    return err;
}
