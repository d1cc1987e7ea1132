/* ledger/bundle.h: one file that an officer checks offline.
 *
 * One line of JCS and a line feed, type sharechain-bundle/1:
 *
 *   {"consortium":base64 of the file's bytes,"entry":text of the leaf,
 *    "proof":text of the tlog-proof,"receipt":{...},"result":{...}?,"type":...}
 *   result: {"answer":any,"job":{...},"key":text?,"parts":[{"party":DID,
 *            "words":base64}...]?,"shares":[{"party":DID,"r32":hex,
 *            "words":base64}...]}
 *
 * The result is optional: the opened shares, each of them bound by the output
 * commitment in the receipt (sc_receipt_share_commit), the job's text, bound by
 * its salted digest, and the answer, which is recomputed from both. Of a sum of
 * ciphertexts also the public key, bound by the consortium file, and the parts that
 * opened the sum, each of which carries its proof.
 *
 * Such shares are large: with the type sharechain-bundle/2 each share's "words" is the
 * number of its bytes, and all shares' bytes follow the line feed, in their order, and
 * nothing else. It is only of a result with parts. Type 1 with ciphertexts in base64,
 * which earlier programs wrote, is taken too.
 *
 * A bundle brings its own keys: without an anchor (a consortium digest heard
 * elsewhere) it proves only that it is consistent under them. No bit of it is
 * free: whatever is flipped is found.
 *
 * Adversary: whoever hands us the file. */
#ifndef SC_LEDGER_BUNDLE_H
#define SC_LEDGER_BUNDLE_H

#include <assert.h>

#include "ledger/receipt.h"
#include "ledger/tlogproof.h"

#define SC_BUNDLE_MAX      ((size_t)128 << 20) /* bytes of the line */
#define SC_BUNDLE_MAX_REST ((size_t)2 << 30)   /* of what follows it */
#define SC_BUNDLE_MAX_FILE (SC_BUNDLE_MAX + SC_BUNDLE_MAX_REST)
#define SC_BUNDLE_WORD_LEN 16
static_assert(SC_BUNDLE_MAX_REST <= (SIZE_MAX - SC_BUNDLE_MAX) / SC_MAX_PARTIES,
              "their lengths may be added up");

/* What one computing party opened. */
typedef struct {
    const char *did;
    sc_bytes words; /* sc_receipt_share_words of 16 bytes */
    uint8_t r32[32];
} sc_bundle_share;

/* What one holder of the key made of the sum. */
typedef struct {
    const char *did;
    sc_bytes words; /* whole words likewise */
} sc_bundle_part;

/* For make everything is borrowed; after take it borrows from what it owns, and in
 * type 2 the shares' words from the file. */
typedef struct {
    sc_bytes consortium;
    sc_bytes entry;
    sc_bytes proof;
    const json_t *receipt;
    const json_t *job; /* with answer and shares; or NULL: no result */
    const json_t *answer;
    size_t n_shares; /* in the order of the receipt's parties */
    sc_bundle_share shares[SC_MAX_PARTIES];
    int is_apart;   /* type 2: the shares' words follow the line */
    sc_bytes key;   /* text, where there are parts; else empty */
    size_t n_parts; /* in the same order */
    sc_bundle_part parts[SC_MAX_PARTIES];

    json_t *root; /* owned after take */
    sc_buf memory;
} sc_bundle;

/* Append the line; entry and proof are UTF-8. Does not verify. In type 2 the caller
 * puts the shares' words behind it: here only their lengths are read. SC_E_ARG: too
 * long, no receipt, a job without an answer, or type 2 without parts or whole words. */
SC_MUST_USE sc_err sc_bundle_make(sc_buf *out, const sc_bundle *b);
/* Bytes that follow the line. */
size_t sc_bundle_rest(const sc_bundle *b);
/* Parse a whole file, from which type 2 borrows. SC_E_WIRE: not exactly such a one.
 * Clear b also after success. */
SC_MUST_USE sc_err sc_bundle_take(sc_bundle *b, sc_bytes file);
/* Bytes before the first line feed; all of them, if there is none. */
sc_bytes sc_bundle_line(sc_bytes file);
/* Bytes that must follow this line, parsed: 0 of type 1. SC_E_WIRE: lengths that are
 * none, or too large together. */
SC_MUST_USE sc_err sc_bundle_said_rest(size_t *len, const json_t *line);
void sc_bundle_clear(sc_bundle *b);

/* What the ledger cannot know: job/ fills this. */
typedef struct {
    /* Parse and check the consortium file (SC_E_CONFIG); fills the roster,
     * digest included. */
    sc_err (*parse)(void *ctx, sc_roster *roster, sc_bytes consortium,
                    sc_fault *why);
    /* The answer that the bundle's shares and parts give, as a new reference; the
     * shares are those of the receipt's commitments. The receipt's plan digest is
     * that of the bundle's job under its consortium, or it fails. */
    sc_err (*answer)(void *ctx, json_t **answer, const sc_bundle *b,
                     const sc_receipt *receipt, sc_fault *why);
    void *ctx;
} sc_bundle_judge;

/* Two verdicts apart. */
typedef struct {
    /* Proved, as far as the roster's keys are those of the parties: these bytes
     * are unchanged since a quorum cosigned them. */
    sc_roster roster;
    uint64_t index;      /* of the entry */
    sc_roster_head head; /* the checkpoint, and who cosigned it when */
    uint64_t since;      /* median of these times, POSIX seconds */
    int has_result;      /* the answer is that of the committed shares */
    int is_anchored;     /* the consortium is the caller's */
    /* Asserted, by all of receipt.parties that were there, at `created`: input
     * truth, times, software, that each added honestly; by who posted, its own
     * input. Texts borrow from the bundle. */
    sc_receipt receipt;
    int64_t created;
} sc_bundle_facts;

/* Take a file and check all of it: form, anchor, consortium, receipt, entry,
 * inclusion and quorum, result.
 *   Out:     b       cleared by the caller, also after a failure
 *            facts   valid for SC_OK and SC_E_UNANCHORED, else zero
 *   In:      anchor  32 bytes, or NULL
 *   Returns: SC_E_CHEAT       something is malformed, changed or another's; why
 *                             says what
 *            SC_E_UNANCHORED  all holds, but there is no anchor
 *            SC_E_ARG         a result, and the judge has no answer() */
SC_MUST_USE sc_err sc_bundle_verify(sc_bundle *b, sc_bundle_facts *facts,
                                    sc_bytes file, const sc_bundle_judge *judge,
                                    const uint8_t *anchor, sc_fault *why);

#endif
