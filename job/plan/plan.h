/* job/plan/plan.h: what every party computes from the job alone, identically.
 *
 * A plan is made from SQL text and the consortium file, by every party for
 * itself; its digest must agree to the byte. It holds what each owner's engine
 * runs (the fragment), what is opened and to whom, what leaks, the proven
 * bounds, and how the result party finishes the answer. */
#ifndef SC_JOB_PLAN_H
#define SC_JOB_PLAN_H

#include "base/rng.h"
#include "data/fragment.h"
#include "job/conf/consortium.h"
#include "job/conf/use.h"
#include "job/plan/finish.h"
#include "mpc/ctsum.h"

#define SC_MAX_SUMS    256 /* local sums of one query */
#define SC_MAX_OUTPUTS 256 /* columns of an answer */
#define SC_PLAN_MODEL  "semi-honest"
#define SC_MAX_VECTOR  ((size_t)1 << 22) /* elements that an owner shares */
#define SC_PLAN_MAX_ENTRY                                                      \
    ((size_t)255 << 20) /* bytes of ciphertexts of an owner */

/* How the owners' vectors are added up (job/plan/protocol.h). */
typedef enum {
    SC_PLAN_MASKED_SUM,    /* mpc/sum.h */
    SC_PLAN_CIPHERTEXT_SUM /* mpc/ctsum.h */
} sc_plan_protocol;

#define SC_JOB_MAX_TIME ((int64_t)253402300799) /* the end of the year 9999 */

/* What an owner that posts and leaves signed for a call (ledger/post.h). */
typedef struct {
    size_t party;
    int64_t time;
    uint8_t input[32], output[32]; /* commitments */
    uint8_t proof[64];
} sc_job_post;

/* The agreed request. Canonical bytes: JCS of {"asker":DID,"auditors":[DID...],
 * "call":{"id":hex32,"not_after":sec,"time":sec},"consortium":hex,"id":hex32,
 * "model":"semi-honest","not_after":sec,"posts":[{"input":hex,"output":hex,
 * "party":DID,"proof":hex,"time":sec}...],"results":[DID...],"sql":text,"time":sec,
 * "type":"job/1"}; "auditors" is absent if there are none, "call" and "posts" if
 * nobody posted.
 *
 * Where owners post and leave, the job that is proposed first is the *call*: it lasts
 * for days, and they post for it. What runs then is a job of its own id and times that
 * holds their posts: the call is the same job without them, under the call's id and
 * times. */
typedef struct {
    uint8_t id[16];
    size_t asker;            /* party number */
    uint32_t results;        /* bit i: party i is a result party */
    uint32_t auditors;       /* bit i: party i takes no part, and gets the job's
                              * text and its receipt */
    int64_t time, not_after; /* POSIX seconds; the asker's clock */
    char *sql;               /* at most SC_MAX_SQL_LEN bytes */
    struct {
        uint8_t id[16];
        int64_t time, not_after;
    } call;                            /* if there are posts */
    sc_job_post posts[SC_MAX_PARTIES]; /* by party, ascending */
    size_t n_posts;
} sc_job;

SC_MUST_USE sc_err sc_job_put(sc_buf *out, const sc_job *j,
                              const sc_consortium *c);
/* Strict; the job must name this consortium's digest. SC_E_WIRE, SC_E_REFUSED
 * (another consortium). */
SC_MUST_USE sc_err sc_job_take(sc_job **j, const sc_consortium *c,
                               sc_bytes text, sc_fault *why);
void sc_job_free(sc_job **j);
/* Who gets text and receipt, and is not there: auditors, and owners who have posted. */
uint32_t sc_job_readers(const sc_job *j);
/* SHA-256 of the canonical bytes of the call that the job's posts answer; of a job
 * without posts, which may be a call, of its own. SC_E_ARG, SC_E_MEM. */
SC_MUST_USE sc_err sc_job_call_digest(uint8_t digest[static 32],
                                      const sc_job *j, const sc_consortium *c);

/* Rows of one cell that count for one aggregate: they pass `filter` and have
 * every column of `need` non-NULL. Its number of rows is itself opened. */
typedef struct {
    const sc_pred *filter; /* owned by the plan; NULL: none */
    uint64_t need;
    size_t count;       /* the local sum that counts them */
    unsigned n_opened;  /* sums that what is opened on it can tell, the count
                         * included */
    uint64_t threshold; /* max(min_group, 2 * n_opened); 1: no suppression */
} sc_support;

