/* job/node/calls.c: the thread; what it does to a call is in call*.c. */
#include "job/node/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "job/node/calls_inner.h"
#include "job/run/call.h"
#include "job/run/post_file.h"

#define QUEUE_LEN   256
#define STEP_MS     250
#define SHOW_MS     ((uint64_t)200)   /* between two copies for others */
#define ANSWER_MS   ((uint64_t)2000)  /* between two looks at the log */
#define TELL_MS     ((uint64_t)60000) /* between two lines about one peer */
#define IDLE_MS     ((uint64_t)60000) /* for the next piece of a post */
#define HOUR_MS     ((uint64_t)3600000)
#define CALM_MS     (2 * HOUR_MS) /* nothing is removed so soon after the start */
#define GRACE_S     60 /* beside job_ms: a job that began in time may end */
#define DAY_S       ((int64_t)86400)
#define LOST_S      (7 * DAY_S) /* a job of which nothing can be read */
#define MAX_LETTERS 32          /* of one peer in the queue */

/* A message of a party; type 0: none, it is linked, or (me) there is a new call. */
typedef struct {
    size_t party;
    uint8_t call[16];
    uint16_t type;
    sc_buf head, bulk;
} letter;

static void letter_free(void *item)
{
    letter *l = item;

    sc_buf_clear(&l->head);
    sc_buf_clear(&l->bulk);
    sc_free(l);
}

/* ---- the list --------------------------------------------------------------------- */

sc_call *sc_calls_get(sc_calls *cs, const uint8_t *id)
{
    for (size_t i = 0; i < cs->n; i++) {
        if (memcmp(cs->calls[i]->digest, id, 16) == 0) {
            return cs->calls[i];
        }
    }
    return NULL;
}

sc_err sc_calls_add(sc_calls *cs, sc_call **call)
{
    if (cs->n == cs->cap) {
        size_t cap = cs->cap == 0 ? 16 : 2 * cs->cap;
        sc_call **more = sc_alloc(cap, sizeof(sc_call *));

        if (more == NULL) {
            return SC_E_MEM;
        }
        for (size_t i = 0; i < cs->n; i++) {
            more[i] = cs->calls[i];
        }
        sc_free(cs->calls);
        cs->calls = more;
        cs->cap = cap;
    }
    cs->calls[cs->n++] = *call;
    *call = NULL;
    return SC_OK;
}

/* Calls of an asker: kept, waiting, and come within the hour. */
typedef struct {
    size_t n, n_waiting, n_new;
} counted;

static counted count(const sc_calls *cs, size_t asker)
{
    uint64_t now = sc_clock_ms();
    counted k = {0};

    for (size_t i = 0; i < cs->n; i++) {
        const sc_call *c = cs->calls[i];

        if (c->job->asker == asker) {
            k.n++;
            k.n_waiting += (size_t)sc_call_is_waiting(c, cs->house);
            k.n_new += c->born_ms != 0 && now - c->born_ms < HOUR_MS;
        }
    }
    return k;
}

static sc_err check_room(const sc_calls *cs, size_t asker, sc_fault *why)
{
    counted k = count(cs, asker);

    if (k.n >= SC_CALLS_KEPT_OF_PEER || k.n_waiting >= SC_CALLS_OF_PEER ||
        k.n_new >= cs->house->consortium->rules.peer_proposals) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "%zu of its calls are here, %zu wait, %zu came "
                            "within the hour",
                            k.n, k.n_waiting, k.n_new);
    }
    return SC_OK;
}

/* A call of a peer that was not here before. */
static sc_err take_new(sc_calls *cs, const letter *l, sc_bytes text,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_call *call = NULL;

    SC_TRY(check_room(cs, l->party, why));
    SC_TRY(sc_call_new(&call, cs->house, l->party, text, why));
    SC_REQUIRE(memcmp(call->digest, l->call, 16) == 0,
               sc_fault_set(why, SC_E_WIRE, "it is tagged as another call"));
    SC_TRY(sc_call_store(call, cs->house, why));
    SC_TRY(sc_calls_add(cs, &call));
    err = SC_OK;
out:
    sc_call_free(&call);
    return sc_fault_from(why, err);
}

/* ---- what peers say ------------------------------------------------------------------- */

/* One line a minute about each. */
static void drop(sc_calls *cs, size_t party, const sc_fault *why)
{
    uint64_t now = sc_clock_ms();

    if (cs->told_ms[party] == 0 || now - cs->told_ms[party] >= TELL_MS) {
        cs->told_ms[party] = now;
        sc_log_line(cs->house->log, SC_LOG_WARN, "call",
                    "not taking a call of %s: %s",
                    sc_mesh_name(cs->house->mesh, party), why->text);
    }
}

