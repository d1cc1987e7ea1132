/* cli/library.h: the libduckdb.so that came with this program. */
#ifndef SC_CLI_LIBRARY_H
#define SC_CLI_LIBRARY_H

#include <limits.h>

#include "base/fault.h"

/* Look where `make install` and the build put it, as seen from the program's own
 * file: ../lib/sharechain, duckdb, ../duckdb. So one build serves all three, and
 * neither the working folder nor the place of the sources has a say.
 *
 *   Out:     path         "" if there is none: the system's, then
 *   In:      program      absolute path of this program's file
 *   Returns: SC_E_CONFIG  it may be changed by others than the program: its
 *                         file or its folder is another user's, or open to all */
SC_MUST_USE sc_err sc_library_find(char path[static PATH_MAX],
                                   const char *program, sc_fault *why);

#endif
