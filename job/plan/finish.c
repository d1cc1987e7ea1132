/* job/plan/finish.c: walk the tree, exactly.
 *
 * One table says what each node is called in the plan's bytes and how many
 * arguments it takes; a node that breaks it is a bug of the planner. GMP aborts
 * when memory runs out, but its numbers are short: a job's bounds keep opened
 * values under 128 bits, and the tree comes from SC_MAX_SQL_LEN bytes of text. */
#include "job/plan/finish.h"

#include <string.h>

#include "base/mem.h"

#define ROOT_BITS 256 /* behind the point, and of the root's own */

static const struct {
    const char *name;
    size_t min_args, max_args;
} kinds[] = {
    [SC_F_NUMBER] = {"number", 0, 0},
    [SC_F_TEXT] = {"text", 0, 0},
    [SC_F_NULL] = {"null", 0, 0},
    [SC_F_OPENED] = {"opened", 0, 0},
    [SC_F_KEY] = {"key", 0, 0},
    [SC_F_NEG] = {"neg", 1, 1},
    [SC_F_ADD] = {"add", 2, 2},
    [SC_F_SUB] = {"sub", 2, 2},
    [SC_F_MUL] = {"mul", 2, 2},
    [SC_F_DIV] = {"div", 2, 2},
    [SC_F_SQRT] = {"sqrt", 1, 1},
    [SC_F_ABS] = {"abs", 1, 1},
    [SC_F_ROUND] = {"round", 1, 1},
    [SC_F_LT] = {"lt", 2, 2},
    [SC_F_LE] = {"le", 2, 2},
    [SC_F_EQ] = {"eq", 2, 2},
    [SC_F_NE] = {"ne", 2, 2},
    [SC_F_AND] = {"and", 1, SIZE_MAX},
    [SC_F_OR] = {"or", 1, SIZE_MAX},
    [SC_F_NOT] = {"not", 1, 1},
    [SC_F_IS_NULL] = {"is null", 1, 1},
    [SC_F_COALESCE] = {"coalesce", 1, SIZE_MAX},
};

/* What the leaves of a tree stand for in one cell. */
typedef struct {
    const sc_i128 *opened;
    const char *const *key_labels;
} cell;

static sc_err eval(sc_value *out, const sc_finish *f, const cell *c);

static void set_null(sc_value *out)
{
    out->kind = SC_V_NULL;
    out->is_rounded = 0;
    out->text = NULL;
}

static void set_text(sc_value *out, const char *text)
{
    set_null(out);
    if (text != NULL) {
        out->kind = SC_V_TEXT;
        out->text = text;
    }
}

static void set_bool(sc_value *out, int is_true)
{
    set_null(out);
    out->kind = SC_V_BOOL;
    mpq_set_ui(out->q, is_true != 0, 1);
}

/* v * 10^-scale */
static void set_number(sc_value *out, sc_i128 v, unsigned scale)
{
    const sc_u128 size = v < 0 ? -(sc_u128)v : (sc_u128)v;

    set_null(out);
    out->kind = SC_V_NUMBER;
    mpz_import(mpq_numref(out->q), 1, -1, sizeof size, 0, 0, &size);
    if (v < 0) {
        mpz_neg(mpq_numref(out->q), mpq_numref(out->q));
    }
    mpz_ui_pow_ui(mpq_denref(out->q), 10, scale);
    mpq_canonicalize(out->q);
}

/* ---- functions of one value ------------------------------------------- */

/* v = sqrt(v), v >= 0. Not a square of a rational: with r = floor(2^k * root),
 * the root lies strictly between r and r + 1, of 2^-k each; we take the middle.
 * That is never halfway between two doubles, so a later rounding to double is
 * right although this one came first. */
static void take_root(sc_value *v)
{
    mpz_ptr n = mpq_numref(v->q), d = mpq_denref(v->q);
    const size_t n_bits = mpz_sizeinbase(n, 2), d_bits = mpz_sizeinbase(d, 2);
    mp_bitcnt_t k = ROOT_BITS + 2;

    if (mpz_perfect_square_p(n) && mpz_perfect_square_p(d)) {
        mpz_sqrt(n, n);
        mpz_sqrt(d, d);
        return;
    }
    if (d_bits > n_bits) { /* a root below 1 */
        k += (d_bits - n_bits) / 2 + 1;
    }
    mpz_mul_2exp(n, n, 2 * k);
    mpz_tdiv_q(n, n, d);
    mpz_sqrt(n, n);
    mpz_mul_2exp(n, n, 1);
    mpz_add_ui(n, n, 1);
    mpz_set_ui(d, 1);
    mpz_mul_2exp(d, d, k + 1);
    mpq_canonicalize(v->q);
    v->is_rounded = 1;
}

