/* tests/unit/test_call_run.c: when a job begins that answers a call, what is in it, and
 * what its end means for the call. */
#include "job/node/call.h"
#include "job/run/record.h"
#include "tests/mesh_world.h"
#include "tests/unit/posts_fixture.h"

static int64_t now_s;
static world net;

/* Bob's own call; dave adds up too, and is linked. */
static sc_call *start(posts *w, void **state)
{
    sc_call *c = NULL;
    sc_fault why = {0};

    now_s = sc_clock_wall();
    posts_init(w, *state, now_s - DAY, now_s + DAY);
    if (sc_call_new(&c, &w->house[BOB], BOB, sc_buf_bytes(&w->text), &why) !=
        SC_OK) {
        fail_msg("%s", why.text);
    }
    CHECK_OK(sc_call_store(c, &w->house[BOB], &why));
    world_init(&net, N_PARTIES);
    net.logs[BOB].least = net.logs[DAVE].least = SC_LOG_ERROR;
    world_start(&net, BOB);
    world_start(&net, DAVE);
    w->house[BOB].mesh = net.mesh[BOB];
    CHECK(link_becomes(&net, BOB, DAVE, 1));
    return c;
}

static void stop(posts *w, sc_call **c)
{
    sc_call_free(c);
    world_stop(&net);
    posts_clear(w);
}

/* ---- the job -------------------------------------------------------------------- */

static sc_job *make_job(const posts *w, const sc_call *c)
{
    sc_job *j = NULL;
    sc_buf text = {0};
    sc_fault why = {0};
    uint8_t id[16];

    if (sc_call_make_job(c, &w->house[BOB], &text, id, &why) != SC_OK) {
        fail_msg("%s", why.text);
    }
    CHECK_OK(sc_job_take(&j, &w->f.c, sc_buf_bytes(&text), &why));
    CHECK_BYTES(j->id, id, sizeof id);
    sc_buf_clear(&text);
    return j;
}

/* What each party that is there makes of it. */
static void check_job(const posts *w, const sc_job *j)
{
    sc_plan *p = NULL;
    uint8_t call[32];
    sc_fault why = {0};

    CHECK_OK(sc_plan_make(&p, j, &w->f.c, &why));
    CHECK(!sc_plan_is_call(p, j));
    CHECK_OK(sc_job_call_digest(call, j, &w->f.c));
    CHECK_BYTES(call, w->digest, 32);
    CHECK_OK(sc_call_check_posts(j, p, &w->f.c, call, &why));
    sc_plan_free(&p);
}

static void test_job(void **state)
{
    posts w;
    sc_call *c = start(&w, state);
    sc_job *j, *again, want = posts_job(&w, now_s, now_s - 5, now_s - 3);

    posts_store(&w, BOB, ALICE, now_s - 5, 1);
    posts_store(&w, BOB, CAROL, now_s - 3, 1);
    j = make_job(&w, c);
    CHECK(memcmp(j->id, w.job.id, 16) != 0);
    CHECK_BYTES(j->call.id, w.job.id, 16);
    CHECK_I64(j->call.time, w.job.time);
    CHECK_I64(j->call.not_after, w.job.not_after);
    CHECK(j->time >= now_s && j->time <= sc_clock_wall());
    CHECK_I64(j->not_after, j->time + 600);
    CHECK_STR(j->sql, w.job.sql);
    CHECK_U64(j->asker, BOB);
    CHECK_U64(j->results, BIT(BOB));
    CHECK_U64(j->n_posts, 2);
    for (size_t i = 0; i < 2; i++) {
        CHECK_U64(j->posts[i].party, want.posts[i].party);
        CHECK_I64(j->posts[i].time, want.posts[i].time);
        CHECK_BYTES(j->posts[i].input, want.posts[i].input, 32);
        CHECK_BYTES(j->posts[i].output, want.posts[i].output, 32);
        CHECK_BYTES(j->posts[i].proof, want.posts[i].proof, 64);
    }
    check_job(&w, j);
    again = make_job(&w, c); /* of another id, and the same posts */
    CHECK(memcmp(j->id, again->id, 16) != 0);
    CHECK_BYTES(again->posts, j->posts, sizeof j->posts);
    sc_job_free(&again);
    sc_job_free(&j);
    stop(&w, &c);
}

