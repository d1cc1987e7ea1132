/* he/share_file.c: lines of text (he/lines.h), and a box around them (he/seal.h). */
#include "he/share_file.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "he/lines.h"
#include "he/seal.h"
#include "he/words.h"

#define PUBLIC_LINE "sharechain-paillier-threshold/1\n"
#define SHARE_LINE  "sharechain-paillier-share/1\n"
#define SEALED_LINE "sharechain-paillier-sealed-share/1\n"

/* ---- public ----------------------------------------------------------------- */

/* A line for each of c. */
static sc_err put_elements(sc_buf *out, const char *name, const sc_cipher *c)
{
    const size_t len = sc_cipher_len(sc_cipher_key(c));
    sc_err err = SC_E_BUG;
    sc_buf bytes = {0};

    SC_TRY(sc_cipher_put(&bytes, c));
    for (size_t i = 0; i < sc_cipher_count(c); i++) {
        SC_TRY(sc_line_put_hex(out, name, (sc_bytes){bytes.p + len * i, len}));
    }
    err = SC_OK;
out:
    sc_buf_clear(&bytes);
    return err;
}

int sc_threshold_is_file(sc_bytes in)
{
    return sc_line_begins(in, PUBLIC_LINE);
}

sc_err sc_threshold_put(sc_buf *out, const sc_threshold *key)
{
    const sc_he_public *pk = sc_threshold_public(key);
    const size_t was = out->len;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, PUBLIC_LINE "id %s\nneeded %zu\nparties %zu\n",
                         sc_he_id(pk), sc_threshold_needed(key),
                         sc_threshold_parties(key)));
    SC_TRY(sc_line_put_number(out, "n ", sc_he_modulus(pk), sc_he_limbs(pk)));
    SC_TRY(put_elements(out, "v ", sc_threshold_base(key)));
    SC_TRY(put_elements(out, "v_i ", sc_threshold_keys(key)));
    SC_TRY(put_elements(out, "g ", sc_threshold_ranges(key)));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    return err;
}

/* What the lines say. */
typedef struct {
    char id[SC_HE_ID_MAX + 1];
    uint64_t needed, parties;
    size_t n_len;
    uint8_t n[8 * SC_HE_MAX_LIMBS];
    /* v, all v_i, all g_j. */
    uint8_t v[(SC_THRESHOLD_MAX + 1 + SC_RANGE_SLOTS) * SC_LINE_MAX_NUMBER];
} lines;

static sc_err get_lines(lines *l, sc_bytes in)
{
    sc_err err = SC_E_BUG;
    sc_bytes rest;

    SC_REQUIRE(sc_line_begins(in, PUBLIC_LINE), SC_E_WIRE);
    SC_TRY(sc_line_next(&in, &rest, ""));
    SC_TRY(sc_line_get_id(&in, l->id));
    SC_TRY(sc_line_get_count(&in, "needed ", &l->needed, SC_THRESHOLD_MAX));
    SC_TRY(sc_line_get_count(&in, "parties ", &l->parties, SC_THRESHOLD_MAX));
    SC_TRY(sc_line_get_number(&in, "n ", l->n, &l->n_len, sizeof l->n));
    for (size_t i = 0; i <= l->parties + SC_RANGE_SLOTS; i++) {
        SC_TRY(sc_line_get_hex(&in,
                               i == 0            ? "v "
                               : i <= l->parties ? "v_i "
                                                 : "g ",
                               l->v + 2 * l->n_len * i, 2 * l->n_len));
    }
    SC_REQUIRE(in.len == 0, SC_E_WIRE);
    err = SC_OK;
out:
    return err;
}

sc_err sc_threshold_get(sc_threshold **key, sc_bytes in, unsigned flags)
{
    lines *l = sc_alloc(1, sizeof *l);
    sc_threshold *made = NULL;
    sc_err err = SC_E_BUG;
    sc_buf again = {0};
    size_t len; /* of an element */

    *key = NULL;
    SC_REQUIRE(l != NULL, SC_E_MEM);
    SC_TRY(get_lines(l, in));
    len = 2 * l->n_len;
    SC_TRY(sc_threshold_new(&made, (sc_bytes){l->n, l->n_len}, l->id, l->needed,
                            l->parties, (sc_bytes){l->v, len},
                            (sc_bytes){l->v + len, len * l->parties},
                            (sc_bytes){l->v + len * (1 + l->parties),
                                       len * SC_RANGE_SLOTS},
                            flags));
    SC_TRY(sc_threshold_put(&again, made));
    SC_REQUIRE(sc_bytes_equal_vartime(sc_buf_bytes(&again), in), SC_E_WIRE);
    *key = made;
    made = NULL;
    err = SC_OK;
out:
    sc_threshold_free(&made);
    sc_free(l);
    sc_buf_clear(&again);
    return err;
}

sc_err sc_threshold_digest(uint8_t out[static SC_HASH_LEN],
                           const sc_threshold *key)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    sc_bytes part;

    SC_TRY(sc_threshold_put(&text, key));
    part = sc_buf_bytes(&text);
    sc_hash_tagged(out, "sharechain/he/threshold/1", &part, 1);
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

/* ---- shares ----------------------------------------------------------------- */

sc_err sc_share_put(sc_buf *out, const sc_threshold *key, const sc_share *share)
{
    const sc_he_public *pk = sc_threshold_public(key);
    const size_t was = out->len;
    uint8_t digest[SC_HASH_LEN];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_threshold_digest(digest, key));
    SC_TRY(sc_buf_printf(out, SHARE_LINE "id %s\n", sc_he_id(pk)));
    SC_TRY(sc_line_put_hex(out, "key ", (sc_bytes){digest, sizeof digest}));
    SC_TRY(sc_buf_printf(out, "party %zu\n", share->index));
    SC_TRY(sc_line_put_number(out, "s ", share->s, 2 * sc_he_limbs(pk)));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    return err;
}

