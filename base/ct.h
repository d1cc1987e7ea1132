/* base/ct.h: comparing and choosing without branching on secrets.
 *
 * SC_CT_SECRET marks bytes as secret for `make ct` (valgrind then reports
 * every branch and address that depends on them); SC_CT_PUBLIC is the only way
 * back, and stands beside a comment that says why the world may see this.
 * Both are nothing in ordinary builds. */
#ifndef SC_BASE_CT_H
#define SC_BASE_CT_H

#include <stddef.h>
#include <stdint.h>

#ifdef SC_CT_CHECK
#include <valgrind/memcheck.h>
#define SC_CT_SECRET(p, n) VALGRIND_MAKE_MEM_UNDEFINED((p), (n))
#define SC_CT_PUBLIC(p, n) VALGRIND_MAKE_MEM_DEFINED((p), (n))
#else
#define SC_CT_SECRET(p, n) ((void)(p), (void)(n))
#define SC_CT_PUBLIC(p, n) ((void)(p), (void)(n))
#endif

/* 1 if the len bytes agree, else 0. */
int sc_ct_eq(const void *a, const void *b, size_t len);
/* 1 if all len bytes are zero, else 0. */
int sc_ct_is_zero(const void *a, size_t len);

/* a if bit is 1, b if bit is 0. */
static inline uint64_t sc_ct_select(uint64_t bit, uint64_t a, uint64_t b)
{
    return b ^ ((0 - bit) & (a ^ b));
}

#endif
