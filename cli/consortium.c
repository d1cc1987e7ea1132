/* cli/consortium.c: read the shared file, and vouch for its digest. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "job/conf/accept.h"
#include "job/conf/advice.h"
#include "job/conf/nodeconf.h"

/* ---- check ------------------------------------------------------------ */

static const char check_help[] =
    "usage: sharechain consortium check FILE\n"
    "\n"
    "Validates a consortium file: schema, the signature of each party's\n"
    "block, keys, quorum. Prints its digest, which faults stop the log and\n"
    "who is offline; or every mistake with file, line and what was expected.\n"
    "Warns of what is lawful and will disappoint: tables on which no query\n"
    "can run, columns that nobody can filter by.\n";

static void warn(void *ctx, const char *text)
{
    (void)ctx;
    (void)fflush(stdout);
    (void)fprintf(stderr, "warning: %s\n", text);
}

/* "2 parties post and leave: firm01, firm02" */
static void print_offline(const sc_consortium *c)
{
    size_t n = c->n_parties - sc_roster_n_cosigners(&c->roster);
    const char *before = ": ";

    if (n == 0) {
        return;
    }
    (void)printf(n == 1 ? "%zu party posts and leaves"
                        : "%zu parties post and leave",
                 n);
    for (size_t i = 0; i < c->n_parties; i++) {
        if (c->parties[i].is_offline) {
            (void)printf("%s%s", before, c->parties[i].name);
            before = ", ";
        }
    }
    (void)putchar('\n');
}

static void describe(const sc_consortium *c)
{
    char words[128];

    sc_consortium_quorum_words(words, sizeof words, c);
    (void)printf("consortium %s: %zu parties, %zu table%s, no mistakes\n",
                 c->name, c->n_parties, c->n_tables,
                 c->n_tables == 1 ? "" : "s");
    for (size_t i = 0; i < c->n_parties; i++) {
        (void)printf("  %-12s %s  %s\n", c->parties[i].name, c->parties[i].did,
                     c->parties[i].address);
    }
    (void)printf("%s\n", words);
    print_offline(c);
    if (c->rules.min_group == 1) {
        warn(NULL, "min_group is 1: figures about single people may be opened");
    }
}

static int check(const char *path)
{
    char hex[2 * SC_HASH_LEN + 1];
    sc_buf text = {0};
    sc_faults faults = {0};
    sc_consortium *c = NULL;
    sc_fault why = {0};
    int status = 0;
    sc_err err = sc_file_read(&text, path, SC_YAML_MAX_LEN, &why);

    if (err != SC_OK) {
        why.code = err == SC_E_MEM ? err : SC_E_CONFIG;
        status = sc_cli_fail(&why);
        goto out;
    }
    err = sc_consortium_parse(&c, &faults, path, sc_buf_bytes(&text));
    if (err != SC_OK) {
        status = sc_cli_fail_all(&faults, err);
        goto out;
    }
    describe(c);
    err = sc_advice_give(c, warn, NULL);
    if (err != SC_OK) {
        (void)sc_fault_from(&why, err);
        status = sc_cli_fail(&why);
        goto out;
    }
    sc_hex32(hex, c->digest);
    (void)printf("digest %s\n", hex);
out:
    sc_consortium_free(&c);
    sc_faults_clear(&faults);
    sc_buf_clear(&text);
    return status;
}

/* ---- accept ----------------------------------------------------------- */

static const char accept_help[] =
    "usage: sharechain consortium accept DIGEST [--config FILE]\n"
    "\n"
    "Pins the digest of the consortium file, as you heard it from the other\n"
    "parties over another channel. A node does not start without, nor on\n"
    "any other file.\n"
    "\n"
    "  --config FILE    node.yaml of your node (default: node.yaml)\n";

static int accept_digest(const char *word, const char *config)
{
    uint8_t digest[SC_HASH_LEN];
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};
    sc_fault why = {0};
    int status = 0;
    sc_err err = SC_E_BUG;

    if (sc_hex_get(digest, sizeof digest, sc_bytes_of(word)) != SC_OK) {
        (void)sc_fault_set(&why, SC_E_CONFIG,
                           "a digest has 64 digits 0-9, a-f");
        sc_fault_remedy(&why, "`sharechain consortium check` prints it");
        return sc_cli_fail(&why);
    }
    err = sc_nodeconf_load(&n, &faults, config);
    if (err != SC_OK) {
        status = sc_cli_fail_all(&faults, err);
        goto out;
    }
    err = sc_accept_put(n->store, digest, n->consortium->digest, &why);
    if (err != SC_OK) {
        status = sc_cli_fail(&why);
        goto out;
    }
    (void)printf("consortium %s accepted, digest %s\n", n->consortium->name,
                 word);
out:
    sc_nodeconf_free(&n);
    sc_faults_clear(&faults);
    return status;
}

/* ---- command lines ---------------------------------------------------- */

static int run_check(int argc, char **argv)
{
    const char *words[1] = {"FILE: the consortium's, to be checked"};
    sc_fault why = {0};
    size_t n = 0;

    if (sc_args_parse(words, &n, argc, argv, NULL, 0, 1, 1, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    return check(words[0]);
}

static int run_accept(int argc, char **argv)
{
    const char *words[1] = {"DIGEST: 64 digits, as the other parties read it "
                            "to you"};
    const char *config = "node.yaml";
    const sc_option options[] = {{"config", &config, NULL, 0}};
    sc_fault why = {0};
    size_t n = 0;

    if (sc_args_parse(words, &n, argc, argv, options, 1, 1, 1, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    return accept_digest(words[0], config);
}

const sc_command sc_command_check = {"consortium check",
                                     "check the file that all parties share",
                                     check_help, run_check};
const sc_command sc_command_accept = {
    "consortium accept", "pin its digest, as heard from the others",
    accept_help, run_accept};
