/* ledger/store.c: see the header.
 *
 * A record of the write-ahead log: old size (u64 le), old root, new size, new
 * root, then each entry behind its length (u32 le). */
#include "ledger/store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define HEADS_LEN   (2 * (8 + SC_HASH_LEN))
#define WAL_MAX     ((uint64_t)1 << 20) /* then a new file is begun */
#define MAX_ENTRIES ((size_t)1 << 16)
#define TORN_LEN    ((size_t)32) /* no hash and no entry ends in so many zeros */
#define MAX_TORN    ((size_t)16 << 20)

struct sc_store {
    char *public_dir;
    char *private_dir;
    int lock_fd;
    sc_journal *wal;
    unsigned wal_number;
    sc_head head;
    sc_buf staged;
};

int sc_head_equal(const sc_head *a, const sc_head *b)
{
    return a->size == b->size &&
           memcmp(&a->root, &b->root, sizeof a->root) == 0;
}

/* ---- reading the log --------------------------------------------------- */

typedef struct {
    sc_store_visit visit;
    void *ctx;
    const char *file;
} wal_reader;

static sc_err wal_bad(const wal_reader *r, uint64_t offset, sc_fault *why)
{
    sc_err err =
        sc_fault_set(why, SC_E_CORRUPT, "the batch at offset %llu is malformed",
                     (unsigned long long)offset);

    sc_fault_at(why, r->file, 0, 0);
    return err;
}

static void get_head(sc_head *h, const uint8_t *p)
{
    h->size = sc_load_le64(p);
    memcpy(h->root.b, p + 8, SC_HASH_LEN);
}

static sc_err visit_record(void *ctx, uint64_t offset, sc_bytes record,
                           sc_fault *why)
{
    const wal_reader *r = ctx;
    sc_err err = SC_E_BUG;
    sc_bytes *entries = sc_alloc(MAX_ENTRIES, sizeof *entries);
    size_t n = 0, at = HEADS_LEN;
    sc_head old, now;

    SC_REQUIRE(entries != NULL, SC_E_MEM);
    SC_REQUIRE(record.len >= HEADS_LEN, wal_bad(r, offset, why));
    get_head(&old, record.p);
    get_head(&now, record.p + 8 + SC_HASH_LEN);
    while (at < record.len) {
        size_t len;

        SC_REQUIRE(record.len - at >= 4 && n < MAX_ENTRIES,
                   wal_bad(r, offset, why));
        len = (size_t)record.p[at] | (size_t)record.p[at + 1] << 8 |
              (size_t)record.p[at + 2] << 16 | (size_t)record.p[at + 3] << 24;
        SC_REQUIRE(record.len - at - 4 >= len, wal_bad(r, offset, why));
        entries[n++] = (sc_bytes){record.p + at + 4, len};
        at += 4 + len;
    }
    SC_REQUIRE(now.size >= old.size && now.size - old.size == n,
               wal_bad(r, offset, why));
    SC_TRY(r->visit(r->ctx, &old, &now, entries, n, r->file, offset, why));
    err = SC_OK;
out:
    sc_free(entries);
    return err;
}

static sc_err open_wal(sc_store *s, unsigned number, sc_store_visit visit,
                       void *ctx, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char name[32];
    char *path = NULL;
    wal_reader r = {visit, ctx, NULL};

    snprintf(name, sizeof name, "wal.%06u", number);
    path = sc_path_join(s->private_dir, name);
    SC_REQUIRE(path != NULL, SC_E_MEM);
    r.file = path;
    sc_journal_free(&s->wal);
    SC_TRY(sc_journal_open(&s->wal, path, visit_record, &r, why));
    s->wal_number = number;
    SC_TRY(sc_journal_sync(s->wal, why)); /* a kill may have left it unsynced */
    err = SC_OK;
out:
    sc_free(path);
    return err;
}

/* The number in "wal.000001"; 0 if it is no such name. */
static unsigned wal_number(const char *name)
{
    char again[32];
    unsigned long number;

    if (strncmp(name, "wal.", 4) != 0) {
        return 0;
    }
    number = strtoul(name + 4, NULL, 10);
    snprintf(again, sizeof again, "wal.%06lu", number);
    return strcmp(name, again) == 0 && number <= UINT_MAX ? (unsigned)number
                                                          : 0;
}

