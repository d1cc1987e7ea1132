/* data/engine.c: one child, the versions of the files that it was started for,
 * and what the check found in them.
 *
 * A child serves the versions it was started with: Landlock binds it to those
 * inodes, and nothing that DuckDB remembers of a file can be stale. When a file
 * changes, the next request starts another one. */
#include "data/engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "data/asset.h"
#include "data/engine_config.h"
#include "data/process.h"
#include "data/report.h"

#define START_MS       30000 /* for loading and locking DuckDB */
#define DEFAULT_MEMORY 2048

/* One call of another thread, on its stack. */
typedef struct request {
    const void *out; /* what it fills: its name */
    atomic_int is_unwanted;
    struct request *next;
} request;

typedef struct {
    const sc_source *source;
    sc_file_id *started; /* the files when the child was started */
    sc_file_id *checked; /* ... when the asset was checked */
    sc_file_id *now;     /* ... before a request */
    sc_file_id *after;   /* ... after it */
    sc_asset asset;
    int has_asset;
    sc_fault trouble; /* of the last check; SC_OK if it ended well */
} held;

struct sc_engine {
    sc_engine_config config;
    char *program, *duckdb;
    sc_buf setup; /* the SETUP message */
    held *held;   /* one a source */
    sc_process process;
    pthread_mutex_t
        mutex; /* guards is_busy, requests, and what the check found:
                              held's checked, asset, has_asset, trouble, which only the
                              holder changes; the rest is its holder's */
    pthread_cond_t is_free;
    request *requests;
    int has_locks, is_busy;
    int is_told;  /* that Landlock is missing */
    int is_loose; /* it is, says the last child; locked */
};

/* ---- one request at a time ------------------------------------------- */

/* Locked. */
static void forget(sc_engine *e, const request *q)
{
    request **at = &e->requests;

    while (*at != q) {
        at = &(*at)->next;
    }
    *at = q->next;
}

static sc_err acquire(sc_engine *e, request *q, const void *out,
                      uint64_t deadline_ms, sc_fault *why)
{
    struct timespec until = {(time_t)(deadline_ms / 1000),
                             (long)(deadline_ms % 1000) * 1000000};
    int failed = 0, is_unwanted;

    if (deadline_ms == SC_NO_DEADLINE) {
        until.tv_sec = (time_t)1 << 40;
    }
    q->out = out;
    atomic_init(&q->is_unwanted, 0);
    (void)pthread_mutex_lock(&e->mutex);
    q->next = e->requests;
    e->requests = q;
    while (e->is_busy && failed == 0 && !atomic_load(&q->is_unwanted)) {
        failed = pthread_cond_timedwait(&e->is_free, &e->mutex, &until);
    }
    is_unwanted = atomic_load(&q->is_unwanted);
    if (!e->is_busy && !is_unwanted) {
        e->is_busy = 1;
        e->process.stop = &q->is_unwanted;
        failed = 0;
    } else {
        forget(e, q);
        failed = 1;
    }
    (void)pthread_mutex_unlock(&e->mutex);
    if (failed == 0) {
        return SC_OK;
    }
    return is_unwanted ? sc_fault_from(why, SC_E_CANCELLED)
                       : sc_fault_set(why, SC_E_TIMEOUT,
                                      "the engine is busy with other queries");
}

static void release(sc_engine *e, request *q)
{
    (void)pthread_mutex_lock(&e->mutex);
    forget(e, q);
    e->process.stop = NULL;
    e->is_busy = 0;
    (void)pthread_cond_signal(&e->is_free);
    (void)pthread_mutex_unlock(&e->mutex);
}

void sc_engine_interrupt(sc_engine *e, const void *out)
{
    (void)pthread_mutex_lock(&e->mutex);
    for (request *q = e->requests; q != NULL; q = q->next) {
        if (q->out == out) {
            atomic_store(&q->is_unwanted, 1);
        }
    }
    (void)pthread_cond_broadcast(&e->is_free);
    (void)pthread_mutex_unlock(&e->mutex);
}

