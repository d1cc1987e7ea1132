/* cli/main.c: which command, and how it ends. */
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"

static const sc_command *const commands[] = {
    &sc_command_init,   &sc_command_consortium, &sc_command_serve,
    &sc_command_query,  &sc_command_explain,    &sc_command_result,
    &sc_command_status, &sc_command_receipt,    &sc_command_audit,
    &sc_command_demo,   &sc_command_engine,
};

#define N_COMMANDS (sizeof commands / sizeof *commands)

int sc_cli_fail(const sc_fault *why)
{
    char text[1024];

    sc_fault_print(text, sizeof text, why);
    /* "file:line: ..." stands first on its line, so that editors jump there */
    (void)fprintf(stderr, "%s%s\n", why->line > 0 ? "" : "sharechain: ", text);
    return sc_err_exit_status(why->code);
}

int sc_cli_fail_all(const sc_faults *faults, sc_err err)
{
    for (size_t i = 0; i < faults->n_faults; i++) {
        (void)sc_cli_fail(&faults->faults[i]);
    }
    if (faults->n_faults == 0) {
        sc_fault why = {0};

        (void)sc_fault_from(&why, err);
        return sc_cli_fail(&why);
    }
    if (faults->n_faults > 1) {
        (void)fprintf(stderr, "sharechain: %zu mistakes\n", faults->n_faults);
    }
    return sc_err_exit_status(err);
}

static void print_usage(FILE *to)
{
    (void)fprintf(to, "usage: sharechain COMMAND [OPTIONS]\n\n"
                      "Compute on data that nobody shows to anybody; keep a "
                      "signed receipt of it.\n\ncommands:\n");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (commands[i]->summary != NULL) {
            (void)fprintf(to, "  %-12s %s\n", commands[i]->name,
                          commands[i]->summary);
        }
    }
    (void)fprintf(to,
                  "\n`sharechain COMMAND --help` says more; --version prints "
                  "the version.\nExit status: 0 done, 1 failed, 2 usage or "
                  "configuration, 3 refused by a policy,\n4 verification "
                  "failed, 5 not anchored to a pinned consortium. SC_LOG=debug "
                  "says more.\n");
}

static const sc_command *find_command(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[N_COMMANDS + 1] = {0}, *nearest;
    sc_fault why = {0};
    size_t n = 0;

    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (commands[i]->summary != NULL) {
            names[n++] = commands[i]->name;
        }
    }
    nearest = sc_args_nearest(name, names);
    (void)sc_fault_set(&why, SC_E_CONFIG, "there is no command '%.60s'", name);
    if (nearest != NULL) {
        sc_fault_remedy(&why, "did you mean %s?", nearest);
    } else {
        sc_fault_remedy(&why, "`sharechain --help` lists them");
    }
    return sc_cli_fail(&why);
}

static int dispatch(int argc, char **argv)
{
    const sc_command *c;

    if (argc < 2) {
        print_usage(stderr);
        return sc_err_exit_status(SC_E_CONFIG);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("sharechain %s\n", SC_VERSION);
        return 0;
    }
    c = find_command(strcmp(argv[1], "help") == 0 ? argv[2] : argv[1]);
    if (c == NULL) {
        return unknown_command(argv[strcmp(argv[1], "help") == 0 ? 2 : 1]);
    }
    if (strcmp(argv[1], "help") == 0 ||
        sc_args_wants_help(argc - 1, argv + 1)) {
        (void)fputs(c->help, stdout);
        return 0;
    }
    return c->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    int status = dispatch(argc, argv);

    /* What did not reach its reader was not done. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
        sc_fault why = {0};

        (void)sc_fault_set(&why, SC_E_IO, "standard output cannot be written");
        status = sc_cli_fail(&why);
    }
    return status;
}
