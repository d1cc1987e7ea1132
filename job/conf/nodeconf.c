/* job/conf/nodeconf.c: node.yaml's own lines, and the consortium file beside it.
 *
 * Faults of both files go into one list. `data:` and `allow:` speak of tables
 * and parties, so they are read only once the consortium is known. */
#define _XOPEN_SOURCE 700 /* realpath */

#include "job/conf/nodeconf.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "job/conf/allow.h"
#include "job/conf/conf.h"
#include "job/conf/sources.h"
#include "job/conf/sumkey.h"

#define DEFAULT_KEEP_DAYS 30

typedef struct {
    const sc_yaml_node *root;
    const sc_yaml_node *me, *keys, *consortium, *store, *listen;
    const sc_yaml_node *data, *allow, *min_group, *sumkey;
    int64_t keep_days;
} sections;

/* ---- memory and paths ------------------------------------------------- */

void *sc_nodeconf_keep(sc_nodeconf *n, void *take_p)
{
    size_t k = n->n_owned;

    if (take_p != NULL && (k & (k - 1)) == 0) { /* full at powers of two */
        void **grown = sc_alloc(k == 0 ? 1 : 2 * k, sizeof *grown);

        if (grown == NULL) {
            sc_free(take_p);
            return NULL;
        }
        if (k > 0) {
            memcpy(grown, n->owned, k * sizeof *grown);
        }
        sc_free(n->owned);
        n->owned = grown;
    }
    if (take_p != NULL) {
        n->owned[n->n_owned++] = take_p;
    }
    return take_p;
}

const char *sc_nodeconf_path(sc_nodeconf *n, const char *text)
{
    return sc_nodeconf_keep(n, text[0] == '/' ? sc_strdup(text)
                                              : sc_path_join(n->folder, text));
}

/* The folder that holds node.yaml, absolute. */
static sc_err set_folder(sc_nodeconf *n, const sc_conf *c)
{
    const char *path = c->file;
    const char *slash = strrchr(path, '/');
    char *folder = sc_strdup(slash == NULL ? "." : path), *real = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(folder != NULL, SC_E_MEM);
    if (slash != NULL) {
        folder[slash == path ? 1 : slash - path] = '\0';
    }
    real = realpath(folder, NULL);
    if (real == NULL) {
        sc_faults_add(c->faults, c->file, 0, 0, "",
                      "its folder cannot be examined");
        err = SC_E_CONFIG;
        goto out;
    }
    n->folder = sc_nodeconf_keep(n, sc_strdup(real));
    SC_REQUIRE(n->folder != NULL, SC_E_MEM);
    err = SC_OK;
out:
    free(real);
    sc_free(folder);
    return err;
}

void sc_nodeconf_free(sc_nodeconf **n)
{
    if (*n == NULL) {
        return;
    }
    for (size_t i = 0; i < (*n)->n_owned; i++) {
        sc_free((*n)->owned[i]);
    }
    sc_free((*n)->owned);
    sc_consortium_free(&(*n)->consortium);
    sc_yaml_free(&(*n)->yaml);
    sc_free(*n);
    *n = NULL;
}

/* ---- the consortium file ---------------------------------------------- */

/* A file that cannot be read is a fault of the line that names it. */
static sc_err load_consortium(sc_nodeconf *n, const sc_conf *c,
                              const sections *s)
{
    const sc_yaml_node *at = s->consortium == NULL ? s->root : s->consortium;
    sc_faults faults = {0};
    sc_buf text = {0};
    sc_fault why = {0};
    sc_err err = SC_E_BUG;

    err = sc_file_read(&text, n->consortium_path, SC_YAML_MAX_LEN, &why);
    if (err != SC_OK && err != SC_E_MEM) {
        sc_yaml_fault(c->faults, c->file, at,
                      "consortium: names the file that all parties share",
                      "the consortium file: %s", why.text);
        err = SC_E_CONFIG;
    }
    SC_TRY(err);
    err = sc_consortium_parse(&n->consortium, &faults, n->consortium_path,
                              sc_buf_bytes(&text));
    for (size_t i = 0; i < faults.n_faults; i++) {
        const sc_fault *f = &faults.faults[i];

        sc_faults_add(c->faults, f->file, f->line, f->column, f->remedy, "%s",
                      f->text);
    }
    SC_TRY(err);
    err = SC_OK;
out:
    sc_faults_clear(&faults);
    sc_buf_clear(&text);
    return err;
}

