/* tests/unit/test_filemap.c: a file's bytes where they lie; what is no regular file, or
 * too long, is refused. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/filemap.h"
#include "tests/folder.h"
#include "tests/kat.h"

static void test_map(void **state)
{
    sc_bytes map = {0};
    int fd;

    (void)state;
    CHECK_OK(sc_file_replace("a", sc_bytes_of("12345"), 0600, NULL));
    CHECK_OK(sc_filemap_open(&map, "a", 5, NULL));
    CHECK_U64(map.len, 5);
    CHECK_BYTES(map.p, "12345", 5);
    CHECK(unlink("a") == 0); /* the bytes stay */
    CHECK_BYTES(map.p, "12345", 5);
    sc_filemap_close(&map);
    CHECK(map.p == NULL && map.len == 0);
    sc_filemap_close(&map); /* nothing */
    CHECK_OK(sc_file_replace("none", (sc_bytes){0}, 0600, NULL));
    CHECK_OK(sc_filemap_open(&map, "none", 0, NULL));
    CHECK(map.p == NULL && map.len == 0);
    CHECK_OK(sc_file_replace("b", sc_bytes_of("123"), 0600, NULL));
    fd = open("b", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_OK(sc_filemap_take(&map, fd, "b", 3, NULL));
    CHECK(close(fd) == 0);
    CHECK_BYTES(map.p, "123", 3);
    sc_filemap_close(&map);
}

static void test_refused(void **state)
{
    sc_bytes map = {(const uint8_t *)"x", 1};
    sc_fault why = {0};

    (void)state;
    CHECK_ERR(SC_E_NOT_FOUND, sc_filemap_open(&map, "none", 9, &why));
    CHECK_STR(why.file, "none");
    CHECK(map.p == NULL && map.len == 0);
    CHECK_OK(sc_file_replace("a", sc_bytes_of("12345"), 0600, NULL));
    CHECK_ERR(SC_E_ARG, sc_filemap_open(&map, "a", 4, &why));
    CHECK_STR(why.text, "longer than 4 bytes");
    CHECK(mkdir("folder", 0700) == 0 && mkfifo("fifo", 0600) == 0);
    CHECK_ERR(SC_E_IO, sc_filemap_open(&map, "folder", 9, &why));
    CHECK_ERR(SC_E_IO, sc_filemap_open(&map, "fifo", 9, &why));
    CHECK_STR(why.text, "not a regular file");
    CHECK_ERR(SC_E_IO, sc_filemap_take(&map, -1, "closed", 9, &why));
    CHECK(map.p == NULL);
}

int main(void)
{
#define TEST(t)                                                                \
    cmocka_unit_test_setup_teardown(t, sc_folder_enter, sc_folder_leave)
    const struct CMUnitTest tests[] = {TEST(test_map), TEST(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
