/* base/mem.c: calloc with a counter. The two thread-local words are the one
 * exception to "no mutable state of a file": they let a test fail any chosen
 * allocation of the code under it. */
#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local uint64_t n_calls; /* since sc_alloc_fail_at */
static _Thread_local uint64_t fail_at; /* 0: never */

void *sc_alloc(size_t n, size_t size)
{
    n_calls++;
    if (n_calls == fail_at) {
        return NULL;
    }
    if (n == 0 || size == 0) {
        return calloc(1, 1);
    }
    if (n > PTRDIFF_MAX / size) {
        return NULL; /* no object is larger, and the product may wrap */
    }
    return calloc(n, size);
}

void sc_free(void *p)
{
    free(p);
}

char *sc_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = sc_alloc(size, 1);

    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void sc_wipe(void *p, size_t len)
{
    if (len > 0) {
        sodium_memzero(p, len);
    }
}

void sc_alloc_fail_at(uint64_t k)
{
    n_calls = 0;
    fail_at = k;
}

uint64_t sc_alloc_count(void)
{
    return n_calls;
}
