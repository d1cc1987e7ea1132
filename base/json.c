/* base/json.c: the strict reader.
 *
 * jansson refuses bad UTF-8, lone surrogates, U+0000, duplicate keys and what
 * stands behind the value; a walk over the result refuses the rest: reals,
 * integers that a double cannot hold, depth. jansson's own error texts quote
 * the input, so the words here are ours. */
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"

#define PATH_LEN 160

/* Where the walk is: a JSON pointer, cut to what fits a fault. */
typedef struct {
    char text[PATH_LEN];
    size_t len;
} path;

static sc_err check_value(json_t *v, path *at, unsigned depth, sc_fault *why);

static const char *words(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
        return "the text is not valid UTF-8";
    case json_error_premature_end_of_input:
        return "the JSON text ends too early";
    case json_error_end_of_input_expected:
        return "something stands behind the JSON value";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a string holds U+0000";
    case json_error_duplicate_key:
        return "an object has a key twice";
    case json_error_numeric_overflow:
        return "a number is too large";
    case json_error_stack_overflow:
        return "the JSON text is nested too deeply";
    default:
        return "the text is not JSON";
    }
}

static sc_err parse_fault(sc_fault *why, const json_error_t *e)
{
    enum json_error_code code = json_error_code(e);

    if (code == json_error_out_of_memory) {
        return sc_fault_from(why, SC_E_MEM);
    }
    sc_fault_set(why, SC_E_WIRE, "%s", words(code));
    if (e->line > 0 && e->column >= 0) {
        sc_fault_at(why, "", (unsigned)e->line, (unsigned)e->column);
    }
    return SC_E_WIRE;
}

/* Append one step; bytes that may not be printed become '?'. Returns the
 * length to go back to. */
static size_t path_push(path *at, const char *step, size_t len)
{
    size_t before = at->len;

    if (at->len + 1 < PATH_LEN) {
        at->text[at->len++] = '/';
    }
    for (size_t i = 0; i < len && at->len + 1 < PATH_LEN; i++) {
        char c = step[i];

        at->text[at->len++] = (char)(c >= 0x20 && c < 0x7F ? c : '?');
    }
    at->text[at->len] = '\0';
    return before;
}

static void path_pop(path *at, size_t before)
{
    at->len = before;
    at->text[before] = '\0';
}

static sc_err profile_fault(sc_fault *why, const path *at, const char *text)
{
    return sc_fault_set(why, SC_E_WIRE, "%s at %s", text,
                        at->len > 0 ? at->text : "the top");
}

static sc_err check_object(json_t *v, path *at, unsigned depth, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (void *i = json_object_iter(v); i != NULL;
         i = json_object_iter_next(v, i)) {
        size_t back =
            path_push(at, json_object_iter_key(i), json_object_iter_key_len(i));

        SC_TRY(check_value(json_object_iter_value(i), at, depth, why));
        path_pop(at, back);
    }
    err = SC_OK;
out:
    return err;
}

static sc_err check_array(json_t *v, path *at, unsigned depth, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < json_array_size(v); i++) {
        char step[24];
        int len = snprintf(step, sizeof step, "%zu", i);
        size_t back = path_push(at, step, (size_t)len);

        SC_TRY(check_value(json_array_get(v, i), at, depth, why));
        path_pop(at, back);
    }
    err = SC_OK;
out:
    return err;
}

/* depth: how many more lists and objects may open. */
static sc_err check_value(json_t *v, path *at, unsigned depth, sc_fault *why)
{
    if (json_is_real(v)) {
        return profile_fault(why, at, "a number is not an integer");
    }
    if (json_is_integer(v) && (json_integer_value(v) < -SC_JSON_MAX_INT ||
                               json_integer_value(v) > SC_JSON_MAX_INT)) {
        return profile_fault(why, at, "an integer is beyond 2^53 - 1");
    }
    if (!json_is_object(v) && !json_is_array(v)) {
        return SC_OK;
    }
    if (depth == 0) {
        return profile_fault(why, at, "the JSON text is nested too deeply");
    }
    return json_is_object(v) ? check_object(v, at, depth - 1, why)
                             : check_array(v, at, depth - 1, why);
}

