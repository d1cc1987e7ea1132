/* tests/unit/test_judge_posts.c: a receipt whose owners posted and left is judged by the
 * job's own text: who posted, when, what, and for which call. */
#include <string.h>

#include "base/json.h"
#include "job/conf/block.h"
#include "job/node/judge.h"
#include "job/run/call.h"
#include "tests/unit/ledger_fixture.h"

enum { ALICE, BOB, CAROL, DAVE, N };
#define BIT(party) (1u << (party))
#define POSTING    (BIT(ALICE) | BIT(CAROL))

static char sql[] = "SELECT COUNT(*) FROM visits";

typedef struct {
    sc_buf file;
    sc_keys keys[N];
    sc_consortium *c;
    sc_job job;
    sc_plan *plan;
    json_t *text; /* the job's */
    sc_receipt receipt;
    json_t *disclosed;
    char collusion[SC_PLAN_COLLUSION_LEN];
    char good[600]; /* what is said where the posts are right */
} scene;

/* ---- a consortium ----------------------------------------------------------- */

static void put_party(scene *s, size_t p)
{
    static const char *const names[N] = {"alice", "bob", "carol", "dave"};
    sc_party party = {.is_offline = 0};
    char address[64];
    sc_buf sig = {0};

    fixture_keys(&s->keys[p], p);
    (void)snprintf(address, sizeof address, "tcp://%s.example:7400", names[p]);
    CHECK_OK(sc_block_make(&party, &s->keys[p], names[p], FIXTURE_ORIGIN,
                           address, POSTING >> p & 1));
    CHECK_OK(sc_block_sign(&sig, &party, "test", &s->keys[p].identity));
    CHECK_OK(sc_buf_terminate(&sig));
    CHECK_OK(sc_block_print(&s->file, &party, (const char *)sig.p));
    sc_buf_clear(&sig);
}

static void make_consortium(scene *s)
{
    sc_faults faults = {0};

    CHECK_OK(sc_buf_put_str(&s->file, "consortium: test\nparties:\n"));
    for (size_t p = 0; p < N; p++) {
        put_party(s, p);
    }
    CHECK_OK(sc_buf_put_str(
        &s->file,
        "tables:\n"
        "  visits:\n"
        "    stacked: [alice, bob, carol]\n"
        "    columns: {age: {type: integer, min: 0, max: 120}}\n"
        "    max_rows: 1000\n"
        "ledger: {origin: " FIXTURE_ORIGIN ", sequencer: bob, quorum: 2}\n"
        "ciphertext_sum:\n"
        "  key: \"5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f"
        "5f5f5f\"\n"
        "  bits: 3072\n"
        "  needed: 2\n"
        "  holders: [bob, dave]\n"
        "  dealer: the ministry\n"));
    if (sc_consortium_parse(&s->c, &faults, "test", sc_buf_bytes(&s->file)) !=
        SC_OK) {
        fail_msg("%s", faults.faults[0].text);
    }
}

/* ---- a job and its receipt ----------------------------------------------------- */

static void make_post(scene *s, size_t k, size_t party)
{
    sc_job_post *p = &s->job.posts[k];
    uint8_t call[32];
    sc_post statement;

    *p = (sc_job_post){.party = party, .time = 1100 + (int64_t)party};
    memset(p->input, (int)(0x10 + k), sizeof p->input);
    memset(p->output, (int)(0x20 + k), sizeof p->output);
    CHECK_OK(sc_job_call_digest(call, &s->job, s->c));
    sc_call_post(&statement, p, s->plan, s->c, call);
    CHECK_OK(sc_post_sign(p->proof, &statement, &s->keys[party].identity));
}

