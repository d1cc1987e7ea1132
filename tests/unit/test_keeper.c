/* tests/unit/test_keeper.c: four replicas in one process, messages handed over
 * directly; restarts, a silent party, a damaged file, a slow and a full disk
 * (fdatasync and write below stand before the C library's). */
#define _DEFAULT_SOURCE /* syscall */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "ledger/keeper.h"
#include "net/messages.h"
#include "tests/kat.h"

#define N       4
#define LONG_MS 20000

typedef struct world world;
typedef struct {
    world *w;
    size_t me;
} mouth;

struct world {
    char dir[64];
    sc_roster roster;
    sc_keys keys[N];
    sc_chain *chain[N];
    sc_keeper *keeper[N];
    mouth mouths[N];
    int is_deaf[N]; /* gets nothing, says nothing */
    int is_told[N]; /* of a replica that is ahead: CONFLICT with its size */
    size_t n_appends;
    sc_buf last_append; /* the entry */
    pthread_mutex_t lock;
};

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

static _Atomic(const char *) unwritable = NULL; /* a file, by its path's end */

ssize_t write(int fd, const void *p, size_t len)
{
    const char *end = unwritable;
    char link[32], path[512];
    ssize_t n = 0;

    if (end != NULL) {
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        n = readlink(link, path, sizeof path - 1);
        path[n < 0 ? 0 : n] = '\0';
        if (n >= (ssize_t)strlen(end) &&
            strcmp(path + n - strlen(end), end) == 0) {
            errno = ENOSPC;
            return -1;
        }
    }
    return syscall(SYS_write, fd, p, len);
}

static void say(void *ctx, size_t party, const sc_frame *f)
{
    mouth *m = ctx;
    world *w = m->w;

    sc_msg_conflict conflict;
    sc_msg_append append;

    pthread_mutex_lock(&w->lock);
    if (f->type == SC_MSG_CONFLICT &&
        sc_msg_conflict_get(&conflict, f) == SC_OK && w->chain[party] != NULL &&
        conflict.size > sc_chain_head(w->chain[party]).size) {
        w->is_told[party] = 1;
    }
    if (f->type == SC_MSG_APPEND && sc_msg_append_get(&append, f) == SC_OK) {
        w->n_appends++;
        sc_buf_reset(&w->last_append);
        CHECK_OK(sc_buf_put_bytes(&w->last_append, append.entry));
    }
    if (w->keeper[party] != NULL && !w->is_deaf[party] && !w->is_deaf[m->me]) {
        sc_keeper_take(w->keeper[party], m->me, f);
    }
    pthread_mutex_unlock(&w->lock);
}

/* A party that is deaf gets nothing and is not heard. */
static void set_deaf(world *w, size_t p, int is_deaf)
{
    pthread_mutex_lock(&w->lock);
    w->is_deaf[p] = is_deaf;
    pthread_mutex_unlock(&w->lock);
}

static char *party_dir(const world *w, size_t p)
{
    sc_buf b = {0};

    CHECK_OK(sc_buf_printf(&b, "%s/%zu", w->dir, p));
    CHECK_OK(sc_buf_terminate(&b));
    return (char *)b.p;
}

static sc_err try_start(world *w, size_t p, sc_fault *why)
{
    char *dir = party_dir(w, p);
    sc_chain *chain = NULL;
    sc_keeper *keeper = NULL;
    sc_err err = sc_chain_open(&chain, dir, &w->roster, p, why);

    if (err == SC_OK) {
        sc_keeper_config config = {dir, chain,       &w->roster,
                                   p,   &w->keys[p], {say, &w->mouths[p]},
                                   NULL};

        err = sc_keeper_new(&keeper, &config, why);
    }
    pthread_mutex_lock(&w->lock);
    w->chain[p] = chain;
    w->keeper[p] = keeper;
    for (size_t q = 0; q < N && keeper != NULL; q++) {
        if (q != p && w->keeper[q] != NULL) { /* both links come up */
            sc_keeper_take(keeper, q, NULL);
            sc_keeper_take(w->keeper[q], p, NULL);
        }
    }
    pthread_mutex_unlock(&w->lock);
    sc_free(dir);
    return err;
}

static void start(world *w, size_t p)
{
    sc_fault why = {0};

    if (try_start(w, p, &why) != SC_OK) {
        char text[1024];

        sc_fault_print(text, sizeof text, &why);
        fail_msg("party %zu does not start: %s", p, text);
    }
}

