/* job/plan/key_build.c: stretches of a column's domain and their outcomes. */
#include "job/plan/key_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Room for one more in an array of `size` bytes an element. */
static sc_err grow(void **array, size_t *cap, size_t n, size_t size)
{
    size_t more = *cap == 0 ? 16 : 2 * *cap;
    void *grown;

    if (n < *cap) {
        return SC_OK;
    }
    grown = sc_alloc(more, size);
    if (grown == NULL) {
        return SC_E_MEM;
    }
    if (n > 0) {
        memcpy(grown, *array, n * size);
    }
    sc_free(*array);
    *array = grown;
    *cap = more;
    return SC_OK;
}

sc_err sc_key_build_label(sc_key_build *b, uint32_t *label, const char *text)
{
    sc_err err = SC_E_BUG;
    void *labels = b->key.labels;

    SC_TRY(grow(&labels, &b->labels_cap, b->key.n_labels, sizeof(char *)));
    b->key.labels = labels;
    b->key.labels[b->key.n_labels] = sc_strdup(text);
    SC_REQUIRE(b->key.labels[b->key.n_labels] != NULL, SC_E_MEM);
    *label = (uint32_t)b->key.n_labels++;
    err = SC_OK;
out:
    return err;
}

sc_err sc_key_build_label_once(sc_key_build *b, uint32_t *label,
                               const char *text)
{
    for (size_t i = 0; i < b->key.n_labels; i++) {
        if (strcmp(b->key.labels[i], text) == 0) {
            *label = (uint32_t)i;
            return SC_OK;
        }
    }
    return sc_key_build_label(b, label, text);
}

sc_err sc_key_build_piece(sc_key_build *b, int64_t start, uint32_t outcome)
{
    void *pieces = b->pieces;
    sc_err err = SC_E_BUG;

    if (b->n_pieces > 0 && b->pieces[b->n_pieces - 1].outcome == outcome) {
        return SC_OK;
    }
    SC_TRY(grow(&pieces, &b->pieces_cap, b->n_pieces, sizeof *b->pieces));
    b->pieces = pieces;
    b->pieces[b->n_pieces++] = (sc_key_piece){start, outcome};
    err = SC_OK;
out:
    return err;
}

/* ---- predicates ----------------------------------------------------- */

/* Every point where p may change, and the only column it speaks of. */
typedef struct {
    int64_t *points;
    size_t n_points, cap;
    size_t column;
    int is_mixed;
} changes;

static sc_err add_point(changes *c, int64_t v)
{
    void *points = c->points;
    sc_err err = grow(&points, &c->cap, c->n_points, sizeof v);

    c->points = points;
    if (err == SC_OK) {
        c->points[c->n_points++] = v;
    }
    return err;
}

static sc_err find_changes(changes *c, const sc_pred *p)
{
    sc_err err = SC_E_BUG;

    if (p->kind == SC_P_LESS || p->kind == SC_P_IN || p->kind == SC_P_IS_NULL) {
        c->is_mixed |= c->column != SC_NO_COLUMN && c->column != p->column;
        c->column = p->column;
    }
    if (p->kind == SC_P_LESS) {
        SC_TRY(add_point(c, p->value));
    }
    for (size_t i = 0; i < p->n_values; i++) {
        SC_TRY(add_point(c, p->values[i]));
        SC_TRY(add_point(c, p->values[i] + 1));
    }
    for (size_t i = 0; i < p->n_args; i++) {
        SC_TRY(find_changes(c, p->args[i]));
    }
    err = SC_OK;
out:
    return err;
}

static int by_value(const void *a, const void *b)
{
    int64_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static uint32_t outcome_at(const sc_key_rules *rules, int64_t v, int is_null)
{
    for (size_t i = 0; i < rules->n_preds; i++) {
        sc_truth t = sc_pred_eval(rules->preds[i], v, is_null);

        if (t == SC_TRUTH_TRUE) {
            return rules->labels[i];
        }
        if (t == SC_TRUTH_NULL && rules->is_condition) {
            return SC_KEY_NULL;
        }
    }
    return rules->otherwise;
}

sc_err sc_key_build_preds(sc_planner *pl, sc_key_build *b,
                          const sc_key_rules *rules, size_t at)
{
    changes c = {.column = SC_NO_COLUMN};
    const sc_column *col;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < rules->n_preds; i++) {
        SC_TRY(find_changes(&c, rules->preds[i]));
    }
    if (c.is_mixed || c.column == SC_NO_COLUMN) {
        SC_TRY(sc_planner_refuse(pl, SC_E_CONFIG, at,
                                 "group by two expressions instead",
                                 "a group is a function of one column"));
    }
    b->key.column = c.column;
    col = sc_planner_column(pl, c.column);
    SC_TRY(add_point(&c, col->min));
    SC_TRY(sc_planner_work(pl, c.n_points * rules->n_preds, at));
    qsort(c.points, c.n_points, sizeof *c.points, by_value);
    for (size_t i = 0; i < c.n_points; i++) {
        int64_t v = c.points[i];

        if (v < col->min || v > col->max || (i > 0 && v == c.points[i - 1])) {
            continue;
        }
        SC_TRY(sc_key_build_piece(b, v, outcome_at(rules, v, 0)));
    }
    b->key.outcome_null = outcome_at(rules, 0, 1);
    err = SC_OK;
out:
    sc_free(c.points);
    return err;
}

