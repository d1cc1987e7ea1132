/* tests/unit/test_asset.c: versions of files, their digests, and the rule. The
 * digests are from tests/oracle/asset.py, which knows nothing of this code. */
#include "data/asset.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "tests/folder.h"
#include "tests/kat.h"

typedef struct {
    char paths[2][600];
    const char *files[2];
    sc_source source;
} two;

static sc_column columns[] = {
    {.name = "n", .type = SC_T_INTEGER, .max = 9},
    {.name = "c", .type = SC_T_CATEGORY},
    {.name = "d", .type = SC_T_DATE, .max = 9},
};
static sc_table table = {.name = "t",
                         .columns = columns,
                         .n_columns = 3,
                         .max_rows = 100};

static void init(two *t, const char *dir, size_t n_files, const char *sql)
{
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(t->paths[i], sizeof t->paths[i], "%s/%zu.csv", dir, i);
        t->files[i] = t->paths[i];
    }
    t->source = (sc_source){.table = &table,
                            .sql = sql,
                            .files = t->files,
                            .n_files = n_files};
}

static void write_bytes(const char *path, sc_bytes bytes)
{
    CHECK_OK(sc_file_replace(path, bytes, 0600, NULL));
}

static void write_times(const char *path, sc_bytes bytes, size_t times)
{
    sc_buf all = {0};

    for (size_t i = 0; i < times; i++) {
        CHECK_OK(sc_buf_put_bytes(&all, bytes));
    }
    write_bytes(path, sc_buf_bytes(&all));
    sc_buf_clear(&all);
}

static void test_digests(void **state)
{
    sc_kat k;

    for (sc_kat_open(&k, "asset.kat"); sc_kat_next(&k);) {
        uint8_t got[32];
        sc_file_id ids[2];
        sc_fault why = {0};
        two t;

        init(&t, *state, sc_kat_size(&k, "n"),
             sc_kat_has(&k, "sql") ? sc_kat_str(&k, "sql") : NULL);
        write_times(t.paths[0], sc_kat_bytes(&k, "file0"),
                    sc_kat_has(&k, "times") ? sc_kat_size(&k, "times") : 1);
        write_bytes(t.paths[1], sc_kat_bytes(&k, "file1"));
        CHECK_OK(sc_asset_hash(got, ids, &t.source, SC_NO_DEADLINE, &why));
        CHECK_BYTES(got, sc_kat_bytes(&k, "digest").p, 32);
    }
}

static int differs(const two *t, sc_file_id *before)
{
    sc_file_id now[2];
    int is_same;

    CHECK_OK(sc_asset_identify(now, &t->source, NULL));
    is_same = sc_asset_is_same(now, before, t->source.n_files);
    memcpy(before, now, t->source.n_files * sizeof *now);
    return !is_same;
}

static void test_identity(void **state)
{
    struct timespec past[2] = {{1000000000, 0}, {1000000000, 0}};
    sc_file_id ids[2];
    char copy[700];
    two t;
    int fd;

    init(&t, *state, 2, NULL);
    write_bytes(t.paths[0], sc_bytes_of("one"));
    write_bytes(t.paths[1], sc_bytes_of("two"));
    CHECK_OK(sc_asset_identify(ids, &t.source, NULL));
    CHECK(!differs(&t, ids));
    write_bytes(t.paths[1], sc_bytes_of("two")); /* another inode */
    CHECK(differs(&t, ids));
    CHECK(utimensat(AT_FDCWD, t.paths[0], past, 0) == 0);
    CHECK(differs(&t, ids));
    sc_clock_sleep_ms(30); /* the time of writing set back to what it was */
    fd = open(t.paths[0], O_WRONLY);
    CHECK(fd >= 0 && write(fd, "eno", 3) == 3 && close(fd) == 0);
    CHECK(utimensat(AT_FDCWD, t.paths[0], past, 0) == 0);
    CHECK(differs(&t, ids));
    CHECK(!differs(&t, ids));
    (void)snprintf(copy, sizeof copy, "%s.moved", t.paths[0]);
    CHECK(rename(t.paths[0], copy) == 0);
    CHECK_ERR(SC_E_CORRUPT, sc_asset_identify(ids, &t.source, NULL));
    CHECK(mkdir(t.paths[0], 0700) == 0);
    CHECK_ERR(SC_E_CORRUPT, sc_asset_identify(ids, &t.source, NULL));
}

static void test_hash_refuses(void **state)
{
    uint8_t got[32];
    sc_file_id ids[2];
    sc_fault why = {0};
    two t;

    init(&t, *state, 1, NULL);
    CHECK_ERR(SC_E_CORRUPT,
              sc_asset_hash(got, ids, &t.source, SC_NO_DEADLINE, &why));
    CHECK_STR(why.file, t.paths[0]);
    write_bytes(t.paths[0], sc_bytes_of("one"));
    CHECK_ERR(SC_E_TIMEOUT, sc_asset_hash(got, ids, &t.source, 0, &why));
    CHECK(unlink(t.paths[0]) == 0 && mkfifo(t.paths[0], 0600) == 0);
    CHECK_ERR(SC_E_CORRUPT, sc_asset_identify(ids, &t.source, &why));
}

/* ---- the rule -------------------------------------------------------------- */

static void check_rule(const sc_asset_report *r, int reject, int skip,
                       int clamp)
{
    sc_source s = {.table = &table};

    s.bad_values = SC_BAD_REJECT;
    CHECK(sc_asset_is_usable(&s, r) == reject);
    s.bad_values = SC_BAD_SKIP;
    CHECK(sc_asset_is_usable(&s, r) == skip);
    s.bad_values = SC_BAD_CLAMP;
    CHECK(sc_asset_is_usable(&s, r) == clamp);
}

static void test_rule(void **state)
{
    (void)state;
    check_rule(&(sc_asset_report){.n_rows = 100}, 1, 1, 1);
    check_rule(&(sc_asset_report){.n_rows = 101}, 0, 0, 0);
    check_rule(&(sc_asset_report){.n_rows = 9, .n_nulls = {9, 9, 9}}, 1, 1, 1);
    check_rule(&(sc_asset_report){.n_range = {2, 0, 1}, .n_violations = 3}, 0,
               1, 1);
    check_rule(&(sc_asset_report){.n_range = {2, 1, 0}, .n_violations = 3}, 0,
               1, 0); /* a category has no nearest one */
    check_rule(&(sc_asset_report){.n_range = {2},
                                  .n_digits = {1},
                                  .n_violations = 3},
               0, 1, 0);
    check_rule(&(sc_asset_report){.n_missing = {1},
                                  .n_nulls = {1},
                                  .n_violations = 1},
               0, 1, 0);
}

int main(void)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_digests),
        TEST(test_identity),
        TEST(test_hash_refuses),
        cmocka_unit_test(test_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
