/* tests/unit/plan_random.h: random rows, conditions, groups and arguments, each
 * with its SQL text and with its meaning for a row worked out directly: not by
 * predicates and pieces, but by what PostgreSQL's manual says. */
#ifndef SC_TESTS_PLAN_RANDOM_H
#define SC_TESTS_PLAN_RANDOM_H

#include <stdio.h>

#include "tests/unit/plan_engine.h"

static uint64_t random_state;

/* xorshift64*; 0 .. n - 1 */
static unsigned below(unsigned n)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (unsigned)((random_state * 0x2545F4914F6CDD1DULL) >> 33) % n;
}

/* Small values, so that groups and ties are common. */
static void random_row(row *r, const sc_table *t)
{
    for (size_t c = 0; c < N_COLUMNS; c++) {
        const sc_column *col = &t->columns[c];
        int64_t span = col->max - col->min;

        r->is_null[c] = !col->is_required && below(5) == 0;
        if (below(8) == 0) {
            r->v[c] = below(2) == 0 ? col->min : col->max;
        } else {
            r->v[c] = col->min +
                      (int64_t)((double)span * ((double)below(1000000) / 1e6));
        }
        if (c == DEBT || c == INCOME) {
            r->v[c] = (int64_t)below(400) - (c == DEBT ? 200 : 0);
        }
        if (c == HUGE) {
            r->v[c] = (int64_t)below(9) - 4;
        }
    }
}

/* ---- conditions ----------------------------------------------------- */

/* The text of a condition and its truth for the row at hand. */
typedef struct {
    char text[2000];
    int truth[64]; /* of each row */
} condition;

typedef struct {
    const row *rows;
    size_t n_rows; /* <= 64 */
} table;

static const char *const operators[] = {"<", "<=", ">", ">=", "=", "<>"};

static int compare(double x, unsigned op, double y)
{
    switch (op) {
    case 0:
        return x < y;
    case 1:
        return x <= y;
    case 2:
        return x > y;
    case 3:
        return x >= y;
    case 4:
        return x == y;
    default:
        return x != y;
    }
}

/* column op constant, where a cut allows it. */
static void number_leaf(condition *c, const table *t)
{
    static const int points[] = {18, 30, 45, 60, 75, 121, 0, -7, 400};
    unsigned op = below(4),
             column = (unsigned[]){AGE, SCORE, DEBT, FLOOR}[below(4)];
    const char *name =
        (const char *[]){"age", "score", "debt", "floor"}[column == AGE     ? 0
                                                          : column == SCORE ? 1
                                                          : column == DEBT  ? 2
                                                                           : 3];
    double value, unit = column == DEBT ? 0.1 : 1;
    int is_flipped = below(4) == 0;

    if (column == AGE || column == SCORE) {
        value = column == AGE ? points[below(9)] : (int)below(25) * 5 - 60;
        value -= op == 1 || op == 2 ? 1 : 0;
        value -= below(5) == 0 ? 0.25 : 0; /* between two values */
        if (value != (int)value && (op == 1 || op == 2)) {
            value += 1; /* x <= 29.75 and x < 30 are the same cut */
        }
    } else {
        op = below(6);
        value =
            column == DEBT ? ((int)below(500) - 250) / 10.0 : (int)below(8) - 1;
        value += below(4) == 0 ? 0.05 : 0;
    }
    (void)snprintf(c->text, sizeof c->text, is_flipped ? "%.2f %s %s" : "",
                   value, operators[op < 4 ? (op + 2) % 4 : op], name);
    if (!is_flipped) {
        (void)snprintf(c->text, sizeof c->text, "%s %s %.2f", name,
                       operators[op], value);
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        /* Hundredths are exact. */
        double x = (double)t->rows[i].v[column] * unit * 100;

        c->truth[i] =
            t->rows[i].is_null[column]
                ? NULL_
                : compare((double)(long long)(x + (x < 0 ? -.5 : .5)), op,
                          (double)(long long)(value * 100 +
                                              (value < 0 ? -.5 : .5)));
    }
}

