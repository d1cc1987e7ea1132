/* job/node/desk.c: see the header. */
#include "job/node/desk.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/run/policy.h"
#include "job/run/statement.h"

#define TICK_MS   500
#define MINUTE_MS ((uint64_t)60 * 1000)
#define HOUR_MS   (60 * MINUTE_MS)
#define TELL_MS   MINUTE_MS /* between two lines about one peer */

typedef struct {
    sc_desk *desk;
    sc_run *run; /* NULL: the place is free */
    size_t asker;
    sc_desk_client client;
    pthread_t thread;
    int is_held;  /* the desk hands a message to the run: it may not be freed */
    int is_busy;  /* the thread has not ended */
    int is_ended; /* the thread may be joined */
} place;

/* When an asker's last proposals came; a ring. */
typedef struct {
    uint64_t at_ms[SC_RULES_MAX_PROPOSALS]; /* peer_proposals of them */
    size_t next;
    uint64_t told_ms; /* last line in the log about its bad proposals */
} proposals;

struct sc_desk {
    const sc_house *house;
    sc_mend *mend;
    sc_calls *calls;
    pthread_t thread;
    int is_running;
    pthread_mutex_t lock;  /* of what follows; held for no signature's check */
    pthread_cond_t let_go; /* a place is not held any more */
    int is_closing;
    place places[SC_DESK_MAX_RUNS];
    proposals proposals[SC_MAX_PARTIES];
};

/* ---- runs -------------------------------------------------------------- */

