/* cli/engine.c: the owner's engine, started by the node and by nobody else. */
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "data/engine.h"

static const char help[] =
    "usage: sharechain engine FD [LIBDUCKDB]\n"
    "\n"
    "Used by `sharechain serve`, which starts it with one socket: runs the\n"
    "owner's local part of a query, without keys and without network.\n";

static int run(int argc, char **argv)
{
    const char *words[2] = {0};
    sc_fault why = {0};
    size_t n = 0;

    if (sc_args_parse(words, &n, argc, argv, NULL, 0, 1, 2, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    /* One digit: the descriptor that the node passes. */
    if (strlen(words[0]) != 1 || words[0][0] < '3' || words[0][0] > '9') {
        (void)sc_fault_set(&why, SC_E_CONFIG,
                           "this command is started by a node");
        return sc_cli_fail(&why);
    }
    return sc_engine_child(words[0][0] - '0', words[1]);
}

const sc_command sc_command_engine = {"engine", NULL, help, run};
