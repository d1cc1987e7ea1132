/* job/run/notice.h: this party's own statements in the log: abort, void, outcome,
 * refusal.
 *
 * A notice is a body, salted JSON that stays off the log
 * (STORE/chain-private/bodies/<digest>.json), and an entry that holds its
 * digest and this party's signature (ledger/entry.h). What a body says is
 * asserted by its party and shown as such. Notices go through the keeper's
 * outbox: durable when the call returns, in the log when it can.
 *
 *   {"asker"?,"blamed"?,"job","kind"?,"phase"?,"query"?,"reason"?,"salt",
 *    "sid"?,"time","type","v":1}
 */
#ifndef SC_JOB_NOTICE_H
#define SC_JOB_NOTICE_H

#include "job/run/house.h"

/* What a notice says; absent fields are NULL. */
typedef struct {
    sc_entry_type type;    /* ABORT, VOID, OUTCOME or REFUSAL */
    const uint8_t *sid;    /* 32 bytes; NULL for a refusal */
    const uint8_t *job_id; /* 16 bytes */
    const uint8_t *query;  /* 32 bytes, of a refusal: what was asked */
    const char *asker;     /* DID, of a refusal */
    const char *kind;      /* of a refusal: "policy"; of an outcome: "delivered"
                            */
    const char *phase;     /* of an abort */
    const char *reason;    /* of an abort: words without data */
    const char *blamed;    /* DID */
} sc_notice;

/* Nothing is done if the log has this statement already (there is one of each
 * type for a party and a session, one refusal of a query and an asker a day), or
 * has decided the session that an abort or a void speaks of. */
SC_MUST_USE sc_err sc_notice_submit(const sc_house *h, const sc_notice *n,
                                    sc_fault *why);

/* Does every body under the store still have the digest that names it?
 * SC_E_CORRUPT: why names the file. */
SC_MUST_USE sc_err sc_notice_check_bodies(const char *store, sc_fault *why);

#endif
