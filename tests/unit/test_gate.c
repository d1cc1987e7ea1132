/* tests/unit/test_gate.c: the table of connections, with real ones. */
#include "net/gate.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tests/kat.h"

#define MAX_PAIRS 300

typedef struct {
    int listener;
    int theirs[MAX_PAIRS], ours[MAX_PAIRS];
    size_t n;
    sc_gate gate;
} world;

static void world_open(world *w)
{
    struct sockaddr_in a = {.sin_family = AF_INET};

    memset(w, 0, sizeof *w);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(w->listener, (struct sockaddr *)&a, sizeof a) == 0);
    CHECK(listen(w->listener, 16) == 0);
}

/* One more connection; returns its place. */
static size_t add(world *w, uint64_t now_ms)
{
    struct sockaddr_in a;
    socklen_t size = sizeof a;
    size_t i = w->n++;

    CHECK(i < MAX_PAIRS);
    CHECK(getsockname(w->listener, (struct sockaddr *)&a, &size) == 0);
    w->theirs[i] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(w->theirs[i], (struct sockaddr *)&a, size) == 0);
    w->ours[i] = accept(w->listener, NULL, NULL);
    CHECK(w->ours[i] >= 0);
    sc_gate_accept(&w->gate, w->ours[i], now_ms);
    return i;
}

static void world_close(world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        close(w->ours[i]);
        close(w->theirs[i]);
    }
    close(w->listener);
}

/* 1 if the other end sees its connection end. */
static int is_cut(const world *w, size_t i)
{
    struct pollfd p = {.fd = w->theirs[i], .events = POLLIN};
    char c;

    return poll(&p, 1, 0) == 1 && recv(w->theirs[i], &c, 1, MSG_DONTWAIT) == 0;
}

static void test_strangers(void **state)
{
    world w;
    const size_t n = 3 * SC_GATE_MAX_STRANGERS;
    sc_gate_entry old;

    (void)state;
    world_open(&w);
    for (size_t i = 0; i < n; i++) {
        add(&w, i);
    }
    for (size_t i = 0; i < n; i++) {
        CHECK_U64(is_cut(&w, i), i < n - SC_GATE_MAX_STRANGERS);
    }
    CHECK_U64(w.gate.n_cut, n - SC_GATE_MAX_STRANGERS);
    CHECK_U64(w.gate.n_entries, n); /* until libzmq says that they are gone */
    CHECK(sc_gate_hear(&w.gate, w.ours[0], 2, 10) == NULL);
    for (size_t i = 0; i < n; i++) {
        CHECK(sc_gate_close(&w.gate, &old, w.ours[i]));
        CHECK_U64(old.fd, w.ours[i]);
    }
    CHECK(!sc_gate_close(&w.gate, &old, w.ours[0]));
    world_close(&w);
}

static void test_known_ones_stay(void **state)
{
    world w;
    size_t known;

    (void)state;
    world_open(&w);
    known = add(&w, 0);
    CHECK(sc_gate_hear(&w.gate, w.ours[known], 3, 10) != NULL);
    for (size_t i = 0; i < 2 * SC_GATE_MAX_STRANGERS; i++) {
        add(&w, 1);
    }
    CHECK_U64(sc_gate_sweep(&w.gate, 1 + SC_GATE_STRANGER_MS),
              SC_GATE_STRANGER);
    CHECK(!is_cut(&w, w.n - 1));
    CHECK_U64(sc_gate_sweep(&w.gate, 2 + SC_GATE_STRANGER_MS),
              SC_GATE_STRANGER);
    for (size_t i = 0; i < w.n; i++) {
        CHECK_U64(is_cut(&w, i), i != known);
    }
    world_close(&w);
}

static void test_surplus_of_a_party(void **state)
{
    world w;
    size_t at[4];

    (void)state;
    world_open(&w);
    for (size_t i = 0; i < 4; i++) {
        at[i] = add(&w, i);
        CHECK(sc_gate_hear(&w.gate, w.ours[at[i]], 1, 10) != NULL);
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK_U64(is_cut(&w, at[i]), i < 4 - SC_GATE_MAX_OF_PARTY);
    }
    /* A connection has one key for life. */
    CHECK(sc_gate_hear(&w.gate, w.ours[at[3]], 2, 10) == NULL);
    CHECK(sc_gate_hear(&w.gate, w.ours[at[3]], 1, 10) != NULL);
    CHECK(!sc_gate_has(&w.gate, 1));
    sc_gate_hear(&w.gate, w.ours[at[3]], 1, 10)->said_hello = 1;
    CHECK(sc_gate_has(&w.gate, 1));
    CHECK(!sc_gate_has(&w.gate, 2));
    sc_gate_cut_party(&w.gate, 1);
    CHECK(!sc_gate_has(&w.gate, 1));
    CHECK(is_cut(&w, at[3]) && is_cut(&w, at[2]));
    world_close(&w);
}

