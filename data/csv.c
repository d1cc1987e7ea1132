/* data/csv.c: the first line is taken apart here, all others by DuckDB.
 *
 * DuckDB's own look at a file (its sniffer) guesses from a sample and says
 * little where it fails. Told everything, it reads strictly, and names the line
 * that is wrong. Columns are numbered for it: a header may hold empty names and
 * the same name twice, as long as it is not one that is needed. */
#include "data/csv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "data/sql.h"

#define GZIP_BYTE 0x1f /* begins what is compressed; no byte of a text */
#define SHOWN_MAX 120  /* bytes of a first line that does not fit */
#define NAME_ROOM (2 * SC_NAME_MAX) /* a longer name is none of the schema's */

typedef struct {
    size_t n_fields;
    size_t at[SC_MAX_COLUMNS]; /* field of each column of the schema */
    size_t n_at[SC_MAX_COLUMNS];
    size_t n_found; /* columns that are there */
} header;

/* ---- the first line -------------------------------------------------- */

/* One field of line from *at on, without its quotes, cut to NAME_ROOM; *at is
 * then on the delimiter or the end. */
static void take_field(char name[static NAME_ROOM + 1], size_t *at,
                       sc_bytes line, char delimiter)
{
    int is_quoted = *at < line.len && line.p[*at] == '"';
    size_t n = 0;

    *at += is_quoted ? 1 : 0;
    while (*at < line.len && (is_quoted || line.p[*at] != (uint8_t)delimiter)) {
        uint8_t c = line.p[(*at)++];

        if (is_quoted && c == '"') {
            if (*at >= line.len || line.p[*at] != '"') {
                is_quoted = 0; /* closed */
                continue;
            }
            (*at)++; /* doubled */
        }
        if (n < NAME_ROOM) {
            name[n++] = (char)c;
        }
    }
    name[n] = '\0';
}

static void split(header *h, const sc_table *t, sc_bytes line, char delimiter)
{
    char name[NAME_ROOM + 1];
    size_t at = 0;

    memset(h, 0, sizeof *h);
    do {
        take_field(name, &at, line, delimiter);
        for (size_t i = 0; i < t->n_columns; i++) {
            if (strcasecmp(name, t->columns[i].name) == 0) {
                h->n_found += h->n_at[i]++ == 0;
                h->at[i] = h->n_fields;
            }
        }
        h->n_fields++;
    } while (at++ < line.len);
}

static sc_err check_header(const header *h, const sc_table *t, const char *file,
                           sc_bytes line, sc_fault *why)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (h->n_at[i] != 1) {
            int n = line.len < SHOWN_MAX ? (int)line.len : SHOWN_MAX;

            (void)sc_fault_set(why, SC_E_CORRUPT,
                               "%s column \"%s\" of table %s in the first "
                               "line, which is: %.*s%s",
                               h->n_at[i] == 0 ? "no" : "more than one",
                               t->columns[i].name, t->name, n,
                               (const char *)line.p,
                               line.len > SHOWN_MAX ? "..." : "");
            sc_fault_at(why, file, 1, 0);
            sc_fault_remedy(why, "name the columns there, or write `sql:` in "
                                 "node.yaml");
            return SC_E_CORRUPT;
        }
    }
    if (h->n_fields > SC_CSV_MAX_COLUMNS) {
        (void)sc_fault_set(why, SC_E_CORRUPT, "more than %d columns",
                           SC_CSV_MAX_COLUMNS);
        sc_fault_at(why, file, 1, 0);
        return SC_E_CORRUPT;
    }
    return SC_OK;
}

/* The first line as one field: neither quotes nor that delimiter part it. */
static sc_err select_line(sc_duck *d, sc_duck_rows *rows, const char *file,
                          sc_fault *why)
{
    sc_buf sql = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(&sql, "SELECT line FROM read_csv("));
    SC_TRY(sc_sql_text(&sql, file));
    SC_TRY(sc_buf_put_str(
        &sql, ", auto_detect=false, hive_partitioning=false, parallel=false, "
              "header=false, delim='\x1f', quote='', escape='', "
              "columns={'line': 'VARCHAR'}) LIMIT 1"));
    SC_TRY(sc_buf_terminate(&sql));
    SC_TRY(sc_duck_select(d, rows, (const char *)sql.p, why));
    err = SC_OK;
out:
    sc_buf_clear(&sql);
    return err;
}

static sc_err find_header(sc_duck *d, header *h, char *delimiter,
                          const sc_table *t, const char *file, sc_fault *why)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    sc_duck_rows rows = {0};
    sc_bytes line = {NULL, 0};
    int has_line;
    sc_err err = SC_E_BUG;

    SC_TRY(select_line(d, &rows, file, why));
    has_line = sc_duck_next(&rows);
    line = has_line ? sc_duck_text(&rows, 0) : line;
    if (line.len == 0) {
        (void)sc_fault_set(why, SC_E_CORRUPT,
                           has_line ? "its first line is blank; it must name "
                                      "the columns"
                                    : "it is empty: not even a line that names "
                                      "the columns");
        sc_fault_at(why, file, 0, 0);
        err = SC_E_CORRUPT;
        goto out;
    }
    for (size_t i = 0; i < sizeof candidates; i++) {
        *delimiter = candidates[i];
        split(h, t, line, *delimiter);
        if (h->n_found == t->n_columns) {
            break;
        }
    }
    if (h->n_found < t->n_columns) { /* the comma says best what is missing */
        *delimiter = candidates[0];
        split(h, t, line, *delimiter);
    }
    SC_TRY(check_header(h, t, file, line, why));
    err = SC_OK;
