/* tests/e2e/hooked.c: a node that stops where a test wants it, and whose clock is
 * wrong, for the scripts beside it.
 *
 * The product has no switch for either. build/tests/e2e/hooked is the same
 * command, linked so that the calls below come here first (ld's --wrap; the
 * Makefile lists them).
 *
 *   SC_STOP_AT=PHASE:kill, PHASE:freeze   before a job enters this phase here
 *   SC_CLOCK_OFFSET=SECONDS               added to the wall clock
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "job/run/run_state.h"

#define WRAP(name) __wrap_##name
#define REAL(name) __real_##name

/* ---- a phase ------------------------------------------------------------- */

static void stop_at(sc_phase phase)
{
    const char *at = getenv("SC_STOP_AT");
    const char *name = sc_phase_name(phase);
    size_t len = strlen(name);

    if (at != NULL && strncmp(at, name, len) == 0 && at[len] == ':') {
        (void)raise(strcmp(at + len + 1, "freeze") == 0 ? SIGSTOP : SIGKILL);
    }
}

void REAL(sc_run_enter)(sc_run *r, sc_phase phase);
void WRAP(sc_run_enter)(sc_run *r, sc_phase phase);
void WRAP(sc_run_enter)(sc_run *r, sc_phase phase)
{
    stop_at(phase);
    REAL(sc_run_enter)(r, phase);
}

/* The first phase is entered in the file that defines sc_run_enter: that call
 * does not come by here. */
sc_err REAL(sc_run_prepare)(sc_run *r, sc_refusal *kind, sc_fault *why);
sc_err WRAP(sc_run_prepare)(sc_run *r, sc_refusal *kind, sc_fault *why);
sc_err WRAP(sc_run_prepare)(sc_run *r, sc_refusal *kind, sc_fault *why)
{
    stop_at(SC_PHASE_PREPARE);
    return REAL(sc_run_prepare)(r, kind, why);
}

/* ---- the wall clock ------------------------------------------------------ */

int64_t REAL(sc_clock_wall)(void);
int64_t WRAP(sc_clock_wall)(void);
int64_t WRAP(sc_clock_wall)(void)
{
    const char *text = getenv("SC_CLOCK_OFFSET");

    return REAL(sc_clock_wall)() + (text == NULL ? 0 : strtoll(text, NULL, 10));
}
