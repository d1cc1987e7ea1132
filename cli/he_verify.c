/* cli/he_verify.c: any of the proofs, and in words what it shows and what not. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/he.h"
#include "he/encrypt.h"
#include "he/opening.h"
#include "he/prove_bits.h"
#include "he/prove_modulus.h"
#include "he/prove_plain.h"
#include "he/words.h"

static const char help[] =
    "usage: sharechain he verify --key PUB [--ciphertexts A] [--context TEXT]\n"
    "                            PROOF\n"
    "\n"
    "Checks PROOF without any secret and says in words what it shows: that a\n"
    "key's modulus is sound, that a contributor knows what it encrypted or "
    "that\n"
    "each value is 0 or 1, that ciphertexts hold what an opening says, that a\n"
    "part of a decryption is made with a party's share.\n"
    "\n"
    "  --key PUB        the public key\n"
    "  --ciphertexts A  the ciphertexts that it is about; a key's proof has "
    "none\n"
    "  --context TEXT   what the contributor's --prove said, as you know it\n"
    "\n"
    "exit status: 0 proved, 4 not.\n"
    "\n"
    "example:\n"
    "  sharechain he verify --key carbon.pub carbon.proof\n"
    "  sharechain he verify --key carbon.pub --ciphertexts a.enc --context "
    "2026 "
    "a.enc.proof\n";

typedef struct {
    const char *key, *ciphertexts, *context;
} wish;

typedef struct {
    sc_he_pub pub;
    sc_he_ciphers of;
    sc_proof proof;
    sc_buf bytes;
    const char *path; /* of the proof */
} work;

/* ---- each kind: SC_OK, or SC_E_CHEAT, SC_E_WIRE and what stops us ----------- */

static sc_err check_modulus(const work *k)
{
    const sc_he_public *pk = k->pub.pk;
    const sc_err err =
        sc_check_modulus(pk, sc_bytes_of(SC_HE_KEY_CONTEXT), k->proof.body);

    if (err == SC_OK) {
        (void)printf(
            "PROVED: the modulus of key %s (%zu bits) is a product of two "
            "primes,\nboth 3 mod 4, and fit for Paillier's cryptosystem.\n"
            "NOT SHOWN: whose key it is; compare its digest over another "
            "channel. How\nlarge the smaller prime is, beyond 2^16.\n",
            sc_he_id(pk), sc_he_bits(pk));
    }
    return err;
}

/* What is proved of ciphertexts counts under a sound modulus alone: with another one
 * its owner opens as he likes (he/opening.h). */
static void say_condition(const sc_he_pub *pub)
{
    (void)printf(
        pub->dealt != NULL
            ? "TRUSTED: the dealer of the key, for its modulus.\n"
            : "PROVIDED THAT: the key's own proof holds; verify its .proof "
              "too.\n");
}

static sc_err check_contribution(const work *k, const char *context)
{
    const int is_bits = k->proof.kind == SC_PROOF_BITS;
    uint8_t digest[SC_HASH_LEN];
    const sc_bytes bound = {digest, sizeof digest};
    sc_encryptor *e = NULL;
    sc_err err = SC_E_BUG;

    /* in slots or with decimals a value is not what its plaintext is */
    SC_REQUIRE(!is_bits || (!k->of.head.has_slots && k->of.head.decimals == 0),
               SC_E_CHEAT);
    SC_TRY(sc_proof_context(digest, sc_bytes_of(context), &k->of.head));
    SC_TRY(sc_encryptor_new(&e, k->pub.pk, 0));
    SC_TRY(is_bits ? sc_check_bits(e, bound, k->of.c, k->proof.body)
                   : sc_check_plain(e, bound, k->of.c, k->proof.body));
    (void)printf("PROVED, for this key, these ciphertexts and this context:\n"
                 "%s (%" PRIu64 " value%s).\n"
                 "NOT SHOWN: who made it%s.\n",
                 is_bits ? "each value is 0 or 1"
                         : "whoever made the ciphertexts knows what they hold",
                 k->of.head.values, k->of.head.values == 1 ? "" : "s",
                 is_bits ? "; that the values are true"
                         : "; that the values are true, or in range");
    say_condition(&k->pub);
    err = SC_OK;
out:
    sc_encryptor_free(&e);
    return err;
}

static sc_err check_opening(const work *k, const char *file, sc_fault *why)
{
    const sc_he_public *pk = k->pub.pk;
    const size_t n = sc_cipher_count(k->of.c), L = sc_he_limbs(pk);
    uint64_t *x = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(k->proof.body.len == 16 * n * L, SC_E_WIRE);
    x = sc_alloc(2 * n * L, 8);
    SC_REQUIRE(x != NULL, SC_E_MEM);
    for (size_t i = 0; i < 2 * n; i++) {
        sc_words_get(x + L * i, L, k->proof.body.p + 8 * L * i);
    }
    err = sc_check_opening(pk, k->of.c, x, x + n * L);
    SC_REQUIRE(err == SC_OK, err == SC_E_ARG ? SC_E_CHEAT : err);
    say_condition(&k->pub); /* first: the values end what is said */
    (void)printf("PROVED: %s holds, one value a line:\n", file);
    SC_TRY(sc_he_print_values(&k->of.head, pk, x, file, why));
    err = SC_OK;
out:
    sc_free(x);
    return err;
}

