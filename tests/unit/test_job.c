/* tests/unit/test_job.c: the canonical bytes of a job, and what is not one. */
#include <stdio.h>

#include "tests/kat.h"
#include "tests/unit/plan_fixture.h"

/* From the comment in job/plan/plan.h and RFC 8785, by hand. */
static const char golden[] =
    "{\"asker\":\"did:key:z6Mkbob\",\"consortium\":"
    "\"c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5\","
    "\"id\":\"0102030405060708090a0b0c0d0e0f10\",\"model\":\"semi-honest\","
    "\"not_after\":1700000600,\"results\":[\"did:key:z6Mkalice\","
    "\"did:key:z6Mkdave\"],\"sql\":\"SELECT '\xC3\xA9', \\\"x\\\"\\n\","
    "\"time\":1700000000,\"type\":\"job/1\"}";

static sc_bytes golden_bytes(void)
{
    return (sc_bytes){(const uint8_t *)golden, sizeof golden - 1};
}

static void test_put(void **state)
{
    char sql[] = "SELECT '\xC3\xA9', \"x\"\n";
    sc_job j = {.asker = 1,
                .results = 1u | 1u << 3,
                .time = 1700000000,
                .not_after = 1700000600,
                .sql = sql};
    sc_buf out = {0};
    fixture f;

    (void)state;
    fixture_init(&f);
    for (uint8_t i = 0; i < 16; i++) {
        j.id[i] = (uint8_t)(i + 1);
    }
    CHECK_OK(sc_job_put(&out, &j, &f.c));
    assert_int_equal(sizeof golden - 1, out.len);
    CHECK_BYTES(out.p, (const uint8_t *)golden, out.len);
    j.asker = 4;
    CHECK_ERR(SC_E_ARG, sc_job_put(&out, &j, &f.c));
    j.asker = 1;
    j.results = 0;
    CHECK_ERR(SC_E_ARG, sc_job_put(&out, &j, &f.c));
    assert_int_equal(sizeof golden - 1, out.len);
    sc_buf_clear(&out);
}

static void test_take(void **state)
{
    sc_job *j = NULL;
    sc_buf again = {0};
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    CHECK_OK(sc_job_take(&j, &f.c, golden_bytes(), &why));
    assert_int_equal(1, j->asker);
    assert_int_equal(9, j->results);
    assert_int_equal(16, j->id[15]);
    assert_int_equal(1700000000, j->time);
    assert_int_equal(1700000600, j->not_after);
    CHECK_STR(j->sql, "SELECT '\xC3\xA9', \"x\"\n");
    CHECK_OK(sc_job_put(&again, j, &f.c));
    CHECK_BYTES(again.p, (const uint8_t *)golden, sizeof golden - 1);
    sc_buf_clear(&again);
    sc_job_free(&j);
    f.c.digest[31] ^= 1;
    CHECK_ERR(SC_E_REFUSED, sc_job_take(&j, &f.c, golden_bytes(), &why));
    assert_non_null(strstr(why.text, "another consortium"));
}

/* Auditors stand where JCS puts them; there is no empty list. */
static void test_auditors(void **state)
{
    char text[1000];
    const char *rest = strstr(golden, "\"consortium\"");
    sc_job *j = NULL;
    sc_buf again = {0};
    sc_fault why;
    fixture f;

    (void)state;
    fixture_init(&f);
    (void)snprintf(text, sizeof text, "%.*s\"auditors\":[\"%s\"],%s",
                   (int)(rest - golden), golden, f.c.parties[2].did, rest);
    CHECK_OK(sc_job_take(&j, &f.c, sc_bytes_of(text), &why));
    assert_int_equal(4, j->auditors);
    CHECK_OK(sc_job_put(&again, j, &f.c));
    CHECK_BYTES(again.p, (const uint8_t *)text, strlen(text));
    j->auditors = 1; /* a result party */
    CHECK_ERR(SC_E_ARG, sc_job_put(&again, j, &f.c));
    j->auditors = 2; /* the asker */
    CHECK_ERR(SC_E_ARG, sc_job_put(&again, j, &f.c));
    sc_job_free(&j);
    sc_buf_clear(&again);
}

