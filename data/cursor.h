/* data/cursor.h: reading a message from its first byte to its last.
 *
 * A cursor that has once run out, or met a value out of range, is broken: it
 * gives zeros from then on, and sc_cursor_end says so. So a parser reads
 * straight on and asks once, as long as it bounds its loops by what it read
 * with a limit. */
#ifndef SC_DATA_CURSOR_H
#define SC_DATA_CURSOR_H

#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"

typedef struct {
    const uint8_t *p;
    size_t left;
    sc_err err; /* the first that happened */
} sc_cursor;

static inline sc_cursor sc_cursor_make(sc_bytes in)
{
    return (sc_cursor){in.p, in.len, SC_OK};
}

static inline void sc_cursor_break(sc_cursor *c, sc_err err)
{
    if (c->err == SC_OK) {
        c->err = err;
    }
    c->left = 0;
}

/* The next len bytes, or NULL. */
static inline const uint8_t *sc_cursor_bytes(sc_cursor *c, size_t len)
{
    const uint8_t *p = c->p;

    if (c->err != SC_OK || len > c->left) {
        sc_cursor_break(c, SC_E_WIRE);
        return NULL;
    }
    c->p += len;
    c->left -= len;
    return p;
}

/* An unsigned integer of at most max. */
static inline uint64_t sc_cursor_u64(sc_cursor *c, uint64_t max)
{
    const uint8_t *p = sc_cursor_bytes(c, 8);
    uint64_t v = p != NULL ? sc_load_le64(p) : 0;

    if (v > max) {
        sc_cursor_break(c, SC_E_WIRE);
        return 0;
    }
    return v;
}

static inline int64_t sc_cursor_i64(sc_cursor *c)
{
    uint64_t v = sc_cursor_u64(c, UINT64_MAX);
    int64_t out;

    memcpy(&out, &v, sizeof out);
    return out;
}

/* A count of things of at least `unit` bytes each, so that a count which the
 * message cannot hold is refused before anything is allocated for it. */
static inline size_t sc_cursor_count(sc_cursor *c, size_t max, size_t unit)
{
    size_t n = (size_t)sc_cursor_u64(c, max);

    if (n > c->left / unit) {
        sc_cursor_break(c, SC_E_WIRE);
        return 0;
    }
    return n;
}

/* A text without NUL as a heap string; NULL if broken. */
static inline char *sc_cursor_text(sc_cursor *c, size_t max)
{
    size_t len = (size_t)sc_cursor_u64(c, max);
    const uint8_t *p = sc_cursor_bytes(c, len);
    char *text;

    if (p == NULL || (len > 0 && memchr(p, 0, len) != NULL)) {
        sc_cursor_break(c, SC_E_WIRE);
        return NULL;
    }
    text = sc_alloc(len + 1, 1);
    if (text == NULL) {
        sc_cursor_break(c, SC_E_MEM);
        return NULL;
    }
    memcpy(text, p, len);
    return text;
}

/* A zeroed array; NULL if broken or out of memory, which breaks it. */
static inline void *sc_cursor_alloc(sc_cursor *c, size_t n, size_t size)
{
    void *p = c->err == SC_OK ? sc_alloc(n, size) : NULL;

    if (p == NULL) {
        sc_cursor_break(c, SC_E_MEM);
    }
    return p;
}

/* SC_OK if all was read and all was well. */
static inline sc_err sc_cursor_end(const sc_cursor *c)
{
    if (c->err != SC_OK) {
        return c->err;
    }
    return c->left == 0 ? SC_OK : SC_E_WIRE;
}

/* The other direction. */
static inline sc_err sc_put_u64(sc_buf *out, uint64_t v)
{
    uint8_t p[8];

    sc_store_le64(p, v);
    return sc_buf_put(out, p, sizeof p);
}

static inline sc_err sc_put_text(sc_buf *out, const char *text)
{
    sc_bytes b = sc_bytes_of(text);
    sc_err err = sc_put_u64(out, b.len);

    return err == SC_OK ? sc_buf_put_bytes(out, b) : err;
}

#endif
