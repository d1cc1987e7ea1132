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
#include "ledger/outbox.h"

#define QUEUE_LEN      1024
#define PARTY_MESSAGES 64                /* of one party, waiting */
#define PARTY_BYTES    ((size_t)4 << 20) /* of these */
#define MAX_DRAIN      64 /* messages before the sequencer goes on */
#define MAX_EVIDENCE   16 /* notes kept */
#define IDLE_MS        250
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
    sc_keys keys;
    sc_voice voice;
    const sc_log *log;
    char *dir;

    sc_queue *queue;
    pthread_t thread;
    int is_running;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    sc_outbox outbox;
    int is_closing;
    size_t n_waiting[SC_MAX_PARTIES];     /* messages of each party */
    size_t bytes_waiting[SC_MAX_PARTIES]; /* and their bytes */

    sc_sequencer *sequencer; /* the thread's alone; NULL at other parties */
    uint64_t retried_ms;
    size_t n_evidence;
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

/* Text of the outbox's item number at, appended; 0 if there is none. */
static int copy_item(sc_keeper *k, sc_buf *text, size_t at)
{
    int is_there;

    pthread_mutex_lock(&k->lock);
    is_there =
        at < k->outbox.n_items &&
        sc_buf_put_bytes(text, sc_buf_bytes(&k->outbox.items[at].text)) ==
            SC_OK;
    pthread_mutex_unlock(&k->lock);
    return is_there;
}

