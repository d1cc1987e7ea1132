/* base/yaml.c: from libyaml's events to a tree of nodes.
 *
 * Recursive descent over the events, at most SC_YAML_MAX_DEPTH deep. All that
 * the tree holds hangs on one chain of blocks, so that it is freed at once and
 * no path leaks. What the dialect forbids is noted and stepped over (an alias
 * is read as an empty scalar), so that one run finds every such mistake. */
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"

typedef struct block {
    struct block *next;
    max_align_t data[];
} block;

struct sc_yaml {
    block *blocks;
    sc_yaml_node *root;
};

typedef struct {
    sc_yaml *y;
    yaml_parser_t parser;
    sc_faults *f;
    const char *name;
    sc_bytes text;
    size_t n_nodes;
    int is_faulty;
} loader;

/* ---- memory --------------------------------------------------------- */

static void *tree_alloc(sc_yaml *y, size_t n, size_t size)
{
    block *b;

    if (n > (SIZE_MAX - sizeof *b) / size) {
        return NULL;
    }
    b = sc_alloc(1, sizeof *b + n * size);
    if (b == NULL) {
        return NULL;
    }
    b->next = y->blocks;
    y->blocks = b;
    return b->data;
}

void sc_yaml_free(sc_yaml **y)
{
    if (*y == NULL) {
        return;
    }
    for (block *b = (*y)->blocks, *next; b != NULL; b = next) {
        next = b->next;
        sc_free(b);
    }
    sc_free(*y);
    *y = NULL;
}

const sc_yaml_node *sc_yaml_root(const sc_yaml *y)
{
    return y->root;
}

/* A list of n elements, full at each power of two, with room for one more;
 * the outgrown copies stay with the tree: at most twice the memory. */
static void *tree_grow(sc_yaml *y, void *items, size_t n, size_t size)
{
    void *grown;

    if ((n & (n - 1)) != 0) {
        return items;
    }
    grown = tree_alloc(y, n == 0 ? 1 : 2 * n, size);
    if (grown != NULL && items != NULL) {
        memcpy(grown, items, n * size);
    }
    return grown;
}

/* ---- faults --------------------------------------------------------- */

static void fault_at(loader *l, const yaml_mark_t *at, const char *remedy,
                     const char *text)
{
    l->is_faulty = 1;
    sc_faults_add(l->f, l->name, (unsigned)at->line + 1,
                  (unsigned)at->column + 1, remedy, "%s", text);
}

/* libyaml gives a byte offset, not a mark, for bytes it cannot read. */
static void reader_fault(loader *l)
{
    yaml_mark_t at = {0};

    for (size_t i = 0; i < l->parser.problem_offset && i < l->text.len; i++) {
        at.column = l->text.p[i] == '\n' ? 0 : at.column + 1;
        at.line += l->text.p[i] == '\n';
    }
    fault_at(l, &at, "save the file as plain UTF-8 text",
             l->parser.problem != NULL ? l->parser.problem
                                       : "cannot read this byte");
}

/* One line of the file, from 0; empty beyond its end. */
static sc_bytes line_of(const loader *l, size_t line)
{
    const uint8_t *at = l->text.p, *end = l->text.p + l->text.len;

    for (; line > 0 && at < end; line--) {
        const uint8_t *next = memchr(at, '\n', (size_t)(end - at));

        at = next == NULL ? end : next + 1;
    }
    if (at < end && memchr(at, '\n', (size_t)(end - at)) != NULL) {
        end = memchr(at, '\n', (size_t)(end - at));
    }
    return (sc_bytes){at, (size_t)(end - at)};
}

/* Column of the first byte that is neither a blank nor, perhaps, a tab. */
static size_t indent_of(sc_bytes line, int with_tabs)
{
    size_t n = 0;

    while (n < line.len &&
           (line.p[n] == ' ' || (with_tabs && line.p[n] == '\t'))) {
        n++;
    }
    return n;
}

static int is_blank_or_comment(sc_bytes line)
{
    size_t n = indent_of(line, 1);

    return n == line.len || line.p[n] == '#' || line.p[n] == '\r';
}

