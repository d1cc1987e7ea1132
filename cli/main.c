/* cli/main.c: which command, and how it ends. */
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"

static const sc_command *const commands[] = {
    &sc_command_init,           &sc_command_check,
    &sc_command_accept,         &sc_command_serve,
    &sc_command_query,          &sc_command_explain,
    &sc_command_result,         &sc_command_calls,
    &sc_command_status,         &sc_command_receipt_list,
    &sc_command_receipt_show,   &sc_command_receipt_export,
    &sc_command_receipt_verify, &sc_command_audit,
    &sc_command_demo,           &sc_command_he_keygen,
    &sc_command_he_encrypt,     &sc_command_he_add,
    &sc_command_he_sub,         &sc_command_he_mul,
    &sc_command_he_decrypt,     &sc_command_he_prove,
    &sc_command_he_verify,      &sc_command_engine,
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
    (void)fputs("usage: sharechain COMMAND [OPTIONS]\n"
                "\n"
                "Compute on data that nobody shows to anybody; keep a signed\n"
                "receipt of it.\n"
                "\n"
                "commands:\n",
                to);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (commands[i]->summary != NULL) {
            (void)fprintf(to, "  %-18s %s\n", commands[i]->name,
                          commands[i]->summary);
        }
    }
    (void)fputs("\n"
                "`sharechain COMMAND --help` says more.\n"
                "`sharechain --version` prints the version.\n"
                "\n"
                "exit status: 0 done; 1 failed; 2 usage, configuration, SQL "
                "that is not\n"
                "supported, or a data file of your own that cannot be read; "
                "3 refused: by an\n"
                "owner's allow or bad_values, by a limit, or by the "
                "consortium's cuts;\n"
                "4 verification failed; 5 consistent, but not anchored to a "
                "consortium digest\n"
                "that you trust. SC_LOG=debug says more.\n",
                to);
}

/* ---- names of one word or two ("consortium check") --------------------- */

/* Is `word` the first of the command's name? */
static int starts_with(const sc_command *c, const char *word)
{
    size_t len = strcspn(c->name, " ");

    return strlen(word) == len && memcmp(c->name, word, len) == 0;
}

/* The second word of its name; NULL if it has one only. */
static const char *second_word(const sc_command *c)
{
    const char *blank = strchr(c->name, ' ');

    return blank == NULL ? NULL : blank + 1;
}

/* The command that argv names, and by how many words. */
static const sc_command *find_command(int *n_words, int argc, char **argv)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *second = second_word(commands[i]);

        if (starts_with(commands[i], argv[0]) &&
            (second == NULL || (argc > 1 && strcmp(argv[1], second) == 0))) {
            *n_words = second == NULL ? 1 : 2;
            return commands[i];
        }
    }
    return NULL;
}

/* ---- help -------------------------------------------------------------- */

/* Of one command, or of all whose first word this is: "consortium". */
static int print_help(int argc, char **argv)
{
    int n_words = 0, n_printed = 0;
    const sc_command *c = find_command(&n_words, argc, argv);

    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (c == NULL ? starts_with(commands[i], argv[0]) : commands[i] == c) {
            (void)printf("%s%s", n_printed++ > 0 ? "\n" : "",
                         commands[i]->help);
        }
    }
    return n_printed > 0;
}

/* ---- slips ------------------------------------------------------------- */

/* First words that are none. */
static int unknown_command(const char *name)
{
    const char *names[N_COMMANDS + 6] = {"--version", "--help", "consortium",
                                         "receipt", "he"};
    const char *nearest;
    sc_fault why = {0};
    size_t n = 5;

    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (commands[i]->summary != NULL && second_word(commands[i]) == NULL) {
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

/* "consortium", and behind it no word, or a wrong one. */
static int unknown_second(int argc, char **argv)
{
    const char *names[N_COMMANDS + 1] = {0}, *nearest;
    char all[128] = "";
    sc_fault why = {0};
    size_t n = 0;

    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (starts_with(commands[i], argv[0])) {
            size_t at = strlen(all);

            names[n] = second_word(commands[i]);
            (void)snprintf(all + at, sizeof all - at, "%s%s", n > 0 ? ", " : "",
                           names[n]);
            n++;
        }
    }
    nearest = argc > 1 ? sc_args_nearest(argv[1], names) : NULL;
    if (argc > 1) {
        (void)sc_fault_set(&why, SC_E_CONFIG, "there is no command '%s %.60s'",
                           argv[0], argv[1]);
    } else {
        (void)sc_fault_set(&why, SC_E_CONFIG, "%s what?", argv[0]);
    }
    sc_fault_remedy(&why, nearest == NULL ? "one of: %s" : "did you mean %s?",
                    nearest == NULL ? all : nearest);
    return sc_cli_fail(&why);
}

static int is_first_word(const char *word)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (starts_with(commands[i], word)) {
            return 1;
        }
    }
    return 0;
}

/* ---- which ------------------------------------------------------------- */

/* argv[0] is the first word behind `sharechain`. */
static int dispatch(int argc, char **argv)
{
    int is_help = argc > 0 && strcmp(argv[0], "help") == 0, n_words = 0;
    const sc_command *c;

    if (argc == 0) {
        print_usage(stderr);
        return sc_err_exit_status(SC_E_CONFIG);
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 ||
        (is_help && argc == 1)) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(argv[0], "--version") == 0) {
        (void)printf("sharechain %s\n", SC_VERSION);
        return 0;
    }
    if (is_help) {
        argc--;
        argv++;
    }
    if ((is_help || sc_args_wants_help(argc, argv)) && print_help(argc, argv)) {
        return 0;
    }
    c = find_command(&n_words, argc, argv);
    if (c != NULL) {
        return c->run(argc - n_words + 1, argv + n_words - 1);
    }
    return is_first_word(argv[0]) ? unknown_second(argc, argv)
                                  : unknown_command(argv[0]);
}

int main(int argc, char **argv)
{
    int status = dispatch(argc - 1, argv + 1);

    /* What did not reach its reader was not done. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
        sc_fault why = {0};

        (void)sc_fault_set(&why, SC_E_IO, "standard output cannot be written");
        status = sc_cli_fail(&why);
    }
    return status;
}
