/* job/node/stored.h: what a node tells its users of the jobs that it has recorded:
 * their state and why they ended, a list of all, the receipt of one. */
#ifndef SC_JOB_STORED_H
#define SC_JOB_STORED_H

#include <jansson.h>

#include "job/run/house.h"

/* The requests `result`, `receipt` and `receipt_rest`. SC_E_NOT_FOUND, SC_E_CONFIG: no
 * such job, no such id. */
SC_MUST_USE sc_err sc_stored_result(json_t **ok, const sc_house *h,
                                    const json_t *request, sc_fault *why);
SC_MUST_USE sc_err sc_stored_receipt(json_t **ok, const sc_house *h,
                                     const json_t *request, sc_fault *why);
#define SC_STORED_PAGE ((size_t)1 << 20) /* bytes of one answer, at most */
SC_MUST_USE sc_err sc_stored_receipt_rest(json_t **ok, const sc_house *h,
                                          const json_t *request, sc_fault *why);

/* Another request of job/node/node.h and how it is answered. SC_E_NOT_FOUND,
 * SC_E_CONFIG: no such job, no such id. */
typedef struct {
    const char *op;
    sc_err (*tell)(json_t **ok, const sc_house *h, const json_t *request,
                   sc_fault *why);
} sc_stored_request;

#define SC_N_STORED 1
extern const sc_stored_request sc_stored[SC_N_STORED];

#endif