/* Speaks without the lock: whoever hears may speak to this keeper. */
static void submit_all(sc_keeper *k)
{
    sc_buf text = {0};

    for (size_t i = 0; copy_item(k, &text, i); i++) {
        submit_one(k, sc_buf_bytes(&text));
        sc_buf_reset(&text);
    }
    sc_buf_clear(&text);
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

/* Something was published: drop what is settled, wake who waits. */
static void published(sc_keeper *k)
{
    pthread_mutex_lock(&k->lock);
    for (size_t i = k->outbox.n_items; i-- > 0;) {
        sc_fault why = {0};

        if (is_settled(k, &k->outbox.items[i].entry) &&
            sc_outbox_remove(&k->outbox, i, &why) != SC_OK) {
            sc_log_line(k->log, SC_LOG_ERROR, "ledger", "%s", why.text);
        }
    }
    pthread_cond_broadcast(&k->changed);
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

/* ---- following the sequencer ------------------------------------------- */

static void say_frame(sc_keeper *k, sc_err made, const sc_frame *f)
{
    if (made == SC_OK) {
        k->voice.send(k->voice.ctx, k->roster.sequencer, f);
    }
}

static void say_want(sc_keeper *k)
{
    sc_msg_want m = {sc_chain_head(k->chain).size};
    sc_buf room = {0};
    sc_frame f;

    say_frame(k, sc_msg_want_put(&f, &room, &m), &f);
    sc_buf_clear(&room);
}

static void say_conflict(sc_keeper *k)
{
    sc_head head = sc_chain_head(k->chain);
    sc_msg_conflict m = {.size = head.size};
    sc_buf room = {0};
    sc_frame f;

    memcpy(m.root, head.root.b, SC_HASH_LEN);
    say_frame(k, sc_msg_conflict_put(&f, &room, &m), &f);
    sc_buf_clear(&room);
}

static void say_genesis(sc_keeper *k)
{
    sc_msg_genesis m;
    sc_buf room = {0};
    sc_frame f;

    if (sc_chain_head(k->chain).size == 0 &&
        sc_entry_sign_genesis(m.signature, k->roster.digest,
                              &k->keys.identity) == SC_OK) {
        say_frame(k, sc_msg_genesis_put(&f, &room, &m), &f);
    }
    sc_buf_clear(&room);
}

/* All that this party owes the log. */
static void pay(sc_keeper *k)
{
    if (!is_sequencer(k)) {
        say_genesis(k);
    }
    submit_all(k);
}

/* Entries from index `from` on: skip those that are here, commit the rest. */
static sc_err take_entries(sc_keeper *k, uint64_t from, uint64_t n,
                           sc_bytes packed, const sc_head *expect,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint64_t size = sc_chain_head(k->chain).size;
    sc_bytes *entries = sc_alloc((size_t)n, sizeof *entries);
    size_t n_new = 0;

    SC_REQUIRE(entries != NULL, SC_E_MEM);
    SC_REQUIRE(from <= size, SC_E_STATE);
    for (uint64_t i = 0; i < n; i++) {
        sc_bytes entry;

        SC_TRY(sc_msg_entry_next(&entry, &packed));
        if (from + i >= size) {
            entries[n_new++] = entry;
        }
    }
    if (n_new > 0) {
        SC_TRY(sc_chain_append(k->chain, NULL, expect, entries, n_new, why));
    }
    err = SC_OK;
out:
    sc_free(entries);
    return sc_fault_from(why, err);
}

static void keep_note(sc_keeper *k, const char *kind, uint64_t size,
                      sc_bytes note)
{
    sc_buf path = {0};
    sc_fault why = {0};

    if (sc_buf_printf(&path, "%s/chain-private/evidence-%llu-%s.note", k->dir,
                      (unsigned long long)size, kind) != SC_OK ||
        sc_buf_terminate(&path) != SC_OK ||
        sc_file_put_immutable((char *)path.p, note, 0600, &why) != SC_OK) {
        sc_log_line(k->log, SC_LOG_ERROR, "ledger",
                    "cannot keep the evidence: %s", why.text);
    }
    sc_buf_clear(&path);
}

/* The notes that convict a sequencer of two histories: the one it shows now,
 * and the one of its history that is here. */
static void keep_evidence(sc_keeper *k, const sc_checkpoint *at, sc_bytes note)
{
    sc_buf mine = {0};

    if (k->n_evidence++ < MAX_EVIDENCE) {
        keep_note(k, "shown", at->size, note);
        if (sc_chain_checkpoint(k->chain, &mine) == SC_OK) {
            keep_note(k, "held", at->size, sc_buf_bytes(&mine));
        }
    }
    sc_buf_clear(&mine);
}

static void cosign(sc_keeper *k, const sc_msg_head *m, const sc_checkpoint *at)
{
    sc_fault why = {0};
    sc_buf line = {0}, room = {0}, note = {0};
    sc_note parsed;
    sc_msg_cosign answer = {.size = at->size};
    sc_frame f;
    sc_err err = sc_chain_cosign(k->chain, &line, m->note, &k->keys.cosigner,
                                 (uint64_t)sc_clock_wall(), &why);

    if (err == SC_OK && sc_buf_put_str(&note, "x\n\n") == SC_OK &&
        sc_buf_put_bytes(&note, sc_buf_bytes(&line)) == SC_OK &&
        sc_note_take(&parsed, sc_buf_bytes(&note)) == SC_OK) {
        memcpy(answer.signature, parsed.sigs[0].sig, sizeof answer.signature);
        say_frame(k, sc_msg_cosign_put(&f, &room, &answer), &f);
    } else {
        sc_log_line(k->log, SC_LOG_ERROR, "ledger",
                    "not cosigning size %llu: %s", (unsigned long long)at->size,
                    why.text);
        if (err == SC_E_CHEAT) {
            keep_evidence(k, at, m->note);
        }
    }
    sc_buf_clear(&line);
    sc_buf_clear(&note);
    sc_buf_clear(&room);
}

static void take_head(sc_keeper *k, const sc_msg_head *m)
{
    sc_fault why = {0};
    sc_roster_head head;
    sc_head expect;
    uint64_t size = sc_chain_head(k->chain).size;
    sc_err err;

    if (sc_roster_take_head(&head, &k->roster, m->note, 0) != SC_OK ||
        m->from > head.at.size || m->n > head.at.size - m->from) {
        sc_log_line(k->log, SC_LOG_WARN, "ledger",
                    "the sequencer sent a head that does not hold");
        return;
    }
    if (m->from > size ||
        (head.at.size > size && m->from + m->n != head.at.size)) {
        say_conflict(k);
        return;
    }
    expect.size = head.at.size;
    memcpy(expect.root.b, head.at.root, SC_HASH_LEN);
    err = head.at.size > size
              ? take_entries(k, m->from, m->n, m->entries, &expect, &why)
              : SC_OK;
    if (err != SC_OK) {
        sc_log_line(k->log, SC_LOG_ERROR, "ledger",
                    "not taking entries %llu to %llu: %s",
                    (unsigned long long)m->from,
                    (unsigned long long)head.at.size, why.text);
        if (err == SC_E_CHEAT) {
            keep_evidence(k, &head.at, m->note);
        }
        return;
    }
    cosign(k, m, &head.at);
}

/* A checkpoint that does not count here yet: are entries missing? */
static void say_want_if_behind(sc_keeper *k, sc_bytes note)
{
    sc_roster_head head;

    if (sc_roster_take_head(&head, &k->roster, note, 1) == SC_OK &&
        head.at.size > sc_chain_head(k->chain).size) {
        say_want(k);
    }
}

static void take_checkpoint(sc_keeper *k, const sc_msg_checkpoint *m)
{
    sc_fault why = {0};
    sc_err err = sc_chain_publish(k->chain, m->note, &why);

    if (err == SC_OK) {
        published(k);
    } else if (err == SC_E_STATE) {
        say_want_if_behind(k, m->note);
    } else {
        sc_log_line(k->log, SC_LOG_ERROR, "ledger",
                    "not taking a checkpoint: %s", why.text);
    }
}

/* ---- the thread -------------------------------------------------------- */

static void as_member(sc_keeper *k, const sc_frame *f)
{
    union {
        sc_msg_head head;
        sc_msg_checkpoint checkpoint;
        sc_msg_sequenced sequenced;
    } m;

    if (f->type == SC_MSG_HEAD && sc_msg_head_get(&m.head, f) == SC_OK) {
        take_head(k, &m.head);
    } else if (f->type == SC_MSG_CHECKPOINT &&
               sc_msg_checkpoint_get(&m.checkpoint, f) == SC_OK) {
        take_checkpoint(k, &m.checkpoint);
    } else if (f->type == SC_MSG_SEQUENCED &&
               sc_msg_sequenced_get(&m.sequenced, f) == SC_OK) {
        sequenced(k, &m.sequenced);
    } else {
        sc_log_line(k->log, SC_LOG_WARN, "ledger",
                    "the sequencer sent a malformed %s", sc_msg_name(f->type));
    }
}

static void as_sequencer(sc_keeper *k, size_t party, const sc_frame *f)
{
    union {
        sc_msg_genesis genesis;
        sc_msg_append append;
        sc_msg_cosign cosign;
        sc_msg_conflict conflict;
        sc_msg_want want;
    } m;

    if (f->type == SC_MSG_APPEND && sc_msg_append_get(&m.append, f) == SC_OK) {
        sc_sequencer_submit(k->sequencer, party, m.append.entry);
    } else if (f->type == SC_MSG_COSIGN &&
               sc_msg_cosign_get(&m.cosign, f) == SC_OK) {
        uint64_t before = sc_chain_published(k->chain).size;

        sc_sequencer_cosigned(k->sequencer, party, &m.cosign);
        if (sc_chain_published(k->chain).size > before) {
            published(k);
        }
    } else if (f->type == SC_MSG_CONFLICT &&
               sc_msg_conflict_get(&m.conflict, f) == SC_OK) {
        sc_sequencer_conflict(k->sequencer, party, &m.conflict);
    } else if (f->type == SC_MSG_WANT && sc_msg_want_get(&m.want, f) == SC_OK) {
        sc_sequencer_want(k->sequencer, party, m.want.from);
    } else if (f->type == SC_MSG_GENESIS &&
               sc_msg_genesis_get(&m.genesis, f) == SC_OK) {
        sc_sequencer_genesis(k->sequencer, party, m.genesis.signature);
    } else {
        sc_log_line(k->log, SC_LOG_WARN, "ledger", "%s sent a malformed %s",
                    k->roster.parties[party].name, sc_msg_name(f->type));
    }
}

static void take_news(sc_keeper *k, const news *n)
{
    sc_frame f = {.type = n->type,
                  .head = sc_buf_bytes(&n->head),
                  .bulk = sc_buf_bytes(&n->bulk)};

    switch (n->kind) {
    case NEWS_SUBMITTED:
        submit_all(k);
        break;
    case NEWS_LINKED:
        if (is_sequencer(k)) {
            sc_sequencer_linked(k->sequencer, n->party);
        } else if (n->party == k->roster.sequencer) {
            say_want(k);
            pay(k);
        }
        break;
    case NEWS_MESSAGE:
        if (is_sequencer(k)) {
            as_sequencer(k, n->party, &f);
        } else {
            as_member(k, &f);
        }
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
        pthread_mutex_lock(&k->lock);
        k->n_waiting[n->party]--;
        k->bytes_waiting[n->party] -= news_len(n);
        pthread_mutex_unlock(&k->lock);
    }
}

/* May a message of this party wait? Then it is counted. */
static int count_waiting(sc_keeper *k, const news *n)
{
    int may_wait = 1;

    if (n->kind == NEWS_MESSAGE) {
        pthread_mutex_lock(&k->lock);
        may_wait = k->n_waiting[n->party] < PARTY_MESSAGES &&
                   k->bytes_waiting[n->party] + news_len(n) <= PARTY_BYTES;
        if (may_wait) {
            k->n_waiting[n->party]++;
            k->bytes_waiting[n->party] += news_len(n);
        }
        pthread_mutex_unlock(&k->lock);
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

static void *run(void *arg)
{
    sc_keeper *k = arg;
    size_t n_drained = 0;

    while (is_open(k)) {
        void *item;
        sc_fault why = {0};
        int has_work =
            k->sequencer != NULL && sc_sequencer_has_work(k->sequencer);
        uint64_t wait = has_work ? 0 : IDLE_MS;
        sc_err err = sc_queue_take(k->queue, &item, sc_clock_ms() + wait);

        if (err == SC_OK) {
            forget_waiting(k, item);
            take_news(k, item);
            news_free(item);
            if (sc_queue_len(k->queue) > 0 && ++n_drained < MAX_DRAIN) {
                continue; /* what waits is one batch */
            }
        }
        n_drained = 0;
        if (k->sequencer != NULL) {
            uint64_t before = sc_chain_published(k->chain).size;

            if (sc_sequencer_advance(k->sequencer, &why) != SC_OK) {
                sc_log_line(k->log, SC_LOG_ERROR, "ledger",
                            "the log stands still: %s", why.text);
                sc_clock_sleep_ms(IDLE_MS);
            }
            if (sc_chain_published(k->chain).size > before) {
                published(k);
            }
        }
        if (sc_clock_ms() - k->retried_ms > RETRY_MS) {
            pay(k);
        }
    }
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
    pthread_mutex_init(&k->lock, NULL);
    init_cond(&k->changed);
    k->chain = config->chain;
    k->roster = *config->roster;
    k->me = config->me;
    k->keys = *config->keys;
    k->voice = config->voice;
    k->log = config->log;
    k->dir = sc_strdup(config->dir);
    SC_REQUIRE(k->dir != NULL, SC_E_MEM);
    SC_TRY(sc_queue_new(&k->queue, QUEUE_LEN, news_free));
    SC_TRY(open_outbox(k, why));
    if (is_sequencer(k)) {
        SC_TRY(sc_sequencer_new(&k->sequencer, k->chain, &k->roster, &k->keys,
                                k->voice, k->log));
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
    sc_outbox_clear(&k->outbox);
    sc_keys_clear(&k->keys);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    sc_free(k->dir);
    sc_free(k);
    *out = NULL;
}

int sc_keeper_takes(uint16_t type)
{
    return type >= SC_MSG_GENESIS && type <= SC_MSG_ENTRIES;
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

size_t sc_keeper_owed(sc_keeper *k)
{
    size_t n;

    pthread_mutex_lock(&k->lock);
    n = k->outbox.n_items;
    pthread_mutex_unlock(&k->lock);
    return n;
}
