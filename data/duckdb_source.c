/* data/duckdb_source.c: what stands behind FROM for each file or SELECT.
 *
 * A file's format is told by its name. A CSV has a header line that names its
 * columns; commas, semicolons, tabs and bars are tried in this order, and the
 * first that finds all columns of the schema is it. The owner's SELECT may read
 * anything else, in any way, from the files that were listed. */
#include "data/duckdb_source.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "data/sql.h"

typedef enum { FILE_CSV, FILE_PARQUET, FILE_JSON, FILE_OTHER } file_kind;

static int ends_with(const char *name, size_t len, const char *end)
{
    size_t n = strlen(end);

    return len > n && strncasecmp(name + len - n, end, n) == 0;
}

static file_kind kind_of(const char *file)
{
    static const struct {
        const char *end;
        file_kind kind;
    } ends[] = {
        {".csv", FILE_CSV},         {".tsv", FILE_CSV},   {".txt", FILE_CSV},
        {".parquet", FILE_PARQUET}, {".json", FILE_JSON}, {".jsonl", FILE_JSON},
        {".ndjson", FILE_JSON},
    };
    size_t len = strlen(file);

    len -= ends_with(file, len, ".gz") ? 3 : 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (ends_with(file, len, ends[i].end)) {
            return ends[i].kind;
        }
    }
    return FILE_OTHER;
}

/* ---- columns --------------------------------------------------------- */

static sc_raw_kind raw_kind(int type)
{
    switch (type) {
    case DUCKDB_VARCHAR:
    case DUCKDB_ENUM: /* of somebody else's making: cast to text below */
        return SC_RAW_TEXT;
    case DUCKDB_TINYINT:
    case DUCKDB_SMALLINT:
    case DUCKDB_INTEGER:
    case DUCKDB_BIGINT:
    case DUCKDB_UTINYINT:
    case DUCKDB_USMALLINT:
    case DUCKDB_UINTEGER:
    case DUCKDB_UBIGINT:
    case DUCKDB_HUGEINT:
    case DUCKDB_UHUGEINT:
        return SC_RAW_INTEGER;
    case DUCKDB_DECIMAL:
        return SC_RAW_DECIMAL;
    case DUCKDB_DOUBLE:
        return SC_RAW_DOUBLE;
    case DUCKDB_FLOAT:
        return SC_RAW_FLOAT;
    case DUCKDB_BOOLEAN:
        return SC_RAW_BOOLEAN;
    case DUCKDB_DATE:
        return SC_RAW_DATE;
    case DUCKDB_TIMESTAMP:
    case DUCKDB_TIMESTAMP_S:
    case DUCKDB_TIMESTAMP_MS:
        return SC_RAW_TIMESTAMP;
    case DUCKDB_TIMESTAMP_NS:
        return SC_RAW_NANOS;
    case DUCKDB_TIMESTAMP_TZ:
        return SC_RAW_ZONED;
    default:
        return SC_RAW_FOREIGN;
    }
}

static sc_err note_column(sc_raw_column *c, sc_duck_rows *rows, size_t i,
                          int is_typed)
{
    const sc_duckdb_api *api = rows->api;
    int type = api->column_type(&rows->result, i);

    c->kind = type == DUCKDB_ENUM && is_typed ? SC_RAW_CODED : raw_kind(type);
    if (type == DUCKDB_DECIMAL) {
        duckdb_handle logical = api->column_logical_type(&rows->result, i);

        c->scale = api->decimal_scale(logical);
        api->destroy_logical_type(&logical);
    }
    c->name = sc_strdup(api->column_name(&rows->result, i));
    return c->name != NULL ? SC_OK : SC_E_MEM;
}

/* Fill raw->columns from what the FROM item gives. */
static sc_err find_columns(sc_duck *d, sc_raw *raw, const sc_source *s,
                           int is_typed, sc_fault *why)
{
    sc_duck_rows rows = {0};
    sc_buf sql = {0};
    size_t n;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(&sql, "SELECT * FROM "));
    SC_TRY(sc_buf_put_bytes(&sql, sc_buf_bytes(&raw->from)));
    SC_TRY(sc_buf_put_str(&sql, " LIMIT 0"));
    SC_TRY(sc_buf_terminate(&sql));
    SC_TRY(sc_duck_select(d, &rows, (const char *)sql.p, why));
    n = (size_t)rows.api->column_count(&rows.result);
    for (size_t i = 0; i < n; i++) {
        const char *name = rows.api->column_name(&rows.result, i);

        for (size_t j = 0; name != NULL && j < s->table->n_columns; j++) {
            if (raw->columns[j].name == NULL &&
                strcasecmp(name, s->table->columns[j].name) == 0) {
                SC_TRY(note_column(&raw->columns[j], &rows, i, is_typed));
            }
        }
    }
    err = SC_OK;
