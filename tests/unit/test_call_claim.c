/* tests/unit/test_call_claim.c: of a call one session is signed for, for as long as the
 * log may take it (job/run/call_claim.c). */
#include <pthread.h>

#include "job/run/record.h"
#include "tests/unit/posts_fixture.h"

#define TIME      ((int64_t)1000000)
#define NOT_AFTER (TIME + 10 * DAY)

typedef struct {
    posts w;
    sc_roster roster;
    sc_keys keys[3];
    sc_chain *chain;
    const sc_house *h; /* bob's */
} claims;

static void start(claims *s, void **state)
{
    memset(s, 0, sizeof *s);
    posts_init(&s->w, *state, TIME, NOT_AFTER);
    fixture_roster(&s->roster, s->keys, 3, 2);
    CHECK_OK(sc_chain_open(&s->chain, s->w.stores[BOB], &s->roster, BOB, NULL));
    s->w.house[BOB].chain = s->chain;
    s->h = &s->w.house[BOB];
}

static void stop(claims *s)
{
    sc_chain_free(&s->chain);
    posts_clear(&s->w);
}

/* Session n, by the job n. */
static sc_err claim(const claims *s, uint8_t n, sc_fault *why)
{
    uint8_t sid[32] = {n}, job[16];

    *why = (sc_fault){0};
    memset(job, n, sizeof job);
    return sc_call_claim(s->h, s->w.digest, sid, job, NOT_AFTER, why);
}

static void claimed(const claims *s, uint8_t n)
{
    sc_fault why;

    CHECK_OK(claim(s, n, &why));
    CHECK_I64(why.code, SC_OK);
}

/* No other session than the one before may be signed for. */
static void is_closed(const claims *s, uint8_t n, sc_err code,
                      const char *words)
{
    sc_fault why;

    CHECK_ERR(code, claim(s, n, &why));
    posts_fault(&why, code, words);
    why = (sc_fault){0};
    CHECK_ERR(code, sc_call_check_open(s->h, s->w.digest, &why));
    posts_fault(&why, code, words);
}

static void is_open(const claims *s)
{
    sc_fault why = {0};

    CHECK_OK(sc_call_check_open(s->h, s->w.digest, &why));
    CHECK_I64(why.code, SC_OK);
}

/* What is remembered is session n. */
static void remembers(const claims *s, uint8_t n)
{
    char *dir = posts_dir(&s->w, BOB), *path = sc_path_join(dir, "job");
    char want[256], sid[65], job[33];
    int64_t until = 0;
    uint8_t sid_bytes[32] = {n}, job_bytes[16];
    sc_buf got = {0};

    memset(job_bytes, n, sizeof job_bytes);
    sc_hex32(sid, sid_bytes);
    sc_hex16(job, job_bytes);
    (void)snprintf(want, sizeof want,
                   "{\"job\":\"%s\",\"not_after\":%lld,\"sid\":\"%s\"}", job,
                   (long long)NOT_AFTER, sid);
    CHECK_OK(sc_file_read(&got, path, 1024, NULL));
    CHECK_OK(sc_buf_terminate(&got));
    CHECK_STR((const char *)got.p, want);
    CHECK_OK(sc_call_claimed_until(&until, dir, NULL));
    CHECK_I64(until, NOT_AFTER);
    sc_buf_clear(&got);
    sc_free(path);
    sc_free(dir);
}

static void answered(const claims *s, sc_err want, uint8_t n)
{
    uint8_t job[16] = {0}, by[16];

    memset(by, n, sizeof by);
    CHECK_ERR(want, sc_call_answered(s->h, s->w.digest, job));
    if (want == SC_OK) {
        CHECK_BYTES(job, by, sizeof job);
    } else {
        CHECK_ZERO(job, sizeof job);
    }
}

/* ---- the log -------------------------------------------------------------------- */

/* The log says of session n: void. */
static void put_void(claims *s, uint8_t n)
{
    sc_entry e = {.type = SC_ENTRY_VOID};
    uint8_t sid[32] = {n};
    sc_buf text = {0};
    sc_bytes bytes;
    sc_fault why = {0};

    sc_entry_session(e.s, sid);
    strcpy(e.did, s->roster.parties[0].did);
    sc_entry_statement_id(e.i, e.type, e.did, e.s);
    CHECK_OK(sc_entry_sign(&e, &s->keys[0].identity));
    CHECK_OK(sc_entry_make(&text, &e));
    bytes = sc_buf_bytes(&text);
    CHECK_OK(sc_chain_append(s->chain, NULL, NULL, &bytes, 1, &why));
    sc_buf_clear(&text);
}

