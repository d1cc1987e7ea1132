/* job/node/requests.c: see the header. */
#include "job/node/requests.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/node/asked.h"
#include "job/node/control.h"
#include "job/node/status.h"
#include "job/node/stored.h"

#define POLL_MS 200
#define ID_LEN  32 /* digits of a whole id: no job takes a call's */

struct sc_requests {
    sc_control *control;
    const sc_house *house;
    sc_desk *desk;
    sc_mend *mend;
    sc_calls *calls;
    pthread_t thread;
    int is_started;
    pthread_mutex_t lock; /* of what follows */
    int is_stopping;      /* no new requests */
    int has_failed;
};

typedef sc_err (*stored_call)(json_t **ok, const sc_house *h,
                              const json_t *request, sc_fault *why);
typedef sc_err (*handler)(sc_requests *r, json_t **ok, const json_t *request,
                          sc_fault *why);

/* ---- explain --------------------------------------------------------- */

static double slowest_link_ms(sc_requests *r)
{
    double slowest = -1;

    for (size_t p = 0; p < r->house->consortium->n_parties; p++) {
        sc_mesh_link link;

        if (p != r->house->me &&
            sc_mesh_status(r->house->mesh, &link, p) == SC_OK &&
            link.rtt_ns > 0 && (double)link.rtt_ns / 1e6 > slowest) {
            slowest = (double)link.rtt_ns / 1e6;
        }
    }
    return slowest;
}

