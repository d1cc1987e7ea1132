/* job/sql/parse.h: SQL text to a tree of our own, by PostgreSQL's grammar.
 *
 * libpg_query parses; its JSON tree is read with jansson and turned into
 * job/sql/ast.h, which holds only what some later step understands. Adversary: who
 * wrote the text, maybe a peer: at most SC_MAX_SQL_LEN bytes of UTF-8, one
 * statement, no parameters, SC_MAX_SQL_DEPTH levels. */
#ifndef SC_JOB_PARSE_H
#define SC_JOB_PARSE_H

#include "job/sql/ast.h"

/* Parse one SELECT, or EXPLAIN of one.
 *   Returns: SC_E_CONFIG  why says what is wrong or not supported, and where
 *   Cost:    a thread with a stack of its own for the call: PostgreSQL's
 *            printer of trees recurses once for each `+` of a sum */
SC_MUST_USE sc_err sc_parse(sc_select **s, const char *sql, sc_fault *why);

#endif
