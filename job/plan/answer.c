/* job/plan/answer.c: from the opened vector to the table.
 *
 * A value is noise where the flag of its support is not 0, and whatever reads
 * one such value is suppressed. First the groups are found and put in order,
 * then only those that LIMIT leaves are worked out. The vector is what peers
 * sent: any 128 bits may stand in it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "job/plan/plan.h"

/* A group that is printed unless LIMIT cuts it. */
typedef struct {
    const sc_plan *plan;
    const sc_u128 *flags; /* its cell: flags, then opened values */
    size_t cell;
    int is_undecided; /* HAVING reads noise: kept, nothing of it shown */
    sc_value *by;     /* plan->n_order values; NULL where hidden or a key */
    uint8_t *is_by_hidden;
} group;

static const sc_i128 *opened_of(const group *g)
{
    return (const sc_i128 *)(g->flags + g->plan->n_supports);
}

/* The value of key k in the cell: an index into labels, n_labels for NULL. */
static size_t key_place(const group *g, size_t k)
{
    size_t cell = g->cell;

    for (size_t i = g->plan->n_keys; --i > k;) {
        cell /= sc_key_values(&g->plan->keys[i]);
    }
    return cell % sc_key_values(&g->plan->keys[k]);
}

static sc_err eval(sc_value *out, const sc_finish *f, const group *g)
{
    const char *labels[SC_MAX_KEYS] = {NULL};

    for (size_t k = 0; k < g->plan->n_keys; k++) {
        size_t place = key_place(g, k);

        if (place < g->plan->keys[k].n_labels) {
            labels[k] = g->plan->keys[k].labels[place];
        }
    }
    return sc_finish_eval(out, f, opened_of(g), labels);
}

/* Does f read a value that is noise, or, with any, an opened value at all? */
static int reads(const sc_finish *f, const group *g, int any)
{
    if (f->kind == SC_F_OPENED) {
        return any || g->flags[g->plan->opened[f->index].support] != 0;
    }
    for (size_t i = 0; i < f->n_args; i++) {
        if (reads(f->args[i], g, any)) {
            return 1;
        }
    }
    return 0;
}

static int is_hidden(const sc_finish *f, const group *g)
{
    return reads(f, g, g->is_undecided);
}

/* ---- which groups -------------------------------------------------------- */

/* Rows of the cell: none, known for sure, and a group is what rows make. */
static int is_empty(const group *g)
{
    return g->plan->n_keys > 0 && g->flags[0] == 0 && opened_of(g)[0] == 0;
}

/* HAVING keeps a group if it is true, or if it cannot be known. */
static sc_err pass_having(int *is_kept, group *g)
{
    const sc_finish *having = g->plan->having;
    sc_err err = SC_E_BUG;
    sc_value v;

    sc_value_init(&v);
    *is_kept = 1;
    if (having != NULL && reads(having, g, 0)) {
        g->is_undecided = 1;
    } else if (having != NULL) {
        SC_TRY(eval(&v, having, g));
        SC_REQUIRE(v.kind == SC_V_BOOL || v.kind == SC_V_NULL, SC_E_BUG);
        *is_kept = v.kind == SC_V_BOOL && mpq_sgn(v.q) != 0;
    }
    err = SC_OK;
out:
    sc_value_clear(&v);
    return err;
}

static void free_group(group *g)
{
    for (size_t i = 0; g->by != NULL && i < g->plan->n_order; i++) {
        sc_value_clear(&g->by[i]);
    }
    sc_free(g->by);
    sc_free(g->is_by_hidden);
}

