/* ledger/sequencer.h: the party that orders the entries.
 *
 *   1. entries that parties submitted are checked and committed as a batch
 *   2. the new head is journaled, signed and sent to every cosigner with the
 *      entries it lacks
 *   3. k cosignatures make a checkpoint, which goes to everybody
 *
 * One head is out at a time; what arrives meanwhile waits for the next batch. A
 * party that is behind is led on by heads of its own, each signed and with the
 * entries up to it, so that it never takes an entry that no head covers. For a
 * party that is offline (ledger/roster.h) nobody waits, and its cosignature is not
 * taken: heads go to it when it asks, checkpoints whenever it is linked.
 * Nothing is appended before the present head has its quorum: so a log that
 * was restored from a backup stands still, since cosigners who saw more refuse.
 *
 * No state that matters is here: after a crash the chain on disk tells what was
 * committed, and the newest head is signed and sent again.
 * Not thread-safe: the keeper's thread runs it.
 *
 * Adversary: members. A wrong cosignature is dropped and logged; a party has at
 * most SC_SEQUENCER_PARTY_WAITING entries waiting and SC_SEQUENCER_RATE more a
 * second, and what it submits twice waits once. */
#ifndef SC_LEDGER_SEQUENCER_H
#define SC_LEDGER_SEQUENCER_H

#include "ledger/chain.h"
#include "ledger/voice.h"
#include "net/messages.h"

#define SC_SEQUENCER_PARTY_WAITING 256
#define SC_SEQUENCER_RATE          16

typedef struct sc_sequencer sc_sequencer;

SC_MUST_USE sc_err sc_sequencer_new(sc_sequencer **s, sc_chain *chain,
                                    const sc_roster *roster,
                                    const sc_keys *keys, sc_voice voice,
                                    const sc_log *log);
void sc_sequencer_free(sc_sequencer **s);

/* A message of a party's: APPEND, COSIGN, CONFLICT, WANT or GENESIS. Errors are
 * the peer's: logged. */
void sc_sequencer_take(sc_sequencer *s, size_t party, const sc_frame *f);
/* An entry of a party's, or my own. */
void sc_sequencer_submit(sc_sequencer *s, size_t party, sc_bytes entry);
/* A party's link came up. */
void sc_sequencer_linked(sc_sequencer *s, size_t party);
/* Commit what waits, if no head is out; sign anew a head that is out for long.
 *   Returns: SC_E_IO  the disk failed: this node sequences no more */
SC_MUST_USE sc_err sc_sequencer_advance(sc_sequencer *s, sc_fault *why);
/* Entries that wait to be ordered, and whether they may be now. */
size_t sc_sequencer_n_waiting(const sc_sequencer *s);
int sc_sequencer_has_work(const sc_sequencer *s);

#endif
