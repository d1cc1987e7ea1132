/* data/duckdb.c: the lock, and the one way to run a SELECT.
 *
 * Order matters: allowed_paths first, then external access off, then the
 * configuration is locked. From there views over the listed files still stream,
 * and nothing else opens. */
#include "data/duckdb.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "data/duckdb_piece.h"
#include "data/duckdb_source.h"
#include "data/duckdb_words.h"
#include "data/sql.h"

struct sc_duck {
    const sc_duckdb_api *api;
    const sc_engine_setup *setup;
    duckdb_handle database, connection;
    int *view;        /* per source: VIEW_... */
    sc_pieces pieces; /* of the task that runs */
};

enum { VIEW_NONE, VIEW_CLEAN, VIEW_MENDED };

/* ---- statements ------------------------------------------------------ */

/* Prepare sql, which must be one statement of that type. */
static sc_err prepare(sc_duck *d, duckdb_handle *statement, const char *sql,
                      duckdb_statement type, sc_fault *why)
{
    if (d->api->prepare(d->connection, sql, statement) != 0) {
        return sc_duck_say(why, SC_E_CORRUPT,
                           d->api->prepare_error(*statement));
    }
    if (d->api->prepared_statement_type(*statement) != (int)type) {
        return sc_fault_set(why, SC_E_CONFIG,
                            type == DUCKDB_IS_SELECT
                                ? "the text is not a SELECT"
                                : "the text is not of the expected kind");
    }
    return SC_OK;
}

static sc_err execute(sc_duck *d, const char *sql, duckdb_statement type,
                      sc_fault *why)
{
    duckdb_handle statement = NULL;
    duckdb_result result = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(prepare(d, &statement, sql, type, why));
    if (d->api->execute_prepared(statement, &result) != 0) {
        err = sc_duck_say(why, SC_E_CORRUPT, d->api->result_error(&result));
        goto out;
    }
    err = SC_OK;
out:
    d->api->destroy_result(&result);
    d->api->destroy_prepare(&statement);
    return err;
}

sc_err sc_duck_is_select(sc_duck *d, const char *sql, sc_fault *why)
{
    duckdb_handle statement = NULL;
    sc_err err = prepare(d, &statement, sql, DUCKDB_IS_SELECT, why);

    d->api->destroy_prepare(&statement);
    return err;
}

sc_err sc_duck_create(sc_duck *d, const char *sql, sc_fault *why)
{
    return execute(d, sql, DUCKDB_IS_CREATE, why);
}

sc_err sc_duck_select(sc_duck *d, sc_duck_rows *rows, const char *sql,
                      sc_fault *why)
{
    sc_err err = SC_E_BUG;

    *rows = (sc_duck_rows){.api = d->api};
    SC_TRY(prepare(d, &rows->statement, sql, DUCKDB_IS_SELECT, why));
    rows->has_result = 1;
    if (d->api->execute_prepared(rows->statement, &rows->result) != 0) {
        err =
            sc_duck_say(why, SC_E_CORRUPT, d->api->result_error(&rows->result));
        goto out;
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_duck_rows_clear(rows);
    }
    return err;
}

/* ---- open and lock --------------------------------------------------- */

static sc_err put_paths(sc_buf *sql, const sc_engine_setup *setup)
{
    const char *glue = "";
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(sql, "SET allowed_paths = ["));
    for (size_t i = 0; i < setup->n_sources; i++) {
        const sc_source *s = &setup->sources[i];

        for (size_t j = 0; j < s->n_files; j++) {
            SC_TRY(sc_buf_put_str(sql, glue));
            SC_TRY(sc_sql_text(sql, s->files[j]));
            glue = ", ";
        }
    }
    SC_TRY(sc_buf_put_u8(sql, ']'));
    SC_TRY(sc_buf_terminate(sql));
    err = SC_OK;
out:
    return err;
}

/* What changes the session must come before the lock. */
static sc_err lock(sc_duck *d, sc_fault *why)
{
    static const char *const before[] = {
        "SET TimeZone = 'UTC'",
        "SET preserve_insertion_order = false",
        "SET temp_directory = ''",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET allow_community_extensions = false",
        "SET allow_unsigned_extensions = false",
        "SET allow_persistent_secrets = false",
        "SET enable_external_file_cache = false",
    };
    static const char *const after[] = {
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    };
    char threads[32];
    sc_buf paths = {0};
    sc_err err = SC_E_BUG;

    (void)snprintf(threads, sizeof threads, "SET threads = %u",
                   d->setup->threads);
    SC_TRY(execute(d, threads, DUCKDB_IS_SET, why));
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        SC_TRY(execute(d, before[i], DUCKDB_IS_SET, why));
    }
    SC_TRY(put_paths(&paths, d->setup));
    SC_TRY(execute(d, (const char *)paths.p, DUCKDB_IS_SET, why));
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        SC_TRY(execute(d, after[i], DUCKDB_IS_SET, why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&paths);
    return err;
}

