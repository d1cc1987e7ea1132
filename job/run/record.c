/* job/run/record.c: a journal's record is the kind (u8) and the data. */
#include "job/run/record.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/newfile.h"

#define MAX_SHARE ((size_t)512 << 20)

struct sc_record {
    uint8_t id[SC_JOB_ID_LEN];
    char *dir;     /* STORE/jobs/<id> */
    int is_placed; /* STORE/jobs was synced since it was opened */
    sc_journal *journal;
    sc_buf data[SC_RECORD_N_KINDS];
    int is_there[SC_RECORD_N_KINDS];
};

const char *sc_record_state_name(sc_record_kind kind)
{
    static const char *const names[SC_RECORD_N_KINDS + 1] = {
        "new",        "planned",  "consented", "signed",  "signed by all",
        "in the log", "answered", "done",      "refused", "aborted",
        "voided",     "repeated", "empty"};

    return names[kind <= SC_RECORD_N_KINDS ? kind : SC_RECORD_N_KINDS];
}

static sc_err keep(sc_record *r, sc_record_kind kind, sc_bytes data)
{
    sc_buf_reset(&r->data[kind]);
    r->is_there[kind] = 1;
    return sc_buf_put_bytes(&r->data[kind], data);
}

static sc_err visit(void *ctx, uint64_t offset, sc_bytes record, sc_fault *why)
{
    if (record.len == 0 || record.p[0] >= SC_RECORD_N_KINDS) {
        return sc_fault_set(why, SC_E_CORRUPT,
                            "the job's record at offset %llu is of no kind",
                            (unsigned long long)offset);
    }
    return keep(ctx, (sc_record_kind)record.p[0],
                (sc_bytes){record.p + 1, record.len - 1});
}

static char *job_dir(const char *store, const uint8_t *id)
{
    sc_buf path = {0};
    char hex[33];

    sc_hex16(hex, id);
    if (sc_buf_printf(&path, "%s/jobs/%s", store, hex) != SC_OK ||
        sc_buf_terminate(&path) != SC_OK) {
        sc_buf_clear(&path);
        return NULL;
    }
    return (char *)path.p;
}

typedef enum { MODE_NEW, MODE_RESUME, MODE_READ } open_mode;

static sc_err open_journal(sc_record *r, const char *path, open_mode mode,
                           sc_fault *why)
{
    if (mode == MODE_READ) {
        return sc_journal_read(path, visit, r, why);
    }
    return sc_journal_open(&r->journal, path, visit, r, why);
}

/* id: hexadecimal, or the beginning of it */
static sc_err no_job(const char *id, sc_fault *why)
{
    sc_fault_set(why, SC_E_NOT_FOUND, "no such job here: %s", id);
    sc_fault_remedy(why, "`sharechain receipt list` shows the jobs of this "
                         "node");
    return SC_E_NOT_FOUND;
}

static sc_err open_record(sc_record **out, const char *store, const uint8_t *id,
                          open_mode mode, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *path = NULL;
    sc_record *r = sc_alloc(1, sizeof *r);

    SC_REQUIRE(r != NULL, SC_E_MEM);
    memcpy(r->id, id, SC_JOB_ID_LEN);
    r->dir = job_dir(store, id);
    SC_REQUIRE(r->dir != NULL, SC_E_MEM);
    path = sc_path_join(r->dir, "journal");
    SC_REQUIRE(path != NULL, SC_E_MEM);
    if (mode == MODE_NEW) {
        SC_TRY(sc_dir_make_later(r->dir, 0700, why));
    } else if (access(path, F_OK) != 0) {
        char hex[33];

        sc_hex16(hex, id);
        err = no_job(hex, why);
        goto out;
    }
    SC_TRY(open_journal(r, path, mode, why));
    if (mode == MODE_NEW && sc_record_state(r) != SC_RECORD_N_KINDS) {
        err =
            sc_fault_set(why, SC_E_STATE, "a job of this id is known already");
        goto out;
    }
    *out = r;
    r = NULL;
    err = SC_OK;
out:
    sc_free(path);
    sc_record_free(&r);
    return sc_fault_from(why, err);
}

sc_err sc_record_new(sc_record **r, const char *store,
                     const uint8_t id[static SC_JOB_ID_LEN], sc_fault *why)
{
    return open_record(r, store, id, MODE_NEW, why);
}

sc_err sc_record_open(sc_record **r, const char *store,
                      const uint8_t id[static SC_JOB_ID_LEN], sc_fault *why)
{
    return open_record(r, store, id, MODE_READ, why);
}

