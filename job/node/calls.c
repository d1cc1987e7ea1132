/* job/node/calls.c: the thread; what it does to a call is in call*.c. */
#include "job/node/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "job/node/calls_inner.h"
#include "job/run/call.h"
#include "job/run/post_file.h"

#define QUEUE_LEN 256
#define STEP_MS   250
#define SHOW_MS   ((uint64_t)200)   /* between two copies for others */
#define ANSWER_MS ((uint64_t)2000)  /* between two looks at the log */
#define TELL_MS   ((uint64_t)60000) /* between two lines about one peer */
#define IDLE_MS   ((uint64_t)60000) /* for the next piece of a post */
#define HOUR_MS   ((uint64_t)3600000)
#define CALM_MS   (2 * HOUR_MS) /* nothing is removed so soon after the start */
#define GRACE_S   60            /* a job that began in time may end */
#define DAY_S     ((int64_t)86400)

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

/* Takes *call. */
static sc_err add(sc_calls *cs, sc_call **call)
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
    SC_TRY(add(cs, &call));
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

static void hear_call(sc_calls *cs, const letter *l, const sc_frame *f)
{
    const sc_house *h = cs->house;
    sc_call *call = sc_calls_get(cs, l->call);
    sc_fault why = {0};
    sc_msg_call m;
    sc_err err = sc_msg_call_get(&m, f);

    if (err == SC_OK && call == NULL) {
        err = take_new(cs, l, m.job, &why);
        call = sc_calls_get(cs, l->call);
    }
    if (err != SC_OK || call == NULL || call->job->asker != l->party) {
        sc_fault_from(&why, err == SC_OK ? SC_E_CHEAT : err);
        drop(cs, l->party, &why);
        return;
    }
    if (call->state != SC_CALL_OPEN) {
        return;
    }
    call->is_called = 1;
    if (sc_call_is_owed(call, h)) {
        if ((call->have >> h->me & 1) == 0) {
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

/* Is it to be forgotten? Jobs that are open still may want its posts. */
static int is_old(const sc_calls *cs, const sc_call *call, int64_t late)
{
    if (call->state == SC_CALL_OPEN) {
        return 0;
    }
    if (!sc_call_is_mine(call, cs->house) && call->have == 0 &&
        late > GRACE_S) {
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
    if (call->state == SC_CALL_OPEN && !sc_call_is_mine(call, h)) {
        look_for_answer(cs, call);
    }
    if (call->state == SC_CALL_OPEN && sc_call_is_mine(call, h) && late <= 0) {
        sc_call_say(call, h);
        if (sc_call_is_due(call, h)) {
            sc_calls_begin(cs, call);
        }
    }
    if (call->state == SC_CALL_OPEN && late > GRACE_S && !call->has_run) {
        end_late(cs, call);
    }
}

static void forget(sc_calls *cs, size_t i)
{
    char *folder = sc_post_file_dir(cs->house, cs->calls[i]->digest);

    if (folder != NULL) {
        sc_call_remove(folder, cs->house->log);
    }
    sc_free(folder);
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

/* Calls that were asked here since the last look. */
static void take_asked(sc_calls *cs)
{
    pthread_mutex_lock(&cs->lock);
    while (cs->n_asked > 0 && add(cs, &cs->asked[cs->n_asked - 1]) == SC_OK) {
        cs->n_asked--;
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
    pthread_mutex_unlock(&cs->lock);
    json_decref(before);
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
            take_letter(cs, item);
            letter_free(item);
        }
    }
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------ */

/* A folder without a call that this node can go on with: a crash before it was stored,
 * what a session remembered of a call that this party did not keep, a call that this
 * version does not plan. */
static void skip(const sc_calls *cs, const char *folder, sc_err err,
                 const sc_fault *why)
{
    int64_t until = sc_call_claimed_until(folder);

    if (err != SC_E_NOT_FOUND) {
        sc_log_line(cs->house->log, SC_LOG_WARN, "call", "%s is left alone: %s",
                    folder, why->text);
    } else if (until == 0 || sc_clock_wall() - until >
                                 (int64_t)cs->house->conf->keep_days * DAY_S) {
        sc_call_remove(folder, cs->house->log);
    }
}

static sc_err load_one(sc_calls *cs, const char *calls, const char *name,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *folder = sc_path_join(calls, name);
    sc_call *call = NULL;

    SC_REQUIRE(folder != NULL, SC_E_MEM);
    err = sc_call_load(&call, cs->house, folder, why);
    if (err == SC_E_NOT_FOUND || err == SC_E_REFUSED || err == SC_E_CONFIG) {
        skip(cs, folder, err, why);
        *why = (sc_fault){0};
        err = SC_OK;
        goto out;
    }
    SC_TRY(err);
    SC_TRY(add(cs, &call));
    err = SC_OK;
out:
    sc_call_free(&call);
    sc_free(folder);
    return sc_fault_from(why, err);
}

static sc_err load(sc_calls *cs, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *calls = sc_path_join(cs->house->conf->store, "calls");
    char **names = NULL;
    size_t n = 0;

    SC_REQUIRE(calls != NULL, SC_E_MEM);
    err = sc_dir_list(&names, &n, calls, why);
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    *why = (sc_fault){0};
    for (size_t i = 0; i < n; i++) {
        SC_TRY(load_one(cs, calls, names[i], why));
    }
    err = SC_OK;
out:
    sc_free(names);
    sc_free(calls);
    return sc_fault_from(why, err);
}

sc_err sc_calls_new(sc_calls **out, const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_calls *cs = sc_alloc(1, sizeof *cs);

    SC_REQUIRE(cs != NULL, SC_E_MEM);
    pthread_mutex_init(&cs->lock, NULL);
    cs->house = h;
    cs->started_ms = sc_clock_ms();
    SC_TRY(sc_queue_new(&cs->queue, QUEUE_LEN, letter_free));
    SC_TRY(load(cs, why));
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

static void put_letter(sc_calls *cs, letter *l)
{
    if (sc_queue_put(cs->queue, l, 0) != SC_OK) {
        letter_free(l); /* it is said again */
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
        sc_buf_put_bytes(&l->bulk, f->bulk) != SC_OK) {
        letter_free(l);
        return;
    }
    put_letter(cs, l);
}

void sc_calls_linked(sc_calls *cs, size_t party)
{
    letter *l = sc_alloc(1, sizeof *l);

    if (l != NULL) {
        l->party = party;
        put_letter(cs, l);
    }
}

/* For the thread, if there is room. Takes *call then. */
static sc_err hand_in(sc_calls *cs, sc_call **call, sc_fault *why)
{
    sc_err err = SC_OK;

    pthread_mutex_lock(&cs->lock);
    if (cs->n_asked + cs->n_mine >= SC_CALLS_OF_PEER) {
        err = sc_fault_set(why, SC_E_REFUSED,
                           "%d calls of this party are open already",
                           SC_CALLS_OF_PEER);
        sc_fault_remedy(why, "wait until one of them is done or over");
    } else {
        cs->asked[cs->n_asked++] = *call;
        *call = NULL;
    }
    pthread_mutex_unlock(&cs->lock);
    if (err == SC_OK) {
        sc_calls_linked(cs, cs->house->me); /* it wakes */
    }
    return err;
}

sc_err sc_calls_ask(sc_calls *cs, json_t **out, sc_bytes text, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_call *call = NULL;

    *out = NULL;
    SC_TRY(sc_call_new(&call, cs->house, cs->house->me, text, why));
    SC_TRY(sc_call_store(call, cs->house, why));
    *out = sc_call_json(call, cs->house);
    SC_REQUIRE(*out != NULL, SC_E_MEM);
    SC_TRY(hand_in(cs, &call, why));
    err = SC_OK;
out:
    if (err != SC_OK && call != NULL) {
        char *folder = sc_post_file_dir(cs->house, call->digest);

        if (folder != NULL) {
            sc_call_remove(folder, NULL);
        }
        sc_free(folder);
        json_decref(*out);
        *out = NULL;
    }
    sc_call_free(&call);
    return sc_fault_from(why, err);
}

json_t *sc_calls_list(sc_calls *cs)
{
    json_t *list;

    pthread_mutex_lock(&cs->lock);
    list = json_deep_copy(cs->list);
    pthread_mutex_unlock(&cs->lock);
    return list;
}

sc_err sc_calls_find(sc_calls *cs, json_t **out, const char *prefix)
{
    json_t *list = sc_calls_list(cs), *call;
    size_t i, n = 0, len = strlen(prefix);

    *out = NULL;
    json_array_foreach(list, i, call)
    {
        const char *id = json_string_value(json_object_get(call, "id"));

        if (id != NULL && strncmp(id, prefix, len) == 0) {
            json_decref(*out);
            *out = json_incref(call);
            n++;
        }
    }
    json_decref(list);
    if (n != 1) {
        json_decref(*out);
        *out = NULL;
    }
    return n == 1 ? SC_OK : SC_E_NOT_FOUND;
}