/* All logs in order of number; the last stays open for appending. */
static sc_err open_wals(sc_store *s, sc_store_visit visit, void *ctx,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char **names = NULL;
    size_t n_names = 0;

    SC_TRY(sc_dir_list(&names, &n_names, s->private_dir, why));
    for (size_t i = 0; i < n_names; i++) {
        unsigned number = wal_number(names[i]);

        if (number > 0) {
            SC_TRY(open_wal(s, number, visit, ctx, why));
        }
    }
    if (s->wal == NULL) {
        SC_TRY(open_wal(s, 1, visit, ctx, why));
    }
    err = SC_OK;
out:
    sc_free(names);
    return err;
}

/* ---- life -------------------------------------------------------------- */

sc_err sc_store_open(sc_store **out, const char *dir, sc_store_visit visit,
                     void *ctx, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *lock = NULL;
    sc_store *s = sc_alloc(1, sizeof *s);

    SC_REQUIRE(s != NULL, SC_E_MEM);
    s->lock_fd = -1;
    s->public_dir = sc_path_join(dir, "chain");
    s->private_dir = sc_path_join(dir, "chain-private");
    lock = sc_path_join(dir, "lock");
    SC_REQUIRE(s->public_dir != NULL && s->private_dir != NULL && lock != NULL,
               SC_E_MEM);
    SC_TRY(sc_dir_make(s->public_dir, 0755, why));
    SC_TRY(sc_dir_make(s->private_dir, 0700, why));
    SC_TRY(sc_file_lock(&s->lock_fd, lock, why));
    SC_TRY(open_wals(s, visit, ctx, why));
    *out = s;
    s = NULL;
    err = SC_OK;
out:
    sc_free(lock);
    sc_store_free(&s);
    return sc_fault_from(why, err);
}

void sc_store_free(sc_store **s)
{
    if (*s != NULL) {
        sc_journal_free(&(*s)->wal);
        sc_buf_clear(&(*s)->staged);
        if ((*s)->lock_fd >= 0) {
            close((*s)->lock_fd);
        }
        sc_free((*s)->public_dir);
        sc_free((*s)->private_dir);
        sc_free(*s);
        *s = NULL;
    }
}

void sc_store_set_head(sc_store *s, const sc_head *head)
{
    s->head = *head;
}

/* ---- committing -------------------------------------------------------- */

sc_err sc_store_stage(sc_store *s, const sc_bytes *entries, size_t n_entries)
{
    sc_err err = SC_E_BUG;
    static const uint8_t heads[HEADS_LEN];

    sc_buf_reset(&s->staged);
    SC_REQUIRE(n_entries <= MAX_ENTRIES, SC_E_ARG);
    SC_TRY(sc_buf_put(&s->staged, heads, sizeof heads)); /* filled by cas */
    for (size_t i = 0; i < n_entries; i++) {
        for (unsigned b = 0; b < 4; b++) {
            SC_TRY(sc_buf_put_u8(&s->staged,
                                 (uint8_t)(entries[i].len >> (8 * b))));
        }
        SC_TRY(sc_buf_put_bytes(&s->staged, entries[i]));
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_buf_reset(&s->staged);
    }
    return err;
}

static void put_head(uint8_t *p, const sc_head *h)
{
    sc_store_le64(p, h->size);
    memcpy(p + 8, h->root.b, SC_HASH_LEN);
}

static sc_err no_batch(void *ctx, const sc_head *old, const sc_head *now,
                       const sc_bytes *entries, size_t n_entries,
                       const char *file, uint64_t offset, sc_fault *why)
{
    (void)ctx, (void)old, (void)now, (void)entries, (void)n_entries;
    (void)file, (void)offset;
    return sc_fault_set(why, SC_E_CORRUPT, "a new log is not empty");
}

int sc_store_is_log_long(const sc_store *s)
{
    return sc_journal_len(s->wal) > WAL_MAX;
}

