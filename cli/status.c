/* cli/status.c: the node, its log, its peers and its tables. */
#include <stdio.h>

#include "base/date.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cli.h"

#define MAX_TIME INT64_C(253402300799) /* the end of year 9999 */

static const char help[] =
    "usage: sharechain status [--config FILE|--socket PATH]\n"
    "\n"
    "Prints this party's node: its log (entries here, entries that the quorum\n"
    "cosigned, its root; entries of ours that still wait to be taken), "
    "running\n"
    "jobs, and for each peer whether it is linked, the round trip, the size "
    "of its\n"
    "log and the last trouble. Then each table of yours: rows, values outside "
    "the\n"
    "schema, when it was checked, which version of its files, who asked how "
    "often\n"
    "today; and what is wrong with it.\n"
    "\n" SC_ASK_HELP;

static sc_err print_head(const json_t *ok)
{
    sc_err err = SC_E_BUG;
    const char *me, *name, *digest, *root;
    int64_t size, published, owed, ordering, jobs, open, calls;
    json_t *chain;
    char here[64] = "";

    SC_TRY(sc_json_str(&me, ok, "me"));
    SC_TRY(sc_json_str(&name, ok, "consortium"));
    SC_TRY(sc_json_str(&digest, ok, "digest"));
    SC_TRY(sc_json_int(&jobs, ok, "jobs", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_int(&open, ok, "open", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_int(&calls, ok, "calls", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_object(&chain, ok, "chain"));
    SC_TRY(sc_json_int(&size, chain, "size", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_int(&published, chain, "published", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_int(&owed, chain, "owed", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_int(&ordering, chain, "ordering", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_str(&root, chain, "root"));
    if (ordering > 0) {
        (void)snprintf(here, sizeof here,
                       "; %lld in all wait here for a quorum",
                       (long long)ordering);
    }
    (void)printf("party      %s of %s\n"
                 "digest     %s\n"
                 "log        %lld entries, %lld cosigned by the quorum\n"
                 "head       %lld:%s\n"
                 "waiting    %lld entr%s of ours%s\n"
                 "jobs       %lld running, %lld signed and not finished\n",
                 me, name, digest, (long long)size, (long long)published,
                 (long long)published, root, (long long)owed,
                 owed == 1 ? "y" : "ies", here, (long long)jobs,
                 (long long)open);
    if (calls > 0) {
        (void)printf("calls      %lld open: `sharechain calls`\n",
                     (long long)calls);
    }
    if (json_is_true(json_object_get(ok, "is_loose"))) {
        (void)printf("engine     without Landlock, which this kernel lacks\n");
    }
    err = SC_OK;
out:
    return err;
}

/* Milliseconds with two digits, "" if never measured. */
static json_t *round_trip(int64_t us)
{
    char text[32] = "";

    if (us > 0) {
        (void)snprintf(text, sizeof text, "%lld.%02lld ms",
                       (long long)(us / 1000), (long long)(us % 1000 / 10));
    }
    return json_string(text);
}

static sc_err add_peer(json_t *rows, const json_t *peer)
{
    sc_err err = SC_E_BUG;
    const char *name, *reason;
    int64_t rtt_us, size;
    const json_t *linked = json_object_get(peer, "linked");
    json_t *row;

    SC_TRY(sc_json_str(&name, peer, "name"));
    SC_TRY(sc_json_str(&reason, peer, "reason"));
    SC_TRY(sc_json_int(&rtt_us, peer, "rtt_us", -1, SC_JSON_MAX_INT));
    SC_TRY(sc_json_int(&size, peer, "size", -1, SC_JSON_MAX_INT));
    SC_REQUIRE(json_is_boolean(linked), SC_E_WIRE);
    row =
        json_pack("[s, s, o, I, s]", name, json_is_true(linked) ? "yes" : "no",
                  round_trip(json_is_true(linked) ? rtt_us : 0),
                  (json_int_t)size, reason);
    SC_REQUIRE(row != NULL && json_array_append_new(rows, row) == 0, SC_E_MEM);
    err = SC_OK;
out:
    return err;
}

/* "alice 3 of 20, bob 1 of 20" */
static sc_err put_asked(sc_buf *out, const json_t *table, int64_t most)
{
    sc_err err = SC_E_BUG;
    json_t *asked;

    SC_TRY(sc_json_array(&asked, table, "asked"));
    for (size_t i = 0; i < json_array_size(asked); i++) {
        const char *name;
        int64_t n;

        SC_TRY(sc_json_str(&name, json_array_get(asked, i), "name"));
        SC_TRY(
            sc_json_int(&n, json_array_get(asked, i), "n", 0, SC_JSON_MAX_INT));
        SC_TRY(sc_buf_printf(out, "%s%s %lld of %lld", i > 0 ? ", " : "", name,
                             (long long)n, (long long)most));
    }
    SC_TRY(sc_buf_put_str(out, json_array_size(asked) == 0 ? "none" : ""));
    SC_TRY(sc_buf_terminate(out));
    err = SC_OK;
out:
    return err;
}

static sc_err add_table(json_t *rows, const json_t *table, int64_t most)
{
    sc_err err = SC_E_BUG;
    const char *name, *state, *version;
    int64_t n_rows, outside, checked;
    char when[21] = "";
    sc_buf asked = {0};
    json_t *row;

    SC_TRY(sc_json_str(&name, table, "name"));
    SC_TRY(sc_json_str(&state, table, "state"));
    SC_TRY(sc_json_str(&version, table, "version"));
    SC_TRY(sc_json_int(&n_rows, table, "rows", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_int(&outside, table, "outside", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_int(&checked, table, "checked", 0, MAX_TIME));
    SC_TRY(put_asked(&asked, table, most));
    if (checked > 0) {
        sc_utc_print(when, checked);
    }
    row = json_pack("[s, s, I, I, s, s, s]", name, state, (json_int_t)n_rows,
                    (json_int_t)outside, when, version, (char *)asked.p);
    SC_REQUIRE(row != NULL && json_array_append_new(rows, row) == 0, SC_E_MEM);
    err = SC_OK;
out:
    sc_buf_clear(&asked);
    return err;
}

/* What is wrong with a table, below all of them. */
static sc_err print_words(const json_t *table)
{
    sc_err err = SC_E_BUG;
    const char *name;
    json_t *words;

    SC_TRY(sc_json_str(&name, table, "name"));
    SC_TRY(sc_json_array(&words, table, "words"));
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *text = json_string_value(json_array_get(words, i));

        SC_REQUIRE(text != NULL, SC_E_WIRE);
        (void)printf("%s: ", name);
        for (; *text != '\0'; text++) { /* a file's name may hold anything */
            (void)putchar((unsigned char)*text < 0x20 ? '?' : *text);
        }
        (void)putchar('\n');
    }
    err = SC_OK;
out:
    return err;
}

static int print_tables(const json_t *ok)
{
    static const char *const columns[] = {
        "table",   "state",   "rows",           "outside the schema",
        "checked", "version", "questions today"};
    static const int is_numeric[] = {0, 0, 1, 1, 0, 0, 0};
    json_t *tables, *rows = json_array();
    int64_t most;
    int status = 0;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(rows != NULL, SC_E_MEM);
    SC_TRY(sc_json_array(&tables, ok, "tables"));
    SC_TRY(sc_json_int(&most, ok, "questions_per_day", 0, SC_JSON_MAX_INT));
    if (json_array_size(tables) == 0) { /* an auditor */
        json_decref(rows);
        return 0;
    }
    for (size_t i = 0; i < json_array_size(tables); i++) {
        SC_TRY(add_table(rows, json_array_get(tables, i), most));
    }
    status = sc_ask_print_rows(rows, columns, is_numeric, 7, SC_TABLE_TEXT);
    rows = NULL;
    for (size_t i = 0; i < json_array_size(tables); i++) {
        SC_TRY(print_words(json_array_get(tables, i)));
    }
    err = SC_OK;
out:
    json_decref(rows);
    return err == SC_OK ? status : sc_ask_misfit();
}

static int print_peers(const json_t *ok)
{
    static const char *const columns[] = {"peer", "linked", "round trip", "log",
                                          "last trouble"};
    static const int is_numeric[] = {0, 0, 1, 1, 0};
    json_t *peers, *rows = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(rows != NULL, SC_E_MEM);
    SC_TRY(sc_json_array(&peers, ok, "peers"));
    for (size_t i = 0; i < json_array_size(peers); i++) {
        SC_TRY(add_peer(rows, json_array_get(peers, i)));
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        json_decref(rows);
        return sc_ask_misfit();
    }
    return sc_ask_print_rows(rows, columns, is_numeric, 5, SC_TABLE_TEXT);
}

static int run(int argc, char **argv)
{
    sc_ask_where where = {0};
    const sc_option options[] = {SC_ASK_OPTIONS(where)};
    json_t *ok = NULL;
    sc_fault why = {0};
    size_t n = 0;
    int status = 0;

    if (sc_args_parse(NULL, &n, argc, argv, options,
                      sizeof options / sizeof *options, 0, 0, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    status = sc_ask(&ok, NULL, &where, json_pack("{s:s}", "op", "status"),
                    SC_ASK_DEADLINE_MS, NULL);
    if (status == 0) {
        status = print_head(ok) == SC_OK ? print_peers(ok) : sc_ask_misfit();
        status = status == 0 ? print_tables(ok) : status;
    }
    json_decref(ok);
    return status;
}

const sc_command sc_command_status = {
    "status", "print this party's node, its log, peers and tables", help, run};
