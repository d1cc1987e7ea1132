/* cli/he.c: see the header. */
#include "cli/he.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/passphrase.h"
#include "he/cipher_values.h"
#include "he/encrypt.h"
#include "he/key_file.h"
#include "he/prove_part.h"
#include "he/share_file.h"

static sc_err at(sc_fault *why, sc_err err, const char *path, const char *text,
                 const char *remedy)
{
    (void)sc_fault_set(why, err, "%s", text);
    sc_fault_at(why, path, 0, 0);
    sc_fault_remedy(why, "%s", remedy);
    return err;
}

/* A file that is not there is a slip of the command line. */
static sc_err read_file(sc_buf *in, const char *path, size_t max_len,
                        sc_fault *why)
{
    const sc_err err = sc_file_read(in, path, max_len, why);

    if (err == SC_E_NOT_FOUND) {
        why->code = SC_E_CONFIG;
        return SC_E_CONFIG;
    }
    return err;
}

/* ---- keys --------------------------------------------------------------- */

sc_err sc_he_pub_load(sc_he_pub *pub, const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf in = {0};

    *pub = (sc_he_pub){0};
    SC_TRY(read_file(&in, path, SC_SHARE_FILE_MAX, why));
    if (sc_threshold_is_file(sc_buf_bytes(&in))) {
        err = sc_threshold_get(&pub->dealt, sc_buf_bytes(&in), 0);
    } else {
        err = sc_he_public_get(&pub->own, sc_buf_bytes(&in), 0);
    }
    if (err == SC_E_WIRE) {
        err = at(why, SC_E_CORRUPT, path, "not the file of a public key",
                 "`sharechain he keygen NAME` writes it as NAME.pub");
    } else if (err == SC_E_CHEAT) {
        err = at(why, err, path, "its numbers make no key", "");
    }
    SC_TRY(err);
    pub->pk = pub->dealt != NULL ? sc_threshold_public(pub->dealt) : pub->own;
    err = SC_OK;
out:
    sc_buf_clear(&in);
    return sc_fault_from(why, err);
}

void sc_he_pub_clear(sc_he_pub *pub)
{
    sc_threshold_free(&pub->dealt);
    sc_he_public_free(&pub->own);
    pub->pk = NULL;
}

sc_err sc_he_need_shares(const sc_he_pub *pub, const char *path, sc_fault *why)
{
    return pub->dealt != NULL
               ? SC_OK
               : at(why, SC_E_CONFIG, path, "not a key in shares",
                    "decrypt with its private key: --key NAME.key");
}

/* A slip worth its own words. */
static int is_public(const char *path)
{
    sc_he_pub pub;
    sc_fault why = {0};
    const int is = sc_he_pub_load(&pub, path, &why) == SC_OK;

    sc_he_pub_clear(&pub);
    return is;
}

sc_err sc_he_key_load(sc_he_private **sk, const char *path,
                      const char *passphrase_file, sc_fault *why)
{
    const sc_passphrase from = {passphrase_file, path, 0, 1, 0};
    sc_err err = SC_E_BUG;
    sc_buf passphrase = {0};

    *sk = NULL;
    if (is_public(path)) {
        return at(why, SC_E_CONFIG, path, "a public key, which reads nothing",
                  "give the private key; of one in shares, its --part or "
                  "--parts");
    }
    if (passphrase_file == NULL) { /* an open one needs none */
        err = sc_he_private_load(sk, path, sc_buf_bytes(&passphrase), 0, why);
    }
    if (passphrase_file != NULL || err == SC_E_ARG) {
        *why = (sc_fault){0};
        SC_TRY(sc_passphrase_take(&passphrase, &from, why));
        err = sc_he_private_load(sk, path, sc_buf_bytes(&passphrase), 0, why);
    }
    if (err == SC_E_WIRE) {
        err = at(why, SC_E_CORRUPT, path, "not the file of a private key",
                 "`sharechain he keygen NAME` writes it as NAME.key");
    } else if (err == SC_E_NOT_FOUND) {
        why->code = err = SC_E_CONFIG;
    }
out:
    sc_buf_clear(&passphrase);
    return sc_fault_from(why, err);
}

