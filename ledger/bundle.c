/* ledger/bundle.c: writing and reading the line. Reading decodes all base64 into
 * one piece of memory that is reserved first, so that nothing moves; what follows the
 * line stays where it is. */
#include "ledger/bundle.h"

#include <string.h>

#include "base/encode.h"
#include "base/json.h"

#define TYPE       "sharechain-bundle/1"
#define TYPE_APART "sharechain-bundle/2"

/* ---- making ------------------------------------------------------------ */

static json_t *text_of(sc_bytes b)
{
    return json_stringn((const char *)b.p, b.len);
}

/* Takes ownership of v; NULL means out of memory, or a text not in UTF-8, which
 * its maker has excluded. */
static sc_err put(json_t *object, const char *key, json_t *v)
{
    return json_object_set_new(object, key, v) == 0 ? SC_OK : SC_E_MEM;
}

static sc_err put_base64(json_t *object, const char *key, sc_bytes bytes)
{
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_base64_put(&text, bytes));
    SC_TRY(put(object, key, text_of(sc_buf_bytes(&text))));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err put_share(json_t *list, const sc_bundle_share *s, int is_apart)
{
    json_t *o = json_object();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(o != NULL, SC_E_MEM);
    SC_TRY(put(o, "party", json_string(s->did)));
    SC_TRY(sc_json_set_hex(o, "r32", (sc_bytes){s->r32, sizeof s->r32}));
    SC_TRY(is_apart ? put(o, "words", json_integer((json_int_t)s->words.len))
                    : put_base64(o, "words", s->words));
    SC_REQUIRE(json_array_append(list, o) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(o);
    return err;
}

static sc_err put_part(json_t *list, const sc_bundle_part *p)
{
    json_t *o = json_object();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(o != NULL, SC_E_MEM);
    SC_TRY(put(o, "party", json_string(p->did)));
    SC_TRY(put_base64(o, "words", p->words));
    SC_REQUIRE(json_array_append(list, o) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(o);
    return err;
}

/* The key and what its holders made, where there is any of it. */
static sc_err put_parts(json_t *result, const sc_bundle *b)
{
    json_t *parts = NULL;
    sc_err err = SC_E_BUG;

    if (b->n_parts == 0) {
        return SC_OK;
    }
    parts = json_array();
    SC_REQUIRE(parts != NULL, SC_E_MEM);
    SC_REQUIRE(b->n_parts <= SC_MAX_PARTIES && b->key.len > 0, SC_E_ARG);
    for (size_t i = 0; i < b->n_parts; i++) {
        SC_TRY(put_part(parts, &b->parts[i]));
    }
    SC_TRY(put(result, "key", text_of(b->key)));
    SC_REQUIRE(json_object_set(result, "parts", parts) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(parts);
    return err;
}

static sc_err put_result(json_t *root, const sc_bundle *b)
{
    json_t *o = json_object(), *shares = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(o != NULL && shares != NULL, SC_E_MEM);
    SC_REQUIRE(b->answer != NULL && b->n_shares <= SC_MAX_PARTIES, SC_E_ARG);
    SC_TRY(put(o, "answer", json_deep_copy(b->answer)));
    SC_TRY(put(o, "job", json_deep_copy(b->job)));
    for (size_t i = 0; i < b->n_shares; i++) {
        SC_TRY(put_share(shares, &b->shares[i], b->is_apart));
    }
    SC_TRY(put_parts(o, b));
    SC_REQUIRE(json_object_set(o, "shares", shares) == 0 &&
                   json_object_set(root, "result", o) == 0,
               SC_E_MEM);
    err = SC_OK;
out:
    json_decref(o);
    json_decref(shares);
    return err;
}

/* Bounded before anything is copied: base64 has four characters for three. */
static int is_small(const sc_bundle *b)
{
    size_t len = b->consortium.len;

    for (size_t i = 0; !b->is_apart && i < b->n_shares && i < SC_MAX_PARTIES;
         i++) {
        if (b->shares[i].words.len > SC_BUNDLE_MAX) {
            return 0;
        }
        len += b->shares[i].words.len;
    }
    for (size_t i = 0; i < b->n_parts && i < SC_MAX_PARTIES; i++) {
        if (b->parts[i].words.len > SC_BUNDLE_MAX) {
            return 0;
        }
        len += b->parts[i].words.len;
    }
    return b->consortium.len <= SC_BUNDLE_MAX && len / 3 * 4 <= SC_BUNDLE_MAX;
}

static int is_rest_len(size_t len)
{
    return len > 0 && len <= SC_BUNDLE_MAX_REST &&
           len % SC_BUNDLE_WORD_LEN == 0;
}

/* May these shares' words follow the line? */
static int fits_apart(const sc_bundle *b)
{
    size_t len = 0;

    if (b->job == NULL || b->n_parts == 0 || b->n_shares > SC_MAX_PARTIES) {
        return 0;
    }
    for (size_t i = 0; i < b->n_shares; i++) {
        if (!is_rest_len(b->shares[i].words.len)) {
            return 0;
        }
        len += b->shares[i].words.len;
    }
    return len <= SC_BUNDLE_MAX_REST;
}

size_t sc_bundle_rest(const sc_bundle *b)
{
    size_t len = 0;

    for (size_t i = 0; b->is_apart && i < b->n_shares; i++) {
        len += b->shares[i].words.len;
    }
    return len;
}

sc_err sc_bundle_make(sc_buf *out, const sc_bundle *b)
{
    size_t start = out->len;
    json_t *root = json_object();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(root != NULL, SC_E_MEM);
    SC_REQUIRE(is_small(b) && b->receipt != NULL, SC_E_ARG);
    SC_REQUIRE(!b->is_apart || fits_apart(b), SC_E_ARG);
    SC_TRY(put(root, "type", json_string(b->is_apart ? TYPE_APART : TYPE)));
    SC_TRY(put_base64(root, "consortium", b->consortium));
    SC_TRY(put(root, "entry", text_of(b->entry)));
    SC_TRY(put(root, "proof", text_of(b->proof)));
    SC_TRY(put(root, "receipt", json_deep_copy(b->receipt)));
    if (b->job != NULL) {
        SC_TRY(put_result(root, b));
    }
    SC_TRY(sc_jcs_put(out, root));
    SC_TRY(sc_buf_put_u8(out, '\n'));
    SC_REQUIRE(out->len - start <= SC_BUNDLE_MAX, SC_E_ARG);
    err = SC_OK;
out:
    json_decref(root);
    if (err != SC_OK) {
        out->len = start;
    }
    return err;
}

/* ---- taking ------------------------------------------------------------ */

static sc_err get_text(sc_bytes *out, const json_t *object, const char *key)
{
    const char *text;
    sc_err err = sc_json_str(&text, object, key);

    if (err == SC_OK) {
        *out = sc_bytes_of(text);
    }
    return err;
}

/* Decode a member into memory, which has room and therefore stays in place. */
static sc_err get_base64(sc_bytes *out, sc_buf *memory, const json_t *object,
                         const char *key)
{
    size_t start = memory->len;
    sc_bytes text;
    sc_err err = SC_E_BUG;

    SC_TRY(get_text(&text, object, key));
    SC_TRY(sc_base64_get(memory, text, memory->cap - memory->len));
    *out = (sc_bytes){memory->p + start, memory->len - start};
    err = SC_OK;
out:
    return err;
}

/* A length, as type 2 says it. */
static sc_err get_len(size_t *len, const json_t *share)
{
    int64_t said;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_int(&said, share, "words", 1, (int64_t)SC_BUNDLE_MAX_REST));
    SC_REQUIRE(is_rest_len((size_t)said), SC_E_WIRE);
    *len = (size_t)said;
    err = SC_OK;
out:
    return err;
}

/* The next of what follows the line. */
static sc_err get_apart(sc_bytes *words, sc_bytes *rest, const json_t *share)
{
    size_t len;
    sc_err err = SC_E_BUG;

    SC_TRY(get_len(&len, share));
    SC_REQUIRE(len <= rest->len, SC_E_WIRE);
    *words = (sc_bytes){rest->p, len};
    *rest = (sc_bytes){rest->p + len, rest->len - len};
    err = SC_OK;
out:
    return err;
}

/* rest: NULL if words are in the line */
static sc_err get_share(sc_bundle_share *s, sc_buf *memory, sc_bytes *rest,
                        const json_t *o)
{
    static const char *const keys[] = {"party", "r32", "words", NULL};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_only(o, keys));
    SC_TRY(sc_json_str(&s->did, o, "party"));
    SC_TRY(sc_json_hex(s->r32, sizeof s->r32, o, "r32"));
    SC_TRY(rest != NULL ? get_apart(&s->words, rest, o)
                        : get_base64(&s->words, memory, o, "words"));
    err = SC_OK;
out:
    return err;
}

static sc_err get_part(sc_bundle_part *p, sc_buf *memory, const json_t *o)
{
    static const char *const keys[] = {"party", "words", NULL};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_only(o, keys));
    SC_TRY(sc_json_str(&p->did, o, "party"));
    SC_TRY(get_base64(&p->words, memory, o, "words"));
    err = SC_OK;
out:
    return err;
}