/* The text and the plan of the job as it is now. */
static void put_job(scene *s)
{
    sc_buf text = {0};
    sc_fault why = {0};

    json_decref(s->text);
    sc_plan_free(&s->plan);
    CHECK_OK(sc_job_put(&text, &s->job, s->c));
    CHECK_OK(
        sc_json_parse_canonical(&s->text, sc_buf_bytes(&text), 1 << 20, &why));
    CHECK_OK(sc_plan_make(&s->plan, &s->job, s->c, &why));
    memcpy(s->receipt.plan_digest, s->plan->digest, 32);
    sc_buf_clear(&text);
}

static void make_job(scene *s)
{
    sc_fault why = {0};

    s->job = (sc_job){.asker = BOB,
                      .results = BIT(BOB),
                      .time = 2000,
                      .not_after = 2600,
                      .sql = sql,
                      .call = {.time = 1000, .not_after = 3000}};
    memset(s->job.id, 7, sizeof s->job.id);
    memset(s->job.call.id, 8, sizeof s->job.call.id);
    CHECK_OK(sc_plan_make(&s->plan, &s->job, s->c, &why));
    s->job.n_posts = 2; /* so that its call is the call's */
    make_post(s, 0, ALICE);
    make_post(s, 1, CAROL);
    put_job(s);
}

static void fill_parties(scene *s)
{
    for (size_t p = 0; p < N; p++) {
        sc_receipt_party *r = &s->receipt.parties[p];

        r->did = s->c->parties[p].did;
        r->roles = sc_plan_roles(s->plan, p, BOB);
    }
    for (size_t k = 0; k < 2; k++) {
        const sc_job_post *post = &s->job.posts[k];
        sc_receipt_party *r = &s->receipt.parties[post->party];

        r->is_posted = 1;
        r->posted = post->time;
        memcpy(r->post, post->proof, sizeof r->post);
        memcpy(r->input, post->input, 32);
        memcpy(r->output, post->output, 32);
    }
}

static void fill_words(scene *s)
{
    const sc_plan *p = s->plan;

    s->disclosed = json_array();
    for (size_t i = 0; i < p->n_reveals + p->n_leaks; i++) {
        const char *words =
            i < p->n_reveals ? p->reveals[i] : p->leaks[i - p->n_reveals];

        CHECK(json_array_append_new(s->disclosed, json_string(words)) == 0);
    }
    s->receipt.disclosed = s->disclosed;
}

static sc_err judged(const scene *s, sc_fault *why)
{
    sc_bundle_judge judge = sc_judge(NULL);
    const sc_bundle bundle = {.consortium = sc_buf_bytes(&s->file),
                              .job = s->text};
    json_t *answer = NULL;

    *why = (sc_fault){0};
    return judge.answer(judge.ctx, &answer, &bundle, &s->receipt, why);
}

static void scene_init(scene *s)
{
    sc_fault why;

    memset(s, 0, sizeof *s);
    make_consortium(s);
    make_job(s);
    s->receipt.n_parties = N;
    s->receipt.started = s->job.time;
    s->receipt.not_after = s->job.not_after;
    s->receipt.protocol = "ciphertext-sum/1";
    s->receipt.model = "semi-honest";
    sc_plan_collusion_words(s->collusion, s->plan);
    s->receipt.collusion = s->collusion;
    s->receipt.ring = s->plan->ring;
    s->receipt.cells = s->plan->n_cells;
    s->receipt.vectors = sc_plan_vector_len(s->plan);
    s->receipt.words = sc_plan_share_words(s->plan);
    s->receipt.min_group = s->c->rules.min_group;
    memcpy(s->receipt.job_id, s->job.id, sizeof s->job.id);
    s->receipt.has_call = 1;
    CHECK_OK(sc_job_call_digest(s->receipt.call, &s->job, s->c));
    memcpy(s->receipt.call_plan, s->plan->query_digest, 32);
    fill_parties(s);
    fill_words(s);
    /* it goes on to the ciphertexts, of which there are none */
    CHECK(judged(s, &why) != SC_OK);
    CHECK(strstr(why.text, "of this job") == NULL);
    strcpy(s->good, why.text);
}

