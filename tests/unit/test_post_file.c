/* tests/unit/test_post_file.c: a post's bytes, and its file: written once, by its owner's
 * name, in its call's folder. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "tests/unit/posts_fixture.h"

#define MAGIC    "sharechain post/1\n"
#define TIME_AT  (18 + 64) /* behind the magic, input and output */
#define HEAD_LEN (18 + 32 + 32 + 8 + 64 + 32)
#define TIME     ((int64_t)0x0102030405)

static sc_job_post some_post(void)
{
    sc_job_post p = {.party = CAROL, .time = TIME};

    memset(p.input, 1, sizeof p.input);
    memset(p.output, 2, sizeof p.output);
    memset(p.proof, 3, sizeof p.proof);
    return p;
}

static void some_share(sc_opened_share *s)
{
    *s = (sc_opened_share){.is_there = 1};
    memset(s->r32, 4, sizeof s->r32);
    CHECK_OK(sc_buf_put_str(&s->vector, "ciphertexts"));
}

static void some_file(sc_buf *out)
{
    sc_job_post p = some_post();
    sc_opened_share s;

    some_share(&s);
    CHECK_OK(sc_post_file_put(out, &p, &s));
    sc_buf_clear(&s.vector);
}

/* ---- bytes ------------------------------------------------------------------ */

/* From the comment in job/run/post_file.h. */
static void test_put(void **state)
{
    uint8_t want[HEAD_LEN + 11] = MAGIC, *at = want + 18;
    static const uint8_t time[8] = {5, 4, 3, 2, 1, 0, 0, 0};
    sc_buf got = {0};

    (void)state;
    memset(at, 1, 32);
    memset(at + 32, 2, 32);
    memcpy(at + 64, time, 8);
    memset(at + 72, 3, 64);
    memset(at + 136, 4, 32);
    memcpy(at + 168, "ciphertexts", 11);
    CHECK_OK(sc_buf_put_str(&got, "before"));
    some_file(&got);
    CHECK_U64(got.len, 6 + sizeof want);
    CHECK_BYTES(got.p + 6, want, sizeof want);
    sc_buf_clear(&got);
}

static void check_post(const sc_job_post *got)
{
    sc_job_post want = some_post();

    CHECK_BYTES(got->input, want.input, 32);
    CHECK_BYTES(got->output, want.output, 32);
    CHECK_BYTES(got->proof, want.proof, 64);
    CHECK_I64(got->time, want.time);
}

static void test_take(void **state)
{
    sc_job_post p = {.party = 9};
    sc_opened_share s = {0};
    sc_buf text = {0};

    (void)state;
    some_file(&text);
    CHECK_OK(sc_post_file_take(&p, &s, sc_buf_bytes(&text)));
    check_post(&p);
    CHECK_U64(p.party, 9); /* the file does not say whose it is */
    CHECK(s.is_there);
    CHECK_U64(s.r32[31], 4);
    CHECK_U64(s.vector.len, 11);
    CHECK_BYTES(s.vector.p, "ciphertexts", 11);
    sc_buf_clear(&s.vector);
    p = (sc_job_post){0};
    CHECK_OK(sc_post_file_take(&p, NULL, sc_buf_bytes(&text)));
    check_post(&p);
    CHECK_OK(sc_post_file_take(NULL, &s, sc_buf_bytes(&text)));
    CHECK_U64(s.vector.len, 11);
    sc_buf_clear(&s.vector);
    CHECK_OK(sc_post_file_take(NULL, NULL, sc_buf_bytes(&text)));
    sc_buf_clear(&text);
}

static void no_post(sc_bytes text)
{
    sc_job_post p = {0};
    sc_opened_share s = {0};

    CHECK_ERR(SC_E_WIRE, sc_post_file_take(&p, &s, text));
    CHECK_ZERO(&p, sizeof p);
    CHECK_ZERO(&s, sizeof s);
}