static void test_first(void **state)
{
    claims s;
    char *dir;
    int64_t until = 0;

    start(&s, state);
    dir = posts_dir(&s.w, BOB);
    is_open(&s);
    answered(&s, SC_E_NOT_FOUND, 0);
    CHECK_ERR(SC_E_NOT_FOUND, sc_call_claimed_until(&until, dir, NULL));
    claimed(&s, 7);
    remembers(&s, 7);
    claimed(&s, 7); /* it is tried again */
    remembers(&s, 7);
    is_closed(&s, 8, SC_E_REFUSED,
              "job 07070707070707070707070707070707 of the same call is not "
              "decided yet");
    remembers(&s, 7);
    answered(&s, SC_E_NOT_FOUND, 0);
    s.w.digest[3] ^= 1; /* another call */
    is_open(&s);
    claimed(&s, 8);
    s.w.digest[3] ^= 1;
    remembers(&s, 7);
    sc_free(dir);
    stop(&s);
}

/* A party that kept nothing of the call remembers all the same. */
static void test_no_folder(void **state)
{
    claims s;

    start(&s, state);
    claimed(&s, 1);
    remembers(&s, 1);
    stop(&s);
}

static void test_receipt(void **state)
{
    static const char before[] = "of the same call is not decided yet";
    static const char after[] =
        "the call was answered, by job 01010101010101010101010101010101: of a "
        "call one sum is opened";
    claims s;

    start(&s, state);
    claimed(&s, 1);
    fixture_append(s.chain, &s.roster, s.keys, 0, 2); /* of session 1 */
    is_closed(&s, 2, SC_E_REFUSED, before);
    answered(&s, SC_E_NOT_FOUND, 0);
    posts_publish(s.chain, &s.roster, s.keys, BOB);
    is_closed(&s, 2, SC_E_REFUSED, after);
    answered(&s, SC_OK, 1);
    claimed(&s, 1);
    remembers(&s, 1);
    stop(&s);
}

static void test_void(void **state)
{
    claims s;

    start(&s, state);
    claimed(&s, 9);
    fixture_append(s.chain, &s.roster, s.keys, 0, 2);
    put_void(&s, 9);
    is_closed(&s, 2, SC_E_REFUSED, "is not decided yet");
    posts_publish(s.chain, &s.roster, s.keys, BOB);
    is_open(&s);
    answered(&s, SC_E_NOT_FOUND, 0);
    claimed(&s, 2);
    remembers(&s, 2);
    is_closed(&s, 9, SC_E_REFUSED, "02020202 of the same call is not decided");
    stop(&s);
}

/* ---- the record ------------------------------------------------------------------ */

/* Bob's record of job n, with or without his signature, at its last step. */
static void record(const claims *s, uint8_t n, int is_signed,
                   sc_record_kind last)
{
    sc_record *r = NULL;
    uint8_t job[16];
    sc_fault why = {0};

    memset(job, n, sizeof job);
    CHECK_OK(sc_record_new(&r, s->w.stores[BOB], job, &why));
    for (sc_record_kind k = SC_RECORD_JOB; k <= SC_RECORD_CONSENT; k++) {
        CHECK_OK(sc_record_put(r, k, sc_bytes_of("x"), &why));
    }
    if (is_signed) {
        CHECK_OK(sc_record_put(r, SC_RECORD_BODY, sc_bytes_of("x"), &why));
    }
    if (last != SC_RECORD_BODY) {
        CHECK_OK(sc_record_put(r, last, sc_bytes_of("x"), &why));
    }
    sc_record_free(&r);
}

