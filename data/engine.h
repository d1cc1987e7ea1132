/* data/engine.h: the owner's local engine, in a child process.
 *
 * `sharechain engine` is started by the node with one socket pair and nothing
 * else: no keys, no network, resource limits, Landlock where the kernel has it,
 * the owner's files read-only. The node sends typed plan nodes; integers come
 * back. The adversary: the bytes of the data files (a crafted Parquet file, a
 * CSV with hostile fields) and, through the plan, a peer who signals by error
 * or by time. A child that crashes, hangs or runs out of memory ends one
 * session; the next call starts a new one.
 *
 * The engine's words never reach a peer: `why` is for the owner's own log and
 * console, and what a peer learns is the sc_err alone. */
#ifndef SC_DATA_ENGINE_H
#define SC_DATA_ENGINE_H

#include "base/fault.h"
#include "base/log.h"
#include "data/fragment.h"

#define SC_BAD_VALUE_LEN 48 /* bytes that are kept of a bad value */

typedef enum { SC_BAD_REJECT, SC_BAD_SKIP, SC_BAD_CLAMP } sc_bad_values;

/* What the owner says in node.yaml about one table. */
typedef struct {
    const sc_table *table;
    const char *sql; /* the owner's own trusted SELECT, or NULL: the files.
                        It names files by their absolute paths */
    const char *const *files; /* every file it reads; absolute paths */
    size_t n_files;
    const char *const *nulls; /* texts that mean NULL; none: the empty text.
                                 No quote, delimiter or line end in them */
    size_t n_nulls;
    sc_bad_values bad_values;
} sc_source;

typedef struct {
    const sc_source *sources; /* of different tables */
    size_t n_sources;
    const char *program; /* the sharechain executable, for `engine` */
    const char *duckdb;  /* libduckdb.so, or NULL: SC_DUCKDB, or the
                            system's */
    uint64_t memory_mb;  /* limit of the child; 0: 2048 */
    unsigned threads;    /* 0: number of processors */
    const sc_log *log;
} sc_engine_config;

/* What may become of a value; the numbers stand in the SQL too. A NULL is a
 * violation where the column is required. */
typedef enum {
    SC_CELL_FINE,
    SC_CELL_NULL,
    SC_CELL_UNREADABLE,
    SC_CELL_RANGE,
    SC_CELL_DIGITS,
    SC_CELL_CATEGORY,
    SC_N_CELL_STATES
} sc_cell_state;

/* Where the first bad value of a column stands, and what stands there. */
typedef struct {
    uint64_t row;  /* of its file or SELECT, from 1, without the header; 0: the
                     place is not known */
    uint64_t line; /* of a CSV file, from 1; 0: not known */
    size_t file;   /* which of the source's; of a SELECT: 0 */
    sc_cell_state state;
    uint8_t value[SC_BAD_VALUE_LEN]; /* its first bytes, whatever they are */
    size_t n_value;
} sc_bad_place;

/* What the check of a whole asset found; for the owner alone. */
typedef struct {
    uint64_t n_rows;
    uint64_t n_nulls[SC_MAX_COLUMNS];
    uint64_t n_unreadable[SC_MAX_COLUMNS]; /* not of the type */
    uint64_t n_range[SC_MAX_COLUMNS];      /* outside min..max */
    uint64_t n_digits[SC_MAX_COLUMNS];     /* more digits than the scale */
    uint64_t n_category[SC_MAX_COLUMNS];   /* not a declared value */
    uint64_t n_missing[SC_MAX_COLUMNS];    /* NULL where required */
    uint64_t n_violations; /* all of the above but n_rows and n_nulls */
    sc_bad_place first[SC_MAX_COLUMNS]; /* of each column that has any */
} sc_asset_report;

/* Bad values of one column. */
static inline uint64_t sc_asset_n_bad(const sc_asset_report *r, size_t column)
{
    return r->n_unreadable[column] + r->n_range[column] + r->n_digits[column] +
           r->n_category[column] + r->n_missing[column];
}

