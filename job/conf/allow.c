/* job/conf/allow.c: each entry is read whole, or the node does not start. */
#include "job/conf/allow.h"

#include <string.h>

#include "base/date.h"
#include "base/mem.h"

static const struct {
    const char *name;
    uint8_t use;
} uses[] = {
    {"group", SC_USE_GROUP},
    {"filter", SC_USE_FILTER},
    {"aggregate", SC_USE_AGGREGATE},
};

#define N_USES (sizeof uses / sizeof *uses)

/* ---- who -------------------------------------------------------------- */

static void add_party(sc_allow *a, const sc_nodeconf *n, const sc_conf *c,
                      const sc_yaml_node *node)
{
    const char *name = sc_conf_text(c, node, "who");
    char quoted[SC_CONF_QUOTE_LEN];
    size_t i;

    if (name == NULL) {
        return;
    }
    i = sc_consortium_party(n->consortium, name);
    if (i == SIZE_MAX) {
        sc_yaml_fault(c->faults, c->file, node,
                      "write names that stand under parties, or any",
                      "'%s' is not a party of the consortium",
                      sc_conf_quote(quoted, name));
        return;
    }
    a->who |= (uint32_t)1 << i;
}

/* A list, one name, or the word any. */
static void parse_who(sc_allow *a, const sc_nodeconf *n, const sc_conf *c,
                      const sc_yaml_node *node)
{
    if (node->kind == SC_YAML_SCALAR && node->is_plain &&
        strcmp(node->text, "any") == 0) {
        a->who = ((uint32_t)1 << n->consortium->n_parties) - 1;
    } else if (node->kind != SC_YAML_LIST) {
        add_party(a, n, c, node);
    } else {
        if (node->n_items == 0) {
            sc_yaml_fault(c->faults, c->file, node,
                          "write the names of parties, or any",
                          "'who' names nobody");
        }
        for (size_t i = 0; i < node->n_items; i++) {
            add_party(a, n, c, node->items[i]);
        }
    }
}

static void parse_until(sc_allow *a, const sc_conf *c, const sc_yaml_node *node)
{
    const char *text = sc_conf_text(c, node, "until");

    if (text != NULL && sc_date_parse(&a->until, sc_bytes_of(text)) != SC_OK) {
        sc_yaml_fault(c->faults, c->file, node, "",
                      "'until' must be a date such as 2027-06-30");
    }
}

static void parse_table(sc_allow *a, const sc_nodeconf *n, const sc_conf *c,
                        const sc_yaml_node *node)
{
    const char *text = sc_conf_text(c, node, "table");
    char quoted[SC_CONF_QUOTE_LEN];

    if (text == NULL) {
        return;
    }
    a->table = sc_consortium_table(n->consortium, text);
    if (a->table == NULL || (a->table->owners >> n->me & 1) == 0) {
        sc_yaml_fault(c->faults, c->file, node,
                      "name a table that you own in the consortium file",
                      "'%s' is not a table of %s", sc_conf_quote(quoted, text),
                      n->consortium->parties[n->me].name);
        a->table = NULL;
    }
}

/* ---- columns ---------------------------------------------------------- */

static uint8_t parse_use(const sc_conf *c, const sc_yaml_node *node)
{
    const char *text = sc_conf_text(c, node, "a use");
    char quoted[SC_CONF_QUOTE_LEN];

    for (size_t i = 0; text != NULL && i < N_USES; i++) {
        if (strcmp(text, uses[i].name) == 0) {
            return uses[i].use;
        }
    }
    if (text != NULL) {
        sc_yaml_fault(c->faults, c->file, node,
                      "uses are group, filter and aggregate",
                      strcmp(text, "join") == 0 ? "no query uses '%s' yet"
                                                : "unknown use '%s'",
                      sc_conf_quote(quoted, text));
    }
    return 0;
}

static void parse_column(sc_allow *a, const sc_conf *c,
                         const sc_yaml_entry *entry)
{
    size_t i = sc_table_column(a->table, entry->key);
    char quoted[SC_CONF_QUOTE_LEN];

    if (i == SIZE_MAX) {
        sc_faults_add(c->faults, c->file, entry->line, entry->column,
                      "use the names of the consortium file",
                      "table %s has no column '%s'", a->table->name,
                      sc_conf_quote(quoted, entry->key));
        return;
    }
    if (entry->value->kind != SC_YAML_LIST || entry->value->n_items == 0) {
        sc_yaml_fault(c->faults, c->file, entry->value,
                      "write them as [group, filter]",
                      "the uses of a column must be a list");
        return;
    }
    for (size_t k = 0; k < entry->value->n_items; k++) {
        a->uses[i] |= parse_use(c, entry->value->items[k]);
    }
}

/* ---- functions -------------------------------------------------------- */

