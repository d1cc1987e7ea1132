/* base/newfile.h: a file that is written piece by piece, and is there whole or not at
 * all: under another name beside its place (base/file.h) until it is finished.
 *
 * Adversary: a crash at any instruction; a full disk. */
#ifndef SC_BASE_NEWFILE_H
#define SC_BASE_NEWFILE_H

#include "base/bytes.h"
#include "base/fault.h"

typedef struct sc_newfile sc_newfile;

/* Begin one; mode e.g. 0600, less the umask. SC_E_IO, SC_E_MEM. */
SC_MUST_USE sc_err sc_newfile_new(sc_newfile **f, const char *path,
                                  unsigned mode, sc_fault *why);
/* SC_E_IO: nothing is left to do but to free it. */
SC_MUST_USE sc_err sc_newfile_put(sc_newfile *f, sc_bytes data, sc_fault *why);
/* Put it in its place, durably if is_synced; once. SC_E_IO: path holds its old bytes,
 * or, where only the last fsync failed, the new ones. */
SC_MUST_USE sc_err sc_newfile_finish(sc_newfile *f, int is_synced,
                                     sc_fault *why);
/* What is not finished is removed. */
void sc_newfile_free(sc_newfile **f);

#endif
