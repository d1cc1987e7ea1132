/* cli/receipt.c: list and export, by the node; show is in receipt_show.c, verify
 * in receipt_verify.c and needs none. */
#include "cli/receipt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cli.h"

#define LIST_SQL_LEN 60 /* bytes of the SQL in a list for eyes */

static const char help[] =
    "usage: sharechain receipt list [--format F] [--config FILE]\n"
    "       sharechain receipt show [--config FILE] ID\n"
    "       sharechain receipt show [--consortium FILE|DIGEST] FILE\n"
    "       sharechain receipt export [--with-result] [--output FILE] "
    "[--force]\n"
    "                                 [--config FILE] ID\n"
    "       sharechain receipt verify [--consortium FILE|DIGEST] FILE\n"
    "\n"
    "list     All jobs that this party's node took part in, newest first, "
    "refused\n"
    "         ones too. entry: of the receipt in the log; - if there is none "
    "(-1 in\n"
    "         csv and json).\n"
    "show     One receipt in words, checked on the way: who asked what of whom "
    "by\n"
    "         what right, and what came out. Of a FILE it needs no node and "
    "no\n"
    "         network. Of a job without a receipt: who ended it, and why.\n"
    "export   One file that anybody checks offline: receipt, its proof of\n"
    "         inclusion, the consortium file.\n"
    "verify   Checks such a file; needs no node and no network. Prints the "
    "words\n"
    "         of `show`, and apart what is proved and what its parties merely\n"
    "         assert. Exit status 0, 4 (something is malformed, changed or\n"
    "         another's) or 5 (all holds, but nothing here vouches for its "
    "keys).\n"
    "\n"
    "  ID               of a job, or its first digits, 4 or more; so a FILE "
    "of\n"
    "                   such a name is ./NAME\n"
    "  --format F       of list: table (default), csv, json or markdown\n"
    "  --with-result    export question, answer and opened shares too, so "
    "that\n"
    "                   the answer is proved; whoever has the file reads it\n"
    "  --output FILE    write there, not to standard output (-o FILE); a file "
    "with\n"
    "                   the result gets mode 0600\n"
    "  --force          write over a FILE that is there\n"
    "  --consortium X   the consortium file, or its digest, that you trust; "
    "else a\n"
    "                   digest accepted in the store of node.yaml, if there is "
    "one\n" SC_ASK_HELP;

/* ---- list ------------------------------------------------------------- */

/* At most LIST_SQL_LEN bytes on one line, no character cut in two. */
static json_t *short_sql(const char *sql)
{
    char text[LIST_SQL_LEN + 8];
    size_t len = strlen(sql);
    int is_cut = len > LIST_SQL_LEN;

    len = is_cut ? LIST_SQL_LEN : len;
    while (is_cut && len > 0 && ((unsigned char)sql[len] & 0xC0) == 0x80) {
        len--;
    }
    (void)snprintf(text, sizeof text, "%.*s%s", (int)len, sql,
                   is_cut ? "..." : "");
    for (char *p = text; *p != '\0'; p++) {
        if (*p == '\n' || *p == '\t') {
            *p = ' ';
        }
    }
    return json_string(text);
}

static sc_err add_row(json_t *rows, const json_t *job, int is_for_eyes)
{
    sc_err err = SC_E_BUG;
    const char *id, *state, *asker, *sql;
    int64_t time, index;
    char utc[21];
    json_t *row, *entry;

    SC_TRY(sc_json_str(&id, job, "id"));
    SC_TRY(sc_json_str(&state, job, "state"));
    SC_TRY(sc_json_int(&time, job, "time", 0, (int64_t)1 << 37));
    SC_TRY(sc_json_str(&asker, job, "asker"));
    SC_TRY(sc_json_str(&sql, job, "sql"));
    SC_TRY(sc_json_int(&index, job, "index", -1, SC_JSON_MAX_INT));
    sc_utc_print(utc, time);
    entry = is_for_eyes && index < 0 ? json_string("-") : json_integer(index);
    row = json_pack("[s, s, s, s, o, o]", id, utc, asker, state, entry,
                    is_for_eyes ? short_sql(sql) : json_string(sql));
    SC_REQUIRE(row != NULL && json_array_append_new(rows, row) == 0, SC_E_MEM);
    err = SC_OK;
out:
    return err;
}

static int print_list(const json_t *ok, sc_table_format format)
{
    json_t *jobs, *rows = json_array(), *table = NULL;
    int status = 0;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(rows != NULL, SC_E_MEM);
    SC_TRY(sc_json_array(&jobs, ok, "receipts"));
    for (size_t i = 0; i < json_array_size(jobs); i++) {
        SC_TRY(add_row(rows, json_array_get(jobs, i),
                       format == SC_TABLE_TEXT || format == SC_TABLE_MARKDOWN));
    }
    table = json_pack("{s:[s, s, s, s, s, s], s:O, s:[b, b, b, b, b, b]}",
                      "columns", "id", "time", "asker", "state", "entry", "sql",
                      "rows", rows, "numeric", 0, 0, 0, 0, 1, 0);
    SC_REQUIRE(table != NULL, SC_E_MEM);
    status = sc_ask_print(table, format);
    err = SC_OK;
out:
    json_decref(rows);
    json_decref(table);
    return err == SC_OK ? status : sc_ask_misfit();
}

int sc_receipt_verb_list(int argc, char **argv)
{
    sc_ask_where where = {0};
    const char *name = "table";
    const sc_option options[] = {{"format", &name, NULL, 0},
                                 SC_ASK_OPTIONS(where)};
    sc_table_format format = SC_TABLE_TEXT;
    json_t *ok = NULL;
    sc_fault why = {0};
    size_t n = 0;
    int status = 0;

    if (sc_args_parse(NULL, &n, argc, argv, options,
                      sizeof options / sizeof *options, 0, 0, &why) != SC_OK ||
        sc_table_format_take(&format, name, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    status = sc_ask(&ok, NULL, &where, json_pack("{s:s}", "op", "receipts"),
                    SC_ASK_DEADLINE_MS, NULL);
    if (status == 0) {
        status = print_list(ok, format);
    }
    json_decref(ok);
    return status;
}

/* ---- export ------------------------------------------------------------- */

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

int sc_receipt_verb_export(int argc, char **argv)
{
    static char output[] = "--output";
    sc_ask_where where = {0};
    const char *words[1] = {0}, *path = NULL;
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

/* ---- which ------------------------------------------------------------ */

static int run(int argc, char **argv)
{
    static const char *const names[] = {"list", "show", "export", "verify",
                                        NULL};
    static int (*const verbs[])(int, char **) = {sc_receipt_verb_list,
                                                 sc_receipt_verb_show,
                                                 sc_receipt_verb_export,
                                                 sc_receipt_verb_verify};
    const char *name = argc > 1 ? argv[1] : "", *nearest;
    sc_fault why = {0};

    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(name, names[i]) == 0) {
            return verbs[i](argc - 1, argv + 1);
        }
    }
    nearest = sc_args_nearest(name, names);
    (void)sc_fault_set(&why, SC_E_CONFIG, "there is no command receipt %.60s",
                       name);
    sc_fault_remedy(&why, "did you mean %s?",
                    nearest == NULL ? "list, show, export or verify" : nearest);
    return sc_cli_fail(&why);
}

const sc_command sc_command_receipt = {
    "receipt", "list, show, export receipts; verify one offline", help, run};
