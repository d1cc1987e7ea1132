/* job/node/desk.h: where proposals and messages of peers arrive, and jobs begin.
 *
 * One thread takes the mesh's events and hands them on: the ledger's to the
 * keeper, a running job's to its run, other jobs' and questions to the mender, calls
 * and posts to job/node/calls.h, a proposal to a new run on a thread of its own. SC_DESK_MAX_RUNS go on at once;
 * the consortium's rules say how many of one asker, and how many proposals of it
 * an hour. Beyond these limits the answer is "busy" and nothing is recorded.
 *
 * Adversary: admitted peers that propose or send anything at any rate. */
#ifndef SC_JOB_DESK_H
#define SC_JOB_DESK_H

#include "job/node/mend.h"
#include "job/run/run.h"

#define SC_DESK_MAX_RUNS 8
#define SC_DESK_OWN_RUNS 2 /* of these, places that others' jobs never take */

typedef struct sc_desk sc_desk;
typedef struct sc_calls sc_calls; /* job/node/calls.h */

/* The end of a job that was asked here: called once, on its thread. */
typedef void (*sc_desk_done)(void *ctx, const sc_run *run, sc_err err,
                             const sc_fault *why);

typedef struct {
    sc_run_progress progress; /* may be NULL */
    sc_desk_done done;
    void *ctx;
} sc_desk_client;

/* Start the thread. House, mender and calls outlive the desk. */
SC_MUST_USE sc_err sc_desk_new(sc_desk **d, const sc_house *house,
                               sc_mend *mend, sc_calls *calls, sc_fault *why);
/* Cancels the runs, waits for them, joins. */
void sc_desk_free(sc_desk **d);

/* Begin a job of my own from its canonical bytes; `done` will be called.
 *   Returns: SC_E_REFUSED  too many jobs at once
 *            as sc_run_new */
SC_MUST_USE sc_err sc_desk_ask(sc_desk *d, sc_bytes job,
                               const sc_desk_client *client, sc_fault *why);
size_t sc_desk_n_runs(sc_desk *d);

/* What the desk hands to calls: messages of no job's session (job/node/calls.c). */
int sc_calls_takes(uint16_t type);
void sc_calls_take(sc_calls *c, size_t party, const uint8_t call[static 16],
                   const sc_frame *f);
/* A party is linked: what it is to hear is said to it at once. */
void sc_calls_linked(sc_calls *c, size_t party);

#endif
