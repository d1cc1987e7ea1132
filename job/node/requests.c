/* job/node/requests.c: see the header. */
#include "job/node/requests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/node/asked.h"
#include "job/node/audited.h"
#include "job/node/control.h"
#include "job/node/export.h"
#include "job/node/status.h"
#include "job/run/dossier.h"

#define POLL_MS    200
#define MAX_LISTED 1000
#define NO_RATE    0.0

struct sc_requests {
    sc_control *control;
    const sc_house *house;
    sc_desk *desk;
    sc_mend *mend;
    pthread_t thread;
    int is_started;
    pthread_mutex_t lock; /* of what follows */
    int is_stopping;      /* no new requests */
    int has_failed;
};

typedef sc_err (*handler)(sc_requests *r, json_t **ok, const json_t *request,
                          sc_fault *why);

static const char *party_name(const sc_requests *r, size_t party)
{
    return r->house->consortium->parties[party].name;
}

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

    SC_TRY(sc_plan_explain(&text, plan, r->house->consortium,
                           slowest_link_ms(r), NO_RATE));
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
} asking;

static void on_progress(void *ctx, sc_phase phase, uint64_t bytes,
                        uint64_t of_bytes)
{
    asking *a = ctx;

    sc_control_progress(a->requests->control, &a->client,
                        json_pack("{s:s,s:I,s:I}", "phase",
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
                       sc_bytes job, sc_fault *why)
{
    asking *a = sc_alloc(1, sizeof *a);
    sc_desk_client client = {on_progress, on_done, a};
    sc_err err;

    if (a == NULL) {
        return sc_fault_from(why, SC_E_MEM);
    }
    *a = (asking){r, *from};
    err = sc_desk_ask(r->desk, job, &client, why);
    if (err != SC_OK) {
        sc_free(a);
    }
    return err;
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
    } else {
        SC_TRY(ask_desk(r, from, sc_buf_bytes(&text), why));
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
    return sc_status_make(ok, r->house, r->desk, r->mend, why);
}

/* ---- stored jobs ------------------------------------------------------- */

static sc_err take_id(uint8_t id[16], const json_t *request, sc_fault *why)
{
    if (sc_json_hex(id, 16, request, "id") != SC_OK) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "a job's id is 32 hexadecimal digits");
    }
    return SC_OK;
}

static sc_err do_result(sc_requests *r, json_t **ok, const json_t *request,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t id[16];
    char hex[33];
    sc_record *record = NULL;
    sc_bytes text;
    json_t *answer = NULL;

    SC_TRY(take_id(id, request, why));
    SC_TRY(sc_record_open(&record, r->house->conf->store, id, why));
    sc_hex16(hex, id);
    *ok = json_pack("{s:s,s:s}", "id", hex, "state",
                    sc_record_state_name(sc_record_state(record)));
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    if (sc_record_get(record, &text, SC_RECORD_ANSWER) == SC_OK) {
        SC_TRY(sc_json_parse(&answer, text, text.len, why));
        SC_REQUIRE(json_object_set(*ok, "answer", answer) == 0, SC_E_MEM);
    }
    err = SC_OK;
out:
    json_decref(answer);
    sc_record_free(&record);
    return sc_fault_from(why, err);
}

/* One line of the list of receipts; NULL if its record cannot be read. */
static json_t *list_job(sc_requests *r, const uint8_t *id)
{
    sc_record *record = NULL;
    sc_job *job = NULL;
    sc_fault why = {0};
    sc_bytes text, note;
    uint64_t proved;
    json_int_t index = -1;
    char hex[33];
    json_t *line = NULL;

    sc_hex16(hex, id);
    if (sc_record_open(&record, r->house->conf->store, id, &why) == SC_OK &&
        sc_record_get(record, &text, SC_RECORD_JOB) == SC_OK &&
        sc_job_take(&job, r->house->consortium, text, &why) == SC_OK) {
        if (sc_record_get_proved(record, &proved, &note) == SC_OK) {
            index = (json_int_t)proved;
        }
        line =
            json_pack("{s:s,s:s,s:I,s:s,s:s,s:I}", "id", hex, "state",
                      sc_record_state_name(sc_record_state(record)), "time",
                      (json_int_t)job->time, "asker", party_name(r, job->asker),
                      "sql", job->sql, "index", index);
    }
    sc_job_free(&job);
    sc_record_free(&record);
    return line;
}

static int newest_first(const void *a, const void *b)
{
    json_t *const *x = a, *const *y = b;
    json_int_t s = json_integer_value(json_object_get(*x, "time"));
    json_int_t t = json_integer_value(json_object_get(*y, "time"));

    return (s < t) - (s > t);
}

static sc_err do_receipts(sc_requests *r, json_t **ok, const json_t *request,
                          sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t *ids = NULL;
    size_t n_ids = 0, n = 0;
    json_t **lines = NULL, *list = json_array();

    (void)request;
    SC_TRY(sc_record_list(&ids, &n_ids, r->house->conf->store, why));
    lines = sc_alloc(n_ids, sizeof *lines);
    SC_REQUIRE(lines != NULL && list != NULL, SC_E_MEM);
    for (size_t i = 0; i < n_ids; i++) {
        json_t *line = list_job(r, ids + 16 * i);

        if (line != NULL) {
            lines[n++] = line;
        }
    }
    qsort(lines, n, sizeof *lines, newest_first);
    for (size_t i = 0; i < n; i++) {
        if (i >= MAX_LISTED || json_array_append(list, lines[i]) != 0) {
            break;
        }
    }
    *ok = json_pack("{s:O}", "receipts", list);
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    for (size_t i = 0; i < n; i++) {
        json_decref(lines[i]);
    }
    sc_free(lines);
    sc_free(ids);
    json_decref(list);
    return sc_fault_from(why, err);
}

/* A job of which there is no record: its parties may tell an auditor, or a party
 * that lost it. */
static sc_err know_job(sc_requests *r, const uint8_t id[16], sc_fault *why)
{
    sc_record *record = NULL;
    sc_err err = sc_record_open(&record, r->house->conf->store, id, why);

    sc_record_free(&record);
    if (err == SC_E_NOT_FOUND) {
        sc_audited_ask(r->house, id);
        sc_fault_remedy(why, "the other parties were asked for it: if it is "
                             "a job of this party, or this party its auditor, "
                             "try again in a moment");
    }
    return err;
}

static sc_err do_receipt(sc_requests *r, json_t **ok, const json_t *request,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t id[16];
    sc_buf bundle = {0};
    int is_first = 0;

    SC_TRY(take_id(id, request, why));
    SC_TRY(know_job(r, id, why));
    SC_TRY(
        sc_export_bundle(&bundle, &is_first, r->house, id,
                         json_is_true(json_object_get(request, "with_result")),
                         why));
    *ok = json_pack("{s:s%,s:b}", "bundle", (char *)bundle.p, bundle.len,
                    "first", is_first);
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    sc_buf_clear(&bundle);
    return sc_fault_from(why, err);
}

/* ---- the thread -------------------------------------------------------- */

static const struct {
    const char *op;
    handler handle;
} handlers[] = {
    {"explain", do_explain},   {"status", do_status},   {"result", do_result},
    {"receipts", do_receipts}, {"receipt", do_receipt},
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
                         sc_mend *mend, sc_fault *why)
{
    r->house = house;
    r->desk = desk;
    r->mend = mend;
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
