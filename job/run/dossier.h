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

/* What parties ask each other about a job (ASK; the job is in the envelope). */
typedef enum {
    SC_ASK_RECEIPT = 1, /* digest: of the copy, d of its entry; answer BODY */
    SC_ASK_SHARE,       /* digest: number of the chunk, u64 le; answer SHARE */
    SC_ASK_RECEIVED,    /* answer RECEIVED, if so */
    SC_ASK_JOB,         /* digest: zero; answer BODY (job/run/disclose.h) */
    SC_ASK_PART         /* as SC_ASK_SHARE, of a holder's part */
} sc_ask_kind;

typedef struct {
    sc_record *record;
    json_t *body;       /* of the receipt, secured if it is there; or NULL */
    sc_receipt receipt; /* borrows from body; valid if body is there */
    uint8_t sid[32];    /* zero if nobody consented */
    size_t me; /* my position in the receipt; SIZE_MAX: none, I audit */
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
/* Has the party at this position one of these roles (SC_ROLE_...)? */
static inline int sc_dossier_is(const sc_dossier *d, size_t position,
                                unsigned roles)
{
    return (d->receipt.parties[position].roles & roles) != 0;
}
/* Shares, and parts behind them, of which its answer is made (job/run/outcome.h). */
size_t sc_dossier_n_opened(const sc_dossier *d);

/* Who may see job and receipt and is not there (sc_job_readers), by party number; 0
 * unless the job is here. */
uint32_t sc_dossier_auditors(const sc_dossier *d, const sc_house *h);
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
/* Is this receipt in the log, and the copy here, signed by all, that its entry
 * names? Its index. Without this no share leaves.
 *   Returns: SC_E_NOT_FOUND  no receipt of the session is in the log
 *            SC_E_STATE      it is, but the copy that it names is not here
 *            SC_E_CHEAT      the log holds another receipt of the session */
SC_MUST_USE sc_err sc_dossier_proved(const sc_dossier *d, const sc_house *h,
                                     uint64_t *index);
/* Is this text the copy that the entry names: its digest d, its receipt mine
 * (but for signatures), all of which hold?
 *   In:      mine  my receipt's body, secured or not
 *   Returns: SC_E_CHEAT */
SC_MUST_USE sc_err sc_dossier_check_copy(const sc_house *h, const sc_entry *e,
                                         const json_t *mine, sc_bytes copy);
/* Record that the receipt was found in the log, with the checkpoint that is
 * published here now: the earliest that this party has for it. */
SC_MUST_USE sc_err sc_dossier_put_proved(sc_record *record, const sc_house *h,
                                         uint64_t index, sc_fault *why);
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