/* What the group is ordered by. */
static sc_err eval_order(group *g)
{
    const sc_plan *p = g->plan;
    sc_err err = SC_E_BUG;

    g->is_by_hidden = sc_alloc(p->n_order, 1);
    SC_REQUIRE(g->is_by_hidden != NULL, SC_E_MEM);
    g->by = sc_alloc(p->n_order, sizeof *g->by);
    SC_REQUIRE(g->by != NULL, SC_E_MEM);
    for (size_t i = 0; i < p->n_order; i++) {
        sc_value_init(&g->by[i]);
    }
    for (size_t i = 0; i < p->n_order; i++) {
        if (p->order[i].key >= 0) {
            continue; /* by its place; a key is never hidden */
        }
        g->is_by_hidden[i] = (uint8_t)is_hidden(p->order[i].by, g);
        if (!g->is_by_hidden[i]) {
            SC_TRY(eval(&g->by[i], p->order[i].by, g));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* groups has room for all cells; on an error the first *n_groups of it are the
 * caller's to free, too. */
static sc_err find_groups(group *groups, size_t *n_groups, const sc_plan *p,
                          const sc_u128 *vector)
{
    sc_err err = SC_E_BUG;

    for (size_t cell = 0; cell < p->n_cells; cell++) {
        group *g = &groups[*n_groups];
        int is_kept = 0;

        *g = (group){.plan = p, .cell = cell};
        g->flags = vector + cell * (p->n_supports + p->n_opened);
        if (is_empty(g)) {
            continue;
        }
        SC_TRY(pass_having(&is_kept, g));
        if (is_kept) {
            (*n_groups)++;
            SC_TRY(eval_order(g));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* ---- in which order ----------------------------------------------------- */

/* Of two values that may be missing: 1 if a goes behind b, -1 before, 0 if both
 * are missing or neither. */
static int compare_missing(int a, int b, int missing_first)
{
    return a == b ? 0 : (a != 0) == (missing_first != 0) ? -1 : 1;
}

/* Is g's i-th ORDER BY expression NULL? place is 0 unless it is a key. */
static int order_place(size_t *place, const group *g, size_t i)
{
    const int key = g->plan->order[i].key;

    *place = key < 0 ? 0 : key_place(g, (size_t)key);
    return key < 0 ? g->by[i].kind == SC_V_NULL
                   : *place == g->plan->keys[key].n_labels;
}

static int compare_by(const group *a, const group *b, size_t i)
{
    const sc_order *o = &a->plan->order[i];
    size_t a_place, b_place;
    const int a_null = order_place(&a_place, a, i);
    const int b_null = order_place(&b_place, b, i);
    int c = (a_place > b_place) - (a_place < b_place);

    if (a_null || b_null) {
        return compare_missing(a_null, b_null, o->nulls_first);
    }
    if (o->key < 0) { /* an expression has one type, so one kind */
        c = (a->by[i].kind > b->by[i].kind) - (a->by[i].kind < b->by[i].kind);
        c = c != 0 ? c : sc_value_compare(&a->by[i], &b->by[i]);
    }
    return o->is_descending ? -c : c;
}

/* For qsort: ORDER BY, what is suppressed last; else the order of the cells. */
static int compare_groups(const void *x, const void *y)
{
    const group *a = x, *b = y;
    int c = 0;

    for (size_t i = 0; c == 0 && i < a->plan->n_order; i++) {
        c = compare_missing(a->is_by_hidden[i], b->is_by_hidden[i], 0);
        if (c == 0 && !a->is_by_hidden[i]) {
            c = compare_by(a, b, i);
        }
    }
    return c != 0 ? c : (a->cell > b->cell) - (a->cell < b->cell);
}

/* ---- the table ----------------------------------------------------------- */

static sc_err new_table(sc_answer **a, const sc_plan *p, size_t n_rows)
{
    const size_t n_out = p->n_outputs;
    sc_answer *made = NULL;
    sc_err err = SC_E_BUG;

    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->n_outputs = n_out;
    made->names = sc_alloc(n_out, sizeof *made->names);
    made->is_numeric = sc_alloc(n_out, 1);
    made->suppressed = sc_alloc(n_rows, n_out);
    made->values = sc_alloc(n_rows, n_out * sizeof *made->values);
    SC_REQUIRE(made->names != NULL && made->is_numeric != NULL &&
                   made->suppressed != NULL && made->values != NULL,
               SC_E_MEM);
    made->n_rows = n_rows;
    for (size_t i = 0; i < n_rows * n_out; i++) {
        sc_value_init(&made->values[i]);
    }
    for (size_t i = 0; i < n_out; i++) {
        made->names[i] = sc_strdup(p->outputs[i].name);
        SC_REQUIRE(made->names[i] != NULL, SC_E_MEM);
        made->is_numeric[i] = p->outputs[i].is_numeric != 0;
    }
    *a = made;
    made = NULL;
    err = SC_OK;
out:
    sc_answer_free(&made);
    return err;
}

static sc_err fill_row(sc_answer *a, size_t row, const group *g)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < a->n_outputs; i++) {
        const sc_finish *f = g->plan->outputs[i].value;
        const size_t at = row * a->n_outputs + i;

        a->suppressed[at] = (uint8_t)is_hidden(f, g);
        if (!a->suppressed[at]) {
            SC_TRY(eval(&a->values[at], f, g));
        }
    }
    err = SC_OK;
out:
    return err;
}

static int shows_noise(const group *g)
{
    for (size_t i = 0; i < g->plan->n_outputs; i++) {
        if (is_hidden(g->plan->outputs[i].value, g)) {
            return 1;
        }
    }
    return 0;
}

/* The rows that OFFSET and LIMIT leave of n: *first and how many. */
static size_t cut(size_t *first, const sc_plan *p, size_t n)
{
    *first = p->offset <= 0 ? 0 : n;
    if (p->offset > 0 && (uint64_t)p->offset < n) {
        *first = (size_t)p->offset;
    }
    n -= *first;
    return p->limit >= 0 && (uint64_t)p->limit < n ? (size_t)p->limit : n;
}

sc_err sc_answer_make(sc_answer **a, const sc_plan *p,
                      const sc_u128 *opened_vector)
{
    size_t n_groups = 0, first = 0, n_rows;
    group *groups = NULL;
    sc_err err = SC_E_BUG;

    *a = NULL;
    groups = sc_alloc(p->n_cells, sizeof *groups);
    SC_REQUIRE(groups != NULL, SC_E_MEM);
    SC_TRY(find_groups(groups, &n_groups, p, opened_vector));
    qsort(groups, n_groups, sizeof *groups, compare_groups);
    n_rows = cut(&first, p, n_groups);
    SC_TRY(new_table(a, p, n_rows));
    for (size_t i = 0; i < n_groups; i++) {
        (*a)->n_suppressed += shows_noise(&groups[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < n_rows; i++) {
        SC_TRY(fill_row(*a, i, &groups[first + i]));
    }
    err = SC_OK;
out:
    for (size_t i = 0; i < n_groups; i++) {
        free_group(&groups[i]);
    }
    sc_free(groups);
    if (err != SC_OK) {
        sc_answer_free(a);
    }
    return err;
}

void sc_answer_free(sc_answer **a)
{
    sc_answer *old = *a;

    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < old->n_rows * old->n_outputs; i++) {
        sc_value_clear(&old->values[i]);
    }
    for (size_t i = 0; old->names != NULL && i < old->n_outputs; i++) {
        sc_free(old->names[i]);
    }
    sc_free(old->names);
    sc_free(old->is_numeric);
    sc_free(old->suppressed);
    sc_free(old->values);
    sc_free(old);
    *a = NULL;
}

/* ---- as JSON ------------------------------------------------------------- */

static sc_err push(json_t *list, json_t *item)
{
    return json_array_append_new(list, item) == 0 ? SC_OK : SC_E_MEM;
}

static sc_err push_value(json_t *row, const sc_value *v, int is_suppressed)
{
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    if (is_suppressed) {
        return push(row, json_pack("{s:b}", "suppressed", 1));
    }
    if (v->kind == SC_V_NULL) {
        return push(row, json_null());
    }
    if (v->kind == SC_V_BOOL) {
        return push(row, json_boolean(mpq_sgn(v->q) != 0));
    }
    SC_TRY(sc_value_print(&text, v));
    SC_TRY(sc_buf_terminate(&text));
    SC_TRY(push(row, json_stringn((const char *)text.p, text.len)));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err push_row(json_t *rows, const sc_answer *a, size_t row)
{
    json_t *values = json_array();
    sc_err err = SC_E_BUG;

    SC_TRY(push(rows, values)); /* now owned by rows */
    for (size_t i = 0; i < a->n_outputs; i++) {
        const size_t at = row * a->n_outputs + i;

        SC_TRY(push_value(values, &a->values[at], a->suppressed[at]));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_answer_json(json_t **out, const sc_answer *a)
{
    json_t *columns = json_array(), *rows = json_array(), *made = NULL;
    sc_err err = SC_E_BUG;

    *out = NULL;
    SC_REQUIRE(columns != NULL && rows != NULL, SC_E_MEM);
    for (size_t i = 0; i < a->n_outputs; i++) {
        SC_TRY(push(columns, json_string(a->names[i])));
    }
    for (size_t i = 0; i < a->n_rows; i++) {
        SC_TRY(push_row(rows, a, i));
    }
    made = json_pack("{s:O,s:O,s:I}", "columns", columns, "rows", rows,
                     "suppressed", (json_int_t)a->n_suppressed);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    *out = made;
    err = SC_OK;
out:
    json_decref(columns);
    json_decref(rows);
    return err;
}
