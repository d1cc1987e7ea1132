/* job/node/stored.c: see the header. */
#include "job/node/stored.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/node/audited.h"
#include "job/node/export.h"
#include "job/run/record.h"

#define MAX_LISTED 1000

static const char *party_name(const sc_house *h, size_t party)
{
    return h->consortium->parties[party].name;
}

/* The job that a request speaks of, by its id or the beginning of it. */
static sc_err take_id(uint8_t id[static SC_JOB_ID_LEN], const sc_house *h,
                      const json_t *request, sc_fault *why)
{
    const char *text;

    if (sc_json_str(&text, request, "id") != SC_OK) {
        return sc_fault_set(why, SC_E_CONFIG, "the request names no job");
    }
    return sc_record_find(id, h->conf->store, text, why);
}

/* The entry of the job's receipt; -1: none. */
static json_int_t index_of(const sc_record *record)
{
    uint64_t index;
    sc_bytes note;

    return sc_record_get_proved(record, &index, &note) == SC_OK
               ? (json_int_t)index
               : -1;
}

/* ---- one job ----------------------------------------------------------- */

/* Set key to the JSON of a record's step, if it is there. */
static sc_err put_step(json_t *ok, const char *key, const sc_record *record,
                       sc_record_kind kind, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;
    json_t *v = NULL;

    if (sc_record_get(record, &text, kind) != SC_OK) {
        return SC_OK;
    }
    SC_TRY(sc_json_parse(&v, text, text.len, why));
    SC_REQUIRE(json_object_set(ok, key, v) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(v);
    return err;
}

/* Who asked and who gets the answer, by name; the job itself. */
static sc_err put_job(json_t *ok, const sc_house *h, const sc_record *record,
                      sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;
    sc_job *job = NULL;
    json_t *to = json_array();

    SC_REQUIRE(to != NULL, SC_E_MEM);
    SC_TRY(sc_record_get(record, &text, SC_RECORD_JOB));
    SC_TRY(sc_job_take(&job, h->consortium, text, why));
    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        SC_REQUIRE((job->results >> p & 1) == 0 ||
                       json_array_append_new(to, json_string(
                                                     party_name(h, p))) == 0,
                   SC_E_MEM);
    }
    SC_REQUIRE(
        json_object_set_new(ok, "asker",
                            json_string(party_name(h, job->asker))) == 0 &&
            json_object_set(ok, "to", to) == 0 &&
            json_object_set_new(ok, "mine",
                                json_boolean(job->results >> h->me & 1)) == 0,
        SC_E_MEM);
    SC_TRY(put_step(ok, "job", record, SC_RECORD_JOB, why));
    err = SC_OK;
out:
    sc_job_free(&job);
    json_decref(to);
    return err;
}

/* The step that holds its end, if it ended without an answer of its own. */
static sc_record_kind end_of(const sc_record *record)
{
    sc_record_kind state = sc_record_state(record);

    return state == SC_RECORD_REFUSED || state == SC_RECORD_REPEATED
               ? state
               : SC_RECORD_ABORTED;
}

sc_err sc_stored_result(json_t **ok, const sc_house *h, const json_t *request,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t id[SC_JOB_ID_LEN];
    char hex[33];
    sc_record *record = NULL;

    SC_TRY(take_id(id, h, request, why));
    SC_TRY(sc_record_open(&record, h->conf->store, id, why));
    sc_hex16(hex, id);
    *ok = json_pack("{s:s,s:s,s:I}", "id", hex, "state",
                    sc_record_state_name(sc_record_state(record)), "index",
                    index_of(record));
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    SC_TRY(put_job(*ok, h, record, why));
    SC_TRY(put_step(*ok, "answer", record, SC_RECORD_ANSWER, why));
    SC_TRY(put_step(*ok, "end", record, end_of(record), why));
    err = SC_OK;
out:
    sc_record_free(&record);
    return sc_fault_from(why, err);
}

/* A job of which there is no record: its parties may tell an auditor, or a party
 * that lost it. */
static void ask_for_job(const sc_house *h, const json_t *request, sc_fault *why)
{
    uint8_t id[SC_JOB_ID_LEN];

    if (sc_json_hex(id, SC_JOB_ID_LEN, request, "id") == SC_OK) {
        sc_audited_ask(h, id);
        sc_fault_remedy(why, "the other parties were asked for it: if it is "
                             "a job of this party, or this party its auditor, "
                             "try again in a moment");
    }
}

/* The line alone is the whole file, unless something follows it. */
static json_t *receipt_json(const sc_buf *line, const sc_export *what,
                            const char *id)
{
    if (what->rest == 0) {
        return json_pack("{s:s%,s:b}", "bundle", (char *)line->p, line->len,
                         "first", what->is_first);
    }
    return json_pack("{s:s,s:s%,s:I,s:b}", "id", id, "line", (char *)line->p,
                     line->len, "rest", (json_int_t)what->rest, "first",
                     what->is_first);
}