/* Push len bytes through connection i and read them, as libzmq does. */
static void pump(const world *w, size_t i, size_t len)
{
    static uint8_t b[65536];

    while (len > 0) {
        size_t n = len < sizeof b ? len : sizeof b;
        ssize_t put = send(w->theirs[i], b, n, 0);

        CHECK(put > 0);
        for (ssize_t got = 0; got < put;) {
            ssize_t r = recv(w->ours[i], b, (size_t)(put - got), 0);

            CHECK(r > 0);
            got += r;
        }
        len -= (size_t)put;
    }
}

static void test_unread(void **state)
{
    world w;
    size_t a, b, c;
    static uint8_t some[50000];

    (void)state;
    world_open(&w);
    a = add(&w, 0); /* delivers what it sends */
    b = add(&w, 0); /* sends a message without an end */
    c = add(&w, 0); /* the same, as a stranger */
    CHECK(sc_gate_hear(&w.gate, w.ours[a], 1, 0) != NULL);
    CHECK(sc_gate_hear(&w.gate, w.ours[b], 2, 0) != NULL);
    pump(&w, a, SC_GATE_MAX_UNREAD + 1);
    CHECK(sc_gate_hear(&w.gate, w.ours[a], 1, 1) != NULL);
    pump(&w, b, SC_GATE_MAX_UNREAD);
    pump(&w, c, SC_GATE_STRANGER_UNREAD);
    CHECK(send(w.theirs[b], some, sizeof some, 0) == sizeof some);
    CHECK_U64(sc_gate_sweep(&w.gate, 0), SC_GATE_STRANGER); /* in the kernel */
    CHECK(!is_cut(&w, a) && !is_cut(&w, b) && !is_cut(&w, c));
    pump(&w, c, 1);
    CHECK_U64(sc_gate_sweep(&w.gate, 0), SC_GATE_STRANGER);
    CHECK(is_cut(&w, c));
    CHECK(recv(w.ours[b], some, 1, 0) == 1);
    CHECK_U64(sc_gate_sweep(&w.gate, 0), 2);
    CHECK(!is_cut(&w, a) && is_cut(&w, b));
    world_close(&w);
}

/* A descriptor that means something else by now is not touched. */
static void test_descriptor_used_anew(void **state)
{
    world w;
    size_t i, other;
    sc_gate_entry old;

    (void)state;
    world_open(&w);
    i = add(&w, 0);
    other = add(&w, 0);
    CHECK(sc_gate_close(&w.gate, &old, w.ours[other]));
    CHECK(dup2(w.ours[other], w.ours[i]) >= 0); /* unknown to the gate */
    CHECK_U64(sc_gate_sweep(&w.gate, SC_GATE_STRANGER_MS + 1),
              SC_GATE_STRANGER);
    CHECK(!is_cut(&w, other));
    CHECK_U64(w.gate.n_cut, 0);
    sc_gate_accept(&w.gate, w.ours[i], 9); /* and now it is told */
    CHECK_U64(w.gate.n_entries, 1);
    CHECK(sc_gate_hear(&w.gate, w.ours[i], 0, 1) != NULL);
    world_close(&w);
}

static void test_full_table(void **state)
{
    world w;

    (void)state;
    world_open(&w);
    for (size_t i = 0; i < SC_GATE_MAX; i++) {
        add(&w, 0);
    }
    add(&w, 0);
    CHECK_U64(w.gate.n_entries, SC_GATE_MAX);
    CHECK(is_cut(&w, SC_GATE_MAX));
    CHECK(sc_gate_hear(&w.gate, w.ours[SC_GATE_MAX], 0, 1) == NULL);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_known_ones_stay),
        cmocka_unit_test(test_surplus_of_a_party),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_descriptor_used_anew),
        cmocka_unit_test(test_full_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
