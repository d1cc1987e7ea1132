/* tests/unit/test_file.c: files, folders and the lock.
 *
 * fsync and rename below stand before the C library's: they note their order,
 * and fail when told to. A crash in the middle of a write is a real one: a
 * child whose files may not grow beyond a limit is killed by SIGXFSZ. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/kat.h"

#define PATH_LEN 512

/* ---- the two calls that make a replacement durable ---- */

static char steps[64]; /* f: fsync of a file, d: of a folder, r: rename */
static char failing_step = 0; /* which of them fails */

static int step(char which)
{
    size_t n = strlen(steps);

    if (n + 1 < sizeof steps) {
        steps[n] = which;
        steps[n + 1] = '\0';
    }
    errno = EIO;
    return which == failing_step ? -1 : 0;
}

int fsync(int fd)
{
    struct stat st;

    CHECK(fstat(fd, &st) == 0);
    return step(S_ISDIR(st.st_mode) ? 'd' : 'f');
}

int rename(const char *old, const char *new)
{
    return step('r') != 0 ? -1 : renameat(AT_FDCWD, old, AT_FDCWD, new);
}

/* ---- a folder for each test ---- */

static char folder[PATH_LEN];

static int enter(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/sc-file-XXXXXX",
             tmp != NULL ? tmp : "/tmp");
    steps[0] = '\0';
    failing_step = 0;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave(void **state)
{
    char command[PATH_LEN + 16];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static void check_holds(const char *path, const char *text)
{
    sc_buf got = {0};
    sc_fault why = {0};

    CHECK_OK(sc_file_read(&got, path, 1 << 20, &why));
    CHECK_U64(got.len, strlen(text));
    CHECK_BYTES(got.p, text, got.len);
    sc_buf_clear(&got);
}

/* Entries of the folder, leftovers included. */
static size_t count_entries(void)
{
    FILE *f = popen("ls -A | wc -l", "r");
    size_t n = 0;

    CHECK(f != NULL && fscanf(f, "%zu", &n) == 1);
    pclose(f);
    return n;
}

static void put(const char *path, const char *text)
{
    CHECK_OK(sc_file_replace(path, sc_bytes_of(text), 0600, NULL));
}

/* ---- reading ---- */

static void test_read(void **state)
{
    sc_buf got = {0};
    sc_fault why = {0};

    (void)state;
    put("a", "12345");
    CHECK_OK(sc_buf_put_str(&got, "before"));
    CHECK_OK(sc_file_read(&got, "a", 5, &why));
    CHECK_U64(got.len, 11);
    CHECK_BYTES(got.p, "before12345", 11);
    CHECK_ERR(SC_E_ARG, sc_file_read(&got, "a", 4, &why));
    CHECK_U64(got.len, 11);
    CHECK_STR(why.file, "a");
    CHECK_ERR(SC_E_ARG, sc_file_read(&got, "a", 0, &why));
    put("empty", "");
    CHECK_OK(sc_file_read(&got, "empty", 0, &why));
    CHECK_U64(got.len, 11);
    CHECK_ERR(SC_E_NOT_FOUND, sc_file_read(&got, "none", 5, &why));
    CHECK_STR(why.file, "none");
    CHECK_U64(why.code, SC_E_NOT_FOUND);
    CHECK_ERR(SC_E_NOT_FOUND, sc_file_read(&got, "none/none", 5, NULL));
    sc_buf_clear(&got);
}

static void test_read_large(void **state)
{
    static uint8_t data[200001];
    sc_buf got = {0};

    (void)state;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7 + i / 251);
    }
    CHECK_OK(sc_file_replace("a", (sc_bytes){data, sizeof data}, 0600, NULL));
    CHECK_OK(sc_file_read(&got, "a", sizeof data, NULL));
    CHECK_U64(got.len, sizeof data);
    CHECK_BYTES(got.p, data, sizeof data);
    sc_buf_reset(&got);
    CHECK_ERR(SC_E_ARG, sc_file_read(&got, "a", sizeof data - 1, NULL));
    CHECK_U64(got.len, 0);
    sc_buf_clear(&got);
}

