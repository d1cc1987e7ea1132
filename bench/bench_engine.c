/* bench/bench_engine.c: the owners' local part, against DuckDB alone.
 *
 * "engines" is three owners at once on this machine, each with its engine child
 * and all its locks: the local part of a grouped AVG over a CSV that was checked
 * before. "duckdb" is the same aggregate by DuckDB alone, no lock and no child,
 * with the same declared types and as many threads, at the three in turn. The
 * two are timed in turn; the ratio is of their medians. The three read the same
 * file, so that it fits into the page cache. */
#define _DEFAULT_SOURCE /* mkstemps */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "data/duckdb_api.h"
#include "data/engine.h"

#define N_OWNERS  3
#define MEMORY_MB 1024
#define SEED      7 /* factor of the hash that makes the rows */

static void must(sc_err err, const sc_fault *why)
{
    if (err != SC_OK) {
        (void)fprintf(stderr, "bench_engine: %s; %s\n", why->text, why->remedy);
        exit(1);
    }
}

/* ---- DuckDB alone ------------------------------------------------------ */

typedef struct {
    sc_duckdb_api api;
    duckdb_handle database, connection;
    char sql[900];
} plain;

static void run_plain(plain *d, const char *sql)
{
    duckdb_handle statement = NULL;
    duckdb_result result = {0};

    SC_ASSERT(d->api.prepare(d->connection, sql, &statement) == 0);
    SC_ASSERT(d->api.execute_prepared(statement, &result) == 0);
    d->api.destroy_result(&result);
    d->api.destroy_prepare(&statement);
}

static void open_plain(plain *d)
{
    char threads[64];
    sc_fault why = {0};

    must(sc_duckdb_load(&d->api, getenv("SC_DUCKDB"), &why), &why);
    SC_ASSERT(d->api.open_ext(NULL, &d->database, NULL, NULL) == 0);
    SC_ASSERT(d->api.connect(d->database, &d->connection) == 0);
    (void)snprintf(threads, sizeof threads, "SET threads = %ld",
                   sysconf(_SC_NPROCESSORS_ONLN));
    run_plain(d, threads);
    run_plain(d, "SET preserve_insertion_order = false");
}

static void make_csv(plain *d, const char *path, size_t n_rows)
{
    (void)snprintf(d->sql, sizeof d->sql,
                   "COPY (SELECT ['north', 'south', 'east', 'west'][1 + "
                   "CAST(hash(i * %d) %% 4 AS INTEGER)] AS region, CASE WHEN i "
                   "%% 50 = 0 THEN NULL ELSE CAST(hash(i * 11) %% 100 AS "
                   "INTEGER) END AS age, CAST(hash(i * 13) %% 1000000 / 100.0 "
                   "AS DECIMAL(10,2)) AS income FROM range(%zu) t(i)) TO '%s'",
                   SEED, n_rows, path);
    run_plain(d, d->sql);
    (void)snprintf(
        d->sql, sizeof d->sql,
        "SELECT region, avg(income) FROM read_csv('%s', auto_detect=false, "
        "header=true, delim=',', quote='\"', escape='\"', nullstr=['', 'NA'], "
        "columns={'region': 'VARCHAR', 'age': 'BIGINT', 'income': "
        "'DECIMAL(9,2)'}) GROUP BY region",
        path);
}

static void plain_in_turn(void *ctx)
{
    plain *d = ctx;

    for (size_t i = 0; i < N_OWNERS; i++) {
        run_plain(d, d->sql);
    }
}

/* ---- the owners --------------------------------------------------------- */

static char *regions[] = {"north", "south", "east", "west"};
static sc_column columns[] = {
    {.name = "region",
     .type = SC_T_CATEGORY,
     .max = 3,
     .categories = regions,
     .n_categories = 4},
    {.name = "age", .type = SC_T_INTEGER, .max = 120},
    {.name = "income", .type = SC_T_DECIMAL, .scale = 2, .max = 100000000},
};
static const sc_table table = {.name = "salaries",
                               .columns = columns,
                               .n_columns = 3,
                               .max_rows = 1000000000};
static int64_t breaks[] = {1, 2, 3};
static uint32_t outcome[] = {0, 1, 2, 3};
static const sc_key key = {0, breaks, 3, outcome, 4, NULL, 4, 1};
static const sc_local_sum sums[] = {
    {NULL, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0},
    {NULL, 4, SC_NO_COLUMN, SC_NO_COLUMN, 0},
    {NULL, 4, 2, SC_NO_COLUMN, 27},
};
static const sc_fragment average = {&table, NULL, &key, 1, sums, 3};

typedef struct {
    sc_engine *engine;
    const char *files[1];
    sc_source source;
    sc_asset asset;
    sc_i128 out[15];
} owner;

