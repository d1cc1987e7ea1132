/* tests/unit/test_plan_protocol.c: what a plan says of a sum of ciphertexts: who takes
 * part, in which ring, how large it is, and when there is none. */
#include "ledger/receipt.h"
#include "tests/kat.h"
#include "tests/unit/plan_fixture.h"

static sc_plan *make(const fixture *f, const char *sql)
{
    sc_plan *p = NULL;
    sc_fault why;

    if (fixture_plan(&p, f, sql, &why) != SC_OK) {
        fail_msg("%s\n%u:%u %s", sql, why.line, why.column, why.text);
    }
    return p;
}

static void add_key(fixture *f)
{
    f->c.sumkey = (sc_sumkey_terms){.is_there = 1,
                                    .bits = 3072,
                                    .needed = 2,
                                    .holders = {3, 0, 2},
                                    .n_holders = 3,
                                    .dealer = "the ministry"};
}

static void test_ciphertexts(void **state)
{
    sc_plan *p, *masked;
    char words[SC_PLAN_COLLUSION_LEN];
    fixture f;

    (void)state;
    fixture_init(&f);
    add_key(&f);
    p = make(&f, "SELECT /*+ ciphertext_sum */ AVG(income) FROM people");
    masked = make(&f, "SELECT AVG(income) FROM people");
    CHECK_U64(masked->protocol, SC_PLAN_MASKED_SUM);
    CHECK_U64(masked->job_parties, 7);
    CHECK_U64(masked->ring, 128);
    CHECK_U64(sc_plan_share_words(masked), sc_plan_vector_len(masked));
    CHECK_U64(sc_plan_part_words(masked), 0);
    CHECK(memcmp(p->query_digest, masked->query_digest, 32) != 0);
    CHECK_U64(p->protocol, SC_PLAN_CIPHERTEXT_SUM);
    CHECK_U64(p->job_parties, 15); /* dave holds a share */
    CHECK_U64(p->holders, 13);
    CHECK_U64(sc_plan_adders(p), 15);
    CHECK_U64(p->ring, 64);
    CHECK_U64(p->shape.n_values, sc_plan_vector_len(p));
    CHECK_U64(p->shape.n_parties, 3);
    CHECK_U64(p->shape.ranges, SC_CTSUM_BY_DEALER);
    CHECK_U64(16 * sc_plan_share_words(p), sc_ctsum_entry_len(&p->shape));
    sc_plan_collusion_words(words, p);
    CHECK_STR(words, "1 of 3 holders");
    /* an owner to dave: its entry; dave to bob, who gets the result: a part */
    CHECK_U64(sc_plan_link_bytes(p, 1, 3),
              p->owner_bytes + p->share_bytes + p->received_bytes);
    CHECK_U64(sc_plan_link_bytes(p, 3, 1), p->other_bytes + p->part_bytes);
    CHECK_U64(sc_plan_link_bytes(p, 3, 0), p->other_bytes);
    CHECK_U64(sc_plan_roles(p, 3, 1), SC_ROLE_HOLDER);
    CHECK_U64(sc_plan_roles(p, 1, 1), SC_ROLE_INPUT | SC_ROLE_COMPUTING |
                                          SC_ROLE_RESULT | SC_ROLE_ASKER);
    sc_plan_free(&p);
    sc_plan_free(&masked);
    /* totals that need more than 62 bits, and more values than are proved */
    p = make(&f, "SELECT /*+ ciphertext_sum */ SUM(huge) FROM people");
    CHECK_U64(p->ring, 128);
    CHECK_U64(p->shape.ranges, SC_CTSUM_ASSERTED);
    sc_plan_free(&p);
    p = make(&f, "SELECT /*+ ciphertext_sum */ AVG(age) FROM people "
                 "GROUP BY debt");
    CHECK_U64(p->ring, 64);
    CHECK_U64(p->shape.ranges, SC_CTSUM_ASSERTED);
    sc_plan_free(&p);
}