/* Nothing but a regular file is read; a FIFO does not hang the reader. */
static void test_read_other_kinds(void **state)
{
    sc_buf got = {0};
    sc_fault why = {0};

    (void)state;
    CHECK(mkfifo("fifo", 0600) == 0);
    CHECK_ERR(SC_E_IO, sc_file_read(&got, "fifo", 10, &why));
    CHECK_ERR(SC_E_IO, sc_file_read(&got, ".", 10, &why));
    CHECK_ERR(SC_E_IO, sc_file_read(&got, "/dev/zero", 10, &why));
    CHECK_U64(got.len, 0);
    sc_buf_clear(&got);
}

static void check_private(sc_err expected, const char *path, const char *words)
{
    sc_buf got = {0};
    sc_fault why = {0};

    CHECK_ERR(expected, sc_file_read_private(&got, path, 10, &why));
    CHECK(strstr(why.text, words) != NULL);
    CHECK_U64(got.len, expected == SC_OK ? 6 : 0);
    sc_buf_clear(&got);
}

/* A secret is read where nobody else could have put or read it. */
static void test_read_private(void **state)
{
    static const mode_t shared[] = {0640, 0604, 0620, 0602, 0610, 0601};

    (void)state;
    put("key", "secret");
    check_private(SC_OK, "key", "");
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        CHECK(chmod("key", shared[i]) == 0);
        check_private(SC_E_CONFIG, "key", "others may read or write it");
    }
    CHECK(chmod("key", 0600) == 0);
    CHECK(symlink("key", "link") == 0);
    check_private(SC_E_CONFIG, "link", "a link");
    CHECK(mkfifo("fifo", 0600) == 0);
    check_private(SC_E_CONFIG, "fifo", "not a regular file");
    check_private(SC_E_CONFIG, ".", "not a regular file");
    check_private(SC_E_NOT_FOUND, "none", "cannot open");
    put("key", "longer than that");
    check_private(SC_E_ARG, "key", "longer than 10 bytes");
}

/* ---- replacing ---- */

static void test_replace(void **state)
{
    struct stat st;

    (void)state;
    umask(022);
    CHECK_OK(sc_file_replace("a", sc_bytes_of("one"), 0600, NULL));
    CHECK_STR(steps, "frd"); /* the only order that survives a crash */
    CHECK(stat("a", &st) == 0);
    CHECK_U64(st.st_mode & 07777, 0600);
    check_holds("a", "one");
    CHECK_OK(sc_file_replace("a", sc_bytes_of("two"), 0644, NULL));
    CHECK(stat("a", &st) == 0);
    CHECK_U64(st.st_mode & 07777, 0644);
    check_holds("a", "two");
    CHECK_OK(sc_file_replace("./a", (sc_bytes){0}, 0600, NULL));
    check_holds("a", "");
    CHECK_U64(count_entries(), 1);
}

/* Whichever step fails, the file is whole and nothing is left beside it. */
static void test_replace_fails(void **state)
{
    static const char kinds[] = "frd";

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        sc_fault why = {0};

        put("a", "old");
        failing_step = kinds[i];
        CHECK_ERR(SC_E_IO,
                  sc_file_replace("a", sc_bytes_of("new"), 0600, &why));
        CHECK_U64(why.code, SC_E_IO);
        CHECK(why.file[0] != '\0' && why.text[0] != '\0');
        failing_step = 0;
        check_holds("a", kinds[i] == 'd' ? "new" : "old");
        CHECK_U64(count_entries(), 1);
    }
}

