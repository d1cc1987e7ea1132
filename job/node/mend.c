/* job/node/mend.c: the thread; what it does to a matter is in matter.c. */
#include "job/node/mend.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "job/node/audited.h"
#include "job/node/expire.h"
#include "job/node/matter.h"

#define QUEUE_LEN 256
#define STEP_MS   1000 /* between two looks at the open matters */
#define EXPIRE_MS ((uint64_t)3600000)

/* A message of a party. */
typedef struct {
    size_t party;
    uint8_t job[16];
    uint16_t type;
    sc_buf head, bulk;
} letter;

struct sc_mend {
    const sc_house *house;
    sc_queue *queue;
    pthread_t thread;
    int is_running;
    sc_matter *matters; /* the thread's alone */
    size_t n_matters, cap;
    pthread_mutex_t lock; /* of what follows */
    sc_buf adopted;       /* ids, 16 bytes each, that the thread has not seen */
    size_t n_open;        /* n_matters, for sc_mend_n_open */
};

static void letter_free(void *item)
{
    letter *l = item;

    sc_buf_clear(&l->head);
    sc_buf_clear(&l->bulk);
    sc_free(l);
}

/* ---- matters ------------------------------------------------------------ */

static sc_matter *find_matter(sc_mend *m, const uint8_t *id)
{
    for (size_t i = 0; i < m->n_matters; i++) {
        if (memcmp(m->matters[i].id, id, 16) == 0) {
            return &m->matters[i];
        }
    }
    return NULL;
}

static sc_err add_matter(sc_mend *m, const uint8_t *id)
{
    if (find_matter(m, id) != NULL) {
        return SC_OK;
    }
    if (m->n_matters == m->cap) {
        size_t cap = m->cap == 0 ? 16 : 2 * m->cap;
        sc_matter *more = sc_alloc(cap, sizeof *more);

        if (more == NULL) {
            return SC_E_MEM;
        }
        if (m->n_matters > 0) {
            memcpy(more, m->matters, m->n_matters * sizeof *more);
        }
        sc_free(m->matters);
        m->matters = more;
        m->cap = cap;
    }
    m->matters[m->n_matters] = (sc_matter){0};
    memcpy(m->matters[m->n_matters++].id, id, 16);
    return SC_OK;
}

/* Take over what was adopted; what finds no room stays for the next time. */
static void take_adopted(sc_mend *m)
{
    pthread_mutex_lock(&m->lock);
    while (m->adopted.len >= 16 &&
           add_matter(m, m->adopted.p + m->adopted.len - 16) == SC_OK) {
        m->adopted.len -= 16;
    }
    pthread_mutex_unlock(&m->lock);
}

static void look_at(sc_mend *m, size_t i)
{
    if (sc_matter_step(&m->matters[i], m->house)) {
        sc_matter_clear(&m->matters[i]);
        m->matters[i] = m->matters[--m->n_matters];
    }
}

static void look_at_all(sc_mend *m)
{
    take_adopted(m);
    for (size_t i = m->n_matters; i-- > 0;) {
        look_at(m, i);
    }
    pthread_mutex_lock(&m->lock);
    m->n_open = m->n_matters + m->adopted.len / 16;
    pthread_mutex_unlock(&m->lock);
}

/* ---- the thread --------------------------------------------------------- */

static void take_letter(sc_mend *m, const letter *l)
{
    sc_frame f = {.type = l->type,
                  .head = sc_buf_bytes(&l->head),
                  .bulk = sc_buf_bytes(&l->bulk)};
    sc_matter *t = find_matter(m, l->job);

    if (l->type == SC_MSG_ASK) {
        sc_matter_answer(t, m->house, l->party, l->job, &f);
    } else if (t == NULL && l->type == SC_MSG_BODY) {
        sc_audited_hear(m->house, l->party, l->job, &f);
    } else if (t != NULL && sc_matter_hear(t, m->house, l->party, &f)) {
        look_at(m, (size_t)(t - m->matters));
    }
}

