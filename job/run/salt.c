/* job/run/salt.c: see the header. */
#include "job/run/salt.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"

#define FILE_LEN (32 + SC_HASH_LEN) /* a salt, and its SHA-256 */

/* STORE/assets, NUL-terminated. */
static sc_err make_dir(sc_buf *dir, const char *store)
{
    sc_err err = sc_buf_printf(dir, "%s/assets", store);

    return err == SC_OK ? sc_buf_terminate(dir) : err;
}

/* Give the file `path` a fresh salt, unless it has one: two jobs may begin at
 * the same moment. */
static sc_err make_salt(const char *path, const char *dir, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_rng rng = sc_rng_system();
    uint8_t salt[FILE_LEN], id[16];
    char hex[33];
    sc_buf fresh = {0};

    SC_TRY(sc_rng_bytes(&rng, salt, 32));
    sc_sha256(salt + 32, (sc_bytes){salt, 32});
    SC_TRY(sc_rng_bytes(&rng, id, sizeof id));
    sc_hex16(hex, id);
    SC_TRY(sc_buf_printf(&fresh, "%s/.%s", dir, hex));
    SC_TRY(sc_buf_terminate(&fresh));
    SC_TRY(sc_file_replace((char *)fresh.p, (sc_bytes){salt, sizeof salt}, 0600,
                           why));
    if (link((char *)fresh.p, path) != 0 && errno != EEXIST) {
        err = sc_fault_set(why, SC_E_IO, "cannot make %s: %s", path,
                           strerror(errno));
    } else {
        err = sc_dir_sync(dir, why);
    }
    (void)unlink((char *)fresh.p);
out:
    sc_wipe(salt, sizeof salt);
    sc_buf_clear(&fresh);
    return err;
}

static sc_err read_salt(uint8_t salt[static 32], const char *path,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf file = {0};
    uint8_t digest[SC_HASH_LEN];

    SC_TRY(sc_file_read(&file, path, FILE_LEN, why));
    sc_sha256(digest, (sc_bytes){file.p, file.len < 32 ? file.len : 32});
    if (file.len != FILE_LEN ||
        memcmp(file.p + 32, digest, sizeof digest) != 0) {
        err = sc_fault_set(why, SC_E_CORRUPT,
                           "%s is damaged: restore it from your backup", path);
        sc_fault_remedy(why, "without a backup remove it: the same data then "
                             "gets another commitment");
        goto out;
    }
    memcpy(salt, file.p, 32);
    err = SC_OK;
out:
    sc_wipe(file.p, file.len);
    sc_buf_clear(&file);
    return sc_fault_from(why, err);
}

sc_err sc_salt_get(uint8_t salt[static 32], const char *store,
                   const uint8_t asset[static 32], sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf dir = {0}, path = {0};
    char hex[65];

    sc_hex32(hex, asset);
    SC_TRY(make_dir(&dir, store));
    SC_TRY(sc_dir_make((char *)dir.p, 0700, why));
    SC_TRY(sc_buf_printf(&path, "%s/%s.salt", (char *)dir.p, hex));
    SC_TRY(sc_buf_terminate(&path));
    if (access((char *)path.p, F_OK) != 0) {
        SC_TRY(make_salt((char *)path.p, (char *)dir.p, why));
    }
    SC_TRY(read_salt(salt, (char *)path.p, why));
    err = SC_OK;
out:
    sc_buf_clear(&dir);
    sc_buf_clear(&path);
    return sc_fault_from(why, err);
}

static int is_salt(const char *name)
{
    uint8_t digest[32];

    return strlen(name) == 64 + strlen(".salt") &&
           strcmp(name + 64, ".salt") == 0 &&
           sc_hex_get(digest, sizeof digest,
                      (sc_bytes){(const uint8_t *)name, 64}) == SC_OK;
}

sc_err sc_salt_check(const char *store, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf dir = {0};
    char **names = NULL, *path = NULL;
    size_t n_names = 0;
    uint8_t salt[32];

    SC_TRY(make_dir(&dir, store));
    err = sc_dir_list(&names, &n_names, (char *)dir.p, why);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        err = SC_OK;
    }
    SC_REQUIRE(err == SC_OK, err);
    for (size_t i = 0; i < n_names; i++) {
        if (is_salt(names[i])) {
            sc_free(path);
            path = sc_path_join((char *)dir.p, names[i]);
            SC_REQUIRE(path != NULL, SC_E_MEM);
            SC_TRY(read_salt(salt, path, why));
        }
    }
    err = SC_OK;
out:
    sc_wipe(salt, sizeof salt);
    sc_free(path);
    sc_free(names);
    sc_buf_clear(&dir);
    return sc_fault_from(why, err);
}
