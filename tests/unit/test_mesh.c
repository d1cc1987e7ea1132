/* tests/unit/test_mesh.c: honest nodes on loopback: links, status, node
 * messages, sessions, restarts. */
#include "net/mesh.h"

#include "tests/mesh_world.h"

static const uint8_t sid[32] = {1}, key[32] = {2};
static uint8_t bulk[SC_FRAME_MAX_BULK];

/* ---- links -------------------------------------------------------------- */

static void test_links(void **state)
{
    world w;
    sc_mesh_link l;
    sc_mesh_totals t;

    (void)state;
    world_init(&w, 3);
    world_start(&w, 0);
    CHECK_STR(sc_mesh_address(w.mesh[0]), w.addresses[0]);
    CHECK_U64(sc_mesh_me(w.mesh[0]), 0);
    CHECK_STR(sc_mesh_name(w.mesh[0], 2), "carol");
    CHECK_STR(sc_mesh_name(w.mesh[0], 3), "");
    CHECK(reason_becomes(&w, 0, 1, "nobody answers at its address"));
    CHECK_OK(sc_mesh_status(w.mesh[0], &l, 1));
    CHECK(!l.is_linked && l.quiet_ms == UINT64_MAX && l.rtt_ns == 0);
    CHECK_STR(l.reason, "nobody answers at its address");
    CHECK(!l.is_refused);
    CHECK_ERR(SC_E_ARG, sc_mesh_status(w.mesh[0], &l, 0));
    CHECK_ERR(SC_E_ARG, sc_mesh_status(w.mesh[0], &l, 3));
    sc_mesh_set_chain(w.mesh[0], 77);
    world_start(&w, 1);
    world_start(&w, 2);
    world_linked(&w);
    for (uint64_t end = IN_TIME; l.rtt_ns == 0 && sc_clock_left(end) > 0;) {
        sc_clock_sleep_ms(10);
        CHECK_OK(sc_mesh_status(w.mesh[1], &l, 0));
    }
    CHECK(l.is_linked && l.rtt_ns > 0 && l.quiet_ms < 5000);
    CHECK_STR(l.reason, "");
    CHECK_U64(l.chain_size, 77);
    sc_mesh_count(w.mesh[1], &t);
    CHECK(t.frames_in > 0 && t.frames_out > 0 && t.malformed == 0);
    CHECK(t.refused_keys == 0 && t.cut == 0);
    world_stop(&w);
}

