/* cli/init.c: a party's keys, and the block that the consortium file gets. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "job/conf/block.h"
#include "job/conf/conf.h"
#include "job/conf/keyfile.h"

static const char help[] =
    "usage: sharechain init NAME --dir D --consortium C --address A\n"
    "                       [--origin O] [--offline] [--again]\n"
    "\n"
    "Makes the five keys of party NAME in folder D (0600, never written\n"
    "over) and prints its signed public block, ready to stand under\n"
    "`parties:` in consortium.yaml. The same block is kept in D/party.yaml.\n"
    "\n"
    "  --dir D          folder of the keys; made if absent\n"
    "  --consortium C   name of the consortium, as in its file\n"
    "  --address A      where peers reach this party: tcp://host:port\n"
    "  --origin O       origin of the ledger, as in its file\n"
    "                   (default: C/chain/1)\n"
    "  --offline        the party posts and leaves: its node is up for\n"
    "                   some minutes a month, and it cosigns nothing\n"
    "  --again          with the keys that are in D: the block is signed\n"
    "                   anew, say for another address\n";

typedef struct {
    const char *name, *dir, *consortium, *address, *origin;
    int offline;
    int again; /* with the keys that are there */
} wish;

static sc_err check_word(int is_good, const char *what, const char *word,
                         const char *remedy, sc_fault *why)
{
    char quoted[SC_CONF_QUOTE_LEN];

    if (is_good) {
        return SC_OK;
    }
    (void)sc_fault_set(why, SC_E_CONFIG, "'%s' is not %s",
                       sc_conf_quote(quoted, word), what);
    sc_fault_remedy(why, "%s", remedy);
    return SC_E_CONFIG;
}

static sc_err check_wish(const wish *w, sc_fault *why)
{
    static const char name_remedy[] =
        "use a-z, 0-9, _ and -, at most 63 characters";
    sc_err err = SC_E_BUG;

    SC_TRY(check_word(sc_conf_is_name(w->name), "a party's name", w->name,
                      name_remedy, why));
    SC_TRY(check_word(sc_conf_is_name(w->consortium), "a consortium's name",
                      w->consortium, name_remedy, why));
    SC_TRY(check_word(sc_conf_is_address(w->address, 0), "an address",
                      w->address, "write it as tcp://alice.example:7400", why));
    SC_TRY(check_word(sc_conf_is_origin(w->origin), "an origin", w->origin,
                      "write it as health.example/chain/1", why));
    err = SC_OK;
out:
    return err;
}

static sc_err make_block(sc_buf *text, const wish *w, const sc_keys *keys)
{
    sc_party p = {0};
    sc_buf sig = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_block_make(&p, keys, w->name, w->origin, w->address, w->offline));
    SC_TRY(sc_block_sign(&sig, &p, w->consortium, &keys->identity));
    SC_TRY(sc_buf_terminate(&sig));
    SC_TRY(sc_block_print(text, &p, (const char *)sig.p));
    SC_TRY(sc_buf_terminate(text));
    err = SC_OK;
out:
    sc_buf_clear(&sig);
    return err;
}

static sc_err init(const wish *w, sc_fault *why)
{
    sc_rng rng = sc_rng_system();
    sc_keys keys = {0};
    sc_buf text = {0};
    char *path = sc_path_join(w->dir, "party.yaml");
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(check_wish(w, why));
    SC_TRY(w->again ? sc_keyfile_load(&keys, w->dir, why)
                    : sc_keyfile_make(&keys, w->dir, &rng, why));
    SC_TRY(make_block(&text, w, &keys));
    SC_TRY(sc_file_replace(path, sc_buf_bytes(&text), 0644, why));
    (void)fputs((const char *)text.p, stdout);
    (void)fprintf(stderr,
                  w->again ? "signed anew with the keys of %s in %s; if the "
                             "log has begun, make new keys instead\n"
                           : "keys of %s are in %s: keep them private, and "
                             "keep a backup\n",
                  w->name, w->dir);
    err = SC_OK;
out:
    sc_keys_clear(&keys);
    sc_buf_clear(&text);
    sc_free(path);
    return sc_fault_from(why, err);
}

static int run(int argc, char **argv)
{
    wish w = {.name = "NAME: of your party, such as alice"};
    char origin[SC_CONF_ORIGIN_MAX + 1];
    const sc_option options[] = {
        {"dir", &w.dir, NULL, 1},
        {"consortium", &w.consortium, NULL, 1},
        {"address", &w.address, NULL, 1},
        {"origin", &w.origin, NULL, 0},
        {"offline", NULL, &w.offline, 0},
        {"again", NULL, &w.again, 0},
    };
    sc_fault why = {0};
    size_t n = 0;
    sc_err err = sc_args_parse(&w.name, &n, argc, argv, options,
                               sizeof options / sizeof *options, 1, 1, &why);

    if (err == SC_OK && w.origin == NULL) {
        (void)snprintf(origin, sizeof origin, "%s/chain/1", w.consortium);
        w.origin = origin;
    }
    if (err == SC_OK) {
        err = init(&w, &why);
    }
    return err == SC_OK ? 0 : sc_cli_fail(&why);
}

const sc_command sc_command_init = {
    "init", "make a party's keys and print its public block", help, run};
