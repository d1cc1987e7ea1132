/* ledger/keeper.c: see the header. */
#include "ledger/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/queue.h"
#include "ledger/cosigner.h"
#include "ledger/outbox.h"
#include "ledger/sequencer.h"

#define QUEUE_LEN      1024
#define PARTY_MESSAGES 64                /* of one party, waiting */
#define PARTY_BYTES    ((size_t)4 << 20) /* of these */
#define MAX_DRAIN      64 /* messages before the sequencer goes on */
#define IDLE_MS        250
#define FLUSH_MS       25   /* nothing came for so long: time for the files */
#define LATE_MS        1000 /* or this has passed, whatever peers go on saying */
#define RETRY_MS       2000 /* entries not yet published are submitted again */

/* What the thread is handed: a message, or news. */
typedef enum { NEWS_MESSAGE, NEWS_LINKED, NEWS_SUBMITTED } news_kind;

typedef struct {
    news_kind kind;
    size_t party;
    uint16_t type;
    sc_buf head, bulk;
} news;

struct sc_keeper {
    sc_chain *chain;
    sc_roster roster;
    size_t me;
    sc_voice voice;
    const sc_log *log;
    char *dir;

    sc_queue *queue;
    pthread_t thread;
    int is_running;

    pthread_mutex_t inbox; /* of these, and held for no write: sc_keeper_take */
    size_t n_waiting[SC_MAX_PARTIES];     /* messages of each party */
    size_t bytes_waiting[SC_MAX_PARTIES]; /* and their bytes */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    sc_outbox outbox;
    int is_closing;
    size_t n_ordering; /* entries that wait at the sequencer */

    /* the thread's alone; one of the two is NULL */
    sc_sequencer *sequencer;
    sc_cosigner *cosigner;
    uint64_t retried_ms;
    uint64_t flushed_ms; /* public files */
    int is_still;        /* they cannot be written */
};

static void news_free(void *item)
{
    news *n = item;

    sc_buf_clear(&n->head);
    sc_buf_clear(&n->bulk);
    sc_free(n);
}

static int is_sequencer(const sc_keeper *k)
{
    return k->me == k->roster.sequencer;
}

/* ---- outbox ------------------------------------------------------------ */

static void submit_one(sc_keeper *k, sc_bytes entry)
{
    sc_msg_append m = {0, entry};
    sc_buf room = {0};
    sc_frame f;

    if (is_sequencer(k)) {
        sc_sequencer_submit(k->sequencer, k->me, entry);
    } else if (sc_msg_append_put(&f, &room, &m) == SC_OK) {
        k->voice.send(k->voice.ctx, k->roster.sequencer, &f);
    }
    sc_buf_clear(&room);
}

/* Text of the next of the outbox's items, from number *at, that was not said;
 * appended. It counts as said. 0 if there is none. */
static int take_unsaid(sc_keeper *k, sc_buf *text, size_t *at)
{
    sc_outbox_item *item = NULL;
    int is_there = 0;

    pthread_mutex_lock(&k->lock);
    while (*at < k->outbox.n_items && !is_there) {
        item = &k->outbox.items[(*at)++];
        is_there = !item->is_said;
    }
    if (is_there) {
        is_there = sc_buf_put_bytes(text, sc_buf_bytes(&item->text)) == SC_OK;
        item->is_said = is_there;
    }
    pthread_mutex_unlock(&k->lock);
    return is_there;
}

/* Speaks without the lock: whoever hears may speak to this keeper. */
static void submit_unsaid(sc_keeper *k)
{
    sc_buf text = {0};
    size_t at = 0;

    while (take_unsaid(k, &text, &at)) {
        submit_one(k, sc_buf_bytes(&text));
        sc_buf_reset(&text);
    }
    sc_buf_clear(&text);
}

/* Also what was said: that it arrived, only the log shows. */
static void submit_all(sc_keeper *k)
{
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < k->outbox.n_items; i++) {
        k->outbox.items[i].is_said = 0;
    }
    pthread_mutex_unlock(&k->lock);
    submit_unsaid(k);
    k->retried_ms = sc_clock_ms();
}

/* Is the matter of this entry settled in the published log? */
static int is_settled(sc_keeper *k, const sc_entry *e)
{
    uint64_t index;
    sc_entry_type fate;

    if (sc_chain_find(k->chain, &index, e->i) == SC_OK) {
        return 1;
    }
    return (e->type == SC_ENTRY_RECEIPT || e->type == SC_ENTRY_VOID ||
            e->type == SC_ENTRY_ABORT) &&
           sc_chain_fate(k->chain, &fate, &index, e->s) == SC_OK;
}

