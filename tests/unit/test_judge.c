/* tests/unit/test_judge.c: an answer is judged by the job's own text: what a receipt
 * says otherwise, even signed by all, does not hold. */
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/jcs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "job/node/judge.h"
#include "job/plan/plan.h"
#include "tests/kat.h"

typedef struct {
    sc_buf file;
    sc_consortium *c;
    json_t *job_json;
    sc_job *job;
    sc_plan *plan;
    sc_receipt receipt;
    json_t *disclosed;
    uint8_t *words; /* of three shares: what the first holds, and twice zeros */
    size_t n_words;
} scene;

static void scene_init(scene *s)
{
    static char sql[] = "SELECT COUNT(*) FROM salaries";
    sc_faults faults = {0};
    sc_buf text = {0};
    sc_fault why = {0};
    sc_job job = {.asker = 0,
                  .results = 1 | 4,
                  .time = 1000,
                  .not_after = 1600};

    memset(s, 0, sizeof *s);
    CHECK_OK(sc_file_read(&s->file, "tests/data/consortium/good.yaml",
                          SC_YAML_MAX_LEN, NULL));
    CHECK_OK(
        sc_consortium_parse(&s->c, &faults, "good", sc_buf_bytes(&s->file)));
    memset(job.id, 7, sizeof job.id);
    job.sql = sql;
    CHECK_OK(sc_job_put(&text, &job, s->c));
    CHECK_OK(sc_json_parse_canonical(&s->job_json, sc_buf_bytes(&text), 1 << 20,
                                     &why));
    CHECK_OK(sc_job_take(&s->job, s->c, sc_buf_bytes(&text), &why));
    CHECK_OK(sc_plan_make(&s->plan, s->job, s->c, &why));
    s->n_words = sc_plan_vector_len(s->plan);
    s->words = sc_alloc(2 * s->n_words, 16);
    assert_non_null(s->words);
    s->words[16] = 57; /* a flag of 0, then the count */
    s->receipt = (sc_receipt){.n_parties = 3,
                              .started = 1000,
                              .not_after = 1600,
                              .protocol = "masked-sum/1",
                              .model = "semi-honest",
                              .collusion = "1 of 3",
                              .ring = 128,
                              .cells = 1,
                              .vectors = s->n_words,
                              .min_group = s->c->rules.min_group};
    s->disclosed = json_array();
    for (size_t i = 0; i < s->plan->n_reveals + s->plan->n_leaks; i++) {
        const char *words = i < s->plan->n_reveals
                                ? s->plan->reveals[i]
                                : s->plan->leaks[i - s->plan->n_reveals];

        CHECK(json_array_append_new(s->disclosed, json_string(words)) == 0);
    }
    s->receipt.disclosed = s->disclosed;
    memcpy(s->receipt.plan_digest, s->plan->digest, 32);
    memcpy(s->receipt.job_id, job.id, sizeof job.id);
    for (size_t i = 0; i < 3; i++) {
        s->receipt.parties[i].did = s->c->parties[i].did;
        s->receipt.parties[i].roles = SC_ROLE_INPUT | SC_ROLE_COMPUTING;
    }
    s->receipt.parties[0].roles |= SC_ROLE_ASKER | SC_ROLE_RESULT;
    s->receipt.parties[2].roles |= SC_ROLE_RESULT;
    sc_buf_clear(&text);
}

static sc_err judged(const scene *s)
{
    sc_bundle_judge judge = sc_judge(NULL);
    json_t *answer = NULL;
    sc_fault why = {0};
    const sc_bytes all = {s->words, 16 * s->n_words};
    const sc_bytes none = {s->words + all.len, all.len};
    const sc_bundle bundle = {.consortium = sc_buf_bytes(&s->file),
                              .job = s->job_json,
                              .n_shares = 3,
                              .shares = {{.words = all},
                                         {.words = none},
                                         {.words = none}}};
    sc_err err = judge.answer(judge.ctx, &answer, &bundle, &s->receipt, &why);

    if (err == SC_OK) {
        json_t *rows = json_object_get(answer, "rows");

        CHECK_STR(json_string_value(json_array_get(json_array_get(rows, 0), 0)),
                  "57");
    }
    json_decref(answer);
    return err;
}

