/* bench/bare.c: PUSH to PULL, both ends' keys known. */
#include "bench/bare.h"

#include <pthread.h>
#include <string.h>
#include <zmq.h>

#include "base/hash.h"
#include "base/mem.h"

#define MAX_SENDERS 15
#define KEY_LEN     40 /* Z85 */

typedef struct {
    bare *bare;
    pthread_t thread;
    void *context, *socket;
} sender;

struct bare {
    void *context, *socket;
    sender senders[MAX_SENDERS];
    size_t n_senders;
    pthread_barrier_t start;
    sc_bytes data; /* of the run that starts; p NULL: it is over */
    size_t piece_len;
};

static void set(void *socket, int option, const void *value, size_t len)
{
    SC_ASSERT(zmq_setsockopt(socket, option, value, len) == 0);
}

static void set_int(void *socket, int option, int value)
{
    set(socket, option, &value, sizeof value);
}

static void *receiver_new(bare *b, char address[static 64], const char *key)
{
    void *s = zmq_socket(b->context, ZMQ_PULL);
    size_t len = 64;

    SC_ASSERT(s != NULL);
    set_int(s, ZMQ_CURVE_SERVER, 1);
    set(s, ZMQ_CURVE_SECRETKEY, key, KEY_LEN + 1);
    set_int(s, ZMQ_LINGER, 0);
    SC_ASSERT(zmq_bind(s, "tcp://127.0.0.1:*") == 0);
    SC_ASSERT(zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, address, &len) == 0);
    return s;
}

static void *sender_new(void *context, const char *address, const char *server)
{
    void *s = zmq_socket(context, ZMQ_PUSH);
    char pk[KEY_LEN + 1], sk[KEY_LEN + 1];

    SC_ASSERT(s != NULL && zmq_curve_keypair(pk, sk) == 0);
    set(s, ZMQ_CURVE_SERVERKEY, server, sizeof pk);
    set(s, ZMQ_CURVE_PUBLICKEY, pk, sizeof pk);
    set(s, ZMQ_CURVE_SECRETKEY, sk, sizeof sk);
    set_int(s, ZMQ_LINGER, 0);
    SC_ASSERT(zmq_connect(s, address) == 0);
    return s;
}

/* The bytes are the bench's. */
static void keep(void *bytes, void *hint)
{
    (void)bytes;
    (void)hint;
}

static void send_all(void *socket, sc_bytes data, size_t piece_len)
{
    uint8_t digest[SC_HASH_LEN];
    zmq_msg_t msg;

    for (size_t at = 0; at < data.len; at += piece_len) {
        size_t len = data.len - at < piece_len ? data.len - at : piece_len;
        uint8_t *piece = (uint8_t *)(uintptr_t)data.p + at;

        SC_ASSERT(zmq_msg_init_data(&msg, piece, len, keep, NULL) == 0);
        SC_ASSERT(zmq_msg_send(&msg, socket, 0) >= 0);
        sc_sha256(digest, (sc_bytes){piece, len});
    }
}

static void *send_runs(void *arg)
{
    sender *s = arg;
    bare *b = s->bare;

    for (;;) {
        pthread_barrier_wait(&b->start);
        if (b->data.p == NULL) {
            return NULL;
        }
        send_all(s->socket, b->data, b->piece_len);
    }
}

bare *bare_new(size_t n_senders)
{
    bare *b = sc_alloc(1, sizeof *b);
    char address[64], pk[KEY_LEN + 1], sk[KEY_LEN + 1];

    SC_ASSERT(b != NULL && n_senders <= MAX_SENDERS);
    SC_ASSERT(zmq_curve_keypair(pk, sk) == 0);
    b->context = zmq_ctx_new();
    b->socket = receiver_new(b, address, sk);
    b->n_senders = n_senders;
    SC_ASSERT(pthread_barrier_init(&b->start, NULL, (unsigned)n_senders + 1) ==
              0);
    for (size_t i = 0; i < n_senders; i++) {
        sender *s = &b->senders[i];

        s->bare = b;
        s->context = zmq_ctx_new();
        s->socket = sender_new(s->context, address, pk);
        SC_ASSERT(pthread_create(&s->thread, NULL, send_runs, s) == 0);
    }
    return b;
}

void bare_run(bare *b, sc_bytes data, size_t piece_len)
{
    size_t left = b->n_senders * data.len;
    uint8_t digest[SC_HASH_LEN];
    zmq_msg_t msg;

    b->data = data;
    b->piece_len = piece_len;
    pthread_barrier_wait(&b->start);
    SC_ASSERT(zmq_msg_init(&msg) == 0);
    while (left > 0) {
        int len = zmq_msg_recv(&msg, b->socket, 0);

        SC_ASSERT(len > 0 && (size_t)len <= left);
        sc_sha256(digest, (sc_bytes){zmq_msg_data(&msg), (size_t)len});
        left -= (size_t)len;
    }
    zmq_msg_close(&msg);
}

void bare_free(bare *b)
{
    b->data = (sc_bytes){NULL, 0};
    pthread_barrier_wait(&b->start);
    for (size_t i = 0; i < b->n_senders; i++) {
        sender *s = &b->senders[i];

        pthread_join(s->thread, NULL);
        zmq_close(s->socket);
        zmq_ctx_term(s->context);
    }
    zmq_close(b->socket);
    zmq_ctx_term(b->context);
    pthread_barrier_destroy(&b->start);
    sc_free(b);
}
