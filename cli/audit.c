/* cli/audit.c: a whole log, and the receipts kept beside it, from files. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/encode.h"
#include "base/file.h"
#include "cli/args.h"
#include "cli/audit.h"
#include "cli/cli.h"
#include "job/conf/accept.h"
#include "job/conf/nodeconf.h"

static const char help[] =
    "usage: sharechain audit [--config node.yaml] [--at-least S:R]\n"
    "       sharechain audit --dir D --consortium FILE [--at-least S:R]\n"
    "\n"
    "Checks a whole log from its files, without a node and without writing; a "
    "node\n"
    "may run meanwhile. Every entry, hash, signature and quorum; and of each "
    "receipt\n"
    "that lies there, the signatures of its parties and what both ends of "
    "each\n"
    "channel saw. The first fault ends the audit and is named with its file.\n"
    "\n"
    "  --config FILE    node.yaml of your node (default: node.yaml)\n"
    "  --dir D          a folder with chain/ in it (a store, or a mirror), or "
    "a\n"
    "                   copy of that chain/ itself\n"
    "  --consortium F   the consortium file that you trust: its keys are "
    "needed,\n"
    "                   so that its digest will not do\n"
    "  --at-least S:R   the log must begin with S entries of root R, as heard "
    "or\n"
    "                   seen before (`sharechain status` prints the head): a "
    "log\n"
    "                   that was cut short is found only so\n";

typedef struct {
    const char *config, *dir, *consortium, *at_least;
} wish;

typedef struct {
    sc_nodeconf *conf;
    sc_consortium *read; /* with --consortium */
    const sc_consortium *consortium;
    const char *dir;
    sc_head at_least;
    int is_anchored; /* somebody here vouches for the consortium */
    sc_audit *chain;
    sc_audit_receipts receipts;
} work;

/* ---- what to check ---------------------------------------------------- */

/* "SIZE:ROOT", the root in hexadecimal or as a checkpoint has it. */
static sc_err take_head(sc_head *head, const char *text, sc_fault *why)
{
    const char *colon = strchr(text, ':');
    sc_buf root = {0};
    char *end = NULL;

    if (colon == NULL || text[0] < '0' || text[0] > '9') {
        goto bad;
    }
    errno = 0;
    head->size = strtoull(text, &end, 10);
    if (errno != 0 || end != colon) {
        goto bad;
    }
    if (sc_hex_get(head->root.b, sizeof head->root.b, sc_bytes_of(colon + 1)) !=
        SC_OK) {
        if (sc_base64_get(&root, sc_bytes_of(colon + 1), sizeof head->root.b) !=
                SC_OK ||
            root.len != sizeof head->root.b) {
            goto bad;
        }
        memcpy(head->root.b, root.p, root.len);
    }
    sc_buf_clear(&root);
    return SC_OK;
bad:
    sc_buf_clear(&root);
    (void)sc_fault_set(why, SC_E_CONFIG, "--at-least is not SIZE:ROOT");
    sc_fault_remedy(why, "`sharechain status` prints the head in this form");
    return SC_E_CONFIG;
}

static int is_digest(const char *word)
{
    uint8_t digest[SC_HASH_LEN];

    return sc_hex_get(digest, sizeof digest, sc_bytes_of(word)) == SC_OK;
}

static sc_err read_consortium(work *w, const char *path, sc_faults *faults,
                              sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    err = sc_file_read(&text, path, SC_YAML_MAX_LEN, why);
    if (err == SC_E_NOT_FOUND && is_digest(path)) {
        err = sc_fault_set(why, SC_E_CONFIG,
                           "an audit checks signatures by the keys of the "
                           "consortium file, which its digest does not hold");
        sc_fault_remedy(why,
                        "give the file; `sharechain consortium check FILE` "
                        "prints its digest, to be compared");
    } else if (err == SC_E_NOT_FOUND) {
        why->code = err = SC_E_CONFIG;
    }
    SC_TRY(err);
    SC_TRY(sc_consortium_parse(&w->read, faults, path, sc_buf_bytes(&text)));
    w->consortium = w->read;
    w->is_anchored = 1;
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err prepare(work *w, const wish *ask, sc_faults *faults,
                      sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if ((ask->dir == NULL) != (ask->consortium == NULL) ||
        (ask->dir != NULL && ask->config != NULL)) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "give --config, or --dir and --consortium");
    }
    if (ask->at_least != NULL) {
        SC_TRY(take_head(&w->at_least, ask->at_least, why));
    }
    if (ask->dir != NULL) {
        w->dir = ask->dir;
        return read_consortium(w, ask->consortium, faults, why);
    }
    SC_TRY(sc_nodeconf_load(&w->conf, faults,
                            ask->config == NULL ? "node.yaml" : ask->config));
    w->consortium = w->conf->consortium;
    w->dir = w->conf->store;
    err = sc_accept_find(w->dir, w->consortium->digest, why);
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    w->is_anchored = err == SC_OK;
    err = SC_OK;
out:
    return err;
}

/* ---- the audit -------------------------------------------------------- */