static void test_judge(void **state)
{
    scene s;

    (void)state;
    scene_init(&s);
    CHECK_OK(judged(&s));
#define LIES(change, back)                                                     \
    change;                                                                    \
    CHECK_ERR(SC_E_CHEAT, judged(&s));                                         \
    back;                                                                      \
    CHECK_OK(judged(&s))
    LIES(s.receipt.job_id[3]++, s.receipt.job_id[3]--);
    LIES(s.receipt.started++, s.receipt.started--);
    LIES(s.receipt.not_after--, s.receipt.not_after++);
    LIES(s.receipt.parties[2].roles &= ~(unsigned)SC_ROLE_RESULT,
         s.receipt.parties[2].roles |= SC_ROLE_RESULT);
    LIES(s.receipt.parties[1].roles |= SC_ROLE_ASKER,
         s.receipt.parties[1].roles &= ~(unsigned)SC_ROLE_ASKER);
    LIES(s.receipt.parties[1].did = "did:key:z6MkNobody",
         s.receipt.parties[1].did = s.c->parties[1].did);
    LIES(s.receipt.plan_digest[0]++, s.receipt.plan_digest[0]--);
    LIES(s.receipt.n_parties = 2, s.receipt.n_parties = 3);
    LIES(s.receipt.parties[1].roles = SC_ROLE_INPUT,
         s.receipt.parties[1].roles |= SC_ROLE_COMPUTING);
    LIES(s.receipt.parties[1].roles |= SC_ROLE_HOLDER,
         s.receipt.parties[1].roles &= ~(unsigned)SC_ROLE_HOLDER);
    LIES(s.receipt.protocol = "ciphertext-sum/1",
         s.receipt.protocol = "masked-sum/1");
    LIES(s.receipt.model = "malicious", s.receipt.model = "semi-honest");
    LIES(s.receipt.collusion = "2 of 3", s.receipt.collusion = "1 of 3");
    LIES(s.receipt.min_group--, s.receipt.min_group++);
    LIES(s.receipt.cells = 2, s.receipt.cells = 1);
    LIES(s.receipt.ring = 64, s.receipt.ring = 128);
    LIES(s.receipt.has_call = 1, s.receipt.has_call = 0); /* nobody posts */
    json_array_append_new(s.disclosed, json_string("and nothing else"));
    CHECK_ERR(SC_E_CHEAT, judged(&s));
    json_array_remove(s.disclosed, json_array_size(s.disclosed) - 1);
    CHECK_OK(judged(&s));
    LIES(s.receipt.words = 1, s.receipt.words = 0);
#undef LIES
    sc_buf_clear(&s.file);
    json_decref(s.job_json);
    json_decref(s.disclosed);
    sc_job_free(&s.job);
    sc_plan_free(&s.plan);
    sc_consortium_free(&s.c);
    sc_free(s.words);
}

/* ---- files of earlier days ------------------------------------------------- */

/* How far the judge said it was. */
typedef struct {
    size_t n_said;
    uint64_t done, total;
} watched;

static void watch_it(void *ctx, uint64_t done, uint64_t total)
{
    watched *w = ctx;

    CHECK(w->n_said == 0 ? done == 0 && total > 0
                         : done > w->done && total == w->total);
    *w = (watched){w->n_said + 1, done, total};
}

static sc_err verify(const char *path, sc_bundle_facts *facts, watched *w,
                     sc_fault *why)
{
    sc_judge_watch watch = {watch_it, w};
    const sc_bundle_judge judge = sc_judge(&watch);
    sc_bundle b = {0}, taken = {0};
    uint8_t anchor[SC_HASH_LEN];
    sc_buf line = {0};
    sc_err err;

    CHECK_OK(sc_file_read(&line, path, SC_BUNDLE_MAX, NULL));
    CHECK_OK(sc_bundle_take(&taken, sc_buf_bytes(&line)));
    sc_sha256(anchor, taken.consortium);
    err = sc_bundle_verify(&b, facts, sc_buf_bytes(&line), &judge, anchor, why);
    CHECK_U64(facts->has_result, err == SC_OK);
    sc_bundle_clear(&taken);
    sc_bundle_clear(&b);
    sc_buf_clear(&line);
    return err;
}

/* An exported result is for years: what an earlier program wrote holds under this
 * one, whose plans must not change (tests/data/bundles, never written again). */
static void test_stored(void **state)
{
    static const char *const paths[] = {"tests/data/bundles/masked-sum-1.json",
                                        "tests/data/bundles/"
                                        "ciphertext-sum-1.json"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        sc_bundle_facts facts;
        sc_fault why = {0};
        watched w = {0};
        sc_err err = verify(paths[i], &facts, &w, &why);

        if (err != SC_OK) {
            fail_msg("%s: %s", paths[i], why.text);
        }
        CHECK_U64(w.n_said, i == 0 ? 0 : 1 + 12); /* of twelve owners */
        CHECK_U64(w.done, w.total);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_judge),
                                       cmocka_unit_test(test_stored)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
