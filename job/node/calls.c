/* job/node/calls.c: the thread; what it does to a call is in call*.c. */
#include "job/node/calls.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/queue.h"
#include "job/node/call.h"
#include "job/run/post_file.h"

#define QUEUE_LEN 256
#define STEP_MS   1000
#define TELL_MS   ((uint64_t)60000) /* between two lines about calls dropped */
#define POST_MS   ((uint64_t)60000) /* between two tries to make a post */
#define GRACE_S   60                /* a job that began in time may end */
#define DAY_S     ((int64_t)86400)

/* A message of a party. */
typedef struct {
    size_t party;
    uint8_t call[16];
    uint16_t type;
    sc_buf head, bulk;
} letter;

struct sc_calls {
    const sc_house *house;
    sc_desk *desk;
    sc_queue *queue;
    pthread_t thread;
    int is_running;
    uint64_t told_ms;
    pthread_mutex_t lock; /* of what follows; never held while a post is made */
    sc_call **calls;
    size_t n, cap;
    sc_run *posting; /* or NULL */
    int is_stopping;
};

/* ---- the list --------------------------------------------------------------------- */

static void letter_free(void *item)
{
    letter *l = item;

    sc_buf_clear(&l->head);
    sc_buf_clear(&l->bulk);
    sc_free(l);
}

static sc_call *find(sc_calls *cs, const uint8_t *id)
{
    for (size_t i = 0; i < cs->n; i++) {
        if (memcmp(cs->calls[i]->id, id, 16) == 0) {
            return cs->calls[i];
        }
    }
    return NULL;
}

/* Calls of an asker that still want something of this party. */
static size_t count_waiting(const sc_calls *cs, size_t asker)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n; i++) {
        const sc_call *c = cs->calls[i];
        int is_waiting = sc_call_is_mine(c, cs->house) ? 1
                         : sc_call_is_owed(c, cs->house)
                             ? !c->is_delivered
                             : sc_call_missing(c) != 0;

        n += c->state == SC_CALL_OPEN && c->job->asker == asker && is_waiting;
    }
    return n;
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

/* A call that was not here before: of this party's own, or of its sender. Locked. */
static sc_err take_new(sc_calls *cs, size_t asker, sc_bytes text, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_call *call = NULL;

    if (count_waiting(cs, asker) >= SC_CALLS_OF_PEER) {
        sc_fault_set(why, SC_E_REFUSED, "%d calls are open already",
                     SC_CALLS_OF_PEER);
        sc_fault_remedy(why, "wait until one of them is done or over");
        return SC_E_REFUSED;
    }
    SC_TRY(sc_call_new(&call, cs->house, text, why));
    SC_REQUIRE(call->job->asker == asker,
               sc_fault_set(why, SC_E_CHEAT,
                            "the call names another asker than its sender"));
    SC_REQUIRE(find(cs, call->id) == NULL, SC_E_STATE);
    SC_TRY(add(cs, &call));
    err = SC_OK;
out:
    sc_call_free(&call);
    return sc_fault_from(why, err);
}

/* ---- this owner's post --------------------------------------------------------------- */

static sc_err make_post(sc_calls *cs, sc_call *call, const uint8_t *plan,
                        sc_fault *why)
{
    sc_run_config config = {.house = cs->house,
                            .job = sc_buf_bytes(&call->text),
                            .plan_digest = plan};
    sc_run *run = NULL;
    sc_err err = sc_run_new(&run, &config, why);

    if (err == SC_OK) {
        cs->posting = cs->is_stopping ? NULL : run;
        err = cs->is_stopping ? SC_E_CANCELLED : SC_OK;
    }
    if (err == SC_OK) {
        pthread_mutex_unlock(&cs->lock);
        err = sc_run_post(run, why);
        pthread_mutex_lock(&cs->lock);
        cs->posting = NULL;
    }
    sc_run_free(&run);
    return sc_fault_from(why, err);
}

/* What went wrong, a rule that is missing too, may be mended: it is tried again while
 * the asker calls. Locked; the call stays where it is, for this thread alone removes
 * any. */
static void post(sc_calls *cs, sc_call *call, const uint8_t *plan)
{
    const sc_house *h = cs->house;
    sc_fault why = {0};
    char text[1024];
    sc_err err;

    if (sc_clock_ms() < call->post_ms) {
        return;
    }
    err = make_post(cs, call, plan, &why);
    if (err == SC_OK) {
        call->have |= (uint32_t)1 << h->me;
        call->trouble[0] = '\0';
        call->is_refused = 0;
        return;
    }
    sc_fault_print(text, sizeof text, &why);
    call->is_refused = err == SC_E_REFUSED;
    call->post_ms = sc_clock_ms() + POST_MS;
    (void)snprintf(call->trouble, sizeof call->trouble, "%s", text);
    sc_log_line(h->log, SC_LOG_WARN, "call", "no post could be made: %s", text);
}

