/* net/zmq.c: options in one place, and the ZAP dialogue (ZeroMQ RFC 27).
 *
 * Facts about libzmq 4.3.4 that this rests on are in docs/decisions/0005. What
 * unauthenticated connections can pin: a server takes a part of at most
 * MAXMSGSIZE, also during the handshake, so each half-open one holds little
 * more than that; how many there are is net/gate.h's business. */
#include "net/zmq.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/ct.h"

/* zmq.h of a release build hides this draft option; 4.3.4 honours it. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

#define ZAP_ADDRESS "inproc://zeromq.zap.01"
#define ZAP_DOMAIN  "sharechain"
#define BACKLOG     64

/* ---- contexts and options ----------------------------------------------- */

sc_err sc_zmq_context_new(void **context, sc_fault *why)
{
    int major, minor, patch;

    *context = NULL;
    zmq_version(&major, &minor, &patch);
    if (major != 4 || minor < 3 || (minor == 3 && patch < 3) ||
        !zmq_has("curve")) {
        sc_fault_set(why, SC_E_IO,
                     "libzmq %d.%d.%d is too old or has no encryption", major,
                     minor, patch);
        sc_fault_remedy(why, "install libzmq 4.3.3 or later with libsodium");
        return SC_E_IO;
    }
    *context = zmq_ctx_new();
    return *context != NULL ? SC_OK : SC_E_MEM;
}

void sc_zmq_context_free(void **context)
{
    if (*context != NULL) {
        while (zmq_ctx_term(*context) != 0 && errno == EINTR) {
        }
        *context = NULL;
    }
}

static int set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static int set_key(void *socket, int option, const uint8_t *key)
{
    return zmq_setsockopt(socket, option, key, SC_ZMQ_KEY_LEN) == 0;
}

static int set_max_part(void *socket)
{
    int64_t most = (int64_t)(SC_FRAME_MAX_WIRE + SC_ZMQ_SEAL_LEN);

    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most) == 0;
}

void sc_zmq_close(void **socket, int linger_ms)
{
    if (*socket != NULL) {
        (void)set_int(*socket, ZMQ_LINGER, linger_ms);
        (void)zmq_close(*socket);
        *socket = NULL;
    }
}

void sc_zmq_unwatch(void **monitor, void *socket)
{
    if (socket != NULL && *monitor != NULL) {
        (void)zmq_socket_monitor(socket, NULL, 0);
    }
    sc_zmq_close(monitor, 0);
}

static sc_err failed(sc_fault *why, sc_err err, const char *what)
{
    return sc_fault_set(why, err, "%s: %s", what, zmq_strerror(errno));
}

/* ---- admission ---------------------------------------------------------- */

sc_err sc_zmq_gatekeeper_new(void **zap, void *context, sc_fault *why)
{
    *zap = zmq_socket(context, ZMQ_REP);
    if (*zap == NULL || !set_int(*zap, ZMQ_LINGER, 0) ||
        zmq_bind(*zap, ZAP_ADDRESS) != 0) {
        sc_zmq_close(zap, 0);
        return failed(why, SC_E_IO, "cannot make the admission of keys");
    }
    return SC_OK;
}

/* Parts of a question: version, id, domain, address, routing id, mechanism,
 * credentials. */
enum { VERSION, ID, DOMAIN_, ADDRESS, ROUTING, MECHANISM, KEY, N_PARTS };

typedef struct {
    uint8_t b[255];
    size_t len;
} part;

/* Read a whole question; parts beyond the expected or too long are not kept,
 * and n_parts then says so. */
static sc_err read_question(part *parts, size_t *n_parts, void *zap)
{
    size_t n = 0;
    int more = 1;

    while (more) {
        size_t size = sizeof more;
        part skip, *p = n < N_PARTS ? &parts[n] : &skip;
        int len = zmq_recv(zap, p->b, sizeof p->b, ZMQ_DONTWAIT);

        if (len < 0) {
            return SC_E_NOT_FOUND;
        }
        p->len = (size_t)len; /* above sizeof p->b if it was cut */
        if (p->len > sizeof p->b) {
            n = N_PARTS;
        }
        n++;
        if (zmq_getsockopt(zap, ZMQ_RCVMORE, &more, &size) != 0) {
            return SC_E_NOT_FOUND;
        }
    }
    *n_parts = n;
    return SC_OK;
}

