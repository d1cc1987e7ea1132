/* job/sql/parse_const.c: literals, with all their digits. */
#include <string.h>

#include "base/mem.h"
#include "job/sql/parse_expr.h"

/* libpg_query leaves out an integer that is not positive: 0, or a literal that
 * PostgreSQL folded with the minus in front of it, as in -5 or -(-(5)). Then
 * the text at its place says which: minuses, blanks, brackets, digits. */
static int take_integer(sc_ast *a, const json_t *ival, const char *text)
{
    int is_negative = 0;

    a->value = json_integer_value(ival);
    if (a->value != 0) {
        return 0;
    }
    for (; strchr("-( \t\r\n\f\v", *text) != NULL && *text != '\0'; text++) {
        if (text[0] == '-' && text[1] == '-') {
            return 1; /* a comment */
        }
        is_negative ^= *text == '-';
    }
    if (*text < '0' || *text > '9') {
        return 1;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        if (sc_i128_mul(&a->value, a->value, 10) ||
            sc_i128_add(&a->value, a->value, *text - '0')) {
            return 1;
        }
    }
    a->value = is_negative ? -a->value : a->value;
    return a->value > 0 || a->value < INT32_MIN;
}

sc_err sc_parse_constant(sc_parser *p, sc_ast **out, const json_t *m, size_t at)
{
    const json_t *part;
    sc_err err = SC_E_BUG;
    sc_ast *a = NULL;

    SC_TRY(sc_ast_new(&a, SC_A_NULL, at, 0));
    if ((part = json_object_get(m, "ival")) != NULL) {
        a->kind = SC_A_NUMBER;
        if (take_integer(a, json_object_get(part, "ival"), p->sql + at)) {
            SC_TRY(sc_parse_refuse(p, at, "this number is not understood",
                                   "write it as -5, with the minus at its "
                                   "digits"));
        }
    } else if ((part = json_object_get(m, "fval")) != NULL) {
        const char *text = json_string_value(json_object_get(part, "fval"));

        a->kind = SC_A_NUMBER;
        if (text == NULL || sc_ast_number(a, text)) {
            SC_TRY(sc_parse_refuse(p, at, "the number has too many digits",
                                   "at most 38, of which 30 behind the point"));
        }
    } else if ((part = json_object_get(m, "sval")) != NULL) {
        const char *text = json_string_value(json_object_get(part, "sval"));

        a->kind = SC_A_TEXT;
        a->text = sc_strdup(text == NULL ? "" : text);
        SC_REQUIRE(a->text != NULL, SC_E_MEM);
    } else if ((part = json_object_get(m, "boolval")) != NULL) {
        a->kind = SC_A_BOOL;
        a->value = json_is_true(json_object_get(part, "boolval"));
    } else if (!json_is_true(json_object_get(m, "isnull"))) {
        SC_TRY(sc_parse_refuse(p, at, "bit strings are not supported",
                               "write a number or a text"));
    }
    *out = a;
    a = NULL;
    err = SC_OK;
out:
    sc_ast_free(&a);
    return err;
}
