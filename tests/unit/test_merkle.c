/* tests/unit/test_merkle.c: vectors in merkle.kat; then every proof of every
 * size up to 70 against the RFC's own recursive definitions, written here. */
#include "base/encode.h"
#include "ledger/merkle.h"
#include "tests/kat.h"

#include <string.h>

#define MAX_N 70

/* ---- RFC 6962 section 2.1, word for word -------------------------------- */

static size_t split(size_t n)
{
    size_t k = 1;

    while (2 * k < n) {
        k *= 2;
    }
    return k;
}

static sc_node_hash model_root(const sc_node_hash *d, size_t n)
{
    uint8_t b[65] = {1};
    sc_node_hash out, left, right;

    if (n == 0) {
        sc_sha256(out.b, (sc_bytes){0});
        return out;
    }
    if (n == 1) {
        return d[0];
    }
    left = model_root(d, split(n));
    right = model_root(d + split(n), n - split(n));
    memcpy(b + 1, left.b, 32);
    memcpy(b + 33, right.b, 32);
    sc_sha256(out.b, (sc_bytes){b, sizeof b});
    return out;
}

static void push(sc_merkle_path *path, sc_node_hash h)
{
    path->hash[path->n++] = h;
}

static void model_path(sc_merkle_path *path, size_t m, const sc_node_hash *d,
                       size_t n)
{
    size_t k = split(n);

    if (n == 1) {
        return;
    }
    if (m < k) {
        model_path(path, m, d, k);
        push(path, model_root(d + k, n - k));
    } else {
        model_path(path, m - k, d + k, n - k);
        push(path, model_root(d, k));
    }
}

static void model_subproof(sc_merkle_path *path, size_t m,
                           const sc_node_hash *d, size_t n, int is_complete)
{
    size_t k = split(n);

    if (m == n) {
        if (!is_complete) {
            push(path, model_root(d, n));
        }
    } else if (m <= k) {
        model_subproof(path, m, d, k, is_complete);
        push(path, model_root(d + k, n - k));
    } else {
        model_subproof(path, m - k, d + k, n - k, 0);
        push(path, model_root(d, k));
    }
}

/* ---- helpers ------------------------------------------------------------ */

static sc_node_hash leaf_of(size_t i)
{
    uint8_t data[2] = {(uint8_t)i, (uint8_t)(i * 3)};
    sc_node_hash h;

    sc_merkle_leaf(&h, (sc_bytes){data, sizeof data});
    return h;
}

static void make_leaves(sc_node_hash *leaf)
{
    for (size_t i = 0; i < MAX_N; i++) {
        leaf[i] = leaf_of(i);
    }
}

static void check_path(const sc_merkle_path *got, const sc_merkle_path *want)
{
    CHECK_U64(got->n, want->n);
    CHECK_BYTES(got->hash, want->hash, want->n * sizeof *want->hash);
}

static void read_path(sc_merkle_path *path, const char *text)
{
    path->n = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        sc_buf raw = {0};

        CHECK_OK(
            sc_base64_get(&raw, (sc_bytes){(const uint8_t *)text, len}, 32));
        CHECK_U64(raw.len, 32);
        memcpy(path->hash[path->n++].b, raw.p, 32);
        sc_buf_clear(&raw);
        text += len + (text[len] == ' ' ? 1 : 0);
    }
}

/* ---- known answers ------------------------------------------------------ */

static void read_leaves(sc_node_hash leaf[8], const char *text)
{
    for (size_t i = 0; i < 8; i++) {
        size_t len = strcspn(text, " ");
        uint8_t data[16];

        if (len == 1) { /* "-" */
            sc_merkle_leaf(&leaf[i], (sc_bytes){0});
        } else {
            CHECK_OK(sc_hex_get(data, len / 2,
                                (sc_bytes){(const uint8_t *)text, len}));
            sc_merkle_leaf(&leaf[i], (sc_bytes){data, len / 2});
        }
        text += len + (text[len] == ' ' ? 1 : 0);
    }
}

static void test_known_answers(void **state)
{
    sc_node_hash leaf[8], root[9];
    sc_merkle_leaves leaves = {leaf, 8};
    sc_merkle_reader tree = sc_merkle_leaves_reader(&leaves);
    sc_merkle_path path, got;
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "merkle.kat"); sc_kat_next(&t);) {
        const char *kind = sc_kat_str(&t, "kind");

        if (strcmp(kind, "roots") == 0) {
            sc_merkle_range range = {0};

            read_leaves(leaf, sc_kat_str(&t, "leaves"));
            for (size_t n = 0; n <= 8; n++) {
                char name[8] = "root0";

                name[4] = (char)('0' + n);
                sc_merkle_root(&root[n], &range);
                CHECK_BYTES(root[n].b, sc_kat_bytes(&t, name).p, 32);
                if (n < 8) {
                    CHECK_OK(sc_merkle_append(&range, &leaf[n]));
                }
            }
            continue;
        }
        size_t n = sc_kat_size(&t, "size");

        read_path(&path, sc_kat_str(&t, "path"));
        if (strcmp(kind, "inclusion") == 0) {
            size_t i = sc_kat_size(&t, "index");

            CHECK_OK(
                sc_merkle_verify_inclusion(&path, &leaf[i], i, n, &root[n]));
            CHECK_OK(sc_merkle_prove_inclusion(&got, &tree, i, n));
        } else {
            size_t m = sc_kat_size(&t, "old_size");

            CHECK_OK(
                sc_merkle_verify_consistency(&path, m, &root[m], n, &root[n]));
            CHECK_OK(sc_merkle_prove_consistency(&got, &tree, m, n));
        }
        check_path(&got, &path);
    }
}

