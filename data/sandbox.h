/* data/sandbox.h: what the engine child gives up before it reads a byte.
 *
 * The adversary is the data: a crafted file that takes over the process that
 * parses it. Three layers, each of which must fail by itself: resource limits
 * (no file may grow, no core, few descriptors, bounded memory), Landlock where
 * the kernel has it (only the owner's files, only for reading; no TCP), and a
 * seccomp filter (no sockets, no new program or process, no hand on another
 * process, nothing opened for writing, no change of any file's name or state).
 * Both filters bind the calling thread and those it starts later: enter before
 * the first thread. */
#ifndef SC_DATA_SANDBOX_H
#define SC_DATA_SANDBOX_H

#include <stdint.h>

#include "base/fault.h"

/* First thing in the child: close every descriptor but 0, 1, 2 and fd, limits,
 * no core, no new privileges, first in line for the out-of-memory killer. */
SC_MUST_USE sc_err sc_sandbox_begin(int fd, sc_fault *why);

/* From here on only `files` can be opened, only for reading. address_mb bounds
 * the address space, which is more than the memory in use. Files that are not
 * there cannot be opened later either.
 *   Out:     has_landlock  0 on a kernel without it: the other layers hold
 *   Returns: SC_E_IO  the kernel refused; the child must not go on */
SC_MUST_USE sc_err sc_sandbox_enter(int *has_landlock, const char *const *files,
                                    size_t n_files, uint64_t address_mb,
                                    sc_fault *why);

#endif
