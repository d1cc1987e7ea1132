/* cli/receipt_verify.c: an exported receipt, checked from the file alone. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/yaml.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/receipt.h"
#include "job/conf/accept.h"
#include "job/conf/nodeconf.h"
#include "job/node/judge.h"

typedef struct {
    uint8_t digest[SC_HASH_LEN];
    int is_set;
} anchor;

/* A missing file is the caller's mistake. */
static sc_err read_file(sc_buf *out, const char *path, size_t max_len,
                        sc_fault *why)
{
    sc_err err = sc_file_read(out, path, max_len, why);

    if (err == SC_E_NOT_FOUND) {
        why->code = err = SC_E_CONFIG;
    }
    return err;
}

/* The trusted file itself, or 64 digits. */
static sc_err take_anchor(anchor *a, const char *word, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    if (sc_hex_get(a->digest, sizeof a->digest, sc_bytes_of(word)) != SC_OK) {
        SC_TRY(read_file(&text, word, SC_YAML_MAX_LEN, why));
        sc_sha256(a->digest, sc_buf_bytes(&text));
    }
    a->is_set = 1;
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

/* The digest of the bundle's consortium, if the operator accepted it once. A
 * bundle that is none has no anchor; the verdict will say so. */
static sc_err find_accepted(anchor *a, const char *config, sc_bytes line,
                            sc_faults *faults, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_nodeconf *conf = NULL;
    sc_bundle b = {0};

    SC_TRY(sc_nodeconf_load(&conf, faults, config));
    if (sc_bundle_take(&b, line) == SC_OK) {
        sc_sha256(a->digest, b.consortium);
        err = sc_accept_find(conf->store, a->digest, why);
        a->is_set = err == SC_OK;
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
                          sc_bytes line, sc_faults *faults, sc_fault *why)
{
    if (consortium != NULL) {
        return take_anchor(a, consortium, why);
    }
    if (config == NULL && access("node.yaml", F_OK) != 0) {
        return SC_OK;
    }
    return find_accepted(a, config == NULL ? "node.yaml" : config, line, faults,
                         why);
}

static int judge(const char *path, sc_bytes line, const anchor *a)
{
    sc_bundle_judge by = sc_judge();
    sc_bundle_facts facts;
    sc_bundle b = {0};
    sc_fault why = {0};
    int status = 0;
    sc_err err = sc_bundle_verify(&b, &facts, line, &by,
                                  a->is_set ? a->digest : NULL, &why);

    if (err == SC_OK || err == SC_E_UNANCHORED) {
        sc_receipt_print_verdicts(&facts);
        (void)fflush(stdout);
    }
    if (err == SC_E_UNANCHORED) {
        sc_fault_remedy(&why, "give --consortium FILE or DIGEST, as heard over "
                              "another channel");
    }
    if (err != SC_OK) {
        sc_fault_at(&why, path, 0, 0);
        status = sc_cli_fail(&why);
    }
    sc_bundle_clear(&b);
    return status;
}

int sc_receipt_verb_verify(int argc, char **argv)
{
    const char *words[1] = {0}, *consortium = NULL, *config = NULL;
    const sc_option options[] = {{"consortium", &consortium, NULL, 0},
                                 {"config", &config, NULL, 0}};
    anchor a = {.is_set = 0};
    sc_faults faults = {0};
    sc_fault why = {0};
    sc_buf line = {0};
    size_t n = 0;
    int status = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_args_parse(words, &n, argc, argv, options, 2, 1, 1, &why));
    SC_TRY(read_file(&line, words[0], SC_BUNDLE_MAX, &why));
    SC_TRY(find_anchor(&a, consortium, config, sc_buf_bytes(&line), &faults,
                       &why));
    status = judge(words[0], sc_buf_bytes(&line), &a);
    err = SC_OK;
out:
    if (err != SC_OK) {
        status = faults.n_faults > 0 ? sc_cli_fail_all(&faults, err)
                                     : sc_cli_fail(&why);
    }
    sc_faults_clear(&faults);
    sc_buf_clear(&line);
    return status;
}