/* SC_E_REFUSED: of a peer more unknown calls came within an hour than the rules allow
 * proposals. What such a call costs, it costs also if it is none. */
static sc_err check_pace(sc_calls *cs, size_t party, sc_fault *why)
{
    uint64_t most = cs->house->consortium->rules.peer_proposals;
    sc_calls_tries *t = &cs->tries[party];
    uint64_t now = sc_clock_ms();

    if (t->n == 0 || now - t->since_ms > HOUR_MS) {
        *t = (sc_calls_tries){.since_ms = now};
    }
    if (++t->n > most) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "more than %llu came within the hour "
                            "(proposals_per_hour)",
                            (unsigned long long)most);
    }
    return SC_OK;
}

static void show(sc_calls *cs);

static void hear_call(sc_calls *cs, const letter *l, const sc_frame *f)
{
    const sc_house *h = cs->house;
    sc_call *call = sc_calls_get(cs, l->call);
    sc_fault why = {0};
    sc_msg_call m;
    sc_err err = sc_msg_call_get(&m, f);

    if (err == SC_OK && call == NULL) {
        err = check_pace(cs, l->party, &why);
        err = err == SC_OK ? take_new(cs, l, m.job, &why) : err;
        call = sc_calls_get(cs, l->call);
    }
    if (err == SC_OK && (call == NULL || call->job->asker != l->party)) {
        sc_fault_set(&why, SC_E_CHEAT, "another party asked it");
        err = SC_E_CHEAT;
    }
    if (err != SC_OK) {
        sc_fault_from(&why, err);
        drop(cs, l->party, &why);
        return;
    }
    if (call->state != SC_CALL_OPEN) {
        return;
    }
    call->is_called = 1;
    if (sc_call_is_owed(call, h)) {
        if ((call->have >> h->me & 1) == 0) {
            show(cs); /* that a post is owed, for this takes a while */
            sc_calls_post(cs, call, m.plan);
        }
        if ((call->have >> h->me & 1) != 0) {
            sc_call_say_post(call, h);
        }
    }
}

/* Bytes of pieces that may still be kept of a peer, over all calls. */
static size_t room_of(const sc_calls *cs, size_t party)
{
    size_t used = 0;

    for (size_t i = 0; i < cs->n; i++) {
        const sc_call *c = cs->calls[i];

        for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
            int is_of = sc_call_is_mine(c, cs->house) ? p == party
                                                      : c->job->asker == party;

            used += is_of ? c->peers[p].coming.len : 0;
        }
    }
    return used < SC_CALL_MAX_COMING ? SC_CALL_MAX_COMING - used : 0;
}

static void take_letter(sc_calls *cs, const letter *l)
{
    sc_frame f = {.type = l->type,
                  .head = sc_buf_bytes(&l->head),
                  .bulk = sc_buf_bytes(&l->bulk)};
    sc_call *call = sc_calls_get(cs, l->call);

    for (size_t i = 0; l->type == 0 && i < cs->n; i++) {
        cs->calls[i]->peers[l->party].said_ms = 0;
    }
    if (l->type == SC_MSG_CALL) {
        hear_call(cs, l, &f);
    } else if (call != NULL && l->type != 0) {
        sc_call_hear(call, cs->house, l->party, &f, room_of(cs, l->party));
    }
}

/* ---- looking -------------------------------------------------------------------------- */

static void end_late(sc_calls *cs, sc_call *call)
{
    const sc_house *h = cs->house;
    uint32_t missing = sc_call_is_mine(call, h) ? sc_call_missing(call) : 0;
    char text[1024] = "";

    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        size_t at = strlen(text);

        if ((missing >> p & 1) != 0) {
            (void)snprintf(text + at, sizeof text - at, "%s%s",
                           at == 0 ? "no post came of " : ", ",
                           h->consortium->parties[p].name);
        }
    }
    if (text[0] == '\0') {
        (void)snprintf(text, sizeof text, "%s", call->trouble);
    }
    sc_call_end(call, h, SC_CALL_OVER, "", text);
}

static int64_t grace_s(const sc_house *h)
{
    return GRACE_S + (int64_t)(h->consortium->rules.job_ms / 1000);
}

/* Is it to be forgotten? Jobs that are open still may want its posts; the thread that
 * looks at a proof reads them. */
static int is_old(const sc_calls *cs, const sc_call *call, int64_t late)
{
    if (call->state == SC_CALL_OPEN || call == cs->check.call) {
        return 0;
    }
    if (!sc_call_is_mine(call, cs->house) && call->have == 0 &&
        late > grace_s(cs->house)) {
        return 1;
    }
    return late > ((int64_t)cs->house->conf->keep_days + 1) * DAY_S &&
           sc_clock_ms() - cs->started_ms > CALM_MS;
}