static void test_replace_impossible(void **state)
{
    sc_fault why = {0};

    (void)state;
    CHECK_ERR(SC_E_IO, sc_file_replace("none/a", sc_bytes_of("x"), 0600, &why));
    CHECK_U64(why.code, SC_E_IO);
    CHECK_STR(why.file, "none/a");
    CHECK(mkdir("dir", 0700) == 0);
    CHECK_ERR(SC_E_IO, sc_file_replace("dir", sc_bytes_of("x"), 0600, &why));
    CHECK_U64(count_entries(), 1);
}

/* Write with files limited to 100 bytes; how the child ended. */
static int write_limited(int is_killed)
{
    static uint8_t data[5000];
    int status = 0;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit limit = {100, 100}, none = {0, 0};

        (void)signal(SIGXFSZ, is_killed ? SIG_DFL : SIG_IGN);
        if (setrlimit(RLIMIT_CORE, &none) != 0 ||
            setrlimit(RLIMIT_FSIZE, &limit) != 0) {
            _exit(99);
        }
        _exit((int)sc_file_replace("a", (sc_bytes){data, sizeof data}, 0600,
                                   NULL));
    }
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

static void test_disk_full(void **state)
{
    int status;

    (void)state;
    put("a", "old");
    status = write_limited(0);
    CHECK(WIFEXITED(status));
    CHECK_U64(WEXITSTATUS(status), SC_E_IO);
    check_holds("a", "old");
    CHECK_U64(count_entries(), 1);
}

static void test_killed_while_writing(void **state)
{
    char **names = NULL;
    size_t n = 0;
    int status;

    (void)state;
    put("a", "old");
    status = write_limited(1);
    CHECK(WIFSIGNALED(status));
    CHECK_U64(WTERMSIG(status), SIGXFSZ);
    check_holds("a", "old");
    CHECK_U64(count_entries(), 2); /* the leftover ... */
    CHECK_OK(sc_dir_list(&names, &n, ".", NULL));
    CHECK_U64(n, 1); /* ... which nobody sees */
    CHECK_STR(names[0], "a");
    sc_free(names);
    put("a", "new");
    check_holds("a", "new");
}

static void test_immutable(void **state)
{
    sc_fault why = {0};

    (void)state;
    CHECK_OK(sc_file_put_immutable("a", sc_bytes_of("abc"), 0600, &why));
    CHECK_STR(steps, "frd");
    CHECK_OK(sc_file_put_immutable("a", sc_bytes_of("abc"), 0600, &why));
    CHECK_STR(steps, "frdfd"); /* not written again, but surely on disk */
    CHECK_ERR(SC_E_CORRUPT,
              sc_file_put_immutable("a", sc_bytes_of("abd"), 0600, &why));
    CHECK_STR(why.file, "a");
    CHECK_ERR(SC_E_CORRUPT,
              sc_file_put_immutable("a", sc_bytes_of("ab"), 0600, &why));
    CHECK_ERR(SC_E_CORRUPT,
              sc_file_put_immutable("a", sc_bytes_of("abcd"), 0600, &why));
    CHECK_ERR(SC_E_CORRUPT,
              sc_file_put_immutable("a", (sc_bytes){0}, 0600, &why));
    check_holds("a", "abc");
    CHECK_OK(sc_file_put_immutable("empty", (sc_bytes){0}, 0600, &why));
    CHECK_OK(sc_file_put_immutable("empty", (sc_bytes){0}, 0600, &why));
    CHECK(mkdir("dir", 0700) == 0);
    CHECK_ERR(SC_E_IO,
              sc_file_put_immutable("dir", sc_bytes_of("x"), 0600, &why));
}

