/* job/sql/ast.h: one SELECT as a tree of our own.
 *
 * What job/sql/parse.h makes of PostgreSQL's parse tree: only the node kinds that
 * some later step understands, each with the place in the text where it
 * stands. Adversary: who wrote the SQL; the depth of a tree is at most
 * SC_MAX_SQL_DEPTH, so that whoever walks it may recurse. */
#ifndef SC_JOB_AST_H
#define SC_JOB_AST_H

#include "base/fault.h"
#include "base/int128.h"
#include "base/limits.h"

typedef enum {
    SC_A_NULL,
    SC_A_BOOL,   /* value: 0, 1 */
    SC_A_NUMBER, /* value * 10^-scale, without needless zeros behind the point;
                  * is_decimal if it was written with a point or an exponent */
    SC_A_TEXT,   /* text */
    SC_A_COLUMN, /* text, qualifier; `column` once bound */
    SC_A_CAST,   /* args[0] to type `text`; scale for numeric(p, s), else -1 */
    SC_A_NEG,
    SC_A_ADD,
    SC_A_SUB,
    SC_A_MUL,
    SC_A_DIV,
    SC_A_LT,
    SC_A_LE,
    SC_A_GT,
    SC_A_GE,
    SC_A_EQ,
    SC_A_NE,
    SC_A_DISTINCT, /* args[0] IS DISTINCT FROM args[1] */
    SC_A_AND,      /* n_args >= 2 */
    SC_A_OR,
    SC_A_NOT,
    SC_A_IS_NULL,
    SC_A_IS_TRUE,
    SC_A_IS_FALSE,
    SC_A_BETWEEN, /* args[0] between args[1] and args[2] */
    SC_A_IN,      /* args[0] in args[1..] */
    SC_A_CASE,    /* when, then, when, then, ..., else */
    SC_A_COALESCE,
    SC_A_NULLIF,
    SC_A_CALL /* text: name, lower case; is_star: COUNT(*); filter */
} sc_ast_kind;

#define SC_A_NO_COLUMN SIZE_MAX
#define SC_A_MAX_SCALE 30 /* digits of a literal behind the point */

typedef struct sc_ast sc_ast;
struct sc_ast {
    sc_ast_kind kind;
    size_t at; /* byte in the text, from 0 */
    char *text, *qualifier;
    sc_i128 value;
    int scale;
    int is_decimal, is_star;
    size_t column;
    sc_ast **args;
    size_t n_args;
    sc_ast *filter;
};

#define SC_A_NO_OUTPUT SIZE_MAX

/* An expression, or the output column that it stands for (`GROUP BY 2`). */
typedef struct {
    sc_ast *expr;
    size_t output; /* SC_A_NO_OUTPUT until bound to one */
} sc_ast_ref;

typedef struct {
    char *alias; /* NULL: none given */
    sc_ast *expr;
} sc_ast_output;

/* Which protocol the text asks for (job/sql/hint.h). */
typedef enum {
    SC_HINT_NONE,
    SC_HINT_CIPHERTEXT_SUM,
    SC_HINT_CIPHERTEXT_BITS /* the same, ranges proved bit by bit */
} sc_hint;

typedef enum { SC_NULLS_DEFAULT, SC_NULLS_FIRST, SC_NULLS_LAST } sc_ast_nulls;

typedef struct {
    sc_ast_ref by;
    int is_descending;
    sc_ast_nulls nulls;
} sc_ast_order;

typedef struct {
    int is_explain;
    sc_hint hint;
    size_t hint_at; /* if there is one */
    sc_ast_output *outputs;
    size_t n_outputs;
    char *table, *table_alias;
    size_t table_at;
    sc_ast *where, *having;
    sc_ast_ref *groups;
    size_t n_groups;
    sc_ast_order *order;
    size_t n_order;
    int64_t limit, offset; /* -1: all; 0: none */
} sc_select;

/* A node with room for n_args arguments, all NULL. SC_E_MEM. */
SC_MUST_USE sc_err sc_ast_new(sc_ast **out, sc_ast_kind kind, size_t at,
                              size_t n_args);
void sc_ast_free(sc_ast **a);
void sc_select_free(sc_select **s);
/* Digits ("-12.50", "1e5", ".5") into a's value and scale; nonzero if there are
 * too many. */
SC_MUST_USE int sc_ast_number(sc_ast *a, const char *text);
/* Do a and b compute the same, letter for letter? Both bound. */
int sc_ast_equal(const sc_ast *a, const sc_ast *b);
/* The comparison that holds with its sides exchanged: > for <. */
sc_ast_kind sc_ast_flip(sc_ast_kind op);
/* Does a comparison hold of values whose difference has this sign? */
int sc_ast_holds(sc_ast_kind op, int sign);
/* The heading PostgreSQL gives the expression; borrowed. */
const char *sc_ast_heading(const sc_ast *a);

/* Fill why with code, line and column (characters, from 1) of byte `at` of sql
 * (SIZE_MAX: no place), and printf-style words; returns code. */
sc_err sc_sql_fault(sc_fault *why, sc_err code, const char *sql, size_t at,
                    const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