/* One version of one asset, as checked. */
typedef struct {
    uint8_t digest[32]; /* SHA-256 over the files' bytes and the SELECT */
    sc_asset_report report;
    int64_t checked_at; /* seconds since 1970-01-01 */
    int is_usable; /* the rule (reject, skip, clamp) and max_rows allow it */
} sc_asset;

typedef struct sc_engine sc_engine;

/* Checks the configuration (files exist, are regular and readable) and starts
 * the child. c is copied; sources, and what they point to, are borrowed until
 * the engine is freed. SC_E_CONFIG, SC_E_CORRUPT, SC_E_IO. */
SC_MUST_USE sc_err sc_engine_new(sc_engine **e, const sc_engine_config *c,
                                 sc_fault *why);
/* Ends the child and waits for it. */
void sc_engine_free(sc_engine **e);

/* Does Landlock hold the child (data/sandbox.h)? Thread-safe, at once. */
int sc_engine_has_landlock(sc_engine *e);

/* The asset of source s as it is now: hashed and checked on the whole, once per
 * file version (identity, size, times of each file), never under a filter; the
 * cached answer otherwise, at once, whatever else the engine does. Thread-safe;
 * one request runs at a time.
 *
 *   In:      deadline_ms  of sc_clock_ms; SC_NO_DEADLINE
 *   Returns: SC_E_CORRUPT  the data cannot be read at all (why: owner only)
 *            SC_E_STATE    it changed while it was looked at
 *            SC_E_TIMEOUT  busy, or not done, until the deadline
 *            SC_E_CANCELLED  sc_engine_interrupt
 *   Cost:    one read of the files to hash, one to check; a stat if cached */
SC_MUST_USE sc_err sc_engine_asset(sc_engine *e, size_t source, sc_asset *out,
                                   uint64_t deadline_ms, sc_fault *why);

/* What is known of source s by its last check, at once and whatever the engine
 * does. Thread-safe.
 *
 *   In:      source  of the configuration's; not checked
 *   Out:     out  the last version that could be checked, if there is one;
 *                 else zero
 *   Returns: SC_E_NOT_FOUND  no check has ended yet
 *            SC_E_STATE      the files changed since: the next query checks
 *            SC_E_CORRUPT    they cannot be read; why says why (owner only) */
SC_MUST_USE sc_err sc_engine_known(sc_engine *e, size_t source, sc_asset *out,
                                   sc_fault *why);

/* Run f over source s, which must still be the version `digest`, before and
 * after. f's table has the shape of the source's.
 *
 *   Out:     sums   sc_fragment_cells(f) * f->n_sums integers, cell after cell;
 *                   zero where no row fell into the cell, and on failure
 *   Returns: SC_E_STATE    the files are not those that were checked
 *            SC_E_REFUSED  the data rule is not met: the asset is not usable
 *            SC_E_TIMEOUT  busy, or killed, at the deadline
 *            SC_E_CORRUPT  the engine failed
 *            SC_E_CANCELLED  sc_engine_interrupt
 *   Thread-safe; one request runs at a time.
 *   Secret:  sums (the owner's); time depends on the data: see the tick */
SC_MUST_USE sc_err sc_engine_run(sc_engine *e, size_t source,
                                 const uint8_t digest[static 32],
                                 const sc_fragment *f, sc_i128 *sums,
                                 uint64_t deadline_ms, sc_fault *why);

/* End the request that fills `out` (sums, or an sc_asset), if it waits or is at
 * work: it returns SC_E_CANCELLED soon. Any thread; nothing if there is none. */
void sc_engine_interrupt(sc_engine *e, const void *out);

/* The child's main, for `sharechain engine FD [DUCKDB]`: descriptor fd speaks
 * the node's end; duckdb_path may be NULL. It leaves the process caged: give
 * what it returns to _exit. */
int sc_engine_child(int fd, const char *duckdb_path);

#endif
