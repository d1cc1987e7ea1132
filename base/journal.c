/* base/journal.c: see the header. The file is read whole: journals are rotated
 * or short. The lock is one of the open file description, so it excludes the
 * same process too; it ends with the descriptor. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "base/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

#define HEADER_LEN 8
#define SECTOR_LEN 512
#define MAX_FILE   ((size_t)1 << 32)

static const uint8_t magic[3] = {'S', 'C', 'J'};
#define SYNCED '1' /* the fourth byte: its append waited for the disk */
#define LATER  '2'

struct sc_journal {
    int fd;
    int is_broken;
    int is_placed; /* its folder was synced since it was opened */
    uint64_t len;
    uint64_t cut;
    char *path;
};

static size_t record_len(const uint8_t *header)
{
    return (size_t)header[4] | (size_t)header[5] << 8 |
           (size_t)header[6] << 16 | (size_t)header[7] << 24;
}

/* Is what starts at p a whole, checked record? Its payload length in *len. */
static int record_holds(const uint8_t *p, size_t left, size_t *len)
{
    uint8_t digest[SC_HASH_LEN];

    if (left < HEADER_LEN || memcmp(p, magic, sizeof magic) != 0 ||
        (p[3] != SYNCED && p[3] != LATER)) {
        return 0;
    }
    *len = record_len(p);
    if (*len > SC_JOURNAL_MAX_RECORD ||
        left - HEADER_LEN < *len + SC_HASH_LEN) {
        return 0;
    }
    sc_sha256(digest, (sc_bytes){p, HEADER_LEN + *len});
    return memcmp(digest, p + HEADER_LEN + *len, SC_HASH_LEN) == 0;
}

/* Is it a whole record but for its length? Then the length was damaged. */
static int is_length_damaged(const uint8_t *p, size_t left)
{
    uint8_t header[HEADER_LEN], digest[SC_HASH_LEN];
    size_t len = left - HEADER_LEN - SC_HASH_LEN;
    sc_buf all = {0};
    int is_damaged = 0;

    memcpy(header, p, 4);
    for (unsigned i = 0; i < 4; i++) {
        header[4 + i] = (uint8_t)(len >> (8 * i));
    }
    if (len <= SC_JOURNAL_MAX_RECORD &&
        sc_buf_put(&all, header, sizeof header) == SC_OK &&
        sc_buf_put(&all, p + HEADER_LEN, len) == SC_OK) {
        sc_sha256(digest, sc_buf_bytes(&all));
        is_damaged = memcmp(digest, p + left - SC_HASH_LEN, SC_HASH_LEN) == 0;
    }
    sc_buf_clear(&all);
    return is_damaged;
}

static int is_zero(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] != 0) {
            return 0;
        }
    }
    return 1;
}

/* What a crash may have done to the bytes from a bad record on, which begin at
 * file offset at: nothing; cut them short; left a sector, or the beginning or the
 * end of what was written, allocated and zero. */
typedef enum { TORN_NOT, TORN_SHORT, TORN_ZERO } torn;

static torn how_torn(const uint8_t *p, size_t left, size_t at)
{
    size_t sector = (SECTOR_LEN - at % SECTOR_LEN) % SECTOR_LEN;

    if (left < HEADER_LEN + SC_HASH_LEN) {
        return TORN_SHORT;
    }
    for (; sector + SECTOR_LEN <= left; sector += SECTOR_LEN) {
        if (is_zero(p + sector, SECTOR_LEN)) {
            return TORN_ZERO;
        }
    }
    if (is_zero(p, HEADER_LEN) ||
        is_zero(p + left - SC_HASH_LEN / 2, SC_HASH_LEN / 2)) {
        return TORN_ZERO;
    }
    return left - HEADER_LEN - SC_HASH_LEN < record_len(p) &&
                   !is_length_damaged(p, left)
               ? TORN_SHORT
               : TORN_NOT;
}

