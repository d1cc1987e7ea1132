/* tests/unit/test_finish.c: numbers against an independent model
 * (tests/oracle/finish.py), trees against SQL's rules and NIST's data. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "job/plan/finish.h"
#include "tests/kat.h"

/* ---- building trees ----------------------------------------------------- */

static sc_finish *node(sc_finish_kind kind, size_t n_args, ...)
{
    sc_finish *f = sc_alloc(1, sizeof *f);
    va_list args;

    assert_non_null(f);
    f->kind = kind;
    f->n_args = n_args;
    f->args = sc_alloc(n_args, sizeof *f->args);
    assert_non_null(f->args);
    va_start(args, n_args);
    for (size_t i = 0; i < n_args; i++) {
        f->args[i] = va_arg(args, sc_finish *);
    }
    va_end(args);
    return f;
}

static sc_finish *number(sc_i128 value, unsigned scale)
{
    sc_finish *f = node(SC_F_NUMBER, 0);

    f->value = value;
    f->scale = scale;
    return f;
}

static sc_finish *leaf(sc_finish_kind kind, size_t index)
{
    sc_finish *f = node(kind, 0);

    f->index = index;
    return f;
}

static sc_finish *opened(size_t index)
{
    return leaf(SC_F_OPENED, index);
}

static sc_finish *scaled(size_t index, unsigned scale)
{
    sc_finish *f = opened(index);

    f->scale = scale;
    return f;
}

static sc_finish *text(const char *s)
{
    sc_finish *f = node(SC_F_TEXT, 0);

    f->text = sc_strdup(s);
    assert_non_null(f->text);
    return f;
}

static sc_finish *null(void)
{
    return node(SC_F_NULL, 0);
}

static sc_finish *truth(int is_true)
{
    return node(SC_F_EQ, 2, number(1, 0), number(is_true, 0));
}

static sc_finish *with_index(sc_finish *f, size_t index)
{
    f->index = index;
    return f;
}

/* The integer of n_digits decimal digits, 30 at a time. */
static sc_finish *big(const char *digits, size_t n_digits)
{
    sc_finish *f = number(0, 0);

    while (n_digits > 0) {
        size_t n = n_digits < 30 ? n_digits : 30;
        sc_i128 piece = 0;

        for (size_t i = 0; i < n; i++) {
            piece = 10 * piece + (digits[i] - '0');
        }
        f = node(SC_F_MUL, 2, f, number(sc_i128_pow10((unsigned)n), 0));
        f = node(SC_F_ADD, 2, f, number(piece, 0));
        digits += n;
        n_digits -= n;
    }
    return f;
}

/* ---- checks; each frees the tree ---------------------------------------- */

static void check_text(const sc_value *v, const char *expected)
{
    sc_buf out = {0};

    CHECK_OK(sc_buf_put_str(&out, "> "));
    CHECK_OK(sc_value_print(&out, v));
    CHECK_OK(sc_buf_put_str(&out, v->kind == SC_V_NULL ? "NULL" : ""));
    CHECK_OK(sc_buf_terminate(&out));
    CHECK_STR((char *)out.p + 2, expected);
    sc_buf_clear(&out);
}

static void check_cell(sc_finish *f, const char *expected,
                       const sc_i128 *values, const char *const *keys)
{
    sc_value v;

    sc_value_init(&v);
    for (int i = 0; i < 2; i++) { /* a used value is as good as a new one */
        CHECK_OK(sc_finish_eval(&v, f, values, keys));
        check_text(&v, expected);
    }
    sc_value_clear(&v);
    sc_finish_free(&f);
    CHECK(f == NULL);
}

static void check(sc_finish *f, const char *expected)
{
    check_cell(f, expected, NULL, NULL);
}

static void check_bug(sc_finish *f)
{
    const sc_i128 values[1] = {1};
    const char *const keys[1] = {"label"};
    sc_value v;

    sc_value_init(&v);
    CHECK_ERR(SC_E_BUG, sc_finish_eval(&v, f, values, keys));
    CHECK(v.kind == SC_V_NULL);
    sc_value_clear(&v);
    sc_finish_free(&f);
}

/* ---- numbers ------------------------------------------------------------ */

