/* base/yaml_read.c: the list of faults, and the walk against a schema. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/near.h"
#include "base/yaml.h"

#define MAX_FAULTS 100
#define MAX_KEY    64 /* of an unknown key, shown */

/* ---- faults --------------------------------------------------------- */

/* Stands in for what found no memory; never written to. */
static sc_fault short_of_memory = {
    .code = SC_E_MEM, .text = "out of memory while looking for faults"};

/* Capacity is the power of two at or above n_faults. */
static sc_fault *grow(sc_faults *f)
{
    size_t n = f->n_faults;
    sc_fault *grown;

    if ((n & (n - 1)) != 0) {
        return f->faults;
    }
    grown = sc_alloc(n == 0 ? 1 : 2 * n, sizeof *grown);
    if (grown == NULL) {
        return NULL;
    }
    if (n > 0) {
        memcpy(grown, f->faults, n * sizeof *grown);
    }
    sc_free(f->faults);
    f->faults = grown;
    return grown;
}

/* 1 if a fault at file:line:column stands before `other` in the same file. */
static int is_before(const char *file, unsigned line, unsigned column,
                     const sc_fault *other)
{
    return strncmp(file, other->file, sizeof other->file - 1) == 0 &&
           (line < other->line ||
            (line == other->line && column < other->column));
}

void sc_faults_no_memory(sc_faults *f)
{
    if (f->n_faults == 0) {
        f->faults = &short_of_memory;
        f->n_faults = 1;
    }
}

sc_err sc_faults_code(const sc_faults *f)
{
    if (f->n_faults == 0) {
        return SC_OK;
    }
    return f->faults == &short_of_memory ? SC_E_MEM : SC_E_CONFIG;
}

void sc_faults_add(sc_faults *f, const char *file, unsigned line,
                   unsigned column, const char *remedy, const char *format, ...)
{
    char text[sizeof f->faults->text];
    sc_fault *at;
    va_list args;

    if (f->n_faults >= MAX_FAULTS || f->faults == &short_of_memory) {
        return;
    }
    if (grow(f) == NULL) {
        sc_faults_no_memory(f);
        return;
    }
    at = &f->faults[f->n_faults++];
    while (at > f->faults && is_before(file, line, column, at - 1)) {
        *at = *(at - 1);
        at--;
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)sc_fault_set(at, SC_E_CONFIG, "%s", text);
    sc_fault_at(at, file, line, column);
    sc_fault_remedy(at, "%s", remedy);
}

void sc_faults_clear(sc_faults *f)
{
    if (f->faults != &short_of_memory) {
        sc_free(f->faults);
    }
    *f = (sc_faults){0};
}

void sc_yaml_fault(sc_faults *f, const char *name, const sc_yaml_node *node,
                   const char *remedy, const char *format, ...)
{
    char text[sizeof f->faults->text];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sc_faults_add(f, name, node->line, node->column, remedy, "%s", text);
}

/* ---- words for a stranger's text ------------------------------------ */

/* Cut to fit; what is not printable ASCII becomes '?'. */
static void quote(char out[static MAX_KEY], const char *text)
{
    size_t n = 0;

    for (; n + 1 < MAX_KEY && text[n] != '\0'; n++) {
        out[n] = text[n];
        if (out[n] < 0x20 || out[n] > 0x7E) {
            out[n] = '?';
        }
    }
    out[n] = '\0';
}

static void list_known(char *out, size_t len, const sc_yaml_field *fields,
                       size_t n_fields)
{
    size_t used = (size_t)snprintf(out, len, "known here:");

    for (size_t i = 0; i < n_fields && used < len; i++) {
        used += (size_t)snprintf(out + used, len - used, "%s %s",
                                 i > 0 ? "," : "", fields[i].key);
    }
}

/* Returns the number of the field that was meant; n_fields if none is near. */
static size_t unknown_key(sc_faults *f, const char *name,
                          const sc_yaml_entry *entry,
                          const sc_yaml_field *fields, size_t n_fields)
{
    char key[MAX_KEY], remedy[sizeof f->faults->remedy];
    sc_near near = sc_near_to(entry->key);
    size_t meant = n_fields;

    for (size_t i = 0; i < n_fields; i++) {
        sc_near_try(&near, fields[i].key);
        meant = near.nearest == fields[i].key ? i : meant;
    }
    if (near.nearest == NULL) {
        list_known(remedy, sizeof remedy, fields, n_fields);
    } else {
        (void)snprintf(remedy, sizeof remedy, "did you mean '%s'?",
                       near.nearest);
    }
    quote(key, entry->key);
    sc_faults_add(f, name, entry->line, entry->column, remedy,
                  "unknown key '%s'", key);
    return meant;
}

/* ---- values --------------------------------------------------------- */

/* Strict decimal: an optional minus, no leading zeros, no plus. */
static int parse_int(int64_t *out, const char *text)
{
    int is_negative = text[0] == '-';
    const char *c = text + is_negative;
    int64_t v = 0;

    if (*c == '\0' || (c[0] == '0' && (c[1] != '\0' || is_negative))) {
        return 0;
    }
    for (; *c != '\0'; c++) {
        int digit = *c - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, digit, &v)) { /* -v: has room for min */
            return 0;
        }
    }
    if (!is_negative && v == INT64_MIN) {
        return 0;
    }
    *out = is_negative ? v : -v;
    return 1;
}