static void test_ranges(void **state)
{
    sc_node_hash leaf[MAX_N], root;
    sc_merkle_leaves leaves = {leaf, MAX_N};
    sc_merkle_reader tree = sc_merkle_leaves_reader(&leaves);
    sc_merkle_range range = {0};

    (void)state;
    make_leaves(leaf);
    for (size_t n = 0; n <= MAX_N; n++) {
        sc_merkle_range read;
        sc_node_hash want = model_root(leaf, n);

        sc_merkle_root(&root, &range);
        CHECK_BYTES(root.b, want.b, 32);
        CHECK_OK(sc_merkle_range_read(&read, &tree, n));
        CHECK_U64(read.size, n);
        sc_merkle_root(&root, &read);
        CHECK_BYTES(root.b, want.b, 32);
        if (n < MAX_N) {
            CHECK_OK(sc_merkle_append(&range, &leaf[n]));
        }
    }
    range.size = SC_MERKLE_MAX_SIZE;
    CHECK_ERR(SC_E_ARG, sc_merkle_append(&range, &leaf[0]));
}

/* A path of a wrong length or with a flipped bit, a wrong leaf, place or root:
 * all are found. */
static void break_inclusion(const sc_merkle_path *path, sc_node_hash leaf,
                            size_t i, size_t n, sc_node_hash root)
{
    sc_merkle_path bad = *path;
    sc_node_hash other = leaf;

    for (size_t j = 0; j < path->n; j++) {
        bad.hash[j].b[j % 32] ^= (uint8_t)(1U << (i % 8));
        CHECK_ERR(SC_E_CHEAT,
                  sc_merkle_verify_inclusion(&bad, &leaf, i, n, &root));
        bad = *path;
    }
    for (bad.n = 0; bad.n <= SC_MERKLE_MAX_PATH; bad.n++) {
        if (bad.n != path->n) {
            CHECK_ERR(SC_E_CHEAT,
                      sc_merkle_verify_inclusion(&bad, &leaf, i, n, &root));
        }
    }
    other.b[31] ^= 1;
    CHECK_ERR(SC_E_CHEAT,
              sc_merkle_verify_inclusion(path, &other, i, n, &root));
    other = root;
    other.b[0] ^= 0x80;
    CHECK_ERR(SC_E_CHEAT,
              sc_merkle_verify_inclusion(path, &leaf, i, n, &other));
    for (size_t k = 0; k < n; k++) {
        if (k != i) {
            CHECK_ERR(SC_E_CHEAT,
                      sc_merkle_verify_inclusion(path, &leaf, k, n, &root));
        }
    }
    CHECK_ERR(SC_E_CHEAT, sc_merkle_verify_inclusion(path, &leaf, n, n, &root));
    CHECK_ERR(SC_E_CHEAT,
              sc_merkle_verify_inclusion(path, &leaf, UINT64_MAX, n, &root));
    CHECK_ERR(SC_E_CHEAT,
              sc_merkle_verify_inclusion(path, &leaf, i, UINT64_MAX, &root));
}

static void test_inclusion(void **state)
{
    sc_node_hash leaf[MAX_N];
    sc_merkle_leaves leaves = {leaf, MAX_N};
    sc_merkle_reader tree = sc_merkle_leaves_reader(&leaves);

    (void)state;
    make_leaves(leaf);
    for (size_t n = 1; n <= MAX_N; n++) {
        sc_node_hash root = model_root(leaf, n);

        for (size_t i = 0; i < n; i++) {
            sc_merkle_path want = {0}, got;

            model_path(&want, i, leaf, n);
            CHECK_OK(sc_merkle_prove_inclusion(&got, &tree, i, n));
            check_path(&got, &want);
            CHECK_OK(sc_merkle_verify_inclusion(&got, &leaf[i], i, n, &root));
            break_inclusion(&got, leaf[i], i, n, root);
        }
    }
}

