/* ledger/line.h: taking texts apart line by line, strictly.
 *
 * Shared by notes, checkpoints, proofs and key lines. For public text: time
 * depends on it. */
#ifndef SC_LEDGER_LINE_H
#define SC_LEDGER_LINE_H

#include "base/bytes.h"
#include "base/hash.h"

/* Cut the next line, without its LF, off the front of rest.
 * SC_E_WIRE: no LF; rest untouched. */
SC_MUST_USE sc_err sc_line_cut(sc_bytes *line, sc_bytes *rest);
/* Cut prefix off the front of text. SC_E_WIRE: it is not there. */
SC_MUST_USE sc_err sc_line_skip(sc_bytes *text, const char *prefix);
/* A decimal of 0 .. 2^63-1 without leading zeros, and nothing else. */
SC_MUST_USE sc_err sc_line_u63(uint64_t *out, sc_bytes text);
/* The base64 of one hash, and nothing else. */
SC_MUST_USE sc_err sc_line_hash(uint8_t out[static SC_HASH_LEN], sc_bytes text);

#endif