/* Both, or neither. */
static sc_err get_parts(sc_bundle *b, const json_t *result)
{
    json_t *parts;
    sc_err err = SC_E_BUG;

    if (json_object_get(result, "key") == NULL &&
        json_object_get(result, "parts") == NULL) {
        return SC_OK;
    }
    SC_TRY(get_text(&b->key, result, "key"));
    SC_TRY(sc_json_array(&parts, result, "parts"));
    b->n_parts = json_array_size(parts);
    SC_REQUIRE(b->n_parts >= 1 && b->n_parts <= SC_MAX_PARTIES, SC_E_WIRE);
    for (size_t i = 0; i < b->n_parts; i++) {
        SC_TRY(get_part(&b->parts[i], &b->memory, json_array_get(parts, i)));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err get_result(sc_bundle *b, sc_bytes *rest)
{
    static const char *const keys[] = {"answer", "job",    "key",
                                       "parts",  "shares", NULL};
    json_t *o, *job, *shares;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_object(&o, b->root, "result"));
    SC_TRY(sc_json_only(o, keys));
    SC_TRY(sc_json_object(&job, o, "job"));
    SC_TRY(sc_json_array(&shares, o, "shares"));
    b->job = job;
    b->answer = json_object_get(o, "answer");
    b->n_shares = json_array_size(shares);
    SC_REQUIRE(b->answer != NULL && b->n_shares <= SC_MAX_PARTIES, SC_E_WIRE);
    for (size_t i = 0; i < b->n_shares; i++) {
        SC_TRY(get_share(&b->shares[i], &b->memory, b->is_apart ? rest : NULL,
                         json_array_get(shares, i)));
    }
    SC_TRY(get_parts(b, o));
    err = SC_OK;
out:
    return err;
}

static sc_err get_members(sc_bundle *b, size_t len, sc_bytes *rest)
{
    static const char *const keys[] = {"consortium", "entry",  "proof",
                                       "receipt",    "result", "type",
                                       NULL};
    const char *type;
    json_t *receipt;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_only(b->root, keys));
    SC_TRY(sc_json_str(&type, b->root, "type"));
    b->is_apart = strcmp(type, TYPE_APART) == 0;
    SC_REQUIRE(b->is_apart || strcmp(type, TYPE) == 0, SC_E_WIRE);
    SC_TRY(sc_buf_reserve(&b->memory, len));
    SC_TRY(get_base64(&b->consortium, &b->memory, b->root, "consortium"));
    SC_TRY(get_text(&b->entry, b->root, "entry"));
    SC_TRY(get_text(&b->proof, b->root, "proof"));
    SC_TRY(sc_json_object(&receipt, b->root, "receipt"));
    b->receipt = receipt;
    if (json_object_get(b->root, "result") != NULL) {
        SC_TRY(get_result(b, rest));
    }
    SC_REQUIRE(!b->is_apart || b->n_parts > 0, SC_E_WIRE);
    err = SC_OK;
out:
    return err;
}

