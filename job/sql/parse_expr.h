/* job/sql/parse_expr.h: expressions of PostgreSQL's JSON tree to job/sql/ast.h; a part
 * of job/sql/parse.h. */
#ifndef SC_JOB_PARSE_EXPR_H
#define SC_JOB_PARSE_EXPR_H

#include <jansson.h>

#include <assert.h>

#include "base/limits.h"
#include "job/sql/ast.h"

typedef struct {
    const char *sql;
    sc_fault *why;
} sc_parser;

/* One expression; `at` is its place if the node does not say. */
SC_MUST_USE sc_err sc_parse_expr(sc_parser *p, sc_ast **out, const json_t *node,
                                 size_t at);
/* The members of an A_Const that stands at byte `at`. */
SC_MUST_USE sc_err sc_parse_constant(sc_parser *p, sc_ast **out,
                                     const json_t *m, size_t at);
/* Byte where the node stands, or the first node in it that says; SIZE_MAX. */
size_t sc_parse_place(const json_t *node);
/* Text of {"String":{"sval":..}}; NULL if it is none. */
const char *sc_parse_string(const json_t *node);
/* Remedy where an expression has more than SC_MAX_SQL_DEPTH levels. */
#define SC_PARSE_TOO_DEEP "at most 200 levels; use IN for long lists"
static_assert(SC_MAX_SQL_DEPTH == 200, "the words above say so");

/* SC_E_CONFIG with these words and this remedy. */
sc_err sc_parse_refuse(sc_parser *p, size_t at, const char *words,
                       const char *remedy);

#endif