static void no_job(const posts *w, const sc_call *c, sc_err code,
                   const char *words)
{
    sc_buf text = {0};
    sc_fault why = {0};
    uint8_t id[16];

    CHECK_ERR(code, sc_call_make_job(c, &w->house[BOB], &text, id, &why));
    posts_fault(&why, code, words);
    CHECK_U64(text.len, 0);
}

static void test_no_job(void **state)
{
    posts w;
    sc_call *c = start(&w, state);
    char *dir = posts_dir(&w, BOB);

    posts_store(&w, BOB, ALICE, now_s, 1);
    no_job(&w, c, SC_E_NOT_FOUND, "the post of carol has not come here");
    posts_store(&w, BOB, CAROL, now_s + 100, 1); /* her clock is ahead */
    no_job(&w, c, SC_E_STATE,
           "the post of carol is of a time that this clock has not reached");
    sc_folder_write(dir, "carol.post", "sharechain post/1\n");
    no_job(&w, c, SC_E_CORRUPT, "the stored post of carol is damaged");
    sc_free(dir);
    stop(&w, &c);
}

/* ---- when ------------------------------------------------------------------------ */

/* All posts are here and at dave, who adds up with bob. */
static void everywhere(sc_call *c)
{
    c->have = POSTING;
    c->peers[DAVE].there = POSTING;
}

static void test_due(void **state)
{
    posts w;
    sc_call *c = start(&w, state);
    const sc_house *h = &w.house[BOB];

    CHECK(!sc_call_is_due(c, h));
    c->have = POSTING;
    CHECK(!sc_call_is_due(c, h));
    c->peers[DAVE].there = BIT(ALICE);
    CHECK(!sc_call_is_due(c, h));
    everywhere(c);
    CHECK(sc_call_is_due(c, h));
    c->have = BIT(CAROL);
    CHECK(!sc_call_is_due(c, h));
    everywhere(c);
    c->peers[DAVE].there |= BIT(BOB); /* whatever else it says */
    CHECK(sc_call_is_due(c, h));
    c->run_ms = sc_clock_ms() + 60000;
    CHECK(!sc_call_is_due(c, h));
    c->run_ms = sc_clock_ms();
    CHECK(sc_call_is_due(c, h));
    c->has_run = c->is_running = 1;
    CHECK(!sc_call_is_due(c, h));
    CHECK(c->has_run);
    c->has_run = c->is_running = 0;
    c->state = SC_CALL_OVER;
    CHECK(!sc_call_is_due(c, h));
    c->state = SC_CALL_REFUSED;
    CHECK(!sc_call_is_due(c, h));
    stop(&w, &c);
}

/* Not while one who is to open the sum is away; owners may be. */
static void test_away(void **state)
{
    posts w;
    sc_call *c = start(&w, state);

    everywhere(c);
    CHECK(sc_call_is_due(c, &w.house[BOB]));
    sc_mesh_free(&net.mesh[DAVE]);
    CHECK(link_becomes(&net, BOB, DAVE, 0));
    CHECK(!sc_call_is_due(c, &w.house[BOB]));
    world_start(&net, DAVE);
    CHECK(link_becomes(&net, BOB, DAVE, 1));
    CHECK(sc_call_is_due(c, &w.house[BOB]));
    stop(&w, &c);
}

/* Bob's record of the job that was tried last stands at `kind`. */
static void record(const posts *w, const sc_call *c, sc_record_kind kind)
{
    sc_record *r = NULL;
    sc_fault why = {0};

    CHECK_OK(sc_record_new(&r, w->stores[BOB], c->run, &why));
    for (sc_record_kind k = SC_RECORD_JOB; k < SC_RECORD_DONE && k < kind;
         k++) {
        CHECK_OK(sc_record_put(r, k, sc_bytes_of("x"), &why));
    }
    CHECK_OK(sc_record_put(r, kind, sc_bytes_of("x"), &why));
    sc_record_free(&r);
}

