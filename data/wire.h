/* data/wire.h: what the node and its engine child say to each other.
 *
 * Length-prefixed messages over one socket pair, little-endian, parsed strictly
 * at both ends: the node treats its child as hostile, since the child parses
 * hostile files. A message is kind (u32), length (u32), body.
 *
 *   node  -> child  SETUP   memory, threads, sources with their tables
 *                   CHECK   source
 *                   RUN     source, is_clean, fragment
 *   child -> node   READY   1 if Landlock holds it, else 0; version of the engine
 *                   REPORT  the counts of sc_asset_report, and the first
 *                           place of each column that has bad values
 *                   SUMS    cells * sums integers of 16 bytes, nothing else
 *                   FAULT   words for the owner
 */
#ifndef SC_DATA_WIRE_H
#define SC_DATA_WIRE_H

#include "data/engine.h"

typedef enum {
    SC_ENGINE_SETUP = 1,
    SC_ENGINE_CHECK,
    SC_ENGINE_RUN,
    SC_ENGINE_READY = 17,
    SC_ENGINE_REPORT,
    SC_ENGINE_SUMS,
    SC_ENGINE_FAULT
} sc_engine_kind;

#define SC_ENGINE_HEAD_LEN   8
#define SC_ENGINE_MAX_ASK    ((size_t)64 << 20) /* of a request's body */
#define SC_ENGINE_MAX_SUMS   1024               /* local sums of one fragment */
#define SC_ENGINE_MAX_SOURCE 256                /* sources */
#define SC_ENGINE_MAX_FILES  1024               /* of one source */
#define SC_ENGINE_MAX_NULLS  64
/* Of the REPORT about a table of n columns. */
#define SC_ENGINE_REPORT_LEN(n) (8 + (n) * (11 * 8 + SC_BAD_VALUE_LEN))
#define SC_ENGINE_MAX_TEXT      ((size_t)1 << 20) /* bytes of any text */

/* What the child is told first. Owned by the child: release with clear. */
typedef struct {
    uint64_t memory_mb;
    unsigned threads;
    sc_source *sources; /* tables, files and texts are owned too */
    size_t n_sources;
} sc_engine_setup;

SC_MUST_USE sc_err sc_engine_put_setup(sc_buf *out, const sc_engine_config *c);
/* SC_E_WIRE, SC_E_MEM; *s is empty then. */
SC_MUST_USE sc_err sc_engine_get_setup(sc_engine_setup *s, sc_bytes in);
void sc_engine_setup_clear(sc_engine_setup *s);

SC_MUST_USE sc_err sc_engine_put_check(sc_buf *out, size_t source);
SC_MUST_USE sc_err sc_engine_get_check(size_t *source, sc_bytes in,
                                       size_t n_sources);

#define SC_ENGINE_MAX_VERSION 64
SC_MUST_USE sc_err sc_engine_put_ready(sc_buf *out, int has_landlock,
                                       const char *version);
/* version: as of sc_engine_get_words */
SC_MUST_USE sc_err sc_engine_get_ready(
    int *has_landlock, char version[static SC_ENGINE_MAX_VERSION + 1],
    sc_bytes in);

/* A fragment whose parts are on the heap, as the child takes it. */
typedef struct {
    size_t source;
    int is_clean; /* the check found nothing: the typed read will do */
    sc_fragment fragment;
    sc_pred *where;
    sc_key *keys;
    sc_local_sum *sums;
    sc_pred **filters; /* one a sum, or NULL */
} sc_engine_task;

SC_MUST_USE sc_err sc_engine_put_run(sc_buf *out, size_t source, int is_clean,
                                     const sc_fragment *f);
/* The table of the fragment is that of the source. SC_E_WIRE, SC_E_MEM. */
SC_MUST_USE sc_err sc_engine_get_run(sc_engine_task *t, sc_bytes in,
                                     const sc_source *sources,
                                     size_t n_sources);
void sc_engine_task_clear(sc_engine_task *t);

SC_MUST_USE sc_err sc_engine_put_report(sc_buf *out, const sc_asset_report *r,
                                        size_t n_columns);
/* SC_E_WIRE also where the counts contradict each other. */
SC_MUST_USE sc_err sc_engine_get_report(sc_asset_report *r, sc_bytes in,
                                        size_t n_columns);
SC_MUST_USE sc_err sc_engine_put_sums(sc_buf *out, const sc_i128 *sums,
                                      size_t n_sums);
SC_MUST_USE sc_err sc_engine_get_sums(sc_i128 *sums, size_t n_sums,
                                      sc_bytes in);
/* Text of a child, cut and made printable: out is NUL-terminated. */
void sc_engine_get_words(char *out, size_t len, sc_bytes in);

/* One message through a blocking socket (the child's end). SC_E_IO if the other
 * end is gone; SC_E_WIRE if it is longer than max. */
SC_MUST_USE sc_err sc_engine_send(int fd, sc_engine_kind kind, sc_bytes body);
SC_MUST_USE sc_err sc_engine_take(int fd, sc_engine_kind *kind, sc_buf *body,
                                  size_t max);

#endif
