/* ledger/line.c: each function takes one thing and says no to the rest. */
#include "ledger/line.h"

#include <string.h>

#include "base/encode.h"

#define U63_DIGITS 19 /* of 2^63-1; so many digits fit 64 bits */

sc_err sc_line_cut(sc_bytes *line, sc_bytes *rest)
{
    const uint8_t *lf = rest->len > 0 ? memchr(rest->p, '\n', rest->len) : NULL;

    if (lf == NULL) {
        return SC_E_WIRE;
    }
    *line = (sc_bytes){rest->p, (size_t)(lf - rest->p)};
    rest->p += line->len + 1;
    rest->len -= line->len + 1;
    return SC_OK;
}

sc_err sc_line_skip(sc_bytes *text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (text->len < len || (len > 0 && memcmp(text->p, prefix, len) != 0)) {
        return SC_E_WIRE;
    }
    text->p += len;
    text->len -= len;
    return SC_OK;
}

sc_err sc_line_u63(uint64_t *out, sc_bytes text)
{
    uint64_t v = 0;

    if (text.len == 0 || text.len > U63_DIGITS ||
        (text.p[0] == '0' && text.len > 1)) {
        return SC_E_WIRE;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return SC_E_WIRE;
        }
        v = 10 * v + (uint64_t)(text.p[i] - '0');
    }
    if (v > (uint64_t)INT64_MAX) {
        return SC_E_WIRE;
    }
    *out = v;
    return SC_OK;
}

sc_err sc_line_hash(uint8_t out[static SC_HASH_LEN], sc_bytes text)
{
    sc_buf raw = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_base64_get(&raw, text, SC_HASH_LEN));
    SC_REQUIRE(raw.len == SC_HASH_LEN, SC_E_WIRE);
    memcpy(out, raw.p, SC_HASH_LEN);
    err = SC_OK;
out:
    sc_buf_clear(&raw);
    return err;
}
