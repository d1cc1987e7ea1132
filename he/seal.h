/* he/seal.h: secrets of this room in files: sealed under a passphrase, and for
 * their owner's eyes alone.
 *
 * Sealed: a line that says what it is, a salt of 16 bytes, a nonce of 24, and
 * libsodium's secretbox of the open form under Argon2id of the passphrase
 * (docs/formats.md, section 16).
 *
 * Adversary: one who finds the file and guesses passphrases; one who changed it;
 * other users of the machine. */
#ifndef SC_HE_SEAL_H
#define SC_HE_SEAL_H

#include "base/bytes.h"
#include "base/fault.h"
#include "base/rng.h"

#define SC_SEAL_PASS_MAX 1024 /* bytes of a passphrase */

/* Append; `line` ends with a newline.
 *   Returns: SC_E_ARG  the passphrase is empty or too long
 *            SC_E_RNG, SC_E_MEM (256 MiB are needed); out as it was */
SC_MUST_USE sc_err sc_seal(sc_buf *out, sc_rng *rng, const char *line,
                           sc_bytes open, sc_bytes passphrase);
/*   Returns: SC_E_WIRE     no such line, or too short
 *            SC_E_REFUSED  another passphrase, or the file was changed
 *            SC_E_ARG, SC_E_MEM; open as it was */
SC_MUST_USE sc_err sc_unseal(sc_buf *open, const char *line, sc_bytes in,
                             sc_bytes passphrase);

/* A fault for what a file says of itself; else the code's own words.
 *   In:  kind  for SC_E_WIRE: "not the file of ..." */
sc_err sc_secret_fault(sc_fault *why, sc_err err, const char *path,
                       const char *kind);

#endif