/* ---- ciphertexts -------------------------------------------------------- */

static sc_err other_key(const sc_cipher_head *head, const sc_he_public *pk,
                        const char *path, sc_fault *why)
{
    (void)sc_fault_set(
        why, SC_E_CONFIG,
        "made for another key: %.63s of digest %02x%02x%02x%02x..., "
        "and not this %s",
        head->id, head->key[0], head->key[1], head->key[2], head->key[3],
        sc_he_id(pk));
    sc_fault_at(why, path, 0, 0);
    sc_fault_remedy(why, "name its key with --key");
    return SC_E_CONFIG;
}

sc_err sc_he_ciphers_load(sc_he_ciphers *in, const sc_he_public *pk,
                          const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf bytes = {0};

    memset(in, 0, sizeof *in);
    SC_TRY(read_file(&bytes, path, SC_CIPHER_FILE_MAX, why));
    err = sc_cipher_file_get(&in->head, &in->c, pk, sc_buf_bytes(&bytes));
    if (err == SC_E_ARG) {
        err = other_key(&in->head, pk, path, why);
    } else if (err == SC_E_WIRE) {
        err = at(why, SC_E_CORRUPT, path,
                 "not a file of ciphertexts, or changed", "");
    }
    SC_TRY(err);
    sc_sha256(in->digest, sc_buf_bytes(&bytes));
    err = SC_OK;
out:
    sc_buf_clear(&bytes);
    return sc_fault_from(why, err);
}

void sc_he_ciphers_clear(sc_he_ciphers *in)
{
    sc_cipher_free(&in->c);
    memset(in, 0, sizeof *in);
}

sc_err sc_he_ciphers_save(const sc_he_ciphers *out, const char *path,
                          int keeps_noise, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_rng rng = sc_rng_system();
    sc_buf bytes = {0};

    if (!keeps_noise) {
        SC_TRY(sc_rerandomise(&rng, out->c));
    }
    SC_TRY(sc_cipher_file_put(&bytes, &out->head, out->c));
    SC_TRY(sc_he_write(path, sc_buf_bytes(&bytes), 0644, why));
    (void)fprintf(stderr,
                  "wrote %s: %" PRIu64 " value%s, each of %" PRIu64
                  " addend%s, %s\n",
                  path, out->head.values, out->head.values == 1 ? "" : "s",
                  out->head.addends, out->head.addends == 1 ? "" : "s",
                  keeps_noise ? "without new noise: who computes it again gets "
                                "the same bytes"
                              : "with new noise: nothing tells what it was "
                                "made of");
    err = SC_OK;
out:
    sc_buf_clear(&bytes);
    return sc_fault_from(why, err);
}

/* ---- proofs ------------------------------------------------------------- */

sc_err sc_he_proof_init(sc_proof *proof, sc_proof_kind kind,
                        const sc_he_pub *pub, const sc_he_ciphers *of)
{
    memset(proof, 0, sizeof *proof);
    proof->kind = kind;
    memcpy(proof->id, sc_he_id(pub->pk), strlen(sc_he_id(pub->pk)));
    if (of != NULL) {
        memcpy(proof->ciphertexts, of->digest, sizeof of->digest);
    }
    if (kind == SC_PROOF_PART) {
        return sc_threshold_digest(proof->key, pub->dealt);
    }
    sc_he_public_digest(proof->key, pub->pk);
    return SC_OK;
}

sc_err sc_he_proof_save(const sc_proof *proof, const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf bytes = {0};

    SC_TRY(sc_fault_from(why, sc_proof_put(&bytes, proof)));
    SC_TRY(sc_he_write(path, sc_buf_bytes(&bytes), 0644, why));
    err = SC_OK;
out:
    sc_buf_clear(&bytes);
    return err;
}

sc_err sc_he_proof_load(sc_proof *proof, sc_buf *bytes, const char *path,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(read_file(bytes, path, SC_PROOF_FILE_MAX, why));
    err = sc_proof_get(proof, sc_buf_bytes(bytes));
    if (err == SC_E_WIRE) {
        err = at(why, SC_E_CORRUPT, path, "not the file of a proof, or changed",
                 "");
    }
out:
    return sc_fault_from(why, err);
}

