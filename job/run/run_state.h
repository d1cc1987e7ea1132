/* job/run/run_state.h: what the phases of one run share (run.c, talk.c, prepare.c,
 * agree.c, again.c, load.c, share.c, settle.c, prove.c, open.c, end.c; work.c). A position
 * is a party's place among the job's parties, in the consortium's order; a party
 * number is its place in the consortium. */
#ifndef SC_JOB_RUN_STATE_H
#define SC_JOB_RUN_STATE_H

#include <pthread.h>

#include "job/run/policy.h"
#include "job/run/record.h"
#include "job/run/run.h"
#include "job/run/statement.h"
#include "job/run/tally.h"
#include "mpc/sum.h"

/* An end that a party told before the session was there. */
typedef struct {
    sc_err code; /* SC_OK: none */
    size_t named;
    char text[256];
} sc_run_told;

struct sc_run {
    const sc_house *house;
    sc_run_progress progress;
    void *progress_ctx;

    sc_job *job;
    sc_buf job_text;
    uint8_t job_digest[32];
    sc_plan *plan;
    int is_asker;
    uint8_t proposed[32]; /* plan digest of the proposal, unless asker */

    size_t parties[SC_MAX_PARTIES]; /* party number of each position */
    size_t n_parties;
    size_t my_position;
    int is_owner, is_result, is_holder;
    uint32_t posted;  /* bit i: position i has posted and is in no session */
    int is_posting;   /* so am I: this run makes my post (post.c) */
    uint8_t call[32]; /* digest of what posts answer */
    size_t source;    /* of my data, if owner */
    sc_asset asset;   /* the version that my consent speaks of */

    sc_record *record;
    sc_session *session;
    sc_phase phase;
    uint64_t started_ns;
    uint64_t until_ms; /* the whole job's deadline */
    uint64_t said_ms;  /* when this party last said PROGRESS */
    int is_signed;     /* my signature may be out: nobody aborts any more */
    int is_unproved; /* who is named may be innocent: no entry says the name */

    sc_terms terms;
    int has_sid;
    uint8_t secret_key[32];             /* ephemeral X25519, until the seeds */
    uint8_t nonces[SC_MAX_PARTIES][32]; /* by position */
    uint8_t session_keys[SC_MAX_PARTIES][32];
    sc_seeds *seeds;                     /* until my share is masked */
    sc_opt_bytes inputs[SC_MAX_PARTIES]; /* commitments */
    sc_opt_bytes outputs[SC_MAX_PARTIES];
    sc_buf heads[SC_MAX_PARTIES]; /* as packed in COMMIT */

    uint8_t r32[32];    /* randomness of my commitment */
    sc_buf share_bytes; /* what it is of: my share, as on the wire */
    sc_tally *tally;    /* of a sum of ciphertexts, once it is needed */
    uint32_t lost;      /* bit i: no part of it comes from position i */
    int is_owed;        /* who was lost is a result party, and may come back */

    sc_buf receipt; /* secured, JCS */
    uint64_t index; /* of the entry */
    sc_buf answer;  /* JSON */
    int is_stored;  /* the answer is an earlier job's, answer_id */
    uint8_t answer_id[16];

    pthread_mutex_t lock;                /* of what follows, and of session */
    uint64_t heard_ms[SC_MAX_PARTIES];   /* by party number: last PROGRESS */
    sc_run_told told[SC_MAX_PARTIES];    /* by party number */
    sc_refusal refusals[SC_MAX_PARTIES]; /* by party number; 0: none */
    int is_told;      /* the end came from another party, or from outside */
    int is_cancelled; /* by the asker: no fault of anybody */
    int is_repeated;  /* so, for it has an earlier job's answer */
    int is_leaving;   /* asked to leave */
    int is_over;      /* the session may not be touched from outside any more */
    uint8_t
        wanted[32]; /* digest of the copy of the receipt that is asked for */
    int is_wanting;
    sc_buf copy; /* bytes with that digest; empty: not yet */
};

/* Enter a phase: the session's faults name it, the listener hears of it. */
void sc_run_enter(sc_run *r, sc_phase phase);
/* Tell the listener where this run is. */
void sc_run_tell(sc_run *r);
/* Position of a party number, or SIZE_MAX. */
size_t sc_run_position(const sc_run *r, size_t party);
/* Is somebody else there, whom this party speaks with? */
static inline int sc_run_is_peer(const sc_run *r, size_t position)
{
    return position != r->my_position && (r->posted >> position & 1) == 0;
}
/* How many before this position are there. */
size_t sc_run_present(const sc_run *r, size_t before);
/* What a position's share is made and committed to for: the session, or the call. */
static inline const uint8_t *sc_run_share_id(const sc_run *r, size_t position)
{
    return (r->posted >> position & 1) != 0 ? r->call : r->terms.sid;
}

/* ---- talk.c ------------------------------------------------------------- */

/* Send a session message to one position; f->op is set. */
SC_MUST_USE sc_err sc_run_send(sc_run *r, size_t position, sc_frame *f,
                               sc_fault *why);
SC_MUST_USE sc_err sc_run_send_all(sc_run *r, sc_frame *f, sc_fault *why);
/* The next session message of a position, which must be of this type. Waits as
 * long as the party shows progress, within the deadlines. Before the receipt is
 * signed by all, the death of any other party ends the wait too. */
