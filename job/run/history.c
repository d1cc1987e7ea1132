/* job/run/history.c: a journal of small records, and digests of them in memory.
 *
 * Record: u8 what, i64 day (little-endian), u8 length and bytes of who, the
 * same of which. In memory a triple is its SHA-256, so that each costs the
 * same; the newest are looked at first. */
#include "job/run/history.h"

#include <pthread.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/journal.h"
#include "base/mem.h"

#define RECORD_MAX (1 + 8 + 2 * (1 + SC_HISTORY_MAX_TEXT))

typedef struct {
    int64_t day;
    uint8_t digest[SC_HASH_LEN];
} event;

struct sc_history {
    sc_journal *journal;
    pthread_mutex_t lock; /* of all below */
    event *events;
    size_t n_events, capacity;
};

/* ---- records ---------------------------------------------------------- */

static event event_of(int64_t day, sc_history_kind what, sc_bytes who,
                      sc_bytes which)
{
    uint8_t kind = (uint8_t)what;
    const sc_bytes parts[] = {{&kind, 1}, who, which};
    event e = {.day = day};

    sc_hash_tagged(e.digest, "history/1", parts, 3);
    return e;
}

static size_t put_record(uint8_t out[static RECORD_MAX], int64_t day,
                         sc_history_kind what, sc_bytes who, sc_bytes which)
{
    size_t n = 0;

    out[n++] = (uint8_t)what;
    sc_store_le64(out + n, (uint64_t)day);
    n += 8;
    out[n++] = (uint8_t)who.len;
    memcpy(out + n, who.p, who.len);
    n += who.len;
    out[n++] = (uint8_t)which.len;
    memcpy(out + n, which.p, which.len);
    return n + which.len;
}

/* A text behind its length; 0 if it does not fit into what is left. */
static int get_text(sc_bytes *out, sc_bytes *rest)
{
    if (rest->len < 1 || rest->len - 1 < rest->p[0]) {
        return 0;
    }
    *out = (sc_bytes){rest->p + 1, rest->p[0]};
    rest->p += 1 + out->len;
    rest->len -= 1 + out->len;
    return 1;
}

static int get_record(event *e, sc_bytes record)
{
    sc_bytes who, which, rest;

    if (record.len < 9 || record.p[0] < SC_HISTORY_QUERY ||
        record.p[0] > SC_HISTORY_REFUSAL) {
        return 0;
    }
    rest = (sc_bytes){record.p + 9, record.len - 9};
    if (!get_text(&who, &rest) || !get_text(&which, &rest) || rest.len != 0) {
        return 0;
    }
    *e = event_of((int64_t)sc_load_le64(record.p + 1),
                  (sc_history_kind)record.p[0], who, which);
    return 1;
}

/* ---- memory ----------------------------------------------------------- */

static sc_err reserve_event(sc_history *h)
{
    size_t capacity = h->capacity == 0 ? 64 : 2 * h->capacity;
    event *grown;

    if (h->n_events < h->capacity) {
        return SC_OK;
    }
    grown = sc_alloc(capacity, sizeof *grown);
    if (grown == NULL) {
        return SC_E_MEM;
    }
    if (h->n_events > 0) {
        memcpy(grown, h->events, h->n_events * sizeof *grown);
    }
    sc_free(h->events);
    h->events = grown;
    h->capacity = capacity;
    return SC_OK;
}

static uint64_t count_events(const sc_history *h, const event *e)
{
    uint64_t n = 0;

    for (size_t i = h->n_events; i-- > 0;) {
        n += h->events[i].day == e->day &&
             memcmp(h->events[i].digest, e->digest, SC_HASH_LEN) == 0;
    }
    return n;
}

static sc_err visit(void *ctx, uint64_t offset, sc_bytes record, sc_fault *why)
{
    sc_history *h = ctx;
    sc_err err = reserve_event(h);

    if (err == SC_OK && !get_record(&h->events[h->n_events], record)) {
        return sc_fault_set(why, SC_E_CORRUPT,
                            "the record at byte %llu is not one of a history",
                            (unsigned long long)offset);
    }
    h->n_events += err == SC_OK;
    return sc_fault_from(why, err);
}

/* ---- life ------------------------------------------------------------- */

sc_err sc_history_open(sc_history **h, const char *path, sc_fault *why)
{
    sc_history *made = sc_alloc(1, sizeof *made);
    sc_err err = SC_E_BUG;

    *h = NULL;
    if (made == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
        sc_free(made);
        return sc_fault_from(why, SC_E_MEM);
    }
    err = sc_journal_open(&made->journal, path, visit, made, why);
    if (err == SC_E_CORRUPT && why != NULL && why->file[0] == '\0') {
        sc_fault_at(why, path, 0, 0);
    }
    SC_TRY(err);
    *h = made;
    made = NULL;
    err = SC_OK;
out:
    sc_history_free(&made);
    return err;
}

void sc_history_free(sc_history **h)
{
    if (*h == NULL) {
        return;
    }
    sc_journal_free(&(*h)->journal);
    (void)pthread_mutex_destroy(&(*h)->lock);
    sc_free((*h)->events);
    sc_free(*h);
    *h = NULL;
}

/* ---- counting --------------------------------------------------------- */

uint64_t sc_history_count(sc_history *h, int64_t day, sc_history_kind what,
                          const char *who, const char *which)
{
    event e = event_of(day, what, sc_bytes_of(who), sc_bytes_of(which));
    uint64_t n;

    (void)pthread_mutex_lock(&h->lock);
    n = count_events(h, &e);
    (void)pthread_mutex_unlock(&h->lock);
    return n;
}

sc_err sc_history_add(sc_history *h, int64_t day, sc_history_kind what,
                      const char *who, const char *which, uint64_t most,
                      sc_fault *why)
{
    event e = event_of(day, what, sc_bytes_of(who), sc_bytes_of(which));
    uint8_t record[RECORD_MAX];
    size_t len;
    sc_err err = SC_E_BUG;

    if (strlen(who) > SC_HISTORY_MAX_TEXT ||
        strlen(which) > SC_HISTORY_MAX_TEXT) {
        return sc_fault_from(why, SC_E_ARG);
    }
    len = put_record(record, day, what, sc_bytes_of(who), sc_bytes_of(which));
    (void)pthread_mutex_lock(&h->lock);
    SC_REQUIRE(count_events(h, &e) < most,
               sc_fault_set(why, SC_E_REFUSED,
                            "that has happened %llu times today",
                            (unsigned long long)most));
    SC_TRY(reserve_event(h));
    SC_TRY(sc_journal_append(h->journal, (sc_bytes){record, len}, why));
    h->events[h->n_events++] = e;
    err = SC_OK;
out:
    (void)pthread_mutex_unlock(&h->lock);
    return sc_fault_from(why, err);
}
