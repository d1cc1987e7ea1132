/* data/duckdb_piece.h: SC_SQL_PIECE, the function of SQL that searches a key.
 *
 * Adversary: who writes SQL that runs here, the owner's own SELECT: it may call
 * the function with any number and value, and gets a piece's number or 0. */
#ifndef SC_DATA_DUCKDB_PIECE_H
#define SC_DATA_DUCKDB_PIECE_H

#include "data/duckdb_api.h"
#include "data/fragment.h"

typedef struct {
    const sc_duckdb_api *api;
    const sc_fragment *fragment; /* of the task that runs, as sc_fragment_sql
                                    took it; NULL between tasks */
} sc_pieces;

/* Let the connection's statements call it. p outlives the connection; its
 * fragment changes only while no statement runs. SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_pieces_register(sc_pieces *p, duckdb_handle connection);

#endif