/* Others than the asker see by the log that a call was answered. */
static void look_for_answer(sc_calls *cs, sc_call *call)
{
    uint64_t now = sc_clock_ms();

    if (now >= call->run_ms &&
        sc_call_answered(cs->house, call->digest, call->run) == SC_OK) {
        call->has_run = 1;
        sc_call_end(call, cs->house, SC_CALL_DONE, "", "");
    }
    call->run_ms = now >= call->run_ms ? now + ANSWER_MS : call->run_ms;
}

static void look_at(sc_calls *cs, sc_call *call, int64_t late)
{
    const sc_house *h = cs->house;

    sc_call_drop_pieces(call, IDLE_MS);
    if (call->state != SC_CALL_DONE && !sc_call_is_mine(call, h)) {
        look_for_answer(cs, call); /* also of one that seemed to be over */
    }
    if (call->state == SC_CALL_OPEN && sc_call_is_mine(call, h)) {
        int is_due = sc_call_is_due(call, h);

        if (call->state == SC_CALL_OPEN && late <= 0) {
            sc_call_say(call, h);
            if (is_due) {
                sc_calls_begin(cs, call);
            }
        }
    }
    if (call->state == SC_CALL_OPEN &&
        late > (sc_call_is_mine(call, h) ? GRACE_S : grace_s(h)) &&
        (!call->has_run || late > LOST_S)) {
        end_late(cs, call);
    }
}

static void forget(sc_calls *cs, size_t i)
{
    sc_calls_remove(cs, cs->calls[i]);
    sc_call_free(&cs->calls[i]);
    cs->n--;
    memmove(&cs->calls[i], &cs->calls[i + 1], (cs->n - i) * sizeof(sc_call *));
}

static void look_at_all(sc_calls *cs)
{
    for (size_t i = cs->n; i-- > 0;) {
        int64_t late = sc_clock_wall() - cs->calls[i]->job->not_after;

        look_at(cs, cs->calls[i], late);
        if (is_old(cs, cs->calls[i], late)) {
            forget(cs, i);
        }
    }
}

/* Calls that were asked here since the last look. They count all the time: who asks
 * now sees them as asked or as mine. */
static void take_asked(sc_calls *cs)
{
    pthread_mutex_lock(&cs->lock);
    while (cs->n_asked > 0 &&
           sc_calls_add(cs, &cs->asked[cs->n_asked - 1]) == SC_OK) {
        cs->n_asked--;
        cs->n_mine++;
    }
    pthread_mutex_unlock(&cs->lock);
}

static int by_time(const void *a, const void *b)
{
    const sc_call *x = *(sc_call *const *)a, *y = *(sc_call *const *)b;

    return (x->job->time > y->job->time) - (x->job->time < y->job->time);
}

/* What others see, the newest last. */
static void show(sc_calls *cs)
{
    json_t *list = json_array(), *before;
    size_t n_mine = count(cs, cs->house->me).n_waiting;

    if (cs->n > 1) {
        qsort(cs->calls, cs->n, sizeof(sc_call *), by_time);
    }
    for (size_t i = 0; i < cs->n; i++) {
        (void)json_array_append_new(list,
                                    sc_call_json(cs->calls[i], cs->house));
    }
    pthread_mutex_lock(&cs->lock);
    before = cs->list;
    cs->list = list;
    cs->n_mine = n_mine;
    sc_buf_reset(&cs->known);
    for (size_t i = 0; i < cs->n; i++) {
        (void)!sc_buf_put(&cs->known, cs->calls[i]->digest, 16);
    }
    pthread_mutex_unlock(&cs->lock);
    json_decref(before);
}

/* The letter is out of the queue; is it worth looking at? */
static int is_stopping(sc_calls *cs, const letter *l)
{
    int is_stopping;

    pthread_mutex_lock(&cs->lock);
    cs->n_letters[l->party]--;
    is_stopping = cs->is_stopping;
    pthread_mutex_unlock(&cs->lock);
    return is_stopping;
}

