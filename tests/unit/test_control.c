/* tests/unit/test_control.c: a node's control thread and its users, good and
 * hostile, in one process. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "job/node/control.h"
#include "net/zmq.h"
#include "tests/folder.h"
#include "tests/kat.h"

#define SOON (sc_clock_ms() + 5000)

/* A node that answers by the request's "op". */
typedef struct {
    sc_control *c;
    pthread_t thread;
    atomic_int n_requests;
    sc_control_client last; /* of "late"; read by its thread */
    pthread_t late;
    int has_late;
} node;

static void *answer_late(void *arg)
{
    node *n = arg;

    for (int i = 1; i <= 3; i++) {
        sc_control_progress(n->c, &n->last,
                            json_pack("{s:s,s:i}", "phase", "load", "bytes",
                                      i));
    }
    sc_clock_sleep_ms(20);
    (void)!sc_control_ok(n->c, &n->last, json_pack("{s:s}", "by", "thread"));
    return NULL;
}

static void on_request(void *ctx, const sc_control_client *from, const char *op,
                       const json_t *request)
{
    node *n = ctx;
    sc_fault why = {0};

    n->n_requests++;
    if (strcmp(op, "echo") == 0) {
        CHECK_OK(sc_control_ok(n->c, from, json_deep_copy(request)));
    } else if (strcmp(op, "late") == 0) {
        n->last = *from;
        n->has_late = pthread_create(&n->late, NULL, answer_late, n) == 0;
    } else if (strcmp(op, "refuse") == 0) {
        (void)sc_fault_set(&why, SC_E_REFUSED, "no \xe2\x82\xac, no");
        sc_fault_party(&why, "bob");
        sc_fault_phase(&why, "consent");
        sc_fault_at(&why, "query", 3, 7);
        sc_fault_remedy(&why, "ask bob");
        CHECK_OK(sc_control_fail(n->c, from, &why));
    } else if (strcmp(op, "big") == 0) {
        char *text = malloc(3000001);

        memset(text, 'x', 3000000);
        text[3000000] = '\0';
        CHECK_OK(sc_control_ok(n->c, from, json_string(text)));
        free(text);
    } /* "silence": nothing */
}

static void *serve(void *arg)
{
    node *n = arg;
    sc_fault why = {0};

    while (sc_control_poll(n->c, 50, on_request, n, &why) == SC_OK) {
    }
    return NULL;
}

static void node_start(node *n, const char *dir)
{
    *n = (node){0};
    CHECK_OK(sc_control_new(&n->c, dir, NULL));
    CHECK(pthread_create(&n->thread, NULL, serve, n) == 0);
}

static void node_end(node *n)
{
    sc_control_stop(n->c);
    CHECK(pthread_join(n->thread, NULL) == 0);
    if (n->has_late) {
        CHECK(pthread_join(n->late, NULL) == 0);
    }
    sc_control_free(&n->c);
    CHECK(n->c == NULL);
    sc_control_free(&n->c);
}

/* ---- good users ------------------------------------------------------- */

static sc_err ask(json_t **ok, const char *dir, const char *op, sc_fault *why)
{
    json_t *request = json_pack("{s:s,s:s}", "op", op, "sql", "SELECT 1");
    sc_err err = sc_control_ask(ok, dir, request, SOON, NULL, NULL, why);

    json_decref(request);
    return err;
}

static void count_progress(void *ctx, const json_t *progress)
{
    json_int_t *sum = ctx;

    CHECK_STR(json_string_value(json_object_get(progress, "phase")), "load");
    *sum = 10 * *sum + json_integer_value(json_object_get(progress, "bytes"));
}

static void test_ask(void **state)
{
    node n;
    json_t *ok = NULL, *request = json_pack("{s:s}", "op", "late");
    json_int_t sum = 0;
    sc_fault why = {0};

    node_start(&n, *state);
    CHECK_OK(ask(&ok, *state, "echo", &why));
    CHECK_STR(json_string_value(json_object_get(ok, "sql")), "SELECT 1");
    json_decref(ok);
    CHECK_OK(
        sc_control_ask(&ok, *state, request, SOON, count_progress, &sum, &why));
    CHECK_STR(json_string_value(json_object_get(ok, "by")), "thread");
    CHECK_I64(sum, 123);
    json_decref(ok);
    CHECK_OK(ask(&ok, *state, "big", &why));
    CHECK_U64(json_string_length(ok), 3000000);
    json_decref(ok);
    CHECK_I64(n.n_requests, 3);
    node_end(&n);
    json_decref(request);
}

