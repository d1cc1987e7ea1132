/* ledger/outbox.h: entries that this party owes the log, kept until it has them.
 *
 * Durable: what was added survives a crash; a receipt's entry need not, for its
 * job's record is there, and who keeps that adds it again. Not thread-safe. The
 * file is rewritten at opening without what was removed.
 *
 * Adversary: a crash at any instruction, a disk that flips bits: a record that is
 * no entry is named, and the outbox is not opened. Whether an entry may stand is
 * not asked here: the log's rules decide. */
#ifndef SC_LEDGER_OUTBOX_H
#define SC_LEDGER_OUTBOX_H

#include "base/journal.h"
#include "ledger/entry.h"

typedef struct {
    sc_buf text;
    sc_entry entry; /* the same, parsed */
    int is_told;    /* that the sequencer refuses it was logged */
    int is_said;    /* since all was said the last time (ledger/keeper.c) */
} sc_outbox_item;

typedef struct {
    sc_outbox_item *items;
    size_t n_items, cap;
    sc_journal *journal;
} sc_outbox;

/* path: DIR/NAME. SC_E_CORRUPT: a record that is no entry. */
SC_MUST_USE sc_err sc_outbox_open(sc_outbox *o, const char *path,
                                  sc_fault *why);
void sc_outbox_clear(sc_outbox *o);
/* An entry whose i is there already is left alone. SC_E_WIRE: not an entry. */
SC_MUST_USE sc_err sc_outbox_add(sc_outbox *o, sc_bytes entry, sc_fault *why);
/* Forget item number at; the last takes its place. */
SC_MUST_USE sc_err sc_outbox_remove(sc_outbox *o, size_t at, sc_fault *why);

#endif
