/* job/node/calls.h: the calls of a node: those asked here, those that ask it for its
 * post, those whose posts it adds up (job/node/call.h).
 *
 * One thread looks at all of them a few times a second, takes what peers say of them, and
 * makes this owner's posts, one after the other: an owner that posts and leaves does
 * little else. Proofs of others' posts are looked at on a second one. Of an asker at most SC_CALLS_OF_PEER calls are kept that still want something,
 * SC_CALLS_KEPT_OF_PEER in all, and peer_proposals of the rules come within an hour; what
 * comes beyond is dropped, with a line in the log.
 *
 * Adversary: admitted peers that call or post anything at any rate. */
#ifndef SC_JOB_CALLS_H
#define SC_JOB_CALLS_H

#include <jansson.h>

#include "job/node/desk.h"

#define SC_CALLS_OF_PEER      16
#define SC_CALLS_KEPT_OF_PEER 256

/* Load what is stored. SC_E_CORRUPT: why names the file. */
SC_MUST_USE sc_err sc_calls_new(sc_calls **c, const sc_house *h, sc_fault *why);
/* Begin; jobs are asked at the desk. */
SC_MUST_USE sc_err sc_calls_start(sc_calls *c, sc_desk *desk, sc_fault *why);
/* Stop the thread, before the desk goes; what jobs that run say is still taken. */
void sc_calls_stop(sc_calls *c);
void sc_calls_free(sc_calls **c);

/* Call for posts, durably: from canonical bytes of a call of my own.
 *   Out:     call  as in the list; the caller's
 *   Returns: SC_E_REFUSED  too many are open
 *            SC_E_STATE    it was asked before; as sc_call_new */
SC_MUST_USE sc_err sc_calls_ask(sc_calls *c, json_t **call, sc_bytes text,
                                sc_fault *why);
/* A list of all, the newest last: sc_call_json each. NULL: out of memory. */
json_t *sc_calls_list(sc_calls *c);
/* The one call whose id begins with these digits. SC_E_NOT_FOUND, also if there are
 * several. */
SC_MUST_USE sc_err sc_calls_find(sc_calls *c, json_t **call,
                                 const char *prefix);

#endif
