/* tests/unit/test_call_talk.c: how posts go from node to node, what is not taken, and
 * from whom (job/node/call_talk.c). */
#include "tests/unit/talk_fixture.h"

#define BAD_MS     600000 /* of who sends what no honest owner does */
#define UNTAKEN_MS 30000

/* Alice's post, as a file; made an hour ago. */
static void hers(const talk *t, sc_buf *out, uint8_t draw)
{
    posts_file(&t->w, out, ALICE, t->now_s - 3600, draw);
}

static sc_bytes part(const sc_buf *b, size_t from, size_t to)
{
    return (sc_bytes){b->p + from, to - from};
}

/* What is stored of an owner's post at a node is this. */
static void stored(const talk *t, size_t at, size_t party, const sc_buf *file)
{
    sc_buf got = {0};

    CHECK_OK(
        sc_post_file_read(&t->w.house[at], &got, t->w.digest, party, NULL));
    CHECK(sc_bytes_equal_vartime(sc_buf_bytes(&got), sc_buf_bytes(file)));
    sc_buf_clear(&got);
}

static int has(const talk *t, size_t at, size_t party)
{
    int is_stored = posts_is_there(&t->w, at, t->w.digest, party);

    CHECK((t->calls[at]->have >> party & 1) == (unsigned)is_stored);
    return is_stored;
}

/* ---- POST at the asker ------------------------------------------------------------- */

static void test_post(void **state)
{
    talk t;
    sc_buf file = {0};
    size_t len;

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    len = file.len;
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    talk_answer(&t, ALICE, BOB, ALICE, 100, 0);
    talk_post(&t, BOB, ALICE, ALICE, 100, 0, part(&file, 100, len - 1));
    talk_answer(&t, ALICE, BOB, ALICE, len - 1, 0);
    CHECK(!has(&t, BOB, ALICE));
    talk_post(&t, BOB, ALICE, ALICE, len - 1, 1, part(&file, len - 1, len));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    CHECK(has(&t, BOB, ALICE));
    stored(&t, BOB, ALICE, &file);
    CHECK_U64(sc_call_missing(t.calls[BOB]), BIT(CAROL));
    sc_buf_clear(&file);
    talk_stop(&t);
}

/* An answer was lost: the first piece again, and it goes on where it was. */
static void test_again(void **state)
{
    talk t;
    sc_buf file = {0};

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    talk_answer(&t, ALICE, BOB, ALICE, 100, 0);
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    talk_answer(&t, ALICE, BOB, ALICE, 100, 0);
    talk_post(&t, BOB, ALICE, ALICE, 100, 1, part(&file, 100, file.len));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    stored(&t, BOB, ALICE, &file);
    /* all of it again, whole and in its middle: it is here */
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    talk_post(&t, BOB, ALICE, ALICE, 50, 0, part(&file, 50, 60));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    sc_buf_clear(&file);
    talk_stop(&t);
}

/* The first that came is the one; another, signed as well, changes nothing. */
static void test_second(void **state)
{
    talk t;
    sc_buf file = {0}, other = {0};

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    hers(&t, &other, 2);
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&other));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    stored(&t, BOB, ALICE, &file);
    /* nor if this node forgot that it has it */
    t.calls[BOB]->have = 0;
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&other));
    talk_silent(&t, ALICE, BOB);
    stored(&t, BOB, ALICE, &file);
    t.calls[BOB]->peers[ALICE].bad_ms = 0;
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    sc_buf_clear(&file);
    sc_buf_clear(&other);
    talk_stop(&t);
}

