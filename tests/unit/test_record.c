/* tests/unit/test_record.c: a job's record, step by step, restarted after each;
 * cut anywhere, flipped anywhere; its share, sealed. The syncs below stand before
 * the C library's and note their order. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "job/run/record.h"
#include "tests/folder.h"
#include "tests/kat.h"

static const uint8_t id[SC_JOB_ID_LEN] = {0xAB, 1, 2,  3,  4,  5,  6,  7,
                                          8,    9, 10, 11, 12, 13, 14, 0xEF};
#define JOB "jobs/ab0102030405060708090a0b0c0d0eef"

static char steps[64]; /* f: sync of a file, d: of a folder */

static int step(int fd)
{
    size_t n = strlen(steps);
    struct stat st;

    CHECK(fstat(fd, &st) == 0);
    if (n + 1 < sizeof steps) {
        steps[n] = S_ISDIR(st.st_mode) ? 'd' : 'f';
        steps[n + 1] = '\0';
    }
    return 0;
}

int fsync(int fd)
{
    return step(fd);
}

int fdatasync(int fd)
{
    return step(fd);
}

static sc_bytes data_of(size_t kind)
{
    static const char *const texts[] = {"job",     "plan",     "consent",
                                        "body",    "sealed",   "12345678",
                                        "answer",  "",         "no",
                                        "aborted", "87654321", "repeated"};

    return sc_bytes_of(texts[kind]);
}

static void check_get(const sc_record *r, size_t kind)
{
    sc_bytes got;

    CHECK_OK(sc_record_get(r, &got, (sc_record_kind)kind));
    CHECK_U64(got.len, data_of(kind).len);
    CHECK_BYTES(got.p, data_of(kind).p, got.len);
}

/* Every state is what was put last, at once and after each restart. */
static void test_life(void **state)
{
    sc_record *r = NULL;
    sc_bytes got;

    CHECK_ERR(SC_E_NOT_FOUND, sc_record_open(&r, *state, id, NULL));
    CHECK_ERR(SC_E_NOT_FOUND, sc_record_resume(&r, *state, id, NULL));
    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    CHECK_U64(sc_record_state(r), SC_RECORD_N_KINDS);
    CHECK_BYTES(sc_record_id(r), id, sizeof id);
    for (size_t k = 0; k < SC_RECORD_N_KINDS; k++) {
        CHECK_ERR(SC_E_NOT_FOUND, sc_record_get(r, &got, (sc_record_kind)k));
        CHECK_OK(sc_record_put(r, (sc_record_kind)k, data_of(k), NULL));
        sc_record_free(&r);
        CHECK_OK(sc_record_open(&r, *state, id, NULL));
        for (size_t i = 0; i <= k; i++) {
            check_get(r, i);
        }
        CHECK_U64(sc_record_state(r), k);
        CHECK_ERR(SC_E_STATE, sc_record_put(r, SC_RECORD_JOB, data_of(0),
                                            NULL)); /* opened to be read */
        sc_record_free(&r);
        CHECK_OK(sc_record_resume(&r, *state, id, NULL));
    }
    CHECK_OK(sc_record_put(r, SC_RECORD_RECEIPT, sc_bytes_of("twin"), NULL));
    CHECK_OK(sc_record_get(r, &got, SC_RECORD_RECEIPT));
    CHECK_BYTES(got.p, "twin", 4);
    sc_record_free(&r);
    sc_record_free(&r);
}

/* Nothing waits for the disk before it must; then the file comes first, and the
 * two folders without which it would not be found, whoever made them. */
