/* tests/unit/test_job_posts.c: the canonical bytes of a job that holds posts, and the
 * call that they answer. */
#include <stdio.h>

#include "base/hash.h"
#include "base/json.h"
#include "tests/kat.h"
#include "tests/unit/plan_fixture.h"

#define X8(s)  s s s s s s s s
#define X32(s) X8(s) X8(s) X8(s) X8(s)
#define X64(s) X32(s) X32(s)
#define B11    X32("11")
#define B12    X32("12")
#define B13    X64("13")
#define B21    X32("21")
#define B22    X32("22")
#define B23    X64("23")

/* From the comment in job/plan/plan.h and RFC 8785, by hand. */
#define HEAD    "{\"asker\":\"did:key:z6Mkbob\","
#define CALL_ID "a1a2a3a4a5a6a7a8a9aaabacadaeafb0"
#define CALL                                                                   \
    "{\"id\":\"" CALL_ID "\",\"not_after\":1700864000,\"time\":1699990000}"
#define MIDDLE "\"consortium\":\"" X32("c5") "\","
#define JOB_ID "0102030405060708090a0b0c0d0e0f10"
#define IN_A   "\"input\":\"" B11 "\""
#define OUT_A  "\"output\":\"" B12 "\""
#define SIG_A  "\"proof\":\"" B13 "\""
#define BY_ALICE                                                               \
    "{" IN_A "," OUT_A ",\"party\":\"did:key:z6Mkalice\"," SIG_A               \
    ",\"time\":1699991111}"
#define BY_CAROL                                                               \
    "{\"input\":\"" B21 "\",\"output\":\"" B22                                 \
    "\",\"party\":\"did:key:z6Mkcarol\",\"proof\":\"" B23                      \
    "\",\"time\":1699992222}"
#define POSTS "[" BY_ALICE "," BY_CAROL "]"
#define TAIL                                                                   \
    "\"results\":[\"did:key:z6Mkbob\",\"did:key:z6Mkdave\"],"                  \
    "\"sql\":\"SELECT 1\","

static const char golden[] =
    HEAD "\"call\":" CALL "," MIDDLE "\"id\":\"" JOB_ID
         "\",\"model\":\"semi-honest\",\"not_after\":1700000600,"
         "\"posts\":" POSTS "," TAIL "\"time\":1700000000,\"type\":\"job/1\"}";
static const char golden_call[] =
    HEAD MIDDLE "\"id\":\"" CALL_ID
                "\",\"model\":\"semi-honest\",\"not_after\":1700864000," TAIL
                "\"time\":1699990000,\"type\":\"job/1\"}";

static sc_job_post post_of(size_t party, uint8_t byte, int64_t time)
{
    sc_job_post p = {.party = party, .time = time};

    memset(p.input, byte, sizeof p.input);
    memset(p.output, byte + 1, sizeof p.output);
    memset(p.proof, byte + 2, sizeof p.proof);
    return p;
}

static sc_job job_of(void)
{
    static char sql[] = "SELECT 1";
    sc_job j = {.asker = 1,
                .results = 1u << 1 | 1u << 3,
                .time = 1700000000,
                .not_after = 1700000600,
                .sql = sql,
                .call = {.time = 1699990000, .not_after = 1700864000},
                .n_posts = 2};

    for (uint8_t i = 0; i < 16; i++) {
        j.id[i] = (uint8_t)(i + 1);
        j.call.id[i] = (uint8_t)(0xa1 + i);
    }
    j.posts[0] = post_of(0, 0x11, 1699991111);
    j.posts[1] = post_of(2, 0x21, 1699992222);
    return j;
}

static void check_text(const sc_buf *got, const char *want)
{
    CHECK_U64(got->len, strlen(want));
    CHECK_BYTES(got->p, want, strlen(want));
}

/* ---- put, take ------------------------------------------------------------ */

static void test_put(void **state)
{
    sc_job j = job_of();
    sc_buf out = {0};
    fixture f;

    (void)state;
    fixture_init(&f);
    CHECK_OK(sc_job_put(&out, &j, &f.c));
    check_text(&out, golden);
    sc_buf_reset(&out);
    j.n_posts = 0; /* whatever is written there: nobody posted, no call */
    memcpy(j.id, j.call.id, sizeof j.id);
    j.time = j.call.time;
    j.not_after = j.call.not_after;
    CHECK_OK(sc_job_put(&out, &j, &f.c));
    check_text(&out, golden_call);
    sc_buf_clear(&out);
}

