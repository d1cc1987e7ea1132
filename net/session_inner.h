/* net/session_inner.h: what a turn of the mesh asks of a session, and a session
 * of its mesh; nobody else includes this. Locks: the mesh's before a session's.
 */
#ifndef SC_NET_SESSION_INNER_H
#define SC_NET_SESSION_INNER_H

#include "net/lane.h"
#include "net/session.h"

/* ---- called within the mesh's turns, with the mesh locked ---------------- */

const uint8_t *sc_session_job(const sc_session *s);
int sc_session_has(const sc_session *s, size_t party);
/* A numbered frame of a party of it; msg stays the caller's, perhaps empty. */
void sc_session_arrive(sc_session *s, size_t party, zmq_msg_t *msg,
                       const sc_frame *f, uint64_t number);
void sc_session_hear_credit(sc_session *s, size_t party,
                            const sc_msg_credit *c);
/* When the party must be told what; *out is set if it must ever. */
sc_credit_due sc_session_credit_due(sc_session *s, size_t party,
                                    sc_msg_credit *out);
/* That was told. */
void sc_session_told_credit(sc_session *s, size_t party,
                            const sc_msg_credit *c);
/* The next parcel for the party, held for the caller, or NULL. */
sc_parcel *sc_session_next(sc_session *s, size_t party);
/* It was not sent after all, and is the next one again; takes the hold. */
void sc_session_put_back(sc_session *s, size_t party, sc_parcel *take_p);
/* The connection to the party is new. Returns how many parcels go again. */
size_t sc_session_relink(sc_session *s, size_t party);
/* The party began anew: what it knew of this session is gone. */
void sc_session_forgotten(sc_session *s, size_t party);

/* ---- called by a session, unlocked -------------------------------------- */

/* SC_E_STATE: the job has, or had, a session; or there are too many. */
SC_MUST_USE sc_err sc_mesh_add_session(sc_mesh *m, sc_session *s);
/* Forget it, and tell its parties that it is closed. */
void sc_mesh_drop_session(sc_mesh *m, sc_session *s, const size_t *parties,
                          size_t n_parties);
/* Something is to be sent to the party: on the calling thread, if the link has
 * room. */
void sc_mesh_flush(sc_mesh *m, size_t party);
/* A party must be told of credit soon. */
void sc_mesh_owe_credit(sc_mesh *m);
/* Something is to be done within a turn. */
void sc_mesh_wake(sc_mesh *m);
/* Take the mesh's turns on the calling thread, until is_done (asked between them,
 * locked) or the deadline. Returns at once if another session's thread does so. */
void sc_mesh_serve(sc_mesh *m, int (*is_done)(void *ctx), void *ctx,
                   uint64_t deadline_ms);
/* A session's thread does so now. */
int sc_mesh_is_served(const sc_mesh *m);
const sc_log *sc_mesh_log(const sc_mesh *m);

#endif
