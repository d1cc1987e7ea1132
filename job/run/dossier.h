/* job/run/dossier.h: a job's record, read for mending and for answering about it.
 *
 * What a signed record implies, taken apart: receipt, parties, fate in this
 * party's own replica. Opened for one question, then cleared. */
#ifndef SC_JOB_DOSSIER_H
#define SC_JOB_DOSSIER_H

#include "job/run/house.h"
#include "job/run/outcome.h"
#include "job/run/record.h"
#include "ledger/receipt.h"

typedef struct {
    sc_record *record;
    json_t *body;       /* of the receipt, secured if it is there; or NULL */
    sc_receipt receipt; /* borrows from body; valid if body is there */
    uint8_t sid[32];    /* zero if nobody consented */
    size_t me;          /* my position in the receipt */
} sc_dossier;

/* SC_E_NOT_FOUND: no such job here; SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_dossier_open(sc_dossier *d, const sc_house *h,
                                   const uint8_t id[static 16], sc_fault *why);
/* The same, with a record that can be continued. SC_E_STATE: its run is at
 * work. */
SC_MUST_USE sc_err sc_dossier_resume(sc_dossier *d, const sc_house *h,
                                     const uint8_t id[static 16],
                                     sc_fault *why);
void sc_dossier_clear(sc_dossier *d);

/* Position of a party (by number) in the receipt, or SIZE_MAX. */
size_t sc_dossier_position(const sc_dossier *d, const sc_house *h,
                           size_t party);
/* Party number of a position. */
size_t sc_dossier_party(const sc_dossier *d, const sc_house *h,
                        size_t position);
/* What the published log says of the session. SC_E_NOT_FOUND: nothing. */
SC_MUST_USE sc_err sc_dossier_fate(const sc_dossier *d, const sc_house *h,
                                   sc_entry_type *type, uint64_t *index);
/* The entry that decided for a receipt, any receipt, of this session, and its
 * index. SC_E_NOT_FOUND: undecided, or void. */
SC_MUST_USE sc_err sc_dossier_entry(const sc_dossier *d, const sc_house *h,
                                    sc_entry *e, uint64_t *index);
/* Is the entry at this index of this body, secured or not (sc_receipt_match)?
 * SC_E_CHEAT: of another receipt; why names who submitted it, and where. */
SC_MUST_USE sc_err sc_dossier_match(sc_entry *e, const sc_house *h,
                                    const json_t *body, uint64_t index,
                                    sc_fault *why);
/* Is this receipt, or a twin of it, in the log? Its index.
 *   Returns: SC_E_NOT_FOUND  as above
 *            SC_E_STATE      it is, but not all signatures are here
 *            SC_E_CHEAT      the log holds another receipt of the session */
SC_MUST_USE sc_err sc_dossier_proved(const sc_dossier *d, const sc_house *h,
                                     uint64_t *index);
/* The entry is of this receipt: does it name another copy than the one that is
 * here? */
int sc_dossier_is_twin(const sc_dossier *d, const sc_entry *e);
/* My sealed share and the randomness of its commitment. Secret. */
SC_MUST_USE sc_err sc_dossier_share(const sc_dossier *d, const sc_house *h,
                                    sc_opened_share *out, sc_fault *why);
/* The plan, made again from the job; its digest must be the receipt's. */
SC_MUST_USE sc_err sc_dossier_plan(const sc_dossier *d, const sc_house *h,
                                   sc_job **job, sc_plan **plan, sc_fault *why);

#endif