static sc_err init_locks(sc_engine *e)
{
    pthread_condattr_t attr;
    int failed;

    if (pthread_condattr_init(&attr) != 0) {
        return SC_E_MEM;
    }
    failed = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
             pthread_mutex_init(&e->mutex, NULL) != 0;
    if (!failed && pthread_cond_init(&e->is_free, &attr) != 0) {
        (void)pthread_mutex_destroy(&e->mutex);
        failed = 1;
    }
    (void)pthread_condattr_destroy(&attr);
    e->has_locks = !failed;
    return failed ? SC_E_MEM : SC_OK;
}

/* ---- the child ------------------------------------------------------- */

static void note_landlock(sc_engine *e, int has_landlock)
{
    (void)pthread_mutex_lock(&e->mutex);
    e->is_loose = !has_landlock;
    (void)pthread_mutex_unlock(&e->mutex);
    if (!has_landlock && !e->is_told) {
        sc_log_line(e->config.log, SC_LOG_WARN, "data",
                    "this kernel has no Landlock: one layer of the engine's "
                    "cage is missing, the others hold");
        e->is_told = 1;
    }
}

int sc_engine_has_landlock(sc_engine *e)
{
    int is_loose;

    (void)pthread_mutex_lock(&e->mutex);
    is_loose = e->is_loose;
    (void)pthread_mutex_unlock(&e->mutex);
    return !is_loose;
}

static sc_err start(sc_engine *e, sc_fault *why)
{
    sc_buf answer = {0};
    char version[SC_ENGINE_MAX_VERSION + 1];
    int has_landlock = 0;
    sc_err err = SC_E_BUG;

    sc_process_stop(&e->process);
    for (size_t i = 0; i < e->config.n_sources; i++) {
        held *h = &e->held[i];

        if (sc_asset_identify(h->started, h->source, NULL) != SC_OK) {
            memset(h->started, 0, h->source->n_files * sizeof *h->started);
        }
    }
    SC_TRY(sc_process_start(&e->process, e->program, e->duckdb, why));
    SC_TRY(sc_process_ask(&e->process, &answer, SC_ENGINE_READY,
                          1 + SC_ENGINE_MAX_VERSION, SC_ENGINE_SETUP,
                          sc_buf_bytes(&e->setup), sc_clock_ms() + START_MS,
                          why));
    SC_TRY(sc_engine_get_ready(&has_landlock, version, sc_buf_bytes(&answer)));
    note_landlock(e, has_landlock);
    sc_log_line(e->config.log, SC_LOG_DEBUG, "data",
                "engine started: DuckDB %s, process %ld", version,
                (long)e->process.pid);
    err = SC_OK;
out:
    if (err == SC_E_REFUSED) { /* it said why it cannot start, and ended */
        sc_process_stop(&e->process);
        err = SC_E_CONFIG;
        if (why != NULL) {
            why->code = err;
        }
    }
    sc_buf_clear(&answer);
    return err;
}

/* A child that was started for the files of h as they are now (h->now). */
static sc_err ready(sc_engine *e, const held *h, sc_fault *why)
{
    if (!sc_process_is_gone(&e->process) &&
        sc_asset_is_same(h->now, h->started, h->source->n_files)) {
        return SC_OK;
    }
    return start(e, why);
}

/* Are the files of h still those of h->now? */
static sc_err still(const held *h, sc_fault *why)
{
    sc_err err = sc_asset_identify(h->after, h->source, why);

    if (err == SC_OK &&
        !sc_asset_is_same(h->after, h->now, h->source->n_files)) {
        err = sc_fault_set(why, SC_E_STATE, "the data changed meanwhile");
    }
    return err;
}

/* One request about h; then its files must still be those of h->now. If they
 * are not, that is what is wrong, whatever the child says. */
static sc_err ask(sc_engine *e, const held *h, sc_buf *answer,
                  sc_engine_kind want, size_t max, sc_engine_kind kind,
                  const sc_buf *body, uint64_t deadline_ms, sc_fault *why)
{
    sc_err err = sc_process_ask(&e->process, answer, want, max, kind,
                                sc_buf_bytes(body), deadline_ms, why);

    if (err == SC_E_REFUSED) { /* its words are about the data */
        err = SC_E_CORRUPT;
        if (why != NULL) {
            why->code = err;
        }
    }
    if (err == SC_OK || err == SC_E_CORRUPT) {
        sc_fault changed = {0};

        if (still(h, &changed) != SC_OK) {
            err = changed.code;
            if (why != NULL) {
                *why = changed;
            }
        }
    }
    return err;
}

