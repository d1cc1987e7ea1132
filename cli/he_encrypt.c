/* cli/he_encrypt.c: numbers, one a line, into a file of ciphertexts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/he.h"
#include "cli/progress.h"
#include "he/cipher_values.h"
#include "he/encrypt.h"
#include "he/prove_bits.h"
#include "he/prove_plain.h"

#define INPUT_MAX ((size_t)1 << 30) /* bytes of numbers */
#define CHUNK     ((size_t)1024) /* ciphertexts between two looks at progress */

static const char help[] =
    "usage: sharechain he encrypt --key PUB --output OUT [--fixed DIGITS]\n"
    "                             [--pack BITS --addends N [--spare S]\n"
    "                             [--unsigned]] [--prove CONTEXT "
    "[--bits-proof]]\n"
    "                             [FILE]\n"
    "\n"
    "Encrypts the whole numbers of FILE, or of standard input, one a line. "
    "OUT\n"
    "says which key it is for and how its values are to be read; `he add` and\n"
    "`he decrypt` need no options for that. Values are below 2^80 in size.\n"
    "\n"
    "  --key PUB        the public key. Whose is it? Check it by `he verify`, "
    "and\n"
    "                   its digest over another channel\n"
    "  --output OUT     the ciphertexts (a new file)\n"
    "  --fixed DIGITS   decimals with so many digits behind the point, 0 to "
    "30;\n"
    "                   exact, nothing is rounded\n"
    "  --pack BITS      many values in a ciphertext, each of BITS bits, sign\n"
    "                   included: for sums alone, no differences\n"
    "  --addends N      with --pack: how many files are added up at most\n"
    "  --spare S        with --pack: S more bits between values (0 to 64), "
    "against\n"
    "                   contributors who encrypt more than BITS bits\n"
    "  --unsigned       with --pack: values are 0 to 2^BITS - 1\n"
    "  --prove CONTEXT  also write OUT.proof: who made OUT knows what it "
    "holds.\n"
    "                   CONTEXT is any text that says what for; who verifies\n"
    "                   gives the same\n"
    "  --bits-proof     OUT.proof shows that every value is 0 or 1\n"
    "\n"
    "example:\n"
    "  printf '1250.75\\n-3\\n' | sharechain he encrypt --key carbon.pub "
    "--fixed 2 "
    "--output a.enc\n";

typedef struct {
    const char *file, *key, *output, *fixed, *pack, *addends, *spare, *prove;
    int is_unsigned, is_bits;
} wish;

typedef struct {
    sc_he_pub pub;
    sc_he_ciphers out; /* its digest is of bytes */
    sc_i128 *x;
    uint64_t *m, *alphas;
    size_t n; /* ciphertexts */
    sc_encryptor *e;
    sc_buf bytes; /* of the file */
} work;

/* ---- options --------------------------------------------------------------- */

static sc_err take_count(uint64_t *x, const char *name, const char *text,
                         uint64_t min, uint64_t max, sc_fault *why)
{
    char *end = NULL;

    *x = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || strlen(text) > 18 ||
        *x < min || *x > max) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "--%s is not a number from %" PRIu64 " to %" PRIu64,
                            name, min, max);
    }
    return SC_OK;
}