/* Wake who waits for the published log, drop what it has settled. */
static void settle(sc_keeper *k)
{
    pthread_mutex_lock(&k->lock);
    pthread_cond_broadcast(&k->changed);
    for (size_t i = k->outbox.n_items; i-- > 0;) {
        sc_fault why = {0};

        if (is_settled(k, &k->outbox.items[i].entry) &&
            sc_outbox_remove(&k->outbox, i, &why) != SC_OK) {
            sc_log_line(k->log, SC_LOG_ERROR, "ledger", "%s", why.text);
        }
    }
    pthread_mutex_unlock(&k->lock);
}

/* The sequencer says that an entry does not stand. That is its word: only
 * publication settles an entry. */
static void sequenced(sc_keeper *k, const sc_msg_sequenced *m)
{
    if (m->refused == 0 || m->refused == SC_E_STATE) {
        return; /* in the log, or settled otherwise: publication tells */
    }
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < k->outbox.n_items; i++) {
        sc_outbox_item *item = &k->outbox.items[i];

        if (memcmp(item->entry.i, m->id, SC_HASH_LEN) == 0 && !item->is_told) {
            item->is_told = 1;
            sc_log_line(k->log, SC_LOG_ERROR, "ledger",
                        "the sequencer refuses our %s entry: %s",
                        sc_entry_type_name(item->entry.type),
                        m->refused < SC_N_ERRORS
                            ? sc_err_text((sc_err)m->refused)
                            : "unknown reason");
        }
    }
    pthread_mutex_unlock(&k->lock);
}

/* All that this party owes the log, said again. */
static void pay(sc_keeper *k)
{
    settle(k);
    if (k->cosigner != NULL) {
        sc_cosigner_offer_genesis(k->cosigner);
    }
    submit_all(k);
}

/* ---- the thread -------------------------------------------------------- */

/* The sequencer's word on an entry of mine is for the outbox, all else for the
 * role. */
static void take_message(sc_keeper *k, size_t party, const sc_frame *f)
{
    sc_msg_sequenced m;

    if (k->sequencer != NULL) {
        sc_sequencer_take(k->sequencer, party, f);
    } else if (f->type == SC_MSG_SEQUENCED &&
               sc_msg_sequenced_get(&m, f) == SC_OK) {
        sequenced(k, &m);
    } else {
        sc_cosigner_take(k->cosigner, f);
    }
}

static void take_news(sc_keeper *k, const news *n)
{
    sc_frame f = {.type = n->type,
                  .head = sc_buf_bytes(&n->head),
                  .bulk = sc_buf_bytes(&n->bulk)};

    switch (n->kind) {
    case NEWS_SUBMITTED:
        submit_unsaid(k);
        break;
    case NEWS_LINKED:
        if (k->sequencer != NULL) {
            sc_sequencer_linked(k->sequencer, n->party);
        } else if (n->party == k->roster.sequencer) {
            sc_cosigner_linked(k->cosigner);
            pay(k);
        }
        break;
    case NEWS_MESSAGE:
        take_message(k, n->party, &f);
        break;
    }
}

static size_t news_len(const news *n)
{
    return n->head.len + n->bulk.len;
}

/* A message leaves the queue: its party may send another. */
static void forget_waiting(sc_keeper *k, const news *n)
{
    if (n->kind == NEWS_MESSAGE) {
        pthread_mutex_lock(&k->inbox);
        k->n_waiting[n->party]--;
        k->bytes_waiting[n->party] -= news_len(n);
        pthread_mutex_unlock(&k->inbox);
    }
}

/* May a message of this party wait? Then it is counted. */
static int count_waiting(sc_keeper *k, const news *n)
{
    int may_wait = 1;

    if (n->kind == NEWS_MESSAGE) {
        pthread_mutex_lock(&k->inbox);
        may_wait = k->n_waiting[n->party] < PARTY_MESSAGES &&
                   k->bytes_waiting[n->party] + news_len(n) <= PARTY_BYTES;
        if (may_wait) {
            k->n_waiting[n->party]++;
            k->bytes_waiting[n->party] += news_len(n);
        }
        pthread_mutex_unlock(&k->inbox);
    }
    return may_wait;
}

static int is_open(sc_keeper *k)
{
    int open;

    pthread_mutex_lock(&k->lock);
    open = !k->is_closing;
    pthread_mutex_unlock(&k->lock);
    return open;
}

/* Messages that wait are one batch, up to MAX_DRAIN of them. Was there nothing to
 * do for a while? */
