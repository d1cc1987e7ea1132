/* data/reader.h: the SQL that turns an owner's data into encoded columns.
 *
 * What comes in has any of the engine's types, or is text; what goes out is
 * BIGINTs as data/schema.h says. One meaning, whatever brought the value:
 *
 *   number     decimal text with an optional exponent, blanks around it; more
 *              digits than the scale (unless 0) are a violation. A real is its
 *              shortest decimal text, rounded half away from zero.
 *   category   exactly the declared text
 *   boolean    true/false, t/f, yes/no, y/n, 1/0 in any case
 *   date       YYYY-MM-DD from year 1 to 9999; a time of day behind it is a
 *              violation
 *   timestamp  YYYY-MM-DD[ T]HH:MM:SS[.ffffff][Z], or a date (its midnight)
 *
 * All casts are TRY_CASTs here, on the way in; what has passed the check needs
 * none of them afterwards.
 *
 * Adversary: whoever wrote the data. A cell may hold anything: what is no value of
 * its column has a state that is counted, and ends no query by an error of the
 * engine's; names from a file's header are quoted. */
#ifndef SC_DATA_READER_H
#define SC_DATA_READER_H

#include "data/engine.h"

typedef enum {
    SC_RAW_TEXT,
    SC_RAW_INTEGER,
    SC_RAW_DECIMAL,
    SC_RAW_DOUBLE,
    SC_RAW_FLOAT,
    SC_RAW_BOOLEAN,
    SC_RAW_DATE,
    SC_RAW_TIMESTAMP,
    SC_RAW_NANOS,  /* TIMESTAMP_NS */
    SC_RAW_ZONED,  /* TIMESTAMP WITH TIME ZONE */
    SC_RAW_CODED,  /* already the ENUM of the column's categories */
    SC_RAW_FOREIGN /* a type that no column can take */
} sc_raw_kind;

/* How one column of the schema comes out of one file or SELECT. */
typedef struct {
    char *name; /* as the data spells it */
    sc_raw_kind kind;
    unsigned scale; /* SC_RAW_DECIMAL */
} sc_raw_column;

/* One file or SELECT: what stands behind FROM, and its columns. */
typedef struct {
    sc_buf from;
    sc_raw_column columns[SC_MAX_COLUMNS]; /* as in the schema */
    int has_nulls;                         /* NULL texts are NULL already */
    char delimiter;  /* of a CSV file; 0: something else */
    size_t n_fields; /* of a line of it */
} sc_raw;

/* Can a column of this type take that kind? */
int sc_reader_takes(sc_type type, sc_raw_kind kind);
/* DuckDB's type for a column in a typed read of text, e.g. DECIMAL(9,2). */
SC_MUST_USE sc_err sc_reader_type(sc_buf *sql, const sc_table *t, size_t i);
/* The name of the ENUM type of category column i. */
SC_MUST_USE sc_err sc_reader_enum(sc_buf *sql, const sc_table *t, size_t i);
/* CREATE TYPE for it. */
SC_MUST_USE sc_err sc_reader_create_enum(sc_buf *sql, const sc_table *t,
                                         size_t i);
/* One row of counts: rows, then per column the states from SC_CELL_NULL on. */
SC_MUST_USE sc_err sc_reader_check(sc_buf *sql, const sc_source *s,
                                   const sc_raw *raws, size_t n_raws);
/* The first row of raw in which column i breaks the schema: its number from 1,
 * the value's state, the value as text; or no row. */
SC_MUST_USE sc_err sc_reader_find(sc_buf *sql, const sc_source *s,
                                  const sc_raw *raw, size_t i);
/* The encoded rows, as sc_fragment_sql wants them. is_clean: the check found no
 * violation, so values are taken as they are, and what is summed as the DECIMAL
 * that it is, since scaling it costs a division; otherwise the source's rule
 * (skip, clamp) is applied to each. */
SC_MUST_USE sc_err sc_reader_rows(sc_buf *sql, const sc_source *s,
                                  const sc_raw *raws, size_t n_raws,
                                  int is_clean);

/* For reader.c: of column i of t, with x its raw value, d its typed value and v
 * its encoded one, the expressions for d, for v and for the state; and whether
 * x is below 0 where v cannot say. */
typedef struct {
    const sc_table *table;
    size_t i;
    const sc_column *column;
    const sc_raw_column *raw;
} sc_reader_cell;

SC_MUST_USE sc_err sc_reader_typed(sc_buf *sql, const sc_reader_cell *c);
SC_MUST_USE sc_err sc_reader_encoded(sc_buf *sql, const sc_reader_cell *c);
SC_MUST_USE sc_err sc_reader_state(sc_buf *sql, const sc_reader_cell *c);
SC_MUST_USE sc_err sc_reader_below(sc_buf *sql, const sc_reader_cell *c);

#endif
