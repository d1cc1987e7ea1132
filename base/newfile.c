/* base/newfile.c: a file is replaced in the only order that survives a crash at any
 * point: write a new file beside it, fsync that, rename it over the old name, fsync
 * the folder. */
#include "base/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file_inner.h"
#include "base/leftover.h"
#include "base/mem.h"
#include "base/rng.h"

struct sc_newfile {
    char *path;
    sc_buf tmp;    /* its name for now */
    int fd;        /* -1: closed */
    int is_placed; /* it has its name, or was never made */
};

/* path + ".tmp-" + random hex. */
static sc_err tmp_name(sc_buf *tmp, const char *path)
{
    uint8_t random[SC_LEFTOVER_RANDOM];
    sc_rng rng = sc_rng_system();
    sc_err err = SC_E_BUG;

    SC_TRY(sc_rng_bytes(&rng, random, sizeof random));
    SC_TRY(sc_buf_put_str(tmp, path));
    SC_TRY(sc_buf_put_str(tmp, SC_LEFTOVER_MARK));
    SC_TRY(sc_hex_put(tmp, (sc_bytes){random, sizeof random}));
    SC_TRY(sc_buf_terminate(tmp));
    err = SC_OK;
out:
    return err;
}

sc_err sc_newfile_new(sc_newfile **f, const char *path, unsigned mode,
                      sc_fault *why)
{
    sc_newfile *made = sc_alloc(1, sizeof *made);
    sc_err err = SC_E_BUG;

    *f = NULL;
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->fd = -1;
    made->is_placed = 1;
    made->path = sc_strdup(path);
    SC_REQUIRE(made->path != NULL, SC_E_MEM);
    SC_TRY(tmp_name(&made->tmp, path));
    made->fd = open((const char *)made->tmp.p,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    SC_REQUIRE(made->fd >= 0, sc_file_write_fault(why, "create", path, errno));
    made->is_placed = 0;
    *f = made;
    made = NULL;
    err = SC_OK;
out:
    sc_newfile_free(&made);
    return sc_fault_from(why, err);
}

static sc_err write_all(int fd, sc_bytes data, const char *path, sc_fault *why)
{
    while (data.len > 0) {
        ssize_t put = write(fd, data.p, data.len);

        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return sc_file_io_fault(why, "write", path, errno);
        }
        data.p += put;
        data.len -= (size_t)put;
    }
    return SC_OK;
}

sc_err sc_newfile_put(sc_newfile *f, sc_bytes data, sc_fault *why)
{
    return write_all(f->fd, data, f->path, why);
}

sc_err sc_newfile_finish(sc_newfile *f, int is_synced, sc_fault *why)
{
    int is_closed;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(!is_synced || fsync(f->fd) == 0,
               sc_file_io_fault(why, "flush", f->path, errno));
    is_closed = close(f->fd) == 0;
    f->fd = -1; /* gone either way */
    SC_REQUIRE(is_closed, sc_file_write_fault(why, "close", f->path, errno));
    SC_REQUIRE(rename((const char *)f->tmp.p, f->path) == 0,
               sc_file_write_fault(why, "replace", f->path, errno));
    f->is_placed = 1;
    if (is_synced) {
        SC_TRY(sc_file_sync_parent(f->path, why));
    }
    err = SC_OK;
out:
    return err;
}

void sc_newfile_free(sc_newfile **f)
{
    if (*f == NULL) {
        return;
    }
    if ((*f)->fd >= 0) {
        (void)close((*f)->fd);
    }
    if (!(*f)->is_placed) {
        (void)unlink((const char *)(*f)->tmp.p);
    }
    sc_buf_clear(&(*f)->tmp);
    sc_free((*f)->path);
    sc_free(*f);
    *f = NULL;
}