static int drain(sc_keeper *k)
{
    int has_work = k->sequencer != NULL && sc_sequencer_has_work(k->sequencer);
    int has_files = !k->is_still && sc_chain_has_unwritten(k->chain);
    uint64_t idle_ms = has_files ? FLUSH_MS : IDLE_MS;
    uint64_t until = sc_clock_ms() + (has_work ? 0 : idle_ms);
    size_t n;

    for (n = 0; n < MAX_DRAIN; n++) {
        void *item;

        if (sc_queue_take(k->queue, &item, until) != SC_OK) {
            break;
        }
        forget_waiting(k, item);
        take_news(k, item);
        news_free(item);
        until = 0; /* the next only if it is there */
    }
    return n == 0 && !has_work;
}

static void advance(sc_keeper *k)
{
    sc_fault why = {0};

    if (sc_sequencer_advance(k->sequencer, &why) != SC_OK) {
        sc_log_line(k->log, SC_LOG_ERROR, "ledger", "the log stands still: %s",
                    why.text);
        sc_clock_sleep_ms(IDLE_MS);
    }
    pthread_mutex_lock(&k->lock);
    k->n_ordering = sc_sequencer_n_waiting(k->sequencer);
    pthread_mutex_unlock(&k->lock);
}

/* The files of entries and checkpoint. They make three new files a batch at every
 * party, just when all hurry to open what the batch let them: so only when
 * nothing came for a while. Who wants them at once flushes the chain himself. */
static void flush(sc_keeper *k)
{
    sc_fault why = {0};

    k->flushed_ms = sc_clock_ms();
    if (!k->is_still && sc_chain_flush(k->chain, &why) != SC_OK) {
        k->is_still = 1; /* until a restart: it is said once */
        sc_log_line(k->log, SC_LOG_ERROR, "ledger", "the log stands still: %s",
                    why.text);
    }
}

static void *run(void *arg)
{
    sc_keeper *k = arg;
    uint64_t size = sc_chain_published(k->chain).size;

    while (is_open(k)) {
        int is_idle = drain(k);

        if (k->sequencer != NULL) {
            advance(k);
        }
        if (sc_chain_published(k->chain).size > size) {
            size = sc_chain_published(k->chain).size;
            settle(k);
        }
        if (is_idle || sc_clock_ms() - k->flushed_ms > LATE_MS) {
            flush(k);
        }
        if (sc_clock_ms() - k->retried_ms > RETRY_MS) {
            pay(k);
        }
    }
    flush(k);
    return NULL;
}

/* ---- life and calls from other threads --------------------------------- */

static sc_err open_outbox(sc_keeper *k, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *path = sc_path_join(k->dir, "chain-private/outbox.journal");

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_outbox_open(&k->outbox, path, why));
    err = SC_OK;
out:
    sc_free(path);
    return err;
}

static void init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

sc_err sc_keeper_new(sc_keeper **out, const sc_keeper_config *config,
                     sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_keeper *k = sc_alloc(1, sizeof *k);

    SC_REQUIRE(k != NULL, SC_E_MEM);
    pthread_mutex_init(&k->inbox, NULL);
    pthread_mutex_init(&k->lock, NULL);
    init_cond(&k->changed);
    k->chain = config->chain;
    k->roster = *config->roster;
    k->me = config->me;
    k->voice = config->voice;
    k->log = config->log;
    k->dir = sc_strdup(config->dir);
    SC_REQUIRE(k->dir != NULL, SC_E_MEM);
    SC_TRY(sc_queue_new(&k->queue, QUEUE_LEN, news_free));
    SC_TRY(open_outbox(k, why));
    if (is_sequencer(k)) {
        SC_TRY(sc_sequencer_new(&k->sequencer, k->chain, &k->roster,
                                config->keys, k->voice, k->log));
    } else {
        SC_TRY(sc_cosigner_new(&k->cosigner, k->chain, &k->roster, k->me,
                               config->dir, config->keys, k->voice, k->log));
    }
    SC_REQUIRE(pthread_create(&k->thread, NULL, run, k) == 0, SC_E_MEM);
    k->is_running = 1;
    *out = k;
    k = NULL;
    err = SC_OK;
out:
    sc_keeper_free(&k);
    return sc_fault_from(why, err);
}

