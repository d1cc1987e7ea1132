/* job/node/control_ask.c: the user's end. A plain connect first, for it alone says
 * at once whether a node is there; then a DEALER, watched by a monitor, so that
 * a node that dies is noticed. */
#include "job/node/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/zmq.h"

#define MONITOR "inproc://control"

typedef struct {
    char *path;
    void *context, *dealer, *monitor;
    sc_control_listener listener;
    void *ctx;
} asker;

/* ---- is a node there? ------------------------------------------------- */

static sc_err no_node(sc_fault *why, const char *path, const char *text,
                      const char *remedy)
{
    (void)sc_fault_set(why, SC_E_IO, "%s", text);
    sc_fault_at(why, path, 0, 0);
    sc_fault_remedy(why, "%s", remedy);
    return SC_E_IO;
}

static sc_err check_node(const char *path, sc_fault *why)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct stat st;
    int fd, is_there;

    if (lstat(path, &st) == 0 && st.st_uid != geteuid()) {
        return no_node(why, path, "this socket belongs to another user",
                       "run the command as the user of the node");
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return no_node(why, path, "no socket can be made", "");
    }
    memcpy(to.sun_path, path, strlen(path) + 1); /* fits: make_path */
    /* EAGAIN: more wait to be let in than the kernel holds */
    is_there = connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 ||
               errno == EAGAIN;
    (void)close(fd);
    return is_there ? SC_OK
                    : no_node(why, path, "no node is running here",
                              "start it with `sharechain serve`");
}

/* ---- sockets ---------------------------------------------------------- */

static sc_err open_sockets(asker *a, sc_fault *why)
{
    int64_t most = (int64_t)SC_CONTROL_MAX_REPLY;
    int never = -1;
    char address[sizeof(struct sockaddr_un) + 8];
    sc_err err = SC_E_BUG;

    (void)snprintf(address, sizeof address, "ipc://%s", a->path);
    SC_TRY(sc_zmq_context_new(&a->context, why));
    a->dealer = zmq_socket(a->context, ZMQ_DEALER);
    a->monitor = zmq_socket(a->context, ZMQ_PAIR);
    SC_REQUIRE(a->dealer != NULL && a->monitor != NULL, SC_E_IO);
    SC_REQUIRE(zmq_setsockopt(a->dealer, ZMQ_MAXMSGSIZE, &most, sizeof most) ==
                       0 &&
                   zmq_setsockopt(a->dealer, ZMQ_RECONNECT_IVL, &never,
                                  sizeof never) == 0,
               SC_E_IO);
    SC_REQUIRE(zmq_socket_monitor(a->dealer, MONITOR,
                                  ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED) ==
                       0 &&
                   zmq_connect(a->monitor, MONITOR) == 0 &&
                   zmq_connect(a->dealer, address) == 0,
               SC_E_IO);
    err = SC_OK;
out:
    return err;
}

static void close_sockets(asker *a)
{
    if (a->dealer != NULL) {
        (void)zmq_socket_monitor(a->dealer, NULL, 0);
    }
    sc_zmq_close(&a->monitor, 0);
    sc_zmq_close(&a->dealer, 0);
    sc_zmq_context_free(&a->context);
    sc_free(a->path);
}

static sc_err send_request(asker *a, const json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(text != NULL, SC_E_MEM);
    SC_REQUIRE(strlen(text) <= SC_CONTROL_MAX_REQUEST, SC_E_ARG);
    SC_REQUIRE(zmq_send(a->dealer, text, strlen(text), 0) >= 0, SC_E_IO);
    err = SC_OK;
out:
    free(text);
    return err;
}

/* ---- frames ----------------------------------------------------------- */

static sc_err not_a_node(sc_fault *why)
{
    return sc_fault_set(why, SC_E_WIRE,
                        "what answers at the node's socket is no node of this "
                        "version");
}

/* A frame: *is_end, and then ok or the node's fault. */
static sc_err read_frame(asker *a, json_t **ok, int *is_end, sc_bytes text,
                         sc_fault *why)
{
    json_t *frame = NULL, *v;
    sc_fault told = {0};
    sc_err err = sc_json_parse(&frame, text, SC_CONTROL_MAX_REPLY, NULL);

    SC_REQUIRE(err != SC_E_MEM, SC_E_MEM);
    if (err != SC_OK || !json_is_object(frame) ||
        json_object_size(frame) != 1) {
        err = not_a_node(why);
        goto out;
    }
    *is_end = 0;
    if ((v = json_object_get(frame, "progress")) != NULL) {
        if (a->listener != NULL) {
            a->listener(a->ctx, v);
        }
    } else if ((v = json_object_get(frame, "ok")) != NULL) {
        *ok = json_incref(v);
        *is_end = 1;
    } else if (sc_control_fault_take(&told, json_object_get(frame, "fault")) ==
               SC_OK) {
        if (why != NULL) {
            *why = told;
        }
        err = told.code;
        goto out;
    } else {
        err = not_a_node(why);
        goto out;
    }
    err = SC_OK;
out:
    json_decref(frame);
    return err;
}

/* All frames that wait. */
static sc_err read_frames(asker *a, json_t **ok, int *is_end, sc_fault *why)
{
    sc_err err = SC_OK;

    while (err == SC_OK && !*is_end) {
        zmq_msg_t m;

        (void)zmq_msg_init(&m);
        if (zmq_msg_recv(&m, a->dealer, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&m);
            break;
        }
        err = zmq_msg_more(&m)
                  ? not_a_node(why)
                  : read_frame(a, ok, is_end,
                               (sc_bytes){zmq_msg_data(&m), zmq_msg_size(&m)},
                               why);
        (void)zmq_msg_close(&m);
    }
    return err;
}

/* Frames that came before the link's end count. */
static sc_err wait_for_end(asker *a, json_t **ok, uint64_t deadline_ms,
                           sc_fault *why)
{
    zmq_pollitem_t items[] = {
        {.socket = a->dealer, .events = ZMQ_POLLIN},
        {.socket = a->monitor, .events = ZMQ_POLLIN},
    };
    int is_end = 0;
    sc_err err = SC_E_BUG;

    while (!is_end) {
        uint64_t left = sc_clock_left(deadline_ms);
        long wait = left > 60000 ? 60000 : (long)left;

        if (zmq_poll(items, 2, wait) < 0) {
            return sc_fault_from(why,
                                 errno == EINTR ? SC_E_CANCELLED : SC_E_IO);
        }
        SC_TRY(read_frames(a, ok, &is_end, why));
        if (!is_end && (items[1].revents & ZMQ_POLLIN) != 0) {
            return no_node(why, a->path, "the node ended before it answered",
                           "start it again; `sharechain result ID` shows what "
                           "it still has");
        }
        if (!is_end && left == 0) {
            return sc_fault_set(why, SC_E_TIMEOUT,
                                "the node did not answer in time");
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_control_ask(json_t **ok, const char *folder, const json_t *request,
                      uint64_t deadline_ms, sc_control_listener listener,
                      void *ctx, sc_fault *why)
{
    asker a = {.listener = listener, .ctx = ctx};
    sc_err err = SC_E_BUG;

    *ok = NULL;
    SC_TRY(sc_control_make_path(&a.path, folder, why));
    SC_TRY(check_node(a.path, why));
    SC_TRY(open_sockets(&a, why));
    SC_TRY(send_request(&a, request));
    SC_TRY(wait_for_end(&a, ok, deadline_ms, why));
    err = SC_OK;
out:
    close_sockets(&a);
    return sc_fault_from(why, err);
}