static void test_fault(void **state)
{
    node n;
    json_t *ok = NULL;
    sc_fault why = {0};

    node_start(&n, *state);
    CHECK_ERR(SC_E_REFUSED, ask(&ok, *state, "refuse", &why));
    CHECK(ok == NULL);
    CHECK_STR(why.text, "no \xe2\x82\xac, no");
    CHECK_STR(why.party, "bob");
    CHECK_STR(why.phase, "consent");
    CHECK_STR(why.file, "query");
    CHECK_U64(why.line, 3);
    CHECK_U64(why.column, 7);
    CHECK_STR(why.remedy, "ask bob");
    node_end(&n);
}

#define N_USERS 6

static void *user(void *arg)
{
    for (int i = 0; i < 10; i++) {
        json_t *ok = NULL;

        if (ask(&ok, arg, "echo", NULL) != SC_OK) {
            return arg;
        }
        json_decref(ok);
    }
    return NULL;
}

static void test_many(void **state)
{
    node n;
    pthread_t users[N_USERS];

    node_start(&n, *state);
    for (int i = 0; i < N_USERS; i++) {
        CHECK(pthread_create(&users[i], NULL, user, *state) == 0);
    }
    for (int i = 0; i < N_USERS; i++) {
        void *failed = NULL;

        CHECK(pthread_join(users[i], &failed) == 0);
        CHECK(failed == NULL);
    }
    CHECK_I64(n.n_requests, N_USERS * 10);
    node_end(&n);
}

static void test_permissions(void **state)
{
    node n;
    struct stat st;

    node_start(&n, *state);
    CHECK(stat(sc_control_path(n.c), &st) == 0);
    CHECK(S_ISSOCK(st.st_mode));
    CHECK_U64(st.st_mode & 07777, 0600);
    node_end(&n);
}

/* ---- no node, or one that goes away ----------------------------------- */

static void test_no_node(void **state)
{
    json_t *ok = NULL;
    sc_fault why = {0};
    node n;

    CHECK_ERR(SC_E_IO, ask(&ok, *state, "echo", &why));
    CHECK_STR(why.text, "no node is running here");
    CHECK(strstr(why.remedy, "sharechain serve") != NULL);
    sc_folder_write(*state, SC_CONTROL_SOCKET, "a file in its place");
    CHECK_ERR(SC_E_IO, ask(&ok, *state, "echo", &why));
    /* What a node that died left behind does not stop the next. */
    node_start(&n, *state);
    CHECK_OK(ask(&ok, *state, "echo", &why));
    json_decref(ok);
    node_end(&n);
    CHECK_ERR(SC_E_IO, ask(&ok, *state, "echo", &why));
}

static void test_silence(void **state)
{
    json_t *ok = NULL, *request = json_pack("{s:s}", "op", "silence");
    sc_fault why = {0};
    node n;

    node_start(&n, *state);
    CHECK_ERR(SC_E_TIMEOUT,
              sc_control_ask(&ok, *state, request, sc_clock_ms() + 100, NULL,
                             NULL, &why));
    CHECK(ok == NULL);
    node_end(&n);
    json_decref(request);
}

static void *end_soon(void *arg)
{
    node *n = arg;

    while (n->n_requests == 0) {
        sc_clock_sleep_ms(5);
    }
    node_end(n);
    return NULL;
}

static void test_node_ends(void **state)
{
    json_t *ok = NULL, *request = json_pack("{s:s}", "op", "silence");
    sc_fault why = {0};
    node n;
    pthread_t ender;

    node_start(&n, *state);
    CHECK(pthread_create(&ender, NULL, end_soon, &n) == 0);
    CHECK_ERR(SC_E_IO, sc_control_ask(&ok, *state, request, SC_NO_DEADLINE,
                                      NULL, NULL, &why));
    CHECK(strstr(why.text, "ended before it answered") != NULL);
    CHECK(pthread_join(ender, NULL) == 0);
    json_decref(request);
}

