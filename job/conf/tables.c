/* job/conf/tables.c: tables and their owners; the columns are in job/conf/columns.c. */
#include "job/conf/tables.h"

#include <string.h>

#include "base/mem.h"
#include "job/conf/columns.h"

static void add_owner(sc_table *t, const sc_conf *c, const sc_consortium *cons,
                      const sc_yaml_node *node)
{
    char quoted[SC_CONF_QUOTE_LEN];
    const char *name = sc_conf_text(c, node, "owner");
    size_t i;

    if (name == NULL || cons->n_parties == 0) {
        return; /* the parties' own fault is enough */
    }
    i = sc_consortium_party(cons, name);
    if (i == SIZE_MAX) {
        sc_yaml_fault(c->faults, c->file, node,
                      "write a name that stands under parties",
                      "'%s' is not a party", sc_conf_quote(quoted, name));
        return;
    }
    if ((t->owners >> i & 1) != 0) {
        sc_yaml_fault(c->faults, c->file, node, "name each owner once",
                      "'%s' is listed twice", sc_conf_quote(quoted, name));
    }
    t->owners |= (uint32_t)1 << i;
}

static void parse_owners(sc_table *t, const sc_conf *c,
                         const sc_consortium *cons, const sc_yaml_node *at,
                         const sc_yaml_node *stacked, const sc_yaml_node *owner)
{
    if ((stacked == NULL) == (owner == NULL)) {
        sc_yaml_fault(c->faults, c->file, at,
                      "write either stacked: [alice, bob, carol] or owner: "
                      "alice",
                      "a table is either stacked or has one owner");
        return;
    }
    if (owner != NULL) {
        add_owner(t, c, cons, owner);
        return;
    }
    t->is_stacked = 1;
    if (stacked->n_items < 2) {
        sc_yaml_fault(c->faults, c->file, stacked,
                      "for a table of one party write owner: and its name",
                      "a stacked table has at least two owners");
    }
    for (size_t i = 0; i < stacked->n_items; i++) {
        add_owner(t, c, cons, stacked->items[i]);
    }
}

static sc_err parse_columns(sc_table *t, const sc_conf *c,
                            const sc_yaml_node *map)
{
    sc_err err = SC_E_BUG;

    if (map->n_items == 0 || map->n_items > SC_MAX_COLUMNS) {
        sc_yaml_fault(c->faults, c->file, map, "",
                      "a table has 1 to %d columns, this one has %zu",
                      SC_MAX_COLUMNS, map->n_items);
        return SC_OK;
    }
    t->columns = sc_alloc(map->n_items, sizeof *t->columns);
    SC_REQUIRE(t->columns != NULL, SC_E_MEM);
    for (size_t i = 0; i < map->n_items; i++) {
        t->n_columns = i + 1;
        SC_TRY(sc_columns_parse(&t->columns[i], c, &map->entries[i]));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err parse_table(sc_table *t, const sc_conf *c,
                          const sc_consortium *cons, const sc_yaml_entry *entry)
{
    const sc_yaml_node *stacked = NULL, *owner = NULL, *columns = NULL;
    int64_t max_rows = SC_TABLES_DEFAULT_ROWS;
    const sc_yaml_field fields[] = {
        {"stacked", SC_YAML_F_LIST, 0, &stacked, 0, 0},
        {"owner", SC_YAML_F_NODE, 0, &owner, 0, 0},
        {"columns", SC_YAML_F_MAP, 1, &columns, 0, 0},
        {"max_rows", SC_YAML_F_INT, 0, &max_rows, 1, SC_TABLES_MAX_ROWS},
    };
    char quoted[SC_CONF_QUOTE_LEN];

    if (sc_conf_is_identifier(entry->key)) {
        memcpy(t->name, entry->key, strlen(entry->key));
    } else {
        sc_faults_add(c->faults, c->file, entry->line, entry->column,
                      SC_COLUMNS_NAME_REMEDY, "'%s' cannot name a table",
                      sc_conf_quote(quoted, entry->key));
    }
    if (entry->value->kind != SC_YAML_MAP) {
        sc_yaml_fault(c->faults, c->file, entry->value,
                      "write columns: and stacked: below it",
                      "a table must be a map of keys to values");
        return SC_OK;
    }
    sc_yaml_read(c->faults, c->file, entry->value, fields,
                 sizeof fields / sizeof *fields);
    t->max_rows = (uint64_t)max_rows;
    parse_owners(t, c, cons, entry->value, stacked, owner);
    return columns == NULL ? SC_OK : parse_columns(t, c, columns);
}

sc_err sc_tables_parse(sc_consortium *cons, const sc_conf *c,
                       const sc_yaml_node *map)
{
    sc_err err = SC_E_BUG;

    if (map->n_items == 0 || map->n_items > SC_TABLES_MAX) {
        sc_yaml_fault(c->faults, c->file, map, "",
                      "a consortium has 1 to %d tables, this one has %zu",
                      SC_TABLES_MAX, map->n_items);
        return SC_OK;
    }
    cons->tables = sc_alloc(map->n_items, sizeof *cons->tables);
    SC_REQUIRE(cons->tables != NULL, SC_E_MEM);
    for (size_t i = 0; i < map->n_items; i++) {
        cons->n_tables = i + 1;
        SC_TRY(parse_table(&cons->tables[i], c, cons, &map->entries[i]));
    }
    err = SC_OK;
out:
    return err;
}