/* Ranges by bits, where the text asks for it: of any ring, with the narrowest slots. */
static void test_bits(void **state)
{
    static const char sql[] =
        "SELECT /*+ ciphertext_sum(bits) */ AVG(income) FROM people";
    sc_plan *p, *by_dealer;
    sc_buf text = {0};
    fixture f;

    (void)state;
    fixture_init(&f);
    add_key(&f);
    p = make(&f, sql);
    by_dealer =
        make(&f, "SELECT /*+ ciphertext_sum */ AVG(income) FROM people");
    CHECK_U64(p->protocol, SC_PLAN_CIPHERTEXT_SUM);
    CHECK_U64(p->shape.ranges, SC_CTSUM_BY_BITS);
    CHECK_U64(p->job_parties, by_dealer->job_parties);
    CHECK_U64(sc_ctsum_width(&p->shape), 64 + 40 + 2);
    CHECK(p->share_bytes > by_dealer->share_bytes);
    CHECK(memcmp(p->query_digest, by_dealer->query_digest, 32) != 0);
    CHECK(strstr((const char *)p->text.p, "\"ranges\":\"proved bit by bit\"") !=
          NULL);
    CHECK_OK(sc_plan_explain(&text, p, &f.c, -1));
    CHECK_OK(sc_buf_put(&text, "", 1));
    CHECK(strstr((const char *)text.p, "proved bit by bit, exactly") != NULL);
    sc_buf_clear(&text);
    sc_plan_free(&p);
    sc_plan_free(&by_dealer);
    p = make(&f, "SELECT /*+ciphertext_sum ( bits )*/ SUM(huge) FROM people");
    CHECK_U64(p->ring, 128);
    CHECK_U64(p->shape.ranges, SC_CTSUM_BY_BITS);
    sc_plan_free(&p);
}

static void check_sum_refused(const fixture *f, const char *sql,
                              const char *words)
{
    sc_fault why = {0};
    sc_plan *p = NULL;

    CHECK_ERR(SC_E_REFUSED, fixture_plan(&p, f, sql, &why));
    if (strstr(why.text, words) == NULL) {
        fail_msg("not \"%s\" but: %s", words, why.text);
    }
}

static void test_ciphertexts_refused(void **state)
{
    fixture f;

    (void)state;
    fixture_init(&f);
    add_key(&f);
    f.c.rules.two_party_exact = 1;
    check_sum_refused(&f, "SELECT /*+ ciphertext_sum */ SUM(n) FROM pair",
                      "at least 3 contributors");
    /* the parts in its receipt would be more than fit a line */
    f.c.sumkey.bits = 2048;
    f.c.sumkey.needed = 3;
    check_sum_refused(&f,
                      "SELECT /*+ ciphertext_sum */ SUM(huge), AVG(income), "
                      "CORR(debt, score), CORR(age, debt), CORR(age, score), "
                      "CORR(income, age), CORR(income, debt) "
                      "FROM people GROUP BY debt",
                      "values are too many for a sum of ciphertexts");
    check_sum_refused(&f,
                      "SELECT /*+ ciphertext_sum(bits) */ AVG(age) FROM people "
                      "GROUP BY debt",
                      "too many to prove bit by bit: with 3 owners a job has "
                      "at most 1000");
}

/* A consortium in which n own rows of people; the fixture's parties are the first. */
static void add_owners(fixture *f, sc_party *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        all[i] = f->parties[i < 4 ? i : 3];
        all[i].did[strlen(all[i].did) - 1] = (char)('A' + i);
        all[i].name[0] = (char)('A' + i);
    }
    f->c.parties = all;
    f->c.n_parties = n;
    f->tables[0].owners = ((uint32_t)1 << n) - 1;
}

/* So many values, of owners, under a key: groups of three values each. */
static void check_most(size_t n_owners, size_t key_bits, const char *value,
                       int fits, const char *words)
{
    sc_party all[SC_MAX_PARTIES];
    char sql[200];
    fixture f;

    fixture_init(&f);
    add_key(&f);
    f.c.sumkey.bits = key_bits;
    f.people[SCORE].min = 1;
    f.people[SCORE].cuts = (sc_cuts){.kind = SC_CUTS_ANY};
    f.people[SCORE].is_required = 1;
    f.people[AGE].is_required = f.people[HUGE].is_required = 1;
    add_owners(&f, all, n_owners);
    (void)snprintf(sql, sizeof sql,
                   "SELECT /*+ ciphertext_sum(bits) */ score, SUM(%s) FROM "
                   "people GROUP BY score",
                   value);
    f.people[SCORE].max = fits;
    sc_plan_free(&(sc_plan *){make(&f, sql)});
    f.people[SCORE].max = fits + 1;
    check_sum_refused(&f, sql, words);
}

/* A thousand values; fewer only where the owners' entries were more than 2 GiB, or one
 * of them more than may be posted. */
static void test_most_bits(void **state)
{
    (void)state;
    check_most(3, 3072, "age", 333, "with 3 owners a job has at most 1000");
    check_most(16, 3072, "age", 333, "with 16 owners a job has at most 1000");
    check_most(10, 3072, "huge", 333, "with 10 owners a job has at most 1000");
    check_most(16, 3072, "huge", 216, "with 16 owners a job has at most 648");
    check_most(16, 4096, "age", 266, "with 16 owners a job has at most 798");
    check_most(3, 4096, "huge", 328, "with 3 owners a job has at most 984");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ciphertexts),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_most_bits),
        cmocka_unit_test(test_ciphertexts_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
