/* data/duckdb_source.c: what stands behind FROM for each file or SELECT.
 *
 * A file's format is told by its name. The owner's SELECT may read anything else,
 * in any way, from the files that were listed. */
#include "data/duckdb_source.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "data/csv.h"
#include "data/sql.h"

#define SHOWN_MAX 200 /* bytes of names where one is missing */

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

static sc_err note_column(sc_raw_column *c, sc_duck_rows *rows, size_t i)
{
    const sc_duckdb_api *api = rows->api;
    int type = api->column_type(&rows->result, i);

    c->kind = raw_kind(type);
    if (type == DUCKDB_DECIMAL) {
        duckdb_handle logical = api->column_logical_type(&rows->result, i);

        c->scale = api->decimal_scale(logical);
        api->destroy_logical_type(&logical);
    }
    c->name = sc_strdup(api->column_name(&rows->result, i));
    return c->name != NULL ? SC_OK : SC_E_MEM;
}

/* Fill raw->columns from what the FROM item gives, and names with all of its
 * columns' names, for a fault. */
static sc_err find_columns(sc_duck *d, sc_raw *raw, sc_buf *names,
                           const sc_source *s, sc_fault *why)
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

        if (names->len < SHOWN_MAX) {
            SC_TRY(sc_buf_printf(names, "%s%.64s", i > 0 ? ", " : "",
                                 name != NULL ? name : ""));
        }
        for (size_t j = 0; name != NULL && j < s->table->n_columns; j++) {
            if (raw->columns[j].name == NULL &&
                strcasecmp(name, s->table->columns[j].name) == 0) {
                SC_TRY(note_column(&raw->columns[j], &rows, i));
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
                            const char *names, const char *place, sc_fault *why)
{
    for (size_t i = 0; i < s->table->n_columns; i++) {
        const sc_column *c = &s->table->columns[i];
        const sc_raw_column *r = &raw->columns[i];

        if (r->name == NULL) {
            (void)sc_fault_set(why, SC_E_CORRUPT,
                               "no column \"%s\" of table %s; it has: %.*s%s",
                               c->name, s->table->name, SHOWN_MAX, names,
                               strlen(names) > SHOWN_MAX ? "..." : "");
            sc_fault_at(why, place, 0, 0);
            sc_fault_remedy(why, "rename it, or write `sql:` in node.yaml");
            return SC_E_CORRUPT;
        }
        if (!sc_reader_takes(c->type, r->kind)) {
            (void)sc_fault_set(why, SC_E_CORRUPT,
                               "column \"%s\" is of a type that cannot be %s",
                               c->name, sc_type_name(c->type));
            sc_fault_at(why, place, 0, 0);
            sc_fault_remedy(why, "cast it in `sql:` of node.yaml");
            return SC_E_CORRUPT;
        }
    }
    return SC_OK;
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

static sc_err put_file(sc_buf *from, const sc_source *s, const char *file,
                       sc_fault *why)
{
    switch (kind_of(file)) {
    case FILE_PARQUET:
        return put_parquet(from, file);
    case FILE_JSON:
        return put_json(from, s, file);
    case FILE_CSV:
    case FILE_OTHER:
    default:
        (void)sc_fault_set(why, SC_E_CORRUPT, "not .csv, .parquet or .json");
        sc_fault_at(why, file, 0, 0);
        sc_fault_remedy(why, "rename it, or write `sql:` in node.yaml");
        return SC_E_CORRUPT;
    }
}

/* file: NULL for the owner's SELECT. */
static sc_err open_one(sc_duck *d, sc_raw *raw, const sc_source *s,
                       const char *file, int is_typed, sc_fault *why)
{
    sc_buf names = {0};
    sc_err err = SC_E_BUG;

    if (file != NULL && kind_of(file) == FILE_CSV) {
        return sc_csv_open(d, raw, s, file, is_typed, why);
    }
    SC_TRY(file == NULL ? put_select(d, &raw->from, s, why)
                        : put_file(&raw->from, s, file, why));
    SC_TRY(find_columns(d, raw, &names, s, why));
    SC_TRY(sc_buf_terminate(&names));
    SC_TRY(check_columns(raw, s, (const char *)names.p,
                         file == NULL ? "the SELECT in node.yaml" : file, why));
    err = SC_OK;
out:
    sc_buf_clear(&names);
    return err;
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
        SC_TRY(open_one(d, &(*raws)[i], s, is_select ? NULL : s->files[i],
                        is_typed, why));
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