static void break_consistency(const sc_merkle_path *path, size_t m,
                              sc_node_hash r1, size_t n, sc_node_hash r2)
{
    sc_merkle_path bad = *path;
    sc_node_hash other;

    for (size_t j = 0; j < path->n; j++) {
        bad.hash[j].b[j % 32] ^= (uint8_t)(1U << (m % 8));
        CHECK_ERR(SC_E_CHEAT,
                  sc_merkle_verify_consistency(&bad, m, &r1, n, &r2));
        bad = *path;
    }
    for (bad.n = 0; bad.n <= SC_MERKLE_MAX_PATH; bad.n++) {
        if (bad.n != path->n) {
            CHECK_ERR(SC_E_CHEAT,
                      sc_merkle_verify_consistency(&bad, m, &r1, n, &r2));
        }
    }
    bad.n = SC_MERKLE_MAX_PATH + 1; /* a caller's nonsense is not read */
    CHECK_ERR(SC_E_CHEAT, sc_merkle_verify_consistency(&bad, m, &r1, n, &r2));
    other = r1;
    other.b[5] ^= 2;
    CHECK_ERR(SC_E_CHEAT,
              sc_merkle_verify_consistency(path, m, &other, n, &r2));
    if (m > 0) { /* from the empty tree all roots are reached */
        other = r2;
        other.b[5] ^= 2;
        CHECK_ERR(SC_E_CHEAT,
                  sc_merkle_verify_consistency(path, m, &r1, n, &other));
    }
    for (size_t k = 1; k <= n; k++) {
        if (k != m) {
            CHECK_ERR(SC_E_CHEAT,
                      sc_merkle_verify_consistency(path, k, &r1, n, &r2));
        }
    }
}

static void test_consistency(void **state)
{
    sc_node_hash leaf[MAX_N];
    sc_merkle_leaves leaves = {leaf, MAX_N};
    sc_merkle_reader tree = sc_merkle_leaves_reader(&leaves);

    (void)state;
    make_leaves(leaf);
    for (size_t n = 0; n <= MAX_N; n++) {
        sc_node_hash r2 = model_root(leaf, n);

        for (size_t m = 0; m <= n; m++) {
            sc_node_hash r1 = model_root(leaf, m);
            sc_merkle_path want = {0}, got;

            if (m > 0) {
                model_subproof(&want, m, leaf, n, 1);
            }
            CHECK_OK(sc_merkle_prove_consistency(&got, &tree, m, n));
            check_path(&got, &want);
            CHECK_OK(sc_merkle_verify_consistency(&got, m, &r1, n, &r2));
            break_consistency(&got, m, r1, n, r2);
            if (m < n) {
                CHECK_ERR(SC_E_CHEAT,
                          sc_merkle_verify_consistency(&got, n, &r2, m, &r1));
            }
        }
    }
}

static sc_err failing(void *ctx, sc_node_hash *out, unsigned level,
                      uint64_t index)
{
    size_t *left = ctx;

    (void)level;
    (void)index;
    memset(out, 0, sizeof *out);
    if (*left == 0) {
        return SC_E_IO;
    }
    --*left;
    return SC_OK;
}

/* A reader that only counts: every read lies within the tree. */
static sc_err bounded(void *ctx, sc_node_hash *out, unsigned level,
                      uint64_t index)
{
    uint64_t size = *(const uint64_t *)ctx;

    memset(out, 0, sizeof *out);
    CHECK(level < 64 && index < size >> level);
    return SC_OK;
}

static void test_edges(void **state)
{
    size_t left = 0;
    uint64_t size = SC_MERKLE_MAX_SIZE;
    sc_merkle_reader bad = {failing, &left}, big = {bounded, &size};
    sc_merkle_path path;
    sc_merkle_range range;

    (void)state;
    CHECK_ERR(SC_E_ARG, sc_merkle_prove_inclusion(&path, &bad, 0, 0));
    CHECK_ERR(SC_E_ARG, sc_merkle_prove_inclusion(&path, &bad, 5, 5));
    CHECK_ERR(SC_E_ARG, sc_merkle_prove_inclusion(&path, &bad, 0, UINT64_MAX));
    CHECK_ERR(SC_E_ARG, sc_merkle_prove_consistency(&path, &bad, 6, 5));
    CHECK_ERR(SC_E_ARG,
              sc_merkle_prove_consistency(&path, &bad, 1, UINT64_MAX));
    CHECK_ERR(SC_E_ARG, sc_merkle_range_read(&range, &bad, UINT64_MAX));
    CHECK_OK(sc_merkle_prove_inclusion(&path, &bad, 0, 1)); /* reads nothing */
    CHECK_U64(path.n, 0);
    for (size_t n = 0; n < 3; n++) {
        left = n;
        CHECK_ERR(SC_E_IO, sc_merkle_prove_inclusion(&path, &bad, 9, 11));
        CHECK_U64(path.n, 0);
    }
    CHECK_OK(sc_merkle_prove_inclusion(&path, &big, size - 1, size));
    CHECK_U64(path.n, 62);
    CHECK_OK(sc_merkle_prove_inclusion(&path, &big, 0, size));
    CHECK_U64(path.n, 63);
    for (unsigned bit = 0; bit < 63; bit++) {
        uint64_t m = ((uint64_t)1 << bit) + (bit > 3 ? 1 : 0);

        CHECK_OK(sc_merkle_prove_consistency(&path, &big, m, size));
        CHECK(path.n <= SC_MERKLE_MAX_PATH);
        CHECK_OK(sc_merkle_prove_consistency(&path, &big, size - m, size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_inclusion),
        cmocka_unit_test(test_consistency),
        cmocka_unit_test(test_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
