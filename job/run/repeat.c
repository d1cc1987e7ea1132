/* job/run/repeat.c: see the header. */
#include "job/run/repeat.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/hash.h"

void sc_repeat_key(uint8_t key[static 32], const sc_plan *plan,
                   const sc_opt_bytes *inputs, size_t n_inputs)
{
    sc_bytes parts[2 + SC_MAX_PARTIES];
    uint8_t results[8];

    sc_store_le64(results, plan->results);
    parts[0] = (sc_bytes){plan->query_digest, 32};
    parts[1] = (sc_bytes){results, sizeof results};
    for (size_t i = 0; i < n_inputs; i++) {
        parts[2 + i] = (sc_bytes){inputs[i].b, inputs[i].is_set ? 32 : 0};
    }
    sc_hash_tagged(key, "repeat/1", parts, 2 + n_inputs);
}

static sc_err key_path(sc_buf *path, const char *store, const uint8_t *key,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char hex[65];

    sc_hex32(hex, key);
    SC_TRY(sc_buf_printf(path, "%s/answers", store));
    SC_TRY(sc_buf_terminate(path));
    SC_TRY(sc_dir_make((char *)path->p, 0700, why));
    SC_TRY(sc_buf_printf(path, "/%s", hex));
    SC_TRY(sc_buf_terminate(path));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

sc_err sc_repeat_find(uint8_t id[static 16], const char *store,
                      const uint8_t key[static 32], sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf path = {0}, text = {0};

    SC_TRY(key_path(&path, store, key, why));
    SC_TRY(sc_file_read(&text, (char *)path.p, 64, why));
    SC_REQUIRE(text.len > 0, SC_E_NOT_FOUND); /* the machine fell */
    if (sc_hex_get(id, 16, sc_buf_bytes(&text)) != SC_OK) {
        err = sc_fault_set(why, SC_E_CORRUPT, "%s is damaged", (char *)path.p);
        goto out;
    }
    err = SC_OK;
out:
    sc_buf_clear(&path);
    sc_buf_clear(&text);
    return err;
}

sc_err sc_repeat_put(const char *store, const uint8_t key[static 32],
                     const uint8_t id[static 16], sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf path = {0};
    char hex[33];

    sc_hex16(hex, id);
    SC_TRY(key_path(&path, store, key, why));
    SC_TRY(sc_file_replace_later((char *)path.p, sc_bytes_of(hex), 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&path);
    return err;
}

sc_err sc_repeat_remember(const char *store, const sc_plan *plan,
                          const sc_opt_bytes *inputs, size_t n_inputs,
                          const uint8_t id[static 16], sc_fault *why)
{
    uint8_t key[32];
    sc_err err;

    sc_repeat_key(key, plan, inputs, n_inputs);
    err = sc_repeat_put(store, key, id, why);
    if (err == SC_OK) {
        sc_repeat_key(key, plan, NULL, 0);
        err = sc_repeat_put(store, key, id, why);
    }
    return err;
}
