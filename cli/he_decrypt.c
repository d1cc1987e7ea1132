/* cli/he_decrypt.c: totals out of ciphertexts: by a private key, or in two steps by
 * shares of one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/he.h"
#include "cli/passphrase.h"
#include "he/prove_part.h"
#include "he/share_file.h"

static const char help[] =
    "usage: sharechain he decrypt --key KEY [--passphrase-file FILE] A\n"
    "       sharechain he decrypt --key PUB --part SHARE --output OUT\n"
    "                             [--passphrase-file FILE] A\n"
    "       sharechain he decrypt --key PUB --parts A P1 P2...\n"
    "\n"
    "Prints what the ciphertexts of A hold, exactly, one value a line. With a "
    "key\n"
    "in shares each party writes its part of A, with a proof that it is made "
    "with\n"
    "its share; whoever has as many parts as the key needs reads A. Every part "
    "is\n"
    "checked first, and a wrong one is named. What you decrypt for others "
    "tells\n"
    "them what it holds: know what A is.\n"
    "\n"
    "  --key KEY        the private key; of a key in shares, the public one\n"
    "  --passphrase-file FILE\n"
    "                   its one line; else the terminal is asked, if need be\n"
    "  --part SHARE     write this share's part of A\n"
    "  --output OUT     with --part: where to (a new file)\n"
    "  --parts          read A with the parts P1, P2 and so on\n"
    "\n"
    "example:\n"
    "  sharechain he decrypt --key carbon.pub --part carbon.share2 --output p2 "
    "total.enc\n"
    "  sharechain he decrypt --key carbon.pub --parts total.enc p1 p2 p5\n";

typedef struct {
    const char *key, *passphrase_file, *part, *output;
    int has_parts;
} wish;

/* ---- by a private key ---------------------------------------------------- */

static sc_err decrypt(const wish *w, const char *file, sc_fault *why)
{
    sc_he_private *sk = NULL;
    uint64_t *m = NULL;
    size_t size = 0;
    sc_err err = SC_E_BUG;
    sc_he_ciphers in = {0};

    SC_TRY(sc_he_key_load(&sk, w->key, w->passphrase_file, why));
    SC_TRY(sc_he_ciphers_load(&in, sc_he_private_public(sk), file, why));
    size = sc_cipher_count(in.c) * sc_he_limbs(sc_he_private_public(sk));
    m = sc_alloc(size, 8);
    SC_REQUIRE(m != NULL, SC_E_MEM);
    SC_TRY(sc_he_decrypt(sk, m, in.c));
    SC_TRY(
        sc_he_print_values(&in.head, sc_he_private_public(sk), m, file, why));
    err = SC_OK;
out:
    if (m != NULL) {
        sc_wipe(m, 8 * size);
    }
    sc_free(m);
    sc_he_ciphers_clear(&in);
    sc_he_private_free(&sk);
    return err;
}

/* ---- one party's part ----------------------------------------------------- */

static sc_err load_share(sc_share *share, const wish *w, const sc_he_pub *pub,
                         sc_fault *why)
{
    const sc_passphrase from = {w->passphrase_file, w->part, 0, 1, 0};
    sc_err err = SC_E_ARG;
    sc_buf passphrase = {0};

    if (w->passphrase_file == NULL) { /* an open one needs none */
        err = sc_share_load(share, pub->dealt, w->part,
                            sc_buf_bytes(&passphrase), why);
    }
    /* SC_E_ARG with a file is another key's share */
    if (w->passphrase_file != NULL || (err == SC_E_ARG && why->file[0] == 0)) {
        *why = (sc_fault){0};
        SC_TRY(sc_passphrase_take(&passphrase, &from, why));
        err = sc_share_load(share, pub->dealt, w->part,
                            sc_buf_bytes(&passphrase), why);
    }
    if (err == SC_E_WIRE) {
        why->code = err = SC_E_CORRUPT;
    } else if (err == SC_E_NOT_FOUND) {
        why->code = err = SC_E_CONFIG;
    }
out:
    sc_buf_clear(&passphrase);
    return err;
}