sc_err sc_he_proof_fits(const sc_proof *proof, const sc_he_pub *pub,
                        const sc_he_ciphers *of, const char *path,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_proof want;

    if (proof->kind == SC_PROOF_PART) {
        SC_TRY(sc_he_need_shares(pub, path, why));
    }
    SC_TRY(sc_fault_from(why, sc_he_proof_init(&want, proof->kind, pub, of)));
    if (strcmp(want.id, proof->id) != 0 ||
        memcmp(want.key, proof->key, sizeof want.key) != 0) {
        return at(why, SC_E_CHEAT, path, "it is of another key", "");
    }
    if (of != NULL && memcmp(want.ciphertexts, proof->ciphertexts,
                             sizeof want.ciphertexts) != 0) {
        return at(why, SC_E_CHEAT, path, "it is of other ciphertexts", "");
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_he_part_check(sc_cipher **parts, const sc_proof *proof,
                        const sc_he_pub *pub, const sc_he_ciphers *of,
                        const char *path, sc_fault *why)
{
    const size_t len = sc_cipher_count(of->c) * sc_cipher_len(pub->pk);
    uint8_t context[SC_HASH_LEN];
    sc_err err = SC_E_BUG;

    *parts = NULL;
    SC_REQUIRE(proof->body.len == len + sc_prove_part_len(pub->dealt),
               SC_E_CHEAT);
    SC_TRY(sc_cipher_get(parts, pub->pk, (sc_bytes){proof->body.p, len}));
    SC_TRY(sc_proof_context(context, (sc_bytes){NULL, 0}, &of->head));
    err = sc_check_part(pub->dealt, proof->party,
                        (sc_bytes){context, sizeof context}, of->c, *parts,
                        (sc_bytes){proof->body.p + len, proof->body.len - len});
out:
    if (err == SC_E_CHEAT || err == SC_E_WIRE || err == SC_E_ARG) {
        (void)sc_fault_set(why, SC_E_CHEAT,
                           "not made with the share of party %" PRIu64
                           ": its proof fails",
                           proof->party);
        sc_fault_at(why, path, 0, 0);
        sc_fault_remedy(why, "leave it out; %zu others will do",
                        sc_threshold_needed(pub->dealt));
        err = SC_E_CHEAT;
    }
    if (err != SC_OK) {
        sc_cipher_free(parts);
    }
    return sc_fault_from(why, err);
}

/* ---- files and values --------------------------------------------------- */

sc_err sc_he_is_free(const char *path, sc_fault *why)
{
    return access(path, F_OK) != 0
               ? SC_OK
               : at(why, SC_E_CONFIG, path, "the file is there already",
                    "name another, or take that away");
}

sc_err sc_he_write(const char *path, sc_bytes data, unsigned mode,
                   sc_fault *why)
{
    const sc_err err = sc_he_is_free(path, why);

    return err == SC_OK ? sc_file_put_immutable(path, data, mode, why) : err;
}

sc_err sc_he_print_values(const sc_cipher_head *head, const sc_he_public *pk,
                          const uint64_t *m, const char *path, sc_fault *why)
{
    sc_i128 *x = sc_alloc(head->values, sizeof *x);
    char text[SC_I128_TEXT_LEN];
    sc_err err = SC_E_BUG;

    SC_REQUIRE(x != NULL, SC_E_MEM);
    err = sc_cipher_values_get(head, pk, x, m);
    if (err == SC_E_CHEAT) {
        err = at(why, err, path,
                 "a total is beyond what its addends can make: somebody "
                 "encrypted what is no value",
                 "ask contributors to prove what they encrypt");
    }
    SC_TRY(err);
    for (size_t i = 0; i < head->values; i++) {
        sc_i128_print(text, x[i], (unsigned)head->decimals);
        (void)puts(text);
    }
    sc_wipe(text, sizeof text);
    err = SC_OK;
out:
    if (x != NULL) {
        sc_wipe(x, head->values * sizeof *x);
    }
    sc_free(x);
    return sc_fault_from(why, err);
}
