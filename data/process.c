/* data/process.c: start, ask, kill. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "data/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define CHILD_FD      3
#define CHILD_FD_TEXT "3"
#define MAX_WORDS     4096 /* bytes of a FAULT */
#define SLICE_MS      100  /* between two looks at p->stop */

/* ---- start ----------------------------------------------------------- */

/* Nothing of ours but the socket; what the child writes to its standard error
 * may come from the data, so nobody is to see it. */
static int set_files(posix_spawn_file_actions_t *files, int fd)
{
#ifdef __SANITIZE_ADDRESS__ /* but a sanitizer's words are ours */
    int has_stderr = 1;
#else
    int has_stderr = 0;
#endif

    return posix_spawn_file_actions_adddup2(files, fd, CHILD_FD) != 0 ||
           posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0) !=
               0 ||
           posix_spawn_file_actions_adddup2(files, 0, 1) != 0 ||
           (!has_stderr && posix_spawn_file_actions_adddup2(files, 0, 2) != 0);
}

/* No signal of the node blocked or ignored, and none from its terminal. */
static int set_signals(posix_spawnattr_t *attr)
{
    sigset_t none, most;

    (void)sigemptyset(&none);
    (void)sigfillset(&most);
    (void)sigdelset(&most, SIGKILL);
    (void)sigdelset(&most, SIGSTOP);
    return posix_spawnattr_setsigmask(attr, &none) != 0 ||
           posix_spawnattr_setsigdefault(attr, &most) != 0 ||
           posix_spawnattr_setpgroup(attr, 0) != 0 ||
           posix_spawnattr_setflags(attr, (short)(POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSIGDEF |
                                                  POSIX_SPAWN_SETPGROUP)) != 0;
}

static int spawn(pid_t *pid, const char *program, const char *duckdb, int fd)
{
    char name[] = "sharechain", verb[] = "engine", number[] = CHILD_FD_TEXT;
    char path[PATH_MAX], *argv[] = {name, verb, number, NULL, NULL};
    char *no_environment[] = {NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    int failed;

    if (duckdb != NULL) {
        if (strlen(duckdb) >= sizeof path) {
            return ENAMETOOLONG;
        }
        memcpy(path, duckdb, strlen(duckdb) + 1);
        argv[3] = path;
    }
    if (posix_spawn_file_actions_init(&files) != 0) {
        return ENOMEM;
    }
    if (posix_spawnattr_init(&attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    failed =
        set_files(&files, fd) || set_signals(&attr)
            ? ENOMEM
            : posix_spawn(pid, program, &files, &attr, argv, no_environment);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&files);
    return failed;
}

sc_err sc_process_start(sc_process *p, const char *program, const char *duckdb,
                        sc_fault *why)
{
    int ends[2], failed;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return sc_fault_set(why, SC_E_IO, "no socket for the engine: %s",
                            strerror(errno));
    }
    failed = spawn(&p->pid, program, duckdb, ends[1]);
    (void)close(ends[1]);
    if (failed != 0) {
        (void)close(ends[0]);
        p->pid = 0;
        return sc_fault_set(why, SC_E_CONFIG, "cannot start %.200s engine: %s",
                            program, strerror(failed));
    }
    p->fd = ends[0];
    return SC_OK;
}

/* ---- end ------------------------------------------------------------- */

static int reap(sc_process *p, int how)
{
    int status = 0;
    pid_t pid;

    do {
        pid = waitpid(p->pid, &status, how);
    } while (pid < 0 && errno == EINTR);
    if (pid == 0) {
        return -1;
    }
    (void)close(p->fd);
    p->pid = 0;
    p->fd = -1;
    return status;
}

void sc_process_stop(sc_process *p)
{
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        (void)reap(p, 0);
    }
}

int sc_process_is_gone(sc_process *p)
{
    return p->pid <= 0 || reap(p, WNOHANG) >= 0;
}

/* ---- ask ------------------------------------------------------------- */