/* ---- asset ----------------------------------------------------------- */

static sc_err check(sc_engine *e, size_t number, uint64_t deadline_ms,
                    sc_fault *why)
{
    held *h = &e->held[number];
    const sc_source *s = h->source;
    size_t len = SC_ENGINE_REPORT_LEN(s->table->n_columns);
    sc_buf body = {0}, answer = {0};
    sc_asset found = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_asset_hash(found.digest, h->now, s, deadline_ms, why));
    SC_TRY(ready(e, h, why));
    SC_TRY(sc_engine_put_check(&body, number));
    SC_TRY(ask(e, h, &answer, SC_ENGINE_REPORT, len, SC_ENGINE_CHECK, &body,
               deadline_ms, why));
    SC_TRY(sc_engine_get_report(&found.report, sc_buf_bytes(&answer),
                                s->table->n_columns));
    found.checked_at = sc_clock_wall();
    found.is_usable = sc_asset_is_usable(s, &found.report);
    (void)pthread_mutex_lock(&e->mutex);
    h->asset = found;
    memcpy(h->checked, h->now, s->n_files * sizeof *h->checked);
    h->has_asset = 1;
    (void)pthread_mutex_unlock(&e->mutex);
    err = SC_OK;
out:
    sc_buf_clear(&body);
    sc_buf_clear(&answer);
    return err;
}

static void log_asset(const sc_engine *e, const held *h)
{
    const sc_table *t = h->source->table;
    int is_good = h->asset.report.n_violations == 0 && h->asset.is_usable;
    char words[800];

    sc_report_print(words, sizeof words, h->source, &h->asset);
    sc_log_line(e->config.log, is_good ? SC_LOG_INFO : SC_LOG_WARN, "data",
                "table %s: %s", t->name, words);
    for (size_t i = 0; i < t->n_columns; i++) {
        sc_report_print_column(words, sizeof words, h->source, &h->asset, i);
        if (words[0] != '\0') {
            sc_log_line(e->config.log, SC_LOG_WARN, "data", "table %s: %s",
                        t->name, words);
        }
    }
}

/* Was the asset checked as it is now? Needs no turn at the child, so that
 * another job's work there does not show in the time. */
static sc_err find_checked(sc_engine *e, held *h, sc_asset *out, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n = h->source->n_files;
    sc_file_id *now = sc_alloc(n, sizeof *now);
    int is_found;

    SC_REQUIRE(now != NULL, SC_E_MEM);
    SC_TRY(sc_asset_identify(now, h->source, why));
    (void)pthread_mutex_lock(&e->mutex);
    is_found = h->has_asset && sc_asset_is_same(now, h->checked, n);
    if (is_found) {
        *out = h->asset;
    }
    (void)pthread_mutex_unlock(&e->mutex);
    err = is_found ? SC_OK : SC_E_NOT_FOUND;
out:
    sc_free(now);
    return err;
}

/* With the child: nobody else can have checked meanwhile. */
static sc_err check_now(sc_engine *e, size_t number, sc_asset *out,
                        uint64_t deadline_ms, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    held *h = &e->held[number];
    sc_fault trouble = {0};

    SC_TRY(sc_asset_identify(h->now, h->source, why));
    if (!h->has_asset ||
        !sc_asset_is_same(h->now, h->checked, h->source->n_files)) {
        (void)pthread_mutex_lock(&e->mutex);
        h->has_asset = 0;
        (void)pthread_mutex_unlock(&e->mutex);
        err = check(e, number, deadline_ms, &trouble);
        (void)pthread_mutex_lock(&e->mutex);
        h->trouble = trouble;
        (void)pthread_mutex_unlock(&e->mutex);
        if (err != SC_OK && why != NULL) {
            *why = trouble;
        }
        SC_TRY(err);
        log_asset(e, h);
    }
    *out = h->asset;
    err = SC_OK;
out:
    return err;
}