out:
    sc_duck_rows_clear(&rows);
    sc_buf_clear(&sql);
    return err;
}

static sc_err check_columns(const sc_raw *raw, const sc_source *s,
                            const char *place, sc_fault *why)
{
    for (size_t i = 0; i < s->table->n_columns; i++) {
        const sc_column *c = &s->table->columns[i];
        const sc_raw_column *r = &raw->columns[i];

        if (r->name == NULL) {
            (void)sc_fault_set(why, SC_E_CORRUPT,
                               "%s has no column \"%s\" of table %s", place,
                               c->name, s->table->name);
            sc_fault_remedy(why, "rename it, or write `sql:` in node.yaml");
            return SC_E_CORRUPT;
        }
        if (!sc_reader_takes(c->type, r->kind)) {
            (void)sc_fault_set(why, SC_E_CORRUPT,
                               "column \"%s\" in %s is of a type that cannot "
                               "be %s",
                               c->name, place, sc_type_name(c->type));
            sc_fault_remedy(why, "cast it in `sql:` of node.yaml");
            return SC_E_CORRUPT;
        }
    }
    return SC_OK;
}

/* ---- CSV ------------------------------------------------------------- */

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

/* 'name': 'TYPE' for one column of the file. */
static sc_err put_csv_column(sc_buf *sql, sc_buf *type, const sc_source *s,
                             const char *name, int is_typed)
{
    const sc_table *t = s->table;
    sc_err err = SC_E_BUG;

    sc_buf_reset(type);
    for (size_t i = 0; is_typed && i < t->n_columns; i++) {
        if (type->len == 0 && strcasecmp(name, t->columns[i].name) == 0) {
            SC_TRY(sc_reader_type(type, t, i));
        }
    }
    if (type->len == 0) {
        SC_TRY(sc_buf_put_str(type, "VARCHAR"));
    }
    SC_TRY(sc_buf_terminate(type));
    SC_TRY(sc_sql_text(sql, name));
    SC_TRY(sc_buf_put_str(sql, ": "));
    SC_TRY(sc_sql_text(sql, (const char *)type->p));
    err = SC_OK;
out:
    return err;
}

/* The header's names, as the reader of CSV sees them. */
static sc_err select_header(sc_duck *d, sc_duck_rows *rows, const char *file,
                            const char *delimiter, sc_fault *why)
{
    sc_buf sql = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(&sql, "SELECT unnest(Columns).name FROM sniff_csv("));
    SC_TRY(sc_sql_text(&sql, file));
    SC_TRY(sc_buf_printf(&sql,
                         ", delim='%s', quote='\"', escape='\"', header=true, "
                         "skip=0, all_varchar=true, strict_mode=false, "
                         "ignore_errors=true, null_padding=true)",
                         delimiter));
    SC_TRY(sc_buf_terminate(&sql));
    SC_TRY(sc_duck_select(d, rows, (const char *)sql.p, why));
    err = SC_OK;
out:
    sc_buf_clear(&sql);
    return err;
}

/* read_csv(...) into from; *n_found: how many of the schema's columns it has. */
static sc_err put_csv(sc_duck *d, sc_buf *from, size_t *n_found,
                      const sc_source *s, const char *file,
                      const char *delimiter, int is_typed, sc_fault *why)
{
    sc_duck_rows rows = {0};
    sc_buf name = {0}, type = {0};
    const char *glue = "";
    sc_err err = SC_E_BUG;

    *n_found = 0;
    sc_buf_reset(from);
    SC_TRY(select_header(d, &rows, file, delimiter, why));
    SC_TRY(sc_buf_put_str(from, "read_csv("));
    SC_TRY(sc_sql_text(from, file));
    SC_TRY(sc_buf_printf(from,
                         ", auto_detect=false, hive_partitioning=false, "
                         "delim='%s', quote='\"', escape='\"', header=true",
                         delimiter));
    SC_TRY(put_nulls(from, s));
    SC_TRY(sc_buf_put_str(from, ", columns={"));
    while (sc_duck_next(&rows)) {
        sc_buf_reset(&name);
        SC_TRY(sc_buf_put_bytes(&name, sc_duck_text(&rows, 0)));
        SC_TRY(sc_buf_terminate(&name));
        SC_TRY(sc_buf_put_str(from, glue));
        SC_TRY(put_csv_column(from, &type, s, (const char *)name.p, is_typed));
        glue = ", ";
        for (size_t i = 0; i < s->table->n_columns; i++) {
            *n_found += strcasecmp((const char *)name.p,
                                   s->table->columns[i].name) == 0;
        }
    }
    SC_TRY(sc_buf_put_str(from, "})"));
    err = SC_OK;
out:
    sc_duck_rows_clear(&rows);
    sc_buf_clear(&name);
    sc_buf_clear(&type);
    return err;
}