int sc_yaml_int(int64_t *out, sc_faults *f, const char *name,
                const sc_yaml_node *node, int64_t min, int64_t max)
{
    int64_t v = 0;

    if (node->kind != SC_YAML_SCALAR || !node->is_plain ||
        !parse_int(&v, node->text) || v < min || v > max) {
        sc_yaml_fault(f, name, node, "",
                      "expected a whole number from %lld to %lld",
                      (long long)min, (long long)max);
        return 0;
    }
    *out = v;
    return 1;
}

static void read_string(sc_faults *f, const char *name,
                        const sc_yaml_field *field, const sc_yaml_node *node)
{
    if (node->kind != SC_YAML_SCALAR ||
        (node->is_plain && node->text_len == 0)) {
        sc_yaml_fault(f, name, node, "", "'%s' must be a text", field->key);
        return;
    }
    *(const char **)field->out = node->text;
}

static void read_bool(sc_faults *f, const char *name,
                      const sc_yaml_field *field, const sc_yaml_node *node)
{
    int is_true = node->kind == SC_YAML_SCALAR && node->is_plain &&
                  strcmp(node->text, "true") == 0;

    if (!is_true && (node->kind != SC_YAML_SCALAR || !node->is_plain ||
                     strcmp(node->text, "false") != 0)) {
        sc_yaml_fault(f, name, node, "", "'%s' must be true or false",
                      field->key);
        return;
    }
    *(int *)field->out = is_true;
}

static void read_node(sc_faults *f, const char *name,
                      const sc_yaml_field *field, const sc_yaml_node *node)
{
    if (field->type == SC_YAML_F_LIST && node->kind != SC_YAML_LIST) {
        sc_yaml_fault(f, name, node, "", "'%s' must be a list", field->key);
        return;
    }
    if (field->type == SC_YAML_F_MAP && node->kind != SC_YAML_MAP) {
        sc_yaml_fault(f, name, node, "", "'%s' must be a map of keys to values",
                      field->key);
        return;
    }
    *(const sc_yaml_node **)field->out = node;
}

static void read_field(sc_faults *f, const char *name,
                       const sc_yaml_field *field, const sc_yaml_node *node)
{
    switch (field->type) {
    case SC_YAML_F_STRING:
        read_string(f, name, field, node);
        break;
    case SC_YAML_F_INT:
        (void)sc_yaml_int(field->out, f, name, node, field->min, field->max);
        break;
    case SC_YAML_F_BOOL:
        read_bool(f, name, field, node);
        break;
    case SC_YAML_F_NODE:
    case SC_YAML_F_LIST:
    case SC_YAML_F_MAP:
        read_node(f, name, field, node);
        break;
    default:
        SC_ASSERT(field->type <= SC_YAML_F_MAP);
    }
}

static const sc_yaml_entry *find_entry(const sc_yaml_node *map, const char *key)
{
    for (size_t i = 0; i < map->n_items; i++) {
        if (strcmp(map->entries[i].key, key) == 0) {
            return &map->entries[i];
        }
    }
    return NULL;
}

static int is_known(const char *key, const sc_yaml_field *fields,
                    size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (strcmp(fields[i].key, key) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A misspelt key is one mistake: its value is read as that of the key that was
 * meant, unless that one is there too. */
static void read_misspelt(sc_faults *f, const char *name,
                          const sc_yaml_node *map, const sc_yaml_entry *entry,
                          const sc_yaml_field *fields, size_t n_fields,
                          uint64_t *are_read)
{
    size_t meant = unknown_key(f, name, entry, fields, n_fields);

    if (meant < n_fields && (*are_read >> meant & 1) == 0 &&
        find_entry(map, fields[meant].key) == NULL) {
        *are_read |= (uint64_t)1 << meant;
        read_field(f, name, &fields[meant], entry->value);
    }
}

void sc_yaml_read(sc_faults *f, const char *name, const sc_yaml_node *map,
                  const sc_yaml_field *fields, size_t n_fields)
{
    uint64_t are_read = 0; /* bit i: field i, from a misspelt key */

    SC_ASSERT(n_fields < 64);
    if (map->kind != SC_YAML_MAP) {
        sc_yaml_fault(f, name, map, "", "expected a map of keys to values");
        return;
    }
    for (size_t i = 0; i < map->n_items; i++) {
        if (!is_known(map->entries[i].key, fields, n_fields)) {
            read_misspelt(f, name, map, &map->entries[i], fields, n_fields,
                          &are_read);
        }
    }
    for (size_t i = 0; i < n_fields; i++) {
        const sc_yaml_entry *entry = find_entry(map, fields[i].key);

        if (entry != NULL) {
            read_field(f, name, &fields[i], entry->value);
        } else if (fields[i].is_required && (are_read >> i & 1) == 0) {
            sc_yaml_fault(f, name, map, "", "the key '%s' is missing",
                          fields[i].key);
        }
    }
}