static int is_text(const part *p, const char *text)
{
    return p->len == strlen(text) && memcmp(p->b, text, p->len) == 0;
}

static int is_printable(const part *p)
{
    for (size_t i = 0; i < p->len; i++) {
        if (p->b[i] < 0x20 || p->b[i] > 0x7e) {
            return 0;
        }
    }
    return 1;
}

static void judge(sc_zmq_visitor *who, const part *parts, size_t n_parts,
                  const uint8_t (*keys)[SC_ZMQ_KEY_LEN], size_t n_keys,
                  size_t me)
{
    memset(who, 0, sizeof *who);
    if (n_parts != N_PARTS || !is_text(&parts[VERSION], "1.0") ||
        !is_text(&parts[DOMAIN_], ZAP_DOMAIN) ||
        !is_text(&parts[MECHANISM], "CURVE") ||
        parts[KEY].len != SC_ZMQ_KEY_LEN) {
        return;
    }
    if (is_printable(&parts[ADDRESS])) {
        (void)snprintf(who->address, sizeof who->address, "%.*s",
                       (int)parts[ADDRESS].len, (const char *)parts[ADDRESS].b);
    }
    for (size_t i = 0; i < n_keys; i++) {
        if (i != me && sc_ct_eq(keys[i], parts[KEY].b, SC_ZMQ_KEY_LEN)) {
            who->is_admitted = 1;
            who->party = i;
        }
    }
}

static int say(void *zap, const void *p, size_t len, int flags)
{
    return zmq_send(zap, p, len, flags) == (int)len;
}

sc_err sc_zmq_gatekeeper_answer(sc_zmq_visitor *who, void *zap,
                                const uint8_t (*keys)[SC_ZMQ_KEY_LEN],
                                size_t n_keys, size_t me)
{
    sc_err err = SC_E_BUG;
    part parts[N_PARTS] = {{{0}, 0}};
    size_t n_parts = 0;
    char user[24] = "";
    const char *status;

    SC_TRY(read_question(parts, &n_parts, zap));
    judge(who, parts, n_parts, keys, n_keys, me);
    status = who->is_admitted ? "200" : "400";
    if (who->is_admitted) {
        (void)snprintf(user, sizeof user, "%zu", who->party);
    }
    SC_REQUIRE(say(zap, "1.0", 3, ZMQ_SNDMORE) &&
                   say(zap, parts[ID].b,
                       n_parts > ID && parts[ID].len <= sizeof parts[ID].b
                           ? parts[ID].len
                           : 0,
                       ZMQ_SNDMORE) &&
                   say(zap, status, 3, ZMQ_SNDMORE) &&
                   say(zap, "", 0, ZMQ_SNDMORE) &&
                   say(zap, user, strlen(user), ZMQ_SNDMORE) &&
                   say(zap, "", 0, 0),
               SC_E_IO);
    err = SC_OK;
out:
    return err;
}

/* ---- sockets ------------------------------------------------------------ */

static sc_err monitor_new(void **monitor, void *context, void *socket,
                          uint64_t number, sc_fault *why)
{
    char name[64];

    (void)snprintf(name, sizeof name, "inproc://monitor-%llu",
                   (unsigned long long)number);
    *monitor = zmq_socket(context, ZMQ_PAIR);
    if (*monitor == NULL ||
        zmq_socket_monitor(socket, name, ZMQ_EVENT_ALL) != 0 ||
        zmq_connect(*monitor, name) != 0) {
        sc_zmq_unwatch(monitor, socket);
        return failed(why, SC_E_IO, "cannot watch a socket");
    }
    return SC_OK;
}

static int set_server(void *s, const uint8_t *secret_key)
{
    return set_int(s, ZMQ_CURVE_SERVER, 1) &&
           set_key(s, ZMQ_CURVE_SECRETKEY, secret_key) && set_max_part(s) &&
           set_int(s, ZMQ_HANDSHAKE_IVL, SC_ZMQ_HANDSHAKE_MS) &&
           set_int(s, ZMQ_RCVHWM, SC_ZMQ_TAKE_HWM) &&
           set_int(s, ZMQ_SNDHWM, 1) && set_int(s, ZMQ_LINGER, 0) &&
           set_int(s, ZMQ_BACKLOG, BACKLOG) &&
           set_int(s, ZMQ_ROUTER_HANDOVER, 0);
}

