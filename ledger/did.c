/* ledger/did.c: a DID is its key in base58, so both ways are a few lines. */
#include "ledger/did.h"

#include <assert.h>
#include <string.h>

#include "base/encode.h"

#define PREFIX     "did:key:"
#define PREFIX_LEN (sizeof PREFIX - 1)
#define CODEC_LEN  2
#define BASE58_MAX 128

static const uint8_t ed25519_codec[CODEC_LEN] = {0xed, 0x01};

static_assert(SC_DID_VM_LEN == 2 * SC_DID_LEN + 1 - PREFIX_LEN,
              "a verification method is DID '#' multibase");

sc_err sc_multibase_put(sc_buf *out, sc_bytes in)
{
    sc_err err = SC_E_BUG;
    size_t start = out->len;

    SC_TRY(sc_buf_put_u8(out, 'z'));
    SC_TRY(sc_base58_put(out, in));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    return err;
}

sc_err sc_multibase_get(uint8_t *out, size_t len, sc_bytes text)
{
    sc_buf b = {0};
    sc_err err = SC_E_BUG;

    /* A byte takes less than 1.4 digits; longer texts need no reading. */
    SC_REQUIRE(len <= BASE58_MAX && text.len >= 1 && text.len <= 2 + 2 * len &&
                   text.p[0] == 'z',
               SC_E_WIRE);
    SC_TRY(sc_base58_get(&b, (sc_bytes){text.p + 1, text.len - 1}, len));
    SC_REQUIRE(b.len == len, SC_E_WIRE);
    if (len > 0) {
        memcpy(out, b.p, len);
    }
    err = SC_OK;
out:
    sc_buf_clear(&b);
    return err;
}

sc_err sc_did_make(char out[static SC_DID_LEN + 1],
                   const uint8_t pk[static SC_KEY_LEN])
{
    uint8_t multi[CODEC_LEN + SC_KEY_LEN];
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    memcpy(multi, ed25519_codec, CODEC_LEN);
    memcpy(multi + CODEC_LEN, pk, SC_KEY_LEN);
    SC_TRY(sc_buf_put_str(&text, PREFIX));
    SC_TRY(sc_multibase_put(&text, (sc_bytes){multi, sizeof multi}));
    /* 0xED01 and 32 bytes are between 58^46 and 58^47: always 47 digits. */
    SC_ASSERT(text.len == SC_DID_LEN);
    memcpy(out, text.p, SC_DID_LEN);
    out[SC_DID_LEN] = '\0';
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

sc_err sc_did_take(uint8_t pk[static SC_KEY_LEN], sc_bytes did)
{
    uint8_t multi[CODEC_LEN + SC_KEY_LEN];
    sc_err err = SC_E_BUG;

    SC_REQUIRE(did.len == SC_DID_LEN && memcmp(did.p, PREFIX, PREFIX_LEN) == 0,
               SC_E_WIRE);
    SC_TRY(
        sc_multibase_get(multi, sizeof multi,
                         (sc_bytes){did.p + PREFIX_LEN, did.len - PREFIX_LEN}));
    SC_REQUIRE(memcmp(multi, ed25519_codec, CODEC_LEN) == 0, SC_E_WIRE);
    SC_TRY(sc_key_check_ed25519(multi + CODEC_LEN));
    memcpy(pk, multi + CODEC_LEN, SC_KEY_LEN);
    err = SC_OK;
out:
    return err;
}

sc_err sc_did_vm(char out[static SC_DID_VM_LEN + 1], const char *did)
{
    if (strlen(did) != SC_DID_LEN) {
        return SC_E_ARG;
    }
    memcpy(out, did, SC_DID_LEN);
    out[SC_DID_LEN] = '#';
    memcpy(out + SC_DID_LEN + 1, did + PREFIX_LEN, SC_DID_LEN - PREFIX_LEN + 1);
    return SC_OK;
}