static void stop(world *w, size_t p)
{
    sc_keeper *keeper;
    sc_chain *chain;

    pthread_mutex_lock(&w->lock);
    keeper = w->keeper[p];
    chain = w->chain[p];
    w->keeper[p] = NULL;
    w->chain[p] = NULL;
    pthread_mutex_unlock(&w->lock);
    sc_keeper_free(&keeper);
    sc_chain_free(&chain);
}

static int set_up(void **state)
{
    static const char *const names[N] = {"alice", "bob", "carol", "dora"};
    world *w = sc_alloc(1, sizeof *w);
    sc_rng rng = sc_rng_system();

    pthread_mutex_init(&w->lock, NULL);
    snprintf(w->dir, sizeof w->dir, "/tmp/sc-keeper-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->roster.origin, sizeof w->roster.origin, "test.example/chain/1");
    w->roster.n_parties = N;
    w->roster.quorum = 3;
    memset(w->roster.digest, 7, sizeof w->roster.digest);
    for (size_t p = 0; p < N; p++) {
        sc_roster_party *r = &w->roster.parties[p];

        CHECK_OK(sc_keys_generate(&w->keys[p], &rng));
        snprintf(r->name, sizeof r->name, "%s", names[p]);
        CHECK_OK(sc_did_make(r->did, w->keys[p].identity.pk));
        memcpy(r->identity, w->keys[p].identity.pk, SC_KEY_LEN);
        memcpy(r->log, w->keys[p].log.pk, SC_KEY_LEN);
        memcpy(r->cosigner, w->keys[p].cosigner.pk, SC_KEY_LEN);
        w->mouths[p] = (mouth){w, p};
    }
    CHECK_OK(sc_roster_check(&w->roster, NULL));
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;
    char command[128];

    for (size_t p = 0; p < N; p++) {
        stop(w, p);
        sc_keys_clear(&w->keys[p]);
    }
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    (void)!system(command);
    pthread_mutex_destroy(&w->lock);
    sc_buf_clear(&w->last_append);
    sc_free(w);
    return 0;
}

/* A receipt entry of session number k by party p; s comes out. */
static void make_receipt_of(sc_buf *text, const world *w, size_t p,
                            uint8_t s[32], unsigned k)
{
    sc_entry e = {.type = SC_ENTRY_RECEIPT, .n = 3};

    memset(e.d, 1, sizeof e.d);
    sc_store_le64(e.d, k);
    memset(e.i, 2, sizeof e.i);
    sc_store_le64(e.i, k);
    memset(e.s, 3, sizeof e.s);
    sc_store_le64(e.s, k);
    memcpy(s, e.s, 32);
    memcpy(e.did, w->roster.parties[p].did, sizeof e.did);
    CHECK_OK(sc_entry_sign(&e, &w->keys[p].identity));
    sc_buf_reset(text);
    CHECK_OK(sc_entry_make(text, &e));
}

static void make_receipt(sc_buf *text, const world *w, uint8_t s[32],
                         unsigned k)
{
    make_receipt_of(text, w, k % 2, s, k);
}

static void make_void(sc_buf *text, const world *w, size_t p, unsigned k)
{
    sc_entry e = {.type = SC_ENTRY_VOID, .n = 0};

    memset(e.d, 4, sizeof e.d);
    memset(e.s, 3, sizeof e.s);
    sc_store_le64(e.s, k);
    memcpy(e.did, w->roster.parties[p].did, sizeof e.did);
    sc_entry_statement_id(e.i, e.type, e.did, e.s);
    CHECK_OK(sc_entry_sign(&e, &w->keys[p].identity));
    sc_buf_reset(text);
    CHECK_OK(sc_entry_make(text, &e));
}

static void submit(world *w, size_t p, const sc_buf *text)
{
    CHECK_OK(sc_keeper_submit(w->keeper[p], sc_buf_bytes(text), NULL));
}

static void wait_fate(world *w, size_t p, const uint8_t s[32],
                      sc_entry_type want)
{
    sc_entry_type type = SC_ENTRY_N_TYPES;
    uint64_t index;

    CHECK_OK(sc_keeper_wait_fate(w->keeper[p], &type, &index, s,
                                 sc_clock_ms() + LONG_MS));
    CHECK_U64(type, want);
}

static void check_proof(world *w, size_t p, const uint8_t s[32],
                        const sc_buf *entry)
{
    sc_buf text = {0};
    sc_tlogproof proof;
    sc_roster_head head;
    sc_entry_type type;
    uint64_t index;

    CHECK_OK(sc_chain_fate(w->chain[p], &type, &index, s));
    CHECK_OK(sc_chain_prove(w->chain[p], &text, index, NULL));
    CHECK_OK(sc_tlogproof_take(&proof, sc_buf_bytes(&text)));
    CHECK_OK(
        sc_tlogproof_verify(&head, &proof, &w->roster, sc_buf_bytes(entry), 1));
    sc_buf_clear(&text);
}

/* A checkpoint of before stays good for what it covers, and for nothing else. */
static void check_proof_below(world *w, size_t p, sc_buf *note, uint64_t index)
{
    sc_buf text = {0}, entry = {0};
    sc_tlogproof proof;
    sc_roster_head head;
    sc_chain *c = w->chain[p];

    CHECK_OK(sc_chain_entry(c, &entry, index, NULL));
    CHECK_OK(sc_chain_prove_below(c, &text, index, sc_buf_bytes(note), NULL));
    CHECK_OK(sc_tlogproof_take(&proof, sc_buf_bytes(&text)));
    CHECK_OK(sc_tlogproof_verify(&head, &proof, &w->roster,
                                 sc_buf_bytes(&entry), 1));
    CHECK(head.at.size < sc_chain_published(c).size);
    sc_buf_reset(&text);
    CHECK_ERR(SC_E_NOT_FOUND, sc_chain_prove_below(c, &text, head.at.size,
                                                   sc_buf_bytes(note), NULL));
    for (size_t at = 0; at < note->len; at += 5) {
        note->p[at] ^= 1;
        CHECK(sc_chain_prove_below(c, &text, index, sc_buf_bytes(note), NULL) !=
              SC_OK);
        note->p[at] ^= 1;
    }
    CHECK_U64(text.len, 0);
    sc_buf_clear(&text);
    sc_buf_clear(&entry);
}

static void test_receipt_reaches_every_replica(void **state)
{
    world *w = *state;
    sc_buf text = {0}, first = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 5; k++) {
        make_receipt(&text, w, s, k);
        submit(w, k % N, &text);
        submit(w, (k + 1) % N, &text); /* everybody may */
        for (size_t p = 0; p < N; p++) {
            wait_fate(w, p, s, SC_ENTRY_RECEIPT);
            check_proof(w, p, s, &text);
        }
        if (k == 0) {
            CHECK_OK(sc_chain_checkpoint(w->chain[1], &first));
        }
    }
    CHECK_U64(sc_chain_head(w->chain[1]).size, 6); /* genesis, no doubles */
    check_proof_below(w, 1, &first, 1);
    sc_buf_clear(&first);
    sc_buf_clear(&text);
}

