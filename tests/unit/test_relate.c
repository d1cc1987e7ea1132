/* tests/unit/test_relate.c: what is proven of conditions, held against every row
 * that there can be of a table of three small columns. */
#include <string.h>

#include "base/mem.h"
#include "job/plan/relate.h"
#include "tests/kat.h"

#define SEEDS 4000

static uint64_t random_state;

static unsigned below(unsigned n)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(random_state >> 33) % n;
}

/* a in 0..5 may be NULL, b in -2..2 may be NULL, c in 0..1 never. */
static sc_column columns[3] = {
    {.name = "a", .type = SC_T_INTEGER, .min = 0, .max = 5},
    {.name = "b", .type = SC_T_INTEGER, .min = -2, .max = 2},
    {.name = "c", .type = SC_T_BOOLEAN, .min = 0, .max = 1, .is_required = 1},
};
static const sc_table table = {.name = "t", .columns = columns, .n_columns = 3};

typedef struct {
    int64_t v[3];
    int is_null[3];
} row;

static sc_pred *leaf(void)
{
    size_t c = below(3);
    const sc_column *col = &columns[c];
    unsigned span = (unsigned)(col->max - col->min) + 1;
    int64_t v = col->min + (int64_t)below(span), w[2];

    switch (below(3)) {
    case 0:
        return sc_pred_less(col, c, v + (int64_t)below(2));
    case 1:
        w[0] = v;
        w[1] = col->min + (int64_t)below(span);
        return sc_pred_in(col, c, w, 1 + below(2));
    default:
        return sc_pred_is_null(c);
    }
}

static sc_pred *tree(unsigned depth)
{
    sc_pred *p;

    if (depth == 0 || below(4) == 0) {
        p = leaf();
    } else {
        p = sc_pred_both(below(2) ? SC_P_AND : SC_P_OR, tree(depth - 1),
                         tree(depth - 1));
    }
    return below(3) == 0 ? sc_pred_not(p) : p;
}

/* Three-valued, spelt out anew: 0, 1, or 2 for NULL. */
static int value_of(const sc_pred *p, const row *r)
{
    int out, x;

    switch (p->kind) {
    case SC_P_CONST:
        return p->value == SC_P_NULL ? 2 : p->value == 1;
    case SC_P_IS_NULL:
        return r->is_null[p->column];
    case SC_P_LESS:
        return r->is_null[p->column] ? 2 : r->v[p->column] < p->value;
    case SC_P_IN:
        for (size_t i = 0; i < p->n_values; i++) {
            if (!r->is_null[p->column] && r->v[p->column] == p->values[i]) {
                return 1;
            }
        }
        return r->is_null[p->column] ? 2 : 0;
    case SC_P_NOT:
        x = value_of(p->args[0], r);
        return x == 2 ? 2 : !x;
    default:
        out = p->kind == SC_P_AND;
        for (size_t i = 0; i < p->n_args; i++) {
            x = value_of(p->args[i], r);
            if (x == (p->kind == SC_P_OR)) {
                return x;
            }
            out = x == 2 ? 2 : out;
        }
        return out;
    }
}

static int passes(const sc_pred *p, uint64_t need, const row *r)
{
    for (size_t c = 0; c < 3; c++) {
        if ((need >> c & 1) != 0 && r->is_null[c]) {
            return 0;
        }
    }
    return p == NULL || value_of(p, r) == 1;
}

/* All 7 * 6 * 2 rows. */
static size_t all_rows(row out[84])
{
    size_t n = 0;

    for (int64_t a = 0; a <= 6; a++) {
        for (int64_t b = -2; b <= 3; b++) {
            for (int64_t c = 0; c <= 1; c++) {
                out[n++] = (row){.v = {a, b, c}, .is_null = {a > 5, b > 2, 0}};
            }
        }
    }
    return n;
}

static void test_simplify(void **state)
{
    row rows[84];
    size_t n = all_rows(rows), n_gone = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t need = 0;
        sc_pred *p, *plain;

        random_state = seed;
        p = tree(3);
        plain = sc_pred_clone(p);
        assert_true(p != NULL && plain != NULL && sc_pred_equal(p, plain));
        sc_relate_simplify(&plain, &need, &table);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(passes(p, 0, &rows[i]),
                             passes(plain, need, &rows[i]));
        }
        n_gone += plain == NULL;
        sc_pred_free(&p);
        sc_pred_free(&plain);
    }
    assert_true(n_gone > SEEDS / 100); /* it does something */
}

/* The forms by which one set of rows could be asked for under many names. */
static void test_names_of_all(void **state)
{
    const int64_t all[] = {0, 1, 2, 3, 4, 5};
    sc_pred *p =
        sc_pred_in(&columns[0], 0, all, 6); /* a is any of its values */
    uint64_t need = 0;

    (void)state;
    sc_relate_simplify(&p, &need, &table);
    assert_null(p);
    assert_int_equal(1, need);
    need = 0;
    p = sc_pred_both(SC_P_AND, sc_pred_not(sc_pred_less(&columns[1], 1, -2)),
                     sc_pred_not(sc_pred_is_null(0)));
    sc_relate_simplify(&p, &need, &table);
    assert_null(p);
    assert_int_equal(3, need);
    need = 0;
    p = sc_pred_both(SC_P_OR, sc_pred_is_null(0),
                     sc_pred_not(sc_pred_less(&columns[0], 0, 0)));
    sc_relate_simplify(&p, &need, &table);
    assert_null(p);
    assert_int_equal(0, need);
    p = sc_pred_not(sc_pred_is_null(2)); /* c is never NULL */
    sc_relate_simplify(&p, &need, &table);
    assert_null(p);
    assert_int_equal(0, need);
}

static void test_disjoint(void **state)
{
    row rows[84];
    size_t n = all_rows(rows), n_proven = 0, n_true = 0, work;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t need_p, need_q;
        sc_pred *p, *q;
        int meet = 0, proven;

        random_state = seed;
        need_p = below(4);
        need_q = below(4);
        p = tree(2);
        q = tree(2);
        for (size_t i = 0; i < n; i++) {
            meet |= passes(p, need_p, &rows[i]) && passes(q, need_q, &rows[i]);
        }
        proven = sc_relate_is_disjoint(&work, p, need_p, q, need_q, &table);
        assert_true(work > 0);
        assert_false(proven && meet);
        n_proven += (size_t)proven;
        n_true += !meet;
        sc_pred_free(&p);
        sc_pred_free(&q);
    }
    assert_true(2 * n_proven > n_true); /* most of what there is to prove */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simplify),
        cmocka_unit_test(test_names_of_all),
        cmocka_unit_test(test_disjoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