/* v to `digits` behind the point, half away from zero: floor of the size times
 * 10^digits plus a half. Exact from here on. */
static void round_to(sc_value *v, unsigned long digits)
{
    const int sign = mpq_sgn(v->q);
    mpz_t ten;
    mpz_ptr n = mpq_numref(v->q), d = mpq_denref(v->q);

    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, digits);
    mpz_abs(n, n);
    mpz_mul(n, n, ten);
    mpz_mul_2exp(n, n, 1);
    mpz_add(n, n, d);
    mpz_mul_2exp(d, d, 1);
    mpz_fdiv_q(n, n, d);
    mpz_set(d, ten);
    mpz_clear(ten);
    if (sign < 0) {
        mpz_neg(n, n);
    }
    mpq_canonicalize(v->q);
    v->is_rounded = 0;
}

static sc_err eval_unary(sc_value *out, const sc_finish *f, const cell *c)
{
    sc_err err = SC_E_BUG;

    SC_TRY(eval(out, f->args[0], c));
    if (f->kind == SC_F_IS_NULL) {
        set_bool(out, out->kind == SC_V_NULL);
        return SC_OK;
    }
    if (out->kind == SC_V_NULL) {
        return SC_OK;
    }
    SC_REQUIRE(out->kind == (f->kind == SC_F_NOT ? SC_V_BOOL : SC_V_NUMBER),
               SC_E_BUG);
    switch (f->kind) {
    case SC_F_NOT:
        set_bool(out, mpq_sgn(out->q) == 0);
        break;
    case SC_F_NEG:
        mpq_neg(out->q, out->q);
        break;
    case SC_F_ABS:
        mpq_abs(out->q, out->q);
        break;
    case SC_F_ROUND:
        SC_REQUIRE(f->index <= SC_VALUE_MAX_SCALE, SC_E_BUG);
        round_to(out, f->index);
        break;
    default: /* SC_F_SQRT */
        if (mpq_sgn(out->q) < 0) {
            set_null(out);
        } else {
            take_root(out);
        }
    }
    err = SC_OK;
out:
    return err;
}

/* ---- functions of two values ------------------------------------------ */

static void apply_arithmetic(sc_value *a, const sc_value *b,
                             sc_finish_kind kind)
{
    a->is_rounded |= b->is_rounded;
    switch (kind) {
    case SC_F_ADD:
        mpq_add(a->q, a->q, b->q);
        break;
    case SC_F_SUB:
        mpq_sub(a->q, a->q, b->q);
        break;
    case SC_F_MUL:
        mpq_mul(a->q, a->q, b->q);
        break;
    default: /* SC_F_DIV */
        if (mpq_sgn(b->q) == 0) {
            set_null(a);
        } else {
            mpq_div(a->q, a->q, b->q);
        }
    }
}

static int holds(sc_finish_kind kind, int order)
{
    switch (kind) {
    case SC_F_LT:
        return order < 0;
    case SC_F_LE:
        return order <= 0;
    case SC_F_EQ:
        return order == 0;
    default: /* SC_F_NE */
        return order != 0;
    }
}

static sc_err eval_binary(sc_value *out, const sc_finish *f, const cell *c)
{
    const int is_comparison = f->kind >= SC_F_LT;
    sc_err err = SC_E_BUG;
    sc_value b;

    sc_value_init(&b);
    SC_TRY(eval(out, f->args[0], c));
    SC_TRY(eval(&b, f->args[1], c));
    if (out->kind == SC_V_NULL || b.kind == SC_V_NULL) {
        set_null(out);
    } else {
        SC_REQUIRE(out->kind == b.kind, SC_E_BUG);
        SC_REQUIRE(is_comparison || b.kind == SC_V_NUMBER, SC_E_BUG);
        if (is_comparison) {
            set_bool(out, holds(f->kind, sc_value_compare(out, &b)));
        } else {
            apply_arithmetic(out, &b, f->kind);
        }
    }
    err = SC_OK;
out:
    sc_value_clear(&b);
    return err;
}

/* ---- functions of many ------------------------------------------------ */

