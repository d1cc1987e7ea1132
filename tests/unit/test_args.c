/* tests/unit/test_args.c: command lines, right and wrong. */
#include <stdio.h>
#include <string.h>

#include "tests/kat.h"

#include "cli/args.h"

static const char *dir, *to;
static int is_quiet;
static const sc_option options[] = {
    {"dir", &dir, NULL, 1},
    {"to", &to, NULL, 0},
    {"quiet", NULL, &is_quiet, 0},
};

static const char *words[2], *called[2];
static size_t n_words;
static sc_fault why;

/* argv from a text with single blanks between its words; "_" is empty. */
static sc_err parse(const char *line, size_t min_words)
{
    static char copy[200];
    char *argv[20] = {copy};
    int argc = 0;

    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *at = copy; at != NULL; argc++) {
        argv[argc] = at;
        at = strchr(at, ' ');
        if (at != NULL) {
            *at++ = '\0';
        }
        if (strcmp(argv[argc], "_") == 0) {
            argv[argc][0] = '\0';
        }
    }
    dir = to = NULL;
    is_quiet = 0;
    words[0] = called[0];
    words[1] = called[1];
    why = (sc_fault){0};
    return sc_args_parse(words, &n_words, argc, argv, options, 3, min_words, 2,
                         &why);
}

static void test_good(void **state)
{
    (void)state;
    CHECK_OK(parse("init --dir D", 0));
    CHECK_STR(dir, "D");
    CHECK(to == NULL && !is_quiet && n_words == 0);
    CHECK_OK(parse("init a --quiet b --dir=D=E --to _", 2));
    CHECK_STR(dir, "D=E");
    CHECK_STR(to, "");
    CHECK(is_quiet);
    CHECK_U64(n_words, 2);
    CHECK_STR(words[0], "a");
    CHECK_STR(words[1], "b");
    CHECK_OK(parse("init --dir= -- --to -x", 2));
    CHECK_STR(dir, "");
    CHECK_STR(words[0], "--to");
    CHECK_STR(words[1], "-x");
    CHECK_OK(parse("init --dir --to -", 0));
    CHECK_STR(dir, "--to");
    CHECK_STR(words[0], "-");
}

static void expect(const char *line, const char *text, const char *remedy)
{
    CHECK_ERR(SC_E_CONFIG, parse(line, 1));
    CHECK_STR(why.text, text);
    CHECK_STR(why.remedy, remedy);
}

static void test_bad(void **state)
{
    (void)state;
    expect("init a", "--dir is missing", "");
    expect("init --dir D", "an argument is missing", "");
    expect("init --dir D a b c", "one argument too many: c", "");
    expect("init --dir", "--dir needs a value", "");
    expect("init --dir D --dir E a", "--dir is given twice", "");
    expect("init --quiet=1 --dir D a", "--quiet takes no value", "");
    expect("init --dri D a", "unknown option --dri", "did you mean --dir?");
    expect("init --qiuet a", "unknown option --qiuet", "did you mean --quiet?");
    expect("init -dir D a", "unknown option -dir", "did you mean --dir?");
    expect("init --zebra a", "unknown option --zebra", "");
    expect("init --dirx=1 a", "unknown option --dirx=1", "did you mean --dir?");
    expect("init --d a", "unknown option --d", "");
    expect("init -x a", "unknown option -x", "");
}

static void test_called(void **state)
{
    (void)state;
    called[0] = "NAME: of the party";
    called[1] = "FILE";
    expect("init", "NAME is missing", "of the party");
    CHECK_ERR(SC_E_CONFIG, parse("init --dir D a", 2));
    CHECK_STR(why.text, "FILE is missing");
    CHECK_STR(why.remedy, "");
    expect("init --dir D a b c", "one argument too many: c",
           "quote the FILE if it has blanks");
    CHECK_OK(parse("init --dir D a", 1));
    CHECK_STR(words[0], "a");
    CHECK(words[1] == NULL);
    called[0] = called[1] = NULL;
}

static void test_help(void **state)
{
    char init[] = "init", help[] = "--help", h[] = "-h", end[] = "--";
    char *first[] = {init, help}, *second[] = {init, h};
    char *behind[] = {init, end, help}, *none[] = {init};

    (void)state;
    CHECK(sc_args_wants_help(2, first));
    CHECK(sc_args_wants_help(2, second));
    CHECK(!sc_args_wants_help(3, behind));
    CHECK(!sc_args_wants_help(1, none));
}

static void test_nearest(void **state)
{
    static const char *const list[] = {"consortium", "init", "query", NULL};
    char longest[100];

    (void)state;
    memset(longest, 'q', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK_STR(sc_args_nearest("consotrium", list), "consortium");
    CHECK_STR(sc_args_nearest("inti", list), "init");
    CHECK_STR(sc_args_nearest("qurey", list), "query");
    CHECK_STR(sc_args_nearest("querys", list), "query");
    CHECK(sc_args_nearest("status", list) == NULL);
    CHECK(sc_args_nearest("", list) == NULL);
    CHECK(sc_args_nearest(longest, list) == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),    cmocka_unit_test(test_bad),
        cmocka_unit_test(test_called),  cmocka_unit_test(test_help),
        cmocka_unit_test(test_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