static sc_err explain_plan(sc_requests *r, json_t **ok, const sc_plan *plan,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    SC_TRY(
        sc_plan_explain(&text, plan, r->house->consortium, slowest_link_ms(r)));
    SC_TRY(sc_buf_terminate(&text));
    *ok = json_pack("{s:s%}", "text", (char *)text.p, text.len);
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

static sc_err do_explain(sc_requests *r, json_t **ok, const json_t *request,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_job *job = NULL;
    sc_plan *plan = NULL;
    sc_buf text = {0};

    SC_TRY(sc_asked_job(&job, &text, r->house, request, why));
    SC_TRY(sc_plan_make(&plan, job, r->house->consortium, why));
    SC_TRY(explain_plan(r, ok, plan, why));
    err = SC_OK;
out:
    sc_plan_free(&plan);
    sc_job_free(&job);
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

/* ---- query ------------------------------------------------------------- */

typedef struct {
    sc_requests *requests;
    sc_control_client client;
    char id[33]; /* of the job */
} asking;

static void on_progress(void *ctx, sc_phase phase, uint64_t bytes,
                        uint64_t of_bytes)
{
    asking *a = ctx;

    sc_control_progress(a->requests->control, &a->client,
                        json_pack("{s:s,s:s,s:I,s:I}", "id", a->id, "phase",
                                  sc_phase_name(phase), "bytes",
                                  (json_int_t)bytes, "of",
                                  (json_int_t)of_bytes));
}

static sc_err put_answer(json_t *ok, const sc_run *run, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    json_t *answer = NULL;

    err = sc_run_answer(run, &text);
    if (err == SC_E_NOT_FOUND) {
        return SC_OK;
    }
    SC_REQUIRE(err == SC_OK, err);
    SC_TRY(sc_json_parse(&answer, sc_buf_bytes(&text), text.len, why));
    SC_REQUIRE(json_object_set(ok, "answer", answer) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(answer);
    sc_buf_clear(&text);
    return err;
}

static json_t *make_result(sc_requests *r, const sc_run *run, sc_fault *why)
{
    char hex[33];
    json_t *ok;

    sc_hex16(hex, sc_run_answer_id(run));
    ok = json_pack("{s:s,s:I,s:I,s:b}", "id", hex, "index",
                   (json_int_t)sc_run_index(run), "size",
                   (json_int_t)sc_chain_published(r->house->chain).size,
                   "stored", sc_run_is_stored(run));
    if (ok == NULL || put_answer(ok, run, why) != SC_OK) {
        json_decref(ok);
        ok = NULL;
        sc_fault_from(why, SC_E_MEM);
    }
    return ok;
}

static void on_done(void *ctx, const sc_run *run, sc_err err,
                    const sc_fault *why)
{
    asking *a = ctx;
    sc_requests *r = a->requests;
    sc_fault inner = *why;
    json_t *ok = err == SC_OK ? make_result(r, run, &inner) : NULL;
    sc_err sent = ok != NULL ? sc_control_ok(r->control, &a->client, ok)
                             : sc_control_fail(r->control, &a->client, &inner);

    if (sent != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_INFO, "job",
                    "the terminal that asked is gone; the answer is kept");
    }
    sc_free(a);
}

/* Hand the job to the desk; *ok stays NULL, the run's thread will answer. */
static sc_err ask_desk(sc_requests *r, const sc_control_client *from,
                       const sc_job *job, sc_bytes text, sc_fault *why)
{
    asking *a = sc_alloc(1, sizeof *a);
    sc_desk_client client = {on_progress, on_done, a};
    sc_err err;

    if (a == NULL) {
        return sc_fault_from(why, SC_E_MEM);
    }
    *a = (asking){r, *from, ""};
    sc_hex16(a->id, job->id);
    err = sc_desk_ask(r->desk, text, &client, why);
    if (err != SC_OK) {
        sc_free(a);
    }
    return err;
}

/* Owners post first: the call is kept, and whoever asked may go. */
static sc_err ask_calls(sc_requests *r, json_t **ok, sc_job *job, sc_buf *text,
                        const json_t *request, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    json_t *call = NULL;

    SC_TRY(sc_asked_call(job, text, r->house, request, why));
    SC_TRY(sc_calls_ask(r->calls, &call, sc_buf_bytes(text), why));
    *ok = json_pack("{s:O}", "call", call);
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(call);
    return sc_fault_from(why, err);
}

static sc_err do_query(sc_requests *r, json_t **ok,
                       const sc_control_client *from, const json_t *request,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_job *job = NULL;
    sc_plan *plan = NULL;
    sc_buf text = {0};

    SC_TRY(sc_asked_job(&job, &text, r->house, request, why));
    SC_TRY(sc_plan_make(&plan, job, r->house->consortium, why));
    if (plan->is_explain) {
        SC_TRY(explain_plan(r, ok, plan, why));
    } else if (sc_plan_is_call(plan, job)) {
        SC_TRY(ask_calls(r, ok, job, &text, request, why));
    } else {
        SC_TRY(ask_desk(r, from, job, sc_buf_bytes(&text), why));
    }
    err = SC_OK;
out:
    sc_plan_free(&plan);
    sc_job_free(&job);
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

/* ---- status ------------------------------------------------------------ */

static sc_err do_status(sc_requests *r, json_t **ok, const json_t *request,
                        sc_fault *why)
{
    (void)request;
    return sc_status_make(ok, r->house, r->desk, r->mend, r->calls, why);
}

/* ---- calls ------------------------------------------------------------- */

/* All who may ask, and this node: what they call for comes within a moment. */
static int is_linked_with_all(const sc_house *h)
{
    const sc_consortium *c = h->consortium;

    for (size_t p = 0; p < c->n_parties; p++) {
        if (p != h->me && !c->parties[p].is_offline &&
            !sc_mesh_is_linked(h->mesh, p)) {
            return 0;
        }
    }
    return 1;
}

static sc_err do_calls(sc_requests *r, json_t **ok, const json_t *request,
                       sc_fault *why)
{
    json_t *list = sc_calls_list(r->calls);

    (void)request;
    *ok = list == NULL ? NULL
                       : json_pack("{s:o,s:b}", "calls", list, "linked",
                                   is_linked_with_all(r->house));
    return *ok != NULL ? SC_OK : sc_fault_from(why, SC_E_MEM);
}

/* What is stored under an id: of a job; or, of a call that has become one, of its job.
 *   Out:     call  the call that the id is of, if it is one
 *   Returns: SC_E_NOT_FOUND  no such job; *call may be one without */
static sc_err tell_stored(sc_requests *r, json_t **ok, json_t **call,
                          const json_t *request, stored_call tell,
                          sc_fault *why)
{
    const char *id = json_string_value(json_object_get(request, "id"));
    int is_whole = id != NULL && strlen(id) == ID_LEN;
    json_t *of_job = NULL, *job = NULL;
    sc_err err = SC_E_NOT_FOUND;

    *call = NULL;
    if (!is_whole) { /* no job takes the whole id of a call */
        err = tell(ok, r->house, request, why);
    }
    if (err == SC_E_NOT_FOUND && id != NULL &&
        sc_calls_find(r->calls, call, id) == SC_OK) {
        job = json_object_get(*call, "job");
    }
    if (job != NULL) {
        of_job = json_deep_copy(request);
        SC_REQUIRE(of_job != NULL && json_object_set(of_job, "id", job) == 0,
                   SC_E_MEM);
    }
    if (err == SC_E_NOT_FOUND && (job != NULL || (is_whole && *call == NULL))) {
        *why = (sc_fault){0};
        err = tell(ok, r->house, job != NULL ? of_job : request, why);
    }
out:
    json_decref(of_job);
    return err;
}

/* Of a call without a job: how far it is. */
static sc_err do_result(sc_requests *r, json_t **ok, const json_t *request,
                        sc_fault *why)
{
    json_t *call = NULL;
    sc_err err = tell_stored(r, ok, &call, request, sc_stored_result, why);

    if (call != NULL && err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        *ok = json_object();
        err = *ok == NULL ? SC_E_MEM : SC_OK;
    }
    if (call != NULL && err == SC_OK) {
        err = json_object_set(*ok, "call", call) == 0 ? SC_OK : SC_E_MEM;
    }
    json_decref(call);
    return sc_fault_from(why, err);
}

static sc_err tell_receipt(sc_requests *r, json_t **ok, const json_t *request,
                           stored_call tell, sc_fault *why)
{
    json_t *call = NULL;
    sc_err err = tell_stored(r, ok, &call, request, tell, why);

    if (call != NULL && err == SC_E_NOT_FOUND) {
        sc_fault_set(why, err, "the call has no receipt yet");
        sc_fault_remedy(why, "`sharechain result ID` tells how far it is");
    }
    json_decref(call);
    return err;
}

static sc_err do_receipt(sc_requests *r, json_t **ok, const json_t *request,
                         sc_fault *why)
{
    return tell_receipt(r, ok, request, sc_stored_receipt, why);
}

static sc_err do_receipt_rest(sc_requests *r, json_t **ok,
                              const json_t *request, sc_fault *why)
{
    return tell_receipt(r, ok, request, sc_stored_receipt_rest, why);
}

/* ---- the thread -------------------------------------------------------- */

static const struct {
    const char *op;
    handler handle;
} handlers[] = {
    {"calls", do_calls},     {"explain", do_explain},
    {"receipt", do_receipt}, {"receipt_rest", do_receipt_rest},
    {"result", do_result},   {"status", do_status},
};

static sc_err dispatch(sc_requests *r, json_t **ok,
                       const sc_control_client *from, const char *op,
                       const json_t *request, sc_fault *why)
{
    int is_stopping;

    pthread_mutex_lock(&r->lock);
    is_stopping = r->is_stopping;
    pthread_mutex_unlock(&r->lock);
    if (is_stopping) {
        return sc_fault_set(why, SC_E_CANCELLED, "the node is shutting down");
    }
    if (strcmp(op, "query") == 0) {
        return do_query(r, ok, from, request, why);
    }
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        if (strcmp(op, handlers[i].op) == 0) {
            return handlers[i].handle(r, ok, request, why);
        }
    }
    for (size_t i = 0; i < SC_N_STORED; i++) {
        if (strcmp(op, sc_stored[i].op) == 0) {
            return sc_stored[i].tell(ok, r->house, request, why);
        }
    }
    return sc_fault_set(why, SC_E_CONFIG,
                        "this node does not know that request");
}

static void on_request(void *ctx, const sc_control_client *from, const char *op,
                       const json_t *request)
{
    sc_requests *r = ctx;
    sc_fault why = {0};
    json_t *ok = NULL;
    sc_err err = dispatch(r, &ok, from, op, request, &why);
    sc_err sent = SC_OK;

    if (err != SC_OK) {
        json_decref(ok);
        sent = sc_control_fail(r->control, from, &why);
    } else if (ok != NULL) {
        sent = sc_control_ok(r->control, from, ok);
    }
    if (sent != SC_OK) {
        sc_log_line(r->house->log, SC_LOG_DEBUG, "control",
                    "who asked is gone");
    }
}

static void *requests_thread(void *arg)
{
    sc_requests *r = arg;
    sc_fault why = {0};
    sc_err err = SC_OK;

    while (err == SC_OK) {
        err = sc_control_poll(r->control, POLL_MS, on_request, r, &why);
    }
    if (err != SC_E_CANCELLED) {
        sc_log_line(r->house->log, SC_LOG_ERROR, "control", "%s", why.text);
        pthread_mutex_lock(&r->lock);
        r->has_failed = 1;
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------- */

sc_err sc_requests_new(sc_requests **out, const char *folder, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_requests *r = sc_alloc(1, sizeof *r);

    SC_REQUIRE(r != NULL, SC_E_MEM);
    pthread_mutex_init(&r->lock, NULL);
    SC_TRY(sc_control_new(&r->control, folder, why));
    *out = r;
    r = NULL;
    err = SC_OK;
out:
    sc_requests_free(&r);
    return sc_fault_from(why, err);
}

sc_err sc_requests_start(sc_requests *r, const sc_house *house, sc_desk *desk,
                         sc_mend *mend, sc_calls *calls, sc_fault *why)
{
    r->house = house;
    r->desk = desk;
    r->mend = mend;
    r->calls = calls;
    if (pthread_create(&r->thread, NULL, requests_thread, r) != 0) {
        return sc_fault_from(why, SC_E_MEM);
    }
    r->is_started = 1;
    return SC_OK;
}

void sc_requests_stop(sc_requests *r)
{
    if (r != NULL) {
        pthread_mutex_lock(&r->lock);
        r->is_stopping = 1;
        pthread_mutex_unlock(&r->lock);
    }
}

void sc_requests_free(sc_requests **out)
{
    sc_requests *r = *out;

    if (r == NULL) {
        return;
    }
    if (r->is_started) {
        sc_control_stop(r->control);
        pthread_join(r->thread, NULL);
    }
    sc_control_free(&r->control);
    pthread_mutex_destroy(&r->lock);
    sc_free(r);
    *out = NULL;
}

int sc_requests_is_running(sc_requests *r)
{
    int is_running;

    pthread_mutex_lock(&r->lock);
    is_running = !r->has_failed;
    pthread_mutex_unlock(&r->lock);
    return is_running;
}

const char *sc_requests_socket(const sc_requests *r)
{
    return sc_control_path(r->control);
}
