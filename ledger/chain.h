/* ledger/chain.h: one party's full replica of the log.
 *
 * Every entry is checked by ledger/rules.h and hashed here before it counts.
 * Opening re-hashes everything that is stored and compares it with the
 * write-ahead log, the journal of heads that this party ever signed, the tiles
 * and the published checkpoint; a difference is named with its file, and the
 * replica is not opened. What a crash left unwritten is written again from the
 * log.
 *
 * A head is signed (as log or as cosigner) only after it is on the disk, and
 * never one that is not a prefix of this replica; so this party cannot vouch
 * for two histories. The one sync that commits a batch makes its head such a
 * one. Inclusion counts only below a checkpoint that the quorum cosigned and at
 * a size that this party cosigned itself, or may have, for all that the disk tells
 * after a fall: it has committed to that history and can sign no other. A party
 * that is offline (ledger/roster.h) signs none, so that its replica is its whole
 * commitment: there inclusion counts below any such checkpoint of the replica.
 *
 * Adversary: the sequencer and up to 2k - n - 1 cosigners; the disk. All calls
 * are thread-safe. */
#ifndef SC_LEDGER_CHAIN_H
#define SC_LEDGER_CHAIN_H

#include "base/log.h"
#include "ledger/rules.h"
#include "ledger/store.h"
#include "ledger/tlogproof.h"

typedef struct sc_chain sc_chain;

/*   In:      dir     the node's folder
 *            roster  checked; copied
 *            me      my number in it
 *   Returns: SC_E_CORRUPT  stored bytes contradict each other: why names file
 *            SC_E_STATE    another process has the folder
 *   Cost:    reads and hashes all entries */
SC_MUST_USE sc_err sc_chain_open(sc_chain **c, const char *dir,
                                 const sc_roster *roster, size_t me,
                                 sc_fault *why);
void sc_chain_free(sc_chain **c);

/* All committed entries; and those below the newest published checkpoint that
 * count here (size 0: none yet). */
sc_head sc_chain_head(sc_chain *c);
sc_head sc_chain_published(sc_chain *c);
/* What an audit of the files finds; up to a second behind the published head. */
sc_head sc_chain_filed(sc_chain *c);

/* Check and commit entries at the end, in order. Durable when it returns.
 *
 *   Out:     results  NULL: all entries or none. Else n_entries codes: an entry
 *                     that the rules refuse is left out with its code, the
 *                     others are taken.
 *   In:      expect   NULL, or the head that must come out
 *   Returns: as sc_rules_append (why names the entry); SC_E_CHEAT: another head
 *            than expected; SC_E_IO: the replica takes no more until it is
 *            opened again */
SC_MUST_USE sc_err sc_chain_append(sc_chain *c, sc_err *results,
                                   const sc_head *expect,
                                   const sc_bytes *entries, size_t n_entries,
                                   sc_fault *why);

/* Write the public files of what was appended and published since: their content
 * is fixed by then, so nobody need wait for them, and a restart writes what is
 * missing. Appending does it for the batch before. If there is nothing to write,
 * the journal of heads is synced.
 *   Returns: SC_E_IO: as for appending */
SC_MUST_USE sc_err sc_chain_flush(sc_chain *c, sc_fault *why);
/* Is there something for sc_chain_flush to write? */
int sc_chain_has_unwritten(sc_chain *c);

/* As sequencer: the checkpoint of the first `size` entries with the log's
 * signature, appended. */
SC_MUST_USE sc_err sc_chain_sign(sc_chain *c, sc_buf *note, uint64_t size,
                                 const sc_sign_key *log_key, sc_fault *why);
/* Did a write fail, so that this replica stands still until it is opened anew? */
int sc_chain_is_broken(sc_chain *c);
/* As cosigner: this party's line under a checkpoint of the log that is a prefix
 * of the replica. Appended to `line`.
 *   Returns: SC_E_STATE  the replica is shorter: ask for the entries first; or
 *                        this party has cosigned a larger one
 *            SC_E_CHEAT  another root at that size, or a bad signature: the
 *                        sequencer shows two histories; the note is evidence */
SC_MUST_USE sc_err sc_chain_cosign(sc_chain *c, sc_buf *line, sc_bytes note,
                                   const sc_sign_key *key, uint64_t time,
                                   sc_fault *why);
/* Take a cosigned checkpoint; replaces the published one if it is newer.
 *   Returns: SC_E_CHEAT  not this history, signatures, no quorum
 *            SC_E_STATE  beyond what this party cosigned, or holds */
SC_MUST_USE sc_err sc_chain_publish(sc_chain *c, sc_bytes note, sc_fault *why);
/* The published note, appended; SC_E_NOT_FOUND before the first. */
SC_MUST_USE sc_err sc_chain_checkpoint(sc_chain *c, sc_buf *note);

/* Entries from .. from + n - 1 in order; borrowed for the call, under the
 * chain's lock. A visit that returns SC_E_CANCELLED ends the reading without a
 * fault. SC_E_NOT_FOUND beyond the head. */
typedef sc_err (*sc_chain_visit)(void *ctx, sc_bytes entry);
SC_MUST_USE sc_err sc_chain_read(sc_chain *c, uint64_t from, uint64_t n,
                                 sc_chain_visit visit, void *ctx,
                                 sc_fault *why);
/* The bytes of one entry, appended. SC_E_NOT_FOUND beyond the head. */
SC_MUST_USE sc_err sc_chain_entry(sc_chain *c, sc_buf *out, uint64_t index,
                                  sc_fault *why);
/* Root of the first `size` entries. SC_E_NOT_FOUND beyond the head. */
SC_MUST_USE sc_err sc_chain_root(sc_chain *c, sc_node_hash *root,
                                 uint64_t size);
/* Where the entry with this i is; what decided session s: as sc_rules_find and
 * sc_rules_fate, counting only what is published. SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_chain_find(sc_chain *c, uint64_t *index,
                                 const uint8_t i[static SC_HASH_LEN]);
SC_MUST_USE sc_err sc_chain_fate(sc_chain *c, sc_entry_type *type,
                                 uint64_t *index,
                                 const uint8_t s[static SC_HASH_LEN]);
/* Is the entry with this i committed here, published or not? */
int sc_chain_holds(sc_chain *c, const uint8_t i[static SC_HASH_LEN]);
/* The tlog-proof of a published entry below the newest checkpoint, appended.
 * SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_chain_prove(sc_chain *c, sc_buf *proof, uint64_t index,
                                  sc_fault *why);
/* The same below an earlier checkpoint (sc_chain_checkpoint of then).
 *   Returns: SC_E_NOT_FOUND  it does not cover the entry
 *            SC_E_WIRE, SC_E_CHEAT, SC_E_STATE  it is no published checkpoint
 *                            of this log */
SC_MUST_USE sc_err sc_chain_prove_below(sc_chain *c, sc_buf *proof,
                                        uint64_t index, sc_bytes note,
                                        sc_fault *why);

#endif