/* Is there a key in it: ':' at its end or before a blank? */
static int has_colon(sc_bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.p[i] == ':' && (i + 1 == line.len || line.p[i + 1] == ' ' ||
                                 line.p[i + 1] == '\r')) {
            return 1;
        }
    }
    return 0;
}

/* A key without its colon is read on into the next line, and that line's own
 * colon is what the parser stumbles over: go back to the key. */
static int find_open_key(const loader *l, yaml_mark_t *at)
{
    yaml_mark_t before = *at;

    while (before.line > 0) {
        sc_bytes line = line_of(l, --before.line);

        if (is_blank_or_comment(line)) {
            continue;
        }
        before.column = indent_of(line, 0);
        if (has_colon(line)) {
            return 0;
        }
        *at = before;
        return 1;
    }
    return 0;
}

static void colon_fault(loader *l, yaml_mark_t at, int is_key)
{
    if (is_key || find_open_key(l, &at)) {
        fault_at(l, &at, "write it as `key: value`, with a blank behind ':'",
                 "a key without its ':'");
    } else {
        fault_at(l, &at,
                 "indent a key like the keys beside it, and quote a value "
                 "that holds ': '",
                 "a ':' where no key can stand");
    }
}

/* What a beginner can do about libyaml's words. */
static const char *remedy_of(const char *problem)
{
    static const struct {
        const char *begins, *remedy;
    } known[] = {
        {"did not find expected",
         "check the indentation against the line above, and that quotes and "
         "brackets are closed"},
        {"found unexpected end of stream", "a quote was opened and not closed"},
        {"found unexpected document indicator",
         "a quote was opened and not closed"},
        {"found character that cannot start", "quote a text that begins so"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(problem, known[i].begins, strlen(known[i].begins)) == 0) {
            return known[i].remedy;
        }
    }
    return "";
}

/* The parser's words, or better ones for the commonest slips. */
static void parser_fault(loader *l)
{
    const char *problem =
        l->parser.problem != NULL ? l->parser.problem : "not YAML";
    yaml_mark_t at = l->parser.problem_mark;
    sc_bytes line = line_of(l, at.line);
    size_t tab = indent_of(line, 0);

    if (tab < line.len && line.p[tab] == '\t') {
        at.column = tab;
        fault_at(l, &at, "YAML indents with spaces", "a tab");
    } else if (strcmp(problem, "could not find expected ':'") == 0) {
        colon_fault(l, l->parser.context_mark, 1);
    } else if (strcmp(problem,
                      "mapping values are not allowed in this context") == 0) {
        colon_fault(l, at, 0);
    } else {
        fault_at(l, &at, remedy_of(problem), problem);
    }
}

static sc_err syntax_fault(loader *l)
{
    switch (l->parser.error) {
    case YAML_MEMORY_ERROR:
        return SC_E_MEM;
    case YAML_READER_ERROR:
        reader_fault(l);
        return SC_E_CONFIG;
    default:
        parser_fault(l);
        return SC_E_CONFIG;
    }
}

/* ---- the descent ---------------------------------------------------- */

static sc_err load_node(loader *l, sc_yaml_node **node,
                        const yaml_event_t *event, unsigned depth);

static sc_err next_event(loader *l, yaml_event_t *event)
{
    return yaml_parser_parse(&l->parser, event) ? SC_OK : syntax_fault(l);
}

static void check_dressing(loader *l, const yaml_event_t *event,
                           const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL) {
        fault_at(l, &event->start_mark, "write the value out at each place",
                 "anchors (&) are not allowed");
    }
    if (tag != NULL) {
        fault_at(l, &event->start_mark, "leave the tag out",
                 "tags (!) are not allowed");
    }
}