static void category_leaf(condition *c, const table *t)
{
    unsigned first = below(4), second = below(4), form = below(5);
    const char *a = region_names[first], *b = region_names[second];

    (void)snprintf(c->text, sizeof c->text,
                   (const char *[]){"region = '%s'", "region <> '%s'",
                                    "region IN ('%s', '%s')",
                                    "region NOT IN ('%s', '%s', NULL)",
                                    "region IS DISTINCT FROM '%s'"}[form],
                   a, b);
    for (size_t i = 0; i < t->n_rows; i++) {
        int is_null = t->rows[i].is_null[REGION];
        int is_a = t->rows[i].v[REGION] == first;
        int is_b = t->rows[i].v[REGION] == second;
        int all[] = {is_a, !is_a, is_a || is_b, is_a || is_b ? FALSE_ : NULL_,
                     !is_a};

        c->truth[i] = !is_null ? all[form] : form == 4 ? TRUE_ : NULL_;
    }
}

static void boolean_leaf(condition *c, const table *t)
{
    static const char *const forms[] = {"member", "member = false",
                                        "member IS TRUE", "member IS NULL",
                                        "member IS NOT FALSE"};
    static const int of_null[] = {NULL_, NULL_, FALSE_, TRUE_, TRUE_};
    unsigned form = below(5);

    (void)snprintf(c->text, sizeof c->text, "%s", forms[form]);
    for (size_t i = 0; i < t->n_rows; i++) {
        int v = (int)t->rows[i].v[MEMBER];
        int all[] = {v, !v, v, FALSE_, v};

        c->truth[i] = t->rows[i].is_null[MEMBER] ? of_null[form] : all[form];
    }
}

static void date_leaf(condition *c, const table *t)
{
    unsigned form = below(4), op = below(6);
    int year = 1928 + (int)below(86), part = 1 + (int)below(4), y, m, d;

    (void)snprintf(c->text, sizeof c->text,
                   (const char *[]){
                       "born %s '%d-01-01'", "EXTRACT(year FROM born) %s %d",
                       "date_part('quarter', seen) %s %d",
                       "born BETWEEN DATE '1960-01-01' AND '%2$d-12-31'"}[form],
                   operators[form == 0 ? (op & 1) * 3 : op],
                   form == 2 ? part : year);
    op = form == 0 ? (op & 1) * 3 : op;
    for (size_t i = 0; i < t->n_rows; i++) {
        const row *r = &t->rows[i];
        size_t column = form == 2 ? SEEN : BORN;
        int quarter, truths[4];

        sc_date_civil(&y, &m, &d, form == 2 ? r->v[SEEN] / DAY_US : r->v[BORN]);
        quarter = (m + 2) / 3;
        truths[0] =
            compare((double)r->v[BORN], op, (double)sc_date_days(year, 1, 1));
        truths[1] = compare(y, op, year);
        truths[2] = compare(quarter, op, part);
        truths[3] = y >= 1960 && y <= year;
        c->truth[i] = r->is_null[column] ? NULL_ : truths[form];
    }
}

/* A CASE that is NULL for some ages, and not for a NULL. */
static void case_leaf(condition *c, const table *t)
{
    unsigned form = below(3);

    (void)snprintf(c->text, sizeof c->text,
                   "CASE WHEN age < 18 THEN 'child' WHEN age IS NULL THEN "
                   "'child' WHEN age < 60 THEN NULL ELSE 'old' END %s",
                   (const char *[]){"= 'child'", "<> 'child'",
                                    "IN ('old', 'none')"}[form]);
    for (size_t i = 0; i < t->n_rows; i++) {
        const row *r = &t->rows[i];
        int is_child = r->is_null[AGE] || r->v[AGE] < 18;
        int is_null = !is_child && r->v[AGE] < 60;

        c->truth[i] = is_null ? NULL_ : form == 0 ? is_child : !is_child;
    }
}

