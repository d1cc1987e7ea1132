/* job/node/status.h: the node as its own user may see it (job/node/node.h). */
#ifndef SC_JOB_STATUS_H
#define SC_JOB_STATUS_H

#include "base/json.h"
#include "job/node/calls.h"

SC_MUST_USE sc_err sc_status_make(json_t **ok, const sc_house *h, sc_desk *desk,
                                  sc_mend *mend, sc_calls *calls,
                                  sc_fault *why);

#endif
