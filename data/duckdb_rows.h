/* data/duckdb_rows.h: what a SELECT gives, row after row (data/duckdb.h runs it).
 *
 * Adversary: whoever wrote the data, and the owner's own SELECT. A column of
 * another type than the caller expects is SC_E_CORRUPT, or an empty text; the
 * library itself is believed. */
#ifndef SC_DATA_DUCKDB_ROWS_H
#define SC_DATA_DUCKDB_ROWS_H

#include "base/int128.h"
#include "data/duckdb_api.h"

typedef struct {
    const sc_duckdb_api *api;
    duckdb_handle statement;
    duckdb_result result;
    int has_result;
    duckdb_handle chunk;
    size_t n_rows; /* of the chunk */
    size_t row;
} sc_duck_rows;

/* Go to the next row: 0 at the end. */
int sc_duck_next(sc_duck_rows *rows);
/* A cell of the row: an integer, or the one behind a DECIMAL of 10 digits or more;
 * *v = 0 if NULL. SC_E_CORRUPT if the column is of another type. */
SC_MUST_USE sc_err sc_duck_integer(sc_duck_rows *rows, sc_i128 *v,
                                   size_t column);
int sc_duck_is_null(sc_duck_rows *rows, size_t column);
/* A text, borrowed until the next row; empty if NULL or of another type. */
sc_bytes sc_duck_text(sc_duck_rows *rows, size_t column);
void sc_duck_rows_clear(sc_duck_rows *rows);

#endif
