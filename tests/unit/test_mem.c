/* tests/unit/test_mem.c: zeroed, bounded, countable; and failing at will. */
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "tests/kat.h"

static void test_alloc_is_zeroed(void **state)
{
    (void)state;
    for (size_t n = 0; n < 100; n++) {
        uint8_t *p = sc_alloc(n, 3);

        CHECK(p != NULL);
        CHECK_ZERO(p, 3 * n);
        memset(p, 0xff, 3 * n);
        sc_free(p);
    }
    sc_free(NULL);
}

static void test_alloc_refuses_a_wrap(void **state)
{
    /* Not constants, or the compiler warns of what is tested here. */
    volatile size_t half = SIZE_MAX / 2 + 1, most = SIZE_MAX;

    (void)state;
    CHECK(sc_alloc(half, 2) == NULL);
    CHECK(sc_alloc(2, half) == NULL);
    CHECK(sc_alloc(most, most) == NULL);
    CHECK(sc_alloc((size_t)1 << 33, (size_t)1 << 33) == NULL);
}

static void test_fails_at_the_kth(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= 5; k++) {
        sc_alloc_fail_at(k);
        for (uint64_t i = 1; i <= 10; i++) {
            void *p = sc_alloc(1, 1);

            CHECK((p == NULL) == (i == k)); /* once, then no more */
            CHECK_U64(sc_alloc_count(), i);
            sc_free(p);
        }
    }
    sc_alloc_fail_at(1);
    CHECK(sc_strdup("x") == NULL);
    sc_alloc_fail_at(0);
    for (int i = 0; i < 10; i++) {
        void *p = sc_alloc(1, 1);

        CHECK(p != NULL);
        sc_free(p);
    }
    CHECK_U64(sc_alloc_count(), 10);
}

static void *alloc_elsewhere(void *arg)
{
    void *p = sc_alloc(1, 1);

    *(int *)arg = p != NULL;
    sc_free(p);
    return NULL;
}

static void test_failing_stays_in_its_thread(void **state)
{
    pthread_t thread;
    int was_given = 0;

    (void)state;
    sc_alloc_fail_at(1);
    CHECK(pthread_create(&thread, NULL, alloc_elsewhere, &was_given) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(was_given);
    CHECK_U64(sc_alloc_count(), 0);
    CHECK(sc_alloc(1, 1) == NULL);
    sc_alloc_fail_at(0);
}

static void test_strdup(void **state)
{
    const char *texts[] = {"", "a", "sharechain"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *copy = sc_strdup(texts[i]);

        CHECK_STR(copy, texts[i]);
        CHECK(copy != texts[i]);
        sc_free(copy);
    }
}

static void test_wipe(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 64; len++) {
        uint8_t bytes[80];

        memset(bytes, 0xa5, sizeof bytes);
        sc_wipe(bytes + 8, len);
        CHECK_ZERO(bytes + 8, len);
        for (size_t i = 0; i < 8; i++) {
            CHECK(bytes[i] == 0xa5 && bytes[8 + len + i] == 0xa5);
        }
    }
    sc_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_is_zeroed),
        cmocka_unit_test(test_alloc_refuses_a_wrap),
        cmocka_unit_test(test_fails_at_the_kth),
        cmocka_unit_test(test_failing_stays_in_its_thread),
        cmocka_unit_test(test_strdup),
        cmocka_unit_test(test_wipe),
    };

    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
