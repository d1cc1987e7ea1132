/* tests/unit/test_queue.c: order, bounds, deadlines, closing, the eventfd; and
 * many threads at once (`make tsan` runs this file too). */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "tests/kat.h"

#define CAPACITY 3

static int is_readable(const sc_queue *q)
{
    struct pollfd p = {.fd = sc_queue_fd(q), .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

/* All puts and takes of up to 12 steps against an array: bit i of steps says
 * what step i is. */
static void test_is_a_bounded_fifo(void **state)
{
    static int items[16];

    (void)state;
    for (unsigned steps = 0; steps < 1u << 12; steps++) {
        size_t n_put = 0, n_taken = 0;
        sc_queue *q = NULL;

        CHECK_OK(sc_queue_new(&q, CAPACITY, NULL));
        for (unsigned i = 0; i < 12; i++) {
            void *got = NULL;
            size_t len = n_put - n_taken;

            CHECK_U64(sc_queue_len(q), len);
            CHECK(is_readable(q) == (len > 0));
            if ((steps >> i & 1) != 0) {
                CHECK_ERR(len < CAPACITY ? SC_OK : SC_E_TIMEOUT,
                          sc_queue_put(q, &items[n_put], 0));
                n_put += len < CAPACITY;
            } else {
                CHECK_ERR(len > 0 ? SC_OK : SC_E_TIMEOUT,
                          sc_queue_take(q, &got, 0));
                CHECK(got == (len > 0 ? (void *)&items[n_taken] : NULL));
                n_taken += len > 0;
            }
        }
        sc_queue_free(&q);
        CHECK(q == NULL);
    }
}

static void test_deadlines(void **state)
{
    uint64_t deadline = sc_clock_ms() + 30;
    sc_queue *q = NULL;
    void *item = NULL;
    int x = 0;

    (void)state;
    CHECK_OK(sc_queue_new(&q, 1, NULL));
    CHECK_ERR(SC_E_TIMEOUT, sc_queue_take(q, &item, deadline));
    CHECK(sc_clock_ms() >= deadline); /* never early */
    CHECK_ERR(SC_E_TIMEOUT, sc_queue_take(q, &item, deadline)); /* past */
    CHECK_OK(sc_queue_put(q, &x, deadline)); /* room: no need to wait */
    deadline = sc_clock_ms() + 30;
    CHECK_ERR(SC_E_TIMEOUT, sc_queue_put(q, &x, deadline));
    CHECK(sc_clock_ms() >= deadline);
    CHECK_OK(sc_queue_take(q, &item, SC_NO_DEADLINE));
    CHECK_OK(sc_queue_put(q, &x, SC_NO_DEADLINE));
    sc_queue_free(&q);
}

static void test_close_drains(void **state)
{
    sc_queue *q = NULL;
    void *item = NULL;
    int x = 0;

    (void)state;
    CHECK_OK(sc_queue_new(&q, 2, NULL));
    CHECK_OK(sc_queue_put(q, &x, 0));
    CHECK_OK(sc_queue_put(q, &x, 0));
    sc_queue_close(q);
    sc_queue_close(q);
    CHECK_ERR(SC_E_CANCELLED, sc_queue_put(q, &x, 0));
    CHECK_ERR(SC_E_CANCELLED, sc_queue_put(q, &x, SC_NO_DEADLINE));
    CHECK_OK(sc_queue_take(q, &item, 0));
    CHECK_ERR(SC_E_CANCELLED, sc_queue_put(q, &x, 0)); /* room, but closed */
    CHECK_OK(sc_queue_take(q, &item, SC_NO_DEADLINE));
    CHECK_ERR(SC_E_CANCELLED, sc_queue_take(q, &item, 0));
    CHECK_ERR(SC_E_CANCELLED, sc_queue_take(q, &item, SC_NO_DEADLINE));
    CHECK(is_readable(q)); /* who polls learns that it is closed */
    sc_queue_free(&q);

    CHECK_OK(sc_queue_new(&q, 2, NULL));
    sc_queue_close(q); /* while it is empty */
    CHECK(is_readable(q));
    CHECK_ERR(SC_E_CANCELLED, sc_queue_take(q, &item, SC_NO_DEADLINE));
    sc_queue_free(&q);
}

static int n_freed;

static void free_item(void *item)
{
    n_freed++;
    sc_free(item);
}

static void test_free_releases_what_is_left(void **state)
{
    sc_queue *q = NULL;
    void *item = NULL;

    (void)state;
    CHECK_OK(sc_queue_new(&q, 4, free_item));
    for (int i = 0; i < 3; i++) { /* so that the ring wraps */
        CHECK_OK(sc_queue_put(q, sc_alloc(1, 1), 0));
        CHECK_OK(sc_queue_take(q, &item, 0));
        sc_free(item);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_OK(sc_queue_put(q, sc_alloc(1, 1), 0));
    }
    n_freed = 0;
    sc_queue_free(&q);
    CHECK_I64(n_freed, 3);
    sc_queue_free(&q);
    CHECK_I64(n_freed, 3);
}

/* ---- threads; they report, the test's own thread checks ---------------- */

typedef struct {
    sc_queue *q;
    void *item;
    sc_err err;
    int is_put;
} waiter;

static void *wait_on(void *arg)
{
    waiter *w = arg;

    w->err = w->is_put ? sc_queue_put(w->q, w, SC_NO_DEADLINE)
                       : sc_queue_take(w->q, &w->item, SC_NO_DEADLINE);
    return NULL;
}

static void start(pthread_t *threads, waiter *waiters, size_t n, sc_queue *q,
                  int is_put)
{
    for (size_t i = 0; i < n; i++) {
        waiters[i] = (waiter){.q = q, .err = SC_E_BUG, .is_put = is_put};
        CHECK(pthread_create(&threads[i], NULL, wait_on, &waiters[i]) == 0);
    }
    sc_clock_sleep_ms(20); /* most of them wait by now; right if none does */
}

static void test_close_wakes_everybody(void **state)
{
    pthread_t threads[4];
    waiter waiters[4];

    (void)state;
    for (int is_put = 0; is_put <= 1; is_put++) {
        sc_queue *q = NULL;

        CHECK_OK(sc_queue_new(&q, 1, NULL));
        if (is_put) {
            CHECK_OK(sc_queue_put(q, q, 0)); /* full */
        }
        start(threads, waiters, 4, q, is_put);
        sc_queue_close(q);
        for (size_t i = 0; i < 4; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
            CHECK_ERR(SC_E_CANCELLED, waiters[i].err);
        }
        sc_queue_free(&q);
    }
}

static void test_each_item_wakes_a_taker(void **state)
{
    pthread_t threads[4];
    waiter waiters[4];
    sc_queue *q = NULL;
    int items[4], n_seen[4] = {0};

    (void)state;
    CHECK_OK(sc_queue_new(&q, 4, NULL));
    start(threads, waiters, 4, q, 0);
    for (size_t i = 0; i < 4; i++) {
        CHECK_OK(sc_queue_put(q, &items[i], 0));
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK_OK(waiters[i].err);
        n_seen[(int *)waiters[i].item - items]++;
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK_I64(n_seen[i], 1);
    }
    sc_queue_free(&q);
}

#define N_SIDES 3
#define N_ITEMS 3000

typedef struct {
    sc_queue *q;
    unsigned n_seen[N_SIDES][N_ITEMS]; /* by taker: whose item, which */
    int is_disordered;
    int is_polling;
    sc_err err;
} side;

static uint32_t numbers[N_SIDES][N_ITEMS]; /* their addresses are the items */
static side putters[N_SIDES], takers[N_SIDES];

static void *put_all(void *arg)
{
    side *me = arg;
    size_t who = (size_t)(me - putters);

    me->err = SC_OK;
    for (size_t i = 0; i < N_ITEMS && me->err == SC_OK; i++) {
        me->err = sc_queue_put(me->q, &numbers[who][i], SC_NO_DEADLINE);
    }
    return NULL;
}

static void *take_all(void *arg)
{
    side *me = arg;
    size_t last[N_SIDES] = {0};

    for (;;) {
        struct pollfd p = {.fd = sc_queue_fd(me->q), .events = POLLIN};
        void *item = NULL;
        size_t at;

        if (me->is_polling) {
            poll(&p, 1, -1); /* as the thread of the sockets does */
        }
        me->err =
            sc_queue_take(me->q, &item, me->is_polling ? 0 : SC_NO_DEADLINE);
        if (me->err == SC_E_TIMEOUT) {
            continue; /* another taker was faster */
        }
        if (me->err != SC_OK) {
            return NULL;
        }
        at = (size_t)((uint32_t *)item - &numbers[0][0]);
        me->n_seen[at / N_ITEMS][at % N_ITEMS]++;
        me->is_disordered |= at % N_ITEMS + 1 <= last[at / N_ITEMS];
        last[at / N_ITEMS] = at % N_ITEMS + 1;
    }
}

/* Every item arrives once, and each taker sees a putter's items in order. */
static void test_many_threads(void **state)
{
    pthread_t put[N_SIDES], take[N_SIDES];
    sc_queue *q = NULL;

    (void)state;
    CHECK_OK(sc_queue_new(&q, 7, NULL));
    for (size_t i = 0; i < N_SIDES; i++) {
        putters[i].q = takers[i].q = q;
        takers[i].is_polling = i == 0;
        CHECK(pthread_create(&take[i], NULL, take_all, &takers[i]) == 0);
        CHECK(pthread_create(&put[i], NULL, put_all, &putters[i]) == 0);
    }
    for (size_t i = 0; i < N_SIDES; i++) {
        CHECK(pthread_join(put[i], NULL) == 0);
        CHECK_OK(putters[i].err);
    }
    sc_queue_close(q);
    for (size_t i = 0; i < N_SIDES; i++) {
        CHECK(pthread_join(take[i], NULL) == 0);
        CHECK_ERR(SC_E_CANCELLED, takers[i].err);
        CHECK(!takers[i].is_disordered);
    }
    for (size_t who = 0; who < N_SIDES; who++) {
        for (size_t i = 0; i < N_ITEMS; i++) {
            unsigned n_seen = 0;

            for (size_t t = 0; t < N_SIDES; t++) {
                n_seen += takers[t].n_seen[who][i];
            }
            CHECK_U64(n_seen, 1);
        }
    }
    sc_queue_free(&q);
}

/* ---- errors ------------------------------------------------------------- */

static size_t n_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t n = 0;

    CHECK(folder != NULL);
    while (readdir(folder) != NULL) {
        n++;
    }
    closedir(folder);
    return n;
}

static sc_err make_and_free(void *arg)
{
    sc_queue *q = NULL;
    sc_err err = sc_queue_new(&q, 4, NULL);

    (void)arg;
    CHECK((q == NULL) == (err != SC_OK));
    sc_queue_free(&q);
    return err;
}

static void test_rejects(void **state)
{
    size_t n_before = n_descriptors();
    sc_queue *q = NULL;

    (void)state;
    CHECK_ERR(SC_E_ARG, sc_queue_new(&q, 0, NULL));
    CHECK_ERR(SC_E_MEM, sc_queue_new(&q, SIZE_MAX, NULL));
    CHECK(q == NULL);
    CHECK_ALLOC(make_and_free, NULL);
    CHECK_U64(n_descriptors(), n_before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_a_bounded_fifo),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_close_drains),
        cmocka_unit_test(test_free_releases_what_is_left),
        cmocka_unit_test(test_close_wakes_everybody),
        cmocka_unit_test(test_each_item_wakes_a_taker),
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_rejects),
    };

    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
