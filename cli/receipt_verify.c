/* cli/receipt_verify.c: an exported receipt, checked from the file alone. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/filemap.h"
#include "base/yaml.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/receipt.h"
#include "job/conf/accept.h"
#include "job/conf/nodeconf.h"
#include "job/node/judge.h"

static const char help[] =
    "usage: sharechain receipt verify [--consortium FILE|DIGEST] FILE\n"
    "\n"
    "Checks a file that `receipt export` wrote; needs no node and no\n"
    "network. Prints the words of `receipt show`, and apart what is proved\n"
    "and what its parties merely assert. Exit status 0, 4 (something is\n"
    "malformed, changed or another's) or 5 (all holds, but nothing here\n"
    "vouches for its keys).\n"
    "\n"
    "  --consortium X   the consortium file, or its digest, that you trust;\n"
    "                   else a digest accepted in the store of node.yaml, if\n"
    "                   there is one\n"
    "  --config FILE    node.yaml of your node (default: node.yaml)\n";

typedef struct {
    uint8_t digest[SC_HASH_LEN];
    int is_set;
    char through[200]; /* who vouches for it: "the digest given ..." */
} anchor;

/* A missing file is the caller's mistake. */
static sc_err blame_caller(sc_err err, sc_fault *why)
{
    if (err == SC_E_NOT_FOUND) {
        why->code = err = SC_E_CONFIG;
    }
    return err;
}

/* The trusted file: it must be a consortium file, or its digest would be that of
 * any file. */
static sc_err take_file(anchor *a, const char *path, sc_faults *faults,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_consortium *c = NULL;
    sc_buf text = {0};

    SC_TRY(blame_caller(sc_file_read(&text, path, SC_YAML_MAX_LEN, why), why));
    SC_TRY(sc_consortium_parse(&c, faults, path, sc_buf_bytes(&text)));
    memcpy(a->digest, c->digest, sizeof a->digest);
    (void)snprintf(a->through, sizeof a->through,
                   "the file %.120s, given with --consortium", path);
    err = SC_OK;
out:
    sc_consortium_free(&c);
    sc_buf_clear(&text);
    return err;
}

/* 64 digits, or the trusted file. */
static sc_err take_anchor(anchor *a, const char *word, sc_faults *faults,
                          sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (sc_hex_get(a->digest, sizeof a->digest, sc_bytes_of(word)) == SC_OK) {
        (void)snprintf(a->through, sizeof a->through,
                       "the digest given with --consortium");
    } else if (access(word, F_OK) == 0) {
        SC_TRY(take_file(a, word, faults, why));
    } else {
        (void)sc_fault_set(why, SC_E_CONFIG,
                           "--consortium %.80s: neither a file here nor a "
                           "digest of 64 digits 0-9, a-f",
                           word);
        sc_fault_remedy(why, "`sharechain consortium check FILE` prints the "
                             "digest of a file");
        return SC_E_CONFIG;
    }
    a->is_set = 1;
    err = SC_OK;
out:
    return err;
}

/* The digest of the bundle's consortium, if the operator accepted it once. A
 * bundle that is none has no anchor; the verdict will say so. */
static sc_err find_accepted(anchor *a, const char *config, sc_bytes file,
                            sc_faults *faults, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_nodeconf *conf = NULL;
    sc_bundle b = {0};

    SC_TRY(sc_nodeconf_load(&conf, faults, config));
    if (sc_bundle_take(&b, file) == SC_OK) {
        sc_sha256(a->digest, b.consortium);
        err = sc_accept_find(conf->store, a->digest, why);
        a->is_set = err == SC_OK;
        (void)snprintf(a->through, sizeof a->through,
                       "a digest accepted before, in %.120s/accepted",
                       conf->store);
        SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    }
    *why = (sc_fault){0};
    err = SC_OK;
out:
    sc_bundle_clear(&b);
    sc_nodeconf_free(&conf);
    return err;
}

static sc_err find_anchor(anchor *a, const char *consortium, const char *config,
                          sc_bytes file, sc_faults *faults, sc_fault *why)
{
    if (consortium != NULL) {
        return take_anchor(a, consortium, faults, why);
    }
    if (config == NULL && access("node.yaml", F_OK) != 0) {
        return SC_OK;
    }
    return find_accepted(a, config == NULL ? "node.yaml" : config, file, faults,
                         why);
}