/* Whole for every reader, and nothing waits for the disk. */
static void test_later(void **state)
{
    (void)state;
    CHECK_OK(sc_file_replace_later("a", sc_bytes_of("abc"), 0600, NULL));
    CHECK_OK(sc_file_put_immutable_later("a", sc_bytes_of("abc"), 0600, NULL));
    CHECK_STR(steps, "r");
    CHECK_ERR(SC_E_CORRUPT,
              sc_file_put_immutable_later("a", sc_bytes_of("abd"), 0600, NULL));
    check_holds("a", "abc");
    CHECK_OK(sc_file_put_immutable_later("b", sc_bytes_of("b"), 0600, NULL));
    check_holds("b", "b");
    CHECK_U64(count_entries(), 2);
}

/* ---- folders ---- */

static void test_dir_make(void **state)
{
    struct stat st;
    sc_fault why = {0};

    (void)state;
    CHECK_OK(sc_dir_make("x/y//z/", 0700, &why));
    CHECK_STR(steps, "ddd"); /* each parent that changed */
    CHECK(stat("x/y/z", &st) == 0);
    CHECK(S_ISDIR(st.st_mode));
    CHECK_U64(st.st_mode & 07777, 0700);
    CHECK_OK(sc_dir_make("x/y/z", 0700, &why));
    CHECK_OK(sc_dir_make("/", 0700, &why));
    CHECK_STR(steps, "ddd");
    CHECK_OK(sc_dir_make_later("x/y/later/z", 0700, &why));
    CHECK(stat("x/y/later/z", &st) == 0);
    CHECK_STR(steps, "ddd");
    put("x/file", "");
    CHECK_ERR(SC_E_IO, sc_dir_make("x/file", 0700, &why));
    CHECK_STR(why.file, "x/file");
    CHECK_ERR(SC_E_IO, sc_dir_make("x/file/under", 0700, &why));
    CHECK_ERR(SC_E_IO, sc_dir_make("", 0700, &why));
}

static void test_dir_list(void **state)
{
    static const char *const sorted[] = {"-",        "A",  "Z", "a",
                                         "a.tmp-12", "ab", "b", "\xc3\xa9"};
    static const char *const mixed[] = {"b", "\xc3\xa9", "A", "ab",
                                        "-", "a.tmp-12", "Z", "a"};
    char **names = NULL;
    size_t n = 77;
    sc_fault why = {0};

    (void)state;
    CHECK_OK(sc_dir_list(&names, &n, ".", &why));
    CHECK_U64(n, 0);
    CHECK(names[0] == NULL);
    sc_free(names);
    for (size_t i = 0; i < 8; i++) {
        put(mixed[i], "");
    }
    put("a.tmp-0123456789abcdef", ""); /* what a crash leaves */
    CHECK_OK(sc_dir_list(&names, &n, ".", &why));
    CHECK_U64(n, 8);
    for (size_t i = 0; i < n; i++) {
        CHECK_STR(names[i], sorted[i]);
    }
    CHECK(names[8] == NULL);
    sc_free(names);
    names = NULL;
    CHECK_ERR(SC_E_NOT_FOUND, sc_dir_list(&names, &n, "none", &why));
    CHECK_ERR(SC_E_IO, sc_dir_list(&names, &n, "a", &why));
    CHECK(names == NULL);
}

static void test_dir_sync(void **state)
{
    (void)state;
    CHECK_OK(sc_dir_sync(".", NULL));
    CHECK_STR(steps, "d");
    CHECK_ERR(SC_E_NOT_FOUND, sc_dir_sync("none", NULL));
    failing_step = 'd';
    CHECK_ERR(SC_E_IO, sc_dir_sync(".", NULL));
}

static void test_path_join(void **state)
{
    char *path = sc_path_join("a/b", "c");

    (void)state;
    CHECK_STR(path, "a/b/c");
    sc_free(path);
    path = sc_path_join("", "");
    CHECK_STR(path, "/");
    sc_free(path);
}

/* ---- the lock ---- */

