/* cli/call_state.h: a call in words (job/node/node.h, "calls"). */
#ifndef SC_CLI_CALL_STATE_H
#define SC_CLI_CALL_STATE_H

#include <jansson.h>

#include "base/fault.h"

/* How far it is: "call 3f2a... is open until 2026-12-30T12:00:00Z; 7 of 9 have posted,
 * missing: firm04, firm05". SC_E_WIRE: another form. */
SC_MUST_USE sc_err sc_call_state_words(char *out, size_t len,
                                       const json_t *call);
/* The same as the fault that there is no answer yet, or will be none.
 *   Returns: SC_E_NOT_FOUND, SC_E_REFUSED; SC_E_WIRE: another form */
SC_MUST_USE sc_err sc_call_state_fault(sc_fault *why, const json_t *call);

#endif
