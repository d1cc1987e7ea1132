/* job/run/notice.c: see the header. */
#include "job/run/notice.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#define MAX_BODY ((size_t)1 << 16)

static int set_text(json_t *body, const char *key, const char *text)
{
    return text == NULL ||
           json_object_set_new(body, key, json_string(text)) == 0;
}

static sc_err set_hex(json_t *body, const char *key, const uint8_t *p,
                      size_t len)
{
    return p == NULL ? SC_OK : sc_json_set_hex(body, key, (sc_bytes){p, len});
}

static sc_err make_body(sc_buf *out, const sc_notice *n)
{
    sc_err err = SC_E_BUG;
    sc_rng rng = sc_rng_system();
    uint8_t salt[32];
    json_t *body = json_object();

    SC_REQUIRE(body != NULL, SC_E_MEM);
    SC_TRY(sc_rng_bytes(&rng, salt, sizeof salt));
    SC_REQUIRE(set_text(body, "asker", n->asker) &&
                   set_text(body, "blamed", n->blamed) &&
                   set_text(body, "kind", n->kind) &&
                   set_text(body, "phase", n->phase) &&
                   set_text(body, "reason", n->reason) &&
                   set_text(body, "type", sc_entry_type_name(n->type)) &&
                   json_object_set_new(body, "time",
                                       json_integer(sc_clock_wall())) == 0 &&
                   json_object_set_new(body, "v", json_integer(1)) == 0,
               SC_E_MEM);
    SC_TRY(set_hex(body, "job", n->job_id, 16));
    SC_TRY(set_hex(body, "sid", n->sid, 32));
    SC_TRY(set_hex(body, "query", n->query, 32));
    SC_TRY(set_hex(body, "salt", salt, sizeof salt));
    SC_TRY(sc_jcs_put(out, body));
    err = SC_OK;
out:
    json_decref(body);
    return err;
}

static sc_err bodies_folder(sc_buf *path, const char *store)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(path, "%s/chain-private/bodies", store));
    SC_TRY(sc_buf_terminate(path));
    err = SC_OK;
out:
    return err;
}

static sc_err store_body(const sc_house *h, const uint8_t digest[32],
                         sc_bytes body, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf path = {0};
    char hex[65];

    sc_hex32(hex, digest);
    SC_TRY(bodies_folder(&path, h->conf->store));
    SC_TRY(sc_dir_make((char *)path.p, 0700, why));
    SC_TRY(sc_buf_printf(&path, "/%s.json", hex));
    SC_TRY(sc_buf_terminate(&path));
    SC_TRY(sc_file_put_immutable((char *)path.p, body, 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&path);
    return sc_fault_from(why, err);
}

/* All of the entry but what depends on the body. */
static sc_err fill_entry(sc_entry *e, const sc_house *h, const sc_notice *n)
{
    sc_err err = SC_E_BUG;
    const char *did = h->consortium->parties[h->me].did;
    uint8_t tag[32];

    *e = (sc_entry){.type = n->type};
    memcpy(e->did, did, SC_DID_LEN + 1);
    if (n->type == SC_ENTRY_REFUSAL) {
        SC_TRY(sc_hkdf(tag, sizeof tag, (sc_bytes){h->keys->state, SC_KEY_LEN},
                       (sc_bytes){n->query, 32},
                       sc_bytes_of("sharechain/refusal/1")));
        sc_entry_refusal_id(e->i, did, n->asker, n->query,
                            sc_clock_wall() / 86400, tag);
    } else {
        sc_entry_session(e->s, n->sid);
        sc_entry_statement_id(e->i, n->type, did, e->s);
    }
    err = SC_OK;
out:
    sc_wipe(tag, sizeof tag);
    return err;
}

/* Is it in the log, or is its session decided without it? */
static int is_settled(const sc_house *h, const sc_entry *e)
{
    sc_entry_type fate;
    uint64_t index;

    if (sc_chain_find(h->chain, &index, e->i) == SC_OK) {
        return 1;
    }
    return (e->type == SC_ENTRY_ABORT || e->type == SC_ENTRY_VOID) &&
           sc_chain_fate(h->chain, &fate, &index, e->s) == SC_OK;
}

sc_err sc_notice_submit(const sc_house *h, const sc_notice *n, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf body = {0}, text = {0};
    sc_entry e;

    SC_TRY(fill_entry(&e, h, n));
    if (is_settled(h, &e)) {
        return SC_OK;
    }
    SC_TRY(make_body(&body, n));
    sc_sha256(e.d, sc_buf_bytes(&body));
    SC_TRY(store_body(h, e.d, sc_buf_bytes(&body), why));
    SC_TRY(sc_entry_sign(&e, &h->keys->identity));
    SC_TRY(sc_entry_make(&text, &e));
    SC_TRY(sc_keeper_submit(h->keeper, sc_buf_bytes(&text), why));
    err = SC_OK;
out:
    sc_buf_clear(&body);
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

static sc_err check_body(const char *folder, const char *name, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t want[32], found[32];
    sc_buf body = {0};
    char *path = sc_path_join(folder, name);

    SC_REQUIRE(path != NULL, SC_E_MEM);
    if (strlen(name) != strlen(".json") + 64 ||
        strcmp(name + 64, ".json") != 0 ||
        sc_hex_get(want, sizeof want, (sc_bytes){(const uint8_t *)name, 64}) !=
            SC_OK) {
        goto done; /* a file that a crash left half written */
    }
    SC_TRY(sc_file_read(&body, path, MAX_BODY, why));
    sc_sha256(found, sc_buf_bytes(&body));
    if (memcmp(found, want, sizeof want) != 0) {
        err = sc_fault_set(why, SC_E_CORRUPT,
                           "this statement does not have the digest that names "
                           "it");
        sc_fault_at(why, path, 0, 0);
        sc_fault_remedy(why, "restore the file from your backup");
        goto out;
    }
done:
    err = SC_OK;
out:
    sc_buf_clear(&body);
    sc_free(path);
    return err;
}

sc_err sc_notice_check_bodies(const char *store, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf folder = {0};
    char **names = NULL;
    size_t n_names = 0;

    SC_TRY(bodies_folder(&folder, store));
    err = sc_dir_list(&names, &n_names, (char *)folder.p, why);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        err = SC_OK;
    }
    for (size_t i = 0; i < n_names && err == SC_OK; i++) {
        err = check_body((char *)folder.p, names[i], why);
    }
out:
    sc_free(names);
    sc_buf_clear(&folder);
    return sc_fault_from(why, err);
}
