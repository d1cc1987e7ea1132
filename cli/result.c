/* cli/result.c: a stored answer, printed again. */
#include <stdio.h>

#include "base/json.h"
#include "cli/ask.h"
#include "cli/call_state.h"
#include "cli/cli.h"
#include "cli/job_state.h"

static const char help[] =
    "usage: sharechain result [--format F] [--config FILE|--socket PATH] ID\n"
    "\n"
    "Prints the stored answer of a job again, also after a crash took the\n"
    "terminal that asked. Nothing is computed and nothing is sent.\n"
    "`sharechain receipt list` shows the ids, of which the first digits may\n"
    "do. Of a job without an answer it tells the state: who refused or ended\n"
    "it and why, or who has the answer; of a call who has posted and who has\n"
    "not. The id of a call that all have posted for stands for its job's.\n"
    "\n"
    "  --format F       table (default), csv, json or markdown\n" SC_ASK_HELP;

/* There is none: say how far the job came, or why it ended. */
static int print_state(const json_t *ok)
{
    const json_t *call = json_object_get(ok, "call");
    sc_fault why = {0};

    if (json_object_get(ok, "state") == NULL && call != NULL) {
        return sc_call_state_fault(&why, call) == SC_E_WIRE ? sc_ask_misfit()
                                                            : sc_cli_fail(&why);
    }
    if (sc_job_state_words(&why, ok) == SC_E_WIRE) {
        return sc_ask_misfit();
    }
    return sc_cli_fail(&why);
}

/* Of a call it says which job answered. */
static int print_answer(const json_t *ok, const json_t *answer,
                        sc_table_format format)
{
    int status = sc_ask_print(answer, format);
    const char *id;
    int64_t index;

    if (status == 0 && json_object_get(ok, "call") != NULL &&
        sc_json_str(&id, ok, "id") == SC_OK &&
        sc_json_int(&index, ok, "index", 0, SC_JSON_MAX_INT) == SC_OK) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "receipt %s: entry %lld\n", id, (long long)index);
    }
    return status;
}

static int run(int argc, char **argv)
{
    sc_ask_where where = {0};
    const char *words[1] = {SC_ASK_ID}, *name = "table";
    const sc_option options[] = {{"format", &name, NULL, 0},
                                 SC_ASK_OPTIONS(where)};
    sc_table_format format = SC_TABLE_TEXT;
    const json_t *answer;
    json_t *ok = NULL;
    sc_fault why = {0};
    size_t n = 0;
    int status = 0;

    if (sc_args_parse(words, &n, argc, argv, options,
                      sizeof options / sizeof *options, 1, 1, &why) != SC_OK ||
        sc_table_format_take(&format, name, &why) != SC_OK ||
        sc_ask_check_id(words[0], &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    status = sc_ask(&ok, NULL, &where,
                    json_pack("{s:s, s:s}", "op", "result", "id", words[0]),
                    SC_ASK_DEADLINE_MS, NULL);
    if (status == 0) {
        answer = json_object_get(ok, "answer");
        status =
            answer != NULL ? print_answer(ok, answer, format) : print_state(ok);
    }
    json_decref(ok);
    return status;
}

const sc_command sc_command_result = {"result",
                                      "print the stored answer of a job again",
                                      help, run};
