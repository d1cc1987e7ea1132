/* ledger/tilelist.h: which tiles and entry bundles lie in a folder.
 *
 * Adversary: whoever filled the folder. Anything but folders and files of a
 * tile's exact path is a fault; links are not followed. */
#ifndef SC_LEDGER_TILELIST_H
#define SC_LEDGER_TILELIST_H

#include "base/fault.h"
#include "ledger/tile.h"

/* Bundles, then hash tiles; by level, index, width. {0} is empty. */
typedef struct {
    sc_tile *tile;
    size_t n, cap;
} sc_tilelist;

/* Add all below FOLDER/tile. SC_E_CORRUPT: something else is there, or no such
 * folder; SC_E_IO; SC_E_MEM. */
SC_MUST_USE sc_err sc_tilelist_read(sc_tilelist *l, const char *folder,
                                    sc_fault *why);
int sc_tilelist_has(const sc_tilelist *l, const sc_tile *tile);
void sc_tilelist_clear(sc_tilelist *l);

/* Fill why with code, text and the file FOLDER/path; returns code. The path may
 * be a stranger's: bytes that are not printable are not printed. */
sc_err sc_tilelist_fault(sc_fault *why, sc_err code, const char *folder,
                         const char *path, const char *text);

#endif
