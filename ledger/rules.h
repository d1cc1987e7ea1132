/* ledger/rules.h: may this entry be appended next?
 *
 * The same rules run at the sequencer, before it appends, and at every
 * cosigner, before it signs: form, keys and signatures (each entry is signed by
 * the member that states or submits it); genesis at index 0 and nowhere else; i
 * unique; for each session the first of receipt/1 and void/1 decides and a
 * second is refused; an intent once and before that; an abort not after a
 * receipt; an outcome only after one. The state is a function of the entries
 * alone: replay them to rebuild it.
 *
 * Whether a receipt/1 is the one that the session's parties signed, and its
 * submitter one of them, is not seen here: the body is not in the log. The
 * parties see it (sc_receipt_match), and the entry names who it was.
 *
 * Adversary: members that submit entries; the sequencer. Tables are keyed by
 * SipHash under a random key, so that chosen digests cannot crowd a slot.
 * Memory: about 200 bytes an entry. One thread at a time. */
#ifndef SC_LEDGER_RULES_H
#define SC_LEDGER_RULES_H

#include "ledger/entry.h"

typedef struct sc_rules sc_rules;

/* Rules of an empty log. The roster is copied; it must have been checked. */
SC_MUST_USE sc_err sc_rules_new(sc_rules **rules, const sc_roster *roster);
void sc_rules_free(sc_rules **rules);
/* Entries taken so far: the index of the next one. */
uint64_t sc_rules_size(const sc_rules *rules);

/* Check the next entry and take it into the state.
 *   Out:     e           the entry, parsed; may be NULL
 *   Returns: SC_E_WIRE   malformed
 *            SC_E_CHEAT  a signature, key or the consortium is wrong
 *            SC_E_STATE  well-formed but not allowed here (order, i seen, the
 *                        session is decided): ask the finders below
 *            SC_E_MEM
 *            After a failure the state is as before; why names index and rule. */
SC_MUST_USE sc_err sc_rules_append(sc_rules *rules, sc_entry *e, sc_bytes entry,
                                   sc_fault *why);
/* Forget all entries from index size on (a batch that was not committed). Linear
 * in the size of the log. SC_E_ARG: size is beyond the state. */
SC_MUST_USE sc_err sc_rules_rewind(sc_rules *rules, uint64_t size);

/* Where the entry with this i is. SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_rules_find(const sc_rules *rules, uint64_t *index,
                                 const uint8_t i[static SC_HASH_LEN]);
/* What decided the session s: SC_ENTRY_RECEIPT or SC_ENTRY_VOID, and where.
 * SC_E_NOT_FOUND: nothing yet. */
SC_MUST_USE sc_err sc_rules_fate(const sc_rules *rules, sc_entry_type *type,
                                 uint64_t *index,
                                 const uint8_t s[static SC_HASH_LEN]);

#endif
