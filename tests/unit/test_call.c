/* tests/unit/test_call.c: how long a call may last, and that a job's posts are of
 * their owners, for its call and plan, in time, and those that came here. */
#include "tests/unit/posts_fixture.h"

#define TIME      ((int64_t)1000000)
#define NOT_AFTER (TIME + 10 * DAY)
#define JOB_TIME  (TIME + 9 * DAY)

/* ---- times ---------------------------------------------------------------- */

static void test_times(void **state)
{
    static const struct {
        int64_t time, not_after, now;
        const char *words; /* NULL: it may */
    } cases[] = {
        {TIME, TIME + 1, TIME, NULL},
        {TIME, TIME + 40 * DAY, TIME, NULL},
        {TIME, TIME + 40 * DAY + 1, TIME, "may last 40 days here (call_days)"},
        {TIME, SC_JOB_MAX_TIME, TIME, "may last 40 days here"},
        {0, 40 * DAY, 40 * DAY - 1, NULL},
        {0, 40 * DAY, 40 * DAY, "the call is over"},
        {TIME, TIME + 5, TIME + 5, "the call is over"},
        {TIME, TIME + 5, SC_JOB_MAX_TIME, "the call is over"},
        {TIME + 120, TIME + 121, TIME, NULL},
        {TIME + 121, TIME + 200, TIME, "the call begins in 121 s by this"},
        {SC_JOB_MAX_TIME, SC_JOB_MAX_TIME, TIME, "the call begins in"},
        {TIME + 100, TIME + 100, TIME, "may last 40 days here"},
        {TIME + 100, TIME + 99, TIME, "may last 40 days here"},
    };
    sc_consortium c = {.rules.call_days = 40};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sc_fault why = {0};
        sc_err err = sc_call_check_times(&c, cases[i].time, cases[i].not_after,
                                         cases[i].now, &why);

        if (cases[i].words == NULL) {
            CHECK_OK(err);
        } else {
            CHECK_ERR(SC_E_REFUSED, err);
            posts_fault(&why, SC_E_REFUSED, cases[i].words);
        }
        CHECK_ERR(err,
                  sc_call_check_times(&c, cases[i].time, cases[i].not_after,
                                      cases[i].now, NULL));
    }
    c.rules.call_days = 1;
    CHECK_OK(sc_call_check_times(&c, TIME, TIME + DAY, TIME, NULL));
    CHECK_ERR(SC_E_REFUSED,
              sc_call_check_times(&c, TIME, TIME + DAY + 1, TIME, NULL));
}

/* ---- signatures ------------------------------------------------------------- */

static void test_statement(void **state)
{
    posts w;
    sc_job j;
    sc_post p;

    posts_init(&w, *state, TIME, NOT_AFTER);
    j = posts_job(&w, JOB_TIME, TIME + 1, TIME + 2);
    sc_call_post(&p, &j.posts[1], w.plan, &w.f.c, w.digest);
    CHECK_BYTES(p.call, w.digest, 32);
    CHECK_BYTES(p.plan, w.plan->query_digest, 32);
    CHECK_BYTES(p.consortium, w.f.c.digest, 32);
    CHECK_STR(p.did, w.f.parties[CAROL].did);
    CHECK_BYTES(p.input, j.posts[1].input, 32);
    CHECK_BYTES(p.output, j.posts[1].output, 32);
    CHECK_I64(p.time, TIME + 2);
    posts_clear(&w);
}

/* The plan is the call's, as everybody's is; the posts are checked for this job. */
static sc_err check(const posts *w, const sc_job *j, sc_fault *why)
{
    if (why != NULL) {
        *why = (sc_fault){0};
    }
    return sc_call_check_posts(j, w->plan, &w->f.c, w->digest, why);
}

static void lies(const posts *w, const sc_job *j, const char *party,
                 const char *words)
{
    sc_fault why;

    CHECK_ERR(SC_E_CHEAT, check(w, j, &why));
    posts_fault(&why, SC_E_CHEAT, words);
    CHECK_STR(why.party, party);
    CHECK_ERR(SC_E_CHEAT, check(w, j, NULL));
}