sc_err sc_json_parse(json_t **out, sc_bytes text, size_t max_len, sc_fault *why)
{
    json_error_t e;
    path at = {{0}, 0};
    json_t *v = NULL;
    sc_err err = SC_E_BUG;

    if (text.len > max_len) {
        return sc_fault_set(why, SC_E_WIRE,
                            "the JSON text is longer than %zu bytes", max_len);
    }
    /* jansson drops a zero byte that it looks at and puts back. */
    if (text.len > 0 && memchr(text.p, '\0', text.len) != NULL) {
        return sc_fault_set(why, SC_E_WIRE, "the JSON text holds a zero byte");
    }
    v = json_loadb((const char *)text.p, text.len,
                   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (v == NULL) {
        return parse_fault(why, &e);
    }
    SC_TRY(check_value(v, &at, SC_JSON_MAX_DEPTH, why));
    *out = v;
    v = NULL;
    err = SC_OK;
out:
    json_decref(v);
    return err;
}

static sc_err canonical_fault(sc_fault *why, sc_bytes text, sc_bytes canonical)
{
    size_t i = 0;

    while (i < text.len && i < canonical.len && text.p[i] == canonical.p[i]) {
        i++;
    }
    return sc_fault_set(why, SC_E_WIRE,
                        "the JSON text leaves its canonical form (RFC 8785) "
                        "at byte %zu",
                        i);
}

sc_err sc_json_parse_canonical(json_t **out, sc_bytes text, size_t max_len,
                               sc_fault *why)
{
    json_t *v = NULL;
    sc_buf again = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_parse(&v, text, max_len, why));
    err = sc_jcs_put(&again, v);
    if (err != SC_OK) {
        (void)sc_fault_from(why, err);
        goto out;
    }
    if (!sc_bytes_equal_vartime(text, sc_buf_bytes(&again))) {
        err = canonical_fault(why, text, sc_buf_bytes(&again));
        goto out;
    }
    *out = v;
    v = NULL;
    err = SC_OK;
out:
    json_decref(v);
    sc_buf_clear(&again);
    return err;
}

/* ---- typed members -------------------------------------------------- */

sc_err sc_json_str(const char **out, const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_string(v)) {
        return SC_E_WIRE;
    }
    *out = json_string_value(v);
    return SC_OK;
}

sc_err sc_json_int(int64_t *out, const json_t *object, const char *key,
                   int64_t min, int64_t max)
{
    const json_t *v = json_object_get(object, key);
    json_int_t n = json_integer_value(v);

    if (!json_is_integer(v) || n < min || n > max) {
        return SC_E_WIRE;
    }
    *out = n;
    return SC_OK;
}

sc_err sc_json_array(json_t **out, const json_t *object, const char *key)
{
    json_t *v = json_object_get(object, key);

    if (!json_is_array(v)) {
        return SC_E_WIRE;
    }
    *out = v;
    return SC_OK;
}

sc_err sc_json_object(json_t **out, const json_t *object, const char *key)
{
    json_t *v = json_object_get(object, key);

    if (!json_is_object(v)) {
        return SC_E_WIRE;
    }
    *out = v;
    return SC_OK;
}

sc_err sc_json_hex(uint8_t *out, size_t len, const json_t *object,
                   const char *key)
{
    const char *text = NULL;
    sc_err err = sc_json_str(&text, object, key);

    return err != SC_OK ? err : sc_hex_get(out, len, sc_bytes_of(text));
}

sc_err sc_json_only(const json_t *object, const char *const *keys)
{
    size_t n_known = 0;

    if (!json_is_object(object)) {
        return SC_E_WIRE;
    }
    for (size_t i = 0; keys[i] != NULL; i++) {
        n_known += json_object_get(object, keys[i]) != NULL;
    }
    return n_known == json_object_size(object) ? SC_OK : SC_E_WIRE;
}

sc_err sc_json_set_hex(json_t *object, const char *key, sc_bytes in)
{
    sc_buf hex = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_hex_put(&hex, in));
    SC_TRY(sc_buf_terminate(&hex));
    SC_REQUIRE(json_object_set_new(object, key,
                                   json_string((const char *)hex.p)) == 0,
               SC_E_MEM);
    err = SC_OK;
out:
    sc_buf_clear(&hex);
    return err;
}