/* What a restart finds of the job that was tried last. */
static void test_found(void **state)
{
    static const struct {
        sc_record_kind kind;
        sc_call_state state;
        int is_due;
    } cases[] = {
        {SC_RECORD_JOB, SC_CALL_OPEN, 0},
        {SC_RECORD_CONSENT, SC_CALL_OPEN, 0},
        {SC_RECORD_RECEIPT, SC_CALL_OPEN, 0},
        {SC_RECORD_PROVED, SC_CALL_OPEN, 0},
        {SC_RECORD_ANSWER, SC_CALL_DONE, 0},
        {SC_RECORD_DONE, SC_CALL_DONE, 0},
        {SC_RECORD_REFUSED, SC_CALL_OPEN, 1},
        {SC_RECORD_ABORTED, SC_CALL_OPEN, 1},
        {SC_RECORD_VOIDED, SC_CALL_OPEN, 1},
    };
    posts w;
    sc_call *c = start(&w, state);
    const sc_house *h = &w.house[BOB];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        c->state = SC_CALL_OPEN;
        c->has_run = 1;
        memset(c->run, (int)(0x20 + i), sizeof c->run);
        record(&w, c, cases[i].kind);
        everywhere(c);
        CHECK(sc_call_is_due(c, h) == cases[i].is_due);
        CHECK_U64(c->state, cases[i].state);
        CHECK(c->has_run == !cases[i].is_due);
    }
    c->state = SC_CALL_OPEN;
    c->has_run = 1;
    memset(c->run, 0x40, sizeof c->run); /* it fell before it was recorded */
    CHECK(sc_call_is_due(c, h));
    CHECK(!c->has_run);
    stop(&w, &c);
}

/* ---- how a job ends ---------------------------------------------------------------- */

static void ends(sc_call *c, const posts *w, sc_err err, int is_open)
{
    uint8_t run[16];
    sc_fault why = {0};

    memset(run, 0x33, sizeof run);
    if (err != SC_OK) {
        sc_fault_set(&why, err, "it ended");
        sc_fault_party(&why, "dave");
    }
    c->has_run = c->is_running = 1;
    sc_call_take_end(c, &w->house[BOB], run, err, is_open, &why);
    CHECK(!c->is_running);
    CHECK_U64(c->run[15], 0x33);
}

static void test_done(void **state)
{
    posts w;
    sc_call *c = start(&w, state), *again = NULL;
    char *dir = posts_dir(&w, BOB);
    sc_fault why = {0};

    everywhere(c);
    strcpy(c->trouble, "dave was away");
    ends(c, &w, SC_OK, 0);
    CHECK_U64(c->state, SC_CALL_DONE);
    CHECK(c->has_run);
    CHECK_STR(c->trouble, "");
    CHECK(!sc_call_is_due(c, &w.house[BOB]));
    CHECK_OK(sc_call_load(&again, &w.house[BOB], dir, &why));
    CHECK_U64(again->state, SC_CALL_DONE);
    CHECK(again->has_run);
    CHECK_U64(again->run[0], 0x33);
    sc_call_free(&again);
    sc_free(dir);
    stop(&w, &c);
}

/* It is tried again, later and later, but not while a receipt may come of it. */
static void test_failed(void **state)
{
    static const uint64_t wait_ms[] = {1000,    2000,    4000,   8000,   16000,
                                       32000,   64000,   128000, 256000, 512000,
                                       1024000, 2048000, 3600000};
    posts w;
    sc_call *c = start(&w, state);

    everywhere(c);
    for (size_t i = 0; i < 80; i++) {
        uint64_t before = sc_clock_ms(), want = wait_ms[i < 12 ? i : 12];

        ends(c, &w, SC_E_TIMEOUT, 0);
        CHECK(c->run_ms >= before + want);
        CHECK(c->run_ms <= sc_clock_ms() + want);
        CHECK_U64(c->state, SC_CALL_OPEN);
        CHECK(!c->has_run);
        CHECK_STR(c->party, "dave");
        CHECK_STR(c->trouble, "it ended");
        CHECK(!sc_call_is_due(c, &w.house[BOB]));
        c->run_ms = 0;
        CHECK(sc_call_is_due(c, &w.house[BOB]));
    }
    ends(c, &w, SC_E_TIMEOUT, 1);
    CHECK(c->has_run);
    stop(&w, &c);
}

static void test_refused(void **state)
{
    posts w;
    sc_call *c = start(&w, state);
    uint64_t before = sc_clock_ms();

    ends(c, &w, SC_E_REFUSED, 0);
    CHECK(c->run_ms >= before + 15000);
    CHECK(c->run_ms <= sc_clock_ms() + 15000);
    CHECK_U64(c->state, SC_CALL_OPEN); /* rules and days change */
    CHECK_STR(c->party, "dave");
    stop(&w, &c);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_job),  TEST(test_no_job), TEST(test_due),  TEST(test_found),
        TEST(test_done), TEST(test_failed), TEST(test_away), TEST(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
