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
#define POLL_MS  200
#define CALM_MS  ((uint64_t)1500) /* who is linked so long has called */
#define AWAY_MS                                                                \
    ((uint64_t)8000) /* who is not linked by then is not waited for */

static const char help[] =
    "usage: sharechain calls [--wait SECONDS] [--format F]\n"
    "       [--config FILE|--socket PATH]\n"
    "\n"
    "Prints the questions that owners post for and leave (offline: true in "
    "the\n"
    "consortium file): who asks, until when, how many have posted; who has "
    "not,\n"
    "or what else is in the way, or the job that answered. An owner sees its "
    "own\n"
    "post alone, and whether the asker has it.\n"
    "\n"
    "  --wait SECONDS   wait until this node is linked with all parties that\n"
    "                   stay, and has posted for every call that came to it: "
    "it\n"
    "                   may go, status 0. After SECONDS: 0 if no post is owed, "
    "1 if\n"
    "                   one could not be made or delivered; 3 if this party's "
    "own\n"
    "                   rules forbid one, once all others are delivered. Waits "
    "for\n"
    "                   the node to start, too\n"
    "  --format F       table (default), csv, json or markdown\n" SC_ASK_HELP;

/* ---- printing -------------------------------------------------------------- */

static const char *text_of(const json_t *call, const char *key)
{
    const char *text = json_string_value(json_object_get(call, key));

    return text == NULL ? "" : text;
}

/* Who is missing, what is in the way, which job answered. */
static void put_note(char *out, size_t len, const json_t *call)
{
    const char *party = text_of(call, "party");
    const char *trouble = text_of(call, "trouble");
    char names[400];

    sc_job_state_names(names, sizeof names, json_object_get(call, "missing"));
    if (strcmp(text_of(call, "state"), "done") == 0) {
        (void)snprintf(out, len, "job %s", text_of(call, "job"));
    } else {
        (void)snprintf(out, len, "%s%s%s%s%s%s",
                       names[0] != '\0' ? "missing: " : "", names,
                       names[0] != '\0' && trouble[0] != '\0' ? "; " : "",
                       party,
                       party[0] != '\0' && trouble[0] != '\0' ? ": " : "",
                       trouble);
    }
}

static sc_err add_call(json_t *rows, const json_t *call)
{
    size_t n = json_array_size(json_object_get(call, "posted"));
    size_t of = n + json_array_size(json_object_get(call, "missing"));
    char posted[48], when[21], note[1700];
    int64_t until;
    json_t *row;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_int(&until, call, "not_after", 0, MAX_TIME));
    sc_utc_print(when, until);
    (void)snprintf(posted, sizeof posted, "%zu of %zu", n, of);
    put_note(note, sizeof note, call);
    row = json_pack("[s, s, s, s, s, s]", text_of(call, "id"),
                    text_of(call, "asker"), text_of(call, "state"), when,
                    posted, note);
    SC_REQUIRE(row != NULL && json_array_append_new(rows, row) == 0, SC_E_MEM);
    err = SC_OK;
out:
    return err;
}

static int print(const json_t *ok, sc_table_format format)
{
    static const char *const columns[] = {"call",  "asker",  "state",
                                          "until", "posted", "note"};
    static const int is_numeric[] = {0, 0, 0, 0, 0, 0};
    json_t *calls, *rows = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(rows != NULL, SC_E_MEM);
    SC_TRY(sc_json_array(&calls, ok, "calls"));
    for (size_t i = 0; i < json_array_size(calls); i++) {
        SC_TRY(add_call(rows, json_array_get(calls, i)));
    }
    return sc_ask_print_rows(rows, columns, is_numeric, 6, format);
out:
    json_decref(rows);
    return sc_ask_misfit();
}

/* ---- waiting --------------------------------------------------------------- */

typedef struct {
    size_t n_owed;                  /* not delivered, and not refused */
    size_t n_refused;               /* by this party's own rules */
    char owed[1200], refused[1200]; /* the last of either, in words */
} tally;

static tally count(const json_t *ok)
{
    const json_t *calls = json_object_get(ok, "calls");
    tally t = {0};

    for (size_t i = 0; i < json_array_size(calls); i++) {
        const json_t *call = json_array_get(calls, i);
        int is_open = strcmp(text_of(call, "state"), "open") == 0;

        if (json_is_true(json_object_get(call, "refused"))) {
            t.n_refused++;
            (void)snprintf(t.refused, sizeof t.refused, "%s",
                           text_of(call, "trouble"));
        } else if (is_open && json_is_true(json_object_get(call, "owed")) &&
                   json_array_size(json_object_get(call, "missing")) > 0) {
            t.n_owed++;
            (void)snprintf(t.owed, sizeof t.owed, "%s",
                           text_of(call, "trouble"));
        }
    }
    return t;
}

/* The exit status when nothing more is waited for. */
static int end(const tally *t)
{
    sc_fault why = {0};

    if (t->n_owed > 0) {
        (void)sc_fault_set(&why, SC_E_TIMEOUT, "%zu post%s still owed: %s",
                           t->n_owed, t->n_owed == 1 ? " is" : "s are",
                           t->owed[0] != '\0' ? t->owed : "not delivered yet");
        sc_fault_remedy(&why,
                        "leave the node running, or mend it and wait again");
        return sc_cli_fail(&why);
    }
    if (t->n_refused > 0) {
        (void)sc_fault_set(&why, SC_E_REFUSED, "no post was made: %s",
                           t->refused);
        return sc_cli_fail(&why);
    }
    return 0;
}

static int ask(json_t **ok, const sc_ask_where *where)
{
    return sc_ask(ok, NULL, where, json_pack("{s:s}", "op", "calls"),
                  SC_ASK_DEADLINE_MS, NULL);
}

static int wait_posted(json_t **ok, const sc_ask_where *where, uint64_t until)
{
    uint64_t calm_ms = sc_clock_ms(), owed_ms = calm_ms;
    tally t;

    for (;;) {
        int status = ask(ok, where);

        if (status != 0) {
            return status;
        }
        t = count(*ok);
        if (t.n_owed > 0) {
            owed_ms = sc_clock_ms();
        }
        if (t.n_owed > 0 || !json_is_true(json_object_get(*ok, "linked"))) {
            calm_ms = sc_clock_ms();
        }
        if (sc_clock_ms() - calm_ms >= CALM_MS ||
            sc_clock_ms() - owed_ms >= AWAY_MS || sc_clock_left(until) == 0) {
            return end(&t);
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
    uint64_t until = sc_clock_ms();
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
    until += (uint64_t)seconds * 1000;
    if (wait == NULL) {
        status = ask(&ok, &where);
    } else {
        sc_ask_wait_node(&where, until);
        status = wait_posted(&ok, &where, until);
    }
    if (status == 0) {
        status = print(ok, format);
    }
    json_decref(ok);
    return status;
}

const sc_command sc_command_calls = {"calls",
                                     "questions that owners post for and leave",
                                     help, run};
