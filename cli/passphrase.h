/* cli/passphrase.h: passphrases, from a terminal without echo or from a file.
 *
 * Adversary: who looks over the shoulder, and other users of the machine: a file of
 * passphrases is its owner's alone. Secret: what is read; the buffer wipes it. */
#ifndef SC_CLI_PASSPHRASE_H
#define SC_CLI_PASSPHRASE_H

#include "base/bytes.h"
#include "base/fault.h"

/* Where one comes from. */
typedef struct {
    const char *file; /* NULL: the terminal is asked */
    const char *what; /* is sealed, in words: "party 2's share" */
    size_t line;      /* of the file, from 0 */
    size_t n_lines;   /* the file has, exactly */
    int is_new;       /* asked for twice */
} sc_passphrase;

/* Append it to out, which is empty.
 *   Returns: SC_E_CONFIG     no terminal; empty, too long or two different ones;
 *                            the file has not so many lines, or is not its
 *                            owner's alone
 *            SC_E_CANCELLED  a signal came; the terminal is as it was
 *            SC_E_IO, SC_E_NOT_FOUND, SC_E_MEM */
SC_MUST_USE sc_err sc_passphrase_take(sc_buf *out, const sc_passphrase *from,
                                      sc_fault *why);

#endif