static void test_ended(void **state)
{
    static const struct {
        int is_signed;
        sc_record_kind last;
        int is_dead;
    } cases[] = {
        {0, SC_RECORD_CONSENT, 0}, /* at work, or cut off by a crash */
        {0, SC_RECORD_ABORTED, 1},  {0, SC_RECORD_REFUSED, 1},
        {0, SC_RECORD_REPEATED, 1}, {1, SC_RECORD_BODY, 0},
        {1, SC_RECORD_RECEIPT, 0},  {1, SC_RECORD_ABORTED, 0},
        {1, SC_RECORD_REFUSED, 0},  {1, SC_RECORD_VOIDED, 0},
        {1, SC_RECORD_DONE, 0},
    };
    claims s;

    start(&s, state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.w.digest[0] = (uint8_t)i; /* of a call of its own */
        claimed(&s, (uint8_t)(0x20 + i));
        record(&s, (uint8_t)(0x20 + i), cases[i].is_signed, cases[i].last);
        if (cases[i].is_dead) {
            is_open(&s);
            claimed(&s, 0x77);
            remembers(&s, 0x77);
        } else {
            is_closed(&s, 0x77, SC_E_REFUSED, "is not decided yet");
            remembers(&s, (uint8_t)(0x20 + i));
        }
    }
    stop(&s);
}

/* ---- damage ----------------------------------------------------------------------- */

static void test_damaged(void **state)
{
#define SID "0101010101010101010101010101010101010101010101010101010101010101"
#define JOB "02020202020202020202020202020202"
    static const char *const bad[] = {
        "",
        "\n",
        "{}",
        "[]",
        "{\"sid\":\"" SID "\",\"job\":\"" JOB "\"}",
        "{\"sid\":\"" SID "\",\"job\":\"" JOB "\",\"not_after\":\"1\"}",
        "{\"sid\":\"" SID "\",\"job\":\"" JOB "\",\"not_after\":-1}",
        "{\"sid\":\"" JOB "\",\"job\":\"" SID "\",\"not_after\":1}",
        "{\"sid\":\"g" SID "\",\"job\":\"" JOB "\",\"not_after\":1}",
        "{\"sid\":\"" SID "\",\"not_after\":1}",
        "{\"sid\":\"" SID "\",\"job\":\"" JOB "\",\"not_after\":1"};
    claims s;
    char *dir;
    int64_t until = 0;

    start(&s, state);
    dir = posts_dir(&s.w, BOB);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sc_folder_write(dir, "job", bad[i]);
        is_closed(&s, 1, SC_E_CORRUPT, "/job is damaged");
        answered(&s, SC_E_CORRUPT, 0);
        CHECK_ERR(SC_E_CORRUPT, sc_call_claimed_until(&until, dir, NULL));
    }
    sc_folder_write(dir, "job",
                    "{\"sid\":\"" SID "\",\"job\":\"" JOB
                    "\",\"not_after\":1}");
    is_closed(&s, 1, SC_E_REFUSED, "job " JOB " of the same call");
    CHECK_OK(sc_call_claimed_until(&until, dir, NULL));
    CHECK_I64(until, 1);
    sc_free(dir);
    stop(&s);
#undef SID
#undef JOB
}

/* ---- two at once -------------------------------------------------------------------- */

typedef struct {
    const claims *s;
    uint8_t n;
    sc_err err;
} racer;

static void *race(void *arg)
{
    racer *r = arg;
    sc_fault why;

    r->err = claim(r->s, r->n, &why);
    return NULL;
}

static void test_race(void **state)
{
    enum { N_RACERS = 8 };
    claims s;

    start(&s, state);
    for (uint8_t round = 0; round < 20; round++) {
        racer racers[N_RACERS];
        pthread_t threads[N_RACERS];
        size_t n_won = 0;

        s.w.digest[0] = round;
        for (size_t i = 0; i < N_RACERS; i++) {
            racers[i] = (racer){&s, (uint8_t)(i + 1), SC_E_BUG};
            CHECK(pthread_create(&threads[i], NULL, race, &racers[i]) == 0);
        }
        for (size_t i = 0; i < N_RACERS; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
        for (size_t i = 0; i < N_RACERS; i++) {
            if (racers[i].err == SC_OK) {
                n_won++;
                remembers(&s, racers[i].n);
            } else {
                CHECK_ERR(SC_E_REFUSED, racers[i].err);
            }
        }
        CHECK_U64(n_won, 1);
    }
    stop(&s);
}

/* ---- memory -------------------------------------------------------------------------- */

static sc_err claim_once(void *arg)
{
    sc_fault why;

    return claim(arg, 1, &why);
}

static void test_memory(void **state)
{
    claims s;

    start(&s, state);
    CHECK_ALLOC(claim_once, &s);
    claimed(&s, 1);
    remembers(&s, 1);
    stop(&s);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first), TEST(test_no_folder), TEST(test_receipt),
        TEST(test_void),  TEST(test_ended),     TEST(test_damaged),
        TEST(test_race),  TEST(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
