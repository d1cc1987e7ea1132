/* job/node/control.c: the node's end. One thread owns the socket; replies of other
 * threads reach it by a queue, whose descriptor it polls beside the socket. */
#include "job/node/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/queue.h"
#include "net/zmq.h"

#define MAX_WAITING 1024 /* replies in the queue */
#define PUT_MS      5000
#define LINGER_MS   1000 /* for last replies when the node ends */
#define MAX_AT_ONCE 64   /* requests between two looks at the queue */
#define SOCKET_HWM  1000
#define SCHEME      "ipc://"
#define MAX_OP      32

struct sc_control {
    char *path;
    void *context, *router;
    sc_queue *replies;
};

/* One reply on its way. */
typedef struct {
    sc_control_client to;
    char *text; /* malloc, by jansson */
    size_t len;
} reply;

static void reply_free(void *item)
{
    reply *r = item;

    free(r->text);
    sc_free(r);
}

/* ---- life ------------------------------------------------------------- */

sc_err sc_control_make_path(char **path, const char *folder, sc_fault *why)
{
    struct sockaddr_un limit;

    *path = sc_path_join(folder, SC_CONTROL_SOCKET);
    if (*path == NULL) {
        return sc_fault_from(why, SC_E_MEM);
    }
    if (strlen(*path) >= sizeof limit.sun_path) {
        (void)sc_fault_set(why, SC_E_CONFIG,
                           "the path of the node's socket is longer than %zu "
                           "bytes",
                           sizeof limit.sun_path - 1);
        sc_fault_at(why, *path, 0, 0);
        sc_fault_remedy(why, "set a shorter `store:` in node.yaml");
        sc_free(*path);
        *path = NULL;
        return SC_E_CONFIG;
    }
    return SC_OK;
}

static int set_options(void *router)
{
    int64_t most = (int64_t)SC_CONTROL_MAX_REQUEST;
    int hwm = SOCKET_HWM, zero = 0, one = 1;

    return zmq_setsockopt(router, ZMQ_MAXMSGSIZE, &most, sizeof most) == 0 &&
           zmq_setsockopt(router, ZMQ_SNDHWM, &hwm, sizeof hwm) == 0 &&
           zmq_setsockopt(router, ZMQ_RCVHWM, &hwm, sizeof hwm) == 0 &&
           zmq_setsockopt(router, ZMQ_SNDTIMEO, &zero, sizeof zero) == 0 &&
           zmq_setsockopt(router, ZMQ_ROUTER_MANDATORY, &one, sizeof one) == 0;
}

static sc_err bind_router(sc_control *c, sc_fault *why)
{
    size_t len = strlen(c->path) + sizeof SCHEME;
    char *address = sc_alloc(len, 1);
    mode_t old;
    int is_bound;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(address != NULL, SC_E_MEM);
    (void)snprintf(address, len, SCHEME "%s", c->path);
    c->router = zmq_socket(c->context, ZMQ_ROUTER);
    SC_REQUIRE(c->router != NULL && set_options(c->router), SC_E_IO);
    old = umask(0177); /* never wider than 0600, not even for a moment */
    is_bound = zmq_bind(c->router, address) == 0 && chmod(c->path, 0600) == 0;
    (void)umask(old);
    if (!is_bound) {
        err = sc_fault_set(why, SC_E_IO, "cannot make the node's socket: %s",
                           zmq_strerror(errno));
        sc_fault_at(why, c->path, 0, 0);
        goto out;
    }
    err = SC_OK;
out:
    sc_free(address);
    return err;
}

sc_err sc_control_new(sc_control **c, const char *folder, sc_fault *why)
{
    sc_control *made = sc_alloc(1, sizeof *made);
    sc_err err = SC_E_BUG;

    *c = NULL;
    SC_REQUIRE(made != NULL, SC_E_MEM);
    SC_TRY(sc_control_make_path(&made->path, folder, why));
    SC_TRY(sc_queue_new(&made->replies, MAX_WAITING, reply_free));
    SC_TRY(sc_zmq_context_new(&made->context, why));
    SC_TRY(bind_router(made, why));
    *c = made;
    made = NULL;
    err = SC_OK;
out:
    sc_control_free(&made);
    return sc_fault_from(why, err);
}

void sc_control_free(sc_control **c)
{
    if (*c == NULL) {
        return;
    }
    sc_zmq_close(&(*c)->router, LINGER_MS);
    sc_zmq_context_free(&(*c)->context);
    sc_queue_free(&(*c)->replies);
    sc_free((*c)->path);
    sc_free(*c);
    *c = NULL;
}

