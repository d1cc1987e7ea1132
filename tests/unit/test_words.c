/* tests/unit/test_words.c: texts of strangers: wrapped, indented, harmless. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/words.h"
#include "tests/kat.h"

static void check_words(const char *text, size_t indent, size_t width,
                        const char *expected)
{
    char *got = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&got, &len);

    assert_non_null(to);
    sc_words_put(to, text, indent, width);
    CHECK(fclose(to) == 0);
    CHECK_STR(got, expected);
    free(got);
}

static void test_wrapping(void **state)
{
    (void)state;
    check_words("", 4, 20, "");
    check_words("as it is", 4, 0, "as it is");
    check_words("one two three", 2, 9, "one two\n  three");
    check_words("one two three", 2, 10, "one two\n  three");
    check_words("one two three", 2, 15, "one two three");
    check_words("unbreakable word", 2, 6, "unbreakable\n  word");
    check_words("two\nlines", 3, 0, "two\n   lines");
    check_words("\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4", 0, 5,
                "\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4"); /* characters count */
}

/* No byte of a text reaches column 0, moves the cursor or turns the line. */
static void test_hostile(void **state)
{
    (void)state;
    check_words("a\x1b[2Jb\r\x7f\tc", 0, 0, "a?[2Jb?? c");
    check_words("a\xc2\x9b"
                "2J\xc2\xa0",
                0, 0, "a?2J\xc2\xa0");
    check_words("a\xe2\x80\xae"
                "b\xe2\x81\xa6"
                "c\xe2\x80\xa8"
                "d\xd8\x9c",
                0, 0, "a?b?c?d?");
    check_words("x\nPROVED", 4, 0, "x\n    PROVED");
    check_words("\xe2\x82\xac", 0, 0, "\xe2\x82\xac"); /* a plain character */
    check_words("\xe2", 0, 0, "\xe2");                 /* cut at the end */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wrapping),
                                       cmocka_unit_test(test_hostile)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