SC_MUST_USE sc_err sc_run_expect(sc_run *r, size_t position, sc_frame *f,
                                 uint16_t type, sc_fault *why);
/* SC_OK while this run need not end because of others: nobody told its end, no
 * party that is still needed is dead. For phases that wait for no message. */
SC_MUST_USE sc_err sc_run_look_around(sc_run *r, sc_fault *why);
/* A node message of this job to every other party; who is not linked finds out
 * by its own deadlines. */
void sc_run_say_all(sc_run *r, const sc_frame *f);
/* Tell all others that this party still works, if that is due. */
void sc_run_say_progress(sc_run *r);
/* How often: well within the others' patience. */
uint64_t sc_run_progress_ms(const sc_run *r);
/* A fault of a party, by position, that this party saw itself. Returns code. */
sc_err sc_run_blame(sc_run *r, size_t position, sc_fault *why, sc_err code,
                    const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The same where others may have caused what was seen: the fault names the
 * party, no statement in the log does. */
sc_err sc_run_suspect(sc_run *r, size_t position, sc_fault *why, sc_err code,
                      const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Was this run asked to leave? Did others, or the node, tell its end? */
int sc_run_is_leaving(sc_run *r);
int sc_run_is_told(sc_run *r);
/* Is this the end because the asker has an earlier job's answer? */
int sc_run_is_repeated(sc_run *r, sc_err err);

/* ---- again.c ------------------------------------------------------------ */

/* Has the asker an answer to this very question about this very data? A damaged
 * one is none, and is logged: what follows counts as a question. */
int sc_run_find_answer(sc_run *r);
/* Words for the asker's user if it has one about any data; else "". */
void sc_run_name_answer(const sc_run *r, char *out, size_t len);
/* May the asker use my table once more today? If not, this waits to see whether
 * it goes on or has a repeat.
 *   Returns: SC_E_REFUSED  it goes on: SC_REFUSAL_LIMITS */
SC_MUST_USE sc_err sc_run_check_limits(sc_run *r, sc_fault *why);

/* ---- load.c ------------------------------------------------------------- */

#define SC_RUN_FIRST_TICK_NS ((uint64_t)20000000)
/* The first tick, 20 ms * 1.5^j after the engine's start, not before what it
 * took: all that others may see of its time. At most half more than it took. */
uint64_t sc_run_tick_ns(uint64_t took_ns);

/* ---- share.c ------------------------------------------------------------ */

/* Make my share of the sums, commit to it, store it sealed: r->share_bytes, r32 and
 * my output.
 *   Out:     found  whether that went well; why has its words
 *   Returns: the end of the job, if that came first
 *   Secret:  sums */
SC_MUST_USE sc_err sc_run_make_share(sc_run *r, sc_err *found,
                                     const sc_i128 *sums, sc_fault *why);

/* Make r->tally if the plan is a sum of ciphertexts and it is not there: a moment's
 * work, for a worker (job/run/work.h). */
SC_MUST_USE sc_err sc_run_open_tally(sc_run *r, sc_fault *why);

/* ---- end.c -------------------------------------------------------------- */

/* This party does not take part; the others learn the kind only. */
void sc_run_refuse(sc_run *r, sc_refusal kind, const sc_fault *why);
/* The run ends here: tell the others; before my signature is out, state it in
 * the log and record it. */
void sc_run_abort(sc_run *r, const sc_fault *why);
/* The asker has the answer from before: the others are let go. */
void sc_run_repeat(sc_run *r);
/* A result party states in the log that it has the answer. */
void sc_run_delivered(sc_run *r);
/* The asker will know the question if it is asked again. */
void sc_run_remember(sc_run *r);

/* ---- the phases --------------------------------------------------------- */

/* SC_E_REFUSED and sc_run_is_told() is 0: this party refuses; kind says what
 * the others learn. At the asker it proposes last. */
SC_MUST_USE sc_err sc_run_prepare(sc_run *r, sc_refusal *kind, sc_fault *why);
/* The same of a call, at an owner that posts: neither record nor session. */
SC_MUST_USE sc_err sc_run_prepare_post(sc_run *r, sc_refusal *kind,
                                       sc_fault *why);
SC_MUST_USE sc_err sc_run_agree(sc_run *r, sc_fault *why);
/* Commit to the version of my data that is used, if I own any. */
SC_MUST_USE sc_err sc_run_commit_input(sc_run *r, sc_fault *why);
SC_MUST_USE sc_err sc_run_check_asset(sc_run *r, sc_fault *why);
SC_MUST_USE sc_err sc_run_load(sc_run *r, sc_fault *why);
SC_MUST_USE sc_err sc_run_commit(sc_run *r, sc_fault *why);
SC_MUST_USE sc_err sc_run_sign(sc_run *r, sc_fault *why);
SC_MUST_USE sc_err sc_run_log(sc_run *r, sc_fault *why);
SC_MUST_USE sc_err sc_run_open(sc_run *r, sc_fault *why);
/* What nobody waits for: the statement in the log, the share's erasure, the end
 * of the record. If a result party was lost on the way, the mender keeps the share
 * until that party has what it needs. If the job has auditors, the mender sees to it that they got
 * what is sent now, and records the end. */
SC_MUST_USE sc_err sc_run_close(sc_run *r, sc_fault *why);

#endif