static void test_long_path(void **state)
{
    char name[121], *dir;
    sc_control *c = NULL;
    sc_fault why = {0};
    json_t *ok = NULL;

    memset(name, 'd', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    dir = sc_path_join(*state, name);
    CHECK_OK(sc_dir_make(dir, 0700, NULL));
    CHECK_ERR(SC_E_CONFIG, sc_control_new(&c, dir, &why));
    CHECK(c == NULL);
    CHECK(strstr(why.remedy, "shorter") != NULL);
    CHECK_ERR(SC_E_CONFIG, ask(&ok, dir, "echo", &why));
    sc_free(dir);
    dir = sc_path_join(*state, "absent");
    CHECK_ERR(SC_E_IO, sc_control_new(&c, dir, &why));
    sc_free(dir);
}

/* ---- hostile users ---------------------------------------------------- */

/* A DEALER without manners. */
typedef struct {
    void *context, *socket;
} stranger;

static void stranger_init(stranger *s, const char *dir)
{
    char address[300];
    int linger = 20000, wait = 5000;

    (void)snprintf(address, sizeof address, "ipc://%s/" SC_CONTROL_SOCKET, dir);
    s->context = zmq_ctx_new();
    s->socket = zmq_socket(s->context, ZMQ_DEALER);
    CHECK(zmq_setsockopt(s->socket, ZMQ_LINGER, &linger, sizeof linger) == 0);
    CHECK(zmq_setsockopt(s->socket, ZMQ_RCVTIMEO, &wait, sizeof wait) == 0);
    CHECK(zmq_connect(s->socket, address) == 0);
}

static void stranger_clear(stranger *s)
{
    CHECK(zmq_close(s->socket) == 0);
    CHECK(zmq_ctx_term(s->context) == 0);
}

/* Sends a text, and is told off. */
static void expect_fault(stranger *s, const char *text, size_t len)
{
    char got[2000] = "";
    int n;

    CHECK(zmq_send(s->socket, text, len, 0) == (int)len);
    n = zmq_recv(s->socket, got, sizeof got - 1, 0);
    CHECK(n > 0);
    if (strncmp(got, "{\"fault\":{\"code\":\"SC_E_WIRE\"", 28) != 0) {
        fail_msg("%.20s: %s", text, got);
    }
}

static void test_garbage(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"op\":1}",
        "{\"op\":null}",
        "{\"op\":\"a\"} ,",
        "\"op\"",
        "{\"op\":\"a\",\"op\":\"b\"}",
        "{\"op\":\"a\",\"x\":1.5}",
        "{\"op\":\"a\\u0000\"}",
        "{\"op\":\"\xff\"}",
        "{\"op\":\"a very long name of an operation, too long\"}",
    };
    node n;
    stranger s;
    json_t *ok = NULL;

    node_start(&n, *state);
    stranger_init(&s, *state);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        expect_fault(&s, bad[i], strlen(bad[i]));
    }
    expect_fault(&s, "{\"op\":\"a\"}\0", 11);
    /* more than one frame */
    CHECK(zmq_send(s.socket, "a", 1, ZMQ_SNDMORE) == 1);
    CHECK(zmq_send(s.socket, "b", 1, ZMQ_SNDMORE) == 1);
    expect_fault(&s, "{\"op\":\"echo\"}", 13);
    stranger_clear(&s);
    CHECK_I64(n.n_requests, 0);
    CHECK_OK(ask(&ok, *state, "echo", NULL));
    json_decref(ok);
    node_end(&n);
}

static void test_oversized(void **state)
{
    size_t len = SC_CONTROL_MAX_REQUEST + 1;
    char *text = calloc(1, len), *sql = calloc(1, len);
    node n;
    stranger s;
    json_t *ok = NULL, *request;

    node_start(&n, *state);
    stranger_init(&s, *state);
    memset(text, ' ', len);
    CHECK(zmq_send(s.socket, text, len, 0) == (int)len); /* link is cut */
    stranger_clear(&s);
    CHECK_OK(ask(&ok, *state, "echo", NULL));
    json_decref(ok);
    CHECK_I64(n.n_requests, 1);
    /* The good client does not even send it. */
    memset(sql, 'x', len - 1);
    request = json_pack("{s:s,s:s}", "op", "echo", "sql", sql);
    CHECK_ERR(SC_E_ARG,
              sc_control_ask(&ok, *state, request, SOON, NULL, NULL, NULL));
    json_decref(request);
    node_end(&n);
    free(text);
    free(sql);
}

