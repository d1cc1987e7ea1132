/* base/leftover.c: what a crash left of files that were being written, and how it
 * goes (sc_dir_sweep of base/file.h). */
#define _DEFAULT_SOURCE /* DT_REG */
#include "base/leftover.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"

#define MAX_DEPTH 16 /* folders within folders */

int sc_is_leftover(const char *name)
{
    size_t len = strlen(name),
           tail = strlen(SC_LEFTOVER_MARK) + (size_t)2 * SC_LEFTOVER_RANDOM;
    uint8_t random[SC_LEFTOVER_RANDOM];

    return len > tail &&
           strncmp(name + len - tail, SC_LEFTOVER_MARK,
                   strlen(SC_LEFTOVER_MARK)) == 0 &&
           sc_hex_get(random, sizeof random,
                      sc_bytes_of(name + len - sizeof random * 2)) == SC_OK;
}

typedef struct {
    dev_t device;
    time_t before; /* last written to */
    size_t depth;  /* folders below to enter */
} sweeping;

static size_t sweep(int dir_fd, const sweeping *how);

static int is_ours(const struct stat *st, const sweeping *how)
{
    return st->st_uid == geteuid() && st->st_dev == how->device;
}

/* A name in a folder: a leftover goes, a folder of ours is swept. */
static size_t sweep_name(int dir_fd, const char *name, const sweeping *how)
{
    const sweeping below = {how->device, how->before,
                            how->depth > 0 ? how->depth - 1 : 0};
    struct stat st;

    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !is_ours(&st, how)) {
        return 0;
    }
    if (S_ISREG(st.st_mode) && sc_is_leftover(name) &&
        st.st_mtime < how->before) {
        return unlinkat(dir_fd, name, 0) == 0;
    }
    if (S_ISDIR(st.st_mode) && strcmp(name, ".") != 0 &&
        strcmp(name, "..") != 0 && how->depth > 0) {
        return sweep(openat(dir_fd, name,
                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                     &below);
    }
    return 0;
}

/* Takes the descriptor, which may be none. */
static size_t sweep(int dir_fd, const sweeping *how)
{
    struct stat st;
    DIR *dir = NULL;
    const struct dirent *entry;
    size_t n = 0;

    if (dir_fd >= 0 && fstat(dir_fd, &st) == 0 && is_ours(&st, how)) {
        dir = fdopendir(dir_fd);
    }
    if (dir == NULL) {
        if (dir_fd >= 0) {
            (void)close(dir_fd);
        }
        return 0;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_type != DT_REG || sc_is_leftover(entry->d_name)) {
            n += sweep_name(dir_fd, entry->d_name, how);
        }
    }
    (void)closedir(dir);
    return n;
}

size_t sc_dir_sweep(const char *path, int is_deep)
{
    sweeping how = {0, time(NULL) - SC_SWEEP_AGE_S, is_deep ? MAX_DEPTH : 0};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0) {
        how.device = st.st_dev;
    }
    return sweep(fd, &how);
}