static void test_durable(void **state)
{
    sc_record *r = NULL;

    steps[0] = '\0';
    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    CHECK_OK(sc_record_put_later(r, SC_RECORD_JOB, data_of(0), NULL));
    CHECK_OK(sc_record_put_later(r, SC_RECORD_PLAN, data_of(1), NULL));
    CHECK_STR(steps, "");
    CHECK_OK(sc_record_sync(r, NULL));
    CHECK_STR(steps, "fdd");
    CHECK_OK(sc_record_put(r, SC_RECORD_CONSENT, data_of(2), NULL));
    CHECK_OK(sc_record_sync(r, NULL));
    CHECK_STR(steps, "fddff");
    sc_record_free(&r);
    CHECK_OK(sc_record_open(&r, *state, id, NULL));
    CHECK_ERR(SC_E_STATE, sc_record_sync(r, NULL)); /* opened to be read */
    sc_record_free(&r);
    CHECK_OK(sc_record_resume(&r, *state, id, NULL));
    CHECK_OK(sc_record_put(r, SC_RECORD_BODY, data_of(3), NULL));
    CHECK_STR(steps, "fddfffdd");
    for (size_t k = 0; k <= SC_RECORD_BODY; k++) {
        check_get(r, k);
    }
    sc_record_free(&r);
}

/* The index with the checkpoint of then, or without one. */
static void test_proved(void **state)
{
    sc_record *r = NULL;
    sc_bytes note;
    uint64_t index = 0;

    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    CHECK_ERR(SC_E_NOT_FOUND, sc_record_get_proved(r, &index, &note));
    CHECK_OK(sc_record_put(r, SC_RECORD_PROVED, sc_bytes_of("1234567"), NULL));
    CHECK_ERR(SC_E_CORRUPT, sc_record_get_proved(r, &index, &note));
    CHECK_OK(sc_record_put_proved(r, 7, (sc_bytes){0}, NULL));
    CHECK_OK(sc_record_get_proved(r, &index, &note));
    CHECK_U64(index, 7);
    CHECK_U64(note.len, 0);
    CHECK_OK(sc_record_put_proved(r, UINT64_MAX, sc_bytes_of("note"), NULL));
    sc_record_free(&r);
    CHECK_OK(sc_record_open(&r, *state, id, NULL));
    CHECK_OK(sc_record_get_proved(r, &index, &note));
    CHECK(index == UINT64_MAX);
    CHECK_U64(note.len, 4);
    CHECK_BYTES(note.p, "note", 4);
    sc_record_free(&r);
}

/* The beginning of an id finds its job, if it is no other's too. */
static void test_find(void **state)
{
    static const char *const bad[] = {
        "",     "ab0",   "AB01",
        "ab0g", " ab01", "ab0102030405060708090a0b0c0d0eef0"};
    uint8_t other[SC_JOB_ID_LEN], got[SC_JOB_ID_LEN] = {0};
    sc_record *r = NULL;
    sc_fault why = {0};

    CHECK_ERR(SC_E_NOT_FOUND, sc_record_find(got, *state, "ab01", NULL));
    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    CHECK_OK(sc_record_put(r, SC_RECORD_JOB, data_of(0), NULL));
    CHECK(sc_record_changed_ns(r) > 0);
    sc_record_free(&r);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(SC_E_CONFIG, sc_record_find(got, *state, bad[i], &why));
    }
    CHECK_ERR(SC_E_NOT_FOUND, sc_record_find(got, *state, "ab02", NULL));
    CHECK_ZERO(got, sizeof got);
    CHECK_OK(sc_record_find(got, *state, "ab01", NULL));
    CHECK_BYTES(got, id, sizeof id);
    memcpy(other, id, sizeof id);
    other[15] = 0xEE;
    CHECK_OK(sc_record_new(&r, *state, other, NULL));
    sc_record_free(&r);
    CHECK_ERR(SC_E_CONFIG, sc_record_find(got, *state, "ab01", &why));
    CHECK(strstr(why.text, "2 jobs") != NULL);
    CHECK_OK(
        sc_record_find(got, *state, "ab0102030405060708090a0b0c0d0eee", NULL));
    CHECK_BYTES(got, other, sizeof other);
}

