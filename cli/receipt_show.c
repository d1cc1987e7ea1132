/* cli/receipt_show.c: one job for a reader: its receipt in words, or why there is
 * none. By the node of an id; of an exported file, from the file alone. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/filemap.h"
#include "base/json.h"
#include "cli/call_state.h"
#include "cli/cli.h"
#include "cli/job_state.h"
#include "cli/receipt.h"
#include "cli/receipt_fetch.h"
#include "cli/words.h"
#include "job/node/judge.h"

static const char help[] =
    "usage: sharechain receipt show [--config FILE|--socket PATH] ID\n"
    "       sharechain receipt show [--consortium FILE|DIGEST] FILE\n"
    "\n"
    "One receipt in words, checked on the way: who asked what of whom by\n"
    "what right, and what came out. Of a FILE it needs no node and no\n"
    "network. Of a job without a receipt: who ended it, and why. ID: its\n"
    "first digits do, 4 or more; so a FILE of such a name is ./NAME.\n"
    "\n"
    "  --consortium X   the consortium file, or its digest, that you trust;\n"
    "                   else a digest accepted in the store of node.yaml, if\n"
    "                   there is one\n" SC_ASK_HELP;

/* Our own node's receipt; nobody needs to vouch for its keys here. job: from the
 * node's record. */
static sc_err print_bundle(sc_bytes file, const json_t *job, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bundle_judge judge = sc_judge(NULL);
    sc_bundle_facts facts;
    sc_bundle bundle = {0};
    sc_receipt_page page = {0};

    err = sc_bundle_verify(&bundle, &facts, file, &judge, NULL, why);
    SC_REQUIRE(err == SC_OK || err == SC_E_UNANCHORED, err);
    SC_TRY(sc_receipt_page_make(&page, &facts, &bundle, job, why));
    sc_receipt_page_print(&page);
    sc_receipt_print_digests(&facts);
    err = SC_OK;
out:
    sc_receipt_page_clear(&page);
    sc_bundle_clear(&bundle);
    return err;
}

static sc_err put_piece(void *ctx, sc_bytes piece, sc_fault *why)
{
    FILE *to = ctx;

    return fwrite(piece.p, 1, piece.len, to) == piece.len
               ? SC_OK
               : sc_fault_set(why, SC_E_IO,
                              "the receipt's temporary file cannot be written");
}

static sc_err print_file(FILE *from, const json_t *job, sc_fault *why)
{
    sc_bytes file = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(fflush(from) == 0,
               sc_fault_set(why, SC_E_IO,
                            "the receipt's temporary file cannot be written"));
    SC_TRY(sc_filemap_take(&file, fileno(from), "the receipt's temporary file",
                           SC_BUNDLE_MAX_FILE, why));
    SC_TRY(print_bundle(file, job, why));
    err = SC_OK;
out:
    sc_filemap_close(&file);
    return err;
}

/* With ciphertexts behind its line: by a temporary file that nobody else opens. */
static int show_large(const sc_receipt_file *f, const sc_ask_where *where,
                      const json_t *job)
{
    FILE *file = tmpfile();
    sc_fault why = {0};
    int status;

    if (file == NULL) {
        (void)sc_fault_set(&why, SC_E_IO, "no temporary file can be made: %s",
                           strerror(errno));
        return sc_cli_fail(&why);
    }
    status = sc_receipt_fetch(f, where, put_piece, file);
    if (status == 0 && print_file(file, job, &why) != SC_OK) {
        status = sc_cli_fail(&why);
    }
    (void)fclose(file);
    return status;
}

static int show_receipt(const json_t *told, const sc_ask_where *where,
                        const char *id)
{
    const json_t *job = json_object_get(told, "job");
    sc_receipt_file f = {0};
    sc_fault why = {0};
    int has_answer = json_object_get(told, "answer") != NULL;
    int status = sc_receipt_ask(&f, where, id, has_answer);

    if (status == 0 && f.rest > 0) {
        status = show_large(&f, where, job);
    } else if (status == 0 && print_bundle(f.line, job, &why) != SC_OK) {
        status = sc_cli_fail(&why);
    }
    sc_receipt_file_clear(&f);
    return status;
}