static sc_err take_slots(sc_cipher_head *head, const wish *w, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (w->pack == NULL && w->addends == NULL && w->spare == NULL &&
        !w->is_unsigned) {
        return SC_OK;
    }
    if (w->pack == NULL || w->addends == NULL) {
        (void)sc_fault_set(why, SC_E_CONFIG, "--%s is missing",
                           w->pack == NULL ? "pack" : "addends");
        sc_fault_remedy(why, "slots are made for values of --pack BITS bits "
                             "and sums of --addends N of them");
        return SC_E_CONFIG;
    }
    head->has_slots = 1;
    head->is_signed = !w->is_unsigned;
    SC_TRY(take_count(&head->value_bits, "pack", w->pack, 1,
                      SC_PACK_MAX_SUM_BITS, why));
    SC_TRY(take_count(&head->slot_addends, "addends", w->addends, 1,
                      SC_CIPHER_FILE_ADDENDS, why));
    if (w->spare != NULL) {
        SC_TRY(take_count(&head->spare_bits, "spare", w->spare, 0,
                          SC_PACK_MAX_SPARE, why));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err take_head(work *k, const wish *w, sc_fault *why)
{
    sc_cipher_head *head = &k->out.head;
    sc_err err = SC_E_BUG;
    sc_packing p;

    sc_cipher_head_init(head, k->pub.pk, 1);
    if (w->fixed != NULL) {
        SC_TRY(take_count(&head->decimals, "fixed", w->fixed, 0,
                          SC_CIPHER_FILE_DECIMALS, why));
    }
    SC_TRY(take_slots(head, w, why));
    if (head->has_slots &&
        sc_cipher_head_packing(&p, head, k->pub.pk) != SC_OK) {
        err = sc_fault_set(why, SC_E_CONFIG,
                           "a sum of %" PRIu64 " values of %" PRIu64
                           " bits has more than %d bits",
                           head->slot_addends, head->value_bits,
                           SC_PACK_MAX_SUM_BITS);
        sc_fault_remedy(why, "fewer --addends or --pack bits, or no packing");
        goto out;
    }
    if (w->is_bits && (w->prove == NULL || head->has_slots || head->decimals)) {
        err = sc_fault_set(why, SC_E_CONFIG,
                           "--bits-proof is for values 0 and 1, with --prove "
                           "and without --pack and --fixed");
        goto out;
    }
    err = SC_OK;
out:
    return err;
}

/* ---- numbers --------------------------------------------------------------- */

static sc_err read_input(sc_buf *in, const char *file, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t got = 1;

    if (file != NULL && strcmp(file, "-") != 0) {
        err = sc_file_read(in, file, INPUT_MAX, why);
        if (err == SC_E_NOT_FOUND) {
            why->code = err = SC_E_CONFIG;
        }
        return err;
    }
    while (got > 0 && in->len <= INPUT_MAX) {
        SC_TRY(sc_fault_from(why, sc_buf_reserve(in, 4096)));
        got = fread(in->p + in->len, 1, 4096, stdin);
        in->len += got;
    }
    if (ferror(stdin) != 0 || in->len > INPUT_MAX) {
        return sc_fault_set(why, SC_E_IO,
                            ferror(stdin) != 0
                                ? "standard input cannot be read"
                                : "more than 1 GiB on standard input");
    }
    err = SC_OK;
out:
    return err;
}

static sc_bytes trim(sc_bytes line)
{
    while (line.len > 0 &&
           (line.p[line.len - 1] == ' ' || line.p[line.len - 1] == '\t' ||
            line.p[line.len - 1] == '\r')) {
        line.len--;
    }
    while (line.len > 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
        line.p++;
        line.len--;
    }
    return line;
}

/* Errors say where, not what: the numbers are secret. */
static sc_err take_number(sc_i128 *x, sc_bytes line, const sc_cipher_head *head,
                          int is_bits, sc_fault *why)
{
    line = trim(line);
    if (line.len == 0) {
        return sc_fault_set(why, SC_E_CONFIG, "no number on this line");
    }
    if (sc_i128_parse(x, line, (unsigned)head->decimals) != SC_OK) {
        (void)sc_fault_set(why, SC_E_CONFIG,
                           head->decimals == 0
                               ? "not a whole number such as -12"
                               : "not a number with at most %" PRIu64
                                 " digits behind the point",
                           head->decimals);
        sc_fault_remedy(why, head->decimals == 0
                                 ? "--fixed DIGITS takes decimals; nothing "
                                   "but the number may stand on its line"
                                 : "nothing is rounded here: round before, or "
                                   "give --fixed more digits");
        return SC_E_CONFIG;
    }
    if (is_bits && *x != 0 && *x != 1) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "neither 0 nor 1, as --bits-proof needs");
    }
    if (!sc_cipher_value_fits(head, *x)) {
        (void)sc_fault_set(why, SC_E_CONFIG, "the value is out of range");
        sc_fault_remedy(
            why,
            head->has_slots ? "%s value of %" PRIu64 " bits%s"
                            : "%s values are below 2^%" PRIu64 "%s",
            head->has_slots ? "--pack says a" : "without --pack",
            head->has_slots ? head->value_bits : (uint64_t)SC_CIPHER_FILE_BITS,
            head->decimals > 0 ? ", counted in units of the last digit" : "");
        return SC_E_CONFIG;
    }
    return SC_OK;
}

static size_t count_lines(sc_bytes in)
{
    size_t n = 0;

    for (size_t i = 0; i < in.len; i++) {
        n += in.p[i] == '\n' || i + 1 == in.len;
    }
    return n;
}

