/* job/node/control.h: the socket by which a node's own users speak to it.
 *
 *   client (DEALER)                        node (ROUTER at <folder>/node.sock)
 *   ----------------------------------------------------------------------
 *   {"op":"query","sql":"...",...}   -->
 *                                    <--   {"progress":{...}}   any number
 *                                    <--   {"ok":...} or {"fault":{...}}
 *
 * One frame of JSON each; requests are of job/node/node.h. The socket is 0600, so
 * whoever can open it is the node's own user, and acts as this party.
 *
 * Adversary: a program of that user that sends anything, or leaves in the
 * middle; at the client, another user's socket in the node's place. */
#ifndef SC_JOB_CONTROL_H
#define SC_JOB_CONTROL_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/fault.h"

#define SC_CONTROL_MAX_REQUEST ((size_t)512 << 10) /* bytes of JSON */
#define SC_CONTROL_MAX_REPLY   ((size_t)256 << 20)
#define SC_CONTROL_MAX_CLIENT  32
#define SC_CONTROL_SOCKET      "node.sock"

/* ---- the node's side -------------------------------------------------- */

typedef struct sc_control sc_control;

/* Whom to answer; a plain value, good as long as that client is connected. */
typedef struct {
    uint8_t id[SC_CONTROL_MAX_CLIENT];
    size_t len;
} sc_control_client;

/* A request with its "op"; both borrowed. Called on the thread that polls. */
typedef void (*sc_control_request)(void *ctx, const sc_control_client *from,
                                   const char *op, const json_t *request);

/* Bind. Changes the process's umask for a moment: call it before other threads
 * make files.
 *   Returns: SC_E_CONFIG  the path is too long for a socket
 *            SC_E_IO      cannot be bound */
SC_MUST_USE sc_err sc_control_new(sc_control **c, const char *folder,
                                  sc_fault *why);
/* No thread may use c any more. */
void sc_control_free(sc_control **c);
/* The socket's path. */
const char *sc_control_path(const sc_control *c);

/* Wait up to timeout_ms for requests and replies and deal with all that wait. A
 * malformed request is answered with a fault and not handed on. One thread.
 *   Returns: SC_OK           also if nothing came
 *            SC_E_CANCELLED  sc_control_stop was called; replies were sent */
SC_MUST_USE sc_err sc_control_poll(sc_control *c, uint64_t timeout_ms,
                                   sc_control_request fn, void *ctx,
                                   sc_fault *why);
/* Any thread: wake the poller for good. */
void sc_control_stop(sc_control *c);

/* Any thread: send to a client. The values are taken, also on failure. Progress
 * is dropped if too much waits; ok and fail end a request, and wait for room.
 * A client that left is no failure.
 *   Returns: SC_E_CANCELLED  stopped
 *            SC_E_TIMEOUT    the poller does not take it */
void sc_control_progress(sc_control *c, const sc_control_client *to,
                         json_t *take_progress);
SC_MUST_USE sc_err sc_control_ok(sc_control *c, const sc_control_client *to,
                                 json_t *take_ok);
SC_MUST_USE sc_err sc_control_fail(sc_control *c, const sc_control_client *to,
                                   const sc_fault *fault);

/* ---- the user's side -------------------------------------------------- */

typedef void (*sc_control_listener)(void *ctx, const json_t *progress);

/* Ask the node of this folder and wait for the end of the request.
 *
 *   Out:     ok           the caller's (json_decref)
 *   In:      deadline_ms  of sc_clock_ms, or SC_NO_DEADLINE
 *            listener     of progress; may be NULL
 *   Returns: SC_E_IO         no node runs there, or it ended meanwhile
 *            SC_E_TIMEOUT    deadline
 *            SC_E_CANCELLED  a signal came
 *            SC_E_WIRE       that is no node
 *            any other       the node's own fault, with all that it said */
SC_MUST_USE sc_err sc_control_ask(json_t **ok, const char *folder,
                                  const json_t *request, uint64_t deadline_ms,
                                  sc_control_listener listener, void *ctx,
                                  sc_fault *why);

/* ---- both ------------------------------------------------------------- */

/* A fault as JSON and back. Take is strict (SC_E_WIRE) and cuts long texts. */
SC_MUST_USE sc_err sc_control_fault_make(json_t **out, const sc_fault *f);
SC_MUST_USE sc_err sc_control_fault_take(sc_fault *f, const json_t *v);
/* folder/node.sock into a heap string (sc_free). SC_E_CONFIG: too long. */
SC_MUST_USE sc_err sc_control_make_path(char **path, const char *folder,
                                        sc_fault *why);

#endif