/* A valid record behind one that is cut short: no crash does that. */
static int record_follows(const uint8_t *p, size_t left)
{
    size_t len;

    for (size_t i = 1; i + HEADER_LEN + SC_HASH_LEN <= left; i++) {
        if (p[i] == magic[0] && record_holds(p + i, left - i, &len)) {
            return 1;
        }
    }
    return 0;
}

/* Is there proof behind a bad record that it was on the disk once? A record that
 * waited for the disk, and one behind it, which is written only then. */
static int was_synced(const uint8_t *p, size_t left)
{
    int is_proof = 0;
    size_t len;

    for (size_t i = 1; i + HEADER_LEN + SC_HASH_LEN <= left;) {
        if (p[i] != magic[0] || !record_holds(p + i, left - i, &len)) {
            i++;
        } else if (is_proof) {
            return 1;
        } else {
            is_proof = p[i + 3] == SYNCED;
            i += HEADER_LEN + len + SC_HASH_LEN;
        }
    }
    return 0;
}

static int is_damaged(const uint8_t *p, size_t left, size_t at, int has_writer)
{
    torn how = how_torn(p, left, at);

    return (how == TORN_NOT && !has_writer) ||
           (how == TORN_ZERO ? was_synced(p, left) : record_follows(p, left));
}

/* Visit the records; *good is where the last whole one ends. With a writer at
 * work, whatever is not whole may be on its way. */
static sc_err visit_all(uint64_t *good, const sc_buf *all, const char *path,
                        int has_writer, sc_journal_visit visit, void *ctx,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t at = 0, len = 0;

    while (at < all->len && record_holds(all->p + at, all->len - at, &len)) {
        sc_bytes record = {all->p + at + HEADER_LEN, len};

        SC_TRY(visit(ctx, at, record, why));
        at += HEADER_LEN + len + SC_HASH_LEN;
    }
    if (at < all->len &&
        is_damaged(all->p + at, all->len - at, at, has_writer)) {
        err = sc_fault_set(why, SC_E_CORRUPT,
                           "the record at offset %zu of %s does not match its "
                           "checksum",
                           at, path);
        sc_fault_at(why, path, 0, 0);
        sc_fault_remedy(why, "restore the file from a backup, or start this "
                             "party anew with fresh keys");
        goto out;
    }
    *good = at;
    err = SC_OK;
out:
    return err;
}

static sc_err io_fault(sc_fault *why, const char *path, const char *what)
{
    sc_err err = sc_fault_set(why, SC_E_IO, "cannot %s %s: %s", what, path,
                              strerror(errno));

    sc_fault_at(why, path, 0, 0);
    return err;
}

/* Open and lock, before anything is read. */
static sc_err open_locked(sc_journal *j, sc_fault *why)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (j->fd < 0) {
        return io_fault(why, j->path, "open");
    }
    if (fcntl(j->fd, F_OFD_SETLK, &lock) != 0) {
        if (errno != EAGAIN && errno != EACCES) {
            return io_fault(why, j->path, "lock");
        }
        return sc_fault_set(why, SC_E_STATE, "%s is being written already",
                            j->path);
    }
    return SC_OK;
}

static sc_err cut_tail(sc_journal *j, uint64_t total, sc_fault *why)
{
    if (total > j->len &&
        (ftruncate(j->fd, (off_t)j->len) != 0 || fsync(j->fd) != 0)) {
        return io_fault(why, j->path, "cut the torn tail of");
    }
    j->cut = total - j->len;
    if (lseek(j->fd, (off_t)j->len, SEEK_SET) < 0) {
        return io_fault(why, j->path, "seek in");
    }
    return SC_OK;
}

sc_err sc_journal_open(sc_journal **out, const char *path,
                       sc_journal_visit visit, void *ctx, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf all = {0};
    sc_journal *j = sc_alloc(1, sizeof *j);

    SC_REQUIRE(j != NULL, SC_E_MEM);
    j->fd = -1;
    j->path = sc_strdup(path);
    SC_REQUIRE(j->path != NULL, SC_E_MEM);
    SC_TRY(open_locked(j, why));
    SC_TRY(sc_file_read(&all, path, MAX_FILE, why));
    SC_TRY(visit_all(&j->len, &all, path, 0, visit, ctx, why));
    SC_TRY(cut_tail(j, all.len, why));
    *out = j;
    j = NULL;
    err = SC_OK;
out:
    sc_buf_clear(&all);
    sc_journal_free(&j);
    return sc_fault_from(why, err);
}

