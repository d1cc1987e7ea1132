/* tests/unit/test_tile.c: paths and widths of the tlog-tiles text, then every
 * node of trees read back out of tiles built by the definition. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/tile.h"
#include "tests/kat.h"

static void test_paths(void **state)
{
    static const struct {
        sc_tile tile;
        const char *path;
    } cases[] = {
        {{0, 0, 0, 256}, "tile/0/000"},
        {{0, 0, 999, 256}, "tile/0/999"},
        {{0, 1, 1000, 256}, "tile/1/x001/000"},
        {{0, 7, 1234067, 256}, "tile/7/x001/x234/067"},
        {{0, 0, 273, 112}, "tile/0/273.p/112"},
        {{0, 2, 0, 1}, "tile/2/000.p/1"},
        {{1, 0, 0, 256}, "tile/entries/000"},
        {{1, 0, 1000000, 255}, "tile/entries/x001/x000/000.p/255"},
        {{1, 0, (uint64_t)1 << 55, 1},
         "tile/entries/x036/x028/x797/x018/x963/968.p/1"},
    };
    char path[SC_TILE_PATH_MAX];
    sc_tile got;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_OK(sc_tile_path(path, &cases[i].tile));
        CHECK_STR(path, cases[i].path);
        CHECK_OK(sc_tile_path_take(&got, sc_bytes_of(path)));
        CHECK(got.is_entries == cases[i].tile.is_entries &&
              got.level == cases[i].tile.level &&
              got.index == cases[i].tile.index &&
              got.width == cases[i].tile.width);
        for (size_t len = 0; len < strlen(path); len++) {
            if (sc_tile_path_take(&got, (sc_bytes){(uint8_t *)path, len}) ==
                SC_OK) { /* "tile/0/273" of "tile/0/273.p/112" and the like */
                char again[SC_TILE_PATH_MAX];

                CHECK_OK(sc_tile_path(again, &got));
                CHECK(strlen(again) == len && memcmp(again, path, len) == 0);
            }
        }
    }
}

static void test_bad_paths(void **state)
{
    static const char *const bad[] = {
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/001/000",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000/",
        "tile/0/000 ",
        "tile/8/000",
        "tile/00/000",
        "tile/-1/000",
        "/tile/0/000",
        "tile/0/../0/000",
        "tile/entries/",
        "tile/entries/0/000",
        "tile/data/000",
        "tile/8/0/000",
        "tile/0/x036/x028/x797/x018/x963/969",
        "tile/0/x001/x000/x000/x000/x000/x000/000",
        "tile/0/x999/x999/x999/x999/x999/999",
    };
    char path[SC_TILE_PATH_MAX] = "same";
    sc_tile tile = {0, 0, 5, 6};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(SC_E_WIRE, sc_tile_path_take(&tile, sc_bytes_of(bad[i])));
        CHECK(tile.index == 5 && tile.width == 6);
    }
    CHECK_ERR(SC_E_WIRE,
              sc_tile_path_take(&tile, (sc_bytes){(const uint8_t *)"tile/0/000",
                                                  11})); /* with its NUL */
    CHECK_ERR(SC_E_ARG, sc_tile_path(path, &(sc_tile){0, 8, 0, 1}));
    CHECK_ERR(SC_E_ARG, sc_tile_path(path, &(sc_tile){1, 1, 0, 1}));
    CHECK_ERR(SC_E_ARG, sc_tile_path(path, &(sc_tile){0, 0, 0, 0}));
    CHECK_ERR(SC_E_ARG, sc_tile_path(path, &(sc_tile){0, 0, 0, 257}));
    CHECK_ERR(SC_E_ARG,
              sc_tile_path(path, &(sc_tile){0, 0, ((uint64_t)1 << 55) + 1, 1}));
    CHECK_STR(path, "same");
}