/* One writer; readers at any time; no second job of an id. */
static void test_one_writer(void **state)
{
    sc_record *r = NULL, *second = NULL;

    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    CHECK_OK(sc_record_put(r, SC_RECORD_JOB, data_of(0), NULL));
    CHECK_ERR(SC_E_STATE, sc_record_resume(&second, *state, id, NULL));
    CHECK_ERR(SC_E_STATE, sc_record_new(&second, *state, id, NULL));
    CHECK_OK(sc_record_open(&second, *state, id, NULL));
    check_get(second, SC_RECORD_JOB);
    sc_record_free(&second);
    CHECK_OK(sc_record_put(r, SC_RECORD_PLAN, data_of(1), NULL));
    sc_record_free(&r);
    CHECK_ERR(SC_E_STATE, sc_record_new(&second, *state, id, NULL));
    CHECK_OK(sc_record_resume(&second, *state, id, NULL));
    check_get(second, SC_RECORD_PLAN);
    sc_record_free(&second);
}

static void test_names(void **state)
{
    (void)state;
    CHECK_STR(sc_record_state_name(SC_RECORD_BODY), "signed");
    CHECK_STR(sc_record_state_name(SC_RECORD_VOIDED), "voided");
    CHECK_STR(sc_record_state_name(SC_RECORD_N_KINDS), "empty");
    CHECK_STR(sc_record_state_name((sc_record_kind)99), "empty");
}

/* ---- damage -------------------------------------------------------------- */

static void write_all(void **state)
{
    sc_record *r = NULL;

    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    for (size_t k = 0; k <= SC_RECORD_DONE; k++) {
        CHECK_OK(sc_record_put(r, (sc_record_kind)k, data_of(k), NULL));
    }
    sc_record_free(&r);
}

static char *journal_path(void **state)
{
    char *path = sc_path_join(*state, JOB "/journal");

    CHECK(path != NULL);
    return path;
}

/* Cut anywhere: a state before, never a wrong one; what is whole stays. */
static void test_cut(void **state)
{
    char *path = journal_path(state);
    sc_buf all = {0};
    size_t last = SC_RECORD_DONE;

    write_all(state);
    CHECK_OK(sc_file_read(&all, path, 1 << 20, NULL));
    for (size_t len = all.len; len-- > 0;) {
        sc_record *r = NULL;
        size_t now;

        CHECK_OK(sc_file_replace(path, (sc_bytes){all.p, len}, 0600, NULL));
        CHECK_OK(sc_record_resume(&r, *state, id, NULL));
        now = sc_record_state(r);
        if (now == SC_RECORD_N_KINDS) {
            CHECK(last == SC_RECORD_JOB || last == SC_RECORD_N_KINDS);
        } else {
            CHECK(now == last || now + 1 == last);
            for (size_t k = 0; k <= now; k++) {
                check_get(r, k);
            }
        }
        last = now;
        sc_record_free(&r);
    }
    CHECK_U64(last, SC_RECORD_N_KINDS);
    sc_buf_clear(&all);
    sc_free(path);
}

/* Flipped anywhere: refused, with the file and the offset; or, at the very end,
 * taken for torn. Never another value. */