/* Every kind that tells of jobs, also where there are none; others if there are. */
static void print_kinds(const sc_audit_report *r)
{
    static const struct {
        sc_entry_type type;
        const char *name, *meaning;
    } kinds[] = {
        {SC_ENTRY_RECEIPT, "receipts",
         "what was computed, signed by all present"},
        {SC_ENTRY_OUTCOME, "outcomes", "what became of a result"},
        {SC_ENTRY_REFUSAL, "refusals", "a party said no"},
        {SC_ENTRY_ABORT, "aborts", "a session ended before its receipt"},
        {SC_ENTRY_VOID, "voids", "a receipt that came too late for the log"},
    };
    uint64_t left[SC_ENTRY_N_TYPES];

    memcpy(left, r->n_of_type, sizeof left);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        (void)printf("  %-12s %-7" PRIu64 " %s\n", kinds[i].name,
                     left[kinds[i].type], kinds[i].meaning);
        left[kinds[i].type] = 0;
    }
    for (int t = 0; t < SC_ENTRY_N_TYPES; t++) {
        if (left[t] > 0) {
            (void)printf("  %-12s %" PRIu64 "\n",
                         sc_entry_type_name((sc_entry_type)t), left[t]);
        }
    }
}

/* Only a party of a job keeps its receipt: an auditor has none, nor a mirror. */
static void print_receipts(const sc_audit_receipts *r)
{
    if (r->n_proved == 0 && r->n_open == 0) {
        (void)puts("no receipts are kept beside this log to be compared with "
                   "it: only the parties of a job keep them");
        return;
    }
    (void)printf("%zu receipt%s here, signed by each of their parties%s and in "
                 "the log",
                 r->n_proved, r->n_proved == 1 ? "" : "s",
                 r->n_posts > 0 ? " that was present" : "");
    if (r->n_open > 0) {
        (void)printf("; %zu more not in it yet", r->n_open);
    }
    (void)putchar('\n');
    if (r->n_posts > 0) {
        (void)printf("%zu post%s in them, signed by owners that were not "
                     "present: `sharechain receipt show` says who, and when\n",
                     r->n_posts, r->n_posts == 1 ? "" : "s");
    }
    if (r->n_twins > 0) {
        (void)printf("%zu of them named in the log by another copy than the "
                     "one here, under other signatures\n",
                     r->n_twins);
    }
}

static void print_report(const work *w)
{
    const sc_audit_report *r = sc_audit_result(w->chain);
    const sc_roster *roster = &w->consortium->roster;
    char hex[65], utc[21];

    (void)printf("log %s below %s\n", roster->origin, w->dir);
    (void)printf("%" PRIu64 " entries, each by the rules\n", r->n_entries);
    print_kinds(r);
    sc_hex32(hex, r->published.at.root);
    (void)printf("%" PRIu64 " of them published, root %s\n",
                 r->published.at.size, hex);
    (void)printf("cosigned by %zu of %zu, quorum %zu\n",
                 r->published.n_cosigners, sc_roster_n_cosigners(roster),
                 roster->quorum);
    for (size_t i = 0; i < roster->n_parties; i++) {
        if (r->published.time[i] != 0) {
            sc_utc_print(utc, (int64_t)r->published.time[i]);
            (void)printf("  %-12s %s\n", roster->parties[i].name, utc);
        }
    }
    (void)printf("%" PRIu64 " files hold what the entries give\n", r->n_files);
    if (r->n_beyond > 0) {
        (void)printf("%" PRIu64 " files reach beyond the entries: an append "
                     "is under way, or was cut short\n",
                     r->n_beyond);
    }
    print_receipts(&w->receipts);
}

static sc_err unanchored(sc_fault *why)
{
    (void)sc_fault_set(why, SC_E_UNANCHORED,
                       "the log is consistent, but its consortium was never "
                       "accepted here");
    sc_fault_remedy(why, "`sharechain consortium accept DIGEST`, as heard over "
                         "another channel");
    return SC_E_UNANCHORED;
}

static sc_err audit(const wish *ask, sc_faults *faults, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    work w = {0};

    SC_TRY(prepare(&w, ask, faults, why));
    SC_TRY(sc_audit_new(&w.chain, w.dir, &w.consortium->roster, why));
    if (ask->at_least != NULL) {
        SC_TRY(sc_audit_extends(w.chain, &w.at_least, why));
    }
    SC_TRY(sc_audit_receipts_check(&w.receipts, w.dir, w.chain,
                                   &w.consortium->roster, why));
    print_report(&w);
    (void)fflush(stdout);
    SC_TRY(w.is_anchored ? SC_OK : unanchored(why));
    err = SC_OK;
out:
    sc_audit_free(&w.chain);
    sc_consortium_free(&w.read);
    sc_nodeconf_free(&w.conf);
    return faults->n_faults > 0 ? err : sc_fault_from(why, err);
}

static int run(int argc, char **argv)
{
    wish ask = {0};
    const sc_option options[] = {{"config", &ask.config, NULL, 0},
                                 {"dir", &ask.dir, NULL, 0},
                                 {"consortium", &ask.consortium, NULL, 0},
                                 {"at-least", &ask.at_least, NULL, 0}};
    sc_faults faults = {0};
    sc_fault why = {0};
    size_t n = 0;
    int status = 0;
    sc_err err = sc_args_parse(NULL, &n, argc, argv, options,
                               sizeof options / sizeof *options, 0, 0, &why);

    if (err == SC_OK) {
        err = audit(&ask, &faults, &why);
    }
    if (err != SC_OK) {
        status = faults.n_faults > 0 ? sc_cli_fail_all(&faults, err)
                                     : sc_cli_fail(&why);
    }
    sc_faults_clear(&faults);
    return status;
}

const sc_command sc_command_audit = {"audit",
                                     "check a whole log from its files", help,
                                     run};
