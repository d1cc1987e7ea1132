/* job/sql/ast.c: life, equality and headings of the tree of one SELECT. */
#include "job/sql/ast.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

sc_err sc_ast_new(sc_ast **out, sc_ast_kind kind, size_t at, size_t n_args)
{
    sc_ast *a = sc_alloc(1, sizeof *a);

    if (a == NULL) {
        return SC_E_MEM;
    }
    a->kind = kind;
    a->at = at;
    a->column = SC_A_NO_COLUMN;
    a->args = sc_alloc(n_args, sizeof *a->args);
    if (a->args == NULL) {
        sc_free(a);
        return SC_E_MEM;
    }
    a->n_args = n_args;
    *out = a;
    return SC_OK;
}

void sc_ast_free(sc_ast **a)
{
    if (a == NULL || *a == NULL) {
        return;
    }
    for (size_t i = 0; i < (*a)->n_args; i++) {
        sc_ast_free(&(*a)->args[i]);
    }
    sc_ast_free(&(*a)->filter);
    sc_free((*a)->args);
    sc_free((*a)->text);
    sc_free((*a)->qualifier);
    sc_free(*a);
    *a = NULL;
}

void sc_select_free(sc_select **s)
{
    if (s == NULL || *s == NULL) {
        return;
    }
    for (size_t i = 0; i < (*s)->n_outputs; i++) {
        sc_free((*s)->outputs[i].alias);
        sc_ast_free(&(*s)->outputs[i].expr);
    }
    for (size_t i = 0; i < (*s)->n_groups; i++) {
        sc_ast_free(&(*s)->groups[i].expr);
    }
    for (size_t i = 0; i < (*s)->n_order; i++) {
        sc_ast_free(&(*s)->order[i].by.expr);
    }
    sc_ast_free(&(*s)->where);
    sc_ast_free(&(*s)->having);
    sc_free((*s)->outputs);
    sc_free((*s)->groups);
    sc_free((*s)->order);
    sc_free((*s)->table);
    sc_free((*s)->table_alias);
    sc_free(*s);
    *s = NULL;
}

int sc_ast_number(sc_ast *a, const char *text)
{
    int is_negative = *text == '-', exponent = 0, after = 0;
    sc_i128 v = 0;

    for (text += is_negative; *text != '\0' && *text != 'e' && *text != 'E';
         text++) {
        a->is_decimal |= *text == '.';
        if (*text == '.') {
            after = 1;
        } else if (*text < '0' || *text > '9' || sc_i128_mul(&v, v, 10) ||
                   sc_i128_add(&v, v, *text - '0')) {
            return 1;
        } else {
            a->scale += after;
        }
    }
    if (*text != '\0') {
        int is_down = text[1] == '-';

        a->is_decimal = 1;
        for (text += 1 + (text[1] == '-' || text[1] == '+'); *text != '\0';
             text++) {
            exponent = exponent * 10 + (*text - '0');
            if (*text < '0' || *text > '9' || exponent > 2 * SC_A_MAX_SCALE) {
                return 1;
            }
        }
        a->scale -= is_down ? -exponent : exponent;
    }
    for (; a->scale < 0; a->scale++) {
        if (sc_i128_mul(&v, v, 10)) {
            return 1;
        }
    }
    for (; a->scale > 0 && v % 10 == 0; a->scale--) {
        v /= 10;
    }
    a->value = is_negative ? -v : v;
    return a->scale > SC_A_MAX_SCALE;
}

static int same_text(const char *a, const char *b)
{
    return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}

int sc_ast_equal(const sc_ast *a, const sc_ast *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    if (a->kind != b->kind || a->n_args != b->n_args || a->value != b->value ||
        a->scale != b->scale || a->is_star != b->is_star ||
        a->column != b->column) {
        return 0;
    }
    /* t.x and x are the same column. */
    if (a->kind != SC_A_COLUMN && !same_text(a->text, b->text)) {
        return 0;
    }
    for (size_t i = 0; i < a->n_args; i++) {
        if (!sc_ast_equal(a->args[i], b->args[i])) {
            return 0;
        }
    }
    return sc_ast_equal(a->filter, b->filter);
}

sc_ast_kind sc_ast_flip(sc_ast_kind op)
{
    switch (op) {
    case SC_A_LT:
        return SC_A_GT;
    case SC_A_LE:
        return SC_A_GE;
    case SC_A_GT:
        return SC_A_LT;
    case SC_A_GE:
        return SC_A_LE;
    default:
        return op;
    }
}

int sc_ast_holds(sc_ast_kind op, int sign)
{
    switch (op) {
    case SC_A_LT:
        return sign < 0;
    case SC_A_LE:
        return sign <= 0;
    case SC_A_GT:
        return sign > 0;
    case SC_A_GE:
        return sign >= 0;
    case SC_A_EQ:
        return sign == 0;
    default:
        return sign != 0;
    }
}

/* PostgreSQL's FigureColname: a name, or NULL; *is_weak if a cast's or a
 * CASE's own name stands in for a missing one. */
static const char *own_name(const sc_ast *a, int *is_weak)
{
    const char *inner;

    *is_weak = 0;
    switch (a->kind) {
    case SC_A_COLUMN:
    case SC_A_CALL:
        return a->text;
    case SC_A_COALESCE:
        return "coalesce";
    case SC_A_NULLIF:
        return "nullif";
    case SC_A_BOOL:
        *is_weak = 1;
        return "bool";
    case SC_A_CAST:
        inner = own_name(a->args[0], is_weak);
        if (inner != NULL && !*is_weak) {
            return inner;
        }
        *is_weak = 1;
        return a->text;
    case SC_A_CASE:
        inner = own_name(a->args[a->n_args - 1], is_weak);
        if (inner != NULL && !*is_weak) {
            return inner;
        }
        *is_weak = 1;
        return "case";
    default:
        return NULL;
    }
}

const char *sc_ast_heading(const sc_ast *a)
{
    int is_weak;
    const char *name = own_name(a, &is_weak);

    return name == NULL ? "?column?" : name;
}

/* Parts of the text of a query stand in faults: no control characters, and no
 * character that was cut in two at the end. */
static void make_printable(char *text)
{
    size_t last = 0, len = strlen(text), need = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 0x20 || c == 0x7F) {
            text[i] = '?';
        } else if (c == 0xC2 && (unsigned char)text[i + 1] < 0xA0) {
            text[i] = '?'; /* U+0080 .. U+009F */
            text[i + 1] = '?';
        }
        if (c >= 0xC0) {
            last = i;
            need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
        }
    }
    if (need > 0 && len - last < need) {
        text[last] = '\0';
    }
}

sc_err sc_sql_fault(sc_fault *why, sc_err code, const char *sql, size_t at,
                    const char *format, ...)
{
    char text[sizeof why->text];
    unsigned line = 1, column = 1;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    make_printable(text);
    (void)sc_fault_set(why, code, "%s", text);
    if (at == SIZE_MAX) {
        return code;
    }
    for (size_t i = 0; i < at && sql[i] != '\0'; i++) {
        if (sql[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)sql[i] & 0xC0u) != 0x80u) {
            column++; /* a character's first byte */
        }
    }
    sc_fault_at(why, "SQL", line, column);
    return code;
}