static void random_condition(condition *c, const table *t, unsigned depth)
{
    condition *a, *b;
    unsigned op = below(3);

    if (depth == 0 || below(3) == 0) {
        static void (*const leaves[])(condition *, const table *) = {
            number_leaf,  number_leaf, category_leaf,
            boolean_leaf, date_leaf,   case_leaf};

        leaves[below(6)](c, t);
        return;
    }
    a = sc_alloc(1, sizeof *a);
    b = sc_alloc(1, sizeof *b);
    SC_ASSERT(a != NULL && b != NULL);
    random_condition(a, t, depth - 1);
    random_condition(b, t, depth - 1);
    (void)snprintf(c->text, sizeof c->text,
                   (const char *[]){"(%.900s AND %.900s)", "(%.900s OR %.900s)",
                                    "NOT (%.900s)"}[op],
                   a->text, b->text);
    for (size_t i = 0; i < t->n_rows; i++) {
        int x = a->truth[i], y = b->truth[i];

        if (op == 2) {
            c->truth[i] = x == NULL_ ? NULL_ : !x;
        } else if (x == (int)op || y == (int)op) {
            c->truth[i] = (int)op;
        } else {
            c->truth[i] = x == NULL_ || y == NULL_ ? NULL_ : !(int)op;
        }
    }
    sc_free(a);
    sc_free(b);
}

/* ---- groups --------------------------------------------------------- */

/* Label of a row's group; "" for NULL. */
typedef struct {
    const char *text;
    void (*label)(char out[static 32], const row *r);
} grouping;

static void of_region(char out[static 32], const row *r)
{
    (void)snprintf(out, 32, "%s",
                   r->is_null[REGION] ? "" : region_names[r->v[REGION]]);
}

static void of_member(char out[static 32], const row *r)
{
    (void)snprintf(out, 32, "%s",
                   r->is_null[MEMBER] ? ""
                   : r->v[MEMBER]     ? "true"
                                      : "false");
}

static void of_floor(char out[static 32], const row *r)
{
    (void)snprintf(out, 32, "%d", (int)r->v[FLOOR]);
}

static void of_age_case(char out[static 32], const row *r)
{
    int64_t v = r->v[AGE];

    (void)snprintf(out, 32, "%s",
                   r->is_null[AGE] ? "old"
                   : v < 18        ? "young"
                   : v >= 60       ? "old"
                   : v >= 30       ? ""
                                   : "young");
}

static void of_age_test(char out[static 32], const row *r)
{
    (void)snprintf(out, 32, "%s",
                   r->is_null[AGE]   ? ""
                   : r->v[AGE] >= 45 ? "true"
                                     : "false");
}

static void of_bucket(char out[static 32], const row *r)
{
    int64_t v = r->v[SCORE];

    out[0] = '\0';
    if (!r->is_null[SCORE]) {
        (void)snprintf(out, 32, "%d",
                       v < -40   ? 0
                       : v >= 40 ? 5
                                 : (int)(v + 40) / 20 + 1);
    }
}

static void of_year(char out[static 32], const row *r)
{
    int y, m, d;

    sc_date_civil(&y, &m, &d, r->v[BORN]);
    out[0] = '\0';
    if (!r->is_null[BORN]) {
        (void)snprintf(out, 32, "%d", y);
    }
}

static void of_month(char out[static 32], const row *r)
{
    int y, m, d;

    sc_date_civil(&y, &m, &d, r->v[SEEN] / DAY_US);
    out[0] = '\0';
    if (!r->is_null[SEEN]) {
        (void)snprintf(out, 32, "%04d-%02d-01 00:00:00", y, m);
    }
}

static void of_side(char out[static 32], const row *r)
{
    (void)snprintf(out, 32, "%s",
                   !r->is_null[REGION] && r->v[REGION] == 0   ? "up"
                   : !r->is_null[REGION] && r->v[REGION] == 1 ? "down"
                                                              : "side");
}

