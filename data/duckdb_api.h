/* data/duckdb_api.h: the part of DuckDB's C interface that we call.
 *
 * Declared by hand and found with dlopen in the engine child only: the npm
 * package that carries libduckdb.so has no header, and the command itself
 * should not pay for loading it. Names and layouts are those of DuckDB's stable
 * C interface (unchanged since 1.0); allowed_paths, which the lock rests on,
 * came with 1.2. */
#ifndef SC_DATA_DUCKDB_API_H
#define SC_DATA_DUCKDB_API_H

#include <stdint.h>

#include "base/fault.h"

typedef uint64_t duckdb_idx;
typedef void *duckdb_handle; /* database, connection, statement, chunk, ... */

typedef struct {
    duckdb_idx column_count, row_count, rows_changed;
    void *columns;
    char *error;
    void *internal;
} duckdb_result;

typedef enum {
    DUCKDB_BOOLEAN = 1,
    DUCKDB_TINYINT,
    DUCKDB_SMALLINT,
    DUCKDB_INTEGER,
    DUCKDB_BIGINT,
    DUCKDB_UTINYINT,
    DUCKDB_USMALLINT,
    DUCKDB_UINTEGER,
    DUCKDB_UBIGINT,
    DUCKDB_FLOAT,
    DUCKDB_DOUBLE,
    DUCKDB_TIMESTAMP,
    DUCKDB_DATE,
    DUCKDB_HUGEINT = 16,
    DUCKDB_VARCHAR,
    DUCKDB_DECIMAL = 19,
    DUCKDB_TIMESTAMP_S,
    DUCKDB_TIMESTAMP_MS,
    DUCKDB_TIMESTAMP_NS,
    DUCKDB_ENUM,
    DUCKDB_TIMESTAMP_TZ = 31,
    DUCKDB_UHUGEINT
} duckdb_type;

/* A function of SQL: what it was registered with, its arguments, its results. */
typedef void (*duckdb_function)(duckdb_handle info, duckdb_handle chunk,
                                duckdb_handle out);

typedef enum {
    DUCKDB_IS_SELECT = 1,
    DUCKDB_IS_CREATE = 7,
    DUCKDB_IS_SET = 20
} duckdb_statement;

/* A text in a vector: 12 bytes in place, or a pointer behind a prefix. */
typedef union {
    struct {
        uint32_t length;
        char prefix[4];
        const char *text;
    } far;
    struct {
        uint32_t length;
        char text[12];
    } near;
} duckdb_text;

/* A call answers 0 for success, 1 for an error. */
#define SC_DUCKDB_CALLS(X)                                                     \
    X(const char *, library_version, (void))                                   \
    X(int, create_config, (duckdb_handle * config))                            \
    X(int, set_config,                                                         \
      (duckdb_handle config, const char *name, const char *value))             \
    X(void, destroy_config, (duckdb_handle * config))                          \
    X(int, open_ext,                                                           \
      (const char *path, duckdb_handle *database, duckdb_handle config,        \
       char **error))                                                          \
    X(void, close, (duckdb_handle * database))                                 \
    X(int, connect, (duckdb_handle database, duckdb_handle * connection))      \
    X(void, disconnect, (duckdb_handle * connection))                          \
    X(int, prepare,                                                            \
      (duckdb_handle connection, const char *sql, duckdb_handle *statement))   \
    X(const char *, prepare_error, (duckdb_handle statement))                  \
    X(int, prepared_statement_type, (duckdb_handle statement))                 \
    X(int, execute_prepared, (duckdb_handle statement, duckdb_result * out))   \
    X(void, destroy_prepare, (duckdb_handle * statement))                      \
    X(void, destroy_result, (duckdb_result * result))                          \
    X(const char *, result_error, (duckdb_result * result))                    \
    X(duckdb_idx, column_count, (duckdb_result * result))                      \
    X(const char *, column_name, (duckdb_result * result, duckdb_idx column))  \
    X(int, column_type, (duckdb_result * result, duckdb_idx column))           \
    X(duckdb_handle, column_logical_type,                                      \
      (duckdb_result * result, duckdb_idx column))                             \
    X(uint8_t, decimal_scale, (duckdb_handle type))                            \
    X(int, decimal_internal_type, (duckdb_handle type))                        \
    X(void, destroy_logical_type, (duckdb_handle * type))                      \
    X(duckdb_handle, fetch_chunk, (duckdb_result result))                      \
    X(duckdb_idx, data_chunk_get_size, (duckdb_handle chunk))                  \
    X(duckdb_handle, data_chunk_get_vector,                                    \
      (duckdb_handle chunk, duckdb_idx column))                                \
    X(void, destroy_data_chunk, (duckdb_handle * chunk))                       \
    X(void *, vector_get_data, (duckdb_handle vector))                         \
    X(uint64_t *, vector_get_validity, (duckdb_handle vector))                 \
    X(duckdb_handle, create_logical_type, (int type))                          \
    X(duckdb_handle, create_scalar_function, (void))                           \
    X(void, destroy_scalar_function, (duckdb_handle * function))               \
    X(void, scalar_function_set_name,                                          \
      (duckdb_handle function, const char *name))                              \
    X(void, scalar_function_add_parameter,                                     \
      (duckdb_handle function, duckdb_handle type))                            \
    X(void, scalar_function_set_return_type,                                   \
      (duckdb_handle function, duckdb_handle type))                            \
    X(void, scalar_function_set_special_handling, (duckdb_handle function))    \
    X(void, scalar_function_set_extra_info,                                    \
      (duckdb_handle function, void *extra, void (*destroy)(void *)))          \
    X(void, scalar_function_set_function,                                      \
      (duckdb_handle function, duckdb_function call))                          \
    X(int, register_scalar_function,                                           \
      (duckdb_handle connection, duckdb_handle function))                      \
    X(void *, scalar_function_get_extra_info, (duckdb_handle info))            \
    X(void, free, (void *p))

#define X(result, name, arguments) result(*name) arguments;
typedef struct {
    void *library;
    SC_DUCKDB_CALLS(X)
} sc_duckdb_api;
#undef X

/* Load the library: `path` if given, else where the system's loader finds it.
 *   Returns: SC_E_CONFIG  not found, or too old; why says where it looked */
SC_MUST_USE sc_err sc_duckdb_load(sc_duckdb_api *api, const char *path,
                                  sc_fault *why);
/* The library stays loaded: it does not survive being unloaded. */

/* Row `row` of a vector is not NULL. */
static inline int sc_duckdb_is_set(const uint64_t *validity, duckdb_idx row)
{
    return validity == NULL || (validity[row / 64] >> (row % 64) & 1) != 0;
}

#endif
