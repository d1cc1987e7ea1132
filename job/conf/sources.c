/* job/conf/sources.c: a SELECT, a file, or a map with more to say. */
#include "job/conf/sources.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "job/conf/ownsql.h"

/* What may stand for one table, as found. */
typedef struct {
    const char *sql;
    const sc_yaml_node *at; /* for faults */
    const sc_yaml_node *files, *nulls, *bad_values;
} parts;

/* ---- lists of texts ---------------------------------------------------- */

/* Borrowed texts of a list; NULL and a fault if one is not fit. */
static sc_err take_texts(const char ***out, sc_nodeconf *n, const sc_conf *c,
                         const sc_yaml_node *list, const char *what,
                         int may_be_empty)
{
    const char **texts;

    if (list->kind != SC_YAML_LIST || list->n_items > SC_NODECONF_MAX_FILES ||
        (list->n_items == 0 && !may_be_empty)) {
        sc_yaml_fault(c->faults, c->file, list, "write it as [a, b]",
                      "'%s' must be a list of up to %d texts", what,
                      SC_NODECONF_MAX_FILES);
        return SC_OK;
    }
    texts = sc_nodeconf_keep(n, sc_alloc(list->n_items, sizeof *texts));
    if (texts == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < list->n_items; i++) {
        const sc_yaml_node *item = list->items[i];
        int is_empty = item->kind == SC_YAML_SCALAR && item->text_len == 0 &&
                       !item->is_plain;

        texts[i] = may_be_empty && is_empty ? "" : sc_conf_text(c, item, what);
        if (texts[i] == NULL) {
            return SC_OK;
        }
    }
    *out = texts;
    return SC_OK;
}

/* ---- files ------------------------------------------------------------ */

static void check_file(const sc_conf *c, const sc_yaml_node *at,
                       const char *path)
{
    char quoted[SC_CONF_QUOTE_LEN];
    struct stat st;
    const char *words = NULL;

    if (stat(path, &st) != 0) {
        words = errno == ENOENT ? "there is no such file"
                                : "the file cannot be examined";
    } else if (!S_ISREG(st.st_mode)) {
        words = "this is not a regular file";
    } else if (access(path, R_OK) != 0) {
        words = "the file may not be read";
    }
    if (words != NULL) {
        size_t len = strlen(path);
        const char *end = len > 60 ? path + len - 60 : path;

        sc_yaml_fault(c->faults, c->file, at,
                      "a relative name starts at the folder of node.yaml",
                      "%s: %s%s", words, len > 60 ? "..." : "",
                      sc_conf_quote(quoted, end));
    }
}

/* Absolute paths of the names; each must be a file. */
static sc_err set_files(sc_source *s, sc_nodeconf *n, const sc_conf *c,
                        const sc_yaml_node *at, const char *const *names,
                        size_t n_names)
{
    const char **files = sc_nodeconf_keep(n, sc_alloc(n_names, sizeof *files));
    sc_err err = SC_E_BUG;

    SC_REQUIRE(files != NULL, SC_E_MEM);
    for (size_t i = 0; i < n_names; i++) {
        files[i] = sc_nodeconf_path(n, names[i]);
        SC_REQUIRE(files[i] != NULL, SC_E_MEM);
        check_file(c, at, files[i]);
    }
    s->files = files;
    s->n_files = n_names;
    err = SC_OK;
out:
    return err;
}

/* The SELECT with absolute paths, and its files. */
static sc_err set_sql(sc_source *s, sc_nodeconf *n, const sc_conf *c,
                      const parts *p, const char *const *declared,
                      size_t n_declared)
{
    sc_ownsql_files found = {0};
    sc_buf text = {0};
    sc_fault why = {0};
    sc_err err = sc_ownsql_resolve(&text, &found, p->sql, n->folder, declared,
                                   n_declared, &why);

    if (err == SC_E_CONFIG) {
        sc_yaml_fault(c->faults, c->file, p->at, why.remedy, "%s", why.text);
        err = SC_OK;
        goto out;
    }
    SC_TRY(err);
    s->sql = sc_nodeconf_keep(n, sc_strdup((const char *)text.p));
    SC_REQUIRE(s->sql != NULL, SC_E_MEM);
    SC_TRY(set_files(s, n, c, p->at, (const char *const *)found.names,
                     found.n_names));
    err = SC_OK;
out:
    sc_ownsql_files_clear(&found);
    sc_buf_clear(&text);
    return err;
}

