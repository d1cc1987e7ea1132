/* base/file.c: reading, replacing and locking files. What is written is written by
 * base/newfile.c. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_inner.h"
#include "base/leftover.h"
#include "base/mem.h"
#include "base/newfile.h"

#define READ_STEP ((size_t)64 << 10)
/* Room at most for what is only said to be there. */
#define FIRST_STEP ((size_t)1 << 20)

static const char *remedy_of(int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return "free some space on that disk";
    case EACCES:
    case EPERM:
        return "check its owner and permissions";
    case EROFS:
        return "that disk is mounted read-only";
    case EMFILE:
    case ENFILE:
        return "raise the limit of open files";
    default:
        return "";
    }
}

sc_err sc_file_io_fault(sc_fault *why, const char *verb, const char *path,
                        int code)
{
    sc_err err = code == ENOENT ? SC_E_NOT_FOUND : SC_E_IO;
    char reason[128] = "unknown reason";

    (void)strerror_r(code, reason, sizeof reason);
    sc_fault_set(why, err, "cannot %s: %s", verb, reason);
    sc_fault_at(why, path, 0, 0);
    sc_fault_remedy(why, "%s", remedy_of(code));
    return err;
}

static sc_err file_fault(sc_fault *why, sc_err code, const char *path,
                         const char *text)
{
    sc_fault_set(why, code, "%s", text);
    sc_fault_at(why, path, 0, 0);
    return code;
}

static sc_err mem_fault(sc_fault *why)
{
    return sc_fault_from(why, SC_E_MEM);
}

/* ---- reading -------------------------------------------------------- */

/* O_NONBLOCK: a FIFO in the file's place must not hang us. */
sc_err sc_file_open_regular(int *fd, struct stat *st, const char *path,
                            int is_private, sc_fault *why)
{
    const sc_err other = is_private ? SC_E_CONFIG : SC_E_IO;

    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
                         (is_private ? O_NOFOLLOW : 0));
    if (*fd < 0) {
        return errno == ELOOP && is_private
                   ? file_fault(why, other, path, "a link, not a regular file")
                   : sc_file_io_fault(why, "open", path, errno);
    }
    if (fstat(*fd, st) != 0) {
        return sc_file_io_fault(why, "examine", path, errno);
    }
    if (!S_ISREG(st->st_mode)) {
        return file_fault(why, other, path, "not a regular file");
    }
    return SC_OK;
}

static sc_err check_private(const struct stat *st, const char *path,
                            sc_fault *why)
{
    if (st->st_uid != geteuid()) {
        (void)file_fault(why, SC_E_CONFIG, path, "belongs to another user");
        sc_fault_remedy(why, "only its owner may use it");
        return SC_E_CONFIG;
    }
    if ((st->st_mode & 077) != 0) {
        (void)file_fault(why, SC_E_CONFIG, path, "others may read or write it");
        sc_fault_remedy(why, "chmod 600 this file; if others may have read it, "
                             "make a new one");
        return SC_E_CONFIG;
    }
    return SC_OK;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Read on until the end; one byte more than max_len is asked for, so that a
 * longer file is seen even if it grew since it was opened. Room is made for what
 * the file seems to have: most are small, and all of a buffer is wiped. */
static sc_err read_rest(sc_buf *out, int fd, size_t size, const char *path,
                        size_t max_len, sc_fault *why)
{
    size_t n_read = 0;

    if (sc_buf_reserve(out, least(least(size, max_len), FIRST_STEP) + 1) !=
        SC_OK) {
        return mem_fault(why);
    }
    for (;;) {
        const size_t left = max_len - n_read;
        ssize_t got;

        if (out->cap == out->len &&
            sc_buf_reserve(out, least(left, READ_STEP - 1) + 1) != SC_OK) {
            return mem_fault(why);
        }
        got = read(fd, out->p + out->len,
                   least(left, out->cap - out->len - 1) + 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return sc_file_io_fault(why, "read", path, errno);
        }
        if (got == 0) {
            return SC_OK;
        }
        out->len += (size_t)got;
        n_read += (size_t)got;
        if (n_read > max_len) {
            sc_fault_set(why, SC_E_ARG, "longer than %zu bytes", max_len);
            sc_fault_at(why, path, 0, 0);
            return SC_E_ARG;
        }
    }
}

static sc_err read_file(sc_buf *out, const char *path, size_t max_len,
                        int is_private, sc_fault *why)
{
    size_t before = out->len;
    struct stat st;
    int fd = -1;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_file_open_regular(&fd, &st, path, is_private, why));
    if (is_private) {
        SC_TRY(check_private(&st, path, why));
    }
    SC_TRY(read_rest(out, fd, (size_t)st.st_size, path, max_len, why));
    err = SC_OK;
out:
    if (fd >= 0) {
        (void)close(fd);
    }
    if (err != SC_OK && out->len > before) {
        sc_wipe(out->p + before, out->len - before);
        out->len = before;
    }
    return err;
}