static sc_err take_numbers(work *k, const wish *w, sc_bytes in, sc_fault *why)
{
    const char *name = w->file == NULL || strcmp(w->file, "-") == 0
                           ? "standard input"
                           : w->file;
    const size_t n = count_lines(in);
    size_t start = 0, line = 0;
    sc_err err = SC_E_BUG;

    if (n == 0 || n > SC_CIPHER_FILE_VALUES) {
        (void)sc_fault_set(why, SC_E_CONFIG, "%s",
                           n == 0 ? "no numbers to encrypt"
                                  : "too many numbers for one file");
        sc_fault_at(why, name, 0, 0);
        return SC_E_CONFIG;
    }
    k->out.head.values = n;
    k->x = sc_alloc(n, sizeof *k->x);
    SC_REQUIRE(k->x != NULL, SC_E_MEM);
    for (size_t i = 0; i < in.len; i++) {
        if (in.p[i] == '\n' || i + 1 == in.len) {
            const size_t end = in.p[i] == '\n' ? i : i + 1;

            err = take_number(&k->x[line++],
                              (sc_bytes){in.p + start, end - start},
                              &k->out.head, w->is_bits, why);
            if (err != SC_OK) {
                sc_fault_at(why, name, (unsigned)line, 0);
                goto out;
            }
            start = i + 1;
        }
    }
    err = SC_OK;
out:
    return err;
}

/* ---- encryption ------------------------------------------------------------ */

static sc_err make_plaintexts(work *k, sc_fault *why)
{
    const sc_he_public *pk = k->pub.pk;
    sc_err err = SC_E_BUG;

    if (sc_cipher_head_ciphers(&k->n, &k->out.head, pk) != SC_OK) {
        (void)sc_fault_set(why, SC_E_CONFIG,
                           "more than %zu ciphertexts in one file",
                           SC_CIPHER_FILE_CIPHERS);
        sc_fault_remedy(why, "cut the numbers into several files, or --pack");
        return SC_E_CONFIG;
    }
    k->m = sc_alloc(k->n * sc_he_limbs(pk), 8);
    k->alphas = sc_alloc(k->n * sc_noise_words(pk), 8);
    SC_REQUIRE(k->m != NULL && k->alphas != NULL, SC_E_MEM);
    SC_TRY(sc_cipher_values_put(&k->out.head, pk, k->m, k->x));
    err = SC_OK;
out:
    return err;
}

/* Ciphertexts first .. first + n - 1 of the file. */
static sc_err encrypt_some(work *k, sc_rng *rng, size_t first, size_t n)
{
    const sc_he_public *pk = k->pub.pk;
    uint64_t *alphas = k->alphas + sc_noise_words(pk) * first;
    sc_cipher *c = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_cipher_new(&c, pk, n));
    SC_TRY(sc_noise_draw(pk, rng, alphas, n));
    SC_TRY(sc_encrypt_with(k->e, c, k->m + sc_he_limbs(pk) * first, alphas));
    SC_TRY(sc_cipher_put(&k->bytes, c));
    err = SC_OK;
out:
    sc_cipher_free(&c);
    return err;
}

static sc_err encrypt(work *k, sc_rng *rng)
{
    const uint64_t len = sc_cipher_len(k->pub.pk);
    sc_progress progress;
    sc_err err = SC_E_BUG;

    sc_progress_init(&progress, stderr);
    SC_TRY(sc_encryptor_new(&k->e, k->pub.pk, 0));
    SC_TRY(sc_cipher_head_put(&k->bytes, &k->out.head));
    for (size_t i = 0; i < k->n; i += CHUNK) {
        SC_TRY(encrypt_some(k, rng, i, k->n - i < CHUNK ? k->n - i : CHUNK));
        if (k->n > CHUNK) {
            sc_progress_show(&progress, "encrypt",
                             len * (i + CHUNK < k->n ? i + CHUNK : k->n),
                             len * k->n);
        }
    }
    sc_sha256(k->out.digest, sc_buf_bytes(&k->bytes));
    err = SC_OK;
out:
    sc_progress_end(&progress);
    return err;
}

/* ---- the proof -------------------------------------------------------------- */

static sc_err prove_bits(work *k, sc_rng *rng, sc_bytes context, sc_buf *body)
{
    uint8_t *bits = sc_alloc(k->n, 1);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(bits != NULL, SC_E_MEM);
    for (size_t i = 0; i < k->n; i++) {
        bits[i] = (uint8_t)k->x[i];
    }
    err = sc_prove_bits(k->e, rng, context, k->out.c, bits, k->alphas, body);
out:
    if (bits != NULL) {
        sc_wipe(bits, k->n);
    }
    sc_free(bits);
    return err;
}

