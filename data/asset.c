/* data/asset.c: hashing a file as it is, and not as it is becoming.
 *
 * A file system's clock ticks slowly: a file written twice within one tick
 * looks the same both times. So a file is hashed only once its last change lies
 * SETTLE_MS back. */
#include "data/asset.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

#define SETTLE_MS 30 /* no clock tick of Linux is longer than 10 */
#define CHUNK_LEN ((size_t)1 << 20)

static sc_file_id id_of(const struct stat *st)
{
    return (sc_file_id){
        (uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size,
        (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec};
}

static sc_err identify(sc_file_id *id, const char *file, sc_fault *why)
{
    struct stat st;

    if (stat(file, &st) != 0) {
        (void)sc_fault_set(why, SC_E_CORRUPT, "cannot find it: %s",
                           strerror(errno));
        sc_fault_at(why, file, 0, 0);
        return SC_E_CORRUPT;
    }
    if (!S_ISREG(st.st_mode)) {
        (void)sc_fault_set(why, SC_E_CORRUPT, "not a regular file");
        sc_fault_at(why, file, 0, 0);
        return SC_E_CORRUPT;
    }
    *id = id_of(&st);
    return SC_OK;
}

sc_err sc_asset_identify(sc_file_id *ids, const sc_source *s, sc_fault *why)
{
    for (size_t i = 0; i < s->n_files; i++) {
        sc_err err = identify(&ids[i], s->files[i], why);

        if (err != SC_OK) {
            return err;
        }
    }
    return SC_OK;
}

int sc_asset_is_same(const sc_file_id *a, const sc_file_id *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i].device != b[i].device || a[i].inode != b[i].inode ||
            a[i].size != b[i].size || a[i].written_ns != b[i].written_ns ||
            a[i].changed_ns != b[i].changed_ns) {
            return 0;
        }
    }
    return 1;
}

/* ---- hash ------------------------------------------------------------ */

static void settle(const sc_file_id *id)
{
    struct timespec now;
    int64_t age_ms;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return;
    }
    age_ms = ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec - id->changed_ns) /
             1000000;
    if (age_ms >= 0 && age_ms < SETTLE_MS) {
        sc_clock_sleep_ms((uint64_t)(SETTLE_MS - age_ms));
    }
}

static sc_err hash_bytes(sc_hash *h, int fd, uint8_t *chunk,
                         uint64_t deadline_ms)
{
    for (;;) {
        ssize_t n = read(fd, chunk, CHUNK_LEN);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? SC_OK : SC_E_CORRUPT;
        }
        if (sc_clock_left(deadline_ms) == 0) {
            return SC_E_TIMEOUT;
        }
        sc_hash_update(h, chunk, (size_t)n);
    }
}

static sc_err hash_file(uint8_t out[static 32], sc_hash *h, sc_file_id *id,
                        const char *file, uint64_t deadline_ms)
{
    uint8_t *chunk = sc_alloc(CHUNK_LEN, 1);
    struct stat st;
    sc_err err = SC_E_BUG;
    int fd = -1;

    SC_REQUIRE(chunk != NULL, SC_E_MEM);
    fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe: refused */
    SC_REQUIRE(fd >= 0, SC_E_CORRUPT);
    SC_REQUIRE(fstat(fd, &st) == 0 && S_ISREG(st.st_mode), SC_E_CORRUPT);
    *id = id_of(&st);
    settle(id);
    sc_hash_reset(h);
    SC_TRY(hash_bytes(h, fd, chunk, deadline_ms));
    sc_hash_final(h, out);
    err = SC_OK;
out:
    if (fd >= 0) {
        (void)close(fd);
    }
    sc_free(chunk);
    return err;
}

sc_err sc_asset_hash(uint8_t digest[static 32], sc_file_id *ids,
                     const sc_source *s, uint64_t deadline_ms, sc_fault *why)
{
    size_t n = s->n_files;
    uint8_t *hashes = sc_alloc(n, SC_HASH_LEN);
    sc_bytes *parts = sc_alloc(n + 1, sizeof *parts);
    sc_file_id *after = sc_alloc(n, sizeof *after);
    sc_hash *h = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(hashes != NULL && parts != NULL && after != NULL, SC_E_MEM);
    SC_TRY(sc_hash_new(&h));
    parts[0] = sc_bytes_of(s->sql != NULL ? s->sql : "");
    for (size_t i = 0; i < n; i++) {
        uint8_t *hash = hashes + i * SC_HASH_LEN;

        err = hash_file(hash, h, &ids[i], s->files[i], deadline_ms);
        if (err != SC_OK) {
            (void)sc_fault_set(why, err, "cannot hash it: %s",
                               sc_err_text(err));
            sc_fault_at(why, s->files[i], 0, 0);
            goto out;
        }
        parts[i + 1] = (sc_bytes){hash, SC_HASH_LEN};
    }
    SC_TRY(sc_asset_identify(after, s, why));
    if (!sc_asset_is_same(ids, after, n)) {
        err = sc_fault_set(why, SC_E_STATE, "a file changed while it was read");
        goto out;
    }
    sc_hash_tagged(digest, "sharechain/asset/1", parts, n + 1);
    err = SC_OK;
out:
    sc_hash_free(&h);
    sc_free(hashes);
    sc_free(parts);
    sc_free(after);
    return sc_fault_from(why, err);
}

/* ---- judgement ------------------------------------------------------- */

static int is_clampable(sc_type t)
{
    return t != SC_T_CATEGORY && t != SC_T_BOOLEAN;
}

int sc_asset_is_usable(const sc_source *s, const sc_asset_report *r)
{
    uint64_t n_mended = 0;

    if (r->n_rows > s->table->max_rows) {
        return 0;
    }
    if (s->bad_values == SC_BAD_SKIP) {
        return 1;
    }
    for (size_t i = 0; i < s->table->n_columns; i++) {
        if (s->bad_values == SC_BAD_CLAMP &&
            is_clampable(s->table->columns[i].type)) {
            n_mended += r->n_range[i];
        }
    }
    return n_mended == r->n_violations;
}
