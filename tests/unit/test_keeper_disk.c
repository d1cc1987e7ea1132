/* tests/unit/test_keeper_disk.c: a keeper whose disk is slow, or full (fdatasync here
 * and write of full_disk.h stand before the C library's). */
#define _DEFAULT_SOURCE /* syscall */
#include "tests/unit/full_disk.h"
#include "tests/unit/keeper_fixture.h"

/* ---- a disk that takes its time ------------------------------------------ */

/* A journal's sync on the slow thread ends when it is let go; the library finds
 * this fdatasync in front of libc's. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t slow;
    int has_slow;
    int is_within; /* it waits here */
    int is_let_go;
    int is_in_vain; /* nobody let it go in time */
} disk;

static disk the_disk = {.lock = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER};

/* Locked. 0: not in time. */
static int wait_disk(disk *d, const int *claim)
{
    struct timespec until;
    int err = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LONG_MS / 1000;
    while (!*claim && err == 0) {
        err = pthread_cond_timedwait(&d->changed, &d->lock, &until);
    }
    return *claim;
}

static void set_disk(disk *d, int *claim)
{
    pthread_mutex_lock(&d->lock);
    *claim = 1;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

int fdatasync(int fd)
{
    disk *d = &the_disk;

    pthread_mutex_lock(&d->lock);
    if (d->has_slow && pthread_equal(d->slow, pthread_self())) {
        d->is_within = 1;
        pthread_cond_broadcast(&d->changed);
        d->is_in_vain = !wait_disk(d, &d->is_let_go);
    }
    pthread_mutex_unlock(&d->lock);
    return fsync(fd);
}

typedef struct {
    sc_keeper *keeper;
    const sc_buf *entry;
    sc_err err;
} submission;

static void *submit_slowly(void *arg)
{
    submission *s = arg;

    pthread_mutex_lock(&the_disk.lock);
    the_disk.slow = pthread_self();
    the_disk.has_slow = 1;
    pthread_mutex_unlock(&the_disk.lock);
    s->err = sc_keeper_submit(s->keeper, sc_buf_bytes(s->entry), NULL);
    return NULL;
}

/* Whoever hands over messages is the thread that serves all peers: it gets on
 * while an entry's way to the disk holds up all else of the keeper, whatever
 * they send. */
static void test_messages_do_not_wait_for_the_disk(void **state)
{
    world *w = *state;
    sc_buf text = {0}, room = {0};
    sc_msg_want want = {.from = 0};
    submission s;
    sc_frame f;
    pthread_t thread;
    int is_within;

    start(w, 0);
    make_void(&text, w, 0, 1); /* a receipt's entry needs no sync */
    s = (submission){w->keeper[0], &text, SC_E_BUG};
    CHECK_U64(pthread_create(&thread, NULL, submit_slowly, &s), 0);
    pthread_mutex_lock(&the_disk.lock);
    is_within = wait_disk(&the_disk, &the_disk.is_within);
    pthread_mutex_unlock(&the_disk.lock);
    CHECK_OK(sc_msg_want_put(&f, &room, &want));
    for (size_t i = 0; i < 2000; i++) { /* more than may wait, and its queue */
        sc_keeper_take(w->keeper[0], 1 + i % (N - 1), i % 7 == 0 ? NULL : &f);
    }
    set_disk(&the_disk, &the_disk.is_let_go);
    pthread_join(thread, NULL);
    CHECK(is_within);
    CHECK(!the_disk.is_in_vain);
    CHECK_OK(s.err);
    pthread_mutex_lock(&the_disk.lock);
    the_disk.has_slow = the_disk.is_within = the_disk.is_let_go = 0;
    pthread_mutex_unlock(&the_disk.lock);
    for (size_t p = 1; p < N; p++) { /* and all goes on */
        start(w, p);
    }
    for (size_t p = 0; p < N; p++) {
        CHECK_OK(sc_keeper_wait_size(w->keeper[p], 2, sc_clock_ms() + LONG_MS));
    }
    sc_buf_clear(&text);
    sc_buf_clear(&room);
}

static void wait_broken(world *w, size_t p)
{
    uint64_t until = sc_clock_ms() + LONG_MS;

    while (!sc_chain_is_broken(w->chain[p]) && sc_clock_left(until) > 0) {
        sc_clock_sleep_ms(10);
    }
    CHECK(sc_chain_is_broken(w->chain[p]));
}

/* Party p can note no head. It stands still and knows that it is its own disk:
 * nobody's history is doubted, nobody else stands still for it; opened anew it
 * has what the others have. As cosigner, then as sequencer. */
static void test_a_full_disk_is_ones_own(void **state)
{
    static const char *const heads[] = {"/0/chain-private/heads.journal",
                                        "/1/chain-private/heads.journal"};
    world *w = *state;
    sc_buf text = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (size_t p = 2; p-- > 0;) {
        make_receipt(&text, w, s, (unsigned)(2 * p));
        submit(w, 2, &text);
        wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
        unwritable = heads[p];
        make_receipt(&text, w, s, (unsigned)(2 * p + 1));
        submit(w, 2, &text);
        wait_broken(w, p);
        if (p > 0) { /* the others are a quorum */
            wait_fate(w, 2, s, SC_ENTRY_RECEIPT);
        }
        for (size_t q = 0; q < N; q++) {
            CHECK_U64(sc_chain_is_broken(w->chain[q]), q == p);
            CHECK(!is_told(w, q));
        }
        wait_owed(w, 2, p == 0);
        stop(w, p);
        unwritable = NULL;
        start(w, p);
        for (size_t q = 0; q < N; q++) {
            wait_fate(w, q, s, SC_ENTRY_RECEIPT);
        }
        shell("! ls %s/0/chain-private %s/1/chain-private | grep evidence",
              w->dir);
    }
    sc_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_messages_do_not_wait_for_the_disk,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_ones_own, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
