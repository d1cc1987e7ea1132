/* tests/unit/test_plan_property.c: random queries over random rows of three
 * owners, through plan, engine, encoding and answer, against the statistics
 * worked out directly from all rows. */
#include <math.h>
#include <string.h>

#include "job/plan/finish.h"
#include "tests/kat.h"
#include "tests/unit/plan_random.h"

#define ROWS     60 /* of all owners; 20 each */
#define N_OWNERS 3
#define QUERIES  600

/* ---- the plan's way -------------------------------------------------- */

static sc_answer *answer_of(const sc_plan *p, const row *rows)
{
    size_t n = sc_plan_vector_len(p), n_sums = p->n_cells * p->n_sums;
    sc_i128 *sums = sc_alloc(n_sums, sizeof *sums);
    sc_u128 *vector = sc_alloc(n, sizeof *vector);
    sc_u128 *opened = sc_alloc(n, sizeof *opened);
    sc_rng rng = sc_rng_system();
    sc_answer *a = NULL;

    assert_true(sums != NULL && vector != NULL && opened != NULL);
    for (size_t i = 0; i < N_OWNERS; i++) {
        size_t each = ROWS / N_OWNERS;

        memset(sums, 0, n_sums * sizeof *sums);
        assert_int_equal(0,
                         engine_run(&p->fragment, rows + i * each, each, sums));
        CHECK_OK(sc_plan_encode(p, vector, sums, &rng));
        for (size_t j = 0; j < n; j++) {
            opened[j] += vector[j];
        }
    }
    CHECK_OK(sc_answer_make(&a, p, opened));
    sc_free(sums);
    sc_free(vector);
    sc_free(opened);
    return a;
}

/* ---- directly -------------------------------------------------------- */

/* x and y of the rows that count, in doubles. */
typedef struct {
    double x[ROWS], y[ROWS];
    size_t n;
} sample;

static double mean(const double *v, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += v[i];
    }
    return sum / (double)n;
}

static int is_constant(const double *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (v[i] != v[0]) {
            return 0;
        }
    }
    return 1;
}

/* sum (a - mean a) (b - mean b) */
static double spread(const double *a, const double *b, size_t n)
{
    double ma = n == 0 ? 0 : mean(a, n), mb = n == 0 ? 0 : mean(b, n), sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += (a[i] - ma) * (b[i] - mb);
    }
    return sum;
}

static const char *const names[] = {"COUNT",          "SUM",       "AVG",
                                    "VAR_SAMP",       "VAR_POP",   "STDDEV",
                                    "STDDEV_POP",     "VARIANCE",  "CORR",
                                    "COVAR_SAMP",     "COVAR_POP", "REGR_SLOPE",
                                    "REGR_COUNT",     "REGR_R2",   "REGR_AVGX",
                                    "REGR_INTERCEPT", "REGR_AVGY", "REGR_SXX",
                                    "REGR_SYY",       "REGR_SXY"};
#define N_NAMES   (sizeof names / sizeof *names)
#define FIRST_TWO 8 /* from here on two arguments */

/* NAN for NULL. */
static double statistic(unsigned f, const sample *s)
{
    double n = (double)s->n;
    double xx = spread(s->x, s->x, s->n), yy = spread(s->y, s->y, s->n);
    double xy = spread(s->x, s->y, s->n);
    int flat_x = is_constant(s->x, s->n), flat_y = is_constant(s->y, s->n);

    if (f == 0 || f == 12) {
        return n;
    }
    if (s->n == 0) {
        return NAN;
    }
    switch (f) {
    case 1:
        return n * mean(s->x, s->n);
    case 2:
    case 14:
        return mean(s->x, s->n);
    case 3:
    case 7:
        return s->n < 2 ? NAN : xx / (n - 1);
    case 4:
        return xx / n;
    case 5:
        return s->n < 2 ? NAN : sqrt(xx / (n - 1));
    case 6:
        return sqrt(xx / n);
    case 8:
        return flat_x || flat_y ? NAN : xy / sqrt(xx * yy);
    case 9:
        return s->n < 2 ? NAN : xy / (n - 1);
    case 10:
        return xy / n;
    case 11:
        return flat_x ? NAN : xy / xx;
    case 13:
        return flat_x ? NAN : flat_y ? 1 : xy * xy / (xx * yy);
    case 15:
        return flat_x ? NAN : mean(s->y, s->n) - xy / xx * mean(s->x, s->n);
    case 16:
        return mean(s->y, s->n);
    case 17:
        return xx;
    case 18:
        return yy;
    default:
        return xy;
    }
}

