/* cli/consortium.c: read the shared file, and vouch for its digest. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "job/conf/accept.h"
#include "job/conf/nodeconf.h"

static const char help[] =
    "usage: sharechain consortium check FILE\n"
    "       sharechain consortium accept DIGEST [--config node.yaml]\n"
    "\n"
    "check   Validates a consortium file: schema, the signature of each "
    "party's\n"
    "        block, keys, quorum. Prints its digest and which faults stop the\n"
    "        chain; or every mistake with file, line and what was expected.\n"
    "accept  Pins the digest, as you heard it from the other parties over\n"
    "        another channel. A node does not start without, nor on any other\n"
    "        file.\n"
    "\n"
    "  --config FILE    node.yaml of your node (default: node.yaml)\n";

/* ---- check ------------------------------------------------------------ */

static void describe(const sc_consortium *c)
{
    char hex[2 * SC_HASH_LEN + 1], words[128];

    sc_hex32(hex, c->digest);
    sc_consortium_quorum_words(words, sizeof words, c);
    (void)printf("consortium %s: %zu parties, %zu table%s, no mistakes\n",
                 c->name, c->n_parties, c->n_tables,
                 c->n_tables == 1 ? "" : "s");
    for (size_t i = 0; i < c->n_parties; i++) {
        (void)printf("  %-12s %s  %s\n", c->parties[i].name, c->parties[i].did,
                     c->parties[i].address);
    }
    (void)printf("%s\n", words);
    if (c->rules.min_group == 1) {
        (void)printf("min_group is 1: figures about single people may be "
                     "opened\n");
    }
    (void)printf("digest %s\n", hex);
}

static int check(const char *path)
{
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
out:
    sc_consortium_free(&c);
    sc_faults_clear(&faults);
    sc_buf_clear(&text);
    return status;
}

/* ---- accept ----------------------------------------------------------- */

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

/* ---- which ------------------------------------------------------------ */

static int run(int argc, char **argv)
{
    static const char *const verbs[] = {"check", "accept", NULL};
    const char *words[2] = {0}, *config = NULL, *nearest;
    const sc_option options[] = {{"config", &config, NULL, 0}};
    sc_fault why = {0};
    size_t n = 0;

    if (sc_args_parse(words, &n, argc, argv, options, 1, 2, 2, &why) != SC_OK) {
        return sc_cli_fail(&why);
    }
    if (strcmp(words[0], "accept") == 0) {
        return accept_digest(words[1], config == NULL ? "node.yaml" : config);
    }
    if (strcmp(words[0], "check") != 0) {
        nearest = sc_args_nearest(words[0], verbs);
        (void)sc_fault_set(&why, SC_E_CONFIG,
                           "there is no command consortium %.60s", words[0]);
        sc_fault_remedy(&why, "did you mean %s?",
                        nearest == NULL ? "check or accept" : nearest);
        return sc_cli_fail(&why);
    }
    if (config != NULL) {
        (void)sc_fault_set(&why, SC_E_CONFIG, "check takes no --config");
        return sc_cli_fail(&why);
    }
    return check(words[1]);
}

const sc_command sc_command_consortium = {
    "consortium", "check the consortium file; accept its digest", help, run};
