/* cli/cli.h: what the subcommands share.
 *
 * A command is one file with one sc_command, listed in cli/main.c. Answers go to
 * standard output, everything else to standard error. The exit statuses are
 * those of sc_err_exit_status. */
#ifndef SC_CLI_CLI_H
#define SC_CLI_CLI_H

#include "base/fault.h"
#include "base/yaml.h"

typedef struct {
    const char *name;    /* one word, or two: "consortium check" */
    const char *summary; /* one line; NULL: not listed */
    const char *help;    /* the whole text of --help */
    /* argv[0] is the name's last word; returns the exit status. */
    int (*run)(int argc, char **argv);
} sc_command;

extern const sc_command sc_command_init;
extern const sc_command sc_command_check;
extern const sc_command sc_command_accept;
extern const sc_command sc_command_engine;
extern const sc_command sc_command_serve;
extern const sc_command sc_command_query;
extern const sc_command sc_command_explain;
extern const sc_command sc_command_result;
extern const sc_command sc_command_calls;
extern const sc_command sc_command_status;
extern const sc_command sc_command_receipt_list;
extern const sc_command sc_command_receipt_show;
extern const sc_command sc_command_receipt_export;
extern const sc_command sc_command_receipt_verify;
extern const sc_command sc_command_audit;
extern const sc_command sc_command_demo;
extern const sc_command sc_command_he_keygen;
extern const sc_command sc_command_he_encrypt;
extern const sc_command sc_command_he_add;
extern const sc_command sc_command_he_sub;
extern const sc_command sc_command_he_mul;
extern const sc_command sc_command_he_decrypt;
extern const sc_command sc_command_he_prove;
extern const sc_command sc_command_he_verify;

/* Print a fault; returns the exit status for its code. */
int sc_cli_fail(const sc_fault *why);
/* Print all faults of a configuration; returns the status. err is for a list
 * that is empty, because memory ran out. */
int sc_cli_fail_all(const sc_faults *faults, sc_err err);

#endif