/* The part, then its proof. */
static sc_err make_part(sc_buf *body, const sc_he_pub *pub,
                        const sc_share *share, const sc_he_ciphers *in)
{
    sc_rng rng = sc_rng_system();
    uint8_t context[SC_HASH_LEN];
    sc_cipher *parts = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_cipher_new(&parts, pub->pk, sc_cipher_count(in->c)));
    SC_TRY(sc_threshold_part(pub->dealt, share, in->c, parts));
    SC_TRY(sc_cipher_put(body, parts));
    SC_TRY(sc_proof_context(context, (sc_bytes){NULL, 0}, &in->head));
    SC_TRY(sc_prove_part(pub->dealt, share, &rng,
                         (sc_bytes){context, sizeof context}, in->c, parts,
                         body));
    err = SC_OK;
out:
    sc_cipher_free(&parts);
    return err;
}

/* A share that is damaged makes no part: found here, not by the others. */
static sc_err check_own(const sc_proof *proof, const sc_he_pub *pub,
                        const sc_he_ciphers *in, const char *path,
                        sc_fault *why)
{
    sc_cipher *parts = NULL;
    sc_err err = sc_he_part_check(&parts, proof, pub, in, path, why);

    sc_cipher_free(&parts);
    if (err == SC_E_CHEAT) {
        err = sc_fault_set(why, SC_E_CORRUPT,
                           "the share is not the one that was dealt");
        sc_fault_at(why, path, 0, 0);
    }
    return err;
}

static sc_err write_part(const wish *w, const char *file, sc_fault *why)
{
    sc_share share = {0};
    sc_he_pub pub = {0};
    sc_he_ciphers in = {0};
    sc_err err = SC_E_BUG;
    sc_buf body = {0};
    sc_proof proof;

    SC_TRY(sc_he_is_free(w->output, why));
    SC_TRY(sc_he_pub_load(&pub, w->key, why));
    SC_TRY(sc_he_need_shares(&pub, w->key, why));
    SC_TRY(sc_he_ciphers_load(&in, pub.pk, file, why));
    SC_TRY(load_share(&share, w, &pub, why));
    SC_TRY(make_part(&body, &pub, &share, &in));
    SC_TRY(sc_he_proof_init(&proof, SC_PROOF_PART, &pub, &in));
    proof.party = share.index;
    proof.body = sc_buf_bytes(&body);
    SC_TRY(check_own(&proof, &pub, &in, w->part, why));
    SC_TRY(sc_he_proof_save(&proof, w->output, why));
    (void)fprintf(stderr,
                  "wrote %s: party %zu's part of %s; %zu of them read it\n",
                  w->output, share.index, file, sc_threshold_needed(pub.dealt));
    err = SC_OK;
out:
    sc_wipe(&share, sizeof share);
    sc_buf_clear(&body);
    sc_he_ciphers_clear(&in);
    sc_he_pub_clear(&pub);
    return err;
}

/* ---- all parts ------------------------------------------------------------ */

typedef struct {
    sc_he_pub pub;
    sc_he_ciphers in;
    size_t indices[SC_THRESHOLD_MAX];
    sc_cipher *parts[SC_THRESHOLD_MAX];
    size_t n;
} meeting;

static sc_err take_part(meeting *all, const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf bytes = {0};
    sc_proof proof;

    SC_TRY(sc_he_proof_load(&proof, &bytes, path, why));
    if (proof.kind != SC_PROOF_PART) {
        err = sc_fault_set(why, SC_E_CONFIG, "not a part of a decryption");
        sc_fault_at(why, path, 0, 0);
        goto out;
    }
    for (size_t i = 0; i < all->n; i++) {
        if (all->indices[i] == proof.party) {
            err = sc_fault_set(why, SC_E_CONFIG,
                               "party %zu's part is there twice",
                               all->indices[i]);
            sc_fault_at(why, path, 0, 0);
            goto out;
        }
    }
    SC_TRY(sc_he_proof_fits(&proof, &all->pub, &all->in, path, why));
    SC_TRY(sc_he_part_check(&all->parts[all->n], &proof, &all->pub, &all->in,
                            path, why));
    all->indices[all->n++] = proof.party;
    err = SC_OK;
out:
    sc_buf_clear(&bytes);
    return err;
}

