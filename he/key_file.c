/* he/key_file.c: lines of text, and a box around them.
 *
 * A reader takes each line by its length, decodes, makes the key and writes it
 * again: one key, one file. */
#include "he/key_file.h"

#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "he/words.h"

#define PUBLIC_LINE  "sharechain-paillier-public/1\n"
#define PRIVATE_LINE "sharechain-paillier-private/1\n"
#define SEALED_LINE  "sharechain-paillier-sealed/1\n"
#define SALT_LEN     crypto_pwhash_argon2id_SALTBYTES
#define NONCE_LEN    crypto_secretbox_NONCEBYTES
#define HEAD_LEN     (sizeof SEALED_LINE - 1 + SALT_LEN + NONCE_LEN)
#define MAX_NUMBER   (8 * SC_HE_MAX_LIMBS) /* bytes */

/* ---- lines ------------------------------------------------------------------ */

static sc_err put_number(sc_buf *out, const char *name, const uint64_t *x,
                         size_t n_words)
{
    uint8_t bytes[MAX_NUMBER];
    sc_err err = SC_E_BUG;

    sc_words_put(bytes, x, n_words);
    SC_TRY(sc_buf_put_str(out, name));
    SC_TRY(sc_hex_put(out, (sc_bytes){bytes, 8 * n_words}));
    SC_TRY(sc_buf_put_str(out, "\n"));
    err = SC_OK;
out:
    sc_wipe(bytes, sizeof bytes);
    return err;
}

/* Cut the next line off, which begins with `start`; *rest is what follows that,
 * without the newline. */
static sc_err next_line(sc_bytes *in, sc_bytes *rest, const char *start)
{
    const size_t len = strlen(start);
    const uint8_t *end = in->len > 0 ? memchr(in->p, '\n', in->len) : NULL;
    size_t line;

    if (end == NULL) {
        return SC_E_WIRE;
    }
    line = (size_t)(end - in->p);
    if (line < len ||
        !sc_bytes_equal_vartime((sc_bytes){in->p, len}, sc_bytes_of(start))) {
        return SC_E_WIRE;
    }
    *rest = (sc_bytes){in->p + len, line - len};
    *in = (sc_bytes){end + 1, in->len - line - 1};
    return SC_OK;
}

static int begins_with(sc_bytes in, const char *line)
{
    const sc_bytes start = sc_bytes_of(line);

    return in.len >= start.len &&
           sc_bytes_equal_vartime((sc_bytes){in.p, start.len}, start);
}

/* After the first line: the id. */
static sc_err get_id(sc_bytes *in, char id[static SC_HE_ID_MAX + 1])
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_TRY(next_line(in, &text, "id "));
    SC_REQUIRE(text.len > 0 && text.len <= SC_HE_ID_MAX, SC_E_WIRE);
    SC_REQUIRE(memchr(text.p, '\0', text.len) == NULL, SC_E_WIRE);
    memcpy(id, text.p, text.len);
    id[text.len] = '\0';
    err = SC_OK;
out:
    return err;
}

static sc_err get_number(sc_bytes *in, const char *start, uint8_t *bytes,
                         size_t *len)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_TRY(next_line(in, &text, start));
    SC_REQUIRE(text.len % 16 == 0 && text.len / 2 <= MAX_NUMBER, SC_E_WIRE);
    *len = text.len / 2;
    SC_TRY(sc_hex_get(bytes, *len, text));
    err = SC_OK;
out:
    return err;
}

/* ---- public ----------------------------------------------------------------- */

sc_err sc_he_public_put(sc_buf *out, const sc_he_public *pk)
{
    const size_t was = out->len;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, PUBLIC_LINE "id %s\n", sc_he_id(pk)));
    SC_TRY(put_number(out, "n ", sc_he_modulus(pk), sc_he_limbs(pk)));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    return err;
}

sc_err sc_he_public_get(sc_he_public **pk, sc_bytes in, unsigned flags)
{
    const sc_bytes all = in;
    char id[SC_HE_ID_MAX + 1];
    uint8_t n[MAX_NUMBER];
    sc_he_public *made = NULL;
    sc_err err = SC_E_BUG;
    sc_buf again = {0};
    sc_bytes rest;
    size_t len;

    *pk = NULL;
    SC_REQUIRE(begins_with(in, PUBLIC_LINE), SC_E_WIRE);
    SC_TRY(next_line(&in, &rest, ""));
    SC_TRY(get_id(&in, id));
    SC_TRY(get_number(&in, "n ", n, &len));
    SC_REQUIRE(in.len == 0, SC_E_WIRE);
    SC_TRY(sc_he_public_new(&made, (sc_bytes){n, len}, id, flags));
    SC_TRY(sc_he_public_put(&again, made));
    SC_REQUIRE(sc_bytes_equal_vartime(sc_buf_bytes(&again), all), SC_E_WIRE);
    *pk = made;
    made = NULL;
    err = SC_OK;
out:
    sc_he_public_free(&made);
    sc_buf_clear(&again);
    return err;
}