static sc_err create_types(sc_duck *d, const sc_table *t, sc_fault *why)
{
    sc_buf sql = {0};
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].type != SC_T_CATEGORY) {
            continue;
        }
        sc_buf_reset(&sql);
        SC_TRY(sc_reader_create_enum(&sql, t, i));
        SC_TRY(sc_buf_terminate(&sql));
        SC_TRY(sc_duck_create(d, (const char *)sql.p, why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&sql);
    return err;
}

static sc_err open_database(sc_duck *d, sc_fault *why)
{
    const sc_duckdb_api *api = d->api;
    duckdb_handle config = NULL;
    char memory[32], *words = NULL;
    sc_err err = SC_E_BUG;

    (void)snprintf(memory, sizeof memory, "%lluMB",
                   (unsigned long long)d->setup->memory_mb);
    SC_REQUIRE(api->create_config(&config) == 0, SC_E_MEM);
    SC_REQUIRE(api->set_config(config, "threads", "1") == 0 &&
                   api->set_config(config, "memory_limit", memory) == 0,
               SC_E_ARG);
    if (api->open_ext(NULL, &d->database, config, &words) != 0) {
        err = sc_duck_say(why, SC_E_CONFIG, words);
        goto out;
    }
    SC_REQUIRE(api->connect(d->database, &d->connection) == 0, SC_E_MEM);
    err = SC_OK;
out:
    if (words != NULL) {
        api->free(words);
    }
    if (config != NULL) {
        api->destroy_config(&config);
    }
    return err;
}

sc_err sc_duck_open(sc_duck **out_d, const sc_duckdb_api *api,
                    const sc_engine_setup *setup, sc_fault *why)
{
    sc_duck *d = sc_alloc(1, sizeof *d);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(d != NULL, SC_E_MEM);
    d->api = api;
    d->setup = setup;
    d->view = sc_alloc(setup->n_sources, sizeof *d->view);
    SC_REQUIRE(d->view != NULL, SC_E_MEM);
    SC_TRY(open_database(d, why));
    *out_d = d;
    d = NULL;
    err = SC_OK;
out:
    sc_duck_free(&d);
    return sc_fault_from(why, err);
}

