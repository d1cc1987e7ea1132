/* data/schema.h: what the consortium agreed a table looks like.
 *
 * Every value is an integer once it is past the owner's engine: an integer as
 * itself, a decimal as v * 10^scale, a date as days and a timestamp as
 * microseconds since 1970-01-01, a category as its index in `categories`, a
 * boolean as 0 or 1. NULL stays NULL. */
#ifndef SC_DATA_SCHEMA_H
#define SC_DATA_SCHEMA_H

#include "base/int128.h"
#include "base/limits.h"

typedef enum {
    SC_T_INTEGER,
    SC_T_DECIMAL,
    SC_T_CATEGORY,
    SC_T_BOOLEAN,
    SC_T_DATE,
    SC_T_TIMESTAMP
} sc_type;

/* Where a number or date may be compared and cut. Point p parts the values
 * below p from those at p and above, in encoded units. */
typedef enum {
    SC_CUTS_NONE,
    SC_CUTS_LIST,
    SC_CUTS_EVERY, /* all p with (p - origin) % step == 0 */
    SC_CUTS_MONTH, /* dates and timestamps: the first of each month */
    SC_CUTS_YEAR,  /* the first of each year */
    SC_CUTS_ANY    /* must be written; printed in each plan */
} sc_cuts_kind;

typedef struct {
    sc_cuts_kind kind;
    int64_t *points; /* SC_CUTS_LIST: ascending */
    size_t n_points;
    int64_t step, origin; /* SC_CUTS_EVERY: step > 0 */
} sc_cuts;

typedef struct {
    char name[SC_NAME_MAX + 1]; /* lower case */
    sc_type type;
    unsigned scale;    /* SC_T_DECIMAL: 1..18 */
    int64_t min, max;  /* encoded, min <= max; set for every type */
    int is_required;   /* NULL is a violation */
    sc_cuts cuts;      /* numbers and dates */
    char **categories; /* SC_T_CATEGORY: distinct, in schema order */
    size_t n_categories;
} sc_column;

typedef struct {
    char name[SC_NAME_MAX + 1];
    sc_column *columns;
    size_t n_columns;  /* 1..SC_MAX_COLUMNS */
    uint64_t max_rows; /* per owner; 1..2^40 */
    uint32_t owners;   /* bit i: party i has rows of it */
    int is_stacked;    /* every owner has rows of it */
} sc_table;

/* Number of the column, or SIZE_MAX. */
size_t sc_table_column(const sc_table *t, const char *name);
/* Is p one of the column's cuts? min and max + 1 always are. */
int sc_cuts_allow(const sc_column *c, int64_t p);
/* Human words: "18, 30, 45", "every 5", "any", "none". NUL-terminated. */
void sc_cuts_print(char *out, size_t len, const sc_column *c);
/* An encoded value of the column as text ("12.50", "2026-01-31", "north"). */
void sc_column_print(char *out, size_t len, const sc_column *c, int64_t v);
/* Text to encoded value; a date alone is a timestamp's midnight. SC_E_WIRE if it
 * is not one of the column's type or has more digits than the scale; bounds are
 * not checked here, and *v is then as it was. */
SC_MUST_USE sc_err sc_column_parse(int64_t *v, const sc_column *c,
                                   sc_bytes text);
const char *sc_type_name(sc_type t); /* "integer", ... */
/* Release what a table owns (not the struct itself). */
void sc_table_clear(sc_table *t);

#endif
