/* tests/unit/test_history.c: counts that survive restarts and torn writes. */
#include <pthread.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "job/run/history.h"
#include "tests/folder.h"
#include "tests/kat.h"

static char *place(void **state)
{
    char *path = sc_path_join(*state, "history");

    CHECK(path != NULL);
    return path;
}

static void test_counts(void **state)
{
    char *path = place(state);
    sc_history *h = NULL;

    CHECK_OK(sc_history_open(&h, path, NULL));
    CHECK_U64(sc_history_count(h, 5, SC_HISTORY_QUERY, "a", "t"), 0);
    CHECK_OK(sc_history_add(h, 5, SC_HISTORY_QUERY, "a", "t", 2, NULL));
    CHECK_OK(sc_history_add(h, 5, SC_HISTORY_QUERY, "a", "t", 2, NULL));
    CHECK_ERR(SC_E_REFUSED,
              sc_history_add(h, 5, SC_HISTORY_QUERY, "a", "t", 2, NULL));
    CHECK_OK(sc_history_add(h, -6, SC_HISTORY_QUERY, "a", "t", 1, NULL));
    CHECK_OK(sc_history_add(h, 5, SC_HISTORY_REFUSAL, "a", "t", 1, NULL));
    CHECK_OK(sc_history_add(h, 5, SC_HISTORY_QUERY, "", "at", 1, NULL));
    for (int again = 0; again < 2; again++) {
        CHECK_U64(sc_history_count(h, 5, SC_HISTORY_QUERY, "a", "t"), 2);
        CHECK_U64(sc_history_count(h, -6, SC_HISTORY_QUERY, "a", "t"), 1);
        CHECK_U64(sc_history_count(h, 5, SC_HISTORY_REFUSAL, "a", "t"), 1);
        CHECK_U64(sc_history_count(h, 5, SC_HISTORY_QUERY, "", "at"), 1);
        CHECK_U64(sc_history_count(h, 5, SC_HISTORY_QUERY, "at", ""), 0);
        sc_history_free(&h);
        CHECK_OK(sc_history_open(&h, path, NULL));
    }
    sc_history_free(&h);
    sc_history_free(&h);
    sc_free(path);
}

static void test_long_texts(void **state)
{
    char *path = place(state), text[SC_HISTORY_MAX_TEXT + 2];
    sc_history *h = NULL;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK_OK(sc_history_open(&h, path, NULL));
    CHECK_ERR(SC_E_ARG,
              sc_history_add(h, 1, SC_HISTORY_QUERY, text, "t", 9, NULL));
    CHECK_ERR(SC_E_ARG,
              sc_history_add(h, 1, SC_HISTORY_QUERY, "a", text, 9, NULL));
    CHECK_OK(
        sc_history_add(h, 1, SC_HISTORY_QUERY, text + 1, text + 1, 9, NULL));
    sc_history_free(&h);
    CHECK_OK(sc_history_open(&h, path, NULL));
    CHECK_U64(sc_history_count(h, 1, SC_HISTORY_QUERY, text + 1, text + 1), 1);
    sc_history_free(&h);
    sc_free(path);
}

/* A file cut anywhere holds the records that are whole; a flipped byte before
 * the last record is corruption, named. */
static void test_damage(void **state)
{
    char *path = place(state);
    sc_history *h = NULL;
    sc_buf whole = {0};
    size_t one;
    sc_fault why = {0};

    CHECK_OK(sc_history_open(&h, path, NULL));
    CHECK_OK(sc_history_add(h, 1, SC_HISTORY_QUERY, "a", "t", 9, NULL));
    CHECK_OK(sc_file_read(&whole, path, 1000, NULL));
    one = whole.len;
    sc_buf_reset(&whole);
    CHECK_OK(sc_history_add(h, 1, SC_HISTORY_QUERY, "a", "t", 9, NULL));
    sc_history_free(&h);
    CHECK_OK(sc_file_read(&whole, path, 1000, NULL));
    for (size_t len = one; len <= whole.len; len++) {
        CHECK_OK(sc_file_replace(path, (sc_bytes){whole.p, len}, 0600, NULL));
        CHECK_OK(sc_history_open(&h, path, NULL));
        CHECK_U64(sc_history_count(h, 1, SC_HISTORY_QUERY, "a", "t"),
                  len == whole.len ? 2 : 1);
        sc_history_free(&h);
    }
    /* past the length field, whose damage may look like a torn tail */
    for (size_t i = 8; i < one; i++) {
        whole.p[i] ^= 1;
        CHECK_OK(sc_file_replace(path, sc_buf_bytes(&whole), 0600, NULL));
        CHECK_ERR(SC_E_CORRUPT, sc_history_open(&h, path, &why));
        CHECK_STR(why.file, path);
        CHECK(h == NULL);
        whole.p[i] ^= 1;
    }
    sc_buf_clear(&whole);
    sc_free(path);
}

#define N_THREADS 4
#define EACH      25

static void *adder(void *arg)
{
    for (int i = 0; i < EACH; i++) {
        (void)!sc_history_add(arg, 1, SC_HISTORY_QUERY, "a", "t", 60, NULL);
    }
    return NULL;
}

static void test_threads(void **state)
{
    char *path = place(state);
    sc_history *h = NULL;
    pthread_t threads[N_THREADS];

    CHECK_OK(sc_history_open(&h, path, NULL));
    for (int i = 0; i < N_THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, adder, h) == 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK_U64(sc_history_count(h, 1, SC_HISTORY_QUERY, "a", "t"), 60);
    sc_history_free(&h);
    sc_free(path);
}

/* Records of another kind are not a history, even if each checks. */
static void test_other_file(void **state)
{
    char *path = place(state);
    sc_history *h = NULL;
    sc_buf whole = {0};

    CHECK_OK(sc_history_open(&h, path, NULL));
    CHECK_OK(sc_history_add(h, 1, (sc_history_kind)9, "a", "t", 9, NULL));
    sc_history_free(&h);
    CHECK_ERR(SC_E_CORRUPT, sc_history_open(&h, path, NULL));
    sc_buf_clear(&whole);
    sc_free(path);
}

static sc_err open_and_add(void *arg)
{
    sc_history *h = NULL;
    sc_err err = sc_history_open(&h, arg, NULL);

    if (err == SC_OK) {
        err =
            sc_history_add(h, 1, SC_HISTORY_QUERY, "a", "t", UINT64_MAX, NULL);
    }
    sc_history_free(&h);
    return err;
}

static void test_memory(void **state)
{
    char *path = place(state);

    CHECK_ALLOC(open_and_add, path);
    sc_free(path);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_counts),  TEST(test_long_texts), TEST(test_damage),
        TEST(test_threads), TEST(test_other_file), TEST(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
