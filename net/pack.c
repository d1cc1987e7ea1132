/* net/pack.c: msgpack-c writes, and reads one scalar at a time.
 *
 * A whole map given to msgpack-c would let a head of five bytes ask for memory
 * for 2^32 entries; so the map's own byte and the class of each item's first
 * byte are looked at here, and only scalars reach the library. At the end the
 * message is packed again and compared: that leaves one encoding. */
#include "net/pack.h"

#include <msgpack.h>
#include <string.h>

#define FIXMAP      0x80
#define MAX_KEY_LEN 31

/* A msgpack_packer writes here. */
static int append(void *data, const char *bytes, size_t len)
{
    return sc_buf_put(data, bytes, len) == SC_OK ? 0 : -1;
}

/* ---- put ---------------------------------------------------------------- */

static int put_bytes(msgpack_packer *to, const uint8_t *p, size_t len)
{
    return msgpack_pack_bin(to, len) == 0 &&
           msgpack_pack_bin_body(to, p, len) == 0;
}

static sc_err put_field(msgpack_packer *to, const uint8_t *message,
                        const sc_pack_field *f)
{
    const uint8_t *member = message + f->offset;
    size_t key_len = strlen(f->key);
    uint64_t v = 0;
    sc_opt_bytes o;
    int is_ok = msgpack_pack_str(to, key_len) == 0 &&
                msgpack_pack_str_body(to, f->key, key_len) == 0;

    SC_ASSERT(key_len <= MAX_KEY_LEN);
    switch (f->type) {
    case SC_PACK_UINT:
        memcpy(&v, member, sizeof v);
        if (v < f->min || v > f->max) {
            return SC_E_ARG;
        }
        is_ok = is_ok && msgpack_pack_uint64(to, v) == 0;
        break;
    case SC_PACK_BYTES:
        is_ok = is_ok && put_bytes(to, member, (size_t)f->max);
        break;
    case SC_PACK_OPT_BYTES:
        memcpy(&o, member, sizeof o);
        is_ok = is_ok && (o.is_set ? put_bytes(to, o.b, (size_t)f->max)
                                   : msgpack_pack_nil(to) == 0);
        break;
    }
    return is_ok ? SC_OK : SC_E_MEM;
}

sc_err sc_pack_put(sc_buf *head, const void *message,
                   const sc_pack_field *fields, size_t n_fields)
{
    sc_err err = SC_E_BUG;
    size_t before = head->len;
    msgpack_packer to;

    SC_ASSERT(n_fields <= SC_PACK_MAX_FIELDS);
    msgpack_packer_init(&to, head, append);
    SC_REQUIRE(msgpack_pack_map(&to, n_fields) == 0, SC_E_MEM);
    for (size_t i = 0; i < n_fields; i++) {
        SC_TRY(put_field(&to, message, &fields[i]));
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        head->len = before;
    }
    return err;
}

/* ---- get ---------------------------------------------------------------- */

typedef struct {
    sc_bytes in;
    size_t at;
    msgpack_unpacked one; /* the scalar read last */
} reader;

static int is_scalar(uint8_t first)
{
    return first <= 0x7f ||                    /* small integer */
           (first >= 0xa0 && first <= 0xbf) || /* short string */
           first == 0xc0 ||                    /* nil */
           first == 0xc4 || first == 0xc5 ||   /* bytes */
           (first >= 0xcc && first <= 0xcf);   /* unsigned integer */
}

static sc_err next(reader *r)
{
    if (r->at >= r->in.len || !is_scalar(r->in.p[r->at])) {
        return SC_E_WIRE;
    }
    return msgpack_unpack_next(&r->one, (const char *)r->in.p, r->in.len,
                               &r->at) == MSGPACK_UNPACK_SUCCESS
               ? SC_OK
               : SC_E_WIRE;
}

static int is_key(const msgpack_object *o, const char *key)
{
    return o->type == MSGPACK_OBJECT_STR && o->via.str.size == strlen(key) &&
           memcmp(o->via.str.ptr, key, o->via.str.size) == 0;
}

