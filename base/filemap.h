/* base/filemap.h: a large file, read where it lies.
 *
 * Nothing is copied: who changes the file changes what is seen here, and who cuts it
 * short ends this process (SIGBUS), as does a disk that cannot read it. So this is
 * for commands, not for a node; and what is checked and then used is copied between.
 *
 * Adversary: who puts a FIFO, a folder or an endless file in a file's place: it is
 * refused; who writes to it meanwhile. */
#ifndef SC_BASE_FILEMAP_H
#define SC_BASE_FILEMAP_H

#include "base/bytes.h"
#include "base/fault.h"

/* The regular file's bytes; NULL and 0 of an empty one. On failure both are 0.
 *   Returns: SC_E_NOT_FOUND, SC_E_IO; SC_E_ARG  longer than max_len */
SC_MUST_USE sc_err sc_filemap_open(sc_bytes *map, const char *path,
                                   size_t max_len, sc_fault *why);
/* The same of a descriptor, which the caller keeps; faults name path. */
SC_MUST_USE sc_err sc_filemap_take(sc_bytes *map, int fd, const char *path,
                                   size_t max_len, sc_fault *why);
void sc_filemap_close(sc_bytes *map);

#endif
