/* tests/unit/test_policy.c: plans made by hand against the rules of one owner.
 */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "job/run/policy.h"
#include "tests/folder.h"
#include "tests/kat.h"

enum { ALICE, BOB, CAROL, AUDIT };

#define NODE                                                                   \
    "me: bob\nkeys: k\nlisten: \"tcp://*:1\"\n"                                \
    "data: {salaries: v.csv, visits: v.csv}\n"                                 \
    "allow:\n"                                                                 \
    "  - {who: [alice, carol], until: 2027-06-30, table: salaries, columns: "  \
    "{region: [group, filter], age: [filter], income: [aggregate]}, "          \
    "functions: [count, avg]}\n"                                               \
    "  - {who: [alice], until: 2026-12-31, table: salaries, columns: "         \
    "{region: "                                                                \
    "[group], income: [aggregate]}, functions: [stddev]}\n"                    \
    "  - {who: any, until: 2026-12-31, table: visits, columns: {}, "           \
    "functions: "                                                              \
    "[count]}\n"

/* A node, and a plan on its table salaries that its first entry permits. */
typedef struct {
    sc_nodeconf *n;
    sc_job job;
    sc_plan plan;
    sc_support supports[2];
    char *functions[2];
    int64_t today;
    sc_refusal kind;
    sc_fault why;
} scene;

static size_t column(const scene *s, const char *name)
{
    return sc_table_column(s->plan.table, name);
}

static void scene_init(scene *s, const char *dir, const char *node)
{
    static char avg[] = "avg", count[] = "count";
    char *path = sc_path_join(dir, "node.yaml");
    sc_buf text = {0};
    sc_faults faults = {0};

    memset(s, 0, sizeof *s);
    CHECK_OK(sc_file_read(&text, "tests/data/consortium/good.yaml",
                          SC_YAML_MAX_LEN, NULL));
    CHECK_OK(sc_buf_terminate(&text));
    sc_folder_write(dir, "consortium.yaml", (const char *)text.p);
    sc_folder_write(dir, "v.csv", "a\n");
    sc_folder_write(dir, "node.yaml", node);
    CHECK_OK(sc_nodeconf_load(&s->n, &faults, path));
    sc_buf_clear(&text);
    sc_free(path);

    s->today = sc_date_days(2026, 11, 21);
    s->job.asker = ALICE;
    s->job.results = 1u << ALICE;
    s->plan.table = sc_consortium_table(s->n->consortium, "salaries");
    s->plan.owners = 7;
    s->plan.results = s->job.results;
    s->plan.supports = s->supports;
    s->plan.n_supports = 2;
    s->supports[0].threshold = 5;
    s->supports[1].threshold = 6;
    s->functions[0] = avg;
    s->functions[1] = count;
    s->plan.functions = s->functions;
    s->plan.n_functions = 2;
    s->plan.uses[column(s, "region")] = SC_USE_GROUP;
    s->plan.uses[column(s, "age")] = SC_USE_FILTER;
    s->plan.uses[column(s, "income")] = SC_USE_AGGREGATE;
}

static sc_err ask(scene *s)
{
    s->why = (sc_fault){0};
    s->kind = 0;
    return sc_policy_check(&s->kind, s->n, &s->job, &s->plan, s->today,
                           &s->why);
}

static void expect_refused(scene *s, sc_refusal kind, const char *words)
{
    CHECK_ERR(SC_E_REFUSED, ask(s));
    CHECK_U64(s->kind, kind);
    if (strstr(s->why.text, words) == NULL) {
        fail_msg("'%s' does not say '%s'", s->why.text, words);
    }
    CHECK(s->why.remedy[0] != '\0');
}

static void test_allowed(void **state)
{
    scene s;

    scene_init(&s, *state, NODE);
    CHECK_OK(ask(&s));
    s.job.asker = CAROL;
    s.plan.results = s.job.results = 1u << CAROL | 1u << ALICE | 1u << BOB;
    CHECK_OK(ask(&s));
    s.today = sc_date_days(2027, 6, 30);
    CHECK_OK(ask(&s));
    sc_nodeconf_free(&s.n);
}

/* Each use of each column, alone, is refused where no entry has it. */
static void test_uses(void **state)
{
    static const uint8_t uses[] = {SC_USE_GROUP, SC_USE_FILTER,
                                   SC_USE_AGGREGATE, 8, 0x80};
    scene s;

    scene_init(&s, *state, NODE);
    for (size_t c = 0; c < s.plan.table->n_columns; c++) {
        for (size_t u = 0; u < sizeof uses; u++) {
            memset(s.plan.uses, 0, sizeof s.plan.uses);
            s.plan.uses[c] = uses[u];
            if ((s.n->allow[0].uses[c] & uses[u]) != 0) {
                CHECK_OK(ask(&s));
            } else {
                expect_refused(&s, SC_REFUSAL_POLICY,
                               s.plan.table->columns[c].name);
                CHECK(strstr(s.why.text, "line 6") != NULL);
            }
        }
    }
    sc_nodeconf_free(&s.n);
}

