/* base/mem.h: memory that can fail in tests, and secrets that are wiped. */
#ifndef SC_BASE_MEM_H
#define SC_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Zeroed array of n elements of size bytes; NULL if out of memory or if the
 * product wraps. n = 0 gives a valid pointer. Release with sc_free. */
void *sc_alloc(size_t n, size_t size) SC_MUST_USE;
/* The same at a multiple of 64 bytes, for rows that are read by vector. */
void *sc_alloc_aligned(size_t n, size_t size) SC_MUST_USE;
/* Accepts NULL. Does not wipe. */
void sc_free(void *p);
/* Copy of a NUL-terminated string; NULL if out of memory. */
char *sc_strdup(const char *text) SC_MUST_USE;
/* Overwrite with zeros; the compiler may not drop it. Accepts NULL with 0. */
void sc_wipe(void *p, size_t len);
/* Both, of len bytes; p may be NULL. */
void sc_wipe_free(void *p, size_t len);

/* Tests only: let the k-th sc_alloc from now on this thread fail (0: none), and
 * count the calls since. Compiled in always; costs a thread-local read
 * and a write a call. */
void sc_alloc_fail_at(uint64_t k);
uint64_t sc_alloc_count(void);

#endif
