/* tests/unit/test_bytes.c: the buffer against a plain array; words. */
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "tests/kat.h"

#define MODEL_LEN 20000

static void test_appends_like_an_array(void **state)
{
    static uint8_t model[MODEL_LEN];
    sc_buf b = {0};

    (void)state;
    for (size_t n = 0; b.len + n <= MODEL_LEN; n = (n * 7 + 1) % 301) {
        for (size_t i = 0; i < n; i++) {
            model[b.len + i] = (uint8_t)(b.len * 31 + i);
        }
        CHECK_OK(sc_buf_put(&b, model + b.len, n));
        CHECK(b.len <= b.cap);
    }
    CHECK(b.len > MODEL_LEN / 2);
    CHECK_BYTES(b.p, model, b.len);
    sc_buf_clear(&b);
    CHECK(b.p == NULL && b.len == 0 && b.cap == 0);
    sc_buf_clear(&b);
}

static void test_kinds_of_append(void **state)
{
    sc_buf b = {0};

    (void)state;
    CHECK_OK(sc_buf_put(&b, NULL, 0));
    CHECK_OK(sc_buf_put_bytes(&b, (sc_bytes){NULL, 0}));
    CHECK_OK(sc_buf_put_str(&b, ""));
    CHECK_U64(b.len, 0);
    CHECK_OK(sc_buf_put_str(&b, "one "));
    CHECK_OK(sc_buf_put_bytes(&b, sc_bytes_of("two ")));
    CHECK_OK(sc_buf_put_u8(&b, '3'));
    CHECK_OK(sc_buf_printf(&b, " %s%d", "f", 4));
    CHECK_OK(sc_buf_printf(&b, "%s", ""));
    CHECK_OK(sc_buf_terminate(&b));
    CHECK_STR((char *)b.p, "one two 3 f4");
    CHECK_U64(b.len, 12);
    CHECK_U64(sc_buf_bytes(&b).len, 12);
    CHECK(sc_buf_bytes(&b).p == b.p);
    sc_buf_clear(&b);
}

static void test_terminate_where_the_buffer_is_full(void **state)
{
    (void)state;
    for (size_t n = 0; n < 200; n++) {
        sc_buf b = {0};

        for (size_t i = 0; i < n; i++) {
            CHECK_OK(sc_buf_put_u8(&b, 'x'));
        }
        CHECK_OK(sc_buf_terminate(&b));
        CHECK_U64(b.len, n);
        CHECK_U64(strlen((char *)b.p), n);
        sc_buf_clear(&b);
    }
}

static void test_printf_of_any_length(void **state)
{
    (void)state;
    for (int n = 0; n < 300; n++) {
        sc_buf b = {0};

        CHECK_OK(sc_buf_printf(&b, "%*s", n, ""));
        CHECK_U64(b.len, n);
        CHECK_OK(sc_buf_printf(&b, "%d", n));
        CHECK_OK(sc_buf_terminate(&b));
        CHECK(b.p[n] != ' ');
        sc_buf_clear(&b);
    }
}

static void test_reset_wipes_and_keeps(void **state)
{
    sc_buf b = {0};
    size_t cap;
    uint8_t *p;

    (void)state;
    CHECK_OK(sc_buf_put_str(&b, "a secret"));
    cap = b.cap;
    p = b.p;
    sc_buf_reset(&b);
    CHECK_U64(b.len, 0);
    CHECK(b.p == p && b.cap == cap);
    CHECK_ZERO(b.p, b.cap);
    sc_buf_clear(&b);
    sc_buf_reset(&b); /* {0} is valid */
}

static void test_out_of_memory_leaves_it_as_it_was(void **state)
{
    sc_buf b = {0}, same;

    (void)state;
    sc_alloc_fail_at(1);
    CHECK_ERR(SC_E_MEM, sc_buf_put_u8(&b, 1));
    CHECK(b.p == NULL && b.len == 0 && b.cap == 0);
    sc_alloc_fail_at(0);
    do {
        CHECK_OK(sc_buf_put_u8(&b, 'x'));
    } while (b.len < b.cap);
    same = b;
    sc_alloc_fail_at(1);
    CHECK_ERR(SC_E_MEM, sc_buf_put_u8(&b, 1));
    sc_alloc_fail_at(1);
    CHECK_ERR(SC_E_MEM, sc_buf_put_str(&b, "y"));
    sc_alloc_fail_at(1);
    CHECK_ERR(SC_E_MEM, sc_buf_printf(&b, "y"));
    sc_alloc_fail_at(1);
    CHECK_ERR(SC_E_MEM, sc_buf_terminate(&b));
    sc_alloc_fail_at(0);
    CHECK_ERR(SC_E_MEM, sc_buf_reserve(&b, SIZE_MAX));
    CHECK_ERR(SC_E_MEM, sc_buf_reserve(&b, SIZE_MAX - b.len));
    CHECK(b.p == same.p && b.len == same.len && b.cap == same.cap);
    for (size_t i = 0; i < b.len; i++) {
        CHECK(b.p[i] == 'x');
    }
    sc_buf_clear(&b);
}

static void test_equal(void **state)
{
    (void)state;
    CHECK(sc_bytes_equal_vartime((sc_bytes){NULL, 0}, sc_bytes_of("")));
    CHECK(sc_bytes_equal_vartime(sc_bytes_of("ab"), sc_bytes_of("ab")));
    CHECK(!sc_bytes_equal_vartime(sc_bytes_of("ab"), sc_bytes_of("ac")));
    CHECK(!sc_bytes_equal_vartime(sc_bytes_of("ab"), sc_bytes_of("abc")));
    CHECK(!sc_bytes_equal_vartime(sc_bytes_of("ab"), (sc_bytes){NULL, 0}));
}

static void test_words(void **state)
{
    const uint8_t le[9] = {0, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01};
    const uint8_t be[9] = {0, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    uint8_t p[9] = {0};

    (void)state;
    sc_store_le64(p + 1, 0x0123456789abcdef); /* at an odd address */
    CHECK_BYTES(p, le, 9);
    CHECK_U64(sc_load_le64(p + 1), 0x0123456789abcdef);
    sc_store_be64(p + 1, 0x0123456789abcdef);
    CHECK_BYTES(p, be, 9);
    CHECK_U64(sc_load_be64(p + 1), 0x0123456789abcdef);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_like_an_array),
        cmocka_unit_test(test_kinds_of_append),
        cmocka_unit_test(test_terminate_where_the_buffer_is_full),
        cmocka_unit_test(test_printf_of_any_length),
        cmocka_unit_test(test_reset_wipes_and_keeps),
        cmocka_unit_test(test_out_of_memory_leaves_it_as_it_was),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