/* golden with `from` (which is in it) turned into `to`. */
static void refuse_changed(const char *from, const char *to)
{
    char text[1000];
    const char *at = strstr(golden, from);
    sc_job *j = NULL;
    sc_fault why = {0};
    fixture f;

    fixture_init(&f);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - golden), golden,
                   to, at + strlen(from));
    if (sc_job_take(&j, &f.c, sc_bytes_of(text), &why) != SC_E_WIRE) {
        fail_msg("taken with %s for %s", to, from);
    }
    assert_int_equal(SC_E_WIRE, why.code);
    assert_null(j);
}

static void test_malformed(void **state)
{
    static const char *const changes[][2] = {
        {"job/1", "job/2"},
        {"semi-honest", "malicious"},
        {"z6Mkbob", "z6Mkeve"},
        {"\"did:key:z6Mkalice\",\"did:key:z6Mkdave\"", ""},
        {"\"did:key:z6Mkalice\",\"did:key:z6Mkdave\"",
         "\"did:key:z6Mkdave\",\"did:key:z6Mkalice\""},
        {"\"did:key:z6Mkalice\",\"did:key:z6Mkdave\"",
         "\"did:key:z6Mkalice\",\"did:key:z6Mkalice\""},
        {"\"did:key:z6Mkalice\",", "7,"},
        {"\"time\":1700000000", "\"time\":-1"},
        {"\"time\":1700000000", "\"time\":\"1\""},
        {"\"time\":1700000000,", ""},
        {"1700000600", "253402300800"},
        {"0102", "01"},
        {"0102", "010G"},
        {"0102", "0A02"},
        {"\\n\"", "\\u0000\""},
        {"\\n\"", "\\ud800\""},
        {"\"type\"", "\"typf\":1,\"type\""},
        {"\"consortium\"", "\"auditors\":[],\"consortium\""},
        {"\"consortium\"", "\"auditors\":[\"did:key:z6Mkbob\"],\"consortium\""},
        {"\"consortium\"",
         "\"auditors\":[\"did:key:z6Mkalice\"],\"consortium\""},
        {"\"consortium\"", "\"auditors\":[\"did:key:z6Mkeve\"],\"consortium\""},
        {"\"sql\":\"", "\"sql\": \""},
        {"}", "} "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        refuse_changed(changes[i][0], changes[i][1]);
    }
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
                  sc_job_take(&j, &f.c, (sc_bytes){golden_bytes().p, i}, &why));
        for (unsigned bit = 0; bit < 8; bit++) {
            sc_buf again = {0};
            sc_err err;

            memcpy(text, golden, sizeof golden);
            text[i] = (char)(text[i] ^ (1 << bit));
            err = sc_job_take(&j, &f.c,
                              (sc_bytes){(const uint8_t *)text,
                                         sizeof golden - 1},
                              &why);
            assert_true(err == SC_OK || err == SC_E_WIRE ||
                        err == SC_E_REFUSED);
            if (err == SC_OK) {
                CHECK_OK(sc_job_put(&again, j, &f.c));
                CHECK_BYTES(again.p, (const uint8_t *)text, again.len);
            }
            sc_buf_clear(&again);
            sc_job_free(&j);
        }
    }
}

static void test_too_long(void **state)
{
    char *sql = sc_alloc(SC_MAX_SQL_LEN + 2, 1);
    sc_job j = {.asker = 1, .results = 1, .sql = sql}, *taken = NULL;
    sc_buf text = {0};
    sc_fault why;
    fixture f;

    (void)state;
    assert_non_null(sql);
    fixture_init(&f);
    memset(sql, 'x', SC_MAX_SQL_LEN);
    CHECK_OK(sc_job_put(&text, &j, &f.c));
    CHECK_OK(sc_job_take(&taken, &f.c, sc_buf_bytes(&text), &why));
    sc_job_free(&taken);
    sql[SC_MAX_SQL_LEN] = 'x';
    sc_buf_reset(&text);
    CHECK_OK(sc_job_put(&text, &j, &f.c));
    CHECK_ERR(SC_E_WIRE, sc_job_take(&taken, &f.c, sc_buf_bytes(&text), &why));
    memset(sql, 1, SC_MAX_SQL_LEN); /* six bytes each in JSON */
    sc_buf_reset(&text);
    CHECK_ERR(SC_E_ARG, sc_job_put(&text, &j, &f.c));
    assert_int_equal(0, text.len);
    sc_buf_clear(&text);
    sc_free(sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put),        cmocka_unit_test(test_take),
        cmocka_unit_test(test_auditors),   cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_every_byte), cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
