/* job/mend.c: see the header. */
#include "job/mend.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/queue.h"
#include "job/dossier.h"
#include "job/notice.h"

#define MAX_MATTERS  4096
#define QUEUE_LEN    256
#define STEP_MS      1000 /* between two looks at the open matters */
#define VOID_SLACK_S 5    /* after not_after, for clocks that differ a little */

typedef struct {
    uint8_t id[16];
    sc_opened_share *shares; /* being gathered, by position; or NULL */
    uint32_t received;       /* bit p: party number p has acknowledged */
} matter;

typedef struct {
    size_t party;
    uint8_t job[16];
    uint16_t type;
    sc_buf head, bulk;
    int is_adoption;
} letter;

struct sc_mend {
    const sc_house *house;
    sc_queue *queue;
    pthread_t thread;
    int is_running;
    pthread_mutex_t lock; /* of n_matters for sc_mend_n_open */
    matter matters[MAX_MATTERS];
    size_t n_matters;
};

static void letter_free(void *item)
{
    letter *l = item;

    sc_buf_clear(&l->head);
    sc_buf_clear(&l->bulk);
    sc_free(l);
}

static void matter_clear(matter *t)
{
    if (t->shares != NULL) {
        sc_opened_shares_clear(t->shares, SC_MAX_PARTIES);
    }
    sc_free(t->shares);
    *t = (matter){0};
}

/* ---- speaking ---------------------------------------------------------- */

static void say(sc_mend *m, size_t party, const uint8_t *job, sc_err made,
                const sc_frame *f)
{
    if (made == SC_OK && party != m->house->me &&
        sc_mesh_send(m->house->mesh, party, job, f) != SC_OK) {
        sc_log_line(m->house->log, SC_LOG_DEBUG, "mend", "%s is not linked",
                    sc_mesh_name(m->house->mesh, party));
    }
}

static void ask(sc_mend *m, size_t party, const uint8_t *job, sc_ask_kind kind,
                const uint8_t digest[32])
{
    sc_msg_ask q = {.kind = kind};
    sc_buf room = {0};
    sc_frame f;

    memcpy(q.digest, digest, 32);
    say(m, party, job, sc_msg_ask_put(&f, &room, &q), &f);
    sc_buf_clear(&room);
}

/* ---- steps, one for each state ----------------------------------------- */

static void log_fault(sc_mend *m, const char *what, const sc_fault *why)
{
    sc_log_line(m->house->log, SC_LOG_WARN, "mend", "%s: %s", what, why->text);
}

static sc_err end(sc_dossier *d, sc_record_kind kind, const char *text,
                  sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf json = {0};
    json_t *value =
        json_pack("{s:s,s:s,s:s}", "party", "", "phase", "", "text", text);

    SC_REQUIRE(value != NULL, SC_E_MEM);
    SC_TRY(sc_jcs_put(&json, value));
    SC_TRY(sc_record_erase_share(d->record, why));
    SC_TRY(sc_record_put(d->record, kind, sc_buf_bytes(&json), why));
    err = SC_OK;
out:
    json_decref(value);
    sc_buf_clear(&json);
    return sc_fault_from(why, err);
}

static sc_err abort_consented(sc_mend *m, sc_dossier *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_notice n = {.type = SC_ENTRY_ABORT,
                   .sid = d->sid,
                   .job_id = sc_record_id(d->record),
                   .phase = "restart",
                   .reason = "the node stopped before it signed"};

    SC_TRY(sc_notice_submit(m->house, &n, why));
    SC_TRY(end(d, SC_RECORD_ABORTED, n.reason, why));
    err = SC_OK;
out:
    return err;
}