sc_err sc_duck_lock(sc_duck *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(lock(d, why));
    d->pieces.api = d->api;
    SC_TRY(sc_pieces_register(&d->pieces, d->connection));
    for (size_t i = 0; i < d->setup->n_sources; i++) {
        SC_TRY(create_types(d, d->setup->sources[i].table, why));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

void sc_duck_free(sc_duck **d)
{
    if (d == NULL || *d == NULL) {
        return;
    }
    if ((*d)->connection != NULL) {
        (*d)->api->disconnect(&(*d)->connection);
    }
    if ((*d)->database != NULL) {
        (*d)->api->close(&(*d)->database);
    }
    sc_free((*d)->view);
    sc_free(*d);
    *d = NULL;
}

/* ---- check ----------------------------------------------------------- */

static sc_err take_counts(sc_asset_report *r, sc_duck_rows *rows,
                          const sc_table *t)
{
    size_t at = 1;
    sc_i128 n[SC_N_CELL_STATES];
    sc_err err = SC_E_BUG;

    SC_REQUIRE(sc_duck_next(rows), SC_E_CORRUPT);
    SC_TRY(sc_duck_integer(rows, &n[0], 0));
    r->n_rows = (uint64_t)n[0];
    for (size_t i = 0; i < t->n_columns; i++) {
        for (size_t s = SC_CELL_NULL; s < SC_N_CELL_STATES; s++) {
            SC_TRY(sc_duck_integer(rows, &n[s], at++));
        }
        r->n_nulls[i] = (uint64_t)n[SC_CELL_NULL];
        r->n_unreadable[i] = (uint64_t)n[SC_CELL_UNREADABLE];
        r->n_range[i] = (uint64_t)n[SC_CELL_RANGE];
        r->n_digits[i] = (uint64_t)n[SC_CELL_DIGITS];
        r->n_category[i] = (uint64_t)n[SC_CELL_CATEGORY];
        r->n_missing[i] = t->columns[i].is_required ? r->n_nulls[i] : 0;
    }
    err = SC_OK;
out:
    return err;
}

/* "It cannot be read": which of them? */
static void name_source(sc_fault *why, const sc_source *s)
{
    if (why != NULL && why->file[0] == '\0') {
        sc_fault_at(why,
                    s->sql[0] != '\0' ? "the SELECT in node.yaml"
                    : s->n_files == 1 ? s->files[0]
                                      : "one of its files",
                    0, 0);
    }
}

sc_err sc_duck_check(sc_duck *d, sc_asset_report *r, size_t source,
                     sc_fault *why)
{
    const sc_source *s = &d->setup->sources[source];
    sc_raw *raws = NULL;
    size_t n_raws = 0;
    sc_duck_rows rows = {0};
    sc_buf sql = {0};
    sc_err err = SC_E_BUG;

    *r = (sc_asset_report){0};
    SC_TRY(sc_duck_open_source(d, &raws, &n_raws, s, 0, why));
    SC_TRY(sc_reader_check(&sql, s, raws, n_raws));
    SC_TRY(sc_buf_terminate(&sql));
    SC_TRY(sc_duck_select(d, &rows, (const char *)sql.p, why));
    SC_TRY(take_counts(r, &rows, s->table));
    sc_duck_rows_clear(&rows);
    for (size_t i = 0; i < s->table->n_columns; i++) {
        if (sc_asset_n_bad(r, i) > 0 &&
            sc_duck_find_place(d, &r->first[i], s, raws, n_raws, i, NULL) !=
                SC_OK) {
            r->first[i] = (sc_bad_place){0}; /* the counts stand without it */
        }
    }
    err = SC_OK;
out:
    sc_duck_rows_clear(&rows);
    sc_duck_close_source(&raws, n_raws, s);
    sc_buf_clear(&sql);
    (void)sc_fault_from(why, err);
    if (err != SC_OK) {
        name_source(why, s);
    }
    return err;
}

/* ---- run ------------------------------------------------------------- */

static sc_err make_view(sc_duck *d, size_t source, int is_clean, sc_fault *why)
{
    const sc_source *s = &d->setup->sources[source];
    int want = is_clean ? VIEW_CLEAN : VIEW_MENDED;
    sc_raw *raws = NULL;
    size_t n_raws = 0;
    sc_buf sql = {0};
    sc_err err = SC_E_BUG;

    if (d->view[source] == want) {
        return SC_OK;
    }
    SC_TRY(sc_duck_open_source(d, &raws, &n_raws, s, is_clean, why));
    SC_TRY(sc_buf_put_str(&sql, "CREATE OR REPLACE VIEW "));
    SC_TRY(sc_sql_name(&sql, s->table->name));
    SC_TRY(sc_buf_put_str(&sql, " AS "));
    SC_TRY(sc_reader_rows(&sql, s, raws, n_raws, is_clean));
    SC_TRY(sc_buf_terminate(&sql));
    SC_TRY(sc_duck_create(d, (const char *)sql.p, why));
    d->view[source] = want;
    err = SC_OK;
out:
    sc_duck_close_source(&raws, n_raws, s);
    sc_buf_clear(&sql);
    return err;
}

/* One row of the result belongs to one cell: its keys' values, then its sums. */
static sc_err take_row(sc_i128 *sums, sc_duck_rows *rows, const sc_fragment *f)
{
    size_t cell = 0;
    sc_i128 v;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < f->n_keys; i++) {
        size_t n = sc_key_values(&f->keys[i]);

        SC_TRY(sc_duck_integer(rows, &v, i));
        if (sc_duck_is_null(rows, i)) {
            v = f->keys[i].outcome_null;
        }
        SC_REQUIRE(v >= 0 && v < (sc_i128)n, SC_E_CORRUPT);
        cell = cell * n + (size_t)v;
    }
    for (size_t i = 0; i < f->n_sums; i++) {
        SC_TRY(sc_duck_integer(rows, &v, f->n_keys + i));
        sums[cell * f->n_sums + i] += v;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_duck_run(sc_duck *d, sc_i128 *sums, const sc_engine_task *t,
                   sc_fault *why)
{
    const sc_fragment *f = &t->fragment;
    sc_duck_rows rows = {0};
    sc_buf sql = {0};
    sc_err err = SC_E_BUG;

    memset(sums, 0, sc_fragment_cells(f) * f->n_sums * sizeof *sums);
    SC_TRY(sc_fragment_sql(&sql, f));
    SC_TRY(sc_buf_terminate(&sql));
    SC_TRY(make_view(d, t->source, t->is_clean, why));
    d->pieces.fragment = f;
    SC_TRY(sc_duck_select(d, &rows, (const char *)sql.p, why));
    while (sc_duck_next(&rows)) {
        SC_TRY(take_row(sums, &rows, f));
    }
    err = SC_OK;
out:
    d->pieces.fragment = NULL;
    sc_duck_rows_clear(&rows);
    sc_buf_clear(&sql);
    return sc_fault_from(why, err);
}