/* ---- one table -------------------------------------------------------- */

/* Multi-line SELECTs are fine; other control characters are not. */
static const char *sql_text(const sc_conf *c, const sc_yaml_node *node)
{
    int is_good = node->kind == SC_YAML_SCALAR && node->text_len > 0 &&
                  strlen(node->text) == node->text_len;

    for (size_t i = 0; is_good && i < node->text_len; i++) {
        char b = node->text[i];

        is_good = b == '\n' || b == '\t' || ((b & 0xE0) != 0 && b != 0x7F);
    }
    if (!is_good) {
        sc_yaml_fault(c->faults, c->file, node, "",
                      "expected a SELECT or the name of a file, as a text "
                      "without control characters");
    }
    return is_good ? node->text : NULL;
}

static void set_bad_values(sc_source *s, const sc_conf *c,
                           const sc_yaml_node *node)
{
    static const char *const names[] = {"reject", "skip", "clamp"};
    const char *text =
        node == NULL ? NULL : sc_conf_text(c, node, "bad_values");

    s->bad_values = SC_BAD_REJECT;
    for (int i = SC_BAD_REJECT; text != NULL && i <= SC_BAD_CLAMP; i++) {
        if (strcmp(text, names[i]) == 0) {
            s->bad_values = (sc_bad_values)i;
            return;
        }
    }
    if (text != NULL) {
        sc_yaml_fault(c->faults, c->file, node, "",
                      "'bad_values' must be reject, skip or clamp");
    }
}

static sc_err set_nulls(sc_source *s, sc_nodeconf *n, const sc_conf *c,
                        const sc_yaml_node *node)
{
    static const char *const usual[] = {"", "NA"};
    const char **nulls = NULL;
    sc_err err = SC_E_BUG;

    s->nulls = usual;
    s->n_nulls = sizeof usual / sizeof *usual;
    if (node != NULL) {
        SC_TRY(take_texts(&nulls, n, c, node, "nulls", 1));
    }
    if (nulls != NULL) {
        s->nulls = nulls;
        s->n_nulls = node->n_items;
    }
    err = SC_OK;
out:
    return err;
}

/* One file without a SELECT, or a SELECT over the files or its own. */
static sc_err set_rows(sc_source *s, sc_nodeconf *n, const sc_conf *c,
                       const parts *p, const char *const *names)
{
    size_t n_names = p->files == NULL ? 0 : p->files->n_items;

    if (p->sql != NULL) {
        return set_sql(s, n, c, p, names, n_names);
    }
    if (n_names != 1) {
        sc_yaml_fault(c->faults, c->file, p->at,
                      "write files: [a.csv], or sql: with a SELECT over "
                      "several",
                      "one file makes a table by itself; here are %zu",
                      n_names);
        return SC_OK;
    }
    return set_files(s, n, c, p->files, names, n_names);
}

