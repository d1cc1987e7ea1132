/* tests/ct/ct_plan_encode.c: which cells are small shows in no branch. */
#include <string.h>

#include "base/ct.h"
#include "job/plan/plan.h"
#include "tests/kat.h"

static void test_encode(void **unused)
{
    sc_support supports[2] = {{.count = 0, .threshold = 10}, {.count = 1}};
    size_t part = 1;
    sc_margin margin = {0, &part, 1};
    sc_local_sum local[2] = {{.need = 0}};
    sc_overlap overlap = {0, 1, 1};
    sc_i128 sums[6] = {5, 50, 0, 0, 50, 500}, one = 1;
    size_t terms[2] = {0, 1};
    sc_opened opened[2] = {{.n_terms = 1, .terms = terms, .coefs = &one},
                           {.n_terms = 1, .terms = terms + 1, .coefs = &one}};
    sc_plan p = {.supports = supports,
                 .n_supports = 2,
                 .sums = local,
                 .overlaps = &overlap,
                 .n_overlaps = 1,
                 .margins = &margin,
                 .n_margins = 1,
                 .min_group = 10,
                 .opened = opened,
                 .n_opened = 2,
                 .n_cells = 3,
                 .n_sums = 2};
    sc_rng rng = sc_rng_system();
    sc_u128 v[12];

    (void)unused;
    SC_CT_SECRET(sums, sizeof sums);
    CHECK_OK(sc_plan_encode(&p, v, sums, &rng));
    SC_CT_PUBLIC(v, sizeof v); /* the test's own */
    CHECK(v[0] != 0 && v[4] == 0 && v[8] == 0 && v[11] == 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_encode)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