static sc_err find_csv(sc_duck *d, sc_raw *raw, const sc_source *s,
                       const char *file, int is_typed, sc_fault *why)
{
    static const char *const delimiters[] = {",", ";", "\t", "|"};
    size_t n_found = 0;

    raw->has_nulls = 1;
    for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters; i++) {
        sc_err err = put_csv(d, &raw->from, &n_found, s, file, delimiters[i],
                             is_typed, NULL);

        if (err == SC_OK && n_found >= s->table->n_columns) {
            return SC_OK;
        }
    }
    /* none fits: the comma's answer says best what is wrong */
    return put_csv(d, &raw->from, &n_found, s, file, delimiters[0], is_typed,
                   why);
}

/* ---- the other formats ----------------------------------------------- */

static sc_err put_json(sc_buf *from, const sc_source *s, const char *file)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(from, "read_json("));
    SC_TRY(sc_sql_text(from, file));
    SC_TRY(sc_buf_put_str(from, ", hive_partitioning=false, columns={"));
    for (size_t i = 0; i < s->table->n_columns; i++) {
        SC_TRY(sc_buf_put_str(from, i > 0 ? ", " : ""));
        SC_TRY(sc_sql_text(from, s->table->columns[i].name));
        SC_TRY(sc_buf_put_str(from, ": 'VARCHAR'"));
    }
    SC_TRY(sc_buf_put_str(from, "})"));
    err = SC_OK;
out:
    return err;
}

static sc_err put_parquet(sc_buf *from, const char *file)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(from, "read_parquet("));
    SC_TRY(sc_sql_text(from, file));
    SC_TRY(sc_buf_put_str(from, ", hive_partitioning=false)"));
    err = SC_OK;
out:
    return err;
}

/* The owner's SELECT, alone first, so that what is wrapped is one SELECT. */
static sc_err put_select(sc_duck *d, sc_buf *from, const sc_source *s,
                         sc_fault *why)
{
    size_t len = strlen(s->sql);
    sc_err err = SC_E_BUG;

    while (len > 0 && strchr("; \t\r\n", s->sql[len - 1]) != NULL) {
        len--;
    }
    SC_TRY(sc_buf_put(from, s->sql, len));
    SC_TRY(sc_buf_terminate(from));
    SC_TRY(sc_duck_is_select(d, (const char *)from->p, why));
    sc_buf_reset(from);
    SC_TRY(sc_buf_put_str(from, "(\n"));
    SC_TRY(sc_buf_put(from, s->sql, len));
    SC_TRY(sc_buf_put_str(from, "\n)"));
    err = SC_OK;
out:
    return err;
}

static sc_err find_from(sc_duck *d, sc_raw *raw, const sc_source *s,
                        const char *file, int is_typed, sc_fault *why)
{
    if (file == NULL) {
        return put_select(d, &raw->from, s, why);
    }
    switch (kind_of(file)) {
    case FILE_CSV:
        return find_csv(d, raw, s, file, is_typed, why);
    case FILE_PARQUET:
        return put_parquet(&raw->from, file);
    case FILE_JSON:
        return put_json(&raw->from, s, file);
    case FILE_OTHER:
    default:
        (void)sc_fault_set(why, SC_E_CORRUPT, "%s: not .csv, .parquet or .json",
                           file);
        sc_fault_remedy(why, "rename it, or write `sql:` in node.yaml");
        return SC_E_CORRUPT;
    }
}

sc_err sc_duck_open_source(sc_duck *d, sc_raw **raws, size_t *n_raws,
                           const sc_source *s, int is_typed, sc_fault *why)
{
    int is_select = s->sql[0] != '\0';
    size_t n = is_select ? 1 : s->n_files;
    sc_err err = SC_E_BUG;

    *raws = sc_alloc(n, sizeof **raws);
    *n_raws = n;
    SC_REQUIRE(*raws != NULL, SC_E_MEM);
    for (size_t i = 0; i < n; i++) {
        const char *file = is_select ? NULL : s->files[i];
        int is_coded = is_typed && file != NULL && kind_of(file) == FILE_CSV;

        SC_TRY(find_from(d, &(*raws)[i], s, file, is_typed, why));
        SC_TRY(find_columns(d, &(*raws)[i], s, is_coded, why));
        SC_TRY(check_columns(&(*raws)[i], s, is_select ? "the SELECT" : file,
                             why));
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_duck_close_source(raws, n, s);
        *n_raws = 0;
    }
    return err;
}

void sc_duck_close_source(sc_raw **raws, size_t n_raws, const sc_source *s)
{
    for (size_t i = 0; *raws != NULL && i < n_raws; i++) {
        for (size_t j = 0; j < s->table->n_columns; j++) {
            sc_free((*raws)[i].columns[j].name);
        }
        sc_buf_clear(&(*raws)[i].from);
    }
    sc_free(*raws);
    *raws = NULL;
}
