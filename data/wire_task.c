/* data/wire_task.c: a fragment as bytes. Sums that share a filter carry it each
 * for itself: fragments are small, and the child needs no table of them. */
#include "data/cursor.h"
#include "data/wire.h"

#define MAX_DEPTH 1000   /* of a predicate; the planner's limit is far below */
#define MAX_ARGS  65536  /* of one AND or OR */
#define MAX_IN    65536  /* values of one IN */
#define NO_COLUMN 0xffff /* SC_NO_COLUMN on the wire */

/* ---- predicates ------------------------------------------------------ */

static sc_err put_pred(sc_buf *out, const sc_pred *p)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_u64(out, p->kind));
    SC_TRY(sc_put_u64(out, p->column));
    SC_TRY(sc_put_u64(out, (uint64_t)p->value));
    SC_TRY(sc_put_u64(out, p->n_values));
    for (size_t i = 0; i < p->n_values; i++) {
        SC_TRY(sc_put_u64(out, (uint64_t)p->values[i]));
    }
    SC_TRY(sc_put_u64(out, p->n_args));
    for (size_t i = 0; i < p->n_args; i++) {
        SC_TRY(put_pred(out, p->args[i]));
    }
    err = SC_OK;
out:
    return err;
}

static sc_pred *get_pred(sc_cursor *in, unsigned depth)
{
    sc_pred *p = sc_cursor_alloc(in, 1, sizeof *p);

    if (p == NULL) {
        return NULL;
    }
    p->kind = (sc_pred_kind)sc_cursor_u64(in, SC_P_OR);
    p->column = (size_t)sc_cursor_u64(in, SC_MAX_COLUMNS - 1);
    p->value = sc_cursor_i64(in);
    p->n_values = sc_cursor_count(in, MAX_IN, 8);
    p->values = sc_cursor_alloc(in, p->n_values, sizeof *p->values);
    for (size_t i = 0; p->values != NULL && i < p->n_values; i++) {
        p->values[i] = sc_cursor_i64(in);
    }
    p->n_args = sc_cursor_count(in, MAX_ARGS, 40);
    p->args = sc_cursor_alloc(in, p->n_args, sizeof *p->args);
    if (p->args == NULL || depth >= MAX_DEPTH) {
        sc_cursor_break(in, SC_E_WIRE);
        return p;
    }
    for (size_t i = 0; i < p->n_args && in->err == SC_OK; i++) {
        p->args[i] = get_pred(in, depth + 1);
    }
    return p;
}

static sc_err put_optional(sc_buf *out, const sc_pred *p)
{
    sc_err err = sc_put_u64(out, p != NULL);

    return err == SC_OK && p != NULL ? put_pred(out, p) : err;
}

static sc_pred *get_optional(sc_cursor *in)
{
    return sc_cursor_u64(in, 1) == 1 ? get_pred(in, 0) : NULL;
}

/* ---- keys ------------------------------------------------------------ */

static sc_err put_key(sc_buf *out, const sc_key *k)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_u64(out, k->column));
    SC_TRY(sc_put_u64(out, k->n_labels));
    SC_TRY(sc_put_u64(out, k->has_null != 0));
    SC_TRY(sc_put_u64(out, k->outcome_null));
    SC_TRY(sc_put_u64(out, k->n_breaks));
    for (size_t i = 0; i < k->n_breaks; i++) {
        SC_TRY(sc_put_u64(out, (uint64_t)k->breaks[i]));
    }
    for (size_t i = 0; i <= k->n_breaks; i++) {
        SC_TRY(sc_put_u64(out, k->outcome[i]));
    }
    err = SC_OK;
out:
    return err;
}

static void get_key(sc_cursor *in, sc_key *k)
{
    k->column = (size_t)sc_cursor_u64(in, SC_MAX_COLUMNS - 1);
    k->n_labels = (size_t)sc_cursor_u64(in, SC_MAX_CELLS);
    k->has_null = (int)sc_cursor_u64(in, 1);
    k->outcome_null = (uint32_t)sc_cursor_u64(in, SC_MAX_CELLS);
    k->n_breaks = sc_cursor_count(in, SC_MAX_CELLS, 16);
    k->breaks = sc_cursor_alloc(in, k->n_breaks, sizeof *k->breaks);
    k->outcome = sc_cursor_alloc(in, k->n_breaks + 1, sizeof *k->outcome);
    if (k->breaks == NULL || k->outcome == NULL) {
        return;
    }
    for (size_t i = 0; i < k->n_breaks; i++) {
        k->breaks[i] = sc_cursor_i64(in);
    }
    for (size_t i = 0; i <= k->n_breaks; i++) {
        k->outcome[i] = (uint32_t)sc_cursor_u64(in, SC_MAX_CELLS);
    }
}