static void test_known_numbers(void **unused)
{
    sc_kat t;

    (void)unused;
    for (sc_kat_open(&t, "finish.kat"); sc_kat_next(&t);) {
        uint64_t expected = sc_kat_u64(&t, "double");
        const char *q = sc_kat_str(&t, "q"), *slash = strchr(q, '/');
        int is_negative = *q == '-';
        sc_finish *f;
        double got;
        sc_value v;

        q += is_negative;
        f = node(SC_F_DIV, 2, big(q, (size_t)(slash - q)),
                 big(slash + 1, strlen(slash + 1)));
        f = is_negative ? node(SC_F_NEG, 1, f) : f;
        f = sc_kat_u64(&t, "is_root") ? node(SC_F_SQRT, 1, f) : f;
        sc_value_init(&v);
        CHECK_OK(sc_finish_eval(&v, f, NULL, NULL));
        CHECK(v.kind == SC_V_NUMBER);
        got = sc_value_double(&v);
        CHECK_BYTES(&got, &expected, sizeof got);
        check_text(&v, sc_kat_str(&t, "text"));
        sc_value_clear(&v);
        sc_finish_free(&f);
    }
}

/* The root is within 2^-256, of the value and of 1, above or below. */
static void test_root_precision(void **unused)
{
    static const unsigned scales[] = {0, 1, 38, 39, 127, 128};
    mpq_t low, high;
    sc_value v;

    (void)unused;
    mpq_init(low);
    mpq_init(high);
    sc_value_init(&v);
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        for (int size = 1; size < 127; size += 25) {
            sc_i128 n = ((sc_i128)1 << size) + 3;
            sc_finish *f = node(SC_F_SQRT, 1, number(n, scales[i]));

            CHECK_OK(sc_finish_eval(&v, f, NULL, NULL));
            if (!v.is_rounded) {
                sc_finish_free(&f);
                continue;
            }
            mpq_set_ui(low, 1, 1);
            mpq_set_ui(high, 1, 1);
            mpq_div_2exp(high, high, 256); /* 1 - 2^-256, 1 + 2^-256 */
            mpq_sub(low, low, high);
            mpq_set_ui(high, 2, 1);
            mpq_sub(high, high, low);
            mpq_mul(low, low, v.q);
            mpq_mul(high, high, v.q);
            mpq_mul(low, low, low);
            mpq_mul(high, high, high);
            CHECK_OK(sc_finish_eval(&v, f->args[0], NULL, NULL));
            CHECK(mpq_cmp(low, v.q) < 0 && mpq_cmp(v.q, high) < 0);
            sc_finish_free(&f);
        }
    }
    sc_value_clear(&v);
    mpq_clear(low);
    mpq_clear(high);
}

static int is_rounded(sc_finish *f)
{
    int answer;
    sc_value v;

    sc_value_init(&v);
    CHECK_OK(sc_finish_eval(&v, f, NULL, NULL));
    answer = v.is_rounded;
    sc_value_clear(&v);
    sc_finish_free(&f);
    return answer;
}

static void test_rounded_is_told(void **unused)
{
    (void)unused;
    CHECK(!is_rounded(node(SC_F_SQRT, 1, number(4, 0))));
    CHECK(is_rounded(node(SC_F_SQRT, 1, number(2, 0))));
    CHECK(is_rounded(
        node(SC_F_ADD, 2, number(1, 0), node(SC_F_SQRT, 1, number(2, 0)))));
    CHECK(is_rounded(node(SC_F_NEG, 1, node(SC_F_SQRT, 1, number(2, 0)))));
    CHECK(!is_rounded(
        node(SC_F_LT, 2, node(SC_F_SQRT, 1, number(2, 0)), number(2, 0))));
}

static void test_literals(void **unused)
{
    const sc_i128 least = (sc_i128)((sc_u128)1 << 127), values[] = {-5, least};
    const char *const keys[] = {"north", NULL};

    (void)unused;
    check(number(0, 5), "0");
    check(number(1250, 2), "12.5");
    check(number(-1, 3), "-0.001");
    check(number(least, 0), "-170141183460469231731687303715884105728");
    check(number(-(least + 1), 38), "1.70141183460469231731687303715884105727");
    check(null(), "NULL");
    check(text("it's"), "it's");
    check_cell(scaled(0, 1), "-0.5", values, keys);
    check_cell(opened(1), "-170141183460469231731687303715884105728", values,
               keys);
    check_cell(leaf(SC_F_KEY, 0), "north", values, keys);
    check_cell(leaf(SC_F_KEY, 1), "NULL", values, keys);
}

