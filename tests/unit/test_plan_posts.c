/* tests/unit/test_plan_posts.c: what a plan says where owners post and leave: how the
 * figures are added up, who is in the session, what is refused, and what people read. */
#include "base/hash.h"
#include "ledger/receipt.h"
#include "net/messages.h"
#include "tests/kat.h"
#include "tests/unit/plan_fixture.h"

enum { ALICE, BOB, CAROL, DAVE };
#define BIT(party) (1u << (party))
#define POSTING    (BIT(ALICE) | BIT(CAROL))
#define SQL        "SELECT AVG(income) FROM people"

static sc_job job_of(void)
{
    static char sql[] = SQL;
    sc_job j = {.asker = BOB,
                .results = BIT(BOB),
                .time = 1000,
                .not_after = 2000,
                .sql = sql};

    memset(j.id, 7, sizeof j.id);
    return j;
}

/* The job that answers the call job_of(). */
static sc_job job_with_posts(void)
{
    sc_job j = job_of();

    memcpy(j.call.id, j.id, sizeof j.id);
    j.call.time = j.time;
    j.call.not_after = j.not_after;
    memset(j.id, 8, sizeof j.id);
    j.time = 1500;
    j.not_after = 1600;
    j.posts[0] = (sc_job_post){.party = ALICE, .time = 1100};
    j.posts[1] = (sc_job_post){.party = CAROL, .time = 1200};
    j.n_posts = 2;
    return j;
}

static sc_plan *make(const fixture *f, const sc_job *j)
{
    sc_plan *p = NULL;
    sc_fault why;

    if (sc_plan_make(&p, j, &f->c, &why) != SC_OK) {
        fail_msg("%s\n%u:%u %s", j->sql, why.line, why.column, why.text);
    }
    return p;
}

static sc_plan *make_sql(const fixture *f, const char *sql)
{
    sc_plan *p = NULL;
    sc_fault why;

    if (fixture_plan(&p, f, sql, &why) != SC_OK) {
        fail_msg("%s\n%u:%u %s", sql, why.line, why.column, why.text);
    }
    return p;
}

static int text_has(const sc_plan *p, const char *part)
{
    sc_buf text = {0};
    int has;

    CHECK_OK(sc_buf_put_bytes(&text, sc_buf_bytes(&p->text)));
    CHECK_OK(sc_buf_terminate(&text));
    has = strstr((const char *)text.p, part) != NULL;
    sc_buf_clear(&text);
    return has;
}

/* ---- who takes part --------------------------------------------------------- */

static void test_session(void **state)
{
    sc_job j = job_of();
    sc_plan *p;
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    p = make(&f, &j);
    CHECK_U64(p->protocol, SC_PLAN_CIPHERTEXT_SUM);
    CHECK_U64(p->owners, 7);
    CHECK_U64(p->posting, POSTING);
    CHECK_U64(p->holders, BIT(BOB) | BIT(DAVE));
    CHECK_U64(p->job_parties, 15);
    CHECK_U64(sc_plan_present(p), BIT(BOB) | BIT(DAVE));
    CHECK_U64(sc_plan_adders(p), BIT(BOB) | BIT(DAVE));
    CHECK_U64(p->shape.n_parties, 3);
    CHECK_U64(sc_plan_roles(p, ALICE, BOB), SC_ROLE_INPUT | SC_ROLE_COMPUTING);
    CHECK_U64(sc_plan_roles(p, DAVE, BOB), SC_ROLE_HOLDER);
    CHECK(text_has(p, "\"posting\":[\"did:key:z6Mkalice\","
                      "\"did:key:z6Mkcarol\"]"));
    sc_plan_free(&p);
    /* and the same with the hint: the way is the same, and the question */
    p = make_sql(&f, "SELECT /*+ ciphertext_sum */ AVG(income) FROM people");
    CHECK_U64(p->posting, POSTING);
    sc_plan_free(&p);
    /* one of three */
    f.parties[CAROL].is_offline = 0;
    p = make(&f, &j);
    CHECK_U64(p->protocol, SC_PLAN_CIPHERTEXT_SUM);
    CHECK_U64(p->posting, BIT(ALICE));
    CHECK_U64(sc_plan_present(p), BIT(BOB) | BIT(CAROL) | BIT(DAVE));
    sc_plan_free(&p);
}