static void test_malformed(void **state)
{
    static const int64_t times[] = {SC_JOB_MAX_TIME + 1, INT64_MAX, -1,
                                    INT64_MIN};
    sc_job_post p;
    sc_buf text = {0};

    (void)state;
    some_file(&text);
    no_post((sc_bytes){0});
    for (size_t len = 0; len <= HEAD_LEN; len++) {
        no_post((sc_bytes){text.p, len});
    }
    CHECK_OK(sc_post_file_take(&p, NULL, (sc_bytes){text.p, HEAD_LEN + 1}));
    for (size_t i = 0; i < strlen(MAGIC); i++) {
        text.p[i] ^= 0x20;
        no_post(sc_buf_bytes(&text));
        text.p[i] ^= 0x20;
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        sc_store_le64(text.p + TIME_AT, (uint64_t)times[i]);
        no_post(sc_buf_bytes(&text));
    }
    sc_store_le64(text.p + TIME_AT, (uint64_t)SC_JOB_MAX_TIME);
    CHECK_OK(sc_post_file_take(&p, NULL, sc_buf_bytes(&text)));
    CHECK_I64(p.time, SC_JOB_MAX_TIME);
    sc_buf_clear(&text);
}

static void test_len(void **state)
{
    posts w;
    sc_buf text = {0};

    posts_init(&w, *state, TIME, TIME + DAY);
    posts_file(&w, &text, ALICE, TIME, 1);
    CHECK_U64(sc_post_file_len(w.plan), text.len);
    CHECK_U64(sc_post_file_len(w.plan),
              HEAD_LEN + 16 * sc_plan_share_words(w.plan));
    sc_buf_clear(&text);
    posts_clear(&w);
}

/* ---- files ------------------------------------------------------------------- */

static void test_store(void **state)
{
    static const uint8_t id[32] = {0xab, 1,  2,  3,  4,  5,  6,    7,   8,
                                   9,    10, 11, 12, 13, 14, 0xef, 0x77};
    char *path =
        sc_path_join(*state,
                     "bob/calls/ab0102030405060708090a0b0c0d0eef/carol.post");
    struct stat st;
    posts w;
    sc_buf text = {0}, got = {0};
    sc_fault why = {0};
    char *dir;

    posts_init(&w, *state, TIME, TIME + DAY);
    some_file(&text);
    CHECK(!posts_is_there(&w, BOB, id, CAROL));
    CHECK_ERR(SC_E_IO, sc_post_file_store(&w.house[BOB], id, CAROL,
                                          sc_buf_bytes(&text), &why));
    dir = sc_post_file_dir(&w.house[BOB], id);
    CHECK_OK(sc_dir_make(dir, 0700, NULL));
    CHECK_OK(sc_post_file_store(&w.house[BOB], id, CAROL, sc_buf_bytes(&text),
                                &why));
    CHECK(stat(path, &st) == 0);
    CHECK_U64(st.st_mode & 0777, 0600);
    CHECK(posts_is_there(&w, BOB, id, CAROL));
    CHECK(!posts_is_there(&w, BOB, id, ALICE));
    CHECK(!posts_is_there(&w, DAVE, id, CAROL));
    CHECK_OK(sc_post_file_read(&w.house[BOB], &got, id, CAROL, &why));
    CHECK_U64(got.len, text.len);
    CHECK_BYTES(got.p, text.p, text.len);
    sc_buf_clear(&got);
    sc_buf_clear(&text);
    sc_free(dir);
    sc_free(path);
    posts_clear(&w);
}