static sc_err load_scalar(loader *l, sc_yaml_node *node,
                          const yaml_event_t *event)
{
    size_t len = event->data.scalar.length;
    char *text = tree_alloc(l->y, len + 1, 1);

    check_dressing(l, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (text == NULL) {
        return SC_E_MEM;
    }
    memcpy(text, event->data.scalar.value, len);
    if (memchr(text, '\0', len) != NULL) {
        fault_at(l, &event->start_mark, "", "a value holds a zero byte");
    }
    node->kind = SC_YAML_SCALAR;
    node->text = text;
    node->text_len = len;
    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return SC_OK;
}

static sc_err load_list(loader *l, sc_yaml_node *node,
                        const yaml_event_t *start, unsigned depth)
{
    const sc_yaml_node **items = NULL;
    sc_err err = SC_E_BUG;

    check_dressing(l, start, start->data.sequence_start.anchor,
                   start->data.sequence_start.tag);
    node->kind = SC_YAML_LIST;
    for (;;) {
        yaml_event_t event;
        sc_yaml_node *item = NULL;
        int is_end;

        SC_TRY(next_event(l, &event));
        is_end = event.type == YAML_SEQUENCE_END_EVENT;
        err = is_end ? SC_OK : load_node(l, &item, &event, depth);
        yaml_event_delete(&event);
        if (err != SC_OK || is_end) {
            goto out;
        }
        items = tree_grow(l->y, items, node->n_items, sizeof *items);
        SC_REQUIRE(items != NULL, SC_E_MEM);
        items[node->n_items++] = item;
        node->items = items;
    }
out:
    return err;
}

static int is_control(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        unsigned char b = (unsigned char)*c, after = (unsigned char)c[1];

        if (b < 0x20 || b == 0x7F || (b == 0xC2 && after < 0xA0)) {
            return 1;
        }
    }
    return 0;
}

static void load_key(loader *l, sc_yaml_entry *entry, const sc_yaml_node *key)
{
    yaml_mark_t at = {0, key->line - 1, key->column - 1};

    entry->key = key->kind == SC_YAML_SCALAR ? key->text : "";
    entry->line = key->line;
    entry->column = key->column;
    if (key->kind != SC_YAML_SCALAR) {
        fault_at(l, &at, "", "a key must be a word, not a list or a map");
    } else if (is_control(key->text)) {
        fault_at(l, &at, "", "a key holds a control character");
    }
}

static int compare_entries(const void *left, const void *right)
{
    const sc_yaml_entry *a = *(const sc_yaml_entry *const *)left;
    const sc_yaml_entry *b = *(const sc_yaml_entry *const *)right;
    int order = strcmp(a->key, b->key);

    return order != 0 ? order : a < b ? -1 : a > b; /* then file order */
}

static sc_err check_keys(loader *l, const sc_yaml_node *map)
{
    const sc_yaml_entry **sorted = sc_alloc(map->n_items, sizeof *sorted);

    if (sorted == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < map->n_items; i++) {
        sorted[i] = &map->entries[i];
    }
    qsort(sorted, map->n_items, sizeof *sorted, compare_entries);
    for (size_t i = 1; i < map->n_items; i++) {
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) {
            yaml_mark_t at = {0, sorted[i]->line - 1, sorted[i]->column - 1};

            fault_at(l, &at, "keep one of the two", "this key stands twice");
        }
    }
    sc_free(sorted);
    return SC_OK;
}

static sc_err load_map(loader *l, sc_yaml_node *node, const yaml_event_t *start,
                       unsigned depth)
{
    sc_yaml_entry *entries = NULL;
    sc_err err = SC_E_BUG;

    check_dressing(l, start, start->data.mapping_start.anchor,
                   start->data.mapping_start.tag);
    node->kind = SC_YAML_MAP;
    for (;;) {
        yaml_event_t event;
        sc_yaml_node *key = NULL, *value = NULL;
        int is_end;

        SC_TRY(next_event(l, &event));
        is_end = event.type == YAML_MAPPING_END_EVENT;
        err = is_end ? SC_OK : load_node(l, &key, &event, depth);
        yaml_event_delete(&event);
        if (err != SC_OK || is_end) {
            break;
        }
        SC_TRY(next_event(l, &event));
        err = load_node(l, &value, &event, depth);
        yaml_event_delete(&event);
        if (err != SC_OK) {
            break;
        }
        entries = tree_grow(l->y, entries, node->n_items, sizeof *entries);
        SC_REQUIRE(entries != NULL, SC_E_MEM);
        load_key(l, &entries[node->n_items], key);
        entries[node->n_items++].value = value;
        node->entries = entries;
    }
    if (err == SC_OK) {
        err = check_keys(l, node);
    }
out:
    return err;
}

