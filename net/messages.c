/* net/messages.c: names, lanes, and the one put and the one get that follow a
 * message's spec. */
#include "net/messages.h"

#include <string.h>

#include "net/message_spec.h"

sc_msg_lane sc_msg_lane_of(uint16_t type)
{
    switch (type) {
#define X(number, NAME, name, lane)                                            \
    case number:                                                               \
        return SC_LANE_##lane;
        SC_MESSAGES(X)
#undef X
    default:
        return SC_LANE_NONE;
    }
}

const char *sc_msg_name(uint16_t type)
{
    switch (type) {
#define X(number, NAME, name, lane)                                            \
    case number:                                                               \
        return #NAME;
        SC_MESSAGES(X)
#undef X
    default:
        return "unknown message";
    }
}

static int is_payload_right(const sc_msg_spec *spec, sc_bytes payload)
{
    return spec->has_payload ? payload.len >= spec->payload_min &&
                                   payload.len <= spec->payload_max
                             : payload.len == 0;
}

sc_err sc_msg_put(sc_frame *f, sc_buf *room, const void *message,
                  const sc_msg_spec *spec)
{
    sc_err err = SC_E_BUG;
    sc_bytes payload = {0};

    memset(f, 0, sizeof *f);
    sc_buf_reset(room);
    if (spec->has_payload) {
        memcpy(&payload, (const uint8_t *)message + spec->payload,
               sizeof payload);
    }
    SC_REQUIRE(is_payload_right(spec, payload), SC_E_ARG);
    SC_REQUIRE(spec->is_right == NULL || spec->is_right(message), SC_E_ARG);
    SC_TRY(sc_pack_put(room, message, spec->fields, spec->n_fields));
    f->type = (uint16_t)spec->type;
    f->head = sc_buf_bytes(room);
    f->bulk = payload;
    err = SC_OK;
out:
    return err;
}

sc_err sc_msg_get(void *message, const sc_frame *f, const sc_msg_spec *spec)
{
    sc_err err = SC_E_BUG;

    memset(message, 0, spec->size);
    SC_REQUIRE(f->type == (uint16_t)spec->type, SC_E_STATE);
    SC_REQUIRE(is_payload_right(spec, f->bulk), SC_E_WIRE);
    SC_TRY(sc_pack_get(message, f->head, spec->fields, spec->n_fields));
    if (spec->has_payload) {
        memcpy((uint8_t *)message + spec->payload, &f->bulk, sizeof f->bulk);
    }
    SC_REQUIRE(spec->is_right == NULL || spec->is_right(message), SC_E_WIRE);
    err = SC_OK;
out:
    if (err != SC_OK) {
        memset(message, 0, spec->size);
    }
    return err;
}