static void test_sizes(void **state)
{
    sc_tile t;

    (void)state;
    CHECK_U64(sc_tile_n_full(0, 70000), 273);
    CHECK_U64(sc_tile_partial(0, 70000), 112);
    CHECK_U64(sc_tile_n_full(1, 70000), 1);
    CHECK_U64(sc_tile_partial(1, 70000), 17);
    CHECK_U64(sc_tile_n_full(2, 70000), 0);
    CHECK_U64(sc_tile_partial(2, 70000), 1);
    CHECK_U64(sc_tile_partial(3, 70000), 0);
    CHECK_U64(sc_tile_n_full(0, 256), 1);
    CHECK_U64(sc_tile_partial(0, 256), 0);
    CHECK_U64(sc_tile_partial(1, 256), 1);
    CHECK_U64(sc_tile_n_full(0, 0), 0);
    CHECK_U64(sc_tile_n_full(7, SC_MERKLE_MAX_SIZE), 0);
    CHECK_U64(sc_tile_partial(7, SC_MERKLE_MAX_SIZE), 127);
    CHECK_U64(sc_tile_partial(8, SC_MERKLE_MAX_SIZE), 0);
    CHECK_OK(sc_tile_at(&t, 0, 272, 70000));
    CHECK_U64(t.width, 256);
    CHECK_OK(sc_tile_at(&t, 0, 273, 70000));
    CHECK_U64(t.width, 112);
    CHECK_ERR(SC_E_ARG, sc_tile_at(&t, 0, 274, 70000));
    CHECK_ERR(SC_E_ARG, sc_tile_at(&t, 0, 1, 256)); /* width 0 */
    CHECK_ERR(SC_E_ARG, sc_tile_at(&t, 8, 0, SC_MERKLE_MAX_SIZE));
}

/* ---- a log in tiles ----------------------------------------------------- */

#define N      66000 /* over 256^2: three levels */
#define LEVELS 3

typedef struct {
    sc_node_hash *hash[LEVELS]; /* all hashes of a tile level in a row */
    uint64_t size;
    sc_node_hash *leaf;
} tiled;

/* Tile level L+1 is the roots of the full tiles of L. */
static void make_tiled(tiled *t, uint64_t size)
{
    t->size = size;
    t->leaf = malloc(size * sizeof *t->leaf);
    for (uint64_t i = 0; i < size; i++) {
        uint8_t data[8];

        sc_store_le64(data, i);
        sc_merkle_leaf(&t->leaf[i], (sc_bytes){data, 8});
    }
    t->hash[0] = t->leaf;
    for (unsigned l = 1; l < LEVELS; l++) {
        uint64_t n = size >> (8 * l);

        t->hash[l] = malloc((n + 1) * sizeof *t->hash[l]);
        for (uint64_t i = 0; i < n; i++) {
            sc_merkle_range range = {0};

            for (unsigned j = 0; j < 256; j++) {
                CHECK_OK(
                    sc_merkle_append(&range, &t->hash[l - 1][256 * i + j]));
            }
            sc_merkle_root(&t->hash[l][i], &range);
        }
    }
}

static void free_tiled(tiled *t)
{
    for (unsigned l = 0; l < LEVELS; l++) {
        free(t->hash[l]);
    }
}

static sc_err read_tile(void *ctx, sc_node_hash *out, unsigned level,
                        uint64_t index)
{
    const tiled *t = ctx;
    sc_tile_node at;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_tile_locate(&at, level, index, t->size));
    CHECK(at.tile.level < LEVELS && !at.tile.is_entries);
    CHECK(at.first + at.count <= at.tile.width);
    SC_TRY(sc_tile_hash(
        out, &at,
        (sc_bytes){(uint8_t *)&t->hash[at.tile.level][256 * at.tile.index],
                   (size_t)at.tile.width * 32}));
    err = SC_OK;
out:
    return err;
}

static void test_nodes(void **state)
{
    static const uint64_t sizes[] = {1,   2,    255,  256,   257,   511,
                                     512, 1000, 4096, 65536, 65537, N};
    static const uint64_t places[] = {0, 1, 255, 256, 300, 777, 65535, 65999};

    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        tiled t;
        sc_merkle_range range = {0}, read;
        sc_node_hash want, got;
        sc_merkle_path path;

        make_tiled(&t, sizes[k]);
        for (uint64_t i = 0; i < t.size; i++) {
            CHECK_OK(sc_merkle_append(&range, &t.leaf[i]));
        }
        sc_merkle_reader tiles = {read_tile, &t};

        sc_merkle_root(&want, &range);
        CHECK_OK(sc_merkle_range_read(&read, &tiles, t.size));
        sc_merkle_root(&got, &read);
        CHECK_BYTES(got.b, want.b, 32);
        for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
            if (places[p] < t.size) {
                CHECK_OK(sc_merkle_prove_inclusion(&path, &tiles, places[p],
                                                   t.size));
                CHECK_OK(sc_merkle_verify_inclusion(&path, &t.leaf[places[p]],
                                                    places[p], t.size, &want));
            }
        }
        free_tiled(&t);
    }
}