/* depth: how many more lists and maps may open. */
static sc_err load_node(loader *l, sc_yaml_node **node,
                        const yaml_event_t *event, unsigned depth)
{
    sc_yaml_node *made = tree_alloc(l->y, 1, sizeof *made);

    if (made == NULL) {
        return SC_E_MEM;
    }
    if (++l->n_nodes > SC_YAML_MAX_NODES) {
        fault_at(l, &event->start_mark, "", "the file has too many values");
        return SC_E_CONFIG;
    }
    made->line = (unsigned)event->start_mark.line + 1;
    made->column = (unsigned)event->start_mark.column + 1;
    made->text = "";
    *node = made;
    if (event->type == YAML_SCALAR_EVENT) {
        return load_scalar(l, made, event);
    }
    if (event->type == YAML_ALIAS_EVENT) {
        fault_at(l, &event->start_mark, "write the value out",
                 "aliases (*) are not allowed");
        return SC_OK;
    }
    if (depth == 0) {
        fault_at(l, &event->start_mark, "", "nested too deeply");
        return SC_E_CONFIG;
    }
    return event->type == YAML_SEQUENCE_START_EVENT
               ? load_list(l, made, event, depth - 1)
               : load_map(l, made, event, depth - 1);
}

/* STREAM-START, one document, STREAM-END. */
static sc_err load_stream(loader *l)
{
    yaml_event_t event;
    sc_err err = SC_E_BUG;

    SC_TRY(next_event(l, &event));
    yaml_event_delete(&event);
    SC_TRY(next_event(l, &event));
    if (event.type != YAML_DOCUMENT_START_EVENT) {
        fault_at(l, &event.start_mark, "", "the file is empty");
        yaml_event_delete(&event);
        return SC_E_CONFIG;
    }
    yaml_event_delete(&event);
    SC_TRY(next_event(l, &event));
    err = load_node(l, &l->y->root, &event, SC_YAML_MAX_DEPTH);
    yaml_event_delete(&event);
    SC_TRY(err);
    SC_TRY(next_event(l, &event)); /* DOCUMENT-END */
    yaml_event_delete(&event);
    SC_TRY(next_event(l, &event));
    if (event.type != YAML_STREAM_END_EVENT) {
        fault_at(l, &event.start_mark, "keep one, in a file of its own",
                 "a second document starts here");
    }
    yaml_event_delete(&event);
    err = SC_OK;
out:
    return err;
}

sc_err sc_yaml_load(sc_yaml **y, sc_faults *f, const char *name, sc_bytes text)
{
    loader l = {.f = f, .name = name, .text = text};
    sc_err err = SC_E_BUG;

    *y = NULL;
    if (text.len > SC_YAML_MAX_LEN) {
        sc_faults_add(f, name, 0, 0, "", "longer than %zu bytes",
                      SC_YAML_MAX_LEN);
        return SC_E_CONFIG;
    }
    l.y = sc_alloc(1, sizeof *l.y);
    if (l.y == NULL || !yaml_parser_initialize(&l.parser)) {
        sc_free(l.y);
        return SC_E_MEM;
    }
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser,
                                 text.len > 0 ? text.p : (const uint8_t *)"",
                                 text.len);
    SC_TRY(load_stream(&l));
    SC_REQUIRE(!l.is_faulty, SC_E_CONFIG);
    *y = l.y;
    l.y = NULL;
    err = SC_OK;
out:
    yaml_parser_delete(&l.parser);
    sc_yaml_free(&l.y);
    return err;
}
