/* data/duckdb.h: one locked DuckDB inside the engine child.
 *
 * After the lock nothing outside the sources' files can be read, no setting can be
 * changed, and every text that runs is a single prepared SELECT (or, of our own
 * making, a CREATE of a type or view in the instance's memory). A listed file
 * would still be writable to COPY ... TO: the statement's type is checked, and
 * data/sandbox.h holds below it. Words in `why` may show data: they are for the
 * owner alone.
 *
 * Adversary: the asker, whose query comes as a fragment, never as text; whoever
 * wrote the data. A file that takes DuckDB over has this process: what it could
 * do from there, data/sandbox.h bounds. */
#ifndef SC_DATA_DUCKDB_H
#define SC_DATA_DUCKDB_H

#include "data/duckdb_rows.h"
#include "data/wire.h"

typedef struct sc_duck sc_duck;

/* Open an instance in memory, with one thread, that has read nothing but what
 * the system says of itself: the sandbox comes between this and the lock. setup
 * is borrowed and outlives d. SC_E_CONFIG. */
SC_MUST_USE sc_err sc_duck_open(sc_duck **d, const sc_duckdb_api *api,
                                const sc_engine_setup *setup, sc_fault *why);
/* Start the threads, allow exactly the files, lock. SC_E_CORRUPT if refused. */
SC_MUST_USE sc_err sc_duck_lock(sc_duck *d, sc_fault *why);
void sc_duck_free(sc_duck **d);

/* Count what is wrong in all of source's data. SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_duck_check(sc_duck *d, sc_asset_report *r, size_t source,
                                 sc_fault *why);
/* Run a task; sums has cells * n_sums entries. SC_E_CORRUPT, SC_E_ARG. */
SC_MUST_USE sc_err sc_duck_run(sc_duck *d, sc_i128 *sums,
                               const sc_engine_task *t, sc_fault *why);

/* ---- for data/duckdb_source.c and tests ------------------------------ */

/* Prepare and run the one SELECT in sql. SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_duck_select(sc_duck *d, sc_duck_rows *rows,
                                  const char *sql, sc_fault *why);
/* Is sql one SELECT? SC_E_CONFIG, SC_E_CORRUPT if not. */
SC_MUST_USE sc_err sc_duck_is_select(sc_duck *d, const char *sql,
                                     sc_fault *why);
/* Run a CREATE of our own making. */
SC_MUST_USE sc_err sc_duck_create(sc_duck *d, const char *sql, sc_fault *why);

#endif
