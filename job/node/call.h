/* job/node/call.h: one call at one node: whose posts are here, who wants them, how it
 * ended (job/run/call.h has what a call is; job/node/calls.h the thread). Its id is the
 * first 16 bytes of its digest, so that nobody takes the id of another's.
 *
 *   STORE/calls/<id>/call          its canonical bytes
 *                    mine          empty: it was asked here
 *                    <owner>.post  job/run/post_file.h
 *                    delivered     empty: the asker has this owner's post
 *                    run           id of the job that was tried last, at the asker
 *                    job           job/run/call.h
 *                    end           JSON {"job"?,"party","state","text"}
 *
 *   owner who posts                 asker                      who adds up
 *   ------------------------------------------------------------------------
 *                       <-- CALL    until its post is here
 *   makes its post, once
 *   POST pieces, each on POSTED -->
 *                                   CALL, then POST pieces -->
 *                                   all posts, everywhere? a job of its own
 *                                   begins, with the posts in it
 *
 * What is lost on the way is said again; nothing is made twice. Whether a post is its
 * owner's is looked at by each who stores it; whether its proofs hold, by the asker, so
 * that a false one spoils no call, and by all when entries are added up.
 *
 * Adversary: peers that call, post or pass on anything at any rate. */
#ifndef SC_JOB_CALL_NODE_H
#define SC_JOB_CALL_NODE_H

#include <assert.h>

#include "job/plan/plan.h"
#include "job/run/house.h"

/* Others than the asker know of no end but that it is over, or given up. */
typedef enum {
    SC_CALL_OPEN,
    SC_CALL_DONE,    /* its job has a receipt */
    SC_CALL_REFUSED, /* by one whose post, or help, it takes */
    SC_CALL_OVER     /* its time is */
} sc_call_state;

/* What goes on between this node and a peer about a call. */
typedef struct {
    uint64_t said_ms;  /* when CALL or a first piece was said */
    uint64_t bad_ms;   /* nothing is taken of its post before */
    sc_buf coming;     /* pieces of its post */
    int is_whole;      /* all of them: its proofs are being looked at */
    uint64_t came_ms;  /* when the last of them came */
    uint32_t there;    /* at the asker: bit p: it has p's post */
    size_t sent_owner; /* the piece that was sent to it last, */
    uint64_t sent_at, sent_ms;
} sc_call_peer;

typedef struct {
    uint8_t digest[32]; /* its id: the first 16 bytes */
    sc_buf text;
    sc_job *job;
    sc_plan *plan;
    uint64_t born_ms; /* when it came, since this node started; 0: before */

    uint32_t have; /* bit p: party p's post is here */
    sc_call_peer peers[SC_MAX_PARTIES];
    int is_called;    /* by the asker, since this node started */
    int is_refused;   /* by my own rules, at an owner */
    int is_delivered; /* the asker has my post, likewise */
    uint64_t post_ms; /* not to be tried again before, likewise */

    sc_call_state state;
    uint8_t run[16]; /* at the asker: the job that was tried last, */
    int has_run;     /* if there is one that is not known to have ended */
    int is_running;  /* its thread is at work */
    unsigned n_runs;
    uint64_t run_ms;    /* not to be tried before */
    char party[64];     /* of the end, or of the last trouble */
    char trouble[1024]; /* words: why it has no answer yet, or has none */
} sc_call;

/* ---- call.c ---------------------------------------------------------------- */

/* A call from its bytes, that this party asks (sender is me) or is asked by its asker;
 * nothing is stored.
 *   Returns: SC_E_WIRE, SC_E_REFUSED, SC_E_CONFIG  it is none, not its sender's, not this
 *                          party's business, or may not last so long */
SC_MUST_USE sc_err sc_call_new(sc_call **c, const sc_house *h, size_t sender,
                               sc_bytes text, sc_fault *why);
/* Store it: from now on it outlives the node. */
SC_MUST_USE sc_err sc_call_store(sc_call *c, const sc_house *h, sc_fault *why);
int sc_call_is_stored(const sc_call *c, const sc_house *h);
/* What is stored of it. SC_E_CORRUPT, SC_E_IO; SC_E_NOT_FOUND, SC_E_REFUSED,
 * SC_E_CONFIG: nothing that this node can go on with. */