sc_bytes sc_bundle_line(sc_bytes file)
{
    const uint8_t *end = file.len == 0 ? NULL : memchr(file.p, '\n', file.len);

    return (sc_bytes){file.p, end == NULL ? file.len : (size_t)(end - file.p)};
}

sc_err sc_bundle_said_rest(size_t *len, const json_t *line)
{
    const json_t *shares =
        json_object_get(json_object_get(line, "result"), "shares");
    const char *type = json_string_value(json_object_get(line, "type"));
    size_t n = json_array_size(shares);
    sc_err err = SC_E_BUG;

    *len = 0;
    if (type == NULL || strcmp(type, TYPE_APART) != 0) {
        return SC_OK;
    }
    SC_REQUIRE(n <= SC_MAX_PARTIES, SC_E_WIRE);
    for (size_t i = 0; i < n; i++) {
        size_t one;

        SC_TRY(get_len(&one, json_array_get(shares, i)));
        *len += one;
    }
    SC_REQUIRE(*len <= SC_BUNDLE_MAX_REST, SC_E_WIRE);
    err = SC_OK;
out:
    return err;
}

sc_err sc_bundle_take(sc_bundle *b, sc_bytes file)
{
    sc_bytes line = sc_bundle_line(file), rest;
    sc_err err = SC_E_BUG;

    memset(b, 0, sizeof *b);
    SC_REQUIRE(line.len < file.len && line.len < SC_BUNDLE_MAX, SC_E_WIRE);
    rest = (sc_bytes){file.p + line.len + 1, file.len - line.len - 1};
    SC_REQUIRE(rest.len <= SC_BUNDLE_MAX_REST, SC_E_WIRE);
    SC_TRY(sc_json_parse_canonical(&b->root, line, SC_BUNDLE_MAX, NULL));
    SC_TRY(get_members(b, line.len, &rest));
    SC_REQUIRE(rest.len == 0, SC_E_WIRE);
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_bundle_clear(b);
    }
    return err;
}

void sc_bundle_clear(sc_bundle *b)
{
    json_decref(b->root);
    sc_buf_clear(&b->memory);
    memset(b, 0, sizeof *b);
}
