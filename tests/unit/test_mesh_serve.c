/* tests/unit/test_mesh_serve.c: sessions that wait for bulk take the mesh's turns:
 * they end when they must, and all others go on meanwhile and afterwards. */
#include "tests/mesh_world.h"

#define N_ROUNDS 200

static uint8_t bulk[SC_FRAME_SMALL + 1];
static const uint8_t key[32] = {7};

/* alice and bob in two jobs. */
typedef struct {
    world w;
    sc_session *a[WORLD_MAX], *b[WORLD_MAX];
} stage;

static void key_all(sc_session *s[])
{
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(sc_chan_key(sc_session_chan(s[i], 1 - i), key, i, 1 - i, key));
    }
}

static void stage_open(stage *s)
{
    memset(s, 0, sizeof *s);
    world_init(&s->w, 2);
    world_start_all(&s->w);
    world_linked(&s->w);
    open_all(&s->w, s->a, 1);
    open_all(&s->w, s->b, 2);
    key_all(s->a);
    key_all(s->b);
}

static void stage_close(stage *s)
{
    free_all(&s->w, s->a);
    free_all(&s->w, s->b);
    world_stop(&s->w);
}

/* Bob's k-th frame with bulk. */
static void send_bulk(sc_session *s[], uint32_t k)
{
    const sc_frame f = {.type = SC_MSG_SHARE,
                        .op = k,
                        .bulk = {bulk, sizeof bulk}};

    CHECK_OK(sc_session_send(s[1], 0, &f, IN_TIME, NULL));
}

static sc_err take_bulk(sc_session *s[], uint32_t k, uint64_t deadline_ms,
                        sc_fault *why)
{
    sc_frame f;

    return sc_session_expect(s[0], 1, &f, SC_MSG_SHARE, k, deadline_ms, why);
}

/* From now on alice waits for more of it. */
static void begin(sc_session *s[])
{
    send_bulk(s, 0);
    CHECK_OK(take_bulk(s, 0, IN_TIME, NULL));
}

/* A message and its answer in another job. */
static void go_round(sc_session *s[])
{
    const sc_frame f = {.type = SC_MSG_NONCE};
    sc_frame got;

    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(sc_session_send(s[i], 1 - i, &f, IN_TIME, NULL));
        CHECK_OK(sc_session_expect(s[1 - i], i, &got, SC_MSG_NONCE, 0, IN_TIME,
                                   NULL));
    }
}

static void test_deadline(void **state)
{
    stage s;
    sc_fault why = {0};

    (void)state;
    stage_open(&s);
    begin(s.a);
    CHECK_ERR(SC_E_TIMEOUT, take_bulk(s.a, 1, IN_MS(30), &why));
    CHECK_STR(why.party, "bob");
    CHECK(strstr(why.text, "linked, but silent") != NULL);
    send_bulk(s.a, 1);
    CHECK_OK(take_bulk(s.a, 1, IN_TIME, NULL));
    go_round(s.b);
    stage_close(&s);
}

static void *end_soon(void *arg)
{
    sc_clock_sleep_ms(30);
    sc_session_end(arg, SC_E_CANCELLED, SC_MSG_NOBODY, "not wanted any more");
    return NULL;
}

static void test_end(void **state)
{
    stage s;
    sc_fault why = {0};
    pthread_t id;

    (void)state;
    stage_open(&s);
    begin(s.a);
    CHECK(pthread_create(&id, NULL, end_soon, s.a[0]) == 0);
    CHECK_ERR(SC_E_CANCELLED, take_bulk(s.a, 1, SC_NO_DEADLINE, &why));
    CHECK_STR(why.text, "not wanted any more");
    CHECK(pthread_join(id, NULL) == 0);
    go_round(s.b);
    stage_close(&s);
}

static void *wait_for_second(void *arg)
{
    stage *s = arg;

    CHECK_OK(take_bulk(s->a, 1, SC_NO_DEADLINE, NULL));
    return NULL;
}

/* Another job and the node's own messages, while one session takes the turns. */
static void test_others_go_on(void **state)
{
    const sc_frame message = {.type = SC_MSG_BODY};
    const uint8_t job[16] = {9};
    stage s;
    pthread_t id;

    (void)state;
    stage_open(&s);
    begin(s.a);
    CHECK(pthread_create(&id, NULL, wait_for_second, &s) == 0);
    for (size_t i = 0; i < N_ROUNDS; i++) {
        go_round(s.b);
    }
    expect_event(&s.w, 0, SC_MESH_LINKED, 1, NULL);
    CHECK_OK(sc_mesh_send(s.w.mesh[1], 0, job, &message));
    expect_event(&s.w, 0, SC_MESH_MESSAGE, 1, NULL);
    send_bulk(s.a, 1);
    CHECK(pthread_join(id, NULL) == 0);
    for (size_t i = 0; i < N_ROUNDS; i++) {
        go_round(s.b);
    }
    stage_close(&s);
}

static void *take_all(void *arg)
{
    sc_session **s = arg;

    for (uint32_t k = 1; k <= N_ROUNDS; k++) {
        CHECK_OK(take_bulk(s, k, IN_TIME, NULL));
    }
    return NULL;
}

/* Two sessions that would both take them. */
static void test_two(void **state)
{
    stage s;
    pthread_t ids[2];

    (void)state;
    stage_open(&s);
    begin(s.a);
    begin(s.b);
    CHECK(pthread_create(&ids[0], NULL, take_all, s.a) == 0);
    CHECK(pthread_create(&ids[1], NULL, take_all, s.b) == 0);
    for (uint32_t k = 1; k <= N_ROUNDS; k++) {
        send_bulk(s.a, k);
        send_bulk(s.b, k);
    }
    CHECK(pthread_join(ids[0], NULL) == 0);
    CHECK(pthread_join(ids[1], NULL) == 0);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_others_go_on),
        cmocka_unit_test(test_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
