/* cli/table.c: every cell becomes a text first, then each format lays out. */
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SUPPRESSED "suppressed"

typedef enum { C_NULL, C_TEXT, C_SUPPRESSED } cell_kind;

typedef struct {
    cell_kind kind;
    const char *text; /* borrowed from the JSON, or from `texts` */
    size_t len;
} cell;

typedef struct {
    size_t n_columns, n_rows, n_suppressed;
    cell *names; /* n_columns */
    cell *cells; /* n_rows * n_columns */
    int *is_numeric;
    size_t *width;     /* in characters */
    char (*texts)[24]; /* of integers, one a cell */
} grid;

sc_err sc_table_format_take(sc_table_format *out, const char *text,
                            sc_fault *why)
{
    static const char *const names[] = {"table", "csv", "json", "markdown"};

    for (int i = SC_TABLE_TEXT; i <= SC_TABLE_MARKDOWN; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (sc_table_format)i;
            return SC_OK;
        }
    }
    (void)sc_fault_set(why, SC_E_CONFIG, "there is no format '%.20s'", text);
    sc_fault_remedy(why, "write table, csv, json or markdown");
    return SC_E_CONFIG;
}

/* ---- reading ---------------------------------------------------------- */

/* A number as JSON has it: no leading zeros, no plus, no bare point. */
static int is_number(const char *s)
{
    static const char digits[] = "0123456789";
    size_t n;

    s += *s == '-';
    n = strspn(s, digits);
    if (n == 0 || (n > 1 && *s == '0')) {
        return 0;
    }
    s += n;
    if (*s == '.') {
        n = strspn(s + 1, digits);
        s += n + 1;
        if (n == 0) {
            return 0;
        }
    }
    if (*s == 'e' || *s == 'E') {
        s += s[1] == '+' || s[1] == '-' ? 2 : 1;
        n = strspn(s, digits);
        s += n;
        if (n == 0) {
            return 0;
        }
    }
    return *s == '\0';
}

static sc_err read_cell(cell *out, char text[static 24], const json_t *v)
{
    *out = (cell){C_TEXT, "", 0};
    if (json_is_null(v)) {
        out->kind = C_NULL;
        out->text = "NULL";
    } else if (json_is_string(v)) {
        out->text = json_string_value(v);
    } else if (json_is_boolean(v)) {
        out->text = json_is_true(v) ? "true" : "false";
    } else if (json_is_integer(v)) {
        (void)snprintf(text, 24, "%lld", (long long)json_integer_value(v));
        out->text = text;
    } else if (json_is_true(json_object_get(v, SUPPRESSED))) {
        out->kind = C_SUPPRESSED;
        out->text = SUPPRESSED;
    } else {
        return SC_E_WIRE;
    }
    out->len = strlen(out->text);
    return SC_OK;
}

