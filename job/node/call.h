/* job/node/call.h: one call at one node: whose posts are here, who wants them, how it
 * ended (job/run/call.h has what a call is; job/node/calls.h the thread).
 *
 *   STORE/calls/<id>/call          its canonical bytes
 *                    <owner>.post  job/run/post_file.h
 *                    delivered     empty: the asker has this owner's post
 *                    run           id of the job that was tried last, at the asker
 *                    end           JSON {"job"?,"party"?,"state","text"?}
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

#include "job/plan/plan.h"
#include "job/run/house.h"

/* Others than the asker know of no end but that it is over. */
typedef enum {
    SC_CALL_OPEN,
    SC_CALL_DONE,    /* its job has a receipt */
    SC_CALL_REFUSED, /* by one whose post, or help, it takes */
    SC_CALL_OVER     /* its time is */
} sc_call_state;

typedef struct {
    uint8_t id[16], digest[32];
    sc_buf text;
    sc_job *job;
    sc_plan *plan;

    uint32_t have;                    /* bit p: party p's post is here */
    sc_buf coming[SC_MAX_PARTIES];    /* pieces of posts that are not */
    uint64_t bad_ms[SC_MAX_PARTIES];  /* when a post of p was none; 0: never */
    uint64_t said_ms[SC_MAX_PARTIES]; /* to party p, for the last time */
    uint32_t there[SC_MAX_PARTIES];   /* at the asker: posts that p has */
    int is_called;    /* by the asker, since this node started; at an owner */
    int is_refused;   /* by my own rules, likewise */
    int is_delivered; /* at an owner */
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

/* A call that was asked here or came from its asker, made sure of and stored.
 *   Returns: SC_E_WIRE, SC_E_REFUSED  it is none, not this party's business, or may not
 *                                     last so long */
SC_MUST_USE sc_err sc_call_new(sc_call **c, const sc_house *h, sc_bytes text,
                               sc_fault *why);
/* What is stored of it. SC_E_CORRUPT, SC_E_IO. */
SC_MUST_USE sc_err sc_call_load(sc_call **c, const sc_house *h,
                                const char *folder, sc_fault *why);
void sc_call_free(sc_call **c);
/* Keep how it ended. A state that cannot be written is found out again. */
void sc_call_end(sc_call *c, const sc_house *h, sc_call_state state,
                 const char *party, const char *text);
/* Keep that a job was begun (c->run); that the asker has my post. */
void sc_call_note_run(const sc_call *c, const sc_house *h);
void sc_call_note_delivered(sc_call *c, const sc_house *h);
/* Remove all that is stored of it. */
void sc_call_remove(const sc_call *c, const sc_house *h);

int sc_call_is_mine(const sc_call *c, const sc_house *h); /* I asked */
int sc_call_is_owed(const sc_call *c, const sc_house *h); /* I am to post */
/* All that it waits for: owners whose posts are not here. */
uint32_t sc_call_missing(const sc_call *c);
/* {"id","asker","sql","state","not_after","posted":[..],"missing":[..],"party",
 * "trouble","job"}; the last three if there is something to say. */
json_t *sc_call_json(const sc_call *c, const sc_house *h);

/* ---- call_talk.c ------------------------------------------------------------ */

/* At the asker: say CALL to whose post is missing, hand posts on to who adds up. */
void sc_call_say(sc_call *c, const sc_house *h);
/* At the asker, of a call that ended without a job: CANCEL, to all who are linked. */
void sc_call_say_end(const sc_call *c, const sc_house *h);
/* An owner's own post, from its beginning, to the asker. */
void sc_call_say_post(sc_call *c, const sc_house *h);
/* Take POST, POSTED, REFUSE or CANCEL of a party. */
void sc_call_hear(sc_call *c, const sc_house *h, size_t party,
                  const sc_frame *f);

/* ---- call_run.c ------------------------------------------------------------- */

/* At the asker: the canonical bytes of a job with all posts. */
SC_MUST_USE sc_err sc_call_make_job(const sc_call *c, const sc_house *h,
                                    sc_buf *text, uint8_t id[static 16],
                                    sc_fault *why);
/* Is it time to begin a job? All posts are everywhere, none is under way. */
int sc_call_is_due(sc_call *c, const sc_house *h);
/* A job has ended, or could not begin: by `run`, with this fault unless it is SC_OK. */
void sc_call_take_end(sc_call *c, const sc_house *h,
                      const uint8_t run[static 16], sc_err err, int is_open,
                      const sc_fault *why);

#endif
