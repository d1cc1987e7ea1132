/* base/json.h: strict JSON in (jansson); base/jcs.h writes it.
 *
 * Adversary: whoever wrote the text, a peer or a stranger. jansson parses; the
 * profile is ours: UTF-8, no duplicate keys, no lone surrogates, no U+0000, no
 * real numbers, integers within +-(2^53 - 1), depth at most 512, nothing behind
 * the value. Any value may stand at the top. */
#ifndef SC_BASE_JSON_H
#define SC_BASE_JSON_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/jcs.h"

#define SC_JSON_MAX_DEPTH 512 /* lists and objects inside one another */
#define SC_JSON_MAX_INT   ((int64_t)9007199254740991)

/* Parse text of at most max_len bytes; the caller owns *out (json_decref).
 *   Returns: SC_E_WIRE  too long, or outside the profile; why says where */
SC_MUST_USE sc_err sc_json_parse(json_t **out, sc_bytes text, size_t max_len,
                                 sc_fault *why);
/* As sc_json_parse, and the text must be its own JCS form. */
SC_MUST_USE sc_err sc_json_parse_canonical(json_t **out, sc_bytes text,
                                           size_t max_len, sc_fault *why);

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