/* ---- private ---------------------------------------------------------------- */

sc_err sc_he_private_put(sc_buf *out, const sc_he_private *sk)
{
    const size_t was = out->len;
    const sc_he_public *pk = sc_he_private_public(sk);
    const size_t half = sc_he_limbs(pk) / 2;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, PRIVATE_LINE "id %s\n", sc_he_id(pk)));
    SC_TRY(put_number(out, "p ", sc_he_private_p(sk), half));
    SC_TRY(put_number(out, "q ", sc_he_private_q(sk), half));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    return err;
}

sc_err sc_he_private_get(sc_he_private **sk, sc_bytes in, unsigned flags)
{
    const sc_bytes all = in;
    char id[SC_HE_ID_MAX + 1];
    uint8_t bytes[2][MAX_NUMBER];
    uint64_t p[SC_HE_MAX_LIMBS], q[SC_HE_MAX_LIMBS];
    sc_he_private *made = NULL;
    sc_err err = SC_E_BUG;
    sc_buf again = {0};
    size_t p_len, q_len;
    sc_bytes rest;

    *sk = NULL;
    SC_REQUIRE(begins_with(in, PRIVATE_LINE), SC_E_WIRE);
    SC_TRY(next_line(&in, &rest, ""));
    SC_TRY(get_id(&in, id));
    SC_TRY(get_number(&in, "p ", bytes[0], &p_len));
    SC_TRY(get_number(&in, "q ", bytes[1], &q_len));
    SC_REQUIRE(in.len == 0 && p_len == q_len, SC_E_WIRE);
    SC_REQUIRE(sc_he_is_size(16 * p_len, flags), SC_E_WIRE);
    sc_words_get(p, p_len / 8, bytes[0]);
    sc_words_get(q, q_len / 8, bytes[1]);
    SC_TRY(sc_he_private_new(&made, p, q, 16 * p_len, id, flags));
    SC_TRY(sc_he_private_put(&again, made));
    SC_REQUIRE(sc_bytes_equal_vartime(sc_buf_bytes(&again), all), SC_E_WIRE);
    *sk = made;
    made = NULL;
    err = SC_OK;
out:
    sc_he_private_free(&made);
    sc_buf_clear(&again); /* wipes */
    sc_wipe(bytes, sizeof bytes);
    sc_wipe(p, sizeof p);
    sc_wipe(q, sizeof q);
    return err;
}

/* ---- sealed ----------------------------------------------------------------- */