sc_err sc_file_read(sc_buf *out, const char *path, size_t max_len,
                    sc_fault *why)
{
    return read_file(out, path, max_len, 0, why);
}

sc_err sc_file_read_at(sc_buf *out, const char *path, uint64_t at,
                       size_t max_len, sc_fault *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t before = out->len;
    ssize_t got = 1;
    sc_err err = SC_E_BUG;

    if (fd < 0) {
        return sc_file_io_fault(why, "open", path, errno);
    }
    SC_TRY(sc_buf_reserve(out, max_len));
    while (out->len - before < max_len && got > 0) {
        size_t done = out->len - before;

        got = pread(fd, out->p + out->len, max_len - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        SC_REQUIRE(got >= 0, sc_file_io_fault(why, "read", path, errno));
        out->len += (size_t)got;
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = before;
    }
    (void)close(fd);
    return err;
}

sc_err sc_file_read_private(sc_buf *out, const char *path, size_t max_len,
                            sc_fault *why)
{
    return read_file(out, path, max_len, 1, why);
}

/* ---- writing -------------------------------------------------------- */

sc_err sc_file_write_fault(sc_fault *why, const char *verb, const char *path,
                           int code)
{
    (void)sc_file_io_fault(why, verb, path, code);
    if (why != NULL) {
        why->code = SC_E_IO;
    }
    return SC_E_IO;
}

/* The folder that holds path; sc_free. */
static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent;

    if (slash == NULL) {
        return sc_strdup(".");
    }
    parent = sc_strdup(path);
    if (parent != NULL) {
        parent[slash == path ? 1 : slash - path] = '\0';
    }
    return parent;
}

static sc_err sync_path(const char *path, int flags, sc_fault *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    sc_err err = SC_OK;

    if (fd < 0) {
        return sc_file_io_fault(why, "open", path, errno);
    }
    if (fsync(fd) != 0) {
        err = sc_file_write_fault(why, "flush", path, errno);
    }
    (void)close(fd);
    return err;
}

sc_err sc_file_sync_parent(const char *path, sc_fault *why)
{
    char *parent = parent_of(path);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(parent != NULL, mem_fault(why));
    SC_TRY(sc_dir_sync(parent, why));
    err = SC_OK;
out:
    sc_free(parent);
    return err;
}

static sc_err replace(const char *path, sc_bytes data, unsigned mode,
                      int is_synced, sc_fault *why)
{
    sc_newfile *f = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_newfile_new(&f, path, mode, why));
    SC_TRY(sc_newfile_put(f, data, why));
    SC_TRY(sc_newfile_finish(f, is_synced, why));
    err = SC_OK;
out:
    sc_newfile_free(&f);
    return err;
}

sc_err sc_file_replace(const char *path, sc_bytes data, unsigned mode,
                       sc_fault *why)
{
    return replace(path, data, mode, 1, why);
}

sc_err sc_file_replace_later(const char *path, sc_bytes data, unsigned mode,
                             sc_fault *why)
{
    return replace(path, data, mode, 0, why);
}

static sc_err put_immutable(const char *path, sc_bytes data, unsigned mode,
                            int is_synced, sc_fault *why)
{
    sc_buf old = {0};
    sc_err err = sc_file_read(&old, path, data.len, why);

    if (err == SC_E_NOT_FOUND) {
        err = replace(path, data, mode, is_synced, why);
    } else if (err == SC_E_ARG ||
               (err == SC_OK &&
                !sc_bytes_equal_vartime(sc_buf_bytes(&old), data))) {
        err = file_fault(why, SC_E_CORRUPT, path,
                         "holds other bytes than it must");
    } else if (err == SC_OK && is_synced) {
        /* an earlier attempt may have ended before these steps */
        err = sync_path(path, 0, why);
        err = err == SC_OK ? sc_file_sync_parent(path, why) : err;
    }
    sc_buf_clear(&old);
    return err;
}

sc_err sc_file_put_immutable(const char *path, sc_bytes data, unsigned mode,
                             sc_fault *why)
{
    return put_immutable(path, data, mode, 1, why);
}

sc_err sc_file_put_immutable_later(const char *path, sc_bytes data,
                                   unsigned mode, sc_fault *why)
{
    return put_immutable(path, data, mode, 0, why);
}

/* ---- folders -------------------------------------------------------- */

sc_err sc_dir_sync(const char *path, sc_fault *why)
{
    return sync_path(path, O_DIRECTORY, why);
}