static void test_arithmetic(void **unused)
{
    (void)unused;
    check(node(SC_F_ADD, 2, number(1, 1), number(2, 1)), "0.3");
    check(node(SC_F_SUB, 2, number(1, 0), number(15, 1)), "-0.5");
    check(node(SC_F_MUL, 2, number(-3, 0), number(5, 1)), "-1.5");
    check(node(SC_F_DIV, 2, number(1, 0), number(3, 0)), "0.3333333333333333");
    check(node(SC_F_DIV, 2, number(7, 0), number(2, 0)), "3.5");
    check(node(SC_F_DIV, 2, number(7, 0), number(0, 0)), "NULL");
    check(node(SC_F_MUL, 2, node(SC_F_DIV, 2, number(1, 0), number(3, 0)),
               number(3, 0)),
          "1");
    check(node(SC_F_NEG, 1, number(5, 0)), "-5");
    check(node(SC_F_ABS, 1, number(-5, 1)), "0.5");
    check(node(SC_F_SQRT, 1, number(-1, 0)), "NULL");
    check(node(SC_F_SQRT, 1, number(0, 0)), "0");
    check(node(SC_F_SQRT, 1, number(225, 2)), "1.5");
    check(node(SC_F_SQRT, 1, number(2, 0)), "1.4142135623730951");
    check(node(SC_F_MUL, 2, node(SC_F_SQRT, 1, number(2, 0)),
               node(SC_F_SQRT, 1, number(2, 0))),
          "2"); /* through a double: rounded is not printed as exact */
}

static void test_nulls_spread(void **unused)
{
    static const sc_finish_kind two[] = {SC_F_ADD, SC_F_SUB, SC_F_MUL, SC_F_DIV,
                                         SC_F_LT,  SC_F_LE,  SC_F_EQ,  SC_F_NE};
    static const sc_finish_kind one[] = {SC_F_NEG, SC_F_SQRT, SC_F_ABS,
                                         SC_F_ROUND, SC_F_NOT};

    (void)unused;
    for (size_t i = 0; i < sizeof two / sizeof *two; i++) {
        check(node(two[i], 2, null(), number(1, 0)), "NULL");
        check(node(two[i], 2, number(1, 0), null()), "NULL");
    }
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        check(node(one[i], 1, null()), "NULL");
    }
    check(node(SC_F_IS_NULL, 1, null()), "true");
    check(node(SC_F_IS_NULL, 1, number(0, 0)), "false");
    check(node(SC_F_COALESCE, 3, null(), null(), number(4, 0)), "4");
    check(node(SC_F_COALESCE, 2, number(3, 0), number(4, 0)), "3");
    check(node(SC_F_COALESCE, 1, null()), "NULL");
}

static void test_rounding(void **unused)
{
    static const struct {
        sc_i128 value;
        unsigned scale;
        size_t digits;
        const char *expected;
    } t[] = {
        {25, 1, 0, "3"},      {-25, 1, 0, "-3"},      {24999, 4, 0, "2"},
        {1005, 3, 2, "1.01"}, {-1005, 3, 2, "-1.01"}, {4, 1, 0, "0"},
        {-4, 1, 0, "0"},      {12, 0, 5, "12"},       {999, 3, 2, "1"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        sc_finish *f = number(t[i].value, t[i].scale);

        check(with_index(node(SC_F_ROUND, 1, f), t[i].digits), t[i].expected);
    }
    check(with_index(node(SC_F_ROUND, 1,
                          node(SC_F_DIV, 2, number(2, 0), number(3, 0))),
                     20),
          "0.66666666666666666667");
    check(with_index(node(SC_F_ROUND, 1, node(SC_F_SQRT, 1, number(2, 0))), 30),
          "1.41421356237309504880168872421");
}

static void test_comparisons(void **unused)
{
    static const struct {
        sc_finish_kind kind;
        const char *of[3]; /* 1 : 2, 1 : 1, 2 : 1 */
    } t[] = {{SC_F_LT, {"true", "false", "false"}},
             {SC_F_LE, {"true", "true", "false"}},
             {SC_F_EQ, {"false", "true", "false"}},
             {SC_F_NE, {"true", "false", "true"}}};

    (void)unused;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        for (int k = 0; k < 3; k++) {
            const int a = k == 2 ? 2 : 1, b = k == 0 ? 2 : 1;

            check(node(t[i].kind, 2, number(a, 0), number(10 * b, 1)),
                  t[i].of[k]);
            check(node(t[i].kind, 2, text(a == 1 ? "Z" : "a"),
                       text(b == 1 ? "Z" : "a")),
                  t[i].of[k]);
            check(node(t[i].kind, 2, truth(a - 1), truth(b - 1)), t[i].of[k]);
        }
    }
    check(node(SC_F_LT, 2, text("z"), text("\xc3\xa4")), "true"); /* bytes */
}