static int is_of_another(const sc_bundle *b, const anchor *a)
{
    uint8_t digest[SC_HASH_LEN];

    sc_sha256(digest, b->consortium);
    return a->is_set && b->consortium.len > 0 &&
           memcmp(digest, a->digest, sizeof digest) != 0;
}

/* What went wrong, seen from what the caller gave. */
static int fail(sc_err err, const char *path, const sc_bundle *b,
                const anchor *a, sc_fault *why)
{
    if (err == SC_E_UNANCHORED) {
        sc_fault_remedy(why, "give --consortium FILE or DIGEST, as heard over "
                             "another channel");
    } else if (is_of_another(b, a)) {
        sc_fault_remedy(why, "what is trusted here is %s: is it the right one?",
                        a->through);
    }
    sc_fault_at(why, path, 0, 0);
    return sc_cli_fail(why);
}

/* Of proofs bit by bit a file may have minutes of work. */
static void show_checked(void *progress, uint64_t done, uint64_t total)
{
    sc_progress_show(progress, "check", done, total);
}

static int judge(const char *path, sc_bytes file, const anchor *a,
                 int is_verdict)
{
    sc_progress progress;
    sc_judge_watch watch = {show_checked, &progress};
    sc_bundle_judge by = sc_judge(&watch);
    sc_bundle_facts facts;
    sc_receipt_page page = {0};
    sc_bundle b = {0};
    sc_fault why = {0}, inner = {0};
    int status = 0;
    sc_err err;

    sc_progress_init(&progress, stderr);
    err = sc_bundle_verify(&b, &facts, file, &by, a->is_set ? a->digest : NULL,
                           &why);
    sc_progress_end(&progress);
    if (err == SC_OK || err == SC_E_UNANCHORED) {
        sc_err made = sc_receipt_page_make(&page, &facts, &b, NULL, &inner);

        if (made == SC_OK) {
            if (err == SC_E_UNANCHORED) {
                (void)puts("NOT ANCHORED: nobody here vouches for the keys "
                           "that signed this");
            }
            sc_receipt_page_print(&page);
            if (is_verdict) {
                sc_receipt_print_verdicts(&facts);
            }
            sc_receipt_print_anchor(&facts, a->through);
            sc_receipt_print_digests(&facts);
            (void)fflush(stdout);
        } else {
            err = made;
            why = inner;
        }
    }
    if (err != SC_OK) {
        status = fail(err, path, &b, a, &why);
    }
    sc_receipt_page_clear(&page);
    sc_bundle_clear(&b);
    return status;
}

int sc_receipt_check_file(const char *path, const char *consortium,
                          const char *config, int is_verdict)
{
    anchor a = {.is_set = 0};
    sc_faults faults = {0};
    sc_fault why = {0};
    sc_bytes file = {0};
    int status = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(blame_caller(sc_filemap_open(&file, path, SC_BUNDLE_MAX_FILE, &why),
                        &why));
    SC_TRY(find_anchor(&a, consortium, config, file, &faults, &why));
    status = judge(path, file, &a, is_verdict);
    err = SC_OK;
out:
    if (err != SC_OK) {
        status = faults.n_faults > 0 ? sc_cli_fail_all(&faults, err)
                                     : sc_cli_fail(&why);
    }
    sc_faults_clear(&faults);
    sc_filemap_close(&file);
    return status;
}

static int run(int argc, char **argv)
{
    const char *words[1] = {"FILE"}, *consortium = NULL, *config = NULL;
    const sc_option options[] = {{"consortium", &consortium, NULL, 0},
                                 {"config", &config, NULL, 0}};
    sc_fault why = {0};
    size_t n = 0;

    if (sc_args_parse(words, &n, argc, argv, options, 2, 1, 1, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    return sc_receipt_check_file(words[0], consortium, config, 1);
}

const sc_command sc_command_receipt_verify = {"receipt verify",
                                              "check an exported file offline",
                                              help, run};