/* ---- single lines ----------------------------------------------------- */

static void parse_me(sc_nodeconf *n, const sc_conf *c, const sc_yaml_node *node)
{
    const char *name = node == NULL ? NULL : sc_conf_text(c, node, "me");
    char quoted[SC_CONF_QUOTE_LEN];

    n->me = name == NULL ? SIZE_MAX : sc_consortium_party(n->consortium, name);
    if (name != NULL && n->me == SIZE_MAX) {
        sc_yaml_fault(c->faults, c->file, node,
                      "write your party's name as the consortium file has it",
                      "'%s' is not a party of consortium %s",
                      sc_conf_quote(quoted, name), n->consortium->name);
    }
}

static void parse_min_group(sc_nodeconf *n, const sc_conf *c,
                            const sc_yaml_node *node)
{
    int64_t least = (int64_t)n->consortium->rules.min_group, v = least;

    if (node != NULL &&
        sc_yaml_int(&v, c->faults, c->file, node, 1, INT32_MAX) && v < least) {
        sc_yaml_fault(c->faults, c->file, node, "raise it or leave it out",
                      "an owner may raise min_group, not lower it: the "
                      "consortium has %lld",
                      (long long)least);
    }
    n->min_group = (uint64_t)v;
}

static void parse_listen(sc_nodeconf *n, const sc_conf *c,
                         const sc_yaml_node *node)
{
    n->listen = node == NULL ? NULL : sc_conf_text(c, node, "listen");
    if (n->listen != NULL && !sc_conf_is_address(n->listen, 1)) {
        sc_yaml_fault(c->faults, c->file, node,
                      "write it as tcp://0.0.0.0:7400",
                      "'listen' is not tcp://host:port");
    }
}

/* A path, or the default below the folder if there is no such line. */
static sc_err parse_path(const char **out, sc_nodeconf *n, const sc_conf *c,
                         const sc_yaml_node *node, const char *key,
                         const char *usual)
{
    const char *text = node == NULL ? usual : sc_conf_text(c, node, key);

    if (text == NULL) {
        return SC_OK; /* noted */
    }
    *out = strcmp(text, ".") == 0 ? n->folder : sc_nodeconf_path(n, text);
    return *out == NULL ? SC_E_MEM : SC_OK;
}

/* ---- the whole -------------------------------------------------------- */

static sections read_sections(const sc_conf *c, const sc_yaml_node *root)
{
    sections s = {.root = root, .keep_days = DEFAULT_KEEP_DAYS};
    const sc_yaml_field fields[] = {
        {"me", SC_YAML_F_NODE, 1, &s.me, 0, 0},
        {"keys", SC_YAML_F_NODE, 1, &s.keys, 0, 0},
        {"consortium", SC_YAML_F_NODE, 0, &s.consortium, 0, 0},
        {"store", SC_YAML_F_NODE, 0, &s.store, 0, 0},
        {"listen", SC_YAML_F_NODE, 1, &s.listen, 0, 0},
        {"data", SC_YAML_F_MAP, 0, &s.data, 0, 0},
        {"allow", SC_YAML_F_LIST, 0, &s.allow, 0, 0},
        {"keep_days", SC_YAML_F_INT, 0, &s.keep_days, 1, 3650},
        {"min_group", SC_YAML_F_NODE, 0, &s.min_group, 0, 0},
        {"ciphertext_sum", SC_YAML_F_MAP, 0, &s.sumkey, 0, 0},
    };

    sc_yaml_read(c->faults, c->file, root, fields,
                 sizeof fields / sizeof *fields);
    return s;
}

