/* tests/unit/test_near.c: slips that are forgiven, and those that are too many. */
#include <string.h>

#include "base/near.h"
#include "tests/kat.h"

static const char *nearest(const char *text)
{
    static const char *const words[] = {"wage", "age", "role", "population",
                                        "popularity"};
    sc_near near = sc_near_to(text);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        sc_near_try(&near, words[i]);
    }
    return near.nearest;
}

static void test_one_slip(void **state)
{
    (void)state;
    CHECK_STR(nearest("wages"), "wage"); /* added */
    CHECK_STR(nearest("rle"), "role");   /* dropped */
    CHECK_STR(nearest("rule"), "role");  /* changed */
    CHECK_STR(nearest("roel"), "role");  /* swapped */
    CHECK_STR(nearest("age"), "age");
    CHECK_STR(nearest("mage"), "wage"); /* the first of two */
}

static void test_how_many(void **state)
{
    (void)state;
    CHECK_STR(nearest("poopulatoin"), "population"); /* 11 letters: three */
    CHECK_STR(nearest("popularitty"), "popularity");
    CHECK(nearest("xy") == NULL);
    CHECK(nearest("nurse") == NULL);
    CHECK(nearest("") == NULL);
}

static void test_long_words(void **state)
{
    char word[400];
    sc_near near;

    (void)state;
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    near = sc_near_to(word);
    sc_near_try(&near, "a");
    CHECK(near.nearest == NULL);
    near = sc_near_to("a");
    sc_near_try(&near, word);
    CHECK(near.nearest == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_slip),
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_long_words),
    };

    return cmocka_run_group_tests_name("near", tests, NULL, NULL);
}