sc_err sc_stored_receipt(json_t **ok, const sc_house *h, const json_t *request,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t id[SC_JOB_ID_LEN];
    char hex[33];
    sc_buf line = {0};
    sc_export what = {0};

    err = take_id(id, h, request, why);
    if (err == SC_E_NOT_FOUND) {
        ask_for_job(h, request, why);
    }
    SC_REQUIRE(err == SC_OK, err);
    SC_TRY(
        sc_export_bundle(&line, &what, h, id,
                         json_is_true(json_object_get(request, "with_result")),
                         why));
    sc_hex16(hex, id);
    *ok = receipt_json(&line, &what, hex);
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    sc_buf_clear(&line);
    return sc_fault_from(why, err);
}

sc_err sc_stored_receipt_rest(json_t **ok, const sc_house *h,
                              const json_t *request, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t id[SC_JOB_ID_LEN];
    sc_buf rest = {0}, text = {0};
    int64_t at;

    SC_TRY(take_id(id, h, request, why));
    SC_REQUIRE(sc_json_int(&at, request, "at", 0, SC_JSON_MAX_INT) == SC_OK,
               sc_fault_set(why, SC_E_CONFIG,
                            "the request does not say from where on"));
    SC_TRY(sc_export_rest(&rest, h, id, (uint64_t)at, SC_STORED_PAGE, why));
    SC_TRY(sc_base64_put(&text, sc_buf_bytes(&rest)));
    SC_TRY(sc_buf_terminate(&text));
    *ok = json_pack("{s:s%}", "rest", (char *)text.p, text.len);
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    sc_buf_clear(&rest);
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

/* ---- all --------------------------------------------------------------- */

/* A line of the list, and what places it there. */
typedef struct {
    json_t *json;
    json_int_t index, time;
    int64_t changed_ns;
} line;

/* json is NULL if the record cannot be read. */
static line read_line(const sc_house *h, const uint8_t *id)
{
    sc_record *record = NULL;
    sc_job *job = NULL;
    sc_fault why = {0};
    sc_bytes text;
    char hex[33];
    line l = {0};

    sc_hex16(hex, id);
    if (sc_record_open(&record, h->conf->store, id, &why) == SC_OK &&
        sc_record_get(record, &text, SC_RECORD_JOB) == SC_OK &&
        sc_job_take(&job, h->consortium, text, &why) == SC_OK) {
        l.index = index_of(record);
        l.time = (json_int_t)job->time;
        l.changed_ns = sc_record_changed_ns(record);
        l.json = json_pack("{s:s,s:s,s:I,s:s,s:s,s:I}", "id", hex, "state",
                           sc_record_state_name(sc_record_state(record)),
                           "time", l.time, "asker", party_name(h, job->asker),
                           "sql", job->sql, "index", l.index);
    }
    sc_job_free(&job);
    sc_record_free(&record);
    return l;
}

/* Is x the newer by the asker's clock, or within its second by ours? */
static int is_newer(const line *x, const line *y)
{
    return x->time != y->time ? x->time > y->time
                              : x->changed_ns > y->changed_ns;
}

/* First those in the log, by index; then the others, by time; each newest
 * first. */
static int by_kind(const void *a, const void *b)
{
    const line *x = a, *y = b;

    if (x->index < 0 && y->index < 0) {
        return is_newer(y, x) - is_newer(x, y);
    }
    return (x->index < y->index) - (x->index > y->index);
}

/* The two halves as one list: what is in the log keeps its order, which no clock
 * can turn round; the others find their place by time. */
static sc_err merge(json_t *list, const line *lines, size_t n)
{
    size_t n_proved = 0, i = 0, j;

    while (n_proved < n && lines[n_proved].index >= 0) {
        n_proved++;
    }
    j = n_proved;
    for (size_t k = 0; k < n && k < MAX_LISTED; k++) {
        int is_proved =
            j == n || (i < n_proved && !is_newer(&lines[j], &lines[i]));
        const line *next = is_proved ? &lines[i++] : &lines[j++];

        if (json_array_append(list, next->json) != 0) {
            return SC_E_MEM;
        }
    }
    return SC_OK;
}

static sc_err tell_list(json_t **ok, const sc_house *h, const json_t *request,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t *ids = NULL;
    size_t n_ids = 0, n = 0;
    line *lines = NULL;
    json_t *list = json_array();

    (void)request;
    SC_TRY(sc_record_list(&ids, &n_ids, h->conf->store, why));
    lines = sc_alloc(n_ids, sizeof *lines);
    SC_REQUIRE(lines != NULL && list != NULL, SC_E_MEM);
    for (size_t i = 0; i < n_ids; i++) {
        lines[n] = read_line(h, ids + i * SC_JOB_ID_LEN);
        n += lines[n].json != NULL;
    }
    qsort(lines, n, sizeof *lines, by_kind);
    SC_TRY(merge(list, lines, n));
    *ok = json_pack("{s:O}", "receipts", list);
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    for (size_t i = 0; i < n; i++) {
        json_decref(lines[i].json);
    }
    sc_free(lines);
    sc_free(ids);
    json_decref(list);
    return sc_fault_from(why, err);
}

const sc_stored_request sc_stored[SC_N_STORED] = {
    {"receipts", tell_list},
};
