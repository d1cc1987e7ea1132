/* tests/unit/test_receipt_export.c: `receipt export` against a node that answers as it
 * should, and one that does not, or leaves in the middle: a whole file, or none and
 * nothing beside it. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "job/node/control.h"
#include "job/node/stored.h"
#include "tests/folder.h"
#include "tests/kat.h"

#define ID   "00112233445566778899aabbccddeeff"
#define LINE "{\"type\":\"a line\"}\n"
#define REST (2 * SC_STORED_PAGE + 777) /* three pages */

/* What the node does at the second page. */
typedef enum {
    GOOD,
    SHORT,
    LONG,
    NO_BASE64,
    NO_TEXT,
    ERASED,
    SIGNAL, /* to us: and answers as it should */
    LEAVE,
    N_WAYS
} way;

/* What the command says then. */
static const char *const words[N_WAYS] = {
    "",
    "is not the 1048576 bytes that were asked for",
    "is not the 1048576 bytes that were asked for",
    "is not the 1048576 bytes that were asked for",
    "is not the 1048576 bytes that were asked for",
    "is not here any more",
    "stopped by a signal",
    "the node ended before it answered",
};

typedef struct {
    sc_control *c;
    pthread_t thread;
    way way;
    int is_apart;
    atomic_size_t n_pages;
    uint8_t rest[REST];
} node;

/* ---- what the command says ----------------------------------------------------- */

static sc_fault said;

int sc_cli_fail(const sc_fault *why)
{
    said = *why;
    return sc_err_exit_status(why->code);
}

int sc_cli_fail_all(const sc_faults *faults, sc_err err)
{
    (void)faults;
    return sc_err_exit_status(err);
}

/* ---- the node ----------------------------------------------------------------- */

static json_t *page(const node *n, size_t at, size_t len)
{
    sc_buf text = {0};
    json_t *v;

    CHECK(at + len <= REST);
    CHECK_OK(sc_base64_put(&text, (sc_bytes){n->rest + at, len}));
    v = json_pack("{s:s%}", "rest", (char *)text.p, text.len);
    sc_buf_clear(&text);
    return v;
}

/* Of a page that is not the first. */
static sc_err answer_by_way(node *n, const sc_control_client *to, size_t at,
                            size_t len)
{
    sc_fault why = {0};

    switch (n->way) {
    case SHORT:
        return sc_control_ok(n->c, to, page(n, at, len - 1));
    case LONG:
        return sc_control_ok(n->c, to, page(n, at - 1, len + 1));
    case NO_BASE64:
        return sc_control_ok(n->c, to, json_pack("{s:s}", "rest", "a b"));
    case NO_TEXT:
        return sc_control_ok(n->c, to, json_pack("{s:i}", "rest", 7));
    case ERASED:
        (void)sc_fault_set(&why, SC_E_NOT_FOUND,
                           "what the result was made of is not here any more");
        return sc_control_fail(n->c, to, &why);
    case LEAVE:
        sc_control_stop(n->c);
        return SC_OK;
    case SIGNAL:
        CHECK(kill(getpid(), SIGTERM) == 0);
        return sc_control_ok(n->c, to, page(n, at, len));
    default:
        return sc_control_ok(n->c, to, page(n, at, len));
    }
}

static void on_request(void *ctx, const sc_control_client *from, const char *op,
                       const json_t *request)
{
    node *n = ctx;
    json_int_t at = json_integer_value(json_object_get(request, "at"));
    size_t left = REST - (size_t)at;

    CHECK_STR(json_string_value(json_object_get(request, "id")), ID);
    if (strcmp(op, "receipt") == 0) {
        CHECK_OK(sc_control_ok(
            n->c, from,
            n->is_apart ? json_pack("{s:s,s:s,s:i,s:b}", "id", ID, "line", LINE,
                                    "rest", (int)REST, "first", 1)
                        : json_pack("{s:s,s:b}", "bundle", LINE, "first", 1)));
        return;
    }
    CHECK_STR(op, "receipt_rest");
    CHECK_U64((size_t)at, n->n_pages * SC_STORED_PAGE);
    n->n_pages++;
    left = left < SC_STORED_PAGE ? left : SC_STORED_PAGE;
    CHECK_OK(at == 0 ? sc_control_ok(n->c, from, page(n, 0, left))
                     : answer_by_way(n, from, (size_t)at, left));
}