/* Ask the others for the receipt that the log speaks of and I lack. */
static void ask_receipt(sc_mend *m, const sc_dossier *d, uint64_t index)
{
    sc_buf text = {0};
    sc_entry e;

    if (sc_chain_entry(m->house->chain, &text, index, NULL) == SC_OK &&
        sc_entry_take(&e, sc_buf_bytes(&text)) == SC_OK) {
        for (size_t i = 0; i < d->receipt.n_parties; i++) {
            ask(m, sc_dossier_party(d, m->house, i), sc_record_id(d->record),
                SC_ASK_RECEIPT, e.d);
        }
    }
    sc_buf_clear(&text);
}

static sc_err record_index(sc_dossier *d, sc_record_kind kind, uint64_t index,
                           sc_fault *why)
{
    uint8_t data[8];

    sc_store_le64(data, index);
    return sc_record_put(d->record, kind, (sc_bytes){data, sizeof data}, why);
}

static sc_err submit_receipt(sc_mend *m, sc_dossier *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_entry e;
    sc_buf text = {0};

    SC_TRY(sc_receipt_entry(&e, d->body));
    SC_TRY(sc_entry_make(&text, &e));
    SC_TRY(sc_keeper_submit(m->house->keeper, sc_buf_bytes(&text), why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

static sc_err submit_void(sc_mend *m, const sc_dossier *d, sc_fault *why)
{
    sc_notice n = {.type = SC_ENTRY_VOID,
                   .sid = d->sid,
                   .job_id = sc_record_id(d->record),
                   .reason = "not in the log in time"};

    return sc_notice_submit(m->house, &n, why);
}

/* My signature is out: what does the log say? */
static sc_err decide_signed(sc_mend *m, sc_dossier *d, int has_receipt,
                            sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_entry_type type;
    uint64_t index;
    int64_t late = sc_clock_wall() - d->receipt.not_after - VOID_SLACK_S;

    err = sc_dossier_fate(d, m->house, &type, &index);
    if (err == SC_E_NOT_FOUND) {
        if (has_receipt) {
            SC_TRY(submit_receipt(m, d, why));
        } else if (late > 0) {
            SC_TRY(submit_void(m, d, why));
        }
    } else if (err == SC_OK && type == SC_ENTRY_VOID) {
        SC_TRY(sc_record_erase_share(d->record, why));
        SC_TRY(record_index(d, SC_RECORD_VOIDED, index, why));
    } else if (err == SC_OK && !has_receipt) {
        ask_receipt(m, d, index);
    } else if (err == SC_OK) {
        err = sc_dossier_proved(d, m->house, &index);
        SC_REQUIRE(err == SC_OK, sc_fault_set(why, SC_E_CHEAT,
                                              "the log holds another "
                                              "receipt of this session"));
        SC_TRY(record_index(d, SC_RECORD_PROVED, index, why));
    }
    err = SC_OK;
out:
    return err;
}

static int is_result(const sc_dossier *d, size_t position)
{
    return (d->receipt.parties[position].roles & SC_ROLE_RESULT) != 0;
}

static int is_computing(const sc_dossier *d, size_t position)
{
    return (d->receipt.parties[position].roles & SC_ROLE_COMPUTING) != 0;
}

/* All shares are there: finish as the run would have. */
static sc_err finish(sc_mend *m, sc_dossier *d, matter *t, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_job *job = NULL;
    sc_plan *plan = NULL;
    sc_buf answer = {0}, opened = {0};
    uint8_t digest[32];
    sc_notice n = {.type = SC_ENTRY_OUTCOME,
                   .sid = d->sid,
                   .job_id = sc_record_id(d->record),
                   .kind = "delivered"};

    SC_TRY(sc_dossier_plan(d, m->house, &job, &plan, why));
    SC_TRY(sc_outcome_answer(&answer, digest, plan, t->shares,
                             d->receipt.n_parties));
    SC_TRY(sc_opened_shares_put(&opened, t->shares, d->receipt.n_parties));
    SC_TRY(sc_record_put_opened(d->record, sc_buf_bytes(&opened), why));
    SC_TRY(
        sc_record_put(d->record, SC_RECORD_ANSWER, sc_buf_bytes(&answer), why));
    SC_TRY(sc_notice_submit(m->house, &n, why));
    err = SC_OK;
out:
    sc_buf_clear(&answer);
    sc_buf_clear(&opened);
    sc_plan_free(&plan);
    sc_job_free(&job);
    return sc_fault_from(why, err);
}

/* Gather what is missing; chunk by chunk from each owner. */
static sc_err gather(sc_mend *m, sc_dossier *d, matter *t, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n_missing = 0;

    if (t->shares == NULL) {
        t->shares = sc_alloc(SC_MAX_PARTIES, sizeof *t->shares);
        SC_REQUIRE(t->shares != NULL, SC_E_MEM);
    }
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        uint8_t chunk[32] = {0};

        if (!is_computing(d, i) || t->shares[i].is_there) {
            continue;
        }
        if (i == d->me) {
            SC_TRY(sc_dossier_share(d, m->house, &t->shares[i], why));
            continue;
        }
        n_missing++;
        sc_store_le64(chunk, t->shares[i].vector.len / SC_FRAME_MAX_BULK);
        ask(m, sc_dossier_party(d, m->house, i), sc_record_id(d->record),
            SC_ASK_SHARE, chunk);
    }
    if (n_missing == 0) {
        SC_TRY(finish(m, d, t, why));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static void say_received(sc_mend *m, const sc_dossier *d, size_t party)
{
    sc_msg_received r = {{0}};
    sc_buf room = {0};
    sc_frame f;
    sc_bytes answer;

    if (sc_record_get(d->record, &answer, SC_RECORD_ANSWER) == SC_OK) {
        sc_sha256(r.digest, answer);
        say(m, party, sc_record_id(d->record),
            sc_msg_received_put(&f, &room, &r), &f);
    }
    sc_buf_clear(&room);
}

/* A computing party waits for all result parties, and asks them. */
static int is_acknowledged(sc_mend *m, const sc_dossier *d, const matter *t)
{
    static const uint8_t none[32];
    int all = 1;

    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        size_t party = sc_dossier_party(d, m->house, i);

        if (i != d->me && is_result(d, i) && (t->received >> party & 1) == 0) {
            ask(m, party, sc_record_id(d->record), SC_ASK_RECEIVED, none);
            all = 0;
        }
    }
    return all;
}

static sc_err deliver(sc_mend *m, sc_dossier *d, matter *t, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    int has_answer = sc_record_state(d->record) == SC_RECORD_ANSWER;

    if (is_result(d, d->me) && !has_answer) {
        SC_TRY(gather(m, d, t, why));
    } else if (!is_computing(d, d->me) || is_acknowledged(m, d, t)) {
        for (size_t i = 0; has_answer && i < d->receipt.n_parties; i++) {
            if (is_computing(d, i)) {
                say_received(m, d, sc_dossier_party(d, m->house, i));
            }
        }
        SC_TRY(sc_record_erase_share(d->record, why));
        SC_TRY(sc_record_put(d->record, SC_RECORD_DONE, (sc_bytes){0}, why));
    }
    err = SC_OK;
out:
    return err;
}

/* One look at one matter; is it finished now? */
static int step(sc_mend *m, matter *t)
{
    sc_dossier d;
    sc_fault why = {0};
    sc_err err = sc_dossier_resume(&d, m->house, t->id, &why);
    int is_finished = 0;

    if (err == SC_E_STATE) {
        return 0; /* its run is at work */
    }
    if (err != SC_OK) {
        log_fault(m, "a job's record cannot be read", &why);
        return err != SC_E_MEM && err != SC_E_IO;
    }
    switch (sc_record_state(d.record)) {
    case SC_RECORD_JOB:
    case SC_RECORD_PLAN:
        err = end(&d, SC_RECORD_ABORTED, "the node stopped before it consented",
                  &why);
        break;
    case SC_RECORD_CONSENT:
        err = abort_consented(m, &d, &why);
        break;
    case SC_RECORD_BODY:
    case SC_RECORD_RECEIPT:
        err =
            decide_signed(m, &d, sc_record_state(d.record) == SC_RECORD_RECEIPT,
                          &why);
        break;
    case SC_RECORD_PROVED:
    case SC_RECORD_ANSWER:
        err = deliver(m, &d, t, &why);
        break;
    default: /* nothing is left to do */
        is_finished = 1;
        break;
    }
    if (err != SC_OK) {
        log_fault(m, "a job stays open", &why);
    }
    sc_dossier_clear(&d);
    return is_finished;
}

/* ---- answering --------------------------------------------------------- */

static void answer_receipt(sc_mend *m, const sc_dossier *d, size_t party,
                           const sc_msg_ask *q)
{
    sc_msg_body b = {.kind = q->kind};
    sc_buf room = {0};
    sc_frame f;
    uint8_t digest[32];

    memcpy(b.digest, q->digest, 32);
    if (sc_record_get(d->record, &b.body, SC_RECORD_RECEIPT) == SC_OK) {
        sc_sha256(digest, b.body);
        if (memcmp(digest, q->digest, 32) == 0) {
            say(m, party, sc_record_id(d->record),
                sc_msg_body_put(&f, &room, &b), &f);
        }
    }
    sc_buf_clear(&room);
}

static void answer_share(sc_mend *m, const sc_dossier *d, size_t party,
                         uint64_t chunk)
{
    size_t asker = sc_dossier_position(d, m->house, party);
    sc_head head = sc_chain_published(m->house->chain);
    sc_opened_share share = {0};
    sc_fault why = {0};
    sc_buf room = {0};
    uint64_t index;
    sc_frame f;
    size_t at, left;

    if (!is_result(d, asker) || !is_computing(d, d->me) ||
        sc_record_state(d->record) < SC_RECORD_PROVED ||
        sc_dossier_proved(d, m->house, &index) != SC_OK ||
        sc_dossier_share(d, m->house, &share, &why) != SC_OK) {
        return; /* not theirs, not yet, or erased after delivery */
    }
    if (chunk <= share.vector.len / SC_FRAME_MAX_BULK) {
        at = (size_t)chunk * SC_FRAME_MAX_BULK;
        left = share.vector.len - at;
        sc_msg_share s = {.chunk = chunk,
                          .last = left <= SC_FRAME_MAX_BULK,
                          .size = head.size};

        left = left < SC_FRAME_MAX_BULK ? left : SC_FRAME_MAX_BULK;
        s.n = left / SC_MSG_SHARE_WORD;
        memcpy(s.root, head.root.b, sizeof s.root);
        s.salt.is_set = chunk == 0;
        memcpy(s.salt.b, share.salt, chunk == 0 ? 32 : 0);
        s.values = (sc_bytes){share.vector.p + at, left};
        say(m, party, sc_record_id(d->record), sc_msg_share_put(&f, &room, &s),
            &f);
    }
    sc_buf_clear(&share.vector);
    sc_buf_clear(&room);
}

static void take_ask(sc_mend *m, const letter *l, const sc_frame *f)
{
    sc_dossier d;
    sc_msg_ask q;
    sc_fault why = {0};

    if (sc_msg_ask_get(&q, f) != SC_OK ||
        sc_dossier_open(&d, m->house, l->job, &why) != SC_OK) {
        return;
    }
    if (d.body != NULL &&
        sc_dossier_position(&d, m->house, l->party) != SIZE_MAX) {
        if (q.kind == SC_ASK_RECEIPT) {
            answer_receipt(m, &d, l->party, &q);
        } else if (q.kind == SC_ASK_SHARE) {
            answer_share(m, &d, l->party, sc_load_le64(q.digest));
        } else if (q.kind == SC_ASK_RECEIVED) {
            say_received(m, &d, l->party);
        }
    }
    sc_dossier_clear(&d);
}

/* ---- taking answers ---------------------------------------------------- */

static matter *find_matter(sc_mend *m, const uint8_t *id)
{
    for (size_t i = 0; i < m->n_matters; i++) {
        if (memcmp(m->matters[i].id, id, 16) == 0) {
            return &m->matters[i];
        }
    }
    return NULL;
}

/* A secured receipt: it must be mine but for the signatures. */
static void take_body(sc_mend *m, const letter *l, const sc_frame *f)
{
    sc_msg_body b;
    sc_dossier d = {0};
    sc_fault why = {0};
    json_t *secured = NULL;
    uint8_t mine[32], theirs[32];
    sc_receipt *r = sc_alloc(1, sizeof *r);

    if (r != NULL && sc_msg_body_get(&b, f) == SC_OK &&
        sc_dossier_resume(&d, m->house, l->job, &why) == SC_OK &&
        sc_record_state(d.record) == SC_RECORD_BODY &&
        sc_json_parse_canonical(&secured, b.body, SC_RECEIPT_MAX, &why) ==
            SC_OK &&
        sc_receipt_verify(r, NULL, secured, &m->house->consortium->roster,
                          &why) == SC_OK &&
        sc_receipt_id(mine, d.body) == SC_OK &&
        sc_receipt_id(theirs, secured) == SC_OK &&
        memcmp(mine, theirs, 32) == 0 &&
        sc_record_put(d.record, SC_RECORD_RECEIPT, b.body, &why) != SC_OK) {
        log_fault(m, "a receipt is not recorded", &why);
    }
    json_decref(secured);
    sc_dossier_clear(&d);
    sc_free(r);
}

static int is_released(sc_mend *m, const sc_dossier *d, const sc_msg_share *s)
{
    sc_node_hash root;
    uint64_t index;

    return sc_dossier_proved(d, m->house, &index) == SC_OK && s->size > index &&
           sc_chain_root(m->house->chain, &root, s->size) == SC_OK &&
           memcmp(root.b, s->root, sizeof s->root) == 0;
}

static void take_chunk(sc_mend *m, const sc_dossier *d, matter *t, size_t from,
                       const sc_msg_share *s)
{
    sc_opened_share *share = &t->shares[from];
    const sc_receipt_party *p = &d->receipt.parties[from];

    if (share->is_there || !is_computing(d, from) ||
        s->chunk != share->vector.len / SC_FRAME_MAX_BULK ||
        !is_released(m, d, s)) {
        return;
    }
    if (s->chunk == 0) {
        sc_buf_reset(&share->vector);
        memcpy(share->salt, s->salt.b, 32);
    }
    if (sc_buf_put_bytes(&share->vector, s->values) != SC_OK || !s->last) {
        return;
    }
    if (sc_opened_share_verify(share, d->sid, p->did, p->output) == SC_OK) {
        share->is_there = 1;
    } else {
        sc_log_line(m->house->log, SC_LOG_WARN, "mend",
                    "the share of %s does not match its commitment",
                    sc_mesh_name(m->house->mesh,
                                 sc_dossier_party(d, m->house, from)));
        sc_buf_reset(&share->vector);
    }
}

static void take_share(sc_mend *m, const letter *l, const sc_frame *f)
{
    matter *t = find_matter(m, l->job);
    sc_msg_share s;
    sc_dossier d;
    sc_fault why = {0};

    if (t == NULL || t->shares == NULL || sc_msg_share_get(&s, f) != SC_OK ||
        sc_dossier_open(&d, m->house, l->job, &why) != SC_OK) {
        return;
    }
    if (d.body != NULL) {
        size_t from = sc_dossier_position(&d, m->house, l->party);

        if (from != SIZE_MAX) {
            take_chunk(m, &d, t, from, &s);
        }
    }
    sc_dossier_clear(&d);
}

static void take_received(sc_mend *m, const letter *l, const sc_frame *f)
{
    matter *t = find_matter(m, l->job);
    sc_msg_received r;

    if (t != NULL && sc_msg_received_get(&r, f) == SC_OK) {
        t->received |= (uint32_t)1 << l->party;
    }
}

/* ---- the thread -------------------------------------------------------- */

static void adopt(sc_mend *m, const uint8_t *id)
{
    pthread_mutex_lock(&m->lock);
    if (m->n_matters < MAX_MATTERS && find_matter(m, id) == NULL) {
        memcpy(m->matters[m->n_matters++].id, id, 16);
    }
    pthread_mutex_unlock(&m->lock);
}

static void take_letter(sc_mend *m, const letter *l)
{
    sc_frame f = {.type = l->type,
                  .head = sc_buf_bytes(&l->head),
                  .bulk = sc_buf_bytes(&l->bulk)};

    if (l->is_adoption) {
        adopt(m, l->job);
    } else if (l->type == SC_MSG_ASK) {
        take_ask(m, l, &f);
    } else if (l->type == SC_MSG_BODY) {
        take_body(m, l, &f);
    } else if (l->type == SC_MSG_SHARE) {
        take_share(m, l, &f);
    } else if (l->type == SC_MSG_RECEIVED) {
        take_received(m, l, &f);
    }
}

static void look_at_all(sc_mend *m)
{
    for (size_t i = m->n_matters; i-- > 0;) {
        if (step(m, &m->matters[i])) {
            pthread_mutex_lock(&m->lock);
            matter_clear(&m->matters[i]);
            m->matters[i] = m->matters[--m->n_matters];
            m->matters[m->n_matters] = (matter){0};
            pthread_mutex_unlock(&m->lock);
        }
    }
}

static void *mend_thread(void *arg)
{
    sc_mend *m = arg;
    uint64_t next_ms = 0;
    sc_err err = SC_OK;

    while (err != SC_E_CANCELLED) {
        void *item;

        if (sc_clock_ms() >= next_ms) {
            look_at_all(m);
            next_ms = sc_clock_ms() + STEP_MS;
        }
        err = sc_queue_take(m->queue, &item, next_ms);
        if (err == SC_OK) {
            take_letter(m, item);
            letter_free(item);
        }
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------- */

static sc_err adopt_store(sc_mend *m, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t *ids = NULL;
    size_t n_ids = 0;

    SC_TRY(sc_record_list(&ids, &n_ids, m->house->conf->store, why));
    for (size_t i = 0; i < n_ids; i++) {
        sc_record *r = NULL;

        SC_TRY(sc_record_open(&r, m->house->conf->store, ids + 16 * i, why));
        if (sc_record_state(r) < SC_RECORD_DONE) {
            adopt(m, ids + 16 * i);
        }
        sc_record_free(&r);
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
        matter_clear(&m->matters[i]);
    }
    pthread_mutex_destroy(&m->lock);
    sc_free(m);
    *out = NULL;
}

static void post(sc_mend *m, letter *l)
{
    if (sc_queue_put(m->queue, l, 0) != SC_OK) {
        letter_free(l); /* it will be asked or said again */
    }
}

void sc_mend_adopt(sc_mend *m, const uint8_t id[static 16])
{
    letter *l = sc_alloc(1, sizeof *l);

    if (l != NULL) {
        memcpy(l->job, id, 16);
        l->is_adoption = 1;
        post(m, l);
    }
}

int sc_mend_takes(uint16_t type)
{
    return type == SC_MSG_ASK || type == SC_MSG_BODY || type == SC_MSG_SHARE ||
           type == SC_MSG_RECEIVED;
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
    if (sc_buf_put_bytes(&l->head, f->head) == SC_OK &&
        sc_buf_put_bytes(&l->bulk, f->bulk) == SC_OK) {
        post(m, l);
    } else {
        letter_free(l);
    }
}

size_t sc_mend_n_open(sc_mend *m)
{
    size_t n;

    pthread_mutex_lock(&m->lock);
    n = m->n_matters;
    pthread_mutex_unlock(&m->lock);
    return n;
}
