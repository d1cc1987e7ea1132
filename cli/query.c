/* cli/query.c: ask, watch, print the answer and where its receipt is. */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/call_state.h"
#include "cli/cli.h"

static const char help[] =
    "usage: sharechain query [--format F] [--to NAME,...] [--days N]\n"
    "       [--auditor NAME,...] [--config FILE|--socket PATH] SQL\n"
    "\n"
    "Asks the consortium and prints the answer. SQL is PostgreSQL's, as far\n"
    "as it can be computed without showing a row; one text in quotes, or `-`\n"
    "to read it from standard input. The receipt's place in the log goes to\n"
    "standard error; where there is no answer, the job's id, under which\n"
    "`sharechain result` tells why.\n"
    "\n"
    "  --format F       table (default), csv, json or markdown\n"
    "  --to NAME,...    who gets the answer (default: you)\n"
    "  --auditor NAME,...\n"
    "                   who gets the query's text and the receipt, and takes "
    "no\n"
    "                   part (default: nobody)\n"
    "  --days N         where owners post and leave: how long they have to\n"
    "                   (default 30, or the consortium's "
    "call_days)\n" SC_ASK_HELP "\n"
    "A cell about too few rows is printed as `suppressed`; so is the number\n"
    "of groups that have such cells. Progress is shown on a terminal only.\n"
    "Where owners post and leave the question stays open after the command "
    "has\n"
    "ended: `sharechain calls` shows who has posted, `sharechain result ID` "
    "the\n"
    "answer once all have.\n";

/* Owners have to post first. */
static int print_call(const json_t *call, sc_table_format format)
{
    const char *id;
    char words[800];

    if (sc_json_str(&id, call, "id") != SC_OK ||
        sc_call_state_words(words, sizeof words, call) != SC_OK) {
        return sc_ask_misfit();
    }
    (void)fprintf(stderr,
                  "%s\nthey post when their nodes are up; then `sharechain "
                  "result %s`\n",
                  words, id);
    if (format == SC_TABLE_JSON &&
        (json_dumpf(call, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF)) {
        return sc_ask_misfit();
    }
    return 0;
}

static int print_answer(const json_t *ok, sc_table_format format)
{
    const json_t *answer = json_object_get(ok, "answer");
    const json_t *call = json_object_get(ok, "call");
    const char *id, *text;
    int64_t index, size;
    int status = 0;

    if (sc_json_str(&text, ok, "text") == SC_OK) { /* EXPLAIN SELECT ... */
        (void)fputs(text, stdout);
        return 0;
    }
    if (call != NULL) {
        return print_call(call, format);
    }
    if (sc_json_str(&id, ok, "id") != SC_OK ||
        sc_json_int(&index, ok, "index", 0, SC_JSON_MAX_INT) != SC_OK ||
        sc_json_int(&size, ok, "size", 0, SC_JSON_MAX_INT) != SC_OK) {
        return sc_ask_misfit();
    }
    if (answer != NULL) {
        status = sc_ask_print(answer, format);
        (void)fflush(stdout);
    }
    if (status == 0) {
        (void)fprintf(stderr, "%sreceipt %s: entry %lld of a log of %lld\n",
                      json_is_true(json_object_get(ok, "stored"))
                          ? "this was asked before: stored answer; "
                      : answer == NULL ? "the answer is with its recipients; "
                                       : "",
                      id, (long long)index, (long long)size);
    }
    return status;
}

static sc_err add_days(json_t *request, const char *text, sc_fault *why)
{
    int64_t days;
    sc_err err = SC_E_BUG;

    if (text == NULL) {
        return SC_OK;
    }
    SC_TRY(sc_args_number(&days, "days", text, 1, 366, why));
    SC_REQUIRE(json_object_set_new(request, "days", json_integer(days)) == 0,
               SC_E_MEM);
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static int run(int argc, char **argv)
{
    sc_ask_where where = {0};
    sc_ask_who who = {0};
    const char *words[1] = {SC_ASK_SQL}, *name = "table", *days = NULL;
    const sc_option options[] = {{"format", &name, NULL, 0},
                                 {"days", &days, NULL, 0},
                                 SC_ASK_WHO_OPTIONS(who),
                                 SC_ASK_OPTIONS(where)};
    json_t *request = NULL, *ok = NULL;
    sc_table_format format = SC_TABLE_TEXT;
    sc_progress progress;
    char job[33];
    sc_fault why = {0};
    size_t n = 0;
    int status = 0;

    if (sc_args_parse(words, &n, argc, argv, options,
                      sizeof options / sizeof *options, 1, 1, &why) != SC_OK ||
        sc_table_format_take(&format, name, &why) != SC_OK ||
        sc_ask_make(&request, "query", words[0], &who, &why) != SC_OK ||
        add_days(request, days, &why) != SC_OK) {
        json_decref(request);
        return sc_cli_fail(&why);
    }
    sc_progress_init(&progress, stderr);
    status = sc_ask(&ok, job, &where, request, SC_NO_DEADLINE, &progress);
    if (status == 0) {
        status = print_answer(ok, format);
    } else if (job[0] != '\0') { /* how it ends, or why it did, is kept */
        (void)fprintf(stderr, "job %s: `sharechain result %s`\n", job, job);
    }
    json_decref(ok);
    return status;
}

const sc_command sc_command_query = {
    "query", "ask SQL across the consortium, print the answer", help, run};
