/* cli/receipt_export.c: one file for whoever checks, by the node. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cli.h"

static const char help[] =
    "usage: sharechain receipt export [--with-result] [--output FILE] "
    "[--force]\n"
    "                                 [--config FILE|--socket PATH] ID\n"
    "\n"
    "One file that anybody checks offline: receipt, its proof of inclusion,\n"
    "the consortium file. ID: of a job, or its first digits, 4 or more.\n"
    "\n"
    "  --with-result    question, answer and opened shares too, so that the\n"
    "                   answer is proved; whoever has the file reads it\n"
    "  --output FILE    write there, not to standard output (-o FILE); a file\n"
    "                   with the result gets mode 0600\n"
    "  --force          write over a FILE that is there\n" SC_ASK_HELP;

/* A file with the answer in it is its owner's alone; one that is there stays. */
static int write_bundle(const char *text, const char *path, int with_result,
                        int is_forced)
{
    sc_fault why = {0};

    if (path == NULL) {
        (void)fputs(text, stdout);
        return 0;
    }
    if (!is_forced && access(path, F_OK) == 0) {
        (void)sc_fault_set(&why, SC_E_CONFIG, "the file is there already");
        sc_fault_at(&why, path, 0, 0);
        sc_fault_remedy(&why, "name another, or write over it with --force");
        return sc_cli_fail(&why);
    }
    if (sc_file_replace(path, sc_bytes_of(text), with_result ? 0600 : 0644,
                        &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    (void)fprintf(stderr, "wrote %s: %zu bytes\n", path, strlen(text));
    return 0;
}

static int export_bundle(const json_t *ok, const char *path, int with_result,
                         int is_forced)
{
    const char *text;
    int status;

    if (sc_json_str(&text, ok, "bundle") != SC_OK) {
        return sc_ask_misfit();
    }
    status = write_bundle(text, path, with_result, is_forced);
    if (status == 0 && !json_is_true(json_object_get(ok, "first"))) {
        (void)fputs("the first checkpoint that covered it was not kept here: "
                    "it is proved below the newest\n",
                    stderr);
    }
    return status;
}

static int run(int argc, char **argv)
{
    static char output[] = "--output";
    sc_ask_where where = {0};
    const char *words[1] = {SC_ASK_ID}, *path = NULL;
    int with_result = 0, is_forced = 0;
    const sc_option options[] = {{"with-result", NULL, &with_result, 0},
                                 {"output", &path, NULL, 0},
                                 {"force", NULL, &is_forced, 0},
                                 SC_ASK_OPTIONS(where)};
    json_t *ok = NULL;
    sc_fault why = {0};
    size_t n = 0;
    int status = 0;

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        argv[i] = strcmp(argv[i], "-o") == 0 ? output : argv[i];
    }
    if (sc_args_parse(words, &n, argc, argv, options,
                      sizeof options / sizeof *options, 1, 1, &why) != SC_OK ||
        sc_ask_check_id(words[0], &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    status = sc_ask(&ok, NULL, &where,
                    json_pack("{s:s, s:s, s:b}", "op", "receipt", "id",
                              words[0], "with_result", with_result),
                    SC_ASK_DEADLINE_MS, NULL);
    if (status == 0) {
        status = export_bundle(ok, path, with_result, is_forced);
    }
    json_decref(ok);
    return status;
}

const sc_command sc_command_receipt_export = {
    "receipt export", "one file that anybody checks offline", help, run};
