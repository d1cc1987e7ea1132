/* tests/unit/test_json.c: the strict reader, tests/vectors/jcs.kat. */
#include <string.h>

#include "base/json.h"
#include "tests/kat.h"

#define MAX_LEN 100000

static sc_err parse(json_t **v, const char *text, sc_fault *why)
{
    return sc_json_parse(v, sc_bytes_of(text), MAX_LEN, why);
}

static json_t *must_parse(const char *text)
{
    json_t *v = NULL;

    CHECK_OK(parse(&v, text, NULL));
    return v;
}

static void check_printable(const sc_fault *why)
{
    CHECK(why->text[0] != '\0');
    for (const char *c = why->text; *c != '\0'; c++) {
        CHECK(*c >= 0x20 && *c < 0x7F);
    }
}

static void test_refused_vectors(void **state)
{
    sc_kat t;
    size_t n = 0;

    (void)state;
    for (sc_kat_open(&t, "jcs.kat"); sc_kat_next(&t);) {
        json_t untouched, *v = &untouched;
        sc_fault why = {0};

        if (!sc_kat_has(&t, "refused")) {
            continue;
        }
        CHECK_ERR(SC_E_WIRE, sc_json_parse(&v, sc_kat_bytes(&t, "refused"),
                                           MAX_LEN, &why));
        CHECK(v == &untouched);
        CHECK_U64(why.code, SC_E_WIRE);
        check_printable(&why);
        CHECK_ERR(SC_E_WIRE,
                  sc_json_parse_canonical(&v, sc_kat_bytes(&t, "refused"),
                                          MAX_LEN, NULL));
        n++;
    }
    CHECK(n > 40);
}

/* A text that is not its own canonical form parses, but not as canonical. */
static void test_not_canonical(void **state)
{
    sc_kat t;
    size_t n = 0;

    (void)state;
    for (sc_kat_open(&t, "jcs.kat"); sc_kat_next(&t);) {
        json_t *v = NULL;
        sc_fault why = {0};
        sc_bytes in;

        if (!sc_kat_has(&t, "canonical")) {
            continue;
        }
        in = sc_kat_bytes(&t, "input");
        if (sc_bytes_equal_vartime(in, sc_kat_bytes(&t, "canonical"))) {
            continue;
        }
        CHECK_ERR(SC_E_WIRE, sc_json_parse_canonical(&v, in, MAX_LEN, &why));
        CHECK(v == NULL);
        check_printable(&why);
        n++;
    }
    CHECK(n > 5);
}

static void test_says_where(void **state)
{
    json_t *v = NULL;
    sc_fault why = {0};

    (void)state;
    CHECK_ERR(SC_E_WIRE, parse(&v, "{\"a\":1,\n \"b\":x}", &why));
    CHECK_U64(why.line, 2);
    CHECK_ERR(SC_E_WIRE, parse(&v, "{\"a\":[1,{\"k\xc3\xa9\":1.5}]}", &why));
    CHECK_STR(why.text, "a number is not an integer at /a/1/k??");
    CHECK_ERR(SC_E_WIRE, parse(&v, "1.5", &why));
    CHECK_STR(why.text, "a number is not an integer at the top");
    CHECK_ERR(SC_E_WIRE, sc_json_parse_canonical(&v, sc_bytes_of("[1, 2]"),
                                                 MAX_LEN, &why));
    CHECK(strstr(why.text, "at byte 3") != NULL);
}

/* A path of any length is cut to the fault, and says nothing beyond it. */
static void test_long_path(void **state)
{
    char text[2000] = "{\"";
    json_t *v = NULL;
    sc_fault why = {0};

    (void)state;
    memset(text + 2, 'k', 1900);
    memcpy(text + 1902, "\":[2.5]}", 9);
    CHECK_ERR(SC_E_WIRE, parse(&v, text, &why));
    check_printable(&why);
    CHECK(strlen(why.text) < 300);
}

static void test_max_len(void **state)
{
    json_t *v = NULL;
    sc_fault why = {0};

    (void)state;
    CHECK_ERR(SC_E_WIRE, sc_json_parse(&v, sc_bytes_of("[1]"), 2, &why));
    CHECK_OK(sc_json_parse(&v, sc_bytes_of("[1]"), 3, &why));
    json_decref(v);
    CHECK_ERR(SC_E_WIRE, sc_json_parse(&v, (sc_bytes){0}, 3, &why));
}

/* Nothing but the text itself, once each bit is flipped, may pass for it. */
static void test_flipped_and_cut(void **state)
{
    static const char text[] =
        "{\"a\":[1,-20,true,null],\"b\":{\"c\":\"\xc3\xa9\\n\"},\"d\":\"x\"}";
    uint8_t bad[sizeof text];
    size_t len = sizeof text - 1;
    json_t *good = must_parse(text), *v = NULL;

    (void)state;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        memcpy(bad, text, sizeof text);
        bad[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        if (sc_json_parse_canonical(&v, (sc_bytes){bad, len}, MAX_LEN, NULL) ==
            SC_OK) {
            CHECK(!json_equal(good, v));
            json_decref(v);
        }
    }
    for (size_t cut = 0; cut < len; cut++) {
        CHECK_ERR(SC_E_WIRE,
                  sc_json_parse(&v, (sc_bytes){(const uint8_t *)text, cut},
                                MAX_LEN, NULL));
    }
    json_decref(good);
}