SC_MUST_USE sc_err sc_call_load(sc_call **c, const sc_house *h,
                                const char *folder, sc_fault *why);
void sc_call_free(sc_call **c);
/* Keep how it ended. A state that cannot be written is found out again. */
void sc_call_end(sc_call *c, const sc_house *h, sc_call_state state,
                 const char *party, const char *text);
/* Keep that a job was begun (c->run); that the asker has my post. */
SC_MUST_USE sc_err sc_call_note_run(const sc_call *c, const sc_house *h,
                                    sc_fault *why);
void sc_call_note_delivered(sc_call *c, const sc_house *h);
/* Remove a call's folder, its text last. */
void sc_call_remove(const char *folder, const sc_log *log);

int sc_call_is_mine(const sc_call *c, const sc_house *h); /* I asked */
int sc_call_is_owed(const sc_call *c, const sc_house *h); /* I am to post */
int sc_call_is_added(const sc_call *c, const sc_house *h, size_t party);
/* Does this party still want something, or do others of it? */
int sc_call_is_waiting(const sc_call *c, const sc_house *h);
/* Owners whose posts are not here. */
uint32_t sc_call_missing(const sc_call *c);
/* Words for its user, without a post or an answer yet. */
void sc_call_trouble(sc_call *c, const char *party, const char *text);
/* job/node/node.h, "calls". NULL: out of memory. */
json_t *sc_call_json(const sc_call *c, const sc_house *h);

/* ---- call_talk.c ------------------------------------------------------------ */

#define SC_CALL_MAX_COMING ((size_t)256 << 20) /* bytes of pieces of one peer */
static_assert(SC_PLAN_MAX_ENTRY < SC_CALL_MAX_COMING, "a post comes through");

/* At the asker: say CALL to whose post is missing, hand posts on to who adds up. */
void sc_call_say(sc_call *c, const sc_house *h);
/* At the asker, of a call that ended without a job: CANCEL, to all who are linked. */
void sc_call_say_end(const sc_call *c, const sc_house *h);
/* An owner's own post, from its beginning, to the asker. */
void sc_call_say_post(sc_call *c, const sc_house *h);
/* Take POST, POSTED, REFUSE or CANCEL of a party; room: bytes of pieces that may still
 * be kept of this party. */
void sc_call_hear(sc_call *c, const sc_house *h, size_t party,
                  const sc_frame *f, size_t room);
/* At the asker: a post's proofs hold (SC_OK), or why says what is wrong with it. */
void sc_call_take_checked(sc_call *c, const sc_house *h, size_t owner,
                          sc_err err, sc_fault *why);
/* Drop pieces whose next did not come. */
void sc_call_drop_pieces(sc_call *c, uint64_t idle_ms);

/* ---- calls_check.c ------------------------------------------------------------ */

/* At the asker: do the proofs of a post that is whole hold? Seconds, of a large one; of
 * the call it reads what nobody changes. SC_E_CHEAT, SC_E_MEM. */
SC_MUST_USE sc_err sc_call_check_proofs(const sc_call *c, const sc_house *h,
                                        size_t owner, sc_fault *why);

/* ---- call_run.c ------------------------------------------------------------- */

/* At the asker: the canonical bytes of a job with all posts.
 *   Returns: SC_E_STATE  a post is of a time that this clock has not reached */
SC_MUST_USE sc_err sc_call_make_job(const sc_call *c, const sc_house *h,
                                    sc_buf *text, uint8_t id[static 16],
                                    sc_fault *why);
/* Is it time to begin a job? All posts are everywhere, all who are to be there are
 * linked, none is under way. */
int sc_call_is_due(sc_call *c, const sc_house *h);
/* A job has ended, or could not begin: by `run`, with this fault unless it is SC_OK. */
void sc_call_take_end(sc_call *c, const sc_house *h,
                      const uint8_t run[static 16], sc_err err, int is_open,
                      const sc_fault *why);

#endif