/* The whole tables of AND and OR; -1 is NULL. */
static void test_three_valued_logic(void **unused)
{
    static const char *const words[] = {"NULL", "false", "true"};

    (void)unused;
    for (int a = -1; a <= 1; a++) {
        for (int b = -1; b <= 1; b++) {
            int both = a == 0 || b == 0 ? 0 : a < 0 || b < 0 ? -1 : 1;
            int any = a == 1 || b == 1 ? 1 : a < 0 || b < 0 ? -1 : 0;

            check(node(SC_F_AND, 2, a < 0 ? null() : truth(a),
                       b < 0 ? null() : truth(b)),
                  words[both + 1]);
            check(node(SC_F_OR, 2, a < 0 ? null() : truth(a),
                       b < 0 ? null() : truth(b)),
                  words[any + 1]);
        }
    }
    check(node(SC_F_AND, 3, truth(1), null(), truth(0)), "false");
    check(node(SC_F_AND, 1, truth(1)), "true");
    check(node(SC_F_NOT, 1, truth(1)), "false");
    check(node(SC_F_NOT, 1, truth(0)), "true");
}

/* (n * Q - S^2) / (n * (n - 1)), its root, and S / n: as a plan has them. */
static sc_finish *variance(void)
{
    return node(SC_F_DIV, 2,
                node(SC_F_SUB, 2, node(SC_F_MUL, 2, opened(0), scaled(2, 2)),
                     node(SC_F_MUL, 2, scaled(1, 1), scaled(1, 1))),
                node(SC_F_MUL, 2, opened(0),
                     node(SC_F_SUB, 2, opened(0), number(1, 0))));
}

/* NIST Statistical Reference Datasets, univariate summary statistics: n values
 * c, then c - 0.1 and c + 0.1 in turn. Certified: mean c, deviation 0.1. */
static void test_nist_univariate(void **unused)
{
    static const struct {
        const char *name, *mean;
        sc_i128 c; /* in tenths */
    } t[] = {{"NumAcc2", "1.2", 12},
             {"NumAcc3", "1000000.2", 10000002},
             {"NumAcc4", "10000000.2", 100000002}};

    (void)unused;
    for (size_t k = 0; k < sizeof t / sizeof *t; k++) {
        sc_i128 sums[3] = {0};

        for (int i = 0; i < 1001; i++) {
            sc_i128 x = t[k].c + (i == 0 ? 0 : i % 2 == 1 ? -1 : 1);

            sums[0] += 1;
            sums[1] += x;
            sums[2] += x * x;
        }
        check_cell(node(SC_F_DIV, 2, scaled(1, 1), opened(0)), t[k].mean, sums,
                   NULL);
        check_cell(node(SC_F_SQRT, 1, variance()), "0.1", sums, NULL);
    }
}

static void test_one_row_has_no_variance(void **unused)
{
    const sc_i128 sums[3] = {1, 7, 49};

    (void)unused;
    check_cell(variance(), "NULL", sums, NULL);
    check_cell(node(SC_F_SQRT, 1, variance()), "NULL", sums, NULL);
}

static sc_err print_seven_bytes(void *arg)
{
    sc_buf out = {0};
    sc_err err;

    err = sc_value_print(&out, arg);
    CHECK_U64(out.len, err == SC_OK ? 7 : 0);
    sc_buf_clear(&out);
    return err;
}