static sc_err read_rows(grid *g, const json_t *rows)
{
    sc_err err = SC_E_BUG;

    for (size_t r = 0; r < g->n_rows; r++) {
        const json_t *row = json_array_get(rows, r);

        SC_REQUIRE(json_array_size(row) == g->n_columns, SC_E_WIRE);
        for (size_t c = 0; c < g->n_columns; c++) {
            size_t k = r * g->n_columns + c;

            SC_TRY(
                read_cell(&g->cells[k], g->texts[k], json_array_get(row, c)));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* As the table says, else by its values. */
static void find_numeric(grid *g, const json_t *numeric)
{
    for (size_t c = 0; c < g->n_columns; c++) {
        size_t n_texts = 0, n_numbers = 0;

        for (size_t r = 0; r < g->n_rows; r++) {
            const cell *x = &g->cells[r * g->n_columns + c];

            n_texts += x->kind == C_TEXT;
            n_numbers += x->kind == C_TEXT && is_number(x->text);
        }
        g->is_numeric[c] = numeric != NULL
                               ? json_is_true(json_array_get(numeric, c))
                               : n_texts > 0 && n_texts == n_numbers;
    }
}

static void grid_clear(grid *g)
{
    sc_free(g->names);
    sc_free(g->cells);
    sc_free(g->is_numeric);
    sc_free(g->width);
    sc_free(g->texts);
}

static sc_err grid_read(grid *g, const json_t *table)
{
    const json_t *columns = json_object_get(table, "columns");
    const json_t *rows = json_object_get(table, "rows");
    const json_t *suppressed = json_object_get(table, SUPPRESSED);
    size_t n;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(json_is_array(columns) && json_array_size(columns) > 0 &&
                   json_is_array(rows),
               SC_E_WIRE);
    g->n_columns = json_array_size(columns);
    g->n_rows = json_array_size(rows);
    g->n_suppressed = (size_t)json_integer_value(suppressed);
    SC_REQUIRE(g->n_rows < SIZE_MAX / g->n_columns, SC_E_WIRE);
    n = g->n_rows * g->n_columns;
    g->names = sc_alloc(g->n_columns, sizeof *g->names);
    g->cells = sc_alloc(n, sizeof *g->cells);
    g->is_numeric = sc_alloc(g->n_columns, sizeof *g->is_numeric);
    g->width = sc_alloc(g->n_columns, sizeof *g->width);
    g->texts = sc_alloc(n, sizeof *g->texts);
    SC_REQUIRE(g->names != NULL && g->cells != NULL && g->is_numeric != NULL &&
                   g->width != NULL && g->texts != NULL,
               SC_E_MEM);
    for (size_t c = 0; c < g->n_columns; c++) {
        char unused[24];

        SC_REQUIRE(json_is_string(json_array_get(columns, c)), SC_E_WIRE);
        SC_TRY(read_cell(&g->names[c], unused, json_array_get(columns, c)));
    }
    SC_TRY(read_rows(g, rows));
    find_numeric(g, json_object_get(table, "numeric"));
    err = SC_OK;
out:
    return err;
}

/* ---- for eyes --------------------------------------------------------- */

/* Characters of a UTF-8 text: its bytes that do not continue one. */
static size_t n_characters(const cell *x)
{
    size_t n = 0;

    for (size_t i = 0; i < x->len; i++) {
        n += ((unsigned char)x->text[i] & 0xC0) != 0x80;
    }
    return n;
}

static void measure(grid *g, size_t least)
{
    for (size_t c = 0; c < g->n_columns; c++) {
        g->width[c] = n_characters(&g->names[c]);
        if (g->width[c] < least) {
            g->width[c] = least;
        }
        for (size_t r = 0; r < g->n_rows; r++) {
            size_t w = n_characters(&g->cells[r * g->n_columns + c]);

            if (w > g->width[c]) {
                g->width[c] = w;
            }
        }
    }
}

static sc_err put_times(sc_buf *out, char byte, size_t n)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < n; i++) {
        SC_TRY(sc_buf_put_u8(out, (uint8_t)byte));
    }
    err = SC_OK;
out:
    return err;
}

/* A control character (C1 as well) becomes '?'; with `bar`, a '|' is escaped.
 */
static sc_err put_printable(sc_buf *out, const cell *x, int bar)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < x->len; i++) {
        unsigned char b = (unsigned char)x->text[i];
        int is_c1 =
            b == 0xC2 && i + 1 < x->len && (unsigned char)x->text[i + 1] < 0xA0;

        if (bar && (b == '|' || b == '\\')) {
            SC_TRY(sc_buf_put_u8(out, '\\'));
        }
        SC_TRY(sc_buf_put_u8(out, b < 0x20 || b == 0x7F || is_c1 ? '?' : b));
        i += (size_t)is_c1;
    }
    err = SC_OK;
out:
    return err;
}

static sc_err put_aligned(sc_buf *out, const cell *x, size_t width,
                          int to_the_right)
{
    size_t gap = width - n_characters(x);
    sc_err err = SC_E_BUG;

    SC_TRY(put_times(out, ' ', to_the_right ? gap : 0));
    SC_TRY(put_printable(out, x, 0));
    SC_TRY(put_times(out, ' ', to_the_right ? 0 : gap));
    err = SC_OK;
out:
    return err;
}