static void test_put_refuses(void **state)
{
    static const size_t bad[][2] = {{2, 0}, {2, 2}, {0, 4}, {SIZE_MAX, 1}};
    sc_job j = job_of();
    sc_buf out = {0};
    fixture f;

    (void)state;
    fixture_init(&f);
    CHECK_OK(sc_buf_put_str(&out, "before"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        j.posts[0].party = bad[i][0];
        j.posts[1].party = bad[i][1];
        CHECK_ERR(SC_E_ARG, sc_job_put(&out, &j, &f.c));
        check_text(&out, "before");
    }
    sc_buf_clear(&out);
}

static void check_post(const sc_job_post *got, const sc_job_post *want)
{
    CHECK_U64(got->party, want->party);
    CHECK_I64(got->time, want->time);
    CHECK_BYTES(got->input, want->input, sizeof want->input);
    CHECK_BYTES(got->output, want->output, sizeof want->output);
    CHECK_BYTES(got->proof, want->proof, sizeof want->proof);
}

static void test_take(void **state)
{
    sc_job *j = NULL, want = job_of();
    sc_buf again = {0};
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    CHECK_OK(sc_job_take(&j, &f.c, sc_bytes_of(golden), &why));
    CHECK_BYTES(j->id, want.id, 16);
    CHECK_I64(j->time, want.time);
    CHECK_I64(j->not_after, want.not_after);
    CHECK_BYTES(j->call.id, want.call.id, 16);
    CHECK_I64(j->call.time, want.call.time);
    CHECK_I64(j->call.not_after, want.call.not_after);
    CHECK_U64(j->n_posts, 2);
    check_post(&j->posts[0], &want.posts[0]);
    check_post(&j->posts[1], &want.posts[1]);
    CHECK_OK(sc_job_put(&again, j, &f.c));
    check_text(&again, golden);
    sc_job_free(&j);
    CHECK_OK(sc_job_take(&j, &f.c, sc_bytes_of(golden_call), &why));
    CHECK_U64(j->n_posts, 0);
    CHECK_ZERO(&j->call, sizeof j->call);
    CHECK_ZERO(j->posts, sizeof j->posts);
    sc_job_free(&j);
    sc_buf_clear(&again);
}

static void test_readers(void **state)
{
    sc_job j = job_of();

    (void)state;
    CHECK_U64(sc_job_readers(&j), 1u << 0 | 1u << 2);
    j.auditors = 1u << 2 | 1u << 5;
    CHECK_U64(sc_job_readers(&j), 1u << 0 | 1u << 2 | 1u << 5);
    j.n_posts = 0;
    CHECK_U64(sc_job_readers(&j), 1u << 2 | 1u << 5);
    j.auditors = 0;
    CHECK_U64(sc_job_readers(&j), 0);
}

/* ---- what is none ---------------------------------------------------------- */

/* JSON in its canonical form, so that it is the job that is refused. */
static void refuse(const fixture *f, sc_bytes text, const char *what)
{
    sc_job *j = NULL;
    json_t *v = NULL;
    sc_fault why = {0};

    if (sc_json_parse_canonical(&v, text, 10000, &why) != SC_OK) {
        fail_msg("%s: not canonical: %s", what, why.text);
    }
    json_decref(v);
    if (sc_job_take(&j, &f->c, text, &why) != SC_E_WIRE) {
        fail_msg("%s: taken", what);
    }
    CHECK_STR(why.text, "the job is malformed");
    assert_null(j);
}

/* golden with `from` (which is in it) turned into `to`. */
static void refuse_changed(const char *from, const char *to)
{
    char text[4000];
    const char *at = strstr(golden, from);
    fixture f;

    fixture_init(&f);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - golden), golden,
                   to, at + strlen(from));
    refuse(&f, sc_bytes_of(text), to);
}

