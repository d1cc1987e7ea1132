/* tests/unit/test_leftover.c: what crashes left of files goes, and nothing else. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/folder.h"
#include "tests/kat.h"

static void put(const char *path, const char *text)
{
    CHECK_OK(sc_file_replace(path, sc_bytes_of(text), 0600, NULL));
}

static void check_holds(const char *path, const char *text)
{
    sc_buf got = {0};

    CHECK_OK(sc_file_read(&got, path, 100, NULL));
    CHECK_U64(got.len, strlen(text));
    CHECK_BYTES(got.p, text, got.len);
    sc_buf_clear(&got);
}

/* As if nobody had written to it since long ago. */
static void age(const char *path)
{
    struct timespec times[2];

    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec -= SC_SWEEP_AGE_S + 1;
    times[1] = times[0];
    CHECK(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0);
}

/* Only regular files of exactly that name go, however deep; nothing behind a
 * symbolic link. */
static void test_dir_sweep(void **state)
{
    static const char *const stay[] = {
        "kept/a",
        "kept/a.tmp-0123456789abcde",
        "kept/a.tmp-0123456789abcdefa",
        "kept/a.tmp-0123456789ABCDEF",
        "kept/a.tmp-0123456789abcdeg",
        "kept/.tmp-0123456789abcdef",
        "kept/d.tmp-0123456789abcdef/a",
        "kept/link.tmp-0123456789abcdef",
        "kept/to/a.tmp-0123456789abcdef",
        "other/a.tmp-0123456789abcdef",
    };
    static const char *const go[] = {
        "kept/a.tmp-0123456789abcdef",
        "kept/b c.tmp-fedcba9876543210",
        "kept/e/f/a.tmp-0123456789abcdef",
        "kept/d.tmp-0123456789abcdef/b.tmp-0123456789abcdef",
    };

    CHECK(chdir(*state) == 0);
    CHECK_OK(sc_dir_make("kept/e/f", 0700, NULL));
    CHECK_OK(sc_dir_make("kept/d.tmp-0123456789abcdef", 0700, NULL));
    CHECK_OK(sc_dir_make("other", 0700, NULL));
    CHECK(symlink("../other", "kept/to") == 0);
    CHECK(symlink("a", "kept/link.tmp-0123456789abcdef") == 0);
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) {
        if (access(stay[i], F_OK) != 0) {
            put(stay[i], "kept");
        }
    }
    for (size_t i = 0; i < sizeof go / sizeof *go; i++) {
        put(go[i], "half");
    }
    CHECK_U64(sc_dir_sweep("kept", 1), 0); /* they may be under way */
    for (size_t i = 0; i < sizeof go / sizeof *go; i++) {
        age(go[i]);
    }
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) {
        age(stay[i]);
    }
    CHECK_U64(sc_dir_sweep("kept", 0), 2); /* a, b c */
    CHECK_U64(sc_dir_sweep("kept", 1), sizeof go / sizeof *go - 2);
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) {
        check_holds(stay[i], "kept");
    }
    for (size_t i = 0; i < sizeof go / sizeof *go; i++) {
        CHECK(access(go[i], F_OK) != 0);
    }
    CHECK_U64(sc_dir_sweep("kept", 1), 0);
    CHECK_U64(sc_dir_sweep("none", 1), 0);
    CHECK_U64(sc_dir_sweep("kept/a", 1), 0);
    CHECK(chdir("/") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dir_sweep, sc_folder_setup,
                                        sc_folder_remove)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
