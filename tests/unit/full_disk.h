/* tests/unit/full_disk.h: a disk that takes no more, for chosen files: this write
 * stands before the C library's. For one test file each. */
#ifndef SC_TESTS_FULL_DISK_H
#define SC_TESTS_FULL_DISK_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Files whose path has this in it cannot be written; NULL: all can. */
static _Atomic(const char *) unwritable = NULL;

/* Has the open file's path this part? */
static int is_at(int fd, const char *part)
{
    char link[32], path[512];
    ssize_t len;

    if (part == NULL) {
        return 0;
    }
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    path[len < 0 ? 0 : len] = '\0';
    return strstr(path, part) != NULL;
}

ssize_t write(int fd, const void *p, size_t len)
{
    errno = ENOSPC;
    return is_at(fd, unwritable) ? -1 : syscall(SYS_write, fd, p, len);
}

#endif
