/* he/seal.c: see the header. */
#include "he/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "he/lines.h"

#define SALT_LEN  crypto_pwhash_argon2id_SALTBYTES
#define NONCE_LEN crypto_secretbox_NONCEBYTES
#define KEY_LEN   crypto_secretbox_KEYBYTES
#define MAC_LEN   crypto_secretbox_MACBYTES

static sc_err derive(uint8_t key[static KEY_LEN], sc_bytes passphrase,
                     const uint8_t *salt)
{
    if (passphrase.len == 0 || passphrase.len > SC_SEAL_PASS_MAX) {
        return SC_E_ARG;
    }
    if (sodium_init() < 0) {
        return SC_E_RNG;
    }
    return crypto_pwhash_argon2id(key, KEY_LEN, (const char *)passphrase.p,
                                  passphrase.len, salt,
                                  crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
                                  crypto_pwhash_argon2id_MEMLIMIT_MODERATE,
                                  crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0
               ? SC_OK
               : SC_E_MEM;
}

sc_err sc_seal(sc_buf *out, sc_rng *rng, const char *line, sc_bytes open,
               sc_bytes passphrase)
{
    uint8_t key[KEY_LEN] = {0}, drawn[SALT_LEN + NONCE_LEN];
    const size_t was = out->len, box_len = open.len + MAC_LEN;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_rng_bytes(rng, drawn, sizeof drawn));
    SC_TRY(derive(key, passphrase, drawn));
    SC_TRY(sc_buf_put_str(out, line));
    SC_TRY(sc_buf_put(out, drawn, sizeof drawn));
    SC_TRY(sc_buf_reserve(out, box_len));
    crypto_secretbox_easy(out->p + out->len, open.p, open.len, drawn + SALT_LEN,
                          key);
    out->len += box_len;
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    sc_wipe(key, sizeof key);
    return err;
}

sc_err sc_unseal(sc_buf *open, const char *line, sc_bytes in,
                 sc_bytes passphrase)
{
    const size_t head_len = strlen(line) + SALT_LEN + NONCE_LEN;
    uint8_t key[KEY_LEN] = {0};
    sc_err err = SC_E_BUG;
    const uint8_t *salt;

    SC_REQUIRE(sc_line_begins(in, line) && in.len > head_len + MAC_LEN,
               SC_E_WIRE);
    salt = in.p + strlen(line);
    SC_TRY(derive(key, passphrase, salt));
    SC_TRY(sc_buf_reserve(open, in.len));
    SC_REQUIRE(crypto_secretbox_open_easy(open->p + open->len, in.p + head_len,
                                          in.len - head_len, salt + SALT_LEN,
                                          key) == 0,
               SC_E_REFUSED);
    open->len += in.len - head_len - MAC_LEN;
    err = SC_OK;
out:
    sc_wipe(key, sizeof key);
    return err;
}

sc_err sc_secret_fault(sc_fault *why, sc_err err, const char *path,
                       const char *kind)
{
    if (err == SC_E_WIRE || err == SC_E_CHEAT || err == SC_E_REFUSED) {
        (void)sc_fault_set(why, err, "%s",
                           err == SC_E_REFUSED
                               ? "wrong passphrase, or the file was changed"
                           : err == SC_E_WIRE ? kind
                                              : "its numbers make no key");
        sc_fault_at(why, path, 0, 0);
        return err;
    }
    return sc_fault_from(why, err);
}
