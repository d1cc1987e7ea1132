/* cli/demo.c: three stations and an auditor, told as a story. Every command in
 * it is the real one, run by a process of its own; what the story prints is what
 * they print. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/demo.h"
#include "job/node/control.h"

static const char help[] =
    "usage: sharechain demo [--keep] [--dir D]\n"
    "\n"
    "Four parties on this machine, in a temporary folder: three field\n"
    "stations that weigh penguins and show each other no bird, and an\n"
    "auditor. Questions, answers, a question about too few birds, a receipt\n"
    "verified, a forged one refused. Takes some seconds.\n"
    "\n"
    "  --keep       leave the folder, to look around\n"
    "  --dir D      make folder D for it, and leave it\n"
    "\n"
    "Data: palmerpenguins (CC0), Horst, Hill and Gorman 2020.\n";

#define STEP_MS  30000
#define LINKS_MS 15000
#define GRACE_MS 5000
#define POLL_MS  50
#define ASKER    "biscoe/node.yaml"

static const char by_sex[] =
    "SELECT sex, COUNT(*), AVG(body_mass_g), STDDEV_SAMP(body_mass_g), "
    "CORR(flipper_length_mm, body_mass_g) FROM penguins GROUP BY sex";
static const char by_species[] =
    "SELECT species, COUNT(*), AVG(body_mass_g), STDDEV_SAMP(body_mass_g), "
    "CORR(flipper_length_mm, body_mass_g) FROM penguins GROUP BY species";
static const char too_few[] =
    "SELECT species, COUNT(*), AVG(body_mass_g) FROM penguins "
    "WHERE sex IS NULL GROUP BY species";

/* ---- running commands -------------------------------------------------- */

static void print_command(const char *const *argv, const char *after)
{
    (void)fputs("\n$ sharechain", stdout);
    for (size_t i = 0; argv[i] != NULL; i++) {
        int is_plain = strpbrk(argv[i], " ()*'") == NULL;

        (void)printf(is_plain ? " %s" : " \"%s\"", argv[i]);
    }
    (void)printf("%s\n", after);
    (void)fflush(stdout);
}

/* Run to the end in the demo's folder; it must end with `status`. */
static sc_err run_quietly(sc_demo *d, const char *const *argv, const char *out,
                          const char *errors, int status, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t member;
    int got = 0;

    SC_TRY(sc_crew_start(&d->crew, &member, argv, d->folder, out, errors, why));
    err = sc_crew_wait(&d->crew, &got, member, sc_clock_ms() + STEP_MS, why);
    SC_TRY(err);
    if (got != status) {
        err = sc_fault_set(why, SC_E_IO,
                           "`sharechain %s` ended with exit status %d, and %d "
                           "was expected",
                           argv[0], got, status);
        goto out;
    }
    err = SC_OK;
out:
    return err;
}

static sc_err run_shown(sc_demo *d, const char *const *argv, int status,
                        sc_fault *why)
{
    print_command(argv, "");
    return run_quietly(d, argv, NULL, NULL, status, why);
}