sc_err sc_journal_read(const char *path, sc_journal_visit visit, void *ctx,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf all = {0};
    uint64_t good;

    SC_TRY(sc_file_read(&all, path, MAX_FILE, why));
    SC_TRY(visit_all(&good, &all, path, 1, visit, ctx, why));
    err = SC_OK;
out:
    sc_buf_clear(&all);
    return sc_fault_from(why, err);
}

void sc_journal_free(sc_journal **j)
{
    if (*j != NULL) {
        if ((*j)->fd >= 0) {
            close((*j)->fd);
        }
        sc_free((*j)->path);
        sc_free(*j);
        *j = NULL;
    }
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno != EINTR) {
            return 0;
        }
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return 1;
}

/* A file is there after a crash only if its folder was synced, which its maker
 * may not have lived to do. */
static sc_err place(sc_journal *j, sc_fault *why)
{
    const char *slash = strrchr(j->path, '/');
    sc_err err = SC_E_MEM;
    char *dir = sc_strdup(j->path);

    if (dir != NULL) {
        dir[slash == NULL ? 0 : (size_t)(slash - j->path)] = '\0';
        err = sc_dir_sync(dir[0] == '\0' ? "." : dir, why);
    }
    sc_free(dir);
    j->is_placed = err == SC_OK;
    return err;
}

static sc_err sync_all(sc_journal *j, sc_fault *why)
{
    if (fdatasync(j->fd) != 0) {
        return io_fault(why, j->path, "write");
    }
    return j->is_placed ? SC_OK : place(j, why);
}

static sc_err fail_if_broken(const sc_journal *j, sc_fault *why)
{
    return j->is_broken ? sc_fault_set(why, SC_E_IO,
                                       "an earlier write to %s failed", j->path)
                        : SC_OK;
}

static sc_err append(sc_journal *j, sc_bytes record, int is_synced,
                     sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf b = {0};
    uint8_t digest[SC_HASH_LEN];

    SC_REQUIRE(record.len <= SC_JOURNAL_MAX_RECORD, SC_E_ARG);
    SC_TRY(fail_if_broken(j, why));
    SC_TRY(sc_buf_put(&b, magic, sizeof magic));
    SC_TRY(sc_buf_put_u8(&b, is_synced ? SYNCED : LATER));
    for (unsigned i = 0; i < 4; i++) {
        SC_TRY(sc_buf_put_u8(&b, (uint8_t)(record.len >> (8 * i))));
    }
    SC_TRY(sc_buf_put_bytes(&b, record));
    sc_sha256(digest, sc_buf_bytes(&b));
    SC_TRY(sc_buf_put(&b, digest, sizeof digest));
    j->is_broken = 1; /* until all is well */
    SC_REQUIRE(write_all(j->fd, b.p, b.len), io_fault(why, j->path, "write"));
    if (is_synced) {
        SC_TRY(sync_all(j, why));
    }
    j->is_broken = 0;
    j->len += b.len;
    err = SC_OK;
out:
    sc_buf_clear(&b);
    return sc_fault_from(why, err);
}

sc_err sc_journal_append(sc_journal *j, sc_bytes record, sc_fault *why)
{
    return append(j, record, 1, why);
}

sc_err sc_journal_append_later(sc_journal *j, sc_bytes record, sc_fault *why)
{
    return append(j, record, 0, why);
}

sc_err sc_journal_sync(sc_journal *j, sc_fault *why)
{
    sc_err err = fail_if_broken(j, why);

    if (err == SC_OK) {
        err = sync_all(j, why);
        j->is_broken = err != SC_OK;
    }
    return sc_fault_from(why, err);
}

uint64_t sc_journal_len(const sc_journal *j)
{
    return j->len;
}

uint64_t sc_journal_cut(const sc_journal *j)
{
    return j->cut;
}
