/* net/zmq.h: libzmq, set up the one way this product uses it.
 *
 * A node binds one ROUTER, which only receives (sc_zmq_server), and connects a
 * DEALER a peer, which only sends (sc_zmq_client). CURVE is always on. A DEALER
 * lives for one connection: when that ends, or does not come about, it is
 * closed, and its owner makes another when it likes. libzmq's own reconnecting
 * is off; it would not come back after a refusal, and it loses what was queued
 * without a word.
 *
 * Adversary: anybody who reaches the port. A key is admitted by the ZAP handler
 * alone; a server whose libzmq will not promise to ask it is not made. All
 * sockets of a context are used by the thread that made them, or by others under
 * one lock, and polled by their descriptors (sc_zmq_fd), never by zmq_poll, where
 * others may use them meanwhile. */
#ifndef SC_NET_ZMQ_H
#define SC_NET_ZMQ_H

#include <zmq.h>

#include "base/fault.h"
#include "net/frame.h"

#define SC_ZMQ_KEY_LEN      32
#define SC_ZMQ_HANDSHAKE_MS 2000
#define SC_ZMQ_ADDRESS_MAX  255
/* Parts of a message that a link holds before its sender must wait. */
#define SC_ZMQ_SEND_HWM 16
#define SC_ZMQ_TAKE_HWM 16
/* What CURVE adds to a part. */
#define SC_ZMQ_SEAL_LEN 33

SC_MUST_USE sc_err sc_zmq_context_new(void **context, sc_fault *why);
/* All sockets of it must be closed. */
void sc_zmq_context_free(void **context);
/* linger_ms: how long what was sent may still leave. NULL is accepted. */
void sc_zmq_close(void **socket, int linger_ms);
/* End a monitor, while the socket it watches may live on. Before that socket's
 * close: libzmq's one I/O thread waits for ever to tell an event that nobody will
 * take, and with it every connection of the context. */
void sc_zmq_unwatch(void **monitor, void *socket);

/* ---- admission ---------------------------------------------------------- */

/* The handler that servers of this context ask; make it before any server. */
SC_MUST_USE sc_err sc_zmq_gatekeeper_new(void **zap, void *context,
                                         sc_fault *why);

typedef struct {
    int is_admitted;
    size_t party;     /* of the key, if admitted */
    char address[64]; /* of who asked; printable */
} sc_zmq_visitor;
/* Answer one waiting question: a key of keys[0..n_keys) other than `me` is
 * admitted as that party. SC_E_NOT_FOUND: no question waits. */
SC_MUST_USE sc_err sc_zmq_gatekeeper_answer(
    sc_zmq_visitor *who, void *zap, const uint8_t (*keys)[SC_ZMQ_KEY_LEN],
    size_t n_keys, size_t me);

/* ---- sockets ------------------------------------------------------------ */

/* A ROUTER bound to address, with a monitor of its connections; `bound` is
 * where, port included. number: of the monitor, unique in the context.
 *   Returns: SC_E_IO  cannot listen there, or admission cannot be enforced
 *   Secret:  secret_key */
SC_MUST_USE sc_err sc_zmq_server_new(
    void **server, void **monitor, char bound[static SC_ZMQ_ADDRESS_MAX + 1],
    void *context, const uint8_t secret_key[static SC_ZMQ_KEY_LEN],
    const char *address, uint64_t number, sc_fault *why);

typedef struct {
    uint8_t public_key[SC_ZMQ_KEY_LEN];
    uint8_t secret_key[SC_ZMQ_KEY_LEN];
} sc_zmq_keys;
/* A DEALER on its way to address, where server_key is expected.
 *   Returns: SC_E_CONFIG  the address is none
 *   Secret:  keys->secret_key */
SC_MUST_USE sc_err sc_zmq_client_new(
    void **client, void **monitor, void *context, const sc_zmq_keys *keys,
    const uint8_t server_key[static SC_ZMQ_KEY_LEN], const char *address,
    uint64_t number, sc_fault *why);
/* The public key of a secret one. Secret: secret_key. */
SC_MUST_USE sc_err
sc_zmq_public_key(uint8_t public_key[static SC_ZMQ_KEY_LEN],
                  const uint8_t secret_key[static SC_ZMQ_KEY_LEN]);

/* ---- what a socket's connections do ------------------------------------- */

/* value is ZMQ_EVENT_*'s: a descriptor, or why a handshake failed. */
typedef struct {
    uint16_t what;
    uint32_t value;
} sc_zmq_event;
/* SC_E_NOT_FOUND: none waits. */
SC_MUST_USE sc_err sc_zmq_monitor_next(sc_zmq_event *e, void *monitor);
/* Why a handshake failed, in words; e: one of ZMQ_EVENT_HANDSHAKE_FAILED_*. */
const char *sc_zmq_event_text(const sc_zmq_event *e);

/* Readable when a socket has news, whichever way it is used. An edge: whoever is
 * woken by it, and who made the socket, takes all there is. */
int sc_zmq_fd(void *socket);

/* ---- frames ------------------------------------------------------------- */

typedef struct {
    int has_sender;  /* 0: drop it */
    size_t party;    /* by the link's key */
    int fd;          /* of the connection; -1 if unknown */
    size_t n_parts;  /* 1, or the sender broke the rules */
    size_t wire_len; /* bytes on the connection, sealing included */
} sc_zmq_origin;

/* Take one message; msg is initialised by the callee on SC_OK alone, and then
 * closed by the caller. SC_E_NOT_FOUND: none waits. */
SC_MUST_USE sc_err sc_zmq_receive(zmq_msg_t *msg, sc_zmq_origin *from,
                                  void *server);
/* Send bytes without copying; release(bytes, hint) is called, on a thread of
 * libzmq, when they are no longer needed, also after a failure. It begins with
 * SC_ZMQ_RELEASED(bytes).
 *   Returns: SC_E_TIMEOUT  no connection, or it holds enough */
SC_MUST_USE sc_err sc_zmq_send(void *client, void *bytes, size_t len,
                               void (*release)(void *bytes, void *hint),
                               void *hint);

/* libzmq orders what we did before a send before what its thread does after;
 * the thread sanitizer cannot see into libzmq, so it is told. */
#if defined(__SANITIZE_THREAD__)
#define SC_ZMQ_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SC_ZMQ_TSAN 1
#endif
#endif
#ifdef SC_ZMQ_TSAN
void __tsan_acquire(void *p);
void __tsan_release(void *p);
#define SC_ZMQ_HANDED_OVER(p) __tsan_release(p)
#define SC_ZMQ_RELEASED(p)    __tsan_acquire(p)
#else
#define SC_ZMQ_HANDED_OVER(p) ((void)(p))
#define SC_ZMQ_RELEASED(p)    ((void)(p))
#endif

#endif