static void test_functions(void **state)
{
    static char stddev[] = "stddev";
    scene s;

    scene_init(&s, *state, NODE);
    s.functions[1] = stddev;
    expect_refused(&s, SC_REFUSAL_POLICY, "function stddev");
    /* Neither entry alone has the filter and the function: both together
     * do not permit it. The nearest is named. */
    s.plan.n_functions = 1;
    s.functions[0] = stddev;
    expect_refused(&s, SC_REFUSAL_POLICY, "line 6");
    CHECK(strstr(s.why.text, "function stddev") != NULL);
    s.plan.uses[column(&s, "age")] = 0;
    CHECK_OK(ask(&s));
    s.job.asker = CAROL; /* the second entry is for alice only */
    expect_refused(&s, SC_REFUSAL_POLICY, "function stddev");
    sc_nodeconf_free(&s.n);
}

/* Who receives counts as much as who asks. */
static void test_readers(void **state)
{
    scene s;

    scene_init(&s, *state, NODE);
    s.job.asker = AUDIT;
    expect_refused(&s, SC_REFUSAL_POLICY, "for audit on table salaries");
    CHECK(strstr(s.why.text, "line 6 of node.yaml") != NULL);
    CHECK(strstr(s.why.text, "anything to audit") != NULL);
    s.job.asker = ALICE;
    s.job.results = s.plan.results = 1u << ALICE | 1u << AUDIT;
    expect_refused(&s, SC_REFUSAL_POLICY, "anything to audit");
    s.job.asker = BOB;
    expect_refused(&s, SC_REFUSAL_POLICY, "audit");
    s.job.results = s.plan.results = 1u << CAROL;
    CHECK_OK(ask(&s));
    sc_nodeconf_free(&s.n);
}

/* A sum of ciphertexts is another question of trust: it must be written. */
static void test_protocols(void **state)
{
    scene s;

    scene_init(&s, *state, NODE);
    s.plan.protocol = SC_PLAN_CIPHERTEXT_SUM;
    expect_refused(&s, SC_REFUSAL_POLICY, "protocol ciphertext_sum");
    s.n->allow[0].protocols |= SC_ALLOW_CIPHERTEXT_SUM;
    CHECK_OK(ask(&s));
    s.n->allow[0].protocols = SC_ALLOW_CIPHERTEXT_SUM;
    CHECK_OK(ask(&s));
    s.plan.protocol = SC_PLAN_MASKED_SUM;
    expect_refused(&s, SC_REFUSAL_POLICY, "protocol masked_sum");
    sc_nodeconf_free(&s.n);
}

/* Each finds an entry of its own; half of two entries is none. */
static void test_an_entry_each(void **state)
{
    static const char columns[] =
        "columns: {region: [group], age: [filter], income: [aggregate]}, "
        "functions: [count, avg]}\n";
    char text[1000];
    scene s;

    (void)snprintf(text, sizeof text,
                   "me: bob\nkeys: k\nlisten: \"tcp://*:1\"\n"
                   "data: {salaries: v.csv, visits: v.csv}\nallow:\n"
                   "  - {who: [alice], until: 2027-06-30, table: salaries, %s"
                   "  - {who: [audit], until: 2027-06-30, table: salaries, %s",
                   columns, columns);
    scene_init(&s, *state, text);
    CHECK_OK(ask(&s));
    s.job.results = s.plan.results = 1u << ALICE | 1u << AUDIT;
    CHECK_OK(ask(&s));
    s.job.results = s.plan.results = 1u << CAROL;
    expect_refused(&s, SC_REFUSAL_POLICY, "for carol on table salaries");
    sc_nodeconf_free(&s.n);
}

/* My own question for my own eyes, and a job without my rows. */
static void test_own(void **state)
{
    scene s;

    scene_init(&s, *state,
               "me: bob\nkeys: k\nlisten: \"tcp://*:1\"\n"
               "data: {salaries: v.csv, visits: v.csv}\n");
    expect_refused(&s, SC_REFUSAL_POLICY, "no entry under allow: lets alice");
    s.job.asker = BOB;
    expect_refused(&s, SC_REFUSAL_POLICY, "no entry under allow: lets alice");
    s.job.results = s.plan.results = 1u << BOB;
    CHECK_OK(ask(&s));
    s.job.asker = ALICE;
    s.plan.owners = 1u << ALICE | 1u << CAROL;
    CHECK_OK(ask(&s));
    sc_nodeconf_free(&s.n);
}

