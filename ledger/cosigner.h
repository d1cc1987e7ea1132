/* ledger/cosigner.h: a party that follows the log's order and vouches for it.
 *
 *   1. a head comes with the entries that are missing here: all are checked by
 *      the rules and hashed; the root must be the head's
 *   2. they are committed to the replica, the head is journaled, the
 *      cosignature leaves
 *   3. a checkpoint with k cosignatures publishes them
 *
 * A party that is offline (ledger/roster.h) does the same but vouches for nothing:
 * its signature would count nowhere, and a key that signs no head cannot sign two.
 * It hears of heads by checkpoints: one beyond its replica makes it ask (WANT), and
 * with each head that answers comes the checkpoint again, until it is reached.
 *
 * A replica that is behind says so (WANT, CONFLICT) and is led on, head by head;
 * so does one that is ahead of the head that it is shown: then the sequencer is
 * behind itself, or was put back. Before the first entry it signs leaf 0 (GENESIS).
 * Not thread-safe: the keeper's thread runs it.
 *
 * Adversary: the sequencer may withhold, delay, or show two histories; it gets
 * no second signature from here, and the notes that convict it are kept. */
#ifndef SC_LEDGER_COSIGNER_H
#define SC_LEDGER_COSIGNER_H

#include "ledger/chain.h"
#include "ledger/voice.h"
#include "net/messages.h"

typedef struct sc_cosigner sc_cosigner;

/* me: my number in the roster. dir: the node's folder, for evidence. Keys are
 * copied. */
SC_MUST_USE sc_err sc_cosigner_new(sc_cosigner **c, sc_chain *chain,
                                   const sc_roster *roster, size_t me,
                                   const char *dir, const sc_keys *keys,
                                   sc_voice voice, const sc_log *log);
void sc_cosigner_free(sc_cosigner **c);

/* A message of the sequencer's: HEAD or CHECKPOINT. Errors are its own: logged.
 */
void sc_cosigner_take(sc_cosigner *c, const sc_frame *f);
/* The link to the sequencer came up: ask for what is missing. */
void sc_cosigner_linked(sc_cosigner *c);
/* Offer the signature on leaf 0, as long as there is none. */
void sc_cosigner_offer_genesis(sc_cosigner *c);

#endif
