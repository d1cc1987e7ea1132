/* job/conf/nodeconf.h: node.yaml, one party's private configuration.
 *
 *     me: alice
 *     keys: alice/                    folder made by `sharechain init`
 *     consortium: consortium.yaml     default: beside node.yaml
 *     store: .                        chain, jobs, socket; default: node.yaml's
 *     listen: "tcp://0.0.0.0:7400"
 *     keep_days: 30                   stored answers and sealed shares
 *     min_group: 20                   may raise the consortium's
 *     data:
 *       salaries: "SELECT ... FROM 'salaries.parquet'"
 *       visits: visits.csv
 *       trips: {files: [a.csv], sql: "...", nulls: ["", NA], bad_values: reject}
 *     allow: [...]                    see sc_allow; default: nothing
 *     ciphertext_sum: {key: K.pub, share: K.share2}    job/conf/sumkey.h
 *
 * Relative paths start at node.yaml's folder. Adversary: none by intent (the
 * owner wrote it), but a mistake here gives data away: unknown keys, unknown
 * names and half a rule are faults, never defaults. */
#ifndef SC_JOB_NODECONF_H
#define SC_JOB_NODECONF_H

#include "data/engine.h"
#include "job/conf/consortium.h"
#include "job/conf/use.h"
#include "ledger/keys.h"

#define SC_NODECONF_MAX_ALLOW 1024
#define SC_NODECONF_MAX_FILES 64 /* of one table */

/* How figures may be added up (job/plan/protocol.h): whom that takes on trust
 * differs. */
enum { SC_ALLOW_MASKED_SUM = 1, SC_ALLOW_CIPHERTEXT_SUM = 2 };

/* One entry of `allow:`. All that a job needs must be in one entry. */
typedef struct {
    uint32_t who;          /* bit i: party i may ask and receive; any: all */
    int64_t until;         /* the last day, since 1970-01-01, UTC */
    const char *purpose;   /* "" if not said */
    const sc_table *table; /* borrowed from the consortium */
    uint8_t uses[SC_MAX_COLUMNS]; /* SC_USE_* per column */
    const char **functions;       /* canonical names, of job/conf/use.h */
    size_t n_functions;
    unsigned protocols; /* SC_ALLOW_...; masked sums unless said */
    unsigned line;      /* in node.yaml */
} sc_allow;

typedef struct {
    const char *folder; /* of node.yaml; absolute */
    sc_consortium *consortium;
    size_t me;                                  /* party number */
    const char *keys, *consortium_path, *store; /* absolute paths */
    const char *listen;                         /* tcp://host:port */
    sc_source *sources;                         /* one per table that I own */
    size_t n_sources;
    sc_allow *allow;
    size_t n_allow;
    unsigned keep_days;
    uint64_t min_group;              /* at least the consortium's */
    const char *sum_key, *sum_share; /* absolute paths, or NULL */
    sc_yaml *yaml;                   /* owns the texts */
    void **owned;                    /* and this the rest */
    size_t n_owned;
} sc_nodeconf;

/* Read node.yaml and the consortium file that it names, and check both.
 *
 *   In-out:  faults       empty; every mistake of both files
 *   Returns: SC_E_CONFIG  faults is not empty; *n is NULL */
SC_MUST_USE sc_err sc_nodeconf_load(sc_nodeconf **n, sc_faults *faults,
                                    const char *path);
/* The folder alone, absolute, of a node that runs: it has checked all else of
 * these files. sc_free it.
 *   Returns: SC_E_CONFIG  faults of node.yaml's own lines; *store is NULL */
SC_MUST_USE sc_err sc_nodeconf_load_store(char **store, sc_faults *faults,
                                          const char *path);
void sc_nodeconf_free(sc_nodeconf **n);

/* For the readers of its parts: a path below n->folder if relative, NULL if out
 * of memory; and p, kept until n is freed (NULL if p is NULL or out of memory,
 * p then freed). */
const char *sc_nodeconf_path(sc_nodeconf *n, const char *text) SC_MUST_USE;
void *sc_nodeconf_keep(sc_nodeconf *n, void *take_p) SC_MUST_USE;

/* Number of the source of a table, or SIZE_MAX. */
size_t sc_nodeconf_source(const sc_nodeconf *n, const sc_table *t);
/* Are these the keys of my own block? SC_E_CONFIG. */
SC_MUST_USE sc_err sc_nodeconf_check_keys(const sc_nodeconf *n,
                                          const sc_keys *keys, sc_fault *why);

#endif
