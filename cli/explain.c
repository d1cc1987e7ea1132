/* cli/explain.c: what a query would do, in words. */
#include <stdio.h>

#include "base/json.h"
#include "cli/ask.h"
#include "cli/cli.h"

static const char help[] =
    "usage: sharechain explain [--to NAME,...]\n"
    "       [--auditor NAME,...] [--config FILE|--socket PATH] SQL\n"
    "\n"
    "Prints what `sharechain query` would do with the same words: steps,\n"
    "protocol, adversary, what is opened to whom, what else leaks, rounds,\n"
    "bytes, estimated time. Nothing is sent to any party. SQL is one text in\n"
    "quotes, or `-` to read it from standard input.\n"
    "\n"
    "  --to NAME,...    the parties who would get the answer\n"
    "  --auditor NAME,...\n"
    "                   who would get the query's text and the "
    "receipt\n" SC_ASK_HELP;

static int run(int argc, char **argv)
{
    sc_ask_where where = {0};
    sc_ask_who who = {0};
    const char *words[1] = {SC_ASK_SQL}, *text;
    const sc_option options[] = {SC_ASK_WHO_OPTIONS(who),
                                 SC_ASK_OPTIONS(where)};
    json_t *request = NULL, *ok = NULL;
    sc_fault why = {0};
    size_t n = 0;
    int status = 0;

    if (sc_args_parse(words, &n, argc, argv, options,
                      sizeof options / sizeof *options, 1, 1, &why) != SC_OK ||
        sc_ask_make(&request, "explain", words[0], &who, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    status = sc_ask(&ok, NULL, &where, request, SC_ASK_DEADLINE_MS, NULL);
    if (status == 0 && sc_json_str(&text, ok, "text") == SC_OK) {
        (void)fputs(text, stdout);
    } else if (status == 0) {
        status = sc_ask_misfit();
    }
    json_decref(ok);
    return status;
}

const sc_command sc_command_explain = {"explain",
                                       "print what a query would do and reveal",
                                       help, run};
