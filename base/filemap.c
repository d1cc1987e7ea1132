/* base/filemap.c: see the header. */
#include "base/filemap.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_inner.h"

static sc_err map_all(sc_bytes *map, int fd, const struct stat *st,
                      const char *path, size_t max_len, sc_fault *why)
{
    void *p;

    if (st->st_size < 0 || (uintmax_t)st->st_size > max_len) {
        sc_fault_set(why, SC_E_ARG, "longer than %zu bytes", max_len);
        sc_fault_at(why, path, 0, 0);
        return SC_E_ARG;
    }
    if (st->st_size == 0) { /* none can be mapped */
        return SC_OK;
    }
    p = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        return sc_file_io_fault(why, "read", path, errno);
    }
    *map = (sc_bytes){p, (size_t)st->st_size};
    return SC_OK;
}

sc_err sc_filemap_take(sc_bytes *map, int fd, const char *path, size_t max_len,
                       sc_fault *why)
{
    struct stat st;

    *map = (sc_bytes){0};
    if (fstat(fd, &st) != 0) {
        return sc_file_io_fault(why, "examine", path, errno);
    }
    return map_all(map, fd, &st, path, max_len, why);
}

sc_err sc_filemap_open(sc_bytes *map, const char *path, size_t max_len,
                       sc_fault *why)
{
    struct stat st;
    int fd = -1;
    sc_err err = SC_E_BUG;

    *map = (sc_bytes){0};
    SC_TRY(sc_file_open_regular(&fd, &st, path, 0, why));
    SC_TRY(map_all(map, fd, &st, path, max_len, why));
    err = SC_OK;
out:
    if (fd >= 0) {
        (void)close(fd); /* the map stays */
    }
    return err;
}

void sc_filemap_close(sc_bytes *map)
{
    if (map->p != NULL) {
        /* the map is ours, whatever its bytes may not be */
        (void)munmap((void *)(uintptr_t)map->p, map->len);
    }
    *map = (sc_bytes){0};
}
