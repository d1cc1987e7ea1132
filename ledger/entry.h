/* ledger/entry.h: the entries (leaves) of the log, canonical JSON each.
 *
 *     genesis/1  {"c","g":[...],"t"}         leaf 0, signed by all parties
 *     receipt/1  {"d","g","i","n","p","s","t"}  a sealed receipt's digests
 *     intent/1   {"d","g","i","n","p","s","t"}  before early openings
 *     abort/1    {"d","g","i","p","s","t"}      statements of one party,
 *     void/1     ...                            shown as asserted by it
 *     outcome/1  ...
 *     refusal/1  {"d","g","i","p","t"}
 *
 * d digest of the body off the log, i idempotency key (unique in the log), n
 * number of parties, s digest of the session id, p DID of the party that states
 * or submits it, c consortium digest; g Ed25519 by p's identity key over the
 * JCS of the entry without g (genesis: one by each party, in roster order).
 * Digests and signatures are base64url.
 *
 * A receipt's p only names who brought it: what all its parties agreed on is
 * signed in the body, which the log cannot see. Whoever knows a session can log
 * a false receipt of it; this says who did
 * (docs/decisions/0008-leaf-names-submitter.md).
 *
 * Adversary: any member that submits an entry, or a log that serves one. */
#ifndef SC_LEDGER_ENTRY_H
#define SC_LEDGER_ENTRY_H

#include "ledger/roster.h"

#define SC_ENTRY_MAX         1024 /* bytes of an entry */
#define SC_ENTRY_GENESIS_MAX 4096 /* of entry 0 */

typedef enum {
    SC_ENTRY_GENESIS,
    SC_ENTRY_RECEIPT,
    SC_ENTRY_INTENT,
    SC_ENTRY_ABORT,
    SC_ENTRY_VOID,
    SC_ENTRY_OUTCOME,
    SC_ENTRY_REFUSAL,
    SC_ENTRY_N_TYPES
} sc_entry_type;

/* Fields that a type lacks are zero. */
typedef struct {
    sc_entry_type type;
    uint8_t consortium[SC_HASH_LEN]; /* c */
    uint8_t d[SC_HASH_LEN];
    uint8_t i[SC_HASH_LEN];
    uint8_t s[SC_HASH_LEN];
    size_t n;                              /* parties; of genesis: signatures */
    char did[SC_DID_LEN + 1];              /* p */
    uint8_t g[SC_MAX_PARTIES][SC_SIG_LEN]; /* n for genesis, else 1 */
} sc_entry;

/* "receipt/1" and so on. */
const char *sc_entry_type_name(sc_entry_type type);
/* Does the type bear s? */
int sc_entry_has_session(sc_entry_type type);
/* Does one party sign it (p and g)? All types but genesis. */
int sc_entry_has_signer(sc_entry_type type);
/* Is it what one party alone asserts: abort, void, outcome, refusal? Its i
 * follows from who states it of what. */
int sc_entry_is_statement(sc_entry_type type);

/* Append the entry's bytes. SC_E_ARG: a field out of range. */
SC_MUST_USE sc_err sc_entry_make(sc_buf *out, const sc_entry *e);
/* Strict: canonical, exact members, lengths. SC_E_WIRE; e untouched. */
SC_MUST_USE sc_err sc_entry_take(sc_entry *e, sc_bytes text);

/* Sign an entry that is otherwise complete, as did: sets g[0]. SC_E_ARG: a field
 * out of range, or a genesis entry. */
SC_MUST_USE sc_err sc_entry_sign(sc_entry *e, const sc_sign_key *identity);
/* One party's signature of the genesis entry over a consortium digest. */
SC_MUST_USE sc_err sc_entry_sign_genesis(
    uint8_t sig[static SC_SIG_LEN],
    const uint8_t consortium[static SC_HASH_LEN], const sc_sign_key *identity);
/* Check what the roster can tell: the consortium, the signatures, that p is a
 * member, that n fits, that the i of an abort, void or outcome is the only one.
 *   Returns: SC_E_CHEAT, and why names the rule */
SC_MUST_USE sc_err sc_entry_verify(const sc_entry *e, const sc_roster *r,
                                   sc_fault *why);

/* s = SHA-256("sid" || sid). */
void sc_entry_session(uint8_t s[static SC_HASH_LEN],
                      const uint8_t sid[static SC_HASH_LEN]);
/* The only i of an abort, void or outcome: one per type, party and session. */
void sc_entry_statement_id(uint8_t i[static SC_HASH_LEN], sc_entry_type type,
                           const char *did,
                           const uint8_t s[static SC_HASH_LEN]);
/* The i of a refusal: one per refuser, asker, query and day (days since 1970). The
 * tag is a MAC of the query under the refuser's own key: without it, who reads
 * the log could test guesses of the query. Nobody else can check this i.
 *   Secret: tag */
void sc_entry_refusal_id(uint8_t i[static SC_HASH_LEN], const char *refuser,
                         const char *asker,
                         const uint8_t query[static SC_HASH_LEN], int64_t day,
                         const uint8_t tag[static 32]);

#endif
