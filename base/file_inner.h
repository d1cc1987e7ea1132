/* base/file_inner.h: what the files that deal with files share. For base/ alone. */
#ifndef SC_BASE_FILE_INNER_H
#define SC_BASE_FILE_INNER_H

#include <sys/stat.h>

#include "base/fault.h"

/* "cannot <verb>: <the system's reason>" at path; code is an errno. SC_E_NOT_FOUND of
 * ENOENT, else SC_E_IO. */
sc_err sc_file_io_fault(sc_fault *why, const char *verb, const char *path,
                        int code);
/* The same of writing: a missing folder is the caller's mistake, not a file that is
 * not there. SC_E_IO. */
sc_err sc_file_write_fault(sc_fault *why, const char *verb, const char *path,
                           int code);
/* Open to read; the descriptor is the caller's, also after a failure (-1: none).
 * SC_E_NOT_FOUND; SC_E_IO, or SC_E_CONFIG if is_private: no regular file (or a link,
 * if is_private). */
SC_MUST_USE sc_err sc_file_open_regular(int *fd, struct stat *st,
                                        const char *path, int is_private,
                                        sc_fault *why);
/* fsync of the folder that holds path. */
SC_MUST_USE sc_err sc_file_sync_parent(const char *path, sc_fault *why);

#endif