static void *mend_thread(void *arg)
{
    sc_mend *m = arg;
    uint64_t next_ms = 0, expire_ms = 0;
    sc_err err = SC_OK;

    while (err != SC_E_CANCELLED) {
        void *item;

        if (sc_clock_ms() >= next_ms) {
            look_at_all(m);
            next_ms = sc_clock_ms() + STEP_MS;
        }
        if (sc_clock_ms() >= expire_ms) {
            sc_expire_entries(m->house);
            expire_ms = sc_clock_ms() + EXPIRE_MS;
        }
        err = sc_queue_take(m->queue, &item, next_ms);
        if (err == SC_OK) {
            take_letter(m, item);
            letter_free(item);
        }
    }
    return NULL;
}

/* ---- life --------------------------------------------------------------- */

/* Every record that is not finished; each must be whole. A folder without a
 * journal is what a crash leaves before the first record. */
static sc_err adopt_store(sc_mend *m, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t *ids = NULL;
    size_t n_ids = 0;

    SC_TRY(sc_record_list(&ids, &n_ids, m->house->conf->store, why));
    for (size_t i = 0; i < n_ids; i++) {
        sc_record *r = NULL;

        err = sc_record_resume(&r, m->house->conf->store, ids + 16 * i, why);
        if (err == SC_E_NOT_FOUND) {
            *why = (sc_fault){0};
            continue;
        }
        SC_TRY(err);
        if (sc_record_state(r) < SC_RECORD_DONE) {
            err = add_matter(m, ids + 16 * i);
        }
        sc_record_free(&r);
        SC_TRY(err);
    }
    err = SC_OK;
out:
    sc_free(ids);
    return err;
}

sc_err sc_mend_new(sc_mend **out, const sc_house *house, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_mend *m = sc_alloc(1, sizeof *m);

    SC_REQUIRE(m != NULL, SC_E_MEM);
    pthread_mutex_init(&m->lock, NULL);
    m->house = house;
    SC_TRY(sc_queue_new(&m->queue, QUEUE_LEN, letter_free));
    SC_TRY(adopt_store(m, why));
    m->n_open = m->n_matters;
    SC_REQUIRE(pthread_create(&m->thread, NULL, mend_thread, m) == 0, SC_E_MEM);
    m->is_running = 1;
    *out = m;
    m = NULL;
    err = SC_OK;
out:
    sc_mend_free(&m);
    return sc_fault_from(why, err);
}

void sc_mend_free(sc_mend **out)
{
    sc_mend *m = *out;

    if (m == NULL) {
        return;
    }
    if (m->queue != NULL) {
        sc_queue_close(m->queue);
    }
    if (m->is_running) {
        pthread_join(m->thread, NULL);
    }
    sc_queue_free(&m->queue);
    for (size_t i = 0; i < m->n_matters; i++) {
        sc_matter_clear(&m->matters[i]);
    }
    sc_free(m->matters);
    sc_buf_clear(&m->adopted);
    pthread_mutex_destroy(&m->lock);
    sc_free(m);
    *out = NULL;
}

void sc_mend_adopt(sc_mend *m, const uint8_t id[static 16])
{
    sc_err err;

    pthread_mutex_lock(&m->lock);
    err = sc_buf_put(&m->adopted, id, 16);
    m->n_open += err == SC_OK;
    pthread_mutex_unlock(&m->lock);
    if (err != SC_OK) {
        sc_log_line(m->house->log, SC_LOG_ERROR, "mend",
                    "no memory to look after a job: it is finished after the "
                    "next start");
    }
}

int sc_mend_takes(uint16_t type)
{
    return type == SC_MSG_ASK || type == SC_MSG_BODY || type == SC_MSG_SHARE ||
           type == SC_MSG_PART || type == SC_MSG_RECEIVED ||
           type == SC_MSG_ABORT;
}

void sc_mend_take(sc_mend *m, size_t party, const uint8_t job[static 16],
                  const sc_frame *f)
{
    letter *l = sc_alloc(1, sizeof *l);

    if (l == NULL) {
        return;
    }
    l->party = party;
    memcpy(l->job, job, 16);
    l->type = f->type;
    if (sc_buf_put_bytes(&l->head, f->head) != SC_OK ||
        sc_buf_put_bytes(&l->bulk, f->bulk) != SC_OK ||
        sc_queue_put(m->queue, l, 0) != SC_OK) {
        letter_free(l); /* it will be asked or said again */
    }
}

size_t sc_mend_n_open(sc_mend *m)
{
    size_t n;

    pthread_mutex_lock(&m->lock);
    n = m->n_open;
    pthread_mutex_unlock(&m->lock);
    return n;
}
