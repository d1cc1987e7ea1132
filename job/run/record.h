/* job/run/record.h: what a node keeps of one job, so that no receipt is lost or
 * doubled and an answer survives the terminal that asked.
 *
 *     STORE/jobs/<id>/journal        one record a step, synced (base/journal.h)
 *     STORE/jobs/<id>/share.sealed   this party's output share and the
 *                                    randomness of its commitment, sealed under
 *                                    the state key; erased when delivered
 *     STORE/jobs/<id>/part.sealed    at a holder of the key, of a sum of
 *                                    ciphertexts: its part; likewise
 *     STORE/jobs/<id>/shares.opened  at a result party: what its answer is from
 *
 * A step is recorded before the message that follows from it leaves, durably
 * but for those that are nothing without a later one, or that a restart finds
 * again. Adversary: a crash at any instruction; a reader of the disk (the share
 * is sealed; an erased file may still be found on the medium: SECURITY.md says
 * so). */
#ifndef SC_JOB_RECORD_H
#define SC_JOB_RECORD_H

#include "base/journal.h"
#include "ledger/keys.h"

#define SC_JOB_ID_LEN 16

/* In the order of a job's life; the last one present is its state. */
typedef enum {
    SC_RECORD_JOB,     /* canonical bytes of the job */
    SC_RECORD_PLAN,    /* canonical bytes of the plan */
    SC_RECORD_CONSENT, /* the sid: our consent may be out */
    SC_RECORD_BODY,    /* the receipt's body: our signature may be out */
    SC_RECORD_RECEIPT, /* the same with all signatures */
    SC_RECORD_PROVED,  /* sc_record_put_proved: our share may be out */
    SC_RECORD_ANSWER,  /* a result party's answer, JSON */
    SC_RECORD_DONE,    /* delivered and acknowledged; empty */
    SC_RECORD_REFUSED, /* who and why, JSON {"party","phase","text"}: by this
                        * party or, as it was told, by another */
    SC_RECORD_ABORTED, /* the same; party "": nobody is named */
    SC_RECORD_VOIDED,  /* the log took void/1 first; entry's index (u64 le) */
    SC_RECORD_REPEATED, /* an earlier job's answer serves; as SC_RECORD_REFUSED */
    SC_RECORD_N_KINDS
} sc_record_kind;

/* "consented", "signed", ...: the state that a record of this kind makes. */
const char *sc_record_state_name(sc_record_kind kind);

typedef struct sc_record sc_record;

/* A new job, there for good with the first step that is durable. SC_E_STATE: this
 * id is known already. */
SC_MUST_USE sc_err sc_record_new(sc_record **r, const char *store,
                                 const uint8_t id[static SC_JOB_ID_LEN],
                                 sc_fault *why);
/* A job recorded before, to be read; its run may be at work. SC_E_NOT_FOUND,
 * SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_record_open(sc_record **r, const char *store,
                                  const uint8_t id[static SC_JOB_ID_LEN],
                                  sc_fault *why);
/* The same, to be continued. SC_E_STATE: another continues it. */
SC_MUST_USE sc_err sc_record_resume(sc_record **r, const char *store,
                                    const uint8_t id[static SC_JOB_ID_LEN],
                                    sc_fault *why);
void sc_record_free(sc_record **r);

/* Durable when it returns. A second record of a kind replaces the first.
 * SC_E_STATE: opened to be read only. */
SC_MUST_USE sc_err sc_record_put(sc_record *r, sc_record_kind kind,
                                 sc_bytes data, sc_fault *why);
/* The same, durable with the next sc_record_put or sc_record_sync: a step that
 * no message follows from, or that a restart finds out again. */
SC_MUST_USE sc_err sc_record_put_later(sc_record *r, sc_record_kind kind,
                                       sc_bytes data, sc_fault *why);