static void test_post_times(void **state)
{
    static const char outside[] = "it posted outside the call's time";
    posts w;
    sc_job j;
    sc_fault why;

    posts_init(&w, *state, TIME, NOT_AFTER);
    j = posts_job(&w, JOB_TIME, TIME, TIME + DAY);
    CHECK_OK(check(&w, &j, &why));
    j = posts_job(&w, JOB_TIME, TIME - 240, JOB_TIME);
    CHECK_OK(check(&w, &j, &why));
    CHECK_OK(check(&w, &j, NULL));
    j = posts_job(&w, JOB_TIME, TIME - 241, JOB_TIME);
    lies(&w, &j, "alice", outside);
    j = posts_job(&w, JOB_TIME, TIME, JOB_TIME + 1);
    lies(&w, &j, "carol", outside);
    j = posts_job(&w, JOB_TIME, 0, TIME);
    lies(&w, &j, "alice", outside);
    j = posts_job(&w, JOB_TIME, TIME, SC_JOB_MAX_TIME);
    lies(&w, &j, "carol", outside);
    posts_clear(&w);
}

static void test_job_times(void **state)
{
    static const char without[] = "the job is not within the time of its call";
    posts w;
    sc_job j;
    sc_fault why;

    posts_init(&w, *state, TIME, NOT_AFTER);
    j = posts_job(&w, NOT_AFTER, TIME, TIME);
    CHECK_OK(check(&w, &j, &why));
    j.time++;
    lies(&w, &j, "", without);
    j = posts_job(&w, TIME, TIME, TIME);
    CHECK_OK(check(&w, &j, &why));
    j.time--;
    lies(&w, &j, "", without);
    j.n_posts = 0; /* it answers no call */
    CHECK_OK(check(&w, &j, &why));
    posts_clear(&w);
}

static void test_signed(void **state)
{
    static const char words[] = "the signature of its post does not hold";
    posts w;
    sc_job good, j;
    sc_fault why;

    posts_init(&w, *state, TIME, NOT_AFTER);
    good = posts_job(&w, JOB_TIME, TIME + 1, TIME + 2);
    CHECK_OK(check(&w, &good, &why));
#define LIES(party, change)                                                    \
    do {                                                                       \
        j = good;                                                              \
        change;                                                                \
        lies(&w, &j, party, words);                                            \
    } while (0)
    for (size_t i = 0; i < 32; i++) {
        LIES("alice", j.posts[0].input[i] ^= 1);
        LIES("carol", j.posts[1].output[i] ^= 0x80);
        LIES("carol", j.posts[1].proof[2 * i] ^= 1);
        LIES("alice", j.posts[0].proof[2 * i + 1] ^= 0x10);
    }
    LIES("alice", j.posts[0].time++);
    LIES("alice", j.posts[0].time--);
    LIES("carol", j.posts[1].time += DAY);
    LIES("alice", memcpy(j.posts[0].proof, j.posts[1].proof, 64));
    LIES("bob", j.posts[0].party = BOB); /* who did not sign it */
    LIES("dave", j.posts[1].party = DAVE);
#undef LIES
    posts_clear(&w);
}

/* The same signatures for anything else than this call, plan and consortium. */
static void test_elsewhere(void **state)
{
    static const char words[] = "the signature of its post does not hold";
    posts w;
    sc_job j;
    sc_fault why;

    posts_init(&w, *state, TIME, NOT_AFTER);
    j = posts_job(&w, JOB_TIME, TIME + 1, TIME + 2);
    w.digest[0] ^= 1;
    lies(&w, &j, "alice", words);
    w.digest[0] ^= 1;
    w.plan->query_digest[31] ^= 1;
    lies(&w, &j, "alice", words);
    w.plan->query_digest[31] ^= 1;
    w.f.c.digest[7] ^= 1;
    lies(&w, &j, "alice", words);
    w.f.c.digest[7] ^= 1;
    w.f.parties[CAROL].identity[0] ^= 1;
    lies(&w, &j, "carol", words);
    w.f.parties[CAROL].identity[0] ^= 1;
    strcpy(w.f.parties[CAROL].did, w.f.parties[DAVE].did);
    lies(&w, &j, "carol", words);
    CHECK_OK(sc_did_make(w.f.parties[CAROL].did, w.f.parties[CAROL].identity));
    CHECK_OK(check(&w, &j, &why));
    posts_clear(&w);
}

/* ---- files ------------------------------------------------------------------- */

static sc_err check_files(const posts *w, const sc_job *j, sc_fault *why)
{
    *why = (sc_fault){0};
    return sc_call_check_files(j, &w->house[DAVE], w->digest, why);
}

static void no_files(const posts *w, const sc_job *j, sc_err code,
                     const char *words)
{
    sc_fault why;

    CHECK_ERR(code, check_files(w, j, &why));
    posts_fault(&why, code, words);
}

