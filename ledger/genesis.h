/* ledger/genesis.h: whose log lies in a folder, before it is opened.
 *
 * A log belongs to the consortium whose digest its entry 0 names. Nothing is
 * checked here: it is for a clear word about a wrong folder, and the replica's
 * opening decides (ledger/chain.h). */
#ifndef SC_LEDGER_GENESIS_H
#define SC_LEDGER_GENESIS_H

#include "base/fault.h"
#include "base/hash.h"

/* The digest in entry 0 of DIR/chain. SC_E_NOT_FOUND: no entry yet, or none that
 * can be read. */
SC_MUST_USE sc_err sc_genesis_find(uint8_t digest[static SC_HASH_LEN],
                                   const char *dir);

#endif
