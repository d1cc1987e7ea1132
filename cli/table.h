/* cli/table.h: columns and rows for eyes and for programs.
 *
 * A table is JSON of the shape that sc_answer_json (job/plan/plan.h) has:
 *
 *   {"columns":["region","n"],"rows":[["north","12"],["south",null]]}
 *
 * and, optionally, "numeric":[false,true] (else a column is numeric if all its
 * values read as numbers) and "suppressed":N, the number of groups with noise.
 * A cell is a string, an integer, a boolean, null, or {"suppressed":true}.
 *
 * Adversary: values may come from a peer's file; what would move the cursor is
 * not printed to eyes. */
#ifndef SC_CLI_TABLE_H
#define SC_CLI_TABLE_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/fault.h"

typedef enum {
    SC_TABLE_TEXT, /* aligned; numbers to the right, NULL as NULL */
    SC_TABLE_CSV,  /* RFC 4180; NULL is empty, an empty text is "" */
    SC_TABLE_JSON, /* the same shape, numbers as numbers, one line */
    SC_TABLE_MARKDOWN
} sc_table_format;

/* "table", "csv", "json", "markdown"; SC_E_CONFIG. */
SC_MUST_USE sc_err sc_table_format_take(sc_table_format *out, const char *text,
                                        sc_fault *why);
/* Append the table, with its last newline. SC_E_WIRE: another shape; out as it
 * was. */
SC_MUST_USE sc_err sc_table_put(sc_buf *out, const json_t *table,
                                sc_table_format format);

#endif
