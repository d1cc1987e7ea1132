/* data/process.h: the node's end of one engine child.
 *
 * The child is hostile as soon as it has read data: its answers are bounded
 * before they are read, and it is killed at the first that is malformed, late
 * or missing. Not thread-safe. */
#ifndef SC_DATA_PROCESS_H
#define SC_DATA_PROCESS_H

#include <stdatomic.h>
#include <sys/types.h>

#include "data/wire.h"

/* {0} is "no child" but for fd; begin with SC_PROCESS_NONE. */
typedef struct {
    pid_t pid; /* 0: none */
    int fd;
    const atomic_int *stop; /* nobody wants the answer any more; NULL: never */
} sc_process;

#define SC_PROCESS_NONE ((sc_process){0, -1, NULL})

/* Start `program engine 3 [duckdb]` with an empty environment and one socket.
 * SC_E_CONFIG. */
SC_MUST_USE sc_err sc_process_start(sc_process *p, const char *program,
                                    const char *duckdb, sc_fault *why);
/* Kill and reap; nothing if there is none. */
void sc_process_stop(sc_process *p);
/* Has it ended by itself? Then it is reaped. */
int sc_process_is_gone(sc_process *p);

/* One request and its answer, which must be of kind `want` and at most max
 * bytes. After anything but SC_OK and SC_E_REFUSED the child is gone.
 *   Returns: SC_E_REFUSED  the child answered FAULT; why has its words
 *            SC_E_TIMEOUT  deadline_ms passed
 *            SC_E_CANCELLED  *p->stop was set, by any thread
 *            SC_E_CORRUPT  it died, or answered with something else */
SC_MUST_USE sc_err sc_process_ask(sc_process *p, sc_buf *answer,
                                  sc_engine_kind want, size_t max,
                                  sc_engine_kind kind, sc_bytes body,
                                  uint64_t deadline_ms, sc_fault *why);

#endif