sc_err sc_engine_asset(sc_engine *e, size_t source, sc_asset *out,
                       uint64_t deadline_ms, sc_fault *why)
{
    request q;
    sc_err err;

    memset(out, 0, sizeof *out);
    if (source >= e->config.n_sources) {
        return sc_fault_from(why, SC_E_ARG);
    }
    err = find_checked(e, &e->held[source], out, why);
    if (err != SC_E_NOT_FOUND) {
        return sc_fault_from(why, err);
    }
    err = acquire(e, &q, out, deadline_ms, why);
    if (err == SC_OK) {
        err = check_now(e, source, out, deadline_ms, why);
        release(e, &q);
    }
    return sc_fault_from(why, err);
}

sc_err sc_engine_known(sc_engine *e, size_t source, sc_asset *out,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    held *h = &e->held[source];
    sc_file_id *now = sc_alloc(h->source->n_files, sizeof *now);

    memset(out, 0, sizeof *out);
    SC_REQUIRE(now != NULL, SC_E_MEM);
    SC_TRY(sc_asset_identify(now, h->source, why));
    (void)pthread_mutex_lock(&e->mutex);
    if (h->has_asset) {
        *out = h->asset;
        err = sc_asset_is_same(now, h->checked, h->source->n_files)
                  ? SC_OK
                  : SC_E_STATE;
    } else if (h->trouble.code == SC_E_CORRUPT && why != NULL) {
        *why = h->trouble;
        err = SC_E_CORRUPT;
    } else {
        err = SC_E_NOT_FOUND;
    }
    (void)pthread_mutex_unlock(&e->mutex);
out:
    sc_free(now);
    return sc_fault_from(why, err);
}

/* ---- run ------------------------------------------------------------- */

static sc_err check_version(const held *h, const uint8_t digest[static 32],
                            sc_fault *why)
{
    if (!h->has_asset ||
        !sc_asset_is_same(h->now, h->checked, h->source->n_files) ||
        memcmp(digest, h->asset.digest, 32) != 0) {
        return sc_fault_set(why, SC_E_STATE,
                            "the data changed since it was checked");
    }
    if (!h->asset.is_usable) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the data rule of table %s is not met",
                            h->source->table->name);
    }
    return SC_OK;
}

static sc_err run(sc_engine *e, size_t number, const uint8_t *digest,
                  const sc_fragment *f, sc_i128 *sums, uint64_t deadline_ms,
                  sc_fault *why)
{
    held *h = &e->held[number];
    size_t n = sc_fragment_cells(f) * f->n_sums;
    sc_buf body = {0}, answer = {0};
    uint64_t start_ns;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_asset_identify(h->now, h->source, why));
    SC_TRY(check_version(h, digest, why));
    SC_TRY(ready(e, h, why));
    SC_TRY(
        sc_engine_put_run(&body, number, h->asset.report.n_violations == 0, f));
    start_ns = sc_clock_ns();
    SC_TRY(ask(e, h, &answer, SC_ENGINE_SUMS, 16 * n, SC_ENGINE_RUN, &body,
               deadline_ms, why));
    sc_log_line(e->config.log, SC_LOG_DEBUG, "data",
                "table %s: the engine took %.1f ms", h->source->table->name,
                (double)(sc_clock_ns() - start_ns) / 1e6);
    SC_TRY(sc_engine_get_sums(sums, n, sc_buf_bytes(&answer)));
    err = SC_OK;
out:
    sc_buf_clear(&body);
    sc_buf_clear(&answer);
    return err;
}

sc_err sc_engine_run(sc_engine *e, size_t source,
                     const uint8_t digest[static 32], const sc_fragment *f,
                     sc_i128 *sums, uint64_t deadline_ms, sc_fault *why)
{
    size_t n_cells = sc_fragment_cells(f);
    request q;
    sc_err err;

    if (source >= e->config.n_sources || f->n_keys > SC_MAX_KEYS ||
        n_cells == 0 || n_cells > SC_MAX_CELLS || f->n_sums == 0 ||
        f->n_sums > SC_ENGINE_MAX_SUMS ||
        f->table->n_columns != e->config.sources[source].table->n_columns) {
        return sc_fault_from(why, SC_E_ARG);
    }
    memset(sums, 0, n_cells * f->n_sums * sizeof *sums);
    err = acquire(e, &q, sums, deadline_ms, why);
    if (err != SC_OK) {
        return err;
    }
    err = run(e, source, digest, f, sums, deadline_ms, why);
    release(e, &q);
    if (err != SC_OK) {
        sc_wipe(sums, n_cells * f->n_sums * sizeof *sums);
    }
    return sc_fault_from(why, err);
}