/* What this party recorded; no other has signed any of it. */
static int show_state(const json_t *told)
{
    const json_t *call = json_object_get(told, "call");
    const json_t *job = json_object_get(told, "job");
    const char *id, *state, *asker, *sql;
    char to[400], utc[21];
    int64_t time;
    sc_fault why = {0};

    if (call != NULL && json_object_get(told, "state") == NULL) {
        return sc_call_state_fault(&why, call) == SC_E_WIRE ? sc_ask_misfit()
                                                            : sc_cli_fail(&why);
    }
    if (sc_json_str(&id, told, "id") != SC_OK ||
        sc_json_str(&state, told, "state") != SC_OK ||
        sc_json_str(&asker, told, "asker") != SC_OK ||
        sc_json_str(&sql, job, "sql") != SC_OK ||
        sc_json_int(&time, job, "time", 0, (int64_t)1 << 37) != SC_OK ||
        sc_job_state_words(&why, told) == SC_E_WIRE) {
        return sc_ask_misfit();
    }
    sc_job_state_names(to, sizeof to, json_object_get(told, "to"));
    sc_utc_print(utc, time);
    (void)printf("job %s, without a receipt: %s\n"
                 "  asked by     %s\n"
                 "  asked at     %s\n"
                 "  SQL          ",
                 id, state, asker, utc);
    sc_words_put(stdout, sql, 15, 0);
    (void)printf("\n  answer to    %s\n", to);
    (void)fflush(stdout);
    return sc_cli_fail(&why);
}

static int show_job(const sc_ask_where *where, const char *id)
{
    json_t *told = NULL;
    int64_t index;
    int status = sc_ask(&told, NULL, where,
                        json_pack("{s:s, s:s}", "op", "result", "id", id),
                        SC_ASK_DEADLINE_MS, NULL);

    if (status != 0) {
        return status;
    }
    if (json_object_get(told, "call") != NULL &&
        json_object_get(told, "state") == NULL) {
        status = show_state(told); /* of a call */
    } else if (sc_json_int(&index, told, "index", -1, SC_JSON_MAX_INT) !=
               SC_OK) {
        status = sc_ask_misfit();
    } else {
        status = index >= 0 ? show_receipt(told, where, id) : show_state(told);
    }
    json_decref(told);
    return status;
}

/* An id, or what is left: the name of a file. */
static int is_id(const char *word)
{
    sc_fault why = {0};

    return sc_ask_check_id(word, &why) == SC_OK;
}

static int run(int argc, char **argv)
{
    sc_ask_where where = {0};
    const char *words[1] = {"ID or FILE"}, *consortium = NULL;
    const sc_option options[] = {{"consortium", &consortium, NULL, 0},
                                 SC_ASK_OPTIONS(where)};
    sc_fault why = {0};
    size_t n = 0;

    if (sc_args_parse(words, &n, argc, argv, options,
                      sizeof options / sizeof *options, 1, 1, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    if (is_id(words[0]) && consortium != NULL) {
        (void)sc_fault_set(&why, SC_E_CONFIG,
                           "--consortium is for a file; of an id, the node's "
                           "own counts");
        return sc_cli_fail(&why);
    }
    if (is_id(words[0])) {
        return show_job(&where, words[0]);
    }
    if (access(words[0], F_OK) != 0) {
        (void)sc_fault_set(&why, SC_E_CONFIG,
                           "'%.80s' is neither an id nor a file here",
                           words[0]);
        sc_fault_remedy(&why,
                        "an id has %d to 32 digits 0-9, a-f; `sharechain "
                        "receipt list` shows them",
                        SC_ASK_ID_MIN);
        return sc_cli_fail(&why);
    }
    return sc_receipt_check_file(words[0], consortium, where.config, 0);
}

const sc_command sc_command_receipt_show = {"receipt show",
                                            "one receipt in words", help, run};
