/* tests/unit/test_jcs.c: the canonical writer, tests/vectors/jcs.kat. */
#include <string.h>

#include "base/json.h"
#include "tests/kat.h"

#define MAX_LEN 100000

static json_t *parse(sc_bytes text)
{
    json_t *v = NULL;
    sc_fault why = {0};

    CHECK_OK(sc_json_parse(&v, text, MAX_LEN, &why));
    return v;
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "jcs.kat"); sc_kat_next(&t);) {
        uint8_t digest[32];
        sc_buf out = {0};
        sc_bytes expected;
        json_t *v;

        if (!sc_kat_has(&t, "canonical")) {
            continue;
        }
        expected = sc_kat_bytes(&t, "canonical");
        v = parse(sc_kat_bytes(&t, "input"));
        CHECK_OK(sc_buf_put_str(&out, "before"));
        CHECK_OK(sc_jcs_put(&out, v));
        CHECK_U64(out.len, expected.len + 6);
        CHECK_BYTES(out.p, "before", 6);
        CHECK_BYTES(out.p + 6, expected.p, expected.len);
        CHECK_OK(sc_jcs_digest(digest, v));
        CHECK_BYTES(digest, sc_kat_bytes(&t, "digest").p, 32);
        sc_buf_clear(&out);
        json_decref(v);
    }
}

/* The canonical form is its own canonical form, and is accepted as such. */
static void test_idempotent(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "jcs.kat"); sc_kat_next(&t);) {
        sc_buf again = {0};
        sc_fault why = {0};
        sc_bytes text;
        json_t *v = NULL;

        if (!sc_kat_has(&t, "canonical")) {
            continue;
        }
        text = sc_kat_bytes(&t, "canonical");
        CHECK_OK(sc_json_parse_canonical(&v, text, text.len, &why));
        CHECK_OK(sc_jcs_put(&again, v));
        CHECK(sc_bytes_equal_vartime(text, sc_buf_bytes(&again)));
        json_decref(v);
        sc_buf_clear(&again);
    }
}

/* What cannot be written leaves the buffer alone, wherever in v it stands. */
static void check_refused(json_t *bad)
{
    uint8_t digest[32] = {0};
    sc_buf out = {0};
    json_t *v = json_object();

    CHECK(bad != NULL && v != NULL);
    CHECK_OK(sc_buf_put_str(&out, "x"));
    CHECK(json_object_set_new(v, "a", json_integer(1)) == 0);
    CHECK(json_object_set_new(v, "b", bad) == 0);
    CHECK_ERR(SC_E_ARG, sc_jcs_put(&out, v));
    CHECK_U64(out.len, 1);
    CHECK_BYTES(out.p, "x", 1);
    CHECK_ERR(SC_E_ARG, sc_jcs_digest(digest, v));
    CHECK_ZERO(digest, sizeof digest);
    sc_buf_clear(&out);
    json_decref(v);
}

static json_t *nested(unsigned depth)
{
    json_t *v = json_array();

    for (unsigned i = 1; i < depth; i++) {
        json_t *outer = json_array();

        CHECK(json_array_append_new(outer, v) == 0);
        v = outer;
    }
    return v;
}

static void test_rejects(void **state)
{
    sc_buf out = {0};

    (void)state;
    check_refused(json_real(1.0));
    check_refused(json_integer(SC_JSON_MAX_INT + 1));
    check_refused(json_integer(-SC_JSON_MAX_INT - 1));
    check_refused(json_integer(INT64_MIN));
    check_refused(json_stringn("a\0b", 3));
    check_refused(nested(SC_JSON_MAX_DEPTH)); /* one more with the object */
    CHECK_ERR(SC_E_ARG, sc_jcs_put(&out, NULL));
    CHECK_U64(out.len, 0);
    sc_buf_clear(&out);
}

static sc_err body_put(void *v)
{
    sc_buf out = {0};
    sc_err err = sc_jcs_put(&out, v);

    if (err != SC_OK) {
        CHECK_U64(out.len, 0);
    }
    sc_buf_clear(&out);
    return err;
}

static void test_out_of_memory(void **state)
{
    static const char text[] = "{\"b\":[{\"k\":\"\\u0001\"},2],\"a\":{}}";
    json_t *v = parse(sc_bytes_of(text));

    (void)state;
    CHECK_ALLOC(body_put, v);
    json_decref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_idempotent),
        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
