/* tests/unit/test_notice.c: a statement's body and its entry belong together, and
 * wait in the outbox until the log takes them. */
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/run/notice.h"
#include "ledger/outbox.h"
#include "tests/folder.h"
#include "tests/unit/ledger_fixture.h"

#define N 4

static const uint8_t sid[32] = {1}, other_sid[32] = {2}, job[16] = {3},
                     query[32] = {4}, other_query[32] = {5};

typedef struct {
    const char *dir;
    sc_roster roster;
    sc_keys keys[N];
    sc_party parties[N];
    sc_consortium c;
    sc_nodeconf conf;
    sc_chain *chain;
    sc_keeper *keeper;
    sc_house house;
} world;

static void say(void *ctx, size_t party, const sc_frame *f)
{
    (void)ctx;
    (void)party;
    (void)f;
}

/* Party 1, alone: nothing it submits can be published. */
static void start(world *w, const char *dir)
{
    sc_keeper_config config = {.dir = dir,
                               .roster = &w->roster,
                               .me = 1,
                               .keys = &w->keys[1],
                               .voice = {say, NULL}};

    memset(w, 0, sizeof *w);
    w->dir = dir;
    fixture_roster(&w->roster, w->keys, N, 3);
    w->c.parties = w->parties;
    w->c.n_parties = N;
    for (size_t p = 0; p < N; p++) {
        memcpy(w->parties[p].did, w->roster.parties[p].did,
               sizeof w->parties[p].did);
    }
    w->conf.store = dir;
    CHECK_OK(sc_chain_open(&w->chain, dir, &w->roster, 1, NULL));
    config.chain = w->chain;
    CHECK_OK(sc_keeper_new(&w->keeper, &config, NULL));
    w->house = (sc_house){.consortium = &w->c,
                          .conf = &w->conf,
                          .keys = &w->keys[1],
                          .me = 1,
                          .chain = w->chain,
                          .keeper = w->keeper};
}

static void stop(world *w)
{
    sc_keeper_free(&w->keeper);
    sc_chain_free(&w->chain);
}

/* What waits, from the file. */
static void read_outbox(sc_outbox *o, const char *dir)
{
    char *path = sc_path_join(dir, "chain-private/outbox.journal");

    CHECK_OK(sc_outbox_open(o, path, NULL));
    sc_free(path);
}

static char *body_path(const char *dir, const uint8_t d[32])
{
    sc_buf b = {0};
    char hex[65];

    sc_hex32(hex, d);
    CHECK_OK(sc_buf_printf(&b, "%s/chain-private/bodies/%s.json", dir, hex));
    CHECK_OK(sc_buf_terminate(&b));
    return (char *)b.p;
}

static json_t *read_body(const char *dir, const uint8_t d[32])
{
    char *path = body_path(dir, d);
    uint8_t digest[32];
    sc_buf text = {0};
    json_t *body = NULL;

    CHECK_OK(sc_file_read(&text, path, 1 << 16, NULL));
    sc_sha256(digest, sc_buf_bytes(&text));
    CHECK_BYTES(digest, d, 32);
    CHECK_OK(
        sc_json_parse_canonical(&body, sc_buf_bytes(&text), 1 << 16, NULL));
    sc_buf_clear(&text);
    sc_free(path);
    return body;
}

static void check_text(const json_t *body, const char *key, const char *want)
{
    const char *got = json_string_value(json_object_get(body, key));

    CHECK((got == NULL) == (want == NULL));
    if (want != NULL) {
        CHECK_STR(got, want);
    }
}