static void test_files(void **state)
{
    posts w;
    sc_job j;
    sc_fault why;

    posts_init(&w, *state, TIME, NOT_AFTER);
    j = posts_job(&w, JOB_TIME, TIME + 1, TIME + 2);
    no_files(&w, &j, SC_E_REFUSED, "the post of alice has not come here");
    posts_store(&w, DAVE, ALICE, TIME + 1, 1);
    posts_store(&w, BOB, CAROL, TIME + 2, 1); /* at another party */
    no_files(&w, &j, SC_E_REFUSED, "the post of carol has not come here");
    posts_store(&w, DAVE, CAROL, TIME + 2, 1);
    CHECK_OK(check_files(&w, &j, &why));
    j.posts[1].output[0] ^= 1;
    no_files(&w, &j, SC_E_REFUSED,
             "the job has another post of carol than the one that came here: "
             "of a call one sum is opened");
    j.posts[1].output[0] ^= 1;
    w.digest[0] ^= 1; /* another call's */
    no_files(&w, &j, SC_E_REFUSED, "the post of alice has not come here");
    w.digest[0] ^= 1;
    w.digest[31] ^= 1;
    no_files(&w, &j, SC_E_REFUSED, "another post of alice");
    w.digest[31] ^= 1;
    j.n_posts = 0;
    CHECK_OK(check_files(&w, &j, &why));
    posts_clear(&w);
}

/* Who adds up takes the asker's word that it gave the call up; the asker has its own
 * reasons. */
static void test_given_up(void **state)
{
    static const size_t at[] = {DAVE, BOB};
    posts w;
    sc_job j;
    sc_fault why = {0};

    posts_init(&w, *state, TIME, NOT_AFTER);
    j = posts_job(&w, JOB_TIME, TIME + 1, TIME + 2);
    for (size_t i = 0; i < 2; i++) {
        char *dir = posts_dir(&w, at[i]);

        posts_store(&w, at[i], ALICE, TIME + 1, 1);
        posts_store(&w, at[i], CAROL, TIME + 2, 1);
        sc_folder_write(dir, SC_CALL_END_FILE, "{}");
        sc_free(dir);
    }
    no_files(&w, &j, SC_E_REFUSED, "its asker said that it has given");
    CHECK_OK(sc_call_check_files(&j, &w.house[BOB], w.digest, &why));
    posts_clear(&w);
}

/* A second post of an owner, signed as well: not the one that came first. */
static void test_second_post(void **state)
{
    posts w;
    sc_job j;

    posts_init(&w, *state, TIME, NOT_AFTER);
    j = posts_job(&w, JOB_TIME, TIME + 1, TIME + 2);
    posts_store(&w, DAVE, ALICE, TIME + 1, 1);
    posts_store(&w, DAVE, CAROL, TIME + 2, 2);
    no_files(&w, &j, SC_E_REFUSED, "another post of carol");
    posts_clear(&w);
}

static void test_damaged_files(void **state)
{
    enum { R32_AT = 18 + 32 + 32 + 8 + 64 }; /* magic to proof */
    posts w;
    sc_job j;
    sc_buf text = {0};
    char *dir, *path;

    posts_init(&w, *state, TIME, NOT_AFTER);
    j = posts_job(&w, JOB_TIME, TIME + 1, TIME + 2);
    posts_store(&w, DAVE, ALICE, TIME + 1, 1);
    dir = posts_dir(&w, DAVE);
    path = sc_path_join(dir, "alice.post");
    CHECK_OK(sc_file_read(&text, path, 1 << 20, NULL));
    for (size_t at = R32_AT; at < text.len; at += at < 300 ? 1 : 97) {
        text.p[at] ^= 1;
        CHECK_OK(sc_file_replace(path, sc_buf_bytes(&text), 0600, NULL));
        no_files(&w, &j, SC_E_REFUSED, "another post of alice");
        text.p[at] ^= 1;
    }
    text.p[3] ^= 1;
    CHECK_OK(sc_file_replace(path, sc_buf_bytes(&text), 0600, NULL));
    no_files(&w, &j, SC_E_CORRUPT, "the stored post of alice is damaged");
    text.p[3] ^= 1;
    text.len -= 1;
    CHECK_OK(sc_file_replace(path, sc_buf_bytes(&text), 0600, NULL));
    no_files(&w, &j, SC_E_REFUSED, "another post of alice");
    text.len = R32_AT + 32;
    CHECK_OK(sc_file_replace(path, sc_buf_bytes(&text), 0600, NULL));
    no_files(&w, &j, SC_E_CORRUPT, "the stored post of alice is damaged");
    sc_buf_clear(&text);
    sc_free(path);
    sc_free(dir);
    posts_clear(&w);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        TEST(test_statement),
        TEST(test_post_times),
        TEST(test_job_times),
        TEST(test_signed),
        TEST(test_elsewhere),
        TEST(test_files),
        TEST(test_given_up),
        TEST(test_second_post),
        TEST(test_damaged_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
