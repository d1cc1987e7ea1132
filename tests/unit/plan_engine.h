/* tests/unit/plan_engine.h: what an owner's engine does with a fragment, by the
 * words of data/fragment.h, over rows in memory. Slow and plain. */
#ifndef SC_TESTS_PLAN_ENGINE_H
#define SC_TESTS_PLAN_ENGINE_H

#include "tests/unit/plan_fixture.h"

typedef struct {
    int64_t v[N_COLUMNS];
    int is_null[N_COLUMNS];
} row;

enum { FALSE_, TRUE_, NULL_ };

static int engine_list(const sc_pred *p, const row *r);

static int engine_pred(const sc_pred *p, const row *r)
{
    int t;

    switch (p->kind) {
    case SC_P_CONST:
        return p->value == SC_P_NULL ? NULL_ : (int)p->value;
    case SC_P_LESS:
        return r->is_null[p->column] ? NULL_ : r->v[p->column] < p->value;
    case SC_P_IN:
        for (size_t i = 0; i < p->n_values; i++) {
            if (!r->is_null[p->column] && r->v[p->column] == p->values[i]) {
                return TRUE_;
            }
        }
        return r->is_null[p->column] ? NULL_ : FALSE_;
    case SC_P_IS_NULL:
        return r->is_null[p->column];
    case SC_P_NOT:
        t = engine_pred(p->args[0], r);
        return t == NULL_ ? NULL_ : !t;
    default:
        return engine_list(p, r);
    }
}

static int engine_list(const sc_pred *p, const row *r)
{
    int decides = p->kind == SC_P_OR, out = !decides;

    for (size_t i = 0; i < p->n_args; i++) {
        int t = engine_pred(p->args[i], r);

        if (t == decides) {
            return t;
        }
        out = t == NULL_ ? t : out;
    }
    return out;
}

static size_t engine_cell(const sc_fragment *f, const row *r)
{
    size_t cell = 0;

    for (size_t i = 0; i < f->n_keys; i++) {
        const sc_key *k = &f->keys[i];
        size_t piece = 0;

        while (piece < k->n_breaks && k->breaks[piece] <= r->v[k->column]) {
            piece++;
        }
        cell = cell * sc_key_values(k) +
               (r->is_null[k->column] ? k->outcome_null : k->outcome[piece]);
    }
    return cell;
}

static int engine_counts(const sc_local_sum *s, const row *r)
{
    for (size_t c = 0; c < N_COLUMNS; c++) {
        if ((s->need >> c & 1) != 0 && r->is_null[c]) {
            return 0;
        }
    }
    return s->filter == NULL || engine_pred(s->filter, r) == TRUE_;
}

/* sums += the fragment's over rows; a sum over a NULL that `need` leaves in is
 * a bug of the plan. Nonzero if there was one, or a bound does not hold. */
static int engine_run(const sc_fragment *f, const row *rows, size_t n_rows,
                      sc_i128 *sums)
{
    int is_bad = 0;

    for (size_t i = 0; i < n_rows; i++) {
        const row *r = &rows[i];
        size_t cell = engine_cell(f, r);

        if (f->where != NULL && engine_pred(f->where, r) != TRUE_) {
            continue;
        }
        for (size_t j = 0; j < f->n_sums; j++) {
            const sc_local_sum *s = &f->sums[j];
            sc_i128 a = s->a == SC_NO_COLUMN ? 1 : r->v[s->a];
            sc_i128 b = s->b == SC_NO_COLUMN ? 1 : r->v[s->b];

            if (!engine_counts(s, r)) {
                continue;
            }
            is_bad |= s->a != SC_NO_COLUMN && r->is_null[s->a];
            is_bad |= s->b != SC_NO_COLUMN && r->is_null[s->b];
            is_bad |= sc_i128_bits(a * b) > s->bits;
            sums[cell * f->n_sums + j] += a * b;
        }
    }
    return is_bad;
}

#endif
