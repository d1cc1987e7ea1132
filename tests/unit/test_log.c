/* tests/unit/test_log.c: standard error is a pipe while a line is written. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/kat.h"

#define WHEN_LEN 20 /* 2026-11-21T10:00:00Z */

typedef struct {
    int saved, read_end;
} capture;

static capture capture_begin(void)
{
    capture c;
    int ends[2];

    CHECK(pipe(ends) == 0);
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    c.saved = dup(STDERR_FILENO);
    c.read_end = ends[0];
    CHECK(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    return c;
}

/* What was written since, NUL-terminated. */
static void capture_end(capture c, char *out, size_t size)
{
    size_t len = 0;
    ssize_t n;

    dup2(c.saved, STDERR_FILENO);
    close(c.saved);
    while ((n = read(c.read_end, out + len, size - 1 - len)) > 0) {
        len += (size_t)n;
    }
    close(c.read_end);
    out[len] = '\0';
}

static void test_a_line(void **state)
{
    sc_log log = {.who = "alice", .least = SC_LOG_DEBUG};
    sc_log nobody = {.who = "", .least = SC_LOG_DEBUG};
    char out[4096];
    capture c;

    (void)state;
    c = capture_begin();
    sc_log_line(&log, SC_LOG_INFO, "net", "%s linked", "bob");
    capture_end(c, out, sizeof out);
    CHECK(out[4] == '-' && out[10] == 'T' && out[19] == 'Z');
    CHECK_STR(out + WHEN_LEN, " alice info net: bob linked\n");

    c = capture_begin();
    sc_log_line(&nobody, SC_LOG_ERROR, "job", "%d", 7);
    capture_end(c, out, sizeof out);
    CHECK_STR(out + WHEN_LEN, " error job: 7\n");
}

static void test_level_from_the_environment(void **state)
{
    static const struct {
        const char *text;
        sc_log_level least;
    } cases[] = {{"debug", SC_LOG_DEBUG}, {"info", SC_LOG_INFO},
                 {"warn", SC_LOG_WARN},   {"error", SC_LOG_ERROR},
                 {"", SC_LOG_INFO},       {"DEBUG", SC_LOG_INFO}};

    (void)state;
    CHECK(unsetenv("SC_LOG") == 0);
    CHECK_U64(sc_log_make("a").least, SC_LOG_INFO);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(setenv("SC_LOG", cases[i].text, 1) == 0);
        CHECK_U64(sc_log_make("a").least, cases[i].least);
    }
    CHECK(unsetenv("SC_LOG") == 0);
    CHECK_STR(sc_log_make("alice").who, "alice");
    CHECK_U64(strlen(
                  sc_log_make("0123456789012345678901234567890123456789").who),
              31);
}

static void test_below_the_level_is_silent(void **state)
{
    char out[4096];

    (void)state;
    for (int least = SC_LOG_DEBUG; least <= SC_LOG_ERROR; least++) {
        sc_log log = {.who = "a", .least = (sc_log_level)least};

        for (int level = SC_LOG_DEBUG; level <= SC_LOG_ERROR; level++) {
            capture c = capture_begin();

            sc_log_line(&log, (sc_log_level)level, "m", "x");
            sc_log_line(NULL, (sc_log_level)level, "m", "x");
            capture_end(c, out, sizeof out);
            CHECK((out[0] != '\0') == (level >= least));
        }
    }
}

/* Any length ends in one newline, at the end; control bytes are made '?'. */
static void test_a_line_stays_a_line(void **state)
{
    sc_log log = {.who = "alice", .least = SC_LOG_DEBUG};
    char out[8192], text[3000];
    capture c;

    (void)state;
    for (size_t len = 0; len < sizeof text;
         len += len < 900 ? 53 : 1 + len / 9) {
        memset(text, 'x', len);
        text[len] = '\0';
        c = capture_begin();
        sc_log_line(&log, SC_LOG_INFO, len % 2 == 0 ? "m" : text, "%s", text);
        capture_end(c, out, sizeof out);
        CHECK(strlen(out) <= 1024);
        CHECK(strchr(out, '\n') == out + strlen(out) - 1);
        if (len < 900 && len % 2 == 0) {
            CHECK_U64(strspn(strchr(out, 'm') + 3, "x"), len);
        }
    }
    c = capture_begin();
    sc_log_line(&log, SC_LOG_INFO, "m", "a\nb\rc\033[1m\177\t");
    capture_end(c, out, sizeof out);
    CHECK_STR(out + WHEN_LEN, " alice info m: a?b?c?[1m??\n");
}

static void *write_lines(void *arg)
{
    for (int i = 0; i < 50; i++) {
        sc_log_line(arg, SC_LOG_INFO, "m", "0123456789012345678901234567");
    }
    return NULL;
}

static void test_threads_do_not_mix(void **state)
{
    static char out[1 << 16];
    sc_log log = {.who = "alice", .least = SC_LOG_DEBUG};
    capture c = capture_begin();
    pthread_t threads[4];
    size_t n_lines = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, write_lines, &log) == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    capture_end(c, out, sizeof out);
    for (char *line = out; *line != '\0'; n_lines++) {
        char *end = strchr(line, '\n');

        CHECK(end != NULL);
        *end = '\0';
        CHECK_STR(line + WHEN_LEN,
                  " alice info m: 0123456789012345678901234567");
        line = end + 1;
    }
    CHECK_U64(n_lines, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line),
        cmocka_unit_test(test_level_from_the_environment),
        cmocka_unit_test(test_below_the_level_is_silent),
        cmocka_unit_test(test_a_line_stays_a_line),
        cmocka_unit_test(test_threads_do_not_mix),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