const char *sc_control_path(const sc_control *c)
{
    return c->path;
}

void sc_control_stop(sc_control *c)
{
    sc_queue_close(c->replies);
}

/* ---- faults as JSON --------------------------------------------------- */

#define X(name, text) #name,
static const char *const code_names[SC_N_ERRORS] = {SC_ERRORS(X)};
#undef X

/* A text was perhaps cut within a character: then its ASCII alone. */
static json_t *text_value(const char *text)
{
    json_t *v = json_string(text);
    char ascii[512];
    size_t n = 0;

    if (v != NULL) {
        return v;
    }
    for (; n + 1 < sizeof ascii && text[n] != '\0'; n++) {
        ascii[n] = (char)(text[n] >= 0x20 && text[n] < 0x7F ? text[n] : '?');
    }
    ascii[n] = '\0';
    return json_string(ascii);
}

sc_err sc_control_fault_make(json_t **out, const sc_fault *f)
{
    size_t code = (size_t)f->code < SC_N_ERRORS ? (size_t)f->code : SC_E_BUG;

    *out =
        json_pack("{s:s,s:o,s:o,s:o,s:I,s:I,s:o,s:o}", "code", code_names[code],
                  "party", text_value(f->party), "phase", text_value(f->phase),
                  "file", text_value(f->file), "line", (json_int_t)f->line,
                  "column", (json_int_t)f->column, "text", text_value(f->text),
                  "remedy", text_value(f->remedy));
    return *out == NULL ? SC_E_MEM : SC_OK;
}

sc_err sc_control_fault_take(sc_fault *f, const json_t *v)
{
    static const char *const keys[] = {"code", "party",  "phase",
                                       "file", "line",   "column",
                                       "text", "remedy", NULL};
    const char *code, *party, *phase, *file, *text, *remedy;
    int64_t line, column;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_only(v, keys));
    SC_TRY(sc_json_str(&code, v, "code"));
    SC_TRY(sc_json_str(&party, v, "party"));
    SC_TRY(sc_json_str(&phase, v, "phase"));
    SC_TRY(sc_json_str(&file, v, "file"));
    SC_TRY(sc_json_str(&text, v, "text"));
    SC_TRY(sc_json_str(&remedy, v, "remedy"));
    SC_TRY(sc_json_int(&line, v, "line", 0, UINT32_MAX));
    SC_TRY(sc_json_int(&column, v, "column", 0, UINT32_MAX));
    for (int e = SC_OK + 1; e < SC_N_ERRORS; e++) {
        if (strcmp(code, code_names[e]) == 0) {
            (void)sc_fault_set(f, (sc_err)e, "%s", text);
            sc_fault_party(f, party);
            sc_fault_phase(f, phase);
            sc_fault_at(f, file, (unsigned)line, (unsigned)column);
            sc_fault_remedy(f, "%s", remedy);
            return SC_OK;
        }
    }
    err = SC_E_WIRE;
out:
    return err;
}

/* ---- replies: any thread ---------------------------------------------- */

/* Queue {key: value}; value is taken. */
static sc_err put_reply(sc_control *c, const sc_control_client *to,
                        const char *key, json_t *take_value,
                        uint64_t deadline_ms)
{
    json_t *frame = json_pack("{s:o}", key, take_value);
    reply *r = sc_alloc(1, sizeof *r);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(frame != NULL && r != NULL, SC_E_MEM);
    r->to = *to;
    r->text = json_dumps(frame, JSON_COMPACT);
    SC_REQUIRE(r->text != NULL, SC_E_MEM);
    r->len = strlen(r->text);
    SC_REQUIRE(r->len <= SC_CONTROL_MAX_REPLY, SC_E_ARG);
    SC_TRY(sc_queue_put(c->replies, r, deadline_ms));
    r = NULL;
    err = SC_OK;
out:
    json_decref(frame);
    if (r != NULL) {
        reply_free(r);
    }
    return err;
}

void sc_control_progress(sc_control *c, const sc_control_client *to,
                         json_t *take_progress)
{
    (void)!put_reply(c, to, "progress", take_progress, 0);
}

sc_err sc_control_fail(sc_control *c, const sc_control_client *to,
                       const sc_fault *fault)
{
    json_t *v = NULL;
    sc_err err = sc_control_fault_make(&v, fault);

    return err != SC_OK ? err
                        : put_reply(c, to, "fault", v, sc_clock_ms() + PUT_MS);
}

