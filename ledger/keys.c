/* ledger/keys.c: key pairs, their checks and their text, on libsodium. */
#include "ledger/keys.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "base/hash.h"
#include "base/mem.h"
#include "ledger/line.h"

#define LINE_PREFIX "sharechain-key/1 "
#define TAG_MAX     64

static_assert(sizeof(sc_sign_key) == crypto_sign_SECRETKEYBYTES,
              "libsodium's secret key is seed || public key");

static const char *const kind_names[SC_KEY_N_KINDS] = {"identity", "log",
                                                       "cosigner", "transport",
                                                       "state"};

const char *sc_key_kind_name(sc_key_kind kind)
{
    return kind_names[kind];
}

void sc_sign_key_init(sc_sign_key *key, const uint8_t seed[static SC_KEY_LEN])
{
    uint8_t sk[crypto_sign_SECRETKEYBYTES], pk[SC_KEY_LEN];

    crypto_sign_seed_keypair(pk, sk, seed);
    memcpy(key, sk, sizeof *key);
    sc_wipe(sk, sizeof sk);
}

/* Set the key of a kind from its 32 secret bytes. */
static void set_secret(sc_keys *keys, sc_key_kind kind,
                       const uint8_t secret[static SC_KEY_LEN])
{
    switch (kind) {
    case SC_KEY_IDENTITY:
        sc_sign_key_init(&keys->identity, secret);
        break;
    case SC_KEY_LOG:
        sc_sign_key_init(&keys->log, secret);
        break;
    case SC_KEY_COSIGNER:
        sc_sign_key_init(&keys->cosigner, secret);
        break;
    case SC_KEY_TRANSPORT:
        memcpy(keys->transport, secret, SC_KEY_LEN);
        crypto_scalarmult_base(keys->transport_pk, secret);
        break;
    default:
        memcpy(keys->state, secret, SC_KEY_LEN);
        break;
    }
}

static const uint8_t *get_secret(const sc_keys *keys, sc_key_kind kind)
{
    switch (kind) {
    case SC_KEY_IDENTITY:
        return keys->identity.seed;
    case SC_KEY_LOG:
        return keys->log.seed;
    case SC_KEY_COSIGNER:
        return keys->cosigner.seed;
    case SC_KEY_TRANSPORT:
        return keys->transport;
    default:
        return keys->state;
    }
}

sc_err sc_keys_generate(sc_keys *keys, sc_rng *rng)
{
    uint8_t secret[SC_KEY_LEN];
    sc_err err = SC_E_BUG;

    for (unsigned kind = 0; kind < SC_KEY_N_KINDS; kind++) {
        SC_TRY(sc_rng_bytes(rng, secret, sizeof secret));
        set_secret(keys, (sc_key_kind)kind, secret);
    }
    err = SC_OK;
out:
    sc_wipe(secret, sizeof secret);
    if (err != SC_OK) {
        sc_keys_clear(keys);
    }
    return err;
}

void sc_keys_clear(sc_keys *keys)
{
    sc_wipe(keys, sizeof *keys);
}

/* ---- text -------------------------------------------------------------- */

sc_err sc_keys_put(sc_buf *out, const sc_keys *keys, sc_key_kind kind)
{
    sc_err err = SC_E_BUG;
    size_t start = out->len;

    SC_TRY(sc_buf_put_str(out, LINE_PREFIX));
    SC_TRY(sc_buf_put_str(out, sc_key_kind_name(kind)));
    SC_TRY(sc_buf_put_u8(out, ' '));
    SC_TRY(
        sc_base64url_put(out, (sc_bytes){get_secret(keys, kind), SC_KEY_LEN}));
    SC_TRY(sc_buf_put_u8(out, '\n'));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    return err;
}

sc_err sc_keys_get(sc_keys *keys, sc_key_kind kind, sc_bytes line)
{
    sc_buf secret = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_line_skip(&line, LINE_PREFIX));
    SC_TRY(sc_line_skip(&line, sc_key_kind_name(kind)));
    SC_TRY(sc_line_skip(&line, " "));
    SC_REQUIRE(line.len > 0 && line.p[line.len - 1] == '\n', SC_E_WIRE);
    line.len--;
    SC_TRY(sc_base64url_get(&secret, line, SC_KEY_LEN));
    SC_REQUIRE(secret.len == SC_KEY_LEN, SC_E_WIRE);
    set_secret(keys, kind, secret.p);
    err = SC_OK;
out:
    sc_buf_clear(&secret);
    return err;
}

/* ---- checks of public keys --------------------------------------------- */

sc_err sc_key_check_ed25519(const uint8_t pk[static SC_KEY_LEN])
{
    return crypto_core_ed25519_is_valid_point(pk) == 1 ? SC_OK : SC_E_WIRE;
}

sc_err sc_key_check_x25519(const uint8_t pk[static SC_KEY_LEN])
{
    /* p = 2^255 - 19, little-endian; any scalar finds a small order, for the
     * ladder multiplies by the cofactor. */
    static const uint8_t p[SC_KEY_LEN] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xff, 0x7f};
    static const uint8_t scalar[SC_KEY_LEN] = {1};
    uint8_t out[SC_KEY_LEN];
    int cmp = 0;

    for (size_t i = SC_KEY_LEN; i-- > 0 && cmp == 0;) {
        cmp = (int)pk[i] - (int)p[i];
    }
    if (cmp >= 0 || crypto_scalarmult(out, scalar, pk) != 0) {
        return SC_E_WIRE;
    }
    return SC_OK;
}

/* ---- signatures -------------------------------------------------------- */

void sc_sign(uint8_t sig[static SC_SIG_LEN], const sc_sign_key *key,
             sc_bytes message)
{
    crypto_sign_detached(sig, NULL, message.p, message.len,
                         (const uint8_t *)key);
}

sc_err sc_sign_verify(const uint8_t pk[static SC_KEY_LEN], sc_bytes message,
                      const uint8_t sig[static SC_SIG_LEN])
{
    return crypto_sign_verify_detached(sig, message.p, message.len, pk) == 0
               ? SC_OK
               : SC_E_CHEAT;
}

/* tag || 0x00 || digest */
typedef struct {
    uint8_t b[TAG_MAX + 1 + SC_HASH_LEN];
    size_t len;
} tagged_message;

static sc_err make_tagged(tagged_message *m, const char *tag,
                          const sc_bytes *parts, size_t n_parts)
{
    size_t len = strlen(tag);

    if (len == 0 || len > TAG_MAX || tag[0] == '{') {
        return SC_E_ARG;
    }
    memcpy(m->b, tag, len + 1);
    sc_hash_tagged(m->b + len + 1, tag, parts, n_parts);
    m->len = len + 1 + SC_HASH_LEN;
    return SC_OK;
}

sc_err sc_sign_tagged(uint8_t sig[static SC_SIG_LEN], const sc_sign_key *key,
                      const char *tag, const sc_bytes *parts, size_t n_parts)
{
    tagged_message m;
    sc_err err = make_tagged(&m, tag, parts, n_parts);

    if (err == SC_OK) {
        sc_sign(sig, key, (sc_bytes){m.b, m.len});
    }
    return err;
}

sc_err sc_sign_verify_tagged(const uint8_t pk[static SC_KEY_LEN],
                             const char *tag, const sc_bytes *parts,
                             size_t n_parts,
                             const uint8_t sig[static SC_SIG_LEN])
{
    tagged_message m;
    sc_err err = make_tagged(&m, tag, parts, n_parts);

    return err == SC_OK ? sc_sign_verify(pk, (sc_bytes){m.b, m.len}, sig) : err;
}
