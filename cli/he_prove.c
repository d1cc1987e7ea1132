/* cli/he_prove.c: a total opened for all, by who has the private key. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/he.h"
#include "he/opening.h"
#include "he/words.h"

static const char help[] =
    "usage: sharechain he prove --key KEY --output OUT [--passphrase-file "
    "FILE] "
    "A\n"
    "\n"
    "Writes an opening of A: what its ciphertexts hold, with the randomness "
    "that\n"
    "makes them again, so that anybody checks by `he verify` that they were\n"
    "decrypted rightly, and needs no key. OUT shows the values to whoever "
    "reads\n"
    "it. Of a sum it tells nothing of the addends. Whoever encrypts proves "
    "what\n"
    "it knows by `he encrypt --prove`; parts of a key in shares are proved as "
    "they\n"
    "are made, by `he decrypt --part`.\n"
    "\n"
    "  --key KEY        the private key\n"
    "  --output OUT     the opening (a new file)\n"
    "  --passphrase-file FILE\n"
    "                   its one line; else the terminal is asked, if need be\n"
    "\n"
    "example:\n"
    "  sharechain he prove --key carbon.key --output total.opening total.enc\n";

typedef struct {
    const char *key, *output, *passphrase_file;
} wish;

/* Plaintexts m, then randomness r, of n's length each. */
static sc_err open_all(sc_buf *body, const sc_he_private *sk,
                       const sc_cipher *c)
{
    const size_t L = sc_he_limbs(sc_he_private_public(sk));
    const size_t n = sc_cipher_count(c), size = 2 * n * L;
    uint64_t *x = sc_alloc(size, 8);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(x != NULL, SC_E_MEM);
    SC_TRY(sc_he_decrypt(sk, x, c));
    SC_TRY(sc_open_noise(sk, x + n * L, c));
    SC_TRY(sc_buf_reserve(body, 8 * size));
    for (size_t i = 0; i < 2 * n; i++) {
        sc_words_put(body->p + body->len, x + L * i, L);
        body->len += 8 * L;
    }
    err = SC_OK;
out:
    if (x != NULL) {
        sc_wipe(x, 8 * size);
    }
    sc_free(x);
    return err;
}

static sc_err prove(const wish *w, const char *file, sc_fault *why)
{
    sc_he_private *sk = NULL;
    sc_he_ciphers in = {0};
    sc_he_pub pub = {0}; /* borrows sk's public half */
    sc_err err = SC_E_BUG;
    sc_buf body = {0};
    sc_proof proof;

    SC_TRY(sc_he_is_free(w->output, why));
    SC_TRY(sc_he_key_load(&sk, w->key, w->passphrase_file, why));
    pub.pk = sc_he_private_public(sk);
    SC_TRY(sc_he_ciphers_load(&in, pub.pk, file, why));
    SC_TRY(open_all(&body, sk, in.c));
    SC_TRY(sc_he_proof_init(&proof, SC_PROOF_OPENING, &pub, &in));
    proof.body = sc_buf_bytes(&body);
    SC_TRY(sc_he_proof_save(&proof, w->output, why));
    (void)fprintf(stderr, "wrote %s: what %s holds, for all to see\n",
                  w->output, file);
    err = SC_OK;
out:
    sc_buf_clear(&body);
    sc_he_ciphers_clear(&in);
    sc_he_private_free(&sk);
    return sc_fault_from(why, err);
}

static int run(int argc, char **argv)
{
    const char *words[1] = {"A: a file of ciphertexts"};
    wish w = {0};
    const sc_option options[] = {
        {"key", &w.key, NULL, 1},
        {"output", &w.output, NULL, 1},
        {"passphrase-file", &w.passphrase_file, NULL, 0},
    };
    sc_fault why = {0};
    size_t n = 0;
    sc_err err = sc_args_parse(words, &n, argc, argv, options,
                               sizeof options / sizeof *options, 1, 1, &why);

    if (err == SC_OK) {
        err = prove(&w, words[0], &why);
    }
    return err == SC_OK ? 0 : sc_cli_fail(&why);
}

const sc_command sc_command_he_prove = {
    "he prove", "open a total for all, checkable without a key", help, run};
