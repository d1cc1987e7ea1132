/* tests/unit/test_fault.c: filling, cutting and printing faults. */
#include <string.h>

#include "base/fault.h"
#include "tests/kat.h"

static void test_set_clears_the_rest(void **state)
{
    sc_fault why = {0};

    (void)state;
    sc_fault_party(&why, "bob");
    sc_fault_phase(&why, "commit");
    sc_fault_at(&why, "node.yaml", 3, 7);
    sc_fault_remedy(&why, "try %d", 1);
    CHECK_ERR(SC_E_WIRE, sc_fault_set(&why, SC_E_WIRE, "row %d", 12));
    CHECK_U64(why.code, SC_E_WIRE);
    CHECK_STR(why.text, "row 12");
    CHECK_STR(why.party, "");
    CHECK_STR(why.phase, "");
    CHECK_STR(why.file, "");
    CHECK_STR(why.remedy, "");
    CHECK_U64(why.line + why.column, 0);
}

static void test_accepts_null(void **state)
{
    (void)state;
    CHECK_ERR(SC_E_IO, sc_fault_set(NULL, SC_E_IO, "%s", "x"));
    CHECK_ERR(SC_E_MEM, sc_fault_from(NULL, SC_E_MEM));
    sc_fault_party(NULL, "bob");
    sc_fault_phase(NULL, "commit");
    sc_fault_at(NULL, "file", 1, 1);
    sc_fault_remedy(NULL, "x");
}

static void test_from_fills_only_the_empty(void **state)
{
    sc_fault why = {0};

    (void)state;
    CHECK_ERR(SC_E_RNG, sc_fault_from(&why, SC_E_RNG));
    CHECK_U64(why.code, SC_E_RNG);
    CHECK_STR(why.text, "the random source failed");
    CHECK_ERR(SC_E_IO, sc_fault_from(&why, SC_E_IO));
    CHECK_U64(why.code, SC_E_RNG);
}

static void test_own_fields_as_arguments(void **state)
{
    sc_fault why = {0};

    (void)state;
    sc_fault_set(&why, SC_E_IO, "inner");
    sc_fault_party(&why, "bob");
    sc_fault_set(&why, SC_E_STATE, "outer: %s of %s", why.text, why.party);
    CHECK_STR(why.text, "outer: inner of bob");
    sc_fault_party(&why, why.text + 7);
    CHECK_STR(why.party, "inner of bob");
    sc_fault_party(&why, why.party + 6);
    CHECK_STR(why.party, "of bob");
}

static void test_long_texts_are_cut(void **state)
{
    char long_text[2000];
    sc_fault why = {0};

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    sc_fault_set(&why, SC_E_IO, "%s", long_text);
    sc_fault_party(&why, long_text);
    sc_fault_phase(&why, long_text);
    sc_fault_at(&why, long_text, 1, 2);
    sc_fault_remedy(&why, "%s", long_text);
    CHECK_U64(strlen(why.text), sizeof why.text - 1);
    CHECK_U64(strlen(why.party), sizeof why.party - 1);
    CHECK_U64(strlen(why.phase), sizeof why.phase - 1);
    CHECK_U64(strlen(why.file), sizeof why.file - 1);
    CHECK_U64(strlen(why.remedy), sizeof why.remedy - 1);
}

static void test_print(void **state)
{
    sc_fault why = {0};
    char out[300];

    (void)state;
    sc_fault_set(&why, SC_E_IO, "what happened");
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "what happened");
    sc_fault_phase(&why, "commit");
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "commit: what happened");
    sc_fault_party(&why, "alice");
    sc_fault_remedy(&why, "ask %s", "her");
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "alice, commit: what happened (ask her)");

    sc_fault_set(&why, SC_E_CONFIG, "unknown key");
    sc_fault_at(&why, "node.yaml", 3, 7);
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "node.yaml:3:7: unknown key");
    sc_fault_remedy(&why, "remove it");
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "node.yaml:3:7: unknown key; remove it");
    sc_fault_at(&why, "node.yaml", 3, 0);
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "node.yaml:3: unknown key; remove it");
    sc_fault_at(&why, "node.yaml", 0, 0);
    sc_fault_party(&why, "alice");
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "alice: node.yaml: unknown key; remove it");

    why = (sc_fault){.code = SC_E_MEM}; /* a code without a text */
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "out of memory");
}

static void test_print_is_cut_at_any_length(void **state)
{
    const char *whole = "alice, commit: f:1:2: text; remedy";
    sc_fault why = {0};
    char out[64];

    (void)state;
    sc_fault_set(&why, SC_E_IO, "text");
    sc_fault_party(&why, "alice");
    sc_fault_phase(&why, "commit");
    sc_fault_at(&why, "f", 1, 2);
    sc_fault_remedy(&why, "remedy");
    for (size_t len = 0; len <= sizeof out; len++) {
        size_t n = len == 0 ? 0 : len - 1;

        memset(out, '#', sizeof out);
        sc_fault_print(out, len, &why);
        n = n < strlen(whole) ? n : strlen(whole);
        CHECK_BYTES(out, whole, n);
        if (len > 0) {
            CHECK(out[n] == '\0');
        }
        for (size_t i = len; i < sizeof out; i++) {
            CHECK(out[i] == '#');
        }
    }
}

/* Half a character is no text, and no JSON. */
static void test_characters_are_whole(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ""},
        {"a", "a"},
        {"\xc3\xa9", "\xc3\xa9"},
        {"a\xc3", "a"},
        {"\xe2\x82\xac", "\xe2\x82\xac"},
        {"\xe2\x82", ""},
        {"a\xe2", "a"},
        {"\xf0\x9f\x8c\xbf", "\xf0\x9f\x8c\xbf"},
        {"ab\xf0\x9f\x8c", "ab"},
        {"\xf0\x9f", ""},
        {"\xc3\xa9\xf0", "\xc3\xa9"},
    };
    char text[16], words[601] = "x", out[4];
    sc_fault why = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        strcpy(text, cases[i].text);
        sc_fault_cut(text);
        CHECK_STR(text, cases[i].want);
    }
    for (size_t i = 0; i < 298; i++) {
        strcat(words, "\xc3\xa9");
    }
    sc_fault_set(&why, SC_E_IO, "%s", words); /* 511 bytes: all whole */
    CHECK_U64(strlen(why.text), 511);
    sc_fault_set(&why, SC_E_IO, "%s", words + 1);
    CHECK_U64(strlen(why.text), 510);
    sc_fault_remedy(&why, "%s", words + 1);
    CHECK_U64(strlen(why.remedy), 254);
    sc_fault_print(out, sizeof out, &why);
    CHECK_STR(out, "\xc3\xa9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_clears_the_rest),
        cmocka_unit_test(test_accepts_null),
        cmocka_unit_test(test_from_fills_only_the_empty),
        cmocka_unit_test(test_own_fields_as_arguments),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_characters_are_whole),
        cmocka_unit_test(test_print_is_cut_at_any_length),
    };

    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