static void test_flip(void **state)
{
    char *path = journal_path(state);
    sc_buf all = {0};
    size_t n_refused = 0;

    write_all(state);
    CHECK_OK(sc_file_read(&all, path, 1 << 20, NULL));
    for (size_t bit = 0; bit < 8 * all.len; bit++) {
        sc_record *r = NULL;
        sc_fault why = {0};
        sc_err err;

        all.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        CHECK_OK(sc_file_replace(path, sc_buf_bytes(&all), 0600, NULL));
        err = sc_record_resume(&r, *state, id, &why);
        if (err == SC_OK) {
            for (size_t k = 0; k < SC_RECORD_DONE; k++) {
                check_get(r, k);
            }
        } else {
            CHECK_ERR(SC_E_CORRUPT, err);
            CHECK(strstr(why.text, "offset") != NULL);
            CHECK_STR(why.file, path);
            n_refused++;
        }
        sc_record_free(&r);
        all.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    CHECK(n_refused > 8 * all.len - 8 * 8);
    sc_buf_clear(&all);
    sc_free(path);
}

/* A whole record of no kind: written by another version, or forged. */
static void test_no_kind(void **state)
{
    char *path = journal_path(state);
    sc_record *r = NULL;
    sc_journal *j = NULL;
    uint8_t kind = SC_RECORD_N_KINDS;

    write_all(state);
    CHECK_OK(sc_record_new(&r, *state, (const uint8_t[16]){7}, NULL));
    sc_record_free(&r);
    sc_free(path);
    path =
        sc_path_join(*state, "jobs/07000000000000000000000000000000/journal");
    CHECK(unlink(path) == 0);
    CHECK_OK(sc_journal_open(&j, path, NULL, NULL, NULL));
    CHECK_OK(sc_journal_append(j, (sc_bytes){&kind, 1}, NULL));
    sc_journal_free(&j);
    CHECK_ERR(SC_E_CORRUPT,
              sc_record_open(&r, *state, (const uint8_t[16]){7}, NULL));
    sc_free(path);
}

/* ---- the share ----------------------------------------------------------- */

static void test_share(void **state)
{
    sc_rng rng = sc_rng_system();
    uint8_t key[SC_KEY_LEN] = {1}, other[SC_KEY_LEN] = {2};
    char *path = sc_path_join(*state, JOB "/share.sealed");
    sc_record *r = NULL;
    sc_buf got = {0}, sealed = {0};
    const sc_bytes share = sc_bytes_of("salt and share");
    const sc_bytes pieces[] = {{share.p, 4}, {0}, {share.p + 4, share.len - 4}};
    const sc_bytes large[] = {share, {share.p, SIZE_MAX - 5}};
    sc_fault why = {0};

    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    CHECK_ERR(SC_E_NOT_FOUND, sc_record_open_share(r, &got, key, NULL));
    CHECK_ERR(SC_E_ARG, sc_record_seal_share(r, key, large, 2, &rng, NULL));
    CHECK_OK(sc_record_seal_share(r, key, pieces, 3, &rng, NULL));
    CHECK_OK(sc_record_open_share(r, &got, key, NULL));
    CHECK_U64(got.len, share.len);
    CHECK_BYTES(got.p, share.p, share.len);
    CHECK_ERR(SC_E_CORRUPT, sc_record_open_share(r, &got, other, &why));
    CHECK(strstr(why.text, "share.sealed") != NULL);
    CHECK_OK(sc_file_read(&sealed, path, 1 << 20, NULL));
    for (size_t at = 0; at <= sealed.len; at++) { /* flipped; cut at the end */
        sc_bytes bad = {sealed.p, at < sealed.len ? sealed.len : at - 1};

        sealed.p[at < sealed.len ? at : 0] ^= at < sealed.len;
        CHECK_OK(sc_file_replace(path, bad, 0600, NULL));
        CHECK_ERR(SC_E_CORRUPT, sc_record_open_share(r, &got, key, NULL));
        sealed.p[at < sealed.len ? at : 0] ^= at < sealed.len;
    }
    CHECK_OK(sc_file_replace(path, sc_bytes_of("short"), 0600, NULL));
    CHECK_ERR(SC_E_CORRUPT, sc_record_open_share(r, &got, key, NULL));
    CHECK_U64(got.len, share.len); /* as it was */
    CHECK_OK(sc_record_erase_share(r, NULL));
    CHECK_OK(sc_record_erase_share(r, NULL)); /* nothing there: fine */
    CHECK_ERR(SC_E_NOT_FOUND, sc_record_open_share(r, &got, key, NULL));
    sc_buf_clear(&got);
    sc_buf_clear(&sealed);
    sc_record_free(&r);
    sc_free(path);
}

static void test_opened(void **state)
{
    const sc_bytes pieces[] = {sc_bytes_of("sh"), {0}, sc_bytes_of("ares")};
    sc_record *r = NULL;
    sc_buf got = {0};

    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    CHECK_ERR(SC_E_NOT_FOUND, sc_record_read_opened(r, &got, 0, 9, NULL));
    CHECK_OK(sc_record_put_opened(r, pieces, 3, NULL));
    CHECK_OK(sc_record_read_opened(r, &got, 0, 9, NULL));
    CHECK_U64(got.len, 6);
    CHECK_BYTES(got.p, "shares", 6);
    CHECK_OK(sc_record_read_opened(r, &got, 2, 3, NULL)); /* appended */
    CHECK_U64(got.len, 9);
    CHECK_BYTES(got.p, "sharesare", 9);
    CHECK_OK(sc_record_read_opened(r, &got, 6, 3, NULL)); /* nothing more */
    CHECK_U64(got.len, 9);
    CHECK_OK(sc_record_put_opened(r, pieces, 1, NULL)); /* another */
    sc_buf_reset(&got);
    CHECK_OK(sc_record_read_opened(r, &got, 0, 9, NULL));
    CHECK_U64(got.len, 2);
    sc_buf_clear(&got);
    sc_record_free(&r);
}

/* ---- lists ---------------------------------------------------------------- */

static void test_list(void **state)
{
    char *jobs = sc_path_join(*state, "jobs");
    uint8_t *ids = NULL;
    size_t n = 9;
    sc_record *r = NULL;

    CHECK_OK(sc_record_list(&ids, &n, *state, NULL));
    CHECK_U64(n, 0);
    sc_free(ids);
    CHECK_OK(sc_record_new(&r, *state, id, NULL));
    sc_record_free(&r);
    CHECK_OK(sc_record_new(&r, *state, (const uint8_t[16]){3}, NULL));
    sc_record_free(&r);
    sc_folder_write(jobs, "README", "no job");
    sc_folder_write(jobs, "0700000000000000000000000000000G", "no job");
    sc_folder_write(jobs, "070000000000000000000000000000", "no job");
    CHECK_OK(sc_record_list(&ids, &n, *state, NULL));
    CHECK_U64(n, 2);
    CHECK_U64(ids[0], 3);
    CHECK_BYTES(ids + 16, id, sizeof id);
    sc_free(ids);
    sc_free(jobs);
}

static sc_err new_and_put(void *arg)
{
    static uint8_t n;
    uint8_t fresh[SC_JOB_ID_LEN] = {0xF0, n++};
    sc_rng rng = sc_rng_system();
    sc_record *r = NULL;
    sc_buf got = {0};
    const sc_bytes data = data_of(1);
    uint8_t key[SC_KEY_LEN] = {1};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_record_new(&r, arg, fresh, NULL));
    SC_TRY(sc_record_put_later(r, SC_RECORD_JOB, data_of(0), NULL));
    SC_TRY(sc_record_sync(r, NULL));
    SC_TRY(sc_record_put(r, SC_RECORD_PLAN, data_of(1), NULL));
    SC_TRY(sc_record_seal_share(r, key, &data, 1, &rng, NULL));
    SC_TRY(sc_record_open_share(r, &got, key, NULL));
    sc_record_free(&r);
    SC_TRY(sc_record_open(&r, arg, fresh, NULL));
    err = SC_OK;
out:
    sc_buf_clear(&got);
    sc_record_free(&r);
    return err;
}

static void test_memory(void **state)
{
    CHECK_ALLOC(new_and_put, *state);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_life),    TEST(test_one_writer), TEST(test_names),
        TEST(test_cut),     TEST(test_flip),       TEST(test_no_kind),
        TEST(test_share),   TEST(test_opened),     TEST(test_list),
        TEST(test_memory),  TEST(test_proved),     TEST(test_find),
        TEST(test_durable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
