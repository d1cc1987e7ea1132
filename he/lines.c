/* he/lines.c: see the header. */
#include "he/lines.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "he/words.h"

sc_err sc_line_put_hex(sc_buf *out, const char *name, sc_bytes x)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(out, name));
    SC_TRY(sc_hex_put(out, x));
    SC_TRY(sc_buf_put_str(out, "\n"));
    err = SC_OK;
out:
    return err;
}

sc_err sc_line_put_number(sc_buf *out, const char *name, const uint64_t *x,
                          size_t n_words)
{
    uint8_t bytes[SC_LINE_MAX_NUMBER];
    sc_err err;

    SC_ASSERT(8 * n_words <= sizeof bytes);
    sc_words_put(bytes, x, n_words);
    err = sc_line_put_hex(out, name, (sc_bytes){bytes, 8 * n_words});
    sc_wipe(bytes, sizeof bytes);
    return err;
}

int sc_line_begins(sc_bytes in, const char *start)
{
    const sc_bytes want = sc_bytes_of(start);

    return in.len >= want.len &&
           sc_bytes_equal_vartime((sc_bytes){in.p, want.len}, want);
}

sc_err sc_line_next(sc_bytes *in, sc_bytes *rest, const char *start)
{
    const size_t len = strlen(start);
    const uint8_t *end = in->len > 0 ? memchr(in->p, '\n', in->len) : NULL;
    size_t line;

    if (end == NULL) {
        return SC_E_WIRE;
    }
    line = (size_t)(end - in->p);
    if (!sc_line_begins((sc_bytes){in->p, line}, start)) {
        return SC_E_WIRE;
    }
    *rest = (sc_bytes){in->p + len, line - len};
    *in = (sc_bytes){end + 1, in->len - line - 1};
    return SC_OK;
}

sc_err sc_line_get_id(sc_bytes *in, char id[static SC_HE_ID_MAX + 1])
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_TRY(sc_line_next(in, &text, "id "));
    SC_REQUIRE(text.len > 0 && text.len <= SC_HE_ID_MAX, SC_E_WIRE);
    for (size_t i = 0; i < text.len; i++) { /* it is printed */
        SC_REQUIRE(text.p[i] > ' ' && text.p[i] < 127, SC_E_WIRE);
    }
    memcpy(id, text.p, text.len);
    id[text.len] = '\0';
    err = SC_OK;
out:
    return err;
}

sc_err sc_line_get_hex(sc_bytes *in, const char *start, uint8_t *bytes,
                       size_t len)
{
    sc_bytes text;
    sc_err err = sc_line_next(in, &text, start);

    return err == SC_OK ? sc_hex_get(bytes, len, text) : err;
}

sc_err sc_line_get_number(sc_bytes *in, const char *start, uint8_t *bytes,
                          size_t *len, size_t max)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_TRY(sc_line_next(in, &text, start));
    SC_REQUIRE(text.len % 16 == 0 && text.len / 2 <= max, SC_E_WIRE);
    *len = text.len / 2;
    SC_TRY(sc_hex_get(bytes, *len, text));
    err = SC_OK;
out:
    return err;
}

sc_err sc_line_get_count(sc_bytes *in, const char *start, uint64_t *x,
                         uint64_t max)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_TRY(sc_line_next(in, &text, start));
    SC_REQUIRE(text.len > 0, SC_E_WIRE);
    SC_REQUIRE(text.len == 1 || text.p[0] != '0', SC_E_WIRE);
    *x = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint64_t digit = (uint64_t)text.p[i] - '0';

        SC_REQUIRE(digit <= 9 && digit <= max && *x <= (max - digit) / 10,
                   SC_E_WIRE);
        *x = 10 * *x + digit;
    }
    err = SC_OK;
out:
    return err;
}
