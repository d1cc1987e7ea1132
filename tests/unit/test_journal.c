/* tests/unit/test_journal.c: what was appended is there, or the file says what
 * is wrong with it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/journal.h"
#include "base/mem.h"
#include "tests/folder.h"
#include "tests/kat.h"

/* Records are compared as one row of texts. */
static sc_err collect(void *ctx, uint64_t offset, sc_bytes record,
                      sc_fault *why)
{
    sc_buf *all = ctx;

    (void)offset, (void)why;
    if (sc_buf_put_bytes(all, record) != SC_OK) {
        return SC_E_MEM;
    }
    return sc_buf_put_str(all, "|");
}

static sc_err reopen(const char *path, sc_buf *all, sc_journal **j,
                     sc_fault *why)
{
    sc_buf_reset(all);
    return sc_journal_open(j, path, collect, all, why);
}

static void check_holds(const char *path, const char *expected)
{
    sc_buf all = {0};
    sc_journal *j = NULL;

    CHECK_OK(reopen(path, &all, &j, NULL));
    CHECK_OK(sc_buf_terminate(&all));
    CHECK_STR((char *)all.p, expected);
    sc_journal_free(&j);
    sc_buf_clear(&all);
}

static void append(const char *path, const char *text)
{
    sc_buf all = {0};
    sc_journal *j = NULL;

    CHECK_OK(reopen(path, &all, &j, NULL));
    CHECK_OK(sc_journal_append(j, sc_bytes_of(text), NULL));
    sc_journal_free(&j);
    sc_buf_clear(&all);
}

static void set_file(const char *path, sc_bytes data)
{
    CHECK_OK(sc_file_replace(path, data, 0600, NULL));
}

static void get_file(const char *path, sc_buf *data)
{
    sc_buf_reset(data);
    CHECK_OK(sc_file_read(data, path, 1 << 20, NULL));
}

static void test_holds_what_was_appended(void **state)
{
    char *dir = *state, *path = sc_path_join(dir, "a.journal");

    check_holds(path, "");
    append(path, "one");
    append(path, "");
    append(path, "three");
    check_holds(path, "one||three|");
    sc_free(path);
}

/* Without its sync a record is there for every reader while the machine runs. */
static void test_appended_later(void **state)
{
    char *dir = *state, *path = sc_path_join(dir, "a.journal");
    sc_buf all = {0};
    sc_journal *j = NULL;

    CHECK_OK(reopen(path, &all, &j, NULL));
    CHECK_OK(sc_journal_append_later(j, sc_bytes_of("one"), NULL));
    CHECK_OK(sc_journal_read(path, collect, &all, NULL));
    CHECK_OK(sc_buf_terminate(&all));
    CHECK_STR((char *)all.p, "one|");
    CHECK_OK(sc_journal_sync(j, NULL));
    CHECK_OK(sc_journal_append(j, sc_bytes_of("two"), NULL));
    sc_journal_free(&j);
    check_holds(path, "one|two|");
    sc_buf_clear(&all);
    sc_free(path);
}

/* Cut at every length: whole records stay, nothing else appears. */
static void test_a_torn_tail_is_cut(void **state)
{
    char *dir = *state, *path = sc_path_join(dir, "a.journal");
    sc_buf data = {0};
    size_t one = 8 + 3 + 32;

    append(path, "one");
    append(path, "two");
    get_file(path, &data);
    for (size_t len = 0; len < data.len; len++) {
        set_file(path, (sc_bytes){data.p, len});
        check_holds(path, len < one ? "" : "one|");
        append(path, "more");
        check_holds(path, len < one ? "more|" : "one|more|");
    }
    sc_buf_clear(&data);
    sc_free(path);
}

