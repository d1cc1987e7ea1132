/* base/bytes.h: borrowed bytes and a growable buffer. */
#ifndef SC_BASE_BYTES_H
#define SC_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/* Read-only, borrowed: lives as long as the call. */
typedef struct {
    const uint8_t *p;
    size_t len;
} sc_bytes;

/* A growable byte string. {0} is empty and valid. Always wiped when freed or
 * moved by growth, so that it may hold secrets. */
typedef struct {
    uint8_t *p;
    size_t len;
    size_t cap;
} sc_buf;

/* A NUL-terminated string as bytes, without the NUL. */
sc_bytes sc_bytes_of(const char *text);
sc_bytes sc_buf_bytes(const sc_buf *b);
/* Public data only: time depends on the contents. */
int sc_bytes_equal_vartime(sc_bytes a, sc_bytes b);

/* Appends: SC_E_MEM leaves b as it was. */
SC_MUST_USE sc_err sc_buf_reserve(sc_buf *b, size_t more);
SC_MUST_USE sc_err sc_buf_put(sc_buf *b, const void *p, size_t len);
SC_MUST_USE sc_err sc_buf_put_bytes(sc_buf *b, sc_bytes s);
SC_MUST_USE sc_err sc_buf_put_str(sc_buf *b, const char *text);
SC_MUST_USE sc_err sc_buf_put_u8(sc_buf *b, uint8_t v);
SC_MUST_USE sc_err sc_buf_printf(sc_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Ensure a NUL after the last byte (not counted in len); b->p is then a C
 * string. */
SC_MUST_USE sc_err sc_buf_terminate(sc_buf *b);
/* Keep the memory, wipe it, set len to 0. */
void sc_buf_reset(sc_buf *b);
/* Wipe and release; b is {0} again. */
void sc_buf_clear(sc_buf *b);

/* Between the machine's byte order and the named one. With memcpy, not bytes
 * and shifts: gcc 12 does not merge those inside a loop. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SC_LE64(v) (v)
#define SC_BE64(v) __builtin_bswap64(v)
#else
#define SC_LE64(v) __builtin_bswap64(v)
#define SC_BE64(v) (v)
#endif

static inline void sc_store_le64(uint8_t p[static 8], uint64_t v)
{
    v = SC_LE64(v);
    memcpy(p, &v, sizeof v);
}

static inline uint64_t sc_load_le64(const uint8_t p[static 8])
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return SC_LE64(v);
}

static inline void sc_store_be64(uint8_t p[static 8], uint64_t v)
{
    v = SC_BE64(v);
    memcpy(p, &v, sizeof v);
}

static inline uint64_t sc_load_be64(const uint8_t p[static 8])
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return SC_BE64(v);
}

#endif