/* ---- life ------------------------------------------------------------ */

static sc_err init_held(sc_engine *e, sc_fault *why)
{
    size_t n_sources = e->config.n_sources;

    e->held = sc_alloc(n_sources, sizeof *e->held);
    for (size_t i = 0; e->held != NULL && i < n_sources; i++) {
        held *h = &e->held[i];
        size_t n = e->config.sources[i].n_files;
        sc_err err;

        h->source = &e->config.sources[i];
        h->started = sc_alloc(n, sizeof *h->started);
        h->checked = sc_alloc(n, sizeof *h->checked);
        h->now = sc_alloc(n, sizeof *h->now);
        h->after = sc_alloc(n, sizeof *h->after);
        if (h->started == NULL || h->checked == NULL || h->now == NULL ||
            h->after == NULL) {
            return SC_E_MEM;
        }
        err = sc_asset_identify(h->now, h->source, why);
        if (err != SC_OK) { /* e.g. a folder */
            return SC_E_CONFIG;
        }
    }
    return e->held != NULL ? SC_OK : SC_E_MEM;
}

static sc_err init(sc_engine *e, const sc_engine_config *c, sc_fault *why)
{
    long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
    const char *duckdb = c->duckdb != NULL ? c->duckdb : getenv("SC_DUCKDB");
    sc_err err = SC_E_BUG;

    e->config = *c;
    e->process = SC_PROCESS_NONE;
    e->config.memory_mb = c->memory_mb != 0 ? c->memory_mb : DEFAULT_MEMORY;
    if (c->threads == 0) {
        e->config.threads = n_processors > 0 ? (unsigned)n_processors : 1;
    }
    e->program = sc_strdup(c->program);
    SC_REQUIRE(e->program != NULL, SC_E_MEM);
    if (duckdb != NULL) {
        e->duckdb = sc_strdup(duckdb);
        SC_REQUIRE(e->duckdb != NULL, SC_E_MEM);
    }
    SC_TRY(init_locks(e));
    SC_TRY(init_held(e, why));
    SC_TRY(sc_engine_put_setup(&e->setup, &e->config));
    SC_TRY(start(e, why));
    err = SC_OK;
out:
    return err;
}

sc_err sc_engine_new(sc_engine **out_e, const sc_engine_config *c,
                     sc_fault *why)
{
    sc_engine *e = NULL;
    sc_err err = SC_E_BUG;

    *out_e = NULL;
    SC_TRY(sc_engine_config_check(c, why));
    e = sc_alloc(1, sizeof *e);
    SC_REQUIRE(e != NULL, SC_E_MEM);
    SC_TRY(init(e, c, why));
    *out_e = e;
    e = NULL;
    err = SC_OK;
out:
    sc_engine_free(&e);
    return sc_fault_from(why, err);
}

void sc_engine_free(sc_engine **e)
{
    if (e == NULL || *e == NULL) {
        return;
    }
    sc_process_stop(&(*e)->process);
    for (size_t i = 0; (*e)->held != NULL && i < (*e)->config.n_sources; i++) {
        sc_free((*e)->held[i].started);
        sc_free((*e)->held[i].checked);
        sc_free((*e)->held[i].now);
        sc_free((*e)->held[i].after);
    }
    if ((*e)->has_locks) {
        (void)pthread_mutex_destroy(&(*e)->mutex);
        (void)pthread_cond_destroy(&(*e)->is_free);
    }
    sc_free((*e)->held);
    sc_buf_clear(&(*e)->setup);
    sc_free((*e)->program);
    sc_free((*e)->duckdb);
    sc_free(*e);
    *e = NULL;
}
