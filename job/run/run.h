/* job/run/run.h: one job at one party, from proposal to answer.
 *
 *   prepare  plan, policy, the asset as it is now
 *   consent  nonces, session id, signed consents and session keys
 *   load     the owner's engine runs its part; mask, commit to the output share,
 *            seal it; wait for the next tick
 *   commit   exchange the commitments and the transcript heads
 *   sign     everybody builds the same receipt and signs it
 *   log      the receipt's entry is found in this party's own replica, and the
 *            copy that it names is here
 *   open     shares go to the result parties, who check and add them
 *   deliver  the answer is stored, the shares are erased
 *
 * Up to `commit` any party may end the session; from its signature on, nobody
 * decides alone: the log does (docs/decisions/0011). What was signed and is not
 * finished when a run ends is for job/node/mend.h.
 *
 * Adversary: up to n - 2 of n owners who follow the program and pool what they
 * see; peers who lie, stop or flood end the session and are named. */
#ifndef SC_JOB_RUN_H
#define SC_JOB_RUN_H

#include "job/plan/plan.h"
#include "job/run/house.h"

#define SC_PHASES(X)                                                           \
    X(PREPARE, "prepare")                                                      \
    X(CONSENT, "consent")                                                      \
    X(LOAD, "load")                                                            \
    X(COMMIT, "commit")                                                        \
    X(SIGN, "sign")                                                            \
    X(LOG, "log")                                                              \
    X(OPEN, "open")                                                            \
    X(DELIVER, "deliver")

#define X(name, text) SC_PHASE_##name,
typedef enum { SC_PHASES(X) SC_N_PHASES } sc_phase;
#undef X

const char *sc_phase_name(sc_phase p);

/* Reasons of a CANCEL. */
typedef enum { SC_CANCEL_BY_ASKER, SC_CANCEL_REPEAT } sc_cancel_reason;

typedef struct sc_run sc_run;

/* Who is told how far it is; may be NULL. Called on the run's thread. */
typedef void (*sc_run_progress)(void *ctx, sc_phase phase, uint64_t bytes,
                                uint64_t of_bytes);

typedef struct {
    const sc_house *house;
    sc_bytes job;               /* its canonical bytes */
    const uint8_t *plan_digest; /* the proposer's; NULL: I am the asker */
    sc_run_progress progress;
    void *progress_ctx;
} sc_run_config;

/* Take the job's text apart. SC_E_WIRE, SC_E_REFUSED: not a job of this
 * consortium, or not one of this asker. */
SC_MUST_USE sc_err sc_run_new(sc_run **r, const sc_run_config *config,
                              sc_fault *why);
void sc_run_free(sc_run **r);
const uint8_t *sc_run_id(const sc_run *r);
size_t sc_run_asker(const sc_run *r); /* party number */

/* Go through all phases; blocks. At the asker it proposes first.
 *   Returns: SC_OK         done; at a result party the answer is in the record
 *            SC_E_REFUSED  by why->party
 *            any other     the session ended; why has party and phase */
SC_MUST_USE sc_err sc_run_go(sc_run *r, sc_fault *why);
/* Instead of sc_run_go, of a call: make this owner's post and store it
 * (job/run/post_file.h); blocks. A refusal is told to the asker, and stated in the log.
 *   Returns: SC_E_REFUSED  by this party: its rules, its limits, its data
 *            any other     no post was made */
SC_MUST_USE sc_err sc_run_post(sc_run *r, sc_fault *why);
/* After sc_run_go returned SC_OK and whoever waits was told: record the end, then
 * wait, at most a step's deadline, until the others have taken what was sent to
 * them last. */
void sc_run_finish(sc_run *r);
/* Where the answer's receipt is: the job that answered (an earlier one if this
 * is a repeat, sc_run_is_stored), and the index of its entry. */
const uint8_t *sc_run_answer_id(const sc_run *r);
int sc_run_is_stored(const sc_run *r);
uint64_t sc_run_index(const sc_run *r);
/* Has it a record that is not finished? (After sc_run_go, or sc_run_finish.) */
int sc_run_is_open(const sc_run *r);
/* The answer as JSON, appended; SC_E_NOT_FOUND at other parties. */
SC_MUST_USE sc_err sc_run_answer(const sc_run *r, sc_buf *json);

/* Any thread: a node message of this job (REFUSE, ABORT, CANCEL,
 * PROGRESS, BODY). */
void sc_run_message(sc_run *r, size_t party, const sc_frame *f);
/* Any thread: leave as soon as may be; what is signed is left to job/node/mend.h. */
void sc_run_cancel(sc_run *r, const char *reason);

#endif