/* All owners post: two others ask, and open the sum. */
static void test_all_post(void **state)
{
    sc_job j = job_of();
    sc_party five[5] = {0};
    sc_plan *p;
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    memcpy(five, f.parties, sizeof f.parties);
    strcpy(five[4].name, "erin");
    strcpy(five[4].did, "did:key:z6Mkerin");
    five[BOB].is_offline = 1;
    f.c.parties = five;
    f.c.n_parties = 5;
    f.c.sumkey.holders[0] = DAVE;
    f.c.sumkey.holders[1] = 4;
    j.asker = DAVE;
    j.results = BIT(DAVE);
    p = make(&f, &j);
    CHECK_U64(p->posting, 7);
    CHECK_U64(sc_plan_present(p), BIT(DAVE) | BIT(4));
    CHECK(sc_plan_is_call(p, &j));
    sc_plan_free(&p);
}

/* No byte of the session to who is not there, or of it; and what the others say of
 * each other is less. */
static void test_bytes(void **state)
{
    sc_job j = job_of();
    sc_plan *p, *all;
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    p = make(&f, &j);
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 4; k++) {
            int is_there = ((POSTING >> i | POSTING >> k) & 1) == 0;

            CHECK((sc_plan_link_bytes(p, i, k) != 0) == is_there);
        }
    }
    CHECK_U64(sc_plan_link_bytes(p, BOB, DAVE),
              p->owner_bytes + p->share_bytes + p->received_bytes);
    CHECK_U64(sc_plan_link_bytes(p, DAVE, BOB), p->other_bytes + p->part_bytes);
    f.parties[ALICE].is_offline = f.parties[CAROL].is_offline = 0;
    all = make_sql(&f, "SELECT /*+ ciphertext_sum */ AVG(income) FROM people");
    CHECK_U64(p->share_bytes, all->share_bytes);
    CHECK_U64(p->part_bytes, all->part_bytes);
    /* heads of two channels each with two parties, which are not there */
    CHECK_U64(all->other_bytes - p->other_bytes, 4 * SC_MSG_HEAD_LEN);
    CHECK_U64(all->owner_bytes - p->owner_bytes, 4 * SC_MSG_HEAD_LEN);
    sc_plan_free(&p);
    sc_plan_free(&all);
}

/* Who is offline and owns no row of the table changes no byte of the plan. */
static void test_others(void **state)
{
    static const char *const texts[] = {
        "SELECT SUM(n) FROM pair",
        "SELECT region, AVG(income) FROM people GROUP BY region",
        "SELECT /*+ ciphertext_sum */ AVG(income) FROM people"};
    static const size_t offline[] = {CAROL, DAVE, DAVE};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sc_plan *p, *q;
        fixture f;

        fixture_init(&f);
        fixture_posting(&f);
        f.c.sumkey.holders[1] = ALICE;
        f.c.rules.two_party_exact = 1;
        f.parties[ALICE].is_offline = f.parties[CAROL].is_offline = 0;
        p = make_sql(&f, texts[i]);
        f.parties[offline[i]].is_offline = 1;
        q = make_sql(&f, texts[i]);
        CHECK_U64(p->posting, 0);
        CHECK_U64(q->posting, 0);
        CHECK_U64(p->protocol,
                  i < 2 ? SC_PLAN_MASKED_SUM : SC_PLAN_CIPHERTEXT_SUM);
        CHECK(sc_bytes_equal_vartime(sc_buf_bytes(&p->text),
                                     sc_buf_bytes(&q->text)));
        CHECK(!text_has(q, "\"posting\""));
        sc_plan_free(&p);
        sc_plan_free(&q);
    }
}

/* ---- call and job ------------------------------------------------------------ */

/* The plan that posts are signed for has neither id, times nor posts in it. */
static void test_call_and_job(void **state)
{
    sc_job call = job_of(), job = job_with_posts();
    sc_plan *p, *q;
    uint8_t digest[32], of_job[32];
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    p = make(&f, &call);
    q = make(&f, &job);
    CHECK(sc_plan_is_call(p, &call));
    CHECK(!sc_plan_is_call(q, &job));
    CHECK_U64(q->posting, POSTING);
    CHECK_BYTES(p->query_digest, q->query_digest, 32);
    CHECK(memcmp(p->digest, q->digest, 32) != 0);
    CHECK_OK(sc_job_call_digest(digest, &call, &f.c));
    CHECK_OK(sc_job_call_digest(of_job, &job, &f.c));
    CHECK_BYTES(digest, of_job, 32);
    sc_plan_free(&q);
    job.posts[1].proof[63] ^= 1; /* all who are there agree on every post */
    q = make(&f, &job);
    CHECK_BYTES(p->query_digest, q->query_digest, 32);
    CHECK(memcmp(p->digest, q->digest, 32) != 0);
    sc_plan_free(&q);
    sc_plan_free(&p);
    /* a job of nobody who posts is no call */
    fixture_init(&f);
    p = make(&f, &call);
    CHECK(!sc_plan_is_call(p, &call));
    sc_plan_free(&p);
}

