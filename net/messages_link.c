/* net/messages_link.c: the mesh's own messages. */
#include "net/message_spec.h"

static const sc_pack_field hello_fields[] = {
    SC_MSG_UINT(hello, "protocol", protocol, 1, 65535),
    SC_MSG_BYTES(hello, "network", consortium),
    SC_MSG_BYTES(hello, "boot", boot),
    SC_MSG_UINT(hello, "time", time, 0, SC_MSG_MAX_INT),
};
static const sc_msg_spec hello_spec = {SC_MSG_OF(HELLO, hello),
                                       SC_MSG_FIELDS(hello_fields)};
SC_MSG_DEFINE(hello)

sc_err sc_msg_hello_protocol(uint64_t *protocol, const sc_frame *f)
{
    sc_msg_hello m;
    sc_err err = sc_pack_first(&m, f->head, &hello_fields[0]);

    *protocol = err == SC_OK ? m.protocol : 0;
    return err;
}

static const sc_pack_field bye_fields[] = {
    SC_MSG_UINT(bye, "reason", reason, 0, 255),
};
static const sc_msg_spec bye_spec = {SC_MSG_OF(BYE, bye),
                                     SC_MSG_FIELDS(bye_fields)};
SC_MSG_DEFINE(bye)

static const sc_pack_field ping_fields[] = {
    SC_MSG_UINT(ping, "time", time, 0, UINT64_MAX),
};
static const sc_msg_spec ping_spec = {SC_MSG_OF(PING, ping),
                                      SC_MSG_FIELDS(ping_fields)};
SC_MSG_DEFINE(ping)

static const sc_pack_field pong_fields[] = {
    SC_MSG_UINT(pong, "echo", echo, 0, UINT64_MAX),
    SC_MSG_UINT(pong, "size", size, 0, SC_MSG_MAX_INT),
};
static const sc_msg_spec pong_spec = {SC_MSG_OF(PONG, pong),
                                      SC_MSG_FIELDS(pong_fields)};
SC_MSG_DEFINE(pong)

static const sc_pack_field credit_fields[] = {
    SC_MSG_UINT(credit, "taken", taken, 0, UINT64_MAX),
    SC_MSG_UINT(credit, "granted", granted, 0, UINT64_MAX),
    SC_MSG_UINT(credit, "closed", closed, 0, 1),
};
static const sc_msg_spec credit_spec = {SC_MSG_OF(CREDIT, credit),
                                        SC_MSG_FIELDS(credit_fields)};
SC_MSG_DEFINE(credit)
