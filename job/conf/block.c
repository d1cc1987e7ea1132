/* job/conf/block.c: one list of a block's members serves signing and printing. */
#include "job/conf/block.h"

#include <string.h>

#include "base/encode.h"
#include "base/jcs.h"
#include "job/conf/conf.h"

#define N_MEMBERS 6

typedef struct {
    const char *key, *text;
} member;

static void members_of(member m[static N_MEMBERS], const sc_party *p)
{
    m[0] = (member){"name", p->name};
    m[1] = (member){"did", p->did};
    m[2] = (member){"transport", p->transport};
    m[3] = (member){"cosigner", p->cosigner};
    m[4] = (member){"log", p->log};
    m[5] = (member){"address", p->address};
}

/* What is signed. */
static sc_err block_text(sc_buf *out, const sc_party *p, const char *consortium)
{
    member m[N_MEMBERS];
    json_t *v = json_pack("{s:s}", "consortium", consortium);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(v != NULL, SC_E_MEM);
    members_of(m, p);
    for (size_t i = 0; i < N_MEMBERS; i++) {
        SC_REQUIRE(json_object_set_new(v, m[i].key, json_string(m[i].text)) ==
                       0,
                   SC_E_MEM);
    }
    SC_REQUIRE(!p->is_offline ||
                   json_object_set_new(v, "offline", json_true()) == 0,
               SC_E_MEM);
    SC_TRY(sc_jcs_put(out, v));
    err = SC_OK;
out:
    json_decref(v);
    return err;
}

/* The texts of one key; `out` has room for 256 bytes. */
static sc_err put_vkey(char *out, size_t len, const char *name,
                       sc_note_type type, const uint8_t *pk)
{
    sc_note_key key;
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_note_key_init(&key, name, type, pk));
    SC_TRY(sc_note_key_put(&text, &key));
    SC_TRY(sc_buf_terminate(&text));
    SC_REQUIRE(text.len < len, SC_E_ARG);
    memcpy(out, text.p, text.len + 1);
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err put_transport(sc_party *p, const uint8_t pk[static SC_KEY_LEN])
{
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_z85_put(&text, (sc_bytes){pk, SC_KEY_LEN}));
    SC_TRY(sc_buf_terminate(&text));
    SC_ASSERT(text.len + 1 == sizeof p->transport);
    memcpy(p->transport, text.p, sizeof p->transport);
    memcpy(p->transport_key, pk, SC_KEY_LEN);
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

sc_err sc_block_make(sc_party *p, const sc_keys *keys, const char *name,
                     const char *origin, const char *address, int is_offline)
{
    sc_party made = {0};
    sc_err err = SC_E_BUG;

    if (!sc_conf_is_name(name) || !sc_conf_is_origin(origin) ||
        !sc_conf_is_address(address, 0)) {
        return SC_E_ARG;
    }
    memcpy(made.name, name, strlen(name));
    memcpy(made.address, address, strlen(address));
    memcpy(made.identity, keys->identity.pk, SC_KEY_LEN);
    memcpy(made.cosigner_key, keys->cosigner.pk, SC_KEY_LEN);
    memcpy(made.log_key, keys->log.pk, SC_KEY_LEN);
    made.is_offline = is_offline;
    SC_TRY(sc_did_make(made.did, keys->identity.pk));
    SC_TRY(put_transport(&made, keys->transport_pk));
    SC_TRY(put_vkey(made.cosigner, sizeof made.cosigner, name,
                    SC_NOTE_COSIGNATURE, keys->cosigner.pk));
    SC_TRY(put_vkey(made.log, sizeof made.log, origin, SC_NOTE_ED25519,
                    keys->log.pk));
    *p = made;
    err = SC_OK;
out:
    return err;
}

sc_err sc_block_sign(sc_buf *out, const sc_party *p, const char *consortium,
                     const sc_sign_key *identity)
{
    uint8_t sig[SC_SIG_LEN];
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(block_text(&text, p, consortium));
    sc_sign(sig, identity, sc_buf_bytes(&text));
    SC_TRY(sc_multibase_put(out, (sc_bytes){sig, sizeof sig}));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

sc_err sc_block_verify(const sc_party *p, const char *consortium,
                       const char *sig)
{
    uint8_t raw[SC_SIG_LEN];
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_multibase_get(raw, sizeof raw, sc_bytes_of(sig)));
    SC_TRY(block_text(&text, p, consortium));
    SC_TRY(sc_sign_verify(p->identity, sc_buf_bytes(&text), raw));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

/* No member can hold '"' or '\': not a name, an address or an origin (job/conf/conf.h),
 * nor base58, base64 and Z85. */
sc_err sc_block_print(sc_buf *out, const sc_party *p, const char *sig)
{
    member m[N_MEMBERS];
    sc_err err = SC_E_BUG;

    members_of(m, p);
    SC_TRY(sc_buf_printf(out, "  - name: %s\n", p->name));
    for (size_t i = 1; i < N_MEMBERS; i++) {
        SC_TRY(sc_buf_printf(out, "    %s: \"%s\"\n", m[i].key, m[i].text));
    }
    SC_TRY(sc_buf_put_str(out, p->is_offline ? "    offline: true\n" : ""));
    SC_TRY(sc_buf_printf(out, "    sig: \"%s\"\n", sig));
    err = SC_OK;
out:
    return err;
}