static sc_err check_part(const work *k, sc_fault *why)
{
    sc_cipher *parts = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_he_part_check(&parts, &k->proof, &k->pub, &k->of, k->path, why));
    (void)printf("PROVED: this part of the decryption is made with the share "
                 "of party %" PRIu64 ".\n%zu such parts of different parties "
                 "read the ciphertexts.\n"
                 "TRUSTED: the dealer of the key, for the parties' "
                 "verification keys.\n",
                 k->proof.party, sc_threshold_needed(k->pub.dealt));
    err = SC_OK;
out:
    sc_cipher_free(&parts);
    return err;
}

/* ---- which ------------------------------------------------------------------ */

static sc_err check_wish(const wish *w, sc_proof_kind kind, sc_fault *why)
{
    const int is_contribution =
        kind == SC_PROOF_PLAINTEXTS || kind == SC_PROOF_BITS;

    if (kind != SC_PROOF_MODULUS && w->ciphertexts == NULL) {
        (void)sc_fault_set(why, SC_E_CONFIG, "--ciphertexts is missing");
        sc_fault_remedy(why, "name the file that it is about");
        return SC_E_CONFIG;
    }
    if (kind == SC_PROOF_MODULUS && w->ciphertexts != NULL) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "this is a key's proof, and says nothing of "
                            "ciphertexts");
    }
    if (is_contribution && w->context == NULL) {
        (void)sc_fault_set(why, SC_E_CONFIG, "--context is missing");
        sc_fault_remedy(why, "what the contributor was told to say to --prove");
        return SC_E_CONFIG;
    }
    if (!is_contribution && w->context != NULL) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "a proof of this kind has no context");
    }
    return SC_OK;
}

static sc_err check_kind(const work *k, const wish *w, sc_fault *why)
{
    switch (k->proof.kind) {
    case SC_PROOF_MODULUS:
        return check_modulus(k);
    case SC_PROOF_PLAINTEXTS:
    case SC_PROOF_BITS:
        return check_contribution(k, w->context);
    case SC_PROOF_OPENING:
        return check_opening(k, w->ciphertexts, why);
    case SC_PROOF_PART:
        return check_part(k, why);
    case SC_PROOF_N_KINDS:
        break;
    }
    return SC_E_BUG;
}

/* What fails, in words, unless the check said it. */
static sc_err explain(sc_err err, const work *k, sc_fault *why)
{
    if ((err == SC_E_CHEAT || err == SC_E_WIRE) && why->code == SC_OK) {
        (void)sc_fault_set(why, SC_E_CHEAT, "NOT PROVED: the proof of %s fails",
                           sc_proof_kind_name(k->proof.kind));
        sc_fault_at(why, k->path, 0, 0);
        sc_fault_remedy(why, k->proof.kind == SC_PROOF_PLAINTEXTS ||
                                     k->proof.kind == SC_PROOF_BITS
                                 ? "another context, or other ciphertexts, or "
                                   "somebody cheats"
                                 : "");
        return SC_E_CHEAT;
    }
    return sc_fault_from(why, err);
}

static sc_err verify(work *k, const wish *w, sc_fault *why)
{
    const sc_he_ciphers *of = w->ciphertexts == NULL ? NULL : &k->of;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_he_pub_load(&k->pub, w->key, why));
    SC_TRY(sc_he_proof_load(&k->proof, &k->bytes, k->path, why));
    SC_TRY(check_wish(w, k->proof.kind, why));
    if (of != NULL) {
        SC_TRY(sc_he_ciphers_load(&k->of, k->pub.pk, w->ciphertexts, why));
    }
    SC_TRY(sc_he_proof_fits(&k->proof, &k->pub, of, k->path, why));
    SC_TRY(check_kind(k, w, why));
    err = SC_OK;
out:
    return explain(err, k, why);
}

static int run(int argc, char **argv)
{
    const char *words[1] = {"PROOF: a file"};
    wish w = {0};
    const sc_option options[] = {
        {"key", &w.key, NULL, 1},
        {"ciphertexts", &w.ciphertexts, NULL, 0},
        {"context", &w.context, NULL, 0},
    };
    work k = {0};
    sc_fault why = {0};
    size_t n = 0;
    sc_err err = sc_args_parse(words, &n, argc, argv, options,
                               sizeof options / sizeof *options, 1, 1, &why);

    if (err == SC_OK) {
        k.path = words[0];
        err = verify(&k, &w, &why);
    }
    sc_buf_clear(&k.bytes);
    sc_he_ciphers_clear(&k.of);
    sc_he_pub_clear(&k.pub);
    return err == SC_OK ? 0 : sc_cli_fail(&why);
}

const sc_command sc_command_he_verify = {
    "he verify", "check a proof of a key or of ciphertexts", help, run};
