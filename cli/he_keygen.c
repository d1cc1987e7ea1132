/* cli/he_keygen.c: a Paillier key, whole or in shares. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/he.h"
#include "cli/passphrase.h"
#include "he/key_file.h"
#include "he/prove_modulus.h"
#include "he/share_file.h"

static const char help[] =
    "usage: sharechain he keygen NAME [--bits BITS] [--dir D] [--shares T/N]\n"
    "                            [--passphrase-file FILE] [--open]\n"
    "\n"
    "Makes a Paillier key. NAME.pub is for whoever encrypts; NAME.key "
    "decrypts,\n"
    "and is sealed under a passphrase; NAME.proof shows anybody that the "
    "modulus\n"
    "is a product of two primes, as `he verify` checks. With --shares a "
    "dealer\n"
    "makes a key of which any T of N parties decrypt together, each with its\n"
    "NAME.share1, NAME.share2 and so on; there is no NAME.key and no "
    "NAME.proof.\n"
    "\n"
    "  --bits BITS      2048, 3072 (default) or 4096\n"
    "  --dir D          folder of the files; made if absent (default: .)\n"
    "  --shares T/N     2 to 16 parties, any T of them, such as 3/5\n"
    "  --passphrase-file FILE\n"
    "                   its line is the passphrase, of shares one line a "
    "party;\n"
    "                   else the terminal is asked\n"
    "  --open           no passphrase: who reads NAME.key or a share has it\n"
    "\n"
    "example:\n"
    "  sharechain he keygen carbon --shares 3/5 --bits 2048 --dir keys\n";

typedef struct {
    const char *name, *bits_text, *dir, *shares, *passphrase_file;
    int is_open;
    size_t bits, needed, parties; /* parties 0: a whole key */
} wish;

/* ---- what is wanted ------------------------------------------------------ */

/* It is the key's id and the beginning of file names. */
static int is_name(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const size_t len = strlen(name);

    return len > 0 && len <= SC_HE_ID_MAX && strspn(name, letters) == len &&
           name[0] != '.' && name[0] != '-';
}

static sc_err take_shares(wish *w, sc_fault *why)
{
    char *slash = NULL, *end = NULL;
    const size_t needed = strtoul(w->shares, &slash, 10);
    const size_t parties = *slash == '/' ? strtoul(slash + 1, &end, 10) : 0;

    if (end == NULL || *end != '\0' || strlen(w->shares) > 5 ||
        strspn(w->shares, "0123456789/") != strlen(w->shares) || parties < 2 ||
        parties > SC_THRESHOLD_MAX || needed < 1 || needed > parties) {
        (void)sc_fault_set(why, SC_E_CONFIG, "--shares is not T/N");
        sc_fault_remedy(why, "2 to %d parties N, any T of them: 3/5",
                        SC_THRESHOLD_MAX);
        return SC_E_CONFIG;
    }
    w->needed = needed;
    w->parties = parties;
    return SC_OK;
}

static sc_err check_wish(wish *w, sc_fault *why)
{
    if (!is_name(w->name)) {
        (void)sc_fault_set(why, SC_E_CONFIG, "not a key's name");
        sc_fault_remedy(why,
                        "use letters, digits, _ - and dots, at most %d, no dot "
                        "or - in front",
                        SC_HE_ID_MAX);
        return SC_E_CONFIG;
    }
    w->bits = w->bits_text == NULL ? SC_HE_DEFAULT_BITS
                                   : strtoull(w->bits_text, NULL, 10);
    if (!sc_he_is_size(w->bits, 0) ||
        (w->bits_text != NULL && strlen(w->bits_text) != 4)) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "--bits is none of 2048, 3072 and 4096");
    }
    if (w->is_open && w->passphrase_file != NULL) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "--open is without a passphrase, "
                            "--passphrase-file with one");
    }
    return w->shares == NULL ? SC_OK : take_shares(w, why);
}

/* D/NAME<end>, or D/NAME<end><number> for a number that is not 0. */
static char *path_of(const wish *w, const char *end, size_t number)
{
    char name[SC_HE_ID_MAX + 32];

    if (number == 0) {
        (void)snprintf(name, sizeof name, "%s%s", w->name, end);
    } else {
        (void)snprintf(name, sizeof name, "%s%s%zu", w->name, end, number);
    }
    return sc_path_join(w->dir, name);
}

