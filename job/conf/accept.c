/* job/conf/accept.c: a small text file, replaced as a whole. */
#include "job/conf/accept.h"

#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "ledger/genesis.h"

#define LINE_LEN (2 * SC_HASH_LEN + 1)
#define MAX_LEN  ((size_t)1024 * LINE_LEN)

/* All lines as they stand; none if the file is absent. */
static sc_err read_lines(sc_buf *lines, const char *path, sc_fault *why)
{
    uint8_t digest[SC_HASH_LEN];
    sc_fault io = {0};
    sc_err err = sc_file_read(lines, path, MAX_LEN, &io);

    if (err == SC_E_NOT_FOUND) {
        return SC_OK;
    }
    if (err == SC_OK && lines->len % LINE_LEN == 0) {
        for (size_t at = 0; err == SC_OK && at < lines->len; at += LINE_LEN) {
            err = sc_hex_get(digest, sizeof digest,
                             (sc_bytes){lines->p + at, LINE_LEN - 1});
            if (lines->p[at + LINE_LEN - 1] != '\n') {
                err = SC_E_WIRE;
            }
        }
    } else if (err == SC_OK) {
        err = SC_E_WIRE;
    }
    if (err == SC_E_WIRE || err == SC_E_ARG) {
        err = sc_fault_set(why, SC_E_CORRUPT,
                           "this is not a list of digests, one a line");
        sc_fault_at(why, path, 0, 0);
        sc_fault_remedy(why, "delete it and accept the digest again");
    } else if (err != SC_OK && why != NULL) {
        *why = io;
    }
    return err;
}

static int line_is(const sc_buf *lines, size_t at,
                   const uint8_t digest[static SC_HASH_LEN])
{
    char hex[2 * SC_HASH_LEN + 1];

    sc_hex32(hex, digest);
    return memcmp(lines->p + at, hex, 2 * SC_HASH_LEN) == 0;
}

/* <store>/accepted and its lines. */
static sc_err open_list(char **path, sc_buf *lines, const char *store,
                        sc_fault *why)
{
    *path = sc_path_join(store, "accepted");
    return *path == NULL ? SC_E_MEM : read_lines(lines, *path, why);
}

static sc_err differ(sc_fault *why, sc_err code, const char *heard_words,
                     const uint8_t heard[static SC_HASH_LEN],
                     const uint8_t file[static SC_HASH_LEN])
{
    char a[2 * SC_HASH_LEN + 1], b[2 * SC_HASH_LEN + 1];

    sc_hex32(a, heard);
    sc_hex32(b, file);
    return sc_fault_set(why, code,
                        "the consortium file has digest %s, and %s is %s", b,
                        heard_words, a);
}

/* A store whose log has begun is one consortium's for good. */
static sc_err check_store(const char *store,
                          const uint8_t file[static SC_HASH_LEN], sc_fault *why)
{
    uint8_t owner[SC_HASH_LEN];
    char a[2 * SC_HASH_LEN + 1], b[2 * SC_HASH_LEN + 1];
    sc_err err = sc_genesis_find(owner, store);

    if (err == SC_E_NOT_FOUND) {
        return SC_OK;
    }
    if (err != SC_OK || memcmp(owner, file, SC_HASH_LEN) == 0) {
        return err;
    }
    sc_hex32(a, owner);
    sc_hex32(b, file);
    (void)sc_fault_set(why, SC_E_CONFIG,
                       "this store belongs to the consortium of digest %s, and "
                       "the file has %s",
                       a, b);
    sc_fault_at(why, store, 0, 0);
    sc_fault_remedy(why, "give the new file a new store: (and each party new "
                         "keys), or put back the old file");
    return SC_E_CONFIG;
}

sc_err sc_accept_put(const char *store,
                     const uint8_t digest[static SC_HASH_LEN],
                     const uint8_t file[static SC_HASH_LEN], sc_fault *why)
{
    char hex[2 * SC_HASH_LEN + 1];
    sc_buf lines = {0};
    char *path = NULL;
    sc_err err = SC_E_BUG;

    if (memcmp(digest, file, SC_HASH_LEN) != 0) {
        (void)differ(why, SC_E_CHEAT, "the one to accept", digest, file);
        sc_fault_remedy(why, "ask the other parties which file is the right "
                             "one; do not go on with this one");
        return SC_E_CHEAT;
    }
    SC_TRY(check_store(store, file, why));
    SC_TRY(sc_dir_make(store, 0700, why));
    SC_TRY(open_list(&path, &lines, store, why));
    if (lines.len == 0 || !line_is(&lines, lines.len - LINE_LEN, digest)) {
        sc_hex32(hex, digest);
        SC_TRY(sc_buf_printf(&lines, "%s\n", hex));
        SC_TRY(sc_file_replace(path, sc_buf_bytes(&lines), 0600, why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&lines);
    sc_free(path);
    return sc_fault_from(why, err);
}

sc_err sc_accept_check(const char *store,
                       const uint8_t file[static SC_HASH_LEN], sc_fault *why)
{
    uint8_t last[SC_HASH_LEN];
    sc_buf lines = {0};
    char *path = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(check_store(store, file, why));
    SC_TRY(open_list(&path, &lines, store, why));
    if (lines.len == 0) {
        /* The digest itself is not printed: it is to be compared, not pasted. */
        err = sc_fault_set(why, SC_E_CONFIG,
                           "no consortium has been accepted here yet");
        sc_fault_remedy(why,
                        "compare the digest that `sharechain consortium check` "
                        "prints with the other parties over another channel, "
                        "then run `sharechain consortium accept DIGEST`");
        goto out;
    }
    if (!line_is(&lines, lines.len - LINE_LEN, file)) {
        SC_TRY(sc_hex_get(last, sizeof last,
                          (sc_bytes){lines.p + lines.len - LINE_LEN,
                                     LINE_LEN - 1}));
        err = differ(why, SC_E_CONFIG, "the accepted one", last, file);
        sc_fault_remedy(why, "if the parties agreed on a new file, accept its "
                             "digest; if not, restore the old file");
        goto out;
    }
    err = SC_OK;
out:
    sc_buf_clear(&lines);
    sc_free(path);
    return sc_fault_from(why, err);
}

sc_err sc_accept_find(const char *store,
                      const uint8_t digest[static SC_HASH_LEN], sc_fault *why)
{
    sc_buf lines = {0};
    char *path = NULL;
    int is_found = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(open_list(&path, &lines, store, why));
    for (size_t at = 0; at < lines.len; at += LINE_LEN) {
        is_found |= line_is(&lines, at, digest);
    }
    SC_REQUIRE(is_found, sc_fault_set(why, SC_E_NOT_FOUND,
                                      "this consortium digest was never "
                                      "accepted here"));
    err = SC_OK;
out:
    sc_buf_clear(&lines);
    sc_free(path);
    return sc_fault_from(why, err);
}