/* The lines in front of s; is the share of this key? */
static sc_err get_head(sc_share *share, const sc_threshold *key, sc_bytes *in)
{
    uint8_t digest[SC_HASH_LEN], own[SC_HASH_LEN];
    char id[SC_HE_ID_MAX + 1];
    sc_err err = SC_E_BUG;
    uint64_t index;
    sc_bytes rest;

    SC_REQUIRE(sc_line_begins(*in, SHARE_LINE), SC_E_WIRE);
    SC_TRY(sc_line_next(in, &rest, ""));
    SC_TRY(sc_line_get_id(in, id));
    SC_TRY(sc_line_get_hex(in, "key ", digest, sizeof digest));
    SC_TRY(sc_line_get_count(in, "party ", &index, SC_THRESHOLD_MAX));
    SC_TRY(sc_threshold_digest(own, key));
    SC_REQUIRE(memcmp(digest, own, sizeof own) == 0, SC_E_ARG);
    SC_REQUIRE(index >= 1 && index <= sc_threshold_parties(key), SC_E_WIRE);
    share->index = index;
    err = SC_OK;
out:
    return err;
}

sc_err sc_share_get(sc_share *share, const sc_threshold *key, sc_bytes in)
{
    const size_t n_words = 2 * sc_he_limbs(sc_threshold_public(key));
    const sc_bytes all = in;
    uint8_t s[SC_LINE_MAX_NUMBER];
    sc_err err = SC_E_BUG;
    sc_buf again = {0};

    memset(share, 0, sizeof *share);
    SC_TRY(get_head(share, key, &in));
    SC_TRY(sc_line_get_hex(&in, "s ", s, 8 * n_words));
    sc_words_get(share->s, n_words, s);
    SC_TRY(sc_share_put(&again, key, share));
    SC_REQUIRE(sc_bytes_equal_vartime(sc_buf_bytes(&again), all), SC_E_WIRE);
    err = SC_OK;
out:
    sc_wipe(s, sizeof s);
    sc_buf_clear(&again); /* wipes */
    if (err != SC_OK) {
        sc_wipe(share, sizeof *share);
    }
    return err;
}

/* ---- files ------------------------------------------------------------------ */

sc_err sc_threshold_save(const sc_threshold *key, const char *path,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf out = {0};

    SC_TRY(sc_fault_from(why, sc_threshold_put(&out, key)));
    SC_TRY(sc_file_put_immutable(path, sc_buf_bytes(&out), 0644, why));
    err = SC_OK;
out:
    sc_buf_clear(&out);
    return err;
}

sc_err sc_threshold_load(sc_threshold **key, const char *path, unsigned flags,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf in = {0};

    *key = NULL;
    SC_TRY(sc_file_read(&in, path, SC_SHARE_FILE_MAX, why));
    SC_TRY(sc_secret_fault(why, sc_threshold_get(key, sc_buf_bytes(&in), flags),
                           path, "not the file of a Paillier key in shares"));
    err = SC_OK;
out:
    sc_buf_clear(&in);
    return err;
}

sc_err sc_share_save(const sc_threshold *key, const sc_share *share,
                     const char *path, sc_rng *rng, sc_bytes passphrase,
                     unsigned flags, sc_fault *why)
{
    const int is_open = (flags & SC_HE_OPEN_FILE) != 0;
    sc_err err = SC_E_BUG;
    sc_buf open = {0}, sealed = {0};

    if (is_open != (passphrase.len == 0)) {
        return sc_fault_set(why, SC_E_ARG, "%s",
                            is_open ? "a passphrase for an open share file"
                                    : "no passphrase for a sealed share file");
    }
    SC_TRY(sc_fault_from(why, sc_share_put(&open, key, share)));
    if (!is_open) {
        SC_TRY(sc_fault_from(why, sc_seal(&sealed, rng, SEALED_LINE,
                                          sc_buf_bytes(&open), passphrase)));
    }
    SC_TRY(sc_file_put_immutable(path, sc_buf_bytes(is_open ? &open : &sealed),
                                 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&open);
    sc_buf_clear(&sealed);
    return err;
}

sc_err sc_share_load(sc_share *share, const sc_threshold *key, const char *path,
                     sc_bytes passphrase, sc_fault *why)
{
    static const char kind[] = "not the file of a share";
    sc_err err = SC_E_BUG;
    sc_buf in = {0}, open = {0};
    int is_open;

    memset(share, 0, sizeof *share);
    SC_TRY(sc_file_read_private(&in, path, SC_SHARE_FILE_MAX, why));
    is_open = sc_line_begins(sc_buf_bytes(&in), SHARE_LINE);
    if (is_open && passphrase.len > 0) {
        err = sc_fault_set(why, SC_E_ARG, "the share file has no passphrase");
        goto out;
    }
    if (!is_open) {
        SC_TRY(sc_secret_fault(why,
                               sc_unseal(&open, SEALED_LINE, sc_buf_bytes(&in),
                                         passphrase),
                               path, kind));
    }
    err = sc_share_get(share, key, sc_buf_bytes(is_open ? &in : &open));
    if (err == SC_E_ARG) {
        (void)sc_fault_set(why, err, "a share of another key");
        sc_fault_at(why, path, 0, 0);
    }
    SC_TRY(sc_secret_fault(why, err, path, kind));
    err = SC_OK;
out:
    sc_buf_clear(&in);
    sc_buf_clear(&open);
    if (err != SC_OK) {
        sc_wipe(share, sizeof *share);
    }
    return err;
}