static void scene_clear(scene *s)
{
    sc_buf_clear(&s->file);
    json_decref(s->text);
    json_decref(s->disclosed);
    sc_plan_free(&s->plan);
    sc_consortium_free(&s->c);
}

/* ---- lies ----------------------------------------------------------------------- */

#define OF_POSTS "the receipt's posts are not those of this job"

static void lies(const scene *s, const char *words)
{
    sc_fault why;

    CHECK_ERR(SC_E_CHEAT, judged(s, &why));
    CHECK_STR(why.text, words);
}

#define LIES(change)                                                           \
    do {                                                                       \
        s.receipt = good;                                                      \
        change;                                                                \
        lies(&s, OF_POSTS);                                                    \
    } while (0)

static void test_receipt(void **state)
{
    scene s;
    sc_receipt good;
    sc_receipt_party *p;
    sc_fault why;

    (void)state;
    scene_init(&s);
    good = s.receipt;
    p = s.receipt.parties;
    LIES(s.receipt.has_call = 0);
    LIES(s.receipt.call[31] ^= 1);
    LIES(s.receipt.call_plan[0] ^= 1);
    LIES(p[ALICE].is_posted = 0);
    LIES(p[BOB].is_posted = 1);
    LIES(p[DAVE].is_posted = 1);
    LIES(p[ALICE].is_posted = 0; p[CAROL].is_posted = 0);
    LIES(p[ALICE].posted++);
    LIES(p[CAROL].posted--);
    LIES(p[ALICE].post[0] ^= 1);
    LIES(p[CAROL].post[63] ^= 1);
    LIES(p[ALICE].input[0] ^= 1);
    LIES(p[CAROL].input[31] ^= 1);
    LIES(p[ALICE].output[31] ^= 1);
    LIES(p[CAROL].output[0] ^= 1);
    s.receipt = good;
    CHECK(judged(&s, &why) != SC_OK);
    CHECK_STR(why.text, s.good);
    scene_clear(&s);
}

/* Whatever the receipt repeats of a job: posts in it that are not signed, or of another
 * time than the call's. */
static void test_job(void **state)
{
    scene s;
    sc_job good;

    (void)state;
    scene_init(&s);
    good = s.job;
#define JOB_LIES(change)                                                       \
    do {                                                                       \
        s.job = good;                                                          \
        change;                                                                \
        put_job(&s);                                                           \
        CHECK_OK(sc_job_call_digest(s.receipt.call, &s.job, s.c));             \
        fill_parties(&s);                                                      \
        lies(&s, OF_POSTS);                                                    \
    } while (0)
    JOB_LIES(s.job.posts[0].proof[5] ^= 1);
    JOB_LIES(s.job.posts[1].time++);
    JOB_LIES(s.job.posts[1].input[0] ^= 1);
    JOB_LIES(s.job.posts[0].output[0] ^= 1);
    JOB_LIES(s.job.call.id[0] ^= 1);
    JOB_LIES(s.job.call.time--);
    JOB_LIES(s.job.call.not_after++);
    JOB_LIES(s.job.call.not_after = 1999); /* and it was over */
    scene_clear(&s);
}

/* A call is no job: nobody has posted for it. */
static void test_call(void **state)
{
    scene s;

    (void)state;
    scene_init(&s);
    s.job.n_posts = 0;
    put_job(&s);
    CHECK_OK(sc_job_call_digest(s.receipt.call, &s.job, s.c));
    lies(&s, OF_POSTS);
    for (size_t p = 0; p < N; p++) {
        s.receipt.parties[p].is_posted = 0;
    }
    lies(&s, OF_POSTS);
    s.receipt.has_call = 0;
    lies(&s, OF_POSTS);
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_receipt),
                                       cmocka_unit_test(test_job),
                                       cmocka_unit_test(test_call)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