/* Run and take what it printed. */
static sc_err run_for_text(sc_demo *d, sc_buf *text, const char *const *argv,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char path[sizeof d->folder + 16];

    (void)snprintf(path, sizeof path, "%s/output", d->folder);
    SC_TRY(run_quietly(d, argv, path, NULL, 0, why));
    SC_TRY(sc_demo_read(text, d, "output", why));
    SC_TRY(sc_buf_terminate(text));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* The same, as JSON. */
static sc_err run_for_json(sc_demo *d, json_t **out, const char *const *argv,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    SC_TRY(run_for_text(d, &text, argv, why));
    SC_TRY(sc_json_parse(out, sc_buf_bytes(&text), text.len, why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

/* ---- 1. keys and the public file ---------------------------------------- */

static sc_err make_keys(sc_demo *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        char keys[64];
        const char *argv[] = {"init",
                              sc_demo_parties[p].name,
                              "--dir",
                              keys,
                              "--consortium",
                              "penguins",
                              "--origin",
                              SC_DEMO_ORIGIN,
                              "--address",
                              d->address[p],
                              NULL};

        (void)snprintf(keys, sizeof keys, "%s/keys", sc_demo_parties[p].name);
        if (p == 0) {
            print_command(argv, "\n  ... and so do the other three");
        }
        SC_TRY(run_quietly(d, argv, "/dev/null", "/dev/null", 0, why));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err accept_all(sc_demo *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t digest[SC_HASH_LEN];
    char hex[2 * SC_HASH_LEN + 1];
    sc_buf text = {0};

    SC_TRY(sc_demo_read(&text, d, "consortium.yaml", why));
    sc_sha256(digest, sc_buf_bytes(&text));
    sc_hex32(hex, digest);
    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        char config[64];
        const char *argv[] = {"consortium", "accept", hex,
                              "--config",   config,   NULL};

        (void)snprintf(config, sizeof config, "%s/node.yaml",
                       sc_demo_parties[p].name);
        if (p == 0) {
            print_command(argv, "\n  ... and so do the other three");
        }
        SC_TRY(run_quietly(d, argv, "/dev/null", NULL, 0, why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err tell_set_up(sc_demo *d, sc_fault *why)
{
    static const char *const check[] = {"consortium", "check",
                                        "consortium.yaml", NULL};
    sc_err err = SC_E_BUG;

    (void)printf(
        "Three field stations in Antarctica weigh penguins. biscoe has 168 of\n"
        "them, dream 124, torgersen 52. They want figures about all 344, and\n"
        "none shows a bird to another. An auditor owns no data: it checks and\n"
        "cosigns the log of all that they compute.\n"
        "\n"
        "All of it happens in %s\n"
        "\n"
        "== 1. Keys, and one public file that all accept\n",
        d->folder);
    SC_TRY(sc_demo_write_data(d, why));
    SC_TRY(make_keys(d, why));
    SC_TRY(sc_demo_write_config(d, why));
    SC_TRY(run_shown(d, check, 0, why));
    (void)puts("\nThey compare this digest by telephone, and pin it:");
    SC_TRY(accept_all(d, why));
    err = SC_OK;
out:
    return err;
}

/* ---- 2. nodes ----------------------------------------------------------- */

/* How many peers is the node linked with, and has measured? SC_E_IO while it does
 * not listen. */
static sc_err count_links(const sc_demo *d, size_t p, size_t *n_links)
{
    sc_err err = SC_E_BUG;
    json_t *request = json_pack("{s:s}", "op", "status"), *ok = NULL, *peers;
    char folder[sizeof d->folder + 32];

    *n_links = 0;
    SC_REQUIRE(request != NULL, SC_E_MEM);
    (void)snprintf(folder, sizeof folder, "%s/%s", d->folder,
                   sc_demo_parties[p].name);
    SC_TRY(sc_control_ask(&ok, folder, request, sc_clock_ms() + STEP_MS, NULL,
                          NULL, NULL));
    SC_TRY(sc_json_array(&peers, ok, "peers"));
    for (size_t i = 0; i < json_array_size(peers); i++) {
        const json_t *peer = json_array_get(peers, i);

        *n_links += json_is_true(json_object_get(peer, "linked")) &&
                    json_integer_value(json_object_get(peer, "rtt_us")) > 0;
    }
    err = SC_OK;
out:
    json_decref(request);
    json_decref(ok);
    return err;
}

static sc_err wait_for_links(sc_demo *d, size_t p, sc_fault *why)
{
    uint64_t deadline = sc_clock_ms() + LINKS_MS;
    sc_err err = SC_E_BUG;
    size_t n_links = 0;
    int status;

    for (;;) {
        err = count_links(d, p, &n_links);
        if (err == SC_OK && n_links == SC_DEMO_PARTIES - 1) {
            return SC_OK;
        }
        SC_TRY(sc_crew_pause(&d->crew, POLL_MS, why));
        if (sc_crew_has_ended(&d->crew, &status, d->node[p])) {
            return sc_fault_set(why, SC_E_IO,
                                "the node of %s ended with exit status %d; its "
                                "words are in %s/%s/log",
                                sc_demo_parties[p].name, status, d->folder,
                                sc_demo_parties[p].name);
        }
        if (sc_clock_left(deadline) == 0) {
            return sc_fault_set(why, SC_E_TIMEOUT,
                                "the node of %s found %zu of its peers; its "
                                "words are in %s/%s/log",
                                sc_demo_parties[p].name, n_links, d->folder,
                                sc_demo_parties[p].name);
        }
    }
out:
    return err;
}

static sc_err tell_nodes(sc_demo *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    (void)puts("\n== 2. Four nodes");
    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        char config[64], log[sizeof d->folder + 64];
        const char *argv[] = {"serve", "--config", config, NULL};

        (void)snprintf(config, sizeof config, "%s/node.yaml",
                       sc_demo_parties[p].name);
        (void)snprintf(log, sizeof log, "%s/%s/log", d->folder,
                       sc_demo_parties[p].name);
        print_command(argv, " &");
        SC_TRY(sc_crew_start(&d->crew, &d->node[p], argv, d->folder,
                             "/dev/null", log, why));
    }
    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        SC_TRY(wait_for_links(d, p, why));
    }
    (void)puts("\nEach is linked with the three others.");
    err = SC_OK;
out:
    return err;
}

/* ---- 3. questions -------------------------------------------------------- */

static int starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Of a plan: its first line, against whom it holds, and what is opened. */
static void print_plan(const char *text)
{
    int is_opened = 0, is_cut = 0;

    for (const char *line = text, *next; *line != '\0'; line = next) {
        size_t len = strcspn(line, "\n");

        next = line + len + (line[len] == '\n');
        is_opened = (is_opened && len > 0) || starts_with(line, "4. Opened");
        if (line == text || is_opened || starts_with(line, "  adversary") ||
            starts_with(line, "  collusion")) {
            (void)printf("%.*s\n", (int)len, line);
            is_cut = 0;
        } else if (!is_cut) {
            (void)puts("  [...]");
            is_cut = 1;
        }
    }
}

static sc_err tell_plan(sc_demo *d, sc_fault *why)
{
    static const char *const explain[] = {"explain",   "--config", ASKER,
                                          "--auditor", "auditor",  by_sex,
                                          NULL};
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    (void)puts("\n== 3. What would a question reveal? Nothing is sent yet");
    print_command(explain, "");
    SC_TRY(run_for_text(d, &text, explain, why));
    print_plan(text.p == NULL ? "" : (const char *)text.p);
    (void)puts("\nLeft out here: what each station computes, how the sums are "
               "masked, what\n"
               "else is learnt, and the cost.");
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err tell_questions(sc_demo *d, sc_fault *why)
{
    static const char *const sex[] = {"query",   "--config", ASKER, "--auditor",
                                      "auditor", by_sex,     NULL};
    static const char *const species[] = {"query", "--config", ASKER,
                                          by_species, NULL};
    static const char *const few[] = {"query", "--config", ASKER, too_few,
                                      NULL};
    sc_err err = SC_E_BUG;

    (void)puts("\n== 4. The same question, asked");
    SC_TRY(run_shown(d, sex, 0, why));
    (void)puts("\n== 5. A question that gives one station away");
    SC_TRY(run_shown(d, species, 0, why));
    (void)puts("\nAdelie live on all three islands: their row is a sum over "
               "three stations.\n"
               "But Chinstrap live on Dream alone, Gentoo on Biscoe alone: a "
               "group that lives\n"
               "at one station is that station's own figure, and no protocol "
               "hides what the\n"
               "question itself asks for. EXPLAIN says so beforehand; an owner "
               "who minds does\n"
               "not allow `species: [group]`.");
    (void)puts("\n== 6. A question about too few birds");
    SC_TRY(run_shown(d, few, 0, why));
    (void)puts("\nEleven birds were never sexed. Each station hid its few in "
               "noise of its own\n"
               "before anything was added up: what they weigh stays hidden.");
    err = SC_OK;
out:
    return err;
}

/* ---- 4. the receipt ------------------------------------------------------ */

/* The id of the job that asked by sex: first and last column of the list. */
static sc_err find_job(sc_demo *d, char id[static 33], sc_fault *why)
{
    static const char *const argv[] = {"receipt",  "list", "--format", "json",
                                       "--config", ASKER,  NULL};
    sc_err err = SC_E_BUG;
    json_t *table = NULL, *rows;

    SC_TRY(run_for_json(d, &table, argv, why));
    SC_TRY(sc_json_array(&rows, table, "rows"));
    err = SC_E_NOT_FOUND;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *first = json_string_value(json_array_get(row, 0));
        const char *sql =
            json_string_value(json_array_get(row, json_array_size(row) - 1));

        if (first != NULL && strlen(first) == 32 && sql != NULL &&
            strcmp(sql, by_sex) == 0) {
            memcpy(id, first, 33);
            err = SC_OK;
        }
    }
out:
    json_decref(table);
    return sc_fault_from(why, err);
}

/* A copy of receipt.json with another answer, of the same form. */
static sc_err forge(const sc_demo *d, sc_fault *why)
{
    static const char truth[] = "[\"female\",\"165\",";
    static const char lie[] = "[\"female\",\"195\",";
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    char *at;

    SC_TRY(sc_demo_read(&text, d, "receipt.json", why));
    SC_TRY(sc_buf_terminate(&text));
    at = strstr((char *)text.p, truth);
    if (at == NULL) {
        err = sc_fault_set(why, SC_E_BUG,
                           "the receipt does not hold the answer that was "
                           "printed");
        goto out;
    }
    memcpy(at, lie, strlen(lie));
    SC_TRY(sc_demo_write(d, "forged.json", sc_buf_bytes(&text), why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

/* Who of the four is not among the cosigners ("    biscoe       2026-...")? */
static void print_absent(const char *text)
{
    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        char line[64];

        (void)snprintf(line, sizeof line, "\n    %-12s 2",
                       sc_demo_parties[p].name);
        if (strstr(text, line) == NULL) {
            (void)printf("\n%s is not among those who cosigned, and was not "
                         "needed: 3 of 4 are\nthe quorum, and whoever comes "
                         "last is not waited for.\n",
                         sc_demo_parties[p].name);
        }
    }
}

static sc_err tell_receipt(sc_demo *d, sc_fault *why)
{
    static const char *const list[] = {"receipt", "list", "--config", ASKER,
                                       NULL};
    static const char *const verify[] = {"receipt",         "verify",
                                         "receipt.json",    "--consortium",
                                         "consortium.yaml", NULL};
    static const char *const forged[] = {"receipt",         "verify",
                                         "forged.json",     "--consortium",
                                         "consortium.yaml", NULL};
    static const char *const audit[] = {"audit",           "--dir",
                                        "auditor",         "--consortium",
                                        "consortium.yaml", NULL};
    char id[33];
    const char *export[] = {"receipt",
                            "export",
                            "--with-result",
                            "--output",
                            "receipt.json",
                            "--config",
                            ASKER,
                            id,
                            NULL};
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    (void)puts("\n== 7. The receipts: each was in the log before its answer "
               "was opened");
    SC_TRY(run_shown(d, list, 0, why));
    SC_TRY(find_job(d, id, why));
    SC_TRY(run_shown(d, export, 0, why));
    (void)puts("\nOne file. An officer checks it offline, with nothing but the "
               "public file:");
    print_command(verify, "");
    SC_TRY(run_for_text(d, &text, verify, why));
    (void)fputs((const char *)text.p, stdout);
    print_absent((const char *)text.p);
    (void)puts("\n== 8. A copy that says 195 females instead of 165");
    SC_TRY(forge(d, why));
    SC_TRY(run_shown(d, forged, 4, why));
    (void)puts("Exit status 4: it is not what was signed.");
    (void)puts("\n== 9. The auditor's own copy of the whole log");
    SC_TRY(run_shown(d, audit, 0, why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

/* ---- all ----------------------------------------------------------------- */

static sc_err tell(sc_demo *d, const char *dir, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint64_t start = sc_clock_ms(), took;

    SC_TRY(sc_crew_init(&d->crew, why));
    SC_TRY(sc_demo_make_folder(d, dir, why));
    SC_TRY(tell_set_up(d, why));
    SC_TRY(tell_nodes(d, why));
    SC_TRY(tell_plan(d, why));
    SC_TRY(tell_questions(d, why));
    SC_TRY(tell_receipt(d, why));
    took = sc_clock_ms() - start;
    (void)printf("\nDone in %llu.%llu s.\n", (unsigned long long)(took / 1000),
                 (unsigned long long)(took % 1000 / 100));
    err = SC_OK;
out:
    sc_crew_end(&d->crew, GRACE_MS);
    return err;
}

static int run(int argc, char **argv)
{
    const char *dir = NULL;
    int keep = 0;
    const sc_option options[] = {{"keep", NULL, &keep, 0},
                                 {"dir", &dir, NULL, 0}};
    static sc_demo demo; /* large */
    sc_fault why = {0};
    size_t n = 0;
    sc_err err = sc_args_parse(NULL, &n, argc, argv, options,
                               sizeof options / sizeof *options, 0, 0, &why);

    if (err != SC_OK) {
        return sc_cli_fail(&why);
    }
    err = tell(&demo, dir, &why);
    (void)fflush(stdout);
    if (demo.folder[0] == '\0') {
        return sc_cli_fail(&why);
    }
    /* After a failure its logs are what one wants to see. */
    if (keep || dir != NULL || (err != SC_OK && err != SC_E_CANCELLED)) {
        (void)printf("The folder is left: %s\n"
                     "There, `sharechain serve --config biscoe/node.yaml` "
                     "starts a node again.\n",
                     demo.folder);
    } else {
        sc_demo_remove_folder(&demo);
        (void)puts("Its folder is removed again; with --keep it stays, to look "
                   "around.");
    }
    return err == SC_OK ? 0 : sc_cli_fail(&why);
}

const sc_command sc_command_demo = {
    "demo", "three stations and an auditor on this machine, as a story", help,
    run};