static void test_offsets(void **state)
{
    talk t;
    sc_buf file = {0};
    size_t len;

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    len = file.len;
    talk_post(&t, BOB, ALICE, ALICE, 100, 1, part(&file, 100, len));
    talk_post(&t, BOB, ALICE, ALICE, SC_MSG_MAX_INT, 1, part(&file, 0, 10));
    talk_silent(&t, ALICE, BOB);
    talk_post(&t, BOB, ALICE, ALICE, 0, 0, part(&file, 0, 100));
    talk_answer(&t, ALICE, BOB, ALICE, 100, 0);
    talk_post(&t, BOB, ALICE, ALICE, 99, 1, part(&file, 99, len));
    talk_post(&t, BOB, ALICE, ALICE, 101, 1, part(&file, 101, len));
    talk_silent(&t, ALICE, BOB);
    CHECK_U64(t.calls[BOB]->peers[ALICE].coming.len, 100);
    CHECK(!has(&t, BOB, ALICE));
    /* more than a post: all that came of it goes */
    talk_post(&t, BOB, ALICE, ALICE, 100, 0, part(&file, 99, len));
    talk_silent(&t, ALICE, BOB);
    CHECK_U64(t.calls[BOB]->peers[ALICE].coming.len, 0);
    /* less than one, which is said to be all */
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, part(&file, 0, len - 1));
    talk_silent(&t, ALICE, BOB);
    CHECK(!has(&t, BOB, ALICE));
    CHECK_U64(t.calls[BOB]->peers[ALICE].coming.len, 0);
    t.calls[BOB]->peers[ALICE].bad_ms = 0;
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    stored(&t, BOB, ALICE, &file);
    sc_buf_clear(&file);
    talk_stop(&t);
}

/* It is not taken, nor is anything else of that owner for so long (0: either); and nothing is
 * answered, so that it is not sent again at once. */
static void not_taken_for(talk *t, const sc_buf *file, uint64_t ms)
{
    uint64_t before = sc_clock_ms();
    sc_call_peer *peer = &t->calls[BOB]->peers[ALICE];

    talk_post(t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(file));
    talk_post(t, BOB, ALICE, ALICE, 0, 0, part(file, 0, 100));
    talk_silent(t, ALICE, BOB);
    CHECK(!has(t, BOB, ALICE));
    CHECK_U64(peer->coming.len, 0);
    CHECK(peer->bad_ms >= before + (ms == 0 ? UNTAKEN_MS : ms));
    CHECK(peer->bad_ms <= sc_clock_ms() + (ms == 0 ? BAD_MS : ms));
    CHECK_STR(t->calls[BOB]->party, "alice");
    CHECK(strncmp(t->calls[BOB]->trouble, "its post is not taken: ", 23) == 0);
    peer->bad_ms = 0;
}

static void not_taken(talk *t, const sc_buf *file)
{
    not_taken_for(t, file, BAD_MS);
}

