/* base/yaml.h: YAML with the line and column of every key and value.
 *
 * libyaml's events underneath (its document loader forgets anchors and tags).
 * One document; aliases, anchors, tags and duplicate keys are faults. Faults
 * are collected, so that a person sees every mistake of a file in one run; a
 * syntax fault ends it at the first. Adversary: whoever wrote the file; size,
 * depth and number of nodes are bounded, and faults print no strange byte. */
#ifndef SC_BASE_YAML_H
#define SC_BASE_YAML_H

#include "base/bytes.h"
#include "base/fault.h"

#define SC_YAML_MAX_LEN   ((size_t)4 << 20)
#define SC_YAML_MAX_DEPTH 32 /* lists and maps inside one another */
#define SC_YAML_MAX_NODES ((size_t)1 << 18)

typedef enum { SC_YAML_SCALAR, SC_YAML_LIST, SC_YAML_MAP } sc_yaml_kind;

typedef struct sc_yaml_node sc_yaml_node;
typedef struct {
    const char *key; /* NUL-terminated; no control characters */
    unsigned line, column;
    const sc_yaml_node *value;
} sc_yaml_entry;

struct sc_yaml_node {
    sc_yaml_kind kind;
    unsigned line, column; /* from 1 */
    const char *text;      /* scalar: NUL-terminated, valid UTF-8 */
    size_t text_len;
    int is_plain;                     /* scalar: written without quotes */
    size_t n_items;                   /* list or map */
    const sc_yaml_node *const *items; /* list */
    const sc_yaml_entry *entries;     /* map, in file order */
};

/* Every mistake found so far, in file order. {0} is empty. */
typedef struct {
    sc_fault *faults;
    size_t n_faults; /* at most 100 are kept */
} sc_faults;

/* printf-style. Out of memory it keeps what it has, and n_faults is at least 1
 * all the same: a file with a mistake never passes for one without. */
void sc_faults_add(sc_faults *f, const char *file, unsigned line,
                   unsigned column, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* What was to be looked at found no memory. */
void sc_faults_no_memory(sc_faults *f);
/* SC_OK without a fault, else SC_E_CONFIG; SC_E_MEM where memory was short before
 * any was found. */
sc_err sc_faults_code(const sc_faults *f);
void sc_faults_clear(sc_faults *f);

typedef struct sc_yaml sc_yaml; /* owns all nodes */

/* Load a file's bytes (`name` is for the faults).
 *   Returns: SC_E_CONFIG  f says what, where; *y is NULL
 *            SC_E_MEM     *y is NULL */
SC_MUST_USE sc_err sc_yaml_load(sc_yaml **y, sc_faults *f, const char *name,
                                sc_bytes text);
void sc_yaml_free(sc_yaml **y);
const sc_yaml_node *sc_yaml_root(const sc_yaml *y);

/* ---- walking against a schema: a description of what a map may hold ---- */

typedef enum {
    SC_YAML_F_STRING, /* sc: const char ** */
    SC_YAML_F_INT,    /* int64_t *, within [min, max] */
    SC_YAML_F_BOOL,   /* int * : true / false only */
    SC_YAML_F_NODE,   /* const sc_yaml_node ** : caller walks it */
    SC_YAML_F_LIST,   /* const sc_yaml_node ** of kind list */
    SC_YAML_F_MAP     /* const sc_yaml_node ** of kind map */
} sc_yaml_type;

typedef struct {
    const char *key;
    sc_yaml_type type;
    int is_required;
    void *out;        /* as said at the type; left alone if the key is absent */
    int64_t min, max; /* SC_YAML_F_INT */
} sc_yaml_field;

/* Read a map's fields; unknown keys (with the nearest known one suggested),
 * missing ones, wrong types and a node that is no map are added to f. The value
 * of a misspelt key is read as that of the suggested one, so that one slip is
 * one fault. At most 63 fields. */
void sc_yaml_read(sc_faults *f, const char *name, const sc_yaml_node *map,
                  const sc_yaml_field *fields, size_t n_fields);
/* A plain scalar as integer in [min, max]; 0 and a fault in f if not. */
int sc_yaml_int(int64_t *out, sc_faults *f, const char *name,
                const sc_yaml_node *node, int64_t min, int64_t max);
/* A fault at a node. */
void sc_yaml_fault(sc_faults *f, const char *name, const sc_yaml_node *node,
                   const char *remedy, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
