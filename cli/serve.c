/* cli/serve.c: a party's node, from its start-up line to a signal. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/encode.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/library.h"
#include "job/node/node.h"

static const char help[] =
    "usage: sharechain serve [--config FILE]\n"
    "\n"
    "Runs this party's node: one TCP port for its peers, one local socket\n"
    "for its own users. Prints one line once it listens; logs to standard\n"
    "error (SC_LOG=debug|info|warn|error). SIGINT or SIGTERM stops it.\n"
    "\n"
    "  --config FILE    node.yaml (default: node.yaml)\n"
    "\n"
    "Whoever may open the local socket (STORE/node.sock, mode 0600) acts as\n"
    "this party.\n";

/* Every thread that comes later has these signals blocked too. */
static sc_err take_signals(int *fd, sc_fault *why)
{
    sigset_t stop;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &stop, NULL);
    *fd = signalfd(-1, &stop, SFD_CLOEXEC);
    if (*fd < 0) {
        return sc_fault_set(why, SC_E_IO, "cannot wait for signals: %s",
                            strerror(errno));
    }
    return SC_OK;
}

static sc_err find_program(char out[static PATH_MAX], sc_fault *why)
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

    if (n <= 0 || n >= PATH_MAX - 1) {
        return sc_fault_set(why, SC_E_IO, "cannot find this program's file: %s",
                            strerror(errno));
    }
    out[n] = '\0';
    return SC_OK;
}

static void announce(const sc_node *n, const sc_nodeconf *conf)
{
    char digest[65];

    sc_hex32(digest, conf->consortium->digest);
    (void)printf("%s serves %s on %s, users on %s, consortium digest %s\n",
                 conf->consortium->parties[conf->me].name,
                 conf->consortium->name, sc_node_address(n), sc_node_socket(n),
                 digest);
    (void)fflush(stdout);
}

static sc_err serve(const char *config, sc_faults *faults, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char program[PATH_MAX], library[PATH_MAX] = "";
    sc_nodeconf *conf = NULL;
    sc_node *node = NULL;
    sc_log log = {0};
    int fd = -1;

    SC_TRY(take_signals(&fd, why));
    SC_TRY(find_program(program, why));
    SC_TRY(sc_nodeconf_load(&conf, faults, config));
    if (getenv("SC_DUCKDB") == NULL) {
        SC_TRY(sc_library_find(library, program, why));
    }
    SC_TRY(sc_node_new(&node, config, program,
                       library[0] == '\0' ? NULL : library, faults, why));
    log = sc_log_make(conf->consortium->parties[conf->me].name);
    announce(node, conf);
    SC_TRY(sc_node_run(node, fd, why));
    err = SC_OK;
out:
    sc_node_free(&node);
    sc_nodeconf_free(&conf);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (err == SC_OK) {
        sc_log_line(&log, SC_LOG_INFO, "node", "stopped");
    }
    return faults->n_faults > 0 ? err : sc_fault_from(why, err);
}

static int run(int argc, char **argv)
{
    const char *config = "node.yaml";
    const sc_option options[] = {{"config", &config, NULL, 0}};
    sc_faults faults = {0};
    sc_fault why = {0};
    size_t n = 0;
    int status = 0;
    sc_err err = sc_args_parse(NULL, &n, argc, argv, options, 1, 0, 0, &why);

    if (err == SC_OK) {
        err = serve(config, &faults, &why);
    }
    if (err != SC_OK) {
        status = faults.n_faults > 0 ? sc_cli_fail_all(&faults, err)
                                     : sc_cli_fail(&why);
    }
    sc_faults_clear(&faults);
    return status;
}

const sc_command sc_command_serve = {"serve", "run this party's node", help,
                                     run};