static void test_until(void **state)
{
    scene s;

    scene_init(&s, *state, NODE);
    s.today = sc_date_days(2027, 7, 1);
    expect_refused(&s, SC_REFUSAL_EXPIRED, "ended on 2027-06-30");
    /* What was never permitted is no ended permission. */
    s.plan.uses[column(&s, "hired")] = SC_USE_FILTER;
    expect_refused(&s, SC_REFUSAL_POLICY, "filter on hired");
    sc_nodeconf_free(&s.n);
}

static void test_other_table(void **state)
{
    scene s;

    scene_init(&s, *state, NODE);
    s.plan.table = sc_consortium_table(s.n->consortium, "visits");
    memset(s.plan.uses, 0, sizeof s.plan.uses);
    s.plan.n_functions = 1;
    s.functions[0] = s.functions[1];
    s.job.asker = AUDIT;
    CHECK_OK(ask(&s));
    s.plan.uses[0] = SC_USE_AGGREGATE;
    expect_refused(&s, SC_REFUSAL_POLICY, "table visits");
    sc_nodeconf_free(&s.n);
}

static void test_min_group(void **state)
{
    scene s;

    scene_init(&s, *state, "min_group: 6\n" NODE);
    expect_refused(&s, SC_REFUSAL_POLICY, "min_group of node.yaml is 6");
    s.supports[0].threshold = 6;
    CHECK_OK(ask(&s));
    s.supports[1].threshold = 5;
    expect_refused(&s, SC_REFUSAL_POLICY, "opens groups of 5");
    s.job.asker = BOB;
    s.job.results = s.plan.results = 1u << BOB;
    CHECK_OK(ask(&s));
    sc_nodeconf_free(&s.n);
}

static void test_names(void **state)
{
    (void)state;
    CHECK_STR(sc_refusal_name(SC_REFUSAL_POLICY), "policy");
    CHECK_STR(sc_refusal_name(SC_REFUSAL_DATA), "data");
    CHECK_STR(sc_refusal_name((sc_refusal)77), "unknown");
}

/* ---- the day's count -------------------------------------------------- */

static sc_err spend(scene *s, sc_history *h)
{
    s->why = (sc_fault){0};
    return sc_policy_spend(&s->kind, h, s->n, &s->job, &s->plan, s->today,
                           &s->why);
}

/* What this party's user reads when another refuses for a limit. */
static void check_explained(const scene *s, sc_history *h, const char *words)
{
    char out[256];

    sc_policy_explain(out, sizeof out, SC_REFUSAL_LIMITS, ALICE, h, s->n,
                      &s->plan, s->today);
    CHECK(strncmp(out, words, strlen(words)) == 0);
    sc_policy_explain(out, sizeof out, SC_REFUSAL_POLICY, ALICE, h, s->n,
                      &s->plan, s->today);
    CHECK_STR(out, "ask alice: its log names the rule that is missing");
}

static void test_spend(void **state)
{
    char *path = sc_path_join(*state, "history");
    sc_history *h = NULL;
    scene s;

    scene_init(&s, *state, NODE); /* queries_per_day: 7 */
    CHECK_OK(sc_history_open(&h, path, NULL));
    for (int i = 0; i < 7; i++) {
        CHECK_OK(spend(&s, h));
    }
    CHECK_ERR(SC_E_REFUSED, spend(&s, h));
    CHECK_U64(s.kind, SC_REFUSAL_LIMITS);
    CHECK(
        strstr(s.why.text,
               "alice has used 7 of 7 questions about table salaries today") !=
        NULL);
    s.job.asker = CAROL; /* each asker, table and day by itself */
    CHECK_OK(spend(&s, h));
    s.job.asker = ALICE;
    s.plan.table = sc_consortium_table(s.n->consortium, "visits");
    CHECK_OK(spend(&s, h));
    s.plan.table = sc_consortium_table(s.n->consortium, "salaries");
    s.today++;
    CHECK_OK(spend(&s, h));
    s.today--;
    s.plan.owners = 1; /* not my rows */
    CHECK_OK(spend(&s, h));
    s.plan.owners = 7;
    s.job.asker = BOB; /* my own */
    for (int i = 0; i < 9; i++) {
        CHECK_OK(spend(&s, h));
    }
    check_explained(&s, h,
                    "9 of 7 questions about salaries today; again after "
                    "00:00 UTC");
    s.today++;
    check_explained(&s, h,
                    "0 of 7 questions about salaries today, by this "
                    "node's count");
    s.today--;
    /* A restart does not forget. */
    sc_history_free(&h);
    CHECK_OK(sc_history_open(&h, path, NULL));
    s.job.asker = ALICE;
    CHECK_ERR(SC_E_REFUSED, spend(&s, h));
    sc_history_free(&h);
    sc_nodeconf_free(&s.n);
    sc_free(path);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_allowed),   TEST(test_protocols), TEST(test_uses),
        TEST(test_functions), TEST(test_readers),   TEST(test_an_entry_each),
        TEST(test_own),       TEST(test_until),     TEST(test_other_table),
        TEST(test_min_group), TEST(test_names),     TEST(test_spend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
