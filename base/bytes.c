/* base/bytes.c: a buffer that doubles, and leaves no copy behind. */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_CAP 64

sc_bytes sc_bytes_of(const char *text)
{
    return (sc_bytes){(const uint8_t *)text, strlen(text)};
}

sc_bytes sc_buf_bytes(const sc_buf *b)
{
    return (sc_bytes){b->p, b->len};
}

int sc_bytes_equal_vartime(sc_bytes a, sc_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

sc_err sc_buf_reserve(sc_buf *b, size_t more)
{
    size_t need, cap;
    uint8_t *p;

    if (more <= b->cap - b->len) {
        return SC_OK;
    }
    if (more > SIZE_MAX - b->len) {
        return SC_E_MEM;
    }
    need = b->len + more;
    cap = b->cap > SIZE_MAX / 2 ? need : 2 * b->cap;
    if (cap < FIRST_CAP) {
        cap = FIRST_CAP;
    }
    if (cap < need) {
        cap = need;
    }
    p = sc_alloc(cap, 1);
    if (p == NULL) {
        return SC_E_MEM;
    }
    if (b->len > 0) {
        memcpy(p, b->p, b->len);
    }
    sc_wipe(b->p, b->cap);
    sc_free(b->p);
    b->p = p;
    b->cap = cap;
    return SC_OK;
}

sc_err sc_buf_put(sc_buf *b, const void *p, size_t len)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_reserve(b, len));
    if (len > 0) {
        memcpy(b->p + b->len, p, len);
        b->len += len;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_buf_put_bytes(sc_buf *b, sc_bytes s)
{
    return sc_buf_put(b, s.p, s.len);
}

sc_err sc_buf_put_str(sc_buf *b, const char *text)
{
    return sc_buf_put(b, text, strlen(text));
}

sc_err sc_buf_put_u8(sc_buf *b, uint8_t v)
{
    return sc_buf_put(b, &v, 1);
}

sc_err sc_buf_printf(sc_buf *b, const char *format, ...)
{
    sc_err err = SC_E_BUG;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    SC_REQUIRE(n >= 0, SC_E_ARG);
    SC_TRY(sc_buf_reserve(b, (size_t)n + 1)); /* vsnprintf adds a NUL */
    va_start(args, format);
    n = vsnprintf((char *)b->p + b->len, (size_t)n + 1, format, args);
    va_end(args);
    SC_REQUIRE(n >= 0, SC_E_ARG);
    b->len += (size_t)n;
    err = SC_OK;
out:
    return err;
}

sc_err sc_buf_terminate(sc_buf *b)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_reserve(b, 1));
    b->p[b->len] = 0;
    err = SC_OK;
out:
    return err;
}

void sc_buf_reset(sc_buf *b)
{
    sc_wipe(b->p, b->cap);
    b->len = 0;
}

void sc_buf_clear(sc_buf *b)
{
    sc_wipe(b->p, b->cap);
    sc_free(b->p);
    *b = (sc_buf){0};
}