static void at_time(talk *t, int64_t time, int is_taken)
{
    sc_buf file = {0};

    posts_file(&t->w, &file, ALICE, time, 1);
    if (is_taken) {
        talk_post(t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
        talk_answer(t, ALICE, BOB, ALICE, 0, 1);
    } else {
        not_taken_for(t, &file, UNTAKEN_MS);
    }
    sc_buf_clear(&file);
}

static void test_times(void **state)
{
    talk t;

    talk_start(&t, *state);
    talk_call(&t);
    at_time(&t, t.w.job.time - 241, 0);
    at_time(&t, 0, 0);
    at_time(&t, t.w.job.not_after + 1, 0);
    at_time(&t, t.now_s + 1000, 0);
    at_time(&t, SC_JOB_MAX_TIME, 0);
    at_time(&t, t.w.job.time - 240, 1);
    talk_stop(&t);
}

/* Nor behind the end of the call, by a clock that is ahead. */
static void test_last_minute(void **state)
{
    talk t;

    talk_start(&t, *state);
    t.w.job.not_after = t.now_s + 60;
    posts_plan(&t.w);
    talk_call(&t);
    at_time(&t, t.now_s + 61, 0);
    at_time(&t, t.now_s + 60, 1);
    talk_stop(&t);
}

static void test_flipped(void **state)
{
    talk t;
    sc_buf file = {0};

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    for (size_t i = 0; i < file.len; i += i < 186 ? 5 : 61) {
        file.p[i] ^= 1;
        not_taken_for(&t, &file, 0);
        file.p[i] ^= 1;
    }
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    sc_buf_clear(&file);
    talk_stop(&t);
}

/* Signed and committed to by alice, for something else; and carol's. */
static void test_elsewhere(void **state)
{
    talk t;
    sc_buf file = {0};

    talk_start(&t, *state);
    talk_call(&t);
    t.w.digest[0] ^= 1;
    hers(&t, &file, 1);
    t.w.digest[0] ^= 1;
    not_taken(&t, &file);
    sc_buf_reset(&file);
    t.w.plan->query_digest[0] ^= 1;
    hers(&t, &file, 1);
    t.w.plan->query_digest[0] ^= 1;
    not_taken(&t, &file);
    sc_buf_reset(&file);
    posts_file(&t.w, &file, CAROL, t.now_s, 1);
    not_taken(&t, &file);
    sc_buf_clear(&file);
    talk_stop(&t);
}

/* Of another length, signed and committed to as it is. */
static void test_lengths(void **state)
{
    talk t;
    sc_job_post p;
    sc_opened_share share;
    sc_buf file = {0};

    talk_start(&t, *state);
    talk_call(&t);
    posts_make(&t.w, &p, &share, ALICE, t.now_s, 1);
    share.vector.len -= 16;
    sc_receipt_share_commit(p.output, t.w.digest, t.w.f.parties[ALICE].did,
                            sc_buf_bytes(&share.vector), share.r32);
    posts_sign(&t.w, &p);
    CHECK_OK(sc_post_file_put(&file, &p, &share));
    not_taken_for(&t, &file, UNTAKEN_MS);
    sc_buf_clear(&file);
    sc_buf_clear(&share.vector);
    talk_stop(&t);
}

/* Signed and committed to by alice, and no ciphertexts: the asker sees it before anybody
 * adds them up; who adds up has the asker's word until then. */
static void test_proofs(void **state)
{
    talk t;
    sc_job_post p;
    sc_opened_share share;
    sc_buf file = {0};

    talk_start(&t, *state);
    talk_call(&t);
    posts_make(&t.w, &p, &share, ALICE, t.now_s, 1);
    share.vector.p[share.vector.len / 2] ^= 1;
    sc_receipt_share_commit(p.output, t.w.digest, t.w.f.parties[ALICE].did,
                            sc_buf_bytes(&share.vector), share.r32);
    posts_sign(&t.w, &p);
    CHECK_OK(sc_post_file_put(&file, &p, &share));
    not_taken(&t, &file);
    talk_post(&t, DAVE, BOB, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, BOB, DAVE, ALICE, 0, 1);
    CHECK(has(&t, DAVE, ALICE));
    sc_buf_clear(&file);
    sc_buf_clear(&share.vector);
    talk_stop(&t);
}

/* What cannot be stored is not lost, and not sent again at once. */
static void test_not_stored(void **state)
{
    talk t;
    sc_buf file = {0};
    char *dir, *path;

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    dir = posts_dir(&t.w, BOB);
    path = sc_path_join(dir, "alice.post");
    CHECK_OK(sc_dir_make(path, 0700, NULL)); /* in its way */
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_silent(&t, ALICE, BOB);
    CHECK_U64(t.calls[BOB]->have, 0);
    CHECK(t.calls[BOB]->peers[ALICE].bad_ms <= sc_clock_ms() + UNTAKEN_MS);
    CHECK(rmdir(path) == 0);
    t.calls[BOB]->peers[ALICE].bad_ms = 0;
    talk_post(&t, BOB, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, ALICE, BOB, ALICE, 0, 1);
    sc_buf_clear(&file);
    sc_free(path);
    sc_free(dir);
    talk_stop(&t);
}

/* ---- who may send what --------------------------------------------------------------- */

static void test_senders(void **state)
{
    static const size_t whose[] = {ALICE, BOB, DAVE, N_PARTIES, 15};
    talk t;
    sc_buf file = {0};

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    for (size_t i = 0; i < sizeof whose / sizeof *whose; i++) {
        for (size_t from = 0; from < N_PARTIES; from++) {
            if (from != BOB && (whose[i] != ALICE || from != ALICE)) {
                talk_post(&t, BOB, from, whose[i], 0, 1, sc_buf_bytes(&file));
            }
        }
    }
    CHECK_U64(t.calls[BOB]->have, 0);
    for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
        CHECK_U64(t.calls[BOB]->peers[p].coming.len, 0);
    }
    talk_silent(&t, ALICE, BOB);
    talk_silent(&t, CAROL, BOB);
    talk_silent(&t, DAVE, BOB);
    sc_buf_clear(&file);
    talk_stop(&t);
}