static sc_err derive(uint8_t key[static crypto_secretbox_KEYBYTES],
                     sc_bytes passphrase, const uint8_t *salt)
{
    if (passphrase.len == 0 || passphrase.len > SC_HE_PASS_MAX) {
        return SC_E_ARG;
    }
    if (sodium_init() < 0) {
        return SC_E_RNG;
    }
    return crypto_pwhash_argon2id(key, crypto_secretbox_KEYBYTES,
                                  (const char *)passphrase.p, passphrase.len,
                                  salt,
                                  crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
                                  crypto_pwhash_argon2id_MEMLIMIT_MODERATE,
                                  crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0
               ? SC_OK
               : SC_E_MEM;
}

sc_err sc_he_private_seal(sc_buf *out, sc_rng *rng, const sc_he_private *sk,
                          sc_bytes passphrase)
{
    uint8_t key[crypto_secretbox_KEYBYTES] = {0}, drawn[SALT_LEN + NONCE_LEN];
    const size_t was = out->len;
    size_t box_len;
    sc_err err = SC_E_BUG;
    sc_buf open = {0};

    SC_TRY(sc_rng_bytes(rng, drawn, sizeof drawn));
    SC_TRY(derive(key, passphrase, drawn));
    SC_TRY(sc_he_private_put(&open, sk));
    box_len = open.len + crypto_secretbox_MACBYTES;
    SC_TRY(sc_buf_reserve(out, HEAD_LEN + box_len));
    SC_TRY(sc_buf_put_str(out, SEALED_LINE));
    SC_TRY(sc_buf_put(out, drawn, sizeof drawn));
    crypto_secretbox_easy(out->p + out->len, open.p, open.len, drawn + SALT_LEN,
                          key);
    out->len += box_len;
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    sc_wipe(key, sizeof key);
    sc_buf_clear(&open);
    return err;
}

sc_err sc_he_private_unseal(sc_he_private **sk, sc_bytes in,
                            sc_bytes passphrase, unsigned flags)
{
    uint8_t key[crypto_secretbox_KEYBYTES] = {0};
    sc_err err = SC_E_BUG;
    sc_buf open = {0};
    const uint8_t *salt;

    *sk = NULL;
    SC_REQUIRE(begins_with(in, SEALED_LINE) && in.len <= SC_HE_KEY_FILE_MAX &&
                   in.len > HEAD_LEN + crypto_secretbox_MACBYTES,
               SC_E_WIRE);
    salt = in.p + sizeof SEALED_LINE - 1;
    SC_TRY(derive(key, passphrase, salt));
    SC_TRY(sc_buf_reserve(&open, in.len));
    SC_REQUIRE(crypto_secretbox_open_easy(open.p, in.p + HEAD_LEN,
                                          in.len - HEAD_LEN, salt + SALT_LEN,
                                          key) == 0,
               SC_E_REFUSED);
    open.len = in.len - HEAD_LEN - crypto_secretbox_MACBYTES;
    SC_TRY(sc_he_private_get(sk, sc_buf_bytes(&open), flags));
    err = SC_OK;
out:
    sc_wipe(key, sizeof key);
    sc_buf_clear(&open);
    return err;
}

/* ---- files ------------------------------------------------------------------ */

sc_err sc_he_public_save(const sc_he_public *pk, const char *path,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf out = {0};

    SC_TRY(sc_fault_from(why, sc_he_public_put(&out, pk)));
    SC_TRY(sc_file_put_immutable(path, sc_buf_bytes(&out), 0644, why));
    err = SC_OK;
out:
    sc_buf_clear(&out);
    return err;
}

/* A fault for what a file says of itself; else the code's own words. */
static sc_err explain(sc_fault *why, sc_err err, const char *path,
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

sc_err sc_he_public_load(sc_he_public **pk, const char *path, unsigned flags,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf in = {0};

    *pk = NULL;
    SC_TRY(sc_file_read(&in, path, SC_HE_KEY_FILE_MAX, why));
    SC_TRY(explain(why, sc_he_public_get(pk, sc_buf_bytes(&in), flags), path,
                   "not the file of a Paillier public key"));
    err = SC_OK;
out:
    sc_buf_clear(&in);
    return err;
}

sc_err sc_he_private_save(const sc_he_private *sk, const char *path,
                          sc_rng *rng, sc_bytes passphrase, unsigned flags,
                          sc_fault *why)
{
    const int is_open = (flags & SC_HE_OPEN_FILE) != 0;
    sc_err err = SC_E_BUG;
    sc_buf out = {0};

    if (is_open != (passphrase.len == 0)) {
        return sc_fault_set(why, SC_E_ARG, "%s",
                            is_open ? "a passphrase for an open key file"
                                    : "no passphrase for a sealed key file");
    }
    SC_TRY(sc_fault_from(why, is_open ? sc_he_private_put(&out, sk)
                                      : sc_he_private_seal(&out, rng, sk,
                                                           passphrase)));
    SC_TRY(sc_file_put_immutable(path, sc_buf_bytes(&out), 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&out);
    return err;
}

/* The file is ours and nobody else's, if it is there. A link is refused: what it
 * points to may change hands. */
static sc_err check_owner(const char *path, sc_fault *why)
{
    struct stat st;

    if (lstat(path, &st) != 0 ||
        (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
         (st.st_mode & 077) == 0)) {
        return SC_OK;
    }
    (void)sc_fault_set(why, SC_E_CONFIG,
                       "not a regular file that is its owner's alone");
    sc_fault_at(why, path, 0, 0);
    sc_fault_remedy(why,
                    "chmod 600; if others may have read it, make a new key");
    return SC_E_CONFIG;
}

sc_err sc_he_private_load(sc_he_private **sk, const char *path,
                          sc_bytes passphrase, unsigned flags, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf in = {0};
    int is_open;

    *sk = NULL;
    SC_TRY(check_owner(path, why));
    SC_TRY(sc_file_read(&in, path, SC_HE_KEY_FILE_MAX, why));
    is_open = begins_with(sc_buf_bytes(&in), PRIVATE_LINE);
    if (is_open && passphrase.len > 0) {
        err = sc_fault_set(why, SC_E_ARG, "the key file has no passphrase");
        goto out;
    }
    SC_TRY(explain(why,
                   is_open ? sc_he_private_get(sk, sc_buf_bytes(&in), flags)
                           : sc_he_private_unseal(sk, sc_buf_bytes(&in),
                                                  passphrase, flags),
                   path, "not the file of a Paillier private key"));
    err = SC_OK;
out:
    sc_buf_clear(&in);
    return err;
}