/* That a party has left is a warning, unless it said that it would. */
static void test_leaving_is_logged(void **state)
{
    world w;
    FILE *log = tmpfile();
    char text[4096] = "";
    int saved;

    (void)state;
    CHECK(log != NULL);
    world_init(&w, 3);
    w.parties[1].is_offline = 1;
    w.logs[0].least = SC_LOG_INFO;
    world_start_all(&w);
    world_linked(&w);
    saved = dup(STDERR_FILENO);
    CHECK(dup2(fileno(log), STDERR_FILENO) >= 0);
    for (size_t i = 1; i < 3; i++) {
        sc_mesh_free(&w.mesh[i]);
        CHECK(link_becomes(&w, 0, i, 0));
    }
    world_stop(&w);
    CHECK(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    rewind(log);
    CHECK(fread(text, 1, sizeof text - 1, log) > 0);
    CHECK(strstr(text, " alice info net: link to bob lost: ") != NULL);
    CHECK(strstr(text, " alice warn net: link to bob lost: ") == NULL);
    CHECK(strstr(text, " alice warn net: link to carol lost: ") != NULL);
    (void)fclose(log);
}

static void test_configuration(void **state)
{
    world w;
    sc_mesh_config c;
    sc_mesh *m = NULL;
    sc_fault why = {0};

    (void)state;
    world_init(&w, 3);
    c = world_config(&w, 0);
    c.me = 1; /* alice's key, bob's place */
    CHECK_ERR(SC_E_CONFIG, sc_mesh_new(&m, &c, &why));
    CHECK(m == NULL && strstr(why.text, "bob") != NULL);
    c = world_config(&w, 0);
    c.n_parties = 1;
    CHECK_ERR(SC_E_CONFIG, sc_mesh_new(&m, &c, &why));
    c.n_parties = SC_MAX_PARTIES + 1;
    CHECK_ERR(SC_E_CONFIG, sc_mesh_new(&m, &c, &why));
    c = world_config(&w, 0);
    c.me = 3;
    CHECK_ERR(SC_E_CONFIG, sc_mesh_new(&m, &c, &why));
    w.parties[2].address = "ipc:///tmp/x";
    c = world_config(&w, 0);
    CHECK_ERR(SC_E_CONFIG, sc_mesh_new(&m, &c, &why));
    w.parties[2].address = w.seen[2];
    memcpy(w.parties[2].key, w.parties[1].key, 32);
    c = world_config(&w, 0);
    CHECK_ERR(SC_E_CONFIG, sc_mesh_new(&m, &c, &why));
    CHECK(strstr(why.text, "same transport key") != NULL);
}

static void test_port_taken(void **state)
{
    world w;
    sc_mesh_config c;
    sc_mesh *m = NULL;
    sc_fault why = {0};

    (void)state;
    world_init(&w, 2);
    world_start(&w, 0);
    c = world_config(&w, 1);
    c.listen = w.addresses[0];
    CHECK_ERR(SC_E_IO, sc_mesh_new(&m, &c, &why));
    CHECK(m == NULL && strstr(why.text, w.addresses[0]) != NULL);
    CHECK(why.remedy[0] != '\0');
    c.listen = "tcp://192.0.2.1:5"; /* no address of this machine */
    CHECK_ERR(SC_E_IO, sc_mesh_new(&m, &c, &why));
    world_stop(&w);
}

typedef struct {
    world w;
    sc_mesh *m;
    sc_session *s;
} opened;

static sc_err open_one(void *arg)
{
    sc_err err = SC_E_BUG;
    opened *o = arg;
    sc_mesh_config c = world_config(&o->w, 0);
    const size_t peer = 1;

    c.log = NULL;
    SC_TRY(sc_mesh_new(&o->m, &c, NULL));
    SC_TRY(sc_session_open(&o->s, o->m, sid, &peer, 1, 0, NULL));
    err = SC_OK;
out:
    return err;
}

static void close_one(void *arg)
{
    opened *o = arg;

    sc_session_free(&o->s);
    sc_mesh_free(&o->m);
}

static void test_no_memory(void **state)
{
    opened o = {.m = NULL, .s = NULL};

    (void)state;
    world_init(&o.w, 2);
    CHECK_ALLOC_THEN(open_one, close_one, &o);
}

/* ---- node messages ------------------------------------------------------ */

static void test_node_messages(void **state)
{
    world w;
    sc_buf room = {0};
    sc_frame f;
    sc_msg_propose p = {.plan = {3}, .job = {bulk, 5000}};
    sc_mesh_event *e;
    const uint8_t job[16] = {9};

    (void)state;
    world_init(&w, 2);
    world_start(&w, 0);
    CHECK_OK(sc_msg_propose_put(&f, &room, &p));
    CHECK_ERR(SC_E_IO, sc_mesh_send(w.mesh[0], 1, job, &f)); /* not linked */
    world_start(&w, 1);
    expect_event(&w, 0, SC_MESH_LINKED, 1, NULL);
    expect_event(&w, 1, SC_MESH_LINKED, 0, NULL);
    CHECK_ERR(SC_E_ARG, sc_mesh_send(w.mesh[0], 0, job, &f));
    CHECK_ERR(SC_E_ARG, sc_mesh_send(w.mesh[0], 2, job, &f));
    for (uint32_t i = 0; i < 100; i++) {
        f.op = i;
        CHECK_OK(sc_mesh_send(w.mesh[0], 1, i % 2 ? job : NULL, &f));
    }
    for (uint32_t i = 0; i < 100; i++) {
        sc_msg_propose got;
        const uint8_t none[16] = {0};

        expect_event(&w, 1, SC_MESH_MESSAGE, 0, &e);
        CHECK_U64(e->frame.op, i); /* in order */
        CHECK_BYTES(e->job, i % 2 ? job : none, 16);
        CHECK_OK(sc_msg_propose_get(&got, &e->frame));
        CHECK_BYTES(got.plan, p.plan, 32);
        CHECK_U64(got.job.len, 5000);
        sc_mesh_event_free(&e);
    }
    f.type = SC_MSG_NONCE; /* a session's */
    CHECK_ERR(SC_E_ARG, sc_mesh_send(w.mesh[0], 1, job, &f));
    f.type = SC_MSG_PING;
    CHECK_ERR(SC_E_ARG, sc_mesh_send(w.mesh[0], 1, job, &f));
    f.type = SC_MSG_RECEIVED; /* may go both ways */
    CHECK_OK(sc_mesh_send(w.mesh[0], 1, job, &f));
    expect_event(&w, 1, SC_MESH_MESSAGE, 0, NULL);
    sc_mesh_stop(w.mesh[1]);
    CHECK_ERR(SC_E_CANCELLED, sc_mesh_next(w.mesh[1], &e, SC_NO_DEADLINE));
    sc_buf_clear(&room);
    world_stop(&w);
}

/* A node whose owner does not listen: messages are dropped, not piled up. */
static void test_owner_asleep(void **state)
{
    world w;
    sc_frame f = {.type = SC_MSG_BODY, .bulk = {bulk, SC_FRAME_MAX_BULK}};
    sc_mesh_event *e;
    sc_mesh_totals t = {0};
    size_t n_sent = 0, n = 0;

    (void)state;
    world_init(&w, 2);
    world_start_all(&w);
    world_linked(&w);
    for (uint64_t end = IN_TIME; t.dropped < 5 && sc_clock_left(end) > 0;) {
        n_sent += sc_mesh_send(w.mesh[0], 1, NULL, &f) == SC_OK;
        sc_clock_sleep_ms(1);
        sc_mesh_count(w.mesh[1], &t);
    }
    CHECK(t.dropped >= 5 && n_sent > 5);
    for (uint64_t end = IN_TIME; t.bytes_in < n_sent * SC_FRAME_MAX_BULK &&
                                 sc_clock_left(end) > 0;) { /* all arrive */
        sc_clock_sleep_ms(10);
        sc_mesh_count(w.mesh[1], &t);
    }
    expect_event(&w, 1, SC_MESH_LINKED, 0, NULL);
    while (sc_mesh_next(w.mesh[1], &e, 0) == SC_OK) {
        n++;
        sc_mesh_event_free(&e);
    }
    CHECK(n > 0 && n <= SC_MESH_MAX_WAITING_LEN / SC_FRAME_MAX_BULK);
    CHECK_U64(n + t.dropped, n_sent);
    CHECK_OK(
        sc_mesh_send(w.mesh[0], 1, NULL, &f)); /* and there is room again */
    expect_event(&w, 1, SC_MESH_MESSAGE, 0, NULL);
    world_stop(&w);
}

/* ---- sessions ----------------------------------------------------------- */

typedef struct {
    const world *w;
    sc_session *s;
    size_t me;
    size_t n_rounds;
    sc_transcript_head in[WORLD_MAX], out[WORLD_MAX];
    sc_fault why;
    sc_err err;
} role;

static sc_err swap_round(role *r, size_t round)
{
    sc_err err = SC_E_BUG;
    uint8_t head[4] = {(uint8_t)round, (uint8_t)(round >> 8), (uint8_t)r->me};
    size_t len = round % 4 == 3 ? SC_FRAME_MAX_BULK : round * 31 % 4000;
    sc_frame f = {.type = SC_MSG_SHARE,
                  .op = (uint32_t)round,
                  .head = {head, sizeof head},
                  .bulk = {bulk, len}};

    for (size_t j = 0; j < r->w->n; j++) {
        if (j != r->me) {
            SC_TRY(sc_session_send(r->s, j, &f, IN_MS(20000), &r->why));
        }
    }
    for (size_t j = 0; j < r->w->n; j++) {
        sc_frame got;

        if (j == r->me) {
            continue;
        }
        SC_TRY(sc_session_expect(r->s, j, &got, SC_MSG_SHARE, (uint32_t)round,
                                 IN_MS(20000), &r->why));
        SC_REQUIRE(got.head.len == sizeof head && got.head.p[2] == j &&
                       got.bulk.len == len &&
                       memcmp(got.bulk.p, bulk, len) == 0,
                   SC_E_BUG);
        if (round == 0) {
            SC_TRY(sc_chan_key(sc_session_chan(r->s, j), sid, r->me, j, key));
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err swap(role *r)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < r->n_rounds; i++) {
        SC_TRY(swap_round(r, i));
    }
    SC_TRY(sc_session_flush(r->s, IN_MS(20000), &r->why));
    for (size_t j = 0; j < r->w->n; j++) {
        if (j != r->me) {
            sc_chan *c = sc_session_chan(r->s, j);

            SC_TRY(sc_chan_head(c, SC_CHAN_IN, &r->in[j]));
            SC_TRY(sc_chan_head(c, SC_CHAN_OUT, &r->out[j]));
        }
    }
    err = SC_OK;
out:
    return err;
}

static void *swap_thread(void *arg)
{
    role *r = arg;

    r->err = swap(r);
    return NULL;
}

static void test_sessions(void **state)
{
    world w;
    sc_session *s[WORLD_MAX];
    role r[WORLD_MAX];
    pthread_t id[WORLD_MAX];
    uint64_t in, out;

    (void)state;
    for (size_t i = 0; i < sizeof bulk; i++) {
        bulk[i] = (uint8_t)(i * 7 + i / 251);
    }
    world_init(&w, 3);
    world_start_all(&w);
    open_all(&w, s, 1); /* before the links are up: frames wait */
    for (size_t i = 0; i < w.n; i++) {
        r[i] = (role){.w = &w, .s = s[i], .me = i, .n_rounds = 40};
        CHECK(pthread_create(&id[i], NULL, swap_thread, &r[i]) == 0);
    }
    for (size_t i = 0; i < w.n; i++) {
        CHECK(pthread_join(id[i], NULL) == 0);
        if (r[i].err != SC_OK) {
            fail_msg("%zu: %s: %s", i, r[i].why.party, r[i].why.text);
        }
    }
    for (size_t i = 0; i < w.n; i++) {
        for (size_t j = 0; j < w.n; j++) {
            if (i != j) {
                CHECK_BYTES(&r[i].out[j], &r[j].in[i], sizeof r[i].out[j]);
                CHECK_U64(r[i].out[j].count, 40);
            }
        }
        sc_session_bytes(s[i], &out, &in);
        CHECK(out == in && out > 20 * SC_FRAME_MAX_BULK);
        CHECK_OK(sc_session_why(s[i], NULL));
    }
    free_all(&w, s);
    world_stop(&w);
}

/* One side says much before the other has opened its session. */
static void test_early_frames_wait(void **state)
{
    world w;
    sc_session *a, *b;
    const uint8_t job[16] = {4};
    const size_t alice = 0, bob = 1;
    sc_frame f = {.type = SC_MSG_NONCE}, got;
    sc_fault why = {0};

    (void)state;
    world_init(&w, 2);
    world_start_all(&w);
    world_linked(&w);
    CHECK_OK(sc_session_open(&a, w.mesh[0], job, &bob, 1, 0, NULL));
    for (uint32_t i = 0; i < 10; i++) {
        f.op = i;
        CHECK_OK(sc_session_send(a, bob, &f, IN_TIME, &why));
    }
    sc_clock_sleep_ms(100);
    CHECK_OK(sc_session_open(&b, w.mesh[1], job, &alice, 1, 0, NULL));
    for (uint32_t i = 0; i < 10; i++) {
        CHECK_OK(
            sc_session_expect(b, alice, &got, SC_MSG_NONCE, i, IN_TIME, &why));
    }
    CHECK_OK(sc_session_flush(a, IN_TIME, &why));
    sc_session_free(&a);
    CHECK_ERR(SC_E_STATE,
              sc_session_open(&a, w.mesh[0], job, &bob, 1, 0, NULL));
    CHECK_ERR(SC_E_STATE,
              sc_session_open(&a, w.mesh[1], job, &alice, 1, 0, NULL));
    sc_session_free(&b);
    world_stop(&w);
}

static void test_session_arguments(void **state)
{
    world w;
    sc_session *s;
    const uint8_t job[16] = {4};
    const size_t me = 0, nobody = 2, twice[2] = {1, 1}, bob = 1;
    sc_frame f = {.type = SC_MSG_NONCE};
    sc_fault why = {0};

    (void)state;
    world_init(&w, 2);
    world_start(&w, 0);
    CHECK_ERR(SC_E_ARG, sc_session_open(&s, w.mesh[0], job, &me, 1, 0, NULL));
    CHECK_ERR(SC_E_ARG,
              sc_session_open(&s, w.mesh[0], job, &nobody, 1, 0, NULL));
    CHECK_ERR(SC_E_ARG, sc_session_open(&s, w.mesh[0], job, twice, 2, 0, NULL));
    CHECK_ERR(SC_E_ARG, sc_session_open(&s, w.mesh[0], job, &bob, 0, 0, NULL));
    CHECK_ERR(SC_E_ARG, sc_session_open(&s, w.mesh[0], job, &bob, 1,
                                        2 * SC_CHAN_WINDOW - 1, NULL));
    CHECK(s == NULL);
    CHECK_OK(
        sc_session_open(&s, w.mesh[0], job, &bob, 1, 2 * SC_CHAN_WINDOW, NULL));
    CHECK(sc_session_chan(s, 0) == NULL);
    CHECK_ERR(SC_E_ARG, sc_session_send(s, 0, &f, 0, &why));
    CHECK_ERR(SC_E_ARG, sc_session_expect(s, 2, &f, 1, 0, 0, &why));
    sc_session_free(&s);
    sc_session_free(&s);
    world_stop(&w);
}

static void test_deadlines_name_who(void **state)
{
    world w;
    sc_session *s[WORLD_MAX];
    sc_frame f = {.type = SC_MSG_NONCE}, got;
    sc_frame chunk = {.type = SC_MSG_SHARE, .bulk = {bulk, SC_FRAME_MAX_BULK}};
    sc_fault why = {0};

    (void)state;
    world_init(&w, 3);
    world_start(&w, 0);
    world_start(&w, 1);
    CHECK(link_becomes(&w, 0, 1, 1));
    CHECK(reason_becomes(&w, 0, 2, "nobody answers"));
    open_all(&w, s, 1);
    sc_session_phase(s[0], "load");
    CHECK_ERR(SC_E_TIMEOUT, sc_session_expect(s[0], 1, &got, SC_MSG_NONCE, 0,
                                              IN_MS(50), &why));
    CHECK_STR(why.party, "bob");
    CHECK_STR(why.phase, "load");
    CHECK(strstr(why.text, "linked, but silent") != NULL);
    CHECK_ERR(SC_E_TIMEOUT, sc_session_expect(s[0], 2, &got, SC_MSG_NONCE, 0,
                                              IN_MS(50), &why));
    CHECK_STR(why.party, "carol");
    CHECK(strstr(why.text, "nobody answers") != NULL);
    CHECK_U64(sc_session_blamed(s[0]), 2);
    /* Sending to a party that takes nothing: what is free, no more. */
    CHECK_OK(sc_chan_key(sc_session_chan(s[0], 2), sid, 0, 2, key));
    for (size_t i = 0; i < SC_CHAN_WINDOW / SC_FRAME_MAX_BULK; i++) {
        CHECK_OK(sc_session_send(s[0], 2, &chunk, IN_TIME, &why));
    }
    CHECK_ERR(SC_E_TIMEOUT, sc_session_send(s[0], 2, &chunk, IN_MS(20), &why));
    CHECK_ERR(SC_E_TIMEOUT, sc_session_flush(s[0], IN_MS(20), &why));
    CHECK_STR(why.party, "carol");
    CHECK_OK(sc_session_send(s[1], 0, &f, IN_TIME, &why)); /* wrong type */
    CHECK_ERR(SC_E_STATE, sc_session_expect(s[0], 1, &got, SC_MSG_CONSENT, 0,
                                            IN_TIME, &why));
    CHECK_STR(why.text, "sent NONCE where CONSENT was due");
    CHECK_ERR(SC_E_STATE, sc_session_why(s[0], &why));
    free_all(&w, s);
    world_stop(&w);
}

/* Credit beyond the promised window comes with the taking. */
static void test_credit_grows(void **state)
{
    world w;
    sc_session *s[WORLD_MAX];
    sc_frame chunk = {.type = SC_MSG_SHARE, .bulk = {bulk, SC_FRAME_MAX_BULK}};
    sc_frame got;

    (void)state;
    world_init(&w, 2);
    world_start_all(&w);
    world_linked(&w);
    open_all(&w, s, 1);
    CHECK_OK(sc_session_send(s[0], 1, &chunk, IN_TIME, NULL));
    CHECK_OK(sc_session_expect(s[1], 0, &got, SC_MSG_SHARE, 0, IN_TIME, NULL));
    CHECK_OK(sc_session_flush(s[0], IN_TIME, NULL));
    for (size_t i = 0; i < SC_SESSION_WINDOW / SC_FRAME_MAX_BULK; i++) {
        CHECK_OK(sc_session_send(s[0], 1, &chunk, IN_TIME, NULL));
    }
    CHECK_ERR(SC_E_TIMEOUT, sc_session_send(s[0], 1, &chunk, IN_MS(300), NULL));
    free_all(&w, s);
    world_stop(&w);
}

static void *end_soon(void *arg)
{
    sc_clock_sleep_ms(30);
    sc_session_end(arg, SC_E_CANCELLED, SC_MSG_NOBODY,
                   "the asker thinks again");
    return NULL;
}

static void test_cancel(void **state)
{
    world w;
    sc_session *s[WORLD_MAX];
    sc_frame got, f = {.type = SC_MSG_NONCE};
    sc_fault why = {0};
    pthread_t id;

    (void)state;
    world_init(&w, 2);
    world_start_all(&w);
    open_all(&w, s, 1);
    CHECK(pthread_create(&id, NULL, end_soon, s[0]) == 0);
    CHECK_ERR(SC_E_CANCELLED, sc_session_expect(s[0], 1, &got, SC_MSG_NONCE, 0,
                                                SC_NO_DEADLINE, &why));
    CHECK(pthread_join(id, NULL) == 0);
    CHECK_STR(why.text, "the asker thinks again");
    CHECK_STR(why.party, "");
    sc_session_end(s[0], SC_E_IO, 1, "too late to matter");
    CHECK_ERR(SC_E_CANCELLED, sc_session_send(s[0], 1, &f, IN_MS(10), &why));
    CHECK_ERR(SC_E_CANCELLED, sc_session_flush(s[0], IN_MS(10), &why));
    CHECK_ERR(SC_E_CANCELLED, sc_session_why(s[0], &why));
    CHECK_U64(sc_session_blamed(s[0]), SC_MSG_NOBODY);
    free_all(&w, s);
    world_stop(&w);
}

/* Who leaves a session is named at once, not at the deadline. */
static void test_peer_closes(void **state)
{
    world w;
    sc_session *s[WORLD_MAX], *second;
    sc_frame got, f = {.type = SC_MSG_NONCE};
    sc_fault why = {0};

    (void)state;
    world_init(&w, 2);
    world_start_all(&w);
    world_linked(&w);
    open_all(&w, s, 1);
    CHECK_OK(sc_session_send(s[1], 0, &f, IN_TIME, &why));
    CHECK_OK(sc_session_expect(s[0], 1, &got, SC_MSG_NONCE, 0, IN_TIME, &why));
    sc_session_free(&s[1]);
    CHECK_ERR(SC_E_IO,
              sc_session_expect(s[0], 1, &got, SC_MSG_NONCE, 0, IN_TIME, &why));
    CHECK_STR(why.party, "bob");
    CHECK_STR(why.text, "closed its end of the session");
    CHECK_ERR(SC_E_IO, sc_session_send(s[0], 1, &f, IN_TIME, &why));
    free_all(&w, s);
    /* A frame for a session that is over is answered, too: bob is done with the
     * second before alice opens it, as what it says in the third, later, tells. */
    CHECK_OK(sc_session_open(&s[1], w.mesh[1], (const uint8_t[16]){2},
                             &(size_t){0}, 1, 0, NULL));
    sc_session_free(&s[1]);
    open_all(&w, s, 3);
    CHECK_OK(sc_session_send(s[1], 0, &f, IN_TIME, &why));
    CHECK_OK(sc_session_expect(s[0], 1, &got, SC_MSG_NONCE, 0, IN_TIME, &why));
    CHECK_OK(sc_session_open(&second, w.mesh[0], (const uint8_t[16]){2},
                             &(size_t){1}, 1, 0, NULL));
    CHECK_OK(sc_session_send(second, 1, &f, IN_TIME, &why));
    CHECK_ERR(SC_E_IO, sc_session_flush(second, IN_TIME, &why));
    sc_session_free(&second);
    free_all(&w, s);
    world_stop(&w);
}

/* ---- restarts ----------------------------------------------------------- */

static void test_restart(void **state)
{
    world w;
    sc_session *s[WORLD_MAX], *fresh;
    sc_frame got, f = {.type = SC_MSG_NONCE};
    sc_fault why = {0};
    const size_t bob = 1, alice = 0;

    (void)state;
    world_init(&w, 2);
    world_start_all(&w);
    world_linked(&w);
    expect_event(&w, 0, SC_MESH_LINKED, 1, NULL);
    open_all(&w, s, 1);
    CHECK_OK(sc_session_send(s[1], 0, &f, IN_TIME, &why));
    CHECK_OK(sc_session_expect(s[0], 1, &got, SC_MSG_NONCE, 0, IN_TIME, &why));
    CHECK_OK(sc_session_flush(s[1], IN_TIME, &why));
    /* bob dies: to alice it just vanishes (its session is freed after its
     * links, so that nothing is said). */
    sc_session_end(s[1], SC_E_CANCELLED, SC_MSG_NOBODY, "test");
    /* A session that bob knows nothing of yet survives. */
    CHECK_OK(sc_session_open(&fresh, w.mesh[0], (const uint8_t[16]){2}, &bob, 1,
                             0, NULL));
    CHECK_OK(sc_session_send(fresh, 1, &f, IN_TIME, &why));
    sc_session_free(&s[1]);
    sc_mesh_free(&w.mesh[1]);
    expect_event(&w, 0, SC_MESH_LOST, 1, NULL);
    CHECK_ERR(SC_E_IO, sc_mesh_send(w.mesh[0], 1, NULL,
                                    &(sc_frame){.type = SC_MSG_CANCEL}));
    world_start(&w, 1);
    expect_event(&w, 0, SC_MESH_LINKED, 1, NULL);
    CHECK(sc_session_expect(s[0], 1, &got, SC_MSG_NONCE, 0, IN_TIME, &why) ==
          SC_E_IO);
    CHECK_STR(why.party, "bob");
    CHECK_OK(sc_session_open(&s[1], w.mesh[1], (const uint8_t[16]){2}, &alice,
                             1, 0, NULL));
    CHECK_OK(sc_session_expect(s[1], 0, &got, SC_MSG_NONCE, 0, IN_TIME, &why));
    CHECK_OK(sc_session_flush(fresh, IN_TIME, &why));
    sc_session_free(&fresh);
    free_all(&w, s);
    world_stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_leaving_is_logged),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_port_taken),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_node_messages),
        cmocka_unit_test(test_owner_asleep),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_early_frames_wait),
        cmocka_unit_test(test_session_arguments),
        cmocka_unit_test(test_deadlines_name_who),
        cmocka_unit_test(test_credit_grows),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_peer_closes),
        cmocka_unit_test(test_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