static sc_err parse_root(sc_nodeconf *n, const sc_conf *c,
                         const sc_yaml_node *root)
{
    sections s = read_sections(c, root);
    sc_err err = SC_E_BUG;

    n->keep_days = (unsigned)s.keep_days;
    parse_listen(n, c, s.listen);
    SC_TRY(parse_path(&n->keys, n, c, s.keys, "keys", NULL));
    SC_TRY(parse_path(&n->store, n, c, s.store, "store", "."));
    SC_TRY(parse_path(&n->consortium_path, n, c, s.consortium, "consortium",
                      "consortium.yaml"));
    SC_REQUIRE(n->consortium_path != NULL, SC_E_CONFIG);
    SC_TRY(load_consortium(n, c, &s));
    parse_min_group(n, c, s.min_group);
    parse_me(n, c, s.me);
    SC_REQUIRE(n->me != SIZE_MAX, SC_E_CONFIG);
    SC_TRY(sc_sources_parse(n, c, s.data, root));
    SC_TRY(sc_allow_parse(n, c, s.allow));
    SC_TRY(sc_sumkey_parse_files(n, c, s.sumkey, root));
    err = SC_OK;
out:
    return err;
}

static sc_err read_node_file(sc_buf *text, const sc_conf *c)
{
    sc_fault why = {0};
    sc_err err = sc_file_read(text, c->file, SC_YAML_MAX_LEN, &why);

    if (err != SC_OK && err != SC_E_MEM) {
        sc_faults_add(c->faults, c->file, 0, 0,
                      "give the path of your node.yaml with --config", "%s",
                      why.text);
        return SC_E_CONFIG;
    }
    return err;
}

/* node.yaml as text, and its folder. */
static sc_err open_file(sc_nodeconf **n, const sc_conf *c)
{
    sc_nodeconf *made = NULL;
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    *n = NULL;
    SC_TRY(read_node_file(&text, c));
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    SC_TRY(set_folder(made, c));
    SC_TRY(sc_yaml_load(&made->yaml, c->faults, c->file, sc_buf_bytes(&text)));
    *n = made;
    made = NULL;
    err = SC_OK;
out:
    sc_buf_clear(&text);
    sc_nodeconf_free(&made);
    return err;
}

sc_err sc_nodeconf_load(sc_nodeconf **n, sc_faults *faults, const char *path)
{
    sc_conf c = {faults, path};
    sc_nodeconf *made = NULL;
    sc_err err = SC_E_BUG;

    *n = NULL;
    SC_TRY(open_file(&made, &c));
    SC_TRY(parse_root(made, &c, sc_yaml_root(made->yaml)));
    SC_TRY(sc_faults_code(faults));
    *n = made;
    made = NULL;
    err = SC_OK;
out:
    sc_nodeconf_free(&made);
    return err;
}

sc_err sc_nodeconf_load_store(char **store, sc_faults *faults, const char *path)
{
    sc_conf c = {faults, path};
    sc_nodeconf *n = NULL;
    sections s;
    sc_err err = SC_E_BUG;

    *store = NULL;
    SC_TRY(open_file(&n, &c));
    s = read_sections(&c, sc_yaml_root(n->yaml));
    SC_TRY(parse_path(&n->store, n, &c, s.store, "store", "."));
    SC_TRY(sc_faults_code(faults));
    *store = sc_strdup(n->store);
    SC_REQUIRE(*store != NULL, SC_E_MEM);
    err = SC_OK;
out:
    sc_nodeconf_free(&n);
    return err;
}

size_t sc_nodeconf_source(const sc_nodeconf *n, const sc_table *t)
{
    for (size_t i = 0; i < n->n_sources; i++) {
        if (n->sources[i].table == t) {
            return i;
        }
    }
    return SIZE_MAX;
}

sc_err sc_nodeconf_check_keys(const sc_nodeconf *n, const sc_keys *keys,
                              sc_fault *why)
{
    const sc_party *p = &n->consortium->parties[n->me];

    if (memcmp(p->identity, keys->identity.pk, SC_KEY_LEN) == 0 &&
        memcmp(p->log_key, keys->log.pk, SC_KEY_LEN) == 0 &&
        memcmp(p->cosigner_key, keys->cosigner.pk, SC_KEY_LEN) == 0 &&
        memcmp(p->transport_key, keys->transport_pk, SC_KEY_LEN) == 0) {
        return SC_OK;
    }
    (void)sc_fault_set(why, SC_E_CONFIG,
                       "these are not the keys of %s's block in the "
                       "consortium file",
                       p->name);
    sc_fault_at(why, n->keys, 0, 0);
    sc_fault_remedy(why, "keys: must name the folder of the `sharechain init` "
                         "whose block was entered");
    return SC_E_CONFIG;
}
