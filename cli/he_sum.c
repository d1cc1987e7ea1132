/* cli/he_sum.c: `he add`, `he sub` and `he mul`: three words for one thing, that
 * ciphertexts are computed on without a key. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/he.h"

#define MAX_FILES 1024

#define HELP_OPTIONS                                                           \
    "  --key PUB        the public key\n"                                      \
    "  --output OUT     the ciphertexts (a new file)\n"                        \
    "  --reproducible   no new noise: who does the same with the same files\n" \
    "                   gets the same bytes, and so can check OUT without a\n" \
    "                   key; and who has the inputs sees what OUT was made "   \
    "of\n"

static const char add_help[] =
    "usage: sharechain he add --key PUB --output OUT [--reproducible] A B...\n"
    "\n"
    "Adds up ciphertexts, value by value, without a private key. The files "
    "must\n"
    "be of one key, with the same number of values, decimals and packing, and\n"
    "have room for so many addends.\n"
    "\n" HELP_OPTIONS "\n"
    "example:\n"
    "  sharechain he add --key carbon.pub --output total.enc a.enc b.enc "
    "c.enc\n";

static const char sub_help[] =
    "usage: sharechain he sub --key PUB --output OUT [--reproducible] A B\n"
    "\n"
    "A minus B, value by value, without a private key. Packed values are not\n"
    "subtracted: a slot below 0 would borrow from its neighbour.\n"
    "\n" HELP_OPTIONS "\n"
    "example:\n"
    "  sharechain he sub --key carbon.pub --output change.enc new.enc "
    "old.enc\n";

static const char mul_help[] = "usage: sharechain he mul --key PUB --by K "
                               "--output OUT [--reproducible] A\n"
                               "\n"
                               "K times each value, without a private key; K "
                               "is a whole number, not 0, and\n"
                               "public. It counts as |K| addends. Packed "
                               "values take no negative K: a slot\n"
                               "below 0 would borrow from its neighbour. A "
                               "product of two ciphertexts does\n"
                               "not exist in Paillier's cryptosystem.\n"
                               "\n"
                               "  --by K           the factor, 64 bits with "
                               "its sign: --by -3\n" HELP_OPTIONS "\n"
                               "example:\n"
                               "  sharechain he mul --key carbon.pub --by 12 "
                               "--output year.enc month.enc\n";

typedef struct {
    const char *key, *output, *by;
    int keeps_noise;
} wish;

/* *sum op= the file. */
static sc_err join_file(sc_he_ciphers *sum, const char *path,
                        const sc_he_public *pk, int is_difference,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_he_ciphers more = {0};

    SC_TRY(sc_he_ciphers_load(&more, pk, path, why));
    err = sc_cipher_head_join(&sum->head, &more.head, is_difference, why);
    if (err != SC_OK) {
        sc_fault_at(why, path, 0, 0);
        goto out;
    }
    SC_TRY(is_difference ? sc_cipher_sub(sum->c, sum->c, more.c)
                         : sc_cipher_add(sum->c, sum->c, more.c));
    err = SC_OK;
out:
    sc_he_ciphers_clear(&more);
    return err;
}

static sc_err take_factor(int64_t *k, const char *text, sc_fault *why)
{
    char *end = NULL;

    errno = 0;
    *k = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') {
        return sc_fault_set(why, SC_E_CONFIG,
                            "--by is not a whole number of 64 bits");
    }
    return SC_OK;
}

static sc_err scale(sc_he_ciphers *sum, const char *by, const char *path,
                    sc_fault *why)
{
    const size_t n = sc_cipher_count(sum->c);
    int64_t k = 0, *all = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(take_factor(&k, by, why));
    err = sc_cipher_head_scale(&sum->head, k, why);
    if (err != SC_OK) {
        sc_fault_at(why, path, 0, 0);
        goto out;
    }
    all = sc_alloc(n, sizeof *all);
    SC_REQUIRE(all != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        all[i] = k;
    }
    SC_TRY(sc_cipher_mul(sum->c, sum->c, all));
    err = SC_OK;
out:
    sc_free(all);
    return err;
}

/* The first file; then the others on it, or the factor. */
static sc_err compute(const wish *w, const char *const *files, size_t n_files,
                      int is_difference, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_he_ciphers sum = {0};
    sc_he_pub pub = {0};

    SC_TRY(sc_he_is_free(w->output, why));
    SC_TRY(sc_he_pub_load(&pub, w->key, why));
    SC_TRY(sc_he_ciphers_load(&sum, pub.pk, files[0], why));
    for (size_t i = 1; i < n_files; i++) {
        SC_TRY(join_file(&sum, files[i], pub.pk, is_difference, why));
    }
    if (w->by != NULL) {
        SC_TRY(scale(&sum, w->by, files[0], why));
    }
    SC_TRY(sc_he_ciphers_save(&sum, w->output, w->keeps_noise, why));
    err = SC_OK;
out:
    sc_he_ciphers_clear(&sum);
    sc_he_pub_clear(&pub);
    return sc_fault_from(why, err);
}

static int run(int argc, char **argv, size_t min_files, size_t max_files,
               int is_difference, int is_product)
{
    const char *files[MAX_FILES] = {"A: a file of ciphertexts",
                                    "B: another file of ciphertexts"};
    wish w = {0};
    const sc_option options[] = {
        {"key", &w.key, NULL, 1},
        {"output", &w.output, NULL, 1},
        {"reproducible", NULL, &w.keeps_noise, 0},
        {"by", &w.by, NULL, 1}, /* of a product alone */
    };
    sc_fault why = {0};
    size_t n = 0;
    sc_err err = sc_args_parse(files, &n, argc, argv, options,
                               is_product ? 4 : 3, min_files, max_files, &why);

    if (err == SC_OK) {
        err = compute(&w, files, n, is_difference, &why);
    }
    return err == SC_OK ? 0 : sc_cli_fail(&why);
}

static int run_add(int argc, char **argv)
{
    return run(argc, argv, 2, MAX_FILES, 0, 0);
}

static int run_sub(int argc, char **argv)
{
    return run(argc, argv, 2, 2, 1, 0);
}

static int run_mul(int argc, char **argv)
{
    return run(argc, argv, 1, 1, 0, 1);
}

const sc_command sc_command_he_add = {
    "he add", "sums of ciphertexts, without a private key", add_help, run_add};
const sc_command sc_command_he_sub = {"he sub", "differences of ciphertexts",
                                      sub_help, run_sub};
const sc_command sc_command_he_mul = {"he mul",
                                      "ciphertexts times a whole number",
                                      mul_help, run_mul};