static void *serve(void *arg)
{
    node *n = arg;
    sc_fault why = {0};

    while (sc_control_poll(n->c, 50, on_request, n, &why) == SC_OK) {
    }
    sc_control_free(&n->c);
    return NULL;
}

/* Signals are for the thread that exports, as in the command. */
static void node_start(node *n, const char *dir, way how, int is_apart)
{
    sigset_t all, before;

    *n = (node){.way = how, .is_apart = is_apart};
    for (size_t i = 0; i < REST; i++) {
        n->rest[i] = (uint8_t)(i * 31 + (i >> 12));
    }
    CHECK_OK(sc_control_new(&n->c, dir, NULL));
    (void)sigfillset(&all);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    CHECK(pthread_create(&n->thread, NULL, serve, n) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

static void node_end(node *n)
{
    if (n->way != LEAVE) {
        sc_control_stop(n->c);
    }
    CHECK(pthread_join(n->thread, NULL) == 0);
}

/* ---- the command --------------------------------------------------------------- */

static int export(const char *dir, const char *path, const char *option)
{
    char socket[300], a[] = "export", b[] = "--socket", c[] = "--with-result",
                      d[] = "--output", e[300], f[] = ID, g[40];
    char *argv[] = {a, b, socket, c, d, e, f, g, NULL};

    (void)snprintf(socket, sizeof socket, "%s/node.sock", dir);
    (void)snprintf(e, sizeof e, "%s", path);
    (void)snprintf(g, sizeof g, "%s", option == NULL ? "" : option);
    return sc_command_receipt_export.run(option == NULL ? 7 : 8, argv);
}

/* Files in the folder but the socket. */
static size_t count_files(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    size_t n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        n += e->d_name[0] != '.' && strcmp(e->d_name, SC_CONTROL_SOCKET) != 0;
    }
    CHECK(closedir(d) == 0);
    return n;
}

static void check_file(const char *path, const node *n)
{
    const size_t len = strlen(LINE);
    sc_buf got = {0};
    struct stat st;

    CHECK_OK(sc_file_read(&got, path, len + REST, NULL));
    CHECK_U64(got.len, len + (n->is_apart ? REST : 0));
    CHECK_BYTES(got.p, LINE, len);
    if (n->is_apart) {
        CHECK_BYTES(got.p + len, n->rest, REST);
    }
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    sc_buf_clear(&got);
}

static void test_whole(void **state)
{
    node *n = sc_alloc(1, sizeof *n);
    char path[300];

    assert_non_null(n);
    (void)snprintf(path, sizeof path, "%s/file", (const char *)*state);
    for (int is_apart = 0; is_apart < 2; is_apart++) {
        node_start(n, *state, GOOD, is_apart);
        CHECK(export(*state, path, NULL) == 0);
        CHECK_U64(n->n_pages, is_apart ? 3 : 0);
        check_file(path, n);
        CHECK_U64(count_files(*state), 1);
        CHECK(export(*state, path, NULL) == 2); /* it is there already */
        check_file(path, n);
        n->n_pages = 0;
        CHECK(export(*state, path, "--force") == 0);
        check_file(path, n);
        node_end(n);
        CHECK(unlink(path) == 0);
    }
    sc_free(n);
}

/* No file, and nothing beside it; an old one stays. */
static void test_half(void **state)
{
    node *n = sc_alloc(1, sizeof *n);
    char path[300];
    sc_buf got = {0};

    assert_non_null(n);
    (void)snprintf(path, sizeof path, "%s/file", (const char *)*state);
    for (way w = SHORT; w < N_WAYS; w++) {
        node_start(n, *state, w, 1);
        CHECK(export(*state, path, NULL) != 0);
        if (strstr(said.text, words[w]) == NULL) {
            fail_msg("%d: %s", (int)w, said.text);
        }
        CHECK_U64(n->n_pages, 2);
        CHECK_U64(count_files(*state), 0);
        node_end(n);
    }
    sc_folder_write(*state, "file", "old");
    node_start(n, *state, SHORT, 1);
    CHECK(export(*state, path, "--force") != 0);
    CHECK_OK(sc_file_read(&got, path, 9, NULL));
    CHECK_U64(got.len, 3);
    CHECK_U64(count_files(*state), 1);
    node_end(n);
    sc_buf_clear(&got);
    sc_free(n);
}

int main(void)
{
#define TEST(t)                                                                \
    cmocka_unit_test_setup_teardown(t, sc_folder_setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {TEST(test_whole), TEST(test_half)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