/* A child that holds the lock until its standard input closes. */
static pid_t lock_elsewhere(int *release)
{
    int held[2], done[2];
    char byte;
    pid_t child;

    CHECK(pipe(held) == 0 && pipe(done) == 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int fd = -1;

        close(done[1]);
        if (sc_file_lock(&fd, "lock", NULL) != SC_OK ||
            write(held[1], "x", 1) != 1) {
            _exit(1);
        }
        _exit(read(done[0], &byte, 1) != 0); /* until the parent closes it */
    }
    close(held[1]);
    close(done[0]);
    CHECK(read(held[0], &byte, 1) == 1);
    close(held[0]);
    *release = done[1];
    return child;
}

static void test_lock(void **state)
{
    int fd = -1, release = -1, status = 0;
    char holder[32];
    sc_fault why = {0};
    struct stat st;
    pid_t child = lock_elsewhere(&release);

    (void)state;
    CHECK_ERR(SC_E_STATE, sc_file_lock(&fd, "lock", &why));
    CHECK_I64(fd, -1);
    snprintf(holder, sizeof holder, "process %ld ", (long)child);
    CHECK(strncmp(why.text, holder, strlen(holder)) == 0);
    CHECK_STR(why.file, "lock");
    CHECK(why.remedy[0] != '\0');
    close(release);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    CHECK_OK(sc_file_lock(&fd, "lock", &why)); /* it died; the file is there */
    CHECK(fd >= 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC); /* children do not inherit it */
    CHECK(fstat(fd, &st) == 0);
    CHECK_U64(st.st_mode & 07777, 0600);
    close(fd);
    CHECK_ERR(SC_E_IO, sc_file_lock(&fd, "none/lock", &why));
}

/* ---- out of memory ---- */

static sc_err body_read(void *path)
{
    sc_buf got = {0};
    sc_err err = sc_file_read(&got, path, 100, NULL);

    CHECK_U64(got.len, err == SC_OK ? 3 : 0);
    sc_buf_clear(&got);
    return err;
}

static sc_err body_replace(void *path)
{
    sc_err err = sc_file_replace(path, sc_bytes_of("abc"), 0600, NULL);

    CHECK_U64(count_entries(), 1);
    return err;
}

static sc_err body_immutable(void *path)
{
    return sc_file_put_immutable(path, sc_bytes_of("abc"), 0600, NULL);
}

static sc_err body_make(void *path)
{
    (void)path;
    (void)rmdir("d/e");
    return sc_dir_make("d/e", 0700, NULL);
}

static sc_err body_list(void *path)
{
    char **names = NULL;
    size_t n = 0;
    sc_err err = sc_dir_list(&names, &n, path, NULL);

    CHECK((err == SC_OK) == (names != NULL));
    sc_free(names);
    return err;
}

static sc_err body_join(void *path)
{
    char *joined = sc_path_join(path, "b");

    if (joined == NULL) {
        return SC_E_MEM;
    }
    sc_free(joined);
    return SC_OK;
}

static void test_out_of_memory(void **state)
{
    char a[] = "a", here[] = ".";

    (void)state;
    put("a", "abc");
    CHECK_ALLOC(body_read, a);
    CHECK_ALLOC(body_replace, a);
    CHECK_ALLOC(body_immutable, a);
    CHECK_ALLOC(body_list, here);
    CHECK_ALLOC(body_join, here);
    CHECK_ALLOC(body_make, here);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_read),
        IN_FOLDER(test_read_large),
        IN_FOLDER(test_read_other_kinds),
        IN_FOLDER(test_read_private),
        IN_FOLDER(test_replace),
        IN_FOLDER(test_replace_fails),
        IN_FOLDER(test_replace_impossible),
        IN_FOLDER(test_disk_full),
        IN_FOLDER(test_killed_while_writing),
        IN_FOLDER(test_immutable),
        IN_FOLDER(test_later),
        IN_FOLDER(test_dir_make),
        IN_FOLDER(test_dir_list),
        IN_FOLDER(test_dir_sync),
        cmocka_unit_test(test_path_join),
        IN_FOLDER(test_lock),
        IN_FOLDER(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
