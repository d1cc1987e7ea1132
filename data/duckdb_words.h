/* data/duckdb_words.h: what DuckDB says of a file that it cannot read, for the
 * file's owner.
 *
 * Its words are quoted behind ours, without the line of data that it shows: they
 * go to a log, which is no place for a row. A file name and a line that it gives
 * are kept. */
#ifndef SC_DATA_DUCKDB_WORDS_H
#define SC_DATA_DUCKDB_WORDS_H

#include "base/fault.h"

/* Fill why by DuckDB's words (NULL: it gave none). Returns code. */
sc_err sc_duck_say(sc_fault *why, sc_err code, const char *words);

#endif
