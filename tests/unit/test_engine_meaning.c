/* tests/unit/test_engine_meaning.c: what DuckDB makes of a fragment, against an
 * evaluator of the header's words, over random tables and random fragments with
 * NULLs and the edges of every type. */
#include "base/date.h"
#include "tests/unit/engine_fixture.h"

#define SEED        20261121
#define N_ROWS      400
#define N_COLUMNS   8
#define N_FRAGMENTS 150
#define MANY_BREAKS 6000

static char *const colours[] = {"red", "green", "a \"b\", c", "it's",
                                "\xc3\xa9"};

/* ---- random numbers (SplitMix64; a test's, so nothing secret) ---------- */

static uint64_t random_state = SEED;

static uint64_t draw(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static size_t below(size_t n)
{
    return (size_t)(draw() % n);
}

/* In [min, max], the ends and their neighbours often. */
static int64_t within(int64_t min, int64_t max)
{
    sc_u128 span = (sc_u128)((sc_i128)max - min) + 1;
    sc_u128 at = ((sc_u128)draw() << 64 | draw()) % span;
    const sc_i128 edges[] = {
        min, max, 0, 1, -1, (sc_i128)min + 1, (sc_i128)max - 1};
    sc_i128 edge = edges[below(7)];

    if (below(3) == 0 && edge >= min && edge <= max) {
        return (int64_t)edge;
    }
    return (int64_t)((sc_i128)min + (sc_i128)at);
}

/* ---- the table --------------------------------------------------------- */

typedef struct {
    int64_t v[N_ROWS][N_COLUMNS];
    int is_null[N_ROWS][N_COLUMNS];
} rows;

static char *colour_list[5];

static void make_table(sc_table *t, sc_column columns[static N_COLUMNS])
{
    for (size_t i = 0; i < 5; i++) {
        colour_list[i] = sc_strdup(colours[i]);
        CHECK(colour_list[i] != NULL);
    }
    columns[0] = col("n", SC_T_INTEGER, -1000, 1000);
    columns[1] = col("wide", SC_T_INTEGER, INT64_MIN, INT64_MAX);
    columns[2] = decimal("price", 2, -99999, 1000000);
    columns[3] = category("colour", colour_list, 5);
    columns[4] = col("ok", SC_T_BOOLEAN, 0, 1);
    columns[5] = col("day", SC_T_DATE, sc_date_days(1900, 1, 1),
                     sc_date_days(2100, 12, 31));
    columns[6] =
        col("moment", SC_T_TIMESTAMP, -2208988800000000, 4102444800000000);
    columns[7] = decimal("fine", 18, -1000000000000000000, INT64_MAX);
    *t = table_of("t", columns, N_COLUMNS);
}

static void make_rows(rows *r, const sc_table *t, char **csv)
{
    sc_buf text = {0};
    char value[128];

    for (size_t j = 0; j < N_COLUMNS; j++) {
        CHECK_OK(
            sc_buf_printf(&text, "%s%s", j > 0 ? "," : "", t->columns[j].name));
    }
    for (size_t i = 0; i < N_ROWS; i++) {
        CHECK_OK(sc_buf_put_str(&text, "\n"));
        for (size_t j = 0; j < N_COLUMNS; j++) {
            const sc_column *c = &t->columns[j];

            r->is_null[i][j] = below(6) == 0;
            r->v[i][j] = within(c->min, c->max);
            sc_column_print(value, sizeof value, c, r->v[i][j]);
            CHECK_OK(sc_buf_put_str(&text, j > 0 ? "," : ""));
            if (r->is_null[i][j]) {
                CHECK_OK(sc_buf_put_str(&text, below(2) ? "NA" : ""));
                continue;
            }
            CHECK_OK(sc_buf_put_u8(&text, '"'));
            for (const char *p = value; *p != '\0'; p++) {
                CHECK_OK(sc_buf_put_str(&text, *p == '"' ? "\"" : ""));
                CHECK_OK(sc_buf_put_u8(&text, (uint8_t)*p));
            }
            CHECK_OK(sc_buf_put_u8(&text, '"'));
        }
    }
    CHECK_OK(sc_buf_put_str(&text, "\n"));
    CHECK_OK(sc_buf_terminate(&text));
    *csv = (char *)text.p;
}

/* ---- random fragments --------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Up to n distinct values of a column, ascending. */
static size_t draw_values(int64_t *out, size_t n, const rows *r, size_t column,
                          const sc_column *c)
{
    size_t n_kept = 0;

    for (size_t i = 0; i < n; i++) { /* half of them are in the table */
        out[i] =
            below(2) ? r->v[below(N_ROWS)][column] : within(c->min, c->max);
    }
    qsort(out, n, sizeof *out, compare);
    for (size_t i = 0; i < n; i++) {
        if (n_kept == 0 || out[n_kept - 1] != out[i]) {
            out[n_kept++] = out[i];
        }
    }
    return n_kept;
}

static sc_pred *draw_pred(const rows *r, const sc_table *t, unsigned depth)
{
    sc_pred *p = sc_alloc(1, sizeof *p);

    CHECK(p != NULL);
    p->kind = (sc_pred_kind)below(depth > 3 ? SC_P_NOT : SC_P_OR + 1);
    p->column = below(t->n_columns);
    p->value = r->v[below(N_ROWS)][p->column];
    if (p->kind == SC_P_CONST) {
        const int64_t values[] = {0, 1, SC_P_NULL};

        p->value = values[below(3)];
    } else if (p->kind == SC_P_IN) {
        p->values = sc_alloc(9, sizeof *p->values);
        CHECK(p->values != NULL);
        p->n_values = draw_values(p->values, 1 + below(8), r, p->column,
                                  &t->columns[p->column]);
    } else if (p->kind >= SC_P_NOT) {
        p->n_args = p->kind == SC_P_NOT ? 1 : 1 + below(3);
        p->args = sc_alloc(p->n_args, sizeof *p->args);
        CHECK(p->args != NULL);
        for (size_t i = 0; i < p->n_args; i++) {
            p->args[i] = draw_pred(r, t, depth + 1);
        }
    }
    return p;
}

static void draw_key(sc_key *k, const rows *r, const sc_table *t)
{
    size_t n;

    memset(k, 0, sizeof *k);
    k->column = below(t->n_columns);
    k->breaks = sc_alloc(12, sizeof *k->breaks);
    k->outcome = sc_alloc(13, sizeof *k->outcome);
    CHECK(k->breaks != NULL && k->outcome != NULL);
    k->has_null = (int)below(2);
    if (t->columns[k->column].type == SC_T_CATEGORY && below(2)) { /* bare */
        k->n_labels = k->n_breaks = t->columns[k->column].n_categories;
        k->n_breaks--;
        for (size_t i = 0; i < k->n_labels; i++) {
            k->breaks[i] = (int64_t)i + 1;
            k->outcome[i] = (uint32_t)i;
        }
        k->has_null = 1;
        k->outcome_null = (uint32_t)k->n_labels;
        return;
    }
    k->n_labels = 1 + below(6);
    n = below(11);
    k->n_breaks = n == 0 ? 0
                         : draw_values(k->breaks, n, r, k->column,
                                       &t->columns[k->column]);
    for (size_t i = 0; i <= k->n_breaks; i++) {
        k->outcome[i] = (uint32_t)below(sc_key_values(k));
    }
    k->outcome_null = (uint32_t)below(sc_key_values(k));
}

static void draw_sum(sc_local_sum *s, const rows *r, const sc_table *t)
{
    memset(s, 0, sizeof *s);
    s->filter = below(2) ? draw_pred(r, t, 1) : NULL;
    s->a = s->b = SC_NO_COLUMN;
    if (below(4) != 0) {
        s->a = below(t->n_columns);
        s->need |= (uint64_t)1 << s->a;
    }
    if (s->a != SC_NO_COLUMN && below(2)) {
        /* 2^63 * 2^44 * 400 rows stay inside 2^127; two wide columns would
         * not, and no planner lets them */
        s->b = below(t->n_columns);
        if ((s->a == 1 || s->a == 7 || s->a == 6) &&
            (s->b == 1 || s->b == 7 || s->b == 6)) {
            s->b = 0;
        }
        s->need |= (uint64_t)1 << s->b;
    }
    if (below(2)) {
        s->need |= (uint64_t)1 << below(t->n_columns);
    }
    if (s->b != SC_NO_COLUMN) {
        const sc_column *a = &t->columns[s->a], *b = &t->columns[s->b];
        unsigned low = sc_i128_bits(a->min), high = sc_i128_bits(a->max);

        s->bits = low > high ? low : high;
        low = sc_i128_bits(b->min);
        high = sc_i128_bits(b->max);
        s->bits += low > high ? low : high;
    }
}

/* ---- the reference ------------------------------------------------------ */

enum { NO, YES, UNKNOWN };

static int holds(const sc_pred *p, const rows *r, size_t row)
{
    int64_t v = r->v[row][p->column];
    int is_null = r->is_null[row][p->column], all = p->kind == SC_P_AND, x;

    switch (p->kind) {
    case SC_P_CONST:
        return p->value == SC_P_NULL ? UNKNOWN : p->value != 0;
    case SC_P_LESS:
        return is_null ? UNKNOWN : v < p->value;
    case SC_P_IN:
        for (size_t i = 0; !is_null && i < p->n_values; i++) {
            if (p->values[i] == v) {
                return YES;
            }
        }
        return is_null ? UNKNOWN : NO;
    case SC_P_IS_NULL:
        return is_null;
    case SC_P_NOT:
        x = holds(p->args[0], r, row);
        return x == UNKNOWN ? UNKNOWN : !x;
    case SC_P_AND:
    case SC_P_OR:
    default:
        for (size_t i = 0; i < p->n_args; i++) { /* Kleene */
            x = holds(p->args[i], r, row);
            if (x == !(p->kind == SC_P_AND)) {
                return x;
            }
            all = x == UNKNOWN ? UNKNOWN : all;
        }
        return all;
    }
}

static size_t piece(const sc_key *k, const rows *r, size_t row)
{
    int64_t v = r->v[row][k->column];
    size_t i = 0;

    if (r->is_null[row][k->column]) {
        return k->outcome_null;
    }
    while (i < k->n_breaks && v >= k->breaks[i]) {
        i++;
    }
    return k->outcome[i];
}

static void reference(sc_i128 *sums, const sc_fragment *f, const rows *r)
{
    memset(sums, 0, sc_fragment_cells(f) * f->n_sums * sizeof *sums);
    for (size_t row = 0; row < N_ROWS; row++) {
        size_t cell = 0;

        if (f->where != NULL && holds(f->where, r, row) != YES) {
            continue;
        }
        for (size_t i = 0; i < f->n_keys; i++) {
            cell =
                cell * sc_key_values(&f->keys[i]) + piece(&f->keys[i], r, row);
        }
        for (size_t i = 0; i < f->n_sums; i++) {
            const sc_local_sum *s = &f->sums[i];
            int counts = s->filter == NULL || holds(s->filter, r, row) == YES;

            for (size_t c = 0; c < N_COLUMNS; c++) {
                counts &= !((s->need >> c & 1) != 0 && r->is_null[row][c]);
            }
            if (counts) {
                sums[cell * f->n_sums + i] +=
                    (s->a == SC_NO_COLUMN ? 1 : (sc_i128)r->v[row][s->a]) *
                    (s->b == SC_NO_COLUMN ? 1 : r->v[row][s->b]);
            }
        }
    }
}

/* ---- the comparison ------------------------------------------------------ */

static void run_one(place *p, const sc_asset *a, const rows *r,
                    const sc_table *t, size_t number)
{
    sc_key keys[SC_MAX_KEYS];
    sc_local_sum sums[6];
    sc_pred *where = below(2) ? draw_pred(r, t, 0) : NULL;
    sc_fragment f = {t, where, keys, below(4), sums, 1 + below(6)};
    sc_i128 *got, *expected;
    size_t n;

    for (size_t i = 0; i < f.n_keys; i++) {
        draw_key(&keys[i], r, t);
    }
    for (size_t i = 0; i < f.n_sums; i++) {
        draw_sum(&sums[i], r, t);
    }
    n = sc_fragment_cells(&f) * f.n_sums;
    got = sc_alloc(n, sizeof *got);
    expected = sc_alloc(n, sizeof *expected);
    CHECK(got != NULL && expected != NULL);
    reference(expected, &f, r);
    if (place_run(p, a, &f, got) != SC_OK ||
        memcmp(got, expected, n * sizeof *got) != 0) {
        sc_buf sql = {0};

        CHECK_OK(sc_fragment_sql(&sql, &f));
        CHECK_OK(sc_buf_terminate(&sql));
        print_error("seed %d, fragment %zu: %s\n%s\n", SEED, number,
                    p->why.text, (const char *)sql.p);
        fail();
    }
    for (size_t i = 0; i < f.n_keys; i++) {
        sc_free(keys[i].breaks);
        sc_free(keys[i].outcome);
    }
    for (size_t i = 0; i < f.n_sums; i++) {
        sc_pred *filter;

        memcpy(&filter, &sums[i].filter, sizeof filter);
        sc_pred_free(&filter);
    }
    sc_pred_free(&where);
    sc_free(got);
    sc_free(expected);
}

/* Thousands of pieces of each column in turn, cut at all of its rows' values,
 * just above them and below, and anywhere else. */
static void run_many(place *p, const sc_asset *a, const rows *r,
                     const sc_table *t, size_t column)
{
    int64_t *breaks = sc_alloc(MANY_BREAKS, sizeof *breaks);
    uint32_t *outcome = sc_alloc(MANY_BREAKS + 1, sizeof *outcome);
    sc_local_sum count = {NULL, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0};
    sc_key k = {column, breaks, 0, outcome, 0, NULL, MANY_BREAKS + 1, 1};
    sc_fragment f = {t, NULL, &k, 1, &count, 1};
    const sc_column *c = &t->columns[column];
    size_t n = sc_fragment_cells(&f);
    sc_i128 *got = sc_alloc(n, sizeof *got), *want = sc_alloc(n, sizeof *want);

    CHECK(breaks != NULL && outcome != NULL && got != NULL && want != NULL);
    for (size_t i = 0; i < MANY_BREAKS; i++) {
        int64_t v = r->v[i / 3 % N_ROWS][column];

        breaks[i] = i >= (size_t)3 * N_ROWS ? within(c->min, c->max)
                    : i % 3 == 1            ? v
                    : i % 3 == 0            ? v - (v > c->min)
                                            : v + (v < c->max);
    }
    qsort(breaks, MANY_BREAKS, sizeof *breaks, compare);
    for (size_t i = 0; i < MANY_BREAKS; i++) {
        if (k.n_breaks == 0 || breaks[k.n_breaks - 1] != breaks[i]) {
            breaks[k.n_breaks++] = breaks[i];
        }
    }
    for (size_t i = 0; i <= k.n_breaks; i++) {
        outcome[i] = (uint32_t)(k.n_breaks - i);
    }
    k.outcome_null = (uint32_t)k.n_labels;
    reference(want, &f, r);
    CHECK_OK(place_run(p, a, &f, got));
    CHECK_BYTES(got, want, n * sizeof *got);
    sc_free(breaks);
    sc_free(outcome);
    sc_free(got);
    sc_free(want);
}

static void run_all(void **state, int is_mended)
{
    rows *r = sc_alloc(1, sizeof *r);
    sc_column columns[N_COLUMNS];
    sc_table t;
    char *csv = NULL;
    sc_asset a;
    place p;

    CHECK(r != NULL);
    make_table(&t, columns);
    make_rows(r, &t, &csv);
    place_init(&p, *state, "t.csv", csv, &t);
    if (is_mended) { /* one row more, which has to be left out */
        sc_buf text = {0};

        CHECK_OK(sc_buf_printf(&text, "%s1,2,3,mauve,true,,,\n", csv));
        CHECK_OK(sc_buf_terminate(&text));
        place_init(&p, *state, "t.csv", (const char *)text.p, &t);
        p.source.bad_values = SC_BAD_SKIP;
        sc_buf_clear(&text);
    }
    place_open(&p);
    a = place_asset(&p);
    CHECK_U64(a.report.n_violations, is_mended ? 1 : 0);
    CHECK(a.is_usable);
    for (size_t i = 0; i < N_FRAGMENTS; i++) {
        run_one(&p, &a, r, &t, i);
    }
    for (size_t i = 0; i < N_COLUMNS; i++) {
        run_many(&p, &a, r, &t, i);
    }
    place_close(&p);
    for (size_t i = 0; i < 5; i++) {
        sc_free(colour_list[i]);
    }
    sc_free(csv);
    sc_free(r);
}

static void test_typed_read(void **state)
{
    run_all(state, 0);
}

static void test_text_read(void **state)
{
    run_all(state, 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_typed_read, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_text_read, sc_folder_setup,
                                        sc_folder_remove),
    };

    be_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