/* ---- what peers say ------------------------------------------------------------------- */

/* One line a minute. */
static void drop(sc_calls *cs, size_t party, const sc_fault *why)
{
    uint64_t now = sc_clock_ms();

    if (cs->told_ms == 0 || now - cs->told_ms >= TELL_MS) {
        cs->told_ms = now;
        sc_log_line(cs->house->log, SC_LOG_WARN, "call",
                    "not taking a call of %s: %s",
                    sc_mesh_name(cs->house->mesh, party), why->text);
    }
}

/* Locked. */
static void hear_call(sc_calls *cs, const letter *l, const sc_frame *f)
{
    const sc_house *h = cs->house;
    sc_fault why = {0};
    sc_msg_call m;
    sc_call *call;
    sc_err err = sc_msg_call_get(&m, f);

    if (err == SC_OK && find(cs, l->call) == NULL) {
        err = take_new(cs, l->party, m.job, &why);
    }
    call = find(cs, l->call);
    if (err != SC_OK || call == NULL || call->job->asker != l->party) {
        sc_fault_from(&why, err == SC_OK ? SC_E_CHEAT : err);
        drop(cs, l->party, &why);
        return;
    }
    if (call->state != SC_CALL_OPEN || !sc_call_is_owed(call, h)) {
        return;
    }
    call->is_called = 1;
    if ((call->have >> h->me & 1) == 0) {
        post(cs, call, m.plan);
    }
    if ((call->have >> h->me & 1) != 0) {
        sc_call_say_post(call, h);
    }
}

static void take_letter(sc_calls *cs, const letter *l)
{
    sc_frame f = {.type = l->type,
                  .head = sc_buf_bytes(&l->head),
                  .bulk = sc_buf_bytes(&l->bulk)};
    sc_call *call;

    pthread_mutex_lock(&cs->lock);
    call = find(cs, l->call);
    if (l->type == SC_MSG_CALL) {
        hear_call(cs, l, &f);
    } else if (call != NULL) {
        sc_call_hear(call, cs->house, l->party, &f);
    }
    pthread_mutex_unlock(&cs->lock);
}

/* ---- jobs ------------------------------------------------------------------------------ */

typedef struct {
    sc_calls *calls;
    uint8_t call[16];
} asking;

static void on_done(void *ctx, const sc_run *run, sc_err err,
                    const sc_fault *why)
{
    asking *a = ctx;
    sc_calls *cs = a->calls;
    sc_call *call;

    pthread_mutex_lock(&cs->lock);
    call = find(cs, a->call);
    if (call != NULL) {
        sc_call_take_end(call, cs->house, sc_run_answer_id(run), err,
                         sc_run_is_open(run), why);
    }
    pthread_mutex_unlock(&cs->lock);
    sc_free(a);
}

/* Locked; the run's thread calls on_done, which takes the lock, when it is free. */
static sc_err begin(sc_calls *cs, sc_call *call, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    asking *a = sc_alloc(1, sizeof *a);
    sc_desk_client client = {NULL, on_done, a};
    sc_buf text = {0};

    SC_REQUIRE(a != NULL, SC_E_MEM);
    *a = (asking){.calls = cs};
    memcpy(a->call, call->id, sizeof a->call);
    SC_TRY(sc_call_make_job(call, cs->house, &text, call->run, why));
    call->has_run = call->is_running = 1;
    sc_call_note_run(call, cs->house);
    SC_TRY(sc_desk_ask(cs->desk, sc_buf_bytes(&text), &client, why));
    a = NULL;
    err = SC_OK;
out:
    sc_buf_clear(&text);
    sc_free(a);
    return sc_fault_from(why, err);
}

/* ---- looking -------------------------------------------------------------------------- */

static void end_late(sc_calls *cs, sc_call *call)
{
    const sc_house *h = cs->house;
    char text[1024] = "";

    if (sc_call_is_mine(call, h)) {
        uint32_t missing = sc_call_missing(call);

        for (size_t p = 0; p < h->consortium->n_parties; p++) {
            size_t at = strlen(text);

            if ((missing >> p & 1) != 0) {
                (void)snprintf(text + at, sizeof text - at, "%s%s",
                               at == 0 ? "no post came of " : ", ",
                               h->consortium->parties[p].name);
            }
        }
    }
    sc_call_end(call, h, SC_CALL_OVER, "",
                text[0] != '\0' ? text : call->trouble);
}

