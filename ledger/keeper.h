/* ledger/keeper.h: the thread that keeps this party's replica.
 *
 * It hands the ledger's messages to its role, sequencer (ledger/sequencer.h) or
 * cosigner (ledger/cosigner.h), and brings this party's own entries into the
 * log: one that was submitted stays in a durable outbox until it is published.
 *
 *   party              sequencer                 cosigner
 *   ------------------------------------------------------------------
 *   APPEND entry  -->  check, commit, sign
 *   <-- SEQUENCED      HEAD note, entries  -->   check, commit, journal
 *                      <-- COSIGN or CONFLICT
 *                      k cosignatures: publish
 *   <-- CHECKPOINT     CHECKPOINT          -->
 *
 * A replica that is behind says so (WANT, CONFLICT) and is led on, head by head.
 * Before the first entry each party signs leaf 0 (GENESIS).
 *
 * Adversary: the sequencer may withhold, delay, or show two histories; it gets
 * no second signature from here. Members may submit anything; the rules decide.
 */
#ifndef SC_LEDGER_KEEPER_H
#define SC_LEDGER_KEEPER_H

#include "ledger/chain.h"
#include "ledger/voice.h"

typedef struct sc_keeper sc_keeper;

typedef struct {
    const char *dir; /* the node's folder */
    sc_chain *chain; /* outlives the keeper */
    const sc_roster *roster;
    size_t me;
    const sc_keys *keys; /* copied */
    sc_voice voice;      /* called on the keeper's thread */
    const sc_log *log;
} sc_keeper_config;

/* Open the outbox, start the thread. SC_E_CORRUPT, SC_E_IO, SC_E_MEM. */
SC_MUST_USE sc_err sc_keeper_new(sc_keeper **k, const sc_keeper_config *config,
                                 sc_fault *why);
void sc_keeper_free(sc_keeper **k);

/* Is this message one of the ledger's? */
int sc_keeper_takes(uint16_t type);
/* Hand over a message of a party, or (f NULL) the news that its link is up.
 * Bytes are copied. Never blocks: what does not fit is dropped, and will be
 * said again. */
void sc_keeper_take(sc_keeper *k, size_t party, const sc_frame *f);

/* Bring an entry into the log; durable when it returns (a receipt's: outbox.h).
 * Any thread. */
SC_MUST_USE sc_err sc_keeper_submit(sc_keeper *k, sc_bytes entry,
                                    sc_fault *why);
/* Wait until `size` entries are published here. SC_E_TIMEOUT, SC_E_CANCELLED. */
SC_MUST_USE sc_err sc_keeper_wait_size(sc_keeper *k, uint64_t size,
                                       uint64_t deadline_ms);
/* Wait until a receipt or a void of session s is published here.
 * SC_E_TIMEOUT, SC_E_CANCELLED (the keeper is being freed). */
SC_MUST_USE sc_err sc_keeper_wait_fate(sc_keeper *k, sc_entry_type *type,
                                       uint64_t *index,
                                       const uint8_t s[static SC_HASH_LEN],
                                       uint64_t deadline_ms);
/* Entries that wait here to be ordered, for a quorum; 0 unless the sequencer. */
size_t sc_keeper_ordering(sc_keeper *k);
/* Entries of this party that the log does not have yet. */
size_t sc_keeper_owed(sc_keeper *k);

#endif