/* Nothing of that name is there: it would be another key's. */
static sc_err check_free(const wish *w, sc_fault *why)
{
    static const char *const ends[] = {".pub", ".key", ".proof"};
    sc_err err = SC_OK;

    for (size_t i = 0; err == SC_OK && i < 3 + w->parties; i++) {
        char *path =
            i < 3 ? path_of(w, ends[i], 0) : path_of(w, ".share", i - 2);

        err = path == NULL ? sc_fault_from(why, SC_E_MEM)
                           : sc_he_is_free(path, why);
        sc_free(path);
    }
    return err;
}

/* ---- passphrases, before the work ---------------------------------------- */

static sc_err take_passphrases(sc_buf *all, const wish *w, sc_fault *why)
{
    const size_t n = w->parties == 0 ? 1 : w->parties;
    char what[64] = "the private key";
    sc_err err = SC_E_BUG;

    for (size_t i = 0; !w->is_open && i < n; i++) {
        const sc_passphrase from = {w->passphrase_file, what, i, n, 1};

        if (w->parties > 0) {
            (void)snprintf(what, sizeof what, "party %zu's share", i + 1);
        }
        SC_TRY(sc_passphrase_take(&all[i], &from, why));
    }
    err = SC_OK;
out:
    return err;
}

static void say_wait(const wish *w)
{
    const int factor = w->bits == 2048 ? 1 : w->bits == 3072 ? 3 : 15;

    if (isatty(STDERR_FILENO) != 0) {
        (void)fprintf(stderr,
                      "drawing two %sprimes of %zu bits: %d seconds or so, or "
                      "three times that without luck ...\n",
                      w->parties > 0 ? "safe " : "", w->bits / 2,
                      w->parties > 0 ? 2 * factor : (factor + 2) / 3);
    }
}

static void print_key(const sc_he_public *pk, const char *where)
{
    uint8_t digest[SC_HASH_LEN];
    char hex[65];

    sc_he_public_digest(digest, pk);
    sc_hex32(hex, digest);
    (void)printf("key %s: %zu bits, digest%s %s\n", sc_he_id(pk),
                 sc_he_bits(pk), where, hex);
}

/* ---- a whole key --------------------------------------------------------- */

static sc_err save_proof(const wish *w, const sc_he_private *sk, sc_rng *rng,
                         sc_fault *why)
{
    const sc_he_pub pub = {.pk = sc_he_private_public(sk)};
    char *path = path_of(w, ".proof", 0);
    sc_err err = SC_E_BUG;
    sc_buf body = {0};
    sc_proof proof;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_he_proof_init(&proof, SC_PROOF_MODULUS, &pub, NULL));
    SC_TRY(sc_prove_modulus(sk, rng, sc_bytes_of(SC_HE_KEY_CONTEXT), &body));
    proof.body = sc_buf_bytes(&body);
    SC_TRY(sc_he_proof_save(&proof, path, why));
    (void)printf("  %-24s shows that its modulus is sound\n", path);
    err = SC_OK;
out:
    sc_buf_clear(&body);
    sc_free(path);
    return err;
}

static sc_err make_key(const wish *w, const sc_buf *passphrase, sc_fault *why)
{
    sc_rng rng = sc_rng_system();
    char *pub = path_of(w, ".pub", 0), *key = path_of(w, ".key", 0);
    sc_he_private *sk = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(pub != NULL && key != NULL, SC_E_MEM);
    say_wait(w);
    SC_TRY(sc_he_generate(&sk, &rng, w->bits, w->name, 0));
    SC_TRY(sc_he_private_save(sk, key, &rng, sc_buf_bytes(passphrase),
                              w->is_open ? SC_HE_OPEN_FILE : 0, why));
    SC_TRY(sc_he_public_save(sc_he_private_public(sk), pub, why));
    print_key(sc_he_private_public(sk), "");
    (void)printf("  %-24s public: for whoever encrypts\n"
                 "  %-24s private, %s\n",
                 pub, key,
                 w->is_open ? "OPEN: who reads this file decrypts"
                            : "sealed under the passphrase: keep a backup");
    SC_TRY(save_proof(w, sk, &rng, why));
    err = SC_OK;
out:
    sc_he_private_free(&sk);
    sc_free(pub);
    sc_free(key);
    return sc_fault_from(why, err);
}

/* ---- in shares ----------------------------------------------------------- */

