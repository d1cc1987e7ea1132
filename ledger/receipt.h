/* ledger/receipt.h: the signed record of one session, sealed before its result
 * is opened.
 *
 * The body (type ComputationReceipt, version 1) is canonical JSON, off the log;
 * its digests are in the log (ledger/entry.h). It says what was agreed, what was
 * committed to and what both ends of each channel saw; nothing that is known
 * only after opening. What a session does not have is absent. Digests are lower
 * hexadecimal. Every party that was there builds the body from its own state and
 * signs only those bytes; the roles say which commitments a party has.
 *
 * An owner that posted its input for this job's call and left (ledger/post.h) was
 * not there: it has no channel and does not sign. Its post stands in its place.
 *
 *   channels        one record for each ordered pair that was there, sorted by
 *                   (from, to)
 *   transcriptRoot  RFC 6962 root over the JCS of these records, so that an
 *                   auditor can be shown one channel alone
 *   inputCommitment, outputCommitment: see sc_receipt_share_commit
 *
 * Adversary: whoever hands us a receipt. */
#ifndef SC_LEDGER_RECEIPT_H
#define SC_LEDGER_RECEIPT_H

#include <jansson.h>

#include "ledger/entry.h"
#include "ledger/proofset.h"

#define SC_RECEIPT_MAX          ((size_t)1 << 20) /* bytes of a secured one */
#define SC_RECEIPT_MAX_CHANNELS (SC_MAX_PARTIES * (SC_MAX_PARTIES - 1))
#define SC_RECEIPT_MAX_WORDS    1024 /* entries of `disclosed` */
#define SC_RECEIPT_MAX_TEXT     1024 /* bytes of any text in it */
#define SC_RECEIPT_MAX_VECTORS  4096
#define SC_RECEIPT_MAX_SHARE    ((uint64_t)1 << 28) /* words */
#define SC_RECEIPT_STATUS       "sealed"

enum {
    SC_ROLE_INPUT = 1,     /* has an input commitment */
    SC_ROLE_COMPUTING = 2, /* has an output commitment */
    SC_ROLE_RESULT = 4,    /* receives the result */
    SC_ROLE_ASKER = 8,     /* proposed the job */
    SC_ROLE_HOLDER = 16,   /* has a share of the key that opens the sum */
};

/* Texts are borrowed: from the caller for make, from the JSON after take. */
typedef struct {
    const char *did;
    unsigned roles; /* SC_ROLE_..., at least one */
    uint8_t input[SC_HASH_LEN];
    uint8_t output[SC_HASH_LEN];
    int is_posted;            /* input and computing are all its roles */
    int64_t posted;           /* when: POSIX seconds, not after started */
    uint8_t post[SC_SIG_LEN]; /* sc_post_sign */
} sc_receipt_party;

/* The message stream from one party to another, at the cut before COMMIT. */
typedef struct {
    size_t from; /* indices into parties */
    size_t to;
    uint8_t hash[SC_HASH_LEN];
    uint64_t messages;
    uint64_t bytes;
} sc_receipt_channel;

typedef struct {
    uint8_t sid[SC_HASH_LEN];
    uint8_t consortium[SC_HASH_LEN];
    uint8_t job_id[16];
    uint8_t job_digest[SC_HASH_LEN]; /* SHA-256(salt || JCS(job)) */
    uint8_t plan_digest[SC_HASH_LEN];
    int has_call; /* if a party posted, what for; at least two were there */
    uint8_t call[SC_HASH_LEN];
    uint8_t call_plan[SC_HASH_LEN];
    const char *protocol;  /* "masked-sum/1" */
    const char *model;     /* "semi-honest" */
    const char *collusion; /* "1 of 3" */
    unsigned ring;         /* 64 or 128 bits */
    size_t n_parties;
    sc_receipt_party parties[SC_MAX_PARTIES]; /* in the job's order */
    size_t n_channels;
    sc_receipt_channel channels[SC_RECEIPT_MAX_CHANNELS];
    uint64_t cells;   /* 1 .. SC_MAX_CELLS */
    uint64_t vectors; /* 1 .. SC_RECEIPT_MAX_VECTORS: words of each cell */
    uint64_t words; /* of a share, where they are not cells * vectors; else 0 */
    const json_t *disclosed; /* list of texts: what the result tells */
    uint64_t min_group;      /* >= 1 */
    uint8_t salt[SC_HASH_LEN];
    const char *sw_name;
    const char *sw_version;
    int64_t started; /* POSIX seconds */
    int64_t not_after;
} sc_receipt;

/* SC_E_ARG: a field outside the ranges above, a DID or a channel twice, no result
 * party, a channel with a party that posted. */
SC_MUST_USE sc_err sc_receipt_check_ranges(const sc_receipt *r);
/* The unsigned body; the caller owns *body. Sorts the channels.
 *   Returns: SC_E_ARG  as above, or too long as a whole */
