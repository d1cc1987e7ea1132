/* he/key_file.h: keys of he/ as bytes and as files.
 *
 * Public key, text, every line ended by a newline:
 *     sharechain-paillier-public/1
 *     id <id>
 *     n <lower-case hexadecimal, all digits of n's length>
 * Private key, open:
 *     sharechain-paillier-private/1
 *     id <id>
 *     p <hexadecimal, half of n's length>
 *     q <hexadecimal>
 * Private key, sealed: the line "sharechain-paillier-sealed/1", then a salt of 16
 * bytes, a nonce of 24, and libsodium's secretbox (XSalsa20-Poly1305) of the open
 * form under Argon2id of the passphrase (3 passes over 256 MiB, libsodium's
 * "moderate"; they belong to the version). docs/formats.md, section 16.
 *
 * All are read strictly: what is read is written again and compared. Adversary:
 * one who gives a damaged or made-up file; one who finds a sealed file and guesses
 * passphrases; other users of the machine. */
#ifndef SC_HE_KEY_FILE_H
#define SC_HE_KEY_FILE_H

#include "base/fault.h"
#include "he/private.h"

#define SC_HE_KEY_FILE_MAX 4096 /* bytes of any of them */
#define SC_HE_PASS_MAX     1024 /* bytes of a passphrase */

/* Another flag: a private key's file without a passphrase. */
enum { SC_HE_OPEN_FILE = 2 };

/* ---- bytes ---------------------------------------------------------------- */

SC_MUST_USE sc_err sc_he_public_put(sc_buf *out, const sc_he_public *pk);
/*   Returns: SC_E_WIRE   not as above
 *            SC_E_CHEAT  no modulus (he/public.h)
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_he_public_get(sc_he_public **pk, sc_bytes in,
                                    unsigned flags);
SC_MUST_USE sc_err sc_he_private_put(sc_buf *out, const sc_he_private *sk);
/*   Returns: SC_E_WIRE, SC_E_CHEAT, SC_E_MEM likewise */
SC_MUST_USE sc_err sc_he_private_get(sc_he_private **sk, sc_bytes in,
                                     unsigned flags);
/*   Returns: SC_E_ARG  the passphrase is empty or too long
 *            SC_E_RNG, SC_E_MEM (256 MiB are needed) */
SC_MUST_USE sc_err sc_he_private_seal(sc_buf *out, sc_rng *rng,
                                      const sc_he_private *sk,
                                      sc_bytes passphrase);
/*   Returns: SC_E_WIRE     not a sealed key
 *            SC_E_REFUSED  another passphrase, or the file was changed
 *            SC_E_CHEAT, SC_E_ARG, SC_E_MEM */
SC_MUST_USE sc_err sc_he_private_unseal(sc_he_private **sk, sc_bytes in,
                                        sc_bytes passphrase, unsigned flags);

/* ---- files ---------------------------------------------------------------- */

/* Written 0644. A file that is there with other bytes is left: SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_he_public_save(const sc_he_public *pk, const char *path,
                                     sc_fault *why);
SC_MUST_USE sc_err sc_he_public_load(sc_he_public **pk, const char *path,
                                     unsigned flags, sc_fault *why);
/* Written 0600: sealed, or open if the flag says SC_HE_OPEN_FILE, which goes with
 * an empty passphrase and with no other. A file that is there is left. */
SC_MUST_USE sc_err sc_he_private_save(const sc_he_private *sk, const char *path,
                                      sc_rng *rng, sc_bytes passphrase,
                                      unsigned flags, sc_fault *why);
/* Either form; a passphrase that the file does not need is SC_E_ARG.
 *   Returns: SC_E_CONFIG  a link, another user's, or group or others may touch it
 *            SC_E_REFUSED, SC_E_WIRE, SC_E_CHEAT, SC_E_NOT_FOUND, SC_E_IO */
SC_MUST_USE sc_err sc_he_private_load(sc_he_private **sk, const char *path,
                                      sc_bytes passphrase, unsigned flags,
                                      sc_fault *why);

#endif
