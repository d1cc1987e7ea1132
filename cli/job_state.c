/* cli/job_state.c: see the header. */
#include "cli/job_state.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

void sc_job_state_names(char *out, size_t len, const json_t *names)
{
    out[0] = '\0';
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        size_t at = strlen(out);

        (void)snprintf(out + at, len - at, "%s%s", i == 0 ? "" : ", ",
                       name == NULL ? "?" : name);
    }
}

/* Refused or aborted: by whom, where, why. A repeat is nobody's doing. */
static sc_err end_words(sc_fault *why, const json_t *end, const char *state)
{
    const char *party, *phase, *text;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_str(&party, end, "party"));
    SC_TRY(sc_json_str(&phase, end, "phase"));
    SC_TRY(sc_json_str(&text, end, "text"));
    if (strcmp(state, "repeated") == 0) {
        return sc_fault_set(why, SC_E_NOT_FOUND,
                            "there is no answer of this job here: it was %s",
                            text);
    }
    err = sc_fault_set(why,
                       strcmp(state, "refused") == 0 ? SC_E_REFUSED
                                                     : SC_E_NOT_FOUND,
                       "there is no answer of this job here: it was %s; %s%s%s"
                       "%s%s",
                       state, party,
                       party[0] != '\0' && phase[0] != '\0' ? ", " : "", phase,
                       party[0] != '\0' || phase[0] != '\0' ? ": " : "", text);
out:
    return err;
}

static sc_err done_words(sc_fault *why, const json_t *ok)
{
    char to[400];

    sc_job_state_names(to, sizeof to, json_object_get(ok, "to"));
    if (!json_is_true(json_object_get(ok, "mine"))) {
        (void)sc_fault_set(why, SC_E_NOT_FOUND,
                           "there is no answer of this job here: it went to %s",
                           to);
        sc_fault_remedy(why, "`sharechain receipt show ID` tells what was "
                             "computed");
        return SC_E_NOT_FOUND;
    }
    return sc_fault_set(why, SC_E_NOT_FOUND,
                        "there is no answer of this job here: a share was not "
                        "delivered in time");
}

sc_err sc_job_state_words(sc_fault *why, const json_t *ok)
{
    const json_t *end = json_object_get(ok, "end");
    const char *state;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_str(&state, ok, "state"));
    if (end != NULL) {
        return end_words(why, end, state);
    }
    if (strcmp(state, "done") == 0) {
        return done_words(why, ok);
    }
    err =
        sc_fault_set(why, SC_E_NOT_FOUND,
                     "there is no answer of this job here: it is %.40s", state);
    if (strcmp(state, "voided") == 0) {
        sc_fault_remedy(why, "its receipt was not in the log in time; ask "
                             "again");
    } else if (strcmp(state, "refused") != 0 && strcmp(state, "aborted") != 0) {
        sc_fault_remedy(why, "it goes on; look again in a moment");
    }
out:
    return err;
}