out:
    sc_duck_rows_clear(&rows);
    return err;
}

/* ---- lines ----------------------------------------------------------- */

typedef struct {
    uint64_t line, row;       /* where it is */
    int in_row;               /* a byte of the row was there */
    int at_start;             /* of a field */
    int is_quoted, is_closed; /* within quotes; just behind them */
} walk;

static void step(walk *w, int c, char delimiter)
{
    w->line += c == '\n';
    if (w->is_quoted || (w->is_closed && c == '"')) {
        w->is_closed = w->is_quoted && c == '"'; /* doubled: opened again */
        w->is_quoted = !w->is_closed;
        return;
    }
    w->is_closed = 0;
    w->is_quoted = c == '"' && w->at_start;
    w->at_start = c == delimiter || c == '\n';
    if (c == '\n') {
        w->row += w->in_row != 0;
        w->in_row = 0;
    }
}

uint64_t sc_csv_line(const char *file, const sc_raw *raw, uint64_t row)
{
    walk w = {.line = 1, .at_start = 1};
    FILE *f = fopen(file, "rb");
    uint64_t found = 0;
    int c;

    while (f != NULL && found == 0 && (c = getc_unlocked(f)) != EOF) {
        if (c == GZIP_BYTE && w.line == 1) {
            break;
        }
        w.in_row |= raw->n_fields == 1 || (c != '\n' && c != '\r');
        if (w.row == row && w.in_row) {
            found = w.line;
        }
        step(&w, c, raw->delimiter);
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return found;
}

/* ---- the reader of the others ---------------------------------------- */

static sc_err put_nulls(sc_buf *sql, const sc_source *s)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, ", nullstr=["));
    for (size_t i = 0; i < s->n_nulls; i++) {
        SC_TRY(sc_buf_put_str(sql, i > 0 ? ", " : ""));
        SC_TRY(sc_sql_text(sql, s->nulls[i]));
    }
    SC_TRY(sc_buf_put_str(sql, s->n_nulls == 0 ? "'']" : "]"));
    err = SC_OK;
out:
    return err;
}

/* 'number': 'TYPE' for each field. */
static sc_err put_fields(sc_buf *sql, const header *h, const sc_table *t,
                         int is_typed)
{
    sc_buf type = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, ", columns={"));
    for (size_t field = 0; field < h->n_fields; field++) {
        sc_buf_reset(&type);
        for (size_t i = 0; is_typed && i < t->n_columns; i++) {
            if (h->at[i] == field) {
                SC_TRY(sc_reader_type(&type, t, i));
            }
        }
        if (type.len == 0) {
            SC_TRY(sc_buf_put_str(&type, "VARCHAR"));
        }
        SC_TRY(sc_buf_terminate(&type));
        SC_TRY(sc_buf_printf(sql, "%s'%zu': ", field > 0 ? ", " : "", field));
        SC_TRY(sc_sql_text(sql, (const char *)type.p));
    }
    SC_TRY(sc_buf_put_u8(sql, '}'));
    err = SC_OK;
out:
    sc_buf_clear(&type);
    return err;
}

static sc_raw_kind typed_kind(sc_type t)
{
    static const sc_raw_kind kinds[] = {
        [SC_T_INTEGER] = SC_RAW_INTEGER, [SC_T_DECIMAL] = SC_RAW_DECIMAL,
        [SC_T_CATEGORY] = SC_RAW_CODED,  [SC_T_BOOLEAN] = SC_RAW_BOOLEAN,
        [SC_T_DATE] = SC_RAW_DATE,       [SC_T_TIMESTAMP] = SC_RAW_TIMESTAMP,
    };

    return kinds[t];
}

static sc_err put_columns(sc_raw *raw, const header *h, const sc_table *t,
                          int is_typed)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        sc_raw_column *c = &raw->columns[i];
        char number[24];

        (void)snprintf(number, sizeof number, "%zu", h->at[i]);
        c->name = sc_strdup(number);
        if (c->name == NULL) {
            return SC_E_MEM;
        }
        c->kind = is_typed ? typed_kind(t->columns[i].type) : SC_RAW_TEXT;
        c->scale = t->columns[i].scale;
    }
    return SC_OK;
}

sc_err sc_csv_open(sc_duck *d, sc_raw *raw, const sc_source *s,
                   const char *file, int is_typed, sc_fault *why)
{
    const sc_table *t = s->table;
    char delimiter = ',';
    header h;
    sc_err err = SC_E_BUG;

    SC_TRY(find_header(d, &h, &delimiter, t, file, why));
    SC_TRY(put_columns(raw, &h, t, is_typed));
    SC_TRY(sc_buf_put_str(&raw->from, "read_csv("));
    SC_TRY(sc_sql_text(&raw->from, file));
    SC_TRY(sc_buf_printf(&raw->from,
                         ", auto_detect=false, hive_partitioning=false, "
                         "header=true, delim='%c', quote='\"', escape='\"'",
                         delimiter));
    SC_TRY(put_nulls(&raw->from, s));
    SC_TRY(put_fields(&raw->from, &h, t, is_typed));
    SC_TRY(sc_buf_put_u8(&raw->from, ')'));
    raw->has_nulls = 1;
    raw->delimiter = delimiter;
    raw->n_fields = h.n_fields;
    err = SC_OK;
out:
    return err;
}
