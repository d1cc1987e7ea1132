/* cli/calls.c: the calls of a node; and, for an owner that posts and leaves, when it may
 * leave. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/job_state.h"

#define MAX_TIME INT64_C(253402300799) /* the end of year 9999 */
#define POLL_MS  500
#define CALM_MS  ((uint64_t)2500) /* nothing new for so long: all is posted */

static const char help[] =
    "usage: sharechain calls [--wait SECONDS] [--format F]\n"
    "       [--config FILE|--socket PATH]\n"
    "\n"
    "Prints the questions that owners post for and leave (offline: true in "
    "the\n"
    "consortium file): who asks, until when, who has posted and who has not.\n"
    "An owner sees its own post alone, and whether the asker has it.\n"
    "\n"
    "  --wait SECONDS   wait until this node has posted for every call that\n"
    "                   has come to it, and may go: status 0, also if none\n"
    "                   came in that time; 1 if a post could not be made or\n"
    "                   delivered, 3 if this party's own rules forbid it\n"
    "  --format F       table (default), csv, json or markdown\n" SC_ASK_HELP;

static int ask(json_t **ok, const sc_ask_where *where)
{
    return sc_ask(ok, NULL, where, json_pack("{s:s}", "op", "calls"),
                  SC_ASK_DEADLINE_MS, NULL);
}

/* ---- printing -------------------------------------------------------------- */

static sc_err add_call(json_t *rows, const json_t *call)
{
    const char *id, *state, *asker, *party, *trouble;
    char posted[400], missing[400], when[21], why[1200];
    int64_t until;
    json_t *row;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_str(&id, call, "id"));
    SC_TRY(sc_json_str(&state, call, "state"));
    SC_TRY(sc_json_str(&asker, call, "asker"));
    SC_TRY(sc_json_str(&party, call, "party"));
    SC_TRY(sc_json_str(&trouble, call, "trouble"));
    SC_TRY(sc_json_int(&until, call, "not_after", 0, MAX_TIME));
    sc_utc_print(when, until);
    sc_job_state_names(posted, sizeof posted, json_object_get(call, "posted"));
    sc_job_state_names(missing, sizeof missing,
                       json_object_get(call, "missing"));
    (void)snprintf(why, sizeof why, "%s%s%s", party,
                   party[0] != '\0' && trouble[0] != '\0' ? ": " : "", trouble);
    row = json_pack("[s, s, s, s, s, s, s]", id, asker, state, when, posted,
                    missing, why);
    SC_REQUIRE(row != NULL && json_array_append_new(rows, row) == 0, SC_E_MEM);
    err = SC_OK;
out:
    return err;
}

static int print(const json_t *ok, sc_table_format format)
{
    static const char *const columns[] = {"call",   "asker",  "state",
                                          "until",  "posted", "missing",
                                          "trouble"};
    static const int is_numeric[] = {0, 0, 0, 0, 0, 0, 0};
    json_t *calls, *rows = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(rows != NULL, SC_E_MEM);
    SC_TRY(sc_json_array(&calls, ok, "calls"));
    for (size_t i = 0; i < json_array_size(calls); i++) {
        SC_TRY(add_call(rows, json_array_get(calls, i)));
    }
    return sc_ask_print_rows(rows, columns, is_numeric, 7, format);
out:
    json_decref(rows);
    return sc_ask_misfit();
}

/* ---- waiting --------------------------------------------------------------- */

typedef struct {
    size_t n_owed, n_posted; /* open calls: not delivered; delivered */
    int is_refused;          /* by this party's rules, one of them at least */
    char trouble[1200];
} tally;

static const char *text_of(const json_t *call, const char *key)
{
    const char *text = json_string_value(json_object_get(call, key));

    return text == NULL ? "" : text;
}

static tally count(const json_t *ok)
{
    const json_t *calls = json_object_get(ok, "calls");
    tally t = {0};

    for (size_t i = 0; i < json_array_size(calls); i++) {
        const json_t *call = json_array_get(calls, i);
        int is_refused = json_is_true(json_object_get(call, "refused"));
        int is_owed = json_array_size(json_object_get(call, "missing")) > 0;

        if (!json_is_true(json_object_get(call, "owed")) ||
            (strcmp(text_of(call, "state"), "open") != 0 && !is_refused)) {
            continue;
        }
        t.n_owed += (size_t)is_owed;
        t.n_posted += (size_t)!is_owed;
        if (is_owed && (is_refused || !t.is_refused)) {
            t.is_refused |= is_refused;
            (void)snprintf(t.trouble, sizeof t.trouble, "%s",
                           text_of(call, "trouble"));
        }
    }
    return t;
}

static int fail(const tally *t)
{
    sc_fault why = {0};

    if (t->is_refused) {
        (void)sc_fault_set(&why, SC_E_REFUSED, "no post was made: %s",
                           t->trouble);
    } else {
        (void)sc_fault_set(&why, SC_E_TIMEOUT, "%zu post%s still owed: %s",
                           t->n_owed, t->n_owed == 1 ? " is" : "s are",
                           t->trouble[0] != '\0' ? t->trouble
                                                 : "not delivered yet");
        sc_fault_remedy(&why,
                        "leave the node running, or mend it and wait again");
    }
    return sc_cli_fail(&why);
}

static int wait_posted(json_t **ok, const sc_ask_where *where, int64_t seconds)
{
    uint64_t until = sc_clock_ms() + (uint64_t)seconds * 1000;
    uint64_t calm_ms = sc_clock_ms();
    size_t n_before = SIZE_MAX;

    for (;;) {
        int status = ask(ok, where);
        tally t;

        if (status != 0) {
            return status;
        }
        t = count(*ok);
        if (t.n_owed > 0 || t.n_posted != n_before) {
            calm_ms = sc_clock_ms();
            n_before = t.n_posted;
        }
        if (t.is_refused) {
            return fail(&t);
        }
        if ((t.n_posted > 0 && sc_clock_ms() - calm_ms >= CALM_MS) ||
            sc_clock_left(until) == 0) {
            return t.n_owed == 0 ? 0 : fail(&t);
        }
        json_decref(*ok);
        *ok = NULL;
        sc_clock_sleep_ms(POLL_MS);
    }
}

static int run(int argc, char **argv)
{
    sc_ask_where where = {0};
    const char *name = "table", *wait = NULL;
    const sc_option options[] = {{"format", &name, NULL, 0},
                                 {"wait", &wait, NULL, 0},
                                 SC_ASK_OPTIONS(where)};
    sc_table_format format = SC_TABLE_TEXT;
    json_t *ok = NULL;
    int64_t seconds = 0;
    sc_fault why = {0};
    size_t n = 0;
    int status;

    if (sc_args_parse(NULL, &n, argc, argv, options,
                      sizeof options / sizeof *options, 0, 0, &why) != SC_OK ||
        sc_table_format_take(&format, name, &why) != SC_OK ||
        (wait != NULL && sc_args_number(&seconds, "wait", wait, 1, 30 * 86400,
                                        &why) != SC_OK)) {
        return sc_cli_fail(&why);
    }
    status =
        wait == NULL ? ask(&ok, &where) : wait_posted(&ok, &where, seconds);
    if (status == 0) {
        status = print(ok, format);
    }
    json_decref(ok);
    return status;
}

const sc_command sc_command_calls = {"calls",
                                     "questions that owners post for and leave",
                                     help, run};