/* Each party brings the same receipt in an entry of its own: one is taken, and
 * nobody owes the log anything. */
static void test_one_receipt_of_many_submitters(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 5; k++) {
        for (size_t p = 0; p < N; p++) {
            make_receipt_of(&text, w, p, s, k);
            submit(w, p, &text);
        }
        for (size_t p = 0; p < N; p++) {
            wait_fate(w, p, s, SC_ENTRY_RECEIPT);
        }
    }
    for (size_t p = 0; p < N; p++) {
        uint64_t until = sc_clock_ms() + LONG_MS;

        while (sc_keeper_owed(w->keeper[p]) > 0 && sc_clock_left(until) > 0) {
            sc_clock_sleep_ms(10);
        }
        CHECK_U64(sc_keeper_owed(w->keeper[p]), 0);
        CHECK_U64(sc_chain_head(w->chain[p]).size, 6);
    }
    sc_buf_clear(&text);
}

static void test_one_may_be_silent_two_may_not(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    sc_entry_type type;
    uint64_t index;
    uint8_t s[32], s2[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    make_receipt(&text, w, s, 0);
    submit(w, 0, &text);
    wait_fate(w, 3, s, SC_ENTRY_RECEIPT);
    set_deaf(w, 3, 1);
    make_receipt(&text, w, s, 1);
    submit(w, 1, &text);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    set_deaf(w, 2, 1);
    make_receipt(&text, w, s2, 2);
    submit(w, 1, &text);
    CHECK_ERR(SC_E_TIMEOUT, sc_keeper_wait_fate(w->keeper[1], &type, &index, s2,
                                                sc_clock_ms() + 600));
    set_deaf(w, 2, 0);
    wait_fate(w, 1, s2, SC_ENTRY_RECEIPT);
    set_deaf(w, 3, 0); /* comes back, catches up */
    stop(w, 3);
    start(w, 3);
    wait_fate(w, 3, s2, SC_ENTRY_RECEIPT);
    sc_buf_clear(&text);
}

/* Was this entry the last that was submitted to the sequencer? */
static int is_last_append(world *w, const sc_buf *text)
{
    int is_last;

    pthread_mutex_lock(&w->lock);
    is_last = sc_bytes_equal_vartime(sc_buf_bytes(&w->last_append),
                                     sc_buf_bytes(text));
    pthread_mutex_unlock(&w->lock);
    return is_last;
}

/* While the sequencer is away, a new entry does not bring all that wait with it:
 * those are said again from time to time. */
static void test_an_entry_is_said_alone(void **state)
{
    enum { N_ENTRIES = 60, RETRY_MS = 2000 };
    world *w = *state;
    sc_buf text = {0};
    uint64_t began = sc_clock_ms(), rounds;
    size_t n;
    uint8_t s[32];

    start(w, 1);
    for (unsigned k = 0; k < N_ENTRIES; k++) {
        uint64_t until = sc_clock_ms() + LONG_MS;

        make_receipt_of(&text, w, 1, s, k);
        submit(w, 1, &text);
        while (!is_last_append(w, &text) && sc_clock_left(until) > 0) {
            sc_clock_sleep_ms(1);
        }
        CHECK(is_last_append(w, &text));
    }
    rounds = 1 + (sc_clock_ms() - began) / RETRY_MS;
    pthread_mutex_lock(&w->lock);
    n = w->n_appends;
    pthread_mutex_unlock(&w->lock);
    CHECK(n >= N_ENTRIES && n <= (1 + rounds) * N_ENTRIES);
    start(w, 0);
    start(w, 2);
    start(w, 3);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    CHECK_U64(sc_chain_head(w->chain[1]).size, 1 + N_ENTRIES);
    sc_buf_clear(&text);
}

static void test_first_of_receipt_and_void_decides(void **state)
{
    world *w = *state;
    sc_buf receipt = {0}, voided = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 4; k++) {
        sc_entry_type first;
        uint64_t index;

        make_receipt(&receipt, w, s, k);
        make_void(&voided, w, 2, k);
        submit(w, 1, k % 2 ? &receipt : &voided);
        submit(w, 2, k % 2 ? &voided : &receipt);
        CHECK_OK(sc_keeper_wait_fate(w->keeper[1], &first, &index, s,
                                     sc_clock_ms() + LONG_MS));
        for (size_t p = 0; p < N; p++) {
            wait_fate(w, p, s, first);
        }
    }
    sc_buf_clear(&receipt);
    sc_buf_clear(&voided);
}

