/* he/key_file.c: lines of text (he/lines.h), and a box around them (he/seal.h). */
#include "he/key_file.h"

#include <assert.h>

#include "base/file.h"
#include "base/mem.h"
#include "he/lines.h"
#include "he/seal.h"
#include "he/words.h"

#define PUBLIC_LINE  "sharechain-paillier-public/1\n"
#define PRIVATE_LINE "sharechain-paillier-private/1\n"
#define SEALED_LINE  "sharechain-paillier-sealed/1\n"
#define MAX_NUMBER   ((size_t)8 * SC_HE_MAX_LIMBS) /* bytes */

static_assert(SC_SEAL_PASS_MAX == SC_HE_PASS_MAX, "one limit, two headers");

/* ---- public ----------------------------------------------------------------- */

sc_err sc_he_public_put(sc_buf *out, const sc_he_public *pk)
{
    const size_t was = out->len;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, PUBLIC_LINE "id %s\n", sc_he_id(pk)));
    SC_TRY(sc_line_put_number(out, "n ", sc_he_modulus(pk), sc_he_limbs(pk)));
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
    SC_REQUIRE(sc_line_begins(in, PUBLIC_LINE), SC_E_WIRE);
    SC_TRY(sc_line_next(&in, &rest, ""));
    SC_TRY(sc_line_get_id(&in, id));
    SC_TRY(sc_line_get_number(&in, "n ", n, &len, MAX_NUMBER));
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
    SC_TRY(sc_line_put_number(out, "p ", sc_he_private_p(sk), half));
    SC_TRY(sc_line_put_number(out, "q ", sc_he_private_q(sk), half));
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
    SC_REQUIRE(sc_line_begins(in, PRIVATE_LINE), SC_E_WIRE);
    SC_TRY(sc_line_next(&in, &rest, ""));
    SC_TRY(sc_line_get_id(&in, id));
    SC_TRY(sc_line_get_number(&in, "p ", bytes[0], &p_len, MAX_NUMBER));
    SC_TRY(sc_line_get_number(&in, "q ", bytes[1], &q_len, MAX_NUMBER));
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

sc_err sc_he_private_seal(sc_buf *out, sc_rng *rng, const sc_he_private *sk,
                          sc_bytes passphrase)
{
    sc_err err = SC_E_BUG;
    sc_buf open = {0};

    SC_TRY(sc_he_private_put(&open, sk));
    SC_TRY(sc_seal(out, rng, SEALED_LINE, sc_buf_bytes(&open), passphrase));
    err = SC_OK;
out:
    sc_buf_clear(&open);
    return err;
}

sc_err sc_he_private_unseal(sc_he_private **sk, sc_bytes in,
                            sc_bytes passphrase, unsigned flags)
{
    sc_err err = SC_E_BUG;
    sc_buf open = {0};

    *sk = NULL;
    SC_REQUIRE(in.len <= SC_HE_KEY_FILE_MAX, SC_E_WIRE);
    SC_TRY(sc_unseal(&open, SEALED_LINE, in, passphrase));
    SC_TRY(sc_he_private_get(sk, sc_buf_bytes(&open), flags));
    err = SC_OK;
out:
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

sc_err sc_he_public_load(sc_he_public **pk, const char *path, unsigned flags,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf in = {0};

    *pk = NULL;
    SC_TRY(sc_file_read(&in, path, SC_HE_KEY_FILE_MAX, why));
    SC_TRY(sc_secret_fault(why, sc_he_public_get(pk, sc_buf_bytes(&in), flags),
                           path, "not the file of a Paillier public key"));
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

sc_err sc_he_private_load(sc_he_private **sk, const char *path,
                          sc_bytes passphrase, unsigned flags, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf in = {0};
    int is_open;

    *sk = NULL;
    SC_TRY(sc_file_read_private(&in, path, SC_HE_KEY_FILE_MAX, why));
    is_open = sc_line_begins(sc_buf_bytes(&in), PRIVATE_LINE);
    if (is_open && passphrase.len > 0) {
        err = sc_fault_set(why, SC_E_ARG, "the key file has no passphrase");
        goto out;
    }
    SC_TRY(sc_secret_fault(why,
                           is_open
                               ? sc_he_private_get(sk, sc_buf_bytes(&in), flags)
                               : sc_he_private_unseal(sk, sc_buf_bytes(&in),
                                                      passphrase, flags),
                           path, "not the file of a Paillier private key"));
    err = SC_OK;
out:
    sc_buf_clear(&in);
    return err;
}