/* Two supports that may share rows. Where an owner has 1 .. min_group - 1 rows
 * of a cell in one and not in the other, what is opened on both could be
 * subtracted to a figure of these few: the first is noise then. */
typedef struct {
    size_t i, j;  /* supports, i < j */
    size_t joint; /* the local sum that counts the rows of both */
} sc_overlap;

/* A support without a filter, beside two or more that split it: filters of which
 * no row passes two. Where an owner has 1 .. min_group - 1 rows in none of the
 * parts that are shown, all less these parts would show them: the whole is noise
 * then. */
typedef struct {
    size_t support;
    size_t *parts; /* local sums: its rows that pass each of the filters */
    size_t n_parts;
} sc_margin;

/* One opened vector: a linear combination of local sums, per cell. */
typedef struct {
    size_t support;
    size_t n_terms;
    size_t *terms;  /* local sums */
    sc_i128 *coefs; /* their factors */
    unsigned scale; /* the value is the integer * 10^-scale */
    unsigned bits;  /* |total over all owners| < 2^bits; proven <= 126 */
    char *words;    /* "sum of body_mass_g * body_mass_g where ..." */
} sc_opened;

typedef struct {
    char *name; /* column heading, as in PostgreSQL */
    sc_finish *value;
    int key;        /* number of the GROUP BY key it is, or -1 */
    int is_numeric; /* a number or a key of numbers: align right */
} sc_output;

/* Where `key` is not -1, a group's place is the index of that key's label:
 * labels of numbers, dates and booleans ascend, whatever their text is. */
typedef struct {
    sc_finish *by;
    int key;
    int is_descending, nulls_first;
} sc_order;

typedef struct {
    const sc_table *table; /* borrowed from the consortium */
    uint32_t owners;       /* parties with rows: they compute */
    uint32_t job_parties;  /* owners, asker, result parties, holders */
    uint32_t results;
    uint32_t posting; /* owners who post and leave: they are in no session */
    sc_plan_protocol protocol;
    unsigned ring;        /* bits of an element: 128, or 64 */
    uint32_t holders;     /* of shares of the key; 0 for a masked sum */
    size_t needed;        /* so many of them open; likewise */
    sc_ctsum_shape shape; /* likewise */

    sc_fragment fragment; /* points into the arrays below */
    sc_pred *where;
    sc_pred **filters;
    size_t n_filters;
    sc_key keys[SC_MAX_KEYS];
    size_t n_keys;
    sc_local_sum *sums;
    size_t n_sums;

    sc_support *supports; /* supports[0]: all rows of the cell, COUNT(*) */
    size_t n_supports;
    sc_overlap *overlaps; /* by j, then i, descending: the order of deciding */
    size_t n_overlaps;
    sc_margin *margins;
    size_t n_margins;
    uint64_t min_group;
    sc_opened *opened; /* the counts of the supports first, in their order */
    size_t n_opened;
    size_t n_cells;

    sc_output *outputs;
    size_t n_outputs;
    sc_finish *having; /* NULL: none */
    sc_order *order;
    size_t n_order;
    int64_t limit, offset; /* -1, 0: none */

    uint8_t uses[SC_MAX_COLUMNS]; /* per column of the table: SC_USE_* */
    char **functions; /* aggregates used: their canonical names, sorted;
                                   * "count" if there is none: rows of a group
                                   * are always counted */
    size_t n_functions;

    char **reveals; /* what is opened, in words, one a line */
    size_t n_reveals;
    char **leaks; /* what else is learnt, in words */
    size_t n_leaks;
    /* What moves one way on a link, as transcripts count (sc_plan_link_bytes
     * adds it up): */
    uint64_t share_bytes;    /* owner to who adds up: SHARE */
    uint64_t part_bytes;     /* holder to result party: PART */
    uint64_t received_bytes; /* result party to owner or holder: RECEIVED */
    uint64_t owner_bytes;    /* owner to any: NONCE, CONSENT, COMMIT, SIGN */
    uint64_t other_bytes;    /* any other party to any: the same, without
                              * commitments to data */
    unsigned rounds;
    int is_explain; /* the text began with EXPLAIN */

    sc_buf text; /* canonical bytes: job/plan/plan_json.h */
    uint8_t digest[32];
    uint8_t query_digest[32]; /* of the same without the job: tells a repeat */
} sc_plan;

/* The share vector that a computing party masks: per cell, for each support a
 * flag, then each opened value: cell * (n_supports + n_opened) + ... . */
static inline size_t sc_plan_vector_len(const sc_plan *p)
{
    return p->n_cells * (p->n_supports + p->n_opened);
}