static sc_err make_one(const char *path, unsigned mode, int is_synced,
                       sc_fault *why)
{
    struct stat st;

    if (mkdir(path, (mode_t)mode) == 0) {
        return is_synced ? sc_file_sync_parent(path, why) : SC_OK;
    }
    if (errno != EEXIST) {
        return sc_file_write_fault(why, "create", path, errno);
    }
    if (stat(path, &st) != 0) {
        return sc_file_io_fault(why, "examine", path, errno);
    }
    if (!S_ISDIR(st.st_mode)) {
        return file_fault(why, SC_E_IO, path, "not a folder");
    }
    return SC_OK;
}

static sc_err make_all(const char *path, unsigned mode, int is_synced,
                       sc_fault *why)
{
    char *part = sc_strdup(path);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(part != NULL, mem_fault(why));
    for (size_t i = 1; path[0] != '\0' && path[i] != '\0'; i++) {
        if (path[i] == '/' && path[i - 1] != '/') {
            part[i] = '\0';
            SC_TRY(make_one(part, mode, is_synced, why));
            part[i] = '/';
        }
    }
    SC_TRY(make_one(path, mode, is_synced, why));
    err = SC_OK;
out:
    sc_free(part);
    return err;
}

sc_err sc_dir_make(const char *path, unsigned mode, sc_fault *why)
{
    return make_all(path, mode, 1, why);
}

sc_err sc_dir_make_later(const char *path, unsigned mode, sc_fault *why)
{
    return make_all(path, mode, 0, why);
}

/* Names behind one another, each with its NUL. */
static sc_err gather_names(sc_buf *all, size_t *n, DIR *dir, const char *path,
                           sc_fault *why)
{
    for (;;) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        if (entry == NULL) {
            return errno == 0 ? SC_OK
                              : sc_file_write_fault(why, "list", path, errno);
        }
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0 || sc_is_leftover(entry->d_name)) {
            continue;
        }
        if (sc_buf_put(all, entry->d_name, strlen(entry->d_name) + 1) !=
            SC_OK) {
            return mem_fault(why);
        }
        (*n)++;
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One block: n + 1 pointers, then the names they point to. */
static char **pack_names(const sc_buf *all, size_t n)
{
    char **names = sc_alloc(1, (n + 1) * sizeof *names + all->len);
    char *text;

    if (names == NULL) {
        return NULL;
    }
    text = (char *)(names + n + 1);
    if (all->len > 0) {
        memcpy(text, all->p, all->len);
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = text;
        text += strlen(text) + 1;
    }
    qsort(names, n, sizeof *names, compare_names);
    return names;
}

sc_err sc_dir_list(char ***names, size_t *n_names, const char *path,
                   sc_fault *why)
{
    sc_buf all = {0};
    size_t n = 0;
    char **list = NULL;
    DIR *dir = opendir(path);
    sc_err err = SC_E_BUG;

    if (dir == NULL) {
        return sc_file_io_fault(why, "open", path, errno);
    }
    SC_TRY(gather_names(&all, &n, dir, path, why));
    list = pack_names(&all, n);
    SC_REQUIRE(list != NULL, mem_fault(why));
    *names = list;
    *n_names = n;
    err = SC_OK;
out:
    (void)closedir(dir);
    sc_buf_clear(&all);
    return err;
}

char *sc_path_join(const char *dir, const char *name)
{
    size_t dir_len = strlen(dir), name_len = strlen(name);
    char *path = sc_alloc(dir_len + name_len + 2, 1);

    if (path != NULL) {
        memcpy(path, dir, dir_len);
        path[dir_len] = '/';
        memcpy(path + dir_len + 1, name, name_len);
    }
    return path;
}

/* ---- locking -------------------------------------------------------- */

static sc_err lock_fault(sc_fault *why, int fd, const char *path, int code)
{
    struct flock holder = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (code != EACCES && code != EAGAIN) {
        return sc_file_write_fault(why, "lock", path, code);
    }
    if (fcntl(fd, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK) {
        sc_fault_set(why, SC_E_STATE, "process %ld works here",
                     (long)holder.l_pid);
    } else {
        sc_fault_set(why, SC_E_STATE, "another process works here");
    }
    sc_fault_at(why, path, 0, 0);
    sc_fault_remedy(why, "stop it first, or use another folder");
    return SC_E_STATE;
}

sc_err sc_file_lock(int *fd, const char *path, sc_fault *why)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    sc_err err = SC_E_BUG;

    if (lock < 0) {
        return sc_file_write_fault(why, "open", path, errno);
    }
    SC_REQUIRE(fcntl(lock, F_SETLK, &whole) == 0,
               lock_fault(why, lock, path, errno));
    *fd = lock;
    lock = -1;
    err = SC_OK;
out:
    if (lock >= 0) {
        (void)close(lock);
    }
    return err;
}