static const grouping groupings[] = {
    {"region", of_region},
    {"member", of_member},
    {"floor", of_floor},
    {"CASE WHEN age < 18 THEN 'young' WHEN age >= 60 THEN 'old' WHEN age >= 30 "
     "THEN NULL WHEN age IS NULL THEN 'old' ELSE 'young' END",
     of_age_case},
    {"age >= 45", of_age_test},
    {"width_bucket(score, -40, 40.0, 4)", of_bucket},
    {"EXTRACT(year FROM born)", of_year},
    {"date_trunc('month', seen)", of_month},
    {"CASE region WHEN 'north' THEN 'up' WHEN 'south' THEN 'down' ELSE 'side' "
     "END",
     of_side},
};

/* ---- arguments of aggregates ---------------------------------------- */

typedef struct {
    const char *text;
    int is_linear; /* fit for VAR, CORR */
    unsigned need; /* bits of columns */
    double (*value)(const row *r);
} argument;

#define ARG(name, formula)                                                     \
    static double name(const row *r)                                           \
    {                                                                          \
        double age = (double)r->v[AGE], score = (double)r->v[SCORE],           \
               income = (double)r->v[INCOME] / 100,                            \
               debt = (double)r->v[DEBT] / 10, huge = (double)r->v[HUGE],      \
               member = (double)r->v[MEMBER], floor_ = (double)r->v[FLOOR];    \
                                                                               \
        (void)age, (void)score, (void)income, (void)debt, (void)huge,          \
            (void)member, (void)floor_;                                        \
        return formula;                                                        \
    }
ARG(arg_age, age)
ARG(arg_income, income)
ARG(arg_huge, huge)
ARG(arg_floor, floor_)
ARG(arg_line, 2.5 * debt - 3)
ARG(arg_minus, 7 - score)
ARG(arg_member, member)
ARG(arg_sum, 2 * (age + debt) - 1)
ARG(arg_difference, income - score)
ARG(arg_product, (age - 3) * (debt + 1.5))
ARG(arg_square, score *score - score)
ARG(arg_scaled, -0.5 * income * floor_)
ARG(arg_weighted, 2 * age - 3 * score + 1)
ARG(arg_cents, income + 0.25 * debt)
ARG(arg_margin, income *(1 - floor_) - debt * floor_)
ARG(arg_binomial, (age - score) * (age - score))
ARG(arg_four, (age + debt) * (score + floor_))
ARG(arg_mixed, age *score + debt)

#define BIT(c) (1u << (c))
static const argument arguments[] = {
    {"age", 1, BIT(AGE), arg_age},
    {"income", 1, BIT(INCOME), arg_income},
    {"floor", 1, 0, arg_floor},
    {"2.5 * debt - 3", 1, BIT(DEBT), arg_line},
    {"7 - score", 1, BIT(SCORE), arg_minus},
    {"member::int", 1, BIT(MEMBER), arg_member},
    {"2 * (age + debt) - 1", 1, BIT(AGE) | BIT(DEBT), arg_sum},
    {"income - score", 1, BIT(INCOME) | BIT(SCORE), arg_difference},
    {"2 * age - 3 * score + 1", 1, BIT(AGE) | BIT(SCORE), arg_weighted},
    {"income + 0.25 * debt", 1, BIT(INCOME) | BIT(DEBT), arg_cents},
    {"huge", 0, BIT(HUGE), arg_huge}, /* its squares could overflow */
    {"(age - 3) * (debt + 1.5)", 0, BIT(AGE) | BIT(DEBT), arg_product},
    {"score * (score - 1)", 0, BIT(SCORE), arg_square},
    {"-0.5 * (income * floor)", 0, BIT(INCOME), arg_scaled},
    {"income * (1 - floor) - debt * floor", 0, BIT(INCOME) | BIT(DEBT),
     arg_margin},
    {"(age - score) * (age - score)", 0, BIT(AGE) | BIT(SCORE), arg_binomial},
    {"(age + debt) * (score + floor)", 0, BIT(AGE) | BIT(DEBT) | BIT(SCORE),
     arg_four},
    {"age * score + debt", 0, BIT(AGE) | BIT(SCORE) | BIT(DEBT), arg_mixed},
};
#define N_LINEAR 10
#define N_ARGS   (sizeof arguments / sizeof *arguments)

#endif
