/* data/sql.h: names, texts and integers as SQL that cannot be read otherwise.
 *
 * Adversary: whoever chose a name or a text, in a consortium's file or a data
 * file's header: no byte of it ends its quotes. */
#ifndef SC_DATA_SQL_H
#define SC_DATA_SQL_H

#include "base/bytes.h"

/* "name" and 'text', each quote within doubled; without NUL. */
SC_MUST_USE sc_err sc_sql_name(sc_buf *sql, const char *name);
SC_MUST_USE sc_err sc_sql_text(sc_buf *sql, const char *text);
/* A BIGINT, the smallest too (whose digits alone would be a wider literal). */
SC_MUST_USE sc_err sc_sql_integer(sc_buf *sql, int64_t v);

#endif
