/* tests/unit/test_newfile.c: a file is there whole or not at all, and nothing beside
 * it. (Its order of steps, and what a crash leaves, is in test_file.c.) */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/newfile.h"
#include "tests/folder.h"
#include "tests/kat.h"

static size_t count_entries(void)
{
    DIR *d = opendir(".");
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    CHECK(closedir(d) == 0);
    return n - 2; /* without . and .. */
}

static void holds(const char *path, const char *text)
{
    sc_buf got = {0};

    CHECK_OK(sc_file_read(&got, path, 100, NULL));
    CHECK_U64(got.len, strlen(text));
    CHECK_BYTES(got.p, text, got.len);
    sc_buf_clear(&got);
}

static void test_pieces(void **state)
{
    sc_newfile *f = NULL;
    struct stat st;

    (void)state;
    CHECK_OK(sc_file_replace("a", sc_bytes_of("old"), 0644, NULL));
    CHECK_OK(sc_newfile_new(&f, "a", 0600, NULL));
    CHECK_OK(sc_newfile_put(f, sc_bytes_of("one "), NULL));
    CHECK_OK(sc_newfile_put(f, (sc_bytes){0}, NULL));
    CHECK_OK(sc_newfile_put(f, sc_bytes_of("two"), NULL));
    holds("a", "old"); /* for every reader until it is finished */
    CHECK_OK(sc_newfile_finish(f, 1, NULL));
    sc_newfile_free(&f);
    CHECK(f == NULL);
    holds("a", "one two");
    CHECK(stat("a", &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK_U64(count_entries(), 1);
    CHECK_OK(sc_newfile_new(&f, "b", 0600, NULL)); /* none */
    CHECK_OK(sc_newfile_finish(f, 0, NULL));
    sc_newfile_free(&f);
    holds("b", "");
}

static void test_unfinished(void **state)
{
    sc_newfile *f = NULL;

    (void)state;
    CHECK_OK(sc_file_replace("a", sc_bytes_of("old"), 0644, NULL));
    CHECK_OK(sc_newfile_new(&f, "a", 0600, NULL));
    CHECK_OK(sc_newfile_put(f, sc_bytes_of("half"), NULL));
    CHECK_U64(count_entries(), 2);
    sc_newfile_free(&f);
    CHECK_U64(count_entries(), 1);
    holds("a", "old");
    sc_newfile_free(&f); /* nothing */
}

static void test_faults(void **state)
{
    sc_newfile *f = NULL;
    sc_fault why = {0};

    (void)state;
    CHECK_ERR(SC_E_IO, sc_newfile_new(&f, "no/a", 0600, &why));
    CHECK(f == NULL && strcmp(why.file, "no/a") == 0);
    CHECK(mkdir("folder", 0700) == 0);
    CHECK_OK(sc_newfile_new(&f, "folder", 0600, NULL));
    CHECK_ERR(SC_E_IO, sc_newfile_finish(f, 1, &why)); /* cannot be replaced */
    CHECK_STR(why.file, "folder");
    sc_newfile_free(&f);
    CHECK_U64(count_entries(), 1);
}

static sc_err body(void *arg)
{
    sc_newfile *f = NULL;
    sc_err err = SC_E_BUG;

    (void)arg;
    SC_TRY(sc_newfile_new(&f, "m", 0600, NULL));
    SC_TRY(sc_newfile_put(f, sc_bytes_of("x"), NULL));
    SC_TRY(sc_newfile_finish(f, 1, NULL));
    err = SC_OK;
out:
    sc_newfile_free(&f);
    return err;
}

static void test_memory(void **state)
{
    (void)state;
    CHECK_ALLOC(body, NULL);
    CHECK(count_entries() <= 1); /* the file, and nothing beside it */
}

int main(void)
{
#define TEST(t)                                                                \
    cmocka_unit_test_setup_teardown(t, sc_folder_enter, sc_folder_leave)
    const struct CMUnitTest tests[] = {TEST(test_pieces), TEST(test_unfinished),
                                       TEST(test_faults), TEST(test_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