static sc_err put_text_row(sc_buf *out, const grid *g, const cell *row)
{
    sc_err err = SC_E_BUG;

    for (size_t c = 0; c < g->n_columns; c++) {
        SC_TRY(sc_buf_put_str(out, c == 0 ? " " : " | "));
        SC_TRY(put_aligned(out, &row[c], g->width[c], g->is_numeric[c]));
    }
    while (out->p[out->len - 1] == ' ') {
        out->len--;
    }
    SC_TRY(sc_buf_put_u8(out, '\n'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_footer(sc_buf *out, const grid *g)
{
    sc_err err = SC_E_BUG;

    SC_TRY(
        sc_buf_printf(out, "(%zu row%s", g->n_rows, g->n_rows == 1 ? "" : "s"));
    if (g->n_suppressed > 0) {
        SC_TRY(sc_buf_printf(out, ", %zu with suppressed values",
                             g->n_suppressed));
    }
    SC_TRY(sc_buf_put_str(out, ")\n"));
    err = SC_OK;
out:
    return err;
}

static sc_err put_text(sc_buf *out, grid *g)
{
    sc_err err = SC_E_BUG;

    measure(g, 0);
    SC_TRY(put_text_row(out, g, g->names));
    for (size_t c = 0; c < g->n_columns; c++) {
        SC_TRY(sc_buf_put_str(out, c == 0 ? "" : "+"));
        SC_TRY(put_times(out, '-', g->width[c] + 2));
    }
    SC_TRY(sc_buf_put_u8(out, '\n'));
    for (size_t r = 0; r < g->n_rows; r++) {
        SC_TRY(put_text_row(out, g, g->cells + r * g->n_columns));
    }
    SC_TRY(put_footer(out, g));
    err = SC_OK;
out:
    return err;
}

static sc_err put_markdown_row(sc_buf *out, const grid *g, const cell *row)
{
    sc_err err = SC_E_BUG;

    for (size_t c = 0; c < g->n_columns; c++) {
        SC_TRY(sc_buf_put_str(out, "| "));
        SC_TRY(put_printable(out, &row[c], 1));
        SC_TRY(sc_buf_put_u8(out, ' '));
    }
    SC_TRY(sc_buf_put_str(out, "|\n"));
    err = SC_OK;
out:
    return err;
}

static sc_err put_markdown(sc_buf *out, const grid *g)
{
    sc_err err = SC_E_BUG;

    SC_TRY(put_markdown_row(out, g, g->names));
    for (size_t c = 0; c < g->n_columns; c++) {
        SC_TRY(sc_buf_put_str(out, g->is_numeric[c] ? "|---:" : "|---"));
    }
    SC_TRY(sc_buf_put_str(out, "|\n"));
    for (size_t r = 0; r < g->n_rows; r++) {
        SC_TRY(put_markdown_row(out, g, g->cells + r * g->n_columns));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- for programs ----------------------------------------------------- */

static sc_err put_csv_cell(sc_buf *out, const cell *x)
{
    int is_quoted = x->kind == C_TEXT &&
                    (x->len == 0 || strpbrk(x->text, ",\"\r\n") != NULL);
    sc_err err = SC_E_BUG;

    if (x->kind == C_NULL) {
        return SC_OK;
    }
    SC_TRY(sc_buf_put_str(out, is_quoted ? "\"" : ""));
    for (size_t i = 0; i < x->len; i++) {
        SC_TRY(sc_buf_put_str(out, x->text[i] == '"' ? "\"" : ""));
        SC_TRY(sc_buf_put_u8(out, (uint8_t)x->text[i]));
    }
    SC_TRY(sc_buf_put_str(out, is_quoted ? "\"" : ""));
    err = SC_OK;
out:
    return err;
}

static sc_err put_csv_row(sc_buf *out, const grid *g, const cell *row)
{
    sc_err err = SC_E_BUG;

    for (size_t c = 0; c < g->n_columns; c++) {
        SC_TRY(sc_buf_put_str(out, c == 0 ? "" : ","));
        SC_TRY(put_csv_cell(out, &row[c]));
    }
    SC_TRY(sc_buf_put_u8(out, '\n'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_csv(sc_buf *out, const grid *g)
{
    sc_err err = SC_E_BUG;

    SC_TRY(put_csv_row(out, g, g->names));
    for (size_t r = 0; r < g->n_rows; r++) {
        SC_TRY(put_csv_row(out, g, g->cells + r * g->n_columns));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err put_json_text(sc_buf *out, const cell *x)
{
    json_t *v = json_stringn(x->text, x->len);
    char *text = v == NULL ? NULL : json_dumps(v, JSON_ENCODE_ANY);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(text != NULL, SC_E_MEM);
    SC_TRY(sc_buf_put_str(out, text));
    err = SC_OK;
out:
    free(text);
    json_decref(v);
    return err;
}

static sc_err put_json_cell(sc_buf *out, const cell *x, int is_numeric)
{
    if (x->kind == C_NULL) {
        return sc_buf_put_str(out, "null");
    }
    if (x->kind == C_SUPPRESSED) {
        return sc_buf_put_str(out, "{\"suppressed\":true}");
    }
    if (is_numeric && is_number(x->text)) {
        return sc_buf_put(out, x->text, x->len);
    }
    return put_json_text(out, x);
}

static sc_err put_json_row(sc_buf *out, const grid *g, const cell *row,
                           int is_head)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_u8(out, '['));
    for (size_t c = 0; c < g->n_columns; c++) {
        SC_TRY(sc_buf_put_str(out, c == 0 ? "" : ","));
        SC_TRY(put_json_cell(out, &row[c], !is_head && g->is_numeric[c]));
    }
    SC_TRY(sc_buf_put_u8(out, ']'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_json(sc_buf *out, const grid *g)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(out, "{\"columns\":"));
    SC_TRY(put_json_row(out, g, g->names, 1));
    SC_TRY(sc_buf_put_str(out, ",\"rows\":["));
    for (size_t r = 0; r < g->n_rows; r++) {
        SC_TRY(sc_buf_put_str(out, r == 0 ? "" : ","));
        SC_TRY(put_json_row(out, g, g->cells + r * g->n_columns, 0));
    }
    SC_TRY(sc_buf_printf(out, "],\"suppressed\":%zu}\n", g->n_suppressed));
    err = SC_OK;
out:
    return err;
}

sc_err sc_table_put(sc_buf *out, const json_t *table, sc_table_format format)
{
    size_t before = out->len;
    grid g = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(grid_read(&g, table));
    switch (format) {
    case SC_TABLE_TEXT:
        err = put_text(out, &g);
        break;
    case SC_TABLE_CSV:
        err = put_csv(out, &g);
        break;
    case SC_TABLE_JSON:
        err = put_json(out, &g);
        break;
    case SC_TABLE_MARKDOWN:
        err = put_markdown(out, &g);
        break;
    }
    SC_TRY(err);
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = before;
    }
    grid_clear(&g);
    return err;
}
