/* ledger/tlogproof.h: a leaf's index, its path and the checkpoint, as text.
 *
 *     c2sp.org/tlog-proof@v1
 *     index 5
 *     <base64 hash>          one line each, the leaf's sibling first
 *                            (an empty line)
 *     <checkpoint note>
 *
 * We neither write nor read the optional, unauthenticated `extra` line.
 * Source: c2sp.org/tlog-proof; docs/formats.md 6.
 *
 * Adversary: whoever hands us the proof. It is bounded, and nothing of it counts
 * before signatures, quorum and path hold; that its checkpoint is the newest, it
 * does not show. */
#ifndef SC_LEDGER_TLOGPROOF_H
#define SC_LEDGER_TLOGPROOF_H

#include "ledger/merkle.h"
#include "ledger/roster.h"

typedef struct {
    uint64_t index;
    sc_merkle_path path;
    sc_bytes checkpoint; /* the note; borrowed */
} sc_tlogproof;

#define SC_TLOGPROOF_MAX (SC_NOTE_MAX + 4096)

SC_MUST_USE sc_err sc_tlogproof_make(sc_buf *out, const sc_tlogproof *p);
/* SC_E_WIRE. The note is taken by sc_tlogproof_verify. */
SC_MUST_USE sc_err sc_tlogproof_take(sc_tlogproof *p, sc_bytes text);

/* The entry is in the log of r below a checkpoint that its quorum cosigned. is_exact
 * is that of sc_roster_take_head: no byte of the note may be beside the point.
 *   Out:     head        that checkpoint and who cosigned it when
 *   Returns: SC_E_WIRE   malformed
 *            SC_E_CHEAT  signatures, quorum or inclusion do not hold */
SC_MUST_USE sc_err sc_tlogproof_verify(sc_roster_head *head,
                                       const sc_tlogproof *p,
                                       const sc_roster *r, sc_bytes entry,
                                       int is_exact);

#endif
