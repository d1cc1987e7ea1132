/* tests/ct/ct_plan_encode.c: which cells are small shows in no branch. */
#include <string.h>

#include "base/ct.h"
#include "job/plan/plan.h"
#include "tests/kat.h"

static void test_encode(void **unused)
{
    sc_support support = {.count = 0, .threshold = 10};
    sc_i128 sums[6] = {5, 50, 0, 0, 50, 500}, one = 1;
    size_t terms[2] = {0, 1};
    sc_opened opened[2] = {{.n_terms = 1, .terms = terms, .coefs = &one},
                           {.n_terms = 1, .terms = terms + 1, .coefs = &one}};
    sc_plan p = {.supports = &support,
                 .n_supports = 1,
                 .opened = opened,
                 .n_opened = 2,
                 .n_cells = 3,
                 .n_sums = 2};
    sc_rng rng = sc_rng_system();
    sc_u128 v[9];

    (void)unused;
    SC_CT_SECRET(sums, sizeof sums);
    CHECK_OK(sc_plan_encode(&p, v, sums, &rng));
    SC_CT_PUBLIC(v, sizeof v); /* the test's own */
    CHECK(v[0] != 0 && v[3] == 0 && v[6] == 0 && v[8] == 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_encode)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
