/* data/duckdb_source.h: finding the schema's columns in an owner's data, and what
 * does not fit them. */
#ifndef SC_DATA_DUCKDB_SOURCE_H
#define SC_DATA_DUCKDB_SOURCE_H

#include "data/duckdb.h"
#include "data/reader.h"

/* One entry for the owner's SELECT, or one a file.
 *
 *   In:      is_typed  read CSV files in the schema's own types, which fails on
 *                      a value that is not one; otherwise as text
 *   Returns: SC_E_CORRUPT  not readable, a column is not there or of a type
 *                          that the schema's cannot take */
SC_MUST_USE sc_err sc_duck_open_source(sc_duck *d, sc_raw **raws,
                                       size_t *n_raws, const sc_source *s,
                                       int is_typed, sc_fault *why);
void sc_duck_close_source(sc_raw **raws, size_t n_raws, const sc_source *s);

/* Where is the first bad value of a column that has one? place->row is 0 if none
 * is found. SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_duck_find_place(sc_duck *d, sc_bad_place *place,
                                      const sc_source *s, const sc_raw *raws,
                                      size_t n_raws, size_t column,
                                      sc_fault *why);

#endif