static int set_admission(void *s)
{
    return zmq_setsockopt(s, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) ==
               0 &&
           set_int(s, ZMQ_ZAP_ENFORCE_DOMAIN, 1);
}

static sc_err bind_at(void *s, char *bound, const char *address, sc_fault *why)
{
    size_t size = SC_ZMQ_ADDRESS_MAX + 1;

    if (zmq_bind(s, address) != 0 ||
        zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, bound, &size) != 0) {
        sc_fault_set(why, SC_E_IO, "cannot listen on %s: %s", address,
                     zmq_strerror(errno));
        sc_fault_remedy(why, "see whether another program has that port, and "
                             "whether the address is this machine's");
        return SC_E_IO;
    }
    return SC_OK;
}

sc_err sc_zmq_server_new(void **server, void **monitor,
                         char bound[static SC_ZMQ_ADDRESS_MAX + 1],
                         void *context,
                         const uint8_t secret_key[static SC_ZMQ_KEY_LEN],
                         const char *address, uint64_t number, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    *monitor = NULL;
    *server = zmq_socket(context, ZMQ_ROUTER);
    if (*server == NULL || !set_server(*server, secret_key)) {
        err = failed(why, SC_E_IO, "cannot set up the listening socket");
        goto out;
    }
    if (!set_admission(*server)) {
        err = failed(why, SC_E_IO,
                     "this libzmq cannot enforce the admission of keys");
        goto out;
    }
    SC_TRY(monitor_new(monitor, context, *server, number, why));
    SC_TRY(bind_at(*server, bound, address, why));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_zmq_unwatch(monitor, *server);
        sc_zmq_close(server, 0);
    }
    return err;
}

static int set_client(void *s, const sc_zmq_keys *keys,
                      const uint8_t *server_key)
{
    return set_key(s, ZMQ_CURVE_PUBLICKEY, keys->public_key) &&
           set_key(s, ZMQ_CURVE_SECRETKEY, keys->secret_key) &&
           set_key(s, ZMQ_CURVE_SERVERKEY, server_key) && set_max_part(s) &&
           set_int(s, ZMQ_HANDSHAKE_IVL, SC_ZMQ_HANDSHAKE_MS) &&
           set_int(s, ZMQ_RCVHWM, 1) &&
           set_int(s, ZMQ_SNDHWM, SC_ZMQ_SEND_HWM) &&
           set_int(s, ZMQ_IMMEDIATE, 1) && set_int(s, ZMQ_LINGER, 0) &&
           set_int(s, ZMQ_RECONNECT_IVL, -1);
}

sc_err sc_zmq_client_new(void **client, void **monitor, void *context,
                         const sc_zmq_keys *keys,
                         const uint8_t server_key[static SC_ZMQ_KEY_LEN],
                         const char *address, uint64_t number, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    *monitor = NULL;
    *client = zmq_socket(context, ZMQ_DEALER);
    if (*client == NULL || !set_client(*client, keys, server_key)) {
        err = failed(why, SC_E_IO, "cannot set up a socket");
        goto out;
    }
    SC_TRY(monitor_new(monitor, context, *client, number, why));
    if (zmq_connect(*client, address) != 0) {
        err = sc_fault_set(why, SC_E_CONFIG, "%s is no address: %s", address,
                           zmq_strerror(errno));
        sc_fault_remedy(why, "write it as tcp://host:port");
        goto out;
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_zmq_unwatch(monitor, *client);
        sc_zmq_close(client, 0);
    }
    return err;
}

sc_err sc_zmq_public_key(uint8_t public_key[static SC_ZMQ_KEY_LEN],
                         const uint8_t secret_key[static SC_ZMQ_KEY_LEN])
{
    return crypto_scalarmult_base(public_key, secret_key) == 0 ? SC_OK
                                                               : SC_E_ARG;
}

/* ---- events ------------------------------------------------------------- */