static sc_err parse_map(sc_source *s, sc_nodeconf *n, const sc_conf *c,
                        const sc_yaml_node *map)
{
    const sc_yaml_node *sql = NULL;
    parts p = {.at = map};
    const sc_yaml_field fields[] = {
        {"files", SC_YAML_F_NODE, 0, &p.files, 0, 0},
        {"sql", SC_YAML_F_NODE, 0, &sql, 0, 0},
        {"nulls", SC_YAML_F_NODE, 0, &p.nulls, 0, 0},
        {"bad_values", SC_YAML_F_NODE, 0, &p.bad_values, 0, 0},
    };
    const char **names = NULL;
    sc_err err = SC_E_BUG;

    sc_yaml_read(c->faults, c->file, map, fields,
                 sizeof fields / sizeof *fields);
    set_bad_values(s, c, p.bad_values);
    SC_TRY(set_nulls(s, n, c, p.nulls));
    if (p.files != NULL) {
        SC_TRY(take_texts(&names, n, c, p.files, "files", 0));
    }
    if (sql != NULL) {
        p.sql = sql_text(c, sql);
        p.at = sql;
    }
    if ((p.files != NULL && names == NULL) || (sql != NULL && p.sql == NULL)) {
        return SC_OK; /* noted */
    }
    SC_TRY(set_rows(s, n, c, &p, names));
    err = SC_OK;
out:
    return err;
}

static sc_err parse_source(sc_source *s, sc_nodeconf *n, const sc_conf *c,
                           const sc_yaml_node *node)
{
    parts p = {.at = node};
    sc_err err = SC_E_BUG;

    if (node->kind == SC_YAML_MAP) {
        return parse_map(s, n, c, node);
    }
    SC_TRY(set_nulls(s, n, c, NULL));
    p.sql = sql_text(c, node);
    if (p.sql == NULL) {
        return SC_OK;
    }
    if (sc_ownsql_is_select(p.sql)) {
        SC_TRY(set_sql(s, n, c, &p, NULL, 0));
    } else {
        SC_TRY(set_files(s, n, c, node, &p.sql, 1));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- all tables ------------------------------------------------------- */

/* The table of that name, if it is one of mine. */
static const sc_table *my_table(const sc_nodeconf *n, const sc_conf *c,
                                const sc_yaml_entry *entry)
{
    const sc_table *t = sc_consortium_table(n->consortium, entry->key);
    char quoted[SC_CONF_QUOTE_LEN];

    if (t == NULL) {
        sc_faults_add(c->faults, c->file, entry->line, entry->column,
                      "use a name that stands under tables in the consortium "
                      "file",
                      "there is no table '%s'",
                      sc_conf_quote(quoted, entry->key));
    } else if ((t->owners >> n->me & 1) == 0) {
        sc_faults_add(c->faults, c->file, entry->line, entry->column,
                      "leave it out",
                      "in the consortium file %s is no owner of table %s",
                      n->consortium->parties[n->me].name, t->name);
        return NULL;
    }
    return t;
}

static void check_complete(const sc_nodeconf *n, const sc_conf *c,
                           const sc_yaml_node *at)
{
    for (size_t i = 0; i < n->consortium->n_tables; i++) {
        const sc_table *t = &n->consortium->tables[i];

        if ((t->owners >> n->me & 1) != 0 &&
            sc_nodeconf_source(n, t) == SIZE_MAX) {
            sc_yaml_fault(c->faults, c->file, at,
                          "add a line under data: with its file or SELECT",
                          "%s owns rows of table %s, and data: has none",
                          n->consortium->parties[n->me].name, t->name);
        }
    }
}

sc_err sc_sources_parse(sc_nodeconf *n, const sc_conf *c,
                        const sc_yaml_node *map, const sc_yaml_node *root)
{
    size_t n_entries = map == NULL ? 0 : map->n_items;
    sc_err err = SC_E_BUG;

    n->sources = sc_nodeconf_keep(n, sc_alloc(n_entries, sizeof *n->sources));
    SC_REQUIRE(n->sources != NULL, SC_E_MEM);
    for (size_t i = 0; i < n_entries; i++) {
        sc_source *s = &n->sources[n->n_sources];
        const sc_table *t = my_table(n, c, &map->entries[i]);

        if (t != NULL) {
            s->table = t;
            n->n_sources++;
            SC_TRY(parse_source(s, n, c, map->entries[i].value));
        }
    }
    check_complete(n, c, map == NULL ? root : map);
    err = SC_OK;
out:
    return err;
}