/* Who adds up takes posts from the asker alone, and looks at them itself. */
static void test_passed_on(void **state)
{
    talk t;
    sc_buf file = {0};

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    talk_post(&t, DAVE, ALICE, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_post(&t, DAVE, CAROL, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_post(&t, DAVE, BOB, DAVE, 0, 1, sc_buf_bytes(&file));
    talk_post(&t, DAVE, BOB, BOB, 0, 1, sc_buf_bytes(&file));
    talk_silent(&t, ALICE, DAVE);
    talk_silent(&t, BOB, DAVE);
    talk_post(&t, DAVE, BOB, CAROL, 0, 1, sc_buf_bytes(&file));
    talk_silent(&t, BOB, DAVE); /* it is not carol's */
    CHECK_U64(t.calls[DAVE]->have, 0);
    talk_post(&t, DAVE, BOB, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_answer(&t, BOB, DAVE, ALICE, 0, 1);
    stored(&t, DAVE, ALICE, &file);
    /* an owner's own post comes from nobody */
    talk_post(&t, ALICE, BOB, ALICE, 0, 1, sc_buf_bytes(&file));
    talk_silent(&t, BOB, ALICE);
    CHECK(!has(&t, ALICE, ALICE));
    sc_buf_reset(&file); /* nor others' to who does not add up */
    posts_file(&t.w, &file, CAROL, t.now_s, 1);
    talk_post(&t, ALICE, BOB, CAROL, 0, 1, sc_buf_bytes(&file));
    talk_silent(&t, BOB, ALICE);
    CHECK(!has(&t, ALICE, CAROL));
    sc_buf_clear(&file);
    talk_stop(&t);
}

/* Frames that are none, or are not for a call. */
static void test_malformed(void **state)
{
    static const uint16_t types[] = {SC_MSG_POST, SC_MSG_POSTED, SC_MSG_REFUSE,
                                     SC_MSG_CALL, SC_MSG_ABORT,  0,
                                     0xffff};
    talk t;
    sc_buf file = {0}, room = {0};
    sc_msg_post m = {.party = ALICE, .last = 1};
    sc_frame good, f;

    talk_start(&t, *state);
    talk_call(&t);
    hers(&t, &file, 1);
    m.piece = sc_buf_bytes(&file);
    CHECK_OK(sc_msg_post_put(&good, &room, &m));
    for (size_t len = 0; len < good.head.len; len++) {
        f = good;
        f.head.len = len;
        sc_call_hear(t.calls[BOB], &t.w.house[BOB], ALICE, &f, t.room);
    }
    f = good;
    f.bulk = (sc_bytes){0};
    sc_call_hear(t.calls[BOB], &t.w.house[BOB], ALICE, &f, t.room);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        f = good;
        f.type = types[i];
        if (f.type != SC_MSG_POST) {
            sc_call_hear(t.calls[BOB], &t.w.house[BOB], ALICE, &f, t.room);
        }
    }
    talk_silent(&t, ALICE, BOB);
    CHECK_U64(t.calls[BOB]->have, 0);
    CHECK_U64(t.calls[BOB]->state, SC_CALL_OPEN);
    sc_buf_clear(&room);
    sc_buf_clear(&file);
    talk_stop(&t);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_post),    TEST(test_again),      TEST(test_second),
        TEST(test_offsets), TEST(test_times),      TEST(test_last_minute),
        TEST(test_lengths), TEST(test_flipped),    TEST(test_elsewhere),
        TEST(test_senders), TEST(test_passed_on),  TEST(test_malformed),
        TEST(test_proofs),  TEST(test_not_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