sc_err sc_control_ok(sc_control *c, const sc_control_client *to,
                     json_t *take_ok)
{
    sc_err err = put_reply(c, to, "ok", take_ok, sc_clock_ms() + PUT_MS);
    sc_fault why = {0};

    if (err == SC_E_ARG) {
        (void)sc_fault_set(&why, SC_E_ARG, "the answer is larger than %zu MiB",
                           SC_CONTROL_MAX_REPLY >> 20);
        sc_fault_remedy(&why, "group by less, or select fewer columns");
        err = sc_control_fail(c, to, &why);
    }
    return err;
}

/* ---- the polling thread ----------------------------------------------- */

/* Who left, or does not read, loses the reply: `result` still has it. */
static void send_reply(sc_control *c, const reply *r)
{
    if (zmq_send(c->router, r->to.id, r->to.len, ZMQ_SNDMORE) >= 0) {
        (void)zmq_send(c->router, r->text, r->len, 0);
    }
}

/* SC_E_CANCELLED once stopped and empty. */
static sc_err send_replies(sc_control *c)
{
    for (;;) {
        void *item = NULL;
        sc_err err = sc_queue_take(c->replies, &item, 0);

        if (err != SC_OK) {
            return err == SC_E_TIMEOUT ? SC_OK : err;
        }
        send_reply(c, item);
        reply_free(item);
    }
}

/* All parts of a message; the first is the client, the second the request.
 * SC_E_NOT_FOUND: nothing waits. SC_E_WIRE: not two parts, or no client. */
static sc_err take_parts(sc_control *c, sc_control_client *from,
                         zmq_msg_t *request)
{
    int more = 1, is_good = 1;

    from->len = 0;
    for (size_t part = 0; more; part++) {
        zmq_msg_t m;

        (void)zmq_msg_init(&m);
        if (zmq_msg_recv(&m, c->router, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&m);
            return SC_E_NOT_FOUND;
        }
        more = zmq_msg_more(&m);
        if (part == 0 && zmq_msg_size(&m) <= sizeof from->id) {
            from->len = zmq_msg_size(&m);
            memcpy(from->id, zmq_msg_data(&m), from->len);
        } else if (part == 1) {
            (void)zmq_msg_move(request, &m);
        }
        is_good = is_good && (part == 0 ? from->len > 0 : part == 1);
        (void)zmq_msg_close(&m);
    }
    return is_good ? SC_OK : SC_E_WIRE;
}

static sc_err check_request(const char **op, json_t **request, sc_bytes text,
                            sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_parse(request, text, SC_CONTROL_MAX_REQUEST, why));
    if (!json_is_object(*request) || sc_json_str(op, *request, "op") != SC_OK ||
        strlen(*op) > MAX_OP) {
        err = sc_fault_set(why, SC_E_WIRE, "a request has no \"op\"");
        goto out;
    }
    err = SC_OK;
out:
    return err;
}

/* One request, if one waits. */
static sc_err take_request(sc_control *c, sc_control_request fn, void *ctx)
{
    sc_control_client from;
    zmq_msg_t m;
    json_t *request = NULL;
    const char *op = NULL;
    sc_fault why = {0};
    sc_err err = SC_E_BUG;

    (void)zmq_msg_init(&m);
    err = take_parts(c, &from, &m);
    SC_REQUIRE(err != SC_E_NOT_FOUND, err);
    if (err == SC_OK) {
        sc_bytes text = {zmq_msg_data(&m), zmq_msg_size(&m)};

        err = check_request(&op, &request, text, &why);
    } else {
        (void)sc_fault_set(&why, err, "a request is not one frame");
    }
    if (err == SC_OK) {
        fn(ctx, &from, op, request);
    } else if (from.len > 0) {
        (void)!sc_control_fail(c, &from, &why);
    }
    err = SC_OK;
out:
    json_decref(request);
    (void)zmq_msg_close(&m);
    return err;
}

sc_err sc_control_poll(sc_control *c, uint64_t timeout_ms,
                       sc_control_request fn, void *ctx, sc_fault *why)
{
    zmq_pollitem_t items[] = {
        {.socket = c->router, .events = ZMQ_POLLIN},
        {.fd = sc_queue_fd(c->replies), .events = ZMQ_POLLIN},
    };
    long wait = timeout_ms > INT32_MAX ? INT32_MAX : (long)timeout_ms;

    if (zmq_poll(items, 2, wait) < 0 && errno != EINTR) {
        return sc_fault_set(why, SC_E_IO, "the control socket fails: %s",
                            zmq_strerror(errno));
    }
    for (int i = 0; i < MAX_AT_ONCE && take_request(c, fn, ctx) == SC_OK; i++) {
    }
    return send_replies(c);
}
