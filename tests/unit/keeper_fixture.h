/* tests/unit/keeper_fixture.h: four replicas in one process, messages handed over
 * directly. */
#ifndef SC_TESTS_KEEPER_FIXTURE_H
#define SC_TESTS_KEEPER_FIXTURE_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    char dir[96];
    sc_roster roster;
    sc_keys keys[N];
    sc_chain *chain[N];
    sc_keeper *keeper[N];
    mouth mouths[N];
    int is_deaf[N];    /* gets nothing, says nothing */
    int is_told[N];    /* of a replica that is ahead: CONFLICT with its size */
    size_t n_heads[N]; /* HEADs said to each */
    size_t n_cosigns[N]; /* COSIGNs said by each */
    size_t n_appends;
    sc_buf last_append; /* the entry */
    pthread_mutex_t lock;
};

__attribute__((unused)) static void say(void *ctx, size_t party,
                                        const sc_frame *f)
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
    w->n_heads[party] += f->type == SC_MSG_HEAD;
    w->n_cosigns[m->me] += f->type == SC_MSG_COSIGN;
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
__attribute__((unused)) static void set_deaf(world *w, size_t p, int is_deaf)
{
    pthread_mutex_lock(&w->lock);
    w->is_deaf[p] = is_deaf;
    pthread_mutex_unlock(&w->lock);
}

__attribute__((unused)) static int is_told(world *w, size_t p)
{
    int is;

    pthread_mutex_lock(&w->lock);
    is = w->is_told[p];
    pthread_mutex_unlock(&w->lock);
    return is;
}

__attribute__((unused)) static char *party_dir(const world *w, size_t p)
{
    sc_buf b = {0};

    CHECK_OK(sc_buf_printf(&b, "%s/%zu", w->dir, p));
    CHECK_OK(sc_buf_terminate(&b));
    return (char *)b.p;
}

__attribute__((unused)) static sc_err try_start(world *w, size_t p,
                                                sc_fault *why)
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

__attribute__((unused)) static void start(world *w, size_t p)
{
    sc_fault why = {0};

    if (try_start(w, p, &why) != SC_OK) {
        char text[1024];

        sc_fault_print(text, sizeof text, &why);
        fail_msg("party %zu does not start: %s", p, text);
    }
}

__attribute__((unused)) static void stop(world *w, size_t p)
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

__attribute__((unused)) static int set_up(void **state)
{
    static const char *const names[N] = {"alice", "bob", "carol", "dora"};
    const char *tmp = getenv("TMPDIR");
    world *w = sc_alloc(1, sizeof *w);
    sc_rng rng = sc_rng_system();

    pthread_mutex_init(&w->lock, NULL);
    snprintf(w->dir, sizeof w->dir, "%s/sc-keeper-XXXXXX",
             tmp != NULL ? tmp : "/tmp");
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

__attribute__((unused)) static int tear_down(void **state)
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
__attribute__((unused)) static void make_receipt_of(sc_buf *text,
                                                    const world *w, size_t p,
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

__attribute__((unused)) static void make_receipt(sc_buf *text, const world *w,
                                                 uint8_t s[32], unsigned k)
{
    make_receipt_of(text, w, k % 2, s, k);
}

__attribute__((unused)) static void make_void(sc_buf *text, const world *w,
                                              size_t p, unsigned k)
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

__attribute__((unused)) static void submit(world *w, size_t p,
                                           const sc_buf *text)
{
    CHECK_OK(sc_keeper_submit(w->keeper[p], sc_buf_bytes(text), NULL));
}

__attribute__((unused)) static void
wait_fate(world *w, size_t p, const uint8_t s[32], sc_entry_type want)
{
    sc_entry_type type = SC_ENTRY_N_TYPES;
    uint64_t index;

    CHECK_OK(sc_keeper_wait_fate(w->keeper[p], &type, &index, s,
                                 sc_clock_ms() + LONG_MS));
    CHECK_U64(type, want);
}

/* Party p owes the log n entries, soon: one that is in the log leaves the outbox a
 * little later. */
__attribute__((unused)) static void wait_owed(world *w, size_t p, size_t n)
{
    uint64_t until = sc_clock_ms() + LONG_MS;

    while (sc_keeper_owed(w->keeper[p]) != n && sc_clock_left(until) > 0) {
        sc_clock_sleep_ms(10);
    }
    CHECK_U64(sc_keeper_owed(w->keeper[p]), n);
}

__attribute__((unused)) static void
check_proof(world *w, size_t p, const uint8_t s[32], const sc_buf *entry)
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
__attribute__((unused)) static void
check_proof_below(world *w, size_t p, sc_buf *note, uint64_t index)
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

__attribute__((unused)) static void shell(const char *format, const char *dir)
{
    char command[256];

    snprintf(command, sizeof command, format, dir, dir);
    assert_int_equal(system(command), 0);
}

#endif