/* Clients that leave before their answer do not disturb anyone. */
static void test_gone(void **state)
{
    static const char request[] = "{\"op\":\"late\"}";
    const uint64_t until = sc_clock_ms() + 20000;
    node n;
    stranger s;
    json_t *ok = NULL;

    node_start(&n, *state);
    stranger_init(&s, *state);
    CHECK(zmq_send(s.socket, request, sizeof request - 1, 0) > 0);
    stranger_clear(&s);
    while (n.n_requests == 0 && sc_clock_left(until) > 0) {
        sc_clock_sleep_ms(5);
    }
    CHECK_I64(n.n_requests, 1);
    CHECK_OK(ask(&ok, *state, "echo", NULL));
    json_decref(ok);
    node_end(&n);
}

/* ---- a false node ----------------------------------------------------- */

#define FAULT(code, line)                                                      \
    "{\"fault\":{\"code\":\"" code "\",\"party\":\"\",\"phase\":\"\","         \
    "\"file\":\"\",\"line\":" line ",\"column\":0,\"text\":\"\","              \
    "\"remedy\":\"\"}}"

static const char *const false_answers[] = {
    "",
    "x",
    "{}",
    "[]",
    "{\"ok\":1,\"fault\":2}",
    "{\"what\":1}",
    "{\"fault\":{}}",
    FAULT("SC_OK", "0"),
    FAULT("SC_E_NONE", "0"),
    FAULT("SC_E_IO", "-1"),
    "{\"ok\":1.5}",
};

#define N_FALSE (sizeof false_answers / sizeof *false_answers)

static void *serve_falsely(void *router)
{
    for (size_t i = 0; i < N_FALSE; i++) {
        char id[256], text[2000];
        int len = zmq_recv(router, id, sizeof id, 0);

        if (len < 0 || zmq_recv(router, text, sizeof text, 0) < 0 ||
            zmq_send(router, id, (size_t)len, ZMQ_SNDMORE) < 0 ||
            zmq_send(router, false_answers[i], strlen(false_answers[i]), 0) <
                0) {
            return router;
        }
    }
    return NULL;
}

static void test_false_node(void **state)
{
    void *context = zmq_ctx_new(), *router = zmq_socket(context, ZMQ_ROUTER);
    void *failed = NULL;
    int wait = 5000;
    char address[300];
    pthread_t thread;

    (void)snprintf(address, sizeof address, "ipc://%s/" SC_CONTROL_SOCKET,
                   (const char *)*state);
    CHECK(zmq_setsockopt(router, ZMQ_RCVTIMEO, &wait, sizeof wait) == 0);
    CHECK(zmq_bind(router, address) == 0);
    CHECK(pthread_create(&thread, NULL, serve_falsely, router) == 0);
    for (size_t i = 0; i < N_FALSE; i++) {
        json_t *ok = NULL;
        sc_fault why = {0};

        CHECK_ERR(SC_E_WIRE, ask(&ok, *state, "echo", &why));
        CHECK(ok == NULL);
        CHECK(strstr(why.text, "is no node of this version") != NULL);
    }
    CHECK(pthread_join(thread, &failed) == 0);
    CHECK(failed == NULL);
    CHECK(zmq_close(router) == 0);
    CHECK(zmq_ctx_term(context) == 0);
}

/* ---- faults as JSON --------------------------------------------------- */

static void test_fault_json(void **state)
{
    sc_fault f = {0}, back = {0};
    json_t *v = NULL;

    (void)state;
    for (int e = SC_OK + 1; e < SC_N_ERRORS; e++) {
        (void)sc_fault_set(&f, (sc_err)e, "text %d", e);
        CHECK_OK(sc_control_fault_make(&v, &f));
        CHECK_OK(sc_control_fault_take(&back, v));
        CHECK_BYTES(&back, &f, sizeof f);
        json_decref(v);
    }
    /* a text that is not UTF-8 */
    (void)sc_fault_set(&f, SC_E_IO,
                       "a\xe2\x82"
                       "b");
    CHECK_OK(sc_control_fault_make(&v, &f));
    CHECK_OK(sc_control_fault_take(&back, v));
    CHECK_STR(back.text, "a??b");
    json_decref(v);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ask),         TEST(test_fault),     TEST(test_many),
        TEST(test_permissions), TEST(test_no_node),   TEST(test_silence),
        TEST(test_node_ends),   TEST(test_long_path), TEST(test_garbage),
        TEST(test_oversized),   TEST(test_gone),      TEST(test_false_node),
        TEST(test_fault_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