/* ---- the end -------------------------------------------------------- */

typedef struct {
    sc_i128 value; /* its place among the labels */
    uint32_t label;
} ranked;

static int by_rank(const void *a, const void *b)
{
    ranked x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x.value > y.value) - (x.value < y.value);
}

/* Numbers and booleans by value, others where the domain first meets them. */
static sc_err rank(const sc_key_build *b, ranked *r, uint32_t label, size_t n)
{
    const char *text = b->key.labels[label];

    r->label = label;
    r->value = b->kind == SC_LABEL_BOOL ? text[0] == 't' : (sc_i128)n;
    return b->kind == SC_LABEL_NUMBER
               ? sc_i128_parse(&r->value, sc_bytes_of(text), 18)
               : SC_OK;
}

/* list: the labels in use, in their new order; place: of each old label. */
static sc_err arrange(const sc_key_build *b, int is_nullable, ranked *list,
                      uint32_t *place, size_t *n)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < b->key.n_labels; i++) {
        place[i] = SC_KEY_NULL;
    }
    for (size_t i = 0; i < b->n_pieces + (is_nullable ? 1 : 0); i++) {
        uint32_t label =
            i < b->n_pieces ? b->pieces[i].outcome : b->key.outcome_null;

        if (label != SC_KEY_NULL && place[label] == SC_KEY_NULL) {
            SC_TRY(rank(b, &list[*n], label, *n));
            place[label] = 0;
            (*n)++;
        }
    }
    qsort(list, *n, sizeof *list, by_rank);
    for (size_t i = 0; i < *n; i++) {
        place[list[i].label] = (uint32_t)i;
    }
    err = SC_OK;
out:
    return err;
}

/* Labels into the order of list, the unused ones released. */
static sc_err take_labels(sc_key *k, const ranked *list, const uint32_t *place,
                          size_t n)
{
    char **labels = sc_alloc(n, sizeof *labels);

    if (labels == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < n; i++) {
        labels[i] = k->labels[list[i].label];
    }
    for (size_t i = 0; i < k->n_labels; i++) {
        if (place[i] == SC_KEY_NULL) {
            sc_free(k->labels[i]);
        }
    }
    sc_free(k->labels);
    k->labels = labels;
    k->n_labels = n;
    return SC_OK;
}

static uint32_t final_outcome(sc_key *k, uint32_t outcome,
                              const uint32_t *place)
{
    if (outcome == SC_KEY_NULL) {
        k->has_null = 1;
        return (uint32_t)k->n_labels;
    }
    return place[outcome];
}

sc_err sc_key_build_end(sc_planner *pl, sc_key_build *b, size_t at)
{
    sc_key *k = &b->key;
    int is_nullable = !sc_planner_column(pl, k->column)->is_required;
    ranked *list = sc_alloc(k->n_labels, sizeof *list);
    uint32_t *place = sc_alloc(k->n_labels, sizeof *place);
    size_t n = 0;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(list != NULL && place != NULL, SC_E_MEM);
    SC_TRY(sc_planner_work(pl, b->n_pieces, at));
    SC_TRY(arrange(b, is_nullable, list, place, &n));
    if (n == 0) {
        SC_TRY(sc_planner_refuse(pl, SC_E_CONFIG, at, "",
                                 "this group is always NULL"));
    }
    SC_TRY(take_labels(k, list, place, n));
    k->breaks = sc_alloc(b->n_pieces, sizeof *k->breaks);
    k->outcome = sc_alloc(b->n_pieces, sizeof *k->outcome);
    SC_REQUIRE(k->breaks != NULL && k->outcome != NULL, SC_E_MEM);
    k->n_breaks = b->n_pieces - 1;
    for (size_t i = 0; i < b->n_pieces; i++) {
        if (i > 0) {
            k->breaks[i - 1] = b->pieces[i].start;
        }
        k->outcome[i] = final_outcome(k, b->pieces[i].outcome, place);
    }
    if (is_nullable) {
        k->outcome_null = final_outcome(k, k->outcome_null, place);
    } else { /* no row has it; a valid number all the same */
        k->outcome_null = k->has_null ? (uint32_t)k->n_labels : 0;
    }
    err = SC_OK;
out:
    sc_free(list);
    sc_free(place);
    return err;
}
