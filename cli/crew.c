/* cli/crew.c: fork and exec; every child's end is collected on SIGCHLD. */
#include "cli/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define MAX_WORDS      32
#define CANNOT_START   127
#define NOT_A_MEMBER   SIZE_MAX
#define LONGEST_NAP_MS 1000

sc_err sc_crew_init(sc_crew *c, sc_fault *why)
{
    ssize_t n;

    memset(c, 0, sizeof *c);
    n = readlink("/proc/self/exe", c->program, sizeof c->program - 1);
    if (n <= 0 || (size_t)n >= sizeof c->program - 1) {
        return sc_fault_set(why, SC_E_IO, "cannot find this program's file: %s",
                            strerror(errno));
    }
    c->program[n] = '\0';
    (void)sigemptyset(&c->signals);
    (void)sigaddset(&c->signals, SIGINT);
    (void)sigaddset(&c->signals, SIGTERM);
    (void)sigaddset(&c->signals, SIGHUP);
    (void)sigaddset(&c->signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &c->signals, &c->before);
    return SC_OK;
}

/* ---- start ------------------------------------------------------------ */

static int redirect(const char *path, int to)
{
    int fd;

    if (path == NULL) {
        return 1;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd >= 0 && dup2(fd, to) == to;
}

/* In the child. Only calls that are safe between fork and exec. */
static _Noreturn void become(const sc_crew *c, char *const *argv,
                             const char *folder, const char *out,
                             const char *err, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent &&
        redirect(out, STDOUT_FILENO) && redirect(err, STDERR_FILENO) &&
        chdir(folder) == 0 && sigprocmask(SIG_SETMASK, &c->before, NULL) == 0) {
        (void)execv(c->program, argv);
    }
    _exit(CANNOT_START);
}

sc_err sc_crew_start(sc_crew *c, size_t *member, const char *const *argv,
                     const char *folder, const char *out, const char *err,
                     sc_fault *why)
{
    union { /* execv takes, and leaves alone, what is not const */
        const char *from[MAX_WORDS + 2];
        char *to[MAX_WORDS + 2];
    } words = {.from = {"sharechain"}};
    pid_t parent = getpid(), pid;
    size_t n = 0;

    for (; argv[n] != NULL; n++) {
        SC_ASSERT(n < MAX_WORDS);
        words.from[n + 1] = argv[n];
    }
    if (c->n_members == SC_CREW_MAX) {
        return sc_fault_set(why, SC_E_STATE, "too many commands were started");
    }
    pid = fork();
    if (pid == 0) {
        become(c, words.to, folder, out, err, parent);
    }
    if (pid < 0) {
        return sc_fault_set(why, SC_E_IO, "cannot start a process: %s",
                            strerror(errno));
    }
    *member = c->n_members++;
    c->members[*member].pid = pid;
    return SC_OK;
}

/* ---- wait ------------------------------------------------------------- */

static void collect(sc_crew *c)
{
    for (size_t i = 0; i < c->n_members; i++) {
        int s = 0;

        if (c->members[i].pid > 0 &&
            waitpid(c->members[i].pid, &s, WNOHANG) == c->members[i].pid) {
            c->members[i].pid = 0;
            c->members[i].status =
                WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
        }
    }
}

/* Until the member has ended (or never), the deadline, or a signal to end. */
static sc_err wait_until(sc_crew *c, size_t member, uint64_t deadline_ms)
{
    for (;;) {
        uint64_t left = sc_clock_left(deadline_ms);
        struct timespec nap;
        int signal;

        collect(c);
        if (member != NOT_A_MEMBER && c->members[member].pid == 0) {
            return SC_OK;
        }
        if (left == 0) {
            return SC_E_TIMEOUT;
        }
        left = left < LONGEST_NAP_MS ? left : LONGEST_NAP_MS;
        nap.tv_sec = (time_t)(left / 1000);
        nap.tv_nsec = (long)(left % 1000 * 1000000);
        signal = sigtimedwait(&c->signals, NULL, &nap);
        if (signal > 0 && signal != SIGCHLD) {
            return SC_E_CANCELLED;
        }
    }
}

static sc_err cancelled(sc_fault *why)
{
    return sc_fault_set(why, SC_E_CANCELLED, "stopped by a signal");
}

sc_err sc_crew_wait(sc_crew *c, int *status, size_t member,
                    uint64_t deadline_ms, sc_fault *why)
{
    sc_err err = wait_until(c, member, deadline_ms);

    if (err == SC_OK) {
        *status = c->members[member].status;
        return SC_OK;
    }
    (void)kill(c->members[member].pid, err == SC_E_TIMEOUT ? SIGKILL : SIGTERM);
    return err == SC_E_TIMEOUT
               ? sc_fault_set(why, err, "a command did not end in time")
               : cancelled(why);
}

sc_err sc_crew_pause(sc_crew *c, uint64_t ms, sc_fault *why)
{
    return wait_until(c, NOT_A_MEMBER, sc_clock_ms() + ms) == SC_E_TIMEOUT
               ? SC_OK
               : cancelled(why);
}

int sc_crew_has_ended(const sc_crew *c, int *status, size_t member)
{
    *status = c->members[member].status;
    return c->members[member].pid == 0;
}

/* ---- end -------------------------------------------------------------- */

static int send_all(sc_crew *c, int signal)
{
    int n = 0;

    collect(c);
    for (size_t i = 0; i < c->n_members; i++) {
        if (c->members[i].pid > 0) {
            (void)kill(c->members[i].pid, signal);
            n++;
        }
    }
    return n;
}

void sc_crew_end(sc_crew *c, uint64_t grace_ms)
{
    uint64_t deadline = sc_clock_ms() + grace_ms;

    (void)send_all(c, SIGTERM);
    while (send_all(c, 0) > 0 && sc_clock_left(deadline) > 0) {
        (void)wait_until(c, NOT_A_MEMBER, sc_clock_ms() + 10);
    }
    while (send_all(c, SIGKILL) > 0) {
        (void)wait_until(c, NOT_A_MEMBER, sc_clock_ms() + 10);
    }
    (void)sigprocmask(SIG_SETMASK, &c->before, NULL);
}