sc_err sc_store_begin_log(sc_store *s, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char name[32];
    char *old = NULL;

    snprintf(name, sizeof name, "wal.%06u", s->wal_number);
    old = sc_path_join(s->private_dir, name);
    SC_REQUIRE(old != NULL, SC_E_MEM);
    SC_TRY(open_wal(s, s->wal_number + 1, no_batch, NULL, why));
    if (unlink(old) != 0) {
        err = sc_fault_set(why, SC_E_IO, "cannot remove %s", old);
        goto out;
    }
    err = SC_OK;
out:
    sc_free(old);
    return err;
}

sc_err sc_store_cas_head(sc_store *s, const sc_head *old, const sc_head *now,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (!sc_head_equal(&s->head, old) || s->staged.len < HEADS_LEN) {
        err = sc_fault_set(why, SC_E_STATE, "the log's head has moved");
        goto out;
    }
    put_head(s->staged.p, old);
    put_head(s->staged.p + 8 + SC_HASH_LEN, now);
    SC_TRY(sc_journal_append(s->wal, sc_buf_bytes(&s->staged), why));
    s->head = *now;
    err = SC_OK;
out:
    sc_buf_reset(&s->staged);
    return sc_fault_from(why, err);
}

/* ---- files ------------------------------------------------------------- */

sc_err sc_store_put_immutable(sc_store *s, const char *path, sc_bytes data,
                              int is_synced, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *full = sc_path_join(s->public_dir, path);
    char *dir = full == NULL ? NULL : sc_strdup(full);

    SC_REQUIRE(dir != NULL, SC_E_MEM);
    *strrchr(dir, '/') = '\0';
    SC_TRY(sc_dir_make(dir, 0755, why));
    SC_TRY(is_synced ? sc_file_put_immutable(full, data, 0644, why)
                     : sc_file_put_immutable_later(full, data, 0644, why));
    err = SC_OK;
out:
    sc_free(dir);
    sc_free(full);
    return sc_fault_from(why, err);
}

sc_err sc_store_get(sc_store *s, const char *path, sc_buf *out, size_t max_len,
                    sc_fault *why)
{
    char *full = sc_path_join(s->public_dir, path);
    sc_err err = full == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_file_read(out, full, max_len, why);

    sc_free(full);
    return err;
}

void sc_store_drop_torn(sc_store *s, const char *path)
{
    static const uint8_t zeros[TORN_LEN];
    char *full = sc_path_join(s->public_dir, path);
    sc_buf data = {0};

    if (full != NULL && sc_file_read(&data, full, MAX_TORN, NULL) == SC_OK) {
        size_t n = data.len < TORN_LEN ? data.len : TORN_LEN;

        if (n == 0 || memcmp(data.p + data.len - n, zeros, n) == 0) {
            (void)unlink(full); /* else its reader names it */
        }
    }
    sc_buf_clear(&data);
    sc_free(full);
}

void sc_store_drop_partials(sc_store *s, const char *path)
{
    sc_buf dir = {0};
    char **names = NULL;
    size_t n_names = 0;

    if (sc_buf_printf(&dir, "%s/%s.p", s->public_dir, path) == SC_OK &&
        sc_buf_terminate(&dir) == SC_OK &&
        sc_dir_list(&names, &n_names, (char *)dir.p, NULL) == SC_OK) {
        for (size_t i = 0; i < n_names; i++) {
            char *file = sc_path_join((char *)dir.p, names[i]);

            if (file != NULL) {
                (void)unlink(file); /* else it stays, and does no harm */
            }
            sc_free(file);
        }
        (void)rmdir((char *)dir.p);
    }
    sc_free(names);
    sc_buf_clear(&dir);
}

sc_err sc_store_list(sc_store *s, char ***names, size_t *n_names,
                     const char *path, sc_fault *why)
{
    char *full = sc_path_join(s->public_dir, path);
    sc_err err = full == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_dir_list(names, n_names, full, why);

    sc_free(full);
    return err;
}

sc_err sc_store_put_checkpoint(sc_store *s, sc_bytes note, sc_fault *why)
{
    char *full = sc_path_join(s->public_dir, "checkpoint");
    sc_err err = full == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_file_replace_later(full, note, 0644, why);

    sc_free(full);
    return err;
}

const char *sc_store_public_dir(const sc_store *s)
{
    return s->public_dir;
}

char *sc_store_private_path(const sc_store *s, const char *name)
{
    return sc_path_join(s->private_dir, name);
}