static sc_err wait_for(const sc_process *p, short what, uint64_t deadline_ms)
{
    for (;;) {
        uint64_t left = sc_clock_left(deadline_ms);
        struct pollfd fd = {p->fd, what, 0};
        int n;

        if (left == 0) {
            return SC_E_TIMEOUT;
        }
        if (p->stop != NULL && atomic_load(p->stop)) {
            return SC_E_CANCELLED;
        }
        n = poll(&fd, 1, left > SLICE_MS ? SLICE_MS : (int)left);
        if (n > 0) {
            return SC_OK;
        }
        if (n < 0 && errno != EINTR) {
            return SC_E_IO;
        }
    }
}

static sc_err send_all(const sc_process *to, const uint8_t *p, size_t len,
                       uint64_t deadline_ms)
{
    while (len > 0) {
        ssize_t n = send(to->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        sc_err err;

        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return SC_E_IO;
        }
        if (n < 0) {
            err = wait_for(to, POLLOUT, deadline_ms);
            if (err != SC_OK) {
                return err;
            }
            continue;
        }
        p += n;
        len -= (size_t)n;
    }
    return SC_OK;
}

static sc_err take_all(const sc_process *from, uint8_t *p, size_t len,
                       uint64_t deadline_ms)
{
    while (len > 0) {
        sc_err err = wait_for(from, POLLIN, deadline_ms);
        ssize_t n;

        if (err != SC_OK) {
            return err;
        }
        n = recv(from->fd, p, len, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            return SC_E_IO;
        }
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return SC_OK;
}

static sc_err exchange(sc_process *p, sc_buf *answer, sc_engine_kind *got,
                       sc_engine_kind want, size_t max, sc_engine_kind kind,
                       sc_bytes body, uint64_t deadline_ms)
{
    uint8_t head[SC_ENGINE_HEAD_LEN];
    size_t len;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(body.len <= SC_ENGINE_MAX_ASK, SC_E_ARG);
    sc_store_le64(head, (uint64_t)body.len << 32 | (uint64_t)kind);
    SC_TRY(send_all(p, head, sizeof head, deadline_ms));
    SC_TRY(send_all(p, body.p, body.len, deadline_ms));
    SC_TRY(take_all(p, head, sizeof head, deadline_ms));
    *got = (sc_engine_kind)(sc_load_le64(head) & UINT32_MAX);
    len = (size_t)(sc_load_le64(head) >> 32);
    SC_REQUIRE(*got == want || *got == SC_ENGINE_FAULT, SC_E_WIRE);
    SC_REQUIRE(len <= (*got == want ? max : MAX_WORDS), SC_E_WIRE);
    sc_buf_reset(answer);
    SC_TRY(sc_buf_reserve(answer, len));
    SC_TRY(take_all(p, answer->p, len, deadline_ms));
    answer->len = len;
    err = SC_OK;
out:
    return err;
}

static sc_err give_up(sc_process *p, sc_err err, sc_fault *why)
{
    int status;

    if (err != SC_E_IO) {
        sc_process_stop(p);
        return err == SC_E_TIMEOUT
                   ? sc_fault_set(why, err, "the engine did not finish in time")
               : err == SC_E_WIRE ? sc_fault_set(why, SC_E_CORRUPT,
                                                 "the engine answered nonsense")
                                  : sc_fault_from(why, err);
    }
    (void)kill(p->pid, SIGKILL); /* it hung up; it may still be there */
    status = reap(p, 0);
    return sc_fault_set(why, SC_E_CORRUPT, "the engine ended (%s %d)",
                        WIFSIGNALED(status) ? "signal" : "status",
                        WIFSIGNALED(status) ? WTERMSIG(status)
                                            : WEXITSTATUS(status));
}

sc_err sc_process_ask(sc_process *p, sc_buf *answer, sc_engine_kind want,
                      size_t max, sc_engine_kind kind, sc_bytes body,
                      uint64_t deadline_ms, sc_fault *why)
{
    sc_engine_kind got = want;
    sc_err err = exchange(p, answer, &got, want, max, kind, body, deadline_ms);

    if (err != SC_OK) {
        return give_up(p, err, why);
    }
    if (got == SC_ENGINE_FAULT) {
        char words[sizeof why->text];

        sc_engine_get_words(words, sizeof words, sc_buf_bytes(answer));
        return sc_fault_set(why, SC_E_REFUSED, "%s", words);
    }
    return SC_OK;
}