static sc_err combine(const meeting *all, const char *file, sc_fault *why)
{
    const size_t size = sc_cipher_count(all->in.c) * sc_he_limbs(all->pub.pk);
    const sc_cipher *parts[SC_THRESHOLD_MAX];
    uint64_t *m = sc_alloc(size, 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(m != NULL, SC_E_MEM);
    for (size_t i = 0; i < all->n; i++) {
        parts[i] = all->parts[i];
    }
    SC_TRY(sc_threshold_combine(all->pub.dealt, all->indices, parts, m));
    SC_TRY(sc_he_print_values(&all->in.head, all->pub.pk, m, file, why));
    err = SC_OK;
out:
    if (m != NULL) {
        sc_wipe(m, 8 * size);
    }
    sc_free(m);
    return err;
}

static sc_err read_parts(const wish *w, const char *const *words, size_t n,
                         sc_fault *why)
{
    meeting all = {.n = 0};
    sc_err err = SC_E_BUG;
    size_t needed;

    SC_TRY(sc_he_pub_load(&all.pub, w->key, why));
    SC_TRY(sc_he_need_shares(&all.pub, w->key, why));
    SC_TRY(sc_he_ciphers_load(&all.in, all.pub.pk, words[0], why));
    for (size_t i = 1; i < n; i++) {
        SC_TRY(take_part(&all, words[i], why));
    }
    needed = sc_threshold_needed(all.pub.dealt);
    if (all.n < needed) {
        err =
            sc_fault_set(why, SC_E_CONFIG, "%zu part%s, and the key needs %zu",
                         all.n, all.n == 1 ? "" : "s", needed);
        sc_fault_remedy(why, "`sharechain he decrypt --part SHARE` makes one");
        goto out;
    }
    SC_TRY(combine(&all, words[0], why));
    err = SC_OK;
out:
    for (size_t i = 0; i < SC_THRESHOLD_MAX; i++) {
        sc_cipher_free(&all.parts[i]);
    }
    sc_he_ciphers_clear(&all.in);
    sc_he_pub_clear(&all.pub);
    return err;
}

/* ---- which ----------------------------------------------------------------- */

static sc_err check_wish(const wish *w, size_t n, sc_fault *why)
{
    if (w->has_parts && (w->part != NULL || w->passphrase_file != NULL)) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "--parts reads others' parts, without a share");
    }
    if (!w->has_parts && n > 1) {
        (void)sc_fault_set(why, SC_E_CONFIG, "more than one file");
        sc_fault_remedy(why, "--parts, if the others are parts");
        return SC_E_CONFIG;
    }
    if ((w->part != NULL) != (w->output != NULL)) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "--part and --output go together");
    }
    return SC_OK;
}

static int run(int argc, char **argv)
{
    const char *words[1 + SC_THRESHOLD_MAX] = {"A: a file of ciphertexts"};
    wish w = {0};
    const sc_option options[] = {
        {"key", &w.key, NULL, 1},
        {"passphrase-file", &w.passphrase_file, NULL, 0},
        {"part", &w.part, NULL, 0},
        {"output", &w.output, NULL, 0},
        {"parts", NULL, &w.has_parts, 0},
    };
    sc_fault why = {0};
    sc_err err = SC_E_BUG;
    size_t n = 0;

    SC_TRY(sc_args_parse(words, &n, argc, argv, options,
                         sizeof options / sizeof *options, 1,
                         1 + SC_THRESHOLD_MAX, &why));
    SC_TRY(check_wish(&w, n, &why));
    err = w.has_parts      ? read_parts(&w, words, n, &why)
          : w.part != NULL ? write_part(&w, words[0], &why)
                           : decrypt(&w, words[0], &why);
out:
    (void)sc_fault_from(&why, err);
    return err == SC_OK ? 0 : sc_cli_fail(&why);
}

const sc_command sc_command_he_decrypt = {
    "he decrypt", "what ciphertexts hold, by a key or by shares", help, run};