static void test_malformed_call(void **state)
{
    static const char *const changes[][2] = {
        {"\"call\":" CALL ",", ""},
        {CALL, "{}"},
        {CALL, "[]"},
        {CALL, "null"},
        {CALL, "\"" CALL_ID "\""},
        {CALL, "{\"not_after\":1700864000,\"time\":1699990000}"},
        {CALL, "{\"id\":\"" CALL_ID "\",\"time\":1699990000}"},
        {CALL, "{\"id\":\"" CALL_ID "\",\"not_after\":1700864000}"},
        {"\"time\":1699990000}", "\"time\":1699990000,\"type\":\"job/1\"}"},
        {CALL, "{\"asker\":\"did:key:z6Mkbob\",\"id\":\"" CALL_ID
               "\",\"not_after\":1700864000,\"time\":1699990000}"},
        {CALL_ID, "a1a2a3a4a5a6a7a8a9aaabacadaeaf"},
        {CALL_ID, CALL_ID "b1"},
        {CALL_ID, CALL_ID "b"},
        {CALL_ID, "A1a2a3a4a5a6a7a8a9aaabacadaeafb0"},
        {CALL_ID, ""},
        {"\"id\":\"" CALL_ID "\"", "\"id\":7"},
        {"1700864000", "-1"},
        {"1700864000", "253402300800"},
        {"1700864000", "\"1700864000\""},
        {"1700864000", "null"},
        {"1699990000", "-1"},
        {"1699990000", "253402300800"},
        {"1699990000", "true"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        refuse_changed(changes[i][0], changes[i][1]);
    }
}

static void test_malformed_posts(void **state)
{
    static const char *const changes[][2] = {
        {"\"posts\":" POSTS ",", ""},
        {POSTS, "[]"},
        {POSTS, "{}"},
        {POSTS, "null"},
        {POSTS, "\"\""},
        {POSTS, "[" BY_CAROL "," BY_ALICE "]"},
        {POSTS, "[" BY_ALICE "," BY_ALICE "]"},
        {POSTS, "[" BY_ALICE "," BY_CAROL "," BY_CAROL "]"},
        {POSTS, "[" BY_ALICE "," BY_CAROL "," BY_ALICE "]"},
        {POSTS, "[" BY_ALICE ",{}]"},
        {POSTS, "[" BY_ALICE ",[]]"},
        {POSTS, "[" BY_ALICE ",null]"},
        {POSTS, "[7," BY_ALICE "]"},
        {POSTS, "[\"did:key:z6Mkalice\"]"},
        {"z6Mkalice", "z6Mkeve"},
        {"\"did:key:z6Mkalice\"", "0"},
        {"\"party\":\"did:key:z6Mkalice\",", ""},
        {"\"party\":\"did:key:z6Mkalice\"",
         "\"pang\":1,\"party\":\"did:key:z6Mkalice\""},
        {IN_A ",", ""},
        {IN_A, "\"input\":\"" B11 "11\""},
        {"\"input\":\"11", "\"input\":\""},
        {"\"input\":\"11", "\"input\":\"1"},
        {"\"input\":\"11", "\"input\":\"1G"},
        {OUT_A ",", ""},
        {OUT_A, "\"output\":\"" B12 "12\""},
        {"\"output\":\"12", "\"output\":\""},
        {"\"output\":\"12", "\"output\":\"1A"},
        {OUT_A, "\"output\":null"},
        {"," SIG_A, ""},
        {SIG_A, "\"proof\":\"" B13 "13\""},
        {SIG_A, "\"proof\":\"" X32("13") "\""},
        {"\"proof\":\"13", "\"proof\":\"13 "},
        {",\"time\":1699991111", ""},
        {"1699991111", "-1"},
        {"1699991111", "253402300800"},
        {"1699991111", "\"1699991111\""},
        {"1699991111}", "1699991111,\"type\":1}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        refuse_changed(changes[i][0], changes[i][1]);
    }
}

/* A consortium of one party more than there may be. */
static void test_most_posts(void **state)
{
    enum { MOST = SC_MAX_PARTIES };
    sc_party many[MOST + 1];
    sc_job j = job_of(), *taken = NULL;
    sc_buf text = {0}, more = {0};
    sc_fault why = {0};
    const char *end;
    fixture f;

    (void)state;
    fixture_init(&f);
    memset(many, 0, sizeof many);
    for (size_t p = 0; p <= MOST; p++) {
        (void)snprintf(many[p].did, sizeof many[p].did, "did:key:z6Mk%zu", p);
    }
    f.c.parties = many;
    f.c.n_parties = MOST + 1;
    for (size_t p = 0; p < MOST; p++) {
        j.posts[p] = post_of(p, (uint8_t)p, 1 + (int64_t)p);
    }
    j.n_posts = MOST;
    CHECK_OK(sc_job_put(&text, &j, &f.c));
    CHECK_OK(sc_job_take(&taken, &f.c, sc_buf_bytes(&text), &why));
    CHECK_U64(taken->n_posts, MOST);
    check_post(&taken->posts[MOST - 1], &j.posts[MOST - 1]);
    sc_job_free(&taken);
    CHECK_OK(sc_buf_terminate(&text));
    end = strstr((const char *)text.p, "],\"results\"");
    assert_non_null(end);
    CHECK_OK(sc_buf_put(&more, text.p, (size_t)(end - (const char *)text.p)));
    CHECK_OK(sc_buf_printf(&more,
                           ",{" IN_A "," OUT_A ",\"party\":\"%s\"," SIG_A
                           ",\"time\":1}%s",
                           many[MOST].did, end));
    refuse(&f, sc_buf_bytes(&more), "a post too many");
    sc_buf_clear(&text);
    sc_buf_clear(&more);
}

/* Whatever byte is flipped or cut off: never the same job by another text. */
static void test_every_byte(void **state)
{
    char text[sizeof golden];
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof golden - 1; i++) {
        sc_job *j = NULL;

        CHECK_ERR(SC_E_WIRE,
                  sc_job_take(&j, &f.c, (sc_bytes){(const uint8_t *)golden, i},
                              &why));
        for (unsigned bit = 0; bit < 8; bit++) {
            sc_bytes changed = {(const uint8_t *)text, sizeof golden - 1};
            sc_buf again = {0};

            memcpy(text, golden, sizeof golden);
            text[i] = (char)(text[i] ^ (1 << bit));
            if (sc_job_take(&j, &f.c, changed, &why) == SC_OK) {
                CHECK_OK(sc_job_put(&again, j, &f.c));
                check_text(&again, text);
            }
            sc_buf_clear(&again);
            sc_job_free(&j);
        }
    }
}

/* ---- the call --------------------------------------------------------------- */

static void test_call_digest(void **state)
{
    sc_job j = job_of(), *call = NULL;
    uint8_t want[32], got[32];
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    sc_sha256(want, sc_bytes_of(golden_call));
    CHECK_OK(sc_job_call_digest(got, &j, &f.c));
    CHECK_BYTES(got, want, 32);
    CHECK_OK(sc_job_take(&call, &f.c, sc_bytes_of(golden_call), &why));
    CHECK_OK(sc_job_call_digest(got, call, &f.c)); /* a call's is its own */
    CHECK_BYTES(got, want, 32);
    sc_job_free(&call);
#define SAME(change)                                                           \
    do {                                                                       \
        j = job_of();                                                          \
        change;                                                                \
        CHECK_OK(sc_job_call_digest(got, &j, &f.c));                           \
        CHECK_BYTES(got, want, 32);                                            \
    } while (0)
    SAME(j.id[15]++);
    SAME(j.time++);
    SAME(j.not_after++);
    SAME(j.posts[0].time++);
    SAME(j.posts[1].proof[0]++);
    SAME(j.n_posts--);
#undef SAME
}

static void test_call_digest_covers(void **state)
{
    static char other[] = "SELECT 2";
    sc_job j = job_of();
    uint8_t before[32], got[32];
    fixture f;

    (void)state;
    fixture_init(&f);
    CHECK_OK(sc_job_call_digest(before, &j, &f.c));
#define DIFFERS(change)                                                        \
    do {                                                                       \
        j = job_of();                                                          \
        change;                                                                \
        CHECK_OK(sc_job_call_digest(got, &j, &f.c));                           \
        CHECK(memcmp(got, before, 32) != 0);                                   \
    } while (0)
    DIFFERS(j.call.id[0]++);
    DIFFERS(j.call.id[15]++);
    DIFFERS(j.call.time++);
    DIFFERS(j.call.not_after++);
    DIFFERS(j.sql = other);
    DIFFERS(j.asker = 3);
    DIFFERS(j.results = 1u << 1);
    DIFFERS(j.auditors = 1u << 2);
    DIFFERS(j.n_posts = 0); /* of its own id and times */
    DIFFERS(f.c.digest[31]++);
#undef DIFFERS
    j.asker = 4;
    CHECK_ERR(SC_E_ARG, sc_job_call_digest(got, &j, &f.c));
}

/* ---- memory ------------------------------------------------------------------ */

static sc_err take_put_digest(void *arg)
{
    const fixture *f = arg;
    sc_job *j = NULL;
    sc_buf out = {0};
    uint8_t digest[32];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_job_take(&j, &f->c, sc_bytes_of(golden), NULL));
    SC_TRY(sc_job_put(&out, j, &f->c));
    SC_TRY(sc_job_call_digest(digest, j, &f->c));
    err = SC_OK;
out:
    sc_buf_clear(&out);
    sc_job_free(&j);
    return err;
}

static void test_memory(void **state)
{
    fixture f;

    (void)state;
    fixture_init(&f);
    CHECK_ALLOC(take_put_digest, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put),
        cmocka_unit_test(test_put_refuses),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_readers),
        cmocka_unit_test(test_malformed_call),
        cmocka_unit_test(test_malformed_posts),
        cmocka_unit_test(test_most_posts),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_call_digest),
        cmocka_unit_test(test_call_digest_covers),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