static void open_owner(owner *o, const char *path)
{
    static const char *const nulls[] = {"", "NA"};
    sc_engine_config c = {.sources = &o->source,
                          .n_sources = 1,
                          .program = "/proc/self/exe",
                          .memory_mb = MEMORY_MB};
    uint64_t start = sc_clock_ns();
    sc_fault why = {0};

    o->files[0] = path;
    o->source = (sc_source){.table = &table,
                            .files = o->files,
                            .n_files = 1,
                            .nulls = nulls,
                            .n_nulls = 2};
    must(sc_engine_new(&o->engine, &c, &why), &why);
    printf("engine_open ms=%.1f\n", (double)(sc_clock_ns() - start) / 1e6);
    start = sc_clock_ns();
    must(sc_engine_asset(o->engine, 0, &o->asset, SC_NO_DEADLINE, &why), &why);
    printf("engine_check rows=%llu ms=%.1f\n",
           (unsigned long long)o->asset.report.n_rows,
           (double)(sc_clock_ns() - start) / 1e6);
}

static void *run_owner(void *ctx)
{
    owner *o = ctx;
    sc_fault why = {0};

    must(sc_engine_run(o->engine, 0, o->asset.digest, &average, o->out,
                       SC_NO_DEADLINE, &why),
         &why);
    return NULL;
}

static void owners_at_once(void *ctx)
{
    owner *o = ctx;
    pthread_t threads[N_OWNERS];

    for (size_t i = 0; i < N_OWNERS; i++) {
        SC_ASSERT(pthread_create(&threads[i], NULL, run_owner, &o[i]) == 0);
    }
    for (size_t i = 0; i < N_OWNERS; i++) {
        SC_ASSERT(pthread_join(threads[i], NULL) == 0);
    }
}

/* Runs are sorted once they are reported. */
static double median_of(const sc_bench *b)
{
    size_t middle = b->n_runs / 2;

    return (double)b->ns[middle];
}

static void bench_rows(plain *d, const char *path, size_t n_rows)
{
    static sc_bench engines, alone;
    owner owners[N_OWNERS];
    struct rusage usage;

    make_csv(d, path, n_rows);
    for (size_t i = 0; i < N_OWNERS; i++) {
        open_owner(&owners[i], path);
    }
    engines.case_ns = alone.case_ns = (uint64_t)5 * 1000000000;
    sc_bench_begin(&engines, "engines rows=%zu owners=%d", n_rows, N_OWNERS);
    sc_bench_begin(&alone, "duckdb rows=%zu in_turn=%d", n_rows, N_OWNERS);
    while (sc_bench_wants_more(&engines)) {
        sc_bench_timed(&engines, owners_at_once, owners);
        sc_bench_timed(&alone, plain_in_turn, d);
    }
    (void)sc_bench_report(&engines, 0);
    (void)sc_bench_report(&alone, 0);
    printf("engines_to_duckdb rows=%zu ratio=%.2f\n", n_rows,
           median_of(&engines) / median_of(&alone));
    for (size_t i = 0; i < N_OWNERS; i++) {
        sc_engine_free(&owners[i].engine);
    }
    SC_ASSERT(getrusage(RUSAGE_CHILDREN, &usage) == 0);
    printf("engine_peak rows=%zu mb=%ld\n", n_rows, usage.ru_maxrss / 1024);
}

/* ---- small -------------------------------------------------------------- */

static void run_one(void *ctx)
{
    (void)run_owner(ctx);
}

static void bench_small(plain *d, const char *path)
{
    static sc_bench b;
    owner o;

    make_csv(d, path, 344);
    open_owner(&o, path);
    b.case_ns = 500000000;
    sc_bench_begin(&b, "engine_run rows=344 sums=3");
    while (sc_bench_wants_more(&b)) {
        sc_bench_timed(&b, run_one, &o);
    }
    (void)sc_bench_report(&b, 0);
    sc_engine_free(&o.engine);
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/sc_bench_engine_XXXXXX.csv";
    static sc_bench b;
    plain d = {0};
    int fd;

    if (argc >= 3 && strcmp(argv[1], "engine") == 0) {
        return sc_engine_child((int)strtol(argv[2], NULL, 10),
                               argc > 3 ? argv[3] : NULL);
    }
    sc_bench_init(&b, "engine");
    fd = mkstemps(path, 4);
    SC_ASSERT(fd >= 0 && close(fd) == 0);
    open_plain(&d);
    bench_small(&d, path);
    bench_rows(&d, path, sc_bench_is_quick() ? 100000 : 10000000);
    d.api.disconnect(&d.connection);
    d.api.close(&d.database);
    (void)unlink(path);
    return 0;
}