SC_MUST_USE sc_err sc_receipt_make(json_t **body, const sc_receipt *r);
/* Read a body, secured or not: it must be exactly what make would write. Texts
 * are borrowed from body. SC_E_WIRE; r untouched. */
SC_MUST_USE sc_err sc_receipt_take(sc_receipt *r, const json_t *body);

/* One party's signature as did; the second `created` is agreed in the job.
 *   Returns: SC_E_WIRE  no receipt
 *            SC_E_ARG   did is none of its parties, or posted and was not there */
SC_MUST_USE sc_err sc_receipt_sign(uint8_t sig[static SC_SIG_LEN],
                                   const json_t *body, const char *did,
                                   int64_t created,
                                   const sc_sign_key *identity);
/* Another party's signature on our bytes: SC_E_CHEAT if it does not hold. */
SC_MUST_USE sc_err sc_receipt_check(const json_t *body, const char *did,
                                    int64_t created,
                                    const uint8_t pk[static SC_KEY_LEN],
                                    const uint8_t sig[static SC_SIG_LEN]);
/* Add all signatures, sigs[i] by parties[i], those of parties that posted not being
 * read: body is now secured. SC_E_ARG: n_sigs is not the number of parties. */
SC_MUST_USE sc_err sc_receipt_seal(json_t *body, int64_t created,
                                   const uint8_t (*sigs)[SC_SIG_LEN],
                                   size_t n_sigs);
/* A secured receipt under a roster: well-formed, of this consortium, its parties all
 * members, signed by each that was there and by no other at one second within
 * [started, not_after]; each post in it signed by its party.
 *   Out:     r, created  may be NULL
 *   Returns: SC_E_WIRE, SC_E_CHEAT; why says what, and whose it is */
SC_MUST_USE sc_err sc_receipt_verify(sc_receipt *r, int64_t *created,
                                     const json_t *secured,
                                     const sc_roster *roster, sc_fault *why);
/* Its log entry, submitted and signed by one of the parties that were there: i over
 * the body, d over the secured receipt.
 *   Returns: SC_E_WIRE  no receipt, or without proof
 *            SC_E_ARG   as sc_receipt_sign */
SC_MUST_USE sc_err sc_receipt_entry(sc_entry *e, const json_t *secured,
                                    const char *did,
                                    const sc_sign_key *identity);
/* Is a (verified) entry the receipt/1 of this body: its i, s and n, submitted by
 * one of the parties that were there? d is not looked at: Ed25519 lets a signer make two valid
 * signatures of one text, so honest parties may hold secured receipts that
 * differ in nothing else. What was agreed is i; d tells which of these twins the
 * log speaks of.
 *   In:      body  secured or not
 *   Returns: SC_E_CHEAT  it is another's
 *            SC_E_WIRE   body is no receipt */
SC_MUST_USE sc_err sc_receipt_match(const sc_entry *e, const json_t *body);

/* SHA-256 of the JCS of body without its proof: the leaf's i. */
SC_MUST_USE sc_err sc_receipt_id(uint8_t i[static SC_HASH_LEN],
                                 const json_t *body);

/* Is this the job that was agreed: SHA-256(salt || JCS(job)) is the receipt's
 * digest? SC_E_CHEAT: it is another. */
SC_MUST_USE sc_err sc_receipt_check_job(const sc_receipt *r, const json_t *job);

/* Words of 16 bytes of a computing party's share. */
static inline uint64_t sc_receipt_share_words(const sc_receipt *r)
{
    return r->words != 0 ? r->words : r->cells * r->vectors;
}

/* The parties that were there and sign: all but those that posted. */
static inline size_t sc_receipt_n_present(const sc_receipt *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        n += r->parties[i].is_posted == 0;
    }
    return n;
}

/* What an output commitment of this party is under: the session id, or the call's
 * digest, if it posted before there was a session. */
static inline const uint8_t *sc_receipt_share_sid(const sc_receipt *r,
                                                  size_t party)
{
    return r->parties[party].is_posted ? r->call : r->sid;
}

/* A party's output commitment: over its share and its random r32. The share is its
 * words of the cells * vectors opened (16 bytes little-endian each, in the plan's
 * order), or its entry of a sum of ciphertexts (mpc/ctsum.h). */
void sc_receipt_share_commit(uint8_t out[static SC_HASH_LEN],
                             const uint8_t sid[static SC_HASH_LEN],
                             const char *did, sc_bytes share,
                             const uint8_t r32[static 32]);
/* The same of a share of len bytes that comes in pieces, by sc_hash_update between. */
void sc_receipt_share_begin(sc_hash *h, const uint8_t sid[static SC_HASH_LEN],
                            const char *did, uint64_t len);
void sc_receipt_share_end(sc_hash *h, uint8_t out[static SC_HASH_LEN],
                          const uint8_t r32[static 32]);

#endif
