/* job/conf/keyfile.c: writing keys once, reading them only where they are private. */
#include "job/conf/keyfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define MAX_LINE 256
#define NAME_LEN 32

/* folder/identity.key in a heap string; NULL if out of memory. */
static char *key_path(const char *folder, sc_key_kind kind)
{
    char name[NAME_LEN];

    (void)snprintf(name, sizeof name, "%s.key", sc_key_kind_name(kind));
    return sc_path_join(folder, name);
}

/* ---- making ----------------------------------------------------------- */

static sc_err check_absent(const char *folder, sc_key_kind kind, sc_fault *why)
{
    char *path = key_path(folder, kind);
    struct stat st;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    if (lstat(path, &st) == 0 || errno != ENOENT) {
        err = sc_fault_set(why, SC_E_CONFIG,
                           "there is a key already, and keys are never "
                           "written over");
        sc_fault_at(why, path, 0, 0);
        sc_fault_remedy(
            why, "use another folder; --again prints the block of these keys");
        goto out;
    }
    err = SC_OK;
out:
    sc_free(path);
    return err;
}

static sc_err write_key(const sc_keys *keys, const char *folder,
                        sc_key_kind kind, sc_fault *why)
{
    char *path = key_path(folder, kind);
    sc_buf line = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_keys_put(&line, keys, kind));
    SC_TRY(sc_file_put_immutable(path, sc_buf_bytes(&line), 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&line);
    sc_free(path);
    return err;
}

sc_err sc_keyfile_make(sc_keys *keys, const char *folder, sc_rng *rng,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_dir_make(folder, 0700, why));
    for (int k = 0; k < SC_KEY_N_KINDS; k++) {
        SC_TRY(check_absent(folder, (sc_key_kind)k, why));
    }
    SC_TRY(sc_keys_generate(keys, rng));
    for (int k = 0; k < SC_KEY_N_KINDS; k++) {
        SC_TRY(write_key(keys, folder, (sc_key_kind)k, why));
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_keys_clear(keys);
    }
    return sc_fault_from(why, err);
}

/* ---- loading ---------------------------------------------------------- */

static sc_err key_fault(sc_fault *why, const char *path, const char *remedy,
                        const char *text)
{
    (void)sc_fault_set(why, SC_E_CONFIG, "%s", text);
    sc_fault_at(why, path, 0, 0);
    sc_fault_remedy(why, "%s", remedy);
    return SC_E_CONFIG;
}

static sc_err load_key(sc_keys *keys, const char *folder, sc_key_kind kind,
                       sc_fault *why)
{
    char *path = key_path(folder, kind);
    sc_buf line = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    err = sc_file_read_private(&line, path, MAX_LINE, why);
    if (err == SC_E_NOT_FOUND) {
        err = key_fault(why, path,
                        "`keys:` names the folder that `sharechain init` made",
                        "this key is missing");
    } else if (err == SC_E_ARG ||
               (err == SC_OK &&
                sc_keys_get(keys, kind, sc_buf_bytes(&line)) != SC_OK)) {
        err = key_fault(why, path, "restore it from your backup",
                        "this file is not a key of its purpose");
    }
    SC_TRY(err);
    err = SC_OK;
out:
    sc_buf_clear(&line);
    sc_free(path);
    return err;
}

sc_err sc_keyfile_load(sc_keys *keys, const char *folder, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (int k = 0; k < SC_KEY_N_KINDS; k++) {
        SC_TRY(load_key(keys, folder, (sc_key_kind)k, why));
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_keys_clear(keys);
    }
    return sc_fault_from(why, err);
}
