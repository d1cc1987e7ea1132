/* cli/receipt_export.c: one file for whoever checks, by the node. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/newfile.h"
#include "cli/cli.h"
#include "cli/receipt_fetch.h"

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
typedef struct {
    const char *path; /* NULL: standard output */
    unsigned mode;
    int is_forced;
    sc_newfile *file;
    uint64_t len;
} target;

static sc_err open_target(target *t, sc_fault *why)
{
    if (t->path == NULL) {
        return SC_OK;
    }
    if (!t->is_forced && access(t->path, F_OK) == 0) {
        (void)sc_fault_set(why, SC_E_CONFIG, "the file is there already");
        sc_fault_at(why, t->path, 0, 0);
        sc_fault_remedy(why, "name another, or write over it with --force");
        return SC_E_CONFIG;
    }
    return sc_newfile_new(&t->file, t->path, t->mode, why);
}

static sc_err put_piece(void *ctx, sc_bytes piece, sc_fault *why)
{
    target *t = ctx;

    t->len += piece.len;
    if (t->file != NULL) {
        return sc_newfile_put(t->file, piece, why);
    }
    return fwrite(piece.p, 1, piece.len, stdout) == piece.len
               ? SC_OK
               : sc_fault_set(why, SC_E_IO,
                              "standard output cannot be written");
}

/* Put it in its place. */
static sc_err close_target(target *t, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (t->file == NULL) {
        return SC_OK;
    }
    SC_TRY(sc_newfile_finish(t->file, 1, why));
    (void)fprintf(stderr, "wrote %s: %llu bytes\n", t->path,
                  (unsigned long long)t->len);
    err = SC_OK;
out:
    return err;
}

static int export_file(const sc_receipt_file *f, const sc_ask_where *where,
                       target *t)
{
    sc_fault why = {0};
    int status = 0;

    if (open_target(t, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    status = sc_receipt_fetch(f, where, put_piece, t);
    if (status == 0 && close_target(t, &why) != SC_OK) {
        status = sc_cli_fail(&why);
    }
    sc_newfile_free(&t->file);
    if (status == 0 && !f->is_first) {
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
    const char *words[1] = {SC_ASK_ID};
    target t = {0};
    int with_result = 0;
    const sc_option options[] = {{"with-result", NULL, &with_result, 0},
                                 {"output", &t.path, NULL, 0},
                                 {"force", NULL, &t.is_forced, 0},
                                 SC_ASK_OPTIONS(where)};
    sc_receipt_file f = {0};
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
    t.mode = with_result ? 0600 : 0644;
    status = sc_receipt_ask(&f, &where, words[0], with_result);
    if (status == 0) {
        status = export_file(&f, &where, &t);
    }
    sc_receipt_file_clear(&f);
    return status;
}

const sc_command sc_command_receipt_export = {
    "receipt export", "one file that anybody checks offline", help, run};