static void *run_thread(void *arg)
{
    place *p = arg;
    sc_desk *d = p->desk;
    sc_fault why = {0};
    sc_run *run = p->run;
    sc_err err = sc_run_go(run, &why);

    if (p->client.done != NULL) {
        p->client.done(p->client.ctx, run, err, &why);
    }
    if (err == SC_OK) {
        sc_run_finish(run);
    }
    if (sc_run_is_open(run)) { /* first: at no moment is it nobody's */
        sc_mend_adopt(d->mend, sc_run_id(run));
    }
    pthread_mutex_lock(&d->lock);
    p->run = NULL; /* no message finds it any more */
    while (p->is_held) {
        pthread_cond_wait(&d->let_go, &d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    sc_run_free(&run);
    pthread_mutex_lock(&d->lock);
    p->is_busy = 0;
    p->is_ended = 1;
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* Join the threads whose runs are over. Locked. */
static void reap(sc_desk *d)
{
    for (size_t i = 0; i < SC_DESK_MAX_RUNS; i++) {
        place *p = &d->places[i];

        if (p->is_ended) {
            pthread_t ended = p->thread;

            p->is_ended = 0; /* the place is free from here on */
            pthread_mutex_unlock(&d->lock);
            pthread_join(ended, NULL);
            pthread_mutex_lock(&d->lock);
        }
    }
}

static place *free_place(sc_desk *d)
{
    for (size_t i = 0; i < SC_DESK_MAX_RUNS; i++) {
        if (!d->places[i].is_busy && !d->places[i].is_ended) {
            return &d->places[i];
        }
    }
    return NULL;
}

static size_t count_runs(const sc_desk *d, size_t asker)
{
    size_t n = 0;

    for (size_t i = 0; i < SC_DESK_MAX_RUNS; i++) {
        n += d->places[i].run != NULL &&
             (asker == SIZE_MAX || d->places[i].asker == asker);
    }
    return n;
}

static place *find_run(sc_desk *d, const uint8_t *id)
{
    for (size_t i = 0; i < SC_DESK_MAX_RUNS; i++) {
        place *p = &d->places[i];

        if (p->run != NULL && memcmp(sc_run_id(p->run), id, 16) == 0) {
            return p;
        }
    }
    return NULL;
}

/* Give the run a place and a thread. Locked. Takes *run on success. */
static sc_err start(sc_desk *d, sc_run **run, size_t asker,
                    const sc_desk_client *client, sc_fault *why)
{
    place *p;

    reap(d);
    p = d->is_closing ? NULL : free_place(d);
    if (p == NULL) {
        sc_fault_set(why, SC_E_REFUSED, "busy: %d jobs run here already",
                     SC_DESK_MAX_RUNS);
        sc_fault_remedy(why, "ask again in a moment");
        return SC_E_REFUSED;
    }
    if (find_run(d, sc_run_id(*run)) != NULL) {
        return sc_fault_set(why, SC_E_STATE, "this job runs already");
    }
    *p = (place){.desk = d, .run = *run, .asker = asker, .is_busy = 1};
    if (client != NULL) {
        p->client = *client;
    }
    if (pthread_create(&p->thread, NULL, run_thread, p) != 0) {
        *p = (place){.desk = d};
        return sc_fault_from(why, SC_E_MEM);
    }
    *run = NULL;
    return SC_OK;
}

sc_err sc_desk_ask(sc_desk *d, sc_bytes job, const sc_desk_client *client,
                   sc_fault *why)
{
    sc_run_config config = {d->house, job, NULL, client->progress, client->ctx};
    sc_run *run = NULL;
    sc_err err = sc_run_new(&run, &config, why);

    if (err == SC_OK) {
        pthread_mutex_lock(&d->lock);
        err = start(d, &run, d->house->me, client, why);
        pthread_mutex_unlock(&d->lock);
    }
    sc_run_free(&run);
    return err;
}

size_t sc_desk_n_runs(sc_desk *d)
{
    size_t n;

    pthread_mutex_lock(&d->lock);
    n = count_runs(d, SIZE_MAX);
    pthread_mutex_unlock(&d->lock);
    return n;
}

/* ---- proposals --------------------------------------------------------- */

/* One line a minute, whatever a peer proposes. Locked. */
static void tell(sc_desk *d, size_t asker, const char *what)
{
    proposals *p = &d->proposals[asker];
    uint64_t now = sc_clock_ms();

    if (p->told_ms == 0 || now - p->told_ms >= TELL_MS) {
        p->told_ms = now;
        sc_log_line(d->house->log, SC_LOG_WARN, "job",
                    "not taking a proposal of %s: %s",
                    sc_mesh_name(d->house->mesh, asker), what);
    }
}

/* Count a proposal, unless a limit is reached: why says which. Locked. */
static sc_err within_limits(sc_desk *d, size_t asker, sc_fault *why)
{
    const sc_consortium_rules *rules = &d->house->consortium->rules;
    proposals *p = &d->proposals[asker];
    uint64_t now = sc_clock_ms(), oldest = p->at_ms[p->next];

    if (oldest != 0 && now - oldest < HOUR_MS) {
        unsigned long long minutes = (HOUR_MS - (now - oldest)) / MINUTE_MS;

        return sc_fault_set(why, SC_E_REFUSED,
                            "busy: %llu proposals within an hour; again in "
                            "%llu minutes",
                            (unsigned long long)rules->peer_proposals,
                            minutes + 1);
    }
    if (count_runs(d, SIZE_MAX) - count_runs(d, d->house->me) >=
        SC_DESK_MAX_RUNS - SC_DESK_OWN_RUNS) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "busy: %d jobs of others run here already",
                            SC_DESK_MAX_RUNS - SC_DESK_OWN_RUNS);
    }
    if (count_runs(d, asker) >= rules->peer_sessions) {
        return sc_fault_set(
            why, SC_E_REFUSED,
            "busy: %llu of its jobs run here; again when one of "
            "them has ended",
            (unsigned long long)rules->peer_sessions);
    }
    p->at_ms[p->next] = now;
    p->next = (p->next + 1) % rules->peer_proposals;
    return SC_OK;
}

static void say_busy(sc_desk *d, size_t asker, const uint8_t *id, sc_bytes job)
{
    sc_msg_refuse m = {.reason = SC_REFUSAL_LIMITS};
    sc_buf room = {0};
    uint8_t digest[32];
    sc_frame f;

    sc_sha256(digest, job);
    if (sc_statement_refuse(m.signature, &d->house->keys->identity, digest,
                            m.reason) == SC_OK &&
        sc_msg_refuse_put(&f, &room, &m) == SC_OK &&
        sc_mesh_send(d->house->mesh, asker, id, &f) != SC_OK) {
        sc_log_line(d->house->log, SC_LOG_DEBUG, "job",
                    "the asker is not linked");
    }
    sc_buf_clear(&room);
}

/* SC_E_REFUSED and SC_E_STATE: busy, or another job has this id; the asker is
 * told, for else it would wait for this party and blame it. */
static sc_err admit(sc_desk *d, const sc_mesh_event *e, const sc_msg_propose *m,
                    sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_run_config config = {d->house, m->job, m->plan, NULL, NULL};
    sc_run *run = NULL;

    pthread_mutex_lock(&d->lock);
    err = within_limits(d, e->party, why);
    pthread_mutex_unlock(&d->lock);
    SC_TRY(err);
    SC_TRY(sc_run_new(&run, &config, why));
    SC_REQUIRE(memcmp(sc_run_id(run), e->job, 16) == 0,
               sc_fault_set(why, SC_E_WIRE,
                            "it is tagged with another job's id"));
    SC_REQUIRE(sc_run_asker(run) == e->party,
               sc_fault_set(why, SC_E_CHEAT,
                            "the job names another asker than its sender"));
    pthread_mutex_lock(&d->lock);
    err = start(d, &run, e->party, NULL, why);
    pthread_mutex_unlock(&d->lock);
    SC_TRY(err);
    err = SC_OK;
out:
    sc_run_free(&run);
    return err;
}

static void take_proposal(sc_desk *d, const sc_mesh_event *e)
{
    sc_fault why = {0};
    sc_msg_propose m;
    sc_err err = sc_msg_propose_get(&m, &e->frame);

    if (err == SC_OK) {
        err = admit(d, e, &m, &why);
        if (err == SC_E_REFUSED || err == SC_E_STATE) {
            say_busy(d, e->party, e->job, m.job);
        }
    } else {
        sc_fault_from(&why, err);
    }
    if (err != SC_OK) {
        pthread_mutex_lock(&d->lock);
        tell(d, e->party, why.text);
        pthread_mutex_unlock(&d->lock);
    }
}

/* ---- events ------------------------------------------------------------ */

/* Is there a run of this job? Then it has taken the message. */
static int give_to_run(sc_desk *d, const sc_mesh_event *e)
{
    sc_run *run = NULL;
    place *p;

    pthread_mutex_lock(&d->lock);
    p = find_run(d, e->job);
    if (p != NULL) {
        run = p->run;
        p->is_held = 1;
    }
    pthread_mutex_unlock(&d->lock);
    if (run == NULL) {
        return 0;
    }
    sc_run_message(run, e->party, &e->frame);
    pthread_mutex_lock(&d->lock);
    p->is_held = 0;
    pthread_cond_broadcast(&d->let_go);
    pthread_mutex_unlock(&d->lock);
    return 1;
}

static void take_message(sc_desk *d, const sc_mesh_event *e)
{
    if (sc_keeper_takes(e->frame.type)) {
        sc_keeper_take(d->house->keeper, e->party, &e->frame);
        return;
    }
    if (e->frame.type == SC_MSG_PROPOSE) {
        take_proposal(d, e);
        return;
    }
    if (give_to_run(d, e) && e->frame.type != SC_MSG_ASK &&
        !sc_calls_takes(e->frame.type)) {
        return; /* a call may bear the id of a job that somebody runs */
    }
    if (sc_mend_takes(e->frame.type)) {
        sc_mend_take(d->mend, e->party, e->job, &e->frame);
    } else if (sc_calls_takes(e->frame.type)) {
        sc_calls_take(d->calls, e->party, e->job, &e->frame);
    }
}

static void *desk_thread(void *arg)
{
    sc_desk *d = arg;
    sc_err err = SC_OK;

    while (err == SC_OK || err == SC_E_TIMEOUT) {
        sc_mesh_event *e = NULL;

        err = sc_mesh_next(d->house->mesh, &e, sc_clock_ms() + TICK_MS);
        if (err == SC_OK) {
            if (e->kind == SC_MESH_LINKED) {
                sc_keeper_take(d->house->keeper, e->party, NULL);
                sc_calls_linked(d->calls, e->party);
            } else if (e->kind == SC_MESH_MESSAGE) {
                take_message(d, e);
            }
            sc_mesh_event_free(&e);
        }
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------- */

sc_err sc_desk_new(sc_desk **out, const sc_house *house, sc_mend *mend,
                   sc_calls *calls, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_desk *d = sc_alloc(1, sizeof *d);

    SC_REQUIRE(d != NULL, SC_E_MEM);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->let_go, NULL);
    d->house = house;
    d->mend = mend;
    d->calls = calls;
    SC_REQUIRE(pthread_create(&d->thread, NULL, desk_thread, d) == 0, SC_E_MEM);
    d->is_running = 1;
    *out = d;
    d = NULL;
    err = SC_OK;
out:
    sc_desk_free(&d);
    return sc_fault_from(why, err);
}

/* Wait until every run's thread has been joined. */
static void drain(sc_desk *d)
{
    size_t n = 1;

    while (n > 0) {
        pthread_mutex_lock(&d->lock);
        d->is_closing = 1;
        reap(d);
        n = 0;
        for (size_t i = 0; i < SC_DESK_MAX_RUNS; i++) {
            if (d->places[i].run != NULL) {
                sc_run_cancel(d->places[i].run, "the node is shutting down");
            }
            n += d->places[i].is_busy || d->places[i].is_ended;
        }
        pthread_mutex_unlock(&d->lock);
        if (n > 0) {
            sc_clock_sleep_ms(10);
        }
    }
}

void sc_desk_free(sc_desk **out)
{
    sc_desk *d = *out;

    if (d == NULL) {
        return;
    }
    if (d->is_running) {
        sc_mesh_stop(d->house->mesh);
        pthread_join(d->thread, NULL);
        drain(d);
    }
    pthread_cond_destroy(&d->let_go);
    pthread_mutex_destroy(&d->lock);
    sc_free(d);
    *out = NULL;
}