static void test_restart_keeps_all_and_owes_what_it_owed(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    uint8_t s[32], last[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 300; k++) { /* over one full tile */
        make_receipt(&text, w, s, k);
        submit(w, 0, &text);
        if (k ==
            0) { /* what comes before the genesis is asked for again later */
            wait_fate(w, 2, s, SC_ENTRY_RECEIPT);
        }
    }
    wait_fate(w, 2, s, SC_ENTRY_RECEIPT);
    wait_fate(w, 3, s, SC_ENTRY_RECEIPT);
    set_deaf(w, 1, 1);
    make_receipt(&text, w, last, 300);
    submit(w, 1, &text); /* into the outbox only */
    stop(w, 1);
    for (size_t p = 0; p < N; p++) {
        if (p != 1) {
            stop(w, p);
        }
    }
    set_deaf(w, 1, 0);
    for (size_t p = 0; p < N; p++) {
        start(w, p);
        assert_true(sc_chain_head(w->chain[p]).size >= 301 || p == 1);
    }
    wait_fate(w, 0, last, SC_ENTRY_RECEIPT);
    wait_fate(w, 1, last, SC_ENTRY_RECEIPT);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    CHECK_U64(sc_chain_head(w->chain[0]).size, 302);
    sc_buf_clear(&text);
}

static void shell(const char *format, const char *dir)
{
    char command[256];

    snprintf(command, sizeof command, format, dir, dir);
    assert_int_equal(system(command), 0);
}

/* The sequencer's folder is an old copy: it has fewer entries than the others
 * hold, who tell it so instead of signing; put back, the log goes on. */
