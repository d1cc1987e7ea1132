/* job/run/history.h: what happened how often on which day, durably.
 *
 * One append-only file of records {day, what, who, which}; counting is by equal
 * triples. Written before the act it counts, so a crash counts too much, never
 * too little. Holds no query and no result.
 *
 * Adversary: an asker who restarts the node to be forgotten; a torn write. */
#ifndef SC_JOB_HISTORY_H
#define SC_JOB_HISTORY_H

#include <stdint.h>

#include "base/fault.h"

typedef struct sc_history sc_history;

/* What is counted. The numbers are in the file. */
typedef enum {
    SC_HISTORY_QUERY = 1,  /* who: asker's DID; which: table */
    SC_HISTORY_REFUSAL = 2 /* who: asker's DID; which: job digest in hex */
} sc_history_kind;

#define SC_HISTORY_MAX_TEXT 255 /* bytes of who and of which */

/* Open or make the file (0600) and read it; a torn tail is cut.
 *   Returns: SC_E_CORRUPT  why has file and offset */
SC_MUST_USE sc_err sc_history_open(sc_history **h, const char *path,
                                   sc_fault *why);
void sc_history_free(sc_history **h);

/* How often on this day. Thread-safe. */
uint64_t sc_history_count(sc_history *h, int64_t day, sc_history_kind what,
                          const char *who, const char *which);
/* Count one more if there are fewer than `most` so far; durable when it
 * returns. Thread-safe.
 *   Returns: SC_E_REFUSED  there are already
 *            SC_E_IO       not durable: do not go on
 *            SC_E_ARG      a text too long */
SC_MUST_USE sc_err sc_history_add(sc_history *h, int64_t day,
                                  sc_history_kind what, const char *who,
                                  const char *which, uint64_t most,
                                  sc_fault *why);

#endif
