/* tests/unit/test_mesh_cut.c: links that are cut, or stuck, and heal: a session
 * goes on as if nothing had been, or names the peer at its deadline. */
#include "tests/mesh_world.h"

#define N_ROUNDS 300

static uint8_t bulk[SC_FRAME_MAX_BULK];
static const uint8_t key[32] = {5};

/* alice and bob, each of whom sees the other through a wire. */
typedef struct {
    world w;
    wire wires[2]; /* [i]: towards party i */
    sc_session *s[WORLD_MAX];
} stage;

static void stage_open(stage *s, uint64_t silent_ms)
{
    memset(s, 0, sizeof *s);
    world_init(&s->w, 2);
    s->w.silent_ms = silent_ms;
    for (size_t i = 0; i < 2; i++) {
        wire_open(&s->wires[i], s->w.addresses[i]);
        local_address(s->w.seen[i], s->wires[i].port);
    }
    world_start_all(&s->w);
    world_linked(&s->w);
    open_all(&s->w, s->s, 1);
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(
            sc_chan_key(sc_session_chan(s->s[i], 1 - i), key, i, 1 - i, key));
    }
}

static void stage_close(stage *s)
{
    free_all(&s->w, s->s);
    world_stop(&s->w);
    for (size_t i = 0; i < 2; i++) {
        wire_close(&s->wires[i]);
    }
}

static void set_whole(stage *s, int is_whole)
{
    s->wires[0].is_whole = s->wires[1].is_whole = is_whole;
}

static void set_stuck(stage *s, int is_stuck)
{
    s->wires[0].is_stuck = s->wires[1].is_stuck = is_stuck;
}

typedef struct {
    sc_session *s;
    size_t me;
    _Atomic size_t round; /* done */
    sc_transcript_head in, out;
    sc_fault why;
    sc_err err;
} role;

/* Frames of all sizes both ways, each different, each looked at. */
static sc_err talk(role *r)
{
    sc_err err = SC_E_BUG;
    sc_chan *c = sc_session_chan(r->s, 1 - r->me);

    for (size_t i = 0; i < N_ROUNDS; i++) {
        uint8_t head[3] = {(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)r->me};
        size_t len = i % 5 == 4 ? SC_FRAME_MAX_BULK : i * 37 % 4000;
        sc_frame got, f = {.type = SC_MSG_SHARE,
                           .op = (uint32_t)i,
                           .head = {head, sizeof head},
                           .bulk = {bulk, len}};

        SC_TRY(sc_session_send(r->s, 1 - r->me, &f, IN_MS(20000), &r->why));
        SC_TRY(sc_session_expect(r->s, 1 - r->me, &got, SC_MSG_SHARE,
                                 (uint32_t)i, IN_MS(20000), &r->why));
        SC_REQUIRE(got.head.len == 3 && got.head.p[0] == head[0] &&
                       got.head.p[1] == head[1] && got.head.p[2] != head[2] &&
                       got.bulk.len == len &&
                       memcmp(got.bulk.p, bulk, len) == 0,
                   SC_E_BUG);
        r->round = i + 1;
    }
    SC_TRY(sc_session_flush(r->s, IN_MS(20000), &r->why));
    SC_TRY(sc_chan_head(c, SC_CHAN_IN, &r->in));
    SC_TRY(sc_chan_head(c, SC_CHAN_OUT, &r->out));
    err = SC_OK;
out:
    return err;
}

static void *talk_thread(void *arg)
{
    role *r = arg;

    r->err = talk(r);
    return NULL;
}

/* Let them talk while trouble happens after each so many rounds. */
static void talk_through(stage *s, void (*trouble)(stage *s), size_t every)
{
    role r[2] = {{.s = s->s[0], .me = 0}, {.s = s->s[1], .me = 1}};
    pthread_t id[2];

    for (size_t i = 0; i < sizeof bulk; i++) {
        bulk[i] = (uint8_t)(i * 13 + i / 255);
    }
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_create(&id[i], NULL, talk_thread, &r[i]) == 0);
    }
    for (size_t at = every; at < N_ROUNDS; at += every) {
        for (uint64_t end = IN_MS(20000);
             r[0].round < at && sc_clock_left(end) > 0;) {
            sc_clock_sleep_ms(1);
        }
        trouble(s);
    }
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_join(id[i], NULL) == 0);
        if (r[i].err != SC_OK) {
            fail_msg("round %zu: %s: %s", r[i].round, r[i].why.party,
                     r[i].why.text);
        }
    }
    CHECK_U64(r[0].out.count, N_ROUNDS);
    CHECK_BYTES(&r[0].out, &r[1].in, sizeof r[0].out);
    CHECK_BYTES(&r[1].out, &r[0].in, sizeof r[0].out);
}