sc_err sc_record_resume(sc_record **r, const char *store,
                        const uint8_t id[static SC_JOB_ID_LEN], sc_fault *why)
{
    return open_record(r, store, id, MODE_RESUME, why);
}

void sc_record_free(sc_record **r)
{
    if (*r != NULL) {
        for (size_t k = 0; k < SC_RECORD_N_KINDS; k++) {
            sc_buf_clear(&(*r)->data[k]);
        }
        sc_journal_free(&(*r)->journal);
        sc_free((*r)->dir);
        sc_free(*r);
        *r = NULL;
    }
}

/* The folder is there after a crash only if its parent was synced. */
static sc_err place(sc_record *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *jobs = sc_strdup(r->dir);

    SC_REQUIRE(jobs != NULL, SC_E_MEM);
    *strrchr(jobs, '/') = '\0';
    SC_TRY(sc_dir_sync(jobs, why));
    r->is_placed = 1;
    err = SC_OK;
out:
    sc_free(jobs);
    return sc_fault_from(why, err);
}

typedef sc_err append_call(sc_journal *j, sc_bytes record, sc_fault *why);

static sc_err put(sc_record *r, sc_record_kind kind, sc_bytes data,
                  append_call *append, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf b = {0};

    SC_REQUIRE(r->journal != NULL, SC_E_STATE);
    SC_TRY(sc_buf_put_u8(&b, (uint8_t)kind));
    SC_TRY(sc_buf_put_bytes(&b, data));
    SC_TRY(append(r->journal, sc_buf_bytes(&b), why));
    SC_TRY(keep(r, kind, data));
    err = SC_OK;
out:
    sc_buf_clear(&b);
    return sc_fault_from(why, err);
}

sc_err sc_record_put(sc_record *r, sc_record_kind kind, sc_bytes data,
                     sc_fault *why)
{
    sc_err err = put(r, kind, data, sc_journal_append, why);

    return err == SC_OK && !r->is_placed ? place(r, why) : err;
}

sc_err sc_record_put_later(sc_record *r, sc_record_kind kind, sc_bytes data,
                           sc_fault *why)
{
    return put(r, kind, data, sc_journal_append_later, why);
}