static sc_err prove(work *k, const wish *w, sc_rng *rng, const char *path,
                    sc_fault *why)
{
    uint8_t digest[SC_HASH_LEN];
    const sc_bytes context = {digest, sizeof digest};
    sc_err err = SC_E_BUG;
    sc_cipher_head head;
    sc_buf body = {0};
    sc_proof proof;

    SC_TRY(sc_cipher_file_get(&head, &k->out.c, k->pub.pk,
                              sc_buf_bytes(&k->bytes)));
    SC_TRY(sc_proof_context(digest, sc_bytes_of(w->prove), &head));
    SC_TRY(sc_he_proof_init(&proof,
                            w->is_bits ? SC_PROOF_BITS : SC_PROOF_PLAINTEXTS,
                            &k->pub, &k->out));
    SC_TRY(w->is_bits ? prove_bits(k, rng, context, &body)
                      : sc_prove_plain(k->e, rng, context, k->out.c, k->m,
                                       k->alphas, &body));
    proof.body = sc_buf_bytes(&body);
    SC_TRY(sc_he_proof_save(&proof, path, why));
    err = SC_OK;
out:
    sc_buf_clear(&body);
    return err;
}

/* ---- the command ------------------------------------------------------------ */

static void clear(work *k)
{
    if (k->x != NULL) {
        sc_wipe(k->x, k->out.head.values * sizeof *k->x);
    }
    if (k->m != NULL) {
        sc_wipe(k->m, 8 * k->n * sc_he_limbs(k->pub.pk));
    }
    if (k->alphas != NULL) {
        sc_wipe(k->alphas, 8 * k->n * sc_noise_words(k->pub.pk));
    }
    sc_free(k->x);
    sc_free(k->m);
    sc_free(k->alphas);
    sc_encryptor_free(&k->e);
    sc_he_ciphers_clear(&k->out);
    sc_he_pub_clear(&k->pub);
    sc_buf_clear(&k->bytes);
}

static sc_err write_all(work *k, const wish *w, sc_fault *why)
{
    char *proof = sc_alloc(strlen(w->output) + sizeof ".proof", 1);
    sc_rng rng = sc_rng_system();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(proof != NULL, SC_E_MEM);
    (void)sprintf(proof, "%s.proof", w->output);
    SC_TRY(sc_he_is_free(w->output, why));
    if (w->prove != NULL) {
        SC_TRY(sc_he_is_free(proof, why));
    }
    SC_TRY(make_plaintexts(k, why));
    SC_TRY(encrypt(k, &rng));
    if (w->prove != NULL) {
        SC_TRY(prove(k, w, &rng, proof, why));
    }
    SC_TRY(sc_he_write(w->output, sc_buf_bytes(&k->bytes), 0644, why));
    (void)fprintf(stderr, "wrote %s: %" PRIu64 " value%s in %zu ciphertext%s\n",
                  w->output, k->out.head.values,
                  k->out.head.values == 1 ? "" : "s", k->n,
                  k->n == 1 ? "" : "s");
    if (w->prove != NULL) {
        (void)fprintf(stderr, "wrote %s: that %s\n", proof,
                      w->is_bits ? "each is 0 or 1" : "their maker knows them");
    }
    err = SC_OK;
out:
    sc_free(proof);
    return err;
}

static sc_err run_wish(work *k, const wish *w, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf in = {0};

    SC_TRY(sc_he_pub_load(&k->pub, w->key, why));
    SC_TRY(take_head(k, w, why));
    SC_TRY(read_input(&in, w->file, why));
    SC_TRY(take_numbers(k, w, sc_buf_bytes(&in), why));
    SC_TRY(write_all(k, w, why));
    err = SC_OK;
out:
    sc_buf_clear(&in); /* wipes */
    return sc_fault_from(why, err);
}

static int run(int argc, char **argv)
{
    wish w = {0};
    const sc_option options[] = {
        {"key", &w.key, NULL, 1},
        {"output", &w.output, NULL, 1},
        {"fixed", &w.fixed, NULL, 0},
        {"pack", &w.pack, NULL, 0},
        {"addends", &w.addends, NULL, 0},
        {"spare", &w.spare, NULL, 0},
        {"prove", &w.prove, NULL, 0},
        {"unsigned", NULL, &w.is_unsigned, 0},
        {"bits-proof", NULL, &w.is_bits, 0},
    };
    work k = {0};
    sc_fault why = {0};
    size_t n = 0;
    sc_err err = sc_args_parse(&w.file, &n, argc, argv, options,
                               sizeof options / sizeof *options, 0, 1, &why);

    if (err == SC_OK) {
        err = run_wish(&k, &w, &why);
    }
    clear(&k);
    return err == SC_OK ? 0 : sc_cli_fail(&why);
}

const sc_command sc_command_he_encrypt = {"he encrypt",
                                          "numbers of a file into ciphertexts",
                                          help, run};