static void test_out_of_memory(void **unused)
{
    sc_value v;

    (void)unused;
    sc_value_init(&v);
    v.kind = SC_V_NUMBER;
    mpq_set_si(v.q, -10001, 10); /* -1000.1 */
    CHECK_ALLOC(print_seven_bytes, &v);
    v.kind = SC_V_TEXT;
    v.text = "1234567";
    CHECK_ALLOC(print_seven_bytes, &v);
    sc_value_clear(&v);
}

static void test_compare(void **unused)
{
    sc_value a, b;

    (void)unused;
    sc_value_init(&a);
    sc_value_init(&b);
    a.kind = b.kind = SC_V_NUMBER;
    mpq_set_si(a.q, -1, 3);
    mpq_set_si(b.q, -1, 4);
    CHECK_I64(sc_value_compare(&a, &b), -1);
    CHECK_I64(sc_value_compare(&b, &a), 1);
    CHECK_I64(sc_value_compare(&a, &a), 0);
    a.kind = b.kind = SC_V_TEXT;
    a.text = "b";
    b.text = "ba";
    CHECK_I64(sc_value_compare(&a, &b), -1);
    CHECK_I64(sc_value_compare(&b, &a), 1);
    CHECK_I64(sc_value_compare(&b, &b), 0);
    sc_value_clear(&a);
    sc_value_clear(&b);
}

static void test_planners_bugs(void **unused)
{
    (void)unused;
    check_bug(node(SC_F_ADD, 2, number(1, 0), text("x")));
    check_bug(node(SC_F_ADD, 2, text("x"), text("x")));
    check_bug(node(SC_F_ADD, 2, truth(1), truth(1)));
    check_bug(node(SC_F_EQ, 2, number(1, 0), truth(1)));
    check_bug(node(SC_F_AND, 2, truth(1), number(1, 0)));
    check_bug(node(SC_F_NOT, 1, number(1, 0)));
    check_bug(node(SC_F_SQRT, 1, leaf(SC_F_KEY, 0)));
    check_bug(node(SC_F_ADD, 1, number(1, 0)));
    check_bug(node(SC_F_ADD, 3, number(1, 0), number(1, 0), number(1, 0)));
    check_bug(node(SC_F_AND, 0));
    check_bug(node(SC_F_NULL, 1, null()));
    check_bug(node((sc_finish_kind)99, 0));
    check_bug(number(1, SC_FINISH_MAX_SCALE + 1));
    check_bug(with_index(node(SC_F_ROUND, 1, number(1, 0)), 39));
}

static sc_finish *json_tree(void)
{
    return node(SC_F_AND, 3, node(SC_F_LT, 2, scaled(3, 4), number(-1250, 2)),
                node(SC_F_EQ, 2, leaf(SC_F_KEY, 1), text("x\"y")),
                node(SC_F_IS_NULL, 1,
                     with_index(node(SC_F_ROUND, 1, null()), 7)));
}

static void test_json(void **unused)
{
    sc_finish *f = json_tree();
    json_t *got = NULL;
    char *words;

    (void)unused;
    CHECK_OK(sc_finish_json(&got, f));
    words = json_dumps(got, JSON_COMPACT);
    CHECK_STR(words, "[\"and\",[\"lt\",[\"opened\",3,4],"
                     "[\"number\",\"-1250\",2]],[\"eq\",[\"key\",1],"
                     "[\"text\",\"x\\\"y\"]],"
                     "[\"is null\",[\"round\",7,[\"null\"]]]]");
    free(words);
    json_decref(got);
    f->args[0]->n_args = 1;
    CHECK_ERR(SC_E_BUG, sc_finish_json(&got, f));
    CHECK(got == NULL);
    f->args[0]->n_args = 2;
    sc_finish_free(&f);
    sc_finish_free(&f); /* accepts NULL */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_numbers),
        cmocka_unit_test(test_root_precision),
        cmocka_unit_test(test_rounded_is_told),
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_nulls_spread),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_three_valued_logic),
        cmocka_unit_test(test_nist_univariate),
        cmocka_unit_test(test_one_row_has_no_variance),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_planners_bugs),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