sc_err sc_record_sync(sc_record *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(r->journal != NULL, SC_E_STATE);
    SC_TRY(sc_journal_sync(r->journal, why));
    if (!r->is_placed) {
        SC_TRY(place(r, why));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

sc_err sc_record_get(const sc_record *r, sc_bytes *data, sc_record_kind kind)
{
    if (!r->is_there[kind]) {
        return SC_E_NOT_FOUND;
    }
    *data = sc_buf_bytes(&r->data[kind]);
    return SC_OK;
}

/* The index in 8 bytes, then the note. */
sc_err sc_record_put_proved(sc_record *r, uint64_t index, sc_bytes note,
                            sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf data = {0};
    uint8_t at[8];

    sc_store_le64(at, index);
    SC_TRY(sc_buf_put(&data, at, sizeof at));
    SC_TRY(sc_buf_put_bytes(&data, note));
    SC_TRY(sc_record_put_later(r, SC_RECORD_PROVED, sc_buf_bytes(&data), why));
    err = SC_OK;
out:
    sc_buf_clear(&data);
    return sc_fault_from(why, err);
}

sc_err sc_record_get_proved(const sc_record *r, uint64_t *index, sc_bytes *note)
{
    sc_bytes data;
    sc_err err = sc_record_get(r, &data, SC_RECORD_PROVED);

    if (err != SC_OK || data.len < 8) {
        return err == SC_OK ? SC_E_CORRUPT : err;
    }
    *index = sc_load_le64(data.p);
    *note = (sc_bytes){data.p + 8, data.len - 8};
    return SC_OK;
}

sc_record_kind sc_record_state(const sc_record *r)
{
    for (size_t k = SC_RECORD_N_KINDS; k-- > 0;) {
        if (r->is_there[k]) {
            return (sc_record_kind)k;
        }
    }
    return SC_RECORD_N_KINDS;
}

int64_t sc_record_changed_ns(const sc_record *r)
{
    char *path = sc_path_join(r->dir, "journal");
    struct stat st;
    int64_t ns = 0;

    if (path != NULL && stat(path, &st) == 0) {
        ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    }
    sc_free(path);
    return ns;
}

const uint8_t *sc_record_id(const sc_record *r)
{
    return r->id;
}

/* ---- the share --------------------------------------------------------- */

#define SHARE_FILE  "share.sealed"
#define PART_FILE   "part.sealed"
#define OPENED_FILE "shares.opened"
#define MARK_FILE   "delivered"

/* Sealed where it is put together: no other copy is made. */
static sc_err seal(sc_record *r, const char *name, const uint8_t *state_key,
                   const sc_bytes *pieces, size_t n_pieces, sc_rng *rng,
                   sc_fault *why)
{
    const size_t head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    sc_err err = SC_E_BUG;
    sc_buf box = {0};
    size_t len = 0;
    char *path = sc_path_join(r->dir, name);

    SC_REQUIRE(path != NULL, SC_E_MEM);
    for (size_t i = 0; i < n_pieces; i++) {
        SC_REQUIRE(pieces[i].len <= MAX_SHARE - len, SC_E_ARG);
        len += pieces[i].len;
    }
    SC_TRY(sc_buf_reserve(&box, head + len));
    SC_TRY(sc_rng_bytes(rng, box.p, crypto_secretbox_NONCEBYTES));
    box.len = head;
    for (size_t i = 0; i < n_pieces; i++) {
        SC_TRY(sc_buf_put_bytes(&box, pieces[i]));
    }
    SC_REQUIRE(crypto_secretbox_easy(box.p + crypto_secretbox_NONCEBYTES,
                                     box.p + head, len, box.p, state_key) == 0,
               SC_E_BUG);
    SC_TRY(sc_file_replace(path, sc_buf_bytes(&box), 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&box);
    sc_free(path);
    return sc_fault_from(why, err);
}

static sc_err unseal(const sc_record *r, const char *name, sc_buf *words,
                     const uint8_t *state_key, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf box = {0};
    size_t head = crypto_secretbox_NONCEBYTES, len;
    char *path = sc_path_join(r->dir, name);

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_file_read(&box, path, MAX_SHARE + 64, why));
    SC_REQUIRE(box.len >= head + crypto_secretbox_MACBYTES, SC_E_CORRUPT);
    len = box.len - head - crypto_secretbox_MACBYTES;
    SC_TRY(sc_buf_reserve(words, len));
    if (crypto_secretbox_open_easy(words->p + words->len, box.p + head,
                                   box.len - head, box.p, state_key) != 0) {
        err =
            sc_fault_set(why, SC_E_CORRUPT,
                         "%s does not open under this node's state key", path);
        goto out;
    }
    words->len += len;
    err = SC_OK;
out:
    sc_buf_clear(&box);
    sc_free(path);
    return sc_fault_from(why, err);
}

sc_err sc_record_seal_share(sc_record *r,
                            const uint8_t state_key[static SC_KEY_LEN],
                            const sc_bytes *pieces, size_t n_pieces,
                            sc_rng *rng, sc_fault *why)
{
    return seal(r, SHARE_FILE, state_key, pieces, n_pieces, rng, why);
}

sc_err sc_record_open_share(const sc_record *r, sc_buf *share,
                            const uint8_t state_key[static SC_KEY_LEN],
                            sc_fault *why)
{
    return unseal(r, SHARE_FILE, share, state_key, why);
}

static int has_file(const sc_record *r, const char *name)
{
    char *path = sc_path_join(r->dir, name);
    int has = path != NULL && access(path, F_OK) == 0;

    sc_free(path);
    return has;
}

int sc_record_has_part(const sc_record *r)
{
    return has_file(r, PART_FILE);
}

sc_err sc_record_seal_part(sc_record *r,
                           const uint8_t state_key[static SC_KEY_LEN],
                           sc_bytes part, sc_rng *rng, sc_fault *why)
{
    return seal(r, PART_FILE, state_key, &part, 1, rng, why);
}

sc_err sc_record_open_part(const sc_record *r, sc_buf *part,
                           const uint8_t state_key[static SC_KEY_LEN],
                           sc_fault *why)
{
    return unseal(r, PART_FILE, part, state_key, why);
}

static sc_err erase(const sc_record *r, const char *name, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *path = sc_path_join(r->dir, name);

    SC_REQUIRE(path != NULL, SC_E_MEM);
    if (unlink(path) != 0 && errno != ENOENT) {
        err = sc_fault_set(why, SC_E_IO, "cannot erase %s: %s", path,
                           strerror(errno));
        goto out;
    }
    err = SC_OK;
out:
    sc_free(path);
    return sc_fault_from(why, err);
}

sc_err sc_record_put_delivered(sc_record *r, sc_fault *why)
{
    char *path = sc_path_join(r->dir, MARK_FILE);
    sc_err err = path == NULL
                     ? sc_fault_from(why, SC_E_MEM)
                     : sc_file_put_immutable(path, (sc_bytes){0}, 0600, why);

    sc_free(path);
    return err;
}

int sc_record_is_delivered(const sc_record *r)
{
    return has_file(r, MARK_FILE);
}

sc_err sc_record_erase_share(sc_record *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(erase(r, SHARE_FILE, why));
    SC_TRY(erase(r, PART_FILE, why));
    SC_TRY(sc_dir_sync(r->dir, why));
    err = SC_OK;
out:
    return err;
}

/* ---- what is opened ------------------------------------------------------ */

sc_err sc_record_put_opened(sc_record *r, const sc_bytes *pieces,
                            size_t n_pieces, sc_fault *why)
{
    char *path = sc_path_join(r->dir, OPENED_FILE);
    sc_newfile *f = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_newfile_new(&f, path, 0600, why));
    for (size_t i = 0; i < n_pieces; i++) {
        SC_TRY(sc_newfile_put(f, pieces[i], why));
    }
    SC_TRY(sc_newfile_finish(f, 1, why));
    err = SC_OK;
out:
    sc_newfile_free(&f);
    sc_free(path);
    return sc_fault_from(why, err);
}

sc_err sc_record_read_opened(const sc_record *r, sc_buf *data, uint64_t at,
                             size_t max_len, sc_fault *why)
{
    char *path = sc_path_join(r->dir, OPENED_FILE);
    sc_err err = path == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_file_read_at(data, path, at, max_len, why);

    sc_free(path);
    return err;
}

int sc_record_has_opened(const sc_record *r)
{
    return has_file(r, OPENED_FILE);
}

sc_err sc_record_erase_opened(const sc_record *r, sc_fault *why)
{
    sc_err err = erase(r, OPENED_FILE, why);

    return err == SC_OK ? sc_dir_sync(r->dir, why) : err;
}

sc_err sc_record_list(uint8_t **ids, size_t *n_ids, const char *store,
                      sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char **names = NULL;
    size_t n_names = 0;
    char *dir = sc_path_join(store, "jobs");

    *ids = NULL;
    *n_ids = 0;
    SC_REQUIRE(dir != NULL, SC_E_MEM);
    err = sc_dir_list(&names, &n_names, dir, why);
    if (err == SC_E_NOT_FOUND && why != NULL) {
        *why = (sc_fault){0};
    }
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    *ids = sc_alloc(n_names, SC_JOB_ID_LEN);
    SC_REQUIRE(*ids != NULL, SC_E_MEM);
    for (size_t i = 0; i < n_names; i++) {
        if (sc_hex_get(*ids + *n_ids * SC_JOB_ID_LEN, SC_JOB_ID_LEN,
                       sc_bytes_of(names[i])) == SC_OK) {
            ++*n_ids;
        }
    }
    err = SC_OK;
out:
    sc_free(names);
    sc_free(dir);
    return sc_fault_from(why, err);
}

sc_err sc_record_find(uint8_t id[static SC_JOB_ID_LEN], const char *store,
                      const char *prefix, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t len = strlen(prefix), n_ids = 0, n_found = 0;
    uint8_t *ids = NULL;

    if (len < SC_RECORD_MIN_PREFIX || len > (size_t)2 * SC_JOB_ID_LEN ||
        strspn(prefix, "0123456789abcdef") != len) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "a job's id is 32 digits 0-9, a-f, or at least %d "
                            "of its first",
                            SC_RECORD_MIN_PREFIX);
    }
    SC_TRY(sc_record_list(&ids, &n_ids, store, why));
    for (size_t i = 0; i < n_ids; i++) {
        char hex[33];

        sc_hex16(hex, ids + i * SC_JOB_ID_LEN);
        if (strncmp(hex, prefix, len) == 0) {
            memcpy(id, ids + i * SC_JOB_ID_LEN, SC_JOB_ID_LEN);
            n_found++;
        }
    }
    SC_REQUIRE(n_found > 0, no_job(prefix, why));
    SC_REQUIRE(n_found == 1,
               sc_fault_set(why, SC_E_CONFIG,
                            "the ids of %zu jobs begin with %s: write more "
                            "digits",
                            n_found, prefix));
    err = SC_OK;
out:
    sc_free(ids);
    return sc_fault_from(why, err);
}