/* ---- refusals ----------------------------------------------------------------- */

static void refused(const fixture *f, const sc_job *j, sc_err code,
                    const char *words, const char *remedy)
{
    static const char table[] = "people";
    const char *at = strstr(j->sql, table);
    sc_fault why = {0};
    sc_plan *p = NULL;

    CHECK_ERR(code, sc_plan_make(&p, j, &f->c, &why));
    assert_null(p);
    CHECK_I64(why.code, code);
    if (strstr(why.text, words) == NULL) {
        fail_msg("not \"%s\" but: %s", words, why.text);
    }
    CHECK_STR(why.remedy, remedy);
    CHECK_U64(why.line, 1);
    if (at != NULL) {
        CHECK_U64(why.column, (size_t)(at - j->sql) + 1);
    }
}

static void test_who_may_not(void **state)
{
    sc_job j = job_of();
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    j.asker = ALICE;
    refused(&f, &j, SC_E_CONFIG,
            "alice posts and leaves (offline in the consortium file): it "
            "cannot ask",
            "let another party ask for it");
    j = job_of();
    j.results |= BIT(CAROL);
    refused(&f, &j, SC_E_CONFIG,
            "carol posts and leaves (offline in the consortium file): it is "
            "sent nothing while a job runs",
            "hand it the exported receipt");
    j = job_of();
    j.auditors = BIT(CAROL);
    refused(&f, &j, SC_E_CONFIG, "carol posts and leaves",
            "hand it the exported receipt");
    /* nor who is offline and owns nothing */
    f.parties[DAVE].is_offline = 1;
    j = job_of();
    j.asker = DAVE;
    refused(&f, &j, SC_E_CONFIG, "dave posts and leaves",
            "let another party ask for it");
    j = job_of();
    j.results |= BIT(DAVE);
    refused(&f, &j, SC_E_CONFIG, "dave posts and leaves",
            "hand it the exported receipt");
    j = job_of();
    j.auditors = BIT(DAVE);
    refused(&f, &j, SC_E_CONFIG, "dave posts and leaves",
            "hand it the exported receipt");
}

static void test_no_sum(void **state)
{
    static char pair[] = "SELECT SUM(n) FROM pair";
    static char hinted[] = "SELECT /*+ ciphertext_sum */ 1, AVG(income) FROM "
                           "people";
    static char wide[] = "SELECT SUM(huge), AVG(income), CORR(debt, score), "
                         "CORR(age, debt), CORR(age, score), CORR(income, "
                         "age), CORR(income, debt), CORR(income, score), "
                         "CORR(age, floor) FROM people GROUP BY debt";
    sc_job j = job_of();
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    f.c.sumkey.is_there = 0;
    refused(&f, &j, SC_E_CONFIG,
            "owners of people post and leave, which takes a key for sums of "
            "ciphertexts, and this consortium has none",
            "add ciphertext_sum: to the consortium file");
    j.sql = hinted; /* to leave the hint out would not help */
    refused(&f, &j, SC_E_CONFIG, "owners of people post and leave",
            "add ciphertext_sum: to the consortium file");
    f.c.sumkey.is_there = 1;
    f.c.rules.two_party_exact = 1;
    j.sql = pair;
    refused(&f, &j, SC_E_REFUSED, "at least 3 contributors; pair has 2 owners",
            "it takes a third owner");
    f.c.sumkey.bits = 2048;
    j.sql = wide;
    refused(&f, &j, SC_E_REFUSED, "values are too many for a sum of",
            "fewer groups or fewer aggregates");
}