/* All that was put so far is durable when it returns. */
SC_MUST_USE sc_err sc_record_sync(sc_record *r, sc_fault *why);
/* Borrowed until the next put; SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_record_get(const sc_record *r, sc_bytes *data,
                                 sc_record_kind kind);
/* The receipt was found in the log (durable with the next put): its entry's
 * index, and the published checkpoint below which it was found, the earliest
 * witness that this party has of it. get: a note of length 0 where none was
 * kept; borrowed as above. SC_E_NOT_FOUND, SC_E_CORRUPT. */
SC_MUST_USE sc_err sc_record_put_proved(sc_record *r, uint64_t index,
                                        sc_bytes note, sc_fault *why);
SC_MUST_USE sc_err sc_record_get_proved(const sc_record *r, uint64_t *index,
                                        sc_bytes *note);
/* The last kind present; SC_RECORD_N_KINDS of an empty record. */
sc_record_kind sc_record_state(const sc_record *r);
/* When its last step was recorded, as the file system says: nanoseconds since
 * 1970; 0 if it does not say. Tells jobs of one second apart, no more. */
int64_t sc_record_changed_ns(const sc_record *r);
const uint8_t *sc_record_id(const sc_record *r);

/* Seal, open, erase the share, which is made of pieces one behind the other.
 * SC_E_CORRUPT: it does not open under this key.
 *   Secret: share, state key */
SC_MUST_USE sc_err sc_record_seal_share(
    sc_record *r, const uint8_t state_key[static SC_KEY_LEN],
    const sc_bytes *pieces, size_t n_pieces, sc_rng *rng, sc_fault *why);
SC_MUST_USE sc_err
sc_record_open_share(const sc_record *r, sc_buf *share,
                     const uint8_t state_key[static SC_KEY_LEN], sc_fault *why);
/* Keep that every result party has what this party had for it, where the job stays open
 * for others to be told (sc_job_readers). */
SC_MUST_USE sc_err sc_record_put_delivered(sc_record *r, sc_fault *why);
int sc_record_is_delivered(const sc_record *r);
SC_MUST_USE sc_err sc_record_erase_share(sc_record *r, sc_fault *why);

/* A holder's part of a sum of ciphertexts (mpc/ctsum.h), in the file part.sealed: kept
 * for result parties, sealed likewise, and erased with the share. */
int sc_record_has_part(const sc_record *r);
SC_MUST_USE sc_err
sc_record_seal_part(sc_record *r, const uint8_t state_key[static SC_KEY_LEN],
                    sc_bytes part, sc_rng *rng, sc_fault *why);
SC_MUST_USE sc_err
sc_record_open_part(const sc_record *r, sc_buf *part,
                    const uint8_t state_key[static SC_KEY_LEN], sc_fault *why);

/* What was opened to a result party (job/run/opened_file.h), in the file
 * shares.opened: kept with the answer, so that the answer can be shown to
 * follow from the receipt. It is written from pieces, one behind the other.
 * read: at most max_len bytes from an offset on, appended; SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_record_put_opened(sc_record *r, const sc_bytes *pieces,
                                        size_t n_pieces, sc_fault *why);
SC_MUST_USE sc_err sc_record_read_opened(const sc_record *r, sc_buf *data,
                                         uint64_t at, size_t max_len,
                                         sc_fault *why);
int sc_record_has_opened(const sc_record *r);
SC_MUST_USE sc_err sc_record_erase_opened(const sc_record *r, sc_fault *why);

/* The one job here whose id begins with these hex digits.
 *   Returns: SC_E_CONFIG     not SC_RECORD_MIN_PREFIX to 32 of 0-9, a-f, or
 *                            several jobs' ids begin so
 *            SC_E_NOT_FOUND  no job's */
#define SC_RECORD_MIN_PREFIX 4
SC_MUST_USE sc_err sc_record_find(uint8_t id[static SC_JOB_ID_LEN],
                                  const char *store, const char *prefix,
                                  sc_fault *why);
/* All ids under STORE/jobs, n_ids * SC_JOB_ID_LEN bytes; sc_free it. */
SC_MUST_USE sc_err sc_record_list(uint8_t **ids, size_t *n_ids,
                                  const char *store, sc_fault *why);

#endif