static void *calls_thread(void *arg)
{
    sc_calls *cs = arg;
    uint64_t next_ms = 0, show_ms = 0;
    sc_err err = SC_OK;

    while (err != SC_E_CANCELLED) {
        void *item;

        take_asked(cs);
        sc_calls_take_ended(cs);
        sc_calls_check_posts(cs);
        if (sc_clock_ms() >= next_ms) {
            look_at_all(cs);
            next_ms = sc_clock_ms() + STEP_MS;
        }
        if (sc_clock_ms() >= show_ms || sc_queue_len(cs->queue) == 0) {
            show(cs);
            show_ms = sc_clock_ms() + SHOW_MS;
        }
        err = sc_queue_take(cs->queue, &item, next_ms);
        if (err == SC_OK) {
            next_ms = ((letter *)item)->type == 0 ? 0 : next_ms;
            if (!is_stopping(cs, item)) {
                take_letter(cs, item);
            }
            letter_free(item);
        }
    }
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------ */

sc_err sc_calls_new(sc_calls **out, const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_calls *cs = sc_alloc(1, sizeof *cs);

    SC_REQUIRE(cs != NULL, SC_E_MEM);
    pthread_mutex_init(&cs->lock, NULL);
    cs->house = h;
    cs->started_ms = sc_clock_ms();
    SC_TRY(sc_queue_new(&cs->queue, QUEUE_LEN, letter_free));
    SC_TRY(sc_calls_load(cs, why));
    show(cs);
    *out = cs;
    cs = NULL;
    err = SC_OK;
out:
    sc_calls_free(&cs);
    return sc_fault_from(why, err);
}

sc_err sc_calls_start(sc_calls *cs, sc_desk *desk, sc_fault *why)
{
    cs->desk = desk;
    if (pthread_create(&cs->thread, NULL, calls_thread, cs) != 0) {
        return sc_fault_from(why, SC_E_MEM);
    }
    cs->is_running = 1;
    return SC_OK;
}

void sc_calls_stop(sc_calls *cs)
{
    if (cs == NULL || !cs->is_running) {
        return;
    }
    pthread_mutex_lock(&cs->lock);
    cs->is_stopping = 1;
    if (cs->posting != NULL) {
        sc_run_cancel(cs->posting, "the node is shutting down");
    }
    pthread_mutex_unlock(&cs->lock);
    sc_queue_close(cs->queue);
    pthread_join(cs->thread, NULL);
    sc_calls_check_end(cs);
    cs->is_running = 0;
}

void sc_calls_free(sc_calls **out)
{
    sc_calls *cs = *out;

    if (cs == NULL) {
        return;
    }
    sc_calls_stop(cs);
    sc_queue_free(&cs->queue);
    for (size_t i = 0; i < cs->n; i++) {
        sc_call_free(&cs->calls[i]);
    }
    for (size_t i = 0; i < cs->n_asked; i++) {
        sc_call_free(&cs->asked[i]);
    }
    sc_free(cs->calls);
    json_decref(cs->list);
    sc_buf_clear(&cs->known);
    pthread_mutex_destroy(&cs->lock);
    sc_free(cs);
    *out = NULL;
}

/* ---- from outside ---------------------------------------------------------------------- */

int sc_calls_takes(uint16_t type)
{
    return type == SC_MSG_CALL || type == SC_MSG_POST ||
           type == SC_MSG_POSTED || type == SC_MSG_REFUSE ||
           type == SC_MSG_CANCEL;
}

/* Has the party room in the queue, and is there a call that this is of? Then its letter
 * counts. */
static int is_let_in(sc_calls *cs, size_t party, const uint8_t *call,
                     uint16_t type)
{
    int is_in, is_known = type == SC_MSG_CALL || type == 0;

    pthread_mutex_lock(&cs->lock);
    for (size_t at = 0; !is_known && at < cs->known.len; at += 16) {
        is_known = memcmp(cs->known.p + at, call, 16) == 0;
    }
    is_in = is_known && cs->n_letters[party] < MAX_LETTERS;
    cs->n_letters[party] += (size_t)is_in;
    pthread_mutex_unlock(&cs->lock);
    return is_in;
}

static void put_letter(sc_calls *cs, letter *l)
{
    if (sc_queue_put(cs->queue, l, 0) != SC_OK) { /* it is said again */
        pthread_mutex_lock(&cs->lock);
        cs->n_letters[l->party]--;
        pthread_mutex_unlock(&cs->lock);
        letter_free(l);
    }
}

void sc_calls_take(sc_calls *cs, size_t party, const uint8_t call[static 16],
                   const sc_frame *f)
{
    letter *l = sc_alloc(1, sizeof *l);

    if (l == NULL) {
        return;
    }
    l->party = party;
    memcpy(l->call, call, 16);
    l->type = f->type;
    if (sc_buf_put_bytes(&l->head, f->head) != SC_OK ||
        sc_buf_put_bytes(&l->bulk, f->bulk) != SC_OK ||
        !is_let_in(cs, party, call, f->type)) {
        letter_free(l);
        return;
    }
    put_letter(cs, l);
}

void sc_calls_linked(sc_calls *cs, size_t party)
{
    letter *l = sc_alloc(1, sizeof *l);

    if (l != NULL && is_let_in(cs, party, l->call, 0)) {
        l->party = party;
        put_letter(cs, l);
    } else if (l != NULL) {
        letter_free(l);
    }
}
