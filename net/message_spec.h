/* net/message_spec.h: how net/messages_*.c describe a message; nobody else
 * includes this. A spec names the fields of the head, the payload and the rule
 * that ties them together; put and get are one function each for all. */
#ifndef SC_NET_MESSAGE_SPEC_H
#define SC_NET_MESSAGE_SPEC_H

#include <stddef.h>

#include "net/messages.h"

typedef struct {
    sc_msg_type type;
    size_t size; /* of the struct */
    const sc_pack_field *fields;
    size_t n_fields;
    int has_payload;
    size_t payload; /* offset of its sc_bytes */
    size_t payload_min, payload_max;
    int (*is_right)(const void *message); /* of fields together, or NULL */
} sc_msg_spec;

SC_MUST_USE sc_err sc_msg_put(sc_frame *f, sc_buf *room, const void *message,
                              const sc_msg_spec *spec);
SC_MUST_USE sc_err sc_msg_get(void *message, const sc_frame *f,
                              const sc_msg_spec *spec);

#define SC_MSG_UINT(name, key, member, least, most)                            \
    {                                                                          \
        key, SC_PACK_UINT, offsetof(sc_msg_##name, member), least, most        \
    }
#define SC_MSG_BYTES(name, key, member)                                        \
    {                                                                          \
        key, SC_PACK_BYTES, offsetof(sc_msg_##name, member), 0,                \
            sizeof(((sc_msg_##name *)0)->member)                               \
    }
#define SC_MSG_OPT_32(name, key, member)                                       \
    {                                                                          \
        key, SC_PACK_OPT_BYTES, offsetof(sc_msg_##name, member), 0, 32         \
    }
#define SC_MSG_PAYLOAD(name, member, least, most)                              \
    .has_payload = 1, .payload = offsetof(sc_msg_##name, member),              \
    .payload_min = least, .payload_max = most
#define SC_MSG_FIELDS(table)                                                   \
    .fields = table, .n_fields = sizeof(table) / sizeof *(table)
#define SC_MSG_OF(NAME, name)                                                  \
    .type = SC_MSG_##NAME, .size = sizeof(sc_msg_##name)

/* The put above the get, for a spec called name_spec. */
#define SC_MSG_DEFINE(name)                                                    \
    sc_err sc_msg_##name##_put(sc_frame *f, sc_buf *room,                      \
                               const sc_msg_##name *m)                         \
    {                                                                          \
        return sc_msg_put(f, room, m, &name##_spec);                           \
    }                                                                          \
    sc_err sc_msg_##name##_get(sc_msg_##name *m, const sc_frame *f)            \
    {                                                                          \
        return sc_msg_get(m, f, &name##_spec);                                 \
    }

#endif