static void cut_briefly(stage *s)
{
    set_whole(s, 0);
    sc_clock_sleep_ms(60);
    set_whole(s, 1);
}

static void cut_one_way(stage *s)
{
    s->wires[1].is_whole = 0;
    sc_clock_sleep_ms(60);
    s->wires[1].is_whole = 1;
}

static void stick_briefly(stage *s)
{
    set_stuck(s, 1);
    sc_clock_sleep_ms(300);
    set_stuck(s, 0);
}

/* Longer than silent_ms: both give the link up, and make it anew. */
static void stick_long(stage *s)
{
    set_stuck(s, 1);
    CHECK(link_becomes(&s->w, 0, 1, 0));
    CHECK(link_becomes(&s->w, 1, 0, 0));
    set_stuck(s, 0);
}

static void test_cut_and_healed(void **state)
{
    stage s;
    sc_mesh_totals t[2];

    (void)state;
    stage_open(&s, 10000);
    talk_through(&s, cut_briefly, 50);
    for (size_t i = 0; i < 2; i++) {
        sc_mesh_count(s.w.mesh[i], &t[i]);
        CHECK_U64(t[i].malformed, 0);
    }
    CHECK(t[0].resent + t[1].resent > 0);
    stage_close(&s);
}

static void test_one_way_cut(void **state)
{
    stage s;

    (void)state;
    stage_open(&s, 10000);
    talk_through(&s, cut_one_way, 50);
    stage_close(&s);
}

static void test_stuck_briefly(void **state)
{
    stage s;

    (void)state;
    stage_open(&s, 10000);
    talk_through(&s, stick_briefly, 100);
    expect_event(&s.w, 0, SC_MESH_LINKED, 1, NULL);
    CHECK_U64(sc_mesh_next(s.w.mesh[0], &(sc_mesh_event *){NULL}, 0),
              SC_E_TIMEOUT); /* nothing was lost */
    stage_close(&s);
}

static void test_stuck_long(void **state)
{
    stage s;

    (void)state;
    stage_open(&s, 1500);
    talk_through(&s, stick_long, 150);
    stage_close(&s);
}

static void test_never_healed(void **state)
{
    stage s;
    sc_frame got, f = {.type = SC_MSG_NONCE};
    sc_fault why = {0};

    (void)state;
    stage_open(&s, 10000);
    set_whole(&s, 0);
    CHECK(link_becomes(&s.w, 0, 1, 0));
    sc_session_phase(s.s[0], "commit");
    CHECK_OK(sc_session_send(s.s[0], 1, &f, IN_TIME, &why)); /* kept */
    CHECK_ERR(SC_E_TIMEOUT, sc_session_expect(s.s[0], 1, &got, SC_MSG_NONCE, 0,
                                              IN_MS(300), &why));
    CHECK_STR(why.party, "bob");
    CHECK_STR(why.phase, "commit");
    CHECK(strstr(why.text, "silent beyond the deadline: ") != NULL);
    CHECK_ERR(SC_E_TIMEOUT, sc_session_flush(s.s[0], IN_MS(100), &why));
    set_whole(&s, 1); /* late, but then it arrives */
    CHECK_OK(sc_session_flush(s.s[1], IN_TIME, &why));
    CHECK_OK(
        sc_session_expect(s.s[1], 0, &got, SC_MSG_NONCE, 0, IN_TIME, &why));
    CHECK_OK(sc_session_flush(s.s[0], IN_TIME, &why));
    stage_close(&s);
}

/* Node messages are lost with the link, which is said. */
static void test_events(void **state)
{
    stage s;
    sc_frame f = {.type = SC_MSG_CANCEL};

    (void)state;
    stage_open(&s, 10000);
    expect_event(&s.w, 0, SC_MESH_LINKED, 1, NULL);
    set_whole(&s, 0);
    expect_event(&s.w, 0, SC_MESH_LOST, 1, NULL);
    CHECK_ERR(SC_E_IO, sc_mesh_send(s.w.mesh[0], 1, NULL, &f));
    set_whole(&s, 1);
    expect_event(&s.w, 0, SC_MESH_LINKED, 1, NULL);
    expect_event(&s.w, 1, SC_MESH_LINKED, 0, NULL);
    expect_event(&s.w, 1, SC_MESH_LOST, 0, NULL);
    expect_event(&s.w, 1, SC_MESH_LINKED, 0, NULL);
    CHECK_OK(sc_mesh_send(s.w.mesh[0], 1, NULL, &f));
    expect_event(&s.w, 1, SC_MESH_MESSAGE, 0, NULL);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_and_healed),
        cmocka_unit_test(test_one_way_cut),
        cmocka_unit_test(test_stuck_briefly),
        cmocka_unit_test(test_stuck_long),
        cmocka_unit_test(test_never_healed),
        cmocka_unit_test(test_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
