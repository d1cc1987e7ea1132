/* cli/crew.h: commands of ours that a command starts, and is sure to end.
 *
 * From sc_crew_init on, SIGINT, SIGTERM, SIGHUP and SIGCHLD are taken by
 * sc_crew_wait alone, so that an impatient Ctrl-C still ends the children. Should
 * this process be killed outright, the kernel ends them. */
#ifndef SC_CLI_CREW_H
#define SC_CLI_CREW_H

#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"

#define SC_CREW_MAX 64

typedef struct {
    char program[PATH_MAX]; /* this very executable */
    sigset_t signals, before;
    struct {
        pid_t pid; /* 0: ended */
        int status;
    } members[SC_CREW_MAX];
    size_t n_members;
} sc_crew;

SC_MUST_USE sc_err sc_crew_init(sc_crew *c, sc_fault *why);
/* Start a subcommand in `folder`: argv (NULL-ended) without the program's name;
 * out, err: files to write to, from their start (NULL: as ours).
 *   Returns: SC_E_IO, SC_E_STATE (SC_CREW_MAX were started) */
SC_MUST_USE sc_err sc_crew_start(sc_crew *c, size_t *member,
                                 const char *const *argv, const char *folder,
                                 const char *out, const char *err,
                                 sc_fault *why);
/* Wait until the member ends; status as the shell has it (128 + the signal that
 * killed it).
 *   Returns: SC_E_TIMEOUT    it was still running at the deadline: killed
 *            SC_E_CANCELLED  a signal asks us to end */
SC_MUST_USE sc_err sc_crew_wait(sc_crew *c, int *status, size_t member,
                                uint64_t deadline_ms, sc_fault *why);
/* Sleep, as sc_crew_wait without a member. SC_E_CANCELLED. */
SC_MUST_USE sc_err sc_crew_pause(sc_crew *c, uint64_t ms, sc_fault *why);
/* Has it ended? Its status then. */
int sc_crew_has_ended(const sc_crew *c, int *status, size_t member);
/* Ask all to end, kill those who do not within grace_ms, wait for all; signals
 * are as before. */
void sc_crew_end(sc_crew *c, uint64_t grace_ms);

#endif
