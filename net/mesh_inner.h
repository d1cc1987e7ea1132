/* net/mesh_inner.h: the mesh's own state, for net/mesh.c (life, thread),
 * net/mesh_call.c (calls of other threads), net/mesh_link.c (links out, what is
 * sent) and net/mesh_in.c (what arrives); nobody else includes this.
 *
 * Everything is guarded by `lock`. Turns are taken by one thread at a time, which
 * holds it but while it polls: the mesh's own or, meanwhile, that of a session which
 * waits for bulk (sc_mesh_serve). Sockets are touched with the lock alone, and made
 * and closed within a turn: others send. Locks: this before a session's. */
#ifndef SC_NET_MESH_INNER_H
#define SC_NET_MESH_INNER_H

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/queue.h"
#include "net/gate.h"
#include "net/lane.h"
#include "net/session.h"
#include "net/wait.h"
#include "net/zmq.h"

#define SC_MESH_TICK_MS   100
#define SC_MESH_CREDIT_MS 10    /* credit that is due soon may wait so long */
#define SC_MESH_ASIDE_MS  2     /* the thread, served, looks so often again */
#define SC_MESH_HELLO_MS  5000  /* HELLO again while not linked */
#define SC_MESH_STASH_MS  10000 /* frames wait so long for their session */
#define SC_MESH_STASH     32    /* and so many of a peer */
#define SC_MESH_STASH_LEN ((size_t)256 << 10)
#define SC_MESH_RTTS      5     /* round trips whose median counts */
#define SC_MESH_CLOSED    64    /* jobs remembered after their session */
#define SC_MESH_DAMP_MS   100   /* a link that fails soon must wait, first */
#define SC_MESH_DAMP_MOST 1000  /* so long, then twice as long, up to this */
#define SC_MESH_STEADY_MS 5000  /* until it has lasted so long */
#define SC_MESH_QUIET_MS  60000 /* between two lines about the same trouble */

#define SC_MESH_EVENTS    6000 /* more than all parties' messages: news fit */
static_assert(SC_MESH_EVENTS > 2 * SC_MAX_PARTIES * SC_MESH_MAX_WAITING,
              "news of links need room beside the messages");

typedef enum { SC_LINK_DOWN, SC_LINK_TRYING, SC_LINK_UP } sc_link_state;

/* A frame that came before its session was opened. */
typedef struct {
    zmq_msg_t msg;
    sc_envelope envelope;
    uint64_t since_ms;
} sc_stashed;

typedef struct {
    size_t party;
    char *name;
    char *address;
    int is_offline; /* as its owner said */
    /* the connection to it */
    sc_link_state state;
    void *client, *monitor;
    int is_monitor_due;  /* there may be something to read */
    int is_blocked;      /* something waits for room */
    int is_owing;        /* credit that was due soon is due now */
    uint64_t since_ms;   /* of TRYING or UP */
    uint64_t retry_ms;   /* of DOWN: when to try again */
    uint64_t backoff_ms; /* next wait */
    const char *trouble; /* why it is not up */
    sc_queue *out;       /* node messages: sc_parcel */
    sc_parcel *blocked;  /* taken from out, waits for room */
    _Atomic size_t out_len;
    uint64_t hello_ms; /* when we said HELLO last */
    uint64_t ping_ms;  /* and PING */
    uint64_t ping_ns;  /* what it said; 0 if answered */
    /* what it says to us */
    int is_linked;
    uint64_t heard_ms;           /* 0: never */
    uint64_t rtts[SC_MESH_RTTS]; /* the last round trips, a ring */
    size_t n_rtts;               /* that were measured */
    uint64_t rtt_ns;             /* their median */
    uint64_t changed_ms;         /* when is_linked last became what it is */
    uint64_t damp_ms;            /* to stay lost, at least */
    char refusal[160];           /* why its HELLO was not right; "" */
    sc_bye refused_for;          /* the same, as last logged */
    uint64_t refused_ms;         /* and when */
    int has_boot;
    uint8_t boot[16];
    uint64_t chain_size;
    sc_stashed stash[SC_MESH_STASH];
    size_t n_stash, stash_len;
    uint64_t scolded_ms; /* last line about its malformed frames */
    _Atomic size_t n_events, events_len; /* of it, not yet freed */
} sc_link;

