/* job/node/requests.h: what the node's own users ask (job/node/node.h lists it).
 *
 * One thread polls the control socket and answers at once what needs no peer;
 * a query goes to the desk, and its run's thread answers.
 *
 * Adversary: as of job/node/control.h. It may read what the node's user may, and
 * ask; a job of its own goes through the policies of all, like anybody's. */
#ifndef SC_JOB_REQUESTS_H
#define SC_JOB_REQUESTS_H

#include "job/node/calls.h"

typedef struct sc_requests sc_requests;

/* Bind the socket in folder; before the node has other threads. */
SC_MUST_USE sc_err sc_requests_new(sc_requests **r, const char *folder,
                                   sc_fault *why);
/* Begin to answer. All that is passed outlives the requests' thread. */
SC_MUST_USE sc_err sc_requests_start(sc_requests *r, const sc_house *house,
                                     sc_desk *desk, sc_mend *mend,
                                     sc_calls *calls, sc_fault *why);
/* Take no more requests; answers of running jobs still go out. Accepts NULL. */
void sc_requests_stop(sc_requests *r);
/* After the desk is gone. */
void sc_requests_free(sc_requests **r);
int sc_requests_is_running(sc_requests *r);
const char *sc_requests_socket(const sc_requests *r);

#endif