static void test_members(void **state)
{
    json_t *v = must_parse("{\"s\":\"text\",\"i\":-5,\"a\":[1],\"o\":{}}");
    const char *text = "untouched";
    int64_t n = 77;
    json_t *item = v;

    (void)state;
    CHECK_OK(sc_json_str(&text, v, "s"));
    CHECK_STR(text, "text");
    CHECK_OK(sc_json_int(&n, v, "i", -5, -5));
    CHECK_I64(n, -5);
    CHECK_OK(sc_json_array(&item, v, "a"));
    CHECK_U64(json_array_size(item), 1);
    CHECK_OK(sc_json_object(&item, v, "o"));
    CHECK_U64(json_object_size(item), 0);
    json_decref(v);
}

static void test_members_refused(void **state)
{
    static const char *const names[] = {"s", "i", "a", "o", "none"};
    json_t *v = must_parse("{\"s\":\"text\",\"i\":-5,\"a\":[1],\"o\":{}}");
    json_t *list = must_parse("[1]");

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const char *text = "untouched";
        int64_t n = 77;
        json_t *item = v;

        CHECK(i == 0 || sc_json_str(&text, v, names[i]) == SC_E_WIRE);
        CHECK(i == 1 || sc_json_int(&n, v, names[i], -9, 9) == SC_E_WIRE);
        CHECK(i == 2 || sc_json_array(&item, v, names[i]) == SC_E_WIRE);
        CHECK(i == 3 || sc_json_object(&item, v, names[i]) == SC_E_WIRE);
        CHECK_STR(text, "untouched");
        CHECK_I64(n, 77);
        CHECK(item == v);
        CHECK_ERR(SC_E_WIRE, sc_json_int(&n, v, "i", -4, 9));
        CHECK_ERR(SC_E_WIRE, sc_json_int(&n, v, "i", -9, -6));
        CHECK_ERR(SC_E_WIRE, sc_json_str(&text, list, names[i]));
        CHECK_ERR(SC_E_WIRE, sc_json_str(&text, NULL, names[i]));
    }
    json_decref(v);
    json_decref(list);
}

static void test_hex(void **state)
{
    static const uint8_t bytes[3] = {0x00, 0x7f, 0xff};
    json_t *v = must_parse("{\"up\":\"007FFF\",\"gap\":\"00 fff\",\"n\":7}");
    uint8_t got[4] = {0};

    (void)state;
    CHECK_OK(sc_json_set_hex(v, "h", (sc_bytes){bytes, 3}));
    CHECK_STR(json_string_value(json_object_get(v, "h")), "007fff");
    CHECK_OK(sc_json_hex(got, 3, v, "h"));
    CHECK_BYTES(got, bytes, 3);
    CHECK_ERR(SC_E_WIRE, sc_json_hex(got, 2, v, "h"));
    CHECK_ERR(SC_E_WIRE, sc_json_hex(got, 4, v, "h"));
    CHECK_ERR(SC_E_WIRE, sc_json_hex(got, 3, v, "up"));
    CHECK_ERR(SC_E_WIRE, sc_json_hex(got, 3, v, "gap"));
    CHECK_ERR(SC_E_WIRE, sc_json_hex(got, 3, v, "n"));
    CHECK_ERR(SC_E_WIRE, sc_json_hex(got, 3, v, "none"));
    CHECK_OK(sc_json_set_hex(v, "h", (sc_bytes){0}));
    CHECK_STR(json_string_value(json_object_get(v, "h")), "");
    json_decref(v);
}

static void test_only(void **state)
{
    static const char *const all[] = {"a", "b", "c", NULL};
    static const char *const some[] = {"a", "c", NULL};
    static const char *const none[] = {NULL};
    json_t *v = must_parse("{\"a\":null,\"b\":1}");
    json_t *empty = must_parse("{}"), *list = must_parse("[]");

    (void)state;
    CHECK_OK(sc_json_only(v, all));
    CHECK_ERR(SC_E_WIRE, sc_json_only(v, some));
    CHECK_ERR(SC_E_WIRE, sc_json_only(v, none));
    CHECK_OK(sc_json_only(empty, none));
    CHECK_ERR(SC_E_WIRE, sc_json_only(list, all));
    CHECK_ERR(SC_E_WIRE, sc_json_only(NULL, all));
    json_decref(v);
    json_decref(empty);
    json_decref(list);
}

static sc_err body_canonical(void *text)
{
    json_t *v = NULL;
    sc_fault why = {0};
    sc_err err = sc_json_parse_canonical(&v, sc_bytes_of(text), MAX_LEN, &why);

    CHECK_U64(why.code, err);
    CHECK((v != NULL) == (err == SC_OK));
    json_decref(v);
    return err;
}

static sc_err body_set_hex(void *text)
{
    json_t *v = json_object();
    sc_err err = sc_json_set_hex(v, "k", sc_bytes_of(text));

    json_decref(v);
    return err;
}

static void test_out_of_memory(void **state)
{
    char text[] = "{\"a\":{\"b\":[1]}}";

    (void)state;
    CHECK_ALLOC(body_canonical, text);
    CHECK_ALLOC(body_set_hex, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_vectors),
        cmocka_unit_test(test_not_canonical),
        cmocka_unit_test(test_says_where),
        cmocka_unit_test(test_long_path),
        cmocka_unit_test(test_max_len),
        cmocka_unit_test(test_flipped_and_cut),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_members_refused),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_only),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