struct sc_mesh {
    size_t me, n_parties;
    sc_link links[SC_MAX_PARTIES]; /* [me] is unused but for its name */
    uint8_t keys[SC_MAX_PARTIES][SC_ZMQ_KEY_LEN];
    sc_zmq_keys own;
    uint8_t consortium[32];
    uint8_t boot[16];
    char *listen;
    char address[SC_ZMQ_ADDRESS_MAX + 1];
    uint64_t ping_ms, silent_ms, retry_least_ms, retry_most_ms;
    const sc_log *log;
    uint64_t chain_size;

    void *context, *zap, *server, *server_monitor;
    struct {
        int wake, zap, server, server_monitor;
    } is_due; /* there may be something to read */
    uint64_t n_monitors;
    sc_gate gate;
    uint64_t refused_log_ms, refused_logged; /* line, and count it told */
    uint64_t swept_ms;
    /* since when credit may be owed, 0: it is not; written with the lock */
    _Atomic uint64_t owing_ms;

    sc_wait lock;
    pthread_t thread;
    int has_thread, is_started;
    _Atomic int is_served; /* a session's thread takes the turns */
    sc_err start_err;
    sc_fault start_why;
    _Atomic int is_stopping;
    int wake_fd;

    sc_session *sessions[SC_MESH_MAX_SESSIONS];
    size_t n_sessions;
    size_t turn; /* which session sends first */
    uint8_t closed[SC_MESH_CLOSED][SC_FRAME_JOB_LEN];
    size_t n_closed; /* ever */
    sc_queue *events;
    sc_mesh_totals totals;
};

/* All of these: locked; those that say so, within a turn only. */

/* ---- mesh_call.c -------------------------------------------------------- */

sc_session *sc_mesh_find(sc_mesh *m, const uint8_t job[static 16]);
int sc_mesh_was_closed(const sc_mesh *m, const uint8_t job[static 16]);
/* Give the owner an event; takes msg if there is one and there is room. */
void sc_mesh_tell(sc_mesh *m, sc_mesh_event_kind kind, size_t party,
                  const sc_envelope *e, zmq_msg_t *msg);
/* Frees an event, whose place in its party's bounds is free then. Unlocked. */
void sc_mesh_event_drop(void *event);

/* ---- mesh_link.c: within a turn but for sc_link_flush -------------------- */

/* What is due: try, give up, PING, HELLO. */
void sc_link_tick(sc_mesh *m, sc_link *l, uint64_t now_ms);
/* What its monitor says. */
void sc_link_watch(sc_mesh *m, sc_link *l, uint64_t now_ms);
/* Send all that can be sent now; l->is_blocked says whether something waits for
 * room then. Any thread. */
void sc_link_flush(sc_mesh *m, sc_link *l);
/* One of the mesh's own messages: 1 if it was sent, 0 if there is no room for it, and
 * it is dropped. */
int sc_link_say(sc_mesh *m, sc_link *l, const uint8_t *job, const sc_frame *f);
void sc_link_say_bye(sc_mesh *m, sc_link *l, sc_bye reason);
/* See whether it is linked now; tells the owner of a change. */
void sc_link_update(sc_mesh *m, sc_link *l);
/* Drop the connection. */
void sc_link_close(sc_mesh *m, sc_link *l, const char *trouble,
                   uint64_t now_ms);
/* Drop node messages and stashed frames. Any thread. */
void sc_link_empty(sc_link *l);

/* ---- mesh_in.c: within a turn -------------------------------------------- */

/* Answer who knocks. */
void sc_mesh_admit(sc_mesh *m, uint64_t now_ms);
/* What the server's monitor says. */
void sc_mesh_watch_server(sc_mesh *m, uint64_t now_ms);
/* Take frames; 1 if there may be more. */
int sc_mesh_take_frames(sc_mesh *m, uint64_t now_ms);
/* A party broke the rules: all its sessions end. */
void sc_mesh_blame(sc_mesh *m, size_t party, const char *text, uint64_t now_ms);
/* Both places of one stash; nothing if they are the same. Any thread. */
void sc_stashed_move(sc_stashed *to, sc_stashed *from);
/* Frames that wait too long for a session go. */
void sc_mesh_expire(sc_mesh *m, sc_link *l, uint64_t now_ms);

#endif
