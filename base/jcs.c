/* base/jcs.c: the canonical writer.
 *
 * jansson's own output is not JCS: it sorts by UTF-8 bytes and writes hex
 * escapes in upper case. A recursive walk appends each value; the members of
 * an object are sorted first. Order by UTF-16 code units is order by UTF-8
 * bytes, but for one swap: what UTF-16 writes with surrogates (lead byte F0
 * and up) comes before U+E000..U+FFFF (lead bytes EE and EF). */
#include "base/jcs.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"

typedef struct {
    const char *key;
    size_t len;
    const json_t *value;
} member;

static sc_err put_value(sc_buf *out, const json_t *v, unsigned depth);

/* EE and EF occur as lead bytes only, so that any byte may be weighed. */
static unsigned weight(char c)
{
    unsigned b = (unsigned char)c;

    return b == 0xEE || b == 0xEF ? b + 0x10 : b;
}

static int compare_members(const void *left, const void *right)
{
    const member *a = left, *b = right;
    size_t n = a->len < b->len ? a->len : b->len;

    for (size_t i = 0; i < n; i++) {
        if (a->key[i] != b->key[i]) {
            return weight(a->key[i]) < weight(b->key[i]) ? -1 : 1;
        }
    }
    return a->len < b->len ? -1 : a->len > b->len;
}

/* The letter behind the backslash of a two-byte escape; 0 if c has none. */
static char short_escape(char c)
{
    switch (c) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\b':
        return 'b';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\f':
        return 'f';
    case '\r':
        return 'r';
    default:
        return 0;
    }
}

static sc_err put_string(sc_buf *out, const char *text, size_t len)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_u8(out, '"'));
    for (size_t i = 0, plain; i < len; i += plain) {
        const char escape = short_escape(text[i]);

        plain = 1;
        SC_REQUIRE(text[i] != '\0', SC_E_ARG);
        if (escape != 0) {
            SC_TRY(sc_buf_put(out, (char[2]){'\\', escape}, 2));
        } else if ((unsigned char)text[i] < 0x20) {
            SC_TRY(sc_buf_printf(out, "\\u%04x", (unsigned)text[i]));
        } else {
            while (i + plain < len && short_escape(text[i + plain]) == 0 &&
                   (unsigned char)text[i + plain] >= 0x20) {
                plain++;
            }
            SC_TRY(sc_buf_put(out, text + i, plain));
        }
    }
    SC_TRY(sc_buf_put_u8(out, '"'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_members(sc_buf *out, const member *members, size_t n_members,
                          unsigned depth)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_u8(out, '{'));
    for (size_t i = 0; i < n_members; i++) {
        if (i > 0) {
            SC_TRY(sc_buf_put_u8(out, ','));
        }
        SC_TRY(put_string(out, members[i].key, members[i].len));
        SC_TRY(sc_buf_put_u8(out, ':'));
        SC_TRY(put_value(out, members[i].value, depth));
    }
    SC_TRY(sc_buf_put_u8(out, '}'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_object(sc_buf *out, const json_t *v, unsigned depth)
{
    /* jansson iterates over non-const objects only, without changing them. */
    json_t *object = (json_t *)(uintptr_t)v;
    member *members = sc_alloc(json_object_size(v), sizeof *members);
    size_t n = 0;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(members != NULL, SC_E_MEM);
    for (void *i = json_object_iter(object); i != NULL;
         i = json_object_iter_next(object, i)) {
        members[n].key = json_object_iter_key(i);
        members[n].len = json_object_iter_key_len(i);
        members[n++].value = json_object_iter_value(i);
    }
    qsort(members, n, sizeof *members, compare_members);
    SC_TRY(put_members(out, members, n, depth));
    err = SC_OK;
out:
    sc_free(members);
    return err;
}

static sc_err put_array(sc_buf *out, const json_t *v, unsigned depth)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_u8(out, '['));
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (i > 0) {
            SC_TRY(sc_buf_put_u8(out, ','));
        }
        SC_TRY(put_value(out, json_array_get(v, i), depth));
    }
    SC_TRY(sc_buf_put_u8(out, ']'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_integer(sc_buf *out, json_int_t v)
{
    if (v < -SC_JSON_MAX_INT || v > SC_JSON_MAX_INT) {
        return SC_E_ARG;
    }
    return sc_buf_printf(out, "%" JSON_INTEGER_FORMAT, v);
}

/* depth: how many more lists and objects may open. */
static sc_err put_value(sc_buf *out, const json_t *v, unsigned depth)
{
    if (v == NULL || ((json_is_object(v) || json_is_array(v)) && depth == 0)) {
        return SC_E_ARG;
    }
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return put_object(out, v, depth - 1);
    case JSON_ARRAY:
        return put_array(out, v, depth - 1);
    case JSON_STRING:
        return put_string(out, json_string_value(v), json_string_length(v));
    case JSON_INTEGER:
        return put_integer(out, json_integer_value(v));
    case JSON_TRUE:
        return sc_buf_put_str(out, "true");
    case JSON_FALSE:
        return sc_buf_put_str(out, "false");
    case JSON_NULL:
        return sc_buf_put_str(out, "null");
    case JSON_REAL:
    default:
        return SC_E_ARG;
    }
}

sc_err sc_jcs_put(sc_buf *out, const json_t *v)
{
    size_t before = out->len;
    sc_err err = put_value(out, v, SC_JSON_MAX_DEPTH);

    if (err != SC_OK && out->len > before) {
        sc_wipe(out->p + before, out->len - before);
        out->len = before;
    }
    return err;
}

sc_err sc_jcs_digest(uint8_t out[static 32], const json_t *v)
{
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_jcs_put(&text, v));
    sc_sha256(out, sc_buf_bytes(&text));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}