static void test_abort(void **state)
{
    world w;
    sc_outbox o;
    uint8_t s[32], i[32];
    json_t *body;
    sc_notice n = {.type = SC_ENTRY_ABORT,
                   .sid = sid,
                   .job_id = job,
                   .phase = "commit",
                   .reason = "the peer did not answer in time"};

    start(&w, *state);
    n.blamed = w.parties[2].did;
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL));
    CHECK_U64(sc_keeper_owed(w.keeper), 1);
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL)); /* there is one */
    CHECK_U64(sc_keeper_owed(w.keeper), 1);
    n.sid = other_sid;
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL));
    CHECK_U64(sc_keeper_owed(w.keeper), 2);
    stop(&w);

    read_outbox(&o, *state);
    CHECK_U64(o.n_items, 2);
    sc_entry_session(s, sid);
    sc_entry_statement_id(i, SC_ENTRY_ABORT, w.parties[1].did, s);
    CHECK_U64(o.items[0].entry.type, SC_ENTRY_ABORT);
    CHECK_BYTES(o.items[0].entry.s, s, 32);
    CHECK_BYTES(o.items[0].entry.i, i, 32);
    CHECK_STR(o.items[0].entry.did, w.parties[1].did);
    CHECK_OK(sc_entry_verify(&o.items[0].entry, &w.roster, NULL));
    body = read_body(*state, o.items[0].entry.d);
    check_text(body, "blamed", w.parties[2].did);
    check_text(body, "phase", "commit");
    check_text(body, "reason", "the peer did not answer in time");
    check_text(body, "type", "abort/1");
    check_text(body, "job", "03000000000000000000000000000000");
    check_text(body, "asker", NULL);
    check_text(body, "kind", NULL);
    CHECK(json_object_get(body, "query") == NULL);
    CHECK_U64(json_string_length(json_object_get(body, "salt")), 64);
    json_decref(body);
    sc_outbox_clear(&o);
}

/* Not across midnight, UTC. */
static void within_a_day(void)
{
    enum { DAY_S = 86400, NEEDED_S = 2 };
    const int64_t left_s = DAY_S - sc_clock_wall() % DAY_S;

    if (left_s <= NEEDED_S) {
        sc_clock_sleep_ms((uint64_t)left_s * 1000);
    }
}

/* One of a query, an asker and a day; the i tells a stranger nothing of them. */
static void test_refusal(void **state)
{
    world w;
    sc_outbox o;
    json_t *body;
    sc_notice n = {.type = SC_ENTRY_REFUSAL,
                   .job_id = job,
                   .query = query,
                   .kind = "policy"};

    within_a_day();
    start(&w, *state);
    n.asker = w.parties[0].did;
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL));
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL));
    CHECK_U64(sc_keeper_owed(w.keeper), 1);
    n.asker = w.parties[3].did;
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL));
    n.query = other_query;
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL));
    CHECK_U64(sc_keeper_owed(w.keeper), 3);
    w.keys[1].state[0] ^= 1; /* another secret, another i */
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL));
    CHECK_U64(sc_keeper_owed(w.keeper), 4);
    stop(&w);
    read_outbox(&o, *state);
    CHECK_OK(sc_entry_verify(&o.items[0].entry, &w.roster, NULL));
    body = read_body(*state, o.items[0].entry.d);
    check_text(body, "kind", "policy");
    check_text(body, "asker", w.parties[0].did);
    check_text(body, "sid", NULL);
    json_decref(body);
    sc_outbox_clear(&o);
}

static void test_bodies(void **state)
{
    world w;
    sc_outbox o;
    sc_fault why = {0};
    sc_buf text = {0};
    char *path;
    sc_notice n = {.type = SC_ENTRY_OUTCOME,
                   .sid = sid,
                   .job_id = job,
                   .kind = "delivered"};

    CHECK_OK(sc_notice_check_bodies(*state, &why)); /* no folder yet */
    start(&w, *state);
    CHECK_OK(sc_notice_submit(&w.house, &n, NULL));
    stop(&w);
    CHECK_OK(sc_notice_check_bodies(*state, &why));
    read_outbox(&o, *state);
    path = body_path(*state, o.items[0].entry.d);
    CHECK_OK(sc_file_read(&text, path, 1 << 16, NULL));
    for (size_t bit = 0; bit < 8 * text.len; bit += 7) {
        text.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        CHECK_OK(sc_file_replace(path, sc_buf_bytes(&text), 0600, NULL));
        CHECK_ERR(SC_E_CORRUPT, sc_notice_check_bodies(*state, &why));
        CHECK_STR(why.file, path);
        text.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    CHECK_OK(sc_file_replace(path, sc_buf_bytes(&text), 0600, NULL));
    sc_folder_write(*state, "chain-private/bodies/half", "a crash's");
    CHECK_OK(sc_notice_check_bodies(*state, &why));
    sc_buf_clear(&text);
    sc_free(path);
    sc_outbox_clear(&o);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_abort),
        TEST(test_refusal),
        TEST(test_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
