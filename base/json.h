/* base/json.h: strict JSON in (jansson), canonical JSON out (RFC 8785, JCS).
 *
 * jansson parses; the profile is ours: UTF-8, no duplicate keys, no lone
 * surrogates, no U+0000, no real numbers, integers within +-(2^53 - 1), depth
 * at most 64, nothing behind the value. jansson's own output is not JCS, so
 * the writer is ours: members sorted by UTF-16 code units, shortest escapes. */
#ifndef SC_BASE_JSON_H
#define SC_BASE_JSON_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/fault.h"

#define SC_JSON_MAX_DEPTH 64
#define SC_JSON_MAX_INT   ((int64_t)9007199254740991)

/* Parse text of at most max_len bytes; the caller owns *out (json_decref).
 *   Returns: SC_E_WIRE  too long, or outside the profile; why says where */
SC_MUST_USE sc_err sc_json_parse(json_t **out, sc_bytes text, size_t max_len,
                                 sc_fault *why);
/* As sc_json_parse, and the text must be its own JCS form. */
SC_MUST_USE sc_err sc_json_parse_canonical(json_t **out, sc_bytes text,
                                           size_t max_len, sc_fault *why);
/* Append the JCS form of v.
 *   Returns: SC_E_ARG  v holds a real, or an integer outside the profile */
SC_MUST_USE sc_err sc_jcs_put(sc_buf *out, const json_t *v);
/* SHA-256 of the JCS form. */
SC_MUST_USE sc_err sc_jcs_digest(uint8_t out[static 32], const json_t *v);

/* Typed members; SC_E_WIRE if absent or of another type. */
SC_MUST_USE sc_err sc_json_str(const char **out, const json_t *object,
                               const char *key);
SC_MUST_USE sc_err sc_json_int(int64_t *out, const json_t *object,
                               const char *key, int64_t min, int64_t max);
SC_MUST_USE sc_err sc_json_array(json_t **out, const json_t *object,
                                 const char *key);
SC_MUST_USE sc_err sc_json_object(json_t **out, const json_t *object,
                                  const char *key);
/* A member of exactly 2*len lower hex digits. */
SC_MUST_USE sc_err sc_json_hex(uint8_t *out, size_t len, const json_t *object,
                               const char *key);
/* Fails with SC_E_WIRE if the object has a key outside the NULL-ended list. */
SC_MUST_USE sc_err sc_json_only(const json_t *object, const char *const *keys);
/* Set object[key] to lower hex of in; SC_E_MEM. */
SC_MUST_USE sc_err sc_json_set_hex(json_t *object, const char *key,
                                   sc_bytes in);

#endif
