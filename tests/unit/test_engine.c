/* tests/unit/test_engine.c: the life of an engine: check, run, cache, change,
 * death, deadline. */
#include "tests/unit/engine_fixture.h"

static char *regions[] = {"north", "south", "east", "west"};

static void test_first_light(void **state)
{
    sc_column columns[] = {category("region", regions, 4),
                           col("age", SC_T_INTEGER, 0, 120),
                           decimal("income", 2, 0, 1000000000)};
    sc_table t = table_of("salaries", columns, 3);
    int64_t breaks[] = {1, 2, 3};
    uint32_t outcome[] = {0, 1, 2, 3};
    sc_key key = {.column = 0, .breaks = breaks, .n_breaks = 3,
                  .outcome = outcome, .outcome_null = 4, .n_labels = 4,
                  .has_null = 1};
    sc_local_sum sums[] = {{NULL, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 2, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 2, 1, SC_NO_COLUMN, 7},
                           {NULL, 4, 2, 2, 60}};
    sc_fragment f = {&t, NULL, &key, 1, sums, 4};
    sc_i128 got[20];
    sc_asset a;
    place p;

    place_init(&p, *state, "s.csv",
               "age,other,income,region\n"
               "10,x,1.50,north\n20,,2,south\nNA,\"a,b\",3.25,north\n"
               "30,,NA,\n",
               &t);
    place_open(&p);
    a = place_asset(&p);
    CHECK_U64(a.report.n_rows, 4);
    CHECK_U64(a.report.n_violations, 0);
    CHECK_U64(a.report.n_nulls[0], 1);
    CHECK_U64(a.report.n_nulls[1], 1);
    CHECK(a.is_usable);
    CHECK_OK(place_run(&p, &a, &f, got));
    CHECK(got[0] == 2);
    CHECK(got[1] == 1);
    CHECK(got[2] == 10);
    CHECK(got[3] == 150 * 150 + 325 * 325);
    CHECK(got[4 * 4] == 1);
    place_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_light, sc_folder_setup,
                                        sc_folder_remove),
    };

    be_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