static sc_err parse_functions(sc_allow *a, sc_nodeconf *n, const sc_conf *c,
                              const sc_yaml_node *list)
{
    if (list->n_items == 0) {
        sc_yaml_fault(c->faults, c->file, list,
                      "write them as [count, sum, avg]",
                      "'functions' names none, so nothing could be asked");
        return SC_OK;
    }
    a->functions =
        sc_nodeconf_keep(n, sc_alloc(list->n_items, sizeof *a->functions));
    if (a->functions == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < list->n_items; i++) {
        const char *text = sc_conf_text(c, list->items[i], "a function");
        const sc_function *f = text == NULL ? NULL : sc_function_find(text);
        char quoted[SC_CONF_QUOTE_LEN];

        if (f != NULL) {
            a->functions[a->n_functions++] = f->canonical;
        } else if (text != NULL) {
            sc_yaml_fault(c->faults, c->file, list->items[i],
                          "write aggregates in lower case: count, sum, avg, "
                          "stddev, variance, corr, ...",
                          "unknown function '%s'", sc_conf_quote(quoted, text));
        }
    }
    return SC_OK;
}

/* ---- protocols -------------------------------------------------------- */

static void parse_protocol(sc_allow *a, const sc_conf *c,
                           const sc_yaml_node *node)
{
    const char *text = sc_conf_text(c, node, "a protocol");
    char quoted[SC_CONF_QUOTE_LEN];

    if (text == NULL) {
        return;
    }
    if (strcmp(text, "masked_sum") == 0) {
        a->protocols |= SC_ALLOW_MASKED_SUM;
    } else if (strcmp(text, "ciphertext_sum") == 0) {
        a->protocols |= SC_ALLOW_CIPHERTEXT_SUM;
    } else {
        sc_yaml_fault(c->faults, c->file, node,
                      "protocols are masked_sum and ciphertext_sum",
                      "unknown protocol '%s'", sc_conf_quote(quoted, text));
    }
}

static void parse_protocols(sc_allow *a, const sc_conf *c,
                            const sc_yaml_node *list)
{
    a->protocols = list == NULL ? SC_ALLOW_MASKED_SUM : 0;
    if (list != NULL && list->n_items == 0) {
        sc_yaml_fault(c->faults, c->file, list,
                      "leave it out for masked sums alone",
                      "'protocols' names none, so nothing could be asked");
    }
    for (size_t i = 0; list != NULL && i < list->n_items; i++) {
        parse_protocol(a, c, list->items[i]);
    }
}

/* ---- entries ---------------------------------------------------------- */

static sc_err parse_entry(sc_allow *a, sc_nodeconf *n, const sc_conf *c,
                          const sc_yaml_node *node)
{
    const sc_yaml_node *who = NULL, *until = NULL, *purpose = NULL;
    const sc_yaml_node *table = NULL, *columns = NULL, *functions = NULL;
    const sc_yaml_node *protocols = NULL;
    const sc_yaml_field fields[] = {
        {"who", SC_YAML_F_NODE, 1, &who, 0, 0},
        {"until", SC_YAML_F_NODE, 1, &until, 0, 0},
        {"purpose", SC_YAML_F_NODE, 0, &purpose, 0, 0},
        {"table", SC_YAML_F_NODE, 1, &table, 0, 0},
        {"columns", SC_YAML_F_MAP, 1, &columns, 0, 0},
        {"functions", SC_YAML_F_LIST, 1, &functions, 0, 0},
        {"protocols", SC_YAML_F_LIST, 0, &protocols, 0, 0},
    };
    const char *text;

    a->line = node->line;
    a->purpose = "";
    sc_yaml_read(c->faults, c->file, node, fields,
                 sizeof fields / sizeof *fields);
    if (who != NULL) {
        parse_who(a, n, c, who);
    }
    if (until != NULL) {
        parse_until(a, c, until);
    }
    parse_protocols(a, c, protocols);
    text = purpose == NULL ? NULL : sc_conf_text(c, purpose, "purpose");
    if (text != NULL) {
        a->purpose = text;
    }
    if (table != NULL) {
        parse_table(a, n, c, table);
    }
    for (size_t i = 0;
         a->table != NULL && columns != NULL && i < columns->n_items; i++) {
        parse_column(a, c, &columns->entries[i]);
    }
    return functions == NULL ? SC_OK : parse_functions(a, n, c, functions);
}

sc_err sc_allow_parse(sc_nodeconf *n, const sc_conf *c,
                      const sc_yaml_node *list)
{
    size_t n_items = list == NULL ? 0 : list->n_items;
    sc_err err = SC_E_BUG;

    if (n_items > SC_NODECONF_MAX_ALLOW) {
        sc_yaml_fault(c->faults, c->file, list, "",
                      "more than %d entries under allow:",
                      SC_NODECONF_MAX_ALLOW);
        return SC_OK;
    }
    n->allow = sc_nodeconf_keep(n, sc_alloc(n_items, sizeof *n->allow));
    SC_REQUIRE(n->allow != NULL, SC_E_MEM);
    for (size_t i = 0; i < n_items; i++) {
        n->n_allow = i + 1;
        SC_TRY(parse_entry(&n->allow[i], n, c, list->items[i]));
    }
    err = SC_OK;
out:
    return err;
}