/* One flipped bit anywhere: named, never taken for a crash. */
static void test_every_flipped_bit_is_named(void **state)
{
    char *dir = *state, *path = sc_path_join(dir, "a.journal");
    sc_buf data = {0}, all = {0};

    append(path, "one");
    append(path, "a longer second record");
    get_file(path, &data);
    for (size_t bit = 0; bit < 8 * data.len; bit++) {
        sc_journal *j = NULL;
        sc_fault why = {0};

        data.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        set_file(path, sc_buf_bytes(&data));
        CHECK_ERR(SC_E_CORRUPT, reopen(path, &all, &j, &why));
        assert_null(j);
        CHECK_STR(why.file, path);
        data.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    sc_buf_clear(&data);
    sc_buf_clear(&all);
    sc_free(path);
}

/* A page of an unacknowledged record that never reached the disk is zero. */
static void test_an_unwritten_sector_is_torn(void **state)
{
    char *dir = *state, *path = sc_path_join(dir, "a.journal");
    char big[3000];
    sc_buf data = {0};

    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    append(path, "one");
    append(path, big);
    get_file(path, &data);
    memset(data.p + 1024, 0, 512);
    set_file(path, sc_buf_bytes(&data));
    check_holds(path, "one|");
    sc_buf_clear(&data);
    sc_free(path);
}

/* Records that did not wait for the disk, and one that was to: any of them may be
 * there without those before it. What was on the disk once is never cut. */
static void test_unsynced_records_are_torn_in_any_order(void **state)
{
    char *dir = *state, *path = sc_path_join(dir, "a.journal");
    const size_t one = 8 + 600 + 32;
    char first[601], second[701];
    sc_buf data = {0}, all = {0};
    sc_journal *j = NULL;
    sc_fault why = {0};

    memset(first, 'a', 600);
    memset(second, 'b', 700);
    first[600] = second[700] = '\0';
    append(path, "sure");
    CHECK_OK(reopen(path, &all, &j, NULL));
    CHECK_OK(sc_journal_append_later(j, sc_bytes_of(first), NULL));
    CHECK_OK(sc_journal_append_later(j, sc_bytes_of(second), NULL));
    CHECK_OK(sc_journal_append(j, sc_bytes_of("last"), NULL));
    sc_journal_free(&j);
    get_file(path, &data);
    for (size_t hole = 44; hole <= 44 + one; hole += one) {
        sc_buf torn = {0};

        CHECK_OK(sc_buf_put_bytes(&torn, sc_buf_bytes(&data)));
        memset(torn.p + hole, 0, 512 - hole % 512);
        set_file(path, sc_buf_bytes(&torn));
        if (hole == 44) {
            check_holds(path, "sure|");
        } else {
            CHECK_OK(reopen(path, &all, &j, NULL));
            CHECK_U64(all.len, 5 + 601);
            sc_journal_free(&j);
        }
        /* one record more, and the hole is no crash's */
        set_file(path, sc_buf_bytes(&data));
        append(path, "after");
        sc_buf_reset(&torn);
        get_file(path, &torn);
        memset(torn.p + hole, 0, 512 - hole % 512);
        set_file(path, sc_buf_bytes(&torn));
        CHECK_ERR(SC_E_CORRUPT, reopen(path, &all, &j, &why));
        sc_buf_clear(&torn);
    }
    sc_buf_clear(&data);
    sc_buf_clear(&all);
    sc_free(path);
}

static void test_one_writer_and_quiet_readers(void **state)
{
    char *dir = *state, *path = sc_path_join(dir, "a.journal");
    sc_buf all = {0}, data = {0};
    sc_journal *j = NULL, *second = NULL;

    CHECK_OK(reopen(path, &all, &j, NULL));
    CHECK_OK(sc_journal_append(j, sc_bytes_of("one"), NULL));
    CHECK_ERR(SC_E_STATE, reopen(path, &all, &second, NULL));
    get_file(path, &data);
    for (size_t len = 0; len <= data.len; len++) { /* as a writer goes on */
        set_file(path, (sc_bytes){data.p, len});
        sc_buf_reset(&all);
        CHECK_OK(sc_journal_read(path, collect, &all, NULL));
        CHECK_U64(all.len, len < data.len ? 0 : 4);
        CHECK_U64(access(path, F_OK), 0);
    }
    sc_journal_free(&j);
    CHECK_OK(reopen(path, &all, &second, NULL));
    sc_journal_free(&second);
    CHECK_ERR(SC_E_NOT_FOUND, sc_journal_read("/no/such", collect, &all, NULL));
    sc_buf_clear(&all);
    sc_buf_clear(&data);
    sc_free(path);
}

static void test_rejects(void **state)
{
    char *dir = *state, *path = sc_path_join(dir, "none/a.journal");
    sc_buf all = {0};
    sc_journal *j = NULL;
    sc_fault why = {0};

    CHECK_ERR(SC_E_IO, reopen(path, &all, &j, &why));
    CHECK_STR(why.file, path);
    sc_buf_clear(&all);
    sc_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_unsynced_records_are_torn_in_any_order, sc_folder_setup,
            sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_appended_later, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_holds_what_was_appended,
                                        sc_folder_setup, sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_a_torn_tail_is_cut,
                                        sc_folder_setup, sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_every_flipped_bit_is_named,
                                        sc_folder_setup, sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_an_unwritten_sector_is_torn,
                                        sc_folder_setup, sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_one_writer_and_quiet_readers,
                                        sc_folder_setup, sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_rejects, sc_folder_setup,
                                        sc_folder_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
