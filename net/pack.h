/* net/pack.h: a struct as a msgpack map and back, by a table of its fields.
 *
 * The map holds exactly the fields of the table, in its order, keys as
 * strings. One form only: what is read must be, byte for byte, what would be
 * written, so no two heads carry the same message.
 *
 * Adversary: heads come from hostile peers. Nothing is allocated by a length
 * that a head announces; containers inside a head are refused unread. */
#ifndef SC_NET_PACK_H
#define SC_NET_PACK_H

#include "net/frame.h"

typedef enum {
    SC_PACK_UINT,     /* uint64_t in [min, max] */
    SC_PACK_BYTES,    /* uint8_t[max]: exactly max bytes */
    SC_PACK_OPT_BYTES /* sc_opt_bytes, max <= 32 bytes, or nil */
} sc_pack_type;

/* 32 bytes or none; bytes are zero if none. */
typedef struct {
    int is_set;
    uint8_t b[32];
} sc_opt_bytes;

typedef struct {
    const char *key; /* at most 31 characters */
    sc_pack_type type;
    size_t offset; /* of the member */
    uint64_t min, max;
} sc_pack_field;

#define SC_PACK_MAX_FIELDS 15

/* Append the map to head. SC_E_ARG: a value outside its range; head is then as
 * it was. */
SC_MUST_USE sc_err sc_pack_put(sc_buf *head, const void *message,
                               const sc_pack_field *fields, size_t n_fields);
/* Read a map. SC_E_WIRE: anything but what put writes; message is then
 * unspecified and must not be used (sc_msg_*_get zero it). */
SC_MUST_USE sc_err sc_pack_get(void *message, sc_bytes head,
                               const sc_pack_field *fields, size_t n_fields);
/* Read the first field of a map alone, whatever follows. SC_E_WIRE: it is
 * another. */
SC_MUST_USE sc_err sc_pack_first(void *message, sc_bytes head,
                                 const sc_pack_field *field);

#endif
