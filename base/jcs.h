/* base/jcs.h: canonical JSON out (RFC 8785, JCS), of values without reals.
 *
 * One value has one text: members sorted by UTF-16 code units, no white space,
 * shortest escapes. What is signed or hashed onto the chain is this text.
 *
 * Adversary: a peer that wrote the value. Its depth is bounded, and what has no one
 * text here is refused. */
#ifndef SC_BASE_JCS_H
#define SC_BASE_JCS_H

#include <jansson.h>

#include "base/bytes.h"

/* Append the JCS form of v; on failure out is as it was.
 *   Returns: SC_E_ARG  v holds a real, an integer or a depth outside the
 *                      profile of base/json.h, or a U+0000 */
SC_MUST_USE sc_err sc_jcs_put(sc_buf *out, const json_t *v);
/* SHA-256 of the JCS form; returns as sc_jcs_put. */
SC_MUST_USE sc_err sc_jcs_digest(uint8_t out[static 32], const json_t *v);

#endif
