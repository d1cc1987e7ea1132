/* tests/unit/test_zmq.c: a socket that is watched no longer does not stop the
 * I/O thread that all sockets share. */
#include <zmq.h>

#include "base/clock.h"
#include "net/zmq.h"
#include "tests/kat.h"

#define WAIT_MS 20000

static void *make(void *context, int type)
{
    void *s = zmq_socket(context, type);
    int wait_ms = WAIT_MS;

    CHECK(s != NULL);
    CHECK(zmq_setsockopt(s, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms) == 0);
    CHECK(zmq_setsockopt(s, ZMQ_SNDTIMEO, &wait_ms, sizeof wait_ms) == 0);
    return s;
}

static void pass_one(void *from, void *to)
{
    char c = 0;

    CHECK(zmq_send(from, "x", 1, 0) == 1);
    CHECK(zmq_recv(to, &c, 1, 0) == 1 && c == 'x');
}

static void test_unwatch(void **state)
{
    void *context = NULL, *to, *from, *watched, *monitor;
    char address[64];
    size_t len = sizeof address;
    sc_fault why = {0};

    (void)state;
    CHECK_OK(sc_zmq_context_new(&context, &why));
    to = make(context, ZMQ_PULL);
    from = make(context, ZMQ_PUSH);
    watched = make(context, ZMQ_PUSH);
    monitor = make(context, ZMQ_PAIR);
    CHECK(zmq_bind(to, "tcp://127.0.0.1:*") == 0);
    CHECK(zmq_getsockopt(to, ZMQ_LAST_ENDPOINT, address, &len) == 0);
    CHECK(zmq_connect(from, address) == 0);
    CHECK(zmq_socket_monitor(watched, "inproc://events", ZMQ_EVENT_ALL) == 0);
    CHECK(zmq_connect(monitor, "inproc://events") == 0);
    pass_one(from, to);
    sc_zmq_unwatch(&monitor, watched);
    CHECK(monitor == NULL);
    sc_clock_sleep_ms(50);                     /* let the monitor's end go */
    CHECK(zmq_connect(watched, address) == 0); /* events, and nobody there */
    pass_one(watched, to);
    pass_one(from, to);
    sc_zmq_unwatch(&monitor, watched); /* twice does no harm */
    sc_zmq_close(&watched, 0);
    sc_zmq_close(&from, 0);
    sc_zmq_close(&to, 0);
    sc_zmq_context_free(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unwatch)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
