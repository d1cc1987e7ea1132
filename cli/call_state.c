/* cli/call_state.c: see the header. */
#include "cli/call_state.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "cli/job_state.h"

#define MAX_TIME INT64_C(253402300799) /* the end of year 9999 */

sc_err sc_call_state_words(char *out, size_t len, const json_t *call)
{
    const char *id, *state;
    json_t *posted, *missing;
    int64_t until;
    char names[400], when[21];
    size_t n_posted, n_missing;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_str(&id, call, "id"));
    SC_TRY(sc_json_str(&state, call, "state"));
    SC_TRY(sc_json_array(&posted, call, "posted"));
    SC_TRY(sc_json_array(&missing, call, "missing"));
    SC_TRY(sc_json_int(&until, call, "not_after", 0, MAX_TIME));
    n_posted = json_array_size(posted);
    n_missing = json_array_size(missing);
    sc_utc_print(when, until);
    sc_job_state_names(names, sizeof names, missing);
    if (strcmp(state, "open") == 0) {
        (void)snprintf(out, len,
                       "call %s is open until %s; %zu of %zu have posted%s%s",
                       id, when, n_posted, n_posted + n_missing,
                       n_missing > 0 ? ", missing: " : "", names);
    } else {
        (void)snprintf(out, len, "call %s is %s", id, state);
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_call_state_fault(sc_fault *why, const json_t *call)
{
    const char *state, *party, *trouble;
    char words[800];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_str(&state, call, "state"));
    SC_TRY(sc_json_str(&party, call, "party"));
    SC_TRY(sc_json_str(&trouble, call, "trouble"));
    SC_TRY(sc_call_state_words(words, sizeof words, call));
    err = strcmp(state, "refused") == 0 ? SC_E_REFUSED : SC_E_NOT_FOUND;
    (void)sc_fault_set(why, err, "there is no answer %s: %s%s%s%s%s",
                       strcmp(state, "open") == 0 ? "yet" : "of it", words,
                       trouble[0] != '\0' ? "; " : "", party,
                       party[0] != '\0' && trouble[0] != '\0' ? ": " : "",
                       trouble);
    if (strcmp(state, "refused") == 0 && party[0] != '\0') {
        sc_fault_remedy(why, "ask %s: its log names the rule that is missing",
                        party);
    }
    if (strcmp(state, "open") == 0) {
        sc_fault_remedy(why, "the owners post when their nodes are up; it is "
                             "opened once all have");
    }
out:
    return err;
}