static void test_locate(void **state)
{
    static const uint8_t bytes[SC_TILE_MAX_LEN];
    sc_tile_node at;
    sc_node_hash h;

    (void)state;
    CHECK_OK(sc_tile_locate(&at, 3, 5, 1000)); /* leaves 40..47 */
    CHECK(at.tile.level == 0 && at.tile.index == 0 && at.first == 40 &&
          at.count == 8 && at.tile.width == 256);
    CHECK_OK(sc_tile_locate(&at, 8, 2, 1000)); /* leaves 512..767 */
    CHECK(at.tile.level == 1 && at.tile.index == 0 && at.first == 2 &&
          at.count == 1 && at.tile.width == 3);
    CHECK_ERR(SC_E_WIRE, sc_tile_hash(&h, &at, (sc_bytes){bytes, 2 * 32}));
    CHECK_ERR(SC_E_WIRE, sc_tile_hash(&h, &at, (sc_bytes){bytes, 4 * 32}));
    CHECK_OK(sc_tile_hash(&h, &at, (sc_bytes){bytes, 3 * 32}));
    CHECK_ZERO(h.b, 32);
    CHECK_ERR(SC_E_ARG, sc_tile_locate(&at, 8, 3, 1000)); /* ends at 1024 */
    CHECK_ERR(SC_E_ARG, sc_tile_locate(&at, 0, 1000, 1000));
    CHECK_ERR(SC_E_ARG, sc_tile_locate(&at, 64, 0, UINT64_MAX));
    CHECK_OK(sc_tile_locate(&at, 62, 0, SC_MERKLE_MAX_SIZE));
    CHECK(at.tile.level == 7 && at.first == 0 && at.count == 64 &&
          at.tile.width == 127);
}

static void test_bundles(void **state)
{
    sc_bytes rest;
    static uint8_t big[SC_TILE_ENTRY_MAX + 1];
    sc_bytes got[SC_TILE_WIDTH];
    sc_buf b = {0};

    (void)state;
    CHECK_OK(sc_tile_entries_get(got, 0, (sc_bytes){0}));
    memset(big, 0xab, sizeof big);
    for (size_t i = 0; i < SC_TILE_WIDTH; i++) {
        CHECK_OK(sc_tile_entry_put(&b, (sc_bytes){big, i * 3}));
    }
    CHECK_U64((size_t)b.p[2] << 8 | b.p[3], 3); /* big-endian */
    CHECK_OK(sc_tile_entries_get(got, SC_TILE_WIDTH, sc_buf_bytes(&b)));
    for (size_t i = 0; i < SC_TILE_WIDTH; i++) {
        CHECK_U64(got[i].len, i * 3);
        CHECK_BYTES(got[i].p, big, i * 3);
    }
    CHECK_ERR(SC_E_WIRE, sc_tile_entries_get(got, 255, sc_buf_bytes(&b)));
    CHECK_ERR(SC_E_WIRE, sc_tile_entries_get(got, 257, sc_buf_bytes(&b)));
    for (size_t len = 0; len < b.len; len += 7) {
        CHECK_ERR(SC_E_WIRE, sc_tile_entries_get(got, SC_TILE_WIDTH,
                                                 (sc_bytes){b.p, len}));
    }
    rest = (sc_bytes){b.p, 2 + 5 + 7}; /* entries of 0 and 3 bytes; the third
                                        * has 6, and one is missing */
    CHECK_OK(sc_tile_entry_next(&got[0], &rest));
    CHECK_OK(sc_tile_entry_next(&got[1], &rest));
    CHECK(got[1].len == 3 && got[1].p == b.p + 4 && rest.len == 7);
    CHECK_ERR(SC_E_WIRE, sc_tile_entry_next(&got[2], &rest));
    CHECK_U64(rest.len, 7);
    sc_buf_reset(&b);
    CHECK_OK(sc_tile_entry_put(&b, (sc_bytes){big, SC_TILE_ENTRY_MAX}));
    CHECK_OK(sc_tile_entries_get(got, 1, sc_buf_bytes(&b)));
    CHECK_U64(got[0].len, SC_TILE_ENTRY_MAX);
    CHECK_ERR(SC_E_ARG, sc_tile_entry_put(&b, (sc_bytes){big, sizeof big}));
    CHECK_U64(b.len, 2 + SC_TILE_ENTRY_MAX);
    sc_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),  cmocka_unit_test(test_bad_paths),
        cmocka_unit_test(test_sizes),  cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_locate), cmocka_unit_test(test_bundles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