/* ---- sums ------------------------------------------------------------ */

static uint64_t column_out(size_t column)
{
    return column == SC_NO_COLUMN ? NO_COLUMN : column;
}

static size_t column_in(uint64_t column)
{
    return column == NO_COLUMN ? SC_NO_COLUMN : (size_t)column;
}

static sc_err put_sum(sc_buf *out, const sc_local_sum *s)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_u64(out, s->need));
    SC_TRY(sc_put_u64(out, column_out(s->a)));
    SC_TRY(sc_put_u64(out, column_out(s->b)));
    SC_TRY(sc_put_u64(out, s->bits));
    SC_TRY(put_optional(out, s->filter));
    err = SC_OK;
out:
    return err;
}

static void get_sum(sc_cursor *in, sc_local_sum *s, sc_pred **filter)
{
    s->need = sc_cursor_u64(in, UINT64_MAX);
    s->a = column_in(sc_cursor_u64(in, NO_COLUMN));
    s->b = column_in(sc_cursor_u64(in, NO_COLUMN));
    s->bits = (unsigned)sc_cursor_u64(in, 128);
    s->filter = *filter = get_optional(in);
}

/* ---- RUN ------------------------------------------------------------- */

sc_err sc_engine_put_run(sc_buf *out, size_t source, int is_clean,
                         const sc_fragment *f)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_u64(out, source));
    SC_TRY(sc_put_u64(out, is_clean != 0));
    SC_TRY(put_optional(out, f->where));
    SC_TRY(sc_put_u64(out, f->n_keys));
    for (size_t i = 0; i < f->n_keys; i++) {
        SC_TRY(put_key(out, &f->keys[i]));
    }
    SC_TRY(sc_put_u64(out, f->n_sums));
    for (size_t i = 0; i < f->n_sums; i++) {
        SC_TRY(put_sum(out, &f->sums[i]));
    }
    err = SC_OK;
out:
    return err;
}

static void get_parts(sc_engine_task *t, sc_cursor *in)
{
    size_t n;

    t->where = get_optional(in);
    n = sc_cursor_count(in, SC_MAX_KEYS, 48);
    t->keys = sc_cursor_alloc(in, n, sizeof *t->keys);
    t->fragment.n_keys = t->keys != NULL ? n : 0;
    for (size_t i = 0; i < t->fragment.n_keys; i++) {
        get_key(in, &t->keys[i]);
    }
    n = sc_cursor_count(in, SC_ENGINE_MAX_SUMS, 40);
    t->sums = sc_cursor_alloc(in, n, sizeof *t->sums);
    t->filters = sc_cursor_alloc(in, n, sizeof *t->filters);
    if (t->sums == NULL || t->filters == NULL) {
        return;
    }
    t->fragment.n_sums = n;
    for (size_t i = 0; i < n; i++) {
        get_sum(in, &t->sums[i], &t->filters[i]);
    }
}

sc_err sc_engine_get_run(sc_engine_task *t, sc_bytes bytes,
                         const sc_source *sources, size_t n_sources)
{
    sc_cursor in = sc_cursor_make(bytes);
    sc_err err;

    *t = (sc_engine_task){0};
    if (n_sources == 0) {
        return SC_E_WIRE;
    }
    t->source = (size_t)sc_cursor_u64(&in, n_sources - 1);
    t->is_clean = (int)sc_cursor_u64(&in, 1);
    get_parts(t, &in);
    t->fragment.table = sources[t->source].table;
    t->fragment.where = t->where;
    t->fragment.keys = t->keys;
    t->fragment.sums = t->sums;
    err = sc_cursor_end(&in);
    if (err == SC_OK && sc_fragment_cells(&t->fragment) > SC_MAX_CELLS) {
        err = SC_E_WIRE;
    }
    if (err != SC_OK) {
        sc_engine_task_clear(t);
    }
    return err;
}

void sc_engine_task_clear(sc_engine_task *t)
{
    for (size_t i = 0; i < t->fragment.n_keys; i++) {
        sc_free(t->keys[i].breaks);
        sc_free(t->keys[i].outcome);
    }
    for (size_t i = 0; i < t->fragment.n_sums; i++) {
        sc_pred_free(&t->filters[i]);
    }
    sc_pred_free(&t->where);
    sc_free(t->keys);
    sc_free(t->sums);
    sc_free(t->filters);
    *t = (sc_engine_task){0};
}
