/* data/csv.h: a CSV file as something to select from.
 *
 * The first line names the columns; which of , ; TAB | parts them is told by
 * which one finds the schema's columns in it, in any case of letters. Fields
 * may stand in double quotes, a quote in them doubled; every line has as many
 * fields as the first. Anything else is for the owner's SELECT. Adversary: the
 * file. */
#ifndef SC_DATA_CSV_H
#define SC_DATA_CSV_H

#include "data/duckdb.h"
#include "data/reader.h"

#define SC_CSV_MAX_COLUMNS 4096

/* Fill raw, its columns too.
 *
 *   In:      is_typed  read in the schema's own types, which fails on a value
 *                      that is not one; otherwise as text
 *   Returns: SC_E_CORRUPT  not readable; a column is missing or there twice */
SC_MUST_USE sc_err sc_csv_open(sc_duck *d, sc_raw *raw, const sc_source *s,
                               const char *file, int is_typed, sc_fault *why);

/* The line, from 1, on which record `row` begins, the header being record 0: a
 * record goes on over line ends within quotes, and a blank line is none if there
 * is more than one field. 0 if that cannot be told: compressed, unreadable. */
uint64_t sc_csv_line(const char *file, const sc_raw *raw, uint64_t row);

#endif