/* AND is false if anything is, OR true; else NULL if anything is. */
static sc_err eval_logic(sc_value *out, const sc_finish *f, const cell *c)
{
    const int decides = f->kind == SC_F_OR;
    int has_null = 0, is_decided = 0;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < f->n_args; i++) {
        SC_TRY(eval(out, f->args[i], c));
        SC_REQUIRE(out->kind == SC_V_NULL || out->kind == SC_V_BOOL, SC_E_BUG);
        has_null |= out->kind == SC_V_NULL;
        is_decided |=
            out->kind == SC_V_BOOL && (mpq_sgn(out->q) != 0) == decides;
    }
    if (has_null && !is_decided) {
        set_null(out);
    } else {
        set_bool(out, is_decided ? decides : !decides);
    }
    err = SC_OK;
out:
    return err;
}

static sc_err eval_coalesce(sc_value *out, const sc_finish *f, const cell *c)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < f->n_args; i++) {
        SC_TRY(eval(out, f->args[i], c));
        if (out->kind != SC_V_NULL) {
            break;
        }
    }
    err = SC_OK;
out:
    return err;
}

static int is_well_formed(const sc_finish *f)
{
    return (size_t)f->kind < sizeof kinds / sizeof *kinds &&
           f->n_args >= kinds[f->kind].min_args &&
           f->n_args <= kinds[f->kind].max_args &&
           f->scale <= SC_FINISH_MAX_SCALE;
}

static sc_err eval(sc_value *out, const sc_finish *f, const cell *c)
{
    if (!is_well_formed(f)) {
        return SC_E_BUG;
    }
    switch (f->kind) {
    case SC_F_NUMBER:
        set_number(out, f->value, f->scale);
        return SC_OK;
    case SC_F_OPENED:
        set_number(out, c->opened[f->index], f->scale);
        return SC_OK;
    case SC_F_TEXT:
        set_text(out, f->text);
        return SC_OK;
    case SC_F_KEY:
        set_text(out, c->key_labels[f->index]);
        return SC_OK;
    case SC_F_NULL:
        set_null(out);
        return SC_OK;
    case SC_F_AND:
    case SC_F_OR:
        return eval_logic(out, f, c);
    case SC_F_COALESCE:
        return eval_coalesce(out, f, c);
    default:
        return f->n_args == 1 ? eval_unary(out, f, c) : eval_binary(out, f, c);
    }
}

sc_err sc_finish_eval(sc_value *out, const sc_finish *f, const sc_i128 *opened,
                      const char *const *key_labels)
{
    const cell c = {opened, key_labels};
    sc_err err = eval(out, f, &c);

    if (err != SC_OK) {
        set_null(out);
    }
    return err;
}

void sc_finish_free(sc_finish **f)
{
    if (*f == NULL) {
        return;
    }
    for (size_t i = 0; i < (*f)->n_args; i++) {
        sc_finish_free(&(*f)->args[i]);
    }
    sc_free((*f)->args);
    sc_free((*f)->text);
    sc_free(*f);
    *f = NULL;
}

/* ---- the plan's bytes -------------------------------------------------- */

/* Append and own; SC_E_MEM if item is NULL, too. */
static sc_err push(json_t *list, json_t *item)
{
    return json_array_append_new(list, item) == 0 ? SC_OK : SC_E_MEM;
}

static sc_err push_leaf(json_t *list, const sc_finish *f)
{
    char digits[SC_I128_TEXT_LEN];
    sc_err err = SC_E_BUG;

    switch (f->kind) {
    case SC_F_NUMBER:
        sc_i128_print(digits, f->value, 0);
        SC_TRY(push(list, json_string(digits)));
        SC_TRY(push(list, json_integer(f->scale)));
        break;
    case SC_F_TEXT:
        SC_TRY(push(list, json_string(f->text)));
        break;
    case SC_F_OPENED:
        SC_TRY(push(list, json_integer((json_int_t)f->index)));
        SC_TRY(push(list, json_integer(f->scale)));
        break;
    case SC_F_KEY:
    case SC_F_ROUND:
        SC_TRY(push(list, json_integer((json_int_t)f->index)));
        break;
    default:
        break;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_finish_json(json_t **out, const sc_finish *f)
{
    json_t *list = NULL, *arg = NULL;
    sc_err err = SC_E_BUG;

    *out = NULL;
    SC_REQUIRE(is_well_formed(f), SC_E_BUG);
    list = json_array();
    SC_REQUIRE(list != NULL, SC_E_MEM);
    SC_TRY(push(list, json_string(kinds[f->kind].name)));
    SC_TRY(push_leaf(list, f));
    for (size_t i = 0; i < f->n_args; i++) {
        SC_TRY(sc_finish_json(&arg, f->args[i]));
        SC_TRY(push(list, arg));
    }
    *out = list;
    list = NULL;
    err = SC_OK;
out:
    json_decref(list);
    return err;
}
