/* cli/ask.h: how a subcommand finds its party's node, and speaks to it. */
#ifndef SC_CLI_ASK_H
#define SC_CLI_ASK_H

#include "cli/args.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "job/node/control.h"

/* Where the node is: its node.yaml, or its socket. */
typedef struct {
    const char *config, *socket;
} sc_ask_where;

/* Two entries for an option list, and their lines of help. */
#define SC_ASK_OPTIONS(where)                                                  \
    {"config", &(where).config, NULL, 0},                                      \
    {                                                                          \
        "socket", &(where).socket, NULL, 0                                     \
    }
#define SC_ASK_HELP                                                            \
    "  --config FILE    node.yaml of your node (default: node.yaml)\n"         \
    "  --socket PATH    its socket instead (STORE/node.sock)\n"

/* Words of a command line, as sc_args_parse wants to know them. */
#define SC_ASK_SQL         "SQL: one text in quotes, or - for standard input"
#define SC_ASK_ID          "ID: `sharechain receipt list` shows them"

#define SC_ASK_DEADLINE_MS 30000

#define SC_ASK_ID_MIN      4 /* digits of an id that are enough */

/* Send a request and wait for its end. Faults are printed.
 *
 *   Out:     ok            the caller's (json_decref)
 *            job           id of the job that the request became, 33 bytes; ""
 *                          while it is none; may be NULL
 *   In:      take_request  taken, also on failure; NULL: memory ran out
 *            wait_ms       SC_NO_DEADLINE: as long as the node lives
 *            progress      shown and ended; may be NULL
 *   Returns: the exit status; *ok is NULL unless it is 0 */
int sc_ask(json_t **ok, char *job, const sc_ask_where *where,
           json_t *take_request, uint64_t wait_ms, sc_progress *progress);
/* Wait until a node answers there, at most until then; whether one does, the next
 * request tells. */
void sc_ask_wait_node(const sc_ask_where *where, uint64_t until_ms);
/* Lists of names with commas; NULL: not said. */
typedef struct {
    const char *to, *auditor;
} sc_ask_who;

#define SC_ASK_WHO_OPTIONS(who)                                                \
    {"to", &(who).to, NULL, 0},                                                \
    {                                                                          \
        "auditor", &(who).auditor, NULL, 0                                     \
    }
/* A request about SQL ("-": standard input), with result parties and auditors.
 * SC_E_CONFIG: not text, too long. */
SC_MUST_USE sc_err sc_ask_make(json_t **request, const char *op,
                               const char *sql, const sc_ask_who *who,
                               sc_fault *why);
/* The node answered, but not as job/node/node.h says: prints so, returns the status. */
int sc_ask_misfit(void);
/* A job's id, or SC_ASK_ID_MIN and more of its first digits. SC_E_CONFIG. */
SC_MUST_USE sc_err sc_ask_check_id(const char *id, sc_fault *why);

/* Print a table to standard output; returns the status. */
int sc_ask_print(const json_t *table, sc_table_format format);
/* The same of rows (taken; NULL: out of memory) below n_columns headings, those
 * marked numeric to the right. */
int sc_ask_print_rows(json_t *rows, const char *const *columns,
                      const int *is_numeric, size_t n_columns,
                      sc_table_format format);

#endif