sc_err sc_zmq_monitor_next(sc_zmq_event *e, void *monitor)
{
    uint8_t b[6], address[SC_ZMQ_ADDRESS_MAX];

    if (zmq_recv(monitor, b, sizeof b, ZMQ_DONTWAIT) != (int)sizeof b) {
        return SC_E_NOT_FOUND;
    }
    (void)zmq_recv(monitor, address, sizeof address, ZMQ_DONTWAIT);
    memcpy(&e->what, b, sizeof e->what); /* both in the host's order */
    memcpy(&e->value, b + 2, sizeof e->value);
    return SC_OK;
}

const char *sc_zmq_event_text(const sc_zmq_event *e)
{
    switch (e->what) {
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return "it does not know this node's transport key";
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return "it does not speak this protocol";
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        return "no handshake: its transport key is another, or it is stuck";
    default:
        return "nobody answers at its address";
    }
}

int sc_zmq_fd(void *socket)
{
    int fd = -1;
    size_t size = sizeof fd;

    return zmq_getsockopt(socket, ZMQ_FD, &fd, &size) == 0 ? fd : -1;
}

/* ---- frames ------------------------------------------------------------- */

/* Bytes that a part of len bytes took on its connection. */
static size_t wire_len(size_t len)
{
    size_t sealed = len + SC_ZMQ_SEAL_LEN;

    return sealed + (sealed > 255 ? 9 : 2);
}

/* The party that the gatekeeper wrote for this connection. */
static int read_sender(size_t *party, const zmq_msg_t *msg)
{
    const char *user = zmq_msg_gets(msg, "User-Id");
    size_t v = 0;

    if (user == NULL || user[0] == '\0' || strlen(user) > 3) {
        return 0;
    }
    for (; *user != '\0'; user++) {
        if (*user < '0' || *user > '9') {
            return 0;
        }
        v = 10 * v + (size_t)(*user - '0');
    }
    *party = v;
    return 1;
}

/* Take one part into msg, which is initialised on success. */
static int take_part(zmq_msg_t *msg, void *server)
{
    SC_ASSERT(zmq_msg_init(msg) == 0);
    if (zmq_msg_recv(msg, server, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(msg);
        return 0;
    }
    return 1;
}

sc_err sc_zmq_receive(zmq_msg_t *msg, sc_zmq_origin *from, void *server)
{
    zmq_msg_t next;

    memset(from, 0, sizeof *from);
    from->fd = -1;
    if (!take_part(msg, server)) { /* the routing id, which we do not use */
        return SC_E_NOT_FOUND;
    }
    while (zmq_msg_more(msg)) { /* the last part stays in msg */
        if (!take_part(&next, server)) {
            break;
        }
        zmq_msg_close(msg);
        SC_ASSERT(zmq_msg_init(msg) == 0 && zmq_msg_move(msg, &next) == 0);
        zmq_msg_close(&next);
        from->n_parts++;
        from->wire_len += wire_len(zmq_msg_size(msg));
        from->has_sender = read_sender(&from->party, msg);
        from->fd = zmq_msg_get(msg, ZMQ_SRCFD);
    }
    return SC_OK;
}

/* 1 if a send would not wait. */
static int can_send(void *client)
{
    int events = 0;
    size_t size = sizeof events;

    return zmq_getsockopt(client, ZMQ_EVENTS, &events, &size) == 0 &&
           (events & ZMQ_POLLOUT) != 0;
}

sc_err sc_zmq_send(void *client, void *bytes, size_t len,
                   void (*release)(void *bytes, void *hint), void *hint)
{
    zmq_msg_t msg;

    if (zmq_msg_init_data(&msg, bytes, len, release, hint) != 0) {
        release(bytes, hint);
        return SC_E_MEM;
    }
    SC_ZMQ_HANDED_OVER(bytes);
    /* A socket may not know yet that there is room: it hears so once it is asked. */
    if (zmq_msg_send(&msg, client, ZMQ_DONTWAIT) < 0 &&
        (!can_send(client) || zmq_msg_send(&msg, client, ZMQ_DONTWAIT) < 0)) {
        zmq_msg_close(&msg); /* releases */
        return SC_E_TIMEOUT;
    }
    return SC_OK;
}