/* ---- one random query ------------------------------------------------ */

typedef struct {
    unsigned function;
    const argument *x, *y;
    condition filter;
    int has_filter;
} aggregate;

typedef struct {
    char sql[20000];
    const grouping *groups[2];
    size_t n_groups;
    condition where;
    aggregate aggregates[4];
    size_t n_aggregates;
} query;

static void put(query *q, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put(query *q, const char *format, ...)
{
    size_t at = strlen(q->sql);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(q->sql + at, sizeof q->sql - at, format, args);
    va_end(args);
}

static void random_aggregate(query *q, aggregate *a, const table *t)
{
    int is_plain;

    a->function = below(N_NAMES);
    is_plain = a->function <= 2;
    a->x = &arguments[below(is_plain ? N_ARGS : N_LINEAR)];
    a->y = a->function < FIRST_TWO ? NULL : &arguments[below(N_LINEAR)];
    put(q, ", %s(%s%s%s)", names[a->function], a->y == NULL ? "" : a->y->text,
        a->y == NULL ? "" : ", ", a->x->text);
    a->has_filter = below(3) == 0;
    if (a->has_filter) {
        random_condition(&a->filter, t, 2);
        put(q, " FILTER (WHERE %s)", a->filter.text);
    }
}

static void random_query(query *q, const table *t)
{
    memset(q, 0, sizeof *q);
    q->n_groups = below(3);
    for (size_t i = 0; i < q->n_groups; i++) {
        q->groups[i] = &groupings[below(sizeof groupings / sizeof *groupings)];
    }
    put(q, "SELECT COUNT(*)");
    for (size_t i = 0; i < q->n_groups; i++) {
        put(q, ", %s", q->groups[i]->text);
    }
    q->n_aggregates = 1 + below(4);
    for (size_t i = 0; i < q->n_aggregates; i++) {
        random_aggregate(q, &q->aggregates[i], t);
    }
    random_condition(&q->where, t, 3);
    put(q, " FROM people WHERE %s", q->where.text);
    for (size_t i = 0; i < q->n_groups; i++) {
        put(q, i == 0 ? " GROUP BY %s" : ", %s", q->groups[i]->text);
    }
}

/* Is row i in the group of row g, and does it pass WHERE? */
static int in_group(const query *q, const table *t, size_t g, size_t i)
{
    char a[32], b[32];

    for (size_t k = 0; k < q->n_groups; k++) {
        q->groups[k]->label(a, &t->rows[g]);
        q->groups[k]->label(b, &t->rows[i]);
        if (strcmp(a, b) != 0) {
            return 0;
        }
    }
    return q->where.truth[i] == TRUE_;
}

static void collect(sample *s, const query *q, const aggregate *a,
                    const table *t, size_t g)
{
    unsigned need = a->x->need | (a->y == NULL ? 0 : a->y->need);

    s->n = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        const row *r = &t->rows[i];
        int is_in = in_group(q, t, g, i);

        for (size_t c = 0; c < N_COLUMNS; c++) {
            is_in &= (need >> c & 1) == 0 || !r->is_null[c];
        }
        if (is_in && (!a->has_filter || a->filter.truth[i] == TRUE_)) {
            s->x[s->n] = a->x->value(r);
            s->y[s->n++] = a->y == NULL ? 0 : a->y->value(r);
        }
    }
}

/* ---- comparing ------------------------------------------------------- */

static void check_value(const query *q, const sc_value *v, double want,
                        const sample *s)
{
    double got = v->kind == SC_V_NUMBER ? sc_value_double(v) : NAN;
    double size = fabs(want) + 1e-3;

    for (size_t i = 0; i < s->n; i++) {
        size += 1e-5 * (fabs(s->x[i]) + fabs(s->y[i])); /* of cancellation */
    }
    if (isnan(want) ? v->kind == SC_V_NULL : fabs(got - want) <= 1e-9 * size) {
        return;
    }
    fail_msg("%s\nwant %.17g, got %.17g (kind %d)", q->sql, want, got,
             (int)v->kind);
}

