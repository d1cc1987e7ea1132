/* cli/passphrase.c: the terminal's echo is off while one is typed, and on again
 * whatever happens: signals that would end us are let in only while we wait for a
 * key, end the waiting, and count as "cancelled". */
#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "he/seal.h"

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

#define N_ENDING (sizeof ending / sizeof *ending)

/* ---- a terminal ----------------------------------------------------------- */

typedef struct {
    int fd;
    struct termios was;
    struct sigaction handlers[N_ENDING];
    sigset_t mask;
} terminal;

static void note(int signal)
{
    (void)signal; /* pselect returns; that is all */
}

static sc_err open_terminal(terminal *t, const char *what, sc_fault *why)
{
    struct sigaction act = {.sa_handler = note};
    struct termios silent;
    sigset_t blocked;

    t->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (t->fd < 0 || tcgetattr(t->fd, &t->was) != 0) {
        (void)sc_fault_set(why, SC_E_CONFIG,
                           "no terminal to ask for the passphrase of %s", what);
        sc_fault_remedy(why, "give it with --passphrase-file FILE");
        return SC_E_CONFIG;
    }
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < N_ENDING; i++) {
        (void)sigaddset(&blocked, ending[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &blocked, &t->mask);
    for (size_t i = 0; i < N_ENDING; i++) {
        (void)sigaction(ending[i], &act, &t->handlers[i]);
    }
    silent = t->was;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ICANON | ECHONL;
    (void)tcsetattr(t->fd, TCSAFLUSH, &silent);
    return SC_OK;
}

static void close_terminal(terminal *t)
{
    if (t->fd < 0) {
        return;
    }
    (void)tcsetattr(t->fd, TCSAFLUSH, &t->was);
    for (size_t i = 0; i < N_ENDING; i++) {
        (void)sigaction(ending[i], &t->handlers[i], NULL);
    }
    (void)sigprocmask(SIG_SETMASK, &t->mask, NULL);
    (void)close(t->fd);
}

static void say(const terminal *t, const char *text)
{
    sc_bytes rest = sc_bytes_of(text);

    if (write(t->fd, rest.p, rest.len) < 0) {
        return; /* then reading fails too */
    }
}

/* One line, without its end. */
static sc_err read_line(const terminal *t, sc_buf *out, sc_fault *why)
{
    char byte = 0;
    fd_set fds;

    for (;;) {
        FD_ZERO(&fds);
        FD_SET(t->fd, &fds);
        if (pselect(t->fd + 1, &fds, NULL, NULL, NULL, &t->mask) < 0) {
            return errno == EINTR
                       ? sc_fault_set(why, SC_E_CANCELLED, "cancelled")
                       : sc_fault_set(why, SC_E_IO, "cannot read the terminal");
        }
        if (read(t->fd, &byte, 1) != 1) {
            return sc_fault_set(why, SC_E_CANCELLED, "no passphrase was given");
        }
        if (byte == '\n') {
            return SC_OK;
        }
        if (sc_buf_put(out, &byte, 1) != SC_OK) {
            return sc_fault_from(why, SC_E_MEM);
        }
        sc_wipe(&byte, 1);
    }
}

static sc_err ask(const terminal *t, sc_buf *out, const char *start,
                  const char *what, sc_fault *why)
{
    say(t, start);
    say(t, what);
    say(t, ": ");
    return read_line(t, out, why);
}

static sc_err from_terminal(sc_buf *out, const sc_passphrase *from,
                            sc_fault *why)
{
    terminal t = {.fd = -1};
    sc_err err = SC_E_BUG;
    sc_buf again = {0};

    SC_TRY(open_terminal(&t, from->what, why));
    SC_TRY(ask(&t, out, "passphrase of ", from->what, why));
    if (from->is_new) {
        SC_TRY(ask(&t, &again, "again, of ", from->what, why));
        if (!sc_bytes_equal_vartime(sc_buf_bytes(out), sc_buf_bytes(&again))) {
            err = sc_fault_set(why, SC_E_CONFIG, "the two are not the same");
            goto out;
        }
    }
    err = SC_OK;
out:
    close_terminal(&t);
    sc_buf_clear(&again);
    return err;
}

/* ---- a file --------------------------------------------------------------- */

/* A line feed behind the last line may be missing. */
static sc_err from_file(sc_buf *out, const sc_passphrase *from, sc_fault *why)
{
    const size_t max = from->n_lines * (SC_SEAL_PASS_MAX + 2);
    size_t n_lines = 0, start = 0;
    sc_err err = SC_E_BUG;
    sc_buf in = {0};

    SC_TRY(sc_file_read_private(&in, from->file, max, why));
    for (size_t i = 0; i < in.len; i++) {
        if (in.p[i] == '\n' || i + 1 == in.len) {
            const size_t end = in.p[i] == '\n' ? i : i + 1;

            if (n_lines++ == from->line) {
                SC_TRY(sc_fault_from(why, sc_buf_put(out, in.p + start,
                                                     end - start)));
            }
            start = i + 1;
        }
    }
    if (n_lines != from->n_lines) {
        err = sc_fault_set(why, SC_E_CONFIG,
                           "%zu line%s instead of %zu, one for each passphrase",
                           n_lines, n_lines == 1 ? "" : "s", from->n_lines);
        sc_fault_at(why, from->file, 0, 0);
        goto out;
    }
    err = SC_OK;
out:
    sc_buf_clear(&in);
    return err;
}

/* ---- either --------------------------------------------------------------- */

sc_err sc_passphrase_take(sc_buf *out, const sc_passphrase *from, sc_fault *why)
{
    sc_err err = from->file != NULL ? from_file(out, from, why)
                                    : from_terminal(out, from, why);

    if (err == SC_OK && (out->len == 0 || out->len > SC_SEAL_PASS_MAX)) {
        err = sc_fault_set(why, SC_E_CONFIG, "the passphrase of %s is %s",
                           from->what, out->len == 0 ? "empty" : "too long");
        if (from->file != NULL) {
            sc_fault_at(why, from->file, (unsigned)from->line + 1, 0);
        }
    }
    if (err != SC_OK) {
        sc_buf_clear(out);
    }
    return err;
}
