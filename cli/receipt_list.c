/* cli/receipt_list.c: the node's jobs, by the node. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cli.h"

#define LIST_SQL_LEN 60 /* bytes of the SQL in a list for eyes */

static const char help[] =
    "usage: sharechain receipt list [--format F] [--config FILE|--socket "
    "PATH]\n"
    "\n"
    "All jobs that this party's node took part in, newest first, refused\n"
    "ones too. entry: of the receipt in the log; - if there is none (-1 in\n"
    "csv and json).\n"
    "\n"
    "  --format F       table (default), csv, json or markdown\n" SC_ASK_HELP;

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
    static const char *const columns[] = {"id",    "time",  "asker",
                                          "state", "entry", "sql"};
    static const int is_numeric[] = {0, 0, 0, 0, 1, 0};
    json_t *jobs, *rows = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(rows != NULL, SC_E_MEM);
    SC_TRY(sc_json_array(&jobs, ok, "receipts"));
    for (size_t i = 0; i < json_array_size(jobs); i++) {
        SC_TRY(add_row(rows, json_array_get(jobs, i),
                       format == SC_TABLE_TEXT || format == SC_TABLE_MARKDOWN));
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        json_decref(rows);
        return sc_ask_misfit();
    }
    return sc_ask_print_rows(rows, columns, is_numeric, 6, format);
}

static int run(int argc, char **argv)
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

const sc_command sc_command_receipt_list = {"receipt list",
                                            "the jobs of this node", help, run};
