/* net/frame.c: the envelope is fixed-width and little-endian, so that reading
 * it is arithmetic on a length already checked. */
#include "net/frame.h"

#include <string.h>

#include "base/hash.h"

#define PREFIX_LEN                                                             \
    16 /* le64 type || le64 head.len, in front of what is hashed */

sc_err sc_frame_check(const sc_frame *f)
{
    return f->head.len <= SC_FRAME_MAX_HEAD && f->bulk.len <= SC_FRAME_MAX_BULK
               ? SC_OK
               : SC_E_ARG;
}

uint64_t sc_frame_len(const sc_frame *f)
{
    return (uint64_t)PREFIX_LEN + f->head.len + f->bulk.len;
}

sc_err sc_frame_digest(uint8_t out[static 32], const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    sc_hash *h = NULL;
    uint8_t prefix[PREFIX_LEN];

    SC_TRY(sc_hash_new(&h));
    sc_store_le64(prefix, f->type);
    sc_store_le64(prefix + 8, f->head.len);
    sc_hash_update(h, prefix, sizeof prefix);
    sc_hash_update(h, f->head.p, f->head.len);
    sc_hash_update(h, f->bulk.p, f->bulk.len);
    sc_hash_final(h, out);
    err = SC_OK;
out:
    sc_hash_free(&h);
    return err;
}

size_t sc_frame_wire_len(const sc_frame *f)
{
    return SC_ENVELOPE_LEN + f->head.len + f->bulk.len;
}

static void put_le(uint8_t *p, uint64_t v, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

static uint64_t get_le(const uint8_t *p, size_t len)
{
    uint64_t v = 0;

    for (size_t i = len; i-- > 0;) {
        v = (v << 8) | p[i];
    }
    return v;
}

void sc_frame_put(uint8_t *out, const sc_envelope *e, const sc_frame *f)
{
    out[0] = SC_FRAME_VERSION;
    out[1] = e->is_numbered ? 1 : 0;
    put_le(out + 2, f->type, 2);
    put_le(out + 4, f->op, 4);
    memcpy(out + 8, e->job, SC_FRAME_JOB_LEN);
    put_le(out + 24, e->is_numbered ? e->number : 0, 8);
    put_le(out + 32, f->head.len, 4);
    put_le(out + 36, f->bulk.len, 4);
    if (f->head.len > 0) {
        memcpy(out + SC_ENVELOPE_LEN, f->head.p, f->head.len);
    }
    if (f->bulk.len > 0) {
        memcpy(out + SC_ENVELOPE_LEN + f->head.len, f->bulk.p, f->bulk.len);
    }
}

sc_err sc_frame_get(sc_envelope *e, sc_frame *f, sc_bytes wire)
{
    size_t head_len, bulk_len;

    memset(e, 0, sizeof *e);
    memset(f, 0, sizeof *f);
    if (wire.len < SC_ENVELOPE_LEN || wire.p[0] != SC_FRAME_VERSION ||
        wire.p[1] > 1) {
        return SC_E_WIRE;
    }
    head_len = (size_t)get_le(wire.p + 32, 4);
    bulk_len = (size_t)get_le(wire.p + 36, 4);
    if (head_len > SC_FRAME_MAX_HEAD || bulk_len > SC_FRAME_MAX_BULK ||
        wire.len != SC_ENVELOPE_LEN + head_len + bulk_len) {
        return SC_E_WIRE;
    }
    if (wire.p[1] == 0 && get_le(wire.p + 24, 8) != 0) {
        return SC_E_WIRE;
    }
    e->is_numbered = wire.p[1];
    e->number = get_le(wire.p + 24, 8);
    memcpy(e->job, wire.p + 8, SC_FRAME_JOB_LEN);
    f->type = (uint16_t)get_le(wire.p + 2, 2);
    f->op = (uint32_t)get_le(wire.p + 4, 4);
    f->head = (sc_bytes){wire.p + SC_ENVELOPE_LEN, head_len};
    f->bulk = (sc_bytes){wire.p + SC_ENVELOPE_LEN + head_len, bulk_len};
    return SC_OK;
}