void sc_keeper_free(sc_keeper **out)
{
    sc_keeper *k = *out;

    if (k == NULL) {
        return;
    }
    pthread_mutex_lock(&k->lock);
    k->is_closing = 1;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
    if (k->queue != NULL) {
        sc_queue_close(k->queue);
    }
    if (k->is_running) {
        pthread_join(k->thread, NULL);
    }
    sc_queue_free(&k->queue);
    sc_sequencer_free(&k->sequencer);
    sc_cosigner_free(&k->cosigner);
    sc_outbox_clear(&k->outbox);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    pthread_mutex_destroy(&k->inbox);
    sc_free(k->dir);
    sc_free(k);
    *out = NULL;
}

int sc_keeper_takes(uint16_t type)
{
    return type >= SC_MSG_GENESIS && type <= SC_MSG_WANT;
}

static void hand_over(sc_keeper *k, news_kind kind, size_t party,
                      const sc_frame *f)
{
    news *n = sc_alloc(1, sizeof *n);

    if (n == NULL) {
        return;
    }
    n->kind = kind;
    n->party = party;
    if (f != NULL) {
        n->type = f->type;
        if (sc_buf_put_bytes(&n->head, f->head) != SC_OK ||
            sc_buf_put_bytes(&n->bulk, f->bulk) != SC_OK) {
            news_free(n);
            return;
        }
    }
    if (!count_waiting(k, n)) {
        news_free(n);
    } else if (sc_queue_put(k->queue, n, 0) != SC_OK) {
        forget_waiting(k, n);
        news_free(n);
    }
}

/* Is it a message that this party may send to me? */
static int has_role(const sc_keeper *k, size_t party, uint16_t type)
{
    switch (type) {
    case SC_MSG_GENESIS:
    case SC_MSG_APPEND:
    case SC_MSG_COSIGN:
    case SC_MSG_CONFLICT:
    case SC_MSG_WANT:
        return is_sequencer(k);
    default:
        return party == k->roster.sequencer;
    }
}

void sc_keeper_take(sc_keeper *k, size_t party, const sc_frame *f)
{
    if (party < k->roster.n_parties && party != k->me &&
        (f == NULL || has_role(k, party, f->type))) {
        hand_over(k, f == NULL ? NEWS_LINKED : NEWS_MESSAGE, party, f);
    }
}

sc_err sc_keeper_submit(sc_keeper *k, sc_bytes entry, sc_fault *why)
{
    sc_err err;

    pthread_mutex_lock(&k->lock);
    err = sc_outbox_add(&k->outbox, entry, why);
    pthread_mutex_unlock(&k->lock);
    if (err == SC_OK) {
        hand_over(k, NEWS_SUBMITTED, k->me, NULL);
    }
    return err;
}

static void wait_changed(sc_keeper *k, uint64_t deadline_ms)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ms / 1000),
                             .tv_nsec = (long)(deadline_ms % 1000) * 1000000};

    pthread_cond_timedwait(&k->changed, &k->lock, &until);
}

sc_err sc_keeper_wait_fate(sc_keeper *k, sc_entry_type *type, uint64_t *index,
                           const uint8_t s[static SC_HASH_LEN],
                           uint64_t deadline_ms)
{
    sc_err err;

    pthread_mutex_lock(&k->lock);
    while ((err = sc_chain_fate(k->chain, type, index, s)) == SC_E_NOT_FOUND &&
           !k->is_closing && sc_clock_left(deadline_ms) > 0) {
        wait_changed(k, deadline_ms);
    }
    if (err == SC_E_NOT_FOUND) {
        err = k->is_closing ? SC_E_CANCELLED : SC_E_TIMEOUT;
    }
    pthread_mutex_unlock(&k->lock);
    return err;
}

sc_err sc_keeper_wait_size(sc_keeper *k, uint64_t size, uint64_t deadline_ms)
{
    sc_err err = SC_OK;

    pthread_mutex_lock(&k->lock);
    while (sc_chain_published(k->chain).size < size && err == SC_OK) {
        if (k->is_closing || sc_clock_left(deadline_ms) == 0) {
            err = k->is_closing ? SC_E_CANCELLED : SC_E_TIMEOUT;
        } else {
            wait_changed(k, deadline_ms);
        }
    }
    pthread_mutex_unlock(&k->lock);
    return err;
}

size_t sc_keeper_ordering(sc_keeper *k)
{
    size_t n;

    pthread_mutex_lock(&k->lock);
    n = k->n_ordering;
    pthread_mutex_unlock(&k->lock);
    return n;
}

size_t sc_keeper_owed(sc_keeper *k)
{
    size_t n;

    pthread_mutex_lock(&k->lock);
    n = k->outbox.n_items;
    pthread_mutex_unlock(&k->lock);
    return n;
}
