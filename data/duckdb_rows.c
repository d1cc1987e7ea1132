/* data/duckdb_rows.c: chunk by chunk, a cell at a time. */
#include "data/duckdb_rows.h"

#include <string.h>

void sc_duck_rows_clear(sc_duck_rows *rows)
{
    const sc_duckdb_api *api = rows->api;

    if (api == NULL) {
        return;
    }
    if (rows->chunk != NULL) {
        api->destroy_data_chunk(&rows->chunk);
    }
    if (rows->has_result) {
        api->destroy_result(&rows->result);
    }
    if (rows->statement != NULL) {
        api->destroy_prepare(&rows->statement);
    }
    *rows = (sc_duck_rows){0};
}

int sc_duck_next(sc_duck_rows *rows)
{
    rows->row++;
    while (rows->chunk == NULL || rows->row >= rows->n_rows) {
        if (rows->chunk != NULL) {
            rows->api->destroy_data_chunk(&rows->chunk);
        }
        rows->chunk = rows->api->fetch_chunk(rows->result);
        rows->row = 0;
        rows->n_rows = 0;
        if (rows->chunk == NULL) {
            return 0;
        }
        rows->n_rows = (size_t)rows->api->data_chunk_get_size(rows->chunk);
    }
    return 1;
}

/* The column's data if the row's cell is not NULL. */
static const void *cell_of(sc_duck_rows *rows, size_t column)
{
    const sc_duckdb_api *api = rows->api;
    duckdb_handle vector = api->data_chunk_get_vector(rows->chunk, column);

    return sc_duckdb_is_set(api->vector_get_validity(vector), rows->row)
               ? api->vector_get_data(vector)
               : NULL;
}

/* The type that the column's bytes have: a DECIMAL is an integer of a width that
 * its digits need. */
static int stored_type(sc_duck_rows *rows, size_t column)
{
    const sc_duckdb_api *api = rows->api;
    int type = (int)api->column_type(&rows->result, column);

    if (type == DUCKDB_DECIMAL) {
        duckdb_handle whole = api->column_logical_type(&rows->result, column);

        type = api->decimal_internal_type(whole);
        api->destroy_logical_type(&whole);
    }
    return type;
}

sc_err sc_duck_integer(sc_duck_rows *rows, sc_i128 *v, size_t column)
{
    const void *data = cell_of(rows, column);
    int64_t v64;
    int32_t v32;
    uint32_t u32;

    *v = 0;
    switch (stored_type(rows, column)) {
    case DUCKDB_UTINYINT:
        if (data != NULL) {
            *v = ((const uint8_t *)data)[rows->row];
        }
        return SC_OK;
    case DUCKDB_UINTEGER:
        if (data != NULL) {
            memcpy(&u32, (const uint32_t *)data + rows->row, sizeof u32);
            *v = u32;
        }
        return SC_OK;
    case DUCKDB_INTEGER:
        if (data != NULL) {
            memcpy(&v32, (const int32_t *)data + rows->row, sizeof v32);
            *v = v32;
        }
        return SC_OK;
    case DUCKDB_BIGINT:
        if (data != NULL) {
            memcpy(&v64, (const int64_t *)data + rows->row, sizeof v64);
            *v = v64;
        }
        return SC_OK;
    case DUCKDB_HUGEINT: /* low half first, two's complement */
        if (data != NULL) {
            memcpy(v, (const uint8_t *)data + 16 * rows->row, sizeof *v);
        }
        return SC_OK;
    default:
        return SC_E_CORRUPT;
    }
}

int sc_duck_is_null(sc_duck_rows *rows, size_t column)
{
    return cell_of(rows, column) == NULL;
}

sc_bytes sc_duck_text(sc_duck_rows *rows, size_t column)
{
    const void *data = NULL;
    const duckdb_text *t;

    if (rows->api->column_type(&rows->result, column) == DUCKDB_VARCHAR) {
        data = cell_of(rows, column);
    }
    if (data == NULL) {
        return (sc_bytes){NULL, 0};
    }
    t = (const duckdb_text *)data + rows->row;
    if (t->near.length <= sizeof t->near.text) {
        return (sc_bytes){(const uint8_t *)t->near.text, t->near.length};
    }
    return (sc_bytes){(const uint8_t *)t->far.text, t->far.length};
}