/* 16-byte words of what an owner shares, and of a holder's part (0: no parts). */
static inline size_t sc_plan_share_words(const sc_plan *p)
{
    return p->protocol == SC_PLAN_CIPHERTEXT_SUM
               ? sc_ctsum_entry_len(&p->shape) / 16
               : sc_plan_vector_len(p);
}

static inline size_t sc_plan_part_words(const sc_plan *p)
{
    return p->protocol == SC_PLAN_CIPHERTEXT_SUM
               ? sc_ctsum_part_len(&p->shape) / 16
               : 0;
}

/* Who adds the owners' shares up: result parties, and holders of the key. */
static inline uint32_t sc_plan_adders(const sc_plan *p)
{
    return p->results | p->holders;
}

/* A call: its owners' posts are not there yet, so it cannot run. */
static inline int sc_plan_is_call(const sc_plan *p, const sc_job *j)
{
    return p->posting != 0 && j->n_posts == 0;
}

/* Who is in the job's session. */
static inline uint32_t sc_plan_present(const sc_plan *p)
{
    return p->job_parties & ~p->posting;
}

/* What the party does in this job: SC_ROLE_... of ledger/receipt.h; 0 if it takes no
 * part. */
unsigned sc_plan_roles(const sc_plan *p, size_t party, size_t asker);

/* "masked-sum/1", ... */
const char *sc_plan_protocol_name(const sc_plan *p);

/* So many of its owners together learn no more than the result implies: all but
 * two; none of a single one. */
static inline unsigned sc_plan_collusion(const sc_plan *p)
{
    unsigned n = (unsigned)__builtin_popcount(p->owners);

    return n < 2 ? 0 : n - 2;
}

/* "1 of 3" owners, "2 of 5 holders": who together learn no more than the result. */
#define SC_PLAN_COLLUSION_LEN 32
void sc_plan_collusion_words(char out[static SC_PLAN_COLLUSION_LEN],
                             const sc_plan *p);

/* Bytes that a job moves from one of its parties to another, as their session's
 * transcripts count them: without envelopes, CURVE and TCP, and without what
 * nodes say besides (the question, progress, the log). */
uint64_t sc_plan_link_bytes(const sc_plan *p, size_t from, size_t to);

/* Parse, type, bound and plan.
 *   Returns: SC_E_CONFIG   not our SQL; why has position (line, column), what
 *                          is supported, in words
 *            SC_E_REFUSED  a rule of the consortium forbids it (cuts, two
 *                          owners, overflow), with position */
SC_MUST_USE sc_err sc_plan_make(sc_plan **p, const sc_job *job,
                                const sc_consortium *c, sc_fault *why);
void sc_plan_free(sc_plan **p);

/* EXPLAIN's text: steps, protocol, adversary and collusion, what is opened to
 * whom, rounds, bytes per link; `link_ms` (round trip, < 0 unknown) gives the
 * estimated time, which is no part of the plan. */
SC_MUST_USE sc_err sc_plan_explain(sc_buf *out, const sc_plan *p,
                                   const sc_consortium *c, double link_ms);

/* From an owner's local sums to its share vector in the clear: combine the
 * terms; where a support has 1 .. threshold - 1 rows at this owner, add a fresh
 * uniform ring element to the cell's flag and to each of its opened values.
 * (docs/disclosure.md). SC_E_RNG. Secret: all of it. */
SC_MUST_USE sc_err sc_plan_encode(const sc_plan *p, sc_u128 *vector,
                                  const sc_i128 *local_sums, sc_rng *rng);

/* The finished table. */
typedef struct {
    sc_value *values;    /* n_rows * n_outputs, row after row */
    uint8_t *suppressed; /* the same shape: 1 where the cell is noise */
    size_t n_rows, n_outputs;
    char **names;
    uint8_t *is_numeric; /* per column: align right */
    size_t n_suppressed; /* groups with at least one suppressed value */
} sc_answer;

/* From the opened vector to the table: HAVING, ORDER BY, LIMIT; groups without
 * rows are left out; a group all of whose values are suppressed is one row that
 * says so. */
SC_MUST_USE sc_err sc_answer_make(sc_answer **a, const sc_plan *p,
                                  const sc_u128 *opened_vector);
void sc_answer_free(sc_answer **a);
/* {"columns":[..],"rows":[[..]],"suppressed":n}; numbers as JSON numbers in
 * text form would break the profile, so they are strings; NULL is null and a
 * suppressed value is {"suppressed":true}. */
SC_MUST_USE sc_err sc_answer_json(json_t **out, const sc_answer *a);

#endif