static void test_restored_sequencer_is_told(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    uint64_t until = sc_clock_ms() + LONG_MS;
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    make_receipt(&text, w, s, 0);
    submit(w, 0, &text);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    stop(w, 0);
    shell("cp -r %s/0 %s/old", w->dir);
    start(w, 0);
    make_receipt(&text, w, s, 1);
    submit(w, 0, &text);
    for (size_t p = 0; p < N; p++) {
        wait_fate(w, p, s, SC_ENTRY_RECEIPT);
    }
    CHECK_U64(w->is_told[0], 0);
    stop(w, 0);
    shell("mv %s/0 %s/new", w->dir);
    shell("mv %s/old %s/0", w->dir);
    start(w, 0);
    while (sc_clock_left(until) > 0) {
        int is_told;

        pthread_mutex_lock(&w->lock);
        is_told = w->is_told[0];
        pthread_mutex_unlock(&w->lock);
        if (is_told) {
            break;
        }
        sc_clock_sleep_ms(10);
    }
    CHECK_U64(w->is_told[0], 1);
    CHECK_U64(sc_chain_head(w->chain[1]).size, 3);
    stop(w, 0);
    shell("mv %s/0 %s/bad", w->dir);
    shell("mv %s/new %s/0", w->dir);
    start(w, 0);
    make_receipt(&text, w, s, 2);
    submit(w, 1, &text);
    for (size_t p = 0; p < N; p++) {
        wait_fate(w, p, s, SC_ENTRY_RECEIPT);
    }
    sc_buf_clear(&text);
}

/* A tile tells the byte, a bundle or journal where the entry or record begins
 * that holds it; the checkpoint is one statement. */
static void check_offset(const char *name, size_t at, const char *text)
{
    const char *said = strstr(text, "offset ");

    if (strstr(name, "checkpoint") != NULL) {
        return;
    }
    assert_non_null(said);
    if (strstr(name, "tile/0") != NULL) {
        CHECK_U64(strtoull(said + strlen("offset "), NULL, 10), at);
    } else if (strstr(name, "tile/entries") != NULL) {
        assert_true(strtoull(said + strlen("offset "), NULL, 10) <= at);
    }
}

/* Flip one bit in a stored file of party 1: it must not start, or start and
 * hold exactly what it held. */
static void flip_and_start(world *w, const char *name)
{
    sc_buf path = {0}, data = {0};
    sc_fault why = {0};
    uint64_t held;

    CHECK_OK(sc_buf_printf(&path, "%s/1/%s", w->dir, name));
    CHECK_OK(sc_buf_terminate(&path));
    CHECK_OK(sc_file_read(&data, (char *)path.p, (size_t)1 << 24, NULL));
    assert_true(data.len > 0);
    for (size_t i = 0; i < 40; i++) {
        size_t at = data.len * i / 40;
        sc_err err;

        data.p[at] ^= (uint8_t)(1u << (i % 8));
        CHECK_OK(
            sc_file_replace((char *)path.p, sc_buf_bytes(&data), 0600, NULL));
        why = (sc_fault){0};
        err = try_start(w, 1, &why);
        if (err == SC_OK) {
            print_message("%s: bit at %zu goes unnoticed\n", name, at);
            held = sc_chain_head(w->chain[1]).size;
            CHECK_U64(held, sc_chain_head(w->chain[0]).size);
        } else {
            CHECK_U64(err, SC_E_CORRUPT);
            assert_non_null(strstr(why.file, name));
            check_offset(name, at, why.text);
        }
        assert_int_not_equal(err, SC_OK);
        data.p[at] ^= (uint8_t)(1u << (i % 8));
        CHECK_OK(
            sc_file_replace((char *)path.p, sc_buf_bytes(&data), 0600, NULL));
    }
    start(w, 1);
    stop(w, 1);
    sc_buf_clear(&path);
    sc_buf_clear(&data);
}

static void test_flipped_bits_are_named(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 3; k++) {
        make_receipt(&text, w, s, k);
        submit(w, 1, &text);
        wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    }
    stop(w, 1);
    flip_and_start(w, "chain/tile/entries/000.p/4");
    flip_and_start(w, "chain/tile/0/000.p/4");
    flip_and_start(w, "chain/tile/entries/000.p/2"); /* older, narrower */
    flip_and_start(w, "chain/tile/0/000.p/3");
    flip_and_start(w, "chain/checkpoint");
    flip_and_start(w, "chain-private/heads.journal");
    flip_and_start(w, "chain-private/wal.000001");
    sc_buf_clear(&text);
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
            CHECK_U64(w->is_told[q], 0);
        }
        CHECK_U64(sc_keeper_owed(w->keeper[2]), p == 0);
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
        cmocka_unit_test_setup_teardown(test_receipt_reaches_every_replica,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_receipt_of_many_submitters,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_may_be_silent_two_may_not,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_entry_is_said_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_first_of_receipt_and_void_decides,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_restart_keeps_all_and_owes_what_it_owed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_restored_sequencer_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_flipped_bits_are_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_messages_do_not_wait_for_the_disk,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_ones_own, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