/* Row of the answer with the labels of row g's group; n_rows if absent. */
static size_t find_group(const sc_answer *a, const query *q, const row *r)
{
    char label[32];

    for (size_t i = 0; i < a->n_rows; i++) {
        int is_it = 1;

        for (size_t k = 0; k < q->n_groups; k++) {
            const sc_value *v = &a->values[i * a->n_outputs + 1 + k];

            q->groups[k]->label(label, r);
            is_it &= label[0] == '\0'
                         ? v->kind == SC_V_NULL
                         : v->kind == SC_V_TEXT && strcmp(v->text, label) == 0;
        }
        if (is_it) {
            return i;
        }
    }
    return a->n_rows;
}

static void check_group(const query *q, const table *t, const sc_answer *a,
                        size_t g)
{
    size_t i = find_group(a, q, &t->rows[g]);
    const sc_value *values = &a->values[i * a->n_outputs];
    sample s = {.n = 0};
    double n = 0;

    if (i == a->n_rows) {
        fail_msg("%s\na group is missing", q->sql);
    }
    for (size_t j = 0; j < t->n_rows; j++) {
        n += in_group(q, t, g, j);
    }
    check_value(q, &values[0], n, &s);
    for (size_t j = 0; j < q->n_aggregates; j++) {
        const aggregate *f = &q->aggregates[j];

        collect(&s, q, f, t, g);
        check_value(q, &values[1 + q->n_groups + j], statistic(f->function, &s),
                    &s);
    }
}

static size_t count_groups(const query *q, const table *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n_rows; i++) {
        size_t first = 0;

        while (first < i && !in_group(q, t, i, first)) {
            first++;
        }
        n += first == i && q->where.truth[i] == TRUE_;
    }
    return n;
}

/* Rows at the bounds take the path of all others: what a query runs in the
 * engine has nothing that could fail for some rows and be caught. */
static void check_even_path(const query *q, const sc_plan *p)
{
    static const char *const catching[] = {"TRY(", "TRY_CAST", "COALESCE",
                                           "error("};
    sc_buf sql = {0};

    CHECK_OK(sc_fragment_sql(&sql, &p->fragment));
    CHECK_OK(sc_buf_terminate(&sql));
    for (size_t i = 0; i < sizeof catching / sizeof *catching; i++) {
        if (strstr((char *)sql.p, catching[i]) != NULL) {
            fail_msg("%s\nruns %s", q->sql, (char *)sql.p);
        }
    }
    sc_buf_clear(&sql);
}

static void check_query(const fixture *f, const query *q, const table *t)
{
    sc_plan *p = NULL;
    sc_fault why;
    sc_answer *a;
    size_t n_groups = count_groups(q, t);

    if (fixture_plan(&p, f, q->sql, &why) != SC_OK) {
        fail_msg("%s\n%u:%u %s", q->sql, why.line, why.column, why.text);
    }
    check_even_path(q, p);
    a = answer_of(p, t->rows);
    assert_int_equal(0, a->n_suppressed);
    assert_int_equal(q->n_groups == 0 ? 1 : n_groups, a->n_rows);
    for (size_t g = 0; g < t->n_rows; g++) {
        if (q->where.truth[g] == TRUE_) {
            check_group(q, t, a, g);
        }
    }
    sc_answer_free(&a);
    sc_plan_free(&p);
}

static void test_random_queries(void **state)
{
    fixture *f = sc_alloc(1, sizeof *f);
    row *rows = sc_alloc(ROWS, sizeof *rows);
    query *q = sc_alloc(1, sizeof *q);
    table t = {rows, ROWS};

    (void)state;
    assert_true(f != NULL && rows != NULL && q != NULL);
    fixture_init(f);
    f->c.rules.min_group = 1; /* nothing is hidden */
    for (uint64_t seed = 1; seed <= QUERIES; seed++) {
        random_state = seed * 0x9E3779B97F4A7C15ULL;
        for (size_t i = 0; i < ROWS; i++) {
            random_row(&rows[i], &f->tables[0]);
        }
        random_query(q, &t);
        check_query(f, q, &t);
    }
    sc_free(f);
    sc_free(rows);
    sc_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_queries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
