/* cli/he.h: what the commands of `sharechain he` share: files in and out.
 *
 * Faults name the file. What is malformed is SC_E_CORRUPT, what does not fit
 * together SC_E_CONFIG. Adversary: whoever wrote a file that is read. */
#ifndef SC_CLI_HE_H
#define SC_CLI_HE_H

#include "base/fault.h"
#include "base/int128.h"
#include "he/cipher_file.h"
#include "he/private.h"
#include "he/proof_file.h"
#include "he/threshold.h"

/* What every key of `he keygen` is proved for: its n and id are in the proof. */
#define SC_HE_KEY_CONTEXT "sharechain he keygen"

/* A public key, with or without shares. */
typedef struct {
    sc_he_public *own;
    sc_threshold *dealt;
    const sc_he_public *pk; /* of one of the two */
} sc_he_pub;

SC_MUST_USE sc_err sc_he_pub_load(sc_he_pub *pub, const char *path,
                                  sc_fault *why);
void sc_he_pub_clear(sc_he_pub *pub);
/* SC_E_CONFIG unless the key is one in shares. */
SC_MUST_USE sc_err sc_he_need_shares(const sc_he_pub *pub, const char *path,
                                     sc_fault *why);
/* A private key; the terminal is asked if its file is sealed and no file of a
 * passphrase is named. */
SC_MUST_USE sc_err sc_he_key_load(sc_he_private **sk, const char *path,
                                  const char *passphrase_file, sc_fault *why);

/* Ciphertexts with their head, and the SHA-256 of their file. */
typedef struct {
    sc_cipher_head head;
    sc_cipher *c;
    uint8_t digest[SC_HASH_LEN];
} sc_he_ciphers;

SC_MUST_USE sc_err sc_he_ciphers_load(sc_he_ciphers *in, const sc_he_public *pk,
                                      const char *path, sc_fault *why);
void sc_he_ciphers_clear(sc_he_ciphers *in);
/* Give c new noise, unless it is to stay; write it; say so. */
SC_MUST_USE sc_err sc_he_ciphers_save(const sc_he_ciphers *out,
                                      const char *path, int keeps_noise,
                                      sc_fault *why);

/* The lines of a proof of these ciphertexts. key: of pk, or for a part of dealt. */
SC_MUST_USE sc_err sc_he_proof_init(sc_proof *proof, sc_proof_kind kind,
                                    const sc_he_pub *pub,
                                    const sc_he_ciphers *of);
SC_MUST_USE sc_err sc_he_proof_save(const sc_proof *proof, const char *path,
                                    sc_fault *why);
/* Read a proof and compare its lines with what it should be of. The key is the one
 * given; ciphertexts, where of is given, likewise.
 *   Out:     bytes  what proof->body borrows
 *   Returns: SC_E_CHEAT  it is of another key or of other ciphertexts */
SC_MUST_USE sc_err sc_he_proof_load(sc_proof *proof, sc_buf *bytes,
                                    const char *path, sc_fault *why);
SC_MUST_USE sc_err sc_he_proof_fits(const sc_proof *proof, const sc_he_pub *pub,
                                    const sc_he_ciphers *of, const char *path,
                                    sc_fault *why);
/* Is it party proof->party's part of these ciphertexts? *parts: what it holds.
 *   Returns: SC_E_CHEAT, SC_E_MEM */
SC_MUST_USE sc_err sc_he_part_check(sc_cipher **parts, const sc_proof *proof,
                                    const sc_he_pub *pub,
                                    const sc_he_ciphers *of, const char *path,
                                    sc_fault *why);

/* SC_E_CONFIG if something is there under that name. */
SC_MUST_USE sc_err sc_he_is_free(const char *path, sc_fault *why);
/* A new file, whole or not at all. */
SC_MUST_USE sc_err sc_he_write(const char *path, sc_bytes data, unsigned mode,
                               sc_fault *why);
/* Totals, one a line, on standard output.
 *   Returns: SC_E_CHEAT  the addends cannot make them */
SC_MUST_USE sc_err sc_he_print_values(const sc_cipher_head *head,
                                      const sc_he_public *pk, const uint64_t *m,
                                      const char *path, sc_fault *why);

#endif
