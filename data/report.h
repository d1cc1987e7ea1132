/* data/report.h: what the check of an asset found, in words for its owner.
 *
 * The second function quotes a value: for the owner's own log and terminal, and
 * never for a peer. Quoted bytes come out as printable ASCII. */
#ifndef SC_DATA_REPORT_H
#define SC_DATA_REPORT_H

#include "data/engine.h"

/* "90 rows, 1 value outside the schema: not used (bad_values: reject)". */
void sc_report_print(char *out, size_t len, const sc_source *s,
                     const sc_asset *a);
/* "wages.csv: data row 4 (line 5): wage 'abc' is unreadable; 1 such value in 90
 * rows", or "" if nothing is wrong in that column. */
void sc_report_print_column(char *out, size_t len, const sc_source *s,
                            const sc_asset *a, size_t column);
/* The first of these, and how many columns there are more of them; "" if
 * there is none. */
void sc_report_print_first(char *out, size_t len, const sc_source *s,
                           const sc_asset *a);

#endif