static void test_other_posts(void **state)
{
    static const char words[] = "the job's posts are not those of the owners "
                                "who post and leave";
    sc_job j = job_with_posts();
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    j.n_posts = 1;
    refused(&f, &j, SC_E_REFUSED, words, "");
    j = job_with_posts();
    j.posts[1].party = DAVE;
    refused(&f, &j, SC_E_REFUSED, words, "");
    j = job_with_posts(); /* of one who is there, beside all who are not */
    j.posts[1].party = BOB;
    j.posts[2] = (sc_job_post){.party = CAROL};
    j.n_posts = 3;
    refused(&f, &j, SC_E_REFUSED, words, "");
    j = job_with_posts();
    f.parties[ALICE].is_offline = f.parties[CAROL].is_offline = 0;
    refused(&f, &j, SC_E_REFUSED, words, "");
}

/* ---- words -------------------------------------------------------------------- */

static int says(char *const *texts, size_t n_texts, const char *words)
{
    for (size_t i = 0; i < n_texts; i++) {
        if (strstr(texts[i], words) != NULL) {
            return 1;
        }
    }
    return 0;
}

static void test_words(void **state)
{
    sc_job j = job_of();
    sc_plan *p;
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    p = make(&f, &j);
    CHECK(says(
        p->leaks, p->n_leaks,
        "alice and carol post their ciphertexts beforehand and leave: that "
        "nothing is opened without the receipt, and the sum of all "
        "alone, they take on the word of the key's holders"));
    CHECK(
        says(p->leaks, p->n_leaks, "when each of them posted, to the second"));
    sc_plan_free(&p);
    f.parties[CAROL].is_offline = 0;
    p = make(&f, &j);
    CHECK(says(p->leaks, p->n_leaks,
               "alice posts its ciphertexts beforehand "
               "and leaves: "));
    sc_plan_free(&p);
    f.parties[ALICE].is_offline = 0;
    p = make(&f, &j);
    CHECK(!says(p->leaks, p->n_leaks, "post"));
    sc_plan_free(&p);
}

/* The parts stand in this order, in lines of a terminal. */
static void check_page(const sc_plan *p, const fixture *f,
                       const char *const *parts)
{
    sc_buf text = {0};
    const char *at;

    CHECK_OK(sc_plan_explain(&text, p, &f->c, 0.5));
    CHECK_OK(sc_buf_terminate(&text));
    at = (const char *)text.p;
    for (; *parts != NULL; parts++) {
        at = strstr(at, *parts);
        if (at == NULL) {
            fail_msg("no \"%s\" in\n%s", *parts, (const char *)text.p);
        }
    }
    for (const char *line = (const char *)text.p; *line != '\0';) {
        size_t len = strcspn(line, "\n");

        CHECK(len < 80);
        line += len + (line[len] == '\n');
    }
    if (p->posting != 0) { /* no bytes of theirs in the session */
        CHECK(strstr((const char *)text.p, "to alice") == NULL);
        CHECK(strstr((const char *)text.p, "bytes      alice") == NULL);
    }
    sc_buf_clear(&text);
}

static void test_explain(void **state)
{
    static const char *const parts[] = {"1. At each owner",
                                        "who        alice, bob and carol",
                                        "2. Sum of ciphertexts",
                                        "post       alice and carol",
                                        "beforehand",
                                        "bytes each, to the asker",
                                        "3. Receipt",
                                        "who posted its post",
                                        "4. Opened",
                                        "What else is learnt",
                                        "alice and carol post",
                                        "Cost",
                                        "bytes      bob to dave",
                                        "dave to bob",
                                        NULL};
    static const char *const plain[] = {"2. Masked sum",
                                        "every party signs "
                                        "what was computed; ",
                                        "bytes      alice to bob", NULL};
    sc_job j = job_of();
    sc_plan *p;
    fixture f;

    (void)state;
    fixture_init(&f);
    fixture_posting(&f);
    p = make(&f, &j);
    check_page(p, &f, parts);
    sc_plan_free(&p);
    fixture_init(&f);
    p = make(&f, &j);
    check_page(p, &f, plain);
    sc_plan_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session),      cmocka_unit_test(test_all_post),
        cmocka_unit_test(test_bytes),        cmocka_unit_test(test_others),
        cmocka_unit_test(test_call_and_job), cmocka_unit_test(test_who_may_not),
        cmocka_unit_test(test_no_sum),       cmocka_unit_test(test_other_posts),
        cmocka_unit_test(test_words),        cmocka_unit_test(test_explain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