static sc_err get_bytes(uint8_t *out, const msgpack_object *o, uint64_t len)
{
    if (o->type != MSGPACK_OBJECT_BIN || o->via.bin.size != len) {
        return SC_E_WIRE;
    }
    memcpy(out, o->via.bin.ptr, (size_t)len);
    return SC_OK;
}

static sc_err get_value(uint8_t *message, const msgpack_object *o,
                        const sc_pack_field *f)
{
    sc_err err = SC_E_BUG;
    uint8_t *member = message + f->offset;
    sc_opt_bytes opt = {0};

    switch (f->type) {
    case SC_PACK_UINT:
        SC_REQUIRE(o->type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
                       o->via.u64 >= f->min && o->via.u64 <= f->max,
                   SC_E_WIRE);
        memcpy(member, &o->via.u64, sizeof o->via.u64);
        break;
    case SC_PACK_BYTES:
        SC_TRY(get_bytes(member, o, f->max));
        break;
    case SC_PACK_OPT_BYTES:
        SC_ASSERT(f->max <= sizeof opt.b);
        if (o->type != MSGPACK_OBJECT_NIL) {
            SC_TRY(get_bytes(opt.b, o, f->max));
            opt.is_set = 1;
        }
        memcpy(member, &opt, sizeof opt);
        break;
    }
    err = SC_OK;
out:
    return err;
}

static sc_err get_field(reader *r, void *message, const sc_pack_field *f)
{
    sc_err err = SC_E_BUG;

    SC_TRY(next(r));
    SC_REQUIRE(is_key(&r->one.data, f->key), SC_E_WIRE);
    SC_TRY(next(r));
    SC_TRY(get_value(message, &r->one.data, f));
    err = SC_OK;
out:
    return err;
}

/* The message packed anew must be the head that was read. */
static sc_err check_form(const void *message, sc_bytes head,
                         const sc_pack_field *fields, size_t n_fields)
{
    sc_err err = SC_E_BUG;
    sc_buf again = {0};

    SC_TRY(sc_buf_reserve(&again, head.len));
    SC_TRY(sc_pack_put(&again, message, fields, n_fields));
    SC_REQUIRE(sc_bytes_equal_vartime(sc_buf_bytes(&again), head), SC_E_WIRE);
    err = SC_OK;
out:
    sc_buf_clear(&again);
    return err;
}

sc_err sc_pack_get(void *message, sc_bytes head, const sc_pack_field *fields,
                   size_t n_fields)
{
    sc_err err = SC_E_BUG;
    reader r = {.in = head, .at = 1};

    SC_ASSERT(n_fields <= SC_PACK_MAX_FIELDS);
    msgpack_unpacked_init(&r.one);
    SC_REQUIRE(head.len > 0 && head.len <= SC_FRAME_MAX_HEAD &&
                   head.p[0] == (FIXMAP | n_fields),
               SC_E_WIRE);
    for (size_t i = 0; i < n_fields; i++) {
        SC_TRY(get_field(&r, message, &fields[i]));
    }
    SC_REQUIRE(r.at == head.len, SC_E_WIRE);
    SC_TRY(check_form(message, head, fields, n_fields));
    err = SC_OK;
out:
    msgpack_unpacked_destroy(&r.one);
    return err;
}

sc_err sc_pack_first(void *message, sc_bytes head, const sc_pack_field *field)
{
    sc_err err = SC_E_BUG;
    reader r = {.in = head, .at = 1};

    msgpack_unpacked_init(&r.one);
    SC_REQUIRE(head.len > 0 && head.len <= SC_FRAME_MAX_HEAD &&
                   head.p[0] > FIXMAP &&
                   head.p[0] <= (FIXMAP | SC_PACK_MAX_FIELDS),
               SC_E_WIRE);
    SC_TRY(get_field(&r, message, field));
    err = SC_OK;
out:
    msgpack_unpacked_destroy(&r.one);
    return err;
}
