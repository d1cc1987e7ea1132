/* base/ct.c: libsodium's comparisons, as 1 and 0. */
#include "base/ct.h"

#include <sodium.h>

int sc_ct_eq(const void *a, const void *b, size_t len)
{
    return 1 + sodium_memcmp(a, b, len); /* 0 if equal, else -1 */
}

int sc_ct_is_zero(const void *a, size_t len)
{
    return sodium_is_zero(a, len);
}