static sc_err save_shares(const wish *w, const sc_threshold *key,
                          const sc_share *shares, const sc_buf *passphrases,
                          sc_rng *rng, sc_fault *why)
{
    sc_err err = SC_OK;

    for (size_t i = 0; err == SC_OK && i < w->parties; i++) {
        char *path = path_of(w, ".share", i + 1);

        err = path == NULL
                  ? SC_E_MEM
                  : sc_share_save(key, &shares[i], path, rng,
                                  sc_buf_bytes(&passphrases[i]),
                                  w->is_open ? SC_HE_OPEN_FILE : 0, why);
        if (err == SC_OK) {
            (void)printf("  %-24s for party %zu alone, %s\n", path, i + 1,
                         w->is_open ? "OPEN" : "sealed under its passphrase");
        }
        sc_free(path);
    }
    return err;
}

/* What nodes that are to open sums under this key agree on (job/conf/sumkey.h). */
static sc_err print_terms(const wish *w, const sc_threshold *key)
{
    uint8_t digest[SC_HASH_LEN];
    char hex[65];
    sc_err err = sc_threshold_digest(digest, key);

    if (err != SC_OK) {
        return err;
    }
    sc_hex32(hex, digest);
    (void)printf("\nfor consortium.yaml, if its parties are to open sums under "
                 "it:\n"
                 "ciphertext_sum:\n"
                 "  key: \"%s\"\n"
                 "  bits: %zu\n"
                 "  needed: %zu\n"
                 "  holders: []  # %zu parties, in the order of their shares\n"
                 "  dealer:      # who you are\n",
                 hex, w->bits, w->needed, w->parties);
    return SC_OK;
}

static sc_err deal_key(const wish *w, const sc_buf *passphrases, sc_fault *why)
{
    sc_share shares[SC_THRESHOLD_MAX] = {{0}};
    sc_rng rng = sc_rng_system();
    char *pub = path_of(w, ".pub", 0);
    sc_threshold *key = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(pub != NULL, SC_E_MEM);
    say_wait(w);
    SC_TRY(sc_threshold_deal(&key, shares, &rng, w->bits, w->name, w->needed,
                             w->parties, 0));
    SC_TRY(sc_threshold_save(key, pub, why));
    print_key(sc_threshold_public(key), " in files of ciphertexts");
    (void)printf("  %-24s public: for whoever encrypts, and for all parties\n",
                 pub);
    SC_TRY(save_shares(w, key, shares, passphrases, &rng, why));
    (void)printf("any %zu of %zu decrypt together. You are the dealer: hand "
                 "each party its\nshare, then erase the share files and any "
                 "backup of them here; while\nyou have %zu of them, you can "
                 "read everything alone.\n",
                 w->needed, w->parties, w->needed);
    SC_TRY(print_terms(w, key));
    err = SC_OK;
out:
    sc_wipe(shares, sizeof shares);
    sc_threshold_free(&key);
    sc_free(pub);
    return sc_fault_from(why, err);
}

static int run(int argc, char **argv)
{
    wish w = {.name = "NAME: of the key, such as carbon", .dir = "."};
    const sc_option options[] = {
        {"bits", &w.bits_text, NULL, 0},
        {"dir", &w.dir, NULL, 0},
        {"shares", &w.shares, NULL, 0},
        {"passphrase-file", &w.passphrase_file, NULL, 0},
        {"open", NULL, &w.is_open, 0},
    };
    sc_buf passphrases[SC_THRESHOLD_MAX] = {{0}};
    sc_fault why = {0};
    sc_err err = SC_E_BUG;
    size_t n = 0;

    SC_TRY(sc_args_parse(&w.name, &n, argc, argv, options,
                         sizeof options / sizeof *options, 1, 1, &why));
    SC_TRY(check_wish(&w, &why));
    SC_TRY(sc_dir_make(w.dir, 0700, &why));
    SC_TRY(check_free(&w, &why));
    SC_TRY(take_passphrases(passphrases, &w, &why));
    err = w.parties == 0 ? make_key(&w, passphrases, &why)
                         : deal_key(&w, passphrases, &why);
out:
    for (size_t i = 0; i < SC_THRESHOLD_MAX; i++) {
        sc_buf_clear(&passphrases[i]);
    }
    return err == SC_OK ? 0 : sc_cli_fail(&why);
}

const sc_command sc_command_he_keygen = {
    "he keygen", "make a Paillier key, whole or in shares", help, run};