/* Is it to be forgotten? */
static int look_at(sc_calls *cs, sc_call *call)
{
    const sc_house *h = cs->house;
    int64_t late = sc_clock_wall() - call->job->not_after;
    sc_fault why = {0};

    if (call->state == SC_CALL_OPEN && sc_call_is_mine(call, h)) {
        if (late <= 0) {
            sc_call_say(call, h);
        }
        if (sc_call_is_due(call, h) && late <= 0) {
            sc_err err = begin(cs, call, &why);

            if (err != SC_OK) {
                sc_call_take_end(call, h, call->run, err, 0, &why);
            }
        }
    }
    if (call->state == SC_CALL_OPEN && late > GRACE_S && !call->has_run) {
        end_late(cs, call);
    }
    return late > (int64_t)h->conf->keep_days * DAY_S &&
           call->state != SC_CALL_OPEN;
}

static void look_at_all(sc_calls *cs)
{
    pthread_mutex_lock(&cs->lock);
    for (size_t i = 0; i < cs->n; i++) {
        if (look_at(cs, cs->calls[i])) {
            sc_call_remove(cs->calls[i], cs->house);
            sc_call_free(&cs->calls[i]);
            cs->n--;
            memmove(&cs->calls[i], &cs->calls[i + 1],
                    (cs->n - i) * sizeof(sc_call *));
            i--;
        }
    }
    pthread_mutex_unlock(&cs->lock);
}

static void *calls_thread(void *arg)
{
    sc_calls *cs = arg;
    uint64_t next_ms = 0;
    sc_err err = SC_OK;

    while (err != SC_E_CANCELLED) {
        void *item;

        if (sc_clock_ms() >= next_ms) {
            look_at_all(cs);
            next_ms = sc_clock_ms() + STEP_MS;
        }
        err = sc_queue_take(cs->queue, &item, next_ms);
        if (err == SC_OK) {
            take_letter(cs, item);
            letter_free(item);
        }
    }
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------ */

static sc_err load_one(sc_calls *cs, const char *calls, const char *name,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *folder = sc_path_join(calls, name);
    sc_call *call = NULL;

    SC_REQUIRE(folder != NULL, SC_E_MEM);
    err = sc_call_load(&call, cs->house, folder, why);
    if (err == SC_E_NOT_FOUND || err == SC_E_REFUSED || err == SC_E_CONFIG) {
        /* a crash before it was stored; another consortium's, before this file */
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
    SC_TRY(sc_queue_new(&cs->queue, QUEUE_LEN, letter_free));
    SC_TRY(load(cs, why));
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
    sc_free(cs->calls);
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
        sc_queue_put(cs->queue, l, 0) != SC_OK) {
        letter_free(l); /* it is said again */
    }
}

sc_err sc_calls_ask(sc_calls *cs, sc_bytes text, sc_fault *why)
{
    sc_err err;

    pthread_mutex_lock(&cs->lock);
    err = take_new(cs, cs->house->me, text, why);
    pthread_mutex_unlock(&cs->lock);
    return err;
}

json_t *sc_calls_list(sc_calls *cs)
{
    json_t *list = json_array();

    pthread_mutex_lock(&cs->lock);
    for (size_t i = 0; list != NULL && i < cs->n; i++) {
        if (json_array_append_new(list,
                                  sc_call_json(cs->calls[i], cs->house)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    pthread_mutex_unlock(&cs->lock);
    return list;
}

sc_err sc_calls_find(sc_calls *cs, json_t **out, const char *prefix)
{
    const sc_call *found = NULL;
    size_t n = 0, len = strlen(prefix);
    char hex[33];

    *out = NULL;
    pthread_mutex_lock(&cs->lock);
    for (size_t i = 0; i < cs->n; i++) {
        sc_hex16(hex, cs->calls[i]->id);
        if (strncmp(hex, prefix, len) == 0) {
            found = cs->calls[i];
            n++;
        }
    }
    if (n == 1) {
        *out = sc_call_json(found, cs->house);
    }
    pthread_mutex_unlock(&cs->lock);
    return n != 1 ? SC_E_NOT_FOUND : *out == NULL ? SC_E_MEM : SC_OK;
}
