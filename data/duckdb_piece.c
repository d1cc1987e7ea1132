/* data/duckdb_piece.c: SC_SQL_PIECE(key, value), a vector of rows at a time.
 *
 * DuckDB calls it on all of its threads; what it reads is constant meanwhile. An
 * owner's own SELECT could call it too, with any number: that gives 0. */
#include "data/duckdb_piece.h"

/* The one file-static variable of the program. DuckDB hands a function what it
 * was registered with only through a call of DuckDB's, and the library is not
 * linked but loaded: that call must be known before. Set before the first
 * statement runs, and there is one library to a process. */
static const sc_duckdb_api *library;

/* Arguments come flat, one entry a row; the first is the same in all. */
static void find_pieces(duckdb_handle info, duckdb_handle chunk,
                        duckdb_handle out)
{
    const sc_duckdb_api *api = library;
    const sc_pieces *p = api->scalar_function_get_extra_info(info);
    const sc_fragment *f = p->fragment;
    duckdb_handle numbers = api->data_chunk_get_vector(chunk, 0);
    duckdb_handle values = api->data_chunk_get_vector(chunk, 1);
    const int64_t *number = api->vector_get_data(numbers);
    const int64_t *v = api->vector_get_data(values);
    const uint64_t *is_set = api->vector_get_validity(values);
    uint32_t *outcome = api->vector_get_data(out);
    size_t n = (size_t)api->data_chunk_get_size(chunk);
    const sc_key *k =
        f != NULL && n > 0 && number[0] >= 0 && (uint64_t)number[0] < f->n_keys
            ? &f->keys[number[0]]
            : NULL;

    for (size_t i = 0; i < n; i++) {
        outcome[i] = k == NULL ? 0
                     : sc_duckdb_is_set(is_set, i)
                         ? sc_key_find_vartime(k, v[i])
                         : k->outcome_null;
    }
}

sc_err sc_pieces_register(sc_pieces *p, duckdb_handle connection)
{
    const sc_duckdb_api *api = p->api;
    duckdb_handle f = api->create_scalar_function();
    duckdb_handle from = api->create_logical_type(DUCKDB_BIGINT);
    duckdb_handle to = api->create_logical_type(DUCKDB_UINTEGER);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(f != NULL && from != NULL && to != NULL, SC_E_MEM);
    library = api;
    api->scalar_function_set_name(f, SC_SQL_PIECE);
    api->scalar_function_add_parameter(f, from);
    api->scalar_function_add_parameter(f, from);
    api->scalar_function_set_return_type(f, to);
    api->scalar_function_set_special_handling(f); /* it sees the NULLs */
    api->scalar_function_set_extra_info(f, p, NULL);
    api->scalar_function_set_function(f, find_pieces);
    SC_REQUIRE(api->register_scalar_function(connection, f) == 0, SC_E_CORRUPT);
    err = SC_OK;
out:
    api->destroy_logical_type(&from);
    api->destroy_logical_type(&to);
    api->destroy_scalar_function(&f);
    return err;
}