/* For good: the same again is fine, another is not, and changes nothing. */
static void test_once(void **state)
{
    posts w;
    sc_buf first = {0}, second = {0}, got = {0};
    sc_fault why = {0};
    const sc_house *h;

    posts_init(&w, *state, TIME, TIME + DAY);
    h = &w.house[DAVE];
    posts_store(&w, DAVE, ALICE, TIME, 1);
    posts_file(&w, &first, ALICE, TIME, 1);
    posts_file(&w, &second, ALICE, TIME, 2);
    CHECK_OK(
        sc_post_file_store(h, w.digest, ALICE, sc_buf_bytes(&first), &why));
    CHECK_ERR(SC_E_CORRUPT, sc_post_file_store(h, w.digest, ALICE,
                                               sc_buf_bytes(&second), &why));
    CHECK_I64(why.code, SC_E_CORRUPT);
    CHECK_ERR(SC_E_CORRUPT,
              sc_post_file_store(h, w.digest, ALICE,
                                 (sc_bytes){first.p, first.len - 1}, &why));
    CHECK_OK(sc_post_file_read(h, &got, w.digest, ALICE, &why));
    CHECK(sc_bytes_equal_vartime(sc_buf_bytes(&got), sc_buf_bytes(&first)));
    sc_buf_clear(&first);
    sc_buf_clear(&second);
    sc_buf_clear(&got);
    posts_clear(&w);
}

static void test_get(void **state)
{
    posts w;
    sc_job_post p = {0};
    sc_opened_share s = {0};
    sc_fault why = {0};

    posts_init(&w, *state, TIME, TIME + DAY);
    CHECK_ERR(SC_E_NOT_FOUND,
              sc_post_file_get(&p, &s, &w.house[BOB], w.digest, CAROL, &why));
    posts_fault(&why, SC_E_NOT_FOUND, "the post of carol has not come here");
    CHECK_ZERO(&p, sizeof p);
    posts_store(&w, BOB, CAROL, TIME, 1);
    why = (sc_fault){0};
    CHECK_OK(sc_post_file_get(&p, &s, &w.house[BOB], w.digest, CAROL, &why));
    CHECK_U64(p.party, CAROL);
    CHECK_I64(p.time, TIME);
    CHECK_OK(
        sc_opened_share_verify(&s, w.digest, w.f.parties[CAROL].did, p.output));
    sc_buf_clear(&s.vector);
    CHECK_OK(
        sc_post_file_get(NULL, NULL, &w.house[BOB], w.digest, CAROL, NULL));
    posts_clear(&w);
}

static void test_damaged(void **state)
{
    static const char *const bad[] = {"", "sharechain post/1\n", "x"};
    posts w;
    sc_fault why = {0};
    sc_job_post p = {0};
    sc_opened_share s = {0};
    char *dir;

    posts_init(&w, *state, TIME, TIME + DAY);
    dir = posts_dir(&w, BOB);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sc_folder_write(dir, "alice.post", bad[i]);
        why = (sc_fault){0};
        CHECK_ERR(SC_E_CORRUPT, sc_post_file_get(&p, &s, &w.house[BOB],
                                                 w.digest, ALICE, &why));
        posts_fault(&why, SC_E_CORRUPT, "the stored post of alice is damaged");
        CHECK_ZERO(&s, sizeof s);
    }
    sc_free(dir);
    posts_clear(&w);
}

/* ---- memory -------------------------------------------------------------------- */

static sc_err store_get(void *arg)
{
    const posts *w = arg;
    sc_job_post p = some_post();
    sc_opened_share s = {.vector = w->text}, got = {0};
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_post_file_put(&text, &p, &s));
    SC_TRY(sc_post_file_store(&w->house[BOB], w->digest, CAROL,
                              sc_buf_bytes(&text), NULL));
    SC_TRY(sc_post_file_get(&p, &got, &w->house[BOB], w->digest, CAROL, NULL));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    sc_buf_clear(&got.vector);
    return err;
}

static void test_memory(void **state)
{
    posts w;

    posts_init(&w, *state, TIME, TIME + DAY);
    sc_free(posts_dir(&w, BOB));
    CHECK_ALLOC(store_get, &w);
    posts_clear(&w);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_malformed),
        TEST(test_len),
        TEST(test_store),
        TEST(test_once),
        TEST(test_get),
        TEST(test_damaged),
        TEST(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
